/* explain-source.c: who may advertise a prefix.  See the header.
 *
 * explain-option.c says what keeps them from it. */
#include <config.h>
#include "utilities/explain-source.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/advertised-route.h"
#include "northd/lb-vip.h"
#include "northd/route-source.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "util.h"
#include "uuid.h"

/* Lifting. */

static bool
has_gateway_port(const struct view_router *router)
{
    const struct view_router_port *port;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (view_router_port_is_distributed_gateway(port)) {
            return true;
        }
    }
    return false;
}

/* Makes 'config' a route of a kind that is advertised.  Those that we made of
 * learned routes stay as they are: explain-learned.c tells of these. */
static void
lift_route(struct view_route_config *config)
{
    config->advertise = true;
    config->bfd_down = config->source_policy = false;
    config->route_table[0] = '\0';
    if (!strcmp(config->nexthop, "discard")) {
        config->nexthop[0] = '\0';
    }
}

/* Lifts everything from 'view' but the sources.  Writes to what the view shows
 * as it is private: nobody follows its changes. */
static void
lift_all(struct view *view)
{
    struct view_switch_port *sp;
    struct view_router_port *rp;
    struct view_router *router;
    struct view_route *route;
    struct view_nat *nat;
    struct view_lb *lb;

    HMAP_FOR_EACH (router, node, &view->routers) {
        router->enabled = router->dynamic_routing = true;
        if (!has_gateway_port(router)) {
            /* Some sources give nothing where no chassis can have it. */
            router->gateway = true;
        }
    }
    HMAP_FOR_EACH (rp, node, &view->router_ports) {
        rp->has_sources = false;
        smap_remove(&rp->options, DR_ADVERTISE);
    }
    HMAP_FOR_EACH (sp, node, &view->switch_ports) {
        sp->host.advertise = true;
    }
    HMAP_FOR_EACH (nat, node, &view->nats) {
        nat->config.advertise = true;
    }
    HMAP_FOR_EACH (route, node, &view->routes) {
        lift_route(&route->config);
    }
    HMAP_FOR_EACH (lb, node, &view->lbs) {
        lb->advertise = true;
    }
    view_monitor_clear_all(view);
}

static void
lift_sources(struct view *view, unsigned int sources)
{
    struct view_router *router;

    HMAP_FOR_EACH (router, node, &view->routers) {
        router->sources = sources;
    }
}

/* Finding candidates. */

struct find_sink {
    struct route_sink sink;
    const struct explain_nb *nb;
    const struct route_source *source;
    const char *router;         /* Name of the only one, or NULL. */
    struct explain_candidates *candidates;
};

static struct explain_candidate *
add_candidate(struct find_sink *sink, const struct view_router_port *lifted,
              const struct view_object *object)
{
    const struct view_router_port *port
        = view_find_router_port(sink->nb->view, &lifted->uuid);
    struct explain_candidate *c;

    if (!port || !port->router
        || (sink->router && strcmp(port->router->name, sink->router))) {
        return NULL;
    }
    c = xzalloc(sizeof *c);
    c->object = *object;
    c->token = sink->source->name;
    c->source = sink->source->source;
    c->port = port;
    ovs_list_push_back(&sink->candidates->list, &c->node);
    return c;
}

static void
find_route(struct route_sink *sink_, const struct view_router_port *port,
           const struct view_object *object, const struct route_value *value)
{
    struct find_sink *sink = CONTAINER_OF(sink_, struct find_sink, sink);
    struct explain_candidate *c;

    if (ip_prefix_equals(&value->prefix, &sink->candidates->prefix)) {
        c = add_candidate(sink, port, object);
        if (c) {
            c->tracked_port = nullable_xstrdup(value->tracked_port);
        }
    }
}

/* True if the first address or prefix in 'text' is 'prefix'; what follows
 * it may be wrong. */
static bool
text_begins_with(const char *text, const struct ip_prefix *prefix)
{
    size_t n = strcspn(text, "-, ");
    struct ip_prefix found;
    char *word = xmemdup0(text, n);
    bool same = (!ip_prefix_parse(word, &found, NULL)
                 && ip_prefix_equals(&found, prefix));

    word[strcspn(word, "/")] = '\0';
    same = same || (!ip_prefix_parse(word, &found, NULL)
                    && ip_prefix_equals(&found, prefix));
    free(word);
    return same;
}

/* True if 'object', which is invalid, is meant to be of 'prefix'. */
static bool
object_mentions(const struct view *view, const struct view_object *object,
                const struct ip_prefix *prefix)
{
    const struct view_nat *nat = view_find_nat(view, &object->uuid);
    const struct view_route *route = view_find_route(view, &object->uuid);
    const struct view_lb *lb = view_find_lb(view, &object->uuid);
    struct ip_prefix vip;
    uint16_t port;

    if (nat) {
        return text_begins_with(nat->config.external_ip, prefix);
    } else if (route) {
        return text_begins_with(route->config.ip_prefix, prefix);
    }
    for (size_t i = 0; lb && i < lb->n_vips; i++) {
        if (!lb_vip_parse(lb->vips[i], &vip, &port)
            && ip_prefix_equals(&vip, prefix)) {
            return true;
        }
    }
    return false;
}

static void
find_invalid(struct route_sink *sink_, const struct view_router_port *port,
             const struct view_object *object, const char *name OVS_UNUSED,
             const char *text)
{
    struct find_sink *sink = CONTAINER_OF(sink_, struct find_sink, sink);
    struct explain_candidate *c;

    if (object_mentions(sink->nb->view, object, &sink->candidates->prefix)) {
        c = add_candidate(sink, port, object);
        if (c) {
            c->problem = xstrdup(text);
        }
    }
}

static void
find_object(const struct view_object *object, void *sink_)
{
    struct find_sink *sink = sink_;

    sink->source->spread(sink->nb->lifted, object, &sink->sink);
}

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct explain_candidate *const *ap = a_, *const *bp = b_;
    const struct explain_candidate *a = *ap, *b = *bp;
    int cmp = uuid_compare_3way(&a->object.uuid, &b->object.uuid);

    cmp = cmp ? cmp : uuid_compare_3way(&a->object.owner, &b->object.owner);
    cmp = cmp ? cmp : (a->source < b->source ? -1 : a->source > b->source);
    cmp = cmp ? cmp : strcmp(a->port->router->name, b->port->router->name);
    cmp = cmp ? cmp : strcmp(a->port->name, b->port->name);
    cmp = cmp ? cmp : strcmp(a->tracked_port ? a->tracked_port : "",
                             b->tracked_port ? b->tracked_port : "");
    /* One that is only invalid last. */
    return cmp ? cmp : (a->problem != NULL) - (b->problem != NULL);
}

static void
candidate_free(struct explain_candidate *c)
{
    free(c->tracked_port);
    free(c->problem);
    free(c);
}

/* Sorts 'list' and removes doublets: a port may see another one twice.  What
 * is both a route and invalid (a bad metric) is a route. */
static void
sort_candidates(struct ovs_list *list)
{
    size_t n = ovs_list_size(list), i = 0;
    struct explain_candidate **array = xmalloc(MAX(n, 1) * sizeof *array);
    struct explain_candidate *c, *last = NULL;

    LIST_FOR_EACH_POP (c, node, list) {
        array[i++] = c;
    }
    qsort(array, n, sizeof *array, compare_candidates);
    for (i = 0; i < n; i++) {
        c = array[i];
        if (last && uuid_equals(&last->object.uuid, &c->object.uuid)
            && uuid_equals(&last->object.owner, &c->object.owner)
            && last->source == c->source && last->port == c->port
            && (c->problem
                || nullable_string_is_equal(last->tracked_port,
                                            c->tracked_port))) {
            candidate_free(c);
        } else {
            ovs_list_push_back(list, &c->node);
            last = c;
        }
    }
    free(array);
}

void
explain_candidates_find(struct explain_candidates *candidates,
                        const struct explain_nb *nb,
                        const struct ip_prefix *prefix, const char *router)
{
    struct find_sink sink = {
        { find_route, find_invalid }, nb, NULL, router, candidates
    };
    size_t n;
    const struct route_source *const *sources
        = advertised_route_get_sources(&n);

    candidates->prefix = *prefix;
    ovs_list_init(&candidates->list);
    lift_all(nb->lifted);
    for (size_t i = 0; i < n; i++) {
        sink.source = sources[i];
        lift_sources(nb->lifted, sink.source->source);
        view_for_each_object(nb->lifted, find_object, &sink);
    }
    sort_candidates(&candidates->list);
}

void
explain_candidates_destroy(struct explain_candidates *candidates)
{
    struct explain_candidate *c;

    LIST_FOR_EACH_POP (c, node, &candidates->list) {
        candidate_free(c);
    }
}

void
explain_candidates_filter(
    struct explain_candidates *candidates,
    bool (*keep)(const struct explain_candidate *, void *aux), void *aux)
{
    struct explain_candidate *c;
    bool any = false;

    LIST_FOR_EACH (c, node, &candidates->list) {
        any = any || keep(c, aux);
    }
    LIST_FOR_EACH_SAFE (c, node, &candidates->list) {
        if (any && !keep(c, aux)) {
            ovs_list_remove(&c->node);
            candidate_free(c);
        }
    }
}

/* Names. */

struct name_sink {
    struct route_sink sink;
    struct ip_prefix **prefixes;
    size_t n, allocated;
};

static void
name_route(struct route_sink *sink_, const struct view_router_port *port
           OVS_UNUSED, const struct view_object *object OVS_UNUSED,
           const struct route_value *value)
{
    struct name_sink *sink = CONTAINER_OF(sink_, struct name_sink, sink);

    for (size_t i = 0; i < sink->n; i++) {
        if (ip_prefix_equals(&(*sink->prefixes)[i], &value->prefix)) {
            return;
        }
    }
    if (sink->n >= sink->allocated) {
        *sink->prefixes = x2nrealloc(*sink->prefixes, &sink->allocated,
                                     sizeof **sink->prefixes);
    }
    (*sink->prefixes)[sink->n++] = value->prefix;
}

static void
name_invalid(struct route_sink *sink OVS_UNUSED,
             const struct view_router_port *port OVS_UNUSED,
             const struct view_object *object OVS_UNUSED,
             const char *name OVS_UNUSED, const char *text OVS_UNUSED)
{
    /* It has no prefix to tell. */
}

struct name_aux {
    const struct explain_nb *nb;
    const char *name;
    struct name_sink sink;
};

/* True if 'object' is called 'name', or has the UUID 'name'. */
static bool
object_is_called(const struct view *view, const struct view_object *object,
                 const char *name)
{
    const struct view_router_port *rp
        = view_find_router_port(view, &object->uuid);
    const struct view_switch_port *sp
        = view_find_switch_port(view, &object->uuid);
    const struct view_nat *nat = view_find_nat(view, &object->uuid);
    const struct view_lb *lb = view_find_lb(view, &object->uuid);
    struct uuid uuid;

    return ((rp && !strcmp(rp->name, name)) || (sp && !strcmp(sp->name, name))
            || (lb && !strcmp(lb->name, name))
            || (nat && nat->config.logical_port
                && !strcmp(nat->config.logical_port, name))
            || (uuid_from_string(&uuid, name)
                && uuid_equals(&uuid, &object->uuid)));
}

static void
name_object(const struct view_object *object, void *aux_)
{
    struct name_aux *aux = aux_;
    size_t n;
    const struct route_source *const *sources
        = advertised_route_get_sources(&n);

    if (object_is_called(aux->nb->view, object, aux->name)) {
        for (size_t i = 0; i < n; i++) {
            lift_sources(aux->nb->lifted, sources[i]->source);
            sources[i]->spread(aux->nb->lifted, object, &aux->sink.sink);
        }
    }
}

static int
compare_prefixes(const void *a, const void *b)
{
    return ip_prefix_compare(a, b);
}

size_t
explain_prefixes_of_name(const struct explain_nb *nb, const char *name,
                         struct ip_prefix **prefixes)
{
    struct name_aux aux = {
        nb, name, { { name_route, name_invalid }, prefixes, 0, 0 }
    };

    *prefixes = NULL;
    lift_all(nb->lifted);
    view_for_each_object(nb->lifted, name_object, &aux);
    if (aux.sink.n) {
        qsort(*prefixes, aux.sink.n, sizeof **prefixes, compare_prefixes);
    }
    return aux.sink.n;
}

/* Covers. */

struct cover_sink {
    struct route_sink sink;
    const struct explain_nb *nb;
    const struct route_source *source;
    const struct ip_prefix *prefix;
    struct ip_prefix *cover;    /* The longest one yet. */
    bool found;
};

static void
cover_route(struct route_sink *sink_, const struct view_router_port *port
            OVS_UNUSED, const struct view_object *object OVS_UNUSED,
            const struct route_value *value)
{
    struct cover_sink *sink = CONTAINER_OF(sink_, struct cover_sink, sink);

    if (value->prefix.plen && value->prefix.plen < sink->prefix->plen
        && ip_prefix_contains(&value->prefix, sink->prefix)
        && (!sink->found || value->prefix.plen > sink->cover->plen)) {
        *sink->cover = value->prefix;
        sink->found = true;
    }
}

static void
cover_object(const struct view_object *object, void *sink_)
{
    struct cover_sink *sink = sink_;

    sink->source->spread(sink->nb->lifted, object, &sink->sink);
}

bool
explain_find_cover(const struct explain_nb *nb, const struct ip_prefix *prefix,
                   struct ip_prefix *cover)
{
    struct cover_sink sink = {
        { cover_route, name_invalid }, nb, NULL, prefix, cover, false
    };
    size_t n;
    const struct route_source *const *sources
        = advertised_route_get_sources(&n);

    lift_all(nb->lifted);
    for (size_t i = 0; i < n; i++) {
        sink.source = sources[i];
        lift_sources(nb->lifted, sink.source->source);
        view_for_each_object(nb->lifted, cover_object, &sink);
    }
    return sink.found;
}
