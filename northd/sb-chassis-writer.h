/* sb-chassis-writer -- rows of Route_Exchange_Chassis that nobody keeps.
 *
 * Each ovn-route-controller keeps the row of its chassis.  When a chassis is
 * renamed or removed, its row stays behind, and whoever waits for all chassis
 * would wait for ever.  ovn-route-northd deletes the rows of names that no
 * Chassis has; ovn-route-controller makes one only while its Chassis is there.
 *
 * Cost: O(chassis) when one comes or goes.  Single-threaded.
 */
#ifndef NORTHD_SB_CHASSIS_WRITER_H
#define NORTHD_SB_CHASSIS_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct ovsdb_idl;

/* Zero-initialised. */
struct sb_chassis_writer {
    size_t n_stale;             /* Rows to delete. */
};

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_chassis_writer_register(struct ovsdb_idl *);

/* Follows the tracked changes of the IDL, or looks at all rows if 'afresh'. */
void sb_chassis_writer_follow(struct sb_chassis_writer *, struct ovsdb_idl *,
                              bool afresh);

/* Deletes up to 'max' rows in the open transaction.  Returns their number. */
size_t sb_chassis_writer_flush(struct sb_chassis_writer *, struct ovsdb_idl *,
                               size_t max);

#endif /* northd/sb-chassis-writer.h */
