/* test-learn-port.c: unit tests of controller/learn*.[ch]: ports, their policies
 * and what becomes of their rows. */
#include <config.h>
#include "controller/learn.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/learn-world.h"
#include "tests/unit/unit.h"
#include "util.h"

static void
D15_next_hop_on_a_subnet_is_learned_there(void **state OVS_UNUSED)
{
    struct fake_port *second;

    add_port("00:00:00:00:00:01 10.1.0.1/24 2001:db8:1::1/64");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.2.0.2", 20);
    add_route("2001:db8:9::/48", "2001:db8:1::2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2\n"
           "2 10.0.1.0/24 10.2.0.2");
    /* A port that learns nothing does not leave its next hops to others;
     * neither does one that is not bound here. */
    set_option(second, "dynamic-routing-no-learning", "true");
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2");
    set_option(second, "dynamic-routing-no-learning", NULL);
    second->facts.bound_here = false;
    set_ports();
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2");
}

static void
D15_other_next_hops_go_to_the_daemons_port(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct fake_port *first, *second;

    first = add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "192.0.2.1", 20);
    add_route("2001:db8::/32", "fe80::2", 20);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    set_option(second, "dynamic-routing-maintain-vrf", "true");
    EXPECT("2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    set_option(first, "routing-protocol-redirect", "bgp1");
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2");
    /* Of two redirects the one whose device it is, where that is known. */
    set_option(second, "routing-protocol-redirect", "bgp2");
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    learner_set_interfaces(learn, "bgp2=x0, bgp1=x1", &none);
    EXPECT("2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    /* Known by its other end. */
    learner_set_interfaces(learn, "bgp1=veth0", &none);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    world.peer = "veth0";
    learner_device_changed(learn, 5);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2");
    smap_destroy(&none);
}

static void
D15_excluded_port_loses_its_rows(void **state OVS_UNUSED)
{
    struct smap interfaces = SMAP_INITIALIZER(&interfaces);
    struct fake_port *second;
    struct fake_route *route;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    route = add_route("10.0.1.0/24", "10.2.0.2", 20);
    route->nexthops[0].ifindex = 2;
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.1.0/24 10.2.0.2");
    /* Not resolved: nothing is learned on any port. */
    set_option(second, "dynamic-routing-port-name", "lsp2");
    EXPECT("");
    expect_problem("no device of \"lsp2\" is known");
    /* By its interface, then by the mapping, which wins. */
    smap_add(&interfaces, "lsp2", "x1");
    learner_set_interfaces(learn, NULL, &interfaces);
    EXPECT("2 10.0.1.0/24 10.2.0.2");
    expect_problem(NULL);
    learner_set_interfaces(learn, "other=x1,lsp2=x0", &interfaces);
    EXPECT("2 10.0.0.0/24 10.1.0.2");
    /* A filter of a port that is elsewhere excludes nobody. */
    second->facts.bound_here = false;
    set_ports();
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.0.0/24 10.1.0.2");
    smap_destroy(&interfaces);
}

static void
devices_that_come_go_or_change_name(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);

    set_option(add_port("00:00:00:00:00:01 10.1.0.1/24"),
               "dynamic-routing-port-name", "lsp");
    learner_set_interfaces(learn, "lsp=x0", &none);
    add_route("10.0.0.0/24", "10.1.0.2", 20)->nexthops[0].ifindex = 3;
    EXPECT("");
    world.devices[3] = "x9";
    learner_device_changed(learn, 3);
    EXPECT("");
    world.devices[3] = "x0";
    learner_device_changed(learn, 3);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.devices[3] = NULL;
    learner_device_changed(learn, 0);
    EXPECT("");
    smap_destroy(&none);
}

static void
D16_filter_and_default(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("0.0.0.0/0", "10.1.0.2", 20);
    add_route("::/0", "fe80::2", 20);
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/25", "10.1.0.2", 20);
    EXPECT("1 0.0.0.0/0 10.1.0.2\n1 10.0.0.0/24 10.1.0.2\n"
           "1 10.0.1.0/25 10.1.0.2\n1 ::/0 fe80::2");
    set_option(port, "dynamic-routing-learn-default", "false");
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/25 10.1.0.2");
    set_option(port, "dynamic-routing-learn-prefixes",
               "deny 10.0.0.0/24, permit 0.0.0.0/0 le 32");
    EXPECT("1 10.0.1.0/25 10.1.0.2");
    set_option(port, "dynamic-routing-learn-prefixes",
               "permit 10.0.0.0/8 ge 24 le 24, permit nonsense");
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    expect_problem("nonsense");
    set_option(port, "dynamic-routing-learn-prefixes", NULL);
    set_option(port, "dynamic-routing-learn-default", NULL);
    expect_problem(NULL);
}

static void
D16_first_ones_stay_within_the_maximum(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    set_option(port, "dynamic-routing-learn-max", "2");
    for (int i = 1; i < 5; i++) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        add_route(prefix, "10.1.0.2", 20);
        run_learner();
        free(prefix);
    }
    EXPECT("1 10.0.1.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.2");
    expect_problem("more than 2 prefixes");
    /* A next hop more of one that is in is none too many. */
    add_route("10.0.2.0/24", "10.1.0.3", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.2\n"
           "1 10.0.2.0/24 10.1.0.3");
    /* Room for the next in line. */
    remove_routes("10.0.1.0/24");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3\n"
           "1 10.0.3.0/24 10.1.0.2");
    set_option(port, "dynamic-routing-learn-max", "1");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3");
    set_option(port, "dynamic-routing-learn-max", "3");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3\n"
           "1 10.0.3.0/24 10.1.0.2\n1 10.0.4.0/24 10.1.0.2");
    expect_problem(NULL);
    set_option(port, "dynamic-routing-learn-max", "many");
    expect_problem("\"many\" is no number");
    set_option(port, "dynamic-routing-learn-max", "0");
    EXPECT("");
}

/* Whatever order the table is read in. */
static void
D16_restart_keeps_those_that_were_in(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");
    char *before, *after;

    set_option(port, "dynamic-routing-learn-max", "3");
    for (int i = 9; i > 0; i--) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        add_route(prefix, "10.1.0.2", 20);
        run_learner();
        free(prefix);
    }
    for (size_t i = 0; i < world.n_routes / 2; i++) {
        struct fake_route swap = world.routes[i];

        world.routes[i] = world.routes[world.n_routes - 1 - i];
        world.routes[world.n_routes - 1 - i] = swap;
    }
    learn_stage_pass(&stage, 1000);
    before = learn_stage_text(&stage);

    learner_destroy(learn);
    stage.n_ops = 0;
    learn_stage_restart(&stage);
    learn = start_learner(stage.rows);
    set_ports();
    run_learner();
    learn_stage_pass(&stage, 5000);
    after = learn_stage_text(&stage);
    assert_string_equal(after, before);
    assert_int_equal(stage.n_ops, 0);
    free(before);
    free(after);
}

static void
D17_hold_is_for_what_the_kernel_lost(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    set_option(port, "dynamic-routing-learn-hold", "30");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/24 10.1.0.2");
    learn_stage_pass(&stage, 10000);
    world.n_routes = 0;
    learner_table_changed(learn, 10);
    run_learner();
    learn_stage_pass(&stage, 29000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2\n"
                       "1 10.0.1.0/24 10.1.0.2");
    learn_stage_pass(&stage, 2000);
    learn_stage_assert(&stage, "");
    /* Not if the device is down; not for what an option takes away. */
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.devices_down = true;
    remove_routes("10.0.0.0/24");
    EXPECT("");
    world.devices_down = false;
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    set_option(port, "dynamic-routing-no-learning", "true");
    EXPECT("");
    set_option(port, "dynamic-routing-learn-hold", "-1");
    expect_problem("\"-1\" is no number");
}

static void
port_that_moves_leaves_its_rows(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.bound_here = false;
    set_ports();
    remove_routes("10.0.0.0/24");
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.bound_here = true;
    set_ports();
    EXPECT("");
}

static void
router_moves_to_another_table(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20)->route.key.table_id = 20;
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.table_id = 20;
    set_ports();
    EXPECT("1 10.0.1.0/24 10.1.0.2");
}

/* Of 105 prefixes five are looked at again; nobody learned them before. */
static void
renamed_device_costs_the_prefixes_behind_it(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);

    set_option(add_port("00:00:00:00:00:01 10.1.0.1/24"),
               "dynamic-routing-port-name", "lsp");
    learner_set_interfaces(learn, "lsp=z1", &none);
    for (int i = 0; i < 105; i++) {
        char *prefix = xasprintf("10.0.%d.0/24", i);
        struct fake_route *route = add_route(prefix, "10.1.0.2", 20);

        route->nexthops[0].ifindex = i < 100 ? 1 : 2;
        free(prefix);
    }
    EXPECT("");
    world.n_looks = 0;
    world.devices[2] = "z1";
    learner_device_changed(learn, 2);
    EXPECT("1 10.0.100.0/24 10.1.0.2\n1 10.0.101.0/24 10.1.0.2\n"
           "1 10.0.102.0/24 10.1.0.2\n1 10.0.103.0/24 10.1.0.2\n"
           "1 10.0.104.0/24 10.1.0.2");
    assert_int_equal(world.n_looks, 5);
    smap_destroy(&none);
}

/* Nobody could take the best one, so nobody claimed the prefix. */
static void
worse_metric_takes_over_when_a_device_goes(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_port("00:00:00:00:00:02 10.2.0.1/24");
    set_option(&world.ports[1], "dynamic-routing-no-learning", "true");
    add_route("10.0.0.0/24", "10.2.0.2", 10)->nexthops[0].ifindex = 2;
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("");
    world.devices[2] = NULL;
    learner_device_changed(learn, 2);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
}

/* News of a route may come before those of its device; what lasts is told. */
static void
route_out_of_no_device_is_reported_if_it_stays(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20)->nexthops[0].ifindex = 7;
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    expect_problem(NULL);
    learn_stage_pass(&stage, 1000);
    expect_problem("device 7 of table 10: routes by 10.1.0.2 are not learned");
    world.n_looks = 0;
    world.devices[7] = "x7";
    learner_device_changed(learn, 7);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/24 10.1.0.2");
    expect_problem(NULL);
    assert_int_equal(world.n_looks, 1);
    /* Gone again: what the kernel does not say is not guessed. */
    world.devices[7] = NULL;
    learner_device_changed(learn, 7);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    remove_routes("10.0.0.0/24");
    learn_stage_pass(&stage, 5000);
    expect_problem(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(D15_next_hop_on_a_subnet_is_learned_there),
        TEST(D15_other_next_hops_go_to_the_daemons_port),
        TEST(D15_excluded_port_loses_its_rows),
        TEST(devices_that_come_go_or_change_name),
        TEST(renamed_device_costs_the_prefixes_behind_it),
        TEST(worse_metric_takes_over_when_a_device_goes),
        TEST(route_out_of_no_device_is_reported_if_it_stays),
        TEST(D16_filter_and_default),
        TEST(D16_first_ones_stay_within_the_maximum),
        TEST(D16_restart_keeps_those_that_were_in),
        TEST(D17_hold_is_for_what_the_kernel_lost),
        TEST(port_that_moves_leaves_its_rows),
        TEST(router_moves_to_another_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
