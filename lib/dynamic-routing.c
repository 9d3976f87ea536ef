/* dynamic-routing.c: option values of dynamic routing.  See the header. */
#include <config.h>
#include "lib/dynamic-routing.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static const struct {
    enum dynamic_routing_source source;
    const char *token;
} sources_table[] = {
    { DR_SOURCE_CONNECTED, "connected" },
    { DR_SOURCE_CONNECTED_AS_HOST, "connected-as-host" },
    { DR_SOURCE_STATIC, "static" },
    { DR_SOURCE_NAT, "nat" },
    { DR_SOURCE_LB, "lb" },
    { DR_SOURCE_HUB_SPOKE, "hub-spoke" },
};

/* The source named by the 'n' bytes at 'token', or 0. */
static unsigned int
source_from_token(const char *token, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(sources_table); i++) {
        if (strlen(sources_table[i].token) == n
            && !memcmp(sources_table[i].token, token, n)) {
            return sources_table[i].source;
        }
    }
    return 0;
}

unsigned int
dynamic_routing_parse_redistribute(const char *value, struct ds *unknown)
{
    unsigned int sources = 0;

    for (const char *p = value; ; p++) {
        const char *start = p + strspn(p, " \t\r\n\v\f");

        p = start + strcspn(start, ",");

        const char *end = p;
        while (end > start && isspace((unsigned char) end[-1])) {
            end--;
        }
        if (end > start) {
            unsigned int source = source_from_token(start, end - start);

            sources |= source;
            if (!source) {
                if (unknown->length) {
                    ds_put_cstr(unknown, ", ");
                }
                ds_put_buffer(unknown, start, end - start);
            }
        }
        if (!*p) {
            return sources;
        }
    }
}

void
dynamic_routing_format_sources(unsigned int sources, struct ds *ds)
{
    const char *separator = "";

    for (size_t i = 0; i < ARRAY_SIZE(sources_table); i++) {
        if (sources & sources_table[i].source) {
            ds_put_format(ds, "%s%s", separator, sources_table[i].token);
            separator = ",";
        }
    }
}

int
dynamic_routing_parse_vrf_id(const char *value, uint32_t *table_id)
{
    unsigned long long int id;

    value += strspn(value, " \t\n\v\f\r"); /* As OVN does. */
    if (!value[0] || strspn(value, "0123456789") != strlen(value)
        || !str_to_ullong(value, 10, &id) || id < 1 || id > UINT32_MAX) {
        return EINVAL;
    }
    if (id == 252 || id == 255 || id == UINT32_MAX) {
        return EPERM;
    }
    *table_id = id;
    return 0;
}

int
dynamic_routing_parse_metric(const char *value, uint32_t *metric)
{
    unsigned long long int n;

    if (!value[0] || strspn(value, "0123456789") != strlen(value)
        || !str_to_ullong(value, 10, &n) || n > DR_METRIC_MAX) {
        return EINVAL;
    }
    *metric = n;
    return 0;
}

bool
dynamic_routing_tunnel_key_is_table(int64_t tunnel_key)
{
    return (tunnel_key >= 1 && tunnel_key < UINT32_MAX
            && !(tunnel_key >= 252 && tunnel_key <= 255));
}

const char *
dynamic_routing_check_vrf_name(const char *name)
{
    if (!name[0]) {
        return "is empty";
    } else if (strlen(name) >= IFNAMSIZ) {
        return "is longer than 15 characters";
    } else if (!strcmp(name, ".") || !strcmp(name, "..")) {
        return "is no interface name";
    }
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == ':' || *p == '%'
            || isspace((unsigned char) *p)) {
            return "contains a '/', ':', '%' or white space";
        }
    }
    return NULL;
}
