/* explain-frr.c: zebra, bgpd and their peers.  See the header. */
#include <config.h>
#include "utilities/explain-frr.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "utilities/explain-chassis.h"
#include "utilities/explain-kernel.h"
#include "utilities/explain-plan.h"
#include "utilities/explain.h"
#include "utilities/frr-text.h"
#include "util.h"

#define ZEBRA "zebra"
#define BGPD "bgpd"

/* One look at FRR. */
struct look {
    struct explain_chain *chain;
    const struct explain_sight *sight;
    const struct explain_route *route;
    const char *ip;             /* "ip" or "ipv6"... */
    const char *family;         /* ...and "ipv4" or "ipv6". */
    char prefix[IP_PREFIX_STRLEN + 4]; /* With its mask. */
    const char *vrf;            /* The VRF that is being looked at. */
    struct frr_config config;
    bool configured;            /* 'config' was read. */
};

/* Asking. */

static char *
ask(struct look *look, char **error, const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4);
static char *
ask(struct look *look, char **error, const char *format, ...)
{
    const struct explain_probe *probe = look->sight->probe;
    char *command, *answer;
    va_list args;

    va_start(args, format);
    command = xvasprintf(format, args);
    va_end(args);
    answer = probe->frr(probe->aux, command, error);
    free(command);
    return answer;
}

/* Returns 'text', which it frees, as a JSON object, or NULL. */
static struct json *
to_object(char *text)
{
    struct json *json = text ? json_from_string(text) : NULL;

    free(text);
    if (json && json->type != JSON_OBJECT) {
        json_destroy(json);
        json = NULL;
    }
    return json;
}

static const struct json *
member(const struct json *json, const char *key, enum json_type type)
{
    const struct json *value = (json && json->type == JSON_OBJECT
                                ? shash_find_data(json->object, key) : NULL);

    return value && value->type == type ? value : NULL;
}

static const char *
string_member(const struct json *json, const char *key)
{
    const struct json *value = member(json, key, JSON_STRING);

    return value ? json_string(value) : "";
}

static bool
is_true(const struct json *json, const char *key)
{
    return member(json, key, JSON_TRUE) != NULL;
}

static long long int
integer_member(const struct json *json, const char *key)
{
    const struct json *value = member(json, key, JSON_INTEGER);

    return value ? value->integer : 0;
}

static const struct frr_config *
config(struct look *look)
{
    if (!look->configured) {
        char *error = NULL, *text = ask(look, &error, "show running-config");

        frr_config_parse(text ? text : "", &look->config);
        look->configured = true;
        free(text);
        free(error);
    }
    return &look->config;
}

static const struct frr_bgp *
find_bgp(struct look *look)
{
    return frr_config_find_bgp(config(look), look->vrf);
}

/* Returns "vtysh -c 'configure terminal' -c ..." for the lines of 'lines',
 * which it frees; NULL for NULL. */
static char *
configure(const struct look *look, char *lines)
{
    struct ds command = DS_EMPTY_INITIALIZER;
    char *save = NULL;

    if (!lines) {
        return NULL;
    }
    ds_put_format(&command, "%s -c 'configure terminal'",
                  look->sight->probe->vtysh);
    for (char *line = strtok_r(lines, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        ds_put_format(&command, " -c '%s'", line);
    }
    free(lines);
    return ds_steal_cstr(&command);
}

static void
missing(struct look *look, enum explain_stage stage, const char *from,
        char *cause, char *remedy)
{
    explain_missing(look->chain, stage, from, cause, remedy);
}

/* Zebra. */

/* What a look found: a routing daemon that we cannot ask is no missing
 * link. */
enum found { FOUND, NOT_FOUND, NOT_SEEN };

static enum found
tell_no_frr(struct look *look, const char *error)
{
    if (strstr(error, "not found") || strstr(error, "ermission")
        || strstr(error, "Unknown command")) {
        explain_unseen(look->chain, EXPLAIN_ZEBRA, "FRR", "cannot be asked "
                       "(%s)", error);
        return NOT_SEEN;
    }
    missing(look, EXPLAIN_ZEBRA, "FRR",
            xasprintf("FRR does not run on %s, or does not answer: %s",
                      look->route->chassis, error),
            xstrdup("systemctl restart frr"));
    return NOT_FOUND;
}

/* The route is in the kernel, but zebra does not have it. */
static void
tell_not_in_rib(struct look *look, const char *text)
{
    const struct explain_planned *planned = look->route->planned;
    char prefix[IP_PREFIX_STRLEN];

    ip_prefix_format(look->route->prefix, prefix);
    if (strstr(text, "VRF ") && strstr(text, "not found")) {
        missing(look, EXPLAIN_ZEBRA, ZEBRA,
                xasprintf("zebra does not know VRF %s", look->route->vrf),
                xstrdup("systemctl restart frr"));
        return;
    }
    missing(look, EXPLAIN_ZEBRA, ZEBRA,
            xasprintf("the kernel has the route, but zebra missed it: it came "
                      "before the VRF, or in a burst that zebra's netlink "
                      "buffer could not hold (start it with -s 90000000); "
                      "ovn-route-controller puts it back at once"),
            xasprintf("ip %s route del %s%s table %"PRIu32" metric %"PRIu32
                      " proto %d",
                      look->route->prefix->family == AF_INET ? "-4" : "-6",
                      planned->blackhole ? "blackhole " : "", prefix,
                      planned->table_id, planned->metric, DR_RTPROT_OVN));
}

/* The kernel route among the entries of zebra's RIB in 'rib', or NULL; stores
 * the protocol of the selected entry in '*selected', or NULL. */
static const struct json *
find_kernel_entry(const struct json *rib, const char **selected)
{
    const struct json *found = NULL;
    struct shash_node *node;

    *selected = NULL;
    SHASH_FOR_EACH (node, rib->object) {
        const struct json *entries = node->data;

        for (size_t i = 0; entries->type == JSON_ARRAY
             && i < entries->array.n; i++) {
            const struct json *entry = entries->array.elems[i];

            if (is_true(entry, "selected")) {
                *selected = string_member(entry, "protocol");
            }
            if (!strcmp(string_member(entry, "protocol"), "kernel")
                && (!found || is_true(entry, "selected"))) {
                found = entry;
            }
        }
    }
    return found;
}

static enum found
look_at_zebra(struct look *look)
{
    const char *vrf = look->route->vrf, *selected;
    char *error = NULL, *text;
    const struct json *entry;
    struct json *rib;
    bool ok = false;

    text = ask(look, &error, "show %s route vrf %s %s json", look->ip, vrf,
               look->prefix);
    if (!text) {
        enum found found = tell_no_frr(look, error);

        free(error);
        return found;
    }
    rib = to_object(xstrdup(text));
    entry = rib ? find_kernel_entry(rib, &selected) : NULL;
    if (!entry) {
        tell_not_in_rib(look, text);
    } else if (!is_true(entry, "selected")) {
        missing(look, EXPLAIN_ZEBRA, ZEBRA,
                xasprintf("zebra prefers a %s route for %s in VRF %s",
                          selected ? selected : "different", look->prefix,
                          vrf), NULL);
    } else {
        explain_ok(look->chain, EXPLAIN_ZEBRA, ZEBRA, "RIB of VRF %s: kernel "
                   "route, selected [%lld/%lld]", vrf,
                   integer_member(entry, "distance"),
                   integer_member(entry, "metric"));
        ok = true;
    }
    json_destroy(rib);
    free(text);
    return ok ? FOUND : NOT_FOUND;
}

/* bgpd. */

/* Zebra has the route, but bgpd does not. */
static void
tell_not_in_bgp(struct look *look)
{
    const struct explain_route *route = look->route;
    const struct frr_bgp *bgp = find_bgp(look);
    const struct frr_family *family;
    char *reason, *remedy;

    if (!bgp) {
        missing(look, EXPLAIN_BGP, BGPD,
                xasprintf("FRR has no \"router bgp ... vrf %s\"", route->vrf),
                xasprintf("ovn-route-ctl frr-config --chassis %s",
                          route->chassis));
        return;
    }
    family = (route->prefix->family == AF_INET ? &bgp->v4 : &bgp->v6);
    if (!family->redistribute) {
        missing(look, EXPLAIN_BGP, BGPD,
                xasprintf("\"router bgp %s vrf %s\" has no \"redistribute "
                          "kernel\" for %s unicast", bgp->asn, bgp->vrf,
                          look->family),
                configure(look, xasprintf("router bgp %s vrf %s\n"
                                          "address-family %s unicast\n"
                                          "redistribute kernel",
                                          bgp->asn, bgp->vrf, look->family)));
    } else if (family->redistribute_map
               && frr_config_judge(config(look), family->redistribute_map,
                                   route->prefix, route->planned->metric,
                                   &reason, &remedy) == FRR_DENIED) {
        missing(look, EXPLAIN_BGP, BGPD,
                xasprintf("\"redistribute kernel\" of VRF %s: %s", bgp->vrf,
                          reason), configure(look, remedy));
        free(reason);
    } else {
        missing(look, EXPLAIN_BGP, BGPD,
                xasprintf("zebra has the route, but the BGP table of VRF %s "
                          "has not%s%s", bgp->vrf,
                          (family->redistribute_map
                           ? "; see route-map " : " yet"),
                          (family->redistribute_map
                           ? family->redistribute_map : "")), NULL);
    }
}

/* The path of 'bgp' that was redistributed here, or NULL. */
static const struct json *
find_own_path(const struct json *bgp)
{
    const struct json *paths = member(bgp, "paths", JSON_ARRAY);

    for (size_t i = 0; paths && i < paths->array.n; i++) {
        if (is_true(paths->array.elems[i], "sourced")) {
            return paths->array.elems[i];
        }
    }
    return NULL;
}

/* Returns bgpd's answer, or NULL after it has told why there is none. */
static struct json *
look_at_bgp(struct look *look)
{
    char *error = NULL;
    const struct json *path;
    struct json *bgp;

    bgp = to_object(ask(look, &error, "show bgp vrf %s %s unicast %s json",
                        look->route->vrf, look->family, look->prefix));
    path = bgp ? find_own_path(bgp) : NULL;
    free(error);
    if (!path) {
        json_destroy(bgp);
        tell_not_in_bgp(look);
        return NULL;
    }
    explain_ok(look->chain, EXPLAIN_BGP, BGPD, "BGP table of VRF %s: MED %lld"
               "%s", look->route->vrf, integer_member(path, "metric"),
               (member(path, "bestpath", JSON_OBJECT) ? ", best path"
                : ", but a path of a peer is better"));
    return bgp;
}

/* Peers. */

/* Why 'name', a peer whose state bgpd tells in 'peer', was not sent the
 * route. */
static void
judge_peer(struct look *look, const char *name, const struct json *peer,
           char **cause, char **remedy)
{
    const char *state = string_member(peer, "state");
    const struct frr_bgp *bgp = find_bgp(look);
    const char *map = (bgp ? frr_bgp_out_map(bgp, name,
                                             look->route->prefix->family)
                       : NULL);
    char *reason = NULL;

    *remedy = NULL;
    if (strcmp(state, "Established")) {
        *cause = xasprintf("the session with %s in VRF %s is not up (%s): "
                           "check the link, its addresses and the peer", name,
                           look->vrf, state);
    } else if (bgp && !strcmp(string_member(peer, "peerState"), "Policy")) {
        *cause = xasprintf("%s has no outgoing policy, without which FRR "
                           "sends nothing by eBGP", name);
        *remedy = configure(look, xasprintf("router bgp %s vrf %s\n"
                                            "no bgp ebgp-requires-policy",
                                            bgp->asn, bgp->vrf));
    } else if (map && frr_config_judge(config(look), map, look->route->prefix,
                                       look->route->planned->metric, &reason,
                                       remedy) == FRR_DENIED) {
        *cause = xasprintf("not sent to %s: %s", name, reason);
        *remedy = configure(look, *remedy);
        free(reason);
    } else {
        *cause = xasprintf("not sent to %s yet%s%s", name,
                           map ? "; see its route-map " : "", map ? map : "");
    }
}

/* Adds a link for each peer of 'summary', which were sent the route if they
 * are in 'sent'.  True if one was. */
static bool
tell_peers(struct look *look, const struct json *peers,
           const struct json *sent)
{
    const struct shash_node **nodes = shash_sort(peers->object);
    char *first_cause = NULL, *first_remedy = NULL;
    size_t n = shash_count(peers->object);
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        const char *name = nodes[i]->name;

        if (sent && shash_find(sent->object, name)) {
            explain_ok(look->chain, EXPLAIN_PEER, BGPD, "sent to %s (%s, "
                       "AS %lld)", name,
                       string_member(nodes[i]->data, "hostname"),
                       integer_member(nodes[i]->data, "remoteAs"));
            any = true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        char *cause, *remedy;

        if (sent && shash_find(sent->object, nodes[i]->name)) {
            continue;
        }
        judge_peer(look, nodes[i]->name, nodes[i]->data, &cause, &remedy);
        if (any) {
            explain_note(look->chain, EXPLAIN_PEER, BGPD, "%s", cause);
        } else if (!first_cause || (remedy && !first_remedy)) {
            free(first_cause);
            free(first_remedy);
            first_cause = cause;
            first_remedy = remedy;
            continue;
        }
        free(cause);
        free(remedy);
    }
    if (!any) {
        missing(look, EXPLAIN_PEER, BGPD,
                (first_cause ? first_cause
                 : xasprintf("\"router bgp\" of VRF %s has no neighbor with "
                             "%s unicast", look->vrf, look->family)),
                first_remedy);
    }
    free(nodes);
    return any;
}

static const struct frr_family *
bgp_family(const struct look *look, const struct frr_bgp *bgp)
{
    return look->route->prefix->family == AF_INET ? &bgp->v4 : &bgp->v6;
}

/* The peers of VRF 'look->vrf', to whom 'bgp' may have been sent. */
static bool
look_at_peers(struct look *look, const struct json *bgp)
{
    const struct json *sent = member(bgp, "advertisedTo", JSON_OBJECT);
    const struct json *peers;
    char *error = NULL;
    struct json *summary, *none = json_object_create();
    bool ok;

    summary = to_object(ask(look, &error, "show bgp vrf %s %s unicast summary "
                            "json", look->vrf, look->family));
    free(error);
    peers = member(summary, "peers", JSON_OBJECT);
    if (!peers && sent) {
        peers = sent;
    }
    ok = tell_peers(look, peers ? peers : none, sent);
    json_destroy(none);
    json_destroy(summary);
    return ok;
}

/* The VRF that takes its routes over from 'look->vrf' ("import vrf") and has
 * peers, if that has none itself; or NULL. */
static const struct frr_bgp *
find_importer(struct look *look)
{
    const struct frr_bgp *own = find_bgp(look);
    struct shash_node *node;

    if (own && !frr_bgp_has_neighbors(own)) {
        SHASH_FOR_EACH (node, &config(look)->bgps) {
            const struct frr_bgp *bgp = node->data;

            if (sset_contains(&bgp_family(look, bgp)->imports, look->vrf)) {
                return bgp;
            }
        }
    }
    return NULL;
}

/* Who the route was sent to, perhaps through another VRF. */
static bool
look_at_sent(struct look *look, const struct json *bgp)
{
    const struct frr_bgp *importer = find_importer(look);
    struct json *imported;
    char *error = NULL;
    bool ok;

    if (!importer) {
        return look_at_peers(look, bgp);
    }
    imported = to_object(ask(look, &error, "show bgp vrf %s %s unicast %s "
                             "json", importer->vrf, look->family,
                             look->prefix));
    free(error);
    if (!imported || !member(imported, "paths", JSON_ARRAY)) {
        missing(look, EXPLAIN_BGP, BGPD,
                xasprintf("VRF %s has \"import vrf %s\", but not the route",
                          importer->vrf, look->vrf), NULL);
        json_destroy(imported);
        return false;
    }
    look->vrf = importer->vrf;
    explain_ok(look->chain, EXPLAIN_BGP, BGPD, "imported into VRF %s",
               look->vrf);
    ok = look_at_peers(look, imported);
    json_destroy(imported);
    return ok;
}

void
explain_frr(struct explain_chain *chain, const struct explain_sight *sight,
            const struct explain_route *route)
{
    bool v4 = route->prefix->family == AF_INET;
    struct look look = {
        .chain = chain, .sight = sight, .route = route, .vrf = route->vrf,
        .ip = v4 ? "ip" : "ipv6", .family = v4 ? "ipv4" : "ipv6",
    };
    char prefix[IP_PREFIX_STRLEN];
    struct json *bgp;

    if (!explain_is_here(sight, route)) {
        explain_unseen(chain, EXPLAIN_ZEBRA, "FRR", "only %s itself can see "
                       "this: run the same there", route->chassis);
        explain_complete(chain, true);
        return;
    }
    ip_prefix_format(route->prefix, prefix);
    snprintf(look.prefix, sizeof look.prefix, "%s%s", prefix,
             strchr(prefix, '/') ? "" : v4 ? "/32" : "/128");
    switch (look_at_zebra(&look)) {
    case NOT_FOUND:
        break;
    case NOT_SEEN:
        explain_complete(chain, true);
        break;
    case FOUND:
        bgp = look_at_bgp(&look);
        if (bgp && look_at_sent(&look, bgp)) {
            explain_complete(chain, false);
        }
        json_destroy(bgp);
        break;
    }
    if (look.configured) {
        frr_config_destroy(&look.config);
    }
}
