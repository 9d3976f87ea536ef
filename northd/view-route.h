/* view-route -- the part of the view that is about static routes.
 *
 * See view.h for all that holds for the view as a whole.  What a route means is
 * for static-routes.c to say. */
#ifndef NORTHD_VIEW_ROUTE_H
#define NORTHD_VIEW_ROUTE_H 1

#include "northd/view.h"

/* A row of Logical_Router_Static_Route, unparsed. */
struct view_route_config {
    char *ip_prefix;
    char *nexthop;              /* "" for none, "discard". */
    char *output_port;          /* Name of a router port, or NULL. */
    char *route_table;          /* "" for the main one. */
    char *origin;               /* options:origin, set by ovn-ic, or NULL. */
    char *metric;               /* DR_METRIC, or NULL. */
    bool source_policy;         /* Its policy is src-ip. */
    bool bfd_down;              /* The BFD session to 'nexthop' is down. */
    bool has_bfd;               /* Has a BFD session. */
    char *learned_row;          /* LEARNED_ID_ROW: we made it of a route that was
                                 * learned; or NULL. */
    char *learned_via;          /* LEARNED_ID_VIA, or NULL. */
    bool learned_taken;         /* Has 'learned_row', but someone took it: see
                                 * learned-mark.h. */
    bool advertise;             /* DR_ADVERTISE. */
};

struct view_route {
    struct hmap_node node;      /* In struct view's 'routes'. */
    struct uuid uuid;           /* Of the Northbound row. */
    struct view_route_config config;
    struct view_router *router; /* NULL: not attached. */
    struct ovs_list router_node; /* In 'router''s 'routes'. */
};

void view_route_set(struct view *, const struct uuid *,
                    const struct view_route_config *);
void view_route_remove(struct view *, const struct uuid *);
void view_route_attach(struct view *, const struct uuid *route,
                       const struct uuid *router);
void view_route_detach(struct view *, const struct uuid *route,
                       const struct uuid *router);

/* Returns NULL if there is none. */
struct view_route *view_find_route(const struct view *, const struct uuid *);

#endif /* northd/view-route.h */
