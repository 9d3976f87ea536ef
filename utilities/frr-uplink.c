/* frr-uplink.c: assigns neighbors to router ports.  See the header. */
#include <config.h>
#include "utilities/frr-uplink.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

/* VRFs and ports. */

struct frr_vrf *
frr_vrf_add(struct ovs_list *vrfs, const char *name, uint32_t table_id)
{
    struct frr_vrf *vrf = xzalloc(sizeof *vrf);

    vrf->name = xstrdup(name);
    vrf->table_id = table_id;
    ovs_list_init(&vrf->ports);
    ovs_list_init(&vrf->neighbors);
    sset_init(&vrf->others);
    ovs_list_push_back(vrfs, &vrf->node);
    return vrf;
}

struct frr_vrf *
frr_vrf_find(const struct ovs_list *vrfs, const char *name)
{
    struct frr_vrf *vrf;

    LIST_FOR_EACH (vrf, node, vrfs) {
        if (!strcmp(vrf->name, name)) {
            return vrf;
        }
    }
    return NULL;
}

static void
free_vrf(struct frr_vrf *vrf)
{
    struct frr_neighbor *neighbor;
    struct frr_port *port;

    LIST_FOR_EACH_POP (neighbor, node, &vrf->neighbors) {
        free(neighbor->name);
        free(neighbor);
    }
    LIST_FOR_EACH_POP (port, node, &vrf->ports) {
        free(port->name);
        free(port->router);
        free(port->addresses);
        sset_destroy(&port->devices);
        sset_destroy(&port->nearby);
        free(port);
    }
    sset_destroy(&vrf->others);
    free(vrf->name);
    free(vrf);
}

void
frr_vrfs_destroy(struct ovs_list *vrfs)
{
    struct frr_vrf *vrf;

    LIST_FOR_EACH_POP (vrf, node, vrfs) {
        free_vrf(vrf);
    }
}

struct frr_port *
frr_vrf_add_port(struct frr_vrf *vrf, const char *name, const char *router,
                 const char *addresses)
{
    struct frr_port *port = xzalloc(sizeof *port);

    port->name = xstrdup(name);
    port->router = xstrdup(router);
    port->addresses = xstrdup(addresses ? addresses : "");
    sset_init(&port->devices);
    sset_init(&port->nearby);
    ovs_list_push_back(&vrf->ports, &port->node);
    return port;
}

const struct frr_port *
frr_vrf_main_port(const struct frr_vrf *vrf)
{
    const struct frr_port *port, *first = NULL;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (port->maintains && !port->elsewhere) {
            return port;
        }
        first = first || port->elsewhere ? first : port;
    }
    return first;
}

/* True if the options of 'port' say that the fabric is behind it. */
static bool
is_marked(const struct frr_port *port)
{
    return (port->maintains || port->named) && !port->elsewhere;
}

bool
frr_vrf_has_neighbor(const struct frr_vrf *vrf, const struct frr_port *port)
{
    const struct frr_neighbor *neighbor;

    LIST_FOR_EACH (neighbor, node, &vrf->neighbors) {
        if (neighbor->port == port) {
            return true;
        }
    }
    return false;
}

size_t
frr_vrf_count_uplinks(const struct frr_vrf *vrf)
{
    const struct frr_port *port;
    size_t n = 0;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        n += frr_vrf_has_neighbor(vrf, port);
    }
    return n;
}

/* Addresses. */

/* Parses "ADDRESS/LENGTH" in 'word', which it changes.  False if it is none,
 * or one of IPv6 that every link has. */
static bool
parse_network(char *word, struct ip_prefix *address, struct ip_prefix *network)
{
    if (ip_prefix_parse(word, network, NULL)) {
        return false;
    }
    word[strcspn(word, "/")] = '\0';
    return (!ip_prefix_parse(word, address, NULL)
            && !(address->family == AF_INET6
                 && ip_prefix_is_link_local(address)));
}

static void
set_nexthop(struct frr_nexthops *nh, const struct ip_prefix *address)
{
    if (address->family == AF_INET) {
        inet_ntop(AF_INET, address->addr, nh->v4, sizeof nh->v4);
    } else {
        inet_ntop(AF_INET6, address->addr, nh->v6, sizeof nh->v6);
    }
}

void
frr_nexthops_parse(const char *addresses, struct frr_nexthops *nh)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct ip_prefix address, network;
    struct eth_addr mac;

    memset(nh, 0, sizeof *nh);
    svec_parse_words(&words, addresses);
    for (size_t i = 0; i < words.n; i++) {
        if (!i && eth_addr_from_string(words.names[i], &mac)) {
            struct in6_addr local;

            in6_generate_lla(mac, &local);
            inet_ntop(AF_INET6, &local, nh->local, sizeof nh->local);
        } else if (parse_network(words.names[i], &address, &network)
                   && !ip_prefix_is_link_local(&address)
                   && !(address.family == AF_INET ? nh->v4 : nh->v6)[0]) {
            set_nexthop(nh, &address);
        }
    }
    svec_destroy(&words);
}

/* Returns one more than the length of the longest network of 'port' with
 * 'neighbor' in it, and stores the port's address there in '*own'; 0 if there
 * is none. */
static unsigned int
match_network(const struct frr_port *port, const struct ip_prefix *neighbor,
              struct ip_prefix *own)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct ip_prefix address, network;
    unsigned int best = 0;

    svec_parse_words(&words, port->addresses);
    for (size_t i = 0; i < words.n; i++) {
        if (parse_network(words.names[i], &address, &network)
            && ip_prefix_contains(&network, neighbor)
            && network.plen >= best) {
            best = network.plen + 1;
            *own = address;
        }
    }
    svec_destroy(&words);
    return best;
}

/* A neighbor, as written. */

struct wanted {
    char *port;                 /* NULL: it is to be found out. */
    const char *name;
    struct ip_prefix address;   /* Family 0: an interface. */
    char text[IP_PREFIX_STRLEN]; /* Room for 'name'. */
};

/* What is wrong with 'name', which is no address, as that of an interface, or
 * NULL. */
static const char *
check_interface(const char *name)
{
    const char *reason = dynamic_routing_check_vrf_name(name);

    if (reason) {
        return reason;
    } else if (strchr(name, '.')
               && strspn(name, "0123456789.") == strlen(name)) {
        return "it has no four numbers up to 255";
    }
    return NULL;
}

/* What is wrong with 'address' as that of a neighbor, or NULL. */
static const char *
check_address(const struct ip_prefix *address)
{
    static const char *const nobodys[] = {
        "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8",
    };

    for (size_t i = 0; i < ARRAY_SIZE(nobodys); i++) {
        struct ip_prefix block;

        if (!ip_prefix_parse(nobodys[i], &block, NULL)
            && ip_prefix_contains(&block, address)) {
            return "no neighbor has such an address";
        }
    }
    return (address->family == AF_INET6 && ip_prefix_is_link_local(address)
            ? "a link-local address says nothing without its interface: give "
              "the interface instead"
            : NULL);
}

static char *
parse_neighbor(const char *word, struct wanted *wanted)
{
    const char *equals = strrchr(word, '='), *reason;

    wanted->port = equals ? xmemdup0(word, equals - word) : NULL;
    wanted->name = equals ? equals + 1 : word;
    wanted->address.family = 0;
    if (ip_prefix_parse(wanted->name, &wanted->address, NULL)) {
        wanted->address.family = 0;
        reason = check_interface(wanted->name);
        if (reason) {
            return xasprintf("neighbor \"%s\" is neither an address nor an "
                             "interface: %s; write [PORT=]ADDRESS or "
                             "[PORT=]INTERFACE", word, reason);
        }
    } else if (strchr(wanted->name, '/')) {
        return xasprintf("neighbor \"%s\" is a network; write the address of "
                         "the neighbor alone", word);
    } else {
        /* As FRR writes it. */
        wanted->name = ip_prefix_format(&wanted->address, wanted->text);
        reason = check_address(&wanted->address);
        if (reason) {
            return xasprintf("neighbor \"%s\": %s", word, reason);
        }
    }
    return NULL;
}

/* Ports for neighbors. */

static const struct frr_port *
find_port(const struct frr_vrf *vrf, const char *name, bool elsewhere)
{
    const struct frr_port *port;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (port->elsewhere == elsewhere && !strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

/* The port with the longest network that has 'address', or NULL.  Here and
 * below, of those on the chassis or, if 'elsewhere', of the others. */
static const struct frr_port *
find_by_network(const struct frr_vrf *vrf, const struct ip_prefix *address,
                bool elsewhere)
{
    const struct frr_port *port, *best = NULL;
    unsigned int longest = 0;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        struct ip_prefix own;
        unsigned int length = match_network(port, address, &own);

        if (port->elsewhere == elsewhere && length > longest) {
            longest = length;
            best = port;
        }
    }
    return best;
}

/* The only port that has 'device' among its devices, else on its switch; NULL
 * if none or several have.  Stores how many have in '*n_found'. */
static const struct frr_port *
find_by_device(const struct frr_vrf *vrf, const char *device, bool elsewhere,
               size_t *n_found)
{
    const struct frr_port *port, *near = NULL, *there = NULL;
    size_t n_near = 0, n_there = 0;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (port->elsewhere != elsewhere) {
            continue;
        } else if (sset_contains(&port->devices, device)) {
            there = port;
            n_there++;
        } else if (sset_contains(&port->nearby, device)) {
            near = port;
            n_near++;
        }
    }
    *n_found = n_there ? n_there : n_near;
    return n_there == 1 ? there : !n_there && n_near == 1 ? near : NULL;
}

/* The port that can only be meant by 'wanted', or NULL.  If several are
 * towards the fabric, '*n_free' is the number of those whose interface is not
 * known: where that is one, an interface that is no other's is its. */
static const struct frr_port *
find_remaining(const struct frr_vrf *vrf, const struct wanted *wanted,
               size_t *n_free)
{
    const struct frr_port *port, *free_port = NULL, *any = NULL;
    size_t n = 0;

    *n_free = 0;
    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (is_marked(port)) {
            any = port;
            n++;
            if (sset_is_empty(&port->devices)) {
                free_port = port;
                ++*n_free;
            }
        }
    }
    return (!n ? frr_vrf_main_port(vrf)
            : n == 1 ? any
            : *n_free == 1 && !wanted->address.family ? free_port : NULL);
}

/* The port that is known to lead to 'wanted', or NULL. */
static const struct frr_port *
find_known(const struct frr_vrf *vrf, const struct wanted *wanted,
           bool elsewhere)
{
    size_t n_found;

    return (wanted->port ? find_port(vrf, wanted->port, elsewhere)
            : wanted->address.family
              ? find_by_network(vrf, &wanted->address, elsewhere)
            : find_by_device(vrf, wanted->name, elsewhere, &n_found));
}

/* Appends the names of ports that may be meant by a neighbor of 'vrf'. */
static void
put_candidates(const struct frr_vrf *vrf, struct ds *ds)
{
    const struct frr_port *port;
    bool marked = false;

    LIST_FOR_EACH (port, node, &vrf->ports) {
        marked = marked || is_marked(port);
    }
    LIST_FOR_EACH (port, node, &vrf->ports) {
        if (is_marked(port) || (!marked && !port->elsewhere)) {
            ds_put_format(ds, "%s%s", ds->length ? ", " : "", port->name);
        }
    }
}

static char *
tell_unknown_uplink(const struct frr_vrf *vrf, const struct wanted *wanted)
{
    struct ds ports = DS_EMPTY_INITIALIZER;
    char *text;

    put_candidates(vrf, &ports);
    if (wanted->address.family) {
        text = xasprintf("neighbor %s of VRF %s is in no network of a router "
                         "port, so which of the ports %s leads to it is not "
                         "known; write PORT=%s with one of them", wanted->name,
                         vrf->name, ds_cstr(&ports), wanted->name);
    } else {
        text = xasprintf("neighbor %s of VRF %s: which of the ports %s leads "
                         "to it is not known; set "DR_PORT_NAME" of that "
                         "Logical_Router_Port to the logical port of %s, or "
                         "write PORT=%s with one of them", wanted->name,
                         vrf->name, ds_cstr(&ports), wanted->name,
                         wanted->name);
    }
    ds_destroy(&ports);
    return text;
}

/* If a port that is not on the chassis leads to 'wanted', says so. */
static char *
tell_elsewhere(const struct frr_vrf *vrf, const struct wanted *wanted)
{
    const struct frr_port *port = find_known(vrf, wanted, true);

    return (port
            ? xasprintf("neighbor %s of VRF %s is behind router port %s, "
                        "which is not on this chassis; wait until "
                        "ovn-controller has claimed it, or leave %s out",
                        wanted->name, vrf->name, port->name, wanted->name)
            : NULL);
}

static char *
tell_unknown_port(const struct ovs_list *vrfs, const struct wanted *wanted)
{
    struct ds ports = DS_EMPTY_INITIALIZER;
    const struct frr_vrf *vrf;
    char *text;

    LIST_FOR_EACH (vrf, node, vrfs) {
        text = tell_elsewhere(vrf, wanted);
        if (text) {
            ds_destroy(&ports);
            return text;
        }
        put_candidates(vrf, &ports);
    }
    text = xasprintf("neighbor %s=%s: no such port of a router with "
                     DR_ENABLED"=true is there; use one of %s", wanted->port,
                     wanted->name, ds_cstr(&ports));
    ds_destroy(&ports);
    return text;
}

/* Fills in the next hops of 'neighbor'. */
static char *
set_nexthops(struct frr_neighbor *neighbor, const struct wanted *wanted)
{
    const struct frr_port *port = neighbor->port;
    struct frr_nexthops *nh = &neighbor->nexthops;
    struct frr_nexthops first;
    struct ip_prefix own;

    frr_nexthops_parse(port->addresses, nh);
    first = *nh;
    if (!nh->local[0]) {
        return xasprintf("neighbor %s: router port %s has no MAC address in "
                         "the Southbound database; wait for ovn-northd with "
                         "'ovn-nbctl --wait=sb sync' and try again",
                         neighbor->name, port->name);
    }
    if (wanted->address.family
        && match_network(port, &wanted->address, &own)) {
        if (ip_prefix_equals(&own, &wanted->address)) {
            return xasprintf("neighbor %s is router port %s itself; write the "
                             "address of the neighbor", neighbor->name,
                             port->name);
        }
        set_nexthop(nh, &own);
        neighbor->extra_network = (strcmp(nh->v4, first.v4)
                                   || strcmp(nh->v6, first.v6));
    }
    if ((wanted->address.family == AF_INET && !nh->v4[0])
        || (wanted->address.family == AF_INET6 && !nh->v6[0])) {
        return xasprintf("neighbor %s: router port %s has no %s address that "
                         "could be the next hop; give it a network with 'ovn-"
                         "nbctl add Logical_Router_Port %s networks', or use "
                         "the interface instead of the address",
                         neighbor->name, port->name,
                         wanted->address.family == AF_INET ? "IPv4" : "IPv6",
                         port->name);
    }
    return NULL;
}

static char *
add_neighbor(struct frr_vrf *vrf, const struct wanted *wanted,
             const struct frr_port *port)
{
    struct frr_neighbor *neighbor;
    char *error;

    LIST_FOR_EACH (neighbor, node, &vrf->neighbors) {
        if (!strcmp(neighbor->name, wanted->name)) {
            return (neighbor->port == port ? NULL
                    : xasprintf("neighbor %s is there for port %s and for "
                                "port %s; name it once", wanted->name,
                                neighbor->port->name, port->name));
        }
    }
    neighbor = xzalloc(sizeof *neighbor);
    neighbor->name = xstrdup(wanted->name);
    neighbor->family = wanted->address.family;
    neighbor->port = port;
    error = set_nexthops(neighbor, wanted);
    ovs_list_push_back(&vrf->neighbors, &neighbor->node);
    return error;
}

/* Adds 'wanted', to which no port is known to lead. */
static char *
add_everywhere(struct ovs_list *vrfs, const struct wanted *wanted)
{
    struct frr_vrf *vrf;
    char *error = NULL;

    LIST_FOR_EACH (vrf, node, vrfs) {
        size_t n_free;
        const struct frr_port *port = find_remaining(vrf, wanted, &n_free);

        error = error ? error : tell_elsewhere(vrf, wanted);
        error = (error ? error
                 : port ? add_neighbor(vrf, wanted, port)
                 : tell_unknown_uplink(vrf, wanted));
    }
    return error;
}

char *
frr_uplink_add(struct ovs_list *vrfs, const char *word)
{
    struct wanted wanted;
    char *error = parse_neighbor(word, &wanted);
    struct frr_vrf *vrf;
    bool known = false;

    LIST_FOR_EACH (vrf, node, vrfs) {
        const struct frr_port *port
            = error ? NULL : find_known(vrf, &wanted, false);

        if (port) {
            error = add_neighbor(vrf, &wanted, port);
            known = true;
        }
    }
    if (!known && !error) {
        error = (wanted.port ? tell_unknown_port(vrfs, &wanted)
                 : add_everywhere(vrfs, &wanted));
    }
    free(wanted.port);
    return error;
}

char *
frr_uplink_add_device(struct frr_vrf *vrf, const char *device)
{
    struct wanted wanted = { .name = device };
    const char *reason = check_interface(device);
    const struct frr_port *port;
    size_t n_found, n_free;

    if (reason) {
        return xasprintf("interface \"%s\" in VRF %s cannot be a neighbor of "
                         "FRR: %s; rename it, or take it out of the VRF",
                         device, vrf->name, reason);
    }
    port = find_by_device(vrf, device, false, &n_found);
    if (!port && !n_found) {
        char *error = tell_elsewhere(vrf, &wanted);

        if (error) {
            return error;
        }
        port = find_remaining(vrf, &wanted, &n_free);
        if (!port && !n_free) {
            sset_add(&vrf->others, device);
            return NULL;
        }
    }
    return (port ? add_neighbor(vrf, &wanted, port)
            : tell_unknown_uplink(vrf, &wanted));
}
