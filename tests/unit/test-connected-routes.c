/* test-connected-routes.c: subnets of router ports. */
#include <config.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define CONNECTED "dynamic-routing=true -redistribute=connected"

/* Options of the router, of the port "p", its networks; routes. */
static const struct {
    const char *router;
    const char *port;
    const char *networks;
    const char *routes;
} table[] = {
    { CONNECTED, "", "10.0.0.1/24", "p 10.0.0.0/24\n" },
    { CONNECTED, "", "2001:db8::1/64", "p 2001:db8::/64\n" },
    { CONNECTED, "", "10.0.0.1/24 10.0.1.1/24 2001:db8::1/64",
      "p 10.0.0.0/24\np 10.0.1.0/24\np 2001:db8::/64\n" },
    { CONNECTED, "", "10.9.9.9/32 2001:db8::9/128",
      "p 10.9.9.9\np 2001:db8::9\n" },
    /* Two addresses of one network. */
    { CONNECTED, "", "10.0.0.1/24 10.0.0.2/24", "p 10.0.0.0/24\n" },
    /* Link-local, and wider than that. */
    { CONNECTED, "", "169.254.0.1/16 169.254.1.1/24 fe80::1/64", "" },
    { CONNECTED, "", "169.254.0.1/15", "p 169.254.0.0/15\n" },
    { CONNECTED, "", "", "" },
    { CONNECTED " chassis=hv1", "gw", "10.0.0.1/24", "p 10.0.0.0/24\n" },
    { CONNECTED, "gw", "10.0.0.1/24", "p 10.0.0.0/24\n" },
    /* Whose token counts. */
    { CONNECTED, "-redistribute=nat", "10.0.0.1/24", "" },
    { CONNECTED, "-redistribute=", "10.0.0.1/24", "" },
    { "dynamic-routing=true -redistribute=nat", "-redistribute=connected",
      "10.0.0.1/24", "p 10.0.0.0/24\n" },
    { "dynamic-routing=true", "-redistribute=connected", "10.0.0.1/24",
      "p 10.0.0.0/24\n" },
    { "dynamic-routing=TRUE -redistribute=bogus,connected", "",
      "10.0.0.1/24", "p 10.0.0.0/24\n" },
    /* Hosts instead of subnets. */
    { CONNECTED ",connected-as-host", "", "10.0.0.1/24", "" },
    { CONNECTED, "-redistribute=connected-as-host", "10.0.0.1/24", "" },
    /* No dynamic routing. */
    { "-redistribute=connected", "", "10.0.0.1/24", "" },
    { "dynamic-routing=false -redistribute=connected", "", "10.0.0.1/24", "" },
    { "dynamic-routing=yes -redistribute=connected", "", "10.0.0.1/24", "" },
    { "-redistribute=connected", "dynamic-routing=true", "10.0.0.1/24", "" },
    { CONNECTED " disabled", "", "10.0.0.1/24", "" },
};

static void
subnets_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s; %s; %s\n", table[i].router, table[i].port,
                      table[i].networks);
        nb_router(&nb, "lr", table[i].router);
        nb_port(&nb, "lr", "p", table[i].networks, table[i].port);
        nb_assert_routes(&nb, table[i].routes);
        nb_destroy(&nb);
    }
}

static void
bad_network_is_reported_and_alone_skipped(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", CONNECTED);
    nb_port(nb, "lr", "p", "10.0.0.1/33 10.0.1.1/24", "");
    nb_assert_routes(nb, "p 10.0.1.0/24\n");
    nb_assert_problem(nb, "Logical_Router_Port p: network \"10.0.0.1/33\"");
    nb_port(nb, "lr", "p", "10.0.0.1/24 10.0.1.1/24", "");
    nb_assert_routes(nb, "p 10.0.0.0/24\np 10.0.1.0/24\n");
    nb_assert_problem(nb, NULL);
}

static void
changes_of_a_port_show(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", CONNECTED);
    nb_port(nb, "lr", "p", "10.0.0.1/24", "");
    nb_port(nb, "lr", "q", "10.0.1.1/24", "");
    nb_assert_routes(nb, "p 10.0.0.0/24\nq 10.0.1.0/24\n");
    nb_port(nb, "lr", "p", "10.0.2.1/24", "");
    nb_assert_routes(nb, "p 10.0.2.0/24\nq 10.0.1.0/24\n");
    nb_port(nb, "lr", "p", "10.0.2.1/24", "-redistribute=");
    nb_assert_routes(nb, "q 10.0.1.0/24\n");
    nb_port_del(nb, "q");
    nb_assert_routes(nb, "");
    nb_port(nb, "lr", "p", "10.0.2.1/24", "");
    nb_router_del(nb, "lr");
    nb_assert_routes(nb, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subnets_follow_the_table),
        cmocka_unit_test_setup_teardown(
            bad_network_is_reported_and_alone_skipped, nb_setup, nb_teardown),
        cmocka_unit_test_setup_teardown(
            changes_of_a_port_show, nb_setup, nb_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
