/* view-private -- what the files that change a view share.  Not for others.
 *
 * See view.h for what is noted when.  Single-threaded. */
#ifndef NORTHD_VIEW_PRIVATE_H
#define NORTHD_VIEW_PRIVATE_H 1

#include <stdbool.h>

#include "northd/view.h"

struct smap;

/* Notes that what 'kind' and 'uuid' stand for is to be redone. */
void view_note(struct view *, enum view_change_kind kind,
               const struct uuid *uuid);

/* Notes that what 'object' gives on behalf of 'owner' is to be redone, for
 * objects that may belong to several routers. */
void view_note_owned(struct view *, const struct uuid *object,
                     const struct uuid *owner);

/* Notes what depends on the addresses of 'port', or on whether they count, for
 * hosts on its switch: it is one of them. */
void view_note_port_as_host(struct view *, const struct view_router_port *);

/* True if 'a' and 'b' are equal, or both NULL. */
bool view_string_equals(const char *a, const char *b);

/* Makes '*options' those of 'from' that concern us. */
void view_copy_options(struct smap *options, const struct smap *from);

#endif /* northd/view-private.h */
