/* sb-facts-view -- reads the Southbound database for the operators' tool.
 *
 * The only place of it where rows of the Southbound IDL are read.
 * Single-threaded. */
#ifndef UTILITIES_SB_FACTS_VIEW_H
#define UTILITIES_SB_FACTS_VIEW_H 1

#include <stddef.h>

struct ip_prefix;
struct ovsdb_idl;
struct sb_facts;

/* Chooses the columns to monitor.  Before the first ovsdb_idl_run(). */
void sb_facts_view_register(struct ovsdb_idl *);

/* The same, and how ports are linked: 'datapath' and 'peer' of struct
 * sb_port. */
void sb_facts_view_register_links(struct ovsdb_idl *);

/* Fills in '*facts', which the caller has initialised; of Advertised_Route
 * and Learned_Route only rows for one of the 'n' 'prefixes', unless that is
 * NULL. */
void sb_facts_view_read(const struct ovsdb_idl *,
                        const struct ip_prefix *prefixes, size_t n,
                        struct sb_facts *facts);

#endif /* utilities/sb-facts-view.h */
