/* test-host-routes.c: what "connected-as-host" advertises. */
#include <config.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define AS_HOST "dynamic-routing=true -redistribute=connected-as-host"
#define MAC "00:00:00:00:00:01"

/* A router "lr" with as-host on "p", alone on the switch "ls" with "host". */
static void
build(struct nb *nb)
{
    nb_router(nb, "lr", AS_HOST);
    nb_port(nb, "lr", "p", "10.0.0.1/24", "-advertise=false");
    nb_connect(nb, "ls", "p");
    nb_vif(nb, "ls", "host");
}

/* Addresses, dynamic ones, flags, rows for "host". */
static const struct {
    const char *addresses;
    const char *dynamic;
    const char *flags;
    const char *routes;
} table[] = {
    { MAC " 10.0.0.5", NULL, "", "p 10.0.0.5 host\n" },
    { MAC " 10.0.0.5 10.0.0.6", NULL, "",
      "p 10.0.0.5 host\np 10.0.0.6 host\n" },
    { MAC " 10.0.0.5 fd00::5", NULL, "",
      "p 10.0.0.5 host\np fd00::5 host\n" },
    { MAC "  FD00:0::5", NULL, "", "p fd00::5 host\n" },
    { MAC " 10.0.0.5/24", NULL, "", "p 10.0.0.5 host\n" },
    { MAC " 10.0.0.5;00:00:00:00:00:02 10.0.0.6", NULL, "",
      "p 10.0.0.5 host\np 10.0.0.6 host\n" },
    /* Outside of the subnet. */
    { MAC " 192.0.2.5", NULL, "", "p 192.0.2.5 host\n" },
    { MAC, NULL, "", "" },
    { "unknown", NULL, "", "" },
    { "", NULL, "", "" },
    { "router", NULL, "", "" },
    { MAC " 10.0.0.5;unknown", NULL, "", "p 10.0.0.5 host\n" },
    /* OVN assigns them. */
    { "dynamic", MAC " 10.0.0.7", "", "p 10.0.0.7 host\n" },
    { "dynamic", MAC " 10.0.0.7 fd00::7", "",
      "p 10.0.0.7 host\np fd00::7 host\n" },
    { MAC " dynamic", MAC " 10.0.0.7", "", "p 10.0.0.7 host\n" },
    { "dynamic 10.0.0.7", MAC " 10.0.0.7", "", "p 10.0.0.7 host\n" },
    { "dynamic", NULL, "", "" },
    { MAC " 10.0.0.5", MAC " 10.0.0.7", "", "p 10.0.0.5 host\n" },
    { "dynamic;" MAC " 10.0.0.5", MAC " 10.0.0.7", "",
      "p 10.0.0.5 host\np 10.0.0.7 host\n" },
    /* Opted out: not even a problem. */
    { MAC " 10.0.0.5", NULL, "no-advertise", "" },
    { "nonsense", NULL, "no-advertise", "" },
    /* Virtual, without a parent. */
    { MAC " 10.0.0.5", NULL, "virtual", "" },
};

static void
hosts_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s: %s\n", table[i].addresses, table[i].flags);
        build(&nb);
        nb_host(&nb, "host", table[i].addresses, table[i].dynamic,
                table[i].flags);
        nb_assert_routes(&nb, table[i].routes);
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

static const struct {
    const char *addresses;
    const char *problem;
} invalid_table[] = {
    { "10.0.0.5", "\"10.0.0.5\" does not start with an Ethernet" },
    { "nonsense", "\"nonsense\"" },
    { MAC "x 10.0.0.5", "Ethernet" },
    { MAC " 10.0.0.256", "\"10.0.0.256\"" },
    { MAC " fd00::g", "\"fd00::g\"" },
    { MAC " 10.0.0.5/33", "\"10.0.0.5/33\"" },
    { "unknown;nonsense", "\"nonsense\"" },
};

static void
invalid_addresses_give_a_problem_and_the_rest_holds(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid_table); i++) {
        char *addresses = xasprintf("%s;" MAC " 10.0.0.9",
                                    invalid_table[i].addresses);
        struct nb nb;

        nb_init(&nb);
        print_message("# %s\n", addresses);
        build(&nb);
        nb_host(&nb, "host", addresses, NULL, "");
        nb_assert_routes(&nb, "p 10.0.0.9 host\n");
        nb_assert_problem(&nb, invalid_table[i].problem);
        nb_host(&nb, "host", MAC " 10.0.0.9", NULL, "");
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
        free(addresses);
    }
}

static void
D4_link_local_hosts_are_never_advertised(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_port(nb, "lr", "p", "169.254.0.1/24 fe80::1/64 10.0.0.1/24", "");
    nb_host(nb, "host", MAC " 169.254.7.7 fe80::5 fe90::5 10.0.0.5", NULL, "");
    nb_assert_routes(nb, "p 10.0.0.1 p\np 10.0.0.5 host\n");
    nb_assert_problem(nb, NULL);
}

static void
router_ports_on_the_switch_count(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_port(nb, "lr", "p", "10.0.0.1/24", "");
    nb_router(nb, "other", "");
    nb_port(nb, "other", "q", "10.0.0.2/24 fd00::2/64", "");
    nb_connect(nb, "ls", "q");
    nb_assert_routes(nb, "p 10.0.0.1 p\np 10.0.0.2 q\np fd00::2 q\n");

    /* Opt-out of the router port and of the switch port. */
    nb_port(nb, "lr", "p", "10.0.0.1/24", "-advertise=false");
    nb_assert_routes(nb, "p 10.0.0.2 q\np fd00::2 q\n");
    nb_host(nb, "ls-q", "router", NULL, "no-advertise");
    nb_assert_routes(nb, "");
    nb_host(nb, "ls-q", "router", NULL, "");
    nb_port(nb, "other", "q", "10.0.0.3/24", "");
    nb_assert_routes(nb, "p 10.0.0.3 q\n");
    nb_port(nb, "other", "q", "10.0.0.3/24", "-metric=5");
    nb_assert_routes(nb, "p 10.0.0.3 q metric=5\n");
    nb_port(nb, "other", "q", "10.0.0.3/24 junk", "");
    nb_assert_problem(nb, "Logical_Router_Port q: network \"junk\"");
    nb_port(nb, "other", "q", "10.0.0.3/24", "");
    nb_assert_problem(nb, NULL);

    /* A router that is not there: its switch port is one as any other. */
    nb_router(nb, "other", "disabled");
    nb_assert_routes(nb, "");
    nb_host(nb, "ls-q", MAC " 10.0.0.8", NULL, "");
    nb_assert_routes(nb, "p 10.0.0.8 ls-q\n");
}

static void
virtual_ports_are_where_their_parent_is(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_host(nb, "host", MAC " 10.0.0.5", NULL, "virtual");
    nb_vif(nb, "ls", "vm1");
    nb_assert_routes(nb, "");
    nb_parent(nb, "host", "vm1");
    nb_assert_routes(nb, "p 10.0.0.5 vm1\n");
    nb_parent(nb, "host", "vm2");
    nb_assert_routes(nb, "p 10.0.0.5 vm2\n");
    nb_parent(nb, "host", NULL);
    nb_assert_routes(nb, "");
    /* The parent is known before the port. */
    nb_parent(nb, "late", "vm1");
    nb_vif(nb, "ls", "late");
    nb_host(nb, "late", MAC " 10.0.0.6", NULL, "virtual");
    nb_assert_routes(nb, "p 10.0.0.6 vm1\n");
    /* Not virtual any more. */
    nb_host(nb, "late", MAC " 10.0.0.6", NULL, "");
    nb_assert_routes(nb, "p 10.0.0.6 late\n");
}

static void
peers_advertise_each_others_addresses(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "r1", AS_HOST);
    nb_port(nb, "r1", "p1", "10.0.0.1/30", "peer=p2");
    nb_router(nb, "r2", "");
    nb_port(nb, "r2", "p2", "10.0.0.2/30 fd00::2/64", "peer=p1");
    nb_assert_routes(nb, "p1 10.0.0.2 p2\np1 fd00::2 p2\n");
    nb_port(nb, "r2", "p2", "10.0.0.2/30", "peer=p1 -advertise=false");
    nb_assert_routes(nb, "");
    nb_port(nb, "r2", "p2", "10.0.0.2/30", "peer=p1");
    nb_router(nb, "r2", "dynamic-routing=true -redistribute=connected-as-host");
    nb_assert_routes(nb, "p1 10.0.0.2 p2\np2 10.0.0.1 p1\n");
    nb_port_del(nb, "p1");
    nb_assert_routes(nb, "");
    /* The switch does not count while there is a peer. */
    nb_port(nb, "r1", "p1", "10.0.0.1/30", "peer=p2");
    nb_connect(nb, "ls", "p1");
    nb_vif(nb, "ls", "host");
    nb_host(nb, "host", MAC " 10.9.0.5", NULL, "");
    nb_assert_routes(nb, "p1 10.0.0.2 p2\np2 10.0.0.1 p1\n");
    nb_port_del(nb, "p2");
    nb_assert_routes(nb, "p1 10.0.0.1 p1\np1 10.9.0.5 host\n");
}

static void
unnumbered_port_advertises_its_switch(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_port(nb, "lr", "p", "fe80::1/64", "");
    nb_host(nb, "host", MAC " 10.0.0.5", NULL, "");
    nb_assert_routes(nb, "p 10.0.0.5 host\n");
}

static void
subnets_are_suppressed_even_without_hosts(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", "dynamic-routing=true "
              "-redistribute=connected,connected-as-host");
    nb_port(nb, "lr", "p", "10.0.0.1/24", "");
    nb_assert_routes(nb, "");
    nb_port(nb, "lr", "p", "10.0.0.1/24", "-redistribute=connected");
    nb_assert_routes(nb, "p 10.0.0.0/24\n");
}

static void
nats_of_neighbors_are_no_hosts(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_router(nb, "other", "");
    nb_port(nb, "other", "q", "10.0.0.2/24", "");
    nb_connect(nb, "ls", "q");
    nb_nat(nb, "other", "nat", "snat 10.0.0.77 192.168.0.0/24");
    nb_assert_routes(nb, "p 10.0.0.2 q\n");
}

static void
host_moves_to_another_switch(void **state)
{
    struct nb *nb = *state;

    build(nb);
    nb_port(nb, "lr", "p2", "10.0.1.1/24", "-advertise=false");
    nb_connect(nb, "ls2", "p2");
    nb_host(nb, "host", MAC " 10.0.0.5", NULL, "");
    nb_assert_routes(nb, "p 10.0.0.5 host\n");
    nb_vif(nb, "ls2", "host");
    nb_assert_routes(nb, "p2 10.0.0.5 host\n");
    nb_disconnect(nb, "ls2", "p2");
    nb_assert_routes(nb, "");
}

static void
change_of_one_host_redoes_one_object(void **state)
{
    const struct advertised_routes_stats *stats;
    struct advertised_routes_stats before;
    struct nb *nb = *state;

    build(nb);
    for (int i = 0; i < 100; i++) {
        char *name = xasprintf("host%d", i);
        char *addresses = xasprintf(MAC " 10.0.0.%d", i + 2);

        nb_vif(nb, "ls", name);
        nb_host(nb, name, addresses, NULL, "");
        free(addresses);
        free(name);
    }
    nb_check_law(nb, "100 hosts");
    stats = advertised_routes_get_stats(nb->routes);
    before = *stats;
    nb_host(nb, "host7", MAC " 10.0.0.207", NULL, "");
    nb_vif_del(nb, "host8");
    nb_check_law(nb, "one changed, one deleted");
    assert_int_equal(stats->objects, before.objects + 2);
    assert_int_equal(stats->ports, before.ports);
    assert_int_equal(stats->full, before.full);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, nb_setup, nb_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_follow_the_table),
        cmocka_unit_test(invalid_addresses_give_a_problem_and_the_rest_holds),
        TEST(D4_link_local_hosts_are_never_advertised),
        TEST(router_ports_on_the_switch_count),
        TEST(virtual_ports_are_where_their_parent_is),
        TEST(peers_advertise_each_others_addresses),
        TEST(unnumbered_port_advertises_its_switch),
        TEST(subnets_are_suppressed_even_without_hosts),
        TEST(nats_of_neighbors_are_no_hosts),
        TEST(host_moves_to_another_switch),
        TEST(change_of_one_host_redoes_one_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
