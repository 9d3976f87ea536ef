/* northd-status.c: what ovn-route-northd tells by unixctl.  See the header. */
#include <config.h>
#include "northd/northd-status.h"

#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/problem.h"
#include "memory.h"
#include "northd/advertised-route.h"
#include "northd/demand-view.h"
#include "northd/learned-routes.h"
#include "northd/nb-learned-writer.h"
#include "northd/sb-writer.h"
#include "northd/txn-writer.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "simap.h"
#include "sset.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"
#include "uuid.h"

static const char *
connection_status(const struct ovsdb_idl *idl)
{
    return (ovsdb_idl_is_connected(idl) ? "connected"
            : ovsdb_idl_has_ever_connected(idl) ? "connection lost"
            : "not connected");
}

static void
put_learned(const struct northd_status *status, struct ds *s)
{
    struct txn_writer_stats written;
    struct learned_routes_stats learned;

    learned_routes_get_stats(status->learned, &learned);
    nb_learned_writer_get_stats(status->nb_writer, &written);
    ds_put_format(s, "Learned routes: %"PRIuSIZE" from %"PRIuSIZE" rows "
                  "(%"PRIuSIZE" invalid, %"PRIuSIZE" to be deleted), "
                  "%"PRIuSIZE" withheld, %"PRIuSIZE" static routes\n",
                  learned.routes, learned.rows, learned.invalid,
                  learned.garbage, learned.withheld, learned.installed);
    ds_put_format(s, "Northbound changes pending: %s; transactions: %llu, "
                  "failed: %llu, changes: %llu\n",
                  nb_learned_writer_is_clean(status->nb_writer) ? "no" : "yes",
                  written.transactions, written.failures, written.changes);
}

static void
status_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *status_)
{
    const struct northd_status *status = status_;
    const struct advertised_routes_stats *computed
        = advertised_routes_get_stats(status->routes);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct sb_writer_stats written;

    sb_writer_get_stats(status->sb_writer, &written);
    ds_put_format(&s, "Status: %s\n",
                  ovsdb_idl_has_lock(status->sb_idl) ? "active" : "standby");
    ds_put_format(&s, "Northbound: %s%s\n", connection_status(status->nb_idl),
                  (ovsdb_idl_is_lock_contended(status->nb_idl)
                   ? ", another instance has the lock" : ""));
    ds_put_format(&s, "Southbound: %s, tables of dynamic routing: %s\n",
                  connection_status(status->sb_idl),
                  (sb_writer_has_tables(status->sb_writer) ? "present"
                   : "missing"));
    ds_put_format(&s, "Routes: %"PRIuSIZE" in the database, "
                  "%"PRIuSIZE" waiting for ports\n",
                  written.routes, written.waiting);
    ds_put_cstr(&s, "Sources: ");
    advertised_routes_format_sources(status->routes, &s);
    ds_put_cstr(&s, "\nMonitored on demand: ");
    demand_format(status->demand, &s);
    ds_put_format(&s, "\nPorts: %"PRIuSIZE" in the database\n", written.ports);
    ds_put_format(&s, "Pending changes: %s\n", written.clean ? "no" : "yes");
    ds_put_format(&s, "Transactions: %llu, failed: %llu, rows written: %llu\n",
                  written.transactions, written.failures, written.changes);
    put_learned(status, &s);
    ds_put_format(&s, "Computations: %llu, full: %llu, last took %lld us\n",
                  status->runs, computed->full, status->last_run_us);
    ds_put_format(&s, "Problems: %"PRIuSIZE"\n",
                  problem_set_count(status->problems));
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
problem_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *status_)
{
    const struct northd_status *status = status_;
    struct ds s = DS_EMPTY_INITIALIZER;

    problem_set_format(status->problems, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

/* Adds to 'ports' the names of the ports of the routers called 'name', or with
 * the uuid 'name', that have dynamic routing; of all if 'name' is NULL.  True
 * if there is such a router. */
static bool
collect_ports(const struct view *view, const char *name, struct sset *ports)
{
    const struct view_router_port *port;
    const struct view_router *router;
    bool found = false;
    struct uuid uuid;

    if (!name || !uuid_from_string(&uuid, name)) {
        uuid_zero(&uuid);
    }
    HMAP_FOR_EACH (router, node, &view->routers) {
        if (router->dynamic_routing
            && (!name || !strcmp(router->name, name)
                || uuid_equals(&router->uuid, &uuid))) {
            found = true;
            LIST_FOR_EACH (port, router_node, &router->ports) {
                sset_add(ports, port->name);
            }
        }
    }
    return found;
}

/* The router called 'name', or with the uuid 'name', or NULL. */
static const struct view_router *
find_router(const struct view *view, const char *name)
{
    const struct view_router *router;
    struct uuid uuid;

    if (!uuid_from_string(&uuid, name)) {
        uuid_zero(&uuid);
    }
    HMAP_FOR_EACH (router, node, &view->routers) {
        if (!strcmp(router->name, name)
            || uuid_equals(&router->uuid, &uuid)) {
            return router;
        }
    }
    return NULL;
}

static void
learned_show(struct unixctl_conn *conn, int argc, const char *argv[],
             void *status_)
{
    const struct northd_status *status = status_;
    const struct view_router *router = NULL;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (argc > 1) {
        router = find_router(status->view, argv[1]);
        if (!router) {
            ds_put_format(&s, "there is no Logical_Router \"%s\"", argv[1]);
            unixctl_command_reply_error(conn, ds_cstr(&s));
            ds_destroy(&s);
            return;
        }
    }
    learned_routes_format(status->learned, router ? &router->uuid : NULL, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
rows_show(struct unixctl_conn *conn, int argc, const char *argv[],
          void *status_)
{
    const struct northd_status *status = status_;
    const struct advertised_route_set *set
        = advertised_routes_get(status->routes);
    const struct advertised_route *route;
    struct sset ports = SSET_INITIALIZER(&ports);
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    char buf[IP_PREFIX_STRLEN];

    if (!collect_ports(status->view, argc > 1 ? argv[1] : NULL, &ports)
        && argc > 1) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_format(&s, "there is no Logical_Router \"%s\" with options:"
                      DR_ENABLED"=true", argv[1]);
        unixctl_command_reply_error(conn, ds_cstr(&s));
        ds_destroy(&s);
        sset_destroy(&ports);
        return;
    }
    HMAP_FOR_EACH (route, node, &set->routes) {
        if (advertised_route_is_wanted(set, route)
            && sset_contains(&ports, route->port)) {
            struct ds line = DS_EMPTY_INITIALIZER;

            ds_put_format(&line, "%s %s", route->port,
                          ip_prefix_format(&route->prefix, buf));
            if (route->tracked_port) {
                ds_put_format(&line, " tracks %s", route->tracked_port);
            }
            if (route->metric != DR_METRIC_NONE) {
                ds_put_format(&line, " metric %"PRIu32, route->metric);
            }
            svec_add_nocopy(&lines, ds_steal_cstr(&line));
        }
    }
    svec_sort(&lines);

    char *reply = svec_join(&lines, "\n", lines.n ? "\n" : "");
    unixctl_command_reply(conn, reply);
    free(reply);
    svec_destroy(&lines);
    sset_destroy(&ports);
}

void
northd_status_register(const struct northd_status *status_)
{
    void *status = CONST_CAST(struct northd_status *, status_);

    unixctl_command_register("status", "", 0, 0, status_show, status);
    unixctl_command_register("problem/list", "", 0, 0, problem_list, status);
    unixctl_command_register("rows/show", "[ROUTER]", 0, 1, rows_show, status);
    unixctl_command_register("learned/show", "[ROUTER]", 0, 1, learned_show,
                             status);
}

void
northd_status_memory(const struct northd_status *status)
{
    const struct view *view = status->view;
    struct simap usage = SIMAP_INITIALIZER(&usage);

    if (memory_should_report()) {
        struct sb_writer_stats written;

        sb_writer_get_stats(status->sb_writer, &written);
        ovsdb_idl_get_memory_usage(status->nb_idl, &usage);
        ovsdb_idl_get_memory_usage(status->sb_idl, &usage);
        simap_increase(&usage, "routes",
                       hmap_count(&advertised_routes_get(status->routes)
                                  ->routes));
        simap_increase(&usage, "rows", written.routes + written.ports);
        simap_increase(&usage, "nats", hmap_count(&view->nats));
        simap_increase(&usage, "router-ports",
                       hmap_count(&view->router_ports));
        simap_increase(&usage, "switch-ports",
                       hmap_count(&view->switch_ports));
        memory_report(&usage);
    }
    simap_destroy(&usage);
}
