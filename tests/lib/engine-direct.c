/* engine-direct.c: the stage's way to an engine in this program, whose insides
 * it knows. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <limits.h>

#include "controller/route-exchange-engine.h"
#include "util.h"

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
