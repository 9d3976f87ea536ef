/* connected-routes -- the subnets of a router port (token "connected").
 *
 * One route for each network of the port, untracked: any chassis that hosts
 * the router can reach it.  Link-local networks are left out, and so is all if
 * the port advertises "connected-as-host", which stands for hosts instead of
 * subnets.  A network that cannot be parsed makes the port invalid.
 */
#ifndef NORTHD_CONNECTED_ROUTES_H
#define NORTHD_CONNECTED_ROUTES_H 1

struct route_source;

extern const struct route_source connected_routes;

#endif /* northd/connected-routes.h */
