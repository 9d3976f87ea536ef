/* bench-northd: measures ovn-route-northd, from outside.
 *
 *     bench-northd [OPTION...] KIND SHAPE N
 *
 * Fills the Northbound database with N objects of a KIND in a SHAPE, starts
 * the daemon, waits until the Southbound database has a row for each, then adds
 * and removes single objects.  Prints one line of figures; --header prints
 * their names.  The databases are there, with their Global rows, and empty
 * otherwise; tests/bench/northd sees to that.
 *
 * Northbound transactions and what the Southbound server tells go through plain
 * JSON-RPC, so that the clock reads what any client would see: the latency of a
 * change is from the reply to the Northbound transaction to the notification of
 * the row.  CPU time is the daemon's own, as the kernel counts it; that for a
 * change includes what it does for a Port_Binding that the change needs.
 *
 * Another kind of object is one more struct kind. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jsonrpc.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "stream.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Single changes that are measured. */
#define N_CHANGES 20

/* Objects in one Northbound transaction, at filling. */
#define BATCH 1000

/* A minute without progress is a failure. */
#define LIMIT_MS 60000

/* One server, and what it said. */
struct server {
    const char *remote;
    struct jsonrpc *rpc;
    struct json *reply;         /* The last one, or NULL. */
    struct json *request_id;    /* Of the request that is waited for. */
};

struct bench {
    struct server nb, sb;
    const char *start;          /* Shell command that starts the daemon... */
    const char *pidfile;        /* ...where it leaves its process id... */
    const char *unixctl;        /* ...and its control socket. */
    bool stock;                 /* Stock ovn-northd makes the ports. */
    const struct kind *kind;
    size_t n;                   /* Objects. */
    size_t n_routers;           /* They are spread over. */
    pid_t pid;                  /* The daemon. */

    size_t rows;                /* In Advertised_Route... */
    struct sset prefixes;       /* ...and their prefixes, those of changes. */
};

struct kind {
    const char *name;
    const char *source;         /* Of dynamic-routing-redistribute. */

    /* Appends operations that make object 'i', and of all that belong to router
     * 'lr' the references to the 'n' objects from 'first' on. */
    void (*add)(const struct bench *, struct ds *ops, size_t i);
    void (*attach)(const struct bench *, struct ds *ops, size_t lr,
                   size_t first, size_t n);
    /* Appends operations that remove it; 'uuid' is that of its row. */
    void (*remove)(const struct bench *, struct ds *ops, size_t lr,
                   const char *uuid);
    /* Appends the ip_prefix of its row. */
    void (*prefix)(struct ds *, size_t i);

    /* The objects are ports of switches, "lsN" for router "lrN": these... */
    bool on_switch;
    /* ...have a Port_Binding each, which these operations make, for 'n' of them
     * from 'first' on, if stock ovn-northd does not run. */
    void (*add_sb)(struct ds *ops, size_t first, size_t n);
};

/* Time. */

static long long int
now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static long long int
cpu_us(pid_t pid)
{
    struct timespec ts;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts)) {
        ovs_fatal(0, "process %ld is gone", (long int) pid);
    }
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* Peak of resident memory, in kB. */
static long int
peak_kb(pid_t pid)
{
    char *path = xasprintf("/proc/%ld/status", (long int) pid);
    FILE *file = fopen(path, "r");
    long int kb = -1;
    char line[256];

    while (file && fgets(line, sizeof line, file)) {
        if (!strncmp(line, "VmHWM:", 6)) {
            kb = atol(line + 6);
        }
    }
    if (file) {
        fclose(file);
    }
    free(path);
    return kb;
}

/* Servers. */

static void
server_open(struct server *server)
{
    struct stream *stream;
    int error = stream_open_block(stream_open(server->remote, &stream, 0),
                                  LIMIT_MS, &stream);

    if (error) {
        ovs_fatal(error, "%s", server->remote);
    }
    server->rpc = jsonrpc_open(stream);
}

/* Counts what came into Advertised_Route and left it. */
static void
follow_rows(struct bench *b, const struct json *updates)
{
    const struct json *table = shash_find_data(json_object(updates),
                                               "Advertised_Route");
    struct shash_node *node;

    if (!table) {
        return;
    }
    SHASH_FOR_EACH (node, json_object(table)) {
        const struct shash *row = json_object(node->data);
        const struct json *old = shash_find_data(row, "old");
        const struct json *new = shash_find_data(row, "new");
        const struct json *value = shash_find_data(
            json_object(new ? new : old), "ip_prefix");

        if (old && !new) {
            b->rows--;
            sset_find_and_delete(&b->prefixes, json_string(value));
        } else if (new && !old) {
            b->rows++;
            if (b->rows > b->n) {
                sset_add(&b->prefixes, json_string(value));
            }
        }
    }
}

/* Takes what 'server' said.  True if it was anything. */
static bool
server_recv(struct bench *b, struct server *server)
{
    struct jsonrpc_msg *msg;
    int error;

    if (!server->rpc) {
        return false;
    }
    jsonrpc_run(server->rpc);
    error = jsonrpc_recv(server->rpc, &msg);
    if (error == EAGAIN) {
        return false;
    } else if (error) {
        ovs_fatal(error == EOF ? 0 : error, "%s: connection lost",
                  server->remote);
    }
    if (msg->type == JSONRPC_REQUEST && !strcmp(msg->method, "echo")) {
        jsonrpc_send(server->rpc, jsonrpc_create_reply(
                         json_clone(msg->params), msg->id));
    } else if (msg->type == JSONRPC_NOTIFY
               && !strcmp(msg->method, "update")) {
        follow_rows(b, json_array(msg->params)->elems[1]);
    } else if (msg->type == JSONRPC_REPLY && server->request_id
               && json_equal(msg->id, server->request_id)) {
        server->reply = json_clone(msg->result);
    } else if (msg->type == JSONRPC_ERROR) {
        ovs_fatal(0, "%s: %s", server->remote,
                  json_to_string(msg->error, JSSF_SORT));
    }
    jsonrpc_msg_destroy(msg);
    return true;
}

/* Waits until 'done' says so; listens to both servers all the time. */
static void
wait_until(struct bench *b, bool (*done)(struct bench *, const void *aux),
           const void *aux, const char *what)
{
    long long int limit = time_msec() + LIMIT_MS;

    while (!done(b, aux)) {
        bool progress = server_recv(b, &b->nb);

        progress |= server_recv(b, &b->sb);
        if (progress) {
            limit = time_msec() + LIMIT_MS;
            continue;
        }
        if (time_msec() > limit) {
            ovs_fatal(0, "%s: no progress for a minute, %"PRIuSIZE" rows",
                      what, b->rows);
        }
        jsonrpc_wait(b->nb.rpc);
        jsonrpc_recv_wait(b->nb.rpc);
        if (b->sb.rpc) {
            jsonrpc_wait(b->sb.rpc);
            jsonrpc_recv_wait(b->sb.rpc);
        }
        poll_timer_wait_until(limit);
        poll_block();
    }
}

static bool
have_reply(struct bench *b OVS_UNUSED, const void *server_)
{
    const struct server *server = server_;

    return server->reply != NULL;
}

/* Sends 'method' with 'params', a JSON text that is freed, and returns the
 * reply, which the caller must free. */
static struct json *
request(struct bench *b, struct server *server, const char *method,
        struct ds *params)
{
    struct jsonrpc_msg *msg = jsonrpc_create_request(
        method, json_from_string(ds_cstr(params)), &server->request_id);
    struct json *reply;
    int error;

    ds_destroy(params);
    server->request_id = json_clone(server->request_id);
    error = jsonrpc_send(server->rpc, msg);
    if (error) {
        ovs_fatal(error, "%s: cannot send", server->remote);
    }
    wait_until(b, have_reply, server, method);
    reply = server->reply;
    server->reply = NULL;
    json_destroy(server->request_id);
    server->request_id = NULL;
    return reply;
}

/* Executes the operations 'ops' (each with a comma in front), which are freed.
 * Returns the results, which the caller must free. */
static struct json *
transact(struct bench *b, struct server *server, struct ds *ops)
{
    struct ds params = DS_EMPTY_INITIALIZER;
    struct json *reply;

    ds_put_format(&params, "[\"%s\"%s]",
                  server == &b->nb ? "OVN_Northbound" : "OVN_Southbound",
                  ds_cstr(ops));
    ds_destroy(ops);
    reply = request(b, server, "transact", &params);
    for (size_t i = 0; i < json_array(reply)->n; i++) {
        const struct json *result = json_array(reply)->elems[i];

        if (result->type == JSON_OBJECT
            && shash_find(json_object(result), "error")) {
            ovs_fatal(0, "%s: transaction failed: %s", server->remote,
                      json_to_string(result, JSSF_SORT));
        }
    }
    return reply;
}

static void
run(struct bench *b, struct server *server, struct ds *ops)
{
    json_destroy(transact(b, server, ops));
}

/* Topology. */

/* A switch that the port of router 'lr' leads to. */
static void
add_switch(struct bench *b, size_t lr)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Logical_Switch_Port\","
        "\"uuid-name\":\"p\",\"row\":{\"name\":\"ls%"PRIuSIZE"-lr\","
        "\"type\":\"router\",\"addresses\":\"router\",\"options\":[\"map\","
        "[[\"router-port\",\"lr%"PRIuSIZE"-up\"]]]}}"
        ",{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":{"
        "\"name\":\"ls%"PRIuSIZE"\",\"ports\":[\"named-uuid\",\"p\"]}}",
        lr, lr, lr);
    run(b, &b->nb, &ops);
}

/* What depends on router 'lr' alone: a gateway router with one port. */
static void
add_router(struct bench *b, size_t lr)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Logical_Router_Port\","
        "\"uuid-name\":\"p\",\"row\":{\"name\":\"lr%"PRIuSIZE"-up\","
        "\"mac\":\"02:00:00:00:%02"PRIxSIZE":%02"PRIxSIZE"\","
        "\"networks\":\"10.%"PRIuSIZE".%"PRIuSIZE".1/24\"}}"
        ",{\"op\":\"insert\",\"table\":\"Logical_Router\",\"row\":{"
        "\"name\":\"lr%"PRIuSIZE"\",\"ports\":[\"named-uuid\",\"p\"],"
        "\"options\":[\"map\",[[\"chassis\",\"hv1\"],"
        "[\"dynamic-routing\",\"true\"],"
        "[\"dynamic-routing-redistribute\",\"%s\"]]]}}",
        lr, lr / 256, lr % 256, lr / 256, lr % 256, lr, b->kind->source);
    run(b, &b->nb, &ops);
    if (b->stock) {
        return;
    }

    /* What stock ovn-northd would make of it. */
    ds_init(&ops);
    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
        "\"uuid-name\":\"d\",\"row\":{\"tunnel_key\":%"PRIuSIZE"}}"
        ",{\"op\":\"insert\",\"table\":\"Port_Binding\",\"row\":{"
        "\"logical_port\":\"lr%"PRIuSIZE"-up\",\"type\":\"l3gateway\","
        "\"tunnel_key\":1,\"datapath\":[\"named-uuid\",\"d\"]}}",
        lr + 1, lr);
    run(b, &b->sb, &ops);
}

/* Objects are dealt out to routers in blocks. */
static size_t
object_router(const struct bench *b, size_t i)
{
    size_t lr = i / (b->n / b->n_routers);

    return MIN(lr, b->n_routers - 1);
}

/* Makes the Southbound ports of 'n' objects from 'first' on, if that is our
 * business. */
static void
add_sb(struct bench *b, size_t first, size_t n)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    if (!b->stock && b->kind->add_sb) {
        b->kind->add_sb(&ops, first, n);
        run(b, &b->sb, &ops);
    }
}

static void
fill(struct bench *b)
{
    for (size_t lr = 0; lr < b->n_routers; lr++) {
        add_router(b, lr);
        if (b->kind->on_switch) {
            add_switch(b, lr);
        }
    }
    for (size_t first = 0; first < b->n; ) {
        size_t lr = object_router(b, first), i;
        struct ds ops = DS_EMPTY_INITIALIZER;

        for (i = first; i < b->n && i < first + BATCH
             && object_router(b, i) == lr; i++) {
            b->kind->add(b, &ops, i);
        }
        b->kind->attach(b, &ops, lr, first, i - first);
        run(b, &b->nb, &ops);
        add_sb(b, first, i - first);
        first = i;
    }
}

/* Kinds. */

static void
prefix_of_index(struct ds *s, size_t i)
{
    ds_put_format(s, "%"PRIuSIZE".%"PRIuSIZE".%"PRIuSIZE".%"PRIuSIZE,
                  100 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255);
}

static void
nat_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"NAT\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"type\":"
                  "\"dnat_and_snat\",\"logical_ip\":\"192.168.0.1\","
                  "\"external_ip\":\"", i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, "\"}}");
}

/* Appends a mutation of 'column' of the row of 'table' called "PREFIXlr". */
static void
mutate(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, const char *mutation)
{
    ds_put_format(ops, ",{\"op\":\"mutate\",\"table\":\"%s\","
                  "\"where\":[[\"name\",\"==\",\"%s%"PRIuSIZE"\"]],"
                  "\"mutations\":[[\"%s\",%s]]}",
                  table, prefix, lr, column, mutation);
}

static void
attach(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, size_t first, size_t n)
{
    struct ds set = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&set, "\"insert\",[\"set\",[");
    for (size_t i = first; i < first + n; i++) {
        ds_put_format(&set, "%s[\"named-uuid\",\"o%"PRIuSIZE"\"]",
                      i > first ? "," : "", i);
    }
    ds_put_cstr(&set, "]]");
    mutate(ops, table, prefix, lr, column, ds_cstr(&set));
    ds_destroy(&set);
}

static void
detach(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, const char *uuid)
{
    char *set = xasprintf("\"delete\",[\"set\",[[\"uuid\",\"%s\"]]]", uuid);

    mutate(ops, table, prefix, lr, column, set);
    free(set);
}

static void
attach_to_router(struct ds *ops, size_t lr, const char *column, size_t first,
                 size_t n)
{
    attach(ops, "Logical_Router", "lr", lr, column, first, n);
}

static void
nat_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
           size_t first, size_t n)
{
    attach_to_router(ops, lr, "nat", first, n);
}

static void
nat_remove(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
           const char *uuid)
{
    detach(ops, "Logical_Router", "lr", lr, "nat", uuid);
}

static void
lb_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Load_Balancer\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"name\":"
                  "\"lb%"PRIuSIZE"\",\"protocol\":\"tcp\",\"vips\":[\"map\","
                  "[[\"", i, i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, ":80\",\"192.168.0.1:80\"]]]}}");
}

static void
lb_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
          size_t first, size_t n)
{
    attach_to_router(ops, lr, "load_balancer", first, n);
}

static void
lb_remove(const struct bench *b OVS_UNUSED, struct ds *ops,
          size_t lr OVS_UNUSED, const char *uuid)
{
    ds_put_format(ops, ",{\"op\":\"delete\",\"table\":\"Load_Balancer\","
                  "\"where\":[[\"_uuid\",\"==\",[\"uuid\",\"%s\"]]]}", uuid);
}

static void
host_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Logical_Switch_Port\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"name\":"
                  "\"vm%"PRIuSIZE"\",\"addresses\":\"02:00:00:00:00:01 ", i, i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, "\"}}");
}

/* No datapath of stock OVN can hold 100 000 ports: these get one for each call,
 * that is, for up to BATCH of them. */
static void
host_add_sb(struct ds *ops, size_t first, size_t n)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
                  "\"uuid-name\":\"d\",\"row\":{\"tunnel_key\":%"PRIuSIZE"}}",
                  1000 + first);
    for (size_t i = 0; i < n; i++) {
        ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Port_Binding\","
                      "\"row\":{\"logical_port\":\"vm%"PRIuSIZE"\","
                      "\"tunnel_key\":%"PRIuSIZE","
                      "\"datapath\":[\"named-uuid\",\"d\"]}}",
                      first + i, 1 + i);
    }
}

static void
host_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
            size_t first, size_t n)
{
    attach(ops, "Logical_Switch", "ls", lr, "ports", first, n);
}

static void
host_remove(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
            const char *uuid)
{
    detach(ops, "Logical_Switch", "ls", lr, "ports", uuid);
}

static const struct kind kinds[] = {
    { "nat", "nat", nat_add, nat_attach, nat_remove, prefix_of_index,
      false, NULL },
    { "lb", "lb", lb_add, lb_attach, lb_remove, prefix_of_index,
      false, NULL },
    { "host", "connected-as-host", host_add, host_attach, host_remove,
      prefix_of_index, true, host_add_sb },
};

/* The daemon. */

static void
start_daemon(struct bench *b)
{
    FILE *file;
    long int pid;

    if (system(b->start) || !(file = fopen(b->pidfile, "r"))) {
        ovs_fatal(0, "cannot start the daemon: %s", b->start);
    }
    if (fscanf(file, "%ld", &pid) != 1) {
        ovs_fatal(0, "%s: no process id", b->pidfile);
    }
    fclose(file);
    b->pid = pid;
}

/* Number of transactions that it made. */
static unsigned long long int
transactions(const struct bench *b)
{
    static const char label[] = "Transactions: ";
    struct jsonrpc *client;
    char *result, *error;
    const char *p;
    unsigned long long int n;

    if (unixctl_client_create(b->unixctl, &client)
        || unixctl_client_transact(client, "status", 0, NULL, &result, &error)
        || !result || !(p = strstr(result, label))) {
        ovs_fatal(0, "%s: no answer to \"status\"", b->unixctl);
    }
    n = strtoull(p + strlen(label), NULL, 10);
    free(result);
    free(error);
    jsonrpc_close(client);
    return n;
}

/* Measuring. */

static bool
all_rows_are_in(struct bench *b, const void *aux OVS_UNUSED)
{
    /* A switch's port that leads to the router is one of its hosts. */
    return b->rows >= b->n + (b->kind->on_switch ? b->n_routers : 0);
}

struct expectation {
    const char *prefix;
    bool present;
};

static bool
row_is_as_expected(struct bench *b, const void *expectation_)
{
    const struct expectation *e = expectation_;

    return sset_contains(&b->prefixes, e->prefix) == e->present;
}

/* Waits until the daemon has nothing to do any more, but not for ever: it may
 * run under a tool that always has. */
static void
wait_until_idle(struct bench *b)
{
    long long int last, now = cpu_us(b->pid);
    long long int limit = time_msec() + 5000;

    do {
        while (server_recv(b, &b->nb) || server_recv(b, &b->sb)) {
            continue;
        }
        last = now;
        usleep(10000);
        now = cpu_us(b->pid);
    } while (now - last > 100 && time_msec() < limit);
}

/* Makes the change 'ops' and returns how many microseconds later 'prefix' came
 * or went.  If '*uuid' is wanted, it is that of the row that came first. */
static long long int
change(struct bench *b, struct ds *ops, const char *prefix, bool present,
       char **uuid)
{
    struct expectation e = { prefix, present };
    struct json *reply = transact(b, &b->nb, ops);
    long long int start = now_us(), end;

    if (uuid) {
        const struct json *result = json_array(reply)->elems[0];
        const struct json *id = shash_find_data(json_object(result), "uuid");

        *uuid = xstrdup(json_string(json_array(id)->elems[1]));
    }
    json_destroy(reply);
    wait_until(b, row_is_as_expected, &e, prefix);
    end = now_us();
    wait_until_idle(b);
    return end - start;
}

static int
compare_times(const void *a_, const void *b_)
{
    const long long int *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

static void
print_times(long long int *times)
{
    qsort(times, N_CHANGES, sizeof *times, compare_times);
    printf(" %8.1f %8.1f", times[N_CHANGES / 2] / 1000.0,
           times[N_CHANGES - 1] / 1000.0);
}

static void
measure_changes(struct bench *b)
{
    long long int added[N_CHANGES], removed[N_CHANGES], cpu;
    unsigned long long int txns;

    wait_until_idle(b);
    txns = transactions(b);
    wait_until_idle(b);
    cpu = cpu_us(b->pid);
    for (size_t i = 0; i < N_CHANGES; i++) {
        size_t lr = i * 7 % b->n_routers;
        struct ds ops = DS_EMPTY_INITIALIZER;
        struct ds prefix = DS_EMPTY_INITIALIZER;
        char *uuid;

        add_sb(b, b->n + i, 1);
        wait_until_idle(b);
        b->kind->prefix(&prefix, b->n + i);
        b->kind->add(b, &ops, b->n + i);
        b->kind->attach(b, &ops, lr, b->n + i, 1);
        added[i] = change(b, &ops, ds_cstr(&prefix), true, &uuid);

        ds_init(&ops);
        b->kind->remove(b, &ops, lr, uuid);
        removed[i] = change(b, &ops, ds_cstr(&prefix), false, NULL);
        free(uuid);
        ds_destroy(&prefix);
    }
    cpu = cpu_us(b->pid) - cpu;
    print_times(added);
    print_times(removed);
    printf(" %8.2f %6.2f", cpu / 1000.0 / (2 * N_CHANGES),
           (double) (transactions(b) - txns) / (2 * N_CHANGES));
}

static void
measure(struct bench *b)
{
    struct ds params = DS_EMPTY_INITIALIZER;
    long long int start, end, cpu;

    server_open(&b->nb);
    server_open(&b->sb);
    fill(b);

    ds_put_cstr(&params, "[\"OVN_Southbound\",\"rows\",{\"Advertised_Route\":"
                "{\"columns\":[\"ip_prefix\"]}}]");
    json_destroy(request(b, &b->sb, "monitor", &params));
    start = now_us();
    start_daemon(b);
    wait_until(b, all_rows_are_in, NULL, "all rows");
    end = now_us();
    cpu = cpu_us(b->pid);
    printf(" %8.2f %8.2f", (end - start) / 1e6, cpu / 1e6);
    fflush(stdout);
    measure_changes(b);
    printf(" %7.0f\n", peak_kb(b->pid) / 1024.0);
    jsonrpc_close(b->nb.rpc);
    jsonrpc_close(b->sb.rpc);
}

static void
print_header(void)
{
    printf("%-5s %-7s %-6s %8s %8s %8s %8s %8s %8s %8s %8s %6s %7s\n"
           "%-5s %-7s %-6s %8s %8s %8s %8s %8s %8s %8s %8s %6s %7s\n",
           "", "", "", "", "bulk", "bulk", "added", "added", "removed",
           "removed", "change", "change", "peak",
           "kind", "shape", "stock", "rows", "s", "CPU s", "median ms",
           "worst ms", "median ms", "worst ms", "CPU ms", "txns", "MB");
}

static void
parse_arguments(struct bench *b, int argc, char *argv[])
{
    static const struct option long_options[] = {
        {"ovnnb-db", required_argument, NULL, 'n'},
        {"ovnsb-db", required_argument, NULL, 's'},
        {"start", required_argument, NULL, 'x'},
        {"pidfile", required_argument, NULL, 'p'},
        {"unixctl", required_argument, NULL, 'u'},
        {"stock", no_argument, NULL, 'k'},
        {"header", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'n': b->nb.remote = optarg; break;
        case 's': b->sb.remote = optarg; break;
        case 'x': b->start = optarg; break;
        case 'p': b->pidfile = optarg; break;
        case 'u': b->unixctl = optarg; break;
        case 'k': b->stock = true; break;
        case 'h': print_header(); exit(EXIT_SUCCESS);
        default: exit(EXIT_FAILURE);
        }
    }
    if (argc - optind != 3) {
        ovs_fatal(0, "usage: %s OPTION... KIND SHAPE N", program_name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i].name, argv[optind])) {
            b->kind = &kinds[i];
        }
    }
    b->n = strtoul(argv[optind + 2], NULL, 10);
    b->n_routers = strcmp(argv[optind + 1], "spread") ? 1 : 100;
    if (!b->kind || b->n < b->n_routers || !b->nb.remote || !b->sb.remote
        || !b->start || !b->pidfile || !b->unixctl) {
        ovs_fatal(0, "unknown kind, too few objects, or a missing option");
    }
}

int
main(int argc, char *argv[])
{
    struct bench b;

    memset(&b, 0, sizeof b);
    ovs_set_program_name(argv[0], VERSION);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    signal(SIGPIPE, SIG_IGN);
    sset_init(&b.prefixes);
    parse_arguments(&b, argc, argv);
    printf("%-5s %-7s %-6s %8"PRIuSIZE, b.kind->name, argv[optind + 1],
           b.stock ? "yes" : "no", b.n);
    fflush(stdout);
    measure(&b);
    sset_destroy(&b.prefixes);
    return 0;
}
