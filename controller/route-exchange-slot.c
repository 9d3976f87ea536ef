/* route-exchange-slot.c: slots: what is wanted and known of one place in a
 * kernel table.
 *
 * A controller has as many as it has routes.  Nearly all have one want, stand
 * as they should, and never had trouble: they are a little over 100 bytes.
 * What the others have in addition is made when they need it, and goes when
 * all is well and long past. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <string.h>

#include "hash.h"
#include "lib/hmap-roomy.h"
#include "util.h"

static struct re_slot *
find_hashed(const struct re_table *table, const struct nl_route_key *key,
            uint32_t hash)
{
    struct re_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, hash, &table->slots) {
        if (nl_route_key_equals(&slot->key, key)) {
            return slot;
        }
    }
    return NULL;
}

struct re_slot *
re_slot_find(const struct re_table *table, const struct nl_route_key *key)
{
    return find_hashed(table, key, nl_route_key_hash(key));
}

struct re_slot *
re_slot_get(struct re_table *table, const struct nl_route_key *key)
{
    uint32_t hash = nl_route_key_hash(key);
    struct re_slot *slot = find_hashed(table, key, hash);

    if (!slot) {
        slot = xzalloc(sizeof *slot);
        slot->table = table;
        slot->key = *key;
        ovs_list_init(&slot->queue_node);
        hmap_insert_roomy(&table->slots, &slot->node, hash);
        table->counts[slot->count][slot->state]++;
    }
    return slot;
}

void
re_slot_free(struct route_exchange *re, struct re_slot *slot)
{
    re_slot_clear_timer(re, slot);
    re_slot_clear_wants(slot);
    if (slot->state == RE_SLOT_FAILED) {
        re->problems_changed = true;
    }
    slot->table->counts[slot->count][slot->state]--;
    ovs_list_remove(&slot->queue_node);
    hmap_remove(&slot->table->slots, &slot->node);
    if (slot->trouble) {
        ovs_list_remove(&slot->trouble->failed_node);
        free(slot->trouble->reason);
        free(slot->trouble);
    }
    free(slot);
}

/* Wants. */

static bool
want_equals(const struct re_want *a, const struct re_want *b)
{
    return (a->nexthop_family == b->nexthop_family
            && !memcmp(a->nexthop, b->nexthop, sizeof a->nexthop));
}

static struct re_rival *
find_rival(const struct re_slot *slot, const struct re_want *want)
{
    if (slot->trouble) {
        struct re_rival *rival;

        LIST_FOR_EACH (rival, node, &slot->trouble->rivals) {
            if (want_equals(&rival->want, want)) {
                return rival;
            }
        }
    }
    return NULL;
}

static void
free_rival(struct re_rival *rival)
{
    ovs_list_remove(&rival->node);
    free(rival);
}

bool
re_slot_has_want(const struct re_slot *slot, const struct re_want *want)
{
    return (slot->wanted
            && (want_equals(&slot->want, want) || find_rival(slot, want)));
}

bool
re_slot_add_want(struct re_slot *slot, const struct re_want *want)
{
    bool first = !slot->wanted;

    if (first) {
        slot->want = *want;
        slot->wanted = true;
    } else {
        struct re_rival *rival = xmalloc(sizeof *rival);

        rival->want = *want;
        ovs_list_push_back(&re_slot_trouble(slot)->rivals, &rival->node);
    }
    slot->table->n_wants += !re_key_is_guard(&slot->key);
    return first;
}

bool
re_slot_remove_want(struct re_slot *slot, const struct re_want *want)
{
    bool first = want_equals(&slot->want, want);

    slot->table->n_wants -= !re_key_is_guard(&slot->key);
    if (!first) {
        free_rival(find_rival(slot, want));
    } else if (slot->trouble && !ovs_list_is_empty(&slot->trouble->rivals)) {
        struct re_rival *rival
            = CONTAINER_OF(ovs_list_front(&slot->trouble->rivals),
                           struct re_rival, node);

        slot->want = rival->want;
        free_rival(rival);
    } else {
        slot->wanted = false;
    }
    return first;
}

void
re_slot_clear_wants(struct re_slot *slot)
{
    while (slot->wanted) {
        struct re_want want = slot->want;

        re_slot_remove_want(slot, &want);
    }
}

size_t
re_slot_n_wants(const struct re_slot *slot)
{
    return slot->wanted + (slot->trouble
                           ? ovs_list_size(&slot->trouble->rivals) : 0);
}

/* States. */

void
re_slot_set_state(struct route_exchange *re, struct re_slot *slot,
                  enum re_slot_state state)
{
    if (slot->state == RE_SLOT_FAILED || state == RE_SLOT_FAILED) {
        re->problems_changed = true;
    }
    slot->table->counts[slot->count][slot->state]--;
    slot->count = (!slot->wanted ? RE_COUNT_UNWANTED
                   : re_key_is_guard(&slot->key) ? RE_COUNT_GUARD
                   : RE_COUNT_WANTED);
    slot->state = state;
    slot->table->counts[slot->count][slot->state]++;

    if (state == RE_SLOT_FAILED) {
        struct re_trouble *trouble = re_slot_trouble(slot);

        if (ovs_list_is_empty(&trouble->failed_node)) {
            ovs_list_push_back(&slot->table->failed, &trouble->failed_node);
        }
    } else if (slot->trouble) {
        ovs_list_remove(&slot->trouble->failed_node);
        ovs_list_init(&slot->trouble->failed_node);
    }
}

void
re_slot_touch(struct re_slot *slot)
{
    if (slot->in_flight) {
        slot->again = true;
    } else {
        ovs_list_remove(&slot->queue_node);
        ovs_list_push_back(&slot->table->todo, &slot->queue_node);
    }
}

void
re_slot_unqueue(struct re_slot *slot)
{
    ovs_list_remove(&slot->queue_node);
    ovs_list_init(&slot->queue_node);
}

/* Trouble. */

struct re_trouble *
re_slot_trouble(struct re_slot *slot)
{
    if (!slot->trouble) {
        slot->trouble = xzalloc(sizeof *slot->trouble);
        slot->trouble->slot = slot;
        ovs_list_init(&slot->trouble->rivals);
        ovs_list_init(&slot->trouble->failed_node);
    }
    return slot->trouble;
}

void
re_slot_set_error(struct route_exchange *re, struct re_slot *slot,
                  enum re_op_type op, int error, const char *reason)
{
    struct re_trouble *trouble = re_slot_trouble(slot);

    trouble->error = error;
    trouble->error_op = op;
    free(trouble->reason);
    trouble->reason = nullable_xstrdup(reason);
    re_slot_set_state(re, slot, RE_SLOT_FAILED);
}

void
re_slot_clear_error(struct route_exchange *re, struct re_slot *slot)
{
    struct re_trouble *trouble = slot->trouble;

    if (!trouble) {
        return;
    }
    trouble->error = 0;
    free(trouble->reason);
    trouble->reason = NULL;
    if (!trouble->timer_set && !trouble->n_looks
        && slot->state != RE_SLOT_FAILED
        && ovs_list_is_empty(&trouble->rivals)
        && retry_gate_is_quiet(&trouble->gate, re->now)) {
        ovs_list_remove(&trouble->failed_node);
        free(trouble);
        slot->trouble = NULL;
    }
}

void
re_slot_clear_timer(struct route_exchange *re, struct re_slot *slot)
{
    if (slot->trouble && slot->trouble->timer_set) {
        heap_remove(&re->timers, &slot->trouble->timer);
        slot->trouble->timer_set = false;
    }
}

void
re_slot_set_timer(struct route_exchange *re, struct re_slot *slot)
{
    struct re_trouble *trouble = re_slot_trouble(slot);

    re_slot_clear_timer(re, slot);
    heap_insert(&re->timers, &trouble->timer, UINT64_MAX - trouble->gate.due);
    trouble->timer_set = true;
}

void
re_slot_timer(struct route_exchange *re, struct re_slot *slot)
{
    re_slot_clear_timer(re, slot);
    re_slot_touch(slot);
}

bool
re_slot_may_try(const struct route_exchange *re, const struct re_slot *slot)
{
    return (!slot->trouble
            || retry_gate_is_open(&slot->trouble->gate, re->now));
}

void
re_slot_open_gate(struct re_slot *slot)
{
    if (slot->trouble) {
        retry_gate_open(&slot->trouble->gate);
    }
}

void
re_slot_try_failed(struct route_exchange *re, struct re_slot *slot)
{
    retry_gate_failed(&re_slot_trouble(slot)->gate, re->now, re_random(re));
}
