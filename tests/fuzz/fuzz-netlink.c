/* fuzz-netlink.c: libFuzzer target for the netlink decoders (lib/nl-route,
 * lib/nl-nexthop).
 *
 * The input is given to every decoder, as one message and as the row of
 * messages that its length fields make of it, with the types that they claim
 * to be and with those that they do not.  Whatever is decoded must be in
 * normal form, be printed, and survive to be encoded and decoded again.
 * tests/fuzz/fuzz-northd-input.c says how to build and run it. */
#include <config.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "lib/nl-nexthop.h"
#include "lib/nl-route.h"
#include "openvswitch/dynamic-string.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* Larger ones are no other kind of input. */
#define MAX_SIZE 8192

/* Fewer than the kernel's, so that cutting them off is tried, too. */
#define MAX_NEXTHOPS 5

/* Encodes 'route', which must be possible, and decodes it again. */
static void
check_route_again(const struct nl_route *route)
{
    uint64_t buf[NL_MESSAGE_MAX / 8];
    struct nl_nexthop nexthops[MAX_NEXTHOPS];
    struct nl_route again;

    ovs_assert(!nl_route_encode(route, RTM_NEWROUTE, 0, buf, sizeof buf));
    ovs_assert(!nl_route_decode((void *) buf, &again, nexthops,
                                MAX_NEXTHOPS));
    ovs_assert(nl_route_key_equals(&route->key, &again.key));
    ovs_assert(!nl_route_key_compare(&route->key, &again.key));
    ovs_assert(nl_route_key_hash(&route->key)
               == nl_route_key_hash(&again.key));
    ovs_assert(route->protocol == again.protocol
               && route->type == again.type && route->scope == again.scope);
}

static void
fuzz_route(const struct nlmsghdr *nlh)
{
    struct nl_nexthop nexthops[MAX_NEXTHOPS];
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ip_prefix normal;
    struct nl_route route;

    memset(nexthops, 0x5a, sizeof nexthops);
    if (nl_route_decode(nlh, &route, nexthops, MAX_NEXTHOPS)) {
        return;
    }
    ovs_assert(route.n_nexthops <= MAX_NEXTHOPS);
    ovs_assert(!ip_prefix_from_bytes(route.key.prefix.family,
                                     route.key.prefix.addr,
                                     route.key.prefix.plen, &normal));
    ovs_assert(ip_prefix_equals(&normal, &route.key.prefix));
    ovs_assert(nl_route_equals(&route, &route));
    nl_route_format(&route, &s);
    ovs_assert(s.length);
    ds_destroy(&s);
    check_route_again(&route);
}

static void
fuzz_link(const struct nlmsghdr *nlh)
{
    uint64_t buf[NL_MESSAGE_MAX / 8];
    struct nl_link link, again;

    memset(&link, 0x5a, sizeof link);
    if (nl_link_decode(nlh, &link)) {
        return;
    }
    ovs_assert(link.ifindex && link.name[0]
               && memchr(link.name, '\0', sizeof link.name)
               && memchr(link.kind, '\0', sizeof link.kind)
               && memchr(link.alias, '\0', sizeof link.alias));

    struct nl_link_change change = {
        .ifindex = link.ifindex,
        .name = link.name,
        .kind = link.kind[0] ? link.kind : NULL,
        .vrf_table = link.vrf_table,
        .alias = link.alias[0] ? link.alias : NULL,
        .set_group = true, .group = link.group,
        .set_master = true, .master = link.master,
    };
    ovs_assert(!nl_link_encode_change(&change, buf, sizeof buf));
    ovs_assert(!nl_link_decode((void *) buf, &again));
    ovs_assert(link.ifindex == again.ifindex && link.master == again.master
               && link.group == again.group
               && !strcmp(link.name, again.name)
               && !strcmp(link.kind, again.kind)
               && !strcmp(link.alias, again.alias));
}

static void
fuzz_nexthop(const struct nlmsghdr *nlh)
{
    struct nl_nexthop_object object;
    struct nl_neighbour neighbour;

    if (!nl_nexthop_decode(nlh, &object)) {
        ovs_assert(object.id
                   && object.n_members <= ARRAY_SIZE(object.members));
        for (size_t i = 0; i < object.n_members; i++) {
            ovs_assert(object.members[i].weight);
        }
    }
    if (!nl_neighbour_decode(nlh, &neighbour)) {
        ovs_assert(neighbour.ifindex);
    }
}

/* Gives 'nlh' to every decoder. */
static void
fuzz_message(const struct nlmsghdr *nlh)
{
    uint32_t ifindex;
    uint8_t family;

    fuzz_route(nlh);
    fuzz_link(nlh);
    fuzz_nexthop(nlh);
    (void) nl_addr_decode(nlh, &family, &ifindex);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < sizeof(struct nlmsghdr) || size > MAX_SIZE) {
        return 0;
    }
    for (size_t start = 0; size - start >= sizeof(struct nlmsghdr); ) {
        /* Of the exact size, so that reading beyond it shows. */
        struct nlmsghdr *nlh = xmemdup(data + start, size - start);
        size_t left = size - start;
        size_t len = nlh->nlmsg_len;

        nlh->nlmsg_len = left;
        fuzz_message(nlh);
        if (len >= sizeof *nlh && len < left) {
            struct nlmsghdr *part = xmemdup(nlh, len);

            part->nlmsg_len = len;
            fuzz_message(part);
            free(part);
        }
        free(nlh);
        if (len < sizeof(struct nlmsghdr) || len >= left
            || NLMSG_ALIGN(len) >= left) {
            break;
        }
        start += NLMSG_ALIGN(len);
    }
    return 0;
}
