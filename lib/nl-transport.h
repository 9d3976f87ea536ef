/* nl-transport -- the way to the kernel's rtnetlink and back.
 *
 * A vtable with two kinds behind it: nl-transport-mnl.c, which talks to the
 * running kernel, and the fake kernel of the tests.  What travels is netlink
 * messages as bytes; nl-route makes and reads them.
 *
 * Three things go on at a time: operations that were submitted, at most one
 * dump, and the events that the kernel multicasts.  All come back as reports
 * through nl_transport_recv().  The contract:
 *
 *   - Every operation gets exactly one outcome, in the order of submission:
 *     0, the kernel's errno, or NL_UNKNOWN if the answer was lost, in which
 *     case nobody can say whether it was done.
 *   - Events that happened before an operation ended are reported before its
 *     outcome, or NL_REPORT_LOST is; so may be later ones: which of an event
 *     and an operation was first cannot be told.
 *   - Of what an operation did to routes no event need tell, unless its message
 *     has NLM_F_ECHO: then one does, after the outcomes of earlier operations
 *     and before its own.
 *   - A dump ends with NL_REPORT_DUMP_END and an error of 0 only if the kernel
 *     said that it gave a consistent picture of everything.  Events of changes
 *     during it are reported as well, before or after its entries.
 *   - NL_REPORT_LOST means that any number of events is missing.
 *
 * Ownership: messages in a report belong to the transport and are valid until
 *     the next call to it.
 * Errors: positive errno.
 * Threads: single-threaded.  Nothing blocks.
 */
#ifndef NL_TRANSPORT_H
#define NL_TRANSPORT_H 1

#include <stdbool.h>
#include <stddef.h>

struct nlmsghdr;
struct nl_transport;

/* The answer to an operation was lost.  No errno has this value. */
#define NL_UNKNOWN (-1)

enum nl_report_type {
    NL_REPORT_EVENT,            /* Something changed in the kernel. */
    NL_REPORT_LOST,             /* So did more, but the news was lost. */
    NL_REPORT_OUTCOME,          /* An operation ended. */
    NL_REPORT_DUMP_ENTRY,       /* Part of the running dump. */
    NL_REPORT_DUMP_END,         /* The running dump ended. */
};

struct nl_report {
    enum nl_report_type type;
    const struct nlmsghdr *message; /* Of EVENT and DUMP_ENTRY. */
    bool own;                   /* EVENT: an operation of this transport was
                                 * the cause. */
    int error;                  /* OUTCOME, DUMP_END: 0, errno, NL_UNKNOWN.
                                 * A dump that ends in EINTR was disturbed and
                                 * may be tried again at once; in ENOENT, the
                                 * table that it asked for does not exist. */
    const char *reason;         /* OUTCOME: the kernel's words, or NULL. */
};

struct nl_transport_class {
    /* Frees everything. */
    void (*close)(struct nl_transport *);

    /* Does the 'n' messages that follow each other in 'len' bytes at 'msgs',
     * each aligned to 4, in this order.  Sets sequence numbers, port ids and
     * NLM_F_ACK in them as it needs. */
    void (*submit)(struct nl_transport *, void *msgs, size_t len, size_t n);

    /* Starts the dump that 'request' asks for.  Returns 0, EBUSY if one is
     * running, or the error that kept it from being sent; unless 0 is
     * returned, no NL_REPORT_DUMP_END follows. */
    int (*dump)(struct nl_transport *, struct nlmsghdr *request);

    /* Has events of multicast group 'group' (RTNLGRP_*) reported as well, from
     * now on; those of devices, routes and addresses are from the start.
     * Returns 0 or an errno. */
    int (*join)(struct nl_transport *, int group);

    /* Stores the next report.  False if there is none for now. */
    bool (*recv)(struct nl_transport *, struct nl_report *);

    /* Has the next poll_block() wake when there will be. */
    void (*wait)(struct nl_transport *);
};

/* To be embedded in what a kind of transport keeps. */
struct nl_transport {
    const struct nl_transport_class *class;
};

/* Opens the way to the running kernel, in this process's network namespace.
 * Works without privilege, too, for reading; operations then end in EPERM.
 * Returns NULL and stores a positive errno in '*error' on failure. */
struct nl_transport *nl_transport_mnl_open(int *error);

/* The same, with receive buffers of 'rcvbuf' bytes for events and for answers,
 * at most INT_MAX / 2; 0 means the usual sizes. */
struct nl_transport *nl_transport_mnl_open_sized(size_t rcvbuf, int *error);

/* NULL is allowed. */
void nl_transport_close(struct nl_transport *);

/* See struct nl_transport_class. */
void nl_transport_submit(struct nl_transport *, void *msgs, size_t len,
                         size_t n);
int nl_transport_dump(struct nl_transport *, struct nlmsghdr *request);
int nl_transport_join(struct nl_transport *, int group);
bool nl_transport_recv(struct nl_transport *, struct nl_report *);
void nl_transport_wait(struct nl_transport *);

#endif /* lib/nl-transport.h */
