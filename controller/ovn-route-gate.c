/* ovn-route-gate.c: whether, and how, this chassis advertises: the gates (D23,
 * D24) and the drain (D20), from what the views show to the plan's mode. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "controller/datapath-view.h"
#include "controller/ovs-view.h"
#include "controller/route.h"
#include "controller/sb-view.h"
#include "coverage.h"
#include "lib/socket-access.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovn/route-exchange.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(gate);

COVERAGE_DEFINE(route_gate_change);

void
controller_gate_init(struct controller *ctl)
{
    route_gate_init(&ctl->gate);
    ctl->datapath = datapath_view_create();
    ctl->plan_whole = false;
    ctl->drain_conn = NULL;
}

void
controller_gate_destroy(struct controller *ctl)
{
    datapath_view_destroy(ctl->datapath);
    if (ctl->drain_conn) {
        unixctl_command_reply_error(ctl->drain_conn, "exiting");
    }
}

/* True while the flows are to be counted. */
static bool
counts_flows(const struct controller *ctl)
{
    return (route_gate_wants_flows(&ctl->gate)
            && sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE);
}

/* Nobody needs to know of the data path: no connection to it, either. */
static bool
needs_datapath(const struct controller *ctl,
               const struct ovs_view_config *config)
{
    return (config->datapath_timeout
            || (config->start_timeout && route_gate_wants_flows(&ctl->gate)));
}

/* Says whose flows are to be waited for. */
static void
set_routers(struct controller *ctl)
{
    uint64_t keys[DATAPATH_VIEW_MAX_ROUTERS];
    size_t n = route_plan_get_datapaths(ctl->plan, keys, ARRAY_SIZE(keys));

    datapath_view_set_routers(ctl->datapath, keys, n);
}

static void
run_gate(struct controller *ctl, const struct ovs_view_config *config,
         long long int now)
{
    static const enum route_gate_datapath datapaths[] = {
        [DATAPATH_UNKNOWN] = ROUTE_GATE_DP_UNKNOWN,
        [DATAPATH_DOWN] = ROUTE_GATE_DP_DOWN,
        [DATAPATH_UP] = ROUTE_GATE_DP_UP,
    };
    struct route_gate_input input = {
        .start_timeout = config->start_timeout,
        .datapath_timeout = config->datapath_timeout,
    };

    datapath_view_configure(ctl->datapath,
                            needs_datapath(ctl, config)
                            ? config->bridge_target : NULL,
                            config->bridge_sure);
    set_routers(ctl);
    datapath_view_run(ctl->datapath, counts_flows(ctl), now);
    input.kernel_known = !route_exchange_found_own(ctl->engine,
                                                   &input.own_routes);
    input.datapath = datapaths[datapath_view_get(ctl->datapath)];
    input.flows = (counts_flows(ctl)
                   && datapath_view_has_flows(ctl->datapath));
    if (route_gate_run(&ctl->gate, &input, now)) {
        const char *text = route_gate_state_text(ctl->gate.state);

        COVERAGE_INC(route_gate_change);
        VLOG_INFO("%s%s%s", route_gate_state_name(ctl->gate.state),
                  text ? ": " : "", text ? text : "");
    }
}

static enum route_plan_mode
choose_mode(const struct controller *ctl,
            const struct ovs_view_config *config)
{
    if (!route_gate_is_open(&ctl->gate)) {
        return ROUTE_PLAN_NOTHING;
    }
    switch (config->drain) {
    case OVS_VIEW_DRAIN_OFF:
        return ROUTE_PLAN_ADVERTISE;
    case OVS_VIEW_DRAIN_WITHDRAW:
        return ROUTE_PLAN_NOTHING;
    case OVS_VIEW_DRAIN_DEPREFER:
        return ROUTE_PLAN_DEPREFER;
    }
    OVS_NOT_REACHED();
}

static void
run_drain(struct controller *ctl)
{
    const char *reason;

    if (ctl->drain_conn) {
        switch (ovs_view_write_status(ctl->ovs, &reason)) {
        case 0:
            unixctl_command_reply(ctl->drain_conn, NULL);
            ctl->drain_conn = NULL;
            break;
        case EINPROGRESS:
            break;
        default:
            unixctl_command_reply_error(ctl->drain_conn, reason);
            ctl->drain_conn = NULL;
            break;
        }
    }
}

void
controller_gate_run(struct controller *ctl, long long int now)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);

    run_drain(ctl);
    if (!config) {
        return;
    }
    run_gate(ctl, config, now);
    ctl->mode = choose_mode(ctl, config);
    route_plan_set_mode(ctl->plan, ctl->mode);
}

void
controller_gate_note(struct controller *ctl)
{
    enum sb_view_state state = sb_view_get_state(ctl->sb);

    if (state >= SB_VIEW_NO_CHASSIS) {
        ctl->plan_whole = state == SB_VIEW_COMPLETE;
    }
}

bool
controller_gate_holds(const struct controller *ctl)
{
    struct route_plan_stats stats;

    route_plan_get_stats(ctl->plan, &stats);
    return (!route_gate_is_open(&ctl->gate)
            && (stats.n_routers || !route_gate_is_decided(&ctl->gate)));
}

void
controller_gate_wait(struct controller *ctl)
{
    bool own_routes;

    if (ctl->gate.state == ROUTE_GATE_UNKNOWN && ctl->gate.begun
        && !route_exchange_found_own(ctl->engine, &own_routes)) {
        poll_immediate_wake();  /* Found out in this turn. */
    }
    datapath_view_wait(ctl->datapath, counts_flows(ctl));
    if (route_gate_next(&ctl->gate) != LLONG_MAX) {
        poll_timer_wait_until(route_gate_next(&ctl->gate));
    }
}

/* Whether the engine may delete.  It may if the Southbound database is known in
 * full.  A chassis that is to withdraw must not wait for a database that is
 * away, so then it is enough that the plan still is what it was when that was
 * last so. */
bool
controller_may_delete(const struct controller *ctl)
{
    return (ctl->phase != CONTROLLER_RUNNING
            || (route_gate_is_decided(&ctl->gate)
                && (sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE
                    || (ctl->mode != ROUTE_PLAN_ADVERTISE
                        && ctl->plan_whole))));
}

/* That nothing is known of the data path is not that it is down: nothing is
 * withdrawn for it, but somebody should know. */
static void
report_datapath(struct controller *ctl, const struct ovs_view_config *config,
                const char *source)
{
    int error = datapath_view_get_error(ctl->datapath);
    char *denied;

    if (!error) {
        return;
    }
    denied = (error == EACCES ? socket_access_denied(config->bridge_target)
              : NULL);
    if (denied) {
        problem_report(&ctl->own, source, "integration bridge",
                       "%s; until then routes are advertised even if "
                       "ovs-vswitchd does not run", denied);
    } else {
        problem_report(&ctl->own, source, "integration bridge",
                       "%s: %s, so routes are advertised even if ovs-vswitchd "
                       "does not run; start it, or set "
                       "external_ids:ovn-bridge-remote to the bridge's own "
                       "OpenFlow socket", config->bridge_target,
                       ovs_strerror(error));
    }
    free(denied);
}

void
controller_gate_report(struct controller *ctl, const char *source)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    const char *text = route_gate_state_text(ctl->gate.state);

    if (text && (controller_gate_holds(ctl)
                 || !route_gate_wants_flows(&ctl->gate))) {
        problem_report(&ctl->own, source, "advertising", "%s", text);
    }
    if (config) {
        report_datapath(ctl, config, source);
    }
    for (size_t i = 0; config && i < config->n_bad; i++) {
        const struct ovs_view_bad *bad = &config->bad[i];
        char *object = xasprintf("Open_vSwitch external_ids:%s", bad->key);

        problem_report(&ctl->own, source, object,
                       "\"%s\" is not used; set %s", bad->value, bad->remedy);
        free(object);
    }
}

void
controller_drain(struct controller *ctl, enum ovs_view_drain drain,
                 struct unixctl_conn *conn)
{
    int error = (ctl->drain_conn ? EBUSY
                 : ovs_view_write_drain(ctl->ovs, drain));

    if (error) {
        unixctl_command_reply_error(
            conn, (error == EBUSY ? "another 'drain' is under way; try again"
                   : "the Open_vSwitch database, in which this is kept, "
                   "cannot be reached; check that ovsdb-server runs"));
    } else {
        VLOG_INFO("drain %s", ovs_view_drain_name(drain));
        ctl->drain_conn = conn;
        poll_immediate_wake();
    }
}
