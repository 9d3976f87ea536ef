/* self-check -- is what was computed step by step what a full computation
 * gives?
 *
 * The law of incremental computation, checked on a system that lives: for the
 * operator who doubts, and for tests after whatever they did.  A difference is
 * a bug of ours.  Pure.
 */
#ifndef NORTHD_SELF_CHECK_H
#define NORTHD_SELF_CHECK_H 1

#include <stddef.h>

struct advertised_routes;
struct ds;
struct dynamic_routing_ports;
struct view;

/* Compares 'routes' and 'ports', which are up to date with 'view', with a full
 * computation.  Returns the number of differences, and appends the first few to
 * 'report', one in a line.  'view' is afterwards as it was before.
 *
 * Costs what a full computation costs, and the memory for a second result. */
size_t self_check(struct view *view, const struct advertised_routes *routes,
                  const struct dynamic_routing_ports *ports,
                  struct ds *report);

#endif /* northd/self-check.h */
