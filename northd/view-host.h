/* view-host -- the part of the view that is about the addresses of switch ports.
 *
 * See view.h for all that holds for the view as a whole.  What the texts mean is
 * for host-routes.c to say.  The parents of virtual ports come from the
 * Southbound database (sb-source-view.c); view_clear() leaves them alone. */
#ifndef NORTHD_VIEW_HOST_H
#define NORTHD_VIEW_HOST_H 1

#include "northd/view.h"

/* A port may be bound at another one. */
struct view_virtual {
    struct hmap_node node;      /* In struct view's 'virtuals', by name. */
    char *name;                 /* Of the virtual port. */
    char *parent;               /* Of the port where it is now. */
};

/* Says where the addresses of the switch port 'uuid' come from, if that is
 * there.  Until this is called it has none. */
struct view_host_config {
    const char *const *addresses; /* The column of that name. */
    size_t n_addresses;
    const char *dynamic_addresses; /* The column of that name, or NULL. */
    bool is_virtual;            /* Type "virtual". */
    bool advertise;             /* DR_ADVERTISE. */
};
void view_switch_port_set_host(struct view *, const struct uuid *,
                               const struct view_host_config *);

/* Sets the parent of the virtual port 'name', or takes it away if 'parent' is
 * NULL.  There need be no switch port of that name. */
void view_virtual_parent_set(struct view *, const char *name,
                             const char *parent);
void view_virtual_parent_clear_all(struct view *);

/* The name of the parent of the virtual port 'name', or NULL. */
const char *view_virtual_parent(const struct view *, const char *name);

#endif /* northd/view-host.h */
