/* retry-gate -- keeps what fails or is disturbed from going on without pause.
 *
 * A gate stands before one thing that can be done.  After a failure it is
 * closed for a time that doubles with each further one; a disturbance (what
 * was done is undone by someone else) goes through at once the first time, and
 * is held up likewise when it comes again and again, from a delay on that the
 * caller chooses.  Both are forgotten after a quiet time as long as the last
 * delay, and a second at least.
 *
 * Times are in milliseconds of a monotonic clock.  Pure; single-threaded.
 */
#ifndef RETRY_GATE_H
#define RETRY_GATE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/backoff.h"

struct retry_gate {
    struct backoff backoff;
    long long int due;          /* Closed until then. */
};

/* Notes a failure at 'now'.  'random' is any random number. */
void retry_gate_failed(struct retry_gate *, long long int now,
                       uint32_t random);

/* Notes a disturbance at 'now'.  A second one waits for 'first' ms. */
void retry_gate_disturbed(struct retry_gate *, int first, long long int now,
                          uint32_t random);

/* Opens the gate, because the cause of the failure changed; but how often it
 * failed is not forgotten. */
void retry_gate_open(struct retry_gate *);

/* True if nothing is left to remember of what went wrong. */
bool retry_gate_is_quiet(const struct retry_gate *, long long int now);

bool retry_gate_is_open(const struct retry_gate *, long long int now);

#endif /* controller/retry-gate.h */
