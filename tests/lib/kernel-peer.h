/* kernel-peer -- somebody else who works with the kernel, for tests.
 *
 * Looks at and changes routes and devices through an nl-transport of its own,
 * so that it can be used on the real kernel and on the fake one alike.  It is
 * the administrator who deletes a VRF, the daemon that adds a route, and the
 * judge of what the engine did.  Anything unexpected fails the test.
 */
#ifndef TESTS_KERNEL_PEER_H
#define TESTS_KERNEL_PEER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nl-route.h"

struct nl_transport;

struct kernel_peer {
    struct nl_transport *transport;

    /* Events seen that others caused, of routes of protocol 84. */
    int n_new_ours;
    int n_del_ours;
};

void kernel_peer_init(struct kernel_peer *, struct nl_transport *);
void kernel_peer_destroy(struct kernel_peer *);

/* Adds or deletes a route: blackhole if 'dev' is 0, or of 'type' (RTN_*).
 * 'flags' are those of an addition (NLM_F_CREATE ...).  Return the errno. */
int kernel_peer_add_route(struct kernel_peer *, uint16_t flags,
                          uint32_t table_id, const char *prefix,
                          uint32_t metric, uint8_t protocol, uint32_t dev);
int kernel_peer_add_type(struct kernel_peer *, uint16_t flags,
                         uint32_t table_id, const char *prefix,
                         uint32_t metric, uint8_t protocol, uint8_t type);
int kernel_peer_del_route(struct kernel_peer *, uint32_t table_id,
                          const char *prefix, uint32_t metric,
                          uint8_t protocol);

/* Devices; all return the errno. */
int kernel_peer_add_link(struct kernel_peer *, const char *name,
                         const char *kind, uint32_t vrf_table);
int kernel_peer_del_link(struct kernel_peer *, const char *name);
int kernel_peer_change_link(struct kernel_peer *, const char *name,
                            const struct nl_link_change *);

/* Finds a device. */
bool kernel_peer_find_link(struct kernel_peer *, const char *name,
                           struct nl_link *);

/* Returns a malloc()'d text with the routes of 'protocol' (0: all) in
 * 'table_id', sorted, one per line as nl_route_format() has them. */
char *kernel_peer_show(struct kernel_peer *, uint32_t table_id,
                       uint8_t protocol);

/* The number of routes of 'protocol' (0: all) in 'table_id'. */
size_t kernel_peer_count(struct kernel_peer *, uint32_t table_id,
                         uint8_t protocol);

/* Reads all events and resets the counts of them. */
void kernel_peer_forget_events(struct kernel_peer *);

/* Reads all events, and counts. */
void kernel_peer_read_events(struct kernel_peer *);

#endif /* tests/lib/kernel-peer.h */
