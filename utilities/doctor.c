/* doctor.c: checks of a host and the databases.  See the header. */
#include <config.h>
#include "utilities/doctor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "utilities/frr-text.h"
#include "utilities/sb-facts.h"
#include "util.h"

#define RED "\33[1;31m"
#define GREEN "\33[32m"
#define YELLOW "\33[33m"
#define BOLD "\33[1m"
#define PLAIN "\33[0m"

/* CAP_NET_ADMIN's bit. */
#define NET_ADMIN (1ull << 12)

/* What zebra needs to survive bursts: FRR's packages ask for this much. */
#define ZEBRA_BUFFER 90000000

/* That of the default route which guards a VRF (D18), less what is distance to
 * FRR. */
#define GUARD_METRIC 8192

/* Clocks that differ by less are good enough for what we do with them. */
#define CLOCK_TOLERANCE_MS 5000

void
doctor_facts_init(struct doctor_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    smap_init(&facts->accept_ra);
    svec_init(&facts->roles);
    svec_init(&facts->free_targets);
    svec_init(&facts->role_tables);
}

void
doctor_facts_destroy(struct doctor_facts *facts)
{
    smap_destroy(&facts->accept_ra);
    free(facts->remote);
    svec_destroy(&facts->roles);
    svec_destroy(&facts->free_targets);
    svec_destroy(&facts->role_tables);
}

/* Adds a finding; takes over 'remedy'. */
static void OVS_PRINTF_FORMAT(5, 6)
find(struct ovs_list *findings, enum doctor_verdict verdict,
     const char *check, char *remedy, const char *format, ...)
{
    struct doctor_finding *finding = xzalloc(sizeof *finding);
    va_list args;

    finding->verdict = verdict;
    finding->check = check;
    finding->remedy = remedy;
    va_start(args, format);
    finding->text = xvasprintf(format, args);
    va_end(args);
    ovs_list_push_back(findings, &finding->node);
}

static char *
start(const struct doctor_facts *facts, const char *daemon)
{
    return (facts->systemd ? xasprintf("systemctl start %s", daemon)
            : xasprintf("%s --detach --pidfile --log-file --monitor",
                        daemon));
}

/* The kernel. */

static void
check_vrf(const struct doctor_facts *facts, struct ovs_list *findings)
{
    if (!facts->is_chassis || !facts->vrf_error) {
        return;
    } else if (!facts->vrf_error[0]) {
        find(findings, DOCTOR_OK, "vrf", NULL, "the kernel has VRFs");
    } else if (facts->vrf_module) {
        find(findings, DOCTOR_ERROR, "vrf",
             xstrdup("modprobe vrf && "
                     "echo vrf > /etc/modules-load.d/vrf.conf"),
             "the kernel's module vrf is not loaded");
    } else {
        find(findings, DOCTOR_ERROR, "vrf",
             xstrdup("install the package with the kernel's extra modules, or "
                     "a kernel with CONFIG_NET_VRF"),
             "the kernel has no VRFs (%s)", facts->vrf_error);
    }
}

static const struct json *
get(const struct json *object, const char *key)
{
    return (object && object->type == JSON_OBJECT
            ? shash_find_data(object->object, key) : NULL);
}

static const char *
get_string(const struct json *object, const char *key)
{
    const struct json *value = get(object, key);

    return value && value->type == JSON_STRING ? json_string(value) : "";
}

/* Two VRFs on one table make zebra exit. */
static void
check_tables(const struct doctor_facts *facts, struct ovs_list *findings)
{
    struct json *links = (facts->vrf_links
                          ? json_from_string(facts->vrf_links) : NULL);
    struct shash tables = SHASH_INITIALIZER(&tables);
    bool bad = false;

    if (!links || links->type != JSON_ARRAY) {
        json_destroy(links);
        return;
    }
    for (size_t i = 0; i < links->array.n; i++) {
        const struct json *link = links->array.elems[i];
        const char *name = get_string(link, "ifname");
        const struct json *table = get(get(get(link, "linkinfo"),
                                           "info_data"), "table");
        char *id;

        if (!table || table->type != JSON_INTEGER) {
            continue;
        }
        id = xasprintf("%lld", table->integer);
        if (shash_find(&tables, id)) {
            find(findings, DOCTOR_ERROR, "tables",
                 xasprintf("ip link del %s", name),
                 "VRFs %s and %s are on one table, %s, which makes FRR's "
                 "zebra exit", (char *) shash_find_data(&tables, id), name,
                 id);
            bad = true;
        } else {
            shash_add(&tables, id, xstrdup(name));
        }
        free(id);
    }
    if (!bad) {
        find(findings, DOCTOR_OK, "tables", NULL, "each of the %"PRIuSIZE
             " VRFs has a table of its own", shash_count(&tables));
    }
    shash_destroy_free_data(&tables);
    json_destroy(links);
}

static void
check_accept_ra(const struct doctor_facts *facts, struct ovs_list *findings)
{
    const struct smap_node **nodes = smap_sort(&facts->accept_ra);

    for (size_t i = 0; i < smap_count(&facts->accept_ra); i++) {
        if (strcmp(nodes[i]->value, "0")) {
            find(findings, DOCTOR_WARNING, "accept_ra",
                 xasprintf("sysctl -w net.ipv6.conf.%s.accept_ra=0",
                           nodes[i]->key),
                 "%s, a port of a VRF, takes default routes from router "
                 "advertisements (accept_ra=%s)", nodes[i]->key,
                 nodes[i]->value);
        }
    }
    free(nodes);
}

static void
check_l3mdev(const struct doctor_facts *facts, struct ovs_list *findings)
{
    if (facts->is_chassis && facts->l3mdev_accept
        && !strcmp(facts->l3mdev_accept, "0")) {
        find(findings, DOCTOR_OK, "l3mdev", NULL,
             "net.ipv4.tcp_l3mdev_accept=0: services in VRFs need sockets of "
             "their own there, as FRR's bgpd has them");
    }
}

/* Our daemons. */

static void
check_controller(const struct doctor_facts *facts, struct ovs_list *findings)
{
    char *problems, *line, *save = NULL;

    if (!facts->is_chassis) {
        return;
    } else if (facts->controller_error) {
        find(findings, DOCTOR_ERROR, "ovn-route-controller",
             start(facts, "ovn-route-controller"),
             "does not run on this chassis: %s", facts->controller_error);
        return;
    }
    find(findings, DOCTOR_OK, "ovn-route-controller", NULL, "runs");
    if (facts->controller_caps) {
        unsigned long long int caps
            = strtoull(facts->controller_caps, NULL, 16);

        if (!(caps & NET_ADMIN)) {
            find(findings, DOCTOR_ERROR, "capabilities",
                 xstrdup("run ovn-route-controller with CAP_NET_ADMIN; the "
                         "systemd unit that is shipped gives it"),
                 "ovn-route-controller lacks CAP_NET_ADMIN (CapEff %s)",
                 facts->controller_caps);
        }
    }
    problems = xstrdup(facts->controller_problems
                       ? facts->controller_problems : "");
    for (line = strtok_r(problems, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        find(findings, DOCTOR_ERROR, "ovn-route-controller", NULL, "%s", line);
    }
    free(problems);
}

static void
check_northd(const struct doctor_facts *facts, struct ovs_list *findings)
{
    const struct smap_node **nodes;

    if (facts->sb_error || facts->sb_native) {
        return;
    } else if (!facts->northd_runs) {
        find(findings, DOCTOR_ERROR, "ovn-route-northd",
             start(facts, "ovn-route-northd"),
             "no instance is connected with the Southbound database");
    } else if (facts->sb->nb_cfg < facts->nb_cfg) {
        find(findings, DOCTOR_WARNING, "ovn-route-northd", NULL, "is behind: "
             "rows are for configuration %"PRId64" of %"PRId64" (stock "
             "ovn-northd: %"PRId64")", facts->sb->nb_cfg, facts->nb_cfg,
             facts->sb->sb_cfg);
    } else {
        find(findings, DOCTOR_OK, "ovn-route-northd", NULL, "runs, and its "
             "rows are up to date");
    }
    nodes = smap_sort(&facts->sb->global_ids);
    for (size_t i = 0; i < smap_count(&facts->sb->global_ids); i++) {
        if (!strncmp(nodes[i]->key, "problem-", 8)) {
            find(findings, DOCTOR_ERROR, "ovn-route-northd", NULL, "%s",
                 nodes[i]->value);
        }
    }
    free(nodes);
}

/* FRR. */

/* Bugs of FRR that hurt what we do. */
static const struct frr_bug {
    int since, fixed;           /* 10000 * major + 100 * minor + patch. */
    const char *text;
    const char *remedy;
} frr_bugs[] = {
    { 0, 80100, "takes routes of tables that no VRF has for its own",
      "upgrade FRR to 8.1 or later" },
    { 0, 100400, "loses routes that are in a table before its VRF is made, "
      "and may crash when a VRF is deleted; ovn-route-controller makes VRFs "
      "first and keeps them",
      NULL },
    { 100200, 100400, "drops the blackhole routes of a VRF when an interface "
      "joins it", "upgrade FRR to 10.4 or later, or put ports into a VRF "
      "before its routes are there" },
};

static void
check_frr_version(const struct doctor_facts *facts, struct ovs_list *findings)
{
    int major, minor, patch = 0, version;

    if (!facts->frr_version
        || (!ovs_scan(facts->frr_version, "FRRouting %d.%d.%d", &major, &minor,
                      &patch)
            && !ovs_scan(facts->frr_version, "FRRouting %d.%d", &major,
                         &minor))) {
        return;
    }
    version = major * 10000 + minor * 100 + patch;
    find(findings, DOCTOR_OK, "frr-version", NULL, "FRR %d.%d.%d answers",
         major, minor, patch);
    for (size_t i = 0; i < ARRAY_SIZE(frr_bugs); i++) {
        const struct frr_bug *bug = &frr_bugs[i];

        if (version >= bug->since && version < bug->fixed) {
            find(findings, bug->remedy ? DOCTOR_WARNING : DOCTOR_OK,
                 "frr-version", nullable_xstrdup(bug->remedy),
                 "FRR %d.%d.%d %s", major, minor, patch, bug->text);
        }
    }
}

static void
check_zebra_buffer(const struct doctor_facts *facts,
                   struct ovs_list *findings)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    long long int size = 0;

    if (!facts->zebra_cmdline) {
        return;
    }
    svec_parse_words(&words, facts->zebra_cmdline);
    for (size_t i = 0; i < words.n; i++) {
        if (!strcmp(words.names[i], "-s") && i + 1 < words.n) {
            size = atoll(words.names[i + 1]);
        } else if (!strncmp(words.names[i], "-s", 2) && words.names[i][2]) {
            size = atoll(words.names[i] + 2);
        } else if (!strcmp(words.names[i], "--nl-bufsize")
                   && i + 1 < words.n) {
            size = atoll(words.names[i + 1]);
        }
    }
    svec_destroy(&words);
    if (size >= ZEBRA_BUFFER) {
        find(findings, DOCTOR_OK, "zebra-buffer", NULL, "zebra's netlink "
             "buffer has %lld bytes", size);
    } else {
        find(findings, DOCTOR_WARNING, "zebra-buffer",
             xasprintf("set zebra_options=\"-A 127.0.0.1 -s %d\" in "
                       "/etc/frr/daemons, and systemctl restart frr",
                       ZEBRA_BUFFER),
             "zebra's netlink buffer has %s: in a burst of many thousand "
             "routes it loses some, or exits", (size ? "too few bytes"
                                                : "4 MiB, its default"));
    }
}

/* A default route in a VRF is a guard against leaks (and is never what OVN
 * advertises): it must not be announced. */
static void
check_default_route(const struct doctor_facts *facts,
                    struct ovs_list *findings)
{
    struct frr_config config;
    struct shash_node *node;
    struct ip_prefix any;

    if (!facts->frr_config) {
        return;
    }
    memset(&any, 0, sizeof any);
    any.family = AF_INET;
    frr_config_parse(facts->frr_config, &config);
    SHASH_FOR_EACH (node, &config.bgps) {
        const struct frr_bgp *bgp = node->data;

        if (bgp->vrf[0] && frr_bgp_sends(&config, bgp, &any, GUARD_METRIC)) {
            find(findings, DOCTOR_WARNING, "default-route",
                 xstrdup("put the route-map between that \"ovn-route-ctl "
                         "frr-config\" shows"),
                 "VRF %s announces a default route if it has one: nothing "
                 "denies 0.0.0.0/0 between \"redistribute kernel\" and the "
                 "neighbors of \"router bgp %s vrf %s\"", bgp->vrf, bgp->asn,
                 bgp->vrf);
        }
    }
    frr_config_destroy(&config);
}

static void
check_frr(const struct doctor_facts *facts, struct ovs_list *findings)
{
    if (facts->is_chassis && facts->frr_error) {
        find(findings, DOCTOR_WARNING, "frr",
             xstrdup("systemctl start frr"), "FRR does not answer: %s; "
             "nothing is announced unless another routing daemon does it",
             facts->frr_error);
    }
}

/* Databases. */

static void
check_schema(const struct doctor_facts *facts, struct ovs_list *findings)
{
    if (facts->sb_error) {
        find(findings, DOCTOR_ERROR, "southbound", NULL, "%s",
             facts->sb_error);
    } else if (facts->sb_native) {
        find(findings, DOCTOR_ERROR, "native",
             xstrdup("systemctl disable --now ovn-route-northd "
                     "ovn-route-controller"),
             "this OVN does dynamic routing by itself; ours must not run "
             "beside it");
    } else if (!facts->sb->extended) {
        find(findings, DOCTOR_ERROR, "schema",
             xstrdup("ovn-route-ctl schema install"),
             "the Southbound database lacks the tables of dynamic routing");
    } else {
        find(findings, DOCTOR_OK, "schema", NULL, "the Southbound database "
             "has the tables of dynamic routing");
    }
    if (facts->is_central && facts->ovn_central_default
        && !facts->unit_extended
        && !strstr(facts->ovn_central_default, "--db-sb-schema")) {
        find(findings, DOCTOR_WARNING, "db-sb-schema",
             xasprintf("add --db-sb-schema=%s to OVN_CTL_OPTS in "
                       "/etc/default/ovn-central", facts->schema_path),
             "ovn-ctl takes our tables out of the Southbound database when "
             "it starts the server, since it is not told of our schema");
    }
}

/* The table of ours that 'role' may not write, or NULL. */
static const char *
find_forbidden(const struct doctor_facts *facts, const char *role)
{
    static const char *const tables[] = {
        "Learned_Route", "Route_Exchange_Chassis"
    };
    const char *forbidden = NULL;

    for (size_t t = 0; t < ARRAY_SIZE(tables) && !forbidden; t++) {
        char *entry = xasprintf("%s %s", role, tables[t]);

        if (!svec_contains_unsorted(&facts->role_tables, entry)) {
            forbidden = tables[t];
        }
        free(entry);
    }
    return forbidden;
}

/* True if one of the comma-separated 'remotes' ("ssl:10.0.0.1:6642") is of
 * protocol and port of 'target' ("pssl:6642:10.0.0.1"), as far as one can tell
 * from here the same connection. */
static bool
remotes_match(const char *remotes, const char *target)
{
    size_t protocol = strcspn(target, ":");
    const char *port = target + protocol + (target[protocol] == ':');
    size_t port_len = strcspn(port, ": ");
    char *copy = xstrdup(remotes), *save = NULL;
    bool match = false;

    for (char *remote = strtok_r(copy, ", ", &save); remote && !match;
         remote = strtok_r(NULL, ", ", &save)) {
        const char *colon = strrchr(remote, ':');

        match = (protocol > 1 && strcspn(remote, ":") == protocol - 1
                 && !strncmp(remote, target + 1, protocol - 1)
                 && strlen(colon + 1) == port_len
                 && !strncmp(colon + 1, port, port_len));
    }
    free(copy);
    return match;
}

/* A connection may have a role that keeps ovn-route-controller from writing,
 * as long as that uses another one. */
static void
check_rbac(const struct doctor_facts *facts, struct ovs_list *findings)
{
    const char *other = (facts->free_targets.n
                         ? facts->free_targets.names[0] : NULL);

    for (size_t i = 0; i < facts->roles.n; i++) {
        const char *connection = facts->roles.names[i];
        const char *role = strrchr(connection, ' ') + 1;
        int len = role - connection - 1;
        const char *table = find_forbidden(facts, role);

        if (!table) {
            continue;
        } else if (facts->remote
                   && remotes_match(facts->remote, connection)) {
            find(findings, DOCTOR_ERROR, "rbac",
                 xasprintf("ovs-vsctl set open . external_ids:"
                           "route-exchange-remote=REMOTE, with %s%s; see "
                           "RBAC in ovn-route-controller(8)",
                           other ? "connection " : "a connection that has no "
                           "role, to be made first", other ? other : ""),
                 "ovn-route-controller uses connection %.*s, whose role "
                 "\"%s\" may not write %s", len, connection, role, table);
        } else if (!facts->remote && !other) {
            find(findings, DOCTOR_WARNING, "rbac",
                 xstrdup("make a connection that has no role for "
                         "ovn-route-controller; see RBAC in its manual page"),
                 "all connections have a role, and role \"%s\" of %.*s may "
                 "not write %s", role, len, connection, table);
        } else {
            find(findings, DOCTOR_OK, "rbac", NULL, "connection %.*s has the "
                 "role \"%s\", but ovn-route-controller has %s", len,
                 connection, role, facts->remote ? facts->remote : other);
        }
    }
}

static void
check_clock(const struct doctor_facts *facts, struct ovs_list *findings)
{
    struct shash_node *node;

    if (!facts->sb || !facts->now) {
        return;
    }
    SHASH_FOR_EACH (node, &facts->sb->chassis) {
        const struct sb_chassis *chassis = node->data;
        long long int ahead = chassis->nb_cfg_timestamp - facts->now;

        if (chassis->reports && ahead > CLOCK_TOLERANCE_MS) {
            find(findings, DOCTOR_WARNING, "clock",
                 xstrdup("let chrony or systemd-timesyncd set the clocks"),
                 "the clock of %s is at least %lld s ahead of this host's",
                 chassis->name, ahead / 1000);
        }
    }
}

static void
check_chassis(const struct doctor_facts *facts, struct ovs_list *findings)
{
    struct shash_node *node;

    if (!facts->sb || facts->is_chassis) {
        return;
    }
    SHASH_FOR_EACH (node, &facts->sb->chassis) {
        const struct sb_chassis *chassis = node->data;

        if (!chassis->reports && chassis->hostname) {
            find(findings, DOCTOR_WARNING, "chassis",
                 xasprintf("on %s: %s", chassis->hostname,
                           "systemctl start ovn-route-controller"),
                 "no ovn-route-controller reports from %s", chassis->name);
        } else if (chassis->reports
                   && chassis->nb_cfg < facts->sb->nb_cfg) {
            find(findings, DOCTOR_WARNING, "chassis",
                 xasprintf("on %s: ovn-route-ctl doctor", chassis->name),
                 "ovn-route-controller of %s is behind, or down: it has "
                 "followed configuration %"PRId64" of %"PRId64,
                 chassis->name, chassis->nb_cfg, facts->sb->nb_cfg);
        }
    }
}

void
doctor_examine(const struct doctor_facts *facts, struct ovs_list *findings)
{
    ovs_list_init(findings);
    check_schema(facts, findings);
    check_northd(facts, findings);
    check_rbac(facts, findings);
    check_clock(facts, findings);
    check_chassis(facts, findings);
    check_controller(facts, findings);
    check_vrf(facts, findings);
    check_tables(facts, findings);
    check_accept_ra(facts, findings);
    check_l3mdev(facts, findings);
    check_frr(facts, findings);
    check_frr_version(facts, findings);
    check_zebra_buffer(facts, findings);
    check_default_route(facts, findings);
}

void
doctor_findings_destroy(struct ovs_list *findings)
{
    struct doctor_finding *finding;

    LIST_FOR_EACH_POP (finding, node, findings) {
        free(finding->text);
        free(finding->remedy);
        free(finding);
    }
}

bool
doctor_is_content(const struct ovs_list *findings)
{
    const struct doctor_finding *finding;

    LIST_FOR_EACH (finding, node, findings) {
        if (finding->verdict != DOCTOR_OK) {
            return false;
        }
    }
    return true;
}

static const char *
verdict_name(enum doctor_verdict verdict)
{
    return (verdict == DOCTOR_OK ? "ok"
            : verdict == DOCTOR_WARNING ? "warning" : "error");
}

void
doctor_format(const struct ovs_list *findings, bool color, struct ds *ds)
{
    static const char *const colors[] = {
        [DOCTOR_OK] = GREEN, [DOCTOR_WARNING] = YELLOW, [DOCTOR_ERROR] = RED
    };
    const struct doctor_finding *finding;

    for (int verdict = DOCTOR_OK; verdict <= DOCTOR_ERROR; verdict++) {
        LIST_FOR_EACH (finding, node, findings) {
            if ((int) finding->verdict != verdict) {
                continue;
            }
            ds_put_format(ds, "%s%-7s%s  %s: %s\n",
                          color ? colors[verdict] : "", verdict_name(verdict),
                          color ? PLAIN : "", finding->check, finding->text);
            if (finding->remedy) {
                ds_put_format(ds, "%9sremedy: %s%s%s\n", "",
                              color ? BOLD : "", finding->remedy,
                              color ? PLAIN : "");
            }
        }
    }
}

struct json *
doctor_to_json(const struct ovs_list *findings)
{
    struct json *array = json_array_create_empty();
    const struct doctor_finding *finding;

    LIST_FOR_EACH (finding, node, findings) {
        struct json *object = json_object_create();

        json_object_put_string(object, "check", finding->check);
        json_object_put_string(object, "verdict",
                               verdict_name(finding->verdict));
        json_object_put_string(object, "text", finding->text);
        if (finding->remedy) {
            json_object_put_string(object, "remedy", finding->remedy);
        }
        json_array_add(array, object);
    }
    return array;
}
