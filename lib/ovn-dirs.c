/* ovn-dirs.c: OVN's directories and default remotes.  See the header. */
#include <config.h>
#include "lib/ovn-dirs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "openvswitch/vlog.h"
#include "util.h"

/* Returns '*cache', which is set at the first call to the value of the
 * environment's 'variable' or, if that is unset or empty, to 'fallback'. */
static const char *
from_environment(const char **cache, const char *variable,
                 const char *fallback)
{
    if (!*cache) {
        const char *value = getenv(variable);

        *cache = xstrdup(value && value[0] ? value : fallback);
    }
    return *cache;
}

const char *
ovn_rundir(void)
{
    static const char *cache;

    return from_environment(&cache, "OVN_RUNDIR", "/var/run/ovn");
}

const char *
ovn_logdir(void)
{
    static const char *cache;

    return from_environment(&cache, "OVN_LOGDIR", "/var/log/ovn");
}

const char *
ovn_dbdir(void)
{
    static const char *cache;

    return from_environment(&cache, "OVN_DBDIR", "/var/lib/ovn");
}

const char *
ovn_sysconfdir(void)
{
    static const char *cache;

    return from_environment(&cache, "OVN_SYSCONFDIR", "/etc/ovn");
}

/* The default remote: 'variable', or 'socket_name' in the run directory. */
static const char *
default_remote(const char **cache, const char *variable,
               const char *socket_name)
{
    if (!*cache) {
        char *local = xasprintf("unix:%s/%s", ovn_rundir(), socket_name);

        from_environment(cache, variable, local);
        free(local);
    }
    return *cache;
}

const char *
ovn_default_nb_db(void)
{
    static const char *cache;

    return default_remote(&cache, "OVN_NB_DB", "ovnnb_db.sock");
}

const char *
ovn_default_sb_db(void)
{
    static const char *cache;

    return default_remote(&cache, "OVN_SB_DB", "ovnsb_db.sock");
}

const char *
ovn_default_ovs_db(void)
{
    static const char *cache;

    if (!cache) {
        const char *rundir = getenv("OVS_RUNDIR");

        cache = xasprintf("unix:%s/db.sock",
                          rundir && rundir[0] ? rundir
                          : "/var/run/openvswitch");
    }
    return cache;
}

void
ovn_set_pidfile(const char *name)
{
    char *path = (name
                  ? abs_file_name(ovn_rundir(), name)
                  : xasprintf("%s/%s.pid", ovn_rundir(), program_name));

    set_pidfile(path);
    free(path);
}

int
ovn_set_log_file(const char *name)
{
    char *path = (name
                  ? xstrdup(name)
                  : xasprintf("%s/%s.log", ovn_logdir(), program_name));
    int error = vlog_set_log_file(path);

    free(path);
    return error;
}

char *
ovn_unixctl_path(const char *name)
{
    if (!name) {
        return xasprintf("%s/%s.%ld.ctl", ovn_rundir(), program_name,
                         (long int) getpid());
    }
    return (strcmp(name, "none")
            ? abs_file_name(ovn_rundir(), name)
            : xstrdup(name));
}
