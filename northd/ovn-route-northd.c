/* ovn-route-northd -- computes what dynamic routing is to advertise.
 *
 * From the Northbound database (routers, ports, NATs and their options) to the
 * tables of ours in the Southbound database, which ovn-route-controller acts
 * on; and from what it learned, in another of these tables, to static routes
 * in the Northbound database.  All else in the databases is left alone.
 *
 *      nb-view ---> view -+-> advertised-route ----> sb-writer ---> Southbound
 *     (NB IDL)     ^      +-> dynamic-routing-port -' |     |
 *                  |      |                           |  sb-view (SB IDL)
 *            sb-source-   `-> learned-routes <--------'
 *           view (SB IDL)            `-----> nb-learned-writer ---> Northbound
 *
 * Any number of instances may run: an OVSDB lock in the Southbound database
 * makes one of them active.  The others follow all changes, too, so as to take
 * over at once.  The active one takes a lock in the Northbound database, too,
 * before it writes there: one whose Southbound session is dead, but who has not
 * noticed yet, would still act there on what it knew. */
#include <config.h>
#include "northd/ovn-route-northd.h"

#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "coverage.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/allocator.h"
#include "lib/ovn-dirs.h"
#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "memory.h"
#include "northd/advertised-route.h"
#include "northd/learned-routes.h"
#include "northd/nb-learned-writer.h"
#include "northd/nb-view.h"
#include "northd/sb-schema.h"
#include "northd/sb-source-view.h"
#include "northd/sb-writer.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "stopwatch.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ovn_route_northd);

/* The exit status where OVN has dynamic routing of its own (EX_CONFIG): our
 * systemd unit does not start it again for that. */
#define EXIT_NATIVE 78

/* Computations, and those among them that had to redo everything: none should
 * happen once all is up, except on command. */
COVERAGE_DEFINE(northd_compute);
COVERAGE_DEFINE(northd_compute_full);

/* Stopwatches: taking in what changed, computing, writing. */
#define STOPWATCH_FOLLOW "follow"
#define STOPWATCH_COMPUTE "compute"
#define STOPWATCH_WRITE "write"

#define LOCK_NAME "ovn_route_northd"

/* How long --detach waits for the first word about the Southbound schema, so
 * that a refusal to run shows in the exit status. */
#define START_LIMIT_MS 5000

static void
northd_init(struct northd *northd, const struct northd_options *options,
            struct ssl_files *ssl)
{
    memset(northd, 0, sizeof *northd);
    northd->ssl = ssl;
    northd->ssl_names = options->ssl;
    stopwatch_create(STOPWATCH_FOLLOW, SW_US);
    stopwatch_create(STOPWATCH_COMPUTE, SW_US);
    stopwatch_create(STOPWATCH_WRITE, SW_US);
    problem_set_init(&northd->problems);
    view_init(&northd->view);
    dynamic_routing_ports_init(&northd->ports);
    router_checks_init(&northd->checks);
    northd->routes = advertised_routes_create();
    northd->learned = learned_routes_create();
    northd->nb_view = nb_view_create();
    northd->sb_source_view = sb_source_view_create();

    northd->nb_idl = ovsdb_idl_create_unconnected(&nbrec_idl_class, false);
    nb_view_register(northd->nb_idl);
    nb_learned_writer_register(northd->nb_idl);
    /* Of a cluster, both databases by their leaders, as stock ovn-northd does:
     * a lock is one of a single server. */
    ovsdb_idl_set_remote(northd->nb_idl, options->nb_db, true);

    northd->sb_idl = ovsdb_idl_create_unconnected(&sbrec_idl_class, false);
    sb_writer_register(northd->sb_idl);
    sb_source_view_register(northd->sb_idl);
    ovsdb_idl_set_lock(northd->sb_idl, LOCK_NAME);
    ovsdb_idl_set_remote(northd->sb_idl, options->sb_db, true);
    demand_init(&northd->demand, northd->nb_idl, northd->sb_idl);
    northd->ready = true;       /* Nothing is awaited. */
    northd->nb_cfg = -1;

    connection_init(&northd->nb, northd->nb_idl, "Northbound database",
                    options->nb_db, northd->ssl);
    connection_init(&northd->sb, northd->sb_idl, "Southbound database",
                    options->sb_db, northd->ssl);

    northd->sb_writer = sb_writer_create(northd->sb_idl, &northd->ports,
                                         northd->learned);
    northd->nb_writer = nb_learned_writer_create(northd->nb_idl,
                                                 northd->learned);
    northd->sb_schema = sb_schema_create(options->sb_db,
                                         sbrec_idl_class.database);

    northd->status.nb_idl = northd->nb_idl;
    northd->status.sb_idl = northd->sb_idl;
    northd->status.demand = &northd->demand;
    northd->status.view = &northd->view;
    northd->status.routes = northd->routes;
    northd->status.learned = northd->learned;
    northd->status.sb_writer = northd->sb_writer;
    northd->status.nb_writer = northd->nb_writer;
    northd->status.problems = &northd->problems;
}

static void
northd_destroy(struct northd *northd)
{
    sb_schema_destroy(northd->sb_schema);
    nb_learned_writer_destroy(northd->nb_writer);
    sb_writer_destroy(northd->sb_writer);
    ovsdb_idl_destroy(northd->sb_idl);
    ovsdb_idl_destroy(northd->nb_idl);
    nb_view_destroy(northd->nb_view);
    sb_source_view_destroy(northd->sb_source_view);
    advertised_routes_destroy(northd->routes);
    dynamic_routing_ports_destroy(&northd->ports);
    router_checks_destroy(&northd->checks);
    learned_routes_destroy(northd->learned);
    view_destroy(&northd->view);
    problem_set_destroy(&northd->problems);
    ssl_files_destroy(northd->ssl);
}

/* Has the lock of the Northbound database while this instance is the active
 * one.  While there is no Southbound connection another one may have become
 * that, so that lock is given back; the Southbound one went with the session.
 * Logs what changed in our role. */
static void
check_lock(struct northd *northd)
{
    bool has_lock = ovsdb_idl_has_lock(northd->sb_idl);

    ovsdb_idl_set_lock(northd->nb_idl,
                       (has_lock && ovsdb_idl_is_connected(northd->sb_idl)
                        ? LOCK_NAME : NULL));
    if (has_lock != northd->had_lock) {
        VLOG_INFO(has_lock
                  ? "lock "LOCK_NAME" acquired: this instance is now active"
                  : "lock "LOCK_NAME" lost: this instance is now on standby");
        northd->had_lock = has_lock;
    }
}

static void
announce_problem(const struct problem *problem)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 60);

    VLOG_WARN_RL(&rl, "%s: %s", problem->object, problem->text);
}

static void
announce_gone(const struct problem *problem)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 60);

    VLOG_INFO_RL(&rl, "%s: no longer a problem", problem->object);
}

/* Keeps our tables in the schema.  Ends the process if it must not run. */
static void
run_schema(struct northd *northd)
{
    enum sb_schema_verdict old = sb_schema_get_verdict(northd->sb_schema);
    struct sb_schema_in in = {
        .connected = ovsdb_idl_is_connected(northd->sb_idl),
        .tables_missing = (ovsdb_idl_has_ever_connected(northd->sb_idl)
                           && !sb_writer_has_tables(northd->sb_writer)),
        .may_convert = ovsdb_idl_has_lock(northd->sb_idl),
    };
    enum sb_schema_verdict new;

    if (sb_schema_run(northd->sb_schema, &in, &northd->problems)) {
        ovsdb_idl_force_reconnect(northd->sb_idl);
    }
    new = sb_schema_get_verdict(northd->sb_schema);
    if (new == SB_SCHEMA_VERDICT_REFUSED) {
        VLOG_ERR("the Southbound schema is that of an OVN with dynamic "
                 "routing of its own");
        ovs_error(0, "the Southbound schema has an Advertised_Route table of "
                  "OVN's own: this OVN does dynamic routing by itself; "
                  "disable ovn-route-northd and ovn-route-controller");
        exit(EXIT_NATIVE);
    } else if (new != old && new == SB_SCHEMA_VERDICT_READY) {
        VLOG_INFO("the Southbound schema has the tables of dynamic routing");
    } else if (new != old && new == SB_SCHEMA_VERDICT_LACKING) {
        VLOG_INFO("the Southbound schema lacks the tables of dynamic routing; "
                  "they will be added");
    }
}

/* Gives the stopwatch 'name' the time since 'start'. */
static void
sample(const char *name, long long int start)
{
    stopwatch_start(name, start);
    stopwatch_stop(name, time_usec());
}

/* Asks for what the view needs, and takes it in when it has come. */
static void
run_demand(struct northd *northd)
{
    bool arrived;

    do {
        northd->ready = demand_run(&northd->demand, &northd->view, &arrived);
        if (arrived) {
            nb_view_reload(northd->nb_view, northd->nb_idl, &northd->view);
        }
    } while (arrived);
}

/* Takes in what changed in the databases. */
static void
follow(struct northd *northd)
{
    unsigned int nb_seqno = ovsdb_idl_get_seqno(northd->nb_idl);
    unsigned int sb_seqno = ovsdb_idl_get_seqno(northd->sb_idl);
    long long int start = time_usec();

    ovsdb_idl_run(northd->nb_idl);
    ovsdb_idl_run(northd->sb_idl);
    check_lock(northd);
    run_schema(northd);

    if (northd->ready) {
        /* Else it is built anew when what is awaited has come. */
        nb_view_run(northd->nb_view, northd->nb_idl, &northd->view);
    }
    nb_learned_writer_follow(northd->nb_writer);
    ovsdb_idl_track_clear(northd->nb_idl);
    sb_source_view_run(northd->sb_source_view, northd->sb_idl, &northd->view);
    sb_writer_follow(northd->sb_writer);
    ovsdb_idl_track_clear(northd->sb_idl);
    run_demand(northd);
    if (ovsdb_idl_get_seqno(northd->nb_idl) != nb_seqno
        || ovsdb_idl_get_seqno(northd->sb_idl) != sb_seqno) {
        sample(STOPWATCH_FOLLOW, start);
    }
}

/* Follows what changed in other things than the view. */
static void
compute_learned(struct northd *northd)
{
    if (learned_routes_needs_run(northd->learned, time_msec())) {
        learned_routes_run(northd->learned, &northd->view, &northd->ports,
                           &northd->problems, time_msec());
    }
}

void
northd_compute(struct northd *northd)
{
    long long int start = time_usec();

    if (!northd->ready) {
        return;
    }
    northd->nb_cfg = nb_view_get_cfg(northd->nb_idl);
    if (view_changes_is_empty(&northd->view)) {
        compute_learned(northd);
        return;
    }
    COVERAGE_INC(northd_compute);
    if (northd->view.changes.all) {
        COVERAGE_INC(northd_compute_full);
    }
    advertised_routes_run(northd->routes, &northd->view, &northd->problems);
    dynamic_routing_ports_run(&northd->ports, &northd->view,
                              &northd->problems);
    router_checks_run(&northd->checks, &northd->view, &northd->problems);
    learned_routes_run(northd->learned, &northd->view, &northd->ports,
                       &northd->problems, time_msec());
    view_changes_clear(&northd->view);
    sb_writer_want(northd->sb_writer, advertised_routes_get(northd->routes));
    advertised_routes_clear_changed(northd->routes);
    sset_clear(&northd->ports.changed);
    northd->status.runs++;
    northd->status.last_run_us = time_usec() - start;
    sample(STOPWATCH_COMPUTE, start);
}

/* Writes what there is to write. */
static void
write_rows(struct northd *northd)
{
    long long int start = time_usec();

    if (sb_writer_run(northd->sb_writer, northd->nb_cfg, &northd->problems)) {
        sample(STOPWATCH_WRITE, start);
    }
    nb_learned_writer_run(northd->nb_writer,
                          (sb_writer_may_write(northd->sb_writer)
                           && ovsdb_idl_has_lock(northd->nb_idl)),
                          (ovsdb_idl_has_ever_connected(northd->sb_idl)
                           && !sb_writer_has_barrier(northd->sb_writer)),
                          sb_writer_get_age(northd->sb_writer),
                          &northd->problems);
}

/* Files that cannot be used are a problem before a connection needs them. */
static void
report_ssl(struct northd *northd)
{
    const char *problem = ssl_files_get_problem(northd->ssl,
                                                northd->nb.remote);

    if (!problem) {
        problem = ssl_files_get_problem(northd->ssl, northd->sb.remote);
    }
    if (problem) {
        problem_report(&northd->problems, "ssl", "SSL", "%s", problem);
    } else {
        problem_resolve(&northd->problems, "ssl", "SSL");
    }
}

static void
northd_run(struct northd *northd)
{
    ssl_files_run(northd->ssl, &northd->ssl_names);
    report_ssl(northd);
    follow(northd);
    northd_compute(northd);
    connection_run(&northd->nb, &northd->problems);
    connection_run(&northd->sb, &northd->problems);
    write_rows(northd);
    problem_set_announce(&northd->problems, announce_problem, announce_gone);
}

static void
northd_wait(struct northd *northd)
{
    ovsdb_idl_wait(northd->nb_idl);
    ovsdb_idl_wait(northd->sb_idl);
    sb_schema_wait(northd->sb_schema);
    sb_writer_wait(northd->sb_writer, &northd->problems);
    if (northd->ready) {
        /* Else nothing is computed, and to wake for it would be in vain. */
        nb_learned_writer_wait(northd->nb_writer);
    }
    connection_wait(&northd->nb);
    connection_wait(&northd->sb);
}

/* True if --detach need not wait any longer. */
static bool
northd_has_started(const struct northd *northd, long long int since)
{
    return (sb_schema_get_verdict(northd->sb_schema)
            != SB_SCHEMA_VERDICT_UNKNOWN
            || sb_schema_get_connect_error(northd->sb_schema)
            || time_msec() >= since + START_LIMIT_MS);
}

int
main(int argc, char *argv[])
{
    static struct northd_options options; /* Keeps what is never freed. */
    struct unixctl_server *unixctl;
    struct ssl_files *ssl;
    struct northd northd;
    bool started = false;
    long long int since;
    int error;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], VERSION);
    service_start(&argc, &argv);
    fatal_ignore_sigpipe();
    allocator_tune();
    northd_parse_options(argc, argv, &options);
    ssl = ssl_files_create("--private-key, --certificate and --ca-cert");
    ssl_files_run(ssl, &options.ssl); /* With the rights of who starts us. */
    daemonize_start(false);

    char *unixctl_path = ovn_unixctl_path(options.unixctl_path);
    error = unixctl_server_create(unixctl_path, &unixctl);
    free(unixctl_path);
    if (error) {
        exit(EXIT_FAILURE);
    }

    northd_init(&northd, &options, ssl);
    northd_register_commands(&northd);
    since = time_msec();
    while (!northd.exiting) {
        memory_run();
        northd_status_memory(&northd.status);
        northd_run(&northd);
        unixctl_server_run(unixctl);
        if (!started && northd_has_started(&northd, since)) {
            started = true;
            daemonize_complete();
        }

        northd_wait(&northd);
        memory_wait();
        unixctl_server_wait(unixctl);
        if (!started) {
            poll_timer_wait_until(since + START_LIMIT_MS);
        }
        if (northd.exiting) {
            poll_immediate_wake();
        }
        poll_block();
        if (should_service_stop()) {
            northd.exiting = true;
        }
    }

    northd_destroy(&northd);
    unixctl_server_destroy(unixctl);
    service_stop();
    return 0;
}
