/* learn-rows -- which rows of Learned_Route are to be written, and when.
 *
 * Stands between what this chassis wants in that table (learn.c) and what the
 * table holds (sb-learned-writer.c), and hands out the differences:
 *
 *     learn ---> learn_rows_want()       learn_rows_take() ---> transaction
 *                                  rows
 *     IDL -----> learn_rows_set_actual() learn_rows_done() <--- its end
 *
 * Only rows of ports that are managed, that is, bound here, are ever touched,
 * and only of those that are ready, whose wants are known in full, one is
 * deleted.  What another chassis wrote for such a port when it was bound there
 * is taken over where it is wanted, and deleted where it is not.
 *
 * Damping: after a row was written, nothing more is written for its port and
 * prefix for LEARN_DAMPING_MS.  The first change goes out at once, and what
 * holds after the last one does, too.
 *
 * Rivals: a row that somebody else deletes comes back at once, but more and
 * more slowly, up to LEARN_RIVAL_MAX_MS, if that happens again and again.
 *
 * Replacing: rows of one router and prefix go out together, so that the prefix
 * is not without any while its next hop changes, be it to another port.
 *
 * MAC addresses: a row that needs one (S4) and has none yet is inserted when
 * it is known, or LEARN_PATIENCE_MS later without: until a neighbour entry
 * that has just been made is read, nobody is to act on a row that says too
 * little.  What it takes the place of stays until then.
 *
 * Hold (D17): when most of a port's rows stop being wanted within
 * LEARN_WINDOW_MS, as when a routing daemon restarts, those of prefixes that
 * have no other wanted row stay for the port's hold time, counted from the
 * first.  To find out, a port that has a hold time keeps any such row until
 * the window ends.
 *
 * Ownership: everything is copied.
 * Units: times as those of time_msec().
 * Cost: each call is O(1) expected, in the rows of other prefixes.
 * Threads: single-threaded.
 */
#ifndef CONTROLLER_LEARN_ROWS_H
#define CONTROLLER_LEARN_ROWS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "openvswitch/uuid.h"

#define LEARN_DAMPING_MS 100
#define LEARN_WINDOW_MS 1000
#define LEARN_RIVAL_MAX_MS 30000
#define LEARN_PATIENCE_MS 2000

/* Space for a MAC address in text, with its null. */
#define LEARN_MAC_LEN 18

struct learn_rows;

/* What makes a row another one. */
struct learn_row_key {
    struct uuid port;           /* The LRP's Port_Binding. */
    struct ip_prefix prefix;
    uint8_t family;             /* Of the next hop: AF_INET or AF_INET6. */
    uint8_t pad[3];             /* Zero. */
    uint8_t nexthop[16];        /* Network byte order, the rest zero. */
};

/* What a row says beyond that. */
struct learn_row_value {
    uint16_t weight;            /* 1 and up. */
    char mac[LEARN_MAC_LEN];    /* Of the next hop; "" if it is not known:
                                 * then one that this chassis wrote before
                                 * stays. */
};

enum learn_row_op_type {
    LEARN_ROW_INSERT,
    LEARN_ROW_UPDATE,           /* Give 'uuid' this datapath and value. */
    LEARN_ROW_DELETE,
};

struct learn_row_op {
    enum learn_row_op_type type;
    struct uuid uuid;           /* The row's; not for an insertion. */
    struct uuid datapath;       /* Of the port. */
    struct learn_row_key key;
    struct learn_row_value value;
};

/* Counts, for status and benchmarks. */
struct learn_rows_stats {
    size_t n_wanted;            /* Rows that should be there. */
    size_t n_actual;            /* Rows of managed ports that are. */
    size_t n_held;              /* Of these, those that only the hold time
                                 * keeps. */
};

/* True for a row that is to have its next hop's MAC address: an IPv4 'prefix'
 * by a next hop of IPv6. */
static inline bool
learn_rows_needs_mac(const struct ip_prefix *prefix, uint8_t nexthop_family)
{
    return prefix->family == AF_INET && nexthop_family == AF_INET6;
}

/* Creates a set of rows without ports. */
struct learn_rows *learn_rows_create(void);

/* Frees it, and leaves the table as it is.  NULL is allowed. */
void learn_rows_destroy(struct learn_rows *);

/* Manages 'port' from now on, on 'datapath', with 'hold_ms'; or changes
 * that. */
void learn_rows_manage(struct learn_rows *, const struct uuid *port,
                       const struct uuid *datapath, long long int hold_ms);

/* No longer manages 'port': forgets what was wanted, leaves its rows. */
void learn_rows_unmanage(struct learn_rows *, const struct uuid *port);

/* From now on, what is not wanted of 'port', which is managed, may be
 * deleted. */
void learn_rows_set_ready(struct learn_rows *, const struct uuid *port);

/* Wants a row, of a managed port, or changes its value. */
void learn_rows_want(struct learn_rows *, const struct learn_row_key *,
                     const struct learn_row_value *);

/* No longer wants it.  'hold' is whether the hold time applies. */
void learn_rows_unwant(struct learn_rows *, const struct learn_row_key *,
                       bool hold);

/* States that row 'uuid' exists, with these contents: 'ours' if it says that
 * this chassis wrote it. */
void learn_rows_set_actual(struct learn_rows *, const struct uuid *uuid,
                           const struct uuid *datapath,
                           const struct learn_row_key *,
                           const struct learn_row_value *, bool ours);

/* States that row 'uuid' does not exist, or means nothing. */
void learn_rows_remove_actual(struct learn_rows *, const struct uuid *uuid,
                              long long int now);

/* Between the two, all rows that exist are stated; the end removes the
 * others. */
void learn_rows_begin_full(struct learn_rows *);
void learn_rows_end_full(struct learn_rows *);

/* Stores up to 'max' operations that are due in 'ops' and returns their
 * number.  What follows from them is stated before learn_rows_done(), and
 * only then may this be called again. */
size_t learn_rows_take(struct learn_rows *, long long int now,
                       struct learn_row_op *ops, size_t max);

/* Ends what learn_rows_take() began; operations that were not done come
 * again. */
void learn_rows_done(struct learn_rows *, long long int now);

/* When learn_rows_take() may next have something to do; LLONG_MAX: not before
 * something changes.  0: at once. */
long long int learn_rows_next_due(const struct learn_rows *);

/* Stores the current counts.  O(ports). */
void learn_rows_get_stats(const struct learn_rows *,
                          struct learn_rows_stats *);

/* Returns a malloc()'d array of the managed ports and stores their number.
 * The sequence number changes with them. */
struct uuid *learn_rows_get_ports(const struct learn_rows *, size_t *n);
unsigned int learn_rows_get_ports_seqno(const struct learn_rows *);

/* True if the table has a row of 'port' for 'prefix'. */
bool learn_rows_has_prefix(const struct learn_rows *, const struct uuid *port,
                           const struct ip_prefix *prefix);

/* The number of rows that the table has of 'port', and how many of these are
 * held. */
void learn_rows_count_port(const struct learn_rows *, const struct uuid *port,
                           size_t *n_actual, size_t *n_held);

#endif /* controller/learn-rows.h */
