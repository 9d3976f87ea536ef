/* static-routes -- static routes of routers (tokens "static", "connected" and
 * "hub-spoke").
 *
 * A static route is advertised on its output port: the one that it names, else
 * the port of its router with the next hop in one of its networks (of several
 * the first by name), and nowhere else.  Which token it goes by depends on
 * where it comes from; ovn-ic marks what it learned from another availability
 * zone with options:origin:
 *
 *      options:origin                     token
 *      none, "static", "loadbalancer"     "static"
 *      "connected"                        "connected", and never on a port with
 *                                         "connected-as-host"
 *      "connected-dynamic"                "hub-spoke"
 *
 * None of these routes is advertised:
 *
 *      nexthop=discard                    leads nowhere
 *      policy=src-ip                      its prefix is no destination (D3)
 *      a named route_table                is not for all traffic (D3)
 *      its BFD session is down            stock OVN takes it out, too
 *      its prefix is link-local           (D4)
 *      options:dynamic-routing-advertise=false
 *      made by us of a learned route      (S3)
 *
 * A route that stock OVN (24.09 and older) does not install is reported:
 * forwarding for what is advertised would fail.  So are routes whose output port
 * is not to be found; any port with the token might have been it.
 *
 * The advertised prefix has no host bits.  Routes with the same prefix and output
 * port (ECMP) are one.
 */
#ifndef NORTHD_STATIC_ROUTES_H
#define NORTHD_STATIC_ROUTES_H 1

struct route_source;

extern const struct route_source static_routes;
extern const struct route_source ic_connected_routes;
extern const struct route_source hub_spoke_routes;

#endif /* northd/static-routes.h */
