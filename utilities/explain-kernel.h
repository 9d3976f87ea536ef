/* explain-kernel -- the part of the chain that is in a chassis' kernel: VRF
 * and route.
 *
 * On the chassis itself its ovn-route-controller is asked; from elsewhere
 * its row of Route_Exchange_Chassis tells as much as numbers and problems
 * can.  Pure, if the probe is; single-threaded. */
#ifndef UTILITIES_EXPLAIN_KERNEL_H
#define UTILITIES_EXPLAIN_KERNEL_H 1

#include <stdbool.h>

struct explain_chain;
struct explain_planned;
struct explain_sight;
struct ip_prefix;

/* The route to look for. */
struct explain_route {
    const struct ip_prefix *prefix;
    const char *router;         /* Name of the router that advertises it... */
    const char *port;           /* ...and of its port that is on... */
    const char *chassis;        /* ...this chassis. */
    const struct explain_planned *planned;
    char vrf[16];               /* Set here: name of the table's VRF, "" if
                                 * none is known. */
};

/* True if 'route's chassis is this host. */
bool explain_is_here(const struct explain_sight *,
                     const struct explain_route *route);

/* Adds the links of table, VRF and kernel route.  True if the chain goes
 * on. */
bool explain_kernel(struct explain_chain *, const struct explain_sight *,
                    struct explain_route *route);

#endif /* utilities/explain-kernel.h */
