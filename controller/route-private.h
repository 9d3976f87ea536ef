/* route-private -- the inside of the plan, for route.c and route-facts.c only.
 *
 * Facts are kept as a graph: rows point to the ports and routers that they
 * refer to, and these list the rows that refer to them, so that a change finds
 * what depends on it.  A port that is referred to before it is known exists as
 * a node that is not 'present', a router as one without tunnel key.
 *
 *     struct advertised --- router, logical_port, tracked_port
 *     struct routing_port - router, logical_port, binding_port
 *
 * route-facts.c keeps the graph and marks what changed ("dirty"); route.c
 * works through the marks and computes what is said to hold "as of the last
 * run". */
#ifndef CONTROLLER_ROUTE_PRIVATE_H
#define CONTROLLER_ROUTE_PRIVATE_H 1

#include "controller/route.h"
#include "controller/route-assign.h"
#include "controller/route-scope.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "smap.h"

/* A Port_Binding. */
struct port {
    struct hmap_node node;      /* In struct route_plan's 'ports'. */
    struct hmap_node base_node; /* In 'ports_by_base', if 'in_base'. */
    struct ovs_list dirty;      /* In 'dirty_ports', or empty. */
    struct ovs_list bound_node; /* In 'bound_ports', or empty. */
    struct uuid uuid;
    unsigned int round;         /* Of the plan, when last set. */
    bool present;               /* Was set; the next five hold. */
    bool in_base;               /* Is in 'ports_by_base'. */
    bool bound_here;
    enum route_port_type type;
    char *name;                 /* NULL if not present. */
    char *addresses;            /* As in struct route_port. */
    bool local;                 /* As of the last run. */
    bool local_only;            /* As of the last run. */
    struct ovs_list rows;       /* struct advertised 'logical_node's. */
    struct ovs_list tracked;    /* struct advertised 'tracked_node's. */
    struct ovs_list options;    /* struct routing_port 'logical_node's. */
    struct ovs_list bindings;   /* struct routing_port 'binding_node's. */
};

/* A logical router, or what may become known to be one: each
 * Datapath_Binding. */
struct router {
    struct hmap_node node;      /* In struct route_plan's 'routers'. */
    struct route_owner owner;   /* UUID of the datapath; name. */
    char *name;                 /* owner.name. */
    unsigned int round;         /* Of the plan, when last set. */
    int64_t tunnel_key;         /* 0: not known. */
    struct ovs_list rows;       /* struct advertised 'router_node's. */
    struct ovs_list ports;      /* struct routing_port 'router_node's. */

    /* As of the last run. */
    bool takes_part;            /* Something of it is bound here. */
    bool served;
    uint32_t table_id;
    struct route_nexthop v4, v6;
};

/* A Dynamic_Routing_Port. */
struct routing_port {
    struct hmap_node node;      /* In struct route_plan's 'routing_ports'. */
    struct uuid uuid;
    unsigned int round;         /* Of the plan, when last set. */
    struct router *router;      /* NULL if the reference is empty; so below. */
    struct port *logical_port;
    struct port *binding_port;
    struct ovs_list router_node, logical_node, binding_node;
    char *router_name;          /* NULL if not given. */
    struct smap options;
    bool enabled;               /* What these say: DR_ENABLED, ... */
    bool maintain_vrf;          /* ... DR_MAINTAIN_VRF, ... */
    bool local_only;            /* ... DR_LOCAL_ONLY. */
};

/* An Advertised_Route. */
struct advertised {
    struct hmap_node node;      /* In struct route_plan's 'rows'. */
    struct hmap_node prefix_node; /* In 'rows_by_prefix', if 'in_prefix'. */
    struct ovs_list dirty;      /* In 'dirty_rows', or empty. */
    struct uuid uuid;
    unsigned int round;         /* Of the plan, when last set. */
    struct router *router;      /* NULL if the reference is empty; so below. */
    struct port *logical_port;
    struct port *tracked_port;
    struct ovs_list router_node, logical_node, tracked_node;
    struct tracked_name *tracked_name; /* If it tracks a router port. */
    struct ovs_list waiting_node; /* In 'waiting', or empty. */
    bool tracked_port_lost;     /* It had one, which is gone. */
    bool in_prefix;             /* Is in 'rows_by_prefix'. */
    bool reported;              /* A problem of SOURCE_ROW was reported. */
    uint32_t metric;            /* Its policy class, or DR_METRIC_NONE. */
    struct ip_prefix prefix;
    char *bad_prefix;           /* The text, if it is no prefix; else NULL. */
    struct route_claim claim;
};

/* Source of problems with rows. */
#define SOURCE_ROW "advertised-route"

struct route_plan {
    struct route_sink sink;
    struct problem_set problems;
    struct hmap ports;          /* Of struct port, by UUID. */
    struct hmap ports_by_base;  /* Of struct port, of types "patch" and
                                 * "chassisredirect", by name less "cr-". */
    struct hmap routers;        /* Of struct router, by datapath's UUID. */
    struct hmap routing_ports;  /* Of struct routing_port, by UUID. */
    struct hmap rows;           /* Of struct advertised, by UUID. */
    struct hmap rows_by_prefix; /* Of struct advertised, by router and
                                 * prefix. */
    void (*advertised_cb)(void *aux, const struct uuid *datapath,
                          const struct ip_prefix *); /* Or NULL. */
    void *advertised_aux;
    unsigned int learn_seqno;   /* See route_plan_get_learn_seqno(). */
    struct ovs_list dirty_ports;
    struct ovs_list dirty_rows;
    bool routers_dirty;         /* Tables are to be assigned anew. */
    bool withdrawn;
    enum route_plan_mode mode;
    unsigned int round;         /* See route_plan_begin_full(). */
    size_t n_garbage_rows, n_garbage_ports;
    size_t n_ports;             /* Of 'ports', those that are present. */
    size_t n_datapaths;         /* Of 'routers', those with a tunnel key. */
    struct route_merge merge;
    struct route_table *tables; /* That the sink has, ascending. */
    size_t n_tables;
    size_t n_served;

    /* See route-scope.c. */
    struct route_scope scope;
    bool scope_dirty;
    struct ovs_list bound_ports; /* Of struct port: routers' ports that are
                                  * bound here. */
    unsigned int loaded_seqno;  /* Of the last scope that was loaded. */
    struct hmap tracked_names;  /* Of struct tracked_name. */
    struct ovs_list waiting;    /* Of struct advertised. */
};

/* For route.c and route-facts.c: the scope's part of the plan. */
void route_scope_init(struct route_plan *);
void route_scope_destroy(struct route_plan *);
void route_scope_run(struct route_plan *);

/* A row tracks router port 'name', and no longer does so.  NULL is allowed. */
struct tracked_name *route_scope_ref(struct route_plan *, const char *name);
void route_scope_unref(struct route_plan *, struct tracked_name *);

/* The name that was given to route_scope_ref(). */
const char *route_scope_name(const struct tracked_name *);

/* True if 'row' cannot be judged yet. */
bool route_scope_row_waits(const struct advertised *row);

/* True if 'rp' or 'row' lacks a reference without which it means nothing. */
bool route_facts_port_is_garbage(const struct routing_port *rp);
bool route_facts_row_is_garbage(const struct advertised *row);

/* The "chassisredirect" port of 'patch', or NULL. */
const struct port *route_facts_find_redirect(const struct route_plan *,
                                             const struct port *patch);

/* Marks 'row'. */
void route_facts_row_dirty(struct route_plan *, struct advertised *row);

/* Takes the first marked port or row from its list; NULL if there is none. */
struct port *route_facts_pop_port(struct route_plan *);
struct advertised *route_facts_pop_row(struct route_plan *);

/* Frees 'port', which may be NULL, if nothing needs it. */
void route_facts_unref_port(struct route_plan *, struct port *port);

/* Takes back the problem that was reported for 'row', if any. */
void route_facts_resolve_row(struct route_plan *, struct advertised *row);

#endif /* controller/route-private.h */
