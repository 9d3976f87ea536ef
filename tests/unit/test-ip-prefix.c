/* test-ip-prefix.c: parsing, normal form, order and text of prefixes. */
#include <config.h>
#include "lib/ip-prefix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "tests/unit/unit.h"
#include "util.h"

static struct ip_prefix
prefix(const char *s)
{
    struct ip_prefix p;

    if (ip_prefix_parse(s, &p, NULL)) {
        fail_msg("%s does not parse", s);
    }
    return p;
}

static void
parse_valid_text_gives_normal_form(void **state OVS_UNUSED)
{
    static const struct {
        const char *in, *out;
        bool host_bits;
    } cases[] = {
        { "10.0.0.0/24", "10.0.0.0/24", false },
        { "10.0.0.7/24", "10.0.0.0/24", true },
        { "10.0.0.0/255.255.255.0", "10.0.0.0/24", false },
        { "10.9.9.9", "10.9.9.9", false },
        { "10.9.9.9/32", "10.9.9.9", false },
        { "0.0.0.0/0", "0.0.0.0/0", false },
        { "255.255.255.255/1", "128.0.0.0/1", true },
        { "2001:DB8:0::1", "2001:db8::1", false },
        { "2001:db8::1/128", "2001:db8::1", false },
        { "2001:db8::1/64", "2001:db8::/64", true },
        { "2001:db8:0:ff80::1/57", "2001:db8:0:ff80::/57", true },
        { "::/0", "::/0", false },
        { "::ffff:1.2.3.4", "::ffff:1.2.3.4", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char buf[IP_PREFIX_STRLEN];
        struct ip_prefix p;
        bool host_bits;

        assert_int_equal(ip_prefix_parse(cases[i].in, &p, &host_bits), 0);
        assert_string_equal(ip_prefix_format(&p, buf), cases[i].out);
        if (host_bits != cases[i].host_bits) {
            fail_msg("%s: host bits", cases[i].in);
        }
    }
}

static void
parse_invalid_text_leaves_output(void **state OVS_UNUSED)
{
    static const char *const cases[] = {
        "", "/", "/24", "10.0.0.0/", "10.0.0.0/33", "10.0.0/24", "10.0.0.0/-1",
        "10.0.0.0/+1", "10.0.0.0/ 1", "10.0.0.0/24x", "10.0.0.0/255.0.255.0",
        "10.0.0.1 ", " 10.0.0.1", "10.0.0.1-10.0.0.9", "10.0.0.256", "0x10",
        "2001:db8::/129", "2001:db8::/ffff::", "2001:db8:::1", "::1%lo",
        "10.0.0.1,10.0.0.2", "^vip", "10.0.0.0/4294967320",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ip_prefix p = prefix("192.0.2.1"), before = p;

        if (ip_prefix_parse(cases[i], &p, NULL) != EINVAL) {
            fail_msg("\"%s\" parses", cases[i]);
        }
        assert_memory_equal(&p, &before, sizeof p);
    }
}

static void
from_bytes_refuses_what_is_out_of_range(void **state OVS_UNUSED)
{
    uint8_t bytes[16] = { 192, 0, 2, 255 };
    char buf[IP_PREFIX_STRLEN];
    struct ip_prefix p;

    assert_int_equal(ip_prefix_from_bytes(AF_INET, bytes, 33, &p), EINVAL);
    assert_int_equal(ip_prefix_from_bytes(AF_INET6, bytes, 129, &p), EINVAL);
    assert_int_equal(ip_prefix_from_bytes(AF_UNIX, bytes, 8, &p), EINVAL);
    assert_int_equal(ip_prefix_from_bytes(AF_INET, bytes, 31, &p), 0);
    assert_string_equal(ip_prefix_format(&p, buf), "192.0.2.254/31");
}

static void
link_local_is_told(void **state OVS_UNUSED)
{
    static const char *const yes[] = {
        "169.254.0.0/16", "169.254.7.7", "fe80::/10", "fe80::/64", "fe80::1",
        "febf::1",
    };
    static const char *const no[] = {
        "169.254.0.0/15", "169.253.0.0/16", "0.0.0.0/0", "fe80::/9", "::/0",
        "fec0::/10", "10.0.0.0/8",
    };

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        struct ip_prefix p = prefix(yes[i]);
        assert_true(ip_prefix_is_link_local(&p));
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        struct ip_prefix p = prefix(no[i]);
        assert_false(ip_prefix_is_link_local(&p));
    }
}

static void
contains_respects_family_and_length(void **state OVS_UNUSED)
{
    static const struct {
        const char *outer, *inner;
        bool contains;
    } cases[] = {
        { "10.0.0.0/8", "10.1.0.0/16", true },
        { "10.0.0.0/8", "10.0.0.0/8", true },
        { "10.0.0.0/16", "10.0.0.0/8", false },
        { "10.0.0.0/8", "11.0.0.0/16", false },
        { "0.0.0.0/0", "::/0", false },
        { "::/0", "2001:db8::1", true },
        { "2001:db8::/33", "2001:db8:8000::/48", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ip_prefix outer = prefix(cases[i].outer);
        struct ip_prefix inner = prefix(cases[i].inner);

        assert_int_equal(ip_prefix_contains(&outer, &inner),
                         cases[i].contains);
    }
}

/* Text, order and hash agree for random prefixes. */
static void
random_prefixes_round_trip(void **state OVS_UNUSED)
{
    struct ip_prefix last = prefix("0.0.0.0/0");

    random_set_seed(1);
    for (int i = 0; i < 20000; i++) {
        char buf[IP_PREFIX_STRLEN];
        struct ip_prefix a, b;
        uint8_t bytes[16];
        bool host_bits;
        bool v4 = random_range(2);

        random_bytes(bytes, sizeof bytes);
        assert_int_equal(ip_prefix_from_bytes(v4 ? AF_INET : AF_INET6, bytes,
                                              random_range(v4 ? 33 : 129),
                                              &a), 0);
        assert_int_equal(ip_prefix_parse(ip_prefix_format(&a, buf), &b,
                                         &host_bits), 0);
        assert_true(ip_prefix_equals(&a, &b));
        assert_false(host_bits);
        assert_int_equal(ip_prefix_compare(&a, &b), 0);
        assert_int_equal(ip_prefix_hash(&a, 7), ip_prefix_hash(&b, 7));
        assert_int_equal(ip_prefix_compare(&a, &last) < 0,
                         ip_prefix_compare(&last, &a) > 0);
        last = a;
    }
}

static void
hash_depends_on_all_that_tells_prefixes_apart(void **state OVS_UNUSED)
{
    struct ip_prefix v4 = { .family = AF_INET, .plen = 32 };
    struct ip_prefix v6 = { .family = AF_INET6, .plen = 128 };
    struct ip_prefix other = v4;

    other.plen = 31;
    assert_int_not_equal(ip_prefix_hash(&v4, 7), ip_prefix_hash(&other, 7));
    assert_int_not_equal(ip_prefix_hash(&v4, 7), ip_prefix_hash(&v4, 8));
    assert_int_not_equal(ip_prefix_hash(&v4, 7), ip_prefix_hash(&v6, 7));
    for (int i = 0; i < 16; i++) {
        other = v6;
        other.addr[i] = 1;
        assert_int_not_equal(ip_prefix_hash(&v6, 7),
                             ip_prefix_hash(&other, 7));
        if (i < 4) {
            other = v4;
            other.addr[i] = 1;
            assert_int_not_equal(ip_prefix_hash(&v4, 7),
                                 ip_prefix_hash(&other, 7));
        }
    }
}

/* The 'i'th prefix of a kind. */
static struct ip_prefix
ith_prefix(int kind, uint32_t i)
{
    static const struct {
        uint8_t family;
        uint8_t plen;
        int shift;              /* Bits to the right of 'i' in 64. */
    } kinds[] = {
        { AF_INET, 32, 32 },    /* Addresses that follow each other, ... */
        { AF_INET, 32, 40 },    /* ... of one host in each /24, ... */
        { AF_INET, 24, 40 },    /* ... networks, ... */
        { AF_INET, 17, 47 },
        { AF_INET6, 64, 0 },    /* ... and so on. */
        { AF_INET6, 56, 8 },
        { AF_INET6, 128, 3 },
    };
    uint64_t bits = (0x20ULL << 56) ^ ((uint64_t) i << kinds[kind].shift);
    uint8_t addr[16] = { 0 };
    struct ip_prefix prefix;

    for (int j = 0; j < 8; j++) {
        addr[j] = bits >> (56 - 8 * j);
    }
    addr[15] = 1;
    assert_int_equal(ip_prefix_from_bytes(kinds[kind].family, addr,
                                          kinds[kind].plen, &prefix), 0);
    return prefix;
}

static void
near_hashes_are_near_and_spread(void **state OVS_UNUSED)
{
    enum { N = 1 << 15 };
    uint8_t *load = xmalloc(N);

    for (int kind = 0; kind < 7; kind++) {
        int n_near = 0, max = 0;
        uint32_t last = 0;

        memset(load, 0, N);
        for (uint32_t i = 0; i < N; i++) {
            struct ip_prefix prefix = ith_prefix(kind, i);
            uint32_t hash = ip_prefix_hash_near(&prefix, 7);

            n_near += hash - last == 1;
            last = hash;
            load[hash % N]++;
            max = MAX(max, load[hash % N]);
        }
        assert_true(max <= 12);
        if (kind == 0 || kind == 2 || kind == 4) {
            assert_true(n_near > N / 256 * 250);
        }
    }
    free(load);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_valid_text_gives_normal_form),
        cmocka_unit_test(parse_invalid_text_leaves_output),
        cmocka_unit_test(from_bytes_refuses_what_is_out_of_range),
        cmocka_unit_test(link_local_is_told),
        cmocka_unit_test(contains_respects_family_and_length),
        cmocka_unit_test(random_prefixes_round_trip),
        cmocka_unit_test(hash_depends_on_all_that_tells_prefixes_apart),
        cmocka_unit_test(near_hashes_are_near_and_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
