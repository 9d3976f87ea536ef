/* sb-view.c: Southbound rows that ours refer to.  See the header. */
#include <config.h>
#include "northd/sb-view.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/ovn-sb-idl.h"
#include "util.h"
#include "uuid.h"

void
sb_view_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_sb_global_col_nb_cfg,
        &sbrec_sb_global_col_options,
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_datapath,
        &sbrec_port_binding_col_type,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

void
sb_view_init(struct sb_view *sbv)
{
    hmap_init(&sbv->ports);
    hmap_init(&sbv->bindings);
    sbv->have_global = false;
}

static struct sb_port *
port_find(const struct sb_view *sbv, const char *name)
{
    struct sb_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, hash_string(name, 0), &sbv->ports) {
        if (!strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

static struct sb_port *
port_get(struct sb_view *sbv, const char *name)
{
    struct sb_port *port = port_find(sbv, name);

    if (!port) {
        port = xzalloc(sizeof *port);
        port->name = xstrdup(name);
        ovs_list_init(&port->refs);
        hmap_insert(&sbv->ports, &port->node, hash_string(name, 0));
    }
    return port;
}

const struct sbrec_port_binding *
sb_view_find(const struct sb_view *sbv, const char *name)
{
    const struct sb_port *port = port_find(sbv, name);

    return port ? port->pb : NULL;
}

static void
port_free_if_unused(struct sb_view *sbv, struct sb_port *port)
{
    if (!port->pb && ovs_list_is_empty(&port->refs)) {
        hmap_remove(&sbv->ports, &port->node);
        free(port->name);
        free(port);
    }
}

static void
port_notify(struct sb_port *port)
{
    struct sb_port_ref *ref;

    LIST_FOR_EACH_SAFE (ref, node, &port->refs) {
        ref->changed(ref);
    }
}

static struct sb_port *
port_by_row(const struct sb_view *sbv, const struct uuid *uuid)
{
    struct sb_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, uuid_node, uuid_hash(uuid),
                             &sbv->bindings) {
        if (uuid_equals(&port->pb->header_.uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static void
port_unlink(struct sb_view *sbv, struct sb_port *port)
{
    hmap_remove(&sbv->bindings, &port->uuid_node);
    port->pb = NULL;
    port_notify(port);
    port_free_if_unused(sbv, port);
}

static void
port_link(struct sb_view *sbv, const struct sbrec_port_binding *pb)
{
    struct sb_port *port = port_get(sbv, pb->logical_port);

    if (port->pb != pb) {
        if (port->pb) {
            hmap_remove(&sbv->bindings, &port->uuid_node);
        }
        port->pb = pb;
        hmap_insert(&sbv->bindings, &port->uuid_node,
                    uuid_hash(&pb->header_.uuid));
    }
    port_notify(port);
}

void
sb_port_ref_init(struct sb_port_ref *ref, struct sb_view *sbv,
                 const char *name, void (*changed)(struct sb_port_ref *))
{
    ref->port = port_get(sbv, name);
    ref->changed = changed;
    ovs_list_push_back(&ref->port->refs, &ref->node);
}

void
sb_port_ref_destroy(struct sb_port_ref *ref, struct sb_view *sbv)
{
    if (ref->port) {
        ovs_list_remove(&ref->node);
        port_free_if_unused(sbv, ref->port);
        ref->port = NULL;
    }
}

void
sb_view_destroy(struct sb_view *sbv)
{
    struct sb_port *port;

    HMAP_FOR_EACH_SAFE (port, node, &sbv->ports) {
        ovs_assert(ovs_list_is_empty(&port->refs));
        hmap_remove(&sbv->ports, &port->node);
        free(port->name);
        free(port);
    }
    hmap_destroy(&sbv->ports);
    hmap_destroy(&sbv->bindings);
}

/* Everything anew.  The old 'pb' pointers are void and must not be used. */
static void
reload(struct sb_view *sbv, struct ovsdb_idl *idl)
{
    const struct sbrec_port_binding *pb;
    struct sb_port *port;

    hmap_clear(&sbv->bindings);
    HMAP_FOR_EACH_SAFE (port, node, &sbv->ports) {
        port->pb = NULL;
        port_notify(port);
        port_free_if_unused(sbv, port);
    }
    SBREC_PORT_BINDING_FOR_EACH (pb, idl) {
        port_link(sbv, pb);
    }
}

bool
sb_view_run(struct sb_view *sbv, struct ovsdb_idl *idl)
{
    /* As in nb-view.c. */
    const struct sbrec_sb_global *global = sbrec_sb_global_first(idl);
    bool had_global = sbv->have_global;
    const struct sbrec_port_binding *pb;

    sbv->have_global = global != NULL;
    if (had_global && (!global || sbrec_sb_global_is_new(global))) {
        reload(sbv, idl);
        return true;
    }

    /* A port that was deleted and made anew: the deletion first. */
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        struct sb_port *port = port_by_row(sbv, &pb->header_.uuid);

        if (port && (sbrec_port_binding_is_deleted(pb)
                     || strcmp(port->name, pb->logical_port))) {
            port_unlink(sbv, port);
        }
    }
    SBREC_PORT_BINDING_FOR_EACH_TRACKED (pb, idl) {
        if (!sbrec_port_binding_is_deleted(pb)) {
            port_link(sbv, pb);
        }
    }
    return false;
}

int64_t
sb_view_get_cfg(const struct ovsdb_idl *idl)
{
    const struct sbrec_sb_global *global = sbrec_sb_global_first(idl);

    /* In a new database the mark is 0 before stock ovn-northd has done
     * anything; its options come together with its first rows. */
    return (global && !smap_is_empty(&global->options) ? global->nb_cfg
            : -1);
}
