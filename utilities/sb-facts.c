/* sb-facts.c: contents of the Southbound database.  See the header. */
#include <config.h>
#include "utilities/sb-facts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "util.h"
#include "uuid.h"

void
sb_facts_init(struct sb_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    smap_init(&facts->global_ids);
    hmap_init(&facts->ports);
    shash_init(&facts->port_names);
    hmap_init(&facts->datapaths);
    ovs_list_init(&facts->routing_ports);
    ovs_list_init(&facts->routes);
    ovs_list_init(&facts->learned);
    shash_init(&facts->chassis);
}

static void
destroy_rows(struct sb_facts *facts)
{
    struct sb_routing_port *rp;
    struct sb_learned *learned;
    struct sb_route *route;

    LIST_FOR_EACH_POP (rp, node, &facts->routing_ports) {
        free(rp->router);
        smap_destroy(&rp->options);
        free(rp);
    }
    LIST_FOR_EACH_POP (route, node, &facts->routes) {
        free(route->ip_prefix);
        free(route->tracked_name);
        free(route->metric);
        free(route);
    }
    LIST_FOR_EACH_POP (learned, node, &facts->learned) {
        free(learned->ip_prefix);
        free(learned->nexthop);
        free(learned->chassis);
        free(learned->nexthop_mac);
        free(learned);
    }
}

void
sb_facts_destroy(struct sb_facts *facts)
{
    struct shash_node *node;
    struct sb_datapath *dp;
    struct sb_port *port;

    destroy_rows(facts);
    HMAP_FOR_EACH_POP (port, node, &facts->ports) {
        free(port->name);
        free(port->type);
        free(port->chassis);
        free(port->addresses);
        free(port->peer);
        free(port);
    }
    hmap_destroy(&facts->ports);
    shash_destroy(&facts->port_names);
    HMAP_FOR_EACH_POP (dp, node, &facts->datapaths) {
        free(dp->name);
        free(dp);
    }
    hmap_destroy(&facts->datapaths);
    SHASH_FOR_EACH (node, &facts->chassis) {
        struct sb_chassis *chassis = node->data;

        free(chassis->name);
        free(chassis->hostname);
        smap_destroy(&chassis->status);
    }
    shash_destroy_free_data(&facts->chassis);
    smap_destroy(&facts->global_ids);
}

static const struct sb_port *
port_by_uuid(const struct sb_facts *facts, const struct uuid *uuid)
{
    const struct sb_port *port;

    if (!uuid) {
        return NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid), &facts->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

struct sb_port *
sb_facts_add_port(struct sb_facts *facts, const struct uuid *uuid,
                  const char *name, const char *type, const char *chassis)
{
    struct sb_port *port = xzalloc(sizeof *port);

    port->uuid = *uuid;
    port->name = xstrdup(name);
    port->type = xstrdup(type);
    port->chassis = nullable_xstrdup(chassis);
    hmap_insert(&facts->ports, &port->node, uuid_hash(uuid));
    shash_replace(&facts->port_names, name, port);
    return port;
}

void
sb_facts_add_datapath(struct sb_facts *facts, const struct uuid *uuid,
                      int64_t tunnel_key, const char *name)
{
    struct sb_datapath *dp = xzalloc(sizeof *dp);

    dp->uuid = *uuid;
    dp->tunnel_key = tunnel_key;
    dp->name = xstrdup(name);
    hmap_insert(&facts->datapaths, &dp->node, uuid_hash(uuid));
}

struct sb_routing_port *
sb_facts_add_routing_port(struct sb_facts *facts, const struct uuid *uuid,
                          const struct uuid *datapath,
                          const struct uuid *logical_port,
                          const struct uuid *binding_port, const char *router,
                          const struct smap *options)
{
    struct sb_routing_port *rp = xzalloc(sizeof *rp);

    rp->uuid = *uuid;
    rp->datapath = datapath ? *datapath : UUID_ZERO;
    rp->logical_port = port_by_uuid(facts, logical_port);
    rp->binding_port = port_by_uuid(facts, binding_port);
    rp->router = nullable_xstrdup(router);
    smap_clone(&rp->options, options);
    ovs_list_push_back(&facts->routing_ports, &rp->node);
    return rp;
}

struct sb_route *
sb_facts_add_route(struct sb_facts *facts, const struct uuid *uuid,
                   const struct uuid *datapath,
                   const struct uuid *logical_port,
                   const struct uuid *tracked_port, const char *ip_prefix,
                   const struct smap *external_ids)
{
    struct sb_route *route = xzalloc(sizeof *route);

    route->uuid = *uuid;
    route->datapath = datapath ? *datapath : UUID_ZERO;
    route->logical_port = port_by_uuid(facts, logical_port);
    route->tracked_port = port_by_uuid(facts, tracked_port);
    route->ip_prefix = xstrdup(ip_prefix);
    route->tracked_name = nullable_xstrdup(smap_get(external_ids,
                                                    DR_ID_TRACKED_PORT));
    route->metric = nullable_xstrdup(smap_get(external_ids, DR_ID_METRIC));
    ovs_list_push_back(&facts->routes, &route->node);
    return route;
}

void
sb_facts_add_learned(struct sb_facts *facts, const struct uuid *uuid,
                     const struct uuid *logical_port, const char *ip_prefix,
                     const char *nexthop, const struct smap *external_ids)
{
    struct sb_learned *learned = xzalloc(sizeof *learned);

    learned->uuid = *uuid;
    learned->logical_port = port_by_uuid(facts, logical_port);
    learned->ip_prefix = xstrdup(ip_prefix);
    learned->nexthop = xstrdup(nexthop);
    learned->chassis = nullable_xstrdup(smap_get(external_ids,
                                                 DR_ID_CHASSIS));
    learned->nexthop_mac = nullable_xstrdup(smap_get(external_ids,
                                                     DR_ID_NEXTHOP_MAC));
    ovs_list_push_back(&facts->learned, &learned->node);
}

struct sb_chassis *
sb_facts_chassis(struct sb_facts *facts, const char *name)
{
    struct sb_chassis *chassis = shash_find_data(&facts->chassis, name);

    if (!chassis) {
        chassis = xzalloc(sizeof *chassis);
        chassis->name = xstrdup(name);
        smap_init(&chassis->status);
        shash_add(&facts->chassis, name, chassis);
    }
    return chassis;
}

const struct sb_chassis *
sb_facts_find_chassis(const struct sb_facts *facts, const char *name)
{
    return shash_find_data(&facts->chassis, name);
}

const struct sb_port *
sb_facts_find_port(const struct sb_facts *facts, const char *name)
{
    return shash_find_data(&facts->port_names, name);
}

const struct sb_datapath *
sb_facts_find_datapath(const struct sb_facts *facts, const struct uuid *uuid)
{
    const struct sb_datapath *dp;

    HMAP_FOR_EACH_WITH_HASH (dp, node, uuid_hash(uuid), &facts->datapaths) {
        if (uuid_equals(&dp->uuid, uuid)) {
            return dp;
        }
    }
    return NULL;
}

/* The chassisredirect port of the router port 'name', or NULL. */
static const struct sb_port *
find_redirect(const struct sb_facts *facts, const char *name)
{
    char *redirect_name = xasprintf("cr-%s", name);
    const struct sb_port *port = sb_facts_find_port(facts, redirect_name);

    free(redirect_name);
    return port;
}

const char *
sb_facts_router_port_chassis(const struct sb_facts *facts, const char *name)
{
    const struct sb_port *port = find_redirect(facts, name);

    port = port ? port : sb_facts_find_port(facts, name);
    return port ? port->chassis : NULL;
}

bool
sb_port_is_local(const struct sb_facts *facts, const struct sb_port *port,
                 const char *chassis)
{
    if (port->chassis) {
        return !strcmp(port->chassis, chassis);
    } else if (strcmp(port->type, "patch")) {
        return false;
    }

    const struct sb_port *redirect = find_redirect(facts, port->name);
    return (!redirect
            || (redirect->chassis && !strcmp(redirect->chassis, chassis)));
}
