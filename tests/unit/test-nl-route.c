/* test-nl-route.c: the rtnetlink codec: round trips, messages as a kernel
 * sends them, and any other bytes. */
#include <config.h>
#include "lib/nl-route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "util.h"

#include "tests/unit/unit.h"

static struct nl_route
make_route(uint32_t table_id, const char *prefix, const char *gateway,
           struct nl_nexthop *nexthop)
{
    struct nl_route route;
    struct ip_prefix address;

    memset(&route, 0, sizeof route);
    memset(nexthop, 0, sizeof *nexthop);
    route.key.table_id = table_id;
    route.key.metric = 1000;
    assert_int_equal(ip_prefix_parse(prefix, &route.key.prefix, NULL), 0);
    route.protocol = DR_RTPROT_OVN;
    route.type = gateway ? RTN_UNICAST : RTN_BLACKHOLE;
    route.nexthops = nexthop;
    if (gateway) {
        assert_int_equal(ip_prefix_parse(gateway, &address, NULL), 0);
        nexthop->family = address.family;
        memcpy(nexthop->addr, address.addr, sizeof nexthop->addr);
        nexthop->weight = 1;
        route.n_nexthops = 1;
    }
    return route;
}

static void
route_encoded_decodes_to_itself(void **state OVS_UNUSED)
{
    static const struct {
        uint32_t table_id;
        const char *prefix, *gateway;
    } cases[] = {
        { 10, "172.16.10.2", NULL },
        { 70000, "0.0.0.0/0", NULL },
        { 4294967294U, "10.0.0.0/8", "192.0.2.1" },
        { 255, "10.0.0.0/8", "fe80::1" },
        { 256, "::/0", NULL },
        { 1, "2001:db8::/64", "2001:db8:1::1" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nl_nexthop nexthop, decoded_nexthop;
        struct nl_route route, decoded;
        uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };

        route = make_route(cases[i].table_id, cases[i].prefix,
                           cases[i].gateway, &nexthop);
        assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, NLM_F_CREATE,
                                         buf, sizeof buf), 0);
        assert_int_equal(nl_route_decode((void *) buf, &decoded,
                                         &decoded_nexthop, 1), 0);
        assert_true(nl_route_equals(&route, &decoded));
        assert_int_equal(nl_route_key_hash(&route.key),
                         nl_route_key_hash(&decoded.key));
    }
}

static void
route_encode_without_space_fails(void **state OVS_UNUSED)
{
    struct nl_nexthop nexthop;
    struct nl_route route = make_route(10, "2001:db8::1", "2001:db8::2",
                                       &nexthop);

    for (size_t size = 0; size <= 128; size += 4) {
        char *buf = xmalloc(size + 1);
        int error = nl_route_encode(&route, RTM_NEWROUTE, 0, buf, size);

        assert_int_equal(error, size < 84 ? EMSGSIZE : 0);
        free(buf);
    }
}

/* A deletion must not be able to hit another's route. */
static void
route_delete_names_protocol_and_metric(void **state OVS_UNUSED)
{
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nlmsghdr *nlh = (void *) buf;
    struct nl_nexthop nexthop;
    struct nl_route route = make_route(10, "10.0.0.1", NULL, &nexthop);
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    struct nl_route decoded;

    assert_int_equal(nl_route_encode(&route, RTM_DELROUTE, 0, buf,
                                     sizeof buf), 0);
    assert_int_equal(nlh->nlmsg_type, RTM_DELROUTE);
    assert_int_equal(nlh->nlmsg_flags, NLM_F_REQUEST);
    assert_int_equal(rtm->rtm_scope, RT_SCOPE_NOWHERE);
    assert_int_equal(nl_route_decode(nlh, &decoded, &nexthop, 1), 0);
    assert_int_equal(decoded.protocol, DR_RTPROT_OVN);
    assert_int_equal(decoded.key.metric, 1000);
    assert_int_equal(decoded.type, RTN_BLACKHOLE);
}

/* As FRR's ECMP routes look. */
static void
multipath_route_is_decoded(void **state OVS_UNUSED)
{
    struct nl_nexthop nexthops[4];
    uint64_t buf[64] = { 0 };
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof *rtm);
    struct nlattr *nest;
    struct nl_route route;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct in_addr gateway;
    struct {
        uint16_t family;
        uint8_t addr[16];
    } via = { .family = AF_INET6 };

    nlh->nlmsg_type = RTM_NEWROUTE;
    rtm->rtm_family = AF_INET;
    rtm->rtm_dst_len = 24;
    rtm->rtm_protocol = RTPROT_BGP;
    rtm->rtm_type = RTN_UNICAST;
    inet_pton(AF_INET, "10.99.0.0", &gateway);
    mnl_attr_put(nlh, RTA_DST, 4, &gateway);
    mnl_attr_put_u32(nlh, RTA_TABLE, 70000);
    mnl_attr_put_u32(nlh, RTA_PRIORITY, 20);
    mnl_attr_put_u32(nlh, RTA_NH_ID, 7);
    nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
    for (int i = 0; i < 2; i++) {
        struct rtnexthop *rtnh = mnl_nlmsg_get_payload_tail(nlh);

        memset(rtnh, 0, sizeof *rtnh);
        rtnh->rtnh_ifindex = 5 + i;
        rtnh->rtnh_hops = i;
        nlh->nlmsg_len += sizeof *rtnh;
        if (i) {
            inet_pton(AF_INET6, "fe80::2", via.addr);
            mnl_attr_put(nlh, RTA_VIA, sizeof via, &via);
        } else {
            inet_pton(AF_INET, "192.0.2.1", &gateway);
            mnl_attr_put(nlh, RTA_GATEWAY, 4, &gateway);
        }
        rtnh->rtnh_len = ((char *) mnl_nlmsg_get_payload_tail(nlh)
                          - (char *) rtnh);
    }
    mnl_attr_nest_end(nlh, nest);

    assert_int_equal(nl_route_decode(nlh, &route, nexthops, 4), 0);
    assert_int_equal(route.n_nexthops, 2);
    assert_int_equal(route.nh_id, 7);
    assert_int_equal(route.key.table_id, 70000);
    assert_int_equal(nexthops[1].weight, 2);
    nl_route_format(&route, &s);
    assert_string_equal(ds_cstr(&s), "10.99.0.0/24 nhid 7 nexthop via "
                        "192.0.2.1 ifindex 5 nexthop via inet6 fe80::2 "
                        "ifindex 6 proto bgp(186) metric 20");
    ds_destroy(&s);

    /* With less room, the rest is left out. */
    assert_int_equal(nl_route_decode(nlh, &route, nexthops, 1), 0);
    assert_int_equal(route.n_nexthops, 1);
}

static void
routes_of_other_families_are_told_apart(void **state OVS_UNUSED)
{
    struct nl_nexthop nexthop;
    struct nl_route route = make_route(10, "10.0.0.1", NULL, &nexthop);
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct rtmsg *rtm = mnl_nlmsg_get_payload((void *) buf);

    assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, 0, buf,
                                     sizeof buf), 0);
    rtm->rtm_family = AF_MPLS;
    assert_int_equal(nl_route_decode((void *) buf, &route, &nexthop, 1),
                     EAFNOSUPPORT);
    rtm->rtm_family = AF_INET;
    rtm->rtm_dst_len = 33;
    assert_int_equal(nl_route_decode((void *) buf, &route, &nexthop, 1),
                     EINVAL);
}

static void
vrf_encoded_decodes_to_itself(void **state OVS_UNUSED)
{
    struct nl_link_change change = {
        .name = "ovnvrf4294967",
        .kind = "vrf",
        .vrf_table = 4294967294U,
        .alias = "ovn-route-exchange hv1",
    };
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    struct nlmsghdr *nlh = (void *) buf;
    struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
    struct nl_link link;

    assert_int_equal(nl_link_encode_change(&change, buf, sizeof buf), 0);
    assert_int_equal(nlh->nlmsg_flags,
                     NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
    ifi->ifi_index = 7;
    assert_int_equal(nl_link_decode(nlh, &link), 0);
    assert_int_equal(link.ifindex, 7);
    assert_string_equal(link.name, change.name);
    assert_string_equal(link.kind, "vrf");
    assert_string_equal(link.alias, change.alias);
    assert_int_equal(link.vrf_table, change.vrf_table);

    /* Messages about bridge ports are not about devices. */
    ifi->ifi_family = AF_BRIDGE;
    assert_int_equal(nl_link_decode(nlh, &link), EAFNOSUPPORT);
}

/* The longest alias fits. */
static void
longest_alias_is_encoded(void **state OVS_UNUSED)
{
    struct nl_link_change change = { .ifindex = 1, .set_up = true };
    uint64_t buf[NL_MESSAGE_MAX / 8] = { 0 };
    char alias[NL_ALIAS_LEN];

    memset(alias, 'x', sizeof alias);
    alias[sizeof alias - 1] = '\0';
    change.alias = alias;
    change.name = "name-of-15-char";
    assert_int_equal(nl_link_encode_change(&change, buf, sizeof buf), 0);
}

/* What was in the buffer before is not sent, not between attributes either. */
static void
buffer_content_is_not_sent(void **state OVS_UNUSED)
{
    static const struct nl_link_change change = {
        .name = "ovnvrf10", .kind = "vrf", .vrf_table = 10, .alias = "hv1",
    };
    struct nl_nexthop nexthop;
    struct nl_route route = make_route(10, "10.0.0.0/8", "2001:db8::2",
                                       &nexthop);
    uint64_t link[2][NL_MESSAGE_MAX / 8], via[2][NL_MESSAGE_MAX / 8];
    const struct nlmsghdr *nlh = (void *) link[0];

    for (int i = 0; i < 2; i++) {
        memset(link[i], i ? 0xff : 0, sizeof link[i]);
        memset(via[i], i ? 0xff : 0, sizeof via[i]);
        assert_int_equal(nl_link_encode_change(&change, link[i],
                                               sizeof link[i]), 0);
        assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, 0, via[i],
                                         sizeof via[i]), 0);
    }
    assert_memory_equal(link[0], link[1], nlh->nlmsg_len);
    nlh = (void *) via[0];
    assert_memory_equal(via[0], via[1], nlh->nlmsg_len);
}

static void
keys_are_ordered(void **state OVS_UNUSED)
{
    struct nl_nexthop nexthop;
    struct nl_route_key keys[] = {
        make_route(10, "10.0.0.0/8", NULL, &nexthop).key,
        make_route(10, "10.0.0.0/24", NULL, &nexthop).key,
        make_route(10, "10.0.0.0/24", NULL, &nexthop).key,
        make_route(10, "10.0.0.1", NULL, &nexthop).key,
        make_route(10, "::/0", NULL, &nexthop).key,
        make_route(11, "10.0.0.0/8", NULL, &nexthop).key,
    };

    keys[2].metric = 2000;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
            int cmp = nl_route_key_compare(&keys[i], &keys[j]);

            assert_int_equal(cmp < 0, i < j);
            assert_int_equal(cmp > 0, i > j);
            assert_int_equal(nl_route_key_equals(&keys[i], &keys[j]), i == j);
        }
    }
}

/* Decodes 'len' bytes at 'data' from a place where the address sanitizer sees
 * every read past the end. */
static void
decode_all(const void *data, size_t len)
{
    struct nl_nexthop nexthops[3];
    struct nl_route route;
    struct nl_link link;
    uint32_t ifindex;
    uint8_t family;
    char *copy = xmalloc(len);

    memcpy(copy, data, len);
    (void) nl_route_decode((void *) copy, &route, nexthops, 3);
    (void) nl_link_decode((void *) copy, &link);
    (void) nl_addr_decode((void *) copy, &family, &ifindex);
    free(copy);
}

/* Any damage to a message is survived. */
static void
damaged_messages_are_survived(void **state OVS_UNUSED)
{
    struct nl_link_change change = {
        .name = "ovnvrf10", .kind = "vrf", .vrf_table = 10,
        .alias = "ovn-route-exchange hv1",
    };
    struct nl_nexthop nexthop;
    struct nl_route route = make_route(10, "10.0.0.1", "fe80::1", &nexthop);
    uint64_t originals[2][NL_MESSAGE_MAX / 8];

    memset(originals, 0, sizeof originals);
    assert_int_equal(nl_route_encode(&route, RTM_NEWROUTE, 0, originals[0],
                                     sizeof originals[0]), 0);
    assert_int_equal(nl_link_encode_change(&change, originals[1],
                                           sizeof originals[1]), 0);
    random_set_seed(84);
    for (int i = 0; i < 200000; i++) {
        union {
            struct nlmsghdr nlh;
            uint8_t bytes[NL_MESSAGE_MAX];
        } msg;
        size_t len;

        memcpy(&msg, originals[i % 2], sizeof msg);
        len = msg.nlh.nlmsg_len;
        for (int n = random_range(4); n > 0; n--) {
            msg.bytes[16 + random_range(len - 16)] = random_uint8();
        }
        if (random_range(2)) {
            len = MNL_NLMSG_HDRLEN + random_range(len - MNL_NLMSG_HDRLEN + 1);
        }
        msg.nlh.nlmsg_len = len;
        decode_all(&msg, len);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(route_encoded_decodes_to_itself),
        cmocka_unit_test(route_encode_without_space_fails),
        cmocka_unit_test(route_delete_names_protocol_and_metric),
        cmocka_unit_test(multipath_route_is_decoded),
        cmocka_unit_test(routes_of_other_families_are_told_apart),
        cmocka_unit_test(vrf_encoded_decodes_to_itself),
        cmocka_unit_test(longest_alias_is_encoded),
        cmocka_unit_test(buffer_content_is_not_sent),
        cmocka_unit_test(keys_are_ordered),
        cmocka_unit_test(damaged_messages_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
