/* ovn-route-ctl-purge.c: "purge": removes what our programs have written. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "northd/learned-mark.h"
#include "northd/learned-nexthop.h"
#include "northd/view-route.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

/* Rows are removed in transactions of about so many, so that no server is kept
 * busy for long. */
#define BATCH 1000

static void
want_nb(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &nbrec_logical_router_col_static_routes,
        &nbrec_logical_router_static_route_col_external_ids,
        &nbrec_logical_router_static_route_col_ip_prefix,
        &nbrec_logical_router_static_route_col_nexthop,
        &nbrec_logical_router_static_route_col_output_port,
        &nbrec_logical_router_static_route_col_route_table,
        &nbrec_logical_router_static_route_col_policy,
        &nbrec_logical_router_static_route_col_bfd,
        &nbrec_bfd_col_logical_port,
        &nbrec_static_mac_binding_col_logical_port,
        &nbrec_static_mac_binding_col_ip,
        &nbrec_static_mac_binding_col_override_dynamic_mac,
        &nbrec_nb_global_col_external_ids,
        &nbrec_nb_global_col_nb_cfg,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

static void
want_sb(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &sbrec_chassis_col_name,
        &sbrec_sb_global_col_nb_cfg,
        &sbrec_advertised_route_col_ip_prefix,
        &sbrec_learned_route_col_ip_prefix,
        &sbrec_dynamic_routing_port_col_options,
        &sbrec_route_exchange_global_col_nb_cfg,
        &sbrec_route_exchange_chassis_col_name,
        &sbrec_mac_binding_col_logical_port,
        &sbrec_mac_binding_col_ip,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

/* Has up to 'max' rows of some kind removed by the open transaction.
 * Returns how many. */
typedef size_t purge_function(struct ctl *, size_t max);

/* True if 'route' has our marks, but somebody made it theirs. */
static bool
is_taken(const struct nbrec_logical_router_static_route *route)
{
    const struct view_route_config config = {
        .ip_prefix = route->ip_prefix,
        .nexthop = route->nexthop,
        .output_port = route->output_port,
        .route_table = route->route_table,
        .source_policy = route->policy && !strcmp(route->policy, "src-ip"),
        .has_bfd = route->bfd != NULL,
        .learned_via = CONST_CAST(char *, smap_get(&route->external_ids,
                                                   LEARNED_ID_VIA)),
    };

    return (smap_get(&route->external_ids, LEARNED_ID_ROW)
            && learned_mark_is_taken(&config, smap_get(&route->external_ids,
                                                       LEARNED_ID_WROTE)));
}

/* Our marks on static routes that are not ours any more. */
static size_t
purge_marks(struct ctl *ctl, size_t max)
{
    const struct nbrec_logical_router_static_route *route;
    size_t n = 0;

    NBREC_LOGICAL_ROUTER_STATIC_ROUTE_FOR_EACH (route, ctl->nb) {
        if (n < max && is_taken(route)) {
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_ROW);
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_VIA);
            nbrec_logical_router_static_route_update_external_ids_delkey(
                route, LEARNED_ID_WROTE);
            n++;
        }
    }
    return n;
}

/* Our static routes: out of their routers, after which they are no more. */
static size_t
purge_routes(struct ctl *ctl, size_t max)
{
    const struct nbrec_logical_router *lr;
    size_t n = 0;

    NBREC_LOGICAL_ROUTER_FOR_EACH (lr, ctl->nb) {
        for (size_t i = 0; i < lr->n_static_routes && n < max; i++) {
            const struct nbrec_logical_router_static_route *route
                = nbrec_logical_router_static_route_get_for_uuid(
                    ctl->nb, &lr->static_routes[i]);

            if (route && smap_get(&route->external_ids, LEARNED_ID_ROW)
                && !is_taken(route)) {
                nbrec_logical_router_update_static_routes_delvalue(
                    lr, route->header_.uuid);
                n++;
            }
        }
    }
    return n;
}

/* True if NB_Global reserves 'ip' on 'port' for a next hop. */
static bool
is_reserved(struct ctl *ctl, const char *port, const char *ip)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(ctl->nb);
    char *key = xasprintf(LEARNED_RESERVATION"%s:%s", port, ip);
    bool reserved = global && smap_get(&global->external_ids, key);

    free(key);
    return reserved;
}

/* True if stock ovn-northd has followed the Northbound database up to
 * '*nb_cfg'. */
static bool
stock_has_followed(struct ctl *ctl, void *nb_cfg_)
{
    const struct sbrec_sb_global *global = sbrec_sb_global_first(ctl->sb);
    const int64_t *nb_cfg = nb_cfg_;

    return global && global->nb_cfg >= *nb_cfg;
}

/* Waits until no packet is sent by a static route that was removed, if there is
 * a MAC_Binding that it would need. */
static void
await_stock(struct ctl *ctl)
{
    const struct sbrec_mac_binding *mb;

    SBREC_MAC_BINDING_FOR_EACH (mb, ctl->sb) {
        if (is_reserved(ctl, mb->logical_port, mb->ip)) {
            int64_t nb_cfg = ctl_bump(ctl);

            ctl_wait_until(ctl, stock_has_followed, &nb_cfg, "ovn-northd, "
                           "which is to remove the flows of learned routes "
                           "before the MAC_Binding rows that they need go; "
                           "check that it runs, or use --force");
            return;
        }
    }
}

/* What gives the reserved addresses their MAC addresses.  Before the
 * reservations, which tell that these rows are ours. */
static size_t
purge_bindings(struct ctl *ctl, size_t max)
{
    const struct sbrec_mac_binding *mb, *next;
    size_t n = 0;

    for (mb = sbrec_mac_binding_first(ctl->sb); mb && n < max; mb = next) {
        next = sbrec_mac_binding_next(mb);
        if (is_reserved(ctl, mb->logical_port, mb->ip)) {
            sbrec_mac_binding_delete(mb);
            n++;
        }
    }
    return n;
}

/* Likewise, as former versions did it. */
static size_t
purge_static_bindings(struct ctl *ctl, size_t max)
{
    const struct nbrec_static_mac_binding *smb, *next;
    size_t n = 0;

    for (smb = nbrec_static_mac_binding_first(ctl->nb); smb && n < max;
         smb = next) {
        next = nbrec_static_mac_binding_next(smb);
        if (smb->override_dynamic_mac
            && is_reserved(ctl, smb->logical_port, smb->ip)) {
            nbrec_static_mac_binding_delete(smb);
            n++;
        }
    }
    return n;
}

static size_t
purge_reservations(struct ctl *ctl, size_t max)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(ctl->nb);
    struct sset keys = SSET_INITIALIZER(&keys);
    const struct smap_node *node;
    const char *key;
    size_t n = 0;

    if (!global) {
        return 0;
    }
    SMAP_FOR_EACH (node, &global->external_ids) {
        if (!strncmp(node->key, LEARNED_RESERVATION,
                     strlen(LEARNED_RESERVATION))) {
            sset_add(&keys, node->key);
        }
    }
    SSET_FOR_EACH (key, &keys) {
        if (n++ >= max) {
            break;
        }
        nbrec_nb_global_update_external_ids_delkey(global, key);
    }
    sset_destroy(&keys);
    return MIN(n, max);
}

/* All rows of a table. */
#define DEFINE_PURGE(NAME)                                              \
    static size_t                                                       \
    purge_##NAME(struct ctl *ctl, size_t max)                           \
    {                                                                   \
        const struct sbrec_##NAME *row, *next;                          \
        size_t n = 0;                                                   \
                                                                        \
        for (row = sbrec_##NAME##_first(ctl->sb); row && n < max;       \
             row = next) {                                              \
            next = sbrec_##NAME##_next(row);                            \
            sbrec_##NAME##_delete(row);                                 \
            n++;                                                        \
        }                                                               \
        return n;                                                       \
    }
DEFINE_PURGE(advertised_route)
DEFINE_PURGE(learned_route)
DEFINE_PURGE(dynamic_routing_port)
DEFINE_PURGE(route_exchange_chassis)
DEFINE_PURGE(route_exchange_global)

/* Removes what 'purge' finds, 'title', in as many transactions as it takes. */
static size_t
purge_all(struct ctl *ctl, struct ovsdb_idl *idl, purge_function *purge,
          const char *title)
{
    size_t total = 0, n;

    do {
        struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(idl);
        enum ovsdb_idl_txn_status status;

        ovsdb_idl_txn_add_comment(txn, "ovn-route-ctl: purge");
        n = purge(ctl, ctl->dry_run ? SIZE_MAX : BATCH);
        total += n;
        if (n && !ctl->dry_run) {
            status = ovsdb_idl_txn_commit_block(txn);
            if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
                ctl_fail("%s: the server refused (%s); some may have been "
                         "removed, run this again", title,
                         (status == TXN_TRY_AGAIN
                          ? "somebody changed the same"
                          : ovsdb_idl_txn_get_error(txn)));
            }
        }
        ovsdb_idl_txn_destroy(txn);
    } while (n && !ctl->dry_run);
    if (total) {
        printf("%s: %"PRIuSIZE" %s\n", title, total,
               ctl->dry_run ? "would be removed" : "removed");
    }
    return total;
}

static size_t
purge_southbound(struct ctl *ctl)
{
    static const struct {
        purge_function *purge;
        const char *title;
    } tables[] = {
        { purge_advertised_route, "Advertised_Route" },
        { purge_learned_route, "Learned_Route" },
        { purge_dynamic_routing_port, "Dynamic_Routing_Port" },
        { purge_route_exchange_chassis, "Route_Exchange_Chassis" },
        { purge_route_exchange_global, "Route_Exchange_Global" },
    };
    size_t total = 0;

    if (ovsdb_idl_server_has_table(ctl->sb, &sbrec_table_advertised_route)) {
        for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
            total += purge_all(ctl, ctl->sb, tables[i].purge,
                               tables[i].title);
        }
    }
    return total;
}

/* Daemons that live would write all of it again. */
static void
refuse_if_alive(struct ctl *ctl)
{
    struct ds names = DS_EMPTY_INITIALIZER;

    if (ctl_northd_runs(ctl)) {
        ctl_fail("an ovn-route-northd runs; stop all of its instances first, "
                 "or use --force");
    }
    if (ovsdb_idl_server_has_table(ctl->sb,
                                   &sbrec_table_route_exchange_chassis)) {
        const struct sbrec_route_exchange_chassis *row;

        SBREC_ROUTE_EXCHANGE_CHASSIS_FOR_EACH (row, ctl->sb) {
            ds_put_format(&names, " %s", row->name);
        }
    }
    if (names.length) {
        ctl_fail("ovn-route-controller may run on%s: it has not taken its "
                 "row away; end it there with 'ovn-appctl -t "
                 "ovn-route-controller exit', which withdraws its routes, or "
                 "use --force", ds_cstr(&names));
    }
    ds_destroy(&names);
}

int
ctl_purge(struct ctl *ctl)
{
    bool native;
    size_t total;

    ctl_connect(ctl, want_nb, want_sb);
    native = ctl_schema_is_native(ctl);
    if (native && ctl->schema) {
        ctl_fail("this OVN does dynamic routing by itself: the tables and "
                 "their rows are its own");
    }
    if (!native && !ctl->force) {
        refuse_if_alive(ctl);
    }
    total = purge_all(ctl, ctl->nb, purge_marks,
                      "marks on Logical_Router_Static_Route of others");
    total += purge_all(ctl, ctl->nb, purge_routes,
                      "Logical_Router_Static_Route of learned routes");
    if (!ctl->dry_run && !ctl->force) {
        await_stock(ctl);
    }
    total += purge_all(ctl, ctl->sb, purge_bindings,
                       "MAC_Binding of next hops");
    total += purge_all(ctl, ctl->nb, purge_static_bindings,
                       "Static_MAC_Binding of next hops");
    total += purge_all(ctl, ctl->nb, purge_reservations,
                       "addresses of next hops in NB_Global");
    /* After a hand-over the Southbound tables of these names are OVN's own. */
    total += native ? 0 : purge_southbound(ctl);
    if (ctl->schema) {
        if (!ctl->dry_run) {
            ctl_schema_remove(ctl);
        }
        printf("tables of the Southbound schema: %s\n",
               ctl->dry_run ? "would be removed" : "removed");
    }
    if (!total && !ctl->schema) {
        puts("there is nothing of ours");
    }
    return CTL_YES;
}
