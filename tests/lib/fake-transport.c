/* fake-transport.c: the way to the fake kernel and back: requests, answers,
 * dumps and events, and how they get lost.  See tests/lib/fake-kernel.h. */
#include <config.h>
#include "tests/lib/fake-kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/poll-loop.h"
#include "tests/lib/fake-kernel-private.h"
#include "util.h"

/* News beyond these are lost. */
#define MAX_EVENTS 20000

/* Something to be reported. */
struct fake_report {
    struct ovs_list node;
    struct nl_report report;
    uint64_t message[NL_MESSAGE_MAX / 8];
};

static const struct nl_transport_class fake_class;

static struct fake_client *
fake_client_cast(const struct nl_transport *transport)
{
    ovs_assert(transport->class == &fake_class);
    return CONTAINER_OF(transport, struct fake_client, up);
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

void
fake_kernel_tell(struct fake_kernel *kernel, const struct fake_client *by,
                 uint16_t type, uint16_t flags, const struct nl_route *route,
                 const struct nl_link *link)
{
    struct fake_client *client;
    bool lost = kernel->lose_events > 0;
    bool swallowed = kernel->swallow_events > 0;

    kernel->lose_events -= lost;
    kernel->swallow_events -= swallowed;
    LIST_FOR_EACH (client, node, &kernel->clients) {
        struct fake_report *report;

        client->dump_disturbed = true;
        if (route && client == by && client->echo) {
            report = add_report(&client->outcomes, NL_REPORT_EVENT);
            report->report.own = true;
            put_route(report, route, type, flags);
        }
        if (route && client == by && !kernel->tells_own) {
            continue;
        }
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

/* Requests. */

static void
tell_of_request(const struct fake_client *client, bool done)
{
    struct fake_kernel *kernel = client->kernel;

    if (kernel->on_request && !client->immune) {
        kernel->on_request(kernel->aux, done);
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
        int error = NL_UNKNOWN;

        ovs_assert(mnl_nlmsg_ok(nlh, left));
        client->n_requests++;
        tell_of_request(client, false);
        if (kernel->ignore_requests && !client->immune) {
            kernel->ignore_requests--;
        } else if (kernel->lose_answers && !client->immune) {
            kernel->lose_answers--;
            fake_kernel_request(kernel, client, nlh);
        } else {
            client->echo = nlh->nlmsg_flags & NLM_F_ECHO;
            error = fake_kernel_request(kernel, client, nlh);
            client->echo = false;
        }
        add_report(&client->outcomes, NL_REPORT_OUTCOME)->report.error = error;
        tell_of_request(client, true);
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
    } else if (!ovs_list_is_empty(&client->outcomes)
               && !(client->kernel->late_answers && !client->immune)) {
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
