/* learned-address.c: addresses of 169.254.0.0/16 and what there is of them in
 * both databases.  See learned-nexthop.h. */
#include <config.h>
#include "northd/learned-nexthop.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/learned-private.h"
#include "packets.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

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

struct learned_address *
learned_address_find(const struct learned_routes *lrs, const char *port,
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
    struct learned_address *a = learned_address_find(lrs, port, address);

    if (!a) {
        a = xzalloc(sizeof *a);
        a->port = xstrdup(port);
        a->address = *address;
        a->lingers = true;      /* It is not known how long already. */
        hmap_insert(&lrs->addresses, &a->node, address_hash(port, address));
    }
    return a;
}

static void
address_free_if_unused(struct learned_routes *lrs, struct learned_address *a)
{
    if (!a->reserved.family && !a->fixed && !a->bound && !a->n_facts) {
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

    learned_nexthop_set_unsettled(lrs);
    learned_addresses_recheck(lrs);
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
        learned_nexthop_set_unsettled(lrs);
        address_free_if_unused(lrs, a);
    }
}

bool
learned_address_is_known(const struct learned_routes *lrs,
                         const struct learned_address *a)
{
    char buf[IP_PREFIX_STRLEN];

    return sset_contains(&lrs->known, ip_prefix_format(&a->address, buf));
}

/* Reservations. */

void
learned_nexthop_clear_reservations(struct learned_routes *lrs)
{
    struct learned_address *a;

    lrs->reservations_changed = true;
    HMAP_FOR_EACH_SAFE (a, node, &lrs->addresses) {
        if (a->reserved.family) {
            memset(&a->reserved, 0, sizeof a->reserved);
            address_changed(lrs, a);
            address_free_if_unused(lrs, a);
        }
    }
}

bool
learned_nexthop_parse_reservation(const char *key, char **port,
                                  struct ip_prefix *address)
{
    const char *start = key + strlen(LEARNED_RESERVATION);
    struct ip_prefix parsed;
    char buf[IP_PREFIX_STRLEN];
    const char *colon;

    if (strncmp(key, LEARNED_RESERVATION, strlen(LEARNED_RESERVATION))) {
        return false;
    }
    colon = strrchr(start, ':');
    if (!colon || ip_prefix_parse(colon + 1, &parsed, NULL)
        || strcmp(ip_prefix_format(&parsed, buf), colon + 1)
        || !learned_is_stand_in(&parsed)) {
        return false;
    }
    *port = xmemdup0(start, colon - start);
    *address = parsed;
    return true;
}

void
learned_nexthop_set_reservation(struct learned_routes *lrs, const char *key,
                                const char *value)
{
    struct ip_prefix address, nexthop;
    char *port;

    if (!ip_prefix_parse(value, &nexthop, NULL) && ip_prefix_is_host(&nexthop)
        && learned_nexthop_parse_reservation(key, &port, &address)) {
        struct learned_address *a = address_get(lrs, port, &address);

        a->reserved = nexthop;
        address_changed(lrs, a);
        free(port);
    }
}

/* MAC addresses. */

static struct learned_binding *
binding_find(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_binding *binding;

    HMAP_FOR_EACH_WITH_HASH (binding, node, uuid_hash(uuid), &lrs->bindings) {
        if (uuid_equals(&binding->uuid, uuid)) {
            return binding;
        }
    }
    return NULL;
}

/* Where the address of 'binding' refers to it. */
static struct learned_binding **
binding_slot(const struct learned_binding *binding)
{
    return (binding->southbound ? &binding->address->bound
            : &binding->address->fixed);
}

static void
binding_remove(struct learned_routes *lrs, struct learned_binding *binding)
{
    struct learned_address *a = binding->address;

    *binding_slot(binding) = NULL;
    address_changed(lrs, a);
    address_free_if_unused(lrs, a);
    hmap_remove(&lrs->bindings, &binding->node);
    free(binding);
}

/* Takes note of a row.  What says the same as before has no consequences: the
 * Southbound rows are told again and again. */
static void
binding_set(struct learned_routes *lrs, const struct learned_binding *new,
            const char *port, const char *ip)
{
    struct learned_binding *binding = binding_find(lrs, &new->uuid);
    struct ip_prefix address;
    bool counts = (!ip_prefix_parse(ip, &address, NULL)
                   && learned_is_stand_in(&address));
    struct learned_address *a = counts ? address_get(lrs, port, &address)
                                : NULL;

    if (binding && binding->address == a && binding->right == new->right
        && eth_addr_equals(binding->mac, new->mac)) {
        return;
    }
    if (binding && binding->address != a) {
        binding_remove(lrs, binding);
        binding = NULL;
    }
    if (!a) {
        return;
    }
    if (!binding) {
        binding = xmemdup(new, sizeof *new);
        binding->address = a;
        if (*binding_slot(binding)) {
            /* It was replaced by this one. */
            struct learned_binding *old = *binding_slot(binding);

            hmap_remove(&lrs->bindings, &old->node);
            free(old);
        }
        *binding_slot(binding) = binding;
        hmap_insert(&lrs->bindings, &binding->node, uuid_hash(&new->uuid));
    }
    binding->mac = new->mac;
    binding->right = new->right;
    address_changed(lrs, a);
}

void
learned_nexthop_set_fixed(struct learned_routes *lrs, const struct uuid *uuid,
                          const char *port, const char *ip, bool overrides)
{
    struct learned_binding new = { .uuid = *uuid, .right = overrides };

    binding_set(lrs, &new, port, ip);
}

void
learned_nexthop_set_binding(struct learned_routes *lrs,
                            const struct uuid *uuid, const char *port,
                            const char *ip, const char *mac, bool right)
{
    struct learned_binding new = {
        .uuid = *uuid, .southbound = true, .right = right,
    };

    if (!eth_addr_from_string(mac, &new.mac)) {
        new.mac = eth_addr_zero;
    }
    binding_set(lrs, &new, port, ip);
}

void
learned_nexthop_remove_binding(struct learned_routes *lrs,
                               const struct uuid *uuid)
{
    struct learned_binding *binding = binding_find(lrs, uuid);

    if (binding) {
        binding_remove(lrs, binding);
    }
}

void
learned_nexthop_clear_bindings(struct learned_routes *lrs, bool southbound)
{
    struct learned_binding *binding;

    HMAP_FOR_EACH_SAFE (binding, node, &lrs->bindings) {
        if (binding->southbound == southbound) {
            binding_remove(lrs, binding);
        }
    }
}

bool
learned_nexthop_take_addresses(struct learned_routes *lrs,
                               struct sset *addresses)
{
    const struct learned_address *a;
    char buf[IP_PREFIX_STRLEN];

    if (!lrs->reservations_changed) {
        return false;
    }
    lrs->reservations_changed = false;
    HMAP_FOR_EACH (a, node, &lrs->addresses) {
        if (a->reserved.family) {
            sset_add(addresses, ip_prefix_format(&a->address, buf));
        }
    }
    return true;
}

void
learned_nexthop_set_known(struct learned_routes *lrs,
                          const struct sset *addresses)
{
    if (!sset_equals(&lrs->known, addresses)) {
        sset_destroy(&lrs->known);
        sset_clone(&lrs->known, addresses);
        learned_nexthop_set_unsettled(lrs);
    }
}
