/* test-learned-nexthop.c: IPv4 addresses that stand for IPv6 next hops. */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "northd/learned-nexthop.h"
#include "northd/learned-routes.h"
#include "sset.h"
#include "tests/lib/learned-cloud.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

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

    SMAP_FOR_EACH (node, &c->bindings) {
        if (!strncmp(node->value, start, strlen(start))) {
            found = node->value + strlen(start);
        }
    }
    assert_string_equal(found ? found : "none", expected);
    free(start);
}

/* The name of some row. */
static const char *
any_name(const struct smap *rows)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, rows) {
        return node->key;
    }
    fail_msg("there is no row");
    return NULL;
}

static void
S4_address_stands_for_ipv6_next_hop(void **state)
{
    struct cloud *c = *state;
    char *address, *again, *line;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_row(c, "b", "p 10.98.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    address = reserved_for(c, "p", "fe80::2");
    assert_true(!strncmp(address, "169.254.", 8));
    assert_mac(c, "p", address, MAC1);
    line = xasprintf("p 10.98.0.0/24 %s fe80::2\np 10.99.0.0/24 %s fe80::2\n",
                     address, address);
    cloud_assert_installed(c, line);

    /* The MAC address follows; one that is forgotten stays. */
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC2);
    cloud_row(c, "b", "p 10.98.0.0/24 fe80::2 hv1 " MAC2);
    cloud_assert_installed(c, line);
    assert_mac(c, "p", address, MAC2);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1");
    cloud_row(c, "b", "p 10.98.0.0/24 fe80::2 hv1");
    cloud_assert_installed(c, line);
    assert_mac(c, "p", address, MAC2);

    /* It goes with the last user, when it has lingered. */
    cloud_row_del(c, "a");
    cloud_settle_later(c);
    assert_mac(c, "p", address, MAC2);
    cloud_row_del(c, "b");
    cloud_assert_installed(c, "");
    assert_mac(c, "p", address, MAC2);
    cloud_settle_later(c);
    assert_mac(c, "p", address, "none");
    assert_true(smap_is_empty(&c->reserved));

    /* And is the same again. */
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    again = reserved_for(c, "p", "fe80::2");
    assert_string_equal(address, again);
    free(again);
    free(address);
    free(line);
}

static void
S4_unless_turned_off(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    nb_router(&c->nb, "lr", ON_NOT_VIA_IPV6);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_row(c, "b", "p 2001:db8:99::/48 fe80::2 hv1 " MAC1);
    cloud_assert_installed(c, "p 2001:db8:99::/48 fe80::2\n");
    nb_router(&c->nb, "lr", ON);
    cloud_settle(c);
    char *address = reserved_for(c, "p", "fe80::2");
    assert_mac(c, "p", address, MAC1);
    nb_router(&c->nb, "lr", ON_NOT_VIA_IPV6);
    cloud_settle_later(c);
    assert_mac(c, "p", address, "none");
    cloud_assert_installed(c, "p 2001:db8:99::/48 fe80::2\n");
    free(address);
}

/* Whoever gets into the address's way. */
static void
S4_address_never_collides(void **state)
{
    struct cloud *c = *state;
    char *first, *second, *spec;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    first = reserved_for(c, "p", "fe80::2");

    /* A network of the router, as if it were by design. */
    spec = xasprintf("%s/30", first);
    nb_port(&c->nb, "lr", "q", spec, "");
    cloud_settle(c);
    second = reserved_for(c, "p", "fe80::2");
    assert_string_not_equal(first, second);
    assert_mac(c, "p", first, "none");
    assert_mac(c, "p", second, MAC1);
    cloud_check_law(c, true, "network");
    nb_port_del(&c->nb, "q");
    cloud_settle(c);
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
                : xasprintf("p %s", first));
        print_message("# %s\n", spec);
        if (i == 0) {
            nb_route(&c->nb, "lr", "x", spec);
        } else if (i == 1) {
            cloud_row(c, "b", spec);
        } else if (i == 2) {
            nb_nat(&c->nb, "lr", "n", spec);
        } else {
            /* It was there first. */
            cloud_row_del(c, "a");
            cloud_settle_later(c);
            cloud_fixed(c, "foreign", spec);
            cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
        }
        cloud_settle(c);
        second = reserved_for(c, "p", "fe80::2");
        assert_string_not_equal(first, second);
        assert_mac(c, "p", second, MAC1);
        cloud_check_law(c, true, "collision");
        free(spec);
        free(first);
        first = second;
    }
    /* What is not ours is still there. */
    assert_non_null(smap_get(&c->fixed, "foreign"));
    free(first);
}

/* The order in which the three parts of a route come and go: whoever is killed
 * in between leaves nothing that is not known as ours. */
static void
S4_reservation_first_and_last(void **state)
{
    struct cloud *c = *state;
    char *text;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_run(c);
    for (int i = 0; cloud_write_once(c, 10); i++) {
        text = cloud_installed(c);
        assert_int_equal(smap_count(&c->reserved), 1);
        assert_int_equal(smap_count(&c->bindings), 1);
        assert_int_equal(text[0] != '\0', i > 0);
        free(text);
    }
    cloud_row_del(c, "a");
    cloud_run(c);
    assert_int_equal(cloud_write_once(c, 10), 1);
    text = cloud_installed(c);
    assert_string_equal(text, "");
    free(text);
    c->now += LEARNED_LINGER_MS;
    cloud_run(c);
    assert_int_equal(cloud_write_once(c, 10), 1);
    assert_int_equal(smap_count(&c->reserved), 1);
    assert_int_equal(smap_count(&c->bindings), 0);
    assert_int_equal(cloud_write_once(c, 10), 1);
    assert_int_equal(smap_count(&c->reserved), 0);
}

/* Stock OVN sends packets through an address until it has heard that the routes
 * are gone: the MAC address stays that long, unless that does harm. */
static void
S4_binding_lingers(void **state)
{
    struct cloud *c = *state;
    char *address, *spec;

    cloud_gateway(c);
    for (int i = 0; i < 5; i++) {
        print_message("# %d\n", i);
        cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
        cloud_settle(c);
        address = reserved_for(c, "p", "fe80::2");
        cloud_row_del(c, "a");
        cloud_settle(c);
        c->now += LEARNED_LINGER_MS - 1;
        cloud_settle(c);
        assert_mac(c, "p", address, MAC1);
        cloud_check_law(c, true, "lingers");

        switch (i) {
        case 0:
            /* Used again, and then once more for as long. */
            cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
            cloud_settle(c);
            c->now += 10 * LEARNED_LINGER_MS;
            cloud_row_del(c, "a");
            cloud_settle(c);
            c->now += LEARNED_LINGER_MS - 1;
            cloud_settle(c);
            assert_mac(c, "p", address, MAC1);
            assert_int_equal(learned_routes_next_time(c->learned), c->now + 1);
            c->now++;
            break;
        case 1:
            spec = xasprintf("10.1.0.0/16 %s", address);
            nb_route(&c->nb, "lr", "x", spec);
            free(spec);
            break;
        case 2:
            nb_route_del(&c->nb, "x");
            spec = xasprintf("p 10.2.0.0/24 %s hv1", address);
            cloud_row(c, "b", spec);
            free(spec);
            break;
        case 3:
            cloud_row_del(c, "b");
            spec = xasprintf("%s/30", address);
            nb_port(&c->nb, "lr", "q", spec, "");
            free(spec);
            break;
        case 4:
            nb_port_del(&c->nb, "p");
            break;
        }
        cloud_settle(c);
        assert_mac(c, "p", address, "none");
        assert_true(smap_is_empty(&c->reserved));
        assert_true(learned_routes_next_time(c->learned) == LLONG_MAX);
        cloud_check_law(c, true, "lingers no more");
        free(address);
    }
}

/* ovn-controller hears somebody else with that address, or makes the row one
 * that may age; somebody deletes it.  The routes stay meanwhile. */
static void
S4_binding_is_put_right(void **state)
{
    static const char *const changes[] = {
        "p %s " MAC2, "p %s " MAC1 " wrong", "p %s bogus", NULL
    };
    struct cloud *c = *state;
    char *address, *before;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    address = reserved_for(c, "p", "fe80::2");
    before = cloud_installed(c);
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        char *name = xstrdup(any_name(&c->bindings));
        char *after;

        if (changes[i]) {
            char *spec = xasprintf(changes[i], address);

            cloud_binding(c, name, spec);
            free(spec);
        } else {
            cloud_binding_del(c, name);
        }
        cloud_run(c);
        assert_int_equal(cloud_write_once(c, 10), 1);
        after = cloud_installed(c);
        assert_string_equal(before, after);
        cloud_settle(c);
        assert_mac(c, "p", address, MAC1);
        cloud_check_law(c, true, "binding");
        free(after);
        free(name);
    }
    free(before);
    free(address);
}

/* What a former version, or an instance that was killed, has left. */
static void
S4_leftovers_go(void **state)
{
    struct cloud *c = *state;
    char *address, *spec;

    cloud_gateway(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    address = reserved_for(c, "p", "fe80::2");

    /* A former version's way to say the same goes when ours is there. */
    spec = xasprintf("p %s override", address);
    cloud_binding_del(c, any_name(&c->bindings));
    cloud_fixed(c, "old", spec);
    cloud_run(c);
    cloud_write_once(c, 10);
    assert_int_equal(smap_count(&c->fixed), 1);
    assert_mac(c, "p", address, MAC1);
    cloud_settle(c);
    assert_int_equal(smap_count(&c->fixed), 0);
    assert_mac(c, "p", address, MAC1);
    free(spec);

    /* An orphan: a reservation with a binding, and one of each alone. */
    smap_add(&c->reserved, LEARNED_RESERVATION"p:169.254.9.1", "fe80::9");
    cloud_binding(c, "x", "p 169.254.9.1 " MAC2);
    smap_add(&c->reserved, LEARNED_RESERVATION"p:169.254.9.2", "fe80::9");
    smap_add(&c->reserved, LEARNED_RESERVATION"q:169.254.9.3", "fe80::9");
    cloud_fixed(c, "y", "q 169.254.9.3 override");
    cloud_binding(c, "heard", "p 169.254.9.4 " MAC2);
    cloud_fixed(c, "foreign", "p 169.254.9.5");
    cloud_reload(c);
    cloud_settle_later(c);
    assert_int_equal(smap_count(&c->reserved), 1);
    assert_int_equal(smap_count(&c->bindings), 2);
    assert_non_null(smap_get(&c->bindings, "heard"));
    assert_int_equal(smap_count(&c->fixed), 1);
    assert_non_null(smap_get(&c->fixed, "foreign"));
    cloud_check_law(c, true, "leftovers");
    free(address);
}

/* Only what has exactly the form that we write is a reservation: what we could
 * not take back under the same name must not become one of ours. */
static void
S4_reservation_has_one_form(void **state OVS_UNUSED)
{
    static const struct {
        const char *key;        /* After LEARNED_RESERVATION. */
        const char *port;       /* NULL: it is none. */
    } cases[] = {
        { "p:169.254.1.1", "p" },
        { "a:b:169.254.1.1", "a:b" },
        { ":169.254.1.1", "" },
        { "p:169.254.1.1/32", NULL },
        { "p:169.254.01.1", NULL },
        { "p: 169.254.1.1", NULL },
        { "p:169.254.1.1 ", NULL },
        { "p:169.254.1.0/24", NULL },
        { "p:10.0.0.1", NULL },
        { "p:fe80::1", NULL },
        { "p:", NULL },
        { "p", NULL },
        { "", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *key = xasprintf("%s%s", LEARNED_RESERVATION, cases[i].key);
        struct ip_prefix address;
        char *port = NULL;

        print_message("# %s\n", key);
        assert_int_equal(learned_nexthop_parse_reservation(key, &port,
                                                           &address),
                         cases[i].port != NULL);
        if (cases[i].port) {
            char buf[IP_PREFIX_STRLEN];

            assert_string_equal(port, cases[i].port);
            assert_string_equal(ip_prefix_format(&address, buf),
                                "169.254.1.1");
        }
        free(port);
        free(key);
    }
    char *unused = NULL;
    struct ip_prefix address;
    assert_false(learned_nexthop_parse_reservation("other:p:169.254.1.1",
                                                   &unused, &address));
    assert_null(unused);
}

/* What looks like a reservation, but is none, is left alone. */
static void
S4_reservation_of_nonsense_stays(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    smap_add(&c->reserved, LEARNED_RESERVATION"p:169.254.9.1", "bogus");
    smap_add(&c->reserved, LEARNED_RESERVATION"p:169.254.9.2", "fe80::/64");
    smap_add(&c->reserved, LEARNED_RESERVATION"p:169.254.9.1/32", "fe80::2");
    cloud_reload(c);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    assert_int_equal(smap_count(&c->reserved), 4);
    cloud_row_del(c, "a");
    cloud_settle_later(c);
    assert_int_equal(smap_count(&c->reserved), 3);
}

/* Each of very many next hops has its own address. */
static void
S4_addresses_are_distinct(void **state)
{
    struct sset addresses = SSET_INITIALIZER(&addresses);
    const struct smap_node *node;
    struct cloud *c = *state;

    cloud_gateway(c);
    for (int i = 0; i < 300; i++) {
        char *name = xasprintf("row%d", i);
        char *spec = xasprintf("p 10.%d.%d.0/24 fe80::%x hv1 " MAC1,
                               100 + i / 256, i % 256, i + 2);

        cloud_row(c, name, spec);
        free(name);
        free(spec);
    }
    cloud_run(c);
    while (cloud_write_once(c, 1000)) {
        continue;
    }
    assert_int_equal(smap_count(&c->reserved), 300);
    SMAP_FOR_EACH (node, &c->reserved) {
        assert_true(sset_add(&addresses, node->key) != NULL);
        assert_null(strstr(node->key, ":169.254.169."));
    }
    sset_destroy(&addresses);
    cloud_check_law(c, true, "many");
}

int
main(void)
{
#define CASE(NAME) \
    cmocka_unit_test_setup_teardown(NAME, cloud_setup, cloud_teardown)
    const struct CMUnitTest tests[] = {
        CASE(S4_address_stands_for_ipv6_next_hop),
        CASE(S4_unless_turned_off),
        CASE(S4_address_never_collides),
        CASE(S4_reservation_first_and_last),
        CASE(S4_binding_lingers),
        CASE(S4_binding_is_put_right),
        CASE(S4_leftovers_go),
        CASE(S4_reservation_has_one_form),
        CASE(S4_reservation_of_nonsense_stays),
        CASE(S4_addresses_are_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
