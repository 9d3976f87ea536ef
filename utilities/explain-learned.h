/* explain-learned -- the chain of a prefix that OVN is to learn: the kernel
 * route that the routing daemon put there, Learned_Route, and the static route
 * that stands for it.
 *
 * What becomes of a row is asked of ovn-route-northd's own module
 * (northd/learned-routes.h).  Pure, if the probe is; single-threaded. */
#ifndef UTILITIES_EXPLAIN_LEARNED_H
#define UTILITIES_EXPLAIN_LEARNED_H 1

#include <stdbool.h>

struct explain_chain;
struct explain_sight;
struct view;

/* Adds the links of 'chain''s prefix, on 'router' only unless that is NULL.
 * False, and nothing is added, if there is no trace of it. */
bool explain_learned(struct explain_chain *, const struct explain_sight *,
                     const struct view *, const char *router);

#endif /* utilities/explain-learned.h */
