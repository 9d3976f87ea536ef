/* route-set.c: see the header. */
#include <config.h>
#include "controller/route-set.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/hmap-roomy.h"
#include "util.h"

void
route_set_init(struct route_set *set)
{
    hmap_init(&set->routes);
    hmap_init(&set->users);
}

void
route_set_swap(struct route_set *a, struct route_set *b)
{
    hmap_swap(&a->routes, &b->routes);
    hmap_swap(&a->users, &b->users);
}

/* The part of 'route' behind its next hops, or NULL if it has none. */
static struct route_set_user *
get_user(struct kernel_route *route)
{
    BUILD_ASSERT_DECL(sizeof(struct kernel_route) % sizeof(void *) == 0);
    BUILD_ASSERT_DECL(sizeof(struct nl_nexthop) % sizeof(void *) == 0);

    return (route->route.nh_id
            ? ALIGNED_CAST(void *, &route->nexthops[route->route.n_nexthops])
            : NULL);
}

struct kernel_route *
route_set_clone(const struct nl_route *route)
{
    size_t size = route->n_nexthops * sizeof *route->nexthops;
    struct kernel_route *clone;
    struct route_set_user *user;

    clone = xmalloc(sizeof *clone + size + (route->nh_id ? sizeof *user : 0));
    clone->route = *route;
    if (size) {
        memcpy(clone->nexthops, route->nexthops, size);
    }
    clone->route.nexthops = clone->nexthops;
    user = get_user(clone);
    if (user) {
        user->users = NULL;
        user->route = clone;
    }
    return clone;
}

/* Users of nexthop objects. */

const struct route_set_users *
route_set_find_users(const struct route_set *set, uint32_t nh_id)
{
    const struct route_set_users *users;

    HMAP_FOR_EACH_WITH_HASH (users, node, hash_int(nh_id, 0), &set->users) {
        if (users->nh_id == nh_id) {
            return users;
        }
    }
    return NULL;
}

static void
use_nexthop(struct route_set *set, struct kernel_route *route)
{
    struct route_set_user *user = get_user(route);
    uint32_t nh_id = route->route.nh_id;

    if (user) {
        struct route_set_users *users
            = CONST_CAST(struct route_set_users *,
                         route_set_find_users(set, nh_id));

        if (!users) {
            users = xmalloc(sizeof *users);
            users->nh_id = nh_id;
            ovs_list_init(&users->routes);
            hmap_insert(&set->users, &users->node, hash_int(nh_id, 0));
        }
        user->users = users;
        ovs_list_push_back(&users->routes, &user->node);
    }
}

/* Frees 'route', which is no longer in 'set->routes'. */
static void
free_route(struct route_set *set, struct kernel_route *route)
{
    struct route_set_user *user = get_user(route);

    if (user && user->users) {
        struct route_set_users *users = user->users;

        ovs_list_remove(&user->node);
        if (ovs_list_is_empty(&users->routes)) {
            hmap_remove(&set->users, &users->node);
            free(users);
        }
    }
    free(route);
}

void
route_set_clear(struct route_set *set)
{
    struct kernel_route *route;

    HMAP_FOR_EACH_POP (route, node, &set->routes) {
        free_route(set, route);
    }
}

void
route_set_destroy(struct route_set *set)
{
    route_set_clear(set);
    hmap_destroy(&set->routes);
    hmap_destroy(&set->users);
}

/* Routes. */

/* By prefix alone, so that all that leads to one is found together. */
static uint32_t
hash_prefix(const struct ip_prefix *prefix)
{
    return ip_prefix_hash_near(prefix, 0);
}

static void
insert_hashed(struct route_set *set, const struct nl_route *route,
              uint32_t hash)
{
    struct kernel_route *clone = route_set_clone(route);

    hmap_insert_roomy(&set->routes, &clone->node, hash);
    use_nexthop(set, clone);
}

void
route_set_insert(struct route_set *set, const struct nl_route *route)
{
    insert_hashed(set, route, hash_prefix(&route->key.prefix));
}

static void
remove_route(struct route_set *set, struct kernel_route *route)
{
    hmap_remove(&set->routes, &route->node);
    free_route(set, route);
}

/* What a set holds of the key of a route. */
struct candidates {
    size_t n;                   /* How many have the key. */
    uint32_t hash;              /* Of the prefix. */
    struct kernel_route *any;   /* One of these. */
    struct kernel_route *exact; /* The one that is the route, or NULL. */
};

static struct candidates
find_candidates(const struct route_set *set, const struct nl_route *route)
{
    struct candidates found = { .hash = hash_prefix(&route->key.prefix) };
    struct kernel_route *old;

    HMAP_FOR_EACH_WITH_HASH (old, node, found.hash, &set->routes) {
        if (nl_route_key_equals(&old->route.key, &route->key)) {
            found.n++;
            found.any = old;
            if (nl_route_equals(&old->route, route)) {
                found.exact = old;
            }
        }
    }
    return found;
}

bool
route_set_has(const struct route_set *set, const struct nl_route *route)
{
    return find_candidates(set, route).exact;
}

bool
route_set_apply_new(struct route_set *set, const struct nl_route *route,
                    bool replace)
{
    struct candidates old = find_candidates(set, route);

    if (replace && old.n > 1) {
        return false;
    }
    if (replace && old.n == 1) {
        remove_route(set, old.any);
    } else if (old.exact) {
        old.exact->route.flags = route->flags;
        return true;
    } else if (old.n && route->key.prefix.family == AF_INET6
               && route->n_nexthops && old.any->route.n_nexthops
               && route->type == RTN_UNICAST) {
        return false;
    }
    insert_hashed(set, route, old.hash);
    return true;
}

bool
route_set_apply_gone(struct route_set *set, const struct nl_route *route)
{
    struct candidates old = find_candidates(set, route);

    if (!old.exact) {
        /* Nothing of the key: an old event, which the dump had seen. */
        return !old.n;
    }
    remove_route(set, old.exact);
    return true;
}

bool
route_set_put_only(struct route_set *set, const struct nl_route *route)
{
    struct candidates old = find_candidates(set, route);

    if (!old.n) {
        insert_hashed(set, route, old.hash);
    }
    return !old.n || (old.n == 1 && old.exact);
}

bool
route_set_take_only(struct route_set *set, const struct nl_route *route)
{
    struct candidates old = find_candidates(set, route);

    if (old.n == 1 && old.any->route.protocol == route->protocol
        && old.any->route.type == route->type) {
        remove_route(set, old.any);
        return true;
    }
    return !old.n;
}

const struct kernel_route *
route_set_next(const struct route_set *set, const struct ip_prefix *prefix,
               const struct kernel_route *prev)
{
    struct hmap_node *node;

    for (node = (prev ? hmap_next_with_hash(&prev->node)
                 : hmap_first_with_hash(&set->routes, hash_prefix(prefix)));
         node; node = hmap_next_with_hash(node)) {
        const struct kernel_route *route
            = CONTAINER_OF(node, struct kernel_route, node);

        if (ip_prefix_equals(&route->route.key.prefix, prefix)) {
            return route;
        }
    }
    return NULL;
}
