/* nb-view -- keeps the view current from the Northbound database.
 *
 * The only place where rows of the Northbound IDL are read.  Follows its
 * change tracking, so that steady state costs what changes; the sets of
 * references of a changed row (ports, NATs) are compared with the last ones.
 * When the IDL starts afresh after a reconnection, so does the view.
 *
 * Single-threaded.
 */
#ifndef NORTHD_NB_VIEW_H
#define NORTHD_NB_VIEW_H 1

#include <stdint.h>

struct ovsdb_idl;
struct view;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void nb_view_register(struct ovsdb_idl *);

struct nb_view *nb_view_create(void);
void nb_view_destroy(struct nb_view *);

/* Brings 'view' up to date with the tracked changes of the IDL, which the
 * caller then clears with ovsdb_idl_track_clear(). */
void nb_view_run(struct nb_view *, struct ovsdb_idl *, struct view *);

/* Builds 'view' anew from what the IDL has, in place of nb_view_run(). */
void nb_view_reload(struct nb_view *, struct ovsdb_idl *, struct view *);

/* NB_Global's nb_cfg, or -1 if there is none. */
int64_t nb_view_get_cfg(const struct ovsdb_idl *);

#endif /* northd/nb-view.h */
