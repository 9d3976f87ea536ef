/* backoff.c: exponential delays with jitter.  See the header. */
#include <config.h>
#include "lib/backoff.h"

#include "util.h"

void
backoff_fail_from(struct backoff *backoff, int first, long long int now,
                  uint32_t random)
{
    backoff->delay_ms = MIN(MAX(backoff->delay_ms * 2, first),
                            BACKOFF_MAX_MS);
    backoff->next = (now + backoff->delay_ms
                     - random % (backoff->delay_ms / 4 + 1));
}

void
backoff_fail(struct backoff *backoff, long long int now, uint32_t random)
{
    backoff_fail_from(backoff, BACKOFF_MIN_MS, now, random);
}

void
backoff_reset(struct backoff *backoff)
{
    backoff->delay_ms = 0;
    backoff->next = 0;
}
