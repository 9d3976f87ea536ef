/* ovn-route-unixctl.c: what ovn-route-controller answers to ovn-appctl. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <stdlib.h>
#include <string.h>

#include "controller/learn.h"
#include "controller/ovs-view.h"
#include "controller/route.h"
#include "controller/sb-view.h"
#include "openvswitch/dynamic-string.h"
#include "ovn/route-exchange.h"
#include "smap.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Stores the table id that 'argv[1]', if given, names, else 0, for all.
 * Replies with an error and returns false if it is none. */
static bool
parse_table(struct unixctl_conn *conn, int argc, const char *argv[],
            uint32_t *table_id)
{
    unsigned long long int id = 0;

    if (argc > 1 && (!argv[1][0]
                     || strspn(argv[1], "0123456789") != strlen(argv[1])
                     || !str_to_ullong(argv[1], 10, &id)
                     || id < 1 || id >= UINT32_MAX)) {
        char *error = xasprintf("\"%s\" is no table id; give a number from 1 "
                                "to 4294967294", argv[1]);

        unixctl_command_reply_error(conn, error);
        free(error);
        return false;
    }
    *table_id = id;
    return true;
}

static void
reply_ds(struct unixctl_conn *conn, struct ds *ds)
{
    unixctl_command_reply(conn, ds_cstr(ds));
    ds_destroy(ds);
}

static void
cmd_exit(struct unixctl_conn *conn, int argc, const char *argv[], void *ctl)
{
    bool restart = argc == 2 && !strcmp(argv[1], "--restart");

    if (argc == 2 && !restart) {
        unixctl_command_reply_error(conn, "the only argument is --restart");
    } else {
        controller_exit(ctl, restart, conn);
    }
}

static void
cmd_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    struct smap status = SMAP_INITIALIZER(&status);
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_format(&ds, "chassis: %s\n",
                  config && config->system_id ? config->system_id
                  : "not known");
    ds_put_format(&ds, "southbound: %s\n",
                  sb_view_state_to_string(sb_view_get_state(ctl->sb)));

    controller_report_refresh(ctl);
    controller_report_status(ctl, &status);
    const struct smap_node **nodes = smap_sort(&status);
    for (size_t i = 0; i < smap_count(&status); i++) {
        ds_put_format(&ds, "%s: %s\n", nodes[i]->key, nodes[i]->value);
    }
    free(nodes);
    smap_destroy(&status);
    reply_ds(conn, &ds);
}

static void
cmd_plan_show(struct unixctl_conn *conn, int argc, const char *argv[],
              void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;
    uint32_t table_id;

    if (parse_table(conn, argc, argv, &table_id)) {
        if (!table_id) {
            route_plan_format(ctl->plan, &ds);
        }
        route_exchange_format_plan(ctl->engine, table_id, &ds);
        reply_ds(conn, &ds);
    }
}

static void
cmd_kernel_show(struct unixctl_conn *conn, int argc, const char *argv[],
                void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;
    uint32_t table_id;

    if (parse_table(conn, argc, argv, &table_id)) {
        route_exchange_format_kernel(ctl->engine, table_id, &ds);
        reply_ds(conn, &ds);
    }
}

static void
cmd_kernel_stats(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;
    struct route_exchange_stats stats;
    struct ds ds = DS_EMPTY_INITIALIZER;

    route_exchange_get_stats(ctl->engine, &stats);
    ds_put_format(&ds, "route messages: %"PRIu64"\n", stats.n_route_messages);
    ds_put_format(&ds, "link messages: %"PRIu64"\n", stats.n_link_messages);
    ds_put_format(&ds, "events: %"PRIu64"\n", stats.n_events);
    ds_put_format(&ds, "events lost, times: %"PRIu64"\n", stats.n_lost);
    ds_put_format(&ds, "messages not understood: %"PRIu64"\n",
                  stats.n_malformed);
    ds_put_format(&ds, "dumps: %"PRIu64"\n", stats.n_dumps);
    if (stats.last_resync_reason) {
        ds_put_format(&ds, "last resync: %lld s ago, because %s\n",
                      (time_msec() - stats.last_resync) / 1000,
                      stats.last_resync_reason);
    }
    reply_ds(conn, &ds);
}

static void
cmd_delta_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    route_exchange_format_delta(ctl->engine, &ds);
    reply_ds(conn, &ds);
}

static void
cmd_learned_show(struct unixctl_conn *conn, int argc, const char *argv[],
                 void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (learner_format(ctl->learn, argc > 1 ? argv[1] : NULL, &ds)) {
        reply_ds(conn, &ds);
    } else {
        ds_put_format(&ds, "no router \"%s\" takes part here; plan/show "
                      "lists those that do", argv[1]);
        unixctl_command_reply_error(conn, ds_cstr(&ds));
        ds_destroy(&ds);
    }
}

static void
cmd_learned_explain(struct unixctl_conn *conn, int argc, const char *argv[],
                    void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct ip_prefix prefix;

    if (ip_prefix_parse(argv[1], &prefix, NULL)) {
        ds_put_format(&ds, "\"%s\" is no prefix; write ADDRESS/LENGTH",
                      argv[1]);
    } else if (learner_explain(ctl->learn, &prefix, argc > 2 ? argv[2] : NULL,
                               &ds)) {
        reply_ds(conn, &ds);
        return;
    } else {
        ds_put_format(&ds, "no router \"%s\" takes part here; plan/show "
                      "lists those that do", argv[2]);
    }
    unixctl_command_reply_error(conn, ds_cstr(&ds));
    ds_destroy(&ds);
}

static void
cmd_vrf_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;
    size_t n;
    uint32_t *tables = route_exchange_get_tables(ctl->engine, &n);

    for (size_t i = 0; i < n; i++) {
        struct route_exchange_table_stats stats;

        if (!route_exchange_get_table_stats(ctl->engine, tables[i], &stats)
            && stats.vrf_name[0]) {
            ds_put_format(&ds, "%s table %"PRIu32" %s\n", stats.vrf_name,
                          stats.table_id, stats.vrf_up ? "up" : "down");
        }
    }
    free(tables);
    reply_ds(conn, &ds);
}

static void
cmd_problem_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    controller_report_refresh(ctl);
    problem_set_format(&ctl->shown, &ds);
    reply_ds(conn, &ds);
}

static void
cmd_resync(struct unixctl_conn *conn, int argc, const char *argv[],
           void *ctl_)
{
    struct controller *ctl = ctl_;
    uint32_t table_id;

    if (parse_table(conn, argc, argv, &table_id)) {
        if (!table_id) {
            route_exchange_resync(ctl->engine);
        } else if (route_exchange_resync_table(ctl->engine, table_id)) {
            char *error = xasprintf("table %"PRIu32" is none of ours; "
                                    "\"plan/show\" lists those that are",
                                    table_id);

            unixctl_command_reply_error(conn, error);
            free(error);
            return;
        }
        unixctl_command_reply(conn, NULL);
    }
}

static void
cmd_recompute(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;

    sb_view_recompute(ctl->sb);
    unixctl_command_reply(conn, NULL);
}

static void
cmd_drain(struct unixctl_conn *conn, int argc, const char *argv[], void *ctl)
{
    enum ovs_view_drain drain = OVS_VIEW_DRAIN_OFF;
    int n_options = 0;
    const char *what = NULL;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--deprefer")) {
            n_options++;
        } else if (!what) {
            what = argv[i];
        }
    }
    if (what && !strcmp(what, "on")) {
        drain = n_options ? OVS_VIEW_DRAIN_DEPREFER : OVS_VIEW_DRAIN_WITHDRAW;
    } else if (!what || strcmp(what, "off") || n_options) {
        what = NULL;
    }
    if (!what || argc > 2 + n_options) {
        unixctl_command_reply_error(conn, "say \"on\", \"on --deprefer\" or "
                                    "\"off\"");
    } else {
        controller_drain(ctl, drain, conn);
    }
}

static void
cmd_connection_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
                      const char *argv[] OVS_UNUSED, void *ctl_)
{
    struct controller *ctl = ctl_;

    unixctl_command_reply(conn, (sb_view_is_connected(ctl->sb)
                                 ? "connected" : "not connected"));
}

void
controller_register_commands(struct controller *ctl)
{
    unixctl_command_register("exit", "[--restart]", 0, 1, cmd_exit, ctl);
    unixctl_command_register("status", "", 0, 0, cmd_status, ctl);
    unixctl_command_register("plan/show", "[TABLE]", 0, 1, cmd_plan_show,
                             ctl);
    unixctl_command_register("kernel/show", "[TABLE]", 0, 1, cmd_kernel_show,
                             ctl);
    unixctl_command_register("kernel/stats", "", 0, 0, cmd_kernel_stats, ctl);
    unixctl_command_register("delta/show", "", 0, 0, cmd_delta_show, ctl);
    unixctl_command_register("learned/show", "[ROUTER]", 0, 1,
                             cmd_learned_show, ctl);
    unixctl_command_register("learned/explain", "PREFIX [ROUTER]", 1, 2,
                             cmd_learned_explain, ctl);
    unixctl_command_register("vrf/list", "", 0, 0, cmd_vrf_list, ctl);
    unixctl_command_register("problem/list", "", 0, 0, cmd_problem_list, ctl);
    unixctl_command_register("resync", "[TABLE]", 0, 1, cmd_resync, ctl);
    unixctl_command_register("recompute", "", 0, 0, cmd_recompute, ctl);
    unixctl_command_register("drain", "on|off [--deprefer]", 1, 2, cmd_drain,
                             ctl);
    unixctl_command_register("connection-status", "", 0, 0,
                             cmd_connection_status, ctl);
}
