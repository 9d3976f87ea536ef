/* history.c: random histories.  See the header. */
#include <config.h>
#include "tests/lib/history.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* That is played now, or 0. */
static uint32_t current_seed;

/* A failure does not return: says which history it was. */
static void
say_seed(void)
{
    if (current_seed) {
        fprintf(stderr, "A random history failed.  Again: SEED=%"PRIu32"\n",
                current_seed);
    }
}

static void
say_seed_of_abort(int signal_number)
{
    say_seed();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void
history_play_all(uint32_t n, void (*play)(uint32_t seed, void *aux), void *aux)
{
    const char *one = getenv("SEED");
    const char *many = getenv("SEEDS");
    uint32_t first = one ? strtoul(one, NULL, 0) : 1;

    atexit(say_seed);
    signal(SIGABRT, say_seed_of_abort);
    n = one ? 1 : many ? strtoul(many, NULL, 0) : n;
    for (uint32_t seed = first; seed < first + n; seed++) {
        current_seed = seed;
        play(seed, aux);
        current_seed = 0;
    }
}

uint32_t
history_random(uint32_t *seed, uint32_t n)
{
    /* xorshift32 (Marsaglia). */
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % n;
}
