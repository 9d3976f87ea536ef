/* dynamic-routing -- the options of dynamic routing and what their values mean.
 *
 * The names and meanings are those of OVN >= 25.03 (ovn-nb(5)); both daemons
 * read options only through this file.
 *
 * Errors: parsers return 0 or a positive errno, leave out-parameters untouched
 * on failure, and leave the wording of reports to the caller unless they take
 * a place for it.  Single-threaded, no I/O, no state.
 */
#ifndef DYNAMIC_ROUTING_H
#define DYNAMIC_ROUTING_H 1

#include <stdbool.h>
#include <stdint.h>

struct ds;

/* Keys in 'options' of Logical_Router (LR), Logical_Router_Port (LRP), both,
 * or of an object that an advertised route stems from. */
#define DR_ENABLED          "dynamic-routing"                       /* LR */
#define DR_REDISTRIBUTE     "dynamic-routing-redistribute"          /* both */
#define DR_LOCAL_ONLY       "dynamic-routing-redistribute-local-only" /* both */
#define DR_NO_LEARNING      "dynamic-routing-no-learning"           /* both */
#define DR_VRF_NAME         "dynamic-routing-vrf-name"              /* LR */
#define DR_VRF_ID           "dynamic-routing-vrf-id"                /* LR */
#define DR_V4_NEXTHOP       "dynamic-routing-v4-prefix-nexthop"     /* LR */
#define DR_V6_NEXTHOP       "dynamic-routing-v6-prefix-nexthop"     /* LR */
#define DR_MAINTAIN_VRF     "dynamic-routing-maintain-vrf"          /* LRP */
#define DR_PORT_NAME        "dynamic-routing-port-name"             /* LRP */
#define DR_ADVERTISE        "dynamic-routing-advertise"             /* object */
#define DR_METRIC           "dynamic-routing-metric"                /* object */
#define DR_ADVERTISE_PREFIXES "dynamic-routing-advertise-prefixes"  /* both */
#define DR_LB_HEALTH        "dynamic-routing-lb-health"             /* LB */
#define DR_LEARN_PREFIXES   "dynamic-routing-learn-prefixes"        /* both */
#define DR_LEARN_DEFAULT    "dynamic-routing-learn-default"         /* both */
#define DR_LEARN_MAX        "dynamic-routing-learn-max"             /* both */
#define DR_LEARN_HOLD       "dynamic-routing-learn-hold"            /* both */
#define DR_LEARN_VIA_IPV6   "dynamic-routing-learn-via-ipv6"        /* both */
#define DR_REDIRECT         "routing-protocol-redirect"             /* LRP */

/* The protocol number of our kernel routes: RTPROT_OVN in Linux >= 6.15. */
#define DR_RTPROT_OVN 84

/* RTA_PRIORITY of a route whose tracked port is on this chassis, and of any
 * other. */
#define DR_METRIC_LOCAL 100
#define DR_METRIC_DEFAULT 1000

/* What is added to the metrics of a chassis that is drained by "deprefer"
 * (D20), up to DR_METRIC_MAX: more than any usual metric, so that every other
 * chassis' route is better, and a constant, so that the order of this chassis'
 * own routes stays. */
#define DR_METRIC_DEPREFER 10000000

/* The policy class of a route (D22), from DR_METRIC of what it stems from, or
 * none.  In the Southbound database it is the decimal
 * Advertised_Route.external_ids:metric, absent for none; the controller puts it
 * into the low 24 bits of the kernel's metric. */
#define DR_METRIC_MAX 0xffffff
#define DR_METRIC_NONE UINT32_MAX

/* Keys in external_ids of Advertised_Route. */
#define DR_ID_METRIC "metric"
/* The name of the tracked port.  References are weak: without it, a row whose
 * tracked port was deleted would look like one that never had any. */
#define DR_ID_TRACKED_PORT "tracked-port"
/* "router" if the tracked port is a router's: such a port may count as local
 * without being bound to a chassis, so a chassis has to look at it wherever it
 * is.  Absent for others. */
#define DR_ID_TRACKED_TYPE "tracked-port-type"
#define DR_TRACKED_TYPE_ROUTER "router"

/* Keys in external_ids of Learned_Route.  The system-id of the chassis that
 * wrote the row; the MAC address of an IPv6 link-local next hop of an IPv4
 * prefix, absent while unknown (S4); the weight, unless it is 1. */
#define DR_ID_CHASSIS "chassis"
#define DR_ID_NEXTHOP_MAC "nexthop-mac"
#define DR_ID_WEIGHT "weight"

/* Sources named by DR_REDISTRIBUTE, as bits. */
enum dynamic_routing_source {
    DR_SOURCE_CONNECTED         = 1 << 0,
    DR_SOURCE_CONNECTED_AS_HOST = 1 << 1,
    DR_SOURCE_STATIC            = 1 << 2,
    DR_SOURCE_NAT               = 1 << 3,
    DR_SOURCE_LB                = 1 << 4,
    DR_SOURCE_HUB_SPOKE         = 1 << 5,
};

/* Parses 'value' of DR_REDISTRIBUTE, a comma list, into a set of the above.
 * White space around a token does not matter, empty tokens neither (D2).
 * Appends each unknown token to 'unknown', separated by ", ".
 * "connected-as-host" stands for itself only. */
unsigned int dynamic_routing_parse_redistribute(const char *value,
                                                struct ds *unknown);

/* Appends the tokens of 'sources', separated by commas. */
void dynamic_routing_format_sources(unsigned int sources, struct ds *);

/* Parses 'value' of DR_VRF_ID into a table id; blanks before it do not matter.
 * Returns 0; EINVAL if it is no decimal number in 1...4294967295; EPERM if it
 * is a table id that must not be used: 252 (compat), 255 (local), 4294967295. */
int dynamic_routing_parse_vrf_id(const char *value, uint32_t *table_id);

/* True if a tunnel key may serve as table id: none of the above, nor 253
 * (default) and 254 (main), which only an explicit DR_VRF_ID may name (D8). */
bool dynamic_routing_tunnel_key_is_table(int64_t tunnel_key);

/* Parses 'value' of DR_METRIC into '*metric', 0...DR_METRIC_MAX.  Returns 0 or
 * EINVAL. */
int dynamic_routing_parse_metric(const char *value, uint32_t *metric);

/* NULL if 'name' can name a network device, else what is wrong with it: the
 * kernel takes 1 to 15 bytes, no '/', no white space, not "." or "..", and
 * '%' would make a pattern of it (dev_valid_name() in net/core/dev.c). */
const char *dynamic_routing_check_vrf_name(const char *name);

#endif /* lib/dynamic-routing.h */
