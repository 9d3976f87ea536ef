/* route-exchange-vrf.c: what is to be done about one table's VRF device.
 *
 * Every look starts from what the mirror shows and does one step towards what
 * is wanted; the step's event brings the next look.
 *
 *     no such device           create it (down, unmarked: the kernel takes no
 *                              alias with a new device), then mark it and set
 *                              it up in one step
 *     it is there              use it if it is a VRF with this table; set it
 *                              up if it is down; mark it only if this engine
 *                              made it, so that what others made is never
 *                              deleted
 *     another kind or table    refused
 *     the table has another    ours: rename it.  Not ours: refused
 *     table no longer wanted   once our routes are gone from it, take the
 *                              ports out of the device, and a moment later
 *                              delete it
 *     name no longer wanted    but the table is: take off the mark and leave
 *                              the device to whoever manages it now
 *
 * Why rename: two VRFs on one table at the same time make FRR's zebra exit, so
 * the new device cannot come before the old one goes; and a device that goes
 * takes its ports and, with FRR, the BGP instance with it.  Kernels before 6.2
 * rename only a device that is down, so it is set down for that moment if the
 * kernel says so.
 *
 * Why take the ports out, which the deletion would do as well: with a port in
 * the VRF that goes, and back in the one that comes, BGP over that port stays
 * away for 56 s; without, for 1 s (FRR 8.4.4).
 *
 * Between the creation of a device and its mark lie two messages.  A program
 * that dies right there leaves a device that nobody deletes; its successor
 * uses it as one that others made.
 *
 * Routes that stood in the table before its VRF came are announced again, by
 * taking them out and putting them back once: FRR never redistributes a route
 * that it saw before the VRF, and blackhole routes survive the deletion of
 * theirs.  Nothing is withdrawn by that. */
#include <config.h>
#include "controller/route-exchange-engine.h"

#include <errno.h>
#include <string.h>

#include "lib/nl-transport.h"
#include "util.h"

bool
re_vrf_is_ours(const struct route_exchange *re, const struct nl_link *link)
{
    return !strcmp(link->kind, "vrf") && !strcmp(link->alias, re->mark);
}

bool
re_vrf_allows_routes(const struct re_table *table)
{
    return (!table->wanted
            || table->vrf_state == RE_VRF_NONE
            || table->vrf_state == RE_VRF_READY);
}

static void
set_problem(struct route_exchange *re, struct re_table *table, char *text)
{
    if (nullable_string_is_equal(table->vrf_problem, text)) {
        free(text);
    } else {
        free(table->vrf_problem);
        table->vrf_problem = text;
        re->problems_changed = true;
    }
}

static void
set_state(struct route_exchange *re, struct re_table *table,
          enum re_vrf_state state)
{
    if (table->vrf_state != state) {
        table->vrf_state = state;
        re->problems_changed = true;
    }
    if (state != RE_VRF_REFUSED) {
        set_problem(re, table, NULL);
    }
}

/* Notes that the device cannot be had, for the reason 'text', which it
 * frees. */
static void
refuse(struct route_exchange *re, struct re_table *table, char *text)
{
    set_state(re, table, RE_VRF_REFUSED);
    set_problem(re, table, text);
}

/* The VRFs of a table. */
struct look {
    const struct nl_link *named;    /* Has the wanted name, whatever it is. */
    const struct nl_link *ours;     /* A VRF with the table, ours, under
                                     * another name. */
    const struct nl_link *foreign;  /* The same, but not ours. */
};

static struct look
look_at(const struct route_exchange *re, const struct re_table *table)
{
    struct look look = { NULL, NULL, NULL };
    const struct nl_link *link = NULL;

    if (table->vrf_name[0]) {
        look.named = kernel_mirror_link_by_name(re->mirror, table->vrf_name);
    }
    while ((link = kernel_mirror_next_vrf(re->mirror, table->table_id, link))
           != NULL) {
        if (link == look.named) {
            continue;
        } else if (re_vrf_is_ours(re, link)
                   || link->ifindex == table->vrf_created) {
            look.ours = link;
        } else {
            look.foreign = link;
        }
    }
    return look;
}

/* True if 'link' is a VRF with the table of 'table'. */
static bool
link_suits(const struct re_table *table, const struct nl_link *link)
{
    return (link && !strcmp(link->kind, "vrf")
            && link->vrf_table == table->table_id);
}

bool
re_vrf_lingers(const struct route_exchange *re, const struct re_table *table)
{
    return (kernel_mirror_get_state(re->mirror, KM_SCOPE_LINKS) != KM_SYNCED
            || look_at(re, table).ours != NULL);
}

/* Doing. */

/* Does 'type' to 'link', with the name 'name' where one is needed. */
static void
emit_vrf(struct route_exchange *re, struct re_table *table,
         enum re_op_type type, const struct nl_link *link, const char *name)
{
    struct re_op op = {
        .type = type,
        .table = table,
        .ifindex = link ? link->ifindex : 0,
        .mark = (type == RE_VRF_SETUP
                 && link->ifindex == table->vrf_created
                 && !re_vrf_is_ours(re, link)),
    };

    ovs_strlcpy(op.name, name ? name : link->name, sizeof op.name);
    table->vrf_in_flight = true;
    re_emit(re, &op);
}

/* The same, unless the gate is closed. */
static void
emit_if_due(struct route_exchange *re, struct re_table *table,
            enum re_op_type type, const struct nl_link *link,
            const char *name)
{
    if (retry_gate_is_open(&table->vrf_hold.gate, re->now)) {
        emit_vrf(re, table, type, link, name);
    } else {
        re_wake_at(re, table->vrf_hold.gate.due);
    }
}

/* The device that was ready is not any more, and not by our doing. */
static void
note_disturbance(struct route_exchange *re, struct re_table *table)
{
    if (table->vrf_was_ready) {
        table->vrf_was_ready = false;
        retry_gate_disturbed(&table->vrf_hold.gate, re->now, re_random(re));
    }
}

/* Keeps in mind which device the table's VRF is, and has its routes announced
 * again if that is another one than before. */
static void
note_device(struct re_table *table, const struct look *look)
{
    const struct nl_link *link = (link_suits(table, look->named) ? look->named
                                  : look->ours ? look->ours : look->foreign);
    uint32_t ifindex = link ? link->ifindex : 0;

    if (!table->vrf_known) {
        table->vrf_known = true;
        table->vrf_ifindex = ifindex;
    } else if (ifindex && ifindex != table->vrf_ifindex) {
        table->vrf_ifindex = ifindex;
        table->reannounce = true;
    }
}

/* Says that the table has a VRF of someone else's. */
static char *
table_used_text(const struct re_table *table, const struct look *look)
{
    return xasprintf("table %"PRIu32" is used by VRF \"%s\", and two VRFs on "
                     "one table make FRR exit; remove that VRF, or set "
                     "dynamic-routing-vrf-name to \"%s\"",
                     table->table_id, look->foreign->name,
                     look->foreign->name);
}

/* The wanted device is there.  Makes it ready. */
static void
run_present(struct route_exchange *re, struct re_table *table,
            const struct look *look)
{
    const struct nl_link *link = look->named;
    bool unmarked = (link->ifindex == table->vrf_created
                     && !re_vrf_is_ours(re, link));

    if (!(link->flags & IFF_UP) || unmarked) {
        note_disturbance(re, table);
        if (!table->vrf_hold.error) {
            set_state(re, table, RE_VRF_PENDING);
        }
        emit_if_due(re, table, RE_VRF_SETUP, link, NULL);
        return;
    }
    table->vrf_rename_down = false;
    table->vrf_was_ready = true;
    if (table->vrf_state != RE_VRF_READY) {
        set_state(re, table, RE_VRF_READY);
    }
    set_problem(re, table, look->foreign ? table_used_text(table, look)
                : NULL);
    if (!look->ours) {
        re_hold_clear(re, &table->vrf_hold);
    } else if (re->complete) {
        /* Someone made the device while we had it under another name. */
        emit_if_due(re, table, RE_VRF_DELETE, look->ours, NULL);
    }
}

/* Puts 'link', which is ours, under the wanted name, or under 'name'. */
static void
run_rename(struct route_exchange *re, struct re_table *table,
           const struct nl_link *link, const char *name)
{
    table->vrf_was_ready = false;
    if (table->vrf_rename_down && link->flags & IFF_UP) {
        emit_if_due(re, table, RE_VRF_DOWN, link, NULL);
    } else {
        emit_if_due(re, table, RE_VRF_RENAME, link, name);
    }
}

/* The name that 'table' wants belongs to a device that does not suit it. */
static void
run_wrong(struct route_exchange *re, struct re_table *table,
          const struct look *look)
{
    const struct nl_link *link = look->named;
    const struct re_table *other;

    if (strcmp(link->kind, "vrf")) {
        refuse(re, table, xasprintf(
                   "a device of this name exists and is no VRF but of kind "
                   "\"%s\"; remove or rename it, or set "
                   "dynamic-routing-vrf-name to another name",
                   link->kind[0] ? link->kind : "(none)"));
        return;
    }
    other = re_table_find(re, link->vrf_table);
    if (!re_vrf_is_ours(re, link)
        || !other || !strcmp(other->vrf_name, table->vrf_name)) {
        refuse(re, table, xasprintf(
                   "a VRF of this name exists, with table %"PRIu32" instead "
                   "of %"PRIu32"; remove it, or set dynamic-routing-vrf-id to "
                   "%"PRIu32" or dynamic-routing-vrf-name to another name",
                   link->vrf_table, table->table_id, link->vrf_table));
        return;
    }

    /* It is ours, and about to be renamed or removed. */
    set_state(re, table, RE_VRF_PENDING);
    if (look->ours && !strcmp(other->vrf_name, look->ours->name)
        && table->table_id < other->table_id) {
        /* The two swap their names: one has to step aside. */
        char aside[IFNAMSIZ];

        snprintf(aside, sizeof aside, "ovnmv%08"PRIx32, table->table_id);
        run_rename(re, table, look->ours, aside);
    }
}

/* There is no device of the wanted name. */
static void
run_absent(struct route_exchange *re, struct re_table *table,
           const struct look *look)
{
    if (look->foreign) {
        refuse(re, table, table_used_text(table, look));
        return;
    }
    set_problem(re, table, NULL);
    if (!table->vrf_hold.error) {
        set_state(re, table, RE_VRF_PENDING);
    }
    if (look->ours) {
        run_rename(re, table, look->ours, table->vrf_name);
    } else {
        note_disturbance(re, table);
        emit_if_due(re, table, RE_VRF_CREATE, NULL, table->vrf_name);
    }
}

/* Device 'link' is ours, and 'table' does not want one. */
static void
run_unwanted(struct route_exchange *re, struct re_table *table,
             const struct nl_link *link)
{
    if (!re->complete) {
        return;
    }
    if (table->wanted) {
        emit_if_due(re, table, RE_VRF_RELEASE, link, NULL);
    } else if (hmap_is_empty(&table->slots)
               && !table->rescan
               && kernel_mirror_get_state(re->mirror, table->table_id)
                  == KM_SYNCED) {
        const struct nl_link *port
            = kernel_mirror_link_by_master(re->mirror, link->ifindex);

        if (port && !table->vrf_keeps_ports) {
            emit_if_due(re, table, RE_VRF_DETACH, port, NULL);
        } else if (re->now < table->vrf_grace) {
            re_wake_at(re, table->vrf_grace);
        } else {
            emit_if_due(re, table, RE_VRF_DELETE, link, NULL);
        }
    }
}

void
re_vrf_run(struct route_exchange *re, struct re_table *table)
{
    struct look look;

    if (table->vrf_in_flight) {
        return;
    }
    if (table->vrf_created
        && !kernel_mirror_link_by_index(re->mirror, table->vrf_created)) {
        table->vrf_created = 0;
    }
    if (table->vrf_creating[0]) {
        /* What came of our own request, even if the name is not wanted any
         * more. */
        const struct nl_link *link
            = kernel_mirror_link_by_name(re->mirror, table->vrf_creating);

        if (link_suits(table, link)) {
            table->vrf_created = link->ifindex;
        }
        table->vrf_creating[0] = '\0';
    }
    look = look_at(re, table);
    note_device(table, &look);

    if (!table->vrf_name[0]) {
        set_state(re, table, RE_VRF_NONE);
        if (look.ours) {
            run_unwanted(re, table, look.ours);
        }
    } else if (!look.named) {
        run_absent(re, table, &look);
    } else if (!link_suits(table, look.named)) {
        run_wrong(re, table, &look);
    } else {
        run_present(re, table, &look);
    }
}

/* Outcomes. */

static void
vrf_done(struct route_exchange *re, const struct re_op *op)
{
    struct re_table *table = op->table;

    table->vrf_n_looks = 0;
    re_hold_clear(re, &table->vrf_hold);
    switch (op->type) {
    case RE_VRF_CREATE:
        ovs_strlcpy(table->vrf_creating, op->name,
                    sizeof table->vrf_creating);
        break;
    case RE_VRF_RELEASE:
    case RE_VRF_DELETE:
        table->vrf_created = 0;
        break;
    case RE_VRF_DETACH:
        table->vrf_grace = re->now + RE_VRF_GRACE_MS;
        break;
    case RE_VRF_SETUP:
    case RE_VRF_DOWN:
    case RE_VRF_RENAME:
    case RE_ROUTE_ADD:
    case RE_ROUTE_REPLACE:
    case RE_ROUTE_DELETE:
        break;
    }
}

static void
vrf_refused(struct route_exchange *re, const struct re_op *op, int error,
            const char *reason)
{
    struct re_table *table = op->table;

    if (op->type == RE_VRF_DETACH
        && re_judge(op->type, error) == RE_REFUSED) {
        table->vrf_keeps_ports = true;
        return;
    }
    re_hold(re, &table->vrf_hold, op->type, error, reason);
    if (table->wanted && table->vrf_state == RE_VRF_PENDING) {
        set_state(re, table, RE_VRF_REFUSED);
    }
}

void
re_vrf_outcome(struct route_exchange *re, const struct re_op *op, int error,
               const char *reason)
{
    enum re_verdict verdict = re_judge(op->type, error);
    struct re_table *table = op->table;

    table->vrf_in_flight = false;
    switch (verdict) {
    case RE_DONE:
    case RE_ALREADY:
        vrf_done(re, op);
        break;
    case RE_LOOK:
        if (op->type == RE_VRF_RENAME && error == EBUSY
            && !table->vrf_rename_down) {
            table->vrf_rename_down = true;
            break;
        }
        if (op->type == RE_VRF_CREATE && error == NL_UNKNOWN) {
            /* There was none; if there is one now, it is the one. */
            ovs_strlcpy(table->vrf_creating, op->name,
                        sizeof table->vrf_creating);
        }
        kernel_mirror_suspect(re->mirror, KM_SCOPE_LINKS);
        if (error != NL_UNKNOWN && ++table->vrf_n_looks >= RE_MAX_LOOKS) {
            vrf_refused(re, op, error, reason);
        } else {
            retry_gate_failed(&table->vrf_hold.gate, re->now, re_random(re));
        }
        break;
    case RE_RETRY:
        re_hold(re, &table->vrf_hold, op->type, error, reason);
        break;
    case RE_REFUSED:
    case RE_FORBIDDEN:
        vrf_refused(re, op, error, reason);
        break;
    }
}
