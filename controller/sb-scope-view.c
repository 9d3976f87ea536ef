/* sb-scope-view.c: conditions of the Southbound tables.  See the header. */
#include <config.h>
#include "controller/sb-scope-view.h"

#include <stdlib.h>

#include "controller/route-scope.h"
#include "controller/sb-idl.h"
#include "ovsdb-idl.h"
#include "util.h"
#include "uuid.h"

#define UUID_COLUMN(NAME)                               \
    {                                                   \
        .name = NAME,                                   \
        .type = {                                       \
            .key = { .type = OVSDB_TYPE_UUID },         \
            .value = { .type = OVSDB_TYPE_VOID },       \
            .n_min = 1,                                 \
            .n_max = 1,                                 \
        },                                              \
    }

/* The IDL has no column for what all tables have, ...
 *
 * Neither is monitored.  A condition adds such a column to what the server
 * keeps of each change; one that does so later than the first lets ovsdb-server
 * (seen with 3.1, when two clients monitor the same) read past the end of a
 * change that it has not sent yet, and crash.  So they are in the condition from
 * the beginning, with a value that no row has. */
static const struct ovsdb_idl_column column_uuid = UUID_COLUMN("_uuid");

/* ... and ours has none for the datapath of Advertised_Route, which is not
 * monitored (see feed_advertised() in sb-view.c). */
static const struct ovsdb_idl_column column_datapath = UUID_COLUMN("datapath");

static void
add_clause_uuid(struct ovsdb_idl_condition *condition,
                const struct ovsdb_idl_column *column,
                const struct uuid *uuid)
{
    /* The condition shares the memory. */
    struct ovsdb_datum datum = {
        .n = 1,
        .keys = xmalloc(sizeof *datum.keys),
    };

    datum.keys->uuid = *uuid;
    ovsdb_idl_condition_add_clause(condition, OVSDB_F_EQ, column, &datum);
    ovsdb_datum_destroy(&datum, &column->type);
}

/* Clauses for all 'uuids' of a column that is not monitored. */
static void
add_clauses_unmonitored(struct ovsdb_idl_condition *condition,
                        const struct ovsdb_idl_column *column,
                        const struct uuid *uuids, size_t n)
{
    add_clause_uuid(condition, column, &UUID_ZERO);
    for (size_t i = 0; i < n; i++) {
        add_clause_uuid(condition, column, &uuids[i]);
    }
}

static unsigned int
ask_ports(struct sb_scope_view *view, const struct route_scope *scope)
{
    struct ovsdb_idl_condition condition;

    ovsdb_idl_condition_init(&condition);
    if (!uuid_is_zero(&view->chassis)) {
        sbrec_port_binding_add_clause_chassis(&condition, OVSDB_F_EQ,
                                              &view->chassis);
    }
    for (size_t i = 0; i < scope->n_datapaths; i++) {
        sbrec_port_binding_add_clause_datapath(&condition, OVSDB_F_EQ,
                                               scope->datapaths[i]);
    }
    for (size_t i = 0; i < scope->n_ports; i++) {
        char *redirect = xasprintf("cr-%s", scope->ports[i]);

        sbrec_port_binding_add_clause_logical_port(&condition, OVSDB_F_EQ,
                                                   scope->ports[i]);
        sbrec_port_binding_add_clause_logical_port(&condition, OVSDB_F_EQ,
                                                   redirect);
        free(redirect);
    }

    unsigned int seqno = sbrec_port_binding_set_condition(view->idl,
                                                          &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno;
}

static unsigned int
ask_datapaths(struct sb_scope_view *view, const struct route_scope *scope)
{
    struct ovsdb_idl_condition condition;

    ovsdb_idl_condition_init(&condition);
    add_clauses_unmonitored(&condition, &column_uuid, scope->datapaths,
                            scope->n_datapaths);

    unsigned int seqno = sbrec_datapath_binding_set_condition(view->idl,
                                                              &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno;
}

static unsigned int
ask_advertised(struct sb_scope_view *view, const struct route_scope *scope)
{
    struct ovsdb_idl_condition condition;

    ovsdb_idl_condition_init(&condition);
    add_clauses_unmonitored(&condition, &column_datapath, scope->datapaths,
                            scope->n_datapaths);

    unsigned int seqno = sbrec_advertised_route_set_condition(view->idl,
                                                              &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno;
}

/* Before a router is known to take part, its ports that are bound here show
 * that it may; after that, it is all of its ports whose options count. */
static unsigned int
ask_routing_ports(struct sb_scope_view *view, const struct route_scope *scope)
{
    struct ovsdb_idl_condition condition;

    ovsdb_idl_condition_init(&condition);
    for (size_t i = 0; i < scope->n_bound; i++) {
        sbrec_dynamic_routing_port_add_clause_binding_port(
            &condition, OVSDB_F_EQ, &scope->bound[i]);
    }
    for (size_t i = 0; i < scope->n_datapaths; i++) {
        sbrec_dynamic_routing_port_add_clause_datapath(
            &condition, OVSDB_F_EQ, &scope->datapaths[i]);
    }

    unsigned int seqno = sbrec_dynamic_routing_port_set_condition(view->idl,
                                                                  &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno;
}

/* Asks for all that 'scope' says.  What was asked for before is not sent again,
 * and costs only the comparison.  Returns the number that the IDL's conditions
 * have when the rows are there. */
static unsigned int
ask(struct sb_scope_view *view, const struct route_scope *scope)
{
    unsigned int ports = ask_ports(view, scope);
    unsigned int routing_ports = ask_routing_ports(view, scope);
    unsigned int datapaths = ask_datapaths(view, scope);
    unsigned int advertised = ask_advertised(view, scope);

    return MAX(MAX(ports, routing_ports), MAX(datapaths, advertised));
}

void
sb_scope_view_init(struct sb_scope_view *view, struct ovsdb_idl *idl)
{
    static const struct route_scope none;

    *view = (struct sb_scope_view) { .idl = idl, .pending = true };
    ask(view, &none);

    /* sb-learned-writer asks for those that it needs. */
    struct ovsdb_idl_condition condition;
    ovsdb_idl_condition_init(&condition);
    sbrec_learned_route_set_condition(idl, &condition);
    ovsdb_idl_condition_destroy(&condition);
}

bool
sb_scope_view_run(struct sb_scope_view *view, const struct uuid *chassis,
                  const struct route_scope *scope)
{
    bool changed = view->seqno != scope->seqno;

    if (chassis && !uuid_equals(chassis, &view->chassis)) {
        view->chassis = *chassis;
        changed = true;
    }
    if (changed || view->pending) {
        /* The number that is waited for is asked for anew each time: after a
         * reconnection it is another. */
        view->seqno = scope->seqno;
        view->pending = (ask(view, scope)
                         != ovsdb_idl_get_condition_seqno(view->idl));
    }
    return !view->pending;
}
