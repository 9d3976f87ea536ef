/* test-route-exchange-kernel.c: what only the real kernel can show: the libmnl
 * transport, many routes, receive buffers that overflow, and missing
 * privilege. The stories that the engine must master are in
 * test-route-exchange.c.
 *
 * Runs in network namespaces of its own; where none can be had nothing is
 * tested, and that is said aloud. */
#include <config.h>
#include "ovn/route-exchange.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/route-exchange-engine.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-route.h"
#include "lib/nl-transport.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "tests/lib/kernel-peer.h"
#include "timeval.h"
#include "util.h"

#include "tests/unit/unit.h"

/* A test that takes longer fails. */
#define TIMEOUT_MS 120000

static struct kernel_peer peer;

/* The engine's transport, which counts what goes through. */
static struct nl_transport *real;
static size_t n_submitted;

/* If not 0, the process dies when so many operations went through. */
static size_t n_fatal;

static void
counting_close(struct nl_transport *up OVS_UNUSED)
{
    nl_transport_close(real);
}

static void
counting_submit(struct nl_transport *up OVS_UNUSED, void *msgs, size_t len,
                size_t n)
{
    n_submitted += n;
    nl_transport_submit(real, msgs, len, n);
    if (n_fatal && n_submitted >= n_fatal) {
        kill(getpid(), SIGKILL);
    }
}

static int
counting_dump(struct nl_transport *up OVS_UNUSED, struct nlmsghdr *request)
{
    return nl_transport_dump(real, request);
}

static int
counting_join(struct nl_transport *up OVS_UNUSED, int group)
{
    return nl_transport_join(real, group);
}

static bool
counting_recv(struct nl_transport *up OVS_UNUSED, struct nl_report *report)
{
    return nl_transport_recv(real, report);
}

static void
counting_wait(struct nl_transport *up OVS_UNUSED)
{
    nl_transport_wait(real);
}

static const struct nl_transport_class counting_class = {
    counting_close, counting_submit, counting_dump, counting_join,
    counting_recv, counting_wait,
};
static struct nl_transport counting = { &counting_class };

/* Starts an engine that wants table 10. */
static struct route_exchange *
engine(size_t rcvbuf)
{
    struct route_exchange_config config = {
        .transport = &counting,
        .owner = "test",
    };
    struct route_exchange *re;
    int error;

    real = nl_transport_mnl_open_sized(rcvbuf, &error);
    assert_int_equal(error, 0);
    n_submitted = 0;
    re = route_exchange_create(&config);
    assert_int_equal(route_exchange_set_table(re, 10, NULL), 0);
    return re;
}

/* Runs 're' until it is settled. */
static void
settle(struct route_exchange *re)
{
    long long int deadline = time_msec() + TIMEOUT_MS;

    for (;;) {
        route_exchange_run(re, time_msec());
        if (route_exchange_is_settled(re)) {
            return;
        }
        assert_true(time_msec() < deadline);
        route_exchange_wait(re);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

/* Wants the first 'n' addresses of 10.0.0.0/16 in table 10. */
static void
add_many(struct route_exchange *re, int n)
{
    for (int i = 0; i < n; i++) {
        struct route_exchange_route r = { .table_id = 10, .metric = 1000 };

        assert_int_equal(ip_prefix_parse("10.0.0.0", &r.prefix, NULL), 0);
        r.prefix.addr[2] = i >> 8;
        r.prefix.addr[3] = i;
        assert_int_equal(route_exchange_add_route(re, &r), 0);
    }
}

static int
setup(void **state OVS_UNUSED)
{
    struct nl_transport *transport;
    int error;

    if (unshare(CLONE_NEWNET)) {
        return -1;
    }
    transport = nl_transport_mnl_open(&error);
    if (!transport) {
        return -1;
    }
    kernel_peer_init(&peer, transport);
    return 0;
}

static int
teardown(void **state OVS_UNUSED)
{
    kernel_peer_destroy(&peer);
    return 0;
}

static void
restart_writes_nothing(void **state OVS_UNUSED)
{
    for (int i = 0; i < 2; i++) {
        struct route_exchange *re = engine(0);

        add_many(re, 1000);
        route_exchange_set_complete(re, true);
        settle(re);
        assert_int_equal(n_submitted, i ? 0 : 1000);
        route_exchange_destroy(re);
    }
}

/* A lot of routes, in batches. */
static void
many_routes(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(0);
    struct route_exchange_table_stats stats;

    add_many(re, 10000);
    route_exchange_set_complete(re, true);
    settle(re);
    assert_int_equal(n_submitted, 10000);
    assert_int_equal(route_exchange_get_table_stats(re, 10, &stats), 0);
    assert_int_equal(stats.n_installed, 10000);
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 10000);

    /* One that is deleted is one message. */
    assert_int_equal(kernel_peer_del_route(&peer, 10, "10.0.0.7", 1000, 84),
                     0);
    settle(re);
    assert_int_equal(n_submitted, 10001);

    route_exchange_remove_table(re, 10);
    settle(re);
    assert_int_equal(n_submitted, 20001);
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 0);
    route_exchange_destroy(re);
}

/* Wants routes of all kinds in table 10: 'n' of each family that lead nowhere,
 * and some by a gateway. */
static void
add_all_kinds(struct route_exchange *re, int n)
{
    for (int i = 0; i < 2 * n + 20; i++) {
        struct route_exchange_route r = { .table_id = 10, .metric = 1000 };
        bool v6 = i % 2;

        assert_int_equal(ip_prefix_parse(v6 ? "2001:db8::" : "10.0.0.0",
                                         &r.prefix, NULL), 0);
        r.prefix.addr[v6 ? 14 : 2] = i >> 8;
        r.prefix.addr[v6 ? 15 : 3] = i;
        if (i >= 2 * n) {
            struct ip_prefix gateway;

            assert_int_equal(ip_prefix_parse(v6 ? "2001:db8:9::1" : "10.9.0.1",
                                             &gateway, NULL), 0);
            r.nexthop_family = gateway.family;
            memcpy(r.nexthop, gateway.addr, sizeof r.nexthop);
        }
        assert_int_equal(route_exchange_add_route(re, &r), 0);
    }
}

/* Returns copies of what the mirror holds of table 10, in order. */
static struct kernel_route **
copy_mirror(const struct route_exchange *re, size_t *n)
{
    const struct kernel_route **routes
        = kernel_mirror_get_routes(re->mirror, 10, n);
    struct kernel_route **copies = xmalloc(*n * sizeof *copies);

    for (size_t i = 0; i < *n; i++) {
        copies[i] = route_set_clone(&routes[i]->route);
    }
    free(routes);
    return copies;
}

/* What the mirror takes from answers is what a dump shows: routes of all kinds
 * that were added, removed, and added again, under another next hop. */
static void
mirror_after_writing_is_what_a_dump_shows(void **state OVS_UNUSED)
{
    struct nl_link_change up = { .set_up = true };
    struct route_exchange *re = engine(0);
    struct route_exchange_stats stats;
    struct kernel_route **told, **read;
    size_t n_told, n_read;
    uint64_t n_dumps;

    assert_int_equal(kernel_peer_change_link(&peer, "lo", &up), 0);
    assert_int_equal(kernel_peer_add_route(&peer, NLM_F_CREATE, 10,
                                           "10.9.0.0/24", 5, RTPROT_BOOT, 1),
                     0);
    assert_int_equal(kernel_peer_add_route(&peer, NLM_F_CREATE, 10,
                                           "2001:db8:9::/64", 5, RTPROT_BOOT,
                                           1), 0);
    add_many(re, 700);          /* Some of these go again, ... */
    route_exchange_set_complete(re, true);
    settle(re);
    route_exchange_get_stats(re, &stats);
    n_dumps = stats.n_dumps;
    route_exchange_remove_table(re, 10);
    assert_int_equal(route_exchange_set_table(re, 10, NULL), 0);
    add_all_kinds(re, 500);     /* ... and some are to lead elsewhere. */
    settle(re);
    told = copy_mirror(re, &n_told);
    route_exchange_get_stats(re, &stats);
    assert_int_equal(stats.n_dumps, n_dumps);

    route_exchange_resync(re);
    settle(re);
    read = copy_mirror(re, &n_read);
    assert_int_equal(n_told, 1022);
    assert_int_equal(n_read, 1022);
    for (size_t i = 0; i < n_told; i++) {
        assert_true(nl_route_equals(&told[i]->route, &read[i]->route));
        assert_int_equal(told[i]->route.flags, read[i]->route.flags);
        free(told[i]);
        free(read[i]);
    }
    free(told);
    free(read);
    route_exchange_destroy(re);
}

/* 'kill -9' at 20 points of a change from 5000 routes to others, of which half
 * are the same: the next life goes on where the last one ended, and takes away
 * nothing that is wanted. */
static void
death_at_any_point(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(0);
    struct ip_prefix first;

    add_many(re, 5000);
    route_exchange_set_complete(re, true);
    settle(re);
    route_exchange_destroy(re);
    kernel_peer_forget_events(&peer);

    assert_int_equal(ip_prefix_parse("10.0.9.196", &first, NULL), 0);
    for (int life = 0; life < 21; life++) {
        pid_t pid = life < 20 ? fork() : 0;

        assert_true(pid >= 0);
        if (pid) {
            assert_int_equal(waitpid(pid, NULL, 0), pid);
            /* Not all in the end: there may be room for few. */
            kernel_peer_read_events(&peer);
            continue;
        }
        n_fatal = life < 20 ? 200 : 0;
        re = engine(0);
        for (int i = 2500; i < 7500; i++) {
            struct route_exchange_route r = { .table_id = 10, .metric = 1000 };

            r.prefix = first;
            r.prefix.addr[2] = i >> 8;
            r.prefix.addr[3] = i;
            route_exchange_add_route(re, &r);
        }
        route_exchange_set_complete(re, true);
        settle(re);
        if (life < 20) {
            _exit(0);           /* Not reached: there is more to do. */
        }
    }
    route_exchange_destroy(re);
    kernel_peer_read_events(&peer);
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 5000);
    assert_int_equal(peer.n_new_ours, 2500);
    assert_int_equal(peer.n_del_ours, 2500);
}

/* With next to no receive buffer, events are lost all the time. */
static void
small_receive_buffer(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(1);

    add_many(re, 500);
    route_exchange_set_complete(re, true);
    settle(re);
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 500);
    for (int i = 0; i < 200; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "10.0.0.%d", i);
        assert_int_equal(kernel_peer_del_route(&peer, 10, prefix, 1000, 84),
                         0);
    }
    settle(re);
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 500);
    route_exchange_destroy(re);
}

/* Answers of the transport itself. */

static void
submit_routes(struct nl_transport *transport, int n, bool add_them,
              uint16_t flags)
{
    uint64_t *buf = xcalloc(n, NL_MESSAGE_MAX);
    size_t len = 0;

    for (int i = 0; i < n; i++) {
        struct nl_route r = {
            .key = { .table_id = 10, .metric = 5 },
            .protocol = DR_RTPROT_OVN,
            .type = RTN_BLACKHOLE,
        };
        struct nlmsghdr *nlh = (void *) ((char *) buf + len);

        assert_int_equal(ip_prefix_parse("10.1.0.0", &r.key.prefix, NULL), 0);
        r.key.prefix.addr[2] = i >> 8;
        r.key.prefix.addr[3] = i;
        assert_int_equal(
            nl_route_encode(&r, add_them ? RTM_NEWROUTE : RTM_DELROUTE,
                            flags | (add_them ? NLM_F_CREATE | NLM_F_EXCL
                                     : 0), nlh, NL_MESSAGE_MAX), 0);
        len += NLMSG_ALIGN(nlh->nlmsg_len);
    }
    nl_transport_submit(transport, buf, len, n);
    free(buf);
}

/* Reads until the outcomes of the 'n' routes came, which go to 'errors'.
 * Returns the number of events; each came just before its outcome. */
static int
read_outcomes(struct nl_transport *transport, int *errors, int n)
{
    struct nl_report report;
    int n_events = 0, i = 0;

    while (i < n) {
        assert_true(nl_transport_recv(transport, &report));
        if (report.type == NL_REPORT_OUTCOME) {
            errors[i++] = report.error;
        } else {
            struct nl_nexthop nexthops[1];
            struct nl_route route;

            assert_int_equal(report.type, NL_REPORT_EVENT);
            assert_true(report.own);
            assert_int_equal(nl_route_decode(report.message, &route, nexthops,
                                             1), 0);
            assert_int_equal(route.key.prefix.addr[2], i >> 8);
            assert_int_equal(route.key.prefix.addr[3], i & 0xff);
            n_events++;
        }
    }
    assert_false(nl_transport_recv(transport, &report));
    return n_events;
}

static void
every_operation_has_its_outcome(void **state OVS_UNUSED)
{
    struct nl_transport *transport;
    struct nl_report report;
    int errors[300], error;

    assert_int_equal(kernel_peer_add_route(&peer, NLM_F_CREATE, 10, "10.1.0.7",
                                           5, RTPROT_STATIC, 0), 0);
    assert_int_equal(kernel_peer_add_route(&peer, NLM_F_CREATE, 10,
                                           "10.1.1.43", 5, RTPROT_STATIC, 0),
                     0);
    transport = nl_transport_mnl_open(&error);
    assert_non_null(transport);

    /* Events come when asked for, and only then; and a deletion does not touch
     * the foreign ones, either. */
    for (int i = 0; i < 4; i++) {
        uint16_t flags = i < 2 ? NLM_F_ECHO : 0;
        bool add_them = i % 2 == 0;

        submit_routes(transport, 300, add_them, flags);
        assert_int_equal(read_outcomes(transport, errors, 300),
                         flags ? 298 : 0);
        for (int j = 0; j < 300; j++) {
            assert_int_equal(errors[j], j != 7 && j != 299 ? 0
                             : add_them ? EEXIST : ESRCH);
        }
    }

    /* What others do is told, route by route. */
    assert_int_equal(kernel_peer_del_route(&peer, 10, "10.1.0.7", 5,
                                           RTPROT_STATIC), 0);
    assert_true(nl_transport_recv(transport, &report));
    assert_int_equal(report.type, NL_REPORT_EVENT);
    assert_false(report.own);
    nl_transport_close(transport);
}

static void
dump_of_a_missing_table_says_so(void **state OVS_UNUSED)
{
    uint64_t buf[NL_MESSAGE_MAX / 8];
    struct nl_transport *transport;
    struct nl_report report;
    int error;

    transport = nl_transport_mnl_open(&error);
    assert_non_null(transport);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(nl_route_encode_dump(AF_INET, 12345, 0, buf,
                                              sizeof buf), 0);
        assert_int_equal(nl_transport_dump(transport, (void *) buf), 0);
        assert_int_equal(nl_transport_dump(transport, (void *) buf), EBUSY);
        assert_true(nl_transport_recv(transport, &report));
        assert_int_equal(report.type, NL_REPORT_DUMP_END);
        assert_int_equal(report.error, ENOENT);
    }
    nl_transport_close(transport);
}

/* A foreign change to a route of ours wakes the engine. */
static void
foreign_deletion_wakes_the_engine(void **state OVS_UNUSED)
{
    struct route_exchange *re = engine(0);

    add_many(re, 1);
    route_exchange_set_complete(re, true);
    settle(re);
    assert_int_equal(kernel_peer_del_route(&peer, 10, "10.0.0.0", 1000, 84),
                     0);
    route_exchange_wait(re);
    poll_block();
    route_exchange_run(re, time_msec());
    assert_int_equal(kernel_peer_count(&peer, 10, 0), 1);
    route_exchange_destroy(re);
}

/* Runs 'child' in a process without capabilities, and fails if that fails. */
static void
without_privilege(void (*child)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (!pid) {
        struct __user_cap_header_struct header = {
            .version = _LINUX_CAPABILITY_VERSION_3,
        };
        struct __user_cap_data_struct none[2];

        memset(none, 0, sizeof none);
        if (syscall(SYS_capset, &header, none)) {
            _exit(1);
        }
        child();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define CHECK(CONDITION)                                                \
    if (!(CONDITION)) {                                                 \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #CONDITION); \
        _exit(1);                                                       \
    }

static void
engine_without_privilege(void)
{
    struct nl_transport *transport;
    struct route_exchange *re;
    struct ds s = DS_EMPTY_INITIALIZER;
    int error;

    transport = nl_transport_mnl_open(&error);
    CHECK(transport);
    re = route_exchange_create(&(struct route_exchange_config) {
            .transport = transport, .owner = "test" });
    route_exchange_set_table(re, 10, NULL);
    add_many(re, 100);
    route_exchange_set_complete(re, true);
    for (int i = 0; i < 3; i++) {
        route_exchange_run(re, 1000);
    }
    problem_set_format(route_exchange_problems(re), &s);
    CHECK(problem_set_count(route_exchange_problems(re)) == 1);
    CHECK(strstr(ds_cstr(&s), "routes in table 10: cannot add the route: "
                 "Operation not permitted"));
    CHECK(strstr(ds_cstr(&s), "CAP_NET_ADMIN"));
    CHECK(route_exchange_is_settled(re));
    ds_destroy(&s);
    route_exchange_destroy(re);
}

static void
missing_privilege_is_reported(void **state OVS_UNUSED)
{
    without_privilege(engine_without_privilege);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(restart_writes_nothing),
        TEST(many_routes),
        TEST(mirror_after_writing_is_what_a_dump_shows),
        TEST(death_at_any_point),
        TEST(small_receive_buffer),
        TEST(every_operation_has_its_outcome),
        TEST(dump_of_a_missing_table_says_so),
        TEST(foreign_deletion_wakes_the_engine),
        TEST(missing_privilege_is_reported),
    };

    /* Without privilege, a user namespace may give it. */
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
        fprintf(stderr, "SKIP: no network namespace can be made here (%s): "
                "nothing is tested against the real kernel\n",
                strerror(errno));
        printf("1..0 # SKIP no network namespace\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
