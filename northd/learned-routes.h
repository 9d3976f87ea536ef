/* learned-routes -- which static routes stand for what was learned (S3).
 *
 * Stock OVN before 25.03 knows nothing of learned routes, but has static ones:
 *
 *      Learned_Route rows --.                          .--> rows to delete
 *      (Southbound)          \                        /
 *      who holds each port ---+--> learned routes ---+----> changes to static
 *      (Southbound)          /                        \    routes (Northbound)
 *      view (Northbound) ---'                          '--> changes to static
 *                                                           MAC bindings (S4)
 *
 * A row counts if its port is one of an enabled router with dynamic routing
 * that takes part in route exchange, the reference is to that port's present
 * binding, and the chassis that wrote it (external_ids:chassis, if there) is
 * the one that holds the port, or held it until a moment ago: the next one
 * takes over what it learned, too, and deletes the others, and until it comes
 * to that no route goes.  Any other is garbage: its writer is gone, or will
 * see the port go, and it is to be deleted.  What counts but cannot be understood
 * is reported and kept.
 *
 * Rows with the same port, prefix and next hop are one route.  It is withheld
 * while
 *
 *      the router has a static route of the main table, or a port with a
 *          network, of the same prefix: what is configured wins, as in OVN
 *          >= 25.03; unlike there, the data path would make them equal (ECMP)
 *      the next hop is an address of the port itself
 *      the prefix is IPv6 and the next hop IPv4, or the prefix is IPv4 and the
 *          port has no IPv4 address: stock OVN takes neither
 *      the prefix is IPv4, the next hop IPv6, and its MAC address not known:
 *          see learned-nexthop.h
 *
 * The static routes that we made are in the view, marked with the uuid of one
 * of the rows that they stand for.  They are compared with what is wanted;
 * each difference is a change to make.  So what a former instance left behind
 * is adopted, corrected or removed, whatever it was.
 *
 * If someone changes one of them, as 'ovn-nbctl --may-exist lr-route-add' does,
 * it has become a configured one: our marks are taken off, and ours is withheld
 * (see learned-mark.h).
 *
 * When someone else removes or changes our static routes they are put back
 * after a pause that doubles each time, up to a minute, for all of that
 * router: some clients of the Northbound database keep a router's routes as
 * they see fit, and we do not fight them.  That is reported.
 *
 * Law, tested with random histories: all this depends on the facts that hold,
 * not on the order in which they came.
 *
 * Ownership: copies what it is given.  Errors: bad input becomes a problem
 * with the source "learned".  Times are in milliseconds of a monotonic clock.
 * Cost: O(1) expected for one row or one route; a change of a port or router
 * costs their rows and routes.  Single-threaded, no I/O.
 */
#ifndef NORTHD_LEARNED_ROUTES_H
#define NORTHD_LEARNED_ROUTES_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/ip-prefix.h"
#include "openvswitch/uuid.h"

struct ds;
struct dynamic_routing_ports;
struct problem_set;
struct view;

struct learned_routes *learned_routes_create(void);

/* NULL is allowed. */
void learned_routes_destroy(struct learned_routes *);

/* Facts from the Southbound database.  Nothing follows from them before
 * learned_routes_run(). */

/* A row of Learned_Route, unparsed. */
struct learned_row_config {
    const char *port;           /* Name of the port that it refers to, NULL if
                                 * it refers to none, or to one of another
                                 * datapath. */
    const char *ip_prefix;
    const char *nexthop;
    const char *chassis;        /* Who wrote it, or NULL. */
    const char *nexthop_mac;    /* See DR_ID_NEXTHOP_MAC; or NULL. */
};
void learned_routes_set_row(struct learned_routes *, const struct uuid *,
                            const struct learned_row_config *);
void learned_routes_remove_row(struct learned_routes *, const struct uuid *);

/* How long the rows of the chassis that held a port count, unless the next one
 * takes them over or deletes them before: as long as it may take that one to
 * read its kernel's table, and as in nb-learned-writer.c. */
#define LEARNED_FORMER_MS 30000

/* The port 'name' is held by 'chassis', or by none if that is NULL.  Ports
 * that were not named are held by none. */
void learned_routes_set_binding(struct learned_routes *, const char *name,
                                const char *chassis);

/* There is no 'chassis' any more: what it wrote is garbage at once. */
void learned_routes_remove_chassis(struct learned_routes *,
                                   const char *chassis);

/* Forgets all of the above. */
void learned_routes_clear_southbound(struct learned_routes *);

/* What follows from the facts. */

/* Whether this instance writes.  Only then is it news if a static route of
 * ours goes that we did not remove. */
void learned_routes_set_active(struct learned_routes *, bool active);

/* The routes that have no rows now are not taken back before 'until': the rows
 * were lost with their table, and the chassis will write them again. */
void learned_routes_hold(struct learned_routes *, long long int until);

/* Brings everything up to date with 'view', whose 'changes' since the last
 * call it takes into account, and with what it was told.  Neither is cleared,
 * nor is the 'changed' set of 'ports', which are already up to date. */
void learned_routes_run(struct learned_routes *, const struct view *,
                        const struct dynamic_routing_ports *ports,
                        struct problem_set *, long long int now);

/* True if learned_routes_run() has something to do although the view has not
 * changed. */
bool learned_routes_needs_run(const struct learned_routes *,
                              long long int now);

/* When learned_routes_run() should be called at the latest, or LLONG_MAX. */
long long int learned_routes_next_time(const struct learned_routes *);

/* Calls 'cb' for up to 'max' rows of Learned_Route that are to be deleted,
 * until learned_routes_remove_row() says that they are.  Returns how many. */
size_t learned_routes_for_each_garbage(
    const struct learned_routes *, size_t max,
    void (*cb)(const struct uuid *row, void *aux), void *aux);

/* A change to the static routes that we made. */
enum learned_action {
    LEARNED_INSERT,             /* A new row, and into the router's set. */
    LEARNED_UPDATE,             /* Other 'nexthop' or 'row'. */
    LEARNED_REMOVE,             /* Out of the router's set. */
    LEARNED_RELEASE,            /* Take the marks off: it is someone else's. */
};
struct learned_change {
    enum learned_action action;
    struct uuid router;         /* Logical_Router. */
    struct uuid route;          /* The row of Logical_Router_Static_Route to
                                 * change or remove. */

    /* For LEARNED_INSERT and LEARNED_UPDATE. */
    const char *port;           /* For output_port. */
    const struct ip_prefix *prefix; /* For ip_prefix. */
    const struct ip_prefix *nexthop; /* For nexthop. */
    const struct ip_prefix *via; /* For LEARNED_ID_VIA. */
    struct uuid row;            /* For LEARNED_ID_ROW. */
};

/* Calls 'cb' for about 'max' changes that are due at 'now', removals first.
 * They are then in flight, and not due again before
 * learned_routes_changes_done() ends that.  If they are then not found in the
 * view, they are made again.  Returns how many. */
size_t learned_routes_take_changes(
    struct learned_routes *, long long int now, size_t max,
    void (*cb)(const struct learned_change *, void *aux), void *aux);
void learned_routes_changes_done(struct learned_routes *);

/* True if learned_routes_take_changes() might give any. */
bool learned_routes_has_changes(const struct learned_routes *);

/* Compares what was worked out step by step with what one who comes anew works
 * out of the same facts and 'view', with which all is up to date.  Returns the
 * number of differences, and appends the first few to 'report', one in a line.
 * 'view' is afterwards as it was before.  Costs the memory for a second
 * result. */
size_t learned_routes_check(const struct learned_routes *, struct view *view,
                            const struct dynamic_routing_ports *,
                            struct ds *report);

struct learned_routes_stats {
    size_t rows;                /* Known of Learned_Route... */
    size_t garbage;             /* ...of them, to be deleted, */
    size_t invalid;             /* ...or not understood. */
    size_t routes;              /* That follow from the others... */
    size_t withheld;            /* ...of them, not to be installed now. */
    size_t installed;           /* Static routes that there are. */
};
void learned_routes_get_stats(const struct learned_routes *,
                              struct learned_routes_stats *);

/* Appends one line for each route, sorted: "PORT PREFIX via NEXTHOP", and then
 * the address that stands for the next hop (S4), or why it is withheld.  If
 * 'router' is nonnull, only for that router's. */
void learned_routes_format(const struct learned_routes *,
                           const struct uuid *router, struct ds *);

#endif /* northd/learned-routes.h */
