/* history -- random histories of a test, each known by its seed.
 *
 * A test plays many of them.  From the environment: SEED=N plays that one,
 * SEEDS=N the first N ('make check-histories HISTORIES=N').  However the
 * program fails, it says on its standard error which history that was in.
 */
#ifndef TESTS_LIB_HISTORY_H
#define TESTS_LIB_HISTORY_H 1

#include <stdint.h>

/* Calls 'play' with 'aux' for each seed; the first 'n' without other word. */
void history_play_all(uint32_t n, void (*play)(uint32_t seed, void *aux),
                      void *aux);

/* The next number below 'n' of the sequence at '*seed', which must not be 0. */
uint32_t history_random(uint32_t *seed, uint32_t n);

#endif /* tests/lib/history.h */
