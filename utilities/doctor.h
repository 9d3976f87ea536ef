/* doctor -- what is wrong with a host and the databases.
 *
 * Facts in, findings out: each check looks at the facts that it needs, says
 * what it found and, if that is not as it should be, what to do.  A fact that
 * could not be had is NULL, and a check without its facts is silent, or says
 * that it does not know where that matters.
 *
 * Ownership: facts are borrowed; findings own their texts.  Pure;
 * single-threaded. */
#ifndef UTILITIES_DOCTOR_H
#define UTILITIES_DOCTOR_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "smap.h"
#include "svec.h"

struct ds;
struct json;
struct sb_facts;

/* What was gathered. */
struct doctor_facts {
    bool systemd;               /* Daemons are started by systemctl. */
    bool is_chassis;            /* The host has an Open_vSwitch database. */
    bool is_central;            /* It has the Southbound database's file. */

    /* The kernel. */
    const char *vrf_error;      /* Of "ip link show type vrf"; "" if it worked,
                                 * NULL if there is no "ip". */
    bool vrf_module;            /* There is a module vrf to load. */
    const char *vrf_links;      /* Of "ip -j -d link show type vrf". */
    struct smap accept_ra;      /* Port of a VRF to its sysctl. */
    const char *l3mdev_accept;  /* net.ipv4.tcp_l3mdev_accept. */

    /* Our daemons. */
    const char *controller_error; /* Why it does not answer; NULL: it does. */
    const char *controller_problems; /* Its problem/list. */
    const char *controller_caps; /* CapEff, hexadecimal. */
    bool northd_runs;           /* Somewhere, as the lock says. */

    /* FRR. */
    const char *frr_error;      /* Why it does not answer; NULL: it does. */
    const char *frr_version;    /* Of "show version". */
    const char *frr_config;     /* Of "show running-config". */
    const char *zebra_cmdline;  /* Words separated by blanks. */

    /* Databases. */
    const char *sb_error;       /* Why it could not be read; NULL: it was. */
    const struct sb_facts *sb;  /* If 'sb_error' is NULL; likewise: */
    int64_t nb_cfg;
    bool sb_native;             /* The tables are OVN's own. */
    char *remote;               /* Of the Southbound database, that this
                                 * chassis' daemon uses; NULL: no chassis. */
    struct svec roles;          /* Connections with a role: TARGET ROLE. */
    struct svec free_targets;   /* Those without, through which one may
                                 * write: TARGET. */
    struct svec role_tables;    /* ROLE TABLE: what roles may write. */
    int64_t now;                /* Milliseconds since the epoch. */
    const char *ovn_central_default; /* /etc/default/ovn-central. */
    bool unit_extended;         /* The unit of the Southbound server gives
                                 * it --db-sb-schema. */
    const char *schema_path;    /* Of our schema file. */
};

void doctor_facts_init(struct doctor_facts *);
void doctor_facts_destroy(struct doctor_facts *);

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_WARNING,             /* It may go wrong. */
    DOCTOR_ERROR,               /* It is wrong. */
};

struct doctor_finding {
    struct ovs_list node;
    enum doctor_verdict verdict;
    const char *check;          /* Its name: a constant. */
    char *text;
    char *remedy;               /* A command or a sentence, or NULL. */
};

/* Appends the findings of all checks to 'findings', which the caller must give
 * to doctor_findings_destroy(). */
void doctor_examine(const struct doctor_facts *, struct ovs_list *findings);
void doctor_findings_destroy(struct ovs_list *findings);

/* True if all is well. */
bool doctor_is_content(const struct ovs_list *findings);

/* Appends them as text, the bad ones last. */
void doctor_format(const struct ovs_list *findings, bool color, struct ds *);

/* Returns them as an array, which the caller must free: [{"check", "verdict",
 * "text", "remedy"}]. */
struct json *doctor_to_json(const struct ovs_list *findings);

#endif /* utilities/doctor.h */
