/* ovs-view.c: the local Open_vSwitch database.  See the header. */
#include <config.h>
#include "controller/ovs-view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/ovn-dirs.h"
#include "lib/vswitch-idl.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

#define KEY_DRAIN "route-exchange-drain"

/* Defaults (D23, D24). */
#define START_TIMEOUT_MS 30000
#define DATAPATH_TIMEOUT_MS 10000

struct ovs_view {
    struct ovsdb_idl *idl;
    char *remote;
    unsigned int seqno;         /* Of 'idl', when 'config' was read. */
    char *fixed_system_id;      /* Not from the database; else NULL. */
    bool known;                 /* 'config' was read. */
    struct ovsdb_idl_txn *txn;  /* Writes, or NULL. */
    char *write_error;          /* Of the last write, or NULL. */
    struct ovs_view_config config;
    struct smap interfaces;     /* See ovs_view_get_interfaces(). */
    unsigned int devices_seqno;
};

/* The first line of OVN_SYSCONFDIR/system-id-override, or NULL. */
static char *
read_system_id_override(void)
{
    char *name = xasprintf("%s/system-id-override", ovn_sysconfdir());
    FILE *stream = fopen(name, "r");
    char line[256];
    char *id = NULL;

    if (stream) {
        if (fgets(line, sizeof line, stream)) {
            line[strcspn(line, " \t\r\n")] = '\0';
            id = line[0] ? xstrdup(line) : NULL;
        }
        fclose(stream);
    }
    free(name);
    return id;
}

struct ovs_view *
ovs_view_create(const char *remote, const char *system_id)
{
    struct ovs_view *view = xzalloc(sizeof *view);
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false,
                                             true);

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_ssl);
    ovsdb_idl_add_table(idl, &ovsrec_table_ssl);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_private_key);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_certificate);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_ca_cert);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_bootstrap_ca_cert);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_external_ids);
    smap_init(&view->interfaces);
    view->idl = idl;
    view->remote = xstrdup(remote);
    view->fixed_system_id = (system_id ? xstrdup(system_id)
                             : read_system_id_override());
    return view;
}

static void
config_clear(struct ovs_view_config *config)
{
    free(config->system_id);
    free(config->remote);
    free(config->port_mapping);
    free(config->bad_max_burst);
    free(config->bridge_target);
    for (size_t i = 0; i < config->n_bad; i++) {
        free(config->bad[i].value);
    }
    free(config->private_key);
    free(config->certificate);
    free(config->ca_cert);
    memset(config, 0, sizeof *config);
}

void
ovs_view_destroy(struct ovs_view *view)
{
    if (view) {
        if (view->txn) {
            ovsdb_idl_txn_destroy(view->txn);
        }
        free(view->write_error);
        ovsdb_idl_destroy(view->idl);
        config_clear(&view->config);
        free(view->remote);
        smap_destroy(&view->interfaces);
        free(view->fixed_system_id);
        free(view);
    }
}

/* The value of 'key', in its form for this chassis or the general one, or
 * NULL. */
static const char *
get(const struct smap *external_ids, const char *system_id, const char *key)
{
    if (system_id) {
        char *own = xasprintf("%s-%s", key, system_id);
        const char *value = smap_get(external_ids, own);

        free(own);
        if (value) {
            return value;
        }
    }
    return smap_get(external_ids, key);
}

static void
config_bad(struct ovs_view_config *config, const char *key, const char *value,
           const char *remedy)
{
    ovs_assert(config->n_bad < ARRAY_SIZE(config->bad));
    config->bad[config->n_bad++] = (struct ovs_view_bad) {
        .key = key, .value = xstrdup(value), .remedy = remedy,
    };
}

/* Reads a number of seconds, perhaps with decimals, of at most a day.  Returns
 * milliseconds. */
static int
config_read_seconds(struct ovs_view_config *config, const struct smap *ids,
                    const char *key, int default_ms)
{
    const char *s = get(ids, config->system_id, key);
    double seconds;

    if (!s) {
        return default_ms;
    } else if (!s[0] || strspn(s, "0123456789.") != strlen(s)
               || !str_to_double(s, &seconds) || seconds > 86400) {
        config_bad(config, key, s, "a number of seconds from 0 to 86400");
        return default_ms;
    }
    return seconds * 1000;
}

static const char *const drain_names[] = {
    [OVS_VIEW_DRAIN_OFF] = "off",
    [OVS_VIEW_DRAIN_WITHDRAW] = "withdraw",
    [OVS_VIEW_DRAIN_DEPREFER] = "deprefer",
};

const char *
ovs_view_drain_name(enum ovs_view_drain drain)
{
    return drain_names[drain];
}

static void
config_read_drain(struct ovs_view_config *config, const struct smap *ids)
{
    const char *s = get(ids, config->system_id, KEY_DRAIN);

    for (size_t i = 0; s && i < ARRAY_SIZE(drain_names); i++) {
        if (!strcmp(s, drain_names[i])) {
            config->drain = i;
            return;
        }
    }
    if (s) {
        config_bad(config, KEY_DRAIN, s, "\"withdraw\" or \"deprefer\", or "
                   "remove it to end the drain");
    }
}

/* Reads the value 's' of route-exchange-max-burst, a positive number or
 * "unlimited"; NULL if it is not set. */
static void
config_read_max_burst(struct ovs_view_config *config, const char *s)
{
    unsigned long long int n;

    if (!s) {
        return;
    } else if (!strcmp(s, "unlimited")) {
        config->max_burst = SIZE_MAX;
    } else if (s[0] && strspn(s, "0123456789") == strlen(s)
               && str_to_ullong(s, 10, &n) && n >= 1 && n <= UINT32_MAX) {
        config->max_burst = n;
    } else {
        config->bad_max_burst = xstrdup(s);
    }
}

/* Where the integration bridge speaks OpenFlow: ovs-vswitchd makes a socket for
 * each bridge in its run directory.  ovs-ctl, which starts it, writes that
 * directory to external_ids:rundir, and the database's own socket usually lies
 * there, too.  Each may mislead (started by hand, moved, inside a container that
 * cannot be seen from here); that both say the same is good enough to be
 * 'sure'. */
static void
config_read_bridge(struct ovs_view *view, const struct smap *ids)
{
    struct ovs_view_config *config = &view->config;
    const char *id = config->system_id;
    const char *target = get(ids, id, "ovn-bridge-remote");
    const char *bridge = get(ids, id, "ovn-bridge");
    const char *rundir = smap_get(ids, "rundir");
    bool is_socket = (!strncmp(view->remote, "unix:", 5)
                      && !strchr(view->remote, ','));
    struct stat rundir_stat, dir_stat;

    if (target && target[0]) {
        config->bridge_sure = true;
        config->bridge_target = xstrdup(target);
        return;
    }

    const char *socket = is_socket ? view->remote : ovn_default_ovs_db();
    char *dir = dir_name(socket + strlen("unix:"));

    bool visible = (rundir && !stat(rundir, &rundir_stat)
                    && S_ISDIR(rundir_stat.st_mode));

    config->bridge_sure = (visible && is_socket && !stat(dir, &dir_stat)
                           && rundir_stat.st_dev == dir_stat.st_dev
                           && rundir_stat.st_ino == dir_stat.st_ino);
    config->bridge_target = xasprintf("unix:%s/%s.mgmt",
                                      visible ? rundir : dir,
                                      (bridge && bridge[0] ? bridge
                                       : "br-int"));
    free(dir);
}

static void
config_read(struct ovs_view *view, const struct ovsrec_open_vswitch *row)
{
    struct ovs_view_config *config = &view->config;
    const struct smap *ids = &row->external_ids;
    const char *id = (view->fixed_system_id ? view->fixed_system_id
                      : smap_get(ids, "system-id"));
    const char *value;

    config_clear(config);
    config->system_id = nullable_xstrdup(id && id[0] ? id : NULL);
    /* Where "ovn-remote" leads to a role that may not write our tables. */
    value = get(ids, id, "route-exchange-remote");
    if (!value || !value[0]) {
        value = get(ids, id, "ovn-remote");
    }
    config->remote = nullable_xstrdup(value && value[0] ? value : NULL);

    value = get(ids, id, "ovn-remote-probe-interval");
    if (!value || !str_to_int(value, 10, &config->probe_interval)
        || config->probe_interval < 0) {
        config->probe_interval = -1;
    }
    value = get(ids, id, "ovn-cleanup-on-exit");
    config->cleanup_on_exit = !value || strcmp(value, "false");
    config->port_mapping = nullable_xstrdup(
        get(ids, id, "dynamic-routing-port-mapping"));
    config_read_max_burst(config, get(ids, id, "route-exchange-max-burst"));

    config_read_bridge(view, ids);
    config->start_timeout = config_read_seconds(
        config, ids, "route-exchange-start-timeout", START_TIMEOUT_MS);
    config->datapath_timeout = config_read_seconds(
        config, ids, "route-exchange-datapath-timeout", DATAPATH_TIMEOUT_MS);
    config_read_drain(config, ids);

    if (row->ssl) {
        config->private_key = xstrdup(row->ssl->private_key);
        config->certificate = xstrdup(row->ssl->certificate);
        config->ca_cert = xstrdup(row->ssl->ca_cert);
        config->bootstrap_ca_cert = row->ssl->bootstrap_ca_cert;
    }
}

/* Goes on with the write under way. */
static void
run_txn(struct ovs_view *view)
{
    enum ovsdb_idl_txn_status status;

    if (!view->txn) {
        return;
    }
    status = ovsdb_idl_txn_commit(view->txn);
    if (status == TXN_INCOMPLETE) {
        return;
    } else if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
        view->write_error = xstrdup(status == TXN_ERROR
                                    ? ovsdb_idl_txn_get_error(view->txn)
                                    : ovsdb_idl_txn_status_to_string(status));
    }
    ovsdb_idl_txn_destroy(view->txn);
    view->txn = NULL;
}

int
ovs_view_write_drain(struct ovs_view *view, enum ovs_view_drain drain)
{
    const struct ovsrec_open_vswitch *row
        = ovsrec_open_vswitch_first(view->idl);

    if (view->txn) {
        return EBUSY;
    } else if (!row || !view->known || !ovsdb_idl_is_connected(view->idl)) {
        return ENOTCONN;
    }
    free(view->write_error);
    view->write_error = NULL;
    view->txn = ovsdb_idl_txn_create(view->idl);
    ovsdb_idl_txn_add_comment(view->txn, "ovn-route-controller: drain %s",
                              ovs_view_drain_name(drain));

    char *own = xasprintf("%s-%s", KEY_DRAIN,
                          view->config.system_id ? view->config.system_id
                          : "");
    if (drain == OVS_VIEW_DRAIN_OFF) {
        ovsrec_open_vswitch_update_external_ids_delkey(row, own);
        ovsrec_open_vswitch_update_external_ids_delkey(row, KEY_DRAIN);
    } else {
        ovsrec_open_vswitch_update_external_ids_setkey(
            row, smap_get(&row->external_ids, own) ? own : KEY_DRAIN,
            ovs_view_drain_name(drain));
    }
    free(own);
    run_txn(view);
    return 0;
}

int
ovs_view_write_status(const struct ovs_view *view, const char **reason)
{
    if (view->txn) {
        return EINPROGRESS;
    }
    *reason = view->write_error;
    return view->write_error ? EIO : 0;
}

static void
read_interfaces(struct ovs_view *view)
{
    struct smap interfaces = SMAP_INITIALIZER(&interfaces);
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH (row, view->idl) {
        const char *port = smap_get(&row->external_ids, "iface-id");

        if (port) {
            smap_replace(&interfaces, port, row->name);
        }
    }
    hmap_swap(&interfaces.map, &view->interfaces.map);
    smap_destroy(&interfaces);
    view->devices_seqno++;
}

void
ovs_view_run(struct ovs_view *view)
{
    ovsdb_idl_run(view->idl);
    run_txn(view);
    if (ovsdb_idl_get_seqno(view->idl) != view->seqno) {
        const struct ovsrec_open_vswitch *row
            = ovsrec_open_vswitch_first(view->idl);

        view->seqno = ovsdb_idl_get_seqno(view->idl);
        if (row) {
            config_read(view, row);
            read_interfaces(view);
            view->known = true;
        }
    }
}

void
ovs_view_wait(struct ovs_view *view)
{
    ovsdb_idl_wait(view->idl);
    if (view->txn) {
        ovsdb_idl_txn_wait(view->txn);
    }
}

const struct ovs_view_config *
ovs_view_get(const struct ovs_view *view)
{
    return view->known ? &view->config : NULL;
}

const struct smap *
ovs_view_get_interfaces(const struct ovs_view *view)
{
    return &view->interfaces;
}

unsigned int
ovs_view_get_devices_seqno(const struct ovs_view *view)
{
    return view->devices_seqno;
}

const char *
ovs_view_get_remote(const struct ovs_view *view)
{
    return view->remote;
}

bool
ovs_view_is_connected(const struct ovs_view *view)
{
    return ovsdb_idl_is_connected(view->idl);
}
