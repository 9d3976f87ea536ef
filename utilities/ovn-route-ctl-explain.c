/* ovn-route-ctl-explain.c: "explain": why is this prefix (not) advertised? */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "northd/nb-view.h"
#include "northd/sb-source-view.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "utilities/explain-chassis.h"
#include "utilities/explain-learned.h"
#include "utilities/explain-source.h"
#include "utilities/explain.h"
#include "utilities/sb-facts-view.h"
#include "utilities/sb-facts.h"
#include "util.h"

/* All that the explanation is made of. */
struct explainer {
    struct ctl *ctl;
    struct view view, lifted;
    struct explain_nb nb;
    struct sb_facts facts;
    struct explain_sight sight;
    struct explain_chain *chain; /* The one in the making. */
    bool has_cover;             /* The prefix that was asked for lies in... */
    struct ip_prefix cover;     /* ...this one. */
};

static void
want_sb(struct ovsdb_idl *idl)
{
    sb_source_view_register(idl);
    sb_facts_view_register(idl);
}

/* Fills in 'view' as ovn-route-northd does. */
static void
read_view(struct ctl *ctl, struct view *view)
{
    struct sb_source_view *sbv = sb_source_view_create();
    struct nb_view *nbv = nb_view_create();

    view_init(view);
    nb_view_run(nbv, ctl->nb, view);
    sb_source_view_run(sbv, ctl->sb, view);
    nb_view_destroy(nbv);
    sb_source_view_destroy(sbv);
}

/* Stores in '*prefixes', which the caller must free(), the prefixes that 'word'
 * stands for, and after a single one what it lies in.  Returns their number,
 * without that. */
static size_t
resolve(struct explainer *e, const char *word, struct ip_prefix **prefixes)
{
    struct ip_prefix prefix[2];

    if (!ip_prefix_parse(word, &prefix[0], NULL)) {
        e->has_cover = explain_find_cover(&e->nb, &prefix[0], &e->cover);
        prefix[1] = e->has_cover ? e->cover : prefix[0];
        *prefixes = xmemdup(prefix, sizeof prefix);
        return 1;
    }
    return explain_prefixes_of_name(&e->nb, word, prefixes);
}

/* True if the router of 'c' is on the chassis that was asked for. */
static bool
is_on_chassis(const struct explain_candidate *c, void *e_)
{
    const struct explainer *e = e_;
    const struct view_router_port *port;

    LIST_FOR_EACH (port, router_node, &c->port->router->ports) {
        const char *chassis = sb_facts_router_port_chassis(&e->facts,
                                                           port->name);

        if (chassis && !strcmp(chassis, e->ctl->chassis)) {
            return true;
        }
    }
    return false;
}

static void
explain_candidate(const struct explain_candidate *c, void *e_)
{
    struct explainer *e = e_;

    explain_chassis(e->chain, &e->sight, c);
}

/* Fills in the chain of what is advertised.  False if there is nothing that
 * could be. */
static bool
explain_advertised(struct explainer *e, struct explain_chain *chain)
{
    struct explain_candidates candidates;
    bool any;

    e->chain = chain;
    explain_candidates_find(&candidates, &e->nb, &chain->prefix,
                            e->ctl->router);
    if (e->ctl->chassis) {
        explain_candidates_filter(&candidates, is_on_chassis, e);
    }
    any = !ovs_list_is_empty(&candidates.list);
    if (!any) {
        explain_missing(chain, EXPLAIN_OBJECT, "Northbound",
                        xasprintf("no NAT, load balancer, static route, "
                                  "network or host %s%s has just this prefix",
                                  e->ctl->router ? "that a port can see of "
                                  "router " : "that a router can see",
                                  e->ctl->router ? e->ctl->router : ""),
                        NULL);
    }
    explain_sources(chain, &e->nb, &candidates, explain_candidate, e);
    explain_candidates_destroy(&candidates);
    return any;
}

/* Prints 'chain', or adds it to 'array', and destroys it.  Returns whether all
 * was well. */
static bool
put_chain(struct explainer *e, struct explain_chain *chain, struct json *array,
          struct ds *text)
{
    bool complete = chain->complete;

    if (e->ctl->json) {
        json_array_add(array, explain_to_json(chain));
    } else {
        ds_put_cstr(text, text->length ? "\n" : "");
        explain_format(chain, e->ctl->color, text);
    }
    explain_chain_destroy(chain);
    return complete;
}

/* One prefix: what is advertised, what is learned, or both. */
static bool
explain_prefix(struct explainer *e, const struct ip_prefix *prefix,
               struct json *array, struct ds *text)
{
    struct explain_chain advertised, learned;
    bool any, ok = true;
    char name[IP_PREFIX_STRLEN];

    explain_chain_init(&advertised, prefix);
    explain_chain_init(&learned, prefix);
    any = explain_advertised(e, &advertised);
    if (explain_learned(&learned, &e->sight, &e->view, e->ctl->router)) {
        ok = put_chain(e, &learned, array, text);
        if (!any) {
            explain_chain_destroy(&advertised);
            return ok;
        }
    } else {
        explain_chain_destroy(&learned);
        if (!any && e->has_cover) {
            explain_chain_destroy(&advertised);
            explain_chain_init(&advertised, &e->cover);
            explain_note(&advertised, EXPLAIN_OBJECT, "Northbound", "nothing "
                         "has %s itself; this is about what it lies in",
                         ip_prefix_format(prefix, name));
            explain_advertised(e, &advertised);
        }
    }
    return put_chain(e, &advertised, array, text) && ok;
}

/* Reads the databases and this host. */
static void
explainer_init(struct explainer *e, struct ctl *ctl)
{
    const struct sbrec_chassis *chassis;

    memset(e, 0, sizeof *e);
    e->ctl = ctl;
    ctl_find_host(ctl);
    ctl_connect(ctl, nb_view_register, want_sb);
    read_view(ctl, &e->view);
    read_view(ctl, &e->lifted);
    chassis = sbrec_chassis_first(ctl->sb);
    e->nb = (struct explain_nb) {
        &e->view, &e->lifted, chassis ? chassis->name : NULL
    };
    e->sight = (struct explain_sight) {
        .sb = &e->facts,
        .nb_cfg = nb_view_get_cfg(ctl->nb),
        .chassis = ctl->chassis,
        .probe = &ctl->probe,
        .systemd = ctl_has_systemd(),
    };
}

static void
explainer_destroy(struct explainer *e)
{
    sb_facts_destroy(&e->facts);
    view_destroy(&e->view);
    view_destroy(&e->lifted);
}

int
ctl_explain(struct ctl *ctl)
{
    struct json *array = json_array_create_empty();
    struct ds text = DS_EMPTY_INITIALIZER;
    struct ip_prefix *prefixes;
    struct explainer e;
    bool all = true;
    size_t n;

    explainer_init(&e, ctl);
    n = resolve(&e, ctl->argv[0], &prefixes);
    if (!n) {
        ctl_fail("\"%s\" is neither an IP prefix nor the name of a load "
                 "balancer, switch port or router port, nor the UUID of one "
                 "or of a NAT or static route", ctl->argv[0]);
    }
    sb_facts_init(&e.facts);
    sb_facts_view_read(ctl->sb, prefixes, n + e.has_cover, &e.facts);
    for (size_t i = 0; i < n; i++) {
        all = explain_prefix(&e, &prefixes[i], array, &text) && all;
    }
    if (ctl->json) {
        json_to_ds(array->array.n == 1 ? array->array.elems[0] : array,
                   JSSF_PRETTY | JSSF_SORT, &text);
        ds_put_char(&text, '\n');
    }
    fputs(ds_cstr(&text), stdout);
    ds_destroy(&text);
    json_destroy(array);
    free(prefixes);
    explainer_destroy(&e);
    return all ? CTL_YES : CTL_NO;
}
