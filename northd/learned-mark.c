/* learned-mark.c: whose static route is it?  See the header. */
#include <config.h>
#include "northd/learned-mark.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "northd/view-route.h"
#include "util.h"

char *
learned_mark_format(const struct ip_prefix *prefix,
                    const struct ip_prefix *nexthop, const char *port)
{
    char prefix_text[IP_PREFIX_STRLEN], nexthop_text[IP_PREFIX_STRLEN];

    return xasprintf("%s %s %s", ip_prefix_format(prefix, prefix_text),
                     ip_prefix_format(nexthop, nexthop_text), port);
}

/* True if a route with next hop 'via' in mind cannot have got from us what
 * 'config' has. */
static bool
has_another_nexthop(const struct view_route_config *config, const char *via)
{
    struct ip_prefix prefix, nexthop, meant;

    if (ip_prefix_parse(config->ip_prefix, &prefix, NULL)
        || ip_prefix_parse(config->nexthop, &nexthop, NULL)
        || ip_prefix_parse(via, &meant, NULL)) {
        return false;
    } else if (meant.family == prefix.family) {
        return !ip_prefix_equals(&meant, &nexthop);
    }
    return (nexthop.family != AF_INET || !ip_prefix_is_host(&nexthop)
            || !ip_prefix_is_link_local(&nexthop));
}

bool
learned_mark_is_taken(const struct view_route_config *config,
                      const char *wrote)
{
    if (wrote) {
        char *now = xasprintf("%s %s %s", config->ip_prefix, config->nexthop,
                              config->output_port ? config->output_port : "");
        bool taken = (strcmp(now, wrote) || config->source_policy
                      || config->route_table[0] || config->has_bfd);

        free(now);
        return taken;
    }
    return (config->learned_via
            && has_another_nexthop(config, config->learned_via));
}
