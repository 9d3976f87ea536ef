/* sb-learned-writer -- what chassis learned, and who holds which port.
 *
 * Tells learned-routes of the rows of Learned_Route and of the chassis of
 * Port_Bindings, and deletes the rows that it finds to be garbage.  The rows
 * are the chassis' otherwise: nothing else of them is written.
 *
 * Single-threaded.
 */
#ifndef NORTHD_SB_LEARNED_WRITER_H
#define NORTHD_SB_LEARNED_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct learned_routes;
struct ovsdb_idl;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_learned_writer_register(struct ovsdb_idl *);

/* Tells 'learned' what the tracked changes of the IDL are; or everything, if
 * it started 'afresh'. */
void sb_learned_writer_follow(struct learned_routes *learned,
                              struct ovsdb_idl *, bool afresh);

/* Adds the deletion of up to 'max' rows to the open transaction of the IDL and
 * returns their number.  They remain to be deleted until they are gone. */
size_t sb_learned_writer_flush(const struct learned_routes *,
                               struct ovsdb_idl *, size_t max);

/* True if there is nothing to delete. */
bool sb_learned_writer_is_clean(const struct learned_routes *);

#endif /* northd/sb-learned-writer.h */
