/* learn-show.c: what is told of learning: problems, counts, listings.  See
 * learn.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Sources of problems with what a port is offered, and with next hops. */
#define SOURCE_PORT "learn"
#define SOURCE_NEXTHOP "learn-nexthop"

/* Problems. */

struct problem_set *
learner_problems(struct learner *learn)
{
    return &learn->problems;
}

/* The text form of the prefix of the first claim in 'list', by 'bad_node'. */
static const char *
example(const struct ovs_list *list, enum bad_nexthop bad,
        char buf[static IP_PREFIX_STRLEN])
{
    const struct claim *claim = CONTAINER_OF(ovs_list_front(list),
                                             struct claim, bad_node[bad]);

    return ip_prefix_format(&claim->entry->prefix, buf);
}

static void
report_bad(struct learner *learn, struct port *port)
{
    static const struct {
        const char *what, *why;
    } texts[N_BAD] = {
        [BAD_LOOP] = { "next hop inside of prefix", "their next hop lies in "
                       "them, and no longer prefix of the port leads there" },
        [BAD_OWN] = { "next hop of its own", "their next hop is an address of "
                      "this router itself" },
    };
    char buf[IP_PREFIX_STRLEN];

    for (int i = 0; i < N_BAD; i++) {
        char *object = xasprintf("Logical_Router_Port %s %s", port->name,
                                 texts[i].what);

        if (ovs_list_is_empty(&port->bad[i])) {
            problem_resolve(&learn->problems, SOURCE_PORT, object);
        } else {
            problem_report(&learn->problems, SOURCE_PORT, object,
                           "routes of table %"PRIu32" are not learned, %s "
                           "among them, because %s; correct what announces "
                           "them", port->router->table->table_id,
                           example(&port->bad[i], i, buf), texts[i].why);
        }
        free(object);
    }
}

void
learner_report_port(struct learner *learn, struct port *port)
{
    char *object = xasprintf("Logical_Router_Port %s "DR_LEARN_MAX,
                             port->name);

    report_bad(learn, port);
    if (port->n_waiting) {
        problem_report(&learn->problems, SOURCE_PORT, object,
                       "table %"PRIu32" has routes to more than %"PRIuSIZE
                       " prefixes, and no further ones are learned; raise "
                       DR_LEARN_MAX" or narrow "DR_LEARN_PREFIXES,
                       port->router->table->table_id, port->max);
    } else {
        problem_resolve(&learn->problems, SOURCE_PORT, object);
    }
    free(object);

    object = xasprintf("Logical_Router_Port %s "DR_PORT_NAME, port->name);
    if (port->learning && port->port_name && !port->device[0]) {
        problem_report(&learn->problems, SOURCE_PORT, object,
                       "nothing is learned on this port, because no device "
                       "of \"%s\" is known; bind that port here, or name its "
                       "device in external_ids:dynamic-routing-port-mapping "
                       "of Open_vSwitch", port->port_name);
    } else {
        problem_resolve(&learn->problems, SOURCE_PORT, object);
    }
    free(object);
}

static const char *
format_hop(const struct hop *hop, char buf[static INET6_ADDRSTRLEN])
{
    return inet_ntop(hop->family, hop->addr, buf, INET6_ADDRSTRLEN);
}

static int
compare_hops(const void *a_, const void *b_)
{
    const struct hop *const *ap = a_, *const *bp = b_;
    const struct hop *a = *ap, *b = *bp;

    if (a->table != b->table) {
        return a->table->table_id < b->table->table_id ? -1 : 1;
    } else if (a->device != b->device) {
        return a->device->ifindex < b->device->ifindex ? -1 : 1;
    } else if (a->family != b->family) {
        return a->family < b->family ? -1 : 1;
    }
    return memcmp(a->addr, b->addr, sizeof a->addr);
}

/* Reports that 'hop', the first of 'n' next hops of its table and device, has
 * trouble. */
static void
report_hop(struct learner *learn, const struct hop *hop, size_t n)
{
    const struct device *device = hop->device;
    char *object = xasprintf("device %"PRIu32" of table %"PRIu32,
                             device->ifindex, hop->table->table_id);
    struct ds which = DS_EMPTY_INITIALIZER;
    char buf[INET6_ADDRSTRLEN];

    ds_put_cstr(&which, format_hop(hop, buf));
    if (n > 1) {
        ds_put_format(&which, ", the first of %"PRIuSIZE" next hops,", n);
    }
    if (!device->name[0]) {
        problem_report(&learn->problems, SOURCE_NEXTHOP, object,
                       "routes by %s are not learned, because there is no "
                       "such device here; find out with 'ip route show table "
                       "%"PRIu32"' what made them", ds_cstr(&which),
                       hop->table->table_id);
    } else {
        problem_report(&learn->problems, SOURCE_NEXTHOP, object,
                       "IPv4 routes by %s are learned without a MAC address, "
                       "because the kernel has none; see 'ip -6 neigh show "
                       "dev %s'", ds_cstr(&which), device->name);
    }
    ds_destroy(&which);
    free(object);
}

/* One problem for each table and device is enough. */
static void
report_hops(struct learner *learn, const struct hop **hops, size_t n)
{
    qsort(hops, n, sizeof *hops, compare_hops);
    problem_set_begin(&learn->problems);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && hops[next]->table == hops[i]->table
             && hops[next]->device == hops[i]->device; next++) {
            continue;
        }
        report_hop(learn, hops[i], next - i);
    }
    problem_set_end(&learn->problems, SOURCE_NEXTHOP);
}

void
learner_report_hops(struct learner *learn, long long int now)
{
    const struct hop **hops;
    struct hop *hop;
    size_t n = 0;

    if (!learn->report_hops && now < learn->report_at) {
        return;
    }
    learn->report_hops = false;
    learn->report_at = LLONG_MAX;
    hops = xmalloc((ovs_list_size(&learn->troubles) + 1) * sizeof *hops);
    LIST_FOR_EACH (hop, trouble_node, &learn->troubles) {
        if (!hop->since) {
            hop->since = now;
        }
        if (now >= hop->since + LEARN_PATIENCE_MS) {
            hops[n++] = hop;
        } else {
            learn->report_at = MIN(learn->report_at,
                                   hop->since + LEARN_PATIENCE_MS);
        }
    }
    report_hops(learn, hops, n);
    free(hops);
}

/* Counts and listings. */

struct learner_table_stats
learner_get_table_stats(const struct learner *learn, uint32_t table_id)
{
    const struct table *table = learner_table_find(learn, table_id);
    struct learner_table_stats stats = { 0, 0 };
    const struct router *router;
    const struct port *port;

    if (table) {
        LIST_FOR_EACH (router, table_node, &table->routers) {
            LIST_FOR_EACH (port, router_node, &router->ports) {
                stats.n_learned += port->n_accepted;
                stats.n_waiting += port->n_waiting;
            }
        }
    }
    return stats;
}

static int
compare_routers(const void *a_, const void *b_)
{
    const struct router *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct port *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

static int
compare_claims(const void *a_, const void *b_)
{
    const struct claim *const *a = a_, *const *b = b_;

    return ip_prefix_compare(&(*a)->entry->prefix, &(*b)->entry->prefix);
}

static void
format_claim(const struct claim *claim, struct ds *ds)
{
    for (size_t i = 0; i < claim->n; i++) {
        const struct nexthop *nexthop = &claim->nexthops[i];
        char buf[INET6_ADDRSTRLEN];

        ds_put_cstr(ds, "    ");
        ip_prefix_put(&claim->entry->prefix, ds);
        ds_put_format(ds, " via %s", format_hop(nexthop->hop, buf));
        if (nexthop->weight > 1) {
            ds_put_format(ds, " weight %"PRIu16, nexthop->weight);
        }
        ds_put_char(ds, '\n');
    }
}

static void
format_port(const struct learner *learn, const struct port *port,
            struct ds *ds)
{
    const struct claim **claims = xmalloc((port->n_accepted + 1)
                                          * sizeof *claims);
    const struct claim *claim;
    size_t n = 0, n_actual, n_held;

    learn_rows_count_port(learn->rows, &port->uuid, &n_actual, &n_held);
    ds_put_format(ds, "  port \"%s\": prefixes %"PRIuSIZE", waiting %"PRIuSIZE
                  ", rows %"PRIuSIZE", held %"PRIuSIZE, port->name,
                  port->n_accepted, port->n_waiting, n_actual, n_held);
    if (!port->learning) {
        ds_put_cstr(ds, ", learns nothing (dynamic-routing-no-learning)");
    } else if (port->router->filtered) {
        ds_put_format(ds, ", learns from %s",
                      !port->port_name ? "nowhere (another port has "
                      "dynamic-routing-port-name)"
                      : port->device[0] ? port->device
                      : "nowhere (dynamic-routing-port-name is not here)");
    }
    ds_put_char(ds, '\n');
    LIST_FOR_EACH (claim, port_node, &port->accepted) {
        claims[n++] = claim;
    }
    qsort(claims, n, sizeof *claims, compare_claims);
    for (size_t i = 0; i < n; i++) {
        format_claim(claims[i], ds);
    }
    free(claims);
}

static void
format_router(const struct learner *learn, const struct router *router,
              struct ds *ds)
{
    const struct port **ports = xmalloc((ovs_list_size(&router->ports) + 1)
                                        * sizeof *ports);
    const struct port *port;
    size_t n = 0;

    ds_put_format(ds, "router \"%s\": table %"PRIu32"%s\n", router->name,
                  router->table->table_id,
                  learn->source.is_trusted(learn->source.aux,
                                           router->table->table_id)
                  ? "" : ", being read");
    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (port->bound_here) {
            ports[n++] = port;
        }
    }
    qsort(ports, n, sizeof *ports, compare_ports);
    for (size_t i = 0; i < n; i++) {
        format_port(learn, ports[i], ds);
    }
    free(ports);
}

const struct router **
learner_get_routers(const struct learner *learn, const char *name, size_t *n)
{
    const struct router **routers = xmalloc((hmap_count(&learn->routers) + 1)
                                            * sizeof *routers);
    const struct router *router;

    *n = 0;
    HMAP_FOR_EACH (router, node, &learn->routers) {
        if (!name || !strcmp(router->name, name)) {
            routers[(*n)++] = router;
        }
    }
    qsort(routers, *n, sizeof *routers, compare_routers);
    return routers;
}

bool
learner_format(const struct learner *learn, const char *name, struct ds *ds)
{
    size_t n;
    const struct router **routers = learner_get_routers(learn, name, &n);

    for (size_t i = 0; i < n; i++) {
        format_router(learn, routers[i], ds);
    }
    free(routers);
    return n || !name;
}
