/* sb-scope-view -- has the Southbound server send the rows that matter.
 *
 * Sets the conditions of the monitored tables that are large: Port_Binding,
 * Datapath_Binding, Dynamic_Routing_Port and Advertised_Route.  At first
 * nothing of them is asked for; then what is bound to the chassis; then what
 * struct route_scope says.
 * Rows that a condition lets in or out show as inserted or deleted.
 *
 * Ownership: borrows the connection.  Cost: O(size of the scope) when it
 * changes, and in each turn until the server has answered.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_SB_SCOPE_VIEW_H
#define CONTROLLER_SB_SCOPE_VIEW_H 1

#include <stdbool.h>

#include "openvswitch/uuid.h"

struct ovsdb_idl;
struct route_scope;

struct sb_scope_view {
    struct ovsdb_idl *idl;
    struct uuid chassis;        /* Zero: not known. */
    unsigned int seqno;         /* Of the scope that was asked for last. */
    bool pending;               /* The server has not sent all of it. */
};

/* Asks for nothing, on 'idl', which has not been run yet. */
void sb_scope_view_init(struct sb_scope_view *, struct ovsdb_idl *);

/* Asks for what is bound to the record 'chassis', or was to the one before if
 * that is NULL, and for 'scope'.  Returns true if all of that is there. */
bool sb_scope_view_run(struct sb_scope_view *, const struct uuid *chassis,
                       const struct route_scope *scope);

#endif /* controller/sb-scope-view.h */
