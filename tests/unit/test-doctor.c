/* test-doctor.c: checks of a host and the databases. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "utilities/doctor.h"
#include "utilities/sb-facts.h"
#include "uuid.h"

/* A host on which all is well. */
struct host {
    struct doctor_facts facts;
    struct sb_facts sb;
};

static int
setup(void **state)
{
    struct host *host = xzalloc(sizeof *host);
    struct sb_chassis *chassis;

    doctor_facts_init(&host->facts);
    sb_facts_init(&host->sb);
    host->sb.extended = host->sb.has_global = true;
    chassis = sb_facts_chassis(&host->sb, "hv1");
    chassis->hostname = xstrdup("host1");
    chassis->reports = true;
    chassis->nb_cfg_timestamp = 1000000;
    host->facts.sb = &host->sb;
    host->facts.now = 1000000;
    host->facts.northd_runs = true;
    host->facts.is_chassis = true;
    host->facts.vrf_error = "";
    host->facts.controller_problems = "";
    host->facts.controller_caps = "0000000000001000";
    host->facts.frr_version = "FRRouting 10.4.1 (x) on Linux(6.1).";
    host->facts.frr_config = "";
    host->facts.zebra_cmdline = "/usr/lib/frr/zebra -d -s 90000000";
    host->facts.l3mdev_accept = "0";
    *state = host;
    return 0;
}

static int
teardown(void **state)
{
    struct host *host = *state;

    doctor_facts_destroy(&host->facts);
    sb_facts_destroy(&host->sb);
    free(host);
    return 0;
}

/* Asserts that there is exactly one finding that is not ok, 'line', its text
 * and, after " / ", its remedy; none if that is NULL. */
static void
assert_finding(const struct host *host, const char *line)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct doctor_finding *finding;
    struct ovs_list findings;

    doctor_examine(&host->facts, &findings);
    LIST_FOR_EACH (finding, node, &findings) {
        if (finding->verdict != DOCTOR_OK) {
            ds_put_format(&ds, "%s%s: %s / %s", ds.length ? "\n" : "",
                          finding->check, finding->text,
                          finding->remedy ? finding->remedy : "-");
        }
    }
    assert_string_equal(ds_cstr(&ds), line ? line : "");
    assert_int_equal(doctor_is_content(&findings), line == NULL);
    ds_destroy(&ds);
    doctor_findings_destroy(&findings);
}

static void
healthy_host_is_content(void **state)
{
    assert_finding(*state, NULL);
}

static void
kernel_checks(void **state)
{
    struct host *host = *state;

    host->facts.vrf_error = "Error: Unknown device type.";
    assert_finding(host, "vrf: the kernel has no VRFs (Error: Unknown device "
                   "type.) / install the package with the kernel's extra "
                   "modules, or a kernel with CONFIG_NET_VRF");
    host->facts.vrf_module = true;
    assert_finding(host, "vrf: the kernel's module vrf is not loaded / "
                   "modprobe vrf && echo vrf > /etc/modules-load.d/vrf.conf");
    host->facts.vrf_error = "";
    host->facts.vrf_links =
        "[{\"ifname\":\"red\",\"linkinfo\":{\"info_data\":{\"table\":10}}},"
        "{\"ifname\":\"blue\",\"linkinfo\":{\"info_data\":{\"table\":10}}},"
        "{},null,{\"linkinfo\":5}]";
    assert_finding(host, "tables: VRFs red and blue are on one table, 10, "
                   "which makes FRR's zebra exit / ip link del blue");
    host->facts.vrf_links = "nonsense";
    assert_finding(host, NULL);
    smap_add(&host->facts.accept_ra, "eth1", "0");
    smap_add(&host->facts.accept_ra, "eth2", "1");
    assert_finding(host, "accept_ra: eth2, a port of a VRF, takes default "
                   "routes from router advertisements (accept_ra=1) / "
                   "sysctl -w net.ipv6.conf.eth2.accept_ra=0");
}

static void
daemon_checks(void **state)
{
    struct host *host = *state;

    host->facts.controller_problems = "table 10: is bad\n";
    assert_finding(host, "ovn-route-controller: table 10: is bad / -");
    host->facts.controller_problems = "";
    host->facts.controller_caps = "0000000000000400";
    assert_finding(host, "capabilities: ovn-route-controller lacks "
                   "CAP_NET_ADMIN (CapEff 0000000000000400) / run "
                   "ovn-route-controller with CAP_NET_ADMIN; the systemd unit "
                   "that is shipped gives it");
    host->facts.controller_error = "no answer";
    assert_finding(host, "ovn-route-controller: does not run on this chassis: "
                   "no answer / ovn-route-controller --detach --pidfile "
                   "--log-file --monitor");
    host->facts.systemd = true;
    assert_finding(host, "ovn-route-controller: does not run on this chassis: "
                   "no answer / systemctl start ovn-route-controller");
    host->facts.controller_error = NULL;
    host->facts.controller_caps = NULL;
    host->facts.northd_runs = false;
    assert_finding(host, "ovn-route-northd: no instance is connected with the "
                   "Southbound database / systemctl start ovn-route-northd");
    host->facts.northd_runs = true;
    host->facts.nb_cfg = 3;
    assert_finding(host, "ovn-route-northd: is behind: rows are for "
                   "configuration 0 of 3 (stock ovn-northd: 0) / -");
    host->facts.nb_cfg = 0;
    smap_add(&host->sb.global_ids, "problem-1", "Logical_Router lr1: odd");
    smap_add(&host->sb.global_ids, "problems", "1");
    assert_finding(host, "ovn-route-northd: Logical_Router lr1: odd / -");
}

static void
frr_checks(void **state)
{
    struct host *host = *state;

    host->facts.frr_version = "FRRouting 10.2.1 (x)";
    assert_finding(host, "frr-version: FRR 10.2.1 drops the blackhole routes "
                   "of a VRF when an interface joins it / upgrade FRR to 10.4 "
                   "or later, or put ports into a VRF before its routes are "
                   "there");
    host->facts.frr_version = "FRRouting 8.0 (x)";
    assert_finding(host, "frr-version: FRR 8.0.0 takes routes of tables that "
                   "no VRF has for its own / upgrade FRR to 8.1 or later");
    host->facts.frr_version = "who knows";
    assert_finding(host, NULL);
    host->facts.zebra_cmdline = "zebra -d -A 127.0.0.1";
    assert_finding(host, "zebra-buffer: zebra's netlink buffer has 4 MiB, its "
                   "default: in a burst of many thousand routes it loses "
                   "some, or exits / set zebra_options=\"-A 127.0.0.1 -s "
                   "90000000\" in /etc/frr/daemons, and systemctl restart frr");
    host->facts.zebra_cmdline = "zebra -s90000000";
    assert_finding(host, NULL);
    host->facts.frr_config = "router bgp 1 vrf red\n"
        " neighbor eth1 interface remote-as external\n"
        " address-family ipv4 unicast\n"
        "  redistribute kernel\n";
    assert_finding(host, "default-route: VRF red announces a default route if "
                   "it has one: nothing denies 0.0.0.0/0 between "
                   "\"redistribute kernel\" and the neighbors of \"router bgp "
                   "1 vrf red\" / put the route-map between that "
                   "\"ovn-route-ctl frr-config\" shows");
    host->facts.frr_config = NULL;
    host->facts.frr_error = "vtysh: not found";
    assert_finding(host, "frr: FRR does not answer: vtysh: not found; nothing "
                   "is announced unless another routing daemon does it / "
                   "systemctl start frr");
}

static void
database_checks(void **state)
{
    struct host *host = *state;

    host->sb.extended = false;
    assert_finding(host, "schema: the Southbound database lacks the tables of "
                   "dynamic routing / ovn-route-ctl schema install");
    host->sb.extended = true;
    host->facts.sb_native = true;
    assert_finding(host, "native: this OVN does dynamic routing by itself; "
                   "ours must not run beside it / systemctl disable --now "
                   "ovn-route-northd ovn-route-controller");
    host->facts.sb_native = false;
    host->facts.is_central = true;
    host->facts.schema_path = "/x";
    host->facts.ovn_central_default = "OVN_CTL_OPTS=\n";
    assert_finding(host, "db-sb-schema: ovn-ctl takes our tables out of the "
                   "Southbound database when it starts the server, since it "
                   "is not told of our schema / add --db-sb-schema=/x to "
                   "OVN_CTL_OPTS in /etc/default/ovn-central");
    host->facts.unit_extended = true;
    assert_finding(host, NULL);
    host->facts.unit_extended = false;
    host->facts.ovn_central_default = "OVN_CTL_OPTS=--db-sb-schema=/x\n";
    assert_finding(host, NULL);
    host->facts.now -= 60000;
    assert_finding(host, "clock: the clock of hv1 is at least 60 s ahead of "
                   "this host's / let chrony or systemd-timesyncd set the "
                   "clocks");
    host->facts.sb = NULL;
    host->facts.sb_error = "no server";
    assert_finding(host, "southbound: no server / -");
}

/* S7. */
static void
roles_and_the_remedy(void **state)
{
    struct host *host = *state;

    svec_add(&host->facts.roles, "pssl:6642 ovn-controller");
    svec_add(&host->facts.role_tables, "ovn-controller Learned_Route");
    host->facts.remote = xstrdup("tcp:10.0.0.1:6642,ssl:[fd00::1]:6642");
    assert_finding(host, "rbac: ovn-route-controller uses connection "
                   "pssl:6642, whose role \"ovn-controller\" may not write "
                   "Route_Exchange_Chassis / ovs-vsctl set open . "
                   "external_ids:route-exchange-remote=REMOTE, with a "
                   "connection that has no role, to be made first; see RBAC "
                   "in ovn-route-controller(8)");
    svec_add(&host->facts.free_targets, "pssl:16642:0.0.0.0");
    assert_finding(host, "rbac: ovn-route-controller uses connection "
                   "pssl:6642, whose role \"ovn-controller\" may not write "
                   "Route_Exchange_Chassis / ovs-vsctl set open . "
                   "external_ids:route-exchange-remote=REMOTE, with "
                   "connection pssl:16642:0.0.0.0; see RBAC in "
                   "ovn-route-controller(8)");
    /* The protocol, the port, or both differ. */
    free(host->facts.remote);
    host->facts.remote = xstrdup("tcp:10.0.0.1:6642, ssl:10.0.0.1:16642");
    assert_finding(host, NULL);
    free(host->facts.remote);
    host->facts.remote = xstrdup("unix:/run/ovn/ovnsb_db.sock");
    assert_finding(host, NULL);
    /* Not a chassis: it is enough that there is one. */
    free(host->facts.remote);
    host->facts.remote = NULL;
    assert_finding(host, NULL);
    svec_clear(&host->facts.free_targets);
    assert_finding(host, "rbac: all connections have a role, and role "
                   "\"ovn-controller\" of pssl:6642 may not write "
                   "Route_Exchange_Chassis / make a connection that has no "
                   "role for ovn-route-controller; see RBAC in its manual "
                   "page");
    svec_add(&host->facts.role_tables,
             "ovn-controller Route_Exchange_Chassis");
    assert_finding(host, NULL);
}

static void
central_node_looks_at_chassis(void **state)
{
    struct host *host = *state;

    host->facts.is_chassis = false;
    host->facts.frr_version = host->facts.zebra_cmdline = NULL;
    assert_finding(host, NULL);
    host->sb.nb_cfg = 1;
    host->facts.nb_cfg = 1;
    assert_finding(host, "chassis: ovn-route-controller of hv1 is behind, or "
                   "down: it has followed configuration 0 of 1 / on hv1: "
                   "ovn-route-ctl doctor");
    sb_facts_chassis(&host->sb, "hv1")->reports = false;
    assert_finding(host, "chassis: no ovn-route-controller reports from hv1 / "
                   "on host1: systemctl start ovn-route-controller");
}

static void
format_puts_the_bad_last(void **state)
{
    struct host *host = *state;
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct ovs_list findings;
    struct json *json;

    host->facts.controller_problems = "a: b\n";
    doctor_examine(&host->facts, &findings);
    doctor_format(&findings, false, &ds);
    assert_non_null(strstr(ds_cstr(&ds), "\nerror    ovn-route-controller: "
                           "a: b\n"));
    assert_null(strchr(ds_cstr(&ds), '\33'));
    ds_clear(&ds);
    doctor_format(&findings, true, &ds);
    assert_non_null(strchr(ds_cstr(&ds), '\33'));
    json = doctor_to_json(&findings);
    assert_int_equal(json->type, JSON_ARRAY);
    assert_int_equal(json->array.n, ovs_list_size(&findings));
    json_destroy(json);
    ds_destroy(&ds);
    doctor_findings_destroy(&findings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(healthy_host_is_content, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(kernel_checks, setup, teardown),
        cmocka_unit_test_setup_teardown(daemon_checks, setup, teardown),
        cmocka_unit_test_setup_teardown(frr_checks, setup, teardown),
        cmocka_unit_test_setup_teardown(database_checks, setup, teardown),
        cmocka_unit_test_setup_teardown(roles_and_the_remedy, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(central_node_looks_at_chassis, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(format_puts_the_bad_last, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
