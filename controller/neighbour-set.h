/* neighbour-set -- MAC addresses of IPv6 neighbours that somebody asks for.
 *
 * Not a copy of the kernel's table, which may be large and restless: only what
 * is watched is kept.  A neighbour that the kernel forgets, or fails to reach,
 * keeps the address that it had: it comes back with the same one, or with
 * another, which is then told.
 *
 * Ownership: the set copies what it is given.  Errors: there are none.
 * Cost: O(1) expected.  Threads: single-threaded.
 */
#ifndef CONTROLLER_NEIGHBOUR_SET_H
#define CONTROLLER_NEIGHBOUR_SET_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/nl-nexthop.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct neighbour_set {
    struct hmap neighbours;     /* Of struct neighbour. */
    struct ovs_list unread;     /* Of struct neighbour: to be read by a
                                 * dump. */
};

/* Initializes an empty set, in the caller's memory; and frees what it has. */
void neighbour_set_init(struct neighbour_set *);
void neighbour_set_destroy(struct neighbour_set *);

/* Watches 'addr' on 'ifindex', as often as it is called; and no longer, when
 * the other was called as often. */
void neighbour_set_watch(struct neighbour_set *, uint32_t ifindex,
                         const uint8_t addr[16]);
void neighbour_set_unwatch(struct neighbour_set *, uint32_t ifindex,
                           const uint8_t addr[16]);

/* Returns the MAC address of 'addr' on 'ifindex', NULL if it is not known. */
const uint8_t *neighbour_set_get(const struct neighbour_set *,
                                 uint32_t ifindex, const uint8_t addr[16]);

/* Stores a device whose neighbours are to be read.  False if there is none. */
bool neighbour_set_next_dump(const struct neighbour_set *, uint32_t *ifindex);

/* Begins to read 'ifindex'; 'error' other than 0 at the end has it read
 * again. */
void neighbour_set_dump_begin(struct neighbour_set *, uint32_t ifindex);
void neighbour_set_dump_end(struct neighbour_set *, uint32_t ifindex,
                            int error);

/* What a dump ('dump') or an event brings; true if that is news of one that is
 * watched. */
bool neighbour_set_put(struct neighbour_set *, const struct nl_neighbour *,
                       bool dump);

/* News were lost: all is to be read. */
void neighbour_set_lost(struct neighbour_set *);

#endif /* controller/neighbour-set.h */
