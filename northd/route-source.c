/* route-source.c: what sources have in common.  See the header. */
#include <config.h>
#include "northd/route-source.h"

#include "lib/dynamic-routing.h"
#include "util.h"

char *
route_source_parse_metric(const char *text, uint32_t *metric)
{
    *metric = DR_METRIC_NONE;
    if (text && dynamic_routing_parse_metric(text, metric)) {
        return xasprintf("options:"DR_METRIC" \"%.60s\" is no number from 0 to "
                         "%d and does not count; correct or remove it",
                         text, DR_METRIC_MAX);
    }
    return NULL;
}
