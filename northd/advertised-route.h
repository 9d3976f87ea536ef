/* advertised-route -- which routes are to be advertised on which router port.
 *
 * A pure function of the view:
 *
 *      view, router --advertised_route_compute()--> set of routes
 *
 * the union of what each source (see route-source.h) gives for each port of
 * the router; the whole result is the union over all routers.  'struct
 * advertised_routes' holds that whole result and brings it up to date for less:
 * it remembers for each (router port, object) which routes they gave,
 *
 *                    ports                objects
 *                  (advertisers)     (NATs, router ports)
 *                      |  \              /  |
 *                      |   contribution    ...
 *                      |        |
 *                     ...     route  (one per key, counts contributions)
 *
 * so that for a change in the view it drops and redoes the contributions of the
 * ports and objects that the view names, and nothing else.  Law, tested with
 * random histories: both ways give the same set.
 *
 * Key: port, prefix, tracked port, metric.  Equal routes of several objects are
 * one.  Of routes that differ in the metric only, the one with the least is
 * wanted.  An untracked route is hidden while a tracked one has the same port and
 * prefix (there the reference lets the order of evaluation decide).
 *
 * Ownership: sets own their routes; pointers to routes are valid until the
 * next call with that set that is not const.  Order: undefined.  Cost:
 * expected O(contributions of what changed).  Single-threaded.
 */
#ifndef NORTHD_ADVERTISED_ROUTE_H
#define NORTHD_ADVERTISED_ROUTE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct ds;
struct problem_set;
struct route_source;
struct route_value;
struct uuid;
struct view;

struct advertised_route {
    struct hmap_node node;      /* In a set, by port and prefix. */
    struct ovs_list changed_node; /* In its 'changed', if 'changed'. */
    bool changed;               /* See advertised_routes_run(). */
    size_t n_contributions;     /* 0: about to be freed. */
    struct ip_prefix prefix;
    uint32_t metric;            /* DR_METRIC_NONE, or see that. */
    const char *port;           /* Name of the router port. */
    const char *tracked_port;   /* Name of a port, or NULL. */
};

struct advertised_route_set {
    struct hmap routes;         /* Of struct advertised_route. */
    struct ovs_list changed;    /* Of struct advertised_route. */
};

void advertised_route_set_init(struct advertised_route_set *);
void advertised_route_set_destroy(struct advertised_route_set *);

/* Returns the route for these that is wanted, of whatever metric, or NULL. */
const struct advertised_route *advertised_route_set_find_wanted(
    const struct advertised_route_set *, const char *port,
    const struct ip_prefix *, const char *tracked_port);

/* True if 'route' of 'set' is to be advertised: it has contributions and is
 * not hidden.  The routes in 'set' that are not wanted must be skipped. */
bool advertised_route_is_wanted(const struct advertised_route_set *set,
                                const struct advertised_route *route);

/* Adds a contribution to the route with that key, and returns the route; takes
 * one back.  They put what changes into 'changed', the routes that lost their
 * last contribution, too; clear_changed() empties it and frees these. */
struct advertised_route *advertised_route_set_add(
    struct advertised_route_set *, const char *port,
    const struct route_value *);
void advertised_route_set_withdraw(struct advertised_route_set *,
                                   struct advertised_route *);
void advertised_route_set_clear_changed(struct advertised_route_set *);

/* Returns all sources and stores their number in '*n'. */
const struct route_source *const *advertised_route_get_sources(size_t *n);

/* Adds to 'set' what 'router' advertises. */
void advertised_route_compute(const struct view *, const struct uuid *router,
                              struct advertised_route_set *set);

struct advertised_routes *advertised_routes_create(void);
void advertised_routes_destroy(struct advertised_routes *);

/* The result as of the last advertised_routes_run(). */
const struct advertised_route_set *advertised_routes_get(
    const struct advertised_routes *);

/* Brings the result up to date with 'view', whose 'changes' since the last
 * call it takes into account but does not clear.  Reports what is invalid to
 * 'problems', with the source's name, and takes it back when it is no more.
 *
 * Then the routes for which advertised_route_is_wanted() may have another
 * answer than before are in the 'changed' list of advertised_routes_get(),
 * until advertised_routes_clear_changed(). */
void advertised_routes_run(struct advertised_routes *, const struct view *,
                           struct problem_set *problems);
void advertised_routes_clear_changed(struct advertised_routes *);

/* Number of times that advertised_routes_run() had to redo everything, and of
 * ports and objects that it redid one by one. */
struct advertised_routes_stats {
    unsigned long long int full;
    unsigned long long int ports;
    unsigned long long int objects;
};
const struct advertised_routes_stats *advertised_routes_get_stats(
    const struct advertised_routes *);

/* Appends how many routes come from each source, "connected 2, nat 10"; one that
 * comes from several objects counts for each. */
void advertised_routes_format_sources(const struct advertised_routes *,
                                      struct ds *);

#endif /* northd/advertised-route.h */
