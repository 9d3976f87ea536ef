/* sb-nexthop-writer -- MAC addresses of next hops, for the data path.
 *
 * Makes the changes to MAC_Binding that learned-nexthop asks for, and tells it
 * what there is: of the addresses that are reserved for next hops, and no
 * others.  The server sends only these rows, for a cloud may have very many.
 *
 * ovn-controller makes flows of these rows, and writes such rows itself of
 * what it hears; what it changes of ours is put back, a few times a second at
 * the most.  Stock ovn-northd deletes them with their port or router.
 *
 * Single-threaded.
 */
#ifndef NORTHD_SB_NEXTHOP_WRITER_H
#define NORTHD_SB_NEXTHOP_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct learned_routes;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct sb_view;

/* The timestamp of our rows: a time when nobody will ask.  Stock ovn-northd
 * deletes what is older than mac_binding_age_threshold; a row of the future it
 * skips.  It is not the largest number, so that adding to it does no harm. */
#define SB_NEXTHOP_TIMESTAMP (INT64_MAX / 2)

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_nexthop_writer_register(struct ovsdb_idl *);

/* All must outlive the writer. */
struct sb_nexthop_writer *sb_nexthop_writer_create(struct ovsdb_idl *,
                                                   const struct sb_view *,
                                                   struct learned_routes *);
void sb_nexthop_writer_destroy(struct sb_nexthop_writer *);

/* Follows the tracked changes of the IDL, or takes everything in if it started
 * 'afresh', and asks the server for what is missing. */
void sb_nexthop_writer_follow(struct sb_nexthop_writer *, bool afresh);

/* Adds what there is to change to 'txn'.  Returns the number of changes, which
 * remain to be made until they are seen. */
size_t sb_nexthop_writer_flush(struct sb_nexthop_writer *,
                               struct ovsdb_idl_txn *txn);

/* True if there is nothing to flush now. */
bool sb_nexthop_writer_is_clean(const struct sb_nexthop_writer *);

/* Arranges to wake up when there is something to flush that is not now. */
void sb_nexthop_writer_wait(const struct sb_nexthop_writer *);

#endif /* northd/sb-nexthop-writer.h */
