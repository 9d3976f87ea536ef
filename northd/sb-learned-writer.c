/* sb-learned-writer.c: rows of Learned_Route.  See the header. */
#include <config.h>
#include "northd/sb-learned-writer.h"

#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ovn-sb-idl.h"
#include "northd/learned-routes.h"
#include "util.h"

void
sb_learned_writer_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_learned_route_col_datapath,
        &sbrec_learned_route_col_logical_port,
        &sbrec_learned_route_col_ip_prefix,
        &sbrec_learned_route_col_nexthop,
        &sbrec_learned_route_col_external_ids,
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_datapath,
        &sbrec_port_binding_col_type,
        &sbrec_port_binding_col_chassis,
        &sbrec_chassis_col_name,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

static void
put_binding(struct learned_routes *learned,
            const struct sbrec_port_binding *pb)
{
    bool counts = (pb->chassis && (!strcmp(pb->type, "chassisredirect")
                                   || !strcmp(pb->type, "l3gateway")));

    learned_routes_set_binding(learned, pb->logical_port,
                               counts ? pb->chassis->name : NULL);
}

static void
put_row(struct learned_routes *learned, const struct sbrec_learned_route *row)
{
    const struct sbrec_port_binding *pb = row->logical_port;
    struct learned_row_config config = {
        .port = (pb && row->datapath && row->datapath == pb->datapath
                 ? pb->logical_port : NULL),
        .ip_prefix = row->ip_prefix,
        .nexthop = row->nexthop,
        .chassis = smap_get(&row->external_ids, DR_ID_CHASSIS),
        .nexthop_mac = smap_get(&row->external_ids, DR_ID_NEXTHOP_MAC),
    };

    learned_routes_set_row(learned, &row->header_.uuid, &config);
}

static void
put_rows(struct learned_routes *learned, struct ovsdb_idl *idl)
{
    const struct sbrec_learned_route *row;

    SBREC_LEARNED_ROUTE_FOR_EACH (row, idl) {
        put_row(learned, row);
    }
}

/* Returns true if a port went over to another datapath, so that rows may refer
 * to it wrongly that did not change. */
static bool
follow_bindings(struct learned_routes *learned, struct ovsdb_idl *idl)
{
    const struct sbrec_port_binding *pb;
    bool moved = false;

    /* A port that was deleted and made anew: the deletion first. */
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        if (sbrec_port_binding_is_deleted(pb)) {
            learned_routes_set_binding(learned, pb->logical_port, NULL);
        }
    }
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        if (!sbrec_port_binding_is_deleted(pb)) {
            put_binding(learned, pb);
            moved |= (!sbrec_port_binding_is_new(pb)
                      && sbrec_port_binding_is_updated(
                             pb, SBREC_PORT_BINDING_COL_DATAPATH));
        }
    }
    return moved;
}

void
sb_learned_writer_follow(struct learned_routes *learned, struct ovsdb_idl *idl,
                         bool afresh)
{
    const struct sbrec_learned_route *row;
    const struct sbrec_port_binding *pb;
    const struct sbrec_chassis *chassis;

    if (afresh) {
        learned_routes_clear_southbound(learned);
        SBREC_PORT_BINDING_FOR_EACH (pb, idl) {
            put_binding(learned, pb);
        }
        put_rows(learned, idl);
        return;
    }
    bool moved = follow_bindings(learned, idl);
    /* What they held is told by now. */
    SBREC_CHASSIS_FOR_EACH_TRACKED (chassis, idl) {
        if (sbrec_chassis_is_deleted(chassis)) {
            learned_routes_remove_chassis(learned, chassis->name);
        }
    }
    SBREC_LEARNED_ROUTE_FOR_EACH_TRACKED (row, idl) {
        if (sbrec_learned_route_is_deleted(row)) {
            learned_routes_remove_row(learned, &row->header_.uuid);
        } else {
            put_row(learned, row);
        }
    }
    if (moved) {
        put_rows(learned, idl);
    }
}

static void
delete_row(const struct uuid *uuid, void *idl)
{
    const struct sbrec_learned_route *row
        = sbrec_learned_route_get_for_uuid(idl, uuid);

    if (row) {
        sbrec_learned_route_delete(row);
    }
}

size_t
sb_learned_writer_flush(const struct learned_routes *learned,
                        struct ovsdb_idl *idl, size_t max)
{
    return learned_routes_for_each_garbage(learned, max, delete_row, idl);
}

static void
skip_row(const struct uuid *uuid OVS_UNUSED, void *aux OVS_UNUSED)
{
}

bool
sb_learned_writer_is_clean(const struct learned_routes *learned)
{
    return !learned_routes_for_each_garbage(learned, 1, skip_row, NULL);
}
