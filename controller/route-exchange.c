/* route-exchange.c: what the host feeds the engine, and asks of it.  See
 * include/ovn/route-exchange.h, and route-exchange-engine.h for the rest. */
#include <config.h>
#include "ovn/route-exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/route-exchange-engine.h"
#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "util.h"

/* The mark of a device of ours, before the owner. */
#define MARK "ovn-route-exchange "

struct route_exchange *
route_exchange_create(const struct route_exchange_config *config)
{
    struct route_exchange *re = xzalloc(sizeof *re);

    re->transport = config->transport;
    snprintf(re->mark, sizeof re->mark, MARK"%s", config->owner);
    re->max_burst = config->max_burst ? config->max_burst : RE_MAX_BURST;
    re->seed = hash_string(re->mark, 0);
    re->birthmark = re->seed | 1u << 30;    /* Far from people's numbers. */
    re->mirror = kernel_mirror_create(&re_observer, re);
    re_foreign_init(re);
    hmap_init(&re->tables);
    heap_init(&re->timers);
    ovs_list_init(&re->outgoing);
    ovs_list_init(&re->in_flight);
    ovs_list_init(&re->spare);
    problem_set_init(&re->problems);
    re->busy = true;
    return re;
}

static void
free_ops(struct ovs_list *ops)
{
    struct re_op *op;

    LIST_FOR_EACH_POP (op, node, ops) {
        free(op);
    }
}

void
route_exchange_destroy(struct route_exchange *re)
{
    struct re_table *table;

    if (!re) {
        return;
    }
    free_ops(&re->outgoing);
    free_ops(&re->in_flight);
    free_ops(&re->spare);
    free(re->messages);
    HMAP_FOR_EACH_SAFE (table, node, &re->tables) {
        re_table_free(re, table);
    }
    hmap_destroy(&re->tables);
    heap_destroy(&re->timers);
    kernel_mirror_destroy(re->mirror);
    re_foreign_destroy(re);
    problem_set_destroy(&re->problems);
    nl_transport_close(re->transport);
    free(re->found);
    free(re->sorted);
    free(re);
}

/* The desired state. */

/* Drops the wants of 'slot'. */
static void
clear_wants(struct route_exchange *re, struct re_slot *slot)
{
    re_slot_clear_wants(slot);
    slot->no_nexthop = slot->no_fallback = false;
    re_slot_set_state(re, slot, RE_SLOT_PENDING);
    re_slot_open_gate(slot);
    re_slot_touch(slot);
}

void
route_exchange_remove_table(struct route_exchange *re, uint32_t table_id)
{
    struct re_table *table = re_table_find(re, table_id);
    struct re_slot *slot;

    if (!table || !table->wanted) {
        return;
    }
    table->wanted = false;
    table->no_guard = false;
    table->vrf_name[0] = '\0';
    HMAP_FOR_EACH (slot, node, &table->slots) {
        if (slot->wanted) {
            clear_wants(re, slot);
        }
    }
    re->problems_changed = true;
    re->busy = true;
}

static bool
all_zero(const uint8_t *bytes, size_t n)
{
    static const uint8_t zeros[16];

    ovs_assert(n <= sizeof zeros);
    return !memcmp(bytes, zeros, n);
}

/* True if 'route' is in normal form. */
static bool
route_is_valid(const struct route_exchange_route *route)
{
    const struct ip_prefix *prefix = &route->prefix;
    struct ip_prefix normal;
    size_t n = 0;

    if (ip_prefix_from_bytes(prefix->family, prefix->addr, prefix->plen,
                             &normal)
        || !ip_prefix_equals(prefix, &normal)
        || !route->metric
        || route->metric == ROUTE_EXCHANGE_GUARD_METRIC) {
        return false;
    }
    if (route->nexthop_family) {
        if (route->nexthop_family != AF_INET
            && (route->nexthop_family != AF_INET6)) {
            return false;
        }
        n = ip_prefix_addr_len(route->nexthop_family);
    }
    return all_zero(route->nexthop + n, sizeof route->nexthop - n);
}

static void
route_to_key(const struct route_exchange_route *route,
             struct nl_route_key *key)
{
    memset(key, 0, sizeof *key);
    key->table_id = route->table_id;
    key->metric = route->metric;
    key->prefix = route->prefix;
}

static struct re_want
route_to_want(const struct route_exchange_route *route)
{
    struct re_want want = { .nexthop_family = route->nexthop_family };

    memcpy(want.nexthop, route->nexthop, sizeof want.nexthop);
    return want;
}

/* What is wanted in 'slot' changed, in what counts if 'first' is true. */
static void
wants_changed(struct route_exchange *re, struct re_slot *slot, bool first)
{
    if (first) {
        slot->no_nexthop = slot->no_fallback = false;
        re_slot_open_gate(slot);
        re_slot_set_state(re, slot, RE_SLOT_PENDING);
    }
    re_slot_touch(slot);
    re->busy = true;
}

/* Wants 'want' in 'slot'. */
static void
add_want(struct route_exchange *re, struct re_slot *slot,
         const struct re_want *want)
{
    bool first = re_slot_add_want(slot, want);

    re->problems_changed |= !first;
    wants_changed(re, slot, first);
}

int
route_exchange_add_route(struct route_exchange *re,
                         const struct route_exchange_route *route)
{
    struct re_table *table = re_table_find(re, route->table_id);
    struct nl_route_key key;
    struct re_slot *slot;
    struct re_want want;

    if (!route_is_valid(route)) {
        return EINVAL;
    } else if (!table || !table->wanted) {
        return ENOENT;
    }
    route_to_key(route, &key);
    slot = re_slot_get(table, &key);
    want = route_to_want(route);
    if (re_slot_has_want(slot, &want)) {
        return EEXIST;
    }
    add_want(re, slot, &want);
    return 0;
}

/* Wants leak guards in 'table', or not, as is due. */
static void
update_guards(struct route_exchange *re, struct re_table *table)
{
    static const uint8_t families[] = { AF_INET, AF_INET6 };
    bool due = table->wanted && table->vrf_name[0] && !table->no_guard;

    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct nl_route_key key;
        struct re_slot *slot;
        bool is_wanted;

        re_guard_key(table, families[i], &key);
        slot = re_slot_find(table, &key);
        is_wanted = slot && slot->wanted;
        if (due && !is_wanted) {
            static const struct re_want blackhole;

            add_want(re, slot ? slot : re_slot_get(table, &key), &blackhole);
        } else if (!due && is_wanted) {
            clear_wants(re, slot);
        }
    }
}

int
route_exchange_set_table(struct route_exchange *re, uint32_t table_id,
                         const char *vrf_name)
{
    struct re_table *table;

    if (!table_id || table_id == UINT32_MAX
        || (vrf_name && dynamic_routing_check_vrf_name(vrf_name))) {
        return EINVAL;
    }
    table = re_table_get(re, table_id);
    table->wanted = true;
    table->vrf_detaches = -1;
    if (strcmp(table->vrf_name, vrf_name ? vrf_name : "")) {
        ovs_strlcpy(table->vrf_name, vrf_name ? vrf_name : "",
                    sizeof table->vrf_name);
        retry_gate_open(&table->vrf_hold.gate);
        re_hold_clear(re, &table->vrf_hold);
        if (vrf_name) {
            table->vrf_state = RE_VRF_PENDING;
        }
    }
    update_guards(re, table);
    re->busy = true;
    return 0;
}

int
route_exchange_set_leak_guard(struct route_exchange *re, uint32_t table_id,
                              bool enabled)
{
    struct re_table *table = re_table_find(re, table_id);

    if (!table || !table->wanted) {
        return ENOENT;
    }
    table->no_guard = !enabled;
    update_guards(re, table);
    re->busy = true;
    return 0;
}

int
route_exchange_remove_route(struct route_exchange *re,
                            const struct route_exchange_route *route)
{
    struct re_table *table = re_table_find(re, route->table_id);
    struct nl_route_key key;
    struct re_want want = route_to_want(route);
    struct re_slot *slot;
    bool first;

    route_to_key(route, &key);
    slot = table ? re_slot_find(table, &key) : NULL;
    if (!slot || !re_slot_has_want(slot, &want)) {
        return ENOENT;
    }
    first = re_slot_remove_want(slot, &want);
    re->problems_changed |= !first;
    wants_changed(re, slot, first);
    return 0;
}

void
route_exchange_set_complete(struct route_exchange *re, bool complete)
{
    re->busy |= complete && !re->complete;
    re->complete = complete;
}

void
route_exchange_resync(struct route_exchange *re)
{
    re_suspect(re, KM_SCOPE_OURS, "someone asked for it");
    re->busy = true;
}

int
route_exchange_resync_table(struct route_exchange *re, uint32_t table_id)
{
    struct re_table *table = re_table_find(re, table_id);

    if (!table) {
        return ENOENT;
    }
    re_suspect(re, KM_SCOPE_LINKS, "someone asked for it");
    re_suspect(re, table_id, "someone asked for it");
    retry_gate_open(&table->dump_gate.gate);
    re->busy = true;
    return 0;
}

void
route_exchange_set_max_burst(struct route_exchange *re, size_t max_burst)
{
    re->max_burst = max_burst ? max_burst : RE_MAX_BURST;
    re->burst_left = MIN(re->burst_left, re->max_burst);
}

/* Questions. */

/* True if nothing more is going to happen in 'table' by itself, but for
 * retries of what was refused. */
static bool
table_is_settled(const struct route_exchange *re,
                 const struct re_table *table)
{
    if (kernel_mirror_get_state(re->mirror, table->table_id) != KM_SYNCED
        || table->rescan || table->reannounce
        || table->n_in_flight || table->vrf_in_flight) {
        return false;
    }
    if (table->vrf_hold.error
        && re_judge(table->vrf_hold.op, table->vrf_hold.error) != RE_RETRY) {
        return true;
    }
    if (table->hold.error
        && re_judge(table->hold.op, table->hold.error) != RE_RETRY) {
        return true;
    }
    if (!table->wanted) {
        /* It goes when it is empty; until then there is something to do,
         * unless that was refused. */
        return (table->counts[RE_COUNT_UNWANTED][RE_SLOT_FAILED]
                && !table->counts[RE_COUNT_UNWANTED][RE_SLOT_PENDING]);
    }
    return (table->vrf_state == RE_VRF_REFUSED
            || (table->vrf_state != RE_VRF_PENDING
                && ovs_list_is_empty(&table->todo)
                && !table->counts[RE_COUNT_WANTED][RE_SLOT_PENDING]
                && !table->counts[RE_COUNT_GUARD][RE_SLOT_PENDING]
                && !table->counts[RE_COUNT_UNWANTED][RE_SLOT_PENDING]));
}

bool
route_exchange_is_settled(const struct route_exchange *re)
{
    const struct re_table *table;

    if (!re->complete || re->busy || !re->searched
        || kernel_mirror_get_state(re->mirror, KM_SCOPE_LINKS) != KM_SYNCED) {
        return false;
    }
    HMAP_FOR_EACH (table, node, &re->tables) {
        if (!table_is_settled(re, table)) {
            return false;
        }
    }
    return true;
}

int
route_exchange_found_own(const struct route_exchange *re, bool *found)
{
    if (!re->looked) {
        return EAGAIN;
    }
    *found = re->found_own;
    return 0;
}

struct problem_set *
route_exchange_problems(struct route_exchange *re)
{
    return &re->problems;
}

size_t
route_exchange_format_problems(struct route_exchange *re, struct ds *ds)
{
    problem_set_format(&re->problems, ds);
    return problem_set_count(&re->problems);
}

void
route_exchange_get_stats(const struct route_exchange *re,
                         struct route_exchange_stats *stats)
{
    *stats = re->stats;
}

int
route_exchange_get_table_stats(const struct route_exchange *re,
                               uint32_t table_id,
                               struct route_exchange_table_stats *stats)
{
    const struct re_table *table = re_table_find(re, table_id);
    size_t n_there, n_ours;

    if (!table || !table->wanted) {
        return ENOENT;
    }
    memset(stats, 0, sizeof *stats);
    stats->table_id = table_id;
    ovs_strlcpy(stats->vrf_name, table->vrf_name, sizeof stats->vrf_name);
    stats->vrf_up = table->vrf_state == RE_VRF_READY;
    stats->n_desired = table->n_wants;
    stats->n_installed = table->counts[RE_COUNT_WANTED][RE_SLOT_INSTALLED];
    stats->n_failed = table->counts[RE_COUNT_WANTED][RE_SLOT_FAILED];
    if (table->vrf_state == RE_VRF_REFUSED || table->hold.error) {
        stats->n_failed += table->counts[RE_COUNT_WANTED][RE_SLOT_PENDING];
    }
    n_there = kernel_mirror_count_routes(re->mirror, table_id);
    n_ours = (stats->n_installed
              + table->counts[RE_COUNT_GUARD][RE_SLOT_INSTALLED]);
    stats->n_other = n_there - MIN(n_ours, n_there);
    stats->n_repaired = table->n_repaired;
    return 0;
}

uint32_t *
route_exchange_get_tables(const struct route_exchange *re, size_t *n)
{
    size_t n_tables;
    struct re_table *const *tables = re_tables_sorted(re, &n_tables);
    uint32_t *ids = xmalloc((n_tables + 1) * sizeof *ids);

    *n = 0;
    for (size_t i = 0; i < n_tables; i++) {
        if (tables[i]->wanted) {
            ids[(*n)++] = tables[i]->table_id;
        }
    }
    return ids;
}
