/* explain-chassis.c: from the row to the kernel.  See the header. */
#include <config.h>
#include "utilities/explain-chassis.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "utilities/explain-frr.h"
#include "utilities/explain-kernel.h"
#include "utilities/explain-plan.h"
#include "utilities/explain-source.h"
#include "utilities/explain.h"
#include "utilities/sb-facts.h"
#include "util.h"
#include "uuid.h"

#define SB "Southbound"

char *
explain_start_command(const struct explain_sight *sight, const char *daemon)
{
    return (sight->systemd
            ? xasprintf("systemctl start %s", daemon)
            : xasprintf("%s --detach --pidfile --log-file --monitor", daemon));
}

/* Rows. */

/* True if 'row' is on 'port' for 'prefix', whatever it tracks. */
static bool
row_is_for(const struct sb_route *row, const char *port,
           const struct ip_prefix *prefix)
{
    struct ip_prefix found;

    return (row->logical_port && !strcmp(row->logical_port->name, port)
            && !ip_prefix_parse(row->ip_prefix, &found, NULL)
            && ip_prefix_equals(&found, prefix));
}

/* The name of what 'row' tracks, or NULL. */
static const char *
row_tracked_name(const struct sb_route *row)
{
    return row->tracked_port ? row->tracked_port->name : row->tracked_name;
}

/* The row of 'c'; '*hidden' if one that tracks a port stands in for it. */
static const struct sb_route *
find_row(const struct sb_facts *facts, const struct explain_candidate *c,
         const struct ip_prefix *prefix, bool *hidden)
{
    const struct sb_route *row;

    *hidden = false;
    LIST_FOR_EACH (row, node, &facts->routes) {
        if (row_is_for(row, c->port->name, prefix)) {
            if (nullable_string_is_equal(row_tracked_name(row),
                                         c->tracked_port)) {
                return row;
            }
            *hidden = *hidden || (row_tracked_name(row) && !c->tracked_port);
        }
    }
    return NULL;
}

/* A row should be there but is not: why? */
static void
missing_row(struct explain_chain *chain, const struct explain_sight *sight,
            const struct explain_candidate *c)
{
    const struct sb_facts *facts = sight->sb;
    struct ds cause = DS_EMPTY_INITIALIZER;
    const char *daemon = "ovn-route-northd";

    if (!facts->extended) {
        ds_put_cstr(&cause, "the Southbound database has no table "
                    "Advertised_Route: ovn-route-northd, which adds it, does "
                    "not run");
    } else if (!sb_facts_find_port(facts, c->port->name)) {
        ds_put_format(&cause, "the Southbound database does not know port %s "
                      "yet: stock ovn-northd does not run, or is behind",
                      c->port->name);
        daemon = "ovn-northd";
    } else if (facts->has_global && facts->nb_cfg < sight->nb_cfg) {
        ds_put_format(&cause, "ovn-route-northd is behind: it has completed "
                      "configuration %"PRId64" of %"PRId64"; it does not "
                      "run, or waits for stock ovn-northd (%"PRId64")",
                      facts->nb_cfg, sight->nb_cfg, facts->sb_cfg);
        daemon = facts->sb_cfg < sight->nb_cfg ? "ovn-northd" : daemon;
    } else {
        ds_put_format(&cause, "ovn-route-northd has written no row for port "
                      "%s; it does not run, or is stuck", c->port->name);
    }
    explain_missing(chain, EXPLAIN_ROW, SB, ds_steal_cstr(&cause),
                    explain_start_command(sight, daemon));
}

/* Chassis. */

/* True if 'rp' makes the router of 'row' take part where it is bound. */
static bool
takes_part(const struct sb_routing_port *rp, const struct sb_route *row)
{
    return (uuid_equals(&rp->datapath, &row->datapath)
            && rp->logical_port && rp->binding_port
            && smap_get_bool(&rp->options, DR_ENABLED, false));
}

/* The first routing port, by name, by which the router of 'row' is on
 * 'chassis'; or, if that is NULL, is bound at all; or NULL. */
static const struct sb_routing_port *
find_binding(const struct sb_facts *facts, const struct sb_route *row,
             const char *chassis)
{
    const struct sb_routing_port *rp, *first = NULL;

    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        const char *bound = (takes_part(rp, row) ? rp->binding_port->chassis
                             : NULL);

        if (bound && (!chassis || !strcmp(bound, chassis))
            && (!first || strcmp(rp->logical_port->name,
                                 first->logical_port->name) < 0)) {
            first = rp;
        }
    }
    return first;
}

/* Returns the command that moves the router of 'row', which is on no port of
 * 'chassis', there; NULL if there is none. */
static char *
command_move(const struct sb_facts *facts, const struct sb_route *row,
             const char *router, const char *chassis)
{
    const struct sb_routing_port *rp;

    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        if (takes_part(rp, row)) {
            char *port = explain_quote(rp->logical_port->name);
            char *quoted = explain_quote(router);
            char *command;

            command = (strcmp(rp->binding_port->type, "chassisredirect")
                       ? xasprintf("ovn-nbctl set Logical_Router %s "
                                   "options:chassis=%s", quoted, chassis)
                       : xasprintf("ovn-nbctl lrp-set-gateway-chassis %s %s "
                                   "32767", port, chassis));
            free(quoted);
            free(port);
            return command;
        }
    }
    return NULL;
}

/* The router of 'row' is bound nowhere, or not on the chassis in question. */
static void
missing_binding(struct explain_chain *chain, const struct explain_sight *sight,
                const struct explain_candidate *c, const struct sb_route *row)
{
    const struct sb_facts *facts = sight->sb;
    const struct sb_routing_port *rp = find_binding(facts, row, NULL);
    const char *router = c->port->router->name;
    struct ds cause = DS_EMPTY_INITIALIZER;
    const struct sb_chassis *chassis
        = sight->chassis ? sb_facts_find_chassis(facts, sight->chassis) : NULL;
    char *remedy = NULL;

    if (rp) {
        ds_put_format(&cause, "Logical_Router %s is not on %s: its port %s is "
                      "bound to %s, which advertises it", router,
                      sight->chassis, rp->binding_port->name,
                      rp->binding_port->chassis);
    } else {
        ds_put_format(&cause, "Logical_Router %s is on no chassis", router);
        LIST_FOR_EACH (rp, node, &facts->routing_ports) {
            if (takes_part(rp, row)) {
                ds_put_format(&cause, "; its port %s is not bound: the "
                              "chassis that is to have it is away, or its "
                              "ovn-controller", rp->binding_port->name);
            }
        }
    }
    if (sight->chassis && (!chassis || !chassis->hostname)) {
        ds_put_format(&cause, "; there is no Chassis \"%s\"", sight->chassis);
    } else if (sight->chassis) {
        remedy = command_move(facts, row, router, sight->chassis);
    }
    explain_missing(chain, EXPLAIN_CHASSIS, SB, ds_steal_cstr(&cause), remedy);
}

/* True if the rows of 'port' count only where what they track is. */
static bool
port_is_local_only(const struct sb_facts *facts, const struct sb_port *port)
{
    const struct sb_routing_port *rp;

    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        if (rp->logical_port == port
            && smap_get_bool(&rp->options, DR_LOCAL_ONLY, false)) {
            return true;
        }
    }
    return false;
}

/* Returns where 'port' is, in words. */
static char *
describe_place(const struct sb_facts *facts, const struct sb_port *port)
{
    const char *chassis = (!strcmp(port->type, "patch")
                           ? sb_facts_router_port_chassis(facts, port->name)
                           : port->chassis);

    return (chassis ? xasprintf("on %s", chassis)
            : xstrdup("bound to no chassis"));
}

/* 'row' asks for no route on 'chassis', which has its router. */
static void
missing_route(struct explain_chain *chain, const struct sb_facts *facts,
              const struct sb_route *row, const char *chassis,
              const struct explain_planned *planned)
{
    struct ds cause = DS_EMPTY_INITIALIZER;
    char *remedy = NULL, *place = NULL;

    if (planned->problem) {
        ds_put_cstr(&cause, planned->problem);
    } else if (row->tracked_name && !row->tracked_port) {
        ds_put_format(&cause, "its tracked port %s is gone, so the row is "
                      "skipped until ovn-route-northd has removed it",
                      row->tracked_name);
    } else if (!sb_port_is_local(facts, row->logical_port, chassis)) {
        place = describe_place(facts, row->logical_port);
        ds_put_format(&cause, "the row is for port %s, which is %s",
                      row->logical_port->name, place);
    } else if (row->tracked_port
               && port_is_local_only(facts, row->logical_port)) {
        char *port = explain_quote(row->logical_port->name);

        place = describe_place(facts, row->tracked_port);
        ds_put_format(&cause, DR_LOCAL_ONLY"=true holds it back on %s: its "
                      "tracked port %s is %s", chassis,
                      row->tracked_port->name, place);
        remedy = xasprintf("ovn-nbctl set Logical_Router_Port %s options:"
                           DR_LOCAL_ONLY"=false", port);
        free(port);
    } else {
        ds_put_format(&cause, "%s makes no route of it", chassis);
    }
    free(place);
    explain_missing(chain, EXPLAIN_METRIC, SB, ds_steal_cstr(&cause), remedy);
}

/* Adds the link that tells 'planned->metric' and why it is that. */
static void
add_metric(struct explain_chain *chain, const struct sb_facts *facts,
           const struct sb_route *row, const char *chassis,
           const struct explain_planned *planned)
{
    if (row->metric) {
        explain_ok(chain, EXPLAIN_METRIC, SB, "%"PRIu32", from options:"
                   DR_METRIC"=%s", planned->metric, row->metric);
    } else if (!row->tracked_port) {
        explain_ok(chain, EXPLAIN_METRIC, SB, "%"PRIu32", since all chassis "
                   "are as good for it", planned->metric);
    } else if (sb_port_is_local(facts, row->tracked_port, chassis)) {
        explain_ok(chain, EXPLAIN_METRIC, SB, "%"PRIu32", since tracked port "
                   "%s is here", planned->metric, row->tracked_port->name);
    } else {
        char *place = describe_place(facts, row->tracked_port);

        explain_ok(chain, EXPLAIN_METRIC, SB, "%"PRIu32", since tracked port "
                   "%s is %s", planned->metric, row->tracked_port->name,
                   place);
        free(place);
    }
}

/* One row on one chassis. */
static void
explain_on_chassis(struct explain_chain *chain,
                   const struct explain_sight *sight,
                   const struct sb_route *row, const char *chassis)
{
    const struct sb_routing_port *rp = find_binding(sight->sb, row, chassis);
    struct explain_planned planned;

    explain_enter(chain, 2, chassis);
    explain_ok(chain, EXPLAIN_CHASSIS, SB, "%s has the router: port %s is "
               "bound there", chassis, rp->binding_port->name);
    explain_plan(sight->sb, chassis, row, &planned);
    if (!planned.installed) {
        missing_route(chain, sight->sb, row, chassis, &planned);
    } else {
        struct explain_route route = {
            .prefix = &chain->prefix,
            .router = rp->router ? rp->router : "",
            .port = rp->logical_port->name,
            .chassis = chassis,
            .planned = &planned,
        };

        add_metric(chain, sight->sb, row, chassis, &planned);
        if (explain_kernel(chain, sight, &route)) {
            explain_frr(chain, sight, &route);
        }
    }
    free(planned.problem);
}

/* The chassis that have the router of 'row', sorted; the caller must destroy
 * the set. */
static void
find_chassis(const struct sb_facts *facts, const struct sb_route *row,
             struct sset *set)
{
    const struct sb_routing_port *rp;

    sset_init(set);
    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        if (takes_part(rp, row) && rp->binding_port->chassis) {
            sset_add(set, rp->binding_port->chassis);
        }
    }
}

void
explain_chassis(struct explain_chain *chain, const struct explain_sight *sight,
                const struct explain_candidate *c)
{
    bool hidden;
    const struct sb_route *row = find_row(sight->sb, c, &chain->prefix,
                                          &hidden);
    struct sset set;

    if (hidden) {
        explain_note(chain, EXPLAIN_ROW, SB, "a row of port %s that tracks a "
                     "port stands in for this one", c->port->name);
        return;
    } else if (!row) {
        missing_row(chain, sight, c);
        return;
    }
    explain_ok(chain, EXPLAIN_ROW, SB, "Advertised_Route "UUID_FMT" for port "
               "%s, tracked port %s", UUID_ARGS(&row->uuid),
               row->logical_port->name,
               row_tracked_name(row) ? row_tracked_name(row) : "none");

    find_chassis(sight->sb, row, &set);
    if (sight->chassis ? !sset_contains(&set, sight->chassis)
        : sset_is_empty(&set)) {
        missing_binding(chain, sight, c, row);
    } else if (sight->chassis) {
        explain_on_chassis(chain, sight, row, sight->chassis);
    } else {
        const char **names = sset_sort(&set);

        for (size_t i = 0; i < sset_count(&set); i++) {
            explain_on_chassis(chain, sight, row, names[i]);
        }
        free(names);
    }
    sset_destroy(&set);
}
