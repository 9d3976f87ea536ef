/* ovn-route-report.c: what ovn-route-controller tells without being asked, in
 * its log and in its row of Route_Exchange_Chassis. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <stdlib.h>
#include <string.h>

#include "controller/chassis-status.h"
#include "controller/learn-rows.h"
#include "controller/learn.h"
#include "controller/ovs-view.h"
#include "controller/route.h"
#include "controller/sb-learned-writer.h"
#include "controller/sb-view.h"
#include "lib/socket-access.h"
#include "lib/ssl-files.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovn/route-exchange.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(report);

/* The source of problems of no other part. */
#define SOURCE_OWN "controller"

/* The least time between two looks at the problems, so that many that come
 * and go cost little. */
#define REPORT_INTERVAL_MS 1000

/* The Southbound database may take this long to become complete before that
 * is called a problem: nobody wants to read of each start and reconnection. */
#define SB_GRACE_MS 3000

/* A server that refuses our certificate lets us connect, and hangs up then.
 * So a connection is not called back before it has held so long. */
#define SB_STABLE_MS 1000

/* What the status row shows at most. */
#define MAX_STATUS_TABLES 64

void
controller_report_init(struct controller *ctl)
{
    problem_set_init(&ctl->own);
    problem_set_init(&ctl->shown);
    ctl->last_complete = ctl->last_clean = time_msec();
}

void
controller_report_destroy(struct controller *ctl)
{
    problem_set_destroy(&ctl->own);
    problem_set_destroy(&ctl->shown);
}

/* True if it is time to complain that the databases are not known. */
static bool
grace_is_over(const struct controller *ctl, long long int now)
{
    return now >= ctl->last_complete + SB_GRACE_MS;
}

/* Reports that database 'object' at 'remote' is not reached, for which 'text' is
 * what usually helps, and 'error' the last that connecting gave, or 0. */
static void
report_unreached(struct controller *ctl, const char *object,
                 const char *remote, int error, const char *text)
{
    char *denied = socket_access_denied(remote);

    if (!denied) {
        denied = ssl_files_explain(ctl->ssl, remote, error);
    }
    problem_report(&ctl->own, SOURCE_OWN, object, "%s%s",
                   denied ? "not reached: " : "", denied ? denied : text);
    free(denied);
}

/* Files that cannot be used are a problem before a connection needs them. */
static void
report_ssl(struct controller *ctl)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    const char *problem = ssl_files_get_problem(ctl->ssl, (config
                                                           ? config->remote
                                                           : NULL));

    if (problem) {
        problem_report(&ctl->own, SOURCE_OWN, "SSL", "%s", problem);
    }
}

/* Reports that 'what' cannot be written to 'table' for the reason 'error', as
 * the server or the IDL puts it; NULL: it can. */
static void
report_unwritten(struct controller *ctl, const char *table, const char *what,
                 const char *error)
{
    if (error) {
        /* OVSDB's word for what a role does not permit. */
        bool denied = strstr(error, "\"permission error\"") != NULL;

        problem_report(&ctl->own, SOURCE_OWN, table,
                       "%s cannot be written (%s); %s", what, error,
                       (denied
                        ? "the connection has an RBAC role, which stock OVN "
                        "keeps from our tables: set external_ids:"
                        "route-exchange-remote of Open_vSwitch to one "
                        "without a role"
                        : "check the server's log"));
    }
}

static void
report_ovs(struct controller *ctl, long long int now)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);

    if (!config) {
        if (grace_is_over(ctl, now)) {
            report_unreached(ctl, "Open_vSwitch database",
                             ovs_view_get_remote(ctl->ovs), 0,
                             "not reached yet; start ovsdb-server, and check "
                             "the socket that is given on the command line");
        }
        return;
    }
    if (!config->system_id) {
        problem_report(&ctl->own, SOURCE_OWN, "Open_vSwitch",
                       "external_ids:system-id is missing; set it to the "
                       "name of this chassis");
    } else if (!config->remote) {
        problem_report(&ctl->own, SOURCE_OWN, "Open_vSwitch",
                       "external_ids:ovn-remote is missing; set it to the "
                       "Southbound database's address");
    }
    if (config->bad_max_burst) {
        problem_report(&ctl->own, SOURCE_OWN,
                       "Open_vSwitch external_ids:route-exchange-max-burst",
                       "\"%s\" is no number of routes; set a number from 1 "
                       "to 4294967295, or \"unlimited\"",
                       config->bad_max_burst);
    }
}

/* Someone else writes where we should. */
static void
report_lock(struct controller *ctl)
{
    if (!ctl->lock.held) {
        problem_report(&ctl->own, SOURCE_OWN, "network namespace",
                       "another ovn-route-controller (process %ld) writes the "
                       "routes here, so this one does not; stop one of them, "
                       "or run it in a network namespace of its own",
                       (long int) ctl->lock.owner);
    }
}

/* Stock northd empties references of our rows when it deletes what they refer
 * to, and ovn-route-northd then deletes the rows.  Some that stay are worth a
 * word. */
static void
report_garbage(struct controller *ctl, long long int now)
{
    struct route_plan_stats stats;

    route_plan_get_stats(ctl->plan, &stats);
    if (!stats.n_garbage) {
        ctl->last_clean = now;
    } else if (now >= ctl->last_clean + SB_GRACE_MS) {
        problem_report(&ctl->own, SOURCE_OWN,
                       "Advertised_Route and Dynamic_Routing_Port",
                       "rows are skipped because what they refer to was "
                       "deleted: %"PRIuSIZE"; start ovn-route-northd, which "
                       "removes them", stats.n_garbage);
    }
}

/* The state of the Southbound view, as reports see it.  Keeps 'sb_error'
 * current: the IDL remembers the last error for ever, but one of before it was
 * connected says nothing of why it is not. */
static enum sb_view_state
sb_state(struct controller *ctl, long long int now)
{
    enum sb_view_state state = sb_view_get_state(ctl->sb);
    int error = ovsdb_idl_get_last_error(sb_view_get_idl(ctl->sb));

    if (state == SB_VIEW_STOCK) {
        ctl->stock_until = now + SB_STABLE_MS;
    } else if (state == SB_VIEW_AWAY && now < ctl->stock_until) {
        state = SB_VIEW_STOCK;  /* It only looks again. */
    } else if (state == SB_VIEW_AWAY) {
        ctl->away_until = now + SB_STABLE_MS;
    }
    if (now < ctl->away_until) {
        state = SB_VIEW_AWAY;
    }
    if (error != ctl->sb_last_error) {
        ctl->sb_last_error = ctl->sb_error = error;
    } else if (state > SB_VIEW_AWAY) {
        ctl->sb_error = 0;
    }
    return state;
}

/* Brings 'own' up to date. */
static void
update_own(struct controller *ctl, long long int now)
{
    enum sb_view_state state = sb_state(ctl, now);

    if (state == SB_VIEW_COMPLETE || ctl->was_complete) {
        ctl->last_complete = now;
    }
    ctl->was_complete = state == SB_VIEW_COMPLETE;
    problem_set_begin(&ctl->own);
    report_ovs(ctl, now);
    report_ssl(ctl);
    report_lock(ctl);
    controller_gate_report(ctl, SOURCE_OWN);
    controller_metrics_report(ctl, SOURCE_OWN);
    report_garbage(ctl, now);
    if (state != SB_VIEW_IDLE && grace_is_over(ctl, now)) {
        const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
        bool away = state == SB_VIEW_CONNECTING || state == SB_VIEW_AWAY;

        report_unreached(ctl, "Southbound database",
                         away && config ? config->remote : NULL,
                         ctl->sb_error,
                         sb_view_state_to_string(state));
    }
    report_unwritten(ctl, "Route_Exchange_Chassis", "this chassis' row",
                     chassis_status_get_error(ctl->status));
    report_unwritten(ctl, "Learned_Route", "learned routes",
                     sb_learned_writer_get_error(ctl->learned_writer));
    problem_set_end(&ctl->own, SOURCE_OWN);
}

/* Adds the problems of 'set', as part 'part' reports them, to 'shown'; logs
 * news. */
static void
show_problems(struct controller *ctl, const char *part,
              const struct problem_set *set)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 100);
    const struct problem *problem;

    HMAP_FOR_EACH (problem, node, &set->problems) {
        char *source = xasprintf("%s/%s", part, problem->source);

        if (problem_report(&ctl->shown, source, problem->object, "%s",
                           problem->text)) {
            VLOG_WARN_RL(&rl, "%s: %s", problem->object, problem->text);
        }
        free(source);
    }
}

/* Removes from 'shown' what was not reported in this round. */
static void
drop_resolved(struct controller *ctl)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 100);
    const struct problem *problem;

    HMAP_FOR_EACH_SAFE (problem, node, &ctl->shown.problems) {
        if (problem->round != ctl->shown.round) {
            VLOG_INFO_RL(&rl, "%s: no longer a problem", problem->object);
            problem_resolve(&ctl->shown, problem->source, problem->object);
        }
    }
}

static unsigned int
problems_seqno(const struct controller *ctl)
{
    return (ctl->own.seqno + route_plan_problems(ctl->plan)->seqno
            + route_exchange_problems(ctl->engine)->seqno
            + learner_problems(ctl->learn)->seqno);
}

void
controller_report_refresh(struct controller *ctl)
{
    unsigned int seqno = problems_seqno(ctl);

    if (seqno != ctl->shown_seqno) {
        ctl->shown_seqno = seqno;
        problem_set_begin(&ctl->shown);
        show_problems(ctl, "controller", &ctl->own);
        show_problems(ctl, "plan", route_plan_problems(ctl->plan));
        show_problems(ctl, "kernel", route_exchange_problems(ctl->engine));
        show_problems(ctl, "learn", learner_problems(ctl->learn));
        drop_resolved(ctl);
    }
}

static void
add_tables(struct controller *ctl, struct smap *status)
{
    struct route_exchange_table_stats sum = { .n_desired = 0 }, stats;
    struct learner_table_stats learned, learned_sum = { 0, 0 };
    size_t n;
    uint32_t *tables = route_exchange_get_tables(ctl->engine, &n);

    for (size_t i = 0; i < n; i++) {
        if (route_exchange_get_table_stats(ctl->engine, tables[i], &stats)) {
            continue;
        }
        sum.n_desired += stats.n_desired;
        sum.n_installed += stats.n_installed;
        sum.n_failed += stats.n_failed;
        learned = learner_get_table_stats(ctl->learn, tables[i]);
        learned_sum.n_learned += learned.n_learned;
        learned_sum.n_waiting += learned.n_waiting;
        if (i < MAX_STATUS_TABLES) {
            char *key = xasprintf("table-%"PRIu32, tables[i]);

            smap_add_format(status, key, "vrf=%s%s desired=%"PRIuSIZE
                            " installed=%"PRIuSIZE" failed=%"PRIuSIZE
                            " learned=%"PRIuSIZE,
                            stats.vrf_name[0] ? stats.vrf_name : "none",
                            (!stats.vrf_name[0] ? ""
                             : stats.vrf_up ? " up" : " down"),
                            stats.n_desired, stats.n_installed,
                            stats.n_failed, learned.n_learned);
            free(key);
        }
    }
    free(tables);
    smap_add_format(status, "tables", "%"PRIuSIZE, n);
    smap_add_format(status, "routes-desired", "%"PRIuSIZE, sum.n_desired);
    smap_add_format(status, "routes-installed", "%"PRIuSIZE, sum.n_installed);
    smap_add_format(status, "routes-failed", "%"PRIuSIZE, sum.n_failed);
    smap_add_format(status, "routes-learned", "%"PRIuSIZE,
                    learned_sum.n_learned);
    smap_add_format(status, "routes-not-learned", "%"PRIuSIZE,
                    learned_sum.n_waiting);
}

void
controller_report_status(struct controller *ctl, struct smap *status)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    struct route_plan_stats stats;

    route_plan_get_stats(ctl->plan, &stats);
    smap_add(status, "state",
             ctl->phase != CONTROLLER_RUNNING ? "exiting"
             : sb_view_get_state(ctl->sb) != SB_VIEW_COMPLETE ? "incomplete"
             : controller_gate_holds(ctl) ? "held"
             : route_exchange_is_settled(ctl->engine) ? "settled"
             : "working");
    smap_add_format(status, "routers", "%"PRIuSIZE, stats.n_routers);
    smap_add_format(status, "rows-without-reference", "%"PRIuSIZE,
                    stats.n_garbage);
    smap_add(status, "gate", route_gate_state_name(ctl->gate.state));
    smap_add(status, "drain",
             ovs_view_drain_name(config ? config->drain
                                 : OVS_VIEW_DRAIN_OFF));
    add_tables(ctl, status);
    problem_set_to_smap(&ctl->shown, status);
}

static void
run_status_row(struct controller *ctl, long long int now)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    int64_t nb_cfg = -1;

    if (!config || !config->system_id || ctl->phase != CONTROLLER_RUNNING) {
        return;
    }
    if (!controller_is_settled(ctl)
        || !sb_view_get_nb_cfg(ctl->sb, &nb_cfg)) {
        nb_cfg = -1;
    }
    if (chassis_status_is_due(ctl->status, now)) {
        struct smap status = SMAP_INITIALIZER(&status);

        controller_report_status(ctl, &status);
        chassis_status_run(ctl->status, config->system_id, nb_cfg, &status,
                           now);
        smap_destroy(&status);
        ctl->status_pending = false;
    } else {
        chassis_status_run(ctl->status, config->system_id, nb_cfg, NULL, now);
        ctl->status_pending = true;
    }
}

void
controller_report_run(struct controller *ctl, long long int now)
{
    update_own(ctl, now);
    if (now >= ctl->next_report && problems_seqno(ctl) != ctl->shown_seqno) {
        controller_report_refresh(ctl);
        ctl->next_report = now + REPORT_INTERVAL_MS;
    }
    run_status_row(ctl, now);
}

void
controller_report_wait(struct controller *ctl, long long int now)
{
    if (problems_seqno(ctl) != ctl->shown_seqno) {
        poll_timer_wait_until(ctl->next_report);
    }
    if (sb_view_get_state(ctl->sb) != SB_VIEW_COMPLETE) {
        if (!grace_is_over(ctl, now)) {
            poll_timer_wait_until(ctl->last_complete + SB_GRACE_MS);
        }
    } else if (now < ctl->away_until) {
        poll_timer_wait_until(ctl->away_until);
    }
    if (now < ctl->last_clean + SB_GRACE_MS) {
        struct route_plan_stats stats;

        route_plan_get_stats(ctl->plan, &stats);
        if (stats.n_garbage) {
            poll_timer_wait_until(ctl->last_clean + SB_GRACE_MS);
        }
    }
    chassis_status_wait(ctl->status, ctl->status_pending);
}
