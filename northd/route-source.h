/* route-source -- the interface of what advertised routes come from.
 *
 * A source ("nat", "connected", ...) is a pure module with one struct
 * route_source, listed in advertised-route.c.  It knows which routes a router
 * port advertises because of which object, and can enumerate these pairs from
 * both ends: 'advertise' for one port and all objects, 'spread' for one object
 * and all ports.  Both must give the same pairs; tests hold every source to
 * that, because full computation uses the one and incremental computation
 * mostly the other.
 *
 * Ownership: nothing is kept, nothing is given away.  Single-threaded.
 */
#ifndef NORTHD_ROUTE_SOURCE_H
#define NORTHD_ROUTE_SOURCE_H 1

#include <stdint.h>

#include "lib/ip-prefix.h"

struct view;
struct view_object;
struct view_router_port;

/* What a port is to advertise. */
struct route_value {
    struct ip_prefix prefix;
    const char *tracked_port;   /* Name of the port whose chassis is the best
                                 * place to advertise it, or NULL. */
    uint32_t metric;            /* DR_METRIC_NONE, or see that. */
};

/* Where a source puts what it finds. */
struct route_sink {
    /* 'port' advertises 'value' because of 'object'. */
    void (*route)(struct route_sink *, const struct view_router_port *port,
                  const struct view_object *object,
                  const struct route_value *value);

    /* There is something wrong with 'object', which 'port' advertises or would
     * advertise.  'name' is what to call it and 'text' says what is wrong and
     * what to do.  Problems with one name are one problem: then their texts
     * must be the same. */
    void (*invalid)(struct route_sink *, const struct view_router_port *port,
                    const struct view_object *object, const char *name,
                    const char *text);
};

struct route_source {
    const char *name;           /* The token, and the source of problems. */
    unsigned int source;        /* DR_SOURCE_*. */

    /* Puts into 'sink' what 'port' advertises.  'port' has 'source' among its
     * view_router_port_sources(). */
    void (*advertise)(const struct view *, const struct view_router_port *port,
                      struct route_sink *sink);

    /* Puts into 'sink' what stems from 'object', for all ports that have
     * 'source' among their view_router_port_sources().  Does nothing if
     * 'object' is not there or not of a kind that the source knows. */
    void (*spread)(const struct view *, const struct view_object *object,
                   struct route_sink *sink);
};

/* Parses the value 'text' of DR_METRIC, or NULL, into '*metric', which is
 * DR_METRIC_NONE if it is invalid.  Returns NULL or what is wrong with it, which
 * the caller must free(). */
char *route_source_parse_metric(const char *text, uint32_t *metric);

#endif /* northd/route-source.h */
