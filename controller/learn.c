/* learn.c: reads prefixes and keeps what each port claims of them.  See
 * learn.h and learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-route.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

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
    return learn;
}

void
learner_destroy(struct learner *learn)
{
    struct device *device;

    if (!learn) {
        return;
    }
    learner_set_ports(learn, NULL, 0);
    HMAP_FOR_EACH_POP (device, node, &learn->devices) {
        free(device);
    }
    hmap_destroy(&learn->tables);
    hmap_destroy(&learn->routers);
    hmap_destroy(&learn->ports);
    hmap_destroy(&learn->devices);
    smap_destroy(&learn->interfaces);
    problem_set_destroy(&learn->problems);
    free(learn->mapping);
    free(learn->candidates);
    free(learn);
}

/* News. */

static void
table_dirty_prefix(struct table *table, const struct ip_prefix *prefix)
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
        table_dirty_prefix(table, prefix);
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

/* Many prefixes share a next hop, and its address hardly ever changes. */
void
learner_neighbour_changed(struct learner *learn,
                          uint32_t ifindex OVS_UNUSED)
{
    learner_recompute(learn);
}

/* Rows. */

static void
make_key(const struct claim *claim, const struct nexthop *nexthop,
         struct learn_row_key *key)
{
    memset(key, 0, sizeof *key);
    key->port = claim->port->uuid;
    key->prefix = claim->entry->prefix;
    key->family = nexthop->family;
    memcpy(key->nexthop, nexthop->addr, sizeof key->nexthop);
}

/* True for a next hop whose MAC address has to go with it. */
static bool
nexthop_needs_mac(const struct claim *claim, const struct nexthop *nexthop)
{
    return (nexthop->family == AF_INET6
            && claim->entry->prefix.family == AF_INET);
}

/* Has the MAC addresses watched that the next hops of 'claim' need, or no
 * longer. */
static void
watch_nexthops(struct learner *learn, const struct claim *claim, bool watch)
{
    for (size_t i = 0; i < claim->n; i++) {
        const struct nexthop *nexthop = &claim->nexthops[i];

        if (nexthop_needs_mac(claim, nexthop)) {
            (watch ? learn->source.watch_neighbour
             : learn->source.unwatch_neighbour)(learn->source.aux,
                                                nexthop->ifindex,
                                                nexthop->addr);
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
    if (nexthop_needs_mac(claim, nexthop)) {
        const uint8_t *mac = learn->source.get_neighbour(learn->source.aux,
                                                         nexthop->ifindex,
                                                         nexthop->addr);

        if (mac) {
            snprintf(value.mac, sizeof value.mac,
                     "%02x:%02x:%02x:%02x:%02x:%02x",
                     mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
        }
    }
    learn_rows_want(learn->rows, &key, &value);
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

/* Frees 'entry' if nobody claims it. */
static void
entry_unref(struct table *table, struct entry *entry)
{
    if (ovs_list_is_empty(&entry->claims)) {
        hmap_remove(&table->entries, &entry->node);
        free(entry);
    }
}

void
learner_port_drop_claims(struct learner *learn, struct port *port)
{
    struct table *table = port->router->table;
    struct entry *entry;

    HMAP_FOR_EACH_SAFE (entry, node, &table->entries) {
        struct claim *claim = claim_find(entry, port);

        if (claim) {
            claim_free(learn, claim);
            entry_unref(table, entry);
        }
    }
    port->report = true;
}

static bool
nexthop_same_address(const struct nexthop *a, const struct nexthop *b)
{
    return (a->family == b->family
            && !memcmp(a->addr, b->addr, sizeof a->addr));
}

static const struct nexthop *
find_nexthop(const struct nexthop *nexthops, size_t n,
             const struct nexthop *nexthop)
{
    for (size_t i = 0; i < n; i++) {
        if (nexthop_same_address(&nexthops[i], nexthop)) {
            return &nexthops[i];
        }
    }
    return NULL;
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
                               claim->nexthops[i].ifindex));
        }
    }
    if (n != claim->n
        || (n && memcmp(nexthops, claim->nexthops, n * sizeof *nexthops))) {
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

/* Fills in '*to' from what the kernel has.  False if it is no next hop that a
 * router of OVN could use. */
static bool
nexthop_from_kernel(const struct nl_nexthop *from, struct nexthop *to)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t zero[16];

    memset(to, 0, sizeof *to);
    to->ifindex = from->ifindex;
    to->weight = from->weight;
    to->family = from->family;
    memcpy(to->addr, from->addr, sizeof to->addr);
    if (to->family == AF_INET6
        && !memcmp(to->addr, mapped, sizeof mapped)) {
        to->family = AF_INET;
        memcpy(to->addr, from->addr + sizeof mapped, 4);
        memset(to->addr + 4, 0, 12);
    }
    if (!to->family || from->flags & RTNH_F_DEAD
        || !memcmp(to->addr, zero, sizeof zero)) {
        return false;
    }
    return (to->family == AF_INET
            ? to->addr[0] < 224 && to->addr[0] != 127
            : to->addr[0] != 0xff);
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
        struct nexthop nexthop;

        if (!nexthop_from_kernel(&route->nexthops[i], &nexthop)
            || !learner_device(learn, nexthop.ifindex)->name[0]) {
            continue;
        }
        if (!collect->any || route->key.metric < collect->metric) {
            collect->any = true;
            collect->metric = route->key.metric;
            learn->n_candidates = 0;
        }
        if (learn->n_candidates >= learn->allocated_candidates) {
            learn->candidates = x2nrealloc(learn->candidates,
                                           &learn->allocated_candidates,
                                           sizeof *learn->candidates);
        }
        learn->candidates[learn->n_candidates++] = nexthop;
    }
}

static int
compare_nexthops(const void *a_, const void *b_)
{
    const struct nexthop *a = a_, *b = b_;
    int cmp = a->family - b->family;

    if (!cmp) {
        cmp = memcmp(a->addr, b->addr, sizeof a->addr);
    }
    if (!cmp) {
        cmp = a->ifindex < b->ifindex ? -1 : a->ifindex > b->ifindex;
    }
    return cmp ? cmp : b->weight - a->weight;
}

/* Reads the next hops to 'prefix' into 'learn->candidates', in an order that
 * depends on nothing but them. */
static void
collect_candidates(struct learner *learn, const struct table *table,
                   const struct ip_prefix *prefix)
{
    struct collect collect = { .learn = learn };

    learn->n_candidates = 0;
    if (prefix_is_learnable(prefix)) {
        learn->source.get_routes(learn->source.aux, table->table_id, prefix,
                                 collect_route, &collect);
        if (learn->n_candidates > 1) {
            qsort(learn->candidates, learn->n_candidates,
                  sizeof *learn->candidates, compare_nexthops);
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

/* Makes 'offer' of the candidates that belong to 'port'. */
static void
make_offer(struct learner *learn, const struct port *port,
           const struct ip_prefix *prefix, struct offer *offer)
{
    offer->n = 0;
    memset(offer->bad, 0, sizeof offer->bad);
    if (!port->learning || !learn->n_candidates
        || !learner_port_permits(port, prefix)
        || learn->source.is_advertised(learn->source.aux,
                                       &port->router->datapath, prefix)) {
        return;
    }
    for (size_t i = 0; i < learn->n_candidates; i++) {
        const struct nexthop *nexthop = &learn->candidates[i];
        enum learner_place place = learner_place_nexthop(learn, port->router,
                                                         nexthop);

        if (!learner_port_fits(learn, port, place, nexthop)) {
            continue;
        } else if (learner_is_own_address(port->router, nexthop)) {
            offer->bad[BAD_OWN] = true;
        } else if (learner_is_loop(port, prefix, nexthop)) {
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

static void
run_prefix(struct learner *learn, struct table *table,
           const struct ip_prefix *prefix_)
{
    struct ip_prefix prefix = *prefix_; /* May be that of a claim that goes. */
    struct entry *entry = entry_find(table, &prefix);
    struct router *router;
    struct offer offer;
    struct port *port;

    collect_candidates(learn, table, &prefix);
    if (!entry && !learn->n_candidates) {
        return;
    }
    if (!entry) {
        entry = xzalloc(sizeof *entry);
        entry->prefix = prefix;
        ovs_list_init(&entry->claims);
        hmap_insert(&table->entries, &entry->node,
                    ip_prefix_hash(&prefix, 0));
    }
    entry->round = table->round;
    LIST_FOR_EACH (router, table_node, &table->routers) {
        LIST_FOR_EACH (port, router_node, &router->ports) {
            if (port->bound_here) {
                make_offer(learn, port, &prefix, &offer);
                update_claim(learn, entry, port, &offer,
                             !learn->n_candidates);
            }
        }
    }
    entry_unref(table, entry);
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
learner_run(struct learner *learn)
{
    struct table *table;
    struct port *port;

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
    return true;
}
