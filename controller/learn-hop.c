/* learn-hop.c: next hops, the devices that they are behind, and which prefixes
 * use them, so that news of one of these makes work for its users only.  See
 * learn.h and learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

/* Devices. */

void
learner_read_device(const struct learner *learn, struct device *device)
{
    const char *name = learn->source.get_device(learn->source.aux,
                                                device->ifindex);
    const char *peer = learn->source.get_peer(learn->source.aux,
                                              device->ifindex);

    ovs_strlcpy(device->name, name ? name : "", sizeof device->name);
    ovs_strlcpy(device->peer, peer ? peer : "", sizeof device->peer);
}

static struct device *
device_find(const struct learner *learn, uint32_t ifindex)
{
    struct device *device;

    HMAP_FOR_EACH_WITH_HASH (device, node, hash_int(ifindex, 0),
                             &learn->devices) {
        if (device->ifindex == ifindex) {
            return device;
        }
    }
    return NULL;
}

static struct device *
device_get(struct learner *learn, uint32_t ifindex)
{
    struct device *device = device_find(learn, ifindex);

    if (!device) {
        device = xzalloc(sizeof *device);
        device->ifindex = ifindex;
        ovs_list_init(&device->hops);
        learner_read_device(learn, device);
        hmap_insert(&learn->devices, &device->node, hash_int(ifindex, 0));
    }
    return device;
}

static void
device_unref(struct learner *learn, struct device *device)
{
    if (ovs_list_is_empty(&device->hops)) {
        hmap_remove(&learn->devices, &device->node);
        free(device);
    }
}

/* Notes whether 'hop' has trouble.  Whether that is worth a word shows
 * later: see learner_report_hops(). */
static void
hop_update_trouble(struct learner *learn, struct hop *hop)
{
    bool trouble = (hop->n_uses
                    && (!hop->device->name[0]
                        || (hop->n_mac_users && !hop->mac[0])));

    if (trouble == ovs_list_is_empty(&hop->trouble_node)) {
        ovs_list_remove(&hop->trouble_node);
        ovs_list_init(&hop->trouble_node);
        if (trouble) {
            ovs_list_push_back(&learn->troubles, &hop->trouble_node);
            hop->since = 0;
        }
        learn->report_hops = true;
    }
}

/* Has the users of 'device' looked at, which was 'old' before.  Where no port
 * goes by names, it matters only whether the device exists. */
static void
device_touch_users(struct learner *learn, struct device *device,
                   const struct device *old)
{
    bool exists = device->name[0], existed = old->name[0];
    struct hop *hop;

    LIST_FOR_EACH (hop, device_node, &device->hops) {
        const struct use *use;

        hop_update_trouble(learn, hop);
        if (hop->table->all_dirty
            || (exists == existed && !hop->table->choosy)) {
            continue;
        }
        LIST_FOR_EACH (use, hop_node, &hop->uses) {
            learner_table_dirty_prefix(hop->table, &use->entry->prefix);
        }
    }
}

/* Of devices that a decision rests on there are few, and any may have the
 * named one as its other end. */
void
learner_device_changed(struct learner *learn, uint32_t ifindex OVS_UNUSED)
{
    struct device *device;

    HMAP_FOR_EACH (device, node, &learn->devices) {
        struct device old = *device;

        learner_read_device(learn, device);
        if (strcmp(device->name, old.name) || strcmp(device->peer, old.peer)) {
            device_touch_users(learn, device, &old);
        }
    }
}

/* Next hops. */

static uint32_t
hash_hop(uint8_t family, const uint8_t addr[16], uint32_t ifindex)
{
    return hash_bytes(addr, 16, hash_2words(ifindex, family));
}

struct hop *
learner_hop_get(struct learner *learn, struct table *table, uint8_t family,
                const uint8_t addr[16], uint32_t ifindex)
{
    uint32_t hash = hash_hop(family, addr, ifindex);
    struct hop *hop;

    HMAP_FOR_EACH_WITH_HASH (hop, node, hash, &table->hops) {
        if (hop->family == family && hop->device->ifindex == ifindex
            && !memcmp(hop->addr, addr, sizeof hop->addr)) {
            return hop;
        }
    }
    hop = xzalloc(sizeof *hop);
    hop->table = table;
    hop->family = family;
    memcpy(hop->addr, addr, sizeof hop->addr);
    ovs_list_init(&hop->uses);
    ovs_list_init(&hop->stale_node);
    ovs_list_init(&hop->trouble_node);
    hop->device = device_get(learn, ifindex);
    ovs_list_push_back(&hop->device->hops, &hop->device_node);
    hmap_insert(&table->hops, &hop->node, hash);
    return hop;
}

void
learner_hop_unref(struct learner *learn, struct hop *hop)
{
    if (hop->n_uses) {
        return;
    }
    ovs_assert(!hop->n_mac_users);
    hop_update_trouble(learn, hop);
    ovs_list_remove(&hop->stale_node);
    ovs_list_remove(&hop->device_node);
    device_unref(learn, hop->device);
    hmap_remove(&hop->table->hops, &hop->node);
    free(hop);
}

/* Uses. */

static void
use_add(struct learner *learn, struct entry *entry, struct hop *hop,
        struct use **last)
{
    struct use *use = xmalloc(sizeof *use);

    use->hop = hop;
    use->entry = entry;
    use->next = NULL;
    *last = use;
    ovs_list_push_back(&hop->uses, &use->hop_node);
    if (!hop->n_uses++) {
        hop_update_trouble(learn, hop);
    }
}

static void
uses_free(struct learner *learn, struct use *use)
{
    while (use) {
        struct use *next = use->next;

        ovs_list_remove(&use->hop_node);
        use->hop->n_uses--;
        use->hop->n_stale = MIN(use->hop->n_stale, use->hop->n_uses);
        learner_hop_unref(learn, use->hop);
        free(use);
        use = next;
    }
}

void
learner_entry_set_uses(struct learner *learn, struct entry *entry,
                       struct hop *const *hops, size_t n)
{
    struct use *old = entry->uses, *use = old, **last = &entry->uses;
    size_t i = 0;

    while (use && i < n && use->hop == hops[i]) {
        use = use->next;
        i++;
    }
    if (!use && i == n) {
        return;
    }
    for (i = 0; i < n; i++) {
        use_add(learn, entry, hops[i], last);
        last = &(*last)->next;
    }
    *last = NULL;
    uses_free(learn, old);
}

/* MAC addresses. */

/* Reads the MAC address of 'hop'.  True if it is another one. */
static bool
read_mac(const struct learner *learn, struct hop *hop)
{
    const uint8_t *ea = learn->source.get_neighbour(learn->source.aux,
                                                    hop->device->ifindex,
                                                    hop->addr);
    char mac[LEARN_MAC_LEN] = "";

    if (ea) {
        snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x",
                 ea[0], ea[1], ea[2], ea[3], ea[4], ea[5]);
    }
    if (!strcmp(mac, hop->mac)) {
        return false;
    }
    ovs_strlcpy(hop->mac, mac, sizeof hop->mac);
    return true;
}

void
learner_hop_watch(struct learner *learn, struct hop *hop, bool watch)
{
    if (watch ? hop->n_mac_users++ : --hop->n_mac_users) {
        return;
    }
    if (watch) {
        learn->source.watch_neighbour(learn->source.aux, hop->device->ifindex,
                                      hop->addr);
        (void) read_mac(learn, hop); /* Its first user reads it next. */
    } else {
        learn->source.unwatch_neighbour(learn->source.aux,
                                        hop->device->ifindex, hop->addr);
        hop->mac[0] = '\0';
    }
    hop_update_trouble(learn, hop);
}

void
learner_neighbour_changed(struct learner *learn, uint32_t ifindex)
{
    struct device *device = device_find(learn, ifindex);
    struct hop *hop;

    if (!device) {
        return;
    }
    LIST_FOR_EACH (hop, device_node, &device->hops) {
        if (hop->n_mac_users && read_mac(learn, hop)) {
            if (ovs_list_is_empty(&hop->stale_node)) {
                ovs_list_push_back(&learn->stale, &hop->stale_node);
            }
            hop->n_stale = hop->n_uses;
            hop_update_trouble(learn, hop);
        }
    }
}

/* Each use that was passed on to goes to the end of the list, so that those
 * which were not are always first; those that come meanwhile know. */
void
learner_run_hops(struct learner *learn, size_t max)
{
    while (max && !ovs_list_is_empty(&learn->stale)) {
        struct hop *hop = CONTAINER_OF(ovs_list_front(&learn->stale),
                                       struct hop, stale_node);

        for (; max && hop->n_stale; max--, hop->n_stale--) {
            struct ovs_list *first = ovs_list_pop_front(&hop->uses);
            struct use *use = CONTAINER_OF(first, struct use, hop_node);

            ovs_list_push_back(&hop->uses, first);
            learner_entry_update_mac(learn, use->entry, hop);
        }
        if (!hop->n_stale) {
            ovs_list_remove(&hop->stale_node);
            ovs_list_init(&hop->stale_node);
        }
    }
}
