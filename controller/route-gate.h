/* route-gate -- whether this chassis may attract traffic now (D23, D24).
 *
 * A route that FRR announces attracts packets.  If Open vSwitch cannot forward
 * them, because the host has just booted and stock ovn-controller has not put
 * its flows in yet, or because ovs-vswitchd has died, the prefix is a black
 * hole.  The gate says when routes may be advertised.
 *
 *                 nothing of ours in the kernel
 *     UNKNOWN ------------------------------------> STARTING
 *        |                                             |
 *        | routes of ours in the kernel: a restart,    | flows are in, or
 *        | or the start time-out                       | start time-out
 *        v                                             v
 *       OPEN <-----------------------------------------+
 *        |  ^                                          ^
 *  data  |  | it is back                               | as from STARTING
 *  path  v  |                                          |
 *  down SHAKY --datapath time-out--> CLOSED --back--> RETURNING
 *                                       ^                |
 *                                       +---down again---+
 *
 * STARTING ends in CLOSED when there is no data path at its time-out.
 *
 * A restart of our own daemon finds its routes in place and goes to OPEN at
 * once; a restart of ovs-vswitchd that is shorter than the time-out does not
 * leave SHAKY but back to OPEN: neither withdraws anything.
 *
 * Ownership: plain data, the caller's.
 * Units: times are milliseconds of any monotonic clock.
 * Cost: O(1).  Threads: single-threaded.
 */
#ifndef CONTROLLER_ROUTE_GATE_H
#define CONTROLLER_ROUTE_GATE_H 1

#include <stdbool.h>

enum route_gate_state {
    ROUTE_GATE_UNKNOWN,         /* What the kernel holds is not known yet. */
    ROUTE_GATE_STARTING,        /* Waits for the flows, after a boot. */
    ROUTE_GATE_OPEN,            /* Routes are advertised. */
    ROUTE_GATE_SHAKY,           /* They are, but there is no data path. */
    ROUTE_GATE_CLOSED,          /* They are not, for lack of one. */
    ROUTE_GATE_RETURNING,       /* It is back; waits for the flows. */
};

/* What is known of the data path. */
enum route_gate_datapath {
    ROUTE_GATE_DP_UNKNOWN,      /* It cannot be seen from here. */
    ROUTE_GATE_DP_DOWN,
    ROUTE_GATE_DP_UP,
};

/* What the gate decides by. */
struct route_gate_input {
    bool kernel_known;          /* 'own_routes' holds. */
    bool own_routes;            /* The kernel had routes of ours when we
                                 * started. */
    enum route_gate_datapath datapath;
    bool flows;                 /* ovn-controller has its flows in. */
    int start_timeout;          /* Milliseconds; 0: do not wait for flows. */
    int datapath_timeout;       /* Milliseconds; 0: never close. */
};

struct route_gate {
    enum route_gate_state state;
    bool begun;                 /* 'since' holds. */
    long long int since;        /* When 'state' began. */
    long long int deadline;     /* When it ends by itself; LLONG_MAX: never. */
};

/* A gate that has seen nothing yet. */
void route_gate_init(struct route_gate *);

/* Brings 'gate' up to date.  Returns true if its state changed. */
bool route_gate_run(struct route_gate *gate, const struct route_gate_input *,
                    long long int now);

/* When route_gate_run() is to be called again though no input changed, or
 * LLONG_MAX. */
long long int route_gate_next(const struct route_gate *);

/* True if routes may be in the kernel. */
bool route_gate_is_open(const struct route_gate *);

/* True if the answer of route_gate_is_open() may be acted upon: while it is
 * not, nothing is to be added or withdrawn. */
bool route_gate_is_decided(const struct route_gate *);

/* True while route_gate_run() can use 'flows'. */
bool route_gate_wants_flows(const struct route_gate *);

/* The state in a word, and a sentence about it that says what to do, or NULL
 * if there is nothing to say. */
const char *route_gate_state_name(enum route_gate_state);
const char *route_gate_state_text(enum route_gate_state);

#endif /* controller/route-gate.h */
