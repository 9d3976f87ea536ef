/* test-route-random.c: random histories of the plan (controller/route*.[ch]). */
#include <config.h>
#include "controller/route.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "sset.h"
#include "tests/lib/history.h"
#include "tests/lib/plan-stage.h"
#include "util.h"

/* Law: whatever the history, the result is that of the facts. */

/* A fact of the random world; which of its members count depends on its
 * kind. */
struct fact {
    bool present;
    int64_t key;
    bool here;
    unsigned int dp, logical, binding, tracked;
    const char *text;           /* Options, type or prefix. */
    const char *name;
};

/* Numbers of datapaths, ports, Dynamic_Routing_Port and Advertised_Route rows
 * in it. */
enum { N_DP = 4, N_PORT = 14, N_RP = 10, N_ROW = 40 };
enum { DP = 1, PORT = 100, RP = 200, ROW = 300 };

struct world {
    struct fact dp[N_DP], port[N_PORT], rp[N_RP], row[N_ROW];
    enum route_plan_mode mode;
};

static const char *const port_names[N_PORT] = {
    "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7",
    "cr-p0", "cr-p1", "cr-p2", "cr-p3", "vif0", "vif1",
};
static const char *const rp_options[] = {
    "", "on", "on", "on,maintain-vrf=true", "on,vrf-id=10,maintain-vrf=true",
    "on,vrf-id=10,vrf-name=red,maintain-vrf=true",
    "on,vrf-id=20,vrf-name=red,maintain-vrf=true",
    "on,redistribute-local-only=true", "redistribute-local-only=true",
    "on,vrf-id=255", "on,vrf-id=x", "on,v4-prefix-nexthop=192.0.2.1,vrf-id=10",
    "on,v6-prefix-nexthop=fe80::2,vrf-id=10", "on,v4-prefix-nexthop=junk",
    "on,maintain-vrf=true,vrf-name=much-too-long-a-name",
};
static const char *const prefixes[] = {
    "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.1.0/24",
    "2001:db8::1", "2001:db8::2", "2001:db8::/64", "junk", "10.0.0.1/8",
};
static const char *const routers[] = { "ra", "rb", "rc", NULL };
static const int64_t keys[] = { 7, 8, 9, 10, 254 };

#define PICK(ARRAY) ((ARRAY)[random_range(ARRAY_SIZE(ARRAY))])

static bool
one_in(unsigned int n)
{
    return !random_range(n);
}

static void
state_dp(struct fake *fake, const struct world *w, unsigned int i)
{
    datapath(fake, DP + i, w->dp[i].present ? w->dp[i].key : 0);
}

static void
state_port(struct fake *fake, const struct world *w, unsigned int i)
{
    if (w->port[i].present) {
        port(fake, PORT + i, port_names[i], w->port[i].text, w->port[i].here);
    } else {
        port_remove(fake, PORT + i);
    }
}

static void
state_rp(struct fake *fake, const struct world *w, unsigned int i)
{
    const struct fact *f = &w->rp[i];

    if (f->present) {
        routing_port(fake, RP + i, f->dp, f->logical, f->binding, f->name,
                     f->text);
    } else {
        routing_port_remove(fake, RP + i);
    }
}

static void
state_row(struct fake *fake, const struct world *w, unsigned int i)
{
    const struct fact *f = &w->row[i];

    if (f->present) {
        advertise_tracking(fake, ROW + i, f->dp, f->logical, f->tracked,
                           f->name, f->text);
    } else {
        advertise_remove(fake, ROW + i);
    }
}

static unsigned int
random_port(void)
{
    return one_in(10) ? 0 : PORT + random_range(N_PORT);
}

static unsigned int
random_dp(void)
{
    return one_in(12) ? 0 : DP + random_range(N_DP);
}

/* Changes one fact and states it to 'fake'. */
static void
random_step(struct fake *fake, struct world *w)
{
    unsigned int kind = random_range(10), i;

    if (one_in(30)) {
        w->mode = (one_in(2) ? ROUTE_PLAN_ADVERTISE : one_in(2)
                   ? ROUTE_PLAN_DEPREFER : ROUTE_PLAN_NOTHING);
        route_plan_set_mode(fake->plan, w->mode);
        return;
    }

    struct fact f = { .present = !one_in(8) };

    if (kind == 0) {
        i = random_range(N_DP);
        f.key = PICK(keys);
        w->dp[i] = f;
        state_dp(fake, w, i);
    } else if (kind < 4) {
        i = random_range(N_PORT);
        f.here = !one_in(3);
        f.text = (i >= 12 ? "" : i >= 8 ? "cr" : i >= 6 ? "l3gateway"
                  : "patch");
        if (i < 6) {
            f.here = false;
        }
        w->port[i] = f;
        state_port(fake, w, i);
    } else if (kind < 6) {
        i = random_range(N_RP);
        f.dp = random_dp();
        f.logical = random_port();
        /* One that can be bound, mostly. */
        f.binding = PORT + 6 + random_range(8);
        if (one_in(5)) {
            f.binding = random_port();
        }
        f.name = PICK(routers);
        f.text = PICK(rp_options);
        w->rp[i] = f;
        state_rp(fake, w, i);
    } else {
        i = random_range(N_ROW);
        f.dp = random_dp();
        f.logical = random_port();
        f.tracked = one_in(2) ? 0 : random_port();
        f.name = (f.tracked && one_in(2) ? port_names[f.tracked - PORT]
                  : NULL);
        f.text = PICK(prefixes);
        w->row[i] = f;
        state_row(fake, w, i);
    }
}

/* Runs the plan and says that all of its scope was stated, as often as it takes
 * for no row to wait. */
static void
run_loaded(struct fake *fake)
{
    do {
        route_plan_run(fake->plan);
    } while (route_plan_scope_loaded(
                 fake->plan, route_plan_get_scope(fake->plan)->seqno));
}

/* States all facts to 'fake', each kind from a random place on. */
static void
state_all(struct fake *fake, const struct world *w)
{
    unsigned int start = random_range(1000);

    for (unsigned int i = 0; i < N_ROW; i++) {
        state_row(fake, w, (start + i) % N_ROW);
    }
    for (unsigned int i = 0; i < N_RP; i++) {
        state_rp(fake, w, (start + i) % N_RP);
    }
    for (unsigned int i = 0; i < N_PORT; i++) {
        state_port(fake, w, (start + i) % N_PORT);
    }
    for (unsigned int i = 0; i < N_DP; i++) {
        state_dp(fake, w, (start + i) % N_DP);
    }
}

static void
check_against_fresh(struct fake *fake, const struct world *w)
{
    struct fake fresh;

    fake_init(&fresh);
    state_all(&fresh, w);
    route_plan_set_mode(fresh.plan, w->mode);
    run_loaded(&fresh);
    run_loaded(fake);

    char *expected = fake_format(&fresh), *got = fake_format(fake);
    assert_string_equal(got, expected);
    free(expected);
    free(got);
    expected = problems_format(&fresh);
    got = problems_format(fake);
    assert_string_equal(got, expected);
    free(expected);
    free(got);
    fake_destroy(&fresh);
}

/* Plays the history of 'seed'; adds the routes that were compared to
 * '*n_routes'. */
static void
play_history(uint32_t seed, void *n_routes_)
{
    size_t *n_routes = n_routes_;
    struct world world;
    struct fake fake;

    /* Near seeds give sequences that begin alike. */
    random_set_seed(seed * 2654435761u);
    memset(&world, 0, sizeof world);
    fake_init(&fake);
    for (int step = 0; step < 300; step++) {
        random_step(&fake, &world);
        if (one_in(3)) {
            route_plan_run(fake.plan);
        }
        if (one_in(60)) {
            route_plan_begin_full(fake.plan);
            state_all(&fake, &world);
            route_plan_end_full(fake.plan);
        }
        if (one_in(15)) {
            check_against_fresh(&fake, &world);
            *n_routes += sset_count(&fake.routes);
        }
    }
    check_against_fresh(&fake, &world);
    fake_destroy(&fake);
}

static void
random_history_gives_the_same_as_a_fresh_start(void **state OVS_UNUSED)
{
    size_t n_routes = 0;

    history_play_all(40, play_history, &n_routes);
    /* The world is such that there is something to compare. */
    assert_true(n_routes > (getenv("SEED") ? 0 : 1000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_history_gives_the_same_as_a_fresh_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
