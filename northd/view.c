/* view.c: the sources' view of the Northbound database: changing it.  See the
 * header; reading it is in view-lookup.c. */
#include <config.h>
#include "northd/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-private.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* The number of our options would be a burden to list here; they share this,
 * all but DR_REDIRECT. */
#define OPTION_PREFIX "dynamic-routing"

void
view_init(struct view *view)
{
    hmap_init(&view->routers);
    hmap_init(&view->router_ports);
    hmap_init(&view->router_port_names);
    hmap_init(&view->router_port_peers);
    hmap_init(&view->switches);
    hmap_init(&view->switch_ports);
    hmap_init(&view->switch_port_names);
    hmap_init(&view->switch_port_peers);
    hmap_init(&view->nats);
    hmap_init(&view->nat_ports);
    hmap_init(&view->routes);
    hmap_init(&view->virtuals);
    hmap_init(&view->lbs);
    hmap_init(&view->lb_groups);
    hmap_init(&view->lb_links);
    hmap_init(&view->lb_checks);
    hmap_init(&view->monitors);
    hmap_init(&view->monitor_keys);
    hmap_init(&view->templates);
    hmap_init(&view->template_chassis);
    view->changes.all = true;
    hmap_init(&view->changes.set);
}

void
view_changes_clear(struct view *view)
{
    struct view_change *change;

    HMAP_FOR_EACH_POP (change, node, &view->changes.set) {
        free(change);
    }
    hmap_shrink(&view->changes.set);
    view->changes.all = false;
}

void
view_changes_set_all(struct view *view)
{
    view_changes_clear(view);
    view->changes.all = true;
}

bool
view_changes_is_empty(const struct view *view)
{
    return !view->changes.all && hmap_is_empty(&view->changes.set);
}

void
view_clear(struct view *view)
{
    struct view_switch_port *switch_port;
    struct view_router_port *router_port;
    struct view_switch *sw;
    struct view_router *router;
    struct view_template *template;
    struct view_lb_group *group;
    struct view_route *route;
    struct view_nat *nat;
    struct view_lb *lb;

    view_changes_set_all(view);
    HMAP_FOR_EACH_SAFE (template, node, &view->templates) {
        view_template_remove(view, &template->uuid);
    }
    HMAP_FOR_EACH_SAFE (group, node, &view->lb_groups) {
        view_lb_group_remove(view, &group->uuid);
    }
    HMAP_FOR_EACH_SAFE (lb, node, &view->lbs) {
        view_lb_remove(view, &lb->uuid);
    }
    HMAP_FOR_EACH_SAFE (route, node, &view->routes) {
        view_route_remove(view, &route->uuid);
    }
    HMAP_FOR_EACH_SAFE (nat, node, &view->nats) {
        view_nat_remove(view, &nat->uuid);
    }
    HMAP_FOR_EACH_SAFE (switch_port, node, &view->switch_ports) {
        view_switch_port_remove(view, &switch_port->uuid);
    }
    HMAP_FOR_EACH_SAFE (sw, node, &view->switches) {
        view_switch_remove(view, &sw->uuid);
    }
    HMAP_FOR_EACH_SAFE (router_port, node, &view->router_ports) {
        view_router_port_remove(view, &router_port->uuid);
    }
    HMAP_FOR_EACH_SAFE (router, node, &view->routers) {
        view_router_remove(view, &router->uuid);
    }
}

void
view_destroy(struct view *view)
{
    if (!view) {
        return;
    }
    view_clear(view);
    view_virtual_parent_clear_all(view);
    view_monitor_clear_all(view);
    hmap_destroy(&view->routers);
    hmap_destroy(&view->router_ports);
    hmap_destroy(&view->router_port_names);
    hmap_destroy(&view->router_port_peers);
    hmap_destroy(&view->switches);
    hmap_destroy(&view->switch_ports);
    hmap_destroy(&view->switch_port_names);
    hmap_destroy(&view->switch_port_peers);
    hmap_destroy(&view->nats);
    hmap_destroy(&view->nat_ports);
    hmap_destroy(&view->routes);
    hmap_destroy(&view->virtuals);
    hmap_destroy(&view->lbs);
    hmap_destroy(&view->lb_groups);
    hmap_destroy(&view->lb_links);
    hmap_destroy(&view->lb_checks);
    hmap_destroy(&view->monitors);
    hmap_destroy(&view->monitor_keys);
    hmap_destroy(&view->templates);
    hmap_destroy(&view->template_chassis);
    hmap_destroy(&view->changes.set);
}

/* Noting changes. */

static void
note(struct view *view, enum view_change_kind kind, const struct uuid *uuid,
     const struct uuid *owner)
{
    uint32_t hash = hash_int(kind, uuid_hash(uuid) ^ uuid_hash(owner));
    struct view_change *change;

    if (view->changes.all) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (change, node, hash, &view->changes.set) {
        if (change->kind == kind && uuid_equals(&change->object.uuid, uuid)
            && uuid_equals(&change->object.owner, owner)) {
            return;
        }
    }
    change = xmalloc(sizeof *change);
    change->kind = kind;
    change->object.uuid = *uuid;
    change->object.owner = *owner;
    hmap_insert(&view->changes.set, &change->node, hash);
}

void
view_note(struct view *view, enum view_change_kind kind,
          const struct uuid *uuid)
{
    note(view, kind, uuid, &UUID_ZERO);
}

void
view_note_owned(struct view *view, const struct uuid *object,
                const struct uuid *owner)
{
    note(view, VIEW_OBJECT, object, owner);
}

void
view_note_port_as_host(struct view *view, const struct view_router_port *port)
{
    const struct view_switch_port *switch_port;

    HMAP_FOR_EACH_WITH_HASH (switch_port, peer_node,
                             hash_string(port->name, 0),
                             &view->switch_port_peers) {
        if (switch_port->sw && !strcmp(switch_port->router_port, port->name)) {
            view_note(view, VIEW_OBJECT, &switch_port->uuid);
        }
    }
}

/* Notes what depends on the name, the peer or the existence of 'port', or on
 * whether it is a gateway port.  The ports that it can see, and that see it,
 * need no note of their own: each such pair has 'port' as its advertiser or
 * one of its router's objects as its object. */
static void
note_port_topology(struct view *view, const struct view_router_port *port)
{
    const struct view_router_port *other;

    if (!port->router) {
        return;
    }
    view_note(view, VIEW_ADVERTISER, &port->uuid);
    view_note(view, VIEW_OBJECT, &port->uuid);
    view_note(view, VIEW_OWNER, &port->router->uuid);
    view_note(view, VIEW_ROUTER, &port->router->uuid);
    view_note_port_as_host(view, port);
    /* Whether a port has this one as its peer decides on its switch, too. */
    HMAP_FOR_EACH_WITH_HASH (other, peer_node, hash_string(port->name, 0),
                             &view->router_port_peers) {
        if (!strcmp(other->peer, port->name)) {
            view_note(view, VIEW_ADVERTISER, &other->uuid);
            if (other->router) {
                view_note(view, VIEW_ROUTER, &other->router->uuid);
            }
        }
    }
}

static void
note_router_topology(struct view *view, const struct view_router *router)
{
    const struct view_router_port *port;

    view_note(view, VIEW_OWNER, &router->uuid);
    view_note(view, VIEW_ROUTER, &router->uuid);
    LIST_FOR_EACH (port, router_node, &router->ports) {
        note_port_topology(view, port);
    }
}

/* Values. */

bool
view_string_equals(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

void
view_copy_options(struct smap *options, const struct smap *from)
{
    const struct smap_node *node;

    smap_init(options);
    SMAP_FOR_EACH (node, from) {
        if (!strncmp(node->key, OPTION_PREFIX, strlen(OPTION_PREFIX))
            || !strcmp(node->key, DR_REDIRECT)) {
            smap_add(options, node->key, node->value);
        }
    }
}

/* The sources in 'options', and whether they say any ("" does). */
static unsigned int
options_to_sources(const struct smap *options, bool *present)
{
    const char *value = smap_get(options, DR_REDISTRIBUTE);
    struct ds unknown = DS_EMPTY_INITIALIZER;
    unsigned int sources;

    *present = value != NULL;
    sources = dynamic_routing_parse_redistribute(value ? value : "", &unknown);
    ds_destroy(&unknown);       /* dynamic-routing-port.c reports them. */
    return sources;
}

/* The filter in 'options', and whether there is one ("" is). */
static void
options_to_filter(const struct smap *options, struct prefix_filter *filter,
                  bool *present)
{
    const char *value = smap_get(options, DR_ADVERTISE_PREFIXES);
    struct ds invalid = DS_EMPTY_INITIALIZER;

    *present = value != NULL;
    prefix_filter_parse(value, filter, &invalid);
    ds_destroy(&invalid);       /* dynamic-routing-port.c reports it. */
}

/* Routers. */

static struct view_router *
router_add(struct view *view, const struct uuid *uuid)
{
    struct view_router *router = xzalloc(sizeof *router);

    router->uuid = *uuid;
    smap_init(&router->options);
    ovs_list_init(&router->ports);
    ovs_list_init(&router->nats);
    ovs_list_init(&router->routes);
    ovs_list_init(&router->lbs);
    ovs_list_init(&router->lb_groups);
    hmap_insert(&view->routers, &router->node, uuid_hash(uuid));
    return router;
}

void
view_router_set(struct view *view, const struct uuid *uuid, const char *name,
                bool enabled, const struct smap *options_)
{
    struct view_router *router = view_find_router(view, uuid);
    const char *chassis = smap_get(options_, "chassis");
    struct smap options;

    view_copy_options(&options, options_);
    if (!router) {
        router = router_add(view, uuid);
    } else if (router->enabled == enabled
               && view_string_equals(router->chassis, chassis)
               && !strcmp(router->name, name)
               && smap_equal(&router->options, &options)) {
        smap_destroy(&options);
        return;
    } else if (router->enabled != enabled) {
        note_router_topology(view, router);
    }

    /* Problem reports of a router's objects carry its name. */
    bool topology = (router->enabled != enabled
                     || !view_string_equals(router->chassis, chassis)
                     || !view_string_equals(router->name, name));
    struct view_router_port *port;
    bool present;

    free(router->name);
    router->name = xstrdup(name);
    router->enabled = enabled;
    router->gateway = chassis != NULL;
    free(router->chassis);
    router->chassis = nullable_xstrdup(chassis);
    hmap_swap(&router->options.map, &options.map);
    smap_destroy(&options);
    router->dynamic_routing = smap_get_bool(&router->options, DR_ENABLED,
                                            false);
    router->sources = options_to_sources(&router->options, &present);
    prefix_filter_destroy(&router->filter);
    options_to_filter(&router->options, &router->filter, &present);

    view_note(view, VIEW_ROUTER, uuid);
    if (topology) {
        note_router_topology(view, router);
    }
    LIST_FOR_EACH (port, router_node, &router->ports) {
        view_note(view, VIEW_ADVERTISER, &port->uuid);
    }
}

void
view_router_remove(struct view *view, const struct uuid *uuid)
{
    struct view_router *router = view_find_router(view, uuid);

    if (!router) {
        return;
    }

    struct view_router_port *port;
    struct view_route *route;
    struct view_nat *nat;

    note_router_topology(view, router);
    LIST_FOR_EACH_SAFE (port, router_node, &router->ports) {
        view_router_port_detach(view, &port->uuid, uuid);
    }
    LIST_FOR_EACH_SAFE (nat, router_node, &router->nats) {
        view_nat_detach(view, &nat->uuid, uuid);
    }
    LIST_FOR_EACH_SAFE (route, router_node, &router->routes) {
        view_route_detach(view, &route->uuid, uuid);
    }
    view_lb_detach_router(view, router);
    hmap_remove(&view->routers, &router->node);
    prefix_filter_destroy(&router->filter);
    smap_destroy(&router->options);
    free(router->chassis);
    free(router->name);
    free(router);
}

/* Router ports. */

/* Parses 'config''s networks into 'port'. */
static void
router_port_parse_networks(struct view_router_port *port,
                           const struct view_router_port_config *config)
{
    port->networks = xcalloc(MAX(config->n_networks, 1),
                             sizeof *port->networks);
    port->n_networks = 0;
    port->bad_network = NULL;
    for (size_t i = 0; i < config->n_networks; i++) {
        const char *text = config->networks[i];
        char *address = xmemdup0(text, strcspn(text, "/"));
        struct view_network *network = &port->networks[port->n_networks];

        if (!ip_prefix_parse(text, &network->prefix, NULL)
            && !ip_prefix_parse(address, &network->address, NULL)) {
            port->n_networks++;
        } else if (!port->bad_network) {
            port->bad_network = xstrdup(text);
        }
        free(address);
    }
}

/* A port as 'config' wants it, in no table and on no router. */
static struct view_router_port *
router_port_create(const struct uuid *uuid,
                   const struct view_router_port_config *config)
{
    struct view_router_port *port = xzalloc(sizeof *port);
    bool peer = config->peer && config->peer[0];

    port->uuid = *uuid;
    port->name = xstrdup(config->name);
    port->peer = peer ? xstrdup(config->peer) : NULL;
    port->has_chassis = config->has_chassis;
    router_port_parse_networks(port, config);
    view_copy_options(&port->options, config->options);
    port->sources = options_to_sources(&port->options, &port->has_sources);
    options_to_filter(&port->options, &port->filter, &port->has_filter);
    return port;
}

static void
router_port_free(struct view_router_port *port)
{
    prefix_filter_destroy(&port->filter);
    smap_destroy(&port->options);
    free(port->bad_network);
    free(port->networks);
    free(port->peer);
    free(port->name);
    free(port);
}

static bool
router_port_networks_equal(const struct view_router_port *a,
                           const struct view_router_port *b)
{
    return (a->n_networks == b->n_networks
            && !memcmp(a->networks, b->networks,
                       a->n_networks * sizeof *a->networks)
            && view_string_equals(a->bad_network, b->bad_network));
}

static void
router_port_insert(struct view *view, struct view_router_port *port)
{
    hmap_insert(&view->router_ports, &port->node, uuid_hash(&port->uuid));
    hmap_insert(&view->router_port_names, &port->name_node,
                hash_string(port->name, 0));
    if (port->peer) {
        hmap_insert(&view->router_port_peers, &port->peer_node,
                    hash_string(port->peer, 0));
    }
}

static void
router_port_take_out(struct view *view, struct view_router_port *port)
{
    hmap_remove(&view->router_ports, &port->node);
    hmap_remove(&view->router_port_names, &port->name_node);
    if (port->peer) {
        hmap_remove(&view->router_port_peers, &port->peer_node);
    }
}

/* Notes what differs between 'a' and 'b', the same port before and after a
 * change; 'b' is in the view. */
static void
note_port_difference(struct view *view, const struct view_router_port *a,
                     const struct view_router_port *b)
{
    if (!b->router) {
        return;
    }
    if (!router_port_networks_equal(a, b)) {
        view_note(view, VIEW_OBJECT, &b->uuid);
        view_note(view, VIEW_ROUTER, &b->router->uuid);
        view_note_port_as_host(view, b);
        if (b->has_chassis || !ovs_list_is_empty(&b->router->routes)) {
            /* They decide which gateway port a NAT belongs to, and which port
             * a route takes. */
            view_note(view, VIEW_OWNER, &b->router->uuid);
        }
    }
    if (!smap_equal(&a->options, &b->options)) {
        view_note(view, VIEW_ADVERTISER, &b->uuid);
        view_note(view, VIEW_OBJECT, &b->uuid);
        view_note_port_as_host(view, b);
        view_note(view, VIEW_ROUTER, &b->router->uuid);
    }
}

void
view_router_port_set(struct view *view, const struct uuid *uuid,
                     const struct view_router_port_config *config)
{
    struct view_router_port *old = view_find_router_port(view, uuid);
    struct view_router_port *new = router_port_create(uuid, config);

    if (!old) {
        router_port_insert(view, new);
        return;
    }

    bool topology = (strcmp(old->name, new->name)
                     || !view_string_equals(old->peer, new->peer)
                     || old->has_chassis != new->has_chassis);
    if (topology) {
        note_port_topology(view, old);
    }
    router_port_take_out(view, old);
    router_port_insert(view, new);
    new->router = old->router;
    if (new->router) {
        ovs_list_replace(&new->router_node, &old->router_node);
    }
    if (topology) {
        note_port_topology(view, new);
    }
    note_port_difference(view, old, new);
    router_port_free(old);
}

void
view_router_port_remove(struct view *view, const struct uuid *uuid)
{
    struct view_router_port *port = view_find_router_port(view, uuid);

    if (port) {
        if (port->router) {
            view_router_port_detach(view, uuid, &port->router->uuid);
        }
        router_port_take_out(view, port);
        router_port_free(port);
    }
}

void
view_router_port_attach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *router_uuid)
{
    struct view_router_port *port = view_find_router_port(view, port_uuid);
    struct view_router *router = view_find_router(view, router_uuid);

    if (!port || !router || port->router == router) {
        return;
    }
    if (port->router) {
        view_router_port_detach(view, port_uuid, &port->router->uuid);
    }
    port->router = router;
    ovs_list_push_back(&router->ports, &port->router_node);
    note_port_topology(view, port);
}

void
view_router_port_detach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *router_uuid)
{
    struct view_router_port *port = view_find_router_port(view, port_uuid);

    if (port && port->router
        && uuid_equals(&port->router->uuid, router_uuid)) {
        note_port_topology(view, port);
        ovs_list_remove(&port->router_node);
        port->router = NULL;
    }
}
