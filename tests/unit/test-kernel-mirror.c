/* test-kernel-mirror.c: unit tests of controller/kernel-mirror. */
#include <config.h>
#include "controller/kernel-mirror.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "ovn/route-exchange.h"
#include "util.h"

#include "tests/unit/unit.h"

#define OURS DR_RTPROT_OVN

/* What the mirror told. */
struct told {
    int n_route_changed, n_table_changed, n_links_changed;
    uint32_t found;             /* The last one. */
};

static void
route_changed(void *told, const struct nl_route_key *key OVS_UNUSED,
              bool own OVS_UNUSED)
{
    ((struct told *) told)->n_route_changed++;
}

static void
table_changed(void *told, uint32_t table_id OVS_UNUSED)
{
    ((struct told *) told)->n_table_changed++;
}

static void
links_changed(void *told, const struct nl_link *link OVS_UNUSED)
{
    ((struct told *) told)->n_links_changed++;
}

static void
route_found(void *told, uint32_t table_id)
{
    ((struct told *) told)->found = table_id;
}

static const struct kernel_mirror_observer observer = {
    route_changed, table_changed, links_changed, route_found
};

static struct told told;
static struct kernel_mirror *mirror;

static int
setup(void **state OVS_UNUSED)
{
    memset(&told, 0, sizeof told);
    mirror = kernel_mirror_create(&observer, &told);
    return 0;
}

static int
teardown(void **state OVS_UNUSED)
{
    kernel_mirror_destroy(mirror);
    return 0;
}

static struct nl_nexthop hops[2];

static struct nl_route
route(uint32_t table_id, const char *prefix, uint8_t protocol)
{
    struct nl_route r;

    memset(&r, 0, sizeof r);
    r.key.table_id = table_id;
    r.key.metric = 1000;
    assert_int_equal(ip_prefix_parse(prefix, &r.key.prefix, NULL), 0);
    r.protocol = protocol;
    r.type = RTN_BLACKHOLE;
    r.nexthops = hops;
    return r;
}

/* A route out of 'ifindex'. */
static struct nl_route
device_route(uint32_t table_id, const char *prefix, uint32_t ifindex)
{
    struct nl_route r = route(table_id, prefix, RTPROT_STATIC);

    memset(hops, 0, sizeof hops);
    hops[0].ifindex = ifindex;
    r.type = RTN_UNICAST;
    r.n_nexthops = 1;
    return r;
}

static void
event(struct nl_route r, bool gone)
{
    kernel_mirror_event_route(mirror, &r, gone, false, false);
}

static void
dump(struct nl_route r)
{
    kernel_mirror_dump_route(mirror, &r);
}

/* Brings 'scope', with no content, to KM_SYNCED. */
static void
sync_scope(uint32_t scope)
{
    kernel_mirror_dump_begin(mirror, scope);
    kernel_mirror_dump_end(mirror, 0);
}

static enum kernel_mirror_state
state_of(uint32_t scope)
{
    return kernel_mirror_get_state(mirror, scope);
}

static size_t
count(uint32_t table_id)
{
    return kernel_mirror_count_routes(mirror, table_id);
}

static struct nl_link
vrf(uint32_t ifindex, const char *name, uint32_t table_id, bool up)
{
    struct nl_link link = {
        .ifindex = ifindex, .vrf_table = table_id, .kind = "vrf",
        .flags = up ? IFF_UP : 0,
    };

    ovs_strlcpy(link.name, name, sizeof link.name);
    return link;
}

static void
states_follow_the_chart(void **state OVS_UNUSED)
{
    assert_int_equal(state_of(10), KM_UNKNOWN);
    kernel_mirror_watch(mirror, 10);
    assert_int_equal(state_of(10), KM_UNKNOWN);
    kernel_mirror_suspect(mirror, 10);
    assert_int_equal(state_of(10), KM_UNKNOWN);
    kernel_mirror_dump_begin(mirror, 10);
    assert_int_equal(state_of(10), KM_DUMPING);
    kernel_mirror_dump_end(mirror, EINTR);
    assert_int_equal(state_of(10), KM_SUSPECT);
    sync_scope(10);
    assert_int_equal(state_of(10), KM_SYNCED);
    kernel_mirror_lost(mirror);
    assert_int_equal(state_of(10), KM_SUSPECT);
    kernel_mirror_dump_begin(mirror, 10);
    kernel_mirror_lost(mirror);
    assert_int_equal(state_of(10), KM_DUMPING);
    kernel_mirror_dump_end(mirror, 0);
    assert_int_equal(state_of(10), KM_SUSPECT);
    kernel_mirror_forget(mirror, 10);
    assert_int_equal(state_of(10), KM_UNKNOWN);
    assert_int_equal(told.n_table_changed, 7);
}

static void
failed_dump_keeps_what_was_there(void **state OVS_UNUSED)
{
    kernel_mirror_watch(mirror, 10);
    kernel_mirror_dump_begin(mirror, 10);
    dump(route(10, "10.0.0.1", OURS));
    dump(route(10, "10.0.0.2", OURS));
    kernel_mirror_dump_end(mirror, 0);
    kernel_mirror_suspect(mirror, 10);
    kernel_mirror_dump_begin(mirror, 10);
    dump(route(10, "10.0.0.1", OURS));
    kernel_mirror_dump_end(mirror, ENOBUFS);
    assert_int_equal(count(10), 2);
    assert_int_equal(state_of(10), KM_SUSPECT);
}

/* Kernels that ignore the filter of a dump send all tables. */
static void
dump_takes_only_its_table(void **state OVS_UNUSED)
{
    kernel_mirror_watch(mirror, 10);
    kernel_mirror_watch(mirror, 20);
    kernel_mirror_dump_begin(mirror, 10);
    dump(route(10, "10.0.0.1", OURS));
    dump(route(20, "10.0.0.1", OURS));
    dump(route(254, "10.0.0.1", OURS));
    kernel_mirror_dump_end(mirror, 0);
    assert_int_equal(count(10), 1);
    assert_int_equal(count(20), 0);
    assert_int_equal(told.found, 0);
}

/* Events during a dump count, whether its entries show them or not. */
static void
events_during_a_dump_are_applied_after_it(void **state OVS_UNUSED)
{
    struct nl_route_key key = route(10, "10.0.0.2", OURS).key;

    kernel_mirror_watch(mirror, 10);
    kernel_mirror_dump_begin(mirror, 10);
    event(route(10, "10.0.0.1", OURS), true);   /* Seen and gone. */
    dump(route(10, "10.0.0.1", OURS));
    event(route(10, "10.0.0.2", OURS), false);  /* Seen by both. */
    dump(route(10, "10.0.0.2", OURS));
    event(route(10, "10.0.0.3", OURS), false);  /* Too late for the dump. */
    event(route(10, "10.0.0.4", OURS), true);   /* Gone before it. */
    assert_int_equal(count(10), 0);
    kernel_mirror_dump_end(mirror, 0);
    assert_int_equal(state_of(10), KM_SYNCED);
    assert_int_equal(count(10), 2);
    assert_non_null(kernel_mirror_find(mirror, &key, NULL));
    assert_int_equal(told.n_route_changed, 0);
}

static void
several_routes_of_one_key_are_kept(void **state OVS_UNUSED)
{
    struct nl_route a = route(10, "10.0.0.1", OURS);
    const struct kernel_route *first, *second;

    kernel_mirror_watch(mirror, 10);
    sync_scope(10);
    event(a, false);
    event(route(10, "10.0.0.1", RTPROT_STATIC), false);
    event(a, false);                            /* An echo. */
    assert_int_equal(count(10), 2);
    first = kernel_mirror_find(mirror, &a.key, NULL);
    second = kernel_mirror_find(mirror, &a.key, first);
    assert_non_null(second);
    assert_int_not_equal(first->route.protocol, second->route.protocol);
    assert_null(kernel_mirror_find(mirror, &a.key, second));
    event(a, true);
    assert_int_equal(count(10), 1);
    assert_int_equal(state_of(10), KM_SYNCED);
}

static void
replacement_takes_the_place(void **state OVS_UNUSED)
{
    struct nl_route theirs = route(10, "10.0.0.1", RTPROT_STATIC);

    kernel_mirror_watch(mirror, 10);
    sync_scope(10);
    event(route(10, "10.0.0.1", OURS), false);
    kernel_mirror_event_route(mirror, &theirs, false, true, false);
    assert_int_equal(count(10), 1);
    assert_int_equal(kernel_mirror_find(mirror, &theirs.key, NULL)
                     ->route.protocol, RTPROT_STATIC);
    assert_int_equal(state_of(10), KM_SYNCED);
}

/* Which of two routes was replaced, the kernel does not say. */
static void
ambiguous_events_make_the_table_suspect(void **state OVS_UNUSED)
{
    struct nl_route bgp = route(10, "10.0.0.1", RTPROT_BGP);

    kernel_mirror_watch(mirror, 10);
    sync_scope(10);
    event(route(10, "10.0.0.1", OURS), false);
    event(route(10, "10.0.0.1", RTPROT_STATIC), false);
    kernel_mirror_event_route(mirror, &bgp, false, true, false);
    assert_int_equal(state_of(10), KM_SUSPECT);

    sync_scope(10);
    event(route(10, "10.0.0.1", OURS), false);
    event(route(10, "10.0.0.1", RTPROT_STATIC), true);
    assert_int_equal(state_of(10), KM_SUSPECT);

    /* An IPv6 next hop that may have joined another route. */
    sync_scope(10);
    event(device_route(10, "2001:db8::/64", 5), false);
    assert_int_equal(state_of(10), KM_SYNCED);
    event(device_route(10, "2001:db8::/64", 6), false);
    assert_int_equal(state_of(10), KM_SUSPECT);
}

static void
cloned_routes_do_not_count(void **state OVS_UNUSED)
{
    struct nl_route r = route(10, "10.0.0.1", OURS);

    r.flags = RTM_F_CLONED;
    kernel_mirror_watch(mirror, 10);
    sync_scope(10);
    event(r, false);
    assert_int_equal(count(10), 0);
}

static void
routes_of_ours_elsewhere_are_found(void **state OVS_UNUSED)
{
    kernel_mirror_watch(mirror, 10);
    kernel_mirror_dump_begin(mirror, KM_SCOPE_OURS);
    dump(route(10, "10.0.0.1", OURS));
    dump(route(20, "10.0.0.1", RTPROT_STATIC));
    assert_int_equal(told.found, 0);
    dump(route(20, "10.0.0.1", OURS));
    assert_int_equal(told.found, 20);
    kernel_mirror_dump_end(mirror, 0);
    event(route(30, "10.0.0.1", OURS), true);
    assert_int_equal(told.found, 20);
    event(route(30, "10.0.0.1", OURS), false);
    assert_int_equal(told.found, 30);
}

/* A guard alone is what a chassis has that does not advertise. */
static void
search_tells_of_routes_of_ours_but_not_of_guards(void **state OVS_UNUSED)
{
    struct nl_route guard = route(20, "0.0.0.0/0", OURS);

    guard.key.metric = ROUTE_EXCHANGE_GUARD_METRIC;
    kernel_mirror_dump_begin(mirror, KM_SCOPE_OURS);
    dump(route(20, "10.0.0.1", RTPROT_STATIC));
    dump(guard);
    kernel_mirror_dump_end(mirror, 0);
    assert_false(kernel_mirror_saw_ours(mirror));
    kernel_mirror_dump_begin(mirror, KM_SCOPE_OURS);
    dump(guard);
    dump(route(20, "10.0.0.1", OURS));
    kernel_mirror_dump_end(mirror, 0);
    assert_true(kernel_mirror_saw_ours(mirror));
}

/* IPv4 routes die silently with their device, and with its last address. */
static void
lost_device_makes_its_tables_suspect(void **state OVS_UNUSED)
{
    struct nl_link up = vrf(5, "eth5", 0, true);
    struct nl_link down = vrf(5, "eth5", 0, false);

    sync_scope(KM_SCOPE_LINKS);
    kernel_mirror_watch(mirror, 10);
    kernel_mirror_watch(mirror, 20);
    sync_scope(10);
    sync_scope(20);
    event(device_route(10, "10.0.0.0/24", 5), false);
    event(device_route(20, "2001:db8::/64", 5), false);

    kernel_mirror_event_link(mirror, &up, false);
    kernel_mirror_event_link(mirror, &up, false);
    assert_int_equal(state_of(10), KM_SYNCED);
    kernel_mirror_event_link(mirror, &down, false);
    assert_int_equal(state_of(10), KM_SUSPECT);
    assert_int_equal(state_of(20), KM_SYNCED);

    sync_scope(10);
    event(device_route(10, "10.0.0.0/24", 5), false);
    kernel_mirror_event_addr_gone(mirror, 6);
    assert_int_equal(state_of(10), KM_SYNCED);
    kernel_mirror_event_addr_gone(mirror, 5);
    assert_int_equal(state_of(10), KM_SUSPECT);
}

/* The dump may have read a route before the device went with it. */
static void
device_lost_during_a_dump_leaves_it_suspect(void **state OVS_UNUSED)
{
    kernel_mirror_watch(mirror, 10);
    for (int lost = 5; lost <= 6; lost++) {
        kernel_mirror_dump_begin(mirror, 10);
        kernel_mirror_event_addr_gone(mirror, lost);
        dump(device_route(10, "10.0.0.0/24", 5));
        kernel_mirror_dump_end(mirror, 0);
        assert_int_equal(state_of(10), lost == 5 ? KM_SUSPECT : KM_SYNCED);
    }
}

static void
links_are_found_by_all_their_names(void **state OVS_UNUSED)
{
    struct nl_link a = vrf(5, "red", 10, true);
    struct nl_link b = vrf(6, "blue", 10, true);
    struct nl_link eth = { .ifindex = 7, .name = "eth0" };
    const struct nl_link *link;

    kernel_mirror_dump_begin(mirror, KM_SCOPE_LINKS);
    kernel_mirror_dump_link(mirror, &a);
    kernel_mirror_dump_link(mirror, &eth);
    kernel_mirror_event_link(mirror, &b, false);
    kernel_mirror_dump_end(mirror, 0);
    assert_int_equal(kernel_mirror_link_by_name(mirror, "red")->ifindex, 5);
    assert_int_equal(kernel_mirror_link_by_name(mirror, "blue")->ifindex, 6);
    assert_string_equal(kernel_mirror_link_by_index(mirror, 7)->name, "eth0");
    link = kernel_mirror_next_vrf(mirror, 10, NULL);
    assert_non_null(link);
    link = kernel_mirror_next_vrf(mirror, 10, link);
    assert_non_null(link);
    assert_null(kernel_mirror_next_vrf(mirror, 10, link));

    /* Renamed, then gone. */
    ovs_strlcpy(a.name, "green", sizeof a.name);
    kernel_mirror_event_link(mirror, &a, false);
    assert_null(kernel_mirror_link_by_name(mirror, "red"));
    assert_int_equal(kernel_mirror_link_by_name(mirror, "green")->ifindex, 5);
    kernel_mirror_event_link(mirror, &a, true);
    assert_null(kernel_mirror_link_by_index(mirror, 5));
    assert_null(kernel_mirror_next_vrf(
                    mirror, 10, kernel_mirror_next_vrf(mirror, 10, NULL)));
}

/* Taps of virtual machines come and go all day. */
static void
flags_of_other_links_do_not_matter(void **state OVS_UNUSED)
{
    struct nl_link tap = { .ifindex = 7, .name = "tap0", .flags = IFF_UP };
    int n;

    sync_scope(KM_SCOPE_LINKS);
    kernel_mirror_event_link(mirror, &tap, false);
    n = told.n_links_changed;
    tap.flags |= IFF_PROMISC;
    kernel_mirror_event_link(mirror, &tap, false);
    assert_int_equal(told.n_links_changed, n);
    ovs_strlcpy(tap.name, "tap1", sizeof tap.name);
    kernel_mirror_event_link(mirror, &tap, false);
    assert_int_equal(told.n_links_changed, n + 1);
}

static void
table_forgotten_during_its_dump_is_not_synced(void **state OVS_UNUSED)
{
    kernel_mirror_watch(mirror, 10);
    kernel_mirror_dump_begin(mirror, 10);
    dump(route(10, "10.0.0.1", OURS));
    kernel_mirror_forget(mirror, 10);
    kernel_mirror_watch(mirror, 10);
    dump(route(10, "10.0.0.2", OURS));
    kernel_mirror_dump_end(mirror, 0);
    assert_int_equal(state_of(10), KM_UNKNOWN);
    assert_int_equal(count(10), 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states_follow_the_chart),
        TEST(failed_dump_keeps_what_was_there),
        TEST(dump_takes_only_its_table),
        TEST(events_during_a_dump_are_applied_after_it),
        TEST(several_routes_of_one_key_are_kept),
        TEST(replacement_takes_the_place),
        TEST(ambiguous_events_make_the_table_suspect),
        TEST(cloned_routes_do_not_count),
        TEST(routes_of_ours_elsewhere_are_found),
        TEST(search_tells_of_routes_of_ours_but_not_of_guards),
        TEST(lost_device_makes_its_tables_suspect),
        TEST(device_lost_during_a_dump_leaves_it_suspect),
        TEST(links_are_found_by_all_their_names),
        TEST(flags_of_other_links_do_not_matter),
        TEST(table_forgotten_during_its_dump_is_not_synced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
