/* route-gate.c: whether this chassis may attract traffic.  See the header. */
#include <config.h>
#include "controller/route-gate.h"

#include <limits.h>
#include <stddef.h>

#include "util.h"

void
route_gate_init(struct route_gate *gate)
{
    *gate = (struct route_gate) {
        .state = ROUTE_GATE_UNKNOWN,
        .deadline = LLONG_MAX,
    };
}

/* When the state that 'gate' is in ends by itself. */
static long long int
deadline(const struct route_gate *gate, const struct route_gate_input *in)
{
    switch (gate->state) {
    case ROUTE_GATE_UNKNOWN:
    case ROUTE_GATE_STARTING:
    case ROUTE_GATE_RETURNING:
        return gate->since + in->start_timeout;
    case ROUTE_GATE_SHAKY:
        return gate->since + in->datapath_timeout;
    case ROUTE_GATE_OPEN:
    case ROUTE_GATE_CLOSED:
        return LLONG_MAX;
    }
    OVS_NOT_REACHED();
}

/* The state that follows that of 'gate', or the same. */
static enum route_gate_state
next_state(const struct route_gate *gate, const struct route_gate_input *in,
           long long int now)
{
    bool late = now >= deadline(gate, in);
    bool watches = in->datapath_timeout > 0;
    bool down = in->datapath == ROUTE_GATE_DP_DOWN;

    switch (gate->state) {
    case ROUTE_GATE_UNKNOWN:
        if (in->kernel_known) {
            return (in->own_routes ? ROUTE_GATE_OPEN : ROUTE_GATE_STARTING);
        }
        return late ? ROUTE_GATE_OPEN : gate->state;
    case ROUTE_GATE_STARTING:
        return (in->flows ? ROUTE_GATE_OPEN
                : !late ? gate->state
                : watches && down ? ROUTE_GATE_CLOSED
                : ROUTE_GATE_OPEN);
    case ROUTE_GATE_OPEN:
        return watches && down ? ROUTE_GATE_SHAKY : gate->state;
    case ROUTE_GATE_SHAKY:
        return (!watches || !down ? ROUTE_GATE_OPEN
                : late ? ROUTE_GATE_CLOSED
                : gate->state);
    case ROUTE_GATE_CLOSED:
        return (!watches ? ROUTE_GATE_OPEN
                : !down ? ROUTE_GATE_RETURNING
                : gate->state);
    case ROUTE_GATE_RETURNING:
        return (!watches ? ROUTE_GATE_OPEN
                : down ? ROUTE_GATE_CLOSED
                : in->flows || late ? ROUTE_GATE_OPEN
                : gate->state);
    }
    OVS_NOT_REACHED();
}

bool
route_gate_run(struct route_gate *gate, const struct route_gate_input *in,
               long long int now)
{
    enum route_gate_state old = gate->state;

    if (!gate->begun) {
        gate->begun = true;
        gate->since = now;
    }
    for (;;) {
        enum route_gate_state next = next_state(gate, in, now);

        if (next == gate->state) {
            break;
        }
        /* The time that was spent in UNKNOWN is part of the start. */
        if (next != ROUTE_GATE_STARTING) {
            gate->since = now;
        }
        gate->state = next;
    }
    gate->deadline = deadline(gate, in);
    return gate->state != old;
}

long long int
route_gate_next(const struct route_gate *gate)
{
    return gate->deadline;
}

bool
route_gate_is_open(const struct route_gate *gate)
{
    return (gate->state == ROUTE_GATE_OPEN
            || gate->state == ROUTE_GATE_SHAKY);
}

bool
route_gate_is_decided(const struct route_gate *gate)
{
    return gate->state != ROUTE_GATE_UNKNOWN;
}

bool
route_gate_wants_flows(const struct route_gate *gate)
{
    return (gate->state == ROUTE_GATE_UNKNOWN
            || gate->state == ROUTE_GATE_STARTING
            || gate->state == ROUTE_GATE_RETURNING);
}

const char *
route_gate_state_name(enum route_gate_state state)
{
    switch (state) {
    case ROUTE_GATE_UNKNOWN:
        return "unknown";
    case ROUTE_GATE_STARTING:
        return "starting";
    case ROUTE_GATE_OPEN:
        return "open";
    case ROUTE_GATE_SHAKY:
        return "shaky";
    case ROUTE_GATE_CLOSED:
        return "closed";
    case ROUTE_GATE_RETURNING:
        return "returning";
    }
    OVS_NOT_REACHED();
}

const char *
route_gate_state_text(enum route_gate_state state)
{
    switch (state) {
    case ROUTE_GATE_UNKNOWN:
    case ROUTE_GATE_OPEN:
        return NULL;
    case ROUTE_GATE_STARTING:
        return "nothing is advertised before ovn-controller has its flows in "
               "the integration bridge, after the start of this host; check "
               "that ovs-vswitchd and ovn-controller run "
               "(external_ids:route-exchange-start-timeout)";
    case ROUTE_GATE_SHAKY:
        return "ovs-vswitchd does not answer on the integration bridge; all "
               "routes are withdrawn unless it is back soon; check that it "
               "runs (external_ids:route-exchange-datapath-timeout)";
    case ROUTE_GATE_CLOSED:
        return "all routes are withdrawn, because ovs-vswitchd does not "
               "answer on the integration bridge; start it "
               "(external_ids:route-exchange-datapath-timeout)";
    case ROUTE_GATE_RETURNING:
        return "ovs-vswitchd is back; nothing is advertised before "
               "ovn-controller has its flows in the integration bridge; check "
               "that it runs (external_ids:route-exchange-start-timeout)";
    }
    OVS_NOT_REACHED();
}
