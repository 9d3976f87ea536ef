/* plan-stage.c: a plan to play with.  See the header. */
#include <config.h>
#include "tests/lib/plan-stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

static char *
route_text(const struct route_exchange_route *route)
{
    char buf[IP_PREFIX_STRLEN];
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_format(&ds, "%"PRIu32" %s %"PRIu32, route->table_id,
                  ip_prefix_format(&route->prefix, buf), route->metric);
    if (route->nexthop_family) {
        struct ip_prefix nh;

        assert_int_equal(
            ip_prefix_from_bytes(route->nexthop_family, route->nexthop,
                                 8 * ip_prefix_addr_len(route->nexthop_family),
                                 &nh), 0);
        ds_put_format(&ds, " via %s", ip_prefix_format(&nh, buf));
    }
    return ds_steal_cstr(&ds);
}

/* The entry of 'tables' for 'table_id', or NULL. */
static const char *
find_table(const struct fake *fake, uint32_t table_id)
{
    char *start = xasprintf("table %"PRIu32" ", table_id);
    const char *name, *found = NULL;

    SSET_FOR_EACH (name, &fake->tables) {
        if (!strncmp(name, start, strlen(start))) {
            found = name;
        }
    }
    free(start);
    return found;
}

static int
fake_set_table(void *fake_, uint32_t table_id, const char *vrf_name)
{
    struct fake *fake = fake_;
    const char *old = find_table(fake, table_id);

    fake->n_calls++;
    if (fake->table_error) {
        return fake->table_error;
    }
    if (old) {
        sset_find_and_delete(&fake->tables, old);
    }
    sset_add_and_free(&fake->tables,
                      xasprintf("table %"PRIu32" %s", table_id,
                                vrf_name ? vrf_name : "-"));
    return 0;
}

static void
fake_remove_table(void *fake_, uint32_t table_id)
{
    struct fake *fake = fake_;
    const char *old = find_table(fake, table_id);
    char *start = xasprintf("%"PRIu32" ", table_id);
    const char *route;

    fake->n_calls++;
    assert_non_null(old);
    sset_find_and_delete(&fake->tables, old);
    SSET_FOR_EACH (route, &fake->routes) {
        assert_int_not_equal(strncmp(route, start, strlen(start)), 0);
    }
    free(start);
}

static int
fake_add_route(void *fake_, const struct route_exchange_route *route)
{
    struct fake *fake = fake_;

    fake->n_calls++;
    if (fake->add_error) {
        return fake->add_error;
    }
    assert_non_null(find_table(fake, route->table_id));
    assert_int_not_equal(route->metric, 0);

    char *text = route_text(route);
    assert_false(sset_contains(&fake->routes, text));
    sset_add_and_free(&fake->routes, text);
    return 0;
}

static int
fake_remove_route(void *fake_, const struct route_exchange_route *route)
{
    struct fake *fake = fake_;
    char *text = route_text(route);

    fake->n_calls++;
    assert_true(sset_find_and_delete(&fake->routes, text));
    free(text);
    return 0;
}

void
fake_init(struct fake *fake)
{
    struct route_sink sink = {
        .set_table = fake_set_table,
        .remove_table = fake_remove_table,
        .add_route = fake_add_route,
        .remove_route = fake_remove_route,
        .aux = fake,
    };

    memset(fake, 0, sizeof *fake);
    sset_init(&fake->tables);
    sset_init(&fake->routes);
    fake->plan = route_plan_create(&sink);
}

void
fake_destroy(struct fake *fake)
{
    route_plan_destroy(fake->plan);
    sset_destroy(&fake->tables);
    sset_destroy(&fake->routes);
}

int
setup(void **state)
{
    struct fake *fake = xmalloc(sizeof *fake);

    fake_init(fake);
    *state = fake;
    return 0;
}

int
teardown(void **state)
{
    fake_destroy(*state);
    free(*state);
    return 0;
}

char *
fake_format(const struct fake *fake)
{
    const struct sset *sets[] = { &fake->tables, &fake->routes };
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        const char **sorted = sset_sort(sets[i]);

        for (size_t j = 0; j < sset_count(sets[i]); j++) {
            ds_put_format(&ds, "%s%s", ds.length ? ", " : "", sorted[j]);
        }
        free(sorted);
    }
    return ds_steal_cstr(&ds);
}

char *
problems_format(const struct fake *fake)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    problem_set_format(route_plan_problems(fake->plan), &ds);
    return ds_steal_cstr(&ds);
}

void
expect_at(struct fake *fake, const char *text, const char *file, int line)
{
    char *got;

    route_plan_run(fake->plan);
    got = fake_format(fake);
    _assert_string_equal(got, text, file, line);
    free(got);
}

void
expect_problem_at(struct fake *fake, const char *parts[], const char *file,
                  int line)
{
    size_t n = problem_set_count(route_plan_problems(fake->plan));
    char *text = problems_format(fake);

    if (n != (parts[0] != NULL)) {
        print_message("# problems: %s\n", text);
    }
    _assert_int_equal(n, parts[0] != NULL, file, line);
    for (; *parts; parts++) {
        if (!strstr(text, *parts)) {
            print_message("# no \"%s\" in: %s\n", *parts, text);
            _fail(file, line);
        }
    }
    free(text);
}

struct uuid
id(unsigned int n)
{
    return (struct uuid) { .parts = { n, 1, 2, 3 } };
}

const struct uuid *
ref(struct uuid *uuid, unsigned int n)
{
    *uuid = id(n);
    return n ? uuid : NULL;
}

void
datapath(struct fake *fake, unsigned int n, int64_t key)
{
    struct uuid uuid = id(n);

    if (key) {
        route_plan_set_datapath(fake->plan, &uuid, key);
    } else {
        route_plan_remove_datapath(fake->plan, &uuid);
    }
}

void
port(struct fake *fake, unsigned int n, const char *name, const char *type,
     bool here)
{
    struct route_port p = {
        .uuid = id(n),
        .name = name,
        .type = (!strcmp(type, "patch") ? ROUTE_PORT_PATCH
                 : !strcmp(type, "cr") ? ROUTE_PORT_CHASSISREDIRECT
                 : !strcmp(type, "l3gateway") ? ROUTE_PORT_GATEWAY
                 : ROUTE_PORT_OTHER),
        .bound_here = here,
    };

    route_plan_set_port(fake->plan, &p);
}

void
port_remove(struct fake *fake, unsigned int n)
{
    struct uuid uuid = id(n);

    route_plan_remove_port(fake->plan, &uuid);
}

void
routing_port(struct fake *fake, unsigned int n, unsigned int dp,
             unsigned int logical, unsigned int binding, const char *router,
             const char *options)
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    char *copy = xstrdup(options), *save = NULL;
    struct uuid u[3];

    for (char *s = strtok_r(copy, ",", &save); s;
         s = strtok_r(NULL, ",", &save)) {
        char *value = strchr(s, '=');

        if (!value) {
            smap_add(&smap, DR_ENABLED, "true");
        } else {
            *value++ = '\0';
            smap_add_nocopy(&smap, xasprintf("dynamic-routing-%s", s),
                            xstrdup(value));
        }
    }
    free(copy);

    struct route_routing_port row = {
        .uuid = id(n),
        .datapath = ref(&u[0], dp),
        .logical_port = ref(&u[1], logical),
        .binding_port = ref(&u[2], binding),
        .router = router,
        .options = &smap,
    };
    route_plan_set_routing_port(fake->plan, &row);
    smap_destroy(&smap);
}

void
routing_port_remove(struct fake *fake, unsigned int n)
{
    struct uuid uuid = id(n);

    route_plan_remove_routing_port(fake->plan, &uuid);
}

void
advertise_tracking(struct fake *fake, unsigned int n, unsigned int dp,
                   unsigned int logical, unsigned int tracked,
                   const char *name, const char *prefix)
{
    struct uuid u[3];
    struct route_advertised row = {
        .uuid = id(n),
        .datapath = ref(&u[0], dp),
        .logical_port = ref(&u[1], logical),
        .tracked_port = ref(&u[2], tracked),
        .tracked_router_port = name,
        .ip_prefix = prefix,
    };

    route_plan_set_advertised(fake->plan, &row);
}

void
advertise(struct fake *fake, unsigned int n, unsigned int dp,
          unsigned int logical, unsigned int tracked, const char *prefix)
{
    advertise_tracking(fake, n, dp, logical, tracked, NULL, prefix);
}

void
advertise_remove(struct fake *fake, unsigned int n)
{
    struct uuid uuid = id(n);

    route_plan_remove_advertised(fake->plan, &uuid);
}

void
gateway(struct fake *fake, unsigned int base, const char *name, int64_t key,
        const char *options)
{
    char *port_name = xasprintf("%s-up", name);

    datapath(fake, base, key);
    port(fake, base + 1, port_name, "l3gateway", true);
    routing_port(fake, base + 2, base, base + 1, base + 1, name, options);
    free(port_name);
}

void
distributed(struct fake *fake, unsigned int base, const char *name,
            int64_t key, bool here, const char *options)
{
    char *dgp = xasprintf("%s-dgp", name);
    char *cr = xasprintf("cr-%s-dgp", name);
    char *in = xasprintf("%s-in", name);

    datapath(fake, base, key);
    port(fake, base + 1, dgp, "patch", false);
    port(fake, base + 2, cr, "cr", here);
    routing_port(fake, base + 3, base, base + 1, base + 2, name, options);
    port(fake, base + 4, in, "patch", false);
    routing_port(fake, base + 5, base, base + 4, base + 4, name, "");
    free(dgp);
    free(cr);
    free(in);
}
