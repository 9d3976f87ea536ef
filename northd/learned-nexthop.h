/* learned-nexthop -- IPv4 addresses that stand for IPv6 next hops (S4).
 *
 * With BGP unnumbered an IPv4 prefix has an IPv6 link-local next hop, which
 * stock OVN before 25.03 refuses.  So the route goes through an address of
 * 169.254.0.0/16 instead, and a MAC_Binding of the port, which is what the
 * answer to an ARP request would leave behind, tells the next hop's MAC
 * address.  The chassis finds that in its kernel's neighbour table and puts it
 * into the row.  No packet ever carries that address.
 *
 * A Static_MAC_Binding would say the same, but do harm: stock OVN 23.03 cannot
 * delete a router while a port of it has one, and then stands still.  With a
 * MAC_Binding it deletes that first, whether we live or not.  What it ages by
 * mac_binding_age_threshold is older than that: ours are of a time to come.
 *
 * An address belongs to a (port, next hop).  It is the same on every restart:
 * it is found by hashing, and what was chosen is kept in
 * NB_Global.external_ids,
 *
 *      route-exchange-nexthop:PORT:ADDRESS = NEXTHOP
 *
 * which at the same time tells which MAC_Binding rows are ours.  So the order
 * is
 *
 *      reservation (Northbound)    \
 *      MAC_Binding (Southbound)     | and back
 *      static routes (Northbound)  /
 *
 * and whoever is killed between two of these leaves behind nothing that the
 * next one does not know as ours.  On the way back the MAC_Binding
 * lingers, see LEARNED_LINGER_MS.
 *
 * An address is in no network of the router's ports, no next hop of a
 * configured route of the router nor of another learned one on that port, nor
 * in a NAT of the router, nor in a Static_MAC_Binding of someone else; and
 * never 169.254.169.0/24, where clouds have their metadata services.  When
 * that changes, another one is chosen.
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
struct sset;

/* How long an address keeps its MAC_Binding when no route of ours goes through
 * it any more, in ms.  Stock northd, and then ovn-controller, go on to send
 * packets there until they have followed the Northbound database, which in a
 * large cloud takes them tens of seconds.  It does not linger when something
 * that is configured, or another learned next hop, needs the address. */
#define LEARNED_LINGER_MS (60 * 1000)

/* Facts from the Northbound database. */

/* The key of NB_Global.external_ids starts so. */
#define LEARNED_RESERVATION "route-exchange-nexthop:"

/* Takes 'key' of NB_Global.external_ids apart: returns true and sets '*port',
 * to be freed, and '*address' if it is one of ours.  What is not as we write
 * it is not: we could not take it back. */
bool learned_nexthop_parse_reservation(const char *key, char **port,
                                       struct ip_prefix *address);

/* NB_Global has external_ids:'key'='value'.  What has another form than ours
 * is ignored.  The caller first says that there are none, and then which there
 * are. */
void learned_nexthop_clear_reservations(struct learned_routes *);
void learned_nexthop_set_reservation(struct learned_routes *, const char *key,
                                     const char *value);

/* There is a Static_MAC_Binding 'uuid'.  Those out of 169.254.0.0/16 are
 * ignored.  One that 'overrides' what is learned, of an address that is
 * reserved, is ours from a former version, and will be removed. */
void learned_nexthop_set_fixed(struct learned_routes *, const struct uuid *,
                               const char *port, const char *ip,
                               bool overrides);

/* Facts from the Southbound database. */

/* There is a MAC_Binding 'uuid'.  Those out of 169.254.0.0/16 are ignored.
 * 'right' tells that all else of it is as we write it: it does not age, and is
 * of the datapath that has the port. */
void learned_nexthop_set_binding(struct learned_routes *, const struct uuid *,
                                 const char *port, const char *ip,
                                 const char *mac, bool right);

/* 'addresses' are those of which all MAC_Binding rows were told. */
void learned_nexthop_set_known(struct learned_routes *,
                               const struct sset *addresses);

/* There is no such row any more, of either table; or none at all of the
 * 'southbound' table, or of the other one. */
void learned_nexthop_remove_binding(struct learned_routes *,
                                    const struct uuid *);
void learned_nexthop_clear_bindings(struct learned_routes *, bool southbound);

/* What follows. */

/* Adds to 'addresses' those of which the MAC_Binding rows are to be told.
 * Returns false if they are as they were the last time, and then adds none. */
bool learned_nexthop_take_addresses(struct learned_routes *,
                                    struct sset *addresses);

enum learned_nexthop_action {
    /* In the Northbound database. */
    LEARNED_RESERVE,            /* Set 'key' of NB_Global to 'nexthop'. */
    LEARNED_UNRESERVE,          /* Delete that key. */
    LEARNED_UNFIX,              /* Delete the Static_MAC_Binding 'binding'. */

    /* In the Southbound database. */
    LEARNED_BIND,               /* Insert a MAC_Binding, */
    LEARNED_REBIND,             /* ...make 'binding' right, with 'mac', */
    LEARNED_UNBIND,             /* ...delete it. */
};
struct learned_nexthop_change {
    enum learned_nexthop_action action;
    const char *key;            /* LEARNED_RESERVATION... */
    const struct ip_prefix *nexthop; /* For LEARNED_RESERVE. */
    const char *port;           /* For LEARNED_BIND and LEARNED_REBIND... */
    const struct ip_prefix *address; /* ...this, too... */
    struct eth_addr mac;        /* ...and this. */
    struct uuid binding;        /* Of all but these and LEARNED_BIND. */
};

/* Calls 'cb' for all changes that are due in the Northbound database.  They go
 * into the same transaction as those of learned_routes_take_changes(), whose
 * rules hold for them, too.  Returns how many. */
size_t learned_nexthop_take_changes(
    struct learned_routes *,
    void (*cb)(const struct learned_nexthop_change *, void *aux), void *aux);

/* True if learned_nexthop_take_changes() might give any. */
bool learned_nexthop_has_changes(const struct learned_routes *);

/* Calls 'cb' for all changes that are due in the Southbound database.  They
 * remain due until they are seen there.  Returns how many. */
size_t learned_nexthop_for_each_binding_change(
    struct learned_routes *,
    void (*cb)(const struct learned_nexthop_change *, void *aux), void *aux);

/* True if learned_nexthop_for_each_binding_change() might find any. */
bool learned_nexthop_has_binding_changes(const struct learned_routes *);

/* True if all next hops have what they need, in both databases, and nothing is
 * left of others.  Costs a pass over all of them. */
bool learned_nexthop_is_settled(const struct learned_routes *);

#endif /* northd/learned-nexthop.h */
