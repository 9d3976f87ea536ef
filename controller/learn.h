/* learn -- what this chassis learns from its kernel for OVN's routing.
 *
 * Routing daemons put routes into the tables that the engine watches; here
 * they become wishes for rows of Learned_Route:
 *
 *     engine --> learner_prefix_changed() ...    learner_run() --> learn_rows
 *     plan ----> learner_set_ports() ...
 *
 * A route is learned if its protocol is dynamic (above 4, RTPROT_STATIC, and
 * not ours), it is unicast with a next hop that has an address, and its prefix
 * is one of unicast and not link-local.  Of several metrics of a prefix only
 * the best counts; next hops of equal metric are learned side by side (D14).
 * Nothing is learned that OVN itself advertises on that router.
 *
 * On which port a next hop is learned (D15), of the ports that are bound here
 * and without dynamic-routing-no-learning:
 *
 *     a port of the router has dynamic-routing-port-name
 *                                   those whose name leads to its device
 *     it is on subnets of ports     those ports
 *     otherwise                     the port whose routing-protocol-redirect
 *                                   has that device; else those that have a
 *                                   redirect; else those with maintain-vrf;
 *                                   else all
 *
 * What a port takes is limited (D16) by dynamic-routing-learn-prefixes,
 * -learn-default, and -learn-max prefixes: those that came first stay, and
 * others follow when there is room.
 *
 * With an IPv6 next hop of an IPv4 prefix goes its MAC address (S4), as far as
 * it is known.
 *
 * Law: what is wanted depends on the facts that hold, not on the order in
 * which they came, but for which prefixes found room within learn-max.
 *
 * Hold (D17): what the kernel lost may be held, see learn-rows.h, but not what
 * policy takes away, nor a next hop whose device is down.
 *
 * Freeze: a table that is not trusted is not looked at; what was wanted from
 * it stays wanted.
 *
 * Trouble: a next hop whose device does not exist, or whose MAC address is
 * needed and not known, is reported if that lasts: both are so for a moment
 * when news of routes overtake those of devices or neighbours.
 *
 * Ownership: everything is copied; the source and the rows must outlive it.
 * Errors: wrong input becomes a problem; see learner_problems().
 * Cost: one changed prefix is O(its routes and its table's ports); a device or
 *     a neighbour that changes costs the prefixes that use it; a changed port
 *     costs its table.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_LEARN_H
#define CONTROLLER_LEARN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "openvswitch/uuid.h"

struct ds;
struct learner;
struct learn_rows;
struct nl_route;
struct problem_set;
struct smap;

/* Where routes are read; see the functions of the engine with these names
 * (include/ovn/route-exchange.h). */
struct learner_source {
    bool (*is_trusted)(void *aux, uint32_t table_id);
    void (*get_routes)(void *aux, uint32_t table_id, const struct ip_prefix *,
                       void (*cb)(void *cb_aux, const struct nl_route *),
                       void *cb_aux);
    void (*for_each_prefix)(void *aux, uint32_t table_id,
                            void (*cb)(void *cb_aux, const struct ip_prefix *),
                            void *cb_aux);
    const char *(*get_device)(void *aux, uint32_t ifindex);
    const char *(*get_peer)(void *aux, uint32_t ifindex);
    bool (*device_is_up)(void *aux, uint32_t ifindex);
    void (*watch_neighbour)(void *aux, uint32_t ifindex,
                            const uint8_t addr[16]);
    void (*unwatch_neighbour)(void *aux, uint32_t ifindex,
                              const uint8_t addr[16]);
    const uint8_t *(*get_neighbour)(void *aux, uint32_t ifindex,
                                    const uint8_t addr[16]);

    /* True if OVN advertises 'prefix' on the router with 'datapath'. */
    bool (*is_advertised)(void *aux, const struct uuid *datapath,
                          const struct ip_prefix *prefix);
    void *aux;
};

/* A Dynamic_Routing_Port of a router that takes part here. */
struct learn_port_facts {
    struct uuid uuid;           /* The LRP's Port_Binding. */
    struct uuid datapath;
    const char *name;           /* The LRP's. */
    const char *router;         /* Its router's. */
    uint32_t table_id;          /* Of its router. */
    bool bound_here;            /* It may learn; else only its networks
                                 * matter. */
    const char *addresses;      /* "MAC NETWORK...", as in column mac of
                                 * Port_Binding; or NULL. */
    const struct smap *options;
};

/* Counts for one table. */
struct learner_table_stats {
    size_t n_learned;           /* Prefixes that are learned, by port. */
    size_t n_waiting;           /* Prefixes that found no room. */
};

/* Creates a learner without ports, which copies the source. */
struct learner *learner_create(const struct learner_source *,
                               struct learn_rows *);

/* Frees it.  The rows of its ports are no longer managed.  NULL is allowed. */
void learner_destroy(struct learner *);

/* States all ports of all routers that take part here. */
void learner_set_ports(struct learner *, const struct learn_port_facts *,
                       size_t n);

/* States where logical ports are on this chassis: 'mapping' is the text of
 * dynamic-routing-port-mapping, or NULL; 'interfaces' maps from the name of a
 * logical port to that of a device.  Where that device is one end of a "veth",
 * as for a routing daemon in a VRF of its own, the other end is meant, too. */
void learner_set_interfaces(struct learner *, const char *mapping,
                            const struct smap *interfaces);

/* These tell what may have changed in the source. */
void learner_prefix_changed(struct learner *, uint32_t table_id,
                            const struct ip_prefix *);
void learner_table_changed(struct learner *, uint32_t table_id);
void learner_device_changed(struct learner *, uint32_t ifindex);
void learner_neighbour_changed(struct learner *, uint32_t ifindex);
void learner_advertised_changed(struct learner *, const struct uuid *datapath,
                                const struct ip_prefix *);

/* Has all tables looked at again at the next run. */
void learner_recompute(struct learner *);

/* Works out what is wanted, from what changed.  A MAC address that changed is
 * passed on to a limited number of prefixes: see learner_next_time(). */
void learner_run(struct learner *, long long int now);

/* When learner_run() is to be called although nothing changed: 0 if at once,
 * because it did not do all; LLONG_MAX: not at all. */
long long int learner_next_time(const struct learner *);

/* True if nothing is left to do, nor waits for a table to be trusted. */
bool learner_is_settled(const struct learner *);

/* What is wrong, as of the last run. */
struct problem_set *learner_problems(struct learner *);

/* Returns counts for 'table_id', zero if nothing is learned from it. */
struct learner_table_stats learner_get_table_stats(const struct learner *,
                                                   uint32_t table_id);

/* Appends what is learned, by router and port; of 'router' if it is nonnull.
 * Returns false if there is no such router here. */
bool learner_format(const struct learner *, const char *router, struct ds *);

/* Appends what becomes of each next hop that the kernel has for 'prefix' in
 * the table of each router, and why it is not learned if it is not, one a
 * line; of 'router' if it is nonnull.  Returns false if there is no such
 * router here. */
bool learner_explain(const struct learner *, const struct ip_prefix *prefix,
                     const char *router, struct ds *);

#endif /* controller/learn.h */
