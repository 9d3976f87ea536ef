/* bench-engine.c: what the chassis engine costs, beside what the kernel costs.
 *
 *     bench-engine N
 *
 * In a network namespace of its own, with N blackhole routes in one table and
 * no pace: the kernel's ceiling, which is a program that does nothing but hand
 * the same messages to the kernel in batches of 64, alone and while someone
 * listens, by turns with the engine's bulk, and the best of each; then single
 * changes, foreign deletions, restart, foreign changes elsewhere, doing
 * nothing, a standing error, and 'ip route flush'.  Every case counts the
 * messages; a case that writes what it should not fails the run.  Prints one
 * line a figure; tests/bench/controller makes a table of them, with those of
 * the daemon. */
#include <config.h>

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/nl-route.h"
#include "openvswitch/poll-loop.h"
#include "ovn/route-exchange.h"
#include "timeval.h"
#include "util.h"

#define TABLE 10
#define METRIC 1000
#define BATCH 64
#define N_SINGLE 200

/* Seconds by the clock, and of this process' CPU time. */
static double
seconds(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double
now(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static double
cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* What something took, in seconds: by the clock, and of the CPU. */
struct took {
    double wall, cpu;
};

static void
figure(const char *name, double value, const char *unit)
{
    printf("%-28s %12.3f %s\n", name, value, unit);
    fflush(stdout);
}

static void
check(bool ok, const char *what)
{
    if (!ok) {
        ovs_fatal(0, "%s", what);
    }
}

/* The 'i'th of the routes. */
static void
make_prefix(int i, struct ip_prefix *prefix)
{
    uint32_t addr = htonl((10u << 24) + i);

    memset(prefix, 0, sizeof *prefix);
    prefix->family = AF_INET;
    prefix->plen = 32;
    memcpy(prefix->addr, &addr, sizeof addr);
}

/* Memory. */

/* Bytes that are allocated. */
static double
allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double) info.uordblks + info.hblkhd;
}

/* Forgets the peak of memory until now, or returns it in MiB. */
static void
peak_reset(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    if (f) {
        fputs("5\n", f);
        fclose(f);
    }
}

static double
peak(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[128];
    long kib = 0;

    while (f && fgets(line, sizeof line, f)) {
        sscanf(line, "VmHWM: %ld", &kib);
    }
    if (f) {
        fclose(f);
    }
    return kib / 1024.0;
}

/* Raw netlink. */

struct raw {
    int fd;
    uint32_t seq;
};

static void
raw_open(struct raw *raw)
{
    static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

    raw->seq = 0;
    raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    check(raw->fd >= 0
          && !connect(raw->fd, (const void *) &kernel, sizeof kernel),
          "no netlink socket");
}

/* A socket that hears of all IPv4 routes and reads nothing until the end. */
static int
listener_open(void)
{
    struct sockaddr_nl all = { .nl_family = AF_NETLINK,
                               .nl_groups = RTMGRP_IPV4_ROUTE };
    int size = 1 << 30;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    check(fd >= 0 && !bind(fd, (const void *) &all, sizeof all),
          "no netlink socket");
    (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return fd;
}

/* Adds or deletes the routes [first, first + n) and returns what the kernel
 * took for it. */
static struct took
raw_write(struct raw *raw, int first, int n, bool add_them)
{
    char *buf = xcalloc(n, NL_MESSAGE_MAX);
    size_t *ends = xmalloc((n + 1) * sizeof *ends);
    struct took took;
    double start, start_cpu;

    ends[0] = 0;
    for (int i = 0; i < n; i++) {
        struct nl_route route = {
            .key = { .table_id = TABLE, .metric = METRIC },
            .protocol = DR_RTPROT_OVN,
            .type = RTN_BLACKHOLE,
        };
        struct nlmsghdr *nlh = ALIGNED_CAST(void *, buf + ends[i]);

        make_prefix(first + i, &route.key.prefix);
        check(!nl_route_encode(&route, add_them ? RTM_NEWROUTE : RTM_DELROUTE,
                               add_them ? NLM_F_CREATE | NLM_F_EXCL : 0, nlh,
                               NL_MESSAGE_MAX), "message too long");
        nlh->nlmsg_seq = ++raw->seq;
        if (i % BATCH == BATCH - 1 || i == n - 1) {
            nlh->nlmsg_flags |= NLM_F_ACK;
        }
        ends[i + 1] = ends[i] + NLMSG_ALIGN(nlh->nlmsg_len);
    }

    start = now();
    start_cpu = cpu();
    for (int i = 0; i < n; i += BATCH) {
        int end = MIN(i + BATCH, n);
        char answer[8192];

        check(send(raw->fd, buf + ends[i], ends[end] - ends[i], 0) > 0
              && recv(raw->fd, answer, sizeof answer, 0) > 0
              && !((struct nlmsgerr *) NLMSG_DATA(answer))->error,
              "the kernel refuses routes");
    }
    took.wall = now() - start;
    took.cpu = cpu() - start_cpu;
    free(ends);
    free(buf);
    return took;
}

/* The engine. */

static struct route_exchange *
start_engine(void)
{
    struct route_exchange_config config = { .owner = "bench",
                                            .max_burst = SIZE_MAX };
    struct route_exchange *re;
    int error;

    config.transport = route_exchange_open_kernel(&error);
    check(config.transport, "no netlink socket");
    re = route_exchange_create(&config);
    check(!route_exchange_set_table(re, TABLE, NULL), "no table");
    return re;
}

static void
want(struct route_exchange *re, int first, int n, const char *nexthop)
{
    for (int i = first; i < first + n; i++) {
        struct route_exchange_route route;

        memset(&route, 0, sizeof route);
        route.table_id = TABLE;
        route.metric = METRIC;
        make_prefix(i, &route.prefix);
        if (nexthop) {
            struct ip_prefix address;

            check(!ip_prefix_parse(nexthop, &address, NULL), "bad next hop");
            route.nexthop_family = address.family;
            memcpy(route.nexthop, address.addr, sizeof route.nexthop);
        }
        check(!route_exchange_add_route(re, &route), "route refused");
    }
}

static void
settle(struct route_exchange *re)
{
    for (;;) {
        route_exchange_run(re, time_msec());
        if (route_exchange_is_settled(re)) {
            return;
        }
        route_exchange_wait(re);
        poll_block();
    }
}

/* Lets the engine live for 'ms', calling 'meddle' every 'interval' ms, and
 * returns the CPU time that it used, in percent. */
static double
live(struct route_exchange *re, int ms, int interval,
     void (*meddle)(void *aux), void *aux)
{
    long long int end = time_msec() + ms, next = time_msec();
    double used = 0, start;

    while (time_msec() < end) {
        if (meddle && time_msec() >= next) {
            meddle(aux);
            next += interval;
        }
        start = cpu();
        route_exchange_run(re, time_msec());
        route_exchange_wait(re);
        poll_timer_wait_until(meddle ? MIN(next, end) : end);
        poll_block();
        used += cpu() - start;
    }
    return used / ms * 1e5;
}

static unsigned long long int
n_messages(const struct route_exchange *re)
{
    struct route_exchange_stats stats;

    route_exchange_get_stats(re, &stats);
    return stats.n_route_messages + stats.n_link_messages;
}

static int
compare_doubles(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return (*a > *b) - (*a < *b);
}

/* Single changes, wanted and not. */
static void
bench_single(struct route_exchange *re, int n)
{
    double took[N_SINGLE], start_cpu = cpu();
    unsigned long long int before = n_messages(re);

    for (int i = 0; i < N_SINGLE; i++) {
        double start = now();

        want(re, n + i, 1, NULL);
        settle(re);
        took[i] = now() - start;
    }
    figure("engine-single-cpu", (cpu() - start_cpu) / N_SINGLE * 1e6, "us");
    qsort(took, N_SINGLE, sizeof *took, compare_doubles);
    figure("engine-single-median", took[N_SINGLE / 2] * 1e6, "us");
    figure("engine-single-messages",
           (double) (n_messages(re) - before) / N_SINGLE, "per change");
    check(n_messages(re) - before == N_SINGLE, "a change took more messages");
}

/* Someone deletes the routes [first, first + n), which come back. */
static void
bench_repair(struct route_exchange *re, struct raw *raw, const char *name,
             int first, unsigned int n)
{
    unsigned long long int before = n_messages(re);
    double start;

    settle(re);
    raw_write(raw, first, n, false);
    start = now();
    for (;;) {
        route_exchange_run(re, time_msec());
        if (n_messages(re) - before >= n && route_exchange_is_settled(re)) {
            break;
        }
        route_exchange_wait(re);
        poll_block();
    }
    figure(name, (now() - start) * 1e3, "ms");
    check(n_messages(re) - before == n, "a repair took more messages");
}

/* Someone empties the table, while the engine lives: 'ip route flush' goes on
 * until it finds nothing. */
static void
bench_flush(struct route_exchange *re, size_t n)
{
    struct route_exchange_table_stats stats;
    double start, end = 0;
    pid_t pid;
    int status;

    settle(re);
    start = now();
    pid = fork();
    if (!pid) {
        execlp("ip", "ip", "route", "flush", "table", "10", (char *) NULL);
        _exit(127);
    }
    for (;;) {
        route_exchange_run(re, time_msec());
        if (!end && waitpid(pid, &status, WNOHANG) == pid) {
            check(!status, "'ip route flush' failed");
            end = now();
        } else if (end && route_exchange_is_settled(re)) {
            break;
        }
        route_exchange_wait(re);
        if (!end) {
            poll_timer_wait(1);
        }
        poll_block();
    }
    check(!route_exchange_get_table_stats(re, TABLE, &stats)
          && stats.n_installed == n, "the engine did not repair all");
    figure("engine-flush", (end - start) * 1e3, "ms");
    figure("engine-flush-repaired", (now() - end) * 1e3, "ms later");
}

/* Someone adds and deletes a foreign route. */
static void
churn(void *raw)
{
    raw_write(raw, 1 << 23, 1, true);
    raw_write(raw, 1 << 23, 1, false);
}

/* Keeps the best of all tries, because this machine may do something else. */
static void
keep_best(struct took *best, const struct took *took, bool first)
{
    best->wall = first ? took->wall : MIN(best->wall, took->wall);
    best->cpu = first ? took->cpu : MIN(best->cpu, took->cpu);
}

/* Writes 'n' routes by way of 'raw', with a listener if 'heard', and takes
 * them away again. */
static void
try_kernel(struct raw *raw, int n, bool heard, struct took *best, bool first)
{
    int listener = heard ? listener_open() : -1;
    struct took took = raw_write(raw, 0, n, true);

    keep_best(best, &took, first);
    if (heard) {
        close(listener);
    }
    raw_write(raw, 0, n, false);
}

/* The same, by an engine, which is returned. */
static struct route_exchange *
try_engine(int n, struct took *best, bool first)
{
    struct route_exchange *re = start_engine();
    double start, start_cpu = cpu();
    struct took took;

    want(re, 0, n, NULL);
    route_exchange_set_complete(re, true);
    start = now();
    settle(re);
    took.wall = now() - start;
    took.cpu = cpu() - start_cpu;
    keep_best(best, &took, first);
    check(n_messages(re) == (unsigned int) n, "the bulk took more messages");
    return re;
}

/* The bulk, by turns with the kernel alone, so that both have the same
 * weather.  Returns an engine that did it. */
static struct route_exchange *
bench_bulk(struct raw *raw, int n)
{
    int n_rounds = n > 300000 ? 2 : 5;
    struct took alone, heard, engine;
    struct route_exchange *re = NULL;
    double memory = 0;

    for (int i = 0; i < n_rounds; i++) {
        if (re) {
            route_exchange_destroy(re);
            raw_write(raw, 0, n, false);
        }
        try_kernel(raw, n, false, &alone, !i);
        try_kernel(raw, n, true, &heard, !i);
        malloc_trim(0);
        peak_reset();
        memory = allocated();
        re = try_engine(n, &engine, !i);
        memory = allocated() - memory;
    }
    figure("engine-memory", memory / n, "bytes/route");
    figure("engine-peak-memory", peak(), "MiB");
    figure("kernel-alone", alone.wall, "s");
    figure("kernel-alone-rate", n / alone.wall, "routes/s");
    figure("kernel-alone-cpu", alone.cpu, "s");
    figure("kernel-heard", heard.wall, "s");
    figure("kernel-heard-rate", n / heard.wall, "routes/s");
    figure("kernel-heard-cpu", heard.cpu, "s");
    figure("engine-bulk", engine.wall, "s");
    figure("engine-bulk-rate", n / engine.wall, "routes/s");
    figure("engine-of-ceiling", alone.wall / engine.wall * 100, "%");
    /* The same ratio, whatever else this machine does. */
    figure("engine-of-ceiling-cpu", alone.cpu / engine.cpu * 100, "%");
    /* With someone who listens, as FRR does, and the engine itself. */
    figure("engine-of-heard", heard.wall / engine.wall * 100, "%");
    figure("engine-of-heard-cpu", heard.cpu / engine.cpu * 100, "%");
    figure("engine-bulk-cpu", engine.cpu, "s");
    figure("engine-bulk-own-cpu", (engine.cpu - alone.cpu) / n * 1e6,
           "us/route");
    figure("engine-bulk-messages", n_messages(re), "");
    return re;
}

static void
bench_engine(struct raw *raw, int n)
{
    struct route_exchange *re = bench_bulk(raw, n);
    unsigned long long int before;
    double start, start_cpu;

    bench_single(re, n);
    bench_repair(re, raw, "engine-repair-one", 0, 1);
    bench_repair(re, raw, "engine-repair-999", 1, MIN(n, 1000) - 1);
    /* Of what is not ours: the table is watched, so each change is seen. */
    figure("engine-churn-50", live(re, 4000, 40, churn, raw), "% CPU");
    figure("engine-idle", live(re, 4000, 0, NULL, NULL), "% CPU");
    want(re, 1 << 24, 100, "192.0.2.1");
    settle(re);
    figure("engine-standing-error", live(re, 4000, 0, NULL, NULL), "% CPU");
    route_exchange_destroy(re);

    re = start_engine();
    want(re, 0, n + N_SINGLE, NULL);
    want(re, 1 << 24, 100, NULL);
    route_exchange_set_complete(re, true);
    start = now();
    start_cpu = cpu();
    settle(re);
    before = n_messages(re);
    figure("engine-restart", now() - start, "s");
    figure("engine-restart-cpu", cpu() - start_cpu, "s");
    figure("engine-restart-messages", before, "");
    check(!before, "a restart wrote something");
    bench_repair(re, raw, "engine-repair-all", 0, n);
    bench_flush(re, n + N_SINGLE + 100);
    route_exchange_destroy(re);
}

int
main(int argc, char *argv[])
{
    int n = argc > 1 ? atoi(argv[1]) : 0;
    struct raw raw;

    set_program_name(argv[0]);
    if (n < 1 || n > 1 << 22) {
        ovs_fatal(0, "usage: bench-engine N, from 1 to 4194304");
    }
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
        ovs_fatal(errno, "no network namespace can be made here");
    }
    raw_open(&raw);
    bench_engine(&raw, n);
    close(raw.fd);
    return 0;
}
