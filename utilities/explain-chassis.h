/* explain-chassis -- the Southbound and the chassis' part of the chain: rows,
 * where the router is bound, metric, table, VRF, kernel route.
 *
 * What only the chassis knows is asked for through a probe when this is that
 * chassis, and taken from its row of Route_Exchange_Chassis if not; the links
 * say which.  FRR's part is explain-frr.h's.
 *
 * Ownership: borrows all that it is given.  Pure, if the probe is;
 * single-threaded. */
#ifndef UTILITIES_EXPLAIN_CHASSIS_H
#define UTILITIES_EXPLAIN_CHASSIS_H 1

#include <stdbool.h>
#include <stdint.h>

struct explain_candidate;
struct explain_chain;
struct sb_facts;

/* Asks programs of this host.  The functions return the answer, or NULL and
 * what is wrong in '*error'; both are the caller's. */
struct explain_probe {
    const char *chassis;        /* This host's system-id, or NULL. */
    const char *vtysh;          /* How users run it: "vtysh -N NAME". */
    char *(*controller)(void *aux, const char *command, const char *argument,
                        char **error);
    char *(*frr)(void *aux, const char *command, char **error);
    void *aux;
};

struct explain_sight {
    const struct sb_facts *sb;
    int64_t nb_cfg;             /* NB_Global's. */
    const char *chassis;        /* The only one to look at, or NULL. */
    const struct explain_probe *probe;
    bool systemd;               /* Daemons are started by systemctl. */
};

/* Adds the links from the row on for 'candidate' to 'chain'. */
void explain_chassis(struct explain_chain *, const struct explain_sight *,
                     const struct explain_candidate *candidate);

/* The command that starts 'daemon', "ovn-route-northd" or
 * "ovn-route-controller".  The caller must free() it. */
char *explain_start_command(const struct explain_sight *, const char *daemon);

#endif /* utilities/explain-chassis.h */
