/* test-learned-random.c: random histories of learned routes.
 * tests/lib/history.h says how to play more of them, or one again. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "northd/learned-routes.h"
#include "northd/view-route.h"
#include "tests/lib/history.h"
#include "tests/lib/learned-cloud.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

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
                  PICK(w, ON, ON,
                       ON_NOT_VIA_IPV6, "dynamic-routing=true", ON " disabled",
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
        (pick(w, 2) ? cloud_hold : cloud_move)(
            c, port, PICK(w, "hv1", "hv1", "hv2", NULL));
        break;
    case 1: case 2:
        cloud_row_del(c, name);
        break;
    default: {
        char *spec = xasprintf(
            "%s %s %s %s %s", pick(w, 20) ? port : "-",
            PICK(w, "10.99.0.0/24", "10.98.0.0/24", "2001:db8:99::/48",
                 "bogus"),
            PICK(w, "10.0.0.2", "10.0.0.1", "fe80::2", "fe80::3",
                 "169.254.1.1", "x"),
            PICK(w, "hv1", "hv1", "hv2", "-"), PICK(w, MAC1, MAC2, ""));

        cloud_row(c, name, spec);
        free(spec);
        break;
    }
    }
    free(name);
    free(port);
}

/* True if 'rows' has one that starts with 'start'. */
static bool
has_row(const struct smap *rows, const char *start)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, rows) {
        if (!strncmp(node->value, start, strlen(start))) {
            return true;
        }
    }
    return false;
}

/* A Static_MAC_Binding of someone else, or of a former version, as far as the
 * table's index permits it. */
static void
step_fixed(struct world *w)
{
    struct cloud *c = &w->c;
    char *start = xasprintf("p%u 169.254.%s ", pick(w, N_PORTS),
                            PICK(w, "1.1", "177.79", "7.7"));
    char *spec = xasprintf("%s%s", start, PICK(w, "", "override"));

    if (!has_row(&c->fixed, start)) {
        cloud_fixed(c, "foreign", spec);
    }
    free(spec);
    free(start);
}

/* A MAC_Binding that was learned, or changes for some reason, or goes. */
static void
step_binding(struct world *w)
{
    struct cloud *c = &w->c;
    char *start = xasprintf("p%u 169.254.1.1 ", pick(w, N_PORTS));
    const struct smap_node *node;
    char *victim = NULL, *spec;

    SMAP_FOR_EACH (node, &c->bindings) {
        if (!victim || !pick(w, 2)) {
            free(victim);
            victim = xstrdup(node->key);
        }
    }
    if (!victim || !pick(w, 4)) {
        spec = xasprintf("%s" MAC2, start);
        if (!has_row(&c->bindings, start)) {
            cloud_binding(c, "heard", spec);
        }
        free(spec);
    } else if (pick(w, 3)) {
        char *port = xstrdup(smap_get(&c->bindings, victim));

        *strrchr(port, ':') = '\0'; /* The MAC address' last byte. */
        spec = xasprintf("%s:99%s", port, PICK(w, "", " wrong"));
        cloud_binding(c, victim, spec);
        free(spec);
        free(port);
    } else {
        cloud_binding_del(c, victim);
    }
    free(victim);
    free(start);
}

/* Someone else in the databases. */
static void
step_other(struct world *w)
{
    struct cloud *c = &w->c;
    const struct view_route *route;
    struct uuid victim = UUID_ZERO;

    switch (pick(w, 9)) {
    case 0: case 6:
        HMAP_FOR_EACH (route, node, &c->nb.view.routes) {
            if (route->config.learned_row && !pick(w, 2)) {
                victim = route->uuid;
            }
        }
        route = view_find_route(&c->nb.view, &victim);
        if (route && pick(w, 2)) {
            struct view_route_config config = route->config;

            config.learned_taken = true;
            switch (pick(w, 4)) {
            case 0:
                config.nexthop = CONST_CAST(char *, "10.0.0.99");
                break;
            case 1:
                config.output_port = CONST_CAST(char *, "p9");
                break;
            case 2:
                config.has_bfd = config.bfd_down = true;
                break;
            case 3:
                config.route_table = CONST_CAST(char *, "blue");
                break;
            }
            cloud_copy_route(c, &victim, &config);
        } else {
            view_route_remove(&c->nb.view, &victim);
        }
        break;
    case 1:
        step_fixed(w);
        break;
    case 2:
        cloud_fixed_del(c, "foreign");
        break;
    case 7: case 8:
        step_binding(w);
        break;
    case 3:
        c->fails = true;
        cloud_run(c);
        cloud_write_once(c, 2);
        c->fails = false;
        break;
    case 4:
        cloud_collect(c);
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
        cloud_run(&w.c);
        w.c.now += 500;
        if (settled) {
            /* Pauses included. */
            cloud_settle(&w.c);
            w.c.now += 200000;
            cloud_settle(&w.c);
        } else if (pick(&w, 2)) {
            cloud_write_once(&w.c, 1);
        }
        cloud_check_law(&w.c, settled, what);
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
#define CASE(NAME) \
    cmocka_unit_test_setup_teardown(NAME, cloud_setup, cloud_teardown)
    const struct CMUnitTest tests[] = {
        CASE(incremental_equals_full_after_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
