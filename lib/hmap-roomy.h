/* hmap-roomy -- hash tables of many nodes with room to spare.
 *
 * hmap_insert() lets up to two nodes on average share a bucket, so a search
 * looks at one or two that it does not want.  With 100 000 nodes each of these
 * is a wait for memory, which is what a search costs.  Here it is half a node
 * to one, for 8 more bytes a node.
 */
#ifndef HMAP_ROOMY_H
#define HMAP_ROOMY_H 1

#include "openvswitch/hmap.h"

/* Like hmap_insert(), but 'hmap' gets at least as many buckets as nodes. */
static inline void
hmap_insert_roomy(struct hmap *hmap, struct hmap_node *node, size_t hash)
{
    if (hmap_count(hmap) > hmap->mask) {
        hmap_reserve(hmap, 2 * hmap_count(hmap));
    }
    hmap_insert(hmap, node, hash);
}

#endif /* lib/hmap-roomy.h */
