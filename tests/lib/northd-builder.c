/* northd-builder.c: Northbound contents for unit tests.  See the header. */
#include <config.h>
#include "tests/lib/northd-builder.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "northd/learned-mark.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-needs.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

void
nb_init(struct nb *nb)
{
    view_init(&nb->view);
    nb->routes = advertised_routes_create();
    dynamic_routing_ports_init(&nb->ports);
    router_checks_init(&nb->checks);
    problem_set_init(&nb->problems);
    nb->needs = 0;
    sset_init(&nb->route_lines);
    smap_init(&nb->port_lines);
}

void
nb_destroy(struct nb *nb)
{
    view_destroy(&nb->view);
    advertised_routes_destroy(nb->routes);
    dynamic_routing_ports_destroy(&nb->ports);
    router_checks_destroy(&nb->checks);
    problem_set_destroy(&nb->problems);
    sset_destroy(&nb->route_lines);
    smap_destroy(&nb->port_lines);
}

int
nb_setup(void **state)
{
    *state = xmalloc(sizeof(struct nb));
    nb_init(*state);
    return 0;
}

int
nb_teardown(void **state)
{
    nb_destroy(*state);
    free(*state);
    return 0;
}

struct uuid
nb_uuid(const char *name)
{
    struct uuid uuid;

    for (size_t i = 0; i < ARRAY_SIZE(uuid.parts); i++) {
        uuid.parts[i] = hash_string(name, i + 1);
    }
    return uuid;
}

/* Splits 'text' at blanks. */
static struct svec
words(const char *text)
{
    struct svec svec = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&svec, text);
    return svec;
}

/* Takes "KEY=..." out of 'svec'.  Returns its value or NULL. */
static char *
take_value(struct svec *svec, const char *key)
{
    size_t len = strlen(key);

    for (size_t i = 0; i < svec->n; i++) {
        if (!strncmp(svec->names[i], key, len) && svec->names[i][len] == '=') {
            char *value = xstrdup(svec->names[i] + len + 1);

            svec_del(svec, svec->names[i]);
            return value;
        }
    }
    return NULL;
}

/* Takes the word 'flag' out of 'svec'.  True if it was there. */
static bool
take_flag(struct svec *svec, const char *flag)
{
    bool found = svec_contains_unsorted(svec, flag);

    if (found) {
        svec_del(svec, flag);
    }
    return found;
}

static void
to_options(const struct svec *svec, struct smap *options)
{
    smap_init(options);
    for (size_t i = 0; i < svec->n; i++) {
        const char *word = svec->names[i];
        const char *value = strchr(word, '=');
        char *key = xasprintf("%s%.*s", word[0] == '-' ? "dynamic-routing" : "",
                              (int) (value - word), word);

        char *text = xstrdup(value + 1);
        for (char *p = text; (p = strchr(p, '~')); ) {
            *p = ' ';
        }
        smap_replace(options, key, text);
        free(text);
        free(key);
    }
}

void
nb_router(struct nb *nb, const char *name, const char *options)
{
    struct svec svec = words(options);
    struct uuid uuid = nb_uuid(name);
    struct smap smap;

    svec_sort(&svec);
    bool enabled = !take_flag(&svec, "disabled");
    to_options(&svec, &smap);
    view_router_set(&nb->view, &uuid, name, enabled, &smap);
    smap_destroy(&smap);
    svec_destroy(&svec);
}

void
nb_router_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_router_remove(&nb->view, &uuid);
}

void
nb_port(struct nb *nb, const char *router, const char *name,
        const char *networks, const char *options)
{
    struct uuid uuid = nb_uuid(name), router_uuid = nb_uuid(router);
    struct svec nets = words(networks);
    struct svec svec = words(options);
    struct smap smap;

    svec_sort(&svec);
    bool gw = take_flag(&svec, "gw");
    char *peer = take_value(&svec, "peer");
    to_options(&svec, &smap);

    struct view_router_port_config config = {
        .name = name,
        .peer = peer,
        .has_chassis = gw,
        .networks = (const char *const *) nets.names,
        .n_networks = nets.n,
        .options = &smap,
    };
    view_router_port_set(&nb->view, &uuid, &config);
    view_router_port_attach(&nb->view, &uuid, &router_uuid);
    free(peer);
    smap_destroy(&smap);
    svec_destroy(&svec);
    svec_destroy(&nets);
}

void
nb_port_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_router_port_remove(&nb->view, &uuid);
}

static void
switch_port(struct nb *nb, const char *sw, const char *name,
            const char *router_port)
{
    struct uuid uuid = nb_uuid(name), sw_uuid = nb_uuid(sw);

    view_switch_set(&nb->view, &sw_uuid);
    view_switch_port_set(&nb->view, &uuid, name, router_port);
    view_switch_port_attach(&nb->view, &uuid, &sw_uuid);
}

void
nb_connect(struct nb *nb, const char *sw, const char *port)
{
    char *name = xasprintf("%s-%s", sw, port);

    switch_port(nb, sw, name, port);
    free(name);
}

void
nb_disconnect(struct nb *nb, const char *sw, const char *port)
{
    char *name = xasprintf("%s-%s", sw, port);

    nb_vif_del(nb, name);
    free(name);
}

void
nb_vif(struct nb *nb, const char *sw, const char *name)
{
    switch_port(nb, sw, name, NULL);
}

void
nb_vif_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_switch_port_remove(&nb->view, &uuid);
}

void
nb_host(struct nb *nb, const char *name, const char *addresses,
        const char *dynamic, const char *flags)
{
    struct svec texts = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);
    char *copy = xstrdup(addresses), *save = NULL;

    for (char *text = strtok_r(copy, ";", &save); text;
         text = strtok_r(NULL, ";", &save)) {
        svec_add(&texts, text);
    }
    struct view_host_config config = {
        .addresses = (const char *const *) texts.names,
        .n_addresses = texts.n,
        .dynamic_addresses = dynamic,
        .is_virtual = strstr(flags, "virtual") != NULL,
        .advertise = !strstr(flags, "no-advertise"),
    };
    view_switch_port_set_host(&nb->view, &uuid, &config);
    svec_destroy(&texts);
    free(copy);
}

void
nb_parent(struct nb *nb, const char *name, const char *parent)
{
    view_virtual_parent_set(&nb->view, name, parent);
}

void
nb_nat(struct nb *nb, const char *router, const char *name, const char *spec)
{
    struct uuid uuid = nb_uuid(name), router_uuid = nb_uuid(router);
    struct svec first = words(spec), svec = words(spec);

    svec_sort(&svec);
    char *gw = take_value(&svec, "gw");
    struct view_nat_config config = {
        .type = first.names[0],
        .external_ip = first.names[1],
        .logical_ip = first.names[2],
        .logical_port = take_value(&svec, "port"),
        .external_mac = take_value(&svec, "mac"),
        .allowed_ext_ips = take_flag(&svec, "allowed"),
        .exempted_ext_ips = take_flag(&svec, "exempted"),
        .advertise = !take_flag(&svec, "no-advertise"),
        .metric = take_value(&svec, "metric"),
    };
    if (gw) {
        config.gateway_port = nb_uuid(gw);
    }
    view_nat_set(&nb->view, &uuid, &config);
    view_nat_attach(&nb->view, &uuid, &router_uuid);
    free(config.logical_port);
    free(config.external_mac);
    free(config.metric);
    free(gw);
    svec_destroy(&first);
    svec_destroy(&svec);
}

void
nb_nat_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_nat_remove(&nb->view, &uuid);
}

void
nb_route(struct nb *nb, const char *router, const char *name, const char *spec)
{
    struct uuid uuid = nb_uuid(name), router_uuid = nb_uuid(router);
    struct svec first = words(spec), svec = words(spec);

    svec_sort(&svec);
    char *table = take_value(&svec, "table");
    struct view_route_config config = {
        .ip_prefix = first.names[0],
        .nexthop = CONST_CAST(char *, (strcmp(first.names[1], "-")
                                       ? first.names[1] : "")),
        .output_port = take_value(&svec, "port"),
        .route_table = CONST_CAST(char *, table ? table : ""),
        .origin = take_value(&svec, "origin"),
        .metric = take_value(&svec, "metric"),
        .source_policy = take_flag(&svec, "src-ip"),
        .bfd_down = take_flag(&svec, "bfd-down"),
        .has_bfd = take_flag(&svec, "bfd"),
        .learned_row = take_value(&svec, "learned"),
        .learned_via = take_value(&svec, "via"),
        .advertise = !take_flag(&svec, "no-advertise"),
    };
    char *wrote = take_value(&svec, "wrote");

    for (char *p = wrote; p && (p = strchr(p, '~')); ) {
        *p = ' ';
    }
    config.learned_taken = (config.learned_row
                            && learned_mark_is_taken(&config, wrote));
    free(wrote);
    view_route_set(&nb->view, &uuid, &config);
    view_route_attach(&nb->view, &uuid, &router_uuid);
    free(table);
    free(config.output_port);
    free(config.origin);
    free(config.metric);
    free(config.learned_row);
    free(config.learned_via);
    svec_destroy(&first);
    svec_destroy(&svec);
}

void
nb_route_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_route_remove(&nb->view, &uuid);
}

/* Puts "KEY=VALUE", or "KEY", into 'smap'. */
static void
put_pair(struct smap *smap, const char *pair)
{
    size_t n = strcspn(pair, "=");
    char *key = xmemdup0(pair, n);

    smap_replace(smap, key, pair[n] ? pair + n + 1 : "");
    free(key);
}

void
nb_lb(struct nb *nb, const char *name, const char *spec)
{
    struct smap vips = SMAP_INITIALIZER(&vips);
    struct smap mappings = SMAP_INITIALIZER(&mappings);
    struct svec checked = SVEC_EMPTY_INITIALIZER;
    struct uuid uuid = nb_uuid(name);
    struct svec svec = words(spec);
    const char *word;
    size_t i;

    struct view_lb_config config = {
        .name = name,
        .vips = &vips,
        .mappings = &mappings,
        .advertise = true,
    };
    SVEC_FOR_EACH (i, word, &svec) {
        if (!strncmp(word, "check=", 6)) {
            svec_add(&checked, word + 6);
        } else if (!strncmp(word, "map=", 4)) {
            put_pair(&mappings, word + 4);
        } else if (!strncmp(word, "metric:", 7)) {
            config.metric = word + 7;
        } else if (!strcmp(word, "template")) {
            config.template = true;
        } else if (!strcmp(word, "health")) {
            config.health = true;
        } else if (!strcmp(word, "no-advertise")) {
            config.advertise = false;
        } else {
            put_pair(&vips, word);
        }
    }
    config.checked_vips = (const char *const *) checked.names;
    config.n_checked_vips = checked.n;
    view_lb_set(&nb->view, &uuid, &config);
    smap_destroy(&vips);
    smap_destroy(&mappings);
    svec_destroy(&checked);
    svec_destroy(&svec);
}

void
nb_lb_del(struct nb *nb, const char *name)
{
    struct uuid uuid = nb_uuid(name);

    view_lb_remove(&nb->view, &uuid);
}

/* Calls 'attach' for each of 'names' and 'owner'. */
static void
attach_all(struct nb *nb, const char *names, const char *owner,
           void (*attach)(struct view *, const struct uuid *,
                          const struct uuid *))
{
    struct uuid owner_uuid = nb_uuid(owner);
    struct svec svec = words(names);
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, &svec) {
        struct uuid uuid = nb_uuid(name);

        attach(&nb->view, &uuid, &owner_uuid);
    }
    svec_destroy(&svec);
}

void
nb_lb_on(struct nb *nb, const char *router, const char *lbs)
{
    attach_all(nb, lbs, router, view_lb_attach);
}

void
nb_groups_on(struct nb *nb, const char *router, const char *groups)
{
    attach_all(nb, groups, router, view_lb_group_attach);
}

void
nb_group(struct nb *nb, const char *group, const char *lbs)
{
    struct uuid uuid = nb_uuid(group);

    view_lb_group_set(&nb->view, &uuid);
    attach_all(nb, lbs, group, view_lb_group_member_attach);
}

void
nb_monitor(struct nb *nb, const char *logical_port, const char *ip, int port,
           bool down)
{
    char *name = xasprintf("%s %s %d", logical_port, ip, port);
    struct uuid uuid = nb_uuid(name);

    view_monitor_set(&nb->view, &uuid, ip, port, "tcp", logical_port, down);
    free(name);
}

void
nb_template(struct nb *nb, const char *chassis, const char *variables)
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    struct uuid uuid = nb_uuid(chassis);
    struct svec svec = words(variables);
    const char *pair;
    size_t i;

    SVEC_FOR_EACH (i, pair, &svec) {
        put_pair(&smap, pair);
    }
    view_template_set(&nb->view, &uuid, chassis, &smap);
    smap_destroy(&smap);
    svec_destroy(&svec);
}

/* One line for 'route', without a new-line. */
static char *
route_to_line(const struct advertised_route *route)
{
    const char *tracked = route->tracked_port;
    char buf[IP_PREFIX_STRLEN];
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %s%s%s", route->port,
                  ip_prefix_format(&route->prefix, buf),
                  tracked ? " " : "", tracked ? tracked : "");
    if (route->metric != DR_METRIC_NONE) {
        ds_put_format(&s, " metric=%"PRIu32, route->metric);
    }
    return ds_steal_cstr(&s);
}

/* One line for 'port', without a new-line. */
static char *
port_to_line(const struct dynamic_routing_port *port)
{
    const struct smap_node **options = smap_sort(&port->options);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %s %s", port->port, port->binding_port,
                  port->router);
    for (size_t i = 0; i < smap_count(&port->options); i++) {
        ds_put_format(&s, " %s=%s", options[i]->key, options[i]->value);
    }
    free(options);
    return ds_steal_cstr(&s);
}

/* Sorts 'lines' into one text, and frees them. */
static char *
join_lines(struct svec *lines)
{
    char *text;

    svec_sort(lines);
    text = svec_join(lines, "\n", lines->n ? "\n" : "");
    svec_destroy(lines);
    return text;
}

static char *
format_routes(const struct advertised_route_set *set)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct advertised_route *route;

    HMAP_FOR_EACH (route, node, &set->routes) {
        if (advertised_route_is_wanted(set, route)) {
            svec_add_nocopy(&lines, route_to_line(route));
        }
    }
    return join_lines(&lines);
}

static char *
format_ports(const struct dynamic_routing_ports *ports)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct dynamic_routing_port *port;

    HMAP_FOR_EACH (port, node, &ports->ports) {
        svec_add_nocopy(&lines, port_to_line(port));
    }
    return join_lines(&lines);
}

static char *
format_problems(const struct problem_set *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    problem_set_format(problems, &s);
    return ds_steal_cstr(&s);
}

/* Brings everything up to date, and the reader. */
static void
run_incremental(struct nb *nb)
{
    const struct advertised_route_set *set = advertised_routes_get(nb->routes);
    const struct advertised_route *route;
    const char *name;

    nb->needs |= view_get_needs(&nb->view);
    advertised_routes_run(nb->routes, &nb->view, &nb->problems);
    dynamic_routing_ports_run(&nb->ports, &nb->view, &nb->problems);
    router_checks_run(&nb->checks, &nb->view, &nb->problems);
    view_changes_clear(&nb->view);

    LIST_FOR_EACH (route, changed_node, &set->changed) {
        char *line = route_to_line(route);

        if (advertised_route_is_wanted(set, route)) {
            sset_add(&nb->route_lines, line);
        } else {
            sset_find_and_delete(&nb->route_lines, line);
        }
        free(line);
    }
    advertised_routes_clear_changed(nb->routes);

    SSET_FOR_EACH (name, &nb->ports.changed) {
        const struct dynamic_routing_port *port
            = dynamic_routing_ports_find(&nb->ports, name);

        smap_remove(&nb->port_lines, name);
        if (port) {
            smap_add_nocopy(&nb->port_lines, xstrdup(name),
                            port_to_line(port));
        }
    }
    sset_clear(&nb->ports.changed);
}

/* What the reader holds. */
static char *
reader_routes(const struct nb *nb)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const char *line;

    SSET_FOR_EACH (line, &nb->route_lines) {
        svec_add(&lines, line);
    }
    return join_lines(&lines);
}

static char *
reader_ports(const struct nb *nb)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &nb->port_lines) {
        svec_add(&lines, node->value);
    }
    return join_lines(&lines);
}

/* Fails if 'a' and 'b' differ.  Frees both. */
static void
assert_same(char *a, char *b, const char *thing, const char *what)
{
    if (strcmp(a, b)) {
        print_error("%s: %s\n--- incremental\n%s--- full\n%s---\n", what,
                    thing, a, b);
        fail();
    }
    free(a);
    free(b);
}

void
nb_check_law(struct nb *nb, const char *what)
{
    struct advertised_route_set set;
    const struct view_router *router;
    struct nb fresh;

    run_incremental(nb);

    /* Port by port. */
    advertised_route_set_init(&set);
    HMAP_FOR_EACH (router, node, &nb->view.routers) {
        advertised_route_compute(&nb->view, &router->uuid, &set);
    }
    assert_same(reader_routes(nb), format_routes(&set), "routes", what);
    advertised_route_set_destroy(&set);

    /* Object by object. */
    nb_init(&fresh);
    view_destroy(&fresh.view);
    fresh.view = nb->view;
    fresh.view.changes.all = true;
    run_incremental(&fresh);
    nb->view = fresh.view;
    view_init(&fresh.view);
    assert_same(reader_routes(nb), format_routes(advertised_routes_get(
                                                     fresh.routes)),
                "routes, object by object", what);
    assert_same(reader_ports(nb), format_ports(&fresh.ports), "ports", what);
    assert_same(format_problems(&nb->problems),
                format_problems(&fresh.problems), "problems", what);
    if (fresh.needs & ~nb->needs) {
        print_error("%s: needs %#x, but changes told of %#x only\n", what,
                    fresh.needs, nb->needs);
        fail();
    }
    nb->needs = fresh.needs;
    nb_destroy(&fresh);
}

void
nb_assert_routes(struct nb *nb, const char *expected)
{
    char *routes;

    nb_check_law(nb, "law");
    routes = reader_routes(nb);
    assert_string_equal(routes, expected);
    free(routes);
}

void
nb_assert_ports(struct nb *nb, const char *expected)
{
    char *ports;

    nb_check_law(nb, "law");
    ports = reader_ports(nb);
    assert_string_equal(ports, expected);
    free(ports);
}

void
nb_assert_problem(struct nb *nb, const char *part)
{
    char *text;

    nb_check_law(nb, "law");
    text = format_problems(&nb->problems);
    if (!part) {
        assert_string_equal(text, "");
    } else {
        assert_int_equal(problem_set_count(&nb->problems), 1);
        if (!strstr(text, part)) {
            print_error("\"%s\" is not in: %s\n", part, text);
            fail();
        }
    }
    free(text);
}
