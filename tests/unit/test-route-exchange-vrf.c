/* test-route-exchange-vrf.c: stories about VRF devices. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/route-exchange-engine.h"
#include "util.h"

#include "tests/unit/unit.h"

/* Checks that table 'table_id' has leak guards, or has none. */
static void
check_guard(struct env *env, uint32_t table_id, bool expected)
{
    char *text = kernel_peer_show(&env->peer, table_id, RTPROT_KERNEL);
    char *lo = strstr(text, " ifindex 1");

    if (lo) {
        memmove(lo, lo + 10, strlen(lo + 10) + 1);
    }
    assert_string_equal(text, expected
        ? "unreachable 0.0.0.0/0 proto kernel(2) metric 4278198272\n"
          "unreachable ::/0 proto kernel(2) metric 4278198272\n" : "");
    free(text);
}

/* D18: a VRF that we maintain has a leak guard, of a protocol that FRR does
 * not announce, until it goes; it counts as no route. */
static void
d18_leak_guard_comes_and_goes_with_the_vrf(struct env *env)
{
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, NULL);
    stage_add(env, 10, "0.0.0.0/0", 1000);
    stage_add(env, 20, "0.0.0.0/0", 1000);
    stage_complete(env);
    check_guard(env, 10, true);
    check_guard(env, 20, false);
    assert_int_equal(stage_stats(env, 10).n_desired, 1);
    assert_int_equal(stage_stats(env, 10).n_installed, 1);
    assert_int_equal(stage_stats(env, 10).n_failed, 0);

    /* A restart writes nothing. */
    stage_stop(env);
    stage_start(env);
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, NULL);
    stage_add(env, 10, "0.0.0.0/0", 1000);
    stage_add(env, 20, "0.0.0.0/0", 1000);
    stage_complete(env);
    assert_int_equal(env->counting.n, 0);

    /* It is repaired. */
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "::/0",
                                           ROUTE_EXCHANGE_GUARD_METRIC,
                                           RTPROT_KERNEL), 0);
    stage_run(env);
    check_guard(env, 10, true);

    /* It can be switched off, and goes with the VRF. */
    assert_int_equal(route_exchange_set_leak_guard(env->re, 30, false),
                     ENOENT);
    assert_int_equal(route_exchange_set_leak_guard(env->re, 10, false), 0);
    stage_settle(env);
    check_guard(env, 10, false);
    assert_int_equal(route_exchange_set_leak_guard(env->re, 10, true), 0);
    stage_settle(env);
    check_guard(env, 10, true);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    check_guard(env, 10, false);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 0);
}

/* D18: that of an earlier life goes with the VRF that goes, or that is given
 * away. */
static void
d18_leak_guard_of_an_earlier_life_goes(struct env *env)
{
    for (int wanted = 0; wanted < 2; wanted++) {
        stage_table(env, 10, "ovnvrf10");
        stage_complete(env);
        check_guard(env, 10, true);
        stage_stop(env);
        stage_start(env);
        if (wanted) {
            stage_table(env, 10, NULL);
        }
        stage_complete(env);
        stage_run(env);
        check_guard(env, 10, false);
        assert_int_equal(stage_link_exists(env, "ovnvrf10"), wanted);
    }
    stage_check_vrf(env, "ovnvrf10", 10, false);
}

/* D18: an operator's guard is as good, and his. */
static void
d18_leak_guard_of_others_is_left_alone(struct env *env)
{
    struct nl_link_change up = { .set_up = true };
    size_t n;

    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "blue", &up), 0);
    assert_int_equal(kernel_peer_add_type(&env->peer, CREATE, 10, "0.0.0.0/0",
                                          ROUTE_EXCHANGE_GUARD_METRIC,
                                          RTPROT_BOOT, RTN_UNREACHABLE), 0);
    stage_table(env, 10, "blue");
    stage_complete(env);
    stage_check_no_problem(env);
    assert_int_equal(env->counting.n, 1);
    n = kernel_peer_count(&env->peer, 10, 0);
    assert_int_equal(n, 2);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, 0), 1);
    assert_int_equal(kernel_peer_count(&env->peer, 10, RTPROT_BOOT), 1);

    /* What has only its shape, in a table without VRF of ours, is not ours. */
    assert_int_equal(kernel_peer_add_type(&env->peer, CREATE, 20, "0.0.0.0/0",
                                          ROUTE_EXCHANGE_GUARD_METRIC,
                                          RTPROT_KERNEL, RTN_UNREACHABLE), 0);
    stage_table(env, 20, NULL);
    stage_settle(env);
    route_exchange_remove_table(env->re, 20);
    stage_settle(env);
    assert_int_equal(kernel_peer_count(&env->peer, 20, 0), 1);
}

/* D18: a kernel without IPv6 needs no guard in it. */
static void
d18_leak_guard_of_a_missing_protocol_is_no_problem(struct env *env)
{
    env->fake->no_ipv6 = true;
    stage_table(env, 10, "ovnvrf10");
    stage_complete(env);
    stage_check_no_problem(env);
    assert_int_equal(kernel_peer_count(&env->peer, 10, RTPROT_KERNEL), 1);
    stage_check_idle(env);
}

static void
vrf_is_made_before_routes(struct env *env)
{
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, "ovnvrf20");
    stage_add(env, 10, "172.16.10.2", 1000);
    stage_add(env, 20, "172.16.10.2", 1000);
    kernel_peer_forget_events(&env->peer);
    stage_complete(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_vrf(env, "ovnvrf20", 20, true);
    stage_check_ours(env, 10,
                     "blackhole 172.16.10.2 proto ovn(84) metric 1000\n");
    assert_true(stage_stats(env, 10).vrf_up);
    assert_int_equal(env->counting.n, 10);
    stage_check_no_problem(env);

    /* A restart finds its own. */
    stage_stop(env);
    stage_start(env);
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, "ovnvrf20");
    stage_add(env, 10, "172.16.10.2", 1000);
    stage_add(env, 20, "172.16.10.2", 1000);
    stage_complete(env);
    assert_int_equal(env->counting.n, 0);

    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_false(stage_link_exists(env, "ovnvrf10"));
    stage_check_vrf(env, "ovnvrf20", 20, true);
}

/* The device goes a while after its routes. */
static void
vrf_goes_after_its_routes(struct env *env)
{
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "172.16.10.2", 1000);
    stage_complete(env);
    route_exchange_remove_table(env->re, 10);
    stage_run(env);
    stage_check_ours(env, 10, "");
    stage_run_for(env, RE_VRF_GRACE_MS - 3 * STEP_MS);
    assert_true(stage_link_exists(env, "ovnvrf10"));
    assert_false(route_exchange_is_settled(env->re));
    stage_settle(env);
    assert_false(stage_link_exists(env, "ovnvrf10"));
}

/* Its ports are taken out first. */
static void
vrf_lets_its_ports_go(struct env *env)
{
    struct nl_link_change join = { .set_master = true };
    struct nl_link vrf, port;

    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "172.16.10.2", 1000);
    stage_complete(env);
    assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &vrf));
    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "dummy", 0), 0);
    join.master = vrf.ifindex;
    assert_int_equal(kernel_peer_change_link(&env->peer, "port", &join), 0);
    stage_settle(env);
    route_exchange_remove_table(env->re, 10);
    stage_run(env);
    stage_check_ours(env, 10, "");
    assert_true(kernel_peer_find_link(&env->peer, "port", &port));
    assert_int_equal(port.master, 0);
    assert_true(stage_link_exists(env, "ovnvrf10"));
    stage_settle(env);
    assert_false(stage_link_exists(env, "ovnvrf10"));
    assert_true(stage_link_exists(env, "port"));
}

static void
vrf_of_others_is_used_but_kept(struct env *env)
{
    struct nl_link_change up = { .set_up = true };

    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "blue", &up), 0);
    stage_table(env, 10, "blue");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_vrf(env, "blue", 10, false);
    assert_int_equal(env->counting.n, 3);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    stage_run_for(env, 10000);
    stage_check_vrf(env, "blue", 10, false);
    stage_check_ours(env, 10, "");
    check_guard(env, 10, false);
}

static void
device_of_another_kind_is_refused(struct env *env)
{
    const char *kind = env->fake ? "veth" : "bridge";

    assert_int_equal(kernel_peer_add_link(&env->peer, "ovnvrf10", kind, 0),
                     0);
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, "ovnvrf20");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 20, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1,
                        "VRF ovnvrf10, table 10: a device of this name "
                        "exists and is no VRF but of kind");
    stage_check_ours(env, 10, "");
    stage_check_ours(env, 20,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    assert_int_equal(stage_stats(env, 10).n_failed, 1);
    assert_false(stage_stats(env, 10).vrf_up);
    stage_check_idle(env);

    /* Not deleted with the table, and made at once when it is out of the
     * way. */
    assert_int_equal(kernel_peer_del_link(&env->peer, "ovnvrf10"), 0);
    stage_run(env);
    stage_settle(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_no_problem(env);
}

static void
vrf_with_another_table_is_refused(struct env *env)
{
    assert_int_equal(kernel_peer_add_link(&env->peer, "ovnvrf10", "vrf", 11),
                     0);
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1,
                        "a VRF of this name exists, with table 11 instead "
                        "of 10");
    stage_check_ours(env, 10, "");
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_true(stage_link_exists(env, "ovnvrf10"));
    stage_check_no_problem(env);
}

static void
table_of_another_vrf_is_refused(struct env *env)
{
    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1, "table 10 is used by VRF \"blue\"");
    assert_false(stage_link_exists(env, "ovnvrf10"));
    stage_check_ours(env, 10, "");
    assert_int_equal(env->counting.n, 0);
    assert_int_equal(kernel_peer_del_link(&env->peer, "blue"), 0);
    stage_run(env);
    stage_settle(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_no_problem(env);
}

/* What makes the kernel refuse the name is not always to be seen: it may be
 * another device's alternative name. */
static void
unexplained_refusal_is_reported(struct env *env)
{
    size_t n;

    fake_kernel_fail(env->fake, RTM_NEWLINK, EEXIST, 1000);
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1, "cannot create the VRF: File exists; another "
                        "device has the name");
    stage_check_idle(env);
    n = env->counting.n;
    stage_run_for(env, 600000);
    assert_true(env->counting.n - n < 20);
    env->fake->fail.times = 0;
    stage_run_for(env, 70000);
    stage_check_no_problem(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
}

/* Someone adds another VRF to a table that has one. */
static void
second_vrf_on_a_table_is_reported(struct env *env)
{
    size_t n;

    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    n = env->counting.n;
    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 10), 0);
    stage_run(env);
    stage_settle(env);
    stage_check_problem(env, 1, "table 10 is used by VRF \"blue\"");
    assert_int_equal(env->counting.n, n);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    assert_int_equal(kernel_peer_del_link(&env->peer, "blue"), 0);
    stage_run(env);
    stage_check_no_problem(env);
}

static void
deleted_vrf_is_made_again(struct env *env)
{
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "2001:db8::1", 1000);
    stage_complete(env);
    kernel_peer_forget_events(&env->peer);
    assert_int_equal(kernel_peer_del_link(&env->peer, "ovnvrf10"), 0);
    stage_run(env);
    stage_settle(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
                     "blackhole 2001:db8::1 proto ovn(84) metric 1000\n");

    /* What survived it is announced again, once. */
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 2);
    assert_int_equal(env->peer.n_new_ours, 2);
    kernel_peer_forget_events(&env->peer);
    route_exchange_resync(env->re);
    stage_settle(env);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_new_ours, 0);
}

static void
vrf_set_down_is_set_up(struct env *env)
{
    struct nl_link_change down = { .set_down = true };

    stage_table(env, 10, "ovnvrf10");
    stage_complete(env);
    assert_int_equal(kernel_peer_change_link(&env->peer, "ovnvrf10", &down),
                     0);
    stage_run(env);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_settle(env);
}

static void
vrf_is_renamed(struct env *env)
{
    struct nl_link before, after;

    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &before));
    kernel_peer_forget_events(&env->peer);
    stage_table(env, 10, "blue");
    stage_settle(env);
    stage_check_vrf(env, "blue", 10, true);
    assert_false(stage_link_exists(env, "ovnvrf10"));
    assert_true(kernel_peer_find_link(&env->peer, "blue", &after));
    assert_int_equal(before.ifindex, after.ifindex);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    assert_int_equal(env->peer.n_new_ours, 0);
    stage_check_no_problem(env);
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
    stage_table(env, 10, "red");
    stage_table(env, 20, "blue");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_table(env, 10, "blue");
    stage_table(env, 20, "red");
    stage_settle(env);
    stage_check_vrf(env, "blue", 10, true);
    stage_check_vrf(env, "red", 20, true);
    stage_check_no_problem(env);
}

/* A router's vrf-id changes, its vrf-name does not. */
static void
vrf_changes_its_table(struct env *env)
{
    stage_table(env, 10, "blue");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    route_exchange_remove_table(env->re, 10);
    stage_table(env, 11, "blue");
    stage_add(env, 11, "10.0.0.1", 1000);
    stage_settle(env);
    stage_check_vrf(env, "blue", 11, true);
    stage_check_ours(env, 10, "");
    stage_check_ours(env, 11,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    stage_check_no_problem(env);
}

/* dynamic-routing-maintain-vrf is taken away: the device stays. */
static void
vrf_is_handed_over(struct env *env)
{
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_table(env, 10, NULL);
    stage_settle(env);
    stage_run(env);
    stage_check_vrf(env, "ovnvrf10", 10, false);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_true(stage_link_exists(env, "ovnvrf10"));
}

/* D12: devices that an earlier life left. */
static void
d12_orphaned_vrfs_are_removed(struct env *env)
{
    struct nl_link_change mark = { .alias = "ovn-route-exchange test" };
    struct nl_link_change other = { .alias = "ovn-route-exchange other" };

    assert_int_equal(kernel_peer_add_link(&env->peer, "red", "vrf", 30), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "red", &mark), 0);
    assert_int_equal(kernel_peer_add_link(&env->peer, "bare", "vrf", 33), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "bare", &mark), 0);
    assert_int_equal(kernel_peer_add_link(&env->peer, "green", "vrf", 31), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "green", &other), 0);
    assert_int_equal(kernel_peer_add_link(&env->peer, "blue", "vrf", 32), 0);
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 30, "10.0.0.1",
                                           1000, OURS, 0), 0);
    stage_run_for(env, 10000);
    assert_true(stage_link_exists(env, "red"));
    assert_true(stage_link_exists(env, "bare"));
    stage_complete(env);
    assert_false(stage_link_exists(env, "red"));
    assert_false(stage_link_exists(env, "bare"));
    assert_true(stage_link_exists(env, "green"));
    assert_true(stage_link_exists(env, "blue"));
    stage_check_ours(env, 30, "");
}

/* D12: one that gets our mark later is someone else's doing. */
static void
d12_later_vrfs_are_left_alone(struct env *env)
{
    struct nl_link_change mark = { .alias = "ovn-route-exchange test" };

    stage_complete(env);
    assert_int_equal(kernel_peer_add_link(&env->peer, "red", "vrf", 30), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "red", &mark), 0);
    stage_run_for(env, 120000);
    assert_true(stage_link_exists(env, "red"));
    route_exchange_resync(env->re);
    stage_settle(env);
    stage_run_for(env, 120000);
    assert_true(stage_link_exists(env, "red"));
}

/* 'kill -9' after the creation of a device and before its marking: the next
 * life knows it for its own. */
static void
death_before_the_mark_leaves_no_stranger(struct env *env)
{
    struct nl_link link;

    for (int wanted = 0; wanted < 2; wanted++) {
        stage_table(env, 10, "ovnvrf10");
        route_exchange_set_complete(env->re, true);
        env->counting.left = 1;
        stage_run(env);
        assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &link));
        assert_string_equal(link.alias, "");
        assert_true(link.group);
        stage_stop(env);

        stage_start(env);
        if (wanted) {
            stage_table(env, 10, "ovnvrf10");
        }
        stage_complete(env);
        if (!wanted) {
            assert_false(stage_link_exists(env, "ovnvrf10"));
        }
    }
    stage_check_vrf(env, "ovnvrf10", 10, true);
    assert_true(kernel_peer_find_link(&env->peer, "ovnvrf10", &link));
    assert_int_equal(link.group, 0);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    assert_false(stage_link_exists(env, "ovnvrf10"));
}

/* Puts a port into 'ovnvrf10'; false if that is gone. */
static bool
try_join_port(struct env *env, const char *port)
{
    struct nl_link_change join = { .set_master = true };
    struct nl_link vrf;

    if (!kernel_peer_find_link(&env->peer, "ovnvrf10", &vrf)) {
        return false;
    }
    join.master = vrf.ifindex;
    return !kernel_peer_change_link(&env->peer, port, &join);
}

static void
join_port(struct env *env, const char *port)
{
    assert_true(try_join_port(env, port));
}

/* A kernel that does not let ports go does not keep the device; and next time
 * it is asked again. */
static void
vrf_whose_ports_cannot_go_is_deleted(struct env *env)
{
    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "dummy", 0), 0);
    for (int i = 0; i < 2; i++) {
        stage_table(env, 10, "ovnvrf10");
        stage_complete(env);
        join_port(env, "port");
        stage_settle(env);
        fake_kernel_fail(env->fake, RTM_NEWLINK, EINVAL, 1);
        route_exchange_remove_table(env->re, 10);
        stage_settle(env);
        assert_false(stage_link_exists(env, "ovnvrf10"));
        assert_int_equal(env->fake->fail.times, 0);
    }
    stage_check_no_problem(env);
}

/* Somebody who puts ports back does not keep us busy. */
static void
vrf_whose_ports_come_back_is_deleted(struct env *env)
{
    struct nl_link link;
    size_t n;

    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "dummy", 0), 0);
    stage_table(env, 10, "ovnvrf10");
    stage_complete(env);
    join_port(env, "port");
    stage_settle(env);
    route_exchange_remove_table(env->re, 10);
    n = env->counting.n;
    for (int i = 0; i < 100 && stage_link_exists(env, "ovnvrf10"); i++) {
        stage_run(env);
        if (kernel_peer_find_link(&env->peer, "port", &link)
            && !link.master) {
            /* An engine in another program may be quicker. */
            try_join_port(env, "port");
        }
    }
    assert_false(stage_link_exists(env, "ovnvrf10"));
    assert_true(env->counting.n - n <= 4);
    stage_settle(env);
}

/* FRR ignores routes that it saw before the VRF. */
static void
routes_older_than_their_vrf_are_announced_again(struct env *env)
{
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, OURS, 0), 0);
    kernel_peer_forget_events(&env->peer);
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_run_for(env, 10000);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 0);
    stage_complete(env);
    kernel_peer_read_events(&env->peer);
    assert_int_equal(env->peer.n_del_ours, 1);
    assert_int_equal(env->peer.n_new_ours, 1);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
}

static void
kernel_without_vrfs_is_reported(struct env *env)
{
    size_t n;

    if (env->fake) {
        env->fake->no_vrf = true;
    }
    stage_table(env, 10, "ovnvrf10");
    stage_table(env, 20, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 20, "10.0.0.1", 1000);
    stage_complete(env);
    /* Newer kernels say more than "Operation not supported". */
    stage_check_problem(env, 1, "VRF ovnvrf10, table 10: cannot create the "
                        "VRF: Operation not supported");
    stage_check_problem(env, 1, "; the kernel lacks VRFs: load the module");
    stage_check_ours(env, 10, "");
    stage_check_ours(env, 20,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    stage_check_idle(env);
    n = env->counting.n;
    stage_run_for(env, 600000);
    /* Another program's messages are not counted. */
    assert_true(!stage_is_direct || env->counting.n - n < 20);
    if (!env->fake) {
        return;                 /* A real one gets no module just now. */
    }
    env->fake->no_vrf = false;
    stage_run_for(env, 70000);
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_no_problem(env);
}

static const struct story stories[] = {
    STORY(d18_leak_guard_comes_and_goes_with_the_vrf, FAKE | KERNEL | VRF),
    STORY(d18_leak_guard_of_an_earlier_life_goes, FAKE | KERNEL | VRF),
    STORY(d18_leak_guard_of_others_is_left_alone, FAKE | KERNEL | VRF),
    STORY(d18_leak_guard_of_a_missing_protocol_is_no_problem, FAKE),
    STORY(vrf_is_made_before_routes, FAKE | KERNEL | VRF),
    STORY(vrf_goes_after_its_routes, FAKE | KERNEL | VRF),
    STORY(vrf_lets_its_ports_go, FAKE | KERNEL | VRF),
    STORY(vrf_of_others_is_used_but_kept, FAKE | KERNEL | VRF),
    STORY(device_of_another_kind_is_refused, FAKE | KERNEL | VRF),
    STORY(vrf_with_another_table_is_refused, FAKE | KERNEL | VRF),
    STORY(table_of_another_vrf_is_refused, FAKE | KERNEL | VRF),
    STORY(unexplained_refusal_is_reported, FAKE),
    STORY(second_vrf_on_a_table_is_reported, FAKE | KERNEL | VRF),
    STORY(deleted_vrf_is_made_again, FAKE | KERNEL | VRF),
    STORY(vrf_set_down_is_set_up, FAKE | KERNEL | VRF),
    STORY(vrf_is_renamed, FAKE | KERNEL | VRF),
    STORY(vrf_is_renamed_by_an_old_kernel, FAKE),
    STORY(vrfs_swap_names, FAKE | KERNEL | VRF),
    STORY(vrf_changes_its_table, FAKE | KERNEL | VRF),
    STORY(vrf_is_handed_over, FAKE | KERNEL | VRF),
    STORY(d12_orphaned_vrfs_are_removed, FAKE | KERNEL | VRF),
    STORY(d12_later_vrfs_are_left_alone, FAKE | KERNEL | VRF),
    STORY(death_before_the_mark_leaves_no_stranger,
          FAKE | KERNEL | VRF | INSIDE),
    STORY(vrf_whose_ports_cannot_go_is_deleted, FAKE),
    STORY(vrf_whose_ports_come_back_is_deleted, FAKE | KERNEL | VRF),
    STORY(routes_older_than_their_vrf_are_announced_again,
          FAKE | KERNEL | VRF),
    STORY(kernel_without_vrfs_is_reported, FAKE | KERNEL | NO_VRF),
};

int
main(void)
{
    return stage_main("route-exchange-vrf", stories, ARRAY_SIZE(stories));
}
