/* backoff -- when to try something again that failed.
 *
 * Delays double from BACKOFF_MIN_MS to BACKOFF_MAX_MS, with up to a quarter of
 * jitter taken off so that many failures do not retry in step.  Pure: time and
 * randomness are arguments.  Times are in milliseconds of a monotonic clock.
 */
#ifndef BACKOFF_H
#define BACKOFF_H 1

#include <stdint.h>

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000

struct backoff {
    int delay_ms;               /* The last delay, without jitter; 0: none. */
    long long int next;         /* Not to be tried before; 0: at once. */
};

/* Notes a failure at 'now'. 'random' is any random number. */
void backoff_fail(struct backoff *, long long int now, uint32_t random);

/* The same, but the first delay is 'first' milliseconds, and no later one is
 * shorter. */
void backoff_fail_from(struct backoff *, int first, long long int now,
                       uint32_t random);

/* Forgets failures: the next try is due at once. */
void backoff_reset(struct backoff *);

#endif /* lib/backoff.h */
