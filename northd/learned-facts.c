/* learned-facts.c: the static routes that we made, against those that are
 * wanted.  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "northd/learned-mark.h"
#include "northd/view-route.h"
#include "northd/view.h"
#include "util.h"
#include "uuid.h"

/* What stands for what cannot be parsed: it is no route that anyone wants. */
static const struct ip_prefix nothing = { .family = 0 };

static struct learned_fact *
fact_find(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_fact *fact;

    HMAP_FOR_EACH_WITH_HASH (fact, node, uuid_hash(uuid), &lrs->facts) {
        if (uuid_equals(&fact->uuid, uuid)) {
            return fact;
        }
    }
    return NULL;
}

/* True if 'fact' is what 'slot', which is wanted, is to have. */
static bool
fact_is_right(const struct learned_fact *fact, const struct learned_slot *slot)
{
    const struct learned_row *row;

    if (fact->odd || fact->taken
        || !uuid_equals(&fact->router, &slot->group->router)
        || !ip_prefix_equals(&fact->out, &slot->out)) {
        return false;
    }
    LIST_FOR_EACH (row, slot_node, &slot->rows) {
        if (uuid_equals(&row->uuid, &fact->row)) {
            return true;
        }
    }
    return false;
}

static void
fact_leave_slot(struct learned_routes *lrs, struct learned_fact *fact)
{
    struct learned_slot *slot = fact->slot;

    learned_address_unuse(lrs, fact->address);
    fact->address = NULL;
    if (slot) {
        fact->slot = NULL;
        ovs_list_remove(&fact->slot_node);
        learned_slot_set_dirty(lrs, slot);
    }
}

/* True if it would be someone else's doing if 'fact' went, or changed. */
static bool
fact_is_settled(const struct learned_routes *lrs,
                const struct learned_fact *fact)
{
    const struct learned_slot *slot = fact->slot;

    return (lrs->active && !slot->in_flight && !fact->removing
            && slot->verdict == LEARNED_WANTED && fact_is_right(fact, slot));
}

static void
fact_remove(struct learned_routes *lrs, struct learned_fact *fact)
{
    fact_leave_slot(lrs, fact);
    hmap_remove(&lrs->facts, &fact->node);
    free(fact);
}

/* The static route 'route' is one of ours. */
static void
fact_update(struct learned_routes *lrs, const struct view_route *route)
{
    const struct view_route_config *config = &route->config;
    struct learned_fact *fact = fact_find(lrs, &route->uuid);
    struct ip_prefix prefix = nothing, nexthop = nothing;
    struct learned_port *port;

    if (fact) {
        fact_leave_slot(lrs, fact);
    } else {
        fact = xzalloc(sizeof *fact);
        fact->uuid = route->uuid;
        hmap_insert(&lrs->facts, &fact->node, uuid_hash(&route->uuid));
    }
    if (route->router) {
        fact->router = route->router->uuid;
    }
    if (!uuid_from_string(&fact->row, config->learned_row)) {
        uuid_zero(&fact->row);
    }
    fact->odd = (config->source_policy || config->route_table[0]
                 || config->has_bfd);
    fact->out = nothing;
    (void) ip_prefix_parse(config->ip_prefix, &prefix, NULL);
    (void) ip_prefix_parse(config->nexthop, &fact->out, NULL);
    nexthop = fact->out;
    if (config->learned_via) {
        nexthop = nothing;
        (void) ip_prefix_parse(config->learned_via, &nexthop, NULL);
    }
    fact->taken = config->learned_taken;

    port = learned_port_get(lrs, (config->output_port ? config->output_port
                                  : ""));
    fact->slot = learned_slot_get(lrs, port, &prefix, &nexthop);
    ovs_list_push_back(&fact->slot->facts, &fact->slot_node);
    if (nexthop.family != prefix.family && !fact->taken) {
        fact->address = learned_address_use(lrs, port->name, &fact->out);
    }
    learned_slot_set_dirty(lrs, fact->slot);
}

static void
redo_object(struct learned_routes *lrs, const struct view *view,
            const struct uuid *uuid)
{
    const struct view_route *route = view_find_route(view, uuid);
    struct learned_fact *fact = fact_find(lrs, uuid);
    struct learned_slot *slot = fact ? fact->slot : NULL;
    bool settled = fact && fact_is_settled(lrs, fact);

    if (route && route->router && route->config.learned_row) {
        fact_update(lrs, route);
        settled = settled && !fact->taken;
    } else if (fact) {
        fact_remove(lrs, fact);
    }
    if (settled) {
        slot->lost = true;      /* That matters if it is not right now. */
    }
}

void
learned_facts_run(struct learned_routes *lrs, const struct view *view)
{
    const struct view_change *change;
    const struct view_route *route;

    if (view->changes.all) {
        learned_facts_clear(lrs);
        HMAP_FOR_EACH (route, node, &view->routes) {
            if (route->router && route->config.learned_row) {
                fact_update(lrs, route);
            }
        }
    }
    HMAP_FOR_EACH (change, node, &view->changes.set) {
        if (change->kind == VIEW_OBJECT) {
            redo_object(lrs, view, &change->object.uuid);
        }
    }
}

void
learned_facts_clear(struct learned_routes *lrs)
{
    struct learned_fact *fact;

    HMAP_FOR_EACH_SAFE (fact, node, &lrs->facts) {
        fact_remove(lrs, fact);
    }
}

/* Pauses. */

static char *
router_object(const struct learned_router *router)
{
    return xasprintf("Logical_Router %s", router->name);
}

/* Someone else removed or changed static routes of ours on 'router'. */
static void
pause_start(struct learned_routes *lrs, struct learned_router *router,
            struct problem_set *problems, long long int now)
{
    char *object = router_object(router);

    if (!router->pausing) {
        if (!router->pause.delay_ms) {
            ovs_list_push_back(&lrs->pauses, &router->pause_node);
        }
        backoff_fail(&router->pause, now, uuid_hash(&router->uuid));
        router->pausing = true;
    }
    problem_report(problems, LEARNED_SOURCE, object,
                   "another client of the Northbound database removed or "
                   "changed static routes of ours; they are put back after "
                   "pauses of up to %d s; let that client keep the rows with "
                   "external_ids:"LEARNED_ID_ROW, BACKOFF_MAX_MS / 1000);
    free(object);
}

/* When a pause counts as forgotten: what was put back stayed for a while. */
static long long int
pause_end(const struct learned_router *router)
{
    return router->pause.next + 2 * router->pause.delay_ms;
}

/* Puts back what waits. */
static void
release_held(struct learned_routes *lrs)
{
    struct learned_slot *slot;

    LIST_FOR_EACH_POP (slot, pending_node, &lrs->held) {
        ovs_list_push_back(&lrs->pending, &slot->pending_node);
    }
}

void
learned_pauses_run(struct learned_routes *lrs, struct problem_set *problems,
                   long long int now)
{
    struct learned_router *router;

    /* What they waited for may have come, or will not come any more.  To the
     * front, so that each takes with it what follows it. */
    ovs_list_splice(lrs->pending.next, lrs->waiting.next, &lrs->waiting);
    if (lrs->hold_until && now >= lrs->hold_until) {
        lrs->hold_until = 0;
        release_held(lrs);
    }
    LIST_FOR_EACH_SAFE (router, pause_node, &lrs->pauses) {
        if (router->pausing && now >= router->pause.next) {
            router->pausing = false;
            release_held(lrs);
        }
        if (!router->pausing && now >= pause_end(router)) {
            char *object = router_object(router);

            problem_resolve(problems, LEARNED_SOURCE, object);
            free(object);
            backoff_reset(&router->pause);
            ovs_list_remove(&router->pause_node);
            learned_router_free_if_unused(lrs, router);
        }
    }
}

void
learned_routes_hold(struct learned_routes *lrs, long long int until)
{
    struct learned_slot *slot;

    HMAP_FOR_EACH (slot, node, &lrs->slots) {
        if (ovs_list_is_empty(&slot->rows)) {
            slot->held = true;
            lrs->hold_until = until;
        }
    }
}

long long int
learned_routes_next_time(const struct learned_routes *lrs)
{
    long long int next = lrs->hold_until ? lrs->hold_until : LLONG_MAX;
    const struct learned_router *router;

    next = MIN(next, lrs->next_expiry);
    next = MIN(next, learned_holders_next_time(lrs));
    LIST_FOR_EACH (router, pause_node, &lrs->pauses) {
        next = MIN(next, (router->pausing ? router->pause.next
                          : pause_end(router)));
    }
    return next;
}

/* Changes. */

/* True if the facts of 'slot' are not as they should be. */
static bool
slot_needs_change(const struct learned_slot *slot)
{
    const struct learned_fact *fact;

    if (slot->verdict != LEARNED_WANTED) {
        return !ovs_list_is_empty(&slot->facts);
    } else if (slot->via && !slot->via->ready) {
        return false;           /* Not yet: what there is stays. */
    }
    LIST_FOR_EACH (fact, slot_node, &slot->facts) {
        return (!ovs_list_is_singleton(&slot->facts)
                || !fact_is_right(fact, slot));
    }
    return true;
}

void
learned_slot_compare(struct learned_routes *lrs, struct learned_slot *slot,
                     struct problem_set *problems, long long int now)
{
    bool needs = slot_needs_change(slot);

    if (slot->lost) {
        slot->lost = false;
        if (needs && slot->verdict == LEARNED_WANTED) {
            pause_start(lrs, slot->port->router, problems, now);
        }
    }
    if (slot->in_flight) {
        return;                 /* Too early to tell. */
    }
    if (slot->pending) {
        ovs_list_remove(&slot->pending_node);
    }
    slot->pending = needs;
    if (needs && slot->verdict == LEARNED_WANTED) {
        ovs_list_push_back(&lrs->pending, &slot->pending_node);
    } else if (needs) {
        /* What is configured now must not share its traffic with ours. */
        ovs_list_push_front(&lrs->pending, &slot->pending_node);
    }
}

typedef void change_function(const struct learned_change *, void *aux);

/* Removes 'fact', or leaves it to whom it belongs now. */
static void
take_removal(struct learned_fact *fact, change_function *cb, void *aux)
{
    struct learned_change change = {
        .action = fact->taken ? LEARNED_RELEASE : LEARNED_REMOVE,
        .router = fact->router,
        .route = fact->uuid,
    };

    fact->removing = true;
    cb(&change, aux);
}

/* Makes 'slot', which is wanted, have what it should, in place of 'fact' if
 * that is nonnull. */
static void
take_wanted(const struct learned_slot *slot, const struct learned_fact *fact,
            change_function *cb, void *aux)
{
    const struct learned_row *row
        = CONTAINER_OF(ovs_list_front(&slot->rows), struct learned_row,
                       slot_node);
    struct learned_change change = {
        .action = fact ? LEARNED_UPDATE : LEARNED_INSERT,
        .router = slot->group->router,
        .port = slot->port->name,
        .prefix = &slot->prefix,
        .nexthop = &slot->out,
        .via = &slot->nexthop,
        .row = row->uuid,
    };

    if (fact) {
        change.route = fact->uuid;
    }
    cb(&change, aux);
}

static size_t
take_slot(struct learned_slot *slot, change_function *cb, void *aux)
{
    bool wanted = slot->verdict == LEARNED_WANTED;
    struct learned_fact *fact, *keep = NULL;
    size_t n = 0;

    if (wanted) {
        /* One that is right, else one that can be made so. */
        LIST_FOR_EACH (fact, slot_node, &slot->facts) {
            if (!fact->odd && !fact->taken
                && uuid_equals(&fact->router, &slot->group->router)
                && (!keep || fact_is_right(fact, slot))) {
                keep = fact;
            }
        }
    }
    LIST_FOR_EACH (fact, slot_node, &slot->facts) {
        if (fact != keep) {
            take_removal(fact, cb, aux);
            n++;
        }
    }
    if (wanted && !(keep && fact_is_right(keep, slot))) {
        take_wanted(slot, keep, cb, aux);
        n++;
    }
    return n;
}

/* True if the change to 'slot' has to wait. */
static bool
slot_is_held(const struct learned_routes *lrs, const struct learned_slot *slot,
             long long int now)
{
    return (slot->verdict == LEARNED_WANTED
            ? slot->port->router->pausing
            : slot->held && now < lrs->hold_until);
}

/* Make before break.  Stock ovn-northd may look between any two transactions,
 * and takes its time: if a static route of ours goes in one and what follows
 * it comes in another, packets are lost until it looks again. */

/* What there is to follow the static routes of a slot that are to go. */
enum heir {
    HEIR_NONE,                  /* They may go. */
    HEIR_COMING,                /* Not yet: it waits for its next hop (S4). */
    HEIR_DUE,                   /* In the same transaction as it comes. */
    HEIR_THERE,                 /* They may go. */
};

static bool
slot_is_installed(const struct learned_slot *slot)
{
    const struct learned_fact *fact;

    LIST_FOR_EACH (fact, slot_node, &slot->facts) {
        if (fact_is_right(fact, slot)) {
            return true;
        }
    }
    return false;
}

static enum heir
slot_is_heir(const struct learned_slot *slot)
{
    if (slot->verdict != LEARNED_WANTED || slot->port->router->pausing) {
        return HEIR_NONE;
    } else if (slot_is_installed(slot)) {
        return HEIR_THERE;
    } else if (slot->via && !slot->via->ready) {
        return HEIR_COMING;
    } else {
        return slot->pending && !slot->in_flight ? HEIR_DUE : HEIR_NONE;
    }
}

/* The heirs of 'fact', a static route of 'slot': routes to the same prefix on
 * the same router, by whatever port.  NULL if there is none. */
static struct learned_group *
find_heirs(const struct learned_routes *lrs, const struct learned_slot *slot,
           const struct learned_fact *fact, enum heir *heir)
{
    struct learned_group *group = learned_group_find(lrs, &fact->router,
                                                     &slot->prefix);
    const struct learned_slot *other;

    *heir = HEIR_NONE;
    if (group) {
        LIST_FOR_EACH (other, group_node, &group->slots) {
            *heir = MAX(*heir, slot_is_heir(other));
        }
    }
    return group;
}

static size_t
take_now(struct learned_routes *lrs, struct learned_slot *slot,
         change_function *cb, void *aux)
{
    slot->in_flight = true;
    ovs_list_push_back(&lrs->in_flight, &slot->pending_node);
    return take_slot(slot, cb, aux);
}

/* Takes the changes of 'slot' and, if these take a static route away, of what
 * follows it.  Puts it off if that cannot come yet. */
static size_t
take_with_heirs(struct learned_routes *lrs, struct learned_slot *slot,
                change_function *cb, void *aux)
{
    struct learned_group *group = NULL;
    enum heir heir = HEIR_NONE;
    size_t n;

    if (slot->verdict != LEARNED_WANTED && !ovs_list_is_empty(&slot->facts)) {
        const struct learned_fact *fact
            = CONTAINER_OF(ovs_list_front(&slot->facts), struct learned_fact,
                           slot_node);

        group = find_heirs(lrs, slot, fact, &heir);
    }
    if (heir == HEIR_COMING) {
        ovs_list_push_back(&lrs->waiting, &slot->pending_node);
        return 0;
    }
    n = take_now(lrs, slot, cb, aux);
    if (heir == HEIR_DUE) {
        struct learned_slot *other;

        LIST_FOR_EACH (other, group_node, &group->slots) {
            if (slot_is_heir(other) == HEIR_DUE) {
                ovs_list_remove(&other->pending_node);
                n += take_now(lrs, other, cb, aux);
            }
        }
    }
    return n;
}

size_t
learned_routes_take_changes(struct learned_routes *lrs, long long int now,
                            size_t max, change_function *cb, void *aux)
{
    size_t n = 0;

    while (n < max && !ovs_list_is_empty(&lrs->pending)) {
        struct learned_slot *slot
            = CONTAINER_OF(ovs_list_pop_front(&lrs->pending),
                           struct learned_slot, pending_node);

        if (slot_is_held(lrs, slot, now)) {
            ovs_list_push_back(&lrs->held, &slot->pending_node);
        } else {
            n += take_with_heirs(lrs, slot, cb, aux);
        }
    }
    return n;
}

void
learned_routes_changes_done(struct learned_routes *lrs)
{
    struct learned_fact *fact;
    struct learned_slot *slot;

    LIST_FOR_EACH_POP (slot, pending_node, &lrs->in_flight) {
        slot->in_flight = false;
        slot->pending = false;
        learned_slot_set_dirty(lrs, slot);
        LIST_FOR_EACH (fact, slot_node, &slot->facts) {
            fact->removing = false;
        }
    }
    lrs->northbound_dirty |= lrs->northbound_in_flight;
    lrs->northbound_in_flight = false;
}

bool
learned_routes_has_changes(const struct learned_routes *lrs)
{
    return !ovs_list_is_empty(&lrs->pending);
}
