/* learn-rows-private -- what the files of learn-rows share.  Not for others.
 *
 * A row of the table and a wish for it are one node here, known by its key.
 * Each node that may need a write is on the list 'dirty'; one that must wait,
 * for damping or for the hold time, is in the heap 'timers' and gets on the
 * list when its time has come; those of the transaction under way are on the
 * list 'in_flight'.
 *
 * learn-rows.c has what is wanted and what is there, learn-rows-take.c what is
 * to be written, and when. */
#ifndef CONTROLLER_LEARN_ROWS_PRIVATE_H
#define CONTROLLER_LEARN_ROWS_PRIVATE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "controller/learn-rows.h"
#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"

/* A port whose rows are here, because it is managed or because the table has
 * rows of it. */
struct rows_port {
    struct hmap_node node;      /* In struct learn_rows's 'ports'. */
    struct uuid uuid;
    struct ovs_list rows;       /* Of struct row. */
    bool managed;
    struct uuid datapath;       /* Its router's, if so... */
    struct hmap_node datapath_node; /* ...by which it is in 'datapaths'... */
    bool indexed;               /* ...if it has rows. */
    bool ready;
    size_t n_actual;            /* Rows with something in the table. */
    size_t n_held;

    /* Hold. */
    long long int hold_ms;
    long long int window_start; /* When rows began to be lost. */
    size_t window_base;         /* How many there were then. */
    size_t window_lost;         /* How many were lost since. */
    long long int hold_until;   /* Lost rows stay until then. */
};

/* A row of the table. */
struct actual {
    struct hmap_node node;      /* In struct learn_rows's 'actuals'. */
    struct ovs_list row_node;   /* In 'row->actuals'. */
    struct uuid uuid;
    struct uuid datapath;
    struct row *row;
    struct learn_row_value value;
    bool ours;                  /* This chassis wrote it. */
    unsigned int round;         /* When last stated. */
};

struct row {
    struct hmap_node node;      /* In struct learn_rows's 'rows', by port and
                                 * prefix. */
    struct ovs_list port_node;  /* In 'port->rows'. */
    struct ovs_list queue_node; /* In 'dirty' or 'in_flight', or in none. */
    struct heap_node timer;     /* In 'timers', if 'timer_set'. */
    bool timer_set;
    struct rows_port *port;
    struct learn_row_key key;
    struct ovs_list actuals;    /* Of struct actual; one, if all is well. */
    bool wanted;
    struct learn_row_value value; /* If wanted. */
    bool may_hold;              /* If not wanted: the hold time applies. */
    bool lost;                  /* Counted in 'port->n_held'. */
    long long int lost_until;   /* If lost: it stays until then at least. */
    long long int next_write;   /* Damping: not before. */
    long long int patient_until; /* If wanted: it is not inserted without its
                                  * MAC address before; 0: never tried. */
    bool in_flight;             /* In the list of that name. */
    unsigned int n_rivals;      /* Times that someone else deleted it, in
                                 * short succession, */
    long long int last_rival;   /* the last time then. */
};

struct learn_rows {
    struct hmap rows;           /* Of struct row. */
    struct hmap ports;          /* Of struct rows_port. */
    struct hmap datapaths;      /* Of struct rows_port: those managed that have
                                 * rows.  A router may have many others. */
    struct hmap actuals;        /* Of struct actual, by UUID. */
    struct ovs_list dirty;      /* Of struct row. */
    struct ovs_list in_flight;  /* Of struct row. */
    struct heap timers;         /* Of struct row; the earliest on top. */
    unsigned int round;
    unsigned int ports_seqno;   /* Changes with the managed ports. */
    size_t n_wanted;
};

/* learn-rows.c */

/* The hash of rows of this port and prefix. */
uint32_t learn_rows_hash(const struct uuid *port,
                         const struct ip_prefix *prefix);

/* Has 'port' in 'datapaths' if it is to be there, else not. */
void learn_rows_port_index(struct learn_rows *, struct rows_port *port);

/* Frees 'port' if nothing needs it. */
void learn_rows_port_unref(struct learn_rows *, struct rows_port *port);

/* learn-rows-take.c */

/* Has 'row' looked at by the next learn_rows_take(). */
void learn_rows_dirty(struct learn_rows *, struct row *row);

/* And with it those of its prefix that it may take the place of. */
void learn_rows_dirty_prefix(struct learn_rows *, struct row *row);

/* 'row' no longer waits. */
void learn_rows_stop_timer(struct learn_rows *, struct row *row);

/* Frees 'row' if nothing needs it.  For the sake of damping, it outlives its
 * deletion from the table a bit; at a full second, so that many that go one by
 * one do not wake the program up as often. */
void learn_rows_unref(struct learn_rows *, struct row *row,
                      long long int now);

/* Counts 'row' as held, or no more. */
void learn_rows_set_lost(struct row *row, bool lost);

#endif /* controller/learn-rows-private.h */
