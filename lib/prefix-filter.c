/* prefix-filter.c: an ordered list that permits or denies prefixes.  See the
 * header. */
#include <config.h>
#include "lib/prefix-filter.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

#define BLANKS " \t\r\n\v\f"

/* Parses 'text' as a length of up to 'max' bits. */
static bool
parse_length(const char *text, unsigned int max, uint8_t *length)
{
    unsigned int n;

    if (!text || strspn(text, "0123456789") != strlen(text)
        || !str_to_uint(text, 10, &n) || n > max) {
        return false;
    }
    *length = n;
    return true;
}

/* Parses what follows the prefix: "ge N" and "le N", each at most once.  '*save'
 * is that of strtok_r().  Returns NULL or what is wrong. */
static const char *
parse_lengths(struct prefix_filter_entry *entry, char **save)
{
    unsigned int max = 8 * ip_prefix_addr_len(entry->prefix.family);
    bool ge = false, le = false;
    const char *word;

    entry->min_plen = entry->max_plen = entry->prefix.plen;
    while ((word = strtok_r(NULL, BLANKS, save))) {
        bool is_ge = !strcmp(word, "ge");

        if ((!is_ge && strcmp(word, "le")) || (is_ge ? ge : le)) {
            return "after the prefix come only \"ge N\" and \"le N\"";
        } else if (!parse_length(strtok_r(NULL, BLANKS, save), max,
                                 is_ge ? &entry->min_plen
                                 : &entry->max_plen)) {
            return "\"ge\" and \"le\" want a prefix length";
        }
        ge = ge || is_ge;
        le = le || !is_ge;
    }
    if (ge && !le) {
        entry->max_plen = max;
    }
    return (entry->min_plen < entry->prefix.plen
            || entry->max_plen < entry->min_plen
            ? "lengths must be in order: of the prefix, ge, le" : NULL);
}

/* Parses 'text', which it changes, into '*entry'.  Returns NULL or what is
 * wrong. */
static const char *
parse_entry(char *text, struct prefix_filter_entry *entry)
{
    char *save = NULL;
    const char *action = strtok_r(text, BLANKS, &save);
    const char *prefix = strtok_r(NULL, BLANKS, &save);

    if (strcmp(action, "permit") && strcmp(action, "deny")) {
        return "it must start with \"permit\" or \"deny\"";
    } else if (!prefix || ip_prefix_parse(prefix, &entry->prefix, NULL)) {
        return "\"permit\" and \"deny\" want a prefix";
    }
    entry->permit = !strcmp(action, "permit");
    return parse_lengths(entry, &save);
}

void
prefix_filter_parse(const char *text, struct prefix_filter *filter,
                    struct ds *invalid)
{
    size_t allocated = 0;

    memset(filter, 0, sizeof *filter);
    for (const char *p = text; p && *p; ) {
        size_t n = strcspn(p, ",");
        char *copy = xmemdup0(p, n);

        if (copy[strspn(copy, BLANKS)]) {
            struct prefix_filter_entry entry;
            const char *problem = parse_entry(copy, &entry);

            filter->active = true;
            if (problem) {
                ds_put_format(invalid, "%s\"%.*s\": %s",
                              invalid->length ? "; " : "",
                              (int) MIN(n, 60), p, problem);
            } else {
                if (filter->n >= allocated) {
                    filter->entries = x2nrealloc(filter->entries, &allocated,
                                                 sizeof *filter->entries);
                }
                filter->entries[filter->n++] = entry;
            }
        }
        free(copy);
        p += n + (p[n] == ',');
    }
}

void
prefix_filter_destroy(struct prefix_filter *filter)
{
    free(filter->entries);
    memset(filter, 0, sizeof *filter);
}

bool
prefix_filter_permits(const struct prefix_filter *filter,
                      const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < filter->n; i++) {
        const struct prefix_filter_entry *entry = &filter->entries[i];

        if (ip_prefix_contains(&entry->prefix, prefix)
            && prefix->plen >= entry->min_plen
            && prefix->plen <= entry->max_plen) {
            return entry->permit;
        }
    }
    return !filter->active;
}
