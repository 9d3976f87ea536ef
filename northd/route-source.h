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

struct ip_prefix;
struct uuid;
struct view;
struct view_router_port;

/* Where a source puts what it finds.  'object' is the uuid of the Northbound
 * row that the route stems from. */
struct route_sink {
    /* 'port' advertises 'prefix' because of 'object'; 'tracked_port' is the
     * name of the port whose chassis is the best place to advertise it, or
     * NULL. */
    void (*route)(struct route_sink *, const struct view_router_port *port,
                  const struct uuid *object, const struct ip_prefix *prefix,
                  const char *tracked_port);

    /* 'port' would advertise 'object' if that were valid.  'name' is what to
     * call it and 'text' says what is wrong and what to do. */
    void (*invalid)(struct route_sink *, const struct view_router_port *port,
                    const struct uuid *object, const char *name,
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
    void (*spread)(const struct view *, const struct uuid *object,
                   struct route_sink *sink);
};

#endif /* northd/route-source.h */
