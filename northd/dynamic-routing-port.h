/* dynamic-routing-port -- what controllers must know of each router port.
 *
 * The rows of Dynamic_Routing_Port: one for each port of each enabled router
 * with dynamic-routing=true, with the options that hold for it: its own, else
 * the router's.  "dynamic-routing" is among them, "true", where the router
 * takes part in route exchange: on the ports of a gateway router and on
 * distributed gateway ports; so are, there only, the options that tell how
 * ("-maintain-vrf", "-vrf-name", "-port-name", "-learn-*", and the port's
 * "routing-protocol-redirect").  Values are passed on as they
 * are configured; the controller judges them.
 *
 * What is wrong with options at first sight is reported here, with the source
 * "options": unknown tokens and keys, keys in the wrong place, what is neither
 * true nor false, redistribution without dynamic routing.
 *
 * Ownership: the set owns its members, which are valid until the next run.
 * Cost: O(ports) of the routers that changed.  Single-threaded, no I/O.
 */
#ifndef NORTHD_DYNAMIC_ROUTING_PORT_H
#define NORTHD_DYNAMIC_ROUTING_PORT_H 1

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "smap.h"
#include "sset.h"

struct problem_set;
struct view;

struct dynamic_routing_port {
    struct hmap_node node;      /* In struct dynamic_routing_ports's 'ports'. */
    struct ovs_list router_node; /* In the list of its router. */
    char *port;                 /* Name of the router port. */
    char *binding_port;         /* Name of the port whose chassis counts. */
    char *router;               /* Name of the router. */
    struct smap options;
};

struct dynamic_routing_ports {
    struct hmap ports;          /* Of struct dynamic_routing_port, by 'port'. */
    struct hmap routers;        /* Private. */
    struct sset changed;        /* Names of ports that are new, gone or
                                 * different; the caller clears it. */
    struct sset stale;          /* Private: objects of problems that may go. */
};

void dynamic_routing_ports_init(struct dynamic_routing_ports *);
void dynamic_routing_ports_destroy(struct dynamic_routing_ports *);

/* Brings the set up to date with 'view', whose 'changes' since the last call
 * it takes into account but does not clear. */
void dynamic_routing_ports_run(struct dynamic_routing_ports *,
                               const struct view *, struct problem_set *);

/* The member for the port 'name', or NULL. */
const struct dynamic_routing_port *dynamic_routing_ports_find(
    const struct dynamic_routing_ports *, const char *name);

#endif /* northd/dynamic-routing-port.h */
