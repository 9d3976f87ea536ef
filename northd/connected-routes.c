/* connected-routes.c: subnets of router ports.  See the header. */
#include <config.h>
#include "northd/connected-routes.h"

#include <stdlib.h>

#include "lib/dynamic-routing.h"
#include "northd/route-source.h"
#include "northd/view.h"
#include "util.h"
#include "uuid.h"

/* Reports that 'text' holds for 'port'. */
static void
report(const struct view_router_port *port, const struct view_object *object,
       const char *text, struct route_sink *sink)
{
    char *name = xasprintf("Logical_Router_Port %s", port->name);

    sink->invalid(sink, port, object, name, text);
    free(name);
}

static void
connected_advertise(const struct view *view OVS_UNUSED,
                    const struct view_router_port *port,
                    struct route_sink *sink)
{
    const struct view_object object = { port->uuid, UUID_ZERO };
    struct route_value value = { .tracked_port = NULL };
    char *problem;

    if (view_router_port_sources(port) & DR_SOURCE_CONNECTED_AS_HOST) {
        return;
    }
    problem = route_source_parse_metric(smap_get(&port->options, DR_METRIC),
                                        &value.metric);
    if (!problem && port->bad_network) {
        problem = xasprintf("network \"%.60s\" is no ADDRESS/LENGTH; correct or "
                            "remove it", port->bad_network);
    }
    if (problem) {
        report(port, &object, problem, sink);
        free(problem);
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        value.prefix = port->networks[i].prefix;
        if (!ip_prefix_is_link_local(&value.prefix)) {
            sink->route(sink, port, &object, &value);
        }
    }
}

static void
connected_spread(const struct view *view, const struct view_object *object,
                 struct route_sink *sink)
{
    const struct view_router_port *port
        = view_find_router_port(view, &object->uuid);

    if (port && view_router_port_sources(port) & DR_SOURCE_CONNECTED) {
        connected_advertise(view, port, sink);
    }
}

const struct route_source connected_routes = {
    .name = "connected",
    .source = DR_SOURCE_CONNECTED,
    .advertise = connected_advertise,
    .spread = connected_spread,
};
