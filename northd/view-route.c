/* view-route.c: the sources' view of the Northbound database: static routes.  See
 * the header. */
#include <config.h>
#include "northd/view-route.h"

#include <stdlib.h>
#include <string.h>

#include "northd/view-private.h"
#include "util.h"
#include "uuid.h"

struct view_route *
view_find_route(const struct view *view, const struct uuid *uuid)
{
    struct view_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, uuid_hash(uuid), &view->routes) {
        if (uuid_equals(&route->uuid, uuid)) {
            return route;
        }
    }
    return NULL;
}

static void
route_config_clone(struct view_route_config *dst,
                   const struct view_route_config *src)
{
    *dst = *src;
    dst->ip_prefix = xstrdup(src->ip_prefix);
    dst->nexthop = xstrdup(src->nexthop);
    dst->output_port = nullable_xstrdup(src->output_port);
    dst->route_table = xstrdup(src->route_table);
    dst->origin = nullable_xstrdup(src->origin);
    dst->metric = nullable_xstrdup(src->metric);
    dst->learned_row = nullable_xstrdup(src->learned_row);
    dst->learned_via = nullable_xstrdup(src->learned_via);
}

static void
route_config_destroy(struct view_route_config *config)
{
    free(config->ip_prefix);
    free(config->nexthop);
    free(config->output_port);
    free(config->route_table);
    free(config->origin);
    free(config->metric);
    free(config->learned_row);
    free(config->learned_via);
}

static bool
route_config_equals(const struct view_route_config *a,
                    const struct view_route_config *b)
{
    return (!strcmp(a->ip_prefix, b->ip_prefix)
            && !strcmp(a->nexthop, b->nexthop)
            && view_string_equals(a->output_port, b->output_port)
            && !strcmp(a->route_table, b->route_table)
            && view_string_equals(a->origin, b->origin)
            && view_string_equals(a->metric, b->metric)
            && a->source_policy == b->source_policy
            && a->bfd_down == b->bfd_down
            && a->has_bfd == b->has_bfd
            && view_string_equals(a->learned_row, b->learned_row)
            && view_string_equals(a->learned_via, b->learned_via)
            && a->learned_taken == b->learned_taken
            && a->advertise == b->advertise);
}

void
view_route_set(struct view *view, const struct uuid *uuid,
               const struct view_route_config *config)
{
    struct view_route *route = view_find_route(view, uuid);

    if (!route) {
        route = xzalloc(sizeof *route);
        route->uuid = *uuid;
        hmap_insert(&view->routes, &route->node, uuid_hash(uuid));
    } else if (route_config_equals(&route->config, config)) {
        return;
    } else {
        route_config_destroy(&route->config);
    }
    route_config_clone(&route->config, config);
    if (route->router) {
        view_note(view, VIEW_OBJECT, uuid);
    }
}

void
view_route_remove(struct view *view, const struct uuid *uuid)
{
    struct view_route *route = view_find_route(view, uuid);

    if (route) {
        if (route->router) {
            view_route_detach(view, uuid, &route->router->uuid);
        }
        hmap_remove(&view->routes, &route->node);
        route_config_destroy(&route->config);
        free(route);
    }
}

void
view_route_attach(struct view *view, const struct uuid *route_uuid,
                  const struct uuid *router_uuid)
{
    struct view_route *route = view_find_route(view, route_uuid);
    struct view_router *router = view_find_router(view, router_uuid);

    if (route && router && route->router != router) {
        if (route->router) {
            ovs_list_remove(&route->router_node);
        }
        route->router = router;
        ovs_list_push_back(&router->routes, &route->router_node);
        view_note(view, VIEW_OBJECT, route_uuid);
    }
}

void
view_route_detach(struct view *view, const struct uuid *route_uuid,
                  const struct uuid *router_uuid)
{
    struct view_route *route = view_find_route(view, route_uuid);

    if (route && route->router
        && uuid_equals(&route->router->uuid, router_uuid)) {
        view_note(view, VIEW_OBJECT, route_uuid);
        ovs_list_remove(&route->router_node);
        route->router = NULL;
    }
}
