/* test-route-exchange-faults.c: stories about what goes wrong with routes. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <errno.h>
#include <stdio.h>

#include "controller/route-exchange-engine.h"
#include "util.h"

#include "tests/unit/unit.h"

/* A device that goes down takes IPv4 routes with it, of which the kernel does
 * not tell.  That is noticed, the prefix stays, and the next hop comes back
 * with the device. */
static void
flapping_device_is_survived(struct env *env)
{
    struct nl_link_change up = { .set_up = true }, down = { .set_down = true };
    struct nl_link port;

    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "veth", 0), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "port", &up), 0);
    assert_true(kernel_peer_find_link(&env->peer, "port", &port));
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                           "10.9.0.0/24", 0, STATIC,
                                           port.ifindex), 0);
    stage_table(env, 10, NULL);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_add(env, 10, "10.0.1.0/24", 1000);
    stage_complete(env);
    stage_check_no_problem(env);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kernel_peer_change_link(&env->peer, "port", &down),
                         0);
        stage_run(env);
        stage_settle(env);
        stage_check_ours(env, 10,
                         "blackhole 10.0.0.0/24 proto ovn(84) metric 1000\n"
                         "blackhole 10.0.1.0/24 proto ovn(84) metric 1000\n");
        stage_check_problem(env, 1, "a blackhole route stands in for it");
        assert_int_equal(kernel_peer_change_link(&env->peer, "port", &up), 0);
        assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                               "10.9.0.0/24", 0, STATIC,
                                               port.ifindex), 0);
        stage_run_for(env, 70000);
        stage_settle(env);
        stage_check_no_problem(env);
        assert_int_equal(stage_stats(env, 10).n_installed, 2);
    }
}

/* A device that goes on flapping has its table read again and again.  That is
 * neither without pause, nor are the pauses so long that nothing is learned
 * of what leads elsewhere. */
static void
device_that_goes_on_flapping_freezes_nothing(struct env *env)
{
    struct nl_link_change up = { .set_up = true }, down = { .set_down = true };
    struct route_exchange_stats stats;
    uint64_t n_dumps;
    struct nl_link port;
    int distrust = 0, longest = 0;

    assert_int_equal(kernel_peer_add_link(&env->peer, "port", "veth", 0), 0);
    assert_int_equal(kernel_peer_change_link(&env->peer, "port", &up), 0);
    assert_true(kernel_peer_find_link(&env->peer, "port", &port));
    stage_table(env, 10, NULL);
    stage_complete(env);
    route_exchange_get_stats(env->re, &stats);
    n_dumps = stats.n_dumps;
    for (int i = 0; i < 1200; i++) {
        assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10,
                                               "10.9.0.0/24", 0, RTPROT_BGP,
                                               port.ifindex), 0);
        stage_run(env);
        assert_int_equal(kernel_peer_change_link(&env->peer, "port", &down),
                         0);
        stage_run(env);
        assert_int_equal(kernel_peer_change_link(&env->peer, "port", &up), 0);
        stage_run(env);
        distrust = (route_exchange_is_trusted(env->re, 10) ? 0
                    : distrust + 3 * STEP_MS);
        longest = MAX(longest, distrust);
    }
    route_exchange_get_stats(env->re, &stats);
    assert_in_range(longest, 1, 2000);
    assert_in_range(stats.n_dumps - n_dumps, 100, 400);
}

/* A kernel without NETLINK_GET_STRICT_CHK answers every dump with all routes
 * of the host. */
static void
kernel_that_does_not_filter_is_coped_with(struct env *env)
{
    env->fake->no_filter = true;
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 4000,
                                           "10.0.0.1", 1000, OURS, 0), 0);
    for (int i = 0; i < 50; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "10.1.0.%d", i);
        assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 254,
                                               prefix, 0, RTPROT_BGP, 1), 0);
    }
    for (int i = 0; i < 2; i++) {
        stage_table(env, 10, NULL);
        stage_table(env, 20, NULL);
        stage_add(env, 10, "10.0.0.1", 1000);
        stage_add(env, 20, "10.0.0.1", 1000);
        stage_complete(env);
        assert_int_equal(stage_stats(env, 10).n_other, 0);
        assert_int_equal(env->counting.n, i ? 0 : 3);
        stage_stop(env);
        stage_start(env);
    }
    env->fake->no_filter = false;
    assert_int_equal(kernel_peer_count(&env->peer, 4000, 0), 0);
    assert_int_equal(kernel_peer_count(&env->peer, 254, 0), 50);
}

static void
missing_privilege_is_one_problem(struct env *env)
{
    size_t n;

    env->fake->no_admin = true;
    stage_table(env, 10, NULL);
    stage_table(env, 20, "ovnvrf20");
    for (int i = 1; i < 200; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "10.0.0.%d", i);
        stage_add(env, 10, prefix, 1000);
    }
    stage_complete(env);
    stage_check_problem(env, 2, "routes in table 10: cannot add the route: "
                        "Operation not permitted; run this program with "
                        "CAP_NET_ADMIN");
    stage_check_problem(env, 2,
                        "VRF ovnvrf20, table 20: cannot create the VRF: "
                        "Operation not permitted");
    assert_int_equal(stage_stats(env, 10).n_failed, 199);
    stage_check_idle(env);

    /* One try at a time. */
    n = env->counting.n;
    stage_run_for(env, 600000);
    assert_true(env->counting.n - n < 60);

    env->fake->no_admin = false;
    stage_run_for(env, 70000);
    stage_check_no_problem(env);
    assert_int_equal(stage_stats(env, 10).n_installed, 199);
    stage_check_vrf(env, "ovnvrf20", 20, true);
}

static void
exhausted_kernel_is_retried(struct env *env)
{
    env->fake->full = true;
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    route_exchange_set_complete(env->re, true);
    stage_run_for(env, 10000);
    assert_false(route_exchange_is_settled(env->re));
    stage_check_problem(env, 1, "Cannot allocate memory");
    stage_check_idle(env);
    env->fake->full = false;
    stage_settle(env);
    stage_check_no_problem(env);
}

static void
lost_answers_are_looked_up(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "10.0.0.2", 1000);
    stage_run(env);
    stage_stop(env);
    stage_start(env);
    stage_table(env, 10, "ovnvrf10");
    stage_add(env, 10, "10.0.0.3", 1000);
    stage_add(env, 10, "10.0.0.4", 1000);
    env->fake->lose_answers = 2;
    env->fake->ignore_requests = 2;
    stage_complete(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.3 proto ovn(84) metric 1000\n"
                     "blackhole 10.0.0.4 proto ovn(84) metric 1000\n");
    stage_check_vrf(env, "ovnvrf10", 10, true);
    stage_check_no_problem(env);
}

static void
lost_events_are_made_up_for(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "10.0.0.2", 1000);
    stage_complete(env);
    env->fake->lose_events = 1;
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           OURS), 0);
    stage_run(env);
    stage_settle(env);
    stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) metric 1000\n"
                     "blackhole 10.0.0.2 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 3);
}

static void
failed_dump_changes_nothing(struct env *env)
{
    static const int errors[] = { EINTR, ENOBUFS, EIO };

    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_add(env, 10, "10.0.0.2", 1000);
    stage_complete(env);
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        env->fake->fail_dumps = 30;
        env->fake->fail_dumps_error = errors[i];
        route_exchange_resync(env->re);
        stage_run_for(env, 4000);
        assert_false(route_exchange_is_settled(env->re));
        stage_check_some_problem(env, "cannot be read from the kernel");
        stage_check_idle(env);
        stage_settle(env);
        assert_int_equal(env->counting.n, 2);
        stage_check_no_problem(env);
        env->now += 600000;
    }
}

static void
refused_deletion_is_reported(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    fake_kernel_fail(env->fake, RTM_DELROUTE, EINVAL, 3);
    stage_del(env, 10, "10.0.0.1", 1000);
    stage_settle(env);
    stage_check_problem(env, 1, "cannot delete the route: Invalid argument");
    stage_check_idle(env);
    stage_run_for(env, 20000);
    stage_check_no_problem(env);
    stage_check_ours(env, 10, "");
}

/* What was refused before does not matter any more then. */
static void
refused_deletion_after_a_refused_next_hop_is_reported(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_add_via(env, 10, "10.0.0.0/24", 1000, "10.9.0.1");
    stage_complete(env);
    stage_check_problem(env, 1, "a blackhole route stands in for it");
    fake_kernel_fail(env->fake, RTM_DELROUTE, EINVAL, 3);
    route_exchange_remove_table(env->re, 10);
    stage_settle(env);
    stage_check_problem(env, 1, "cannot delete the route: Invalid argument");
    stage_run_for(env, 20000);
    stage_check_no_problem(env);
    stage_check_ours(env, 10, "");
}

/* A foreign route that we did not hear of is not overwritten, but found; and
 * its removal is acted on at once. */
static void
unseen_foreign_route_is_found(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_complete(env);
    env->fake->swallow_events = 1;
    assert_int_equal(kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1",
                                           1000, STATIC, 0), 0);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_run(env);
    assert_true(route_exchange_is_settled(env->re));
    stage_check_problem(env, 1, "proto static(4) metric 1000 has its place");
    assert_int_equal(kernel_peer_count(&env->peer, 10, STATIC), 1);
    assert_int_equal(kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000,
                                           STATIC), 0);
    stage_run(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    stage_check_no_problem(env);
}

/* A success that does not show is looked up, not tried again. */
static void
success_without_an_event_is_looked_up(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_complete(env);
    env->fake->swallow_events = 1;
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_settle(env);
    stage_del(env, 10, "10.0.0.1", 1000);
    env->fake->swallow_events = 1;
    stage_settle(env);
    assert_int_equal(env->counting.n, 2);
    stage_check_ours(env, 10, "");
}

static void
unexplained_refusal_is_reported(struct env *env)
{
    stage_table(env, 10, NULL);
    fake_kernel_fail(env->fake, RTM_NEWROUTE, EEXIST, 1000);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_complete(env);
    stage_check_problem(env, 1, "cannot add the route: File exists; another "
                        "route has the same prefix and metric");
    stage_check_idle(env);
    env->fake->fail.times = 0;
    stage_run_for(env, 70000);
    stage_check_no_problem(env);
}

static void
kernel_that_disagrees_is_read_again(struct env *env)
{
    stage_table(env, 10, NULL);
    stage_complete(env);
    fake_kernel_fail(env->fake, RTM_NEWROUTE, EEXIST, 2);
    stage_add(env, 10, "10.0.0.1", 1000);
    stage_settle(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
    assert_int_equal(env->counting.n, 3);
    assert_int_equal(env->re->tables.n, 1);
}

/* Someone who changes what the engine is changing, at the same time. */
struct meddler {
    struct env *env;
    bool before;                /* Before it is done, or after. */
    void (*act)(struct env *);
    int left;                   /* So many times. */
};

static void
meddle(void *meddler_, bool done)
{
    struct meddler *meddler = meddler_;

    if (done != meddler->before && meddler->left) {
        meddler->left--;
        meddler->act(meddler->env);
    }
}

static void
delete_it(struct env *env)
{
    kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000, OURS);
}

static void
add_and_delete_it(struct env *env)
{
    kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1", 1000, OURS, 0);
    delete_it(env);
}

static void
add_and_delete_another(struct env *env)
{
    kernel_peer_add_route(&env->peer, CREATE, 10, "10.0.0.1", 1000, STATIC, 0);
    kernel_peer_del_route(&env->peer, 10, "10.0.0.1", 1000, STATIC);
}

static void
flap_device(struct env *env)
{
    struct nl_link_change up = { .set_up = true }, down = { .set_down = true };

    kernel_peer_change_link(&env->peer, "lo", &down);
    kernel_peer_change_link(&env->peer, "lo", &up);
}

static const struct {
    void (*act)(struct env *);
    const char *nexthop;
} meddlings[] = {
    { delete_it, NULL },
    { add_and_delete_it, NULL },
    { add_and_delete_another, NULL },
    { delete_it, "10.9.0.1" },
    { flap_device, "10.9.0.1" },
};

/* Answers and events come by different ways: whether what others do was before
 * what the engine does, or after, it cannot tell; but it finds out what came
 * of it. */
static void
changes_at_the_same_time_are_looked_up(struct env *env)
{
    struct meddler meddler = { .env = env };

    env->fake->on_request = meddle;
    env->fake->aux = &meddler;
    stage_table(env, 10, NULL);
    stage_complete(env);
    for (size_t i = 0; i < 4 * ARRAY_SIZE(meddlings); i++) {
        const char *nexthop = meddlings[i / 4].nexthop;

        env->fake->tells_own = i & 1;
        meddler.before = i & 2;
        meddler.act = meddlings[i / 4].act;
        kernel_peer_add_route(&env->peer, CREATE, RT_TABLE_MAIN, "10.9.0.0/24",
                              5, RTPROT_BOOT, 1);

        /* An addition, ... */
        meddler.left = 1;
        stage_add_via(env, 10, "10.0.0.1", 1000, nexthop);
        stage_settle(env);
        assert_int_equal(meddler.left, 0);
        stage_check_mirror(env);
        if (!nexthop) {
            stage_check_ours(env, 10, "blackhole 10.0.0.1 proto ovn(84) "
                             "metric 1000\n");
        }

        /* ... and a deletion. */
        meddler.left = 1;
        stage_del_via(env, 10, "10.0.0.1", 1000, nexthop);
        stage_settle(env);
        assert_int_equal(meddler.left, 0);
        stage_check_mirror(env);
        stage_check_ours(env, 10, "");
        stage_run_for(env, 130000);
    }
}

static void
delete_it_unheard(struct env *env)
{
    env->fake->lose_events = 1;
    delete_it(env);
}

/* An answer that comes when its table has been read again, and what was done
 * undone. */
static void
late_answer_is_not_trusted(struct env *env)
{
    struct meddler meddler = { .env = env, .act = delete_it_unheard, .left = 1 };
    uint64_t n_dumps;

    stage_table(env, 10, NULL);
    stage_complete(env);
    n_dumps = env->re->stats.n_dumps;
    env->fake->on_request = meddle;
    env->fake->aux = &meddler;
    stage_add(env, 10, "10.0.0.1", 1000);
    env->fake->late_answers = true;
    stage_run(env);
    assert_int_equal(meddler.left, 0);
    stage_run_for(env, 1000);
    assert_true(env->re->stats.n_dumps > n_dumps && !env->re->dumping);
    env->fake->late_answers = false;
    stage_settle(env);
    stage_check_mirror(env);
    stage_check_ours(env, 10,
                     "blackhole 10.0.0.1 proto ovn(84) metric 1000\n");
}

static const struct story stories[] = {
    STORY(missing_privilege_is_one_problem, FAKE),
    STORY(exhausted_kernel_is_retried, FAKE),
    STORY(lost_answers_are_looked_up, FAKE),
    STORY(lost_events_are_made_up_for, FAKE),
    STORY(failed_dump_changes_nothing, FAKE),
    STORY(refused_deletion_is_reported, FAKE),
    STORY(refused_deletion_after_a_refused_next_hop_is_reported, FAKE),
    STORY(unseen_foreign_route_is_found, FAKE),
    STORY(success_without_an_event_is_looked_up, FAKE),
    STORY(unexplained_refusal_is_reported, FAKE),
    STORY(kernel_that_disagrees_is_read_again, FAKE),
    STORY(changes_at_the_same_time_are_looked_up, FAKE),
    STORY(late_answer_is_not_trusted, FAKE),
    STORY(flapping_device_is_survived, FAKE | KERNEL),
    STORY(device_that_goes_on_flapping_freezes_nothing,
          FAKE | KERNEL | INSIDE),
    STORY(kernel_that_does_not_filter_is_coped_with, FAKE),
};

int
main(void)
{
    return stage_main("route-exchange-faults", stories, ARRAY_SIZE(stories));
}
