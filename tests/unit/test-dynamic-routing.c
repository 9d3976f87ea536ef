/* test-dynamic-routing.c: option values of dynamic routing. */
#include <config.h>
#include "lib/dynamic-routing.h"

#include <errno.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/unit.h"
#include "util.h"

/* D2: white space around tokens does not matter; unknown ones are told. */
static void
D2_redistribute_tokens_are_trimmed(void **state OVS_UNUSED)
{
    static const struct {
        const char *value, *sources, *unknown;
    } cases[] = {
        { "", "", "" },
        { "nat", "nat", "" },
        { "connected, static", "connected,static", "" },
        { "\tlb ,\n nat ", "nat,lb", "" },
        { "connected-as-host", "connected-as-host", "" },
        { "hub-spoke,nat,nat", "nat,hub-spoke", "" },
        { ",,nat,,", "nat", "" },
        { "NAT", "", "NAT" },
        { "nats,na,connected static", "", "nats, na, connected static" },
        { "foo,nat,bar", "nat", "foo, bar" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds unknown = DS_EMPTY_INITIALIZER;
        struct ds sources = DS_EMPTY_INITIALIZER;

        dynamic_routing_format_sources(
            dynamic_routing_parse_redistribute(cases[i].value, &unknown),
            &sources);
        assert_string_equal(ds_cstr(&sources), cases[i].sources);
        assert_string_equal(ds_cstr(&unknown), cases[i].unknown);
        ds_destroy(&unknown);
        ds_destroy(&sources);
    }
}

static void
vrf_id_is_a_usable_table(void **state OVS_UNUSED)
{
    static const struct {
        const char *value;
        int error;
        uint32_t table_id;
    } cases[] = {
        { "1", 0, 1 }, { "10", 0, 10 }, { "0010", 0, 10 },
        { "251", 0, 251 }, { "253", 0, 253 }, { "254", 0, 254 },
        { "256", 0, 256 }, { "4294967294", 0, 4294967294u },
        { "252", EPERM, 0 }, { "255", EPERM, 0 }, { "4294967295", EPERM, 0 },
        { "0", EINVAL, 0 }, { "-1", EINVAL, 0 }, { "4294967296", EINVAL, 0 },
        { "18446744073709551626", EINVAL, 0 }, { "0x10", EINVAL, 0 },
        { "abc", EINVAL, 0 }, { "", EINVAL, 0 }, { " 10", 0, 10 }, { "\t 10", 0, 10 },
        { " ", EINVAL, 0 }, { "1 0", EINVAL, 0 }, { " -1", EINVAL, 0 },
        { "10 ", EINVAL, 0 }, { "1.0", EINVAL, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t id = 77;

        assert_int_equal(dynamic_routing_parse_vrf_id(cases[i].value, &id),
                         cases[i].error);
        assert_int_equal(id, cases[i].error ? 77 : cases[i].table_id);
    }
}

/* D8: the host's own tables never come from a tunnel key. */
static void
D8_tunnel_keys_spare_the_tables_of_the_host(void **state OVS_UNUSED)
{
    static const int64_t bad[] = {
        INT64_MIN, -1, 0, 252, 253, 254, 255, UINT32_MAX, 1LL << 32,
    };
    static const int64_t good[] = { 1, 251, 256, 16777215 };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_false(dynamic_routing_tunnel_key_is_table(bad[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_true(dynamic_routing_tunnel_key_is_table(good[i]));
    }
}

static void
vrf_name_is_an_interface_name(void **state OVS_UNUSED)
{
    static const char *const good[] = { "a", "ovnvrf10", "123456789012345" };
    static const char *const bad[] = {
        "", "1234567890123456", ".", "..", "a/b", "a b", "a\tb", "a:b",
        "vrf%d",
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_null(dynamic_routing_check_vrf_name(good[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_non_null(dynamic_routing_check_vrf_name(bad[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(D2_redistribute_tokens_are_trimmed),
        cmocka_unit_test(vrf_id_is_a_usable_table),
        cmocka_unit_test(D8_tunnel_keys_spare_the_tables_of_the_host),
        cmocka_unit_test(vrf_name_is_an_interface_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
