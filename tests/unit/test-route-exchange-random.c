/* test-route-exchange-random.c: random histories of wishes, meddling and
 * faults on the fake kernel, after which all must be well. */
#include <config.h>

#include "tests/lib/engine-history.h"
#include "tests/lib/engine-stage.h"
#include "tests/lib/history.h"
#include "util.h"

#include "tests/unit/unit.h"

static void
play_history(uint32_t seed, void *aux OVS_UNUSED)
{
    engine_history_by_chance(seed);
}

static void
random_histories_end_well(struct env *env OVS_UNUSED)
{
    history_play_all(2000, play_history, NULL);
}

static const struct story stories[] = {
    STORY(random_histories_end_well, FAKE),
};

int
main(void)
{
    return stage_main("route-exchange-random", stories, ARRAY_SIZE(stories));
}
