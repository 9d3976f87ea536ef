/* show.c: the deployment in one screen.  See the header.
 *
 * Everything is put into tables first, which are then printed or turned into
 * JSON. */
#include <config.h>
#include "utilities/show.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "svec.h"
#include "utilities/sb-facts.h"
#include "util.h"
#include "uuid.h"

#define RED "\33[1;31m"
#define BOLD "\33[1m"
#define PLAIN "\33[0m"

/* A table of texts. */
struct grid {
    const char *const *headings;
    size_t n_columns;
    struct svec cells;          /* Row by row. */
};

static void
grid_add(struct grid *grid, char *cell)
{
    svec_add_nocopy(&grid->cells, cell);
}

static void
grid_add_int(struct grid *grid, long long int n)
{
    grid_add(grid, xasprintf("%lld", n));
}

static void
grid_format(const struct grid *grid, bool color, struct ds *ds)
{
    size_t widths[16];

    for (size_t c = 0; c < grid->n_columns; c++) {
        widths[c] = strlen(grid->headings[c]);
    }
    for (size_t i = 0; i < grid->cells.n; i++) {
        size_t c = i % grid->n_columns;

        widths[c] = MAX(widths[c], strlen(grid->cells.names[i]));
    }
    ds_put_cstr(ds, color ? BOLD : "");
    for (size_t c = 0; c < grid->n_columns; c++) {
        ds_put_format(ds, "%s%-*s", c ? "  " : "", (int) widths[c],
                      grid->headings[c]);
    }
    ds_chomp(ds, ' ');
    ds_put_format(ds, "%s\n", color ? PLAIN : "");
    for (size_t i = 0; i < grid->cells.n; i++) {
        size_t c = i % grid->n_columns;
        bool last = c == grid->n_columns - 1;

        ds_put_format(ds, "%s%-*s%s", c ? "  " : "",
                      last ? 0 : (int) widths[c], grid->cells.names[i],
                      last ? "\n" : "");
    }
}

static struct json *
grid_to_json(const struct grid *grid)
{
    struct json *rows = json_array_create_empty(), *row = NULL;

    for (size_t i = 0; i < grid->cells.n; i++) {
        size_t c = i % grid->n_columns;
        char *key = xstrdup(grid->headings[c]);

        for (char *p = key; *p; p++) {
            *p = tolower((unsigned char) *p);
        }
        if (!c) {
            row = json_object_create();
            json_array_add(rows, row);
        }
        json_object_put_string(row, key, grid->cells.names[i]);
        free(key);
    }
    return rows;
}

/* Routers. */

/* What a router's routing ports say of it. */
struct router {
    const char *name;
    int64_t tunnel_key;
    const char *vrf_id;         /* DR_VRF_ID, or NULL. */
    const char *vrf_name;       /* DR_VRF_NAME, or NULL. */
    bool maintain;
    struct sset chassis;        /* Where it takes part. */
    size_t n_routes;
};

/* Counts the rows of each router; 'datapaths' has them by datapath. */
static void
count_routes(const struct sb_facts *facts, const struct shash *datapaths)
{
    const struct sb_route *route;

    LIST_FOR_EACH (route, node, &facts->routes) {
        char id[UUID_LEN + 1];
        struct router *router;

        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(&route->datapath));
        router = shash_find_data(datapaths, id);
        if (router) {
            router->n_routes++;
        }
    }
}

/* Routers by name; the caller must call destroy_routers(). */
static void
collect_routers(const struct sb_facts *facts, struct shash *routers)
{
    struct shash datapaths = SHASH_INITIALIZER(&datapaths);
    const struct sb_routing_port *rp;

    shash_init(routers);
    LIST_FOR_EACH (rp, node, &facts->routing_ports) {
        const struct sb_datapath *dp
            = sb_facts_find_datapath(facts, &rp->datapath);
        const char *name = rp->router ? rp->router : dp ? dp->name : NULL;
        struct router *router;

        if (!dp || !name) {
            continue;
        }
        router = shash_find_data(routers, name);
        if (!router) {
            router = xzalloc(sizeof *router);
            router->name = name;
            router->tunnel_key = dp->tunnel_key;
            sset_init(&router->chassis);
            shash_add(routers, name, router);
        }
        char id[UUID_LEN + 1];
        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(&rp->datapath));
        shash_replace(&datapaths, id, router);
        if (smap_get_bool(&rp->options, DR_ENABLED, false)) {
            router->vrf_id = smap_get(&rp->options, DR_VRF_ID);
            router->vrf_name = smap_get(&rp->options, DR_VRF_NAME);
            router->maintain = (router->maintain
                                || smap_get_bool(&rp->options,
                                                 DR_MAINTAIN_VRF, false));
            if (rp->binding_port && rp->binding_port->chassis) {
                sset_add(&router->chassis, rp->binding_port->chassis);
            }
        }
    }
    count_routes(facts, &datapaths);
    shash_destroy(&datapaths);
}

static void
destroy_routers(struct shash *routers)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, routers) {
        struct router *router = node->data;

        sset_destroy(&router->chassis);
    }
    shash_destroy_free_data(routers);
}

static char *
join(const struct sset *set, const char *none)
{
    const char **names = sset_sort(set);
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < sset_count(set); i++) {
        ds_put_format(&ds, "%s%s", i ? "," : "", names[i]);
    }
    free(names);
    if (!ds.length) {
        ds_put_cstr(&ds, none);
    }
    return ds_steal_cstr(&ds);
}

static void
fill_routers(const struct sb_facts *facts, struct grid *grid)
{
    const struct shash_node **nodes;
    struct shash routers;

    collect_routers(facts, &routers);
    nodes = shash_sort(&routers);
    for (size_t i = 0; i < shash_count(&routers); i++) {
        const struct router *router = nodes[i]->data;
        char *table = (router->vrf_id ? xstrdup(router->vrf_id)
                       : xasprintf("%"PRId64, router->tunnel_key));

        grid_add(grid, xstrdup(router->name));
        grid_add(grid, table);
        grid_add(grid, (!router->maintain ? xstrdup("-")
                        : router->vrf_name ? xstrdup(router->vrf_name)
                        : xasprintf("ovnvrf%s", table)));
        grid_add(grid, join(&router->chassis, "none"));
        grid_add_int(grid, router->n_routes);
    }
    free(nodes);
    destroy_routers(&routers);
}

/* Chassis. */

static size_t
count_learned(const struct sb_facts *facts, const char *chassis)
{
    const struct sb_learned *learned;
    size_t n = 0;

    LIST_FOR_EACH (learned, node, &facts->learned) {
        n += learned->chassis && !strcmp(learned->chassis, chassis);
    }
    return n;
}

/* The state of 'chassis', in a word. */
static const char *
chassis_state(const struct sb_facts *facts, const struct sb_chassis *chassis)
{
    return (!chassis->reports ? "no daemon"
            : !chassis->hostname ? "gone"
            : chassis->nb_cfg < facts->nb_cfg ? "behind"
            : smap_get_def(&chassis->status, "state", "-"));
}

static void
fill_chassis(const struct sb_facts *facts, struct grid *grid)
{
    const struct shash_node **nodes = shash_sort(&facts->chassis);
    static const char *const keys[] = {
        "routers", "routes-desired", "routes-installed", "routes-failed"
    };

    for (size_t i = 0; i < shash_count(&facts->chassis); i++) {
        const struct sb_chassis *chassis = nodes[i]->data;

        grid_add(grid, xstrdup(chassis->name));
        grid_add(grid, xstrdup(chassis_state(facts, chassis)));
        grid_add(grid, (chassis->reports
                        ? xasprintf("%"PRId64, chassis->nb_cfg)
                        : xstrdup("-")));
        for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
            grid_add(grid, xstrdup(smap_get_def(&chassis->status, keys[k],
                                                "-")));
        }
        grid_add_int(grid, count_learned(facts, chassis->name));
        grid_add(grid, xstrdup(smap_get_def(&chassis->status, "drain", "-")));
        grid_add(grid, xstrdup(smap_get_def(&chassis->status, "problems",
                                            "-")));
    }
    free(nodes);
}

/* The value of 'key' in 'text', words KEY=VALUE; "-" if it is not there. */
static char *
word_value(const char *text, const char *key)
{
    char *start = xasprintf("%s=", key);
    const char *found = strstr(text, start);
    char *value;

    value = (found ? xmemdup0(found + strlen(start),
                              strcspn(found + strlen(start), " "))
             : xstrdup("-"));
    free(start);
    return value;
}

static void
fill_vrfs(const struct sb_facts *facts, struct grid *grid)
{
    const struct shash_node **nodes = shash_sort(&facts->chassis);

    for (size_t i = 0; i < shash_count(&facts->chassis); i++) {
        const struct sb_chassis *chassis = nodes[i]->data;
        const struct smap_node **status = smap_sort(&chassis->status);

        for (size_t j = 0; j < smap_count(&chassis->status); j++) {
            const char *text = status[j]->value;

            if (strncmp(status[j]->key, "table-", 6)) {
                continue;
            }
            grid_add(grid, xstrdup(chassis->name));
            grid_add(grid, xstrdup(status[j]->key + 6));
            grid_add(grid, word_value(text, "vrf"));
            grid_add(grid, xstrdup(strstr(text, " up ") ? "up"
                                   : strstr(text, " down ") ? "down" : "-"));
            grid_add(grid, word_value(text, "desired"));
            grid_add(grid, word_value(text, "installed"));
            grid_add(grid, word_value(text, "failed"));
        }
        free(status);
    }
    free(nodes);
}

/* Problems. */

static void
fill_problems_of(const char *who, const struct smap *smap, struct grid *grid)
{
    const struct smap_node **nodes = smap_sort(smap);
    int n = smap_get_int(smap, "problems", 0), shown = 0;

    for (size_t i = 0; i < smap_count(smap); i++) {
        if (!strncmp(nodes[i]->key, "problem-", 8)) {
            grid_add(grid, xstrdup(who));
            grid_add(grid, xstrdup(nodes[i]->value));
            shown++;
        }
    }
    if (n > shown) {
        grid_add(grid, xstrdup(who));
        grid_add(grid, xasprintf("%d more: see its problem/list", n - shown));
    }
    free(nodes);
}

static void
fill_problems(const struct sb_facts *facts, int64_t nb_cfg, struct grid *grid)
{
    const struct shash_node **nodes = shash_sort(&facts->chassis);

    if (!facts->extended || !facts->has_global) {
        grid_add(grid, xstrdup("ovn-route-northd"));
        grid_add(grid, xstrdup(!facts->extended
                               ? "the Southbound database lacks our tables; "
                                 "start it"
                               : "has never run; start it"));
    } else if (facts->nb_cfg < nb_cfg) {
        grid_add(grid, xstrdup("ovn-route-northd"));
        grid_add(grid, xasprintf("has completed configuration %"PRId64" of "
                                 "%"PRId64"; check that it runs",
                                 facts->nb_cfg, nb_cfg));
    }
    fill_problems_of("ovn-route-northd", &facts->global_ids, grid);
    for (size_t i = 0; i < shash_count(&facts->chassis); i++) {
        const struct sb_chassis *chassis = nodes[i]->data;

        fill_problems_of(chassis->name, &chassis->status, grid);
    }
    free(nodes);
}

/* All of it. */

enum { ROUTERS, CHASSIS, VRFS, PROBLEMS, N_GRIDS };

static const char *const router_headings[] = {
    "ROUTER", "TABLE", "VRF", "CHASSIS", "ROWS"
};
static const char *const chassis_headings[] = {
    "CHASSIS", "STATE", "CONFIG", "ROUTERS", "DESIRED", "INSTALLED", "FAILED",
    "LEARNED", "DRAIN", "PROBLEMS"
};
static const char *const vrf_headings[] = {
    "CHASSIS", "TABLE", "VRF", "STATE", "DESIRED", "INSTALLED", "FAILED"
};
static const char *const problem_headings[] = { "WHO", "PROBLEM" };

#define GRID(HEADINGS) \
    { HEADINGS, ARRAY_SIZE(HEADINGS), SVEC_EMPTY_INITIALIZER }

static void
fill_grids(const struct sb_facts *facts, int64_t nb_cfg,
           struct grid grids[static N_GRIDS])
{
    const struct grid empty[] = {
        [ROUTERS] = GRID(router_headings),
        [CHASSIS] = GRID(chassis_headings),
        [VRFS] = GRID(vrf_headings),
        [PROBLEMS] = GRID(problem_headings),
    };

    memcpy(grids, empty, sizeof empty);
    fill_routers(facts, &grids[ROUTERS]);
    fill_chassis(facts, &grids[CHASSIS]);
    fill_vrfs(facts, &grids[VRFS]);
    fill_problems(facts, nb_cfg, &grids[PROBLEMS]);
}

static void
destroy_grids(struct grid grids[static N_GRIDS])
{
    for (size_t i = 0; i < N_GRIDS; i++) {
        svec_destroy(&grids[i].cells);
    }
}

/* How many chassis that report have followed 'facts->nb_cfg', and of how
 * many. */
static size_t
count_settled(const struct sb_facts *facts, size_t *n)
{
    const struct shash_node *node;
    size_t settled = 0;

    *n = 0;
    SHASH_FOR_EACH (node, &facts->chassis) {
        const struct sb_chassis *chassis = node->data;

        *n += chassis->reports;
        settled += chassis->reports && chassis->nb_cfg >= facts->nb_cfg;
    }
    return settled;
}

void
show_format(const struct sb_facts *facts, int64_t nb_cfg, bool color,
            struct ds *ds)
{
    struct grid grids[N_GRIDS];
    size_t n, settled = count_settled(facts, &n);

    ds_put_format(ds, "configuration %"PRId64": rows %"PRId64", kernels of "
                  "%"PRIuSIZE" of %"PRIuSIZE" chassis; %"PRIuSIZE" routes "
                  "advertised, %"PRIuSIZE" learned\n", nb_cfg, facts->nb_cfg,
                  settled, n, ovs_list_size(&facts->routes),
                  ovs_list_size(&facts->learned));
    fill_grids(facts, nb_cfg, grids);
    for (size_t i = 0; i < PROBLEMS; i++) {
        if (grids[i].cells.n) {
            ds_put_char(ds, '\n');
            grid_format(&grids[i], color, ds);
        }
    }
    ds_put_char(ds, '\n');
    for (size_t i = 0; i < grids[PROBLEMS].cells.n; i += 2) {
        ds_put_format(ds, "%sproblem%s %s: %s\n", color ? RED : "",
                      color ? PLAIN : "", grids[PROBLEMS].cells.names[i],
                      grids[PROBLEMS].cells.names[i + 1]);
    }
    if (!grids[PROBLEMS].cells.n) {
        ds_put_cstr(ds, "no problems\n");
    }
    destroy_grids(grids);
}

struct json *
show_to_json(const struct sb_facts *facts, int64_t nb_cfg)
{
    static const char *const names[] = {
        [ROUTERS] = "routers", [CHASSIS] = "chassis", [VRFS] = "vrfs",
        [PROBLEMS] = "problems",
    };
    struct json *object = json_object_create();
    struct grid grids[N_GRIDS];

    json_object_put(object, "nb-cfg", json_integer_create(nb_cfg));
    json_object_put(object, "rows-cfg", json_integer_create(facts->nb_cfg));
    fill_grids(facts, nb_cfg, grids);
    for (size_t i = 0; i < N_GRIDS; i++) {
        json_object_put(object, names[i], grid_to_json(&grids[i]));
    }
    destroy_grids(grids);
    return object;
}
