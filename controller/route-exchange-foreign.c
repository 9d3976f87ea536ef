/* route-exchange-foreign.c: what others have in the tables that the engine
 * watches, for a host that learns from it.  See the last part of
 * include/ovn/route-exchange.h.
 *
 * Routes are in the mirror.  Nexthop objects and neighbours are read only once
 * a route uses an object, or the host watches a neighbour. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "util.h"

/* Between two dumps of all nexthop objects, if nothing is wrong, and if the
 * kernel refused one. */
#define NEXTHOPS_INTERVAL_MS 200
#define NEXTHOPS_RETRY_MS 5000

/* Telling. */

void
route_exchange_observe(struct route_exchange *re,
                       const struct route_exchange_observer *observer,
                       void *aux)
{
    static const struct route_exchange_observer none;

    re->observer = observer ? *observer : none;
    re->observer_aux = aux;
}

/* What we did ourselves is no news of others. */
void
re_foreign_route_changed(struct route_exchange *re,
                         const struct nl_route_key *key, bool own)
{
    if (re->observer.prefix_changed && !own) {
        re->observer.prefix_changed(re->observer_aux, key->table_id,
                                    &key->prefix);
    }
}

void
re_foreign_table_changed(struct route_exchange *re, uint32_t table_id)
{
    if (re->observer.table_changed) {
        re->observer.table_changed(re->observer_aux, table_id);
    }
}

static bool
scope_is_synced(const struct route_exchange *re, uint32_t scope)
{
    return kernel_mirror_get_state(re->mirror, scope) == KM_SYNCED;
}

static void
all_tables_changed(struct route_exchange *re)
{
    struct re_table *table;

    HMAP_FOR_EACH (table, node, &re->tables) {
        re_foreign_table_changed(re, table->table_id);
    }
}

/* While the devices are being read, no table is trusted. */
void
re_foreign_links_changed(struct route_exchange *re, const struct nl_link *link)
{
    if (link) {
        if (re->observer.device_changed) {
            re->observer.device_changed(re->observer_aux, link->ifindex);
        }
        return;
    }

    all_tables_changed(re);
    if (re->observer.device_changed
        && scope_is_synced(re, KM_SCOPE_LINKS)) {
        re->observer.device_changed(re->observer_aux, 0);
    }
}

/* Nexthop objects. */

void
re_foreign_init(struct route_exchange *re)
{
    nexthop_set_init(&re->nexthops);
    neighbour_set_init(&re->neighbours);
}

void
re_foreign_destroy(struct route_exchange *re)
{
    nexthop_set_destroy(&re->nexthops);
    neighbour_set_destroy(&re->neighbours);
}

static void
user_changed(void *re_, const struct kernel_route *route)
{
    re_foreign_route_changed(re_, &route->route.key, false);
}

static void
object_changed(void *re_, uint32_t nh_id)
{
    struct route_exchange *re = re_;

    kernel_mirror_for_each_user(re->mirror, nh_id, user_changed, re);
}

/* With an object go the routes that use it; of those of IPv4 the kernel says
 * nothing. */
static void
user_lost(void *re_, const struct kernel_route *route)
{
    struct route_exchange *re = re_;

    kernel_mirror_suspect(re->mirror, route->route.key.table_id);
}

static void
object_lost(void *re_, uint32_t nh_id)
{
    struct route_exchange *re = re_;

    kernel_mirror_for_each_user(re->mirror, nh_id, user_lost, re);
}

void
re_foreign_take_nexthop(struct route_exchange *re,
                        const struct nl_nexthop_object *object, bool gone,
                        bool dump)
{
    if (dump) {
        if (re->dumping && re->dump_kind == RE_DUMP_NEXTHOPS) {
            nexthop_set_dump_object(&re->nexthops, object);
        }
    } else if (nexthop_set_event(&re->nexthops, object, gone)) {
        nexthop_set_for_each_dependent(&re->nexthops, object->id,
                                       object_changed, re);
        if (gone) {
            /* Groups of it live on, or are deleted with an event of theirs. */
            object_lost(re, object->id);
        }
    }
}

/* Objects go with their device, and the kernel does not say so. */
void
re_foreign_device_lost(struct route_exchange *re, uint32_t ifindex)
{
    if (nexthop_set_for_each_on_device(&re->nexthops, ifindex, object_lost,
                                       re)) {
        nexthop_set_suspect(&re->nexthops);
    }
}

void
re_foreign_lost(struct route_exchange *re)
{
    nexthop_set_suspect(&re->nexthops);
    neighbour_set_lost(&re->neighbours);
}

/* Neighbours. */

void
re_foreign_take_neighbour(struct route_exchange *re,
                          const struct nl_neighbour *neighbour, bool dump)
{
    if (neighbour_set_put(&re->neighbours, neighbour, dump)
        && re->observer.neighbour_changed) {
        re->observer.neighbour_changed(re->observer_aux, neighbour->ifindex);
    }
}

void
route_exchange_watch_neighbour(struct route_exchange *re, uint32_t ifindex,
                               const uint8_t addr[16])
{
    neighbour_set_watch(&re->neighbours, ifindex, addr);
    re->busy |= !neighbour_set_get(&re->neighbours, ifindex, addr);
}

void
route_exchange_unwatch_neighbour(struct route_exchange *re, uint32_t ifindex,
                                 const uint8_t addr[16])
{
    neighbour_set_unwatch(&re->neighbours, ifindex, addr);
}

const uint8_t *
route_exchange_get_neighbour(const struct route_exchange *re, uint32_t ifindex,
                             const uint8_t addr[16])
{
    return neighbour_set_get(&re->neighbours, ifindex, addr);
}

/* Dumps. */

/* True if the nexthop objects are to be read now.  Before that, the socket
 * joins their group, which kernels without them do not have. */
static bool
nexthops_due(struct route_exchange *re)
{
    if (re->no_nexthops || re->nexthops.state == KM_SYNCED
        || !kernel_mirror_uses_nexthops(re->mirror)) {
        return false;
    } else if (re->now < re->nexthops_due) {
        re_wake_at(re, re->nexthops_due);
        return false;
    } else if (!re->nexthops_joined
               && nl_transport_join(re->transport, RTNLGRP_NEXTHOP)) {
        re->no_nexthops = true;
        all_tables_changed(re);
        return false;
    }
    re->nexthops_joined = true;
    return true;
}

static bool
neighbours_due(struct route_exchange *re, uint32_t *ifindex)
{
    if (!neighbour_set_next_dump(&re->neighbours, ifindex)) {
        return false;
    } else if (!retry_gate_is_open(&re->neighbours_gate.gate, re->now)) {
        re_wake_at(re, re->neighbours_gate.gate.due);
        return false;
    } else if (!re->neighbours_joined
               && nl_transport_join(re->transport, RTNLGRP_NEIGH)) {
        retry_gate_failed(&re->neighbours_gate.gate, re->now, re_random(re));
        return false;
    }
    re->neighbours_joined = true;
    return true;
}

bool
re_foreign_next_dump(struct route_exchange *re)
{
    if (nexthops_due(re)) {
        re->nexthops_due = re->now + NEXTHOPS_INTERVAL_MS;
        re->dump_kind = RE_DUMP_NEXTHOPS;
        nexthop_set_dump_begin(&re->nexthops);
    } else if (neighbours_due(re, &re->dump_scope)) {
        re->dump_kind = RE_DUMP_NEIGHBOURS;
        neighbour_set_dump_begin(&re->neighbours, re->dump_scope);
    } else {
        return false;
    }
    return true;
}

void
re_foreign_dump_ended(struct route_exchange *re, int error)
{
    if (re->dump_kind == RE_DUMP_NEXTHOPS) {
        nexthop_set_dump_end(&re->nexthops, error);
        re->no_nexthops = error == EOPNOTSUPP;
        if (re->no_nexthops) {
            error = 0;
        }
        re_gate_note(re, &re->nexthops_gate, error);
        if (error && error != EINTR) {
            re->nexthops_due = re->now + NEXTHOPS_RETRY_MS;
        }
        all_tables_changed(re);
        return;
    }
    if (error == EOPNOTSUPP) {
        error = 0;              /* A kernel without IPv6. */
    }
    neighbour_set_dump_end(&re->neighbours, re->dump_scope, error);
    re_gate_note(re, &re->neighbours_gate, error);
    if (error) {
        retry_gate_failed(&re->neighbours_gate.gate, re->now, re_random(re));
    }
}

/* Reading. */

bool
route_exchange_is_trusted(const struct route_exchange *re, uint32_t table_id)
{
    return (scope_is_synced(re, KM_SCOPE_LINKS)
            && scope_is_synced(re, table_id)
            && (re->nexthops.state == KM_SYNCED || re->no_nexthops
                || !kernel_mirror_uses_nexthops(re->mirror)));
}

/* Calls 'cb' with 'route', whose next hops are those of its nexthop object if
 * that is known: what the route says of them, if it does, is less. */
static void
call_with_route(const struct route_exchange *re, const struct nl_route *route,
                void (*cb)(void *aux, const struct nl_route *), void *aux)
{
    struct nl_nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    struct nl_route resolved = *route;
    size_t n = 0;

    if (route->nh_id) {
        n = nexthop_set_resolve(&re->nexthops, route->nh_id, nexthops,
                                ARRAY_SIZE(nexthops));
    }
    if (n) {
        resolved.n_nexthops = n;
        resolved.nexthops = nexthops;
    }
    cb(aux, &resolved);
}

void
route_exchange_get_routes(const struct route_exchange *re, uint32_t table_id,
                          const struct ip_prefix *prefix,
                          void (*cb)(void *aux, const struct nl_route *),
                          void *aux)
{
    const struct kernel_route *route = NULL;

    while ((route = kernel_mirror_find_prefix(re->mirror, table_id, prefix,
                                              route)) != NULL) {
        if (route->route.protocol != DR_RTPROT_OVN) {
            call_with_route(re, &route->route, cb, aux);
        }
    }
}

struct for_each_prefix {
    void (*cb)(void *aux, const struct ip_prefix *);
    void *aux;
};

static void
for_each_prefix(void *call_, const struct kernel_route *route)
{
    const struct for_each_prefix *call = call_;

    if (route->route.protocol != DR_RTPROT_OVN) {
        call->cb(call->aux, &route->route.key.prefix);
    }
}

void
route_exchange_for_each_prefix(const struct route_exchange *re,
                               uint32_t table_id,
                               void (*cb)(void *aux, const struct ip_prefix *),
                               void *aux)
{
    struct for_each_prefix call = { cb, aux };

    kernel_mirror_for_each_route(re->mirror, table_id, for_each_prefix,
                                 &call);
}

bool
route_exchange_device_is_up(const struct route_exchange *re, uint32_t ifindex)
{
    const struct nl_link *link = kernel_mirror_link_by_index(re->mirror,
                                                             ifindex);

    return link && link->flags & IFF_UP && link->flags & IFF_RUNNING;
}

const char *
route_exchange_get_device(const struct route_exchange *re, uint32_t ifindex)
{
    const struct nl_link *link = kernel_mirror_link_by_index(re->mirror,
                                                             ifindex);

    return link ? link->name : NULL;
}

const char *
route_exchange_get_peer(const struct route_exchange *re, uint32_t ifindex)
{
    const struct nl_link *link = kernel_mirror_link_by_index(re->mirror,
                                                             ifindex);

    return (link && link->peer ? route_exchange_get_device(re, link->peer)
            : NULL);
}
