/* show -- the deployment in one screen.
 *
 * From what the Southbound database says: how far the configuration got,
 * routers with their tables and where they are, chassis and what their
 * kernels hold, VRFs, problems.  Pure; single-threaded. */
#ifndef UTILITIES_SHOW_H
#define UTILITIES_SHOW_H 1

#include <stdbool.h>
#include <stdint.h>

struct ds;
struct json;
struct sb_facts;

/* Appends it as text; 'nb_cfg' is NB_Global's, and with 'color' terminal
 * sequences mark what is not as it should be. */
void show_format(const struct sb_facts *, int64_t nb_cfg, bool color,
                 struct ds *);

/* The same as JSON, which the caller must free: {"nb_cfg", "rows-cfg",
 * "routers": [...], "chassis": [...], "vrfs": [...], "problems": [...]}. */
struct json *show_to_json(const struct sb_facts *, int64_t nb_cfg);

#endif /* utilities/show.h */
