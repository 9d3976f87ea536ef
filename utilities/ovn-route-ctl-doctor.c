/* ovn-route-ctl-doctor.c: "doctor": gathers the facts that doctor.c judges. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/ip-prefix.h"
#include "lib/ovn-dirs.h"
#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "utilities/doctor.h"
#include "utilities/sb-facts-view.h"
#include "utilities/sb-facts.h"
#include "util.h"

#define PROGRAM_SECONDS 10

/* Texts that live as long as the process, since facts borrow them: there
 * are few of them, and it soon ends. */

/* Returns the contents of 'path', up to a page, without its last new-line; or
 * NULL. */
static char *
read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text;
    size_t n;

    if (!file) {
        return NULL;
    }
    text = xzalloc(65536);
    n = fread(text, 1, 65535, file);
    fclose(file);
    for (size_t i = 0; i + 1 < n; i++) {
        if (!text[i]) {
            text[i] = ' ';      /* Of a command line. */
        }
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* The same, of 'path' as a whole. */
static char *
read_text(const char *path)
{
    const char *const argv[] = { "cat", path, NULL };
    char *error, *text = ctl_run_program(argv, PROGRAM_SECONDS, &error);

    free(error);
    return text;
}

static char * OVS_PRINTF_FORMAT(1, 2)
read_format(const char *format, ...)
{
    va_list args;
    char *path, *text;

    va_start(args, format);
    path = xvasprintf(format, args);
    va_end(args);
    text = read_file(path);
    free(path);
    return text;
}

/* The kernel. */

static bool
has_vrf_module(void)
{
    struct utsname u;
    char *path;
    bool found;
    char *text;

    if (uname(&u)) {
        return false;
    }
    path = xasprintf("/lib/modules/%s/modules.dep", u.release);
    text = read_text(path);
    found = text && strstr(text, "/vrf.ko");
    free(text);
    free(path);
    return found;
}

/* Finds the ports of the VRFs that 'links' lists, and their accept_ra. */
static void
gather_ports(const char *links, struct doctor_facts *facts)
{
    struct json *array = json_from_string(links);

    for (size_t i = 0; array->type == JSON_ARRAY && i < array->array.n; i++) {
        const struct json *link = array->array.elems[i], *name, *master;

        if (link->type != JSON_OBJECT) {
            continue;
        }
        name = shash_find_data(link->object, "ifname");
        master = shash_find_data(link->object, "master");
        if (name && name->type == JSON_STRING && master) {
            char *value = read_format(
                "/proc/sys/net/ipv6/conf/%s/accept_ra", json_string(name));

            if (value) {
                smap_replace(&facts->accept_ra, json_string(name), value);
            }
            free(value);
        }
    }
    json_destroy(array);
}

static void
gather_kernel(struct doctor_facts *facts)
{
    const char *const vrfs[] = {
        "ip", "-j", "-d", "link", "show", "type", "vrf", NULL
    };
    const char *const slaves[] = {
        "ip", "-j", "link", "show", "type", "vrf_slave", NULL
    };
    char *error, *text;

    facts->vrf_links = ctl_run_program(vrfs, PROGRAM_SECONDS, &error);
    facts->vrf_error = (facts->vrf_links ? ""
                        : strstr(error, "not found") ? NULL : error);
    if (!facts->vrf_links) {
        facts->vrf_module = has_vrf_module();
    }
    /* It would load the module, and fails without. */
    text = (facts->vrf_links
            ? ctl_run_program(slaves, PROGRAM_SECONDS, &error) : NULL);
    if (text && text[0]) {
        gather_ports(text, facts);
    }
    free(text);
    facts->l3mdev_accept = read_file("/proc/sys/net/ipv4/tcp_l3mdev_accept");
}

/* Daemons. */

static void
gather_controller(struct doctor_facts *facts)
{
    char *error, *pidfile, *pid, *status;

    facts->controller_problems = ctl_appctl("ovn-route-controller",
                                            "problem/list", NULL, &error);
    if (!facts->controller_problems) {
        facts->controller_error = error;
        return;
    }
    pidfile = xasprintf("%s/ovn-route-controller.pid", ovn_rundir());
    pid = read_file(pidfile);
    status = pid ? xasprintf("/proc/%s/status", pid) : NULL;
    if (status) {
        char *text = read_text(status);
        const char *caps = text ? strstr(text, "CapEff:") : NULL;

        if (caps) {
            caps += strlen("CapEff:");
            caps += strspn(caps, " \t");
            facts->controller_caps = xmemdup0(caps, strcspn(caps, "\n"));
        }
        free(text);
    }
    free(status);
    free(pid);
    free(pidfile);
}

/* True if process 'pid' is in this network namespace. */
static bool
is_in_namespace(const char *pid)
{
    char *path = xasprintf("/proc/%s/ns/net", pid);
    struct stat own, other;
    bool same = (!stat("/proc/self/ns/net", &own) && !stat(path, &other)
                 && own.st_ino == other.st_ino && own.st_dev == other.st_dev);

    free(path);
    return same;
}

/* Returns the command line of the first zebra here, or NULL. */
static char *
find_zebra(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    char *found = NULL;

    while (proc && !found && (entry = readdir(proc)) != NULL) {
        char *comm;

        if (entry->d_name[strspn(entry->d_name, "0123456789")]) {
            continue;
        }
        comm = read_format("/proc/%s/comm", entry->d_name);
        if (comm && !strcmp(comm, "zebra") && is_in_namespace(entry->d_name)) {
            found = read_format("/proc/%s/cmdline", entry->d_name);
        }
        free(comm);
    }
    if (proc) {
        closedir(proc);
    }
    return found;
}

static void
gather_frr(struct ctl *ctl, struct doctor_facts *facts)
{
    const struct explain_probe *probe = &ctl->probe;
    char *error;

    facts->frr_version = probe->frr(probe->aux, "show version", &error);
    if (!facts->frr_version) {
        facts->frr_error = error;
        return;
    }
    facts->frr_config = probe->frr(probe->aux, "show running-config", &error);
    facts->zebra_cmdline = find_zebra();
}

/* Databases. */

static void
want_nb(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_column(idl, &nbrec_nb_global_col_nb_cfg);
}

static void
want_sb(struct ovsdb_idl *idl)
{
    sb_facts_view_register(idl);
    ovsdb_idl_add_column(idl, &sbrec_connection_col_target);
    ovsdb_idl_add_column(idl, &sbrec_connection_col_role);
    ovsdb_idl_add_column(idl, &sbrec_connection_col_read_only);
    ovsdb_idl_add_column(idl, &sbrec_rbac_role_col_name);
    ovsdb_idl_add_column(idl, &sbrec_rbac_role_col_permissions);
    ovsdb_idl_add_column(idl, &sbrec_rbac_permission_col_table);
}

static void
gather_roles(struct ctl *ctl, struct doctor_facts *facts)
{
    const struct sbrec_connection *connection;
    const struct sbrec_rbac_role *role;

    SBREC_CONNECTION_FOR_EACH (connection, ctl->sb) {
        if (connection->role[0]) {
            svec_add_nocopy(&facts->roles,
                            xasprintf("%s %s", connection->target,
                                      connection->role));
        } else if (!connection->read_only) {
            svec_add(&facts->free_targets, connection->target);
        }
    }
    SBREC_RBAC_ROLE_FOR_EACH (role, ctl->sb) {
        for (size_t i = 0; i < role->n_permissions; i++) {
            svec_add_nocopy(&facts->role_tables,
                            xasprintf("%s %s", role->name,
                                      role->key_permissions[i]));
        }
    }
}

static void
gather_databases(struct ctl *ctl, struct sb_facts *sb,
                 struct doctor_facts *facts)
{
    const struct nbrec_nb_global *global;
    const struct ip_prefix nothing = { .family = 0 };

    facts->sb_error = ctl_try_connect(ctl, want_nb, want_sb);
    if (facts->sb_error) {
        return;
    }
    sb_facts_view_read(ctl->sb, &nothing, 0, sb);
    facts->sb = sb;
    global = nbrec_nb_global_first(ctl->nb);
    facts->nb_cfg = global ? global->nb_cfg : -1;
    facts->northd_runs = ctl_northd_runs(ctl);
    facts->sb_native = ctl_schema_is_native(ctl);
    facts->now = time_wall_msec();
    facts->remote = facts->is_chassis ? ctl_chassis_remote(ctl) : NULL;
    gather_roles(ctl, facts);
}

/* Made by the generator of the package ovn-route-central. */
#define SB_UNIT_DROP_IN "/run/systemd/generator/" \
    "ovn-ovsdb-server-sb.service.d/10-ovn-route-exchange.conf"

/* Kept equal to the installed stock schema by sb-schema-refresh; the other one
 * is as old as the build. */
#define FRESH_SCHEMA LOCALSTATEDIR "/lib/ovn-route-exchange/ovn-sb.ovsschema"
#define BUILT_SCHEMA PKGDATADIR "/ovn-sb.ovsschema"

static void
gather_central(struct doctor_facts *facts)
{
    char *db = xasprintf("%s/ovnsb_db.db", ovn_dbdir());

    facts->is_central = !access(db, F_OK);
    facts->ovn_central_default = read_text("/etc/default/ovn-central");
    facts->unit_extended = !access(SB_UNIT_DROP_IN, F_OK);
    facts->schema_path = (access(FRESH_SCHEMA, F_OK)
                          && !access(BUILT_SCHEMA, F_OK)
                          ? BUILT_SCHEMA : FRESH_SCHEMA);
    free(db);
}

int
ctl_doctor(struct ctl *ctl)
{
    struct doctor_facts facts;
    struct ovs_list findings;
    struct sb_facts sb;
    struct ds text = DS_EMPTY_INITIALIZER;
    int status;

    sb_facts_init(&sb);
    doctor_facts_init(&facts);
    ctl_find_host(ctl);
    facts.systemd = ctl_has_systemd();
    facts.is_chassis = ctl->system_id != NULL;
    gather_databases(ctl, &sb, &facts);
    gather_central(&facts);
    if (facts.is_chassis) {
        gather_kernel(&facts);
        gather_controller(&facts);
        gather_frr(ctl, &facts);
    }
    doctor_examine(&facts, &findings);
    if (ctl->json) {
        struct json *json = doctor_to_json(&findings);

        json_to_ds(json, JSSF_PRETTY | JSSF_SORT, &text);
        ds_put_char(&text, '\n');
        json_destroy(json);
    } else {
        doctor_format(&findings, ctl->color, &text);
    }
    fputs(ds_cstr(&text), stdout);
    status = doctor_is_content(&findings) ? CTL_YES : CTL_NO;
    ds_destroy(&text);
    doctor_findings_destroy(&findings);
    doctor_facts_destroy(&facts);
    sb_facts_destroy(&sb);
    return status;
}
