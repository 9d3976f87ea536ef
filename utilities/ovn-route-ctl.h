/* ovn-route-ctl -- what the commands of the operators' tool share.
 *
 * Private to the ovn-route-ctl-*.c files. */
#ifndef UTILITIES_OVN_ROUTE_CTL_H
#define UTILITIES_OVN_ROUTE_CTL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/compiler.h"
#include "lib/ssl-files.h"
#include "utilities/explain-chassis.h"

struct ds;
struct json;
struct ovsdb_idl;
struct smap;

/* Exit codes of all commands. */
enum {
    CTL_YES = 0,                /* Done; advertised; nothing found. */
    CTL_NO = 1,                 /* Not advertised; something found. */
    CTL_ERROR = 2,              /* Could not be found out, or done. */
};

struct ctl {
    /* Options. */
    const char *nb_db;
    const char *sb_db;
    const char *ovs_db;
    const char *pathspace;      /* FRR's -N, or NULL. */
    const char *router;
    const char *chassis;
    const char *asn;            /* For frr-config, or NULL; so below. */
    const char *neighbors;      /* Separated by commas or blanks. */
    const char *wait;           /* "sb", "kernel", or NULL. */
    unsigned int timeout;       /* Seconds; 0: none. */
    bool json;
    bool watch;
    bool dry_run;
    bool force;
    bool deprefer;
    bool schema;
    bool color;                 /* Standard output is a terminal. */

    struct ssl_names ssl;       /* -p, -c, -C; what is NULL is that of the
                                 * local Open_vSwitch database. */
    struct ssl_files *ssl_files; /* Of ovn-route-ctl-ssl.c. */
    bool ssl_sought;            /* Likewise. */

    bool quiet;                 /* No progress line. */
    const struct ds *laggards;  /* Who is being waited for, or NULL. */

    /* Words after the command's. */
    int argc;
    char **argv;

    struct ovsdb_idl *nb;       /* NULL until ctl_connect(). */
    struct ovsdb_idl *sb;
    char *system_id;            /* This host's, or NULL. */
    struct explain_probe probe;
};

/* Ends the program with CTL_ERROR. */
OVS_NO_RETURN void ctl_fail(const char *format, ...) OVS_PRINTF_FORMAT(1, 2);

/* Databases: creates 'ctl->nb' and 'ctl->sb', calls 'want' for each to choose
 * columns, and waits until both are there and read.  Failure ends the program;
 * progress shows on a terminal after a second. */
void ctl_connect(struct ctl *, void (*want_nb)(struct ovsdb_idl *),
                 void (*want_sb)(struct ovsdb_idl *));

/* The databases' remotes: those of the command line or the environment, else
 * this host's servers; on a chassis that has none, the Southbound one that its
 * daemons use, and the Northbound one at the usual port beside it. */
const char *ctl_sb_remote(struct ctl *);
const char *ctl_nb_remote(struct ctl *);

/* SSL: to be called once with the options, and before a connection with
 * 'remotes': takes keys from where ovn-route-controller has them. */
void ctl_ssl_init(struct ctl *);
void ctl_ssl_use(struct ctl *, const char *remotes);

/* As ssl_files_explain(). */
char *ctl_ssl_explain(const struct ctl *, const char *remotes, int error);

/* The remote of the Southbound database that ovn-route-controller uses here,
 * or NULL; the caller must free() it. */
char *ctl_chassis_remote(struct ctl *);

/* As ctl_connect(), but returns what failed, or NULL; the caller must free()
 * it. */
char *ctl_try_connect(struct ctl *, void (*want_nb)(struct ovsdb_idl *),
                      void (*want_sb)(struct ovsdb_idl *));

/* Follows both until 'done' is true.  'what' is what is being waited for. */
void ctl_wait_until(struct ctl *, bool (*done)(struct ctl *, void *aux),
                    void *aux, const char *what);

/* Raises NB_Global's nb_cfg, which 'ctl->nb' has to follow, by one, and returns
 * its new value: stock ovn-northd copies it to SB_Global once it has followed
 * all that was written before. */
int64_t ctl_bump(struct ctl *);

/* This host. */

/* A healthy program of this host answers long before this. */
#define CTL_ANSWER_SECONDS 10

/* Reads 'ctl->system_id' from the local Open_vSwitch database, if there is
 * one, and fills in 'ctl->probe'. */
void ctl_find_host(struct ctl *);

/* Runs 'command' with 'args' (NULL-terminated, may be NULL) of the daemon
 * called 'target' by its control socket.  Returns the answer, or NULL and
 * what is wrong in '*error'; the caller must free() both. */
char *ctl_appctl(const char *target, const char *command,
                 const char *const args[], char **error);

/* Runs the program 'argv', waiting at most 'seconds'.  Returns its standard
 * output, or NULL and what is wrong in '*error'; the caller must free()
 * both. */
char *ctl_run_program(const char *const argv[], int seconds, char **error);

/* Calls 'method' with 'params', which is consumed, of the JSON-RPC server at
 * 'remote', waiting at most 'seconds'.  Returns the result, or NULL and what is wrong in '*error'; the
 * caller must free both. */
struct json *ctl_rpc(const char *remote, const char *method,
                     struct json *params, int seconds, char **error);

/* The same for an operation, which is consumed, on the local Open_vSwitch
 * database; reading 'columns', a JSON array, of the first row of 'table', an
 * object that the caller must free; and reading external_ids of its only row
 * into 'ids', which is initialised: true if that worked. */
struct json *ctl_ovs_transact(struct ctl *, struct json *operation,
                              char **error);
struct json *ctl_ovs_first_row(struct ctl *, const char *table,
                               const char *columns, char **error);
bool ctl_read_ovs_ids(struct ctl *, struct smap *ids, char **error);

/* Reads from the local Open_vSwitch database which logical port each interface
 * is, into 'interfaces', which is initialised: logical port to device.  False
 * and what is wrong in '*error', which the caller must free, if that did not
 * work. */
bool ctl_read_interfaces(struct ctl *, struct smap *interfaces, char **error);

/* True if this host runs systemd. */
bool ctl_has_systemd(void);

/* True if an ovn-route-northd holds its lock. */
bool ctl_northd_runs(struct ctl *);

/* True if the Southbound schema has the tables of OVN >= 25.03. */
bool ctl_schema_is_native(struct ctl *);

/* Takes our tables out of the Southbound schema. */
void ctl_schema_remove(struct ctl *);

/* Commands: each returns the exit code. */
int ctl_doctor(struct ctl *);
int ctl_drain(struct ctl *);
int ctl_explain(struct ctl *);
int ctl_frr_config(struct ctl *);
int ctl_purge(struct ctl *);
int ctl_schema(struct ctl *);
int ctl_show(struct ctl *);
int ctl_sync(struct ctl *);

#endif /* utilities/ovn-route-ctl.h */
