/* sb-facts -- what the Southbound database says, for the operators' tool.
 *
 * Plain structures without IDL types: sb-facts-view.c fills them in, tests
 * build them by hand, explain-chassis.c and show.c read them.
 *
 * Ownership: the facts own all that is in them and copy what they are given.
 * Pointers to ports are valid as long as the facts.  Order: lists are in the
 * order in which they were filled.  Single-threaded.
 */
#ifndef UTILITIES_SB_FACTS_H
#define UTILITIES_SB_FACTS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/uuid.h"
#include "smap.h"

/* A Port_Binding. */
struct sb_port {
    struct hmap_node node;      /* In struct sb_facts's 'ports', by 'uuid'. */
    struct uuid uuid;
    char *name;                 /* Column logical_port. */
    char *type;
    char *chassis;              /* Name of its chassis, or NULL. */
    char *addresses;            /* Column mac, or NULL. */

    /* If asked for, with sb_facts_view_register_links(). */
    struct uuid datapath;       /* Zeros: not known. */
    char *peer;                 /* options:peer, or NULL. */
};

/* A Dynamic_Routing_Port. */
struct sb_routing_port {
    struct ovs_list node;       /* In struct sb_facts's 'routing_ports'. */
    struct uuid uuid;
    struct uuid datapath;       /* Zeros: empty. */
    const struct sb_port *logical_port; /* NULL: empty; so below. */
    const struct sb_port *binding_port;
    char *router;               /* external_ids:router, or NULL. */
    struct smap options;
};

/* An Advertised_Route. */
struct sb_route {
    struct ovs_list node;       /* In struct sb_facts's 'routes'. */
    struct uuid uuid;
    struct uuid datapath;       /* Zeros: empty. */
    const struct sb_port *logical_port;
    const struct sb_port *tracked_port;
    char *ip_prefix;
    char *tracked_name;         /* external_ids:tracked-port, or NULL. */
    char *metric;               /* external_ids:metric, or NULL. */
};

/* A Learned_Route. */
struct sb_learned {
    struct ovs_list node;       /* In struct sb_facts's 'learned'. */
    struct uuid uuid;
    const struct sb_port *logical_port;
    char *ip_prefix;
    char *nexthop;
    char *chassis;              /* external_ids:chassis, or NULL... */
    char *nexthop_mac;          /* ...and external_ids:nexthop-mac. */
};

/* A Datapath_Binding of a router. */
struct sb_datapath {
    struct hmap_node node;      /* In struct sb_facts's 'datapaths'. */
    struct uuid uuid;
    int64_t tunnel_key;
    char *name;                 /* Of the router. */
};

/* A chassis: its row of Chassis, of Route_Exchange_Chassis, or both. */
struct sb_chassis {
    char *name;
    char *hostname;             /* NULL: no row of Chassis. */
    bool reports;               /* Has a row of Route_Exchange_Chassis: */
    int64_t nb_cfg;
    int64_t nb_cfg_timestamp;   /* Milliseconds since the epoch, or 0. */
    struct smap status;
};

struct sb_facts {
    bool extended;              /* The database has our tables. */
    bool has_global;            /* Route_Exchange_Global has its row: */
    int64_t nb_cfg;
    struct smap global_ids;     /* Its external_ids. */
    int64_t sb_cfg;             /* SB_Global's nb_cfg: stock northd's mark. */
    struct hmap ports;          /* Of struct sb_port. */
    struct shash port_names;    /* The same, by name. */
    struct hmap datapaths;      /* Of struct sb_datapath, by 'uuid'. */
    struct ovs_list routing_ports; /* Of struct sb_routing_port. */
    struct ovs_list routes;     /* Of struct sb_route. */
    struct ovs_list learned;    /* Of struct sb_learned. */
    struct shash chassis;       /* Name to struct sb_chassis. */
};

void sb_facts_init(struct sb_facts *);
void sb_facts_destroy(struct sb_facts *);

/* These add a row, all of whose references must have been added before;
 * pointers that may be NULL in the structures may be NULL here. */
struct sb_port *sb_facts_add_port(struct sb_facts *, const struct uuid *,
                                  const char *name, const char *type,
                                  const char *chassis);
void sb_facts_add_datapath(struct sb_facts *, const struct uuid *,
                           int64_t tunnel_key, const char *name);
struct sb_routing_port *sb_facts_add_routing_port(
    struct sb_facts *, const struct uuid *, const struct uuid *datapath,
    const struct uuid *logical_port, const struct uuid *binding_port,
    const char *router, const struct smap *options);
struct sb_route *sb_facts_add_route(
    struct sb_facts *, const struct uuid *, const struct uuid *datapath,
    const struct uuid *logical_port, const struct uuid *tracked_port,
    const char *ip_prefix, const struct smap *external_ids);
void sb_facts_add_learned(struct sb_facts *, const struct uuid *,
                          const struct uuid *logical_port,
                          const char *ip_prefix, const char *nexthop,
                          const struct smap *external_ids);

/* The chassis 'name', added if it is not there. */
struct sb_chassis *sb_facts_chassis(struct sb_facts *, const char *name);

/* These return NULL if there is none. */
const struct sb_chassis *sb_facts_find_chassis(const struct sb_facts *,
                                               const char *name);
const struct sb_port *sb_facts_find_port(const struct sb_facts *,
                                         const char *name);
const struct sb_datapath *sb_facts_find_datapath(const struct sb_facts *,
                                                 const struct uuid *);

/* The chassis of the router port 'name': of its chassisredirect port, if it
 * has one, else its own; NULL for none. */
const char *sb_facts_router_port_chassis(const struct sb_facts *,
                                         const char *name);

/* True if 'port' is on 'chassis' by the rule that controllers follow: bound
 * there, or of type "patch" without a chassisredirect port, or with one
 * that is bound there. */
bool sb_port_is_local(const struct sb_facts *, const struct sb_port *,
                      const char *chassis);

#endif /* utilities/sb-facts.h */
