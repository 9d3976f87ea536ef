/* ovn-route-ctl-db.c: the connections of ovn-route-ctl with both central
 * databases, and the line that tells what takes long. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ovn-dirs.h"
#include "lib/ovn-nb-idl.h"
#include "lib/ovn-sb-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

/* What takes no longer is not worth a word. */
#define PATIENCE_MS 1000

/* A server hangs up on its clients while it converts a database: come back so
 * many times. */
#define MAX_HANGUPS 3

static bool progress_shown;

/* Shows that 'what' has been waited for since 'start'. */
static void
progress(const struct ctl *ctl, const char *what, long long int start)
{
    long long int seconds = (time_msec() - start) / 1000;

    if (!ctl->quiet && isatty(STDERR_FILENO)
        && time_msec() >= start + PATIENCE_MS) {
        fprintf(stderr, "\r\33[Kwaiting for %s%s%.60s ... %lld s", what,
                ctl->laggards ? ":" : "",
                ctl->laggards ? ds_cstr_ro(ctl->laggards) : "", seconds);
        progress_shown = true;
    }
}

static void
progress_end(void)
{
    if (progress_shown) {
        fputs("\r\33[K", stderr);
        progress_shown = false;
    }
}

void
ctl_fail(const char *format, ...)
{
    va_list args;

    progress_end();
    fprintf(stderr, "%s: ", program_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    fflush(stdout);
    exit(CTL_ERROR);
}

/* A connection that is being followed. */
struct follower {
    struct ovsdb_idl **idl;
    const char *name;
    const char *remote;
    const struct ovsdb_idl_class *class;
    void (*want)(struct ovsdb_idl *);
    int hangups;
};

static void
open_idl(struct follower *f)
{
    *f->idl = ovsdb_idl_create(f->remote, f->class, false, false);
    /* Nothing here needs the leader of a cluster to read. */
    ovsdb_idl_set_leader_only(*f->idl, false);
    f->want(*f->idl);
}

/* Returns NULL, or what is wrong, which the caller must free(). */
static char *
follow(const struct ctl *ctl, struct follower *f)
{
    if (!f->want) {
        return NULL;
    }
    ovsdb_idl_run(*f->idl);
    if (!ovsdb_idl_is_alive(*f->idl)) {
        int error = ovsdb_idl_get_last_error(*f->idl);

        if (error > 0 || f->hangups++ >= MAX_HANGUPS) {
            char *why = ctl_ssl_explain(ctl, f->remote, error);

            if (why) {
                return why;
            }
            return xasprintf("%s: no connection with the %s database (%s); "
                             "check that its server runs, and --%s",
                             f->remote, f->name, ovs_retval_to_string(error),
                             f->class == &nbrec_idl_class ? "nb-db" : "db");
        }
        ovsdb_idl_destroy(*f->idl);
        open_idl(f);
    }
    return NULL;
}

static bool
is_read(const struct follower *f)
{
    return !f->want || ovsdb_idl_has_ever_connected(*f->idl);
}

/* Both databases are read. */
static bool
both_read(struct ctl *ctl OVS_UNUSED, void *followers_)
{
    struct follower *followers = followers_;

    return is_read(&followers[0]) && is_read(&followers[1]);
}

static struct follower followers[2];

/* True if there is a socket at 'remote', "unix:PATH". */
static bool
is_served(const char *remote)
{
    return (strncmp(remote, "unix:", 5) || !access(remote + 5, F_OK));
}

/* The value of 'key' in its form for this chassis or the general one, as
 * ovn-route-controller takes it, or NULL. */
static const char *
chassis_key(const struct smap *ids, const char *key)
{
    const char *id = smap_get(ids, "system-id");
    char *own = xasprintf("%s-%s", key, id ? id : "");
    const char *value = id ? smap_get(ids, own) : NULL;

    free(own);
    value = value ? value : smap_get(ids, key);
    return value && value[0] ? value : NULL;
}

/* The remote that the first of 'keys' which is set here says, or NULL; the
 * caller must free() it. */
static char *
read_remote(struct ctl *ctl, const char *const keys[], size_t n)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    char *error = NULL, *remote = NULL;

    if (ctl_read_ovs_ids(ctl, &ids, &error)) {
        for (size_t i = 0; i < n && !remote; i++) {
            remote = nullable_xstrdup(chassis_key(&ids, keys[i]));
        }
    }
    smap_destroy(&ids);
    free(error);
    return remote;
}

char *
ctl_chassis_remote(struct ctl *ctl)
{
    static const char *const keys[] = {
        "route-exchange-remote", "ovn-remote"
    };

    return read_remote(ctl, keys, ARRAY_SIZE(keys));
}

const char *
ctl_sb_remote(struct ctl *ctl)
{
    if (!ctl->sb_db) {
        ctl->sb_db = ovn_default_sb_db();
        if (!getenv("OVN_SB_DB") && !is_served(ctl->sb_db)) {
            char *remote = ctl_chassis_remote(ctl);

            ctl->sb_db = remote ? remote : ctl->sb_db;
        }
    }
    return ctl->sb_db;
}

/* The port of 'remotes', where there is one, is replaced by the Northbound
 * database's; the caller must free() the result. */
static char *
northbound_remotes(const char *remotes)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (const char *p = remotes; *p;) {
        if (!strncmp(p, ":6642", 5) && (!p[5] || p[5] == ',')) {
            ds_put_cstr(&ds, ":6641");
            p += 5;
        } else {
            ds_put_char(&ds, *p++);
        }
    }
    ds_cstr(&ds);
    return ds_steal_cstr(&ds);
}

/* The Northbound database is beside the Southbound one that we use, or beside
 * the one that ovn-controller uses, where our daemon has a port of its own. */
const char *
ctl_nb_remote(struct ctl *ctl)
{
    static const char *const key[] = { "ovn-remote" };

    if (!ctl->nb_db) {
        ctl->nb_db = ovn_default_nb_db();
        if (!getenv("OVN_NB_DB") && !is_served(ctl->nb_db)) {
            char *guess = northbound_remotes(ctl_sb_remote(ctl));
            char *stock = NULL;

            if (!strcmp(guess, ctl_sb_remote(ctl))) {
                free(guess);
                stock = read_remote(ctl, key, 1);
                guess = stock ? northbound_remotes(stock) : NULL;
            }
            if (guess && (!stock || strcmp(guess, stock))) {
                ctl->nb_db = guess;
            } else {
                free(guess);
            }
            free(stock);
        }
    }
    return ctl->nb_db;
}

/* As ctl_wait_until(), but returns what is wrong, or NULL. */
static char *
try_wait_until(struct ctl *ctl, bool (*done)(struct ctl *, void *aux),
               void *aux, const char *what)
{
    long long int start = time_msec();

    for (;;) {
        for (size_t i = 0; i < ARRAY_SIZE(followers); i++) {
            char *error = follow(ctl, &followers[i]);

            if (error) {
                return error;
            }
        }
        if (done(ctl, aux)) {
            return NULL;
        }
        if (ctl->timeout && time_msec() >= start + ctl->timeout * 1000LL) {
            return xasprintf("%s: not within %u seconds (--timeout)%s%s",
                             what, ctl->timeout,
                             ctl->laggards ? "; behind:" : "",
                             (ctl->laggards ? ds_cstr_ro(ctl->laggards)
                              : ""));
        }
        progress(ctl, what, start);
        for (size_t i = 0; i < ARRAY_SIZE(followers); i++) {
            if (followers[i].want) {
                ovsdb_idl_wait(*followers[i].idl);
            }
        }
        poll_timer_wait(PATIENCE_MS);
        poll_block();
    }
}

void
ctl_wait_until(struct ctl *ctl, bool (*done)(struct ctl *, void *aux),
               void *aux, const char *what)
{
    char *error = try_wait_until(ctl, done, aux, what);

    if (error) {
        ctl_fail("%s", error);
    }
    progress_end();
}

char *
ctl_try_connect(struct ctl *ctl, void (*want_nb)(struct ovsdb_idl *),
                void (*want_sb)(struct ovsdb_idl *))
{
    char *error;

    followers[0] = (struct follower) {
        &ctl->nb, "Northbound",
        want_nb ? ctl_nb_remote(ctl) : NULL, &nbrec_idl_class, want_nb, 0
    };
    followers[1] = (struct follower) {
        &ctl->sb, "Southbound",
        want_sb ? ctl_sb_remote(ctl) : NULL, &sbrec_idl_class, want_sb, 0
    };
    for (size_t i = 0; i < ARRAY_SIZE(followers); i++) {
        if (followers[i].want) {
            ctl_ssl_use(ctl, followers[i].remote);
            open_idl(&followers[i]);
        }
    }
    error = try_wait_until(ctl, both_read, followers, "the databases");
    progress_end();
    return error;
}

void
ctl_connect(struct ctl *ctl, void (*want_nb)(struct ovsdb_idl *),
            void (*want_sb)(struct ovsdb_idl *))
{
    char *error = ctl_try_connect(ctl, want_nb, want_sb);

    if (error) {
        ctl_fail("%s", error);
    }
}
