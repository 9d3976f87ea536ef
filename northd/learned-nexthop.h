/* learned-nexthop -- IPv4 addresses that stand for IPv6 next hops (S4).
 *
 * With BGP unnumbered an IPv4 prefix has an IPv6 link-local next hop, which
 * stock OVN before 25.03 refuses.  So the route goes through an address of
 * 169.254.0.0/16 instead, and a Static_MAC_Binding of the port tells the next
 * hop's MAC address, which the chassis finds in its kernel's neighbour table
 * and puts into the row.  No packet ever carries that address.
 *
 * An address belongs to a (port, next hop).  It is the same on every restart:
 * it is found by hashing, and what was chosen is kept in
 * NB_Global.external_ids,
 *
 *      route-exchange-nexthop:PORT:ADDRESS = NEXTHOP
 *
 * which at the same time tells which Static_MAC_Binding rows are ours.  It is
 * in no network of the router's ports, no next hop of a configured route of
 * the router nor of another learned one on that port, nor in a NAT of the
 * router, nor in a Static_MAC_Binding of someone else; and never
 * 169.254.169.0/24, where clouds have their metadata services.  When that
 * changes, another one is chosen.
 *
 * The MAC address is that which most rows tell, and of two with as many the
 * lower one; while no row tells any, it stays.
 *
 * Part of learned-routes: see there for what holds for all.
 */
#ifndef NORTHD_LEARNED_NEXTHOP_H
#define NORTHD_LEARNED_NEXTHOP_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/ip-prefix.h"
#include "openvswitch/types.h"
#include "openvswitch/uuid.h"

struct learned_routes;

/* Facts from the Northbound database. */

/* Whether it has a table Static_MAC_Binding, as since OVN 22.06.  It has until
 * the contrary is known. */
void learned_nexthop_set_supported(struct learned_routes *, bool supported);

/* The key of NB_Global.external_ids starts so. */
#define LEARNED_RESERVATION "route-exchange-nexthop:"

/* NB_Global has external_ids:'key'='value', where 'key' starts with
 * LEARNED_RESERVATION.  What has another form is ignored.  The caller first
 * says that there are none, and then which there are. */
void learned_nexthop_clear_reservations(struct learned_routes *);
void learned_nexthop_set_reservation(struct learned_routes *, const char *key,
                                     const char *value);

/* There is a Static_MAC_Binding 'uuid'.  Those out of 169.254.0.0/16 are
 * ignored.  There is no more. */
void learned_nexthop_set_binding(struct learned_routes *, const struct uuid *,
                                 const char *port, const char *ip,
                                 const char *mac);
void learned_nexthop_remove_binding(struct learned_routes *,
                                    const struct uuid *);
void learned_nexthop_clear_bindings(struct learned_routes *);

/* What follows. */

enum learned_nexthop_action {
    LEARNED_RESERVE,            /* Set 'key' of NB_Global to 'nexthop'. */
    LEARNED_UNRESERVE,          /* Delete that key. */
    LEARNED_BIND,               /* Insert a Static_MAC_Binding, */
    LEARNED_REBIND,             /* ...set the MAC address of 'binding', */
    LEARNED_UNBIND,             /* ...delete it. */
};
struct learned_nexthop_change {
    enum learned_nexthop_action action;
    const char *key;            /* LEARNED_RESERVATION... */
    const struct ip_prefix *nexthop; /* For LEARNED_RESERVE. */
    const char *port;           /* For LEARNED_BIND... */
    const struct ip_prefix *address; /* ...this, too... */
    struct eth_addr mac;        /* ...and this, and for LEARNED_REBIND. */
    struct uuid binding;        /* For LEARNED_REBIND and LEARNED_UNBIND. */
};

/* Calls 'cb' for all changes that are due.  They go into the same transaction
 * as those of learned_routes_take_changes(), which is called afterwards and
 * whose rules hold for them, too.  Returns how many. */
size_t learned_nexthop_take_changes(
    struct learned_routes *,
    void (*cb)(const struct learned_nexthop_change *, void *aux), void *aux);

/* True if learned_nexthop_take_changes() might give any. */
bool learned_nexthop_has_changes(const struct learned_routes *);

#endif /* northd/learned-nexthop.h */
