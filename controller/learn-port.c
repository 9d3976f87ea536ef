/* learn-port.c: tables, routers and ports that learn, their policies, and
 * which next hop belongs to which port.  See learn.h and learn-private.h. */
#include <config.h>
#include "controller/learn-private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

/* Source of problems with options. */
#define SOURCE_OPTION "learn-option"

/* The longest hold time, a day. */
#define HOLD_MAX_S 86400

/* Tables and routers. */

struct table *
learner_table_find(const struct learner *learn, uint32_t table_id)
{
    struct table *table;

    HMAP_FOR_EACH_WITH_HASH (table, node, hash_int(table_id, 0),
                             &learn->tables) {
        if (table->table_id == table_id) {
            return table;
        }
    }
    return NULL;
}

static struct table *
table_get(struct learner *learn, uint32_t table_id)
{
    struct table *table = learner_table_find(learn, table_id);

    if (!table) {
        table = xzalloc(sizeof *table);
        table->learn = learn;
        table->table_id = table_id;
        ovs_list_init(&table->dirty_node);
        ovs_list_init(&table->routers);
        hmap_init(&table->entries);
        hmap_init(&table->hops);
        hmap_init(&table->dirty);
        hmap_insert(&learn->tables, &table->node, hash_int(table_id, 0));
    }
    return table;
}

static void
table_unref(struct learner *learn, struct table *table)
{
    struct dirty_prefix *dirty;

    if (ovs_list_is_empty(&table->routers)) {
        learner_table_clear(learn, table);
        ovs_assert(hmap_is_empty(&table->entries)
                   && hmap_is_empty(&table->hops));
        HMAP_FOR_EACH_POP (dirty, node, &table->dirty) {
            free(dirty);
        }
        ovs_list_remove(&table->dirty_node);
        hmap_destroy(&table->dirty);
        hmap_destroy(&table->hops);
        hmap_destroy(&table->entries);
        hmap_remove(&learn->tables, &table->node);
        free(table);
    }
}

static struct router *
router_find(const struct learner *learn, const struct uuid *datapath)
{
    struct router *router;

    HMAP_FOR_EACH_WITH_HASH (router, node, uuid_hash(datapath),
                             &learn->routers) {
        if (uuid_equals(&router->datapath, datapath)) {
            return router;
        }
    }
    return NULL;
}

static void
router_set_table(struct learner *learn, struct router *router,
                 uint32_t table_id)
{
    struct table *old = router->table;

    router->table = table_get(learn, table_id);
    ovs_list_push_back(&router->table->routers, &router->table_node);
    ovs_assert(!old);
}

static struct router *
router_get(struct learner *learn, const struct learn_port_facts *facts)
{
    struct router *router = router_find(learn, &facts->datapath);

    if (!router) {
        router = xzalloc(sizeof *router);
        router->datapath = facts->datapath;
        router->name = xstrdup(facts->router);
        ovs_list_init(&router->ports);
        router_set_table(learn, router, facts->table_id);
        hmap_insert(&learn->routers, &router->node,
                    uuid_hash(&router->datapath));
    }
    return router;
}

static void
router_unref(struct learner *learn, struct router *router)
{
    if (ovs_list_is_empty(&router->ports)) {
        ovs_list_remove(&router->table_node);
        table_unref(learn, router->table);
        hmap_remove(&learn->routers, &router->node);
        free(router->name);
        free(router);
    }
}

static void
note_route(void *any_, const struct nl_route *route OVS_UNUSED)
{
    bool *any = any_;

    *any = true;
}

/* Where the kernel has no route of others to 'prefix' there is nothing to
 * judge anew, and when it gets one, that is a change of its own.  So it is for
 * nearly all that is advertised, 100 000 prefixes at once perhaps. */
void
learner_advertised_changed(struct learner *learn, const struct uuid *datapath,
                           const struct ip_prefix *prefix)
{
    const struct router *router = router_find(learn, datapath);

    if (router && !router->table->all_dirty) {
        uint32_t table_id = router->table->table_id;
        bool any = false;

        learn->source.get_routes(learn->source.aux, table_id, prefix,
                                 note_route, &any);
        if (any) {
            learner_prefix_changed(learn, table_id, prefix);
        }
    }
}

/* Policies. */

static void OVS_PRINTF_FORMAT(4, 5)
report_option(struct learner *learn, const struct port *port, const char *key,
              const char *format, ...)
{
    char *object = xasprintf("Logical_Router_Port %s options:%s", port->name,
                             key);
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    problem_report(&learn->problems, SOURCE_OPTION, object, "%s", text);
    free(text);
    free(object);
}

/* The number that option 'key' has, 'otherwise' if there is none or it is no
 * number of up to 'max', which is reported. */
static size_t
get_number(struct learner *learn, const struct port *port, const char *key,
           size_t max, size_t otherwise)
{
    const char *value = smap_get(&port->options, key);
    unsigned long long int number;

    if (!value) {
        return otherwise;
    }
    if (!value[0] || strspn(value, "0123456789") != strlen(value)
        || !str_to_ullong(value, 10, &number) || number > max) {
        report_option(learn, port, key, "\"%s\" is no number from 0 to "
                      "%"PRIuSIZE"; it does not count; correct it, on the "
                      "port or on its router", value, max);
        return otherwise;
    }
    return number;
}

static void
read_policy(struct learner *learn, struct port *port)
{
    const struct smap *options = &port->options;
    struct ds invalid = DS_EMPTY_INITIALIZER;
    long long int hold;

    port->learning = (port->bound_here
                      && !smap_get_bool(options, DR_NO_LEARNING, false));
    port->maintain_vrf = smap_get_bool(options, DR_MAINTAIN_VRF, false);
    port->port_name = smap_get(options, DR_PORT_NAME);
    port->redirect = smap_get(options, DR_REDIRECT);
    port->learn_default = smap_get_bool(options, DR_LEARN_DEFAULT, true);
    port->max = get_number(learn, port, DR_LEARN_MAX, UINT32_MAX, SIZE_MAX);
    hold = get_number(learn, port, DR_LEARN_HOLD, HOLD_MAX_S, 0);

    prefix_filter_destroy(&port->filter);
    prefix_filter_parse(smap_get(options, DR_LEARN_PREFIXES), &port->filter,
                        &invalid);
    if (invalid.length) {
        report_option(learn, port, DR_LEARN_PREFIXES, "has entries that do "
                      "not count: %s; write \"permit|deny PREFIX [ge N] "
                      "[le N]\", separated by commas", ds_cstr(&invalid));
    }
    ds_destroy(&invalid);

    if (port->bound_here) {
        learn_rows_manage(learn->rows, &port->uuid, &port->router->datapath,
                          port->learning ? hold * 1000 : 0);
    } else {
        learn_rows_unmanage(learn->rows, &port->uuid);
    }
}

/* Networks. */

static void
add_network(struct port *port, const struct ip_prefix *subnet,
            const uint8_t addr[16])
{
    port->networks = xrealloc(port->networks, (port->n_networks + 1)
                              * sizeof *port->networks);
    port->networks[port->n_networks].subnet = *subnet;
    memcpy(port->networks[port->n_networks].addr, addr, 16);
    port->n_networks++;
}

/* Adds the link-local address that OVN gives a port with the MAC 'ea'. */
static void
add_link_local(struct port *port, const unsigned int ea[6])
{
    uint8_t addr[16] = { 0xfe, 0x80 };
    struct ip_prefix subnet;

    addr[8] = ea[0] ^ 2;
    addr[9] = ea[1];
    addr[10] = ea[2];
    addr[11] = 0xff;
    addr[12] = 0xfe;
    addr[13] = ea[3];
    addr[14] = ea[4];
    addr[15] = ea[5];
    ovs_assert(!ip_prefix_from_bytes(AF_INET6, addr, 64, &subnet));
    add_network(port, &subnet, addr);
}

/* Reads "MAC NETWORK...". */
static void
read_networks(struct port *port)
{
    char *text = xstrdup(port->addresses ? port->addresses : "");
    char *save = NULL;

    free(port->networks);
    port->networks = NULL;
    port->n_networks = 0;
    for (char *word = strtok_r(text, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        struct ip_prefix subnet, host;
        unsigned int ea[6];
        char *slash = strchr(word, '/');

        if (word == text && sscanf(word, "%2x:%2x:%2x:%2x:%2x:%2x", &ea[0],
                                   &ea[1], &ea[2], &ea[3], &ea[4],
                                   &ea[5]) == 6) {
            add_link_local(port, ea);
        } else if (!ip_prefix_parse(word, &subnet, NULL)) {
            if (slash) {
                *slash = '\0';
            }
            if (!ip_prefix_parse(word, &host, NULL)) {
                add_network(port, &subnet, host.addr);
            }
        }
    }
    free(text);
}

/* Devices. */

/* Copies to 'device' what 'mapping', "PORT=DEVICE" separated by commas or
 * spaces, has for 'port'.  False if it has nothing. */
static bool
find_mapping(const char *mapping, const char *port, char device[IFNAMSIZ])
{
    static const char separators[] = ", \t\n";
    size_t len = strlen(port);

    for (const char *p = mapping; p && *p; p += strcspn(p, separators)) {
        p += strspn(p, separators);
        if (!strncmp(p, port, len) && p[len] == '=') {
            size_t n = strcspn(p + len + 1, separators);

            ovs_strlcpy(device, p + len + 1, MIN(n + 1, IFNAMSIZ));
            return n > 0;
        }
    }
    return false;
}

/* Looks up the device of 'port'.  True if it is another one. */
static bool
resolve_device(const struct learner *learn, struct port *port)
{
    const char *name = port->port_name ? port->port_name : port->redirect;
    char device[IFNAMSIZ] = "";

    if (name && !find_mapping(learn->mapping, name, device)) {
        const char *interface = smap_get(&learn->interfaces, name);

        ovs_strlcpy(device, interface ? interface : "", sizeof device);
    }
    if (!strcmp(port->device, device)) {
        return false;
    }
    ovs_strlcpy(port->device, device, sizeof port->device);
    return true;
}

void
learner_set_interfaces(struct learner *learn, const char *mapping,
                       const struct smap *interfaces)
{
    struct port *port;

    if (nullable_string_is_equal(learn->mapping, mapping)
        && smap_equal(&learn->interfaces, interfaces)) {
        return;
    }
    free(learn->mapping);
    learn->mapping = nullable_xstrdup(mapping);
    smap_destroy(&learn->interfaces);
    smap_clone(&learn->interfaces, interfaces);
    HMAP_FOR_EACH (port, node, &learn->ports) {
        if (resolve_device(learn, port)) {
            learner_table_dirty(port->router->table);
        }
        learner_port_touch(port);
    }
}

/* Ports. */

void
learner_port_touch(struct port *port)
{
    if (ovs_list_is_empty(&port->report_node)) {
        ovs_list_push_back(&port->router->table->learn->reports,
                           &port->report_node);
    }
}

static struct port *
port_find(const struct learner *learn, const struct uuid *uuid)
{
    struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(uuid), &learn->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static void
router_update(struct router *router)
{
    struct table *table = router->table;
    const struct port *port;

    router->filtered = router->choosy = false;
    LIST_FOR_EACH (port, router_node, &router->ports) {
        router->filtered |= port->bound_here && port->port_name;
        router->choosy |= (port->bound_here
                           && (port->port_name || port->redirect));
    }

    table->choosy = false;
    LIST_FOR_EACH (router, table_node, &table->routers) {
        table->choosy |= router->choosy;
    }
    learner_table_dirty(table);
}

static void
port_free(struct learner *learn, struct port *port)
{
    struct router *router = port->router;

    learn_rows_unmanage(learn->rows, &port->uuid);
    learner_port_drop_claims(learn, port);
    ovs_list_remove(&port->report_node);
    hmap_remove(&learn->ports, &port->node);
    ovs_list_remove(&port->router_node);
    router_update(router);
    router_unref(learn, router);
    prefix_filter_destroy(&port->filter);
    smap_destroy(&port->options);
    free(port->networks);
    free(port->addresses);
    free(port->name);
    free(port);
}

static struct port *
port_create(struct learner *learn, const struct learn_port_facts *facts)
{
    struct port *port = xzalloc(sizeof *port);

    port->uuid = facts->uuid;
    port->name = xstrdup(facts->name);
    port->router = router_get(learn, facts);
    ovs_list_push_back(&port->router->ports, &port->router_node);
    smap_init(&port->options);
    ovs_list_init(&port->report_node);
    ovs_list_init(&port->accepted);
    ovs_list_init(&port->waiting);
    for (int i = 0; i < N_BAD; i++) {
        ovs_list_init(&port->bad[i]);
    }
    hmap_insert(&learn->ports, &port->node, uuid_hash(&port->uuid));
    return port;
}

/* True if 'port' cannot become what 'facts' say. */
static bool
port_is_another(const struct port *port, const struct learn_port_facts *facts)
{
    return (strcmp(port->name, facts->name)
            || strcmp(port->router->name, facts->router)
            || port->router->table->table_id != facts->table_id
            || !uuid_equals(&port->router->datapath, &facts->datapath));
}

static void
port_update(struct learner *learn, struct port *port,
            const struct learn_port_facts *facts)
{
    if (port->bound_here != facts->bound_here) {
        learner_port_drop_claims(learn, port);
        learn_rows_unmanage(learn->rows, &port->uuid);
    }
    port->bound_here = facts->bound_here;
    free(port->addresses);
    port->addresses = nullable_xstrdup(facts->addresses);
    smap_destroy(&port->options);
    smap_clone(&port->options, facts->options);
    read_networks(port);
    read_policy(learn, port);
    (void) resolve_device(learn, port); /* All is looked at anyway. */
    learner_port_enforce_max(learn, port);
    router_update(port->router);
    learner_port_touch(port);
}

void
learner_set_ports(struct learner *learn, const struct learn_port_facts *facts,
                  size_t n)
{
    struct port *port;

    /* A router that moves to another table moves with all ports: out with
     * them first. */
    learn->round++;
    for (size_t i = 0; i < n; i++) {
        port = port_find(learn, &facts[i].uuid);
        if (port && !port_is_another(port, &facts[i])) {
            port->round = learn->round;
        }
    }
    HMAP_FOR_EACH_SAFE (port, node, &learn->ports) {
        if (port->round != learn->round) {
            port_free(learn, port);
        }
    }

    problem_set_begin(&learn->problems);
    for (size_t i = 0; i < n; i++) {
        port = port_find(learn, &facts[i].uuid);
        if (!port) {
            port = port_create(learn, &facts[i]);
            port->round = learn->round;
        } else if (port->bound_here == facts[i].bound_here
                   && nullable_string_is_equal(port->addresses,
                                               facts[i].addresses)
                   && smap_equal(&port->options, facts[i].options)) {
            read_policy(learn, port);   /* For its problems. */
            continue;
        }
        port_update(learn, port, &facts[i]);
    }
    problem_set_end(&learn->problems, SOURCE_OPTION);
}

/* Which next hop belongs where. */

/* Link-local networks are everywhere, so they say nothing. */
static bool
port_has_subnet_of(const struct port *port, const struct hop *hop)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct ip_prefix *subnet = &port->networks[i].subnet;

        if (!ip_prefix_is_link_local(subnet)
            && learner_hop_is_in(hop, subnet)) {
            return true;
        }
    }
    return false;
}

/* True if 'device' is that of 'port', or the other end of that. */
static bool
port_is_behind(const struct port *port, const struct device *device)
{
    return port->device[0] && (!strcmp(port->device, device->name)
                               || !strcmp(port->device, device->peer));
}

bool
learner_port_fits(const struct port *port, enum learner_place place,
                  const struct hop *hop)
{
    switch (place) {
    case PLACE_PORT_NAME:
        return port->port_name && port_is_behind(port, hop->device);
    case PLACE_SUBNET:
        return port_has_subnet_of(port, hop);
    case PLACE_REDIRECT_DEVICE:
        return (port->bound_here && port->redirect
                && port_is_behind(port, hop->device));
    case PLACE_REDIRECT:
        return port->bound_here && port->redirect;
    case PLACE_VRF:
        return port->bound_here && port->maintain_vrf;
    case PLACE_ANY:
        return true;
    }
    OVS_NOT_REACHED();
}

enum learner_place
learner_place_hop(const struct router *router, const struct hop *hop)
{
    static const enum learner_place places[] = {
        PLACE_SUBNET, PLACE_REDIRECT_DEVICE, PLACE_REDIRECT, PLACE_VRF,
    };

    if (router->filtered) {
        return PLACE_PORT_NAME;
    }
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const struct port *port;

        LIST_FOR_EACH (port, router_node, &router->ports) {
            if (learner_port_fits(port, places[i], hop)) {
                return places[i];
            }
        }
    }
    return PLACE_ANY;
}
