/* ovn-sbctl: the stock program, and our tables.
 *
 * The stock ovn-sbctl knows the tables of the schema that it was built with
 * and no others.  This program takes its place and answers the generic
 * database commands (list, find, get, set, wait-until, ...) when they name one
 * of the tables that OVN Route Exchange adds.  Anything else is handed to the
 * stock program, with the arguments, the environment and the terminal as they
 * came in: whether this program is installed shows in our tables only.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command-line.h"
#include "db-ctl-base.h"
#include "fatal-signal.h"
#include "lib/ovn-dirs.h"
#include "lib/ovn-sb-idl.h"
#include "lib/sb-schema-extension.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "table.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(sbctl);

/* Where packaging moves the stock program to when ours takes its name, as
 * dpkg-divert does it. */
#define STOCK_SUFFIX ".distrib"

/* What the command line says, besides the commands. */
struct sbctl_options {
    const char *db;             /* Remote of the Southbound database. */
    bool leader_only;           /* Only talk to the leader of a cluster. */
    bool shuffle_remotes;       /* Take the remotes in random order. */
    bool dry_run;               /* Do not commit. */
    bool oneline;               /* One line of output a command. */
    unsigned int timeout;       /* Seconds; 0 is for ever. */
    struct table_style style;
    struct shash local;         /* Command options before the first command. */
};

/* Naming the record of a table by something else than its UUID. */
static const struct ctl_table_class sbctl_classes[SBREC_N_TABLES] = {
    [SBREC_TABLE_ROUTE_EXCHANGE_CHASSIS].row_ids[0]
    = { &sbrec_route_exchange_chassis_col_name, NULL, NULL },
};

/* How well 'arg' names table 'name' (UINT_MAX: in full, 0: not at all), by the
 * rule of all OVS database programs: case does not matter, '-' and '_' are
 * the same, and a beginning is enough. */
static unsigned int
score_table_name(const char *name, const char *arg)
{
    unsigned int score = 0;

    for (; *arg; arg++, name++, score++) {
        int a = *arg == '-' ? '_' : tolower((unsigned char) *arg);
        int b = *name == '-' ? '_' : tolower((unsigned char) *name);

        if (a != b) {
            return 0;
        }
    }
    return *name ? score : UINT_MAX;
}

/* The table of ours that 'arg' names without doubt, or NULL. */
static const struct ovsdb_idl_table_class *
find_our_table(const char *arg)
{
    const struct ovsdb_idl_table_class *best = NULL;
    unsigned int best_score = 0;

    for (size_t i = 0; i < SBREC_N_TABLES; i++) {
        const struct ovsdb_idl_table_class *class = &sbrec_table_classes[i];
        unsigned int score = score_table_name(class->name, arg);

        if (score > best_score) {
            best = class;
            best_score = score;
        } else if (score && score == best_score) {
            best = NULL;
        }
    }
    return best && sb_schema_is_our_table(best->name) ? best : NULL;
}

static bool
is_generic_command(const char *command)
{
    static const char *const generic[] = {
        "list", "find", "get", "set", "add", "remove", "clear", "create",
        "destroy", "wait-until", "comment",
    };

    for (size_t i = 0; i < ARRAY_SIZE(generic); i++) {
        if (!strcmp(command, generic[i])) {
            return true;
        }
    }
    return false;
}

/* Splits the words from 'argv', which follow the options, at "--" as
 * ctl_parse_commands() does.  Stores in '*foreign' a command that is not ours
 * to run, if any, and in '*table' a table of ours that is named, if any. */
static void
inspect_commands(char *argv[], const char **foreign,
                 const struct ovsdb_idl_table_class **table)
{
    *foreign = NULL;
    *table = NULL;
    while (*argv) {
        while (*argv && (*argv)[0] == '-') {
            argv++;             /* A separator, or a command's option. */
        }
        if (!*argv) {
            break;
        }
        if (!is_generic_command(*argv)) {
            *foreign = *argv;
        } else if (argv[1]) {
            const struct ovsdb_idl_table_class *class
                = find_our_table(argv[1]);

            *table = class ? class : *table;
        }
        while (*argv && strcmp(*argv, "--")) {
            argv++;
        }
    }
}

/* True if 'path' is a program other than this one. */
static bool
is_other_program(const char *path, const struct stat *self)
{
    struct stat s;

    return (!stat(path, &s) && S_ISREG(s.st_mode) && !access(path, X_OK)
            && (s.st_dev != self->st_dev || s.st_ino != self->st_ino));
}

/* Returns the path of the stock program (the caller's), or NULL: what
 * $OVN_SBCTL_STOCK names, or else the first that the directory of this program
 * and then $PATH hold, diverted or not. */
static char *
find_stock(void)
{
    const char *env = getenv("OVN_SBCTL_STOCK");
    struct svec dirs = SVEC_EMPTY_INITIALIZER;
    char self_path[PATH_MAX];
    char *found = NULL;
    struct stat self;
    size_t i;

    if (env && env[0]) {
        return xstrdup(env);
    }

    ssize_t n = readlink("/proc/self/exe", self_path, sizeof self_path - 1);
    if (n < 0 || stat("/proc/self/exe", &self)) {
        return NULL;
    }
    self_path[n] = '\0';
    svec_add_nocopy(&dirs, dir_name(self_path));
    char *path = xstrdup(getenv("PATH") ? getenv("PATH") : "/usr/bin");
    char *save = NULL;
    for (char *dir = strtok_r(path, ":", &save); dir;
         dir = strtok_r(NULL, ":", &save)) {
        svec_add(&dirs, dir);
    }
    free(path);

    for (i = 0; i < dirs.n && !found; i++) {
        static const char *const names[] = {
            "ovn-sbctl" STOCK_SUFFIX, "ovn-sbctl"
        };

        for (size_t j = 0; j < ARRAY_SIZE(names) && !found; j++) {
            char *file = xasprintf("%s/%s", dirs.names[i], names[j]);

            if (is_other_program(file, &self)) {
                found = file;
            } else {
                free(file);
            }
        }
    }
    svec_destroy(&dirs);
    return found;
}

static OVS_NO_RETURN void
exec_stock(char *argv[])
{
    char *path = find_stock();

    if (!path) {
        ctl_fatal("the stock ovn-sbctl is needed for this command but was "
                  "not found in PATH; install ovn-common, or name it by "
                  "OVN_SBCTL_STOCK");
    }
    execv(path, argv);
    ctl_fatal("%s: cannot run the stock ovn-sbctl (%s)",
              path, ovs_strerror(errno));
}

enum {
    OPT_DB = UCHAR_MAX + 1,
    OPT_ONELINE,
    OPT_NO_SYSLOG,
    OPT_DRY_RUN,
    OPT_LEADER_ONLY,
    OPT_NO_LEADER_ONLY,
    OPT_SHUFFLE_REMOTES,
    OPT_NO_SHUFFLE_REMOTES,
    OPT_BOOTSTRAP_CA_CERT,
    OPT_PEER_CA_CERT,
    OPT_LOCAL,
    VLOG_OPTION_ENUMS,
    TABLE_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct option global_options[] = {
    {"db", required_argument, NULL, OPT_DB},
    {"no-syslog", no_argument, NULL, OPT_NO_SYSLOG},
    {"oneline", no_argument, NULL, OPT_ONELINE},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"timeout", required_argument, NULL, 't'},
    {"leader-only", no_argument, NULL, OPT_LEADER_ONLY},
    {"no-leader-only", no_argument, NULL, OPT_NO_LEADER_ONLY},
    {"shuffle-remotes", no_argument, NULL, OPT_SHUFFLE_REMOTES},
    {"no-shuffle-remotes", no_argument, NULL, OPT_NO_SHUFFLE_REMOTES},
    VLOG_LONG_OPTIONS,
    TABLE_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
    {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
};

/* Notes option 'o' of a command, given before the first command. */
static void
add_local_option(const struct option *o, struct sbctl_options *options)
{
    if (shash_find(&options->local, o->name)) {
        ctl_fatal("'%s' option specified multiple times", o->name);
    }
    shash_add_nocopy(&options->local, xasprintf("--%s", o->name),
                     nullable_xstrdup(optarg));
}

/* Applies option 'c', whose argument is in optarg.  Returns false if it is
 * one that the stock program should answer. */
static bool
apply_option(int c, struct sbctl_options *options)
{
    switch (c) {
    case OPT_DB:
        options->db = optarg;
        break;
    case OPT_NO_SYSLOG:
        vlog_set_levels(&this_module, VLF_SYSLOG, VLL_WARN);
        break;
    case OPT_ONELINE:
        options->oneline = true;
        break;
    case OPT_DRY_RUN:
        options->dry_run = true;
        break;
    case OPT_LEADER_ONLY:
    case OPT_NO_LEADER_ONLY:
        options->leader_only = c == OPT_LEADER_ONLY;
        break;
    case OPT_SHUFFLE_REMOTES:
    case OPT_NO_SHUFFLE_REMOTES:
        options->shuffle_remotes = c == OPT_SHUFFLE_REMOTES;
        break;
    case 't':
        if (!str_to_uint(optarg, 10, &options->timeout)
            || !options->timeout) {
            ctl_fatal("value %s on -t or --timeout is invalid", optarg);
        }
        break;
    VLOG_OPTION_HANDLERS
    TABLE_OPTION_HANDLERS(&options->style)
    STREAM_SSL_OPTION_HANDLERS
    case OPT_BOOTSTRAP_CA_CERT:
        stream_ssl_set_ca_cert_file(optarg, true);
        break;
    case OPT_PEER_CA_CERT:
        stream_ssl_set_peer_ca_cert_file(optarg);
        break;
    default:
        return false;
    }
    return true;
}

/* Parses the options up to the first command; optind is then its index.
 * Returns false if there is an option that only the stock program knows, or
 * that asks for its help or version. */
static bool
parse_options(int argc, char *argv[], struct sbctl_options *options)
{
    size_t n = ARRAY_SIZE(global_options), allocated = n + 1;
    struct option *all = xmalloc(allocated * sizeof *all);
    bool ours = true;

    memcpy(all, global_options, sizeof global_options);
    ctl_add_cmd_options(&all, &n, &allocated, OPT_LOCAL);
    char *short_options = ovs_cmdl_long_options_to_short_options(all);
    char *plus_options = xasprintf("+%s", short_options);

    opterr = 0;
    while (ours) {
        int index;
        int c = getopt_long(argc, argv, plus_options, all, &index);

        if (c == -1) {
            break;
        } else if (c == OPT_LOCAL) {
            add_local_option(&all[index], options);
        } else {
            ours = apply_option(c, options);
        }
    }
    free(plus_options);
    free(short_options);
    for (size_t i = ARRAY_SIZE(global_options); i < n; i++) {
        free(CONST_CAST(char *, all[i].name));
    }
    free(all);
    return ours;
}

static void
print_output(const struct ctl_command *c, const struct sbctl_options *options)
{
    if (c->table) {
        table_print(c->table, &options->style);
    } else if (options->oneline) {
        char *text = ds_steal_cstr(CONST_CAST(struct ds *, &c->output));
        size_t n = strlen(text);

        while (n && text[n - 1] == '\n') {
            text[--n] = '\0';
        }
        for (const char *p = text; *p; p++) {
            fputs(*p == '\n' ? "\\n" : *p == '\\' ? "\\\\"
                  : (char[2]) { *p, '\0' }, stdout);
        }
        putchar('\n');
        free(text);
    } else {
        fputs(ds_cstr_ro(&c->output), stdout);
    }
}

/* Has each command act on the database in 'txn'.  Returns false if one of them
 * must wait for the database to change.  Any error is fatal. */
static bool
apply_commands(struct ctl_command *commands, size_t n, struct ovsdb_idl *idl,
               struct ovsdb_idl_txn *txn, struct ovsdb_symbol_table *symtab)
{
    struct ctl_context ctx;
    bool again = false;

    ctl_context_init(&ctx, NULL, idl, txn, symtab, NULL);
    for (size_t i = 0; i < n && !again; i++) {
        ctl_context_init_command(&ctx, &commands[i], i == n - 1);
        commands[i].syntax->run(&ctx);
        if (ctx.error) {
            ctl_fatal("%s", ctx.error);
        }
        again = ctx.try_again;
        ctl_context_done_command(&ctx, &commands[i]);
    }
    ctl_context_done(&ctx, NULL);

    struct shash_node *node;
    SHASH_FOR_EACH (node, &symtab->sh) {
        struct ovsdb_symbol *symbol = node->data;

        if (!again && !symbol->created) {
            ctl_fatal("row id \"%s\" is referenced but never created (e.g. "
                      "with \"-- --id=%s create ...\")",
                      node->name, node->name);
        }
    }
    return !again;
}

/* Lets the commands see the result of 'txn', and prints what they say. */
static void
finish_commands(struct ctl_command *commands, size_t n, struct ovsdb_idl *idl,
                struct ovsdb_idl_txn *txn, struct ovsdb_symbol_table *symtab,
                const struct sbctl_options *options)
{
    for (size_t i = 0; i < n; i++) {
        if (commands[i].syntax->postprocess) {
            struct ctl_context ctx;

            ctl_context_init(&ctx, &commands[i], idl, txn, symtab, NULL);
            commands[i].syntax->postprocess(&ctx);
            ctl_context_done(&ctx, &commands[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        print_output(&commands[i], options);
    }
}

/* Runs the commands in one transaction.  Returns true when that is done, false
 * if it must be tried again when the database changes.  Any error is fatal. */
static bool
run_commands(struct ctl_command *commands, size_t n, struct ovsdb_idl *idl,
             const struct sbctl_options *options)
{
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(idl);
    struct ovsdb_symbol_table *symtab = ovsdb_symbol_table_create();
    enum ovsdb_idl_txn_status status = TXN_TRY_AGAIN;

    if (options->dry_run) {
        ovsdb_idl_txn_set_dry_run(txn);
    }
    for (size_t i = 0; i < n; i++) {
        ds_init(&commands[i].output);
        commands[i].table = NULL;
    }
    if (apply_commands(commands, n, idl, txn, symtab)) {
        status = ovsdb_idl_txn_commit_block(txn);
    }
    if (status == TXN_UNCHANGED || status == TXN_SUCCESS) {
        finish_commands(commands, n, idl, txn, symtab, options);
    } else if (status != TXN_TRY_AGAIN) {
        ctl_fatal("transaction error: %s", ovsdb_idl_txn_get_error(txn));
    }
    for (size_t i = 0; i < n; i++) {
        ds_destroy(&commands[i].output);
        table_destroy(commands[i].table);
        free(commands[i].table);
        commands[i].table = NULL;
    }
    ovsdb_symbol_table_destroy(symtab);
    ovsdb_idl_txn_destroy(txn);
    return status != TXN_TRY_AGAIN;
}

/* The table of ours that 'command' names, or NULL. */
static const struct ovsdb_idl_table_class *
command_table(const struct ctl_command *command)
{
    return command->argc > 1 ? find_our_table(command->argv[1]) : NULL;
}

/* Our tables are there once ovn-route-northd has installed them.  A command
 * that waits for a row waits for that as well: false if so. */
static bool
check_tables(const struct ovsdb_idl *idl, const struct ctl_command *commands,
             size_t n, const char *db)
{
    bool ready = true;

    for (size_t i = 0; i < n; i++) {
        const struct ovsdb_idl_table_class *class
            = command_table(&commands[i]);

        if (class && !ovsdb_idl_server_has_table(idl, class)) {
            if (strcmp(commands[i].argv[0], "wait-until")) {
                ctl_fatal("%s: the Southbound database has no table %s; start "
                          "ovn-route-northd, which adds it", db, class->name);
            }
            ready = false;
        }
    }
    return ready;
}

/* Returns a new IDL that reads what 'commands' need. */
static struct ovsdb_idl *
open_idl(struct ctl_command *commands, size_t n,
         const struct sbctl_options *options)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(options->db, &sbrec_idl_class,
                                             false, false);

    ovsdb_idl_set_leader_only(idl, options->leader_only);
    ovsdb_idl_set_shuffle_remotes(idl, options->shuffle_remotes);
    for (size_t i = 0; i < n; i++) {
        const struct ovsdb_idl_table_class *class
            = command_table(&commands[i]);

        if (class) {
            /* The IDL looks for a table only if it has a column to read. */
            ovsdb_idl_add_column(idl, &class->columns[0]);
        }
        if (commands[i].syntax->prerequisites) {
            struct ctl_context ctx;

            ctl_context_init(&ctx, &commands[i], idl, NULL, NULL, NULL);
            commands[i].syntax->prerequisites(&ctx);
            if (ctx.error) {
                ctl_fatal("%s", ctx.error);
            }
            ctl_context_done(&ctx, &commands[i]);
        }
    }
    return idl;
}

/* A server hangs up on its clients while it converts a database, which is what
 * ovn-route-northd has it do at its start: come back so many times. */
#define MAX_HANGUPS 3

/* It does not tell one that asked for the schema before the conversion and for
 * the contents after.  So who waits for our tables looks again so often, with a
 * new connection. */
#define LOOK_AGAIN_MS 1000

static void
reopen_idl(struct ovsdb_idl **idl, unsigned int *seqno,
           struct ctl_command *commands, size_t n,
           const struct sbctl_options *options)
{
    ovsdb_idl_destroy(*idl);
    *idl = open_idl(commands, n, options);
    *seqno = ovsdb_idl_get_seqno(*idl);
}

static void
main_loop(struct ctl_command *commands, size_t n,
          const struct sbctl_options *options)
{
    struct ovsdb_idl *idl = open_idl(commands, n, options);
    unsigned int seqno = ovsdb_idl_get_seqno(idl);
    long long int look_again = LLONG_MAX;
    int hangups = 0;
    bool done = false;

    while (!done) {
        ovsdb_idl_run(idl);
        if (!ovsdb_idl_is_alive(idl)) {
            int error = ovsdb_idl_get_last_error(idl);

            if (error > 0 || hangups++ >= MAX_HANGUPS) {
                ctl_fatal("%s: database connection failed (%s)",
                          options->db, ovs_retval_to_string(error));
            }
            reopen_idl(&idl, &seqno, commands, n, options);
        } else if (seqno != ovsdb_idl_get_seqno(idl)) {
            bool ready = check_tables(idl, commands, n, options->db);

            seqno = ovsdb_idl_get_seqno(idl);
            look_again = ready ? LLONG_MAX : time_msec() + LOOK_AGAIN_MS;
            done = ready && run_commands(commands, n, idl, options);
        } else if (time_msec() >= look_again) {
            look_again = LLONG_MAX;
            reopen_idl(&idl, &seqno, commands, n, options);
        } else {
            ovsdb_idl_wait(idl);
            poll_timer_wait_until(look_again);
            poll_block();
        }
    }
    ovsdb_idl_destroy(idl);
}

int
main(int argc, char *argv[])
{
    struct sbctl_options options = {
        .leader_only = true,
        .shuffle_remotes = true,
        .style = TABLE_STYLE_DEFAULT,
        .local = SHASH_INITIALIZER(&options.local),
    };
    const struct ovsdb_idl_table_class *table = NULL;
    char **stock_argv = xmemdup(argv, (argc + 1) * sizeof *argv);
    const char *foreign = NULL;
    struct ctl_command *commands;
    size_t n_commands;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    /* check_tables() says it better. */
    vlog_set_levels_from_string_assert("ovsdb_idl:console:err");
    ctl_init(&sbrec_idl_class, sbrec_table_classes, sbctl_classes, NULL, NULL);

    char **env_argv = ovs_cmdl_env_parse_all(&argc, argv,
                                             getenv("OVN_SBCTL_OPTIONS"));
    bool ours = parse_options(argc, env_argv, &options);
    if (ours) {
        inspect_commands(env_argv + optind, &foreign, &table);
    }
    if (!table) {
        exec_stock(stock_argv);
    }
    if (foreign) {
        ctl_fatal("'%s' is a command of the stock ovn-sbctl and cannot be in "
                  "one transaction with table %s; give them one by one",
                  foreign, table->name);
    }

    if (!options.db) {
        options.db = ovn_default_sb_db();
    }
    char *error = ctl_parse_commands(argc - optind, env_argv + optind,
                                     &options.local, &commands, &n_commands);
    if (error) {
        ctl_fatal("%s", error);
    }
    ctl_timeout_setup(options.timeout);
    main_loop(commands, n_commands, &options);

    for (size_t i = 0; i < n_commands; i++) {
        shash_destroy_free_data(&commands[i].options);
    }
    free(commands);
    shash_destroy_free_data(&options.local);
    free(stock_argv);
    return EXIT_SUCCESS;
}
