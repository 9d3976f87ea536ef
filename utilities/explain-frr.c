/* explain-frr.c: zebra, bgpd and their peers.  See the header. */
#include <config.h>
#include "utilities/explain-frr.h"

#include <stdlib.h>

#include "utilities/explain-chassis.h"
#include "utilities/explain-kernel.h"
#include "utilities/explain.h"

void
explain_frr(struct explain_chain *chain, const struct explain_sight *sight,
            const struct explain_route *route)
{
    if (!explain_is_here(sight, route)) {
        explain_unseen(chain, EXPLAIN_ZEBRA, "FRR", "run this on %s to see "
                       "FRR's part", route->chassis);
        explain_complete(chain, true);
        return;
    }
    explain_unseen(chain, EXPLAIN_ZEBRA, "FRR", "not looked at");
    explain_complete(chain, true);
}
