/* test-frr-text.c: reading FRR's configuration. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "util.h"
#include "utilities/frr-text.h"

static const char running[] =
    "Building configuration...\n"
    "\n"
    "Current configuration:\n"
    "!\n"
    "frr version 8.4.4\n"
    "hostname \"it's\\\n"
    "!\n"
    "vrf red\n"
    "exit-vrf\n"
    "!\n"
    "router bgp 65001\n"
    " neighbor 10.0.0.9 remote-as external\n"
    " !\n"
    " address-family ipv4 unicast\n"
    "  import vrf blue\n"
    " exit-address-family\n"
    "exit\n"
    "!\n"
    "router bgp 4210000000 vrf red\n"
    " no bgp ebgp-requires-policy\n"
    " neighbor TORS peer-group\n"
    " neighbor TORS remote-as external\n"
    " neighbor eth1 interface peer-group TORS\n"
    " neighbor 10.0.0.2 remote-as 65002\n"
    " !\n"
    " address-family ipv4 unicast\n"
    "  redistribute kernel route-map in\n"
    "  neighbor TORS route-map out4 out\n"
    "  neighbor 10.0.0.2 route-map other out\n"
    "  neighbor 10.0.0.2 route-map irrelevant in\n"
    " exit-address-family\n"
    " !\n"
    " address-family ipv6 unicast\n"
    "  redistribute kernel metric 5\n"
    "  neighbor TORS activate\n"
    " exit-address-family\n"
    " !\n"
    " address-family l2vpn evpn\n"
    "  redistribute kernel\n"
    " exit-address-family\n"
    "exit\n"
    "!\n"
    "router bgp 65003 vrf blue\n"
    " address-family ipv4 unicast\n"
    "  redistribute connected\n"
    " exit-address-family\n"
    "exit\n"
    "!\n"
    "ip prefix-list no-default description not a word of it\n"
    "ip prefix-list no-default seq 5 deny 0.0.0.0/0\n"
    "ip prefix-list no-default seq 10 permit any\n"
    "ip prefix-list tens seq 1 permit 10.0.0.0/8 ge 16 le 24\n"
    "ip prefix-list full seq 1 deny 172.16.0.0/16 le 32\n"
    "ipv6 prefix-list six seq 5 permit 2001:db8::/32 le 128\n"
    "!\n"
    "route-map in permit 10\n"
    " match ip address prefix-list no-default\n"
    "exit\n"
    "!\n"
    "route-map out4 deny 5\n"
    " match ip address prefix-list tens\n"
    "exit\n"
    "!\n"
    "route-map out4 permit 10\n"
    " match metric 100\n"
    " set ip next-hop 10.1.0.2\n"
    "exit\n"
    "!\n"
    "route-map odd permit 10\n"
    " match community 5\n"
    "exit\n"
    "!\n"
    "route-map none deny 10\n"
    "exit\n"
    "!\n"
    "route-map narrow permit 10\n"
    " match ip address prefix-list full\n"
    "exit\n"
    "!\n"
    "end\n";

static int
setup(void **state)
{
    struct frr_config *config = xmalloc(sizeof *config);

    frr_config_parse(running, config);
    *state = config;
    return 0;
}

static int
teardown(void **state)
{
    frr_config_destroy(*state);
    free(*state);
    return 0;
}

static struct ip_prefix
prefix(const char *text)
{
    struct ip_prefix p;

    assert_int_equal(ip_prefix_parse(text, &p, NULL), 0);
    return p;
}

static void
parse_instances_are_found(void **state)
{
    const struct frr_config *config = *state;
    const struct frr_bgp *red = frr_config_find_bgp(config, "red");
    const struct frr_bgp *blue = frr_config_find_bgp(config, "blue");
    const struct frr_bgp *dflt = frr_config_find_bgp(config, "");

    assert_non_null(red);
    assert_string_equal(red->asn, "4210000000");
    assert_true(red->v4.redistribute);
    assert_string_equal(red->v4.redistribute_map, "in");
    assert_true(red->v6.redistribute);
    assert_null(red->v6.redistribute_map);
    assert_true(frr_bgp_has_neighbors(red));
    assert_false(blue->v4.redistribute);
    assert_false(frr_bgp_has_neighbors(blue));
    assert_true(sset_contains(&dflt->v4.imports, "blue"));
    assert_int_equal(config->version, 804);
    assert_null(frr_config_find_bgp(config, "green"));
}

static void
out_map_is_own_or_of_group(void **state)
{
    const struct frr_bgp *red = frr_config_find_bgp(*state, "red");

    assert_string_equal(frr_bgp_out_map(red, "eth1", AF_INET), "out4");
    assert_string_equal(frr_bgp_out_map(red, "10.0.0.2", AF_INET), "other");
    assert_null(frr_bgp_out_map(red, "eth1", AF_INET6));
    assert_null(frr_bgp_out_map(red, "eth9", AF_INET));
}

static void
judge_finds_what_denies_and_what_mends(void **state)
{
    static const struct {
        const char *map, *prefix;
        uint32_t metric;
        enum frr_judgement judgement;
        const char *reason, *remedy;
    } cases[] = {
        { "in", "172.16.10.2", 100, FRR_PERMITTED, NULL, NULL },
        { "in", "0.0.0.0/0", 100, FRR_DENIED,
          "route-map in has no entry that permits it",
          "ip prefix-list no-default seq 1 permit 0.0.0.0/0" },
        { "out4", "10.1.0.0/16", 100, FRR_DENIED,
          "route-map out4 denies it by its entry 5, which matches "
          "prefix-list tens", "no route-map out4 deny 5" },
        /* Shorter and longer than the list takes. */
        { "out4", "10.0.0.0/8", 100, FRR_PERMITTED, NULL, NULL },
        { "out4", "10.1.1.1", 100, FRR_PERMITTED, NULL, NULL },
        { "out4", "10.1.1.1", 1000, FRR_DENIED,
          "route-map out4 has no entry that permits it",
          "route-map out4 permit 20" },
        { "odd", "10.1.1.1", 1000, FRR_UNCERTAIN, NULL, NULL },
        { "none", "10.1.1.1", 1000, FRR_DENIED,
          "route-map none denies it by its entry 10",
          "no route-map none deny 10" },
        /* No number is free before the entry that denies. */
        { "narrow", "172.16.1.1", 1000, FRR_DENIED,
          "route-map narrow has no entry that permits it",
          "route-map narrow permit 20" },
        { "nonsense", "10.1.1.1", 1000, FRR_DENIED,
          "route-map nonsense does not exist, which denies all",
          "route-map nonsense permit 10" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ip_prefix p = prefix(cases[i].prefix);
        char *reason, *remedy;

        print_message("# %s %s\n", cases[i].map, cases[i].prefix);
        assert_int_equal(frr_config_judge(*state, cases[i].map, &p,
                                          cases[i].metric, &reason, &remedy),
                         cases[i].judgement);
        if (cases[i].reason) {
            assert_string_equal(reason, cases[i].reason);
            assert_string_equal(remedy, cases[i].remedy);
        } else {
            assert_null(reason);
            assert_null(remedy);
        }
        free(reason);
        free(remedy);
    }
}

static void
sends_looks_at_both_maps(void **state)
{
    const struct frr_bgp *red = frr_config_find_bgp(*state, "red");
    const struct frr_bgp *blue = frr_config_find_bgp(*state, "blue");
    struct ip_prefix any = prefix("0.0.0.0/0"), any6 = prefix("::/0");
    struct ip_prefix host = prefix("172.16.10.2");

    assert_true(frr_bgp_sends(*state, red, &host, 100));
    assert_false(frr_bgp_sends(*state, red, &any, 100));
    assert_true(frr_bgp_sends(*state, red, &any6, 100));
    assert_false(frr_bgp_sends(*state, blue, &host, 100));
}

static void
parse_takes_any_text(void **state OVS_UNUSED)
{
    /* Each beginning of the text, and each text with a byte replaced. */
    for (size_t n = 0; n < sizeof running; n++) {
        struct frr_config config;
        char *text = xmemdup0(running, n);

        frr_config_parse(text, &config);
        frr_config_destroy(&config);
        free(text);
        text = xstrdup(running);
        if (n + 1 < sizeof running) {
            text[n] = "\n \"9"[n % 4];
        }
        frr_config_parse(text, &config);
        frr_config_destroy(&config);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parse_instances_are_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(out_map_is_own_or_of_group, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(judge_finds_what_denies_and_what_mends,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(sends_looks_at_both_maps, setup,
                                        teardown),
        cmocka_unit_test(parse_takes_any_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
