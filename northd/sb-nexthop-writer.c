/* sb-nexthop-writer.c: rows of MAC_Binding.  See the header. */
#include <config.h>
#include "northd/sb-nexthop-writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/ip-prefix.h"
#include "lib/ovn-sb-idl.h"
#include "northd/demand-view.h"
#include "northd/learned-nexthop.h"
#include "northd/sb-view.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

/* The pause between corrections.  Who claims an address of ours on the wire
 * may make ovn-controller change our row with each packet.  (What cannot be done
 * now, because a port is going, waits as long.) */
#define PAUSE_MS 200

struct sb_nexthop_writer {
    struct ovsdb_idl *idl;
    const struct sb_view *sb_view;
    struct learned_routes *learned;
    struct sset asked;          /* Addresses of which rows are monitored, */
    bool awaiting;              /* ...but have not all come yet. */
    struct demand_db db;
    long long int pause_end;    /* Nothing is written before that. */

    /* While flushing. */
    struct ovsdb_idl_txn *txn;
    size_t n_changes;           /* Made. */
    bool rebound;               /* One of them was a correction. */
};

/* Asks for the rows of 'w->asked', or again.  Returns true if the IDL has
 * nothing to add to what was already asked for. */
static bool
ask(struct sb_nexthop_writer *w)
{
    struct ovsdb_idl_condition condition;
    const char *address;
    unsigned int seqno;

    ovsdb_idl_condition_init(&condition);
    SSET_FOR_EACH (address, &w->asked) {
        sbrec_mac_binding_add_clause_ip(&condition, OVSDB_F_EQ, address);
    }
    seqno = ovsdb_idl_set_condition(w->idl, &sbrec_table_mac_binding,
                                    &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno == ovsdb_idl_get_condition_seqno(w->idl);
}

void
sb_nexthop_writer_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_mac_binding_col_logical_port,
        &sbrec_mac_binding_col_ip,
        &sbrec_mac_binding_col_mac,
        &sbrec_mac_binding_col_timestamp,
        &sbrec_mac_binding_col_datapath,
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_datapath,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct sb_nexthop_writer *
sb_nexthop_writer_create(struct ovsdb_idl *idl, const struct sb_view *sb_view,
                         struct learned_routes *learned)
{
    struct sb_nexthop_writer *w = xzalloc(sizeof *w);

    w->idl = idl;
    w->sb_view = sb_view;
    w->learned = learned;
    w->db.idl = idl;
    sset_init(&w->asked);
    (void) ask(w);              /* For none, not for all, from the start. */
    return w;
}

void
sb_nexthop_writer_destroy(struct sb_nexthop_writer *w)
{
    if (w) {
        sset_destroy(&w->asked);
        free(w);
    }
}

/* Following. */

/* OVN 22.03 has no such column, and lets no row age. */
static bool
has_timestamp(const struct sb_nexthop_writer *w)
{
    return ovsdb_idl_server_has_column(w->idl,
                                       &sbrec_mac_binding_col_timestamp);
}

static void
put_row(struct sb_nexthop_writer *w, const struct sbrec_mac_binding *mb)
{
    const struct sbrec_port_binding *pb = sb_view_find(w->sb_view,
                                                       mb->logical_port);
    bool right = (pb && mb->datapath == pb->datapath
                  && (!has_timestamp(w)
                      || mb->timestamp == SB_NEXTHOP_TIMESTAMP));

    learned_nexthop_set_binding(w->learned, &mb->header_.uuid,
                                mb->logical_port, mb->ip, mb->mac, right);
}

static void
put_rows(struct sb_nexthop_writer *w)
{
    const struct sbrec_mac_binding *mb;

    SBREC_MAC_BINDING_FOR_EACH (mb, w->idl) {
        put_row(w, mb);
    }
}

/* True if a port came, went, or went over to another datapath. */
static bool
ports_changed(const struct sb_nexthop_writer *w)
{
    const struct sbrec_port_binding *pb;

    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, w->idl) {
        if (sbrec_port_binding_is_new(pb) || sbrec_port_binding_is_deleted(pb)
            || sbrec_port_binding_is_updated(
                   pb, SBREC_PORT_BINDING_COL_DATAPATH)) {
            return true;
        }
    }
    return false;
}

/* Asks for the rows of other addresses, if others are reserved now, and tells
 * when they have come. */
static void
follow_addresses(struct sb_nexthop_writer *w)
{
    struct sset wanted = SSET_INITIALIZER(&wanted);

    if (learned_nexthop_take_addresses(w->learned, &wanted)
        && !sset_equals(&wanted, &w->asked)) {
        sset_swap(&wanted, &w->asked);
        w->awaiting = true;
    }
    sset_destroy(&wanted);
    if (w->awaiting && demand_db_has_answered(&w->db, ask(w))) {
        w->awaiting = false;
        w->db.asked = false;
        learned_nexthop_set_known(w->learned, &w->asked);
    }
}

void
sb_nexthop_writer_follow(struct sb_nexthop_writer *w, bool afresh)
{
    const struct sbrec_mac_binding *mb;

    if (afresh) {
        learned_nexthop_clear_bindings(w->learned, true);
    } else {
        SBREC_MAC_BINDING_FOR_EACH_TRACKED (mb, w->idl) {
            if (sbrec_mac_binding_is_deleted(mb)) {
                learned_nexthop_remove_binding(w->learned, &mb->header_.uuid);
            }
        }
        SBREC_MAC_BINDING_FOR_EACH_TRACKED (mb, w->idl) {
            if (!sbrec_mac_binding_is_deleted(mb)) {
                put_row(w, mb);
            }
        }
    }
    if (afresh || ports_changed(w)) {
        put_rows(w);
    }
    follow_addresses(w);
}

/* Writing. */

static void
set_columns(const struct sb_nexthop_writer *w,
            const struct learned_nexthop_change *change,
            const struct sbrec_mac_binding *mb,
            const struct sbrec_port_binding *pb)
{
    char mac[ETH_ADDR_STRLEN + 1];

    snprintf(mac, sizeof mac, ETH_ADDR_FMT, ETH_ADDR_ARGS(change->mac));
    sbrec_mac_binding_set_mac(mb, mac);
    sbrec_mac_binding_set_datapath(mb, pb->datapath);
    if (has_timestamp(w)) {
        sbrec_mac_binding_set_timestamp(mb, SB_NEXTHOP_TIMESTAMP);
    }
    /* The port may go just now, and its datapath with it: then the transaction
     * must not be refused for a reference to nothing, but be made anew. */
    sbrec_port_binding_verify_datapath(pb);
}

static void
insert_row(struct sb_nexthop_writer *w,
           const struct learned_nexthop_change *change)
{
    const struct sbrec_port_binding *pb = sb_view_find(w->sb_view,
                                                       change->port);
    char buf[IP_PREFIX_STRLEN];

    if (pb) {
        const struct sbrec_mac_binding *mb
            = sbrec_mac_binding_insert(w->txn);

        sbrec_mac_binding_set_logical_port(mb, change->port);
        sbrec_mac_binding_set_ip(mb, ip_prefix_format(change->address, buf));
        set_columns(w, change, mb, pb);
        w->n_changes++;
    }
}

static void
change_row(const struct learned_nexthop_change *change, void *w_)
{
    struct sb_nexthop_writer *w = w_;
    const struct sbrec_mac_binding *mb
        = sbrec_mac_binding_get_for_uuid(w->idl, &change->binding);
    const struct sbrec_port_binding *pb;

    switch (change->action) {
    case LEARNED_BIND:
        insert_row(w, change);
        break;

    case LEARNED_REBIND:
        pb = sb_view_find(w->sb_view, change->port);
        if (mb && pb) {
            set_columns(w, change, mb, pb);
            w->rebound = true;
            w->n_changes++;
        }
        break;

    case LEARNED_UNBIND:
        if (mb) {
            sbrec_mac_binding_delete(mb);
            w->n_changes++;
        }
        break;

    case LEARNED_RESERVE:
    case LEARNED_UNRESERVE:
    case LEARNED_UNFIX:
        OVS_NOT_REACHED();
    }
}

size_t
sb_nexthop_writer_flush(struct sb_nexthop_writer *w,
                        struct ovsdb_idl_txn *txn)
{
    size_t n_due;

    if (sb_nexthop_writer_is_clean(w)) {
        return 0;
    }
    w->txn = txn;
    w->n_changes = 0;
    w->rebound = false;
    n_due = learned_nexthop_for_each_binding_change(w->learned, change_row, w);
    if (w->rebound || (n_due && !w->n_changes)) {
        w->pause_end = time_msec() + PAUSE_MS;
    }
    return w->n_changes;
}

bool
sb_nexthop_writer_is_clean(const struct sb_nexthop_writer *w)
{
    return (w->awaiting || time_msec() < w->pause_end
            || !learned_nexthop_has_binding_changes(w->learned));
}

void
sb_nexthop_writer_wait(const struct sb_nexthop_writer *w)
{
    if (!w->awaiting && time_msec() < w->pause_end
        && learned_nexthop_has_binding_changes(w->learned)) {
        poll_timer_wait_until(w->pause_end);
    }
}
