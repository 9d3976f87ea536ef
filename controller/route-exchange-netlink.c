/* route-exchange-netlink.c: the engine's way to the transport and back.
 *
 * Turns the operations that the engine wants into messages, and what the
 * transport reports into calls of the mirror and outcomes.  It decides
 * nothing.  route_exchange_run() is the loop around it:
 *
 *     read all that there is; start a dump if one is due, and read again;
 *     reconcile; send; and so on, until nothing is left to send.
 *
 * Events are read to the end before anything is decided, so that decisions
 * rest on what the kernel holds, not on what it held. */
#include <config.h>
#include "ovn/route-exchange.h"

#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "controller/route-exchange-engine.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-nexthop.h"
#include "lib/nl-transport.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

/* What one run may do before it lets the rest of the program have its turn. */
#define MAX_REPORTS 50000
#define MAX_TURNS 32

struct nl_transport *
route_exchange_open_kernel(int *error)
{
    return nl_transport_mnl_open(error);
}

/* Sending. */

/* Encodes the device operation 'op'. */
static int
encode_vrf(const struct route_exchange *re, const struct re_op *op, void *buf,
           size_t size)
{
    struct nl_link_change change = { .ifindex = op->ifindex };

    switch (op->type) {
    case RE_VRF_CREATE:
        change.name = op->name;
        change.kind = "vrf";
        change.vrf_table = op->table->table_id;
        change.set_group = true;
        change.group = re->birthmark;
        break;
    case RE_VRF_SETUP:
        change.set_up = true;
        change.alias = op->newborn ? re->mark : NULL;
        change.set_group = op->newborn;
        break;
    case RE_VRF_DOWN:
        change.set_down = true;
        break;
    case RE_VRF_RENAME:
        change.name = op->name;
        break;
    case RE_VRF_RELEASE:
        change.alias = "";
        change.set_group = op->newborn;
        break;
    case RE_VRF_DETACH:
        change.set_master = true;
        break;
    case RE_VRF_DELETE:
        return nl_link_encode_delete(op->ifindex, buf, size);
    case RE_ROUTE_ADD:
    case RE_ROUTE_REPLACE:
    case RE_ROUTE_DELETE:
        OVS_NOT_REACHED();
    }
    return nl_link_encode_change(&change, buf, size);
}

static int
encode_op(const struct route_exchange *re, const struct re_op *op, void *buf,
          size_t size)
{
    uint16_t echo = op->echo ? NLM_F_ECHO : 0;

    switch (op->type) {
    case RE_ROUTE_ADD:
        return nl_route_encode(&op->route, RTM_NEWROUTE,
                               NLM_F_CREATE | NLM_F_EXCL | echo, buf, size);
    case RE_ROUTE_REPLACE:
        return nl_route_encode(&op->route, RTM_NEWROUTE,
                               NLM_F_REPLACE | echo, buf, size);
    case RE_ROUTE_DELETE:
        return nl_route_encode(&op->route, RTM_DELROUTE, echo, buf, size);
    case RE_VRF_CREATE:
    case RE_VRF_SETUP:
    case RE_VRF_DOWN:
    case RE_VRF_RENAME:
    case RE_VRF_RELEASE:
    case RE_VRF_DETACH:
    case RE_VRF_DELETE:
        break;
    }
    return encode_vrf(re, op, buf, size);
}

/* Hands all that is outgoing to the transport. */
static void
send_ops(struct route_exchange *re)
{
    size_t size = re->n_outgoing * NL_MESSAGE_MAX;
    struct re_op *op;
    size_t len = 0;
    size_t n = re->n_outgoing;
    char *buf;

    if (size > re->allocated_messages) {
        free(re->messages);
        re->messages = xmalloc(size);
        re->allocated_messages = size;
    }
    buf = re->messages;
    LIST_FOR_EACH_POP (op, node, &re->outgoing) {
        struct nlmsghdr *nlh = ALIGNED_CAST(void *, buf + len);
        int error = encode_op(re, op, nlh, NL_MESSAGE_MAX);

        ovs_assert(!error);     /* NL_MESSAGE_MAX is enough for all. */
        if (op->slot) {
            re->stats.n_route_messages++;
        } else {
            re->stats.n_link_messages++;
        }
        len += NLMSG_ALIGN(nlh->nlmsg_len);
        ovs_list_push_back(&re->in_flight, &op->node);
    }
    re->n_outgoing = 0;
    nl_transport_submit(re->transport, buf, len, n);
}

/* Dumps. */

static void
end_dump(struct route_exchange *re, int error)
{
    re->dumping = false;
    if (re->dump_kind == RE_DUMP_MIRROR) {
        kernel_mirror_dump_end(re->mirror, error);
        re_dump_ended(re, re->dump_scope, error);
    } else {
        re_foreign_dump_ended(re, error);
    }
}

/* Asks for what is to be dumped, or the part that 'dump_family' names. */
static void
request_dump(struct route_exchange *re)
{
    uint64_t buf[NL_MESSAGE_MAX / 8];
    int error;

    if (re->dump_kind == RE_DUMP_NEXTHOPS) {
        error = nl_nexthop_encode_dump(buf, sizeof buf);
    } else if (re->dump_kind == RE_DUMP_NEIGHBOURS) {
        error = nl_neighbour_encode_dump(re->dump_scope, buf, sizeof buf);
    } else if (re->dump_scope == KM_SCOPE_LINKS) {
        error = nl_link_encode_dump(buf, sizeof buf);
    } else if (re->dump_scope == KM_SCOPE_OURS) {
        error = nl_route_encode_dump(re->dump_family, 0, DR_RTPROT_OVN, buf,
                                     sizeof buf);
    } else {
        error = nl_route_encode_dump(re->dump_family, re->dump_scope, 0, buf,
                                     sizeof buf);
    }
    if (!error) {
        error = nl_transport_dump(re->transport, (void *) buf);
    }
    if (error) {
        end_dump(re, error);
    }
}

/* Starts a dump if one is due. */
static bool
start_dump(struct route_exchange *re)
{
    if (re->dumping) {
        return false;
    } else if (re_next_dump(re, &re->dump_scope)) {
        re->dump_kind = RE_DUMP_MIRROR;
        re->dump_family = AF_INET;
        kernel_mirror_dump_begin(re->mirror, re->dump_scope);
    } else if (!re_foreign_next_dump(re)) {
        return false;
    }
    re->dumping = true;
    request_dump(re);
    return true;
}

/* A part of the dump ended.  A table that does not exist is as good as an
 * empty one. */
static void
part_ended(struct route_exchange *re, int error)
{
    if (!re->dumping) {
        return;
    }
    if (re->dump_kind != RE_DUMP_MIRROR) {
        end_dump(re, error);
        return;
    }
    if (error == ENOENT && re->dump_scope != KM_SCOPE_LINKS) {
        error = 0;
    }
    if (!error && re->dump_scope != KM_SCOPE_LINKS
        && re->dump_family == AF_INET) {
        re->dump_family = AF_INET6;
        request_dump(re);
    } else {
        end_dump(re, error);
    }
}

/* Receiving. */

/* True unless 'error' says that a message could not be decoded.  What is of
 * other families is none of our business. */
static bool
is_understood(struct route_exchange *re, int error)
{
    if (error && error != EAFNOSUPPORT) {
        re->problems_changed |= !re->stats.n_malformed;
        re->stats.n_malformed++;
    }
    return !error;
}

/* Passes on what 'nlh' says of nexthop objects and neighbours. */
static void
take_other_message(struct route_exchange *re, const struct nlmsghdr *nlh,
                   bool dump)
{
    struct nl_nexthop_object object;
    struct nl_neighbour neighbour;

    switch (nlh->nlmsg_type) {
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
        if (is_understood(re, nl_nexthop_decode(nlh, &object))) {
            re_foreign_take_nexthop(re, &object,
                                    nlh->nlmsg_type == RTM_DELNEXTHOP, dump);
        }
        break;
    case RTM_NEWNEIGH:
        if (is_understood(re, nl_neighbour_decode(nlh, &neighbour))) {
            re_foreign_take_neighbour(re, &neighbour, dump);
        }
        break;
    }
}

/* Passes what 'nlh' says of a device to the mirror. */
static void
take_link(struct route_exchange *re, const struct nlmsghdr *nlh, bool dump)
{
    bool gone = nlh->nlmsg_type == RTM_DELLINK;
    struct nl_link link;

    if (!is_understood(re, nl_link_decode(nlh, &link))) {
        return;
    } else if (dump) {
        kernel_mirror_dump_link(re->mirror, &link);
    } else {
        kernel_mirror_event_link(re->mirror, &link, gone);
        if (gone || !(link.flags & IFF_UP)) {
            re_doubt(re, NULL);
            re_foreign_device_lost(re, link.ifindex);
        }
    }
}

/* Passes 'nlh' to the mirror.  What cannot be decoded, from a newer kernel for
 * example, is as if it had not come, but for a problem. */
static void
take_message(struct route_exchange *re, const struct nl_report *report)
{
    struct nl_nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    const struct nlmsghdr *nlh = report->message;
    bool dump = report->type == NL_REPORT_DUMP_ENTRY;
    struct nl_route route;
    uint32_t ifindex;
    uint8_t family;

    switch (nlh->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        if (!is_understood(re, nl_route_decode(nlh, &route, nexthops,
                                               ARRAY_SIZE(nexthops)))) {
            break;
        } else if (dump) {
            kernel_mirror_dump_route(re->mirror, &route);
        } else {
            kernel_mirror_event_route(re->mirror, &route,
                                      nlh->nlmsg_type == RTM_DELROUTE,
                                      nlh->nlmsg_flags & NLM_F_REPLACE,
                                      report->own);
        }
        break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
        take_link(re, nlh, dump);
        break;
    case RTM_DELADDR:
        if (!dump && !nl_addr_decode(nlh, &family, &ifindex)
            && family == AF_INET) {
            re_doubt(re, NULL);
            kernel_mirror_event_addr_gone(re->mirror, ifindex);
        }
        break;
    default:
        take_other_message(re, nlh, dump);
        break;
    }
}

/* Takes in what the transport has.  False if that was not all. */
static bool
receive(struct route_exchange *re)
{
    struct nl_report report;

    for (int i = 0; i < MAX_REPORTS; i++) {
        if (!nl_transport_recv(re->transport, &report)) {
            return true;
        }
        switch (report.type) {
        case NL_REPORT_EVENT:
            re->stats.n_events++;
            /* fall through */
        case NL_REPORT_DUMP_ENTRY:
            take_message(re, &report);
            break;
        case NL_REPORT_LOST:
            re->stats.n_lost++;
            re_suspect(re, KM_SCOPE_OURS, "events were lost");
            break;
        case NL_REPORT_OUTCOME:
            re_outcome(re, report.error, report.reason);
            break;
        case NL_REPORT_DUMP_END:
            part_ended(re, report.error);
            break;
        }
    }
    return false;
}

void
route_exchange_run(struct route_exchange *re, long long int now)
{
    re->now = now;
    re->busy = true;
    for (int turn = 0; turn < MAX_TURNS; turn++) {
        if (!receive(re)) {
            break;
        }
        if (start_dump(re)) {
            continue;
        }
        re->wake_at = LLONG_MAX;
        re_reconcile(re);
        if (!ovs_list_is_empty(&re->outgoing)) {
            send_ops(re);
        } else if (!start_dump(re)) {
            re->busy = false;
            break;
        }
    }
    re_report_problems(re);
}

void
route_exchange_wait(struct route_exchange *re)
{
    long long int when = re->wake_at;

    nl_transport_wait(re->transport);
    if (!heap_is_empty(&re->timers)) {
        when = MIN(when, (long long int) (UINT64_MAX
                                          - heap_max(&re->timers)->priority));
    }
    if (re->busy) {
        poll_immediate_wake();
    } else if (when != LLONG_MAX) {
        poll_timer_wait_until(when);
    }
}
