/* static-routes.c: static routes of routers.  See the header. */
#include <config.h>
#include "northd/static-routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/route-source.h"
#include "northd/view-route.h"
#include "util.h"
#include "uuid.h"

/* What a route comes to. */
struct static_result {
    bool advertised;            /* Valid, and nothing forbids it. */
    struct route_value value;   /* If 'advertised'. */
    const struct view_router_port *port; /* Output port; NULL: not known. */
    char *problem;              /* What is wrong with it, or NULL. */
};

/* The DR_SOURCE_* that 'config' goes by. */
static unsigned int
route_to_source(const struct view_route_config *config)
{
    return (!config->origin ? DR_SOURCE_STATIC
            : !strcmp(config->origin, "connected") ? DR_SOURCE_CONNECTED
            : !strcmp(config->origin, "connected-dynamic")
            ? DR_SOURCE_HUB_SPOKE
            : DR_SOURCE_STATIC);
}

/* True if nobody expects the route to be advertised. */
static bool
is_kept_back(const struct view_route_config *config)
{
    return (!config->advertise || config->learned_row || config->source_policy
            || config->route_table[0] || config->bfd_down
            || !strcmp(config->nexthop, "discard"));
}

/* Parses prefix and next hop; '*nexthop' has family 0 if there is none.  Returns
 * NULL or what is wrong with them, which the caller must free(). */
static char *
parse_route(const struct view_route_config *config, struct ip_prefix *prefix,
            struct ip_prefix *nexthop)
{
    memset(nexthop, 0, sizeof *nexthop);
    if (ip_prefix_parse(config->ip_prefix, prefix, NULL)) {
        return xasprintf("ip_prefix \"%.60s\" is no IPv4 or IPv6 prefix; correct "
                         "it", config->ip_prefix);
    } else if (!config->nexthop[0]) {
        return NULL;
    } else if (ip_prefix_parse(config->nexthop, nexthop, NULL)
               || !ip_prefix_is_host(nexthop)) {
        return xasprintf("nexthop \"%.60s\" is no IP address, nor \"discard\"; "
                         "correct it", config->nexthop);
    } else if (nexthop->family != prefix->family) {
        return xasprintf("nexthop \"%.60s\" is not of the family of ip_prefix "
                         "\"%.60s\", which this OVN does not install; use a "
                         "next hop of that family", config->nexthop,
                         config->ip_prefix);
    }
    return NULL;
}

static bool
port_has_address(const struct view_router_port *port,
                 const struct ip_prefix *address)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (ip_prefix_contains(&port->networks[i].prefix, address)) {
            return true;
        }
    }
    return false;
}

/* True if stock OVN finds an address of 'port' to reach 'prefix' from.  Every
 * port has an IPv6 one. */
static bool
port_has_family(const struct view_router_port *port,
                const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (port->networks[i].address.family == prefix->family) {
            return true;
        }
    }
    return prefix->family == AF_INET6;
}

/* The first port of 'router' by name that has 'nexthop' in one of its networks,
 * or NULL. */
static const struct view_router_port *
find_port_by_nexthop(const struct view_router *router,
                     const struct ip_prefix *nexthop)
{
    const struct view_router_port *port, *first = NULL;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (port_has_address(port, nexthop)
            && (!first || strcmp(port->name, first->name) < 0)) {
            first = port;
        }
    }
    return first;
}

/* Finds the output port '*port'.  Returns as parse_route(). */
static char *
find_output_port(const struct view *view, const struct view_route *route,
                 const struct ip_prefix *prefix,
                 const struct ip_prefix *nexthop,
                 const struct view_router_port **port)
{
    const char *name = route->config.output_port;

    if (name) {
        *port = view_router_port_by_name(view, name);
        if (*port && (*port)->router != route->router) {
            *port = NULL;
        }
    } else {
        *port = (nexthop->family
                 ? find_port_by_nexthop(route->router, nexthop) : NULL);
    }
    if (*port) {
        return (port_has_family(*port, prefix) ? NULL
                : xasprintf("output_port \"%.60s\" has no IPv4 address, so this "
                            "OVN does not install the route; add one",
                            (*port)->name));
    } else if (name) {
        return xasprintf("output_port \"%.60s\" is no port of this router; "
                         "correct or clear it", name);
    } else if (!nexthop->family) {
        return xstrdup("it has neither nexthop nor output_port; set one");
    }
    return xasprintf("nexthop \"%.60s\" is in no network of the router's ports; "
                     "correct it or set output_port", route->config.nexthop);
}

/* Works out what 'route' comes to.  'result->problem' is the caller's. */
static void
static_resolve(const struct view *view, const struct view_route *route,
               struct static_result *result)
{
    const struct view_route_config *config = &route->config;
    struct ip_prefix *prefix = &result->value.prefix;
    struct ip_prefix nexthop;

    memset(result, 0, sizeof *result);
    if (!route->router || !route->router->enabled || is_kept_back(config)) {
        return;
    }
    result->problem = parse_route(config, prefix, &nexthop);
    if (!result->problem) {
        result->problem = find_output_port(view, route, prefix, &nexthop,
                                           &result->port);
    }
    if (result->problem || ip_prefix_is_link_local(prefix)) {
        return;
    }
    result->advertised = true;
    result->problem = route_source_parse_metric(config->metric,
                                                &result->value.metric);
}

/* True if 'port' advertises, or would, a route of 'source'. */
static bool
port_takes(const struct view_router_port *port, unsigned int source)
{
    unsigned int sources = view_router_port_sources(port);

    return (sources & source
            && !(source == DR_SOURCE_CONNECTED
                 && sources & DR_SOURCE_CONNECTED_AS_HOST));
}

/* Puts 'result' of 'route' into 'sink' for 'port', if that is the one. */
static void
static_emit(const struct view_route *route, const struct static_result *result,
            const struct view_router_port *port, struct route_sink *sink)
{
    const struct view_object object = { route->uuid, UUID_ZERO };

    if ((result->port && result->port != port)
        || !port_takes(port, route_to_source(&route->config))) {
        return;
    }
    if (result->problem) {
        char *name = xasprintf("Logical_Router_Static_Route "UUID_FMT" of "
                               "Logical_Router %s", UUID_ARGS(&route->uuid),
                               route->router->name);

        sink->invalid(sink, port, &object, name, result->problem);
        free(name);
    }
    if (result->advertised) {
        sink->route(sink, port, &object, &result->value);
    }
}

static void
advertise(const struct view *view, const struct view_router_port *port,
          unsigned int source, struct route_sink *sink)
{
    const struct view_route *route;

    LIST_FOR_EACH (route, router_node, &port->router->routes) {
        struct static_result result;

        if (route_to_source(&route->config) != source) {
            continue;
        }
        static_resolve(view, route, &result);
        static_emit(route, &result, port, sink);
        free(result.problem);
    }
}

static void
spread(const struct view *view, const struct view_object *object,
       unsigned int source, struct route_sink *sink)
{
    const struct view_route *route = view_find_route(view, &object->uuid);
    const struct view_router_port *port;
    struct static_result result;

    if (!route || route_to_source(&route->config) != source) {
        return;
    }
    static_resolve(view, route, &result);
    if (result.port) {
        static_emit(route, &result, result.port, sink);
    } else if (result.problem) {
        LIST_FOR_EACH (port, router_node, &route->router->ports) {
            static_emit(route, &result, port, sink);
        }
    }
    free(result.problem);
}

/* The sources differ in the routes that they pick. */
#define DEFINE_SOURCE(SOURCE, NAME, TOKEN)                              \
    static void                                                         \
    SOURCE##_advertise(const struct view *view,                         \
                       const struct view_router_port *port,             \
                       struct route_sink *sink)                         \
    {                                                                   \
        advertise(view, port, TOKEN, sink);                             \
    }                                                                   \
    static void                                                         \
    SOURCE##_spread(const struct view *view,                            \
                    const struct view_object *object,                   \
                    struct route_sink *sink)                            \
    {                                                                   \
        spread(view, object, TOKEN, sink);                              \
    }                                                                   \
    const struct route_source SOURCE = {                                \
        .name = NAME,                                                   \
        .source = TOKEN,                                                \
        .advertise = SOURCE##_advertise,                                \
        .spread = SOURCE##_spread,                                      \
    }
DEFINE_SOURCE(static_routes, "static", DR_SOURCE_STATIC);
DEFINE_SOURCE(ic_connected_routes, "connected", DR_SOURCE_CONNECTED);
DEFINE_SOURCE(hub_spoke_routes, "hub-spoke", DR_SOURCE_HUB_SPOKE);
