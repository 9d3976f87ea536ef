/* nexthop-set -- the kernel's nexthop objects.
 *
 * Kept current like a table of the mirror: read by a dump, changed by events.
 * What an event tells of an object during a dump is at least as new as what
 * the dump tells of it, and wins.
 *
 * Ownership: the set copies what it is given.  Errors: there are none.
 * Cost: O(1) expected, but for what looks at groups, which is O(objects).
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_NEXTHOP_SET_H
#define CONTROLLER_NEXTHOP_SET_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/kernel-mirror.h"
#include "lib/nl-nexthop.h"
#include "openvswitch/hmap.h"

struct nexthop_set {
    struct hmap objects;        /* Of struct object. */
    enum kernel_mirror_state state;
    unsigned int round;         /* Of dumps. */
    bool dump_suspect;          /* News were lost during the dump. */
};

/* Initializes an empty set, in the caller's memory; and frees what it has. */
void nexthop_set_init(struct nexthop_set *);
void nexthop_set_destroy(struct nexthop_set *);

/* What a dump brings; an 'error' of 0 means that it is whole. */
void nexthop_set_dump_begin(struct nexthop_set *);
void nexthop_set_dump_object(struct nexthop_set *,
                             const struct nl_nexthop_object *);
void nexthop_set_dump_end(struct nexthop_set *, int error);

/* What an event brings.  True if that is news. */
bool nexthop_set_event(struct nexthop_set *, const struct nl_nexthop_object *,
                       bool gone);

/* Says that the set is not to be trusted. */
void nexthop_set_suspect(struct nexthop_set *);

/* Stores what object 'id' leads to in the 'max' elements of 'nexthops' and
 * returns their number; 0 if it is not known or leads nowhere. */
size_t nexthop_set_resolve(const struct nexthop_set *, uint32_t id,
                           struct nl_nexthop *nexthops, size_t max);

/* Calls 'cb' with 'id' and the id of each group that it is in. */
void nexthop_set_for_each_dependent(const struct nexthop_set *, uint32_t id,
                                    void (*cb)(void *aux, uint32_t id),
                                    void *aux);

/* The same for each object that leads out of 'ifindex', and its groups.  True
 * if there is one. */
bool nexthop_set_for_each_on_device(const struct nexthop_set *,
                                    uint32_t ifindex,
                                    void (*cb)(void *aux, uint32_t id),
                                    void *aux);

#endif /* controller/nexthop-set.h */
