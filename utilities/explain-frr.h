/* explain-frr -- the part of the chain that is in FRR: zebra's RIB, the BGP
 * table, and the peers that it was sent to.
 *
 * Asks through the probe on the chassis itself; from elsewhere it cannot be
 * seen.  Pure, if the probe is; single-threaded. */
#ifndef UTILITIES_EXPLAIN_FRR_H
#define UTILITIES_EXPLAIN_FRR_H 1

struct explain_chain;
struct explain_route;
struct explain_sight;

/* Adds the links, and completes the chain if all are there. */
void explain_frr(struct explain_chain *, const struct explain_sight *,
                 const struct explain_route *);

#endif /* utilities/explain-frr.h */
