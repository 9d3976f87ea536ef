/* router-check -- what is wrong with routers besides their options.
 *
 * Of routers with dynamic routing: names that several of them have, ports whose
 * peer is none or does not know of it, ports with the same network.  None of
 * these keeps anything from being advertised; they are reported, with the source
 * "routers", because the result is seldom what was meant.
 *
 * Ownership: the set owns all that is in it.  Cost: O(ports) of the routers that
 * changed, and of those of the same name.  Single-threaded, no I/O.
 */
#ifndef NORTHD_ROUTER_CHECK_H
#define NORTHD_ROUTER_CHECK_H 1

#include "openvswitch/hmap.h"
#include "sset.h"

struct problem_set;
struct view;

struct router_checks {
    struct hmap routers;        /* Of struct router_record, by uuid, */
    struct hmap names;          /* ...by name. */
    struct sset stale;          /* Objects of problems that may go. */
};

void router_checks_init(struct router_checks *);
void router_checks_destroy(struct router_checks *);

/* Brings 'problems' up to date with 'view', whose 'changes' since the last call
 * it takes into account but does not clear. */
void router_checks_run(struct router_checks *, const struct view *,
                       struct problem_set *problems);

#endif /* northd/router-check.h */
