/* route-exchange-foreign.c: what others have in the tables that the engine
 * watches, for a host that learns from it.  See the last part of
 * include/ovn/route-exchange.h.
 *
 * Nothing is kept here: the mirror has it all, and the host keeps what it made
 * of it. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include "lib/dynamic-routing.h"
#include "util.h"

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

    struct re_table *table;
    HMAP_FOR_EACH (table, node, &re->tables) {
        re_foreign_table_changed(re, table->table_id);
    }
    if (re->observer.device_changed
        && scope_is_synced(re, KM_SCOPE_LINKS)) {
        re->observer.device_changed(re->observer_aux, 0);
    }
}

/* Reading. */

bool
route_exchange_is_trusted(const struct route_exchange *re, uint32_t table_id)
{
    return (scope_is_synced(re, KM_SCOPE_LINKS)
            && scope_is_synced(re, table_id));
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
            cb(aux, &route->route);
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

const char *
route_exchange_get_device(const struct route_exchange *re, uint32_t ifindex)
{
    const struct nl_link *link = kernel_mirror_link_by_index(re->mirror,
                                                             ifindex);

    return link ? link->name : NULL;
}
