/* test-learn.c: unit tests of controller/learn*.[ch]: what is made of routes and
 * next hops.  test-learn-port.c has the rest. */
#include <config.h>
#include "controller/learn.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/lib/history.h"
#include "tests/lib/learn-world.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

static void
only_dynamic_unicast_routes_with_a_next_hop_count(void **state OVS_UNUSED)
{
    static const uint8_t protocols[] = {
        0, 1, 2, 3, 4, 84, 8, 9, 11, 12, 16, 42, 99, 186, 188, 196
    };

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        char *prefix = xasprintf("10.0.%d.0/24", protocols[i]);

        add_route(prefix, "10.1.0.2", 20)->route.protocol = protocols[i];
        free(prefix);
    }
    add_route("10.2.0.0/24", NULL, 20);
    add_route("10.2.1.0/24", NULL, 20)->route.type = RTN_BLACKHOLE;
    add_route("10.2.2.0/24", "10.1.0.2", 20)->route.type = RTN_UNREACHABLE;
    add_route("10.2.3.0/24", "10.1.0.2", 20)->route.key.tos = 4;
    add_route("10.2.4.0/24", "10.1.0.2", 20)->nexthops[0].flags = RTNH_F_DEAD;
    add_route("169.254.3.0/24", "10.1.0.2", 20);
    add_route("fe80::/64", "2001:db8::2", 20);
    add_route("224.0.0.0/4", "10.1.0.2", 20);
    add_route("ff00::/8", "2001:db8::2", 20);
    add_route("10.2.5.0/24", "0.0.0.0", 20);
    add_route("10.2.6.0/24", "224.0.0.5", 20);
    EXPECT("1 10.0.8.0/24 10.1.0.2\n1 10.0.9.0/24 10.1.0.2\n"
           "1 10.0.11.0/24 10.1.0.2\n1 10.0.12.0/24 10.1.0.2\n"
           "1 10.0.16.0/24 10.1.0.2\n1 10.0.42.0/24 10.1.0.2\n"
           "1 10.0.99.0/24 10.1.0.2\n1 10.0.186.0/24 10.1.0.2\n"
           "1 10.0.188.0/24 10.1.0.2\n1 10.0.196.0/24 10.1.0.2");
}

static void
multipath_is_one_row_per_next_hop(void **state OVS_UNUSED)
{
    struct fake_route *route;

    add_port("00:00:00:00:00:01 10.1.0.1/24 2001:db8:1::1/64");
    route = add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_nexthop(route, "10.1.0.3", 1, 1);
    add_nexthop(route, "2001:db8:1::2", 1, 1);
    add_nexthop(route, "::ffff:10.1.0.4", 1, 1);
    world.macs[2] = 9;
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.3\n"
           "1 10.0.0.0/24 10.1.0.4\n"
           "1 10.0.0.0/24 2001:db8:1::2 mac=02:00:00:00:00:09");
    /* The same address twice is one; weights that are equal say nothing. */
    remove_routes("10.0.0.0/24");
    route = add_route("10.0.0.0/24", "10.1.0.2", 20);
    route->nexthops[0].weight = 7;
    add_nexthop(route, "10.1.0.3", 1, 7);
    add_nexthop(route, "10.1.0.3", 2, 7);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.3");
    route->nexthops[0].weight = 100;
    learner_recompute(learn);
    EXPECT("1 10.0.0.0/24 10.1.0.2 weight=100\n"
           "1 10.0.0.0/24 10.1.0.3 weight=7");
}

/* Adds 'n' routes by 'nexthop', to 10.FIRST.0.0/24 and those after it. */
static void
add_many(int first, size_t n, const char *nexthop)
{
    for (size_t i = 0; i < n; i++) {
        char *prefix = xasprintf("10.%"PRIuSIZE".%"PRIuSIZE".0/24",
                                 first + i / 256, i % 256);

        add_route(prefix, nexthop, 20);
        free(prefix);
    }
}

static void
more_next_hops_than_128_are_cut_off_and_told(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *text;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    for (int i = 0; i < 130; i += 2) {
        char *first = xasprintf("10.1.0.%d", i + 2);
        char *second = xasprintf("10.1.0.%d", i + 3);

        add_nexthop(add_route("10.0.0.0/24", first, 20), second, 1, 1);
        free(first);
        free(second);
    }
    run_learner();
    learn_stage_pass(&stage, 1000);
    text = learn_stage_text(&stage);
    assert_int_equal(stage.n_ops, 128);
    assert_null(strstr(text, "10.1.0.130"));
    assert_true(learner_explain(learn, &world.routes[0].route.key.prefix,
                                NULL, &ds));
    assert_non_null(strstr(ds_cstr(&ds), "via 10.1.0.131 dev x0 protocol 186 "
                           "metric 20 on p1: not learned: it has too many"));
    ds_destroy(&ds);
    free(text);
}

static void
S4_mac_goes_with_ipv6_next_hop_of_ipv4_prefix(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    world.macs[2] = 9;
    add_route("10.0.0.0/24", "fe80::2", 20);
    add_route("2001:db8::/32", "fe80::2", 20);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09\n"
           "1 2001:db8::/32 fe80::2");
    assert_int_equal(world.n_watches, 1);
    remove_routes("10.0.0.0/24");
    EXPECT("1 2001:db8::/32 fe80::2");
    assert_int_equal(world.n_watches, 0);
}

/* A neighbour entry that is about to be read makes no row without it, and no
 * problem; one that is missing makes both. */
static void
S4_row_waits_a_moment_for_its_mac(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "fe80::2", 20);
    EXPECT("");
    expect_problem(NULL);
    world.macs[2] = 9;
    learner_neighbour_changed(learn, 1);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09");
    assert_int_equal(stage.n_ops, 1);

    add_route("10.0.1.0/24", "fe80::3", 20);
    add_route("10.0.2.0/24", "fe80::4", 20);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09");
    assert_true(learner_next_time(learn) > stage.now);
    learn_stage_pass(&stage, 1000);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09\n"
           "1 10.0.1.0/24 fe80::3\n1 10.0.2.0/24 fe80::4");
    expect_problem("device 1 of table 10: IPv4 routes by fe80::3, the first "
                   "of 2 next hops, are learned without a MAC address");
    world.macs[3] = 7;
    world.macs[4] = 6;
    learner_neighbour_changed(learn, 1);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09\n"
           "1 10.0.1.0/24 fe80::3 mac=02:00:00:00:00:07\n"
           "1 10.0.2.0/24 fe80::4 mac=02:00:00:00:00:06");
    expect_problem(NULL);
}

/* No prefix is looked at again, and no other row written. */
static void
changed_mac_costs_the_rows_that_have_it(void **state OVS_UNUSED)
{
    char *text;

    world.macs[2] = world.macs[3] = 1;
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_many(10, 3000, "fe80::2");
    add_many(30, 10, "fe80::3");
    run_learner();
    learn_stage_pass(&stage, 1000);
    stage.n_ops = world.n_looks = 0;

    learner_neighbour_changed(learn, 1);
    assert_true(learner_is_settled(learn));
    world.macs[3] = 2;
    learner_neighbour_changed(learn, 1);
    run_learner();
    learn_stage_pass(&stage, 1000);
    assert_int_equal(stage.n_ops, 10);

    /* That of all: in portions, between which others have their turn. */
    world.macs[2] = 2;
    learner_neighbour_changed(learn, 1);
    learner_run(learn, stage.now);
    assert_false(learner_is_settled(learn));
    assert_int_equal(learner_next_time(learn), 0);
    learn_stage_pass(&stage, 1000);
    assert_true(stage.n_ops > 1000 && stage.n_ops < 3000);
    remove_routes("10.10.0.0/24");
    add_route("10.40.0.0/24", "fe80::2", 20);
    run_learner();
    learn_stage_pass(&stage, 1000);
    assert_true(learner_is_settled(learn));
    assert_int_equal(world.n_looks, 2);
    text = learn_stage_text(&stage);
    assert_null(strstr(text, "mac=02:00:00:00:00:01"));
    assert_non_null(strstr(text, "1 10.40.0.0/24 fe80::2 mac="));
    free(text);
}

static void
D14_only_the_best_metric_counts(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.3", 200);
    EXPECT("1 10.0.0.0/24 10.1.0.3");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    /* One that cannot be learned is no better. */
    add_route("10.0.0.0/24", NULL, 10);
    add_route("10.0.0.0/24", "10.1.0.9", 5)->route.protocol = 4;
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    /* Equal metrics are equal next hops. */
    add_route("10.0.0.0/24", "10.1.0.4", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.4");
}

static void
what_ovn_advertises_is_not_learned(void **state OVS_UNUSED)
{
    struct uuid datapath = stage_uuid(100);
    struct ip_prefix *prefix = &world.advertised[0];

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    assert_int_equal(ip_prefix_parse("10.0.0.0/24", prefix, NULL), 0);
    world.n_advertised = 1;
    learner_advertised_changed(learn, &datapath, prefix);
    EXPECT("");
    world.n_advertised = 0;
    learner_advertised_changed(learn, &datapath, prefix);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    /* Of others there is nothing to look at. */
    assert_true(learner_is_settled(learn));
    assert_int_equal(ip_prefix_parse("10.9.0.0/24", prefix, NULL), 0);
    learner_advertised_changed(learn, &datapath, prefix);
    assert_true(learner_is_settled(learn));
}

static void
next_hops_that_lead_back_are_refused(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_port("02:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.1", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    expect_problem("10.0.0.0/24 among them, because their next hop is an "
                   "address of this router itself");
    remove_routes("10.0.0.0/24");
    add_route("10.0.2.0/24", "fe80::ff:fe00:2", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    expect_problem("10.0.2.0/24 among them");
    remove_routes("10.0.2.0/24");
    expect_problem(NULL);
    /* The connected network, and a part of it; not what covers it. */
    add_route("10.1.0.0/24", "10.1.0.2", 20);
    add_route("10.1.0.0/25", "10.1.0.2", 20);
    add_route("10.0.0.0/8", "10.1.0.2", 20);
    add_route("0.0.0.0/0", "10.1.0.2", 20);
    EXPECT("1 0.0.0.0/0 10.1.0.2\n1 10.0.0.0/8 10.1.0.2\n"
           "1 10.0.1.0/24 10.1.0.2");
    expect_problem("no longer prefix of the port leads there");
    remove_routes("10.1.0.0/24");
    remove_routes("10.1.0.0/25");
    expect_problem(NULL);
}

static void
table_that_is_not_trusted_freezes(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.untrusted = true;
    remove_routes("10.0.0.0/24");
    learner_table_changed(learn, 10);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    assert_false(learner_is_settled(learn));
    world.untrusted = false;
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    assert_true(learner_is_settled(learn));
}

static void
two_routers_learn_from_one_table(void **state OVS_UNUSED)
{
    struct fake_port *second;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.1.0.9/24");
    second->facts.datapath = stage_uuid(200);
    second->facts.router = "lr2";
    set_ports();
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.0.0/24 10.1.0.2");
}

static void
listing_names_router_port_and_routes(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_nexthop(add_route("10.0.1.0/24", "10.1.0.3", 20), "10.1.0.2", 1, 9);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/24 10.1.0.2 weight=9\n"
           "1 10.0.1.0/24 10.1.0.3");
    assert_true(learner_format(learn, "lr", &ds));
    assert_string_equal(ds_cstr(&ds),
                        "router \"lr\": table 10\n"
                        "  port \"p1\": prefixes 2, waiting 0, rows 3, "
                        "held 0\n"
                        "    10.0.0.0/24 via 10.1.0.2\n"
                        "    10.0.1.0/24 via 10.1.0.2 weight 9\n"
                        "    10.0.1.0/24 via 10.1.0.3\n");
    assert_false(learner_format(learn, "lr9", &ds));
    ds_destroy(&ds);
}

/* All that a route can be refused for, in the operator's words. */
static void
explanation_says_why_each_route_is_not_learned(void **state OVS_UNUSED)
{
    static const char *const cases[][2] = {
        { "10.2.0.0/24", "protocol 4 metric 20: not learned: its protocol" },
        { "10.2.1.0/24", "not learned: it is not unicast" },
        { "10.2.2.0/24", "type of service" },
        { "10.2.3.0/24", "not learned: its next hop has no address" },
        { "10.2.4.0/24", "via 224.0.0.5 dev x0 protocol 186 metric 20: not "
                         "learned: its next hop is no unicast address" },
        { "10.2.5.0/24", "(dead)" },
        { "10.2.6.0/24", "via 10.1.0.2 dev 7 protocol 186 metric 20: not "
                         "learned: its device does not exist" },
        { "169.254.3.0/24", "link-local, loopback and multicast" },
        { "127.3.0.0/24", "link-local, loopback and multicast" },
        { "::1", "link-local, loopback and multicast" },
        { "10.2.7.0/24", "10.1.0.3 dev x0 protocol 186 metric 30: not "
                         "learned: another route has a better metric" },
        { "10.2.7.0/24", "10.1.0.2 dev x0 protocol 186 metric 20 on p1: "
                         "learned" },
        { "10.2.8.0/24", "OVN itself advertises this prefix" },
        { "10.2.9.0/24", "on p1: not learned: its next hop is an address of" },
        { "10.1.0.0/25", "on p1: not learned: its next hop lies in" },
        { "10.2.10.0/24", "on p1: not learned: the port's dynamic-routing-"
                          "learn-prefixes denies it" },
        { "0.0.0.0/0", "on p1: not learned: the port has dynamic-routing-"
                       "learn-default=false" },
        { "10.2.11.0/24", "on p1: not learned: the port has no room" },
        { "10.2.11.0/24", "on p2: not learned: its next hop belongs to" },
        { "10.2.12.0/24", "on p2: not learned: the port has dynamic-routing-"
                          "no-learning=true" },
        { "10.2.13.0/24", "10.2.13.0/24: the kernel has no route of others" },
    };
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_port("00:00:00:00:00:02 10.9.0.1/24");
    add_route("10.2.0.0/24", "10.1.0.2", 20)->route.protocol = 4;
    add_route("10.2.1.0/24", NULL, 20)->route.type = RTN_BLACKHOLE;
    add_route("10.2.2.0/24", "10.1.0.2", 20)->route.key.tos = 4;
    add_route("10.2.3.0/24", NULL, 20);
    add_route("10.2.4.0/24", "224.0.0.5", 20);
    add_route("10.2.5.0/24", "10.1.0.2", 20)->nexthops[0].flags = RTNH_F_DEAD;
    add_route("10.2.6.0/24", "10.1.0.2", 20)->nexthops[0].ifindex = 7;
    add_route("169.254.3.0/24", "10.1.0.2", 20);
    add_route("127.3.0.0/24", "10.1.0.2", 20);
    add_route("::1", "2001:db8::2", 20);
    add_route("10.2.7.0/24", "10.1.0.2", 20);
    add_route("10.2.7.0/24", "10.1.0.3", 30);
    add_route("10.2.8.0/24", "10.1.0.2", 20);
    add_route("10.2.9.0/24", "10.1.0.1", 20);
    add_route("10.1.0.0/25", "10.1.0.2", 20);
    add_route("10.2.10.0/24", "10.1.0.2", 20);
    add_route("0.0.0.0/0", "10.1.0.2", 20);
    assert_int_equal(ip_prefix_parse("10.2.8.0/24", &world.advertised[0],
                                     NULL), 0);
    world.n_advertised = 1;
    set_option(port, "dynamic-routing-learn-max", "1");
    set_option(port, "dynamic-routing-learn-default", "false");
    set_option(port, "dynamic-routing-learn-prefixes",
               "deny 10.2.10.0/24, permit 0.0.0.0/0 le 32");
    run_learner();
    add_route("10.2.11.0/24", "10.1.0.2", 20);
    add_route("10.2.12.0/24", "10.9.0.2", 20);
    set_option(&world.ports[1], "dynamic-routing-no-learning", "true");
    run_learner();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds ds = DS_EMPTY_INITIALIZER;
        struct ip_prefix prefix;

        if (strstr(cases[i][1], "belongs to")) {
            set_option(&world.ports[1], "dynamic-routing-no-learning", NULL);
        } else if (strstr(cases[i][1], "no-learning")) {
            set_option(&world.ports[1], "dynamic-routing-no-learning", "true");
        }
        run_learner();
        assert_int_equal(ip_prefix_parse(cases[i][0], &prefix, NULL), 0);
        assert_true(learner_explain(learn, &prefix, "lr", &ds));
        if (!strstr(ds_cstr(&ds), cases[i][1])) {
            fail_msg("expected \"%s\" in:\n%s", cases[i][1], ds_cstr(&ds));
        }
        assert_false(learner_explain(learn, &prefix, "lr9", &ds));
        ds_destroy(&ds);
    }
}

/* Random histories: the rows are those that a learner would come to that knows
 * nothing but the end. */

static void
random_route(uint32_t *seed)
{
    static const char *const nexthops[] = {
        "10.1.0.2", "10.2.0.2", "192.0.2.1", "fe80::2", "10.1.0.1"
    };
    char *prefix = xasprintf("10.%d.0.0/24", history_random(seed, 4));

    if (history_random(seed, 3)) {
        struct fake_route *route;

        route = add_route(prefix, nexthops[history_random(seed, 5)],
                          20 * history_random(seed, 2));
        route->nexthops[0].ifindex = 1 + history_random(seed, 3);
        if (history_random(seed, 2)) {
            add_nexthop(route, nexthops[history_random(seed, 5)], 1,
                        1 + history_random(seed, 2));
        }
    } else {
        remove_routes(prefix);
    }
    free(prefix);
}

static void
random_option(uint32_t *seed)
{
    static const struct {
        const char *key, *value;
    } options[] = {
        { "dynamic-routing-port-name", "lsp" },
        { "dynamic-routing-no-learning", "true" },
        { "routing-protocol-redirect", "bgp" },
        { "dynamic-routing-maintain-vrf", "true" },
        { "dynamic-routing-learn-prefixes", "permit 10.1.0.0/16 le 24" },
    };
    size_t i = history_random(seed, ARRAY_SIZE(options));
    struct fake_port *port = &world.ports[history_random(seed, 2)];

    set_option(port, options[i].key,
               history_random(seed, 2) ? options[i].value : NULL);
}

static void
random_step(uint32_t *seed)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct fake_port *port;

    switch (history_random(seed, 12)) {
    case 0:
        random_option(seed);
        break;
    case 1:
        port = &world.ports[history_random(seed, 2)];
        port->facts.bound_here = history_random(seed, 2);
        set_ports();
        break;
    case 2:
        world.devices[2] = history_random(seed, 2) ? "x1" : "renamed";
        learner_device_changed(learn, 2);
        break;
    case 3:
        learner_set_interfaces(learn, (history_random(seed, 2)
                                       ? "lsp=x1 bgp=x0" : "bgp=x1"), &none);
        break;
    case 4:
        run_learner();
        break;
    case 5:
        world.n_advertised = history_random(seed, 2);
        assert_int_equal(ip_prefix_parse("10.1.0.0/24",
                                         &world.advertised[0], NULL), 0);
        learner_advertised_changed(learn, &world.ports[0].facts.datapath,
                                   &world.advertised[0]);
        break;
    case 6:
        world.macs[2] = 1 + history_random(seed, 3);
        learner_neighbour_changed(learn, 1 + history_random(seed, 3));
        break;
    case 7:
        world.devices[3] = history_random(seed, 2) ? "x2" : NULL;
        learner_device_changed(learn, 3);
        break;
    default:
        random_route(seed);
        break;
    }
    smap_destroy(&none);
}

/* Compares with a learner and a table that start now. */
static void
compare_with_fresh_start(const char *mapping)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct learner *old = learn;
    struct learn_stage fresh;
    char *want, *have;

    learn_stage_init(&fresh);
    learn = start_learner(fresh.rows);
    learner_set_interfaces(learn, mapping, &none);
    set_ports();
    run_learner();
    learn_stage_pass(&fresh, 5000);
    want = learn_stage_text(&fresh);
    learner_destroy(learn);
    learn_stage_destroy(&fresh);
    learn = old;

    learner_set_interfaces(learn, mapping, &none);
    run_learner();
    learn_stage_pass(&stage, 5000);
    have = learn_stage_text(&stage);
    assert_string_equal(have, want);
    free(want);
    free(have);
    smap_destroy(&none);
}

static void
play(uint32_t seed, void *aux OVS_UNUSED)
{
    world_teardown(NULL);
    world_setup(NULL);
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_port("00:00:00:00:00:02 10.2.0.1/24");
    for (int step = 0; step < 80; step++) {
        random_step(&seed);
    }
    learner_neighbour_changed(learn, 1);
    learner_neighbour_changed(learn, 2);
    learner_neighbour_changed(learn, 3);
    /* Rows of ports that are elsewhere are not ours to remove. */
    for (size_t i = 0; i < world.n_ports; i++) {
        world.ports[i].facts.bound_here = true;
    }
    set_ports();
    compare_with_fresh_start("lsp=x1 bgp=x0");
}

static void
incremental_equals_full_after_random_histories(void **state OVS_UNUSED)
{
    history_play_all(300, play, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_dynamic_unicast_routes_with_a_next_hop_count),
        TEST(multipath_is_one_row_per_next_hop),
        TEST(more_next_hops_than_128_are_cut_off_and_told),
        TEST(S4_mac_goes_with_ipv6_next_hop_of_ipv4_prefix),
        TEST(S4_row_waits_a_moment_for_its_mac),
        TEST(changed_mac_costs_the_rows_that_have_it),
        TEST(D14_only_the_best_metric_counts),
        TEST(what_ovn_advertises_is_not_learned),
        TEST(next_hops_that_lead_back_are_refused),
        TEST(table_that_is_not_trusted_freezes),
        TEST(two_routers_learn_from_one_table),
        TEST(listing_names_router_port_and_routes),
        TEST(explanation_says_why_each_route_is_not_learned),
        TEST(incremental_equals_full_after_random_histories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
