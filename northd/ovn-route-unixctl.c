/* ovn-route-unixctl.c: commands to ovn-route-northd that change something. */
#include <config.h>
#include "northd/ovn-route-northd.h"

#include <stdlib.h>
#include <string.h>

#include "northd/learned-routes.h"
#include "northd/self-check.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ovn_route_unixctl);

/* The source of problems that the self-check finds. */
#define CHECK_SOURCE "self-check"

/* What was advertised stays: the next instance takes over.  So "--restart"
 * changes nothing. */
static void
northd_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *northd_)
{
    struct northd *northd = northd_;

    northd->exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* Redoes everything. */
static void
recompute(struct northd *northd)
{
    view_changes_set_all(&northd->view);
    poll_immediate_wake();
}

/* Compares what was computed step by step with a full computation. */
static void
recompute_check(struct northd *northd, struct unixctl_conn *conn)
{
    struct ds report = DS_EMPTY_INITIALIZER;
    size_t n;

    if (!northd->ready) {
        unixctl_command_reply_error(conn, "data that is needed has not "
                                    "arrived yet; repeat the command\n");
        return;
    }
    northd_compute(northd);     /* There may be changes of this moment. */
    n = self_check(&northd->view, northd->routes, &northd->ports, &report);
    n += learned_routes_check(northd->learned, &northd->view, &northd->ports,
                              &report);
    if (!n) {
        problem_resolve(&northd->problems, CHECK_SOURCE, program_name);
        unixctl_command_reply(conn, "no difference\n");
    } else {
        char *text = xasprintf("this is a bug: what was computed step by step "
                               "differs in %"PRIuSIZE" rows from a full "
                               "computation, which will be used now; please "
                               "report it", n);

        VLOG_ERR("%s; differences:\n%s", text, ds_cstr(&report));
        problem_report(&northd->problems, CHECK_SOURCE, program_name, "%s",
                       text);
        recompute(northd);
        ds_put_format(&report, "%s\n", text);
        unixctl_command_reply_error(conn, ds_cstr(&report));
        free(text);
    }
    ds_destroy(&report);
}

static void
northd_recompute(struct unixctl_conn *conn, int argc, const char *argv[],
                 void *northd_)
{
    struct northd *northd = northd_;

    if (argc < 2) {
        recompute(northd);
        unixctl_command_reply(conn, NULL);
    } else if (!strcmp(argv[1], "--check")) {
        recompute_check(northd, conn);
    } else {
        unixctl_command_reply_error(conn, "the only option is --check\n");
    }
}

void
northd_register_commands(struct northd *northd)
{
    unixctl_command_register("exit", "[--restart]", 0, 1, northd_exit, northd);
    unixctl_command_register("recompute", "[--check]", 0, 1, northd_recompute,
                             northd);
    northd_status_register(&northd->status);
}
