/* lb-routes.c: VIPs of load balancers.  See the header. */
#include <config.h>
#include "northd/lb-routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/lb-vip.h"
#include "northd/route-source.h"
#include "northd/view-lb.h"
#include "util.h"
#include "uuid.h"

/* What a load balancer comes to on a router. */
struct lb_result {
    struct ip_prefix *addresses; /* Sorted, without duplicates... */
    size_t n_addresses;         /* ...and their number. */
    uint32_t metric;
    char *problem;              /* What is wrong with it, or NULL... */
    bool problem_of_router;     /* ...on this router only. */
};

/* Parses 'vip' of 'lb' on 'router' into '*address'.  True if it worked; else notes
 * why in 'result'. */
static bool
parse_vip(const struct view *view, const struct view_lb *lb, const char *vip,
          const struct view_router *router, struct ip_prefix *address,
          struct lb_result *result)
{
    char *missing = NULL, *text, *problem = NULL;
    uint16_t port;

    if (!lb->template) {
        if (!lb_vip_parse(vip, address, &port)) {
            return true;
        }
        problem = xasprintf("vip \"%.60s\" is neither ADDRESS nor ADDRESS:PORT; "
                            "correct it", vip);
    } else if (!router->chassis) {
        problem = xasprintf("vip \"%.60s\" depends on the chassis, but the router "
                            "is no gateway router; set its options:chassis, or "
                            "use an address without variables", vip);
        result->problem_of_router = true;
    } else {
        text = lb_vip_expand(vip, view_template_variables(view,
                                                          router->chassis),
                             &missing);
        if (text && !lb_vip_parse(text, address, &port)) {
            free(text);
            return true;
        }
        problem = (text
                   ? xasprintf("vip \"%.60s\" comes to \"%.60s\" on chassis "
                               "\"%s\", which is neither ADDRESS nor "
                               "ADDRESS:PORT; correct Chassis_Template_Var",
                               vip, text, router->chassis)
                   : xasprintf("vip \"%.60s\" needs the variable \"%.60s\", "
                               "which chassis \"%s\" has not; set it in "
                               "Chassis_Template_Var", vip, missing,
                               router->chassis));
        result->problem_of_router = true;
        free(missing);
        free(text);
    }
    if (result->problem) {
        free(problem);          /* One is enough. */
    } else {
        result->problem = problem;
    }
    return false;
}

/* True if all backends of the 'vip'th VIP whose health is checked are down.
 * '*next' is the first of the checks not looked at so far. */
static bool
vip_is_down(const struct view *view, const struct view_lb *lb, size_t vip,
            size_t *next)
{
    size_t n = 0, n_down = 0;

    for (; *next < lb->n_checks && lb->checks[*next].vip == vip; (*next)++) {
        n++;
        n_down += view_lb_check_is_down(view, &lb->checks[*next]);
    }
    return n && n_down == n;
}

static int
compare_prefixes(const void *a, const void *b)
{
    return ip_prefix_compare(a, b);
}

/* Works out what 'lb' comes to on 'router'.  The caller must call
 * lb_result_destroy(). */
static void
lb_resolve(const struct view *view, const struct view_lb *lb,
           const struct view_router *router, struct lb_result *result)
{
    size_t next = 0, n = 0;

    memset(result, 0, sizeof *result);
    if (!router->enabled || !lb->advertise) {
        return;
    }
    result->addresses = xmalloc(MAX(lb->n_vips, 1)
                                * sizeof *result->addresses);
    for (size_t i = 0; i < lb->n_vips; i++) {
        struct ip_prefix *address = &result->addresses[n];
        bool down = vip_is_down(view, lb, i, &next);

        if (parse_vip(view, lb, lb->vips[i], router, address, result)
            && !down && !ip_prefix_is_link_local(address)) {
            n++;
        }
    }
    qsort(result->addresses, n, sizeof *result->addresses, compare_prefixes);
    for (size_t i = 0; i < n; i++) {
        if (!i || !ip_prefix_equals(&result->addresses[i],
                                    &result->addresses[i - 1])) {
            result->addresses[result->n_addresses++] = result->addresses[i];
        }
    }

    char *problem = route_source_parse_metric(lb->metric, &result->metric);
    if (result->problem) {
        free(problem);
    } else {
        result->problem = problem;
    }
}

static void
lb_result_destroy(struct lb_result *result)
{
    free(result->addresses);
    free(result->problem);
}

/* Puts 'result' of 'lb' on 'router' into 'sink' for 'port', tracking
 * 'tracked_port'. */
static void
emit_tracked(const struct view_lb *lb, const struct view_router *router,
             const struct lb_result *result,
             const struct view_router_port *port, const char *tracked_port,
             struct route_sink *sink)
{
    const struct view_object object = { lb->uuid, router->uuid };
    struct route_value value = {
        .tracked_port = tracked_port,
        .metric = result->metric,
    };

    for (size_t i = 0; i < result->n_addresses; i++) {
        value.prefix = result->addresses[i];
        sink->route(sink, port, &object, &value);
    }
}

static void
emit_problem(const struct view_lb *lb, const struct view_router *router,
             const struct lb_result *result,
             const struct view_router_port *port, struct route_sink *sink)
{
    const struct view_object object = { lb->uuid, router->uuid };

    if (result->problem) {
        char *name = xasprintf("Load_Balancer "UUID_FMT" (%s)%s%s",
                               UUID_ARGS(&lb->uuid), lb->name,
                               (result->problem_of_router
                                ? " on Logical_Router " : ""),
                               (result->problem_of_router
                                ? router->name : ""));

        sink->invalid(sink, port, &object, name, result->problem);
        free(name);
    }
}

/* Puts 'result' of 'lb' on 'router' into 'sink' for 'port', to which it is its
 * own. */
static void
emit_own(const struct view_lb *lb, const struct view_router *router,
         const struct lb_result *result, const struct view_router_port *port,
         struct route_sink *sink)
{
    const struct view_router_port *gateway;

    emit_problem(lb, router, result, port, sink);
    if (router->gateway) {
        emit_tracked(lb, router, result, port, NULL, sink);
        return;
    }
    LIST_FOR_EACH (gateway, router_node, &router->ports) {
        if (view_router_port_is_distributed_gateway(gateway)) {
            emit_tracked(lb, router, result, port, gateway->name, sink);
        }
    }
}

/* As above, for 'port' that sees 'router' through 'neighbor'. */
static void
emit_neighbor(const struct view_lb *lb, const struct view_router *router,
              const struct lb_result *result,
              const struct view_router_port *port,
              const struct view_router_port *neighbor,
              struct route_sink *sink)
{
    emit_problem(lb, router, result, port, sink);
    emit_tracked(lb, router, result, port, neighbor->name, sink);
}

/* From the port's end. */

struct lb_advertise_aux {
    const struct view *view;
    const struct view_router_port *port;
    const struct view_router_port *neighbor; /* NULL: none, 'port''s own. */
    struct route_sink *sink;
};

static void
lb_advertise_lb(const struct view_lb *lb, void *aux_)
{
    const struct lb_advertise_aux *aux = aux_;
    const struct view_router *router
        = aux->neighbor ? aux->neighbor->router : aux->port->router;
    struct lb_result result;

    lb_resolve(aux->view, lb, router, &result);
    if (aux->neighbor) {
        emit_neighbor(lb, router, &result, aux->port, aux->neighbor,
                      aux->sink);
    } else {
        emit_own(lb, router, &result, aux->port, aux->sink);
    }
    lb_result_destroy(&result);
}

static void
lb_advertise_neighbor(const struct view_router_port *neighbor, void *aux_)
{
    struct lb_advertise_aux *aux = aux_;

    aux->neighbor = neighbor;
    view_for_each_lb(neighbor->router, lb_advertise_lb, aux);
}

static void
lb_advertise(const struct view *view, const struct view_router_port *port,
             struct route_sink *sink)
{
    struct lb_advertise_aux aux = { view, port, NULL, sink };

    view_for_each_lb(port->router, lb_advertise_lb, &aux);
    view_for_each_neighbor(view, port, lb_advertise_neighbor, &aux);
}

/* From the load balancer's end. */

struct lb_spread_aux {
    const struct view_lb *lb;
    const struct lb_result *result;
    const struct view_router_port *neighbor;
    struct route_sink *sink;
};

static void
lb_spread_observer(const struct view_router_port *port, void *aux_)
{
    const struct lb_spread_aux *aux = aux_;

    if (view_router_port_sources(port) & DR_SOURCE_LB) {
        emit_neighbor(aux->lb, aux->neighbor->router, aux->result, port,
                      aux->neighbor, aux->sink);
    }
}

static void
lb_spread(const struct view *view, const struct view_object *object,
          struct route_sink *sink)
{
    const struct view_lb *lb = view_find_lb(view, &object->uuid);
    const struct view_router *router = view_find_router(view, &object->owner);
    const struct view_router_port *port;
    struct lb_result result;

    if (!lb || !router || !view_lb_is_on_router(view, lb, router)) {
        return;
    }
    lb_resolve(view, lb, router, &result);
    if (result.n_addresses || result.problem) {
        LIST_FOR_EACH (port, router_node, &router->ports) {
            struct lb_spread_aux aux = { lb, &result, port, sink };

            if (view_router_port_sources(port) & DR_SOURCE_LB) {
                emit_own(lb, router, &result, port, sink);
            }
            view_for_each_observer(view, port, lb_spread_observer, &aux);
        }
    }
    lb_result_destroy(&result);
}

const struct route_source lb_routes = {
    .name = "lb",
    .source = DR_SOURCE_LB,
    .advertise = lb_advertise,
    .spread = lb_spread,
};
