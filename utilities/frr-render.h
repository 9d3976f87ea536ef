/* frr-render -- FRR's configuration for the VRFs of a chassis.
 *
 * What every deployment needs and easily gets wrong: kernel routes are
 * redistributed by a route-map that denies default routes (a VRF may hold one
 * as a guard) and turns each metric into a large community ASN:0:METRIC; and
 * what is sent to a neighbor has the router port that the neighbor reaches as
 * next hop, which forwards, not the port on which FRR talks BGP.  With several
 * neighbors, ECMP; for all of them BFD and graceful restart.
 *
 * Loading it must not end a session that is up.  In FRR 8.4 another router-id
 * ends all, another "remote-as" (also one that means the same) or peer group
 * that neighbor's: where FRR has such already, they are written as they are.
 * So are the number of paths and the timers of BFD, which are the operator's.
 * A neighbor that is to carry another address family has to start anew; that
 * is told.
 *
 * Ownership: everything is borrowed.  Pure; single-threaded. */
#ifndef UTILITIES_FRR_RENDER_H
#define UTILITIES_FRR_RENDER_H 1

#include <stddef.h>
#include <stdint.h>

struct ds;
struct frr_config;
struct ovs_list;

struct frr_render {
    const char *chassis;
    const char *asn;            /* In decimal. */
    const struct ovs_list *vrfs; /* Of struct frr_vrf. */
    const uint32_t *metrics;    /* That routes have: ascending, unique. */
    size_t n_metrics;
    const struct frr_config *running; /* What FRR has there, or NULL... */
    const char *unknown;        /* ...and why that is not known, or NULL. */
};

/* Appends the configuration. */
void frr_render(const struct frr_render *, struct ds *);

#endif /* utilities/frr-render.h */
