/* explain-plan -- what ovn-route-controller makes of a row on some chassis.
 *
 * Asks the controller's own plan (controller/route.h), with the facts of
 * the Southbound database as they look from that chassis.  Pure;
 * single-threaded. */
#ifndef UTILITIES_EXPLAIN_PLAN_H
#define UTILITIES_EXPLAIN_PLAN_H 1

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct sb_facts;
struct sb_route;

/* What a row comes to on a chassis. */
struct explain_planned {
    bool installed;             /* A route: */
    uint32_t table_id;
    uint32_t metric;
    bool blackhole;             /* It has no next hop. */
    char vrf_name[IFNAMSIZ];    /* That the chassis maintains, or "". */
    char *problem;              /* What is wrong with the router's options
                                 * there, "OBJECT: TEXT", or NULL. */
};

/* Fills in '*planned' for 'row' on 'chassis'; the caller must free
 * 'planned->problem'.  Cost: O(ports of routers). */
void explain_plan(const struct sb_facts *, const char *chassis,
                  const struct sb_route *row, struct explain_planned *planned);

/* Calls 'cb' for each router that takes part on 'chassis', sorted by name,
 * with its table and the name of the VRF that is maintained for it, or "". */
void explain_plan_routers(const struct sb_facts *, const char *chassis,
                          void (*cb)(void *aux, const char *router,
                                     uint32_t table_id, const char *vrf),
                          void *aux);

#endif /* utilities/explain-plan.h */
