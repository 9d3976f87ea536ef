/* frr-render.c: renders FRR's configuration.  See the header. */
#include <config.h>
#include "utilities/frr-render.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "util.h"
#include "utilities/frr-text.h"
#include "utilities/frr-uplink.h"

/* Paths of equal cost that are used, unless there are more neighbors or FRR
 * has a number already; and what any FRR can be built with. */
#define MAX_PATHS 8
#define MAX_PATHS_LIMIT 64

#define BFD_PROFILE "ovn-fabric"
#define REDISTRIBUTE_MAP "ovn-redistribute"

/* Longer names of router ports are cut in names of route-maps. */
#define MAP_PORT_LEN 48

/* A VRF that is being rendered. */
struct context {
    const struct frr_render *fr;
    const struct frr_vrf *vrf;
    const struct frr_bgp *running; /* FRR's instance there, or NULL. */
    size_t n_uplinks;
    size_t n_neighbors;
};

/* Appends a name of OVN's, or the first line of a text, for a comment, which
 * it must not end. */
static void
put_name(const char *name, struct ds *ds)
{
    for (const char *p = name; *p && *p != '\n'; p++) {
        ds_put_char(ds, iscntrl((unsigned char) *p) ? '?' : *p);
    }
}

static void
render_redistribution(const struct frr_render *fr, struct ds *ds)
{
    ds_put_cstr(ds,
                "! Kernel routes into BGP: never a default route.  The metric "
                "goes out as MED, and\n"
                "! as a large community that peers can match.\n"
                "ip prefix-list ovn-default seq 5 permit 0.0.0.0/0\n"
                "ipv6 prefix-list ovn-default seq 5 permit ::/0\n"
                "route-map "REDISTRIBUTE_MAP" deny 10\n"
                " match ip address prefix-list ovn-default\n"
                "exit\n"
                "route-map "REDISTRIBUTE_MAP" deny 20\n"
                " match ipv6 address prefix-list ovn-default\n"
                "exit\n");
    for (size_t i = 0; i < fr->n_metrics; i++) {
        ds_put_format(ds, "route-map "REDISTRIBUTE_MAP" permit %"PRIuSIZE"\n"
                      " match metric %"PRIu32"\n"
                      " set large-community %s:0:%"PRIu32"\n"
                      "exit\n", 100 + 10 * i, fr->metrics[i], fr->asn,
                      fr->metrics[i]);
    }
    ds_put_cstr(ds, "route-map "REDISTRIBUTE_MAP" permit 65000\n"
                "exit\n"
                "!\n");
}

/* Without bfdd nobody minds these lines.  An operator's own timers stay. */
static void
render_bfd(const struct frr_render *fr, struct ds *ds)
{
    ds_put_cstr(ds, "! A link that fails in silence ends its session in 0.9 "
                "s, if the neighbor has BFD,\n"
                "! too.  It wants bfdd=yes in /etc/frr/daemons.\n"
                "bfd\n"
                " profile "BFD_PROFILE"\n");
    if (!fr->running
        || !sset_contains(&fr->running->bfd_profiles, BFD_PROFILE)) {
        ds_put_cstr(ds, "  transmit-interval 300\n"
                    "  receive-interval 300\n"
                    "  detect-multiplier 3\n");
    }
    ds_put_cstr(ds, " exit\n"
                "exit\n"
                "!\n");
}

/* Route-maps. */

/* Appends 'name' as a part of a route-map's name; two names never look the
 * same. */
static void
put_map_part(const char *name, struct ds *ds)
{
    size_t n = strlen(name);
    bool changed = n > MAP_PORT_LEN;

    for (size_t i = 0; i < MIN(n, MAP_PORT_LEN); i++) {
        bool ok = isalnum((unsigned char) name[i]) || strchr("-_.:", name[i]);

        ds_put_char(ds, ok ? name[i] : '_');
        changed = changed || !ok;
    }
    if (changed) {
        ds_put_format(ds, "-%08"PRIx32, hash_string(name, 0));
    }
}

/* Returns the name of the route-map for what is sent to 'neighbor', for the
 * caller to free.  Where a VRF has one uplink it does not say which, so that
 * it is what it always was. */
static char *
map_name(const struct context *c, const struct frr_neighbor *neighbor)
{
    struct ds name = DS_EMPTY_INITIALIZER;

    ds_put_format(&name, "ovn-%s-", c->vrf->name);
    if (c->n_uplinks > 1) {
        put_map_part(neighbor->port->name, &name);
        ds_put_char(&name, '-');
    }
    ds_put_cstr(&name, neighbor->family ? "numbered" : "unnumbered");
    if (neighbor->extra_network) {
        ds_put_format(&name, "-%s", (neighbor->family == AF_INET
                                     ? neighbor->nexthops.v4
                                     : neighbor->nexthops.v6));
    }
    return ds_steal_cstr(&name);
}

/* The route-map for what is sent to neighbors with addresses, or over
 * interfaces.  On a link both share, bgpd adds its own link-local address to a
 * global next hop, and the neighbor prefers it: so that is set for both. */
static void
render_out_map(const char *name, const struct frr_neighbor *neighbor,
               struct ds *ds)
{
    const struct frr_nexthops *nh = &neighbor->nexthops;

    ds_put_format(ds, "route-map %s permit 10\n", name);
    if (neighbor->family && nh->v4[0]) {
        ds_put_format(ds, " set ip next-hop %s\n", nh->v4);
    }
    if (nh->v6[0]) {
        ds_put_format(ds, " set ipv6 next-hop global %s\n", nh->v6);
    }
    if (nh->local[0]) {
        ds_put_format(ds, " set ipv6 next-hop local %s\n", nh->local);
    }
    ds_put_cstr(ds, "exit\n");
}

/* Those with addresses first. */
static void
render_out_maps(const struct context *c, struct ds *ds)
{
    struct sset done = SSET_INITIALIZER(&done);
    const struct frr_neighbor *neighbor;

    for (int pass = 0; pass < 2; pass++) {
        LIST_FOR_EACH (neighbor, node, &c->vrf->neighbors) {
            char *name = map_name(c, neighbor);

            if ((neighbor->family ? 0 : 1) == pass && sset_add(&done, name)) {
                render_out_map(name, neighbor, ds);
            }
            free(name);
        }
    }
    sset_destroy(&done);
}

/* Neighbors. */

static bool
is_running(const struct context *c, const struct frr_neighbor *neighbor)
{
    return (c->running
            && shash_find(&c->running->definitions, neighbor->name));
}

/* Appends the lines that FRR has for 'name'.  True if they say what AS it is
 * in. */
static bool
put_definition(const struct frr_bgp *bgp, const char *name, struct ds *ds)
{
    const char *lines = shash_find_data(&bgp->definitions, name);

    for (const char *p = lines; p && *p; p += strcspn(p, "\n")) {
        p += *p == '\n';
        ds_put_format(ds, " %.*s\n", (int) strcspn(p, "\n"), p);
    }
    return lines && strstr(lines, " remote-as ");
}

static void
render_neighbor(const struct context *c, const struct frr_neighbor *neighbor,
                struct sset *groups, struct ds *ds)
{
    bool has_as = false;

    if (is_running(c, neighbor)) {
        const char *group = shash_find_data(&c->running->groups,
                                            neighbor->name);
        struct ds unused = DS_EMPTY_INITIALIZER;

        if (group) {
            has_as = put_definition(c->running, group,
                                    sset_add(groups, group) ? ds : &unused);
        }
        has_as |= put_definition(c->running, neighbor->name, ds);
        ds_destroy(&unused);
    }
    if (!has_as) {
        ds_put_format(ds, " neighbor %s%s remote-as external\n",
                      neighbor->name, neighbor->family ? "" : " interface");
    }
}

/* True if another neighbor behind the same port has an address of 'family'. */
static bool
has_session(const struct context *c, const struct frr_port *port,
            uint8_t family)
{
    const struct frr_neighbor *neighbor;

    LIST_FOR_EACH (neighbor, node, &c->vrf->neighbors) {
        if (neighbor->port == port && neighbor->family == family) {
            return true;
        }
    }
    return false;
}

/* True if 'neighbor' is to carry 'family': a session over an interface carries
 * both, one between addresses its own, and the other one if there is no
 * session for that behind the port.  What FRR has stays. */
static bool
carries(const struct context *c, const struct frr_neighbor *neighbor,
        uint8_t family)
{
    return (!neighbor->family || neighbor->family == family
            || !has_session(c, neighbor->port, family)
            || (is_running(c, neighbor)
                && frr_bgp_is_active(c->running, neighbor->name, family)));
}

/* The number of paths that BGP may use, or NULL for what FRR does by itself.
 * 'buf' is room for it. */
static const char *
max_paths(const struct context *c, const struct frr_family *running,
          char buf[static 24])
{
    if (running && running->max_paths) {
        return running->max_paths;
    }
    snprintf(buf, 24, "%"PRIuSIZE,
             MAX(MAX_PATHS, MIN(c->n_neighbors, MAX_PATHS_LIMIT)));
    return c->n_neighbors > 1 ? buf : NULL;
}

static void
render_family(const struct context *c, uint8_t family, struct ds *ds)
{
    const struct frr_family *running
        = (!c->running ? NULL
           : family == AF_INET ? &c->running->v4 : &c->running->v6);
    const struct frr_neighbor *neighbor;
    const char *paths;
    char buf[24];

    ds_put_format(ds, " address-family %s unicast\n"
                  "  redistribute kernel route-map "REDISTRIBUTE_MAP"\n",
                  family == AF_INET ? "ipv4" : "ipv6");
    paths = max_paths(c, running, buf);
    if (paths) {
        ds_put_format(ds, "  maximum-paths %s\n", paths);
    }
    LIST_FOR_EACH (neighbor, node, &c->vrf->neighbors) {
        char *map = map_name(c, neighbor);

        if (carries(c, neighbor, family)) {
            ds_put_format(ds, "  neighbor %s activate\n"
                          "  neighbor %s route-map %s out\n",
                          neighbor->name, neighbor->name, map);
        } else if (family == AF_INET) {
            ds_put_format(ds, "  no neighbor %s activate\n", neighbor->name);
        }
        free(map);
    }
    ds_put_cstr(ds, " exit-address-family\n");
}

/* VRFs. */

/* Appends the names of the neighbors behind 'port'. */
static void
put_neighbors(const struct frr_vrf *vrf, const struct frr_port *port,
              struct ds *ds)
{
    const struct frr_neighbor *neighbor;

    LIST_FOR_EACH (neighbor, node, &vrf->neighbors) {
        if (neighbor->port == port) {
            ds_put_format(ds, " %s", neighbor->name);
        }
    }
}

static void
render_about(const struct context *c, struct ds *ds)
{
    const struct frr_port *port;
    struct sset routers = SSET_INITIALIZER(&routers);

    ds_put_format(ds, "! VRF %s, table %"PRIu32": Logical_Router ",
                  c->vrf->name, c->vrf->table_id);
    LIST_FOR_EACH (port, node, &c->vrf->ports) {
        if (sset_add(&routers, port->router)) {
            ds_put_cstr(ds, sset_count(&routers) > 1 ? ", " : "");
            put_name(port->router, ds);
        }
    }
    sset_destroy(&routers);
    if (c->n_uplinks < 2) {
        const struct frr_neighbor *only
            = (c->n_uplinks
               ? CONTAINER_OF(ovs_list_front(&c->vrf->neighbors),
                              struct frr_neighbor, node) : NULL);

        port = only ? only->port : frr_vrf_main_port(c->vrf);
        ds_put_cstr(ds, ".  Next hops are those of its port\n! ");
        put_name(port->name, ds);
        ds_put_cstr(ds, ".\n");
    } else {
        ds_put_cstr(ds, ".  Next hops are those of the port\n"
                    "! that leads to the neighbor:\n");
        LIST_FOR_EACH (port, node, &c->vrf->ports) {
            if (frr_vrf_has_neighbor(c->vrf, port)) {
                ds_put_cstr(ds, "!   ");
                put_name(port->name, ds);
                ds_put_char(ds, ':');
                put_neighbors(c->vrf, port, ds);
                ds_put_char(ds, '\n');
            }
        }
    }
}

/* Appends what is there but is not in the configuration. */
static void
render_missing(const struct context *c, struct ds *ds)
{
    const char **others = sset_sort(&c->vrf->others);
    const struct frr_port *port;

    LIST_FOR_EACH (port, node, &c->vrf->ports) {
        if (c->n_uplinks && (port->maintains || port->named)
            && !port->elsewhere && !frr_vrf_has_neighbor(c->vrf, port)) {
            ds_put_cstr(ds, "! No neighbor behind port ");
            put_name(port->name, ds);
            ds_put_cstr(ds, " is known: put its interface into the VRF, or "
                        "give --neighbor.\n");
        }
    }
    for (const char **device = others; *device; device++) {
        ds_put_format(ds, "! Interface %s leads to none of the ports, so it "
                      "is no neighbor.\n", *device);
    }
    free(others);
}

/* Appends what becomes of 'neighbor', which FRR has already. */
static void
render_neighbor_changes(const struct context *c,
                        const struct frr_neighbor *neighbor, uint8_t family,
                        struct ds *ds)
{
    const char *family_name = family == AF_INET ? "IPv4" : "IPv6";
    const char *old = frr_bgp_out_map(c->running, neighbor->name, family);
    char *map = map_name(c, neighbor);

    if (!frr_bgp_is_active(c->running, neighbor->name, family)) {
        ds_put_format(ds, "! The session with %s starts anew once, because it "
                      "is to carry %s, too.\n", neighbor->name, family_name);
    }
    if (old && strcmp(old, map)) {
        ds_put_format(ds, "! Route-map %s for %s to %s gives way to that of "
                      "here.\n", old, family_name, neighbor->name);
    }
    free(map);
}

/* Appends what there is to know about loading this into an FRR that runs. */
static void
render_changes(const struct context *c, struct ds *ds)
{
    static const uint8_t families[] = { AF_INET, AF_INET6 };
    const struct frr_neighbor *neighbor;

    for (size_t i = 0; c->running && i < ARRAY_SIZE(families); i++) {
        const struct frr_family *family = i ? &c->running->v6
                                          : &c->running->v4;

        if (family->redistribute_map
            && strcmp(family->redistribute_map, REDISTRIBUTE_MAP)) {
            ds_put_format(ds, "! Route-map %s for kernel routes of %s gives "
                          "way to that of here.\n", family->redistribute_map,
                          i ? "IPv6" : "IPv4");
        }
        LIST_FOR_EACH (neighbor, node, &c->vrf->neighbors) {
            if (is_running(c, neighbor) && carries(c, neighbor, families[i])) {
                render_neighbor_changes(c, neighbor, families[i], ds);
            }
        }
    }
}

/* Appends the router-id: that of FRR stays; else it is the address of the
 * router's port, or if that has none, one made of its MAC address. */
static void
render_router_id(const struct context *c, struct ds *ds)
{
    const struct frr_port *port, *main_port = frr_vrf_main_port(c->vrf);
    struct frr_nexthops nh, other;
    struct eth_addr mac;

    if (c->running) {
        if (c->running->router_id) {
            ds_put_format(ds, " bgp router-id %s\n", c->running->router_id);
        }
        return;
    }
    frr_nexthops_parse(main_port->addresses, &nh);
    LIST_FOR_EACH (port, node, &c->vrf->ports) {
        if (!nh.v4[0] && !port->elsewhere) {
            frr_nexthops_parse(port->addresses, &other);
            ovs_strlcpy(nh.v4, other.v4, sizeof nh.v4);
        }
    }
    if (nh.v4[0]) {
        ds_put_format(ds, " bgp router-id %s\n", nh.v4);
    } else if (ovs_scan(main_port->addresses, ETH_ADDR_SCAN_FMT,
                        ETH_ADDR_SCAN_ARGS(mac))) {
        /* Classes D and E are refused by neighbors, and 0 by all. */
        ds_put_format(ds, " bgp router-id %d.%d.%d.%d\n",
                      mac.ea[2] & 0x7f, mac.ea[3], mac.ea[4],
                      mac.ea[5]);
    }
}

/* True if FRR may know graceful restart after a notification (RFC 8538), which
 * is there since 8.3, and on: with it, a neighbor whose hold time has run out
 * would keep on sending into a dead link until the restart time has, too. */
static bool
has_restart_notification(const struct frr_render *fr)
{
    return !fr->running || !fr->running->version
           || fr->running->version >= 803;
}

static void
render_graceful_restart(const struct context *c, struct ds *ds)
{
    if (c->running && c->running->no_graceful_restart) {
        return;
    }
    ds_put_cstr(ds, " bgp graceful-restart\n"
                " bgp graceful-restart preserve-fw-state\n");
    /* For so long at most bgpd chooses no routes after its start while a
     * neighbor has not yet sent all of its own (RFC 4724).  By default these
     * are six minutes, which one slow switch would make all others wait. */
    if (!c->running || !c->running->has_select_defer_time) {
        ds_put_cstr(ds, " bgp graceful-restart select-defer-time 15\n");
    }
    if (has_restart_notification(c->fr)) {
        ds_put_cstr(ds, " no bgp graceful-restart notification\n");
    }
}

static void
render_instance(const struct context *c, struct ds *ds)
{
    struct sset groups = SSET_INITIALIZER(&groups);
    const struct frr_neighbor *neighbor;

    ds_put_format(ds, "router bgp %s vrf %s\n", c->fr->asn, c->vrf->name);
    render_router_id(c, ds);
    ds_put_cstr(ds, " no bgp ebgp-requires-policy\n");
    render_graceful_restart(c, ds);
    if (c->n_neighbors > 1) {
        ds_put_cstr(ds, " bgp bestpath as-path multipath-relax\n");
    }
    LIST_FOR_EACH (neighbor, node, &c->vrf->neighbors) {
        render_neighbor(c, neighbor, &groups, ds);
        if (!c->running || !frr_bgp_has_bfd(c->running, neighbor->name)) {
            ds_put_format(ds, " neighbor %s bfd profile "BFD_PROFILE"\n",
                          neighbor->name);
        }
    }
    sset_destroy(&groups);
    if (!c->n_neighbors) {
        ds_put_cstr(ds, " ! No neighbor is known: put a port into the VRF, or "
                    "give --neighbor.\n");
    }
    render_family(c, AF_INET, ds);
    render_family(c, AF_INET6, ds);
    ds_put_cstr(ds, "exit\n"
                "!\n");
}

static void
render_vrf(const struct frr_render *fr, const struct frr_vrf *vrf,
           struct ds *ds)
{
    const struct context c = {
        .fr = fr,
        .vrf = vrf,
        .running = (fr->running ? frr_config_find_bgp(fr->running, vrf->name)
                    : NULL),
        .n_uplinks = frr_vrf_count_uplinks(vrf),
        .n_neighbors = ovs_list_size(&vrf->neighbors),
    };

    render_about(&c, ds);
    render_missing(&c, ds);
    render_changes(&c, ds);
    render_out_maps(&c, ds);
    ds_put_format(ds, "vrf %s\n"
                  "exit-vrf\n", vrf->name);
    render_instance(&c, ds);
}

void
frr_render(const struct frr_render *fr, struct ds *ds)
{
    const struct frr_vrf *vrf;

    ds_put_cstr(ds, "! FRR for chassis ");
    put_name(fr->chassis, ds);
    ds_put_cstr(ds, ", by ovn-route-ctl frr-config.\n"
                "! Load it with 'vtysh -f FILE'; zebra wants -s 90000000 in "
                "/etc/frr/daemons.\n");
    if (fr->unknown) {
        ds_put_cstr(ds, "! What FRR has there is not regarded (");
        put_name(fr->unknown, ds);
        ds_put_cstr(ds, "): loading this may\n"
                    "! restart sessions that it has.\n");
    }
    ds_put_cstr(ds, "!\n"
                "! Without this bgpd would use route-maps 5 s after a "
                "restart, too late for a graceful one.\n"
                "bgp route-map delay-timer 0\n"
                "!\n");
    render_bfd(fr, ds);
    render_redistribution(fr, ds);
    LIST_FOR_EACH (vrf, node, fr->vrfs) {
        render_vrf(fr, vrf, ds);
    }
    ds_put_cstr(ds, "end\n");
}
