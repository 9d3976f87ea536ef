/* nat-routes.c: external addresses of NATs.  See the header. */
#include <config.h>
#include "northd/nat-routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/route-source.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* What a NAT comes to. */
struct nat_result {
    bool advertised;            /* Valid, and nothing forbids it. */
    struct route_value value;   /* If 'advertised'. */
    char *problem;              /* What is wrong with it, or NULL. */
};

/* Parses the external address (D1).  Returns NULL or what is wrong with it,
 * which the caller must free(). */
static char *
parse_external_ip(const char *external_ip, struct ip_prefix *prefix)
{
    bool host_bits;

    if (strpbrk(external_ip, "-, ")) {
        return xasprintf("external_ip \"%.60s\" is more than one address; use "
                         "one NAT for each address", external_ip);
    } else if (ip_prefix_parse(external_ip, prefix, &host_bits)) {
        return xasprintf("external_ip \"%.60s\" is no IP address; use one "
                         "IPv4 or IPv6 address", external_ip);
    } else if (!ip_prefix_is_host(prefix)) {
        return xasprintf("external_ip \"%.60s\" has %s; use the address without "
                         "a mask", external_ip,
                         (host_bits ? "host bits under its mask"
                          : "a mask that covers more than one address"));
    }
    return NULL;
}

/* Checks what stock OVN checks before it takes a NAT, in which case there is
 * nothing to advertise.  'prefix' is the external address.  Returns as
 * parse_external_ip(). */
static char *
check_nat(const struct view_nat_config *config,
          const struct ip_prefix *prefix)
{
    struct ip_prefix logical;
    struct eth_addr mac;

    if (strcmp(config->type, "snat") && strcmp(config->type, "dnat")
        && strcmp(config->type, "dnat_and_snat")) {
        return xasprintf("type \"%.60s\" is none of snat, dnat and "
                         "dnat_and_snat; correct it", config->type);
    }
    if (config->allowed_ext_ips && config->exempted_ext_ips) {
        return xstrdup("both allowed_ext_ips and exempted_ext_ips are set; "
                       "clear one of them");
    }
    if (ip_prefix_parse(config->logical_ip, &logical, NULL)
        || logical.family != prefix->family) {
        return xasprintf("logical_ip \"%.60s\" is no address or prefix of the "
                         "same family as external_ip \"%.60s\"; correct it",
                         config->logical_ip, config->external_ip);
    }
    if (strcmp(config->type, "snat") && !ip_prefix_is_host(&logical)) {
        return xasprintf("logical_ip \"%.60s\" of type %s is not one address; "
                         "use one, without a mask",
                         config->logical_ip, config->type);
    }
    if (config->external_mac && !eth_addr_from_string(config->external_mac,
                                                      &mac)) {
        return xasprintf("external_mac \"%.60s\" is no Ethernet address; "
                         "correct or clear it", config->external_mac);
    }
    return NULL;
}

static bool
port_has_address(const struct view_router_port *port,
                 const struct ip_prefix *address)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (ip_prefix_contains(&port->networks[i].prefix, address)) {
            return true;
        }
    }
    return false;
}

/* Finds the gateway port that 'nat' with external address 'prefix' belongs
 * to, '*port', which is NULL if the router has none.  Returns as
 * parse_external_ip(). */
static char *
find_gateway_port(const struct view_nat *nat, const struct ip_prefix *prefix,
                  const struct view_router_port **port)
{
    const struct view_router_port *p, *only = NULL, *containing = NULL;
    bool named = !uuid_is_zero(&nat->config.gateway_port);
    size_t n = 0;

    *port = NULL;
    LIST_FOR_EACH (p, router_node, &nat->router->ports) {
        if (!view_router_port_is_distributed_gateway(p)) {
            continue;
        }
        if (named && uuid_equals(&p->uuid, &nat->config.gateway_port)) {
            *port = p;
            return NULL;
        }
        only = p;
        n++;
        if (port_has_address(p, prefix)
            && (!containing || strcmp(p->name, containing->name) < 0)) {
            containing = p;
        }
    }
    if (named) {
        return xstrdup("gateway_port is no distributed gateway port of this "
                       "router; set it to one, or clear it");
    }
    *port = n > 1 ? containing : only;
    return (n > 1 && !containing
            ? xasprintf("external_ip \"%.60s\" is in no network of the router's "
                        "%"PRIuSIZE" distributed gateway ports; set "
                        "gateway_port", nat->config.external_ip, n)
            : NULL);
}

static bool
nat_is_distributed(const struct view_nat_config *config)
{
    return (!strcmp(config->type, "dnat_and_snat")
            && config->logical_port && config->external_mac);
}

/* Works out what 'nat' comes to.  'result->problem' is the caller's. */
static void
nat_resolve(const struct view *view, const struct view_nat *nat,
            struct nat_result *result)
{
    const struct view_nat_config *config = &nat->config;
    const struct view_router_port *gateway;
    struct ip_prefix *prefix = &result->value.prefix;

    memset(result, 0, sizeof *result);
    if (!nat->router || !nat->router->enabled || !config->advertise) {
        return;
    }
    result->problem = parse_external_ip(config->external_ip, prefix);
    if (!result->problem) {
        result->problem = check_nat(config, prefix);
    }
    if (!result->problem) {
        result->problem = find_gateway_port(nat, prefix, &gateway);
    }
    if (result->problem || ip_prefix_is_link_local(prefix)) {
        return;
    }
    result->advertised = true;
    result->problem = route_source_parse_metric(config->metric,
                                                &result->value.metric);
    if (gateway && nat_is_distributed(config)) {
        const struct view_switch_port *port
            = view_switch_port_by_name(view, config->logical_port);

        result->value.tracked_port = port ? port->name : NULL;
    } else if (gateway) {
        result->value.tracked_port = gateway->name;
    }
}

/* Puts 'result' of 'nat' into 'sink' for 'port'. */
static void
nat_emit(const struct view_nat *nat, const struct nat_result *result,
         const struct view_router_port *port, struct route_sink *sink)
{
    const struct view_object object = { nat->uuid, UUID_ZERO };

    if (result->problem) {
        char *name = xasprintf("NAT "UUID_FMT" of Logical_Router %s",
                               UUID_ARGS(&nat->uuid), nat->router->name);

        sink->invalid(sink, port, &object, name, result->problem);
        free(name);
    }
    if (result->advertised) {
        sink->route(sink, port, &object, &result->value);
    }
}

/* From the port's end. */

struct nat_advertise_aux {
    const struct view *view;
    const struct view_router_port *port;
    struct route_sink *sink;
};

/* All NATs of the router of 'owner'. */
static void
nat_advertise_router(const struct view_router_port *owner, void *aux_)
{
    const struct nat_advertise_aux *aux = aux_;
    const struct view_nat *nat;

    LIST_FOR_EACH (nat, router_node, &owner->router->nats) {
        struct nat_result result;

        nat_resolve(aux->view, nat, &result);
        nat_emit(nat, &result, aux->port, aux->sink);
        free(result.problem);
    }
}

static void
nat_advertise(const struct view *view, const struct view_router_port *port,
              struct route_sink *sink)
{
    struct nat_advertise_aux aux = { view, port, sink };

    nat_advertise_router(port, &aux);
    view_for_each_neighbor(view, port, nat_advertise_router, &aux);
}

/* From the NAT's end. */

struct nat_spread_aux {
    const struct view_nat *nat;
    const struct nat_result *result;
    struct route_sink *sink;
};

static void
nat_spread_port(const struct view_router_port *port, void *aux_)
{
    const struct nat_spread_aux *aux = aux_;

    if (view_router_port_sources(port) & DR_SOURCE_NAT) {
        nat_emit(aux->nat, aux->result, port, aux->sink);
    }
}

static void
nat_spread(const struct view *view, const struct view_object *object,
           struct route_sink *sink)
{
    const struct view_nat *nat = view_find_nat(view, &object->uuid);
    const struct view_router_port *port;
    struct nat_result result;

    if (!nat) {
        return;
    }
    nat_resolve(view, nat, &result);
    if (result.advertised || result.problem) {
        struct nat_spread_aux aux = { nat, &result, sink };

        LIST_FOR_EACH (port, router_node, &nat->router->ports) {
            nat_spread_port(port, &aux);
            view_for_each_observer(view, port, nat_spread_port, &aux);
        }
    }
    free(result.problem);
}

const struct route_source nat_routes = {
    .name = "nat",
    .source = DR_SOURCE_NAT,
    .advertise = nat_advertise,
    .spread = nat_spread,
};
