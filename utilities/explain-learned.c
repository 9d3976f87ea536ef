/* explain-learned.c: what OVN learns.  See the header. */
#include <config.h>
#include "utilities/explain-learned.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/prefix-filter.h"
#include "lib/problem.h"
#include "northd/dynamic-routing-port.h"
#include "northd/learned-routes.h"
#include "northd/view-route.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "utilities/explain-chassis.h"
#include "utilities/explain-plan.h"
#include "utilities/explain.h"
#include "utilities/sb-facts.h"
#include "util.h"
#include "uuid.h"

#define DAEMON "ovn-route-controller"
#define SB "Southbound"
#define NB "Northbound"

/* Rows, and what northd makes of them. */

/* Returns what ovn-route-northd makes of the rows in 'facts': lines "PORT
 * PREFIX via NEXTHOP ...". */
static char *
ask_northd(const struct sb_facts *facts, const struct view *view)
{
    struct problem_set problems;
    struct dynamic_routing_ports ports;
    struct learned_routes *lrs = learned_routes_create();
    const struct sb_routing_port *rp;
    const struct sb_learned *row;
    struct ds lines = DS_EMPTY_INITIALIZER;

    problem_set_init(&problems);
    dynamic_routing_ports_init(&ports);
    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        if (rp->binding_port && rp->binding_port->chassis) {
            learned_routes_set_binding(lrs, rp->binding_port->name,
                                       rp->binding_port->chassis);
        }
    }
    LIST_FOR_EACH (row, node, &facts->learned) {
        const struct learned_row_config config = {
            .port = row->logical_port ? row->logical_port->name : NULL,
            .ip_prefix = row->ip_prefix,
            .nexthop = row->nexthop,
            .chassis = row->chassis,
            .nexthop_mac = row->nexthop_mac,
        };

        learned_routes_set_row(lrs, &row->uuid, &config);
    }
    dynamic_routing_ports_run(&ports, view, &problems);
    learned_routes_run(lrs, view, &ports, &problems, 0);
    learned_routes_format(lrs, NULL, &lines);
    learned_routes_destroy(lrs);
    dynamic_routing_ports_destroy(&ports);
    problem_set_destroy(&problems);
    ds_cstr(&lines);
    return ds_steal_cstr(&lines);
}

/* The router that has 'port', or NULL. */
static const struct view_router *
port_router(const struct view *view, const struct sb_port *port)
{
    const struct view_router_port *rp
        = port ? view_router_port_by_name(view, port->name) : NULL;

    return rp ? rp->router : NULL;
}

/* The static route that stands for 'row', or NULL. Its next hop may be
 * another (S4), which 'line', what northd says of the row, then ends with. */
static const struct view_route *
find_static(const struct view_router *router, const struct sb_learned *row,
            const struct ip_prefix *prefix, const char *line)
{
    const char *as = strstr(line, " as ");
    const struct view_route *route;

    LIST_FOR_EACH (route, router_node, &router->routes) {
        struct ip_prefix found;

        if (route->config.learned_row
            && !ip_prefix_parse(route->config.ip_prefix, &found, NULL)
            && ip_prefix_equals(&found, prefix)
            && route->config.output_port
            && !strcmp(route->config.output_port, row->logical_port->name)
            && !strcmp(route->config.nexthop, as ? as + 4 : row->nexthop)) {
            return route;
        }
    }
    return NULL;
}

/* Returns the line of 'lines' about 'row', which the caller must free; ""
 * if there is none. */
static char *
find_line(const char *lines, const struct sb_learned *row,
          const struct ip_prefix *prefix)
{
    char text[IP_PREFIX_STRLEN];
    char *start = xasprintf("%s %s via %s", row->logical_port->name,
                            ip_prefix_format(prefix, text), row->nexthop);
    char *found = NULL;

    while (*lines && !found) {
        size_t n = strcspn(lines, "\n"), len = strlen(start);

        if (!strncmp(lines, start, len)
            && (lines[len] == '\n' || lines[len] == ' ')) {
            found = xmemdup0(lines, n);
        }
        lines += n + (lines[n] == '\n');
    }
    free(start);
    return found ? found : xstrdup("");
}

static void
explain_static(struct explain_chain *chain, const struct explain_sight *sight,
               const struct view_router *router, const struct sb_learned *row,
               const char *line)
{
    const struct view_route *route = find_static(router, row, &chain->prefix,
                                                 line);
    const char *withheld = strstr(line, " withheld: ");

    if (route) {
        explain_ok(chain, EXPLAIN_STATIC, NB, "static route of Logical_Router "
                   "%s via %s, out of %s", router->name,
                   route->config.nexthop, route->config.output_port);
        explain_complete(chain, false);
    } else if (withheld) {
        explain_missing(chain, EXPLAIN_STATIC, NB,
                        xasprintf("withheld from Logical_Router %s: %s",
                                  router->name, withheld + 11), NULL);
    } else if (!line[0]) {
        explain_missing(chain, EXPLAIN_STATIC, NB,
                        xasprintf("the row does not count: its port is not "
                                  "on the chassis that wrote it, or "
                                  "Logical_Router %s takes no part",
                                  router->name), NULL);
    } else {
        explain_missing(chain, EXPLAIN_STATIC, NB,
                        xasprintf("ovn-route-northd has not put a static "
                                  "route into Logical_Router %s: it does not "
                                  "run, or is stuck", router->name),
                        explain_start_command(sight, "ovn-route-northd"));
    }
}

/* True if it said something. */
static bool
explain_rows(struct explain_chain *chain, const struct explain_sight *sight,
             const struct view *view, const char *router_name)
{
    char *lines = ask_northd(sight->sb, view);
    const struct sb_learned *row;
    bool any = false;

    LIST_FOR_EACH (row, node, &sight->sb->learned) {
        const struct view_router *router = port_router(view,
                                                       row->logical_port);
        struct ip_prefix prefix;
        char *line;

        if (!router || (router_name && strcmp(router->name, router_name))
            || (sight->chassis && row->chassis
                && strcmp(row->chassis, sight->chassis))
            || ip_prefix_parse(row->ip_prefix, &prefix, NULL)
            || !ip_prefix_equals(&prefix, &chain->prefix)) {
            continue;
        }
        any = true;
        explain_enter(chain, 0, row->chassis);
        explain_ok(chain, EXPLAIN_LEARNED, SB, "Learned_Route "UUID_FMT" on "
                   "port %s via %s, from %s", UUID_ARGS(&row->uuid),
                   row->logical_port->name, row->nexthop,
                   row->chassis ? row->chassis : "an unnamed chassis");
        explain_enter(chain, 1, row->chassis);
        line = find_line(lines, row, &prefix);
        explain_static(chain, sight, router, row, line);
        free(line);
    }
    free(lines);
    return any;
}

/* In the kernel only. */

/* Finds a route for 'prefix' that is to be learned in 'text', what
 * "kernel/show" prints.  Returns its line and stores its table, or NULL. */
static char *
find_kernel_route(char *text, const struct ip_prefix *prefix,
                  uint32_t *table_id)
{
    static const char *const others[] = {
        "proto ovn(", "proto kernel(", "proto boot(", "proto static(",
        "proto ra(", "proto redirect(",
    };
    char start[IP_PREFIX_STRLEN], *save = NULL;

    ip_prefix_format(prefix, start);
    for (char *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        bool ours = true;

        if (ovs_scan(line, "table %"SCNu32, table_id)) {
            continue;
        }
        line += strspn(line, " ");
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
            ours = ours && !strstr(line, others[i]);
        }
        if (ours && !strncmp(line, start, strlen(start))
            && line[strlen(start)] == ' ') {
            return xstrdup(line);
        }
    }
    return NULL;
}

struct table_aux {
    uint32_t table_id;
    const char *only;           /* Name of the only router, or NULL. */
    char *router;               /* That has the table, or NULL. */
};

static void
note_router(void *aux_, const char *router, uint32_t table_id,
            const char *vrf OVS_UNUSED)
{
    struct table_aux *aux = aux_;

    if (table_id == aux->table_id && !aux->router
        && (!aux->only || !strcmp(aux->only, router))) {
        aux->router = xstrdup(router);
    }
}

static bool
is_default(const struct ip_prefix *prefix)
{
    return !prefix->plen;
}

/* What keeps 'rp' from learning 'prefix', by its options.  Returns the
 * cause, or NULL; '*remedy' is a command. */
static char *
judge_port(const struct sb_routing_port *rp, const struct ip_prefix *prefix,
           char **remedy)
{
    const char *filter_text = smap_get(&rp->options, DR_LEARN_PREFIXES);
    struct prefix_filter filter;
    struct ds invalid = DS_EMPTY_INITIALIZER;
    char *port = explain_quote(rp->logical_port->name), *cause = NULL;
    char text[IP_PREFIX_STRLEN];

    prefix_filter_parse(filter_text, &filter, &invalid);
    ip_prefix_format(prefix, text);
    if (smap_get_bool(&rp->options, DR_NO_LEARNING, false)) {
        cause = xasprintf("options:"DR_NO_LEARNING"=true on port %s",
                          rp->logical_port->name);
        *remedy = xasprintf("ovn-nbctl set Logical_Router_Port %s options:"
                            DR_NO_LEARNING"=false", port);
    } else if (is_default(prefix)
               && !smap_get_bool(&rp->options, DR_LEARN_DEFAULT, true)) {
        cause = xasprintf("options:"DR_LEARN_DEFAULT"=false on port %s",
                          rp->logical_port->name);
        *remedy = xasprintf("ovn-nbctl set Logical_Router_Port %s options:"
                            DR_LEARN_DEFAULT"=true", port);
    } else if (!prefix_filter_permits(&filter, prefix)) {
        cause = xasprintf("options:"DR_LEARN_PREFIXES"=\"%s\" on port %s "
                          "denies it", filter_text, rp->logical_port->name);
        *remedy = xasprintf("ovn-nbctl set Logical_Router_Port %s 'options:"
                            DR_LEARN_PREFIXES"=\"permit %s, %s\"'", port, text,
                            filter_text);
    }
    prefix_filter_destroy(&filter);
    ds_destroy(&invalid);
    free(port);
    return cause;
}

/* What the daemon says that keeps 'router' from learning 'prefix'; NULL if it
 * says nothing of the kind. */
static char *
ask_why(const struct explain_sight *sight, const struct ip_prefix *prefix,
        const char *router)
{
    const struct explain_probe *probe = sight->probe;
    char text[IP_PREFIX_STRLEN], *start = xasprintf("router \"%s\":", router);
    char *error = NULL, *why = NULL, *save = NULL;
    char *answer = probe->controller(probe->aux, "learned/explain",
                                     ip_prefix_format(prefix, text), &error);
    bool here = false;

    for (char *line = answer ? strtok_r(answer, "\n", &save) : NULL;
         line && !why; line = strtok_r(NULL, "\n", &save)) {
        if (!strncmp(line, "router ", 7)) {
            here = !strncmp(line, start, strlen(start));
        } else if (here && strstr(line, ": not learned: ")) {
            why = xstrdup(line);
        }
    }
    free(answer);
    free(error);
    free(start);
    return why;
}

/* The daemon's problem with writing what it learned; NULL if it has none. */
static char *
ask_unwritten(const struct explain_sight *sight)
{
    const struct explain_probe *probe = sight->probe;
    char *error = NULL, *found = NULL, *save = NULL;
    char *answer = probe->controller(probe->aux, "problem/list", NULL, &error);

    for (char *line = answer ? strtok_r(answer, "\n", &save) : NULL;
         line && !found; line = strtok_r(NULL, "\n", &save)) {
        if (!strncmp(line, "Learned_Route: ", 15)) {
            found = xstrdup(line + 15);
        }
    }
    free(answer);
    free(error);
    return found;
}

/* The route is in the kernel, but there is no row: why? */
static void
explain_not_learned(struct explain_chain *chain,
                    const struct explain_sight *sight, const char *router)
{
    const struct sb_routing_port *rp;
    char *cause = NULL, *remedy = NULL;

    LIST_FOR_EACH (rp, node, &sight->sb->routing_ports) {
        char *why, *mend = NULL;

        if (!rp->router || strcmp(rp->router, router) || !rp->logical_port
            || !rp->binding_port || !rp->binding_port->chassis
            || strcmp(rp->binding_port->chassis, sight->probe->chassis)) {
            continue;
        }
        why = judge_port(rp, &chain->prefix, &mend);
        if (!why || cause) {
            free(why);
            free(mend);
        } else {
            cause = why;
            remedy = mend;
        }
    }
    if (!cause) {
        char text[IP_PREFIX_STRLEN];

        cause = ask_why(sight, &chain->prefix, router);
        if (!cause) {
            cause = ask_unwritten(sight);
            remedy = cause ? xstrdup("ovn-route-ctl doctor") : NULL;
        }
        if (!cause) {
            cause = xasprintf("ovn-route-controller has not learned it for "
                              "Logical_Router %s yet; ask it", router);
        }
        if (!remedy) {
            remedy = xasprintf("ovn-appctl -t ovn-route-controller "
                               "learned/explain %s",
                               ip_prefix_format(&chain->prefix, text));
        }
    }
    explain_missing(chain, EXPLAIN_LEARNED, DAEMON, cause, remedy);
}

/* True if it said something. */
static bool
explain_kernel_only(struct explain_chain *chain,
                    const struct explain_sight *sight, const char *router)
{
    const struct explain_probe *probe = sight->probe;
    struct table_aux aux = { .only = router };
    char *error = NULL, *text, *line;

    if (!probe || !probe->chassis
        || (sight->chassis && strcmp(sight->chassis, probe->chassis))) {
        return false;
    }
    text = probe->controller(probe->aux, "kernel/show", NULL, &error);
    line = text ? find_kernel_route(text, &chain->prefix, &aux.table_id)
           : NULL;
    free(text);
    free(error);
    if (line) {
        explain_plan_routers(sight->sb, probe->chassis, note_router, &aux);
    }
    if (aux.router) {
        explain_enter(chain, 0, probe->chassis);
        explain_ok(chain, EXPLAIN_KERNEL, DAEMON, "table %"PRIu32" of "
                   "Logical_Router %s: %s", aux.table_id, aux.router, line);
        explain_not_learned(chain, sight, aux.router);
    }
    bool any = aux.router != NULL;
    free(line);
    free(aux.router);
    return any;
}

bool
explain_learned(struct explain_chain *chain, const struct explain_sight *sight,
                const struct view *view, const char *router)
{
    chain->learned = true;
    return (explain_rows(chain, sight, view, router)
            || explain_kernel_only(chain, sight, router));
}
