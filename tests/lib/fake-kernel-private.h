/* fake-kernel-private.h: what the fake kernel (fake-kernel.c) and the way to
 * it (fake-transport.c) know of each other. */
#ifndef TESTS_FAKE_KERNEL_PRIVATE_H
#define TESTS_FAKE_KERNEL_PRIVATE_H 1

#include "lib/nl-transport.h"
#include "tests/lib/fake-kernel.h"

struct fake_route {
    struct hmap_node node;      /* In struct fake_kernel's 'routes'. */
    struct nl_route route;
    struct nl_nexthop nexthop;  /* Where 'route.nexthops' points. */
};

struct fake_link {
    struct ovs_list node;       /* In struct fake_kernel's 'links'. */
    struct nl_link link;
};

struct fake_client {
    struct nl_transport up;
    struct ovs_list node;       /* In struct fake_kernel's 'clients'. */
    struct fake_kernel *kernel;
    uint32_t port;
    bool immune;                /* No faults for this one. */
    bool echo;                  /* The request at work has NLM_F_ECHO. */
    size_t n_requests;
    struct ovs_list events;     /* Of struct fake_report. */
    size_t n_events;
    struct ovs_list outcomes;
    struct ovs_list dump;
    bool dumping;
    bool dump_disturbed;        /* Something changed since it began. */
    struct fake_report *last;   /* The one being looked at. */
};

/* Does what 'nlh' asks for, of 'by'.  Returns the errno. */
int fake_kernel_request(struct fake_kernel *, const struct fake_client *by,
                        const struct nlmsghdr *nlh);

/* Tells all clients what 'by' did (NULL: nobody) to 'route' or 'link'. */
void fake_kernel_tell(struct fake_kernel *, const struct fake_client *by,
                      uint16_t type, uint16_t flags, const struct nl_route *,
                      const struct nl_link *);

#endif /* tests/lib/fake-kernel-private.h */
