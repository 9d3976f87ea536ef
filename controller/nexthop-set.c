/* nexthop-set.c: see the header. */
#include <config.h>
#include "controller/nexthop-set.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

struct object {
    struct hmap_node node;      /* In struct nexthop_set's 'objects'. */
    uint32_t id;
    unsigned int round;         /* Of the set, when last told of. */
    bool gone;                  /* Deleted during a dump, whose word on it does
                                 * not count. */
    bool usable;                /* As in struct nl_nexthop_object, as are the
                                 * others. */
    struct nl_nexthop nexthop;
    size_t n_members;
    struct nl_nexthop_member *members;
};

void
nexthop_set_init(struct nexthop_set *set)
{
    memset(set, 0, sizeof *set);
    hmap_init(&set->objects);
}

static void
remove_object(struct nexthop_set *set, struct object *object)
{
    hmap_remove(&set->objects, &object->node);
    free(object->members);
    free(object);
}

void
nexthop_set_destroy(struct nexthop_set *set)
{
    struct object *object;

    HMAP_FOR_EACH_SAFE (object, node, &set->objects) {
        remove_object(set, object);
    }
    hmap_destroy(&set->objects);
}

static struct object *
find_object(const struct nexthop_set *set, uint32_t id)
{
    struct object *object;

    HMAP_FOR_EACH_WITH_HASH (object, node, hash_int(id, 0), &set->objects) {
        if (object->id == id) {
            return object;
        }
    }
    return NULL;
}

static bool
object_is(const struct object *object, const struct nl_nexthop_object *nl)
{
    if (object->gone || object->usable != nl->usable
        || object->n_members != nl->n_members
        || memcmp(&object->nexthop, &nl->nexthop, sizeof nl->nexthop)) {
        return false;
    }
    for (size_t i = 0; i < nl->n_members; i++) {
        if (object->members[i].id != nl->members[i].id
            || object->members[i].weight != nl->members[i].weight) {
            return false;
        }
    }
    return true;
}

/* Has 'nl' in the set.  True if that changed it. */
static bool
put_object(struct nexthop_set *set, const struct nl_nexthop_object *nl)
{
    struct object *object = find_object(set, nl->id);
    bool same = object && object_is(object, nl);

    if (!object) {
        object = xzalloc(sizeof *object);
        object->id = nl->id;
        hmap_insert(&set->objects, &object->node, hash_int(nl->id, 0));
    }
    object->round = set->round;
    if (!same) {
        object->gone = false;
        object->usable = nl->usable;
        object->nexthop = nl->nexthop;
        free(object->members);
        object->n_members = nl->n_members;
        object->members = (nl->n_members
                           ? xmemdup(nl->members, nl->n_members
                                     * sizeof *nl->members)
                           : NULL);
    }
    return !same;
}

void
nexthop_set_dump_begin(struct nexthop_set *set)
{
    set->state = KM_DUMPING;
    set->round++;
    set->dump_suspect = false;
}

void
nexthop_set_dump_object(struct nexthop_set *set,
                        const struct nl_nexthop_object *nl)
{
    const struct object *object = find_object(set, nl->id);

    if (!object || object->round != set->round) {
        (void) put_object(set, nl); /* The end of the dump is news anyway. */
    }
}

void
nexthop_set_dump_end(struct nexthop_set *set, int error)
{
    struct object *object;

    HMAP_FOR_EACH_SAFE (object, node, &set->objects) {
        if (object->gone || (!error && object->round != set->round)) {
            remove_object(set, object);
        }
    }
    set->state = error || set->dump_suspect ? KM_SUSPECT : KM_SYNCED;
}

bool
nexthop_set_event(struct nexthop_set *set, const struct nl_nexthop_object *nl,
                  bool gone)
{
    struct object *object;
    bool known;

    if (set->state == KM_UNKNOWN) {
        return false;
    } else if (!gone) {
        return put_object(set, nl);
    }
    object = find_object(set, nl->id);
    known = object && !object->gone;
    if (set->state == KM_DUMPING) {
        (void) put_object(set, nl);
        find_object(set, nl->id)->gone = true;
    } else if (object) {
        remove_object(set, object);
    }
    return known;
}

void
nexthop_set_suspect(struct nexthop_set *set)
{
    if (set->state == KM_SYNCED) {
        set->state = KM_SUSPECT;
    }
    set->dump_suspect = true;
}

/* Stores what 'object', no group, leads to.  False if that is nowhere. */
static bool
resolve_single(const struct object *object, uint16_t weight,
               struct nl_nexthop *nexthop)
{
    if (!object || object->gone || !object->usable || object->n_members) {
        return false;
    }
    *nexthop = object->nexthop;
    nexthop->weight = weight;
    return true;
}

size_t
nexthop_set_resolve(const struct nexthop_set *set, uint32_t id,
                    struct nl_nexthop *nexthops, size_t max)
{
    const struct object *object = find_object(set, id);
    size_t n = 0;

    if (!object || object->gone) {
        return 0;
    } else if (!object->n_members) {
        return max && resolve_single(object, 1, nexthops);
    }
    for (size_t i = 0; i < object->n_members && n < max; i++) {
        const struct nl_nexthop_member *member = &object->members[i];

        n += resolve_single(find_object(set, member->id), member->weight,
                            &nexthops[n]);
    }
    return n;
}

static bool
has_member(const struct object *group, uint32_t id)
{
    for (size_t i = 0; i < group->n_members; i++) {
        if (group->members[i].id == id) {
            return true;
        }
    }
    return false;
}

void
nexthop_set_for_each_dependent(const struct nexthop_set *set, uint32_t id,
                               void (*cb)(void *aux, uint32_t id), void *aux)
{
    const struct object *object;

    cb(aux, id);
    HMAP_FOR_EACH (object, node, &set->objects) {
        if (has_member(object, id)) {
            cb(aux, object->id);
        }
    }
}

bool
nexthop_set_for_each_on_device(const struct nexthop_set *set,
                               uint32_t ifindex,
                               void (*cb)(void *aux, uint32_t id), void *aux)
{
    const struct object *object;
    bool any = false;

    HMAP_FOR_EACH (object, node, &set->objects) {
        if (!object->gone && !object->n_members
            && object->nexthop.ifindex == ifindex) {
            nexthop_set_for_each_dependent(set, object->id, cb, aux);
            any = true;
        }
    }
    return any;
}
