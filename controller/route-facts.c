/* route-facts.c: what is known of the Southbound database, as a graph.  See
 * route.h for the functions, route-private.h for the graph. */
#include <config.h>
#include "controller/route-private.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/hmap-roomy.h"
#include "util.h"
#include "uuid.h"

struct route_plan *
route_plan_create(const struct route_sink *sink)
{
    struct route_plan *plan = xzalloc(sizeof *plan);

    plan->sink = *sink;
    problem_set_init(&plan->problems);
    hmap_init(&plan->ports);
    hmap_init(&plan->ports_by_base);
    hmap_init(&plan->routers);
    hmap_init(&plan->routing_ports);
    hmap_init(&plan->rows);
    hmap_init(&plan->rows_by_prefix);
    ovs_list_init(&plan->dirty_ports);
    ovs_list_init(&plan->dirty_rows);
    route_merge_init(&plan->merge);
    route_scope_init(plan);
    return plan;
}

/* Ports. */

static void
port_dirty(struct route_plan *plan, struct port *port)
{
    if (ovs_list_is_empty(&port->dirty)) {
        ovs_list_push_back(&plan->dirty_ports, &port->dirty);
    }
}

struct port *
route_facts_pop_port(struct route_plan *plan)
{
    if (ovs_list_is_empty(&plan->dirty_ports)) {
        return NULL;
    }

    struct port *port = CONTAINER_OF(ovs_list_pop_front(&plan->dirty_ports),
                                     struct port, dirty);
    ovs_list_init(&port->dirty);
    return port;
}

static struct port *
port_find(const struct route_plan *plan, const struct uuid *uuid)
{
    struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid), &plan->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

/* The port with 'uuid', which may be NULL. */
static struct port *
port_ref(struct route_plan *plan, const struct uuid *uuid)
{
    struct port *port = uuid ? port_find(plan, uuid) : NULL;

    if (uuid && !port) {
        port = xzalloc(sizeof *port);
        port->uuid = *uuid;
        ovs_list_init(&port->dirty);
        ovs_list_init(&port->bound_node);
        ovs_list_init(&port->rows);
        ovs_list_init(&port->tracked);
        ovs_list_init(&port->options);
        ovs_list_init(&port->bindings);
        hmap_insert(&plan->ports, &port->node, uuid_hash(uuid));
    }
    return port;
}

void
route_facts_unref_port(struct route_plan *plan, struct port *port)
{
    if (port && !port->present
        && ovs_list_is_empty(&port->rows)
        && ovs_list_is_empty(&port->tracked)
        && ovs_list_is_empty(&port->options)
        && ovs_list_is_empty(&port->bindings)) {
        hmap_remove(&plan->ports, &port->node);
        ovs_list_remove(&port->dirty);
        free(port);
    }
}

/* Enters 'port' into 'bound_ports', or removes it. */
static void
port_set_bound(struct route_plan *plan, struct port *port, bool bound)
{
    if (bound == ovs_list_is_empty(&port->bound_node)) {
        if (bound) {
            ovs_list_push_back(&plan->bound_ports, &port->bound_node);
        } else {
            ovs_list_remove(&port->bound_node);
            ovs_list_init(&port->bound_node);
        }
        plan->scope_dirty = true;
    }
}

/* What a "patch" port and its "chassisredirect" port have in common. */
static const char *
port_base_name(const struct port *port)
{
    return (port->type == ROUTE_PORT_CHASSISREDIRECT
            && !strncmp(port->name, "cr-", 3)
            ? port->name + 3 : port->name);
}

const struct port *
route_facts_find_redirect(const struct route_plan *plan,
                          const struct port *patch)
{
    uint32_t hash = hash_string(patch->name, 0);
    const struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, base_node, hash, &plan->ports_by_base) {
        if (port->type == ROUTE_PORT_CHASSISREDIRECT
            && !strcmp(port_base_name(port), patch->name)) {
            return port;
        }
    }
    return NULL;
}

/* Marks the ports that share their base name with 'port', and itself. */
static void
port_dirty_kin(struct route_plan *plan, struct port *port)
{
    port_dirty(plan, port);
    if (port->in_base) {
        const char *base = port_base_name(port);
        struct port *kin;

        HMAP_FOR_EACH_WITH_HASH (kin, base_node, hash_string(base, 0),
                                 &plan->ports_by_base) {
            port_dirty(plan, kin);
        }
    }
}

static void
port_unset(struct route_plan *plan, struct port *port)
{
    port_dirty_kin(plan, port);
    if (port->in_base) {
        hmap_remove(&plan->ports_by_base, &port->base_node);
    }
    port_set_bound(plan, port, false);
    port->in_base = port->present = port->bound_here = false;
    plan->n_ports--;
    free(port->name);
    free(port->addresses);
    port->name = port->addresses = NULL;
}

void
route_plan_set_port(struct route_plan *plan, const struct route_port *new)
{
    struct port *port = port_ref(plan, &new->uuid);

    port->round = plan->round;
    if (port->present) {
        if (port->type == new->type && port->bound_here == new->bound_here
            && !strcmp(port->name, new->name)
            && nullable_string_is_equal(port->addresses, new->addresses)) {
            return;
        }
        port_unset(plan, port);
    }
    port->present = true;
    plan->n_ports++;
    port->name = xstrdup(new->name);
    port->addresses = nullable_xstrdup(new->addresses);
    port->type = new->type;
    port->bound_here = new->bound_here;
    port_set_bound(plan, port,
                   port->bound_here && port->type != ROUTE_PORT_OTHER);
    if (port->type == ROUTE_PORT_PATCH
        || port->type == ROUTE_PORT_CHASSISREDIRECT) {
        port->in_base = true;
        hmap_insert(&plan->ports_by_base, &port->base_node,
                    hash_string(port_base_name(port), 0));
    }
    port_dirty_kin(plan, port);
}

void
route_plan_remove_port(struct route_plan *plan, const struct uuid *uuid)
{
    struct port *port = port_find(plan, uuid);

    if (port && port->present) {
        /* Stays until the next run, which looks at what depends on it. */
        port_unset(plan, port);
    }
}

/* Routers. */

static struct router *
router_find(const struct route_plan *plan, const struct uuid *uuid)
{
    struct router *router;

    HMAP_FOR_EACH_WITH_HASH (router, node, uuid_hash(uuid), &plan->routers) {
        if (uuid_equals(&router->owner.uuid, uuid)) {
            return router;
        }
    }
    return NULL;
}

/* The router with datapath 'uuid', which may be NULL. */
static struct router *
router_ref(struct route_plan *plan, const struct uuid *uuid)
{
    struct router *router = uuid ? router_find(plan, uuid) : NULL;

    if (uuid && !router) {
        router = xzalloc(sizeof *router);
        router->owner.uuid = *uuid;
        router->name = xasprintf(UUID_FMT, UUID_ARGS(uuid));
        router->owner.name = router->name;
        ovs_list_init(&router->rows);
        ovs_list_init(&router->ports);
        hmap_insert(&plan->routers, &router->node, uuid_hash(uuid));
    }
    return router;
}

/* Frees 'router', which may be NULL, if nothing needs it. */
static void
router_unref(struct route_plan *plan, struct router *router)
{
    if (router && !router->tunnel_key
        && ovs_list_is_empty(&router->rows)
        && ovs_list_is_empty(&router->ports)) {
        ovs_assert(!router->owner.n_claims);
        plan->scope_dirty |= router->takes_part;
        hmap_remove(&plan->routers, &router->node);
        free(router->name);
        free(router);
    }
}

/* A datapath matters only if it is a router's, which shows in the rows that
 * refer to it; the others, logical switches, cost a node each. */
void
route_plan_set_datapath(struct route_plan *plan, const struct uuid *uuid,
                        int64_t tunnel_key)
{
    struct router *router = router_ref(plan, uuid);

    router->round = plan->round;
    if (router->tunnel_key != tunnel_key) {
        plan->n_datapaths += (tunnel_key != 0) - (router->tunnel_key != 0);
        router->tunnel_key = tunnel_key;
        if (!ovs_list_is_empty(&router->ports)) {
            plan->routers_dirty = true;
        }
        router_unref(plan, router);
    }
}

void
route_plan_remove_datapath(struct route_plan *plan, const struct uuid *uuid)
{
    if (router_find(plan, uuid)) {
        route_plan_set_datapath(plan, uuid, 0);
    }
}

/* Dynamic_Routing_Port rows. */

static struct routing_port *
routing_port_find(const struct route_plan *plan, const struct uuid *uuid)
{
    struct routing_port *rp;

    HMAP_FOR_EACH_WITH_HASH (rp, node, uuid_hash(uuid),
                             &plan->routing_ports) {
        if (uuid_equals(&rp->uuid, uuid)) {
            return rp;
        }
    }
    return NULL;
}

bool
route_facts_port_is_garbage(const struct routing_port *rp)
{
    return !rp->router || !rp->logical_port || !rp->binding_port;
}

static void
routing_port_unset(struct route_plan *plan, struct routing_port *rp)
{
    struct router *router = rp->router;
    struct port *logical = rp->logical_port;
    struct port *binding = rp->binding_port;

    plan->n_garbage_ports -= route_facts_port_is_garbage(rp);
    plan->routers_dirty = true;
    if (logical) {
        port_dirty(plan, logical);
    }
    ovs_list_remove(&rp->router_node);
    ovs_list_remove(&rp->logical_node);
    ovs_list_remove(&rp->binding_node);
    rp->router = NULL;
    rp->logical_port = rp->binding_port = NULL;
    route_facts_unref_port(plan, logical);
    if (binding != logical) {
        route_facts_unref_port(plan, binding);
    }
    router_unref(plan, router);
    free(rp->router_name);
    rp->router_name = NULL;
    smap_destroy(&rp->options);
}

static void
ref_list(struct ovs_list *list, struct ovs_list *node)
{
    if (list) {
        ovs_list_push_back(list, node);
    } else {
        ovs_list_init(node);
    }
}

void
route_plan_set_routing_port(struct route_plan *plan,
                            const struct route_routing_port *new)
{
    struct routing_port *rp = routing_port_find(plan, &new->uuid);

    if (!rp) {
        rp = xzalloc(sizeof *rp);
        rp->uuid = new->uuid;
        hmap_insert(&plan->routing_ports, &rp->node, uuid_hash(&rp->uuid));
    } else {
        routing_port_unset(plan, rp);
    }
    rp->round = plan->round;
    rp->router = router_ref(plan, new->datapath);
    rp->logical_port = port_ref(plan, new->logical_port);
    rp->binding_port = port_ref(plan, new->binding_port);
    rp->router_name = nullable_xstrdup(new->router);
    smap_clone(&rp->options, new->options);
    rp->enabled = smap_get_bool(&rp->options, DR_ENABLED, false);
    rp->maintain_vrf = smap_get_bool(&rp->options, DR_MAINTAIN_VRF, false);
    rp->local_only = smap_get_bool(&rp->options, DR_LOCAL_ONLY, false);
    ref_list(rp->router ? &rp->router->ports : NULL, &rp->router_node);
    ref_list(rp->logical_port ? &rp->logical_port->options : NULL,
             &rp->logical_node);
    ref_list(rp->binding_port ? &rp->binding_port->bindings : NULL,
             &rp->binding_node);
    plan->n_garbage_ports += route_facts_port_is_garbage(rp);
    plan->routers_dirty = true;
    if (rp->logical_port) {
        port_dirty(plan, rp->logical_port);
    }
}

static void
routing_port_free(struct route_plan *plan, struct routing_port *rp)
{
    routing_port_unset(plan, rp);
    hmap_remove(&plan->routing_ports, &rp->node);
    free(rp);
}

void
route_plan_remove_routing_port(struct route_plan *plan,
                               const struct uuid *uuid)
{
    struct routing_port *rp = routing_port_find(plan, uuid);

    if (rp) {
        routing_port_free(plan, rp);
    }
}

/* Advertised_Route rows. */

static struct advertised *
row_find(const struct route_plan *plan, const struct uuid *uuid)
{
    struct advertised *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &plan->rows) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

void
route_facts_row_dirty(struct route_plan *plan, struct advertised *row)
{
    if (ovs_list_is_empty(&row->dirty)) {
        ovs_list_push_back(&plan->dirty_rows, &row->dirty);
    }
}

struct advertised *
route_facts_pop_row(struct route_plan *plan)
{
    if (ovs_list_is_empty(&plan->dirty_rows)) {
        return NULL;
    }

    struct advertised *row = CONTAINER_OF(
        ovs_list_pop_front(&plan->dirty_rows), struct advertised, dirty);
    ovs_list_init(&row->dirty);
    return row;
}

bool
route_facts_row_is_garbage(const struct advertised *row)
{
    return !row->router || !row->logical_port || row->tracked_port_lost;
}

void
route_facts_resolve_row(struct route_plan *plan, struct advertised *row)
{
    if (row->reported) {
        char *object = xasprintf("Advertised_Route "UUID_FMT,
                                 UUID_ARGS(&row->uuid));

        problem_resolve(&plan->problems, SOURCE_ROW, object);
        free(object);
        row->reported = false;
    }
}

static uint32_t
hash_router_prefix(const struct router *router, const struct ip_prefix *prefix)
{
    return ip_prefix_hash_near(prefix, uuid_hash(&router->owner.uuid));
}

/* Enters 'row' into 'rows_by_prefix', or removes it. */
static void
row_set_in_prefix(struct route_plan *plan, struct advertised *row, bool in)
{
    if (in == row->in_prefix) {
        return;
    } else if (in) {
        hmap_insert_roomy(&plan->rows_by_prefix, &row->prefix_node,
                          hash_router_prefix(row->router, &row->prefix));
    } else {
        hmap_remove(&plan->rows_by_prefix, &row->prefix_node);
    }
    row->in_prefix = in;
    if (plan->advertised_cb) {
        plan->advertised_cb(plan->advertised_aux, &row->router->owner.uuid,
                            &row->prefix);
    }
}

bool
route_plan_is_advertised(const struct route_plan *plan,
                         const struct uuid *datapath,
                         const struct ip_prefix *prefix)
{
    const struct router *router = router_find(plan, datapath);
    const struct advertised *row;

    if (!router) {
        return false;
    }
    HMAP_FOR_EACH_WITH_HASH (row, prefix_node,
                             hash_router_prefix(router, prefix),
                             &plan->rows_by_prefix) {
        if (row->router == router
            && ip_prefix_equals(&row->prefix, prefix)) {
            return true;
        }
    }
    return false;
}

void
route_plan_observe_advertised(struct route_plan *plan,
                              void (*cb)(void *aux,
                                         const struct uuid *datapath,
                                         const struct ip_prefix *), void *aux)
{
    plan->advertised_cb = cb;
    plan->advertised_aux = aux;
}

static void
row_unset(struct route_plan *plan, struct advertised *row)
{
    struct router *router = row->router;
    struct port *logical = row->logical_port;
    struct port *tracked = row->tracked_port;

    plan->n_garbage_rows -= route_facts_row_is_garbage(row);
    /* A claim names the router, which may go; if the next run claims the same
     * again, the sink sees nothing of it. */
    route_merge_release(&plan->merge, &row->claim);
    route_facts_resolve_row(plan, row);
    row_set_in_prefix(plan, row, false);
    ovs_list_remove(&row->router_node);
    ovs_list_remove(&row->logical_node);
    ovs_list_remove(&row->tracked_node);
    row->router = NULL;
    row->logical_port = row->tracked_port = NULL;
    route_facts_unref_port(plan, logical);
    if (tracked != logical) {
        route_facts_unref_port(plan, tracked);
    }
    router_unref(plan, router);
    route_scope_unref(plan, row->tracked_name);
    row->tracked_name = NULL;
    ovs_list_remove(&row->waiting_node);
    ovs_list_init(&row->waiting_node);
    free(row->bad_prefix);
    row->bad_prefix = NULL;
}

/* What a row says of itself, apart from references. */
struct row_value {
    struct ip_prefix prefix;
    bool bad;                   /* 'prefix' is none. */
    uint32_t metric;            /* As in struct advertised. */
};

static struct row_value
row_value_parse(const struct route_advertised *new)
{
    struct row_value value = { .metric = DR_METRIC_NONE };
    bool host_bits;

    value.bad = ip_prefix_parse(new->ip_prefix, &value.prefix, &host_bits)
                || host_bits;
    if (new->metric) {
        (void) dynamic_routing_parse_metric(new->metric, &value.metric);
    }
    return value;
}

/* True if 'uuid' is what 'ref' refers to; either may be NULL. */
static bool
ref_is(const struct uuid *ref, const struct uuid *uuid)
{
    return ref && uuid ? uuid_equals(ref, uuid) : ref == uuid;
}

/* True if 'row' says already what 'new' does, which parses as 'value'. */
static bool
row_says(const struct advertised *row, const struct route_advertised *new,
         const struct row_value *value)
{
    const char *name = new->tracked_port ? new->tracked_router_port : NULL;

    return (ref_is(row->router ? &row->router->owner.uuid : NULL,
                   new->datapath)
            && ref_is(row->logical_port ? &row->logical_port->uuid : NULL,
                      new->logical_port)
            && ref_is(row->tracked_port ? &row->tracked_port->uuid : NULL,
                      new->tracked_port)
            && nullable_string_is_equal(
                row->tracked_name ? route_scope_name(row->tracked_name) : NULL,
                name)
            && row->tracked_port_lost == new->tracked_port_lost
            && row->metric == value->metric
            && (value->bad
                ? row->bad_prefix && !strcmp(row->bad_prefix, new->ip_prefix)
                : !row->bad_prefix && ip_prefix_equals(&row->prefix,
                                                       &value->prefix)));
}

/* Fills in 'row', which says nothing. */
static void
row_set(struct route_plan *plan, struct advertised *row,
        const struct route_advertised *new, const struct row_value *value)
{
    row->router = router_ref(plan, new->datapath);
    row->logical_port = port_ref(plan, new->logical_port);
    row->tracked_port = port_ref(plan, new->tracked_port);
    ref_list(row->router ? &row->router->rows : NULL, &row->router_node);
    ref_list(row->logical_port ? &row->logical_port->rows : NULL,
             &row->logical_node);
    ref_list(row->tracked_port ? &row->tracked_port->tracked : NULL,
             &row->tracked_node);
    row->prefix = value->prefix;
    row->bad_prefix = value->bad ? xstrdup(new->ip_prefix) : NULL;
    row_set_in_prefix(plan, row, row->router && !row->bad_prefix);
    if (new->tracked_port && new->tracked_router_port) {
        row->tracked_name = route_scope_ref(plan, new->tracked_router_port);
    }
    row->tracked_port_lost = new->tracked_port_lost;
    row->metric = value->metric;
    plan->n_garbage_rows += route_facts_row_is_garbage(row);
}

void
route_plan_set_advertised(struct route_plan *plan,
                          const struct route_advertised *new)
{
    struct advertised *row = row_find(plan, &new->uuid);
    struct row_value value = row_value_parse(new);
    struct tracked_name *old_name = NULL;

    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = new->uuid;
        ovs_list_init(&row->dirty);
        ovs_list_init(&row->waiting_node);
        hmap_insert_roomy(&plan->rows, &row->node, uuid_hash(&row->uuid));
    } else if (row_says(row, new, &value)) {
        /* Usual when a port changed: all rows that refer to it are stated. */
        row->round = plan->round;
        return;
    } else {
        /* If the name stays, it stays known. */
        old_name = row->tracked_name;
        row->tracked_name = NULL;
        row_unset(plan, row);
    }
    row->round = plan->round;
    row_set(plan, row, new, &value);
    route_scope_unref(plan, old_name);
    route_facts_row_dirty(plan, row);
}

static void
row_free(struct route_plan *plan, struct advertised *row)
{
    row_unset(plan, row);
    ovs_list_remove(&row->dirty);
    hmap_remove(&plan->rows, &row->node);
    free(row);
}

void
route_plan_remove_advertised(struct route_plan *plan, const struct uuid *uuid)
{
    struct advertised *row = row_find(plan, uuid);

    if (row) {
        row_free(plan, row);
    }
}

void
route_plan_destroy(struct route_plan *plan)
{
    if (plan) {
        plan->round++;
        route_plan_end_full(plan);

        struct port *port;
        while ((port = route_facts_pop_port(plan)) != NULL) {
            route_facts_unref_port(plan, port);
        }
        ovs_assert(hmap_is_empty(&plan->ports));
        ovs_assert(hmap_is_empty(&plan->routers));
        hmap_destroy(&plan->ports);
        hmap_destroy(&plan->ports_by_base);
        hmap_destroy(&plan->routers);
        hmap_destroy(&plan->routing_ports);
        hmap_destroy(&plan->rows);
        hmap_destroy(&plan->rows_by_prefix);
        route_merge_destroy(&plan->merge);
        route_scope_destroy(plan);
        problem_set_destroy(&plan->problems);
        free(plan->tables);
        free(plan);
    }
}

void
route_plan_begin_full(struct route_plan *plan)
{
    plan->round++;
}

void
route_plan_end_full(struct route_plan *plan)
{
    struct routing_port *rp;
    struct advertised *row;
    struct router *router;
    struct port *port;

    HMAP_FOR_EACH_SAFE (row, node, &plan->rows) {
        if (row->round != plan->round) {
            row_free(plan, row);
        }
    }
    HMAP_FOR_EACH_SAFE (rp, node, &plan->routing_ports) {
        if (rp->round != plan->round) {
            routing_port_free(plan, rp);
        }
    }
    HMAP_FOR_EACH_SAFE (router, node, &plan->routers) {
        if (router->tunnel_key && router->round != plan->round) {
            route_plan_set_datapath(plan, &router->owner.uuid, 0);
        }
    }
    HMAP_FOR_EACH (port, node, &plan->ports) {
        if (port->present && port->round != plan->round) {
            port_unset(plan, port);
        }
    }
}

void
route_plan_set_mode(struct route_plan *plan, enum route_plan_mode mode)
{
    struct advertised *row;

    if (plan->mode != mode) {
        plan->mode = mode;
        HMAP_FOR_EACH (row, node, &plan->rows) {
            route_facts_row_dirty(plan, row);
        }
    }
}

void
route_plan_set_withdrawn(struct route_plan *plan, bool withdrawn)
{
    if (plan->withdrawn != withdrawn) {
        plan->withdrawn = withdrawn;
        plan->routers_dirty = true;
    }
}
