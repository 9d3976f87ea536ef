/* ovs-view -- the local Open_vSwitch database: how this chassis is configured.
 *
 * Reads the keys of Open_vSwitch:external_ids that ovn-controller reads for
 * the same purposes, and our own.  Where ovn-controller takes a form with the
 * chassis' name ("ovn-remote-hv1"), it is taken here, and wins.  Writes one:
 * route-exchange-drain, so that it holds over restarts.
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

/* external_ids:route-exchange-drain (D20). */
enum ovs_view_drain {
    OVS_VIEW_DRAIN_OFF,
    OVS_VIEW_DRAIN_WITHDRAW,    /* "withdraw": no routes. */
    OVS_VIEW_DRAIN_DEPREFER,    /* "deprefer": with a high metric. */
};

/* A key whose value cannot be used. */
struct ovs_view_bad {
    const char *key;
    char *value;
    const char *remedy;         /* What to set. */
};

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
    char *bridge_target;        /* OpenFlow remote of the integration bridge:
                                 * ovn-bridge-remote, else the socket of
                                 * ovn-bridge ("br-int" by default) in
                                 * external_ids:rundir, or beside that of this
                                 * database. */
    bool bridge_sure;           /* The first was it, or the latter two are
                                 * the same. */
    int start_timeout;          /* route-exchange-start-timeout, in ms (D23);
                                 * 0: do not wait. */
    int datapath_timeout;       /* route-exchange-datapath-timeout, in ms
                                 * (D24); 0: never withdraw. */
    enum ovs_view_drain drain;
    struct ovs_view_bad bad[4]; /* Other keys whose values are not used. */
    size_t n_bad;
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

/* The devices of logical ports: from external_ids:iface-id of Interface to its
 * name.  The sequence number changes when they, or 'port_mapping', may have. */
const struct smap *ovs_view_get_interfaces(const struct ovs_view *);
unsigned int ovs_view_get_devices_seqno(const struct ovs_view *);

/* Where the database is, as given to ovs_view_create(). */
const char *ovs_view_get_remote(const struct ovs_view *);

/* True if the connection is up. */
bool ovs_view_is_connected(const struct ovs_view *);

/* Starts to write route-exchange-drain: in the form for this chassis if that
 * is there, else in the general one; "off" removes both.  Returns 0; ENOTCONN
 * if the database cannot be reached; or EBUSY if a write is under way. */
int ovs_view_write_drain(struct ovs_view *, enum ovs_view_drain);

/* How the last write ended: 0; EINPROGRESS if it has not; or EIO, with the
 * reason in '*reason', which is valid until the next write. */
int ovs_view_write_status(const struct ovs_view *, const char **reason);

/* "off", "withdraw" or "deprefer". */
const char *ovs_view_drain_name(enum ovs_view_drain);

#endif /* controller/ovs-view.h */
