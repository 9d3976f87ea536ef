/* learned-nexthop.c: IPv4 addresses for IPv6 next hops.  See the header. */
#include <config.h>
#include "northd/learned-nexthop.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/learned-private.h"
#include "northd/view-route.h"
#include "northd/view.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* The addresses to choose from: 169.254.1.0 to 169.254.254.255, as RFC 3927
 * has it, without those whose last byte looks special. */
#define FIRST_HIGH 1
#define N_HIGH 254
#define FIRST_LOW 1
#define N_LOW 254
#define METADATA_HIGH 169       /* 169.254.169.0/24. */

/* Next hops. */

static uint32_t
nexthop_hash(const struct learned_port *port, const struct ip_prefix *nexthop)
{
    return ip_prefix_hash(nexthop, hash_pointer(port, 0));
}

static void
set_dirty(struct learned_routes *lrs, struct learned_nexthop *nexthop)
{
    if (!nexthop->dirty) {
        nexthop->dirty = true;
        ovs_list_push_back(&lrs->dirty_nexthops, &nexthop->dirty_node);
    }
}

void
learned_nexthop_recheck(struct learned_routes *lrs,
                        const struct learned_port *port)
{
    struct learned_nexthop *nexthop;

    learned_addresses_recheck(lrs);
    LIST_FOR_EACH (nexthop, port_node, &port->nexthops) {
        nexthop->recheck = true;
        set_dirty(lrs, nexthop);
    }
}

static struct learned_nexthop *
nexthop_find(const struct learned_routes *lrs, const struct learned_port *port,
             const struct ip_prefix *address)
{
    struct learned_nexthop *nexthop;

    HMAP_FOR_EACH_WITH_HASH (nexthop, node, nexthop_hash(port, address),
                             &lrs->nexthops) {
        if (nexthop->port == port
            && ip_prefix_equals(&nexthop->nexthop, address)) {
            return nexthop;
        }
    }
    return NULL;
}

static struct learned_nexthop *
nexthop_get(struct learned_routes *lrs, struct learned_port *port,
            const struct ip_prefix *address)
{
    struct learned_nexthop *nexthop = nexthop_find(lrs, port, address);

    if (nexthop) {
        return nexthop;
    }
    nexthop = xzalloc(sizeof *nexthop);
    nexthop->port = port;
    nexthop->nexthop = *address;
    ovs_list_init(&nexthop->slots);
    ovs_list_push_back(&port->nexthops, &nexthop->port_node);
    hmap_insert(&lrs->nexthops, &nexthop->node, nexthop_hash(port, address));
    nexthop->recheck = true;
    set_dirty(lrs, nexthop);
    return nexthop;
}

void
learned_nexthop_join(struct learned_routes *lrs, struct learned_slot *slot)
{
    if (slot->prefix.family == AF_INET && slot->nexthop.family == AF_INET6) {
        slot->via = nexthop_get(lrs, slot->port, &slot->nexthop);
        ovs_list_push_back(&slot->via->slots, &slot->via_node);
    }
}

void
learned_nexthop_leave(struct learned_routes *lrs, struct learned_slot *slot)
{
    struct learned_nexthop *nexthop = slot->via;

    if (!nexthop) {
        return;
    }
    slot->via = NULL;
    ovs_list_remove(&slot->via_node);
    if (ovs_list_is_empty(&nexthop->slots)) {
        if (nexthop->dirty) {
            ovs_list_remove(&nexthop->dirty_node);
        }
        ovs_list_remove(&nexthop->port_node);
        hmap_remove(&lrs->nexthops, &nexthop->node);
        free(nexthop->votes);
        free(nexthop);
        learned_nexthop_set_unsettled(lrs);
    }
}

void
learned_nexthop_vote(struct learned_routes *lrs,
                     struct learned_nexthop *nexthop, struct eth_addr mac,
                     bool on)
{
    struct learned_mac_vote *vote = NULL;

    for (size_t i = 0; i < nexthop->n_votes; i++) {
        if (eth_addr_equals(nexthop->votes[i].mac, mac)) {
            vote = &nexthop->votes[i];
        }
    }
    if (on) {
        if (!vote) {
            nexthop->votes = xrealloc(nexthop->votes, (nexthop->n_votes + 1)
                                      * sizeof *vote);
            vote = &nexthop->votes[nexthop->n_votes++];
            vote->mac = mac;
            vote->n = 0;
        }
        vote->n++;
    } else if (vote && !--vote->n) {
        *vote = nexthop->votes[--nexthop->n_votes];
    }
    set_dirty(lrs, nexthop);
}

/* Choosing. */

/* True if 'view' has 'address' where it would be in the way of a route of
 * 'router' through it. */
static bool
is_configured(const struct view_router *router,
              const struct ip_prefix *address)
{
    const struct view_router_port *port;
    const struct view_route *route;
    const struct view_nat *nat;
    char text[IP_PREFIX_STRLEN];

    ip_prefix_format(address, text);
    LIST_FOR_EACH (port, router_node, &router->ports) {
        for (size_t i = 0; i < port->n_networks; i++) {
            if (ip_prefix_contains(&port->networks[i].prefix, address)) {
                return true;
            }
        }
    }
    LIST_FOR_EACH (nat, router_node, &router->nats) {
        if (!strcmp(nat->config.external_ip, text)
            || !strcmp(nat->config.logical_ip, text)) {
            return true;
        }
    }
    LIST_FOR_EACH (route, router_node, &router->routes) {
        if (!route->config.learned_row
            && !strcmp(route->config.nexthop, text)) {
            return true;
        }
    }
    return false;
}

/* True if 'address' is a next hop that was learned on 'port'. */
static bool
is_learned(const struct learned_port *port, const struct ip_prefix *address)
{
    const struct learned_slot *slot;

    LIST_FOR_EACH (slot, port_node, &port->slots) {
        if (!ovs_list_is_empty(&slot->rows)
            && ip_prefix_equals(&slot->nexthop, address)) {
            return true;
        }
    }
    return false;
}

/* True if 'address' may stand for 'nexthop'. */
static bool
is_suitable(const struct learned_routes *lrs, const struct view *view,
            const struct learned_nexthop *nexthop,
            const struct ip_prefix *address)
{
    const struct learned_port *port = nexthop->port;
    const struct learned_address *a
        = learned_address_find(lrs, port->name, address);
    const struct view_router *router
        = port->router ? view_find_router(view, &port->router->uuid) : NULL;
    const struct learned_nexthop *other;

    if (a && a->reserved.family
        && !ip_prefix_equals(&a->reserved, &nexthop->nexthop)) {
        return false;           /* Reserved for another. */
    } else if (a && a->fixed && !(a->fixed->right && a->reserved.family)) {
        return false;           /* Belongs to someone else. */
    }
    LIST_FOR_EACH (other, port_node, &port->nexthops) {
        if (other != nexthop && ip_prefix_equals(&other->address, address)) {
            return false;
        }
    }
    return router && !is_configured(router, address)
           && !is_learned(port, address);
}

static void
address_from_bytes(uint8_t high, uint8_t low, struct ip_prefix *address)
{
    uint8_t bytes[4] = { 169, 254, high, low };

    /* Cannot fail. */
    (void) ip_prefix_from_bytes(AF_INET, bytes, 32, address);
}

/* The lowest suitable address that is reserved for 'nexthop'. */
static bool
find_reserved(const struct learned_routes *lrs, const struct view *view,
              const struct learned_nexthop *nexthop,
              struct ip_prefix *address)
{
    const struct learned_address *a;
    bool found = false;

    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        if (ip_prefix_equals(&a->reserved, &nexthop->nexthop)
            && !strcmp(a->port, nexthop->port->name)
            && (!found || ip_prefix_compare(&a->address, address) < 0)
            && is_suitable(lrs, view, nexthop, &a->address)) {
            *address = a->address;
            found = true;
        }
    }
    return found;
}

static void
choose_address(const struct learned_routes *lrs, const struct view *view,
               struct learned_nexthop *nexthop)
{
    uint32_t start = hash_string(nexthop->port->name,
                                 ip_prefix_hash(&nexthop->nexthop, 0));
    struct ip_prefix address;

    if (find_reserved(lrs, view, nexthop, &address)) {
        nexthop->address = address;
        return;
    } else if (nexthop->address.family
               && is_suitable(lrs, view, nexthop, &nexthop->address)) {
        return;
    }
    for (uint32_t i = 0; i < N_HIGH * N_LOW; i++) {
        uint32_t n = (start % (N_HIGH * N_LOW) + i) % (N_HIGH * N_LOW);
        uint8_t high = FIRST_HIGH + n / N_LOW;

        address_from_bytes(high, FIRST_LOW + n % N_LOW, &address);
        if (high != METADATA_HIGH
            && is_suitable(lrs, view, nexthop, &address)) {
            nexthop->address = address;
            return;
        }
    }
    memset(&nexthop->address, 0, sizeof nexthop->address);
}

static void
choose_mac(const struct learned_routes *lrs, struct learned_nexthop *nexthop)
{
    const struct learned_mac_vote *best = NULL;

    for (size_t i = 0; i < nexthop->n_votes; i++) {
        const struct learned_mac_vote *vote = &nexthop->votes[i];

        if (!best || vote->n > best->n
            || (vote->n == best->n
                && memcmp(&vote->mac, &best->mac, sizeof vote->mac) < 0)) {
            best = vote;
        }
    }
    if (best) {
        nexthop->mac = best->mac;
    } else {
        /* What was written last.  Nobody knows better at the moment. */
        const struct learned_address *a
            = learned_address_find(lrs, nexthop->port->name,
                                   &nexthop->address);

        nexthop->mac = (a && a->bound && a->reserved.family ? a->bound->mac
                        : eth_addr_zero);
    }
}

/* True if packets to the address of 'nexthop' go where they should. */
static bool
is_ready(const struct learned_routes *lrs,
         const struct learned_nexthop *nexthop)
{
    const struct learned_address *a
        = learned_address_find(lrs, nexthop->port->name, &nexthop->address);

    return (a && ip_prefix_equals(&a->reserved, &nexthop->nexthop) && a->bound
            && !eth_addr_is_zero(nexthop->mac)
            && eth_addr_equals(a->bound->mac, nexthop->mac));
}

void
learned_nexthops_run(struct learned_routes *lrs, const struct view *view)
{
    struct learned_nexthop *nexthop;

    LIST_FOR_EACH_POP (nexthop, dirty_node, &lrs->dirty_nexthops) {
        const struct ip_prefix old = nexthop->address;
        const struct eth_addr old_mac = nexthop->mac;
        bool was_ready = nexthop->ready;
        struct learned_slot *slot;

        nexthop->dirty = false;
        if (nexthop->recheck) {
            nexthop->recheck = false;
            choose_address(lrs, view, nexthop);
        }
        choose_mac(lrs, nexthop);
        nexthop->ready = is_ready(lrs, nexthop);
        if (ip_prefix_equals(&old, &nexthop->address)
            && eth_addr_equals(old_mac, nexthop->mac)
            && was_ready == nexthop->ready) {
            continue;
        }
        learned_nexthop_set_unsettled(lrs);
        LIST_FOR_EACH (slot, via_node, &nexthop->slots) {
            learned_slot_set_dirty(lrs, slot);
        }
    }
}

/* Lingering. */

/* True if some route is wanted through 'a', or is there. */
static bool
address_is_used(const struct learned_routes *lrs,
                const struct learned_address *a)
{
    const struct learned_port *port = learned_port_find(lrs, a->port);
    const struct learned_nexthop *nexthop
        = port ? nexthop_find(lrs, port, &a->reserved) : NULL;

    return (a->n_facts
            || (nexthop && nexthop->n_wanted
                && ip_prefix_equals(&nexthop->address, &a->address)));
}

void
learned_addresses_recheck(struct learned_routes *lrs)
{
    lrs->aging_due = lrs->conflicts_due = true;
}

/* True if nobody else needs 'a', which is not used. */
static bool
is_left_alone(const struct learned_routes *lrs, const struct view *view,
              const struct learned_address *a)
{
    const struct view_router_port *vp = view_router_port_by_name(view,
                                                                 a->port);
    const struct learned_port *port = learned_port_find(lrs, a->port);

    return (vp && !(a->fixed && !a->fixed->right)
            && !is_configured(vp->router, &a->address)
            && !(port && is_learned(port, &a->address)));
}

void
learned_addresses_run(struct learned_routes *lrs, const struct view *view,
                      long long int now)
{
    struct learned_address *a;

    if (!lrs->aging_due && now < lrs->next_expiry) {
        return;
    }
    lrs->next_expiry = LLONG_MAX;
    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        bool check = lrs->conflicts_due;
        bool lingered = a->lingers;

        if (!a->reserved.family) {
            continue;
        } else if (address_is_used(lrs, a)) {
            a->lingers = true;
            a->lingers_until = 0;
            continue;
        } else if (lingered && !a->lingers_until) {
            a->lingers_until = now + LEARNED_LINGER_MS;
            check = true;
        }
        a->lingers = (lingered && now < a->lingers_until
                      && (a->bound || a->fixed)
                      && (!check || is_left_alone(lrs, view, a)));
        if (a->lingers) {
            lrs->next_expiry = MIN(lrs->next_expiry, a->lingers_until);
        } else if (lingered) {
            learned_nexthop_set_unsettled(lrs);
        }
    }
    lrs->aging_due = lrs->conflicts_due = false;
}

/* Changes. */

typedef void change_function(const struct learned_nexthop_change *, void *aux);

void
learned_nexthop_set_unsettled(struct learned_routes *lrs)
{
    lrs->northbound_dirty = true;
    lrs->southbound_dirty = true;
    lrs->aging_due = true;
}

static char *
format_key(const char *port, const struct ip_prefix *address)
{
    char buf[IP_PREFIX_STRLEN];

    return xasprintf(LEARNED_RESERVATION"%s:%s", port,
                     ip_prefix_format(address, buf));
}

/* True if 'a' is to keep what it has. */
static bool
address_stays(const struct learned_routes *lrs,
              const struct learned_address *a)
{
    return a->lingers || address_is_used(lrs, a);
}

/* The reservation of 'nexthop', which is wanted. */
static size_t
take_reservation(const struct learned_routes *lrs,
                 const struct learned_nexthop *nexthop, change_function *cb,
                 void *aux)
{
    const struct learned_address *a
        = learned_address_find(lrs, nexthop->port->name, &nexthop->address);
    struct learned_nexthop_change change = {
        .action = LEARNED_RESERVE, .nexthop = &nexthop->nexthop,
    };
    char *key;

    if (a && a->reserved.family) {
        return 0;
    }
    change.key = key = format_key(nexthop->port->name, &nexthop->address);
    cb(&change, aux);
    free(key);
    return 1;
}

/* What is to change of 'a', which is reserved, in the Northbound database. */
static size_t
take_northbound(const struct learned_routes *lrs,
                const struct learned_address *a, change_function *cb,
                void *aux)
{
    struct learned_nexthop_change change = { .action = LEARNED_UNFIX };
    bool used = address_stays(lrs, a);
    size_t n = 0;
    char *key;

    /* What stands in for it comes first. */
    if (a->fixed && a->fixed->right && (a->bound || !used)) {
        change.binding = a->fixed->uuid;
        cb(&change, aux);
        n++;
    }
    /* It names the MAC_Binding as ours, so it goes last. */
    if (!used && !a->bound && learned_address_is_known(lrs, a)) {
        change.action = LEARNED_UNRESERVE;
        change.key = key = format_key(a->port, &a->address);
        cb(&change, aux);
        free(key);
        n++;
    }
    return n;
}

static size_t
take_all_northbound(const struct learned_routes *lrs, change_function *cb,
                    void *aux)
{
    const struct learned_nexthop *nexthop;
    const struct learned_address *a;
    size_t n = 0;

    HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
        if (nexthop->n_wanted) {
            n += take_reservation(lrs, nexthop, cb, aux);
        }
    }
    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        if (a->reserved.family) {
            n += take_northbound(lrs, a, cb, aux);
        }
    }
    return n;
}

size_t
learned_nexthop_take_changes(struct learned_routes *lrs, change_function *cb,
                             void *aux)
{
    size_t n;

    if (!lrs->northbound_dirty) {
        return 0;
    }
    lrs->northbound_dirty = false;
    n = take_all_northbound(lrs, cb, aux);
    lrs->northbound_in_flight = n > 0;
    return n;
}

bool
learned_nexthop_has_changes(const struct learned_routes *lrs)
{
    return lrs->northbound_dirty;
}

/* The MAC_Binding of 'nexthop', which is wanted. */
static size_t
take_binding(const struct learned_routes *lrs,
             const struct learned_nexthop *nexthop, change_function *cb,
             void *aux)
{
    const struct learned_address *a
        = learned_address_find(lrs, nexthop->port->name, &nexthop->address);
    struct learned_nexthop_change change = {
        .port = nexthop->port->name,
        .address = &nexthop->address,
        .mac = nexthop->mac,
    };

    /* Not before the reservation is there, which makes it ours. */
    if (!a || !ip_prefix_equals(&a->reserved, &nexthop->nexthop)
        || !learned_address_is_known(lrs, a)) {
        return 0;
    } else if (!a->bound) {
        change.action = LEARNED_BIND;
    } else if (!a->bound->right
               || !eth_addr_equals(a->bound->mac, nexthop->mac)) {
        change.action = LEARNED_REBIND;
        change.binding = a->bound->uuid;
    } else {
        return 0;
    }
    cb(&change, aux);
    return 1;
}

static size_t
take_all_southbound(const struct learned_routes *lrs, change_function *cb,
                    void *aux)
{
    struct learned_nexthop_change change = { .action = LEARNED_UNBIND };
    const struct learned_nexthop *nexthop;
    const struct learned_address *a;
    size_t n = 0;

    HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
        if (nexthop->n_wanted) {
            n += take_binding(lrs, nexthop, cb, aux);
        }
    }
    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        if (a->reserved.family && a->bound && !address_stays(lrs, a)) {
            change.binding = a->bound->uuid;
            cb(&change, aux);
            n++;
        }
    }
    return n;
}

size_t
learned_nexthop_for_each_binding_change(struct learned_routes *lrs,
                                        change_function *cb, void *aux)
{
    size_t n = 0;

    if (lrs->southbound_dirty) {
        n = take_all_southbound(lrs, cb, aux);
        lrs->southbound_dirty = n > 0;
    }
    return n;
}

bool
learned_nexthop_has_binding_changes(const struct learned_routes *lrs)
{
    return lrs->southbound_dirty;
}

static void
ignore_change(const struct learned_nexthop_change *change OVS_UNUSED,
              void *aux OVS_UNUSED)
{
}

bool
learned_nexthop_is_settled(const struct learned_routes *lrs)
{
    const struct learned_nexthop *nexthop;

    HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
        if (nexthop->n_wanted && !nexthop->ready) {
            return false;
        }
    }
    return (!take_all_northbound(lrs, ignore_change, NULL)
            && !take_all_southbound(lrs, ignore_change, NULL));
}
