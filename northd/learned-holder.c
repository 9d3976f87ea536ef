/* learned-holder.c: which chassis holds which port, and which one held it until
 * a moment ago.  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <limits.h>
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

static struct learned_holder *
holder_create(struct learned_routes *lrs, const char *name)
{
    struct learned_holder *holder = xzalloc(sizeof *holder);

    holder->name = xstrdup(name);
    hmap_insert(&lrs->holders, &holder->node, hash_string(name, 0));
    return holder;
}

static void
holder_free(struct learned_routes *lrs, struct learned_holder *holder)
{
    if (holder->former) {
        ovs_list_remove(&holder->former_node);
    }
    hmap_remove(&lrs->holders, &holder->node);
    free(holder->name);
    free(holder->chassis);
    free(holder->former);
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

/* Makes 'former', which it takes over, the one that held 'holder''s port, NULL
 * for none, whose rows count until 'until'; 0 stands for a while from the next
 * run on. */
static void
set_former(struct learned_routes *lrs, struct learned_holder *holder,
           char *former, long long int until)
{
    if (holder->former) {
        ovs_list_remove(&holder->former_node);
        free(holder->former);
    }
    holder->former = former;
    holder->former_until = until;
    if (former) {
        ovs_list_push_back(&lrs->formers, &holder->former_node);
    }
}

void
learned_routes_set_binding(struct learned_routes *lrs, const char *name,
                           const char *chassis)
{
    struct learned_holder *holder = learned_holder_find(lrs, name);

    if (nullable_string_is_equal(holder ? holder->chassis : NULL, chassis)) {
        return;
    } else if (!holder) {
        holder = holder_create(lrs, name);
    }
    if (holder->chassis) {
        set_former(lrs, holder, holder->chassis, 0);
    }
    holder->chassis = nullable_xstrdup(chassis);
    holder_changed(lrs, name);
}

/* The former holder of 'holder''s port does not matter any more. */
static void
forget_former(struct learned_routes *lrs, struct learned_holder *holder)
{
    set_former(lrs, holder, NULL, 0);
    holder_changed(lrs, holder->name);
    if (!holder->chassis) {
        holder_free(lrs, holder);
    }
}

void
learned_routes_remove_chassis(struct learned_routes *lrs, const char *chassis)
{
    struct learned_holder *holder;

    LIST_FOR_EACH_SAFE (holder, former_node, &lrs->formers) {
        if (!strcmp(holder->former, chassis)) {
            forget_former(lrs, holder);
        }
    }
}

void
learned_holders_run(struct learned_routes *lrs, long long int now)
{
    struct learned_holder *holder;

    LIST_FOR_EACH_SAFE (holder, former_node, &lrs->formers) {
        if (!holder->former_until) {
            holder->former_until = now + LEARNED_FORMER_MS;
        } else if (now >= holder->former_until) {
            forget_former(lrs, holder);
        }
    }
}

long long int
learned_holders_next_time(const struct learned_routes *lrs)
{
    const struct learned_holder *holder;
    long long int next = LLONG_MAX;

    LIST_FOR_EACH (holder, former_node, &lrs->formers) {
        next = MIN(next, holder->former_until);
    }
    return next;
}

void
learned_holders_copy(struct learned_routes *dst,
                     const struct learned_routes *src)
{
    const struct learned_holder *holder;

    HMAP_FOR_EACH (holder, node, &src->holders) {
        struct learned_holder *copy = holder_create(dst, holder->name);

        copy->chassis = nullable_xstrdup(holder->chassis);
        if (holder->former) {
            set_former(dst, copy, xstrdup(holder->former),
                       holder->former_until);
        }
    }
}

void
learned_holders_clear(struct learned_routes *lrs)
{
    struct learned_holder *holder;

    HMAP_FOR_EACH_SAFE (holder, node, &lrs->holders) {
        holder_changed(lrs, holder->name);
        holder_free(lrs, holder);
    }
}
