/* frr-uplink -- behind which router port each neighbor of FRR is.
 *
 * A router may have several ports towards the fabric, one to each switch, and
 * what FRR announces to a neighbor must have the addresses of the port that
 * the neighbor reaches: another's would be a next hop that it has no way to.
 * ovn-route-ctl-frr.c gathers ports, this assigns neighbors to them, and
 * frr-render.c writes the configuration.
 *
 * Behind which port a neighbor is, the first of these that fits:
 *
 *     written "PORT=NEIGHBOR"       that port
 *     its address is in a network   the port with the longest one
 *     an interface                  the port whose options lead to it; else
 *                                   the port on whose switch it is
 *     otherwise                     the only port that is towards the fabric
 *                                   by its options and has no interface yet
 *
 * Otherwise it is not known, which is an error: a wrong next hop is a black
 * hole.  So it is if the port is not on the chassis: before ovn-controller has
 * claimed a new one, say.
 *
 * Ownership: a VRF owns its ports and neighbors and copies what it is given.
 * Errors: what is wrong is returned as a text, the caller's to free, which
 *     names the neighbor and the remedy; NULL is success.
 * Order: neighbors are in the order in which they were added, ports in that
 *     in which the caller adds them.
 * Cost: O(ports) for a neighbor.
 * Pure; single-threaded. */
#ifndef UTILITIES_FRR_UPLINK_H
#define UTILITIES_FRR_UPLINK_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "sset.h"

/* A port of a router that takes part on the chassis. */
struct frr_port {
    struct ovs_list node;       /* In struct frr_vrf's 'ports'. */
    char *name;
    char *router;
    char *addresses;            /* "MAC ADDRESS/LENGTH...". */
    bool elsewhere;             /* Not on the chassis: none may be behind
                                 * it. */
    bool maintains;             /* Has dynamic-routing-maintain-vrf... */
    bool named;                 /* ...dynamic-routing-port-name or
                                 * routing-protocol-redirect. */
    struct sset devices;        /* Those that its options lead to... */
    struct sset nearby;         /* ...and others on its switch. */
};

/* Addresses of a router port that can be next hops; "" for none. */
struct frr_nexthops {
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];  /* Not link-local. */
    char local[INET6_ADDRSTRLEN]; /* Link-local, of the MAC address. */
};

struct frr_neighbor {
    struct ovs_list node;       /* In struct frr_vrf's 'neighbors'. */
    char *name;                 /* Interface or address. */
    uint8_t family;             /* Of the address; 0: an interface. */
    const struct frr_port *port;
    struct frr_nexthops nexthops; /* Of 'port', for this neighbor. */
    bool extra_network;         /* They are not the first ones of 'port'. */
};

/* A VRF, with the routers whose routes are in it. */
struct frr_vrf {
    struct ovs_list node;       /* In a list of all VRFs of the chassis. */
    char *name;
    uint32_t table_id;
    struct ovs_list ports;      /* Of struct frr_port. */
    struct ovs_list neighbors;  /* Of struct frr_neighbor. */
    struct sset others;         /* Devices in it that lead to no port. */
};

/* Adds a VRF to the list 'vrfs'. */
struct frr_vrf *frr_vrf_add(struct ovs_list *vrfs, const char *name,
                            uint32_t table_id);

/* Frees all VRFs in 'vrfs'. */
void frr_vrfs_destroy(struct ovs_list *vrfs);

/* The VRF 'name' of 'vrfs', or NULL. */
struct frr_vrf *frr_vrf_find(const struct ovs_list *vrfs, const char *name);

/* Adds a port, without devices, for the caller to complete. */
struct frr_port *frr_vrf_add_port(struct frr_vrf *, const char *name,
                                  const char *router, const char *addresses);

/* The port that speaks for the VRF: the first on the chassis that maintains
 * it, else the first there; NULL if there is none. */
const struct frr_port *frr_vrf_main_port(const struct frr_vrf *);

/* True if a neighbor is behind 'port'. */
bool frr_vrf_has_neighbor(const struct frr_vrf *, const struct frr_port *);

/* The number of ports that have neighbors. */
size_t frr_vrf_count_uplinks(const struct frr_vrf *);

/* Fills in what the "MAC ADDRESS/LENGTH..." in 'addresses' has: the first
 * address of each kind. */
void frr_nexthops_parse(const char *addresses, struct frr_nexthops *);

/* Adds the neighbor 'word', "[PORT=]NEIGHBOR", to each VRF of 'vrfs' in which
 * a port leads to it; if none does, to all of them.  One that a VRF has
 * already is not added again. */
char *frr_uplink_add(struct ovs_list *vrfs, const char *word);

/* The same for 'device', which is in 'vrf'.  Where each port towards the
 * fabric has a device and this leads to none of them, it is one of the
 * 'others'. */
char *frr_uplink_add_device(struct frr_vrf *vrf, const char *device);

#endif /* utilities/frr-uplink.h */
