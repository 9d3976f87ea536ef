/* view -- what the route sources see of the Northbound database.
 *
 * Plain structures without IDL types.  nb-view.c keeps them current from IDL
 * change tracking; tests build them by hand.  The sources (nat-routes.c,
 * connected-routes.c, ...) and dynamic-routing-port.c only read them.
 *
 *                                                               ,- route, load
 *                                                               |  balancer
 *      switch --- switch port ......... router port --- router --- NAT
 *                 (type router,  by the             \
 *                  router-port)  name                 "peer": the name of
 *                                                     another router port
 *
 * Solid lines are pointers, kept by the *_attach() functions (the reference
 * sets of the Northbound database); dotted ones are looked up by name each
 * time, since either end may come and go alone.
 *
 * Changes.  Every function that changes something notes what depends on it in
 * 'changes', so that incremental computation knows what to redo.  An
 * advertised route is a function of its advertiser (the router port it is
 * advertised on) and of its object (the NAT, router port, ... it stems from),
 * so that a change of either redoes the routes of that one:
 *
 *      VIEW_ADVERTISER  a router port may see other objects, or take other
 *                       sources from them
 *      VIEW_OBJECT      an object may give other routes
 *      VIEW_OWNER       all objects of a router may give other routes: where
 *                       the router is attached, or where its NATs are bound
 *      VIEW_ROUTER      options of a router or of one of its ports
 *
 * The functions note what depends on the state before and after themselves.
 * 'all' stands for a change that is not understood: everything is to be redone.
 * Setting what already is so notes nothing.
 *
 * Ownership: the view owns all that is in it and copies what it is given.
 * Order: of lists and hash tables undefined; sources must not depend on it.
 * Names: unique in a Northbound database per table, but not while a batch of
 * changes is half applied; lookups then find any of them.
 * Cost: O(1) expected per call, plus the ports of a router for those that
 * change the router.  Single-threaded.
 */
#ifndef NORTHD_VIEW_H
#define NORTHD_VIEW_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/ip-prefix.h"
#include "lib/prefix-filter.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"
#include "smap.h"

/* A Logical_Router. */
struct view_router {
    struct hmap_node node;      /* In struct view's 'routers'. */
    struct uuid uuid;           /* Of the Northbound row. */
    char *name;                 /* For messages; not unique. */
    bool enabled;               /* False: as if it were not there. */
    bool gateway;               /* Has options:chassis... */
    char *chassis;              /* ...which is this, or NULL. */
    bool dynamic_routing;       /* DR_ENABLED. */
    unsigned int sources;       /* DR_SOURCE_*, from DR_REDISTRIBUTE. */
    struct prefix_filter filter; /* From DR_ADVERTISE_PREFIXES. */
    struct smap options;        /* The "dynamic-routing*" ones. */
    struct ovs_list ports;      /* Of struct view_router_port. */
    struct ovs_list nats;       /* Of struct view_nat. */
    struct ovs_list routes;     /* Of struct view_route. */
    struct ovs_list lbs;        /* Of struct view_lb_link, 'owner_node'. */
    struct ovs_list lb_groups;  /* Of struct view_lb_link, 'owner_node'. */
};

/* One of a router port's networks. */
struct view_network {
    struct ip_prefix prefix;    /* The subnet. */
    struct ip_prefix address;   /* The port's own address in it, a host. */
};

/* A Logical_Router_Port. */
struct view_router_port {
    struct hmap_node node;      /* In struct view's 'router_ports'. */
    struct hmap_node name_node; /* In struct view's 'router_port_names'. */
    struct hmap_node peer_node; /* In 'router_port_peers', if 'peer'. */
    struct uuid uuid;           /* Of the Northbound row. */
    char *name;
    char *peer;                 /* Name of another router port, or NULL. */
    bool has_chassis;           /* Has gateway_chassis or ha_chassis_group. */
    bool has_sources;           /* Has DR_REDISTRIBUTE of its own... */
    unsigned int sources;       /* ...which is this. */
    bool has_filter;            /* Has DR_ADVERTISE_PREFIXES of its own... */
    struct prefix_filter filter; /* ...which is this. */
    struct view_network *networks;
    size_t n_networks;
    char *bad_network;          /* The first that is none, or NULL. */
    struct smap options;        /* The "dynamic-routing*" ones. */
    struct view_router *router; /* NULL: not attached. */
    struct ovs_list router_node; /* In 'router''s 'ports'. */
};

/* A Logical_Switch. */
struct view_switch {
    struct hmap_node node;      /* In struct view's 'switches'. */
    struct uuid uuid;           /* Of the Northbound row. */
    struct ovs_list ports;      /* Of struct view_switch_port. */
    struct ovs_list router_ports; /* Those among them with 'router_port'. */
};

/* A Logical_Switch_Port. */
struct view_switch_port {
    struct hmap_node node;      /* In struct view's 'switch_ports'. */
    struct hmap_node name_node; /* In struct view's 'switch_port_names'. */
    struct hmap_node peer_node; /* In 'switch_port_peers', if 'router_port'. */
    struct uuid uuid;           /* Of the Northbound row. */
    char *name;
    char *router_port;          /* Type "router": options:router-port. */
    struct view_switch *sw;     /* NULL: not attached. */
    struct ovs_list switch_node; /* In 'sw''s 'ports'. */
    struct ovs_list router_port_node; /* In 'sw''s 'router_ports'. */
    struct {                    /* See view-host.h. */
        char *addresses;        /* Each followed by a new-line, or NULL. */
        char *dynamic_addresses; /* Or NULL. */
        bool is_virtual;
        bool advertise;
    } host;
};

/* A row of NAT, unparsed: nat-routes.c says what it means. */
struct view_nat_config {
    char *type;                 /* "snat", "dnat", "dnat_and_snat". */
    char *external_ip;
    char *logical_ip;
    char *logical_port;         /* Name of a switch port, or NULL. */
    char *external_mac;         /* Or NULL. */
    struct uuid gateway_port;   /* Of a router port; zeros for none. */
    bool allowed_ext_ips;       /* Has that column set. */
    bool exempted_ext_ips;      /* Has that column set. */
    bool advertise;             /* DR_ADVERTISE. */
    char *metric;               /* DR_METRIC, or NULL. */
};
struct view_nat {
    struct hmap_node node;      /* In struct view's 'nats'. */
    struct hmap_node port_node; /* In 'nat_ports', if 'logical_port'. */
    struct uuid uuid;           /* Of the Northbound row. */
    struct view_nat_config config;
    struct view_router *router; /* NULL: not attached. */
    struct ovs_list router_node; /* In 'router''s 'nats'. */
};

/* What routes stem from: a row, for those that may belong to several routers on
 * behalf of one of them. */
struct view_object {
    struct uuid uuid;           /* Of the Northbound row. */
    struct uuid owner;          /* Of the router, or zeros. */
};

/* What may have to be redone. */
enum view_change_kind {
    VIEW_ADVERTISER,            /* Of a router port, as explained above. */
    VIEW_OBJECT,                /* Of what routes stem from. */
    VIEW_OWNER,                 /* Of a router. */
    VIEW_ROUTER,                /* Of a router. */
};
struct view_change {
    struct hmap_node node;      /* In struct view_changes's 'set'. */
    enum view_change_kind kind;
    struct view_object object;  /* Rows that may be gone; 'owner' is zeros
                                 * unless this is VIEW_OBJECT. */
};
struct view_changes {
    bool all;                   /* Everything. */
    struct hmap set;            /* Of struct view_change, without duplicates. */
};

struct view {
    struct hmap routers;            /* Of struct view_router, by uuid. */
    struct hmap router_ports;       /* Of struct view_router_port, by uuid, */
    struct hmap router_port_names;  /* ...by name, */
    struct hmap router_port_peers;  /* ...by 'peer'. */
    struct hmap switches;           /* Of struct view_switch, by uuid. */
    struct hmap switch_ports;       /* Of struct view_switch_port, by uuid, */
    struct hmap switch_port_names;  /* ...by name, */
    struct hmap switch_port_peers;  /* ...by 'router_port'. */
    struct hmap nats;               /* Of struct view_nat, by uuid, */
    struct hmap nat_ports;          /* ...by 'logical_port'. */
    struct hmap routes;             /* Of struct view_route, by uuid. */
    struct hmap virtuals;           /* Of struct view_virtual, by name. */
    struct hmap lbs;                /* Of struct view_lb, by uuid. */
    struct hmap lb_groups;          /* Of struct view_lb_group, by uuid. */
    struct hmap lb_links;           /* Of struct view_lb_link, by its ends. */
    struct hmap lb_checks;          /* Of struct view_lb_check, by 'key'. */
    struct hmap monitors;           /* Of struct view_monitor, by uuid, */
    struct hmap monitor_keys;       /* ...by 'key'. */
    struct hmap templates;          /* Of struct view_template, by uuid, */
    struct hmap template_chassis;   /* ...by 'chassis'. */
    struct view_changes changes;
};

void view_init(struct view *);
void view_destroy(struct view *);

/* Removes all that comes from the Northbound database and notes that everything
 * changed. */
void view_clear(struct view *);

/* Notes that everything is to be redone. */
void view_changes_set_all(struct view *);

/* True if nothing changed since view_changes_clear(). */
bool view_changes_is_empty(const struct view *);
void view_changes_clear(struct view *);

/* Changing.  *_set() adds the row 'uuid' or changes it; *_remove() removes it,
 * if it is there, and detaches what is attached to it; *_attach() makes it a
 * member of another row, instead of the one it belonged to; *_detach() undoes
 * that if it is (still) a member of that one.  All of them may be called in any
 * order; attaching what is not there does nothing. */

/* 'options' are all of the router's. */
void view_router_set(struct view *, const struct uuid *, const char *name,
                     bool enabled, const struct smap *options);
void view_router_remove(struct view *, const struct uuid *);

/* The 'n_networks' texts in 'networks' are as in the Northbound database.
 * 'peer' may be NULL.  'options' are all of the port's. */
struct view_router_port_config {
    const char *name;
    const char *peer;
    bool has_chassis;
    const char *const *networks;
    size_t n_networks;
    const struct smap *options;
};
void view_router_port_set(struct view *, const struct uuid *,
                          const struct view_router_port_config *);
void view_router_port_remove(struct view *, const struct uuid *);
void view_router_port_attach(struct view *, const struct uuid *port,
                             const struct uuid *router);
void view_router_port_detach(struct view *, const struct uuid *port,
                             const struct uuid *router);

void view_switch_set(struct view *, const struct uuid *);
void view_switch_remove(struct view *, const struct uuid *);

/* 'router_port' is NULL unless the port is of type "router". */
void view_switch_port_set(struct view *, const struct uuid *,
                          const char *name, const char *router_port);
void view_switch_port_remove(struct view *, const struct uuid *);
void view_switch_port_attach(struct view *, const struct uuid *port,
                             const struct uuid *sw);
void view_switch_port_detach(struct view *, const struct uuid *port,
                             const struct uuid *sw);

void view_nat_set(struct view *, const struct uuid *,
                  const struct view_nat_config *);
void view_nat_remove(struct view *, const struct uuid *);
void view_nat_attach(struct view *, const struct uuid *nat,
                     const struct uuid *router);
void view_nat_detach(struct view *, const struct uuid *nat,
                     const struct uuid *router);

/* Reading.  The functions that look up return NULL if there is none. */

struct view_router *view_find_router(const struct view *, const struct uuid *);
struct view_router_port *view_find_router_port(const struct view *,
                                               const struct uuid *);
struct view_switch_port *view_find_switch_port(const struct view *,
                                               const struct uuid *);
struct view_nat *view_find_nat(const struct view *, const struct uuid *);

/* The port of an enabled router that is called 'name'. */
struct view_router_port *view_router_port_by_name(const struct view *,
                                                  const char *name);

/* The port of a switch that is called 'name'. */
struct view_switch_port *view_switch_port_by_name(const struct view *,
                                                  const char *name);

/* The DR_SOURCE_* that 'port' advertises: its own DR_REDISTRIBUTE or else its
 * router's; none if the router is disabled or has no dynamic routing. */
unsigned int view_router_port_sources(const struct view_router_port *);

/* True if 'port' may advertise 'prefix': its own DR_ADVERTISE_PREFIXES or else
 * its router's permit it. */
bool view_router_port_permits(const struct view_router_port *,
                              const struct ip_prefix *);

/* True if 'port' is a distributed gateway port.  On a gateway router stock
 * OVN ignores what would make it one. */
bool view_router_port_is_distributed_gateway(const struct view_router_port *);

/* The router port that 'port' is directly connected with, else NULL. */
struct view_router_port *view_router_port_peer(
    const struct view *, const struct view_router_port *);

/* The switch that 'port' is connected with, else NULL; always NULL if it has a
 * peer as above.  Of several switch ports that name it the one that sorts first
 * counts. */
struct view_switch *view_router_port_switch(const struct view *,
                                            const struct view_router_port *);

/* Calls 'cb' for every object, or for those of a router. */
typedef void view_object_function(const struct view_object *, void *aux);
void view_for_each_object(const struct view *, view_object_function *cb,
                          void *aux);
void view_for_each_owned(const struct view_router *, view_object_function *cb,
                         void *aux);

/* Calls 'cb' for every port of an enabled router, other than 'port', that 'port'
 * can see: its peer, or what the ports of its switch lead to.  A port may come
 * more than once. */
void view_for_each_neighbor(const struct view *, const struct view_router_port *,
                            void (*cb)(const struct view_router_port *,
                                       void *aux),
                            void *aux);

/* The reverse: calls 'cb' for every port that can see 'port', as defined by
 * view_for_each_neighbor(). */
void view_for_each_observer(const struct view *, const struct view_router_port *,
                            void (*cb)(const struct view_router_port *,
                                       void *aux),
                            void *aux);

#endif /* northd/view.h */
