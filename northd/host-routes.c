/* host-routes.c: addresses that a router port can reach directly.  See the
 * header. */
#include <config.h>
#include "northd/host-routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/route-source.h"
#include "northd/view-host.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* White space, and what separates the texts of a port. */
#define BLANKS " \t\r\v\f"
#define END_OF_TEXT "\n"

/* Where addresses go: what 'port' advertises because of 'object'. */
struct host_sink {
    struct route_sink *sink;
    const struct view_router_port *port;
    struct view_object object;
    struct route_value value;   /* All but the prefix. */
};

static void
put_address(struct host_sink *hs, const struct ip_prefix *address)
{
    if (!ip_prefix_is_link_local(address)) {
        hs->value.prefix = *address;
        hs->sink->route(hs->sink, hs->port, &hs->object, &hs->value);
    }
}

/* Reports and frees 'problem' of the 'kind' 'name', unless it is NULL. */
static void
put_problem(struct host_sink *hs, const char *kind, const char *name,
            char *problem)
{
    if (problem) {
        char *object = xasprintf("%s %s", kind, name);

        hs->sink->invalid(hs->sink, hs->port, &hs->object, object, problem);
        free(object);
        free(problem);
    }
}

/* Addresses of a router port. */
static void
put_router_port(struct host_sink *hs, const struct view_router_port *from)
{
    char *problem;

    if (!smap_get_bool(&from->options, DR_ADVERTISE, true)) {
        return;
    }
    hs->value.tracked_port = from->name;
    problem = route_source_parse_metric(smap_get(&from->options, DR_METRIC),
                                        &hs->value.metric);
    if (!problem && from->bad_network) {
        problem = xasprintf("network \"%.60s\" is no ADDRESS/LENGTH; correct or "
                            "remove it", from->bad_network);
    }
    for (size_t i = 0; i < from->n_networks; i++) {
        put_address(hs, &from->networks[i].address);
    }
    put_problem(hs, "Logical_Router_Port", from->name, problem);
}

/* Parses the 'n' bytes at 'word', ADDRESS or ADDRESS/LENGTH, into '*address'.
 * True if it is that. */
static bool
parse_address(const char *word, size_t n, struct ip_prefix *address)
{
    char text[IP_PREFIX_STRLEN];
    struct ip_prefix prefix;

    if (n >= sizeof text) {
        return false;
    }
    memcpy(text, word, n);
    text[n] = '\0';
    if (ip_prefix_parse(text, &prefix, NULL)) {
        return false;
    }
    text[strcspn(text, "/")] = '\0';
    return !ip_prefix_parse(text, address, NULL);
}

/* The addresses in 'text', "MAC ADDRESS...", of the 'column' of the port 'name',
 * until the end of the text.  Returns NULL or what is wrong with it. */
static char *
put_text(struct host_sink *hs, const char *text, const char *column)
{
    int length = strcspn(text, END_OF_TEXT);
    const char *end = text + length;
    struct ip_prefix address;
    struct eth_addr mac;
    int n = 0;

    if (!ovs_scan_len(text, &n, ETH_ADDR_SCAN_FMT, ETH_ADDR_SCAN_ARGS(mac))
        || n > length || (text[n] && !strchr(BLANKS END_OF_TEXT, text[n]))) {
        return xasprintf("%s \"%.*s\" does not start with an Ethernet address; "
                         "correct it", column, MIN(length, 60), text);
    }
    for (const char *p = text + n; (p += strspn(p, BLANKS)) < end; p += n) {
        n = strcspn(p, BLANKS END_OF_TEXT);
        if (!parse_address(p, n, &address)) {
            return xasprintf("%s \"%.*s\" has \"%.*s\", which is no IP address; "
                             "correct it", column, MIN(length, 60), text,
                             MIN(n, 60), p);
        }
        put_address(hs, &address);
    }
    return NULL;
}

/* True if 'text' starts with 'word', as a word of its own. */
static bool
starts_with(const char *text, const char *word)
{
    size_t n = strlen(word);

    return (!strncmp(text, word, n)
            && (!text[n] || strchr(BLANKS END_OF_TEXT, text[n])));
}

/* True if 'text' leaves the address to OVN: "dynamic ..." or "MAC dynamic". */
static bool
is_dynamic(const char *text)
{
    const char *second = text + strcspn(text, BLANKS END_OF_TEXT);

    second += strspn(second, BLANKS);
    return starts_with(text, "dynamic") || starts_with(second, "dynamic");
}

/* Addresses of a switch port that are its own. */
static void
put_switch_port(struct host_sink *hs, const struct view_switch_port *from)
{
    const char *text = from->host.addresses;
    bool dynamic = false;
    char *problem = NULL;

    while (text && *text) {
        char *trouble = NULL;

        text += strspn(text, BLANKS);
        if (is_dynamic(text)) {
            dynamic = true;
        } else if (!starts_with(text, "unknown")
                   && !starts_with(text, "router")) {
            trouble = put_text(hs, text, "addresses");
        }
        if (problem) {
            free(trouble);      /* One is enough. */
        } else {
            problem = trouble;
        }
        text += strcspn(text, END_OF_TEXT);
        text += strspn(text, END_OF_TEXT);
    }
    if (dynamic && from->host.dynamic_addresses) {
        /* OVN's own, correct unless someone meddled with it. */
        char *trouble = put_text(hs, from->host.dynamic_addresses,
                                 "dynamic_addresses");

        if (problem) {
            free(trouble);
        } else {
            problem = trouble;
        }
    }
    put_problem(hs, "Logical_Switch_Port", from->name, problem);
}

/* What 'port' advertises because of 'from' on its switch. */
static void
emit_switch_port(const struct view *view, const struct view_router_port *port,
                 const struct view_switch_port *from, struct route_sink *sink)
{
    const struct view_router_port *router_port
        = (from->router_port
           ? view_router_port_by_name(view, from->router_port) : NULL);
    struct host_sink hs = {
        .sink = sink,
        .port = port,
        .object = { from->uuid, UUID_ZERO },
        .value = { .tracked_port = from->name, .metric = DR_METRIC_NONE },
    };

    if (!from->host.advertise) {
        return;
    } else if (router_port) {
        put_router_port(&hs, router_port);
        return;
    } else if (from->host.is_virtual) {
        hs.value.tracked_port = view_virtual_parent(view, from->name);
        if (!hs.value.tracked_port) {
            return;
        }
    }
    put_switch_port(&hs, from);
}

/* What 'port' advertises because of 'peer', with which it is connected. */
static void
emit_peer(const struct view_router_port *port,
          const struct view_router_port *peer, struct route_sink *sink)
{
    struct host_sink hs = {
        .sink = sink,
        .port = port,
        .object = { peer->uuid, UUID_ZERO },
    };

    put_router_port(&hs, peer);
}

static void
host_advertise(const struct view *view, const struct view_router_port *port,
               struct route_sink *sink)
{
    const struct view_router_port *peer = view_router_port_peer(view, port);
    const struct view_switch *sw = view_router_port_switch(view, port);
    const struct view_switch_port *from;

    if (peer && peer != port) {
        emit_peer(port, peer, sink);
    } else if (sw) {
        LIST_FOR_EACH (from, switch_node, &sw->ports) {
            emit_switch_port(view, port, from, sink);
        }
    }
}

/* From the other end. */

struct spread_aux {
    const struct view *view;
    const struct view_router_port *from;
    struct route_sink *sink;
};

static bool
port_takes(const struct view_router_port *port)
{
    return view_router_port_sources(port) & DR_SOURCE_CONNECTED_AS_HOST;
}

static void
spread_to_peer(const struct view_router_port *port, void *aux_)
{
    const struct spread_aux *aux = aux_;

    if (port_takes(port)
        && view_router_port_peer(aux->view, port) == aux->from) {
        emit_peer(port, aux->from, aux->sink);
    }
}

static void
host_spread(const struct view *view, const struct view_object *object,
            struct route_sink *sink)
{
    const struct view_switch_port *from
        = view_find_switch_port(view, &object->uuid);
    const struct view_router_port *peer
        = view_find_router_port(view, &object->uuid);
    const struct view_switch_port *across;

    if (from && from->sw) {
        LIST_FOR_EACH (across, router_port_node, &from->sw->router_ports) {
            const struct view_router_port *port
                = view_router_port_by_name(view, across->router_port);

            if (port && port_takes(port)
                && view_router_port_switch(view, port) == from->sw) {
                emit_switch_port(view, port, from, sink);
            }
        }
    } else if (peer) {
        struct spread_aux aux = { view, peer, sink };

        view_for_each_observer(view, peer, spread_to_peer, &aux);
    }
}

const struct route_source host_routes = {
    .name = "connected-as-host",
    .source = DR_SOURCE_CONNECTED_AS_HOST,
    .advertise = host_advertise,
    .spread = host_spread,
};
