/* test-route.c: unit tests of the plan (controller/route*.[ch]). */
#include <config.h>
#include "controller/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "sset.h"
#include "tests/lib/plan-stage.h"
#include "util.h"
#include "uuid.h"

/* Section 4.1: which routers take part. */

static void
gateway_router_bound_here_takes_part(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 20, 10, 11, 0, "172.16.10.2");
    expect(fake, "table 7 -, 7 172.16.10.2 1000");

    port(fake, 11, "gw-up", "l3gateway", false);
    expect(fake, "");
    port(fake, 11, "gw-up", "l3gateway", true);
    expect(fake, "table 7 -, 7 172.16.10.2 1000");
    expect_problem(fake, NULL);
}

static void
router_without_dynamic_routing_takes_no_part(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "");
    advertise(fake, 20, 10, 11, 0, "172.16.10.2");
    expect(fake, "");
    routing_port(fake, 12, 10, 11, 11, "gw", "on");
    expect(fake, "table 7 -, 7 172.16.10.2 1000");
    routing_port_remove(fake, 12);
    expect(fake, "");
}

static void
distributed_router_takes_part_where_its_cr_port_is(void **state)
{
    struct fake *fake = *state;

    distributed(fake, 10, "lr", 8, false, "on");
    advertise(fake, 20, 10, 11, 0, "192.168.10.0/24");
    advertise(fake, 21, 10, 14, 0, "192.168.20.0/24");
    expect(fake, "");

    /* Failover to this chassis and away again. */
    port(fake, 12, "cr-lr-dgp", "cr", true);
    expect(fake, "table 8 -, 8 192.168.10.0/24 1000, "
           "8 192.168.20.0/24 1000");
    port(fake, 12, "cr-lr-dgp", "cr", false);
    expect(fake, "");
}

static void
distributed_router_without_gateway_port_takes_no_part(void **state)
{
    struct fake *fake = *state;

    datapath(fake, 10, 8);
    port(fake, 11, "lr-in", "patch", false);
    routing_port(fake, 12, 10, 11, 11, "lr", "on");
    advertise(fake, 20, 10, 11, 0, "192.168.10.0/24");
    expect(fake, "");
}

/* A router with two DGPs: rows on the one that is elsewhere are not ours, and
 * rows on inside ports are installed wherever one DGP is. */
static void
dgp_elsewhere_keeps_its_rows_there(void **state)
{
    struct fake *fake = *state;

    distributed(fake, 10, "lr", 8, true, "on");
    port(fake, 31, "lr-dgp2", "patch", false);
    port(fake, 32, "cr-lr-dgp2", "cr", false);
    routing_port(fake, 33, 10, 31, 32, "lr", "on");
    advertise(fake, 20, 10, 11, 11, "10.0.0.1");
    advertise(fake, 21, 10, 31, 31, "10.0.0.2");
    advertise(fake, 22, 10, 14, 0, "10.0.0.3");
    expect(fake, "table 8 -, 8 10.0.0.1 100, 8 10.0.0.3 1000");

    port(fake, 12, "cr-lr-dgp", "cr", false);
    port(fake, 32, "cr-lr-dgp2", "cr", true);
    expect(fake, "table 8 -, 8 10.0.0.2 100, 8 10.0.0.3 1000");
}

/* Section 4.2: which rows, with which metric.  One case per state of the
 * table. */

struct metric_case {
    const char *type;           /* Of the tracked port; NULL: none. */
    bool here;                  /* It is bound here. */
    bool local_only;
    const char *expected;       /* Metric, or "" for no route. */
};

static const struct metric_case metric_cases[] = {
    { NULL, false, false, "1000" },
    { NULL, false, true, "1000" },
    { "vif", true, false, "100" },
    { "vif", true, true, "100" },
    { "vif", false, false, "1000" },
    { "vif", false, true, "" },
    { "patch", false, false, "100" },
    { "patch", false, true, "100" },
    { "dgp", true, false, "100" },
    { "dgp", true, true, "100" },
    { "dgp", false, false, "1000" },
    { "dgp", false, true, "" },
    { "cr", true, true, "100" },
    { "cr", false, true, "" },
    { "localnet", false, false, "1000" },
    { "localnet", false, true, "" },
    { "unknown", false, false, "1000" },
    { "unknown", false, true, "" },
};

static void
tracked_port_gives_the_metric(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(metric_cases); i++) {
        const struct metric_case *c = &metric_cases[i];
        struct fake fake;
        char *expected = (c->expected[0]
                          ? xasprintf("table 7 -, 7 10.0.0.1 %s", c->expected)
                          : xstrdup("table 7 -"));

        fake_init(&fake);
        gateway(&fake, 10, "gw", 7,
                c->local_only ? "on,redistribute-local-only=true" : "on");
        if (c->type && !strcmp(c->type, "dgp")) {
            port(&fake, 20, "t", "patch", false);
            port(&fake, 21, "cr-t", "cr", c->here);
        } else if (c->type && !strcmp(c->type, "cr")) {
            port(&fake, 20, "cr-t", "cr", c->here);
        } else if (c->type && strcmp(c->type, "unknown")) {
            port(&fake, 20, "t", c->type, c->here);
        }
        advertise(&fake, 30, 10, 11, c->type ? 20 : 0, "10.0.0.1");
        print_message("# tracked %s, %s, local-only %d\n",
                      c->type ? c->type : "nothing",
                      c->here ? "here" : "elsewhere", c->local_only);
        expect(&fake, expected);
        free(expected);
        fake_destroy(&fake);
    }
}

static void
metric_follows_the_tracked_port(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 10, 11, 20, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    port(fake, 20, "vif", "", true);
    expect(fake, "table 7 -, 7 10.0.0.1 100");
    port(fake, 20, "vif", "", false);
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    routing_port(fake, 12, 10, 11, 11, "gw",
                 "on,redistribute-local-only=true");
    expect(fake, "table 7 -");
    port(fake, 20, "vif", "", true);
    expect(fake, "table 7 -, 7 10.0.0.1 100");
    port_remove(fake, 20);
    expect(fake, "table 7 -");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
}

/* local-only is looked up on the row's own logical port, which may be one
 * that does not take part itself. */
static void
local_only_counts_on_the_logical_port(void **state)
{
    struct fake *fake = *state;

    distributed(fake, 10, "lr", 8, true, "on");
    port(fake, 20, "vif", "", false);
    advertise(fake, 30, 10, 11, 20, "10.0.0.1");
    advertise(fake, 31, 10, 14, 20, "10.0.0.2");
    expect(fake, "table 8 -, 8 10.0.0.1 1000, 8 10.0.0.2 1000");
    routing_port(fake, 15, 10, 14, 14, "lr", "redistribute-local-only=true");
    expect(fake, "table 8 -, 8 10.0.0.1 1000");
    routing_port(fake, 15, 10, 14, 14, "lr", "");
    routing_port(fake, 13, 10, 11, 12, "lr",
                 "on,redistribute-local-only=true");
    expect(fake, "table 8 -, 8 10.0.0.2 1000");
}

static void
logical_port_elsewhere_means_no_route(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    port(fake, 20, "gw-other", "l3gateway", false);
    advertise(fake, 30, 10, 20, 0, "10.0.0.1");
    expect(fake, "table 7 -");
    port(fake, 20, "gw-other", "l3gateway", true);
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
}

static void
same_prefix_at_both_metrics_coexists(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    port(fake, 20, "vif", "", true);
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    advertise(fake, 31, 10, 11, 20, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 100, 7 10.0.0.1 1000");
    expect_problem(fake, NULL);
    advertise_remove(fake, 30);
    expect(fake, "table 7 -, 7 10.0.0.1 100");
}

static void
rows_with_one_route_are_merged(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.0/24");
    expect(fake, "table 7 -, 7 10.0.0.0/24 1000");

    unsigned int before = fake->n_calls;
    advertise(fake, 31, 10, 11, 0, "10.0.0.0/24");
    expect(fake, "table 7 -, 7 10.0.0.0/24 1000");
    advertise_remove(fake, 30);
    expect(fake, "table 7 -, 7 10.0.0.0/24 1000");
    assert_int_equal(fake->n_calls, before);
    expect_problem(fake, NULL);
    advertise_remove(fake, 31);
    expect(fake, "table 7 -");
}

/* Cost: one row, one call; nothing at all when nothing changes. */
static void
one_changed_row_is_one_call(void **state)
{
    struct fake *fake = *state;
    char prefix[32];

    gateway(fake, 10, "gw", 7, "on");
    for (unsigned int i = 0; i < 200; i++) {
        snprintf(prefix, sizeof prefix, "10.0.1.%u", i);
        advertise(fake, 100 + i, 10, 11, 0, prefix);
    }
    route_plan_run(fake->plan);

    unsigned int before = fake->n_calls;
    advertise(fake, 1000, 10, 11, 0, "10.0.2.1");
    route_plan_run(fake->plan);
    assert_int_equal(fake->n_calls, before + 1);

    advertise(fake, 1000, 10, 11, 0, "10.0.2.1");
    routing_port(fake, 12, 10, 11, 11, "gw", "on");
    datapath(fake, 10, 7);
    route_plan_run(fake->plan);
    assert_int_equal(fake->n_calls, before + 1);
}

/* Tables and VRFs: sections 1.5 and 4.3, D8. */

struct table_case {
    int64_t key;
    const char *options;
    const char *expected;
    const char *problem;        /* Part of it; NULL: there is none. */
};

static const struct table_case table_cases[] = {
    { 7, "on", "table 7 -", NULL },
    { 7, "on,vrf-id=10", "table 10 -", NULL },
    { 7, "on,vrf-id=10,maintain-vrf=true", "table 10 ovnvrf10", NULL },
    { 7, "on,maintain-vrf=true", "table 7 ovnvrf7", NULL },
    { 7, "on,maintain-vrf=true,vrf-name=red", "table 7 red", NULL },
    { 7, "on,vrf-name=red", "table 7 -", NULL },
    { 7, "on,maintain-vrf=true,vrf-name=abcdefghijklmno",
      "table 7 abcdefghijklmno", NULL },

    { 7, "on,vrf-id=0", "table 7 -", "dynamic-routing-vrf-id=0 " },
    { 7, "on,vrf-id=abc", "table 7 -", "dynamic-routing-vrf-id=abc " },
    { 7, "on,vrf-id=-1", "table 7 -", "dynamic-routing-vrf-id=-1 " },
    { 7, "on,vrf-id=0x10", "table 7 -", "dynamic-routing-vrf-id=0x10 " },
    { 7, "on,vrf-id=5000000000", "table 7 -", "vrf-id=5000000000 " },
    { 7, "on,vrf-id=252", "", "dynamic-routing-vrf-id=252 " },
    { 7, "on,vrf-id=255", "", "dynamic-routing-vrf-id=255 " },
    { 7, "on,vrf-id=4294967295", "", "vrf-id=4294967295 " },
    { 7, "on,vrf-id=253", "table 253 -", NULL },
    { 7, "on,vrf-id=254", "table 254 -", NULL },
    { 7, "on,vrf-id=4294967294", "table 4294967294 -", NULL },
    { 7, "on,vrf-id=4294967294,maintain-vrf=true", "", "vrf-name" },
    { 7, "on,vrf-id=4294967294,maintain-vrf=true,vrf-name=x",
      "table 4294967294 x", NULL },
    { 252, "on", "", "tunnel key 252 " },
    { 253, "on", "", "tunnel key 253 " },
    { 254, "on", "", "tunnel key 254 " },
    { 255, "on", "", "tunnel key 255 " },
    { 254, "on,vrf-id=254", "table 254 -", NULL },
    { 254, "on,vrf-id=12", "table 12 -", NULL },

    { 7, "on,maintain-vrf=true,vrf-name=abcdefghijklmnop", "table 7 ovnvrf7",
      "\"abcdefghijklmnop\" is longer than 15 characters" },
    { 7, "on,maintain-vrf=true,vrf-name=a/b", "table 7 ovnvrf7", "\"a/b\"" },
    { 7, "on,maintain-vrf=true,vrf-name=a b", "table 7 ovnvrf7", "\"a b\"" },
    { 7, "on,maintain-vrf=true,vrf-name=..", "table 7 ovnvrf7", "\"..\"" },
    { 7, "on,maintain-vrf=true,vrf-name=", "table 7 ovnvrf7", "is empty" },
};

static void
options_give_table_and_vrf(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table_cases); i++) {
        const struct table_case *c = &table_cases[i];
        struct fake fake;

        fake_init(&fake);
        print_message("# key %d, %s\n", (int) c->key, c->options);
        gateway(&fake, 10, "gw", c->key, c->options);
        expect(&fake, c->expected);
        if (c->problem) {
            expect_problem(&fake, "router \"gw\"", c->problem, "set ");
        } else {
            expect_problem(&fake, NULL);
        }
        /* Put right, it is no longer reported. */
        gateway(&fake, 10, "gw", c->key, "on,vrf-id=99");
        expect(&fake, "table 99 -");
        expect_problem(&fake, NULL);
        fake_destroy(&fake);
    }
}

static void
router_waits_for_its_tunnel_key(void **state)
{
    struct fake *fake = *state;

    port(fake, 11, "gw-up", "l3gateway", true);
    routing_port(fake, 12, 10, 11, 11, "gw", "on");
    advertise(fake, 20, 10, 11, 0, "10.0.0.1");
    expect(fake, "");
    expect_problem(fake, NULL);
    /* No table can be named yet that stands in for a wrong one. */
    routing_port(fake, 12, 10, 11, 11, "gw", "on,vrf-id=ten");
    expect(fake, "");
    expect_problem(fake, NULL);
    datapath(fake, 10, 7);
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    expect_problem(fake, "tunnel key 7 is used instead");
}

static void
maintain_vrf_on_one_port_that_takes_part_suffices(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    port(fake, 20, "gw-2", "l3gateway", true);
    routing_port(fake, 21, 10, 20, 20, "gw", "on,maintain-vrf=true");
    expect(fake, "table 7 ovnvrf7");
    port(fake, 20, "gw-2", "l3gateway", false);
    expect(fake, "table 7 -");
}

static void
changed_table_moves_the_routes(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on,maintain-vrf=true");
    advertise(fake, 20, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 ovnvrf7, 7 10.0.0.1 1000");
    routing_port(fake, 12, 10, 11, 11, "gw", "on,maintain-vrf=true,vrf-id=10");
    expect(fake, "table 10 ovnvrf10, 10 10.0.0.1 1000");

    unsigned int before = fake->n_calls;
    routing_port(fake, 12, 10, 11, 11, "gw",
                 "on,maintain-vrf=true,vrf-id=10,vrf-name=red");
    expect(fake, "table 10 red, 10 10.0.0.1 1000");
    assert_int_equal(fake->n_calls, before + 1);
}

/* D9: several routers on one table. */

static void
d9_routers_on_one_table_are_merged(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "a", 7, "on,vrf-id=50");
    gateway(fake, 20, "b", 8, "on,vrf-id=50,maintain-vrf=true");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    advertise(fake, 31, 20, 21, 0, "10.0.0.2");
    expect(fake, "table 50 ovnvrf50, 50 10.0.0.1 1000, 50 10.0.0.2 1000");
    expect_problem(fake, NULL);

    routing_port_remove(fake, 12);
    expect(fake, "table 50 ovnvrf50, 50 10.0.0.2 1000");
}

static void
d9_same_prefix_of_two_routers_is_reported_with_both(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "a", 7, "on,vrf-id=50");
    gateway(fake, 20, "b", 8, "on,vrf-id=50");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    advertise(fake, 31, 20, 21, 0, "10.0.0.1");
    expect(fake, "table 50 -, 50 10.0.0.1 1000");
    expect_problem(fake, "10.0.0.1", "table 50", "\"a\"", "\"b\"");
    advertise_remove(fake, 30);
    expect(fake, "table 50 -, 50 10.0.0.1 1000");
    expect_problem(fake, NULL);
}

static void
d9_next_hop_of_the_first_router_counts(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 20, "b", 8, "on,vrf-id=50,v4-prefix-nexthop=192.0.2.2");
    advertise(fake, 31, 20, 21, 0, "10.0.0.1");
    expect(fake, "table 50 -, 50 10.0.0.1 1000 via 192.0.2.2");
    gateway(fake, 10, "a", 7, "on,vrf-id=50,v4-prefix-nexthop=192.0.2.1");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 50 -, 50 10.0.0.1 1000 via 192.0.2.1");
    /* A new name turns it round. */
    routing_port(fake, 12, 10, 11, 11, "c",
                 "on,vrf-id=50,v4-prefix-nexthop=192.0.2.1");
    expect(fake, "table 50 -, 50 10.0.0.1 1000 via 192.0.2.2");
    expect_problem(fake, "\"b\"", "\"c\"");
}

static void
two_vrf_names_for_one_table_are_reported(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "b", 7, "on,vrf-id=50,maintain-vrf=true,vrf-name=blue");
    expect(fake, "table 50 blue");
    gateway(fake, 20, "a", 8, "on,vrf-id=50,maintain-vrf=true,vrf-name=amber");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 50 amber, 50 10.0.0.1 1000");
    expect_problem(fake, "router \"b\"", "\"blue\"", "\"amber\"",
                   "table 50");
}

static void
one_vrf_name_for_two_tables_is_refused(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "b", 7, "on,vrf-id=50,maintain-vrf=true,vrf-name=red");
    gateway(fake, 20, "a", 8, "on,vrf-id=60,maintain-vrf=true,vrf-name=red");
    gateway(fake, 30, "c", 9, "on,vrf-id=70,maintain-vrf=true");
    advertise(fake, 40, 10, 11, 0, "10.0.0.1");
    advertise(fake, 41, 30, 31, 0, "10.0.0.2");
    expect(fake, "table 60 red, table 70 ovnvrf70, 70 10.0.0.2 1000");
    expect_problem(fake, "router \"b\"", "\"red\"", "table 50", "table 60");
    routing_port_remove(fake, 22);
    expect(fake, "table 50 red, table 70 ovnvrf70, 50 10.0.0.1 1000, "
           "70 10.0.0.2 1000");
    expect_problem(fake, NULL);
}

/* Next hops. */

struct nexthop_case {
    const char *options;
    const char *v4, *v6;        /* What follows the routes. */
    const char *problem;
};

static const struct nexthop_case nexthop_cases[] = {
    { "on", "", "", NULL },
    { "on,v4-prefix-nexthop=192.0.2.1", " via 192.0.2.1", "", NULL },
    { "on,v4-prefix-nexthop=fe80::1", " via fe80::1", "", NULL },
    { "on,v6-prefix-nexthop=fe80::1", "", " via fe80::1", NULL },
    { "on,v6-prefix-nexthop=192.0.2.1", "", "", "\"192.0.2.1\"" },
    { "on,v6-prefix-nexthop=::ffff:192.0.2.1", "", "",
      "\"::ffff:192.0.2.1\"" },
    { "on,v4-prefix-nexthop=::ffff:192.0.2.1", "", "",
      "\"::ffff:192.0.2.1\"" },
    { "on,v4-prefix-nexthop=192.0.2.1/32", "", "", "\"192.0.2.1/32\"" },
    { "on,v4-prefix-nexthop=0.0.0.0", "", "", "\"0.0.0.0\"" },
    { "on,v4-prefix-nexthop=x", "", "", "\"x\"" },
    { "on,v4-prefix-nexthop=", "", "", "\"\"" },
};

static void
next_hops_are_used_or_reported(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(nexthop_cases); i++) {
        const struct nexthop_case *c = &nexthop_cases[i];
        struct fake fake;
        char *expected = xasprintf("table 7 -, 7 10.0.0.1 1000%s, "
                                   "7 2001:db8::1 1000%s", c->v4, c->v6);

        fake_init(&fake);
        print_message("# %s\n", c->options);
        gateway(&fake, 10, "gw", 7, c->options);
        advertise(&fake, 30, 10, 11, 0, "10.0.0.1");
        advertise(&fake, 31, 10, 11, 0, "2001:db8::1");
        expect(&fake, expected);
        if (c->problem) {
            expect_problem(&fake, "router \"gw\"", c->problem);
        } else {
            expect_problem(&fake, NULL);
        }
        free(expected);
        fake_destroy(&fake);
    }
}

/* Bad rows. */

static void
bad_prefix_is_reported_and_alone_skipped(void **state)
{
    static const char *bad[] = {
        "", "x", "10.0.0.300", "10.0.0.1/24", "10.0.0.0/33", "2001:db8::/129",
        "^vip",
    };
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 31, 10, 11, 0, "10.0.0.2");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *quoted = xasprintf("\"%s\"", bad[i]);

        advertise(fake, 30, 10, 11, 0, bad[i]);
        expect(fake, "table 7 -, 7 10.0.0.2 1000");
        expect_problem(fake, "Advertised_Route 0000001e-", quoted, "\"gw\"");
        free(quoted);
    }
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 1000, 7 10.0.0.2 1000");
    expect_problem(fake, NULL);

    /* A row that goes takes its problem along; so does a router. */
    advertise(fake, 30, 10, 11, 0, "x");
    route_plan_run(fake->plan);
    expect_problem(fake, "\"x\"");
    advertise_remove(fake, 30);
    route_plan_run(fake->plan);
    expect_problem(fake, NULL);
    advertise(fake, 30, 10, 11, 0, "x");
    route_plan_run(fake->plan);
    routing_port_remove(fake, 12);
    route_plan_run(fake->plan);
    expect_problem(fake, NULL);
}

static void
rows_without_references_are_skipped_and_counted(void **state)
{
    struct fake *fake = *state;
    struct route_plan_stats stats;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 0, 11, 0, "10.0.0.1");
    advertise(fake, 31, 10, 0, 0, "10.0.0.2");
    advertise(fake, 32, 0, 0, 0, "x");
    routing_port(fake, 33, 0, 11, 11, "gw", "on");
    routing_port(fake, 34, 10, 0, 11, "gw", "on");
    routing_port(fake, 35, 10, 11, 0, "gw", "on,vrf-id=99");
    expect(fake, "table 7 -");
    expect_problem(fake, NULL);
    route_plan_get_stats(fake->plan, &stats);
    assert_int_equal(stats.n_garbage, 6);
    assert_int_equal(stats.n_rows, 3);
    assert_int_equal(stats.n_routers, 1);

    advertise(fake, 31, 10, 11, 0, "10.0.0.2");
    expect(fake, "table 7 -, 7 10.0.0.2 1000");
    route_plan_get_stats(fake->plan, &stats);
    assert_int_equal(stats.n_garbage, 5);
    assert_int_equal(stats.n_routes, 1);
}

/* A row whose tracked port is gone is not one that never had any. */
static void
row_that_lost_its_tracked_port_is_skipped(void **state)
{
    struct fake *fake = *state;
    struct uuid datapath = id(10), logical = id(11);
    struct route_advertised row = {
        .uuid = id(30),
        .datapath = &datapath,
        .logical_port = &logical,
        .ip_prefix = "10.0.0.1",
        .tracked_port_lost = true,
    };
    struct route_plan_stats stats;

    gateway(fake, 10, "gw", 7, "on");
    route_plan_set_advertised(fake->plan, &row);
    expect(fake, "table 7 -");
    route_plan_get_stats(fake->plan, &stats);
    assert_int_equal(stats.n_garbage, 1);

    row.tracked_port_lost = false;
    route_plan_set_advertised(fake->plan, &row);
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
}

/* D22: a policy class replaces the low 24 bits of the metric. */
static void
D22_policy_class_is_the_metric(void **state)
{
    static const struct {
        const char *metric, *expected;
    } cases[] = {
        { "30", "table 7 -, 7 10.0.0.1 30" },
        { "16777215", "table 7 -, 7 10.0.0.1 16777215" },
        { "0", "table 7 -, 7 10.0.0.1 1" },
        { "16777216", "table 7 -, 7 10.0.0.1 1000" },
        { "x", "table 7 -, 7 10.0.0.1 1000" },
        { NULL, "table 7 -, 7 10.0.0.1 1000" },
    };
    struct fake *fake = *state;
    struct uuid datapath = id(10), logical = id(11);

    gateway(fake, 10, "gw", 7, "on");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct route_advertised row = {
            .uuid = id(30),
            .datapath = &datapath,
            .logical_port = &logical,
            .ip_prefix = "10.0.0.1",
            .metric = cases[i].metric,
        };

        route_plan_set_advertised(fake->plan, &row);
        expect(fake, cases[i].expected);
    }
}

/* A row's references are emptied one after the other as their targets go. */
static void
deleted_router_takes_all_along(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    datapath(fake, 10, 0);
    port_remove(fake, 11);
    advertise(fake, 30, 0, 0, 0, "10.0.0.1");
    routing_port(fake, 12, 0, 0, 0, "gw", "on");
    expect(fake, "");
    advertise_remove(fake, 30);
    routing_port_remove(fake, 12);
    expect(fake, "");
}

static void
sink_refusal_is_reported(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    route_plan_run(fake->plan);
    fake->add_error = EINVAL;
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 -");
    expect_problem(fake, "10.0.0.1", "table 7");
    fake->add_error = 0;
    advertise_remove(fake, 30);
    expect(fake, "table 7 -");
    expect_problem(fake, NULL);
}

static void
withdrawn_plan_wants_nothing(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    route_plan_set_withdrawn(fake->plan, true);
    expect(fake, "");
    advertise(fake, 31, 10, 11, 0, "10.0.0.2");
    expect(fake, "");
    route_plan_set_withdrawn(fake->plan, false);
    expect(fake, "table 7 -, 7 10.0.0.1 1000, 7 10.0.0.2 1000");
}

static void
full_statement_removes_what_it_leaves_out(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    gateway(fake, 20, "gone", 8, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    advertise(fake, 31, 10, 11, 0, "10.0.0.2");
    advertise(fake, 32, 20, 21, 0, "10.0.0.3");
    expect(fake, "table 7 -, table 8 -, 7 10.0.0.1 1000, 7 10.0.0.2 1000, "
           "8 10.0.0.3 1000");

    unsigned int before = fake->n_calls;
    route_plan_begin_full(fake->plan);
    gateway(fake, 10, "gw", 7, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    route_plan_end_full(fake->plan);
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    /* Two routes and a table went, what stayed was not touched. */
    assert_int_equal(fake->n_calls, before + 3);
}

static void
format_lists_routers_by_name(void **state)
{
    struct fake *fake = *state;
    struct ds ds = DS_EMPTY_INITIALIZER;

    gateway(fake, 10, "b", 7, "on");
    gateway(fake, 20, "a", 8, "on");
    advertise(fake, 30, 10, 11, 0, "10.0.0.1");
    route_plan_run(fake->plan);
    route_plan_format(fake->plan, &ds);
    assert_string_equal(ds_cstr(&ds),
                        "router \"a\": table 8, advertises 0\n"
                        "router \"b\": table 7, advertises 1\n");
    ds_destroy(&ds);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gateway_router_bound_here_takes_part),
        TEST(router_without_dynamic_routing_takes_no_part),
        TEST(distributed_router_takes_part_where_its_cr_port_is),
        TEST(distributed_router_without_gateway_port_takes_no_part),
        TEST(dgp_elsewhere_keeps_its_rows_there),
        TEST(tracked_port_gives_the_metric),
        TEST(metric_follows_the_tracked_port),
        TEST(local_only_counts_on_the_logical_port),
        TEST(logical_port_elsewhere_means_no_route),
        TEST(same_prefix_at_both_metrics_coexists),
        TEST(rows_with_one_route_are_merged),
        TEST(one_changed_row_is_one_call),
        TEST(options_give_table_and_vrf),
        TEST(router_waits_for_its_tunnel_key),
        TEST(maintain_vrf_on_one_port_that_takes_part_suffices),
        TEST(changed_table_moves_the_routes),
        TEST(d9_routers_on_one_table_are_merged),
        TEST(d9_same_prefix_of_two_routers_is_reported_with_both),
        TEST(d9_next_hop_of_the_first_router_counts),
        TEST(two_vrf_names_for_one_table_are_reported),
        TEST(one_vrf_name_for_two_tables_is_refused),
        TEST(next_hops_are_used_or_reported),
        TEST(bad_prefix_is_reported_and_alone_skipped),
        TEST(rows_without_references_are_skipped_and_counted),
        TEST(row_that_lost_its_tracked_port_is_skipped),
        TEST(D22_policy_class_is_the_metric),
        TEST(deleted_router_takes_all_along),
        TEST(sink_refusal_is_reported),
        TEST(withdrawn_plan_wants_nothing),
        TEST(full_statement_removes_what_it_leaves_out),
        TEST(format_lists_routers_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
