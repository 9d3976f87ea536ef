/* test-route-exchange.c: the engine, on the fake kernel and on the real one.
 *
 * Every case is a story told through three parties: the host, which feeds the
 * engine; the engine; and a peer, who looks at the kernel and meddles with it.
 * Cases run on the fake kernel; those that need no faults run on the real one
 * as well, in a network namespace of the test's own, so that the fake is held
 * to the truth.  What cannot be run there is skipped, and that is said aloud.
 *
 * Time is a number that the test advances; nothing waits. */
#include <config.h>
#include "ovn/route-exchange.h"

#include <errno.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/route-exchange-engine.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "tests/lib/fake-kernel.h"
#include "tests/lib/kernel-peer.h"
#include "util.h"

#include "tests/unit/unit.h"

#define STATIC RTPROT_STATIC
#define OURS DR_RTPROT_OVN
#define CREATE (NLM_F_CREATE | NLM_F_EXCL)

/* Between runs. */
#define STEP_MS 100

/* A transport that counts what goes through it. */
struct counting {
    struct nl_transport up;
    struct nl_transport *real;
    size_t n;                   /* Operations. */
};

/* The stage of a case. */
struct env {
    struct fake_kernel *fake;   /* NULL: on the real kernel. */
    struct kernel_peer peer;
    struct route_exchange *re;
    struct counting counting;
    long long int now;
};

/* Whether the real kernel can be used, and for VRFs. */
static bool have_kernel, have_vrf;

/* The random history being played; 0: none. */
static uint32_t current_seed;

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
    counting_cast(up)->n += n;
    nl_transport_submit(counting_cast(up)->real, msgs, len, n);
}

static int
counting_dump(struct nl_transport *up, struct nlmsghdr *request)
{
    return nl_transport_dump(counting_cast(up)->real, request);
}

static bool
counting_recv(struct nl_transport *up, struct nl_report *report)
{
    return nl_transport_recv(counting_cast(up)->real, report);
}

static void
counting_wait(struct nl_transport *up)
{
    nl_transport_wait(counting_cast(up)->real);
}

static const struct nl_transport_class counting_class = {
    counting_close, counting_submit, counting_dump, counting_recv,
    counting_wait,
};

/* The stage. */

static struct nl_transport *
open_transport(struct env *env)
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

/* Starts an engine, which knows nothing yet. */
static void
start(struct env *env)
{
    struct route_exchange_config config = {
        .transport = &env->counting.up,
        .owner = "test",
    };

    env->counting.up.class = &counting_class;
    env->counting.real = open_transport(env);
    env->counting.n = 0;
    env->re = route_exchange_create(&config);
}

/* Ends it, as 'kill -9' would. */
static void
stop(struct env *env)
{
    route_exchange_destroy(env->re);
    env->re = NULL;
}

static int
setup_fake(void **state)
{
    struct env *env = xzalloc(sizeof *env);

    env->fake = xzalloc(sizeof *env->fake);
    fake_kernel_init(env->fake);
    kernel_peer_init(&env->peer, open_transport(env));
    fake_transport_set_immune(env->peer.transport);
    env->now = 1000000;
    start(env);
    *state = env;
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
    kernel_peer_init(&env->peer, open_transport(env));
    assert_int_equal(kernel_peer_change_link(&env->peer, "lo", &up), 0);
    env->now = 1000000;
    start(env);
    return 0;
}

static int
teardown(void **state)
{
    struct env *env = *state;

    if (current_seed) {
        fprintf(stderr, "A random history failed.  Again: SEED=%"PRIu32"\n",
                current_seed);
        current_seed = 0;
    }
    if (env->re) {
        stop(env);
    }
    if (env->peer.transport) {
        kernel_peer_destroy(&env->peer);
    }
    if (env->fake) {
        fake_kernel_destroy(env->fake);
        free(env->fake);
    }
    free(env);
    return 0;
}

/* Moves. */

static void
run(struct env *env)
{
    route_exchange_run(env->re, env->now);
    env->now += STEP_MS;
}

/* Runs for 'ms' milliseconds. */
static void
run_for(struct env *env, int ms)
{
    long long int end = env->now + ms;

    while (env->now < end) {
        run(env);
    }
}

/* When the engine would wake up by itself. */
static long long int
wake_time(const struct env *env)
{
    const struct route_exchange *re = env->re;
    long long int when = re->busy ? 0 : re->wake_at;

    if (!heap_is_empty(&re->timers)) {
        long long int due = UINT64_MAX - heap_max(&re->timers)->priority;

        when = MIN(when, due);
    }
    return when;
}

/* Runs, when the engine asks for it, until it is settled. */
static void
settle(struct env *env)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 3000; i++) {
        long long int when;

        route_exchange_run(env->re, env->now);
        if (route_exchange_is_settled(env->re)) {
            return;
        }
        when = wake_time(env);
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

static void
complete(struct env *env)
{
    route_exchange_set_complete(env->re, true);
    settle(env);
}

static struct route_exchange_route
route(uint32_t table_id, const char *prefix, uint32_t metric,
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

static void
table(struct env *env, uint32_t table_id, const char *vrf_name)
{
    assert_int_equal(route_exchange_set_table(env->re, table_id, vrf_name),
                     0);
}

static void
add_via(struct env *env, uint32_t table_id, const char *prefix,
        uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = route(table_id, prefix, metric, nexthop);

    assert_int_equal(route_exchange_add_route(env->re, &r), 0);
}

static void
add(struct env *env, uint32_t table_id, const char *prefix, uint32_t metric)
{
    add_via(env, table_id, prefix, metric, NULL);
}

static void
del_via(struct env *env, uint32_t table_id, const char *prefix,
        uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = route(table_id, prefix, metric, nexthop);

    assert_int_equal(route_exchange_remove_route(env->re, &r), 0);
}

static void
del(struct env *env, uint32_t table_id, const char *prefix, uint32_t metric)
{
    del_via(env, table_id, prefix, metric, NULL);
}

/* Checks. */

/* Checks that the routes of ours in 'table_id' are 'expected', one a line. */
static void
check_ours(struct env *env, uint32_t table_id, const char *expected)
{
    char *text = kernel_peer_show(&env->peer, table_id, OURS);

    assert_string_equal(text, expected);
    free(text);
}

/* Checks that there are 'n' problems, one of which has 'text' in its text or
 * object. */
static void
check_problem(struct env *env, size_t n, const char *text)
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

/* The same, for any number of problems. */
static void
check_some_problem(struct env *env, const char *text)
{
    check_problem(env, problem_set_count(route_exchange_problems(env->re)),
                  text);
}

static void
check_no_problem(struct env *env)
{
    check_problem(env, 0, NULL);
}

/* Checks that device 'name' is a VRF with 'table_id', up, and whether it has
 * our mark. */
static void
check_vrf(struct env *env, const char *name, uint32_t table_id, bool marked)
{
    struct nl_link link;

    assert_true(kernel_peer_find_link(&env->peer, name, &link));
    assert_string_equal(link.kind, "vrf");
    assert_int_equal(link.vrf_table, table_id);
    assert_true(link.flags & IFF_UP);
    assert_string_equal(link.alias, marked ? "ovn-route-exchange test" : "");
}

static bool
link_exists(struct env *env, const char *name)
{
    struct nl_link link;

    return kernel_peer_find_link(&env->peer, name, &link);
}

static struct route_exchange_table_stats
stats(struct env *env, uint32_t table_id)
{
    struct route_exchange_table_stats s;

    assert_int_equal(route_exchange_get_table_stats(env->re, table_id, &s),
                     0);
    return s;
}

/* Checks that the engine would sleep for a while now. */
static void
check_idle(struct env *env)
{
    long long int now = env->now;

    run(env);
    assert_true(wake_time(env) > now);
}

/* Routes. */

static void
routes_come_and_go(struct env *env)
{
    table(env, 10, NULL);
    table(env, 70000, NULL);
    add(env, 10, "172.16.10.2", 1000);
    add(env, 10, "2001:db8::/64", 100);
    add(env, 70000, "0.0.0.0/0", 1000);
    add(env, 70000, "::/0", 1000);
    complete(env);
    check_ours(env, 10,
               "blackhole 172.16.10.2 proto ovn(84) metric 1000\n"
               "blackhole 2001:db8::/64 proto ovn(84) metric 100\n");
    check_ours(env, 70000,
               "blackhole 0.0.0.0/0 proto ovn(84) metric 1000\n"
               "blackhole ::/0 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 4);
    assert_int_equal(stats(env, 10).n_desired, 2);
    assert_int_equal(stats(env, 10).n_installed, 2);

    del(env, 10, "172.16.10.2", 1000);
    settle(env);
    assert_int_equal(env->counting.n, 5);
    check_ours(env, 10, "blackhole 2001:db8::/64 proto ovn(84) metric 100\n");

    route_exchange_remove_table(env->re, 10);
    route_exchange_remove_table(env->re, 70000);
    settle(env);
    check_ours(env, 10, "");
    check_ours(env, 70000, "");
    assert_int_equal(env->counting.n, 8);
    check_no_problem(env);
}

static void
restart_writes_nothing(struct env *env)
{
    for (int i = 0; i < 2; i++) {
        table(env, 10, NULL);
        add(env, 10, "10.0.0.1", 1000);
        add(env, 10, "10.0.0.1", 100);
        add(env, 10, "2001:db8::1", 1000);
        complete(env);
        run_for(env, 10000);
        assert_int_equal(env->counting.n, i ? 0 : 3);
        stop(env);
        start(env);
    }
}

static void
nothing_is_deleted_before_complete(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, OURS, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 20, "10.0.0.1",
                                           1000, OURS, 0), 0);
    table(env, 10, NULL);
    add(env, 10, "10.0.0.2", 1000);
    run_for(env, 10000);
    assert_false(route_exchange_is_settled(env->re));
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
               "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    check_ours(env, 20, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");

    complete(env);
    check_ours(env, 10, "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    check_ours(env, 20, "");

    route_exchange_set_complete(env->re, false);
    del(env, 10, "10.0.0.2", 1000);
    run_for(env, 10000);
    check_ours(env, 10, "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    complete(env);
    check_ours(env, 10, "");
}

static void
foreign_routes_are_left_alone(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, STATIC, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.9.0.0",
                                           1000, RTPROT_BGP, 1), 0);
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 100);
    complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 3);
    route_exchange_remove_table(env->re, 10);
    settle(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 2);
    assert_int_equal(env->counting.n, 2);
}

static void
removed_routes_are_repaired(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "2001:db8::1", 1000);
    complete(env);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           OURS), 0);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "2001:db8::1", 1000,
                                           OURS), 0);
    run(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
               "blackhole 2001:db8::1 proto ovn(84) metric 1000\n");
    settle(env);
}

/* Somebody who goes on deleting what we add is not fought at full speed. */
static void
repairs_back_off(struct env *env)
{
    size_t n;

    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    n = env->counting.n;
    for (int i = 0; i < 600; i++) {
        kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000, OURS);
        run(env);
    }
    assert_true(env->counting.n - n >= 5);
    assert_true(env->counting.n - n <= 10);
    settle(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
}

static void
foreign_route_in_the_place_is_reported(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, STATIC, 0), 0);
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "10.0.0.2", 1000);
    complete(env);
    check_problem(env, 1, "route 10.0.0.1 metric 1000 in table 10: blackhole "
                  "10.0.0.1 proto static(4) metric 1000 has its place");
    assert_int_equal(stats(env, 10).n_failed, 1);
    assert_int_equal(stats(env, 10).n_installed, 1);
    check_idle(env);
    run_for(env, 200000);
    assert_int_equal(env->counting.n, 1);

    /* Retried at once when it goes. */
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           STATIC), 0);
    run(env);
    run(env);
    check_no_problem(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
               "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
}

static void
foreign_route_in_the_place_in_ipv6_is_reported(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "2001:db8::1", 1000, STATIC, 0), 0);
    table(env, 10, NULL);
    add(env, 10, "2001:db8::1", 1000);
    complete(env);
    check_problem(env, 1, "proto static(4) metric 1000 has its place");
    assert_int_equal(env->counting.n, 0);
    assert_int_equal(kernel_peer_count(&env->peer, 10, STATIC), 1);
}

/* A foreign route that replaces ours (ip route replace) is not fought. */
static void
foreign_replacement_is_reported(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    assert_int_equal(kernel_peer_add_route(&env->peer,
                                           NLM_F_CREATE | NLM_F_REPLACE, 10,
                                           "10.0.0.1", 1000, STATIC, 0), 0);
    settle(env);
    check_problem(env, 1, "proto static(4)");
    check_ours(env, 10, "");
    assert_int_equal(env->counting.n, 1);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           STATIC), 0);
    run_for(env, 2000);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    check_no_problem(env);
}

/* A move from one metric to another never leaves the prefix without route. */
static void
new_metric_comes_before_old_one_goes(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    kernel_peer_forget_events(&env->peer);
    del(env, 10, "10.0.0.1", 1000);
    add(env, 10, "10.0.0.1", 100);
    env->re->complete = false;
    run(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 100\n"
               "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    complete(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 100\n");
}

static void
next_hop_is_replaced_in_place(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "10.9.0.0/24", 0, STATIC, 1), 0);
    table(env, 10, NULL);
    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    complete(env);
    check_no_problem(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, OURS), 1);
    kernel_peer_forget_events(&env->peer);

    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.2");
    del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    settle(env);
    add(env, 10, "10.0.0.0/24", 1000);
    del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.2");
    settle(env);
    check_ours(env, 10, "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(env->peer.n_new_ours, 2);
}

/* A next hop that the kernel refuses is stood in for by a blackhole, and comes
 * in without a gap when it can (D10). */
static void
refused_next_hop_falls_back_to_blackhole(struct env *env)
{
    table(env, 10, NULL);
    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    complete(env);
    check_ours(env, 10, "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    check_problem(env, 1, "10.0.0.0/24 via 10.9.0.1 ");
    check_problem(env, 1, "a blackhole route stands in for it");
    check_idle(env);

    kernel_peer_forget_events(&env->peer);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "10.9.0.0/24", 0, STATIC, 1), 0);
    run(env);
    check_no_problem(env);
    assert_int_equal(stats(env, 10).n_installed, 1);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(kernel_peer_count(&env->peer, 10, OURS), 1);
}

/* While FRR is at work in the table, next hops that stay refused are not tried
 * all the time. */
static void
refused_next_hop_is_not_tried_in_a_storm(struct env *env)
{
    size_t n;

    table(env, 10, NULL);
    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    complete(env);
    n = env->counting.n;
    for (int i = 0; i < 50; i++) {
        kernel_peer_add_route(&env->peer, CREATE, 10, "10.5.0.0", 5,
                              RTPROT_BGP, 0);
        run(env);
        kernel_peer_del_route(&env->peer, 10, "10.5.0.0", 5, RTPROT_BGP);
        run(env);
    }
    assert_true(env->counting.n - n > 5);
    assert_true(env->counting.n - n < 15);
}

/* D19: routes are written at a pace. */
static void
routes_are_written_at_a_pace(struct env *env)
{
    table(env, 10, NULL);
    for (int i = 0; i < 3 * RE_MAX_BURST; i++) {
        struct route_exchange_route r = route(10, "10.0.0.0", 1000, NULL);

        r.prefix.addr[2] = i >> 8;
        r.prefix.addr[3] = i;
        assert_int_equal(route_exchange_add_route(env->re, &r), 0);
    }
    route_exchange_set_complete(env->re, true);
    for (int i = 1; i <= 3; i++) {
        route_exchange_run(env->re, env->now);
        route_exchange_run(env->re, env->now + RE_BURST_MS - 1);
        assert_int_equal(env->counting.n, i * RE_MAX_BURST);
        assert_true(i == 3 || wake_time(env) == env->now + RE_BURST_MS);
        env->now += RE_BURST_MS;
    }
    settle(env);
    assert_int_equal(env->counting.n, 3 * RE_MAX_BURST);
}

static void
two_next_hops_for_one_prefix_are_reported(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.0/24", 1000);
    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    complete(env);
    check_ours(env, 10, "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    check_problem(env, 1, "2 different ones are wanted");
    del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    settle(env);
    check_no_problem(env);
}

/* D12: what an earlier life left, in tables that nobody wants. */
static void
orphaned_routes_are_removed(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.1", 1000, OURS, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.2", 1000, STATIC, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4001,
                                           "2001:db8::1", 7, OURS, 0), 0);
    complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 4000, 0), 1);
    assert_int_equal(kernel_peer_count(&env->peer, 4001, OURS), 0);
    assert_int_equal(env->counting.n, 2);
}

static void
resync_changes_nothing(struct env *env)
{
    size_t n;

    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "2001:db8::1", 1000);
    complete(env);
    n = env->counting.n;
    route_exchange_resync(env->re);
    assert_false(route_exchange_is_settled(env->re));
    settle(env);
    assert_int_equal(env->counting.n, n);
}

static void
bad_arguments_are_refused(struct env *env)
{
    struct route_exchange_route r = route(10, "10.0.0.1", 1000, NULL);

    assert_int_equal(route_exchange_set_table(env->re, 0, NULL), EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, UINT32_MAX, NULL),
                     EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, 10, "a/b"), EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, 10,
                                              "name-of-16-chars"), EINVAL);
    assert_int_equal(route_exchange_add_route(env->re, &r), ENOENT);
    table(env, 10, NULL);
    assert_int_equal(route_exchange_add_route(env->re, &r), 0);
    assert_int_equal(route_exchange_add_route(env->re, &r), EEXIST);
    assert_int_equal(route_exchange_remove_route(env->re, &r), 0);
    assert_int_equal(route_exchange_remove_route(env->re, &r), ENOENT);
    r.metric = 0;
    assert_int_equal(route_exchange_add_route(env->re, &r), EINVAL);
    r.metric = 1;
    r.prefix.plen = 24;
    assert_int_equal(route_exchange_add_route(env->re, &r), EINVAL);
    r.prefix.family = 7;
    assert_int_equal(route_exchange_add_route(env->re, &r), EINVAL);
}

static void
set_again_after_removal_keeps_routes(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    route_exchange_remove_table(env->re, 10);
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    settle(env);
    assert_int_equal(env->counting.n, 1);
}

/* Faults. */

static void
missing_privilege_is_one_problem(struct env *env)
{
    size_t n;

    env->fake->no_admin = true;
    table(env, 10, NULL);
    table(env, 20, "ovnvrf20");
    for (int i = 1; i < 200; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "10.0.0.%d", i);
        add(env, 10, prefix, 1000);
    }
    complete(env);
    check_problem(env, 2, "routes in table 10: cannot add the route: "
                  "Operation not permitted; run this program with "
                  "CAP_NET_ADMIN");
    check_problem(env, 2, "VRF ovnvrf20, table 20: cannot create the VRF: "
                  "Operation not permitted");
    assert_int_equal(stats(env, 10).n_failed, 199);
    check_idle(env);

    /* One try at a time. */
    n = env->counting.n;
    run_for(env, 600000);
    assert_true(env->counting.n - n < 60);

    env->fake->no_admin = false;
    run_for(env, 70000);
    check_no_problem(env);
    assert_int_equal(stats(env, 10).n_installed, 199);
    check_vrf(env, "ovnvrf20", 20, true);
}

static void
exhausted_kernel_is_retried(struct env *env)
{
    env->fake->full = true;
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    route_exchange_set_complete(env->re, true);
    run_for(env, 10000);
    assert_false(route_exchange_is_settled(env->re));
    check_problem(env, 1, "Cannot allocate memory");
    check_idle(env);
    env->fake->full = false;
    settle(env);
    check_no_problem(env);
}

static void
lost_answers_are_looked_up(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "10.0.0.2", 1000);
    run(env);
    stop(env);
    start(env);
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.3", 1000);
    add(env, 10, "10.0.0.4", 1000);
    env->fake->lose_answers = 2;
    env->fake->ignore_requests = 2;
    complete(env);
    check_ours(env, 10, "blackhole 10.0.0.3 proto ovn(84) metric 1000\n"
               "blackhole 10.0.0.4 proto ovn(84) metric 1000\n");
    check_vrf(env, "ovnvrf10", 10, true);
    check_no_problem(env);
}

static void
lost_events_are_made_up_for(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "10.0.0.2", 1000);
    complete(env);
    env->fake->lose_events = 1;
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           OURS), 0);
    run(env);
    settle(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
               "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 3);
}

static void
failed_dump_changes_nothing(struct env *env)
{
    static const int errors[] = { EINTR, ENOBUFS, EIO };

    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "10.0.0.2", 1000);
    complete(env);
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        env->fake->fail_dumps = 30;
        env->fake->fail_dumps_error = errors[i];
        route_exchange_resync(env->re);
        run_for(env, 4000);
        assert_false(route_exchange_is_settled(env->re));
        check_some_problem(env, "cannot be read from the kernel");
        check_idle(env);
        settle(env);
        assert_int_equal(env->counting.n, 2);
        check_no_problem(env);
        env->now += 600000;
    }
}

static void
refused_deletion_is_reported(struct env *env)
{
    table(env, 10, NULL);
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    fake_kernel_fail(env->fake, RTM_DELROUTE, EINVAL, 3);
    del(env, 10, "10.0.0.1", 1000);
    settle(env);
    check_problem(env, 1, "cannot delete the route: Invalid argument");
    check_idle(env);
    run_for(env, 20000);
    check_no_problem(env);
    check_ours(env, 10, "");
}

/* What was refused before does not matter any more then. */
static void
refused_deletion_after_a_refused_next_hop_is_reported(struct env *env)
{
    table(env, 10, NULL);
    add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    complete(env);
    check_problem(env, 1, "a blackhole route stands in for it");
    fake_kernel_fail(env->fake, RTM_DELROUTE, EINVAL, 3);
    route_exchange_remove_table(env->re, 10);
    settle(env);
    check_problem(env, 1, "cannot delete the route: Invalid argument");
    run_for(env, 20000);
    check_no_problem(env);
    check_ours(env, 10, "");
}

static void
kernel_that_disagrees_is_read_again(struct env *env)
{
    table(env, 10, NULL);
    complete(env);
    fake_kernel_fail(env->fake, RTM_NEWROUTE, EEXIST, 2);
    add(env, 10, "10.0.0.1", 1000);
    settle(env);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 3);
    assert_int_equal(env->re->tables.n, 1);
}

/* VRFs. */

static void
vrf_is_made_before_routes(struct env *env)
{
    table(env, 10, "ovnvrf10");
    table(env, 20, "ovnvrf20");
    add(env, 10, "172.16.10.2", 1000);
    add(env, 20, "172.16.10.2", 1000);
    route_exchange_set_complete(env->re, true);
    kernel_peer_forget_events(&env->peer);
    settle(env);
    check_vrf(env, "ovnvrf10", 10, true);
    check_vrf(env, "ovnvrf20", 20, true);
    check_ours(env, 10, "blackhole 172.16.10.2 proto ovn(84) metric 1000\n");
    assert_true(stats(env, 10).vrf_up);
    assert_int_equal(env->counting.n, 6);
    check_no_problem(env);

    /* A restart finds its own. */
    stop(env);
    start(env);
    table(env, 10, "ovnvrf10");
    table(env, 20, "ovnvrf20");
    add(env, 10, "172.16.10.2", 1000);
    add(env, 20, "172.16.10.2", 1000);
    complete(env);
    assert_int_equal(env->counting.n, 0);

    route_exchange_remove_table(env->re, 10);
    settle(env);
    assert_false(link_exists(env, "ovnvrf10"));
    check_vrf(env, "ovnvrf20", 20, true);
}

/* The device goes a while after its routes. */
static void
vrf_goes_after_its_routes(struct env *env)
{
    table(env, 10, "ovnvrf10");
    add(env, 10, "172.16.10.2", 1000);
    complete(env);
    route_exchange_remove_table(env->re, 10);
    run(env);
    check_ours(env, 10, "");
    run_for(env, RE_VRF_GRACE_MS - 3 * STEP_MS);
    assert_true(link_exists(env, "ovnvrf10"));
    assert_false(route_exchange_is_settled(env->re));
    settle(env);
    assert_false(link_exists(env, "ovnvrf10"));
}

/* Its ports are taken out first. */
static void
vrf_lets_its_ports_go(struct env *env)
{
    struct nl_link_change join = { .set_master = true };
    struct nl_link vrf, port;

    table(env, 10, "ovnvrf10");
    add(env, 10, "172.16.10.2", 1000);
    complete(env);
    assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &vrf));
    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "dummy", 0), 0);
    join.master = vrf.ifindex;
    assert_int_equal(kernel_peer_change_link(&env->peer, "port", &join), 0);
    settle(env);
    route_exchange_remove_table(env->re, 10);
    run(env);
    check_ours(env, 10, "");
    assert_true(kernel_peer_find_link(&env->peer, "port", &port));
    assert_int_equal(port.master, 0);
    assert_true(link_exists(env, "ovnvrf10"));
    settle(env);
    assert_false(link_exists(env, "ovnvrf10"));
    assert_true(link_exists(env, "port"));
}

static void
vrf_of_others_is_used_but_kept(struct env *env)
{
    struct nl_link_change up = { .set_up = true };

    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "blue", &up), 0);
    table(env, 10, "blue");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    check_vrf(env, "blue", 10, false);
    assert_int_equal(env->counting.n, 1);
    route_exchange_remove_table(env->re, 10);
    settle(env);
    run_for(env, 10000);
    check_vrf(env, "blue", 10, false);
    check_ours(env, 10, "");
}

static void
device_of_another_kind_is_refused(struct env *env)
{
    const char *kind = env->fake ? "veth" : "bridge";

    assert_int_equal(kernel_peer_add_link(&env->peer, "ovnvrf10", kind, 0),
                     0);
    table(env, 10, "ovnvrf10");
    table(env, 20, "ovnvrf20");
    add(env, 10, "10.0.0.1", 1000);
    add(env, 20, "10.0.0.1", 1000);
    complete(env);
    check_problem(env, 1, "VRF ovnvrf10, table 10: a device of this name "
                  "exists and is no VRF but of kind");
    check_ours(env, 10, "");
    check_ours(env, 20, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    assert_int_equal(stats(env, 10).n_failed, 1);
    assert_false(stats(env, 10).vrf_up);
    check_idle(env);

    /* Not deleted with the table, and made at once when it is out of the
     * way. */
    assert_int_equal(kernel_peer_del_link(&env->peer, "ovnvrf10"), 0);
    run(env);
    settle(env);
    check_vrf(env, "ovnvrf10", 10, true);
    check_no_problem(env);
}

static void
vrf_with_another_table_is_refused(struct env *env)
{
    assert_int_equal(kernel_peer_add_link(&env->peer, "ovnvrf10", "vrf", 11),
                     0);
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    check_problem(env, 1, "a VRF of this name exists, with table 11 instead "
                  "of 10");
    check_ours(env, 10, "");
    route_exchange_remove_table(env->re, 10);
    settle(env);
    assert_true(link_exists(env, "ovnvrf10"));
    check_no_problem(env);
}

static void
table_of_another_vrf_is_refused(struct env *env)
{
    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    check_problem(env, 1, "table 10 is used by VRF \"blue\"");
    assert_false(link_exists(env, "ovnvrf10"));
    check_ours(env, 10, "");
    assert_int_equal(env->counting.n, 0);
    assert_int_equal(kernel_peer_del_link(&env->peer, "blue"), 0);
    run(env);
    settle(env);
    check_vrf(env, "ovnvrf10", 10, true);
    check_no_problem(env);
}

static void
deleted_vrf_is_made_again(struct env *env)
{
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    add(env, 10, "2001:db8::1", 1000);
    complete(env);
    assert_int_equal(kernel_peer_del_link(&env->peer, "ovnvrf10"), 0);
    kernel_peer_forget_events(&env->peer);
    run(env);
    settle(env);
    check_vrf(env, "ovnvrf10", 10, true);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
               "blackhole 2001:db8::1 proto ovn(84) metric 1000\n");

    /* What survived it is announced again, once. */
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 2);
    assert_int_equal(env->peer.n_new_ours, 2);
    kernel_peer_forget_events(&env->peer);
    route_exchange_resync(env->re);
    settle(env);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_new_ours, 0);
}

static void
vrf_set_down_is_set_up(struct env *env)
{
    struct nl_link_change down = { .set_down = true };

    table(env, 10, "ovnvrf10");
    complete(env);
    assert_int_equal(kernel_peer_change_link(&env->peer, "ovnvrf10", &down),
                     0);
    run(env);
    check_vrf(env, "ovnvrf10", 10, true);
    settle(env);
}

static void
vrf_is_renamed(struct env *env)
{
    struct nl_link before, after;

    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &before));
    kernel_peer_forget_events(&env->peer);
    table(env, 10, "blue");
    settle(env);
    check_vrf(env, "blue", 10, true);
    assert_false(link_exists(env, "ovnvrf10"));
    assert_true(kernel_peer_find_link(&env->peer, "blue", &after));
    assert_int_equal(before.ifindex, after.ifindex);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(env->peer.n_new_ours, 0);
    check_no_problem(env);
}

static void
vrf_is_renamed_by_an_old_kernel(struct env *env)
{
    env->fake->no_live_rename = true;
    vrf_is_renamed(env);
}

static void
vrfs_swap_names(struct env *env)
{
    table(env, 10, "red");
    table(env, 20, "blue");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    table(env, 10, "blue");
    table(env, 20, "red");
    settle(env);
    check_vrf(env, "blue", 10, true);
    check_vrf(env, "red", 20, true);
    check_no_problem(env);
}

/* A router's vrf-id changes, its vrf-name does not. */
static void
vrf_changes_its_table(struct env *env)
{
    table(env, 10, "blue");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    route_exchange_remove_table(env->re, 10);
    table(env, 11, "blue");
    add(env, 11, "10.0.0.1", 1000);
    settle(env);
    check_vrf(env, "blue", 11, true);
    check_ours(env, 10, "");
    check_ours(env, 11, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    check_no_problem(env);
}

/* dynamic-routing-maintain-vrf is taken away: the device stays. */
static void
vrf_is_handed_over(struct env *env)
{
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    complete(env);
    table(env, 10, NULL);
    settle(env);
    run(env);
    check_vrf(env, "ovnvrf10", 10, false);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    route_exchange_remove_table(env->re, 10);
    settle(env);
    assert_true(link_exists(env, "ovnvrf10"));
}

/* D12. */
static void
orphaned_vrfs_are_removed(struct env *env)
{
    struct nl_link_change mark = { .alias = "ovn-route-exchange test" };
    struct nl_link_change other = { .alias = "ovn-route-exchange other" };

    assert_int_equal(kernel_peer_add_link(&env->peer, "red", "vrf", 30), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "red", &mark), 0);
    assert_int_equal(kernel_peer_add_link(&env->peer, "green", "vrf", 31), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "green", &other), 0);
    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 32), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 30, "10.0.0.1",
                                           1000, OURS, 0), 0);
    run_for(env, 10000);
    assert_true(link_exists(env, "red"));
    complete(env);
    assert_false(link_exists(env, "red"));
    assert_true(link_exists(env, "green"));
    assert_true(link_exists(env, "blue"));
    check_ours(env, 30, "");
}

/* FRR ignores routes that it saw before the VRF. */
static void
routes_older_than_their_vrf_are_announced_again(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, OURS, 0), 0);
    kernel_peer_forget_events(&env->peer);
    table(env, 10, "ovnvrf10");
    add(env, 10, "10.0.0.1", 1000);
    run_for(env, 10000);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    complete(env);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 1);
    assert_int_equal(env->peer.n_new_ours, 1);
    check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
}

static void
kernel_without_vrfs_is_reported(struct env *env)
{
    size_t n;

    env->fake->no_vrf = true;
    table(env, 10, "ovnvrf10");
    table(env, 20, NULL);
    add(env, 10, "10.0.0.1", 1000);
    add(env, 20, "10.0.0.1", 1000);
    complete(env);
    check_problem(env, 1, "VRF ovnvrf10, table 10: cannot create the VRF: "
                  "Operation not supported; the kernel lacks VRFs: load the "
                  "module");
    check_ours(env, 10, "");
    check_ours(env, 20, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    check_idle(env);
    n = env->counting.n;
    run_for(env, 600000);
    assert_true(env->counting.n - n < 20);
    env->fake->no_vrf = false;
    run_for(env, 70000);
    check_vrf(env, "ovnvrf10", 10, true);
    check_no_problem(env);
}

/* Random histories. */

#define N_TABLES 3
#define N_PREFIXES 8
#define N_METRICS 2

/* What the host wants at this time. */
struct model {
    struct env *env;
    bool table[N_TABLES];
    bool vrf[N_TABLES];
    bool route[N_TABLES][N_PREFIXES][N_METRICS];
    bool vrf_ever[N_TABLES];    /* Re-announcements may follow. */
    uint32_t port;              /* The engine's. */
};

static const char *const prefixes[N_PREFIXES] = {
    "10.0.0.1", "10.0.0.2", "10.0.1.0/24", "0.0.0.0/0",
    "2001:db8::1", "2001:db8::2", "2001:db8:1::/64", "::/0",
};
static const uint32_t metrics[N_METRICS] = { 100, 1000 };

static uint32_t
model_table(int i)
{
    return i == 2 ? 70000 : 10 * (i + 1);
}

static const char *
model_vrf(const struct model *model, int i)
{
    static const char *const names[] = { "ovnvrf10", "ovnvrf20", "blue" };

    return model->vrf[i] ? names[i] : NULL;
}

/* The law: the engine never takes away what is wanted. */
static void
check_deletion(void *model_, uint32_t port, const struct nl_route *r,
               const struct nl_link *link)
{
    const struct model *model = model_;

    if (port != model->port) {
        return;
    }
    for (int i = 0; i < N_TABLES; i++) {
        char prefix[IP_PREFIX_STRLEN];

        if (link) {
            assert_string_equal(link->kind, "vrf");
            assert_false(model->vrf[i]
                         && !strcmp(link->name, model_vrf(model, i)));
            continue;
        }
        assert_int_equal(r->protocol, OURS);
        if (model->vrf_ever[i] || r->key.table_id != model_table(i)) {
            continue;
        }
        ip_prefix_format(&r->key.prefix, prefix);
        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                if (model->route[i][j][k]
                    && !strcmp(prefix, prefixes[j])
                    && r->key.metric == metrics[k]) {
                    fail_msg("%s metric %u is wanted", prefix, metrics[k]);
                }
            }
        }
    }
}

/* Feeds all of 'model' to a new engine. */
static void
feed(struct model *model)
{
    struct env *env = model->env;

    model->port = fake_transport_port(env->counting.real);
    for (int i = 0; i < N_TABLES; i++) {
        if (!model->table[i]) {
            continue;
        }
        table(env, model_table(i), model_vrf(model, i));
        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                if (model->route[i][j][k]) {
                    add(env, model_table(i), prefixes[j], metrics[k]);
                }
            }
        }
    }
}

/* Changes one thing that is wanted. */
static void
change_wish(struct model *model, uint32_t *seed)
{
    struct env *env = model->env;
    int i = fake_random(seed, N_TABLES);
    int j = fake_random(seed, N_PREFIXES);
    int k = fake_random(seed, N_METRICS);

    if (!model->table[i]) {
        model->table[i] = true;
        model->vrf[i] = i != 1;
        model->vrf_ever[i] |= model->vrf[i];
        table(env, model_table(i), model_vrf(model, i));
    } else if (!fake_random(seed, 12)) {
        model->table[i] = model->vrf[i] = false;
        memset(model->route[i], 0, sizeof model->route[i]);
        route_exchange_remove_table(env->re, model_table(i));
    } else if (model->route[i][j][k]) {
        model->route[i][j][k] = false;
        del(env, model_table(i), prefixes[j], metrics[k]);
    } else {
        model->route[i][j][k] = true;
        add(env, model_table(i), prefixes[j], metrics[k]);
    }
}

/* Somebody else does something. */
static void
meddle(struct model *model, uint32_t *seed)
{
    struct kernel_peer *peer = &model->env->peer;
    uint32_t table_id = model_table(fake_random(seed, N_TABLES));
    const char *prefix = prefixes[fake_random(seed, N_PREFIXES)];
    uint32_t metric = metrics[fake_random(seed, N_METRICS)];
    struct nl_link_change down = { .set_down = true };

    switch (fake_random(seed, 8)) {
    case 0:
    case 1:
        kernel_peer_del_route(peer, table_id, prefix, metric, OURS);
        break;
    case 2:
        kernel_peer_add_route(peer, CREATE, table_id, prefix, metric, OURS, 0);
        break;
    case 3:
        kernel_peer_add_route(peer, CREATE, table_id, prefix, metric, STATIC,
                              0);
        break;
    case 4:
        kernel_peer_add_route(peer, NLM_F_CREATE | NLM_F_REPLACE, table_id,
                              prefix, metric, STATIC, 0);
        break;
    case 5:
        kernel_peer_add_route(peer, NLM_F_CREATE, table_id, prefix, metric,
                              STATIC, 0);
        break;
    case 6:
        kernel_peer_del_link(peer, fake_random(seed, 2) ? "ovnvrf10" : "blue");
        break;
    case 7:
        kernel_peer_change_link(peer, "ovnvrf10", &down);
        break;
    }
}

/* Something goes wrong on the way. */
static void
break_something(struct fake_kernel *fake, uint32_t *seed)
{
    static const uint16_t types[] = {
        RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWLINK, RTM_DELLINK
    };
    static const int errors[] = {
        EPERM, ENOMEM, EEXIST, ESRCH, EINVAL, ENODEV, EBUSY, EOPNOTSUPP
    };

    switch (fake_random(seed, 6)) {
    case 0:
        fake->lose_answers = fake_random(seed, 4);
        break;
    case 1:
        fake->ignore_requests = fake_random(seed, 4);
        break;
    case 2:
        fake->lose_events = fake_random(seed, 3);
        break;
    case 3:
        fake->fail_dumps = fake_random(seed, 4);
        fake->fail_dumps_error = fake_random(seed, 2) ? EINTR : ENOBUFS;
        break;
    case 4:
        fake_kernel_fail(fake, types[fake_random(seed, 4)],
                         errors[fake_random(seed, 8)],
                         fake_random(seed, 4));
        break;
    case 5:
        fake->no_live_rename = fake_random(seed, 2);
        break;
    }
}

/* All faults end, and everybody else goes home. */
static void
calm_down(struct model *model)
{
    struct fake_kernel *fake = model->env->fake;

    fake->lose_answers = fake->ignore_requests = fake->lose_events = 0;
    fake->fail_dumps = fake->fail.times = 0;
    fake->jitter = 0;
    for (int i = 0; i < N_TABLES; i++) {
        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                while (!kernel_peer_del_route(&model->env->peer,
                                              model_table(i), prefixes[j],
                                              metrics[k], STATIC)) {
                    continue;
                }
            }
        }
    }
}

/* The kernel holds what is wanted, and nothing else of ours. */
static void
check_model(struct model *model)
{
    struct env *env = model->env;

    for (int i = 0; i < N_TABLES; i++) {
        size_t n = 0;

        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                n += model->route[i][j][k];
                if (model->route[i][j][k]) {
                    /* It is there if it cannot be added. */
                    assert_int_equal(
                        kernel_peer_add_route(&env->peer, CREATE,
                                              model_table(i), prefixes[j],
                                              metrics[k], STATIC, 0), EEXIST);
                }
            }
        }
        assert_int_equal(kernel_peer_count(&env->peer, model_table(i), OURS),
                         n);
        if (model->vrf[i]) {
            check_vrf(env, model_vrf(model, i), model_table(i), true);
        }
    }
    for (int i = 0; i < N_TABLES; i++) {
        struct model all = { .vrf = { true, true, true } };

        if (!model->vrf[i]) {
            assert_false(link_exists(env, model_vrf(&all, i)));
        }
    }
}

/* Kills the engine and starts another.  Not between the creation of a device
 * and its marking, which is a gap that is known and lasts two messages. */
static void
kill_and_restart(struct model *model)
{
    struct env *env = model->env;
    struct nl_link link;

    env->fake->lose_answers = env->fake->ignore_requests = 0;
    env->fake->fail.times = 0;
    for (int i = 0; i < N_TABLES; i++) {
        struct model all = { .vrf = { true, true, true } };

        while (kernel_peer_find_link(&env->peer, model_vrf(&all, i), &link)
               && !link.alias[0]) {
            run(env);
        }
    }
    stop(env);
    start(env);
    feed(model);
}

static void
play(struct env *env, uint32_t seed)
{
    struct model model = { .env = env };
    int n_steps = 40 + fake_random(&seed, 60);
    bool is_complete = true;

    env->fake->on_delete = check_deletion;
    env->fake->aux = &model;
    env->fake->jitter = seed | 1;
    feed(&model);
    route_exchange_set_complete(env->re, true);
    for (int i = 0; i < n_steps; i++) {
        switch (fake_random(&seed, 8)) {
        case 0:
        case 1:
        case 2:
            change_wish(&model, &seed);
            break;
        case 3:
        case 4:
            meddle(&model, &seed);
            break;
        case 5:
            break_something(env->fake, &seed);
            break;
        case 6:
            is_complete = !is_complete;
            route_exchange_set_complete(env->re, is_complete);
            break;
        case 7:
            if (!fake_random(&seed, 4)) {
                kill_and_restart(&model);
                route_exchange_set_complete(env->re, is_complete);
            }
            break;
        }
        run_for(env, STEP_MS * fake_random(&seed, 20));
    }

    calm_down(&model);
    route_exchange_set_complete(env->re, true);
    run_for(env, 130000);
    settle(env);
    check_model(&model);
    check_no_problem(env);

    /* The oracle: read anew, nothing changes. */
    size_t n = env->counting.n;
    route_exchange_resync(env->re);
    settle(env);
    assert_int_equal(env->counting.n, n);
}

/* After any history of wishes, meddling and faults the kernel equals the plan,
 * and nothing that was wanted was taken away on the way.  SEED=N plays one
 * history, SEEDS=N the first N. */
static void
random_histories_end_well(struct env *env)
{
    const char *one = getenv("SEED");
    const char *many = getenv("SEEDS");
    uint32_t first = one ? strtoul(one, NULL, 0) : 1;
    uint32_t n = one ? 1 : many ? strtoul(many, NULL, 0) : 300;

    for (uint32_t seed = first; seed < first + n; seed++) {
        struct env *stage;
        void *state;

        setup_fake(&state);
        stage = state;
        current_seed = seed;
        play(stage, seed);
        current_seed = 0;
        teardown(&state);
    }
    (void) env;
}

/* Where a case runs. */
enum { FAKE = 1, KERNEL = 2, VRF = 4 };

struct story {
    const char *name;
    void (*tell)(struct env *);
    int where;
};

#define STORY(NAME, WHERE) { #NAME, NAME, WHERE }
static const struct story stories[] = {
    STORY(routes_come_and_go, FAKE | KERNEL),
    STORY(restart_writes_nothing, FAKE | KERNEL),
    STORY(nothing_is_deleted_before_complete, FAKE | KERNEL),
    STORY(foreign_routes_are_left_alone, FAKE | KERNEL),
    STORY(removed_routes_are_repaired, FAKE | KERNEL),
    STORY(repairs_back_off, FAKE | KERNEL),
    STORY(foreign_route_in_the_place_is_reported, FAKE | KERNEL),
    STORY(foreign_route_in_the_place_in_ipv6_is_reported, FAKE | KERNEL),
    STORY(foreign_replacement_is_reported, FAKE | KERNEL),
    STORY(new_metric_comes_before_old_one_goes, FAKE | KERNEL),
    STORY(next_hop_is_replaced_in_place, FAKE | KERNEL),
    STORY(refused_next_hop_falls_back_to_blackhole, FAKE | KERNEL),
    STORY(refused_next_hop_is_not_tried_in_a_storm, FAKE | KERNEL),
    STORY(routes_are_written_at_a_pace, FAKE | KERNEL),
    STORY(two_next_hops_for_one_prefix_are_reported, FAKE | KERNEL),
    STORY(orphaned_routes_are_removed, FAKE | KERNEL),
    STORY(resync_changes_nothing, FAKE | KERNEL),
    STORY(bad_arguments_are_refused, FAKE),
    STORY(set_again_after_removal_keeps_routes, FAKE | KERNEL),
    STORY(missing_privilege_is_one_problem, FAKE),
    STORY(exhausted_kernel_is_retried, FAKE),
    STORY(lost_answers_are_looked_up, FAKE),
    STORY(lost_events_are_made_up_for, FAKE),
    STORY(failed_dump_changes_nothing, FAKE),
    STORY(refused_deletion_is_reported, FAKE),
    STORY(refused_deletion_after_a_refused_next_hop_is_reported, FAKE),
    STORY(kernel_that_disagrees_is_read_again, FAKE),
    STORY(vrf_is_made_before_routes, FAKE | KERNEL | VRF),
    STORY(vrf_goes_after_its_routes, FAKE | KERNEL | VRF),
    STORY(vrf_lets_its_ports_go, FAKE | KERNEL | VRF),
    STORY(vrf_of_others_is_used_but_kept, FAKE | KERNEL | VRF),
    STORY(device_of_another_kind_is_refused, FAKE | KERNEL | VRF),
    STORY(vrf_with_another_table_is_refused, FAKE | KERNEL | VRF),
    STORY(table_of_another_vrf_is_refused, FAKE | KERNEL | VRF),
    STORY(deleted_vrf_is_made_again, FAKE | KERNEL | VRF),
    STORY(vrf_set_down_is_set_up, FAKE | KERNEL | VRF),
    STORY(vrf_is_renamed, FAKE | KERNEL | VRF),
    STORY(vrf_is_renamed_by_an_old_kernel, FAKE),
    STORY(vrfs_swap_names, FAKE | KERNEL | VRF),
    STORY(vrf_changes_its_table, FAKE | KERNEL | VRF),
    STORY(vrf_is_handed_over, FAKE | KERNEL | VRF),
    STORY(orphaned_vrfs_are_removed, FAKE | KERNEL | VRF),
    STORY(routes_older_than_their_vrf_are_announced_again,
          FAKE | KERNEL | VRF),
    STORY(kernel_without_vrfs_is_reported, FAKE),
    STORY(random_histories_end_well, FAKE),
};
#undef STORY

/* The story that each test tells, by its number. */
static const struct story *told[2 * ARRAY_SIZE(stories)];
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
    if (!have_vrf) {
        fprintf(stderr, "SKIP: this kernel has no VRFs: they are tested "
                "against the fake kernel only\n");
    }
}

int
main(void)
{
    struct CMUnitTest tests[2 * ARRAY_SIZE(stories)];
    char *names[2 * ARRAY_SIZE(stories)];
    size_t n = 0;
    int retval;

    probe();
    memset(tests, 0, sizeof tests);
    for (int pass = 0; pass < 2; pass++) {
        int where = pass ? KERNEL : FAKE;

        for (size_t i = 0; i < ARRAY_SIZE(stories); i++) {
            bool possible = (!pass || (have_kernel
                                       && (!(stories[i].where & VRF)
                                           || have_vrf)));

            /* Left out, not skip()ped: cmocka 1.1.5 says "not ok # SKIP". */
            if (stories[i].where & where && possible) {
                names[n] = xasprintf("%s_%s", stories[i].name,
                                     pass ? "kernel" : "fake");
                told[n] = &stories[i];
                tests[n].name = names[n];
                tests[n].test_func = tell_story;
                tests[n].setup_func = pass ? setup_kernel : setup_fake;
                tests[n].teardown_func = teardown;
                n++;
            }
        }
    }
    retval = _cmocka_run_group_tests("route-exchange", tests, n, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        free(names[i]);
    }
    return retval;
}
