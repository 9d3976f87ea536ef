/* test-view-needs.c: what configuration makes which data necessary.  That no
 * change is missed is part of the law that random histories check. */
#include <config.h>

#include "northd/view-needs.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"

#define ON "dynamic-routing=true -redistribute="
#define MAC "00:00:00:00:00:01"

/* Options of router "lr" and its port; more in the view; what is needed. */
static const struct {
    const char *router;
    const char *port;
    const char *nat;
    const char *lb;
    unsigned int needs;
} table[] = {
    { "", "", "snat 172.16.0.5 10.0.0.0/24", "192.0.2.1", 0 },
    { "dynamic-routing=true", "", NULL, NULL, 0 },
    { "dynamic-routing=false -redistribute=nat,lb", "-redistribute=nat", NULL,
      NULL, 0 },
    { ON "nat disabled", "", NULL, NULL, 0 },
    { ON "connected,static,hub-spoke", "", NULL, NULL, 0 },
    { ON "nat", "", "snat 172.16.0.5 10.0.0.0/24", NULL,
      VIEW_NEED_SWITCHES | VIEW_NEED_NATS },
    { ON "connected", "-redistribute=nat", NULL, NULL,
      VIEW_NEED_SWITCHES | VIEW_NEED_NATS },
    { ON "nat", "-redistribute=", NULL, NULL, 0 },
    { ON "nat", "", "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC, NULL,
      VIEW_NEED_SWITCHES | VIEW_NEED_NATS | VIEW_NEED_HOSTS },
    { ON "connected-as-host", "", NULL, NULL,
      VIEW_NEED_SWITCHES | VIEW_NEED_HOSTS },
    { ON "lb", "", NULL, "192.0.2.1:80", VIEW_NEED_SWITCHES | VIEW_NEED_LBS },
    { ON "lb", "", NULL, "192.0.2.1:80 health",
      VIEW_NEED_SWITCHES | VIEW_NEED_LBS | VIEW_NEED_LB_HEALTH },
    { ON "lb", "", NULL, "^vip:80 template",
      VIEW_NEED_SWITCHES | VIEW_NEED_LBS | VIEW_NEED_TEMPLATES },
};

static void
needs_follow_the_table(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct nb nb;

        nb_init(&nb);
        print_message("# %s; %s; %s; %s\n", table[i].router, table[i].port,
                      table[i].nat ? table[i].nat : "",
                      table[i].lb ? table[i].lb : "");
        nb_router(&nb, "lr", table[i].router);
        nb_port(&nb, "lr", "p", "10.0.0.1/24", table[i].port);
        if (table[i].nat) {
            nb_nat(&nb, "lr", "nat", table[i].nat);
        }
        if (table[i].lb) {
            nb_lb(&nb, "lb", table[i].lb);
            nb_lb_on(&nb, "lr", "lb");
        }
        nb_check_law(&nb, "all at once");
        assert_int_equal(nb.needs, table[i].needs);
        nb_destroy(&nb);
    }
}

static void
need_grows_with_each_change(void **state)
{
    struct nb *nb = *state;

    nb_router(nb, "lr", "dynamic-routing=true");
    nb_port(nb, "lr", "p", "10.0.0.1/24", "");
    nb_lb(nb, "lb", "192.0.2.1:80");
    nb_lb_on(nb, "lr", "lb");
    nb_check_law(nb, "nothing yet");
    assert_int_equal(nb->needs, 0);
    nb_router(nb, "lr", ON "lb");
    nb_check_law(nb, "a token");
    assert_int_equal(nb->needs, VIEW_NEED_SWITCHES | VIEW_NEED_LBS);
    nb_lb(nb, "lb", "192.0.2.1:80 health");
    nb_check_law(nb, "health");
    assert_true(nb->needs & VIEW_NEED_LB_HEALTH);
    nb_nat(nb, "lr", "nat", "dnat_and_snat 172.16.0.5 10.0.0.5");
    nb_check_law(nb, "a NAT");
    assert_false(nb->needs & VIEW_NEED_HOSTS);
    nb_nat(nb, "lr", "nat",
           "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm mac=" MAC);
    nb_check_law(nb, "the same, distributed");
    assert_true(nb->needs & VIEW_NEED_HOSTS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_follow_the_table),
        cmocka_unit_test_setup_teardown(need_grows_with_each_change, nb_setup,
                                        nb_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
