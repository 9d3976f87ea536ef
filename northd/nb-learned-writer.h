/* nb-learned-writer -- our transactions in the Northbound database.
 *
 * Makes the changes that learned-routes and learned-nexthop ask for: static
 * routes into and out of routers, one by one ("mutate"), so that what others
 * do to the same router at the same time is neither lost nor in the way; and
 * the keys of NB_Global that reserve addresses for next hops.  Tells
 * learned-nexthop what there is of these, and of Static_MAC_Binding; the static
 * routes it sees in the view.
 *
 * One transaction at a time, of limited size.  A failed one is repeated after
 * a back-off.  Nothing else in the Northbound database is ever written.
 *
 * Single-threaded.
 */
#ifndef NORTHD_NB_LEARNED_WRITER_H
#define NORTHD_NB_LEARNED_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct learned_routes;
struct ovsdb_idl;
struct problem_set;
struct txn_writer_stats;

/* Chooses the columns to monitor, beside those of nb-view.  Before the first
 * ovsdb_idl_run(). */
void nb_learned_writer_register(struct ovsdb_idl *);

/* Both must outlive the writer. */
struct nb_learned_writer *nb_learned_writer_create(struct ovsdb_idl *,
                                                   struct learned_routes *);
void nb_learned_writer_destroy(struct nb_learned_writer *);

/* Follows the tracked changes of the IDL. */
void nb_learned_writer_follow(struct nb_learned_writer *);

/* Writes what there is to write, if 'may_write': this instance is the active
 * one, and knows all that is in both databases.  'tables_empty' tells that the
 * tables of ours are not in the Southbound database, or are there and were not
 * filled yet: then nothing is written, and when they have been filled, nothing
 * is withdrawn for a while, until the chassis have done their part.
 * 'tables_age' is how many milliseconds ago some instance first filled them, a
 * very large number if long ago: whoever begins to write meanwhile waits, too.
 *
 * Reports a transaction that the server refuses with source "northbound".
 * Returns true if there was anything to do. */
bool nb_learned_writer_run(struct nb_learned_writer *, bool may_write,
                           bool tables_empty, long long int tables_age,
                           struct problem_set *);
void nb_learned_writer_wait(struct nb_learned_writer *);

void nb_learned_writer_get_stats(const struct nb_learned_writer *,
                                 struct txn_writer_stats *);

/* True if nothing is left to write, nor, for next hops, in the Southbound
 * database. */
bool nb_learned_writer_is_clean(const struct nb_learned_writer *);

#endif /* northd/nb-learned-writer.h */
