/* route-assign -- the kernel tables and VRFs that routers get.
 *
 * Judges the table, VRF and next hop options of the routers that take part on
 * a chassis, together: two routers may share a table, but a table has at most
 * one VRF and a VRF has one table.  Where requests collide, the router that
 * comes first by name (then UUID) gets its way, so that the result does not
 * depend on the order of events.
 *
 * Ownership: strings of the input are borrowed for the call; the result is the
 *     caller's.
 * Errors: wrong values become problems of sources named "route-...", whose
 *     object names the router; problems of these sources that no longer hold
 *     are resolved.
 * Units and byte order: as in include/ovn/route-exchange.h.
 * Cost: O(n log n) for n routers.
 */
#ifndef CONTROLLER_ROUTE_ASSIGN_H
#define CONTROLLER_ROUTE_ASSIGN_H 1

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/uuid.h"

struct problem_set;

/* A next hop as in struct route_exchange_route; family 0 for blackhole. */
struct route_nexthop {
    uint8_t family;
    uint8_t addr[16];
};

/* A router that takes part here: what it asks for, and what it gets.  Options
 * that are absent are NULL. */
struct route_request {
    /* What it asks for. */
    struct uuid uuid;           /* Of its Datapath_Binding. */
    const char *name;           /* As operators know it. */
    int64_t tunnel_key;         /* Of its datapath; 0 if not known yet. */
    const char *vrf_id;         /* dynamic-routing-vrf-id. */
    const char *vrf_name;       /* dynamic-routing-vrf-name. */
    const char *v4_nexthop;     /* dynamic-routing-v4-prefix-nexthop. */
    const char *v6_nexthop;     /* dynamic-routing-v6-prefix-nexthop. */
    bool maintain_vrf;          /* dynamic-routing-maintain-vrf. */
    void *aux;                  /* The caller's. */

    /* What it gets. */
    bool served;                /* False: has no table; the rest is 0. */
    uint32_t table_id;
    struct route_nexthop v4;    /* For IPv4 prefixes. */
    struct route_nexthop v6;    /* For IPv6 prefixes. */
};

/* A table that is wanted. */
struct route_table {
    uint32_t id;
    char vrf_name[IFNAMSIZ];    /* "": no VRF is maintained. */
};

/* Sorts the 'n' 'requests' by name and UUID, fills in what each gets, updates
 * 'problems', and returns the tables that result, a malloc()'d array of
 * '*n_tables' that ascends by id.  NULL if there are none. */
struct route_table *route_assign(struct route_request *requests, size_t n,
                                 size_t *n_tables,
                                 struct problem_set *problems);

#endif /* controller/route-assign.h */
