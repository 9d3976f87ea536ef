/* sb-port-writer -- brings the rows of Dynamic_Routing_Port into line.
 *
 * One row for each member of struct dynamic_routing_ports whose ports are in
 * the Southbound database, all columns compared, only those that differ
 * written.  Rows that are found at start are adopted; those whose references
 * emptied are deleted.  There are as many as router ports, some thousands at
 * most, and they change seldom: what changed is looked at row by row.
 *
 * Single-threaded.
 */
#ifndef NORTHD_SB_PORT_WRITER_H
#define NORTHD_SB_PORT_WRITER_H 1

#include <stdbool.h>
#include <stddef.h>

struct dynamic_routing_ports;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct sb_view;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_port_writer_register(struct ovsdb_idl *);

/* The writer refers to ports in 'sb_view', and reads 'ports'; both must
 * outlive it. */
struct sb_port_writer *sb_port_writer_create(
    struct sb_view *, const struct dynamic_routing_ports *ports);
void sb_port_writer_destroy(struct sb_port_writer *);

/* Takes note of the names in the 'changed' set of the ports. */
void sb_port_writer_want(struct sb_port_writer *);

/* Follows the tracked changes of the IDL, after sb_view_run(), which told
 * whether it started 'afresh'. */
void sb_port_writer_follow(struct sb_port_writer *, struct ovsdb_idl *,
                           bool afresh);

/* Adds up to about 'max' changes to the transaction and returns their number.
 * What it added stays dirty, so that the next flush, after the transaction, sees
 * whether it worked. */
size_t sb_port_writer_flush(struct sb_port_writer *, struct ovsdb_idl_txn *,
                            size_t max);

/* True if there is nothing left to flush. */
bool sb_port_writer_is_clean(const struct sb_port_writer *);

/* Rows in the Southbound database. */
size_t sb_port_writer_count(const struct sb_port_writer *);

#endif /* northd/sb-port-writer.h */
