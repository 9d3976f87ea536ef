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
 * change includes what it does for a Port_Binding that the change needs. */
#include <config.h>
#include "tests/bench/bench-northd.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jsonrpc.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Single changes that are measured. */
#define N_CHANGES 20

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
    struct json *reply = server_transact(b, &b->nb, ops);
    long long int start = now_us(), end;

    if (uuid) {
        const struct json *result = json_array(reply)->elems[0];
        const struct json *id = shash_find_data(json_object(result), "uuid");

        *uuid = xstrdup(json_string(json_array(id)->elems[1]));
    }
    json_destroy(reply);
    bench_wait_until(b, row_is_as_expected, &e, prefix);
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

        world_add_sb(b, b->n + i, 1);
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

    server_open(b, &b->nb);
    server_open(b, &b->sb);
    world_fill(b);

    ds_put_cstr(&params, "[\"OVN_Southbound\",\"rows\",{\"Advertised_Route\":"
                "{\"columns\":[\"ip_prefix\"]}}]");
    json_destroy(server_request(b, &b->sb, "monitor", &params));
    start = now_us();
    start_daemon(b);
    bench_wait_until(b, all_rows_are_in, NULL, "all rows");
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
    printf("%-5s %-7s %-6s %8s %8s %8s %8s %8s %8s %8s %8s %8s %6s %7s\n"
           "%-5s %-7s %-6s %8s %8s %8s %8s %8s %8s %8s %8s %8s %6s %7s\n",
           "", "", "", "idle", "", "bulk", "bulk", "added", "added", "removed",
           "removed", "change", "change", "peak",
           "kind", "shape", "stock", "ports", "rows", "s", "CPU s",
           "median ms", "worst ms", "median ms", "worst ms", "CPU ms", "txns",
           "MB");
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
        {"idle", required_argument, NULL, 'i'},
        {"limit", required_argument, NULL, 'l'},
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
        case 'i': b->n_idle = strtoul(optarg, NULL, 10); break;
        case 'l': b->limit = atoi(optarg); break;
        case 'h': print_header(); exit(EXIT_SUCCESS);
        default: exit(EXIT_FAILURE);
        }
    }
    if (argc - optind != 3) {
        ovs_fatal(0, "usage: %s OPTION... KIND SHAPE N", program_name);
    }
    b->limit = b->limit ? b->limit : b->stock ? STOCK_LIMIT_S : LIMIT_S;
    b->kind = kind_find(argv[optind]);
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
    printf("%-5s %-7s %-6s %8"PRIuSIZE" %8"PRIuSIZE, b.kind->name,
           argv[optind + 1], b.stock ? "yes" : "no", b.n_idle, b.n);
    fflush(stdout);
    measure(&b);
    sset_destroy(&b.prefixes);
    return 0;
}
