/* view-nat.c: the sources' view of the Northbound database: changing NATs.  See
 * view.h. */
#include <config.h>
#include "northd/view.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "northd/view-private.h"
#include "util.h"
#include "uuid.h"

static void
nat_config_clone(struct view_nat_config *dst,
                 const struct view_nat_config *src)
{
    *dst = *src;
    dst->type = xstrdup(src->type);
    dst->external_ip = xstrdup(src->external_ip);
    dst->logical_ip = xstrdup(src->logical_ip);
    dst->logical_port = nullable_xstrdup(src->logical_port);
    dst->external_mac = nullable_xstrdup(src->external_mac);
    dst->metric = nullable_xstrdup(src->metric);
}

static bool
nat_config_equals(const struct view_nat_config *a,
                  const struct view_nat_config *b)
{
    return (!strcmp(a->type, b->type)
            && !strcmp(a->external_ip, b->external_ip)
            && !strcmp(a->logical_ip, b->logical_ip)
            && view_string_equals(a->logical_port, b->logical_port)
            && view_string_equals(a->external_mac, b->external_mac)
            && uuid_equals(&a->gateway_port, &b->gateway_port)
            && a->allowed_ext_ips == b->allowed_ext_ips
            && a->exempted_ext_ips == b->exempted_ext_ips
            && a->advertise == b->advertise
            && view_string_equals(a->metric, b->metric));
}

/* Removes 'nat' and its contents from 'view', but not its attachment. */
static void
nat_take_out(struct view *view, struct view_nat *nat)
{
    hmap_remove(&view->nats, &nat->node);
    if (nat->config.logical_port) {
        hmap_remove(&view->nat_ports, &nat->port_node);
    }
    free(nat->config.type);
    free(nat->config.external_ip);
    free(nat->config.logical_ip);
    free(nat->config.logical_port);
    free(nat->config.external_mac);
    free(nat->config.metric);
}

void
view_nat_set(struct view *view, const struct uuid *uuid,
             const struct view_nat_config *config)
{
    struct view_nat *nat = view_find_nat(view, uuid);

    if (!nat) {
        nat = xzalloc(sizeof *nat);
        nat->uuid = *uuid;
    } else if (nat_config_equals(&nat->config, config)) {
        return;
    } else {
        nat_take_out(view, nat);
    }
    nat_config_clone(&nat->config, config);
    hmap_insert(&view->nats, &nat->node, uuid_hash(uuid));
    if (nat->config.logical_port) {
        hmap_insert(&view->nat_ports, &nat->port_node,
                    hash_string(nat->config.logical_port, 0));
    }
    if (nat->router) {
        view_note(view, VIEW_OBJECT, uuid);
    }
}

void
view_nat_remove(struct view *view, const struct uuid *uuid)
{
    struct view_nat *nat = view_find_nat(view, uuid);

    if (nat) {
        if (nat->router) {
            view_nat_detach(view, uuid, &nat->router->uuid);
        }
        nat_take_out(view, nat);
        free(nat);
    }
}

void
view_nat_attach(struct view *view, const struct uuid *nat_uuid,
                const struct uuid *router_uuid)
{
    struct view_nat *nat = view_find_nat(view, nat_uuid);
    struct view_router *router = view_find_router(view, router_uuid);

    if (nat && router && nat->router != router) {
        if (nat->router) {
            ovs_list_remove(&nat->router_node);
        }
        nat->router = router;
        ovs_list_push_back(&router->nats, &nat->router_node);
        view_note(view, VIEW_OBJECT, nat_uuid);
    }
}

void
view_nat_detach(struct view *view, const struct uuid *nat_uuid,
                const struct uuid *router_uuid)
{
    struct view_nat *nat = view_find_nat(view, nat_uuid);

    if (nat && nat->router && uuid_equals(&nat->router->uuid, router_uuid)) {
        view_note(view, VIEW_OBJECT, nat_uuid);
        ovs_list_remove(&nat->router_node);
        nat->router = NULL;
    }
}
