/* explain-source -- the Northbound end of the chain: what a prefix is of,
 * which router ports would advertise it, and what keeps them from it.
 *
 * The rules are those of ovn-route-northd, and no copy of them: its sources
 * are asked twice, about the configuration as it is, and about one from which
 * all that an operator may forget or forbid has been lifted (a "lifted" view:
 * every router takes part and redistributes everything, nothing opts out).
 * What the second gives and the first does not lacks one of these, which is
 * then looked for by name.
 *
 * Ownership: nothing is kept but what explain_sources_find() returns.
 * Cost: one look at each Northbound object for each source.  Pure;
 * single-threaded.
 */
#ifndef UTILITIES_EXPLAIN_SOURCE_H
#define UTILITIES_EXPLAIN_SOURCE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "openvswitch/list.h"
#include "northd/view.h"

struct explain_chain;

/* The Northbound database. */
struct explain_nb {
    const struct view *view;    /* As it is. */
    struct view *lifted;        /* The same, to be lifted; private to us. */
    const char *chassis;        /* For examples: any chassis, or NULL. */
};

/* A router port that may advertise the prefix because of an object. */
struct explain_candidate {
    struct ovs_list node;
    struct view_object object;
    const char *token;          /* What the port must redistribute... */
    unsigned int source;        /* ...as DR_SOURCE_*. */
    const struct view_router_port *port; /* In the view as it is. */
    char *tracked_port;         /* Or NULL. */
    char *problem;              /* Instead of a route: what is wrong with the
                                 * object. */
};

struct explain_candidates {
    struct ip_prefix prefix;
    struct ovs_list list;       /* Of struct explain_candidate: by object, then
                                 * by name of the port. */
};

/* Finds the candidates for 'prefix', those of 'router' only unless that is
 * NULL.  The caller must call explain_candidates_destroy(). */
void explain_candidates_find(struct explain_candidates *,
                             const struct explain_nb *,
                             const struct ip_prefix *prefix,
                             const char *router);
void explain_candidates_destroy(struct explain_candidates *);

/* Keeps only the candidates for which 'keep' is true, unless that would be
 * none. */
void explain_candidates_filter(
    struct explain_candidates *,
    bool (*keep)(const struct explain_candidate *, void *aux), void *aux);

/* Adds the links up to the options to 'chain', and calls 'next' for each
 * candidate whose links are all there. */
void explain_sources(struct explain_chain *, const struct explain_nb *,
                     const struct explain_candidates *,
                     void (*next)(const struct explain_candidate *, void *aux),
                     void *aux);

/* Stores in '*prefixes', which the caller must free(), the prefixes of what
 * is called 'name': the name of a load balancer, of a port of a switch or a
 * router, or a UUID. Returns their number. */
size_t explain_prefixes_of_name(const struct explain_nb *, const char *name,
                                struct ip_prefix **prefixes);

/* Stores in '*cover' the longest prefix of something that 'prefix' lies in,
 * other than itself and default routes.  False if there is none. */
bool explain_find_cover(const struct explain_nb *,
                        const struct ip_prefix *prefix,
                        struct ip_prefix *cover);

#endif /* utilities/explain-source.h */
