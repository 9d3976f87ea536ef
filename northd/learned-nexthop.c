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

bool
learned_is_stand_in(const struct ip_prefix *address)
{
    return (address->family == AF_INET && ip_prefix_is_host(address)
            && ip_prefix_is_link_local(address));
}

/* Addresses. */

static uint32_t
address_hash(const char *port, const struct ip_prefix *address)
{
    return hash_string(port, ip_prefix_hash(address, 0));
}

static struct learned_address *
address_find(const struct learned_routes *lrs, const char *port,
             const struct ip_prefix *address)
{
    struct learned_address *a;

    HMAP_FOR_EACH_WITH_HASH (a, node, address_hash(port, address),
                             &lrs->addresses) {
        if (ip_prefix_equals(&a->address, address) && !strcmp(a->port, port)) {
            return a;
        }
    }
    return NULL;
}

static struct learned_address *
address_get(struct learned_routes *lrs, const char *port,
            const struct ip_prefix *address)
{
    struct learned_address *a = address_find(lrs, port, address);

    if (!a) {
        a = xzalloc(sizeof *a);
        a->port = xstrdup(port);
        a->address = *address;
        hmap_insert(&lrs->addresses, &a->node, address_hash(port, address));
    }
    return a;
}

static void
address_free_if_unused(struct learned_routes *lrs, struct learned_address *a)
{
    if (!a->reserved.family && !a->bound && !a->n_facts) {
        hmap_remove(&lrs->addresses, &a->node);
        free(a->port);
        free(a);
    }
}

/* 'a' changed: whoever has it, or wants it, is to look again. */
static void
address_changed(struct learned_routes *lrs, const struct learned_address *a)
{
    const struct learned_port *port = learned_port_find(lrs, a->port);

    lrs->bindings_dirty = true;
    if (port) {
        learned_nexthop_recheck(lrs, port);
    }
}

struct learned_address *
learned_address_use(struct learned_routes *lrs, const char *port,
                    const struct ip_prefix *address)
{
    struct learned_address *a = NULL;

    if (learned_is_stand_in(address)) {
        a = address_get(lrs, port, address);
        a->n_facts++;
    }
    return a;
}

void
learned_address_unuse(struct learned_routes *lrs, struct learned_address *a)
{
    if (a && !--a->n_facts) {
        lrs->bindings_dirty = true;
        address_free_if_unused(lrs, a);
    }
}

/* Facts. */

void
learned_nexthop_set_supported(struct learned_routes *lrs, bool supported)
{
    struct learned_nexthop *nexthop;
    struct learned_slot *slot;

    if (lrs->unsupported == supported) {
        lrs->unsupported = !supported;
        HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
            LIST_FOR_EACH (slot, via_node, &nexthop->slots) {
                learned_slot_set_dirty(lrs, slot);
            }
        }
    }
}

void
learned_nexthop_clear_reservations(struct learned_routes *lrs)
{
    struct learned_address *a;

    HMAP_FOR_EACH_SAFE (a, node, &lrs->addresses) {
        if (a->reserved.family) {
            memset(&a->reserved, 0, sizeof a->reserved);
            address_changed(lrs, a);
            address_free_if_unused(lrs, a);
        }
    }
}

void
learned_nexthop_set_reservation(struct learned_routes *lrs, const char *key,
                                const char *value)
{
    const char *port = key + strlen(LEARNED_RESERVATION);
    const char *colon = strrchr(port, ':');
    struct ip_prefix address, nexthop;
    char buf[IP_PREFIX_STRLEN];

    /* What is not as we write it is not ours: we could not take it back. */
    if (!colon || ip_prefix_parse(colon + 1, &address, NULL)
        || strcmp(ip_prefix_format(&address, buf), colon + 1)
        || !learned_is_stand_in(&address)
        || ip_prefix_parse(value, &nexthop, NULL)
        || !ip_prefix_is_host(&nexthop)) {
        return;
    }

    char *name = xmemdup0(port, colon - port);
    struct learned_address *a = address_get(lrs, name, &address);

    a->reserved = nexthop;
    address_changed(lrs, a);
    free(name);
}

static struct learned_address *
address_by_binding(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_address *a;

    HMAP_FOR_EACH_WITH_HASH (a, binding_node, uuid_hash(uuid),
                             &lrs->bindings) {
        if (uuid_equals(&a->binding, uuid)) {
            return a;
        }
    }
    return NULL;
}

void
learned_nexthop_set_binding(struct learned_routes *lrs,
                            const struct uuid *uuid, const char *port,
                            const char *ip, const char *mac)
{
    struct learned_address *a;
    struct ip_prefix address;

    learned_nexthop_remove_binding(lrs, uuid);
    if (ip_prefix_parse(ip, &address, NULL)
        || !learned_is_stand_in(&address)) {
        return;
    }
    a = address_get(lrs, port, &address);
    if (a->bound) {             /* It was replaced by this one. */
        hmap_remove(&lrs->bindings, &a->binding_node);
    }
    a->bound = true;
    a->binding = *uuid;
    if (!eth_addr_from_string(mac, &a->mac)) {
        a->mac = eth_addr_zero;
    }
    hmap_insert(&lrs->bindings, &a->binding_node, uuid_hash(uuid));
    address_changed(lrs, a);
}

static void
unbind(struct learned_routes *lrs, struct learned_address *a)
{
    hmap_remove(&lrs->bindings, &a->binding_node);
    a->bound = false;
    address_changed(lrs, a);
    address_free_if_unused(lrs, a);
}

void
learned_nexthop_remove_binding(struct learned_routes *lrs,
                               const struct uuid *uuid)
{
    struct learned_address *a = address_by_binding(lrs, uuid);

    if (a) {
        unbind(lrs, a);
    }
}

void
learned_nexthop_clear_bindings(struct learned_routes *lrs)
{
    struct learned_address *a;

    HMAP_FOR_EACH_SAFE (a, binding_node, &lrs->bindings) {
        unbind(lrs, a);
    }
}

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

    LIST_FOR_EACH (nexthop, port_node, &port->nexthops) {
        nexthop->recheck = true;
        set_dirty(lrs, nexthop);
    }
}

static struct learned_nexthop *
nexthop_get(struct learned_routes *lrs, struct learned_port *port,
            const struct ip_prefix *address)
{
    uint32_t hash = nexthop_hash(port, address);
    struct learned_nexthop *nexthop;

    HMAP_FOR_EACH_WITH_HASH (nexthop, node, hash, &lrs->nexthops) {
        if (nexthop->port == port
            && ip_prefix_equals(&nexthop->nexthop, address)) {
            return nexthop;
        }
    }
    nexthop = xzalloc(sizeof *nexthop);
    nexthop->port = port;
    nexthop->nexthop = *address;
    ovs_list_init(&nexthop->slots);
    ovs_list_push_back(&port->nexthops, &nexthop->port_node);
    hmap_insert(&lrs->nexthops, &nexthop->node, hash);
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
        lrs->bindings_dirty = true;
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
    const struct learned_address *a = address_find(lrs, port->name, address);
    const struct view_router *router
        = port->router ? view_find_router(view, &port->router->uuid) : NULL;
    const struct learned_nexthop *other;

    if (a && a->reserved.family
        && !ip_prefix_equals(&a->reserved, &nexthop->nexthop)) {
        return false;           /* Reserved for another. */
    } else if (a && a->bound && !a->reserved.family) {
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
            = address_find(lrs, nexthop->port->name, &nexthop->address);

        nexthop->mac = (a && a->bound && a->reserved.family ? a->mac
                        : eth_addr_zero);
    }
}

void
learned_nexthops_run(struct learned_routes *lrs, const struct view *view)
{
    struct learned_nexthop *nexthop;

    LIST_FOR_EACH_POP (nexthop, dirty_node, &lrs->dirty_nexthops) {
        const struct ip_prefix old = nexthop->address;
        const struct eth_addr old_mac = nexthop->mac;
        struct learned_slot *slot;

        nexthop->dirty = false;
        if (nexthop->recheck) {
            nexthop->recheck = false;
            choose_address(lrs, view, nexthop);
        }
        choose_mac(lrs, nexthop);
        if (ip_prefix_equals(&old, &nexthop->address)
            && eth_addr_equals(old_mac, nexthop->mac)) {
            continue;
        }
        lrs->bindings_dirty = true;
        LIST_FOR_EACH (slot, via_node, &nexthop->slots) {
            learned_slot_set_dirty(lrs, slot);
        }
    }
}

/* Changes. */

static void
format_key(const char *port, const struct ip_prefix *address, char **key)
{
    char buf[IP_PREFIX_STRLEN];

    *key = xasprintf(LEARNED_RESERVATION"%s:%s", port,
                     ip_prefix_format(address, buf));
}

/* True if some route is wanted through 'a'. */
static bool
address_is_wanted(const struct learned_routes *lrs,
                  const struct learned_address *a)
{
    const struct learned_nexthop *nexthop;

    HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
        if (nexthop->n_wanted
            && ip_prefix_equals(&nexthop->address, &a->address)
            && !strcmp(nexthop->port->name, a->port)) {
            return true;
        }
    }
    return false;
}

typedef void change_function(const struct learned_nexthop_change *,
                             void *aux);

/* Makes 'nexthop' reachable. */
static size_t
take_wanted(const struct learned_routes *lrs,
            const struct learned_nexthop *nexthop, change_function *cb,
            void *aux)
{
    const struct learned_address *a
        = address_find(lrs, nexthop->port->name, &nexthop->address);
    struct learned_nexthop_change change = {
        .port = nexthop->port->name,
        .address = &nexthop->address,
        .nexthop = &nexthop->nexthop,
        .mac = nexthop->mac,
    };
    size_t n = 0;
    char *key;

    format_key(nexthop->port->name, &nexthop->address, &key);
    change.key = key;
    if (!a || !a->reserved.family) {
        change.action = LEARNED_RESERVE;
        cb(&change, aux);
        n++;
    }
    if (!a || !a->bound) {
        change.action = LEARNED_BIND;
        cb(&change, aux);
        n++;
    } else if (!eth_addr_equals(a->mac, nexthop->mac)) {
        change.action = LEARNED_REBIND;
        change.binding = a->binding;
        cb(&change, aux);
        n++;
    }
    free(key);
    return n;
}

/* Removes all that is left of 'a'. */
static size_t
take_unwanted(const struct learned_address *a, change_function *cb, void *aux)
{
    struct learned_nexthop_change change = { .action = LEARNED_UNRESERVE };
    size_t n = 1;
    char *key;

    format_key(a->port, &a->address, &key);
    change.key = key;
    cb(&change, aux);
    if (a->bound) {
        change.action = LEARNED_UNBIND;
        change.binding = a->binding;
        cb(&change, aux);
        n++;
    }
    free(key);
    return n;
}

size_t
learned_nexthop_take_changes(struct learned_routes *lrs, change_function *cb,
                             void *aux)
{
    const struct learned_nexthop *nexthop;
    const struct learned_address *a;
    size_t n = 0;

    if (!lrs->bindings_dirty) {
        return 0;
    }
    lrs->bindings_dirty = false;
    HMAP_FOR_EACH (nexthop, node, &lrs->nexthops) {
        if (nexthop->n_wanted) {
            n += take_wanted(lrs, nexthop, cb, aux);
        }
    }
    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        if (a->reserved.family && !a->n_facts && !address_is_wanted(lrs, a)) {
            n += take_unwanted(a, cb, aux);
        }
    }
    lrs->bindings_in_flight = n > 0;
    return n;
}

bool
learned_nexthop_has_changes(const struct learned_routes *lrs)
{
    return lrs->bindings_dirty;
}
