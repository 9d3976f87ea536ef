/* test-route-exchange.c: stories about routes. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/route-exchange-engine.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#include "tests/unit/unit.h"

static void
routes_come_and_go(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_table(env, 70000, NULL);
    stage_add(env, 10, "172.16.10.2", 1000);
    stage_add(env, 10, "2001:db8::/64", 100);
    stage_add(env, 70000, "0.0.0.0/0", 1000);
    stage_add(env, 70000, "::/0", 1000);
    stage_complete(env);
    stage_check_ours(env, 10,
                     "blackhole 172.16.10.2 proto ovn(84) metric 1000\n"
                     "blackhole 2001:db8::/64 proto ovn(84) metric 100\n");
    stage_check_ours(env, 70000,
                     "blackhole 0.0.0.0/0 proto ovn(84) metric 1000\n"
                     "blackhole ::/0 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 4);
    assert_int_equal(stage_stats(env, 10).n_desired, 2);
    assert_int_equal(stage_stats(env, 10).n_installed, 2);
    assert_int_equal(stage_stats(env, 10).n_other, 0);

    stage_del(env, 10, "172.16.10.2", 1000);
    stage_settle(env);
    assert_int_equal(env->counting.n, 5);
    stage_check_ours(env, 10,
                     "blackhole 2001:db8::/64 proto ovn(84) metric 100\n");

    route_exchange_remove_table(env->re, 10);
    route_exchange_remove_table(env->re, 70000);
    stage_settle(env);
    stage_check_ours(env, 10, "");
    stage_check_ours(env, 70000, "");
    assert_int_equal(env->counting.n, 8);
    stage_check_no_problem(env);
}

static void
restart_writes_nothing(struct env *env)
{
    for (int i = 0; i < 2; i++) {
        stage_table(env, 10, NULL);
        stage_add(env, 10, "10.0.0.1", 1000);
        stage_add(env, 10, "10.0.0.1", 100);
        stage_add(env, 10, "2001:db8::1", 1000);
        stage_complete(env);
        stage_run_for(env, 10000);
        assert_int_equal(env->counting.n, i ? 0 : 3);
        stage_stop(env);
        stage_start(env);
    }
}

static void
nothing_is_deleted_before_complete(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, OURS, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 20, "10.0.0.1",
                                           1000, OURS, 0), 0);
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.2", 1000);
    stage_run_for(env, 10000);
    assert_false(route_exchange_is_settled(env->re));
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
                     "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    stage_check_ours(env, 20,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");

    stage_complete(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    stage_check_ours(env, 20, "");

    route_exchange_set_complete(env->re, false);
    stage_del(env, 10, "10.0.0.2", 1000);
    stage_run_for(env, 10000);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    stage_complete(env);
    stage_check_ours(env, 10, "");
}

static void
foreign_routes_are_left_alone(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, STATIC, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.9.0.0",
                                           1000, RTPROT_BGP, 1), 0);
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 100);
    stage_complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 3);
    assert_int_equal(stage_stats(env, 10).n_other, 2);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 2);
    assert_int_equal(env->counting.n, 2);
}

static void
removed_routes_are_repaired(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "2001:db8::1", 1000);
    stage_complete(env);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           OURS), 0);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "2001:db8::1", 1000,
                                           OURS), 0);
    stage_run(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
                     "blackhole 2001:db8::1 proto ovn(84) metric 1000\n");
    stage_settle(env);
    assert_int_equal(stage_stats(env, 10).n_repaired, 2);
}

/* Somebody who goes on deleting what we add is not fought at full speed. */
static void
repairs_back_off(struct env *env)
{
    size_t n;

    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    n = env->counting.n;
    for (int i = 0; i < 200; i++) {
        kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000, OURS);
        stage_run(env);
    }
    assert_true(env->counting.n - n >= 6);
    assert_true(env->counting.n - n <= 12);
    stage_settle(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
}

static void
foreign_route_in_the_place_is_reported(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, STATIC, 0), 0);
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "10.0.0.2", 1000);
    stage_complete(env);
    stage_check_problem(env, 1,
                        "route 10.0.0.1 metric 1000 in table 10: blackhole "
                        "10.0.0.1 proto static(4) metric 1000 has its place");
    assert_int_equal(stage_stats(env, 10).n_failed, 1);
    assert_int_equal(stage_stats(env, 10).n_installed, 1);
    stage_check_idle(env);
    stage_run_for(env, 200000);
    assert_int_equal(env->counting.n, 1);

    /* Retried at once when it goes. */
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           STATIC), 0);
    stage_run(env);
    stage_run(env);
    stage_check_no_problem(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
                     "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
}

static void
foreign_route_in_the_place_in_ipv6_is_reported(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "2001:db8::1", 1000, STATIC, 0), 0);
    stage_table(env, 10, NULL);
    stage_add(env, 10, "2001:db8::1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1, "proto static(4) metric 1000 has its place");
    assert_int_equal(env->counting.n, 0);
    assert_int_equal(kernel_peer_count(&env->peer, 10, STATIC), 1);
}

/* A foreign route that replaces ours (ip route replace) is not fought. */
static void
foreign_replacement_is_reported(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    assert_int_equal(kernel_peer_add_route(&env->peer,
                                           NLM_F_CREATE | NLM_F_REPLACE, 10,
                                           "10.0.0.1", 1000, STATIC, 0), 0);
    stage_settle(env);
    stage_check_problem(env, 1, "proto static(4)");
    stage_check_ours(env, 10, "");
    assert_int_equal(env->counting.n, 1);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           STATIC), 0);
    stage_run_for(env, 2000);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    stage_check_no_problem(env);
}

/* A move from one metric to another never leaves the prefix without route. */
static void
new_metric_comes_before_old_one_goes(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    kernel_peer_forget_events(&env->peer);
    stage_del(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "10.0.0.1", 100);
    route_exchange_set_complete(env->re, false);
    stage_run(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 100\n"
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    stage_complete(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 100\n");
}

static void
next_hop_is_replaced_in_place(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "10.9.0.0/24", 0, STATIC, 1), 0);
    stage_table(env, 10, NULL);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_complete(env);
    stage_check_no_problem(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, OURS), 1);
    kernel_peer_forget_events(&env->peer);

    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.2");
    stage_del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_settle(env);
    stage_add(env, 10, "10.0.0.0/24", 1000);
    stage_del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.2");
    stage_settle(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(env->peer.n_new_ours, 2);
}

/* A next hop that the kernel refuses is stood in for by a blackhole, and comes
 * in without a gap when it can (D10). */
static void
refused_next_hop_falls_back_to_blackhole(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_complete(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    stage_check_problem(env, 1, "10.0.0.0/24 via 10.9.0.1 ");
    stage_check_problem(env, 1, "a blackhole route stands in for it");
    stage_check_idle(env);

    kernel_peer_forget_events(&env->peer);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "10.9.0.0/24", 0, STATIC, 1), 0);
    stage_run(env);
    stage_check_no_problem(env);
    assert_int_equal(stage_stats(env, 10).n_installed, 1);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(kernel_peer_count(&env->peer, 10, OURS), 1);
}

/* What an earlier life left in a table that nobody wants is not even read
 * while the desired state is not whole. */
static void
orphans_are_not_read_before_complete(struct env *env)
{
    struct route_exchange_stats stats;

    for (int i = 0; i < 50; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "10.1.0.%d", i);
        assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                               prefix, 1000, OURS, 0), 0);
    }
    stage_run_for(env, 10000);
    route_exchange_get_stats(env->re, &stats);
    assert_int_equal(stats.n_dumps, 2);     /* Devices; what is ours. */
    stage_table(env, 10, NULL);
    stage_complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 0);
}

/* While FRR is at work in the table, next hops that stay refused are not tried
 * all the time. */
static void
refused_next_hop_is_not_tried_in_a_storm(struct env *env)
{
    size_t n;

    stage_table(env, 10, NULL);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_complete(env);
    n = env->counting.n;
    for (int i = 0; i < 50; i++) {
        kernel_peer_add_route(&env->peer, CREATE, 10, "10.5.0.0", 5,
                              RTPROT_BGP, 0);
        stage_run(env);
        kernel_peer_del_route(&env->peer, 10, "10.5.0.0", 5, RTPROT_BGP);
        stage_run(env);
    }
    assert_true(env->counting.n - n > 5);
    assert_true(env->counting.n - n < 15);
}

/* D19: routes are written at a pace. */
static void
d19_routes_are_written_at_a_pace(struct env *env)
{
    stage_table(env, 10, NULL);
    for (int i = 0; i < 3 * RE_MAX_BURST; i++) {
        struct route_exchange_route r = stage_route(10, "10.0.0.0", 1000,
                                                    NULL);

        r.prefix.addr[2] = i >> 8;
        r.prefix.addr[3] = i;
        assert_int_equal(route_exchange_add_route(env->re, &r), 0);
    }
    route_exchange_set_complete(env->re, true);
    for (int i = 1; i <= 3; i++) {
        route_exchange_run(env->re, env->now);
        route_exchange_run(env->re, env->now + RE_BURST_MS - 1);
        assert_int_equal(env->counting.n, i * RE_MAX_BURST);
        assert_true(i == 3 || stage_wake_time(env) == env->now + RE_BURST_MS);
        env->now += RE_BURST_MS;
    }
    stage_settle(env);
    assert_int_equal(env->counting.n, 3 * RE_MAX_BURST);

    /* The pace can be changed, and given up. */
    for (int i = 0; i < 3 * RE_MAX_BURST; i++) {
        struct route_exchange_route r = stage_route(10, "10.1.0.0", 1000,
                                                    NULL);

        r.prefix.addr[2] = i >> 8;
        r.prefix.addr[3] = i;
        assert_int_equal(route_exchange_add_route(env->re, &r), 0);
    }
    env->counting.n = 0;
    route_exchange_set_max_burst(env->re, 7);
    env->now += RE_BURST_MS;
    route_exchange_run(env->re, env->now);
    assert_int_equal(env->counting.n, 7);
    route_exchange_set_max_burst(env->re, SIZE_MAX);
    env->now += RE_BURST_MS;
    route_exchange_run(env->re, env->now);
    route_exchange_run(env->re, env->now);
    assert_int_equal(env->counting.n, 3 * RE_MAX_BURST);
    assert_true(route_exchange_is_settled(env->re));
}

static void
two_next_hops_for_one_prefix_are_reported(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.0/24", 1000);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_complete(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n");
    stage_check_problem(env, 1, "2 different ones are wanted");
    stage_del_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_settle(env);
    stage_check_no_problem(env);
}

/* D12: what an earlier life left, in tables that nobody wants. */
static void
d12_orphaned_routes_are_removed(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.1", 1000, OURS, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.2", 1000, STATIC, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4001,
                                           "2001:db8::1", 7, OURS, 0), 0);
    stage_complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 4000, 0), 1);
    assert_int_equal(kernel_peer_count(&env->peer, 4001, OURS), 0);
    assert_int_equal(env->counting.n, 2);
}

/* D12: what someone adds later to a table that is not ours is his, whatever
 * protocol it carries; in a table of ours it is drift. */
static void
d12_later_routes_elsewhere_are_left_alone(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_table(env, 20, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 20, "10.0.0.1", 1000);
    stage_complete(env);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.1", 1000, OURS, 0), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.2",
                                           1000, OURS, 0), 0);
    stage_run_for(env, 120000);
    assert_int_equal(kernel_peer_count(&env->peer, 4000, OURS), 1);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    route_exchange_resync(env->re);
    stage_settle(env);
    stage_run_for(env, 120000);
    assert_int_equal(kernel_peer_count(&env->peer, 4000, OURS), 1);

    /* A table that was ours is emptied, once. */
    route_exchange_remove_table(env->re, 20);
    stage_settle(env);
    assert_int_equal(kernel_peer_count(&env->peer, 20, OURS), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 20, "10.0.0.2",
                                           1000, OURS, 0), 0);
    stage_run_for(env, 120000);
    assert_int_equal(kernel_peer_count(&env->peer, 20, OURS), 1);

    /* To the next life it is an orphan. */
    stage_stop(env);
    stage_start(env);
    stage_complete(env);
    assert_int_equal(kernel_peer_count(&env->peer, 4000, OURS), 0);
    assert_int_equal(kernel_peer_count(&env->peer, 20, OURS), 0);
}

static void
resync_changes_nothing(struct env *env)
{
    size_t n;

    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "2001:db8::1", 1000);
    stage_complete(env);
    n = env->counting.n;
    route_exchange_resync(env->re);
    assert_false(route_exchange_is_settled(env->re));
    stage_settle(env);
    assert_int_equal(env->counting.n, n);
}

/* Others are trusted on. */
static void
resync_of_a_table_reads_only_that(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_table(env, 20, NULL);
    stage_complete(env);
    assert_int_equal(route_exchange_resync_table(env->re, 30), ENOENT);
    assert_int_equal(route_exchange_resync_table(env->re, 20), 0);
    assert_int_equal(kernel_mirror_get_state(env->re->mirror, 10), KM_SYNCED);
    assert_int_equal(kernel_mirror_get_state(env->re->mirror, 20),
                     KM_SUSPECT);
    assert_false(route_exchange_is_settled(env->re));
    stage_settle(env);
    assert_int_equal(env->counting.n, 0);
}

static void
bad_arguments_are_refused(struct env *env)
{
    struct route_exchange_route r = stage_route(10, "10.0.0.1", 1000, NULL);

    assert_int_equal(route_exchange_set_table(env->re, 0, NULL), EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, UINT32_MAX, NULL),
                     EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, 10, "a/b"), EINVAL);
    assert_int_equal(route_exchange_set_table(env->re, 10,
                                              "name-of-16-chars"), EINVAL);
    assert_int_equal(route_exchange_add_route(env->re, &r), ENOENT);
    stage_table(env, 10, NULL);
    assert_int_equal(route_exchange_add_route(env->re, &r), 0);
    assert_int_equal(route_exchange_add_route(env->re, &r), EEXIST);
    assert_int_equal(route_exchange_remove_route(env->re, &r), 0);
    assert_int_equal(route_exchange_remove_route(env->re, &r), ENOENT);
    r.metric = 0;
    assert_int_equal(route_exchange_add_route(env->re, &r), EINVAL);
    r.metric = ROUTE_EXCHANGE_GUARD_METRIC;
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
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    route_exchange_remove_table(env->re, 10);
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_settle(env);
    assert_int_equal(env->counting.n, 1);
}

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
    STORY(orphans_are_not_read_before_complete, FAKE),
    STORY(d19_routes_are_written_at_a_pace, FAKE | KERNEL),
    STORY(two_next_hops_for_one_prefix_are_reported, FAKE | KERNEL),
    STORY(d12_orphaned_routes_are_removed, FAKE | KERNEL),
    STORY(d12_later_routes_elsewhere_are_left_alone, FAKE | KERNEL),
    STORY(resync_changes_nothing, FAKE | KERNEL),
    STORY(resync_of_a_table_reads_only_that, FAKE | KERNEL | INSIDE),
    STORY(bad_arguments_are_refused, FAKE),
    STORY(set_again_after_removal_keeps_routes, FAKE | KERNEL),
};

int
main(void)
{
    return stage_main("route-exchange", stories, ARRAY_SIZE(stories));
}
