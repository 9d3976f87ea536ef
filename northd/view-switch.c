/* view-switch.c: the sources' view of the Northbound database: changing switches
 * and their ports.  See view.h. */
#include <config.h>
#include "northd/view.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/view-private.h"
#include "util.h"
#include "uuid.h"

/* Notes what depends on 'port' of a switch. */
static void
note_switch_port(struct view *view, const struct view_switch_port *port)
{
    const struct view_router_port *router_port;
    const struct view_nat *nat;

    if (!port->sw) {
        return;
    }
    view_note(view, VIEW_OBJECT, &port->uuid);
    HMAP_FOR_EACH_WITH_HASH (nat, port_node, hash_string(port->name, 0),
                             &view->nat_ports) {
        if (!strcmp(nat->config.logical_port, port->name)) {
            view_note(view, VIEW_OBJECT, &nat->uuid);
        }
    }
    if (!port->router_port) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (router_port, name_node,
                             hash_string(port->router_port, 0),
                             &view->router_port_names) {
        if (!strcmp(router_port->name, port->router_port)
            && router_port->router) {
            view_note(view, VIEW_ADVERTISER, &router_port->uuid);
            view_note(view, VIEW_OWNER, &router_port->router->uuid);
        }
    }
}

static struct view_switch *
find_switch(const struct view *view, const struct uuid *uuid)
{
    struct view_switch *sw;

    HMAP_FOR_EACH_WITH_HASH (sw, node, uuid_hash(uuid), &view->switches) {
        if (uuid_equals(&sw->uuid, uuid)) {
            return sw;
        }
    }
    return NULL;
}

void
view_switch_set(struct view *view, const struct uuid *uuid)
{
    if (!find_switch(view, uuid)) {
        struct view_switch *sw = xzalloc(sizeof *sw);

        sw->uuid = *uuid;
        ovs_list_init(&sw->ports);
        ovs_list_init(&sw->router_ports);
        hmap_insert(&view->switches, &sw->node, uuid_hash(uuid));
    }
}

void
view_switch_remove(struct view *view, const struct uuid *uuid)
{
    struct view_switch *sw = find_switch(view, uuid);
    struct view_switch_port *port;

    if (sw) {
        LIST_FOR_EACH_SAFE (port, switch_node, &sw->ports) {
            view_switch_port_detach(view, &port->uuid, uuid);
        }
        hmap_remove(&view->switches, &sw->node);
        free(sw);
    }
}

static void
switch_port_link(struct view *view, struct view_switch_port *port,
                 struct view_switch *sw)
{
    port->sw = sw;
    ovs_list_push_back(&sw->ports, &port->switch_node);
    if (port->router_port) {
        ovs_list_push_back(&sw->router_ports, &port->router_port_node);
    }
    note_switch_port(view, port);
}

static void
switch_port_unlink(struct view *view, struct view_switch_port *port)
{
    note_switch_port(view, port);
    ovs_list_remove(&port->switch_node);
    if (port->router_port) {
        ovs_list_remove(&port->router_port_node);
    }
    port->sw = NULL;
}

/* Takes 'port' out of 'view' and frees it. */
static void
switch_port_delete(struct view *view, struct view_switch_port *port)
{
    if (port->sw) {
        switch_port_unlink(view, port);
    }
    hmap_remove(&view->switch_ports, &port->node);
    hmap_remove(&view->switch_port_names, &port->name_node);
    if (port->router_port) {
        hmap_remove(&view->switch_port_peers, &port->peer_node);
    }
    free(port->host.addresses);
    free(port->host.dynamic_addresses);
    free(port->router_port);
    free(port->name);
    free(port);
}

void
view_switch_port_set(struct view *view, const struct uuid *uuid,
                     const char *name, const char *router_port)
{
    struct view_switch_port *port = view_find_switch_port(view, uuid);
    struct view_switch_port new = { .host.advertise = true };
    struct view_switch *sw = NULL;

    if (router_port && !router_port[0]) {
        router_port = NULL;
    }
    if (port) {
        if (!strcmp(port->name, name)
            && view_string_equals(port->router_port, router_port)) {
            return;
        }
        sw = port->sw;
        new.host = port->host;
        memset(&port->host, 0, sizeof port->host);
        switch_port_delete(view, port);
    }
    port = xmemdup(&new, sizeof new);
    port->uuid = *uuid;
    port->name = xstrdup(name);
    hmap_insert(&view->switch_ports, &port->node, uuid_hash(uuid));
    hmap_insert(&view->switch_port_names, &port->name_node,
                hash_string(name, 0));
    if (router_port) {
        port->router_port = xstrdup(router_port);
        hmap_insert(&view->switch_port_peers, &port->peer_node,
                    hash_string(router_port, 0));
    }
    if (sw) {
        switch_port_link(view, port, sw);
    }
}

void
view_switch_port_remove(struct view *view, const struct uuid *uuid)
{
    struct view_switch_port *port = view_find_switch_port(view, uuid);

    if (port) {
        switch_port_delete(view, port);
    }
}

void
view_switch_port_attach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *switch_uuid)
{
    struct view_switch_port *port = view_find_switch_port(view, port_uuid);
    struct view_switch *sw = find_switch(view, switch_uuid);

    if (port && sw && port->sw != sw) {
        if (port->sw) {
            switch_port_unlink(view, port);
        }
        switch_port_link(view, port, sw);
    }
}

void
view_switch_port_detach(struct view *view, const struct uuid *port_uuid,
                        const struct uuid *switch_uuid)
{
    struct view_switch_port *port = view_find_switch_port(view, port_uuid);

    if (port && port->sw && uuid_equals(&port->sw->uuid, switch_uuid)) {
        switch_port_unlink(view, port);
    }
}

