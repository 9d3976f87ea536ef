/* route-scope.c: which Southbound rows matter to this chassis.  See the
 * header. */
#include <config.h>
#include "controller/route-scope.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/route-private.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

/* A router port that rows track. */
struct tracked_name {
    struct hmap_node node;      /* In struct route_plan's 'tracked_names'. */
    size_t n_rows;              /* Rows that track it. */
    unsigned int seqno;         /* Of the scope that it came into, or 0. */
    bool loaded;                /* Its Port_Binding has been stated. */
    char *name;
};

void
route_scope_init(struct route_plan *plan)
{
    hmap_init(&plan->tracked_names);
    ovs_list_init(&plan->waiting);
    ovs_list_init(&plan->bound_ports);
    plan->scope_dirty = true;
}

static void
clear_scope(struct route_scope *scope)
{
    for (size_t i = 0; i < scope->n_ports; i++) {
        free(scope->ports[i]);
    }
    free(scope->ports);
    free(scope->datapaths);
    free(scope->bound);
}

void
route_scope_destroy(struct route_plan *plan)
{
    ovs_assert(hmap_is_empty(&plan->tracked_names));
    hmap_destroy(&plan->tracked_names);
    clear_scope(&plan->scope);
}

struct tracked_name *
route_scope_ref(struct route_plan *plan, const char *name)
{
    uint32_t hash = hash_string(name, 0);
    struct tracked_name *tn;

    HMAP_FOR_EACH_WITH_HASH (tn, node, hash, &plan->tracked_names) {
        if (!strcmp(tn->name, name)) {
            tn->n_rows++;
            return tn;
        }
    }
    tn = xzalloc(sizeof *tn);
    tn->name = xstrdup(name);
    tn->n_rows = 1;
    hmap_insert(&plan->tracked_names, &tn->node, hash);
    plan->scope_dirty = true;
    return tn;
}

void
route_scope_unref(struct route_plan *plan, struct tracked_name *tn)
{
    if (tn && !--tn->n_rows) {
        hmap_remove(&plan->tracked_names, &tn->node);
        free(tn->name);
        free(tn);
        plan->scope_dirty = true;
    }
}

const char *
route_scope_name(const struct tracked_name *tn)
{
    return tn->name;
}

bool
route_scope_row_waits(const struct advertised *row)
{
    return (row->tracked_name && !row->tracked_name->loaded
            && row->tracked_port && !row->tracked_port->present);
}

static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
collect_datapaths(const struct route_plan *plan, struct route_scope *scope)
{
    const struct router *router;
    size_t allocated = 0;

    HMAP_FOR_EACH (router, node, &plan->routers) {
        if (router->takes_part) {
            if (scope->n_datapaths >= allocated) {
                scope->datapaths = x2nrealloc(scope->datapaths, &allocated,
                                              sizeof *scope->datapaths);
            }
            scope->datapaths[scope->n_datapaths++] = router->owner.uuid;
        }
    }
}

static void
collect_bound(const struct route_plan *plan, struct route_scope *scope)
{
    const struct port *port;
    size_t allocated = 0;

    LIST_FOR_EACH (port, bound_node, &plan->bound_ports) {
        if (scope->n_bound >= allocated) {
            scope->bound = x2nrealloc(scope->bound, &allocated,
                                      sizeof *scope->bound);
        }
        scope->bound[scope->n_bound++] = port->uuid;
    }
}

static void
collect_tracked(const struct route_plan *plan, struct route_scope *scope)
{
    const struct tracked_name *tn;

    scope->ports = xmalloc((hmap_count(&plan->tracked_names) + 1)
                           * sizeof *scope->ports);
    HMAP_FOR_EACH (tn, node, &plan->tracked_names) {
        scope->ports[scope->n_ports++] = xstrdup(tn->name);
    }
    qsort(scope->ports, scope->n_ports, sizeof *scope->ports,
          compare_strings);
}

static void
sort_uuids(struct uuid *uuids, size_t n)
{
    if (n) {
        qsort(uuids, n, sizeof *uuids, compare_uuids);
    }
}

/* Fills in 'scope' from the plan. */
static void
collect_scope(const struct route_plan *plan, struct route_scope *scope)
{
    collect_datapaths(plan, scope);
    collect_bound(plan, scope);
    collect_tracked(plan, scope);
    sort_uuids(scope->datapaths, scope->n_datapaths);
    sort_uuids(scope->bound, scope->n_bound);
}

static bool
uuids_equal(const struct uuid *a, size_t n_a, const struct uuid *b, size_t n_b)
{
    return n_a == n_b && (!n_a || !memcmp(a, b, n_a * sizeof *a));
}

static bool
scope_equals(const struct route_scope *a, const struct route_scope *b)
{
    if (a->n_ports != b->n_ports
        || !uuids_equal(a->datapaths, a->n_datapaths,
                        b->datapaths, b->n_datapaths)
        || !uuids_equal(a->bound, a->n_bound, b->bound, b->n_bound)) {
        return false;
    }
    for (size_t i = 0; i < a->n_ports; i++) {
        if (strcmp(a->ports[i], b->ports[i])) {
            return false;
        }
    }
    return true;
}

void
route_scope_run(struct route_plan *plan)
{
    struct route_scope new = { .seqno = plan->scope.seqno };
    struct tracked_name *tn;

    if (!plan->scope_dirty) {
        return;
    }
    plan->scope_dirty = false;
    collect_scope(plan, &new);
    if (new.seqno && scope_equals(&new, &plan->scope)) {
        clear_scope(&new);
    } else {
        clear_scope(&plan->scope);
        plan->scope = new;
        plan->scope.seqno += plan->scope.seqno == UINT_MAX ? 2 : 1;
    }
    HMAP_FOR_EACH (tn, node, &plan->tracked_names) {
        if (!tn->seqno) {
            tn->seqno = plan->scope.seqno;
            tn->loaded = tn->seqno == plan->loaded_seqno;
        }
    }
}

const struct route_scope *
route_plan_get_scope(const struct route_plan *plan)
{
    return &plan->scope;
}

bool
route_plan_scope_loaded(struct route_plan *plan, unsigned int seqno)
{
    struct tracked_name *tn;
    struct advertised *row;

    if (seqno != plan->scope.seqno || plan->loaded_seqno == seqno) {
        return false;
    }
    plan->loaded_seqno = seqno;
    HMAP_FOR_EACH (tn, node, &plan->tracked_names) {
        tn->loaded |= tn->seqno != 0;
    }
    if (ovs_list_is_empty(&plan->waiting)) {
        return false;
    }
    LIST_FOR_EACH_SAFE (row, waiting_node, &plan->waiting) {
        ovs_list_remove(&row->waiting_node);
        ovs_list_init(&row->waiting_node);
        route_facts_row_dirty(plan, row);
    }
    return true;
}
