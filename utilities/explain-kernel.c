/* explain-kernel.c: VRF and kernel route.  See the header. */
#include <config.h>
#include "utilities/explain-kernel.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "utilities/explain-chassis.h"
#include "utilities/explain-plan.h"
#include "utilities/explain.h"
#include "utilities/sb-facts.h"
#include "util.h"

#define DAEMON "ovn-route-controller"
#define STATUS "Route_Exchange_Chassis"

bool
explain_is_here(const struct explain_sight *sight,
                const struct explain_route *route)
{
    return (sight->probe && sight->probe->chassis
            && !strcmp(sight->probe->chassis, route->chassis));
}

/* Problems, lines "OBJECT: TEXT". */

/* Returns the first line of 'lines' that is about the table, VRF or router
 * of 'route', or, unless 'vrf_only', about itself; NULL if there is none.
 * The caller must free it. */
static char *
find_problem(const char *lines, const struct explain_route *route,
             bool vrf_only)
{
    char prefix[IP_PREFIX_STRLEN];
    char *objects[] = {
        xasprintf("VRF %s, table %"PRIu32":", route->vrf,
                  route->planned->table_id),
        xasprintf("table %"PRIu32":", route->planned->table_id),
        xasprintf("router \"%s\":", route->router),
        xstrdup("network devices:"),
        xstrdup("network namespace:"),
        xasprintf("contents of table %"PRIu32":", route->planned->table_id),
        xasprintf("route %s metric %"PRIu32" in table %"PRIu32":",
                  ip_prefix_format(route->prefix, prefix),
                  route->planned->metric, route->planned->table_id),
        xasprintf("routes in table %"PRIu32":", route->planned->table_id),
    };
    char *found = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        bool looked_at = i < (vrf_only ? 5 : ARRAY_SIZE(objects));

        for (const char *line = lines; looked_at && *line && !found;) {
            size_t n = strcspn(line, "\n");

            if (!strncmp(line, objects[i], strlen(objects[i]))) {
                found = xmemdup0(line, n);
            }
            line += n + (line[n] == '\n');
        }
        free(objects[i]);
    }
    return found;
}

/* Returns the problems of 'status' in that form. */
static char *
status_problems(const struct smap *status)
{
    struct ds lines = DS_EMPTY_INITIALIZER;
    const struct smap_node *node;

    SMAP_FOR_EACH (node, status) {
        if (!strncmp(node->key, "problem-", 8)) {
            ds_put_format(&lines, "%s\n", node->value);
        }
    }
    ds_cstr(&lines);
    return ds_steal_cstr(&lines);
}

/* A table id that no router is known to use: that of 'route' plus a
 * hundred, or two, ... */
static uint32_t
unused_table(const struct sb_facts *facts, const struct explain_route *route)
{
    const struct sb_routing_port *rp;
    uint32_t id = route->planned->table_id;
    bool used;

    do {
        id = (id >= UINT32_MAX - 1000 ? 1000 : id) + 100;
        used = id == 252 || id == 253 || id == 254 || id == 255;
        LIST_FOR_EACH (rp, node, &facts->routing_ports) {
            uint32_t other;

            used = used || (smap_get(&rp->options, DR_VRF_ID)
                            && !dynamic_routing_parse_vrf_id(
                                smap_get(&rp->options, DR_VRF_ID), &other)
                            && other == id);
        }
    } while (used);
    return id;
}

/* Adds the missing link for 'problem', which is freed. */
static void
missing_for_problem(struct explain_chain *chain,
                    const struct explain_sight *sight,
                    const struct explain_route *route,
                    enum explain_stage stage, const char *from, char *problem)
{
    char *remedy = NULL;

    if (strstr(problem, "is used by VRF")) {
        char *router = explain_quote(route->router);

        /* Under the name that FRR's configuration knows. */
        remedy = xasprintf("ovn-nbctl set Logical_Router %s options:"DR_VRF_ID
                           "=%"PRIu32" options:"DR_VRF_NAME"=%s", router,
                           unused_table(sight->sb, route),
                           route->planned->vrf_name);
        free(router);
    } else if (strstr(problem, "lacks VRFs")) {
        remedy = xstrdup("modprobe vrf");
    } else if (strstr(problem, " remove that one")
               && strstr(problem, ": ip ")) {
        remedy = xstrdup(strstr(problem, ": ip ") + 2);
    }
    explain_missing(chain, stage, from, problem, remedy);
}

/* On the chassis. */

/* What 'kernel/show TABLE' prints of a VRF or a route. */
struct listing {
    char *vrf;                  /* Name of a VRF with that table... */
    bool up;                    /* ...and its state. */
    bool wanted_vrf;            /* It is the one that we asked for. */
    char *route;                /* The line of the route, or NULL. */
};

/* True if 'line', "TYPE PREFIX ... metric N..." or "PREFIX ...", is for
 * 'route'. */
static bool
line_is_route(const char *line, const struct explain_route *route)
{
    char *metric = xasprintf(" proto ovn(%d) metric %"PRIu32, DR_RTPROT_OVN,
                             route->planned->metric);
    const char *end = strstr(line, metric);
    char prefix[IP_PREFIX_STRLEN];
    size_t n = strlen(ip_prefix_format(route->prefix, prefix));
    bool found = false;

    if (end && (!end[strlen(metric)] || end[strlen(metric)] == ' ')) {
        const char *p = line;

        if (!strncmp(p, "blackhole ", 10)) {
            p += 10;
        }
        found = !strncmp(p, prefix, n) && p[n] == ' ';
    }
    free(metric);
    return found;
}

static void
parse_listing(char *text, const struct explain_route *route,
              struct listing *listing)
{
    char *save = NULL;

    memset(listing, 0, sizeof *listing);
    for (char *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char name[16], state[8];

        line += strspn(line, " ");
        if (ovs_scan(line, "vrf %15s %7s", name, state)) {
            if (!listing->wanted_vrf) {
                free(listing->vrf);
                listing->vrf = xstrdup(name);
                listing->up = !strcmp(state, "up");
                listing->wanted_vrf = !strcmp(name,
                                              route->planned->vrf_name);
            }
        } else if (!listing->route && line_is_route(line, route)) {
            listing->route = xstrdup(line);
        }
    }
}

/* The table's VRF, as 'listing' has it.  True if the chain goes on. */
static bool
explain_vrf(struct explain_chain *chain, const struct explain_sight *sight,
            struct explain_route *route, const struct listing *listing,
            const char *problems)
{
    uint32_t id = route->planned->table_id;
    bool wanted = route->planned->vrf_name[0] != '\0';

    if (listing->vrf) {
        ovs_strlcpy(route->vrf, listing->vrf, sizeof route->vrf);
    }
    if (listing->vrf && (listing->wanted_vrf || !wanted)) {
        explain_ok(chain, EXPLAIN_TABLE, DAEMON, "table %"PRIu32", VRF %s, "
                   "which is %s%s", id, listing->vrf,
                   listing->up ? "up" : "down",
                   wanted ? "" : " (not maintained by OVN)");
        return true;
    }
    ovs_strlcpy(route->vrf, route->planned->vrf_name, sizeof route->vrf);
    if (!wanted) {
        char *port = explain_quote(route->port);

        explain_missing(chain, EXPLAIN_TABLE, DAEMON,
                        xasprintf("table %"PRIu32" has no VRF, and FRR "
                                  "takes routes from VRFs only: neither has "
                                  "Logical_Router_Port %s options:"
                                  DR_MAINTAIN_VRF"=true, nor has somebody "
                                  "else made one", id, route->port),
                        xasprintf("ovn-nbctl set Logical_Router_Port %s "
                                  "options:"DR_MAINTAIN_VRF"=true", port));
        free(port);
    } else {
        char *problem = find_problem(problems, route, true);

        if (!problem) {
            problem = xasprintf("VRF %s with table %"PRIu32" is not there; "
                                "ovn-route-controller is working on it",
                                route->planned->vrf_name, id);
        }
        missing_for_problem(chain, sight, route, EXPLAIN_TABLE, DAEMON,
                            problem);
    }
    return false;
}

/* The route itself, likewise. */
static bool
explain_installed(struct explain_chain *chain,
                  const struct explain_sight *sight,
                  const struct explain_route *route,
                  const struct listing *listing, const char *problems)
{
    char *problem;

    if (listing->route) {
        explain_ok(chain, EXPLAIN_KERNEL, DAEMON, "%s", listing->route);
        return true;
    }
    problem = find_problem(problems, route, false);
    if (!problem) {
        char prefix[IP_PREFIX_STRLEN];

        problem = xasprintf("table %"PRIu32" has no route %s with metric "
                            "%"PRIu32" yet; ovn-route-controller is working "
                            "on it", route->planned->table_id,
                            ip_prefix_format(route->prefix, prefix),
                            route->planned->metric);
    }
    missing_for_problem(chain, sight, route, EXPLAIN_KERNEL, DAEMON, problem);
    return false;
}

static bool
explain_here(struct explain_chain *chain, const struct explain_sight *sight,
             struct explain_route *route)
{
    const struct explain_probe *probe = sight->probe;
    char *id = xasprintf("%"PRIu32, route->planned->table_id);
    char *error = NULL, *text, *problems = NULL;
    bool ok = false;

    text = probe->controller(probe->aux, "kernel/show", id, &error);
    if (text) {
        problems = probe->controller(probe->aux, "problem/list", NULL,
                                     &error);
    }
    if (!text || !problems) {
        explain_missing(chain, EXPLAIN_KERNEL, DAEMON,
                        xasprintf("ovn-route-controller does not run on %s, "
                                  "or does not answer: %s", route->chassis,
                                  error),
                        explain_start_command(sight, DAEMON));
    } else {
        struct listing listing;

        parse_listing(text, route, &listing);
        ok = (explain_vrf(chain, sight, route, &listing, problems)
              && explain_installed(chain, sight, route, &listing, problems));
        free(listing.vrf);
        free(listing.route);
    }
    free(id);
    free(error);
    free(text);
    free(problems);
    return ok;
}

/* From elsewhere. */

/* What "table-ID" of a status row says. */
struct table_status {
    char vrf[16];               /* "" for none. */
    bool up;
    unsigned int desired, installed, failed;
};

static bool
parse_table_status(const char *text, struct table_status *ts)
{
    char vrf[16];

    memset(ts, 0, sizeof *ts);
    if (!text || !ovs_scan(text, "vrf=%15s", vrf)) {
        return false;
    }
    if (strcmp(vrf, "none")) {
        ovs_strlcpy(ts->vrf, vrf, sizeof ts->vrf);
    }
    ts->up = strstr(text, " up ") != NULL;
    text = strstr(text, "desired=");
    return text && ovs_scan(text, "desired=%u installed=%u failed=%u",
                            &ts->desired, &ts->installed, &ts->failed);
}

/* Adds the links that the status row of 'chassis' has to tell.  True if the
 * chain goes on. */
static bool
explain_status(struct explain_chain *chain, const struct explain_sight *sight,
               struct explain_route *route, const struct sb_chassis *chassis)
{
    uint32_t id = route->planned->table_id;
    char *key = xasprintf("table-%"PRIu32, id);
    char *problems = status_problems(&chassis->status), *problem;
    struct table_status ts;
    bool known = parse_table_status(smap_get(&chassis->status, key), &ts);

    ovs_strlcpy(route->vrf, route->planned->vrf_name, sizeof route->vrf);
    problem = find_problem(problems, route, false);
    if (problem) {
        missing_for_problem(chain, sight, route,
                            (strstr(problem, "VRF") ? EXPLAIN_TABLE
                             : EXPLAIN_KERNEL), STATUS, xstrdup(problem));
    } else if (!known) {
        explain_unseen(chain, EXPLAIN_TABLE, STATUS,
                       "table %"PRIu32" is not among those that the row of %s "
                       "shows", id, route->chassis);
    } else if (route->planned->vrf_name[0] && !ts.up) {
        problem = xasprintf("VRF %s is down", route->planned->vrf_name);
        explain_missing(chain, EXPLAIN_TABLE, STATUS, xstrdup(problem), NULL);
    } else {
        explain_ok(chain, EXPLAIN_TABLE, STATUS, "table %"PRIu32", %s%s", id,
                   ts.vrf[0] ? "VRF " : "no VRF of OVN's making", ts.vrf);
        if (ts.installed < ts.desired) {
            explain_unseen(chain, EXPLAIN_KERNEL, STATUS,
                           "%u of %u routes are in the table", ts.installed,
                           ts.desired);
        } else {
            explain_ok(chain, EXPLAIN_KERNEL, STATUS, "all %u routes that are "
                       "wanted are in the table", ts.desired);
        }
    }
    bool ok = !problem;
    free(problem);
    free(problems);
    free(key);
    return ok;
}

static bool
explain_elsewhere(struct explain_chain *chain,
                  const struct explain_sight *sight,
                  struct explain_route *route)
{
    const struct sb_facts *facts = sight->sb;
    const struct sb_chassis *chassis
        = sb_facts_find_chassis(facts, route->chassis);

    if (!chassis || !chassis->reports) {
        explain_missing(chain, EXPLAIN_KERNEL, STATUS,
                        xasprintf("%s has no row: ovn-route-controller does "
                                  "not run there", route->chassis),
                        explain_start_command(sight, DAEMON));
    } else if (chassis->nb_cfg < facts->nb_cfg) {
        explain_missing(chain, EXPLAIN_KERNEL, STATUS,
                        xasprintf("ovn-route-controller on %s is behind, or "
                                  "down: it has followed configuration "
                                  "%"PRId64" of %"PRId64, route->chassis,
                                  chassis->nb_cfg, facts->nb_cfg),
                        explain_start_command(sight, DAEMON));
    } else {
        return explain_status(chain, sight, route, chassis);
    }
    return false;
}

/* Why a chassis advertises nothing although it could (D23, D24), by the value of
 * "gate" in its status; NULL if that is no reason. */
static const char *
gate_cause(const char *gate)
{
    static const struct {
        const char *gate, *cause;
    } causes[] = {
        { "starting", "waits, after its start, for ovn-controller to install "
          "its flows" },
        { "closed", "withdraws all, since ovs-vswitchd is gone there: nothing "
          "would be forwarded" },
        { "returning", "waits for its flows, since ovs-vswitchd has come "
          "back" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
        if (!strcmp(gate, causes[i].gate)) {
            return causes[i].cause;
        }
    }
    return NULL;
}

/* Adds a link if the operator drains the chassis, or it holds its routes back
 * itself.  True if they are withdrawn. */
static bool
explain_drain(struct explain_chain *chain, const struct explain_sight *sight,
              const struct explain_route *route)
{
    const struct sb_chassis *chassis
        = sb_facts_find_chassis(sight->sb, route->chassis);
    const char *drain = chassis ? smap_get(&chassis->status, "drain") : NULL;

    if (drain && !strcmp(drain, "withdraw")) {
        explain_missing(chain, EXPLAIN_DRAIN, STATUS,
                        xasprintf("%s is drained: it withdraws all it would "
                                  "advertise", route->chassis),
                        xstrdup("ovn-route-ctl drain off"));
        return true;
    } else if (drain && !strcmp(drain, "deprefer")) {
        explain_note(chain, EXPLAIN_DRAIN, STATUS, "%s is drained: its routes "
                     "have a worse metric", route->chassis);
    }

    const char *gate = chassis ? smap_get(&chassis->status, "gate") : NULL;
    const char *cause = gate ? gate_cause(gate) : NULL;
    if (cause) {
        explain_missing(chain, EXPLAIN_DRAIN, STATUS,
                        xasprintf("%s %s", route->chassis, cause),
                        (strcmp(gate, "closed") ? NULL
                         : sight->systemd
                         ? xstrdup("systemctl restart ovs-vswitchd")
                         : xstrdup("ovs-ctl start")));
    }
    return cause != NULL;
}

bool
explain_kernel(struct explain_chain *chain, const struct explain_sight *sight,
               struct explain_route *route)
{
    if (explain_drain(chain, sight, route)) {
        return false;
    }
    return (explain_is_here(sight, route)
            ? explain_here(chain, sight, route)
            : explain_elsewhere(chain, sight, route));
}
