/* ovs-view -- the local Open_vSwitch database: how this chassis is configured.
 *
 * Reads the keys of Open_vSwitch:external_ids that ovn-controller reads for
 * the same purposes.  Where ovn-controller takes a form with the chassis' name
 * ("ovn-remote-hv1"), it is taken here, and wins.
 *
 * Ownership: the view owns what it hands out, until the next ovs_view_run().
 * Cost: nothing while nothing changes.  Threads: single-threaded; uses the
 * poll loop.
 */
#ifndef CONTROLLER_OVS_VIEW_H
#define CONTROLLER_OVS_VIEW_H 1

#include <stdbool.h>
#include <stddef.h>

struct ovs_view;

struct ovs_view_config {
    char *system_id;            /* NULL if there is none. */
    char *remote;               /* ovn-remote; NULL if there is none. */
    int probe_interval;         /* ovn-remote-probe-interval, in ms; -1: the
                                 * default. */
    bool cleanup_on_exit;       /* ovn-cleanup-on-exit, true by default. */
    char *port_mapping;         /* dynamic-routing-port-mapping; NULL if there
                                 * is none. */
    size_t max_burst;           /* route-exchange-max-burst: routes written in
                                 * 100 ms; 0: the default. */
    char *bad_max_burst;        /* Its value if that is none, else NULL. */
    /* SSL table; NULL if there is no row. */
    char *private_key, *certificate, *ca_cert;
    bool bootstrap_ca_cert;
};

/* Connects to the database at 'remote'.  The chassis is called 'system_id' if
 * that is nonnull; else as the first line of the file OVN_SYSCONFDIR/
 * system-id-override says; else by external_ids:system-id. */
struct ovs_view *ovs_view_create(const char *remote, const char *system_id);

/* NULL is allowed. */
void ovs_view_destroy(struct ovs_view *);

void ovs_view_run(struct ovs_view *);
void ovs_view_wait(struct ovs_view *);

/* The configuration, or NULL while the database was not read yet.  What was
 * read stays while the server is away. */
const struct ovs_view_config *ovs_view_get(const struct ovs_view *);

/* True if the connection is up. */
bool ovs_view_is_connected(const struct ovs_view *);

#endif /* controller/ovs-view.h */
