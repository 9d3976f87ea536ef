/* engine-stage.c: see the header. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#include "tests/unit/unit.h"

/* Whether the real kernel can be used, and for VRFs. */
static bool have_kernel, have_vrf;

/* Counting. */

static struct counting *
counting_cast(struct nl_transport *up)
{
    return CONTAINER_OF(up, struct counting, up);
}

static void
counting_close(struct nl_transport *up)
{
    nl_transport_close(counting_cast(up)->real);
}

static void
counting_submit(struct nl_transport *up, void *msgs, size_t len, size_t n)
{
    struct counting *counting = counting_cast(up);

    counting->n += n;
    nl_transport_submit(counting->real, msgs, len, n);
    if (counting->left && !--counting->left) {
        counting->left = -1;
    }
}

static int
counting_dump(struct nl_transport *up, struct nlmsghdr *request)
{
    return nl_transport_dump(counting_cast(up)->real, request);
}

static int
counting_join(struct nl_transport *up, int group)
{
    return nl_transport_join(counting_cast(up)->real, group);
}

static bool
counting_recv(struct nl_transport *up, struct nl_report *report)
{
    return (counting_cast(up)->left >= 0
            && nl_transport_recv(counting_cast(up)->real, report));
}

static void
counting_wait(struct nl_transport *up)
{
    nl_transport_wait(counting_cast(up)->real);
}

static const struct nl_transport_class counting_class = {
    counting_close, counting_submit, counting_dump, counting_join,
    counting_recv, counting_wait,
};

/* The stage. */

struct nl_transport *
stage_open_transport(struct env *env)
{
    struct nl_transport *transport;
    int error;

    if (env->fake) {
        return fake_kernel_open(env->fake);
    }
    transport = nl_transport_mnl_open(&error);
    assert_int_equal(error, 0);
    return transport;
}

void
stage_start(struct env *env)
{
    struct route_exchange_config config = {
        .transport = &env->counting.up,
        .owner = "test",
    };

    env->counting.up.class = &counting_class;
    env->counting.real = stage_open_engine(env);
    env->counting.n = 0;
    env->counting.left = 0;
    env->re = route_exchange_create(&config);
}

void
stage_stop(struct env *env)
{
    route_exchange_destroy(env->re);
    env->re = NULL;
}

struct env *
stage_open_fake(void)
{
    struct env *env = xzalloc(sizeof *env);

    env->fake = xzalloc(sizeof *env->fake);
    fake_kernel_init(env->fake);
    kernel_peer_init(&env->peer, stage_open_transport(env));
    fake_transport_set_immune(env->peer.transport);
    env->now = 1000000;
    stage_start(env);
    return env;
}

static int
setup_fake(void **state)
{
    *state = stage_open_fake();
    return 0;
}

static int
setup_kernel(void **state)
{
    struct nl_link_change up = { .set_up = true };
    struct env *env = xzalloc(sizeof *env);

    *state = env;
    if (unshare(CLONE_NEWNET)) {
        return -1;
    }
    kernel_peer_init(&env->peer, stage_open_transport(env));
    assert_int_equal(kernel_peer_change_link(&env->peer, "lo", &up), 0);
    env->now = 1000000;
    stage_start(env);
    return 0;
}

void
stage_close(struct env *env)
{
    if (env->re) {
        stage_stop(env);
    }
    if (env->peer.transport) {
        kernel_peer_destroy(&env->peer);
    }
    if (env->fake) {
        fake_kernel_destroy(env->fake);
        free(env->fake);
    }
    free(env);
}

static int
teardown(void **state)
{
    stage_close(*state);
    return 0;
}

/* Moves. */

void
stage_run(struct env *env)
{
    route_exchange_run(env->re, env->now);
    env->now += STEP_MS;
}

void
stage_run_for(struct env *env, int ms)
{
    long long int end = env->now + ms;

    while (env->now < end) {
        stage_run(env);
        if (!stage_is_direct) {
            env->now += ms / 100;       /* A run is expensive. */
        }
    }
}

void
stage_settle(struct env *env)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 3000; i++) {
        long long int when;

        route_exchange_run(env->re, env->now);
        if (route_exchange_is_settled(env->re)) {
            return;
        }
        when = stage_wake_time(env);
        if (when == LLONG_MAX && !(env->fake && env->fake->jitter)) {
            ds_put_cstr(&s, "it sleeps; ");
            break;
        }
        env->now = MAX(env->now + 1, MIN(when, env->now + 60000));
    }

    route_exchange_format_delta(env->re, &s);
    problem_set_format(route_exchange_problems(env->re), &s);
    fail_msg("not settled: %s", ds_cstr(&s));
}

void
stage_complete(struct env *env)
{
    route_exchange_set_complete(env->re, true);
    stage_settle(env);
}

struct route_exchange_route
stage_route(uint32_t table_id, const char *prefix, uint32_t metric,
      const char *nexthop)
{
    struct route_exchange_route r;
    struct ip_prefix address;

    memset(&r, 0, sizeof r);
    r.table_id = table_id;
    r.metric = metric;
    assert_int_equal(ip_prefix_parse(prefix, &r.prefix, NULL), 0);
    if (nexthop) {
        assert_int_equal(ip_prefix_parse(nexthop, &address, NULL), 0);
        r.nexthop_family = address.family;
        memcpy(r.nexthop, address.addr, sizeof r.nexthop);
    }
    return r;
}

void
stage_table(struct env *env, uint32_t table_id, const char *vrf_name)
{
    assert_int_equal(route_exchange_set_table(env->re, table_id, vrf_name),
                     0);
}

void
stage_add_via(struct env *env, uint32_t table_id, const char *prefix,
        uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = stage_route(table_id, prefix, metric,
                                                nexthop);

    assert_int_equal(route_exchange_add_route(env->re, &r), 0);
}

void
stage_add(struct env *env, uint32_t table_id, const char *prefix,
          uint32_t metric)
{
    stage_add_via(env, table_id, prefix, metric, NULL);
}

void
stage_del_via(struct env *env, uint32_t table_id, const char *prefix,
        uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = stage_route(table_id, prefix, metric,
                                                nexthop);

    assert_int_equal(route_exchange_remove_route(env->re, &r), 0);
}

void
stage_del(struct env *env, uint32_t table_id, const char *prefix,
          uint32_t metric)
{
    stage_del_via(env, table_id, prefix, metric, NULL);
}

/* Checks. */

void
stage_check_ours(struct env *env, uint32_t table_id, const char *expected)
{
    char *text = kernel_peer_show(&env->peer, table_id, OURS);

    assert_string_equal(text, expected);
    free(text);
}

void
stage_check_problem(struct env *env, size_t n, const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    problem_set_format(route_exchange_problems(env->re), &s);
    if (problem_set_count(route_exchange_problems(env->re)) != n
        || (text && !strstr(ds_cstr(&s), text))) {
        fail_msg("expected %"PRIuSIZE" with \"%s\":\n%s", n,
                 text ? text : "", ds_cstr(&s));
    }
    ds_destroy(&s);
}

void
stage_check_some_problem(struct env *env, const char *text)
{
    stage_check_problem(env,
                        problem_set_count(route_exchange_problems(env->re)),
                        text);
}

void
stage_check_no_problem(struct env *env)
{
    stage_check_problem(env, 0, NULL);
}

void
stage_check_vrf(struct env *env, const char *name, uint32_t table_id,
                bool marked)
{
    struct nl_link link;

    assert_true(kernel_peer_find_link(&env->peer, name, &link));
    assert_string_equal(link.kind, "vrf");
    assert_int_equal(link.vrf_table, table_id);
    assert_true(link.flags & IFF_UP);
    assert_string_equal(link.alias, marked ? "ovn-route-exchange test" : "");
}

bool
stage_link_exists(struct env *env, const char *name)
{
    struct nl_link link;

    return kernel_peer_find_link(&env->peer, name, &link);
}

struct route_exchange_table_stats
stage_stats(struct env *env, uint32_t table_id)
{
    struct route_exchange_table_stats s;

    assert_int_equal(route_exchange_get_table_stats(env->re, table_id, &s),
                     0);
    return s;
}

void
stage_check_idle(struct env *env)
{
    long long int now = env->now;

    stage_run(env);
    assert_true(stage_wake_time(env) > now);
}

/* Stories. */

/* The story that each test tells, by its number. */
static const struct story **told;
static size_t n_told;

static void
tell_story(void **state)
{
    const struct story *story = told[n_told++];
    struct env *env = *state;

    story->tell(env);
}

/* Finds out what can be tested here. */
static void
probe(void)
{
    struct kernel_peer peer;
    struct nl_transport *transport;
    int error;

    /* Without privilege, a user namespace may give it. */
    have_kernel = (!unshare(CLONE_NEWNET)
                   || !unshare(CLONE_NEWUSER | CLONE_NEWNET));
    if (!have_kernel) {
        fprintf(stderr, "SKIP: no network namespace can be made here (%s): "
                "nothing is tested against the real kernel\n",
                strerror(errno));
        return;
    }
    transport = nl_transport_mnl_open(&error);
    if (transport) {
        kernel_peer_init(&peer, transport);
        have_vrf = !kernel_peer_add_link(&peer, "probe", "vrf", 1);
        kernel_peer_destroy(&peer);
    }
}

/* Adds tests of the stories that can be told 'where'. */
static void
add_tests(const struct story *stories, size_t n_stories, int where,
          struct CMUnitTest *tests, size_t *n)
{
    int n_left_out = 0;

    for (size_t i = 0; i < n_stories; i++) {
        const struct story *story = &stories[i];

        /* What is not possible is left out, not skip()ped: for that cmocka
         * 1.1.5 says "not ok # SKIP". */
        if (!(story->where & where)
            || (!stage_is_direct && story->where & INSIDE)
            || (where == KERNEL && story->where & NO_VRF && have_vrf)) {
            continue;
        } else if (where == KERNEL && story->where & VRF && have_kernel
                   && !have_vrf) {
            n_left_out++;
        } else if (where == FAKE || have_kernel) {
            struct CMUnitTest *test = &tests[*n];

            told[(*n)++] = story;
            memset(test, 0, sizeof *test);
            test->name = xasprintf("%s_%s", story->name,
                                   where == FAKE ? "fake" : "kernel");
            test->test_func = tell_story;
            test->setup_func = where == FAKE ? setup_fake : setup_kernel;
            test->teardown_func = teardown;
        }
    }
    if (n_left_out) {
        fprintf(stderr, "SKIP: this kernel has no VRFs: %d tests of them run "
                "on the fake kernel only; 'make check-system' runs them on a "
                "real one\n", n_left_out);
    }
}

int
stage_main(const char *name, const struct story *stories, size_t n_stories)
{
    struct CMUnitTest *tests = xcalloc(2 * n_stories, sizeof *tests);
    size_t n = 0;
    int retval;

    told = xcalloc(2 * n_stories, sizeof *told);
    probe();
    if (stage_is_direct) {
        add_tests(stories, n_stories, FAKE, tests, &n);
    }
    add_tests(stories, n_stories, KERNEL, tests, &n);
    retval = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        free(CONST_CAST(char *, tests[i].name));
    }
    free(tests);
    free(told);
    return retval;
}
