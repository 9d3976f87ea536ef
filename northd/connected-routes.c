/* connected-routes.c: subnets of router ports.  See the header. */
#include <config.h>
#include "northd/connected-routes.h"

#include <stdlib.h>

#include "lib/dynamic-routing.h"
#include "northd/route-source.h"
#include "northd/view.h"
#include "util.h"

static void
report_bad_network(const struct view_router_port *port,
                   struct route_sink *sink)
{
    char *name = xasprintf("Logical_Router_Port %s", port->name);
    char *text = xasprintf("network \"%.60s\" is no ADDRESS/LENGTH; correct or "
                           "remove it", port->bad_network);

    sink->invalid(sink, port, &port->uuid, name, text);
    free(text);
    free(name);
}

static void
connected_advertise(const struct view *view OVS_UNUSED,
                    const struct view_router_port *port,
                    struct route_sink *sink)
{
    if (view_router_port_sources(port) & DR_SOURCE_CONNECTED_AS_HOST) {
        return;
    }
    if (port->bad_network) {
        report_bad_network(port, sink);
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct ip_prefix *prefix = &port->networks[i].prefix;

        if (!ip_prefix_is_link_local(prefix)) {
            sink->route(sink, port, &port->uuid, prefix, NULL);
        }
    }
}

static void
connected_spread(const struct view *view, const struct uuid *object,
                 struct route_sink *sink)
{
    const struct view_router_port *port = view_find_router_port(view, object);

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
