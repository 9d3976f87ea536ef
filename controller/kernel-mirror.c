/* kernel-mirror.c: see the header. */
#include <config.h>
#include "controller/kernel-mirror.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "controller/link-set.h"
#include "hash.h"
#include "lib/dynamic-routing.h"
#include "openvswitch/list.h"
#include "ovn/route-exchange.h"
#include "util.h"

/* Something that happened during the dump of its scope. */
struct logged_event {
    struct ovs_list node;       /* In struct kernel_mirror's 'log'. */
    bool gone, replace, own;
    struct nl_link *link;       /* The device, or NULL. */
    struct kernel_route *route; /* The route, or NULL. */
    uint32_t lost;              /* Else the device that routes died with. */
};

struct watched_table {
    struct hmap_node node;      /* In struct kernel_mirror's 'tables'. */
    uint32_t table_id;
    enum kernel_mirror_state state;
    struct route_set routes;
};

struct kernel_mirror {
    const struct kernel_mirror_observer *observer;
    void *aux;
    struct link_set links;
    enum kernel_mirror_state links_state;
    enum kernel_mirror_state ours_state;
    struct hmap tables;         /* Of struct watched_table. */

    /* The dump that runs. */
    bool dumping;
    bool dump_suspect;          /* Its scope became suspect meanwhile. */
    bool dump_ours;             /* It, if of KM_SCOPE_OURS, or the last one of
                                 * that scope, showed routes of ours. */
    uint32_t dump_scope;
    struct link_set dump_links; /* What it brought, if devices. */
    struct route_set dump_routes; /* What it brought, if routes. */
    struct ovs_list log;        /* Of struct logged_event in its scope. */
};

static void set_table_state(struct kernel_mirror *, struct watched_table *,
                            enum kernel_mirror_state);

/* Devices. */

static void
links_changed(struct kernel_mirror *mirror, const struct nl_link *link)
{
    mirror->observer->links_changed(mirror->aux, link);
}

/* Notes an event of the scope that is being dumped. */
static struct logged_event *
log_event(struct kernel_mirror *mirror, bool gone, bool replace, bool own)
{
    struct logged_event *event = xzalloc(sizeof *event);

    event->gone = gone;
    event->replace = replace;
    event->own = own;
    ovs_list_push_back(&mirror->log, &event->node);
    return event;
}

/* True if IPv4 routes among 'routes' lead out of 'ifindex'. */
static bool
routes_use_device(const struct route_set *routes, uint32_t ifindex)
{
    const struct kernel_route *route;

    HMAP_FOR_EACH (route, node, &routes->routes) {
        for (size_t i = 0; i < route->route.n_nexthops; i++) {
            if (route->route.key.prefix.family == AF_INET
                && route->nexthops[i].ifindex == ifindex) {
                return true;
            }
        }
    }
    return false;
}

/* Makes the tables suspect that have IPv4 routes out of 'ifindex': they are
 * removed without notice when their device goes down or away, or loses its
 * last address.  (Of IPv6 routes there is notice.)  A dump that is under way
 * may have seen them before. */
static void
device_lost(struct kernel_mirror *mirror, uint32_t ifindex)
{
    struct watched_table *table;

    HMAP_FOR_EACH (table, node, &mirror->tables) {
        if (table->state == KM_DUMPING) {
            log_event(mirror, false, false, false)->lost = ifindex;
        } else if (routes_use_device(&table->routes, ifindex)) {
            kernel_mirror_suspect(mirror, table->table_id);
        }
    }
}

/* Applies an event to the devices. */
static void
apply_link(struct kernel_mirror *mirror, const struct nl_link *nl, bool gone)
{
    const struct nl_link *old = link_set_by_index(&mirror->links, nl->ifindex);
    bool was_up = old && old->flags & IFF_UP;
    bool matters = (gone || !old || link_set_is_vrf(nl) || link_set_is_vrf(old)
                    || strcmp(old->name, nl->name) || old->peer != nl->peer);

    if (gone) {
        link_set_remove(&mirror->links, nl->ifindex);
    } else {
        link_set_put(&mirror->links, nl);
    }
    if (was_up && (gone || !(nl->flags & IFF_UP))) {
        device_lost(mirror, nl->ifindex);
    }
    if (matters && mirror->links_state == KM_SYNCED) {
        links_changed(mirror, nl);
    }
}

/* Routes. */

static struct watched_table *
find_table(const struct kernel_mirror *mirror, uint32_t table_id)
{
    struct watched_table *table;

    HMAP_FOR_EACH_WITH_HASH (table, node, hash_int(table_id, 0),
                             &mirror->tables) {
        if (table->table_id == table_id) {
            return table;
        }
    }
    return NULL;
}

static void
apply_route(struct kernel_mirror *mirror, struct watched_table *table,
            const struct logged_event *event)
{
    const struct nl_route *route = &event->route->route;

    if (event->gone
        ? route_set_apply_gone(&table->routes, route)
        : route_set_apply_new(&table->routes, route, event->replace)) {
        if (table->state == KM_SYNCED) {
            mirror->observer->route_changed(mirror->aux, &route->key,
                                            event->own);
        }
    } else {
        kernel_mirror_suspect(mirror, table->table_id);
    }
}

/* Creation and destruction. */

struct kernel_mirror *
kernel_mirror_create(const struct kernel_mirror_observer *observer, void *aux)
{
    struct kernel_mirror *mirror = xzalloc(sizeof *mirror);

    mirror->observer = observer;
    mirror->aux = aux;
    link_set_init(&mirror->links);
    hmap_init(&mirror->tables);
    link_set_init(&mirror->dump_links);
    route_set_init(&mirror->dump_routes);
    ovs_list_init(&mirror->log);
    return mirror;
}

static void
free_event(struct logged_event *event)
{
    free(event->link);
    free(event->route);
    free(event);
}

static void
clear_dump(struct kernel_mirror *mirror)
{
    struct logged_event *event;

    mirror->dumping = false;
    link_set_destroy(&mirror->dump_links);
    link_set_init(&mirror->dump_links);
    route_set_clear(&mirror->dump_routes);
    LIST_FOR_EACH_POP (event, node, &mirror->log) {
        free_event(event);
    }
}

static void
free_table(struct kernel_mirror *mirror, struct watched_table *table)
{
    hmap_remove(&mirror->tables, &table->node);
    route_set_destroy(&table->routes);
    free(table);
}

void
kernel_mirror_destroy(struct kernel_mirror *mirror)
{
    struct watched_table *table;

    if (!mirror) {
        return;
    }
    HMAP_FOR_EACH_SAFE (table, node, &mirror->tables) {
        free_table(mirror, table);
    }
    hmap_destroy(&mirror->tables);
    clear_dump(mirror);
    link_set_destroy(&mirror->dump_links);
    route_set_destroy(&mirror->dump_routes);
    link_set_destroy(&mirror->links);
    free(mirror);
}

void
kernel_mirror_watch(struct kernel_mirror *mirror, uint32_t table_id)
{
    struct watched_table *table;

    ovs_assert(table_id != KM_SCOPE_LINKS && table_id != KM_SCOPE_OURS);
    if (!find_table(mirror, table_id)) {
        table = xzalloc(sizeof *table);
        table->table_id = table_id;
        route_set_init(&table->routes);
        hmap_insert(&mirror->tables, &table->node, hash_int(table_id, 0));
    }
}

void
kernel_mirror_forget(struct kernel_mirror *mirror, uint32_t table_id)
{
    struct watched_table *table = find_table(mirror, table_id);

    if (table) {
        free_table(mirror, table);
    }
}

/* States. */

/* The one place where a table's state changes. */
static void
set_table_state(struct kernel_mirror *mirror, struct watched_table *table,
                enum kernel_mirror_state state)
{
    if (table->state != state) {
        table->state = state;
        mirror->observer->table_changed(mirror->aux, table->table_id);
    }
}

/* Makes 'scope' 'state', if it exists. */
static void
set_state(struct kernel_mirror *mirror, uint32_t scope,
          enum kernel_mirror_state state)
{
    struct watched_table *table;

    if (scope == KM_SCOPE_LINKS) {
        if (mirror->links_state != state) {
            mirror->links_state = state;
            links_changed(mirror, NULL);
        }
    } else if (scope == KM_SCOPE_OURS) {
        mirror->ours_state = state;
    } else {
        table = find_table(mirror, scope);
        if (table) {
            set_table_state(mirror, table, state);
        }
    }
}

enum kernel_mirror_state
kernel_mirror_get_state(const struct kernel_mirror *mirror, uint32_t scope)
{
    const struct watched_table *table;

    if (scope == KM_SCOPE_LINKS) {
        return mirror->links_state;
    } else if (scope == KM_SCOPE_OURS) {
        return mirror->ours_state;
    }
    table = find_table(mirror, scope);
    return table ? table->state : KM_UNKNOWN;
}

const char *
kernel_mirror_state_name(enum kernel_mirror_state state)
{
    static const char *const names[] = {
        [KM_UNKNOWN] = "unknown",
        [KM_DUMPING] = "dumping",
        [KM_SYNCED] = "synced",
        [KM_SUSPECT] = "suspect",
    };

    return names[state];
}

void
kernel_mirror_suspect(struct kernel_mirror *mirror, uint32_t scope)
{
    switch (kernel_mirror_get_state(mirror, scope)) {
    case KM_SYNCED:
        set_state(mirror, scope, KM_SUSPECT);
        break;
    case KM_DUMPING:
        mirror->dump_suspect = true;
        break;
    case KM_UNKNOWN:
    case KM_SUSPECT:
        break;
    }
}

void
kernel_mirror_lost(struct kernel_mirror *mirror)
{
    struct watched_table *table;

    kernel_mirror_suspect(mirror, KM_SCOPE_LINKS);
    kernel_mirror_suspect(mirror, KM_SCOPE_OURS);
    HMAP_FOR_EACH (table, node, &mirror->tables) {
        kernel_mirror_suspect(mirror, table->table_id);
    }
}

/* Dumps. */

void
kernel_mirror_dump_begin(struct kernel_mirror *mirror, uint32_t scope)
{
    ovs_assert(!mirror->dumping);
    mirror->dumping = true;
    mirror->dump_suspect = false;
    mirror->dump_scope = scope;
    if (scope == KM_SCOPE_OURS) {
        mirror->dump_ours = false;
    }
    set_state(mirror, scope, KM_DUMPING);
}

void
kernel_mirror_dump_link(struct kernel_mirror *mirror,
                        const struct nl_link *link)
{
    if (mirror->dumping && mirror->dump_scope == KM_SCOPE_LINKS) {
        link_set_put(&mirror->dump_links, link);
    }
}

/* True for a route that tables really hold. */
static bool
route_counts(const struct nl_route *route)
{
    return !(route->flags & RTM_F_CLONED);
}

/* Tells of a route of ours in a table that is not watched. */
static void
notice_route(struct kernel_mirror *mirror, const struct nl_route *route)
{
    /* A leak guard attracts no traffic, and stays when all else goes. */
    mirror->dump_ours |= (route->protocol == DR_RTPROT_OVN
                          && route->key.metric != ROUTE_EXCHANGE_GUARD_METRIC);
    if (route->protocol == DR_RTPROT_OVN
        && route->key.table_id != KM_SCOPE_LINKS
        && route->key.table_id != KM_SCOPE_OURS
        && !find_table(mirror, route->key.table_id)) {
        mirror->observer->route_found(mirror->aux, route->key.table_id);
    }
}

void
kernel_mirror_dump_route(struct kernel_mirror *mirror,
                         const struct nl_route *route)
{
    if (!mirror->dumping || !route_counts(route)) {
        return;
    }
    if (mirror->dump_scope == KM_SCOPE_OURS) {
        notice_route(mirror, route);
    } else if (mirror->dump_scope == route->key.table_id
               && !route_set_has(&mirror->dump_routes, route)) {
        /* A kernel without IPv6 answers for it with IPv4 again. */
        route_set_insert(&mirror->dump_routes, route);
    }
}

/* Replays what happened during the dump of the devices. */
static void
replay_links(struct kernel_mirror *mirror)
{
    struct logged_event *event;

    LIST_FOR_EACH (event, node, &mirror->log) {
        apply_link(mirror, event->link, event->gone);
    }
}

/* Takes what the dump brought for 'table', and what happened during it. */
static void
swap_table(struct kernel_mirror *mirror, struct watched_table *table)
{
    struct logged_event *event;

    route_set_swap(&table->routes, &mirror->dump_routes);
    LIST_FOR_EACH (event, node, &mirror->log) {
        if (event->lost) {
            mirror->dump_suspect |= routes_use_device(&table->routes,
                                                      event->lost);
        } else if (event->gone) {
            mirror->dump_suspect |= !route_set_apply_gone(
                &table->routes, &event->route->route);
        } else {
            mirror->dump_suspect |= !route_set_apply_new(
                &table->routes, &event->route->route, event->replace);
        }
    }
}

bool
kernel_mirror_saw_ours(const struct kernel_mirror *mirror)
{
    return mirror->dump_ours;
}

void
kernel_mirror_dump_end(struct kernel_mirror *mirror, int error)
{
    uint32_t scope = mirror->dump_scope;
    struct watched_table *table = find_table(mirror, scope);

    if (!mirror->dumping) {
        return;
    }
    if (!error && scope == KM_SCOPE_LINKS) {
        link_set_swap(&mirror->links, &mirror->dump_links);
        replay_links(mirror);
    } else if (!error && table && table->state == KM_DUMPING) {
        swap_table(mirror, table);
    }
    if (scope == KM_SCOPE_LINKS || scope == KM_SCOPE_OURS
        || (table && table->state == KM_DUMPING)) {
        set_state(mirror, scope, (error || mirror->dump_suspect ? KM_SUSPECT
                                  : KM_SYNCED));
    }
    clear_dump(mirror);
}

/* Events. */

void
kernel_mirror_event_link(struct kernel_mirror *mirror,
                         const struct nl_link *link, bool gone)
{
    if (mirror->links_state == KM_DUMPING) {
        struct logged_event *event = log_event(mirror, gone, false, false);

        event->link = xmemdup(link, sizeof *link);
        if (gone || !(link->flags & IFF_UP)) {
            device_lost(mirror, link->ifindex);
        }
    } else {
        apply_link(mirror, link, gone);
    }
}

void
kernel_mirror_event_route(struct kernel_mirror *mirror,
                          const struct nl_route *route, bool gone,
                          bool replace, bool own)
{
    struct watched_table *table;
    struct logged_event *event;

    if (!route_counts(route)) {
        return;
    }
    table = find_table(mirror, route->key.table_id);
    if (!table) {
        if (!gone) {
            notice_route(mirror, route);
        }
        return;
    }
    event = log_event(mirror, gone, replace, own);
    event->route = route_set_clone(route);
    if (table->state != KM_DUMPING) {
        apply_route(mirror, table, event);
        ovs_list_remove(&event->node);
        free_event(event);
    }
}

bool
kernel_mirror_wrote(struct kernel_mirror *mirror,
                    const struct nl_route *route, bool gone)
{
    struct watched_table *table = find_table(mirror, route->key.table_id);

    /* During a dump nobody knows whether that shows it. */
    if (!table || table->state == KM_DUMPING) {
        return false;
    }
    return (gone ? route_set_take_only(&table->routes, route)
            : route_set_put_only(&table->routes, route));
}

void
kernel_mirror_event_addr_gone(struct kernel_mirror *mirror, uint32_t ifindex)
{
    device_lost(mirror, ifindex);
}

/* Reading. */

const struct kernel_route *
kernel_mirror_find_prefix(const struct kernel_mirror *mirror,
                          uint32_t table_id, const struct ip_prefix *prefix,
                          const struct kernel_route *prev)
{
    const struct watched_table *table = find_table(mirror, table_id);

    return table ? route_set_next(&table->routes, prefix, prev) : NULL;
}

const struct kernel_route *
kernel_mirror_find(const struct kernel_mirror *mirror,
                   const struct nl_route_key *key,
                   const struct kernel_route *prev)
{
    do {
        prev = kernel_mirror_find_prefix(mirror, key->table_id, &key->prefix,
                                         prev);
    } while (prev && !nl_route_key_equals(&prev->route.key, key));
    return prev;
}

static int
compare_routes(const void *a_, const void *b_)
{
    const struct kernel_route *const *a = a_, *const *b = b_;
    int cmp = nl_route_key_compare(&(*a)->route.key, &(*b)->route.key);

    return cmp ? cmp : (*a)->route.protocol - (*b)->route.protocol;
}

const struct kernel_route **
kernel_mirror_get_routes(const struct kernel_mirror *mirror,
                         uint32_t table_id, size_t *n)
{
    const struct watched_table *table = find_table(mirror, table_id);
    const struct kernel_route **routes;
    const struct kernel_route *route;

    *n = 0;
    routes = xmalloc((table ? hmap_count(&table->routes.routes) + 1 : 1)
                     * sizeof *routes);
    if (table) {
        HMAP_FOR_EACH (route, node, &table->routes.routes) {
            routes[(*n)++] = route;
        }
    }
    qsort(routes, *n, sizeof *routes, compare_routes);
    return routes;
}

void
kernel_mirror_for_each_route(const struct kernel_mirror *mirror,
                             uint32_t table_id,
                             void (*cb)(void *aux,
                                        const struct kernel_route *),
                             void *aux)
{
    const struct watched_table *table = find_table(mirror, table_id);
    const struct kernel_route *route;

    if (table) {
        HMAP_FOR_EACH (route, node, &table->routes.routes) {
            cb(aux, route);
        }
    }
}

void
kernel_mirror_for_each_user(const struct kernel_mirror *mirror, uint32_t nh_id,
                            void (*cb)(void *aux, const struct kernel_route *),
                            void *aux)
{
    const struct watched_table *table;

    HMAP_FOR_EACH (table, node, &mirror->tables) {
        const struct route_set_users *users
            = route_set_find_users(&table->routes, nh_id);

        if (users) {
            const struct route_set_user *user;

            LIST_FOR_EACH (user, node, &users->routes) {
                cb(aux, user->route);
            }
        }
    }
}

bool
kernel_mirror_uses_nexthops(const struct kernel_mirror *mirror)
{
    const struct watched_table *table;

    HMAP_FOR_EACH (table, node, &mirror->tables) {
        if (!hmap_is_empty(&table->routes.users)) {
            return true;
        }
    }
    return false;
}

void
kernel_mirror_for_each_ours(const struct kernel_mirror *mirror,
                            uint32_t table_id,
                            void (*cb)(void *aux, const struct kernel_route *),
                            void *aux)
{
    const struct watched_table *table = find_table(mirror, table_id);
    const struct kernel_route *route;

    if (!table) {
        return;
    }
    HMAP_FOR_EACH (route, node, &table->routes.routes) {
        if (route->route.protocol == DR_RTPROT_OVN) {
            cb(aux, route);
        }
    }
}

size_t
kernel_mirror_count_routes(const struct kernel_mirror *mirror,
                           uint32_t table_id)
{
    const struct watched_table *table = find_table(mirror, table_id);

    return table ? hmap_count(&table->routes.routes) : 0;
}

const struct nl_link *
kernel_mirror_link_by_name(const struct kernel_mirror *mirror,
                           const char *name)
{
    return link_set_by_name(&mirror->links, name);
}

const struct nl_link *
kernel_mirror_link_by_index(const struct kernel_mirror *mirror,
                            uint32_t ifindex)
{
    return link_set_by_index(&mirror->links, ifindex);
}

const struct nl_link *
kernel_mirror_next_port(const struct kernel_mirror *mirror, uint32_t ifindex,
                        const struct nl_link *prev)
{
    return link_set_next_port(&mirror->links, ifindex, prev);
}

const struct nl_link *
kernel_mirror_next_vrf(const struct kernel_mirror *mirror, uint32_t table_id,
                       const struct nl_link *prev)
{
    return link_set_next_vrf(&mirror->links, table_id, prev);
}

void
kernel_mirror_for_each_vrf(const struct kernel_mirror *mirror,
                           void (*cb)(void *aux, const struct nl_link *),
                           void *aux)
{
    link_set_for_each_vrf(&mirror->links, cb, aux);
}
