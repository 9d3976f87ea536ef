/* nb-view.c: from the Northbound IDL to the view.  See the header. */
#include <config.h>
#include "northd/nb-view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ovn-nb-idl.h"
#include "northd/learned-mark.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "northd/view.h"
#include "openvswitch/hmap.h"
#include "util.h"
#include "uuid.h"

/* The references of a row, as last seen. */
struct member_set {
    struct hmap_node node;      /* In struct nb_view's 'members', by 'uuid'. */
    struct uuid uuid;           /* Of the row. */
    struct uuid *members;       /* Sorted. */
    size_t n;
};

typedef void member_function(struct view *, const struct uuid *member,
                             const struct uuid *parent);

/* The columns that hold members, and what is done with those that come and
 * go. */
enum member_kind {
    ROUTER_PORTS,
    ROUTER_NATS,
    ROUTER_ROUTES,
    ROUTER_LBS,
    ROUTER_GROUPS,
    GROUP_LBS,
    SWITCH_PORTS,
    N_MEMBER_KINDS
};
static const struct {
    member_function *attach;
    member_function *detach;
} member_kinds[N_MEMBER_KINDS] = {
    [ROUTER_PORTS] = { view_router_port_attach, view_router_port_detach },
    [ROUTER_NATS] = { view_nat_attach, view_nat_detach },
    [ROUTER_ROUTES] = { view_route_attach, view_route_detach },
    [ROUTER_LBS] = { view_lb_attach, view_lb_detach },
    [ROUTER_GROUPS] = { view_lb_group_attach, view_lb_group_detach },
    [GROUP_LBS] = { view_lb_group_member_attach, view_lb_group_member_detach },
    [SWITCH_PORTS] = { view_switch_port_attach, view_switch_port_detach },
};

struct nb_view {
    bool have_global;           /* NB_Global's row has been seen. */
    struct hmap members[N_MEMBER_KINDS]; /* Of struct member_set. */
};

void
nb_view_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &nbrec_nb_global_col_nb_cfg,
        &nbrec_logical_router_col_name,
        &nbrec_logical_router_col_enabled,
        &nbrec_logical_router_col_options,
        &nbrec_logical_router_col_ports,
        &nbrec_logical_router_col_nat,
        &nbrec_logical_router_col_static_routes,
        &nbrec_logical_router_col_load_balancer,
        &nbrec_logical_router_col_load_balancer_group,
        &nbrec_logical_router_port_col_name,
        &nbrec_logical_router_port_col_networks,
        &nbrec_logical_router_port_col_peer,
        &nbrec_logical_router_port_col_gateway_chassis,
        &nbrec_logical_router_port_col_ha_chassis_group,
        &nbrec_logical_router_port_col_options,
        &nbrec_logical_switch_col_ports,
        &nbrec_logical_switch_port_col_name,
        &nbrec_logical_switch_port_col_type,
        &nbrec_logical_switch_port_col_options,
        &nbrec_logical_switch_port_col_addresses,
        &nbrec_logical_switch_port_col_dynamic_addresses,
        &nbrec_nat_col_type,
        &nbrec_nat_col_external_ip,
        &nbrec_nat_col_logical_ip,
        &nbrec_nat_col_logical_port,
        &nbrec_nat_col_external_mac,
        &nbrec_nat_col_gateway_port,
        &nbrec_nat_col_allowed_ext_ips,
        &nbrec_nat_col_exempted_ext_ips,
        &nbrec_nat_col_options,
        &nbrec_logical_router_static_route_col_ip_prefix,
        &nbrec_logical_router_static_route_col_nexthop,
        &nbrec_logical_router_static_route_col_output_port,
        &nbrec_logical_router_static_route_col_policy,
        &nbrec_logical_router_static_route_col_route_table,
        &nbrec_logical_router_static_route_col_bfd,
        &nbrec_logical_router_static_route_col_options,
        &nbrec_logical_router_static_route_col_external_ids,
        &nbrec_load_balancer_col_name,
        &nbrec_load_balancer_col_vips,
        &nbrec_load_balancer_col_protocol,
        &nbrec_load_balancer_col_health_check,
        &nbrec_load_balancer_col_ip_port_mappings,
        &nbrec_load_balancer_col_options,
        &nbrec_load_balancer_health_check_col_vip,
        &nbrec_load_balancer_group_col_load_balancer,
        &nbrec_chassis_template_var_col_chassis,
        &nbrec_chassis_template_var_col_variables,
        &nbrec_bfd_col_dst_ip,
        &nbrec_bfd_col_status,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct nb_view *
nb_view_create(void)
{
    struct nb_view *nbv = xzalloc(sizeof *nbv);

    for (size_t i = 0; i < N_MEMBER_KINDS; i++) {
        hmap_init(&nbv->members[i]);
    }
    return nbv;
}

/* Sets of members. */

static struct member_set *
member_set_find(const struct hmap *sets, const struct uuid *uuid)
{
    struct member_set *set;

    HMAP_FOR_EACH_WITH_HASH (set, node, uuid_hash(uuid), sets) {
        if (uuid_equals(&set->uuid, uuid)) {
            return set;
        }
    }
    return NULL;
}

static void
members_forget(struct nb_view *nbv, enum member_kind kind,
               const struct uuid *uuid)
{
    struct member_set *set = member_set_find(&nbv->members[kind], uuid);

    if (set) {
        hmap_remove(&nbv->members[kind], &set->node);
        free(set->members);
        free(set);
    }
}

static void
members_clear(struct nb_view *nbv)
{
    struct member_set *set;

    for (enum member_kind kind = 0; kind < N_MEMBER_KINDS; kind++) {
        HMAP_FOR_EACH_SAFE (set, node, &nbv->members[kind]) {
            members_forget(nbv, kind, &set->uuid);
        }
    }
}

void
nb_view_destroy(struct nb_view *nbv)
{
    if (nbv) {
        members_clear(nbv);
        for (size_t i = 0; i < N_MEMBER_KINDS; i++) {
            hmap_destroy(&nbv->members[i]);
        }
        free(nbv);
    }
}

static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

/* Tells 'view' what came into the members of row 'uuid' and what left them, now
 * that they are the 'n' ones at 'now'. */
static void
members_update(struct nb_view *nbv, enum member_kind kind, struct view *view,
               const struct uuid *uuid, const struct uuid *now, size_t n)
{
    struct hmap *sets = &nbv->members[kind];
    struct member_set *set = member_set_find(sets, uuid);
    struct uuid *members = xmalloc(MAX(n, 1) * sizeof *members);
    bool sorted = true;
    size_t i = 0, j = 0;

    if (!set) {
        set = xzalloc(sizeof *set);
        set->uuid = *uuid;
        hmap_insert(sets, &set->node, uuid_hash(uuid));
    }
    for (size_t k = 0; k < n; k++) {
        members[k] = now[k];
        sorted = sorted && (!k || uuid_compare_3way(&members[k - 1],
                                                    &members[k]) < 0);
    }
    if (!sorted) {
        qsort(members, n, sizeof *members, compare_uuids);
    }
    while (i < set->n || j < n) {
        int cmp = (i >= set->n ? 1 : j >= n ? -1
                   : uuid_compare_3way(&set->members[i], &members[j]));

        if (cmp < 0) {
            member_kinds[kind].detach(view, &set->members[i++], uuid);
        } else if (cmp > 0) {
            member_kinds[kind].attach(view, &members[j++], uuid);
        } else {
            i++, j++;
        }
    }
    free(set->members);
    set->members = members;
    set->n = n;
}

/* Rows to view, one by one. */

static void
put_router(struct view *view, const struct nbrec_logical_router *lr)
{
    view_router_set(view, &lr->header_.uuid, lr->name,
                    !lr->n_enabled || lr->enabled[0], &lr->options);
}

/* The members of 'lr', all of them or those that changed. */
static void
put_router_members(struct nb_view *nbv, struct view *view,
                   const struct nbrec_logical_router *lr, bool all)
{
    const struct {
        enum member_kind kind;
        enum nbrec_logical_router_column_id column;
        const struct uuid *members;
        size_t n;
    } sets[] = {
        { ROUTER_PORTS, NBREC_LOGICAL_ROUTER_COL_PORTS,
          lr->ports, lr->n_ports },
        { ROUTER_NATS, NBREC_LOGICAL_ROUTER_COL_NAT, lr->nat, lr->n_nat },
        { ROUTER_ROUTES, NBREC_LOGICAL_ROUTER_COL_STATIC_ROUTES,
          lr->static_routes, lr->n_static_routes },
        { ROUTER_LBS, NBREC_LOGICAL_ROUTER_COL_LOAD_BALANCER,
          lr->load_balancer, lr->n_load_balancer },
        { ROUTER_GROUPS, NBREC_LOGICAL_ROUTER_COL_LOAD_BALANCER_GROUP,
          lr->load_balancer_group, lr->n_load_balancer_group },
    };

    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        if (all || nbrec_logical_router_is_updated(lr, sets[i].column)) {
            members_update(nbv, sets[i].kind, view, &lr->header_.uuid,
                           sets[i].members, sets[i].n);
        }
    }
}

static void
put_group_members(struct nb_view *nbv, struct view *view,
                  const struct nbrec_load_balancer_group *group)
{
    members_update(nbv, GROUP_LBS, view, &group->header_.uuid,
                   group->load_balancer, group->n_load_balancer);
}

static void
put_router_port(struct view *view, const struct nbrec_logical_router_port *lrp)
{
    struct view_router_port_config config = {
        .name = lrp->name,
        .peer = lrp->peer,
        .has_chassis = lrp->n_gateway_chassis || lrp->ha_chassis_group,
        .networks = (const char *const *) lrp->networks,
        .n_networks = lrp->n_networks,
        .options = &lrp->options,
    };

    view_router_port_set(view, &lrp->header_.uuid, &config);
}

static void
put_switch_members(struct nb_view *nbv, struct view *view,
                   const struct nbrec_logical_switch *ls)
{
    members_update(nbv, SWITCH_PORTS, view, &ls->header_.uuid, ls->ports,
                   ls->n_ports);
}

static void
put_switch_port(struct view *view, const struct nbrec_logical_switch_port *lsp)
{
    struct view_host_config host = {
        .addresses = (const char *const *) lsp->addresses,
        .n_addresses = lsp->n_addresses,
        .dynamic_addresses = lsp->dynamic_addresses,
        .is_virtual = !strcmp(lsp->type, "virtual"),
        .advertise = smap_get_bool(&lsp->options, DR_ADVERTISE, true),
    };

    view_switch_port_set(view, &lsp->header_.uuid, lsp->name,
                         (!strcmp(lsp->type, "router")
                          ? smap_get(&lsp->options, "router-port")
                          : NULL));
    view_switch_port_set_host(view, &lsp->header_.uuid, &host);
}

static void
put_nat(struct view *view, const struct nbrec_nat *nat)
{
    struct view_nat_config config = {
        .type = nat->type,
        .external_ip = nat->external_ip,
        .logical_ip = nat->logical_ip,
        .logical_port = nat->logical_port,
        .external_mac = nat->external_mac,
        .allowed_ext_ips = nat->allowed_ext_ips != NULL,
        .exempted_ext_ips = nat->exempted_ext_ips != NULL,
        .advertise = smap_get_bool(&nat->options, DR_ADVERTISE, true),
        .metric = CONST_CAST(char *, smap_get(&nat->options, DR_METRIC)),
    };

    if (nat->gateway_port) {
        config.gateway_port = nat->gateway_port->header_.uuid;
    }
    view_nat_set(view, &nat->header_.uuid, &config);
}

/* True if stock OVN takes 'route' out because of its BFD session. */
static bool
bfd_is_down(const struct nbrec_logical_router_static_route *route)
{
    const struct nbrec_bfd *bfd = route->bfd;

    return (bfd && bfd->status && !strcmp(bfd->dst_ip, route->nexthop)
            && (!strcmp(bfd->status, "down")
                || !strcmp(bfd->status, "admin_down")));
}

static void
put_route(struct view *view,
          const struct nbrec_logical_router_static_route *route)
{
    struct view_route_config config = {
        .ip_prefix = route->ip_prefix,
        .nexthop = route->nexthop,
        .output_port = route->output_port,
        .route_table = route->route_table,
        .origin = CONST_CAST(char *, smap_get(&route->options, "origin")),
        .metric = CONST_CAST(char *, smap_get(&route->options, DR_METRIC)),
        .source_policy = route->policy && !strcmp(route->policy, "src-ip"),
        .bfd_down = bfd_is_down(route),
        .has_bfd = route->bfd != NULL,
        .learned_row = CONST_CAST(char *, smap_get(&route->external_ids,
                                                   LEARNED_ID_ROW)),
        .learned_via = CONST_CAST(char *, smap_get(&route->external_ids,
                                                   LEARNED_ID_VIA)),
        .advertise = smap_get_bool(&route->options, DR_ADVERTISE, true),
    };

    config.learned_taken
        = (config.learned_row
           && learned_mark_is_taken(&config, smap_get(&route->external_ids,
                                                      LEARNED_ID_WROTE)));
    view_route_set(view, &route->header_.uuid, &config);
}

static void
put_lb(struct view *view, const struct nbrec_load_balancer *lb)
{
    const char **checked = xmalloc(MAX(lb->n_health_check, 1)
                                   * sizeof *checked);
    struct view_lb_config config = {
        .name = lb->name,
        .vips = &lb->vips,
        .protocol = lb->protocol,
        .metric = smap_get(&lb->options, DR_METRIC),
        .advertise = smap_get_bool(&lb->options, DR_ADVERTISE, true),
        .template = smap_get_bool(&lb->options, "template", false),
        .health = smap_get_bool(&lb->options, DR_LB_HEALTH, false),
        .mappings = &lb->ip_port_mappings,
        .checked_vips = checked,
        .n_checked_vips = lb->n_health_check,
    };

    for (size_t i = 0; i < lb->n_health_check; i++) {
        checked[i] = lb->health_check[i]->vip;
    }
    view_lb_set(view, &lb->header_.uuid, &config);
    free(checked);
}

static void
put_template(struct view *view, const struct nbrec_chassis_template_var *var)
{
    view_template_set(view, &var->header_.uuid, var->chassis,
                      &var->variables);
}

/* The part of nb_view_reload() that is about load balancers. */
static void
reload_lbs(struct nb_view *nbv, struct ovsdb_idl *idl, struct view *view)
{
    const struct nbrec_chassis_template_var *var;
    const struct nbrec_load_balancer_group *group;
    const struct nbrec_load_balancer *lb;

    NBREC_CHASSIS_TEMPLATE_VAR_FOR_EACH (var, idl) {
        put_template(view, var);
    }
    NBREC_LOAD_BALANCER_FOR_EACH (lb, idl) {
        put_lb(view, lb);
    }
    NBREC_LOAD_BALANCER_GROUP_FOR_EACH (group, idl) {
        view_lb_group_set(view, &group->header_.uuid);
        put_group_members(nbv, view, group);
    }
}

void
nb_view_reload(struct nb_view *nbv, struct ovsdb_idl *idl, struct view *view)
{
    const struct nbrec_logical_router_port *lrp;
    const struct nbrec_logical_switch_port *lsp;
    const struct nbrec_logical_router *lr;
    const struct nbrec_logical_switch *ls;
    const struct nbrec_logical_router_static_route *route;
    const struct nbrec_nat *nat;

    members_clear(nbv);
    view_clear(view);
    NBREC_LOGICAL_ROUTER_PORT_FOR_EACH (lrp, idl) {
        put_router_port(view, lrp);
    }
    NBREC_NAT_FOR_EACH (nat, idl) {
        put_nat(view, nat);
    }
    NBREC_LOGICAL_ROUTER_STATIC_ROUTE_FOR_EACH (route, idl) {
        put_route(view, route);
    }
    reload_lbs(nbv, idl, view);
    NBREC_LOGICAL_ROUTER_FOR_EACH (lr, idl) {
        put_router(view, lr);
        put_router_members(nbv, view, lr, true);
    }
    NBREC_LOGICAL_SWITCH_PORT_FOR_EACH (lsp, idl) {
        put_switch_port(view, lsp);
    }
    NBREC_LOGICAL_SWITCH_FOR_EACH (ls, idl) {
        view_switch_set(view, &ls->header_.uuid);
        put_switch_members(nbv, view, ls);
    }
}

/* What changed in the tables of parts.  Rows come up as changed, too, when one
 * that they refer to did; the view ignores what it has already. */
static void
follow_parts(struct ovsdb_idl *idl, struct view *view)
{
    const struct nbrec_logical_router_port *lrp;
    const struct nbrec_logical_switch_port *lsp;
    const struct nbrec_logical_router_static_route *route;
    const struct nbrec_nat *nat;

    NBREC_LOGICAL_ROUTER_PORT_FOR_EACH_TRACKED (lrp, idl) {
        if (nbrec_logical_router_port_is_deleted(lrp)) {
            view_router_port_remove(view, &lrp->header_.uuid);
        } else {
            put_router_port(view, lrp);
        }
    }
    NBREC_LOGICAL_SWITCH_PORT_FOR_EACH_TRACKED (lsp, idl) {
        if (nbrec_logical_switch_port_is_deleted(lsp)) {
            view_switch_port_remove(view, &lsp->header_.uuid);
        } else {
            put_switch_port(view, lsp);
        }
    }
    NBREC_NAT_FOR_EACH_TRACKED (nat, idl) {
        if (nbrec_nat_is_deleted(nat)) {
            view_nat_remove(view, &nat->header_.uuid);
        } else {
            put_nat(view, nat);
        }
    }
    NBREC_LOGICAL_ROUTER_STATIC_ROUTE_FOR_EACH_TRACKED (route, idl) {
        if (nbrec_logical_router_static_route_is_deleted(route)) {
            view_route_remove(view, &route->header_.uuid);
        } else {
            put_route(view, route);
        }
    }
}

/* The part of follow_parts() that is about load balancers, each after its
 * parts. */
static void
follow_lbs(struct nb_view *nbv, struct ovsdb_idl *idl, struct view *view)
{
    const struct nbrec_chassis_template_var *var;
    const struct nbrec_load_balancer_group *group;
    const struct nbrec_load_balancer *lb;

    NBREC_CHASSIS_TEMPLATE_VAR_FOR_EACH_TRACKED (var, idl) {
        if (nbrec_chassis_template_var_is_deleted(var)) {
            view_template_remove(view, &var->header_.uuid);
        } else {
            put_template(view, var);
        }
    }
    NBREC_LOAD_BALANCER_FOR_EACH_TRACKED (lb, idl) {
        if (nbrec_load_balancer_is_deleted(lb)) {
            view_lb_remove(view, &lb->header_.uuid);
        } else {
            put_lb(view, lb);
        }
    }
    NBREC_LOAD_BALANCER_GROUP_FOR_EACH_TRACKED (group, idl) {
        const struct uuid *uuid = &group->header_.uuid;

        if (nbrec_load_balancer_group_is_deleted(group)) {
            view_lb_group_remove(view, uuid);
            members_forget(nbv, GROUP_LBS, uuid);
        } else {
            view_lb_group_set(view, uuid);
            put_group_members(nbv, view, group);
        }
    }
}

/* What changed in the tables of wholes, after their parts. */
static void
follow_wholes(struct nb_view *nbv, struct ovsdb_idl *idl, struct view *view)
{
    const struct nbrec_logical_router *lr;
    const struct nbrec_logical_switch *ls;

    NBREC_LOGICAL_ROUTER_FOR_EACH_TRACKED (lr, idl) {
        const struct uuid *uuid = &lr->header_.uuid;

        if (nbrec_logical_router_is_deleted(lr)) {
            view_router_remove(view, uuid);
            for (enum member_kind kind = ROUTER_PORTS; kind <= ROUTER_GROUPS;
                 kind++) {
                members_forget(nbv, kind, uuid);
            }
        } else {
            put_router(view, lr);
            put_router_members(nbv, view, lr, nbrec_logical_router_is_new(lr));
        }
    }
    NBREC_LOGICAL_SWITCH_FOR_EACH_TRACKED (ls, idl) {
        const struct uuid *uuid = &ls->header_.uuid;

        if (nbrec_logical_switch_is_deleted(ls)) {
            view_switch_remove(view, uuid);
            members_forget(nbv, SWITCH_PORTS, uuid);
        } else {
            view_switch_set(view, uuid);
            if (nbrec_logical_switch_is_new(ls)
                || nbrec_logical_switch_is_updated(
                       ls, NBREC_LOGICAL_SWITCH_COL_PORTS)) {
                put_switch_members(nbv, view, ls);
            }
        }
    }
}

/* An IDL that starts afresh forgets all rows without a word and reports what it
 * then receives as new.  NB_Global's row, always there once and never replaced,
 * gives it away. */
static bool
idl_started_afresh(struct nb_view *nbv, const struct ovsdb_idl *idl)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(idl);
    bool had = nbv->have_global;

    nbv->have_global = global != NULL;
    return had && (!global || nbrec_nb_global_is_new(global));
}

void
nb_view_run(struct nb_view *nbv, struct ovsdb_idl *idl, struct view *view)
{
    if (idl_started_afresh(nbv, idl)) {
        nb_view_reload(nbv, idl, view);
    } else {
        follow_parts(idl, view);
        follow_lbs(nbv, idl, view);
        follow_wholes(nbv, idl, view);
    }
}

int64_t
nb_view_get_cfg(const struct ovsdb_idl *idl)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(idl);

    return global ? global->nb_cfg : -1;
}
