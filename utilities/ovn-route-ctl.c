/* ovn-route-ctl -- the operators' tool of OVN Route Exchange.
 *
 * One program for what else takes an expert, eight commands and four machines:
 *
 *      reading    explain   why a prefix is (not) advertised
 *                 show      the deployment in one screen
 *                 doctor    what is wrong with hosts and databases
 *                 frr-config  what FRR should be configured with
 *      acting     sync, drain, schema, purge
 *
 * Each command has a file of its own; what they share is in
 * ovn-route-ctl-db.c (connections) and ovn-route-ctl-host.c (this host).
 * What decides something is pure and has unit tests: explain*.c, doctor.c,
 * frr-render.c ... */
#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command-line.h"
#include "fatal-signal.h"
#include "lib/ovn-dirs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ovn-route-ctl.h"

/* What waits for others gives up after this time. */
#define DEFAULT_TIMEOUT 30

enum {
    OPT_DB = UCHAR_MAX + 1,
    OPT_NB_DB,
    OPT_OVS_DB,
    OPT_ROUTER,
    OPT_CHASSIS,
    OPT_FORMAT,
    OPT_ASN,
    OPT_NEIGHBOR,
    OPT_WATCH,
    OPT_WAIT,
    OPT_DRY_RUN,
    OPT_FORCE,
    OPT_DEPREFER,
    OPT_SCHEMA,
    OPT_COLOR,
    OPT_BOOTSTRAP_CA_CERT,
    VLOG_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct command {
    const char *name;
    const char *usage;          /* Its arguments. */
    int min_args, max_args;
    int (*run)(struct ctl *);
    const char *help;
} commands[] = {
    { "explain", "PREFIX|NAME", 1, 1, ctl_explain,
      "why a prefix is advertised, or is not, and what mends it" },
    { "show", "[--watch]", 0, 0, ctl_show,
      "routers, chassis, VRFs, counts and problems in one screen" },
    { "doctor", "", 0, 0, ctl_doctor,
      "what is wrong with this host and the databases" },
    { "frr-config", "[--chassis=CHASSIS]", 0, 0, ctl_frr_config,
      "a configuration of FRR for the VRFs of a chassis" },
    { "sync", "[--wait=sb|kernel]", 0, 0, ctl_sync,
      "wait until all that is configured is in rows, or in kernels" },
    { "drain", "on [--deprefer] | off", 0, 1, ctl_drain,
      "withdraw this chassis' routes, or make them second choice" },
    { "schema", "show | install | remove", 0, 1, ctl_schema,
      "the tables of dynamic routing in the Southbound schema" },
    { "purge", "[--dry-run] [--schema]", 0, 0, ctl_purge,
      "remove what our programs have written to the databases" },
};

static void OVS_NO_RETURN
usage(void)
{
    printf("%s: looks after dynamic routing in OVN\n"
           "usage: %s [OPTIONS] COMMAND [ARG...]\n"
           "\nUsed most:\n"
           "  %s explain 172.16.10.2   why is my floating IP not "
           "advertised?\n"
           "  %s show                  all of the deployment in one screen\n"
           "  %s doctor                what is wrong with this host and the "
           "databases\n"
           "\nCommands:\n", program_name, program_name, program_name,
           program_name, program_name);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        char *call = xasprintf("%s %s", commands[i].name, commands[i].usage);

        printf("  %-27s %s\n", call, commands[i].help);
        free(call);
    }
    printf("\nOptions:\n"
           "  --db=DATABASE           the Southbound database (default: %s)\n"
           "  --nb-db=DATABASE        the Northbound database (default: %s)\n"
           "  --ovs-db=DATABASE       this host's Open_vSwitch database\n"
           "  --router=ROUTER         only this router\n"
           "  --chassis=CHASSIS       only this chassis\n"
           "  --format=text|json      how to print (default: text)\n"
           "  --asn=N, --neighbor=[PORT=]NEIGHBOR,...\n"
           "                          for frr-config: AS number; interfaces "
           "and addresses\n"
           "  -N PATHSPACE            that of FRR, as for vtysh\n"
           "  -t, --timeout=SECS      wait no longer (default: %d; 0: for "
           "ever)\n"
           "  --color=auto|always|never  colours (default: on a terminal)\n"
           "  -h, --help              display this help message\n"
           "  -V, --version           display version information\n",
           ovn_default_sb_db(), ovn_default_nb_db(), DEFAULT_TIMEOUT);
    stream_usage("database", true, false, true);
    vlog_usage();
    exit(EXIT_SUCCESS);
}

static void
parse_format(const char *format, struct ctl *ctl)
{
    if (!strcmp(format, "json")) {
        ctl->json = true;
    } else if (!strcmp(format, "text")) {
        ctl->json = false;
    } else {
        ctl_fail("--format=%s is unknown; use text or json", format);
    }
}

static void
parse_color(const char *when, struct ctl *ctl)
{
    if (!strcmp(when, "always") || !strcmp(when, "never")) {
        ctl->color = !strcmp(when, "always");
    } else if (strcmp(when, "auto")) {
        ctl_fail("--color=%s is unknown; use auto, always or never", when);
    }
}

/* Applies option 'c', if it is one about what to look at or to do, whose
 * argument is in optarg; else returns false. */
static bool
apply_own_option(int c, struct ctl *ctl)
{
    switch (c) {
    case OPT_DB:
        ctl->sb_db = optarg;
        break;
    case OPT_NB_DB:
        ctl->nb_db = optarg;
        break;
    case OPT_OVS_DB:
        ctl->ovs_db = optarg;
        break;
    case OPT_ROUTER:
        ctl->router = optarg;
        break;
    case OPT_CHASSIS:
        ctl->chassis = optarg;
        break;
    case OPT_FORMAT:
        parse_format(optarg, ctl);
        break;
    case OPT_COLOR:
        parse_color(optarg, ctl);
        break;
    case OPT_ASN:
        ctl->asn = optarg;
        break;
    case OPT_NEIGHBOR:
        ctl->neighbors = optarg;
        break;
    case OPT_WATCH:
        ctl->watch = true;
        break;
    case OPT_WAIT:
        ctl->wait = optarg;
        break;
    case OPT_DRY_RUN:
        ctl->dry_run = true;
        break;
    case OPT_FORCE:
        ctl->force = true;
        break;
    case OPT_DEPREFER:
        ctl->deprefer = true;
        break;
    case OPT_SCHEMA:
        ctl->schema = true;
        break;
    case 'N':
        ctl->pathspace = optarg;
        break;
    case 't':
        if (!str_to_uint(optarg, 10, &ctl->timeout)) {
            ctl_fail("--timeout=%s is no number of seconds", optarg);
        }
        break;
    default:
        return false;
    }
    return true;
}

/* Applies any option. */
static void
apply_option(int c, struct ctl *ctl)
{
    if (apply_own_option(c, ctl)) {
        return;
    }
    switch (c) {
    case 'p':
        ctl->ssl.private_key = optarg;
        break;
    case 'c':
        ctl->ssl.certificate = optarg;
        break;
    case 'C':
    case OPT_BOOTSTRAP_CA_CERT:
        ctl->ssl.ca_cert = optarg;
        ctl->ssl.bootstrap_ca_cert = c == OPT_BOOTSTRAP_CA_CERT;
        break;
    case OPT_SSL_PROTOCOLS:
        stream_ssl_set_protocols(optarg);
        break;
    case OPT_SSL_CIPHERS:
        stream_ssl_set_ciphers(optarg);
        break;
    VLOG_OPTION_HANDLERS
    case 'h':
        usage();
    case 'V':
        ovs_print_version(0, 0);
        exit(EXIT_SUCCESS);
    case '?':
        exit(CTL_ERROR);
    default:
        abort();
    }
}

static void
parse_options(int argc, char *argv[], struct ctl *ctl)
{
    static const struct option long_options[] = {
        {"db", required_argument, NULL, OPT_DB},
        {"nb-db", required_argument, NULL, OPT_NB_DB},
        {"ovs-db", required_argument, NULL, OPT_OVS_DB},
        {"router", required_argument, NULL, OPT_ROUTER},
        {"chassis", required_argument, NULL, OPT_CHASSIS},
        {"format", required_argument, NULL, OPT_FORMAT},
        {"asn", required_argument, NULL, OPT_ASN},
        {"neighbor", required_argument, NULL, OPT_NEIGHBOR},
        {"watch", no_argument, NULL, OPT_WATCH},
        {"wait", required_argument, NULL, OPT_WAIT},
        {"dry-run", no_argument, NULL, OPT_DRY_RUN},
        {"force", no_argument, NULL, OPT_FORCE},
        {"deprefer", no_argument, NULL, OPT_DEPREFER},
        {"schema", no_argument, NULL, OPT_SCHEMA},
        {"color", required_argument, NULL, OPT_COLOR},
        {"pathspace", required_argument, NULL, 'N'},
        {"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
        VLOG_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        }
        apply_option(c, ctl);
    }
    free(short_options);
    ctl->argc = argc - optind;
    ctl->argv = argv + optind;
}

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    return NULL;
}

int
main(int argc, char *argv[])
{
    struct ctl ctl = {
        .timeout = DEFAULT_TIMEOUT,
        .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
    };
    const struct command *command;
    int status;

    ovs_set_program_name(argv[0], VERSION);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_ERR);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    parse_options(argc, argv, &ctl);
    ctl_ssl_init(&ctl);
    if (!ctl.argc) {
        ctl_fail("no command; --help lists them");
    }
    command = find_command(ctl.argv[0]);
    if (!command) {
        ctl_fail("\"%s\" is no command; --help lists them", ctl.argv[0]);
    }
    ctl.argc--;
    ctl.argv++;
    if (ctl.argc < command->min_args || ctl.argc > command->max_args) {
        ctl_fail("usage: %s %s %s", program_name, command->name,
                 command->usage);
    }
    status = command->run(&ctl);
    if (fflush(stdout) || ferror(stdout)) {
        ctl_fail("cannot write the output");
    }
    return status;
}
