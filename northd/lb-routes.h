/* lb-routes -- VIPs of load balancers (token "lb").
 *
 * A router port advertises the VIPs of the load balancers on its own router and
 * on its neighbors (see nat-routes.h for who they are), attached directly or by a
 * group; one route for each address, whatever its ports and protocols:
 *
 *      whose           router of the load balancer     tracked port
 *      own             gateway router                  none
 *      own             distributed, gateway ports      each of them: a route each
 *      own             distributed, none               no route
 *      a neighbor's    any                             the neighbor's port that
 *                                                      is seen
 *
 * An address is advertised while at least one load balancer on the router has it
 * (D6).  options:dynamic-routing-advertise=false opts a load balancer out.
 * Link-local addresses are never advertised (D4).
 *
 * VIPs with variables (options:template) are resolved with those of the chassis
 * of a gateway router; on other routers there is no one value for them, which is
 * reported (D5).
 *
 * With options:dynamic-routing-lb-health=true an address is withdrawn while, for
 * each of its VIPs, there are backends whose health is checked and all of these
 * are down (D7).
 */
#ifndef NORTHD_LB_ROUTES_H
#define NORTHD_LB_ROUTES_H 1

struct route_source;

extern const struct route_source lb_routes;

#endif /* northd/lb-routes.h */
