/* sb-view -- the Southbound rows that ours refer to.
 *
 * Knows every Port_Binding by name, and tells those who refer to a port by name
 * when its row comes, goes or changes its datapath: the rows of ours are
 * computed from the Northbound database and may be ready before stock
 * ovn-northd has made the ports.
 *
 * Ownership: a 'struct sb_port' lives as long as it has a row or someone refers
 * to it.  'pb' is valid until the next ovsdb_idl_run(), after which
 * sb_view_run() renews it.  Cost: O(changes) per run.  Single-threaded.
 */
#ifndef NORTHD_SB_VIEW_H
#define NORTHD_SB_VIEW_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct ovsdb_idl;
struct sbrec_port_binding;

struct sb_port {
    struct hmap_node node;      /* In struct sb_view's 'ports', by name. */
    struct hmap_node uuid_node; /* In its 'bindings', if 'pb', by row. */
    char *name;
    const struct sbrec_port_binding *pb; /* NULL: not there. */
    struct ovs_list refs;       /* Of struct sb_port_ref. */
};

/* Someone's interest in a port. */
struct sb_port_ref {
    struct ovs_list node;       /* In 'port''s 'refs'. */
    struct sb_port *port;
    void (*changed)(struct sb_port_ref *); /* Called when 'pb' is another row,
                                            * or its datapath is. */
};

struct sb_view {
    struct hmap ports;          /* Of struct sb_port, by name. */
    struct hmap bindings;       /* Those with a row, by its uuid. */
    bool have_global;           /* SB_Global's row has been seen. */
};

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_view_register(struct ovsdb_idl *);

void sb_view_init(struct sb_view *);
void sb_view_destroy(struct sb_view *);

/* Follows the tracked changes of the IDL.  Returns true if the IDL started
 * afresh, so that pointers to any rows of it are void. */
bool sb_view_run(struct sb_view *, struct ovsdb_idl *);

/* The row of the port 'name', or NULL. */
const struct sbrec_port_binding *sb_view_find(const struct sb_view *,
                                              const char *name);

/* Makes 'ref' refer to the port 'name', which need not be there yet. */
void sb_port_ref_init(struct sb_port_ref *ref, struct sb_view *,
                      const char *name,
                      void (*changed)(struct sb_port_ref *));

/* Undoes that; does nothing if 'ref' refers to nothing. */
void sb_port_ref_destroy(struct sb_port_ref *ref, struct sb_view *);

/* SB_Global's nb_cfg, stock ovn-northd's mark; -1 if that has not filled the
 * database yet. */
int64_t sb_view_get_cfg(const struct ovsdb_idl *);

#endif /* northd/sb-view.h */
