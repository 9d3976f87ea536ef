/* view-needs -- which parts of the databases a view makes necessary.
 *
 * Always needed are routers, their ports and static routes (those that we make
 * of learned routes must be found again, whatever the options say).  The rest
 * may be very large and matter to nobody, for example the ports of a hundred
 * thousand virtual machines where only subnets are advertised:
 *
 *      sources of any router port     need
 *      nat, lb, connected-as-host     VIEW_NEED_SWITCHES: switches, and those of
 *                                     their ports that lead to routers
 *      connected-as-host, and nat     VIEW_NEED_HOSTS: all ports of switches,
 *      with a distributed NAT         and their Southbound bindings
 *      nat                            VIEW_NEED_NATS
 *      lb                             VIEW_NEED_LBS, and their groups
 *      lb with a health-checked one   VIEW_NEED_LB_HEALTH
 *      lb with a template             VIEW_NEED_TEMPLATES
 *
 * demand-view.c asks the servers for them. */
#ifndef NORTHD_VIEW_NEEDS_H
#define NORTHD_VIEW_NEEDS_H 1

struct view;

enum {
    VIEW_NEED_SWITCHES  = 1 << 0,
    VIEW_NEED_HOSTS     = 1 << 1,
    VIEW_NEED_NATS      = 1 << 2,
    VIEW_NEED_LBS       = 1 << 3,
    VIEW_NEED_LB_HEALTH = 1 << 4,
    VIEW_NEED_TEMPLATES = 1 << 5,
};

/* Returns what the part of 'view' that changed since view_changes_clear() makes
 * necessary, in VIEW_NEED_* bits.  All that was necessary before has to be
 * remembered by the caller.  Cost: O(changes). */
unsigned int view_get_needs(const struct view *);

#endif /* northd/view-needs.h */
