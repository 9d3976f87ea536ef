/* txn-writer.c: how transactions end.  See the header. */
#include <config.h>
#include "northd/txn-writer.h"

#include <string.h>

#include "lib/problem.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

void
txn_writer_init(struct txn_writer *tw, struct ovsdb_idl *idl,
                const char *source, const char *object)
{
    memset(tw, 0, sizeof *tw);
    tw->idl = idl;
    tw->source = source;
    tw->object = object;
}

void
txn_writer_destroy(struct txn_writer *tw)
{
    if (tw->txn) {
        ovsdb_idl_txn_destroy(tw->txn);
        tw->txn = NULL;
    }
}

struct ovsdb_idl_txn *
txn_writer_start(struct txn_writer *tw)
{
    ovs_assert(!tw->txn);
    tw->n_changes = 0;
    tw->txn = ovsdb_idl_txn_create(tw->idl);
    return tw->txn;
}

static void
transaction_failed(struct txn_writer *tw, bool refused,
                   struct problem_set *problems)
{
    tw->stats.failures++;
    tw->failed_seqno = ovsdb_idl_get_seqno(tw->idl);
    backoff_fail(&tw->backoff, time_msec(), random_uint32());
    tw->refused = refused;
    if (refused) {
        problem_report(problems, tw->source, tw->object,
                       "the server refuses a transaction: %.500s; check its "
                       "log and access rules, it will be repeated",
                       ovsdb_idl_txn_get_error(tw->txn));
    }
}

enum txn_writer_result
txn_writer_run(struct txn_writer *tw, struct problem_set *problems)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(tw->txn);
    enum txn_writer_result result = TXN_WRITER_UNCHANGED;

    switch (status) {
    case TXN_INCOMPLETE:
        return TXN_WRITER_PENDING;

    case TXN_SUCCESS:
        tw->stats.transactions++;
        tw->stats.changes += tw->n_changes;
        result = TXN_WRITER_DONE;
        /* Fall through. */
    case TXN_UNCHANGED:
        backoff_reset(&tw->backoff);
        problem_resolve(problems, tw->source, tw->object);
        break;

    case TXN_UNCOMMITTED:
    case TXN_ABORTED:
    case TXN_TRY_AGAIN:
    case TXN_NOT_LOCKED:
    case TXN_ERROR:
        transaction_failed(tw, status == TXN_ERROR, problems);
        result = TXN_WRITER_FAILED;
        break;
    }
    ovsdb_idl_txn_destroy(tw->txn);
    tw->txn = NULL;
    return result;
}

bool
txn_writer_is_backing_off(const struct txn_writer *tw)
{
    return (time_msec() < tw->backoff.next
            && (tw->refused
                || ovsdb_idl_get_seqno(tw->idl) == tw->failed_seqno));
}

void
txn_writer_wait(struct txn_writer *tw, bool is_due)
{
    if (tw->txn) {
        ovsdb_idl_txn_wait(tw->txn);
    } else if (is_due && txn_writer_is_backing_off(tw)) {
        poll_timer_wait_until(tw->backoff.next);
    } else if (is_due) {
        poll_immediate_wake();
    }
}
