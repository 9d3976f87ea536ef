/* chassis-status.c: writes Route_Exchange_Chassis.  See the header. */
#include <config.h>
#include "controller/chassis-status.h"

#include <stdlib.h>
#include <string.h>

#include "controller/sb-idl.h"
#include "lib/backoff.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "random.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

/* The least time between two writes of anything but the barrier. */
#define INTERVAL_MS 1000

struct chassis_status {
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;  /* Under way, or NULL. */
    bool clearing;              /* 'txn' deletes the row. */
    bool cleared;               /* The row was deleted. */
    struct backoff backoff;     /* After failures. */
    long long int next;         /* When 'status' is due again. */
    char *error;                /* Of the last write; NULL if it went well. */
};

struct chassis_status *
chassis_status_create(struct ovsdb_idl *idl)
{
    struct chassis_status *cs = xzalloc(sizeof *cs);

    cs->idl = idl;
    return cs;
}

static void
drop_txn(struct chassis_status *cs)
{
    if (cs->txn) {
        ovsdb_idl_txn_destroy(cs->txn);
        cs->txn = NULL;
    }
}

void
chassis_status_destroy(struct chassis_status *cs)
{
    if (cs) {
        drop_txn(cs);
        free(cs->error);
        free(cs);
    }
}

/* Goes on with the transaction under way.  Returns true if there is none. */
static bool
run_txn(struct chassis_status *cs, long long int now)
{
    if (!cs->txn) {
        return true;
    }

    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(cs->txn);
    if (status == TXN_INCOMPLETE) {
        return false;
    }
    free(cs->error);
    cs->error = NULL;
    if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        backoff_reset(&cs->backoff);
        cs->cleared = cs->clearing;
    } else {
        /* Where it says to try again, the connection was lost, or somebody
         * else was faster: no news. */
        if (status != TXN_TRY_AGAIN) {
            cs->error = xstrdup(status == TXN_ERROR
                                ? ovsdb_idl_txn_get_error(cs->txn)
                                : ovsdb_idl_txn_status_to_string(status));
        }
        backoff_fail(&cs->backoff, now, random_uint32());
    }
    drop_txn(cs);
    return true;
}

static const struct sbrec_route_exchange_chassis *
find_row(const struct chassis_status *cs, const char *chassis)
{
    const struct sbrec_route_exchange_chassis *row;

    SBREC_ROUTE_EXCHANGE_CHASSIS_FOR_EACH (row, cs->idl) {
        if (!strcmp(row->name, chassis)) {
            return row;
        }
    }
    return NULL;
}

/* True if the chassis has its record.  A row without is deleted by
 * ovn-route-northd: see northd/sb-chassis-writer.h. */
static bool
has_record(const struct chassis_status *cs, const char *name)
{
    const struct sbrec_chassis *chassis;

    SBREC_CHASSIS_FOR_EACH (chassis, cs->idl) {
        if (!strcmp(chassis->name, name)) {
            return true;
        }
    }
    return false;
}

static bool
is_reachable(const struct chassis_status *cs)
{
    return (ovsdb_idl_is_connected(cs->idl)
            && ovsdb_idl_has_ever_connected(cs->idl)
            && ovsdb_idl_server_has_table(
                cs->idl, &sbrec_table_route_exchange_chassis));
}

bool
chassis_status_is_due(const struct chassis_status *cs, long long int now)
{
    return !cs->txn && now >= MAX(cs->next, cs->backoff.next);
}

void
chassis_status_run(struct chassis_status *cs, const char *chassis,
                   int64_t nb_cfg, const struct smap *status,
                   long long int now)
{
    const struct sbrec_route_exchange_chassis *row;

    if (!run_txn(cs, now) || now < cs->backoff.next || !is_reachable(cs)) {
        return;
    }
    row = find_row(cs, chassis);

    bool new_cfg = nb_cfg >= 0 && (!row || row->nb_cfg != nb_cfg);
    bool new_status = status && (!row || !smap_equal(&row->status, status));
    if (status) {
        cs->next = now + INTERVAL_MS;
    }
    if ((!new_cfg && !new_status) || (!row && !has_record(cs, chassis))) {
        return;
    }

    cs->txn = ovsdb_idl_txn_create(cs->idl);
    cs->clearing = false;
    ovsdb_idl_txn_add_comment(cs->txn, "ovn-route-controller: status of %s",
                              chassis);
    if (!row) {
        row = sbrec_route_exchange_chassis_insert(cs->txn);
        sbrec_route_exchange_chassis_set_name(row, chassis);
    }
    if (new_cfg) {
        sbrec_route_exchange_chassis_set_nb_cfg(row, nb_cfg);
        sbrec_route_exchange_chassis_set_nb_cfg_timestamp(row,
                                                          time_wall_msec());
    }
    if (new_status) {
        sbrec_route_exchange_chassis_set_status(row, status);
    }
    (void) run_txn(cs, now);    /* Sends it; how it ends shows later. */
}

bool
chassis_status_clear(struct chassis_status *cs, const char *chassis)
{
    const struct sbrec_route_exchange_chassis *row;

    if (!is_reachable(cs)) {
        return true;
    } else if (!run_txn(cs, time_msec())) {
        return false;
    }
    row = find_row(cs, chassis);
    if (!row || (cs->clearing && (cs->cleared || cs->error))) {
        return true;
    }
    cs->txn = ovsdb_idl_txn_create(cs->idl);
    cs->clearing = true;
    cs->cleared = false;
    sbrec_route_exchange_chassis_delete(row);
    return run_txn(cs, time_msec());
}

void
chassis_status_wait(const struct chassis_status *cs, bool pending)
{
    if (cs->txn) {
        ovsdb_idl_txn_wait(cs->txn);
    } else if (pending) {
        poll_timer_wait_until(MAX(cs->next, cs->backoff.next));
    } else if (cs->backoff.next > time_msec()) {
        poll_timer_wait_until(cs->backoff.next);
    }
}

const char *
chassis_status_get_error(const struct chassis_status *cs)
{
    return cs->error;
}
