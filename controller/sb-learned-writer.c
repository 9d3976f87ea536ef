/* sb-learned-writer.c: see the header.
 *
 * The server is asked for the rows of managed ports only.  A row is inserted
 * only when the server has confirmed that it sends the rows of all of them:
 * otherwise what is there already would be inserted again. */
#include <config.h>
#include "controller/sb-learned-writer.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/learn-rows.h"
#include "controller/sb-idl.h"
#include "coverage.h"
#include "lib/backoff.h"
#include "lib/dynamic-routing.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "random.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

COVERAGE_DEFINE(learned_route_txn);
COVERAGE_DEFINE(learned_route_insert);
COVERAGE_DEFINE(learned_route_update);
COVERAGE_DEFINE(learned_route_delete);

struct sb_learned_writer {
    struct ovsdb_idl *idl;
    struct learn_rows *rows;
    char *chassis;              /* NULL: not known. */

    /* The condition of monitoring. */
    bool condition_met;         /* The server sends what was asked for. */
    unsigned int ports_seqno;   /* Of 'rows', when it was set. */

    struct ovsdb_idl_txn *txn;  /* Under way, or NULL. */
    bool allowed;               /* As of the last run. */
    struct backoff backoff;     /* After failures. */
    char *error;                /* Of the last transaction, or NULL. */
    unsigned int n_txns;
    struct learn_row_op ops[SB_LEARNED_BATCH];
};

static void
monitor(struct ovsdb_idl *idl, const struct ovsdb_idl_column *column)
{
    ovsdb_idl_add_column(idl, column);
    ovsdb_idl_track_add_column(idl, column);
}

/* Asks the server for the rows of managed ports.  True if it is known to send
 * them. */
static bool
set_condition(struct sb_learned_writer *writer)
{
    struct ovsdb_idl_condition condition;
    unsigned int seqno;
    size_t n;
    struct uuid *ports = learn_rows_get_ports(writer->rows, &n);

    ovsdb_idl_condition_init(&condition);
    for (size_t i = 0; i < n; i++) {
        sbrec_learned_route_add_clause_logical_port(&condition, OVSDB_F_EQ,
                                                    &ports[i]);
    }
    seqno = sbrec_learned_route_set_condition(writer->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);
    free(ports);
    return seqno == ovsdb_idl_get_condition_seqno(writer->idl);
}

struct sb_learned_writer *
sb_learned_writer_create(struct ovsdb_idl *idl, struct learn_rows *rows)
{
    struct sb_learned_writer *writer = xzalloc(sizeof *writer);

    writer->idl = idl;
    writer->rows = rows;
    monitor(idl, &sbrec_learned_route_col_datapath);
    monitor(idl, &sbrec_learned_route_col_logical_port);
    monitor(idl, &sbrec_learned_route_col_ip_prefix);
    monitor(idl, &sbrec_learned_route_col_nexthop);
    monitor(idl, &sbrec_learned_route_col_external_ids);
    set_condition(writer);
    return writer;
}

void
sb_learned_writer_destroy(struct sb_learned_writer *writer)
{
    if (writer) {
        if (writer->txn) {
            ovsdb_idl_txn_destroy(writer->txn);
        }
        free(writer->chassis);
        free(writer->error);
        free(writer);
    }
}

void
sb_learned_writer_set_chassis(struct sb_learned_writer *writer,
                              const char *chassis)
{
    if (!nullable_string_is_equal(writer->chassis, chassis)) {
        free(writer->chassis);
        writer->chassis = nullable_xstrdup(chassis);
    }
}

/* While the server does not, it is asked anew in each turn: after a
 * reconnection the number to wait for is another. */
void
sb_learned_writer_follow(struct sb_learned_writer *writer)
{
    unsigned int seqno = learn_rows_get_ports_seqno(writer->rows);

    if (!writer->condition_met || writer->ports_seqno != seqno) {
        writer->condition_met = set_condition(writer);
        writer->ports_seqno = seqno;
    }
}

bool
sb_learned_writer_sees_rows(const struct sb_learned_writer *writer)
{
    return (writer->condition_met
            && (writer->ports_seqno
                == learn_rows_get_ports_seqno(writer->rows)));
}

/* Reading. */

/* The row that 'datum', a reference, refers to, or NULL.  That row itself need
 * not have come yet. */
static const struct uuid *
ref_uuid(const struct ovsdb_datum *datum)
{
    return datum->n ? &datum->keys[0].uuid : NULL;
}

/* Fills in what row 'lr' is about.  False if what it refers to is gone, or it
 * is no route. */
static bool
read_row(const struct sbrec_learned_route *lr, struct uuid *datapath,
         struct learn_row_key *key, struct learn_row_value *value)
{
    const struct uuid *port = ref_uuid(
        sbrec_learned_route_get_logical_port(lr, OVSDB_TYPE_UUID));
    const struct uuid *dp = ref_uuid(
        sbrec_learned_route_get_datapath(lr, OVSDB_TYPE_UUID));
    struct ip_prefix nexthop;

    memset(key, 0, sizeof *key);
    memset(value, 0, sizeof *value);
    if (!port || !dp
        || ip_prefix_parse(lr->ip_prefix, &key->prefix, NULL)
        || ip_prefix_parse(lr->nexthop, &nexthop, NULL)) {
        return false;
    }
    *datapath = *dp;
    key->port = *port;
    key->family = nexthop.family;
    memcpy(key->nexthop, nexthop.addr, sizeof key->nexthop);
    ovs_strlcpy(value->mac, smap_get_def(&lr->external_ids,
                                         DR_ID_NEXTHOP_MAC, ""),
                sizeof value->mac);
    value->weight = smap_get_uint(&lr->external_ids, DR_ID_WEIGHT, 1);
    return true;
}

/* True if 'lr' is spelled as we would: otherwise it is written anew. */
static bool
is_normal(const struct sbrec_learned_route *lr,
          const struct learn_row_key *key)
{
    char prefix[IP_PREFIX_STRLEN], nexthop[INET6_ADDRSTRLEN];

    return (!strcmp(lr->ip_prefix, ip_prefix_format(&key->prefix, prefix))
            && inet_ntop(key->family, key->nexthop, nexthop, sizeof nexthop)
            && !strcmp(lr->nexthop, nexthop));
}

static void
feed_row(const struct sb_learned_writer *writer,
         const struct sbrec_learned_route *lr)
{
    struct learn_row_value value;
    struct learn_row_key key;
    struct uuid datapath;

    if (!read_row(lr, &datapath, &key, &value)) {
        learn_rows_remove_actual(writer->rows, &lr->header_.uuid,
                                     time_msec());
    } else {
        const char *chassis = smap_get(&lr->external_ids, DR_ID_CHASSIS);

        learn_rows_set_actual(writer->rows, &lr->header_.uuid,
                              &datapath, &key, &value,
                              chassis && writer->chassis
                              && !strcmp(chassis, writer->chassis)
                              && is_normal(lr, &key));
    }
}

void
sb_learned_writer_feed(struct sb_learned_writer *writer, bool full)
{
    const struct sbrec_learned_route *lr;

    if (full) {
        learn_rows_begin_full(writer->rows);
        SBREC_LEARNED_ROUTE_FOR_EACH (lr, writer->idl) {
            feed_row(writer, lr);
        }
        learn_rows_end_full(writer->rows);
        return;
    }
    SBREC_LEARNED_ROUTE_FOR_EACH_TRACKED (lr, writer->idl) {
        if (sbrec_learned_route_is_deleted(lr)) {
            learn_rows_remove_actual(writer->rows, &lr->header_.uuid,
                                     time_msec());
        } else {
            feed_row(writer, lr);
        }
    }
}

/* Writing. */

/* Gives 'lr' the external_ids that 'value' calls for, and leaves others. */
static void
write_ids(const struct sb_learned_writer *writer,
          const struct sbrec_learned_route *lr, const struct smap *old,
          const struct learn_row_value *value)
{
    struct smap ids;

    if (old) {
        smap_clone(&ids, old);
    } else {
        smap_init(&ids);
    }
    smap_replace(&ids, DR_ID_CHASSIS, writer->chassis);
    smap_remove(&ids, DR_ID_NEXTHOP_MAC);
    if (value->mac[0]) {
        smap_add(&ids, DR_ID_NEXTHOP_MAC, value->mac);
    }
    smap_remove(&ids, DR_ID_WEIGHT);
    if (value->weight != 1) {
        smap_add_format(&ids, DR_ID_WEIGHT, "%"PRIu16, value->weight);
    }
    sbrec_learned_route_set_external_ids(lr, &ids);
    smap_destroy(&ids);
}

static void
write_row(const struct sb_learned_writer *writer,
          const struct sbrec_learned_route *lr, const struct smap *old,
          const struct sbrec_datapath_binding *dp,
          const struct sbrec_port_binding *pb, const struct learn_row_op *op)
{
    char prefix[IP_PREFIX_STRLEN], nexthop[INET6_ADDRSTRLEN];

    sbrec_learned_route_set_datapath(lr, dp);
    sbrec_learned_route_set_logical_port(lr, pb);
    sbrec_learned_route_set_ip_prefix(lr, ip_prefix_format(&op->key.prefix,
                                                           prefix));
    if (inet_ntop(op->key.family, op->key.nexthop, nexthop, sizeof nexthop)) {
        sbrec_learned_route_set_nexthop(lr, nexthop);
    }
    write_ids(writer, lr, old, &op->value);
}

/* Does 'op', if what it is about is still there; learn_rows will see. */
static void
do_op(const struct sb_learned_writer *writer, const struct learn_row_op *op)
{
    const struct sbrec_datapath_binding *dp
        = sbrec_datapath_binding_get_for_uuid(writer->idl, &op->datapath);
    const struct sbrec_port_binding *pb
        = sbrec_port_binding_get_for_uuid(writer->idl, &op->key.port);
    const struct sbrec_learned_route *lr = NULL;

    if (op->type != LEARN_ROW_INSERT) {
        lr = sbrec_learned_route_get_for_uuid(writer->idl, &op->uuid);
    }
    switch (op->type) {
    case LEARN_ROW_INSERT:
        if (dp && pb) {
            write_row(writer, sbrec_learned_route_insert(writer->txn), NULL,
                      dp, pb, op);
            COVERAGE_INC(learned_route_insert);
        }
        break;
    case LEARN_ROW_UPDATE:
        if (lr && dp && pb) {
            write_row(writer, lr, &lr->external_ids, dp, pb, op);
            COVERAGE_INC(learned_route_update);
        }
        break;
    case LEARN_ROW_DELETE:
        if (lr) {
            sbrec_learned_route_delete(lr);
            COVERAGE_INC(learned_route_delete);
        }
        break;
    }
}

/* Goes on with the transaction under way.  Returns true if there is none. */
static bool
run_txn(struct sb_learned_writer *writer, long long int now)
{
    if (!writer->txn) {
        return true;
    }

    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(writer->txn);
    if (status == TXN_INCOMPLETE) {
        return false;
    }
    free(writer->error);
    writer->error = NULL;
    if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        backoff_reset(&writer->backoff);
    } else {
        /* Where it says to try again, the connection was lost, or somebody
         * else was faster: no news. */
        if (status != TXN_TRY_AGAIN) {
            writer->error = xstrdup(status == TXN_ERROR
                                    ? ovsdb_idl_txn_get_error(writer->txn)
                                    : ovsdb_idl_txn_status_to_string(status));
        }
        backoff_fail(&writer->backoff, now, random_uint32());
    }
    ovsdb_idl_txn_destroy(writer->txn);
    writer->txn = NULL;
    learn_rows_done(writer->rows, now);
    return true;
}

void
sb_learned_writer_run(struct sb_learned_writer *writer, bool allowed,
                      long long int now)
{
    bool done = run_txn(writer, now);

    writer->allowed = (allowed && writer->chassis
                       && ovsdb_idl_server_has_table(
                           writer->idl, &sbrec_table_learned_route)
                       && sb_learned_writer_sees_rows(writer));
    if (!done || !writer->allowed || now < writer->backoff.next
        || learn_rows_next_due(writer->rows) > now) {
        return;
    }

    size_t n = learn_rows_take(writer->rows, now, writer->ops,
                               ARRAY_SIZE(writer->ops));
    if (!n) {
        learn_rows_done(writer->rows, now);
        return;
    }
    writer->txn = ovsdb_idl_txn_create(writer->idl);
    ovsdb_idl_txn_add_comment(writer->txn, "ovn-route-controller: %"PRIuSIZE
                              " changes of learned routes on %s", n,
                              writer->chassis);
    for (size_t i = 0; i < n; i++) {
        do_op(writer, &writer->ops[i]);
    }
    writer->n_txns++;
    COVERAGE_INC(learned_route_txn);
    (void) run_txn(writer, now);    /* Sends it; how it ends shows later. */
}

void
sb_learned_writer_wait(const struct sb_learned_writer *writer)
{
    if (writer->txn) {
        ovsdb_idl_txn_wait(writer->txn);
    } else if (writer->allowed) {
        long long int due = learn_rows_next_due(writer->rows);

        if (due != LLONG_MAX) {
            poll_timer_wait_until(MAX(due, writer->backoff.next));
        }
    }
}

bool
sb_learned_writer_is_settled(const struct sb_learned_writer *writer)
{
    return (!writer->txn && writer->allowed
            && learn_rows_next_due(writer->rows) == LLONG_MAX);
}

const char *
sb_learned_writer_get_error(const struct sb_learned_writer *writer)
{
    return writer->error;
}

unsigned int
sb_learned_writer_count_txns(const struct sb_learned_writer *writer)
{
    return writer->n_txns;
}
