/* nl-route -- routes and links as values, and as rtnetlink messages.
 *
 * The codec between the bytes of RTM_*ROUTE and RTM_*LINK and structs that the
 * rest of the program works with.  It does no I/O; nl-transport carries what
 * it makes.
 *
 * Ownership: decoded values borrow nothing from the message.  The next hops of
 *     a decoded route are in an array of the caller's.
 * Errors: 0 or a positive errno, out-parameters undefined on failure.  Any
 *     bytes may be decoded: what is malformed yields EINVAL.
 * Units and byte order: table ids, metrics and interface indexes in host byte
 *     order, addresses in network byte order, prefixes normalised.
 * Order: nl_route_key_compare() is total; everything that is shown is sorted
 *     by it.
 * Single-threaded, no state.
 */
#ifndef NL_ROUTE_H
#define NL_ROUTE_H 1

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"

struct ds;
struct nlmsghdr;

/* What the kernel tells routes apart by.  It may still hold several of one
 * key: 'ip route append' makes another one in IPv4. */
struct nl_route_key {
    uint32_t table_id;          /* RTA_TABLE. */
    uint32_t metric;            /* RTA_PRIORITY. */
    struct ip_prefix prefix;    /* RTA_DST. */
    uint8_t tos;                /* IPv4 only. */
};

/* One next hop of a route. */
struct nl_nexthop {
    uint32_t ifindex;           /* RTA_OIF; 0: not given. */
    uint16_t weight;            /* 1 to 256. */
    uint8_t flags;              /* RTNH_F_*. */
    uint8_t family;             /* Of 'addr': AF_INET or AF_INET6; 0: none. */
    uint8_t addr[16];           /* The gateway, network byte order. */
};

/* More next hops than these are left out of a decoded route. */
#define NL_ROUTE_MAX_NEXTHOPS 128

struct nl_route {
    struct nl_route_key key;
    uint32_t flags;             /* RTM_F_*. */
    uint32_t nh_id;             /* RTA_NH_ID, a nexthop object; 0: none. */
    uint8_t protocol;           /* RTPROT_*: who made it. */
    uint8_t type;               /* RTN_*. */
    uint8_t scope;              /* RT_SCOPE_*. */
    uint16_t n_nexthops;        /* At most NL_ROUTE_MAX_NEXTHOPS. */
    const struct nl_nexthop *nexthops;
};

/* The longest text of an interface's alias, with its null. */
#define NL_ALIAS_LEN 256

/* A network device. */
struct nl_link {
    uint32_t ifindex;
    uint32_t flags;             /* IFF_*. */
    uint32_t master;            /* Ifindex of the VRF or bridge; 0: none. */
    uint32_t peer;              /* IFLA_LINK: of a "veth", the ifindex of its
                                 * other end; 0 if that is none of this
                                 * network namespace. */
    uint32_t vrf_table;         /* Of a VRF, else 0. */
    uint32_t group;             /* IFLA_GROUP; 0 unless someone chose one. */
    char name[IFNAMSIZ];
    char kind[16];              /* "vrf", "veth", ...; "" if there is none. */
    char alias[NL_ALIAS_LEN];   /* "" if there is none. */
};

/* What to do to a device.  Members that are 0 or NULL are left alone. */
struct nl_link_change {
    uint32_t ifindex;           /* The device; 0: a new one. */
    const char *name;           /* New name. */
    const char *kind;           /* For a new one only. */
    uint32_t vrf_table;         /* For a new VRF only. */
    const char *alias;          /* New alias; "" takes it away. */
    bool set_up;                /* Set it up. */
    bool set_down;              /* Set it down. */
    bool set_master;            /* Make it a port of 'master', or of none. */
    uint32_t master;            /* Ifindex, or 0. */
    bool set_group;             /* Put it into 'group'. */
    uint32_t group;
};

/* Enough for any message that nl_*_encode() makes for a route with at most one
 * next hop and for any device. */
#define NL_MESSAGE_MAX 512

int nl_route_key_compare(const struct nl_route_key *,
                         const struct nl_route_key *);
bool nl_route_key_equals(const struct nl_route_key *,
                         const struct nl_route_key *);
uint32_t nl_route_key_hash(const struct nl_route_key *);

/* True if 'a' and 'b' are the same route in all that the kernel keeps apart,
 * flags of routes and next hops excepted. */
bool nl_route_equals(const struct nl_route *a, const struct nl_route *b);

/* Decodes an RTM_NEWROUTE or RTM_DELROUTE.  The next hops go to 'nexthops', of
 * 'n' elements.  Returns 0, EINVAL, or EAFNOSUPPORT for a route that is
 * neither IPv4 nor IPv6. */
int nl_route_decode(const struct nlmsghdr *, struct nl_route *,
                    struct nl_nexthop *nexthops, size_t n);

/* Writes a message of 'type' (RTM_NEWROUTE, RTM_DELROUTE) with 'flags'
 * (NLM_F_CREATE ...) in addition to NLM_F_REQUEST to 'buf', of 'size' bytes
 * and aligned to 4.  A deletion names protocol and metric, so that the kernel
 * touches no route but this.  Returns 0, or EMSGSIZE. */
int nl_route_encode(const struct nl_route *, uint16_t type, uint16_t flags,
                    void *buf, size_t size);

/* Writes a dump request for the routes of 'family' in 'table_id' (0: all
 * tables) of 'protocol' (0: all) to 'buf'.  The kernel may answer with more
 * than was asked for: readers filter.  Returns 0, or EMSGSIZE. */
int nl_route_encode_dump(uint8_t family, uint32_t table_id, uint8_t protocol,
                         void *buf, size_t size);

/* Decodes an RTM_NEWLINK or RTM_DELLINK.  Returns 0, EINVAL, or EAFNOSUPPORT
 * for a message that is not about the device as such: those of family
 * AF_BRIDGE tell about ports of bridges, and an RTM_DELLINK of it does not
 * mean that the device is gone; neither are the partial ones of wireless
 * events. */
int nl_link_decode(const struct nlmsghdr *, struct nl_link *);

/* Writes the message that does 'change', to 'buf': RTM_NEWLINK.  Returns 0, or
 * EMSGSIZE. */
int nl_link_encode_change(const struct nl_link_change *, void *buf,
                          size_t size);

/* Writes a message that deletes the device 'ifindex' to 'buf'.  Returns 0, or
 * EMSGSIZE. */
int nl_link_encode_delete(uint32_t ifindex, void *buf, size_t size);

/* Writes a dump request for all devices to 'buf'.  Returns 0, or EMSGSIZE. */
int nl_link_encode_dump(void *buf, size_t size);

/* Decodes an RTM_NEWADDR or RTM_DELADDR as far as anyone asks: whose it is.
 * Returns 0, or EINVAL. */
int nl_addr_decode(const struct nlmsghdr *, uint8_t *family,
                   uint32_t *ifindex);

/* The name that people know protocol 'protocol' by, or "?". */
const char *nl_route_protocol_name(uint8_t protocol);

/* The word of 'ip route' for a route's type, e.g. "blackhole", or "?". */
const char *nl_route_type_name(uint8_t type);

/* Appends 'route' as 'ip route' would show it, without the table. */
void nl_route_format(const struct nl_route *, struct ds *);

#endif /* lib/nl-route.h */
