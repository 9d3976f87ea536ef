/* route-exchange-engine -- the insides of include/ovn/route-exchange.h.
 *
 * For the engine's own files only:
 *
 *     route-exchange.c          what the host feeds in and asks
 *     route-exchange-engine.c   when what is done: tables, dumps, time
 *     route-exchange-route.c    one route: what is to be done about it
 *     route-exchange-slot.c     what is known of it, and kept in little space
 *     route-exchange-vrf.c      one table's VRF: what is to be done about it
 *     route-exchange-foreign.c  what others have in the tables, for the host
 *     route-exchange-errors.c   what the kernel's answers mean
 *     route-exchange-report.c   problems, counts and listings
 *     route-exchange-netlink.c  operations to messages, reports to the mirror
 *
 * All but the last are pure: they read the desired state, the mirror and
 * 'now', and what they want done they put on the list 'outgoing'.
 *
 *     set_table, add_route ...          kernel_mirror
 *             |                              ^  |
 *             v                              |  v route_changed ...
 *        re_table, re_slot  --re_reconcile-->  re_op  --netlink--> transport
 *             ^                                             |
 *             +--------------- re_outcome <-----------------+
 *
 * Only what was touched is looked at: a slot is on its table's list 'todo'
 * when its wants, the kernel's routes of its key, or the time may have changed
 * what is to be done about it.  A removal waits on the list 'removals' until
 * all of the table's 'todo' is done, so that a route that moves from one
 * metric to another is never away.
 */
#ifndef ROUTE_EXCHANGE_ENGINE_H
#define ROUTE_EXCHANGE_ENGINE_H 1

#include <limits.h>

#include "controller/kernel-mirror.h"
#include "controller/neighbour-set.h"
#include "controller/nexthop-set.h"
#include "controller/retry-gate.h"
#include "controller/route-exchange-errors.h"
#include "heap.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "ovn/route-exchange.h"

/* So many answers in a row that contradict what the kernel shows make a
 * failure to report, e.g. EEXIST for a device whose name is another's
 * alternative name, which we do not read. */
#define RE_MAX_LOOKS 3

/* At most so many operations are handed to the transport at once. */
#define RE_MAX_OUTGOING 256

/* So many routes are written in RE_BURST_MS, unless configured: FRR's zebra,
 * with its usual buffer of 4 MiB, can be 10 000 notifications behind before it
 * loses some, silently, or exits. */
#define RE_MAX_BURST 2000
#define RE_BURST_MS 100

/* A route that is removed again after its repair is put back after so long a
 * time, which doubles each time.  'ip route flush' removes what it finds until
 * it finds nothing: the first repair it undoes, the second comes when it is
 * done. */
#define RE_REPAIR_MS 50

/* Between two tries of all next hops of a table that were refused, when routes
 * of others in the table change. */
#define RE_RECHECK_MS 1000

/* Between the last of a VRF's routes and ports and its device, so that a
 * routing daemon can digest the ones before the other: FRR 8.4 does not always
 * survive a VRF that goes with its routes. */
#define RE_VRF_GRACE_MS 1000

/* What the desired state says of one slot: members of struct
 * route_exchange_route, whose others are the slot's key. */
struct re_want {
    uint8_t nexthop_family;
    uint8_t nexthop[16];
};

/* A further want, that contradicts the first. */
struct re_rival {
    struct ovs_list node;       /* In struct re_trouble's 'rivals'. */
    struct re_want want;
};

/* How a slot stands. */
enum re_slot_state {
    RE_SLOT_PENDING,            /* Something is to be done, or found out. */
    RE_SLOT_INSTALLED,          /* Wanted, and the kernel has it. */
    RE_SLOT_FAILED,             /* The kernel refused, and that is reported. */
    RE_N_SLOT_STATES
};

/* Which of the counts of its table a slot is in. */
enum re_slot_count {
    RE_COUNT_UNWANTED,          /* Nobody wants it. */
    RE_COUNT_WANTED,            /* The host does. */
    RE_COUNT_GUARD,             /* It is that of a leak guard. */
    RE_N_SLOT_COUNTS
};

/* One place in a kernel table: what the kernel keys on, what is wanted there,
 * and what we are doing about it.  There is one for each route, so it is kept
 * small; what only few slots have is in their struct re_trouble. */
struct re_slot {
    struct hmap_node node;      /* In struct re_table's 'slots'. */
    struct ovs_list queue_node; /* In 'todo' or 'removals', or in no list. */
    struct re_table *table;
    struct re_trouble *trouble; /* NULL: none. */
    struct nl_route_key key;
    struct re_want want;        /* If 'wanted'; it counts before rivals. */
    uint8_t state;              /* An enum re_slot_state. */
    uint8_t count;              /* An enum re_slot_count. */
    bool wanted : 1;            /* Else nothing may be left here. */
    bool in_flight : 1;         /* An operation is under way. */
    bool again : 1;             /* Meanwhile it was touched. */
    bool doubt : 1;             /* Meanwhile something else happened that may
                                 * have come before it, or after it. */
    bool reannounce : 1;        /* It stood here before its VRF did. */
    bool no_nexthop : 1;        /* The wanted next hop was refused: a blackhole
                                 * stands in for it. */
    bool no_fallback : 1;       /* And that was refused as well. */
};

/* What a slot has that had a failure, a disturbance, or contradicting
 * wants. */
struct re_trouble {
    struct re_slot *slot;
    struct ovs_list rivals;     /* Of struct re_rival. */
    struct heap_node timer;     /* In struct route_exchange's 'timers', ... */
    bool timer_set;             /* ... if this is true. */
    unsigned short int n_looks; /* Answers in a row that made no sense. */
    int error;                  /* Why it failed; EEXIST: a foreign route has
                                 * the place. */
    enum re_op_type error_op;   /* In doing what. */
    struct retry_gate gate;
    char *reason;               /* The kernel's words, or NULL. */
    struct ovs_list failed_node; /* In struct re_table's 'failed', if the slot
                                  * is in state RE_SLOT_FAILED. */
};

/* How a table's VRF device stands. */
enum re_vrf_state {
    RE_VRF_NONE,                /* None is to be maintained. */
    RE_VRF_PENDING,             /* It is being made, or waited for. */
    RE_VRF_READY,               /* It is there and up. */
    RE_VRF_REFUSED,             /* It cannot be had, which is reported. */
};

/* Why nothing is tried for a while: errors that are not about one object. */
struct re_hold {
    struct retry_gate gate;
    int error;                  /* 0: nothing holds. */
    enum re_op_type op;         /* What failed. */
    char *reason;               /* The kernel's words, or NULL. */
};

/* A table that is wanted, or still has something of ours. */
struct re_table {
    struct hmap_node node;      /* In struct route_exchange's 'tables'. */
    uint32_t table_id;
    bool wanted;                /* Set by set_table(). */
    bool inherited;             /* It had something of an earlier life's when
                                 * nobody wanted it. */
    bool rescan;                /* All slots are to be looked at. */
    bool recheck;               /* Next hops that were refused may be taken
                                 * now. */
    long long int recheck_due;  /* But not looked at before. */
    int n_in_flight;            /* Operations under way. */

    /* Routes. */
    struct hmap slots;          /* Of struct re_slot. */
    struct ovs_list todo;       /* Of struct re_slot. */
    struct ovs_list removals;   /* Of struct re_slot. */
    struct ovs_list failed;     /* Of struct re_trouble, in order of
                                 * failure. */
    size_t n_wants;
    size_t counts[RE_N_SLOT_COUNTS][RE_N_SLOT_STATES]; /* Of slots. */
    uint64_t n_repaired;        /* See struct route_exchange_table_stats. */
    bool no_guard;              /* The host does not want a leak guard. */
    struct re_hold hold;        /* Of route operations. */

    /* Device. */
    char vrf_name[IFNAMSIZ];    /* The wanted name, or "". */
    enum re_vrf_state vrf_state;
    bool vrf_in_flight;         /* An operation is under way. */
    bool vrf_known;             /* 'vrf_ifindex' was looked up. */
    uint32_t vrf_ifindex;       /* The VRF of this table, or 0. */
    bool vrf_rename_down;       /* The kernel wants it down for renaming. */
    int vrf_detaches;           /* So many ports more are taken out before it
                                 * is deleted; negative: not counted yet. */
    bool vrf_was_ready;         /* To tell a disturbance from a beginning. */
    bool reannounce;            /* A VRF came to routes that stood before. */
    long long int vrf_grace;    /* The device stays until then. */
    struct re_hold vrf_hold;    /* Of operations on it. */
    int vrf_n_looks;            /* As in struct re_slot. */
    char *vrf_problem;          /* Why it cannot be had, or NULL. */

    /* Dumps. */
    struct re_dump_gate {
        struct retry_gate gate;
        long long int last;     /* When the last one began. */
        long long int took;     /* How long it took. */
        int n_recent;           /* Dumps in short succession. */
        int n_failed;           /* In a row. */
        int error;              /* Of the last one. */
    } dump_gate;
};

/* An operation for the kernel. */
struct re_op {
    struct ovs_list node;       /* In 'outgoing', 'in_flight' or 'spare'. */
    enum re_op_type type;
    struct re_table *table;
    struct re_slot *slot;       /* For routes, else NULL. */
    struct nl_route route;      /* For routes. */
    struct nl_nexthop nexthop;  /* Where 'route.nexthops' points. */
    bool echo;                  /* For routes: the kernel is to tell what it
                                 * made of it. */
    uint32_t ifindex;           /* For devices, but not a new one. */
    char name[IFNAMSIZ];        /* RE_VRF_CREATE, RE_VRF_RENAME. */
    bool newborn;               /* The device has the birthmark yet. */
};

struct route_exchange {
    struct nl_transport *transport;
    char mark[NL_ALIAS_LEN];    /* IFLA_IFALIAS of devices of ours, ... */
    uint32_t birthmark;         /* ... and IFLA_GROUP until they have it. */
    struct kernel_mirror *mirror;
    struct hmap tables;         /* Of struct re_table. */
    struct re_table **sorted;   /* The same, by id; NULL: not made. */
    bool complete;              /* See route_exchange_set_complete(). */
    bool busy;                  /* Run again at once. */
    bool links_changed;         /* Look at all VRFs. */
    bool problems_changed;      /* Report anew. */
    long long int now;          /* Of the current run. */
    long long int wake_at;      /* When to run again, slots aside. */
    struct heap timers;         /* Of struct re_trouble; the earliest on
                                 * top. */
    uint32_t seed;              /* Of jitter. */
    struct ovs_list outgoing;   /* Of struct re_op, not handed over yet. */
    size_t n_outgoing;
    size_t max_burst;           /* Routes to write in RE_BURST_MS, ... */
    size_t burst_left;          /* ... of which these are left, ... */
    long long int burst_end;    /* ... until then. */
    struct ovs_list in_flight;  /* Of struct re_op, in order. */
    struct ovs_list spare;      /* Of struct re_op, for use. */
    char *messages;             /* Room for what is sent at once, ... */
    size_t allocated_messages;  /* ... and its size in bytes. */
    struct problem_set problems;
    struct route_exchange_stats stats;
    uint32_t *found;            /* Tables that have something of ours. */
    size_t n_found, allocated_found;
    struct re_dump_gate links_gate;
    struct re_dump_gate ours_gate;
    bool searched;              /* The host was searched for routes that an
                                 * earlier life left, ... */
    bool links_searched;        /* ... and for devices. */
    bool looked;                /* It was, at least once; the first time ... */
    bool found_own;             /* ... there were routes of ours. */
    bool dumping;               /* A dump is under way. */
    uint32_t dump_scope;
    uint8_t dump_family;        /* The one being read. */
    enum re_dump_kind {
        RE_DUMP_MIRROR,         /* Of 'dump_scope', for the mirror. */
        RE_DUMP_NEXTHOPS,       /* For 'nexthops'. */
        RE_DUMP_NEIGHBOURS,     /* Of device 'dump_scope', for
                                 * 'neighbours'. */
    } dump_kind;

    /* For the host: see route-exchange-foreign.c. */
    struct nexthop_set nexthops;
    struct re_dump_gate nexthops_gate; /* For its errors alone. */
    long long int nexthops_due; /* Not to be read before. */
    bool nexthops_joined;       /* Their events are reported. */
    bool no_nexthops;           /* The kernel has no such objects. */
    struct neighbour_set neighbours;
    struct re_dump_gate neighbours_gate;
    bool neighbours_joined;
    struct route_exchange_observer observer; /* The host's; all NULL: none. */
    void *observer_aux;
};

/* route-exchange-engine.c */
extern const struct kernel_mirror_observer re_observer;
struct re_table *re_table_find(const struct route_exchange *,
                               uint32_t table_id);
struct re_table *re_table_get(struct route_exchange *, uint32_t table_id);
void re_table_free(struct route_exchange *, struct re_table *);
struct re_table *const *re_tables_sorted(const struct route_exchange *,
                                         size_t *n);
uint32_t re_random(struct route_exchange *);
/* Distrusts 'scope' of the mirror (KM_SCOPE_OURS: all), for 'reason', which
 * must be static. */
void re_suspect(struct route_exchange *, uint32_t scope, const char *reason);
/* Has the engine run again at 'when' at the latest. */
void re_wake_at(struct route_exchange *, long long int when);
/* Appends a copy of 'op' to what is to be sent. */
void re_emit(struct route_exchange *, const struct re_op *op);
/* Notes that operations of the kind of 'op' are not possible for now. */
void re_hold(struct route_exchange *, struct re_hold *, enum re_op_type op,
             int error, const char *reason);
/* True if 'hold' lets operations through at this time. */
bool re_hold_passes(struct route_exchange *, struct re_hold *);
void re_hold_clear(struct route_exchange *, struct re_hold *);
/* Says that operations in flight may have been undone or followed by others,
 * unseen: those on routes of 'table', or if it is NULL, those with next
 * hops. */
void re_doubt(struct route_exchange *, const struct re_table *table);
/* Works out what is to be done and puts it on 'outgoing'. */
void re_reconcile(struct route_exchange *);
/* Settles the oldest operation in flight. */
void re_outcome(struct route_exchange *, int error, const char *reason);
/* Chooses the scope to dump next.  False if none is due. */
bool re_next_dump(struct route_exchange *, uint32_t *scope);
/* Notes how a dump that 'gate' is for ended. */
void re_gate_note(struct route_exchange *, struct re_dump_gate *gate,
                  int error);
/* Notes that a dump of 'scope' ended. */
void re_dump_ended(struct route_exchange *, uint32_t scope, int error);

/* route-exchange-slot.c */
struct re_slot *re_slot_find(const struct re_table *,
                             const struct nl_route_key *);
struct re_slot *re_slot_get(struct re_table *, const struct nl_route_key *);
void re_slot_free(struct route_exchange *, struct re_slot *);
/* Adds a want, which must not be there.  Returns true if it is the one that
 * counts. */
bool re_slot_add_want(struct re_slot *, const struct re_want *);
/* True if 'want' is wanted in the slot. */
bool re_slot_has_want(const struct re_slot *, const struct re_want *);
/* Takes away 'want', which must be there.  Returns true if it was the one that
 * counted. */
bool re_slot_remove_want(struct re_slot *, const struct re_want *);
/* Takes away all wants. */
void re_slot_clear_wants(struct re_slot *);
/* The number of wants. */
size_t re_slot_n_wants(const struct re_slot *);
void re_slot_set_state(struct route_exchange *, struct re_slot *,
                       enum re_slot_state);
/* Has the slot looked at. */
void re_slot_touch(struct re_slot *);
/* Takes the slot out of its queue. */
void re_slot_unqueue(struct re_slot *);
/* The slot's trouble, made if it has none. */
struct re_trouble *re_slot_trouble(struct re_slot *);
/* Notes why it failed. */
void re_slot_set_error(struct route_exchange *, struct re_slot *,
                       enum re_op_type, int error, const char *reason);
/* It stands as it should; what was wrong is forgotten. */
void re_slot_clear_error(struct route_exchange *, struct re_slot *);
/* Has the slot looked at when its gate opens, or not. */
void re_slot_set_timer(struct route_exchange *, struct re_slot *);
void re_slot_clear_timer(struct route_exchange *, struct re_slot *);
/* A slot's time has come. */
void re_slot_timer(struct route_exchange *, struct re_slot *);
/* The slot's gate: see retry-gate.h. */
bool re_slot_may_try(const struct route_exchange *, const struct re_slot *);
void re_slot_open_gate(struct re_slot *);
void re_slot_try_failed(struct route_exchange *, struct re_slot *);

/* route-exchange-route.c */
/* True for the keys of leak guards. */
bool re_key_is_guard(const struct nl_route_key *);
/* The key of the leak guard of 'family'. */
void re_guard_key(const struct re_table *, uint8_t family,
                  struct nl_route_key *);
/* True if there is a leak guard in 'table', or may be one that is to go. */
bool re_guard_lingers(const struct re_table *);
/* Tries next hops that were refused. */
void re_routes_recheck(struct route_exchange *, struct re_table *);
/* Looks at all slots of 'table', and at routes of ours that have none. */
void re_routes_rescan(struct route_exchange *, struct re_table *);
/* Does what is to be done in 'table'. */
void re_routes_run(struct route_exchange *, struct re_table *);
void re_route_outcome(struct route_exchange *, const struct re_op *, int error,
                      const char *reason);
/* The route that 'want' in 'slot' asks for; its next hop is in '*nexthop'.  A blackhole
 * unless 'with_nexthop'; a leak guard in its place. */
void re_want_to_route(const struct re_slot *, const struct re_want *,
                      bool with_nexthop, struct nl_route *,
                      struct nl_nexthop *);

/* route-exchange-vrf.c */
bool re_vrf_is_ours(const struct route_exchange *, const struct nl_link *);
/* True if 'table' has a device that is ours. */
bool re_vrf_has_ours(const struct route_exchange *, const struct re_table *);
/* Does what is to be done about the device of 'table'. */
void re_vrf_run(struct route_exchange *, struct re_table *);
void re_vrf_outcome(struct route_exchange *, const struct re_op *, int error,
                    const char *reason);
/* True if 'table' has, or may have, a device that is to be removed. */
bool re_vrf_lingers(const struct route_exchange *, const struct re_table *);
/* True if routes may be written to 'table'. */
bool re_vrf_allows_routes(const struct re_table *);

/* route-exchange-foreign.c: pass on what the mirror reports. */
void re_foreign_route_changed(struct route_exchange *,
                              const struct nl_route_key *, bool own);
void re_foreign_table_changed(struct route_exchange *, uint32_t table_id);
void re_foreign_links_changed(struct route_exchange *,
                              const struct nl_link *);
void re_foreign_init(struct route_exchange *);
void re_foreign_destroy(struct route_exchange *);
/* What the transport reports of nexthop objects and neighbours; 'dump' is
 * whether a dump does. */
void re_foreign_take_nexthop(struct route_exchange *,
                             const struct nl_nexthop_object *, bool gone,
                             bool dump);
void re_foreign_take_neighbour(struct route_exchange *,
                               const struct nl_neighbour *, bool dump);
/* Device 'ifindex' went down or away; nothing is certain any more. */
void re_foreign_device_lost(struct route_exchange *, uint32_t ifindex);
void re_foreign_lost(struct route_exchange *);
/* Chooses the dump to begin, of a kind other than RE_DUMP_MIRROR, and begins
 * it.  False if none is due. */
bool re_foreign_next_dump(struct route_exchange *);
void re_foreign_dump_ended(struct route_exchange *, int error);

/* route-exchange-report.c */
void re_report_problems(struct route_exchange *);

#endif /* controller/route-exchange-engine.h */
