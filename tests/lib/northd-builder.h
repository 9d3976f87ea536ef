/* northd-builder -- Northbound contents for unit tests, in few words.
 *
 * Objects have names instead of uuids, options are words "KEY=VALUE" separated
 * by blanks, of which KEY may leave out "dynamic-routing-" by starting with
 * '-', as in "dynamic-routing=true -redistribute=nat".  A '~' in VALUE stands for
 * a blank.
 */
#ifndef TESTS_LIB_NORTHD_BUILDER_H
#define TESTS_LIB_NORTHD_BUILDER_H 1

#include <stdbool.h>

#include "lib/problem.h"
#include "northd/advertised-route.h"
#include "northd/dynamic-routing-port.h"
#include "northd/router-check.h"
#include "northd/view.h"
#include "smap.h"
#include "sset.h"

/* A view, and what is computed from it step by step. */
struct nb {
    struct view view;
    struct advertised_routes *routes;
    struct dynamic_routing_ports ports;
    struct router_checks checks;
    struct problem_set problems;
    unsigned int needs;         /* VIEW_NEED_*: of the last nb_check_law(), and
                                 * of all changes since. */

    /* What a reader holds who follows nothing but the notes of change. */
    struct sset route_lines;
    struct smap port_lines;
};

void nb_init(struct nb *);
void nb_destroy(struct nb *);

/* cmocka fixtures: '*state' is a struct nb. */
int nb_setup(void **state);
int nb_teardown(void **state);

/* The uuid of the object called 'name'. */
struct uuid nb_uuid(const char *name);

/* Adds or changes a router; "disabled" among 'options' disables it. */
void nb_router(struct nb *, const char *name, const char *options);
void nb_router_del(struct nb *, const char *name);

/* Adds or changes a port of 'router' with 'networks', separated by blanks.
 * Among 'options', "gw" makes it a gateway port, "peer=NAME" sets its peer. */
void nb_port(struct nb *, const char *router, const char *name,
             const char *networks, const char *options);
void nb_port_del(struct nb *, const char *name);

/* Connects the router port 'port' with 'sw' through a switch port called
 * "SW-PORT". */
void nb_connect(struct nb *, const char *sw, const char *port);
void nb_disconnect(struct nb *, const char *sw, const char *port);

/* Adds a switch port that is connected with no router. */
void nb_vif(struct nb *, const char *sw, const char *name);
void nb_vif_del(struct nb *, const char *name);

/* Gives the switch port 'name' its addresses, texts separated by ';', and its
 * dynamic ones, a text or NULL.  'flags' are of "virtual", "no-advertise". */
void nb_host(struct nb *, const char *name, const char *addresses,
             const char *dynamic, const char *flags);

/* Binds the virtual port 'name' at 'parent', or nowhere if that is NULL. */
void nb_parent(struct nb *, const char *name, const char *parent);

/* Adds or changes a NAT of 'router'.  'spec' is "TYPE EXTERNAL_IP LOGICAL_IP"
 * and then any of "port=NAME", "mac=MAC", "gw=ROUTER_PORT", "allowed",
 * "exempted", "no-advertise", "metric=TEXT". */
void nb_nat(struct nb *, const char *router, const char *name,
            const char *spec);
void nb_nat_del(struct nb *, const char *name);

/* Adds or changes a static route of 'router'.  'spec' is "PREFIX NEXTHOP" and
 * then any of "port=NAME", "table=NAME", "origin=TEXT", "metric=TEXT", "src-ip",
 * "bfd", "bfd-down", "learned=UUID", "via=ADDRESS", "wrote=TEXT",
 * "no-advertise"; NEXTHOP "-" is an empty one. */
void nb_route(struct nb *, const char *router, const char *name,
              const char *spec);
void nb_route_del(struct nb *, const char *name);

/* Adds or changes a load balancer.  'spec' is words: "VIP" or "VIP=BACKENDS",
 * "check=VIP", "map=IP=PORT" (without the source address), and any of
 * "metric:TEXT", "template", "health", "no-advertise". */
void nb_lb(struct nb *, const char *name, const char *spec);
void nb_lb_del(struct nb *, const char *name);

/* Puts load balancers, names separated by blanks, on 'router'; puts groups of
 * the same form there; fills a group. */
void nb_lb_on(struct nb *, const char *router, const char *lbs);
void nb_groups_on(struct nb *, const char *router, const char *groups);
void nb_group(struct nb *, const char *group, const char *lbs);

/* Sets the service monitor of 'logical_port' for 'ip' and TCP 'port'. */
void nb_monitor(struct nb *, const char *logical_port, const char *ip,
                int port, bool down);

/* Sets the template variables of 'chassis', words KEY=VALUE. */
void nb_template(struct nb *, const char *chassis, const char *variables);

/* Brings the incremental results up to date.  Fails the test with 'what' and
 * the difference if they, as a reader sees them who only follows the notes of
 * change, differ from a full computation: of the routes both port by port and
 * object by object, of the ports of dynamic routing, of the problems; or if what
 * the changes made necessary to monitor is less than what all of it does. */
void nb_check_law(struct nb *, const char *what);

/* Asserts that the routes are 'expected', lines "PORT PREFIX" or "PORT PREFIX
 * TRACKED_PORT", either with " metric=N" if there is one, in sorted order, each with a new-line, and that
 * nb_check_law() holds. */
void nb_assert_routes(struct nb *, const char *expected);

/* Asserts that the rows for ports are 'expected', lines "PORT BINDING_PORT
 * ROUTER KEY=VALUE..." with sorted keys, in sorted order, each with a
 * new-line. */
void nb_assert_ports(struct nb *, const char *expected);

/* Asserts that there is just one problem, whose "OBJECT: TEXT" contains
 * 'part', or none if 'part' is NULL. */
void nb_assert_problem(struct nb *, const char *part);

#endif /* tests/lib/northd-builder.h */
