/* sb-route-writer.c: rows of Advertised_Route.  See the header. */
#include <config.h>
#include "northd/sb-route-writer.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/ovn-sb-idl.h"
#include "northd/advertised-route.h"
#include "northd/sb-view.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"

/* A route that is wanted, or has rows, or both. */
struct slot {
    struct hmap_node node;      /* In 'slots', by port and prefix. */
    struct sb_port_ref port;    /* The row's logical_port. */
    struct sb_port_ref tracked; /* Its tracked_port, if 'tracked.port'. */
    struct ip_prefix prefix;
    uint32_t metric;            /* If 'wanted': of the row. */
    struct ovs_list rows;       /* Of struct row; more than one is too many. */
    struct ovs_list dirty_node; /* In 'dirty' or 'in_flight'. */
    bool is_dirty;              /* Is in one of these... */
    bool in_flight;             /* ...namely the latter. */
    bool wanted;
    bool waiting;               /* Wanted, but a port is not there. */
    bool served;                /* Gets a row in this transaction. */
    struct sb_route_writer *writer;
};

/* A row in the Southbound database. */
struct row {
    struct hmap_node node;      /* In 'rows', by uuid. */
    const struct sbrec_advertised_route *sb;
    struct slot *slot;          /* NULL: garbage. */
    struct ovs_list slot_node;  /* In 'slot''s 'rows', or in 'garbage'. */
    bool in_flight;             /* This transaction changes or deletes it... */
    struct ovs_list flight_node; /* ...so it is in 'rows_in_flight'. */
};

struct sb_route_writer {
    struct sb_view *sb_view;
    struct hmap slots;          /* Of struct slot. */
    struct hmap rows;           /* Of struct row. */
    struct ovs_list garbage;    /* Of struct row. */
    struct ovs_list dirty;      /* Of struct slot: to be looked at. */
    struct ovs_list in_flight;  /* Of struct slot: in this transaction. */
    struct ovs_list rows_in_flight; /* Of struct row: likewise. */
    size_t n_waiting;
};

void
sb_route_writer_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_advertised_route_col_datapath,
        &sbrec_advertised_route_col_logical_port,
        &sbrec_advertised_route_col_ip_prefix,
        &sbrec_advertised_route_col_tracked_port,
        &sbrec_advertised_route_col_external_ids,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct sb_route_writer *
sb_route_writer_create(struct sb_view *sb_view)
{
    struct sb_route_writer *w = xzalloc(sizeof *w);

    w->sb_view = sb_view;
    hmap_init(&w->slots);
    hmap_init(&w->rows);
    ovs_list_init(&w->garbage);
    ovs_list_init(&w->dirty);
    ovs_list_init(&w->in_flight);
    ovs_list_init(&w->rows_in_flight);
    return w;
}

/* Slots. */

/* Puts 'slot' into 'dirty'.  What is not wanted goes first, so that no prefix
 * that moved from one port to another is advertised on both for the time
 * between two transactions. */
static void
slot_queue(struct slot *slot)
{
    if (slot->wanted) {
        ovs_list_push_back(&slot->writer->dirty, &slot->dirty_node);
    } else {
        ovs_list_push_front(&slot->writer->dirty, &slot->dirty_node);
    }
}

static void
slot_set_dirty(struct slot *slot)
{
    if (!slot->is_dirty) {
        slot->is_dirty = true;
        slot_queue(slot);
    }
}

static void
slot_port_changed(struct sb_port_ref *ref)
{
    slot_set_dirty(CONTAINER_OF(ref, struct slot, port));
}

static void
slot_tracked_changed(struct sb_port_ref *ref)
{
    slot_set_dirty(CONTAINER_OF(ref, struct slot, tracked));
}

static uint32_t
slot_hash(const char *port, const struct ip_prefix *prefix)
{
    return hash_string(port, ip_prefix_hash(prefix, 0));
}

static bool
slot_has_target(const struct slot *slot, const char *port,
                const struct ip_prefix *prefix)
{
    return (ip_prefix_equals(&slot->prefix, prefix)
            && !strcmp(slot->port.port->name, port));
}

static struct slot *
slot_find(const struct sb_route_writer *w, const char *port,
          const struct ip_prefix *prefix, const char *tracked)
{
    struct slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, slot_hash(port, prefix), &w->slots) {
        const struct sb_port *p = slot->tracked.port;

        if (slot_has_target(slot, port, prefix)
            && (tracked && p ? !strcmp(p->name, tracked) : !tracked && !p)) {
            return slot;
        }
    }
    return NULL;
}

static struct slot *
slot_get(struct sb_route_writer *w, const char *port,
         const struct ip_prefix *prefix, const char *tracked)
{
    struct slot *slot = slot_find(w, port, prefix, tracked);

    if (!slot) {
        slot = xzalloc(sizeof *slot);
        slot->writer = w;
        slot->prefix = *prefix;
        ovs_list_init(&slot->rows);
        sb_port_ref_init(&slot->port, w->sb_view, port, slot_port_changed);
        if (tracked) {
            sb_port_ref_init(&slot->tracked, w->sb_view, tracked,
                             slot_tracked_changed);
        }
        hmap_insert(&w->slots, &slot->node, slot_hash(port, prefix));
    }
    return slot;
}

/* Frees 'slot', which has no rows and is not in a list of dirty ones. */
static void
slot_free(struct sb_route_writer *w, struct slot *slot)
{
    hmap_remove(&w->slots, &slot->node);
    sb_port_ref_destroy(&slot->port, w->sb_view);
    sb_port_ref_destroy(&slot->tracked, w->sb_view);
    w->n_waiting -= slot->waiting;
    free(slot);
}

void
sb_route_writer_want(struct sb_route_writer *w,
                     const struct advertised_route_set *set)
{
    const struct advertised_route *route;

    LIST_FOR_EACH (route, changed_node, &set->changed) {
        const struct advertised_route *wanted
            = advertised_route_set_find_wanted(set, route->port,
                                               &route->prefix,
                                               route->tracked_port);
        struct slot *slot = (wanted
                             ? slot_get(w, route->port, &route->prefix,
                                        route->tracked_port)
                             : slot_find(w, route->port, &route->prefix,
                                         route->tracked_port));

        if (slot && (slot->wanted != (wanted != NULL)
                     || (wanted && slot->metric != wanted->metric))) {
            slot->wanted = wanted != NULL;
            slot->metric = wanted ? wanted->metric : DR_METRIC_NONE;
            if (slot->is_dirty && !slot->in_flight) {
                ovs_list_remove(&slot->dirty_node);
                slot_queue(slot); /* It may be in the wrong place now. */
            }
            slot_set_dirty(slot);
        }
    }
}

/* Rows. */

static struct row *
row_find(const struct sb_route_writer *w, const struct uuid *uuid)
{
    struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &w->rows) {
        if (uuid_equals(&row->sb->header_.uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static void
row_leave_slot(struct row *row)
{
    ovs_list_remove(&row->slot_node);
    if (row->slot) {
        slot_set_dirty(row->slot);
        row->slot = NULL;
    }
}

static void
row_remove(struct sb_route_writer *w, struct row *row)
{
    row_leave_slot(row);
    if (row->in_flight) {
        ovs_list_remove(&row->flight_node);
    }
    hmap_remove(&w->rows, &row->node);
    free(row);
}

/* The slot that the contents of a row stand for, or NULL if for none. */
static struct slot *
row_to_slot(struct sb_route_writer *w, const struct sbrec_advertised_route *sb)
{
    const struct sbrec_port_binding *port = sb->logical_port;
    char buf[IP_PREFIX_STRLEN];
    struct ip_prefix prefix;

    if (!port || !sb->datapath || sb->datapath != port->datapath
        || ip_prefix_parse(sb->ip_prefix, &prefix, NULL)
        || strcmp(ip_prefix_format(&prefix, buf), sb->ip_prefix)) {
        return NULL;
    }
    return slot_get(w, port->logical_port, &prefix,
                    (sb->tracked_port ? sb->tracked_port->logical_port
                     : NULL));
}

/* A row that is new or changed. */
static void
row_update(struct sb_route_writer *w, const struct sbrec_advertised_route *sb)
{
    struct row *row = row_find(w, &sb->header_.uuid);

    if (row) {
        row_leave_slot(row);
    } else {
        row = xzalloc(sizeof *row);
        row->sb = sb;
        hmap_insert(&w->rows, &row->node, uuid_hash(&sb->header_.uuid));
    }
    row->slot = row_to_slot(w, sb);
    if (row->slot) {
        ovs_list_push_back(&row->slot->rows, &row->slot_node);
        slot_set_dirty(row->slot);
    } else {
        ovs_list_push_back(&w->garbage, &row->slot_node);
    }
}

void
sb_route_writer_follow(struct sb_route_writer *w, struct ovsdb_idl *idl,
                       bool afresh)
{
    const struct sbrec_advertised_route *sb;
    struct row *row;

    if (afresh) {
        HMAP_FOR_EACH_SAFE (row, node, &w->rows) {
            row_remove(w, row);
        }
        SBREC_ADVERTISED_ROUTE_FOR_EACH (sb, idl) {
            row_update(w, sb);
        }
        return;
    }
    SBREC_ADVERTISED_ROUTE_FOR_EACH_TRACKED (sb, idl) {
        if (!sbrec_advertised_route_is_deleted(sb)) {
            row_update(w, sb);
        } else if ((row = row_find(w, &sb->header_.uuid))) {
            row_remove(w, row);
        }
    }
}

/* Writing. */

/* True if the ports of 'slot' are there. */
static bool
slot_is_ready(const struct slot *slot)
{
    const struct sb_port *tracked = slot->tracked.port;

    return slot->port.port->pb && (!tracked || tracked->pb);
}

static bool
slot_needs_row(const struct slot *slot)
{
    return (slot->wanted && !slot->served && ovs_list_is_empty(&slot->rows)
            && slot_is_ready(slot));
}

/* A slot that differs from 'slot' in the tracked port only and needs a row, if
 * 'needy', or else has one that it does not want.  NULL if there is none. */
static struct slot *
slot_find_sibling(const struct sb_route_writer *w, const struct slot *slot,
                  bool needy)
{
    const char *port = slot->port.port->name;
    struct slot *other;

    HMAP_FOR_EACH_WITH_HASH (other, node, slot_hash(port, &slot->prefix),
                             &w->slots) {
        if (other != slot && slot_has_target(other, port, &slot->prefix)
            && (needy
                ? slot_needs_row(other)
                : !other->wanted && !ovs_list_is_empty(&other->rows))) {
            return other;
        }
    }
    return NULL;
}

static void
row_set_in_flight(struct sb_route_writer *w, struct row *row)
{
    row->in_flight = true;
    ovs_list_push_back(&w->rows_in_flight, &row->flight_node);
}

static void
row_delete(struct sb_route_writer *w, struct row *row)
{
    sbrec_advertised_route_delete(row->sb);
    row_set_in_flight(w, row);
}

static const char *
format_metric(uint32_t metric, char buf[static 16])
{
    snprintf(buf, 16, "%"PRIu32, metric);
    return buf;
}

/* Gives external_ids:'key' of 'row' the value 'new', or none if that is NULL.
 * True if it had another. */
static bool
row_put_id(struct row *row, const char *key, const char *new)
{
    const char *old = smap_get(&row->sb->external_ids, key);

    if (nullable_string_is_equal(old, new)) {
        return false;
    }
    if (new) {
        sbrec_advertised_route_update_external_ids_setkey(row->sb, key, new);
    } else {
        sbrec_advertised_route_update_external_ids_delkey(row->sb, key);
    }
    return true;
}

/* What DR_ID_TRACKED_TYPE says of 'tracked', which may be NULL. */
static const char *
tracked_type(const struct sb_port *tracked)
{
    return (tracked && tracked->pb
            && (!strcmp(tracked->pb->type, "patch")
                || !strcmp(tracked->pb->type, "l3gateway"))
            ? DR_TRACKED_TYPE_ROUTER : NULL);
}

/* Gives 'row' the identifiers of 'slot'.  True if it had others. */
static bool
row_put_ids(struct row *row, const struct slot *slot)
{
    const struct sb_port *tracked = slot->tracked.port;
    char buf[16];
    bool changed;

    changed = row_put_id(row, DR_ID_METRIC,
                         (slot->metric != DR_METRIC_NONE
                          ? format_metric(slot->metric, buf) : NULL));
    changed |= row_put_id(row, DR_ID_TRACKED_PORT,
                          tracked ? tracked->name : NULL);
    changed |= row_put_id(row, DR_ID_TRACKED_TYPE, tracked_type(tracked));
    return changed;
}

/* Frees 'row' of 'slot', which tracks nothing, from a tracked port that is not
 * seen: that of a machine, while the bindings of machines are of no interest and
 * not monitored.  True if it had one. */
static bool
row_clear_unseen(struct row *row, const struct slot *slot)
{
    if (slot->tracked.port
        || !sbrec_advertised_route_get_tracked_port(row->sb,
                                                    OVSDB_TYPE_UUID)->n) {
        return false;
    }
    sbrec_advertised_route_set_tracked_port(row->sb, NULL);
    return true;
}

/* Makes 'row' the one of 'slot', which has the same port and prefix. */
static void
row_hand_over(struct sb_route_writer *w, struct row *row, struct slot *slot)
{
    const struct sb_port *tracked = slot->tracked.port;

    sbrec_advertised_route_set_tracked_port(row->sb,
                                            tracked ? tracked->pb : NULL);
    (void) row_put_ids(row, slot); /* It changes anyway. */
    row_set_in_flight(w, row);
    slot->served = true;
}

static void
slot_insert_row(struct slot *slot, struct ovsdb_idl_txn *txn)
{
    const struct sbrec_port_binding *pb = slot->port.port->pb;
    const struct sb_port *tracked = slot->tracked.port;
    struct sbrec_advertised_route *sb = sbrec_advertised_route_insert(txn);
    struct smap ids = SMAP_INITIALIZER(&ids);
    char buf[IP_PREFIX_STRLEN];

    sbrec_advertised_route_set_datapath(sb, pb->datapath);
    sbrec_advertised_route_set_logical_port(sb, pb);
    sbrec_advertised_route_set_ip_prefix(
        sb, ip_prefix_format(&slot->prefix, buf));
    if (tracked) {
        sbrec_advertised_route_set_tracked_port(sb, tracked->pb);
        smap_add(&ids, DR_ID_TRACKED_PORT, tracked->name);
        if (tracked_type(tracked)) {
            smap_add(&ids, DR_ID_TRACKED_TYPE, tracked_type(tracked));
        }
    }
    if (slot->metric != DR_METRIC_NONE) {
        char metric[16];

        smap_add(&ids, DR_ID_METRIC, format_metric(slot->metric, metric));
    }
    sbrec_advertised_route_set_external_ids(sb, &ids);
    smap_destroy(&ids);
    slot->served = true;
}

/* Gives 'slot' its row, if it needs one.  Returns the number of changes. */
static size_t
slot_flush_need(struct sb_route_writer *w, struct slot *slot,
                struct ovsdb_idl_txn *txn)
{
    struct slot *donor;
    struct row *row;

    if (!slot_needs_row(slot)) {
        return 0;
    }
    donor = slot_find_sibling(w, slot, false);
    if (donor) {
        LIST_FOR_EACH (row, slot_node, &donor->rows) {
            if (!row->in_flight) {
                row_hand_over(w, row, slot);
                return 1;
            }
        }
    }
    slot_insert_row(slot, txn);
    return 1;
}

/* Frees 'slot' from rows that are too many, and corrects the one that is not.
 * Returns the number of changes. */
static size_t
slot_flush_rows(struct sb_route_writer *w, struct slot *slot)
{
    bool keep = slot->wanted;
    size_t n = 0;
    struct row *row;

    LIST_FOR_EACH (row, slot_node, &slot->rows) {
        struct slot *heir;

        if (row->in_flight) {
            continue;
        } else if (keep) {
            bool changed = row_clear_unseen(row, slot);

            keep = false;
            if (row_put_ids(row, slot) || changed) {
                row_set_in_flight(w, row);
                n++;
            }
            continue;
        }
        heir = slot_find_sibling(w, slot, true);
        if (heir) {
            row_hand_over(w, row, heir);
            slot_set_dirty(heir);
        } else {
            row_delete(w, row);
        }
        n++;
    }
    return n;
}

static size_t
garbage_flush(struct sb_route_writer *w, size_t max)
{
    struct row *row;
    size_t n = 0;

    LIST_FOR_EACH (row, slot_node, &w->garbage) {
        if (n >= max) {
            break;
        } else if (!row->in_flight) {
            row_delete(w, row);
            n++;
        }
    }
    return n;
}

size_t
sb_route_writer_flush(struct sb_route_writer *w, struct ovsdb_idl_txn *txn,
                      size_t max)
{
    size_t n = garbage_flush(w, max);

    while (n < max && !ovs_list_is_empty(&w->dirty)) {
        struct slot *slot = CONTAINER_OF(ovs_list_pop_front(&w->dirty),
                                         struct slot, dirty_node);
        bool waiting = slot->wanted && !slot_is_ready(slot);
        size_t changes;

        w->n_waiting += waiting - slot->waiting;
        slot->waiting = waiting;

        changes = slot_flush_need(w, slot, txn);
        changes += slot_flush_rows(w, slot);
        n += changes;
        if (changes || slot->served) {
            slot->in_flight = true;
            ovs_list_push_back(&w->in_flight, &slot->dirty_node);
        } else {
            slot->is_dirty = false;
            if (!slot->wanted && ovs_list_is_empty(&slot->rows)) {
                slot_free(w, slot);
            }
        }
    }
    return n;
}

void
sb_route_writer_done(struct sb_route_writer *w)
{
    struct slot *slot;
    struct row *row;

    /* To see whether it worked. */
    LIST_FOR_EACH_POP (slot, dirty_node, &w->in_flight) {
        slot->served = false;
        slot->in_flight = false;
        slot_queue(slot);
    }
    LIST_FOR_EACH_POP (row, flight_node, &w->rows_in_flight) {
        row->in_flight = false;
        if (row->slot) {
            slot_set_dirty(row->slot);
        }
    }
}

bool
sb_route_writer_is_clean(const struct sb_route_writer *w)
{
    return (ovs_list_is_empty(&w->dirty) && ovs_list_is_empty(&w->in_flight)
            && ovs_list_is_empty(&w->garbage));
}

void
sb_route_writer_get_stats(const struct sb_route_writer *w,
                          struct sb_route_writer_stats *stats)
{
    stats->rows = hmap_count(&w->rows);
    stats->waiting = w->n_waiting;
}

void
sb_route_writer_destroy(struct sb_route_writer *w)
{
    struct slot *slot;
    struct row *row;

    if (!w) {
        return;
    }
    HMAP_FOR_EACH_SAFE (row, node, &w->rows) {
        row_remove(w, row);
    }
    HMAP_FOR_EACH_SAFE (slot, node, &w->slots) {
        slot_free(w, slot);
    }
    hmap_destroy(&w->rows);
    hmap_destroy(&w->slots);
    free(w);
}
