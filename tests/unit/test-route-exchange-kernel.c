/* test-route-exchange-kernel.c: the engine and the libmnl transport against the
 * running kernel, in a network namespace of the test's own.
 *
 * Skipped, and said aloud, where no namespace can be had.  VRFs are not tested
 * here, because not every kernel has them: the fake kernel and the system tests
 * do that. */
#include <config.h>
#include "ovn/route-exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/nl-transport.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#include "tests/unit/unit.h"

/* Runs 'command' and fails the test if that fails. */
static void OVS_PRINTF_FORMAT(1, 2)
shell(const char *format, ...)
{
    va_list args;
    char *command;
    int status;

    va_start(args, format);
    command = xvasprintf(format, args);
    va_end(args);
    status = system(command);
    if (status) {
        fail_msg("%s: status %d", command, status);
    }
    free(command);
}

/* Returns the output of 'command'. */
static char * OVS_PRINTF_FORMAT(1, 2)
output(const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;
    char *command;
    FILE *stream;

    va_start(args, format);
    command = xvasprintf(format, args);
    va_end(args);
    stream = popen(command, "r");
    assert_non_null(stream);
    while (!ds_get_line(&s, stream)) {
        /* ds_get_line() replaces. */
        break;
    }
    pclose(stream);
    free(command);
    return ds_steal_cstr(&s);
}

/* The number of lines that 'command' prints. */
static int OVS_PRINTF_FORMAT(1, 2)
count_lines(const char *format, ...)
{
    va_list args;
    char *command, *piped, *line;
    int n;

    va_start(args, format);
    command = xvasprintf(format, args);
    va_end(args);
    piped = xasprintf("{ %s; } | wc -l", command);
    line = output("%s", piped);
    n = atoi(line);
    free(line);
    free(piped);
    free(command);
    return n;
}

/* A transport that counts what goes through. */
struct counting {
    struct nl_transport up;
    struct nl_transport *real;
};

static size_t n_submitted;      /* Operations since the last reset. */

static struct nl_transport *
real_of(struct nl_transport *up)
{
    return CONTAINER_OF(up, struct counting, up)->real;
}

static void
counting_close(struct nl_transport *up)
{
    nl_transport_close(real_of(up));
    free(CONTAINER_OF(up, struct counting, up));
}

static void
counting_submit(struct nl_transport *up, void *msgs, size_t len, size_t n)
{
    n_submitted += n;
    nl_transport_submit(real_of(up), msgs, len, n);
}

static int
counting_dump(struct nl_transport *up, struct nlmsghdr *request)
{
    return nl_transport_dump(real_of(up), request);
}

static bool
counting_recv(struct nl_transport *up, struct nl_report *report)
{
    return nl_transport_recv(real_of(up), report);
}

static void
counting_wait(struct nl_transport *up)
{
    nl_transport_wait(real_of(up));
}

static const struct nl_transport_class counting_class = {
    counting_close, counting_submit, counting_dump, counting_recv,
    counting_wait,
};

static struct route_exchange *
engine(size_t rcvbuf)
{
    struct counting *counting = xmalloc(sizeof *counting);
    struct route_exchange_config config = {
        .transport = &counting->up,
        .owner = "test",
    };
    int error;

    counting->up.class = &counting_class;
    counting->real = nl_transport_mnl_open_sized(rcvbuf, &error);
    assert_int_equal(error, 0);
    n_submitted = 0;
    return route_exchange_create(&config);
}

/* Runs 're' until it is settled. */
static void
settle(struct route_exchange *re)
{
    long long int deadline = time_msec() + 60000;

    for (;;) {
        route_exchange_run(re, time_msec());
        if (route_exchange_is_settled(re)) {
            return;
        }
        if (time_msec() > deadline) {
            struct ds s = DS_EMPTY_INITIALIZER;

            route_exchange_format_delta(re, &s);
            problem_set_format(route_exchange_problems(re), &s);
            fail_msg("not settled: %s", ds_cstr(&s));
        }
        route_exchange_wait(re);
        poll_timer_wait_until(deadline + 1);
        poll_block();
    }
}

static struct route_exchange_route
route(uint32_t table_id, const char *prefix, uint32_t metric,
      const char *nexthop)
{
    struct route_exchange_route r;
    struct ip_prefix address;

    memset(&r, 0, sizeof r);
    r.table_id = table_id;
    r.metric = metric;
    assert_int_equal(ip_prefix_parse(prefix, &r.prefix, NULL), 0);
    if (nexthop) {
        assert_int_equal(ip_prefix_parse(nexthop, &address, NULL), 0);
        r.nexthop_family = address.family;
        memcpy(r.nexthop, address.addr, sizeof r.nexthop);
    }
    return r;
}

static void
add(struct route_exchange *re, uint32_t table_id, const char *prefix,
    uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = route(table_id, prefix, metric, nexthop);

    assert_int_equal(route_exchange_add_route(re, &r), 0);
}

static void
del(struct route_exchange *re, uint32_t table_id, const char *prefix,
    uint32_t metric, const char *nexthop)
{
    struct route_exchange_route r = route(table_id, prefix, metric, nexthop);

    assert_int_equal(route_exchange_remove_route(re, &r), 0);
}

/* Adds 10.0.0.0/32 to 10.0.x.x/32. */
static void
add_many(struct route_exchange *re, uint32_t table_id, int n)
{
    for (int i = 0; i < n; i++) {
        struct route_exchange_route r = route(table_id, "10.0.0.0", 1000,
                                              NULL);

        r.prefix.addr[2] = i >> 8;
        r.prefix.addr[3] = i;
        assert_int_equal(route_exchange_add_route(re, &r), 0);
    }
}

static int
setup(void **state OVS_UNUSED)
{
    /* Each case starts with empty tables. */
    shell("ip link set lo up; for f in -4 -6; do ip $f route flush table 10;"
          " ip $f route flush table 70000; done 2>/dev/null; :");
    return 0;
}

static void
routes_come_and_go(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(0);

    route_exchange_set_table(re, 10, NULL);
    route_exchange_set_table(re, 70000, NULL);
    add(re, 10, "172.16.10.2", 1000, NULL);
    add(re, 10, "2001:db8::/64", 100, NULL);
    add(re, 70000, "0.0.0.0/0", 1000, NULL);
    add(re, 70000, "::/0", 1000, NULL);
    route_exchange_set_complete(re, true);
    settle(re);
    shell("ip -4 route show table 10 | "
          "grep -q '^blackhole 172.16.10.2 proto \\(84\\|ovn\\) metric 1000'");
    shell("ip -6 route show table 10 | "
          "grep -q '^blackhole 2001:db8::/64 .*proto \\(84\\|ovn\\) metric 100 '");
    shell("ip -4 route show table 70000 | "
          "grep -q '^blackhole default proto \\(84\\|ovn\\) metric 1000'");
    shell("ip -6 route show table 70000 | "
          "grep -q '^blackhole default .*proto \\(84\\|ovn\\) metric 1000'");
    assert_int_equal(n_submitted, 4);

    del(re, 10, "172.16.10.2", 1000, NULL);
    settle(re);
    assert_int_equal(n_submitted, 5);
    assert_int_equal(count_lines("ip -4 route show table 10"), 0);

    route_exchange_remove_table(re, 10);
    route_exchange_remove_table(re, 70000);
    settle(re);
    assert_int_equal(count_lines("ip -4 route show table 70000"), 0);
    assert_int_equal(count_lines("ip -6 route show table 70000"), 0);
    assert_int_equal(count_lines("ip -6 route show table 10"), 0);
    assert_int_equal(problem_set_count(route_exchange_problems(re)), 0);
    route_exchange_destroy(re);
}

static void
restart_writes_nothing(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(0);

    route_exchange_set_table(re, 10, NULL);
    add_many(re, 10, 100);
    add(re, 10, "2001:db8::1", 1000, NULL);
    route_exchange_set_complete(re, true);
    settle(re);
    assert_int_equal(n_submitted, 101);
    route_exchange_destroy(re);

    re = engine(0);
    route_exchange_set_table(re, 10, NULL);
    add_many(re, 10, 100);
    add(re, 10, "2001:db8::1", 1000, NULL);
    route_exchange_set_complete(re, true);
    settle(re);
    assert_int_equal(n_submitted, 0);
    route_exchange_destroy(re);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(routes_come_and_go, setup),
        cmocka_unit_test_setup(restart_writes_nothing, setup),
    };

    /* Without privilege, a user namespace may give it. */
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
        /* A plan of no tests: cmocka's skip() counts as failure in TAP. */
        fprintf(stderr, "SKIP: no network namespace can be made here (%s): "
                "nothing was tested against the kernel\n", strerror(errno));
        printf("1..0 # SKIP no network namespace\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
