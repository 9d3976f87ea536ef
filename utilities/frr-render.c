/* frr-render.c: renders FRR's configuration.  See the header. */
#include <config.h>
#include "utilities/frr-render.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* The next hops that a router port has. */
struct nexthops {
    char v4[INET_ADDRSTRLEN];   /* "" for none; so below. */
    char v6[INET6_ADDRSTRLEN];  /* The first that is not link-local. */
    char local[INET6_ADDRSTRLEN]; /* The link-local one, of its MAC address. */
};

static void
find_nexthops(const char *addresses, struct nexthops *nh)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct eth_addr mac;

    memset(nh, 0, sizeof *nh);
    svec_parse_words(&words, addresses ? addresses : "");
    for (size_t i = 0; i < words.n; i++) {
        char *word = words.names[i];
        struct ip_prefix address;

        if (!i && eth_addr_from_string(word, &mac)) {
            struct in6_addr local;

            in6_generate_lla(mac, &local);
            inet_ntop(AF_INET6, &local, nh->local, sizeof nh->local);
            continue;
        }
        word[strcspn(word, "/")] = '\0';
        if (ip_prefix_parse(word, &address, NULL)
            || ip_prefix_is_link_local(&address)) {
            continue;
        }
        if (address.family == AF_INET && !nh->v4[0]) {
            inet_ntop(AF_INET, address.addr, nh->v4, sizeof nh->v4);
        } else if (address.family == AF_INET6 && !nh->v6[0]) {
            inet_ntop(AF_INET6, address.addr, nh->v6, sizeof nh->v6);
        }
    }
    svec_destroy(&words);
}

static bool
is_address(const char *neighbor)
{
    struct ip_prefix prefix;

    return !ip_prefix_parse(neighbor, &prefix, NULL);
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
                "route-map ovn-redistribute deny 10\n"
                " match ip address prefix-list ovn-default\n"
                "exit\n"
                "route-map ovn-redistribute deny 20\n"
                " match ipv6 address prefix-list ovn-default\n"
                "exit\n");
    for (size_t i = 0; i < fr->n_metrics; i++) {
        ds_put_format(ds, "route-map ovn-redistribute permit %"PRIuSIZE"\n"
                      " match metric %"PRIu32"\n"
                      " set large-community %s:0:%"PRIu32"\n"
                      "exit\n", 100 + 10 * i, fr->metrics[i], fr->asn,
                      fr->metrics[i]);
    }
    ds_put_cstr(ds, "route-map ovn-redistribute permit 65000\n"
                "exit\n"
                "!\n");
}

/* The route-map for what is sent to neighbors with addresses, or over
 * interfaces.  On a link both share, bgpd adds its own link-local address to a
 * global next hop, and the neighbor prefers it: so that one is set for both. */
static void
render_out_map(const struct frr_vrf *vrf, const struct nexthops *nh,
               bool numbered, struct ds *ds)
{
    ds_put_format(ds, "route-map ovn-%s-%s permit 10\n", vrf->name,
                  numbered ? "numbered" : "unnumbered");
    if (numbered && nh->v4[0]) {
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

static void
render_family(const struct frr_vrf *vrf, const char *family, struct ds *ds)
{
    ds_put_format(ds, " address-family %s unicast\n"
                  "  redistribute kernel route-map ovn-redistribute\n",
                  family);
    for (size_t i = 0; i < vrf->neighbors->n; i++) {
        const char *name = vrf->neighbors->names[i];

        ds_put_format(ds, "  neighbor %s activate\n"
                      "  neighbor %s route-map ovn-%s-%s out\n", name, name,
                      vrf->name, is_address(name) ? "numbered"
                      : "unnumbered");
    }
    ds_put_cstr(ds, " exit-address-family\n");
}

static void
render_vrf(const struct frr_render *fr, const struct frr_vrf *vrf,
           struct ds *ds)
{
    bool numbered = false, unnumbered = false;
    struct nexthops nh;

    find_nexthops(vrf->addresses, &nh);
    for (size_t i = 0; i < vrf->neighbors->n; i++) {
        if (is_address(vrf->neighbors->names[i])) {
            numbered = true;
        } else {
            unnumbered = true;
        }
    }
    ds_put_format(ds, "! VRF %s, table %"PRIu32": Logical_Router %s.  Next "
                  "hops are those of its port\n! %s.\n", vrf->name,
                  vrf->table_id, vrf->router, vrf->port);
    if (numbered) {
        render_out_map(vrf, &nh, true, ds);
    }
    if (unnumbered) {
        render_out_map(vrf, &nh, false, ds);
    }
    ds_put_format(ds, "vrf %s\n"
                  "exit-vrf\n"
                  "router bgp %s vrf %s\n", vrf->name, fr->asn, vrf->name);
    if (nh.v4[0]) {
        ds_put_format(ds, " bgp router-id %s\n", nh.v4);
    }
    ds_put_cstr(ds, " no bgp ebgp-requires-policy\n");
    for (size_t i = 0; i < vrf->neighbors->n; i++) {
        const char *name = vrf->neighbors->names[i];

        ds_put_format(ds, " neighbor %s%s remote-as external\n", name,
                      is_address(name) ? "" : " interface");
    }
    if (!vrf->neighbors->n) {
        ds_put_cstr(ds, " ! No neighbor is known: put a port into the VRF, or "
                    "give --neighbor.\n");
    }
    render_family(vrf, "ipv4", ds);
    render_family(vrf, "ipv6", ds);
    ds_put_cstr(ds, "exit\n"
                "!\n");
}

void
frr_render(const struct frr_render *fr, struct ds *ds)
{
    ds_put_format(ds, "! FRR for chassis %s, by ovn-route-ctl frr-config.\n"
                  "! Load it with 'vtysh -f FILE'; zebra wants -s 90000000 in "
                  "/etc/frr/daemons.\n!\n", fr->chassis);
    render_redistribution(fr, ds);
    for (size_t i = 0; i < fr->n_vrfs; i++) {
        render_vrf(fr, &fr->vrfs[i], ds);
    }
    ds_put_cstr(ds, "end\n");
}
