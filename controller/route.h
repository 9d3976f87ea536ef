/* route -- which VRFs and kernel routes this chassis should have.
 *
 * The plan stands between the Southbound view, which states facts (ports,
 * routers' dynamic-routing options, advertised routes), and a sink, in
 * practice the route-exchange engine, which gets the differences:
 *
 *     sb-view ---> route_plan_set_*() ---> route_plan_run() ---> route_sink
 *
 * A router takes part here if a Dynamic_Routing_Port of it has
 * dynamic-routing=true and its binding port is bound to this chassis.  An
 * Advertised_Route of such a router becomes a route if its logical port is
 * local, with metric 100 if its tracked port is local too and 1000 otherwise;
 * with dynamic-routing-redistribute-local-only on the logical port, a tracked
 * port elsewhere means no route at all.  "Local" is bound here, or of type
 * "patch" without a chassisredirect port, or with one that is bound here.
 *
 * The table is dynamic-routing-vrf-id, else the datapath's tunnel key.  With
 * dynamic-routing-maintain-vrf on a port that takes part the table gets a VRF.
 * Routers that ask for what cannot be are reported, and skipped alone:
 *
 *     vrf-id is no number from 1 to 4294967295    tunnel key is used
 *     vrf-id 252, 255, 4294967295                 router skipped
 *     tunnel key 252...255 and no vrf-id (D8)     router skipped
 *     VRF name that cannot name a device          ovnvrfTABLE is used
 *     two VRF names for one table                 first router by name decides
 *     one VRF name for two tables                 later router skipped
 *     next hop that is no address                 blackhole
 *
 * Law: what the sink has been fed after route_plan_run() depends on the facts
 * that hold, not on the order in which they came.
 *
 * Ownership: the plan copies what it is given.
 * Errors: wrong input becomes a problem; see route_plan_problems().
 * Units and byte order: as in include/ovn/route-exchange.h.
 * Order: facts may come in any order, also before what they refer to.
 * Cost: one changed row is O(1) expected; a changed port costs the rows that
 *     name it; a changed router costs its rows, plus O(n log n) for the number
 *     of routers that take part here.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_ROUTE_H
#define CONTROLLER_ROUTE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/route-merge.h"
#include "controller/route-scope.h"
#include "openvswitch/uuid.h"

struct ds;
struct learn_port_facts;
struct problem_set;
struct route_plan;
struct smap;

enum route_port_type {
    ROUTE_PORT_PATCH,           /* Port_Binding type "patch". */
    ROUTE_PORT_CHASSISREDIRECT, /* Type "chassisredirect", named cr-PORT. */
    ROUTE_PORT_GATEWAY,         /* Type "l3gateway". */
    ROUTE_PORT_OTHER,           /* Any other: no router's. */
};

/* What becomes of the routes that are asked for. */
enum route_plan_mode {
    ROUTE_PLAN_ADVERTISE,       /* They are wanted. */
    ROUTE_PLAN_DEPREFER,        /* They are, with DR_METRIC_DEPREFER added to
                                 * their metrics (D20). */
    ROUTE_PLAN_NOTHING,         /* They are not; tables and VRFs stay. */
};

/* A Port_Binding. */
struct route_port {
    struct uuid uuid;
    const char *name;           /* Column logical_port. */
    enum route_port_type type;
    bool bound_here;            /* Its chassis is this one. */
    const char *addresses;      /* Column mac, its first element: of a router's
                                 * port, MAC address and networks; or NULL. */
};

/* A Dynamic_Routing_Port.  References that are empty are NULL. */
struct route_routing_port {
    struct uuid uuid;
    const struct uuid *datapath;
    const struct uuid *logical_port;
    const struct uuid *binding_port;
    const char *router;         /* Its router's name, or NULL. */
    const struct smap *options;
};

/* An Advertised_Route.  References that are empty are NULL. */
struct route_advertised {
    struct uuid uuid;
    const struct uuid *datapath;
    const struct uuid *logical_port;
    const struct uuid *tracked_port;
    const char *ip_prefix;
    const char *tracked_router_port; /* Its name, if it is a router's; else
                                      * NULL. */
    bool tracked_port_lost;     /* It had a tracked port, which is gone. */
    const char *metric;         /* external_ids:metric (D22), or NULL. */
};

/* What a plan amounts to, for status and metrics. */
struct route_plan_stats {
    size_t n_routers;           /* That take part here. */
    size_t n_tables;
    size_t n_routes;            /* That the sink was fed. */
    size_t n_rows;              /* Advertised_Route rows known, ... */
    size_t n_routing_ports;     /* ... Dynamic_Routing_Port rows, ... */
    size_t n_ports;             /* ... Port_Binding rows, ... */
    size_t n_datapaths;         /* ... and Datapath_Binding rows. */
    size_t n_garbage;           /* Rows of both tables that lack a reference,
                                 * which are skipped. */
};

/* Creates a plan that feeds 'sink', which is copied. */
struct route_plan *route_plan_create(const struct route_sink *sink);

/* Frees 'plan' and leaves the sink as it is.  NULL is allowed. */
void route_plan_destroy(struct route_plan *plan);

/* These state that a row exists, with these contents, or no longer does.
 * Removing what is unknown has no effect.  Nothing is computed before
 * route_plan_run(). */
void route_plan_set_datapath(struct route_plan *, const struct uuid *,
                             int64_t tunnel_key);
void route_plan_remove_datapath(struct route_plan *, const struct uuid *);
void route_plan_set_port(struct route_plan *, const struct route_port *);
void route_plan_remove_port(struct route_plan *, const struct uuid *);
void route_plan_set_routing_port(struct route_plan *,
                                 const struct route_routing_port *);
void route_plan_remove_routing_port(struct route_plan *, const struct uuid *);
void route_plan_set_advertised(struct route_plan *,
                               const struct route_advertised *);
void route_plan_remove_advertised(struct route_plan *, const struct uuid *);

/* Between route_plan_begin_full() and route_plan_end_full(), the caller states
 * all rows that exist; route_plan_end_full() removes the others. */
void route_plan_begin_full(struct route_plan *);
void route_plan_end_full(struct route_plan *);

/* Sets what becomes of routes; at first they are wanted. */
void route_plan_set_mode(struct route_plan *, enum route_plan_mode);

/* While 'withdrawn', no router takes part, as if none were bound here. */
void route_plan_set_withdrawn(struct route_plan *, bool withdrawn);

/* Brings the sink up to date with the facts. */
void route_plan_run(struct route_plan *);

/* What is wrong, as of the last run; owned by the plan.  The caller may
 * announce, but not change it. */
struct problem_set *route_plan_problems(struct route_plan *);

/* Returns a malloc()'d array of the ports of all routers that take part here,
 * for learning, and stores their number.  It refers to the plan, and is valid
 * until facts are stated.  The sequence number changes when it may have
 * changed, as of the last run. */
struct learn_port_facts *route_plan_get_learn_ports(const struct route_plan *,
                                                    size_t *n);
unsigned int route_plan_get_learn_seqno(const struct route_plan *);

/* Stores the tunnel keys of the datapaths of up to 'max' routers that take
 * part here, as of the last run, in 'keys', and returns how many. */
size_t route_plan_get_datapaths(const struct route_plan *, uint64_t keys[],
                                size_t max);

/* True if there is a row that advertises 'prefix' on the router with
 * 'datapath', on any chassis. */
bool route_plan_is_advertised(const struct route_plan *,
                              const struct uuid *datapath,
                              const struct ip_prefix *prefix);

/* Has 'cb' called whenever that may have changed, from within the functions
 * that state facts. */
void route_plan_observe_advertised(
    struct route_plan *,
    void (*cb)(void *aux, const struct uuid *datapath,
               const struct ip_prefix *), void *aux);

/* O(1), whatever the plan holds. */
void route_plan_get_stats(const struct route_plan *,
                          struct route_plan_stats *);

/* Appends one line for each router that takes part, sorted by name. */
void route_plan_format(const struct route_plan *, struct ds *);

#endif /* controller/route.h */
