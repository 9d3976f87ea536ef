/* learned-mark -- what tells our static routes from those of others.
 *
 * A static route that we made of a learned one has in its external_ids
 *
 *      LEARNED_ID_ROW      the uuid of a row of Learned_Route that it is of
 *      LEARNED_ID_VIA      the next hop of that row; not that of the static
 *                          route if this OVN does not take it (S4)
 *      LEARNED_ID_WROTE    "PREFIX NEXTHOP PORT", as we wrote these columns
 *
 * If someone gives such a route another value in one of these columns, or a
 * policy, route table or BFD session, as 'ovn-nbctl --may-exist lr-route-add'
 * does, it is taken: theirs from then on, whatever becomes of ours.
 *
 * Pure; single-threaded.
 */
#ifndef NORTHD_LEARNED_MARK_H
#define NORTHD_LEARNED_MARK_H 1

#include <stdbool.h>

struct ip_prefix;
struct view_route_config;

#define LEARNED_ID_ROW "route-exchange-learned"
#define LEARNED_ID_VIA "route-exchange-nexthop"
#define LEARNED_ID_WROTE "route-exchange-wrote"

/* Returns the text for LEARNED_ID_WROTE, which the caller must free. */
char *learned_mark_format(const struct ip_prefix *prefix,
                          const struct ip_prefix *nexthop, const char *port);

/* True if someone took the static route 'config', which has LEARNED_ID_ROW.
 * 'wrote' is its LEARNED_ID_WROTE, or NULL: such a route is from a former
 * version, and taken only if we cannot have given it that next hop. */
bool learned_mark_is_taken(const struct view_route_config *config,
                           const char *wrote);

#endif /* northd/learned-mark.h */
