/* sb-problem-writer -- what is wrong, for all to see in the database.
 *
 * The active ovn-route-northd shows its problems in 'external_ids' of the row
 * of Route_Exchange_Global, in the form of problem_set_to_smap(), at most once
 * a second.  Other keys are left alone.
 *
 * Single-threaded; times are those of time_msec().
 */
#ifndef NORTHD_SB_PROBLEM_WRITER_H
#define NORTHD_SB_PROBLEM_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct ovsdb_idl;
struct problem_set;

/* Zero-initialised. */
struct sb_problem_writer {
    bool shown;                 /* The row shows the problems of... */
    unsigned int seqno;         /* ...their set at this seqno. */
    long long int next;         /* Not to be written before. */
};

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_problem_writer_register(struct ovsdb_idl *);

/* True if there is a row, and it may be time to change it. */
bool sb_problem_writer_is_due(const struct sb_problem_writer *,
                              const struct ovsdb_idl *,
                              const struct problem_set *);

/* Puts the problems in the row, in the open transaction, if it is due.  Returns
 * the number of changes. */
size_t sb_problem_writer_flush(struct sb_problem_writer *,
                               const struct ovsdb_idl *,
                               const struct problem_set *);

/* Notes that the row may show anything: a transaction failed, or others may
 * have written. */
void sb_problem_writer_forget(struct sb_problem_writer *);

/* Has the next poll_block() wake when it becomes due. */
void sb_problem_writer_wait(const struct sb_problem_writer *,
                            const struct ovsdb_idl *,
                            const struct problem_set *);

#endif /* northd/sb-problem-writer.h */
