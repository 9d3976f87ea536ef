/* learn-rows.c: see the header.
 *
 * A row of the table and a wish for it are one node here, known by its key.
 * Each node that may need a write is on the list 'dirty'; one that must wait,
 * for damping or for the hold time, is in the heap 'timers' and gets on the
 * list when its time has come; those of the transaction under way are on the
 * list 'in_flight'. */
#include <config.h>
#include "controller/learn-rows.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "util.h"
#include "uuid.h"

/* A port whose rows are here, because it is managed or because the table has
 * rows of it. */
struct rows_port {
    struct hmap_node node;      /* In struct learn_rows's 'ports'. */
    struct uuid uuid;
    struct uuid datapath;       /* If managed. */
    struct ovs_list rows;       /* Of struct row. */
    bool managed;
    bool ready;
    size_t n_actual;            /* Rows with something in the table. */
    size_t n_held;

    /* Hold. */
    long long int hold_ms;
    long long int window_start; /* When rows began to be lost. */
    size_t window_base;         /* How many there were then. */
    size_t window_lost;         /* How many were lost since. */
    long long int hold_until;   /* Lost rows stay until then. */
};

/* A row of the table. */
struct actual {
    struct hmap_node node;      /* In struct learn_rows's 'actuals'. */
    struct ovs_list row_node;   /* In 'row->actuals'. */
    struct uuid uuid;
    struct uuid datapath;
    struct row *row;
    struct learn_row_value value;
    bool ours;                  /* This chassis wrote it. */
    unsigned int round;         /* When last stated. */
};

struct row {
    struct hmap_node node;      /* In struct learn_rows's 'rows', by port and
                                 * prefix. */
    struct ovs_list port_node;  /* In 'port->rows'. */
    struct ovs_list queue_node; /* In 'dirty' or 'in_flight', or in none. */
    struct heap_node timer;     /* In 'timers', if 'timer_set'. */
    bool timer_set;
    struct rows_port *port;
    struct learn_row_key key;
    struct ovs_list actuals;    /* Of struct actual; one, if all is well. */
    bool wanted;
    struct learn_row_value value; /* If wanted. */
    bool may_hold;              /* If not wanted: the hold time applies. */
    bool lost;                  /* Counted in 'port->n_held'. */
    long long int lost_until;   /* If lost: it stays until then at least. */
    long long int next_write;   /* Damping: not before. */
    long long int patient_until; /* If wanted: it is not inserted without its
                                  * MAC address before; 0: never tried. */
    bool in_flight;             /* In the list of that name. */
    unsigned int n_rivals;      /* Times that someone else deleted it, in
                                 * short succession, */
    long long int last_rival;   /* the last time then. */
};

struct learn_rows {
    struct hmap rows;           /* Of struct row. */
    struct hmap ports;          /* Of struct rows_port. */
    struct hmap actuals;        /* Of struct actual, by UUID. */
    struct ovs_list dirty;      /* Of struct row. */
    struct ovs_list in_flight;  /* Of struct row. */
    struct heap timers;         /* Of struct row; the earliest on top. */
    unsigned int round;
    unsigned int ports_seqno;   /* Changes with the managed ports. */
    size_t n_wanted;
};

struct learn_rows *
learn_rows_create(void)
{
    struct learn_rows *rows = xzalloc(sizeof *rows);

    hmap_init(&rows->rows);
    hmap_init(&rows->ports);
    hmap_init(&rows->actuals);
    ovs_list_init(&rows->dirty);
    ovs_list_init(&rows->in_flight);
    heap_init(&rows->timers);
    return rows;
}

/* Queues. */

static void
row_dirty(struct learn_rows *rows, struct row *row)
{
    if (ovs_list_is_empty(&row->queue_node)) {
        ovs_list_push_back(&rows->dirty, &row->queue_node);
    }
}

static void
row_unqueue(struct row *row)
{
    ovs_list_remove(&row->queue_node);
    ovs_list_init(&row->queue_node);
}

static void
row_stop_timer(struct learn_rows *rows, struct row *row)
{
    if (row->timer_set) {
        heap_remove(&rows->timers, &row->timer);
        row->timer_set = false;
    }
}

static void
row_set_timer(struct learn_rows *rows, struct row *row, long long int when)
{
    row_stop_timer(rows, row);
    heap_insert(&rows->timers, &row->timer, UINT64_MAX - when);
    row->timer_set = true;
}

static long long int
timer_due(const struct learn_rows *rows)
{
    return (heap_is_empty(&rows->timers) ? LLONG_MAX
            : (long long int) (UINT64_MAX
                               - heap_max(&rows->timers)->priority));
}

static void
run_timers(struct learn_rows *rows, long long int now)
{
    while (timer_due(rows) <= now) {
        struct row *row = CONTAINER_OF(heap_max(&rows->timers), struct row,
                                       timer);

        row_stop_timer(rows, row);
        row_dirty(rows, row);
    }
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

static void
port_unref(struct learn_rows *rows, struct rows_port *port)
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
        row_dirty(rows, row);
    }
}

/* Rows. */

static uint32_t
hash_place(const struct uuid *port, const struct ip_prefix *prefix)
{
    return ip_prefix_hash(prefix, uuid_hash(port));
}

static uint32_t
row_hash(const struct learn_row_key *key)
{
    return hash_place(&key->port, &key->prefix);
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
        ovs_list_init(&row->queue_node);
        ovs_list_init(&row->actuals);
        hmap_insert(&rows->rows, &row->node, row_hash(key));
    }
    return row;
}

/* True if 'other' is another row of the same port and prefix. */
static bool
row_is_sibling(const struct row *row, const struct row *other)
{
    return (row != other && row->port == other->port
            && ip_prefix_equals(&row->key.prefix, &other->key.prefix));
}

/* When damping lets the row's prefix be written. */
static long long int
row_damped_until(const struct learn_rows *rows, const struct row *row)
{
    long long int when = row->next_write;
    const struct row *other;

    HMAP_FOR_EACH_WITH_HASH (other, node, row->node.hash, &rows->rows) {
        if (row_is_sibling(row, other)) {
            when = MAX(when, other->next_write);
        }
    }
    return when;
}

static bool
row_has_wanted_sibling(const struct learn_rows *rows, const struct row *row)
{
    const struct row *other;

    HMAP_FOR_EACH_WITH_HASH (other, node, row->node.hash, &rows->rows) {
        if (other->wanted && row_is_sibling(row, other)) {
            return true;
        }
    }
    return false;
}

static void
row_set_lost(struct row *row, bool lost)
{
    row->port->n_held += lost - row->lost;
    row->lost = lost;
}

/* Frees 'row' if nothing needs it.  For the sake of damping, it outlives its
 * deletion from the table a bit; at a full second, so that many that go one by
 * one do not wake the program up as often. */
static void
row_unref(struct learn_rows *rows, struct row *row, long long int now)
{
    struct rows_port *port = row->port;

    if (row->wanted || !ovs_list_is_empty(&row->actuals)) {
        return;
    }
    row_set_lost(row, false);
    if (row->port->managed && row->next_write > now) {
        row_set_timer(rows, row, (row->next_write / 1000 + 1) * 1000);
        return;
    }
    row_stop_timer(rows, row);
    row_unqueue(row);
    hmap_remove(&rows->rows, &row->node);
    ovs_list_remove(&row->port_node);
    free(row);
    port_unref(rows, port);
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
    port->managed = true;
    port->datapath = *datapath;
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
        row_set_lost(row, false);
        row_stop_timer(rows, row);
        row_unref(rows, row, 0);
    }
    port->managed = port->ready = false;
    rows->ports_seqno++;
    port->window_start = port->hold_until = 0;
    port_unref(rows, port);
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
        row_set_lost(row, false);
        row_dirty(rows, row);
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
        row_dirty(rows, row);
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
    row_dirty(rows, row);
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
    row_dirty(rows, row);
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
        row_unref(rows, row, LLONG_MAX);
    }
    hmap_destroy(&rows->rows);
    hmap_destroy(&rows->ports);
    hmap_destroy(&rows->actuals);
    heap_destroy(&rows->timers);
    free(rows);
}

/* Deciding. */

/* Until when 'row', which is there and not wanted, stays. */
static long long int
row_held_until(const struct learn_rows *rows, struct row *row,
               long long int now)
{
    struct rows_port *port = row->port;
    const struct actual *actual = CONTAINER_OF(ovs_list_front(&row->actuals),
                                               struct actual, row_node);

    if (!row->may_hold || !port->hold_ms || !actual->ours
        || row_has_wanted_sibling(rows, row)) {
        return 0;
    }
    if (!row->lost) {
        if (!port->window_start
            || now >= port->window_start + LEARN_WINDOW_MS) {
            port->window_start = now;
            port->window_base = port->n_actual - port->n_held;
            port->window_lost = 0;
        }
        row_set_lost(row, true);
        row->lost_until = port->window_start + LEARN_WINDOW_MS;
        if (++port->window_lost * 2 > port->window_base) {
            port->hold_until = MAX(port->hold_until,
                                   port->window_start + port->hold_ms);
        }
    }

    return MAX(port->hold_until, row->lost_until);
}

/* True if 'actual' says what is wanted.  What we wrote before of a MAC address
 * that is not known now, holds until another one is. */
static bool
actual_is_right(const struct row *row, const struct actual *actual)
{
    return (actual->ours
            && uuid_equals(&actual->datapath, &row->port->datapath)
            && actual->value.weight == row->value.weight
            && (!row->value.mac[0]
                || !strcmp(actual->value.mac, row->value.mac)));
}

static void
add_op(struct learn_row_op *ops, size_t *n, enum learn_row_op_type type,
       const struct row *row, const struct actual *actual)
{
    struct learn_row_op *op = &ops[(*n)++];

    memset(op, 0, sizeof *op);
    op->type = type;
    op->key = row->key;
    op->value = row->value;
    op->datapath = row->port->datapath;
    if (actual) {
        op->uuid = actual->uuid;
        if (actual->ours && !op->value.mac[0]) {
            op->value = actual->value;
            op->value.weight = row->value.weight;
        }
    }
}

/* Appends what is to be done about 'row' to 'ops', of which at least one is
 * free.  What does not fit shows again when this is done. */
static void
row_ops(const struct row *row, struct learn_row_op *ops, size_t *n, size_t max)
{
    const struct actual *actual;
    bool kept = false;

    if (row->wanted && ovs_list_is_empty(&row->actuals)) {
        add_op(ops, n, LEARN_ROW_INSERT, row, NULL);
    }
    LIST_FOR_EACH (actual, row_node, &row->actuals) {
        if (*n >= max) {
            break;
        } else if (!row->wanted || kept) {
            if (row->port->ready) {
                add_op(ops, n, LEARN_ROW_DELETE, row, actual);
            }
            continue;
        }
        kept = true;
        if (!actual_is_right(row, actual)) {
            add_op(ops, n, LEARN_ROW_UPDATE, row, actual);
        }
    }
}

/* True if 'row' is as it should be. */
static bool
row_is_right(const struct row *row)
{
    struct learn_row_op op;
    size_t n = 0;

    row_ops(row, &op, &n, 1);
    return !n;
}

/* Until when 'row', which is wanted, waits for its MAC address. */
static long long int
row_patient_until(struct row *row, long long int now)
{
    if (row->value.mac[0] || !ovs_list_is_empty(&row->actuals)
        || !learn_rows_needs_mac(&row->key.prefix, row->key.family)) {
        return 0;
    }
    if (!row->patient_until) {
        row->patient_until = now + LEARN_PATIENCE_MS;
    }
    return row->patient_until;
}

/* Looks at 'row', which was dirty and is in no queue.  It is put where it
 * belongs. */
static void
run_row(struct learn_rows *rows, struct row *row, long long int now,
        struct learn_row_op *ops, size_t *n, size_t max)
{
    long long int when;

    row_stop_timer(rows, row);
    if (!row->port->managed || row_is_right(row)) {
        row_unref(rows, row, now);
        return;
    }
    when = row_damped_until(rows, row);
    when = MAX(when, (row->wanted ? row_patient_until(row, now)
                      : row_held_until(rows, row, now)));
    if (when > now) {
        row_set_timer(rows, row, when);
        return;
    }
    row_ops(row, ops, n, max);
    ovs_list_push_back(&rows->in_flight, &row->queue_node);
}

size_t
learn_rows_take(struct learn_rows *rows, long long int now,
                struct learn_row_op *ops, size_t max)
{
    struct row *row;
    size_t n = 0;

    ovs_assert(ovs_list_is_empty(&rows->in_flight));
    run_timers(rows, now);
    while (n < max && !ovs_list_is_empty(&rows->dirty)) {
        row = CONTAINER_OF(ovs_list_front(&rows->dirty), struct row,
                           queue_node);
        row_unqueue(row);
        run_row(rows, row, now, ops, &n, max);
    }

    /* Only now, so that rows of one prefix go out together. */
    LIST_FOR_EACH (row, queue_node, &rows->in_flight) {
        row->next_write = now + LEARN_DAMPING_MS;
        row->in_flight = true;
    }
    return n;
}

void
learn_rows_done(struct learn_rows *rows, long long int now)
{
    struct row *row;

    LIST_FOR_EACH_POP (row, queue_node, &rows->in_flight) {
        ovs_list_init(&row->queue_node);
        row->in_flight = false;
        if (row->port->managed && row_is_right(row)) {
            row_unref(rows, row, now);
        } else {
            row_dirty(rows, row);
        }
    }
}

long long int
learn_rows_next_due(const struct learn_rows *rows)
{
    return ovs_list_is_empty(&rows->dirty) ? timer_due(rows) : 0;
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

    HMAP_FOR_EACH_WITH_HASH (row, node, hash_place(port, prefix),
                             &rows->rows) {
        if (uuid_equals(&row->key.port, port)
            && ip_prefix_equals(&row->key.prefix, prefix)
            && !ovs_list_is_empty(&row->actuals)) {
            return true;
        }
    }
    return false;
}
