/* sb-source-view.c: from the Southbound IDL to the view.  See the header. */
#include <config.h>
#include "northd/sb-source-view.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ovn-sb-idl.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "util.h"

struct sb_source_view {
    bool have_global;           /* SB_Global's row has been seen. */
};

void
sb_source_view_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_sb_global_col_nb_cfg,
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_virtual_parent,
        &sbrec_service_monitor_col_ip,
        &sbrec_service_monitor_col_port,
        &sbrec_service_monitor_col_protocol,
        &sbrec_service_monitor_col_logical_port,
        &sbrec_service_monitor_col_status,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct sb_source_view *
sb_source_view_create(void)
{
    return xzalloc(sizeof(struct sb_source_view));
}

void
sb_source_view_destroy(struct sb_source_view *sv)
{
    free(sv);
}

static void
put_binding(struct view *view, const struct sbrec_port_binding *pb)
{
    const char *parent = pb->virtual_parent;

    view_virtual_parent_set(view, pb->logical_port,
                            parent && parent[0] ? parent : NULL);
}

static void
put_monitor(struct view *view, const struct sbrec_service_monitor *monitor)
{
    const char *status = monitor->status;

    view_monitor_set(view, &monitor->header_.uuid, monitor->ip, monitor->port,
                     monitor->protocol, monitor->logical_port,
                     status && strcmp(status, "online"));
}

static void
reload(struct ovsdb_idl *idl, struct view *view)
{
    const struct sbrec_service_monitor *monitor;
    const struct sbrec_port_binding *pb;

    view_virtual_parent_clear_all(view);
    SBREC_PORT_BINDING_FOR_EACH (pb, idl) {
        put_binding(view, pb);
    }
    view_monitor_clear_all(view);
    SBREC_SERVICE_MONITOR_FOR_EACH (monitor, idl) {
        put_monitor(view, monitor);
    }
}

static void
follow_monitors(struct ovsdb_idl *idl, struct view *view)
{
    const struct sbrec_service_monitor *monitor;

    SBREC_SERVICE_MONITOR_FOR_EACH_TRACKED (monitor, idl) {
        if (sbrec_service_monitor_is_deleted(monitor)) {
            view_monitor_remove(view, &monitor->header_.uuid);
        } else {
            put_monitor(view, monitor);
        }
    }
}

void
sb_source_view_run(struct sb_source_view *sv, struct ovsdb_idl *idl,
                   struct view *view)
{
    /* As in nb-view.c. */
    const struct sbrec_sb_global *global = sbrec_sb_global_first(idl);
    bool had_global = sv->have_global;
    const struct sbrec_port_binding *pb;

    sv->have_global = global != NULL;
    if (had_global && (!global || sbrec_sb_global_is_new(global))) {
        reload(idl, view);
        return;
    }

    /* A port that was deleted and made anew: the deletion first. */
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        if (sbrec_port_binding_is_deleted(pb)) {
            view_virtual_parent_set(view, pb->logical_port, NULL);
        }
    }
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        if (!sbrec_port_binding_is_deleted(pb)) {
            put_binding(view, pb);
        }
    }
    follow_monitors(idl, view);
}
