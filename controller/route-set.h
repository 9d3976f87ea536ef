/* route-set -- the routes of one kernel table, by prefix.
 *
 * A value that the mirror keeps for each table: it applies what the kernel
 * tells to a set of routes, and knows which of them use a nexthop object.
 *
 * Ownership: routes belong to the set; a pointer is valid until it changes.
 * Errors: what cannot be applied for certain is said by the functions.
 * Cost: O(1) expected, in the routes of other prefixes.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_ROUTE_SET_H
#define CONTROLLER_ROUTE_SET_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nl-route.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* A route in the mirror.  There are many: behind its next hops, one that uses
 * a nexthop object has a struct route_set_user, which others lack. */
struct kernel_route {
    struct hmap_node node;      /* In struct route_set's 'routes'. */
    struct nl_route route;
    struct nl_nexthop nexthops[]; /* Where 'route.nexthops' points. */
};

/* What makes a route one of those that use a nexthop object. */
struct route_set_user {
    struct ovs_list node;       /* In 'users->routes'. */
    struct route_set_users *users; /* Of the object; NULL: in no set. */
    struct kernel_route *route; /* The one that this belongs to. */
};

/* The routes that use a nexthop object. */
struct route_set_users {
    struct hmap_node node;      /* In struct route_set's 'users'. */
    uint32_t nh_id;
    struct ovs_list routes;     /* Of struct route_set_user; never empty. */
};

struct route_set {
    struct hmap routes;         /* Of struct kernel_route, by prefix. */
    struct hmap users;          /* Of struct route_set_users, by id. */
};

/* Initializes an empty set, in the caller's memory. */
void route_set_init(struct route_set *);

/* Empties it; frees what it has. */
void route_set_clear(struct route_set *);
void route_set_destroy(struct route_set *);

/* Exchanges the contents of two sets. */
void route_set_swap(struct route_set *, struct route_set *);

/* Returns a copy of 'route', in no set, to be freed by free(). */
struct kernel_route *route_set_clone(const struct nl_route *);

/* True if the very same route is in the set. */
bool route_set_has(const struct route_set *, const struct nl_route *);

/* Inserts a copy of 'route'. */
void route_set_insert(struct route_set *, const struct nl_route *);

/* Applies the appearance of 'route'.  False if it cannot be told what the
 * kernel has now: several routes of one key, of which it does not say which it
 * replaced, or next hops of IPv6 that may have joined another route. */
bool route_set_apply_new(struct route_set *, const struct nl_route *,
                         bool replace);

/* Applies the disappearance of 'route'; false as above. */
bool route_set_apply_gone(struct route_set *, const struct nl_route *);

/* Adds 'route', of which it is certain that it is there now, or takes away the
 * only route of its key; that it was done before is fine.  False if the set
 * shows what does not fit: another route of the key. */
bool route_set_put_only(struct route_set *, const struct nl_route *);
bool route_set_take_only(struct route_set *, const struct nl_route *);

/* Returns the first route to 'prefix' if 'prev' is NULL, else the next one
 * after it, or NULL. */
const struct kernel_route *route_set_next(const struct route_set *,
                                          const struct ip_prefix *prefix,
                                          const struct kernel_route *prev);

/* Returns the routes that use nexthop object 'nh_id', or NULL. */
const struct route_set_users *route_set_find_users(const struct route_set *,
                                                   uint32_t nh_id);

#endif /* controller/route-set.h */
