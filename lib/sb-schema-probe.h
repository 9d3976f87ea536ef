/* sb-schema-probe -- lets the IDL see tables that a conversion added.
 *
 * An IDL learns from the server's _Server database which tables there are, and
 * reads only those.  A standalone ovsdb-server (3.1.0 at least; clustered ones
 * not) does not update _Server when a database is converted online, so that
 * until it is restarted every IDL that connects takes our tables for missing.
 * "get_schema" (RFC 7047, 4.1.2) does tell the truth.
 *
 * A probe stands beside an IDL of the Southbound database.  While the IDL is
 * connected but does not see our tables, the probe asks get_schema over a
 * connection of its own; when that shows them, it makes IDLs of this process
 * believe in them (the program is linked with
 * --wrap=ovsdb_cs_parse_schema for that) and has this one reconnect.  Should
 * a server turn out not to have them after all, the belief is dropped.
 *
 *     ovsdb_idl_run(idl);
 *     sb_schema_probe_run(probe, idl);
 *     ... ovsdb_idl_wait(idl); sb_schema_probe_wait(probe); poll_block();
 *
 * Ownership: the IDL is borrowed per call.  Errors: connections are retried;
 * nothing is reported.  Times are wall time of the poll loop's clock.
 * Single-threaded; the belief is one for the process.
 */
#ifndef SB_SCHEMA_PROBE_H
#define SB_SCHEMA_PROBE_H 1

#include <stdbool.h>

#include "lib/sb-schema-extension.h"

struct ovsdb_idl;
struct sb_schema_probe;

/* Creates a probe that connects nowhere yet. */
struct sb_schema_probe *sb_schema_probe_create(void);
void sb_schema_probe_destroy(struct sb_schema_probe *);

/* The comma list of remotes that the IDL uses; may change.  NULL: none. */
void sb_schema_probe_set_remotes(struct sb_schema_probe *,
                                 const char *remotes);

void sb_schema_probe_run(struct sb_schema_probe *, struct ovsdb_idl *);
void sb_schema_probe_wait(struct sb_schema_probe *);

/* True if 'idl' is connected and reads all our tables. */
bool sb_schema_is_visible(const struct ovsdb_idl *);

/* What get_schema last said while the tables were not visible, or
 * SB_SCHEMA_STOCK if it was not asked. */
enum sb_schema_state sb_schema_probe_get_state(const struct sb_schema_probe *);

#endif /* lib/sb-schema-probe.h */
