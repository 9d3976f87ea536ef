/* ovn-route-ctl-host.c: what ovn-route-ctl asks of the host it runs on:
 * daemons by their control sockets, the local Open_vSwitch database, other
 * programs.  Nothing here waits without a limit. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "jsonrpc.h"
#include "lib/ovn-dirs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "smap.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

/* Connects to 'remote', sends 'request', which is consumed, and waits for the
 * reply to it until 'deadline'.  Returns 0, or a positive errno or EOF. */
static int
transact_until(const char *remote, struct jsonrpc_msg *request,
               long long int deadline, struct jsonrpc_msg **reply)
{
    struct json *id = json_clone(request->id);
    struct stream *stream;
    struct jsonrpc *rpc;
    int error;

    error = stream_open_block(stream_open(remote, &stream, DSCP_DEFAULT),
                              MAX(deadline - time_msec(), 0), &stream);
    if (error) {
        jsonrpc_msg_destroy(request);
        json_destroy(id);
        return error;
    }
    rpc = jsonrpc_open(stream);
    jsonrpc_send(rpc, request);
    for (;;) {
        jsonrpc_run(rpc);
        error = jsonrpc_recv(rpc, reply);
        if (!error && (*reply)->id && json_equal((*reply)->id, id)) {
            break;
        } else if (!error) {
            jsonrpc_msg_destroy(*reply);
        } else if (error != EAGAIN) {
            break;
        } else if (time_msec() >= deadline) {
            error = ETIMEDOUT;
            break;
        } else {
            jsonrpc_wait(rpc);
            jsonrpc_recv_wait(rpc);
            poll_timer_wait_until(deadline);
            poll_block();
        }
    }
    json_destroy(id);
    jsonrpc_close(rpc);
    return error;
}

struct json *
ctl_rpc(const char *remote, const char *method, struct json *params,
        int seconds, char **error)
{
    struct jsonrpc_msg *reply;
    struct json *result = NULL;
    int retval;

    retval = transact_until(remote,
                            jsonrpc_create_request(method, params, NULL),
                            time_msec() + seconds * 1000LL, &reply);
    if (retval) {
        *error = xasprintf("%s: %s", remote, (retval == ETIMEDOUT
                                              ? "no answer"
                                              : ovs_retval_to_string(retval)));
        return NULL;
    }
    if (reply->error) {
        *error = (reply->error->type == JSON_STRING
                  ? xstrdup(json_string(reply->error))
                  : json_to_string(reply->error, JSSF_SORT));
    } else {
        result = reply->result;
        reply->result = NULL;
    }
    jsonrpc_msg_destroy(reply);
    return result;
}

char *
ctl_appctl(const char *target, const char *command, const char *const args[],
           char **error)
{
    struct json *params = json_array_create_empty(), *result;
    char *pidfile = xasprintf("%s/%s.pid", ovn_rundir(), target);
    char *text = NULL;
    struct stat s;

    *error = NULL;
    if (stat(pidfile, &s)) {
        *error = xasprintf("%s: %s", pidfile, ovs_strerror(errno));
    } else {
        pid_t pid = read_pidfile(pidfile);

        if (pid < 0) {
            *error = xasprintf("%s: %s", pidfile,
                               (pid == -ESRCH ? "its process is gone"
                                : ovs_strerror(-pid)));
        } else {
            char *remote = xasprintf("unix:%s/%s.%ld.ctl", ovn_rundir(),
                                     target, (long int) pid);

            for (size_t i = 0; args && args[i]; i++) {
                json_array_add(params, json_string_create(args[i]));
            }
            result = ctl_rpc(remote, command, params, CTL_ANSWER_SECONDS, error);
            params = NULL;
            if (result && result->type == JSON_STRING) {
                text = xstrdup(json_string(result));
            } else if (result) {
                text = xstrdup("");
            }
            json_destroy(result);
            free(remote);
        }
    }
    json_destroy(params);
    free(pidfile);
    return text;
}

/* Programs. */

/* Runs 'argv' in this process, with its output to 'fd'. */
static void OVS_NO_RETURN
exec_program(const char *const argv[], int fd)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    /* It takes what is not to be written as if it were. */
    execvp(argv[0], (char *const *) argv);
    _exit(127);
}

/* Appends to 'output' what comes from 'fd' until its end.  Returns 0 or a
 * positive errno. */
static int
read_all(int fd, long long int deadline, struct ds *output)
{
    for (;;) {
        char buffer[4096];
        ssize_t n = read(fd, buffer, sizeof buffer);

        if (n > 0) {
            ds_put_buffer(output, buffer, n);
        } else if (!n) {
            return 0;
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (time_msec() >= deadline) {
            return ETIMEDOUT;
        } else {
            poll_fd_wait(fd, POLLIN);
            poll_timer_wait_until(deadline);
            poll_block();
        }
    }
}

char *
ctl_run_program(const char *const argv[], int seconds, char **error)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    int fds[2], status, retval;
    pid_t pid;

    *error = NULL;
    if (pipe(fds)) {
        *error = xasprintf("pipe: %s", ovs_strerror(errno));
        return NULL;
    }
    pid = fork();
    if (!pid) {
        exec_program(argv, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        *error = xasprintf("fork: %s", ovs_strerror(errno));
        return NULL;
    }
    set_nonblocking(fds[0]);
    retval = read_all(fds[0], time_msec() + seconds * 1000LL, &output);
    close(fds[0]);
    if (retval) {
        kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    ds_cstr(&output);
    if (retval) {
        *error = xasprintf("%s: %s", argv[0], (retval == ETIMEDOUT
                                               ? "no answer"
                                               : ovs_strerror(retval)));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        *error = xasprintf("%s: not found", argv[0]);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        ds_chomp(&output, '\n');
        *error = xasprintf("%s: %.300s", argv[0],
                           (output.length ? ds_cstr(&output)
                            : "failed without a word"));
    }
    if (*error) {
        ds_destroy(&output);
        return NULL;
    }
    return ds_steal_cstr(&output);
}

bool
ctl_has_systemd(void)
{
    struct stat s;

    return !stat("/run/systemd/system", &s);
}

/* The probe. */

static char *
probe_controller(void *aux OVS_UNUSED, const char *command,
                 const char *argument, char **error)
{
    const char *args[] = { argument, NULL };

    return ctl_appctl("ovn-route-controller", command, args, error);
}

static char *
probe_frr(void *ctl_, const char *command, char **error)
{
    const struct ctl *ctl = ctl_;
    const char *argv[6];
    size_t n = 0;

    argv[n++] = "vtysh";
    if (ctl->pathspace) {
        argv[n++] = "-N";
        argv[n++] = ctl->pathspace;
    }
    argv[n++] = "-c";
    argv[n++] = command;
    argv[n] = NULL;
    return ctl_run_program(argv, CTL_ANSWER_SECONDS, error);
}

/* The local Open_vSwitch database. */

struct json *
ctl_ovs_transact(struct ctl *ctl, struct json *operation, char **error)
{
    const char *remote = ctl->ovs_db ? ctl->ovs_db : ovn_default_ovs_db();

    return ctl_rpc(remote, "transact",
                   json_array_create_2(json_string_create("Open_vSwitch"),
                                       operation),
                   CTL_ANSWER_SECONDS, error);
}

/* Stores the pairs of 'map', an OVSDB map, in 'smap'. */
static void
map_to_smap(const struct json *map, struct smap *smap)
{
    const struct json_array *pairs;

    if (!map || map->type != JSON_ARRAY || map->array.n != 2
        || map->array.elems[1]->type != JSON_ARRAY) {
        return;
    }
    pairs = &map->array.elems[1]->array;
    for (size_t i = 0; i < pairs->n; i++) {
        const struct json *pair = pairs->elems[i];

        if (pair->type == JSON_ARRAY && pair->array.n == 2
            && pair->array.elems[0]->type == JSON_STRING
            && pair->array.elems[1]->type == JSON_STRING) {
            smap_replace(smap, json_string(pair->array.elems[0]),
                         json_string(pair->array.elems[1]));
        }
    }
}

/* Reads 'columns', in JSON, of all rows of 'table' in the local Open_vSwitch
 * database.  Returns the reply, which the caller must destroy, with the rows
 * in '*rows'; or NULL and what is wrong in '*error'. */
static struct json *
select_rows(struct ctl *ctl, const char *table, const char *columns,
            const struct json_array **rows, char **error)
{
    char *text = xasprintf("{\"op\":\"select\",\"table\":\"%s\","
                           "\"where\":[],\"columns\":%s}", table, columns);
    struct json *reply, *found = NULL;

    reply = ctl_ovs_transact(ctl, json_from_string(text), error);
    free(text);
    if (reply && reply->type == JSON_ARRAY && reply->array.n
        && reply->array.elems[0]->type == JSON_OBJECT) {
        found = shash_find_data(reply->array.elems[0]->object, "rows");
    }
    if (found && found->type == JSON_ARRAY && found->array.n
        && found->array.elems[0]->type == JSON_OBJECT) {
        *rows = &found->array;
        return reply;
    }
    if (reply) {
        *error = xasprintf("%s of the local Open_vSwitch database has no row",
                           table);
        json_destroy(reply);
    }
    return NULL;
}

struct json *
ctl_ovs_first_row(struct ctl *ctl, const char *table, const char *columns,
                  char **error)
{
    const struct json_array *rows;
    struct json *reply = select_rows(ctl, table, columns, &rows, error);
    struct json *row = reply ? json_clone(rows->elems[0]) : NULL;

    json_destroy(reply);
    return row;
}

bool
ctl_read_ovs_ids(struct ctl *ctl, struct smap *ids, char **error)
{
    const struct json_array *rows;
    struct json *reply = select_rows(ctl, "Open_vSwitch",
                                     "[\"external_ids\"]", &rows, error);

    if (!reply) {
        return false;
    }
    map_to_smap(shash_find_data(rows->elems[0]->object, "external_ids"), ids);
    json_destroy(reply);
    return true;
}

bool
ctl_read_interfaces(struct ctl *ctl, struct smap *interfaces, char **error)
{
    const struct json_array *rows;
    struct json *reply = select_rows(ctl, "Interface",
                                     "[\"name\",\"external_ids\"]", &rows,
                                     error);

    if (!reply) {
        return false;
    }
    for (size_t i = 0; i < rows->n; i++) {
        struct smap ids = SMAP_INITIALIZER(&ids);
        const struct json *name;
        const char *port;

        name = shash_find_data(rows->elems[i]->object, "name");
        map_to_smap(shash_find_data(rows->elems[i]->object, "external_ids"),
                    &ids);
        port = smap_get(&ids, "iface-id");
        if (port && name && name->type == JSON_STRING) {
            smap_replace(interfaces, port, json_string(name));
        }
        smap_destroy(&ids);
    }
    json_destroy(reply);
    return true;
}

void
ctl_find_host(struct ctl *ctl)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    char *error = NULL;

    if (!ctl->system_id && ctl_read_ovs_ids(ctl, &ids, &error)) {
        ctl->system_id = nullable_xstrdup(smap_get(&ids, "system-id"));
    }
    smap_destroy(&ids);
    free(error);
    ctl->probe = (struct explain_probe) {
        .chassis = ctl->system_id,
        .vtysh = (ctl->pathspace ? xasprintf("vtysh -N %s", ctl->pathspace)
                  : "vtysh"),
        .controller = probe_controller,
        .frr = probe_frr,
        .aux = ctl,
    };
}
