/* nl-transport-mnl.c: nl-transport to the running kernel, through libmnl.  The
 * only file that opens a libmnl socket.
 *
 * Three sockets, so that none can crowd out another: commands and their
 * answers; dumps; events.
 *
 * Commands.  A batch of messages goes out in one sendto(), with NLM_F_ACK on
 * the last message only: the kernel answers every message that fails, and the
 * last one in any case.  rtnetlink works a batch off before sendto() returns,
 * so all answers are there by then, and a batch whose last answer is not has
 * lost answers: those of its messages without an error of their own are
 * unknown.  It is capped in messages as well as in bytes, because what counts
 * is that its answers fit the receive buffer: at SO_RCVBUF=4096, 9 of 600
 * arrived (Linux 6.18).
 *
 * Events.  The kernel has queued the events of a command before it answers, so
 * the events are read to the end before any outcome is reported.  A filter in
 * the kernel keeps the news of our own changes to routes from the event socket:
 * each would cost as much as a change of someone else's, to tell what the
 * answer tells.  (A packet that a socket's filter drops does not count as
 * lost.)  Where more than success is to be known of a change, NLM_F_ECHO has
 * the kernel put its news among the answers, where they are in order.
 *
 * Dumps.  One that was disturbed (NLM_F_DUMP_INTR), that carries an error in
 * its NLMSG_DONE, or that lost messages is reported as failed.  After the
 * latter, and after any error that is not the kernel's word, the socket is
 * replaced: the kernel may still be in the middle of the old dump, and would
 * refuse another.
 *
 * Not used: mnl_cb_run(), which stops at the first acknowledgement, takes one
 * sequence number at a time, and does not read the error in NLMSG_DONE. */
#include <config.h>
#include "lib/nl-transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

#include "openvswitch/poll-loop.h"
#include "util.h"

/* Receive buffer for events: the kernel takes it twice, and that holds about
 * 80 000 news of blackhole routes (Linux 6.18).  No memory is used until there
 * are so many. */
#define EVENT_RCVBUF (32 * 1024 * 1024)

/* Receive buffer for answers: enough for a batch each of whose messages comes
 * back with NLM_F_ECHO, whatever the system's default. */
#define COMMAND_RCVBUF (256 * 1024)

/* Of any read; the kernel builds a dump in pieces of at most 32 kB. */
#define RECV_SIZE 65536

/* Caps of a batch, and what the kernel takes, at most, from the receive buffer
 * for the answer to one of its messages and the news of it. */
#define BATCH_MAX_OPS 64
#define BATCH_MAX_BYTES 16384
#define ANSWER_SIZE 2048

/* A socket and what was read from it and not handed out yet. */
struct stream {
    struct mnl_socket *nl;
    char *buf;                  /* RECV_SIZE bytes. */
    const struct nlmsghdr *next; /* In 'buf'. */
    int left;                   /* Bytes from 'next' on. */
};

/* What became of an operation. */
struct outcome {
    int error;                  /* As in struct nl_report. */
    char *reason;               /* Malloc()'d, or NULL. */
    size_t echo, echo_len;      /* Its news, in 'echoes', not reported yet. */
};

struct mnl_transport {
    struct nl_transport up;
    struct stream command;
    struct stream dump;
    struct stream event;
    uint32_t seq;               /* The last one used; 0 is left to events. */

    /* Outcomes [head, n) are still to be reported. */
    struct outcome *outcomes;
    size_t outcomes_head, n_outcomes, allocated_outcomes;
    char *reason;               /* The one last reported. */
    char *echoes;               /* Messages, one after the other. */
    size_t n_echoes, allocated_echoes; /* Bytes. */
    size_t batch_max_ops;       /* What the receive buffer holds answers of. */

    bool events_dry;            /* All events were read since the last
                                 * command, or read of a dump. */
    bool dumping;
    uint32_t dump_seq;          /* Of the running dump. */
    bool dump_intr;             /* It was disturbed. */
};

static const struct nl_transport_class mnl_class;

static struct mnl_transport *
mnl_transport_cast(struct nl_transport *transport)
{
    ovs_assert(transport->class == &mnl_class);
    return CONTAINER_OF(transport, struct mnl_transport, up);
}

/* Streams. */

static void
stream_close(struct stream *stream)
{
    if (stream->nl) {
        (void) mnl_socket_close(stream->nl);    /* It is gone anyway. */
    }
    free(stream->buf);
    memset(stream, 0, sizeof *stream);
}

static int
stream_fd(const struct stream *stream)
{
    return mnl_socket_get_fd(stream->nl);
}

/* Opens a socket that hears the kernel and nobody else.  Options that an older
 * kernel lacks are gone without: answers are then longer, less told, or less
 * filtered, all of which is coped with. */
static int
stream_open(struct stream *stream)
{
    static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    int on = 1;

    memset(stream, 0, sizeof *stream);
    stream->nl = mnl_socket_open2(NETLINK_ROUTE,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (!stream->nl) {
        return errno;
    }
    if (mnl_socket_bind(stream->nl, 0, MNL_SOCKET_AUTOPID)
        || connect(stream_fd(stream), (const void *) &kernel, sizeof kernel)) {
        int error = errno;

        stream_close(stream);
        return error;
    }
    (void) mnl_socket_setsockopt(stream->nl, NETLINK_EXT_ACK, &on, sizeof on);
    (void) mnl_socket_setsockopt(stream->nl, NETLINK_CAP_ACK, &on, sizeof on);
    (void) mnl_socket_setsockopt(stream->nl, NETLINK_GET_STRICT_CHK, &on,
                                 sizeof on);
    stream->buf = xmalloc(RECV_SIZE);
    return 0;
}

/* Stores the next message in '*nlh'.  Returns 0, EAGAIN if there is none, or
 * the error of the socket, with which something was lost. */
static int
stream_next(struct stream *stream, const struct nlmsghdr **nlh)
{
    if (!mnl_nlmsg_ok(stream->next, stream->left)) {
        ssize_t n;

        do {
            n = mnl_socket_recvfrom(stream->nl, stream->buf, RECV_SIZE);
        } while (n < 0 && errno == EINTR);
        if (n < 0) {
            stream->left = 0;
            return errno;
        }
        stream->next = ALIGNED_CAST(const void *, stream->buf);
        stream->left = n;
        if (!mnl_nlmsg_ok(stream->next, stream->left)) {
            stream->left = 0;
            return EPROTO;
        }
    }
    *nlh = stream->next;
    stream->next = mnl_nlmsg_next(stream->next, &stream->left);
    return 0;
}

/* Commands. */

static uint32_t
next_seq(struct mnl_transport *mnl)
{
    if (!++mnl->seq) {
        ++mnl->seq;
    }
    return mnl->seq;
}

static void
add_outcome(struct mnl_transport *mnl, int error)
{
    struct outcome *outcome;

    if (mnl->n_outcomes >= mnl->allocated_outcomes) {
        mnl->outcomes = x2nrealloc(mnl->outcomes, &mnl->allocated_outcomes,
                                   sizeof *mnl->outcomes);
    }
    outcome = &mnl->outcomes[mnl->n_outcomes++];
    memset(outcome, 0, sizeof *outcome);
    outcome->error = error;
}

/* Keeps 'nlh', by which the kernel tells what 'outcome' is about.  Returns
 * false if it comes when others did. */
static bool
add_echo(struct mnl_transport *mnl, struct outcome *outcome,
         const struct nlmsghdr *nlh)
{
    size_t len = MNL_ALIGN(nlh->nlmsg_len);

    if (!outcome->echo_len) {
        outcome->echo = mnl->n_echoes;
    } else if (outcome->echo + outcome->echo_len != mnl->n_echoes) {
        return false;
    }
    if (mnl->allocated_echoes - mnl->n_echoes < len) {
        mnl->allocated_echoes = 2 * mnl->allocated_echoes + len;
        mnl->echoes = xrealloc(mnl->echoes, mnl->allocated_echoes);
    }
    memcpy(mnl->echoes + mnl->n_echoes, nlh, nlh->nlmsg_len);
    mnl->n_echoes += len;
    outcome->echo_len += len;
    return true;
}

/* Returns a copy of the kernel's words in the NLMSG_ERROR 'nlh', or NULL if it
 * has none. */
static char *
error_reason(const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
    size_t offset = sizeof *err;
    const char *end = (const char *) nlh + nlh->nlmsg_len;
    const struct nlattr *attr;

    if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS)) {
        return NULL;
    }
    if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
        /* The request comes first, in full. */
        if (err->msg.nlmsg_len < MNL_NLMSG_HDRLEN
            || err->msg.nlmsg_len > nlh->nlmsg_len) {
            return NULL;
        }
        offset += MNL_ALIGN(err->msg.nlmsg_len - MNL_NLMSG_HDRLEN);
    }
    for (attr = mnl_nlmsg_get_payload_offset(nlh, offset);
         mnl_attr_ok(attr, end - (const char *) attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG) {
            return xmemdup0(mnl_attr_get_payload(attr),
                            strnlen(mnl_attr_get_payload(attr),
                                    mnl_attr_get_payload_len(attr)));
        }
    }
    return NULL;
}

/* If 'nlh' is an NLMSG_ERROR, stores its error, positive, in '*error'. */
static bool
get_error(const struct nlmsghdr *nlh, int *error)
{
    const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_type != NLMSG_ERROR
        || mnl_nlmsg_get_payload_len(nlh) < sizeof *err) {
        return false;
    }
    *error = -err->error;
    return true;
}

/* Reads the answers to the 'n' operations from sequence number 'first' on,
 * whose outcomes are the last 'n', and settles these. */
static void
read_answers(struct mnl_transport *mnl, uint32_t first, size_t n)
{
    struct outcome *outcomes = &mnl->outcomes[mnl->n_outcomes - n];
    const struct nlmsghdr *nlh;
    bool whole = false, lost = false;
    int error;

    while ((error = stream_next(&mnl->command, &nlh)) != EAGAIN) {
        size_t i = error ? n : nlh->nlmsg_seq - first;

        if (error) {
            lost = true;
        } else if (i >= n) {
            continue;           /* Not of this batch. */
        } else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
            lost |= !add_echo(mnl, &outcomes[i], nlh);
        } else if (get_error(nlh, &error)) {
            outcomes[i].error = error;
            free(outcomes[i].reason);
            outcomes[i].reason = error ? error_reason(nlh) : NULL;
            whole |= i == n - 1;
        }
    }
    if (whole && !lost) {
        for (size_t i = 0; i < n; i++) {
            if (outcomes[i].error == NL_UNKNOWN) {
                outcomes[i].error = 0;
            }
        }
    }
}

/* Sends the 'n' messages in the 'len' bytes at 'msgs' as one batch. */
static void
send_batch(struct mnl_transport *mnl, void *msgs, size_t len, size_t n)
{
    struct nlmsghdr *nlh = msgs;
    int error = NL_UNKNOWN;
    uint32_t first = 0;
    ssize_t sent;

    if (mnl->seq > UINT32_MAX - n - 1) {
        mnl->seq = 0;           /* Keeps the numbers of a batch in a row. */
    }
    for (size_t i = 0; i < n; i++) {
        nlh->nlmsg_seq = next_seq(mnl);
        nlh->nlmsg_pid = 0;
        nlh->nlmsg_flags &= ~NLM_F_ACK;
        if (!i) {
            first = nlh->nlmsg_seq;
        }
        if (i == n - 1) {
            nlh->nlmsg_flags |= NLM_F_ACK;
        }
        nlh = ALIGNED_CAST(void *,
                           (char *) nlh + MNL_ALIGN(nlh->nlmsg_len));
    }
    do {
        sent = mnl_socket_sendto(mnl->command.nl, msgs, len);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        error = errno;          /* None of it got there. */
    }
    for (size_t i = 0; i < n; i++) {
        add_outcome(mnl, error);
    }
    if (sent >= 0) {
        read_answers(mnl, first, n);
    }
    mnl->events_dry = false;
}

static void
mnl_submit(struct nl_transport *transport, void *msgs, size_t len, size_t n)
{
    struct mnl_transport *mnl = mnl_transport_cast(transport);
    char *start = msgs;
    char *end = start + len;

    while (n) {
        size_t batch_n = 0, batch_len = 0;

        while (batch_n < n && batch_n < mnl->batch_max_ops) {
            const struct nlmsghdr *nlh = ALIGNED_CAST(const void *,
                                                      start + batch_len);
            size_t step;

            ovs_assert(mnl_nlmsg_ok(nlh, end - (start + batch_len)));
            step = MNL_ALIGN(nlh->nlmsg_len);
            if (batch_n && batch_len + step > BATCH_MAX_BYTES) {
                break;
            }
            batch_len += step;
            batch_n++;
        }
        send_batch(mnl, start, batch_len, batch_n);
        start += batch_len;
        n -= batch_n;
    }
}

/* Dumps. */

static int
mnl_dump(struct nl_transport *transport, struct nlmsghdr *request)
{
    struct mnl_transport *mnl = mnl_transport_cast(transport);

    if (mnl->dumping) {
        return EBUSY;
    }
    if (!mnl->dump.nl) {
        int error = stream_open(&mnl->dump);

        if (error) {
            return error;
        }
    }
    request->nlmsg_seq = next_seq(mnl);
    request->nlmsg_pid = 0;
    if (mnl_socket_sendto(mnl->dump.nl, request, request->nlmsg_len) < 0) {
        return errno;
    }
    mnl->dumping = true;
    mnl->dump_seq = request->nlmsg_seq;
    mnl->dump_intr = false;
    return 0;
}

/* Reports the end of the dump.  'replace' gets rid of what may still come. */
static bool
end_dump(struct mnl_transport *mnl, int error, bool replace,
         struct nl_report *report)
{
    mnl->dumping = false;
    if (replace) {
        stream_close(&mnl->dump);
    }
    report->type = NL_REPORT_DUMP_END;
    report->error = error ? error : mnl->dump_intr ? EINTR : 0;
    return true;
}

/* The error in NLMSG_DONE, which the kernel puts there as a negative int. */
static int
done_error(const struct nlmsghdr *nlh)
{
    int error = 0;

    if (mnl_nlmsg_get_payload_len(nlh) >= sizeof error) {
        memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof error);
    }
    return error < 0 ? -error : 0;
}

static bool
recv_dump(struct mnl_transport *mnl, struct nl_report *report)
{
    while (mnl->dumping) {
        const struct nlmsghdr *nlh;
        int error;

        if (!mnl_nlmsg_ok(mnl->dump.next, mnl->dump.left)) {
            mnl->events_dry = false;
        }
        error = stream_next(&mnl->dump, &nlh);
        if (error == EAGAIN) {
            return false;
        } else if (error) {
            return end_dump(mnl, error, true, report);
        }
        if (nlh->nlmsg_seq != mnl->dump_seq) {
            continue;
        }
        if (nlh->nlmsg_flags & NLM_F_DUMP_INTR) {
            mnl->dump_intr = true;
        }
        if (nlh->nlmsg_type == NLMSG_DONE) {
            return end_dump(mnl, done_error(nlh), false, report);
        } else if (nlh->nlmsg_type == NLMSG_ERROR) {
            return end_dump(mnl, get_error(nlh, &error) && error ? error
                            : EPROTO, true, report);
        } else if (nlh->nlmsg_type == NLMSG_OVERRUN) {
            return end_dump(mnl, ENOBUFS, true, report);
        } else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
            report->type = NL_REPORT_DUMP_ENTRY;
            report->message = nlh;
            return true;
        }
    }
    return false;
}

/* Events. */

static bool
recv_event(struct mnl_transport *mnl, struct nl_report *report)
{
    while (!mnl->events_dry) {
        const struct nlmsghdr *nlh;
        int error = stream_next(&mnl->event, &nlh);

        if (error == EAGAIN) {
            mnl->events_dry = true;
        } else if (error || nlh->nlmsg_type == NLMSG_OVERRUN) {
            report->type = NL_REPORT_LOST;
            return true;
        } else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
            report->type = NL_REPORT_EVENT;
            report->message = nlh;
            report->own = (nlh->nlmsg_pid
                           == mnl_socket_get_portid(mnl->command.nl));
            return true;
        }
    }
    return false;
}

static bool
recv_outcome(struct mnl_transport *mnl, struct nl_report *report)
{
    struct outcome *outcome;

    if (mnl->outcomes_head >= mnl->n_outcomes) {
        mnl->outcomes_head = mnl->n_outcomes = mnl->n_echoes = 0;
        return false;
    }
    outcome = &mnl->outcomes[mnl->outcomes_head];
    if (outcome->echo_len) {
        size_t len;

        report->type = NL_REPORT_EVENT;
        report->message = ALIGNED_CAST(const void *,
                                       mnl->echoes + outcome->echo);
        report->own = true;
        len = MNL_ALIGN(report->message->nlmsg_len);
        outcome->echo += len;
        outcome->echo_len -= len;
        return true;
    }
    mnl->outcomes_head++;
    free(mnl->reason);
    mnl->reason = outcome->reason;
    report->type = NL_REPORT_OUTCOME;
    report->error = outcome->error;
    report->reason = outcome->reason;
    return true;
}

static bool
mnl_recv(struct nl_transport *transport, struct nl_report *report)
{
    struct mnl_transport *mnl = mnl_transport_cast(transport);

    memset(report, 0, sizeof *report);
    if (recv_event(mnl, report)
        || recv_outcome(mnl, report)
        || recv_dump(mnl, report)) {
        return true;
    }
    mnl->events_dry = false;    /* Who asks again wants to know anew. */
    return false;
}

static void
mnl_wait(struct nl_transport *transport)
{
    struct mnl_transport *mnl = mnl_transport_cast(transport);

    if (mnl->outcomes_head < mnl->n_outcomes
        || mnl_nlmsg_ok(mnl->event.next, mnl->event.left)) {
        poll_immediate_wake();
    }
    poll_fd_wait(stream_fd(&mnl->event), POLLIN);
    if (mnl->dumping) {
        poll_fd_wait(stream_fd(&mnl->dump), POLLIN);
    }
}

/* Opening and closing. */

static void
mnl_close(struct nl_transport *transport)
{
    struct mnl_transport *mnl = mnl_transport_cast(transport);

    stream_close(&mnl->command);
    stream_close(&mnl->dump);
    stream_close(&mnl->event);
    for (size_t i = mnl->outcomes_head; i < mnl->n_outcomes; i++) {
        free(mnl->outcomes[i].reason);
    }
    free(mnl->outcomes);
    free(mnl->echoes);
    free(mnl->reason);
    free(mnl);
}

/* Gives 'stream' a receive buffer of 'size' bytes, beyond the limit for
 * ordinary users if that is allowed. */
static void
set_rcvbuf(struct stream *stream, int size)
{
    int fd = stream_fd(stream);

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) {
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
}

/* So many answers have room in what the kernel gave 'stream'. */
static size_t
batch_max_ops(struct stream *stream)
{
    socklen_t len = sizeof(int);
    int size;

    if (getsockopt(stream_fd(stream), SOL_SOCKET, SO_RCVBUF, &size, &len)) {
        return 1;
    }
    return MIN(MAX(size / ANSWER_SIZE, 1), BATCH_MAX_OPS);
}

/* Keeps news of routes that 'port_id' changed from 'stream'.  Each comes in a
 * packet of its own, so it is enough to look at the first header.  Where the
 * kernel does not take the filter they come, which does no harm. */
static void
filter_routes_of(struct stream *stream, uint32_t port_id)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port_id), 0, 4),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
                 offsetof(struct nlmsghdr, nlmsg_type)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),               /* Drop it. */
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),      /* Take all of it. */
    };
    struct sock_fprog program = { ARRAY_SIZE(code), code };

    (void) setsockopt(stream_fd(stream), SOL_SOCKET, SO_ATTACH_FILTER,
                      &program, sizeof program);
}

static int
join_group(struct stream *stream, int group)
{
    return (mnl_socket_setsockopt(stream->nl, NETLINK_ADD_MEMBERSHIP, &group,
                                  sizeof group)
            ? errno : 0);
}

static int
mnl_join(struct nl_transport *transport, int group)
{
    return join_group(&mnl_transport_cast(transport)->event, group);
}

static int
join_groups(struct stream *stream)
{
    static const int groups[] = {
        RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
        RTNLGRP_IPV4_IFADDR,
    };

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        int error = join_group(stream, groups[i]);

        if (error) {
            return error;
        }
    }
    return 0;
}

struct nl_transport *
nl_transport_mnl_open_sized(size_t rcvbuf, int *error)
{
    struct mnl_transport *mnl = xzalloc(sizeof *mnl);

    mnl->up.class = &mnl_class;
    *error = stream_open(&mnl->command);
    if (!*error) {
        *error = stream_open(&mnl->dump);
    }
    if (!*error) {
        *error = stream_open(&mnl->event);
    }
    if (!*error) {
        set_rcvbuf(&mnl->command, rcvbuf ? rcvbuf : COMMAND_RCVBUF);
        mnl->batch_max_ops = batch_max_ops(&mnl->command);
        set_rcvbuf(&mnl->event, rcvbuf ? rcvbuf : EVENT_RCVBUF);
        filter_routes_of(&mnl->event,
                         mnl_socket_get_portid(mnl->command.nl));
        *error = join_groups(&mnl->event);
    }
    if (*error) {
        mnl_close(&mnl->up);
        return NULL;
    }
    return &mnl->up;
}

struct nl_transport *
nl_transport_mnl_open(int *error)
{
    return nl_transport_mnl_open_sized(0, error);
}

static const struct nl_transport_class mnl_class = {
    .close = mnl_close,
    .submit = mnl_submit,
    .dump = mnl_dump,
    .join = mnl_join,
    .recv = mnl_recv,
    .wait = mnl_wait,
};
