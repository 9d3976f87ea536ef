/* learned-holder.c: which chassis holds which port, and which ones held it
 * until a moment ago.  See learned-routes.h.
 *
 * One who comes anew knows of no former holders: what they wrote is garbage
 * then, as it always is in the end. */
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
    ovs_list_init(&holder->formers);
    hmap_insert(&lrs->holders, &holder->node, hash_string(name, 0));
    return holder;
}

static void
former_free(struct learned_former *former)
{
    ovs_list_remove(&former->holder_node);
    ovs_list_remove(&former->node);
    free(former->chassis);
    free(former);
}

static void
holder_free(struct learned_routes *lrs, struct learned_holder *holder)
{
    struct learned_former *former;

    LIST_FOR_EACH_SAFE (former, holder_node, &holder->formers) {
        former_free(former);
    }
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

/* What 'chassis', which held 'holder''s port, wrote counts until 'until'; 0
 * stands for a while from the next run on. */
static void
add_former(struct learned_routes *lrs, struct learned_holder *holder,
           const char *chassis, long long int until)
{
    struct learned_former *former;

    LIST_FOR_EACH_SAFE (former, holder_node, &holder->formers) {
        if (!strcmp(former->chassis, chassis)) {
            former_free(former);
        }
    }
    former = xzalloc(sizeof *former);
    former->holder = holder;
    former->chassis = xstrdup(chassis);
    former->until = until;
    ovs_list_push_back(&holder->formers, &former->holder_node);
    ovs_list_push_back(&lrs->formers, &former->node);
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
        add_former(lrs, holder, holder->chassis, 0);
        free(holder->chassis);
    }
    holder->chassis = nullable_xstrdup(chassis);
    holder_changed(lrs, name);
}

void
learned_holder_get_formers(const struct learned_holder *holder,
                           struct sset *chassis)
{
    const struct learned_former *former;

    LIST_FOR_EACH (former, holder_node, &holder->formers) {
        sset_add(chassis, former->chassis);
    }
}

/* 'former' does not matter any more. */
static void
forget_former(struct learned_routes *lrs, struct learned_former *former)
{
    struct learned_holder *holder = former->holder;

    former_free(former);
    holder_changed(lrs, holder->name);
    if (!holder->chassis && ovs_list_is_empty(&holder->formers)) {
        holder_free(lrs, holder);
    }
}

void
learned_routes_remove_chassis(struct learned_routes *lrs, const char *chassis)
{
    struct learned_former *former;

    LIST_FOR_EACH_SAFE (former, node, &lrs->formers) {
        if (!strcmp(former->chassis, chassis)) {
            forget_former(lrs, former);
        }
    }
}

void
learned_holders_run(struct learned_routes *lrs, long long int now)
{
    struct learned_former *former;

    LIST_FOR_EACH_SAFE (former, node, &lrs->formers) {
        if (!former->until) {
            former->until = now + LEARNED_FORMER_MS;
        } else if (now >= former->until) {
            forget_former(lrs, former);
        }
    }
}

long long int
learned_holders_next_time(const struct learned_routes *lrs)
{
    const struct learned_former *former;
    long long int next = LLONG_MAX;

    LIST_FOR_EACH (former, node, &lrs->formers) {
        next = MIN(next, former->until);
    }
    return next;
}

void
learned_holders_copy(struct learned_routes *dst,
                     const struct learned_routes *src)
{
    const struct learned_holder *holder;
    const struct learned_former *former;

    HMAP_FOR_EACH (holder, node, &src->holders) {
        struct learned_holder *copy = holder_create(dst, holder->name);

        copy->chassis = nullable_xstrdup(holder->chassis);
        LIST_FOR_EACH (former, holder_node, &holder->formers) {
            add_former(dst, copy, former->chassis, former->until);
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
