/* ovn-route-controller: puts the routes that ovn-route-northd advertises into
 * this chassis' kernel, and back.  Main loop. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "controller/chassis-status.h"
#include "controller/ovs-view.h"
#include "controller/route.h"
#include "controller/sb-view.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/allocator.h"
#include "lib/nl-transport.h"
#include "lib/ovn-dirs.h"
#include "lib/ssl-files.h"
#include "memory.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovn/route-exchange.h"
#include "ovsdb-idl.h"
#include "simap.h"
#include "stopwatch.h"
#include "stream.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(main);

/* Times of turns that had something to do, in microseconds. */
#define PLAN_STOPWATCH "plan"
#define ENGINE_STOPWATCH "engine"

/* How long 'exit' may take to clean up the kernel and the status row. */
#define EXIT_LIMIT_MS 20000

/* Uses the keys that the command line names, else those of the database, as
 * ovn-controller does; 'config' may be NULL. */
static void
update_ssl(struct controller *ctl, const struct controller_options *options,
           const struct ovs_view_config *config)
{
    struct ssl_names names = { .private_key = NULL };

    if (options->private_key && options->certificate) {
        names.private_key = options->private_key;
        names.certificate = options->certificate;
    } else if (config) {
        names.private_key = config->private_key;
        names.certificate = config->certificate;
    }
    if (options->ca_cert) {
        names.ca_cert = options->ca_cert;
        names.bootstrap_ca_cert = options->bootstrap_ca_cert;
    } else if (config) {
        names.ca_cert = config->ca_cert;
        names.bootstrap_ca_cert = config->bootstrap_ca_cert;
    }
    ssl_files_run(ctl->ssl, &names);
}

/* The plan's sink is the engine. */

static int
sink_set_table(void *engine, uint32_t table_id, const char *vrf_name)
{
    return route_exchange_set_table(engine, table_id, vrf_name);
}

static void
sink_remove_table(void *engine, uint32_t table_id)
{
    route_exchange_remove_table(engine, table_id);
}

static int
sink_add_route(void *engine, const struct route_exchange_route *route)
{
    return route_exchange_add_route(engine, route);
}

static int
sink_remove_route(void *engine, const struct route_exchange_route *route)
{
    return route_exchange_remove_route(engine, route);
}

static void
controller_init(struct controller *ctl,
                const struct controller_options *options)
{
    struct route_exchange_config config = { .owner = "ovn-route-controller" };
    int error;

    config.transport = nl_transport_mnl_open_sized(options->netlink_rcvbuf,
                                                   &error);
    if (!config.transport) {
        ovs_fatal(error, "cannot open a netlink socket; check that the "
                  "service manager allows AF_NETLINK");
    }
    memset(ctl, 0, sizeof *ctl);
    controller_lock_init(&ctl->lock);
    ctl->ssl = ssl_files_create("'ovs-vsctl set-ssl'");
    update_ssl(ctl, options, NULL);
    ctl->engine = route_exchange_create(&config);

    struct route_sink sink = {
        .set_table = sink_set_table,
        .remove_table = sink_remove_table,
        .add_route = sink_add_route,
        .remove_route = sink_remove_route,
        .aux = ctl->engine,
    };
    ctl->plan = route_plan_create(&sink);
    ctl->ovs = ovs_view_create(options->ovs_remote, options->chassis);
    ctl->sb = sb_view_create();
    ctl->status = chassis_status_create(sb_view_get_idl(ctl->sb));
    stopwatch_create(PLAN_STOPWATCH, SW_US);
    stopwatch_create(ENGINE_STOPWATCH, SW_US);
    controller_gate_init(ctl);
    controller_metrics_init(ctl, options);
    controller_learn_create(ctl);
    controller_report_init(ctl);
}

static void
controller_destroy(struct controller *ctl)
{
    controller_report_destroy(ctl);
    controller_metrics_destroy(ctl);
    controller_gate_destroy(ctl);
    controller_learn_destroy(ctl);
    chassis_status_destroy(ctl->status);
    sb_view_destroy(ctl->sb);
    ovs_view_destroy(ctl->ovs);
    route_plan_destroy(ctl->plan);
    route_exchange_destroy(ctl->engine);
    ssl_files_destroy(ctl->ssl);
    free(ctl->exit_conns);
    controller_lock_destroy(&ctl->lock);
}

bool
controller_is_settled(const struct controller *ctl)
{
    return (sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE
            && !controller_gate_holds(ctl)
            && route_exchange_is_settled(ctl->engine));
}

void
controller_exit(struct controller *ctl, bool restart,
                struct unixctl_conn *conn)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);

    if (ctl->n_exit_conns >= ctl->allocated_exit_conns) {
        ctl->exit_conns = x2nrealloc(ctl->exit_conns,
                                     &ctl->allocated_exit_conns,
                                     sizeof *ctl->exit_conns);
    }
    ctl->exit_conns[ctl->n_exit_conns++] = conn;

    if (restart || !config || !config->cleanup_on_exit
        || sb_view_is_native(ctl->sb) || !ctl->lock.held) {
        VLOG_INFO("exiting; routes and VRFs stay");
        ctl->phase = CONTROLLER_DONE;
    } else if (ctl->phase == CONTROLLER_RUNNING) {
        VLOG_INFO("exiting; removing routes and VRFs");
        ctl->phase = CONTROLLER_WITHDRAWING;
        ctl->exit_deadline = time_msec() + EXIT_LIMIT_MS;
        route_plan_set_withdrawn(ctl->plan, true);
    }
    poll_immediate_wake();
}

/* Goes through the phases of the end. */
static void
run_exit(struct controller *ctl, long long int now)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    bool late = now >= ctl->exit_deadline;

    if (ctl->phase == CONTROLLER_WITHDRAWING
        && (late || route_exchange_is_settled(ctl->engine))) {
        if (late) {
            VLOG_WARN("not all routes and VRFs could be removed in %d s; "
                      "look for what is left with 'ip route show table all "
                      "proto 84' and 'ip link show type vrf'",
                      EXIT_LIMIT_MS / 1000);
        }
        ctl->phase = CONTROLLER_CLEARING;
        ctl->exit_deadline = now + EXIT_LIMIT_MS / 4;
        late = false;
    }
    if (ctl->phase == CONTROLLER_CLEARING
        && (late || !config || !config->system_id
            || chassis_status_clear(ctl->status, config->system_id))) {
        ctl->phase = CONTROLLER_DONE;
    }
}

static void
run_memory(const struct controller *ctl)
{
    memory_run();
    if (memory_should_report()) {
        struct simap usage = SIMAP_INITIALIZER(&usage);
        struct route_plan_stats plan;

        route_plan_get_stats(ctl->plan, &plan);
        simap_increase(&usage, "plan-routers", plan.n_routers);
        simap_increase(&usage, "plan-routes", plan.n_routes);
        /* Counted all along: the report comes when there is much to count,
         * and the turn that it falls into must not wait for it. */
        simap_increase(&usage, "sb-advertised-routes", plan.n_rows);
        simap_increase(&usage, "sb-datapaths", plan.n_datapaths);
        simap_increase(&usage, "sb-ports", plan.n_ports);
        simap_increase(&usage, "sb-routing-ports", plan.n_routing_ports);
        controller_learn_get_memory_usage(ctl, &usage);
        memory_report(&usage);
        simap_destroy(&usage);
    }
}

/* The kernel is another's where another of us has the lock, and where OVN
 * itself does our work.  The daemon then stays, and only tells of it: it would
 * be started again and again if it ended, and OVN may be upgraded while it
 * runs. */
static bool
may_run_engine(const struct controller *ctl)
{
    return ctl->lock.held && !sb_view_is_native(ctl->sb);
}

/* From the Southbound database to what is desired. */
static void
run_plan(struct controller *ctl, long long int now)
{
    unsigned int seqno = ovsdb_idl_get_seqno(sb_view_get_idl(ctl->sb));
    long long int start = time_usec();

    sb_view_run(ctl->sb, ctl->plan);
    controller_gate_run(ctl, now);
    route_plan_run(ctl->plan);
    sb_view_follow(ctl->sb, ctl->plan);
    controller_gate_note(ctl);
    if (ovsdb_idl_get_seqno(sb_view_get_idl(ctl->sb)) != seqno) {
        stopwatch_start(PLAN_STOPWATCH, start);
        stopwatch_stop(PLAN_STOPWATCH, time_usec());
    }
}

/* From what is desired to the kernel. */
static void
run_engine(struct controller *ctl, long long int now)
{
    struct route_exchange_stats before, after;
    long long int start = time_usec();

    route_exchange_get_stats(ctl->engine, &before);
    route_exchange_run(ctl->engine, now);
    route_exchange_get_stats(ctl->engine, &after);
    if (after.n_route_messages != before.n_route_messages
        || after.n_events != before.n_events
        || after.n_dumps != before.n_dumps) {
        stopwatch_start(ENGINE_STOPWATCH, start);
        stopwatch_stop(ENGINE_STOPWATCH, time_usec());
    }
}

/* One turn of the main loop: what can be done now. */
static void
run(struct controller *ctl, const struct controller_options *options)
{
    ovs_view_run(ctl->ovs);

    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    update_ssl(ctl, options, config);
    if (config) {
        sb_view_configure(ctl->sb, config->remote, config->system_id,
                          config->probe_interval);
        route_exchange_set_max_burst(ctl->engine, config->max_burst);
    }
    long long int now = time_msec();

    run_plan(ctl, now);
    route_exchange_set_complete(ctl->engine, controller_may_delete(ctl));
    controller_lock_run(&ctl->lock, now);
    if (may_run_engine(ctl)) {
        run_engine(ctl, now);
    }
    controller_learn_run(ctl, now);
    controller_metrics_run(ctl, now);
    controller_report_run(ctl, now);
    if (ctl->phase != CONTROLLER_RUNNING) {
        run_exit(ctl, now);
    }
}

static void
wait(struct controller *ctl)
{
    long long int now = time_msec();

    ovs_view_wait(ctl->ovs);
    sb_view_wait(ctl->sb);
    controller_gate_wait(ctl);
    controller_metrics_wait(ctl);
    controller_lock_wait(&ctl->lock);
    if (may_run_engine(ctl)) {
        route_exchange_wait(ctl->engine);
    }
    controller_learn_wait(ctl);
    controller_report_wait(ctl, now);
    if (ctl->phase != CONTROLLER_RUNNING) {
        poll_timer_wait_until(ctl->exit_deadline);
    }
}

int
main(int argc, char *argv[])
{
    struct unixctl_server *unixctl;
    struct controller ctl;
    struct controller_options options;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    service_start(&argc, &argv);
    controller_options_parse(&options, argc, argv);
    fatal_ignore_sigpipe();
    allocator_tune();
    daemonize_start(true);
    controller_drop_privileges();

    char *path = ovn_unixctl_path(options.unixctl);
    int error = unixctl_server_create(path, &unixctl);
    free(path);
    if (error) {
        exit(EXIT_FAILURE);
    }
    controller_init(&ctl, &options);
    controller_register_commands(&ctl);
    daemonize_complete();

    while (ctl.phase != CONTROLLER_DONE) {
        run_memory(&ctl);
        run(&ctl, &options);
        unixctl_server_run(unixctl);
        if (ctl.phase == CONTROLLER_DONE) {
            break;
        }

        wait(&ctl);
        memory_wait();
        unixctl_server_wait(unixctl);
        poll_block();
        if (should_service_stop()) {
            ctl.phase = CONTROLLER_DONE;
        }
    }
    for (size_t i = 0; i < ctl.n_exit_conns; i++) {
        unixctl_command_reply(ctl.exit_conns[i], NULL);
    }
    unixctl_server_destroy(unixctl);
    controller_destroy(&ctl);
    service_stop();
    return EXIT_SUCCESS;
}
