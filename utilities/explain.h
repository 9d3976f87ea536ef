/* explain -- the chain of one prefix, from the Northbound database to BGP.
 *
 * A chain is a list of links in the order in which an expert would look at
 * them, each with what was seen and where.  Links are indented: an object (a
 * NAT, say) may be advertised by several router ports, and each of these from
 * several chassis:
 *
 *     object
 *         option, row                       of one router port
 *             chassis, table, kernel, BGP   on one chassis
 *
 * A path leads from the object to the end of one chassis.  It breaks off at
 * the first link that is missing, which says why and what command mends it; or
 * it is complete, as far as can be seen from here.  The prefix is advertised
 * if a path is.  Of all that break off, the one that got furthest tells the
 * cause: it takes least to mend.
 *
 * Ownership: a chain copies what it is given, but for constants.  No I/O.
 * Single-threaded.
 */
#ifndef UTILITIES_EXPLAIN_H
#define UTILITIES_EXPLAIN_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/ip-prefix.h"
#include "openvswitch/compiler.h"
#include "openvswitch/list.h"
#include "sset.h"

struct ds;
struct json;

/* Links, in the order of the chain. */
enum explain_stage {
    EXPLAIN_OBJECT,             /* What the prefix is of. */
    EXPLAIN_OPTION,             /* What a router port redistributes. */
    EXPLAIN_ROW,                /* Advertised_Route. */
    EXPLAIN_CHASSIS,            /* Where the router is bound. */
    EXPLAIN_METRIC,             /* Which metric, or none, and why. */
    EXPLAIN_DRAIN,              /* Nothing is held back there. */
    EXPLAIN_TABLE,              /* Table and VRF. */
    EXPLAIN_KERNEL,             /* The route in it. */
    EXPLAIN_ZEBRA,              /* FRR's RIB. */
    EXPLAIN_BGP,                /* FRR's BGP table. */
    EXPLAIN_PEER,               /* Who it was sent to. */
    EXPLAIN_LEARNED,            /* Learned_Route. */
    EXPLAIN_STATIC,             /* The NB static route made of it. */
};

enum explain_verdict {
    EXPLAIN_OK,                 /* It is there. */
    EXPLAIN_MISSING,            /* Here the path breaks off. */
    EXPLAIN_UNSEEN,             /* Cannot be seen from here. */
    EXPLAIN_NOTE,               /* Worth knowing, no link of a path. */
};

struct explain_link {
    struct ovs_list node;       /* In struct explain_chain's 'links'. */
    enum explain_stage stage;
    enum explain_verdict verdict;
    int depth;                  /* 0: object, 1: router port, 2: chassis. */
    const char *from;           /* Where it was seen: a constant. */
    char *text;                 /* What was seen. */
    char *cause;                /* EXPLAIN_MISSING: why; else NULL. */
    char *remedy;               /* A command that mends it, or NULL. */
    char *place;                /* Name of the chassis it is on, or NULL. */
};

struct explain_chain {
    struct ip_prefix prefix;
    struct ovs_list links;      /* Of struct explain_link. */
    int depth;                  /* Of the links to be added. */
    char *place;                /* Chassis of the links to be added. */
    struct sset advertisers;    /* Chassis of complete paths. */
    bool learned;               /* This is the chain of a route that OVN is to
                                 * learn. */
    bool complete;              /* A path is complete. */
    bool unseen;                /* Part of one that is could not be seen. */
};

void explain_chain_init(struct explain_chain *, const struct ip_prefix *);
void explain_chain_destroy(struct explain_chain *);

/* Starts the links of depth 'depth'; on chassis 'place', or NULL. */
void explain_enter(struct explain_chain *, int depth, const char *place);

/* Adds a link. */
void explain_ok(struct explain_chain *, enum explain_stage, const char *from,
                const char *format, ...) OVS_PRINTF_FORMAT(4, 5);
void explain_unseen(struct explain_chain *, enum explain_stage,
                    const char *from, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);
void explain_note(struct explain_chain *, enum explain_stage,
                  const char *from, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);

/* Adds the link at which the path breaks off: 'cause', and 'remedy' or
 * NULL, both of which it takes over. */
void explain_missing(struct explain_chain *, enum explain_stage,
                     const char *from, char *cause, char *remedy);

/* The path came to its end; part of it could not be seen if 'unseen'. */
void explain_complete(struct explain_chain *, bool unseen);

/* The link that tells why the prefix is not advertised; NULL if it is. */
const struct explain_link *explain_first_missing(const struct explain_chain *);

/* The name of a stage, one word. */
const char *explain_stage_name(enum explain_stage);

/* Appends the chain, one line for each link, and the verdict.  With 'color',
 * terminal sequences mark what is missing. */
void explain_format(const struct explain_chain *, bool color, struct ds *);

/* Returns the same as an object, which the caller must free:
 * {"prefix", "advertised", "complete-view", "chassis": [...], "links":
 *  [{"stage", "verdict", "depth", "chassis", "from", "text", "cause",
 *    "remedy"}], "cause", "remedy"}; what does not apply is left out. */
struct json *explain_to_json(const struct explain_chain *);

/* Returns 'text' as one word of a shell command, which the caller must
 * free. */
char *explain_quote(const char *text);

#endif /* utilities/explain.h */
