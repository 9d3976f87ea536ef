/* learn-world.c: see the header. */
#include <config.h>
#include "tests/lib/learn-world.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "controller/learn-rows.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

struct world world;
struct learn_stage stage;
struct learner *learn;

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
    world.n_looks++;
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
                   const uint8_t addr[16])
{
    static uint8_t mac[6] = { 2, 0, 0, 0, 0, 0 };

    mac[5] = world.macs[addr[15]];
    return mac[5] ? mac : NULL;
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

struct learner *
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

int
world_setup(void **state OVS_UNUSED)
{
    memset(&world, 0, offsetof(struct world, routes));
    for (size_t i = 0; i < MAX_PORTS; i++) {
        smap_init(&world.ports[i].options);
    }
    world.devices[1] = "x0";
    world.devices[2] = "x1";
    learn_stage_init(&stage);
    learn = start_learner(stage.rows);
    return 0;
}

int
world_teardown(void **state OVS_UNUSED)
{
    learner_destroy(learn);
    assert_int_equal(world.n_watches, 0);
    learn_stage_destroy(&stage);
    for (size_t i = 0; i < MAX_PORTS; i++) {
        smap_destroy(&world.ports[i].options);
    }
    return 0;
}

void
set_ports(void)
{
    learner_set_ports(learn, port_facts(), world.n_ports);
}

struct fake_port *
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

void
set_option(struct fake_port *port, const char *key, const char *value)
{
    smap_remove(&port->options, key);
    if (value) {
        smap_add(&port->options, key, value);
    }
    set_ports();
}

void
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

struct fake_route *
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

void
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

void
expect_problem(const char *part)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    run_learner();
    problem_set_format(learner_problems(learn), &ds);
    if (part ? !strstr(ds_cstr(&ds), part) : ds.length) {
        fail_msg("expected \"%s\", but got \"%s\"", part ? part : "",
                 ds_cstr(&ds));
    }
    ds_destroy(&ds);
}

void
run_learner(void)
{
    do {
        learner_run(learn, stage.now);
    } while (!learner_next_time(learn));
}
