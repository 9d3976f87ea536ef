/* sb-facts-view.c: from the Southbound IDL to facts.  See the header. */
#include <config.h>
#include "utilities/sb-facts-view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "lib/ovn-sb-idl.h"
#include "utilities/sb-facts.h"
#include "util.h"

void
sb_facts_view_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_sb_global_col_nb_cfg,
        &sbrec_chassis_col_name,
        &sbrec_chassis_col_hostname,
        &sbrec_datapath_binding_col_tunnel_key,
        &sbrec_datapath_binding_col_external_ids,
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_type,
        &sbrec_port_binding_col_chassis,
        &sbrec_port_binding_col_mac,
        &sbrec_dynamic_routing_port_col_datapath,
        &sbrec_dynamic_routing_port_col_logical_port,
        &sbrec_dynamic_routing_port_col_binding_port,
        &sbrec_dynamic_routing_port_col_options,
        &sbrec_dynamic_routing_port_col_external_ids,
        &sbrec_advertised_route_col_datapath,
        &sbrec_advertised_route_col_logical_port,
        &sbrec_advertised_route_col_tracked_port,
        &sbrec_advertised_route_col_ip_prefix,
        &sbrec_advertised_route_col_external_ids,
        &sbrec_learned_route_col_datapath,
        &sbrec_learned_route_col_logical_port,
        &sbrec_learned_route_col_ip_prefix,
        &sbrec_learned_route_col_nexthop,
        &sbrec_learned_route_col_external_ids,
        &sbrec_route_exchange_global_col_nb_cfg,
        &sbrec_route_exchange_global_col_external_ids,
        &sbrec_route_exchange_chassis_col_name,
        &sbrec_route_exchange_chassis_col_nb_cfg,
        &sbrec_route_exchange_chassis_col_nb_cfg_timestamp,
        &sbrec_route_exchange_chassis_col_status,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

void
sb_facts_view_register_links(struct ovsdb_idl *idl)
{
    sb_facts_view_register(idl);
    ovsdb_idl_add_column(idl, &sbrec_port_binding_col_datapath);
    ovsdb_idl_add_column(idl, &sbrec_port_binding_col_options);
}

static void
read_stock(const struct ovsdb_idl *idl, struct sb_facts *facts)
{
    const struct sbrec_sb_global *global = sbrec_sb_global_first(idl);
    const struct sbrec_datapath_binding *dp;
    const struct sbrec_port_binding *pb;
    const struct sbrec_chassis *ch;

    facts->sb_cfg = global ? global->nb_cfg : -1;
    SBREC_CHASSIS_FOR_EACH (ch, idl) {
        struct sb_chassis *chassis = sb_facts_chassis(facts, ch->name);

        free(chassis->hostname);
        chassis->hostname = xstrdup(ch->hostname);
    }
    SBREC_DATAPATH_BINDING_FOR_EACH (dp, idl) {
        if (!smap_get(&dp->external_ids, "logical-switch")) {
            sb_facts_add_datapath(facts, &dp->header_.uuid, dp->tunnel_key,
                                  smap_get_def(&dp->external_ids, "name",
                                               ""));
        }
    }
    SBREC_PORT_BINDING_FOR_EACH (pb, idl) {
        struct sb_port *port
            = sb_facts_add_port(facts, &pb->header_.uuid, pb->logical_port,
                                pb->type,
                                pb->chassis ? pb->chassis->name : NULL);

        if (pb->n_mac) {
            port->addresses = xstrdup(pb->mac[0]);
        }
        if (pb->datapath) {
            port->datapath = pb->datapath->header_.uuid;
        }
        port->peer = nullable_xstrdup(smap_get(&pb->options, "peer"));
    }
}

/* The UUID of the row that 'ROW' is or points to, or NULL. */
#define ROW_UUID(ROW) ((ROW) ? &(ROW)->header_.uuid : NULL)

static bool
is_wanted(const char *text, const struct ip_prefix *prefixes, size_t n)
{
    struct ip_prefix prefix;

    if (!prefixes) {
        return true;
    } else if (ip_prefix_parse(text, &prefix, NULL)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ip_prefix_equals(&prefix, &prefixes[i])) {
            return true;
        }
    }
    return false;
}

static void
read_routes(const struct ovsdb_idl *idl, const struct ip_prefix *prefixes,
            size_t n, struct sb_facts *facts)
{
    const struct sbrec_dynamic_routing_port *drp;
    const struct sbrec_advertised_route *ar;
    const struct sbrec_learned_route *lr;

    SBREC_DYNAMIC_ROUTING_PORT_FOR_EACH (drp, idl) {
        sb_facts_add_routing_port(facts, &drp->header_.uuid,
                                  ROW_UUID(drp->datapath),
                                  ROW_UUID(drp->logical_port),
                                  ROW_UUID(drp->binding_port),
                                  smap_get(&drp->external_ids, "router"),
                                  &drp->options);
    }
    SBREC_ADVERTISED_ROUTE_FOR_EACH (ar, idl) {
        if (is_wanted(ar->ip_prefix, prefixes, n)) {
            sb_facts_add_route(facts, &ar->header_.uuid,
                               ROW_UUID(ar->datapath),
                               ROW_UUID(ar->logical_port),
                               ROW_UUID(ar->tracked_port), ar->ip_prefix,
                               &ar->external_ids);
        }
    }
    SBREC_LEARNED_ROUTE_FOR_EACH (lr, idl) {
        if (is_wanted(lr->ip_prefix, prefixes, n)) {
            sb_facts_add_learned(facts, &lr->header_.uuid,
                                 ROW_UUID(lr->logical_port), lr->ip_prefix,
                                 lr->nexthop, &lr->external_ids);
        }
    }
}

static void
read_status(const struct ovsdb_idl *idl, struct sb_facts *facts)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(idl);
    const struct sbrec_route_exchange_chassis *rec;

    facts->has_global = global != NULL;
    if (global) {
        facts->nb_cfg = global->nb_cfg;
        smap_destroy(&facts->global_ids);
        smap_clone(&facts->global_ids, &global->external_ids);
    }
    SBREC_ROUTE_EXCHANGE_CHASSIS_FOR_EACH (rec, idl) {
        struct sb_chassis *chassis = sb_facts_chassis(facts, rec->name);

        chassis->reports = true;
        chassis->nb_cfg = rec->nb_cfg;
        chassis->nb_cfg_timestamp = rec->nb_cfg_timestamp;
        smap_destroy(&chassis->status);
        smap_clone(&chassis->status, &rec->status);
    }
}

void
sb_facts_view_read(const struct ovsdb_idl *idl,
                   const struct ip_prefix *prefixes, size_t n,
                   struct sb_facts *facts)
{
    facts->extended = ovsdb_idl_server_has_table(
        idl, &sbrec_table_advertised_route);
    read_stock(idl, facts);
    if (facts->extended) {
        read_routes(idl, prefixes, n, facts);
        read_status(idl, facts);
    }
}
