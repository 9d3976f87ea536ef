/* link-set -- network devices, found by index, by name, and VRFs by table.
 *
 * Part of kernel-mirror.  Pure; single-threaded.  Pointers handed out are
 * valid until the device changes or goes.  Everything is O(1) expected but the
 * walk over all VRFs.
 */
#ifndef LINK_SET_H
#define LINK_SET_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/nl-route.h"
#include "openvswitch/hmap.h"

struct link_set {
    struct hmap by_ifindex;     /* Of struct link_set_node. */
    struct hmap by_name;        /* Of the same. */
    struct hmap vrfs;           /* Those of kind "vrf", by table. */
    struct hmap ports;          /* Those that have a master, by it. */
};

/* Makes '*set' an empty set. */
void link_set_init(struct link_set *set);

/* Forgets all devices and frees what 'set' points to, but not 'set'. */
void link_set_destroy(struct link_set *set);

/* Exchanges the contents of 'a' and 'b'. */
void link_set_swap(struct link_set *a, struct link_set *b);

/* True for a device of kind "vrf". */
bool link_set_is_vrf(const struct nl_link *);

/* Makes a copy of 'link' what is known of its ifindex. */
void link_set_put(struct link_set *, const struct nl_link *link);

/* Forgets 'ifindex', if it is known. */
void link_set_remove(struct link_set *, uint32_t ifindex);

/* Each returns NULL if there is none. */
const struct nl_link *link_set_by_index(const struct link_set *,
                                        uint32_t ifindex);
const struct nl_link *link_set_by_name(const struct link_set *,
                                       const char *name);

/* Returns the first port of 'ifindex' if 'prev' is NULL, else the next one
 * after it. */
const struct nl_link *link_set_next_port(const struct link_set *,
                                         uint32_t ifindex,
                                         const struct nl_link *prev);

/* Returns the first VRF with 'table_id' if 'prev' is NULL, else the next one
 * after it. */
const struct nl_link *link_set_next_vrf(const struct link_set *,
                                        uint32_t table_id,
                                        const struct nl_link *prev);

/* Calls 'cb' for each VRF, in no certain order. */
void link_set_for_each_vrf(const struct link_set *,
                           void (*cb)(void *aux, const struct nl_link *),
                           void *aux);

#endif /* controller/link-set.h */
