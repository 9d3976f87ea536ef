/* route-merge -- claims of many rows on one kernel route, merged.
 *
 * Several Advertised_Route rows, of one router or of several that share a
 * table, may ask for the same kernel route.  A row states its wish as a claim;
 * the kernel route is wanted as long as one claim is left.  The module feeds
 * the differences that result to a sink, in practice the route-exchange
 * engine, and reports prefixes that two routers claim.
 *
 * The kernel knows a route by table, prefix and metric, so that is what claims
 * are merged by; where their next hops differ, the router that comes first by
 * name decides, whatever the order of events was.
 *
 * Ownership: claims are the caller's (usually a member of a larger structure)
 *     and must be released before they are freed; the owner that a claim names
 *     must outlive it.
 * Errors: a sink's refusal becomes a problem of the source "engine".
 * Units and byte order: as in include/ovn/route-exchange.h.
 * Order: additions and removals are in no particular order; the engine sorts.
 * Cost: a claim or release is O(1) expected; flushing is O(what changed).
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_ROUTE_MERGE_H
#define CONTROLLER_ROUTE_MERGE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovn/route-exchange.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"

struct problem_set;

/* Where the plan's differences go.  The functions have the meaning and results
 * of the route_exchange_*() functions of the same name. */
struct route_sink {
    int (*set_table)(void *aux, uint32_t table_id, const char *vrf_name);
    void (*remove_table)(void *aux, uint32_t table_id);
    int (*add_route)(void *aux, const struct route_exchange_route *);
    int (*remove_route)(void *aux, const struct route_exchange_route *);
    void *aux;
};

/* On whose behalf a route is claimed: a router. */
struct route_owner {
    struct uuid uuid;           /* Breaks ties between equal names. */
    const char *name;           /* As operators know it. */
    size_t n_claims;            /* Claims in its name, for listings. */
};

/* One wish for a kernel route.  All members are private to the module; zeroed
 * memory is a claim that asks for nothing. */
struct route_claim {
    struct ovs_list node;       /* In struct route_entry's 'claims'. */
    struct route_entry *entry;  /* NULL: asks for nothing. */
    struct route_owner *owner;
    uint8_t nexthop_family;     /* As in struct route_exchange_route. */
    uint8_t nexthop[16];
};

struct route_merge {
    struct hmap entries;        /* Of struct route_entry, by kernel key. */
    struct ovs_list changed;    /* Of struct route_entry, to be looked at. */
    size_t n_fed;               /* Routes that the sink has. */
};

void route_merge_init(struct route_merge *);

/* Frees 'merge', without telling a sink.  Claims must all be released. */
void route_merge_destroy(struct route_merge *);

/* Makes 'claim' ask for 'route' on behalf of 'owner', whatever it asked for
 * before. */
void route_merge_claim(struct route_merge *, struct route_claim *claim,
                       const struct route_exchange_route *route,
                       struct route_owner *owner);

/* Makes 'claim' ask for nothing. */
void route_merge_release(struct route_merge *, struct route_claim *claim);

/* Looks at 'claim' again at the next flush: its owner's name changed. */
void route_merge_touch(struct route_merge *, struct route_claim *claim);

/* Feeds the removals that are due to 'sink'.  To be followed, after the tables
 * were brought up to date, by route_merge_flush_additions(). */
void route_merge_flush_removals(struct route_merge *,
                                const struct route_sink *sink);

/* Feeds the additions that are due to 'sink', and updates 'problems'. */
void route_merge_flush_additions(struct route_merge *,
                                 const struct route_sink *sink,
                                 struct problem_set *problems);

#endif /* controller/route-merge.h */
