/* test-advertised-route.c: random histories of Northbound changes.  Law: after
 * every step the incremental results equal full ones.  tests/lib/history.h says
 * how to play more of them, or one again. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "tests/lib/history.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

#define N_HISTORIES 200
#define N_STEPS 400

/* A small world, so that things meet. */
enum { N_ROUTERS = 4, N_PORTS = 8, N_SWITCHES = 3, N_LSPS = 9, N_NATS = 10,
       N_ROUTES = 6, N_LBS = 5, N_GROUPS = 3 };

struct world {
    struct nb nb;
    uint32_t random;
    /* Names are unique as in a database, but may be swapped. */
    int port_name[N_PORTS];
    int lsp_name[N_LSPS];
    char what[64];              /* The step, for the message. */
};

static unsigned int
pick(struct world *w, unsigned int n)
{
    return history_random(&w->random, n);
}

/* One of 'n' texts. */
#define PICK(W, ...) \
    pick_text(W, (const char *const []) { __VA_ARGS__ }, \
              ARRAY_SIZE(((const char *const []) { __VA_ARGS__ })))
static const char *
pick_text(struct world *w, const char *const *texts, size_t n)
{
    return texts[pick(w, n)];
}

static struct uuid
id(const char *kind, int i)
{
    char *name = xasprintf("%s%d", kind, i);
    struct uuid uuid = nb_uuid(name);

    free(name);
    return uuid;
}

static void
step_router(struct world *w)
{
    char *name = xasprintf("r%u", pick(w, N_ROUTERS));

    if (!pick(w, 6)) {
        nb_router_del(&w->nb, name);
    } else {
        nb_router(&w->nb, name,
                  PICK(w, "dynamic-routing=true -redistribute=nat,connected",
                       "dynamic-routing=true -redistribute=static,hub-spoke,"
                       "connected,nat",
                       "dynamic-routing=true -redistribute=nat",
                       "dynamic-routing=true -redistribute=nat,lb chassis=hv",
                       "dynamic-routing=true -redistribute=lb,"
                       "connected-as-host chassis=hv2",
                       "dynamic-routing=true -redistribute=lb,static",
                       "dynamic-routing=true -redistribute=connected,nat,lb "
                       "-advertise-prefixes=deny~10.0.0.0/23~le~32,"
                       "permit~0.0.0.0/0~le~32",
                       "dynamic-routing=true -redistribute=nat disabled",
                       "dynamic-routing=true -vrf-id=7 -redistribute=bogus",
                       "dynamic-routing=true", "chassis=hv", ""));
    }
    free(name);
}

static void
put_port(struct world *w, int i)
{
    struct uuid uuid = id("p", i);
    char *name = xasprintf("p%d", w->port_name[i]);
    char *peer = (pick(w, 3) ? NULL : xasprintf("p%u", pick(w, N_PORTS)));
    const char *networks[] = {
        PICK(w, "10.0.0.1/24", "10.0.1.1/24", "fd00::1/64", "bad"),
        PICK(w, "172.16.0.1/24", "169.254.1.1/24", "10.0.0.9/32"),
    };
    struct smap options = SMAP_INITIALIZER(&options);

    if (!pick(w, 4)) {
        smap_add(&options, "dynamic-routing-advertise",
                 PICK(w, "true", "false"));
    }
    if (!pick(w, 6)) {
        smap_add(&options, "dynamic-routing-advertise-prefixes",
                 PICK(w, "", "permit 10.0.0.5", "oops", "deny ::/0 le 128"));
    }
    if (!pick(w, 4)) {
        smap_add(&options, "dynamic-routing-metric", PICK(w, "7", "8", "x"));
    }
    if (pick(w, 2)) {
        smap_add(&options, "dynamic-routing-redistribute",
                 PICK(w, "", "nat", "connected", "connected,nat", "lb",
                      "lb,nat,connected-as-host", "static",
                      "connected-as-host,connected", "huh"));
    }
    struct view_router_port_config config = {
        .name = name,
        .peer = peer,
        .has_chassis = pick(w, 2),
        .networks = networks,
        .n_networks = pick(w, 3),
        .options = &options,
    };
    view_router_port_set(&w->nb.view, &uuid, &config);
    smap_destroy(&options);
    free(name);
    free(peer);
}

static void
step_port(struct world *w)
{
    int i = pick(w, N_PORTS), j = pick(w, N_PORTS);
    struct uuid uuid = id("p", i), router = id("r", pick(w, N_ROUTERS));

    switch (pick(w, 6)) {
    case 0:
        view_router_port_remove(&w->nb.view, &uuid);
        break;
    case 1:
        view_router_port_detach(&w->nb.view, &uuid, &router);
        break;
    case 2: {
        int name = w->port_name[i];
        w->port_name[i] = w->port_name[j];
        w->port_name[j] = name;
        put_port(w, i);
        put_port(w, j);
        break;
    }
    case 3:
        put_port(w, i);
        break;
    default:
        put_port(w, i);
        view_router_port_attach(&w->nb.view, &uuid, &router);
        break;
    }
}

static void
put_lsp(struct world *w, int i)
{
    struct uuid uuid = id("l", i);
    char *name = xasprintf("l%d", w->lsp_name[i]);
    char *router_port = (pick(w, 4) ? xasprintf("p%u", pick(w, N_PORTS))
                         : NULL);

    view_switch_port_set(&w->nb.view, &uuid, name, router_port);
    if (pick(w, 3)) {
        const char *addresses[] = {
            PICK(w, "00:00:00:00:00:01 10.0.0.5 fd00::5", "dynamic", "router",
                 "00:00:00:00:00:01 10.0.0.6 bad", "unknown", "bad"),
            "00:00:00:00:00:02 10.0.0.6",
        };
        struct view_host_config host = {
            .addresses = addresses,
            .n_addresses = pick(w, 3),
            .dynamic_addresses = PICK(w, NULL, "00:00:00:00:00:01 10.0.0.7"),
            .is_virtual = !pick(w, 4),
            .advertise = pick(w, 5),
        };

        view_switch_port_set_host(&w->nb.view, &uuid, &host);
    }
    free(name);
    free(router_port);
}

static void
step_virtual(struct world *w)
{
    char *name = xasprintf("l%u", pick(w, N_LSPS));
    char *parent = pick(w, 3) ? xasprintf("l%u", pick(w, N_LSPS)) : NULL;

    view_virtual_parent_set(&w->nb.view, name, parent);
    free(name);
    free(parent);
}

static void
step_switch(struct world *w)
{
    int i = pick(w, N_LSPS), j = pick(w, N_LSPS);
    struct uuid uuid = id("l", i), sw = id("s", pick(w, N_SWITCHES));

    switch (pick(w, 8)) {
    case 0:
        view_switch_port_remove(&w->nb.view, &uuid);
        break;
    case 1:
        view_switch_port_detach(&w->nb.view, &uuid, &sw);
        break;
    case 2:
        view_switch_remove(&w->nb.view, &sw);
        break;
    case 3: {
        int name = w->lsp_name[i];
        w->lsp_name[i] = w->lsp_name[j];
        w->lsp_name[j] = name;
        put_lsp(w, i);
        put_lsp(w, j);
        break;
    }
    default:
        view_switch_set(&w->nb.view, &sw);
        put_lsp(w, i);
        view_switch_port_attach(&w->nb.view, &uuid, &sw);
        break;
    }
}

static void
step_nat(struct world *w)
{
    struct uuid uuid = id("n", pick(w, N_NATS));
    struct uuid router = id("r", pick(w, N_ROUTERS));

    switch (pick(w, 6)) {
    case 0:
        view_nat_remove(&w->nb.view, &uuid);
        break;
    case 1:
        view_nat_detach(&w->nb.view, &uuid, &router);
        break;
    default: {
        char port[16];
        struct view_nat_config config = {
            .type = CONST_CAST(char *, PICK(w, "snat", "dnat_and_snat")),
            .external_ip = CONST_CAST(
                char *, PICK(w, "10.0.0.5", "10.0.1.5", "172.16.0.5",
                             "10.0.0.5/32", "10.0.0.5/24", "nonsense")),
            .logical_ip = CONST_CAST(char *, "192.168.0.5"),
            .advertise = pick(w, 8),
            .metric = CONST_CAST(char *, PICK(w, NULL, NULL, "7", "8", "x")),
        };

        snprintf(port, sizeof port, "l%u", pick(w, N_LSPS));
        if (pick(w, 2)) {
            config.logical_port = port;
            config.external_mac = CONST_CAST(char *, "00:00:00:00:00:01");
        }
        if (!pick(w, 4)) {
            config.gateway_port = id("p", pick(w, N_PORTS));
        }
        view_nat_set(&w->nb.view, &uuid, &config);
        view_nat_attach(&w->nb.view, &uuid, &router);
        break;
    }
    }
}

static void
step_route(struct world *w)
{
    struct uuid uuid = id("st", pick(w, N_ROUTES));
    struct uuid router = id("r", pick(w, N_ROUTERS));
    char port[16];

    snprintf(port, sizeof port, "p%u", pick(w, N_PORTS));
    struct view_route_config config = {
        .ip_prefix = CONST_CAST(
            char *, PICK(w, "10.0.0.5", "192.0.2.0/24", "192.0.2.7/24",
                         "169.254.0.0/24", "2001:db8::/32", "bad")),
        .nexthop = CONST_CAST(
            char *, PICK(w, "10.0.0.9", "10.0.1.9", "172.16.0.9", "fd00::9",
                         "discard", "", "bad")),
        .output_port = pick(w, 2) ? port : NULL,
        .route_table = CONST_CAST(char *, PICK(w, "", "", "", "blue")),
        .origin = CONST_CAST(char *, PICK(w, NULL, NULL, "static", "connected",
                                          "connected-dynamic")),
        .metric = CONST_CAST(char *, PICK(w, NULL, NULL, "7", "8", "bad")),
        .bfd_down = !pick(w, 6),
        .advertise = pick(w, 6),
    };

    switch (pick(w, 5)) {
    case 0:
        view_route_remove(&w->nb.view, &uuid);
        break;
    case 1:
        view_route_detach(&w->nb.view, &uuid, &router);
        break;
    default:
        view_route_set(&w->nb.view, &uuid, &config);
        view_route_attach(&w->nb.view, &uuid, &router);
        break;
    }
}

/* Attaches or detaches something to 'owner'. */
static void
step_lb_link(struct world *w)
{
    bool attach = pick(w, 3);
    struct uuid lb = id("lb", pick(w, N_LBS));
    struct uuid group = id("lg", pick(w, N_GROUPS));
    struct uuid router = id("r", pick(w, N_ROUTERS));
    struct view *view = &w->nb.view;

    switch (pick(w, 3)) {
    case 0:
        (attach ? view_lb_attach : view_lb_detach)(view, &lb, &router);
        break;
    case 1:
        (attach ? view_lb_group_attach
         : view_lb_group_detach)(view, &group, &router);
        break;
    default:
        (attach ? view_lb_group_member_attach
         : view_lb_group_member_detach)(view, &lb, &group);
        break;
    }
}

static void
step_lb(struct world *w)
{
    char *name = xasprintf("lb%u", pick(w, N_LBS));
    struct uuid group = id("lg", pick(w, N_GROUPS));

    switch (pick(w, 10)) {
    case 0:
        nb_lb_del(&w->nb, name);
        break;
    case 1:
        view_lb_group_remove(&w->nb.view, &group);
        break;
    case 2:
        nb_monitor(&w->nb, PICK(w, "vm1", "vm2"), "10.0.9.1", 80, pick(w, 2));
        break;
    case 3:
        if (!pick(w, 2)) {
            struct uuid chassis = nb_uuid(PICK(w, "hv", "hv2"));

            view_template_remove(&w->nb.view, &chassis);
            break;
        }
        nb_template(&w->nb, PICK(w, "hv", "hv2"),
                    PICK(w, "vip=10.0.8.1", "vip=10.0.8.2:80", "vip=bad",
                         "other=1"));
        break;
    case 4: case 5: case 6:
        view_lb_group_set(&w->nb.view, &group);
        nb_lb(&w->nb, name,
              PICK(w, "10.0.0.5:80", "10.0.0.5 10.0.7.1:80 10.0.7.1:81",
                   "[fd00::7]:80 metric:7", "bad 10.0.0.5:80", "^vip:80",
                   "^vip template", "10.0.7.1:80 no-advertise",
                   "10.0.7.1:80 metric:x",
                   "10.0.7.1:80=10.0.9.1:80,10.0.9.2:80 check=10.0.7.1:80 "
                   "map=10.0.9.1=vm1 health",
                   "10.0.7.1:80=10.0.9.1:80 10.0.0.5=10.0.9.1 "
                   "check=10.0.7.1:80 map=10.0.9.1=vm2 health"));
        break;
    default:
        step_lb_link(w);
        break;
    }
    free(name);
}

static void
step(struct world *w)
{
    switch (pick(w, 16)) {
    case 13: case 14: case 15:
        step_lb(w);
        break;
    case 12:
        step_virtual(w);
        break;
    case 10: case 11:
        step_route(w);
        break;
    case 0:
        step_router(w);
        break;
    case 1: case 2: case 3:
        step_port(w);
        break;
    case 4: case 5: case 6:
        step_switch(w);
        break;
    default:
        step_nat(w);
        break;
    }
}

static void
play_history(uint32_t seed, void *aux OVS_UNUSED)
{
    struct world w;

    memset(&w, 0, sizeof w);
    nb_init(&w.nb);
    w.random = seed;
    for (int i = 0; i < N_PORTS; i++) {
        w.port_name[i] = i;
    }
    for (int i = 0; i < N_LSPS; i++) {
        w.lsp_name[i] = i;
    }
    for (int i = 0; i < 20; i++) {
        step(&w);
    }
    for (int i = 0; i < N_STEPS; i++) {
        for (int n = 1 + pick(&w, 3); n > 0; n--) {
            step(&w);
        }
        snprintf(w.what, sizeof w.what, "seed %u, step %d", seed, i);
        nb_check_law(&w.nb, w.what);
    }
    nb_destroy(&w.nb);
}

static void
incremental_equals_full_after_every_step(void **state OVS_UNUSED)
{
    history_play_all(N_HISTORIES, play_history, NULL);
}

static void
change_of_one_nat_redoes_one_object(void **state)
{
    const struct advertised_routes_stats *stats;
    struct advertised_routes_stats before;
    struct nb *nb = *state;

    nb_router(nb, "lr", "dynamic-routing=true -redistribute=nat chassis=hv");
    nb_port(nb, "lr", "p", "172.16.0.1/24", "");
    for (int i = 0; i < 100; i++) {
        char *name = xasprintf("nat%d", i);
        char *spec = xasprintf("dnat 172.16.0.%d 10.0.0.5", i + 2);

        nb_nat(nb, "lr", name, spec);
        free(spec);
        free(name);
    }
    nb_check_law(nb, "100 NATs");
    stats = advertised_routes_get_stats(nb->routes);
    before = *stats;

    nb_nat(nb, "lr", "nat7", "dnat 172.16.1.7 10.0.0.5");
    nb_nat_del(nb, "nat8");
    nb_check_law(nb, "one changed, one deleted");
    assert_int_equal(stats->objects, before.objects + 2);
    assert_int_equal(stats->ports, before.ports);
    assert_int_equal(stats->full, before.full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incremental_equals_full_after_every_step),
        cmocka_unit_test_setup_teardown(change_of_one_nat_redoes_one_object,
                                        nb_setup, nb_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
