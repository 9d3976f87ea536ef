/* ovn-route-options.c: the command line of ovn-route-northd. */
#include <config.h>
#include "northd/ovn-route-northd.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "daemon.h"
#include "dummy.h"
#include "lib/ovn-dirs.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "util.h"

enum {
    OPT_NB_DB = UCHAR_MAX + 1,
    OPT_SB_DB,
    OPT_UNIXCTL,
    OPT_DUMMY_CLOCK,
    DAEMON_OPTION_ENUMS,
    VLOG_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct option long_options[] = {
    {"ovnnb-db", required_argument, NULL, OPT_NB_DB},
    {"ovnsb-db", required_argument, NULL, OPT_SB_DB},
    {"unixctl", required_argument, NULL, OPT_UNIXCTL},
    {"dummy-clock", no_argument, NULL, OPT_DUMMY_CLOCK},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    DAEMON_LONG_OPTIONS,
    VLOG_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

OVS_NO_RETURN static void usage(void);

/* Takes the names of files that are read in the main loop, again when they
 * change; absolute ones, since the daemon may leave the directory.  False if
 * 'c' is another option. */
static bool
parse_ssl_option(int c, struct ssl_names *names)
{
    switch (c) {
    case 'p':
        names->private_key = abs_file_name(NULL, optarg);
        return true;
    case 'c':
        names->certificate = abs_file_name(NULL, optarg);
        return true;
    case 'C':
        names->ca_cert = (strcmp(optarg, "none")
                          ? abs_file_name(NULL, optarg) : optarg);
        return true;
    default:
        return false;
    }
}

static void
parse_option(int c, struct northd_options *options)
{
    switch (c) {
    case OPT_NB_DB:
        options->nb_db = optarg;
        break;
    case OPT_SB_DB:
        options->sb_db = optarg;
        break;
    case OPT_UNIXCTL:
        options->unixctl_path = optarg;
        break;
    case OPT_DUMMY_CLOCK:
        /* For tests: commands "time/stop" and "time/warp". */
        timeval_dummy_register();
        break;
    case 'h':
        usage();
    case 'V':
        ovs_print_version(0, 0);
        exit(EXIT_SUCCESS);
    DAEMON_OPTION_HANDLERS
    VLOG_OPTION_HANDLERS
    STREAM_SSL_OPTION_HANDLERS
    case '?':
        exit(EXIT_FAILURE);
    default:
        abort();
    }
}

void
northd_parse_options(int argc, char *argv[], struct northd_options *options)
{
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        } else if (c == OPT_PIDFILE) {
            ovn_set_pidfile(optarg);
        } else if (c == OPT_LOG_FILE) {
            if (ovn_set_log_file(optarg) && optarg) {
                exit(EXIT_FAILURE);
            }
        } else if (!parse_ssl_option(c, &options->ssl)) {
            parse_option(c, options);
        }
    }
    free(short_options);
    if (optind < argc) {
        ovs_fatal(0, "\"%s\" is not an option; --help lists them",
                  argv[optind]);
    }
    options->nb_db = options->nb_db ? options->nb_db : ovn_default_nb_db();
    options->sb_db = options->sb_db ? options->sb_db : ovn_default_sb_db();
}

static void
usage(void)
{
    printf("%s: computes what dynamic routing in OVN is to advertise\n"
           "usage: %s [OPTIONS]\n"
           "\nOptions:\n"
           "  --ovnnb-db=DATABASE       connect to the Northbound database at\n"
           "                            DATABASE (default: %s)\n"
           "  --ovnsb-db=DATABASE       connect to the Southbound database at\n"
           "                            DATABASE (default: %s)\n"
           "  --unixctl=SOCKET          override default control socket name\n"
           "  -h, --help                display this help message\n"
           "  -V, --version             display version information\n",
           program_name, program_name, ovn_default_nb_db(),
           ovn_default_sb_db());
    daemon_usage();
    vlog_usage();
    stream_usage("database", true, true, false);
    exit(EXIT_SUCCESS);
}
