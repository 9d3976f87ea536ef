/* sb-route-writer -- brings the rows of Advertised_Route into line.
 *
 * A slot stands for a route: (logical_port, ip_prefix, tracked_port), ports by
 * name.  It knows whether the route is wanted and which rows there are, so all
 * columns are compared by finding a row's slot, and a slot is at peace when it
 * has one row and is wanted, or has none and is not.  Slots that are not are
 * put into the next transaction.  Rows that are found at start are adopted by
 * just that.
 *
 * Rows without a slot are garbage: with a reference that emptied (they are all
 * weak), with a datapath that is not their port's, or a prefix not in normal
 * form.  They are deleted.  Of "external_ids" the key "metric" is ours (see
 * DR_METRIC_NONE), the rest belongs to whoever sets it.
 *
 * Bindings of machines may not be monitored; a row that tracks one then looks
 * as if it tracked nothing, and is made to.
 *
 * A row whose tracked port alone changed is updated instead of replaced.  A
 * route whose ports are not in the Southbound database yet waits for them.
 *
 * Ownership: see the functions.  Cost: O(changes).  Single-threaded.
 */
#ifndef NORTHD_SB_ROUTE_WRITER_H
#define NORTHD_SB_ROUTE_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct advertised_route_set;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct sb_view;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_route_writer_register(struct ovsdb_idl *);

/* The writer refers to ports in 'sb_view', which must outlive it. */
struct sb_route_writer *sb_route_writer_create(struct sb_view *);
void sb_route_writer_destroy(struct sb_route_writer *);

/* Takes note of the routes in the 'changed' list of the set. */
void sb_route_writer_want(struct sb_route_writer *,
                          const struct advertised_route_set *);

/* Follows the tracked changes of the IDL, after sb_view_run(), which told
 * whether it started 'afresh'. */
void sb_route_writer_follow(struct sb_route_writer *, struct ovsdb_idl *,
                            bool afresh);

/* Adds up to about 'max' changes to the transaction, withdrawals first, and
 * returns their number. */
size_t sb_route_writer_flush(struct sb_route_writer *, struct ovsdb_idl_txn *,
                             size_t max);

/* To be called when the transaction is over, however it ended. */
void sb_route_writer_done(struct sb_route_writer *);

/* True if there is nothing left to flush. */
bool sb_route_writer_is_clean(const struct sb_route_writer *);

struct sb_route_writer_stats {
    size_t rows;                /* In the Southbound database. */
    size_t waiting;             /* Routes whose ports are not there. */
};
void sb_route_writer_get_stats(const struct sb_route_writer *,
                               struct sb_route_writer_stats *);

#endif /* northd/sb-route-writer.h */
