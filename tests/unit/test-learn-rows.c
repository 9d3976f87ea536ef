/* test-learn-rows.c: unit tests of controller/learn-rows.[ch]. */
#include <config.h>
#include "controller/learn-rows.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "svec.h"
#include "tests/lib/history.h"
#include "tests/lib/learn-stage.h"
#include "tests/unit/unit.h"
#include "util.h"

static struct learn_stage stage;

static int
setup(void **state OVS_UNUSED)
{
    learn_stage_init(&stage);
    return 0;
}

static int
teardown(void **state OVS_UNUSED)
{
    learn_stage_destroy(&stage);
    return 0;
}

/* Manages port 'n', with hold time 'hold_ms', and has it ready. */
static void
manage(unsigned int n, long long int hold_ms)
{
    struct uuid port = stage_uuid(n), datapath = stage_uuid(100);

    learn_rows_manage(stage.rows, &port, &datapath, hold_ms);
    learn_rows_set_ready(stage.rows, &port);
}

static void
want_value(const char *prefix, const char *nexthop, uint16_t weight,
           const char *mac)
{
    struct learn_row_key key = stage_key(1, prefix, nexthop);
    struct learn_row_value value = { .weight = weight };

    ovs_strlcpy(value.mac, mac, sizeof value.mac);
    learn_rows_want(stage.rows, &key, &value);
}

static void
want(const char *prefix, const char *nexthop)
{
    want_value(prefix, nexthop, 1, "");
}

static void
unwant(const char *prefix, const char *nexthop)
{
    struct learn_row_key key = stage_key(1, prefix, nexthop);

    learn_rows_unwant(stage.rows, &key, true);
}

static void
put(const char *prefix, const char *nexthop, bool ours)
{
    struct learn_row_key key = stage_key(1, prefix, nexthop);

    learn_stage_put(&stage, &key, ours);
}

/* Wants, or no longer, 10.0.FIRST.0/24 to 10.0.LAST.0/24. */
static void
want_many(int first, int last, bool wanted)
{
    for (int i = first; i <= last; i++) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        (wanted ? want : unwant)(prefix, "10.1.0.2");
        free(prefix);
    }
}

static size_t
count_rows(void)
{
    struct learn_rows_stats stats;

    learn_rows_get_stats(stage.rows, &stats);
    return stats.n_actual;
}

static void
wants_become_rows_and_go_with_them(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    want_value("10.0.0.0/24", "10.1.0.3", 5, "");
    want_value("10.0.1.0/24", "fe80::2", 1, "02:00:00:00:00:02");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2\n"
                       "1 10.0.0.0/24 10.1.0.3 weight=5\n"
                       "1 10.0.1.0/24 fe80::2 mac=02:00:00:00:00:02");
    assert_int_equal(stage.n_txns, 1);
    unwant("10.0.0.0/24", "10.1.0.2");
    want_value("10.0.1.0/24", "fe80::2", 1, "02:00:00:00:00:03");
    learn_stage_pass(&stage, 1000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.3 weight=5\n"
                       "1 10.0.1.0/24 fe80::2 mac=02:00:00:00:00:03");
    assert_int_equal(learn_rows_next_due(stage.rows), LLONG_MAX);
}

static void
failed_transaction_is_tried_again(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_write(&stage, true);
    learn_stage_assert(&stage, "");
    learn_stage_pass(&stage, 1000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
    assert_int_equal(stage.n_txns, 2);
}

static void
restart_writes_nothing(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    want_value("10.0.1.0/24", "fe80::2", 7, "02:00:00:00:00:02");
    learn_stage_pass(&stage, 1000);
    stage.n_ops = 0;

    learn_stage_restart(&stage);
    struct uuid port = stage_uuid(1), datapath = stage_uuid(100);
    learn_rows_manage(stage.rows, &port, &datapath, 0);
    learn_stage_pass(&stage, 5000);
    /* The neighbour's address is not known yet. */
    want_value("10.0.1.0/24", "fe80::2", 7, "");
    want("10.0.0.0/24", "10.1.0.2");
    learn_rows_set_ready(stage.rows, &port);
    learn_stage_pass(&stage, 5000);
    assert_int_equal(stage.n_ops, 0);
}

static void
nothing_is_deleted_before_a_port_is_ready(void **state OVS_UNUSED)
{
    struct uuid port = stage_uuid(1), datapath = stage_uuid(100);

    put("10.0.0.0/24", "10.1.0.2", true);
    put("10.0.1.0/24", "10.1.0.2", false);
    learn_rows_manage(stage.rows, &port, &datapath, 0);
    learn_stage_pass(&stage, 5000);
    assert_int_equal(stage.n_ops, 0);
    learn_rows_set_ready(stage.rows, &port);
    learn_stage_pass(&stage, 5000);
    learn_stage_assert(&stage, "");
}

static void
rows_of_other_ports_are_left_alone(void **state OVS_UNUSED)
{
    struct learn_row_key key = stage_key(2, "10.0.0.0/24", "10.1.0.2");
    struct uuid port = stage_uuid(1);

    manage(1, 0);
    learn_stage_put(&stage, &key, false);
    want("10.0.1.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    learn_stage_assert(&stage, "1 10.0.1.0/24 10.1.0.2\n"
                       "2 10.0.0.0/24 10.1.0.2");
    /* Moved away: the rows are the next owner's. */
    learn_rows_unmanage(stage.rows, &port);
    learn_stage_pass(&stage, 5000);
    learn_stage_assert(&stage, "1 10.0.1.0/24 10.1.0.2\n"
                       "2 10.0.0.0/24 10.1.0.2");
}

static void
rows_of_the_last_owner_are_taken_over_or_deleted(void **state OVS_UNUSED)
{
    put("10.0.0.0/24", "10.1.0.2", false);
    put("10.0.1.0/24", "10.1.0.9", false);
    manage(1, 60000);           /* A hold is for what we learned ourselves. */
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
    assert_int_equal(stage.n_ops, 2);
}

static void
second_row_of_a_kind_is_deleted(void **state OVS_UNUSED)
{
    manage(1, 0);
    put("10.0.0.0/24", "10.1.0.2", true);
    put("10.0.0.0/24", "10.1.0.2", true);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
}

static void
row_that_somebody_deletes_comes_back(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    learn_rows_begin_full(stage.rows);
    learn_rows_end_full(stage.rows);
    learn_stage_pass(&stage, 5000);
    assert_int_equal(stage.n_ops, 2);
}

/* Somebody deletes what we write: no endless race. */
static void
rival_is_answered_more_and_more_slowly(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    stage.n_txns = 0;
    learn_stage_delete_all(&stage);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
    for (int i = 0; i < 1000; i++) {
        learn_stage_delete_all(&stage);
        learn_stage_pass(&stage, 100);
    }
    assert_in_range(stage.n_txns, 5, 15);
    learn_stage_pass(&stage, LEARN_RIVAL_MAX_MS);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
    /* Long after, it is answered at once again. */
    learn_stage_pass(&stage, 3 * LEARN_RIVAL_MAX_MS);
    learn_stage_delete_all(&stage);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
}

/* 100 times a second for ten seconds, ending in each of the two states. */
static void
flap_is_damped_and_ends_right(void **state OVS_UNUSED)
{
    for (int end = 0; end < 2; end++) {
        manage(1, 0);
        stage.n_txns = 0;
        for (int i = 0; i < 1000 + end; i++) {
            if (i % 2) {
                want("10.0.0.0/24", "10.1.0.2");
            } else {
                unwant("10.0.0.0/24", "10.1.0.2");
            }
            learn_stage_pass(&stage, 10);
        }
        assert_in_range(stage.n_txns, 10, 101);
        learn_stage_pass(&stage, LEARN_DAMPING_MS);
        learn_stage_assert(&stage, end ? "" : "1 10.0.0.0/24 10.1.0.2");
    }
}

/* Between two next hops, which are two rows. */
static void
flap_between_next_hops_is_damped(void **state OVS_UNUSED)
{
    manage(1, 0);
    for (int i = 0; i < 1000; i++) {
        unwant("10.0.0.0/24", i % 2 ? "10.1.0.3" : "10.1.0.2");
        want("10.0.0.0/24", i % 2 ? "10.1.0.2" : "10.1.0.3");
        learn_stage_pass(&stage, 10);
    }
    assert_in_range(stage.n_txns, 10, 101);
    learn_stage_pass(&stage, LEARN_DAMPING_MS);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
}

/* The first change goes out at once, whatever else flaps. */
static void
flap_of_one_does_not_delay_another(void **state OVS_UNUSED)
{
    manage(1, 0);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_write(&stage, false);
    unwant("10.0.0.0/24", "10.1.0.2");
    want("10.0.1.0/24", "10.1.0.2");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2\n"
                       "1 10.0.1.0/24 10.1.0.2");
}

static void
D17_loss_of_most_is_held(void **state OVS_UNUSED)
{
    manage(1, 30000);
    want_many(0, 9, true);
    learn_stage_pass(&stage, 5000);
    stage.n_ops = 0;
    want_many(0, 3, false);
    learn_stage_pass(&stage, 500);
    want_many(4, 9, false);
    learn_stage_pass(&stage, 20000);
    assert_int_equal(count_rows(), 10);
    /* Back in time: not a word was written. */
    want_many(0, 9, true);
    learn_stage_pass(&stage, 60000);
    assert_int_equal(stage.n_ops, 0);
    /* Not back in time. */
    want_many(0, 8, false);
    learn_stage_pass(&stage, 29000);
    assert_int_equal(count_rows(), 10);
    learn_stage_pass(&stage, 2000);
    learn_stage_assert(&stage, "1 10.0.9.0/24 10.1.0.2");
}

static void
D17_loss_of_few_is_not_held(void **state OVS_UNUSED)
{
    manage(1, 30000);
    want_many(0, 9, true);
    learn_stage_pass(&stage, 5000);
    want_many(0, 4, false);
    learn_stage_pass(&stage, LEARN_WINDOW_MS + 10);
    assert_int_equal(count_rows(), 5);
    /* One by one, slowly, until nothing is left but two. */
    for (int i = 5; i < 8; i++) {
        want_many(i, i, false);
        learn_stage_pass(&stage, LEARN_WINDOW_MS + 10);
        assert_int_equal(count_rows(), 9 - i);
    }
}

static void
D17_prefix_with_another_next_hop_is_not_held(void **state OVS_UNUSED)
{
    manage(1, 30000);
    want("10.0.0.0/24", "10.1.0.2");
    want("10.0.0.0/24", "10.1.0.3");
    learn_stage_pass(&stage, 5000);
    unwant("10.0.0.0/24", "10.1.0.2");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.3");
    /* Both at once are held both; the first to return ends that. */
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    unwant("10.0.0.0/24", "10.1.0.2");
    unwant("10.0.0.0/24", "10.1.0.3");
    learn_stage_pass(&stage, 5000);
    assert_int_equal(count_rows(), 2);
    want("10.0.0.0/24", "10.1.0.4");
    learn_stage_pass(&stage, 40000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.4");
}

static void
D17_what_policy_takes_away_is_not_held(void **state OVS_UNUSED)
{
    struct learn_row_key key = stage_key(1, "10.0.0.0/24", "10.1.0.2");

    manage(1, 30000);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    learn_rows_unwant(stage.rows, &key, false);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "");
}

static void
D17_without_hold_time_nothing_waits(void **state OVS_UNUSED)
{
    manage(1, 0);
    want_many(0, 9, true);
    learn_stage_pass(&stage, 5000);
    want_many(0, 9, false);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "");
}

/* Our daemon and the routing daemon restart at the same time. */
static void
D17_rows_of_an_earlier_life_are_held(void **state OVS_UNUSED)
{
    put("10.0.0.0/24", "10.1.0.2", true);
    put("10.0.1.0/24", "10.1.0.2", true);
    manage(1, 30000);
    learn_stage_pass(&stage, 20000);
    assert_int_equal(count_rows(), 2);
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 20000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2");
}

/* Another next hop whose MAC address is not read yet, as when an uplink fails:
 * the row that there is stays until the next one comes. */
static void
S4_replaced_row_waits_for_mac(void **state OVS_UNUSED)
{
    static const char old[] = "1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:02";
    static const char new[] = "1 10.0.0.0/24 fe80::3 mac=02:00:00:00:00:03";

    manage(1, 0);
    want_value("10.0.0.0/24", "fe80::2", 1, "02:00:00:00:00:02");
    learn_stage_pass(&stage, 5000);
    stage.n_txns = 0;
    unwant("10.0.0.0/24", "fe80::2");
    want("10.0.0.0/24", "fe80::3");
    learn_stage_pass(&stage, 50);
    learn_stage_assert(&stage, old);
    want_value("10.0.0.0/24", "fe80::3", 1, "02:00:00:00:00:03");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, new);
    assert_int_equal(stage.n_txns, 1);

    /* It does not come: not for ever. */
    learn_stage_pass(&stage, 5000);
    unwant("10.0.0.0/24", "fe80::3");
    want("10.0.0.0/24", "fe80::4");
    learn_stage_pass(&stage, LEARN_PATIENCE_MS - 10);
    learn_stage_assert(&stage, new);
    learn_stage_pass(&stage, 20);
    learn_stage_assert(&stage, "1 10.0.0.0/24 fe80::4");
    assert_int_equal(stage.n_txns, 2);

    /* What was to come goes, too. */
    unwant("10.0.0.0/24", "fe80::4");
    want("10.0.0.0/24", "fe80::5");
    learn_stage_pass(&stage, 500);
    learn_stage_assert(&stage, "1 10.0.0.0/24 fe80::4");
    unwant("10.0.0.0/24", "fe80::5");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "");

    /* Nor does the one of another port of the router, or of another router. */
    manage(2, 0);
    want_value("10.0.0.0/24", "fe80::2", 1, "02:00:00:00:00:02");
    learn_stage_pass(&stage, 5000);
    struct learn_row_key key = stage_key(2, "10.0.0.0/24", "fe80::3");
    struct learn_row_value value = { .weight = 1 };
    unwant("10.0.0.0/24", "fe80::2");
    learn_rows_want(stage.rows, &key, &value);
    stage.n_txns = 0;
    learn_stage_pass(&stage, 50);
    learn_stage_assert(&stage, old);
    ovs_strlcpy(value.mac, "02:00:00:00:00:03", sizeof value.mac);
    learn_rows_want(stage.rows, &key, &value);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "2 10.0.0.0/24 fe80::3 mac=02:00:00:00:00:03");
    assert_int_equal(stage.n_txns, 1);
    learn_rows_unwant(stage.rows, &key, false);
    learn_stage_pass(&stage, 5000);
    learn_stage_assert(&stage, "");
    struct uuid datapath = stage_uuid(101);
    learn_rows_manage(stage.rows, &key.port, &datapath, 0);
    want_value("10.0.0.0/24", "fe80::2", 1, "02:00:00:00:00:02");
    learn_stage_pass(&stage, 5000);
    unwant("10.0.0.0/24", "fe80::2");
    value.mac[0] = '\0';
    learn_rows_want(stage.rows, &key, &value);
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, "");
    learn_rows_unwant(stage.rows, &key, false);
    learn_stage_pass(&stage, 5000);

    /* One of several next hops does not wait for that. */
    want_value("10.0.0.0/24", "fe80::2", 1, "02:00:00:00:00:02");
    want("10.0.0.0/24", "10.1.0.2");
    learn_stage_pass(&stage, 5000);
    unwant("10.0.0.0/24", "10.1.0.2");
    want("10.0.0.0/24", "fe80::3");
    learn_stage_write(&stage, false);
    learn_stage_assert(&stage, old);
}

/* Many more than fit into a transaction, and in whatever order. */
static void
rows_of_a_prefix_go_out_together(void **state OVS_UNUSED)
{
    manage(1, 0);
    want_many(0, 249, true);
    learn_stage_pass(&stage, 5000);
    for (int i = 0; i < 250; i++) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        unwant(prefix, "10.1.0.2");
        free(prefix);
    }
    for (int i = 249; i >= 0; i--) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        want(prefix, "10.1.0.3");
        if (i % 2) {
            want(prefix, "10.1.0.4");
        }
        free(prefix);
    }
    for (size_t n = 0; n != stage.n_txns; ) {
        n = stage.n_txns;
        learn_stage_write(&stage, false);
        for (int i = 0; i < 250; i++) {
            char *prefix = xasprintf("10.0.%d.0/24", i);
            struct learn_row_key key = stage_key(1, prefix, "10.1.0.2");

            assert_true(learn_rows_has_prefix(stage.rows, &key.port,
                                              &key.prefix));
            free(prefix);
        }
    }
    assert_int_equal(count_rows(), 375);
}

/* Whatever happened: in the end the table holds what is wanted. */
static void
play(uint32_t seed, void *aux OVS_UNUSED)
{
    bool wanted[6] = { false };
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    char *text;

    learn_stage_destroy(&stage);
    learn_stage_init(&stage);
    manage(1, history_random(&seed, 2) ? 0 : 3000);
    for (int step = 0; step < 60; step++) {
        int i = history_random(&seed, 6);
        char *prefix = xasprintf("10.0.%d.0/24", i / 2);
        const char *nexthop = i % 2 ? "10.1.0.3" : "10.1.0.2";

        switch (history_random(&seed, 8)) {
        case 0:
            put(prefix, nexthop, history_random(&seed, 2));
            break;
        case 1:
            learn_stage_feed(&stage);
            break;
        case 2:
            learn_stage_write(&stage, true);
            break;
        case 3:
            learn_stage_pass(&stage, history_random(&seed, 2000));
            break;
        default:
            wanted[i] = !wanted[i];
            (wanted[i] ? want : unwant)(prefix, nexthop);
            break;
        }
        free(prefix);
    }
    learn_stage_pass(&stage, 100000);
    for (int i = 0; i < 6; i++) {
        if (wanted[i]) {
            svec_add_nocopy(&lines, xasprintf("1 10.0.%d.0/24 10.1.0.%d",
                                              i / 2, i % 2 ? 3 : 2));
        }
    }
    text = svec_join(&lines, "\n", "");
    learn_stage_assert(&stage, text);
    assert_int_equal(learn_rows_next_due(stage.rows), LLONG_MAX);
    free(text);
    svec_destroy(&lines);
}

static void
random_histories_end_right(void **state OVS_UNUSED)
{
    history_play_all(200, play, NULL);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wants_become_rows_and_go_with_them),
        TEST(failed_transaction_is_tried_again),
        TEST(restart_writes_nothing),
        TEST(nothing_is_deleted_before_a_port_is_ready),
        TEST(rows_of_other_ports_are_left_alone),
        TEST(S4_replaced_row_waits_for_mac),
        TEST(rows_of_a_prefix_go_out_together),
        TEST(rows_of_the_last_owner_are_taken_over_or_deleted),
        TEST(second_row_of_a_kind_is_deleted),
        TEST(row_that_somebody_deletes_comes_back),
        TEST(rival_is_answered_more_and_more_slowly),
        TEST(flap_is_damped_and_ends_right),
        TEST(flap_between_next_hops_is_damped),
        TEST(flap_of_one_does_not_delay_another),
        TEST(D17_loss_of_most_is_held),
        TEST(D17_loss_of_few_is_not_held),
        TEST(D17_prefix_with_another_next_hop_is_not_held),
        TEST(D17_what_policy_takes_away_is_not_held),
        TEST(D17_without_hold_time_nothing_waits),
        TEST(D17_rows_of_an_earlier_life_are_held),
        TEST(random_histories_end_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
