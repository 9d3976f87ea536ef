/* learn-world -- a small world to learn from, for tests of the learner.
 *
 * It is in arrays: the routes of tables, the devices, the neighbours, and the
 * ports of one router; a stage (learn-stage.h) has the rows that result.  There
 * is one world at a time, made anew for each test by world_setup(). */
#ifndef TESTS_LEARN_WORLD_H
#define TESTS_LEARN_WORLD_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/learn.h"
#include "lib/nl-route.h"
#include "smap.h"
#include "tests/lib/learn-stage.h"

#define MAX_ROUTES 8192
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
    struct fake_port ports[MAX_PORTS];
    size_t n_ports;
    struct ip_prefix advertised[8];
    size_t n_advertised;
    bool untrusted;
    bool devices_down;
    const char *devices[8];     /* By ifindex; NULL: none. */
    const char *peer;           /* The other end of device 1, or NULL. */
    int n_watches;              /* Neighbours that are watched. */
    uint8_t macs[256];          /* By the last byte of a neighbour's address,
                                 * the last of its MAC address; 0: none. */
    size_t n_looks;             /* Prefixes that were read. */
    size_t n_routes;
    struct fake_route routes[MAX_ROUTES];
};

extern struct world world;
extern struct learn_stage stage;
extern struct learner *learn;

/* For cmocka_unit_test_setup_teardown(). */
int world_setup(void **state);
int world_teardown(void **state);
#define TEST(NAME) \
    cmocka_unit_test_setup_teardown(NAME, world_setup, world_teardown)

/* A learner that knows nothing yet. */
struct learner *start_learner(struct learn_rows *rows);

/* Has the learner do what it can, at the stage's time. */
void run_learner(void);

/* Tells it of all ports. */
void set_ports(void);

/* Adds port 'n' = 1, 2, ... to table 10's router. */
struct fake_port *add_port(const char *addresses);
void set_option(struct fake_port *port, const char *key, const char *value);

/* Adds a route as FRR would; 'nexthop' may be NULL, or is out of device 1. */
struct fake_route *add_route(const char *prefix, const char *nexthop,
                             uint32_t metric);
void add_nexthop(struct fake_route *route, const char *nexthop,
                 uint32_t ifindex, int weight);
void remove_routes(const char *prefix);

/* Fails the test unless just these rows result within a second. */
#define EXPECT(ROWS)                            \
    do {                                        \
        run_learner();                          \
        learn_stage_pass(&stage, 1000);         \
        learn_stage_assert(&stage, ROWS);       \
    } while (0)

/* Fails the test unless the problems have 'part'; or, if it is NULL, unless
 * there is none. */
void expect_problem(const char *part);

#endif /* tests/lib/learn-world.h */
