/* test-static-routes.c: which static routes are advertised where. */
#include <config.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define ALL "dynamic-routing=true -redistribute=connected,static,hub-spoke"

/* A router "lr" with two ports; "a" has 10.0.0.0/24 and fd00::/64, "b" has
 * 10.0.1.0/24.  'sources' is the redistribution of both. */
static void
build(struct nb *nb, const char *sources)
{
    char *options = xasprintf("dynamic-routing=true -redistribute=%s",
                              sources);

    nb_router(nb, "lr", options);
    nb_port(nb, "lr", "a", "10.0.0.1/24 fd00::1/64", "");
    nb_port(nb, "lr", "b", "10.0.1.1/24", "");
    free(options);
}

/* Sources, route, rows for it. */
static const struct {
    const char *sources;
    const char *route;
    const char *routes;
} table[] = {
    { "static", "192.0.2.0/24 10.0.0.9", "a 192.0.2.0/24\n" },
    { "static", "192.0.2.0/24 10.0.1.9", "b 192.0.2.0/24\n" },
    { "static", "2001:db8::/32 fd00::9", "a 2001:db8::/32\n" },
    { "static", "0.0.0.0/0 10.0.0.9", "a 0.0.0.0/0\n" },
    { "static", "::/0 fd00::9", "a ::/0\n" },
    { "static", "192.0.2.9 10.0.0.9", "a 192.0.2.9\n" },
    { "static", "192.0.2.9/32 10.0.0.9/32", "a 192.0.2.9\n" },
    /* Host bits. */
    { "static", "192.0.2.7/24 10.0.0.9", "a 192.0.2.0/24\n" },
    { "static", "2001:DB8::7/32 fd00::9", "a 2001:db8::/32\n" },
    /* Leads nowhere. */
    { "static", "192.0.2.0/24 discard", "" },
    { "static", "192.0.2.0/24 discard port=a", "" },
    /* Output port, with and without a next hop, on no subnet of it. */
    { "static", "192.0.2.0/24 - port=b", "b 192.0.2.0/24\n" },
    { "static", "2001:db8::/32 - port=b", "b 2001:db8::/32\n" },
    { "static", "192.0.2.0/24 10.0.0.9 port=b", "b 192.0.2.0/24\n" },
    { "static", "192.0.2.0/24 203.0.113.1 port=b", "b 192.0.2.0/24\n" },
    { "static", "2001:db8::/32 fe80::9 port=b", "b 2001:db8::/32\n" },
    { "static", "192.0.2.0/24 10.0.0.9 bfd-down", "" },
    { "static", "192.0.2.0/24 10.0.0.9 no-advertise", "" },
    { "static", "169.254.7.0/24 10.0.0.9", "" },
    { "static", "fe80:1::/64 fd00::9", "" },
    { "static", "0.0.0.0/0 10.0.0.9 metric=0", "a 0.0.0.0/0 metric=0\n" },
    /* The reverse of what is kept back is not reported either. */
    { "static", "nonsense 10.0.0.9 no-advertise", "" },
    { "static", "192.0.2.0/24 10.9.9.9 table=blue", "" },

    /* Learned by ovn-ic. */
    { "static", "192.0.2.0/24 10.0.0.9 origin=static", "a 192.0.2.0/24\n" },
    { "static", "192.0.2.0/24 10.0.0.9 origin=loadbalancer",
      "a 192.0.2.0/24\n" },
    { "static", "192.0.2.0/24 10.0.0.9 origin=connected", "" },
    { "static", "192.0.2.0/24 10.0.0.9 origin=connected-dynamic", "" },
    { "hub-spoke", "192.0.2.0/24 10.0.0.9 origin=connected-dynamic",
      "a 192.0.2.0/24\n" },
    { "hub-spoke", "192.0.2.0/24 10.0.0.9 origin=static", "" },
    { "hub-spoke", "192.0.2.0/24 10.0.0.9 origin=connected", "" },
    { "hub-spoke", "192.0.2.0/24 10.0.0.9", "" },
    { "hub-spoke", "192.0.2.0/24 10.0.0.9 origin=connected-dynamic "
      "no-advertise", "" },
    { "connected-as-host", "192.0.2.0/24 10.0.0.9 origin=connected", "" },
    { "connected-as-host,connected", "192.0.2.0/24 10.0.0.9 origin=connected",
      "" },
    /* Not ours to advertise. */
    { "static,hub-spoke", "192.0.2.0/24 10.0.0.9 learned=x", "" },
    { "nat,lb", "192.0.2.0/24 10.0.0.9", "" },
};

static void
static_routes_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s: %s\n", table[i].sources, table[i].route);
        build(&nb, table[i].sources);
        nb_route(&nb, "lr", "route", table[i].route);
        nb_assert_routes(&nb, table[i].routes);
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

/* Invalid routes: no row, one problem that names the value. */
static const struct {
    const char *route;
    const char *problem;
} invalid_table[] = {
    { "192.0.2/24 10.0.0.9", "ip_prefix \"192.0.2/24\"" },
    { "2001:db8::/129 fd00::9", "ip_prefix \"2001:db8::/129\"" },
    { "192.0.2.0/24 10.0.0.0/24", "nexthop \"10.0.0.0/24\"" },
    { "192.0.2.0/24 none", "nexthop \"none\"" },
    { "192.0.2.0/24 203.0.113.1", "nexthop \"203.0.113.1\" is in no network" },
    { "2001:db8::/32 fe80::9", "nexthop \"fe80::9\" is in no network" },
    { "192.0.2.0/24 fd00::9", "not of the family" },
    { "192.0.2.0/24 -", "neither nexthop nor output_port" },
    { "192.0.2.0/24 - port=gone", "output_port \"gone\"" },
    { "192.0.2.0/24 - port=other", "output_port \"other\"" },
    { "192.0.2.0/24 10.0.0.9 port=v6", "no IPv4 address" },
    { "192.0.2.0/24 none origin=connected-dynamic", "nexthop \"none\"" },
};

static void
invalid_routes_give_a_problem_and_no_row(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid_table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s\n", invalid_table[i].route);
        build(&nb, "static,hub-spoke");
        nb_port(&nb, "lr", "v6", "fd01::1/64", "");
        nb_router(&nb, "lr2", "");
        nb_port(&nb, "lr2", "other", "10.0.2.1/24", "");
        nb_route(&nb, "lr", "good", "198.51.100.0/24 10.0.0.9");
        nb_route(&nb, "lr", "route", invalid_table[i].route);
        nb_assert_routes(&nb, "a 198.51.100.0/24\n");
        nb_assert_problem(&nb, invalid_table[i].problem);
        /* It goes with its cause. */
        nb_route(&nb, "lr", "route", "198.51.100.0/24 10.0.0.8");
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

static void
D3_src_ip_and_named_tables_are_not_advertised(void **state)
{
    struct nb *nb = *state;

    build(nb, "static");
    nb_route(nb, "lr", "src", "192.0.2.0/24 10.0.0.9 src-ip");
    nb_route(nb, "lr", "blue", "198.51.100.0/24 10.0.0.9 table=blue");
    nb_assert_routes(nb, "");
    nb_assert_problem(nb, NULL);
    nb_route(nb, "lr", "src", "192.0.2.0/24 10.0.0.9");
    nb_route(nb, "lr", "blue", "198.51.100.0/24 10.0.0.9");
    nb_assert_routes(nb, "a 192.0.2.0/24\na 198.51.100.0/24\n");
}

static void
D22_metric_of_a_route_and_the_least_of_several(void **state)
{
    struct nb *nb = *state;

    build(nb, "static");
    nb_route(nb, "lr", "one", "192.0.2.0/24 10.0.0.9 metric=20");
    nb_assert_routes(nb, "a 192.0.2.0/24 metric=20\n");
    nb_route(nb, "lr", "two", "192.0.2.0/24 10.0.0.8 metric=10");
    nb_assert_routes(nb, "a 192.0.2.0/24 metric=10\n");
    nb_route(nb, "lr", "three", "192.0.2.0/24 10.0.0.7");
    nb_assert_routes(nb, "a 192.0.2.0/24 metric=10\n");
    nb_route_del(nb, "two");
    nb_assert_routes(nb, "a 192.0.2.0/24 metric=20\n");
    nb_route_del(nb, "one");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_assert_problem(nb, NULL);

    /* What is no metric does not count. */
    nb_route(nb, "lr", "three", "192.0.2.0/24 10.0.0.7 metric=16777216");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_assert_problem(nb, "\"16777216\"");
    nb_route(nb, "lr", "three", "192.0.2.0/24 10.0.0.7 metric=16777215");
    nb_assert_routes(nb, "a 192.0.2.0/24 metric=16777215\n");
    nb_assert_problem(nb, NULL);
}

static void
D21_filter_of_the_port_or_else_of_the_router(void **state)
{
    struct nb *nb = *state;

    build(nb, "static");
    nb_route(nb, "lr", "one", "192.0.2.0/24 10.0.0.9");
    nb_route(nb, "lr", "two", "198.51.100.0/24 10.0.0.9");
    nb_route(nb, "lr", "three", "203.0.113.0/24 10.0.1.9");
    nb_router(nb, "lr", "dynamic-routing=true -redistribute=static "
              "-advertise-prefixes=deny~192.0.2.0/24,permit~0.0.0.0/0~le~32");
    nb_assert_routes(nb, "a 198.51.100.0/24\nb 203.0.113.0/24\n");
    nb_assert_problem(nb, NULL);
    nb_port(nb, "lr", "a", "10.0.0.1/24",
            "-advertise-prefixes=permit~192.0.2.0/24");
    nb_assert_routes(nb, "a 192.0.2.0/24\nb 203.0.113.0/24\n");
    nb_port(nb, "lr", "a", "10.0.0.1/24", "-advertise-prefixes=");
    nb_assert_routes(nb, "a 192.0.2.0/24\na 198.51.100.0/24\n"
                     "b 203.0.113.0/24\n");
    nb_port(nb, "lr", "a", "10.0.0.1/24",
            "-advertise-prefixes=permit~192.0.2,permit~198.51.100.0/24");
    nb_assert_routes(nb, "a 198.51.100.0/24\nb 203.0.113.0/24\n");
    nb_assert_problem(nb, "\"permit 192.0.2\"");
    /* It filters all sources. */
    nb_port(nb, "lr", "a", "10.0.0.1/24 10.7.0.1/24",
            "-redistribute=connected -advertise-prefixes=permit~10.7.0.0/24");
    nb_assert_routes(nb, "a 10.7.0.0/24\nb 203.0.113.0/24\n");
    nb_assert_problem(nb, NULL);
}

static void
ecmp_is_one_row_per_port(void **state)
{
    struct nb *nb = *state;

    build(nb, "static");
    nb_route(nb, "lr", "one", "192.0.2.0/24 10.0.0.8");
    nb_route(nb, "lr", "two", "192.0.2.0/24 10.0.0.9");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_route(nb, "lr", "three", "192.0.2.0/24 10.0.1.9");
    nb_assert_routes(nb, "a 192.0.2.0/24\nb 192.0.2.0/24\n");
    nb_route_del(nb, "one");
    nb_assert_routes(nb, "a 192.0.2.0/24\nb 192.0.2.0/24\n");
    nb_route_del(nb, "two");
    nb_assert_routes(nb, "b 192.0.2.0/24\n");
}

static void
only_the_output_port_needs_the_token(void **state)
{
    struct nb *nb = *state;

    build(nb, "");
    nb_route(nb, "lr", "route", "192.0.2.0/24 10.0.0.9");
    nb_assert_routes(nb, "");
    nb_port(nb, "lr", "b", "10.0.1.1/24", "-redistribute=static");
    nb_assert_routes(nb, "");
    nb_port(nb, "lr", "a", "10.0.0.1/24", "-redistribute=static");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_router(nb, "lr", "dynamic-routing=true disabled");
    nb_assert_routes(nb, "");
}

static void
networks_of_ports_decide_on_the_output_port(void **state)
{
    struct nb *nb = *state;

    build(nb, "static");
    nb_route(nb, "lr", "route", "192.0.2.0/24 10.0.0.9");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_port(nb, "lr", "a", "10.0.5.1/24", "");
    nb_assert_routes(nb, "");
    nb_assert_problem(nb, "10.0.0.9");
    nb_port(nb, "lr", "b", "10.0.0.1/24", "");
    nb_assert_routes(nb, "b 192.0.2.0/24\n");
    nb_assert_problem(nb, NULL);
    /* Of several the first by name. */
    nb_port(nb, "lr", "a", "10.0.0.2/25", "");
    nb_assert_routes(nb, "a 192.0.2.0/24\n");
    nb_port_del(nb, "a");
    nb_assert_routes(nb, "b 192.0.2.0/24\n");
}

static void
ic_connected_goes_by_connected(void **state)
{
    struct nb *nb = *state;

    build(nb, "connected");
    nb_route(nb, "lr", "route", "192.0.2.0/24 10.0.0.9 origin=connected");
    nb_assert_routes(nb, "a 10.0.0.0/24\na 192.0.2.0/24\na fd00::/64\n"
                     "b 10.0.1.0/24\n");
    nb_route(nb, "lr", "route", "192.0.2.0/24 bad origin=connected");
    nb_assert_problem(nb, "\"bad\"");
    /* The problem follows the route to another source. */
    nb_route(nb, "lr", "route", "192.0.2.0/24 bad");
    nb_assert_problem(nb, NULL);
    nb_router(nb, "lr", ALL);
    nb_assert_problem(nb, "\"bad\"");
}

static void
change_of_one_route_redoes_one_object(void **state)
{
    const struct advertised_routes_stats *stats;
    struct advertised_routes_stats before;
    struct nb *nb = *state;

    build(nb, "static");
    for (int i = 0; i < 100; i++) {
        char *name = xasprintf("route%d", i);
        char *spec = xasprintf("192.0.%d.0/24 10.0.0.9", i);

        nb_route(nb, "lr", name, spec);
        free(spec);
        free(name);
    }
    nb_check_law(nb, "100 routes");
    stats = advertised_routes_get_stats(nb->routes);
    before = *stats;
    nb_route(nb, "lr", "route7", "198.51.100.0/24 10.0.0.9");
    nb_route_del(nb, "route8");
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
        cmocka_unit_test(static_routes_follow_the_table),
        cmocka_unit_test(invalid_routes_give_a_problem_and_no_row),
        TEST(D3_src_ip_and_named_tables_are_not_advertised),
        TEST(D22_metric_of_a_route_and_the_least_of_several),
        TEST(D21_filter_of_the_port_or_else_of_the_router),
        TEST(ecmp_is_one_row_per_port),
        TEST(only_the_output_port_needs_the_token),
        TEST(networks_of_ports_decide_on_the_output_port),
        TEST(ic_connected_goes_by_connected),
        TEST(change_of_one_route_redoes_one_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
