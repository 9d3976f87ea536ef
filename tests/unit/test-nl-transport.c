/* test-nl-transport.c: what the libmnl transport makes of answers that a
 * kernel seldom gives: the socket is replaced by a script.
 *
 * The script stands behind mnl_socket_sendto() and mnl_socket_recvfrom(),
 * which the linker diverts (--wrap).  What a kernel really does is tested in
 * test-route-exchange-kernel.c. */
#include <config.h>
#include "lib/nl-transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/nl-route.h"
#include "util.h"

#include "tests/unit/unit.h"

/* The transport's sockets, in the order in which it opens them. */
enum { COMMAND, DUMP, EVENT, N_SOCKETS };
static const struct mnl_socket *sockets[N_SOCKETS];
static int n_opened;

/* Datagrams that it will read next from each. */
struct datagram {
    int error;                  /* Not a datagram, but this error. */
    char data[2048];
    size_t len;
};
static struct script {
    struct datagram said[16];
    size_t head, tail;
} scripts[N_SOCKETS];

/* What was sent, and how that ended. */
static uint32_t last_seq;
static int send_error;
static size_t n_sent;

struct mnl_socket *__real_mnl_socket_open2(int bus, int flags);
struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *, const void *,
                                 size_t);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *, void *, size_t);

/* A socket that is opened again later is that of dumps. */
struct mnl_socket *
__wrap_mnl_socket_open2(int bus, int flags)
{
    struct mnl_socket *nl = __real_mnl_socket_open2(bus, flags);

    sockets[n_opened < N_SOCKETS ? n_opened : DUMP] = nl;
    n_opened++;
    return nl;
}

ssize_t
__wrap_mnl_socket_sendto(const struct mnl_socket *nl OVS_UNUSED,
                         const void *buf, size_t len)
{
    const struct nlmsghdr *nlh = buf;
    int left = len;

    if (send_error) {
        errno = send_error;
        return -1;
    }
    for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
        last_seq = nlh->nlmsg_seq;
        n_sent++;
    }
    return len;
}

ssize_t
__wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
                           size_t size)
{
    for (int i = 0; i < N_SOCKETS; i++) {
        struct script *script = &scripts[i];

        if (sockets[i] == nl && script->head < script->tail) {
            const struct datagram *d = &script->said[script->head++];

            if (d->error) {
                errno = d->error;
                return -1;
            }
            memcpy(buf, d->data, MIN(size, d->len));
            return d->len;
        }
    }
    errno = EAGAIN;
    return -1;
}

/* Writing the script. */

static struct datagram *
add_datagram(int where)
{
    struct datagram *d = &scripts[where].said[scripts[where].tail++];

    memset(d, 0, sizeof *d);
    return d;
}

/* Adds a message with 'payload' bytes, which are zero, to 'd'. */
static struct nlmsghdr *
add_message(struct datagram *d, uint16_t type, uint16_t flags, uint32_t seq,
            size_t payload)
{
    struct nlmsghdr *nlh = ALIGNED_CAST(void *, d->data + d->len);

    nlh->nlmsg_len = NLMSG_HDRLEN + payload;
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = flags;
    nlh->nlmsg_seq = seq;
    d->len += NLMSG_ALIGN(nlh->nlmsg_len);
    return nlh;
}

static struct nlmsghdr *
say(int where, uint16_t type, uint16_t flags, uint32_t seq, size_t payload)
{
    return add_message(add_datagram(where), type, flags, seq, payload);
}

static void
say_error(int where, int error)
{
    add_datagram(where)->error = error;
}

static void
say_answer(int where, uint32_t seq, int error)
{
    struct nlmsghdr *nlh = say(where, NLMSG_ERROR, NLM_F_CAPPED, seq,
                               sizeof(struct nlmsgerr));

    ((struct nlmsgerr *) NLMSG_DATA(nlh))->error = -error;
}

/* An answer with the kernel's words.  If it is not 'capped' it quotes a
 * request of 20 more bytes. */
static void
say_reason(uint32_t seq, int error, const char *reason, bool capped)
{
    size_t quoted = capped ? 0 : 20;
    size_t len = strlen(reason) + 1;
    struct nlmsghdr *nlh = say(COMMAND, NLMSG_ERROR, NLM_F_ACK_TLVS
                               | (capped ? NLM_F_CAPPED : 0), seq,
                               sizeof(struct nlmsgerr) + quoted
                               + NLA_HDRLEN + NLA_ALIGN(len));
    struct nlmsgerr *err = NLMSG_DATA(nlh);
    struct nlattr *attr = ALIGNED_CAST(void *, (char *) (err + 1) + quoted);

    err->error = -error;
    err->msg.nlmsg_len = NLMSG_HDRLEN + 20;
    attr->nla_type = NLMSGERR_ATTR_MSG;
    attr->nla_len = NLA_HDRLEN + len;
    memcpy(attr + 1, reason, len);
}

static void
say_done(uint32_t seq, int error)
{
    struct nlmsghdr *nlh = say(DUMP, NLMSG_DONE, NLM_F_MULTI, seq,
                               sizeof error);

    error = -error;
    memcpy(NLMSG_DATA(nlh), &error, sizeof error);
}

/* Acting and checking. */

static struct nl_transport *transport;

static int
setup(void **state OVS_UNUSED)
{
    int error;

    memset(scripts, 0, sizeof scripts);
    n_opened = n_sent = send_error = 0;
    transport = nl_transport_mnl_open(&error);
    return transport ? 0 : -1;
}

static int
teardown(void **state OVS_UNUSED)
{
    nl_transport_close(transport);
    return 0;
}

/* Submits 'n' additions. */
static void
submit(int n)
{
    char *buf = xcalloc(n, NL_MESSAGE_MAX);
    size_t len = 0;

    for (int i = 0; i < n; i++) {
        struct nl_route r = {
            .key = { .table_id = 10, .metric = 5,
                     .prefix = { .family = AF_INET, .plen = 32,
                                 .addr = { 10, 0, 0, i } } },
            .protocol = DR_RTPROT_OVN,
            .type = RTN_BLACKHOLE,
        };
        struct nlmsghdr *nlh = ALIGNED_CAST(void *, buf + len);

        assert_int_equal(nl_route_encode(&r, RTM_NEWROUTE, NLM_F_CREATE, nlh,
                                         NL_MESSAGE_MAX), 0);
        len += NLMSG_ALIGN(nlh->nlmsg_len);
    }
    nl_transport_submit(transport, buf, len, n);
    free(buf);
}

static void
start_dump(void)
{
    uint64_t buf[NL_MESSAGE_MAX / 8];

    assert_int_equal(nl_route_encode_dump(AF_INET, 10, 0, buf, sizeof buf), 0);
    assert_int_equal(nl_transport_dump(transport, (void *) buf), 0);
}

static struct nl_report
expect(enum nl_report_type type, int error)
{
    struct nl_report report;

    assert_true(nl_transport_recv(transport, &report));
    assert_int_equal(report.type, type);
    assert_int_equal(report.error, error);
    return report;
}

static void
expect_nothing(void)
{
    struct nl_report report;

    assert_false(nl_transport_recv(transport, &report));
}

/* Operations. */

static void
answers_are_told_apart_by_their_number(void **state OVS_UNUSED)
{
    struct nl_report report;

    /* The numbers begin at 1 in a new transport. */
    say_answer(COMMAND, 77, EPERM);                          /* Nobody's. */
    say_reason(2, EINVAL, "Invalid next hop", true);
    say_answer(COMMAND, 4, 0);
    submit(4);
    assert_int_equal(last_seq, 4);
    expect(NL_REPORT_OUTCOME, 0);
    report = expect(NL_REPORT_OUTCOME, EINVAL);
    assert_string_equal(report.reason, "Invalid next hop");
    report = expect(NL_REPORT_OUTCOME, 0);
    assert_null(report.reason);
    expect(NL_REPORT_OUTCOME, 0);
    expect_nothing();
}

/* Without the answer to the last one, what has no answer is unknown. */
static void
lost_barrier_makes_a_batch_unknown(void **state OVS_UNUSED)
{
    say_answer(COMMAND, 2, EEXIST);
    submit(3);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect(NL_REPORT_OUTCOME, EEXIST);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect_nothing();
}

/* So it is if answers in between may be lost. */
static void
overrun_among_answers_makes_a_batch_unknown(void **state OVS_UNUSED)
{
    say_answer(COMMAND, 1, EEXIST);
    say_error(COMMAND, ENOBUFS);
    say_answer(COMMAND, 3, 0);
    submit(3);
    expect(NL_REPORT_OUTCOME, EEXIST);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect(NL_REPORT_OUTCOME, 0);
    expect_nothing();
}

static void
batches_are_capped_and_judged_alone(void **state OVS_UNUSED)
{
    say_answer(COMMAND, 64, 0);
    submit(100);                /* 64, answered in full, and 36. */
    assert_int_equal(n_sent, 100);
    for (int i = 0; i < 64; i++) {
        expect(NL_REPORT_OUTCOME, 0);
    }
    for (int i = 64; i < 100; i++) {
        expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    }
    expect_nothing();
}

static void
what_cannot_be_sent_fails(void **state OVS_UNUSED)
{
    send_error = ENOBUFS;
    submit(2);
    expect(NL_REPORT_OUTCOME, ENOBUFS);
    expect(NL_REPORT_OUTCOME, ENOBUFS);
    expect_nothing();
}

/* What the kernel tells of an operation, among the answers, is reported before
 * its outcome, and after that of the one before. */
static void
echoes_come_before_their_outcomes(void **state OVS_UNUSED)
{
    static const int n_echoes[] = { 1, 0, 2, 0 };
    struct nl_report report;
    struct datagram *d;

    say(COMMAND, RTM_NEWROUTE, 0, 77, sizeof(struct rtmsg));  /* Nobody's. */
    say(COMMAND, RTM_NEWROUTE, 0, 1, sizeof(struct rtmsg));
    say_answer(COMMAND, 2, EEXIST);
    d = add_datagram(COMMAND);
    add_message(d, RTM_DELROUTE, 0, 3, sizeof(struct rtmsg) + 4);
    add_message(d, RTM_NEWROUTE, 0, 3, sizeof(struct rtmsg));
    say_answer(COMMAND, 4, 0);
    submit(4);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < n_echoes[i]; j++) {
            report = expect(NL_REPORT_EVENT, 0);
            assert_true(report.own);
            assert_int_equal(report.message->nlmsg_seq, i + 1);
            assert_int_equal(report.message->nlmsg_type,
                             i == 2 && !j ? RTM_DELROUTE : RTM_NEWROUTE);
        }
        expect(NL_REPORT_OUTCOME, i == 1 ? EEXIST : 0);
    }
    expect_nothing();

    /* Those of the next batch do not mix with them. */
    say(COMMAND, RTM_NEWROUTE, 0, 5, sizeof(struct rtmsg));
    say_answer(COMMAND, 5, 0);
    submit(1);
    report = expect(NL_REPORT_EVENT, 0);
    assert_int_equal(report.message->nlmsg_seq, 5);
    expect(NL_REPORT_OUTCOME, 0);
    expect_nothing();
}

/* One that may be lost leaves its operation unknown; and so does one that comes
 * when another's came in between, which no kernel does. */
static void
lost_echo_makes_a_batch_unknown(void **state OVS_UNUSED)
{
    say_error(COMMAND, ENOBUFS);
    say_answer(COMMAND, 1, 0);
    submit(1);
    expect(NL_REPORT_OUTCOME, 0);   /* Its own answer is there. */
    say(COMMAND, RTM_NEWROUTE, 0, 2, sizeof(struct rtmsg));
    say_error(COMMAND, ENOBUFS);
    say_answer(COMMAND, 3, 0);
    submit(2);
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect(NL_REPORT_OUTCOME, 0);

    say(COMMAND, RTM_NEWROUTE, 0, 4, sizeof(struct rtmsg));
    say(COMMAND, RTM_NEWROUTE, 0, 5, sizeof(struct rtmsg));
    say(COMMAND, RTM_NEWROUTE, 0, 4, sizeof(struct rtmsg));
    say_answer(COMMAND, 6, 0);
    submit(3);
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_OUTCOME, NL_UNKNOWN);
    expect(NL_REPORT_OUTCOME, 0);
    expect_nothing();
}

/* A kernel that does not know NETLINK_CAP_ACK quotes the request. */
static void
reason_after_a_quoted_request_is_found(void **state OVS_UNUSED)
{
    struct nl_report report;

    say_reason(1, ENETUNREACH, "Nexthop has invalid gateway", false);
    submit(1);
    report = expect(NL_REPORT_OUTCOME, ENETUNREACH);
    assert_string_equal(report.reason, "Nexthop has invalid gateway");
}

/* Dumps. */

static void
disturbed_dump_is_reported(void **state OVS_UNUSED)
{
    struct datagram *d;

    start_dump();
    d = add_datagram(DUMP);
    add_message(d, RTM_NEWROUTE, NLM_F_MULTI, last_seq, sizeof(struct rtmsg));
    add_message(d, RTM_NEWROUTE, NLM_F_MULTI | NLM_F_DUMP_INTR, last_seq,
                sizeof(struct rtmsg));
    say_done(last_seq, 0);
    expect(NL_REPORT_DUMP_ENTRY, 0);
    expect(NL_REPORT_DUMP_ENTRY, 0);
    expect(NL_REPORT_DUMP_END, EINTR);
    expect_nothing();

    /* The next one is not. */
    start_dump();
    say_done(last_seq, 0);
    expect(NL_REPORT_DUMP_END, 0);
}

/* The kernel says at the end how it went. */
static void
error_in_done_is_the_dumps(void **state OVS_UNUSED)
{
    start_dump();
    say(DUMP, RTM_NEWROUTE, NLM_F_MULTI, last_seq, sizeof(struct rtmsg));
    say_done(last_seq, EMSGSIZE);
    expect(NL_REPORT_DUMP_ENTRY, 0);
    expect(NL_REPORT_DUMP_END, EMSGSIZE);
    expect_nothing();
    assert_int_equal(n_opened, N_SOCKETS);
}

/* What may leave the kernel in the middle of a dump costs the socket. */
static void
broken_dump_gets_another_socket(void **state OVS_UNUSED)
{
    for (int i = 0; i < 4; i++) {
        int error = 0;

        start_dump();
        say(DUMP, RTM_NEWROUTE, NLM_F_MULTI, last_seq, sizeof(struct rtmsg));
        switch (i) {
        case 0:
            say_error(DUMP, error = ENOBUFS);
            break;
        case 1:
            say_answer(DUMP, last_seq, error = EOPNOTSUPP);
            break;
        case 2:
            say(DUMP, NLMSG_OVERRUN, 0, last_seq, 0);
            error = ENOBUFS;
            break;
        case 3:
            add_datagram(DUMP)->len = 7;
            error = EPROTO;
            break;
        }
        expect(NL_REPORT_DUMP_ENTRY, 0);
        expect(NL_REPORT_DUMP_END, error);
        expect_nothing();

        start_dump();
        assert_int_equal(n_opened, N_SOCKETS + 1 + i);
        say_done(last_seq - 1, EIO);        /* Of the old one. */
        say_done(last_seq, 0);
        expect(NL_REPORT_DUMP_END, 0);
    }
}

/* Events. */

static void
lost_events_are_reported(void **state OVS_UNUSED)
{
    say(EVENT, RTM_NEWROUTE, 0, 0, sizeof(struct rtmsg));
    say_error(EVENT, ENOBUFS);
    say(EVENT, NLMSG_OVERRUN, 0, 0, 0);
    add_datagram(EVENT)->len = 5;
    say(EVENT, RTM_DELROUTE, 0, 0, sizeof(struct rtmsg));
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_LOST, 0);
    expect(NL_REPORT_LOST, 0);
    expect(NL_REPORT_LOST, 0);
    expect(NL_REPORT_EVENT, 0);
    expect_nothing();
}

/* What an operation did is known before how it ended; and what happened before
 * a part of a dump was read, before that part. */
static void
events_come_first(void **state OVS_UNUSED)
{
    start_dump();
    say(DUMP, RTM_NEWROUTE, NLM_F_MULTI, last_seq, sizeof(struct rtmsg));
    say_done(last_seq, 0);
    say_answer(COMMAND, last_seq + 1, 0);
    say(EVENT, RTM_NEWROUTE, 0, last_seq + 1, sizeof(struct rtmsg));
    submit(1);
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_OUTCOME, 0);
    say(EVENT, RTM_NEWROUTE, 0, 0, sizeof(struct rtmsg));
    expect(NL_REPORT_DUMP_ENTRY, 0);
    expect(NL_REPORT_EVENT, 0);
    expect(NL_REPORT_DUMP_END, 0);
    expect_nothing();
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_are_told_apart_by_their_number),
        TEST(lost_barrier_makes_a_batch_unknown),
        TEST(overrun_among_answers_makes_a_batch_unknown),
        TEST(batches_are_capped_and_judged_alone),
        TEST(what_cannot_be_sent_fails),
        TEST(echoes_come_before_their_outcomes),
        TEST(lost_echo_makes_a_batch_unknown),
        TEST(reason_after_a_quoted_request_is_found),
        TEST(disturbed_dump_is_reported),
        TEST(error_in_done_is_the_dumps),
        TEST(broken_dump_gets_another_socket),
        TEST(lost_events_are_reported),
        TEST(events_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
