/* learned-check.c: is what was worked out step by step what one who comes anew
 * works out?  See learned-routes.h. */
#include <config.h>
#include "northd/learned-private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

/* More differences than these are only counted. */
#define MAX_REPORTED 10

static void
copy_row(struct learned_routes *fresh, const struct learned_row *row)
{
    char prefix[IP_PREFIX_STRLEN], nexthop[IP_PREFIX_STRLEN];
    char *mac = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(row->mac));
    struct learned_row_config config = {
        .port = row->port ? row->port->name : NULL,
        .ip_prefix = row->fault ? "" : ip_prefix_format(&row->prefix, prefix),
        .nexthop = row->fault ? "" : ip_prefix_format(&row->nexthop, nexthop),
        .chassis = row->chassis,
        .nexthop_mac = eth_addr_is_zero(row->mac) ? NULL : mac,
    };

    learned_routes_set_row(fresh, &row->uuid, &config);
    free(mac);
}

static void
copy_address(struct learned_routes *fresh, const struct learned_address *a)
{
    char address[IP_PREFIX_STRLEN], nexthop[IP_PREFIX_STRLEN];

    ip_prefix_format(&a->address, address);
    if (a->reserved.family) {
        char *key = xasprintf(LEARNED_RESERVATION"%s:%s", a->port, address);

        learned_nexthop_set_reservation(
            fresh, key, ip_prefix_format(&a->reserved, nexthop));
        free(key);
    }
    if (a->fixed) {
        learned_nexthop_set_fixed(fresh, &a->fixed->uuid, a->port, address,
                                  a->fixed->right);
    }
    if (a->bound) {
        char *mac = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(a->bound->mac));

        learned_nexthop_set_binding(fresh, &a->bound->uuid, a->port, address,
                                    mac, a->bound->right);
        free(mac);
    }
}

/* Tells 'fresh' all that 'lrs' was told. */
static void
copy_facts(struct learned_routes *fresh, const struct learned_routes *lrs)
{
    const struct learned_address *address;
    const struct learned_row *row;

    learned_holders_copy(fresh, lrs);
    HMAP_FOR_EACH (row, node, &lrs->rows) {
        copy_row(fresh, row);
    }
    HMAP_FOR_EACH (address, node, &lrs->addresses) {
        copy_address(fresh, address);
    }
    learned_nexthop_set_known(fresh, &lrs->known);
}

static void
put_uuid(const struct uuid *uuid, void *lines)
{
    sset_add_and_free(lines, xasprintf("garbage "UUID_FMT, UUID_ARGS(uuid)));
}

/* Adds to 'lines' what 'lrs' has worked out. */
static void
put_lines(const struct learned_routes *lrs, struct sset *lines)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *save_ptr = NULL;

    learned_routes_format(lrs, NULL, &s);
    for (char *line = strtok_r(ds_cstr(&s), "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        sset_add(lines, line);
    }
    learned_routes_for_each_garbage(lrs, SIZE_MAX, put_uuid, lines);
    ds_destroy(&s);
}

/* Reports the lines of 'a' that are not in 'b' as 'what'; returns how many. */
static size_t
compare(const struct sset *a, const struct sset *b, const char *what,
        struct ds *report)
{
    const char *line;
    size_t n = 0;

    SSET_FOR_EACH (line, a) {
        if (!sset_contains(b, line) && n++ < MAX_REPORTED) {
            ds_put_format(report, "%s: learned %s\n", what, line);
        }
    }
    return n;
}

size_t
learned_routes_check(const struct learned_routes *lrs, struct view *view,
                     const struct dynamic_routing_ports *ports,
                     struct ds *report)
{
    struct learned_routes *fresh = learned_routes_create();
    struct sset ours = SSET_INITIALIZER(&ours);
    struct sset theirs = SSET_INITIALIZER(&theirs);
    bool all = view->changes.all;
    struct problem_set ignored;
    size_t n;

    problem_set_init(&ignored);
    copy_facts(fresh, lrs);
    view->changes.all = true;
    learned_routes_run(fresh, view, ports, &ignored, 0);
    view->changes.all = all;

    put_lines(lrs, &ours);
    put_lines(fresh, &theirs);
    n = compare(&theirs, &ours, "missing", report);
    n += compare(&ours, &theirs, "too much", report);

    sset_destroy(&ours);
    sset_destroy(&theirs);
    problem_set_destroy(&ignored);
    learned_routes_destroy(fresh);
    return n;
}
