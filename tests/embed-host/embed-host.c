/* embed-host.c: a second program that embeds the engine, beside
 * ovn-route-controller.
 *
 *     embed-host SOCKET
 *
 * It knows no database: what it wants comes in through unixctl commands at
 * SOCKET, one call of include/ovn/route-exchange.h each.  Its main loop is
 * that of any OVS program.  Of this project it includes that header and
 * nothing else, which build-aux/check-layers checks: it shows that the header
 * is enough, and it passes the engine's stories
 * (tests/embed-host/test-embed-*).  Documentation/embedding.rst explains
 * what it does.
 *
 * Wishes may take several calls; between the first one, or the start, and
 * "turn" they are half said, and the engine does not run: a controller holds
 * it likewise while it works through the changes of its database.
 *
 * Its clock stands still but for "time/warp", so that tests decide how late it
 * is. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dummy.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/util.h"
#include "openvswitch/vlog.h"
#include "ovn/route-exchange.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

struct host {
    struct route_exchange *engine;
    bool held;                  /* Wishes are half said. */
    struct unixctl_conn *turn;  /* To be told the state after the next run. */
};

/* Answers with the number 'error'. */
static void
reply_error(struct unixctl_conn *conn, int error)
{
    char *s = xasprintf("%d", error);

    unixctl_command_reply(conn, s);
    free(s);
}

static void
reply_ds(struct unixctl_conn *conn, struct ds *ds)
{
    unixctl_command_reply(conn, ds_cstr(ds));
    ds_destroy(ds);
}

static uint32_t
number(const char *s)
{
    return strtoul(s, NULL, 10);
}

/* The number of table ARGV[1], or 0. */
static uint32_t
table_of(int argc, const char *argv[])
{
    return argc > 1 ? number(argv[1]) : 0;
}

/* Wishes. */

static void
set_table(struct unixctl_conn *conn, int argc, const char *argv[], void *host_)
{
    struct host *host = host_;

    host->held = true;
    reply_error(conn, route_exchange_set_table(host->engine, number(argv[1]),
                                               argc > 2 ? argv[2] : NULL));
}

static void
remove_table(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *host_)
{
    struct host *host = host_;

    host->held = true;
    route_exchange_remove_table(host->engine, number(argv[1]));
    reply_error(conn, 0);
}

static void
set_leak_guard(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[], void *host_)
{
    struct host *host = host_;

    host->held = true;
    reply_error(conn, route_exchange_set_leak_guard(host->engine,
                                                    number(argv[1]),
                                                    !strcmp(argv[2], "on")));
}

/* Parses an address into the 16 bytes at 'addr'; returns its family. */
static uint8_t
parse_address(const char *s, uint8_t *addr)
{
    uint8_t family = strchr(s, ':') ? AF_INET6 : AF_INET;

    memset(addr, 0, 16);
    return inet_pton(family, s, addr) == 1 ? family : 0;
}

/* TABLE ADDRESS PLEN METRIC [NEXTHOP] */
static void
change_route(struct unixctl_conn *conn, int argc, const char *argv[],
             void *host_)
{
    struct host *host = host_;
    struct route_exchange_route route;

    memset(&route, 0, sizeof route);
    route.table_id = number(argv[1]);
    route.prefix.family = parse_address(argv[2], route.prefix.addr);
    route.prefix.plen = number(argv[3]);
    route.metric = number(argv[4]);
    if (argc > 5) {
        route.nexthop_family = parse_address(argv[5], route.nexthop);
    }
    host->held = true;
    reply_error(conn, (!strcmp(argv[0], "add-route")
                       ? route_exchange_add_route(host->engine, &route)
                       : route_exchange_remove_route(host->engine, &route)));
}

static void
set_complete(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *host_)
{
    struct host *host = host_;

    host->held = true;
    route_exchange_set_complete(host->engine, !strcmp(argv[1], "yes"));
    reply_error(conn, 0);
}

static void
set_max_burst(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *host_)
{
    struct host *host = host_;

    route_exchange_set_max_burst(host->engine, strtoull(argv[1], NULL, 10));
    reply_error(conn, 0);
}

static void
resync(struct unixctl_conn *conn, int argc, const char *argv[], void *host_)
{
    struct host *host = host_;
    int error = 0;

    host->held = true;
    if (argc > 1) {
        error = route_exchange_resync_table(host->engine, number(argv[1]));
    } else {
        route_exchange_resync(host->engine);
    }
    reply_error(conn, error);
}

/* Answers when all that was said until now has been acted on. */
static void
turn(struct unixctl_conn *conn, int argc OVS_UNUSED,
     const char *argv[] OVS_UNUSED, void *host_)
{
    struct host *host = host_;

    ovs_assert(!host->turn);
    host->turn = conn;
    host->held = false;
}

/* Questions. */

/* Answers whether the engine is settled, and with the number of messages that
 * it sent. */
static void
reply_state(const struct host *host, struct unixctl_conn *conn)
{
    struct route_exchange_stats stats;
    struct ds ds = DS_EMPTY_INITIALIZER;

    route_exchange_get_stats(host->engine, &stats);
    ds_put_format(&ds, "%d %"PRIu64, route_exchange_is_settled(host->engine),
                  stats.n_route_messages + stats.n_link_messages);
    reply_ds(conn, &ds);
}

static void
state(struct unixctl_conn *conn, int argc OVS_UNUSED,
      const char *argv[] OVS_UNUSED, void *host)
{
    reply_state(host, conn);
}

static void
table_stats(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *host_)
{
    struct host *host = host_;
    struct route_exchange_table_stats stats;
    struct ds ds = DS_EMPTY_INITIALIZER;
    int error = route_exchange_get_table_stats(host->engine, number(argv[1]),
                                               &stats);

    ds_put_format(&ds, "%d", error);
    if (!error) {
        ds_put_format(&ds, " %d %"PRIuSIZE" %"PRIuSIZE" %"PRIuSIZE" %"PRIuSIZE
                      " %"PRIu64" %s", stats.vrf_up, stats.n_desired,
                      stats.n_installed, stats.n_failed, stats.n_other,
                      stats.n_repaired, stats.vrf_name);
    }
    reply_ds(conn, &ds);
}

static void
problems(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *host_)
{
    struct host *host = host_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    route_exchange_format_problems(host->engine, &ds);
    reply_ds(conn, &ds);
}

static void
show(struct unixctl_conn *conn, int argc, const char *argv[], void *host_)
{
    struct host *host = host_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (!strcmp(argv[0], "plan/show")) {
        route_exchange_format_plan(host->engine, table_of(argc, argv), &ds);
    } else if (!strcmp(argv[0], "kernel/show")) {
        route_exchange_format_kernel(host->engine, table_of(argc, argv), &ds);
    } else {
        route_exchange_format_delta(host->engine, &ds);
    }
    reply_ds(conn, &ds);
}

static void
register_commands(struct host *host)
{
    static const struct {
        const char *name;
        int min_args, max_args;
        unixctl_cb_func *cb;
    } commands[] = {
        { "set-table", 1, 2, set_table },
        { "remove-table", 1, 1, remove_table },
        { "leak-guard", 2, 2, set_leak_guard },
        { "add-route", 4, 5, change_route },
        { "remove-route", 4, 5, change_route },
        { "complete", 1, 1, set_complete },
        { "max-burst", 1, 1, set_max_burst },
        { "resync", 0, 1, resync },
        { "turn", 0, 0, turn },
        { "state", 0, 0, state },
        { "table-stats", 1, 1, table_stats },
        { "problems", 0, 0, problems },
        { "plan/show", 0, 1, show },
        { "kernel/show", 0, 1, show },
        { "delta/show", 0, 0, show },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, "", commands[i].min_args,
                                 commands[i].max_args, commands[i].cb, host);
    }
}

int
main(int argc, char *argv[])
{
    struct route_exchange_config config = { .owner = "test" };
    struct unixctl_server *server;
    struct host host = { NULL, true, NULL };
    int error;

    ovs_set_program_name(argv[0], "1");
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    if (argc != 2) {
        ovs_fatal(0, "usage: embed-host SOCKET");
    }
    time_msec();                /* Else the clock cannot be stopped yet. */
    timeval_dummy_register();
    error = unixctl_server_create(argv[1], &server);
    if (error) {
        ovs_fatal(error, "%s: cannot listen", argv[1]);
    }
    config.transport = route_exchange_open_kernel(&error);
    if (!config.transport) {
        ovs_fatal(error, "cannot reach the kernel");
    }
    host.engine = route_exchange_create(&config);
    register_commands(&host);
    ignore(write(STDOUT_FILENO, "", 1));        /* Ready. */

    for (;;) {
        unixctl_server_run(server);
        if (!host.held) {
            route_exchange_run(host.engine, time_msec());
            if (host.turn) {
                reply_state(&host, host.turn);
                host.turn = NULL;
            }
            route_exchange_wait(host.engine);
        }
        unixctl_server_wait(server);
        poll_block();
    }
}
