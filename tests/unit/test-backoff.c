/* test-backoff.c: delays double, with jitter, up to a limit. */
#include <config.h>
#include "lib/backoff.h"

#include "tests/unit/unit.h"
#include "util.h"

static void
delays_double_to_the_limit(void **state OVS_UNUSED)
{
    struct backoff backoff = { .next = 0 };
    int expected = BACKOFF_MIN_MS;

    for (int i = 0; i < 12; i++) {
        backoff_fail(&backoff, 500, 0);
        assert_int_equal(backoff.next, 500 + expected);
        expected = MIN(expected * 2, BACKOFF_MAX_MS);
    }
    assert_int_equal(backoff.delay_ms, BACKOFF_MAX_MS);
    backoff_reset(&backoff);
    assert_int_equal(backoff.next, 0);
    backoff_fail(&backoff, 500, 0);
    assert_int_equal(backoff.next, 500 + BACKOFF_MIN_MS);
}

static void
first_delay_may_be_another(void **state OVS_UNUSED)
{
    struct backoff backoff = { .next = 0 };

    backoff_fail_from(&backoff, 30, 500, 0);
    assert_int_equal(backoff.next, 530);
    backoff_fail_from(&backoff, 30, 500, 0);
    assert_int_equal(backoff.next, 560);
    backoff_fail(&backoff, 500, 0);
    assert_int_equal(backoff.next, 500 + BACKOFF_MIN_MS);
    backoff_fail_from(&backoff, 30, 500, 0);
    assert_int_equal(backoff.next, 500 + 2 * BACKOFF_MIN_MS);
}

static void
jitter_takes_at_most_a_quarter(void **state OVS_UNUSED)
{
    for (uint32_t i = 0; i < 100000; i += 37) {
        struct backoff backoff = { .next = 0 };

        backoff_fail(&backoff, 0, i * 2654435761u);
        assert_in_range(backoff.next, BACKOFF_MIN_MS * 3 / 4, BACKOFF_MIN_MS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_to_the_limit),
        cmocka_unit_test(first_delay_may_be_another),
        cmocka_unit_test(jitter_takes_at_most_a_quarter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
