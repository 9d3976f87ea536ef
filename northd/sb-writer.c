/* sb-writer.c: our transactions in the Southbound database.  See the header. */
#include <config.h>
#include "northd/sb-writer.h"

#include <limits.h>
#include <stdlib.h>

#include "coverage.h"
#include "lib/ovn-sb-idl.h"
#include "lib/problem.h"
#include "northd/sb-chassis-writer.h"
#include "northd/sb-learned-writer.h"
#include "northd/sb-nexthop-writer.h"
#include "northd/sb-port-writer.h"
#include "northd/sb-problem-writer.h"
#include "northd/sb-route-writer.h"
#include "northd/sb-view.h"
#include "northd/txn-writer.h"
#include "timeval.h"
#include "util.h"

COVERAGE_DEFINE(northd_sb_transaction);
COVERAGE_DEFINE(northd_sb_failure);

#define PROBLEM_SOURCE "southbound"
#define PROBLEM_OBJECT "OVN_Southbound"

/* Changes in one transaction: the first routes of many need not wait for the
 * last, and the server stays responsive.  Larger ones also cost more in all:
 * 100 000 routes took twice the processor time in portions of 10 000, because
 * their JSON does not fit into a processor's caches. */
#define MAX_CHANGES 200

/* Key in Route_Exchange_Global.external_ids: when the row was made, in
 * wall-clock milliseconds.  It is lost with the tables. */
#define ID_CREATED "created"

struct sb_writer {
    struct ovsdb_idl *idl;
    struct sb_view view;
    struct sb_route_writer *routes;
    struct sb_port_writer *ports;
    struct learned_routes *learned;
    struct sb_nexthop_writer *nexthops;
    struct sb_problem_writer problems;
    struct sb_chassis_writer chassis;

    struct txn_writer transaction;
    int64_t nb_cfg;             /* As given last. */
    int64_t nb_cfg_seen;        /* When it was given first, in wall-clock
                                 * milliseconds. */
};

void
sb_writer_register(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_column(idl, &sbrec_route_exchange_global_col_nb_cfg);
    ovsdb_idl_add_column(idl,
                         &sbrec_route_exchange_global_col_nb_cfg_timestamp);
    ovsdb_idl_omit_alert(idl,
                         &sbrec_route_exchange_global_col_nb_cfg_timestamp);
    /* To see whether they are there. */
    ovsdb_idl_add_table(idl, &sbrec_table_learned_route);
    sb_view_register(idl);
    sb_route_writer_register(idl);
    sb_port_writer_register(idl);
    sb_learned_writer_register(idl);
    sb_nexthop_writer_register(idl);
    sb_chassis_writer_register(idl);
    sb_problem_writer_register(idl);
}

struct sb_writer *
sb_writer_create(struct ovsdb_idl *idl,
                 const struct dynamic_routing_ports *ports,
                 struct learned_routes *learned)
{
    struct sb_writer *w = xzalloc(sizeof *w);

    w->idl = idl;
    sb_view_init(&w->view);
    w->routes = sb_route_writer_create(&w->view);
    w->ports = sb_port_writer_create(&w->view, ports);
    w->learned = learned;
    w->nexthops = sb_nexthop_writer_create(idl, &w->view, learned);
    w->nb_cfg = -1;
    txn_writer_init(&w->transaction, idl, PROBLEM_SOURCE, PROBLEM_OBJECT);
    return w;
}

void
sb_writer_destroy(struct sb_writer *w)
{
    if (w) {
        txn_writer_destroy(&w->transaction);
        sb_route_writer_destroy(w->routes);
        sb_port_writer_destroy(w->ports);
        sb_nexthop_writer_destroy(w->nexthops);
        sb_view_destroy(&w->view);
        free(w);
    }
}

bool
sb_writer_has_tables(const struct sb_writer *w)
{
    static const struct ovsdb_idl_table_class *const tables[] = {
        &sbrec_table_advertised_route,
        &sbrec_table_learned_route,
        &sbrec_table_dynamic_routing_port,
        &sbrec_table_route_exchange_global,
        &sbrec_table_route_exchange_chassis,
    };

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (!ovsdb_idl_server_has_table(w->idl, tables[i])) {
            return false;
        }
    }
    return true;
}

void
sb_writer_follow(struct sb_writer *w)
{
    bool afresh = sb_view_run(&w->view, w->idl);

    sb_port_writer_follow(w->ports, w->idl, afresh);
    sb_route_writer_follow(w->routes, w->idl, afresh);
    sb_learned_writer_follow(w->learned, w->idl, afresh);
    sb_nexthop_writer_follow(w->nexthops, afresh);
    sb_chassis_writer_follow(&w->chassis, w->idl, afresh);
}

void
sb_writer_want(struct sb_writer *w, const struct advertised_route_set *routes)
{
    sb_port_writer_want(w->ports);
    sb_route_writer_want(w->routes, routes);
}

/* True if the barrier may and should be moved to 'w->nb_cfg'. */
static bool
barrier_is_due(const struct sb_writer *w)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(w->idl);

    return (sb_view_get_cfg(w->idl) >= w->nb_cfg
            && (!global || global->nb_cfg != w->nb_cfg));
}

static void
write_barrier(struct sb_writer *w, struct ovsdb_idl_txn *txn)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(w->idl);

    if (!global) {
        char *created = xasprintf("%lld", time_wall_msec());
        struct smap ids = SMAP_CONST1(&ids, ID_CREATED, created);

        global = sbrec_route_exchange_global_insert(txn);
        sbrec_route_exchange_global_set_external_ids(global, &ids);
        free(created);
    }
    sbrec_route_exchange_global_set_nb_cfg(global, w->nb_cfg);
    /* Not the time of writing: so a chassis can tell how long the way from the
     * Northbound database to its kernel was. */
    sbrec_route_exchange_global_set_nb_cfg_timestamp(global, w->nb_cfg_seen);
}

static bool
writers_are_clean(const struct sb_writer *w)
{
    return (sb_port_writer_is_clean(w->ports)
            && sb_route_writer_is_clean(w->routes)
            && sb_learned_writer_is_clean(w->learned)
            && sb_nexthop_writer_is_clean(w->nexthops));
}

bool
sb_writer_has_barrier(const struct sb_writer *w)
{
    return (sb_writer_has_tables(w)
            && sbrec_route_exchange_global_first(w->idl));
}

long long int
sb_writer_get_age(const struct sb_writer *w)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(w->idl);
    long long int created, now = time_wall_msec();

    /* Not one that is far from any clock's time: it must not overflow. */
    if (!global
        || !ovs_scan(smap_get_def(&global->external_ids, ID_CREATED, ""),
                     "%lld", &created)
        || created < 0 || created > LLONG_MAX / 2) {
        return LLONG_MAX / 2;
    }
    return MAX(now - created, 0);
}

bool
sb_writer_may_write(const struct sb_writer *w)
{
    return (w->nb_cfg >= 0 && ovsdb_idl_has_lock(w->idl)
            && sb_writer_has_tables(w) && sbrec_sb_global_first(w->idl));
}

/* True if there is something to write. */
static bool
is_due(const struct sb_writer *w, const struct problem_set *problems)
{
    return (!writers_are_clean(w) || barrier_is_due(w) || w->chassis.n_stale
            || sb_problem_writer_is_due(&w->problems, w->idl, problems));
}

static void
start_transaction(struct sb_writer *w, const struct problem_set *problems)
{
    struct ovsdb_idl_txn *txn = txn_writer_start(&w->transaction);
    size_t n = sb_port_writer_flush(w->ports, txn, MAX_CHANGES);

    if (n < MAX_CHANGES) {
        n += sb_route_writer_flush(w->routes, txn, MAX_CHANGES - n);
    }
    if (n < MAX_CHANGES) {
        n += sb_learned_writer_flush(w->learned, w->idl, MAX_CHANGES - n);
    }
    if (n < MAX_CHANGES) {
        n += sb_nexthop_writer_flush(w->nexthops, txn);
    }
    if (n < MAX_CHANGES) {
        n += sb_chassis_writer_flush(&w->chassis, w->idl, MAX_CHANGES - n);
    }
    /* Less than what fits in means that this is the rest. */
    if (n < MAX_CHANGES && barrier_is_due(w)) {
        write_barrier(w, txn);
        n++;
    }
    n += sb_problem_writer_flush(&w->problems, w->idl, problems);
    w->transaction.n_changes = n;
}

/* Goes on with the transaction in flight.  True if it is over. */
static bool
run_transaction(struct sb_writer *w, struct problem_set *problems)
{
    enum txn_writer_result result = txn_writer_run(&w->transaction, problems);

    switch (result) {
    case TXN_WRITER_PENDING:
        return false;

    case TXN_WRITER_DONE:
        COVERAGE_INC(northd_sb_transaction);
        break;

    case TXN_WRITER_FAILED:
        COVERAGE_INC(northd_sb_failure);
        sb_problem_writer_forget(&w->problems);
        break;

    case TXN_WRITER_UNCHANGED:
        break;
    }
    sb_route_writer_done(w->routes);
    return true;
}

bool
sb_writer_run(struct sb_writer *w, int64_t nb_cfg,
              struct problem_set *problems)
{
    if (w->nb_cfg != nb_cfg) {
        w->nb_cfg = nb_cfg;
        w->nb_cfg_seen = time_wall_msec();
    }
    if (w->transaction.txn && !run_transaction(w, problems)) {
        return false;
    }
    if (!sb_writer_may_write(w)) {
        sb_problem_writer_forget(&w->problems);
    } else if (!txn_writer_is_backing_off(&w->transaction)
               && is_due(w, problems)) {
        start_transaction(w, problems);
        run_transaction(w, problems);
        return true;
    }
    return false;
}

void
sb_writer_wait(struct sb_writer *w, const struct problem_set *problems)
{
    bool may_write = sb_writer_may_write(w);
    bool due = may_write && is_due(w, problems);

    txn_writer_wait(&w->transaction, due);
    if (may_write && !due && !w->transaction.txn) {
        sb_nexthop_writer_wait(w->nexthops);
        sb_problem_writer_wait(&w->problems, w->idl, problems);
    }
}

void
sb_writer_get_stats(const struct sb_writer *w, struct sb_writer_stats *stats)
{
    struct sb_route_writer_stats routes;

    sb_route_writer_get_stats(w->routes, &routes);
    stats->transactions = w->transaction.stats.transactions;
    stats->failures = w->transaction.stats.failures;
    stats->changes = w->transaction.stats.changes;
    stats->routes = routes.rows;
    stats->waiting = routes.waiting;
    stats->ports = sb_port_writer_count(w->ports);
    stats->clean = !w->transaction.txn && writers_are_clean(w);
}
