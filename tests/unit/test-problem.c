/* test-problem.c: reports come, change and go. */
#include <config.h>
#include "lib/problem.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "tests/unit/unit.h"
#include "util.h"

static int n_announced, n_gone;

static void
announce(const struct problem *problem)
{
    assert_non_null(problem->text);
    n_announced++;
}

static void
gone(const struct problem *problem)
{
    assert_non_null(problem->object);
    n_gone++;
}

static void
assert_announces_both(struct problem_set *set, int n, int n_going)
{
    n_announced = n_gone = 0;
    problem_set_announce(set, announce, gone);
    assert_int_equal(n_announced, n);
    assert_int_equal(n_gone, n_going);
}

static void
assert_announces(struct problem_set *set, int n)
{
    assert_announces_both(set, n, 0);
}

static int
setup(void **state)
{
    *state = xmalloc(sizeof(struct problem_set));
    problem_set_init(*state);
    return 0;
}

static int
teardown(void **state)
{
    problem_set_destroy(*state);
    free(*state);
    return 0;
}

static void
report_is_news_once(void **state)
{
    struct problem_set *set = *state;

    assert_true(problem_report(set, "nat", "NAT 1", "bad %d", 1));
    assert_announces(set, 1);
    assert_false(problem_report(set, "nat", "NAT 1", "bad %d", 1));
    assert_announces(set, 0);
    assert_true(problem_report(set, "nat", "NAT 1", "bad %d", 2));
    assert_announces(set, 1);
    assert_int_equal(problem_set_count(set), 1);
}

static void
resolve_takes_one_back(void **state)
{
    struct problem_set *set = *state;

    problem_report(set, "nat", "NAT 1", "x");
    problem_report(set, "lb", "NAT 1", "x");
    problem_resolve(set, "nat", "NAT 2");
    problem_resolve(set, "nat", "NAT 1");
    assert_int_equal(problem_set_count(set), 1);
    assert_true(problem_report(set, "nat", "NAT 1", "x"));
}

static void
end_resolves_what_a_source_no_longer_reports(void **state)
{
    struct problem_set *set = *state;
    struct ds ds = DS_EMPTY_INITIALIZER;

    problem_report(set, "nat", "B", "old");
    problem_report(set, "nat", "C", "stays");
    problem_report(set, "lb", "A", "of another source");
    problem_set_begin(set);
    problem_report(set, "nat", "C", "stays");
    problem_report(set, "nat", "D", "new");
    problem_set_end(set, "nat");
    problem_set_format(set, &ds);
    assert_string_equal(ds_cstr(&ds), "A: of another source\n"
                        "C: stays\nD: new\n");
    ds_destroy(&ds);
}

static void
sorted_is_by_source_then_object(void **state)
{
    struct problem_set *set = *state;

    for (int i = 999; i >= 0; i--) {
        char object[16];

        snprintf(object, sizeof object, "%03d", i);
        problem_report(set, i % 2 ? "b" : "a", object, "x");
    }

    const struct problem **sorted = problem_set_sorted(set);
    for (size_t i = 1; i < problem_set_count(set); i++) {
        int cmp = strcmp(sorted[i - 1]->source, sorted[i]->source);

        assert_true(cmp < 0 || (!cmp && strcmp(sorted[i - 1]->object,
                                               sorted[i]->object) < 0));
    }
    free(sorted);
}

static void
smap_shows_the_first_few(void **state)
{
    struct problem_set *set = *state;
    struct smap smap = SMAP_INITIALIZER(&smap);
    char longish[1000];

    memset(longish, 'x', sizeof longish - 1);
    longish[sizeof longish - 1] = '\0';
    problem_report(set, "a", "0", "caf\xc3\xa9\n");
    problem_report(set, "a", "1", "%s", longish);
    for (int i = 2; i < 30; i++) {
        char object[16];

        snprintf(object, sizeof object, "%02d", i);
        problem_report(set, "b", object, "x");
    }
    problem_set_to_smap(set, &smap);
    assert_int_equal(smap_count(&smap), 11);
    assert_string_equal(smap_get(&smap, "problems"), "30");
    assert_string_equal(smap_get(&smap, "problem-1"), "0: caf???");
    assert_int_equal(strlen(smap_get(&smap, "problem-2")), 400);
    assert_string_equal(smap_get(&smap, "problem-2") + 396, "x...");
    assert_string_equal(smap_get(&smap, "problem-10"), "09: x");
    smap_destroy(&smap);
}

static void
going_is_announced_once(void **state)
{
    struct problem_set *set = *state;

    problem_report(set, "nat", "NAT 1", "bad");
    problem_resolve(set, "nat", "NAT 1");
    assert_announces_both(set, 0, 0); /* Nobody heard of it. */
    problem_report(set, "nat", "NAT 1", "bad");
    assert_announces_both(set, 1, 0);
    problem_resolve(set, "nat", "NAT 1");
    assert_announces_both(set, 0, 1);
    assert_announces_both(set, 0, 0);

    /* There and back before anyone looked. */
    problem_report(set, "nat", "NAT 1", "bad");
    assert_announces_both(set, 1, 0);
    problem_resolve(set, "nat", "NAT 1");
    problem_report(set, "nat", "NAT 1", "bad");
    assert_announces_both(set, 0, 0);
    problem_resolve(set, "nat", "NAT 1");
    problem_report(set, "nat", "NAT 1", "worse");
    assert_announces_both(set, 1, 0);

    /* It went before its new text was told. */
    problem_report(set, "nat", "NAT 1", "worst");
    problem_resolve(set, "nat", "NAT 1");
    assert_announces_both(set, 0, 1);
    problem_report(set, "nat", "NAT 2", "bad");
    assert_announces_both(set, 1, 0);
    problem_resolve(set, "nat", "NAT 2"); /* Not told: memory is freed. */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(report_is_news_once, setup, teardown),
        cmocka_unit_test_setup_teardown(going_is_announced_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(resolve_takes_one_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            end_resolves_what_a_source_no_longer_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(sorted_is_by_source_then_object,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(smap_shows_the_first_few, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
