/* view-lb.c: the sources' view of the databases: load balancers, their groups,
 * and where they are.  See the header. */
#include <config.h>
#include "northd/view-lb.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/view-private.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"

struct view_lb *
view_find_lb(const struct view *view, const struct uuid *uuid)
{
    struct view_lb *lb;

    HMAP_FOR_EACH_WITH_HASH (lb, node, uuid_hash(uuid), &view->lbs) {
        if (uuid_equals(&lb->uuid, uuid)) {
            return lb;
        }
    }
    return NULL;
}

static struct view_lb_group *
find_group(const struct view *view, const struct uuid *uuid)
{
    struct view_lb_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, uuid_hash(uuid), &view->lb_groups) {
        if (uuid_equals(&group->uuid, uuid)) {
            return group;
        }
    }
    return NULL;
}

/* Links. */

static uint32_t
link_hash(const void *router, const void *group, const void *lb)
{
    return hash_pointer(router, hash_pointer(group, hash_pointer(lb, 0)));
}

static struct view_lb_link *
find_link(const struct view *view, const struct view_router *router,
          const struct view_lb_group *group, const struct view_lb *lb)
{
    struct view_lb_link *link;

    HMAP_FOR_EACH_WITH_HASH (link, node, link_hash(router, group, lb),
                             &view->lb_links) {
        if (link->router == router && link->group == group
            && link->lb == lb) {
            return link;
        }
    }
    return NULL;
}

/* Notes 'lb' on behalf of all routers that have 'group'. */
static void
note_group_member(struct view *view, const struct view_lb_group *group,
                  const struct view_lb *lb)
{
    const struct view_lb_link *link;

    LIST_FOR_EACH (link, member_node, &group->routers) {
        view_note_owned(view, &lb->uuid, &link->router->uuid);
    }
}

void
view_lb_note(struct view *view, const struct view_lb *lb)
{
    const struct view_lb_link *link;

    LIST_FOR_EACH (link, member_node, &lb->routers) {
        view_note_owned(view, &lb->uuid, &link->router->uuid);
    }
    LIST_FOR_EACH (link, member_node, &lb->groups) {
        note_group_member(view, link->group, lb);
    }
}

/* Notes what depends on 'link' being there. */
static void
note_link(struct view *view, const struct view_lb_link *link)
{
    const struct view_lb_link *l;

    if (!link->group) {
        view_note_owned(view, &link->lb->uuid, &link->router->uuid);
    } else if (!link->router) {
        note_group_member(view, link->group, link->lb);
    } else {
        LIST_FOR_EACH (l, owner_node, &link->group->lbs) {
            view_note_owned(view, &l->lb->uuid, &link->router->uuid);
        }
    }
}

/* Links what is nonnull, exactly two of the three, if it is not yet. */
static void
link_add(struct view *view, struct view_router *router,
         struct view_lb_group *group, struct view_lb *lb)
{
    struct view_lb_link *link;

    if (!!router + !!group + !!lb != 2
        || find_link(view, router, group, lb)) {
        return;
    }
    link = xmalloc(sizeof *link);
    link->router = router;
    link->group = group;
    link->lb = lb;
    hmap_insert(&view->lb_links, &link->node, link_hash(router, group, lb));
    ovs_list_push_back((!router ? &group->lbs
                        : lb ? &router->lbs : &router->lb_groups),
                       &link->owner_node);
    ovs_list_push_back((!lb ? &group->routers
                        : router ? &lb->routers : &lb->groups),
                       &link->member_node);
    note_link(view, link);
}

static void
link_remove(struct view *view, struct view_lb_link *link)
{
    if (link) {
        note_link(view, link);
        hmap_remove(&view->lb_links, &link->node);
        ovs_list_remove(&link->owner_node);
        ovs_list_remove(&link->member_node);
        free(link);
    }
}

void
view_lb_attach(struct view *view, const struct uuid *lb,
               const struct uuid *router)
{
    link_add(view, view_find_router(view, router), NULL,
             view_find_lb(view, lb));
}

void
view_lb_detach(struct view *view, const struct uuid *lb,
               const struct uuid *router)
{
    link_remove(view, find_link(view, view_find_router(view, router), NULL,
                                view_find_lb(view, lb)));
}

void
view_lb_group_attach(struct view *view, const struct uuid *group,
                     const struct uuid *router)
{
    link_add(view, view_find_router(view, router), find_group(view, group),
             NULL);
}

void
view_lb_group_detach(struct view *view, const struct uuid *group,
                     const struct uuid *router)
{
    link_remove(view, find_link(view, view_find_router(view, router),
                                find_group(view, group), NULL));
}

void
view_lb_group_member_attach(struct view *view, const struct uuid *lb,
                            const struct uuid *group)
{
    link_add(view, NULL, find_group(view, group), view_find_lb(view, lb));
}

void
view_lb_group_member_detach(struct view *view, const struct uuid *lb,
                            const struct uuid *group)
{
    link_remove(view, find_link(view, NULL, find_group(view, group),
                                view_find_lb(view, lb)));
}

void
view_lb_detach_router(struct view *view, struct view_router *router)
{
    struct view_lb_link *link;

    LIST_FOR_EACH_SAFE (link, owner_node, &router->lbs) {
        link_remove(view, link);
    }
    LIST_FOR_EACH_SAFE (link, owner_node, &router->lb_groups) {
        link_remove(view, link);
    }
}

/* Load balancers. */

/* The keys of 'smap', sorted. */
static char **
sorted_keys(const struct smap *smap)
{
    const struct smap_node **nodes = smap_sort(smap);
    size_t n = smap_count(smap);
    char **keys = xmalloc(MAX(n, 1) * sizeof *keys);

    for (size_t i = 0; i < n; i++) {
        keys[i] = xstrdup(nodes[i]->key);
    }
    free(nodes);
    return keys;
}

static void
free_keys(char **keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(keys[i]);
    }
    free(keys);
}

static bool
keys_equal(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
    for (size_t i = 0; n_a == n_b && i < n_a; i++) {
        if (strcmp(a[i], b[i])) {
            return false;
        }
    }
    return n_a == n_b;
}

/* Gives 'lb' what is in 'config' but for its checks.  True if that differs. */
static bool
lb_update(struct view_lb *lb, const struct view_lb_config *config)
{
    size_t n_vips = smap_count(config->vips);
    char **vips = sorted_keys(config->vips);

    if (lb->name && !strcmp(lb->name, config->name)
        && view_string_equals(lb->metric, config->metric)
        && lb->advertise == config->advertise
        && lb->template == config->template
        && lb->health == config->health
        && keys_equal(lb->vips, lb->n_vips, vips, n_vips)) {
        free_keys(vips, n_vips);
        return false;
    }
    free_keys(lb->vips, lb->n_vips);
    free(lb->name);
    free(lb->metric);
    lb->vips = vips;
    lb->n_vips = n_vips;
    lb->name = xstrdup(config->name);
    lb->metric = nullable_xstrdup(config->metric);
    lb->advertise = config->advertise;
    lb->template = config->template;
    lb->health = config->health;
    return true;
}

void
view_lb_set(struct view *view, const struct uuid *uuid,
            const struct view_lb_config *config)
{
    struct view_lb *lb = view_find_lb(view, uuid);
    bool differs, checks_differ;

    if (!lb) {
        lb = xzalloc(sizeof *lb);
        lb->uuid = *uuid;
        ovs_list_init(&lb->routers);
        ovs_list_init(&lb->groups);
        hmap_insert(&view->lbs, &lb->node, uuid_hash(uuid));
    }
    differs = lb_update(lb, config);
    checks_differ = view_lb_set_checks(view, lb, config);
    if (differs || checks_differ) {
        view_lb_note(view, lb);
    }
}

void
view_lb_remove(struct view *view, const struct uuid *uuid)
{
    const struct smap none = SMAP_INITIALIZER(&none);
    const struct view_lb_config empty = { .name = "", .vips = &none };
    struct view_lb *lb = view_find_lb(view, uuid);
    struct view_lb_link *link;

    if (!lb) {
        return;
    }
    LIST_FOR_EACH_SAFE (link, member_node, &lb->routers) {
        link_remove(view, link);
    }
    LIST_FOR_EACH_SAFE (link, member_node, &lb->groups) {
        link_remove(view, link);
    }
    view_lb_set_checks(view, lb, &empty);
    hmap_remove(&view->lbs, &lb->node);
    free_keys(lb->vips, lb->n_vips);
    free(lb->name);
    free(lb->metric);
    free(lb);
}

void
view_lb_group_set(struct view *view, const struct uuid *uuid)
{
    if (!find_group(view, uuid)) {
        struct view_lb_group *group = xmalloc(sizeof *group);

        group->uuid = *uuid;
        ovs_list_init(&group->lbs);
        ovs_list_init(&group->routers);
        hmap_insert(&view->lb_groups, &group->node, uuid_hash(uuid));
    }
}

void
view_lb_group_remove(struct view *view, const struct uuid *uuid)
{
    struct view_lb_group *group = find_group(view, uuid);
    struct view_lb_link *link;

    if (group) {
        LIST_FOR_EACH_SAFE (link, owner_node, &group->lbs) {
            link_remove(view, link);
        }
        LIST_FOR_EACH_SAFE (link, member_node, &group->routers) {
            link_remove(view, link);
        }
        hmap_remove(&view->lb_groups, &group->node);
        free(group);
    }
}

/* Reading. */

bool
view_lb_is_on_router(const struct view *view, const struct view_lb *lb,
                     const struct view_router *router)
{
    const struct view_lb_link *link;

    if (find_link(view, router, NULL, lb)) {
        return true;
    }
    LIST_FOR_EACH (link, member_node, &lb->groups) {
        if (find_link(view, router, link->group, NULL)) {
            return true;
        }
    }
    return false;
}

void
view_for_each_lb(const struct view_router *router,
                 void (*cb)(const struct view_lb *, void *aux), void *aux)
{
    const struct view_lb_link *link, *l;

    LIST_FOR_EACH (link, owner_node, &router->lbs) {
        cb(link->lb, aux);
    }
    LIST_FOR_EACH (link, owner_node, &router->lb_groups) {
        LIST_FOR_EACH (l, owner_node, &link->group->lbs) {
            cb(l->lb, aux);
        }
    }
}
