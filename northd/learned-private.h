/* learned-private -- what the files of learned-routes share.  Not for others.
 *
 *      row --- port --- slot --- group (router, prefix) --- claim
 *        \             /  |  \
 *         `-----------'   |   `--- fact (static route of ours)
 *                      nexthop --- address --- binding
 *
 * learned-routes.c has rows, ports and slots, learned-holder.c who holds the
 * ports, learned-claims.c groups and claims, learned-facts.c facts and
 * changes, learned-nexthop.c next hops, learned-address.c addresses and
 * bindings; learned-report.c tells, and learned-check.c compares. */
#ifndef NORTHD_LEARNED_PRIVATE_H
#define NORTHD_LEARNED_PRIVATE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/backoff.h"
#include "lib/ip-prefix.h"
#include "northd/learned-nexthop.h"
#include "northd/learned-routes.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"
#include "sset.h"
#include "svec.h"

struct problem_set;
struct view_route;
struct view_router;
struct view_router_port;

#define LEARNED_SOURCE "learned"

/* What becomes of a route. */
enum learned_verdict {
    LEARNED_NO_ROW,             /* Nothing stands for it any more. */
    LEARNED_WANTED,             /* To be installed. */
    LEARNED_VIA_IPV6_OFF,       /* Withheld: IPv4 via IPv6, turned off. */
    LEARNED_CONFIGURED,         /* Withheld: its prefix is configured. */
    LEARNED_OWN_ADDRESS,        /* Withheld, and a problem: leads to itself. */
    LEARNED_FAMILY,             /* Likewise: IPv6 via IPv4. */
    LEARNED_NO_IPV4,            /* Likewise: the port has no IPv4 address. */
    LEARNED_NO_MAC,             /* Likewise: waits for the next hop's. */
    LEARNED_NO_ADDRESS,         /* Likewise: 169.254.0.0/16 is used up. */
    LEARNED_N_VERDICTS
};

/* A port that rows, or static routes of ours, name. */
struct learned_port {
    struct hmap_node node;      /* In 'ports', by name. */
    char *name;
    struct ovs_list rows;       /* Of struct learned_row. */
    struct ovs_list slots;      /* Of struct learned_slot. */
    struct ovs_list nexthops;   /* Of struct learned_nexthop. */
    struct ovs_list router_node; /* In 'router''s 'ports', if 'router'. */
    struct ovs_list dirty_node; /* In 'dirty_ports', if 'dirty'. */
    bool dirty;                 /* What follows may have changed: */
    struct learned_router *router; /* NULL: takes no part. */
    char *chassis;              /* That holds it, or NULL... */
    struct sset formers;        /* ...and those that still count. */
    struct view_network *networks; /* Its addresses... */
    size_t n_networks;          /* ...and their number. */
    bool has_ipv4;              /* One of them is IPv4. */
    bool via_ipv6;              /* DR_LEARN_VIA_IPV6. */
    struct ovs_list by_verdict[LEARNED_N_VERDICTS]; /* The slots, again. */
    bool unreported;            /* They changed since the last report. */
    struct ovs_list unreported_node; /* In 'unreported_ports', if so. */
};

/* A row of Learned_Route. */
struct learned_row {
    struct hmap_node node;      /* In 'rows'. */
    struct uuid uuid;
    struct learned_port *port;  /* NULL: refers to none. */
    struct ovs_list port_node;  /* In its 'rows'. */
    struct ip_prefix prefix;
    struct ip_prefix nexthop;
    char *chassis;              /* Or NULL. */
    struct eth_addr mac;        /* Zeros if not known. */
    char *fault;                /* What is wrong with it, or NULL. */
    bool reported;              /* 'fault' was reported. */
    struct ovs_list dirty_node; /* In 'dirty_rows', if 'dirty'. */
    bool dirty;                 /* What follows may have changed: */
    struct learned_slot *slot;  /* The route that it stands for, or NULL. */
    struct ovs_list slot_node;  /* In its 'rows'. */
    bool garbage;               /* To be deleted, and so... */
    struct ovs_list garbage_node; /* ...in 'garbage'. */
};

/* A route: port, prefix and next hop. */
struct learned_slot {
    struct hmap_node node;      /* In 'slots'. */
    struct learned_port *port;
    struct ovs_list port_node;  /* In its 'slots'. */
    struct ip_prefix prefix;
    struct ip_prefix nexthop;
    struct ovs_list rows;       /* Of struct learned_row. */
    struct ovs_list facts;      /* Of struct learned_fact. */
    struct learned_group *group; /* If it has rows. */
    struct ovs_list group_node; /* In its 'slots'. */
    struct learned_nexthop *via; /* If it has rows: of IPv6 for IPv4 (S4). */
    struct ovs_list via_node;   /* In its 'slots'. */
    struct ovs_list dirty_node; /* In 'dirty_slots', if 'dirty'. */
    bool dirty;                 /* What follows may have changed: */
    enum learned_verdict verdict;
    struct ovs_list verdict_node; /* In 'port''s 'by_verdict'. */
    struct ip_prefix out;       /* If wanted: next hop of the static route. */
    bool held;                  /* Its rows were lost, see
                                 * learned_routes_hold(). */
    bool lost;                  /* Someone else removed or changed a fact. */
    bool pending;               /* Facts are not as they should be, so it is
                                 * in 'pending' or, if 'in_flight'... */
    struct ovs_list pending_node; /* ...in the list of that name. */
    bool in_flight;
};

/* A static route that we made. */
struct learned_fact {
    struct hmap_node node;      /* In 'facts', by uuid. */
    struct uuid uuid;
    struct uuid router;         /* That has it. */
    struct uuid row;            /* From LEARNED_ID_ROW, or zeros. */
    struct ip_prefix out;       /* Its nexthop. */
    bool odd;                   /* Has what we did not give it. */
    bool taken;                 /* Someone made it theirs. */
    struct learned_slot *slot;
    struct ovs_list slot_node;  /* In its 'facts'. */
    struct learned_address *address; /* That 'out' is, or NULL. */
    bool removing;              /* In flight. */
};

/* A router that has ports of ours, claims or a pause. */
struct learned_router {
    struct hmap_node node;      /* In 'routers'. */
    struct uuid uuid;
    char *name;
    struct ovs_list ports;      /* Of struct learned_port. */
    struct ovs_list claims;     /* Of struct learned_claim. */
    struct backoff pause;       /* After someone else removed our routes: */
    bool pausing;               /* Nothing is put back for now. */
    struct ovs_list pause_node; /* In 'pauses', if 'pause.delay_ms'. */
};

/* All that has a prefix on a router. */
struct learned_group {
    struct hmap_node node;      /* In 'groups'. */
    struct uuid router;
    struct ip_prefix prefix;
    size_t n_claims;
    struct ovs_list slots;      /* Of struct learned_slot. */
};

/* A prefix that is configured. */
struct learned_claim {
    struct hmap_node node;      /* In 'claims', by 'object'. */
    struct uuid object;         /* Static route or router port. */
    bool is_route;              /* The former. */
    struct learned_group *group;
    struct ovs_list router_node; /* In the 'claims' of its router. */
};

/* An IPv6 next hop of IPv4 prefixes on a port (S4). */
struct learned_mac_vote {
    struct eth_addr mac;
    size_t n;                   /* Rows that say so. */
};
struct learned_nexthop {
    struct hmap_node node;      /* In 'nexthops'. */
    struct learned_port *port;
    struct ovs_list port_node;  /* In its 'nexthops'. */
    struct ip_prefix nexthop;
    struct ovs_list slots;      /* Of struct learned_slot. */
    struct learned_mac_vote *votes; /* Few; those of no row are left out. */
    size_t n_votes;
    struct ovs_list dirty_node; /* In 'dirty_nexthops', if 'dirty'. */
    bool dirty;                 /* 'mac' may have changed... */
    bool recheck;               /* ...and even 'address': */
    struct ip_prefix address;   /* That stands for it; family 0 for none. */
    struct eth_addr mac;        /* Zeros if not known. */
    bool ready;                 /* It can be routed through 'address'. */
    size_t n_wanted;            /* Slots that are wanted. */
};

/* A row that gives an address a MAC address. */
struct learned_binding {
    struct hmap_node node;      /* In 'bindings', by row. */
    struct uuid uuid;
    bool southbound;            /* MAC_Binding, else Static_MAC_Binding. */
    struct learned_address *address;
    struct eth_addr mac;        /* If 'southbound'; zeros if it is none. */
    bool right;                 /* All else is as ours have, or had, it. */
};

/* An address of 169.254.0.0/16 on a port. */
struct learned_address {
    struct hmap_node node;      /* In 'addresses', by port and address. */
    char *port;
    struct ip_prefix address;
    struct ip_prefix reserved;  /* For this next hop; family 0 for none. */
    struct learned_binding *fixed; /* Its Static_MAC_Binding, or NULL. */
    struct learned_binding *bound; /* Its MAC_Binding, or NULL. */
    size_t n_facts;             /* Static routes of ours through it. */
    bool lingers;               /* Counts as used, though it may not be... */
    long long int lingers_until; /* ...until then; 0 while it is used. */
};

/* Who holds a port. */
struct learned_holder {
    struct hmap_node node;      /* In 'holders', by name. */
    char *name;
    char *chassis;              /* NULL: nobody does now. */
    struct ovs_list formers;    /* Of struct learned_former. */
};

/* Who held it until a moment ago.  There may be several: while a port fails
 * over, the former chassis may let it go after the next one has taken it, so
 * that that has to take it again. */
struct learned_former {
    struct ovs_list holder_node; /* In the 'formers' of its holder. */
    struct ovs_list node;       /* In 'formers' of struct learned_routes. */
    struct learned_holder *holder;
    char *chassis;
    long long int until;        /* It counts until then; 0: not known yet. */
};

struct learned_routes {
    struct hmap holders;
    struct ovs_list formers;    /* Of struct learned_former. */
    struct hmap ports;
    struct hmap rows;
    struct hmap slots;
    struct hmap facts;
    struct hmap routers;
    struct hmap groups;
    struct hmap claims;
    struct hmap nexthops;
    struct hmap addresses;
    struct hmap bindings;       /* Of struct learned_binding. */
    struct sset known;          /* Addresses of which all MAC_Binding rows are
                                 * known. */
    struct ovs_list dirty_ports;
    struct ovs_list dirty_rows;
    struct ovs_list dirty_slots;
    struct ovs_list dirty_nexthops;
    struct ovs_list garbage;    /* Of struct learned_row. */
    struct ovs_list pending;    /* Of struct learned_slot; removals first. */
    struct ovs_list held;       /* Likewise: not before 'hold_until'. */
    struct ovs_list waiting;    /* Likewise: not before what follows them. */
    struct ovs_list in_flight;  /* Likewise. */
    struct ovs_list pauses;     /* Of struct learned_router. */
    struct ovs_list unreported_ports;
    struct svec unreported_rows; /* Objects of problems that are no more. */
    long long int hold_until;   /* 0 for not at all. */
    bool active;
    bool reservations_changed;  /* They were told anew. */
    bool northbound_dirty;      /* There may be changes for next hops... */
    bool northbound_in_flight;  /* ...and some may be in flight. */
    bool southbound_dirty;      /* Likewise of MAC_Binding. */
    bool aging_due;             /* Other addresses may linger now... */
    bool conflicts_due;         /* ...and others be needed by someone else. */
    long long int next_expiry;  /* When the first one ends lingering. */
    size_t n_invalid;
    size_t n_wanted;
    size_t n_routes;            /* Slots with rows. */
};

/* learned-routes.c */
struct learned_port *learned_port_get(struct learned_routes *,
                                      const char *name);
struct learned_port *learned_port_find(const struct learned_routes *,
                                       const char *name);
void learned_port_set_dirty(struct learned_routes *, struct learned_port *);
void learned_port_free_if_unused(struct learned_routes *,
                                 struct learned_port *);
struct learned_slot *learned_slot_get(struct learned_routes *,
                                      struct learned_port *,
                                      const struct ip_prefix *prefix,
                                      const struct ip_prefix *nexthop);
void learned_slot_set_dirty(struct learned_routes *, struct learned_slot *);

/* True if nothing holds 'slot' any more and it was freed. */
bool learned_slot_free_if_unused(struct learned_routes *,
                                 struct learned_slot *);

/* learned-holder.c */

/* Who holds the port 'name', and who did; NULL for nobody. */
struct learned_holder *learned_holder_find(const struct learned_routes *,
                                           const char *name);

/* Adds those to 'chassis' that held the port of 'holder' and still count. */
void learned_holder_get_formers(const struct learned_holder *holder,
                                struct sset *chassis);

/* Forgets those that have held their ports long ago. */
void learned_holders_run(struct learned_routes *, long long int now);
long long int learned_holders_next_time(const struct learned_routes *);

/* Copies all to 'dst', which has none. */
void learned_holders_copy(struct learned_routes *dst,
                          const struct learned_routes *src);
void learned_holders_clear(struct learned_routes *);

/* learned-report.c */

/* Takes back the problems of rows that are gone. */
void learned_report_forget_rows(struct learned_routes *,
                                struct problem_set *);

/* Reports the trouble with routes, by ports. */
void learned_report_run(struct learned_routes *, struct problem_set *);

/* learned-claims.c */

/* Follows the changes of the view. */
void learned_claims_run(struct learned_routes *, const struct view *);
void learned_claims_clear(struct learned_routes *);

/* Returns the router 'uuid', which is made if need be. */
struct learned_router *learned_router_get(struct learned_routes *,
                                          const struct uuid *);
struct learned_router *learned_router_find(const struct learned_routes *,
                                           const struct uuid *);
void learned_router_free_if_unused(struct learned_routes *,
                                   struct learned_router *);

/* Returns the group of 'router' and 'prefix', or NULL if it has no members and
 * no claims. */
struct learned_group *learned_group_find(const struct learned_routes *,
                                         const struct uuid *router,
                                         const struct ip_prefix *prefix);

/* Makes 'slot' a member of the group of 'router' and its prefix. */
void learned_group_join(struct learned_routes *, struct learned_slot *,
                        const struct uuid *router);
void learned_group_leave(struct learned_routes *, struct learned_slot *);

/* learned-facts.c */

/* Follows the changes of the view. */
void learned_facts_run(struct learned_routes *, const struct view *);
void learned_facts_clear(struct learned_routes *);

/* 'slot' has just been judged: finds out if there is anything to change. */
void learned_slot_compare(struct learned_routes *, struct learned_slot *,
                          struct problem_set *, long long int now);

/* Ends pauses that are over, and the hold. */
void learned_pauses_run(struct learned_routes *, struct problem_set *,
                        long long int now);

/* learned-nexthop.c */

/* Counts 'slot' as a user of its IPv6 next hop if that is one for IPv4, or no
 * more. */
void learned_nexthop_join(struct learned_routes *, struct learned_slot *);
void learned_nexthop_leave(struct learned_routes *, struct learned_slot *);

/* Another row tells 'mac', or one less. */
void learned_nexthop_vote(struct learned_routes *, struct learned_nexthop *,
                          struct eth_addr mac, bool on);

/* Other addresses than before may stand for next hops on 'port'. */
void learned_nexthop_recheck(struct learned_routes *,
                             const struct learned_port *port);

/* Finds addresses and MAC addresses for those that are dirty. */
void learned_nexthops_run(struct learned_routes *, const struct view *);

/* Someone else may need addresses that linger. */
void learned_addresses_recheck(struct learned_routes *);

/* Finds out which addresses linger, if that may have changed. */
void learned_addresses_run(struct learned_routes *, const struct view *,
                           long long int now);

/* There may be something to change for next hops, in either database. */
void learned_nexthop_set_unsettled(struct learned_routes *);

/* learned-address.c */

/* True for an address that may stand for a next hop. */
bool learned_is_stand_in(const struct ip_prefix *address);

/* Counts a static route of ours through 'address' on 'port', if that is one
 * that may stand for a next hop; undoes that. */
struct learned_address *learned_address_use(struct learned_routes *,
                                            const char *port,
                                            const struct ip_prefix *address);
void learned_address_unuse(struct learned_routes *, struct learned_address *);

struct learned_address *learned_address_find(const struct learned_routes *,
                                             const char *port,
                                             const struct ip_prefix *address);

/* True if all MAC_Binding rows of it are known. */
bool learned_address_is_known(const struct learned_routes *,
                              const struct learned_address *);

#endif /* northd/learned-private.h */
