/* learned-routes.c: rows of Learned_Route.  See the header. */
#include <config.h>
#include "northd/learned-routes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/problem.h"
#include "northd/dynamic-routing-port.h"
#include "northd/learned-private.h"
#include "northd/view.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

static void row_leave_slot(struct learned_routes *, struct learned_row *);

struct learned_routes *
learned_routes_create(void)
{
    struct learned_routes *lrs = xzalloc(sizeof *lrs);

    hmap_init(&lrs->holders);
    ovs_list_init(&lrs->formers);
    hmap_init(&lrs->ports);
    hmap_init(&lrs->rows);
    hmap_init(&lrs->slots);
    hmap_init(&lrs->facts);
    hmap_init(&lrs->routers);
    hmap_init(&lrs->groups);
    hmap_init(&lrs->claims);
    hmap_init(&lrs->nexthops);
    hmap_init(&lrs->addresses);
    hmap_init(&lrs->bindings);
    sset_init(&lrs->known);
    ovs_list_init(&lrs->dirty_ports);
    ovs_list_init(&lrs->dirty_rows);
    ovs_list_init(&lrs->dirty_slots);
    ovs_list_init(&lrs->dirty_nexthops);
    ovs_list_init(&lrs->garbage);
    ovs_list_init(&lrs->pending);
    ovs_list_init(&lrs->held);
    ovs_list_init(&lrs->waiting);
    ovs_list_init(&lrs->in_flight);
    ovs_list_init(&lrs->pauses);
    ovs_list_init(&lrs->unreported_ports);
    svec_init(&lrs->unreported_rows);
    lrs->next_expiry = LLONG_MAX;
    return lrs;
}

/* Ports. */

struct learned_port *
learned_port_find(const struct learned_routes *lrs, const char *name)
{
    struct learned_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, hash_string(name, 0), &lrs->ports) {
        if (!strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

struct learned_port *
learned_port_get(struct learned_routes *lrs, const char *name)
{
    struct learned_port *port = learned_port_find(lrs, name);

    if (!port) {
        port = xzalloc(sizeof *port);
        port->name = xstrdup(name);
        ovs_list_init(&port->rows);
        ovs_list_init(&port->slots);
        ovs_list_init(&port->nexthops);
        sset_init(&port->formers);
        for (size_t i = 0; i < LEARNED_N_VERDICTS; i++) {
            ovs_list_init(&port->by_verdict[i]);
        }
        hmap_insert(&lrs->ports, &port->node, hash_string(name, 0));
        learned_port_set_dirty(lrs, port);
    }
    return port;
}

void
learned_port_set_dirty(struct learned_routes *lrs, struct learned_port *port)
{
    if (!port->dirty) {
        port->dirty = true;
        ovs_list_push_back(&lrs->dirty_ports, &port->dirty_node);
    }
}

static void
port_set_router(struct learned_routes *lrs, struct learned_port *port,
                struct learned_router *router)
{
    struct learned_router *old = port->router;

    port->router = router;
    if (old) {
        ovs_list_remove(&port->router_node);
    }
    if (router) {
        ovs_list_push_back(&router->ports, &port->router_node);
    }
    if (old && old != router) {
        learned_router_free_if_unused(lrs, old);
    }
}

/* Notes that other slots than before may have a reported verdict. */
static void
port_set_unreported(struct learned_routes *lrs, struct learned_port *port)
{
    if (!port->unreported) {
        port->unreported = true;
        ovs_list_push_back(&lrs->unreported_ports, &port->unreported_node);
    }
}

void
learned_port_free_if_unused(struct learned_routes *lrs,
                            struct learned_port *port)
{
    if (!ovs_list_is_empty(&port->rows) || !ovs_list_is_empty(&port->slots)
        || port->unreported) {
        return;
    }
    if (port->dirty) {
        ovs_list_remove(&port->dirty_node);
    }
    port_set_router(lrs, port, NULL);
    hmap_remove(&lrs->ports, &port->node);
    free(port->networks);
    free(port->chassis);
    sset_destroy(&port->formers);
    free(port->name);
    free(port);
}

/* Copies what counts of 'vp', which may be NULL, into 'port'. */
static void
port_put_networks(struct learned_port *port, const struct view_router_port *vp)
{
    free(port->networks);
    port->networks = NULL;
    port->n_networks = vp ? vp->n_networks : 0;
    port->has_ipv4 = false;
    if (port->n_networks) {
        port->networks = xmemdup(vp->networks,
                                 port->n_networks * sizeof *port->networks);
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        port->has_ipv4 |= port->networks[i].address.family == AF_INET;
    }
}

static void
row_set_dirty(struct learned_routes *lrs, struct learned_row *row)
{
    if (!row->dirty) {
        row->dirty = true;
        ovs_list_push_back(&lrs->dirty_rows, &row->dirty_node);
    }
}

/* Finds out anew all that there is to know of 'port'. */
static void
port_run(struct learned_routes *lrs, struct learned_port *port,
         const struct view *view, const struct dynamic_routing_ports *ports)
{
    const struct dynamic_routing_port *drp
        = dynamic_routing_ports_find(ports, port->name);
    const struct view_router_port *vp = NULL;
    struct learned_router *router = NULL;
    const struct learned_holder *holder = NULL;
    struct sset formers = SSET_INITIALIZER(&formers);
    struct learned_row *row;
    struct learned_slot *slot;

    port->via_ipv6 = drp && smap_get_bool(&drp->options, DR_LEARN_VIA_IPV6,
                                          true);
    if (drp && smap_get_bool(&drp->options, DR_ENABLED, false)) {
        vp = view_router_port_by_name(view, port->name);
        if (vp && vp->router) {
            router = learned_router_get(lrs, &vp->router->uuid);
            free(router->name);
            router->name = xstrdup(vp->router->name);
            holder = learned_holder_find(lrs, drp->binding_port);
        }
    }
    port_put_networks(port, vp);
    if (holder) {
        learned_holder_get_formers(holder, &formers);
    }
    if (port->router != router
        || !nullable_string_is_equal(port->chassis,
                                     holder ? holder->chassis : NULL)
        || !sset_equals(&port->formers, &formers)) {
        port_set_router(lrs, port, router);
        free(port->chassis);
        port->chassis = nullable_xstrdup(holder ? holder->chassis : NULL);
        sset_swap(&port->formers, &formers);
        /* All of them before the first one comes back: a route is in the group
         * of the router that its first row found. */
        LIST_FOR_EACH (row, port_node, &port->rows) {
            row_leave_slot(lrs, row);
            row_set_dirty(lrs, row);
        }
    }
    sset_destroy(&formers);
    LIST_FOR_EACH (slot, port_node, &port->slots) {
        learned_slot_set_dirty(lrs, slot);
    }
    learned_nexthop_recheck(lrs, port);
}

/* Routes. */

static uint32_t
slot_hash(const struct learned_port *port, const struct ip_prefix *prefix)
{
    return ip_prefix_hash(prefix, hash_pointer(port, 0));
}

struct learned_slot *
learned_slot_get(struct learned_routes *lrs, struct learned_port *port,
                 const struct ip_prefix *prefix,
                 const struct ip_prefix *nexthop)
{
    uint32_t hash = slot_hash(port, prefix);
    struct learned_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, hash, &lrs->slots) {
        if (slot->port == port && ip_prefix_equals(&slot->prefix, prefix)
            && ip_prefix_equals(&slot->nexthop, nexthop)) {
            return slot;
        }
    }
    slot = xzalloc(sizeof *slot);
    slot->port = port;
    slot->prefix = *prefix;
    slot->nexthop = *nexthop;
    ovs_list_init(&slot->rows);
    ovs_list_init(&slot->facts);
    ovs_list_push_back(&port->slots, &slot->port_node);
    slot->verdict = LEARNED_NO_ROW;
    ovs_list_push_back(&port->by_verdict[slot->verdict], &slot->verdict_node);
    hmap_insert(&lrs->slots, &slot->node, hash);
    return slot;
}

void
learned_slot_set_dirty(struct learned_routes *lrs, struct learned_slot *slot)
{
    if (!slot->dirty) {
        slot->dirty = true;
        ovs_list_push_back(&lrs->dirty_slots, &slot->dirty_node);
    }
}

bool
learned_slot_free_if_unused(struct learned_routes *lrs,
                            struct learned_slot *slot)
{
    struct learned_port *port = slot->port;

    if (!ovs_list_is_empty(&slot->rows) || !ovs_list_is_empty(&slot->facts)
        || slot->dirty || slot->pending) {
        return false;
    }
    ovs_list_remove(&slot->port_node);
    ovs_list_remove(&slot->verdict_node);
    hmap_remove(&lrs->slots, &slot->node);
    free(slot);
    learned_port_free_if_unused(lrs, port);
    return true;
}

static bool
is_own_address(const struct learned_port *port,
               const struct ip_prefix *address)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (ip_prefix_equals(&port->networks[i].address, address)) {
            return true;
        }
    }
    return false;
}

static enum learned_verdict
slot_judge(const struct learned_slot *slot)
{
    const struct learned_port *port = slot->port;

    if (ovs_list_is_empty(&slot->rows)) {
        return LEARNED_NO_ROW;
    } else if (is_own_address(port, &slot->nexthop)) {
        return LEARNED_OWN_ADDRESS;
    } else if (slot->prefix.family == AF_INET6
               && slot->nexthop.family == AF_INET) {
        return LEARNED_FAMILY;
    } else if (slot->prefix.family == AF_INET
               && slot->nexthop.family == AF_INET6 && !port->via_ipv6) {
        return LEARNED_VIA_IPV6_OFF;
    } else if (slot->prefix.family == AF_INET && !port->has_ipv4) {
        return LEARNED_NO_IPV4;
    } else if (slot->group->n_claims) {
        return LEARNED_CONFIGURED;
    } else if (slot->via && eth_addr_is_zero(slot->via->mac)) {
        return LEARNED_NO_MAC;
    } else if (slot->via && !slot->via->address.family) {
        return LEARNED_NO_ADDRESS;
    }
    return LEARNED_WANTED;
}

static void
slot_set_verdict(struct learned_routes *lrs, struct learned_slot *slot,
                 enum learned_verdict verdict)
{
    int wanted = ((verdict == LEARNED_WANTED)
                  - (slot->verdict == LEARNED_WANTED));

    lrs->n_wanted += wanted;
    if (slot->via && wanted) {
        slot->via->n_wanted += wanted;
        learned_nexthop_set_unsettled(lrs);
    }
    if (MAX(verdict, slot->verdict) > LEARNED_CONFIGURED) {
        port_set_unreported(lrs, slot->port);
    }
    slot->verdict = verdict;
    ovs_list_remove(&slot->verdict_node);
    ovs_list_push_back(&slot->port->by_verdict[verdict], &slot->verdict_node);
}

static void
slot_run(struct learned_routes *lrs, struct learned_slot *slot,
         struct problem_set *problems, long long int now)
{
    enum learned_verdict verdict = slot_judge(slot);

    if (verdict != slot->verdict) {
        slot_set_verdict(lrs, slot, verdict);
    }
    if (verdict == LEARNED_WANTED) {
        slot->out = slot->via ? slot->via->address : slot->nexthop;
    }
    learned_slot_compare(lrs, slot, problems, now);
    learned_slot_free_if_unused(lrs, slot);
}

/* Rows. */

static struct learned_row *
row_find(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &lrs->rows) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

/* Makes what 'row' says of the next hop's MAC address count, or no more. */
static void
row_vote(struct learned_routes *lrs, const struct learned_row *row, bool on)
{
    if (row->slot && row->slot->via && !eth_addr_is_zero(row->mac)) {
        learned_nexthop_vote(lrs, row->slot->via, row->mac, on);
    }
}

/* Makes 'row' stand for its route. */
static void
row_join_slot(struct learned_routes *lrs, struct learned_row *row)
{
    struct learned_slot *slot = learned_slot_get(lrs, row->port, &row->prefix,
                                                 &row->nexthop);

    if (ovs_list_is_empty(&slot->rows)) {
        lrs->n_routes++;
        learned_group_join(lrs, slot, &row->port->router->uuid);
        learned_nexthop_join(lrs, slot);
        if (slot->nexthop.family == AF_INET
            && ip_prefix_is_link_local(&slot->nexthop)) {
            learned_nexthop_recheck(lrs, slot->port);
        }
    }
    row->slot = slot;
    slot->held = false;
    ovs_list_push_back(&slot->rows, &row->slot_node);
    row_vote(lrs, row, true);
    learned_slot_set_dirty(lrs, slot);
}

/* Undoes that.  The route remains, for its static routes to be removed. */
static void
row_leave_slot(struct learned_routes *lrs, struct learned_row *row)
{
    struct learned_slot *slot = row->slot;

    if (!slot) {
        return;
    }
    row_vote(lrs, row, false);
    row->slot = NULL;
    ovs_list_remove(&row->slot_node);
    if (ovs_list_is_empty(&slot->rows)) {
        lrs->n_routes--;
        slot_set_verdict(lrs, slot, LEARNED_NO_ROW);
        learned_group_leave(lrs, slot);
        learned_nexthop_leave(lrs, slot);
        if (slot->nexthop.family == AF_INET
            && ip_prefix_is_link_local(&slot->nexthop)) {
            learned_nexthop_recheck(lrs, slot->port);
        }
    }
    learned_slot_set_dirty(lrs, slot);
}

static void
row_set_garbage(struct learned_routes *lrs, struct learned_row *row,
                bool garbage)
{
    if (row->garbage != garbage) {
        row->garbage = garbage;
        if (garbage) {
            ovs_list_push_back(&lrs->garbage, &row->garbage_node);
        } else {
            ovs_list_remove(&row->garbage_node);
        }
    }
}

static char *
row_object(const struct learned_row *row)
{
    return xasprintf("Learned_Route "UUID_FMT, UUID_ARGS(&row->uuid));
}

static void
row_report(struct learned_row *row, bool report, struct problem_set *problems)
{
    if (report || row->reported) {
        char *object = row_object(row);

        if (report) {
            problem_report(problems, LEARNED_SOURCE, object, "%s", row->fault);
        } else {
            problem_resolve(problems, LEARNED_SOURCE, object);
        }
        row->reported = report;
        free(object);
    }
}

/* True if 'row' was written by who holds 'port', or held it until a moment
 * ago. */
static bool
row_is_of_holder(const struct learned_row *row,
                 const struct learned_port *port)
{
    if (!row->chassis) {
        return port->chassis != NULL;
    }
    return ((port->chassis && !strcmp(row->chassis, port->chassis))
            || sset_contains(&port->formers, row->chassis));
}

static void
row_run(struct learned_routes *lrs, struct learned_row *row,
        struct problem_set *problems)
{
    const struct learned_port *port = row->port;
    bool counts = port && port->router && row_is_of_holder(row, port);

    row_leave_slot(lrs, row);
    row_set_garbage(lrs, row, !counts);
    row_report(row, counts && row->fault, problems);
    if (counts && !row->fault) {
        row_join_slot(lrs, row);
    }
}

/* Takes the texts of 'config' into 'row'. */
static void
row_parse(struct learned_row *row, const struct learned_row_config *config)
{
    if (ip_prefix_parse(config->ip_prefix, &row->prefix, NULL)) {
        row->fault = xasprintf("ip_prefix \"%.60s\" is no IPv4 or IPv6 "
                               "prefix, so the row has no effect; delete it "
                               "and correct its writer", config->ip_prefix);
    } else if (ip_prefix_parse(config->nexthop, &row->nexthop, NULL)
               || !ip_prefix_is_host(&row->nexthop)) {
        row->fault = xasprintf("nexthop \"%.60s\" is no IP address, so the "
                               "row has no effect; delete it and correct its "
                               "writer", config->nexthop);
    }
    if (!config->nexthop_mac
        || !eth_addr_from_string(config->nexthop_mac, &row->mac)) {
        row->mac = eth_addr_zero;
    }
    row->chassis = nullable_xstrdup(config->chassis);
}

static void
row_leave_port(struct learned_routes *lrs, struct learned_row *row)
{
    struct learned_port *port = row->port;

    if (port) {
        row->port = NULL;
        ovs_list_remove(&row->port_node);
        learned_port_free_if_unused(lrs, port);
    }
}

static void
row_set_port(struct learned_routes *lrs, struct learned_row *row,
             const char *name)
{
    if (!nullable_string_is_equal(row->port ? row->port->name : NULL, name)) {
        row_leave_port(lrs, row);
        if (name) {
            row->port = learned_port_get(lrs, name);
            ovs_list_push_back(&row->port->rows, &row->port_node);
        }
    }
}

/* True if 'a' and 'b' are alike but for the MAC address. */
static bool
row_equals(const struct learned_row *a, const struct learned_row *b)
{
    return (ip_prefix_equals(&a->prefix, &b->prefix)
            && ip_prefix_equals(&a->nexthop, &b->nexthop)
            && nullable_string_is_equal(a->chassis, b->chassis)
            && nullable_string_is_equal(a->fault, b->fault));
}

void
learned_routes_set_row(struct learned_routes *lrs, const struct uuid *uuid,
                       const struct learned_row_config *config)
{
    struct learned_row *row = row_find(lrs, uuid);
    struct learned_row new;

    memset(&new, 0, sizeof new);
    row_parse(&new, config);
    if (row && row_equals(row, &new)
        && nullable_string_is_equal(row->port ? row->port->name : NULL,
                                    config->port)) {
        if (!eth_addr_equals(row->mac, new.mac)) {
            row_vote(lrs, row, false);
            row->mac = new.mac;
            row_vote(lrs, row, true);
        }
        free(new.chassis);
        free(new.fault);
        return;
    } else if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        hmap_insert(&lrs->rows, &row->node, uuid_hash(uuid));
    }
    row_leave_slot(lrs, row);
    row_set_port(lrs, row, config->port);
    lrs->n_invalid += (new.fault != NULL) - (row->fault != NULL);
    free(row->chassis);
    free(row->fault);
    row->prefix = new.prefix;
    row->nexthop = new.nexthop;
    row->mac = new.mac;
    row->chassis = new.chassis;
    row->fault = new.fault;
    row_set_dirty(lrs, row);
}

static void
row_remove(struct learned_routes *lrs, struct learned_row *row)
{
    row_leave_slot(lrs, row);
    row_leave_port(lrs, row);
    row_set_garbage(lrs, row, false);
    if (row->dirty) {
        ovs_list_remove(&row->dirty_node);
    }
    if (row->reported) {
        svec_add_nocopy(&lrs->unreported_rows, row_object(row));
    }
    lrs->n_invalid -= row->fault != NULL;
    hmap_remove(&lrs->rows, &row->node);
    free(row->chassis);
    free(row->fault);
    free(row);
}

void
learned_routes_remove_row(struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_row *row = row_find(lrs, uuid);

    if (row) {
        row_remove(lrs, row);
    }
}

void
learned_routes_clear_southbound(struct learned_routes *lrs)
{
    struct learned_row *row;

    HMAP_FOR_EACH_SAFE (row, node, &lrs->rows) {
        row_remove(lrs, row);
    }
    learned_holders_clear(lrs);
}

size_t
learned_routes_for_each_garbage(const struct learned_routes *lrs, size_t max,
                                void (*cb)(const struct uuid *, void *),
                                void *aux)
{
    const struct learned_row *row;
    size_t n = 0;

    LIST_FOR_EACH (row, garbage_node, &lrs->garbage) {
        if (n >= max) {
            break;
        }
        cb(&row->uuid, aux);
        n++;
    }
    return n;
}

/* Running. */

bool
learned_routes_needs_run(const struct learned_routes *lrs,
                         long long int now)
{
    return (!ovs_list_is_empty(&lrs->dirty_ports)
            || !ovs_list_is_empty(&lrs->dirty_rows)
            || !ovs_list_is_empty(&lrs->dirty_slots)
            || !ovs_list_is_empty(&lrs->dirty_nexthops)
            || !ovs_list_is_empty(&lrs->unreported_ports)
            || lrs->unreported_rows.n || lrs->aging_due
            || now >= learned_routes_next_time(lrs));
}

void
learned_routes_run(struct learned_routes *lrs, const struct view *view,
                   const struct dynamic_routing_ports *ports,
                   struct problem_set *problems, long long int now)
{
    struct learned_port *port;
    struct learned_slot *slot;
    struct learned_row *row;
    const char *name;

    learned_report_forget_rows(lrs, problems);
    learned_holders_run(lrs, now);
    learned_claims_run(lrs, view);
    learned_facts_run(lrs, view);
    if (view->changes.all) {
        HMAP_FOR_EACH (port, node, &lrs->ports) {
            learned_port_set_dirty(lrs, port);
        }
    }
    SSET_FOR_EACH (name, &ports->changed) {
        port = learned_port_find(lrs, name);
        if (port) {
            learned_port_set_dirty(lrs, port);
        }
    }
    LIST_FOR_EACH_POP (port, dirty_node, &lrs->dirty_ports) {
        port->dirty = false;
        port_run(lrs, port, view, ports);
    }
    LIST_FOR_EACH_POP (row, dirty_node, &lrs->dirty_rows) {
        row->dirty = false;
        row_run(lrs, row, problems);
    }
    learned_nexthops_run(lrs, view);
    LIST_FOR_EACH_POP (slot, dirty_node, &lrs->dirty_slots) {
        slot->dirty = false;
        slot_run(lrs, slot, problems, now);
    }
    learned_addresses_run(lrs, view, now);
    learned_pauses_run(lrs, problems, now);
    learned_report_run(lrs, problems);
}

void
learned_routes_set_active(struct learned_routes *lrs, bool active)
{
    lrs->active = active;
}

void
learned_routes_destroy(struct learned_routes *lrs)
{
    struct learned_router *router;
    struct learned_slot *slot;

    if (!lrs) {
        return;
    }
    learned_routes_clear_southbound(lrs);
    learned_claims_clear(lrs);
    learned_facts_clear(lrs);
    learned_nexthop_clear_reservations(lrs);
    learned_nexthop_clear_bindings(lrs, false);
    learned_nexthop_clear_bindings(lrs, true);
    HMAP_FOR_EACH_SAFE (slot, node, &lrs->slots) {
        slot->dirty = slot->pending = false;
        slot->port->unreported = false;
        learned_slot_free_if_unused(lrs, slot);
    }
    HMAP_FOR_EACH_SAFE (router, node, &lrs->routers) {
        router->pause.delay_ms = 0;
        learned_router_free_if_unused(lrs, router);
    }
    hmap_destroy(&lrs->holders);
    hmap_destroy(&lrs->ports);
    hmap_destroy(&lrs->rows);
    hmap_destroy(&lrs->slots);
    hmap_destroy(&lrs->facts);
    hmap_destroy(&lrs->routers);
    hmap_destroy(&lrs->groups);
    hmap_destroy(&lrs->claims);
    hmap_destroy(&lrs->nexthops);
    hmap_destroy(&lrs->addresses);
    hmap_destroy(&lrs->bindings);
    sset_destroy(&lrs->known);
    svec_destroy(&lrs->unreported_rows);
    free(lrs);
}
