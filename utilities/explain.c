/* explain.c: the chain, its verdict and its looks.  See the header. */
#include <config.h>
#include "utilities/explain.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

#define RED "\33[1;31m"
#define GREEN "\33[32m"
#define YELLOW "\33[33m"
#define BOLD "\33[1m"
#define PLAIN "\33[0m"

void
explain_chain_init(struct explain_chain *chain, const struct ip_prefix *prefix)
{
    memset(chain, 0, sizeof *chain);
    chain->prefix = *prefix;
    ovs_list_init(&chain->links);
    sset_init(&chain->advertisers);
}

void
explain_chain_destroy(struct explain_chain *chain)
{
    struct explain_link *link;

    LIST_FOR_EACH_POP (link, node, &chain->links) {
        free(link->text);
        free(link->cause);
        free(link->remedy);
        free(link->place);
        free(link);
    }
    sset_destroy(&chain->advertisers);
    free(chain->place);
}

void
explain_enter(struct explain_chain *chain, int depth, const char *place)
{
    chain->depth = depth;
    free(chain->place);
    chain->place = nullable_xstrdup(place);
}

static struct explain_link *
add_link(struct explain_chain *chain, enum explain_stage stage,
         enum explain_verdict verdict, const char *from)
{
    struct explain_link *link = xzalloc(sizeof *link);

    link->stage = stage;
    link->verdict = verdict;
    link->depth = chain->depth;
    link->from = from;
    link->place = nullable_xstrdup(chain->place);
    ovs_list_push_back(&chain->links, &link->node);
    return link;
}

/* Defines explain_NAME(), which adds a link with 'VERDICT'. */
#define DEFINE_ADD(NAME, VERDICT)                                       \
    void                                                                \
    explain_##NAME(struct explain_chain *chain,                         \
                   enum explain_stage stage, const char *from,          \
                   const char *format, ...)                             \
    {                                                                   \
        struct explain_link *link                                       \
            = add_link(chain, stage, VERDICT, from);                    \
        va_list args;                                                   \
                                                                        \
        va_start(args, format);                                         \
        link->text = xvasprintf(format, args);                          \
        va_end(args);                                                   \
    }
DEFINE_ADD(ok, EXPLAIN_OK)
DEFINE_ADD(unseen, EXPLAIN_UNSEEN)
DEFINE_ADD(note, EXPLAIN_NOTE)

void
explain_missing(struct explain_chain *chain, enum explain_stage stage,
                const char *from, char *cause, char *remedy)
{
    struct explain_link *link = add_link(chain, stage, EXPLAIN_MISSING, from);

    link->cause = cause;
    link->remedy = remedy;
}

void
explain_complete(struct explain_chain *chain, bool unseen)
{
    chain->complete = true;
    if (unseen) {
        chain->unseen = true;
    }
    if (chain->place) {
        sset_add(&chain->advertisers, chain->place);
    }
}

const struct explain_link *
explain_first_missing(const struct explain_chain *chain)
{
    const struct explain_link *link, *best = NULL;

    if (chain->complete) {
        return NULL;
    }
    LIST_FOR_EACH (link, node, &chain->links) {
        if (link->verdict == EXPLAIN_MISSING
            && (!best || link->stage > best->stage)) {
            best = link;
        }
    }
    return best;
}

const char *
explain_stage_name(enum explain_stage stage)
{
    static const char *const names[] = {
        [EXPLAIN_OBJECT] = "object",
        [EXPLAIN_OPTION] = "option",
        [EXPLAIN_ROW] = "row",
        [EXPLAIN_CHASSIS] = "chassis",
        [EXPLAIN_METRIC] = "metric",
        [EXPLAIN_DRAIN] = "drain",
        [EXPLAIN_TABLE] = "table",
        [EXPLAIN_KERNEL] = "kernel",
        [EXPLAIN_ZEBRA] = "zebra",
        [EXPLAIN_BGP] = "bgp",
        [EXPLAIN_PEER] = "peer",
        [EXPLAIN_LEARNED] = "learned",
        [EXPLAIN_STATIC] = "static",
    };

    return names[stage];
}

static const char *
verdict_name(enum explain_verdict verdict)
{
    static const char *const names[] = {
        [EXPLAIN_OK] = "ok",
        [EXPLAIN_MISSING] = "missing",
        [EXPLAIN_UNSEEN] = "unseen",
        [EXPLAIN_NOTE] = "note",
    };

    return names[verdict];
}

/* Text. */

static void
format_link(const struct explain_link *link, bool color, struct ds *ds)
{
    static const struct {
        const char *mark, *color;
    } looks[] = {
        [EXPLAIN_OK] = { "ok", GREEN },
        [EXPLAIN_MISSING] = { "MISSING", RED },
        [EXPLAIN_UNSEEN] = { "unseen", YELLOW },
        [EXPLAIN_NOTE] = { "note", "" },
    };

    ds_put_format(ds, "%s%-8s%s", color ? looks[link->verdict].color : "",
                  looks[link->verdict].mark, color ? PLAIN : "");
    ds_put_format(ds, "%*s%-8s %s", link->depth * 2, "",
                  explain_stage_name(link->stage),
                  link->cause ? link->cause : link->text);
    ds_put_format(ds, " [%s]\n", link->from);
}

/* Appends the members of 'set', sorted, as a list of words. */
static void
format_set(const struct sset *set, struct ds *ds)
{
    const char **names = sset_sort(set);

    for (size_t i = 0; i < sset_count(set); i++) {
        ds_put_format(ds, "%s%s", !i ? "" : ", ", names[i]);
    }
    free(names);
}

static void
format_remedy(const struct explain_link *link, bool color, struct ds *ds)
{
    ds_put_format(ds, "cause:  %s\n", link->cause);
    if (link->remedy) {
        ds_put_format(ds, "remedy: %s%s%s\n", color ? BOLD : "",
                      link->remedy, color ? PLAIN : "");
    }
}

/* What else is broken while the prefix is advertised from somewhere: chassis
 * from which it could be, but is not. */
static void
format_partial(const struct explain_chain *chain, bool color, struct ds *ds)
{
    const struct explain_link *link;

    LIST_FOR_EACH (link, node, &chain->links) {
        if (link->verdict == EXPLAIN_MISSING
            && link->stage > EXPLAIN_METRIC && link->place
            && !sset_contains(&chain->advertisers, link->place)) {
            ds_put_format(ds, "but not by %s\n", link->place);
            format_remedy(link, color, ds);
        }
    }
}

void
explain_format(const struct explain_chain *chain, bool color, struct ds *ds)
{
    const struct explain_link *first = explain_first_missing(chain);
    const struct explain_link *link;
    const char *verb = chain->learned ? "learned" : "advertised";

    LIST_FOR_EACH (link, node, &chain->links) {
        format_link(link, color, ds);
    }
    ds_put_char(ds, '\n');
    ds_put_cstr(ds, color ? BOLD : "");
    ip_prefix_put(&chain->prefix, ds);
    ds_put_cstr(ds, color ? PLAIN : "");
    if (chain->complete) {
        ds_put_format(ds, " is %s", verb);
        if (!sset_is_empty(&chain->advertisers)) {
            ds_put_cstr(ds, chain->learned ? " from " : " by ");
            format_set(&chain->advertisers, ds);
        }
        ds_put_format(ds, "%s\n", (chain->unseen
                                   ? ", as far as can be seen from here"
                                   : ""));
        format_partial(chain, color, ds);
    } else {
        ds_put_format(ds, " is not %s\n", verb);
        if (first) {
            format_remedy(first, color, ds);
        }
    }
}

/* JSON. */

static void
put_string(struct json *object, const char *key, const char *value)
{
    if (value) {
        json_object_put_string(object, key, value);
    }
}

static struct json *
link_to_json(const struct explain_link *link)
{
    struct json *object = json_object_create();

    put_string(object, "stage", explain_stage_name(link->stage));
    put_string(object, "verdict", verdict_name(link->verdict));
    json_object_put(object, "depth", json_integer_create(link->depth));
    put_string(object, "chassis", link->place);
    put_string(object, "from", link->from);
    put_string(object, "text", link->text);
    put_string(object, "cause", link->cause);
    put_string(object, "remedy", link->remedy);
    return object;
}

struct json *
explain_to_json(const struct explain_chain *chain)
{
    const struct explain_link *first = explain_first_missing(chain);
    const char **names = sset_sort(&chain->advertisers);
    struct json *object = json_object_create();
    struct json *links = json_array_create_empty();
    struct json *chassis = json_array_create_empty();
    const struct explain_link *link;
    char prefix[IP_PREFIX_STRLEN];

    LIST_FOR_EACH (link, node, &chain->links) {
        json_array_add(links, link_to_json(link));
    }
    for (size_t i = 0; i < sset_count(&chain->advertisers); i++) {
        json_array_add(chassis, json_string_create(names[i]));
    }
    free(names);
    put_string(object, "prefix", ip_prefix_format(&chain->prefix, prefix));
    json_object_put(object, chain->learned ? "learned" : "advertised",
                    json_boolean_create(chain->complete));
    json_object_put(object, "complete-view",
                    json_boolean_create(!chain->unseen));
    json_object_put(object, "chassis", chassis);
    json_object_put(object, "links", links);
    if (first) {
        put_string(object, "cause", first->cause);
        put_string(object, "remedy", first->remedy);
    }
    return object;
}

char *
explain_quote(const char *text)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                          "_-./:=,@%+") == strlen(text)) {
        return xstrdup(text);
    }
    ds_put_char(&ds, '\'');
    for (; *text; text++) {
        if (*text == '\'') {
            ds_put_cstr(&ds, "'\\''");
        } else {
            ds_put_char(&ds, *text);
        }
    }
    ds_put_char(&ds, '\'');
    return ds_steal_cstr(&ds);
}
