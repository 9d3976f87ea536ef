/* test-learned-nexthop.c: IPv4 addresses that stand for IPv6 next hops. */
#include <config.h>

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

    /* It goes with the last user. */
    cloud_row_del(c, "a");
    cloud_settle(c);
    assert_mac(c, "p", address, MAC2);
    cloud_row_del(c, "b");
    cloud_assert_installed(c, "");
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

/* Stock OVN 23.03 cannot delete a router that has a Static_MAC_Binding. */
static void
S4_only_where_asked_for(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    nb_router(&c->nb, "lr", ON);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_row(c, "b", "p 2001:db8:99::/48 fe80::2 hv1 " MAC1);
    cloud_assert_installed(c, "p 2001:db8:99::/48 fe80::2\n");
    nb_router(&c->nb, "lr", ON_VIA_IPV6);
    cloud_settle(c);
    char *address = reserved_for(c, "p", "fe80::2");
    assert_mac(c, "p", address, MAC1);
    nb_router(&c->nb, "lr", ON);
    cloud_settle(c);
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
                : xasprintf("p %s 00:00:00:00:00:01", first));
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
            cloud_settle(c);
            cloud_mac(c, "foreign", spec);
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
    assert_non_null(smap_get(&c->macs, "foreign"));
    free(first);
}

/* As in OVN 22.03. */
static void
S4_needs_a_table_for_mac_addresses(void **state)
{
    struct cloud *c = *state;

    cloud_gateway(c);
    learned_nexthop_set_supported(c->learned, false);
    cloud_row(c, "a", "p 10.99.0.0/24 fe80::2 hv1 " MAC1);
    cloud_settle(c);
    cloud_assert_problem(c, "lacks the table Static_MAC_Binding");
    assert_true(smap_is_empty(&c->macs));
    learned_nexthop_set_supported(c->learned, true);
    cloud_settle(c);
    cloud_assert_problem(c, NULL);
    assert_int_equal(smap_count(&c->macs), 1);
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
        CASE(S4_only_where_asked_for),
        CASE(S4_address_never_collides),
        CASE(S4_needs_a_table_for_mac_addresses),
        CASE(S4_addresses_are_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
