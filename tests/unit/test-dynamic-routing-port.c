/* test-dynamic-routing-port.c: what controllers are told of router ports. */
#include <config.h>

#include <string.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define ON "dynamic-routing=true"

/* Options of the router "lr" and of its port "p"; the row, after "p ". */
static const struct {
    const char *router;
    const char *port;
    const char *row;
} table[] = {
    /* Who takes part. */
    { ON " chassis=hv1", "", "p lr dynamic-routing=true\n" },
    { ON, "", "p lr\n" },
    { ON, "gw", "cr-p lr dynamic-routing=true\n" },
    { ON " chassis=hv1", "gw", "p lr dynamic-routing=true\n" },
    { "chassis=hv1", "", NULL },
    { "dynamic-routing=false", "gw", NULL },
    { ON " chassis=hv1 disabled", "", NULL },
    /* Of the router. */
    { ON " chassis=hv1 -vrf-id=10 -vrf-name=red", "",
      "p lr dynamic-routing=true dynamic-routing-vrf-id=10 "
      "dynamic-routing-vrf-name=red\n" },
    { ON " -vrf-id=10 -vrf-name=red", "",
      "p lr dynamic-routing-vrf-id=10\n" },
    { ON " -vrf-id=bogus -v4-prefix-nexthop=192.0.2.1 "
      "-v6-prefix-nexthop=2001:db8::1", "gw",
      "cr-p lr dynamic-routing=true "
      "dynamic-routing-v4-prefix-nexthop=192.0.2.1 "
      "dynamic-routing-v6-prefix-nexthop=2001:db8::1 "
      "dynamic-routing-vrf-id=bogus\n" },
    /* Of the port. */
    { ON " chassis=hv1", "-maintain-vrf=true -port-name=eth1",
      "p lr dynamic-routing=true dynamic-routing-maintain-vrf=true "
      "dynamic-routing-port-name=eth1\n" },
    { ON " chassis=hv1", "-maintain-vrf=false",
      "p lr dynamic-routing=true\n" },
    { ON, "-maintain-vrf=true -port-name=eth1", "p lr\n" },
    /* Of both. */
    { ON " -redistribute-local-only=true -no-learning=true", "",
      "p lr dynamic-routing-no-learning=true "
      "dynamic-routing-redistribute-local-only=true\n" },
    { ON " -redistribute-local-only=true -no-learning=true",
      "-redistribute-local-only=false -no-learning=FALSE", "p lr\n" },
    { ON, "-redistribute-local-only=true -no-learning=true",
      "p lr dynamic-routing-no-learning=true "
      "dynamic-routing-redistribute-local-only=true\n" },
    /* What may be learned (D16, D17), and where redirected traffic goes. */
    { ON " chassis=hv1 -learn-prefixes=permit~10.0.0.0/8 -learn-default=false "
      "-learn-max=1000 -learn-hold=30", "",
      "p lr dynamic-routing=true dynamic-routing-learn-default=false "
      "dynamic-routing-learn-hold=30 dynamic-routing-learn-max=1000 "
      "dynamic-routing-learn-prefixes=permit 10.0.0.0/8\n" },
    { ON " -learn-prefixes=permit~10.0.0.0/8 -learn-default=false "
      "-learn-max=1000 -learn-hold=30",
      "gw -learn-prefixes= -learn-default=TRUE -learn-max=5 -learn-hold=0 "
      "routing-protocol-redirect=bgp0",
      "cr-p lr dynamic-routing=true dynamic-routing-learn-default=TRUE "
      "dynamic-routing-learn-hold=0 dynamic-routing-learn-max=5 "
      "dynamic-routing-learn-prefixes= routing-protocol-redirect=bgp0\n" },
    { ON " -learn-max=1000", "routing-protocol-redirect=bgp0", "p lr\n" },
    /* The sources act on it; it is nobody else's business. */
    { ON " -redistribute=nat", "-redistribute=connected -advertise=false",
      "p lr\n" },
    /* Switched off for a while. */
    { "dynamic-routing=false -redistribute=nat", "-redistribute=connected",
      NULL },
};

static void
options_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        char *row = (table[i].row ? xasprintf("p %s", table[i].row)
                     : xstrdup(""));
        struct nb nb;

        nb_init(&nb);
        print_message("# %s; %s\n", table[i].router, table[i].port);
        nb_router(&nb, "lr", table[i].router);
        nb_port(&nb, "lr", "p", "10.0.0.1/24", table[i].port);
        nb_assert_ports(&nb, row);
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
        free(row);
    }
}

/* Options of the router "lr" and of its port "p"; parts of the problem. */
static const struct {
    const char *router;
    const char *port;
    const char *object;
    const char *text;
} problems[] = {
    { ON " -redistribute=nat,bogus,foo", "", "Logical_Router lr: ",
      "unknown \"bogus, foo\"; known are connected,connected-as-host,static,"
      "nat,lb,hub-spoke" },
    { ON, "-redistribute=bogus", "Logical_Router_Port p: ",
      "unknown \"bogus\"" },
    { "-redistribute=nat", "", "Logical_Router lr: ",
      "options:dynamic-routing=true" },
    { "", "-redistribute=nat", "Logical_Router_Port p: ",
      "options:dynamic-routing=true" },
    { "dynamic-routing=yes", "", "Logical_Router lr: ",
      "options:dynamic-routing is \"yes\"" },
    { ON, "-maintain-vrf=on", "Logical_Router_Port p: ", "\"on\"" },
    { ON " -maintain-vrf=true", "", "Logical_Router lr: ",
      "set it on the Logical_Router_Port" },
    { ON, "-vrf-id=10", "Logical_Router_Port p: ",
      "set it on the Logical_Router" },
    { ON " -learn-default=1", "", "Logical_Router lr: ", "\"1\"" },
    { ON " -learn-max=many", "", "Logical_Router lr: ",
      "options:dynamic-routing-learn-max is \"many\"" },
    { ON, "-learn-hold=4294967296", "Logical_Router_Port p: ",
      "set it to a decimal number up to 4294967295" },
    { ON, "-learn-prefixes=permit~10.0.0.0/8,allow~::/0",
      "Logical_Router_Port p: ",
      "options:dynamic-routing-learn-prefixes has entries that do not count" },
    { ON " -redistribut=nat", "", "Logical_Router lr: ",
      "options:dynamic-routing-redistribut is not known" },
};

static void
bad_options_give_one_problem(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(problems); i++) {
        struct nb nb;

        nb_init(&nb);
        nb_router(&nb, "lr", problems[i].router);
        nb_port(&nb, "lr", "p", "10.0.0.1/24", problems[i].port);
        nb_assert_problem(&nb, problems[i].object);
        nb_assert_problem(&nb, problems[i].text);

        /* Corrected. */
        nb_router(&nb, "lr", ON);
        nb_port(&nb, "lr", "p", "10.0.0.1/24", "");
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

static void
long_values_are_cut_in_reports(void **state)
{
    struct nb *nb = *state;
    char *value = xmalloc(1 << 20);
    char *options;

    memset(value, 'x', 1 << 20);
    value[(1 << 20) - 1] = '\0';
    options = xasprintf(ON " -redistribute=%s", value);
    nb_router(nb, "lr", options);
    nb_assert_problem(nb, "unknown \"xxx");

    const struct problem **sorted = problem_set_sorted(&nb->problems);
    assert_true(strlen(sorted[0]->text) < 1000);
    free(sorted);
    free(options);
    free(value);
}

static void
standing_problem_is_announced_once(void **state)
{
    struct nb *nb = *state;
    const struct problem **sorted;

    nb_router(nb, "lr", ON " -redistribute=bogus");
    nb_assert_problem(nb, "bogus");
    sorted = problem_set_sorted(&nb->problems);
    CONST_CAST(struct problem *, sorted[0])->announced = true;
    free(sorted);

    nb_port(nb, "lr", "p", "10.0.0.1/24", "");
    view_changes_set_all(&nb->view);
    nb_assert_problem(nb, "bogus");
    sorted = problem_set_sorted(&nb->problems);
    assert_true(sorted[0]->announced);
    free(sorted);
}

static void
port_moves_to_another_router(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "a", ON);
    nb_router(nb, "b", ON " chassis=hv1");
    nb_port(nb, "a", "p", "10.0.0.1/24", "");
    nb_assert_ports(nb, "p p a\n");
    nb_port(nb, "b", "p", "10.0.0.1/24", "");
    nb_assert_ports(nb, "p p b dynamic-routing=true\n");
    nb_router_del(nb, "b");
    nb_assert_ports(nb, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_follow_the_table),
        cmocka_unit_test(bad_options_give_one_problem),
        cmocka_unit_test_setup_teardown(long_values_are_cut_in_reports,
                                        nb_setup, nb_teardown),
        cmocka_unit_test_setup_teardown(standing_problem_is_announced_once,
                                        nb_setup, nb_teardown),
        cmocka_unit_test_setup_teardown(port_moves_to_another_router,
                                        nb_setup, nb_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
