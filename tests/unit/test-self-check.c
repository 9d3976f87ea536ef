/* test-self-check.c: the comparison of what was computed step by step with a
 * full computation finds what differs.  To make it differ, changes are hidden
 * from the incremental computation. */
#include <config.h>

#include "northd/self-check.h"
#include "openvswitch/dynamic-string.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

static void
assert_check(struct nb *nb, size_t expected, const char *report)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    assert_int_equal(self_check(&nb->view, nb->routes, &nb->ports, &s),
                     expected);
    assert_string_equal(ds_cstr(&s), report);
    ds_destroy(&s);
}

static void
set_up(struct nb *nb)
{
    nb_router(nb, "lr0", "dynamic-routing=true -redistribute=nat chassis=hv1");
    nb_port(nb, "lr0", "p0", "10.0.0.1/24", "");
    nb_nat(nb, "lr0", "n1", "dnat_and_snat 172.16.0.1 10.0.0.2");
    nb_check_law(nb, "start");
}

static void
self_check_of_equal_results_finds_nothing(void **state)
{
    struct nb *nb = *state;

    set_up(nb);
    assert_check(nb, 0, "");
    assert_true(view_changes_is_empty(&nb->view));
}

static void
self_check_finds_route_that_is_missing(void **state)
{
    struct nb *nb = *state;

    set_up(nb);
    nb_nat(nb, "lr0", "n2", "dnat_and_snat 172.16.0.2 10.0.0.2 metric=7");
    view_changes_clear(&nb->view);
    assert_check(nb, 1, "missing: route 172.16.0.2 on p0 metric 7\n");
}

static void
self_check_finds_route_that_is_too_much(void **state)
{
    struct nb *nb = *state;

    set_up(nb);
    nb_nat_del(nb, "n1");
    view_changes_clear(&nb->view);
    assert_check(nb, 1, "too much: route 172.16.0.1 on p0\n");
}

static void
self_check_finds_port_that_differs(void **state)
{
    struct nb *nb = *state;

    set_up(nb);
    nb_router(nb, "lr0", "dynamic-routing=true -redistribute=nat chassis=hv1 "
              "-vrf-id=7");
    view_changes_clear(&nb->view);
    assert_check(nb, 2, "missing or different: port p0\n"
                 "too much or different: port p0\n");
}

static void
self_check_reports_few_of_many(void **state)
{
    struct nb *nb = *state;
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n_lines = 0;

    set_up(nb);
    for (int i = 10; i < 40; i++) {
        char *name = xasprintf("m%d", i);
        char *spec = xasprintf("dnat_and_snat 172.16.1.%d 10.0.0.2", i);

        nb_nat(nb, "lr0", name, spec);
        free(name);
        free(spec);
    }
    view_changes_clear(&nb->view);
    assert_int_equal(self_check(&nb->view, nb->routes, &nb->ports, &s), 30);
    for (const char *p = ds_cstr(&s); (p = strchr(p, '\n')); p++) {
        n_lines++;
    }
    assert_int_equal(n_lines, 10);
    ds_destroy(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, nb_setup, nb_teardown)
        TEST(self_check_of_equal_results_finds_nothing),
        TEST(self_check_finds_route_that_is_missing),
        TEST(self_check_finds_route_that_is_too_much),
        TEST(self_check_finds_port_that_differs),
        TEST(self_check_reports_few_of_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
