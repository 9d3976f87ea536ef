/* learn-judge.c: what is not learned, and why.  See learn.h and
 * learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/dynamic-routing.h"

enum learner_refusal
learner_judge_prefix(const struct ip_prefix *prefix)
{
    static const uint8_t loopback[16] = { [15] = 1 };
    bool odd;

    if (prefix->family == AF_INET) {
        odd = prefix->addr[0] >= 224 || prefix->addr[0] == 127;
    } else {
        odd = (prefix->addr[0] == 0xff
               || (prefix->plen == 128
                   && !memcmp(prefix->addr, loopback, sizeof loopback)));
    }
    return odd || ip_prefix_is_link_local(prefix) ? REFUSED_PREFIX
                                                  : REFUSED_NOT;
}

enum learner_refusal
learner_judge_route(const struct nl_route *route)
{
    return (route->protocol <= RTPROT_STATIC
            || route->protocol == DR_RTPROT_OVN ? REFUSED_PROTOCOL
            : route->type != RTN_UNICAST ? REFUSED_TYPE
            : route->key.tos ? REFUSED_TOS
            : REFUSED_NOT);
}

enum learner_refusal
learner_judge_nexthop(const struct nl_nexthop *nexthop, uint8_t *family,
                      uint8_t addr[16])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t zero[16];

    *family = nexthop->family;
    memcpy(addr, nexthop->addr, 16);
    if (*family == AF_INET6 && !memcmp(addr, mapped, sizeof mapped)) {
        *family = AF_INET;
        memcpy(addr, nexthop->addr + sizeof mapped, 4);
        memset(addr + 4, 0, 12);
    }
    if (!*family || !memcmp(addr, zero, sizeof zero)) {
        return REFUSED_NO_ADDRESS;
    } else if (nexthop->flags & RTNH_F_DEAD) {
        return REFUSED_DEAD;
    }
    return ((*family == AF_INET ? addr[0] >= 224 || addr[0] == 127
             : addr[0] == 0xff) ? REFUSED_ADDRESS : REFUSED_NOT);
}

enum learner_refusal
learner_judge_port(const struct port *port, const struct ip_prefix *prefix)
{
    return (!port->learning ? REFUSED_NO_LEARNING
            : !prefix->plen && !port->learn_default ? REFUSED_DEFAULT
            : !prefix_filter_permits(&port->filter, prefix) ? REFUSED_FILTER
            : REFUSED_NOT);
}

bool
learner_hop_is_in(const struct hop *hop, const struct ip_prefix *subnet)
{
    struct ip_prefix host;

    return (subnet->family == hop->family
            && !ip_prefix_from_bytes(hop->family, hop->addr,
                                     8 * ip_prefix_addr_len(hop->family),
                                     &host)
            && ip_prefix_contains(subnet, &host));
}

/* True if 'hop' is an address of 'router' itself. */
static bool
is_own_address(const struct router *router, const struct hop *hop)
{
    const struct port *port;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        for (size_t i = 0; i < port->n_networks; i++) {
            if (port->networks[i].subnet.family == hop->family
                && !memcmp(port->networks[i].addr, hop->addr,
                           sizeof hop->addr)) {
                return true;
            }
        }
    }
    return false;
}

/* True if a packet to 'hop' would follow the route to 'prefix' itself, because
 * 'port' has no longer prefix for it.  A default route contains every next
 * hop, which has its own way there. */
static bool
is_loop(const struct port *port, const struct ip_prefix *prefix,
        const struct hop *hop)
{
    if (!prefix->plen || !learner_hop_is_in(hop, prefix)) {
        return false;
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct ip_prefix *subnet = &port->networks[i].subnet;

        if (subnet->plen > prefix->plen && learner_hop_is_in(hop, subnet)) {
            return false;
        }
    }
    return true;
}

enum learner_refusal
learner_judge_hop(const struct port *port, enum learner_place place,
                  const struct ip_prefix *prefix, const struct hop *hop)
{
    return (!learner_port_fits(port, place, hop) ? REFUSED_PLACE
            : is_own_address(port->router, hop) ? REFUSED_OWN
            : is_loop(port, prefix, hop) ? REFUSED_LOOP
            : REFUSED_NOT);
}
