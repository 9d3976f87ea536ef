/* advertised-route-set.c: a set of advertised routes that counts what
 * contributes to each.  See advertised-route.h. */
#include <config.h>
#include "northd/advertised-route.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/route-source.h"
#include "util.h"

void
advertised_route_set_init(struct advertised_route_set *set)
{
    hmap_init(&set->routes);
    ovs_list_init(&set->changed);
}

void
advertised_route_set_destroy(struct advertised_route_set *set)
{
    struct advertised_route *route;

    HMAP_FOR_EACH_POP (route, node, &set->routes) {
        free(route);
    }
    hmap_destroy(&set->routes);
}

static uint32_t
route_hash(const char *port, const struct ip_prefix *prefix)
{
    return hash_string(port, ip_prefix_hash(prefix, 0));
}

static bool
route_has_target(const struct advertised_route *route, const char *port,
                 const struct ip_prefix *prefix)
{
    return (ip_prefix_equals(&route->prefix, prefix)
            && !strcmp(route->port, port));
}

static bool
route_tracks(const struct advertised_route *route, const char *tracked_port)
{
    return (tracked_port && route->tracked_port
            ? !strcmp(route->tracked_port, tracked_port)
            : !tracked_port && !route->tracked_port);
}

/* True if 'a' and 'b', which have the same target, cannot both be wanted, and
 * 'a' is preferred. */
static bool
route_hides(const struct advertised_route *a, const struct advertised_route *b)
{
    return (route_tracks(a, b->tracked_port)
            ? a->metric < b->metric
            : !b->tracked_port);
}

const struct advertised_route *
advertised_route_set_find_wanted(const struct advertised_route_set *set,
                                 const char *port,
                                 const struct ip_prefix *prefix,
                                 const char *tracked_port)
{
    const struct advertised_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, route_hash(port, prefix),
                             &set->routes) {
        if (route_has_target(route, port, prefix)
            && route_tracks(route, tracked_port)
            && advertised_route_is_wanted(set, route)) {
            return route;
        }
    }
    return NULL;
}

bool
advertised_route_is_wanted(const struct advertised_route_set *set,
                           const struct advertised_route *route)
{
    const struct advertised_route *other;

    if (!route->n_contributions) {
        return false;
    }
    HMAP_FOR_EACH_WITH_HASH (other, node,
                             route_hash(route->port, &route->prefix),
                             &set->routes) {
        if (other != route && other->n_contributions
            && route_has_target(other, route->port, &route->prefix)
            && route_hides(other, route)) {
            return false;
        }
    }
    return true;
}

static void
route_set_changed(struct advertised_route_set *set,
                  struct advertised_route *route)
{
    if (!route->changed) {
        route->changed = true;
        ovs_list_push_back(&set->changed, &route->changed_node);
    }
}

/* 'route' got its first contribution or lost its last. */
static void
route_toggled(struct advertised_route_set *set, struct advertised_route *route)
{
    struct advertised_route *other;

    route_set_changed(set, route);
    HMAP_FOR_EACH_WITH_HASH (other, node,
                             route_hash(route->port, &route->prefix),
                             &set->routes) {
        if (other != route
            && route_has_target(other, route->port, &route->prefix)
            && route_hides(route, other)) {
            route_set_changed(set, other);
        }
    }
}

static struct advertised_route *
route_create(const char *port, const struct route_value *value)
{
    size_t port_len = strlen(port) + 1;
    size_t tracked_len = value->tracked_port ? strlen(value->tracked_port) + 1
                                             : 0;
    /* One piece of memory: there may be very many. */
    struct advertised_route *route = xzalloc(sizeof *route + port_len
                                             + tracked_len);
    char *names = (char *) (route + 1);

    route->prefix = value->prefix;
    route->metric = value->metric;
    route->port = memcpy(names, port, port_len);
    if (value->tracked_port) {
        route->tracked_port = memcpy(names + port_len, value->tracked_port,
                                     tracked_len);
    }
    return route;
}

struct advertised_route *
advertised_route_set_add(struct advertised_route_set *set, const char *port,
                         const struct route_value *value)
{
    uint32_t hash = route_hash(port, &value->prefix);
    struct advertised_route *route, *found = NULL;

    HMAP_FOR_EACH_WITH_HASH (route, node, hash, &set->routes) {
        if (route_has_target(route, port, &value->prefix)
            && route->metric == value->metric
            && route_tracks(route, value->tracked_port)) {
            found = route;
            break;
        }
    }
    if (!found) {
        found = route_create(port, value);
        hmap_insert(&set->routes, &found->node, hash);
    }
    if (!found->n_contributions++) {
        route_toggled(set, found);
    }
    return found;
}

void
advertised_route_set_withdraw(struct advertised_route_set *set,
                              struct advertised_route *route)
{
    if (!--route->n_contributions) {
        route_toggled(set, route);
    }
}

void
advertised_route_set_clear_changed(struct advertised_route_set *set)
{
    struct advertised_route *route;

    LIST_FOR_EACH_POP (route, changed_node, &set->changed) {
        route->changed = false;
        if (!route->n_contributions) {
            hmap_remove(&set->routes, &route->node);
            free(route);
        }
    }
}
