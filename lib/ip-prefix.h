/* ip-prefix -- an IPv4 or IPv6 prefix in normal form.
 *
 * The one value that both daemons, the netlink codec and the tests use for a
 * destination.  All bits past the prefix length are zero, so prefixes compare
 * and hash as bytes; the text form is OVN's: "10.0.0.0/24", and no mask for a
 * host ("10.9.9.9", "2001:db8::1").
 *
 * Ownership: plain values.  Errors: functions return 0 or a positive errno and
 * leave out-parameters untouched on failure.  Byte order: 'addr' is in network
 * byte order, IPv4 in the first four bytes.  Single-threaded.
 */
#ifndef IP_PREFIX_H
#define IP_PREFIX_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovn/ip-prefix.h"

struct ds;

/* Space for the longest text form, with its null. */
#define IP_PREFIX_STRLEN (INET6_ADDRSTRLEN + 4)

/* Parses 's', ADDRESS or ADDRESS/LENGTH (IPv4 also ADDRESS/NETMASK), into
 * '*prefix' and clears the host bits.  If 'host_bits' is nonnull, stores
 * whether any were set.  Returns 0, or EINVAL if 's' is none of these. */
int ip_prefix_parse(const char *s, struct ip_prefix *prefix, bool *host_bits);

/* Makes '*prefix' of the leading bytes of 'addr' (4 or 16 by 'family') and
 * clears host bits.  Returns 0, or EINVAL for another family or a 'plen' out
 * of range. */
int ip_prefix_from_bytes(uint8_t family, const void *addr, unsigned int plen,
                         struct ip_prefix *prefix);

/* Bytes of an address of 'family', 4 or 16. */
size_t ip_prefix_addr_len(uint8_t family);

/* True if 'prefix' is one address. */
bool ip_prefix_is_host(const struct ip_prefix *prefix);

/* True for 169.254.0.0/16 and fe80::/10 and what lies in them. */
bool ip_prefix_is_link_local(const struct ip_prefix *prefix);

/* True if 'inner' lies in 'outer' (equal ones do). */
bool ip_prefix_contains(const struct ip_prefix *outer,
                        const struct ip_prefix *inner);

/* Total order: family, address, length. */
int ip_prefix_compare(const struct ip_prefix *, const struct ip_prefix *);
bool ip_prefix_equals(const struct ip_prefix *, const struct ip_prefix *);
uint32_t ip_prefix_hash(const struct ip_prefix *, uint32_t basis);

/* The same, but prefixes of one length that follow each other have hashes that
 * do, up to 256 of them.  Whoever goes through many in order then finds in a
 * hash table what the processor's cache has already. */
uint32_t ip_prefix_hash_near(const struct ip_prefix *, uint32_t basis);

/* Writes the text form of 'prefix' to 'buf' and returns it. */
const char *ip_prefix_format(const struct ip_prefix *prefix,
                             char buf[static IP_PREFIX_STRLEN]);

/* Appends the text form of 'prefix' to 'ds'. */
void ip_prefix_put(const struct ip_prefix *prefix, struct ds *ds);

#endif /* lib/ip-prefix.h */
