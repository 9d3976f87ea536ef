/* sb-learned-writer -- the Southbound table Learned_Route.
 *
 * States to learn_rows (see there) which rows the table has, for the ports
 * that are managed, and writes what learn_rows hands out: one transaction at a
 * time, of at most SB_LEARNED_BATCH operations, so that a full table does not
 * keep the server from other work.
 *
 * A row's external_ids say which chassis wrote it, the MAC address of its next
 * hop if that is known and asked for, and its weight unless that is 1.  Other
 * keys are left alone.
 *
 * Ownership: the writer uses the connection and the rows of others, which must
 *     outlive it.
 * Errors: what fails is tried again, with back-off, and shows in
 *     sb_learned_writer_get_error().
 * Cost: O(what changed).  Threads: single-threaded; uses the poll loop.
 */
#ifndef CONTROLLER_SB_LEARNED_WRITER_H
#define CONTROLLER_SB_LEARNED_WRITER_H 1

#include <stdbool.h>
#include <stdint.h>

#define SB_LEARNED_BATCH 2000

struct learn_rows;
struct ovsdb_idl;
struct sb_learned_writer;

/* Creates a writer on 'idl', not yet connected, whose columns it adds. */
struct sb_learned_writer *sb_learned_writer_create(struct ovsdb_idl *idl,
                                                   struct learn_rows *rows);

/* NULL is allowed. */
void sb_learned_writer_destroy(struct sb_learned_writer *);

/* Names the chassis in whose name rows are written; NULL: not known.  A new
 * name calls for sb_learned_writer_feed() of all. */
void sb_learned_writer_set_chassis(struct sb_learned_writer *,
                                   const char *chassis);

/* States the rows that the connection has: all if 'full', else those that
 * changed since the last call.  To be called after ovsdb_idl_run() and before
 * ovsdb_idl_track_clear(). */
void sb_learned_writer_feed(struct sb_learned_writer *, bool full);

/* Asks the server for the rows of the ports that are managed now. */
void sb_learned_writer_follow(struct sb_learned_writer *);

/* True if it is known to send these, and no others are managed since. */
bool sb_learned_writer_sees_rows(const struct sb_learned_writer *);

/* Goes on with the transaction under way, and begins the next if 'allowed',
 * which it is when the view of the database is complete. */
void sb_learned_writer_run(struct sb_learned_writer *, bool allowed,
                           long long int now);
void sb_learned_writer_wait(const struct sb_learned_writer *);

/* True if all that is wanted is written, as far as it is due. */
bool sb_learned_writer_is_settled(const struct sb_learned_writer *);

/* What went wrong with the last transaction, or NULL. */
const char *sb_learned_writer_get_error(const struct sb_learned_writer *);

/* The number of transactions that were begun. */
unsigned int sb_learned_writer_count_txns(const struct sb_learned_writer *);

#endif /* controller/sb-learned-writer.h */
