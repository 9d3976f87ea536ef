/* kernel-peer.c: see the header. */
#include <config.h>
#include "tests/lib/kernel-peer.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "svec.h"
#include "util.h"

#include "tests/unit/unit.h"

/* Not in any range of an errno. */
#define NOTHING_YET 1000000

void
kernel_peer_init(struct kernel_peer *peer, struct nl_transport *transport)
{
    memset(peer, 0, sizeof *peer);
    peer->transport = transport;
}

void
kernel_peer_destroy(struct kernel_peer *peer)
{
    nl_transport_close(peer->transport);
}

static void
note_event(struct kernel_peer *peer, const struct nl_report *report)
{
    struct nl_nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    uint16_t type = report->message->nlmsg_type;
    struct nl_route route;

    if ((type == RTM_NEWROUTE || type == RTM_DELROUTE)
        && !report->own
        && !nl_route_decode(report->message, &route, nexthops,
                            ARRAY_SIZE(nexthops))
        && route.protocol == DR_RTPROT_OVN) {
        if (type == RTM_NEWROUTE) {
            peer->n_new_ours++;
        } else {
            peer->n_del_ours++;
        }
    }
}

/* Receives until an outcome or the end of a dump, whose error it returns.
 * Calls 'cb' for each entry of a dump. */
static int
receive(struct kernel_peer *peer,
        void (*cb)(void *aux, const struct nlmsghdr *), void *aux)
{
    struct nl_report report = { .type = NL_REPORT_LOST };
    int error = NOTHING_YET;

    while (nl_transport_recv(peer->transport, &report)
           || error == NOTHING_YET) {
        switch (report.type) {
        case NL_REPORT_EVENT:
            note_event(peer, &report);
            break;
        case NL_REPORT_OUTCOME:
        case NL_REPORT_DUMP_END:
            error = report.error;
            break;
        case NL_REPORT_DUMP_ENTRY:
            cb(aux, report.message);
            break;
        case NL_REPORT_LOST:
            break;
        }
        report.type = NL_REPORT_LOST;
    }
    return error;
}

static int
submit(struct kernel_peer *peer, void *msg)
{
    const struct nlmsghdr *nlh = msg;

    nl_transport_submit(peer->transport, msg, NLMSG_ALIGN(nlh->nlmsg_len), 1);
    return receive(peer, NULL, NULL);
}

static void
make_route(struct nl_route *route, struct nl_nexthop *nexthop,
           uint32_t table_id, const char *prefix, uint32_t metric,
           uint8_t protocol, uint32_t dev)
{
    memset(route, 0, sizeof *route);
    memset(nexthop, 0, sizeof *nexthop);
    route->key.table_id = table_id;
    route->key.metric = metric;
    assert_int_equal(ip_prefix_parse(prefix, &route->key.prefix, NULL), 0);
    route->protocol = protocol;
    route->type = dev ? RTN_UNICAST : RTN_BLACKHOLE;
    route->scope = dev ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    route->nexthops = nexthop;
    nexthop->weight = 1;
    nexthop->ifindex = dev;
    route->n_nexthops = dev != 0;
}

int
kernel_peer_add_route(struct kernel_peer *peer, uint16_t flags,
                      uint32_t table_id, const char *prefix, uint32_t metric,
                      uint8_t protocol, uint32_t dev)
{
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nl_nexthop nexthop;
    struct nl_route route;

    make_route(&route, &nexthop, table_id, prefix, metric, protocol, dev);
    assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, flags, buf,
                                     sizeof buf), 0);
    return submit(peer, buf);
}

int
kernel_peer_add_type(struct kernel_peer *peer, uint16_t flags,
                     uint32_t table_id, const char *prefix, uint32_t metric,
                     uint8_t protocol, uint8_t type)
{
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nl_nexthop nexthop;
    struct nl_route route;

    make_route(&route, &nexthop, table_id, prefix, metric, protocol, 0);
    route.type = type;
    assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, flags, buf,
                                     sizeof buf), 0);
    return submit(peer, buf);
}

int
kernel_peer_del_route(struct kernel_peer *peer, uint32_t table_id,
                      const char *prefix, uint32_t metric, uint8_t protocol)
{
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nl_nexthop nexthop;
    struct nl_route route;

    make_route(&route, &nexthop, table_id, prefix, metric, protocol, 0);
    route.type = RTN_UNSPEC;
    assert_int_equal(nl_route_encode(&route, RTM_DELROUTE, 0, buf,
                                     sizeof buf), 0);
    return submit(peer, buf);
}

int
kernel_peer_add_link(struct kernel_peer *peer, const char *name,
                     const char *kind, uint32_t vrf_table)
{
    struct nl_link_change change = {
        .name = name, .kind = kind, .vrf_table = vrf_table,
    };
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };

    assert_int_equal(nl_link_encode_change(&change, buf, sizeof buf), 0);
    return submit(peer, buf);
}

int
kernel_peer_del_link(struct kernel_peer *peer, const char *name)
{
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nl_link link;

    if (!kernel_peer_find_link(peer, name, &link)) {
        return ENODEV;
    }
    assert_int_equal(nl_link_encode_delete(link.ifindex, buf, sizeof buf), 0);
    return submit(peer, buf);
}

int
kernel_peer_change_link(struct kernel_peer *peer, const char *name,
                        const struct nl_link_change *change_)
{
    struct nl_link_change change = *change_;
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nl_link link;

    if (!kernel_peer_find_link(peer, name, &link)) {
        return ENODEV;
    }
    change.ifindex = link.ifindex;
    assert_int_equal(nl_link_encode_change(&change, buf, sizeof buf), 0);
    return submit(peer, buf);
}

/* Returns EINTR if somebody, such as an engine in another program, changed
 * something while the dump that 'request' asks for was under way. */
static int
dump(struct kernel_peer *peer, void *request,
     void (*cb)(void *aux, const struct nlmsghdr *), void *aux)
{
    assert_int_equal(nl_transport_dump(peer->transport, request), 0);
    return receive(peer, cb, aux);
}

struct find_link_aux {
    const char *name;
    struct nl_link *link;
    bool found;
};

static void
find_link_cb(void *aux_, const struct nlmsghdr *nlh)
{
    struct find_link_aux *aux = aux_;
    struct nl_link link;

    if (!nl_link_decode(nlh, &link) && !strcmp(link.name, aux->name)) {
        aux->found = true;
        *aux->link = link;
    }
}

bool
kernel_peer_find_link(struct kernel_peer *peer, const char *name,
                      struct nl_link *link)
{
    struct find_link_aux aux = { name, link, false };
    int error;

    do {
        uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };

        aux.found = false;
        assert_int_equal(nl_link_encode_dump(buf, sizeof buf), 0);
        error = dump(peer, buf, find_link_cb, &aux);
    } while (error == EINTR);
    assert_int_equal(error, 0);
    return aux.found;
}

struct show_aux {
    struct svec lines;
    uint32_t table_id;
    uint8_t protocol;
};

static void
show_cb(void *aux_, const struct nlmsghdr *nlh)
{
    struct nl_nexthop nexthops[NL_ROUTE_MAX_NEXTHOPS];
    struct show_aux *aux = aux_;
    struct nl_route route;

    if (!nl_route_decode(nlh, &route, nexthops, ARRAY_SIZE(nexthops))
        && route.key.table_id == aux->table_id
        && (!aux->protocol || aux->protocol == route.protocol)) {
        struct ds s = DS_EMPTY_INITIALIZER;

        if (route.type != RTN_UNICAST) {
            route.n_nexthops = 0;   /* The "dev lo" of IPv6. */
        }
        nl_route_format(&route, &s);
        svec_add_nocopy(&aux->lines, ds_steal_cstr(&s));
    }
}

/* Adds the routes of one family to 'aux'. */
static void
read_family(struct kernel_peer *peer, uint8_t family, struct show_aux *aux)
{
    size_t n = aux->lines.n;
    int error;

    do {
        uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };

        while (aux->lines.n > n) {
            free(aux->lines.names[--aux->lines.n]);
        }
        assert_int_equal(nl_route_encode_dump(family, aux->table_id, 0,
                                              buf, sizeof buf), 0);
        error = dump(peer, buf, show_cb, aux);
    } while (error == EINTR);
    assert_true(!error || error == ENOENT);
}

static void
read_routes(struct kernel_peer *peer, struct show_aux *aux)
{
    svec_init(&aux->lines);
    read_family(peer, AF_INET, aux);
    read_family(peer, AF_INET6, aux);
    svec_sort(&aux->lines);
}

char *
kernel_peer_show(struct kernel_peer *peer, uint32_t table_id,
                 uint8_t protocol)
{
    struct show_aux aux = { .table_id = table_id, .protocol = protocol };
    char *text;

    read_routes(peer, &aux);
    text = svec_join(&aux.lines, "\n", aux.lines.n ? "\n" : "");
    svec_destroy(&aux.lines);
    return text;
}

size_t
kernel_peer_count(struct kernel_peer *peer, uint32_t table_id,
                  uint8_t protocol)
{
    struct show_aux aux = { .table_id = table_id, .protocol = protocol };
    size_t n;

    read_routes(peer, &aux);
    n = aux.lines.n;
    svec_destroy(&aux.lines);
    return n;
}

void
kernel_peer_read_events(struct kernel_peer *peer)
{
    struct nl_report report;

    while (nl_transport_recv(peer->transport, &report)) {
        if (report.type == NL_REPORT_EVENT) {
            note_event(peer, &report);
        }
    }
}

void
kernel_peer_forget_events(struct kernel_peer *peer)
{
    kernel_peer_read_events(peer);
    peer->n_new_ours = peer->n_del_ours = 0;
}
