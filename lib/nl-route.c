/* nl-route.c: the rtnetlink codec.  See the header.
 *
 * libmnl's plain mnl_attr_put*() write without limit.  Hence only the _check
 * variants below. */
#include <config.h>
#include "lib/nl-route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/nl-message.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* In the kernel's <linux/wireless.h>, which clashes with <net/if.h>. */
#ifndef IFLA_WIRELESS
#define IFLA_WIRELESS 11
#endif

static int
compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

int
nl_route_key_compare(const struct nl_route_key *a,
                     const struct nl_route_key *b)
{
    int cmp = compare_u32(a->table_id, b->table_id);

    if (!cmp) {
        cmp = ip_prefix_compare(&a->prefix, &b->prefix);
    }
    if (!cmp) {
        cmp = compare_u32(a->metric, b->metric);
    }
    return cmp ? cmp : compare_u32(a->tos, b->tos);
}

bool
nl_route_key_equals(const struct nl_route_key *a,
                    const struct nl_route_key *b)
{
    return !nl_route_key_compare(a, b);
}

uint32_t
nl_route_key_hash(const struct nl_route_key *key)
{
    uint32_t basis = hash_2words(key->metric, key->table_id);

    return ip_prefix_hash_near(&key->prefix, hash_add(basis, key->tos));
}

static bool
nexthop_equals(const struct nl_nexthop *a, const struct nl_nexthop *b)
{
    return (a->ifindex == b->ifindex
            && a->weight == b->weight
            && a->family == b->family
            && !memcmp(a->addr, b->addr, sizeof a->addr));
}

bool
nl_route_equals(const struct nl_route *a, const struct nl_route *b)
{
    if (!nl_route_key_equals(&a->key, &b->key)
        || a->protocol != b->protocol
        || a->type != b->type
        || a->scope != b->scope
        || a->nh_id != b->nh_id
        || a->n_nexthops != b->n_nexthops) {
        return false;
    }
    for (size_t i = 0; i < a->n_nexthops; i++) {
        if (!nexthop_equals(&a->nexthops[i], &b->nexthops[i])) {
            return false;
        }
    }
    return true;
}

/* Decoding. */

/* Copies as much of the string in 'attr', which need not be terminated, as
 * fits. */
static void
get_string(const struct nlattr *attr, char *buf, size_t size)
{
    size_t len = strnlen(mnl_attr_get_payload(attr),
                         MIN(attr_len(attr), size - 1));

    memcpy(buf, mnl_attr_get_payload(attr), len);
    memset(buf + len, 0, size - len);
}

/* Handles the attributes that a route and a member of RTA_MULTIPATH share. */
static int
decode_nexthop_attr(const struct nlattr *attr, uint8_t family,
                    struct nl_nexthop *nexthop)
{
    const uint8_t *payload = mnl_attr_get_payload(attr);
    size_t len = attr_len(attr);
    uint16_t via_family;

    switch (mnl_attr_get_type(attr)) {
    case RTA_OIF:
        return get_u32(attr, &nexthop->ifindex);
    case RTA_GATEWAY:
        return decode_gateway(family, payload, len, nexthop);
    case RTA_VIA:
        if (len < sizeof via_family) {
            return EINVAL;
        }
        memcpy(&via_family, payload, sizeof via_family);
        if (via_family != AF_INET && via_family != AF_INET6) {
            return 0;
        }
        return decode_gateway(via_family, payload + sizeof via_family,
                              len - sizeof via_family, nexthop);
    default:
        return 0;
    }
}

/* Decodes RTA_MULTIPATH.  Appends to the '*np' elements of 'nexthops'. */
static int
decode_multipath(const struct nlattr *multipath, uint8_t family,
                 struct nl_nexthop *nexthops, size_t n, size_t *np)
{
    const char *p = mnl_attr_get_payload(multipath);
    size_t left = attr_len(multipath);

    while (left >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *rtnh = ALIGNED_CAST(const void *, p);
        struct nl_nexthop nexthop;
        const struct nlattr *attr;
        size_t step = RTNH_ALIGN(rtnh->rtnh_len);

        if (rtnh->rtnh_len < sizeof *rtnh || rtnh->rtnh_len > left) {
            return EINVAL;
        }
        memset(&nexthop, 0, sizeof nexthop);
        nexthop.ifindex = rtnh->rtnh_ifindex;
        nexthop.weight = rtnh->rtnh_hops + 1;
        nexthop.flags = rtnh->rtnh_flags;
        ATTR_FOR_EACH (attr, RTNH_DATA(rtnh), p + rtnh->rtnh_len) {
            int error = decode_nexthop_attr(attr, family, &nexthop);

            if (error) {
                return error;
            }
        }
        if (*np < n) {
            nexthops[(*np)++] = nexthop;
        }
        p += step;
        left -= MIN(step, left);
    }
    return 0;
}

/* Handles attribute 'attr' of a route.  'nexthop' is that of the route itself,
 * '*dst' is where its destination goes. */
static int
decode_route_attr(const struct nlattr *attr, struct nl_route *route,
                  uint8_t family, uint8_t dst[16], struct nl_nexthop *nexthop)
{
    switch (mnl_attr_get_type(attr)) {
    case RTA_DST:
        if (attr_len(attr) < ip_prefix_addr_len(family)) {
            return EINVAL;
        }
        memcpy(dst, mnl_attr_get_payload(attr), ip_prefix_addr_len(family));
        return 0;
    case RTA_TABLE:
        return get_u32(attr, &route->key.table_id);
    case RTA_PRIORITY:
        return get_u32(attr, &route->key.metric);
    case RTA_NH_ID:
        return get_u32(attr, &route->nh_id);
    default:
        return decode_nexthop_attr(attr, family, nexthop);
    }
}

int
nl_route_decode(const struct nlmsghdr *nlh, struct nl_route *route,
                struct nl_nexthop *nexthops, size_t n)
{
    const struct rtmsg *rtm = get_header(nlh, sizeof *rtm);
    struct nl_nexthop nexthop;
    const struct nlattr *attr;
    uint8_t dst[16];
    size_t n_nexthops = 0;

    if (!rtm) {
        return EINVAL;
    }
    if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) {
        return EAFNOSUPPORT;
    }
    memset(route, 0, sizeof *route);
    memset(dst, 0, sizeof dst);
    memset(&nexthop, 0, sizeof nexthop);
    nexthop.weight = 1;
    route->key.table_id = rtm->rtm_table;
    route->key.tos = rtm->rtm_tos;
    route->flags = rtm->rtm_flags;
    route->protocol = rtm->rtm_protocol;
    route->type = rtm->rtm_type;
    route->scope = rtm->rtm_scope;
    ATTR_FOR_EACH (attr, attrs_start(nlh, sizeof *rtm), attrs_end(nlh)) {
        int error;

        if (mnl_attr_get_type(attr) == RTA_MULTIPATH) {
            error = decode_multipath(attr, rtm->rtm_family, nexthops, n,
                                     &n_nexthops);
        } else {
            error = decode_route_attr(attr, route, rtm->rtm_family, dst,
                                      &nexthop);
        }
        if (error) {
            return error;
        }
    }
    if (!n_nexthops && n && (nexthop.ifindex || nexthop.family)) {
        /* A single next hop's flags are those of the route. */
        nexthop.flags = rtm->rtm_flags & 0xff;
        nexthops[n_nexthops++] = nexthop;
    }
    route->n_nexthops = n_nexthops;
    route->nexthops = nexthops;
    return ip_prefix_from_bytes(rtm->rtm_family, dst, rtm->rtm_dst_len,
                                &route->key.prefix);
}

/* Handles what is nested in IFLA_LINKINFO. */
static int
decode_linkinfo(const struct nlattr *linkinfo, struct nl_link *link)
{
    const char *start = mnl_attr_get_payload(linkinfo);
    const struct nlattr *data = NULL;
    const struct nlattr *attr;
    int error = 0;

    ATTR_FOR_EACH (attr, start, start + attr_len(linkinfo)) {
        if (mnl_attr_get_type(attr) == IFLA_INFO_KIND) {
            get_string(attr, link->kind, sizeof link->kind);
        } else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA) {
            data = attr;
        }
    }
    if (data && !strcmp(link->kind, "vrf")) {
        start = mnl_attr_get_payload(data);
        ATTR_FOR_EACH (attr, start, start + attr_len(data)) {
            if (mnl_attr_get_type(attr) == IFLA_VRF_TABLE) {
                error = get_u32(attr, &link->vrf_table);
            }
        }
    }
    return error;
}

int
nl_link_decode(const struct nlmsghdr *nlh, struct nl_link *link)
{
    const struct ifinfomsg *ifi = get_header(nlh, sizeof *ifi);
    const struct nlattr *attr;
    bool elsewhere = false;

    if (!ifi) {
        return EINVAL;
    }
    if (ifi->ifi_family != AF_UNSPEC) {
        return EAFNOSUPPORT;
    }
    if (ifi->ifi_index <= 0) {
        return EINVAL;
    }
    memset(link, 0, sizeof *link);
    link->ifindex = ifi->ifi_index;
    link->flags = ifi->ifi_flags;
    ATTR_FOR_EACH (attr, attrs_start(nlh, sizeof *ifi), attrs_end(nlh)) {
        int error = 0;

        switch (mnl_attr_get_type(attr)) {
        case IFLA_IFNAME:
            get_string(attr, link->name, sizeof link->name);
            break;
        case IFLA_MASTER:
            error = get_u32(attr, &link->master);
            break;
        case IFLA_GROUP:
            error = get_u32(attr, &link->group);
            break;
        case IFLA_LINK:
            error = get_u32(attr, &link->peer);
            break;
        case IFLA_LINK_NETNSID:
            elsewhere = true;
            break;
        case IFLA_IFALIAS:
            get_string(attr, link->alias, sizeof link->alias);
            break;
        case IFLA_LINKINFO:
            error = decode_linkinfo(attr, link);
            break;
        case IFLA_WIRELESS:
            error = EAFNOSUPPORT;
            break;
        }
        if (error) {
            return error;
        }
    }
    if (elsewhere || strcmp(link->kind, "veth")) {
        link->peer = 0;
    }
    return link->name[0] ? 0 : EINVAL;
}

int
nl_addr_decode(const struct nlmsghdr *nlh, uint8_t *family, uint32_t *ifindex)
{
    const struct ifaddrmsg *ifa = get_header(nlh, sizeof *ifa);

    if (!ifa) {
        return EINVAL;
    }
    *family = ifa->ifa_family;
    *ifindex = ifa->ifa_index;
    return 0;
}

/* Encoding. */

/* Appends an attribute of any length.  libmnl leaves the bytes that fill it up
 * as they were, and nothing of this program's memory is the kernel's
 * business. */
static bool
put_bytes(struct nlmsghdr *nlh, size_t size, uint16_t type, size_t len,
          const void *data)
{
    size_t fill = MNL_ALIGN(len) - len;

    if (!mnl_attr_put_check(nlh, size, type, len, data)) {
        return false;
    }
    memset((char *) nlh + nlh->nlmsg_len - fill, 0, fill);
    return true;
}

/* Appends the gateway, in the form that suits a route of 'family'. */
static bool
put_gateway(struct nlmsghdr *nlh, size_t size, uint8_t family,
            const struct nl_nexthop *nexthop)
{
    size_t len = ip_prefix_addr_len(nexthop->family);
    struct {
        uint16_t family;
        uint8_t addr[16];
    } via;

    if (nexthop->family == family) {
        return mnl_attr_put_check(nlh, size, RTA_GATEWAY, len, nexthop->addr);
    }
    via.family = nexthop->family;
    memcpy(via.addr, nexthop->addr, sizeof via.addr);
    return put_bytes(nlh, size, RTA_VIA, sizeof via.family + len, &via);
}

int
nl_route_encode(const struct nl_route *route, uint16_t type, uint16_t flags,
                void *buf, size_t size)
{
    const struct nl_route_key *key = &route->key;
    uint8_t family = key->prefix.family;
    struct rtmsg *rtm = put_header(buf, size, type, flags, sizeof *rtm);
    struct nlmsghdr *nlh = buf;
    bool ok;

    if (!rtm) {
        return EMSGSIZE;
    }
    rtm->rtm_family = family;
    rtm->rtm_dst_len = key->prefix.plen;
    rtm->rtm_tos = key->tos;
    rtm->rtm_table = key->table_id > 255 ? RT_TABLE_UNSPEC : key->table_id;
    rtm->rtm_protocol = route->protocol;
    /* In a deletion this is a wildcard. */
    rtm->rtm_scope = (type == RTM_DELROUTE ? RT_SCOPE_NOWHERE
                      : route->scope);
    rtm->rtm_type = route->type;
    ok = (mnl_attr_put_u32_check(nlh, size, RTA_TABLE, key->table_id)
          && mnl_attr_put_u32_check(nlh, size, RTA_PRIORITY, key->metric));
    if (ok && key->prefix.plen) {
        ok = mnl_attr_put_check(nlh, size, RTA_DST, ip_prefix_addr_len(family),
                                key->prefix.addr);
    }
    if (ok && route->n_nexthops == 1) {
        const struct nl_nexthop *nexthop = &route->nexthops[0];

        if (nexthop->family) {
            ok = put_gateway(nlh, size, family, nexthop);
        }
        if (ok && nexthop->ifindex) {
            ok = mnl_attr_put_u32_check(nlh, size, RTA_OIF, nexthop->ifindex);
        }
    }
    return ok ? 0 : EMSGSIZE;
}

int
nl_route_encode_dump(uint8_t family, uint32_t table_id, uint8_t protocol,
                     void *buf, size_t size)
{
    struct rtmsg *rtm = put_header(buf, size, RTM_GETROUTE, NLM_F_DUMP,
                                   sizeof *rtm);

    if (!rtm) {
        return EMSGSIZE;
    }
    rtm->rtm_family = family;
    rtm->rtm_protocol = protocol;
    if (table_id && !mnl_attr_put_u32_check(buf, size, RTA_TABLE, table_id)) {
        return EMSGSIZE;
    }
    return 0;
}

static bool
put_linkinfo(struct nlmsghdr *nlh, size_t size,
             const struct nl_link_change *change)
{
    struct nlattr *info, *data;

    info = mnl_attr_nest_start_check(nlh, size, IFLA_LINKINFO);
    if (!info
        || !put_bytes(nlh, size, IFLA_INFO_KIND, strlen(change->kind),
                      change->kind)) {
        return false;
    }
    if (change->vrf_table) {
        data = mnl_attr_nest_start_check(nlh, size, IFLA_INFO_DATA);
        if (!data || !mnl_attr_put_u32_check(nlh, size, IFLA_VRF_TABLE,
                                             change->vrf_table)) {
            return false;
        }
        mnl_attr_nest_end(nlh, data);
    }
    mnl_attr_nest_end(nlh, info);
    return true;
}

int
nl_link_encode_change(const struct nl_link_change *change, void *buf,
                      size_t size)
{
    uint16_t flags = change->ifindex ? 0 : NLM_F_CREATE | NLM_F_EXCL;
    struct ifinfomsg *ifi = put_header(buf, size, RTM_NEWLINK, flags,
                                       sizeof *ifi);
    bool ok = true;

    if (!ifi) {
        return EMSGSIZE;
    }
    ifi->ifi_index = change->ifindex;
    if (change->set_up || change->set_down) {
        ifi->ifi_change = IFF_UP;
        ifi->ifi_flags = change->set_up ? IFF_UP : 0;
    }
    if (change->name) {
        ok = put_bytes(buf, size, IFLA_IFNAME, strlen(change->name) + 1,
                       change->name);
    }
    if (ok && change->alias) {
        /* The kernel wants no null, but an empty string may not be empty. */
        ok = put_bytes(buf, size, IFLA_IFALIAS, MAX(strlen(change->alias), 1),
                       change->alias);
    }
    if (ok && change->set_master) {
        ok = mnl_attr_put_u32_check(buf, size, IFLA_MASTER, change->master);
    }
    if (ok && change->set_group) {
        ok = mnl_attr_put_u32_check(buf, size, IFLA_GROUP, change->group);
    }
    if (ok && change->kind) {
        ok = put_linkinfo(buf, size, change);
    }
    return ok ? 0 : EMSGSIZE;
}

int
nl_link_encode_delete(uint32_t ifindex, void *buf, size_t size)
{
    struct ifinfomsg *ifi = put_header(buf, size, RTM_DELLINK, 0,
                                       sizeof *ifi);

    if (!ifi) {
        return EMSGSIZE;
    }
    ifi->ifi_index = ifindex;
    return 0;
}

int
nl_link_encode_dump(void *buf, size_t size)
{
    struct ifinfomsg *ifi = put_header(buf, size, RTM_GETLINK, NLM_F_DUMP,
                                       sizeof *ifi);

    return (ifi && mnl_attr_put_u32_check(buf, size, IFLA_EXT_MASK,
                                          RTEXT_FILTER_SKIP_STATS)
            ? 0 : EMSGSIZE);
}

/* Text. */

const char *
nl_route_protocol_name(uint8_t protocol)
{
    static const struct {
        uint8_t protocol;
        const char *name;
    } names[] = {
        { RTPROT_REDIRECT, "redirect" }, { RTPROT_KERNEL, "kernel" },
        { RTPROT_BOOT, "boot" },         { RTPROT_STATIC, "static" },
        { RTPROT_RA, "ra" },             { RTPROT_ZEBRA, "zebra" },
        { RTPROT_BIRD, "bird" },         { RTPROT_DHCP, "dhcp" },
        { RTPROT_KEEPALIVED, "keepalived" },
        { RTPROT_BABEL, "babel" },       { DR_RTPROT_OVN, "ovn" },
        { RTPROT_BGP, "bgp" },           { RTPROT_ISIS, "isis" },
        { RTPROT_OSPF, "ospf" },         { RTPROT_RIP, "rip" },
        { RTPROT_EIGRP, "eigrp" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].protocol == protocol) {
            return names[i].name;
        }
    }
    return "?";
}

const char *
nl_route_type_name(uint8_t type)
{
    static const char *const names[] = {
        [RTN_UNSPEC] = "unspec",           [RTN_UNICAST] = "unicast",
        [RTN_LOCAL] = "local",             [RTN_BROADCAST] = "broadcast",
        [RTN_ANYCAST] = "anycast",         [RTN_MULTICAST] = "multicast",
        [RTN_BLACKHOLE] = "blackhole",     [RTN_UNREACHABLE] = "unreachable",
        [RTN_PROHIBIT] = "prohibit",       [RTN_THROW] = "throw",
        [RTN_NAT] = "nat",                 [RTN_XRESOLVE] = "xresolve",
    };

    return type < ARRAY_SIZE(names) ? names[type] : "?";
}

static void
format_nexthop(const struct nl_nexthop *nexthop, uint8_t family,
               struct ds *ds)
{
    char buf[INET6_ADDRSTRLEN];

    if (nexthop->family
        && inet_ntop(nexthop->family, nexthop->addr, buf, sizeof buf)) {
        ds_put_format(ds, " via %s%s",
                      nexthop->family == family ? ""
                      : nexthop->family == AF_INET6 ? "inet6 " : "inet ",
                      buf);
    }
    if (nexthop->ifindex) {
        ds_put_format(ds, " ifindex %"PRIu32, nexthop->ifindex);
    }
}

void
nl_route_format(const struct nl_route *route, struct ds *ds)
{
    if (route->type != RTN_UNICAST) {
        ds_put_format(ds, "%s ", nl_route_type_name(route->type));
    }
    ip_prefix_put(&route->key.prefix, ds);
    if (route->nh_id) {
        ds_put_format(ds, " nhid %"PRIu32, route->nh_id);
    }
    for (size_t i = 0; i < route->n_nexthops; i++) {
        if (route->n_nexthops > 1) {
            ds_put_cstr(ds, " nexthop");
        }
        format_nexthop(&route->nexthops[i], route->key.prefix.family, ds);
    }
    ds_put_format(ds, " proto %s(%"PRIu8") metric %"PRIu32,
                  nl_route_protocol_name(route->protocol), route->protocol,
                  route->key.metric);
    if (route->key.tos) {
        ds_put_format(ds, " tos 0x%02"PRIx8, route->key.tos);
    }
}
