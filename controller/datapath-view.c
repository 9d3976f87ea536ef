/* datapath-view.c: an OpenFlow connection to the bridge.  See the header. */
#include <config.h>
#include "controller/datapath-view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "byte-order.h"
#include "openflow/openflow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofp-table.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "util.h"

/* After so many seconds of silence the other side is asked whether it is
 * there, and given up after as many again.  Long: an ovs-vswitchd that has many
 * flows to put in place, or too little processor, is silent for many seconds,
 * and all the time the kernel goes on forwarding. */
#define PROBE_S 30

/* One that takes no connection is given as much time. */
#define HANG_MS (2 * PROBE_S * 1000)

/* Between two tries to connect. */
#define MAX_BACKOFF_S 1

/* Between two looks at the number of flows. */
#define COUNT_MS 500

/* The OpenFlow table with which OVN's logical pipelines begin. */
#define FIRST_LOGICAL_TABLE 8

struct datapath_view {
    struct rconn *rconn;
    char *target;               /* NULL: none. */
    bool sure;
    unsigned int seqno;         /* Of the connection that the rest is of. */
    bool was_up;                /* 'target' was connected at some time. */
    long long int since;        /* 'target' holds; 0: not run since then. */
    bool patient;               /* If it is silent, it may only be busy. */
    long long int next_count;
    bool counted;               /* 'n_flows' holds. */
    uint32_t n_flows;
    bool has_flows;

    uint64_t routers[DATAPATH_VIEW_MAX_ROUTERS]; /* Tunnel keys. */
    size_t n_routers;

    /* A count that is under way: first of all flows, then of those of each
     * router. */
    bool asked;
    ovs_be32 xids[1 + DATAPATH_VIEW_MAX_ROUTERS];
    uint32_t counts[1 + DATAPATH_VIEW_MAX_ROUTERS];
    size_t n_asked;             /* Used of these... */
    size_t n_answers;           /* ...and answered. */
};

struct datapath_view *
datapath_view_create(void)
{
    struct datapath_view *view = xzalloc(sizeof *view);

    view->rconn = rconn_create(PROBE_S, MAX_BACKOFF_S, 0,
                               (1u << OFP13_VERSION | 1u << OFP14_VERSION
                                | 1u << OFP15_VERSION));
    return view;
}

void
datapath_view_destroy(struct datapath_view *view)
{
    if (view) {
        rconn_destroy(view->rconn);
        free(view->target);
        free(view);
    }
}

/* A new connection, of which nothing is known. */
static void
forget_flows(struct datapath_view *view)
{
    view->asked = view->counted = view->has_flows = false;
    view->next_count = 0;
}

void
datapath_view_configure(struct datapath_view *view, const char *target,
                        bool sure)
{
    view->sure = sure;
    if (nullable_string_is_equal(view->target, target)) {
        return;
    }
    free(view->target);
    view->target = nullable_xstrdup(target);
    view->was_up = false;
    view->since = 0;
    forget_flows(view);
    rconn_disconnect(view->rconn);
    if (target) {
        rconn_connect(view->rconn, target, target);
        /* It turns probes off for unix sockets, whose other end cannot be lost;
         * but it can hang. */
        rconn_set_probe_interval(view->rconn, PROBE_S);
    }
}

void
datapath_view_set_routers(struct datapath_view *view, const uint64_t keys[],
                          size_t n)
{
    if (n != view->n_routers
        || memcmp(keys, view->routers, n * sizeof *keys)) {
        memcpy(view->routers, keys, n * sizeof *keys);
        view->n_routers = n;
        forget_flows(view);
    }
}

/* Asks for the number of flows that 'match' matches in 'table'.  False if that
 * is not possible now. */
static bool
send_request(struct datapath_view *view, const struct match *match,
             uint8_t table)
{
    struct ofputil_flow_stats_request request = {
        .aggregate = true,
        .match = *match,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = table,
    };
    enum ofputil_protocol protocol
        = ofputil_protocol_from_ofp_version(rconn_get_version(view->rconn));
    struct ofpbuf *msg = ofputil_encode_flow_stats_request(&request, protocol);
    const struct ofp_header *oh = msg->data;

    view->xids[view->n_asked++] = oh->xid;
    return !rconn_send(view->rconn, msg, NULL);
}

static void
send_count(struct datapath_view *view, long long int now)
{
    struct match match;

    view->n_asked = view->n_answers = 0;
    match_init_catchall(&match);
    view->asked = send_request(view, &match, OFPTT_ALL);
    for (size_t i = 0; view->asked && i < view->n_routers; i++) {
        match_set_metadata(&match, htonll(view->routers[i]));
        view->asked = send_request(view, &match, FIRST_LOGICAL_TABLE);
    }
    view->next_count = now + COUNT_MS;
}

/* All answers have come. */
static void
end_count(struct datapath_view *view)
{
    uint32_t n_flows = view->counts[0];

    view->asked = false;
    view->has_flows = (view->counted && n_flows == view->n_flows
                       && view->n_asked > 1);
    for (size_t i = 1; i < view->n_asked; i++) {
        view->has_flows = view->has_flows && view->counts[i];
    }
    view->n_flows = n_flows;
    view->counted = true;
}

static void
receive_count(struct datapath_view *view, const struct ofp_header *oh)
{
    struct ofputil_aggregate_stats stats;

    if (!view->asked) {
        return;                 /* Of a count that was given up. */
    } else if (ofputil_decode_aggregate_stats_reply(&stats, oh)) {
        view->asked = false;
        return;
    }
    for (size_t i = 0; i < view->n_asked; i++) {
        if (view->xids[i] == oh->xid) {
            view->counts[i] = stats.flow_count;
            if (++view->n_answers >= view->n_asked) {
                end_count(view);
            }
            return;
        }
    }
}

static void
receive(struct datapath_view *view, const struct ofp_header *oh)
{
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    if (type == OFPTYPE_ECHO_REQUEST) {
        (void) rconn_send(view->rconn, ofputil_encode_echo_reply(oh), NULL);
    } else if (type == OFPTYPE_AGGREGATE_STATS_REPLY) {
        receive_count(view, oh);
    } else if (type == OFPTYPE_ERROR) {
        view->asked = false;    /* Asked again later. */
    }
}

void
datapath_view_run(struct datapath_view *view, bool count, long long int now)
{
    struct ofpbuf *msg;

    rconn_run(view->rconn);
    if (!view->since) {
        view->since = now;
    }
    /* rconn has been so for a connection that it gave up. */
    view->patient = !view->was_up && now - view->since < HANG_MS;
    if (rconn_get_connection_seqno(view->rconn) != view->seqno) {
        view->seqno = rconn_get_connection_seqno(view->rconn);
        forget_flows(view);
    }
    /* The bridge sends little; should it send much, others have their turn,
     * too. */
    for (int i = 0; i < 50; i++) {
        msg = rconn_recv(view->rconn);
        if (!msg) {
            break;
        }
        receive(view, msg->data);
        ofpbuf_delete(msg);
    }
    if (!rconn_is_connected(view->rconn)) {
        forget_flows(view);
        return;
    }
    view->was_up = true;
    if (!count) {
        forget_flows(view);
    } else if (!view->asked && now >= view->next_count) {
        send_count(view, now);
    }
}

void
datapath_view_wait(struct datapath_view *view, bool count)
{
    rconn_run_wait(view->rconn);
    rconn_recv_wait(view->rconn);
    if (count && rconn_is_connected(view->rconn) && !view->asked) {
        poll_timer_wait_until(view->next_count);
    }
}

/* True if the directory of the socket 'target' is there.  Where it is not, the
 * address is wrong, or ovs-vswitchd has a file system of its own. */
static bool
directory_exists(const char *target)
{
    bool is_unix = !strncmp(target, "unix:", 5);
    char *dir = dir_name(is_unix ? target + 5 : target);
    struct stat s;
    bool exists = is_unix && !stat(dir, &s);

    free(dir);
    return exists;
}

enum datapath_view_state
datapath_view_get(const struct datapath_view *view)
{
    bool down;

    if (rconn_is_connected(view->rconn)) {
        return DATAPATH_UP;
    } else if (!view->target) {
        return DATAPATH_UNKNOWN;
    }
    switch (rconn_get_last_error(view->rconn)) {
    case 0:
        down = view->was_up;
        break;
    case EOF:
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
        down = true;
        break;
    case ETIMEDOUT:
    case EAGAIN:                /* Too many wait already to be accepted. */
        down = !view->patient;
        break;
    case ENOENT:
        down = (view->was_up
                || (view->sure && directory_exists(view->target)));
        break;
    default:
        down = false;
        break;
    }
    return down ? DATAPATH_DOWN : DATAPATH_UNKNOWN;
}

int
datapath_view_get_error(const struct datapath_view *view)
{
    int error = rconn_get_last_error(view->rconn);

    return (view->target && datapath_view_get(view) == DATAPATH_UNKNOWN
            && error != ETIMEDOUT && error != EAGAIN ? error : 0);
}

bool
datapath_view_has_flows(const struct datapath_view *view)
{
    return view->has_flows;
}
