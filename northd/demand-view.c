/* demand-view.c: conditional monitoring.  See the header. */
#include <config.h>
#include "northd/demand-view.h"

#include <limits.h>

#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "northd/view-needs.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* A table of which rows are sent on demand. */
struct table {
    bool sb;                    /* Southbound, else Northbound. */
    const struct ovsdb_idl_table_class *class;
    unsigned int needs;         /* VIEW_NEED_* for which all rows are wanted. */

    /* VIEW_NEED_* for which some are enough, if not 0, or ALWAYS; adds the
     * clauses that choose them. */
    unsigned int some_needs;
    void (*some)(struct ovsdb_idl_condition *);
};
#define ALWAYS UINT_MAX

static void
ports_to_routers(struct ovsdb_idl_condition *condition)
{
    nbrec_logical_switch_port_add_clause_type(condition, OVSDB_F_EQ, "router");
}

/* What our rows refer to unless there are hosts. */
static void
bindings_of_routers(struct ovsdb_idl_condition *condition)
{
    static const char *const types[] = {
        "patch", "l3gateway", "chassisredirect",
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        sbrec_port_binding_add_clause_type(condition, OVSDB_F_EQ, types[i]);
    }
}

static const struct table tables[] = {
    { false, &nbrec_table_logical_switch, VIEW_NEED_SWITCHES, 0, NULL },
    { false, &nbrec_table_logical_switch_port, VIEW_NEED_HOSTS,
      VIEW_NEED_SWITCHES, ports_to_routers },
    { false, &nbrec_table_nat, VIEW_NEED_NATS, 0, NULL },
    { false, &nbrec_table_load_balancer, VIEW_NEED_LBS, 0, NULL },
    { false, &nbrec_table_load_balancer_group, VIEW_NEED_LBS, 0, NULL },
    { false, &nbrec_table_load_balancer_health_check, VIEW_NEED_LB_HEALTH,
      0, NULL },
    { false, &nbrec_table_chassis_template_var, VIEW_NEED_TEMPLATES, 0, NULL },
    { true, &sbrec_table_port_binding, VIEW_NEED_HOSTS, ALWAYS,
      bindings_of_routers },
    { true, &sbrec_table_service_monitor, VIEW_NEED_LB_HEALTH, 0, NULL },
};

/* Returns the sequence number that the IDL's conditions have once the rows that
 * 'needs' makes necessary are there. */
static unsigned int
table_ask(const struct table *table, struct ovsdb_idl *idl, unsigned int needs)
{
    struct ovsdb_idl_condition condition;
    unsigned int seqno;

    ovsdb_idl_condition_init(&condition);
    if (needs & table->needs) {
        ovsdb_idl_condition_add_clause_true(&condition);
    } else if (table->some_needs == ALWAYS || needs & table->some_needs) {
        table->some(&condition);
    }
    seqno = ovsdb_idl_set_condition(idl, table->class, &condition);
    ovsdb_idl_condition_destroy(&condition);
    return seqno;
}

/* The VIEW_NEED_* that one of the databases serves. */
static unsigned int
served_needs(bool sb)
{
    unsigned int needs = 0;

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        const struct table *table = &tables[i];

        if (table->sb == sb) {
            needs |= table->needs;
            needs |= table->some_needs != ALWAYS ? table->some_needs : 0;
        }
    }
    return needs;
}

/* Asks one of the databases for all that is needed, or again.  Returns true if
 * it has nothing to add to what was already asked for. */
static bool
ask(const struct demand *demand, const struct demand_db *db)
{
    bool acknowledged = true;

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        const struct table *table = &tables[i];

        /* A server of an older schema must not be asked for a table that it
         * has not; what is asked before the first connection is no request. */
        if (table->sb == (db == &demand->sb)
            && (!ovsdb_idl_has_ever_connected(db->idl)
                || ovsdb_idl_server_has_table(db->idl, table->class))
            && (table_ask(table, db->idl, demand->needs)
                != ovsdb_idl_get_condition_seqno(db->idl))) {
            acknowledged = false;
        }
    }
    return acknowledged;
}

/* There are two ways for it to come.  The server answers to new conditions, and
 * then the IDL counts that in the sequence number of its conditions.  Or the IDL
 * had to connect again and told the server the new ones from the start: then it
 * takes them for acknowledged at once, but the rows come with the server's first
 * answer, which changes the sequence number of the contents. */
bool
demand_db_has_answered(struct demand_db *db, bool acknowledged)
{
    unsigned int cond_seqno = ovsdb_idl_get_condition_seqno(db->idl);
    unsigned int change_seqno = ovsdb_idl_get_seqno(db->idl);

    if (!acknowledged) {
        db->asked = true;
        db->cond_seqno = cond_seqno;
        db->change_seqno = change_seqno;
        return false;
    }
    return (!db->asked || cond_seqno != db->cond_seqno
            || change_seqno != db->change_seqno);
}

/* True if everything that one of the databases has to send is there. */
static bool
is_complete(struct demand *demand, struct demand_db *db)
{
    unsigned int new = demand->needs & ~demand->have;

    return (!(new & served_needs(db == &demand->sb))
            || demand_db_has_answered(db, ask(demand, db)));
}

void
demand_init(struct demand *demand, struct ovsdb_idl *nb_idl,
            struct ovsdb_idl *sb_idl)
{
    *demand = (struct demand) { .nb.idl = nb_idl, .sb.idl = sb_idl };
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        table_ask(&tables[i], tables[i].sb ? sb_idl : nb_idl, 0);
    }
}

bool
demand_run(struct demand *demand, const struct view *view, bool *arrived)
{
    bool nb, sb;

    *arrived = false;
    demand->needs |= view_get_needs(view);
    if (demand->needs == demand->have) {
        return true;
    }
    nb = is_complete(demand, &demand->nb);
    sb = is_complete(demand, &demand->sb);
    if (nb && sb) {
        demand->have = demand->needs;
        demand->nb.asked = demand->sb.asked = false;
        *arrived = true;
    }
    return false;
}

void
demand_format(const struct demand *demand, struct ds *s)
{
    static const struct {
        unsigned int need;      /* VIEW_NEED_*. */
        const char *name;
    } names[] = {
        { VIEW_NEED_SWITCHES, "switches" },
        { VIEW_NEED_HOSTS, "hosts" },
        { VIEW_NEED_NATS, "NATs" },
        { VIEW_NEED_LBS, "load balancers" },
        { VIEW_NEED_LB_HEALTH, "their health" },
        { VIEW_NEED_TEMPLATES, "template variables" },
    };
    size_t start = s->length;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (demand->needs & names[i].need) {
            ds_put_format(s, "%s%s%s", s->length > start ? ", " : "",
                          names[i].name,
                          demand->have & names[i].need ? "" : " (awaited)");
        }
    }
    if (s->length == start) {
        ds_put_cstr(s, "nothing");
    }
}
