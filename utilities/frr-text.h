/* frr-text -- what FRR's running configuration says about a kernel route.
 *
 * Reads as much of the text that "show running-config" prints as decides
 * whether a kernel route is redistributed into BGP and sent to a neighbor:
 * instances of BGP, neighbors, peer groups, route-maps, prefix-lists.  What is
 * not understood is skipped; a condition of a route-map that is not understood
 * makes the answer uncertain rather than wrong.
 *
 * Ownership: the configuration owns all in it.  Pure; single-threaded. */
#ifndef UTILITIES_FRR_TEXT_H
#define UTILITIES_FRR_TEXT_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/ip-prefix.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "sset.h"

/* One address family of a BGP instance. */
struct frr_family {
    bool redistribute;          /* "redistribute kernel"... */
    char *redistribute_map;     /* ...with this route-map, or NULL. */
    struct sset imports;        /* "import vrf NAME". */
    struct shash out_maps;      /* Neighbor or peer group to the name of its
                                 * outgoing route-map. */
    struct sset active;         /* Neighbors and peer groups that are said to
                                 * carry it... */
    struct sset inactive;       /* ...or not to. */
    char *max_paths;            /* "maximum-paths NUMBER", or NULL. */
};

/* "router bgp ASN vrf VRF". */
struct frr_bgp {
    char *asn;
    char *vrf;                  /* "" for the default one. */
    struct sset neighbors;      /* Their names... */
    struct sset group_names;    /* ...and those of peer groups. */
    struct shash groups;        /* Neighbor to the name of its peer group. */
    struct shash definitions;   /* Neighbor or peer group to the lines that
                                 * make it one, separated by new-lines. */
    struct sset bfd;            /* Neighbors and peer groups with BFD. */
    char *router_id;            /* NULL: FRR chooses it. */
    bool no_graceful_restart;   /* Has "graceful-restart-disable". */
    bool has_select_defer_time; /* Has "graceful-restart select-defer-time". */
    bool no_default_v4;         /* Has "no bgp default ipv4-unicast". */
    struct frr_family v4, v6;   /* Unicast. */
};

struct frr_config {
    struct shash bgps;          /* VRF to struct frr_bgp. */
    struct shash maps;          /* Name to struct frr_map. */
    struct shash lists;         /* "ip NAME", "ipv6 NAME" to struct
                                 * frr_list. */
    struct sset bfd_profiles;
    int version;                /* 100 * MAJOR + MINOR, or 0 if unknown. */
};

void frr_config_parse(const char *text, struct frr_config *);
void frr_config_destroy(struct frr_config *);

/* NULL if there is none. */
const struct frr_bgp *frr_config_find_bgp(const struct frr_config *,
                                          const char *vrf);

/* The name of the route-map for what is sent to 'neighbor', its own or its
 * peer group's, or NULL. */
const char *frr_bgp_out_map(const struct frr_bgp *, const char *neighbor,
                            uint8_t family);

/* True if 'bgp' has neighbors, beside peer groups. */
bool frr_bgp_has_neighbors(const struct frr_bgp *);

/* True if 'neighbor' of 'bgp' carries unicast of 'family', as far as the
 * configuration of FRR tells. */
bool frr_bgp_is_active(const struct frr_bgp *, const char *neighbor,
                       uint8_t family);

/* True if 'neighbor' or its peer group has BFD. */
bool frr_bgp_has_bfd(const struct frr_bgp *, const char *neighbor);

/* What a route-map says about a route. */
enum frr_judgement {
    FRR_PERMITTED,
    FRR_DENIED,
    FRR_UNCERTAIN,
};

/* Judges a route for 'prefix' with 'metric' by the route-map 'map'.  If it
 * is denied, stores in '*reason' what denies it and in '*remedy' the
 * configuration commands that let it through, separated by new-lines; both
 * the caller's. */
enum frr_judgement frr_config_judge(const struct frr_config *,
                                    const char *map,
                                    const struct ip_prefix *prefix,
                                    uint32_t metric, char **reason,
                                    char **remedy);

/* True if a kernel route for 'prefix' with 'metric' is redistributed into
 * 'bgp' and sent to one of its neighbors at least, as far as route-maps can
 * tell. */
bool frr_bgp_sends(const struct frr_config *, const struct frr_bgp *,
                   const struct ip_prefix *prefix, uint32_t metric);

#endif /* utilities/frr-text.h */
