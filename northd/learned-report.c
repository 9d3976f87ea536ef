/* learned-report.c: what is wrong with learned routes, and what there is of
 * them.  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <stdlib.h>

#include "lib/dynamic-routing.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

static const char *const verdict_texts[LEARNED_N_VERDICTS] = {
    [LEARNED_VIA_IPV6_OFF] = "an IPv4 prefix with an IPv6 next hop, which "
                             DR_LEARN_VIA_IPV6"=false turns off",
    [LEARNED_CONFIGURED] = "the prefix is configured on the router",
    [LEARNED_OWN_ADDRESS] = "the next hop is an address of the port itself; "
                            "check what the peer announces as next hop",
    [LEARNED_FAMILY] = "an IPv6 prefix with an IPv4 next hop, which this OVN "
                       "cannot route; announce it with an IPv6 next hop",
    [LEARNED_NO_IPV4] = "the port has no IPv4 address, which this OVN needs "
                        "for IPv4 prefixes; add a network to the port",
    [LEARNED_NO_MAC] = "the next hop's MAC address is not known; check that "
                       "the chassis has it as an IPv6 neighbor",
    [LEARNED_NO_ADDRESS] = "no address of 169.254.0.0/16 is left to stand for "
                           "the next hop; remove networks from that range",
};

static void
format_slot(const struct learned_slot *slot, struct ds *s)
{
    ip_prefix_put(&slot->prefix, s);
    ds_put_cstr(s, " via ");
    ip_prefix_put(&slot->nexthop, s);
}

/* Of each kind of trouble with routes on 'port' one is named, the first by
 * prefix. */
static void
port_report(struct learned_port *port, struct problem_set *problems)
{
    char *object = xasprintf("Logical_Router_Port %s", port->name);
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = LEARNED_OWN_ADDRESS; i < LEARNED_N_VERDICTS; i++) {
        const struct learned_slot *slot, *first = NULL;

        LIST_FOR_EACH (slot, verdict_node, &port->by_verdict[i]) {
            if (!first
                || ip_prefix_compare(&slot->prefix, &first->prefix) < 0
                || (ip_prefix_equals(&slot->prefix, &first->prefix)
                    && ip_prefix_compare(&slot->nexthop,
                                         &first->nexthop) < 0)) {
                first = slot;
            }
        }
        if (first) {
            ds_put_cstr(&text, text.length ? "; also "
                        : "learned routes are withheld: ");
            format_slot(first, &text);
            ds_put_format(&text, ": %s", verdict_texts[i]);
        }
    }
    if (text.length) {
        problem_report(problems, LEARNED_SOURCE, object, "%s", ds_cstr(&text));
    } else {
        problem_resolve(problems, LEARNED_SOURCE, object);
    }
    ds_destroy(&text);
    free(object);
}

void
learned_report_forget_rows(struct learned_routes *lrs,
                           struct problem_set *problems)
{
    const char *object;
    size_t i;

    SVEC_FOR_EACH (i, object, &lrs->unreported_rows) {
        problem_resolve(problems, LEARNED_SOURCE, object);
    }
    svec_clear(&lrs->unreported_rows);
}

void
learned_report_run(struct learned_routes *lrs, struct problem_set *problems)
{
    struct learned_port *port;

    LIST_FOR_EACH_POP (port, unreported_node, &lrs->unreported_ports) {
        port->unreported = false;
        port_report(port, problems);
        learned_port_free_if_unused(lrs, port);
    }
}

void
learned_routes_get_stats(const struct learned_routes *lrs,
                         struct learned_routes_stats *stats)
{
    stats->rows = hmap_count(&lrs->rows);
    stats->garbage = ovs_list_size(&lrs->garbage);
    stats->invalid = lrs->n_invalid;
    stats->routes = lrs->n_routes;
    stats->withheld = lrs->n_routes - lrs->n_wanted;
    stats->installed = hmap_count(&lrs->facts);
}

void
learned_routes_format(const struct learned_routes *lrs,
                      const struct uuid *router, struct ds *s)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct learned_slot *slot;
    const char *line;
    size_t i;

    HMAP_FOR_EACH (slot, node, &lrs->slots) {
        struct ds l = DS_EMPTY_INITIALIZER;

        if (slot->verdict == LEARNED_NO_ROW
            || (router && !uuid_equals(&slot->port->router->uuid, router))) {
            continue;
        }
        ds_put_format(&l, "%s ", slot->port->name);
        format_slot(slot, &l);
        if (slot->verdict != LEARNED_WANTED) {
            ds_put_format(&l, " withheld: %s", verdict_texts[slot->verdict]);
        } else if (slot->via) {
            ds_put_cstr(&l, " as ");
            ip_prefix_put(&slot->out, &l);
        }
        svec_add_nocopy(&lines, ds_steal_cstr(&l));
    }
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(s, "%s\n", line);
    }
    svec_destroy(&lines);
}
