/* sb-port-writer.c: rows of Dynamic_Routing_Port.  See the header. */
#include <config.h>
#include "northd/sb-port-writer.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/ovn-sb-idl.h"
#include "northd/dynamic-routing-port.h"
#include "northd/sb-view.h"
#include "openvswitch/list.h"
#include "util.h"
#include "uuid.h"

/* A router port that should have a row, or has one, or both. */
struct slot {
    struct hmap_node node;      /* In 'slots', by 'port''s name. */
    struct sb_port_ref port;    /* The row's logical_port. */
    struct sb_port_ref binding; /* Its binding_port, as it should be. */
    struct ovs_list rows;       /* Of struct row; more than one is too many. */
    bool is_dirty;              /* Is to be looked at, and in... */
    struct ovs_list dirty_node; /* ...'dirty'. */
    struct sb_port_writer *writer;
};

/* A row in the Southbound database. */
struct row {
    struct hmap_node node;      /* In 'rows', by uuid. */
    const struct sbrec_dynamic_routing_port *sb;
    struct slot *slot;          /* NULL: garbage. */
    struct ovs_list slot_node;  /* In 'slot''s 'rows', or in 'garbage'. */
};

struct sb_port_writer {
    struct sb_view *sb_view;
    const struct dynamic_routing_ports *ports;
    struct hmap slots;          /* Of struct slot. */
    struct hmap rows;           /* Of struct row. */
    struct ovs_list garbage;    /* Of struct row. */
    struct ovs_list dirty;      /* Of struct slot: to be looked at. */
};

void
sb_port_writer_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_dynamic_routing_port_col_datapath,
        &sbrec_dynamic_routing_port_col_logical_port,
        &sbrec_dynamic_routing_port_col_binding_port,
        &sbrec_dynamic_routing_port_col_options,
        &sbrec_dynamic_routing_port_col_external_ids,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
}

struct sb_port_writer *
sb_port_writer_create(struct sb_view *sb_view,
                      const struct dynamic_routing_ports *ports)
{
    struct sb_port_writer *w = xzalloc(sizeof *w);

    w->sb_view = sb_view;
    w->ports = ports;
    hmap_init(&w->slots);
    hmap_init(&w->rows);
    ovs_list_init(&w->garbage);
    ovs_list_init(&w->dirty);
    return w;
}

static void
slot_set_dirty(struct slot *slot)
{
    if (!slot->is_dirty) {
        slot->is_dirty = true;
        ovs_list_push_back(&slot->writer->dirty, &slot->dirty_node);
    }
}

static void
slot_port_changed(struct sb_port_ref *ref)
{
    slot_set_dirty(CONTAINER_OF(ref, struct slot, port));
}

static void
slot_binding_changed(struct sb_port_ref *ref)
{
    slot_set_dirty(CONTAINER_OF(ref, struct slot, binding));
}

static struct slot *
slot_get(struct sb_port_writer *w, const char *name)
{
    uint32_t hash = hash_string(name, 0);
    struct slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, hash, &w->slots) {
        if (!strcmp(slot->port.port->name, name)) {
            return slot;
        }
    }
    slot = xzalloc(sizeof *slot);
    slot->writer = w;
    ovs_list_init(&slot->rows);
    sb_port_ref_init(&slot->port, w->sb_view, name, slot_port_changed);
    hmap_insert(&w->slots, &slot->node, hash);
    return slot;
}

static void
slot_free(struct sb_port_writer *w, struct slot *slot)
{
    if (slot->is_dirty) {
        ovs_list_remove(&slot->dirty_node);
    }
    hmap_remove(&w->slots, &slot->node);
    sb_port_ref_destroy(&slot->port, w->sb_view);
    sb_port_ref_destroy(&slot->binding, w->sb_view);
    free(slot);
}

void
sb_port_writer_want(struct sb_port_writer *w)
{
    const char *name;

    SSET_FOR_EACH (name, &w->ports->changed) {
        slot_set_dirty(slot_get(w, name));
    }
}

/* Rows. */

static struct row *
row_find(const struct sb_port_writer *w, const struct uuid *uuid)
{
    struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &w->rows) {
        if (uuid_equals(&row->sb->header_.uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static void
row_leave_slot(struct row *row)
{
    ovs_list_remove(&row->slot_node);
    if (row->slot) {
        slot_set_dirty(row->slot);
        row->slot = NULL;
    }
}

static void
row_remove(struct sb_port_writer *w, struct row *row)
{
    row_leave_slot(row);
    hmap_remove(&w->rows, &row->node);
    free(row);
}

static void
row_update(struct sb_port_writer *w,
           const struct sbrec_dynamic_routing_port *sb)
{
    struct row *row = row_find(w, &sb->header_.uuid);

    if (row) {
        row_leave_slot(row);
    } else {
        row = xzalloc(sizeof *row);
        row->sb = sb;
        hmap_insert(&w->rows, &row->node, uuid_hash(&sb->header_.uuid));
    }
    if (sb->logical_port) {
        row->slot = slot_get(w, sb->logical_port->logical_port);
        ovs_list_push_back(&row->slot->rows, &row->slot_node);
        slot_set_dirty(row->slot);
    } else {
        ovs_list_push_back(&w->garbage, &row->slot_node);
    }
}

void
sb_port_writer_follow(struct sb_port_writer *w, struct ovsdb_idl *idl,
                      bool afresh)
{
    const struct sbrec_dynamic_routing_port *sb;
    struct row *row;

    if (afresh) {
        HMAP_FOR_EACH_SAFE (row, node, &w->rows) {
            row_remove(w, row);
        }
        SBREC_DYNAMIC_ROUTING_PORT_FOR_EACH (sb, idl) {
            row_update(w, sb);
        }
        return;
    }
    SBREC_DYNAMIC_ROUTING_PORT_FOR_EACH_TRACKED (sb, idl) {
        if (!sbrec_dynamic_routing_port_is_deleted(sb)) {
            row_update(w, sb);
        } else if ((row = row_find(w, &sb->header_.uuid))) {
            row_remove(w, row);
        }
    }
}

/* Writing. */

/* Sets the columns of 'sb' that are not as 'want' says, or all if it is 'new'.
 * Returns the number of changes. */
static size_t
write_columns(const struct slot *slot, const struct dynamic_routing_port *want,
              const struct sbrec_dynamic_routing_port *sb, bool new)
{
    const struct sbrec_port_binding *pb = slot->port.port->pb;
    const struct sbrec_port_binding *binding = slot->binding.port->pb;
    struct smap ids = SMAP_CONST1(&ids, "router", want->router);
    size_t n = 0;

    if (new || sb->datapath != pb->datapath) {
        sbrec_dynamic_routing_port_set_datapath(sb, pb->datapath);
        n++;
    }
    if (new) {
        sbrec_dynamic_routing_port_set_logical_port(sb, pb);
    }
    if (new || sb->binding_port != binding) {
        sbrec_dynamic_routing_port_set_binding_port(sb, binding);
        n++;
    }
    if (new || !smap_equal(&sb->options, &want->options)) {
        sbrec_dynamic_routing_port_set_options(sb, &want->options);
        n++;
    }
    if (new || !smap_equal(&sb->external_ids, &ids)) {
        sbrec_dynamic_routing_port_set_external_ids(sb, &ids);
        n++;
    }
    return n;
}

/* Makes 'slot->binding' refer to the port that 'want' names. */
static void
slot_update_binding(struct slot *slot, const struct dynamic_routing_port *want)
{
    struct sb_view *sb_view = slot->writer->sb_view;

    if (!slot->binding.port
        || strcmp(slot->binding.port->name, want->binding_port)) {
        sb_port_ref_destroy(&slot->binding, sb_view);
        sb_port_ref_init(&slot->binding, sb_view, want->binding_port,
                         slot_binding_changed);
    }
}

static size_t
slot_flush(struct sb_port_writer *w, struct slot *slot,
           struct ovsdb_idl_txn *txn)
{
    const struct dynamic_routing_port *want
        = dynamic_routing_ports_find(w->ports, slot->port.port->name);
    bool kept = false;
    struct row *row;
    size_t n = 0;

    if (want) {
        slot_update_binding(slot, want);
        if (!slot->port.port->pb || !slot->binding.port->pb) {
            want = NULL;        /* Not yet. */
        }
    }
    LIST_FOR_EACH (row, slot_node, &slot->rows) {
        if (want && !kept) {
            n += write_columns(slot, want, row->sb, false);
            kept = true;
        } else {
            sbrec_dynamic_routing_port_delete(row->sb);
            n++;
        }
    }
    if (want && !kept) {
        n += write_columns(slot, want, sbrec_dynamic_routing_port_insert(txn),
                           true);
    }
    return n;
}

size_t
sb_port_writer_flush(struct sb_port_writer *w, struct ovsdb_idl_txn *txn,
                     size_t max)
{
    struct slot *slot;
    struct row *row;
    size_t n = 0;

    LIST_FOR_EACH (row, slot_node, &w->garbage) {
        if (n >= max) {
            return n;
        }
        sbrec_dynamic_routing_port_delete(row->sb);
        n++;
    }
    LIST_FOR_EACH_SAFE (slot, dirty_node, &w->dirty) {
        size_t changes;

        if (n >= max) {
            return n;
        }
        changes = slot_flush(w, slot, txn);
        if (changes) {
            n += changes;       /* It stays dirty until they are in. */
            continue;
        }
        slot->is_dirty = false;
        ovs_list_remove(&slot->dirty_node);
        if (ovs_list_is_empty(&slot->rows)
            && !dynamic_routing_ports_find(w->ports, slot->port.port->name)) {
            slot_free(w, slot);
        }
    }
    return n;
}

bool
sb_port_writer_is_clean(const struct sb_port_writer *w)
{
    return ovs_list_is_empty(&w->dirty) && ovs_list_is_empty(&w->garbage);
}

size_t
sb_port_writer_count(const struct sb_port_writer *w)
{
    return hmap_count(&w->rows);
}

void
sb_port_writer_destroy(struct sb_port_writer *w)
{
    struct slot *slot;
    struct row *row;

    if (!w) {
        return;
    }
    HMAP_FOR_EACH_SAFE (row, node, &w->rows) {
        row_remove(w, row);
    }
    HMAP_FOR_EACH_SAFE (slot, node, &w->slots) {
        slot_free(w, slot);
    }
    hmap_destroy(&w->rows);
    hmap_destroy(&w->slots);
    free(w);
}
