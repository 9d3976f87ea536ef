/* learned-claims.c: which prefixes are configured on which router, so that
 * learned routes are withheld.  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <stdlib.h>
#include <string.h>

#include "northd/view-route.h"
#include "northd/view.h"
#include "util.h"
#include "uuid.h"

/* Routers. */

struct learned_router *
learned_router_find(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_router *router;

    HMAP_FOR_EACH_WITH_HASH (router, node, uuid_hash(uuid), &lrs->routers) {
        if (uuid_equals(&router->uuid, uuid)) {
            return router;
        }
    }
    return NULL;
}

struct learned_router *
learned_router_get(struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_router *router = learned_router_find(lrs, uuid);

    if (!router) {
        router = xzalloc(sizeof *router);
        router->uuid = *uuid;
        router->name = xstrdup("");
        ovs_list_init(&router->ports);
        ovs_list_init(&router->claims);
        hmap_insert(&lrs->routers, &router->node, uuid_hash(uuid));
    }
    return router;
}

void
learned_router_free_if_unused(struct learned_routes *lrs,
                              struct learned_router *router)
{
    if (ovs_list_is_empty(&router->ports)
        && ovs_list_is_empty(&router->claims) && !router->pause.delay_ms) {
        hmap_remove(&lrs->routers, &router->node);
        free(router->name);
        free(router);
    }
}

/* Groups. */

struct learned_group *
learned_group_find(const struct learned_routes *lrs, const struct uuid *router,
                   const struct ip_prefix *prefix)
{
    uint32_t hash = ip_prefix_hash(prefix, uuid_hash(router));
    struct learned_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, hash, &lrs->groups) {
        if (uuid_equals(&group->router, router)
            && ip_prefix_equals(&group->prefix, prefix)) {
            return group;
        }
    }
    return NULL;
}

static struct learned_group *
group_get(struct learned_routes *lrs, const struct uuid *router,
          const struct ip_prefix *prefix)
{
    struct learned_group *group = learned_group_find(lrs, router, prefix);

    if (!group) {
        group = xzalloc(sizeof *group);
        group->router = *router;
        group->prefix = *prefix;
        ovs_list_init(&group->slots);
        hmap_insert(&lrs->groups, &group->node,
                    ip_prefix_hash(prefix, uuid_hash(router)));
    }
    return group;
}

static void
group_free_if_unused(struct learned_routes *lrs, struct learned_group *group)
{
    if (!group->n_claims && ovs_list_is_empty(&group->slots)) {
        hmap_remove(&lrs->groups, &group->node);
        free(group);
    }
}

void
learned_group_join(struct learned_routes *lrs, struct learned_slot *slot,
                   const struct uuid *router)
{
    slot->group = group_get(lrs, router, &slot->prefix);
    ovs_list_push_back(&slot->group->slots, &slot->group_node);
}

void
learned_group_leave(struct learned_routes *lrs, struct learned_slot *slot)
{
    struct learned_group *group = slot->group;

    ovs_list_remove(&slot->group_node);
    slot->group = NULL;
    group_free_if_unused(lrs, group);
}

static void
group_slots_set_dirty(struct learned_routes *lrs, struct learned_group *group)
{
    struct learned_slot *slot;

    LIST_FOR_EACH (slot, group_node, &group->slots) {
        learned_slot_set_dirty(lrs, slot);
    }
}

/* Claims. */

static void
claim_add(struct learned_routes *lrs, struct learned_router *router,
          const struct uuid *object, bool is_route,
          const struct ip_prefix *prefix)
{
    struct learned_claim *claim = xzalloc(sizeof *claim);

    claim->object = *object;
    claim->is_route = is_route;
    claim->group = group_get(lrs, &router->uuid, prefix);
    ovs_list_push_back(&router->claims, &claim->router_node);
    hmap_insert(&lrs->claims, &claim->node, uuid_hash(object));
    if (!claim->group->n_claims++) {
        group_slots_set_dirty(lrs, claim->group);
    }
}

static void
claim_remove(struct learned_routes *lrs, struct learned_claim *claim)
{
    struct learned_group *group = claim->group;

    if (!--group->n_claims) {
        group_slots_set_dirty(lrs, group);
    }
    group_free_if_unused(lrs, group);
    ovs_list_remove(&claim->router_node);
    hmap_remove(&lrs->claims, &claim->node);
    free(claim);
}

static bool
router_counts(const struct view_router *router)
{
    return router && router->enabled && router->dynamic_routing;
}

static bool
is_link_local(const char *address)
{
    return !strncmp(address, "169.254.", 8);
}

/* Addresses may have come into use, or out of it, that stand for next hops on
 * the ports of 'uuid'. */
static void
check_addresses(struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_router *router = learned_router_find(lrs, uuid);
    const struct learned_port *port;

    learned_addresses_recheck(lrs);
    if (router) {
        LIST_FOR_EACH (port, router_node, &router->ports) {
            learned_nexthop_recheck(lrs, port);
        }
    }
}

static void
claim_route(struct learned_routes *lrs, const struct view_route *route)
{
    const struct view_route_config *config = &route->config;
    struct ip_prefix prefix;

    if ((!config->learned_row || config->learned_taken)
        && !config->source_policy
        && !config->route_table[0] && !config->bfd_down
        && router_counts(route->router)
        && !ip_prefix_parse(config->ip_prefix, &prefix, NULL)) {
        claim_add(lrs, learned_router_get(lrs, &route->router->uuid),
                  &route->uuid, true, &prefix);
        if (is_link_local(config->nexthop)) {
            check_addresses(lrs, &route->router->uuid);
        }
    }
}

static void
claim_port(struct learned_routes *lrs, const struct view_router_port *port)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        claim_add(lrs, learned_router_get(lrs, &port->router->uuid),
                  &port->uuid, false, &port->networks[i].prefix);
    }
}

/* Drops the claims of 'uuid' and makes those that there are now. */
static void
redo_router(struct learned_routes *lrs, const struct view *view,
            const struct uuid *uuid)
{
    const struct view_router *vr = view_find_router(view, uuid);
    struct learned_router *router = learned_router_find(lrs, uuid);
    const struct view_router_port *port;
    const struct view_route *route;

    learned_addresses_recheck(lrs);
    if (router) {
        struct learned_claim *claim;
        struct learned_port *p;

        LIST_FOR_EACH_SAFE (claim, router_node, &router->claims) {
            claim_remove(lrs, claim);
        }
        LIST_FOR_EACH (p, router_node, &router->ports) {
            learned_port_set_dirty(lrs, p);
        }
        learned_router_free_if_unused(lrs, router);
    }
    if (router_counts(vr)) {
        LIST_FOR_EACH (port, router_node, &vr->ports) {
            claim_port(lrs, port);
        }
        LIST_FOR_EACH (route, router_node, &vr->routes) {
            claim_route(lrs, route);
        }
    }
}

static struct learned_claim *
route_claim_find(const struct learned_routes *lrs, const struct uuid *uuid)
{
    struct learned_claim *claim;

    HMAP_FOR_EACH_WITH_HASH (claim, node, uuid_hash(uuid), &lrs->claims) {
        if (claim->is_route && uuid_equals(&claim->object, uuid)) {
            return claim;
        }
    }
    return NULL;
}

/* What 'uuid' stands for may claim another prefix, or none, or be a NAT. */
static void
redo_object(struct learned_routes *lrs, const struct view *view,
            const struct uuid *uuid)
{
    const struct view_route *route = view_find_route(view, uuid);
    struct learned_claim *claim = route_claim_find(lrs, uuid);

    if (claim) {
        struct learned_router *router
            = learned_router_find(lrs, &claim->group->router);

        claim_remove(lrs, claim);
        learned_router_free_if_unused(lrs, router);
    }
    if (route) {
        claim_route(lrs, route);
    } else {
        const struct view_nat *nat = view_find_nat(view, uuid);

        if (nat && nat->router
            && (is_link_local(nat->config.external_ip)
                || is_link_local(nat->config.logical_ip))) {
            check_addresses(lrs, &nat->router->uuid);
        }
    }
}

void
learned_claims_run(struct learned_routes *lrs, const struct view *view)
{
    const struct view_change *change;
    const struct view_router *router;

    if (view->changes.all) {
        learned_claims_clear(lrs);
        HMAP_FOR_EACH (router, node, &view->routers) {
            redo_router(lrs, view, &router->uuid);
        }
    }
    HMAP_FOR_EACH (change, node, &view->changes.set) {
        if (change->kind == VIEW_OBJECT) {
            redo_object(lrs, view, &change->object.uuid);
        }
    }
    HMAP_FOR_EACH (change, node, &view->changes.set) {
        if (change->kind == VIEW_ROUTER) {
            redo_router(lrs, view, &change->object.uuid);
        }
    }
}

void
learned_claims_clear(struct learned_routes *lrs)
{
    struct learned_claim *claim;

    HMAP_FOR_EACH_SAFE (claim, node, &lrs->claims) {
        struct learned_router *router
            = learned_router_find(lrs, &claim->group->router);

        claim_remove(lrs, claim);
        learned_router_free_if_unused(lrs, router);
    }
}
