/* test-nat-routes.c: which NATs are advertised where, and what they track. */
#include <config.h>

#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define NAT "dynamic-routing=true -redistribute=nat"
#define MAC "00:00:00:00:00:01"

/* A router "lr" of each kind, with an inside and an outside port.  'kind' is
 * "gateway", "distributed" (no gateway port), "dgp" (one) or "dgps" (two). */
static void
build_router(struct nb *nb, const char *kind)
{
    bool gateway = !strcmp(kind, "gateway");

    nb_router(nb, "lr", gateway ? NAT " chassis=hv1" : NAT);
    nb_port(nb, "lr", "in", "10.0.0.1/24", "-redistribute=");
    nb_port(nb, "lr", "out", "172.16.0.1/24 fd00::1/64",
            !strncmp(kind, "dgp", 3) ? "gw" : "");
    if (!strcmp(kind, "dgps")) {
        nb_port(nb, "lr", "out2", "172.16.1.1/24", "gw -redistribute=");
    }
}

/* Own NATs: kind of router, NAT, routes. */
static const struct {
    const char *kind;
    const char *nat;
    const char *routes;
} own_table[] = {
    { "gateway", "snat 172.16.0.5 10.0.0.0/24", "out 172.16.0.5\n" },
    { "gateway", "dnat 172.16.0.5 10.0.0.5", "out 172.16.0.5\n" },
    { "gateway", "dnat_and_snat 172.16.0.5 10.0.0.5", "out 172.16.0.5\n" },
    { "gateway", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC,
      "out 172.16.0.5\n" },
    { "gateway", "snat 2001:db8::5 fd01::/64", "out 2001:db8::5\n" },
    /* Normal form (D1). */
    { "gateway", "dnat 172.16.0.5/32 10.0.0.5", "out 172.16.0.5\n" },
    { "gateway", "dnat 2001:DB8:0::0005/128 fd01::5", "out 2001:db8::5\n" },
    /* Never link-local (D4), and the opt-out. */
    { "gateway", "dnat 169.254.7.7 10.0.0.5", "" },
    { "gateway", "dnat fe80::5 fd01::5", "" },
    { "gateway", "dnat 172.16.0.5 10.0.0.5 no-advertise", "" },
    { "gateway", "dnat nonsense 10.0.0.5 no-advertise", "" },
    { "gateway", "snat 172.16.0.5 10.0.0.0/24 allowed", "out 172.16.0.5\n" },
    { "gateway", "snat 172.16.0.5 10.0.0.0/24 exempted", "out 172.16.0.5\n" },

    { "distributed", "snat 172.16.0.5 10.0.0.0/24", "out 172.16.0.5\n" },
    { "distributed", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC,
      "out 172.16.0.5\n" },

    { "dgp", "snat 172.16.0.5 10.0.0.0/24", "out 172.16.0.5 out\n" },
    { "dgp", "dnat 172.16.0.5 10.0.0.5", "out 172.16.0.5 out\n" },
    { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5", "out 172.16.0.5 out\n" },
    { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm",
      "out 172.16.0.5 out\n" },
    { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5 mac=" MAC,
      "out 172.16.0.5 out\n" },
    { "dgp", "dnat 172.16.0.5 10.0.0.5 port=vm mac=" MAC,
      "out 172.16.0.5 out\n" },
    { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC,
      "out 172.16.0.5 vm\n" },
    { "dgp", "dnat_and_snat 2001:db8::5 fd01::5 port=vm mac=" MAC,
      "out 2001:db8::5 vm\n" },
    /* The switch port does not exist. */
    { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5 port=gone mac=" MAC,
      "out 172.16.0.5\n" },
    /* An external address outside of the only gateway port's networks. */
    { "dgp", "dnat 192.0.2.5 10.0.0.5", "out 192.0.2.5 out\n" },
    { "dgp", "dnat 192.0.2.5 10.0.0.5 gw=out", "out 192.0.2.5 out\n" },

    { "dgps", "dnat 192.0.2.5 10.0.0.5 gw=out2", "out 192.0.2.5 out2\n" },
    { "dgps", "dnat 172.16.1.5 10.0.0.5 gw=out", "out 172.16.1.5 out\n" },
    { "dgps", "dnat 172.16.0.5 10.0.0.5", "out 172.16.0.5 out\n" },
    { "dgps", "dnat 172.16.1.5 10.0.0.5", "out 172.16.1.5 out2\n" },
    { "dgps", "dnat fd00::5 fd01::5", "out fd00::5 out\n" },
    { "dgps", "dnat_and_snat 172.16.1.5 10.0.0.5 port=vm mac=" MAC,
      "out 172.16.1.5 vm\n" },
};

static void
own_nats_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s: %s\n", own_table[i].kind, own_table[i].nat);
        build_router(&nb, own_table[i].kind);
        nb_vif(&nb, "ls", "vm");
        nb_nat(&nb, "lr", "nat", own_table[i].nat);
        nb_assert_routes(&nb, own_table[i].routes);
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

/* Invalid NATs: no route, one problem that names the value. */
static const struct {
    const char *kind;
    const char *nat;
    const char *problem;
} invalid_table[] = {
    { "gateway", "dnat 172.16.0.61/24 10.0.0.5", "\"172.16.0.61/24\"" },
    { "gateway", "dnat 172.16.0.0/24 10.0.0.5", "\"172.16.0.0/24\"" },
    { "gateway", "dnat 172.16.0.1-172.16.0.9 10.0.0.5", "more than one" },
    { "gateway", "dnat 172.16.0.1,172.16.0.2 10.0.0.5", "more than one" },
    { "gateway", "dnat 172.16.0 10.0.0.5", "\"172.16.0\" is no IP" },
    { "gateway", "dnat ^vip 10.0.0.5", "\"^vip\" is no IP" },
    { "gateway", "dnat64 172.16.0.5 10.0.0.5", "type \"dnat64\" is none of" },
    { "gateway", "dnat 172.16.0.5 fd01::5", "\"fd01::5\"" },
    { "gateway", "dnat 172.16.0.5 10.0.0.0/24", "\"10.0.0.0/24\"" },
    { "gateway", "snat 172.16.0.5 ten", "\"ten\"" },
    { "gateway", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=zz",
      "\"zz\"" },
    { "gateway", "snat 172.16.0.5 10.0.0.0/24 allowed exempted",
      "exempted_ext_ips" },
    { "gateway", "dnat 172.16.0.5 10.0.0.5 gw=out", "gateway_port" },
    { "distributed", "dnat 172.16.0.5 10.0.0.5 gw=out", "gateway_port" },
    { "dgp", "dnat 172.16.0.5 10.0.0.5 gw=in", "gateway_port" },
    { "dgp", "dnat 172.16.0.5 10.0.0.5 gw=elsewhere", "gateway_port" },
    { "dgps", "dnat 192.0.2.5 10.0.0.5", "gateway_port" },
    { "dgps", "dnat_and_snat 192.0.2.5 10.0.0.5 port=vm mac=" MAC,
      "gateway_port" },
};

static void
invalid_nats_give_a_problem_and_no_route(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid_table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s: %s\n", invalid_table[i].kind,
                      invalid_table[i].nat);
        build_router(&nb, invalid_table[i].kind);
        nb_nat(&nb, "lr", "nat", invalid_table[i].nat);
        nb_assert_routes(&nb, "");
        nb_assert_problem(&nb, invalid_table[i].problem);
        nb_assert_problem(&nb, "Logical_Router lr: ");

        /* It goes when the NAT is corrected, and when it is deleted. */
        nb_nat(&nb, "lr", "nat", "dnat 172.16.0.7 10.0.0.5");
        nb_assert_problem(&nb, NULL);
        nb_nat(&nb, "lr", "nat", invalid_table[i].nat);
        nb_assert_problem(&nb, invalid_table[i].problem);
        nb_nat_del(&nb, "nat");
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

static void
D1_nat_prefixes_are_normalised(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "gateway");
    nb_nat(nb, "lr", "a", "dnat 172.16.0.60/32 10.0.0.5");
    nb_nat(nb, "lr", "b", "dnat 172.16.0.61/24 10.0.0.6");
    nb_assert_routes(nb, "out 172.16.0.60\n");
    nb_assert_problem(nb, "host bits");
}

static void
D4_link_local_nats_are_never_advertised(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "gateway");
    nb_nat(nb, "lr", "a", "dnat 169.254.1.1 10.0.0.5");
    nb_nat(nb, "lr", "b", "dnat fe80::1 fd01::6");
    nb_assert_routes(nb, "");
}

static void
no_problem_for_a_nat_that_nobody_advertises(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "gateway");
    nb_router(nb, "lr", "chassis=hv1 dynamic-routing=true");
    nb_nat(nb, "lr", "nat", "dnat nonsense 10.0.0.5");
    nb_assert_problem(nb, NULL);
    nb_router(nb, "lr", NAT);
    nb_assert_problem(nb, "nonsense");
    nb_router(nb, "lr", "dynamic-routing=false");
    nb_assert_problem(nb, NULL);
}

static void
every_port_with_the_token_advertises(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", NAT " chassis=hv1");
    nb_port(nb, "lr", "a", "10.0.0.1/24", "");
    nb_port(nb, "lr", "b", "10.0.1.1/24", "");
    nb_port(nb, "lr", "c", "10.0.2.1/24", "-redistribute=connected-as-host");
    nb_port(nb, "lr", "d", "10.0.3.1/24", "-redistribute=");
    nb_nat(nb, "lr", "n1", "snat 172.16.0.5 10.0.0.0/24");
    nb_nat(nb, "lr", "n2", "dnat 172.16.0.5 10.0.0.5");
    nb_assert_routes(nb, "a 172.16.0.5\nb 172.16.0.5\n");

    /* The same address twice is one route, as long as one is left. */
    nb_nat_del(nb, "n1");
    nb_assert_routes(nb, "a 172.16.0.5\nb 172.16.0.5\n");
    nb_nat_del(nb, "n2");
    nb_assert_routes(nb, "");
}

static void
disabled_router_advertises_nothing(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "gateway");
    nb_nat(nb, "lr", "nat", "dnat 172.16.0.5 10.0.0.5");
    nb_assert_routes(nb, "out 172.16.0.5\n");
    nb_router(nb, "lr", NAT " chassis=hv1 disabled");
    nb_assert_routes(nb, "");
    nb_router(nb, "lr", NAT " chassis=hv1");
    nb_assert_routes(nb, "out 172.16.0.5\n");
}

static void
logical_port_appears_and_disappears(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "dgp");
    nb_nat(nb, "lr", "nat",
           "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC);
    nb_assert_routes(nb, "out 172.16.0.5\n");
    nb_vif(nb, "ls", "vm");
    nb_assert_routes(nb, "out 172.16.0.5 vm\n");
    nb_vif_del(nb, "vm");
    nb_assert_routes(nb, "out 172.16.0.5\n");
}

static void
untracked_route_is_hidden_by_a_tracked_one(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "dgp");
    nb_nat(nb, "lr", "a", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac="
           MAC);
    nb_nat(nb, "lr", "b", "snat 172.16.0.5 10.0.0.0/24");
    nb_assert_routes(nb, "out 172.16.0.5 out\n");
    nb_nat_del(nb, "b");
    nb_assert_routes(nb, "out 172.16.0.5\n");
    nb_vif(nb, "ls", "vm");
    nb_nat(nb, "lr", "b", "snat 172.16.0.5 10.0.0.0/24");
    nb_assert_routes(nb, "out 172.16.0.5 out\nout 172.16.0.5 vm\n");
}

/* Neighbors: "tor" advertises on port "up"; "lr" is on the same switch. */

static void
build_neighbor(struct nb *nb, const char *kind)
{
    build_router(nb, kind);
    nb_router(nb, "lr", !strcmp(kind, "gateway") ? "chassis=hv1" : "");
    nb_router(nb, "tor", NAT " chassis=hv2");
    nb_port(nb, "tor", "up", "172.16.0.254/24", "");
    nb_connect(nb, "join", "out");
    nb_connect(nb, "join", "up");
    nb_vif(nb, "ls", "vm");
}

static void
neighbors_nats_follow_the_table(void **state OVS_UNUSED)
{
    static const struct {
        const char *kind;
        const char *nat;
        const char *routes;
    } table[] = {
        { "gateway", "dnat 172.16.0.5 10.0.0.5", "up 172.16.0.5\n" },
        { "distributed", "dnat 172.16.0.5 10.0.0.5", "up 172.16.0.5\n" },
        { "dgp", "dnat 172.16.0.5 10.0.0.5", "up 172.16.0.5 out\n" },
        { "dgp", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC,
          "up 172.16.0.5 vm\n" },
        { "dgp", "snat 2001:db8::5 fd01::/64", "up 2001:db8::5 out\n" },
        { "dgps", "dnat 172.16.1.5 10.0.0.5", "up 172.16.1.5 out2\n" },
        { "dgp", "dnat 172.16.0.5 10.0.0.5 no-advertise", "" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s: %s\n", table[i].kind, table[i].nat);
        build_neighbor(&nb, table[i].kind);
        nb_nat(&nb, "lr", "nat", table[i].nat);
        nb_assert_routes(&nb, table[i].routes);
        nb_assert_problem(&nb, NULL);
        nb_destroy(&nb);
    }
}

static void
neighbors_of_neighbors_are_not_seen(void **state)
{
    struct nb *nb = *state;

    build_neighbor(nb, "dgp");
    nb_router(nb, "far", "");
    nb_port(nb, "far", "far0", "10.0.0.2/24", "");
    nb_connect(nb, "inside", "in");
    nb_connect(nb, "inside", "far0");
    nb_nat(nb, "far", "nat", "snat 192.0.2.1 10.0.0.0/24");
    nb_assert_routes(nb, "");
}

static void
disabled_neighbor_is_not_seen(void **state)
{
    struct nb *nb = *state;

    build_neighbor(nb, "dgp");
    nb_nat(nb, "lr", "nat", "dnat 172.16.0.5 10.0.0.5");
    nb_assert_routes(nb, "up 172.16.0.5 out\n");
    nb_router(nb, "lr", "disabled");
    nb_assert_routes(nb, "");
}

static void
direct_peers_see_each_other_by_their_own_peer(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "a", NAT " chassis=hv1");
    nb_port(nb, "a", "a0", "10.0.0.1/30", "peer=b0");
    nb_router(nb, "b", NAT);
    nb_port(nb, "b", "b0", "10.0.0.2/30", "");
    nb_nat(nb, "a", "na", "snat 192.0.2.1 10.1.0.0/24");
    nb_nat(nb, "b", "nb", "snat 192.0.2.2 10.2.0.0/24");
    nb_assert_routes(nb, "a0 192.0.2.1\na0 192.0.2.2\nb0 192.0.2.2\n");

    nb_port(nb, "b", "b0", "10.0.0.2/30", "peer=a0");
    nb_assert_routes(nb, "a0 192.0.2.1\na0 192.0.2.2\n"
                     "b0 192.0.2.1\nb0 192.0.2.2\n");
    nb_port(nb, "a", "a0", "10.0.0.1/30", "");
    nb_assert_routes(nb, "a0 192.0.2.1\nb0 192.0.2.1\nb0 192.0.2.2\n");
}

static void
peer_that_is_not_there_leaves_the_switch(void **state)
{
    struct nb *nb = *state;

    build_neighbor(nb, "gateway");
    nb_nat(nb, "lr", "nat", "dnat 172.16.0.5 10.0.0.5");
    nb_port(nb, "tor", "up", "172.16.0.254/24", "peer=x0");
    nb_assert_routes(nb, "up 172.16.0.5\n");

    /* Once it is, the peer counts, and its NATs. */
    nb_router(nb, "x", "");
    nb_port(nb, "x", "x0", "10.9.0.1/24", "");
    nb_nat(nb, "x", "nx", "snat 192.0.2.9 10.9.0.0/24");
    nb_assert_routes(nb, "up 192.0.2.9\n");
    nb_router(nb, "x", "disabled");
    nb_assert_routes(nb, "up 172.16.0.5\n");
}

static void
router_attached_twice_is_its_own_neighbor(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", NAT);
    nb_port(nb, "lr", "a", "172.16.0.1/24", "gw");
    nb_port(nb, "lr", "b", "172.16.0.2/24", "-redistribute=");
    nb_connect(nb, "ls", "a");
    nb_connect(nb, "ls", "b");
    nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24");
    nb_assert_routes(nb, "a 172.16.0.5 a\n");
}

static void
connection_comes_and_goes(void **state)
{
    struct nb *nb = *state;

    build_neighbor(nb, "gateway");
    nb_nat(nb, "lr", "nat", "dnat 172.16.0.5 10.0.0.5");
    nb_assert_routes(nb, "up 172.16.0.5\n");
    nb_disconnect(nb, "join", "out");
    nb_assert_routes(nb, "");
    nb_connect(nb, "join", "out");
    nb_assert_routes(nb, "up 172.16.0.5\n");
    nb_disconnect(nb, "join", "up");
    nb_assert_routes(nb, "");
    nb_connect(nb, "join", "up");
    nb_port_del(nb, "out");
    nb_assert_routes(nb, "");
}

static void
gateway_port_becomes_one_and_ceases_to_be(void **state)
{
    struct nb *nb = *state;

    build_router(nb, "distributed");
    nb_nat(nb, "lr", "nat", "dnat 172.16.0.5 10.0.0.5");
    nb_assert_routes(nb, "out 172.16.0.5\n");
    nb_port(nb, "lr", "out", "172.16.0.1/24", "gw");
    nb_assert_routes(nb, "out 172.16.0.5 out\n");
    /* Two that both could be it: the first by name. */
    nb_port(nb, "lr", "aaa", "172.16.0.2/24", "gw -redistribute=");
    nb_assert_routes(nb, "out 172.16.0.5 aaa\n");
    nb_port(nb, "lr", "aaa", "172.16.1.2/24", "gw -redistribute=");
    nb_assert_routes(nb, "out 172.16.0.5 out\n");
    /* Stock OVN ignores gateway chassis on a gateway router. */
    nb_router(nb, "lr", NAT " chassis=hv1");
    nb_assert_routes(nb, "out 172.16.0.5\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_nats_follow_the_table),
        cmocka_unit_test(invalid_nats_give_a_problem_and_no_route),
        cmocka_unit_test(neighbors_nats_follow_the_table),
#define NB_TEST(NAME) \
        cmocka_unit_test_setup_teardown(NAME, nb_setup, nb_teardown)
        NB_TEST(D1_nat_prefixes_are_normalised),
        NB_TEST(D4_link_local_nats_are_never_advertised),
        NB_TEST(no_problem_for_a_nat_that_nobody_advertises),
        NB_TEST(every_port_with_the_token_advertises),
        NB_TEST(disabled_router_advertises_nothing),
        NB_TEST(logical_port_appears_and_disappears),
        NB_TEST(untracked_route_is_hidden_by_a_tracked_one),
        NB_TEST(neighbors_of_neighbors_are_not_seen),
        NB_TEST(disabled_neighbor_is_not_seen),
        NB_TEST(direct_peers_see_each_other_by_their_own_peer),
        NB_TEST(peer_that_is_not_there_leaves_the_switch),
        NB_TEST(router_attached_twice_is_its_own_neighbor),
        NB_TEST(connection_comes_and_goes),
        NB_TEST(gateway_port_becomes_one_and_ceases_to_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
