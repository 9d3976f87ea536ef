/* test-learned-routes.c: from rows of Learned_Route to static routes.
 *
 * A "cloud" here is a view of the Northbound database and what there is in
 * both databases that learned-routes needs to know; its changes are carried
 * out on it, as the writers do.  tests/lib/history.h says how to play more
 * histories, or one again. */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/learned-nexthop.h"
#include "northd/learned-routes.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "tests/lib/history.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

#define ON "dynamic-routing=true chassis=hv1"
#define ON_VIA_IPV6 ON " " DR_LEARN_VIA_IPV6 "=true"

struct cloud {
    struct nb nb;
    struct learned_routes *learned;
    struct smap rows;           /* Name to what row() takes. */
    struct smap holders;        /* Port to chassis. */
    struct smap reserved;       /* Keys and values of NB_Global. */
    struct smap macs;           /* Name of the row to "PORT IP MAC". */
    struct svec router_of;      /* Names of routers, for their uuids. */
    long long int now;
    int n_inserted;             /* Static routes so far. */
    bool fails;                 /* Transactions have no effect. */
};

static void
cloud_init(struct cloud *c)
{
    memset(c, 0, sizeof *c);
    nb_init(&c->nb);
    c->learned = learned_routes_create();
    smap_init(&c->rows);
    smap_init(&c->holders);
    smap_init(&c->reserved);
    smap_init(&c->macs);
    c->now = 1000;
    learned_routes_set_active(c->learned, true);
}

static void
cloud_destroy(struct cloud *c)
{
    learned_routes_destroy(c->learned);
    smap_destroy(&c->rows);
    smap_destroy(&c->holders);
    smap_destroy(&c->reserved);
    smap_destroy(&c->macs);
    nb_destroy(&c->nb);
}

static int
setup(void **state)
{
    *state = xmalloc(sizeof(struct cloud));
    cloud_init(*state);
    return 0;
}

static int
teardown(void **state)
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

/* 'spec' is "PORT PREFIX NEXTHOP [CHASSIS [MAC]]", "-" for no port or chassis.
 * */
static void
row(struct cloud *c, const char *name, const char *spec)
{
    smap_replace(&c->rows, name, spec);
    put_row(c->learned, name, spec);
}

static void
row_del(struct cloud *c, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    smap_remove(&c->rows, name);
    learned_routes_remove_row(c->learned, &uuid);
}

/* 'chassis' NULL: nobody holds it. */
static void
hold(struct cloud *c, const char *port, const char *chassis)
{
    if (chassis) {
        smap_replace(&c->holders, port, chassis);
    } else {
        smap_remove(&c->holders, port);
    }
    learned_routes_set_binding(c->learned, port, chassis);
}

static void
put_mac(struct learned_routes *learned, const char *name, const char *spec)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);

    svec_parse_words(&words, spec);
    learned_nexthop_set_binding(learned, &uuid, words.names[0],
                                words.names[1], words.names[2]);
    svec_destroy(&words);
}

/* A Static_MAC_Binding. */
static void
mac(struct cloud *c, const char *name, const char *spec)
{
    smap_replace(&c->macs, name, spec);
    put_mac(c->learned, name, spec);
}

static void
mac_del(struct cloud *c, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    smap_remove(&c->macs, name);
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

/* Makes a static route what 'config', whose texts may be those of the route,
 * says. */
static void
copy_route(struct view *view, const struct uuid *uuid,
           const struct view_route_config *config)
{
    struct view_route_config copy = *config;

    copy.ip_prefix = xstrdup(config->ip_prefix);
    copy.nexthop = xstrdup(config->nexthop);
    copy.output_port = nullable_xstrdup(config->output_port);
    copy.route_table = xstrdup(config->route_table);
    copy.learned_row = nullable_xstrdup(config->learned_row);
    copy.learned_via = nullable_xstrdup(config->learned_via);
    view_route_set(view, uuid, &copy);
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

        config.learned_row = config.learned_via = NULL;
        copy_route(&c->nb.view, &change->route, &config);
        break;
    }
    }
}

static void
change_nexthop(const struct learned_nexthop_change *change, void *c_)
{
    struct cloud *c = c_;
    struct ds spec = DS_EMPTY_INITIALIZER;
    char buf[IP_PREFIX_STRLEN];
    char *name = NULL;

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
    case LEARNED_BIND:
        name = xasprintf("s%d", c->n_inserted++);
        ds_put_format(&spec, "%s %s "ETH_ADDR_FMT, change->port,
                      ip_prefix_format(change->address, buf),
                      ETH_ADDR_ARGS(change->mac));
        smap_replace(&c->macs, name, ds_cstr(&spec));
        break;
    case LEARNED_REBIND:
        name = made_name(c, &change->binding);
        ds_put_format(&spec, "%s", smap_get(&c->macs, name));
        ds_truncate(&spec, strrchr(ds_cstr(&spec), ' ') + 1 - ds_cstr(&spec));
        ds_put_format(&spec, ETH_ADDR_FMT, ETH_ADDR_ARGS(change->mac));
        smap_replace(&c->macs, name, ds_cstr(&spec));
        break;
    case LEARNED_UNBIND:
        name = made_name(c, &change->binding);
        smap_remove(&c->macs, name);
        break;
    }
    free(name);
    ds_destroy(&spec);
}

static void
put_macs(const struct cloud *c, struct learned_routes *learned)
{
    const struct smap_node *node;

    learned_nexthop_clear_bindings(learned);
    SMAP_FOR_EACH (node, &c->macs) {
        put_mac(learned, node->key, node->value);
    }
}

static void
run(struct cloud *c)
{
    dynamic_routing_ports_run(&c->nb.ports, &c->nb.view, &c->nb.problems);
    learned_routes_run(c->learned, &c->nb.view, &c->nb.ports, &c->nb.problems,
                       c->now);
    view_changes_clear(&c->nb.view);
    sset_clear(&c->nb.ports.changed);
    assert_false(learned_routes_needs_run(c->learned, c->now));
}

/* One transaction.  Returns the number of changes. */
static size_t
write_once(struct cloud *c, size_t max)
{
    size_t n = learned_routes_take_changes(c->learned, c->now, max,
                                           change_route, c);

    n += learned_nexthop_take_changes(c->learned, change_nexthop, c);
    if (n && !c->fails) {
        put_macs(c, c->learned);
        put_reservations(c, c->learned);
        run(c);
    }
    learned_routes_changes_done(c->learned);
    run(c);
    return n;
}

/* Until there is nothing left to do now. */
static void
settle(struct cloud *c)
{
    int limit = 100;

    run(c);
    while (write_once(c, 3)) {
        assert_true(--limit > 0);
    }
}

static void
delete_row(const struct uuid *uuid, void *list)
{
    svec_add_nocopy(list, xasprintf(UUID_FMT, UUID_ARGS(uuid)));
}

/* Deletes the rows that are garbage. */
static void
collect(struct cloud *c)
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
        row_del(c, name);
    }
    svec_destroy(&names);
    svec_destroy(&garbage);
}

/* Looking. */

/* The static routes of ours: "PORT PREFIX NEXTHOP [VIA]". */
static char *
installed(const struct cloud *c)
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

/* The law: one who comes anew and sees what there is works out the same, and,
 * if 'settled', has nothing to change. */
static void
check_law(struct cloud *c, bool settled, const char *what)
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
    SMAP_FOR_EACH (node, &c->holders) {
        learned_routes_set_binding(fresh, node->key, node->value);
    }
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
        learned_routes_take_changes(fresh, c->now, SIZE_MAX, count_change,
                                    &changes);
        learned_nexthop_take_changes(fresh, count_nexthop, &changes);
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

static void
assert_installed(struct cloud *c, const char *expected)
{
    char *text;

    settle(c);
    text = installed(c);
    assert_string_equal(text, expected);
    free(text);
    check_law(c, true, "law");
}

static void
assert_problem(struct cloud *c, const char *part)
{
    char *text = format_problems(&c->nb.problems);

    if (part ? !strstr(text, part) : text[0] != '\0') {
        print_error("\"%s\" is not in: %s\n", part ? part : "nothing", text);
        fail();
    }
    free(text);
}

/* A gateway router "lr" on hv1 with the port "p". */
static void
gateway(struct cloud *c)
{
    nb_router(&c->nb, "lr", ON_VIA_IPV6);
    nb_port(&c->nb, "lr", "p", "10.0.0.1/24 2001:db8::1/64", "");
    hold(c, "p", "hv1");
}

/* Cases. */

static void
S3_rows_become_static_routes(void **state)
{
    struct cloud *c = *state;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    row(c, "b", "p 10.99.0.0/24 10.0.0.3 hv1");
    row(c, "c", "p 2001:db8:99::/48 fe80::1 hv1");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n"
                        "p 10.99.0.0/24 10.0.0.3\n"
                        "p 2001:db8:99::/48 fe80::1\n");
    row_del(c, "b");
    row(c, "c", "p 2001:db8:99::/48 fe80::2 hv1");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n"
                        "p 2001:db8:99::/48 fe80::2\n");
    assert_problem(c, NULL);
}

/* What makes a row garbage, and what does not. */
static void
S3_row_counts_only_where_it_was_learned(void **state OVS_UNUSED)
{
    static const struct {
        const char *router;     /* Options of "lr". */
        const char *port;       /* Options of "p". */
        const char *holder;     /* Of 'held'. */
        const char *held;
        const char *row;
        bool counts;
    } cases[] = {
        { ON, "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1", true },
        { ON, "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2", true },
        { ON, "", "hv2", "p", "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", NULL, "p", "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", NULL, "p", "p 10.9.0.0/24 10.0.0.2", false },
        { ON, "", "hv1", "p", "- 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", "hv1", "p", "cr-p 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON, "", "hv1", "p", "q 10.9.0.0/24 10.0.0.2 hv1", false },
        { ON " disabled", "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1",
          false },
        { "chassis=hv1", "", "hv1", "p", "p 10.9.0.0/24 10.0.0.2 hv1",
          false },
        { "dynamic-routing=true", "gw", "hv1", "cr-p",
          "p 10.9.0.0/24 10.0.0.2 hv1", true },
        { "dynamic-routing=true", "gw", "hv1", "p",
          "p 10.9.0.0/24 10.0.0.2 hv1", false },
        { "dynamic-routing=true", "", "hv1", "p",
          "p 10.9.0.0/24 10.0.0.2 hv1", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct learned_routes_stats stats;
        struct cloud c;

        print_message("# %s; %s; %s\n", cases[i].router, cases[i].port,
                      cases[i].row);
        cloud_init(&c);
        nb_router(&c.nb, "lr", cases[i].router);
        nb_port(&c.nb, "lr", "p", "10.0.0.1/24", cases[i].port);
        hold(&c, cases[i].held, cases[i].holder);
        row(&c, "a", cases[i].row);
        assert_installed(&c, (cases[i].counts ? "p 10.9.0.0/24 10.0.0.2\n"
                              : ""));
        learned_routes_get_stats(c.learned, &stats);
        assert_int_equal(stats.garbage, !cases[i].counts);
        cloud_destroy(&c);
    }
}

static void
S3_configured_prefix_withholds(void **state)
{
    static const struct {
        const char *spec;       /* A static route of "lr". */
        bool wins;
    } cases[] = {
        { "10.99.0.0/24 10.0.0.9", true },
        { "10.99.0.7/24 10.0.0.9", true },
        { "10.99.0.0/24 discard", true },
        { "10.99.0.0/24 10.0.0.9 origin=connected", true },
        { "10.99.0.0/25 10.0.0.9", false },
        { "10.99.0.0/24 10.0.0.9 src-ip", false },
        { "10.99.0.0/24 10.0.0.9 table=blue", false },
        { "10.99.0.0/24 10.0.0.9 bfd bfd-down", false },
        { "10.99.0.0/24 10.0.0.9 bfd", true },
        { "bogus 10.0.0.9", false },
    };
    struct cloud *c = *state;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("# %s\n", cases[i].spec);
        nb_route(&c->nb, "lr", "x", cases[i].spec);
        assert_installed(c, (cases[i].wins ? ""
                             : "p 10.99.0.0/24 10.0.0.2\n"));
    }
    nb_route_del(&c->nb, "x");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    nb_port(&c->nb, "lr", "q", "10.99.0.1/24", "");
    assert_installed(c, "");
    nb_port_del(&c->nb, "q");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    /* On another router it has no effect. */
    nb_router(&c->nb, "r0", ON);
    nb_route(&c->nb, "r0", "x", "10.99.0.0/24 10.0.0.9");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
}

static void
what_cannot_be_is_reported(void **state OVS_UNUSED)
{
    static const struct {
        const char *networks;
        const char *row;
        const char *problem;
    } cases[] = {
        { "10.0.0.1/24", "p 10.9.0.0/24 10.0.0.1 hv1",
          "Logical_Router_Port p: learned routes are withheld: 10.9.0.0/24 "
          "via 10.0.0.1: the next hop is an address of the port itself" },
        { "10.0.0.1/24", "p 2001:db8:9::/48 10.0.0.2 hv1",
          "IPv6 prefix with an IPv4 next hop" },
        { "2001:db8::1/64", "p 10.9.0.0/24 10.0.0.2 hv1",
          "has no IPv4 address" },
        { "10.0.0.1/24", "p 10.9.0.0/24 fe80::2 hv1",
          "MAC address is not known" },
        { "10.0.0.1/24", "p 10.9.0.0/24 fe80::2 hv1 bogus",
          "MAC address is not known" },
        { "10.0.0.1/24", "p 10.9.0.0/33 10.0.0.2 hv1",
          "ip_prefix \"10.9.0.0/33\" is no IPv4 or IPv6 prefix" },
        { "10.0.0.1/24", "p 10.9.0.0/24 10.0.0.0/24 hv1",
          "nexthop \"10.0.0.0/24\" is no IP address" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cloud c;

        print_message("# %s; %s\n", cases[i].networks, cases[i].row);
        cloud_init(&c);
        nb_router(&c.nb, "lr", ON_VIA_IPV6);
        nb_port(&c.nb, "lr", "p", cases[i].networks, "");
        hold(&c, "p", "hv1");
        row(&c, "a", cases[i].row);
        assert_installed(&c, "");
        assert_problem(&c, cases[i].problem);
        row_del(&c, "a");
        assert_installed(&c, "");
        assert_problem(&c, NULL);
        cloud_destroy(&c);
    }
}

/* Facts about S4. */

#define MAC1 "00:00:00:00:aa:01"
#define MAC2 "00:00:00:00:aa:02"

/* The address that stands for 'nexthop' on 'port' by NB_Global. */
static char *
reserved_for(const struct cloud *c, const char *port, const char *nexthop)
{
    char *start = xasprintf(LEARNED_RESERVATION"%s:", port);
    const struct smap_node *node;
    char *address = NULL;

    SMAP_FOR_EACH (node, &c->reserved) {
        if (!strncmp(node->key, start, strlen(start))
            && !strcmp(node->value, nexthop)) {
            assert_null(address);
            address = xstrdup(node->key + strlen(start));
        }
    }
    free(start);
    assert_non_null(address);
    return address;
}

static void
assert_mac(const struct cloud *c, const char *port, const char *address,
           const char *expected)
{
    char *start = xasprintf("%s %s ", port, address);
    const struct smap_node *node;
    const char *found = NULL;

    SMAP_FOR_EACH (node, &c->macs) {
        if (!strncmp(node->value, start, strlen(start))) {
            found = node->value + strlen(start);
        }
    }
    assert_string_equal(found ? found : "none", expected);
    free(start);
}

static void
S4_address_stands_for_ipv6_next_hop(void **state)
{
    struct cloud *c = *state;
    char *address, *again, *line;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    row(c, "b", "p 10.98.0.0/24 fe80::2 hv1 " MAC1);
    settle(c);
    address = reserved_for(c, "p", "fe80::2");
    assert_true(!strncmp(address, "169.254.", 8));
    assert_mac(c, "p", address, MAC1);
    line = xasprintf("p 10.98.0.0/24 %s fe80::2\np 10.99.0.0/24 %s fe80::2\n",
                     address, address);
    assert_installed(c, line);

    /* The MAC address follows; one that is forgotten stays. */
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC2);
    row(c, "b", "p 10.98.0.0/24 fe80::2 hv1 " MAC2);
    assert_installed(c, line);
    assert_mac(c, "p", address, MAC2);
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1");
    row(c, "b", "p 10.98.0.0/24 fe80::2 hv1");
    assert_installed(c, line);
    assert_mac(c, "p", address, MAC2);

    /* It goes with the last user. */
    row_del(c, "a");
    settle(c);
    assert_mac(c, "p", address, MAC2);
    row_del(c, "b");
    assert_installed(c, "");
    assert_mac(c, "p", address, "none");
    assert_true(smap_is_empty(&c->reserved));

    /* And is the same again. */
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    settle(c);
    again = reserved_for(c, "p", "fe80::2");
    assert_string_equal(address, again);
    free(again);
    free(address);
    free(line);
}

/* Whoever gets into the address's way. */
/* Stock OVN 23.03 cannot delete a router that has a Static_MAC_Binding. */
static void
S4_only_where_asked_for(void **state)
{
    struct cloud *c = *state;

    gateway(c);
    nb_router(&c->nb, "lr", ON);
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    row(c, "b", "p 2001:db8:99::/48 fe80::2 hv1 " MAC1);
    assert_installed(c, "p 2001:db8:99::/48 fe80::2\n");
    nb_router(&c->nb, "lr", ON_VIA_IPV6);
    settle(c);
    char *address = reserved_for(c, "p", "fe80::2");
    assert_mac(c, "p", address, MAC1);
    nb_router(&c->nb, "lr", ON);
    settle(c);
    assert_mac(c, "p", address, "none");
    assert_installed(c, "p 2001:db8:99::/48 fe80::2\n");
    free(address);
}

static void
S4_address_never_collides(void **state)
{
    struct cloud *c = *state;
    char *first, *second, *spec;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    settle(c);
    first = reserved_for(c, "p", "fe80::2");

    /* A network of the router, as if it were by design. */
    spec = xasprintf("%s/30", first);
    nb_port(&c->nb, "lr", "q", spec, "");
    settle(c);
    second = reserved_for(c, "p", "fe80::2");
    assert_string_not_equal(first, second);
    assert_mac(c, "p", first, "none");
    assert_mac(c, "p", second, MAC1);
    check_law(c, true, "network");
    nb_port_del(&c->nb, "q");
    settle(c);
    free(second);
    free(spec);

    /* Once it is reserved, it stays even if a better one comes free. */
    second = reserved_for(c, "p", "fe80::2");
    free(first);
    first = second;

    /* A configured next hop; a learned one; a NAT; a MAC binding. */
    for (int i = 0; i < 4; i++) {
        spec = (i == 0 ? xasprintf("10.1.0.0/16 %s", first)
                : i == 1 ? xasprintf("p 10.2.0.0/24 %s hv1", first)
                : i == 2 ? xasprintf("snat %s 10.3.0.0/24", first)
                : xasprintf("p %s 00:00:00:00:00:01", first));
        print_message("# %s\n", spec);
        if (i == 0) {
            nb_route(&c->nb, "lr", "x", spec);
        } else if (i == 1) {
            row(c, "b", spec);
        } else if (i == 2) {
            nb_nat(&c->nb, "lr", "n", spec);
        } else {
            /* It was there first. */
            row_del(c, "a");
            settle(c);
            mac(c, "foreign", spec);
            row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
        }
        settle(c);
        second = reserved_for(c, "p", "fe80::2");
        assert_string_not_equal(first, second);
        assert_mac(c, "p", second, MAC1);
        check_law(c, true, "collision");
        free(spec);
        free(first);
        first = second;
    }
    /* What is not ours is still there. */
    assert_non_null(smap_get(&c->macs, "foreign"));
    free(first);
}

/* As in OVN 22.03. */
static void
S4_needs_a_table_for_mac_addresses(void **state)
{
    struct cloud *c = *state;

    gateway(c);
    learned_nexthop_set_supported(c->learned, false);
    row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    settle(c);
    assert_problem(c, "lacks the table Static_MAC_Binding");
    assert_true(smap_is_empty(&c->macs));
    learned_nexthop_set_supported(c->learned, true);
    settle(c);
    assert_problem(c, NULL);
    assert_int_equal(smap_count(&c->macs), 1);
}

/* Each of very many next hops has its own address. */
static void
S4_addresses_are_distinct(void **state)
{
    struct sset addresses = SSET_INITIALIZER(&addresses);
    const struct smap_node *node;
    struct cloud *c = *state;

    gateway(c);
    for (int i = 0; i < 300; i++) {
        char *name = xasprintf("row%d", i);
        char *spec = xasprintf("p 10.%d.%d.0/24 fe80::%x hv1 " MAC1,
                               100 + i / 256, i % 256, i + 2);

        row(c, name, spec);
        free(name);
        free(spec);
    }
    run(c);
    while (write_once(c, 1000)) {
        continue;
    }
    assert_int_equal(smap_count(&c->reserved), 300);
    SMAP_FOR_EACH (node, &c->reserved) {
        assert_true(sset_add(&addresses, node->key) != NULL);
        assert_null(strstr(node->key, ":169.254.169."));
    }
    sset_destroy(&addresses);
    check_law(c, true, "many");
}

/* Someone who keeps a router's static routes as they see fit. */
static void
routes_removed_by_others_come_back_after_a_pause(void **state)
{
    struct cloud *c = *state;
    long long int pause;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    row(c, "b", "p 10.98.0.0/24 10.0.0.2 hv1");
    settle(c);
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);
    for (int i = 0; i < 8; i++) {
        char *text = xasprintf("s%d", 2 * i), *text2 = xasprintf("s%d",
                                                                 2 * i + 1);

        nb_route_del(&c->nb, text);
        nb_route_del(&c->nb, text2);
        free(text);
        free(text2);
        settle(c);
        assert_problem(c, "Logical_Router lr: another client");

        /* Nothing now, everything then. */
        text = installed(c);
        assert_string_equal(text, "");
        free(text);
        pause = learned_routes_next_time(c->learned) - c->now;
        assert_in_range(pause, MIN(60000, 1000 << i) * 3 / 4,
                        MIN(60000, 1000 << i));
        c->now += pause;
        assert_true(learned_routes_needs_run(c->learned, c->now));
        assert_installed(c, "p 10.98.0.0/24 10.0.0.2\n"
                            "p 10.99.0.0/24 10.0.0.2\n");
    }
    /* Left in peace, all is forgotten. */
    c->now = learned_routes_next_time(c->learned);
    settle(c);
    assert_problem(c, NULL);
    assert_int_equal(learned_routes_next_time(c->learned), LLONG_MAX);
}

static void
standby_does_not_mind_what_goes(void **state)
{
    struct cloud *c = *state;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    settle(c);
    learned_routes_set_active(c->learned, false);
    nb_route_del(&c->nb, "s0");
    run(c);
    assert_problem(c, NULL);
    learned_routes_set_active(c->learned, true);
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
}

/* What a former instance, or someone else, left behind. */
static void
what_is_found_is_put_right(void **state)
{
    struct cloud *c = *state;
    struct uuid a = nb_uuid("a");
    char *right = xasprintf("10.99.0.0/24 10.0.0.2 port=p via=10.0.0.2 "
                            "learned="UUID_FMT, UUID_ARGS(&a));
    char *odd = xasprintf("%s table=blue", right);

    c->n_inserted = 9;          /* The names that made_name() may find. */
    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    /* Right; another's row; twice; no such row; nonsense; another table. */
    nb_route(&c->nb, "lr", "s0", right);
    nb_route(&c->nb, "lr", "s1", right);
    nb_route(&c->nb, "lr", "s2", "10.99.0.0/24 10.0.0.2 port=p learned=x "
             "via=10.0.0.2");
    nb_route(&c->nb, "lr", "s3", "10.97.0.0/24 10.0.0.2 port=p learned=x");
    nb_route(&c->nb, "lr", "s4", "bogus - learned=bogus via=bogus");
    nb_route(&c->nb, "lr", "s5", odd);
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    assert_int_equal(c->n_inserted, 9);
    /* The row is another one with the same contents: an update. */
    row_del(c, "a");
    row(c, "z", "p 10.99.0.0/24 10.0.0.2 hv1");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");
    assert_int_equal(c->n_inserted, 9);
    assert_problem(c, NULL);
    free(right);
    free(odd);
}

/* As "ovn-nbctl --may-exist lr-route-add" does. */
static void
route_with_another_next_hop_is_configured(void **state)
{
    struct cloud *c = *state;
    const struct view_route *route;
    struct uuid uuid = nb_uuid("s0");

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    settle(c);
    nb_route(&c->nb, "lr", "s0",
             "10.99.0.0/24 10.0.0.9 port=p learned=x via=10.0.0.2");
    assert_installed(c, "");
    route = view_find_route(&c->nb.view, &uuid);
    assert_string_equal(route->config.nexthop, "10.0.0.9");
    assert_null(route->config.learned_row);
    assert_problem(c, NULL);
    nb_route_del(&c->nb, "s0");
    assert_installed(c, "p 10.99.0.0/24 10.0.0.2\n");

    /* The same with an address that stands for another. */
    row(c, "a", "p 10.98.0.0/24 fe80::2 hv1 " MAC1);
    settle(c);
    nb_route(&c->nb, "lr", "s2",
             "10.98.0.0/24 10.0.0.9 port=p learned=x via=fe80::2");
    assert_installed(c, "");
    assert_true(smap_is_empty(&c->reserved));
}

static void
lost_table_withdraws_nothing_for_a_while(void **state)
{
    struct cloud *c = *state;
    char *text;

    gateway(c);
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    row(c, "b", "p 10.98.0.0/24 10.0.0.2 hv1");
    settle(c);
    row_del(c, "a");
    row_del(c, "b");
    run(c);
    learned_routes_hold(c->learned, c->now + 30000);
    settle(c);
    text = installed(c);
    assert_string_equal(text, "p 10.98.0.0/24 10.0.0.2\n"
                              "p 10.99.0.0/24 10.0.0.2\n");
    free(text);
    /* What comes again goes again at once. */
    row(c, "a", "p 10.99.0.0/24 10.0.0.2 hv1");
    settle(c);
    row_del(c, "a");
    settle(c);
    text = installed(c);
    assert_string_equal(text, "p 10.98.0.0/24 10.0.0.2\n");
    free(text);
    c->now = learned_routes_next_time(c->learned);
    assert_installed(c, "");
}

static void
one_route_more_is_one_change(void **state)
{
    struct cloud *c = *state;

    gateway(c);
    for (int i = 0; i < 1000; i++) {
        char *name = xasprintf("row%d", i);
        char *spec = xasprintf("p 10.%d.%d.0/24 10.0.0.2 hv1",
                               100 + i / 256, i % 256);

        row(c, name, spec);
        free(name);
        free(spec);
    }
    run(c);
    while (write_once(c, 500)) {
        continue;
    }
    row(c, "more", "p 10.99.0.0/24 10.0.0.2 hv1");
    run(c);
    assert_int_equal(write_once(c, 500), 1);
    assert_int_equal(write_once(c, 500), 0);
    row_del(c, "more");
    run(c);
    assert_int_equal(write_once(c, 500), 1);
    assert_int_equal(write_once(c, 500), 0);
}

/* Histories. */

#define N_HISTORIES 150
#define N_STEPS 200
enum { N_ROUTERS = 3, N_PORTS = 4, N_ROWS = 12, N_CONFIGURED = 4 };

struct world {
    struct cloud c;
    uint32_t random;
};

static unsigned int
pick(struct world *w, unsigned int n)
{
    return history_random(&w->random, n);
}

#define PICK(W, ...) \
    pick_text(W, (const char *const []) { __VA_ARGS__ }, \
              ARRAY_SIZE(((const char *const []) { __VA_ARGS__ })))
static const char *
pick_text(struct world *w, const char *const *texts, size_t n)
{
    return texts[pick(w, n)];
}

static void
step_northbound(struct world *w)
{
    struct cloud *c = &w->c;
    char *router = xasprintf("r%u", pick(w, N_ROUTERS));
    char *port = xasprintf("p%u", pick(w, N_PORTS));
    char *route = xasprintf("c%u", pick(w, N_CONFIGURED));

    switch (pick(w, 10)) {
    case 0:
        nb_router_del(&c->nb, router);
        break;
    case 1: case 2:
        nb_router(&c->nb, router,
                  PICK(w, ON, ON_VIA_IPV6,
                       ON_VIA_IPV6, "dynamic-routing=true", ON " disabled",
                       "chassis=hv1"));
        break;
    case 3:
        nb_port_del(&c->nb, port);
        break;
    case 4: case 5: case 6:
        nb_port(&c->nb, router, port,
                PICK(w, "10.0.0.1/24", "10.0.0.1/24 2001:db8::1/64",
                     "2001:db8::1/64", "10.99.0.1/24", "169.254.0.1/17",
                     "169.254.128.1/17", ""), PICK(w, "", "gw"));
        break;
    case 7:
        nb_route_del(&c->nb, route);
        break;
    default:
        nb_route(&c->nb, router, route,
                 PICK(w, "10.99.0.0/24 10.0.0.9", "10.98.0.0/24 discard",
                      "10.99.0.0/24 10.0.0.9 src-ip",
                      "10.98.0.0/24 10.0.0.9 table=blue",
                      "10.97.0.0/24 169.254.1.1",
                      "10.99.0.0/24 10.0.0.9 bfd bfd-down"));
        break;
    }
    free(router);
    free(port);
    free(route);
}

static void
step_southbound(struct world *w)
{
    char *name = xasprintf("row%u", pick(w, N_ROWS));
    char *port = xasprintf("%sp%u", PICK(w, "", "", "cr-"), pick(w, N_PORTS));
    struct cloud *c = &w->c;

    switch (pick(w, 8)) {
    case 0:
        hold(c, port, PICK(w, "hv1", "hv1", "hv2", NULL));
        break;
    case 1: case 2:
        row_del(c, name);
        break;
    default: {
        char *spec = xasprintf(
            "%s %s %s %s %s", pick(w, 20) ? port : "-",
            PICK(w, "10.99.0.0/24", "10.98.0.0/24", "2001:db8:99::/48",
                 "bogus"),
            PICK(w, "10.0.0.2", "10.0.0.1", "fe80::2", "fe80::3",
                 "169.254.1.1", "x"),
            PICK(w, "hv1", "hv1", "hv2", "-"), PICK(w, MAC1, MAC2, ""));

        row(c, name, spec);
        free(spec);
        break;
    }
    }
    free(name);
    free(port);
}

/* A Static_MAC_Binding of someone else, if the table's index permits it. */
static void
step_foreign_mac(struct world *w)
{
    char *spec = xasprintf("p%u 169.254.1.1 " MAC2, pick(w, N_PORTS));
    struct cloud *c = &w->c;
    const struct smap_node *node;
    bool permitted = true;

    SMAP_FOR_EACH (node, &c->macs) {
        permitted &= strncmp(node->value, spec,
                             strrchr(spec, ' ') + 1 - spec) != 0;
    }
    if (permitted) {
        mac(c, "foreign", spec);
    }
    free(spec);
}

/* Someone else in the Northbound database. */
static void
step_other(struct world *w)
{
    struct cloud *c = &w->c;
    const struct view_route *route;
    struct uuid victim = UUID_ZERO;

    switch (pick(w, 7)) {
    case 0: case 6:
        HMAP_FOR_EACH (route, node, &c->nb.view.routes) {
            if (route->config.learned_row && !pick(w, 2)) {
                victim = route->uuid;
            }
        }
        route = view_find_route(&c->nb.view, &victim);
        if (route && pick(w, 2)) {
            struct view_route_config config = route->config;

            config.nexthop = CONST_CAST(char *, "10.0.0.99");
            copy_route(&c->nb.view, &victim, &config);
        } else {
            view_route_remove(&c->nb.view, &victim);
        }
        break;
    case 1:
        step_foreign_mac(w);
        break;
    case 2:
        mac_del(c, "foreign");
        break;
    case 3:
        c->fails = true;
        run(c);
        write_once(c, 2);
        c->fails = false;
        break;
    case 4:
        collect(c);
        break;
    case 5:
        view_changes_set_all(&c->nb.view);
        break;
    }
}

static void
play_history(uint32_t seed, void *aux OVS_UNUSED)
{
    struct world w;

    w.random = seed;
    cloud_init(&w.c);
    for (int i = 0; i < N_STEPS; i++) {
        char *what = xasprintf("seed %"PRIu32", step %d", seed, i);
        bool settled = !pick(&w, 3);

        for (int n = 1 + pick(&w, 4); n > 0; n--) {
            switch (pick(&w, 10)) {
            case 0: case 1: case 2:
                step_northbound(&w);
                break;
            case 3:
                step_other(&w);
                break;
            default:
                step_southbound(&w);
                break;
            }
        }
        run(&w.c);
        w.c.now += 500;
        if (settled) {
            /* Pauses included. */
            settle(&w.c);
            w.c.now += 200000;
            settle(&w.c);
        } else if (pick(&w, 2)) {
            write_once(&w.c, 1);
        }
        check_law(&w.c, settled, what);
        free(what);
    }
    cloud_destroy(&w.c);
}

static void
incremental_equals_full_after_every_step(void **state OVS_UNUSED)
{
    history_play_all(N_HISTORIES, play_history, NULL);
}

int
main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(S3_rows_become_static_routes),
        CASE(S3_row_counts_only_where_it_was_learned),
        CASE(S3_configured_prefix_withholds),
        CASE(what_cannot_be_is_reported),
        CASE(S4_address_stands_for_ipv6_next_hop),
        CASE(S4_only_where_asked_for),
        CASE(S4_address_never_collides),
        CASE(S4_needs_a_table_for_mac_addresses),
        CASE(S4_addresses_are_distinct),
        CASE(routes_removed_by_others_come_back_after_a_pause),
        CASE(standby_does_not_mind_what_goes),
        CASE(what_is_found_is_put_right),
        CASE(route_with_another_next_hop_is_configured),
        CASE(lost_table_withdraws_nothing_for_a_while),
        CASE(one_route_more_is_one_change),
        CASE(incremental_equals_full_after_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
