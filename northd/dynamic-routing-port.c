/* dynamic-routing-port.c: options of router ports, for controllers.  See the
 * header. */
#include <config.h>
#include "northd/dynamic-routing-port.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/dynamic-routing.h"
#include "lib/problem.h"
#include "northd/view.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

#define PROBLEM_SOURCE "options"

/* The options that there are, and how a port comes by its value. */
enum {
    ON_ROUTER = 1 << 0,         /* May be set on a router. */
    ON_PORT = 1 << 1,           /* May be set on a router port. */
    BOOLEAN = 1 << 2,           /* Passed on only if true. */
    EXCHANGE = 1 << 3,          /* Passed on only where the router takes part */
    PRIVATE = 1 << 4,           /* Not passed on: the sources act on it. */
    TRUTH = 1 << 5,             /* True unless it is false; passed on as is. */
    FILTER = 1 << 6,            /* Of the syntax of prefix-filter.h. */
    NUMBER = 1 << 7,            /* Decimal, fits into 32 bits. */
};
static const struct option_def {
    const char *key;
    unsigned int flags;
} option_defs[] = {
    { DR_ENABLED, ON_ROUTER | BOOLEAN | EXCHANGE },
    { DR_REDISTRIBUTE, ON_ROUTER | ON_PORT | PRIVATE },
    { DR_LOCAL_ONLY, ON_ROUTER | ON_PORT | BOOLEAN },
    { DR_NO_LEARNING, ON_ROUTER | ON_PORT | BOOLEAN },
    { DR_VRF_NAME, ON_ROUTER | EXCHANGE },
    { DR_VRF_ID, ON_ROUTER },
    { DR_V4_NEXTHOP, ON_ROUTER },
    { DR_V6_NEXTHOP, ON_ROUTER },
    { DR_MAINTAIN_VRF, ON_PORT | BOOLEAN | EXCHANGE },
    { DR_PORT_NAME, ON_PORT | EXCHANGE },
    { DR_ADVERTISE, ON_PORT | BOOLEAN | PRIVATE },
    { DR_METRIC, ON_PORT | PRIVATE },
    { DR_ADVERTISE_PREFIXES, ON_ROUTER | ON_PORT | PRIVATE | FILTER },
    { DR_LEARN_PREFIXES, ON_ROUTER | ON_PORT | EXCHANGE | FILTER },
    { DR_LEARN_DEFAULT, ON_ROUTER | ON_PORT | EXCHANGE | TRUTH },
    { DR_LEARN_MAX, ON_ROUTER | ON_PORT | EXCHANGE | NUMBER },
    { DR_LEARN_HOLD, ON_ROUTER | ON_PORT | EXCHANGE | NUMBER },
    { DR_LEARN_VIA_IPV6, ON_ROUTER | ON_PORT | EXCHANGE | TRUTH },
    { DR_REDIRECT, ON_PORT | EXCHANGE },
};

/* What we hold of a router. */
struct router_record {
    struct hmap_node node;      /* In struct dynamic_routing_ports's
                                 * 'routers'. */
    struct uuid uuid;
    struct ovs_list ports;      /* Of struct dynamic_routing_port. */
    struct sset problem_objects; /* What we reported for it. */
};

void
dynamic_routing_ports_init(struct dynamic_routing_ports *drp)
{
    hmap_init(&drp->ports);
    hmap_init(&drp->routers);
    sset_init(&drp->changed);
    sset_init(&drp->stale);
}

const struct dynamic_routing_port *
dynamic_routing_ports_find(const struct dynamic_routing_ports *drp,
                           const char *name)
{
    const struct dynamic_routing_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, hash_string(name, 0), &drp->ports) {
        if (!strcmp(port->port, name)) {
            return port;
        }
    }
    return NULL;
}

static struct router_record *
record_find(const struct dynamic_routing_ports *drp, const struct uuid *uuid)
{
    struct router_record *record;

    HMAP_FOR_EACH_WITH_HASH (record, node, uuid_hash(uuid), &drp->routers) {
        if (uuid_equals(&record->uuid, uuid)) {
            return record;
        }
    }
    return NULL;
}

/* Frees 'record' and its ports.  Its problems become stale: they are taken
 * back unless they are found again, so that they are not logged again. */
static void
record_remove(struct dynamic_routing_ports *drp, struct router_record *record)
{
    struct dynamic_routing_port *port;
    const char *object;

    LIST_FOR_EACH_POP (port, router_node, &record->ports) {
        sset_add(&drp->changed, port->port);
        hmap_remove(&drp->ports, &port->node);
        smap_destroy(&port->options);
        free(port->port);
        free(port->binding_port);
        free(port->router);
        free(port);
    }
    SSET_FOR_EACH (object, &record->problem_objects) {
        sset_add(&drp->stale, object);
    }
    sset_destroy(&record->problem_objects);
    hmap_remove(&drp->routers, &record->node);
    free(record);
}

void
dynamic_routing_ports_destroy(struct dynamic_routing_ports *drp)
{
    struct router_record *record;

    HMAP_FOR_EACH_SAFE (record, node, &drp->routers) {
        record_remove(drp, record);
    }
    hmap_destroy(&drp->ports);
    hmap_destroy(&drp->routers);
    sset_destroy(&drp->changed);
    sset_destroy(&drp->stale);
}

/* Problems. */

/* Starts another sentence in 'text'. */
static void
next_part(struct ds *text)
{
    if (text->length) {
        ds_put_cstr(text, "; also ");
    }
}

static void
check_filter(const struct smap_node *option, struct ds *text)
{
    struct ds invalid = DS_EMPTY_INITIALIZER;
    struct prefix_filter filter;

    prefix_filter_parse(option->value, &filter, &invalid);
    prefix_filter_destroy(&filter);
    if (invalid.length) {
        next_part(text);
        ds_put_format(text, "options:%s has entries that do not count: "
                      "%.400s; correct or remove them", option->key,
                      ds_cstr(&invalid));
    }
    ds_destroy(&invalid);
}

static bool
is_number(const char *s)
{
    unsigned long long int n;

    return (s[0] && strspn(s, "0123456789") == strlen(s)
            && str_to_ullong(s, 10, &n) && n <= UINT32_MAX);
}

static bool
is_truth(const char *s)
{
    return !strcasecmp(s, "true") || !strcasecmp(s, "false");
}

/* Judges the value of 'option', which is in its place. */
static void
check_value(const struct option_def *def, const struct smap_node *option,
            struct ds *text)
{
    if (def->flags & (BOOLEAN | TRUTH) && !is_truth(option->value)) {
        next_part(text);
        ds_put_format(text, "options:%s is \"%.60s\" and does not count; "
                      "set it to true or false", option->key, option->value);
    } else if (def->flags & NUMBER && !is_number(option->value)) {
        next_part(text);
        ds_put_format(text, "options:%s is \"%.60s\" and does not count; "
                      "set it to a decimal number up to 4294967295",
                      option->key, option->value);
    } else if (def->flags & FILTER) {
        check_filter(option, text);
    }
}

static void
check_option(const struct smap_node *option, unsigned int place,
             struct ds *text)
{
    const struct option_def *def = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(option_defs); i++) {
        if (!strcmp(option_defs[i].key, option->key)) {
            def = &option_defs[i];
        }
    }
    if (!def) {
        next_part(text);
        ds_put_format(text, "options:%.60s is not known and has no effect; "
                      "correct or remove it", option->key);
    } else if (!(def->flags & place)) {
        next_part(text);
        ds_put_format(text, "options:%s has no effect here; set it on the %s",
                      option->key, (def->flags & ON_ROUTER
                                    ? "Logical_Router"
                                    : "Logical_Router_Port"));
    } else {
        check_value(def, option, text);
    }
}

/* 'idle' tells that the router says nothing about dynamic routing.  (If it says
 * "false", it was switched off and what it would do is kept on purpose.) */
static void
check_redistribute(const struct smap *options, bool idle, struct ds *text)
{
    const char *value = smap_get(options, DR_REDISTRIBUTE);
    struct ds unknown = DS_EMPTY_INITIALIZER;

    if (!value) {
        return;
    }
    unsigned int sources = dynamic_routing_parse_redistribute(value,
                                                              &unknown);
    if (unknown.length) {
        next_part(text);
        ds_put_format(text, "options:"DR_REDISTRIBUTE" has unknown \"%.200s\";"
                      " known are ", ds_cstr(&unknown));
        dynamic_routing_format_sources(~0u, text);
    }
    if (idle && (sources || unknown.length)) {
        next_part(text);
        ds_put_cstr(text, "options:"DR_REDISTRIBUTE" has no effect without "
                    "options:"DR_ENABLED"=true on the Logical_Router");
    }
    ds_destroy(&unknown);
}

/* Reports what is wrong with 'options' of 'kind' 'name'. */
static void
check_options(struct dynamic_routing_ports *drp, struct router_record *record,
              const struct smap *options, const char *kind, const char *name,
              bool idle, struct problem_set *problems)
{
    unsigned int place = !strcmp(kind, "Logical_Router") ? ON_ROUTER : ON_PORT;
    const struct smap_node **sorted = smap_sort(options);
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(options) && text.length < 1000; i++) {
        check_option(sorted[i], place, &text);
    }
    check_redistribute(options, idle, &text);
    if (text.length) {
        char *object = xasprintf("%s %s", kind, name);

        problem_report(problems, PROBLEM_SOURCE, object, "%s",
                       ds_cstr(&text));
        sset_find_and_delete(&drp->stale, object);
        sset_add_and_free(&record->problem_objects, object);
    }
    ds_destroy(&text);
    free(sorted);
}

/* Rows. */

/* Adds to 'options' what holds for 'port' of 'def', if anything does. */
static void
add_option(const struct option_def *def, const struct view_router_port *port,
           struct smap *options)
{
    const struct smap *own = &port->options, *inherited = &port->router->options;
    const char *value = NULL;

    if (def->flags & BOOLEAN) {
        bool on = (def->flags & ON_ROUTER
                   && smap_get_bool(inherited, def->key, false));

        if (def->flags & ON_PORT) {
            on = smap_get_bool(own, def->key, on);
        }
        value = on ? "true" : NULL;
    } else {
        if (def->flags & ON_PORT) {
            value = smap_get(own, def->key);
        }
        if (!value && def->flags & ON_ROUTER) {
            value = smap_get(inherited, def->key);
        }
    }
    if (value) {
        smap_add(options, def->key, value);
    }
}

static void
add_port(struct dynamic_routing_ports *drp, struct router_record *record,
         const struct view_router_port *port)
{
    bool distributed = view_router_port_is_distributed_gateway(port);
    bool takes_part = distributed || port->router->gateway;
    struct dynamic_routing_port *row = xzalloc(sizeof *row);

    row->port = xstrdup(port->name);
    row->binding_port = (distributed ? xasprintf("cr-%s", port->name)
                         : xstrdup(port->name));
    row->router = xstrdup(port->router->name);
    smap_init(&row->options);
    for (size_t i = 0; i < ARRAY_SIZE(option_defs); i++) {
        const struct option_def *def = &option_defs[i];

        if (!(def->flags & PRIVATE)
            && (takes_part || !(def->flags & EXCHANGE))) {
            add_option(def, port, &row->options);
        }
    }
    hmap_insert(&drp->ports, &row->node, hash_string(row->port, 0));
    ovs_list_push_back(&record->ports, &row->router_node);
    sset_add(&drp->changed, row->port);
}

static void
add_router(struct dynamic_routing_ports *drp,
           const struct view_router *router, struct problem_set *problems)
{
    struct router_record *record = xzalloc(sizeof *record);
    const struct view_router_port *port;

    record->uuid = router->uuid;
    ovs_list_init(&record->ports);
    sset_init(&record->problem_objects);
    hmap_insert(&drp->routers, &record->node, uuid_hash(&router->uuid));

    bool idle = !smap_get(&router->options, DR_ENABLED);

    check_options(drp, record, &router->options, "Logical_Router", router->name,
                  idle, problems);
    LIST_FOR_EACH (port, router_node, &router->ports) {
        check_options(drp, record, &port->options, "Logical_Router_Port",
                      port->name, idle, problems);
        if (router->enabled && router->dynamic_routing) {
            add_port(drp, record, port);
        }
    }
}

/* True if there still is a router that 'object' was reported for: several may
 * have one name. */
static bool
is_reported(const struct dynamic_routing_ports *drp, const char *object)
{
    const struct router_record *record;

    HMAP_FOR_EACH (record, node, &drp->routers) {
        if (sset_contains(&record->problem_objects, object)) {
            return true;
        }
    }
    return false;
}

void
dynamic_routing_ports_run(struct dynamic_routing_ports *drp,
                          const struct view *view,
                          struct problem_set *problems)
{
    const struct view_changes *changes = &view->changes;
    const struct view_router *router;
    const struct view_change *change;
    struct router_record *record;
    const char *object;

    /* All that goes, goes first: a name may move between routers. */
    if (changes->all) {
        HMAP_FOR_EACH_SAFE (record, node, &drp->routers) {
            record_remove(drp, record);
        }
        HMAP_FOR_EACH (router, node, &view->routers) {
            add_router(drp, router, problems);
        }
    }
    HMAP_FOR_EACH (change, node, &changes->set) {
        if (change->kind == VIEW_ROUTER) {
            record = record_find(drp, &change->object.uuid);
            if (record) {
                record_remove(drp, record);
            }
        }
    }
    HMAP_FOR_EACH (change, node, &changes->set) {
        if (change->kind == VIEW_ROUTER) {
            router = view_find_router(view, &change->object.uuid);
            if (router) {
                add_router(drp, router, problems);
            }
        }
    }

    SSET_FOR_EACH (object, &drp->stale) {
        if (!is_reported(drp, object)) {
            problem_resolve(problems, PROBLEM_SOURCE, object);
        }
    }
    sset_clear(&drp->stale);
}
