/* view-needs.c: what has to be read of the databases.  See the header. */
#include <config.h>
#include "northd/view-needs.h"

#include "lib/dynamic-routing.h"
#include "northd/view-lb.h"
#include "northd/view.h"
#include "util.h"
#include "uuid.h"

static unsigned int
port_needs(const struct view_router_port *port)
{
    static const struct {
        unsigned int source;    /* DR_SOURCE_*. */
        unsigned int needs;     /* VIEW_NEED_*. */
    } table[] = {
        { DR_SOURCE_NAT, VIEW_NEED_SWITCHES | VIEW_NEED_NATS },
        { DR_SOURCE_LB, VIEW_NEED_SWITCHES | VIEW_NEED_LBS },
        { DR_SOURCE_CONNECTED_AS_HOST, VIEW_NEED_SWITCHES | VIEW_NEED_HOSTS },
    };
    unsigned int sources = port ? view_router_port_sources(port) : 0;
    unsigned int needs = 0;

    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        needs |= sources & table[i].source ? table[i].needs : 0;
    }
    return needs;
}

/* A distributed NAT's route follows the port of its machine. */
static unsigned int
nat_needs(const struct view_nat *nat)
{
    return (nat && nat->config.logical_port && nat->config.external_mac
            ? VIEW_NEED_HOSTS : 0);
}

static unsigned int
lb_needs(const struct view_lb *lb)
{
    return lb ? ((lb->health ? VIEW_NEED_LB_HEALTH : 0)
                 | (lb->template ? VIEW_NEED_TEMPLATES : 0)) : 0;
}

static void
add_lb_needs(const struct view_lb *lb, void *needs_)
{
    unsigned int *needs = needs_;

    *needs |= lb_needs(lb);
}

static unsigned int
all_needs(const struct view *view)
{
    const struct view_router_port *port;
    const struct view_router *router;
    const struct view_nat *nat;
    unsigned int needs = 0;

    HMAP_FOR_EACH (router, node, &view->routers) {
        LIST_FOR_EACH (port, router_node, &router->ports) {
            needs |= port_needs(port);
        }
        LIST_FOR_EACH (nat, router_node, &router->nats) {
            needs |= nat_needs(nat);
        }
        view_for_each_lb(router, add_lb_needs, &needs);
    }
    return needs;
}

unsigned int
view_get_needs(const struct view *view)
{
    const struct view_change *change;
    unsigned int needs = 0;

    if (view->changes.all) {
        return all_needs(view);
    }
    HMAP_FOR_EACH (change, node, &view->changes.set) {
        const struct view_object *object = &change->object;

        if (change->kind == VIEW_ADVERTISER) {
            needs |= port_needs(view_find_router_port(view, &object->uuid));
        } else if (change->kind == VIEW_OBJECT
                   && uuid_is_zero(&object->owner)) {
            needs |= nat_needs(view_find_nat(view, &object->uuid));
        } else if (change->kind == VIEW_OBJECT) {
            needs |= lb_needs(view_find_lb(view, &object->uuid));
        }
    }
    return needs;
}
