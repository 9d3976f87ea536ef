/* retry-gate.c: see the header. */
#include <config.h>
#include "controller/retry-gate.h"

#include "util.h"

bool
retry_gate_is_quiet(const struct retry_gate *gate, long long int now)
{
    const struct backoff *backoff = &gate->backoff;

    return (!backoff->delay_ms
            || now >= backoff->next + MAX(backoff->delay_ms, BACKOFF_MIN_MS));
}

static void
forget_if_quiet(struct retry_gate *gate, long long int now)
{
    if (retry_gate_is_quiet(gate, now)) {
        backoff_reset(&gate->backoff);
    }
}

void
retry_gate_failed(struct retry_gate *gate, long long int now, uint32_t random)
{
    forget_if_quiet(gate, now);
    backoff_fail(&gate->backoff, now, random);
    gate->due = gate->backoff.next;
}

void
retry_gate_disturbed(struct retry_gate *gate, int first, long long int now,
                     uint32_t random)
{
    forget_if_quiet(gate, now);
    gate->due = MAX(now, gate->backoff.next);
    backoff_fail_from(&gate->backoff, first, gate->due, random);
}

void
retry_gate_open(struct retry_gate *gate)
{
    gate->due = 0;
}

bool
retry_gate_is_open(const struct retry_gate *gate, long long int now)
{
    return now >= gate->due;
}
