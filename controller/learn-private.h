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
 * learn-port.c keeps tables, routers and ports, and knows which next hop
 * belongs to which; learn-hop.c keeps next hops and devices, and which
 * prefixes use them; learn.c reads prefixes and keeps what each port
 * claims. */
#ifndef CONTROLLER_LEARN_PRIVATE_H
#define CONTROLLER_LEARN_PRIVATE_H 1

#include <net/if.h>

#include "controller/learn.h"
#include "controller/learn-rows.h"
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

/* Why a next hop was refused. */
enum bad_nexthop {
    BAD_LOOP,                   /* It lies in the prefix itself. */
    BAD_OWN,                    /* It is an address of the router. */
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
    bool report;                /* Its problems are to be looked at. */
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
};

/* learn-port.c */
struct table *learner_table_find(const struct learner *, uint32_t table_id);
enum learner_place learner_place_hop(const struct router *,
                                     const struct hop *);

/* True if 'hop', whose place in the port's router is known, belongs to it. */
bool learner_port_fits(const struct port *, enum learner_place,
                       const struct hop *);

/* True if 'hop' is an address of 'router' itself. */
bool learner_is_own_address(const struct router *, const struct hop *);

/* True if a packet to 'hop' would follow the route to 'prefix' itself, because
 * 'port' has no longer prefix for it. */
bool learner_is_loop(const struct port *, const struct ip_prefix *prefix,
                     const struct hop *hop);

/* True if the port's policy lets it learn 'prefix'. */
bool learner_port_permits(const struct port *, const struct ip_prefix *);

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

/* learn.c */
/* Has 'prefix' of 'table' looked at. */
void learner_table_dirty_prefix(struct table *, const struct ip_prefix *);
/* Wants the next hops of 'entry' that are 'hop' with the MAC address that it
 * has now. */
void learner_entry_update_mac(struct learner *, struct entry *,
                              const struct hop *);
/* Drops what 'port' claims, without telling the rows. */
void learner_port_drop_claims(struct learner *, struct port *);
/* Has what 'port' claims agree with its 'max'. */
void learner_port_enforce_max(struct learner *, struct port *);

/* Frees the entries of 'table' that nobody claims. */
void learner_table_clear(struct learner *, struct table *);

/* learn-show.c */
/* Reports next hops that have had trouble for LEARN_PATIENCE_MS at 'now'. */
void learner_report_hops(struct learner *, long long int now);
/* Brings the problems of 'port' up to date. */
void learner_report_port(struct learner *, struct port *);

#endif /* controller/learn-private.h */
