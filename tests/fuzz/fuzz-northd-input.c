/* fuzz-northd-input.c: libFuzzer target for what ovn-route-northd reads in
 * columns that anybody may fill with anything.
 *
 * The input is one text, given to every parser, and then to every object of a
 * small Northbound database; what comes of it must keep the laws: formats and
 * parses back, incremental equals full.
 *
 *     configure CC=clang --enable-sanitizers \
 *         CFLAGS='-g -O1 -fsanitize=fuzzer-no-link'
 *     make fuzz FUZZ_SECONDS=600
 *
 * 'make check' replays the corpus with replay.c. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "northd/advertised-route.h"
#include "northd/dynamic-routing-port.h"
#include "northd/lb-vip.h"
#include "northd/self-check.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "uuid.h"

/* Input beyond this is no other kind of input. */
#define MAX_TEXT 4096

static void
fuzz_prefix(const char *text)
{
    struct ip_prefix prefix, again;
    char buf[IP_PREFIX_STRLEN];
    bool host_bits;

    if (!ip_prefix_parse(text, &prefix, &host_bits)) {
        ovs_assert(!ip_prefix_parse(ip_prefix_format(&prefix, buf), &again,
                                    &host_bits));
        ovs_assert(!host_bits);
        ovs_assert(ip_prefix_equals(&prefix, &again));
        ovs_assert(ip_prefix_contains(&prefix, &again));
    }
}

static void
fuzz_vip(const char *text)
{
    struct smap variables = SMAP_CONST1(&variables, "vip", "192.0.2.1");
    char *missing = NULL, *expanded;
    struct ip_prefix address;
    uint16_t port;

    if (!lb_vip_parse(text, &address, &port)) {
        ovs_assert(ip_prefix_is_host(&address));
    }
    expanded = lb_vip_expand(text, &variables, &missing);
    ovs_assert(!expanded == (missing != NULL));
    free(expanded);
    free(missing);
}

static void
fuzz_options(const char *text)
{
    struct ds unknown = DS_EMPTY_INITIALIZER;
    struct ds known = DS_EMPTY_INITIALIZER;
    unsigned int sources;
    uint32_t number;

    sources = dynamic_routing_parse_redistribute(text, &unknown);
    ds_clear(&unknown);
    dynamic_routing_format_sources(sources, &known);
    ovs_assert(dynamic_routing_parse_redistribute(ds_cstr(&known), &unknown)
               == sources);
    ovs_assert(!unknown.length);
    ds_destroy(&known);
    ds_destroy(&unknown);

    if (!dynamic_routing_parse_vrf_id(text, &number)) {
        ovs_assert(number);
    }
    if (!dynamic_routing_parse_metric(text, &number)) {
        ovs_assert(number <= DR_METRIC_MAX);
    }
    if (!dynamic_routing_check_vrf_name(text)) {
        ovs_assert(text[0] && strlen(text) <= 15);
    }
}

/* A switch with a host, which the router port leads to. */
static void
fill_switch(struct view *view, const char *text)
{
    struct uuid sw = { { 5, 0, 0, 0 } }, vif = { { 6, 0, 0, 0 } };
    struct uuid link = { { 7, 0, 0, 0 } };
    struct view_host_config host = {
        .addresses = &text, .n_addresses = 1, .dynamic_addresses = text,
        .advertise = true,
    };

    view_switch_set(view, &sw);
    view_switch_port_set(view, &link, "link", "p");
    view_switch_port_attach(view, &link, &sw);
    view_switch_port_set(view, &vif, text, NULL);
    view_switch_port_set_host(view, &vif, &host);
    view_switch_port_attach(view, &vif, &sw);
}

static void
fill_route(struct view *view, const struct uuid *lr, const char *text)
{
    struct uuid uuid = { { 8, 0, 0, 0 } };
    char *s = CONST_CAST(char *, text);
    struct view_route_config config = {
        .ip_prefix = s, .nexthop = s, .output_port = s, .metric = s,
        .route_table = CONST_CAST(char *, ""), .advertise = true,
    };

    view_route_set(view, &uuid, &config);
    view_route_attach(view, &uuid, lr);
}

/* A router with all sources, and 'text' wherever there is room for it. */
static void
fill_view(struct view *view, const char *text)
{
    struct uuid lr = { { 1, 0, 0, 0 } }, lrp = { { 2, 0, 0, 0 } };
    struct uuid nat = { { 3, 0, 0, 0 } }, lb = { { 4, 0, 0, 0 } };
    struct smap options = SMAP_INITIALIZER(&options);
    struct smap vips = SMAP_CONST1(&vips, text, text);
    struct view_router_port_config port = {
        .name = "p", .peer = text, .networks = &text, .n_networks = 1,
        .options = &options,
    };
    struct view_nat_config nat_config = {
        .type = CONST_CAST(char *, "dnat_and_snat"),
        .external_ip = CONST_CAST(char *, text),
        .logical_ip = CONST_CAST(char *, text),
        .logical_port = CONST_CAST(char *, text),
        .external_mac = CONST_CAST(char *, text),
        .metric = CONST_CAST(char *, text),
        .advertise = true,
    };
    struct view_lb_config lb_config = {
        .name = text, .vips = &vips, .protocol = text, .metric = text,
        .advertise = true, .template = true, .health = true,
        .mappings = &vips, .checked_vips = &text, .n_checked_vips = 1,
    };

    smap_add(&options, DR_ENABLED, "true");
    smap_add(&options, "chassis", "hv1");
    smap_add(&options, DR_REDISTRIBUTE,
             "connected,connected-as-host,static,nat,lb,hub-spoke");
    smap_add(&options, DR_VRF_ID, text);
    smap_add(&options, DR_VRF_NAME, text);
    view_router_set(view, &lr, text, true, &options);
    smap_replace(&options, DR_METRIC, text);
    view_router_port_set(view, &lrp, &port);
    view_router_port_attach(view, &lrp, &lr);
    view_nat_set(view, &nat, &nat_config);
    view_nat_attach(view, &nat, &lr);
    view_lb_set(view, &lb, &lb_config);
    view_lb_attach(view, &lb, &lr);
    fill_route(view, &lr, text);
    fill_switch(view, text);
    smap_replace(&options, DR_REDISTRIBUTE, text);
    view_router_port_set(view, &lrp, &port);
    smap_destroy(&options);
}

static void
fuzz_view(const char *text)
{
    struct advertised_routes *routes = advertised_routes_create();
    struct ds report = DS_EMPTY_INITIALIZER;
    struct dynamic_routing_ports ports;
    struct problem_set problems;
    struct view view;

    view_init(&view);
    problem_set_init(&problems);
    dynamic_routing_ports_init(&ports);
    view_changes_clear(&view);
    fill_view(&view, text);
    advertised_routes_run(routes, &view, &problems);
    dynamic_routing_ports_run(&ports, &view, &problems);
    view_changes_clear(&view);
    advertised_routes_clear_changed(routes);
    ovs_assert(!self_check(&view, routes, &ports, &report));

    ds_destroy(&report);
    dynamic_routing_ports_destroy(&ports);
    advertised_routes_destroy(routes);
    problem_set_destroy(&problems);
    view_destroy(&view);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= MAX_TEXT && !memchr(data, '\0', size)) {
        char *text = xmemdup0((const char *) data, size);

        fuzz_prefix(text);
        fuzz_vip(text);
        fuzz_options(text);
        fuzz_view(text);
        free(text);
    }
    return 0;
}
