/* ip-prefix -- an IPv4 or IPv6 prefix in normal form, as a plain value.
 *
 * All bits past the prefix length are zero, so prefixes compare and hash as
 * bytes.  Part of the interface of route-exchange.h; what this project does
 * with prefixes is in lib/ip-prefix.h.
 */
#ifndef OVN_IP_PREFIX_H
#define OVN_IP_PREFIX_H 1

#include <stdint.h>

struct ip_prefix {
    uint8_t family;             /* AF_INET or AF_INET6. */
    uint8_t plen;               /* 0...32 or 0...128. */
    uint8_t pad[2];             /* Zero. */
    uint8_t addr[16];           /* Network byte order, IPv4 in the first four
                                 * bytes; the rest is zero. */
};

#endif /* ovn/ip-prefix.h */
