/* route-exchange-vrf.c: what is to be done about one table's VRF device.
 *
 * Every look starts from what the mirror shows and does one step towards what
 * is wanted; the step's event brings the next look.
 *
 *     no such device           create it (down, with a birthmark), then mark
 *                              it and set it up in one step
 *     it is there              use it if it is a VRF with this table; set it
 *                              up if it is down; mark it only if it has the
 *                              birthmark, so that what others made is never
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
 * Why a birthmark: the mark is the device's alias, which people can read, but
 * the kernel takes no alias with a new device (Linux 6.18: it ignores
 * IFLA_IFALIAS there).  A group it takes.  So a new device is put into a group
 * whose number is ours alone, and is ours by that until it has its alias; then
 * it leaves the group.  A program that dies between the two messages has a
 * successor that knows the device.
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
    return (!strcmp(link->kind, "vrf")
            && (!strcmp(link->alias, re->mark)
                || (!link->alias[0] && link->group == re->birthmark)));
}

/* True if 'link' is ours, but not marked yet. */
static bool
is_newborn(const struct route_exchange *re, const struct nl_link *link)
{
    return re_vrf_is_ours(re, link) && !link->alias[0];
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
        } else if (re_vrf_is_ours(re, link)) {
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
re_vrf_has_ours(const struct route_exchange *re, const struct re_table *table)
{
    const struct nl_link *link = NULL;

    while ((link = kernel_mirror_next_vrf(re->mirror, table->table_id, link))
           != NULL) {
        if (re_vrf_is_ours(re, link)) {
            return true;
        }
    }
    return false;
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
        .newborn = link && is_newborn(re, link),
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
        table->n_repaired++;
        retry_gate_disturbed(&table->vrf_hold.gate, BACKOFF_MIN_MS, re->now,
                             re_random(re));
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

    if (!(link->flags & IFF_UP) || is_newborn(re, link)) {
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

/* The number of ports of 'ifindex'. */
static int
count_ports(const struct route_exchange *re, uint32_t ifindex)
{
    const struct nl_link *port = NULL;
    int n = 0;

    while ((port = kernel_mirror_next_port(re->mirror, ifindex, port))
           != NULL) {
        n++;
    }
    return n;
}

/* Device 'link' is ours, and 'table' does not want one.  It is not worth a
 * fight to free it of its ports: each one that it has when its time comes is
 * taken out once, and what is still there, because the kernel refused or
 * someone put it back, goes with it. */
static void
run_unwanted(struct route_exchange *re, struct re_table *table,
             const struct nl_link *link)
{
    if (!re->complete) {
        return;
    }
    if (table->rescan
        || (kernel_mirror_get_state(re->mirror, table->table_id)
            != KM_SYNCED)) {
        return;
    }
    if (table->wanted) {
        if (!re_guard_lingers(table)) {
            emit_if_due(re, table, RE_VRF_RELEASE, link, NULL);
        }
    } else if (hmap_is_empty(&table->slots)) {
        const struct nl_link *port
            = kernel_mirror_next_port(re->mirror, link->ifindex, NULL);

        if (table->vrf_detaches < 0) {
            table->vrf_detaches = count_ports(re, link->ifindex);
        }
        if (port && table->vrf_detaches) {
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
    look = look_at(re, table);
    note_device(table, &look);

    if (!table->vrf_name[0]) {
        set_state(re, table, RE_VRF_NONE);
        if (look.ours) {
            run_unwanted(re, table, look.ours);
        } else {
            re_hold_clear(re, &table->vrf_hold);
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
    if (op->type == RE_VRF_DETACH) {
        table->vrf_detaches = MAX(table->vrf_detaches - 1, 0);
        table->vrf_grace = re->now + RE_VRF_GRACE_MS;
    }
}

static void
vrf_refused(struct route_exchange *re, const struct re_op *op, int error,
            const char *reason)
{
    struct re_table *table = op->table;

    if (op->type == RE_VRF_DETACH
        && re_judge(op->type, error) == RE_REFUSED) {
        table->vrf_detaches = 0;
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
        re_suspect(re, KM_SCOPE_LINKS,
                   error == NL_UNKNOWN ? "the answer to a change was lost"
                   : "the kernel's answer to a change was unexpected");
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
