/* kernel-mirror -- what we believe the kernel holds: devices and routes.
 *
 * Fed with what the transport reports, read by the engine.  Does no I/O.
 *
 * It keeps all devices, and all routes of the tables that are watched.  Each
 * watched table, and the devices as a whole, is a scope that is read by a dump
 * and kept current by events.  A third scope has no content: the search for
 * routes of ours in tables that nobody watches, left there by an earlier life
 * of the program; it calls 'route_found' instead.
 *
 * What is ours is known by protocol number 84 (DR_RTPROT_OVN).
 *
 * A dump is built aside and swapped in only when it ended well.  What happens
 * in the kernel meanwhile is noted down and applied after it: replaying an
 * event that the dump already shows does no harm, as long as all events from
 * the start of the dump on are replayed in order.
 *
 * Ownership: entries belong to the mirror.  Pointers handed out are valid
 *     until the next call that takes a non-const mirror.
 * Errors: there are none.  What cannot be understood makes a scope suspect.
 * Units: see nl-route.h.
 * Cost: an event is O(1) expected; the end of a dump O(n) in the table.
 * Threads: single-threaded.
 * Trust: only a scope in KM_SYNCED may justify a change to the kernel.
 *
 * What moves a scope's state:
 *
 *     UNKNOWN --dump_begin--> DUMPING --dump_end(0)--> SYNCED
 *                               |  ^                     |
 *                dump_end(error)|  |dump_begin           |lost, suspect,
 *                               v  |                     |ambiguous event
 *                              SUSPECT <-----------------+
 *
 * lost or suspect while DUMPING leaves the dump running, and lets it end in
 * SUSPECT.
 */
#ifndef KERNEL_MIRROR_H
#define KERNEL_MIRROR_H 1

#include <stdbool.h>
#include <stdint.h>

#include "controller/route-set.h"
#include "lib/nl-route.h"

struct kernel_mirror;

enum kernel_mirror_state {
    KM_UNKNOWN,                 /* Never read. */
    KM_DUMPING,                 /* A dump builds aside. */
    KM_SYNCED,                  /* What is here is trusted. */
    KM_SUSPECT,                 /* It was read, but is not trusted. */
};

/* Calls that tell of changes.  They must not change the mirror. */
struct kernel_mirror_observer {
    /* Something of key 'key' changed in a table that is synced.  'own' if an
     * operation of ours was the cause. */
    void (*route_changed)(void *aux, const struct nl_route_key *key, bool own);

    /* The state of watched table 'table_id' changed; when it became KM_SYNCED,
     * so did its content. */
    void (*table_changed)(void *aux, uint32_t table_id);

    /* Devices changed, in a way that can matter to VRFs: 'link' did, or, if
     * it is NULL, any of them, or the state of the scope. */
    void (*links_changed)(void *aux, const struct nl_link *link);

    /* There is a route of ours in 'table_id', which is not watched. */
    void (*route_found)(void *aux, uint32_t table_id);
};

/* Scopes of dumps.  A table's id is its scope. */
#define KM_SCOPE_LINKS 0
#define KM_SCOPE_OURS UINT32_MAX

struct kernel_mirror *kernel_mirror_create(
    const struct kernel_mirror_observer *, void *aux);

/* Frees the mirror and all that it knows.  NULL is allowed. */
void kernel_mirror_destroy(struct kernel_mirror *);

/* Starts and ends the watch of 'table_id', 1 to UINT32_MAX - 1. */
void kernel_mirror_watch(struct kernel_mirror *, uint32_t table_id);
void kernel_mirror_forget(struct kernel_mirror *, uint32_t table_id);

/* The state of a scope; KM_UNKNOWN for a table that is not watched. */
enum kernel_mirror_state kernel_mirror_get_state(const struct kernel_mirror *,
                                                 uint32_t scope);

/* The name of a state, e.g. "synced". */
const char *kernel_mirror_state_name(enum kernel_mirror_state);

/* What a dump of 'scope' brings.  At most one runs at a time.  An 'error' of 0
 * means that it is whole. */
void kernel_mirror_dump_begin(struct kernel_mirror *, uint32_t scope);
void kernel_mirror_dump_link(struct kernel_mirror *, const struct nl_link *);
void kernel_mirror_dump_route(struct kernel_mirror *, const struct nl_route *);
void kernel_mirror_dump_end(struct kernel_mirror *, int error);

/* True if the last dump of KM_SCOPE_OURS showed routes of ours, in whatever
 * table; leak guards do not count. */
bool kernel_mirror_saw_ours(const struct kernel_mirror *);

/* What events bring.  'replace' is whether NLM_F_REPLACE was in the message,
 * 'gone' whether it was a deletion. */
void kernel_mirror_event_link(struct kernel_mirror *, const struct nl_link *,
                              bool gone);
void kernel_mirror_event_route(struct kernel_mirror *, const struct nl_route *,
                               bool gone, bool replace, bool own);

/* An operation of ours did this, and no event tells of it: 'route', which is
 * what a dump would show, is in its table now, or, if 'gone', no route of its
 * key is left there.  The observer is not called.  False if the mirror shows
 * what does not fit, and is left as it is. */
bool kernel_mirror_wrote(struct kernel_mirror *, const struct nl_route *,
                         bool gone);

/* Device 'ifindex' lost an IPv4 address.  Routes may have died with it, of
 * which the kernel says nothing. */
void kernel_mirror_event_addr_gone(struct kernel_mirror *, uint32_t ifindex);

/* Events were lost.  Makes all scopes suspect. */
void kernel_mirror_lost(struct kernel_mirror *);

/* Says that 'scope' is not to be trusted; KM_SCOPE_OURS to search again. */
void kernel_mirror_suspect(struct kernel_mirror *, uint32_t scope);

/* Returns the first route with 'key' if 'prev' is NULL, else the next one
 * after it, or NULL.  Those of ours and of others are in no certain order. */
const struct kernel_route *kernel_mirror_find(const struct kernel_mirror *,
                                              const struct nl_route_key *key,
                                              const struct kernel_route *prev);

/* The same for all routes to 'prefix' in 'table_id', whatever their metric. */
const struct kernel_route *kernel_mirror_find_prefix(
    const struct kernel_mirror *, uint32_t table_id,
    const struct ip_prefix *prefix, const struct kernel_route *prev);

/* Calls 'cb' for each route in 'table_id', in no certain order. */
void kernel_mirror_for_each_route(const struct kernel_mirror *,
                                  uint32_t table_id,
                                  void (*cb)(void *aux,
                                             const struct kernel_route *),
                                  void *aux);

/* Returns a malloc()'d array of the routes of 'table_id', sorted by key, and
 * stores their number. */
const struct kernel_route **kernel_mirror_get_routes(
    const struct kernel_mirror *, uint32_t table_id, size_t *n);

/* Calls 'cb' for each route, of any table, that uses nexthop object 'nh_id'.
 * O(tables) and the number of calls. */
void kernel_mirror_for_each_user(const struct kernel_mirror *, uint32_t nh_id,
                                 void (*cb)(void *aux,
                                            const struct kernel_route *),
                                 void *aux);

/* True if a route uses a nexthop object. */
bool kernel_mirror_uses_nexthops(const struct kernel_mirror *);

/* Calls 'cb' for each route of ours in 'table_id', in no certain order. */
void kernel_mirror_for_each_ours(const struct kernel_mirror *,
                                 uint32_t table_id,
                                 void (*cb)(void *aux,
                                            const struct kernel_route *),
                                 void *aux);

/* The number of routes in 'table_id'. */
size_t kernel_mirror_count_routes(const struct kernel_mirror *,
                                  uint32_t table_id);

/* Devices by name, by index; and VRFs by table, where 'prev' is as for
 * kernel_mirror_find(). */
const struct nl_link *kernel_mirror_link_by_name(const struct kernel_mirror *,
                                                 const char *name);
const struct nl_link *kernel_mirror_link_by_index(const struct kernel_mirror *,
                                                  uint32_t ifindex);
const struct nl_link *kernel_mirror_next_vrf(const struct kernel_mirror *,
                                             uint32_t table_id,
                                             const struct nl_link *prev);

/* Returns the first port of device 'ifindex' if 'prev' is NULL, else the next
 * one after it, or NULL; in no certain order. */
const struct nl_link *kernel_mirror_next_port(const struct kernel_mirror *,
                                              uint32_t ifindex,
                                              const struct nl_link *prev);

/* Calls 'cb' for each VRF, in no certain order. */
void kernel_mirror_for_each_vrf(const struct kernel_mirror *,
                                void (*cb)(void *aux, const struct nl_link *),
                                void *aux);

#endif /* controller/kernel-mirror.h */
