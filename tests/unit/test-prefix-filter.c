/* test-prefix-filter.c: which prefixes a list permits. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/prefix-filter.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/unit.h"
#include "util.h"

static const struct {
    const char *filter;
    const char *prefix;
    bool permitted;
} table[] = {
    { NULL, "10.0.0.0/8", true },
    { "", "10.0.0.0/8", true },
    { " , ", "10.0.0.0/8", true },
    /* Just the length, and nothing else. */
    { "permit 10.0.0.0/8", "10.0.0.0/8", true },
    { "permit 10.0.0.0/8", "10.1.0.0/16", false },
    { "permit 10.0.0.0/8", "0.0.0.0/0", false },
    { "permit 10.0.0.0/8", "2001:db8::/32", false },
    { "permit 10.9.9.9/8", "10.0.0.0/8", true },
    { "permit 10.0.0.1", "10.0.0.1", true },
    { "permit 0.0.0.0/0", "0.0.0.0/0", true },
    { "permit 0.0.0.0/0", "10.0.0.0/8", false },
    /* Lengths. */
    { "permit 10.0.0.0/8 le 16", "10.0.0.0/8", true },
    { "permit 10.0.0.0/8 le 16", "10.1.0.0/16", true },
    { "permit 10.0.0.0/8 le 16", "10.1.0.0/17", false },
    { "permit 10.0.0.0/8 ge 16", "10.0.0.0/8", false },
    { "permit 10.0.0.0/8 ge 16", "10.1.1.1", true },
    { "permit 10.0.0.0/8 ge 16 le 24", "10.1.1.0/24", true },
    { "permit 10.0.0.0/8 le 24 ge 16", "10.1.1.0/25", false },
    { "permit 0.0.0.0/0 le 32", "10.1.1.1", true },
    { "permit ::/0 le 128", "2001:db8::1", true },
    { "permit ::/0 le 128", "10.1.1.1", false },
    /* The first match decides. */
    { "deny 10.1.0.0/16 le 32, permit 10.0.0.0/8 le 32", "10.1.2.3", false },
    { "deny 10.1.0.0/16 le 32, permit 10.0.0.0/8 le 32", "10.2.2.3", true },
    { "permit 10.0.0.0/8 le 32,deny 10.1.0.0/16 le 32", "10.1.2.3", true },
    { "deny 10.0.0.0/8", "192.0.2.0/24", false },
};

static void
filters_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct ds invalid = DS_EMPTY_INITIALIZER;
        struct prefix_filter filter;
        struct ip_prefix prefix;

        print_message("# %s: %s\n", table[i].filter, table[i].prefix);
        prefix_filter_parse(table[i].filter, &filter, &invalid);
        assert_int_equal(invalid.length, 0);
        assert_int_equal(ip_prefix_parse(table[i].prefix, &prefix, NULL), 0);
        assert_int_equal(prefix_filter_permits(&filter, &prefix),
                         table[i].permitted);
        prefix_filter_destroy(&filter);
        ds_destroy(&invalid);
    }
}

static const char *const invalid_table[] = {
    "allow 10.0.0.0/8", "permit", "deny 10.0.0.0/33", "permit 10.0.0.0/8 24",
    "permit 10.0.0.0/8 le", "permit 10.0.0.0/8 le 33",
    "permit 10.0.0.0/8 le x", "permit 10.0.0.0/8 le 7",
    "permit 10.0.0.0/8 ge 24 le 16", "permit 10.0.0.0/8 ge 7",
    "permit 10.0.0.0/8 le 16 le 24", "permit ::/0 le 129",
    "permit 10.0.0.0/8 permit 11.0.0.0/8",
};

static void
invalid_entries_are_named_and_left_out(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid_table); i++) {
        char *text = xasprintf("%s,permit 192.0.2.0/24", invalid_table[i]);
        struct ds invalid = DS_EMPTY_INITIALIZER;
        struct prefix_filter filter;
        struct ip_prefix prefix;

        print_message("# %s\n", text);
        prefix_filter_parse(text, &filter, &invalid);
        assert_non_null(strstr(ds_cstr(&invalid), invalid_table[i]));
        assert_int_equal(filter.n, 1);
        ip_prefix_parse("192.0.2.0/24", &prefix, NULL);
        assert_true(prefix_filter_permits(&filter, &prefix));
        prefix_filter_destroy(&filter);

        /* Alone, it denies all: better than to advertise all. */
        ds_clear(&invalid);
        prefix_filter_parse(invalid_table[i], &filter, &invalid);
        assert_false(prefix_filter_permits(&filter, &prefix));
        prefix_filter_destroy(&filter);
        ds_destroy(&invalid);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_follow_the_table),
        cmocka_unit_test(invalid_entries_are_named_and_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
