/* demand-view -- has the servers send what is needed, when it is needed.
 *
 * Sets the conditions of the tables that view-needs.h is about: nothing of them
 * at first, then what the view proves to need.  Needs only grow: what was needed
 * once may be so again soon, and would have to be sent anew.
 *
 * Data so arrives later than the configuration that makes it count.  Until
 * demand_run() says that all is there, the view is not fit for computing: a
 * route would seem to have no host to follow, or a load balancer nobody who
 * tells of its health.  The Northbound view has to be built anew then, because
 * the members of what it knew already arrived alone; so it need not follow
 * meanwhile.
 *
 * Conditions are an offer to the server; a program that sets none, or a server
 * that knows of none, sees everything, which does no harm.
 *
 * Single-threaded.
 */
#ifndef NORTHD_DEMAND_VIEW_H
#define NORTHD_DEMAND_VIEW_H 1

#include <stdbool.h>

struct ds;
struct ovsdb_idl;
struct view;

/* Of one database. */
struct demand_db {
    struct ovsdb_idl *idl;
    bool asked;                 /* Something was asked for.  When it was last
                                 * known not to be acknowledged, ... */
    unsigned int cond_seqno;    /* ...the IDL's conditions had this number... */
    unsigned int change_seqno;  /* ...and its contents had this one. */
};

struct demand {
    struct demand_db nb, sb;
    unsigned int needs;         /* VIEW_NEED_*: asked for... */
    unsigned int have;          /* ...and those of them that are there. */
};

/* True if what was asked of 'db' has come.  'acknowledged' tells whether its IDL
 * takes the conditions of all tables in question for acknowledged.  To be called
 * after each change of them and after each ovsdb_idl_run(), until it is true;
 * then the caller clears 'asked'. */
bool demand_db_has_answered(struct demand_db *db, bool acknowledged);

/* Asks for nothing yet.  After the columns to monitor were chosen, before the
 * first ovsdb_idl_run(); both must outlive the 'struct demand'. */
void demand_init(struct demand *, struct ovsdb_idl *nb_idl,
                 struct ovsdb_idl *sb_idl);

/* Asks for what 'view' needs, to be called after it followed the IDLs.  True if
 * all of it is there.  Sets '*arrived' to true if Northbound data just came in
 * that was not there before, else to false. */
bool demand_run(struct demand *, const struct view *, bool *arrived);

/* Appends the names of what was asked for, as in "switches, NATs (awaited)", or
 * "nothing". */
void demand_format(const struct demand *, struct ds *);

#endif /* northd/demand-view.h */
