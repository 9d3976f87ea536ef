/* learn.c: reads prefixes and keeps what each port claims of them.  See
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
        table->all_dirty = true;
    }
}

void
learner_recompute(struct learner *learn)
{
    struct table *table;

    HMAP_FOR_EACH (table, node, &learn->tables) {
        table->all_dirty = true;
    }
}

/* Rows. */

static void
make_key(const struct claim *claim, const struct nexthop *nexthop,
         struct learn_row_key *key)
{
    memset(key, 0, sizeof *key);
    key->port = claim->port->uuid;
    key->prefix = claim->entry->prefix;
    key->family = nexthop->hop->family;
    memcpy(key->nexthop, nexthop->hop->addr, sizeof key->nexthop);
}

/* Has the MAC addresses watched that the next hops of 'claim' need, or no
 * longer. */
static void
watch_nexthops(struct learner *learn, const struct claim *claim, bool watch)
{
    for (size_t i = 0; i < claim->n; i++) {
        struct hop *hop = claim->nexthops[i].hop;

        if (learn_rows_needs_mac(&claim->entry->prefix, hop->family)) {
            learner_hop_watch(learn, hop, watch);
        }
    }
}

static void
want_nexthop(struct learner *learn, const struct claim *claim,
             const struct nexthop *nexthop)
{
    struct learn_row_value value = { .weight = nexthop->weight };
    struct learn_row_key key;

    make_key(claim, nexthop, &key);
    if (learn_rows_needs_mac(&key.prefix, key.family)) {
        ovs_strlcpy(value.mac, nexthop->hop->mac, sizeof value.mac);
    }
    learn_rows_want(learn->rows, &key, &value);
}

void
learner_entry_update_mac(struct learner *learn, struct entry *entry,
                         const struct hop *hop)
{
    const struct claim *claim;

    LIST_FOR_EACH (claim, entry_node, &entry->claims) {
        for (size_t i = 0; claim->accepted && i < claim->n; i++) {
            if (claim->nexthops[i].hop == hop) {
                want_nexthop(learn, claim, &claim->nexthops[i]);
            }
        }
    }
}

static void
unwant_nexthop(struct learner *learn, const struct claim *claim,
               const struct nexthop *nexthop, bool hold)
{
    struct learn_row_key key;

    make_key(claim, nexthop, &key);
    learn_rows_unwant(learn->rows, &key, hold);
}

/* Claims. */

static struct claim *
claim_find(const struct entry *entry, const struct port *port)
{
    struct claim *claim;

    LIST_FOR_EACH (claim, entry_node, &entry->claims) {
        if (claim->port == port) {
            return claim;
        }
    }
    return NULL;
}

static struct claim *
claim_create(struct entry *entry, struct port *port)
{
    struct claim *claim = xzalloc(sizeof *claim);

    claim->entry = entry;
    claim->port = port;
    ovs_list_push_back(&entry->claims, &claim->entry_node);
    ovs_list_init(&claim->port_node);
    for (int i = 0; i < N_BAD; i++) {
        ovs_list_init(&claim->bad_node[i]);
    }
    return claim;
}

/* Notes that 'claim' has next hops that are 'bad', or has none. */
static void
claim_set_bad(struct claim *claim, enum bad_nexthop bad, bool has)
{
    if (has != !ovs_list_is_empty(&claim->bad_node[bad])) {
        ovs_list_remove(&claim->bad_node[bad]);
        ovs_list_init(&claim->bad_node[bad]);
        if (has) {
            ovs_list_push_back(&claim->port->bad[bad],
                               &claim->bad_node[bad]);
        }
        claim->port->report = true;
    }
}

/* Takes 'claim' out of the port's lists. */
static void
claim_unlist(struct claim *claim)
{
    struct port *port = claim->port;

    if (!ovs_list_is_empty(&claim->port_node)) {
        if (claim->accepted) {
            port->n_accepted--;
        } else {
            port->report = true;
            port->n_waiting--;
        }
        ovs_list_remove(&claim->port_node);
        ovs_list_init(&claim->port_node);
    }
    claim->accepted = false;
}

static void
claim_free(struct learner *learn, struct claim *claim)
{
    watch_nexthops(learn, claim, false);
    claim_unlist(claim);
    for (int i = 0; i < N_BAD; i++) {
        claim_set_bad(claim, i, false);
    }
    ovs_list_remove(&claim->entry_node);
    free(claim->nexthops);
    free(claim);
}

/* True if 'entry' is to be known although nobody claims it, because that may
 * change with a device. */
static bool
entry_may_be_claimed(const struct table *table, const struct entry *entry)
{
    for (const struct use *use = entry->uses; use; use = use->next) {
        if (table->choosy || !use->hop->device->name[0]) {
            return true;
        }
    }
    return false;
}

static void
entry_free(struct learner *learn, struct table *table, struct entry *entry)
{
    learner_entry_set_uses(learn, entry, NULL, 0);
    hmap_remove(&table->entries, &entry->node);
    free(entry);
}

void
learner_table_clear(struct learner *learn, struct table *table)
{
    struct entry *entry;

    HMAP_FOR_EACH_SAFE (entry, node, &table->entries) {
        if (ovs_list_is_empty(&entry->claims)) {
            entry_free(learn, table, entry);
        }
    }
}

static void
claim_drop(struct learner *learn, struct claim *claim)
{
    struct table *table = claim->port->router->table;
    struct entry *entry = claim->entry;

    claim_free(learn, claim);
    if (ovs_list_is_empty(&entry->claims)) {
        entry_free(learn, table, entry);
    }
}

/* Drops the claims in 'list', by 'port_node'. */
static void
drop_claims(struct learner *learn, struct ovs_list *list)
{
    struct claim *claim;

    LIST_FOR_EACH_SAFE (claim, port_node, list) {
        claim_drop(learn, claim);
    }
}

void
learner_port_drop_claims(struct learner *learn, struct port *port)
{
    struct claim *claim;

    drop_claims(learn, &port->accepted);
    drop_claims(learn, &port->waiting);
    for (int i = 0; i < N_BAD; i++) {
        LIST_FOR_EACH_SAFE (claim, bad_node[i], &port->bad[i]) {
            claim_drop(learn, claim);
        }
    }
    port->report = true;
}

static bool
hop_same_address(const struct hop *a, const struct hop *b)
{
    return (a->family == b->family
            && !memcmp(a->addr, b->addr, sizeof a->addr));
}

static const struct nexthop *
find_nexthop(const struct nexthop *nexthops, size_t n,
             const struct nexthop *nexthop)
{
    for (size_t i = 0; i < n; i++) {
        if (hop_same_address(nexthops[i].hop, nexthop->hop)) {
            return &nexthops[i];
        }
    }
    return NULL;
}

static bool
nexthops_equal(const struct nexthop *a, const struct nexthop *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].hop != b[i].hop || a[i].weight != b[i].weight) {
            return false;
        }
    }
    return true;
}

/* Gives 'claim', which is accepted or has none, other next hops. */
static void
claim_set_nexthops(struct learner *learn, struct claim *claim,
                   const struct nexthop *nexthops, size_t n, bool hold)
{
    for (size_t i = 0; claim->accepted && i < claim->n; i++) {
        if (!find_nexthop(nexthops, n, &claim->nexthops[i])) {
            unwant_nexthop(learn, claim, &claim->nexthops[i], hold
                           && learn->source.device_is_up(
                               learn->source.aux,
                               claim->nexthops[i].hop->device->ifindex));
        }
    }
    if (n != claim->n || !nexthops_equal(nexthops, claim->nexthops, n)) {
        struct claim old = *claim;

        claim->nexthops = n ? xmemdup(nexthops, n * sizeof *nexthops) : NULL;
        claim->n = n;
        watch_nexthops(learn, claim, true);
        watch_nexthops(learn, &old, false);
        free(old.nexthops);
    }
    for (size_t i = 0; claim->accepted && i < n; i++) {
        want_nexthop(learn, claim, &nexthops[i]);
    }
}

/* Puts 'claim', which has next hops and is in no list, to those that wait;
 * first, if it was accepted before. */
static void
claim_wait(struct claim *claim, bool first)
{
    struct port *port = claim->port;

    if (first) {
        ovs_list_push_front(&port->waiting, &claim->port_node);
    } else {
        ovs_list_push_back(&port->waiting, &claim->port_node);
    }
    port->n_waiting++;
    port->report = true;
}

static void
claim_accept(struct learner *learn, struct claim *claim)
{
    struct port *port = claim->port;

    claim_unlist(claim);
    claim->accepted = true;
    ovs_list_push_back(&port->accepted, &claim->port_node);
    port->n_accepted++;
    for (size_t i = 0; i < claim->n; i++) {
        want_nexthop(learn, claim, &claim->nexthops[i]);
    }
}

void
learner_port_enforce_max(struct learner *learn, struct port *port)
{
    while (port->n_accepted > port->max) {
        struct claim *claim = CONTAINER_OF(ovs_list_back(&port->accepted),
                                           struct claim, port_node);

        for (size_t i = 0; i < claim->n; i++) {
            unwant_nexthop(learn, claim, &claim->nexthops[i], false);
        }
        claim_unlist(claim);
        claim_wait(claim, true);
    }
    while (port->n_accepted < port->max
           && !ovs_list_is_empty(&port->waiting)) {
        claim_accept(learn, CONTAINER_OF(ovs_list_front(&port->waiting),
                                         struct claim, port_node));
    }
}

/* What a port may take of a prefix. */
struct offer {
    struct nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    size_t n;
    bool bad[N_BAD];
};

/* Has 'port' claim of 'entry' what 'offer' has.  'hold': if it has nothing,
 * that is because the kernel has nothing. */
static void
update_claim(struct learner *learn, struct entry *entry, struct port *port,
             const struct offer *offer, bool hold)
{
    struct claim *claim = claim_find(entry, port);
    bool any = offer->n > 0;

    for (int i = 0; i < N_BAD; i++) {
        any |= offer->bad[i];
    }
    if (!any && !claim) {
        return;
    }
    if (!claim) {
        claim = claim_create(entry, port);
    }
    for (int i = 0; i < N_BAD; i++) {
        claim_set_bad(claim, i, offer->bad[i]);
    }
    claim_set_nexthops(learn, claim, offer->nexthops, offer->n, hold);
    if (offer->n && ovs_list_is_empty(&claim->port_node)) {
        claim_wait(claim, false);
    } else if (!offer->n) {
        claim_unlist(claim);
    }
    if (!any) {
        claim_free(learn, claim);
    }
    learner_port_enforce_max(learn, port);
}

/* Reading a prefix. */

/* What is collected of the routes to a prefix. */
struct collect {
    struct learner *learn;
    struct table *table;
    bool any;                   /* There is one that can be learned. */
    uint32_t metric;            /* The best so far. */
};

static bool
prefix_is_learnable(const struct ip_prefix *prefix)
{
    if (ip_prefix_is_link_local(prefix)) {
        return false;
    }
    return (prefix->family == AF_INET
            ? prefix->addr[0] < 224 && prefix->addr[0] != 127
            : prefix->addr[0] != 0xff);
}

/* The next hop that the kernel has as 'from', or NULL if it is none that a
 * router of OVN could use. */
static struct hop *
hop_from_kernel(const struct collect *collect, const struct nl_nexthop *from)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t zero[16];
    uint8_t family = from->family;
    uint8_t addr[16];

    memcpy(addr, from->addr, sizeof addr);
    if (family == AF_INET6 && !memcmp(addr, mapped, sizeof mapped)) {
        family = AF_INET;
        memcpy(addr, from->addr + sizeof mapped, 4);
        memset(addr + 4, 0, 12);
    }
    if (!family || from->flags & RTNH_F_DEAD
        || !memcmp(addr, zero, sizeof zero)
        || (family == AF_INET ? addr[0] >= 224 || addr[0] == 127
            : addr[0] == 0xff)) {
        return NULL;
    }
    return learner_hop_get(collect->learn, collect->table, family, addr,
                           from->ifindex);
}

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

    if (route->protocol <= RTPROT_STATIC || route->protocol == DR_RTPROT_OVN
        || route->type != RTN_UNICAST || route->key.tos
        || (collect->any && route->key.metric > collect->metric)) {
        return;
    }
    for (size_t i = 0; i < route->n_nexthops; i++) {
        const struct nl_nexthop *nexthop = &route->nexthops[i];
        struct hop *hop = hop_from_kernel(collect, nexthop);

        if (!hop) {
            continue;
        }
        add_consulted(learn, hop);
        if (!hop->device->name[0]) {
            continue;
        }
        if (!collect->any || route->key.metric < collect->metric) {
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
    if (prefix_is_learnable(prefix)) {
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
        || !learner_port_permits(port, prefix)) {
        return;
    }
    for (size_t i = 0; i < learn->n_candidates; i++) {
        const struct nexthop *nexthop = &learn->candidates[i].nexthop;
        const struct hop *hop = nexthop->hop;

        if (!learner_port_fits(port, learn->candidates[i].place, hop)) {
            continue;
        } else if (learner_is_own_address(port->router, hop)) {
            offer->bad[BAD_OWN] = true;
        } else if (learner_is_loop(port, prefix, hop)) {
            offer->bad[BAD_LOOP] = true;
        } else if (offer->n < ARRAY_SIZE(offer->nexthops)
                   && !find_nexthop(offer->nexthops, offer->n, nexthop)) {
            offer->nexthops[offer->n++] = *nexthop;
        }
    }
    normalize_weights(offer);
}

static struct entry *
entry_find(const struct table *table, const struct ip_prefix *prefix)
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
    struct entry *entry = entry_find(table, prefix);

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
            update_claim(learn, entry, port, &offer, !learn->n_candidates);
        }
    }
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
        && !entry_may_be_claimed(table, entry)) {
        entry_free(learn, table, entry);
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
    const struct entry *entry = entry_find(look->table, prefix);

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

static bool
table_is_dirty(const struct table *table)
{
    return table->all_dirty || !hmap_is_empty(&table->dirty);
}

void
learner_run(struct learner *learn, long long int now)
{
    struct table *table;
    struct port *port;

    learner_run_hops(learn, LEARN_RUN_HOPS);
    HMAP_FOR_EACH (table, node, &learn->tables) {
        if (table_is_dirty(table)
            && learn->source.is_trusted(learn->source.aux,
                                        table->table_id)) {
            run_table(learn, table);
        }
    }
    HMAP_FOR_EACH (port, node, &learn->ports) {
        if (port->report) {
            learner_report_port(learn, port);
        }
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
    const struct table *table;

    HMAP_FOR_EACH (table, node, &learn->tables) {
        if (table_is_dirty(table)) {
            return false;
        }
    }
    return ovs_list_is_empty(&learn->stale);
}
