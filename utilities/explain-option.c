/* explain-option.c: what keeps an object, or a router port, from advertising.
 * See explain-source.h. */
#include <config.h>
#include "utilities/explain-source.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "northd/lb-vip.h"
#include "northd/view-host.h"
#include "northd/view-lb.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "utilities/explain.h"
#include "util.h"
#include "uuid.h"

#define NB "Northbound"

/* Commands. */

/* Returns "ovn-nbctl set TABLE RECORD options:KEY=VALUE". */
static char *
command_set(const char *table, const char *record, const char *key,
            const char *value)
{
    char *pair = xasprintf("options:%s=%s%s%s", key,
                           strpbrk(value, " ,:\"") ? "\"" : "", value,
                           strpbrk(value, " ,:\"") ? "\"" : "");
    char *quoted = explain_quote(pair), *name = explain_quote(record);
    char *command = xasprintf("ovn-nbctl set %s %s %s", table, name, quoted);

    free(name);
    free(quoted);
    free(pair);
    return command;
}

static char *
command_set_uuid(const char *table, const struct uuid *uuid, const char *key,
                 const char *value)
{
    char *record = xasprintf(UUID_FMT, UUID_ARGS(uuid));
    char *command = command_set(table, record, key, value);

    free(record);
    return command;
}

/* The same for 'router', by name if no other one has it. */
static char *
command_set_router(const struct explain_nb *nb,
                   const struct view_router *router, const char *key,
                   const char *value)
{
    const struct view_router *other;

    HMAP_FOR_EACH (other, node, &nb->view->routers) {
        if (other != router && !strcmp(other->name, router->name)) {
            return command_set_uuid("Logical_Router", &router->uuid, key,
                                    value);
        }
    }
    return command_set("Logical_Router", router->name, key, value);
}

/* Objects. */

/* The view of a load balancer's health: true if 'lb' withholds 'prefix'
 * because what is checked behind it is down. */
static bool
lb_is_down(const struct view *view, const struct view_lb *lb,
           const struct ip_prefix *prefix)
{
    size_t n = 0, n_down = 0;

    for (size_t i = 0; i < lb->n_checks; i++) {
        struct ip_prefix vip;
        uint16_t port;

        if (!lb_vip_parse(lb->vips[lb->checks[i].vip], &vip, &port)
            && ip_prefix_equals(&vip, prefix)) {
            n++;
            n_down += view_lb_check_is_down(view, &lb->checks[i]);
        }
    }
    return n && n == n_down;
}

/* Returns what 'object' is called. */
static char *
describe_object(const struct view *view, const struct view_object *object)
{
    const struct view_nat *nat = view_find_nat(view, &object->uuid);
    const struct view_route *route = view_find_route(view, &object->uuid);
    const struct view_lb *lb = view_find_lb(view, &object->uuid);
    const struct view_router_port *rp
        = view_find_router_port(view, &object->uuid);
    const struct view_switch_port *sp
        = view_find_switch_port(view, &object->uuid);

    if (nat) {
        return xasprintf("NAT %s %s -> %s of Logical_Router %s",
                         nat->config.type, nat->config.external_ip,
                         nat->config.logical_ip, nat->router->name);
    } else if (route) {
        return xasprintf("static route %s via %s of Logical_Router %s",
                         route->config.ip_prefix,
                         (route->config.nexthop[0] ? route->config.nexthop
                          : "its port"), route->router->name);
    } else if (lb) {
        const struct view_router *router
            = view_find_router(view, &object->owner);

        return xasprintf("Load_Balancer %s on Logical_Router %s", lb->name,
                         router ? router->name : "?");
    } else if (rp) {
        return xasprintf("address or network of Logical_Router_Port %s",
                         rp->name);
    } else if (sp) {
        return xasprintf("address of Logical_Switch_Port %s", sp->name);
    }
    return xasprintf("row "UUID_FMT, UUID_ARGS(&object->uuid));
}

/* What an object has to say for itself. */
struct object_case {
    char *cause;                /* Why it is held back, or NULL. */
    char *remedy;               /* Or NULL. */
};

static void
opt_out(const char *table, const struct uuid *uuid, struct object_case *oc)
{
    oc->cause = xasprintf("options:"DR_ADVERTISE"=false of the %s holds it "
                          "back", table);
    oc->remedy = command_set_uuid(table, uuid, DR_ADVERTISE, "true");
}

static void
judge_lb(const struct view *view, const struct view_lb *lb,
         const struct ip_prefix *prefix, struct object_case *oc)
{
    if (!lb->advertise) {
        opt_out("Load_Balancer", &lb->uuid, oc);
    } else if (lb_is_down(view, lb, prefix)) {
        oc->cause = xasprintf("all backends of Load_Balancer %s whose health "
                              "is checked are down, and options:"
                              DR_LB_HEALTH"=true withdraws it until one is "
                              "back; \"ovn-sbctl list Service_Monitor\" shows "
                              "them", lb->name);
        oc->remedy = command_set_uuid("Load_Balancer", &lb->uuid,
                                      DR_LB_HEALTH, "false");
    }
}

/* No remedies for what makes a route one of a kind that is never advertised:
 * it forwards what it should, and would no longer. */
static void
judge_route(const struct view_route *route, struct object_case *oc)
{
    const struct view_route_config *config = &route->config;

    if (!config->advertise) {
        opt_out("Logical_Router_Static_Route", &route->uuid, oc);
    } else if (!strcmp(config->nexthop, "discard")) {
        oc->cause = xstrdup("its nexthop is discard, and a route that leads "
                            "nowhere is not advertised");
    } else if (config->source_policy) {
        oc->cause = xstrdup("its policy is src-ip, so its prefix is no "
                            "destination, and is not advertised");
    } else if (config->route_table[0]) {
        oc->cause = xasprintf("it is in route_table \"%s\", which is not for "
                              "all traffic; only those of the main table are "
                              "advertised", config->route_table);
    } else if (config->bfd_down) {
        oc->cause = xasprintf("the BFD session to its next hop %s is down",
                              config->nexthop);
    }
}

/* Why 'c''s object is held back, if it is. */
static void
judge_object(const struct view *view, const struct explain_candidate *c,
             const struct ip_prefix *prefix, struct object_case *oc)
{
    const struct uuid *uuid = &c->object.uuid;
    const struct view_nat *nat = view_find_nat(view, uuid);
    const struct view_route *route = view_find_route(view, uuid);
    const struct view_lb *lb = view_find_lb(view, uuid);
    const struct view_router_port *rp = view_find_router_port(view, uuid);
    const struct view_switch_port *sp = view_find_switch_port(view, uuid);

    memset(oc, 0, sizeof *oc);
    if (nat && !nat->config.advertise) {
        opt_out("NAT", uuid, oc);
    } else if (route) {
        judge_route(route, oc);
    } else if (lb) {
        judge_lb(view, lb, prefix, oc);
    } else if (rp && c->source == DR_SOURCE_CONNECTED_AS_HOST
               && !smap_get_bool(&rp->options, DR_ADVERTISE, true)) {
        opt_out("Logical_Router_Port", uuid, oc);
    } else if (sp && !sp->host.advertise) {
        opt_out("Logical_Switch_Port", uuid, oc);
    }
    if (!oc->cause && c->problem) {
        oc->cause = xstrdup(c->problem);
        if (nat && strpbrk(nat->config.external_ip, "-/")) {
            char address[IP_PREFIX_STRLEN];

            oc->remedy = xasprintf("ovn-nbctl set NAT "UUID_FMT
                                   " external_ip='\"%s\"'", UUID_ARGS(uuid),
                                   ip_prefix_format(prefix, address));
        }
    }
}

/* Ports. */

/* Returns the command that has 'port' redistribute 'token' beside what it
 * redistributes already, whatever of that is wrong. */
static char *
command_redistribute(const struct explain_nb *nb,
                     const struct view_router_port *port, const char *token)
{
    const char *own = smap_get(&port->options, DR_REDISTRIBUTE);
    const char *inherited = smap_get(&port->router->options, DR_REDISTRIBUTE);
    struct ds unknown = DS_EMPTY_INITIALIZER, value = DS_EMPTY_INITIALIZER;
    unsigned int sources;
    char *command;

    sources = dynamic_routing_parse_redistribute(own ? own : inherited
                                                 ? inherited : "", &unknown);
    dynamic_routing_format_sources(sources, &value);
    ds_put_format(&value, "%s%s", value.length ? "," : "", token);
    if (!own && inherited) {
        command = command_set_router(nb, port->router, DR_REDISTRIBUTE,
                                     ds_cstr(&value));
    } else {
        command = command_set("Logical_Router_Port", port->name,
                              DR_REDISTRIBUTE, ds_cstr(&value));
    }
    ds_destroy(&unknown);
    ds_destroy(&value);
    return command;
}

/* The part of missing_token() about a port, or its router, that redistributes
 * other things: appends why 'token' is not among them. */
static void
format_other_tokens(const struct view_router_port *port, const char *value,
                    bool own, const char *token, struct ds *cause)
{
    struct ds unknown = DS_EMPTY_INITIALIZER;

    (void) dynamic_routing_parse_redistribute(value, &unknown);
    ds_put_format(cause, "options:"DR_REDISTRIBUTE" of %s %s is \"%s\"",
                  own ? "Logical_Router_Port" : "Logical_Router",
                  own ? port->name : port->router->name, value);
    if (unknown.length) {
        ds_put_format(cause, ", where \"%s\" is unknown and does not count; "
                      "it must name \"%s\"", ds_cstr(&unknown), token);
    } else if (!strcmp(token, "connected")
               && view_router_port_sources(port)
                  & DR_SOURCE_CONNECTED_AS_HOST) {
        ds_put_cstr(cause, ": \"connected-as-host\" stands for hosts instead "
                    "of networks");
    } else {
        ds_put_format(cause, ", without \"%s\"%s", token,
                      (own && smap_get(&port->router->options,
                                       DR_REDISTRIBUTE)
                       ? "; it replaces the Logical_Router's" : ""));
    }
    ds_destroy(&unknown);
}

/* Adds the missing link of 'port', which does not redistribute 'token'. */
static void
missing_token(struct explain_chain *chain, const struct explain_nb *nb,
              const struct view_router_port *port, const char *token)
{
    const char *own = smap_get(&port->options, DR_REDISTRIBUTE);
    const char *inherited = smap_get(&port->router->options, DR_REDISTRIBUTE);
    struct ds cause = DS_EMPTY_INITIALIZER;
    char *remedy = NULL;

    if (!port->router->enabled) {
        ds_put_format(&cause, "Logical_Router %s is disabled",
                      port->router->name);
        remedy = xasprintf("ovn-nbctl set Logical_Router "UUID_FMT
                           " enabled=true", UUID_ARGS(&port->router->uuid));
    } else if (!port->router->dynamic_routing) {
        const char *value = smap_get(&port->router->options, DR_ENABLED);

        ds_put_format(&cause, "Logical_Router %s takes no part: its options:"
                      DR_ENABLED" is %s%s%s", port->router->name,
                      value ? "\"" : "", value ? value : "not set",
                      value ? "\"" : "");
        remedy = command_set_router(nb, port->router, DR_ENABLED, "true");
    } else {
        if (own || inherited) {
            format_other_tokens(port, own ? own : inherited, own != NULL,
                                token, &cause);
        } else {
            ds_put_format(&cause, "options:"DR_REDISTRIBUTE" is set neither "
                          "on Logical_Router_Port %s nor on Logical_Router "
                          "%s; it must name \"%s\"", port->name,
                          port->router->name, token);
        }
        remedy = command_redistribute(nb, port, token);
    }
    explain_missing(chain, EXPLAIN_OPTION, NB, ds_steal_cstr(&cause), remedy);
}

/* Adds the missing link of 'port', whose filter denies 'prefix'. */
static void
missing_permit(struct explain_chain *chain, const struct explain_nb *nb,
               const struct view_router_port *port,
               const struct ip_prefix *prefix)
{
    const char *own = smap_get(&port->options, DR_ADVERTISE_PREFIXES);
    const char *inherited = smap_get(&port->router->options,
                                     DR_ADVERTISE_PREFIXES);
    const char *value = own ? own : inherited ? inherited : "";
    char text[IP_PREFIX_STRLEN];
    char *entry, *remedy;

    ip_prefix_format(prefix, text);
    entry = xasprintf("permit %s, %s", text, value);
    remedy = (own
              ? command_set("Logical_Router_Port", port->name,
                            DR_ADVERTISE_PREFIXES, entry)
              : command_set_router(nb, port->router, DR_ADVERTISE_PREFIXES,
                                   entry));
    explain_missing(chain, EXPLAIN_OPTION, NB,
                    xasprintf("options:"DR_ADVERTISE_PREFIXES" of %s %s, "
                              "\"%s\", denies %s",
                              own ? "Logical_Router_Port" : "Logical_Router",
                              own ? port->name : port->router->name, value,
                              text), remedy);
    free(entry);
}

/* True if some chassis can have 'router'. */
static bool
router_has_gateway(const struct view_router *router)
{
    const struct view_router_port *port;

    LIST_FOR_EACH (port, router_node, &router->ports) {
        if (view_router_port_is_distributed_gateway(port)) {
            return true;
        }
    }
    return router->gateway;
}

static void
missing_gateway(struct explain_chain *chain, const struct explain_nb *nb,
                const struct view_router_port *port)
{
    char *name = explain_quote(port->name);
    char *remedy = (nb->chassis
                    ? xasprintf("ovn-nbctl lrp-set-gateway-chassis %s %s",
                                name, nb->chassis) : NULL);

    free(name);
    explain_missing(chain, EXPLAIN_OPTION, NB,
                    xasprintf("no chassis can have Logical_Router %s: it has "
                              "neither options:chassis nor a port with a "
                              "gateway chassis", port->router->name), remedy);
}

/* Adds the link of the options in force on 'c'. */
static void
add_options(struct explain_chain *chain, const struct explain_candidate *c)
{
    const struct view_router_port *port = c->port;
    bool own = port->has_sources;
    struct ds sources = DS_EMPTY_INITIALIZER;

    dynamic_routing_format_sources(view_router_port_sources(port), &sources);
    explain_ok(chain, EXPLAIN_OPTION, NB, "Logical_Router %s has "
               DR_ENABLED"=true; port %s redistributes %s (set on the %s)",
               port->router->name, port->name, ds_cstr(&sources),
               own ? "Logical_Router_Port" : "Logical_Router");
    ds_destroy(&sources);
}

/* Walking the candidates. */

static bool
same_object(const struct explain_candidate *a,
            const struct explain_candidate *b)
{
    return (uuid_equals(&a->object.uuid, &b->object.uuid)
            && uuid_equals(&a->object.owner, &b->object.owner)
            && a->source == b->source);
}

static bool
has_token(const struct explain_candidate *c)
{
    unsigned int sources = view_router_port_sources(c->port);

    return (sources & c->source
            && !(c->source == DR_SOURCE_CONNECTED
                 && sources & DR_SOURCE_CONNECTED_AS_HOST));
}

/* How well 'c' stands for those of its router that lack the token: a port that
 * redistributes other things, by mistake perhaps, or else a gateway port. */
static int
rank(const struct explain_candidate *c)
{
    struct ds unknown = DS_EMPTY_INITIALIZER;
    const char *value = smap_get(&c->port->options, DR_REDISTRIBUTE);
    int rank = (value ? 2 : 0)
               + view_router_port_is_distributed_gateway(c->port);

    (void) dynamic_routing_parse_redistribute(value ? value : "", &unknown);
    rank += unknown.length ? 4 : 0;
    ds_destroy(&unknown);
    return rank;
}

/* The candidates of one object: from 'first' to before 'end'. */
struct group {
    const struct explain_candidates *candidates;
    struct explain_candidate *first, *end;
};

static struct explain_candidate *
next_candidate(const struct explain_candidate *c)
{
    return CONTAINER_OF(c->node.next, struct explain_candidate, node);
}

/* True if a port of 'router', or of any router that takes part if that is
 * NULL, has the token. */
static bool
group_has_token(const struct group *group, const struct view_router *router)
{
    for (const struct explain_candidate *c = group->first; c != group->end;
         c = next_candidate(c)) {
        if ((!router || c->port->router == router) && has_token(c)) {
            return true;
        }
    }
    return false;
}

static bool
group_takes_part(const struct group *group)
{
    for (const struct explain_candidate *c = group->first; c != group->end;
         c = next_candidate(c)) {
        if (c->port->router->enabled && c->port->router->dynamic_routing) {
            return true;
        }
    }
    return false;
}

/* Adds the missing link of the router of 'c', none of whose ports has the
 * token; if 'c' is the one to stand for them. */
static void
explain_tokenless(struct explain_chain *chain, const struct explain_nb *nb,
                  const struct group *group,
                  const struct explain_candidate *c)
{
    const struct explain_candidate *best = NULL;

    if (!c->port->router->dynamic_routing && group_takes_part(group)) {
        return;                 /* Nobody expects it of this router. */
    }
    for (const struct explain_candidate *other = group->first;
         other != group->end; other = next_candidate(other)) {
        if (other->port->router == c->port->router
            && (!best || rank(other) > rank(best))) {
            best = other;
        }
    }
    if (best == c) {
        explain_enter(chain, 1, NULL);
        missing_token(chain, nb, c->port, c->token);
    }
}

static void
explain_group(struct explain_chain *chain, const struct explain_nb *nb,
              const struct group *group,
              void (*next)(const struct explain_candidate *, void *aux),
              void *aux)
{
    const struct ip_prefix *prefix = &group->candidates->prefix;
    char *name = describe_object(nb->view, &group->first->object);
    struct object_case oc;

    judge_object(nb->view, group->first, prefix, &oc);
    explain_enter(chain, 0, NULL);
    explain_ok(chain, EXPLAIN_OBJECT, NB, "%s", name);
    free(name);
    if (oc.cause) {
        explain_missing(chain, EXPLAIN_OBJECT, NB, oc.cause, oc.remedy);
        return;
    }
    for (struct explain_candidate *c = group->first; c != group->end;
         c = next_candidate(c)) {
        if (!has_token(c)) {
            if (!group_has_token(group, c->port->router)) {
                explain_tokenless(chain, nb, group, c);
            }
            continue;
        }
        explain_enter(chain, 1, NULL);
        add_options(chain, c);
        if (!view_router_port_permits(c->port, prefix)) {
            missing_permit(chain, nb, c->port, prefix);
        } else if (!router_has_gateway(c->port->router)) {
            missing_gateway(chain, nb, c->port);
        } else {
            next(c, aux);
        }
    }
}

void
explain_sources(struct explain_chain *chain, const struct explain_nb *nb,
                const struct explain_candidates *candidates,
                void (*next)(const struct explain_candidate *, void *aux),
                void *aux)
{
    struct group group = { .candidates = candidates };
    struct explain_candidate *end;

    end = CONTAINER_OF(&candidates->list, struct explain_candidate, node);
    if (ovs_list_is_empty(&candidates->list)) {
        return;
    }
    group.first = CONTAINER_OF(ovs_list_front(&candidates->list),
                               struct explain_candidate, node);
    while (group.first != end) {
        group.end = group.first;
        while (group.end != end && same_object(group.first, group.end)) {
            group.end = next_candidate(group.end);
        }
        explain_group(chain, nb, &group, next, aux);
        group.first = group.end;
    }
}
