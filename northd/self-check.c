/* self-check.c: incremental result against full computation.  See the
 * header. */
#include <config.h>
#include "northd/self-check.h"

#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/problem.h"
#include "northd/advertised-route.h"
#include "northd/dynamic-routing-port.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"

/* More differences than these are only counted. */
#define MAX_REPORTED 10

/* Appends the difference 'what' with the route or port 'name' to 'report',
 * unless it is one too many. */
static void
put_difference(struct ds *report, size_t n, const char *what,
               const char *name)
{
    if (n < MAX_REPORTED) {
        ds_put_format(report, "%s: %s\n", what, name);
    }
}

static void
format_route(const struct advertised_route *route, struct ds *s)
{
    char buf[IP_PREFIX_STRLEN];

    ds_clear(s);
    ds_put_format(s, "route %s on %s", ip_prefix_format(&route->prefix, buf),
                  route->port);
    if (route->tracked_port) {
        ds_put_format(s, " tracks %s", route->tracked_port);
    }
    if (route->metric != DR_METRIC_NONE) {
        ds_put_format(s, " metric %"PRIu32, route->metric);
    }
}

/* Reports the routes wanted in 'a' and not in 'b' as 'what'; returns how
 * many. */
static size_t
compare_routes(const struct advertised_route_set *a,
               const struct advertised_route_set *b, const char *what,
               struct ds *report)
{
    struct ds name = DS_EMPTY_INITIALIZER;
    const struct advertised_route *route;
    size_t n = 0;

    HMAP_FOR_EACH (route, node, &a->routes) {
        const struct advertised_route *other;

        if (!advertised_route_is_wanted(a, route)) {
            continue;
        }
        other = advertised_route_set_find_wanted(b, route->port,
                                                 &route->prefix,
                                                 route->tracked_port);
        if (!other || other->metric != route->metric) {
            format_route(route, &name);
            put_difference(report, n++, what, ds_cstr(&name));
        }
    }
    ds_destroy(&name);
    return n;
}

static bool
ports_equal(const struct dynamic_routing_port *a,
            const struct dynamic_routing_port *b)
{
    return (!strcmp(a->binding_port, b->binding_port)
            && !strcmp(a->router, b->router)
            && smap_equal(&a->options, &b->options));
}

static size_t
compare_ports(const struct dynamic_routing_ports *a,
              const struct dynamic_routing_ports *b, const char *what,
              struct ds *report)
{
    const struct dynamic_routing_port *port;
    size_t n = 0;

    HMAP_FOR_EACH (port, node, &a->ports) {
        const struct dynamic_routing_port *other
            = dynamic_routing_ports_find(b, port->port);

        if (!other || !ports_equal(port, other)) {
            struct ds name = DS_EMPTY_INITIALIZER;

            ds_put_format(&name, "port %s", port->port);
            put_difference(report, n++, what, ds_cstr(&name));
            ds_destroy(&name);
        }
    }
    return n;
}

static size_t
check_routes(const struct view *view, const struct advertised_routes *routes,
             struct ds *report)
{
    const struct advertised_route_set *set = advertised_routes_get(routes);
    const struct view_router *router;
    struct advertised_route_set full;
    size_t n;

    advertised_route_set_init(&full);
    HMAP_FOR_EACH (router, node, &view->routers) {
        advertised_route_compute(view, &router->uuid, &full);
    }
    n = compare_routes(&full, set, "missing", report);
    n += compare_routes(set, &full, "too much", report);
    advertised_route_set_destroy(&full);
    return n;
}

static size_t
check_ports(struct view *view, const struct dynamic_routing_ports *ports,
            struct ds *report)
{
    bool all = view->changes.all;
    struct dynamic_routing_ports full;
    struct problem_set ignored;
    size_t n;

    problem_set_init(&ignored);
    dynamic_routing_ports_init(&full);
    view->changes.all = true;
    dynamic_routing_ports_run(&full, view, &ignored);
    view->changes.all = all;

    n = compare_ports(&full, ports, "missing or different", report);
    n += compare_ports(ports, &full, "too much or different", report);
    dynamic_routing_ports_destroy(&full);
    problem_set_destroy(&ignored);
    return n;
}

size_t
self_check(struct view *view, const struct advertised_routes *routes,
           const struct dynamic_routing_ports *ports, struct ds *report)
{
    return (check_routes(view, routes, report)
            + check_ports(view, ports, report));
}
