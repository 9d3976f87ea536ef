/* northd-status -- what ovn-route-northd tells by unixctl.
 *
 * The commands "status", "problem/list" and "rows/show [ROUTER]"
 * and "learned/show [ROUTER]".  They only read.  Single-threaded.
 */
#ifndef NORTHD_NORTHD_STATUS_H
#define NORTHD_NORTHD_STATUS_H 1

struct advertised_routes;
struct demand;
struct learned_routes;
struct nb_learned_writer;
struct ovsdb_idl;
struct problem_set;
struct sb_writer;
struct view;

/* What the commands read. */
struct northd_status {
    struct ovsdb_idl *nb_idl;
    struct ovsdb_idl *sb_idl;
    const struct demand *demand;
    const struct view *view;
    const struct advertised_routes *routes;
    const struct learned_routes *learned;
    const struct sb_writer *sb_writer;
    const struct nb_learned_writer *nb_writer;
    const struct problem_set *problems;
    unsigned long long int runs; /* Computations. */
    long long int last_run_us;  /* How long the last one took. */
};

/* Registers the commands.  '*status' and all in it must live as long as the
 * unixctl server; the caller updates it. */
void northd_status_register(const struct northd_status *);

/* Reports memory use when memory_should_report(): what we hold, in numbers of
 * objects. */
void northd_status_memory(const struct northd_status *);

#endif /* northd/northd-status.h */
