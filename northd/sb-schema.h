/* sb-schema -- keeps our tables in the Southbound schema.
 *
 * Works over a connection of its own, opened only while there is something to
 * find out or to do: reads the schema, and if our tables are not in it,
 * converts the database online to the same schema with them.  Online
 * conversion keeps all data; every client reads the schema anew.  Works for
 * standalone and clustered databases (any member takes the request).
 *
 *      IDLE ---- first run, or tables missing ----> CONNECTING
 *      CONNECTING ---- connected: ask for the schema ----> READING
 *      READING ---- it has our tables, or is native ----> IDLE
 *              ---- it lacks them, may not convert ----> IDLE
 *              ---- it lacks them, may convert ----> CONVERTING
 *      CONVERTING ---- done ----> READING, to see it
 *      any ---- connection lost ----> CONNECTING
 *      READING, CONVERTING ---- error ----> IDLE, back-off
 *
 * Stock ovn-ctl converts back at its own start; then the tables are missing
 * again, and so the circle closes.
 *
 * Errors are reported as problems with the source "schema".  Waits are
 * bounded by back-off: it never spins.  Single-threaded.
 */
#ifndef NORTHD_SB_SCHEMA_H
#define NORTHD_SB_SCHEMA_H 1

#include <stdbool.h>

struct problem_set;

/* What is known of the Southbound schema. */
enum sb_schema_verdict {
    SB_SCHEMA_VERDICT_UNKNOWN,  /* Not read yet. */
    SB_SCHEMA_VERDICT_LACKING,  /* Our tables were not in it. */
    SB_SCHEMA_VERDICT_READY,    /* They were. */
    SB_SCHEMA_VERDICT_REFUSED,  /* It is of an OVN with dynamic routing of its
                                 * own: we must not run. */
};

/* 'remotes' is a comma list as of --ovnsb-db. */
struct sb_schema *sb_schema_create(const char *remotes, const char *database);
void sb_schema_destroy(struct sb_schema *);

/* What another connection of ours, which reads and writes the tables, knows. */
struct sb_schema_in {
    bool connected;             /* It is connected now. */
    bool tables_missing;        /* When it last asked, tables were missing. */
    bool may_convert;           /* It holds the lock that allows it. */
};

/* Goes on.
 *
 * Returns true if that connection should be made anew, because it goes on
 * missing what is there: it asked for the schema just before a conversion, and
 * for the data just after it. */
bool sb_schema_run(struct sb_schema *, const struct sb_schema_in *,
                   struct problem_set *);
void sb_schema_wait(const struct sb_schema *);

enum sb_schema_verdict sb_schema_get_verdict(const struct sb_schema *);

/* The errno of the last attempt to connect that failed, or 0. */
int sb_schema_get_connect_error(const struct sb_schema *);

#endif /* northd/sb-schema.h */
