/* test-frr-uplink.c: neighbors and the router ports that lead to them, and
 * what is rendered of them beside what FRR has. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "utilities/frr-render.h"
#include "utilities/frr-text.h"
#include "utilities/frr-uplink.h"

/* VRF "red" of a router with two uplinks and an inner port. */
static int
setup(void **state)
{
    struct ovs_list *vrfs = xmalloc(sizeof *vrfs);
    struct frr_vrf *vrf;

    ovs_list_init(vrfs);
    vrf = frr_vrf_add(vrfs, "red", 10);
    frr_vrf_add_port(vrf, "in", "lr", "02:00:00:00:00:03 100.64.0.1/24");
    frr_vrf_add_port(vrf, "up1", "lr",
                     "02:00:00:00:00:01 169.254.1.2/30 10.1.0.2/24 "
                     "fe80::1/64 2001:db8:1::2/64")->maintains = true;
    frr_vrf_add_port(vrf, "up2", "lr", "02:00:00:00:00:02 10.2.0.2/16 "
                     "10.2.7.2/24")->named = true;
    *state = vrfs;
    return 0;
}

static int
teardown(void **state)
{
    frr_vrfs_destroy(*state);
    free(*state);
    return 0;
}

static struct frr_vrf *
red(void **state)
{
    return frr_vrf_find(*state, "red");
}

static struct frr_port *
port(void **state, const char *name)
{
    struct frr_port *p;

    LIST_FOR_EACH (p, node, &red(state)->ports) {
        if (!strcmp(p->name, name)) {
            return p;
        }
    }
    fail();
    return NULL;
}

/* Adds 'word' and returns the neighbor that it became. */
static const struct frr_neighbor *
add(void **state, const char *word)
{
    char *error = frr_uplink_add(*state, word);

    if (error) {
        fail_msg("%s: %s", word, error);
    }
    return CONTAINER_OF(ovs_list_back(&red(state)->neighbors),
                        struct frr_neighbor, node);
}

static void
assert_refused(char *error, const char *part)
{
    assert_non_null(error);
    if (!strstr(error, part)) {
        fail_msg("\"%s\" lacks \"%s\"", error, part);
    }
    free(error);
}

static void
add_address_goes_by_longest_network(void **state)
{
    const struct frr_neighbor *n = add(state, "10.2.0.1");

    assert_string_equal(n->port->name, "up2");
    assert_string_equal(n->nexthops.v4, "10.2.0.2");
    assert_false(n->extra_network);
    n = add(state, "10.2.7.1");
    assert_string_equal(n->nexthops.v4, "10.2.7.2");
    assert_true(n->extra_network);
    n = add(state, "2001:db8:1::1");
    assert_string_equal(n->port->name, "up1");
    assert_string_equal(n->nexthops.v6, "2001:db8:1::2");
    assert_string_equal(n->nexthops.v4, "10.1.0.2");
    assert_string_equal(n->nexthops.local, "fe80::ff:fe00:1");
    n = add(state, "169.254.1.1");
    assert_string_equal(n->nexthops.v4, "169.254.1.2");
    assert_string_equal(add(state, "100.64.0.9")->port->name, "in");
    assert_int_equal(frr_vrf_count_uplinks(red(state)), 3);
}

static void
add_interface_goes_by_option_then_switch_then_what_remains(void **state)
{
    sset_add(&port(state, "up2")->devices, "eth2");
    sset_add(&port(state, "in")->nearby, "eth2");
    sset_add(&port(state, "in")->nearby, "eth3");
    assert_string_equal(add(state, "eth2")->port->name, "up2");
    assert_string_equal(add(state, "eth3")->port->name, "in");
    /* Only up1 has none yet. */
    assert_string_equal(add(state, "eth1")->port->name, "up1");
    assert_string_equal(add(state, "in=eth4")->port->name, "in");
    /* Now all have. */
    sset_add(&port(state, "up1")->devices, "eth1");
    assert_refused(frr_uplink_add(*state, "eth5"), "which of the ports up1, "
                   "up2 leads to it is not known");
}

static void
add_unclear_is_refused(void **state)
{
    assert_refused(frr_uplink_add(*state, "eth1"), "PORT=eth1");
    assert_refused(frr_uplink_add(*state, "192.0.2.1"), "PORT=192.0.2.1");
    /* Even if one has no interface: an address says nothing of that. */
    sset_add(&port(state, "up2")->devices, "eth2");
    assert_refused(frr_uplink_add(*state, "192.0.2.1"), "PORT=192.0.2.1");
    sset_add(&port(state, "up1")->devices, "eth2");
    assert_refused(frr_uplink_add(*state, "eth2"), "eth2");
    assert_refused(frr_uplink_add_device(red(state), "eth2"), "eth2");
}

/* A port that is not on the chassis has no say but for what is behind it. */
static void
add_behind_a_port_elsewhere_is_refused(void **state)
{
    struct frr_vrf *blue;

    port(state, "up2")->elsewhere = true;
    sset_add(&port(state, "up2")->nearby, "eth2");
    assert_refused(frr_uplink_add(*state, "10.2.0.1"),
                   "port up2, which is not on this chassis");
    assert_refused(frr_uplink_add(*state, "eth2"), "which is not on this");
    assert_refused(frr_uplink_add_device(red(state), "eth2"), "not on this");
    assert_refused(frr_uplink_add(*state, "up2=eth9"), "which is not on this");
    /* Without that port there is one uplink. */
    assert_string_equal(add(state, "eth1")->port->name, "up1");
    /* Unless another VRF has that network here. */
    blue = frr_vrf_add(*state, "blue", 20);
    frr_vrf_add_port(blue, "b", "lr2", "02:00:00:00:00:09 10.2.0.9/24");
    assert_null(frr_uplink_add(*state, "10.2.0.1"));
    assert_int_equal(ovs_list_size(&blue->neighbors), 1);
    port(state, "up1")->elsewhere = true;
    assert_string_equal(frr_vrf_main_port(red(state))->name, "in");
}

static void
add_what_frr_would_refuse_is_refused(void **state)
{
    static const char *const words[][2] = {
        { "", "empty" },
        { "up1=", "empty" },
        { "0.0.0.0", "no neighbor has such" },
        { "127.0.0.1", "no neighbor has such" },
        { "239.1.1.1", "no neighbor has such" },
        { "255.255.255.255", "no neighbor has such" },
        { "::", "no neighbor has such" },
        { "::1", "no neighbor has such" },
        { "ff02::1", "no neighbor has such" },
        { "fe80::1", "give the interface" },
        { "10.1.0.1/32", "is a network" },
        { "10.1.0", "four numbers" },
        { "fe80::1%eth0", "neither an address" },
        { "a:b", "neither an address" },
        { "an-interface-too-long", "neither an address" },
        { "a/b", "neither an address" },
        { "10.1.0.2", "itself" },
        { "up2=2001:db8:9::1", "no IPv6 address" },
        { "up9=eth0", "no such port" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        char *error = frr_uplink_add(*state, words[i][0]);

        if (strcmp(words[i][1], "empty")) {
            assert_refused(error, words[i][1]);
        } else {
            assert_refused(error, "neither an address nor an interface");
        }
    }
}

static void
add_twice_is_once(void **state)
{
    add(state, "10.1.0.1");
    add(state, "10.1.0.1");
    add(state, "2001:DB8:1:0::1");
    assert_string_equal(add(state, "2001:db8:1::1")->name, "2001:db8:1::1");
    assert_int_equal(ovs_list_size(&red(state)->neighbors), 2);
    assert_refused(frr_uplink_add(*state, "up2=10.1.0.1"), "name it once");
}

static void
add_goes_to_the_vrfs_that_know_it(void **state)
{
    struct frr_vrf *blue = frr_vrf_add(*state, "blue", 20);

    frr_vrf_add_port(blue, "b", "lr2",
                     "02:00:00:00:00:09 10.1.0.9/24 10.7.0.9/24");
    assert_null(frr_uplink_add(*state, "10.7.0.1"));
    assert_int_equal(ovs_list_size(&red(state)->neighbors), 0);
    assert_int_equal(ovs_list_size(&blue->neighbors), 1);
    assert_null(frr_uplink_add(*state, "10.1.0.1"));
    assert_int_equal(ovs_list_size(&red(state)->neighbors), 1);
    assert_int_equal(ovs_list_size(&blue->neighbors), 2);
}

static void
add_device_that_leads_nowhere_is_another(void **state)
{
    sset_add(&port(state, "up1")->devices, "eth1");
    assert_null(frr_uplink_add_device(red(state), "eth1"));
    assert_null(frr_uplink_add_device(red(state), "eth2"));
    assert_int_equal(ovs_list_size(&red(state)->neighbors), 2);
    sset_add(&port(state, "up2")->devices, "eth2");
    assert_null(frr_uplink_add_device(red(state), "dummy0"));
    assert_int_equal(ovs_list_size(&red(state)->neighbors), 2);
    assert_true(sset_contains(&red(state)->others, "dummy0"));
}

/* Rendering. */

/* What is rendered, beside FRR's configuration 'running' or NULL. */
static char *
render(void **state, const char *running)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct frr_config config;
    const struct frr_render fr = {
        .chassis = "hv1", .asn = "65000", .vrfs = *state,
        .running = running ? &config : NULL,
    };

    if (running) {
        frr_config_parse(running, &config);
    }
    frr_render(&fr, &text);
    if (running) {
        frr_config_destroy(&config);
    }
    return ds_steal_cstr(&text);
}

static void
assert_lines(const char *text, const char *lines, bool there)
{
    if (!strstr(text, lines) != !there) {
        fprintf(stderr, "%s", text);
        fail_msg("%s: %s", there ? "lacks" : "has", lines);
    }
}

static void
render_keeps_what_would_end_sessions(void **state)
{
    static const char running[] =
        "bfd\n"
        " profile ovn-fabric\n"
        "  transmit-interval 900\n"
        " exit\n"
        "exit\n"
        "router bgp 65000 vrf red\n"
        " bgp router-id 9.9.9.9\n"
        " no bgp default ipv4-unicast\n"
        " bgp graceful-restart-disable\n"
        " neighbor T peer-group\n"
        " neighbor T remote-as 65001\n"
        " neighbor T bfd\n"
        " neighbor eth1 interface v6only peer-group T\n"
        " neighbor eth2 interface peer-group T\n"
        " neighbor 10.1.0.1 remote-as 65009\n"
        " neighbor 10.1.0.1 password secret\n"
        " neighbor 10.1.0.7 peer-group T\n"
        " address-family ipv4 unicast\n"
        "  redistribute kernel route-map mine\n"
        "  neighbor T activate\n"
        "  neighbor T route-map out-mine out\n"
        "  neighbor 10.1.0.1 route-map ovn-red-up1-numbered out\n"
        "  maximum-paths 3\n"
        " exit-address-family\n"
        "exit\n";
    char *text;

    sset_add(&port(state, "up2")->devices, "eth2");
    add(state, "eth1");
    add(state, "eth2");
    add(state, "10.1.0.1");
    add(state, "10.2.0.1");
    text = render(state, running);
    assert_lines(text, " profile ovn-fabric\n exit\n", true);
    assert_lines(text, " bgp router-id 9.9.9.9\n", true);
    assert_lines(text, "graceful-restart", false);
    assert_lines(text, " neighbor T peer-group\n"
                 " neighbor T remote-as 65001\n"
                 " neighbor eth1 interface v6only peer-group T\n"
                 " neighbor eth2 interface peer-group T\n"
                 " neighbor 10.1.0.1 remote-as 65009\n"
                 " neighbor 10.1.0.1 bfd profile ovn-fabric\n"
                 " neighbor 10.2.0.1 remote-as external\n"
                 " neighbor 10.2.0.1 bfd profile ovn-fabric\n", true);
    assert_lines(text, "eth1 bfd", false);
    assert_lines(text, "10.1.0.7", false);
    assert_lines(text, "  maximum-paths 3\n", true);
    assert_lines(text, "  maximum-paths 8\n", true);
    /* What cannot be kept is told: a family more. */
    assert_lines(text, "! The session with eth1 starts anew once, because it "
                 "is to carry IPv6, too.\n", true);
    assert_lines(text, "! The session with 10.1.0.1 starts anew once, because "
                 "it is to carry IPv4, too.\n", true);
    assert_lines(text, "! The session with 10.2.0.1", false);
    assert_lines(text, "! The session with eth1 starts anew once, because it "
                 "is to carry IPv4", false);
    /* So are route-maps of the operator's. */
    assert_lines(text, "! Route-map mine for kernel routes of IPv4 gives way "
                 "to that of here.\n", true);
    assert_lines(text, "! Route-map out-mine for IPv4 to eth1 gives way",
                 true);
    assert_lines(text, "ovn-red-up1-numbered for", false);
    free(text);
}

/* An instance without a router-id has one that FRR chose. */
static void
render_leaves_a_chosen_router_id(void **state)
{
    char *text;

    add(state, "10.1.0.1");
    text = render(state, "frr version 8.2.2\n"
                  "router bgp 65000 vrf red\n"
                  " bgp graceful-restart select-defer-time 60\nexit\n");
    assert_lines(text, "router-id", false);
    assert_lines(text, "select-defer-time", false);
    /* A command that it does not know. */
    assert_lines(text, "restart notification", false);
    free(text);
    text = render(state, "router bgp 65000\n bgp router-id 9.9.9.9\n exit\n");
    assert_lines(text, " bgp router-id 10.1.0.2\n", true);
    assert_lines(text, "restart notification", true);
    assert_lines(text, " bgp graceful-restart select-defer-time 15\n", true);
    free(text);
}

static void
render_makes_a_router_id_without_ipv4(void **state)
{
    struct frr_vrf *blue = frr_vrf_add(*state, "blue", 20);
    char *text;

    frr_vrf_add_port(blue, "b", "lr2", "02:00:ff:01:02:03 2001:db8::2/64");
    text = render(state, NULL);
    assert_lines(text, " bgp router-id 127.1.2.3\n", true);
    free(text);
}

/* Without ECMP to set up, one neighbor has none. */
static void
render_sets_up_ecmp_for_several(void **state)
{
    char *text;

    add(state, "10.1.0.1");
    text = render(state, NULL);
    assert_lines(text, "multipath-relax", false);
    assert_lines(text, "maximum-paths", false);
    /* It carries both families, there being no other. */
    assert_lines(text, "no neighbor", false);
    free(text);
    for (int i = 3; i < 13; i++) {
        char *word = xasprintf("10.1.0.%d", i);

        add(state, word);
        free(word);
    }
    add(state, "2001:db8:1::1");
    text = render(state, NULL);
    assert_lines(text, " bgp bestpath as-path multipath-relax\n", true);
    assert_lines(text, "  maximum-paths 12\n", true);
    assert_lines(text, "  no neighbor 2001:db8:1::1 activate\n", true);
    free(text);
}

/* Names of OVN's are free text, which must not become commands. */
static void
render_takes_any_name(void **state)
{
    struct frr_vrf *vrf = red(state);
    char *text;

    frr_vrf_add_port(vrf, "x\nno router bgp", "lr\n!",
                     "02:00:00:00:00:05 10.5.0.2/24");
    add(state, "10.1.0.1");
    add(state, "10.5.0.1");
    text = render(state, NULL);
    assert_lines(text, "\nno router", false);
    assert_lines(text, "\nroute-map ovn-red-x_no_router_bgp-", true);
    free(text);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(add_address_goes_by_longest_network),
        TEST(add_interface_goes_by_option_then_switch_then_what_remains),
        TEST(add_unclear_is_refused),
        TEST(add_behind_a_port_elsewhere_is_refused),
        TEST(add_what_frr_would_refuse_is_refused),
        TEST(add_twice_is_once),
        TEST(add_goes_to_the_vrfs_that_know_it),
        TEST(add_device_that_leads_nowhere_is_another),
        TEST(render_keeps_what_would_end_sessions),
        TEST(render_leaves_a_chosen_router_id),
        TEST(render_makes_a_router_id_without_ipv4),
        TEST(render_sets_up_ecmp_for_several),
        TEST(render_takes_any_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
