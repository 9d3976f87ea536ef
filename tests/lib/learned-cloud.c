/* learned-cloud.c: see the header. */
#include <config.h>
#include "tests/lib/learned-cloud.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "northd/learned-mark.h"
#include "northd/learned-nexthop.h"
#include "northd/learned-routes.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

void
cloud_init(struct cloud *c)
{
    memset(c, 0, sizeof *c);
    nb_init(&c->nb);
    c->learned = learned_routes_create();
    smap_init(&c->rows);
    smap_init(&c->holders);
    smap_init(&c->formers);
    smap_init(&c->reserved);
    smap_init(&c->fixed);
    smap_init(&c->bindings);
    sset_init(&c->known);
    c->now = 1000;
    learned_routes_set_active(c->learned, true);
}

void
cloud_destroy(struct cloud *c)
{
    learned_routes_destroy(c->learned);
    smap_destroy(&c->rows);
    smap_destroy(&c->holders);
    smap_destroy(&c->formers);
    smap_destroy(&c->reserved);
    smap_destroy(&c->fixed);
    smap_destroy(&c->bindings);
    sset_destroy(&c->known);
    nb_destroy(&c->nb);
}

int
cloud_setup(void **state)
{
    *state = xmalloc(sizeof(struct cloud));
    cloud_init(*state);
    return 0;
}

int
cloud_teardown(void **state)
{
    cloud_destroy(*state);
    free(*state);
    return 0;
}

/* Facts. */

static void
put_row(struct learned_routes *learned, const char *name, const char *spec)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);

    svec_parse_words(&words, spec);

    struct learned_row_config config = {
        .port = strcmp(words.names[0], "-") ? words.names[0] : NULL,
        .ip_prefix = words.names[1],
        .nexthop = words.names[2],
        .chassis = (words.n > 3 && strcmp(words.names[3], "-")
                    ? words.names[3] : NULL),
        .nexthop_mac = words.n > 4 ? words.names[4] : NULL,
    };
    learned_routes_set_row(learned, &uuid, &config);
    svec_destroy(&words);
}

void
cloud_row(struct cloud *c, const char *name, const char *spec)
{
    smap_replace(&c->rows, name, spec);
    put_row(c->learned, name, spec);
}

void
cloud_row_del(struct cloud *c, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    smap_remove(&c->rows, name);
    learned_routes_remove_row(c->learned, &uuid);
}

static void
set_holder(struct cloud *c, const char *port, const char *chassis)
{
    if (chassis) {
        smap_replace(&c->holders, port, chassis);
    } else {
        smap_remove(&c->holders, port);
    }
    learned_routes_set_binding(c->learned, port, chassis);
}

static void
forget_formers(struct cloud *c, const char *chassis)
{
    struct smap_node *node;

    SMAP_FOR_EACH_SAFE (node, &c->formers) {
        if (!strcmp(strchr(node->key, ' ') + 1, chassis)) {
            smap_remove_node(&c->formers, node);
        }
    }
}

void
cloud_hold(struct cloud *c, const char *port, const char *chassis)
{
    char *former = nullable_xstrdup(smap_get(&c->holders, port));

    set_holder(c, port, chassis);
    if (former && !nullable_string_is_equal(former, chassis)) {
        learned_routes_remove_chassis(c->learned, former);
        forget_formers(c, former);
    }
    free(former);
}

void
cloud_move(struct cloud *c, const char *port, const char *chassis)
{
    const char *former = smap_get(&c->holders, port);

    if (former && !nullable_string_is_equal(former, chassis)) {
        char *key = xasprintf("%s %s", port, former);
        char *text = xasprintf("%lld", c->now + LEARNED_FORMER_MS);

        smap_replace(&c->formers, key, text);
        free(key);
        free(text);
    }
    set_holder(c, port, chassis);
    cloud_run(c);
}

/* Tells 'learned' who held ports, and who does. */
static void
put_holders(const struct cloud *c, struct learned_routes *learned)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &c->formers) {
        if (c->now < atoll(node->value)) {
            char *port = xmemdup0(node->key, strcspn(node->key, " "));

            learned_routes_set_binding(learned, port,
                                       strchr(node->key, ' ') + 1);
            learned_routes_set_binding(learned, port, NULL);
            free(port);
        }
    }
    SMAP_FOR_EACH (node, &c->holders) {
        learned_routes_set_binding(learned, node->key, node->value);
    }
}

static void
put_fixed(struct learned_routes *learned, const char *name, const char *spec)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);

    svec_parse_words(&words, spec);
    learned_nexthop_set_fixed(learned, &uuid, words.names[0], words.names[1],
                              words.n > 2);
    svec_destroy(&words);
}

void
cloud_fixed(struct cloud *c, const char *name, const char *spec)
{
    smap_replace(&c->fixed, name, spec);
    put_fixed(c->learned, name, spec);
}

void
cloud_fixed_del(struct cloud *c, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    smap_remove(&c->fixed, name);
    learned_nexthop_remove_binding(c->learned, &uuid);
}

/* The server sends only what was asked for. */
static void
put_binding(const struct cloud *c, struct learned_routes *learned,
            const char *name, const char *spec)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);

    svec_parse_words(&words, spec);
    if (sset_contains(&c->known, words.names[1])) {
        learned_nexthop_set_binding(learned, &uuid, words.names[0],
                                    words.names[1], words.names[2],
                                    words.n < 4);
    }
    svec_destroy(&words);
}

void
cloud_binding(struct cloud *c, const char *name, const char *spec)
{
    smap_replace(&c->bindings, name, spec);
    put_binding(c, c->learned, name, spec);
}

void
cloud_binding_del(struct cloud *c, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    smap_remove(&c->bindings, name);
    learned_nexthop_remove_binding(c->learned, &uuid);
}

static void
put_reservations(const struct cloud *c, struct learned_routes *learned)
{
    const struct smap_node *node;

    learned_nexthop_clear_reservations(learned);
    SMAP_FOR_EACH (node, &c->reserved) {
        learned_nexthop_set_reservation(learned, node->key, node->value);
    }
}

/* Carrying changes out. */

/* The name of the router with 'uuid', of those that the tests use. */
static const char *
router_name(const struct uuid *uuid)
{
    static const char *const names[] = { "lr", "r0", "r1", "r2" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct uuid candidate = nb_uuid(names[i]);

        if (uuid_equals(&candidate, uuid)) {
            return names[i];
        }
    }
    fail_msg("a change to an unknown router");
    return NULL;
}

static void
put_route(struct cloud *c, const char *name,
          const struct learned_change *change)
{
    struct ds spec = DS_EMPTY_INITIALIZER;

    ip_prefix_put(change->prefix, &spec);
    ds_put_char(&spec, ' ');
    ip_prefix_put(change->nexthop, &spec);
    ds_put_format(&spec, " port=%s learned="UUID_FMT, change->port,
                  UUID_ARGS(&change->row));
    ds_put_cstr(&spec, " via=");
    ip_prefix_put(change->via, &spec);
    char *wrote = learned_mark_format(change->prefix, change->nexthop,
                                      change->port);
    for (char *blank = wrote; (blank = strchr(blank, ' ')); ) {
        *blank = '~';
    }
    ds_put_format(&spec, " wrote=%s", wrote);
    free(wrote);
    nb_route(&c->nb, router_name(&change->router), name, ds_cstr(&spec));
    ds_destroy(&spec);
}

/* The name of a static route or MAC binding that was made here: 's' and a
 * number. */
static char *
made_name(const struct cloud *c, const struct uuid *uuid)
{
    for (int i = 0; i < c->n_inserted; i++) {
        char *name = xasprintf("s%d", i);
        struct uuid candidate = nb_uuid(name);

        if (uuid_equals(&candidate, uuid)) {
            return name;
        }
        free(name);
    }
    fail_msg("a change to a row that is not ours");
    return NULL;
}

void
cloud_copy_route(struct cloud *c, const struct uuid *uuid,
                 const struct view_route_config *config)
{
    struct view_route_config copy = *config;

    copy.ip_prefix = xstrdup(config->ip_prefix);
    copy.nexthop = xstrdup(config->nexthop);
    copy.output_port = nullable_xstrdup(config->output_port);
    copy.route_table = xstrdup(config->route_table);
    copy.learned_row = nullable_xstrdup(config->learned_row);
    copy.learned_via = nullable_xstrdup(config->learned_via);
    view_route_set(&c->nb.view, uuid, &copy);
    free(copy.ip_prefix);
    free(copy.nexthop);
    free(copy.output_port);
    free(copy.route_table);
    free(copy.learned_row);
    free(copy.learned_via);
}

static void
change_route(const struct learned_change *change, void *c_)
{
    struct cloud *c = c_;

    if (c->fails) {
        return;
    }
    switch (change->action) {
    case LEARNED_INSERT: {
        char *name = xasprintf("s%d", c->n_inserted++);

        put_route(c, name, change);
        free(name);
        break;
    }
    case LEARNED_UPDATE: {
        char *name = made_name(c, &change->route);

        put_route(c, name, change);
        free(name);
        break;
    }
    case LEARNED_REMOVE:
        view_route_remove(&c->nb.view, &change->route);
        break;
    case LEARNED_RELEASE: {
        struct view_route_config config
            = view_find_route(&c->nb.view, &change->route)->config;

        assert_true(config.learned_taken);
        config.learned_row = config.learned_via = NULL;
        config.learned_taken = false;
        cloud_copy_route(c, &change->route, &config);
        break;
    }
    }
}

static char *
format_binding(const struct learned_nexthop_change *change)
{
    char buf[IP_PREFIX_STRLEN];

    return xasprintf("%s %s "ETH_ADDR_FMT, change->port,
                     ip_prefix_format(change->address, buf),
                     ETH_ADDR_ARGS(change->mac));
}

/* The name of a row among 'rows' that is to be changed. */
static const char *
find_name(const struct smap *rows, const struct uuid *uuid)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, rows) {
        struct uuid candidate = nb_uuid(node->key);

        if (uuid_equals(&candidate, uuid)) {
            return node->key;
        }
    }
    fail_msg("a change to a row that is not there");
    return NULL;
}

static void
change_nexthop(const struct learned_nexthop_change *change, void *c_)
{
    struct cloud *c = c_;
    char buf[IP_PREFIX_STRLEN];
    char *name, *spec;

    if (c->fails) {
        return;
    }
    switch (change->action) {
    case LEARNED_RESERVE:
        smap_replace(&c->reserved, change->key,
                     ip_prefix_format(change->nexthop, buf));
        break;
    case LEARNED_UNRESERVE:
        smap_remove(&c->reserved, change->key);
        break;
    case LEARNED_UNFIX:
        smap_remove(&c->fixed, find_name(&c->fixed, &change->binding));
        break;
    case LEARNED_BIND:
        name = xasprintf("s%d", c->n_inserted++);
        spec = format_binding(change);
        smap_replace(&c->bindings, name, spec);
        free(name);
        free(spec);
        break;
    case LEARNED_REBIND:
        spec = format_binding(change);
        smap_replace(&c->bindings, find_name(&c->bindings, &change->binding),
                     spec);
        free(spec);
        break;
    case LEARNED_UNBIND:
        smap_remove(&c->bindings, find_name(&c->bindings, &change->binding));
        break;
    }
}

static void
put_macs(const struct cloud *c, struct learned_routes *learned)
{
    const struct smap_node *node;

    learned_nexthop_clear_bindings(learned, false);
    learned_nexthop_clear_bindings(learned, true);
    SMAP_FOR_EACH (node, &c->fixed) {
        put_fixed(learned, node->key, node->value);
    }
    SMAP_FOR_EACH (node, &c->bindings) {
        put_binding(c, learned, node->key, node->value);
    }
    learned_nexthop_set_known(learned, &c->known);
}

void
cloud_reload(struct cloud *c)
{
    put_macs(c, c->learned);
    put_reservations(c, c->learned);
}

void
cloud_run(struct cloud *c)
{
    dynamic_routing_ports_run(&c->nb.ports, &c->nb.view, &c->nb.problems);
    learned_routes_run(c->learned, &c->nb.view, &c->nb.ports, &c->nb.problems,
                       c->now);
    view_changes_clear(&c->nb.view);
    sset_clear(&c->nb.ports.changed);
    assert_false(learned_routes_needs_run(c->learned, c->now));
}

static size_t
write_southbound(struct cloud *c)
{
    struct sset wanted = SSET_INITIALIZER(&wanted);
    size_t n;

    if (learned_nexthop_take_addresses(c->learned, &wanted)) {
        sset_swap(&c->known, &wanted);
        put_macs(c, c->learned);
        cloud_run(c);
    }
    sset_destroy(&wanted);
    n = learned_nexthop_for_each_binding_change(c->learned, change_nexthop, c);
    if (n && !c->fails) {
        put_macs(c, c->learned);
        cloud_run(c);
    }
    return n;
}

size_t
cloud_write_once(struct cloud *c, size_t max)
{
    size_t n = learned_routes_take_changes(c->learned, c->now, max,
                                           change_route, c);

    n += learned_nexthop_take_changes(c->learned, change_nexthop, c);
    if (n && !c->fails) {
        cloud_reload(c);
        cloud_run(c);
    }
    learned_routes_changes_done(c->learned);
    cloud_run(c);
    return n + write_southbound(c);
}

void
cloud_settle(struct cloud *c)
{
    int limit = 100;

    cloud_run(c);
    while (cloud_write_once(c, 3)) {
        assert_true(--limit > 0);
    }
}

void
cloud_settle_later(struct cloud *c)
{
    cloud_settle(c);
    c->now += LEARNED_LINGER_MS;
    cloud_settle(c);
}

static void
delete_row(const struct uuid *uuid, void *list)
{
    svec_add_nocopy(list, xasprintf(UUID_FMT, UUID_ARGS(uuid)));
}

void
cloud_collect(struct cloud *c)
{
    struct svec garbage = SVEC_EMPTY_INITIALIZER, names;
    const struct smap_node *node;
    const char *name;
    size_t i;

    svec_init(&names);
    learned_routes_for_each_garbage(c->learned, SIZE_MAX, delete_row,
                                    &garbage);
    SMAP_FOR_EACH (node, &c->rows) {
        struct uuid uuid = nb_uuid(node->key);
        char *text = xasprintf(UUID_FMT, UUID_ARGS(&uuid));

        if (svec_contains_unsorted(&garbage, text)) {
            svec_add(&names, node->key);
        }
        free(text);
    }
    SVEC_FOR_EACH (i, name, &names) {
        cloud_row_del(c, name);
    }
    svec_destroy(&names);
    svec_destroy(&garbage);
}

/* Looking. */

char *
cloud_installed(const struct cloud *c)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct view_route *route;

    HMAP_FOR_EACH (route, node, &c->nb.view.routes) {
        const struct view_route_config *config = &route->config;

        if (config->learned_row) {
            bool stands_in = (config->learned_via
                              && strcmp(config->nexthop,
                                        config->learned_via));

            svec_add_nocopy(&lines, xasprintf(
                "%s %s %s%s%s", config->output_port, config->ip_prefix,
                config->nexthop, stands_in ? " " : "",
                stands_in ? config->learned_via : ""));
        }
    }
    svec_sort(&lines);

    char *text = svec_join(&lines, "\n", lines.n ? "\n" : "");
    svec_destroy(&lines);
    return text;
}

static char *
format_problems(const struct problem_set *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    problem_set_format(problems, &s);
    return ds_steal_cstr(&s);
}

/* Cuts what follows " as " out of the lines of 's'. */
static void
cut_addresses(struct ds *s)
{
    char *text = ds_steal_cstr(s), *save_ptr = NULL;

    for (char *line = strtok_r(text, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        char *as = strstr(line, " as ");

        if (as) {
            *as = '\0';
        }
        ds_put_format(s, "%s\n", line);
    }
    free(text);
}

/* What 'learned' has worked out.  An address that is chosen but not yet
 * reserved is no business of others, so this leaves them out unless all is
 * 'settled'. */
static char *
result(const struct learned_routes *learned, bool settled)
{
    struct svec garbage = SVEC_EMPTY_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;

    learned_routes_format(learned, NULL, &s);
    if (!settled) {
        cut_addresses(&s);
    }
    learned_routes_for_each_garbage(learned, SIZE_MAX, delete_row, &garbage);
    svec_sort(&garbage);
    for (size_t i = 0; i < garbage.n; i++) {
        ds_put_format(&s, "garbage %s\n", garbage.names[i]);
    }
    svec_destroy(&garbage);
    return ds_steal_cstr(&s);
}

static void
count_change(const struct learned_change *change, void *text)
{
    ds_put_format(text, "%d %s ", change->action,
                  change->port ? change->port : "");
    if (change->action != LEARNED_REMOVE) {
        ip_prefix_put(change->prefix, text);
    }
    ds_put_char(text, '\n');
}

static void
count_nexthop(const struct learned_nexthop_change *change, void *text)
{
    ds_put_format(text, "%d %s\n", change->action,
                  change->key ? change->key : "");
}

void
cloud_check_law(struct cloud *c, bool settled, const char *what)
{
    struct learned_routes *fresh = learned_routes_create();
    char *ours = result(c->learned, settled), *theirs;
    struct ds changes = DS_EMPTY_INITIALIZER;
    const struct smap_node *node;
    struct problem_set problems;
    char *our_problems = format_problems(&c->nb.problems), *their_problems;

    problem_set_init(&problems);
    SMAP_FOR_EACH (node, &c->rows) {
        put_row(fresh, node->key, node->value);
    }
    put_holders(c, fresh);
    put_macs(c, fresh);
    put_reservations(c, fresh);
    view_changes_set_all(&c->nb.view);
    learned_routes_run(fresh, &c->nb.view, &c->nb.ports, &problems, c->now);
    view_changes_clear(&c->nb.view);
    theirs = result(fresh, settled);
    their_problems = format_problems(&problems);
    if (strcmp(ours, theirs)) {
        print_error("%s: step by step:\n%s\nanew:\n%s", what, ours, theirs);
        fail();
    }
    if (settled) {
        if (learned_routes_next_time(c->learned) == LLONG_MAX) {
            /* Nothing lingers.  The new one cannot know that, and waits. */
            learned_routes_run(fresh, &c->nb.view, &c->nb.ports, &problems,
                               c->now + LEARNED_LINGER_MS);
        }
        learned_routes_take_changes(fresh, c->now, SIZE_MAX, count_change,
                                    &changes);
        learned_nexthop_take_changes(fresh, count_nexthop, &changes);
        learned_nexthop_for_each_binding_change(fresh, count_nexthop,
                                                &changes);
        assert_true(learned_nexthop_is_settled(c->learned));
        assert_true(learned_nexthop_is_settled(fresh));
        if (changes.length) {
            print_error("%s: left to change:\n%s\nof:\n%s", what,
                        ds_cstr(&changes), ours);
            fail();
        }
        if (!strstr(our_problems, "another client")
            && !strstr(our_problems, "options:")
            && strcmp(our_problems, their_problems)) {
            print_error("%s: problems step by step:\n%s\nanew:\n%s", what,
                        our_problems, their_problems);
            fail();
        }
    }
    ds_clear(&changes);
    if (settled && learned_routes_check(c->learned, &c->nb.view, &c->nb.ports,
                                        &changes)) {
        print_error("%s: the daemon's own check finds:\n%s", what,
                    ds_cstr(&changes));
        fail();
    }
    problem_set_destroy(&problems);
    learned_routes_destroy(fresh);
    ds_destroy(&changes);
    free(their_problems);
    free(our_problems);
    free(theirs);
    free(ours);
}

void
cloud_assert_installed(struct cloud *c, const char *expected)
{
    char *text;

    cloud_settle(c);
    text = cloud_installed(c);
    assert_string_equal(text, expected);
    free(text);
    cloud_check_law(c, true, "law");
}

void
cloud_assert_problem(struct cloud *c, const char *part)
{
    char *text = format_problems(&c->nb.problems);

    if (part ? !strstr(text, part) : text[0] != '\0') {
        print_error("\"%s\" is not in: %s\n", part ? part : "nothing", text);
        fail();
    }
    free(text);
}

void
cloud_gateway(struct cloud *c)
{
    nb_router(&c->nb, "lr", ON);
    nb_port(&c->nb, "lr", "p", "10.0.0.1/24 2001:db8::1/64", "");
    cloud_hold(c, "p", "hv1");
}
