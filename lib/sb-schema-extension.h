/* sb-schema-extension -- our tables in the Southbound schema.
 *
 * The stock schema that is installed or running is taken as it is and gets our
 * five tables added; its name, version and tables are not touched, so that
 * stock daemons see no difference.  Every reference in our tables is weak with
 * "min" 0, and no unique index covers a reference: a stronger tie would make
 * transactions of stock OVN fail because of our rows.
 *
 * Ownership: 'struct json' arguments are borrowed; results are the caller's.
 * Errors: see each function.  Does no I/O.  Single-threaded.
 */
#ifndef SB_SCHEMA_EXTENSION_H
#define SB_SCHEMA_EXTENSION_H 1

#include <stdbool.h>

struct json;

/* Our tables, as the text of a JSON object {table name: table schema}. */
extern const char sb_schema_extension_json[];

/* How a Southbound schema stands to our tables. */
enum sb_schema_state {
    SB_SCHEMA_STOCK,            /* None, or not all, of them are there. */
    SB_SCHEMA_EXTENDED,         /* All are there, as we define them. */
    SB_SCHEMA_NATIVE,           /* Advertised_Route is there with strong
                                 * references: OVN's own dynamic routing. */
};

/* Classifies 'schema', a database schema as in RFC 7047 section 3.2. */
enum sb_schema_state sb_schema_classify(const struct json *schema);

/* Returns a copy of 'schema' in which each of our tables is as we define it.
 * Removes the "cksum" member, which no longer holds.  Columns that an older
 * or newer version of ours had in these tables are replaced.  The caller must
 * not pass a schema in state SB_SCHEMA_NATIVE. */
struct json *sb_schema_extend(const struct json *schema);

/* Returns a copy of 'schema' without our tables. */
struct json *sb_schema_shrink(const struct json *schema);

/* True if 'table' is the name of one of our tables, in exact spelling. */
bool sb_schema_is_our_table(const char *table);

#endif /* lib/sb-schema-extension.h */
