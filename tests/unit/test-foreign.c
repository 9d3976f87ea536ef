/* test-foreign.c: unit tests of what the engine reads for its host: foreign
 * routes, nexthop objects and neighbours (controller/route-exchange-foreign.c,
 * nexthop-set, neighbour-set, lib/nl-nexthop).
 *
 * The kernel is a script here: the test says, in bytes, what a dump brings and
 * which events come when. */
#include <config.h>

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "lib/nl-nexthop.h"
#include "lib/nl-route.h"
#include "lib/nl-transport.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "ovn/route-exchange.h"
#include "tests/unit/unit.h"
#include "util.h"

#define TABLE 10
#define MAX_MESSAGE 4096

/* A message, or the end of a dump. */
struct script_report {
    struct ovs_list node;
    struct nl_report report;
    union {
        struct nlmsghdr nlh;
        char buf[MAX_MESSAGE];
    } u;
};

static struct {
    struct nl_transport transport;
    struct ovs_list reports;    /* Of struct script_report, to come. */
    struct ovs_list objects;    /* What a dump of nexthop objects brings, */
    struct ovs_list neighbours; /* of neighbours, */
    struct ovs_list routes;     /* of routes. */
    struct script_report *last;
    unsigned int n_object_dumps, n_neighbour_dumps, n_route_dumps;
    int object_dump_error;
    int join_error;
    /* Called when a dump of objects was asked for. */
    void (*on_object_dump)(void);
} script;

static struct route_exchange *re;
static long long int now;
static struct ds told;          /* What the observer was told. */

static struct script_report *
add_report(struct ovs_list *list, enum nl_report_type type)
{
    struct script_report *report = xzalloc(sizeof *report);

    report->report.type = type;
    report->report.message = &report->u.nlh;
    ovs_list_push_back(list, &report->node);
    return report;
}

static void
clear(struct ovs_list *list)
{
    struct script_report *report;

    LIST_FOR_EACH_POP (report, node, list) {
        free(report);
    }
}

/* Has a dump bring what 'list' holds. */
static void
play(const struct ovs_list *list, int error)
{
    const struct script_report *from;

    LIST_FOR_EACH (from, node, list) {
        struct script_report *to = add_report(&script.reports,
                                              NL_REPORT_DUMP_ENTRY);

        to->u = from->u;
    }
    add_report(&script.reports, NL_REPORT_DUMP_END)->report.error = error;
}

static void
script_close(struct nl_transport *up OVS_UNUSED)
{
    free(script.last);
    clear(&script.reports);
    clear(&script.objects);
    clear(&script.neighbours);
    clear(&script.routes);
}

static void
script_submit(struct nl_transport *up OVS_UNUSED, void *msgs OVS_UNUSED,
              size_t len OVS_UNUSED, size_t n OVS_UNUSED)
{
    fail_msg("nothing is to be written here");
}

static int
script_dump(struct nl_transport *up OVS_UNUSED, struct nlmsghdr *request)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(request);
    struct ovs_list none = OVS_LIST_INITIALIZER(&none);

    switch (request->nlmsg_type) {
    case RTM_GETNEXTHOP:
        script.n_object_dumps++;
        play(&script.objects, script.object_dump_error);
        if (script.on_object_dump) {
            script.on_object_dump();
        }
        break;
    case RTM_GETNEIGH:
        script.n_neighbour_dumps++;
        play(&script.neighbours, 0);
        break;
    case RTM_GETROUTE:
        script.n_route_dumps += rtm->rtm_family == AF_INET;
        play(rtm->rtm_family == AF_INET ? &script.routes : &none, 0);
        break;
    default:
        play(&none, 0);
        break;
    }
    return 0;
}

static int
script_join(struct nl_transport *up OVS_UNUSED, int group OVS_UNUSED)
{
    return script.join_error;
}

static bool
script_recv(struct nl_transport *up OVS_UNUSED, struct nl_report *report)
{
    free(script.last);
    script.last = NULL;
    if (ovs_list_is_empty(&script.reports)) {
        return false;
    }
    script.last = CONTAINER_OF(ovs_list_pop_front(&script.reports),
                               struct script_report, node);
    *report = script.last->report;
    return true;
}

static void
script_wait(struct nl_transport *up OVS_UNUSED)
{
}

static const struct nl_transport_class script_class = {
    script_close, script_submit, script_dump, script_join, script_recv,
    script_wait,
};

/* Messages. */

static struct nlmsghdr *
message(struct ovs_list *list, uint16_t type)
{
    struct script_report *report = add_report(list, NL_REPORT_EVENT);
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(report->u.buf);

    nlh->nlmsg_type = type;
    return nlh;
}

/* A route to 'text' by object 'nh_id', or by 'gateway' if that is nonnull. */
static void
add_route(struct ovs_list *list, uint16_t type, const char *text,
          uint32_t nh_id, const char *gateway)
{
    struct nlmsghdr *nlh = message(list, type);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof *rtm);
    struct ip_prefix prefix, host;

    assert_int_equal(ip_prefix_parse(text, &prefix, NULL), 0);
    rtm->rtm_family = AF_INET;
    rtm->rtm_dst_len = prefix.plen;
    rtm->rtm_table = TABLE;
    rtm->rtm_protocol = 186;
    rtm->rtm_type = RTN_UNICAST;
    mnl_attr_put(nlh, RTA_DST, 4, prefix.addr);
    mnl_attr_put_u32(nlh, RTA_PRIORITY, 20);
    if (nh_id) {
        mnl_attr_put_u32(nlh, RTA_NH_ID, nh_id);
    }
    if (gateway) {
        assert_int_equal(ip_prefix_parse(gateway, &host, NULL), 0);
        mnl_attr_put(nlh, RTA_GATEWAY, 4, host.addr);
        mnl_attr_put_u32(nlh, RTA_OIF, 7);
    }
}

static struct nlmsghdr *
add_object(struct ovs_list *list, uint16_t type, uint32_t id)
{
    struct nlmsghdr *nlh = message(list, type);
    struct nhmsg *nhm = mnl_nlmsg_put_extra_header(nlh, sizeof *nhm);

    nhm->nh_family = AF_INET;
    mnl_attr_put_u32(nlh, NHA_ID, id);
    return nlh;
}

/* Object 'id' leads to 'gateway' on device 7. */
static void
add_single(struct ovs_list *list, uint32_t id, const char *gateway)
{
    struct nlmsghdr *nlh = add_object(list, RTM_NEWNEXTHOP, id);
    struct ip_prefix host;

    assert_int_equal(ip_prefix_parse(gateway, &host, NULL), 0);
    mnl_attr_put(nlh, NHA_GATEWAY, 4, host.addr);
    mnl_attr_put_u32(nlh, NHA_OIF, 7);
}

/* Object 'id' is a group of 'n' members from 'first' on, of this weight. */
static void
add_group(struct ovs_list *list, uint32_t id, uint32_t first, size_t n,
          unsigned int weight)
{
    struct nlmsghdr *nlh = add_object(list, RTM_NEWNEXTHOP, id);
    struct nexthop_grp *grp = xcalloc(n, sizeof *grp);

    for (size_t i = 0; i < n; i++) {
        grp[i].id = first + i;
        grp[i].weight = (weight - 1) & 0xff;
        grp[i].resvd1 = (weight - 1) >> 8;
    }
    mnl_attr_put(nlh, NHA_GROUP, n * sizeof *grp, grp);
    free(grp);
}

static void
add_neighbour(struct ovs_list *list, uint16_t type, uint8_t last_byte,
              uint8_t mac_byte, uint16_t state)
{
    struct nlmsghdr *nlh = message(list, type);
    struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof *ndm);
    uint8_t addr[16] = { 0xfe, 0x80, [15] = last_byte };
    uint8_t mac[6] = { 2, [5] = mac_byte };

    ndm->ndm_family = AF_INET6;
    ndm->ndm_ifindex = 7;
    ndm->ndm_state = state;
    mnl_attr_put(nlh, NDA_DST, sizeof addr, addr);
    if (mac_byte) {
        mnl_attr_put(nlh, NDA_LLADDR, sizeof mac, mac);
    }
}

/* Device 7 goes down. */
static void
add_link_down(void)
{
    struct nlmsghdr *nlh = message(&script.reports, RTM_NEWLINK);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof *ifi);

    ifi->ifi_index = 7;
    mnl_attr_put_strz(nlh, IFLA_IFNAME, "x0");
}

/* The host. */

static void
prefix_changed(void *aux OVS_UNUSED, uint32_t table_id OVS_UNUSED,
               const struct ip_prefix *prefix)
{
    ip_prefix_put(prefix, &told);
    ds_put_char(&told, ' ');
}

static void
ignore_change(void *aux OVS_UNUSED, uint32_t id OVS_UNUSED)
{
}

static void
neighbour_changed(void *aux OVS_UNUSED, uint32_t ifindex)
{
    ds_put_format(&told, "neighbour on %"PRIu32" ", ifindex);
}

static void
run(void)
{
    for (int i = 0; i < 10; i++) {
        route_exchange_run(re, now += 10);
    }
}

static int
setup(void **state OVS_UNUSED)
{
    static const struct route_exchange_observer observer = {
        .prefix_changed = prefix_changed,
        .table_changed = ignore_change,
        .device_changed = ignore_change,
        .neighbour_changed = neighbour_changed,
    };
    struct route_exchange_config config = {
        .transport = &script.transport, .owner = "test",
    };

    memset(&script, 0, sizeof script);
    script.transport.class = &script_class;
    ovs_list_init(&script.reports);
    ovs_list_init(&script.objects);
    ovs_list_init(&script.neighbours);
    ovs_list_init(&script.routes);
    ds_init(&told);
    now = 1000000;
    re = route_exchange_create(&config);
    route_exchange_observe(re, &observer, NULL);
    assert_int_equal(route_exchange_set_table(re, TABLE, NULL), 0);
    return 0;
}

static int
teardown(void **state OVS_UNUSED)
{
    route_exchange_destroy(re);
    ds_destroy(&told);
    return 0;
}

static void
put_nexthops(void *ds_, const struct nl_route *route)
{
    struct ds *ds = ds_;

    for (size_t i = 0; i < route->n_nexthops; i++) {
        const struct nl_nexthop *nexthop = &route->nexthops[i];

        ds_put_format(ds, "%s%d.%d.%d.%d/%d", ds->length ? " " : "",
                      nexthop->addr[0], nexthop->addr[1], nexthop->addr[2],
                      nexthop->addr[3], nexthop->weight);
    }
}

/* Fails the test unless 'prefix' leads to these, "ADDRESS/WEIGHT ...". */
static void
expect(const char *text, const char *want)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct ip_prefix prefix;

    run();
    assert_int_equal(ip_prefix_parse(text, &prefix, NULL), 0);
    route_exchange_get_routes(re, TABLE, &prefix, put_nexthops, &ds);
    assert_string_equal(ds_cstr(&ds), want);
    ds_destroy(&ds);
}

static void
expect_told(const char *want)
{
    run();
    assert_string_equal(ds_cstr(&told), want);
    ds_clear(&told);
}

static bool
is_trusted(void)
{
    return route_exchange_is_trusted(re, TABLE);
}

static void
objects_are_read_once_a_route_uses_one(void **state OVS_UNUSED)
{
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 0, "10.1.0.9");
    add_single(&script.objects, 1, "10.1.0.2");
    expect("10.0.0.0/24", "10.1.0.9/1");
    assert_true(is_trusted());
    assert_int_equal(script.n_object_dumps, 0);
    add_route(&script.reports, RTM_NEWROUTE, "10.0.1.0/24", 1, NULL);
    route_exchange_run(re, now);
    expect("10.0.1.0/24", "10.1.0.2/1");
    assert_true(is_trusted());
    /* More of them, and what is said inline is less. */
    add_route(&script.reports, RTM_NEWROUTE, "10.0.2.0/24", 1, "10.1.0.9");
    expect("10.0.2.0/24", "10.1.0.2/1");
    assert_int_equal(script.n_object_dumps, 1);
}

static void
groups_have_members_and_weights(void **state OVS_UNUSED)
{
    add_single(&script.objects, 1, "10.1.0.2");
    add_single(&script.objects, 2, "10.1.0.3");
    mnl_attr_put(add_object(&script.objects, RTM_NEWNEXTHOP, 3),
                 NHA_BLACKHOLE, 0, NULL);
    add_group(&script.objects, 10, 1, 5, 1000);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 10, NULL);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.1.0/24", 3, NULL);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.2.0/24", 99, NULL);
    expect("10.0.0.0/24", "10.1.0.2/1000 10.1.0.3/1000");
    expect("10.0.1.0/24", "");
    expect("10.0.2.0/24", "");
}

static void
changed_object_tells_of_its_routes_only(void **state OVS_UNUSED)
{
    add_single(&script.objects, 1, "10.1.0.2");
    add_single(&script.objects, 2, "10.1.0.3");
    add_group(&script.objects, 10, 1, 1, 1);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 10, NULL);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.1.0/24", 2, NULL);
    expect("10.0.0.0/24", "10.1.0.2/1");
    expect_told("");
    /* A member, and so the group. */
    add_single(&script.reports, 1, "10.1.0.7");
    expect_told("10.0.0.0/24 ");
    expect("10.0.0.0/24", "10.1.0.7/1");
    add_group(&script.reports, 10, 1, 2, 1);
    expect_told("10.0.0.0/24 ");
    expect("10.0.0.0/24", "10.1.0.7/1 10.1.0.3/1");
    /* No news. */
    add_group(&script.reports, 10, 1, 2, 1);
    add_single(&script.reports, 50, "10.1.0.8");
    expect_told("");
    assert_int_equal(script.n_object_dumps, 1);
}

/* The kernel says nothing of the routes that go with an object or a device. */
static void
lost_object_has_its_tables_read_anew(void **state OVS_UNUSED)
{
    unsigned int n;

    add_single(&script.objects, 1, "10.1.0.2");
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 1, NULL);
    expect("10.0.0.0/24", "10.1.0.2/1");
    n = script.n_route_dumps;
    clear(&script.routes);
    clear(&script.objects);
    (void) add_object(&script.reports, RTM_DELNEXTHOP, 1);
    run();
    now += 60000;
    expect("10.0.0.0/24", "");
    assert_true(script.n_route_dumps > n);
}

static void
device_that_goes_down_has_objects_read_anew(void **state OVS_UNUSED)
{
    add_single(&script.objects, 1, "10.1.0.2");
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 1, NULL);
    expect("10.0.0.0/24", "10.1.0.2/1");
    clear(&script.objects);
    clear(&script.routes);
    add_link_down();
    route_exchange_run(re, now);
    now += 60000;
    expect("10.0.0.0/24", "");
    assert_true(is_trusted());
}

static void
change_1_and_delete_2(void)
{
    /* Before the dump's entries, which are older, in the queue. */
    struct ovs_list late;

    ovs_list_init(&late);
    ovs_list_push_back_all(&late, &script.reports);
    add_single(&script.reports, 1, "10.1.0.7");
    (void) add_object(&script.reports, RTM_DELNEXTHOP, 2);
    ovs_list_push_back_all(&script.reports, &late);
    script.on_object_dump = NULL;
}

static void
event_during_a_dump_wins(void **state OVS_UNUSED)
{
    add_single(&script.objects, 1, "10.1.0.2");
    add_single(&script.objects, 2, "10.1.0.3");
    add_group(&script.objects, 10, 1, 2, 1);
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 10, NULL);
    script.on_object_dump = change_1_and_delete_2;
    expect("10.0.0.0/24", "10.1.0.7/1");
}

static void
failed_dump_is_not_trusted_and_repeated(void **state OVS_UNUSED)
{
    add_single(&script.objects, 1, "10.1.0.2");
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 1, NULL);
    script.object_dump_error = EINTR;
    run();
    assert_false(is_trusted());
    script.object_dump_error = 0;
    now += 10000;
    expect("10.0.0.0/24", "10.1.0.2/1");
    assert_true(is_trusted());
    /* Lost events, too. */
    add_report(&script.reports, NL_REPORT_LOST);
    route_exchange_run(re, now);
    now += 60000;
    run();
    assert_true(is_trusted());
    assert_int_equal(script.n_object_dumps, 3);
}

static void
standing_error_is_reported_and_costs_little(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    add_single(&script.objects, 1, "10.1.0.2");
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 1, NULL);
    script.object_dump_error = ENOMEM;
    for (int i = 0; i < 600; i++) {
        route_exchange_run(re, now += 100);
    }
    assert_in_range(script.n_object_dumps, 5, 15);
    problem_set_format(route_exchange_problems(re), &ds);
    assert_non_null(strstr(ds_cstr(&ds), "nexthop objects: cannot be read"));
    ds_clear(&ds);
    script.object_dump_error = 0;
    now += 10000;
    expect("10.0.0.0/24", "10.1.0.2/1");
    problem_set_format(route_exchange_problems(re), &ds);
    assert_string_equal(ds_cstr(&ds), "");
    ds_destroy(&ds);
}

static void
kernel_without_objects_is_trusted(void **state OVS_UNUSED)
{
    script.join_error = EINVAL;
    add_route(&script.routes, RTM_NEWROUTE, "10.0.0.0/24", 1, "10.1.0.9");
    expect("10.0.0.0/24", "10.1.0.9/1");
    assert_true(is_trusted());
    assert_int_equal(script.n_object_dumps, 0);
}

static void
neighbours_are_read_once_one_is_watched(void **state OVS_UNUSED)
{
    static const uint8_t addr[16] = { 0xfe, 0x80, [15] = 2 };
    const uint8_t *mac;

    add_neighbour(&script.neighbours, RTM_NEWNEIGH, 2, 0x11, NUD_STALE);
    add_neighbour(&script.neighbours, RTM_NEWNEIGH, 3, 0x33, NUD_REACHABLE);
    run();
    assert_int_equal(script.n_neighbour_dumps, 0);
    route_exchange_watch_neighbour(re, 7, addr);
    expect_told("neighbour on 7 ");
    mac = route_exchange_get_neighbour(re, 7, addr);
    assert_non_null(mac);
    assert_int_equal(mac[5], 0x11);
    assert_null(route_exchange_get_neighbour(re, 8, addr));
    /* Another address; the same; failure and absence change nothing; what
     * nobody watches is no news. */
    add_neighbour(&script.reports, RTM_NEWNEIGH, 2, 0x22, NUD_REACHABLE);
    expect_told("neighbour on 7 ");
    add_neighbour(&script.reports, RTM_NEWNEIGH, 2, 0x22, NUD_DELAY);
    add_neighbour(&script.reports, RTM_NEWNEIGH, 2, 0x44, NUD_FAILED);
    add_neighbour(&script.reports, RTM_DELNEIGH, 2, 0, NUD_FAILED);
    add_neighbour(&script.reports, RTM_NEWNEIGH, 3, 0x55, NUD_REACHABLE);
    expect_told("");
    assert_int_equal(route_exchange_get_neighbour(re, 7, addr)[5], 0x22);
    /* After a loss it is read again, and the dump's word counts. */
    add_report(&script.reports, NL_REPORT_LOST);
    route_exchange_run(re, now);
    now += 60000;
    expect_told("neighbour on 7 ");
    assert_int_equal(route_exchange_get_neighbour(re, 7, addr)[5], 0x11);
    route_exchange_watch_neighbour(re, 7, addr);
    route_exchange_unwatch_neighbour(re, 7, addr);
    assert_non_null(route_exchange_get_neighbour(re, 7, addr));
    route_exchange_unwatch_neighbour(re, 7, addr);
    assert_null(route_exchange_get_neighbour(re, 7, addr));
}

static void
malformed_messages_are_refused(void **state OVS_UNUSED)
{
    struct ovs_list list = OVS_LIST_INITIALIZER(&list);
    struct nl_nexthop_object object;
    struct nl_neighbour neighbour;
    struct nlmsghdr *nlh;

    /* No id; a group of half a member; an address that is too short. */
    nlh = message(&list, RTM_NEWNEXTHOP);
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    assert_int_equal(nl_nexthop_decode(nlh, &object), EINVAL);
    nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 3;
    assert_int_equal(nl_nexthop_decode(nlh, &object), EINVAL);
    nlh = add_object(&list, RTM_NEWNEXTHOP, 1);
    mnl_attr_put(nlh, NHA_GROUP, 12, "012345678901");
    assert_int_equal(nl_nexthop_decode(nlh, &object), EINVAL);
    nlh = add_object(&list, RTM_NEWNEXTHOP, 1);
    mnl_attr_put(nlh, NHA_GATEWAY, 2, "01");
    assert_int_equal(nl_nexthop_decode(nlh, &object), EINVAL);
    /* What is not known is passed over; what is too much is cut off. */
    nlh = add_object(&list, RTM_NEWNEXTHOP, 1);
    mnl_attr_put(nlh, 1000, 3, "abc");
    assert_int_equal(nl_nexthop_decode(nlh, &object), 0);
    add_group(&list, 2, 100, 300, 7);
    nlh = &CONTAINER_OF(ovs_list_back(&list), struct script_report,
                        node)->u.nlh;
    assert_int_equal(nl_nexthop_decode(nlh, &object), 0);
    assert_int_equal(object.n_members, NL_NEXTHOP_MAX_MEMBERS);
    assert_int_equal(object.members[1].weight, 7);

    nlh = message(&list, RTM_NEWNEIGH);
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
    assert_int_equal(nl_neighbour_decode(nlh, &neighbour), EAFNOSUPPORT);
    nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 5;
    assert_int_equal(nl_neighbour_decode(nlh, &neighbour), EINVAL);
    nlh = message(&list, RTM_NEWNEIGH);
    ((struct ndmsg *) mnl_nlmsg_put_extra_header(
        nlh, sizeof(struct ndmsg)))->ndm_family = AF_INET6;
    mnl_attr_put(nlh, NDA_DST, 4, "0123");
    assert_int_equal(nl_neighbour_decode(nlh, &neighbour), EINVAL);
    clear(&list);
}

/* It does no harm but to itself, and the operator hears of it; a message of
 * some other family is no matter. */
static void
malformed_route_is_passed_over_and_reported(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct nlmsghdr *nlh;

    run();
    nlh = message(&script.reports, RTM_NEWROUTE);
    ((struct rtmsg *) mnl_nlmsg_put_extra_header(
        nlh, sizeof(struct rtmsg)))->rtm_family = 5;
    run();
    assert_int_equal(route_exchange_format_problems(re, &ds), 0);
    add_route(&script.reports, RTM_NEWROUTE, "10.0.0.0/24", 0, "10.1.0.2");
    nlh = message(&script.reports, RTM_NEWROUTE);
    ((struct rtmsg *) mnl_nlmsg_put_extra_header(
        nlh, sizeof(struct rtmsg)))->rtm_family = AF_INET;
    mnl_attr_put(nlh, RTA_TABLE, 1, "x");
    add_route(&script.reports, RTM_NEWROUTE, "10.0.1.0/24", 0, "10.1.0.2");
    run();
    assert_true(is_trusted());
    expect("10.0.0.0/24", "10.1.0.2/1");
    expect("10.0.1.0/24", "10.1.0.2/1");
    route_exchange_format_problems(re, &ds);
    assert_non_null(strstr(ds_cstr(&ds), "messages of the kernel: some could "
                           "not be read"));
    ds_destroy(&ds);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_are_read_once_a_route_uses_one),
        TEST(groups_have_members_and_weights),
        TEST(changed_object_tells_of_its_routes_only),
        TEST(lost_object_has_its_tables_read_anew),
        TEST(device_that_goes_down_has_objects_read_anew),
        TEST(event_during_a_dump_wins),
        TEST(failed_dump_is_not_trusted_and_repeated),
        TEST(standing_error_is_reported_and_costs_little),
        TEST(kernel_without_objects_is_trusted),
        TEST(neighbours_are_read_once_one_is_watched),
        TEST(malformed_messages_are_refused),
        TEST(malformed_route_is_passed_over_and_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
