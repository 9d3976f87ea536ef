/* view-host.c: the sources' view of the databases: addresses of switch ports.
 * See the header. */
#include <config.h>
#include "northd/view-host.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/view-private.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* The 'config''s addresses as one text, NULL if there are none. */
static char *
join_addresses(const struct view_host_config *config)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < config->n_addresses; i++) {
        ds_put_format(&s, "%s\n", config->addresses[i]);
    }
    return config->n_addresses ? ds_steal_cstr(&s) : NULL;
}

void
view_switch_port_set_host(struct view *view, const struct uuid *uuid,
                          const struct view_host_config *config)
{
    struct view_switch_port *port = view_find_switch_port(view, uuid);
    char *addresses;

    if (!port) {
        return;
    }
    addresses = join_addresses(config);
    if (view_string_equals(port->host.addresses, addresses)
        && view_string_equals(port->host.dynamic_addresses,
                              config->dynamic_addresses)
        && port->host.is_virtual == config->is_virtual
        && port->host.advertise == config->advertise) {
        free(addresses);
        return;
    }
    free(port->host.addresses);
    free(port->host.dynamic_addresses);
    port->host.addresses = addresses;
    port->host.dynamic_addresses = nullable_xstrdup(config->dynamic_addresses);
    port->host.is_virtual = config->is_virtual;
    port->host.advertise = config->advertise;
    if (port->sw) {
        view_note(view, VIEW_OBJECT, uuid);
    }
}

/* Virtual ports. */

static struct view_virtual *
find_virtual(const struct view *view, const char *name)
{
    struct view_virtual *v;

    HMAP_FOR_EACH_WITH_HASH (v, node, hash_string(name, 0), &view->virtuals) {
        if (!strcmp(v->name, name)) {
            return v;
        }
    }
    return NULL;
}

static void
virtual_delete(struct view *view, struct view_virtual *v)
{
    hmap_remove(&view->virtuals, &v->node);
    free(v->name);
    free(v->parent);
    free(v);
}

static void
note_switch_ports_called(struct view *view, const char *name)
{
    const struct view_switch_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, name_node, hash_string(name, 0),
                             &view->switch_port_names) {
        if (port->sw && !strcmp(port->name, name)) {
            view_note(view, VIEW_OBJECT, &port->uuid);
        }
    }
}

void
view_virtual_parent_set(struct view *view, const char *name,
                        const char *parent)
{
    struct view_virtual *v = find_virtual(view, name);

    if (view_string_equals(v ? v->parent : NULL, parent)) {
        return;
    }
    note_switch_ports_called(view, name);
    if (v) {
        virtual_delete(view, v);
    }
    if (parent) {
        v = xmalloc(sizeof *v);
        v->name = xstrdup(name);
        v->parent = xstrdup(parent);
        hmap_insert(&view->virtuals, &v->node, hash_string(name, 0));
    }
}

void
view_virtual_parent_clear_all(struct view *view)
{
    struct view_virtual *v;

    HMAP_FOR_EACH_SAFE (v, node, &view->virtuals) {
        note_switch_ports_called(view, v->name);
        virtual_delete(view, v);
    }
}

const char *
view_virtual_parent(const struct view *view, const char *name)
{
    const struct view_virtual *v = find_virtual(view, name);

    return v ? v->parent : NULL;
}
