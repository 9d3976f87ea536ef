/* route-exchange-route.c: what is to be done about one route.
 *
 * re_slot_run() compares what is wanted in a slot with what the mirror holds
 * there, and sends at most one operation; its outcome, or the change in the
 * kernel that it caused, has the slot looked at again.
 *
 * Rules of the wire that this file keeps (Linux 6.18):
 *   - A new route goes in with NLM_F_CREATE|NLM_F_EXCL, so that it never
 *     overwrites another's.
 *   - NLM_F_REPLACE overwrites whatever has the key, foreign or not.  It is
 *     used only where the mirror shows one route, and that one ours.
 *   - A deletion names protocol, metric, type and gateway.
 *
 * The kernel's answer to an operation is enough to know what it did where that
 * is certain, which it is for what has no next hop, and the mirror is told
 * then.  Otherwise the operation asks for an echo: the kernel's own words, as
 * an event.  Events of what others do come by another way than answers, so
 * that nobody can say what was first when both are about one route: the table
 * is read again then.  (They cannot be mixed up otherwise: what others did
 * before has been read when an operation is decided on, and the answer is
 * there when it has been sent.) */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "coverage.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "util.h"

COVERAGE_DEFINE(route_exchange_full_burst);

/* Leak guards (D18). */

bool
re_key_is_guard(const struct nl_route_key *key)
{
    return key->metric == ROUTE_EXCHANGE_GUARD_METRIC && !key->prefix.plen;
}

void
re_guard_key(const struct re_table *table, uint8_t family,
             struct nl_route_key *key)
{
    memset(key, 0, sizeof *key);
    key->table_id = table->table_id;
    key->metric = ROUTE_EXCHANGE_GUARD_METRIC;
    key->prefix.family = family;
}

bool
re_guard_lingers(const struct re_table *table)
{
    struct nl_route_key v4, v6;

    re_guard_key(table, AF_INET, &v4);
    re_guard_key(table, AF_INET6, &v6);
    return re_slot_find(table, &v4) || re_slot_find(table, &v6);
}

/* True for a route that only this engine makes.  That of a guard is not told
 * by the protocol alone, and is looked for only where there is something else
 * of ours. */
static bool
is_ours(const struct nl_route *route)
{
    return (route->protocol == DR_RTPROT_OVN
            || (re_key_is_guard(&route->key)
                && route->protocol == RTPROT_KERNEL
                && route->type == RTN_UNREACHABLE));
}

/* Comparing. */

/* What the mirror holds of a slot's key. */
struct look {
    size_t n_ours;              /* That is, made by this engine only. */
    size_t n_foreign;
    const struct kernel_route *ours;    /* One of ours, ... */
    const struct kernel_route *match;   /* ... the one that is wanted, ... */
    const struct kernel_route *extra;   /* ... and one that is not. */
};

/* True if 'have' is what 'want' asks for.  The kernel fills in devices. */
static bool
route_is(const struct nl_route *have, const struct nl_route *want)
{
    if (have->type != want->type || have->protocol != want->protocol
        || have->nh_id) {
        return false;
    }
    if (!want->n_nexthops) {
        return true;
    }
    return (have->n_nexthops == 1
            && have->nexthops[0].family == want->nexthops[0].family
            && !memcmp(have->nexthops[0].addr, want->nexthops[0].addr,
                       sizeof have->nexthops[0].addr));
}

static struct look
look_at(const struct route_exchange *re, const struct nl_route_key *key,
        const struct nl_route *want)
{
    const struct kernel_route *route = NULL;
    struct look look = { .n_ours = 0 };

    while ((route = kernel_mirror_find(re->mirror, key, route)) != NULL) {
        if (!is_ours(&route->route)) {
            if (want && want->type == RTN_UNREACHABLE
                && route->route.type == RTN_UNREACHABLE) {
                look.match = route;     /* An operator's guard does it. */
            } else {
                look.n_foreign++;
            }
            continue;
        }
        look.n_ours++;
        look.ours = route;
        if (want && !look.match && route_is(&route->route, want)) {
            look.match = route;
        } else {
            look.extra = route;
        }
    }
    return look;
}

void
re_want_to_route(const struct re_slot *slot, const struct re_want *want,
                 bool with_nexthop, struct nl_route *route,
                 struct nl_nexthop *nexthop)
{
    memset(route, 0, sizeof *route);
    memset(nexthop, 0, sizeof *nexthop);
    route->key = slot->key;
    route->protocol = DR_RTPROT_OVN;
    route->scope = RT_SCOPE_UNIVERSE;
    route->type = RTN_BLACKHOLE;
    route->nexthops = nexthop;
    if (re_key_is_guard(&route->key)) {
        route->type = RTN_UNREACHABLE;
        route->protocol = RTPROT_KERNEL;
    }
    if (with_nexthop && want->nexthop_family) {
        route->type = RTN_UNICAST;
        route->n_nexthops = 1;
        nexthop->weight = 1;
        nexthop->family = want->nexthop_family;
        memcpy(nexthop->addr, want->nexthop, sizeof nexthop->addr);
    }
}

/* Doing. */

/* True if success of 'op' is all that need be known to know what the kernel
 * holds then. */
static bool
is_certain(const struct route_exchange *re, const struct re_op *op)
{
    const struct kernel_route *route = NULL;
    size_t n = 0;

    if (op->type == RE_ROUTE_ADD) {
        return op->route.type != RTN_UNICAST;
    } else if (op->type != RE_ROUTE_DELETE) {
        return false;
    }
    while ((route = kernel_mirror_find(re->mirror, &op->route.key, route))) {
        n++;
    }
    return n == 1;
}

/* The device by which IPv6 shows routes that lead nowhere: the loopback, which
 * has this number in every network namespace. */
#define LOOPBACK_IFINDEX 1

/* Tells the mirror what 'op', which succeeded, did. */
static bool
note_success(struct route_exchange *re, const struct re_op *op)
{
    static const struct nl_nexthop loopback = {
        .ifindex = LOOPBACK_IFINDEX, .weight = 1,
    };
    struct nl_route route = op->route;

    if (op->type == RE_ROUTE_ADD
        && route.key.prefix.family == AF_INET6) {
        route.n_nexthops = 1;
        route.nexthops = &loopback;
    }
    return kernel_mirror_wrote(re->mirror, &route,
                               op->type == RE_ROUTE_DELETE);
}

static void
emit_route(struct route_exchange *re, struct re_slot *slot,
           enum re_op_type type, const struct nl_route *route)
{
    struct re_op op = {
        .type = type,
        .table = slot->table,
        .slot = slot,
        .route = *route,
    };

    op.route.n_nexthops = 0;
    if (route->n_nexthops == 1 && route->nexthops[0].family) {
        /* Not a mere device: IPv6 shows the loopback for a blackhole. */
        op.route.n_nexthops = 1;
        op.nexthop = route->nexthops[0];
    }
    op.echo = !is_certain(re, &op);
    re_slot_unqueue(slot);
    re_slot_clear_timer(re, slot);
    slot->in_flight = true;
    slot->again = slot->doubt = false;
    if (!--re->burst_left) {
        COVERAGE_INC(route_exchange_full_burst);
    }
    slot->table->n_in_flight++;
    re_emit(re, &op);
}

/* Does 'type' to 'route' unless the slot's gate is closed. */
static void
emit_if_due(struct route_exchange *re, struct re_slot *slot,
            enum re_op_type type, const struct nl_route *route)
{
    if (re_slot_may_try(re, slot)) {
        emit_route(re, slot, type, route);
    } else {
        re_slot_set_timer(re, slot);
    }
}

/* Deals with a slot in which nothing is wanted.  Returns false if it was left
 * alone because it needs a deletion and 'may_delete' is false. */
static bool
run_unwanted(struct route_exchange *re, struct re_slot *slot,
             bool may_delete)
{
    struct look look = look_at(re, &slot->key, NULL);

    if (!look.n_ours) {
        re_slot_free(re, slot);
        return true;
    }
    if (slot->state == RE_SLOT_INSTALLED) {
        re_slot_set_state(re, slot, RE_SLOT_PENDING);
    }
    if (!may_delete) {
        return false;
    }
    emit_if_due(re, slot, RE_ROUTE_DELETE, &look.ours->route);
    return true;
}

/* The kernel has what is wanted in 'slot'. */
static void
stands(struct route_exchange *re, struct re_slot *slot)
{
    slot->no_nexthop = slot->no_fallback = false;
    re_slot_set_state(re, slot, RE_SLOT_INSTALLED);
    re_slot_clear_error(re, slot);
}

/* Deals with a slot that has what is wanted.  'whole' is whether with its next
 * hop, if it has one. */
static bool
run_installed(struct route_exchange *re, struct re_slot *slot,
              const struct look *look, bool whole, bool may_delete)
{
    const struct kernel_route *remove = NULL;

    if (look->extra) {
        remove = look->extra;
    } else if (slot->reannounce) {
        remove = look->match;
    }
    if (remove && !may_delete) {
        return false;
    }
    if (remove) {
        slot->reannounce = false;
        re_slot_set_state(re, slot, RE_SLOT_PENDING);
        emit_if_due(re, slot, RE_ROUTE_DELETE, &remove->route);
    } else if (whole) {
        stands(re, slot);
    } else {
        re_slot_set_state(re, slot, RE_SLOT_FAILED);
        re_slot_set_timer(re, slot);
    }
    return true;
}

/* Deals with a slot that lacks 'route', which is wanted. */
static bool
run_missing(struct route_exchange *re, struct re_slot *slot,
            const struct look *look, const struct nl_route *route,
            bool may_delete)
{
    bool fallback = slot->no_nexthop && !route->n_nexthops;

    if (slot->state == RE_SLOT_INSTALLED) {
        retry_gate_disturbed(&re_slot_trouble(slot)->gate, RE_REPAIR_MS,
                             re->now, re_random(re));
        re_slot_set_state(re, slot, RE_SLOT_PENDING);
        slot->table->n_repaired++;
    }
    if (look->n_foreign) {
        /* No time heals this; the event of its removal does. */
        re_slot_set_error(re, slot, RE_ROUTE_ADD, EEXIST, NULL);
    } else if (look->n_ours > 1) {
        if (!may_delete) {
            return false;
        }
        emit_if_due(re, slot, RE_ROUTE_DELETE, &look->extra->route);
    } else {
        enum re_op_type type = (look->n_ours ? RE_ROUTE_REPLACE
                                : RE_ROUTE_ADD);

        slot->reannounce = false;
        if (fallback && !slot->no_fallback) {
            emit_route(re, slot, type, route);
        } else {
            emit_if_due(re, slot, type, route);
        }
    }
    return true;
}

/* Does what is to be done in 'slot', which leaves its queue.  Returns false if
 * that is a deletion and 'may_delete' is false. */
static bool
re_slot_run(struct route_exchange *re, struct re_slot *slot, bool may_delete)
{
    struct nl_nexthop nexthop;
    struct nl_route route;
    struct look look;
    const struct re_want *want = &slot->want;
    bool with_nexthop;

    re_slot_unqueue(slot);
    if (!slot->wanted) {
        return run_unwanted(re, slot, may_delete);
    }

    with_nexthop = (want->nexthop_family
                    && (!slot->no_nexthop
                        || re_slot_may_try(re, slot)));
    re_want_to_route(slot, want, with_nexthop, &route, &nexthop);
    look = look_at(re, &slot->key, &route);
    if (look.match) {
        bool whole = with_nexthop || !want->nexthop_family;

        return run_installed(re, slot, &look, whole, may_delete);
    }
    return run_missing(re, slot, &look, &route, may_delete);
}

/* A slot, and the first bits of its key in the order of keys: that is enough
 * to tell apart nearly all, without a look at them. */
struct sort_item {
    uint64_t head;
    struct re_slot *slot;
};

static uint64_t
key_head(const struct nl_route_key *key)
{
    bool v6 = key->prefix.family == AF_INET6;
    ovs_be64 first;
    uint64_t addr;

    memcpy(&first, key->prefix.addr, sizeof first);
    addr = ntohll(first);
    return ((uint64_t) v6 << 63
            | addr >> 1
            | (v6 ? 0 : key->prefix.plen));
}

static int
compare_items(const void *a_, const void *b_)
{
    const struct sort_item *a = a_, *b = b_;

    if (a->head != b->head) {
        return a->head < b->head ? -1 : 1;
    }
    return nl_route_key_compare(&a->slot->key, &b->slot->key);
}

/* Returns a malloc()'d array of the slots of 'table', ordered by key. */
static struct sort_item *
sort_slots(const struct re_table *table, size_t *n)
{
    struct sort_item *items = xmalloc((hmap_count(&table->slots) + 1)
                                      * sizeof *items);
    struct re_slot *slot;

    *n = 0;
    HMAP_FOR_EACH (slot, node, &table->slots) {
        items[*n].head = key_head(&slot->key);
        items[(*n)++].slot = slot;
    }
    qsort(items, *n, sizeof *items, compare_items);
    return items;
}

/* Makes a slot for a route of ours. */
static void
cover_route(void *table, const struct kernel_route *route)
{
    re_slot_get(table, &route->route.key);
}

/* Makes slots for leak guards that an earlier life left in 'table'. */
static void
cover_guards(const struct route_exchange *re, struct re_table *table)
{
    static const uint8_t families[] = { AF_INET, AF_INET6 };

    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct nl_route_key key;

        re_guard_key(table, families[i], &key);
        if (look_at(re, &key, NULL).n_ours) {
            re_slot_get(table, &key);
        }
    }
}

void
re_routes_rescan(struct route_exchange *re, struct re_table *table)
{
    struct sort_item *items;
    size_t n;

    kernel_mirror_for_each_ours(re->mirror, table->table_id, cover_route,
                                table);
    if (table->inherited || re_vrf_has_ours(re, table)) {
        cover_guards(re, table);
    }
    items = sort_slots(table, &n);
    for (size_t i = 0; i < n; i++) {
        struct re_slot *slot = items[i].slot;

        if (table->reannounce
            && !re_key_is_guard(&slot->key)
            && look_at(re, &slot->key, NULL).n_ours) {
            slot->reannounce = true;
        }
        re_slot_touch(slot);
    }
    free(items);
    table->reannounce = false;
}

void
re_routes_recheck(struct route_exchange *re, struct re_table *table)
{
    struct re_trouble *trouble;

    if (!table->recheck) {
        return;
    } else if (re->now < table->recheck_due) {
        re_wake_at(re, table->recheck_due);
        return;
    }
    table->recheck = false;
    LIST_FOR_EACH (trouble, failed_node, &table->failed) {
        struct re_slot *slot = trouble->slot;

        if (slot->no_nexthop) {
            re_slot_open_gate(slot);
            re_slot_touch(slot);
            table->recheck_due = re->now + RE_RECHECK_MS;
        }
    }
}

/* The number of operations that may be sent for 'table' now. */
static size_t
quota(struct route_exchange *re, struct re_table *table)
{
    if (!re_hold_passes(re, &table->hold)) {
        return 0;
    } else if (!re->burst_left) {
        re_wake_at(re, re->burst_end);
        return 0;
    } else if (table->hold.error) {
        return !table->n_in_flight;     /* One, to see whether it works. */
    }
    return MIN(re->burst_left,
               RE_MAX_OUTGOING - MIN(re->n_outgoing, RE_MAX_OUTGOING));
}

void
re_routes_run(struct route_exchange *re, struct re_table *table)
{
    size_t n_before = re->n_outgoing;
    size_t left;

    if (ovs_list_is_empty(&table->todo)
        && ovs_list_is_empty(&table->removals)) {
        if (!table->n_in_flight) {
            re_hold_clear(re, &table->hold);    /* It was done for us. */
        }
        return;
    }
    left = quota(re, table);
    while (!ovs_list_is_empty(&table->todo)
           && re->n_outgoing - n_before < left) {
        struct re_slot *slot = CONTAINER_OF(ovs_list_front(&table->todo),
                                            struct re_slot, queue_node);

        if (!re_slot_run(re, slot, false)) {
            ovs_list_push_back(&table->removals, &slot->queue_node);
        }
    }
    while (re->complete
           && ovs_list_is_empty(&table->todo)
           && !ovs_list_is_empty(&table->removals)
           && re->n_outgoing - n_before < left) {
        struct re_slot *slot = CONTAINER_OF(ovs_list_front(&table->removals),
                                            struct re_slot, queue_node);

        re_slot_run(re, slot, true);
    }
}

/* Outcomes. */

/* True if the mirror does not show what an operation that succeeded did. */
static bool
mirror_disagrees(const struct route_exchange *re, const struct re_op *op)
{
    struct look look = look_at(re, &op->route.key, &op->route);

    return (op->type == RE_ROUTE_DELETE) == (look.match != NULL);
}

/* The kernel does not take 'op'. */
static void
route_refused(struct route_exchange *re, const struct re_op *op, int error,
              const char *reason)
{
    struct re_slot *slot = op->slot;

    re_slot_try_failed(re, slot);
    if (!slot->wanted && op->type != RE_ROUTE_DELETE) {
        re_slot_touch(slot);    /* It is not wanted any more, either. */
    } else if (op->type != RE_ROUTE_DELETE && op->route.n_nexthops) {
        slot->no_nexthop = true;
        slot->no_fallback = false;
        re_slot_set_error(re, slot, op->type, error, reason);
        re_slot_touch(slot);
    } else if (op->type != RE_ROUTE_DELETE && slot->no_nexthop) {
        slot->no_fallback = true;
        re_slot_set_state(re, slot, RE_SLOT_FAILED);
        re_slot_set_timer(re, slot);
    } else {
        re_slot_set_error(re, slot, op->type, error, reason);
        re_slot_set_timer(re, slot);
    }
}

/* True if what was written to 'slot', which 'op' did without an echo, leaves
 * nothing to look at. */
static bool
is_finished(const struct re_slot *slot, const struct re_op *op)
{
    return (!slot->again && !slot->reannounce
            && (op->type == RE_ROUTE_DELETE ? !slot->wanted
                : slot->wanted && !slot->want.nexthop_family));
}

/* The kernel did 'op', or found that it was not needed. */
static void
route_done(struct route_exchange *re, const struct re_op *op, int error)
{
    struct re_table *table = op->table;
    struct re_slot *slot = op->slot;

    if (slot->trouble) {
        slot->trouble->n_looks = 0;
    }
    if (op->type == RE_ROUTE_DELETE) {
        table->vrf_grace = re->now + RE_VRF_GRACE_MS;
    }
    if (!error && slot->doubt) {
        re_suspect(re, table->table_id,
                   "someone else changed a route at the same time");
    } else if (!error && !op->echo) {
        if (!note_success(re, op)) {
            re_suspect(re, table->table_id,
                       "a change to a route does not show");
        } else if (is_finished(slot, op)) {
            if (op->type == RE_ROUTE_DELETE) {
                re_slot_free(re, slot);
            } else {
                stands(re, slot);
            }
            return;
        }
    } else if (mirror_disagrees(re, op)) {
        re_suspect(re, table->table_id, "a change to a route does not show");
    }
    re_slot_touch(slot);
}

void
re_route_outcome(struct route_exchange *re, const struct re_op *op, int error,
                 const char *reason)
{
    enum re_verdict verdict = re_judge(op->type, error);
    struct re_table *table = op->table;
    struct re_slot *slot = op->slot;

    slot->in_flight = false;
    table->n_in_flight--;
    if (verdict != RE_RETRY && verdict != RE_FORBIDDEN
        && error != NL_UNKNOWN) {
        re_hold_clear(re, &table->hold);
    }
    switch (verdict) {
    case RE_DONE:
    case RE_ALREADY:
        route_done(re, op, error);
        break;
    case RE_LOOK:
        re_suspect(re, table->table_id,
                   error == NL_UNKNOWN ? "the answer to a change was lost"
                   : "the kernel's answer to a change was unexpected");
        if (error != NL_UNKNOWN
            && ++re_slot_trouble(slot)->n_looks >= RE_MAX_LOOKS) {
            route_refused(re, op, error, reason);
        } else {
            re_slot_try_failed(re, slot);
            re_slot_touch(slot);
        }
        break;
    case RE_RETRY:
    case RE_FORBIDDEN:
        re_hold(re, &table->hold, op->type, error, reason);
        re_slot_touch(slot);
        break;
    case RE_REFUSED:
        route_refused(re, op, error, reason);
        break;
    }
}
