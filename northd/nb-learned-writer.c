/* nb-learned-writer.c: static routes of ours, and what they need.  See the
 * header. */
#include <config.h>
#include "northd/nb-learned-writer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "lib/ovn-nb-idl.h"
#include "lib/problem.h"
#include "northd/learned-mark.h"
#include "northd/learned-nexthop.h"
#include "northd/learned-routes.h"
#include "northd/txn-writer.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

COVERAGE_DEFINE(northd_nb_transaction);
COVERAGE_DEFINE(northd_nb_failure);

#define PROBLEM_SOURCE "northbound"
#define PROBLEM_OBJECT "OVN_Northbound"

/* Changes in one transaction.  Each costs the server, and everyone who
 * follows, a pass over the static routes of the router, however many change:
 * so more than in the Southbound database. */
#define MAX_CHANGES 1000

/* How long chassis have to fill a Learned_Route table that came back empty. */
#define HOLD_MS 30000

struct nb_learned_writer {
    struct ovsdb_idl *idl;
    struct learned_routes *learned;
    bool have_global;           /* NB_Global's row has been seen. */
    bool may_write;             /* As told last. */
    bool tables_were_empty;     /* Likewise... */
    long long int filled;       /* ...until then, if ever. */
    bool may_hold;              /* Nothing was written since then. */

    struct txn_writer transaction;
};

void
nb_learned_writer_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &nbrec_nb_global_col_external_ids,
        &nbrec_static_mac_binding_col_logical_port,
        &nbrec_static_mac_binding_col_ip,
        &nbrec_static_mac_binding_col_override_dynamic_mac,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct nb_learned_writer *
nb_learned_writer_create(struct ovsdb_idl *idl, struct learned_routes *learned)
{
    struct nb_learned_writer *w = xzalloc(sizeof *w);

    w->idl = idl;
    w->learned = learned;
    w->filled = LLONG_MIN;
    w->may_hold = true;
    txn_writer_init(&w->transaction, idl, PROBLEM_SOURCE, PROBLEM_OBJECT);
    return w;
}

void
nb_learned_writer_destroy(struct nb_learned_writer *w)
{
    if (w) {
        txn_writer_destroy(&w->transaction);
        free(w);
    }
}

/* Following. */

static void
put_fixed(struct learned_routes *learned,
          const struct nbrec_static_mac_binding *smb)
{
    learned_nexthop_set_fixed(learned, &smb->header_.uuid, smb->logical_port,
                              smb->ip, smb->override_dynamic_mac);
}

static void
put_reservations(struct learned_routes *learned,
                 const struct nbrec_nb_global *global)
{
    const struct smap_node *node;

    learned_nexthop_clear_reservations(learned);
    SMAP_FOR_EACH (node, &global->external_ids) {
        if (!strncmp(node->key, LEARNED_RESERVATION,
                     strlen(LEARNED_RESERVATION))) {
            learned_nexthop_set_reservation(learned, node->key, node->value);
        }
    }
}

void
nb_learned_writer_follow(struct nb_learned_writer *w)
{
    /* As in nb-view.c. */
    const struct nbrec_nb_global *global = nbrec_nb_global_first(w->idl);
    const struct nbrec_static_mac_binding *smb;

    if (w->have_global && (!global || nbrec_nb_global_is_new(global))) {
        learned_nexthop_clear_bindings(w->learned, false);
        learned_nexthop_clear_reservations(w->learned);
        NBREC_STATIC_MAC_BINDING_FOR_EACH (smb, w->idl) {
            put_fixed(w->learned, smb);
        }
    } else {
        NBREC_STATIC_MAC_BINDING_FOR_EACH_TRACKED (smb, w->idl) {
            if (nbrec_static_mac_binding_is_deleted(smb)) {
                learned_nexthop_remove_binding(w->learned,
                                               &smb->header_.uuid);
            }
        }
        NBREC_STATIC_MAC_BINDING_FOR_EACH_TRACKED (smb, w->idl) {
            if (!nbrec_static_mac_binding_is_deleted(smb)) {
                put_fixed(w->learned, smb);
            }
        }
    }
    if (global && (nbrec_nb_global_is_new(global)
                   || nbrec_nb_global_is_updated(
                          global, NBREC_NB_GLOBAL_COL_EXTERNAL_IDS))) {
        put_reservations(w->learned, global);
    }
    w->have_global = global != NULL;
}

/* Writing. */

static void
set_route(const struct nbrec_logical_router_static_route *route,
          const struct learned_change *change)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    char buf[IP_PREFIX_STRLEN];

    nbrec_logical_router_static_route_set_nexthop(
        route, ip_prefix_format(change->nexthop, buf));
    smap_add_format(&ids, LEARNED_ID_ROW, UUID_FMT, UUID_ARGS(&change->row));
    smap_add(&ids, LEARNED_ID_VIA, ip_prefix_format(change->via, buf));
    smap_add_nocopy(&ids, xstrdup(LEARNED_ID_WROTE),
                    learned_mark_format(change->prefix, change->nexthop,
                                        change->port));
    nbrec_logical_router_static_route_set_external_ids(route, &ids);
    smap_destroy(&ids);
}

static void
insert_route(struct nb_learned_writer *w, const struct learned_change *change,
             const struct nbrec_logical_router *lr)
{
    struct nbrec_logical_router_static_route *route
        = nbrec_logical_router_static_route_insert(w->transaction.txn);
    char buf[IP_PREFIX_STRLEN];

    nbrec_logical_router_static_route_set_ip_prefix(
        route, ip_prefix_format(change->prefix, buf));
    nbrec_logical_router_static_route_set_output_port(route, change->port);
    set_route(route, change);
    nbrec_logical_router_update_static_routes_addvalue(lr,
                                                       route->header_.uuid);
}

/* Someone may be about to take 'route', so that it must not go, nor be changed
 * back: then the transaction fails, and what is seen next decides. */
static void
verify_route(const struct nbrec_logical_router_static_route *route)
{
    nbrec_logical_router_static_route_verify_nexthop(route);
    nbrec_logical_router_static_route_verify_output_port(route);
    nbrec_logical_router_static_route_verify_bfd(route);
}

static void
change_route(const struct learned_change *change, void *w_)
{
    struct nb_learned_writer *w = w_;
    const struct nbrec_logical_router *lr
        = nbrec_logical_router_get_for_uuid(w->idl, &change->router);
    const struct nbrec_logical_router_static_route *route
        = (change->action != LEARNED_INSERT
           ? nbrec_logical_router_static_route_get_for_uuid(w->idl,
                                                            &change->route)
           : NULL);

    switch (change->action) {
    case LEARNED_INSERT:
        if (lr) {
            insert_route(w, change, lr);
        }
        break;

    case LEARNED_UPDATE:
        if (route) {
            verify_route(route);
            set_route(route, change);
        }
        break;

    case LEARNED_REMOVE:
        /* The server deletes a route that is no router's. */
        if (route) {
            verify_route(route);
        }
        if (lr) {
            nbrec_logical_router_update_static_routes_delvalue(lr,
                                                               change->route);
        }
        break;

    case LEARNED_RELEASE:
        if (route) {
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_ROW);
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_VIA);
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_WROTE);
        }
        break;
    }
}

static void
change_nexthop(const struct learned_nexthop_change *change, void *w_)
{
    struct nb_learned_writer *w = w_;
    const struct nbrec_nb_global *global = nbrec_nb_global_first(w->idl);
    const struct nbrec_static_mac_binding *smb;
    char buf[IP_PREFIX_STRLEN];

    if (!global) {
        return;
    }
    switch (change->action) {
    case LEARNED_RESERVE:
        nbrec_nb_global_update_external_ids_setkey(
            global, change->key, ip_prefix_format(change->nexthop, buf));
        break;

    case LEARNED_UNRESERVE:
        nbrec_nb_global_update_external_ids_delkey(global, change->key);
        break;

    case LEARNED_UNFIX:
        smb = nbrec_static_mac_binding_get_for_uuid(w->idl, &change->binding);
        if (smb) {
            nbrec_static_mac_binding_delete(smb);
        }
        break;

    case LEARNED_BIND:
    case LEARNED_REBIND:
    case LEARNED_UNBIND:
        OVS_NOT_REACHED();
    }
}

/* Goes on with the transaction in flight.  True if it is over. */
static bool
run_transaction(struct nb_learned_writer *w, struct problem_set *problems)
{
    enum txn_writer_result result = txn_writer_run(&w->transaction, problems);

    switch (result) {
    case TXN_WRITER_PENDING:
        return false;

    case TXN_WRITER_DONE:
        COVERAGE_INC(northd_nb_transaction);
        break;

    case TXN_WRITER_FAILED:
        COVERAGE_INC(northd_nb_failure);
        break;

    case TXN_WRITER_UNCHANGED:
        break;
    }
    learned_routes_changes_done(w->learned);
    return true;
}

static bool
is_due(const struct nb_learned_writer *w)
{
    return (w->may_write && !learned_routes_needs_run(w->learned, time_msec())
            && (learned_routes_has_changes(w->learned)
                || learned_nexthop_has_changes(w->learned)));
}

static void
start_transaction(struct nb_learned_writer *w)
{
    size_t *n = &w->transaction.n_changes;

    ovsdb_idl_txn_add_comment(txn_writer_start(&w->transaction),
                              "ovn-route-northd: learned routes");
    *n = learned_routes_take_changes(w->learned, time_msec(), MAX_CHANGES,
                                     change_route, w);
    *n += learned_nexthop_take_changes(w->learned, change_nexthop, w);
}

/* Finds out whether this is the time when chassis write their rows again. */
static void
hold_if_new(struct nb_learned_writer *w, bool may_write, bool tables_empty,
            long long int tables_age)
{
    long long int now = time_msec();

    if (tables_empty) {
        w->may_hold = true;
    } else if (w->tables_were_empty) {
        w->filled = now;
    }
    w->tables_were_empty = tables_empty;
    if (w->may_hold && may_write) {
        /* What this process saw itself does not depend on clocks elsewhere. */
        long long int since = MAX(now - tables_age, w->filled);

        w->may_hold = false;
        if (since + HOLD_MS > now) {
            learned_routes_hold(w->learned, since + HOLD_MS);
        }
    }
}

bool
nb_learned_writer_run(struct nb_learned_writer *w, bool may_write,
                      bool tables_empty, long long int tables_age,
                      struct problem_set *problems)
{
    may_write = may_write && !tables_empty;
    hold_if_new(w, may_write, tables_empty, tables_age);
    w->may_write = may_write;
    learned_routes_set_active(w->learned, may_write);
    if (w->transaction.txn && !run_transaction(w, problems)) {
        return false;
    }
    if (is_due(w) && !txn_writer_is_backing_off(&w->transaction)) {
        start_transaction(w);
        run_transaction(w, problems);
        return true;
    }
    return false;
}

void
nb_learned_writer_wait(struct nb_learned_writer *w)
{
    if (learned_routes_needs_run(w->learned, time_msec())) {
        poll_immediate_wake();
    } else if (learned_routes_next_time(w->learned) < LLONG_MAX) {
        poll_timer_wait_until(learned_routes_next_time(w->learned));
    }
    txn_writer_wait(&w->transaction, is_due(w));
}

void
nb_learned_writer_get_stats(const struct nb_learned_writer *w,
                            struct txn_writer_stats *stats)
{
    *stats = w->transaction.stats;
}

bool
nb_learned_writer_is_clean(const struct nb_learned_writer *w)
{
    return (!w->transaction.txn
            && !learned_routes_needs_run(w->learned, time_msec())
            && !learned_routes_has_changes(w->learned)
            && learned_nexthop_is_settled(w->learned));
}
