/* route-merge.c: merges claims on kernel routes.  See the header. */
#include <config.h>
#include "controller/route-merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/hmap-roomy.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* Sources of our problem reports. */
#define SOURCE_SHARED "shared-prefix"
#define SOURCE_ENGINE "engine"

/* What the kernel knows one route by, and who wants it. */
struct route_entry {
    struct hmap_node node;      /* In struct route_merge's 'entries'. */
    struct ovs_list changed;    /* In struct route_merge's 'changed', or
                                 * empty. */
    struct ovs_list claims;     /* Of struct route_claim. */
    struct route_exchange_route route; /* With the next hop that was fed. */
    bool fed;                   /* The sink has 'route'. */
    bool shared;                /* SOURCE_SHARED was reported. */
    bool refused;               /* SOURCE_ENGINE was reported. */
};

void
route_merge_init(struct route_merge *merge)
{
    hmap_init(&merge->entries);
    ovs_list_init(&merge->changed);
    merge->n_fed = 0;
}

static void
entry_free(struct route_merge *merge, struct route_entry *entry)
{
    hmap_remove(&merge->entries, &entry->node);
    ovs_list_remove(&entry->changed);
    free(entry);
}

void
route_merge_destroy(struct route_merge *merge)
{
    struct route_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, node, &merge->entries) {
        ovs_assert(ovs_list_is_empty(&entry->claims));
        entry_free(merge, entry);
    }
    hmap_destroy(&merge->entries);
}

static uint32_t
entry_hash(const struct route_exchange_route *route)
{
    return ip_prefix_hash_near(&route->prefix,
                               hash_2words(route->table_id, route->metric));
}

static struct route_entry *
entry_find_or_create(struct route_merge *merge,
                     const struct route_exchange_route *route)
{
    uint32_t hash = entry_hash(route);
    struct route_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, hash, &merge->entries) {
        if (entry->route.table_id == route->table_id
            && entry->route.metric == route->metric
            && ip_prefix_equals(&entry->route.prefix, &route->prefix)) {
            return entry;
        }
    }
    entry = xzalloc(sizeof *entry);
    entry->route = *route;
    ovs_list_init(&entry->changed);
    ovs_list_init(&entry->claims);
    hmap_insert_roomy(&merge->entries, &entry->node, hash);
    return entry;
}

static void
entry_changed(struct route_merge *merge, struct route_entry *entry)
{
    if (ovs_list_is_empty(&entry->changed)) {
        ovs_list_push_back(&merge->changed, &entry->changed);
    }
}

void
route_merge_claim(struct route_merge *merge, struct route_claim *claim,
                  const struct route_exchange_route *route,
                  struct route_owner *owner)
{
    struct route_entry *entry = entry_find_or_create(merge, route);

    if (claim->entry == entry && claim->owner == owner
        && claim->nexthop_family == route->nexthop_family
        && !memcmp(claim->nexthop, route->nexthop, sizeof claim->nexthop)) {
        return;
    }
    route_merge_release(merge, claim);
    claim->entry = entry;
    claim->owner = owner;
    claim->nexthop_family = route->nexthop_family;
    memcpy(claim->nexthop, route->nexthop, sizeof claim->nexthop);
    ovs_list_push_back(&entry->claims, &claim->node);
    owner->n_claims++;
    entry_changed(merge, entry);
}

void
route_merge_release(struct route_merge *merge, struct route_claim *claim)
{
    if (claim->entry) {
        entry_changed(merge, claim->entry);
        ovs_list_remove(&claim->node);
        claim->owner->n_claims--;
        claim->entry = NULL;
        claim->owner = NULL;
    }
}

void
route_merge_touch(struct route_merge *merge, struct route_claim *claim)
{
    if (claim->entry) {
        entry_changed(merge, claim->entry);
    }
}

static int
compare_owners(const struct route_owner *a, const struct route_owner *b)
{
    int cmp = strcmp(a->name, b->name);

    return cmp ? cmp : uuid_compare_3way(&a->uuid, &b->uuid);
}

/* The claim whose next hop counts, or NULL if nobody claims 'entry'.  Stores
 * the first owner after that claim's into '*second', NULL if there is none. */
static const struct route_claim *
entry_winner(const struct route_entry *entry,
             const struct route_owner **second)
{
    const struct route_claim *winner = NULL, *claim;

    *second = NULL;
    LIST_FOR_EACH (claim, node, &entry->claims) {
        if (!winner || compare_owners(claim->owner, winner->owner) < 0) {
            winner = claim;
        }
    }
    LIST_FOR_EACH (claim, node, &entry->claims) {
        if (claim->owner != winner->owner
            && (!*second || compare_owners(claim->owner, *second) < 0)) {
            *second = claim->owner;
        }
    }
    return winner;
}

static bool
same_nexthop(const struct route_exchange_route *route,
             const struct route_claim *claim)
{
    return (route->nexthop_family == claim->nexthop_family
            && !memcmp(route->nexthop, claim->nexthop,
                       sizeof route->nexthop));
}

void
route_merge_flush_removals(struct route_merge *merge,
                           const struct route_sink *sink)
{
    struct route_entry *entry;

    LIST_FOR_EACH (entry, changed, &merge->changed) {
        const struct route_owner *second;
        const struct route_claim *winner;

        if (!entry->fed) {
            continue;
        }
        winner = entry_winner(entry, &second);
        if (!winner || !same_nexthop(&entry->route, winner)) {
            /* ENOENT would mean that it is gone already: nothing to do. */
            (void) sink->remove_route(sink->aux, &entry->route);
            entry->fed = false;
            merge->n_fed--;
        }
    }
}

static void
entry_format_object(const struct route_entry *entry, struct ds *ds)
{
    ds_put_cstr(ds, "prefix ");
    ip_prefix_put(&entry->route.prefix, ds);
    ds_put_format(ds, " metric %"PRIu32" in table %"PRIu32,
                  entry->route.metric, entry->route.table_id);
}

/* Reports or takes back that two routers want 'entry' (D9). */
static void
entry_report_shared(struct route_entry *entry,
                    const struct route_claim *winner,
                    const struct route_owner *second,
                    struct problem_set *problems)
{
    struct ds object = DS_EMPTY_INITIALIZER;

    entry_format_object(entry, &object);
    if (second) {
        problem_report(problems, SOURCE_SHARED, ds_cstr(&object),
                       "is advertised by the routers \"%s\" and \"%s\", which "
                       "share the table; it is installed once, with the next "
                       "hop of the first; give the routers different values "
                       "of dynamic-routing-vrf-id if that is not meant",
                       winner->owner->name, second->name);
    } else {
        problem_resolve(problems, SOURCE_SHARED, ds_cstr(&object));
    }
    ds_destroy(&object);
    entry->shared = second != NULL;
}

static void
entry_report_refused(struct route_entry *entry, int error,
                     struct problem_set *problems)
{
    struct ds object = DS_EMPTY_INITIALIZER;

    entry_format_object(entry, &object);
    if (error) {
        problem_report(problems, SOURCE_ENGINE, ds_cstr(&object),
                       "was not accepted for installation (%s); check the "
                       "prefix and the router's next hop options",
                       ovs_strerror(error));
    } else {
        problem_resolve(problems, SOURCE_ENGINE, ds_cstr(&object));
    }
    ds_destroy(&object);
    entry->refused = error != 0;
}

static void
entry_feed(struct route_merge *merge, struct route_entry *entry,
           const struct route_claim *winner, const struct route_sink *sink,
           struct problem_set *problems)
{
    entry->route.nexthop_family = winner->nexthop_family;
    memcpy(entry->route.nexthop, winner->nexthop, sizeof winner->nexthop);

    int error = sink->add_route(sink->aux, &entry->route);
    if (error == EEXIST) {
        error = 0;
    }
    if (!error) {
        entry->fed = true;
        merge->n_fed++;
    }
    if (error || entry->refused) {
        entry_report_refused(entry, error, problems);
    }
}

void
route_merge_flush_additions(struct route_merge *merge,
                            const struct route_sink *sink,
                            struct problem_set *problems)
{
    struct route_entry *entry;

    LIST_FOR_EACH_SAFE (entry, changed, &merge->changed) {
        const struct route_owner *second;
        const struct route_claim *winner = entry_winner(entry, &second);

        ovs_list_remove(&entry->changed);
        ovs_list_init(&entry->changed);
        if (winner && !entry->fed) {
            entry_feed(merge, entry, winner, sink, problems);
        }
        if (second || entry->shared) {
            entry_report_shared(entry, winner, second, problems);
        }
        if (!winner) {
            if (entry->refused) {
                entry_report_refused(entry, 0, problems);
            }
            entry_free(merge, entry);
        }
    }
}
