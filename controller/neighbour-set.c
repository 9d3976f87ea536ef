/* neighbour-set.c: see the header. */
#include <config.h>
#include "controller/neighbour-set.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

struct neighbour {
    struct hmap_node node;      /* In struct neighbour_set's 'neighbours'. */
    struct ovs_list unread_node; /* In 'unread', or in no list. */
    uint32_t ifindex;
    uint8_t addr[16];
    size_t n_watches;
    bool known;                 /* 'mac' is. */
    bool fresh;                 /* By an event, which is newer than what the
                                 * dump says. */
    uint8_t mac[NL_MAC_LEN];
};

void
neighbour_set_init(struct neighbour_set *set)
{
    hmap_init(&set->neighbours);
    ovs_list_init(&set->unread);
}

void
neighbour_set_destroy(struct neighbour_set *set)
{
    struct neighbour *neighbour;

    HMAP_FOR_EACH_POP (neighbour, node, &set->neighbours) {
        free(neighbour);
    }
    hmap_destroy(&set->neighbours);
}

static uint32_t
hash_place(uint32_t ifindex, const uint8_t addr[16])
{
    return hash_bytes(addr, 16, ifindex);
}

static struct neighbour *
find(const struct neighbour_set *set, uint32_t ifindex, const uint8_t addr[16])
{
    struct neighbour *neighbour;

    HMAP_FOR_EACH_WITH_HASH (neighbour, node, hash_place(ifindex, addr),
                             &set->neighbours) {
        if (neighbour->ifindex == ifindex
            && !memcmp(neighbour->addr, addr, 16)) {
            return neighbour;
        }
    }
    return NULL;
}

static void
set_unread(struct neighbour_set *set, struct neighbour *neighbour)
{
    if (ovs_list_is_empty(&neighbour->unread_node)) {
        ovs_list_push_back(&set->unread, &neighbour->unread_node);
    }
    neighbour->fresh = false;
}

void
neighbour_set_watch(struct neighbour_set *set, uint32_t ifindex,
                    const uint8_t addr[16])
{
    struct neighbour *neighbour = find(set, ifindex, addr);

    if (!neighbour) {
        neighbour = xzalloc(sizeof *neighbour);
        neighbour->ifindex = ifindex;
        memcpy(neighbour->addr, addr, sizeof neighbour->addr);
        ovs_list_init(&neighbour->unread_node);
        hmap_insert(&set->neighbours, &neighbour->node,
                    hash_place(ifindex, addr));
        set_unread(set, neighbour);
    }
    neighbour->n_watches++;
}

void
neighbour_set_unwatch(struct neighbour_set *set, uint32_t ifindex,
                      const uint8_t addr[16])
{
    struct neighbour *neighbour = find(set, ifindex, addr);

    if (neighbour && !--neighbour->n_watches) {
        hmap_remove(&set->neighbours, &neighbour->node);
        ovs_list_remove(&neighbour->unread_node);
        free(neighbour);
    }
}

const uint8_t *
neighbour_set_get(const struct neighbour_set *set, uint32_t ifindex,
                  const uint8_t addr[16])
{
    const struct neighbour *neighbour = find(set, ifindex, addr);

    return neighbour && neighbour->known ? neighbour->mac : NULL;
}

bool
neighbour_set_next_dump(const struct neighbour_set *set, uint32_t *ifindex)
{
    if (ovs_list_is_empty(&set->unread)) {
        return false;
    }
    *ifindex = CONTAINER_OF(ovs_list_front(&set->unread), struct neighbour,
                            unread_node)->ifindex;
    return true;
}

void
neighbour_set_dump_begin(struct neighbour_set *set, uint32_t ifindex)
{
    struct neighbour *neighbour;

    LIST_FOR_EACH_SAFE (neighbour, unread_node, &set->unread) {
        if (neighbour->ifindex == ifindex) {
            ovs_list_remove(&neighbour->unread_node);
            ovs_list_init(&neighbour->unread_node);
        }
    }
}

void
neighbour_set_dump_end(struct neighbour_set *set, uint32_t ifindex, int error)
{
    struct neighbour *neighbour;

    HMAP_FOR_EACH (neighbour, node, &set->neighbours) {
        if (error && neighbour->ifindex == ifindex && !neighbour->fresh) {
            set_unread(set, neighbour);
        }
    }
}

bool
neighbour_set_put(struct neighbour_set *set, const struct nl_neighbour *nl,
                  bool dump)
{
    struct neighbour *neighbour = find(set, nl->ifindex, nl->addr);

    if (!neighbour || !nl->has_mac || (dump && neighbour->fresh)) {
        return false;
    }
    neighbour->fresh |= !dump;
    if (neighbour->known && !memcmp(neighbour->mac, nl->mac, NL_MAC_LEN)) {
        return false;
    }
    neighbour->known = true;
    memcpy(neighbour->mac, nl->mac, NL_MAC_LEN);
    return true;
}

void
neighbour_set_lost(struct neighbour_set *set)
{
    struct neighbour *neighbour;

    HMAP_FOR_EACH (neighbour, node, &set->neighbours) {
        set_unread(set, neighbour);
    }
}
