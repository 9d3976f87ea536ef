/* view-lb-health.c: the sources' view of the databases: health of backends, and
 * variables of chassis.  See view-lb.h. */
#include <config.h>
#include "northd/view-lb.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/ip-prefix.h"
#include "northd/lb-vip.h"
#include "northd/view-private.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"

/* What a service monitor is known by. */
static char *
monitor_key(const struct ip_prefix *address, int64_t port,
            const char *protocol, const char *logical_port)
{
    char buf[IP_PREFIX_STRLEN];

    return xasprintf("%s %"PRId64" %s %s", ip_prefix_format(address, buf), port,
                     protocol ? protocol : "tcp", logical_port);
}

/* Checks. */

/* The port that ip_port_mappings names for 'address', "PORT:SOURCE", which the
 * caller must free(), or NULL. */
static char *
mapped_port(const struct smap *mappings, const struct ip_prefix *address)
{
    char buf[IP_PREFIX_STRLEN], bracketed[IP_PREFIX_STRLEN + 2];
    const char *value;

    ip_prefix_format(address, buf);
    snprintf(bracketed, sizeof bracketed, "[%s]", buf);
    value = smap_get(mappings, buf);
    value = value ? value : smap_get(mappings, bracketed);
    return value ? xmemdup0(value, strcspn(value, ":")) : NULL;
}

static bool
vip_is_checked(const struct view_lb_config *config, const char *vip)
{
    for (size_t i = 0; i < config->n_checked_vips; i++) {
        if (!strcmp(config->checked_vips[i], vip)) {
            return true;
        }
    }
    return false;
}

/* The checks that 'config' wants for 'lb', and their number '*n'. */
static struct view_lb_check *
make_checks(struct view_lb *lb, const struct view_lb_config *config, size_t *n)
{
    struct view_lb_check *checks = NULL;
    size_t allocated = 0;

    *n = 0;
    for (size_t i = 0; config->health && i < lb->n_vips; i++) {
        char *backends, *backend, *save = NULL;

        if (!vip_is_checked(config, lb->vips[i])) {
            continue;
        }
        backends = xstrdup(smap_get(config->vips, lb->vips[i]));
        for (backend = strtok_r(backends, ", ", &save); backend;
             backend = strtok_r(NULL, ", ", &save)) {
            struct ip_prefix address;
            uint16_t port;
            char *logical_port;

            if (!lb_vip_parse(backend, &address, &port)
                && (logical_port = mapped_port(config->mappings, &address))) {
                if (*n >= allocated) {
                    checks = x2nrealloc(checks, &allocated, sizeof *checks);
                }
                checks[*n].lb = lb;
                checks[*n].vip = i;
                checks[(*n)++].key = monitor_key(&address, port,
                                                 config->protocol,
                                                 logical_port);
                free(logical_port);
            }
        }
        free(backends);
    }
    return checks;
}

static void
free_checks(struct view_lb_check *checks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(checks[i].key);
    }
    free(checks);
}

static bool
checks_equal(const struct view_lb *lb, const struct view_lb_check *checks,
             size_t n)
{
    for (size_t i = 0; n == lb->n_checks && i < n; i++) {
        if (lb->checks[i].vip != checks[i].vip
            || strcmp(lb->checks[i].key, checks[i].key)) {
            return false;
        }
    }
    return n == lb->n_checks;
}

bool
view_lb_set_checks(struct view *view, struct view_lb *lb,
                   const struct view_lb_config *config)
{
    size_t n;
    struct view_lb_check *checks = make_checks(lb, config, &n);

    if (checks_equal(lb, checks, n)) {
        free_checks(checks, n);
        return false;
    }
    for (size_t i = 0; i < lb->n_checks; i++) {
        hmap_remove(&view->lb_checks, &lb->checks[i].node);
    }
    free_checks(lb->checks, lb->n_checks);
    lb->checks = checks;
    lb->n_checks = n;
    for (size_t i = 0; i < n; i++) {
        hmap_insert(&view->lb_checks, &checks[i].node,
                    hash_string(checks[i].key, 0));
    }
    return true;
}

/* Monitors. */

static struct view_monitor *
find_monitor(const struct view *view, const struct uuid *uuid)
{
    struct view_monitor *monitor;

    HMAP_FOR_EACH_WITH_HASH (monitor, node, uuid_hash(uuid),
                             &view->monitors) {
        if (uuid_equals(&monitor->uuid, uuid)) {
            return monitor;
        }
    }
    return NULL;
}

static void
note_checks(struct view *view, const char *key)
{
    const struct view_lb_check *check;

    HMAP_FOR_EACH_WITH_HASH (check, node, hash_string(key, 0),
                             &view->lb_checks) {
        if (!strcmp(check->key, key)) {
            view_lb_note(view, check->lb);
        }
    }
}

void
view_monitor_set(struct view *view, const struct uuid *uuid, const char *ip,
                 int64_t port, const char *protocol, const char *logical_port,
                 bool down)
{
    struct view_monitor *monitor = find_monitor(view, uuid);
    struct ip_prefix address;
    char *key;

    if (ip_prefix_parse(ip, &address, NULL)) {
        view_monitor_remove(view, uuid);
        return;
    }
    key = monitor_key(&address, port, protocol, logical_port);
    if (monitor && monitor->down == down && !strcmp(monitor->key, key)) {
        free(key);
        return;
    }
    view_monitor_remove(view, uuid);
    monitor = xmalloc(sizeof *monitor);
    monitor->uuid = *uuid;
    monitor->key = key;
    monitor->down = down;
    hmap_insert(&view->monitors, &monitor->node, uuid_hash(uuid));
    hmap_insert(&view->monitor_keys, &monitor->key_node, hash_string(key, 0));
    note_checks(view, key);
}

void
view_monitor_remove(struct view *view, const struct uuid *uuid)
{
    struct view_monitor *monitor = find_monitor(view, uuid);

    if (monitor) {
        note_checks(view, monitor->key);
        hmap_remove(&view->monitors, &monitor->node);
        hmap_remove(&view->monitor_keys, &monitor->key_node);
        free(monitor->key);
        free(monitor);
    }
}

void
view_monitor_clear_all(struct view *view)
{
    struct view_monitor *monitor;

    HMAP_FOR_EACH_SAFE (monitor, node, &view->monitors) {
        view_monitor_remove(view, &monitor->uuid);
    }
}

bool
view_lb_check_is_down(const struct view *view,
                      const struct view_lb_check *check)
{
    const struct view_monitor *monitor;
    bool down = false;

    HMAP_FOR_EACH_WITH_HASH (monitor, key_node, hash_string(check->key, 0),
                             &view->monitor_keys) {
        if (!strcmp(monitor->key, check->key)) {
            if (!monitor->down) {
                return false;
            }
            down = true;
        }
    }
    return down;
}

/* Template variables. */

static struct view_template *
find_template(const struct view *view, const struct uuid *uuid)
{
    struct view_template *template;

    HMAP_FOR_EACH_WITH_HASH (template, node, uuid_hash(uuid),
                             &view->templates) {
        if (uuid_equals(&template->uuid, uuid)) {
            return template;
        }
    }
    return NULL;
}

struct note_template_aux {
    struct view *view;
    const struct view_router *router;
};

static void
note_template_lb(const struct view_lb *lb, void *aux_)
{
    const struct note_template_aux *aux = aux_;

    if (lb->template) {
        view_note_owned(aux->view, &lb->uuid, &aux->router->uuid);
    }
}

/* Notes what depends on the variables of 'chassis'. */
static void
note_chassis(struct view *view, const char *chassis)
{
    const struct view_router *router;

    HMAP_FOR_EACH (router, node, &view->routers) {
        if (router->chassis && !strcmp(router->chassis, chassis)) {
            struct note_template_aux aux = { view, router };

            view_for_each_lb(router, note_template_lb, &aux);
        }
    }
}

void
view_template_set(struct view *view, const struct uuid *uuid,
                  const char *chassis, const struct smap *variables)
{
    struct view_template *template = find_template(view, uuid);

    if (template && !strcmp(template->chassis, chassis)
        && smap_equal(&template->variables, variables)) {
        return;
    }
    view_template_remove(view, uuid);
    template = xmalloc(sizeof *template);
    template->uuid = *uuid;
    template->chassis = xstrdup(chassis);
    smap_clone(&template->variables, variables);
    hmap_insert(&view->templates, &template->node, uuid_hash(uuid));
    hmap_insert(&view->template_chassis, &template->chassis_node,
                hash_string(chassis, 0));
    note_chassis(view, chassis);
}

void
view_template_remove(struct view *view, const struct uuid *uuid)
{
    struct view_template *template = find_template(view, uuid);

    if (template) {
        note_chassis(view, template->chassis);
        hmap_remove(&view->templates, &template->node);
        hmap_remove(&view->template_chassis, &template->chassis_node);
        smap_destroy(&template->variables);
        free(template->chassis);
        free(template);
    }
}

const struct smap *
view_template_variables(const struct view *view, const char *chassis)
{
    const struct view_template *template, *first = NULL;

    HMAP_FOR_EACH_WITH_HASH (template, chassis_node, hash_string(chassis, 0),
                             &view->template_chassis) {
        if (!strcmp(template->chassis, chassis)
            && (!first || uuid_compare_3way(&template->uuid,
                                            &first->uuid) < 0)) {
            first = template;
        }
    }
    return first ? &first->variables : NULL;
}
