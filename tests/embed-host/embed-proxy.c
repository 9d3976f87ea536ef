/* embed-proxy.c: lets the engine's stories be told about an engine in another
 * program.
 *
 * Has the functions of include/ovn/route-exchange.h that stories use, and
 * passes each on to a process of tests/embed-host/embed-host, in this network
 * namespace, by its unixctl commands.  So the object files of the stories are
 * linked with this file in place of the engine.  To destroy an engine is to
 * kill that process. */
#include <config.h>
#include "tests/lib/engine-stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jsonrpc.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

#include "tests/unit/unit.h"

struct route_exchange {
    pid_t pid;
    struct jsonrpc *client;
    struct nl_transport *transport; /* Told how many messages were sent. */
    unsigned long long int n_sent;  /* So many until now. */
    long long int now;              /* The process' clock; 0: not started. */
    struct problem_set problems;
};

const bool stage_is_direct = false;

/* A transport that only listens to counts. */

static void
null_close(struct nl_transport *transport)
{
    free(transport);
}

static void
null_submit(struct nl_transport *transport OVS_UNUSED, void *msgs OVS_UNUSED,
            size_t len OVS_UNUSED, size_t n OVS_UNUSED)
{
}

struct nl_transport *
stage_open_engine(struct env *env OVS_UNUSED)
{
    static const struct nl_transport_class null_class = {
        .close = null_close, .submit = null_submit,
    };
    struct nl_transport *transport = xzalloc(sizeof *transport);

    transport->class = &null_class;
    return transport;
}

long long int
stage_wake_time(const struct env *env)
{
    return env->now + STEP_MS;
}

/* Nobody can see what it believes. */
void
stage_check_mirror(struct env *env OVS_UNUSED)
{
}

/* Talking. */

/* Sends the command that 'argv', up to a null pointer, is.  Returns the
 * answer, malloc()'d. */
static char *
ask(const struct route_exchange *re, const char *argv[])
{
    char *result, *error;
    int argc = 0;

    while (argv[argc]) {
        argc++;
    }
    assert_int_equal(unixctl_client_transact(re->client, argv[0], argc - 1,
                                             (char **) (argv + 1),
                                             &result, &error), 0);
    if (error) {
        fail_msg("%s: %s", argv[0], error);
    }
    return result;
}

#define ASK(RE, ...) ask(RE, (const char *[]) { __VA_ARGS__, NULL })

/* Turns an answer into a number. */
static int
answer(char *s)
{
    int n = atoi(s);

    free(s);
    return n;
}

/* Starts the process, and waits until it answers. */
static pid_t
start(const char *socket)
{
    int fds[2];
    pid_t pid;
    char ready;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl(EMBED_HOST, "embed-host", socket, (char *) NULL);
        _exit(127);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &ready, 1), 1);
    close(fds[0]);
    return pid;
}

struct route_exchange *
route_exchange_create(const struct route_exchange_config *config)
{
    struct route_exchange *re = xzalloc(sizeof *re);
    char directory[] = "/tmp/embed-host.XXXXXX";
    char *path;

    assert_non_null(mkdtemp(directory));
    path = xasprintf("%s/ctl", directory);
    re->pid = start(path);
    assert_int_equal(unixctl_client_create(path, &re->client), 0);
    unlink(path);
    rmdir(directory);
    free(path);
    re->transport = config->transport;
    problem_set_init(&re->problems);
    free(ASK(re, "time/stop"));
    return re;
}

void
route_exchange_destroy(struct route_exchange *re)
{
    kill(re->pid, SIGKILL);
    assert_int_equal(waitpid(re->pid, NULL, 0), re->pid);
    jsonrpc_close(re->client);
    nl_transport_close(re->transport);
    problem_set_destroy(&re->problems);
    free(re);
}

/* The commands. */

/* Puts a number into text, for as long as the function that uses it runs. */
#define TEXT(N) ((const char *) xasprintf_here((char[24]) { 0 }, (N)))

static char *
xasprintf_here(char buf[24], unsigned long long int n)
{
    snprintf(buf, 24, "%llu", n);
    return buf;
}

int
route_exchange_set_table(struct route_exchange *re, uint32_t table_id,
                         const char *vrf_name)
{
    return answer(ASK(re, "set-table", TEXT(table_id), vrf_name));
}

int
route_exchange_set_leak_guard(struct route_exchange *re, uint32_t table_id,
                              bool enabled)
{
    return answer(ASK(re, "leak-guard", TEXT(table_id),
                      enabled ? "on" : "off"));
}

void
route_exchange_remove_table(struct route_exchange *re, uint32_t table_id)
{
    free(ASK(re, "remove-table", TEXT(table_id)));
}

static int
change_route(struct route_exchange *re, const char *command,
             const struct route_exchange_route *route)
{
    char addr[INET6_ADDRSTRLEN], nexthop[INET6_ADDRSTRLEN];

    inet_ntop(route->prefix.family, route->prefix.addr, addr, sizeof addr);
    if (route->nexthop_family) {
        inet_ntop(route->nexthop_family, route->nexthop, nexthop,
                  sizeof nexthop);
    }
    return answer(ASK(re, command, TEXT(route->table_id), addr,
                      TEXT(route->prefix.plen), TEXT(route->metric),
                      route->nexthop_family ? nexthop : NULL));
}

int
route_exchange_add_route(struct route_exchange *re,
                         const struct route_exchange_route *route)
{
    return change_route(re, "add-route", route);
}

int
route_exchange_remove_route(struct route_exchange *re,
                            const struct route_exchange_route *route)
{
    return change_route(re, "remove-route", route);
}

void
route_exchange_set_complete(struct route_exchange *re, bool complete)
{
    free(ASK(re, "complete", complete ? "yes" : "no"));
}

void
route_exchange_set_max_burst(struct route_exchange *re, size_t max_burst)
{
    free(ASK(re, "max-burst", TEXT(max_burst)));
}

void
route_exchange_resync(struct route_exchange *re)
{
    free(ASK(re, "resync"));
}

int
route_exchange_resync_table(struct route_exchange *re, uint32_t table_id)
{
    return answer(ASK(re, "resync", TEXT(table_id)));
}

void
route_exchange_run(struct route_exchange *re, long long int now)
{
    unsigned long long int n;
    char *state;
    int settled;

    if (re->now && now > re->now) {
        /* Its answer is not waited for. */
        assert_int_equal(jsonrpc_send_block(re->client, jsonrpc_create_request(
            "time/warp", json_array_create_1(json_string_create(
                TEXT(now - re->now))), NULL)), 0);
    }
    re->now = now;
    state = ASK(re, "turn");
    assert_int_equal(sscanf(state, "%d %llu", &settled, &n), 2);
    free(state);
    nl_transport_submit(re->transport, NULL, 0, n - re->n_sent);
    re->n_sent = n;
}

/* Questions. */

bool
route_exchange_is_settled(const struct route_exchange *re)
{
    return answer(ASK(re, "state"));
}

struct problem_set *
route_exchange_problems(struct route_exchange *re)
{
    char *text = ASK(re, "problems");
    char *save = NULL;

    problem_set_begin(&re->problems);
    for (char *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        problem_report(&re->problems, "host", line, "-");
    }
    problem_set_end(&re->problems, "host");
    free(text);
    return &re->problems;
}

int
route_exchange_get_table_stats(const struct route_exchange *re,
                               uint32_t table_id,
                               struct route_exchange_table_stats *stats)
{
    char *text = ASK(re, "table-stats", TEXT(table_id));
    int error, up;

    memset(stats, 0, sizeof *stats);
    stats->table_id = table_id;
    sscanf(text, "%d %d %zu %zu %zu %zu %"SCNu64" %15s", &error, &up,
           &stats->n_desired, &stats->n_installed, &stats->n_failed,
           &stats->n_other, &stats->n_repaired, stats->vrf_name);
    if (!error) {
        stats->vrf_up = up;
    }
    free(text);
    return error;
}

/* Only what the commands tell. */
void
route_exchange_get_stats(const struct route_exchange *re,
                         struct route_exchange_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    stats->n_route_messages = re->n_sent;
}

void
route_exchange_format_delta(const struct route_exchange *re, struct ds *ds)
{
    char *text = ASK(re, "delta/show");

    ds_put_cstr(ds, text);
    free(text);
}
