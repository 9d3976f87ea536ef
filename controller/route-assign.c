/* route-assign.c: gives routers tables and VRFs.  See the header. */
#include <config.h>
#include "controller/route-assign.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dynamic-routing.h"
#include "lib/ip-prefix.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

/* Sources of our problem reports: one for each option, because one router may
 * have several wrong. */
#define SOURCE_TABLE "route-table"
#define SOURCE_VRF "route-vrf"
#define SOURCE_V4_NEXTHOP "route-v4-nexthop"
#define SOURCE_V6_NEXTHOP "route-v6-nexthop"

#define VRF_ID_REMEDY \
    "set it to a number from 1 to 4294967294 other than 252 and 255"

/* A table during assignment. */
struct table {
    struct hmap_node node;      /* In struct assignment's 'tables'. */
    struct route_table result;
    const char *vrf_owner;      /* The router that gave the VRF its name. */
};

struct assignment {
    struct hmap tables;         /* Of struct table, by table id. */
    struct shash vrfs;          /* VRF name to struct table. */
    struct problem_set *problems;
};

static void OVS_PRINTF_FORMAT(4, 5)
report(struct assignment *a, const char *source,
       const struct route_request *request, const char *format, ...)
{
    char *object = xasprintf("router \"%s\"", request->name);
    va_list args;

    va_start(args, format);
    char *text = xvasprintf(format, args);
    va_end(args);
    problem_report(a->problems, source, object, "%s", text);
    free(text);
    free(object);
}

static int
compare_requests(const void *a_, const void *b_)
{
    const struct route_request *a = a_, *b = b_;
    int cmp = strcmp(a->name, b->name);

    return cmp ? cmp : uuid_compare_3way(&a->uuid, &b->uuid);
}

/* The table id that 'request' gets, or 0 if none. */
static uint32_t
choose_table_id(struct assignment *a, const struct route_request *request)
{
    if (request->vrf_id) {
        uint32_t id;
        int error = dynamic_routing_parse_vrf_id(request->vrf_id, &id);

        if (!error) {
            return id;
        } else if (error == EPERM) {
            report(a, SOURCE_TABLE, request,
                   DR_VRF_ID"=%s names a table that the kernel keeps for "
                   "itself; the router is skipped; "VRF_ID_REMEDY,
                   request->vrf_id);
            return 0;
        }
        if (!request->tunnel_key) {
            return 0;           /* It comes in a moment; then it is named. */
        }
        report(a, SOURCE_TABLE, request,
               DR_VRF_ID"=%s is no table id; the datapath's tunnel key "
               "%"PRId64" is used instead; "VRF_ID_REMEDY, request->vrf_id,
               request->tunnel_key);
    }
    if (!request->tunnel_key) {
        return 0;
    }
    if (!dynamic_routing_tunnel_key_is_table(request->tunnel_key)) {
        report(a, SOURCE_TABLE, request,
               "the datapath's tunnel key %"PRId64" is a table that the host "
               "uses; the router is skipped; set "DR_VRF_ID" to another table",
               request->tunnel_key);
        return 0;
    }
    return request->tunnel_key;
}

/* Stores the name of the VRF that 'request' asks for with table 'id'.  Returns
 * false if there is none: "ovnvrf" leaves room for nine digits. */
static bool
choose_vrf_name(struct assignment *a, const struct route_request *request,
                uint32_t id, char name[static IFNAMSIZ])
{
    if (request->vrf_name) {
        const char *wrong = dynamic_routing_check_vrf_name(request->vrf_name);

        if (!wrong) {
            ovs_strlcpy(name, request->vrf_name, IFNAMSIZ);
            return true;
        }
        report(a, SOURCE_VRF, request,
               DR_VRF_NAME"=\"%s\" %s; ovnvrf%"PRIu32" is used instead; "
               "set it to an interface name of 1 to 15 characters",
               request->vrf_name, wrong, id);
    }
    if (id > 999999999) {
        if (request->maintain_vrf) {
            report(a, SOURCE_VRF, request,
                   "ovnvrf%"PRIu32" is too long for an interface name; the "
                   "router is skipped; set "DR_VRF_NAME" to a name of 1 to 15 "
                   "characters", id);
        }
        return false;
    }

    char *generated = xasprintf("ovnvrf%"PRIu32, id);
    ovs_strlcpy(name, generated, IFNAMSIZ);
    free(generated);
    return true;
}

static struct table *
find_table(const struct assignment *a, uint32_t id)
{
    struct table *table;

    HMAP_FOR_EACH_WITH_HASH (table, node, hash_int(id, 0), &a->tables) {
        if (table->result.id == id) {
            return table;
        }
    }
    return NULL;
}

static struct table *
add_table(struct assignment *a, uint32_t id)
{
    struct table *table = xzalloc(sizeof *table);

    table->result.id = id;
    hmap_insert(&a->tables, &table->node, hash_int(id, 0));
    return table;
}

/* Gives 'request' table 'id'.  Returns false if its VRF cannot be. */
static bool
take_table(struct assignment *a, const struct route_request *request,
           uint32_t id)
{
    struct table *table = find_table(a, id);
    char name[IFNAMSIZ];

    if (!choose_vrf_name(a, request, id, name) && request->maintain_vrf) {
        return false;
    }
    if (request->maintain_vrf && !(table && table->vrf_owner)) {
        const struct table *other = shash_find_data(&a->vrfs, name);

        if (other) {
            report(a, SOURCE_VRF, request,
                   "asks for VRF \"%s\" with table %"PRIu32", but router "
                   "\"%s\" has a VRF of that name with table %"PRIu32"; the "
                   "router is skipped; give the two routers different values "
                   "of "DR_VRF_NAME" or the same "DR_VRF_ID, name, id,
                   other->vrf_owner, other->result.id);
            return false;
        }
    }
    if (!table) {
        table = add_table(a, id);
    }
    if (request->maintain_vrf) {
        if (!table->vrf_owner) {
            table->vrf_owner = request->name;
            ovs_strlcpy(table->result.vrf_name, name, IFNAMSIZ);
            shash_add_assert(&a->vrfs, name, table);
        } else if (strcmp(name, table->result.vrf_name)) {
            report(a, SOURCE_VRF, request,
                   "asks for VRF \"%s\" with table %"PRIu32", which router "
                   "\"%s\" has with VRF \"%s\"; that name is used; give the "
                   "two routers the same "DR_VRF_NAME" or different values "
                   "of "DR_VRF_ID, name, id, table->vrf_owner,
                   table->result.vrf_name);
        }
    }
    return true;
}

/* Parses 'text', an IPv6 address or, if 'v4_too', an IPv4 address, into
 * '*nexthop'.  Returns 0, or EINVAL if it is no address that can be a next
 * hop. */
static int
parse_nexthop(const char *text, bool v4_too, struct route_nexthop *nexthop)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t zeros[16];
    struct ip_prefix prefix;

    if (strchr(text, '/') || ip_prefix_parse(text, &prefix, NULL)
        || (prefix.family == AF_INET && !v4_too)
        || !memcmp(prefix.addr, zeros, sizeof prefix.addr)
        /* The kernel takes no IPv4-mapped gateway. */
        || (prefix.family == AF_INET6
            && !memcmp(prefix.addr, mapped, sizeof mapped))) {
        return EINVAL;
    }
    nexthop->family = prefix.family;
    memcpy(nexthop->addr, prefix.addr, sizeof nexthop->addr);
    return 0;
}

static void
choose_nexthops(struct assignment *a, struct route_request *request)
{
    if (request->v4_nexthop
        && parse_nexthop(request->v4_nexthop, true, &request->v4)) {
        report(a, SOURCE_V4_NEXTHOP, request,
               DR_V4_NEXTHOP"=\"%s\" is no address of a next hop; IPv4 "
               "prefixes are installed as blackhole; set it to an IPv4 or "
               "IPv6 address", request->v4_nexthop);
    }
    if (request->v6_nexthop
        && parse_nexthop(request->v6_nexthop, false, &request->v6)) {
        report(a, SOURCE_V6_NEXTHOP, request,
               DR_V6_NEXTHOP"=\"%s\" is no IPv6 address of a next hop; IPv6 "
               "prefixes are installed as blackhole; set it to an IPv6 "
               "address", request->v6_nexthop);
    }
}

static void
assign_one(struct assignment *a, struct route_request *request)
{
    request->served = false;
    request->table_id = 0;
    memset(&request->v4, 0, sizeof request->v4);
    memset(&request->v6, 0, sizeof request->v6);

    uint32_t id = choose_table_id(a, request);
    if (id && take_table(a, request, id)) {
        request->served = true;
        request->table_id = id;
        choose_nexthops(a, request);
    }
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct route_table *a = a_, *b = b_;

    return a->id < b->id ? -1 : a->id > b->id;
}

/* Destroys 'a' and returns its tables. */
static struct route_table *
finish(struct assignment *a, size_t *n_tables)
{
    struct route_table *tables = NULL;
    struct table *table;
    size_t n = 0;

    if (!hmap_is_empty(&a->tables)) {
        tables = xmalloc(hmap_count(&a->tables) * sizeof *tables);
    }
    HMAP_FOR_EACH_SAFE (table, node, &a->tables) {
        tables[n++] = table->result;
        hmap_remove(&a->tables, &table->node);
        free(table);
    }
    hmap_destroy(&a->tables);
    shash_destroy(&a->vrfs);
    if (n) {
        qsort(tables, n, sizeof *tables, compare_tables);
    }
    *n_tables = n;
    return tables;
}

struct route_table *
route_assign(struct route_request *requests, size_t n, size_t *n_tables,
             struct problem_set *problems)
{
    struct assignment a = {
        .tables = HMAP_INITIALIZER(&a.tables),
        .vrfs = SHASH_INITIALIZER(&a.vrfs),
        .problems = problems,
    };

    problem_set_begin(problems);
    if (n) {
        qsort(requests, n, sizeof *requests, compare_requests);
    }
    for (size_t i = 0; i < n; i++) {
        assign_one(&a, &requests[i]);
    }
    problem_set_end(problems, SOURCE_TABLE);
    problem_set_end(problems, SOURCE_VRF);
    problem_set_end(problems, SOURCE_V4_NEXTHOP);
    problem_set_end(problems, SOURCE_V6_NEXTHOP);
    return finish(&a, n_tables);
}
