/* ovn-route-ctl-frr.c: "frr-config": what FRR should be configured with.
 *
 * Gathers what the Southbound database, this host's Open_vSwitch database, its
 * VRFs and FRR itself tell; frr-uplink.c assigns neighbors to router ports,
 * and frr-render.c writes the text.  Which device a router port leads to
 * follows the rules by which ovn-route-controller learns (controller/learn.h):
 * that of dynamic-routing-port-name, or the other end of it; beyond that, a
 * device whose logical port is on the router port's switch. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "svec.h"
#include "utilities/explain-plan.h"
#include "utilities/frr-render.h"
#include "utilities/frr-text.h"
#include "utilities/frr-uplink.h"
#include "utilities/sb-facts-view.h"
#include "utilities/sb-facts.h"
#include "util.h"
#include "uuid.h"

/* Keys in external_ids of Open_vSwitch for what cannot be known otherwise. */
#define ASN_KEY "route-exchange-bgp-asn"
#define NEIGHBORS_KEY "route-exchange-bgp-neighbors"
#define MAPPING_KEY "dynamic-routing-port-mapping"

struct gatherer {
    struct ctl *ctl;
    struct sb_facts facts;
    const char *chassis;
    bool here;                  /* The chassis is this host: */
    struct smap mapping;        /* Of MAPPING_KEY, name to device... */
    struct smap interfaces;     /* ...and of logical ports. */
    bool has_running;
    struct frr_config running;  /* What FRR has. */
    char *unknown;              /* Why that is not known. */
    const char *asn_source;     /* Where the AS number is from. */
    struct ovs_list vrfs;       /* Of struct frr_vrf. */
};

/* Words that are separated by commas or blanks. */
static void
split_words(const char *text, struct svec *words)
{
    char *copy = xstrdup(text);

    for (char *p = copy; *p; p++) {
        *p = *p == ',' || *p == '\t' || *p == '\n' ? ' ' : *p;
    }
    svec_parse_words(words, copy);
    free(copy);
}

/* This host. */

/* What the command line does not say comes from the chassis' Open_vSwitch
 * row. */
static void
gather_ovs(struct gatherer *g)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct ctl *ctl = g->ctl;
    const char *mapping;
    char *error = NULL, *own;

    if (!ctl_read_ovs_ids(ctl, &ids, &error)) {
        free(error);
        return;
    }
    if (!ctl->asn) {
        ctl->asn = nullable_xstrdup(smap_get(&ids, ASN_KEY));
        g->asn_source = "external_ids:"ASN_KEY;
    }
    if (!ctl->neighbors) {
        ctl->neighbors = nullable_xstrdup(smap_get(&ids, NEIGHBORS_KEY));
    }
    own = xasprintf(MAPPING_KEY"-%s", g->chassis);
    mapping = smap_get(&ids, own);
    mapping = mapping ? mapping : smap_get(&ids, MAPPING_KEY);
    split_words(mapping ? mapping : "", &words);
    for (size_t i = 0; i < words.n; i++) {
        char *equals = strchr(words.names[i], '=');

        if (equals && equals[1]) {
            *equals = '\0';
            smap_replace(&g->mapping, words.names[i], equals + 1);
        }
    }
    free(own);
    svec_destroy(&words);
    smap_destroy(&ids);
    if (!ctl_read_interfaces(ctl, &g->interfaces, &error)) {
        free(error);            /* A host may do without. */
    }
}

static void
gather_frr(struct gatherer *g)
{
    char *text = g->ctl->probe.frr(g->ctl->probe.aux, "show running-config",
                                   &g->unknown);

    if (text) {
        frr_config_parse(text, &g->running);
        g->has_running = true;
        free(text);
    }
}

static void
gather_host(struct gatherer *g)
{
    smap_init(&g->mapping);
    smap_init(&g->interfaces);
    g->asn_source = "--asn";
    if (g->here) {
        gather_ovs(g);
        gather_frr(g);
    } else {
        g->unknown = xasprintf("%s is not this host", g->chassis);
    }
}

/* Ports and VRFs. */

/* Adds to 'port' the devices that lead to the router's port 'sb'. */
static void
find_devices(const struct gatherer *g, const struct sb_port *sb,
             const struct smap *options, struct frr_port *port)
{
    const struct sb_port *peer = (sb->peer
                                  ? sb_facts_find_port(&g->facts, sb->peer)
                                  : NULL);
    const char *name = smap_get(options, DR_PORT_NAME), *device;
    const struct smap_node *node;

    name = name ? name : smap_get(options, DR_REDIRECT);
    if (name) {
        device = smap_get(&g->mapping, name);
        device = device ? device : smap_get(&g->interfaces, name);
        port->named = true;
        if (device) {
            sset_add(&port->devices, device);
        }
    }
    SMAP_FOR_EACH (node, &g->interfaces) {
        const struct sb_port *lsp = sb_facts_find_port(&g->facts, node->key);

        if (peer && lsp && !uuid_is_zero(&peer->datapath)
            && uuid_equals(&lsp->datapath, &peer->datapath)) {
            sset_add(&port->nearby, node->value);
        }
    }
}

static int
compare_routing_ports(const void *a_, const void *b_)
{
    const struct sb_routing_port *const *a = a_, *const *b = b_;

    return strcmp((*a)->logical_port->name, (*b)->logical_port->name);
}

static bool
is_here(const struct gatherer *g, const struct sb_routing_port *rp)
{
    return (rp->binding_port && rp->binding_port->chassis
            && !strcmp(rp->binding_port->chassis, g->chassis));
}

static void
add_port(const struct gatherer *g, const struct sb_routing_port *rp,
         struct frr_vrf *vrf)
{
    struct frr_port *port = frr_vrf_add_port(vrf, rp->logical_port->name,
                                             rp->router,
                                             rp->logical_port->addresses);

    port->elsewhere = !is_here(g, rp);
    port->maintains = smap_get_bool(&rp->options, DR_MAINTAIN_VRF, false);
    find_devices(g, rp->logical_port, &rp->options, port);
}

/* Adds the VRF 'name' with the ports of 'router', sorted by name, if any of
 * these is on the chassis. */
static void
add_vrf(void *g_, const char *router, uint32_t table_id, const char *name)
{
    struct gatherer *g = g_;
    struct frr_vrf *vrf = frr_vrf_find(&g->vrfs, name);
    bool wanted = name[0] && (!g->ctl->router
                              || !strcmp(g->ctl->router, router));
    bool any_here = false;
    size_t n = 0, allocated = ovs_list_size(&g->facts.routing_ports);
    const struct sb_routing_port **ports = xcalloc(allocated + 1,
                                                   sizeof *ports);
    const struct sb_routing_port *rp;

    LIST_FOR_EACH (rp, node, &g->facts.routing_ports) {
        if (wanted && rp->router && !strcmp(rp->router, router)
            && rp->logical_port) {
            ports[n++] = rp;
            any_here = any_here || is_here(g, rp);
        }
    }
    qsort(ports, n, sizeof *ports, compare_routing_ports);
    for (size_t i = 0; i < n && any_here; i++) {
        vrf = vrf ? vrf : frr_vrf_add(&g->vrfs, name, table_id);
        add_port(g, ports[i], vrf);
    }
    free(ports);
}

/* Neighbors. */

/* 'device' has 'other' as its other end, or lies on it: where that leads,
 * 'device' does. */
static void
add_other_end(struct frr_vrf *vrf, const char *device, const char *other)
{
    struct frr_port *port;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (sset_contains(&port->devices, other)) {
            sset_add(&port->devices, device);
        }
        if (sset_contains(&port->nearby, other)) {
            sset_add(&port->nearby, device);
        }
    }
}

static const char *
get_member(const struct json *object, const char *name)
{
    const struct json *value = (object->type == JSON_OBJECT
                                ? shash_find_data(object->object, name)
                                : NULL);

    return value && value->type == JSON_STRING ? json_string(value) : NULL;
}

/* Adds to 'devices' those that are in 'vrf' on this host, sorted. */
static void
find_vrf_devices(struct frr_vrf *vrf, struct svec *devices)
{
    const char *const argv[] = {
        "ip", "-j", "link", "show", "master", vrf->name, NULL
    };
    char *error, *text = ctl_run_program(argv, CTL_ANSWER_SECONDS, &error);
    struct json *array = text ? json_from_string(text) : NULL;

    for (size_t i = 0; array && array->type == JSON_ARRAY
         && i < array->array.n; i++) {
        const struct json *link = array->array.elems[i];
        const char *device = get_member(link, "ifname");
        const char *other = get_member(link, "link");

        if (device) {
            svec_add(devices, device);
        }
        if (device && other) {
            add_other_end(vrf, device, other);
        }
    }
    svec_sort_unique(devices);
    json_destroy(array);
    free(text);
    free(error);
}

/* Adds the devices in 'vrf' on this host: as neighbors, unless those are named
 * elsewhere. */
static char *
add_devices(const struct gatherer *g, struct frr_vrf *vrf)
{
    struct svec devices = SVEC_EMPTY_INITIALIZER;
    char *error = NULL;

    find_vrf_devices(vrf, &devices);
    for (size_t i = 0; i < devices.n && !g->ctl->neighbors && !error; i++) {
        error = frr_uplink_add_device(vrf, devices.names[i]);
    }
    svec_destroy(&devices);
    return error;
}

static void
add_neighbors(struct gatherer *g)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct frr_vrf *vrf;
    char *error = NULL;

    LIST_FOR_EACH (vrf, node, &g->vrfs) {
        if (g->here && !error) {
            error = add_devices(g, vrf);
        }
    }
    split_words(g->ctl->neighbors ? g->ctl->neighbors : "", &words);
    for (size_t i = 0; i < words.n && !error; i++) {
        error = frr_uplink_add(&g->vrfs, words.names[i]);
    }
    svec_destroy(&words);
    if (error) {
        ctl_fail("%s", error);
    }
}

/* The AS number. */

/* Parses 'text', a decimal number, or two with a dot between them.  False if
 * it is no AS number. */
static bool
parse_asn(const char *text, uint32_t *asn)
{
    const char *dot = strchr(text, '.');
    unsigned long long int high = 0, low;
    bool ok = text[strspn(text, "0123456789.")] == '\0';

    if (dot) {
        char *first = xmemdup0(text, dot - text);

        ok = (ok && str_to_ullong(first, 10, &high) && high <= UINT16_MAX
              && str_to_ullong(dot + 1, 10, &low) && low <= UINT16_MAX);
        free(first);
    } else {
        ok = ok && str_to_ullong(text, 10, &low) && low <= UINT32_MAX;
    }
    if (!ok || !(high || low)) {
        return false;
    }
    *asn = (high << 16) + low;
    return true;
}

/* The AS number of FRR's instance in a VRF of ours, else of any; or NULL. */
static const char *
find_running_asn(const struct gatherer *g)
{
    const struct shash_node *first;
    const struct frr_vrf *vrf;

    if (!g->has_running) {
        return NULL;
    }
    LIST_FOR_EACH (vrf, node, &g->vrfs) {
        const struct frr_bgp *bgp = frr_config_find_bgp(&g->running,
                                                        vrf->name);

        if (bgp) {
            return bgp->asn;
        }
    }
    first = shash_first(&g->running.bgps);
    return first ? ((const struct frr_bgp *) first->data)->asn : NULL;
}

/* Returns the AS number.  FRR refuses to change that of an instance, and all
 * lines after it. */
static uint32_t
choose_asn(const struct gatherer *g)
{
    const char *text = g->ctl->asn ? g->ctl->asn : find_running_asn(g);
    const struct frr_vrf *vrf;
    uint32_t asn, running;

    if (!text) {
        ctl_fail("the AS number of %s is not known; give --asn, or set "
                 "external_ids:"ASN_KEY" of its Open_vSwitch row", g->chassis);
    }
    if (!parse_asn(text, &asn)) {
        ctl_fail("%s=%s is no AS number; give one from 1 to 4294967295",
                 g->asn_source, text);
    }
    LIST_FOR_EACH (vrf, node, &g->vrfs) {
        const struct frr_bgp *bgp
            = (g->has_running
               ? frr_config_find_bgp(&g->running, vrf->name) : NULL);

        if (bgp && parse_asn(bgp->asn, &running) && running != asn) {
            ctl_fail("FRR has AS %s in VRF %s, not %s, and does not change "
                     "it; give --asn=%s, and --router if another VRF has "
                     "another one, or end all sessions there with 'no router "
                     "bgp %s vrf %s' first", bgp->asn, vrf->name, text,
                     bgp->asn, bgp->asn, vrf->name);
        }
    }
    return asn;
}

/* Metrics. */

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
    char *asn = xasprintf("%"PRIu32, choose_asn(g));
    struct frr_render fr = {
        .chassis = g->chassis, .asn = asn, .vrfs = &g->vrfs,
        .running = g->has_running ? &g->running : NULL,
        .unknown = g->unknown,
    };
    uint32_t *metrics = find_metrics(&g->facts, &fr.n_metrics);

    fr.metrics = metrics;
    frr_render(&fr, &text);
    fputs(ds_cstr(&text), stdout);
    ds_destroy(&text);
    free(metrics);
    free(asn);
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
    gather_host(&g);
    ctl_connect(ctl, NULL, sb_facts_view_register_links);
    sb_facts_init(&g.facts);
    sb_facts_view_read(ctl->sb, NULL, 0, &g.facts);
    ovs_list_init(&g.vrfs);
    explain_plan_routers(&g.facts, g.chassis, add_vrf, &g);
    if (ovs_list_is_empty(&g.vrfs)) {
        ctl_fail("%s has no VRF%s%s: no router with "DR_ENABLED"=true and a "
                 "port with "DR_MAINTAIN_VRF"=true is there", g.chassis,
                 ctl->router ? " of router " : "",
                 ctl->router ? ctl->router : "");
    }
    add_neighbors(&g);
    render(&g);
    frr_vrfs_destroy(&g.vrfs);
    if (g.has_running) {
        frr_config_destroy(&g.running);
    }
    smap_destroy(&g.mapping);
    smap_destroy(&g.interfaces);
    sb_facts_destroy(&g.facts);
    free(g.unknown);
    return CTL_YES;
}
