/* test-retry-gate.c: unit tests of controller/retry-gate. */
#include <config.h>
#include "controller/retry-gate.h"

#include <string.h>

#include "util.h"

#include "tests/unit/unit.h"

static void
failures_close_it_for_ever_longer(void **state OVS_UNUSED)
{
    static const int delays[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000,
                                  60000 };
    struct retry_gate gate = { .due = 0 };
    long long int now = 5000;

    assert_true(retry_gate_is_open(&gate, now));
    for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
        retry_gate_failed(&gate, now, 0);
        assert_int_equal(gate.due - now, delays[i]);
        assert_false(retry_gate_is_open(&gate, gate.due - 1));
        assert_true(retry_gate_is_open(&gate, gate.due));
        now = gate.due;
    }
}

static void
failures_are_forgotten_after_quiet(void **state OVS_UNUSED)
{
    struct retry_gate gate = { .due = 0 };

    retry_gate_failed(&gate, 0, 0);
    retry_gate_failed(&gate, 1000, 0);
    assert_int_equal(gate.due, 3000);
    retry_gate_failed(&gate, 5000, 0);
    assert_int_equal(gate.due, 6000);
}

static void
cause_that_changed_opens_it(void **state OVS_UNUSED)
{
    struct retry_gate gate = { .due = 0 };

    retry_gate_failed(&gate, 0, 0);
    retry_gate_open(&gate);
    assert_true(retry_gate_is_open(&gate, 1));
    retry_gate_failed(&gate, 1, 0);
    assert_int_equal(gate.due, 2001);
}

static void
first_disturbance_passes_and_storms_do_not(void **state OVS_UNUSED)
{
    struct retry_gate gate = { .due = 0 };

    retry_gate_disturbed(&gate, 50, 100, 0);
    assert_int_equal(gate.due, 100);
    retry_gate_disturbed(&gate, 50, 120, 0);
    assert_int_equal(gate.due, 150);
    retry_gate_disturbed(&gate, 50, 160, 0);
    assert_int_equal(gate.due, 250);

    /* A failure counts for more. */
    retry_gate_failed(&gate, 300, 0);
    assert_int_equal(gate.due, 1300);
    retry_gate_disturbed(&gate, 50, 1400, 0);
    assert_int_equal(gate.due, 1400);
    retry_gate_disturbed(&gate, 50, 1500, 0);
    assert_int_equal(gate.due, 3400);

    /* After a quiet time it is as new; a short one is none. */
    retry_gate_disturbed(&gate, 50, 100000, 0);
    assert_int_equal(gate.due, 100000);
    assert_false(retry_gate_is_quiet(&gate, 101000));
    retry_gate_disturbed(&gate, 50, 101000, 0);
    retry_gate_disturbed(&gate, 50, 101010, 0);
    assert_int_equal(gate.due, 101100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_close_it_for_ever_longer),
        cmocka_unit_test(failures_are_forgotten_after_quiet),
        cmocka_unit_test(cause_that_changed_opens_it),
        cmocka_unit_test(first_disturbance_passes_and_storms_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
