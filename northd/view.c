/* view.c: the sources' view of the Northbound database: changing it.  See the
 * header; reading it is in view-lookup.c. */
#include <config.h>
#include "northd/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* The number of our options would be a burden to list here; they share this. */
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
    struct view_nat *nat;

    view_changes_set_all(view);
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
    hmap_destroy(&view->changes.set);
}

/* Noting changes. */

static void
note(struct view *view, enum view_change_kind kind, const struct uuid *uuid)
{
    uint32_t hash = hash_int(kind, uuid_hash(uuid));
    struct view_change *change;

    if (view->changes.all) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (change, node, hash, &view->changes.set) {
        if (change->kind == kind && uuid_equals(&change->uuid, uuid)) {
            return;
        }
    }
    change = xmalloc(sizeof *change);
    change->kind = kind;
    change->uuid = *uuid;
    hmap_insert(&view->changes.set, &change->node, hash);
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
    note(view, VIEW_ADVERTISER, &port->uuid);
    note(view, VIEW_OBJECT, &port->uuid);
    note(view, VIEW_OWNER, &port->router->uuid);
    note(view, VIEW_ROUTER, &port->router->uuid);
    /* Whether a port has this one as its peer decides on its switch, too. */
    HMAP_FOR_EACH_WITH_HASH (other, peer_node, hash_string(port->name, 0),
                             &view->router_port_peers) {
        if (!strcmp(other->peer, port->name)) {
            note(view, VIEW_ADVERTISER, &other->uuid);
        }
    }
}

static void
note_router_topology(struct view *view, const struct view_router *router)
{
    const struct view_router_port *port;

    note(view, VIEW_OWNER, &router->uuid);
    note(view, VIEW_ROUTER, &router->uuid);
    LIST_FOR_EACH (port, router_node, &router->ports) {
        note_port_topology(view, port);
    }
}

/* Notes what depends on 'port' of a switch. */
static void
note_switch_port(struct view *view, const struct view_switch_port *port)
{
    const struct view_router_port *router_port;
    const struct view_nat *nat;

    if (!port->sw) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (nat, port_node, hash_string(port->name, 0),
                             &view->nat_ports) {
        if (!strcmp(nat->config.logical_port, port->name)) {
            note(view, VIEW_OBJECT, &nat->uuid);
        }
    }
    if (!port->router_port) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (router_port, name_node,
                             hash_string(port->router_port, 0),
                             &view->router_port_names) {
        if (!strcmp(router_port->name, port->router_port)
            && router_port->router) {
            note(view, VIEW_ADVERTISER, &router_port->uuid);
            note(view, VIEW_OWNER, &router_port->router->uuid);
        }
    }
}

/* Values. */

static bool
string_equals(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* Makes '*options' those of 'from' that concern us. */
static void
copy_options(struct smap *options, const struct smap *from)
{
    const struct smap_node *node;

    smap_init(options);
    SMAP_FOR_EACH (node, from) {
        if (!strncmp(node->key, OPTION_PREFIX, strlen(OPTION_PREFIX))) {
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

/* Routers. */

static struct view_router *
router_add(struct view *view, const struct uuid *uuid)
{
    struct view_router *router = xzalloc(sizeof *router);

    router->uuid = *uuid;
    smap_init(&router->options);
    ovs_list_init(&router->ports);
    ovs_list_init(&router->nats);
    hmap_insert(&view->routers, &router->node, uuid_hash(uuid));
    return router;
}

void
view_router_set(struct view *view, const struct uuid *uuid, const char *name,
                bool enabled, const struct smap *options_)
{
    struct view_router *router = view_find_router(view, uuid);
    bool gateway = smap_get(options_, "chassis") != NULL;
    struct smap options;

    copy_options(&options, options_);
    if (!router) {
        router = router_add(view, uuid);
    } else if (router->enabled == enabled && router->gateway == gateway
               && !strcmp(router->name, name)
               && smap_equal(&router->options, &options)) {
        smap_destroy(&options);
        return;
    } else if (router->enabled != enabled) {
        note_router_topology(view, router);
    }

    /* Problem reports of a router's objects carry its name. */
    bool topology = (router->enabled != enabled || router->gateway != gateway
                     || !string_equals(router->name, name));
    struct view_router_port *port;
    bool present;

    free(router->name);
    router->name = xstrdup(name);
    router->enabled = enabled;
    router->gateway = gateway;
    hmap_swap(&router->options.map, &options.map);
    smap_destroy(&options);
    router->dynamic_routing = smap_get_bool(&router->options, DR_ENABLED,
                                            false);
    router->sources = options_to_sources(&router->options, &present);

    note(view, VIEW_ROUTER, uuid);
    if (topology) {
        note_router_topology(view, router);
    }
    LIST_FOR_EACH (port, router_node, &router->ports) {
        note(view, VIEW_ADVERTISER, &port->uuid);
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
    struct view_nat *nat;

    note_router_topology(view, router);
    LIST_FOR_EACH_SAFE (port, router_node, &router->ports) {
        view_router_port_detach(view, &port->uuid, uuid);
    }
    LIST_FOR_EACH_SAFE (nat, router_node, &router->nats) {
        view_nat_detach(view, &nat->uuid, uuid);
    }
    hmap_remove(&view->routers, &router->node);
    smap_destroy(&router->options);
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
    copy_options(&port->options, config->options);
    port->sources = options_to_sources(&port->options, &port->has_sources);
    return port;
}

static void
router_port_free(struct view_router_port *port)
{
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
            && string_equals(a->bad_network, b->bad_network));
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
        note(view, VIEW_OBJECT, &b->uuid);
        note(view, VIEW_ROUTER, &b->router->uuid);
        if (b->has_chassis) {
            /* They decide which gateway port a NAT belongs to. */
            note(view, VIEW_OWNER, &b->router->uuid);
        }
    }
    if (!smap_equal(&a->options, &b->options)) {
        note(view, VIEW_ADVERTISER, &b->uuid);
        note(view, VIEW_OBJECT, &b->uuid);
        note(view, VIEW_ROUTER, &b->router->uuid);
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
                     || !string_equals(old->peer, new->peer)
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

/* Switches. */

static struct view_switch *
find_switch(const struct view *view, const struct uuid *uuid)
{
    struct view_switch *sw;

    HMAP_FOR_EACH_WITH_HASH (sw, node, uuid_hash(uuid), &view->switches) {
        if (uuid_equals(&sw->uuid, uuid)) {
            return sw;
        }
    }
    return NULL;
}

void
view_switch_set(struct view *view, const struct uuid *uuid)
{
    if (!find_switch(view, uuid)) {
        struct view_switch *sw = xzalloc(sizeof *sw);

        sw->uuid = *uuid;
        ovs_list_init(&sw->ports);
        ovs_list_init(&sw->router_ports);
        hmap_insert(&view->switches, &sw->node, uuid_hash(uuid));
    }
}

void
view_switch_remove(struct view *view, const struct uuid *uuid)
{
    struct view_switch *sw = find_switch(view, uuid);
    struct view_switch_port *port;

    if (sw) {
        LIST_FOR_EACH_SAFE (port, switch_node, &sw->ports) {
            view_switch_port_detach(view, &port->uuid, uuid);
        }
        hmap_remove(&view->switches, &sw->node);
        free(sw);
    }
}

static struct view_switch_port *
find_switch_port(const struct view *view, const struct uuid *uuid)
{
    struct view_switch_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid),
                             &view->switch_ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static void
switch_port_link(struct view *view, struct view_switch_port *port,
                 struct view_switch *sw)
{
    port->sw = sw;
    ovs_list_push_back(&sw->ports, &port->switch_node);
    if (port->router_port) {
        ovs_list_push_back(&sw->router_ports, &port->router_port_node);
    }
    note_switch_port(view, port);
}

static void
switch_port_unlink(struct view *view, struct view_switch_port *port)
{
    note_switch_port(view, port);
    ovs_list_remove(&port->switch_node);
    if (port->router_port) {
        ovs_list_remove(&port->router_port_node);
    }
    port->sw = NULL;
}

/* Takes 'port' out of 'view' and frees it. */
static void
switch_port_delete(struct view *view, struct view_switch_port *port)
{
    if (port->sw) {
        switch_port_unlink(view, port);
    }
    hmap_remove(&view->switch_ports, &port->node);
    hmap_remove(&view->switch_port_names, &port->name_node);
    if (port->router_port) {
        hmap_remove(&view->switch_port_peers, &port->peer_node);
    }
    free(port->router_port);
    free(port->name);
    free(port);
}

void
view_switch_port_set(struct view *view, const struct uuid *uuid,
                     const char *name, const char *router_port)
{
    struct view_switch_port *port = find_switch_port(view, uuid);
    struct view_switch *sw = NULL;

    if (router_port && !router_port[0]) {
        router_port = NULL;
    }
    if (port) {
        if (!strcmp(port->name, name)
            && string_equals(port->router_port, router_port)) {
            return;
        }
        sw = port->sw;
        switch_port_delete(view, port);
    }
    port = xzalloc(sizeof *port);
    port->uuid = *uuid;
    port->name = xstrdup(name);
    hmap_insert(&view->switch_ports, &port->node, uuid_hash(uuid));
    hmap_insert(&view->switch_port_names, &port->name_node,
                hash_string(name, 0));
    if (router_port) {
        port->router_port = xstrdup(router_port);
        hmap_insert(&view->switch_port_peers, &port->peer_node,
                    hash_string(router_port, 0));
    }
    if (sw) {
        switch_port_link(view, port, sw);
    }
}

void
view_switch_port_remove(struct view *view, const struct uuid *uuid)
{
    struct view_switch_port *port = find_switch_port(view, uuid);

    if (port) {
        switch_port_delete(view, port);
    }
}

void
view_switch_port_attach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *switch_uuid)
{
    struct view_switch_port *port = find_switch_port(view, port_uuid);
    struct view_switch *sw = find_switch(view, switch_uuid);

    if (port && sw && port->sw != sw) {
        if (port->sw) {
            switch_port_unlink(view, port);
        }
        switch_port_link(view, port, sw);
    }
}

void
view_switch_port_detach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *switch_uuid)
{
    struct view_switch_port *port = find_switch_port(view, port_uuid);

    if (port && port->sw && uuid_equals(&port->sw->uuid, switch_uuid)) {
        switch_port_unlink(view, port);
    }
}

/* NATs. */

static void
nat_config_clone(struct view_nat_config *dst,
                 const struct view_nat_config *src)
{
    *dst = *src;
    dst->type = xstrdup(src->type);
    dst->external_ip = xstrdup(src->external_ip);
    dst->logical_ip = xstrdup(src->logical_ip);
    dst->logical_port = nullable_xstrdup(src->logical_port);
    dst->external_mac = nullable_xstrdup(src->external_mac);
}

static bool
nat_config_equals(const struct view_nat_config *a,
                  const struct view_nat_config *b)
{
    return (!strcmp(a->type, b->type)
            && !strcmp(a->external_ip, b->external_ip)
            && !strcmp(a->logical_ip, b->logical_ip)
            && string_equals(a->logical_port, b->logical_port)
            && string_equals(a->external_mac, b->external_mac)
            && uuid_equals(&a->gateway_port, &b->gateway_port)
            && a->allowed_ext_ips == b->allowed_ext_ips
            && a->exempted_ext_ips == b->exempted_ext_ips
            && a->advertise == b->advertise);
}

/* Removes 'nat' and its contents from 'view', but not its attachment. */
static void
nat_take_out(struct view *view, struct view_nat *nat)
{
    hmap_remove(&view->nats, &nat->node);
    if (nat->config.logical_port) {
        hmap_remove(&view->nat_ports, &nat->port_node);
    }
    free(nat->config.type);
    free(nat->config.external_ip);
    free(nat->config.logical_ip);
    free(nat->config.logical_port);
    free(nat->config.external_mac);
}

void
view_nat_set(struct view *view, const struct uuid *uuid,
             const struct view_nat_config *config)
{
    struct view_nat *nat = view_find_nat(view, uuid);

    if (!nat) {
        nat = xzalloc(sizeof *nat);
        nat->uuid = *uuid;
    } else if (nat_config_equals(&nat->config, config)) {
        return;
    } else {
        nat_take_out(view, nat);
    }
    nat_config_clone(&nat->config, config);
    hmap_insert(&view->nats, &nat->node, uuid_hash(uuid));
    if (nat->config.logical_port) {
        hmap_insert(&view->nat_ports, &nat->port_node,
                    hash_string(nat->config.logical_port, 0));
    }
    if (nat->router) {
        note(view, VIEW_OBJECT, uuid);
    }
}

void
view_nat_remove(struct view *view, const struct uuid *uuid)
{
    struct view_nat *nat = view_find_nat(view, uuid);

    if (nat) {
        if (nat->router) {
            view_nat_detach(view, uuid, &nat->router->uuid);
        }
        nat_take_out(view, nat);
        free(nat);
    }
}

void
view_nat_attach(struct view *view, const struct uuid *nat_uuid,
                const struct uuid *router_uuid)
{
    struct view_nat *nat = view_find_nat(view, nat_uuid);
    struct view_router *router = view_find_router(view, router_uuid);

    if (nat && router && nat->router != router) {
        if (nat->router) {
            ovs_list_remove(&nat->router_node);
        }
        nat->router = router;
        ovs_list_push_back(&router->nats, &nat->router_node);
        note(view, VIEW_OBJECT, nat_uuid);
    }
}

void
view_nat_detach(struct view *view, const struct uuid *nat_uuid,
                const struct uuid *router_uuid)
{
    struct view_nat *nat = view_find_nat(view, nat_uuid);

    if (nat && nat->router && uuid_equals(&nat->router->uuid, router_uuid)) {
        note(view, VIEW_OBJECT, nat_uuid);
        ovs_list_remove(&nat->router_node);
        nat->router = NULL;
    }
}
