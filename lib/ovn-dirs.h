/* ovn-dirs -- where OVN's daemons keep their files.
 *
 * libopenvswitch knows Open vSwitch's directories only: left to itself it
 * would put a bare --pidfile, --log-file or control socket where 'ovn-appctl'
 * does not look.  Our daemons take their paths from here instead.
 *
 * Ownership: strings that are 'const' live as long as the process, others are
 * the caller's to free().  The environment is read at the first call.
 * Single-threaded, start-up only.
 */
#ifndef OVN_DIRS_H
#define OVN_DIRS_H 1

/* $OVN_RUNDIR, or /var/run/ovn: pidfiles and sockets. */
const char *ovn_rundir(void);

/* $OVN_LOGDIR, or /var/log/ovn. */
const char *ovn_logdir(void);

/* $OVN_DBDIR, or /var/lib/ovn: database files. */
const char *ovn_dbdir(void);

/* $OVN_SYSCONFDIR, or /etc/ovn: configuration files. */
const char *ovn_sysconfdir(void);

/* $OVN_NB_DB, or the local server's socket, "unix:RUNDIR/ovnnb_db.sock". */
const char *ovn_default_nb_db(void);

/* $OVN_SB_DB, or the local server's socket, "unix:RUNDIR/ovnsb_db.sock". */
const char *ovn_default_sb_db(void);

/* The local Open_vSwitch database's socket, "unix:DIR/db.sock", where DIR is
 * $OVS_RUNDIR or /var/run/openvswitch.  What libopenvswitch itself takes for
 * that directory is where it was built for, not where the packages run. */
const char *ovn_default_ovs_db(void);

/* Does what set_pidfile() of libopenvswitch does, for the argument of
 * --pidfile: 'name' may be NULL, for RUNDIR/PROGRAM.pid, or relative to
 * RUNDIR. */
void ovn_set_pidfile(const char *name);

/* Logs to 'name', the argument of --log-file: NULL stands for
 * LOGDIR/PROGRAM.log.  Returns 0 or a positive errno; that libopenvswitch has
 * then warned of. */
int ovn_set_log_file(const char *name);

/* The path to give unixctl_server_create() for 'name', the argument of
 * --unixctl: NULL stands for RUNDIR/PROGRAM.PID.ctl, "none" for none, a
 * relative name is one in RUNDIR.  Call it after daemonize_start(), which
 * settles the process id.  The caller must free() the result. */
char *ovn_unixctl_path(const char *name);

#endif /* lib/ovn-dirs.h */
