/* ovn-route-northd -- the daemon's parts, for its own .c files only.
 *
 * ovn-route-northd.c has the main loop, ovn-route-options.c the command line,
 * ovn-route-unixctl.c the commands that change something (northd-status.c has
 * those that only read). */
#ifndef NORTHD_OVN_ROUTE_NORTHD_H
#define NORTHD_OVN_ROUTE_NORTHD_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/problem.h"
#include "lib/ssl-files.h"
#include "northd/connection-status.h"
#include "northd/demand-view.h"
#include "northd/dynamic-routing-port.h"
#include "northd/northd-status.h"
#include "northd/router-check.h"
#include "northd/view.h"

struct advertised_routes;
struct learned_routes;
struct nb_learned_writer;
struct nb_view;
struct ovsdb_idl;
struct sb_schema;
struct sb_source_view;
struct sb_writer;

struct northd {
    struct ssl_files *ssl;
    struct ssl_names ssl_names; /* As the command line has them. */
    struct ovsdb_idl *nb_idl;
    struct ovsdb_idl *sb_idl;
    struct connection nb;
    struct connection sb;
    struct nb_view *nb_view;
    struct sb_source_view *sb_source_view;
    struct demand demand;       /* What the servers are to send for 'view'. */
    struct view view;
    bool ready;                 /* All of that is in 'view'. */
    int64_t nb_cfg;             /* As of the last northd_compute(), or -1. */
    struct advertised_routes *routes;
    struct dynamic_routing_ports ports;
    struct router_checks checks;
    struct learned_routes *learned;
    struct sb_schema *sb_schema;
    struct sb_writer *sb_writer;
    struct nb_learned_writer *nb_writer;
    struct problem_set problems;
    struct northd_status status;
    bool had_lock;
    bool exiting;
};

/* The command line. */
struct northd_options {
    const char *nb_db;
    const char *sb_db;
    const char *unixctl_path;
    struct ssl_names ssl;
};

/* Reads the command line.  Ends the process after --help, --version and what it
 * does not understand.  What '*options' points to is never freed. */
void northd_parse_options(int argc, char *argv[], struct northd_options *);

/* Brings the desired rows up to date with the view, if that changed.  Does
 * nothing while it is not ready. */
void northd_compute(struct northd *);

/* Registers the commands; '*northd' must live as long as the server. */
void northd_register_commands(struct northd *);

#endif /* northd/ovn-route-northd.h */
