/* frr-text.c: reads FRR's configuration.  See the header. */
#include <config.h>
#include "utilities/frr-text.h"

#include <stdlib.h>
#include <string.h>

#include "svec.h"
#include "util.h"

/* Entry of a prefix-list. */
struct list_entry {
    struct ovs_list node;       /* In struct frr_list's 'entries'. */
    unsigned int seq;
    bool permit;
    struct ip_prefix prefix;
    uint8_t min_plen, max_plen;
};

struct frr_list {
    struct ovs_list entries;    /* Of struct list_entry, in order. */
};

/* Entry of a route-map. */
struct map_entry {
    struct ovs_list node;       /* In struct frr_map's 'entries'. */
    unsigned int seq;
    bool permit;
    char *list;                 /* Key of a prefix-list to match, or NULL. */
    bool has_metric;
    uint32_t metric;            /* To match. */
    bool unknown;               /* Has other conditions. */
};

struct frr_map {
    struct ovs_list entries;    /* Of struct map_entry, in order. */
};

/* Parsing. */

/* Where the parser is. */
struct parser {
    struct frr_config *config;
    struct frr_bgp *bgp;        /* In "router bgp", or NULL. */
    struct frr_family *family;  /* In its "address-family", or NULL. */
    struct map_entry *map;      /* In "route-map", or NULL. */
    bool bfd;                   /* In "bfd". */
};

static void
init_family(struct frr_family *family)
{
    shash_init(&family->out_maps);
    sset_init(&family->imports);
    sset_init(&family->active);
    sset_init(&family->inactive);
}

static struct frr_bgp *
add_bgp(struct frr_config *config, const char *asn, const char *vrf)
{
    struct frr_bgp *bgp = shash_find_data(&config->bgps, vrf);

    if (!bgp) {
        bgp = xzalloc(sizeof *bgp);
        bgp->asn = xstrdup(asn);
        bgp->vrf = xstrdup(vrf);
        shash_init(&bgp->groups);
        sset_init(&bgp->neighbors);
        sset_init(&bgp->group_names);
        shash_init(&bgp->definitions);
        sset_init(&bgp->bfd);
        init_family(&bgp->v4);
        init_family(&bgp->v6);
        shash_add(&config->bgps, vrf, bgp);
    }
    return bgp;
}

static struct map_entry *
add_map_entry(struct frr_config *config, const char *name, bool permit,
              unsigned int seq)
{
    struct frr_map *map = shash_find_data(&config->maps, name);
    struct map_entry *entry = xzalloc(sizeof *entry);

    if (!map) {
        map = xzalloc(sizeof *map);
        ovs_list_init(&map->entries);
        shash_add(&config->maps, name, map);
    }
    entry->permit = permit;
    entry->seq = seq;
    ovs_list_push_back(&map->entries, &entry->node);
    return entry;
}

static bool
is(const struct svec *words, size_t i, const char *word)
{
    return i < words->n && !strcmp(words->names[i], word);
}

/* "ip|ipv6 prefix-list NAME seq N permit|deny PREFIX|any [ge N] [le N]" */
static void
parse_list_entry(struct parser *parser, const struct svec *words)
{
    bool v6 = is(words, 0, "ipv6");
    struct list_entry *entry;
    struct ip_prefix prefix;
    struct frr_list *list;
    unsigned int seq;
    bool any;

    if (words->n < 7 || !is(words, 3, "seq")
        || !str_to_uint(words->names[4], 10, &seq)) {
        return;                 /* A description, or no such thing. */
    }
    any = is(words, 6, "any");
    if (ip_prefix_parse(any ? v6 ? "::/0" : "0.0.0.0/0" : words->names[6],
                        &prefix, NULL)) {
        return;
    }
    entry = xzalloc(sizeof *entry);
    entry->seq = seq;
    entry->permit = is(words, 5, "permit");
    entry->prefix = prefix;
    entry->min_plen = entry->max_plen = prefix.plen;
    if (any) {
        entry->max_plen = v6 ? 128 : 32;
    }
    for (size_t i = 7; i + 1 < words->n; i += 2) {
        unsigned int n = atoi(words->names[i + 1]);

        if (is(words, i, "ge")) {
            entry->min_plen = n;
            entry->max_plen = MAX(entry->max_plen, v6 ? 128 : 32);
        } else if (is(words, i, "le")) {
            entry->max_plen = n;
        }
    }

    char *key = xasprintf("%s %s", words->names[0], words->names[2]);
    list = shash_find_data(&parser->config->lists, key);
    if (!list) {
        list = xzalloc(sizeof *list);
        ovs_list_init(&list->entries);
        shash_add(&parser->config->lists, key, list);
    }
    ovs_list_push_back(&list->entries, &entry->node);
    free(key);
}

/* A line that starts something; false if it is none. */
static bool
parse_top(struct parser *parser, const struct svec *words)
{
    unsigned int seq;

    if (is(words, 0, "router") && is(words, 1, "bgp") && words->n >= 3) {
        parser->bgp = add_bgp(parser->config, words->names[2],
                              (is(words, 3, "vrf") && words->n > 4
                               ? words->names[4] : ""));
        /* Without an address family it is IPv4 unicast. */
        parser->family = &parser->bgp->v4;
        parser->map = NULL;
        parser->bfd = false;
    } else if (is(words, 0, "route-map") && words->n >= 4
               && str_to_uint(words->names[3], 10, &seq)) {
        parser->map = add_map_entry(parser->config, words->names[1],
                                    is(words, 2, "permit"), seq);
        parser->bgp = NULL;
        parser->family = NULL;
        parser->bfd = false;
    } else if (is(words, 0, "frr") && is(words, 1, "version")
               && words->n > 2) {
        int major, minor;

        if (ovs_scan(words->names[2], "%d.%d", &major, &minor)) {
            parser->config->version = 100 * major + minor;
        }
    } else if (is(words, 0, "bfd") && words->n == 1) {
        parser->bfd = true;
    } else if (parser->bfd && is(words, 0, "profile") && words->n == 2) {
        sset_add(&parser->config->bfd_profiles, words->names[1]);
    } else if ((is(words, 0, "ip") || is(words, 0, "ipv6"))
               && is(words, 1, "prefix-list")) {
        parse_list_entry(parser, words);
    } else {
        return false;
    }
    return true;
}

static void
parse_map_line(struct map_entry *entry, const struct svec *words)
{
    unsigned int metric;

    if (!is(words, 0, "match")) {
        entry->unknown = entry->unknown || is(words, 0, "call")
                         || is(words, 0, "on-match");
    } else if ((is(words, 1, "ip") || is(words, 1, "ipv6"))
               && is(words, 2, "address") && is(words, 3, "prefix-list")
               && words->n == 5) {
        free(entry->list);
        entry->list = xasprintf("%s %s", words->names[1], words->names[4]);
    } else if (is(words, 1, "metric") && words->n == 3
               && str_to_uint(words->names[2], 10, &metric)) {
        entry->has_metric = true;
        entry->metric = metric;
    } else {
        entry->unknown = true;
    }
}

static void
set_string(struct shash *shash, const char *key, const char *value)
{
    free(shash_replace(shash, key, xstrdup(value)));
}

/* "neighbor NAME ..." that holds for all address families. */
static void
parse_neighbor_line(struct frr_bgp *bgp, const struct svec *words,
                    const char *line)
{
    const char *name = words->names[1];
    bool group = is(words, 2, "peer-group") && words->n == 3;

    sset_add(group ? &bgp->group_names : &bgp->neighbors, name);
    if (is(words, 2, "remote-as") || is(words, 2, "peer-group")
        || is(words, 2, "interface")) {
        const char *old = shash_find_data(&bgp->definitions, name);

        free(shash_replace(&bgp->definitions, name,
                           xasprintf("%s%s%s", old ? old : "", old ? "\n" : "",
                                     line + strspn(line, " "))));
    } else if (is(words, 2, "bfd")) {
        sset_add(&bgp->bfd, name);
    }
}

/* A line about the instance as a whole. */
static void
parse_instance_line(struct frr_bgp *bgp, const struct svec *words)
{
    if (is(words, 1, "router-id") && words->n == 3) {
        free(bgp->router_id);
        bgp->router_id = xstrdup(words->names[2]);
    } else if (is(words, 1, "graceful-restart-disable")) {
        bgp->no_graceful_restart = true;
    } else if (is(words, 1, "graceful-restart")
               && is(words, 2, "select-defer-time")) {
        bgp->has_select_defer_time = true;
    }
}

/* "no ..." */
static void
parse_no_line(struct parser *parser, const struct svec *words)
{
    if (is(words, 1, "bgp") && is(words, 2, "default")
        && is(words, 3, "ipv4-unicast")) {
        parser->bgp->no_default_v4 = true;
    } else if (parser->family && is(words, 1, "neighbor")
               && is(words, 3, "activate")) {
        sset_add(&parser->family->inactive, words->names[2]);
    }
}

static void
parse_bgp_line(struct parser *parser, const struct svec *words,
               const char *line)
{
    struct frr_bgp *bgp = parser->bgp;
    struct frr_family *family = parser->family;

    if (is(words, 0, "neighbor") && words->n >= 3) {
        parse_neighbor_line(bgp, words, line);
    } else if (is(words, 0, "bgp")) {
        parse_instance_line(bgp, words);
    }
    if (is(words, 0, "address-family") && words->n >= 2) {
        bool unicast = words->n < 3 || is(words, 2, "unicast");

        parser->family = (!unicast ? NULL
                          : is(words, 1, "ipv4") ? &bgp->v4
                          : is(words, 1, "ipv6") ? &bgp->v6 : NULL);
    } else if (is(words, 0, "exit-address-family")) {
        parser->family = NULL;
    } else if (is(words, 0, "neighbor") && is(words, 2, "peer-group")
               && words->n == 4) {
        set_string(&bgp->groups, words->names[1], words->names[3]);
    } else if (is(words, 0, "neighbor") && is(words, 2, "interface")
               && words->n >= 5 && is(words, words->n - 2, "peer-group")) {
        /* "v6only" may be before it. */
        set_string(&bgp->groups, words->names[1], words->names[words->n - 1]);
    } else if (family && is(words, 0, "redistribute")
               && is(words, 1, "kernel")) {
        family->redistribute = true;
        for (size_t i = 2; i + 1 < words->n; i++) {
            if (is(words, i, "route-map")) {
                free(family->redistribute_map);
                family->redistribute_map = xstrdup(words->names[i + 1]);
            }
        }
    } else if (family && is(words, 0, "import") && is(words, 1, "vrf")
               && words->n == 3) {
        sset_add(&family->imports, words->names[2]);
    } else if (family && is(words, 0, "neighbor") && is(words, 2, "route-map")
               && is(words, 4, "out")) {
        set_string(&family->out_maps, words->names[1], words->names[3]);
    } else if (family && is(words, 0, "neighbor")
               && is(words, 2, "activate")) {
        sset_add(&family->active, words->names[1]);
    } else if (family && is(words, 0, "maximum-paths") && words->n == 2) {
        free(family->max_paths);
        family->max_paths = xstrdup(words->names[1]);
    }
}

static void
parse_line(struct parser *parser, const char *line)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&words, line);
    if (!words.n || is(&words, 0, "!")) {
        /* Says nothing. */
    } else if (is(&words, 0, "no")) {
        if (parser->bgp) {
            parse_no_line(parser, &words);
        }
    } else if (is(&words, 0, "exit") || is(&words, 0, "end")) {
        parser->bgp = NULL;
        parser->family = NULL;
        parser->map = NULL;
    } else if (!parse_top(parser, &words)) {
        if (parser->map) {
            parse_map_line(parser->map, &words);
        } else if (parser->bgp) {
            parse_bgp_line(parser, &words, line);
        }
    }
    svec_destroy(&words);
}

void
frr_config_parse(const char *text, struct frr_config *config)
{
    struct parser parser = { .config = config };

    shash_init(&config->bgps);
    shash_init(&config->maps);
    shash_init(&config->lists);
    sset_init(&config->bfd_profiles);
    config->version = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = xmemdup0(text, n);

        /* What svec_parse_words() would take for quoting. */
        for (char *p = line; *p; p++) {
            if (*p == '"' || *p == '\'' || *p == '\\') {
                *p = '_';
            }
        }
        parse_line(&parser, line);
        free(line);
        text += n + (text[n] == '\n');
    }
}

static void
family_destroy(struct frr_family *family)
{
    free(family->redistribute_map);
    sset_destroy(&family->imports);
    shash_destroy_free_data(&family->out_maps);
    sset_destroy(&family->active);
    sset_destroy(&family->inactive);
    free(family->max_paths);
}

void
frr_config_destroy(struct frr_config *config)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &config->bgps) {
        struct frr_bgp *bgp = node->data;

        free(bgp->asn);
        free(bgp->vrf);
        free(bgp->router_id);
        shash_destroy_free_data(&bgp->groups);
        shash_destroy_free_data(&bgp->definitions);
        sset_destroy(&bgp->bfd);
        sset_destroy(&bgp->neighbors);
        sset_destroy(&bgp->group_names);
        family_destroy(&bgp->v4);
        family_destroy(&bgp->v6);
    }
    shash_destroy_free_data(&config->bgps);
    SHASH_FOR_EACH (node, &config->maps) {
        struct frr_map *map = node->data;
        struct map_entry *entry;

        LIST_FOR_EACH_POP (entry, node, &map->entries) {
            free(entry->list);
            free(entry);
        }
    }
    shash_destroy_free_data(&config->maps);
    SHASH_FOR_EACH (node, &config->lists) {
        struct frr_list *list = node->data;
        struct list_entry *entry;

        LIST_FOR_EACH_POP (entry, node, &list->entries) {
            free(entry);
        }
    }
    shash_destroy_free_data(&config->lists);
    sset_destroy(&config->bfd_profiles);
}

/* Answers. */

const struct frr_bgp *
frr_config_find_bgp(const struct frr_config *config, const char *vrf)
{
    return shash_find_data(&config->bgps, vrf);
}

const char *
frr_bgp_out_map(const struct frr_bgp *bgp, const char *neighbor,
                uint8_t family)
{
    const struct shash *maps = (family == AF_INET ? &bgp->v4.out_maps
                                : &bgp->v6.out_maps);
    const char *map = shash_find_data(maps, neighbor);
    const char *group = shash_find_data(&bgp->groups, neighbor);

    return map ? map : group ? shash_find_data(maps, group) : NULL;
}

/* What 'set' says about 'neighbor' or its peer group. */
static bool
is_in(const struct frr_bgp *bgp, const struct sset *set, const char *neighbor)
{
    const char *group = shash_find_data(&bgp->groups, neighbor);

    return (sset_contains(set, neighbor)
            || (group && sset_contains(set, group)));
}

bool
frr_bgp_is_active(const struct frr_bgp *bgp, const char *neighbor,
                  uint8_t family)
{
    const struct frr_family *f = family == AF_INET ? &bgp->v4 : &bgp->v6;

    return (sset_contains(&f->inactive, neighbor) ? false
            : is_in(bgp, &f->active, neighbor) ? true
            : is_in(bgp, &f->inactive, neighbor) ? false
            : family == AF_INET && !bgp->no_default_v4);
}

bool
frr_bgp_has_bfd(const struct frr_bgp *bgp, const char *neighbor)
{
    return is_in(bgp, &bgp->bfd, neighbor);
}

bool
frr_bgp_has_neighbors(const struct frr_bgp *bgp)
{
    const char *name;

    SSET_FOR_EACH (name, &bgp->neighbors) {
        if (!sset_contains(&bgp->group_names, name)) {
            return true;
        }
    }
    return false;
}

/* The entry of 'list', which may be NULL, that decides about 'prefix', or
 * NULL. */
static const struct list_entry *
list_match(const struct frr_list *list, const struct ip_prefix *prefix)
{
    const struct list_entry *entry;

    if (list) {
        LIST_FOR_EACH (entry, node, &list->entries) {
            if (ip_prefix_contains(&entry->prefix, prefix)
                && prefix->plen >= entry->min_plen
                && prefix->plen <= entry->max_plen) {
                return entry;
            }
        }
    }
    return NULL;
}

/* A sequence number of 'list', which may be NULL, before 'entry', or before
 * all if that is NULL; 0 if there is none. */
static unsigned int
free_seq(const struct frr_list *list, const struct list_entry *before)
{
    const struct list_entry *entry;
    unsigned int last = 0;

    if (!list) {
        return 5;
    }
    LIST_FOR_EACH (entry, node, &list->entries) {
        if (entry->seq - last > 1) {
            return last + 1;
        }
        last = entry->seq;
        if (entry == before) {
            return 0;
        }
    }
    return 0;
}

/* Returns the command that has the prefix-list 'key' permit or deny 'prefix'
 * before anything else; NULL if it has no room. */
static char *
list_command(const struct frr_config *config, const char *key, bool permit,
             const struct ip_prefix *prefix)
{
    const struct frr_list *list = shash_find_data(&config->lists, key);
    unsigned int seq = free_seq(list, list_match(list, prefix));
    char text[IP_PREFIX_STRLEN], full[IP_PREFIX_STRLEN + 4];
    const char *name = strchr(key, ' ') + 1;

    ip_prefix_format(prefix, text);
    snprintf(full, sizeof full, "%s%s", text,
             (!ip_prefix_is_host(prefix) ? ""
              : prefix->family == AF_INET ? "/32" : "/128"));
    return (seq
            ? xasprintf("%.*s prefix-list %s seq %u %s %s",
                        (int) (name - 1 - key), key, name, seq,
                        permit ? "permit" : "deny", full)
            : NULL);
}

enum entry_match { NO_MATCH, MATCH, MAYBE };

static enum entry_match
entry_matches(const struct frr_config *config, const struct map_entry *entry,
              const struct ip_prefix *prefix, uint32_t metric)
{
    if (entry->list) {
        const struct list_entry *decisive
            = list_match(shash_find_data(&config->lists, entry->list), prefix);

        if (!decisive || !decisive->permit) {
            return NO_MATCH;
        }
    }
    if (entry->has_metric && entry->metric != metric) {
        return NO_MATCH;
    }
    return entry->unknown ? MAYBE : MATCH;
}

/* 'deny', an entry of 'name', matches 'prefix': says so. */
static void
tell_deny(const struct frr_config *config, const char *name,
          const struct map_entry *deny, const struct ip_prefix *prefix,
          char **reason, char **remedy)
{
    *reason = xasprintf("route-map %s denies it by its entry %u%s%s", name,
                        deny->seq, deny->list ? ", which matches "
                        "prefix-list " : "",
                        deny->list ? strchr(deny->list, ' ') + 1 : "");
    *remedy = (deny->list ? list_command(config, deny->list, false, prefix)
               : NULL);
    if (!*remedy) {
        *remedy = xasprintf("no route-map %s deny %u", name, deny->seq);
    }
}

/* No entry of 'map' matches 'prefix': says so. */
static void
tell_implicit(const struct frr_config *config, const char *name,
              const struct frr_map *map, const struct ip_prefix *prefix,
              uint32_t metric, char **reason, char **remedy)
{
    const struct map_entry *entry;
    unsigned int last = 0;

    *reason = (map
               ? xasprintf("route-map %s has no entry that permits it", name)
               : xasprintf("route-map %s does not exist, which denies all",
                           name));
    *remedy = NULL;
    if (map) {
        LIST_FOR_EACH (entry, node, &map->entries) {
            last = entry->seq;
            if (entry->permit && entry->list && !*remedy
                && (!entry->has_metric || entry->metric == metric)) {
                *remedy = list_command(config, entry->list, true, prefix);
            }
        }
    }
    if (!*remedy) {
        *remedy = xasprintf("route-map %s permit %u", name, last + 10);
    }
}

enum frr_judgement
frr_config_judge(const struct frr_config *config, const char *name,
                 const struct ip_prefix *prefix, uint32_t metric,
                 char **reason, char **remedy)
{
    const struct frr_map *map = shash_find_data(&config->maps, name);
    const struct map_entry *entry;

    *reason = *remedy = NULL;
    if (map) {
        LIST_FOR_EACH (entry, node, &map->entries) {
            switch (entry_matches(config, entry, prefix, metric)) {
            case NO_MATCH:
                break;
            case MAYBE:
                return FRR_UNCERTAIN;
            case MATCH:
                if (entry->permit) {
                    return FRR_PERMITTED;
                }
                tell_deny(config, name, entry, prefix, reason, remedy);
                return FRR_DENIED;
            }
        }
    }
    tell_implicit(config, name, map, prefix, metric, reason, remedy);
    return FRR_DENIED;
}

/* True if 'map', or NULL for none, lets the route through. */
static bool
permits(const struct frr_config *config, const char *map,
        const struct ip_prefix *prefix, uint32_t metric)
{
    enum frr_judgement judgement;
    char *reason, *remedy;

    if (!map) {
        return true;
    }
    judgement = frr_config_judge(config, map, prefix, metric, &reason,
                                 &remedy);
    free(reason);
    free(remedy);
    return judgement == FRR_PERMITTED;
}

bool
frr_bgp_sends(const struct frr_config *config, const struct frr_bgp *bgp,
              const struct ip_prefix *prefix, uint32_t metric)
{
    const struct frr_family *family = (prefix->family == AF_INET ? &bgp->v4
                                       : &bgp->v6);
    const char *name;

    if (!family->redistribute
        || !permits(config, family->redistribute_map, prefix, metric)) {
        return false;
    }
    SSET_FOR_EACH (name, &bgp->neighbors) {
        if (!sset_contains(&bgp->group_names, name)
            && permits(config, frr_bgp_out_map(bgp, name, prefix->family),
                       prefix, metric)) {
            return true;
        }
    }
    return false;
}
