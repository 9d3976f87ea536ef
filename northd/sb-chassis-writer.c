/* sb-chassis-writer.c: status rows of chassis that are gone.  See the
 * header. */
#include <config.h>
#include "northd/sb-chassis-writer.h"

#include "lib/ovn-sb-idl.h"
#include "sset.h"

void
sb_chassis_writer_register(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_column(idl, &sbrec_chassis_col_name);
    ovsdb_idl_track_add_column(idl, &sbrec_chassis_col_name);
    ovsdb_idl_add_column(idl, &sbrec_route_exchange_chassis_col_name);
    ovsdb_idl_track_add_column(idl, &sbrec_route_exchange_chassis_col_name);
}

static void
get_names(struct ovsdb_idl *idl, struct sset *names)
{
    const struct sbrec_chassis *chassis;

    sset_init(names);
    SBREC_CHASSIS_FOR_EACH (chassis, idl) {
        sset_add(names, chassis->name);
    }
}

void
sb_chassis_writer_follow(struct sb_chassis_writer *w, struct ovsdb_idl *idl,
                         bool afresh)
{
    const struct sbrec_route_exchange_chassis *row;
    struct sset names;

    if (!afresh && !sbrec_chassis_track_get_first(idl)
        && !sbrec_route_exchange_chassis_track_get_first(idl)) {
        return;
    }
    get_names(idl, &names);
    w->n_stale = 0;
    SBREC_ROUTE_EXCHANGE_CHASSIS_FOR_EACH (row, idl) {
        w->n_stale += !sset_contains(&names, row->name);
    }
    sset_destroy(&names);
}

size_t
sb_chassis_writer_flush(struct sb_chassis_writer *w, struct ovsdb_idl *idl,
                        size_t max)
{
    const struct sbrec_route_exchange_chassis *row;
    struct sset names;
    size_t n = 0;

    if (!w->n_stale) {
        return 0;
    }
    get_names(idl, &names);
    SBREC_ROUTE_EXCHANGE_CHASSIS_FOR_EACH_SAFE (row, idl) {
        if (n < max && !sset_contains(&names, row->name)) {
            sbrec_route_exchange_chassis_delete(row);
            n++;
        }
    }
    sset_destroy(&names);
    return n;
}
