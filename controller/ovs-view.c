/* ovs-view.c: the local Open_vSwitch database.  See the header. */
#include <config.h>
#include "controller/ovs-view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ovn-dirs.h"
#include "lib/vswitch-idl.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

struct ovs_view {
    struct ovsdb_idl *idl;
    unsigned int seqno;         /* Of 'idl', when 'config' was read. */
    char *fixed_system_id;      /* Not from the database; else NULL. */
    bool known;                 /* 'config' was read. */
    struct ovs_view_config config;
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
    view->idl = idl;
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
    free(config->private_key);
    free(config->certificate);
    free(config->ca_cert);
    memset(config, 0, sizeof *config);
}

void
ovs_view_destroy(struct ovs_view *view)
{
    if (view) {
        ovsdb_idl_destroy(view->idl);
        config_clear(&view->config);
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
    value = get(ids, id, "ovn-remote");
    config->remote = nullable_xstrdup(value && value[0] ? value : NULL);

    value = get(ids, id, "ovn-remote-probe-interval");
    if (!value || !str_to_int(value, 10, &config->probe_interval)
        || config->probe_interval < 0) {
        config->probe_interval = -1;
    }
    value = get(ids, id, "ovn-cleanup-on-exit");
    config->cleanup_on_exit = !value || strcmp(value, "false");
    config->port_mapping = nullable_xstrdup(
        smap_get(ids, "dynamic-routing-port-mapping"));
    config_read_max_burst(config, get(ids, id, "route-exchange-max-burst"));

    if (row->ssl) {
        config->private_key = xstrdup(row->ssl->private_key);
        config->certificate = xstrdup(row->ssl->certificate);
        config->ca_cert = xstrdup(row->ssl->ca_cert);
        config->bootstrap_ca_cert = row->ssl->bootstrap_ca_cert;
    }
}

void
ovs_view_run(struct ovs_view *view)
{
    ovsdb_idl_run(view->idl);
    if (ovsdb_idl_get_seqno(view->idl) != view->seqno) {
        const struct ovsrec_open_vswitch *row
            = ovsrec_open_vswitch_first(view->idl);

        view->seqno = ovsdb_idl_get_seqno(view->idl);
        if (row) {
            config_read(view, row);
            view->known = true;
        }
    }
}

void
ovs_view_wait(struct ovs_view *view)
{
    ovsdb_idl_wait(view->idl);
}

const struct ovs_view_config *
ovs_view_get(const struct ovs_view *view)
{
    return view->known ? &view->config : NULL;
}

bool
ovs_view_is_connected(const struct ovs_view *view)
{
    return ovsdb_idl_is_connected(view->idl);
}
