/* route-exchange-engine.c: when the engine does what.
 *
 * Tables come and go here; changes that the mirror reports are turned into
 * slots and devices to look at; dumps are chosen and paced; operations are
 * queued and their outcomes passed on. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "util.h"

/* So many dumps of one scope may follow each other without pause: when a table
 * is emptied by force, it takes a few until the dust has settled. */
#define FREE_DUMPS 5

/* From then on, if it is no error but changes in the kernel that call for them,
 * as a flapping device does, a dump is followed by a pause that bounds what
 * they cost to a twentieth of the time.  But as the table is not trusted
 * meanwhile, and nothing of it is learned, the pause has a limit. */
#define DUMP_PAUSE_FACTOR 20
#define DUMP_PAUSE_MIN_MS 1000
#define DUMP_PAUSE_MAX_MS 10000

/* Disturbed dumps in a row that are nothing to report. */
#define QUIET_FAILURES 3

/* Tables. */

struct re_table *
re_table_find(const struct route_exchange *re, uint32_t table_id)
{
    struct re_table *table;

    HMAP_FOR_EACH_WITH_HASH (table, node, hash_int(table_id, 0),
                             &re->tables) {
        if (table->table_id == table_id) {
            return table;
        }
    }
    return NULL;
}

static void
tables_changed(struct route_exchange *re)
{
    free(re->sorted);
    re->sorted = NULL;
    re->links_changed = true;
    re->problems_changed = true;
}

/* Returns the table 'table_id', made and watched if it was not. */
struct re_table *
re_table_get(struct route_exchange *re, uint32_t table_id)
{
    struct re_table *table = re_table_find(re, table_id);

    if (!table) {
        table = xzalloc(sizeof *table);
        table->table_id = table_id;
        table->vrf_detaches = -1;
        hmap_init(&table->slots);
        ovs_list_init(&table->todo);
        ovs_list_init(&table->removals);
        ovs_list_init(&table->failed);
        hmap_insert(&re->tables, &table->node, hash_int(table_id, 0));
        kernel_mirror_watch(re->mirror, table_id);
        tables_changed(re);
    }
    return table;
}

void
re_table_free(struct route_exchange *re, struct re_table *table)
{
    struct re_slot *slot;

    kernel_mirror_forget(re->mirror, table->table_id);
    HMAP_FOR_EACH_SAFE (slot, node, &table->slots) {
        re_slot_free(re, slot);
    }
    hmap_destroy(&table->slots);
    hmap_remove(&re->tables, &table->node);
    free(table->hold.reason);
    free(table->vrf_hold.reason);
    free(table->vrf_problem);
    free(table);
    tables_changed(re);
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct re_table *const *a = a_, *const *b = b_;

    return ((*a)->table_id > (*b)->table_id) - ((*a)->table_id
                                                < (*b)->table_id);
}

/* Returns the tables in ascending order, valid until one comes or goes. */
struct re_table *const *
re_tables_sorted(const struct route_exchange *re_, size_t *n)
{
    struct route_exchange *re = CONST_CAST(struct route_exchange *, re_);

    *n = 0;
    if (!re->sorted) {
        struct re_table *table;

        re->sorted = xmalloc((hmap_count(&re->tables) + 1)
                             * sizeof *re->sorted);
        HMAP_FOR_EACH (table, node, &re->tables) {
            re->sorted[(*n)++] = table;
        }
        qsort(re->sorted, *n, sizeof *re->sorted, compare_tables);
    }
    *n = hmap_count(&re->tables);
    return re->sorted;
}

/* Time. */

/* Returns a number to spread retries with. */
uint32_t
re_random(struct route_exchange *re)
{
    re->seed = hash_int(re->seed + 1, 0);
    return re->seed;
}

void
re_wake_at(struct route_exchange *re, long long int when)
{
    re->wake_at = MIN(re->wake_at, when);
}

void
re_hold(struct route_exchange *re, struct re_hold *hold, enum re_op_type op,
        int error, const char *reason)
{
    if (!hold->error || retry_gate_is_open(&hold->gate, re->now)) {
        retry_gate_failed(&hold->gate, re->now, re_random(re));
    }
    hold->error = error;
    hold->op = op;
    free(hold->reason);
    hold->reason = nullable_xstrdup(reason);
    re->problems_changed = true;
}

bool
re_hold_passes(struct route_exchange *re, struct re_hold *hold)
{
    if (hold->error && !retry_gate_is_open(&hold->gate, re->now)) {
        re_wake_at(re, hold->gate.due);
        return false;
    }
    return true;
}

void
re_hold_clear(struct route_exchange *re, struct re_hold *hold)
{
    if (hold->error) {
        hold->error = 0;
        free(hold->reason);
        hold->reason = NULL;
        re->problems_changed = true;
    }
}

/* Doubt. */

void
re_suspect(struct route_exchange *re, uint32_t scope, const char *reason)
{
    re->stats.last_resync = re->now;
    re->stats.last_resync_reason = reason;
    if (scope == KM_SCOPE_OURS) {
        kernel_mirror_lost(re->mirror);
    } else {
        kernel_mirror_suspect(re->mirror, scope);
    }
    re_foreign_lost(re);
}

void
re_doubt(struct route_exchange *re, const struct re_table *table)
{
    struct re_op *op;

    LIST_FOR_EACH (op, node, &re->in_flight) {
        if (op->slot && (table ? op->table == table : op->route.n_nexthops)) {
            op->slot->doubt = true;
        }
    }
}

/* Operations. */

void
re_emit(struct route_exchange *re, const struct re_op *op)
{
    struct re_op *copy = (ovs_list_is_empty(&re->spare)
                          ? xmalloc(sizeof *copy)
                          : CONTAINER_OF(ovs_list_pop_back(&re->spare),
                                         struct re_op, node));

    *copy = *op;
    copy->route.nexthops = &copy->nexthop;
    ovs_list_push_back(&re->outgoing, &copy->node);
    re->n_outgoing++;
}

void
re_outcome(struct route_exchange *re, int error, const char *reason)
{
    struct re_op *op;

    ovs_assert(!ovs_list_is_empty(&re->in_flight));
    op = CONTAINER_OF(ovs_list_pop_front(&re->in_flight), struct re_op, node);
    if (op->slot) {
        re_route_outcome(re, op, error, reason);
    } else {
        re_vrf_outcome(re, op, error, reason);
    }
    ovs_list_push_back(&re->spare, &op->node);
}

/* What the mirror reports. */

static void
route_changed(void *re_, const struct nl_route_key *key, bool own)
{
    struct route_exchange *re = re_;
    struct re_table *table = re_table_find(re, key->table_id);
    const struct kernel_route *route = NULL;
    struct re_slot *slot;

    if (!table) {
        return;
    }
    re_foreign_route_changed(re, key, own);
    slot = re_slot_find(table, key);
    while (!slot
           && (route = kernel_mirror_find(re->mirror, key, route)) != NULL) {
        if (route->route.protocol == DR_RTPROT_OVN) {
            slot = re_slot_get(table, key);
        }
    }
    table->recheck |= !own && !ovs_list_is_empty(&table->failed);
    if (slot) {
        slot->doubt |= !own;
        if (slot->state == RE_SLOT_FAILED && !own) {
            re_slot_open_gate(slot);
        }
        re_slot_touch(slot);
    }
}

static void
table_changed(void *re_, uint32_t table_id)
{
    struct route_exchange *re = re_;
    struct re_table *table = re_table_find(re, table_id);

    switch (kernel_mirror_get_state(re->mirror, table_id)) {
    case KM_SYNCED:
        if (table) {
            table->rescan = table->recheck = true;
        }
        break;
    case KM_SUSPECT:
        if (re->stats.last_resync != re->now
            || !re->stats.last_resync_reason) {
            re->stats.last_resync = re->now;
            re->stats.last_resync_reason = "routes changed in a way that the "
                                           "kernel does not tell";
        }
        break;
    case KM_DUMPING:
        if (table) {
            re_doubt(re, table);
        }
        break;
    case KM_UNKNOWN:
        break;
    }
    re_foreign_table_changed(re, table_id);
}

static void
found(struct route_exchange *re, uint32_t table_id)
{
    if (re->n_found >= re->allocated_found) {
        re->found = x2nrealloc(re->found, &re->allocated_found,
                               sizeof *re->found);
    }
    re->found[re->n_found++] = table_id;
}

static void
links_changed(void *re_, const struct nl_link *link)
{
    struct route_exchange *re = re_;

    re->links_changed = true;
    re_foreign_links_changed(re, link);
}

/* Only what the first search brings was left by an earlier life.  What comes
 * later to a table that is not ours is someone else's doing, whatever protocol
 * it carries (D12). */
static void
route_found(void *re_, uint32_t table_id)
{
    struct route_exchange *re = re_;

    if (re->searched) {
        return;
    }
    if (!re->n_found || re->found[re->n_found - 1] != table_id) {
        found(re, table_id);
    }
}

const struct kernel_mirror_observer re_observer = {
    .route_changed = route_changed,
    .table_changed = table_changed,
    .links_changed = links_changed,
    .route_found = route_found,
};

/* Dumps. */

/* True if 'scope' is to be dumped now. */
static bool
dump_due(struct route_exchange *re, uint32_t scope,
         struct re_dump_gate *gate)
{
    switch (kernel_mirror_get_state(re->mirror, scope)) {
    case KM_UNKNOWN:
    case KM_SUSPECT:
        break;
    case KM_DUMPING:
    case KM_SYNCED:
        return false;
    }
    if (!retry_gate_is_open(&gate->gate, re->now)) {
        re_wake_at(re, gate->gate.due);
        return false;
    }
    return true;
}

/* Notes that a dump begins, and closes the gate if there were many. */
static void
dump_begins(struct route_exchange *re, struct re_dump_gate *gate)
{
    if (re->now - gate->last > BACKOFF_MAX_MS) {
        gate->n_recent = 0;
    }
    gate->last = re->now;
    if (++gate->n_recent < FREE_DUMPS) {
        return;
    }
    if (gate->error && gate->error != EINTR) {
        retry_gate_failed(&gate->gate, re->now, re_random(re));
    } else {
        long long int pause = gate->took * DUMP_PAUSE_FACTOR;

        pause = MAX(pause, DUMP_PAUSE_MIN_MS);
        gate->gate.due = re->now + MIN(pause, DUMP_PAUSE_MAX_MS);
    }
}

static struct re_dump_gate *
gate_of_scope(struct route_exchange *re, uint32_t scope)
{
    struct re_table *table;

    switch (scope) {
    case KM_SCOPE_LINKS:
        return &re->links_gate;
    case KM_SCOPE_OURS:
        return &re->ours_gate;
    default:
        table = re_table_find(re, scope);
        return table ? &table->dump_gate : NULL;
    }
}

bool
re_next_dump(struct route_exchange *re, uint32_t *scope)
{
    struct re_table *const *tables;
    size_t n;

    if (dump_due(re, KM_SCOPE_LINKS, &re->links_gate)) {
        *scope = KM_SCOPE_LINKS;
    } else if (!re->searched
               && dump_due(re, KM_SCOPE_OURS, &re->ours_gate)) {
        *scope = KM_SCOPE_OURS;
    } else {
        bool due = false;

        /* One that is only to be emptied can wait until that may be done:
         * meanwhile the host may come to want it, and has better use for the
         * memory. */
        tables = re_tables_sorted(re, &n);
        for (size_t i = 0; i < n && !due; i++) {
            if ((tables[i]->wanted || re->complete)
                && dump_due(re, tables[i]->table_id, &tables[i]->dump_gate)) {
                *scope = tables[i]->table_id;
                due = true;
            }
        }
        if (!due) {
            return false;
        }
    }
    dump_begins(re, gate_of_scope(re, *scope));
    re->stats.n_dumps++;
    return true;
}

void
re_gate_note(struct route_exchange *re, struct re_dump_gate *gate, int error)
{
    if (gate->error != error) {
        gate->error = error;
        re->problems_changed = true;
    }
    gate->n_failed = error ? gate->n_failed + 1 : 0;
    if (gate->n_failed == QUIET_FAILURES) {
        re->problems_changed = true;
    }
}

void
re_dump_ended(struct route_exchange *re, uint32_t scope, int error)
{
    struct re_dump_gate *gate = gate_of_scope(re, scope);

    if (!gate) {
        return;
    }
    gate->took = re->now - gate->last;
    re_gate_note(re, gate, error);
    if (scope == KM_SCOPE_OURS && !error) {
        re->searched = true;
        if (!re->looked) {
            re->looked = true;
            re->found_own = kernel_mirror_saw_ours(re->mirror);
        }
    }
}

/* Reconciling. */

static bool
is_synced(const struct route_exchange *re, uint32_t scope)
{
    return kernel_mirror_get_state(re->mirror, scope) == KM_SYNCED;
}

/* Notes a device of ours. */
static void
find_vrf(void *re_, const struct nl_link *link)
{
    struct route_exchange *re = re_;

    if (re_vrf_is_ours(re, link)) {
        found(re, link->vrf_table);
    }
}

/* Takes charge of tables that nobody wants and that have something of ours,
 * from an earlier life: as ones that are to be emptied.  That is done once; a
 * table that was ours later stays known until it is empty. */
static void
adopt_found(struct route_exchange *re)
{
    if (!re->links_searched && is_synced(re, KM_SCOPE_LINKS)) {
        kernel_mirror_for_each_vrf(re->mirror, find_vrf, re);
        re->links_searched = true;
    }
    for (size_t i = 0; i < re->n_found; i++) {
        if (re->found[i] != KM_SCOPE_LINKS && re->found[i] != KM_SCOPE_OURS) {
            struct re_table *table = re_table_get(re, re->found[i]);

            table->inherited |= !table->wanted;
        }
    }
    re->n_found = 0;
}

/* Frees 'table' if nobody wants it and nothing of ours is left in it. */
static void
free_if_done(struct route_exchange *re, struct re_table *table)
{
    if (!table->wanted
        && !table->n_in_flight
        && !table->vrf_in_flight
        && !table->rescan
        && hmap_is_empty(&table->slots)
        && is_synced(re, table->table_id)
        && !re_vrf_lingers(re, table)) {
        re_table_free(re, table);
    }
}

static void
run_timers(struct route_exchange *re)
{
    while (!heap_is_empty(&re->timers)) {
        struct heap_node *node = heap_max(&re->timers);

        if ((long long int) (UINT64_MAX - node->priority) > re->now) {
            break;
        }
        re_slot_timer(re, CONTAINER_OF(node, struct re_trouble, timer)->slot);
    }
}

static void
run_routes(struct route_exchange *re, struct re_table *table)
{
    if (table->rescan || table->reannounce) {
        table->rescan = false;
        re_routes_rescan(re, table);
    }
    re_routes_recheck(re, table);
    if (re_vrf_allows_routes(table)) {
        re_routes_run(re, table);
    }
}

void
re_reconcile(struct route_exchange *re)
{
    struct re_table *const *tables;
    bool links_synced;
    size_t n;

    run_timers(re);
    if (re->now >= re->burst_end) {
        re->burst_left = re->max_burst;
        re->burst_end = re->now + RE_BURST_MS;
    }
    adopt_found(re);
    links_synced = is_synced(re, KM_SCOPE_LINKS);

    /* Devices come before routes, and go, or are given away, after them. */
    tables = re_tables_sorted(re, &n);
    for (size_t i = 0; i < n; i++) {
        if (links_synced && tables[i]->wanted) {
            re_vrf_run(re, tables[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (links_synced && is_synced(re, tables[i]->table_id)) {
            run_routes(re, tables[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (links_synced && !tables[i]->vrf_name[0]) {
            re_vrf_run(re, tables[i]);
        }
    }
    re->links_changed &= !links_synced;
    for (size_t i = n; i-- > 0; ) {
        struct re_table *table = re_tables_sorted(re, &n)[i];

        free_if_done(re, table);
    }
}
