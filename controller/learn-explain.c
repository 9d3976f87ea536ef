/* learn-explain.c: what becomes of each next hop that the kernel has for a
 * prefix, and why.  See learn.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static const char *const refusals[N_REFUSALS] = {
    [REFUSED_NOT] = "learned",
    [REFUSED_PREFIX] = "link-local, loopback and multicast prefixes are not "
                       "learned",
    [REFUSED_ADVERTISED] = "OVN itself advertises this prefix on this router",
    [REFUSED_PROTOCOL] = "its protocol is not that of a routing daemon",
    [REFUSED_TYPE] = "it is not unicast",
    [REFUSED_TOS] = "it is for one type of service only",
    [REFUSED_METRIC] = "another route has a better metric",
    [REFUSED_NO_ADDRESS] = "its next hop has no address",
    [REFUSED_ADDRESS] = "its next hop is no unicast address",
    [REFUSED_DEAD] = "the kernel does not use it (dead)",
    [REFUSED_DEVICE] = "its device does not exist here",
    [REFUSED_NO_LEARNING] = "the port has "DR_NO_LEARNING"=true",
    [REFUSED_DEFAULT] = "the port has "DR_LEARN_DEFAULT"=false",
    [REFUSED_FILTER] = "the port's "DR_LEARN_PREFIXES" denies it",
    [REFUSED_PLACE] = "its next hop belongs to another port, or to none, by "
                      "subnet, "DR_PORT_NAME" or "DR_REDIRECT,
    [REFUSED_OWN] = "its next hop is an address of this router itself",
    [REFUSED_LOOP] = "its next hop lies in the prefix, and no longer prefix "
                     "of the port leads there",
    [REFUSED_MAX] = "the port has no room for it within "DR_LEARN_MAX,
    [REFUSED_MANY] = "it has too many next hops",
};

/* What the callbacks have to know. */
struct explain {
    const struct learner *learn;
    const struct router *router;
    const struct ip_prefix *prefix;
    struct ds *ds;
    bool any;                   /* There is a route that counts... */
    uint32_t metric;            /* ...and this is the best. */
};

/* Fills in a next hop that is no part of the learner. */
static enum learner_refusal
make_hop(const struct explain *explain, const struct nl_nexthop *nexthop,
         struct hop *hop, struct device *device)
{
    enum learner_refusal refusal;

    memset(hop, 0, sizeof *hop);
    memset(device, 0, sizeof *device);
    refusal = learner_judge_nexthop(nexthop, &hop->family, hop->addr);
    hop->device = device;
    device->ifindex = nexthop->ifindex;
    learner_read_device(explain->learn, device);
    return refusal ? refusal : device->name[0] ? REFUSED_NOT : REFUSED_DEVICE;
}

static void
find_best(void *explain_, const struct nl_route *route)
{
    struct explain *explain = explain_;
    struct device device;
    struct hop hop;

    for (size_t i = 0; i < route->n_nexthops; i++) {
        if (!learner_judge_route(route)
            && !make_hop(explain, &route->nexthops[i], &hop, &device)
            && (!explain->any || route->key.metric < explain->metric)) {
            explain->any = true;
            explain->metric = route->key.metric;
        }
    }
}

/* What becomes of 'hop' on 'port'. */
static enum learner_refusal
judge_on_port(const struct explain *explain, const struct port *port,
              const struct hop *hop)
{
    const struct entry *entry = learner_entry_find(port->router->table,
                                                   explain->prefix);
    const struct claim *claim = entry ? learner_claim_find(entry, port) : NULL;
    enum learner_refusal refusal = learner_judge_port(port, explain->prefix);

    if (!refusal) {
        refusal = learner_judge_hop(port,
                                    learner_place_hop(port->router, hop),
                                    explain->prefix, hop);
    }
    return (refusal ? refusal
            : !claim || !learner_has_nexthop(claim->nexthops, claim->n, hop)
            ? REFUSED_MANY
            : !claim->accepted ? REFUSED_MAX
            : REFUSED_NOT);
}

static void
put_line(struct explain *explain, const struct nl_route *route,
         const struct hop *hop, const char *port, enum learner_refusal refusal)
{
    char buf[INET6_ADDRSTRLEN];

    ip_prefix_put(explain->prefix, explain->ds);
    if (hop && hop->family) {
        ds_put_format(explain->ds, " via %s",
                      inet_ntop(hop->family, hop->addr, buf, sizeof buf));
    }
    if (hop && hop->device->name[0]) {
        ds_put_format(explain->ds, " dev %s", hop->device->name);
    } else if (hop && hop->device->ifindex) {
        ds_put_format(explain->ds, " dev %"PRIu32, hop->device->ifindex);
    }
    ds_put_format(explain->ds, " protocol %d metric %"PRIu32,
                  route->protocol, route->key.metric);
    if (port) {
        ds_put_format(explain->ds, " on %s", port);
    }
    ds_put_format(explain->ds, "%s: %s\n",
                  refusal ? ": not learned" : "", refusals[refusal]);
}

/* Tells of one next hop of 'route', or, if 'nexthop' is NULL, of that it has
 * none. */
static void
explain_nexthop(struct explain *explain, const struct nl_route *route,
                const struct nl_nexthop *nexthop)
{
    const struct router *router = explain->router;
    enum learner_refusal refusal;
    const struct port *port;
    struct device device;
    struct hop hop;

    refusal = nexthop ? make_hop(explain, nexthop, &hop, &device)
              : REFUSED_NO_ADDRESS;
    if (learner_judge_prefix(explain->prefix)) {
        refusal = learner_judge_prefix(explain->prefix);
    } else if (learner_judge_route(route)) {
        refusal = learner_judge_route(route);
    } else if (!refusal && route->key.metric > explain->metric) {
        refusal = REFUSED_METRIC;
    } else if (!refusal
               && explain->learn->source.is_advertised(
                   explain->learn->source.aux, &router->datapath,
                   explain->prefix)) {
        refusal = REFUSED_ADVERTISED;
    }
    if (refusal) {
        put_line(explain, route, nexthop ? &hop : NULL, NULL, refusal);
        return;
    }
    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (port->bound_here) {
            put_line(explain, route, &hop, port->name,
                     judge_on_port(explain, port, &hop));
        }
    }
}

static void
explain_route(void *explain_, const struct nl_route *route)
{
    struct explain *explain = explain_;

    for (size_t i = 0; i < route->n_nexthops; i++) {
        explain_nexthop(explain, route, &route->nexthops[i]);
    }
    if (!route->n_nexthops) {
        explain_nexthop(explain, route, NULL);
    }
}

static void
explain_router(const struct learner *learn, const struct router *router,
               const struct ip_prefix *prefix, struct ds *ds)
{
    struct explain explain = { learn, router, prefix, ds, false, 0 };
    uint32_t table_id = router->table->table_id;
    size_t before;

    ds_put_format(ds, "router \"%s\": table %"PRIu32"%s\n", router->name,
                  table_id, (learn->source.is_trusted(learn->source.aux,
                                                      table_id)
                             ? "" : ", being read: nothing is learned"));
    before = ds->length;
    learn->source.get_routes(learn->source.aux, table_id, prefix, find_best,
                             &explain);
    learn->source.get_routes(learn->source.aux, table_id, prefix,
                             explain_route, &explain);
    if (ds->length == before) {
        ip_prefix_put(prefix, ds);
        ds_put_cstr(ds, ": the kernel has no route of others to it here\n");
    }
}

bool
learner_explain(const struct learner *learn, const struct ip_prefix *prefix,
                const char *name, struct ds *ds)
{
    size_t n;
    const struct router **routers = learner_get_routers(learn, name, &n);

    for (size_t i = 0; i < n; i++) {
        explain_router(learn, routers[i], prefix, ds);
    }
    free(routers);
    return n || !name;
}
