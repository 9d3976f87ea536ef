/* explain-plan.c: asks the controller's plan.  See the header. */
#include <config.h>
#include "utilities/explain-plan.h"

#include <stdlib.h>
#include <string.h>

#include "controller/route.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "utilities/sb-facts.h"
#include "util.h"
#include "uuid.h"

/* The plan's sink: notes the one route that there may be, and the VRFs. */
struct plan_sink {
    struct explain_planned *planned;
    struct shash vrfs;          /* Table id as text to name. */
};

static int
sink_set_table(void *sink_, uint32_t table_id, const char *vrf_name)
{
    struct plan_sink *sink = sink_;
    char *id = xasprintf("%"PRIu32, table_id);

    if (vrf_name) {
        free(shash_replace(&sink->vrfs, id, xstrdup(vrf_name)));
    }
    free(id);
    return 0;
}

static void
sink_remove_table(void *sink OVS_UNUSED, uint32_t table_id OVS_UNUSED)
{
    /* The plan is fed once. */
}

/* The name of the VRF that is maintained for a table, or "". */
static const char *
find_vrf(const struct plan_sink *sink, uint32_t table_id)
{
    char *id = xasprintf("%"PRIu32, table_id);
    const char *name = shash_find_data(&sink->vrfs, id);

    free(id);
    return name ? name : "";
}

static int
sink_add_route(void *sink_, const struct route_exchange_route *route)
{
    struct plan_sink *sink = sink_;
    const char *name = find_vrf(sink, route->table_id);

    sink->planned->installed = true;
    sink->planned->table_id = route->table_id;
    sink->planned->metric = route->metric;
    sink->planned->blackhole = !route->nexthop_family;
    ovs_strlcpy(sink->planned->vrf_name, name, IFNAMSIZ);
    return 0;
}

static int
sink_remove_route(void *sink OVS_UNUSED,
                  const struct route_exchange_route *route OVS_UNUSED)
{
    return 0;
}

static enum route_port_type
port_type(const struct sb_port *port)
{
    return (!strcmp(port->type, "patch") ? ROUTE_PORT_PATCH
            : !strcmp(port->type, "chassisredirect")
            ? ROUTE_PORT_CHASSISREDIRECT : ROUTE_PORT_OTHER);
}

static const struct uuid *
port_uuid(const struct sb_port *port)
{
    return port ? &port->uuid : NULL;
}

static const struct uuid *
datapath_uuid(const struct uuid *uuid)
{
    return uuid_is_zero(uuid) ? NULL : uuid;
}

/* States that 'port', which may be NULL, is there, and so is its
 * chassisredirect port. */
static void
feed_port(struct route_plan *plan, const struct sb_facts *facts,
          const struct sb_port *port, const char *chassis)
{
    if (port) {
        struct route_port fed = {
            .uuid = port->uuid,
            .name = port->name,
            .type = port_type(port),
            .bound_here = port->chassis && !strcmp(port->chassis, chassis),
        };

        route_plan_set_port(plan, &fed);
        if (fed.type == ROUTE_PORT_PATCH) {
            char *redirect = xasprintf("cr-%s", port->name);

            feed_port(plan, facts, sb_facts_find_port(facts, redirect),
                      chassis);
            free(redirect);
        }
    }
}

static void
feed_routers(struct route_plan *plan, const struct sb_facts *facts,
             const char *chassis)
{
    const struct sb_routing_port *rp;
    const struct sb_datapath *dp;

    HMAP_FOR_EACH (dp, node, &facts->datapaths) {
        route_plan_set_datapath(plan, &dp->uuid, dp->tunnel_key);
    }
    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        struct route_routing_port fed = {
            .uuid = rp->uuid,
            .datapath = datapath_uuid(&rp->datapath),
            .logical_port = port_uuid(rp->logical_port),
            .binding_port = port_uuid(rp->binding_port),
            .router = rp->router,
            .options = &rp->options,
        };

        feed_port(plan, facts, rp->logical_port, chassis);
        feed_port(plan, facts, rp->binding_port, chassis);
        route_plan_set_routing_port(plan, &fed);
    }
}

/* True if the operator has made the routes of 'chassis' second choice. */
static bool
is_depreferred(const struct sb_facts *facts, const char *chassis)
{
    const struct sb_chassis *c = sb_facts_find_chassis(facts, chassis);
    const char *drain = c ? smap_get(&c->status, "drain") : NULL;

    return drain && !strcmp(drain, "deprefer");
}

/* Returns what the plan finds wrong with router 'name', or NULL. */
static char *
find_problem(struct route_plan *plan, const char *name)
{
    const struct problem_set *set = route_plan_problems(plan);
    const struct problem **problems = problem_set_sorted(set);
    char *object = xasprintf("router \"%s\"", name), *found = NULL;

    for (size_t i = 0; i < problem_set_count(set) && !found; i++) {
        if (!strcmp(problems[i]->object, object)) {
            found = xasprintf("%s: %s", object, problems[i]->text);
        }
    }
    free(object);
    free(problems);
    return found;
}

void
explain_plan(const struct sb_facts *facts, const char *chassis,
             const struct sb_route *row, struct explain_planned *planned)
{
    struct plan_sink context = {
        planned, SHASH_INITIALIZER(&context.vrfs)
    };
    const struct route_sink sink = {
        sink_set_table, sink_remove_table, sink_add_route, sink_remove_route,
        &context
    };
    const struct route_advertised fed = {
        .uuid = row->uuid,
        .datapath = datapath_uuid(&row->datapath),
        .logical_port = port_uuid(row->logical_port),
        .tracked_port = port_uuid(row->tracked_port),
        .ip_prefix = row->ip_prefix,
        .tracked_port_lost = row->tracked_name && !row->tracked_port,
        .metric = row->metric,
    };
    const struct sb_datapath *dp = sb_facts_find_datapath(facts,
                                                          &row->datapath);
    struct route_plan *plan = route_plan_create(&sink);

    memset(planned, 0, sizeof *planned);
    feed_routers(plan, facts, chassis);
    if (is_depreferred(facts, chassis)) {
        route_plan_set_mode(plan, ROUTE_PLAN_DEPREFER);
    }
    feed_port(plan, facts, row->logical_port, chassis);
    feed_port(plan, facts, row->tracked_port, chassis);
    route_plan_set_advertised(plan, &fed);
    route_plan_run(plan);
    if (dp) {
        planned->problem = find_problem(plan, dp->name);
    }
    route_plan_destroy(plan);
    shash_destroy_free_data(&context.vrfs);
}

void
explain_plan_routers(const struct sb_facts *facts, const char *chassis,
                     void (*cb)(void *aux, const char *router,
                                uint32_t table_id, const char *vrf),
                     void *aux)
{
    struct explain_planned unused;
    struct plan_sink context = {
        &unused, SHASH_INITIALIZER(&context.vrfs)
    };
    const struct route_sink sink = {
        sink_set_table, sink_remove_table, sink_add_route, sink_remove_route,
        &context
    };
    struct route_plan *plan = route_plan_create(&sink);
    struct ds list = DS_EMPTY_INITIALIZER;
    char *line, *save = NULL;

    feed_routers(plan, facts, chassis);
    route_plan_run(plan);
    /* Its listing is the one place where it tells both: lines
     * router "NAME": table ID, ... */
    route_plan_format(plan, &list);
    for (line = strtok_r(ds_cstr(&list), "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char *start = strchr(line, '"'), *end = strstr(line, "\": table ");
        uint32_t table_id;

        if (start && end && ovs_scan(end, "\": table %"SCNu32, &table_id)) {
            *end = '\0';
            cb(aux, start + 1, table_id, find_vrf(&context, table_id));
        }
    }
    ds_destroy(&list);
    route_plan_destroy(plan);
    shash_destroy_free_data(&context.vrfs);
}
