/* advertised-route.c: the set of advertised routes, whole and incremental.  See
 * the header. */
#include <config.h>
#include "northd/advertised-route.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/problem.h"
#include "northd/connected-routes.h"
#include "northd/nat-routes.h"
#include "northd/route-source.h"
#include "northd/view.h"
#include "util.h"
#include "uuid.h"

/* All sources. */
static const struct route_source *const route_sources[] = {
    &connected_routes,
    &nat_routes,
};

/* Sets of routes. */

void
advertised_route_set_init(struct advertised_route_set *set)
{
    hmap_init(&set->routes);
    ovs_list_init(&set->changed);
}

void
advertised_route_set_destroy(struct advertised_route_set *set)
{
    struct advertised_route *route;

    HMAP_FOR_EACH_POP (route, node, &set->routes) {
        free(route);
    }
    hmap_destroy(&set->routes);
}

static uint32_t
route_hash(const char *port, const struct ip_prefix *prefix)
{
    return hash_string(port, ip_prefix_hash(prefix, 0));
}

static bool
route_has_target(const struct advertised_route *route, const char *port,
                 const struct ip_prefix *prefix)
{
    return (ip_prefix_equals(&route->prefix, prefix)
            && !strcmp(route->port, port));
}

static struct advertised_route *
route_find(const struct advertised_route_set *set, const char *port,
           const struct ip_prefix *prefix, const char *tracked_port)
{
    struct advertised_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, route_hash(port, prefix),
                             &set->routes) {
        if (route_has_target(route, port, prefix)
            && (tracked_port && route->tracked_port
                ? !strcmp(route->tracked_port, tracked_port)
                : !tracked_port && !route->tracked_port)) {
            return route;
        }
    }
    return NULL;
}

const struct advertised_route *
advertised_route_set_find(const struct advertised_route_set *set,
                          const char *port, const struct ip_prefix *prefix,
                          const char *tracked_port)
{
    return route_find(set, port, prefix, tracked_port);
}

bool
advertised_route_is_wanted(const struct advertised_route_set *set,
                           const struct advertised_route *route)
{
    const struct advertised_route *other;

    if (!route->n_contributions || route->tracked_port) {
        return route->n_contributions > 0;
    }
    HMAP_FOR_EACH_WITH_HASH (other, node,
                             route_hash(route->port, &route->prefix),
                             &set->routes) {
        if (other->tracked_port && other->n_contributions
            && route_has_target(other, route->port, &route->prefix)) {
            return false;
        }
    }
    return true;
}

static void
route_set_changed(struct advertised_route_set *set,
                  struct advertised_route *route)
{
    if (!route->changed) {
        route->changed = true;
        ovs_list_push_back(&set->changed, &route->changed_node);
    }
}

/* 'route' got its first contribution or lost its last. */
static void
route_toggled(struct advertised_route_set *set, struct advertised_route *route)
{
    route_set_changed(set, route);
    if (route->tracked_port) {
        struct advertised_route *hidden = route_find(set, route->port,
                                                     &route->prefix, NULL);

        if (hidden) {
            route_set_changed(set, hidden);
        }
    }
}

/* Adds a contribution to the route with that key. */
static struct advertised_route *
route_add(struct advertised_route_set *set, const char *port,
          const struct ip_prefix *prefix, const char *tracked_port)
{
    struct advertised_route *route = route_find(set, port, prefix,
                                                tracked_port);

    if (!route) {
        size_t port_len = strlen(port) + 1;
        size_t tracked_len = tracked_port ? strlen(tracked_port) + 1 : 0;
        char *names;

        /* One piece of memory: there may be very many. */
        route = xzalloc(sizeof *route + port_len + tracked_len);
        names = (char *) (route + 1);
        route->prefix = *prefix;
        route->port = memcpy(names, port, port_len);
        if (tracked_port) {
            route->tracked_port = memcpy(names + port_len, tracked_port,
                                         tracked_len);
        }
        hmap_insert(&set->routes, &route->node, route_hash(port, prefix));
    }
    if (!route->n_contributions++) {
        route_toggled(set, route);
    }
    return route;
}

static void
route_withdraw(struct advertised_route_set *set,
               struct advertised_route *route)
{
    if (!--route->n_contributions) {
        route_toggled(set, route);
    }
}

static void
advertised_route_set_clear_changed(struct advertised_route_set *set)
{
    struct advertised_route *route;

    LIST_FOR_EACH_POP (route, changed_node, &set->changed) {
        route->changed = false;
        if (!route->n_contributions) {
            hmap_remove(&set->routes, &route->node);
            free(route);
        }
    }
}

/* Full computation. */

struct compute_sink {
    struct route_sink sink;
    struct advertised_route_set *set;
};

static void
compute_route(struct route_sink *sink_, const struct view_router_port *port,
              const struct uuid *object OVS_UNUSED,
              const struct ip_prefix *prefix, const char *tracked_port)
{
    struct compute_sink *sink = CONTAINER_OF(sink_, struct compute_sink, sink);

    route_add(sink->set, port->name, prefix, tracked_port);
}

static void
compute_invalid(struct route_sink *sink OVS_UNUSED,
                const struct view_router_port *port OVS_UNUSED,
                const struct uuid *object OVS_UNUSED,
                const char *name OVS_UNUSED, const char *text OVS_UNUSED)
{
    /* Incremental computation reports it. */
}

void
advertised_route_compute(const struct view *view, const struct uuid *uuid,
                         struct advertised_route_set *set)
{
    struct compute_sink sink = { { compute_route, compute_invalid }, set };
    const struct view_router *router = view_find_router(view, uuid);
    const struct view_router_port *port;

    if (!router) {
        return;
    }
    LIST_FOR_EACH (port, router_node, &router->ports) {
        for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
            if (view_router_port_sources(port) & route_sources[i]->source) {
                route_sources[i]->advertise(view, port, &sink.sink);
            }
        }
    }
    advertised_route_set_clear_changed(set);
}

/* Incremental computation. */

/* A port as advertiser, or an object. */
struct contributor {
    struct hmap_node node;      /* In 'ports' or 'objects', by uuid. */
    struct uuid uuid;           /* Of a row that may be gone. */
    struct ovs_list contributions; /* Of struct contribution. */
    struct ovs_list redo_node;  /* In 'redo_ports' or 'redo_objects'. */
    bool redo;                  /* Is in there. */

    /* Objects only. */
    struct ovs_list problem_node; /* In 'recheck'. */
    bool recheck;               /* Is in there. */
    size_t n_invalid;           /* Contributions without a route. */
    const char *source;         /* Who found it invalid... */
    char *name;                 /* ...what it is called... */
    char *text;                 /* ...and why. */
    char *reported;             /* 'name' in the report there is, or NULL. */
};

/* One route that a port advertises because of an object. */
struct contribution {
    struct ovs_list port_node;  /* In the port's 'contributions'. */
    struct ovs_list object_node; /* In the object's 'contributions'. */
    struct contributor *object;
    struct advertised_route *route; /* NULL: the object is invalid. */
};

struct advertised_routes {
    struct advertised_route_set set;
    struct hmap ports;          /* Of struct contributor. */
    struct hmap objects;        /* Of struct contributor. */

    /* For the time of advertised_routes_run(). */
    struct ovs_list redo_ports; /* Of struct contributor. */
    struct ovs_list redo_objects; /* Of struct contributor. */
    struct ovs_list recheck;    /* Of struct contributor. */

    struct advertised_routes_stats stats;
};

struct advertised_routes *
advertised_routes_create(void)
{
    struct advertised_routes *ar = xzalloc(sizeof *ar);

    advertised_route_set_init(&ar->set);
    hmap_init(&ar->ports);
    hmap_init(&ar->objects);
    ovs_list_init(&ar->redo_ports);
    ovs_list_init(&ar->redo_objects);
    ovs_list_init(&ar->recheck);
    return ar;
}

const struct advertised_route_set *
advertised_routes_get(const struct advertised_routes *ar)
{
    return &ar->set;
}

const struct advertised_routes_stats *
advertised_routes_get_stats(const struct advertised_routes *ar)
{
    return &ar->stats;
}

void
advertised_routes_clear_changed(struct advertised_routes *ar)
{
    advertised_route_set_clear_changed(&ar->set);
}

static struct contributor *
contributor_find(const struct hmap *map, const struct uuid *uuid)
{
    struct contributor *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, uuid_hash(uuid), map) {
        if (uuid_equals(&c->uuid, uuid)) {
            return c;
        }
    }
    return NULL;
}

static struct contributor *
contributor_get(struct hmap *map, const struct uuid *uuid)
{
    struct contributor *c = contributor_find(map, uuid);

    if (!c) {
        c = xzalloc(sizeof *c);
        c->uuid = *uuid;
        ovs_list_init(&c->contributions);
        hmap_insert(map, &c->node, uuid_hash(uuid));
    }
    return c;
}

static void
contributor_free(struct hmap *map, struct contributor *c)
{
    hmap_remove(map, &c->node);
    free(c->name);
    free(c->text);
    free(c->reported);
    free(c);
}

static void
object_recheck(struct advertised_routes *ar, struct contributor *object)
{
    if (!object->recheck) {
        object->recheck = true;
        ovs_list_push_back(&ar->recheck, &object->problem_node);
    }
}

static struct contribution *
contribution_add(struct advertised_routes *ar,
                 const struct view_router_port *port,
                 struct contributor *object)
{
    struct contribution *c = xmalloc(sizeof *c);
    struct contributor *p = contributor_get(&ar->ports, &port->uuid);

    c->object = object;
    c->route = NULL;
    ovs_list_push_back(&p->contributions, &c->port_node);
    ovs_list_push_back(&object->contributions, &c->object_node);
    return c;
}

static void
contribution_drop(struct advertised_routes *ar, struct contribution *c)
{
    if (c->route) {
        route_withdraw(&ar->set, c->route);
    } else {
        c->object->n_invalid--;
    }
    object_recheck(ar, c->object);
    ovs_list_remove(&c->port_node);
    ovs_list_remove(&c->object_node);
    free(c);
}

void
advertised_routes_destroy(struct advertised_routes *ar)
{
    struct contributor *p, *object;
    struct contribution *c;

    if (!ar) {
        return;
    }
    HMAP_FOR_EACH_SAFE (p, node, &ar->ports) {
        LIST_FOR_EACH_SAFE (c, port_node, &p->contributions) {
            contribution_drop(ar, c);
        }
        contributor_free(&ar->ports, p);
    }
    HMAP_FOR_EACH_SAFE (object, node, &ar->objects) {
        contributor_free(&ar->objects, object);
    }
    hmap_destroy(&ar->ports);
    hmap_destroy(&ar->objects);
    advertised_route_set_destroy(&ar->set);
    free(ar);
}

/* Step 1: what is to be redone loses its contributions. */

static void
redo_port(struct advertised_routes *ar, const struct uuid *uuid)
{
    struct contributor *p = contributor_get(&ar->ports, uuid);
    struct contribution *c;

    if (!p->redo) {
        p->redo = true;
        ovs_list_push_back(&ar->redo_ports, &p->redo_node);
        LIST_FOR_EACH_SAFE (c, port_node, &p->contributions) {
            contribution_drop(ar, c);
        }
        ar->stats.ports++;
    }
}

static void
redo_object(struct advertised_routes *ar, const struct uuid *uuid)
{
    struct contributor *object = contributor_get(&ar->objects, uuid);
    struct contribution *c;

    if (!object->redo) {
        object->redo = true;
        ovs_list_push_back(&ar->redo_objects, &object->redo_node);
        object_recheck(ar, object);
        LIST_FOR_EACH_SAFE (c, object_node, &object->contributions) {
            contribution_drop(ar, c);
        }
        ar->stats.objects++;
    }
}

/* All objects that belong to a router. */
static void
redo_owner(struct advertised_routes *ar, const struct view_router *router)
{
    const struct view_router_port *port;
    const struct view_nat *nat;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        redo_object(ar, &port->uuid);
    }
    LIST_FOR_EACH (nat, router_node, &router->nats) {
        redo_object(ar, &nat->uuid);
    }
}

static void
redo_all(struct advertised_routes *ar, const struct view *view)
{
    const struct view_router_port *port;
    const struct view_router *router;
    struct contributor *c;

    ar->stats.full++;
    HMAP_FOR_EACH (c, node, &ar->ports) {
        redo_port(ar, &c->uuid);
    }
    HMAP_FOR_EACH (port, node, &view->router_ports) {
        redo_port(ar, &port->uuid);
    }
    HMAP_FOR_EACH (c, node, &ar->objects) {
        redo_object(ar, &c->uuid);
    }
    HMAP_FOR_EACH (router, node, &view->routers) {
        redo_owner(ar, router);
    }
}

static void
redo_changed(struct advertised_routes *ar, const struct view *view)
{
    const struct view_change *change;

    HMAP_FOR_EACH (change, node, &view->changes.set) {
        const struct view_router *router;

        switch (change->kind) {
        case VIEW_ADVERTISER:
            redo_port(ar, &change->uuid);
            break;
        case VIEW_OBJECT:
            redo_object(ar, &change->uuid);
            break;
        case VIEW_OWNER:
            router = view_find_router(view, &change->uuid);
            if (router) {
                redo_owner(ar, router);
            }
            break;
        case VIEW_ROUTER:
            break;
        }
    }
}

/* Step 2: sources give new contributions. */

struct redo_sink {
    struct route_sink sink;
    struct advertised_routes *ar;
    const struct route_source *source;
    bool skip_objects;          /* Those to be redone come in their turn. */
};

/* Returns the contributor for 'object', or NULL if it is not to be. */
static struct contributor *
redo_sink_object(struct redo_sink *sink, const struct uuid *uuid)
{
    struct contributor *object = contributor_get(&sink->ar->objects, uuid);

    return sink->skip_objects && object->redo ? NULL : object;
}

static void
redo_sink_route(struct route_sink *sink_, const struct view_router_port *port,
                const struct uuid *uuid, const struct ip_prefix *prefix,
                const char *tracked_port)
{
    struct redo_sink *sink = CONTAINER_OF(sink_, struct redo_sink, sink);
    struct contributor *object = redo_sink_object(sink, uuid);

    if (object) {
        struct contribution *c = contribution_add(sink->ar, port, object);

        c->route = route_add(&sink->ar->set, port->name, prefix,
                             tracked_port);
    }
}

static void
redo_sink_invalid(struct route_sink *sink_,
                  const struct view_router_port *port, const struct uuid *uuid,
                  const char *name, const char *text)
{
    struct redo_sink *sink = CONTAINER_OF(sink_, struct redo_sink, sink);
    struct advertised_routes *ar = sink->ar;
    struct contributor *object = redo_sink_object(sink, uuid);

    if (object) {
        contribution_add(ar, port, object);
        object->n_invalid++;
        object_recheck(ar, object);
        object->source = sink->source->name;
        free(object->name);
        object->name = xstrdup(name);
        free(object->text);
        object->text = xstrdup(text);
    }
}

static void
redo_contributions(struct advertised_routes *ar, const struct view *view)
{
    struct redo_sink sink = {
        { redo_sink_route, redo_sink_invalid }, ar, NULL, true
    };
    struct contributor *c;

    LIST_FOR_EACH (c, redo_node, &ar->redo_ports) {
        const struct view_router_port *port
            = view_find_router_port(view, &c->uuid);
        unsigned int sources = port ? view_router_port_sources(port) : 0;

        for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
            sink.source = route_sources[i];
            if (sources & sink.source->source) {
                sink.source->advertise(view, port, &sink.sink);
            }
        }
    }

    sink.skip_objects = false;
    LIST_FOR_EACH (c, redo_node, &ar->redo_objects) {
        for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
            sink.source = route_sources[i];
            sink.source->spread(view, &c->uuid, &sink.sink);
        }
    }
}

/* Step 3: problems appear and go, and what contributes nothing is forgotten. */

/* Takes back what was reported about 'object' and does not hold any more. */
static void
object_resolve(struct contributor *object, struct problem_set *problems)
{
    if (object->reported && (!object->n_invalid
                             || strcmp(object->reported, object->name))) {
        problem_resolve(problems, object->source, object->reported);
        free(object->reported);
        object->reported = NULL;
    }
}

static void
object_report(struct contributor *object, struct problem_set *problems)
{
    if (object->n_invalid) {
        problem_report(problems, object->source, object->name, "%s",
                       object->text);
        if (!object->reported) {
            object->reported = xstrdup(object->name);
        }
    }
}

static void
redo_finish(struct advertised_routes *ar, struct problem_set *problems)
{
    struct contributor *c;

    LIST_FOR_EACH_POP (c, redo_node, &ar->redo_ports) {
        c->redo = false;
        if (ovs_list_is_empty(&c->contributions)) {
            contributor_free(&ar->ports, c);
        }
    }
    LIST_FOR_EACH_POP (c, redo_node, &ar->redo_objects) {
        c->redo = false;
    }
    /* All that goes, goes first: names may have been swapped. */
    LIST_FOR_EACH (c, problem_node, &ar->recheck) {
        object_resolve(c, problems);
    }
    LIST_FOR_EACH_POP (c, problem_node, &ar->recheck) {
        c->recheck = false;
        object_report(c, problems);
        if (ovs_list_is_empty(&c->contributions)) {
            contributor_free(&ar->objects, c);
        }
    }
}

void
advertised_routes_run(struct advertised_routes *ar, const struct view *view,
                      struct problem_set *problems)
{
    if (view->changes.all) {
        redo_all(ar, view);
    } else {
        redo_changed(ar, view);
    }
    redo_contributions(ar, view);
    redo_finish(ar, problems);
}
