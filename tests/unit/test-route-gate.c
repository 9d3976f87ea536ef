/* test-route-gate.c: unit tests of controller/route-gate (D23, D24). */
#include <config.h>
#include "controller/route-gate.h"

#include <limits.h>
#include <string.h>

#include "util.h"

#include "tests/unit/unit.h"

/* A chassis that has just booted. */
static const struct route_gate_input booted = {
    .kernel_known = true,
    .datapath = ROUTE_GATE_DP_UP,
    .start_timeout = 30000,
    .datapath_timeout = 10000,
};

/* Lets 'gate' be in 'state' at time 'now', and nowhere else. */
static void
expect(struct route_gate *gate, const struct route_gate_input *input,
       long long int now, enum route_gate_state state)
{
    route_gate_run(gate, input, now);
    assert_string_equal(route_gate_state_name(gate->state),
                        route_gate_state_name(state));
    /* A second look at the same changes nothing. */
    assert_false(route_gate_run(gate, input, now));
    assert_true(route_gate_next(gate) > now);
}

static void
boot_waits_for_flows(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.kernel_known = false;
    expect(&gate, &input, 1000, ROUTE_GATE_UNKNOWN);
    assert_false(route_gate_is_decided(&gate));
    input.kernel_known = true;
    expect(&gate, &input, 1100, ROUTE_GATE_STARTING);
    assert_true(route_gate_is_decided(&gate));
    assert_false(route_gate_is_open(&gate));
    assert_true(route_gate_wants_flows(&gate));
    assert_non_null(route_gate_state_text(gate.state));
    input.flows = true;
    expect(&gate, &input, 5000, ROUTE_GATE_OPEN);
    assert_true(route_gate_is_open(&gate));
    assert_false(route_gate_wants_flows(&gate));
    assert_true(route_gate_next(&gate) == LLONG_MAX);
}

static void
boot_opens_after_its_timeout(void **state OVS_UNUSED)
{
    struct route_gate gate;

    route_gate_init(&gate);
    expect(&gate, &booted, 1000, ROUTE_GATE_STARTING);
    assert_true(route_gate_next(&gate) == 31000);
    expect(&gate, &booted, 30999, ROUTE_GATE_STARTING);
    expect(&gate, &booted, 31000, ROUTE_GATE_OPEN);
}

/* The time that it takes to read the kernel counts. */
static void
boot_timeout_begins_with_the_daemon(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.kernel_known = false;
    expect(&gate, &input, 1000, ROUTE_GATE_UNKNOWN);
    input.kernel_known = true;
    expect(&gate, &input, 21000, ROUTE_GATE_STARTING);
    assert_true(route_gate_next(&gate) == 31000);
}

static void
boot_with_timeout_zero_opens_at_once(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.start_timeout = 0;
    expect(&gate, &input, 1000, ROUTE_GATE_OPEN);
}

/* Nothing would be gained by ten seconds of black hole. */
static void
boot_without_datapath_ends_closed(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.datapath = ROUTE_GATE_DP_DOWN;
    expect(&gate, &input, 1000, ROUTE_GATE_STARTING);
    expect(&gate, &input, 31000, ROUTE_GATE_CLOSED);
    input.datapath_timeout = 0;
    expect(&gate, &input, 31001, ROUTE_GATE_OPEN);
}

static void
restart_opens_at_once(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.own_routes = true;
    expect(&gate, &input, 1000, ROUTE_GATE_OPEN);

    /* Also when the data path is away: it has its time to come back. */
    route_gate_init(&gate);
    input.datapath = ROUTE_GATE_DP_DOWN;
    expect(&gate, &input, 1000, ROUTE_GATE_SHAKY);
    assert_true(route_gate_is_open(&gate));
    expect(&gate, &input, 10999, ROUTE_GATE_SHAKY);
    expect(&gate, &input, 11000, ROUTE_GATE_CLOSED);
}

static void
short_outage_withdraws_nothing(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.own_routes = true;
    expect(&gate, &input, 0, ROUTE_GATE_OPEN);
    for (long long int now = 100; now < 100000; now += 10000) {
        input.datapath = ROUTE_GATE_DP_DOWN;
        expect(&gate, &input, now, ROUTE_GATE_SHAKY);
        expect(&gate, &input, now + 9999, ROUTE_GATE_SHAKY);
        assert_true(route_gate_is_open(&gate));
        input.datapath = ROUTE_GATE_DP_UP;
        expect(&gate, &input, now + 9999, ROUTE_GATE_OPEN);
    }
}

static void
long_outage_withdraws_until_flows_are_back(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.own_routes = true;
    input.datapath = ROUTE_GATE_DP_DOWN;
    expect(&gate, &input, 0, ROUTE_GATE_SHAKY);
    expect(&gate, &input, 10000, ROUTE_GATE_CLOSED);
    assert_false(route_gate_is_open(&gate));
    assert_true(route_gate_next(&gate) == LLONG_MAX);
    input.datapath = ROUTE_GATE_DP_UP;
    expect(&gate, &input, 60000, ROUTE_GATE_RETURNING);
    assert_false(route_gate_is_open(&gate));
    /* It dies again. */
    input.datapath = ROUTE_GATE_DP_DOWN;
    expect(&gate, &input, 61000, ROUTE_GATE_CLOSED);
    input.datapath = ROUTE_GATE_DP_UP;
    expect(&gate, &input, 62000, ROUTE_GATE_RETURNING);
    input.flows = true;
    expect(&gate, &input, 63000, ROUTE_GATE_OPEN);

    /* Flows that cannot be seen do not keep it out for ever. */
    input.flows = false;
    input.datapath = ROUTE_GATE_DP_DOWN;
    expect(&gate, &input, 70000, ROUTE_GATE_SHAKY);
    expect(&gate, &input, 80000, ROUTE_GATE_CLOSED);
    input.datapath = ROUTE_GATE_DP_UP;
    expect(&gate, &input, 90000, ROUTE_GATE_RETURNING);
    expect(&gate, &input, 120000, ROUTE_GATE_OPEN);
}

static void
datapath_timeout_zero_never_closes(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.own_routes = true;
    input.datapath = ROUTE_GATE_DP_DOWN;
    input.datapath_timeout = 0;
    expect(&gate, &input, 0, ROUTE_GATE_OPEN);
    /* Turned on and off while it is down. */
    input.datapath_timeout = 10;
    expect(&gate, &input, 1000, ROUTE_GATE_SHAKY);
    expect(&gate, &input, 1010, ROUTE_GATE_CLOSED);
    input.datapath_timeout = 0;
    expect(&gate, &input, 2000, ROUTE_GATE_OPEN);
}

/* One that cannot be seen from here is no reason to do anything. */
static void
unknown_datapath_does_not_close(void **state OVS_UNUSED)
{
    struct route_gate_input input = booted;
    struct route_gate gate;

    route_gate_init(&gate);
    input.own_routes = true;
    input.datapath = ROUTE_GATE_DP_UNKNOWN;
    expect(&gate, &input, 0, ROUTE_GATE_OPEN);
    expect(&gate, &input, 1000000, ROUTE_GATE_OPEN);
}

static void
every_state_that_holds_routes_back_says_why(void **state OVS_UNUSED)
{
    for (int i = ROUTE_GATE_UNKNOWN; i <= ROUTE_GATE_RETURNING; i++) {
        struct route_gate gate = { .state = i };

        if (!route_gate_is_open(&gate) && route_gate_is_decided(&gate)) {
            assert_non_null(route_gate_state_text(i));
        }
        assert_true(strlen(route_gate_state_name(i)) > 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_waits_for_flows),
        cmocka_unit_test(boot_opens_after_its_timeout),
        cmocka_unit_test(boot_timeout_begins_with_the_daemon),
        cmocka_unit_test(boot_with_timeout_zero_opens_at_once),
        cmocka_unit_test(boot_without_datapath_ends_closed),
        cmocka_unit_test(restart_opens_at_once),
        cmocka_unit_test(short_outage_withdraws_nothing),
        cmocka_unit_test(long_outage_withdraws_until_flows_are_back),
        cmocka_unit_test(datapath_timeout_zero_never_closes),
        cmocka_unit_test(unknown_datapath_does_not_close),
        cmocka_unit_test(every_state_that_holds_routes_back_says_why),
    };

    return cmocka_run_group_tests_name("route-gate", tests, NULL, NULL);
}
