/* test-lb-routes.c: which VIPs are advertised where, and what they track. */
#include <config.h>

#include "lib/ip-prefix.h"
#include "northd/lb-vip.h"
#include "northd/view-lb.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define LB "dynamic-routing=true -redistribute=lb"

/* A router "lr" of a 'kind' with the only advertising port "out"; "gateway",
 * "distributed" (no gateway port), "dgp" (one) or "dgps" (two). */
static void
build(struct nb *nb, const char *kind)
{
    nb_router(nb, "lr", !strcmp(kind, "gateway") ? LB " chassis=hv1" : LB);
    nb_port(nb, "lr", "in", "10.0.0.1/24", "-redistribute=");
    nb_port(nb, "lr", "out", "172.16.0.1/24",
            !strncmp(kind, "dgp", 3) ? "gw" : "");
    if (!strcmp(kind, "dgps")) {
        nb_port(nb, "lr", "out2", "172.16.1.1/24", "gw -redistribute=");
    }
}

/* Kind of router, load balancer, rows. */
static const struct {
    const char *kind;
    const char *lb;
    const char *routes;
} own_table[] = {
    { "gateway", "192.0.2.1", "out 192.0.2.1\n" },
    { "gateway", "192.0.2.1:80", "out 192.0.2.1\n" },
    { "gateway", "2001:db8::1", "out 2001:db8::1\n" },
    { "gateway", "[2001:DB8:0::1]:80", "out 2001:db8::1\n" },
    { "gateway", "[2001:db8::1]", "out 2001:db8::1\n" },
    /* One row for an address, whatever its ports. */
    { "gateway", "192.0.2.1:80 192.0.2.1:443 192.0.2.2:80",
      "out 192.0.2.1\nout 192.0.2.2\n" },
    /* No backends. */
    { "gateway", "192.0.2.1:80=", "out 192.0.2.1\n" },
    { "gateway", "", "" },
    { "gateway", "192.0.2.1:80 no-advertise", "" },
    { "gateway", "nonsense no-advertise", "" },
    { "gateway", "192.0.2.1:80 metric:9", "out 192.0.2.1 metric=9\n" },
    { "distributed", "192.0.2.1:80", "" },
    { "dgp", "192.0.2.1:80", "out 192.0.2.1 out\n" },
    { "dgp", "[2001:db8::1]:80", "out 2001:db8::1 out\n" },
    { "dgps", "192.0.2.1:80", "out 192.0.2.1 out\nout 192.0.2.1 out2\n" },
};

static void
own_vips_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_table); i++) {
        for (int by_group = 0; by_group < 2; by_group++) {
            struct nb nb;

            nb_init(&nb);
            print_message("# %s: %s\n", own_table[i].kind, own_table[i].lb);
            build(&nb, own_table[i].kind);
            nb_lb(&nb, "lb", own_table[i].lb);
            if (by_group) {
                nb_group(&nb, "group", "lb");
                nb_groups_on(&nb, "lr", "group");
            } else {
                nb_lb_on(&nb, "lr", "lb");
            }
            nb_assert_routes(&nb, own_table[i].routes);
            nb_assert_problem(&nb, NULL);
            nb_destroy(&nb);
        }
    }
}

/* A neighbor "nb" of a kind, with its port "q" facing us and an LB on it. */
static const struct {
    const char *router;
    const char *port;
    const char *routes;
} neighbor_table[] = {
    { "chassis=hv2", "", "out 192.0.2.1 q\n" },
    { "", "", "out 192.0.2.1 q\n" },
    { "", "gw", "out 192.0.2.1 q\n" },
    { LB, "-redistribute=", "out 192.0.2.1 q\n" },
    { "disabled", "", "" },
};

static void
neighbors_vips_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(neighbor_table); i++) {
        for (int direct = 0; direct < 2; direct++) {
            char *port = xasprintf("%s%s", neighbor_table[i].port,
                                   direct ? " peer=out" : "");
            struct nb nb;

            nb_init(&nb);
            print_message("# %s: %s\n", neighbor_table[i].router, port);
            nb_router(&nb, "lr", LB);
            nb_port(&nb, "lr", "out", "172.16.0.1/24",
                    direct ? "peer=q" : "");
            nb_router(&nb, "nb", neighbor_table[i].router);
            nb_port(&nb, "nb", "q", "172.16.0.2/24", port);
            if (!direct) {
                nb_connect(&nb, "ls", "out");
                nb_connect(&nb, "ls", "q");
            }
            nb_lb(&nb, "lb", "192.0.2.1:80");
            nb_lb_on(&nb, "nb", "lb");
            nb_assert_routes(&nb, neighbor_table[i].routes);
            nb_assert_problem(&nb, NULL);
            nb_destroy(&nb);
            free(port);
        }
    }
}

static const char *const invalid_vips[] = {
    "nonsense", "192.0.2", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536",
    "192.0.2.1:80:80", "192.0.2.0/24", "[2001:db8::1", "[2001:db8::1]80",
    "[192.0.2.1]:80", "2001:db8::g", "^vip", ":80",
};

static void
invalid_vips_give_a_problem_and_the_rest_holds(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid_vips); i++) {
        char *lb = xasprintf("%s 192.0.2.9", invalid_vips[i]);
        char *problem = xasprintf("vip \"%s\"", invalid_vips[i]);
        struct nb nb;

        nb_init(&nb);
        print_message("# %s\n", lb);
        build(&nb, "gateway");
        /* Though two routers have it. */
        nb_router(&nb, "lr2", LB " chassis=hv1");
        nb_port(&nb, "lr2", "p2", "10.2.0.1/24", "");
        nb_lb(&nb, "lb", lb);
        nb_lb_on(&nb, "lr", "lb");
        nb_lb_on(&nb, "lr2", "lb");
        nb_assert_routes(&nb, "out 192.0.2.9\np2 192.0.2.9\n");
        nb_assert_problem(&nb, problem);
        nb_router_del(&nb, "lr2");
        nb_assert_problem(&nb, problem);
        nb_lb(&nb, "lb", "192.0.2.9");
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
        free(lb);
        free(problem);
    }
}

static void
D4_link_local_vips_are_never_advertised(void **state)
{
    struct nb *nb = *state;

    build(nb, "gateway");
    nb_lb(nb, "lb", "169.254.7.7:80 [fe80::7]:80 192.0.2.1:80");
    nb_lb_on(nb, "lr", "lb");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_assert_problem(nb, NULL);
}

static void
D5_template_vips_are_resolved_or_reported(void **state)
{
    struct nb *nb = *state;

    build(nb, "gateway");
    nb_lb(nb, "lb", "^vip:^port template");
    nb_lb_on(nb, "lr", "lb");
    nb_assert_routes(nb, "");
    nb_assert_problem(nb, "\"vip\", which chassis \"hv1\" has not");
    nb_template(nb, "hv2", "vip=192.0.2.2 port=80");
    nb_assert_routes(nb, "");
    nb_template(nb, "hv1", "vip=192.0.2.1 port=80");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_assert_problem(nb, NULL);
    nb_template(nb, "hv1", "vip=192.0.2.7 port=80");
    nb_assert_routes(nb, "out 192.0.2.7\n");
    nb_router(nb, "lr", LB " chassis=hv2");
    nb_assert_routes(nb, "out 192.0.2.2\n");
    nb_template(nb, "hv2", "vip=here port=80");
    nb_assert_routes(nb, "");
    nb_assert_problem(nb, "comes to \"here:80\" on chassis \"hv2\"");
    /* A distributed router has no one chassis. */
    nb_router(nb, "lr", LB);
    nb_port(nb, "lr", "out", "172.16.0.1/24", "gw");
    nb_assert_routes(nb, "");
    nb_assert_problem(nb, "no gateway router");
    nb_lb(nb, "lb", "192.0.2.1:80 template");
    nb_assert_problem(nb, "no gateway router");
    nb_lb_del(nb, "lb");
    nb_assert_problem(nb, NULL);
}

static void
D6_shared_vip_stays_until_the_last_one_goes(void **state)
{
    struct nb *nb = *state;

    build(nb, "gateway");
    nb_lb(nb, "lb1", "192.0.2.1:80");
    nb_lb(nb, "lb2", "192.0.2.1:443");
    nb_lb(nb, "lb3", "192.0.2.1:8080");
    nb_group(nb, "group", "lb3");
    nb_lb_on(nb, "lr", "lb1 lb2 lb3");
    nb_groups_on(nb, "lr", "group");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_lb(nb, "lb1", "192.0.2.1:80 no-advertise");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_lb(nb, "lb2", "");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    /* It is on the router twice. */
    struct uuid lb3 = nb_uuid("lb3"), lr = nb_uuid("lr");
    view_lb_detach(&nb->view, &lb3, &lr);
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_lb_del(nb, "lb3");
    nb_assert_routes(nb, "");
}

static void
D7_vip_without_healthy_backends_is_withdrawn(void **state)
{
    struct nb *nb = *state;

    build(nb, "gateway");
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080,10.0.0.6:8080 health "
          "check=192.0.2.1:80 map=10.0.0.5=vm5 map=10.0.0.6=vm6");
    nb_lb_on(nb, "lr", "lb");
    /* Nothing is known yet. */
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_monitor(nb, "vm5", "10.0.0.5", 8080, true);
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_monitor(nb, "vm6", "10.0.0.6", 8080, true);
    nb_assert_routes(nb, "");
    nb_monitor(nb, "vm5", "10.0.0.5", 8080, false);
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_monitor(nb, "vm5", "10.0.0.5", 8080, true);
    nb_assert_routes(nb, "");
    /* Another VIP of the address is not checked. */
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080,10.0.0.6:8080 health "
          "192.0.2.1:81=10.0.0.5:8081 "
          "check=192.0.2.1:80 map=10.0.0.5=vm5 map=10.0.0.6=vm6");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    /* The backends without a check do not count. */
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080,10.0.0.9:8080 health "
          "check=192.0.2.1:80 map=10.0.0.5=vm5 map=10.0.0.6=vm6");
    nb_assert_routes(nb, "");
    /* No backend is checked: nothing is known of it. */
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080 health check=192.0.2.1:80");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    /* Without the option health does not matter. */
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080 check=192.0.2.1:80 "
          "map=10.0.0.5=vm5");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    /* The same address of another port. */
    nb_lb(nb, "lb", "192.0.2.1:80=10.0.0.5:8080 health check=192.0.2.1:80 "
          "map=10.0.0.5=other");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    nb_lb(nb, "lb", "[2001:db8::1]:80=[fd00::5]:80 health "
          "check=[2001:db8::1]:80 map=[fd00::5]=vm5");
    nb_monitor(nb, "vm5", "fd00::5", 80, true);
    nb_assert_routes(nb, "");
}

static void
router_attached_twice_is_its_own_neighbor(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", LB);
    nb_port(nb, "lr", "a", "10.0.0.1/24", "");
    nb_port(nb, "lr", "b", "10.0.0.2/24", "");
    nb_connect(nb, "ls", "a");
    nb_connect(nb, "ls", "b");
    nb_lb(nb, "lb", "192.0.2.1:80");
    nb_lb_on(nb, "lr", "lb");
    nb_assert_routes(nb, "a 192.0.2.1 b\nb 192.0.2.1 a\n");
}

static void
members_come_and_go(void **state)
{
    struct uuid group = nb_uuid("group"), lb = nb_uuid("lb");
    struct uuid lr = nb_uuid("lr");
    struct nb *nb = *state;

    build(nb, "gateway");
    nb_group(nb, "group", "");
    nb_groups_on(nb, "lr", "group");
    nb_lb(nb, "lb", "192.0.2.1:80");
    nb_assert_routes(nb, "");
    nb_group(nb, "group", "lb");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    view_lb_group_member_detach(&nb->view, &lb, &group);
    nb_assert_routes(nb, "");
    nb_group(nb, "group", "lb");
    view_lb_group_detach(&nb->view, &group, &lr);
    nb_assert_routes(nb, "");
    nb_groups_on(nb, "lr", "group");
    nb_assert_routes(nb, "out 192.0.2.1\n");
    view_lb_group_remove(&nb->view, &group);
    nb_assert_routes(nb, "");
}

static void
change_of_one_lb_redoes_one_object_per_router(void **state)
{
    const struct advertised_routes_stats *stats;
    struct advertised_routes_stats before;
    struct nb *nb = *state;

    build(nb, "dgp");
    nb_group(nb, "group", "");
    nb_groups_on(nb, "lr", "group");
    for (int i = 0; i < 100; i++) {
        char *name = xasprintf("lb%d", i);
        char *vip = xasprintf("192.0.2.%d:80", i);

        nb_lb(nb, name, vip);
        nb_group(nb, "group", name);
        free(vip);
        free(name);
    }
    nb_check_law(nb, "100 load balancers");
    stats = advertised_routes_get_stats(nb->routes);
    before = *stats;
    nb_lb(nb, "lb7", "192.0.2.207:80");
    nb_lb_del(nb, "lb8");
    nb_check_law(nb, "one changed, one deleted");
    assert_int_equal(stats->objects, before.objects + 2);
    assert_int_equal(stats->ports, before.ports);
    assert_int_equal(stats->full, before.full);
}

static void
lb_vip_expand_replaces_variables(void **state OVS_UNUSED)
{
    struct smap variables = SMAP_CONST1(&variables, "a_1", "x");
    char *missing = NULL, *text;

    text = lb_vip_expand("^a_1:^a_1-", &variables, &missing);
    assert_string_equal(text, "x:x-");
    free(text);
    assert_null(lb_vip_expand("^a_1^b", &variables, &missing));
    assert_string_equal(missing, "b");
    free(missing);
    assert_null(lb_vip_expand("^", NULL, &missing));
    assert_string_equal(missing, "");
    free(missing);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, nb_setup, nb_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_vips_follow_the_table),
        cmocka_unit_test(neighbors_vips_follow_the_table),
        cmocka_unit_test(invalid_vips_give_a_problem_and_the_rest_holds),
        cmocka_unit_test(lb_vip_expand_replaces_variables),
        TEST(D4_link_local_vips_are_never_advertised),
        TEST(D5_template_vips_are_resolved_or_reported),
        TEST(D6_shared_vip_stays_until_the_last_one_goes),
        TEST(D7_vip_without_healthy_backends_is_withdrawn),
        TEST(router_attached_twice_is_its_own_neighbor),
        TEST(members_come_and_go),
        TEST(change_of_one_lb_redoes_one_object_per_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
