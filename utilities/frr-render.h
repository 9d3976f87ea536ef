/* frr-render -- FRR's configuration for the VRFs of a chassis.
 *
 * What every deployment needs and easily gets wrong: kernel routes are
 * redistributed by a route-map that denies default routes (a VRF may hold one
 * as a guard) and turns each metric into a large community ASN:0:METRIC; and
 * what is sent has the logical router's port as next hop, which forwards, not
 * the port on which FRR talks BGP.
 *
 * Ownership: everything is borrowed.  Pure; single-threaded. */
#ifndef UTILITIES_FRR_RENDER_H
#define UTILITIES_FRR_RENDER_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "svec.h"

struct ds;

/* A VRF and the router whose routes are in it. */
struct frr_vrf {
    const char *name;
    uint32_t table_id;
    const char *router;
    const char *port;           /* The router's port towards the fabric... */
    const char *addresses;      /* ...and its "MAC ADDRESS/LENGTH...". */
    const struct svec *neighbors; /* Interfaces and addresses. */
};

struct frr_render {
    const char *chassis;
    const char *asn;
    const struct frr_vrf *vrfs;
    size_t n_vrfs;
    const uint32_t *metrics;    /* That routes have: ascending, unique. */
    size_t n_metrics;
};

void frr_render(const struct frr_render *, struct ds *);

#endif /* utilities/frr-render.h */
