/* view-lookup.c: the sources' view of the Northbound database: reading it.  See
 * view.h. */
#include <config.h>
#include "northd/view.h"

#include <string.h>

#include "hash.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "uuid.h"

struct view_router *
view_find_router(const struct view *view, const struct uuid *uuid)
{
    struct view_router *router;

    HMAP_FOR_EACH_WITH_HASH (router, node, uuid_hash(uuid), &view->routers) {
        if (uuid_equals(&router->uuid, uuid)) {
            return router;
        }
    }
    return NULL;
}

struct view_router_port *
view_find_router_port(const struct view *view, const struct uuid *uuid)
{
    struct view_router_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid),
                             &view->router_ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

struct view_switch_port *
view_find_switch_port(const struct view *view, const struct uuid *uuid)
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

struct view_nat *
view_find_nat(const struct view *view, const struct uuid *uuid)
{
    struct view_nat *nat;

    HMAP_FOR_EACH_WITH_HASH (nat, node, uuid_hash(uuid), &view->nats) {
        if (uuid_equals(&nat->uuid, uuid)) {
            return nat;
        }
    }
    return NULL;
}

struct view_router_port *
view_router_port_by_name(const struct view *view, const char *name)
{
    struct view_router_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, name_node, hash_string(name, 0),
                             &view->router_port_names) {
        if (port->router && port->router->enabled
            && !strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

struct view_switch_port *
view_switch_port_by_name(const struct view *view, const char *name)
{
    struct view_switch_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, name_node, hash_string(name, 0),
                             &view->switch_port_names) {
        if (port->sw && !strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

unsigned int
view_router_port_sources(const struct view_router_port *port)
{
    const struct view_router *router = port->router;

    if (!router || !router->enabled || !router->dynamic_routing) {
        return 0;
    }
    return port->has_sources ? port->sources : router->sources;
}

bool
view_router_port_permits(const struct view_router_port *port,
                         const struct ip_prefix *prefix)
{
    return prefix_filter_permits((port->has_filter ? &port->filter
                                  : &port->router->filter), prefix);
}

bool
view_router_port_is_distributed_gateway(const struct view_router_port *port)
{
    return port->has_chassis && port->router && !port->router->gateway;
}

struct view_router_port *
view_router_port_peer(const struct view *view,
                      const struct view_router_port *port)
{
    return port->peer ? view_router_port_by_name(view, port->peer) : NULL;
}

struct view_switch *
view_router_port_switch(const struct view *view,
                        const struct view_router_port *port)
{
    const struct view_switch_port *switch_port, *first = NULL;

    if (view_router_port_peer(view, port)) {
        return NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (switch_port, peer_node,
                             hash_string(port->name, 0),
                             &view->switch_port_peers) {
        if (switch_port->sw && !strcmp(switch_port->router_port, port->name)
            && (!first || strcmp(switch_port->name, first->name) < 0)) {
            first = switch_port;
        }
    }
    return first ? first->sw : NULL;
}

void
view_for_each_neighbor(const struct view *view,
                       const struct view_router_port *port,
                       void (*cb)(const struct view_router_port *, void *aux),
                       void *aux)
{
    const struct view_router_port *peer = view_router_port_peer(view, port);
    const struct view_switch *sw = view_router_port_switch(view, port);
    const struct view_switch_port *switch_port;

    if (peer && peer != port) {
        cb(peer, aux);
    }
    if (!sw) {
        return;
    }
    LIST_FOR_EACH (switch_port, router_port_node, &sw->router_ports) {
        const struct view_router_port *other
            = view_router_port_by_name(view, switch_port->router_port);

        if (other && other != port) {
            cb(other, aux);
        }
    }
}

void
view_for_each_observer(const struct view *view,
                       const struct view_router_port *port,
                       void (*cb)(const struct view_router_port *, void *aux),
                       void *aux)
{
    uint32_t hash = hash_string(port->name, 0);
    const struct view_switch_port *switch_port, *across;
    const struct view_router_port *other;

    HMAP_FOR_EACH_WITH_HASH (other, peer_node, hash,
                             &view->router_port_peers) {
        if (other != port && view_router_port_peer(view, other) == port) {
            cb(other, aux);
        }
    }
    HMAP_FOR_EACH_WITH_HASH (switch_port, peer_node, hash,
                             &view->switch_port_peers) {
        if (!switch_port->sw
            || strcmp(switch_port->router_port, port->name)) {
            continue;
        }
        LIST_FOR_EACH (across, router_port_node,
                       &switch_port->sw->router_ports) {
            other = view_router_port_by_name(view, across->router_port);
            if (other && other != port
                && view_router_port_switch(view, other) == switch_port->sw) {
                cb(other, aux);
            }
        }
    }
}

struct owned_lb_aux {
    const struct view_router *router;
    view_object_function *cb;
    void *aux;
};

static void
owned_lb(const struct view_lb *lb, void *aux_)
{
    const struct owned_lb_aux *aux = aux_;

    aux->cb(&(struct view_object) { lb->uuid, aux->router->uuid }, aux->aux);
}

void
view_for_each_owned(const struct view_router *router,
                    view_object_function *cb, void *aux)
{
    const struct view_router_port *port;
    const struct view_route *route;
    const struct view_nat *nat;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        cb(&(struct view_object) { port->uuid, UUID_ZERO }, aux);
    }
    LIST_FOR_EACH (nat, router_node, &router->nats) {
        cb(&(struct view_object) { nat->uuid, UUID_ZERO }, aux);
    }
    LIST_FOR_EACH (route, router_node, &router->routes) {
        cb(&(struct view_object) { route->uuid, UUID_ZERO }, aux);
    }
    view_for_each_lb(router, owned_lb,
                     &(struct owned_lb_aux) { router, cb, aux });
}

void
view_for_each_object(const struct view *view, view_object_function *cb,
                     void *aux)
{
    const struct view_switch_port *port;
    const struct view_router *router;

    HMAP_FOR_EACH (router, node, &view->routers) {
        view_for_each_owned(router, cb, aux);
    }
    HMAP_FOR_EACH (port, node, &view->switch_ports) {
        cb(&(struct view_object) { port->uuid, UUID_ZERO }, aux);
    }
}
