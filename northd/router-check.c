/* router-check.c: what is wrong with routers.  See the header. */
#include <config.h>
#include "northd/router-check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "northd/view.h"
#include "openvswitch/list.h"
#include "util.h"
#include "uuid.h"

#define PROBLEM_SOURCE "routers"

/* What we hold of a router with dynamic routing. */
struct record {
    struct hmap_node node;      /* In struct router_checks's 'routers'. */
    struct hmap_node name_node; /* In its 'names'. */
    struct uuid uuid;
    char *name;
    bool affected;              /* About to be replaced. */
    bool checked;               /* Is up to date. */
    struct sset objects;        /* What we reported for it. */
};

void
router_checks_init(struct router_checks *rc)
{
    hmap_init(&rc->routers);
    hmap_init(&rc->names);
    sset_init(&rc->stale);
}

/* Frees 'record'.  Its problems become stale: they are taken back unless they
 * are found again. */
static void
record_remove(struct router_checks *rc, struct record *record)
{
    const char *object;

    SSET_FOR_EACH (object, &record->objects) {
        sset_add(&rc->stale, object);
    }
    hmap_remove(&rc->routers, &record->node);
    hmap_remove(&rc->names, &record->name_node);
    sset_destroy(&record->objects);
    free(record->name);
    free(record);
}

void
router_checks_destroy(struct router_checks *rc)
{
    struct record *record;

    HMAP_FOR_EACH_SAFE (record, node, &rc->routers) {
        record_remove(rc, record);
    }
    hmap_destroy(&rc->routers);
    hmap_destroy(&rc->names);
    sset_destroy(&rc->stale);
}

static struct record *
record_find(const struct router_checks *rc, const struct uuid *uuid)
{
    struct record *record;

    HMAP_FOR_EACH_WITH_HASH (record, node, uuid_hash(uuid), &rc->routers) {
        if (uuid_equals(&record->uuid, uuid)) {
            return record;
        }
    }
    return NULL;
}

/* Another record than 'except', which may be NULL, that is called 'name'. */
static struct record *
record_find_name(const struct router_checks *rc, const char *name,
                 const struct record *except)
{
    struct record *record;

    HMAP_FOR_EACH_WITH_HASH (record, name_node, hash_string(name, 0),
                             &rc->names) {
        if (record != except && !strcmp(record->name, name)) {
            return record;
        }
    }
    return NULL;
}

/* Reporting.  Takes over 'object' and 'text'. */
static void
report(struct router_checks *rc, struct record *record, char *object,
       char *text, struct problem_set *problems)
{
    problem_report(problems, PROBLEM_SOURCE, object, "%s", text);
    sset_find_and_delete(&rc->stale, object);
    sset_add_and_free(&record->objects, object);
    free(text);
}

/* The peer of 'port', even of a router that is disabled: that one is away on
 * purpose. */
static const struct view_router_port *
find_peer(const struct view *view, const struct view_router_port *port)
{
    const struct view_router_port *peer;

    HMAP_FOR_EACH_WITH_HASH (peer, name_node, hash_string(port->peer, 0),
                             &view->router_port_names) {
        if (peer->router && !strcmp(peer->name, port->peer)) {
            return peer;
        }
    }
    return NULL;
}

static char *
check_peer(const struct view *view, const struct view_router_port *port)
{
    const struct view_router_port *peer;

    if (!port->peer) {
        return NULL;
    }
    peer = find_peer(view, port);
    if (!peer) {
        return xasprintf("peer \"%.60s\" is no Logical_Router_Port of any "
                         "Logical_Router; correct or clear it", port->peer);
    } else if (!peer->peer || strcmp(peer->peer, port->name)) {
        return xasprintf("peer \"%.60s\" does not have this port as its own "
                         "peer; set both, or none", port->peer);
    }
    return NULL;
}

/* A network and the port that was first to have it. */
struct network {
    struct hmap_node node;
    const struct ip_prefix *prefix;
    const struct view_router_port *port;
};

/* The first network of 'port' that is in 'networks' because of another port, as
 * a problem; puts the others there. */
static char *
check_networks(const struct view_router_port *port, struct hmap *networks)
{
    char *problem = NULL;

    for (size_t i = 0; i < port->n_networks; i++) {
        const struct ip_prefix *prefix = &port->networks[i].prefix;
        uint32_t hash = ip_prefix_hash(prefix, 0);
        const struct view_router_port *other = NULL;
        char buf[IP_PREFIX_STRLEN];
        struct network *network;

        if (ip_prefix_is_link_local(prefix)) {
            continue;
        }
        HMAP_FOR_EACH_WITH_HASH (network, node, hash, networks) {
            if (ip_prefix_equals(network->prefix, prefix)) {
                other = network->port;
            }
        }
        if (!other) {
            network = xmalloc(sizeof *network);
            network->prefix = prefix;
            network->port = port;
            hmap_insert(networks, &network->node, hash);
        } else if (other != port && !problem) {
            problem = xasprintf("network %s is also that of "
                                "Logical_Router_Port %.60s of the same router; "
                                "give each port its own",
                                ip_prefix_format(prefix, buf), other->name);
        }
    }
    return problem;
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct view_router_port *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

static void
check_ports(struct router_checks *rc, struct record *record,
            const struct view *view, const struct view_router *router,
            struct problem_set *problems)
{
    size_t n = ovs_list_size(&router->ports), i = 0;
    const struct view_router_port **ports = xmalloc(MAX(n, 1) * sizeof *ports);
    struct hmap networks = HMAP_INITIALIZER(&networks);
    const struct view_router_port *port;
    struct network *network;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        ports[i++] = port;
    }
    /* Which of two ports is reported must not depend on chance. */
    qsort(ports, n, sizeof *ports, compare_ports);
    for (i = 0; i < n; i++) {
        char *peer = check_peer(view, ports[i]);
        char *net = check_networks(ports[i], &networks);

        if (peer || net) {
            report(rc, record,
                   xasprintf("Logical_Router_Port %s", ports[i]->name),
                   xasprintf("%s%s%s", peer ? peer : "",
                             peer && net ? "; also " : "", net ? net : ""),
                   problems);
        }
        free(peer);
        free(net);
    }
    HMAP_FOR_EACH_POP (network, node, &networks) {
        free(network);
    }
    hmap_destroy(&networks);
    free(ports);
}

static void
check_router(struct router_checks *rc, struct record *record,
             const struct view *view, const struct view_router *router,
             struct problem_set *problems)
{
    if (record_find_name(rc, record->name, record)) {
        report(rc, record,
               xasprintf("Logical_Router %s ("UUID_FMT")", router->name,
                         UUID_ARGS(&router->uuid)),
               xstrdup("another Logical_Router with dynamic routing has the "
                       "same name, so that what is reported of one may be of "
                       "the other; rename one of them"), problems);
    }
    check_ports(rc, record, view, router, problems);
}

/* Routers to be checked. */
struct affected {
    struct uuid *uuids;
    size_t n, allocated;
};

static void
affected_add(struct affected *affected, const struct uuid *uuid)
{
    if (affected->n >= affected->allocated) {
        affected->uuids = x2nrealloc(affected->uuids, &affected->allocated,
                                     sizeof *affected->uuids);
    }
    affected->uuids[affected->n++] = *uuid;
}

/* Adds the routers that are called 'name': whether there are several of them is
 * what they report. */
static void
affected_add_name(struct affected *affected, const struct router_checks *rc,
                  const char *name)
{
    struct record *record;

    HMAP_FOR_EACH_WITH_HASH (record, name_node, hash_string(name, 0),
                             &rc->names) {
        if (!record->affected && !strcmp(record->name, name)) {
            record->affected = true;
            affected_add(affected, &record->uuid);
        }
    }
}

static void
affected_collect(struct affected *affected, const struct router_checks *rc,
                 const struct view *view)
{
    const struct view_router *router;
    const struct view_change *change;
    const struct record *record;

    if (view->changes.all) {
        HMAP_FOR_EACH (record, node, &rc->routers) {
            affected_add(affected, &record->uuid);
        }
        HMAP_FOR_EACH (router, node, &view->routers) {
            affected_add(affected, &router->uuid);
        }
    }
    HMAP_FOR_EACH (change, node, &view->changes.set) {
        const struct uuid *uuid = &change->object.uuid;

        if (change->kind == VIEW_ROUTER) {
            affected_add(affected, uuid);
            record = record_find(rc, uuid);
            router = view_find_router(view, uuid);
            if (record) {
                affected_add_name(affected, rc, record->name);
            }
            if (router) {
                affected_add_name(affected, rc, router->name);
            }
        }
    }
}

static void
record_add(struct router_checks *rc, const struct view_router *router)
{
    struct record *record = xzalloc(sizeof *record);

    record->uuid = router->uuid;
    record->name = xstrdup(router->name);
    sset_init(&record->objects);
    hmap_insert(&rc->routers, &record->node, uuid_hash(&record->uuid));
    hmap_insert(&rc->names, &record->name_node, hash_string(record->name, 0));
}

void
router_checks_run(struct router_checks *rc, const struct view *view,
                  struct problem_set *problems)
{
    struct affected affected = { NULL, 0, 0 };
    const char *object;

    affected_collect(&affected, rc, view);
    for (size_t i = 0; i < affected.n; i++) {
        struct record *record = record_find(rc, &affected.uuids[i]);

        if (record) {
            record_remove(rc, record);
        }
    }
    for (size_t i = 0; i < affected.n; i++) {
        const struct view_router *router
            = view_find_router(view, &affected.uuids[i]);

        if (router && router->enabled && router->dynamic_routing
            && !record_find(rc, &affected.uuids[i])) {
            record_add(rc, router);
        }
    }
    for (size_t i = 0; i < affected.n; i++) {
        struct record *record = record_find(rc, &affected.uuids[i]);

        if (record && !record->checked) {
            record->checked = true;
            check_router(rc, record, view,
                         view_find_router(view, &record->uuid), problems);
        }
    }
    free(affected.uuids);
    SSET_FOR_EACH (object, &rc->stale) {
        problem_resolve(problems, PROBLEM_SOURCE, object);
    }
    sset_clear(&rc->stale);
}
