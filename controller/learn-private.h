/* learn-private -- the inside of learn.h, for learn*.c only.
 *
 *     struct table --- struct router --- struct port --- struct claim
 *           \                                              /
 *            ------------ struct entry (a prefix) ---------
 *
 * learn-port.c keeps tables, routers and ports, and knows which next hop
 * belongs to which; learn.c reads prefixes and keeps what each port claims. */
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
    struct hmap entries;        /* Of struct entry, by prefix: those that a
                                 * port claims. */
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

struct nexthop {
    uint32_t ifindex;
    uint16_t weight;
    uint8_t family;             /* AF_INET or AF_INET6. */
    uint8_t addr[16];
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

/* A prefix of a table that a port claims. */
struct entry {
    struct hmap_node node;      /* In 'table->entries'. */
    struct ip_prefix prefix;
    struct ovs_list claims;     /* Of struct claim. */
    unsigned int round;         /* Of the table, when last looked at. */
};

/* A device that a decision rested on. */
struct device {
    struct hmap_node node;      /* In struct learner's 'devices'. */
    uint32_t ifindex;
    char name[IFNAMSIZ];        /* "": there was none. */
    char peer[IFNAMSIZ];        /* The name of its other end, or "". */
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

    /* The next hops of the prefix that is being looked at. */
    struct nexthop *candidates;
    size_t n_candidates, allocated_candidates;
};

/* learn-port.c */
struct table *learner_table_find(const struct learner *, uint32_t table_id);

/* Returns device 'ifindex', and notes that a decision rests on it; its name is
 * "" if there is none. */
const struct device *learner_device(struct learner *, uint32_t ifindex);

/* On which ports of a router a next hop is learned. */
enum learner_place {
    PLACE_PORT_NAME,            /* Those whose port-name is its device. */
    PLACE_SUBNET,               /* Those on whose subnet it is. */
    PLACE_REDIRECT_DEVICE,      /* Those whose redirect is its device. */
    PLACE_REDIRECT,             /* Those that have a redirect. */
    PLACE_VRF,                  /* Those that maintain the VRF. */
    PLACE_ANY,                  /* All. */
};
enum learner_place learner_place_nexthop(struct learner *,
                                         const struct router *,
                                         const struct nexthop *);
bool learner_port_fits(struct learner *, const struct port *,
                       enum learner_place, const struct nexthop *);

/* True if 'nexthop' is an address of 'router' itself. */
bool learner_is_own_address(const struct router *, const struct nexthop *);

/* True if a packet to 'nexthop' would follow the route to 'prefix' itself,
 * because 'port' has no longer prefix for it. */
bool learner_is_loop(const struct port *, const struct ip_prefix *prefix,
                     const struct nexthop *nexthop);

/* True if the port's policy lets it learn 'prefix'. */
bool learner_port_permits(const struct port *, const struct ip_prefix *);

/* learn.c */
/* Drops what 'port' claims, without telling the rows. */
void learner_port_drop_claims(struct learner *, struct port *);
/* Has what 'port' claims agree with its 'max'. */
void learner_port_enforce_max(struct learner *, struct port *);

/* learn-show.c */
/* Brings the problems of 'port' up to date. */
void learner_report_port(struct learner *, struct port *);

#endif /* controller/learn-private.h */
