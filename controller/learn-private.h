/* learn-private -- the inside of learn.h, for learn*.c only.
 *
 *     struct table --- struct router --- struct port --- struct claim
 *         |  \                                             /
 *         |   ------------ struct entry (a prefix) --------
 *         |                     |
 *         |                 struct use
 *         |                     |
 *          ---------------- struct hop --- struct device
 *
 * learn.c reads prefixes; learn-claim.c keeps what each port claims of them;
 * learn-port.c keeps tables, routers and ports, and knows which next hop
 * belongs to which; learn-hop.c keeps next hops and devices, and which
 * prefixes use them; learn-judge.c says what is not learned, and why;
 * learn-show.c and learn-explain.c tell of it all. */
#ifndef CONTROLLER_LEARN_PRIVATE_H
#define CONTROLLER_LEARN_PRIVATE_H 1

#include <net/if.h>

#include "controller/learn.h"
#include "controller/learn-rows.h"
#include "lib/nl-route.h"
#include "lib/prefix-filter.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "smap.h"

/* A table that routers here use. */
struct table {
    struct hmap_node node;      /* In struct learner's 'tables'. */
    uint32_t table_id;
    struct ovs_list routers;    /* Of struct router. */
    struct hmap entries;        /* Of struct entry, by prefix. */
    struct hmap hops;           /* Of struct hop. */
    bool choosy;                /* A port here goes by the names of devices. */
    struct learner *learn;
    struct ovs_list dirty_node; /* In struct learner's 'dirty_tables', or in
                                 * none. */
    struct hmap dirty;          /* Of struct dirty_prefix, to be looked at. */
    bool all_dirty;             /* All prefixes are to be looked at. */
    unsigned int round;         /* Of the last such look. */
};

struct dirty_prefix {
    struct hmap_node node;
    struct ip_prefix prefix;
};

struct router {
    struct hmap_node node;      /* In struct learner's 'routers'. */
    struct ovs_list table_node; /* In 'table->routers'. */
    struct uuid datapath;
    char *name;
    struct table *table;
    struct ovs_list ports;      /* Of struct port. */
    bool filtered;              /* A port of it has a port-name. */
    bool choosy;                /* ...or goes by the names of devices. */
};

/* Why a route, one of its next hops, or its prefix is not learned. */
enum learner_refusal {
    REFUSED_NOT,
    REFUSED_PREFIX,             /* Link-local and the like. */
    REFUSED_ADVERTISED,         /* OVN itself announces it. */
    REFUSED_PROTOCOL,           /* Not of a routing daemon. */
    REFUSED_TYPE,               /* Not unicast: a blackhole, say. */
    REFUSED_TOS,                /* For some packets only. */
    REFUSED_METRIC,             /* There is a better one (D14). */
    REFUSED_NO_ADDRESS,         /* No next hop, or a device only. */
    REFUSED_ADDRESS,            /* Multicast, and the like. */
    REFUSED_DEAD,               /* The kernel does not use the next hop. */
    REFUSED_DEVICE,             /* Its device does not exist. */
    REFUSED_NO_LEARNING,        /* Option dynamic-routing-no-learning. */
    REFUSED_DEFAULT,            /* Option -learn-default (D16). */
    REFUSED_FILTER,             /* Option -learn-prefixes (D16). */
    REFUSED_PLACE,              /* The next hop is another port's (D15). */
    REFUSED_OWN,                /* It is an address of the router. */
    REFUSED_LOOP,               /* It lies in the prefix itself. */
    REFUSED_MAX,                /* Option -learn-max (D16). */
    REFUSED_MANY,               /* More next hops than a claim can have. */
    N_REFUSALS
};

/* Of these, those that are reported by port. */
enum bad_nexthop {
    BAD_LOOP,                   /* REFUSED_LOOP. */
    BAD_OWN,                    /* REFUSED_OWN. */
    N_BAD
};

struct network {
    struct ip_prefix subnet;
    uint8_t addr[16];           /* The port's own, network byte order. */
};

struct port {
    struct hmap_node node;      /* In struct learner's 'ports'. */
    struct ovs_list router_node; /* In 'router->ports'. */
    struct uuid uuid;
    char *name;
    struct router *router;
    unsigned int round;         /* Of learner_set_ports(), when last stated. */
    bool bound_here;
    char *addresses;
    struct smap options;

    /* Made of the above. */
    bool learning;              /* It may take next hops. */
    bool maintain_vrf;
    const char *port_name;      /* In 'options', or NULL. */
    const char *redirect;       /* In 'options', or NULL. */
    char device[IFNAMSIZ];      /* Of 'port_name', else of 'redirect'; "" if
                                 * it is not known. */
    struct network *networks;
    size_t n_networks;
    struct prefix_filter filter;
    bool learn_default;
    size_t max;                 /* Prefixes; SIZE_MAX: any number. */

    /* What it claims. */
    struct ovs_list accepted;   /* Of struct claim, as they came. */
    struct ovs_list waiting;    /* The same, over 'max'. */
    struct ovs_list bad[N_BAD]; /* Of struct claim, by 'bad_node'. */
    size_t n_accepted, n_waiting;
    struct ovs_list report_node; /* In struct learner's 'reports', or in
                                  * none. */
};

/* A device that next hops lead out of. */
struct device {
    struct hmap_node node;      /* In struct learner's 'devices'. */
    struct ovs_list hops;       /* Of struct hop, of all tables. */
    uint32_t ifindex;
    char name[IFNAMSIZ];        /* "": there is none. */
    char peer[IFNAMSIZ];        /* The name of its other end, or "". */
};

/* A next hop of routes in a table.  It exists as long as it has uses. */
struct hop {
    struct hmap_node node;      /* In 'table->hops'. */
    struct ovs_list device_node; /* In 'device->hops'. */
    struct table *table;
    struct device *device;
    struct ovs_list uses;       /* Of struct use. */
    size_t n_uses;
    uint8_t family;             /* AF_INET or AF_INET6. */
    uint8_t addr[16];           /* Network byte order, the rest zero. */

    /* Its MAC address. */
    size_t n_mac_users;         /* Claims that need it: then it is watched. */
    char mac[LEARN_MAC_LEN];    /* "": not known. */
    struct ovs_list stale_node; /* In struct learner's 'stale', or in none. */
    size_t n_stale;             /* So many of the first 'uses' have not seen
                                 * 'mac' yet. */

    /* Trouble. */
    struct ovs_list trouble_node; /* In struct learner's 'troubles', or in
                                   * none. */
    long long int since;        /* It has trouble since then; 0: it is not
                                 * noted yet. */
};

/* That the routes of an entry have a next hop, whether it is claimed or not:
 * what was decided for that prefix rested on it. */
struct use {
    struct ovs_list hop_node;   /* In 'hop->uses'. */
    struct use *next;           /* Of 'entry->uses'. */
    struct hop *hop;
    struct entry *entry;
};

/* A next hop as a claim has it. */
struct nexthop {
    struct hop *hop;            /* Which the claim's entry uses. */
    uint16_t weight;
};

/* What a port takes of a prefix. */
struct claim {
    struct ovs_list entry_node; /* In 'entry->claims'. */
    struct ovs_list port_node;  /* In 'accepted' or 'waiting' of 'port', or in
                                 * neither, without next hops. */
    struct ovs_list bad_node[N_BAD]; /* In 'port->bad[]', or in none. */
    struct entry *entry;
    struct port *port;
    bool accepted;
    struct nexthop *nexthops;
    size_t n;
};

/* A prefix of a table that a port claims; or that one may claim when a device
 * appears or has another name. */
struct entry {
    struct hmap_node node;      /* In 'table->entries'. */
    struct ip_prefix prefix;
    struct ovs_list claims;     /* Of struct claim. */
    struct use *uses;
    unsigned int round;         /* Of the table, when last looked at. */
};

/* On which ports of a router a next hop is learned. */
enum learner_place {
    PLACE_PORT_NAME,            /* Those whose port-name is its device. */
    PLACE_SUBNET,               /* Those on whose subnet it is. */
    PLACE_REDIRECT_DEVICE,      /* Those whose redirect is its device. */
    PLACE_REDIRECT,             /* Those that have a redirect. */
    PLACE_VRF,                  /* Those that maintain the VRF. */
    PLACE_ANY,                  /* All. */
};

/* What a port may take of a prefix. */
struct offer {
    struct nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    size_t n;
    bool bad[N_BAD];
};

/* A next hop of the prefix that is being looked at, which may be learned. */
struct candidate {
    struct nexthop nexthop;
    enum learner_place place;   /* In the router that is being looked at. */
};

struct learner {
    struct learner_source source;
    struct learn_rows *rows;
    struct problem_set problems;
    struct hmap tables;
    struct hmap routers;        /* By datapath. */
    struct hmap ports;          /* By UUID. */
    struct hmap devices;        /* Of struct device. */
    char *mapping;              /* Or NULL. */
    struct smap interfaces;
    unsigned int round;         /* Of learner_set_ports(). */
    struct ovs_list dirty_tables; /* Of struct table, to be looked at. */
    struct ovs_list reports;    /* Of struct port, whose problems are to be
                                 * looked at. */
    struct ovs_list stale;      /* Of struct hop, whose MAC address changed. */
    struct ovs_list troubles;   /* Of struct hop: those that have trouble. */
    bool report_hops;           /* 'troubles' changed... */
    long long int report_at;    /* ...or is to be looked at then. */

    /* The next hops of the prefix that is being looked at: all, and those
     * that could be learned. */
    struct hop **consulted;
    size_t n_consulted, allocated_consulted;
    struct candidate *candidates;
    size_t n_candidates, allocated_candidates;
    bool has_worse;             /* There are routes of a worse metric. */
};

/* learn-port.c */
struct table *learner_table_find(const struct learner *, uint32_t table_id);
/* Has the problems of 'port' looked at. */
void learner_port_touch(struct port *port);
enum learner_place learner_place_hop(const struct router *,
                                     const struct hop *);

/* True if 'hop', whose place in the port's router is known, belongs to it. */
bool learner_port_fits(const struct port *, enum learner_place,
                       const struct hop *);

/* learn-judge.c: why something is not learned; REFUSED_NOT if it may be. */
/* A prefix, whatever its routes. */
enum learner_refusal learner_judge_prefix(const struct ip_prefix *);
/* A route, whatever its next hops and the prefix. */
enum learner_refusal learner_judge_route(const struct nl_route *);
/* A next hop, whatever its device.  Stores its address, in the family that it
 * belongs to. */
enum learner_refusal learner_judge_nexthop(const struct nl_nexthop *,
                                           uint8_t *family, uint8_t addr[16]);
/* A prefix, by the policy of 'port'. */
enum learner_refusal learner_judge_port(const struct port *,
                                        const struct ip_prefix *);
/* A next hop to 'prefix', which has 'place' in the router of 'port', for that
 * port. */
enum learner_refusal learner_judge_hop(const struct port *, enum learner_place,
                                       const struct ip_prefix *prefix,
                                       const struct hop *);
/* True if the address of 'hop' lies in 'subnet'. */
bool learner_hop_is_in(const struct hop *hop, const struct ip_prefix *subnet);

/* learn-hop.c */
/* Returns next hop 'addr' of 'family' out of device 'ifindex', which is made
 * if it is new.  Without uses it must be freed by learner_hop_unref(). */
struct hop *learner_hop_get(struct learner *, struct table *, uint8_t family,
                            const uint8_t addr[16], uint32_t ifindex);
/* Frees 'hop' if it has no use. */
void learner_hop_unref(struct learner *, struct hop *);
/* Has 'entry' use just these. */
void learner_entry_set_uses(struct learner *, struct entry *,
                            struct hop *const *hops, size_t n);
/* Has the MAC address of 'hop' watched, or, when that was undone as often, no
 * longer. */
void learner_hop_watch(struct learner *, struct hop *, bool watch);
/* Passes on MAC addresses that changed, to about 'max' prefixes. */
void learner_run_hops(struct learner *, size_t max);

/* Reads the name of 'device', and that of its other end. */
void learner_read_device(const struct learner *, struct device *);

/* learn.c */
/* Has all of 'table' looked at, or 'prefix' of it. */
void learner_table_dirty(struct table *);
void learner_table_dirty_prefix(struct table *, const struct ip_prefix *);
/* Returns the entry of 'prefix', or NULL. */
struct entry *learner_entry_find(const struct table *,
                                 const struct ip_prefix *prefix);

/* learn-claim.c */
/* Returns what 'port' claims of 'entry', or NULL. */
struct claim *learner_claim_find(const struct entry *, const struct port *);
/* Has 'port' claim of 'entry' what 'offer' has.  'hold': if it has nothing,
 * that is because the kernel has nothing. */
void learner_update_claim(struct learner *, struct entry *, struct port *,
                          const struct offer *, bool hold);
/* True if one of the 'n' next hops has the address of 'hop'. */
bool learner_has_nexthop(const struct nexthop *, size_t n, const struct hop *);
/* Wants the next hops of 'entry' that are 'hop' with the MAC address that it
 * has now. */
void learner_entry_update_mac(struct learner *, struct entry *,
                              const struct hop *);
/* Frees 'entry', which nobody claims. */
void learner_entry_free(struct learner *, struct table *, struct entry *);
/* Frees the entries of 'table' that nobody claims. */
void learner_table_clear(struct learner *, struct table *);
/* Drops what 'port' claims, without telling the rows. */
void learner_port_drop_claims(struct learner *learn, struct port *port);
/* Has what 'port' claims agree with its 'max'. */
void learner_port_enforce_max(struct learner *learn, struct port *port);

/* learn-show.c */
/* Returns a malloc()'d array, by name, of the routers, or of those called
 * 'name', and stores their number. */
const struct router **learner_get_routers(const struct learner *,
                                          const char *name, size_t *n);
/* Reports next hops that have had trouble for LEARN_PATIENCE_MS at 'now'. */
void learner_report_hops(struct learner *, long long int now);
/* Brings the problems of 'port' up to date. */
void learner_report_port(struct learner *, struct port *);

#endif /* controller/learn-private.h */
