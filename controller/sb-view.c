/* sb-view.c: from the Southbound IDL to the plan.  See the header. */
#include <config.h>
#include "controller/sb-view.h"

#include <stdlib.h>
#include <string.h>

#include "controller/route.h"
#include "controller/sb-idl.h"
#include "controller/sb-learned-writer.h"
#include "controller/sb-scope-view.h"
#include "coverage.h"
#include "lib/backoff.h"
#include "lib/dynamic-routing.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

COVERAGE_DEFINE(sb_view_full);
COVERAGE_DEFINE(sb_view_changes);

/* A chassis with a number of 0 counts as having caught up when its port
 * bindings did not change for so long. */
#define QUIET_MS 3000

struct sb_view {
    struct ovsdb_idl *idl;
    struct sb_learned_writer *learned; /* Or NULL. */
    struct sb_scope_view scope;
    char *remote;               /* NULL: not configured. */
    char *chassis;              /* NULL: not configured. */
    int probe_interval;
    enum sb_view_state state;   /* As of the last run. */
    bool full;                  /* State all rows at the next run. */
    bool caught_up;             /* Condition 4 was seen to hold. */
    long long int last_binding; /* When a Port_Binding changed, or one of the
                                 * first three conditions did not hold. */
    bool native;                /* The contents were last those of an OVN with
                                 * dynamic routing of its own. */
    struct backoff look_again;  /* In state SB_VIEW_STOCK: when to connect
                                 * anew. */
    int64_t nb_cfg;
};

static void
monitor(struct ovsdb_idl *idl, const struct ovsdb_idl_column *column)
{
    ovsdb_idl_add_column(idl, column);
    ovsdb_idl_track_add_column(idl, column);
}

/* For columns that we only write: our own changes need not wake us. */
static void
monitor_quietly(struct ovsdb_idl *idl, const struct ovsdb_idl_column *column)
{
    ovsdb_idl_add_column(idl, column);
    ovsdb_idl_omit_alert(idl, column);
}

struct sb_view *
sb_view_create(void)
{
    struct sb_view *view = xzalloc(sizeof *view);
    struct ovsdb_idl *idl = ovsdb_idl_create_unconnected(&sbrec_idl_class,
                                                         false);

    ovsdb_idl_set_leader_only(idl, false);
    monitor(idl, &sbrec_chassis_col_name);
    monitor(idl, &sbrec_chassis_private_col_name);
    monitor(idl, &sbrec_chassis_private_col_nb_cfg);
    monitor(idl, &sbrec_datapath_binding_col_tunnel_key);
    monitor(idl, &sbrec_port_binding_col_logical_port);
    monitor(idl, &sbrec_port_binding_col_type);
    monitor(idl, &sbrec_port_binding_col_chassis);
    monitor(idl, &sbrec_port_binding_col_mac);
    monitor(idl, &sbrec_port_binding_col_datapath);
    /* Not 'datapath', which is that of 'logical_port': see
     * feed_advertised(). */
    monitor(idl, &sbrec_advertised_route_col_logical_port);
    monitor(idl, &sbrec_advertised_route_col_tracked_port);
    monitor(idl, &sbrec_advertised_route_col_ip_prefix);
    monitor(idl, &sbrec_advertised_route_col_external_ids);
    monitor(idl, &sbrec_dynamic_routing_port_col_datapath);
    monitor(idl, &sbrec_dynamic_routing_port_col_logical_port);
    monitor(idl, &sbrec_dynamic_routing_port_col_binding_port);
    monitor(idl, &sbrec_dynamic_routing_port_col_options);
    monitor(idl, &sbrec_dynamic_routing_port_col_external_ids);
    monitor(idl, &sbrec_route_exchange_global_col_nb_cfg);
    ovsdb_idl_add_column(idl,
                         &sbrec_route_exchange_global_col_nb_cfg_timestamp);
    ovsdb_idl_add_column(idl, &sbrec_route_exchange_chassis_col_name);
    monitor_quietly(idl, &sbrec_route_exchange_chassis_col_nb_cfg);
    monitor_quietly(idl, &sbrec_route_exchange_chassis_col_nb_cfg_timestamp);
    monitor_quietly(idl, &sbrec_route_exchange_chassis_col_status);
    sb_scope_view_init(&view->scope, idl);
    view->idl = idl;
    view->full = true;
    view->probe_interval = -1;
    return view;
}

void
sb_view_destroy(struct sb_view *view)
{
    if (view) {
        ovsdb_idl_destroy(view->idl);
        free(view->remote);
        free(view->chassis);
        free(view);
    }
}

/* Asks the server for this chassis' rows only, where others' rows would be
 * news of no use: every chassis writes its own at each barrier. */
static void
set_conditions(struct sb_view *view)
{
    struct ovsdb_idl_condition condition;

    ovsdb_idl_condition_init(&condition);
    sbrec_chassis_add_clause_name(&condition, OVSDB_F_EQ, view->chassis);
    sbrec_chassis_set_condition(view->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);

    ovsdb_idl_condition_init(&condition);
    sbrec_chassis_private_add_clause_name(&condition, OVSDB_F_EQ,
                                          view->chassis);
    sbrec_chassis_private_set_condition(view->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);

    ovsdb_idl_condition_init(&condition);
    sbrec_route_exchange_chassis_add_clause_name(&condition, OVSDB_F_EQ,
                                                 view->chassis);
    sbrec_route_exchange_chassis_set_condition(view->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);
}

/* Replaces the string '*p' by 's', or NULL.  True if they differed. */
static bool
replace_string(char **p, const char *s)
{
    if (nullable_string_is_equal(*p, s)) {
        return false;
    }
    free(*p);
    *p = nullable_xstrdup(s);
    return true;
}

void
sb_view_configure(struct sb_view *view, const char *remote,
                  const char *chassis, int probe_interval)
{
    bool new_chassis = replace_string(&view->chassis, chassis);

    if (!chassis) {
        remote = NULL;
    } else if (new_chassis) {
        set_conditions(view);
    }

    bool new_remote = replace_string(&view->remote, remote);
    if (new_chassis || new_remote) {
        view->full = true;
        view->caught_up = false;
    }
    if (new_remote) {
        ovsdb_idl_set_remote(view->idl, remote, true);
    }
    if (view->probe_interval != probe_interval) {
        view->probe_interval = probe_interval;
        ovsdb_idl_set_probe_interval(view->idl, probe_interval);
    }
}

static const struct sbrec_chassis *
find_chassis(const struct sb_view *view)
{
    const struct sbrec_chassis *chassis;

    SBREC_CHASSIS_FOR_EACH (chassis, view->idl) {
        if (!strcmp(chassis->name, view->chassis)) {
            return chassis;
        }
    }
    return NULL;
}

/* True if ovn-controller has done what was asked of it up to 'nb_cfg', or
 * keeps no record of that. */
static bool
chassis_caught_up(const struct sb_view *view, int64_t nb_cfg)
{
    const struct sbrec_chassis_private *row;

    SBREC_CHASSIS_PRIVATE_FOR_EACH (row, view->idl) {
        if (!strcmp(row->name, view->chassis)) {
            return (nb_cfg ? row->nb_cfg >= nb_cfg
                    : time_msec() >= view->last_binding + QUIET_MS);
        }
    }
    return true;
}

/* Notes whether the bindings are quiet. */
static void
watch_bindings(struct sb_view *view)
{
    if (!view->caught_up
        && (view->state < SB_VIEW_NOT_BOUND
            || sbrec_port_binding_track_get_first(view->idl))) {
        view->last_binding = time_msec();
    }
}

static bool
server_has(const struct sb_view *view,
           const struct ovsdb_idl_table_class *table)
{
    return ovsdb_idl_server_has_table(view->idl, table);
}

/* What can be said of the contents, whether the connection is up or not:
 * one of the states after SB_VIEW_AWAY. */
static enum sb_view_state
classify_contents(struct sb_view *view)
{
    const struct sbrec_route_exchange_global *global;

    view->native = false;
    if (!server_has(view, &sbrec_table_dynamic_routing_port)
        || !server_has(view, &sbrec_table_route_exchange_global)
        || !server_has(view, &sbrec_table_route_exchange_chassis)
        || !server_has(view, &sbrec_table_advertised_route)) {
        view->native = server_has(view, &sbrec_table_advertised_route);
        return view->native ? SB_VIEW_NATIVE : SB_VIEW_STOCK;
    }
    global = sbrec_route_exchange_global_first(view->idl);
    if (!global) {
        return SB_VIEW_EMPTY;
    }
    view->nb_cfg = global->nb_cfg;
    if (!view->caught_up) {
        if (!find_chassis(view)) {
            return SB_VIEW_NO_CHASSIS;
        } else if (!chassis_caught_up(view, global->nb_cfg)) {
            return SB_VIEW_NOT_BOUND;
        }
        view->caught_up = true;
    }
    return SB_VIEW_COMPLETE;
}

static bool
is_bound_here(const struct sb_view *view,
              const struct sbrec_port_binding *pb)
{
    return pb->chassis && !strcmp(pb->chassis->name, view->chassis);
}

static void
feed_datapath(struct route_plan *plan,
              const struct sbrec_datapath_binding *dp)
{
    route_plan_set_datapath(plan, &dp->header_.uuid, dp->tunnel_key);
}

static enum route_port_type
port_type_from_string(const char *type)
{
    return (!strcmp(type, "patch") ? ROUTE_PORT_PATCH
            : !strcmp(type, "chassisredirect") ? ROUTE_PORT_CHASSISREDIRECT
            : !strcmp(type, "l3gateway") ? ROUTE_PORT_GATEWAY
            : ROUTE_PORT_OTHER);
}

static void
feed_port(const struct sb_view *view, struct route_plan *plan,
          const struct sbrec_port_binding *pb)
{
    struct route_port port = {
        .uuid = pb->header_.uuid,
        .name = pb->logical_port,
        .type = port_type_from_string(pb->type),
        .bound_here = is_bound_here(view, pb),
        /* Not of VIFs, which are many. */
        .addresses = pb->n_mac && pb->type[0] ? pb->mac[0] : NULL,
    };

    route_plan_set_port(plan, &port);
}

/* The row that 'datum', a reference, refers to, or NULL.  The members of the
 * IDL's structures are NULL, too, if the row is not monitored. */
static const struct uuid *
ref_uuid(const struct ovsdb_datum *datum)
{
    return datum->n ? &datum->keys[0].uuid : NULL;
}
#define REF(TABLE, ROW, COLUMN) \
    ref_uuid(sbrec_##TABLE##_get_##COLUMN(ROW, OVSDB_TYPE_UUID))

static void
feed_routing_port(struct route_plan *plan,
                  const struct sbrec_dynamic_routing_port *row)
{
    struct route_routing_port port = {
        .uuid = row->header_.uuid,
        .datapath = REF(dynamic_routing_port, row, datapath),
        .logical_port = REF(dynamic_routing_port, row, logical_port),
        .binding_port = REF(dynamic_routing_port, row, binding_port),
        .router = smap_get(&row->external_ids, "router"),
        .options = &row->options,
    };

    route_plan_set_routing_port(plan, &port);
}

/* What 'ids' have under 'key', or NULL.  Nearly all rows have none, and are
 * many: that is not to be found out by a search each time. */
static const char *
get_id(const struct smap *ids, const char *key)
{
    return smap_is_empty(ids) ? NULL : smap_get(ids, key);
}

/* A row's router is that of its logical port.  The column that says so as well
 * is not monitored: with 100 000 rows it would be a quarter of what has to be
 * parsed and kept.  Where the port is not known yet, nor is the router; the
 * IDL tracks the row as changed when the port comes. */
static void
feed_advertised(struct route_plan *plan,
                const struct sbrec_advertised_route *row)
{
    const struct sbrec_port_binding *port = row->logical_port;
    const char *tracked = get_id(&row->external_ids, DR_ID_TRACKED_PORT);
    const char *type = get_id(&row->external_ids, DR_ID_TRACKED_TYPE);
    struct route_advertised route = {
        .uuid = row->header_.uuid,
        .datapath = port ? REF(port_binding, port, datapath) : NULL,
        .logical_port = (port ? &port->header_.uuid
                         : REF(advertised_route, row, logical_port)),
        .tracked_port = row->tracked_port,
        .tracked_router_port = (type && !strcmp(type, DR_TRACKED_TYPE_ROUTER)
                                ? tracked : NULL),
        .ip_prefix = row->ip_prefix,
        .metric = get_id(&row->external_ids, DR_ID_METRIC),
    };

    route.tracked_port_lost = !route.tracked_port && tracked;
    route_plan_set_advertised(plan, &route);
}

void
sb_view_set_learned_writer(struct sb_view *view,
                           struct sb_learned_writer *writer)
{
    view->learned = writer;
}

static void
feed_learned(const struct sb_view *view, bool full)
{
    if (view->learned) {
        sb_learned_writer_set_chassis(view->learned, view->chassis);
        sb_learned_writer_feed(view->learned, full);
    }
}

static void
feed_all(const struct sb_view *view, struct route_plan *plan)
{
    const struct sbrec_dynamic_routing_port *routing_port;
    const struct sbrec_advertised_route *route;
    const struct sbrec_datapath_binding *dp;
    const struct sbrec_port_binding *pb;

    COVERAGE_INC(sb_view_full);
    route_plan_begin_full(plan);
    SBREC_DATAPATH_BINDING_FOR_EACH (dp, view->idl) {
        feed_datapath(plan, dp);
    }
    SBREC_PORT_BINDING_FOR_EACH (pb, view->idl) {
        feed_port(view, plan, pb);
    }
    SBREC_DYNAMIC_ROUTING_PORT_FOR_EACH (routing_port, view->idl) {
        feed_routing_port(plan, routing_port);
    }
    SBREC_ADVERTISED_ROUTE_FOR_EACH (route, view->idl) {
        feed_advertised(plan, route);
    }
    route_plan_end_full(plan);
    feed_learned(view, true);
}

static void
feed_changes(const struct sb_view *view, struct route_plan *plan)
{
    const struct sbrec_dynamic_routing_port *routing_port;
    const struct sbrec_advertised_route *route;
    const struct sbrec_datapath_binding *dp;
    const struct sbrec_port_binding *pb;

    COVERAGE_INC(sb_view_changes);
    SBREC_DATAPATH_BINDING_FOR_EACH_TRACKED (dp, view->idl) {
        if (sbrec_datapath_binding_is_deleted(dp)) {
            route_plan_remove_datapath(plan, &dp->header_.uuid);
        } else {
            feed_datapath(plan, dp);
        }
    }
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, view->idl) {
        if (sbrec_port_binding_is_deleted(pb)) {
            route_plan_remove_port(plan, &pb->header_.uuid);
        } else {
            feed_port(view, plan, pb);
        }
    }
    SBREC_DYNAMIC_ROUTING_PORT_FOR_EACH_TRACKED (routing_port, view->idl) {
        if (sbrec_dynamic_routing_port_is_deleted(routing_port)) {
            route_plan_remove_routing_port(plan, &routing_port->header_.uuid);
        } else {
            feed_routing_port(plan, routing_port);
        }
    }
    SBREC_ADVERTISED_ROUTE_FOR_EACH_TRACKED (route, view->idl) {
        if (sbrec_advertised_route_is_deleted(route)) {
            route_plan_remove_advertised(plan, &route->header_.uuid);
        } else {
            feed_advertised(plan, route);
        }
    }
    feed_learned(view, false);
}

/* True if the IDL started from nothing: when a server cannot say what changed
 * since a connection was lost, the IDL forgets what it had without tracking
 * that.  It shows in the row of Route_Exchange_Global, which is always there:
 * it is new. */
static bool
started_afresh(const struct sb_view *view)
{
    const struct sbrec_route_exchange_global *global;

    SBREC_ROUTE_EXCHANGE_GLOBAL_FOR_EACH_TRACKED (global, view->idl) {
        if (sbrec_route_exchange_global_is_new(global)
            || sbrec_route_exchange_global_is_deleted(global)) {
            return true;
        }
    }
    return false;
}

/* True if this chassis' record came or went, which changes the meaning of all
 * that refers to it. */
static bool
chassis_changed(const struct sb_view *view)
{
    const struct sbrec_chassis *chassis;

    SBREC_CHASSIS_FOR_EACH_TRACKED (chassis, view->idl) {
        if (sbrec_chassis_is_new(chassis)
            || sbrec_chassis_is_deleted(chassis)) {
            return true;
        }
    }
    return false;
}

/* The server tells its clients when it converts a database, but not one that
 * asked for the schema before and for the contents after.  So while our tables
 * are missing, look again now and then, with a new connection. */
static void
look_again(struct sb_view *view)
{
    long long int now = time_msec();

    if (view->state != SB_VIEW_STOCK) {
        if (view->state > SB_VIEW_STOCK) {
            backoff_reset(&view->look_again);
        }
    } else if (now >= view->look_again.next) {
        if (view->look_again.next) {
            ovsdb_idl_force_reconnect(view->idl);
        }
        backoff_fail(&view->look_again, now, random_uint32());
    }
}

void
sb_view_run(struct sb_view *view, struct route_plan *plan)
{
    ovsdb_idl_run(view->idl);
    if (!view->remote) {
        view->state = SB_VIEW_IDLE;
    } else if (!ovsdb_idl_has_ever_connected(view->idl)) {
        view->state = SB_VIEW_CONNECTING;
    } else {
        if (started_afresh(view)) {
            /* Perhaps another database: what was seen does not count. */
            view->full = true;
            view->caught_up = false;
        }
        watch_bindings(view);
        view->state = classify_contents(view);
        if (view->state < SB_VIEW_NO_CHASSIS) {
            view->full = true;
            view->caught_up = false;
        } else if (view->full || chassis_changed(view)) {
            feed_all(view, plan);
            view->full = false;
        } else {
            feed_changes(view, plan);
        }
        if (!ovsdb_idl_is_connected(view->idl)) {
            view->state = SB_VIEW_AWAY;
        }
    }
    ovsdb_idl_track_clear(view->idl);
    look_again(view);
}

void
sb_view_follow(struct sb_view *view, struct route_plan *plan)
{
    const struct route_scope *scope = route_plan_get_scope(plan);
    const struct sbrec_chassis *chassis = (view->chassis ? find_chassis(view)
                                           : NULL);

    bool loaded = sb_scope_view_run(&view->scope,
                                    chassis ? &chassis->header_.uuid : NULL,
                                    scope);

    if (loaded && route_plan_scope_loaded(plan, scope->seqno)) {
        /* Rows waited for that.  They ask for nothing before the next run, so
         * what the kernel has of them must not be deleted in this turn. */
        loaded = false;
        poll_immediate_wake();
    }
    if (!loaded && view->state == SB_VIEW_COMPLETE) {
        view->state = SB_VIEW_LOADING;
    }
}

void
sb_view_wait(struct sb_view *view)
{
    ovsdb_idl_wait(view->idl);
    if (view->state == SB_VIEW_NOT_BOUND && !view->nb_cfg) {
        poll_timer_wait_until(view->last_binding + QUIET_MS);
    }
    if (view->state == SB_VIEW_STOCK) {
        poll_timer_wait_until(view->look_again.next);
    }
    if (view->full && view->state >= SB_VIEW_NO_CHASSIS) {
        poll_immediate_wake();
    }
}

void
sb_view_recompute(struct sb_view *view)
{
    view->full = true;
}

enum sb_view_state
sb_view_get_state(const struct sb_view *view)
{
    return view->state;
}

const char *
sb_view_state_to_string(enum sb_view_state state)
{
    switch (state) {
    case SB_VIEW_IDLE:
        return "not configured; set external_ids:ovn-remote and "
               "external_ids:system-id of Open_vSwitch";
    case SB_VIEW_CONNECTING:
        return "not reached yet; check external_ids:ovn-remote of "
               "Open_vSwitch and that the server runs";
    case SB_VIEW_AWAY:
        return "connection lost; nothing is deleted until it is back; check "
               "that the server runs";
    case SB_VIEW_NATIVE:
        return "has native dynamic routing (Advertised_Route without "
               "Dynamic_Routing_Port); stop ovn-route-controller on this "
               "chassis, ovn-controller does its work";
    case SB_VIEW_STOCK:
        return "lacks the tables of OVN Route Exchange; start "
               "ovn-route-northd, which adds them";
    case SB_VIEW_EMPTY:
        return "has no row in Route_Exchange_Global; start ovn-route-northd, "
               "which writes it";
    case SB_VIEW_NO_CHASSIS:
        return "has no Chassis record with this system-id; start "
               "ovn-controller, which creates it";
    case SB_VIEW_NOT_BOUND:
        return "waits for ovn-controller to bind this chassis' ports "
               "(Chassis_Private nb_cfg); check that ovn-controller runs";
    case SB_VIEW_LOADING:
        return "waits for the server to send the rows of this chassis' "
               "routers; check that the server runs";
    case SB_VIEW_COMPLETE:
        return "complete";
    }
    OVS_NOT_REACHED();
}

bool
sb_view_is_native(const struct sb_view *view)
{
    return view->native;
}

bool
sb_view_is_connected(const struct sb_view *view)
{
    return ovsdb_idl_is_connected(view->idl);
}

bool
sb_view_get_nb_cfg(const struct sb_view *view, int64_t *nb_cfg)
{
    if (view->state != SB_VIEW_COMPLETE) {
        return false;
    }
    *nb_cfg = view->nb_cfg;
    return true;
}

int64_t
sb_view_get_nb_cfg_timestamp(const struct sb_view *view)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(view->idl);

    return global ? global->nb_cfg_timestamp : 0;
}

struct ovsdb_idl *
sb_view_get_idl(const struct sb_view *view)
{
    return view->idl;
}
