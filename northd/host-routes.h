/* host-routes -- addresses that a router port can reach directly (token
 * "connected-as-host").
 *
 * In place of the subnets of a router port, the hosts on its link: the addresses
 * of its peer, if it is connected with a router port directly, else those of all
 * ports of its switch:
 *
 *      port of the switch                addresses          tracked port
 *      leads to a router port            that port's        that router port
 *      (to the advertiser itself, too)
 *      virtual, with a parent            its 'addresses'    the parent
 *      virtual, without                  none
 *      any other: VIF, container,        its 'addresses',   the port itself
 *      external, remote, localport,      static and
 *      localnet, switch, disabled, ...   dynamic
 *
 * Whether an address lies in a subnet of the advertiser does not matter.  NATs
 * and VIPs are not among them.  Link-local addresses are never advertised (D4).
 * options:dynamic-routing-advertise=false of the switch port, or of the router
 * port that it leads to, opts out.  options:dynamic-routing-metric of that router
 * port counts.
 */
#ifndef NORTHD_HOST_ROUTES_H
#define NORTHD_HOST_ROUTES_H 1

struct route_source;

extern const struct route_source host_routes;

#endif /* northd/host-routes.h */
