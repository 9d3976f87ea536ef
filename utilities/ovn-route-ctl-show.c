/* ovn-route-ctl-show.c: "show" and "sync". */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "lib/ovn-nb-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "utilities/sb-facts-view.h"
#include "utilities/sb-facts.h"
#include "utilities/show.h"
#include "util.h"

/* The least time between two screens. */
#define WATCH_INTERVAL_MS 1000

#define CLEAR_SCREEN "\33[H\33[J"

static void
want_nb(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_column(idl, &nbrec_nb_global_col_nb_cfg);
}

static int64_t
nb_cfg(struct ctl *ctl)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(ctl->nb);

    return global ? global->nb_cfg : -1;
}

/* show */

static char *
screen(struct ctl *ctl)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct sb_facts facts;

    sb_facts_init(&facts);
    sb_facts_view_read(ctl->sb, NULL, 0, &facts);
    if (ctl->json) {
        struct json *json = show_to_json(&facts, nb_cfg(ctl));

        json_to_ds(json, ctl->watch ? JSSF_SORT : JSSF_SORT | JSSF_PRETTY,
                   &ds);
        ds_put_char(&ds, '\n');
        json_destroy(json);
    } else {
        show_format(&facts, nb_cfg(ctl), ctl->color, &ds);
    }
    sb_facts_destroy(&facts);
    return ds_steal_cstr(&ds);
}

/* Prints a screen whenever it changes, for ever. */
struct watcher {
    char *last;
    long long int next;         /* Not before. */
};

static bool
watch(struct ctl *ctl, void *watcher_)
{
    struct watcher *watcher = watcher_;
    char *now;

    if (time_msec() < watcher->next) {
        poll_timer_wait_until(watcher->next);
        return false;
    }
    watcher->next = time_msec() + WATCH_INTERVAL_MS;
    now = screen(ctl);
    if (!watcher->last || strcmp(now, watcher->last)) {
        printf("%s%s%s", ctl->color ? CLEAR_SCREEN : "", now,
               ctl->color || ctl->json ? "" : "\n");
        if (fflush(stdout)) {
            exit(CTL_ERROR);    /* Nobody reads any more. */
        }
        free(watcher->last);
        watcher->last = now;
    } else {
        free(now);
    }
    return false;
}

int
ctl_show(struct ctl *ctl)
{
    ctl_connect(ctl, want_nb, sb_facts_view_register);
    if (ctl->watch) {
        struct watcher watcher = { NULL, 0 };

        ctl->timeout = 0;
        ctl->quiet = true;
        ctl_wait_until(ctl, watch, &watcher, "changes");
    } else {
        char *text = screen(ctl);

        fputs(text, stdout);
        free(text);
    }
    return CTL_YES;
}

/* sync */

struct barrier {
    int64_t nb_cfg;             /* To be reached. */
    bool kernel;                /* By chassis, too. */
    struct ds laggards;         /* Who has not reached it. */
};

static bool
reached(struct ctl *ctl, void *barrier_)
{
    /* No prefix is wanted: rows of routes do not matter. */
    const struct ip_prefix nothing = { .family = 0 };
    struct barrier *barrier = barrier_;
    struct shash_node *node;
    struct sb_facts facts;

    sb_facts_init(&facts);
    sb_facts_view_read(ctl->sb, &nothing, 0, &facts);
    ds_clear(&barrier->laggards);
    if (facts.sb_cfg < barrier->nb_cfg) {
        ds_put_cstr(&barrier->laggards, " ovn-northd");
    }
    if (!facts.has_global || facts.nb_cfg < barrier->nb_cfg) {
        ds_put_cstr(&barrier->laggards, " ovn-route-northd");
    }
    SHASH_FOR_EACH (node, &facts.chassis) {
        const struct sb_chassis *chassis = node->data;

        /* The row of a chassis that is gone may stay, and follows nobody. */
        if (barrier->kernel && chassis->reports && chassis->hostname
            && (!ctl->chassis || !strcmp(ctl->chassis, chassis->name))
            && chassis->nb_cfg < barrier->nb_cfg) {
            ds_put_format(&barrier->laggards, " %s", chassis->name);
        }
    }
    sb_facts_destroy(&facts);
    return !barrier->laggards.length;
}

int64_t
ctl_bump(struct ctl *ctl)
{
    for (;;) {
        const struct nbrec_nb_global *global = nbrec_nb_global_first(ctl->nb);
        enum ovsdb_idl_txn_status status;
        struct ovsdb_idl_txn *txn;
        int64_t value;

        if (!global) {
            ctl_fail("the Northbound database is not initialised; run "
                     "'ovn-nbctl init'");
        }
        txn = ovsdb_idl_txn_create(ctl->nb);
        ovsdb_idl_txn_increment(txn, &global->header_,
                                &nbrec_nb_global_col_nb_cfg, true);
        status = ovsdb_idl_txn_commit_block(txn);
        if (status == TXN_SUCCESS) {
            value = ovsdb_idl_txn_get_increment_new_value(txn);
            ovsdb_idl_txn_destroy(txn);
            return value;
        } else if (status != TXN_TRY_AGAIN) {
            ctl_fail("cannot raise NB_Global's nb_cfg: %s",
                     ovsdb_idl_txn_get_error(txn));
        }
        ovsdb_idl_txn_destroy(txn);
    }
}

int
ctl_sync(struct ctl *ctl)
{
    const char *wait = ctl->wait ? ctl->wait : "kernel";
    struct barrier barrier = { .kernel = !strcmp(wait, "kernel") };

    if (!barrier.kernel && strcmp(wait, "sb")) {
        ctl_fail("--wait=%s is unknown; use sb or kernel", wait);
    }
    ds_init(&barrier.laggards);
    ctl_connect(ctl, want_nb, sb_facts_view_register);
    barrier.nb_cfg = ctl_bump(ctl);
    ctl->laggards = &barrier.laggards;
    ctl_wait_until(ctl, reached, &barrier, "the barrier");
    ctl->laggards = NULL;
    ds_destroy(&barrier.laggards);
    return CTL_YES;
}
