/* txn-writer -- one transaction at a time, in one database.
 *
 * What the writers of both databases share: what a transaction's end means.
 * One that fails is to be made anew: at once if the database went on meanwhile,
 * which most often is why it failed, else after a back-off; and in any case
 * after a back-off if the server refused it, which is also reported.
 *
 * Single-threaded.
 */
#ifndef NORTHD_TXN_WRITER_H
#define NORTHD_TXN_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/backoff.h"

struct ovsdb_idl;
struct ovsdb_idl_txn;
struct problem_set;

struct txn_writer_stats {
    unsigned long long int transactions; /* That succeeded... */
    unsigned long long int changes;      /* ...and what these changed, */
    unsigned long long int failures;     /* ...and that failed. */
};

struct txn_writer {
    struct ovsdb_idl *idl;
    const char *source, *object; /* Of the problem, if it is refused. */
    struct ovsdb_idl_txn *txn;  /* In flight, or NULL. */
    size_t n_changes;           /* In 'txn'. */
    struct backoff backoff;     /* Of transactions that failed. */
    bool refused;               /* The last one failed for good... */
    unsigned int failed_seqno;  /* ...else a change of the IDL's seqno, which
                                 * was this, is a reason to repeat it. */
    struct txn_writer_stats stats;
};

/* All must outlive the writer. */
void txn_writer_init(struct txn_writer *, struct ovsdb_idl *,
                     const char *source, const char *object);

/* Gives up what is in flight. */
void txn_writer_destroy(struct txn_writer *);

/* Begins a transaction; none may be in flight. */
struct ovsdb_idl_txn *txn_writer_start(struct txn_writer *);

/* How a transaction stands. */
enum txn_writer_result {
    TXN_WRITER_PENDING,         /* The server has not answered. */
    TXN_WRITER_DONE,            /* It is in. */
    TXN_WRITER_UNCHANGED,       /* There was nothing to change. */
    TXN_WRITER_FAILED,          /* It has had no effect. */
};

/* Goes on with the transaction in flight, of which there must be one. */
enum txn_writer_result txn_writer_run(struct txn_writer *,
                                      struct problem_set *);

/* True if the last failure demands a pause still. */
bool txn_writer_is_backing_off(const struct txn_writer *);

/* Arranges to wake up for the transaction in flight, or else, if something 'is
 * due' to be written, when that may be. */
void txn_writer_wait(struct txn_writer *, bool is_due);

#endif /* northd/txn-writer.h */
