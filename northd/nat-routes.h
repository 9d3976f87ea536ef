/* nat-routes -- external addresses of NATs (token "nat").
 *
 * A router port advertises the NATs of its own router and those of its
 * neighbors: of the router at its other end if it is connected with a router
 * port directly, else of all routers that are attached to its switch through
 * another port (its own router among them, if that is attached twice).  One
 * hop, no further.  A neighbor needs no dynamic routing for that.
 *
 * The type of the NAT does not matter.  What the route tracks does not depend
 * on who advertises it:
 *
 *      router of the NAT              NAT             tracked port
 *      gateway router                 any             none
 *      distributed, no gateway port   any             none
 *      distributed, gateway ports     distributed     the NAT's logical port,
 *                                                     if there is one of that
 *                                                     name, else none
 *                                     centralized     the gateway port that it
 *                                                     belongs to
 *
 * A distributed NAT is a dnat_and_snat one with logical_port and external_mac.
 * A gateway port is a distributed one throughout.  A NAT belongs to the one
 * that 'gateway_port' names, else to the only one there is, else to the first
 * (by name) that has the external address in one of its networks; a NAT for
 * which none is found is invalid.  OVN >= 25.03 has gateway ports for which it
 * treats a distributed NAT as centralized (their switch has no localnet port);
 * the OVN that we extend has no such thing.
 *
 * The advertised prefix is the external address in normal form (D1); link-local
 * ones are never advertised (D4).  options:dynamic-routing-advertise=false
 * opts out.
 */
#ifndef NORTHD_NAT_ROUTES_H
#define NORTHD_NAT_ROUTES_H 1

struct route_source;

extern const struct route_source nat_routes;

#endif /* northd/nat-routes.h */
