/* test-router-check.c: what is reported of routers besides their options. */
#include <config.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

#define ON "dynamic-routing=true -redistribute=connected"

static void
peer_has_to_be_mutual(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "a", ON);
    nb_router(nb, "b", "");
    nb_port(nb, "a", "pa", "10.0.0.1/30", "peer=pb");
    nb_assert_problem(nb, "Logical_Router_Port pa: peer \"pb\" is no "
                      "Logical_Router_Port of any Logical_Router; correct or "
                      "clear it");
    nb_port(nb, "b", "pb", "10.0.0.2/30", "");
    nb_assert_problem(nb, "Logical_Router_Port pa: peer \"pb\" does not have "
                      "this port as its own peer; set both, or none");
    nb_port(nb, "b", "pb", "10.0.0.2/30", "peer=pa");
    nb_assert_problem(nb, NULL);
    nb_router(nb, "b", "disabled");
    nb_assert_problem(nb, NULL);
    nb_router(nb, "b", "");
    nb_port(nb, "b", "pb", "10.0.0.2/30", "peer=other");
    nb_assert_problem(nb, "does not have this port");
    nb_port_del(nb, "pb");
    nb_assert_problem(nb, "is no Logical_Router_Port");

    /* What has no dynamic routing is not our business. */
    nb_router(nb, "a", "");
    nb_assert_problem(nb, NULL);

    /* The connected route is there all the same. */
    nb_router(nb, "a", ON);
    nb_assert_routes(nb, "pa 10.0.0.0/30\n");
}

static void
ports_have_networks_of_their_own(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "a", ON);
    nb_router(nb, "b", ON);
    nb_port(nb, "a", "p1", "10.0.0.1/24 169.254.0.1/24", "");
    nb_port(nb, "a", "p2", "10.0.0.9/24 169.254.0.2/24", "");
    nb_port(nb, "b", "p3", "10.0.0.1/24", "");
    nb_assert_problem(nb, "Logical_Router_Port p2: network 10.0.0.0/24 is also "
                      "that of Logical_Router_Port p1 of the same router; give "
                      "each port its own");
    nb_assert_routes(nb, "p1 10.0.0.0/24\np2 10.0.0.0/24\np3 10.0.0.0/24\n");

    /* One port may have several addresses of a network. */
    nb_port(nb, "a", "p2", "10.0.1.1/24 10.0.1.2/24", "");
    nb_assert_problem(nb, NULL);
    nb_port(nb, "a", "p2", "10.0.0.9/25", "");
    nb_assert_problem(nb, NULL);
    nb_port(nb, "a", "p2", "10.0.0.9/24", "peer=gone");
    nb_assert_problem(nb, "correct or clear it; also network 10.0.0.0/24 is");
    nb_port_del(nb, "p1");
    nb_port(nb, "a", "p2", "10.0.0.9/24", "");
    nb_assert_problem(nb, NULL);
}

static void
set_name(struct nb *nb, const char *router, const char *name)
{
    struct smap options = SMAP_INITIALIZER(&options);
    struct uuid uuid = nb_uuid(router);

    smap_add(&options, "dynamic-routing", "true");
    view_router_set(&nb->view, &uuid, name, true, &options);
    smap_destroy(&options);
}

static void
names_of_routers_differ(void **state)
{
    struct nb *nb = *state;
    const struct problem **sorted;

    set_name(nb, "a", "lr");
    set_name(nb, "b", "lr");
    set_name(nb, "c", "lr3");
    nb_check_law(nb, "two of one name");
    assert_int_equal(problem_set_count(&nb->problems), 2);
    sorted = problem_set_sorted(&nb->problems);
    for (int i = 0; i < 2; i++) {
        assert_non_null(strstr(sorted[i]->object, "Logical_Router lr ("));
        assert_non_null(strstr(sorted[i]->text, "rename one of them"));
    }
    free(sorted);

    set_name(nb, "b", "lr2");
    nb_assert_problem(nb, NULL);
    set_name(nb, "c", "lr");
    nb_check_law(nb, "another two");
    assert_int_equal(problem_set_count(&nb->problems), 2);
    nb_router_del(nb, "a");
    nb_assert_problem(nb, NULL);
}

/* The problem of one of them stays when that of the other goes. */
static void
problem_of_a_name_stays_while_one_has_it(void **state)
{
    struct nb *nb = *state;
    struct smap options = SMAP_INITIALIZER(&options);
    struct uuid a = nb_uuid("a"), b = nb_uuid("b");

    smap_add(&options, "dynamic-routing-bogus", "1");
    view_router_set(&nb->view, &a, "lr", true, &options);
    view_router_set(&nb->view, &b, "lr", true, &options);
    nb_assert_problem(nb, "options:dynamic-routing-bogus is not known");
    smap_clear(&options);
    view_router_set(&nb->view, &a, "lr", true, &options);
    nb_assert_problem(nb, "options:dynamic-routing-bogus is not known");
    view_router_set(&nb->view, &b, "lr", true, &options);
    nb_assert_problem(nb, NULL);
    smap_destroy(&options);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(peer_has_to_be_mutual, nb_setup,
                                        nb_teardown),
        cmocka_unit_test_setup_teardown(ports_have_networks_of_their_own,
                                        nb_setup, nb_teardown),
        cmocka_unit_test_setup_teardown(names_of_routers_differ, nb_setup,
                                        nb_teardown),
        cmocka_unit_test_setup_teardown(
            problem_of_a_name_stays_while_one_has_it, nb_setup, nb_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
