/* engine-history.c: see the header. */
#include <config.h>
#include "tests/lib/engine-history.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "svec.h"
#include "tests/lib/engine-stage.h"
#include "util.h"

#include "tests/unit/unit.h"

#define N_TABLES 3
#define N_PREFIXES 8
#define N_METRICS 2

/* Where decisions come from: a script, or chance. */
struct dice {
    uint32_t seed;              /* Of chance. */
    const uint8_t *script;      /* NULL: chance. */
    size_t left;                /* Of the script. */
};

/* A number in [0, n); 0 when the script is over. */
static uint32_t
roll(struct dice *dice, uint32_t n)
{
    if (!dice->script) {
        return fake_random(&dice->seed, n);
    } else if (!dice->left) {
        return 0;
    }
    dice->left--;
    return *dice->script++ % n;
}

static bool
is_over(const struct dice *dice)
{
    return dice->script && !dice->left;
}

/* What is wanted of a prefix and metric. */
enum wish { NOTHING, BLACKHOLE, VIA, N_WISHES };

/* What the host wants at this time. */
struct model {
    struct env *env;
    bool table[N_TABLES];
    bool vrf[N_TABLES];
    enum wish route[N_TABLES][N_PREFIXES][N_METRICS];
    bool vrf_ever[N_TABLES];    /* Re-announcements may follow. */

    bool stray_guard[N_TABLES]; /* A leak guard may be left without anything
                                 * that tells whose it was. */

    /* Where someone added a route of protocol 84 by hand.  If the table was
     * not ours then, it stays (D12). */
    bool by_hand[N_TABLES][N_PREFIXES][N_METRICS];
    uint32_t port;              /* The engine's. */
    bool complete;              /* What the engine is told of it. */
};

static const char *const prefixes[N_PREFIXES] = {
    "10.0.0.1", "10.0.0.2", "10.0.1.0/24", "0.0.0.0/0",
    "2001:db8::1", "2001:db8::2", "2001:db8:1::/64", "::/0",
};
static const uint32_t metrics[N_METRICS] = { 100, 1000 };

/* Next hops, and what makes them reachable. */
static const char *const gateways[] = { "10.9.0.1", "2001:db8:9::1" };
static const char *const subnets[] = { "10.9.0.0/24", "2001:db8:9::/64" };

static bool
is_ipv6(int j)
{
    return j >= 4;
}

static const char *
model_nexthop(int j, enum wish wish)
{
    return wish == VIA ? gateways[is_ipv6(j)] : NULL;
}

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
        if (r->key.metric == ROUTE_EXCHANGE_GUARD_METRIC) {
            assert_int_equal(r->protocol, RTPROT_KERNEL);
            assert_false(model->vrf[i] && r->key.table_id == model_table(i));
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
        stage_table(env, model_table(i), model_vrf(model, i));
        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                enum wish wish = model->route[i][j][k];

                if (wish) {
                    stage_add_via(env, model_table(i), prefixes[j],
                                  metrics[k], model_nexthop(j, wish));
                }
            }
        }
    }
}

/* Changes one thing that is wanted. */
static void
change_wish(struct model *model, struct dice *dice)
{
    struct env *env = model->env;
    int i = roll(dice, N_TABLES);
    int j = roll(dice, N_PREFIXES);
    int k = roll(dice, N_METRICS);

    if (!model->table[i]) {
        model->table[i] = true;
        model->vrf[i] = i != 1;
        model->vrf_ever[i] |= model->vrf[i];
        stage_table(env, model_table(i), model_vrf(model, i));
    } else if (!roll(dice, 12)) {
        model->table[i] = model->vrf[i] = false;
        memset(model->route[i], 0, sizeof model->route[i]);
        route_exchange_remove_table(env->re, model_table(i));
    } else {
        enum wish old = model->route[i][j][k];
        enum wish new = roll(dice, N_WISHES);
        bool add_first = roll(dice, 2);

        if (old == new) {
            return;
        }
        model->route[i][j][k] = new;
        if (new && add_first) {
            stage_add_via(env, model_table(i), prefixes[j], metrics[k],
                          model_nexthop(j, new));
        }
        if (old) {
            stage_del_via(env, model_table(i), prefixes[j], metrics[k],
                          model_nexthop(j, old));
        }
        if (new && !add_first) {
            stage_add_via(env, model_table(i), prefixes[j], metrics[k],
                          model_nexthop(j, new));
        }
    }
}

/* Makes next hops in 'table_id' reachable, or not. */
static void
set_reachable(struct kernel_peer *peer, uint32_t table_id, int family,
              bool reachable)
{
    if (reachable) {
        kernel_peer_add_route(peer, CREATE, table_id, subnets[family], 5,
                              RTPROT_BOOT, 1);
    } else {
        kernel_peer_del_route(peer, table_id, subnets[family], 5, RTPROT_BOOT);
    }
}

/* Somebody else does something. */
static void
meddle(struct model *model, struct dice *dice)
{
    struct kernel_peer *peer = &model->env->peer;
    int i = roll(dice, N_TABLES);
    int j = roll(dice, N_PREFIXES);
    int k = roll(dice, N_METRICS);
    uint32_t table_id = model_table(i);
    const char *prefix = prefixes[j];
    uint32_t metric = metrics[k];
    struct nl_link_change down = { .set_down = true };

    switch (roll(dice, 11)) {
    case 10:
        kernel_peer_del_route(peer, table_id, is_ipv6(j) ? "::/0"
                              : "0.0.0.0/0", ROUTE_EXCHANGE_GUARD_METRIC,
                              RTPROT_KERNEL);
        break;
    case 8:
    case 9:
        set_reachable(peer, table_id, roll(dice, 2),
                      roll(dice, 2));
        break;
    case 0:
    case 1:
        kernel_peer_del_route(peer, table_id, prefix, metric, OURS);
        break;
    case 2:
        kernel_peer_add_route(peer, CREATE, table_id, prefix, metric, OURS, 0);
        model->by_hand[i][j][k] = true;
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
        kernel_peer_del_link(peer, roll(dice, 2) ? "ovnvrf10" : "blue");
        break;
    case 7:
        kernel_peer_change_link(peer, "ovnvrf10", &down);
        break;
    }
}

/* Something goes wrong on the way. */
static void
break_something(struct fake_kernel *fake, struct dice *dice)
{
    static const uint16_t types[] = {
        RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWLINK, RTM_DELLINK
    };
    static const int errors[] = {
        EPERM, ENOMEM, EEXIST, ESRCH, EINVAL, ENODEV, EBUSY, EOPNOTSUPP
    };

    switch (roll(dice, 6)) {
    case 0:
        fake->lose_answers = roll(dice, 4);
        break;
    case 1:
        fake->ignore_requests = roll(dice, 4);
        break;
    case 2:
        fake->lose_events = roll(dice, 3);
        break;
    case 3:
        fake->fail_dumps = roll(dice, 4);
        fake->fail_dumps_error = roll(dice, 2) ? EINTR : ENOBUFS;
        break;
    case 4:
        fake_kernel_fail(fake, types[roll(dice, 4)],
                         errors[roll(dice, 8)],
                         roll(dice, 4));
        break;
    case 5:
        fake->no_live_rename = roll(dice, 2);
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
        set_reachable(&model->env->peer, model_table(i), 0, true);
        set_reachable(&model->env->peer, model_table(i), 1, true);
        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                while (!kernel_peer_del_route(&model->env->peer,
                                              model_table(i), prefixes[j],
                                              metrics[k], STATIC)) {
                    continue;
                }
                if (model->by_hand[i][j][k] && !model->table[i]) {
                    kernel_peer_del_route(&model->env->peer, model_table(i),
                                          prefixes[j], metrics[k], OURS);
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
        struct svec lines = SVEC_EMPTY_INITIALIZER;
        char *expected;

        for (int j = 0; j < N_PREFIXES; j++) {
            for (int k = 0; k < N_METRICS; k++) {
                enum wish wish = model->route[i][j][k];
                const char *via = model_nexthop(j, wish);

                if (wish) {
                    svec_add_nocopy(&lines, xasprintf(
                        "%s%s%s%s%s proto ovn(84) metric %"PRIu32,
                        via ? "" : "blackhole ", prefixes[j],
                        via ? " via " : "", via ? via : "",
                        via ? " ifindex 1" : "", metrics[k]));
                }
            }
        }
        svec_sort(&lines);
        expected = svec_join(&lines, "\n", lines.n ? "\n" : "");
        stage_check_ours(env, model_table(i), expected);
        free(expected);
        svec_destroy(&lines);
        if (model->vrf[i] || !model->stray_guard[i]) {
            assert_int_equal(kernel_peer_count(&env->peer, model_table(i),
                                               RTPROT_KERNEL),
                             model->vrf[i] ? 2 : 0);
        }
        if (model->vrf[i]) {
            stage_check_vrf(env, model_vrf(model, i), model_table(i), true);
        }
    }
    for (int i = 0; i < N_TABLES; i++) {
        struct model all = { .vrf = { true, true, true } };

        if (!model->vrf[i]) {
            assert_false(stage_link_exists(env, model_vrf(&all, i)));
        }
    }
}

/* Kills the engine, whatever it is about to do, and starts another. */
static void
kill_and_restart(struct model *model)
{
    struct env *env = model->env;

    for (int i = 0; i < N_TABLES; i++) {
        struct model all = { .vrf = { true, true, true } };

        model->stray_guard[i] |= !stage_link_exists(env, model_vrf(&all, i));
    }
    stage_stop(env);
    stage_start(env);
    feed(model);
}

/* Someone has doubts, or another pace in mind. */
static void
resync_something(struct model *model, struct dice *dice)
{
    static const size_t bursts[] = { 0, 1, 3, SIZE_MAX };
    struct route_exchange *re = model->env->re;

    switch (roll(dice, 3)) {
    case 0:
        route_exchange_resync(re);
        break;
    case 1:
        route_exchange_resync_table(re, model_table(roll(dice, N_TABLES)));
        break;
    case 2:
        route_exchange_set_max_burst(re, bursts[roll(dice, 4)]);
        break;
    }
}

/* Turns one page. */
static void
play_step(struct model *model, struct dice *dice)
{
    struct env *env = model->env;

    switch (roll(dice, 9)) {
    case 0:
    case 1:
    case 2:
        change_wish(model, dice);
        break;
    case 3:
    case 4:
        meddle(model, dice);
        break;
    case 5:
        break_something(env->fake, dice);
        break;
    case 6:
        model->complete = !model->complete;
        route_exchange_set_complete(env->re, model->complete);
        break;
    case 7:
        if (!roll(dice, 4)) {
            kill_and_restart(model);
            route_exchange_set_complete(env->re, model->complete);
        }
        break;
    case 8:
        resync_something(model, dice);
        break;
    }
    stage_run_for(env, STEP_MS * roll(dice, 20));
    if (!roll(dice, 4)) {
        stage_check_mirror(env);
    }
}

static void
play(struct env *env, struct dice *dice)
{
    struct model model = { .env = env, .complete = true };

    env->fake->on_delete = check_deletion;
    env->fake->aux = &model;
    env->fake->jitter = roll(dice, 256) * 0x1010101u;
    env->fake->tells_own = env->fake->jitter % 5 == 4;
    feed(&model);
    route_exchange_set_complete(env->re, true);
    for (int n = dice->script ? INT_MAX : 40 + roll(dice, 60);
         n > 0 && !is_over(dice); n--) {
        play_step(&model, dice);
    }

    calm_down(&model);
    route_exchange_set_complete(env->re, true);
    stage_run_for(env, 130000);
    stage_settle(env);
    check_model(&model);
    stage_check_no_problem(env);
    stage_check_mirror(env);

    /* The oracle: read anew, nothing changes. */
    size_t n = env->counting.n;
    route_exchange_resync(env->re);
    stage_settle(env);
    assert_int_equal(env->counting.n, n);
}

void
engine_history_by_chance(uint32_t seed)
{
    struct dice dice = { .seed = seed };
    struct env *stage = stage_open_fake();

    play(stage, &dice);
    stage_close(stage);
}

void
engine_history_by_script(const uint8_t *script, size_t size)
{
    struct dice dice = { .script = script, .left = size };
    struct env *stage = stage_open_fake();

    play(stage, &dice);
    stage_close(stage);
}
