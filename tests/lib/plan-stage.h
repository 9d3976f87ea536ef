/* plan-stage -- a plan to play with, and the words to do so.
 *
 * The plan (controller/route.h) feeds a sink that keeps what it is fed; tests
 * state rows, by number, and compare what the sink then has.  Functions fail
 * the test when the plan feeds what the engine would not take.
 */
#ifndef TESTS_PLAN_STAGE_H
#define TESTS_PLAN_STAGE_H 1

#include "controller/route.h"
#include "sset.h"
#include "tests/unit/unit.h"

/* A sink that keeps what it is fed, as text: "table 10 ovnvrf10" and
 * "10 172.16.10.2 100".  It insists on the order that the engine wants. */
struct fake {
    struct sset tables, routes;
    unsigned int n_calls;
    int add_error;              /* Returned for the next additions. */
    int table_error;            /* The same for tables. */
    struct route_plan *plan;
};

void fake_init(struct fake *);
void fake_destroy(struct fake *);

/* For cmocka: '*state' is a struct fake. */
int setup(void **state);
int teardown(void **state);
#define TEST(FUNCTION) \
    cmocka_unit_test_setup_teardown(FUNCTION, setup, teardown)

/* All that the sink has, sorted, with ", " between; and the plan's problems.
 * The caller must free() the result. */
char *fake_format(const struct fake *);
char *problems_format(const struct fake *);

/* Runs the plan and compares what the sink then has. */
#define expect(FAKE, TEXT) expect_at(FAKE, TEXT, __FILE__, __LINE__)
void expect_at(struct fake *, const char *text, const char *file, int line);

/* The plan's problems consist of one that contains all of the strings, or
 * there are none, if the first one is NULL. */
#define expect_problem(FAKE, ...) \
    expect_problem_at(FAKE, (const char *[]) { __VA_ARGS__, NULL }, \
                      __FILE__, __LINE__)
void expect_problem_at(struct fake *, const char *parts[], const char *file,
                       int line);

/* Builders.  Rows are known by numbers; 0 is an empty reference. */
struct uuid id(unsigned int n);
const struct uuid *ref(struct uuid *, unsigned int n);

/* A 'key' of 0 removes it. */
void datapath(struct fake *, unsigned int n, int64_t key);

/* 'type' is "patch", "cr", "l3gateway" or another. */
void port(struct fake *, unsigned int n, const char *name, const char *type,
          bool here);
void port_remove(struct fake *, unsigned int n);

/* 'options' is "KEY=VALUE,..." without the keys' prefix "dynamic-routing-";
 * "on" stands for dynamic-routing=true. */
void routing_port(struct fake *, unsigned int n, unsigned int dp,
                  unsigned int logical, unsigned int binding,
                  const char *router, const char *options);
void routing_port_remove(struct fake *, unsigned int n);

void advertise(struct fake *, unsigned int n, unsigned int dp,
               unsigned int logical, unsigned int tracked, const char *prefix);

/* The same, where 'name' is that of the tracked port, a router's. */
void advertise_tracking(struct fake *, unsigned int n, unsigned int dp,
                        unsigned int logical, unsigned int tracked,
                        const char *name, const char *prefix);
void advertise_remove(struct fake *, unsigned int n);

/* A gateway router: datapath 'base' + 0 with tunnel key 'key', port + 1, its
 * Dynamic_Routing_Port + 2; it is bound here. */
void gateway(struct fake *, unsigned int base, const char *name, int64_t key,
             const char *options);

/* A distributed router: datapath 'base' + 0 with tunnel key 'key'; gateway
 * port + 1 with its cr-port + 2 and Dynamic_Routing_Port + 3; inside port + 4
 * with Dynamic_Routing_Port + 5. */
void distributed(struct fake *, unsigned int base, const char *name,
                 int64_t key, bool here, const char *options);

#endif /* tests/lib/plan-stage.h */
