/* route-scope -- which Southbound rows matter to this chassis.
 *
 * The network may have thousands of routers that are not here, and a hundred
 * thousand ports.  The plan needs of them: the routers that take part here, all
 * that belongs to these, what is bound to this chassis, and the router ports
 * that rows of these routers track, wherever they are: a router port can be
 * local without being bound to a chassis (see route.h).
 *
 *     what is bound here                 -> the Dynamic_Routing_Port rows of it
 *     these                              -> routers that take part
 *     their Advertised_Route rows        -> router ports they track
 *
 * So what matters shows step by step, and a row whose tracked port has not been
 * asked for yet must not be judged: it waits, and asks for no route, until
 * route_plan_scope_loaded() says that what was in the scope has come.
 *
 * Ownership: the scope belongs to the plan; valid until the next
 *     route_plan_run().
 * Cost: O(routers here) when one of them comes or goes, else none.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_ROUTE_SCOPE_H
#define CONTROLLER_ROUTE_SCOPE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/uuid.h"

struct route_plan;

struct route_scope {
    unsigned int seqno;         /* Changes with what follows; 0: nothing yet. */
    struct uuid *datapaths;     /* Of routers that take part here. */
    size_t n_datapaths;
    struct uuid *bound;         /* Ports of routers that are bound here,
                                 * whether these take part or not. */
    size_t n_bound;
    char **ports;               /* Names of router ports that are tracked. */
    size_t n_ports;
};

/* The scope as of the last route_plan_run(). */
const struct route_scope *route_plan_get_scope(const struct route_plan *);

/* Says that all rows of the scope of 'seqno' have been stated.  Takes effect in
 * the next run.  Returns true if rows waited for that. */
bool route_plan_scope_loaded(struct route_plan *, unsigned int seqno);

#endif /* controller/route-scope.h */
