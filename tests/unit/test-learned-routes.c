/* test-learned-routes.c: from rows of Learned_Route to static routes. */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "northd/learned-routes.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "sset.h"
#include "tests/lib/learned-cloud.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

/* Cases. */

static void
S3_rows_become_static_routes(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_row(c, "b", "p 10.99.0.0/24 10.0.0.3 hv1");
    cloud_row(c, "c", "p 2001:db8:99::/48 fe80::1 hv1");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n"
                              "p 10.99.0.0/24 10.0.0.3\n"
                              "p 2001:db8:99::/48 fe80::1\n");
    cloud_row_del(c, "b");
    cloud_row(c, "c", "p 2001:db8:99::/48 fe80::2 hv1");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n"
                              "p 2001:db8:99::/48 fe80::2\n");
    cloud_assert_problem(c, NULL);
}

/* What makes a row garbage, and what does not. */
static void
S3_row_counts_only_where_it_was_learned(void **state OVS_UNUSED)
{
    static const struct {
        const char *router;     /* Options of "lr". */
        const char *port;       /* Options of "p". */
        const char *holder;     /* Of 'held'. */
        const char *held;
        const char *row;
        bool counts;
    } cases[] = {
        { ON, "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1", true },
        { ON, "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2", true },
        { ON, "", "hv2", "p", "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", NULL, "p", "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", NULL, "p", "p 10.9.0.0/24 10.0.0.2", false },
        { ON, "", "hv1", "p", "- 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", "hv1", "p", "cr-p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", "hv1", "p", "q 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON " disabled", "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1",
          false },
        { "chassis=hv1", "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1",
          false },
        { "dynamic-routing=true", "gw", "hv1", "cr-p",
          "p 10.9.0.0/24 10.0.0.2 hv1", true },
        { "dynamic-routing=true", "gw", "hv1", "p",
          "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { "dynamic-routing=true", "", "hv1", "p",
          "p 10.9.0.0/24 10.0.0.2 hv1", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct learned_routes_stats stats;
        struct cloud c;

        print_message("# %s; %s; %s\n", cases[i].router, cases[i].port,
                      cases[i].row);
        cloud_init(&c);
        nb_router(&c.nb, "lr", cases[i].router);
        nb_port(&c.nb, "lr", "p", "10.0.0.1/24", cases[i].port);
        cloud_hold(&c, cases[i].held, cases[i].holder);
        cloud_row(&c, "a", cases[i].row);
        cloud_assert_installed(&c, (cases[i].counts
                                    ? "p 10.9.0.0/24 10.0.0.2\n" : ""));
        learned_routes_get_stats(c.learned, &stats);
        assert_int_equal(stats.garbage, !cases[i].counts);
        cloud_destroy(&c);
    }
}

static void
S3_configured_prefix_withholds(void **state)
{
    static const struct {
        const char *spec;       /* A static route of "lr". */
        bool wins;
    } cases[] = {
        { "10.99.0.0/24 10.0.0.9", true },
        { "10.99.0.7/24 10.0.0.9", true },
        { "10.99.0.0/24 discard", true },
        { "10.99.0.0/24 10.0.0.9 origin=connected", true },
        { "10.99.0.0/25 10.0.0.9", false },
        { "10.99.0.0/24 10.0.0.9 src-ip", false },
        { "10.99.0.0/24 10.0.0.9 table=blue", false },
        { "10.99.0.0/24 10.0.0.9 bfd bfd-down", false },
        { "10.99.0.0/24 10.0.0.9 bfd", true },
        { "bogus 10.0.0.9", false },
    };
    struct cloud *c = *state;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("# %s\n", cases[i].spec);
        nb_route(&c->nb, "lr", "x", cases[i].spec);
        cloud_assert_installed(c, (cases[i].wins ? ""
                                   : "p 10.99.0.0/24 10.0.0.2\n"));
    }
    nb_route_del(&c->nb, "x");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    nb_port(&c->nb, "lr", "q", "10.99.0.1/24", "");
    cloud_assert_installed(c, "");
    nb_port_del(&c->nb, "q");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    /* On another router it has no effect. */
    nb_router(&c->nb, "r0", ON);
    nb_route(&c->nb, "r0", "x", "10.99.0.0/24 10.0.0.9");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
}

static void
what_cannot_be_is_reported(void **state OVS_UNUSED)
{
    static const struct {
        const char *networks;
        const char *row;
        const char *problem;
    } cases[] = {
        { "10.0.0.1/24", "p 10.9.0.0/24 10.0.0.1 hv1",
          "Logical_Router_Port p: learned routes are withheld: 10.9.0.0/24 "
          "via 10.0.0.1: the next hop is an address of the port itself" },
        { "10.0.0.1/24", "p 2001:db8:9::/48 10.0.0.2 hv1",
          "IPv6 prefix with an IPv4 next hop" },
        { "2001:db8::1/64", "p 10.9.0.0/24 10.0.0.2 hv1",
          "has no IPv4 address" },
        { "10.0.0.1/24", "p 10.9.0.0/24 fe80::2 hv1",
          "MAC address is not known" },
        { "10.0.0.1/24", "p 10.9.0.0/24 fe80::2 hv1 bogus",
          "MAC address is not known" },
        { "10.0.0.1/24", "p 10.9.0.0/33 10.0.0.2 hv1",
          "ip_prefix \"10.9.0.0/33\" is no IPv4 or IPv6 prefix" },
        { "10.0.0.1/24", "p 10.9.0.0/24 10.0.0.0/24 hv1",
          "nexthop \"10.0.0.0/24\" is no IP address" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cloud c;

        print_message("# %s; %s\n", cases[i].networks, cases[i].row);
        cloud_init(&c);
        nb_router(&c.nb, "lr", ON);
        nb_port(&c.nb, "lr", "p", cases[i].networks, "");
        cloud_hold(&c, "p", "hv1");
        cloud_row(&c, "a", cases[i].row);
        cloud_assert_installed(&c, "");
        cloud_assert_problem(&c, cases[i].problem);
        cloud_row_del(&c, "a");
        cloud_assert_installed(&c, "");
        cloud_assert_problem(&c, NULL);
        cloud_destroy(&c);
    }
}
/* Someone who keeps a router's static routes as they see fit. */
static void
routes_removed_by_others_come_back_after_a_pause(void **state)
{
    struct cloud *c = *state;
    long long int pause;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_row(c, "b", "p 10.98.0.0/24 10.0.0.2 hv1");
    cloud_settle(c);
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);
    for (int i = 0; i < 8; i++) {
        char *text = xasprintf("s%d", 2 * i), *text2 = xasprintf("s%d",
                                                                 2 * i + 1);

        nb_route_del(&c->nb, text);
        nb_route_del(&c->nb, text2);
        free(text);
        free(text2);
        cloud_settle(c);
        cloud_assert_problem(c, "Logical_Router lr: another client");

        /* Nothing now, everything then. */
        text = cloud_installed(c);
        assert_string_equal(text, "");
        free(text);
        pause = learned_routes_next_time(c->learned) - c->now;
        assert_in_range(pause, MIN(60000, 1000 << i) * 3 / 4,
                        MIN(60000, 1000 << i));
        c->now += pause;
        assert_true(learned_routes_needs_run(c->learned, c->now));
        cloud_assert_installed(c, "p 10.98.0.0/24 10.0.0.2\n"
                                  "p 10.99.0.0/24 10.0.0.2\n");
    }
    /* Left in peace, all is forgotten. */
    c->now = learned_routes_next_time(c->learned);
    cloud_settle(c);
    cloud_assert_problem(c, NULL);
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);
}

static void
standby_does_not_mind_what_goes(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_settle(c);
    learned_routes_set_active(c->learned, false);
    nb_route_del(&c->nb, "s0");
    cloud_run(c);
    cloud_assert_problem(c, NULL);
    learned_routes_set_active(c->learned, true);
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
}

/* What a former instance, or someone else, left behind. */
static void
what_is_found_is_put_right(void **state)
{
    struct cloud *c = *state;
    struct uuid a = nb_uuid("a");
    char *right = xasprintf("10.99.0.0/24 10.0.0.2 port=p via=10.0.0.2 "
                            "learned="UUID_FMT, UUID_ARGS(&a));
    char *odd = xasprintf("%s table=blue", right);

    c->n_inserted = 9;          /* The names that made_name() may find. */
    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    /* Right; another's row; twice; no such row; nonsense; another table. */
    nb_route(&c->nb, "lr", "s0", right);
    nb_route(&c->nb, "lr", "s1", right);
    nb_route(&c->nb, "lr", "s2", "10.99.0.0/24 10.0.0.2 port=p learned=x "
             "via=10.0.0.2");
    nb_route(&c->nb, "lr", "s3", "10.97.0.0/24 10.0.0.2 port=p learned=x");
    nb_route(&c->nb, "lr", "s4", "bogus - learned=bogus via=bogus");
    nb_route(&c->nb, "lr", "s5", odd);
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    assert_int_equal(c->n_inserted, 9);
    /* The row is another one with the same contents: an update. */
    cloud_row_del(c, "a");
    cloud_row(c, "z", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    assert_int_equal(c->n_inserted, 9);
    cloud_assert_problem(c, NULL);
    free(right);
    free(odd);
}

/* What is there of a route with the marks of ours, given what we wrote. */
static void
marks_tell_whose_a_route_is(void **state OVS_UNUSED)
{
    static const struct {
        const char *spec;
        bool taken;
    } cases[] = {
        { "10.9.0.0/24 10.0.0.2 port=p wrote=10.9.0.0/24~10.0.0.2~p", false },
        { "10.9.0.0/24 10.0.0.3 port=p wrote=10.9.0.0/24~10.0.0.2~p", true },
        { "10.9.0.0/24 10.0.0.2 port=q wrote=10.9.0.0/24~10.0.0.2~p", true },
        { "10.9.0.0/24 10.0.0.2 wrote=10.9.0.0/24~10.0.0.2~p", true },
        { "10.8.0.0/24 10.0.0.2 port=p wrote=10.9.0.0/24~10.0.0.2~p", true },
        { "10.9.0.0/24 10.0.0.2 port=p bfd wrote=10.9.0.0/24~10.0.0.2~p",
          true },
        { "10.9.0.0/24 10.0.0.2 port=p src-ip wrote=10.9.0.0/24~10.0.0.2~p",
          true },
        { "10.9.0.0/24 10.0.0.2 port=p table=t wrote=10.9.0.0/24~10.0.0.2~p",
          true },
        /* Of a former version. */
        { "10.9.0.0/24 10.0.0.2 port=p via=10.0.0.2", false },
        { "10.9.0.0/24 10.0.0.3 port=p via=10.0.0.2", true },
        { "10.9.0.0/24 169.254.1.1 port=p via=fe80::1", false },
        { "10.9.0.0/24 10.0.0.3 port=p via=fe80::1", true },
        { "bogus 10.0.0.3 port=p via=fe80::1", false },
        { "10.9.0.0/24 10.0.0.3 port=p", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *spec = xasprintf("%s learned=x", cases[i].spec);
        struct uuid uuid = nb_uuid("s");
        struct nb nb;

        print_message("# %s\n", spec);
        nb_init(&nb);
        nb_router(&nb, "lr", ON);
        nb_route(&nb, "lr", "s", spec);
        assert_int_equal(view_find_route(&nb.view, &uuid)
                         ->config.learned_taken, cases[i].taken);
        nb_destroy(&nb);
        free(spec);
    }
}

/* As "ovn-nbctl --may-exist lr-route-add" does. */
static void
route_that_someone_changed_is_configured(void **state)
{
    static const struct {
        const char *spec;       /* After that, */
        const char *expected;   /* ...what there is of ours beside it. */
    } cases[] = {
        { "10.99.0.0/24 10.0.0.9 port=p", "" },
        { "10.99.0.0/24 10.0.0.2 port=q", "" },
        { "10.99.0.0/24 10.0.0.2", "" },
        { "10.99.0.0/24 10.0.0.2 port=p bfd", "" },
        { "10.99.0.0/24 10.0.0.2 port=p table=blue",
          "p 10.99.0.0/24 10.0.0.2\n" },
        { "10.99.0.0/24 10.0.0.2 port=p src-ip",
          "p 10.99.0.0/24 10.0.0.2\n" },
    };
    struct cloud *c = *state;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cloud_settle(c);

        char *name = xasprintf("s%d", c->n_inserted - 1);
        char *spec = xasprintf("%s learned=x via=10.0.0.2 "
                               "wrote=10.99.0.0/24~10.0.0.2~p",
                               cases[i].spec);
        struct uuid uuid = nb_uuid(name);
        const struct view_route *route;

        print_message("# %s\n", cases[i].spec);
        nb_route(&c->nb, "lr", name, spec);
        cloud_run(c);
        /* In no transaction are there both. */
        assert_int_equal(cloud_write_once(c, 10),
                         cases[i].expected[0] ? 2 : 1);
        cloud_assert_installed(c, cases[i].expected);
        route = view_find_route(&c->nb.view, &uuid);
        assert_non_null(route);
        assert_null(route->config.learned_row);
        cloud_assert_problem(c, NULL);
        nb_route_del(&c->nb, name);
        cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
        free(name);
        free(spec);
    }

    /* The same with an address that stands for another. */
    cloud_row(c, "a", "p 10.98.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    char *name = xasprintf("s%d", c->n_inserted - 1);
    nb_route(&c->nb, "lr", name,
             "10.98.0.0/24 10.0.0.9 port=p learned=x via=fe80::2");
    cloud_assert_installed(c, "");
    cloud_settle_later(c);
    assert_true(smap_is_empty(&c->reserved));
    free(name);
}

static void
lost_table_withdraws_nothing_for_a_while(void **state)
{
    struct cloud *c = *state;
    char *text;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_row(c, "b", "p 10.98.0.0/24 10.0.0.2 hv1");
    cloud_settle(c);
    cloud_row_del(c, "a");
    cloud_row_del(c, "b");
    cloud_run(c);
    learned_routes_hold(c->learned, c->now + 30000);
    cloud_settle(c);
    text = cloud_installed(c);
    assert_string_equal(text, "p 10.98.0.0/24 10.0.0.2\n"
                              "p 10.99.0.0/24 10.0.0.2\n");
    free(text);
    /* What comes again goes again at once. */
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_settle(c);
    cloud_row_del(c, "a");
    cloud_settle(c);
    text = cloud_installed(c);
    assert_string_equal(text, "p 10.98.0.0/24 10.0.0.2\n");
    free(text);
    c->now = learned_routes_next_time(c->learned);
    cloud_assert_installed(c, "");
}

static void
one_route_more_is_one_change(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    for (int i = 0; i < 1000; i++) {
        char *name = xasprintf("row%d", i);
        char *spec = xasprintf("p 10.%d.%d.0/24 10.0.0.2 hv1",
                               100 + i / 256, i % 256);

        cloud_row(c, name, spec);
        free(name);
        free(spec);
    }
    cloud_run(c);
    while (cloud_write_once(c, 500)) {
        continue;
    }
    cloud_row(c, "more", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_run(c);
    assert_int_equal(cloud_write_once(c, 500), 1);
    assert_int_equal(cloud_write_once(c, 500), 0);
    cloud_row_del(c, "more");
    cloud_run(c);
    assert_int_equal(cloud_write_once(c, 500), 1);
    assert_int_equal(cloud_write_once(c, 500), 0);
}

/* Checks that 'n' prefixes have one static route of ours each. */
static void
assert_single_routes(const struct cloud *c, size_t n)
{
    char *text = cloud_installed(c), *save_ptr = NULL;
    struct sset prefixes = SSET_INITIALIZER(&prefixes);

    for (char *line = strtok_r(text, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        char *prefix = strchr(line, ' ') + 1;

        prefix[strcspn(prefix, " ")] = '\0';
        assert_non_null(sset_add(&prefixes, prefix));
    }
    assert_int_equal(sset_count(&prefixes), n);
    sset_destroy(&prefixes);
    free(text);
}

/* Whatever stands for a prefix goes when what takes its place comes: stock
 * ovn-northd may look between any two transactions. */
static void
prefix_is_never_without_route(void **state OVS_UNUSED)
{
    static const struct {
        const char *old;
        const char *new;
        const char *installed;  /* In the end; NULL: not looked at. */
    } cases[] = {
        { "p 10.99.0.0/24 10.0.0.2 hv1", "p 10.99.0.0/24 10.0.0.3 hv1",
          "p 10.99.0.0/24 10.0.0.3\n" },
        { "p 10.99.0.0/24 10.0.0.2 hv1", "q 10.99.0.0/24 10.2.0.3 hv1",
          "q 10.99.0.0/24 10.2.0.3\n" },
        { "p 10.99.0.0/24 10.0.0.2 hv1",
          "p 10.99.0.0/24 fe80::3 hv1 " MAC1, NULL },
        { "p 10.99.0.0/24 fe80::2 hv1 " MAC1,
          "p 10.99.0.0/24 10.0.0.3 hv1", "p 10.99.0.0/24 10.0.0.3\n" },
        { "p 10.99.0.0/24 fe80::2 hv1 " MAC1,
          "p 10.99.0.0/24 fe80::3 hv1 " MAC2, NULL },
        { "p 10.99.0.0/24 fe80::2 hv1 " MAC1,
          "q 10.99.0.0/24 fe80::2 hv1 " MAC2, NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cloud c;

        print_message("# %s; %s\n", cases[i].old, cases[i].new);
        cloud_init(&c);
        cloud_gateway(&c);
        nb_port(&c.nb, "lr", "q", "10.2.0.1/24", "");
        cloud_hold(&c, "q", "hv1");
        cloud_row(&c, "a", cases[i].old);
        cloud_settle(&c);
        assert_single_routes(&c, 1);

        cloud_row_del(&c, "a");
        cloud_row(&c, "b", cases[i].new);
        cloud_run(&c);
        while (cloud_write_once(&c, 1)) {
            assert_single_routes(&c, 1);
        }
        if (cases[i].installed) {
            cloud_assert_installed(&c, cases[i].installed);
        }
        cloud_check_law(&c, true, "afterwards");

        /* What was to take its place goes before it came. */
        cloud_row_del(&c, "b");
        cloud_row(&c, "a", cases[i].old);
        cloud_settle(&c);
        cloud_row_del(&c, "a");
        cloud_row(&c, "b", cases[i].new);
        c.fails = true;
        cloud_run(&c);
        cloud_write_once(&c, 1);
        c.fails = false;
        cloud_row_del(&c, "b");
        cloud_assert_installed(&c, "");
        cloud_destroy(&c);
    }
}

/* Nor when a thousand change at once, as when an uplink fails. */
static void
prefixes_change_over_two_by_two(void **state)
{
    static const char *nexthops[] = {
        "10.0.0.2 hv1", "10.0.0.3 hv1", "fe80::2 hv1 " MAC1,
        "fe80::3 hv1 " MAC2, "10.0.0.2 hv1",
    };
    struct cloud *c = *state;

    cloud_gateway(c);
    for (size_t i = 0; i < ARRAY_SIZE(nexthops); i++) {
        for (int j = 0; j < 1000; j++) {
            char *name = xasprintf("row%d", j);
            char *spec = xasprintf("p 10.%d.%d.0/24 %s", 100 + j / 256,
                                   j % 256, nexthops[i]);

            cloud_row(c, name, spec);
            free(name);
            free(spec);
        }
        cloud_run(c);
        while (cloud_write_once(c, 200)) {
            if (i) {
                assert_single_routes(c, 1000);
            }
        }
    }
    assert_single_routes(c, 1000);
}

/* A chassisredirect port fails over: the next chassis takes over the rows that
 * it wants, too, and deletes the others. */
static void
rows_of_former_holder_count_for_a_while(void **state)
{
    static const char routes[] = "p 10.98.0.0/24 10.0.0.2\n"
                                 "p 10.99.0.0/24 10.0.0.2\n";
    struct cloud *c = *state;
    struct ds report = DS_EMPTY_INITIALIZER;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_row(c, "b", "p 10.98.0.0/24 10.0.0.2 hv1");
    cloud_row(c, "other", "p 10.97.0.0/24 10.0.0.2 hv3");
    cloud_assert_installed(c, routes);

    /* It is let go before the next one takes it. */
    cloud_move(c, "p", NULL);
    cloud_assert_installed(c, routes);
    cloud_move(c, "p", "hv2");
    cloud_assert_installed(c, routes);
    assert_int_equal(c->n_inserted, 2);
    assert_int_equal(learned_routes_check(c->learned, &c->nb.view,
                                          &c->nb.ports, &report), 0);
    ds_destroy(&report);
    /* The former one lets it go late; in between, one row is taken over. */
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv2");
    cloud_settle(c);
    cloud_move(c, "p", NULL);
    cloud_assert_installed(c, routes);
    cloud_move(c, "p", "hv2");
    cloud_assert_installed(c, routes);
    assert_int_equal(c->n_inserted, 2);
    cloud_row_del(c, "b");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    assert_int_equal(c->n_inserted, 2);

    /* The next one does nothing. */
    cloud_move(c, "p", "hv1");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    c->now = learned_routes_next_time(c->learned);
    cloud_assert_installed(c, "");
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);
    cloud_check_law(c, true, "in the end");

    /* Nobody takes it. */
    cloud_row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    cloud_settle(c);
    cloud_move(c, "p", NULL);
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    c->now = learned_routes_next_time(c->learned);
    cloud_assert_installed(c, "");
    cloud_check_law(c, true, "in the end");

    /* The former one is gone for good. */
    cloud_move(c, "p", "hv1");
    cloud_settle(c);
    cloud_move(c, "p", "hv2");
    cloud_assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    learned_routes_remove_chassis(c->learned, "hv1");
    smap_clear(&c->formers);
    cloud_assert_installed(c, "");
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);

    /* A router that is turned off has none. */
    cloud_move(c, "p", "hv1");
    cloud_settle(c);
    cloud_move(c, "p", "hv2");
    nb_router(&c->nb, "lr", "chassis=hv1");
    cloud_assert_installed(c, "");
}

int
main(void)
{
#define CASE(NAME) \
    cmocka_unit_test_setup_teardown(NAME, cloud_setup, cloud_teardown)
    const struct CMUnitTest tests[] = {
        CASE(S3_rows_become_static_routes),
        CASE(S3_row_counts_only_where_it_was_learned),
        CASE(S3_configured_prefix_withholds),
        CASE(what_cannot_be_is_reported),
        CASE(routes_removed_by_others_come_back_after_a_pause),
        CASE(standby_does_not_mind_what_goes),
        CASE(what_is_found_is_put_right),
        CASE(marks_tell_whose_a_route_is),
        CASE(route_that_someone_changed_is_configured),
        CASE(lost_table_withdraws_nothing_for_a_while),
        CASE(one_route_more_is_one_change),
        CASE(prefix_is_never_without_route),
        CASE(prefixes_change_over_two_by_two),
        CASE(rows_of_former_holder_count_for_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
