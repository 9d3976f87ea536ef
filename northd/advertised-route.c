/* advertised-route.c: what is advertised, whole and incremental.  See the
 * header. */
#include <config.h>
#include "northd/advertised-route.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/problem.h"
#include "northd/connected-routes.h"
#include "northd/host-routes.h"
#include "northd/lb-routes.h"
#include "northd/nat-routes.h"
#include "northd/route-source.h"
#include "northd/static-routes.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* All sources. */
static const struct route_source *const route_sources[] = {
    &connected_routes,
    &ic_connected_routes,
    &host_routes,
    &static_routes,
    &hub_spoke_routes,
    &nat_routes,
    &lb_routes,
};

const struct route_source *const *
advertised_route_get_sources(size_t *n)
{
    *n = ARRAY_SIZE(route_sources);
    return route_sources;
}

/* Full computation. */

struct compute_sink {
    struct route_sink sink;
    struct advertised_route_set *set;
};

static void
compute_route(struct route_sink *sink_, const struct view_router_port *port,
              const struct view_object *object OVS_UNUSED,
              const struct route_value *value)
{
    struct compute_sink *sink = CONTAINER_OF(sink_, struct compute_sink, sink);

    if (view_router_port_permits(port, &value->prefix)) {
        advertised_route_set_add(sink->set, port->name, value);
    }
}

static void
compute_invalid(struct route_sink *sink OVS_UNUSED,
                const struct view_router_port *port OVS_UNUSED,
                const struct view_object *object OVS_UNUSED,
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
    struct hmap_node node;      /* In 'ports' or 'objects', by 'id'. */
    struct view_object id;      /* Of rows that may be gone. */
    struct ovs_list contributions; /* Of struct contribution. */
    struct ovs_list redo_node;  /* In 'redo_ports' or 'redo_objects'. */
    bool redo;                  /* Is in there. */
    bool check;                 /* An object, and in... */
    struct ovs_list check_node; /* ...'check': may be of no more use. */
};

/* One route that a port advertises because of an object, or a problem with
 * that. */
struct contribution {
    struct ovs_list port_node;  /* In the port's 'contributions'. */
    struct ovs_list object_node; /* In the object's 'contributions'. */
    struct contributor *object;
    struct advertised_route *route; /* This or... */
    struct report *report;      /* ...this is nonnull. */
    size_t source;              /* Index in 'route_sources'. */
};

/* A problem. */
struct report {
    struct hmap_node node;      /* In 'reports', by 'source' and 'name'. */
    const char *source;         /* Who found it... */
    char *name;                 /* ...what the object is called... */
    char *text;                 /* ...and what is wrong. */
    size_t n_contributions;     /* 0: about to be taken back. */
    struct ovs_list check_node; /* In 'check_reports'... */
    bool check;                 /* ...if this is true. */
};

struct advertised_routes {
    struct advertised_route_set set;
    struct hmap ports;          /* Of struct contributor. */
    struct hmap objects;        /* Of struct contributor. */
    struct hmap reports;        /* Of struct report. */

    /* For the time of advertised_routes_run(). */
    struct ovs_list redo_ports; /* Of struct contributor. */
    struct ovs_list redo_objects; /* Of struct contributor. */
    struct ovs_list check;      /* Of struct contributor. */
    struct ovs_list check_reports; /* Of struct report. */

    struct advertised_routes_stats stats;
    size_t n_routes[ARRAY_SIZE(route_sources)]; /* Contributions of each. */
};

struct advertised_routes *
advertised_routes_create(void)
{
    struct advertised_routes *ar = xzalloc(sizeof *ar);

    advertised_route_set_init(&ar->set);
    hmap_init(&ar->ports);
    hmap_init(&ar->objects);
    hmap_init(&ar->reports);
    ovs_list_init(&ar->redo_ports);
    ovs_list_init(&ar->redo_objects);
    ovs_list_init(&ar->check);
    ovs_list_init(&ar->check_reports);
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
advertised_routes_format_sources(const struct advertised_routes *ar,
                                 struct ds *s)
{
    size_t start = s->length;

    for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
        size_t n = ar->n_routes[i];

        /* What shows under one name comes together in the table. */
        while (i + 1 < ARRAY_SIZE(route_sources)
               && !strcmp(route_sources[i]->name,
                          route_sources[i + 1]->name)) {
            n += ar->n_routes[++i];
        }
        ds_put_format(s, "%s%s %"PRIuSIZE, s->length > start ? ", " : "",
                      route_sources[i]->name, n);
    }
}

void
advertised_routes_clear_changed(struct advertised_routes *ar)
{
    advertised_route_set_clear_changed(&ar->set);
}

static struct contributor *
contributor_get(struct hmap *map, const struct view_object *id)
{
    uint32_t hash = uuid_hash(&id->uuid) ^ uuid_hash(&id->owner);
    struct contributor *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, hash, map) {
        if (uuid_equals(&c->id.uuid, &id->uuid)
            && uuid_equals(&c->id.owner, &id->owner)) {
            return c;
        }
    }
    c = xzalloc(sizeof *c);
    c->id = *id;
    ovs_list_init(&c->contributions);
    hmap_insert(map, &c->node, hash);
    return c;
}

static void
contributor_free(struct hmap *map, struct contributor *c)
{
    hmap_remove(map, &c->node);
    free(c);
}

static void
object_check(struct advertised_routes *ar, struct contributor *object)
{
    if (!object->check) {
        object->check = true;
        ovs_list_push_back(&ar->check, &object->check_node);
    }
}

static struct report *
report_get(struct advertised_routes *ar, const char *source, const char *name)
{
    uint32_t hash = hash_string(name, hash_string(source, 0));
    struct report *report;

    HMAP_FOR_EACH_WITH_HASH (report, node, hash, &ar->reports) {
        if (!strcmp(report->name, name) && !strcmp(report->source, source)) {
            return report;
        }
    }
    report = xzalloc(sizeof *report);
    report->source = source;
    report->name = xstrdup(name);
    hmap_insert(&ar->reports, &report->node, hash);
    return report;
}

static void
report_free(struct advertised_routes *ar, struct report *report)
{
    hmap_remove(&ar->reports, &report->node);
    free(report->name);
    free(report->text);
    free(report);
}

static void
report_check(struct advertised_routes *ar, struct report *report)
{
    if (!report->check) {
        report->check = true;
        ovs_list_push_back(&ar->check_reports, &report->check_node);
    }
}

static struct contribution *
contribution_add(struct advertised_routes *ar,
                 const struct view_router_port *port,
                 struct contributor *object)
{
    struct view_object id = { port->uuid, UUID_ZERO };
    struct contributor *p = contributor_get(&ar->ports, &id);
    struct contribution *c = xzalloc(sizeof *c);

    c->object = object;
    ovs_list_push_back(&p->contributions, &c->port_node);
    ovs_list_push_back(&object->contributions, &c->object_node);
    return c;
}

static void
contribution_drop(struct advertised_routes *ar, struct contribution *c)
{
    if (c->route) {
        advertised_route_set_withdraw(&ar->set, c->route);
        ar->n_routes[c->source]--;
    } else {
        c->report->n_contributions--;
        report_check(ar, c->report);
    }
    object_check(ar, c->object);
    ovs_list_remove(&c->port_node);
    ovs_list_remove(&c->object_node);
    free(c);
}

void
advertised_routes_destroy(struct advertised_routes *ar)
{
    struct contributor *p, *object;
    struct contribution *c;
    struct report *report;

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
    HMAP_FOR_EACH_SAFE (report, node, &ar->reports) {
        report_free(ar, report);
    }
    hmap_destroy(&ar->ports);
    hmap_destroy(&ar->objects);
    hmap_destroy(&ar->reports);
    advertised_route_set_destroy(&ar->set);
    free(ar);
}

/* Step 1: what is to be redone loses its contributions. */

static void
redo_port(struct advertised_routes *ar, const struct uuid *uuid)
{
    struct view_object id = { *uuid, UUID_ZERO };
    struct contributor *p = contributor_get(&ar->ports, &id);
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
redo_object(struct advertised_routes *ar, const struct view_object *id)
{
    struct contributor *object = contributor_get(&ar->objects, id);
    struct contribution *c;

    if (!object->redo) {
        object->redo = true;
        ovs_list_push_back(&ar->redo_objects, &object->redo_node);
        object_check(ar, object);
        LIST_FOR_EACH_SAFE (c, object_node, &object->contributions) {
            contribution_drop(ar, c);
        }
        ar->stats.objects++;
    }
}

static void
redo_owned_object(const struct view_object *object, void *ar)
{
    redo_object(ar, object);
}

static void
redo_all(struct advertised_routes *ar, const struct view *view)
{
    const struct view_router_port *port;
    struct contributor *c;

    ar->stats.full++;
    HMAP_FOR_EACH (c, node, &ar->ports) {
        redo_port(ar, &c->id.uuid);
    }
    HMAP_FOR_EACH (port, node, &view->router_ports) {
        redo_port(ar, &port->uuid);
    }
    HMAP_FOR_EACH (c, node, &ar->objects) {
        redo_object(ar, &c->id);
    }
    view_for_each_object(view, redo_owned_object, ar);
}

static void
redo_changed(struct advertised_routes *ar, const struct view *view)
{
    const struct view_change *change;

    HMAP_FOR_EACH (change, node, &view->changes.set) {
        const struct view_router *router;

        switch (change->kind) {
        case VIEW_ADVERTISER:
            redo_port(ar, &change->object.uuid);
            break;
        case VIEW_OBJECT:
            redo_object(ar, &change->object);
            break;
        case VIEW_OWNER:
            router = view_find_router(view, &change->object.uuid);
            if (router) {
                view_for_each_owned(router, redo_owned_object, ar);
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
    size_t source;              /* Index in 'route_sources'. */
    bool skip_objects;          /* Those to be redone come in their turn. */
};

/* Returns a contribution of 'object' to what 'port' advertises, or NULL if there
 * is to be none. */
static struct contribution *
redo_sink_contribution(struct redo_sink *sink,
                       const struct view_router_port *port,
                       const struct view_object *id)
{
    struct contributor *object = contributor_get(&sink->ar->objects, id);

    return (sink->skip_objects && object->redo
            ? NULL : contribution_add(sink->ar, port, object));
}

static void
redo_sink_route(struct route_sink *sink_, const struct view_router_port *port,
                const struct view_object *object,
                const struct route_value *value)
{
    struct redo_sink *sink = CONTAINER_OF(sink_, struct redo_sink, sink);
    struct contribution *c;

    if (!view_router_port_permits(port, &value->prefix)) {
        return;
    }
    c = redo_sink_contribution(sink, port, object);
    if (c) {
        c->route = advertised_route_set_add(&sink->ar->set, port->name, value);
        c->source = sink->source;
        sink->ar->n_routes[c->source]++;
    }
}

static void
redo_sink_invalid(struct route_sink *sink_,
                  const struct view_router_port *port,
                  const struct view_object *object, const char *name,
                  const char *text)
{
    struct redo_sink *sink = CONTAINER_OF(sink_, struct redo_sink, sink);
    struct contribution *c = redo_sink_contribution(sink, port, object);

    if (c) {
        c->report = report_get(sink->ar, route_sources[sink->source]->name,
                               name);
        c->report->n_contributions++;
        free(c->report->text);
        c->report->text = xstrdup(text);
        report_check(sink->ar, c->report);
    }
}

static void
redo_contributions(struct advertised_routes *ar, const struct view *view)
{
    struct redo_sink sink = {
        { redo_sink_route, redo_sink_invalid }, ar, 0, true
    };
    struct contributor *c;

    LIST_FOR_EACH (c, redo_node, &ar->redo_ports) {
        const struct view_router_port *port
            = view_find_router_port(view, &c->id.uuid);
        unsigned int sources = port ? view_router_port_sources(port) : 0;

        for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
            sink.source = i;
            if (sources & route_sources[i]->source) {
                route_sources[i]->advertise(view, port, &sink.sink);
            }
        }
    }

    sink.skip_objects = false;
    LIST_FOR_EACH (c, redo_node, &ar->redo_objects) {
        for (size_t i = 0; i < ARRAY_SIZE(route_sources); i++) {
            sink.source = i;
            route_sources[i]->spread(view, &c->id, &sink.sink);
        }
    }
}

/* Step 3: problems appear and go, and what contributes nothing is forgotten. */

static void
redo_finish(struct advertised_routes *ar, struct problem_set *problems)
{
    struct contributor *c;
    struct report *report;

    LIST_FOR_EACH_POP (c, redo_node, &ar->redo_ports) {
        c->redo = false;
        if (ovs_list_is_empty(&c->contributions)) {
            contributor_free(&ar->ports, c);
        }
    }
    LIST_FOR_EACH_POP (c, redo_node, &ar->redo_objects) {
        c->redo = false;
    }
    LIST_FOR_EACH_POP (c, check_node, &ar->check) {
        c->check = false;
        if (ovs_list_is_empty(&c->contributions)) {
            contributor_free(&ar->objects, c);
        }
    }
    LIST_FOR_EACH_POP (report, check_node, &ar->check_reports) {
        report->check = false;
        if (report->n_contributions) {
            problem_report(problems, report->source, report->name, "%s",
                           report->text);
        } else {
            problem_resolve(problems, report->source, report->name);
            report_free(ar, report);
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
