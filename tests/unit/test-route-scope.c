/* test-route-scope.c: unit tests of the plan's scope (controller/route-scope)
 * and of its modes. */
#include <config.h>
#include "controller/route-scope.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/lib/plan-stage.h"
#include "util.h"

/* Runs the plan and compares its scope: numbers of datapaths, those of bound
 * ports after "+", names. */
#define expect_scope(FAKE, TEXT) \
    expect_scope_at(FAKE, TEXT, __FILE__, __LINE__)
static void
expect_scope_at(struct fake *fake, const char *text, const char *file,
                int line)
{
    const struct route_scope *scope;
    struct ds ds = DS_EMPTY_INITIALIZER;

    route_plan_run(fake->plan);
    scope = route_plan_get_scope(fake->plan);
    for (size_t i = 0; i < scope->n_datapaths; i++) {
        ds_put_format(&ds, "%s%u", ds.length ? " " : "",
                      scope->datapaths[i].parts[0]);
    }
    for (size_t i = 0; i < scope->n_bound; i++) {
        ds_put_format(&ds, "%s+%u", ds.length ? " " : "",
                      scope->bound[i].parts[0]);
    }
    for (size_t i = 0; i < scope->n_ports; i++) {
        ds_put_format(&ds, "%s%s", ds.length ? " " : "", scope->ports[i]);
    }
    _assert_string_equal(ds_cstr(&ds), text, file, line);
    ds_destroy(&ds);
}

static unsigned int
seqno(const struct fake *fake)
{
    return route_plan_get_scope(fake->plan)->seqno;
}

static void
scope_has_the_routers_that_take_part(void **state)
{
    struct fake *fake = *state;
    unsigned int before;

    expect_scope(fake, "");
    assert_int_not_equal(seqno(fake), 0);
    gateway(fake, 10, "here", 7, "on");
    gateway(fake, 20, "off", 8, "");
    distributed(fake, 30, "far", 9, false, "on");
    expect_scope(fake, "10 +11 +21");
    before = seqno(fake);

    /* What changes nothing does not change the number. */
    advertise(fake, 40, 10, 11, 0, "10.0.0.1");
    port(fake, 50, "vif", "", true);
    routing_port(fake, 12, 10, 11, 11, "here", "on,vrf-id=77");
    expect_scope(fake, "10 +11 +21");
    assert_int_equal(seqno(fake), before);

    /* It comes here, before anything but its rows of ports is known. */
    port(fake, 32, "cr-far-dgp", "cr", true);
    expect_scope(fake, "10 30 +11 +21 +32");
    assert_int_not_equal(seqno(fake), before);
    port(fake, 11, "here-up", "l3gateway", false);
    expect_scope(fake, "30 +21 +32");
    routing_port_remove(fake, 33);
    expect_scope(fake, "+21 +32");
    port_remove(fake, 32);
    expect_scope(fake, "+21");
}

/* What leads to a router's Dynamic_Routing_Port, before there is one. */
static void
scope_has_the_router_ports_that_are_bound_here(void **state)
{
    struct fake *fake = *state;

    port(fake, 11, "gw-up", "l3gateway", true);
    port(fake, 12, "far-up", "l3gateway", false);
    port(fake, 13, "dgp", "patch", false);
    port(fake, 14, "cr-dgp", "cr", true);
    port(fake, 15, "vif", "", true);
    expect_scope(fake, "+11 +14");
    port(fake, 14, "cr-dgp", "cr", false);
    port(fake, 12, "far-up", "l3gateway", true);
    expect_scope(fake, "+11 +12");
}

static void
scope_does_not_depend_on_the_mode(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "here", 7, "on");
    expect_scope(fake, "10 +11");
    route_plan_set_mode(fake->plan, ROUTE_PLAN_NOTHING);
    expect_scope(fake, "10 +11");
    route_plan_set_withdrawn(fake->plan, true);
    expect_scope(fake, "10 +11");
}

static void
scope_has_the_router_ports_that_are_tracked(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise_tracking(fake, 40, 10, 11, 51, "far-dgp", "10.0.0.1");
    advertise_tracking(fake, 41, 10, 11, 51, "far-dgp", "10.0.0.2");
    advertise(fake, 42, 10, 11, 52, "10.0.0.3");
    expect_scope(fake, "10 +11 far-dgp");
    advertise_remove(fake, 40);
    expect_scope(fake, "10 +11 far-dgp");
    advertise_remove(fake, 41);
    expect_scope(fake, "10 +11");
}

/* It must not be put in with one metric and then with another. */
static void
row_waits_for_its_tracked_router_port(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise_tracking(fake, 40, 10, 11, 51, "far-in", "10.0.0.1");
    advertise(fake, 41, 10, 11, 52, "10.0.0.2");
    expect(fake, "table 7 -, 7 10.0.0.2 1000");

    /* Of another scope: not what it waits for. */
    assert_false(route_plan_scope_loaded(fake->plan, seqno(fake) - 1));
    expect(fake, "table 7 -, 7 10.0.0.2 1000");

    port(fake, 51, "far-in", "patch", false);
    assert_true(route_plan_scope_loaded(fake->plan, seqno(fake)));
    expect(fake, "table 7 -, 7 10.0.0.1 100, 7 10.0.0.2 1000");

    /* Changed, it has no need to wait again. */
    advertise_tracking(fake, 40, 10, 11, 51, "far-in", "10.0.0.9");
    expect(fake, "table 7 -, 7 10.0.0.2 1000, 7 10.0.0.9 100");
}

static void
row_of_a_port_that_never_comes_is_not_local(void **state)
{
    struct fake *fake = *state;

    gateway(fake, 10, "gw", 7, "on");
    advertise_tracking(fake, 40, 10, 11, 51, "gone", "10.0.0.1");
    expect(fake, "table 7 -");
    assert_true(route_plan_scope_loaded(fake->plan, seqno(fake)));
    expect(fake, "table 7 -, 7 10.0.0.1 1000");
    assert_false(route_plan_scope_loaded(fake->plan, seqno(fake)));
}

static void
D20_depreferred_routes_keep_their_order(void **state)
{
    struct fake *fake = *state;
    struct uuid u[2];
    struct route_advertised row = {
        .uuid = id(42),
        .datapath = ref(&u[0], 10),
        .logical_port = ref(&u[1], 11),
        .ip_prefix = "10.0.0.3",
        .metric = "16000000",
    };

    gateway(fake, 10, "gw", 7, "on,maintain-vrf=true");
    port(fake, 51, "vif", "", true);
    advertise(fake, 40, 10, 11, 0, "10.0.0.1");
    advertise(fake, 41, 10, 11, 51, "10.0.0.2");
    route_plan_set_advertised(fake->plan, &row);
    expect(fake, "table 7 ovnvrf7, 7 10.0.0.1 1000, 7 10.0.0.2 100, "
           "7 10.0.0.3 16000000");
    route_plan_set_mode(fake->plan, ROUTE_PLAN_DEPREFER);
    expect(fake, "table 7 ovnvrf7, 7 10.0.0.1 10001000, 7 10.0.0.2 10000100, "
           "7 10.0.0.3 16777215");
    route_plan_set_mode(fake->plan, ROUTE_PLAN_NOTHING);
    expect(fake, "table 7 ovnvrf7");
    route_plan_set_mode(fake->plan, ROUTE_PLAN_ADVERTISE);
    expect(fake, "table 7 ovnvrf7, 7 10.0.0.1 1000, 7 10.0.0.2 100, "
           "7 10.0.0.3 16000000");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scope_has_the_routers_that_take_part),
        TEST(scope_has_the_router_ports_that_are_bound_here),
        TEST(scope_does_not_depend_on_the_mode),
        TEST(scope_has_the_router_ports_that_are_tracked),
        TEST(row_waits_for_its_tracked_router_port),
        TEST(row_of_a_port_that_never_comes_is_not_local),
        TEST(D20_depreferred_routes_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
