/* view-lb -- the part of the view that is about load balancers.
 *
 *      router --- load balancer          each "---" is a link, which any number
 *      router --- group                  of others may have to the same end
 *      group ---- load balancer
 *
 * Routes stem from a load balancer on behalf of each router that it is on, so
 * VIEW_OBJECT names both.  See view.h for all that holds for the view as a whole;
 * lb-routes.c says what VIPs mean.  Service monitors come from the Southbound
 * database (sb-source-view.c); view_clear() leaves them alone. */
#ifndef NORTHD_VIEW_LB_H
#define NORTHD_VIEW_LB_H 1

#include "northd/view.h"

/* A backend of a VIP whose health is checked. */
struct view_lb_check {
    struct hmap_node node;      /* In struct view's 'lb_checks', by 'key'. */
    struct view_lb *lb;
    size_t vip;                 /* Index into its 'vips'. */
    char *key;                  /* Of the service monitor. */
};

/* A row of Load_Balancer. */
struct view_lb {
    struct hmap_node node;      /* In struct view's 'lbs'. */
    struct uuid uuid;           /* Of the Northbound row. */
    char *name;                 /* For messages; not unique. */
    char **vips;                /* Keys of that column, sorted... */
    size_t n_vips;              /* ...and their number. */
    char *metric;               /* DR_METRIC, or NULL. */
    bool advertise;             /* DR_ADVERTISE. */
    bool template;              /* options:template: VIPs have variables. */
    bool health;                /* DR_LB_HEALTH. */
    struct view_lb_check *checks; /* If DR_LB_HEALTH: sorted by 'vip', ... */
    size_t n_checks;            /* ...and their number. */
    struct ovs_list routers;    /* Of struct view_lb_link, 'member_node'. */
    struct ovs_list groups;     /* Of struct view_lb_link, 'member_node'. */
};

/* A row of Load_Balancer_Group. */
struct view_lb_group {
    struct hmap_node node;      /* In struct view's 'lb_groups'. */
    struct uuid uuid;           /* Of the Northbound row. */
    struct ovs_list lbs;        /* Of struct view_lb_link, 'owner_node'. */
    struct ovs_list routers;    /* Of struct view_lb_link, 'member_node'. */
};

/* A member of something.  Two of 'router', 'group', 'lb' are nonnull. */
struct view_lb_link {
    struct hmap_node node;      /* In struct view's 'lb_links'. */
    struct view_router *router; /* The owner, or... */
    struct view_lb_group *group; /* ...the owner or the member... */
    struct view_lb *lb;         /* ...or the member. */
    struct ovs_list owner_node; /* In the owner's list. */
    struct ovs_list member_node; /* In the member's list. */
};

/* A row of Service_Monitor. */
struct view_monitor {
    struct hmap_node node;      /* In struct view's 'monitors', by row, */
    struct hmap_node key_node;  /* ...and in 'monitor_keys', by 'key'. */
    struct uuid uuid;           /* Of the Southbound row. */
    char *key;
    bool down;
};

/* A row of Chassis_Template_Var. */
struct view_template {
    struct hmap_node node;      /* In struct view's 'templates', by row, */
    struct hmap_node chassis_node; /* ...and 'template_chassis', by 'chassis'. */
    struct uuid uuid;           /* Of the Northbound row. */
    char *chassis;
    struct smap variables;
};

struct view_lb_config {
    const char *name;
    const struct smap *vips;    /* VIP to backends. */
    const char *protocol;       /* Or NULL. */
    const char *metric;         /* DR_METRIC, or NULL. */
    bool advertise;             /* DR_ADVERTISE. */
    bool template;
    bool health;                /* DR_LB_HEALTH; else these do not matter: */
    const struct smap *mappings; /* ip_port_mappings. */
    const char *const *checked_vips; /* 'vip' of health_check. */
    size_t n_checked_vips;
};
void view_lb_set(struct view *, const struct uuid *,
                 const struct view_lb_config *);
void view_lb_remove(struct view *, const struct uuid *);
void view_lb_group_set(struct view *, const struct uuid *);
void view_lb_group_remove(struct view *, const struct uuid *);

/* Members, as all *_attach() and *_detach() in view.h. */
void view_lb_attach(struct view *, const struct uuid *lb,
                    const struct uuid *router);
void view_lb_detach(struct view *, const struct uuid *lb,
                    const struct uuid *router);
void view_lb_group_attach(struct view *, const struct uuid *group,
                          const struct uuid *router);
void view_lb_group_detach(struct view *, const struct uuid *group,
                          const struct uuid *router);
void view_lb_group_member_attach(struct view *, const struct uuid *lb,
                                 const struct uuid *group);
void view_lb_group_member_detach(struct view *, const struct uuid *lb,
                                 const struct uuid *group);

/* Takes away all links of 'router', which is about to go. */
void view_lb_detach_router(struct view *, struct view_router *);

/* Notes 'lb' on behalf of each of its routers. */
void view_lb_note(struct view *, const struct view_lb *);

/* Makes 'lb''s checks those of 'config', if they differ; 'lb' has its 'vips'.
 * True if they did. */
bool view_lb_set_checks(struct view *, struct view_lb *,
                        const struct view_lb_config *);

/* 'ip' is an address in any form, 'protocol' may be NULL. */
void view_monitor_set(struct view *, const struct uuid *, const char *ip,
                      int64_t port, const char *protocol,
                      const char *logical_port, bool down);
void view_monitor_remove(struct view *, const struct uuid *);
void view_monitor_clear_all(struct view *);

void view_template_set(struct view *, const struct uuid *,
                       const char *chassis, const struct smap *variables);
void view_template_remove(struct view *, const struct uuid *);

/* Reading. */

struct view_lb *view_find_lb(const struct view *, const struct uuid *);

/* True if 'lb' is on 'router', directly or by a group. */
bool view_lb_is_on_router(const struct view *, const struct view_lb *,
                          const struct view_router *);

/* Calls 'cb' for each load balancer on 'router'; for some more than once. */
void view_for_each_lb(const struct view_router *,
                      void (*cb)(const struct view_lb *, void *aux),
                      void *aux);

/* True if the backend of 'check' is known to be down. */
bool view_lb_check_is_down(const struct view *, const struct view_lb_check *);

/* The variables of 'chassis', or NULL. */
const struct smap *view_template_variables(const struct view *,
                                           const char *chassis);

#endif /* northd/view-lb.h */
