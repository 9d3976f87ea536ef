/* prefix-filter -- an ordered list that permits or denies prefixes.
 *
 *      permit 10.0.0.0/8 le 24, deny 0.0.0.0/0 le 32, permit ::/0 ge 32 le 64
 *
 * Entries are separated by commas; the first one that matches decides, and what
 * none matches is denied, as in the prefix lists of routers.  An entry matches
 * what lies in its prefix and has just its length; with "ge N" a length of N or
 * more, with "le N" one of up to N, with both one between.  An empty list has no
 * effect: it permits everything.
 *
 * Ownership: the filter owns its entries.  Single-threaded, no I/O. */
#ifndef PREFIX_FILTER_H
#define PREFIX_FILTER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/ip-prefix.h"

struct ds;

struct prefix_filter_entry {
    struct ip_prefix prefix;
    uint8_t min_plen;           /* Least length that matches... */
    uint8_t max_plen;           /* ...and greatest. */
    bool permit;
};

struct prefix_filter {
    struct prefix_filter_entry *entries;
    size_t n;
    bool active;                /* False: permits everything. */
};

/* Parses 'text', NULL for an empty list, into '*filter'.  An entry that cannot be
 * parsed is left out and appended to 'invalid', with what is wrong, separated by
 * "; ".  A list of which nothing remains denies everything. */
void prefix_filter_parse(const char *text, struct prefix_filter *filter,
                         struct ds *invalid);
void prefix_filter_destroy(struct prefix_filter *);

/* Cost: O(entries). */
bool prefix_filter_permits(const struct prefix_filter *,
                           const struct ip_prefix *);

#endif /* lib/prefix-filter.h */
