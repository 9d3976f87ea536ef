/* ovn-route-ctl-ssl.c: the keys with which ovn-route-ctl speaks SSL: those of
 * its options, else those that the daemons of this chassis use. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "util.h"

void
ctl_ssl_init(struct ctl *ctl)
{
    ctl->ssl_files = ssl_files_create("--private-key, --certificate and "
                                      "--ca-cert, or 'ovs-vsctl set-ssl'");
    ssl_files_run(ctl->ssl_files, &ctl->ssl);
}

/* A copy of the string 'column' of 'row', or NULL.  It lives as long as the
 * process. */
static char *
get_string(const struct json *row, const char *column)
{
    const struct json *value = shash_find_data(row->object, column);

    return (value && value->type == JSON_STRING && json_string(value)[0]
            ? xstrdup(json_string(value)) : NULL);
}

void
ctl_ssl_use(struct ctl *ctl, const char *remotes)
{
    bool pair = ctl->ssl.private_key && ctl->ssl.certificate;
    struct json *row;
    char *error = NULL;

    if (ctl->ssl_sought || !strstr(remotes, "ssl:")
        || (pair && ctl->ssl.ca_cert)) {
        return;
    }
    ctl->ssl_sought = true;
    row = ctl_ovs_first_row(ctl, "SSL", "[\"private_key\",\"certificate\","
                            "\"ca_cert\",\"bootstrap_ca_cert\"]", &error);
    if (row && !pair) {
        ctl->ssl.private_key = get_string(row, "private_key");
        ctl->ssl.certificate = get_string(row, "certificate");
    }
    if (row && !ctl->ssl.ca_cert) {
        const struct json *bootstrap = shash_find_data(row->object,
                                                       "bootstrap_ca_cert");

        ctl->ssl.ca_cert = get_string(row, "ca_cert");
        ctl->ssl.bootstrap_ca_cert = (bootstrap
                                      && bootstrap->type == JSON_TRUE);
    }
    ssl_files_run(ctl->ssl_files, &ctl->ssl);
    json_destroy(row);
    free(error);
}

char *
ctl_ssl_explain(const struct ctl *ctl, const char *remotes, int error)
{
    return ssl_files_explain(ctl->ssl_files, remotes, error);
}
