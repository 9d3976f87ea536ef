/* route-exchange-report.c: what the engine tells: problems, and listings of
 * what is wanted, what is there, and what is still to do. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* The source of the engine's problems. */
#define SOURCE "kernel"

/* So many routes of a table are reported one by one. */
#define MAX_ROUTE_PROBLEMS 20

static const char *
error_string(int error)
{
    return error == NL_UNKNOWN ? "no answer" : ovs_strerror(error);
}

/* Problems. */

/* Describes the VRF or table 'table' as an object of problems. */
static char *
table_object(const struct re_table *table)
{
    return (table->vrf_name[0]
            ? xasprintf("VRF %s, table %"PRIu32, table->vrf_name,
                        table->table_id)
            : xasprintf("table %"PRIu32, table->table_id));
}

/* Appends "cannot ACTION: ERROR (REASON); REMEDY". */
static char *
failure_text(enum re_op_type op, int error, const char *reason)
{
    return xasprintf("cannot %s: %s%s%s%s; %s", re_op_name(op),
                     error_string(error), reason ? " (" : "",
                     reason ? reason : "", reason ? ")" : "",
                     re_suggestion(op, error));
}

/* Reports a foreign route in the place of the one of 'slot'. */
static char *
conflict_text(const struct route_exchange *re, const struct re_slot *slot)
{
    const struct kernel_route *route = NULL;

    while ((route = kernel_mirror_find(re->mirror, &slot->key, route))
           != NULL) {
        if (route->route.protocol != DR_RTPROT_OVN) {
            struct ds s = DS_EMPTY_INITIALIZER;

            nl_route_format(&route->route, &s);
            ds_put_format(&s, " has its place in the kernel; remove that one, "
                          "or have its owner use another metric than %"PRIu32
                          ": ip %s route del %s", slot->key.metric,
                          slot->key.prefix.family == AF_INET6 ? "-6" : "-4",
                          route->route.type == RTN_UNICAST ? ""
                          : nl_route_type_name(route->route.type));
            ds_put_cstr(&s, route->route.type == RTN_UNICAST ? "" : " ");
            ip_prefix_put(&slot->key.prefix, &s);
            ds_put_format(&s, " table %"PRIu32" metric %"PRIu32" proto %"PRIu8,
                          slot->key.table_id, slot->key.metric,
                          route->route.protocol);
            return ds_steal_cstr(&s);
        }
    }
    return failure_text(RE_ROUTE_ADD, EEXIST, NULL);
}

static char *
slot_text(const struct route_exchange *re, const struct re_slot *slot)
{
    const struct re_trouble *trouble = slot->trouble;
    char *text = (trouble->error == EEXIST
                  ? conflict_text(re, slot)
                  : failure_text(trouble->error_op, trouble->error,
                                 trouble->reason));

    if (slot->no_nexthop && !slot->no_fallback && slot->wanted) {
        struct nl_nexthop nexthop;
        struct ds s = DS_EMPTY_INITIALIZER;
        struct nl_route route;

        re_want_to_route(slot, &slot->want, true, &route, &nexthop);
        nl_route_format(&route, &s);
        ds_put_format(&s, ": %s; a blackhole route stands in for it", text);
        free(text);
        text = ds_steal_cstr(&s);
    }
    return text;
}

/* True for the leak guard of a protocol that the kernel runs without. */
static bool
is_moot(const struct re_slot *slot)
{
    int error = slot->trouble->error;

    return (re_key_is_guard(&slot->key)
            && slot->wanted
            && (error == EAFNOSUPPORT || error == EOPNOTSUPP
                || error == EACCES));
}

static void
report_slots(struct route_exchange *re, const struct re_table *table)
{
    const struct re_trouble *trouble;
    size_t n = 0;

    LIST_FOR_EACH (trouble, failed_node, &table->failed) {
        const struct re_slot *slot = trouble->slot;

        if (is_moot(slot)) {
            continue;
        }
        if (n++ < MAX_ROUTE_PROBLEMS) {
            char prefix[IP_PREFIX_STRLEN];
            char *object, *text;

            object = xasprintf("route %s metric %"PRIu32" in table %"PRIu32,
                               ip_prefix_format(&slot->key.prefix, prefix),
                               slot->key.metric, table->table_id);
            text = slot_text(re, slot);
            problem_report(&re->problems, SOURCE, object, "%s", text);
            free(object);
            free(text);
        }
    }
    if (n > MAX_ROUTE_PROBLEMS) {
        char *object = xasprintf("routes in table %"PRIu32, table->table_id);

        problem_report(&re->problems, SOURCE, object,
                       "the kernel refuses %"PRIuSIZE" more, for reasons like "
                       "those reported", n - MAX_ROUTE_PROBLEMS);
        free(object);
    }
}

/* Reports that several next hops are wanted where the kernel takes one. */
static void
report_duplicates(struct route_exchange *re, const struct re_table *table)
{
    const struct re_slot *slot;
    size_t n_slots = 0;

    for (size_t i = 0; i < RE_N_SLOT_STATES; i++) {
        n_slots += table->counts[RE_COUNT_WANTED][i];
    }
    if (table->n_wants == n_slots) {
        return;
    }
    HMAP_FOR_EACH (slot, node, &table->slots) {
        size_t n = re_slot_n_wants(slot);

        if (n < 2) {
            continue;
        }
        char prefix[IP_PREFIX_STRLEN];
        char *object = xasprintf("next hops of %s metric %"PRIu32
                                 " in table %"PRIu32,
                                 ip_prefix_format(&slot->key.prefix, prefix),
                                 slot->key.metric, table->table_id);

        problem_report(&re->problems, SOURCE, object, "%"PRIuSIZE" different "
                       "ones are wanted, and only the first is used; give the "
                       "routers that share the table the same next hop",
                       n);
        free(object);
    }
}

static void
report_table(struct route_exchange *re, const struct re_table *table)
{
    char *object = table_object(table);

    if (table->vrf_problem) {
        problem_report(&re->problems, SOURCE, object, "%s",
                       table->vrf_problem);
    } else if (table->vrf_hold.error) {
        char *text = failure_text(table->vrf_hold.op, table->vrf_hold.error,
                                  table->vrf_hold.reason);

        problem_report(&re->problems, SOURCE, object, "%s", text);
        free(text);
    }
    free(object);

    if (table->hold.error) {
        char *text = failure_text(table->hold.op, table->hold.error,
                                  table->hold.reason);

        object = xasprintf("routes in table %"PRIu32, table->table_id);
        problem_report(&re->problems, SOURCE, object, "%s", text);
        free(text);
        free(object);
    }
    report_slots(re, table);
    report_duplicates(re, table);
}

/* Reports that a scope cannot be read. */
static void
report_dump(struct route_exchange *re, const struct re_dump_gate *gate,
            const char *object)
{
    if (!gate->error || (gate->error == EINTR && gate->n_failed < 3)) {
        return;
    }
    problem_report(&re->problems, SOURCE, object,
                   "cannot be read from the kernel: %s; nothing is changed "
                   "there until it can; %s",
                   error_string(gate->error),
                   gate->error == EINTR
                   ? "find out what keeps changing it ('ip monitor')"
                   : gate->error == ENOBUFS
                   ? "raise net.core.rmem_max" : "see the kernel's log");
}

void
re_report_problems(struct route_exchange *re)
{
    struct re_table *const *tables;
    size_t n;

    if (!re->problems_changed) {
        return;
    }
    re->problems_changed = false;
    problem_set_begin(&re->problems);
    if (re->stats.n_malformed) {
        problem_report(&re->problems, SOURCE, "messages of the kernel",
                       "some could not be read, and are passed over: what they "
                       "tell of is not known here; report this, and the "
                       "kernel's version; 'kernel/stats' counts them");
    }
    report_dump(re, &re->links_gate, "network devices");
    report_dump(re, &re->ours_gate, "routes of protocol 84");
    report_dump(re, &re->nexthops_gate, "nexthop objects");
    report_dump(re, &re->neighbours_gate, "neighbours in IPv6");
    tables = re_tables_sorted(re, &n);
    for (size_t i = 0; i < n; i++) {
        char *object = xasprintf("contents of table %"PRIu32,
                                 tables[i]->table_id);

        report_dump(re, &tables[i]->dump_gate, object);
        free(object);
        report_table(re, tables[i]);
    }
    problem_set_end(&re->problems, SOURCE);
}

/* Listings. */

static int
compare_slots(const void *a_, const void *b_)
{
    const struct re_slot *const *a = a_, *const *b = b_;

    return nl_route_key_compare(&(*a)->key, &(*b)->key);
}

/* Returns a malloc()'d array of the slots of 'table', sorted. */
static const struct re_slot **
sorted_slots(const struct re_table *table, size_t *n)
{
    const struct re_slot **slots
        = xmalloc((hmap_count(&table->slots) + 1) * sizeof *slots);
    const struct re_slot *slot;

    *n = 0;
    HMAP_FOR_EACH (slot, node, &table->slots) {
        slots[(*n)++] = slot;
    }
    qsort(slots, *n, sizeof *slots, compare_slots);
    return slots;
}

static void
format_want(const struct re_slot *slot, const struct re_want *want,
            struct ds *ds)
{
    struct nl_nexthop nexthop;
    struct nl_route route;

    re_want_to_route(slot, want, true, &route, &nexthop);
    ds_put_cstr(ds, "    ");
    nl_route_format(&route, ds);
    ds_put_char(ds, '\n');
}

static const char *
vrf_state_name(enum re_vrf_state state)
{
    static const char *const names[] = {
        [RE_VRF_NONE] = "none",
        [RE_VRF_PENDING] = "pending",
        [RE_VRF_READY] = "ready",
        [RE_VRF_REFUSED] = "refused",
    };

    return names[state];
}

/* Appends all that is wanted in 'slot'. */
static void
format_wants(const struct re_slot *slot, struct ds *ds)
{
    if (slot->wanted) {
        format_want(slot, &slot->want, ds);
    }
    if (slot->trouble) {
        const struct re_rival *rival;

        LIST_FOR_EACH (rival, node, &slot->trouble->rivals) {
            format_want(slot, &rival->want, ds);
        }
    }
}

void
route_exchange_format_plan(const struct route_exchange *re,
                           uint32_t table_id, struct ds *ds)
{
    size_t n;
    struct re_table *const *tables = re_tables_sorted(re, &n);

    for (size_t i = 0; i < n; i++) {
        const struct re_table *table = tables[i];
        const struct re_slot **slots;
        size_t n_slots;

        if (!table->wanted || (table_id && table_id != table->table_id)) {
            continue;
        }
        ds_put_format(ds, "table %"PRIu32, table->table_id);
        if (table->vrf_name[0]) {
            ds_put_format(ds, " vrf %s", table->vrf_name);
        }
        ds_put_char(ds, '\n');
        slots = sorted_slots(table, &n_slots);
        for (size_t j = 0; j < n_slots; j++) {
            format_wants(slots[j], ds);
        }
        free(slots);
    }
}

void
route_exchange_format_kernel(const struct route_exchange *re,
                             uint32_t table_id, struct ds *ds)
{
    size_t n;
    struct re_table *const *tables = re_tables_sorted(re, &n);

    for (size_t i = 0; i < n; i++) {
        const struct nl_link *link = NULL;
        const struct kernel_route **routes;
        size_t n_routes;
        uint32_t id = tables[i]->table_id;

        if (table_id && table_id != id) {
            continue;
        }
        ds_put_format(ds, "table %"PRIu32" (%s)\n", id,
                      kernel_mirror_state_name(
                          kernel_mirror_get_state(re->mirror, id)));
        while ((link = kernel_mirror_next_vrf(re->mirror, id, link)) != NULL) {
            ds_put_format(ds, "    vrf %s %s%s%s%s\n", link->name,
                          link->flags & IFF_UP ? "up" : "down",
                          link->alias[0] ? " alias \"" : "", link->alias,
                          link->alias[0] ? "\"" : "");
        }
        routes = kernel_mirror_get_routes(re->mirror, id, &n_routes);
        for (size_t j = 0; j < n_routes; j++) {
            ds_put_cstr(ds, "    ");
            nl_route_format(&routes[j]->route, ds);
            ds_put_char(ds, '\n');
        }
        free(routes);
    }
}

void
route_exchange_format_delta(const struct route_exchange *re, struct ds *ds)
{
    size_t n;
    struct re_table *const *tables = re_tables_sorted(re, &n);

    for (size_t i = 0; i < n; i++) {
        const struct re_table *table = tables[i];
        const struct re_slot **slots = NULL;
        size_t n_slots = 0;

        if (table->vrf_state != RE_VRF_NONE
            && table->vrf_state != RE_VRF_READY) {
            ds_put_format(ds, "table %"PRIu32" vrf %s %s\n", table->table_id,
                          table->vrf_name, vrf_state_name(table->vrf_state));
        }
        if (table->counts[RE_COUNT_WANTED][RE_SLOT_PENDING]
            || table->counts[RE_COUNT_WANTED][RE_SLOT_FAILED]
            || table->counts[RE_COUNT_GUARD][RE_SLOT_PENDING]
            || table->counts[RE_COUNT_GUARD][RE_SLOT_FAILED]
            || table->counts[RE_COUNT_UNWANTED][RE_SLOT_PENDING]
            || table->counts[RE_COUNT_UNWANTED][RE_SLOT_FAILED]) {
            slots = sorted_slots(table, &n_slots);
        }
        for (size_t j = 0; j < n_slots; j++) {
            const struct re_slot *slot = slots[j];
            char prefix[IP_PREFIX_STRLEN];

            if (slot->state == RE_SLOT_INSTALLED) {
                continue;
            }
            ds_put_format(ds, "table %"PRIu32" %s %s metric %"PRIu32" %s\n",
                          table->table_id,
                          slot->wanted ? "add" : "del",
                          ip_prefix_format(&slot->key.prefix, prefix),
                          slot->key.metric,
                          slot->state == RE_SLOT_FAILED ? "refused"
                          : "pending");
        }
        free(slots);
    }
}
