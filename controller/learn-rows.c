/* learn-rows.c: rows of Learned_Route that are wanted, and those that there
 * are.  See the header. */
#include <config.h>
#include "controller/learn-rows-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"
#include "uuid.h"

struct learn_rows *
learn_rows_create(void)
{
    struct learn_rows *rows = xzalloc(sizeof *rows);

    hmap_init(&rows->rows);
    hmap_init(&rows->ports);
    hmap_init(&rows->datapaths);
    hmap_init(&rows->actuals);
    ovs_list_init(&rows->dirty);
    ovs_list_init(&rows->in_flight);
    heap_init(&rows->timers);
    return rows;
}

/* Ports. */

static struct rows_port *
port_find(const struct learn_rows *rows, const struct uuid *uuid)
{
    struct rows_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid), &rows->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static struct rows_port *
port_get(struct learn_rows *rows, const struct uuid *uuid)
{
    struct rows_port *port = port_find(rows, uuid);

    if (!port) {
        port = xzalloc(sizeof *port);
        port->uuid = *uuid;
        ovs_list_init(&port->rows);
        hmap_insert(&rows->ports, &port->node, uuid_hash(uuid));
    }
    return port;
}

void
learn_rows_port_index(struct learn_rows *rows, struct rows_port *port)
{
    bool index = port->managed && !ovs_list_is_empty(&port->rows);

    if (port->indexed && !index) {
        hmap_remove(&rows->datapaths, &port->datapath_node);
    } else if (!port->indexed && index) {
        hmap_insert(&rows->datapaths, &port->datapath_node,
                    uuid_hash(&port->datapath));
    }
    port->indexed = index;
}

void
learn_rows_port_unref(struct learn_rows *rows, struct rows_port *port)
{
    if (!port->managed && ovs_list_is_empty(&port->rows)) {
        hmap_remove(&rows->ports, &port->node);
        free(port);
    }
}

static void
port_dirty_rows(struct learn_rows *rows, struct rows_port *port)
{
    struct row *row;

    LIST_FOR_EACH (row, port_node, &port->rows) {
        learn_rows_dirty(rows, row);
    }
}

/* Rows. */

uint32_t
learn_rows_hash(const struct uuid *port, const struct ip_prefix *prefix)
{
    return ip_prefix_hash(prefix, uuid_hash(port));
}

static uint32_t
row_hash(const struct learn_row_key *key)
{
    return learn_rows_hash(&key->port, &key->prefix);
}

static struct row *
row_find(const struct learn_rows *rows, const struct learn_row_key *key)
{
    struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, row_hash(key), &rows->rows) {
        if (!memcmp(&row->key, key, sizeof *key)) {
            return row;
        }
    }
    return NULL;
}

static struct row *
row_get(struct learn_rows *rows, const struct learn_row_key *key)
{
    struct row *row = row_find(rows, key);

    if (!row) {
        row = xzalloc(sizeof *row);
        row->key = *key;
        row->port = port_get(rows, &key->port);
        ovs_list_push_back(&row->port->rows, &row->port_node);
        learn_rows_port_index(rows, row->port);
        ovs_list_init(&row->queue_node);
        ovs_list_init(&row->actuals);
        hmap_insert(&rows->rows, &row->node, row_hash(key));
    }
    return row;
}

/* What is wanted. */

void
learn_rows_manage(struct learn_rows *rows, const struct uuid *uuid,
                  const struct uuid *datapath, long long int hold_ms)
{
    struct rows_port *port = port_get(rows, uuid);
    bool changed = (!port->managed || !uuid_equals(&port->datapath, datapath)
                    || port->hold_ms != hold_ms);

    rows->ports_seqno += !port->managed;
    port->managed = false;
    learn_rows_port_index(rows, port);
    port->managed = true;
    port->datapath = *datapath;
    learn_rows_port_index(rows, port);
    port->hold_ms = hold_ms;
    if (changed) {
        port_dirty_rows(rows, port);
    }
}

void
learn_rows_unmanage(struct learn_rows *rows, const struct uuid *uuid)
{
    struct rows_port *port = port_find(rows, uuid);
    struct row *row;

    if (!port || !port->managed) {
        return;
    }
    /* Kept as managed meanwhile, so that it is not freed with its last row. */
    LIST_FOR_EACH_SAFE (row, port_node, &port->rows) {
        rows->n_wanted -= row->wanted;
        row->wanted = row->may_hold = false;
        row->next_write = 0;
        learn_rows_set_lost(row, false);
        learn_rows_stop_timer(rows, row);
        learn_rows_unref(rows, row, 0);
    }
    port->managed = port->ready = false;
    learn_rows_port_index(rows, port);
    rows->ports_seqno++;
    port->window_start = port->hold_until = 0;
    learn_rows_port_unref(rows, port);
}

void
learn_rows_set_ready(struct learn_rows *rows, const struct uuid *uuid)
{
    struct rows_port *port = port_find(rows, uuid);

    if (port && port->managed && !port->ready) {
        port->ready = true;
        port_dirty_rows(rows, port);
    }
}

static bool
value_equals(const struct learn_row_value *a, const struct learn_row_value *b)
{
    return a->weight == b->weight && !strcmp(a->mac, b->mac);
}

void
learn_rows_want(struct learn_rows *rows, const struct learn_row_key *key,
                const struct learn_row_value *value)
{
    struct row *row = row_get(rows, key);

    if (!row->wanted || !value_equals(&row->value, value)) {
        rows->n_wanted += !row->wanted;
        row->wanted = true;
        row->value = *value;
        learn_rows_set_lost(row, false);
        learn_rows_dirty_prefix(rows, row);
    }
}

void
learn_rows_unwant(struct learn_rows *rows, const struct learn_row_key *key,
                  bool hold)
{
    struct row *row = row_find(rows, key);

    if (row && row->wanted) {
        rows->n_wanted--;
        row->wanted = false;
        row->may_hold = hold;
        row->patient_until = 0;
        learn_rows_dirty_prefix(rows, row);
    }
}

/* What is there. */

static struct actual *
actual_find(const struct learn_rows *rows, const struct uuid *uuid)
{
    struct actual *actual;

    HMAP_FOR_EACH_WITH_HASH (actual, node, uuid_hash(uuid), &rows->actuals) {
        if (uuid_equals(&actual->uuid, uuid)) {
            return actual;
        }
    }
    return NULL;
}

/* Takes 'actual' from its row, which is marked and may then be without need:
 * that shows when its turn comes. */
static void
actual_detach(struct learn_rows *rows, struct actual *actual)
{
    struct row *row = actual->row;

    ovs_list_remove(&actual->row_node);
    row->port->n_actual -= ovs_list_is_empty(&row->actuals);
    learn_rows_dirty(rows, row);
}

void
learn_rows_set_actual(struct learn_rows *rows, const struct uuid *uuid,
                      const struct uuid *datapath,
                      const struct learn_row_key *key,
                      const struct learn_row_value *value, bool ours)
{
    struct actual *actual = actual_find(rows, uuid);
    struct row *row = row_get(rows, key);

    if (!actual) {
        actual = xzalloc(sizeof *actual);
        actual->uuid = *uuid;
        hmap_insert(&rows->actuals, &actual->node, uuid_hash(uuid));
    } else {
        actual_detach(rows, actual);
    }
    actual->row = row;
    row->port->n_actual += ovs_list_is_empty(&row->actuals);
    ovs_list_push_back(&row->actuals, &actual->row_node);
    actual->datapath = *datapath;
    actual->value = *value;
    actual->ours = ours;
    actual->round = rows->round;
    if (!row->wanted && !row->port->ready) {
        row->may_hold = true;   /* An earlier life of ours wanted it. */
    }
    learn_rows_dirty(rows, row);
}

static void
actual_free(struct learn_rows *rows, struct actual *actual)
{
    actual_detach(rows, actual);
    hmap_remove(&rows->actuals, &actual->node);
    free(actual);
}

/* Someone else deleted the row. */
static void
row_has_rival(struct row *row, long long int now)
{
    if (now >= row->last_rival + 2 * LEARN_RIVAL_MAX_MS) {
        row->n_rivals = 0;
    }
    row->last_rival = now;
    if (row->n_rivals) {
        long long int delay = (LEARN_DAMPING_MS
                               << MIN(row->n_rivals, 16));

        row->next_write = MAX(row->next_write,
                              now + MIN(delay, LEARN_RIVAL_MAX_MS));
    }
    row->n_rivals++;
}

void
learn_rows_remove_actual(struct learn_rows *rows, const struct uuid *uuid,
                         long long int now)
{
    struct actual *actual = actual_find(rows, uuid);

    if (actual) {
        struct row *row = actual->row;

        if (row->wanted && actual->ours && !row->in_flight) {
            row_has_rival(row, now);
        }
        actual_free(rows, actual);
    }
}

void
learn_rows_begin_full(struct learn_rows *rows)
{
    rows->round++;
}

void
learn_rows_end_full(struct learn_rows *rows)
{
    struct actual *actual;

    HMAP_FOR_EACH_SAFE (actual, node, &rows->actuals) {
        if (actual->round != rows->round) {
            actual_free(rows, actual);
        }
    }
}

void
learn_rows_destroy(struct learn_rows *rows)
{
    struct rows_port *port;
    struct row *row;

    if (!rows) {
        return;
    }
    learn_rows_begin_full(rows);
    learn_rows_end_full(rows);
    HMAP_FOR_EACH_SAFE (port, node, &rows->ports) {
        learn_rows_unmanage(rows, &port->uuid);
    }
    HMAP_FOR_EACH_SAFE (row, node, &rows->rows) {
        learn_rows_unref(rows, row, LLONG_MAX);
    }
    hmap_destroy(&rows->rows);
    hmap_destroy(&rows->ports);
    hmap_destroy(&rows->datapaths);
    hmap_destroy(&rows->actuals);
    heap_destroy(&rows->timers);
    free(rows);
}

/* Counting. */

void
learn_rows_get_stats(const struct learn_rows *rows,
                     struct learn_rows_stats *stats)
{
    const struct rows_port *port;

    memset(stats, 0, sizeof *stats);
    stats->n_wanted = rows->n_wanted;
    HMAP_FOR_EACH (port, node, &rows->ports) {
        if (port->managed) {
            stats->n_actual += port->n_actual;
            stats->n_held += port->n_held;
        }
    }
}

void
learn_rows_count_port(const struct learn_rows *rows, const struct uuid *uuid,
                      size_t *n_actual, size_t *n_held)
{
    const struct rows_port *port = port_find(rows, uuid);

    *n_actual = port ? port->n_actual : 0;
    *n_held = port ? port->n_held : 0;
}

struct uuid *
learn_rows_get_ports(const struct learn_rows *rows, size_t *n)
{
    struct uuid *uuids = xmalloc((hmap_count(&rows->ports) + 1)
                                 * sizeof *uuids);
    const struct rows_port *port;

    *n = 0;
    HMAP_FOR_EACH (port, node, &rows->ports) {
        if (port->managed) {
            uuids[(*n)++] = port->uuid;
        }
    }
    return uuids;
}

unsigned int
learn_rows_get_ports_seqno(const struct learn_rows *rows)
{
    return rows->ports_seqno;
}

bool
learn_rows_has_prefix(const struct learn_rows *rows, const struct uuid *port,
                      const struct ip_prefix *prefix)
{
    const struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, learn_rows_hash(port, prefix),
                             &rows->rows) {
        if (uuid_equals(&row->key.port, port)
            && ip_prefix_equals(&row->key.prefix, prefix)
            && !ovs_list_is_empty(&row->actuals)) {
            return true;
        }
    }
    return false;
}
