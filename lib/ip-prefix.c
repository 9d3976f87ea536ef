/* ip-prefix.c: parsing, printing and comparing of normalised prefixes.  See
 * the header. */
#include <config.h>
#include "lib/ip-prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

size_t
ip_prefix_addr_len(uint8_t family)
{
    return family == AF_INET ? 4 : 16;
}

/* Clears the bits of 'prefix->addr' past 'prefix->plen'; returns whether any
 * was set. */
static bool
clear_host_bits(struct ip_prefix *prefix)
{
    size_t n = ip_prefix_addr_len(prefix->family);
    bool any = false;

    for (size_t i = prefix->plen / 8; i < n; i++) {
        int keep = MAX(0, prefix->plen - (int) i * 8);
        uint8_t mask = 0xff00 >> keep;

        any |= (prefix->addr[i] & ~mask) != 0;
        prefix->addr[i] &= mask;
    }
    return any;
}

int
ip_prefix_from_bytes(uint8_t family, const void *addr, unsigned int plen,
                     struct ip_prefix *prefix)
{
    if ((family != AF_INET && family != AF_INET6)
        || plen > 8 * ip_prefix_addr_len(family)) {
        return EINVAL;
    }
    memset(prefix, 0, sizeof *prefix);
    prefix->family = family;
    prefix->plen = plen;
    memcpy(prefix->addr, addr, ip_prefix_addr_len(family));
    clear_host_bits(prefix);
    return 0;
}

/* Parses what follows the slash of a prefix of 'family'. */
static int
parse_length(uint8_t family, const char *s, unsigned int *plen)
{
    struct in_addr netmask;
    int value;

    if (s[0] >= '0' && s[0] <= '9' && strlen(s) <= 3
        && str_to_int(s, 10, &value)) {
        if (value > (family == AF_INET ? 32 : 128)) {
            return EINVAL;
        }
        *plen = value;
        return 0;
    }
    if (family == AF_INET && inet_pton(AF_INET, s, &netmask) == 1) {
        uint32_t host = ~ntohl(netmask.s_addr);

        if (host & (host + 1)) {
            return EINVAL;
        }
        *plen = 32 - __builtin_popcount(host);
        return 0;
    }
    return EINVAL;
}

int
ip_prefix_parse(const char *s, struct ip_prefix *prefix, bool *host_bits)
{
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t) (slash - s) : strlen(s);
    char address[INET6_ADDRSTRLEN];
    struct ip_prefix p = { .family = 0 };
    unsigned int plen;

    if (n >= sizeof address) {
        return EINVAL;
    }
    memcpy(address, s, n);
    address[n] = '\0';

    p.family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(p.family, address, p.addr) != 1) {
        return EINVAL;
    }
    plen = 8 * ip_prefix_addr_len(p.family);
    if (slash && parse_length(p.family, slash + 1, &plen)) {
        return EINVAL;
    }
    p.plen = plen;

    bool any = clear_host_bits(&p);
    if (host_bits) {
        *host_bits = any;
    }
    *prefix = p;
    return 0;
}

bool
ip_prefix_is_host(const struct ip_prefix *prefix)
{
    return prefix->plen == 8 * ip_prefix_addr_len(prefix->family);
}

bool
ip_prefix_contains(const struct ip_prefix *outer,
                   const struct ip_prefix *inner)
{
    struct ip_prefix cut = *inner;

    if (outer->family != inner->family || outer->plen > inner->plen) {
        return false;
    }
    cut.plen = outer->plen;
    clear_host_bits(&cut);
    return ip_prefix_equals(outer, &cut);
}

bool
ip_prefix_is_link_local(const struct ip_prefix *prefix)
{
    static const struct ip_prefix v4 = {
        .family = AF_INET, .plen = 16, .addr = { 169, 254 }
    };
    static const struct ip_prefix v6 = {
        .family = AF_INET6, .plen = 10, .addr = { 0xfe, 0x80 }
    };

    return ip_prefix_contains(prefix->family == AF_INET ? &v4 : &v6, prefix);
}

int
ip_prefix_compare(const struct ip_prefix *a, const struct ip_prefix *b)
{
    int cmp;

    if (a->family != b->family) {
        return a->family == AF_INET ? -1 : 1;
    }
    cmp = memcmp(a->addr, b->addr, sizeof a->addr);
    return cmp ? cmp : (int) a->plen - (int) b->plen;
}

bool
ip_prefix_equals(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return !memcmp(a, b, sizeof *a);
}

uint32_t
ip_prefix_hash(const struct ip_prefix *prefix, uint32_t basis)
{
    /* What follows the address of IPv4 is zero. */
    size_t n = (offsetof(struct ip_prefix, addr)
                + ip_prefix_addr_len(prefix->family)) / 4;
    uint32_t words[sizeof *prefix / 4];
    uint32_t hash = basis;

    BUILD_ASSERT_DECL(sizeof words == sizeof *prefix);
    memcpy(words, prefix, sizeof words);
    for (size_t i = 0; i < n; i++) {
        hash = hash_add(hash, words[i]);
    }
    return hash_finish(hash, n);
}

uint32_t
ip_prefix_hash_near(const struct ip_prefix *prefix, uint32_t basis)
{
    struct ip_prefix group = *prefix;
    uint32_t member = 0;

    if (prefix->plen) {
        size_t last = (prefix->plen - 1) / 8;

        member = prefix->addr[last] >> (7 - (prefix->plen - 1) % 8);
        group.addr[last] = 0;
    }
    return ip_prefix_hash(&group, basis) + member;
}

const char *
ip_prefix_format(const struct ip_prefix *prefix,
                 char buf[static IP_PREFIX_STRLEN])
{
    if (!inet_ntop(prefix->family, prefix->addr, buf, IP_PREFIX_STRLEN)) {
        OVS_NOT_REACHED();
    }
    if (!ip_prefix_is_host(prefix)) {
        size_t n = strlen(buf);

        snprintf(buf + n, IP_PREFIX_STRLEN - n, "/%u", prefix->plen);
    }
    return buf;
}

void
ip_prefix_put(const struct ip_prefix *prefix, struct ds *ds)
{
    char buf[IP_PREFIX_STRLEN];

    ds_put_cstr(ds, ip_prefix_format(prefix, buf));
}
