/* engine-direct.c: the stage's way to an engine in this program, whose insides
 * it knows. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <limits.h>

#include "controller/route-exchange-engine.h"
#include "tests/lib/fake-kernel-private.h"
#include "util.h"

#include "tests/unit/unit.h"

const bool stage_is_direct = true;

struct nl_transport *
stage_open_engine(struct env *env)
{
    return stage_open_transport(env);
}

long long int
stage_wake_time(const struct env *env)
{
    const struct route_exchange *re = env->re;
    long long int when = re->busy ? 0 : re->wake_at;

    if (!heap_is_empty(&re->timers)) {
        long long int due = UINT64_MAX - heap_max(&re->timers)->priority;

        when = MIN(when, due);
    }
    return when;
}

static bool
mirror_has(const struct kernel_mirror *mirror, const struct nl_route *route)
{
    const struct kernel_route *r = NULL;

    while ((r = kernel_mirror_find(mirror, &route->key, r))) {
        if (nl_route_equals(&r->route, route)) {
            return true;
        }
    }
    return false;
}

void
stage_check_mirror(struct env *env)
{
    uint32_t jitter = env->fake->jitter;
    struct re_table *table;

    env->fake->jitter = 0;      /* Nothing may be left unread. */
    stage_run(env);
    HMAP_FOR_EACH (table, node, &env->re->tables) {
        uint32_t table_id = table->table_id;
        const struct fake_route *route;
        size_t n = 0;

        if (env->re->busy
            || kernel_mirror_get_state(env->re->mirror, table_id)
            != KM_SYNCED) {
            continue;
        }
        HMAP_FOR_EACH (route, node, &env->fake->routes) {
            if (route->route.key.table_id == table_id) {
                assert_true(mirror_has(env->re->mirror, &route->route));
                n++;
            }
        }
        assert_int_equal(kernel_mirror_count_routes(env->re->mirror, table_id),
                         n);
    }
    env->fake->jitter = jitter;
}
