/* learn-rows-take.c: which rows are to be written now.  See learn-rows.h. */
#include <config.h>
#include "controller/learn-rows-private.h"

#include <limits.h>
#include <string.h>

#include "util.h"
#include "uuid.h"

/* Queues. */

void
learn_rows_dirty(struct learn_rows *rows, struct row *row)
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

void
learn_rows_stop_timer(struct learn_rows *rows, struct row *row)
{
    if (row->timer_set) {
        heap_remove(&rows->timers, &row->timer);
        row->timer_set = false;
    }
}

static void
row_set_timer(struct learn_rows *rows, struct row *row, long long int when)
{
    learn_rows_stop_timer(rows, row);
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

        learn_rows_stop_timer(rows, row);
        learn_rows_dirty(rows, row);
    }
}

/* True if 'other' is another row of the same port and prefix. */
static bool
row_is_sibling(const struct row *row, const struct row *other)
{
    return (row != other && row->port == other->port
            && ip_prefix_equals(&row->key.prefix, &other->key.prefix));
}

/* Finds the row after 'row', or the first one if that is NULL, of those that
 * 'port' has of 'prefix'. */
static struct row *
port_next_row(const struct learn_rows *rows, const struct rows_port *port,
              const struct ip_prefix *prefix, const struct row *row)
{
    uint32_t hash = learn_rows_hash(&port->uuid, prefix);
    const struct hmap_node *node = (row ? hmap_next_with_hash(&row->node)
                                    : hmap_first_with_hash(&rows->rows, hash));

    for (; node; node = hmap_next_with_hash(node)) {
        struct row *next = CONTAINER_OF(node, struct row, node);

        if (next->port == port
            && ip_prefix_equals(&next->key.prefix, prefix)) {
            return next;
        }
    }
    return NULL;
}

/* The rows of 'PREFIX' of all managed ports of 'DATAPATH': what one says, the
 * other may say in its place. */
#define FOR_EACH_OF_ROUTER(ROW, PORT, ROWS, DATAPATH, PREFIX)               \
    HMAP_FOR_EACH_WITH_HASH (PORT, datapath_node, uuid_hash(DATAPATH),      \
                             &(ROWS)->datapaths)                            \
        if (uuid_equals(&(PORT)->datapath, DATAPATH))                       \
            for (ROW = port_next_row(ROWS, PORT, PREFIX, NULL); ROW;        \
                 ROW = port_next_row(ROWS, PORT, PREFIX, ROW))

void
learn_rows_dirty_prefix(struct learn_rows *rows, struct row *row)
{
    const struct rows_port *port;
    struct row *other;

    learn_rows_dirty(rows, row);
    if (row->port->managed
        && learn_rows_needs_mac(&row->key.prefix, row->key.family)) {
        FOR_EACH_OF_ROUTER (other, port, rows, &row->port->datapath,
                            &row->key.prefix) {
            if (!other->wanted && !ovs_list_is_empty(&other->actuals)) {
                learn_rows_dirty(rows, other);
            }
        }
    }
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

void
learn_rows_set_lost(struct row *row, bool lost)
{
    row->port->n_held += lost - row->lost;
    row->lost = lost;
}

void
learn_rows_unref(struct learn_rows *rows, struct row *row, long long int now)
{
    struct rows_port *port = row->port;

    if (row->wanted || !ovs_list_is_empty(&row->actuals)) {
        return;
    }
    learn_rows_set_lost(row, false);
    if (row->port->managed && row->next_write > now) {
        row_set_timer(rows, row, (row->next_write / 1000 + 1) * 1000);
        return;
    }
    learn_rows_stop_timer(rows, row);
    row_unqueue(row);
    hmap_remove(&rows->rows, &row->node);
    ovs_list_remove(&row->port_node);
    free(row);
    learn_rows_port_index(rows, port);
    learn_rows_port_unref(rows, port);
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
        learn_rows_set_lost(row, true);
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

/* Until when 'row', which is there and not wanted, stays because all that is
 * to follow it waits for MAC addresses. */
static long long int
row_followed_at(const struct learn_rows *rows, const struct row *row,
                long long int now)
{
    long long int when = LLONG_MAX;
    const struct rows_port *port;
    struct row *other;

    FOR_EACH_OF_ROUTER (other, port, rows, &row->port->datapath,
                        &row->key.prefix) {
        if (other->wanted) {
            when = (ovs_list_is_empty(&other->actuals)
                    ? MIN(when, row_patient_until(other, now)) : 0);
        }
    }
    return when < LLONG_MAX ? when : 0;
}

/* Looks at 'row', which was dirty and is in no queue.  It is put where it
 * belongs. */
static void
run_row(struct learn_rows *rows, struct row *row, long long int now,
        struct learn_row_op *ops, size_t *n, size_t max)
{
    long long int when;

    learn_rows_stop_timer(rows, row);
    if (!row->port->managed || row_is_right(row)) {
        learn_rows_unref(rows, row, now);
        return;
    }
    when = row_damped_until(rows, row);
    when = MAX(when, (row->wanted ? row_patient_until(row, now)
                      : MAX(row_held_until(rows, row, now),
                            row_followed_at(rows, row, now))));
    if (when > now) {
        row_set_timer(rows, row, when);
        return;
    }
    row_ops(row, ops, n, max);
    row->in_flight = true;
    ovs_list_push_back(&rows->in_flight, &row->queue_node);
}

/* Counts the dirty rows of 'prefix' of the managed ports of 'datapath', and
 * stores one in '*any'; NULL if there is none. */
static size_t
find_dirty(const struct learn_rows *rows, const struct uuid *datapath,
           const struct ip_prefix *prefix, struct row **any)
{
    const struct rows_port *port;
    struct row *row;
    size_t n = 0;

    *any = NULL;
    FOR_EACH_OF_ROUTER (row, port, rows, datapath, prefix) {
        if (!row->in_flight && !ovs_list_is_empty(&row->queue_node)) {
            *any = row;
            n++;
        }
    }
    return n;
}

/* Looks at all dirty rows of the prefix of 'row', which is one: what goes and
 * what comes in its place are to be in one transaction. */
static void
run_prefix(struct learn_rows *rows, struct row *row, long long int now,
           struct learn_row_op *ops, size_t *n, size_t max)
{
    const struct ip_prefix prefix = row->key.prefix;
    const struct uuid datapath = row->port->datapath;

    do {
        row_unqueue(row);
        run_row(rows, row, now, ops, n, max);
    } while (*n < max && find_dirty(rows, &datapath, &prefix, &row));
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
        struct row *any;

        row = CONTAINER_OF(ovs_list_front(&rows->dirty), struct row,
                           queue_node);
        if (n && n + find_dirty(rows, &row->port->datapath, &row->key.prefix,
                                &any) > max) {
            break;              /* All of the prefix, the next time. */
        }
        run_prefix(rows, row, now, ops, &n, max);
    }

    /* Only now, so that rows of one prefix go out together. */
    LIST_FOR_EACH (row, queue_node, &rows->in_flight) {
        row->next_write = now + LEARN_DAMPING_MS;
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
            learn_rows_unref(rows, row, now);
        } else {
            learn_rows_dirty(rows, row);
        }
    }
}

long long int
learn_rows_next_due(const struct learn_rows *rows)
{
    return ovs_list_is_empty(&rows->dirty) ? timer_due(rows) : 0;
}

