/* bench-world.c: what the benchmark puts into the databases.  Another kind of
 * object is one more struct kind. */
#include <config.h>
#include "tests/bench/bench-northd.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Objects in one Northbound transaction, at filling. */
#define BATCH 1000

/* Topology. */

/* Southbound ports "PREFIXn".  No datapath of stock OVN can hold 100 000: each
 * call makes one, for up to BATCH of them. */
static void
add_bindings(struct ds *ops, const char *prefix, size_t first, size_t n)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
                  "\"uuid-name\":\"d\",\"row\":{\"tunnel_key\":%"PRIuSIZE"}}",
                  (prefix[0] == 'i' ? 1000000 : 1000) + first);
    for (size_t i = 0; i < n; i++) {
        ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Port_Binding\","
                      "\"row\":{\"logical_port\":\"%s%"PRIuSIZE"\","
                      "\"tunnel_key\":%"PRIuSIZE","
                      "\"datapath\":[\"named-uuid\",\"d\"]}}",
                      prefix, first + i, 1 + i);
    }
}

/* A switch that the port of router 'lr' leads to. */
static void
add_switch(struct bench *b, size_t lr)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Logical_Switch_Port\","
        "\"uuid-name\":\"p\",\"row\":{\"name\":\"ls%"PRIuSIZE"-lr\","
        "\"type\":\"router\",\"addresses\":\"router\",\"options\":[\"map\","
        "[[\"router-port\",\"lr%"PRIuSIZE"-up\"]]]}}"
        ",{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":{"
        "\"name\":\"ls%"PRIuSIZE"\",\"ports\":[\"named-uuid\",\"p\"]}}",
        lr, lr, lr);
    server_run(b, &b->nb, &ops);
}

/* What depends on router 'lr' alone: a gateway router with one port. */
static void
add_router(struct bench *b, size_t lr)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Logical_Router_Port\","
        "\"uuid-name\":\"p\",\"row\":{\"name\":\"lr%"PRIuSIZE"-up\","
        "\"mac\":\"02:00:00:00:%02"PRIxSIZE":%02"PRIxSIZE"\","
        "\"networks\":\"10.%"PRIuSIZE".%"PRIuSIZE".1/24\"}}"
        ",{\"op\":\"insert\",\"table\":\"Logical_Router\",\"row\":{"
        "\"name\":\"lr%"PRIuSIZE"\",\"ports\":[\"named-uuid\",\"p\"],"
        "\"options\":[\"map\",[[\"chassis\",\"hv1\"],"
        "[\"dynamic-routing\",\"true\"],"
        "[\"dynamic-routing-redistribute\",\"%s\"]]]}}",
        lr, lr / 256, lr % 256, lr / 256, lr % 256, lr, b->kind->source);
    server_run(b, &b->nb, &ops);
    if (b->stock) {
        return;
    }

    /* What stock ovn-northd would make of it. */
    ds_init(&ops);
    ds_put_format(
        &ops,
        ",{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
        "\"uuid-name\":\"d\",\"row\":{\"tunnel_key\":%"PRIuSIZE"}}"
        ",{\"op\":\"insert\",\"table\":\"Port_Binding\",\"row\":{"
        "\"logical_port\":\"lr%"PRIuSIZE"-up\",\"type\":\"l3gateway\","
        "\"tunnel_key\":1,\"datapath\":[\"named-uuid\",\"d\"]}}",
        lr + 1, lr);
    server_run(b, &b->sb, &ops);
}

/* Objects are dealt out to routers in blocks. */
static size_t
object_router(const struct bench *b, size_t i)
{
    size_t lr = i / (b->n / b->n_routers);

    return MIN(lr, b->n_routers - 1);
}

void
world_add_sb(struct bench *b, size_t first, size_t n)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    if (!b->stock && b->kind->add_sb) {
        b->kind->add_sb(&ops, first, n);
        server_run(b, &b->sb, &ops);
    }
}

/* 'n' machines on a switch of their own that no router leads to. */
static void
add_idle(struct bench *b, size_t first, size_t n)
{
    struct ds ops = DS_EMPTY_INITIALIZER;
    struct ds set = DS_EMPTY_INITIALIZER;

    for (size_t i = first; i < first + n; i++) {
        ds_put_format(&ops, ",{\"op\":\"insert\",\"table\":"
                      "\"Logical_Switch_Port\",\"uuid-name\":\"p%"PRIuSIZE"\","
                      "\"row\":{\"name\":\"idle%"PRIuSIZE"\",\"addresses\":"
                      "\"02:00:00:00:00:02 192.168.%"PRIuSIZE".%"PRIuSIZE"\"}}",
                      i, i, i / 256 % 256, i % 256);
        ds_put_format(&set, "%s[\"named-uuid\",\"p%"PRIuSIZE"\"]",
                      i > first ? "," : "", i);
    }
    ds_put_format(&ops, ",{\"op\":\"insert\",\"table\":\"Logical_Switch\","
                  "\"row\":{\"name\":\"idle%"PRIuSIZE"\",\"ports\":"
                  "[\"set\",[%s]]}}", first, ds_cstr(&set));
    ds_destroy(&set);
    server_run(b, &b->nb, &ops);
    if (!b->stock) {
        ds_init(&ops);
        add_bindings(&ops, "idle", first, n);
        server_run(b, &b->sb, &ops);
    }
}

void
world_fill(struct bench *b)
{
    for (size_t lr = 0; lr < b->n_routers; lr++) {
        add_router(b, lr);
        if (b->kind->on_switch) {
            add_switch(b, lr);
        }
    }
    for (size_t first = 0; first < b->n_idle; first += BATCH) {
        add_idle(b, first, MIN(BATCH, b->n_idle - first));
    }
    for (size_t first = 0; first < b->n; ) {
        size_t lr = object_router(b, first), i;
        struct ds ops = DS_EMPTY_INITIALIZER;

        for (i = first; i < b->n && i < first + BATCH
             && object_router(b, i) == lr; i++) {
            b->kind->add(b, &ops, i);
        }
        b->kind->attach(b, &ops, lr, first, i - first);
        server_run(b, &b->nb, &ops);
        world_add_sb(b, first, i - first);
        first = i;
    }
}

/* Kinds. */

static void
prefix_of_index(struct ds *s, size_t i)
{
    ds_put_format(s, "%"PRIuSIZE".%"PRIuSIZE".%"PRIuSIZE".%"PRIuSIZE,
                  100 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255);
}

static void
nat_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"NAT\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"type\":"
                  "\"dnat_and_snat\",\"logical_ip\":\"192.168.0.1\","
                  "\"external_ip\":\"", i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, "\"}}");
}

/* Appends a mutation of 'column' of the row of 'table' called "PREFIXlr". */
static void
mutate(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, const char *mutation)
{
    ds_put_format(ops, ",{\"op\":\"mutate\",\"table\":\"%s\","
                  "\"where\":[[\"name\",\"==\",\"%s%"PRIuSIZE"\"]],"
                  "\"mutations\":[[\"%s\",%s]]}",
                  table, prefix, lr, column, mutation);
}

static void
attach(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, size_t first, size_t n)
{
    struct ds set = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&set, "\"insert\",[\"set\",[");
    for (size_t i = first; i < first + n; i++) {
        ds_put_format(&set, "%s[\"named-uuid\",\"o%"PRIuSIZE"\"]",
                      i > first ? "," : "", i);
    }
    ds_put_cstr(&set, "]]");
    mutate(ops, table, prefix, lr, column, ds_cstr(&set));
    ds_destroy(&set);
}

static void
detach(struct ds *ops, const char *table, const char *prefix, size_t lr,
       const char *column, const char *uuid)
{
    char *set = xasprintf("\"delete\",[\"set\",[[\"uuid\",\"%s\"]]]", uuid);

    mutate(ops, table, prefix, lr, column, set);
    free(set);
}

static void
attach_to_router(struct ds *ops, size_t lr, const char *column, size_t first,
                 size_t n)
{
    attach(ops, "Logical_Router", "lr", lr, column, first, n);
}

static void
nat_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
           size_t first, size_t n)
{
    attach_to_router(ops, lr, "nat", first, n);
}

static void
nat_remove(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
           const char *uuid)
{
    detach(ops, "Logical_Router", "lr", lr, "nat", uuid);
}

static void
lb_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Load_Balancer\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"name\":"
                  "\"lb%"PRIuSIZE"\",\"protocol\":\"tcp\",\"vips\":[\"map\","
                  "[[\"", i, i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, ":80\",\"192.168.0.1:80\"]]]}}");
}

static void
lb_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
          size_t first, size_t n)
{
    attach_to_router(ops, lr, "load_balancer", first, n);
}

static void
lb_remove(const struct bench *b OVS_UNUSED, struct ds *ops,
          size_t lr OVS_UNUSED, const char *uuid)
{
    ds_put_format(ops, ",{\"op\":\"delete\",\"table\":\"Load_Balancer\","
                  "\"where\":[[\"_uuid\",\"==\",[\"uuid\",\"%s\"]]]}", uuid);
}

static void
host_add(const struct bench *b OVS_UNUSED, struct ds *ops, size_t i)
{
    ds_put_format(ops, ",{\"op\":\"insert\",\"table\":\"Logical_Switch_Port\","
                  "\"uuid-name\":\"o%"PRIuSIZE"\",\"row\":{\"name\":"
                  "\"vm%"PRIuSIZE"\",\"addresses\":\"02:00:00:00:00:01 ", i, i);
    prefix_of_index(ops, i);
    ds_put_cstr(ops, "\"}}");
}

static void
host_add_sb(struct ds *ops, size_t first, size_t n)
{
    add_bindings(ops, "vm", first, n);
}

static void
host_attach(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
            size_t first, size_t n)
{
    attach(ops, "Logical_Switch", "ls", lr, "ports", first, n);
}

static void
host_remove(const struct bench *b OVS_UNUSED, struct ds *ops, size_t lr,
            const char *uuid)
{
    detach(ops, "Logical_Switch", "ls", lr, "ports", uuid);
}

static const struct kind kinds[] = {
    { "nat", "nat", nat_add, nat_attach, nat_remove, prefix_of_index,
      false, NULL },
    { "lb", "lb", lb_add, lb_attach, lb_remove, prefix_of_index,
      false, NULL },
    { "host", "connected-as-host", host_add, host_attach, host_remove,
      prefix_of_index, true, host_add_sb },
};

const struct kind *
kind_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i].name, name)) {
            return &kinds[i];
        }
    }
    return NULL;
}
