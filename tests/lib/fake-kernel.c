/* fake-kernel.c: see the header. */
#include <config.h>
#include "tests/lib/fake-kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "hash.h"
#include "lib/nl-transport.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

/* News beyond these are lost. */
#define MAX_EVENTS 20000

struct fake_route {
    struct hmap_node node;      /* In struct fake_kernel's 'routes'. */
    struct nl_route route;
    struct nl_nexthop nexthop;  /* Where 'route.nexthops' points. */
};

struct fake_link {
    struct ovs_list node;       /* In struct fake_kernel's 'links'. */
    struct nl_link link;
};

/* Something to be reported. */
struct fake_report {
    struct ovs_list node;
    struct nl_report report;
    uint64_t message[NL_MESSAGE_MAX / 8];
};

struct fake_client {
    struct nl_transport up;
    struct ovs_list node;       /* In struct fake_kernel's 'clients'. */
    struct fake_kernel *kernel;
    uint32_t port;
    bool immune;                /* No faults for this one. */
    size_t n_requests;
    struct ovs_list events;     /* Of struct fake_report. */
    size_t n_events;
    struct ovs_list outcomes;
    struct ovs_list dump;
    bool dumping;
    bool dump_disturbed;        /* Something changed since it began. */
    struct fake_report *last;   /* The one being looked at. */
};

static const struct nl_transport_class fake_class;

static struct fake_client *
fake_client_cast(const struct nl_transport *transport)
{
    ovs_assert(transport->class == &fake_class);
    return CONTAINER_OF(transport, struct fake_client, up);
}

uint32_t
fake_random(uint32_t *seed, uint32_t n)
{
    *seed = hash_int(*seed + 1, 0x5eed);
    return *seed % n;
}

static bool
jitter(const struct fake_client *client)
{
    uint32_t *seed = &client->kernel->jitter;

    return *seed && !client->immune && !fake_random(seed, 4);
}

/* Telling. */

static struct fake_report *
add_report(struct ovs_list *list, enum nl_report_type type)
{
    struct fake_report *report = xzalloc(sizeof *report);

    report->report.type = type;
    report->report.message = (const void *) report->message;
    ovs_list_push_back(list, &report->node);
    return report;
}

static void
clear_reports(struct ovs_list *list)
{
    struct fake_report *report;

    LIST_FOR_EACH_POP (report, node, list) {
        free(report);
    }
}

static void
put_route(struct fake_report *report, const struct nl_route *route,
          uint16_t type, uint16_t flags)
{
    struct nlmsghdr *nlh = (void *) report->message;
    int error = nl_route_encode(route, type, flags, nlh,
                                sizeof report->message);
    struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    ovs_assert(!error);
    nlh->nlmsg_flags &= ~NLM_F_REQUEST;
    rtm->rtm_scope = route->scope;
}

static void
put_link(struct fake_report *report, const struct nl_link *link,
         uint16_t type)
{
    struct nl_link_change change = {
        .ifindex = link->ifindex,
        .name = link->name,
        .kind = link->kind[0] ? link->kind : NULL,
        .vrf_table = link->vrf_table,
        .alias = link->alias[0] ? link->alias : NULL,
        .set_master = link->master != 0,
        .master = link->master,
        .set_group = true,
        .group = link->group,
    };
    struct nlmsghdr *nlh = (void *) report->message;
    int error = nl_link_encode_change(&change, nlh, sizeof report->message);
    struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

    ovs_assert(!error);
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = 0;
    ifi->ifi_flags = link->flags;
}

/* Tells all clients what 'by' did (NULL: nobody) to 'route' or 'link'. */
static void
tell(struct fake_kernel *kernel, const struct fake_client *by, uint16_t type,
     uint16_t flags, const struct nl_route *route, const struct nl_link *link)
{
    struct fake_client *client;
    bool lost = kernel->lose_events > 0;
    bool swallowed = kernel->swallow_events > 0;

    kernel->lose_events -= lost;
    kernel->swallow_events -= swallowed;
    LIST_FOR_EACH (client, node, &kernel->clients) {
        struct fake_report *report;

        client->dump_disturbed = true;
        if (swallowed && !client->immune) {
            continue;
        }
        if ((lost && !client->immune) || client->n_events >= MAX_EVENTS) {
            add_report(&client->events, NL_REPORT_LOST);
            continue;
        }
        client->n_events++;
        report = add_report(&client->events, NL_REPORT_EVENT);
        report->report.own = client == by;
        if (route) {
            put_route(report, route, type, flags);
        } else {
            put_link(report, link, type);
        }
    }
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

static bool
same_value(const struct nl_route *a, const struct nl_route *b)
{
    return nl_route_equals(a, b);
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

/* Returns the device by which a route of the table leads to 'nexthop', or 0 if
 * none does. */
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
    return 0;
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
        if (!v6 && same_value(&old->route, route)) {
            return 0;
        }
        hmap_remove(&kernel->routes, &old->node);
        free(old);
    } else if (old && same_value(&old->route, route)) {
        return EEXIST;
    }
    insert_route(kernel, route);
    tell(kernel, by, RTM_NEWROUTE, old ? flags & NLM_F_REPLACE : 0, route,
         NULL);
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
        tell(kernel, by, RTM_DELROUTE, 0, &route->route, NULL);
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
    tell(kernel, by, RTM_NEWLINK, 0, NULL, &link->link);
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
    tell(kernel, by, RTM_NEWLINK, 0, NULL, nl);
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
            tell(kernel, by, RTM_NEWLINK, 0, NULL, &port->link);
        }
    }
    ovs_list_remove(&link->node);
    tell(kernel, by, RTM_DELLINK, 0, NULL, &link->link);
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

static int
request(struct fake_kernel *kernel, const struct fake_client *by,
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

static void
fake_submit(struct nl_transport *transport, void *msgs, size_t len, size_t n)
{
    struct fake_client *client = fake_client_cast(transport);
    struct fake_kernel *kernel = client->kernel;
    const struct nlmsghdr *nlh = msgs;
    int left = len;

    for (size_t i = 0; i < n; i++) {
        struct fake_report *report;

        ovs_assert(mnl_nlmsg_ok(nlh, left));
        client->n_requests++;
        report = add_report(&client->outcomes, NL_REPORT_OUTCOME);
        report->report.error = NL_UNKNOWN;
        if (kernel->ignore_requests && !client->immune) {
            kernel->ignore_requests--;
        } else {
            int error = request(kernel, client, nlh);

            if (kernel->lose_answers && !client->immune) {
                kernel->lose_answers--;
            } else {
                report->report.error = error;
            }
        }
        nlh = mnl_nlmsg_next(nlh, &left);
    }
    ovs_assert(!left);
}

/* Dumps. */

static void
dump_routes(struct fake_client *client, const struct nlmsghdr *nlh)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *attr;
    const struct fake_route *route;
    uint32_t table_id = 0;
    struct fake_report *end;
    bool any = false;

    mnl_attr_for_each (attr, nlh, sizeof *rtm) {
        if (mnl_attr_get_type(attr) == RTA_TABLE) {
            table_id = mnl_attr_get_u32(attr);
        }
    }
    HMAP_FOR_EACH (route, node, &client->kernel->routes) {
        const struct nl_route *nl = &route->route;

        if (nl->key.prefix.family == rtm->rtm_family
            && ((client->kernel->no_filter && !client->immune)
                || ((!table_id || table_id == nl->key.table_id)
                    && (!rtm->rtm_protocol
                        || rtm->rtm_protocol == nl->protocol)))) {
            put_route(add_report(&client->dump, NL_REPORT_DUMP_ENTRY), nl,
                      RTM_NEWROUTE, NLM_F_MULTI);
            any = true;
        }
    }
    end = add_report(&client->dump, NL_REPORT_DUMP_END);
    if (table_id && !any) {
        end->report.error = ENOENT;
    }
}

static void
dump_links(struct fake_client *client)
{
    const struct fake_link *link;

    LIST_FOR_EACH (link, node, &client->kernel->links) {
        put_link(add_report(&client->dump, NL_REPORT_DUMP_ENTRY), &link->link,
                 RTM_NEWLINK);
    }
    add_report(&client->dump, NL_REPORT_DUMP_END);
}

/* Has the dump that is ready fail halfway. */
static void
break_dump(struct fake_client *client)
{
    size_t n = ovs_list_size(&client->dump) / 2;
    struct fake_report *end = CONTAINER_OF(ovs_list_back(&client->dump),
                                           struct fake_report, node);

    for (size_t i = 0; i < n; i++) {
        free(CONTAINER_OF(ovs_list_pop_front(&client->dump),
                          struct fake_report, node));
    }
    end->report.error = client->kernel->fail_dumps_error;
}

static int
fake_dump(struct nl_transport *transport, struct nlmsghdr *nlh)
{
    struct fake_client *client = fake_client_cast(transport);

    if (client->dumping) {
        return EBUSY;
    }
    ovs_assert(nlh->nlmsg_flags & NLM_F_DUMP);
    client->dumping = true;
    client->dump_disturbed = false;
    if (nlh->nlmsg_type == RTM_GETROUTE) {
        dump_routes(client, nlh);
    } else {
        dump_links(client);
    }
    if (client->kernel->fail_dumps && !client->immune) {
        client->kernel->fail_dumps--;
        break_dump(client);
    }
    return 0;
}

/* All hear of everything. */
static int
fake_join(struct nl_transport *transport OVS_UNUSED, int group OVS_UNUSED)
{
    return 0;
}

/* Receiving. */

static bool
fake_recv(struct nl_transport *transport, struct nl_report *out)
{
    struct fake_client *client = fake_client_cast(transport);
    struct ovs_list *list = NULL;

    free(client->last);
    client->last = NULL;
    if (jitter(client)) {
        return false;
    }
    if (!ovs_list_is_empty(&client->events)) {
        list = &client->events;
        if (client->n_events) {
            client->n_events--;
        }
    } else if (!ovs_list_is_empty(&client->outcomes)) {
        list = &client->outcomes;
    } else if (!ovs_list_is_empty(&client->dump)) {
        list = &client->dump;
    } else {
        return false;
    }
    client->last = CONTAINER_OF(ovs_list_pop_front(list), struct fake_report,
                                node);
    *out = client->last->report;
    if (out->type == NL_REPORT_DUMP_END) {
        client->dumping = false;
        if (!out->error && client->dump_disturbed && client->kernel->jitter
            && !client->immune) {
            out->error = EINTR;
        }
    }
    return true;
}

static void
fake_wait(struct nl_transport *transport)
{
    struct fake_client *client = fake_client_cast(transport);

    if (!ovs_list_is_empty(&client->events)
        || !ovs_list_is_empty(&client->outcomes)
        || !ovs_list_is_empty(&client->dump)) {
        poll_immediate_wake();
    }
}

static void
fake_close(struct nl_transport *transport)
{
    struct fake_client *client = fake_client_cast(transport);

    free(client->last);
    clear_reports(&client->events);
    clear_reports(&client->outcomes);
    clear_reports(&client->dump);
    ovs_list_remove(&client->node);
    free(client);
}

static const struct nl_transport_class fake_class = {
    .close = fake_close,
    .submit = fake_submit,
    .dump = fake_dump,
    .join = fake_join,
    .recv = fake_recv,
    .wait = fake_wait,
};

struct nl_transport *
fake_kernel_open(struct fake_kernel *kernel)
{
    struct fake_client *client = xzalloc(sizeof *client);

    client->up.class = &fake_class;
    client->kernel = kernel;
    client->port = ++kernel->last_port;
    ovs_list_init(&client->events);
    ovs_list_init(&client->outcomes);
    ovs_list_init(&client->dump);
    ovs_list_push_back(&kernel->clients, &client->node);
    return &client->up;
}

void
fake_transport_set_immune(struct nl_transport *transport)
{
    fake_client_cast(transport)->immune = true;
}

size_t
fake_transport_n_requests(const struct nl_transport *transport)
{
    return fake_client_cast(transport)->n_requests;
}

uint32_t
fake_transport_port(const struct nl_transport *transport)
{
    return fake_client_cast(transport)->port;
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
