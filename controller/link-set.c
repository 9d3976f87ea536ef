/* link-set.c: see the header. */
#include <config.h>
#include "controller/link-set.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

struct link_set_node {
    struct hmap_node ifindex_node;
    struct hmap_node name_node;
    struct hmap_node vrf_node;  /* If it is a VRF. */
    struct hmap_node port_node; /* If it has a master. */
    struct nl_link link;
};

void
link_set_init(struct link_set *set)
{
    hmap_init(&set->by_ifindex);
    hmap_init(&set->by_name);
    hmap_init(&set->vrfs);
    hmap_init(&set->ports);
}

bool
link_set_is_vrf(const struct nl_link *link)
{
    return !strcmp(link->kind, "vrf");
}

static void
remove_node(struct link_set *set, struct link_set_node *node)
{
    hmap_remove(&set->by_ifindex, &node->ifindex_node);
    hmap_remove(&set->by_name, &node->name_node);
    if (link_set_is_vrf(&node->link)) {
        hmap_remove(&set->vrfs, &node->vrf_node);
    }
    if (node->link.master) {
        hmap_remove(&set->ports, &node->port_node);
    }
    free(node);
}

void
link_set_destroy(struct link_set *set)
{
    struct link_set_node *node;

    HMAP_FOR_EACH_SAFE (node, ifindex_node, &set->by_ifindex) {
        remove_node(set, node);
    }
    hmap_destroy(&set->by_ifindex);
    hmap_destroy(&set->by_name);
    hmap_destroy(&set->vrfs);
    hmap_destroy(&set->ports);
}

void
link_set_swap(struct link_set *a, struct link_set *b)
{
    hmap_swap(&a->by_ifindex, &b->by_ifindex);
    hmap_swap(&a->by_name, &b->by_name);
    hmap_swap(&a->vrfs, &b->vrfs);
    hmap_swap(&a->ports, &b->ports);
}

static struct link_set_node *
find_node(const struct link_set *set, uint32_t ifindex)
{
    struct link_set_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, ifindex_node, hash_int(ifindex, 0),
                             &set->by_ifindex) {
        if (node->link.ifindex == ifindex) {
            return node;
        }
    }
    return NULL;
}

void
link_set_put(struct link_set *set, const struct nl_link *link)
{
    struct link_set_node *node = xmalloc(sizeof *node);

    node->link = *link;
    link_set_remove(set, link->ifindex);
    hmap_insert(&set->by_ifindex, &node->ifindex_node,
                hash_int(link->ifindex, 0));
    hmap_insert(&set->by_name, &node->name_node, hash_string(link->name, 0));
    if (link_set_is_vrf(link)) {
        hmap_insert(&set->vrfs, &node->vrf_node, hash_int(link->vrf_table, 0));
    }
    if (link->master) {
        hmap_insert(&set->ports, &node->port_node, hash_int(link->master, 0));
    }
}

void
link_set_remove(struct link_set *set, uint32_t ifindex)
{
    struct link_set_node *node = find_node(set, ifindex);

    if (node) {
        remove_node(set, node);
    }
}

const struct nl_link *
link_set_by_index(const struct link_set *set, uint32_t ifindex)
{
    const struct link_set_node *node = find_node(set, ifindex);

    return node ? &node->link : NULL;
}

const struct nl_link *
link_set_by_name(const struct link_set *set, const char *name)
{
    const struct link_set_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, name_node, hash_string(name, 0),
                             &set->by_name) {
        if (!strcmp(node->link.name, name)) {
            return &node->link;
        }
    }
    return NULL;
}

const struct nl_link *
link_set_next_port(const struct link_set *set, uint32_t ifindex,
                   const struct nl_link *prev)
{
    struct hmap_node *hmap_node
        = (prev
           ? hmap_next_with_hash(&CONTAINER_OF(prev, struct link_set_node,
                                               link)->port_node)
           : hmap_first_with_hash(&set->ports, hash_int(ifindex, 0)));

    for (; hmap_node; hmap_node = hmap_next_with_hash(hmap_node)) {
        const struct link_set_node *node
            = CONTAINER_OF(hmap_node, struct link_set_node, port_node);

        if (node->link.master == ifindex) {
            return &node->link;
        }
    }
    return NULL;
}

const struct nl_link *
link_set_next_vrf(const struct link_set *set, uint32_t table_id,
                  const struct nl_link *prev)
{
    struct hmap_node *hmap_node
        = (prev
           ? hmap_next_with_hash(&CONTAINER_OF(prev, struct link_set_node,
                                               link)->vrf_node)
           : hmap_first_with_hash(&set->vrfs, hash_int(table_id, 0)));

    for (; hmap_node; hmap_node = hmap_next_with_hash(hmap_node)) {
        const struct link_set_node *node
            = CONTAINER_OF(hmap_node, struct link_set_node, vrf_node);

        if (node->link.vrf_table == table_id) {
            return &node->link;
        }
    }
    return NULL;
}

void
link_set_for_each_vrf(const struct link_set *set,
                      void (*cb)(void *aux, const struct nl_link *), void *aux)
{
    const struct link_set_node *node;

    HMAP_FOR_EACH (node, vrf_node, &set->vrfs) {
        cb(aux, &node->link);
    }
}
