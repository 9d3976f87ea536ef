/* ovn-route-ctl-frr.c: "frr-config": what FRR should be configured with. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "svec.h"
#include "utilities/explain-plan.h"
#include "utilities/frr-render.h"
#include "utilities/frr-text.h"
#include "utilities/sb-facts-view.h"
#include "utilities/sb-facts.h"
#include "util.h"

/* Keys in external_ids of Open_vSwitch for what cannot be known otherwise. */
#define ASN_KEY "route-exchange-bgp-asn"
#define NEIGHBORS_KEY "route-exchange-bgp-neighbors"

struct gatherer {
    struct ctl *ctl;
    struct sb_facts facts;
    const char *chassis;
    bool here;                  /* The chassis is this host. */
    struct frr_vrf *vrfs;
    size_t n, allocated;
};

/* The port of 'router' towards the fabric: that for which the VRF is
 * maintained, or else the first by name, of those that are on the chassis. */
static const struct sb_port *
find_uplink(const struct gatherer *g, const char *router)
{
    const struct sb_routing_port *rp, *best = NULL;

    LIST_FOR_EACH (rp, node, &g->facts.routing_ports) {
        bool maintains = smap_get_bool(&rp->options, DR_MAINTAIN_VRF, false);

        if (!rp->router || strcmp(rp->router, router) || !rp->logical_port
            || !rp->binding_port || !rp->binding_port->chassis
            || strcmp(rp->binding_port->chassis, g->chassis)) {
            continue;
        }
        if (!best
            || (maintains && !smap_get_bool(&best->options, DR_MAINTAIN_VRF,
                                            false))
            || (maintains == smap_get_bool(&best->options, DR_MAINTAIN_VRF,
                                           false)
                && strcmp(rp->logical_port->name,
                          best->logical_port->name) < 0)) {
            best = rp;
        }
    }
    return best ? best->logical_port : NULL;
}

/* The ports that are in VRF 'name' on this host. */
static void
find_ports(const char *name, struct svec *ports)
{
    const char *const argv[] = {
        "ip", "-j", "link", "show", "master", name, NULL
    };
    char *error, *text = ctl_run_program(argv, 10, &error);
    struct json *array = text ? json_from_string(text) : NULL;

    for (size_t i = 0; array && array->type == JSON_ARRAY
         && i < array->array.n; i++) {
        const struct json *link = array->array.elems[i], *port;

        port = (link->type == JSON_OBJECT
                ? shash_find_data(link->object, "ifname") : NULL);
        if (port && port->type == JSON_STRING) {
            svec_add(ports, json_string(port));
        }
    }
    json_destroy(array);
    free(text);
    free(error);
}

static void
add_vrf(void *g_, const char *router, uint32_t table_id, const char *vrf)
{
    struct gatherer *g = g_;
    const struct sb_port *port = find_uplink(g, router);
    struct svec *neighbors;

    if (!vrf[0] || !port) {
        return;
    }
    neighbors = xmalloc(sizeof *neighbors);
    svec_init(neighbors);
    if (g->ctl->neighbors) {
        char *words = xstrdup(g->ctl->neighbors);

        for (char *p = words; *p; p++) {
            *p = *p == ',' ? ' ' : *p;
        }
        svec_parse_words(neighbors, words);
        free(words);
    } else if (g->here) {
        find_ports(vrf, neighbors);
    }
    if (g->n >= g->allocated) {
        g->vrfs = x2nrealloc(g->vrfs, &g->allocated, sizeof *g->vrfs);
    }
    g->vrfs[g->n++] = (struct frr_vrf) {
        .name = xstrdup(vrf),
        .table_id = table_id,
        .router = xstrdup(router),
        .port = port->name,
        .addresses = port->addresses,
        .neighbors = neighbors,
    };
}

/* What the command line does not say comes from the chassis' Open_vSwitch row,
 * and the AS number from what FRR has already. */
static void
gather_defaults(struct gatherer *g)
{
    struct ctl *ctl = g->ctl;
    struct smap ids = SMAP_INITIALIZER(&ids);
    char *error = NULL, *text;

    if (!g->here || !ctl_read_ovs_ids(ctl, &ids, &error)) {
        free(error);
        return;
    }
    if (!ctl->asn) {
        ctl->asn = nullable_xstrdup(smap_get(&ids, ASN_KEY));
    }
    if (!ctl->neighbors) {
        ctl->neighbors = nullable_xstrdup(smap_get(&ids, NEIGHBORS_KEY));
    }
    smap_destroy(&ids);
    text = ctl->asn ? NULL : ctl->probe.frr(ctl->probe.aux,
                                            "show running-config", &error);
    if (text) {
        struct frr_config config;
        struct shash_node *node;

        frr_config_parse(text, &config);
        node = shash_first(&config.bgps);
        if (node) {
            const struct frr_bgp *bgp = node->data;

            ctl->asn = xstrdup(bgp->asn);
        }
        frr_config_destroy(&config);
        free(text);
    }
    free(error);
}

static int
compare_metrics(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* The metrics that routes may have: those of a chassis, and the classes in use
 * (D22).  Stores their number in '*n'; the caller must free the result. */
static uint32_t *
find_metrics(const struct sb_facts *facts, size_t *n)
{
    size_t allocated = ovs_list_size(&facts->routes) + 2, unique = 0;
    uint32_t *metrics = xmalloc(allocated * sizeof *metrics);
    const struct sb_route *route;

    *n = 0;
    metrics[(*n)++] = DR_METRIC_LOCAL;
    metrics[(*n)++] = DR_METRIC_DEFAULT;
    LIST_FOR_EACH (route, node, &facts->routes) {
        uint32_t metric;

        if (route->metric
            && !dynamic_routing_parse_metric(route->metric, &metric)) {
            metrics[(*n)++] = MAX(metric, 1);
        }
    }
    qsort(metrics, *n, sizeof *metrics, compare_metrics);
    for (size_t i = 0; i < *n; i++) {
        if (!i || metrics[i] != metrics[unique - 1]) {
            metrics[unique++] = metrics[i];
        }
    }
    /* There are only so many numbers for the entries of a route-map. */
    *n = MIN(unique, 6000);
    return metrics;
}

static void
render(struct gatherer *g)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct frr_render fr = {
        .chassis = g->chassis, .asn = g->ctl->asn,
        .vrfs = g->vrfs, .n_vrfs = g->n,
    };
    uint32_t *metrics = find_metrics(&g->facts, &fr.n_metrics);

    fr.metrics = metrics;
    frr_render(&fr, &text);
    fputs(ds_cstr(&text), stdout);
    ds_destroy(&text);
    free(metrics);
}

int
ctl_frr_config(struct ctl *ctl)
{
    struct gatherer g = { .ctl = ctl };

    ctl_find_host(ctl);
    g.chassis = ctl->chassis ? ctl->chassis : ctl->system_id;
    if (!g.chassis) {
        ctl_fail("this host is no chassis; name one with --chassis");
    }
    g.here = ctl->system_id && !strcmp(ctl->system_id, g.chassis);
    gather_defaults(&g);
    if (!ctl->asn) {
        ctl_fail("the AS number of %s is not known; give --asn, or set "
                 "external_ids:"ASN_KEY" of its Open_vSwitch row", g.chassis);
    }
    ctl_connect(ctl, NULL, sb_facts_view_register);
    sb_facts_init(&g.facts);
    sb_facts_view_read(ctl->sb, NULL, 0, &g.facts);
    explain_plan_routers(&g.facts, g.chassis, add_vrf, &g);
    if (!g.n) {
        ctl_fail("%s has no VRF: no router with "DR_ENABLED"=true and a port "
                 "with "DR_MAINTAIN_VRF"=true is there", g.chassis);
    }
    render(&g);
    for (size_t i = 0; i < g.n; i++) {
        free(CONST_CAST(char *, g.vrfs[i].name));
        free(CONST_CAST(char *, g.vrfs[i].router));
        svec_destroy(CONST_CAST(struct svec *, g.vrfs[i].neighbors));
        free(CONST_CAST(struct svec *, g.vrfs[i].neighbors));
    }
    free(g.vrfs);
    sb_facts_destroy(&g.facts);
    return CTL_YES;
}
