/* fake-kernel.c: what the fake kernel holds and does.  See the header. */
#include <config.h>
#include "tests/lib/fake-kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "tests/lib/fake-kernel-private.h"
#include "util.h"

uint32_t
fake_random(uint32_t *seed, uint32_t n)
{
    *seed = hash_int(*seed + 1, 0x5eed);
    return *seed % n;
}

/* Routes. */

static struct fake_route *
first_route(struct fake_kernel *kernel, const struct nl_route_key *key)
{
    struct fake_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, nl_route_key_hash(key),
                             &kernel->routes) {
        if (nl_route_key_equals(&route->route.key, key)) {
            return route;
        }
    }
    return NULL;
}

/* True if the very same route is there already. */
static bool
has_route(const struct fake_kernel *kernel, const struct nl_route *nl)
{
    const struct fake_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, nl_route_key_hash(&nl->key),
                             &kernel->routes) {
        if (nl_route_equals(&route->route, nl)) {
            return true;
        }
    }
    return false;
}

static void
insert_route(struct fake_kernel *kernel, const struct nl_route *nl)
{
    struct fake_route *route = xzalloc(sizeof *route);

    route->route = *nl;
    if (nl->n_nexthops) {
        route->nexthop = nl->nexthops[0];
    }
    route->route.nexthops = &route->nexthop;
    hmap_insert(&kernel->routes, &route->node, nl_route_key_hash(&nl->key));
}

/* Returns the device by which a route of the table, or else of the main one,
 * leads to 'nexthop', or 0 if none does. */
static uint32_t
device_towards(struct fake_kernel *kernel, uint32_t table_id,
               const struct nl_nexthop *nexthop)
{
    struct ip_prefix gateway;
    struct fake_route *route;

    if (ip_prefix_from_bytes(nexthop->family, nexthop->addr,
                             8 * ip_prefix_addr_len(nexthop->family),
                             &gateway)) {
        return 0;
    }
    HMAP_FOR_EACH (route, node, &kernel->routes) {
        if (route->route.key.table_id == table_id
            && route->route.type == RTN_UNICAST
            && !route->nexthop.family
            && ip_prefix_contains(&route->route.key.prefix, &gateway)) {
            return route->nexthop.ifindex;
        }
    }
    return (table_id == RT_TABLE_MAIN ? 0
            : device_towards(kernel, RT_TABLE_MAIN, nexthop));
}

static int
new_route(struct fake_kernel *kernel, const struct fake_client *by,
          uint16_t flags, struct nl_route *route, struct nl_nexthop *nexthop)
{
    struct fake_route *old = first_route(kernel, &route->key);
    bool v6 = route->key.prefix.family == AF_INET6;

    if (kernel->full) {
        return ENOMEM;
    } else if (v6 && kernel->no_ipv6) {
        return EOPNOTSUPP;
    }
    if (nexthop->family) {
        nexthop->ifindex = device_towards(kernel, route->key.table_id,
                                          nexthop);
        if (!nexthop->ifindex) {
            return v6 ? EHOSTUNREACH : ENETUNREACH;
        }
    }
    if (v6 && route->type != RTN_UNICAST) {
        nexthop->ifindex = 1;
    }
    if (v6 && !route->key.metric) {
        route->key.metric = 1024;
    }
    route->n_nexthops = nexthop->family || nexthop->ifindex;
    if (!old && !(flags & NLM_F_CREATE)) {
        return ENOENT;
    } else if (old && flags & NLM_F_EXCL) {
        return EEXIST;
    } else if (old && flags & NLM_F_REPLACE) {
        if (!v6 && nl_route_equals(&old->route, route)) {
            return 0;
        } else if (!nl_route_equals(&old->route, route)
                   && has_route(kernel, route)) {
            return EEXIST;      /* In another's place. */
        }
        hmap_remove(&kernel->routes, &old->node);
        free(old);
    } else if (has_route(kernel, route)) {
        return EEXIST;
    }
    insert_route(kernel, route);
    fake_kernel_tell(kernel, by, RTM_NEWROUTE,
                     old ? flags & NLM_F_REPLACE : 0, route, NULL);
    return 0;
}

static void
remove_route(struct fake_kernel *kernel, const struct fake_client *by,
             struct fake_route *route, bool silent)
{
    if (by && kernel->on_delete) {
        kernel->on_delete(kernel->aux, by->port, &route->route, NULL);
    }
    hmap_remove(&kernel->routes, &route->node);
    if (!silent) {
        fake_kernel_tell(kernel, by, RTM_DELROUTE, 0, &route->route, NULL);
    }
    free(route);
}

static int
del_route(struct fake_kernel *kernel, const struct fake_client *by,
          const struct nl_route *want, const struct nl_nexthop *nexthop)
{
    struct fake_route *route;

    HMAP_FOR_EACH_WITH_HASH (route, node, nl_route_key_hash(&want->key),
                             &kernel->routes) {
        if (nl_route_key_equals(&route->route.key, &want->key)
            && (!want->protocol || want->protocol == route->route.protocol)
            && (!want->type || want->type == route->route.type)
            && (!nexthop->family
                || !memcmp(nexthop->addr, route->nexthop.addr,
                           sizeof nexthop->addr))) {
            remove_route(kernel, by, route, false);
            return 0;
        }
    }
    return ESRCH;
}

/* Reads the gateway of 'family' from 'attr', 'skip' bytes in. */
static int
parse_gateway(const struct nlattr *attr, size_t skip, uint8_t family,
              struct nl_nexthop *nexthop)
{
    size_t len = ip_prefix_addr_len(family);

    if (mnl_attr_get_payload_len(attr) != skip + len) {
        return EINVAL;
    }
    nexthop->family = family;
    memcpy(nexthop->addr, (const char *) mnl_attr_get_payload(attr) + skip,
           len);
    return 0;
}

static int
route_request(struct fake_kernel *kernel, const struct fake_client *by,
              const struct nlmsghdr *nlh)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    struct nl_nexthop nexthop = { .weight = 1 };
    struct nl_route route = { .nexthops = &nexthop };
    const struct nlattr *attr;
    uint8_t dst[16] = { 0 };
    int error = 0;

    if (mnl_nlmsg_get_payload_len(nlh) < sizeof *rtm
        || (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6)) {
        return EINVAL;
    }
    route.key.table_id = rtm->rtm_table;
    route.key.tos = rtm->rtm_tos;
    route.protocol = rtm->rtm_protocol;
    route.type = rtm->rtm_type;
    route.scope = rtm->rtm_scope;
    mnl_attr_for_each (attr, nlh, sizeof *rtm) {
        switch (mnl_attr_get_type(attr)) {
        case RTA_DST:
            ovs_assert(mnl_attr_get_payload_len(attr)
                       == ip_prefix_addr_len(rtm->rtm_family));
            memcpy(dst, mnl_attr_get_payload(attr),
                   mnl_attr_get_payload_len(attr));
            break;
        case RTA_TABLE:
            route.key.table_id = mnl_attr_get_u32(attr);
            break;
        case RTA_PRIORITY:
            route.key.metric = mnl_attr_get_u32(attr);
            break;
        case RTA_OIF:
            nexthop.ifindex = mnl_attr_get_u32(attr);
            break;
        case RTA_GATEWAY:
            error = parse_gateway(attr, 0, rtm->rtm_family, &nexthop);
            break;
        case RTA_VIA:
            error = parse_gateway(attr, 2, AF_INET6, &nexthop);
            break;
        default:
            return EOPNOTSUPP;
        }
        if (error) {
            return error;
        }
    }
    error = ip_prefix_from_bytes(rtm->rtm_family, dst, rtm->rtm_dst_len,
                                 &route.key.prefix);
    if (error || memcmp(dst, route.key.prefix.addr, sizeof dst)) {
        return EINVAL;          /* Host bits. */
    }
    return (nlh->nlmsg_type == RTM_NEWROUTE
            ? new_route(kernel, by, nlh->nlmsg_flags, &route, &nexthop)
            : del_route(kernel, by, &route, &nexthop));
}

/* Devices. */

static struct fake_link *
find_link(struct fake_kernel *kernel, uint32_t ifindex, const char *name)
{
    struct fake_link *link;

    LIST_FOR_EACH (link, node, &kernel->links) {
        if (ifindex ? link->link.ifindex == ifindex
            : !strcmp(link->link.name, name)) {
            return link;
        }
    }
    return NULL;
}

static struct fake_link *
add_link(struct fake_kernel *kernel, const char *name, const char *kind)
{
    struct fake_link *link = xzalloc(sizeof *link);

    link->link.ifindex = ++kernel->last_ifindex;
    ovs_strlcpy(link->link.name, name, sizeof link->link.name);
    ovs_strlcpy(link->link.kind, kind, sizeof link->link.kind);
    ovs_list_push_back(&kernel->links, &link->node);
    return link;
}

/* The routes out of 'ifindex' die: in IPv4 without a word. */
static void
flush_device(struct fake_kernel *kernel, uint32_t ifindex)
{
    struct fake_route *route;

    HMAP_FOR_EACH_SAFE (route, node, &kernel->routes) {
        if (route->nexthop.ifindex == ifindex) {
            remove_route(kernel, NULL, route,
                         route->route.key.prefix.family == AF_INET);
        }
    }
}

/* A parsed RTM_NEWLINK. */
struct link_request {
    const char *name, *kind;
    const char *alias;
    size_t alias_len;
    uint32_t vrf_table;
    bool set_master;
    uint32_t master;
    bool set_group;
    uint32_t group;
};

static void
parse_link(const struct nlmsghdr *nlh, struct link_request *req)
{
    const struct nlattr *attr, *info, *data;

    memset(req, 0, sizeof *req);
    mnl_attr_for_each (attr, nlh, sizeof(struct ifinfomsg)) {
        switch (mnl_attr_get_type(attr)) {
        case IFLA_IFNAME:
            req->name = mnl_attr_get_str(attr);
            break;
        case IFLA_IFALIAS:
            req->alias = mnl_attr_get_payload(attr);
            req->alias_len = mnl_attr_get_payload_len(attr);
            break;
        case IFLA_MASTER:
            req->set_master = true;
            req->master = mnl_attr_get_u32(attr);
            break;
        case IFLA_GROUP:
            req->set_group = true;
            req->group = mnl_attr_get_u32(attr);
            break;
        case IFLA_LINKINFO:
            mnl_attr_for_each_nested (info, attr) {
                if (mnl_attr_get_type(info) == IFLA_INFO_KIND) {
                    /* Not terminated: what follows it is padding. */
                    static char kind[16];

                    memset(kind, 0, sizeof kind);
                    memcpy(kind, mnl_attr_get_payload(info),
                           MIN(mnl_attr_get_payload_len(info), 15));
                    req->kind = kind;
                } else if (mnl_attr_get_type(info) == IFLA_INFO_DATA) {
                    mnl_attr_for_each_nested (data, info) {
                        if (mnl_attr_get_type(data) == IFLA_VRF_TABLE) {
                            req->vrf_table = mnl_attr_get_u32(data);
                        }
                    }
                }
            }
            break;
        }
    }
}

static int
create_link(struct fake_kernel *kernel, const struct fake_client *by,
            const struct ifinfomsg *ifi, const struct link_request *req)
{
    bool vrf = req->kind && !strcmp(req->kind, "vrf");
    struct fake_link *link;

    if (!req->kind || !req->name || (vrf && kernel->no_vrf)) {
        return EOPNOTSUPP;
    } else if (vrf && (!req->vrf_table || req->vrf_table == UINT32_MAX)) {
        return EINVAL;
    }
    link = add_link(kernel, req->name, req->kind);
    link->link.vrf_table = req->vrf_table;
    link->link.group = req->group;  /* Unlike an alias, which is ignored. */
    link->link.flags = ifi->ifi_flags & ifi->ifi_change & IFF_UP;
    fake_kernel_tell(kernel, by, RTM_NEWLINK, 0, NULL, &link->link);
    return 0;
}

static int
change_link(struct fake_kernel *kernel, const struct fake_client *by,
            struct fake_link *link, const struct ifinfomsg *ifi,
            const struct link_request *req)
{
    struct nl_link *nl = &link->link;
    bool was_up = nl->flags & IFF_UP;

    if (req->name && strcmp(req->name, nl->name)) {
        if (was_up && kernel->no_live_rename) {
            return EBUSY;
        } else if (find_link(kernel, 0, req->name)) {
            return EEXIST;
        }
        ovs_strlcpy(nl->name, req->name, sizeof nl->name);
    }
    if (req->alias) {
        memset(nl->alias, 0, sizeof nl->alias);
        if (!req->alias_len || req->alias_len >= sizeof nl->alias) {
            return EINVAL;
        }
        memcpy(nl->alias, req->alias, req->alias_len);
    }
    if (req->set_master) {
        if (req->master && !find_link(kernel, req->master, "")) {
            return EINVAL;
        }
        nl->master = req->master;
    }
    if (req->set_group) {
        nl->group = req->group;
    }
    nl->flags = ((nl->flags & ~ifi->ifi_change)
                 | (ifi->ifi_flags & ifi->ifi_change));
    fake_kernel_tell(kernel, by, RTM_NEWLINK, 0, NULL, nl);
    if (was_up && !(nl->flags & IFF_UP)) {
        flush_device(kernel, nl->ifindex);
    }
    return 0;
}

static int
delete_link(struct fake_kernel *kernel, const struct fake_client *by,
            struct fake_link *link)
{
    struct fake_link *port;

    if (!link) {
        return ENODEV;
    } else if (link->link.ifindex == 1) {
        return EOPNOTSUPP;
    }
    if (kernel->on_delete) {
        kernel->on_delete(kernel->aux, by->port, NULL, &link->link);
    }
    flush_device(kernel, link->link.ifindex);
    LIST_FOR_EACH (port, node, &kernel->links) {
        if (port->link.master == link->link.ifindex) {
            port->link.master = 0;
            fake_kernel_tell(kernel, by, RTM_NEWLINK, 0, NULL, &port->link);
        }
    }
    ovs_list_remove(&link->node);
    fake_kernel_tell(kernel, by, RTM_DELLINK, 0, NULL, &link->link);
    free(link);
    return 0;
}

static int
link_request(struct fake_kernel *kernel, const struct fake_client *by,
             const struct nlmsghdr *nlh)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
    struct link_request req;
    struct fake_link *link;

    if (mnl_nlmsg_get_payload_len(nlh) < sizeof *ifi) {
        return EINVAL;
    }
    parse_link(nlh, &req);
    link = (ifi->ifi_index || req.name
            ? find_link(kernel, ifi->ifi_index, req.name) : NULL);
    if (nlh->nlmsg_type == RTM_DELLINK) {
        return delete_link(kernel, by, link);
    } else if (link) {
        return (nlh->nlmsg_flags & NLM_F_EXCL ? EEXIST
                : change_link(kernel, by, link, ifi, &req));
    }
    return (nlh->nlmsg_flags & NLM_F_CREATE
            ? create_link(kernel, by, ifi, &req) : ENODEV);
}

/* Requests. */

int
fake_kernel_request(struct fake_kernel *kernel, const struct fake_client *by,
                    const struct nlmsghdr *nlh)
{
    if (kernel->no_admin && !by->immune) {
        return EPERM;
    } else if (!by->immune && kernel->fail.times
               && kernel->fail.type == nlh->nlmsg_type) {
        kernel->fail.times--;
        return kernel->fail.error;
    }
    switch (nlh->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return route_request(kernel, by, nlh);
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return link_request(kernel, by, nlh);
    default:
        return EOPNOTSUPP;
    }
}

void
fake_kernel_fail(struct fake_kernel *kernel, uint16_t type, int error,
                 int times)
{
    kernel->fail.type = type;
    kernel->fail.error = error;
    kernel->fail.times = times;
}

void
fake_kernel_init(struct fake_kernel *kernel)
{
    memset(kernel, 0, sizeof *kernel);
    hmap_init(&kernel->routes);
    ovs_list_init(&kernel->links);
    ovs_list_init(&kernel->clients);
    add_link(kernel, "lo", "")->link.flags = IFF_UP;
}

void
fake_kernel_destroy(struct fake_kernel *kernel)
{
    struct fake_route *route;
    struct fake_link *link;

    ovs_assert(ovs_list_is_empty(&kernel->clients));
    HMAP_FOR_EACH_POP (route, node, &kernel->routes) {
        free(route);
    }
    hmap_destroy(&kernel->routes);
    LIST_FOR_EACH_POP (link, node, &kernel->links) {
        free(link);
    }
}
