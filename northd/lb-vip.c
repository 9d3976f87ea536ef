/* lb-vip.c: the texts in which load balancers have their addresses.  See the
 * header. */
#include <config.h>
#include "northd/lb-vip.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

static bool
parse_host(const char *text, struct ip_prefix *address)
{
    return !strchr(text, '/') && !ip_prefix_parse(text, address, NULL);
}

static bool
parse_port(const char *text, uint16_t *port)
{
    unsigned int n;

    if (strspn(text, "0123456789") != strlen(text)
        || !str_to_uint(text, 10, &n) || n < 1 || n > UINT16_MAX) {
        return false;
    }
    *port = n;
    return true;
}

int
lb_vip_parse(const char *text, struct ip_prefix *address_, uint16_t *port_)
{
    struct ip_prefix address;
    uint16_t port = 0;
    bool ok;

    if (strlen(text) > IP_PREFIX_STRLEN + 8) {
        return EINVAL;
    }
    char *copy = xstrdup(text);
    char *bracket = strchr(copy, ']'), *colon = strrchr(copy, ':');
    if (copy[0] == '[' && bracket) {
        *bracket++ = '\0';
        ok = (parse_host(copy + 1, &address) && address.family == AF_INET6
              && (!*bracket || (*bracket == ':'
                                && parse_port(bracket + 1, &port))));
    } else if (colon && strchr(copy, ':') == colon) {
        *colon = '\0';
        ok = (parse_host(copy, &address) && address.family == AF_INET
              && parse_port(colon + 1, &port));
    } else {
        ok = parse_host(copy, &address);
    }
    free(copy);
    if (!ok) {
        return EINVAL;
    }
    *address_ = address;
    *port_ = port;
    return 0;
}

char *
lb_vip_expand(const char *text, const struct smap *variables, char **missing)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    while (*text) {
        size_t n = strcspn(text, "^");

        ds_put_buffer(&s, text, n);
        text += n;
        if (*text) {
            for (n = 1; isalnum((unsigned char) text[n]) || text[n] == '_';
                 n++) {
                continue;
            }
            char *name = xmemdup0(text + 1, n - 1);
            const char *value = variables ? smap_get(variables, name) : NULL;

            if (!value) {
                *missing = name;
                ds_destroy(&s);
                return NULL;
            }
            ds_put_cstr(&s, value);
            free(name);
            text += n;
        }
    }
    return ds_steal_cstr(&s);
}
