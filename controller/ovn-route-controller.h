/* ovn-route-controller -- the daemon's parts, for its own .c files only.
 *
 * ovn-route-controller.c has options and the main loop, ovn-route-learn.c what
 * connects the parts that learn routes, ovn-route-report.c
 * what the outside learns by itself (log, status row), ovn-route-unixctl.c
 * what it learns when it asks. */
#ifndef CONTROLLER_OVN_ROUTE_CONTROLLER_H
#define CONTROLLER_OVN_ROUTE_CONTROLLER_H 1

#include <stdbool.h>
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/ovs-view.h"
#include "controller/route-gate.h"
#include "controller/route.h"
#include "lib/open-metrics.h"
#include "lib/problem.h"

struct chassis_status;
struct datapath_view;
struct ds;
struct metrics_status;
struct learner;
struct learn_rows;
struct ovs_view;
struct ovs_view_config;
struct route_exchange;
struct route_plan;
struct sb_learned_writer;
struct sb_view;
struct simap;
struct smap;
struct ssl_files;
struct unixctl_conn;

/* How the daemon ends.  SIGTERM and crashes end it without any of this, and
 * leave routes and VRFs in place (D13). */
enum controller_phase {
    CONTROLLER_RUNNING,
    CONTROLLER_WITHDRAWING,     /* Removes routes and VRFs. */
    CONTROLLER_CLEARING,        /* Deletes its status row. */
    CONTROLLER_DONE,            /* Leaves the main loop. */
};

/* What the command line says. */
struct controller_options {
    const char *ovs_remote;     /* The local Open_vSwitch database. */
    const char *chassis;        /* -n; NULL: not given. */
    const char *unixctl;        /* --unixctl; NULL: not given. */
    const char *private_key;    /* -p; NULL: from the database, as are the */
    const char *certificate;    /* -c;                       next two. */
    const char *ca_cert;        /* -C or --bootstrap-ca-cert, */
    bool bootstrap_ca_cert;     /* the latter. */
    int netlink_rcvbuf;         /* --netlink-rcvbuf; 0: the usual one. */
    bool no_metrics;            /* --metrics=none. */
    char *metrics_port;         /* --metrics: a passive stream; NULL: none. */
};

/* Fills in '*options', or ends the process with a message. */
void controller_options_parse(struct controller_options *options, int argc,
                              char *argv[]);

/* Unless the process runs as root, gives up all rights but CAP_NET_ADMIN, which
 * it need not have, and that to gain any. */
void controller_drop_privileges(void);

/* The right to write in this network namespace: see ovn-route-lock.c. */
struct controller_lock {
    int fd;                     /* The listening socket, or -1. */
    bool held;                  /* We may write. */
    pid_t owner;                /* Who has it if we do not; 0: not known. */
    long long int next;         /* When to try again. */
};

struct controller {
    struct controller_lock lock;
    struct ssl_files *ssl;
    struct ovs_view *ovs;
    struct sb_view *sb;
    struct route_plan *plan;
    struct route_exchange *engine;
    struct chassis_status *status;

    /* Whether and how to advertise: see ovn-route-gate.c. */
    struct route_gate gate;
    struct datapath_view *datapath;
    enum route_plan_mode mode;  /* Of 'plan'. */
    bool plan_whole;            /* 'plan' is as the Southbound database was
                                 * when that was last known in full. */
    struct unixctl_conn *drain_conn; /* Waits for its "drain", or NULL. */

    /* Learned routes. */
    struct learner *learn;
    struct learn_rows *learn_rows;
    struct sb_learned_writer *learned_writer;
    bool learn_primed;          /* 'learn' was given ports and interfaces. */
    unsigned int learn_ports_seqno; /* Of 'plan', */
    unsigned int learn_devices_seqno; /* and of 'ovs', when it was. */

    enum controller_phase phase;
    long long int exit_deadline; /* Ends any phase but CONTROLLER_RUNNING. */
    struct unixctl_conn **exit_conns; /* Answered when CONTROLLER_DONE. */
    size_t n_exit_conns, allocated_exit_conns;

    /* Metrics: see ovn-route-metrics.c. */
    struct metrics_status *metrics; /* NULL: not wanted. */
    struct open_metrics_histogram latency; /* From the Northbound database to
                                            * the kernel. */
    int64_t latency_cfg;        /* The number that was measured last, or -1:
                                 * none is known. */

    /* Reports. */
    struct problem_set own;     /* Problems of no other part. */
    struct problem_set shown;   /* All problems, as logged. */
    unsigned int shown_seqno;   /* What 'shown' was made from. */
    long long int next_report;  /* When 'shown' may be made again. */
    long long int last_complete; /* When the Southbound database was known in
                                  * full, or the daemon started. */
    bool was_complete;          /* It was, as reports see it, at the last
                                 * turn: all was quiet since. */
    long long int away_until;   /* When a connection with it that came back
                                 * will have held. */
    long long int stock_until;  /* Until then, its loss is no news, since it
                                 * lacked our tables. */
    int sb_last_error;          /* The last that connecting with it gave, */
    int sb_error;               /* the same if since it was connected. */
    long long int last_clean;   /* When there was no row without references,
                                 * or the daemon started. */
    bool status_pending;        /* The status row may be out of date. */
};

/* Begins to end the daemon: at once if 'restart', else after the kernel was
 * cleaned up, unless the chassis is configured to leave all as it is, or its
 * configuration is not known, or the routes are not ours: OVN itself does our
 * work, or another process.  'conn' is answered then. */
void controller_exit(struct controller *, bool restart,
                     struct unixctl_conn *conn);

/* Takes the lock when it is free, and keeps it. */
void controller_lock_init(struct controller_lock *);
void controller_lock_destroy(struct controller_lock *);
void controller_lock_run(struct controller_lock *, long long int now);
void controller_lock_wait(const struct controller_lock *);

/* Runs the gates and decides on the plan's mode, before route_plan_run(). */
void controller_gate_init(struct controller *);
void controller_gate_destroy(struct controller *);
void controller_gate_run(struct controller *, long long int now);
/* Notes, after sb_view_follow(), whether the plan is whole. */
void controller_gate_note(struct controller *);
void controller_gate_wait(struct controller *);
/* True if the gate keeps something back, or may do so. */
bool controller_gate_holds(const struct controller *);

/* True if the engine may delete what the plan does not want. */
bool controller_may_delete(const struct controller *);

/* Reports to 'own', as 'source', why nothing is advertised, and keys that
 * cannot be used. */
void controller_gate_report(struct controller *, const char *source);

/* Writes the drain into the local database and replies when that is done. */
void controller_drain(struct controller *, enum ovs_view_drain,
                      struct unixctl_conn *);

/* Has the daemon answer commands. */
void controller_register_commands(struct controller *);

/* Learns routes: from 'plan', 'ovs' and 'engine' to the Southbound database.
 * To be created after these and destroyed before. */
void controller_learn_create(struct controller *);
void controller_learn_destroy(struct controller *);
void controller_learn_run(struct controller *, long long int now);
void controller_learn_wait(const struct controller *);

void controller_learn_get_memory_usage(const struct controller *,
                                       struct simap *usage);

/* True if what the kernel has is written. */
bool controller_learn_is_settled(const struct controller *);

/* Measures, and serves what was measured. */
void controller_metrics_init(struct controller *,
                             const struct controller_options *);
void controller_metrics_destroy(struct controller *);
void controller_metrics_run(struct controller *, long long int now);
void controller_metrics_wait(struct controller *);

/* Reports to 'own', as 'source', what cannot be served. */
void controller_metrics_report(struct controller *, const char *source);

/* Appends the whole document. */
void controller_metrics_format(struct controller *, struct ds *);

/* Logs what is new, keeps the status row current. */
void controller_report_init(struct controller *);
void controller_report_destroy(struct controller *);
void controller_report_run(struct controller *, long long int now);
void controller_report_wait(struct controller *, long long int now);

/* Brings 'shown' up to date without waiting for its turn. */
void controller_report_refresh(struct controller *);

/* Fills 'status' with what the status row says. */
void controller_report_status(struct controller *, struct smap *status);

/* True if the kernel is as the Southbound database wants it, as far as the
 * kernel lets it be, and the database is known in full. */
bool controller_is_settled(const struct controller *);

#endif /* controller/ovn-route-controller.h */
