/* route.c: plans this chassis' VRFs and routes.  See the header.
 *
 * A run works through what changed: ports (is it local?), routers (do they
 * take part, with which table?), rows (which route do they claim?), and last
 * the differences for the sink. */
#include <config.h>
#include "controller/route-private.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* Source of problems with what the sink refuses. */
#define SOURCE_ENGINE "engine"

/* First step of a run: ports. */

static bool
port_is_local(const struct route_plan *plan, const struct port *port)
{
    if (!port->present || port->bound_here) {
        return port->bound_here;
    } else if (port->type != ROUTE_PORT_PATCH) {
        return false;
    }

    const struct port *redirect = route_facts_find_redirect(plan, port);
    return !redirect || redirect->bound_here;
}

static bool
port_is_local_only(const struct port *port)
{
    const struct routing_port *rp;

    LIST_FOR_EACH (rp, logical_node, &port->options) {
        if (rp->local_only) {
            return true;
        }
    }
    return false;
}

static void
run_port(struct route_plan *plan, struct port *port)
{
    bool local = port_is_local(plan, port);
    bool local_only = port_is_local_only(port);
    struct advertised *row;

    if (local != port->local || local_only != port->local_only) {
        LIST_FOR_EACH (row, logical_node, &port->rows) {
            route_facts_row_dirty(plan, row);
        }
    }
    if (local != port->local) {
        LIST_FOR_EACH (row, tracked_node, &port->tracked) {
            route_facts_row_dirty(plan, row);
        }
    }
    port->local = local;
    port->local_only = local_only;
    if (!ovs_list_is_empty(&port->bindings)
        || !ovs_list_is_empty(&port->options)) {
        /* Its chassis or its addresses may have changed. */
        plan->routers_dirty = true;
    }
    route_facts_unref_port(plan, port);
}

static void
run_ports(struct route_plan *plan)
{
    struct port *port;

    while ((port = route_facts_pop_port(plan)) != NULL) {
        run_port(plan, port);
    }
}

/* Second step: routers. */

static void
router_dirty_rows(struct route_plan *plan, struct router *router)
{
    struct advertised *row;

    LIST_FOR_EACH (row, router_node, &router->rows) {
        route_facts_row_dirty(plan, row);
        route_merge_touch(&plan->merge, &row->claim);
    }
}

/* True if 'rp' makes its router take part here. */
static bool
routing_port_takes_part(const struct routing_port *rp)
{
    return (rp->enabled && !route_facts_port_is_garbage(rp)
            && rp->binding_port->bound_here);
}

/* Brings 'takes_part' up to date. */
static void
router_update_part(struct route_plan *plan, struct router *router)
{
    const struct routing_port *rp;
    bool takes_part = false;

    LIST_FOR_EACH (rp, router_node, &router->ports) {
        takes_part |= routing_port_takes_part(rp);
    }
    plan->scope_dirty |= takes_part != router->takes_part;
    router->takes_part = takes_part;
}

/* Takes over the name that 'router' has in 'first', or else its UUID. */
static void
router_update_name(struct route_plan *plan, struct router *router,
                   const struct routing_port *first)
{
    char *name = (first->router_name ? xstrdup(first->router_name)
                  : xasprintf(UUID_FMT, UUID_ARGS(&router->owner.uuid)));

    if (strcmp(router->name, name)) {
        free(router->name);
        router->owner.name = router->name = name;
        router_dirty_rows(plan, router);
    } else {
        free(name);
    }
}

/* Fills in '*request' for 'router'.  Returns false if it does not take part.
 *
 * What is an option of the router is the same in the rows of all its ports;
 * while ovn-route-northd is changing them, the row with the lowest UUID
 * decides, so that the plan is at least determined. */
static bool
router_request(struct route_plan *plan, struct router *router,
               struct route_request *request)
{
    const struct routing_port *first = NULL, *rp;
    bool maintain_vrf = false;

    LIST_FOR_EACH (rp, router_node, &router->ports) {
        if (!plan->withdrawn && routing_port_takes_part(rp)) {
            if (!first || uuid_compare_3way(&rp->uuid, &first->uuid) < 0) {
                first = rp;
            }
            maintain_vrf |= rp->maintain_vrf;
        }
    }
    if (!first) {
        return false;
    }
    router_update_name(plan, router, first);
    *request = (struct route_request) {
        .uuid = router->owner.uuid,
        .name = router->name,
        .tunnel_key = router->tunnel_key,
        .vrf_id = smap_get(&first->options, DR_VRF_ID),
        .vrf_name = smap_get(&first->options, DR_VRF_NAME),
        .v4_nexthop = smap_get(&first->options, DR_V4_NEXTHOP),
        .v6_nexthop = smap_get(&first->options, DR_V6_NEXTHOP),
        .maintain_vrf = maintain_vrf,
        .aux = router,
    };
    return true;
}

static void
router_update(struct route_plan *plan, struct router *router,
              const struct route_request *result)
{
    static const struct route_request none;

    if (!result) {
        result = &none;
    }
    if (router->served != result->served
        || router->table_id != result->table_id
        || memcmp(&router->v4, &result->v4, sizeof router->v4)
        || memcmp(&router->v6, &result->v6, sizeof router->v6)) {
        router->served = result->served;
        router->table_id = result->table_id;
        router->v4 = result->v4;
        router->v6 = result->v6;
        router_dirty_rows(plan, router);
    }
}

/* Assigns tables anew and returns them, like route_assign(). */
static struct route_table *
run_routers(struct route_plan *plan, size_t *n_tables)
{
    struct route_request *requests = NULL;
    size_t n = 0, allocated = 0;
    struct router *router;

    HMAP_FOR_EACH (router, node, &plan->routers) {
        router_update_part(plan, router);
        if (n >= allocated) {
            requests = x2nrealloc(requests, &allocated, sizeof *requests);
        }
        if (router_request(plan, router, &requests[n])) {
            n++;
        } else {
            router_update(plan, router, NULL);
        }
    }

    struct route_table *tables = route_assign(requests, n, n_tables,
                                              &plan->problems);
    plan->n_served = 0;
    for (size_t i = 0; i < n; i++) {
        router_update(plan, requests[i].aux, &requests[i]);
        plan->n_served += requests[i].served;
    }
    free(requests);
    return tables;
}

/* Third step: rows. */

/* The metric of the route that 'row' asks for.  A policy class replaces the low
 * 24 bits, which is all that is set (D22).  0 would mean "any" in a deletion
 * and 1024 in IPv6, so the next one stands for it. */
static uint32_t
row_metric(const struct route_plan *plan, const struct advertised *row,
           bool tracked_here)
{
    uint32_t metric = (row->metric != DR_METRIC_NONE ? MAX(row->metric, 1)
                       : tracked_here ? DR_METRIC_LOCAL : DR_METRIC_DEFAULT);

    return (plan->mode == ROUTE_PLAN_DEPREFER
            ? MIN(metric + DR_METRIC_DEPREFER, DR_METRIC_MAX) : metric);
}

/* Fills in '*route' for 'row'.  Returns false if it asks for none. */
static bool
row_route(const struct route_plan *plan, const struct advertised *row,
          struct route_exchange_route *route)
{
    if (plan->mode == ROUTE_PLAN_NOTHING
        || route_facts_row_is_garbage(row) || !row->router->served
        || !row->logical_port->local || row->bad_prefix) {
        return false;
    }

    bool tracked_here = row->tracked_port && row->tracked_port->local;
    if (row->tracked_port && !tracked_here && row->logical_port->local_only) {
        return false;
    }

    const struct route_nexthop *nexthop = (row->prefix.family == AF_INET
                                           ? &row->router->v4
                                           : &row->router->v6);
    *route = (struct route_exchange_route) {
        .table_id = row->router->table_id,
        .metric = row_metric(plan, row, tracked_here),
        .prefix = row->prefix,
        .nexthop_family = nexthop->family,
    };
    memcpy(route->nexthop, nexthop->addr, sizeof route->nexthop);
    return true;
}

static void
row_report(struct route_plan *plan, struct advertised *row)
{
    char *object = xasprintf("Advertised_Route "UUID_FMT,
                             UUID_ARGS(&row->uuid));

    problem_report(&plan->problems, SOURCE_ROW, object,
                   "ip_prefix \"%s\" of router \"%s\" is no address or prefix "
                   "without host bits; the row is skipped; ovn-route-northd "
                   "puts it right, remove what else writes this table",
                   row->bad_prefix, row->router->name);
    free(object);
    row->reported = true;
}

static void
run_row(struct route_plan *plan, struct advertised *row)
{
    struct route_exchange_route route;

    ovs_list_remove(&row->waiting_node);
    ovs_list_init(&row->waiting_node);
    if (route_scope_row_waits(row)) {
        /* What it asked for before stays in the kernel: the Southbound
         * database is not known in full. */
        ovs_list_push_back(&plan->waiting, &row->waiting_node);
        route_merge_release(&plan->merge, &row->claim);
    } else if (row_route(plan, row, &route)) {
        route_merge_claim(&plan->merge, &row->claim, &route,
                          &row->router->owner);
    } else {
        route_merge_release(&plan->merge, &row->claim);
    }
    if (row->bad_prefix && !route_facts_row_is_garbage(row)
        && row->router->served && row->logical_port->local) {
        row_report(plan, row);
    } else {
        route_facts_resolve_row(plan, row);
    }
}

static void
run_rows(struct route_plan *plan)
{
    struct advertised *row;

    while ((row = route_facts_pop_row(plan)) != NULL) {
        run_row(plan, row);
    }
}

/* Last step: the sink. */

static void
feed_table(struct route_plan *plan, const struct route_table *table)
{
    int error = plan->sink.set_table(plan->sink.aux, table->id,
                                     table->vrf_name[0] ? table->vrf_name
                                     : NULL);
    char *object = xasprintf("table %"PRIu32, table->id);

    if (error) {
        problem_report(&plan->problems, SOURCE_ENGINE, object,
                       "with VRF \"%s\" was not accepted for installation "
                       "(%s); give its routers another "DR_VRF_ID" or "
                       DR_VRF_NAME, table->vrf_name, ovs_strerror(error));
    } else {
        problem_resolve(&plan->problems, SOURCE_ENGINE, object);
    }
    free(object);
}

/* Replaces the plan's tables by the 'n' 'tables', both ascending by id. */
static void
feed_tables(struct route_plan *plan, struct route_table *tables, size_t n)
{
    size_t i, j;

    for (i = j = 0; i < plan->n_tables; i++) {
        while (j < n && tables[j].id < plan->tables[i].id) {
            j++;
        }
        if (j >= n || tables[j].id != plan->tables[i].id) {
            char *object = xasprintf("table %"PRIu32, plan->tables[i].id);

            plan->sink.remove_table(plan->sink.aux, plan->tables[i].id);
            problem_resolve(&plan->problems, SOURCE_ENGINE, object);
            free(object);
        }
    }
    for (i = j = 0; j < n; j++) {
        while (i < plan->n_tables && plan->tables[i].id < tables[j].id) {
            i++;
        }
        if (i >= plan->n_tables || plan->tables[i].id != tables[j].id
            || strcmp(plan->tables[i].vrf_name, tables[j].vrf_name)) {
            feed_table(plan, &tables[j]);
        }
    }
    free(plan->tables);
    plan->tables = tables;
    plan->n_tables = n;
}

void
route_plan_run(struct route_plan *plan)
{
    struct route_table *tables = NULL;
    bool assign;
    size_t n = 0;

    run_ports(plan);
    assign = plan->routers_dirty;
    if (assign) {
        plan->routers_dirty = false;
        plan->learn_seqno++;
        tables = run_routers(plan, &n);
    }
    route_scope_run(plan);
    run_rows(plan);
    route_merge_flush_removals(&plan->merge, &plan->sink);
    if (assign) {
        feed_tables(plan, tables, n);
    }
    route_merge_flush_additions(&plan->merge, &plan->sink, &plan->problems);
}

struct problem_set *
route_plan_problems(struct route_plan *plan)
{
    return &plan->problems;
}

size_t
route_plan_get_datapaths(const struct route_plan *plan, uint64_t keys[],
                         size_t max)
{
    const struct router *router;
    size_t n = 0;

    if (!plan->n_served) {
        return 0;
    }
    HMAP_FOR_EACH (router, node, &plan->routers) {
        if (n >= max) {
            break;
        } else if (router->served && router->tunnel_key > 0) {
            keys[n++] = router->tunnel_key;
        }
    }
    return n;
}

void
route_plan_get_stats(const struct route_plan *plan,
                     struct route_plan_stats *stats)
{
    stats->n_routers = plan->n_served;
    stats->n_tables = plan->n_tables;
    stats->n_routes = plan->merge.n_fed;
    stats->n_rows = hmap_count(&plan->rows);
    stats->n_routing_ports = hmap_count(&plan->routing_ports);
    stats->n_ports = plan->n_ports;
    stats->n_datapaths = plan->n_datapaths;
    stats->n_garbage = plan->n_garbage_rows + plan->n_garbage_ports;
}

static int
compare_routers(const void *a_, const void *b_)
{
    const struct router *const *a = a_, *const *b = b_;
    int cmp = strcmp((*a)->name, (*b)->name);

    return cmp ? cmp : uuid_compare_3way(&(*a)->owner.uuid, &(*b)->owner.uuid);
}

void
route_plan_format(const struct route_plan *plan, struct ds *ds)
{
    const struct router **sorted = xmalloc(MAX(plan->n_served, 1)
                                           * sizeof *sorted);
    const struct router *router;
    size_t n = 0;

    HMAP_FOR_EACH (router, node, &plan->routers) {
        if (router->served) {
            sorted[n++] = router;
        }
    }
    qsort(sorted, n, sizeof *sorted, compare_routers);
    for (size_t i = 0; i < n; i++) {
        ds_put_format(ds, "router \"%s\": table %"PRIu32", advertises "
                      "%"PRIuSIZE"\n", sorted[i]->name, sorted[i]->table_id,
                      sorted[i]->owner.n_claims);
    }
    free(sorted);
}
