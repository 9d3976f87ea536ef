/* route-exchange -- makes the kernel's VRFs and routes what a controller
 * wants.
 *
 * The engine of OVN Route Exchange, made to run inside the main loop of a
 * controller.  The host feeds it the desired state: tables, optionally each
 * with a VRF device that the engine maintains, and routes in them.  The engine
 * mirrors what the kernel holds, computes what differs, writes only that, and
 * goes on until both agree, whatever is lost or changed by others meanwhile.
 *
 *     config.transport = route_exchange_open_kernel(&error);
 *     re = route_exchange_create(&config);
 *     for (;;) {
 *         ... route_exchange_set_table(), _add_route(), ... as things change;
 *         route_exchange_set_complete(re, true) once all of it is known;
 *         route_exchange_run(re, time_msec());
 *         route_exchange_wait(re);
 *         poll_block();
 *     }
 *
 * What the engine touches: routes of protocol 84 (RTPROT_OVN), and VRF devices
 * that carry its mark (IFLA_IFALIAS), whose ports it takes out before it
 * deletes them; nothing else is ever changed or removed.  In a wanted table
 * every route of protocol 84 is its own, whoever made it.  In other tables it
 * removes, once after its creation, what carries its mark or protocol: that
 * was left by an earlier life.  What appears there later stays.  Only one
 * engine can work in a network namespace: another's routes would be orphans to
 * it.
 *
 * Into a VRF it puts a leak guard as well, as the kernel's and FRR's documents
 * ask for: "unreachable default metric 4278198272" in both families, so that
 * what has no route there is not looked up in the main table.  Its protocol is
 * not 84 but "kernel", because FRR does not take in routes of that protocol:
 * it would announce a default route to everybody.
 *
 * What it promises: nothing is deleted before route_exchange_set_complete()
 * has said that the desired state is whole, and only from a table that was
 * read in full; a wanted route is never withdrawn to be put back, except once
 * when its VRF came after it, because FRR ignores such a route; one changed
 * route costs one message; a restart that changes nothing writes nothing; a
 * standing error is retried with back-off, and shows as a problem.
 *
 * Ownership: the engine copies what it is given.  It owns the transport that
 *     the configuration names from route_exchange_create() on.
 * Errors: functions return 0 or a positive errno; what goes wrong later shows
 *     in route_exchange_problems().
 * Units and byte order: table ids are RTA_TABLE in host byte order (1 to
 *     4294967294), addresses are in network byte order, times are those of
 *     time_msec().
 * Order: operations and listings are in a fixed order, VRFs before routes.
 * Cost: feeding is O(1) expected a route; a run is O(what changed).
 * Threads: single-threaded.  The only process state that it uses is
 *     libopenvswitch's poll loop, in route_exchange_wait().
 * Dependencies: this header and ovn/ip-prefix.h stand alone.  See
 *     Documentation/embedding.rst.
 */
#ifndef OVN_ROUTE_EXCHANGE_H
#define OVN_ROUTE_EXCHANGE_H 1

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovn/ip-prefix.h"

struct ds;
struct nl_route;
struct nl_transport;
struct problem_set;
struct route_exchange;

/* What an engine begins with. */
struct route_exchange_config {
    struct nl_transport *transport;     /* The way to the kernel, open. */
    const char *owner;                  /* Named in the mark of devices that
                                         * the engine made, after the constant
                                         * "ovn-route-exchange ", e.g. the
                                         * chassis' system-id.  Who gives the
                                         * same takes these devices for its
                                         * own, so it must stay the same over
                                         * restarts.  What of it is beyond 236
                                         * bytes does not count. */
    size_t max_burst;                   /* Routes written in 100 ms; 0: 2000, a
                                         * pace that FRR's usual netlink buffer
                                         * survives; SIZE_MAX: no limit. */
};

/* A desired route.  All members together are its identity: to change one is
 * to remove a route and add another. */
struct route_exchange_route {
    uint32_t table_id;                  /* RTA_TABLE, one that was set. */
    uint32_t metric;                    /* RTA_PRIORITY, not 0: see below. */
    struct ip_prefix prefix;            /* Destination. */
    uint8_t nexthop_family;             /* AF_INET, AF_INET6; 0: blackhole. */
    uint8_t nexthop[16];                /* Network byte order; else zero. */
};
/* In IPv6 a metric of 0 means 1024 to the kernel (IP6_RT_PRIO_USER), and in a
 * deletion it means "any"; the engine refuses it with EINVAL, and so it does
 * the metric of the leak guard, which is this: FRR reads it as distance 255 and
 * metric 8192, the worst that there is. */
#define ROUTE_EXCHANGE_GUARD_METRIC 4278198272u

/* Counts for one table, for status and metrics. */
struct route_exchange_table_stats {
    uint32_t table_id;                  /* Whose counts these are. */
    char vrf_name[IFNAMSIZ];            /* "" when no device is maintained. */
    bool vrf_up;                        /* It is there, and up. */
    size_t n_desired;                   /* Routes that are wanted. */
    size_t n_installed;                 /* Wanted ones that the kernel has. */
    size_t n_failed;                    /* Wanted ones that it refused. */
    size_t n_other;                     /* Other routes in the table. */
    uint64_t n_repaired;                /* Routes and devices that were put
                                         * right after someone undid them. */
};

/* Counts since route_exchange_create(). */
struct route_exchange_stats {
    uint64_t n_route_messages;          /* Changes to routes, and to... */
    uint64_t n_link_messages;           /* ...devices, sent to the kernel. */
    uint64_t n_events;                  /* Changes that the kernel told of;
                                         * routes that the engine changed are
                                         * among them only if it asked. */
    uint64_t n_lost;                    /* Times that some were lost. */
    uint64_t n_dumps;                   /* Readings of a table, or devices. */
    uint64_t n_malformed;               /* Messages that could not be read. */
    long long int last_resync;          /* When something that had been read
                                         * became doubtful; 0: never. */
    const char *last_resync_reason;     /* Why; static; NULL: never. */
};

/* Opens the way to the running kernel, in this thread's network namespace.
 * Works without privilege, for reading: changes then end in a problem.
 * Returns NULL and stores a positive errno in '*error' on failure. */
struct nl_transport *route_exchange_open_kernel(int *error);

/* Creates an engine.  Nothing is read or written before the first run. */
struct route_exchange *route_exchange_create(
    const struct route_exchange_config *);

/* Destroys 're' and its transport and leaves the kernel as it is.  NULL is
 * allowed.  To withdraw everything first, remove all tables and run until
 * route_exchange_is_settled(). */
void route_exchange_destroy(struct route_exchange *);

/* Wants table 'table_id' watched and, if 'vrf_name' is nonnull, a VRF device
 * of that name with that table, up.  Calling it again for the same table
 * changes the name: a device that the engine made is renamed, and the routes
 * stay (two VRFs on one table at the same time would make FRR's zebra exit).
 * A name taken away, by NULL, leaves the device to whoever manages it from now
 * on: the engine takes its mark off and will not delete it.  A device that was
 * there unmarked is used, but never marked or deleted.  As long as a wanted
 * device cannot be had, nothing is written to its table.  Returns 0, or EINVAL
 * if 'table_id' is 0 or UINT32_MAX or the name is no interface name. */
int route_exchange_set_table(struct route_exchange *, uint32_t table_id,
                             const char *vrf_name);

/* Whether the VRF of 'table_id', if it has one, gets a leak guard: it does
 * unless this says no.  Returns 0, or ENOENT if the table is not wanted. */
int route_exchange_set_leak_guard(struct route_exchange *, uint32_t table_id,
                                  bool enabled);

/* No longer wants 'table_id', its device or any of its routes; unknown tables
 * are ignored.  A device that the engine made goes a moment after the last of
 * the routes. */
void route_exchange_remove_table(struct route_exchange *, uint32_t table_id);

/* Wants 'route', in a table that was set.  Returns 0, EEXIST if it already is
 * wanted, ENOENT if its table is not, or EINVAL. */
int route_exchange_add_route(struct route_exchange *,
                             const struct route_exchange_route *);

/* No longer wants 'route'.  Returns 0, or ENOENT if it was not wanted. */
int route_exchange_remove_route(struct route_exchange *,
                                const struct route_exchange_route *);

/* Says whether the desired state is whole, as at start-up and while the
 * database is away it is not.  While it is not, nothing is deleted. */
void route_exchange_set_complete(struct route_exchange *, bool complete);

/* Reads events and answers, and sends what is due, without blocking.  'now' is
 * the time. */
void route_exchange_run(struct route_exchange *, long long int now);

/* Has the next poll_block() wake for what route_exchange_run() can do. */
void route_exchange_wait(struct route_exchange *);

/* Distrusts all that is believed of the kernel and reads it anew. */
void route_exchange_resync(struct route_exchange *);

/* The same for 'table_id' and the devices only.  Returns 0, or ENOENT if the
 * engine has nothing to do with that table. */
int route_exchange_resync_table(struct route_exchange *, uint32_t table_id);

/* Changes the pace at which routes are written: see 'max_burst' of struct
 * route_exchange_config.  It holds from the next 100 ms on. */
void route_exchange_set_max_burst(struct route_exchange *, size_t max_burst);

/* True if the kernel is known to hold what is desired, but for operations
 * that it refused, each of which is reported as a problem. */
bool route_exchange_is_settled(const struct route_exchange *);

/* Stores whether the kernel had routes of protocol 84, leak guards aside, when
 * this engine first looked, which tells a restart of the host's program from a
 * boot.  Returns 0, or EAGAIN while it has not looked. */
int route_exchange_found_own(const struct route_exchange *, bool *found);

/* What is wrong, current until the next call of route_exchange_run(); owned
 * by the engine.  The caller may announce, but not change it. */
struct problem_set *route_exchange_problems(struct route_exchange *);

/* Appends the same to 'ds', one a line; returns how many there are. */
size_t route_exchange_format_problems(struct route_exchange *, struct ds *);

/* Fills '*stats'. */
void route_exchange_get_stats(const struct route_exchange *,
                              struct route_exchange_stats *stats);

/* Fills '*stats' for 'table_id'.  Returns 0, or ENOENT if it is not wanted. */
int route_exchange_get_table_stats(const struct route_exchange *,
                                   uint32_t table_id,
                                   struct route_exchange_table_stats *stats);

/* Returns a malloc()'d, ascending array of the wanted table ids and stores
 * their number in '*n'. */
uint32_t *route_exchange_get_tables(const struct route_exchange *, size_t *n);

/* Learning: what others, routing daemons above all, put into the tables.
 *
 * The host is told which prefixes to look at, and reads them when it likes. */

/* Calls from within route_exchange_run() that tell of changes.  They must not
 * call the engine, except to read. */
struct route_exchange_observer {
    /* The routes to 'prefix' in 'table_id' may have changed. */
    void (*prefix_changed)(void *aux, uint32_t table_id,
                           const struct ip_prefix *prefix);

    /* Whether 'table_id' can be trusted may have changed, and with it all of
     * its routes. */
    void (*table_changed)(void *aux, uint32_t table_id);

    /* The name of device 'ifindex', or of all if 0, may have changed, or the
     * name of its other end. */
    void (*device_changed)(void *aux, uint32_t ifindex);

    /* The MAC address of a neighbour that is watched changed or became
     * known. */
    void (*neighbour_changed)(void *aux, uint32_t ifindex);
};

/* Has the engine tell 'observer', which is copied, of changes from now on.
 * NULL ends that. */
void route_exchange_observe(struct route_exchange *,
                            const struct route_exchange_observer *,
                            void *aux);

/* True if what these functions give for 'table_id' is known to be what the
 * kernel holds.  Otherwise it may be out of date or not whole, and its absence
 * proves nothing. */
bool route_exchange_is_trusted(const struct route_exchange *,
                               uint32_t table_id);

/* Calls 'cb' for each route to 'prefix' in 'table_id' that is not of protocol
 * 84, in no certain order, with the next hops that its nexthop object, if it
 * has one, leads to; see lib/nl-route.h.  O(number of calls). */
void route_exchange_get_routes(const struct route_exchange *,
                               uint32_t table_id, const struct ip_prefix *,
                               void (*cb)(void *aux, const struct nl_route *),
                               void *aux);

/* Calls 'cb' with the prefix of each such route in 'table_id', in no certain
 * order; a prefix may come several times. */
void route_exchange_for_each_prefix(const struct route_exchange *,
                                    uint32_t table_id,
                                    void (*cb)(void *aux,
                                               const struct ip_prefix *),
                                    void *aux);

/* Watches the MAC address of IPv6 neighbour 'addr' on device 'ifindex', until
 * it is unwatched as often. */
void route_exchange_watch_neighbour(struct route_exchange *, uint32_t ifindex,
                                    const uint8_t addr[16]);
void route_exchange_unwatch_neighbour(struct route_exchange *,
                                      uint32_t ifindex,
                                      const uint8_t addr[16]);

/* Returns the six bytes of the MAC address that a neighbour which is watched
 * has, or had last; NULL while it is not known.  Valid until the next run. */
const uint8_t *route_exchange_get_neighbour(const struct route_exchange *,
                                            uint32_t ifindex,
                                            const uint8_t addr[16]);

/* True if device 'ifindex' is there, up, and has a carrier. */
bool route_exchange_device_is_up(const struct route_exchange *,
                                 uint32_t ifindex);

/* Returns the name of device 'ifindex', valid until the next run, or NULL if
 * there is none. */
const char *route_exchange_get_device(const struct route_exchange *,
                                      uint32_t ifindex);

/* The same for the device at the other end of 'ifindex', which is of kind
 * "veth", in this network namespace. */
const char *route_exchange_get_peer(const struct route_exchange *,
                                    uint32_t ifindex);

/* Appends a listing for operators: desired state ("plan"), what the kernel is
 * believed to hold ("kernel"), and what is still to do ("delta").  'table_id'
 * 0 means all tables. */
void route_exchange_format_plan(const struct route_exchange *,
                                uint32_t table_id, struct ds *);
void route_exchange_format_kernel(const struct route_exchange *,
                                  uint32_t table_id, struct ds *);
void route_exchange_format_delta(const struct route_exchange *, struct ds *);

#endif /* ovn/route-exchange.h */
