/* engine-history -- histories of wishes, meddling and faults, and their law.
 *
 * A history makes an engine on a fake kernel want and no longer want routes
 * and VRFs, has others change them, has answers and events get lost, kills the
 * engine; then all faults end.  The law: whatever the history was, in the end
 * the kernel equals the plan, reading it anew changes nothing, and nothing
 * that was wanted was taken away on the way.  What breaks it fails the test.
 */
#ifndef TESTS_ENGINE_HISTORY_H
#define TESTS_ENGINE_HISTORY_H 1

#include <stddef.h>
#include <stdint.h>

/* Plays the history that 'seed' stands for. */
void engine_history_by_chance(uint32_t seed);

/* Plays the history that the 'size' bytes at 'script' decide: each is one
 * decision, and when they end so does the history. */
void engine_history_by_script(const uint8_t *script, size_t size);

#endif /* tests/lib/engine-history.h */
