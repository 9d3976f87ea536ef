/* chassis-status -- this chassis' row in Route_Exchange_Chassis.
 *
 * Writes what the daemon tells it, and only differences: the number of the
 * barrier as soon as it changes, all else at most once a second.  A write that
 * the server refuses is tried again with back-off.
 *
 * The row is found by the chassis' name, so a restart goes on with the one
 * that is there.  It is made only while the chassis has its record.
 *
 * Ownership: the writer borrows the connection, and is the only one that may
 *     have a transaction on it.
 * Units: times are in milliseconds; 'now' of any monotonic clock.
 * Threads: single-threaded; uses the poll loop.
 */
#ifndef CONTROLLER_CHASSIS_STATUS_H
#define CONTROLLER_CHASSIS_STATUS_H 1

#include <stdbool.h>
#include <stdint.h>

struct chassis_status;
struct ovsdb_idl;
struct smap;

/* Creates a writer on 'idl', which must monitor columns 'name', 'nb_cfg',
 * 'nb_cfg_timestamp' and 'status' of Route_Exchange_Chassis, and 'name' of
 * Chassis. */
struct chassis_status *chassis_status_create(struct ovsdb_idl *idl);

/* To be called before 'idl' is destroyed.  NULL is allowed. */
void chassis_status_destroy(struct chassis_status *);

/* True if chassis_status_run() would look at 'status' now: what it shows may
 * be gathered only then. */
bool chassis_status_is_due(const struct chassis_status *, long long int now);

/* Goes on with a transaction under way, or else makes the row of 'chassis' say
 * 'status' and, unless it is negative, 'nb_cfg'.  'status' may be NULL for "as
 * before". */
void chassis_status_run(struct chassis_status *, const char *chassis,
                        int64_t nb_cfg, const struct smap *status,
                        long long int now);

/* Deletes the row of 'chassis'.  To be called again and again until it returns
 * true: the row is gone, or cannot be reached. */
bool chassis_status_clear(struct chassis_status *, const char *chassis);

/* Has the next poll_block() wake for what the functions above can do; if
 * 'pending', also when chassis_status_is_due() will be true. */
void chassis_status_wait(const struct chassis_status *, bool pending);

/* Why the last write failed, or NULL. */
const char *chassis_status_get_error(const struct chassis_status *);

#endif /* controller/chassis-status.h */
