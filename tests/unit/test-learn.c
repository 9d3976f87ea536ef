/* test-learn.c: unit tests of controller/learn*.[ch], less learn-rows. */
#include <config.h>
#include "controller/learn.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "controller/learn-rows.h"
#include "lib/nl-route.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "tests/lib/history.h"
#include "tests/lib/learn-stage.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

/* What a learner reads: a small world, in arrays. */

#define MAX_ROUTES 64
#define MAX_NEXTHOPS 8
#define MAX_PORTS 4

struct fake_route {
    struct nl_route route;
    struct nl_nexthop nexthops[MAX_NEXTHOPS];
};

struct fake_port {
    struct learn_port_facts facts;
    char name[16];
    struct smap options;
};

struct world {
    struct fake_route routes[MAX_ROUTES];
    size_t n_routes;
    struct fake_port ports[MAX_PORTS];
    size_t n_ports;
    struct ip_prefix advertised[8];
    size_t n_advertised;
    bool untrusted;
    bool devices_down;
    const char *devices[8];     /* By ifindex; NULL: none. */
    const char *peer;           /* The other end of device 1, or NULL. */
    int n_watches;
    bool has_mac;
};

static struct world world;
static struct learn_stage stage;
static struct learner *learn;

static bool
fake_is_trusted(void *w OVS_UNUSED, uint32_t table_id OVS_UNUSED)
{
    return !world.untrusted;
}

static void
fake_get_routes(void *w OVS_UNUSED, uint32_t table_id,
                const struct ip_prefix *prefix,
                void (*cb)(void *aux, const struct nl_route *), void *aux)
{
    for (size_t i = 0; i < world.n_routes; i++) {
        struct nl_route *route = &world.routes[i].route;

        route->nexthops = world.routes[i].nexthops;
        if (route->key.table_id == table_id
            && ip_prefix_equals(&route->key.prefix, prefix)) {
            cb(aux, route);
        }
    }
}

static void
fake_for_each_prefix(void *w OVS_UNUSED, uint32_t table_id,
                     void (*cb)(void *aux, const struct ip_prefix *),
                     void *aux)
{
    for (size_t i = 0; i < world.n_routes; i++) {
        if (world.routes[i].route.key.table_id == table_id) {
            cb(aux, &world.routes[i].route.key.prefix);
        }
    }
}

static const char *
fake_get_device(void *w OVS_UNUSED, uint32_t ifindex)
{
    return ifindex < ARRAY_SIZE(world.devices) ? world.devices[ifindex] : NULL;
}

static const char *
fake_get_peer(void *w OVS_UNUSED, uint32_t ifindex)
{
    return ifindex == 1 ? world.peer : NULL;
}

static bool
fake_device_is_up(void *w OVS_UNUSED, uint32_t ifindex OVS_UNUSED)
{
    return !world.devices_down;
}

static void
fake_watch(void *w OVS_UNUSED, uint32_t ifindex OVS_UNUSED,
           const uint8_t addr[16] OVS_UNUSED)
{
    world.n_watches++;
}

static void
fake_unwatch(void *w OVS_UNUSED, uint32_t ifindex OVS_UNUSED,
             const uint8_t addr[16] OVS_UNUSED)
{
    world.n_watches--;
}

static const uint8_t *
fake_get_neighbour(void *w OVS_UNUSED, uint32_t ifindex OVS_UNUSED,
                   const uint8_t addr[16] OVS_UNUSED)
{
    static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };

    return world.has_mac ? mac : NULL;
}

static bool
fake_is_advertised(void *w OVS_UNUSED, const struct uuid *dp OVS_UNUSED,
                   const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < world.n_advertised; i++) {
        if (ip_prefix_equals(&world.advertised[i], prefix)) {
            return true;
        }
    }
    return false;
}

static const struct learn_port_facts *
port_facts(void)
{
    static struct learn_port_facts facts[MAX_PORTS];

    for (size_t i = 0; i < world.n_ports; i++) {
        world.ports[i].facts.name = world.ports[i].name;
        world.ports[i].facts.options = &world.ports[i].options;
        facts[i] = world.ports[i].facts;
    }
    return facts;
}

static struct learner *
start_learner(struct learn_rows *rows)
{
    static const struct learner_source source = {
        .is_trusted = fake_is_trusted,
        .get_routes = fake_get_routes,
        .for_each_prefix = fake_for_each_prefix,
        .get_device = fake_get_device,
        .get_peer = fake_get_peer,
        .device_is_up = fake_device_is_up,
        .watch_neighbour = fake_watch,
        .unwatch_neighbour = fake_unwatch,
        .get_neighbour = fake_get_neighbour,
        .is_advertised = fake_is_advertised,
    };

    return learner_create(&source, rows);
}

static int
setup(void **state OVS_UNUSED)
{
    memset(&world, 0, sizeof world);
    for (size_t i = 0; i < MAX_PORTS; i++) {
        smap_init(&world.ports[i].options);
    }
    world.devices[1] = "x0";
    world.devices[2] = "x1";
    learn_stage_init(&stage);
    learn = start_learner(stage.rows);
    return 0;
}

static int
teardown(void **state OVS_UNUSED)
{
    learner_destroy(learn);
    assert_int_equal(world.n_watches, 0);
    learn_stage_destroy(&stage);
    for (size_t i = 0; i < MAX_PORTS; i++) {
        smap_destroy(&world.ports[i].options);
    }
    return 0;
}

static void
set_ports(void)
{
    learner_set_ports(learn, port_facts(), world.n_ports);
}

/* Adds port 'n' = 1, 2, ... to table 10's router. */
static struct fake_port *
add_port(const char *addresses)
{
    struct fake_port *port = &world.ports[world.n_ports++];

    snprintf(port->name, sizeof port->name, "p%"PRIuSIZE, world.n_ports);
    port->facts = (struct learn_port_facts) {
        .uuid = stage_uuid(world.n_ports),
        .datapath = stage_uuid(100),
        .router = "lr",
        .table_id = 10,
        .bound_here = true,
        .addresses = addresses,
    };
    set_ports();
    return port;
}

static void
set_option(struct fake_port *port, const char *key, const char *value)
{
    smap_remove(&port->options, key);
    if (value) {
        smap_add(&port->options, key, value);
    }
    set_ports();
}

/* Adds a next hop to 'route'. */
static void
add_nexthop(struct fake_route *route, const char *nexthop, uint32_t ifindex,
            int weight)
{
    struct nl_nexthop *nh = &route->nexthops[route->route.n_nexthops++];
    struct ip_prefix host;

    assert_int_equal(ip_prefix_parse(nexthop, &host, NULL), 0);
    memset(nh, 0, sizeof *nh);
    nh->family = host.family;
    memcpy(nh->addr, host.addr, sizeof nh->addr);
    nh->ifindex = ifindex;
    nh->weight = weight;
}

/* Adds a route as FRR would; 'nexthop' may be NULL. */
static struct fake_route *
add_route(const char *prefix, const char *nexthop, uint32_t metric)
{
    struct fake_route *route = &world.routes[world.n_routes++];

    memset(route, 0, sizeof *route);
    route->route.key.table_id = 10;
    route->route.key.metric = metric;
    route->route.protocol = 186;
    route->route.type = RTN_UNICAST;
    assert_int_equal(ip_prefix_parse(prefix, &route->route.key.prefix, NULL),
                     0);
    if (nexthop) {
        add_nexthop(route, nexthop, 1, 1);
    }
    learner_prefix_changed(learn, 10, &route->route.key.prefix);
    return route;
}

static void
remove_routes(const char *text)
{
    struct ip_prefix prefix;
    size_t n = 0;

    assert_int_equal(ip_prefix_parse(text, &prefix, NULL), 0);
    for (size_t i = 0; i < world.n_routes; i++) {
        if (!ip_prefix_equals(&world.routes[i].route.key.prefix, &prefix)) {
            world.routes[n++] = world.routes[i];
        }
    }
    world.n_routes = n;
    learner_prefix_changed(learn, 10, &prefix);
}

/* Fails the test unless just these rows result. */
#define EXPECT(ROWS)                            \
    do {                                        \
        learner_run(learn);                     \
        learn_stage_pass(&stage, 1000);         \
        learn_stage_assert(&stage, ROWS);       \
    } while (0)

/* The text of the only problem, "" if there is none; to be freed. */
static void
expect_problem(const char *part)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    learner_run(learn);
    problem_set_format(learner_problems(learn), &ds);
    if (part ? !strstr(ds_cstr(&ds), part) : ds.length) {
        fail_msg("expected \"%s\", but got \"%s\"", part ? part : "",
                 ds_cstr(&ds));
    }
    ds_destroy(&ds);
}

static void
only_dynamic_unicast_routes_with_a_next_hop_count(void **state OVS_UNUSED)
{
    static const uint8_t protocols[] = {
        0, 1, 2, 3, 4, 84, 8, 9, 11, 12, 16, 42, 99, 186, 188, 196
    };

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        char *prefix = xasprintf("10.0.%d.0/24", protocols[i]);

        add_route(prefix, "10.1.0.2", 20)->route.protocol = protocols[i];
        free(prefix);
    }
    add_route("10.2.0.0/24", NULL, 20);
    add_route("10.2.1.0/24", NULL, 20)->route.type = RTN_BLACKHOLE;
    add_route("10.2.2.0/24", "10.1.0.2", 20)->route.type = RTN_UNREACHABLE;
    add_route("10.2.3.0/24", "10.1.0.2", 20)->route.key.tos = 4;
    add_route("10.2.4.0/24", "10.1.0.2", 20)->nexthops[0].flags = RTNH_F_DEAD;
    add_route("169.254.3.0/24", "10.1.0.2", 20);
    add_route("fe80::/64", "2001:db8::2", 20);
    add_route("224.0.0.0/4", "10.1.0.2", 20);
    add_route("ff00::/8", "2001:db8::2", 20);
    add_route("10.2.5.0/24", "0.0.0.0", 20);
    add_route("10.2.6.0/24", "224.0.0.5", 20);
    EXPECT("1 10.0.8.0/24 10.1.0.2\n1 10.0.9.0/24 10.1.0.2\n"
           "1 10.0.11.0/24 10.1.0.2\n1 10.0.12.0/24 10.1.0.2\n"
           "1 10.0.16.0/24 10.1.0.2\n1 10.0.42.0/24 10.1.0.2\n"
           "1 10.0.99.0/24 10.1.0.2\n1 10.0.186.0/24 10.1.0.2\n"
           "1 10.0.188.0/24 10.1.0.2\n1 10.0.196.0/24 10.1.0.2");
}

static void
multipath_is_one_row_per_next_hop(void **state OVS_UNUSED)
{
    struct fake_route *route;

    add_port("00:00:00:00:00:01 10.1.0.1/24 2001:db8:1::1/64");
    route = add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_nexthop(route, "10.1.0.3", 1, 1);
    add_nexthop(route, "2001:db8:1::2", 1, 1);
    add_nexthop(route, "::ffff:10.1.0.4", 1, 1);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.3\n"
           "1 10.0.0.0/24 10.1.0.4\n1 10.0.0.0/24 2001:db8:1::2");
    /* The same address twice is one; weights that are equal say nothing. */
    remove_routes("10.0.0.0/24");
    route = add_route("10.0.0.0/24", "10.1.0.2", 20);
    route->nexthops[0].weight = 7;
    add_nexthop(route, "10.1.0.3", 1, 7);
    add_nexthop(route, "10.1.0.3", 2, 7);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.3");
    route->nexthops[0].weight = 100;
    learner_recompute(learn);
    EXPECT("1 10.0.0.0/24 10.1.0.2 weight=100\n"
           "1 10.0.0.0/24 10.1.0.3 weight=7");
}

static void
S4_mac_goes_with_ipv6_next_hop_of_ipv4_prefix(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "fe80::2", 20);
    add_route("2001:db8::/32", "fe80::2", 20);
    EXPECT("1 10.0.0.0/24 fe80::2\n1 2001:db8::/32 fe80::2");
    assert_int_equal(world.n_watches, 1);
    world.has_mac = true;
    learner_neighbour_changed(learn, 1);
    EXPECT("1 10.0.0.0/24 fe80::2 mac=02:00:00:00:00:09\n"
           "1 2001:db8::/32 fe80::2");
    remove_routes("10.0.0.0/24");
    EXPECT("1 2001:db8::/32 fe80::2");
    assert_int_equal(world.n_watches, 0);
}

static void
D14_only_the_best_metric_counts(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.3", 200);
    EXPECT("1 10.0.0.0/24 10.1.0.3");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    /* One that cannot be learned is no better. */
    add_route("10.0.0.0/24", NULL, 10);
    add_route("10.0.0.0/24", "10.1.0.9", 5)->route.protocol = 4;
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    /* Equal metrics are equal next hops. */
    add_route("10.0.0.0/24", "10.1.0.4", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.0.0/24 10.1.0.4");
}

static void
D15_next_hop_on_a_subnet_is_learned_there(void **state OVS_UNUSED)
{
    struct fake_port *second;

    add_port("00:00:00:00:00:01 10.1.0.1/24 2001:db8:1::1/64");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.2.0.2", 20);
    add_route("2001:db8:9::/48", "2001:db8:1::2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2\n"
           "2 10.0.1.0/24 10.2.0.2");
    /* A port that learns nothing does not leave its next hops to others;
     * neither does one that is not bound here. */
    set_option(second, "dynamic-routing-no-learning", "true");
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2");
    set_option(second, "dynamic-routing-no-learning", NULL);
    second->facts.bound_here = false;
    set_ports();
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 2001:db8:9::/48 2001:db8:1::2");
}

static void
D15_other_next_hops_go_to_the_daemons_port(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct fake_port *first, *second;

    first = add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "192.0.2.1", 20);
    add_route("2001:db8::/32", "fe80::2", 20);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    set_option(second, "dynamic-routing-maintain-vrf", "true");
    EXPECT("2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    set_option(first, "routing-protocol-redirect", "bgp1");
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2");
    /* Of two redirects the one whose device it is, where that is known. */
    set_option(second, "routing-protocol-redirect", "bgp2");
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    learner_set_interfaces(learn, "bgp2=x0, bgp1=x1", &none);
    EXPECT("2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    /* Known by its other end. */
    learner_set_interfaces(learn, "bgp1=veth0", &none);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2\n"
           "2 10.0.0.0/24 192.0.2.1\n2 2001:db8::/32 fe80::2");
    world.peer = "veth0";
    learner_device_changed(learn, 5);
    EXPECT("1 10.0.0.0/24 192.0.2.1\n1 2001:db8::/32 fe80::2");
    smap_destroy(&none);
}

static void
D15_excluded_port_loses_its_rows(void **state OVS_UNUSED)
{
    struct smap interfaces = SMAP_INITIALIZER(&interfaces);
    struct fake_port *second;
    struct fake_route *route;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    route = add_route("10.0.1.0/24", "10.2.0.2", 20);
    route->nexthops[0].ifindex = 2;
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.1.0/24 10.2.0.2");
    /* Not resolved: nothing is learned on any port. */
    set_option(second, "dynamic-routing-port-name", "lsp2");
    EXPECT("");
    expect_problem("no device of \"lsp2\" is known");
    /* By its interface, then by the mapping, which wins. */
    smap_add(&interfaces, "lsp2", "x1");
    learner_set_interfaces(learn, NULL, &interfaces);
    EXPECT("2 10.0.1.0/24 10.2.0.2");
    expect_problem(NULL);
    learner_set_interfaces(learn, "other=x1,lsp2=x0", &interfaces);
    EXPECT("2 10.0.0.0/24 10.1.0.2");
    /* A filter of a port that is elsewhere excludes nobody. */
    second->facts.bound_here = false;
    set_ports();
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.0.0/24 10.1.0.2");
    smap_destroy(&interfaces);
}

static void
devices_that_come_go_or_change_name(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);

    set_option(add_port("00:00:00:00:00:01 10.1.0.1/24"),
               "dynamic-routing-port-name", "lsp");
    learner_set_interfaces(learn, "lsp=x0", &none);
    add_route("10.0.0.0/24", "10.1.0.2", 20)->nexthops[0].ifindex = 3;
    EXPECT("");
    world.devices[3] = "x9";
    learner_device_changed(learn, 3);
    EXPECT("");
    world.devices[3] = "x0";
    learner_device_changed(learn, 3);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.devices[3] = NULL;
    learner_device_changed(learn, 0);
    EXPECT("");
    smap_destroy(&none);
}

static void
D16_filter_and_default(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("0.0.0.0/0", "10.1.0.2", 20);
    add_route("::/0", "fe80::2", 20);
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/25", "10.1.0.2", 20);
    EXPECT("1 0.0.0.0/0 10.1.0.2\n1 10.0.0.0/24 10.1.0.2\n"
           "1 10.0.1.0/25 10.1.0.2\n1 ::/0 fe80::2");
    set_option(port, "dynamic-routing-learn-default", "false");
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/25 10.1.0.2");
    set_option(port, "dynamic-routing-learn-prefixes",
               "deny 10.0.0.0/24, permit 0.0.0.0/0 le 32");
    EXPECT("1 10.0.1.0/25 10.1.0.2");
    set_option(port, "dynamic-routing-learn-prefixes",
               "permit 10.0.0.0/8 ge 24 le 24, permit nonsense");
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    expect_problem("nonsense");
    set_option(port, "dynamic-routing-learn-prefixes", NULL);
    set_option(port, "dynamic-routing-learn-default", NULL);
    expect_problem(NULL);
}

static void
D16_first_ones_stay_within_the_maximum(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    set_option(port, "dynamic-routing-learn-max", "2");
    for (int i = 1; i < 5; i++) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        add_route(prefix, "10.1.0.2", 20);
        learner_run(learn);
        free(prefix);
    }
    EXPECT("1 10.0.1.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.2");
    expect_problem("more than 2 prefixes");
    /* A next hop more of one that is in is none too many. */
    add_route("10.0.2.0/24", "10.1.0.3", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.2\n"
           "1 10.0.2.0/24 10.1.0.3");
    /* Room for the next in line. */
    remove_routes("10.0.1.0/24");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3\n"
           "1 10.0.3.0/24 10.1.0.2");
    set_option(port, "dynamic-routing-learn-max", "1");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3");
    set_option(port, "dynamic-routing-learn-max", "3");
    EXPECT("1 10.0.2.0/24 10.1.0.2\n1 10.0.2.0/24 10.1.0.3\n"
           "1 10.0.3.0/24 10.1.0.2\n1 10.0.4.0/24 10.1.0.2");
    expect_problem(NULL);
    set_option(port, "dynamic-routing-learn-max", "many");
    expect_problem("\"many\" is no number");
    set_option(port, "dynamic-routing-learn-max", "0");
    EXPECT("");
}

/* Whatever order the table is read in. */
static void
D16_restart_keeps_those_that_were_in(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");
    char *before, *after;

    set_option(port, "dynamic-routing-learn-max", "3");
    for (int i = 9; i > 0; i--) {
        char *prefix = xasprintf("10.0.%d.0/24", i);

        add_route(prefix, "10.1.0.2", 20);
        learner_run(learn);
        free(prefix);
    }
    for (size_t i = 0; i < world.n_routes / 2; i++) {
        struct fake_route swap = world.routes[i];

        world.routes[i] = world.routes[world.n_routes - 1 - i];
        world.routes[world.n_routes - 1 - i] = swap;
    }
    learn_stage_pass(&stage, 1000);
    before = learn_stage_text(&stage);

    learner_destroy(learn);
    stage.n_ops = 0;
    learn_stage_restart(&stage);
    learn = start_learner(stage.rows);
    set_ports();
    learner_run(learn);
    learn_stage_pass(&stage, 5000);
    after = learn_stage_text(&stage);
    assert_string_equal(after, before);
    assert_int_equal(stage.n_ops, 0);
    free(before);
    free(after);
}

static void
D17_hold_is_for_what_the_kernel_lost(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    set_option(port, "dynamic-routing-learn-hold", "30");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/24 10.1.0.2");
    learn_stage_pass(&stage, 10000);
    world.n_routes = 0;
    learner_table_changed(learn, 10);
    learner_run(learn);
    learn_stage_pass(&stage, 29000);
    learn_stage_assert(&stage, "1 10.0.0.0/24 10.1.0.2\n"
                       "1 10.0.1.0/24 10.1.0.2");
    learn_stage_pass(&stage, 2000);
    learn_stage_assert(&stage, "");
    /* Not if the device is down; not for what an option takes away. */
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.devices_down = true;
    remove_routes("10.0.0.0/24");
    EXPECT("");
    world.devices_down = false;
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    set_option(port, "dynamic-routing-no-learning", "true");
    EXPECT("");
    set_option(port, "dynamic-routing-learn-hold", "-1");
    expect_problem("\"-1\" is no number");
}

static void
what_ovn_advertises_is_not_learned(void **state OVS_UNUSED)
{
    struct uuid datapath = stage_uuid(100);
    struct ip_prefix *prefix = &world.advertised[0];

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    assert_int_equal(ip_prefix_parse("10.0.0.0/24", prefix, NULL), 0);
    world.n_advertised = 1;
    learner_advertised_changed(learn, &datapath, prefix);
    EXPECT("");
    world.n_advertised = 0;
    learner_advertised_changed(learn, &datapath, prefix);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
}

static void
next_hops_that_lead_back_are_refused(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_port("02:00:00:00:00:02 10.2.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.1", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    expect_problem("10.0.0.0/24 among them, because their next hop is an "
                   "address of this router itself");
    remove_routes("10.0.0.0/24");
    add_route("10.0.2.0/24", "fe80::ff:fe00:2", 20);
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    expect_problem("10.0.2.0/24 among them");
    remove_routes("10.0.2.0/24");
    expect_problem(NULL);
    /* The connected network, and a part of it; not what covers it. */
    add_route("10.1.0.0/24", "10.1.0.2", 20);
    add_route("10.1.0.0/25", "10.1.0.2", 20);
    add_route("10.0.0.0/8", "10.1.0.2", 20);
    add_route("0.0.0.0/0", "10.1.0.2", 20);
    EXPECT("1 0.0.0.0/0 10.1.0.2\n1 10.0.0.0/8 10.1.0.2\n"
           "1 10.0.1.0/24 10.1.0.2");
    expect_problem("no longer prefix of the port leads there");
    remove_routes("10.1.0.0/24");
    remove_routes("10.1.0.0/25");
    expect_problem(NULL);
}

static void
table_that_is_not_trusted_freezes(void **state OVS_UNUSED)
{
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    world.untrusted = true;
    remove_routes("10.0.0.0/24");
    learner_table_changed(learn, 10);
    add_route("10.0.1.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    assert_false(learner_is_settled(learn));
    world.untrusted = false;
    EXPECT("1 10.0.1.0/24 10.1.0.2");
    assert_true(learner_is_settled(learn));
}

static void
port_that_moves_leaves_its_rows(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.bound_here = false;
    set_ports();
    remove_routes("10.0.0.0/24");
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.bound_here = true;
    set_ports();
    EXPECT("");
}

static void
router_moves_to_another_table(void **state OVS_UNUSED)
{
    struct fake_port *port = add_port("00:00:00:00:00:01 10.1.0.1/24");

    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_route("10.0.1.0/24", "10.1.0.2", 20)->route.key.table_id = 20;
    EXPECT("1 10.0.0.0/24 10.1.0.2");
    port->facts.table_id = 20;
    set_ports();
    EXPECT("1 10.0.1.0/24 10.1.0.2");
}

static void
two_routers_learn_from_one_table(void **state OVS_UNUSED)
{
    struct fake_port *second;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    second = add_port("00:00:00:00:00:02 10.1.0.9/24");
    second->facts.datapath = stage_uuid(200);
    second->facts.router = "lr2";
    set_ports();
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n2 10.0.0.0/24 10.1.0.2");
}

static void
listing_names_router_port_and_routes(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_route("10.0.0.0/24", "10.1.0.2", 20);
    add_nexthop(add_route("10.0.1.0/24", "10.1.0.3", 20), "10.1.0.2", 1, 9);
    EXPECT("1 10.0.0.0/24 10.1.0.2\n1 10.0.1.0/24 10.1.0.2 weight=9\n"
           "1 10.0.1.0/24 10.1.0.3");
    assert_true(learner_format(learn, "lr", &ds));
    assert_string_equal(ds_cstr(&ds),
                        "router \"lr\": table 10\n"
                        "  port \"p1\": prefixes 2, waiting 0, rows 3, "
                        "held 0\n"
                        "    10.0.0.0/24 via 10.1.0.2\n"
                        "    10.0.1.0/24 via 10.1.0.2 weight 9\n"
                        "    10.0.1.0/24 via 10.1.0.3\n");
    assert_false(learner_format(learn, "lr9", &ds));
    ds_destroy(&ds);
}

/* Random histories: the rows are those that a learner would come to that knows
 * nothing but the end. */

static void
random_route(uint32_t *seed)
{
    static const char *const nexthops[] = {
        "10.1.0.2", "10.2.0.2", "192.0.2.1", "fe80::2", "10.1.0.1"
    };
    char *prefix = xasprintf("10.%d.0.0/24", history_random(seed, 4));

    if (history_random(seed, 3) && world.n_routes < MAX_ROUTES) {
        struct fake_route *route;

        route = add_route(prefix, nexthops[history_random(seed, 5)],
                          20 * history_random(seed, 2));
        route->nexthops[0].ifindex = 1 + history_random(seed, 3);
        if (history_random(seed, 2)) {
            add_nexthop(route, nexthops[history_random(seed, 5)], 1,
                        1 + history_random(seed, 2));
        }
    } else {
        remove_routes(prefix);
    }
    free(prefix);
}

static void
random_option(uint32_t *seed)
{
    static const struct {
        const char *key, *value;
    } options[] = {
        { "dynamic-routing-port-name", "lsp" },
        { "dynamic-routing-no-learning", "true" },
        { "routing-protocol-redirect", "bgp" },
        { "dynamic-routing-maintain-vrf", "true" },
        { "dynamic-routing-learn-prefixes", "permit 10.1.0.0/16 le 24" },
    };
    size_t i = history_random(seed, ARRAY_SIZE(options));
    struct fake_port *port = &world.ports[history_random(seed, 2)];

    set_option(port, options[i].key,
               history_random(seed, 2) ? options[i].value : NULL);
}

static void
random_step(uint32_t *seed)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct fake_port *port;

    switch (history_random(seed, 10)) {
    case 0:
        random_option(seed);
        break;
    case 1:
        port = &world.ports[history_random(seed, 2)];
        port->facts.bound_here = history_random(seed, 2);
        set_ports();
        break;
    case 2:
        world.devices[2] = history_random(seed, 2) ? "x1" : "renamed";
        learner_device_changed(learn, 2);
        break;
    case 3:
        learner_set_interfaces(learn, (history_random(seed, 2)
                                       ? "lsp=x1 bgp=x0" : "bgp=x1"), &none);
        break;
    case 4:
        learner_run(learn);
        break;
    case 5:
        world.n_advertised = history_random(seed, 2);
        assert_int_equal(ip_prefix_parse("10.1.0.0/24",
                                         &world.advertised[0], NULL), 0);
        learner_advertised_changed(learn, &world.ports[0].facts.datapath,
                                   &world.advertised[0]);
        break;
    default:
        random_route(seed);
        break;
    }
    smap_destroy(&none);
}

/* Compares with a learner and a table that start now. */
static void
compare_with_fresh_start(const char *mapping)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct learner *old = learn;
    struct learn_stage fresh;
    char *want, *have;

    learn_stage_init(&fresh);
    learn = start_learner(fresh.rows);
    learner_set_interfaces(learn, mapping, &none);
    set_ports();
    learner_run(learn);
    learn_stage_pass(&fresh, 5000);
    want = learn_stage_text(&fresh);
    learner_destroy(learn);
    learn_stage_destroy(&fresh);
    learn = old;

    learner_set_interfaces(learn, mapping, &none);
    learner_run(learn);
    learn_stage_pass(&stage, 5000);
    have = learn_stage_text(&stage);
    assert_string_equal(have, want);
    free(want);
    free(have);
    smap_destroy(&none);
}

static void
play(uint32_t seed, void *aux OVS_UNUSED)
{
    teardown(NULL);
    setup(NULL);
    add_port("00:00:00:00:00:01 10.1.0.1/24");
    add_port("00:00:00:00:00:02 10.2.0.1/24");
    for (int step = 0; step < 80; step++) {
        random_step(&seed);
    }
    /* Rows of ports that are elsewhere are not ours to remove. */
    for (size_t i = 0; i < world.n_ports; i++) {
        world.ports[i].facts.bound_here = true;
    }
    set_ports();
    compare_with_fresh_start("lsp=x1 bgp=x0");
}

static void
incremental_equals_full_after_random_histories(void **state OVS_UNUSED)
{
    history_play_all(300, play, NULL);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_dynamic_unicast_routes_with_a_next_hop_count),
        TEST(multipath_is_one_row_per_next_hop),
        TEST(S4_mac_goes_with_ipv6_next_hop_of_ipv4_prefix),
        TEST(D14_only_the_best_metric_counts),
        TEST(D15_next_hop_on_a_subnet_is_learned_there),
        TEST(D15_other_next_hops_go_to_the_daemons_port),
        TEST(D15_excluded_port_loses_its_rows),
        TEST(devices_that_come_go_or_change_name),
        TEST(D16_filter_and_default),
        TEST(D16_first_ones_stay_within_the_maximum),
        TEST(D16_restart_keeps_those_that_were_in),
        TEST(D17_hold_is_for_what_the_kernel_lost),
        TEST(what_ovn_advertises_is_not_learned),
        TEST(next_hops_that_lead_back_are_refused),
        TEST(table_that_is_not_trusted_freezes),
        TEST(port_that_moves_leaves_its_rows),
        TEST(router_moves_to_another_table),
        TEST(two_routers_learn_from_one_table),
        TEST(listing_names_router_port_and_routes),
        TEST(incremental_equals_full_after_random_histories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
