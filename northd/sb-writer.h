/* sb-writer -- our transactions in the Southbound database.
 *
 * Owns the writers of Advertised_Route and Dynamic_Routing_Port and the
 * barrier row, Route_Exchange_Global; deletes the rows of Learned_Route that
 * are garbage; has MAC_Bindings of next hops (S4).  One transaction at a time, of limited size, ports before
 * routes; the barrier goes with the one that leaves nothing to do, once stock
 * ovn-northd has put its own mark.  A failed transaction is repeated, after a
 * back-off unless the database went on meanwhile.
 *
 * Nothing is written unless this process holds the lock and our tables are
 * there.
 *
 * Single-threaded.
 */
#ifndef NORTHD_SB_WRITER_H
#define NORTHD_SB_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct advertised_route_set;
struct dynamic_routing_ports;
struct learned_routes;
struct ovsdb_idl;
struct problem_set;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_writer_register(struct ovsdb_idl *);

/* All must outlive the writer. */
struct sb_writer *sb_writer_create(struct ovsdb_idl *,
                                   const struct dynamic_routing_ports *,
                                   struct learned_routes *);
void sb_writer_destroy(struct sb_writer *);

/* True if the Southbound server was reached and has all of our tables. */
bool sb_writer_has_tables(const struct sb_writer *);

/* True if the tables of ours are there, and were filled at least once. */
bool sb_writer_has_barrier(const struct sb_writer *);

/* How many milliseconds ago that was the first time, by the clocks of whoever
 * filled them and of this machine: a very large number if not known. */
long long int sb_writer_get_age(const struct sb_writer *);

/* True if this process holds the lock, and both databases are known, the
 * Northbound one as sb_writer_run() was told: it may write. */
bool sb_writer_may_write(const struct sb_writer *);

/* Follows the tracked changes of the IDL, which the caller then clears with
 * ovsdb_idl_track_clear(). */
void sb_writer_follow(struct sb_writer *);

/* Takes note of what changed in the two sets of desired rows, by their own
 * marks, which the caller then clears. */
void sb_writer_want(struct sb_writer *, const struct advertised_route_set *);

/* Writes what there is to write, as far as possible now.  'nb_cfg' is that of
 * the Northbound contents that the desired rows were computed from; negative
 * if these are not complete yet, and then nothing is written.
 *
 * 'problems' go into the row of Route_Exchange_Global, too.
 *
 * Reports a transaction that the server refuses with source "southbound".
 * Returns true if there was anything to do. */
bool sb_writer_run(struct sb_writer *, int64_t nb_cfg, struct problem_set *);
void sb_writer_wait(struct sb_writer *, const struct problem_set *);

struct sb_writer_stats {
    size_t routes;              /* Rows of Advertised_Route, */
    size_t waiting;             /* ...and routes whose ports are not there. */
    size_t ports;               /* Rows of Dynamic_Routing_Port. */
    unsigned long long int transactions;
    unsigned long long int failures;
    unsigned long long int changes; /* Rows written. */
    bool clean;                 /* Nothing left to write. */
};
void sb_writer_get_stats(const struct sb_writer *, struct sb_writer_stats *);

#endif /* northd/sb-writer.h */
