/* learn-stage -- a table Learned_Route in memory, for tests of learning.
 *
 * Does what learn_rows hands out, and tells it of the result, as the database
 * would.  Rows show as text: "PORT PREFIX NEXTHOP [weight=N] [mac=M]", where
 * PORT is the first word of the port's UUID. */
#ifndef TESTS_LEARN_STAGE_H
#define TESTS_LEARN_STAGE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "controller/learn-rows.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"

struct learn_stage {
    struct learn_rows *rows;
    struct ovs_list table;      /* Of struct stage_row. */
    unsigned int last_row;      /* For UUIDs. */
    size_t n_txns;              /* Transactions that wrote something. */
    size_t n_ops;
    long long int now;
};

void learn_stage_init(struct learn_stage *);
void learn_stage_destroy(struct learn_stage *);

/* Forgets all but the table, as a restart of the daemon does. */
void learn_stage_restart(struct learn_stage *);

/* States all rows of the table, as after a reconnection. */
void learn_stage_feed(struct learn_stage *);

/* Writes what is due now, in one transaction; if 'fail', it comes to
 * nothing. */
void learn_stage_write(struct learn_stage *, bool fail);

/* Lets 'ms' pass, and writes whenever something is due. */
void learn_stage_pass(struct learn_stage *, long long int ms);

/* Deletes all rows, as somebody else would, and states that. */
void learn_stage_delete_all(struct learn_stage *);

/* Puts a row into the table, as somebody else would, and states it. */
void learn_stage_put(struct learn_stage *, const struct learn_row_key *,
                     bool ours);

/* Fails the test unless the table holds exactly the rows in 'want', lines in
 * any order. */
#define learn_stage_assert(STAGE, WANT) \
    learn_stage_assert_at(STAGE, WANT, __FILE__, __LINE__)
void learn_stage_assert_at(const struct learn_stage *, const char *want,
                           const char *file, int line);

/* The table as sorted text, to be freed. */
char *learn_stage_text(const struct learn_stage *);

/* A UUID with 'n' as first word. */
struct uuid stage_uuid(unsigned int n);

/* A key of port 'n'. */
struct learn_row_key stage_key(unsigned int n, const char *prefix,
                               const char *nexthop);

#endif /* tests/lib/learn-stage.h */
