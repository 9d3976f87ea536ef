/* route-learn.c: what the plan knows that learning needs.  See route.h and
 * learn.h. */
#include <config.h>
#include "controller/route-private.h"

#include <stdlib.h>

#include "controller/learn.h"
#include "util.h"

unsigned int
route_plan_get_learn_seqno(const struct route_plan *plan)
{
    return plan->learn_seqno;
}

/* Fills in '*facts' for 'rp'.  False if it has nothing to do with learning. */
static bool
port_facts(const struct routing_port *rp, struct learn_port_facts *facts)
{
    if (route_facts_port_is_garbage(rp) || !rp->router->served
        || !rp->logical_port->present) {
        return false;
    }
    *facts = (struct learn_port_facts) {
        .uuid = rp->logical_port->uuid,
        .datapath = rp->router->owner.uuid,
        .name = rp->logical_port->name,
        .router = rp->router->name,
        .table_id = rp->router->table_id,
        .bound_here = rp->binding_port->bound_here,
        .addresses = rp->logical_port->addresses,
        .options = &rp->options,
    };
    return true;
}

struct learn_port_facts *
route_plan_get_learn_ports(const struct route_plan *plan, size_t *n)
{
    struct learn_port_facts *facts;
    const struct routing_port *rp;

    facts = xmalloc((hmap_count(&plan->routing_ports) + 1) * sizeof *facts);
    *n = 0;
    HMAP_FOR_EACH (rp, node, &plan->routing_ports) {
        if (port_facts(rp, &facts[*n])) {
            (*n)++;
        }
    }
    return facts;
}
