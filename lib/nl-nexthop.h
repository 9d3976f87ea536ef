/* nl-nexthop -- nexthop objects and neighbours as values, and as rtnetlink
 * messages.
 *
 * FRR installs its routes by nexthop objects: the route has a number, and the
 * object of that number says where it leads.  With the kernel's setting
 * nexthop_compat_mode of 0 the route says nothing more.  Neighbours are known
 * by device and address; what is asked of them is their MAC address.
 *
 * Ownership, errors, units: as in nl-route.h.
 */
#ifndef NL_NEXTHOP_H
#define NL_NEXTHOP_H 1

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nl-route.h"

struct nlmsghdr;

/* Members of a group beyond this number are left out. */
#define NL_NEXTHOP_MAX_MEMBERS NL_ROUTE_MAX_NEXTHOPS

struct nl_nexthop_member {
    uint32_t id;                /* Of the object. */
    uint16_t weight;            /* 1 and up. */
};

struct nl_nexthop_object {
    uint32_t id;                /* NHA_ID. */
    bool usable;                /* False for a blackhole, and for what is not
                                 * for routes. */
    struct nl_nexthop nexthop;  /* Unless it is a group. */
    size_t n_members;           /* Of a group, else 0. */
    struct nl_nexthop_member members[NL_NEXTHOP_MAX_MEMBERS];
};

/* Decodes an RTM_NEWNEXTHOP or RTM_DELNEXTHOP.  Returns 0 or EINVAL. */
int nl_nexthop_decode(const struct nlmsghdr *, struct nl_nexthop_object *);

/* Writes a dump request for all nexthop objects to 'buf'.  Returns 0, or
 * EMSGSIZE. */
int nl_nexthop_encode_dump(void *buf, size_t size);

#define NL_MAC_LEN 6

struct nl_neighbour {
    uint32_t ifindex;
    uint8_t addr[16];           /* IPv6. */
    bool has_mac;               /* The kernel knows its MAC address, or did
                                 * until a moment ago. */
    uint8_t mac[NL_MAC_LEN];
};

/* Decodes an RTM_NEWNEIGH or RTM_DELNEIGH.  Returns 0, EINVAL, or EAFNOSUPPORT
 * for one that is no neighbour in IPv6. */
int nl_neighbour_decode(const struct nlmsghdr *, struct nl_neighbour *);

/* Writes a dump request for the IPv6 neighbours on 'ifindex' to 'buf'.  The
 * kernel may answer with more.  Returns 0, or EMSGSIZE. */
int nl_neighbour_encode_dump(uint32_t ifindex, void *buf, size_t size);

#endif /* lib/nl-nexthop.h */
