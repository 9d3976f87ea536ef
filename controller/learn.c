/* learn.c: reads prefixes and sees what each port may take of them.  See
 * learn.h and learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-route.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* Prefixes that were looked at: the measure of learning's work. */
COVERAGE_DEFINE(learn_prefix);

/* So many prefixes get a changed MAC address in one run: a next hop may have
 * all of them, and other work waits meanwhile. */
#define LEARN_RUN_HOPS 2000

struct learner *
learner_create(const struct learner_source *source, struct learn_rows *rows)
{
    struct learner *learn = xzalloc(sizeof *learn);

    learn->source = *source;
    learn->rows = rows;
    problem_set_init(&learn->problems);
    hmap_init(&learn->tables);
    hmap_init(&learn->routers);
    hmap_init(&learn->ports);
    hmap_init(&learn->devices);
    smap_init(&learn->interfaces);
    ovs_list_init(&learn->dirty_tables);
    ovs_list_init(&learn->reports);
    ovs_list_init(&learn->stale);
    ovs_list_init(&learn->troubles);
    learn->report_at = LLONG_MAX;
    return learn;
}

void
learner_destroy(struct learner *learn)
{
    if (!learn) {
        return;
    }
    learner_set_ports(learn, NULL, 0);
    hmap_destroy(&learn->tables);
    hmap_destroy(&learn->routers);
    hmap_destroy(&learn->ports);
    hmap_destroy(&learn->devices);
    smap_destroy(&learn->interfaces);
    problem_set_destroy(&learn->problems);
    free(learn->mapping);
    free(learn->consulted);
    free(learn->candidates);
    free(learn);
}

/* News. */

static void
table_queue(struct table *table)
{
    if (ovs_list_is_empty(&table->dirty_node)) {
        ovs_list_push_back(&table->learn->dirty_tables, &table->dirty_node);
    }
}

void
learner_table_dirty(struct table *table)
{
    table->all_dirty = true;
    table_queue(table);
}

void
learner_table_dirty_prefix(struct table *table, const struct ip_prefix *prefix)
{
    uint32_t hash = ip_prefix_hash(prefix, 0);
    struct dirty_prefix *dirty;

    HMAP_FOR_EACH_WITH_HASH (dirty, node, hash, &table->dirty) {
        if (ip_prefix_equals(&dirty->prefix, prefix)) {
            return;
        }
    }
    dirty = xmalloc(sizeof *dirty);
    dirty->prefix = *prefix;
    hmap_insert(&table->dirty, &dirty->node, hash);
    table_queue(table);
}

void
learner_prefix_changed(struct learner *learn, uint32_t table_id,
                       const struct ip_prefix *prefix)
{
    struct table *table = learner_table_find(learn, table_id);

    if (table && !table->all_dirty) {
        learner_table_dirty_prefix(table, prefix);
    }
}

void
learner_table_changed(struct learner *learn, uint32_t table_id)
{
    struct table *table = learner_table_find(learn, table_id);

    if (table) {
        learner_table_dirty(table);
    }
}

void
learner_recompute(struct learner *learn)
{
    struct table *table;

    HMAP_FOR_EACH (table, node, &learn->tables) {
        learner_table_dirty(table);
    }
}

/* Reading a prefix. */

/* What is collected of the routes to a prefix. */
struct collect {
    struct learner *learn;
    struct table *table;
    bool any;                   /* There is one that can be learned. */
    uint32_t metric;            /* The best so far. */
};

static void
add_consulted(struct learner *learn, struct hop *hop)
{
    if (learn->n_consulted >= learn->allocated_consulted) {
        learn->consulted = x2nrealloc(learn->consulted,
                                      &learn->allocated_consulted,
                                      sizeof *learn->consulted);
    }
    learn->consulted[learn->n_consulted++] = hop;
}

static void
add_candidate(struct learner *learn, struct hop *hop, uint16_t weight)
{
    if (learn->n_candidates >= learn->allocated_candidates) {
        learn->candidates = x2nrealloc(learn->candidates,
                                       &learn->allocated_candidates,
                                       sizeof *learn->candidates);
    }
    learn->candidates[learn->n_candidates++]
        = (struct candidate) { .nexthop = { hop, weight } };
}

static void
collect_route(void *collect_, const struct nl_route *route)
{
    struct collect *collect = collect_;
    struct learner *learn = collect->learn;

    if (learner_judge_route(route)) {
        return;
    } else if (collect->any && route->key.metric > collect->metric) {
        learn->has_worse = true;
        return;
    }
    for (size_t i = 0; i < route->n_nexthops; i++) {
        const struct nl_nexthop *nexthop = &route->nexthops[i];
        uint8_t addr[16], family;
        struct hop *hop;

        if (learner_judge_nexthop(nexthop, &family, addr)) {
            continue;
        }
        hop = learner_hop_get(learn, collect->table, family, addr,
                              nexthop->ifindex);
        add_consulted(learn, hop);
        if (!hop->device->name[0]) {
            continue;
        }
        if (!collect->any || route->key.metric < collect->metric) {
            learn->has_worse |= collect->any;
            collect->any = true;
            collect->metric = route->key.metric;
            learn->n_candidates = 0;
        }
        add_candidate(learn, hop, nexthop->weight);
    }
}

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct nexthop *a = &((const struct candidate *) a_)->nexthop;
    const struct nexthop *b = &((const struct candidate *) b_)->nexthop;
    uint32_t a_ifindex = a->hop->device->ifindex;
    uint32_t b_ifindex = b->hop->device->ifindex;
    int cmp = a->hop->family - b->hop->family;

    if (!cmp) {
        cmp = memcmp(a->hop->addr, b->hop->addr, sizeof a->hop->addr);
    }
    if (!cmp) {
        cmp = a_ifindex < b_ifindex ? -1 : a_ifindex > b_ifindex;
    }
    return cmp ? cmp : b->weight - a->weight;
}

/* Reads the next hops to 'prefix' into 'learn->candidates', in an order that
 * depends on nothing but them, and those that this rests on into
 * 'learn->consulted'. */
static void
collect_candidates(struct learner *learn, struct table *table,
                   const struct ip_prefix *prefix)
{
    struct collect collect = { .learn = learn, .table = table };

    learn->n_candidates = learn->n_consulted = 0;
    learn->has_worse = false;
    if (!learner_judge_prefix(prefix)) {
        learn->source.get_routes(learn->source.aux, table->table_id, prefix,
                                 collect_route, &collect);
        if (learn->n_candidates > 1) {
            qsort(learn->candidates, learn->n_candidates,
                  sizeof *learn->candidates, compare_candidates);
        }
    }
}

/* Weights that are all the same say nothing. */
static void
normalize_weights(struct offer *offer)
{
    for (size_t i = 1; i < offer->n; i++) {
        if (offer->nexthops[i].weight != offer->nexthops[0].weight) {
            return;
        }
    }
    for (size_t i = 0; i < offer->n; i++) {
        offer->nexthops[i].weight = 1;
    }
}

/* Makes 'offer' of the candidates that belong to 'port'.  Of what OVN itself
 * advertises nothing does. */
static void
make_offer(const struct learner *learn, const struct port *port,
           const struct ip_prefix *prefix, bool advertised,
           struct offer *offer)
{
    offer->n = 0;
    memset(offer->bad, 0, sizeof offer->bad);
    if (!port->learning || advertised || !learn->n_candidates
        || learner_judge_port(port, prefix)) {
        return;
    }
    for (size_t i = 0; i < learn->n_candidates; i++) {
        const struct nexthop *nexthop = &learn->candidates[i].nexthop;
        const struct hop *hop = nexthop->hop;

        switch (learner_judge_hop(port, learn->candidates[i].place, prefix,
                                  hop)) {
        case REFUSED_OWN:
            offer->bad[BAD_OWN] = true;
            break;
        case REFUSED_LOOP:
            offer->bad[BAD_LOOP] = true;
            break;
        case REFUSED_NOT:
            if (offer->n < ARRAY_SIZE(offer->nexthops)
                && !learner_has_nexthop(offer->nexthops, offer->n, hop)) {
                offer->nexthops[offer->n++] = *nexthop;
            }
            break;
        default:
            break;
        }
    }
    normalize_weights(offer);
}

struct entry *
learner_entry_find(const struct table *table, const struct ip_prefix *prefix)
{
    struct entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, ip_prefix_hash(prefix, 0),
                             &table->entries) {
        if (ip_prefix_equals(&entry->prefix, prefix)) {
            return entry;
        }
    }
    return NULL;
}

/* Returns the entry of 'prefix', which is made if there are candidates, or
 * NULL. */
static struct entry *
get_entry(struct learner *learn, struct table *table,
          const struct ip_prefix *prefix)
{
    struct entry *entry = learner_entry_find(table, prefix);

    if (!entry && learn->n_consulted) {
        entry = xzalloc(sizeof *entry);
        entry->prefix = *prefix;
        ovs_list_init(&entry->claims);
        hmap_insert(&table->entries, &entry->node, ip_prefix_hash(prefix, 0));
    }
    return entry;
}

/* Has the ports of 'router' claim of 'entry' what they may. */
static void
run_router(struct learner *learn, struct entry *entry, struct router *router)
{
    bool advertised = (learn->n_candidates
                       && learn->source.is_advertised(
                           learn->source.aux, &router->datapath,
                           &entry->prefix));
    struct offer offer;
    struct port *port;

    for (size_t i = 0; i < learn->n_candidates && !advertised; i++) {
        struct candidate *candidate = &learn->candidates[i];

        candidate->place = learner_place_hop(router, candidate->nexthop.hop);
    }
    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (port->bound_here) {
            make_offer(learn, port, &entry->prefix, advertised, &offer);
            learner_update_claim(learn, entry, port, &offer,
                                 !learn->n_candidates);
        }
    }
}

/* True if 'entry', which was just looked at, is to be known although nobody
 * claims it, because that may change with a device: one that goes may leave
 * its place to a worse metric. */
static bool
entry_may_be_claimed(const struct learner *learn, const struct table *table,
                     const struct entry *entry)
{
    if (learn->has_worse) {
        return true;
    }
    for (const struct use *use = entry->uses; use; use = use->next) {
        if (table->choosy || !use->hop->device->name[0]) {
            return true;
        }
    }
    return false;
}

static void
run_prefix(struct learner *learn, struct table *table,
           const struct ip_prefix *prefix)
{
    struct router *router;
    struct entry *entry;

    COVERAGE_INC(learn_prefix);
    collect_candidates(learn, table, prefix);
    entry = get_entry(learn, table, prefix);
    if (!entry) {
        return;
    }

    /* 'prefix' may be that of 'entry', which may go. */
    entry->round = table->round;
    LIST_FOR_EACH (router, table_node, &table->routers) {
        run_router(learn, entry, router);
    }
    learner_entry_set_uses(learn, entry, learn->consulted,
                           learn->n_consulted);
    if (ovs_list_is_empty(&entry->claims)
        && !entry_may_be_claimed(learn, table, entry)) {
        learner_entry_free(learn, table, entry);
    }
}

/* Running. */

/* A look at all of a table. */
struct look {
    struct learner *learn;
    struct table *table;
    bool only_known;            /* Only prefixes that have rows. */
};

static void
look_at_prefix(void *look_, const struct ip_prefix *prefix)
{
    const struct look *look = look_;
    const struct entry *entry = learner_entry_find(look->table, prefix);

    if (!entry || entry->round != look->table->round) {
        const struct router *router;
        const struct port *port;

        if (look->only_known) {
            bool known = false;

            LIST_FOR_EACH (router, table_node, &look->table->routers) {
                LIST_FOR_EACH (port, router_node, &router->ports) {
                    known |= learn_rows_has_prefix(look->learn->rows,
                                                   &port->uuid, prefix);
                }
            }
            if (!known) {
                return;
            }
        }
        run_prefix(look->learn, look->table, prefix);
    }
}

/* Looks at all prefixes that the kernel or a claim has.  Those that have rows
 * come first, so that a restart leaves them the room that they had. */
static void
run_whole_table(struct learner *learn, struct table *table)
{
    struct look look = { learn, table, true };
    struct entry *entry;

    table->round++;
    learn->source.for_each_prefix(learn->source.aux, table->table_id,
                                  look_at_prefix, &look);
    look.only_known = false;
    learn->source.for_each_prefix(learn->source.aux, table->table_id,
                                  look_at_prefix, &look);
    HMAP_FOR_EACH_SAFE (entry, node, &table->entries) {
        if (entry->round != table->round) {
            run_prefix(learn, table, &entry->prefix);
        }
    }
}

static void
run_table(struct learner *learn, struct table *table)
{
    struct dirty_prefix *dirty;
    struct router *router;
    struct port *port;

    if (!table->all_dirty) {
        HMAP_FOR_EACH_POP (dirty, node, &table->dirty) {
            run_prefix(learn, table, &dirty->prefix);
            free(dirty);
        }
        return;
    }

    HMAP_FOR_EACH_POP (dirty, node, &table->dirty) {
        free(dirty);
    }
    run_whole_table(learn, table);
    table->all_dirty = false;
    LIST_FOR_EACH (router, table_node, &table->routers) {
        LIST_FOR_EACH (port, router_node, &router->ports) {
            if (port->bound_here) {
                learn_rows_set_ready(learn->rows, &port->uuid);
            }
        }
    }
}

void
learner_run(struct learner *learn, long long int now)
{
    struct table *table;
    struct port *port;

    learner_run_hops(learn, LEARN_RUN_HOPS);
    LIST_FOR_EACH_SAFE (table, dirty_node, &learn->dirty_tables) {
        if (learn->source.is_trusted(learn->source.aux, table->table_id)) {
            run_table(learn, table);
            ovs_list_remove(&table->dirty_node);
            ovs_list_init(&table->dirty_node);
        }
    }
    LIST_FOR_EACH_POP (port, report_node, &learn->reports) {
        ovs_list_init(&port->report_node);
        learner_report_port(learn, port);
    }
    learner_report_hops(learn, now);
}

long long int
learner_next_time(const struct learner *learn)
{
    return (learn->report_hops || !ovs_list_is_empty(&learn->stale) ? 0
            : learn->report_at);
}

bool
learner_is_settled(const struct learner *learn)
{
    return (ovs_list_is_empty(&learn->dirty_tables)
            && ovs_list_is_empty(&learn->stale));
}
