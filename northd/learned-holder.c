/* learned-holder.c: which chassis holds which port.  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

struct learned_holder *
learned_holder_find(const struct learned_routes *lrs, const char *name)
{
    struct learned_holder *holder;

    HMAP_FOR_EACH_WITH_HASH (holder, node, hash_string(name, 0),
                             &lrs->holders) {
        if (!strcmp(holder->name, name)) {
            return holder;
        }
    }
    return NULL;
}

static void
holder_remove(struct learned_routes *lrs, struct learned_holder *holder)
{
    hmap_remove(&lrs->holders, &holder->node);
    free(holder->name);
    free(holder->chassis);
    free(holder);
}

/* The port 'name', or the one whose chassisredirect port it is, may be held by
 * another chassis. */
static void
holder_changed(struct learned_routes *lrs, const char *name)
{
    struct learned_port *port = learned_port_find(lrs, name);

    if (port) {
        learned_port_set_dirty(lrs, port);
    }
    if (!strncmp(name, "cr-", 3)) {
        port = learned_port_find(lrs, name + 3);
        if (port) {
            learned_port_set_dirty(lrs, port);
        }
    }
}

void
learned_routes_set_binding(struct learned_routes *lrs, const char *name,
                           const char *chassis)
{
    struct learned_holder *holder = learned_holder_find(lrs, name);

    if (nullable_string_is_equal(holder ? holder->chassis : NULL, chassis)) {
        return;
    }
    if (holder) {
        holder_remove(lrs, holder);
    }
    if (chassis) {
        holder = xmalloc(sizeof *holder);
        holder->name = xstrdup(name);
        holder->chassis = xstrdup(chassis);
        hmap_insert(&lrs->holders, &holder->node, hash_string(name, 0));
    }
    holder_changed(lrs, name);
}

void
learned_holders_clear(struct learned_routes *lrs)
{
    struct learned_holder *holder;

    HMAP_FOR_EACH_SAFE (holder, node, &lrs->holders) {
        char *name = xstrdup(holder->name);

        holder_remove(lrs, holder);
        holder_changed(lrs, name);
        free(name);
    }
}
