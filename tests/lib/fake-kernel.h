/* fake-kernel -- devices and routes behind an nl-transport, for tests.
 *
 * Takes the bytes that would go to the kernel, does what Linux does with them
 * as far as the engine can tell, and answers in bytes.  Several transports may
 * be open to one fake kernel, as several sockets may to the real one; what one
 * changes, all hear of.
 *
 * It parses requests with code of its own, so that an error in lib/nl-route
 * does not cancel out; and the cases of test-route-exchange.c run against the
 * real kernel too, where that is possible, so that the fake does not drift.
 *
 * Faults are armed by fake_kernel_fail() and by the members that the test may
 * set.  They hit all transports but those that are immune.
 */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nl-route.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct fake_kernel {
    struct hmap routes;         /* Of struct fake_route, by key. */
    struct ovs_list links;      /* Of struct fake_link, by ifindex. */
    struct ovs_list clients;    /* Of struct fake_client. */
    uint32_t last_ifindex;
    uint32_t last_port;

    /* What kind of kernel it is. */
    bool no_admin;              /* Changes end in EPERM. */
    bool no_filter;             /* It dumps all routes, whatever is asked. */
    bool no_ipv6;               /* It refuses routes in IPv6. */
    bool no_vrf;                /* It has no devices of kind "vrf". */
    bool no_live_rename;        /* As before 6.2: EBUSY for one that is up. */
    bool full;                  /* New routes end in ENOMEM. */
    bool tells_own;             /* Transports cannot keep out events of routes
                                 * that they changed themselves. */

    /* Faults that were armed, each for a number of times. */
    struct {
        uint16_t type;          /* RTM_*. */
        int error;
        int times;
    } fail;
    bool late_answers;          /* They come when this is over. */
    int lose_answers;           /* Done, but the answer is lost. */
    int ignore_requests;        /* Not done, and the answer is lost. */
    int lose_events;
    int swallow_events;         /* Lost, and not a word of it. */
    int fail_dumps;
    int fail_dumps_error;       /* Whether in EINTR, or how in NLMSG_DONE. */

    /* If not 0, every call may find less than there is: see fake_random(). */
    uint32_t jitter;

    /* Called before a route or device goes at the request of 'port'. */
    void (*on_delete)(void *aux, uint32_t port, const struct nl_route *,
                      const struct nl_link *);
    /* Called before and after each request of a transport that is not immune,
     * while the answer is on its way. */
    void (*on_request)(void *aux, bool done);
    void *aux;
};

/* A fake kernel has a loopback device, of ifindex 1, that is up. */
void fake_kernel_init(struct fake_kernel *);

/* All transports must have been closed. */
void fake_kernel_destroy(struct fake_kernel *);

/* Opens a transport to it. */
struct nl_transport *fake_kernel_open(struct fake_kernel *);

/* Has 'transport' spared from faults. */
void fake_transport_set_immune(struct nl_transport *transport);

/* The number of requests that came through 'transport' until now. */
size_t fake_transport_n_requests(const struct nl_transport *transport);

/* What on_delete() calls 'transport'. */
uint32_t fake_transport_port(const struct nl_transport *transport);

/* The next 'times' requests of 'type' end in 'error', without effect. */
void fake_kernel_fail(struct fake_kernel *, uint16_t type, int error,
                      int times);

/* Returns a number in [0, n) from '*seed', which it advances. */
uint32_t fake_random(uint32_t *seed, uint32_t n);

#endif /* tests/lib/fake-kernel.h */
