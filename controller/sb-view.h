/* sb-view -- the Southbound database as the plan needs it.
 *
 * Connects to the database that the chassis is configured for, monitors the
 * few columns that matter, and states what is there to a route_plan: all rows
 * when it has to start anew, else what changed.
 *
 * Whether the view is complete decides whether anything may be deleted.  It is
 * complete if all of this holds; otherwise sb_view_get_state() says what does
 * not:
 *
 *  1. The connection is up and the database's contents were received.
 *  2. Our tables are there.  Stock ovn-ctl converts the schema back when it
 *     starts without our schema file, and the rows vanish with the tables.
 *  3. Route_Exchange_Global has its row.  ovn-route-northd inserts it together
 *     with the rows that the network needs at that time, so a database that
 *     came back empty, or was just extended, does not pass.
 *  4. The chassis has its record, and its Chassis_Private, if there is one,
 *     has caught up with the number in Route_Exchange_Global.  That is where
 *     it has bound its ports, without which no router takes part here.  This
 *     was seen once since 2 and 3 last began to hold, and since the contents
 *     were last received as a whole: when the record goes later, ovn-controller
 *     was told to leave, and our routes have to go, too.
 *
 *  5. The server has sent all rows that matter to this chassis: see below.
 *
 * A chassis with a number of 0 proves nothing by catching up with it.  Then its
 * port bindings must have been quiet for a while.
 *
 * Of Port_Binding, Datapath_Binding, Dynamic_Routing_Port and Advertised_Route
 * only the rows that route-scope.h speaks of are monitored, and what is bound to
 * this chassis, so that routers elsewhere cost nothing here.  As these show step by step, so do
 * the rows: the plan follows each step, but nothing is deleted before the last
 * one.
 *
 * While 2 or 3 does not hold, the plan is left as it is.  While only 1 or 4
 * or 5 does not hold, the plan follows, but what it no longer wants stays in the
 * kernel.
 *
 * Ownership: the view owns its connection; what it feeds is copied.
 * Cost: O(what changed).  Threads: single-threaded; uses the poll loop.
 */
#ifndef CONTROLLER_SB_VIEW_H
#define CONTROLLER_SB_VIEW_H 1

#include <stdbool.h>
#include <stdint.h>

struct ovsdb_idl;
struct route_plan;
struct sb_learned_writer;
struct sb_view;

enum sb_view_state {
    SB_VIEW_IDLE,               /* Not configured. */
    SB_VIEW_CONNECTING,         /* Never had the contents. */
    SB_VIEW_AWAY,               /* Connection lost; contents as they were. */
    SB_VIEW_NATIVE,             /* The database has native dynamic routing. */
    SB_VIEW_STOCK,              /* Our tables are not there. */
    SB_VIEW_EMPTY,              /* Route_Exchange_Global has no row. */
    SB_VIEW_NO_CHASSIS,         /* The chassis has no record. */
    SB_VIEW_NOT_BOUND,          /* The chassis has not caught up. */
    SB_VIEW_LOADING,            /* Rows that were asked for are to come. */
    SB_VIEW_COMPLETE,           /* All is known. */
};

struct sb_view *sb_view_create(void);

/* Frees 'view' and closes its connection.  NULL is allowed. */
void sb_view_destroy(struct sb_view *view);

/* Connects 'view' to 'remote' on behalf of 'chassis', the system-id; either
 * may be NULL: then it does not connect.  'probe_interval' is in milliseconds;
 * -1 means the default.  Cheap if nothing changed. */
void sb_view_configure(struct sb_view *view, const char *remote,
                       const char *chassis, int probe_interval);

/* Has 'writer', which must outlive the view, told of Learned_Route as the plan
 * is of other tables. */
void sb_view_set_learned_writer(struct sb_view *view,
                                struct sb_learned_writer *writer);

/* Receives what there is and states it to 'plan'. */
void sb_view_run(struct sb_view *view, struct route_plan *plan);

/* Asks the server for the rows that the plan needs now, after
 * route_plan_run(). */
void sb_view_follow(struct sb_view *view, struct route_plan *plan);

/* Has the next poll_block() wake for what sb_view_run() can do. */
void sb_view_wait(struct sb_view *view);

/* States all rows to the plan at the next run, as at the beginning. */
void sb_view_recompute(struct sb_view *view);

/* State as of the last sb_view_run() or sb_view_follow(), and a sentence about
 * it that says what to do. */
enum sb_view_state sb_view_get_state(const struct sb_view *view);
const char *sb_view_state_to_string(enum sb_view_state);

/* True if the database is, or was when it was last seen, that of an OVN with
 * dynamic routing of its own, whose routes look like ours. */
bool sb_view_is_native(const struct sb_view *view);

/* True if the connection is up. */
bool sb_view_is_connected(const struct sb_view *view);

/* Stores Route_Exchange_Global's nb_cfg if the view is complete; else returns
 * false. */
bool sb_view_get_nb_cfg(const struct sb_view *view, int64_t *nb_cfg);

/* When ovn-route-northd first saw that number in the Northbound database, in
 * milliseconds since the epoch by its clock; 0: not known. */
int64_t sb_view_get_nb_cfg_timestamp(const struct sb_view *view);

/* The connection, for writers of the same layer; owned by the view. */
struct ovsdb_idl *sb_view_get_idl(const struct sb_view *view);

#endif /* controller/sb-view.h */
