/* sb-source-view -- what the sources need of the Southbound database.
 *
 * Keeps the parts of a view current that do not come from the Northbound one:
 * the parents of virtual ports, which ovn-controller sets where it sees their
 * addresses, and the health of load balancers' backends, which it monitors.
 *
 * Ownership: the view is the caller's.  Cost: O(changes) per run.
 * Single-threaded.
 */
#ifndef NORTHD_SB_SOURCE_VIEW_H
#define NORTHD_SB_SOURCE_VIEW_H 1

struct ovsdb_idl;
struct view;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_source_view_register(struct ovsdb_idl *);

struct sb_source_view *sb_source_view_create(void);
void sb_source_view_destroy(struct sb_source_view *);

/* Brings 'view' up to date with the tracked changes of the IDL, which the
 * caller then clears with ovsdb_idl_track_clear(). */
void sb_source_view_run(struct sb_source_view *, struct ovsdb_idl *,
                        struct view *);

#endif /* northd/sb-source-view.h */
