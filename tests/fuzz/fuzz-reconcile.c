/* fuzz-reconcile.c: libFuzzer target for the engine: each input is the script
 * of a history on the fake kernel (tests/lib/engine-history.h), whose law must
 * hold.  tests/fuzz/fuzz-northd-input.c says how to build and run it. */
#include <config.h>

#include "tests/fuzz/fuzz.h"
#include "tests/lib/engine-history.h"

/* Longer scripts tell nothing new. */
#define MAX_SCRIPT 600

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= MAX_SCRIPT) {
        engine_history_by_script(data, size);
    }
    return 0;
}
