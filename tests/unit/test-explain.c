/* test-explain.c: the chain of a prefix, link by link. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "tests/lib/northd-builder.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "utilities/explain-chassis.h"
#include "utilities/explain-source.h"
#include "utilities/explain.h"
#include "utilities/sb-facts.h"

/* Everything that an explanation looks at. */
struct world {
    struct nb real, lifted;     /* The same contents. */
    struct sb_facts sb;
    struct explain_probe probe;
    struct explain_sight sight;
    struct svec answers;        /* What to ask, what is answered, ... */
};

/* Does CALL, which names 'nb', to both views of 'w'. */
#define BOTH(CALL)                      \
    do {                                \
        struct nb *nb = &w->real;       \
        CALL;                           \
        nb = &w->lifted;                \
        CALL;                           \
    } while (0)

/* The answer to the question that starts with the words of 'question'. */
static char *
answer(struct world *w, const char *question, char **error)
{
    for (size_t i = 0; i + 1 < w->answers.n; i += 2) {
        if (!strncmp(question, w->answers.names[i],
                     strlen(w->answers.names[i]))) {
            const char *text = w->answers.names[i + 1];

            if (!strncmp(text, "ERROR ", 6)) {
                *error = xstrdup(text + 6);
                return NULL;
            }
            return xstrdup(text);
        }
    }
    *error = xasprintf("vtysh: failed (%s)", question);
    return NULL;
}

static char *
ask_controller(void *w, const char *command, const char *argument OVS_UNUSED,
               char **error)
{
    return answer(w, command, error);
}

static char *
ask_frr(void *w, const char *command, char **error)
{
    return answer(w, command, error);
}

/* From now on 'question' is answered with 'text', "ERROR ..." for an error. */
static void
set_answer(struct world *w, const char *question, const char *text)
{
    for (size_t i = 0; i + 1 < w->answers.n; i += 2) {
        if (!strcmp(w->answers.names[i], question)) {
            free(w->answers.names[i + 1]);
            w->answers.names[i + 1] = xstrdup(text);
            return;
        }
    }
    svec_add(&w->answers, question);
    svec_add(&w->answers, text);
}

/* Rows. */

static struct uuid
id(const char *name)
{
    return nb_uuid(name);
}

static struct sb_port *
sb_port(struct world *w, const char *name, const char *type,
        const char *chassis)
{
    struct uuid uuid = id(name);

    return sb_facts_add_port(&w->sb, &uuid, name, type, chassis);
}

static void
sb_routing_port(struct world *w, const char *router, const char *port,
                const char *binding, const char *key, const char *value)
{
    struct smap options = SMAP_INITIALIZER(&options);
    struct uuid dp = id(router), lrp = id(port), pb = id(binding), row;

    row = id(port);
    row.parts[0]++;
    smap_add(&options, "dynamic-routing", "true");
    if (key) {
        smap_add(&options, key, value);
    }
    sb_facts_add_routing_port(&w->sb, &row, &dp, &lrp, &pb, router, &options);
    smap_destroy(&options);
}

static void
sb_row(struct world *w, const char *router, const char *port,
       const char *prefix, const char *tracked)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct uuid dp = id(router), lrp = id(port), row = id(prefix);
    struct uuid track = id(tracked ? tracked : "");

    if (tracked) {
        smap_add(&ids, "tracked-port", tracked);
    }
    sb_facts_add_route(&w->sb, &row, &dp, &lrp, tracked ? &track : NULL,
                       prefix, &ids);
    smap_destroy(&ids);
}

static struct sb_chassis *
sb_chassis(struct world *w, const char *name)
{
    struct sb_chassis *chassis = sb_facts_chassis(&w->sb, name);

    free(chassis->hostname);
    chassis->hostname = xstrdup(name);
    chassis->reports = true;
    return chassis;
}

/* A gateway router "lr" on hv1 with NAT 172.16.0.5, all the way to the row, in
 * table 10 with VRF ovnvrf10. */
static void
build_gateway(struct world *w, const char *options)
{
    struct uuid dp = id("lr");

    BOTH(nb_router(nb, "lr", options));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    w->sb.extended = w->sb.has_global = true;
    sb_facts_add_datapath(&w->sb, &dp, 10, "lr");
    sb_port(w, "up", "l3gateway", "hv1");
    sb_routing_port(w, "lr", "up", "up", "dynamic-routing-maintain-vrf",
                    "true");
    sb_row(w, "lr", "up", "172.16.0.5", NULL);
    sb_chassis(w, "hv1");
}
#define ON "dynamic-routing=true -redistribute=nat chassis=hv1"

/* The same, as seen on hv1, where all is well. */
static void
build_host(struct world *w)
{
    build_gateway(w, ON);
    w->probe.chassis = "hv1";
    set_answer(w, "kernel/show", "table 10 (synced)\n"
               "    vrf ovnvrf10 up alias \"x\"\n"
               "    blackhole 172.16.0.5 proto ovn(84) metric 1000\n");
    set_answer(w, "problem/list", "");
    set_answer(w, "show ip route vrf ovnvrf10 172.16.0.5/32 json",
               "{\"172.16.0.5\\/32\":[{\"protocol\":\"kernel\","
               "\"selected\":true,\"distance\":0,\"metric\":1000}]}");
    set_answer(w, "show bgp vrf ovnvrf10 ipv4 unicast 172.16.0.5/32 json",
               "{\"paths\":[{\"sourced\":true,\"metric\":1000,"
               "\"bestpath\":{\"overall\":true}}],"
               "\"advertisedTo\":{\"eth1\":{\"hostname\":\"tor\"}}}");
    set_answer(w, "show bgp vrf ovnvrf10 ipv4 unicast summary json",
               "{\"peers\":{\"eth1\":{\"state\":\"Established\","
               "\"remoteAs\":65001,\"hostname\":\"tor\"}}}");
    set_answer(w, "show running-config",
               "router bgp 65000 vrf ovnvrf10\n"
               " neighbor eth1 interface remote-as external\n"
               " address-family ipv4 unicast\n"
               "  redistribute kernel\n");
}

static int
setup(void **state)
{
    struct world *w = xzalloc(sizeof *w);

    nb_init(&w->real);
    nb_init(&w->lifted);
    sb_facts_init(&w->sb);
    svec_init(&w->answers);
    w->probe = (struct explain_probe) {
        NULL, "vtysh", ask_controller, ask_frr, w
    };
    w->sight = (struct explain_sight) { .sb = &w->sb, .probe = &w->probe };
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    nb_destroy(&w->real);
    nb_destroy(&w->lifted);
    sb_facts_destroy(&w->sb);
    svec_destroy(&w->answers);
    free(w);
    return 0;
}

/* Asserting. */

/* Prints 'ds' so that nobody takes it for results of tests. */
static void
print_lines(const struct ds *ds)
{
    char *copy = xstrdup(ds_cstr_ro(ds)), *line, *save = NULL;

    for (line = strtok_r(copy, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        print_message("# %.200s\n", line);
    }
    free(copy);
}

struct walk {
    struct world *w;
    struct explain_chain *chain;
    size_t n;                   /* Candidates that got past the options. */
};

static void
next(const struct explain_candidate *c, void *walk_)
{
    struct walk *walk = walk_;

    walk->n++;
    if (walk->w->sb.extended) {
        explain_chassis(walk->chain, &walk->w->sight, c);
    }
}

static size_t
make_chain(struct world *w, const char *prefix, struct explain_chain *chain)
{
    const struct explain_nb nb = { &w->real.view, &w->lifted.view, "hv1" };
    struct explain_candidates candidates;
    struct walk walk = { w, chain, 0 };
    struct ip_prefix p;

    assert_int_equal(ip_prefix_parse(prefix, &p, NULL), 0);
    explain_chain_init(chain, &p);
    explain_candidates_find(&candidates, &nb, &p, NULL);
    explain_sources(chain, &nb, &candidates, next, &walk);
    explain_candidates_destroy(&candidates);
    return walk.n;
}

/* Asserts that 'prefix' is not advertised because of 'cause', which is part of
 * the text, and that 'remedy' mends it. */
static void
assert_missing(struct world *w, const char *prefix,
               enum explain_stage stage, const char *cause,
               const char *remedy)
{
    const struct explain_link *link;
    struct explain_chain chain;
    struct ds ds = DS_EMPTY_INITIALIZER;

    make_chain(w, prefix, &chain);
    explain_format(&chain, false, &ds);
    print_lines(&ds);
    ds_destroy(&ds);
    link = explain_first_missing(&chain);
    assert_non_null(link);
    assert_int_equal(link->stage, stage);
    assert_non_null(strstr(link->cause, cause));
    if (remedy) {
        assert_string_equal(link->remedy ? link->remedy : "none", remedy);
    }
    explain_chain_destroy(&chain);
}

/* Asserts that 'prefix' is advertised, and that there is a line with
 * 'part'. */
static void
assert_advertised(struct world *w, const char *prefix, const char *part)
{
    struct explain_chain chain;
    struct ds ds = DS_EMPTY_INITIALIZER;

    make_chain(w, prefix, &chain);
    explain_format(&chain, false, &ds);
    print_lines(&ds);
    assert_true(chain.complete);
    assert_non_null(strstr(ds_cstr(&ds), part));
    ds_destroy(&ds);
    explain_chain_destroy(&chain);
}

/* The Northbound end. */

static void
option_that_is_missing_is_named(void **state)
{
    static const struct {
        const char *router, *port, *cause, *remedy;
    } cases[] = {
        { "chassis=hv1", "", "takes no part: its options:dynamic-routing is "
          "not set", "ovn-nbctl set Logical_Router lr "
          "options:dynamic-routing=true" },
        { "dynamic-routing=yes chassis=hv1", "", "is \"yes\"",
          "ovn-nbctl set Logical_Router lr options:dynamic-routing=true" },
        { "disabled " ON, "", "is disabled", NULL },
        { "dynamic-routing=true chassis=hv1", "", "is set neither on",
          "ovn-nbctl set Logical_Router_Port up "
          "options:dynamic-routing-redistribute=nat" },
        { "dynamic-routing=true -redistribute=connected chassis=hv1", "",
          "of Logical_Router lr is \"connected\", without \"nat\"",
          "ovn-nbctl set Logical_Router lr "
          "'options:dynamic-routing-redistribute=\"connected,nat\"'" },
        { ON, "-redistribute=", "it replaces the Logical_Router's",
          "ovn-nbctl set Logical_Router_Port up "
          "options:dynamic-routing-redistribute=nat" },
        { ON, "-redistribute=nta,lb", "\"nta\" is unknown",
          "ovn-nbctl set Logical_Router_Port up "
          "'options:dynamic-routing-redistribute=\"lb,nat\"'" },
        { ON " -advertise-prefixes=permit~10.0.0.0/8", "",
          "denies 172.16.0.5", "ovn-nbctl set Logical_Router lr "
          "'options:dynamic-routing-advertise-prefixes=\"permit 172.16.0.5, "
          "permit 10.0.0.0/8\"'" },
        { "dynamic-routing=true -redistribute=nat", "",
          "neither options:chassis nor a port with a gateway chassis",
          "ovn-nbctl lrp-set-gateway-chassis up hv1" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        void *world;

        setup(&world);
        struct world *w = world;
        BOTH(nb_router(nb, "lr", cases[i].router));
        BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", cases[i].port));
        BOTH(nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24"));
        assert_missing(w, "172.16.0.5", EXPLAIN_OPTION, cases[i].cause,
                       cases[i].remedy);
        teardown(&world);
    }
    (void) state;
}

static void
object_that_is_held_back_is_named(void **state)
{
    struct world *w = *state;

    BOTH(nb_router(nb, "lr", "dynamic-routing=true -redistribute=nat,lb,static"
                   " chassis=hv1"));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_nat(nb, "lr", "a", "snat 172.16.0.5 10.0.0.0/24 no-advertise"));
    BOTH(nb_nat(nb, "lr", "b", "snat 172.16.0.6/24 10.0.0.0/24"));
    BOTH(nb_lb(nb, "c", "172.16.0.7 no-advertise"));
    BOTH(nb_lb(nb, "d", "172.16.0.8:80=10.0.0.5:80 check=172.16.0.8:80 "
               "map=10.0.0.5=vm1 health"));
    BOTH(nb_lb_on(nb, "lr", "c d"));
    BOTH(nb_monitor(nb, "vm1", "10.0.0.5", 80, true));
    BOTH(nb_route(nb, "lr", "e", "10.7.0.0/16 10.0.0.9 bfd-down"));
    assert_missing(w, "172.16.0.5", EXPLAIN_OBJECT, "of the NAT holds it back",
                   NULL);
    assert_missing(w, "172.16.0.6", EXPLAIN_OBJECT, "host bits under its mask",
                   NULL);
    assert_missing(w, "172.16.0.7", EXPLAIN_OBJECT, "of the Load_Balancer",
                   NULL);
    assert_missing(w, "172.16.0.8", EXPLAIN_OBJECT, "are down", NULL);
    assert_missing(w, "10.7.0.0/16", EXPLAIN_OBJECT, "BFD session", NULL);
    /* Kinds of routes that nobody advertises. */
    BOTH(nb_route(nb, "lr", "f", "10.8.0.0/16 discard"));
    BOTH(nb_route(nb, "lr", "g", "10.9.0.0/16 10.0.0.9 src-ip"));
    BOTH(nb_route(nb, "lr", "h", "10.10.0.0/16 10.0.0.9 table=blue"));
    assert_missing(w, "10.8.0.0/16", EXPLAIN_OBJECT, "leads nowhere", NULL);
    assert_missing(w, "10.9.0.0/16", EXPLAIN_OBJECT, "no destination", NULL);
    assert_missing(w, "10.10.0.0/16", EXPLAIN_OBJECT, "\"blue\"", NULL);
}

static void
neighbor_that_takes_part_is_preferred(void **state)
{
    struct world *w = *state;
    struct explain_chain chain;

    /* "guest" has the NAT, and takes no part; "gw" sees it, and does. */
    BOTH(nb_router(nb, "guest", ""));
    BOTH(nb_port(nb, "guest", "guest-up", "172.16.0.1/24", "gw"));
    BOTH(nb_nat(nb, "guest", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    BOTH(nb_router(nb, "gw", "dynamic-routing=true chassis=hv1"));
    BOTH(nb_port(nb, "gw", "gw-in", "172.16.0.2/24", ""));
    BOTH(nb_connect(nb, "join", "guest-up"));
    BOTH(nb_connect(nb, "join", "gw-in"));
    assert_missing(w, "172.16.0.5", EXPLAIN_OPTION, "Logical_Router_Port "
                   "gw-in nor", "ovn-nbctl set Logical_Router_Port gw-in "
                   "options:dynamic-routing-redistribute=nat");
    BOTH(nb_port(nb, "gw", "gw-in", "172.16.0.2/24", "-redistribute=nat"));
    assert_int_equal(make_chain(w, "172.16.0.5", &chain), 1);
    explain_chain_destroy(&chain);
    /* What nobody has. */
    assert_int_equal(make_chain(w, "172.16.0.9", &chain), 0);
    assert_true(ovs_list_is_empty(&chain.links));
    explain_chain_destroy(&chain);
}

static void
names_stand_for_prefixes(void **state)
{
    struct world *w = *state;
    struct explain_nb views;
    struct ip_prefix *prefixes;
    char text[IP_PREFIX_STRLEN];

    BOTH(nb_router(nb, "lr", ""));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_lb(nb, "web", "172.16.0.7:80 172.16.0.6:80 172.16.0.7:81"));
    BOTH(nb_lb_on(nb, "lr", "web"));
    BOTH(nb_nat(nb, "lr", "nat",
                "dnat_and_snat 172.16.0.5 10.0.0.5 port=vm1"));
    views = (struct explain_nb) { &w->real.view, &w->lifted.view, NULL };
    assert_int_equal(explain_prefixes_of_name(&views, "web", &prefixes), 2);
    assert_string_equal(ip_prefix_format(&prefixes[0], text), "172.16.0.6");
    free(prefixes);
    assert_int_equal(explain_prefixes_of_name(&views, "vm1", &prefixes), 1);
    assert_string_equal(ip_prefix_format(&prefixes[0], text), "172.16.0.5");
    free(prefixes);
    assert_int_equal(explain_prefixes_of_name(&views, "nonsense", &prefixes),
                     0);
    free(prefixes);
}

/* Rows and chassis. */

static void
row_that_is_missing_is_explained(void **state)
{
    struct world *w = *state;

    BOTH(nb_router(nb, "lr", ON));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    w->sb.extended = w->sb.has_global = true;
    assert_missing(w, "172.16.0.5", EXPLAIN_ROW, "does not know port up yet",
                   "ovn-northd --detach --pidfile --log-file --monitor");
    sb_port(w, "up", "l3gateway", "hv1");
    assert_missing(w, "172.16.0.5", EXPLAIN_ROW, "has written no row",
                   "ovn-route-northd --detach --pidfile --log-file --monitor");
    w->sight.systemd = true;
    w->sight.nb_cfg = w->sb.sb_cfg = 5;
    assert_missing(w, "172.16.0.5", EXPLAIN_ROW, "is behind: it has completed "
                   "configuration 0 of 5", "systemctl start ovn-route-northd");
}

static void
chassis_that_has_it_not_is_told(void **state)
{
    struct world *w = *state;
    struct uuid dp = id("lr");

    BOTH(nb_router(nb, "lr", "dynamic-routing=true -redistribute=nat"));
    BOTH(nb_port(nb, "lr", "up", "172.16.0.1/24", "gw"));
    BOTH(nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    w->sb.extended = w->sb.has_global = true;
    sb_facts_add_datapath(&w->sb, &dp, 10, "lr");
    sb_port(w, "up", "patch", NULL);
    struct sb_port *cr = sb_port(w, "cr-up", "chassisredirect", NULL);
    sb_routing_port(w, "lr", "up", "cr-up", NULL, NULL);
    sb_row(w, "lr", "up", "172.16.0.5", "up");
    sb_chassis(w, "hv1");
    sb_chassis(w, "hv2");
    assert_missing(w, "172.16.0.5", EXPLAIN_CHASSIS, "is on no chassis; its "
                   "port cr-up is not bound", "none");
    cr->chassis = xstrdup("hv2");
    w->sight.chassis = "hv1";
    assert_missing(w, "172.16.0.5", EXPLAIN_CHASSIS, "Logical_Router lr is "
                   "not on hv1: its port cr-up is bound to hv2",
                   "ovn-nbctl lrp-set-gateway-chassis up hv1 32767");
    w->sight.chassis = "hv9";
    assert_missing(w, "172.16.0.5", EXPLAIN_CHASSIS, "there is no Chassis "
                   "\"hv9\"", "none");
    w->sight.chassis = NULL;
    assert_advertised(w, "172.16.0.5", "is advertised by hv2, as far as");
}

static void
local_only_is_told(void **state)
{
    struct world *w = *state;
    struct uuid dp = id("lr");

    BOTH(nb_router(nb, "lr", ON));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_router(nb, "guest", ""));
    BOTH(nb_port(nb, "guest", "guest-up", "10.0.0.2/24", "gw"));
    BOTH(nb_nat(nb, "guest", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    BOTH(nb_connect(nb, "join", "up"));
    BOTH(nb_connect(nb, "join", "guest-up"));
    w->sb.extended = w->sb.has_global = true;
    sb_facts_add_datapath(&w->sb, &dp, 10, "lr");
    sb_port(w, "up", "l3gateway", "hv1");
    sb_port(w, "guest-up", "patch", NULL);
    sb_port(w, "cr-guest-up", "chassisredirect", "hv2");
    sb_routing_port(w, "lr", "up", "up",
                    "dynamic-routing-redistribute-local-only", "true");
    sb_row(w, "lr", "up", "172.16.0.5", "guest-up");
    sb_chassis(w, "hv1");
    assert_missing(w, "172.16.0.5", EXPLAIN_METRIC, "holds it back on hv1: "
                   "its tracked port guest-up is on hv2",
                   "ovn-nbctl set Logical_Router_Port up options:"
                   "dynamic-routing-redistribute-local-only=false");
}

static void
elsewhere_the_status_row_tells(void **state)
{
    struct world *w = *state;
    struct sb_chassis *hv1;

    build_gateway(w, ON);
    hv1 = sb_chassis(w, "hv1");
    smap_add(&hv1->status, "table-10", "vrf=ovnvrf10 up desired=1 installed=1 "
             "failed=0");
    assert_advertised(w, "172.16.0.5", "is advertised by hv1, as far as can "
                      "be seen from here");
    smap_replace(&hv1->status, "table-10", "vrf=ovnvrf10 up desired=9 "
                 "installed=1 failed=0 learned=5");
    assert_advertised(w, "172.16.0.5", "1 of 9 routes are in the table");
    smap_replace(&hv1->status, "table-10", "vrf=ovnvrf10 down desired=1 "
                 "installed=1 failed=0");
    assert_missing(w, "172.16.0.5", EXPLAIN_TABLE, "VRF ovnvrf10 is down",
                   NULL);
    smap_replace(&hv1->status, "problem-1", "VRF ovnvrf10, table 10: table 10 "
                 "is used by VRF \"blue\", and so on");
    assert_missing(w, "172.16.0.5", EXPLAIN_TABLE, "is used by VRF \"blue\"",
                   "ovn-nbctl set Logical_Router lr options:"
                   "dynamic-routing-vrf-id=110 options:"
                   "dynamic-routing-vrf-name=ovnvrf10");
    smap_replace(&hv1->status, "drain", "withdraw");
    assert_missing(w, "172.16.0.5", EXPLAIN_DRAIN, "hv1 is drained",
                   "ovn-route-ctl drain off");
    smap_remove(&hv1->status, "drain");
    smap_replace(&hv1->status, "gate", "closed");
    assert_missing(w, "172.16.0.5", EXPLAIN_DRAIN, "ovs-vswitchd is gone",
                   NULL);
    smap_replace(&hv1->status, "gate", "starting");
    assert_missing(w, "172.16.0.5", EXPLAIN_DRAIN, "waits, after its start",
                   "none");
    smap_replace(&hv1->status, "gate", "open");
    w->sb.nb_cfg = 7;
    assert_missing(w, "172.16.0.5", EXPLAIN_KERNEL, "is behind, or down",
                   NULL);
    hv1->reports = false;
    assert_missing(w, "172.16.0.5", EXPLAIN_KERNEL, "has no row", NULL);
}

/* On the chassis. */

static void
here_the_chain_goes_to_the_peers(void **state)
{
    struct world *w = *state;

    build_host(w);
    assert_advertised(w, "172.16.0.5", "sent to eth1 (tor, AS 65001)");
}

static void
deprefer_changes_the_metric(void **state)
{
    struct world *w = *state;

    build_host(w);
    smap_add(&sb_chassis(w, "hv1")->status, "drain", "deprefer");
    set_answer(w, "kernel/show", "table 10 (synced)\n"
               "    vrf ovnvrf10 up\n"
               "    blackhole 172.16.0.5 proto ovn(84) metric 10001000\n");
    assert_advertised(w, "172.16.0.5", "hv1 is drained: its routes have a "
                      "worse metric");
    assert_advertised(w, "172.16.0.5", "metric 10001000");
}

static void
kernel_that_lacks_it_is_told(void **state)
{
    struct world *w = *state;

    build_host(w);
    set_answer(w, "kernel/show", "table 10 (synced)\n"
               "    vrf ovnvrf10 up\n"
               "    blackhole 172.16.0.5 proto ovn(84) metric 10001\n"
               "    blackhole 172.16.0.55 proto ovn(84) metric 1000\n"
               "    172.16.0.5 via 10.0.0.1 proto static(4) metric 1000\n");
    assert_missing(w, "172.16.0.5", EXPLAIN_KERNEL, "has no route", NULL);
    set_answer(w, "problem/list", "route 172.16.0.5 metric 1000 in table 10: "
               "a static route has its place; remove that one, or so: ip -4 "
               "route del 172.16.0.5 table 10\n");
    assert_missing(w, "172.16.0.5", EXPLAIN_KERNEL, "has its place",
                   "ip -4 route del 172.16.0.5 table 10");
    set_answer(w, "kernel/show", "table 10 (synced)\n");
    assert_missing(w, "172.16.0.5", EXPLAIN_TABLE, "VRF ovnvrf10", NULL);
    set_answer(w, "kernel/show", "ERROR no answer");
    assert_missing(w, "172.16.0.5", EXPLAIN_KERNEL, "does not run on hv1",
                   NULL);
}

static void
zebra_that_lacks_it_is_told(void **state)
{
    const char *rib = "show ip route vrf ovnvrf10 172.16.0.5/32 json";
    struct world *w = *state;

    build_host(w);
    set_answer(w, rib, "{}");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "zebra missed it",
                   "ip -4 route del blackhole 172.16.0.5 table 10 metric 1000 "
                   "proto 84");
    set_answer(w, rib, "{\"x\":[{\"protocol\":\"kernel\"},"
               "{\"protocol\":\"connected\",\"selected\":true}]}");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "prefers a connected route",
                   NULL);
    set_answer(w, rib, "% VRF ovnvrf10 not found");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "does not know VRF", NULL);
    set_answer(w, rib, "ERROR Exiting: failed to connect to any daemons.");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "FRR does not run on hv1",
                   NULL);
    set_answer(w, rib, "ERROR vtysh: not found");
    assert_advertised(w, "172.16.0.5", "as far as can be seen");
    /* What no FRR ever said. */
    set_answer(w, rib, "[1,2");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "zebra missed it", NULL);
    set_answer(w, rib, "{\"x\":{\"y\":1},\"z\":[4,{\"protocol\":5}]}");
    assert_missing(w, "172.16.0.5", EXPLAIN_ZEBRA, "zebra missed it", NULL);
}

static void
bgp_that_lacks_it_is_told(void **state)
{
    const char *table
        = "show bgp vrf ovnvrf10 ipv4 unicast 172.16.0.5/32 json";
    struct world *w = *state;

    build_host(w);
    set_answer(w, table, "{}");
    assert_missing(w, "172.16.0.5", EXPLAIN_BGP, "has not yet", NULL);
    set_answer(w, "show running-config", "router bgp 65000 vrf ovnvrf10\n");
    assert_missing(w, "172.16.0.5", EXPLAIN_BGP, "has no \"redistribute "
                   "kernel\" for ipv4 unicast", "vtysh -c 'configure terminal'"
                   " -c 'router bgp 65000 vrf ovnvrf10' -c 'address-family "
                   "ipv4 unicast' -c 'redistribute kernel'");
    set_answer(w, "show running-config", "router bgp 65000 vrf ovnvrf10\n"
               " address-family ipv4 unicast\n"
               "  redistribute kernel route-map none\n");
    assert_missing(w, "172.16.0.5", EXPLAIN_BGP, "route-map none does not "
                   "exist", "vtysh -c 'configure terminal' -c 'route-map none "
                   "permit 10'");
    set_answer(w, "show running-config", "");
    assert_missing(w, "172.16.0.5", EXPLAIN_BGP, "has no \"router bgp",
                   "ovn-route-ctl frr-config --chassis hv1");
}

static void
peer_that_lacks_it_is_told(void **state)
{
    const char *summary = "show bgp vrf ovnvrf10 ipv4 unicast summary json";
    struct world *w = *state;

    build_host(w);
    set_answer(w, "show bgp vrf ovnvrf10 ipv4 unicast 172.16.0.5/32 json",
               "{\"paths\":[{\"sourced\":true,\"metric\":1000}]}");
    assert_missing(w, "172.16.0.5", EXPLAIN_PEER, "not sent to eth1 yet",
                   NULL);
    set_answer(w, summary, "{\"peers\":{\"eth1\":{\"state\":\"Connect\"}}}");
    assert_missing(w, "172.16.0.5", EXPLAIN_PEER, "the session with eth1 in "
                   "VRF ovnvrf10 is not up (Connect)", NULL);
    set_answer(w, summary, "{\"peers\":{\"eth1\":{\"state\":\"Established\","
               "\"peerState\":\"Policy\"}}}");
    assert_missing(w, "172.16.0.5", EXPLAIN_PEER, "no outgoing policy",
                   "vtysh -c 'configure terminal' -c 'router bgp 65000 vrf "
                   "ovnvrf10' -c 'no bgp ebgp-requires-policy'");
    set_answer(w, summary, "{\"peers\":{}}");
    assert_missing(w, "172.16.0.5", EXPLAIN_PEER, "has no neighbor", NULL);
}

/* Looks. */

static void
json_has_cause_and_remedy(void **state)
{
    struct world *w = *state;
    struct explain_chain chain;
    struct json *json;

    BOTH(nb_router(nb, "lr", "chassis=hv1"));
    BOTH(nb_port(nb, "lr", "up", "10.0.0.1/24", ""));
    BOTH(nb_nat(nb, "lr", "nat", "snat 172.16.0.5 10.0.0.0/24"));
    make_chain(w, "172.16.0.5", &chain);
    json = explain_to_json(&chain);
    assert_string_equal(json_string(shash_find_data(json->object, "prefix")),
                        "172.16.0.5");
    assert_int_equal(((const struct json *) shash_find_data(
                          json->object, "advertised"))->type, JSON_FALSE);
    assert_string_equal(json_string(shash_find_data(json->object, "remedy")),
                        "ovn-nbctl set Logical_Router lr "
                        "options:dynamic-routing=true");
    json_destroy(json);
    explain_chain_destroy(&chain);
}

static void
quote_is_for_the_shell(void **state OVS_UNUSED)
{
    static const char *const cases[][2] = {
        { "lr-1_x.y", "lr-1_x.y" }, { "", "''" }, { "a b", "'a b'" },
        { "it's", "'it'\\''s'" }, { "$(x)", "'$(x)'" }, { "-x", "-x" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *quoted = explain_quote(cases[i][0]);

        assert_string_equal(quoted, cases[i][1]);
        free(quoted);
    }
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_that_is_missing_is_named),
        TEST(object_that_is_held_back_is_named),
        TEST(neighbor_that_takes_part_is_preferred),
        TEST(names_stand_for_prefixes),
        TEST(row_that_is_missing_is_explained),
        TEST(chassis_that_has_it_not_is_told),
        TEST(local_only_is_told),
        TEST(elsewhere_the_status_row_tells),
        TEST(here_the_chain_goes_to_the_peers),
        TEST(deprefer_changes_the_metric),
        TEST(kernel_that_lacks_it_is_told),
        TEST(zebra_that_lacks_it_is_told),
        TEST(bgp_that_lacks_it_is_told),
        TEST(peer_that_lacks_it_is_told),
        TEST(json_has_cause_and_remedy),
        cmocka_unit_test(quote_is_for_the_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
