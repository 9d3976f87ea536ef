/* ovn-route-options.c: the command line of ovn-route-controller. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "controller/metrics-status.h"
#include "daemon.h"
#include "dummy.h"
#include "lib/ovn-dirs.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "util.h"

OVS_NO_RETURN static void
usage(void)
{
    printf("\
%s: OVN Route Exchange, chassis side\n\
usage: %s [OPTIONS] [OVS-DATABASE]\n\
where OVS-DATABASE is a socket on which the local Open vSwitch database\n\
server listens (default: %s).\n",
           program_name, program_name, ovn_default_ovs_db());
    stream_usage("OVS-DATABASE", true, false, true);
    daemon_usage();
    vlog_usage();
    printf("\n\
Other options:\n\
  -n, --chassis=NAME      name of this chassis (default: system-id)\n\
  -u, --unixctl=SOCKET    control socket, or \"none\"\n\
  --metrics=[HOST:]PORT   serve metrics on this port of the loopback device,\n\
                          too; or \"none\": not even on a unix socket\n\
  --netlink-rcvbuf=BYTES  receive buffer for the kernel's news\n\
  -h, --help              this text\n\
  -V, --version           version\n");
    exit(EXIT_SUCCESS);
}

enum {
    OPT_BOOTSTRAP_CA_CERT = UCHAR_MAX + 1,
    OPT_PEER_CA_CERT,
    OPT_METRICS,
    OPT_NETLINK_RCVBUF,
    OPT_DUMMY_CLOCK,
    VLOG_OPTION_ENUMS,
    DAEMON_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct option long_options[] = {
    {"chassis", required_argument, NULL, 'n'},
    {"unixctl", required_argument, NULL, 'u'},
    {"metrics", required_argument, NULL, OPT_METRICS},
    {"netlink-rcvbuf", required_argument, NULL, OPT_NETLINK_RCVBUF},
    {"dummy-clock", no_argument, NULL, OPT_DUMMY_CLOCK},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    VLOG_LONG_OPTIONS,
    DAEMON_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
    {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
    {NULL, 0, NULL, 0},
};

/* Handles options of libopenvswitch, less those that OVN's directories
 * concern.  Returns false for others. */
static bool
parse_common_option(int c)
{
    switch (c) {
    case 'v':
        vlog_set_verbosity(optarg);
        return true;
    case OPT_SYSLOG_IMPL:
        vlog_set_syslog_method(optarg);
        return true;
    case OPT_SYSLOG_TARGET:
        vlog_set_syslog_target(optarg);
        return true;
    case OPT_DETACH:
        set_detach();
        return true;
    case OPT_NO_SELF_CONFINEMENT:
        daemon_disable_self_confinement();
        return true;
    case OPT_NO_CHDIR:
        set_no_chdir();
        return true;
    case OPT_OVERWRITE_PIDFILE:
        ignore_existing_pidfile();
        return true;
    case OPT_MONITOR:
        daemon_set_monitor();
        return true;
    case OPT_USER_GROUP:
        daemon_set_new_user(optarg);
        return true;
    case OPT_SSL_PROTOCOLS:
        stream_ssl_set_protocols(optarg);
        return true;
    case OPT_SSL_CIPHERS:
        stream_ssl_set_ciphers(optarg);
        return true;
    case OPT_PEER_CA_CERT:
        stream_ssl_set_peer_ca_cert_file(optarg);
        return true;
    default:
        return false;
    }
}

static void
parse_metrics(const char *s, struct controller_options *options)
{
    free(options->metrics_port);
    options->metrics_port = NULL;
    options->no_metrics = !strcmp(s, "none");
    if (!options->no_metrics) {
        options->metrics_port = metrics_status_parse_port(s);
        if (!options->metrics_port) {
            ovs_fatal(0, "--metrics=%s: give a port of the loopback device, "
                      "like 9100, 127.0.0.1:9100 or [::1]:9100, or \"none\"; "
                      "for other hosts, put a proxy in front of it", s);
        }
    }
}

static int
parse_rcvbuf(const char *s)
{
    int bytes;

    if (!str_to_int(s, 10, &bytes) || bytes < 1 || bytes > INT_MAX / 2) {
        ovs_fatal(0, "--netlink-rcvbuf=%s: give a number of bytes from 1 to "
                  "%d", s, INT_MAX / 2);
    }
    return bytes;
}

static void
parse_option(int c, struct controller_options *options)
{
    switch (c) {
    case 'n':
        options->chassis = optarg;
        break;
    case 'u':
        options->unixctl = optarg;
        break;
    case OPT_METRICS:
        parse_metrics(optarg, options);
        break;
    case OPT_NETLINK_RCVBUF:
        options->netlink_rcvbuf = parse_rcvbuf(optarg);
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
    case OPT_PIDFILE:
        ovn_set_pidfile(optarg);
        break;
    case OPT_LOG_FILE:
        if (ovn_set_log_file(optarg) && optarg) {
            exit(EXIT_FAILURE);
        }
        break;
    case 'p':
        options->private_key = abs_file_name(NULL, optarg);
        break;
    case 'c':
        options->certificate = abs_file_name(NULL, optarg);
        break;
    case 'C':
    case OPT_BOOTSTRAP_CA_CERT:
        options->bootstrap_ca_cert = c == OPT_BOOTSTRAP_CA_CERT;
        options->ca_cert = (strcmp(optarg, "none")
                            ? abs_file_name(NULL, optarg) : optarg);
        break;
    case '?':
        exit(EXIT_FAILURE);
    default:
        if (!parse_common_option(c)) {
            OVS_NOT_REACHED();
        }
    }
}

void
controller_options_parse(struct controller_options *options, int argc,
                         char *argv[])
{
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    memset(options, 0, sizeof *options);
    /* The gate tells when ovs-vswitchd goes and comes; that each try to reach
     * it fails is no news.  An option may ask for it. */
    vlog_set_levels(vlog_module_from_name("rconn"), VLF_ANY_DESTINATION,
                    VLL_ERR);
    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        }
        parse_option(c, options);
    }
    free(short_options);
    argc -= optind;
    argv += optind;

    if (argc > 1) {
        ovs_fatal(0, "at most one argument, the Open vSwitch database; "
                  "use --help for usage");
    }
    options->ovs_remote = argc ? argv[0] : ovn_default_ovs_db();
}
