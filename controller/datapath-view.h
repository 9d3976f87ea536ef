/* datapath-view -- whether Open vSwitch can forward packets on this chassis.
 *
 * Holds an OpenFlow connection to the integration bridge, as ovn-controller
 * does, because that is the one thing of ovs-vswitchd which ends with it: the
 * kernel closes the connection of a process that was killed at once, a probe
 * finds one that hangs (a minute without an answer; a busy one can be silent
 * for many seconds), and a bridge that is not configured yet accepts none.
 * The database tells nothing (its server outlives ovs-vswitchd, and counters
 * in it only move when something is configured), and a pid file may be stale.
 * Measured with Open vSwitch 3.1 on a busy machine: less than 70 ms from 'kill
 * -9' to the end of the connection; up to 1 s until a restarted one is seen.
 *
 * That there is no connection does not mean that there is no data path: the
 * address may be wrong, or closed to us.  A data path counts as down only where
 * there is evidence of that; else nothing is known of it, which the caller
 * should tell (datapath_view_get_error()).
 *
 *     what the last try met               never connected     connected once
 *     nobody listens; hung up             down                down
 *     silence                             down after a        down
 *                                         minute
 *     no such socket                      down if 'sure',     down
 *                                         else unknown
 *     permission denied, other errors     unknown             unknown
 *
 * Whether ovn-controller's flows are in is asked of the bridge, too: they are
 * counted (only while the caller wants to know) until two counts in a row
 * agree and each router that matters has some of its own, in the table where
 * its pipeline begins.  All of them together do not tell: ovn-controller
 * begins with those of tunnels, and has those of routers seconds later
 * (measured: 230, and 12 070 after 1.3 s on an idle machine).  Neither does
 * Chassis_Private: after a reboot its number is that of before.
 *
 * Ownership: the view owns its connection.
 * Cost: a probe now and then; while counting, what two looks a second at the
 *     number of flows, and at that of each router's, cost ovs-vswitchd.
 * Units: times are milliseconds of time_msec().
 * Threads: single-threaded; uses the poll loop.
 */
#ifndef CONTROLLER_DATAPATH_VIEW_H
#define CONTROLLER_DATAPATH_VIEW_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More routers than these are not looked at: ovn-controller puts the flows of
 * all in place together. */
#define DATAPATH_VIEW_MAX_ROUTERS 32

struct datapath_view;

enum datapath_view_state {
    DATAPATH_UNKNOWN,           /* No answer yet, or none can be had. */
    DATAPATH_DOWN,
    DATAPATH_UP,
};

struct datapath_view *datapath_view_create(void);

/* NULL is allowed. */
void datapath_view_destroy(struct datapath_view *);

/* Connects to 'target', an OpenFlow remote such as "unix:/run/x/br-int.mgmt",
 * or to nothing if it is NULL.  'sure' if somebody said that it is the right
 * one: then a socket that is missing from a directory that is there means
 * DATAPATH_DOWN from the beginning.  Cheap if nothing changed. */
void datapath_view_configure(struct datapath_view *, const char *target,
                             bool sure);

/* Says which routers matter for datapath_view_has_flows(), by the tunnel keys
 * of their datapaths; 'n' is at most DATAPATH_VIEW_MAX_ROUTERS.  Cheap if
 * nothing changed. */
void datapath_view_set_routers(struct datapath_view *, const uint64_t keys[],
                               size_t n);

/* Follows the connection and, while 'count', the flows. */
void datapath_view_run(struct datapath_view *, bool count, long long int now);
void datapath_view_wait(struct datapath_view *, bool count);

enum datapath_view_state datapath_view_get(const struct datapath_view *);

/* Why datapath_view_get() says DATAPATH_UNKNOWN: a positive errno of the last
 * try to connect, or 0 if there was none yet, or one that may only be busy, or
 * it says something else. */
int datapath_view_get_error(const struct datapath_view *);

/* True if there are flows of all routers that matter, and as many in all as at
 * the look before, since the connection was made.  False if there is no such
 * router: nothing can be said then. */
bool datapath_view_has_flows(const struct datapath_view *);

#endif /* controller/datapath-view.h */
