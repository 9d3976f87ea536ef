/* learn-claim.c: what each port claims of each prefix, and which rows are
 * wanted for that.  See learn.h and learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

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

struct claim *
learner_claim_find(const struct entry *entry, const struct port *port)
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
        learner_port_touch(claim->port);
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
            learner_port_touch(port);
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

void
learner_entry_free(struct learner *learn, struct table *table,
                   struct entry *entry)
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
            learner_entry_free(learn, table, entry);
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
        learner_entry_free(learn, table, entry);
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
    learner_port_touch(port);
}

static bool
hop_same_address(const struct hop *a, const struct hop *b)
{
    return (a->family == b->family
            && !memcmp(a->addr, b->addr, sizeof a->addr));
}

bool
learner_has_nexthop(const struct nexthop *nexthops, size_t n,
                    const struct hop *hop)
{
    for (size_t i = 0; i < n; i++) {
        if (hop_same_address(nexthops[i].hop, hop)) {
            return true;
        }
    }
    return false;
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
        if (!learner_has_nexthop(nexthops, n, claim->nexthops[i].hop)) {
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
    learner_port_touch(port);
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

void
learner_update_claim(struct learner *learn, struct entry *entry,
                     struct port *port, const struct offer *offer, bool hold)
{
    struct claim *claim = learner_claim_find(entry, port);
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
