/* ovn-route-ctl-schema.c: "schema": our tables in the Southbound schema. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ovn-sb-idl.h"
#include "lib/sb-schema-extension.h"
#include "openvswitch/json.h"
#include "ovsdb-session.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

#define LOCK_NAME "ovn_route_northd"

/* A large database takes a while. */
#define CONVERT_SECONDS 600

/* Calls 'method' of the first server of the Southbound database that answers;
 * as ctl_rpc().  'params' is consumed. */
static struct json *
sb_rpc(struct ctl *ctl, const char *method, struct json *params, int seconds,
       char **error)
{
    struct svec remotes = SVEC_EMPTY_INITIALIZER;
    struct json *result = NULL;
    struct uuid cid;

    *error = NULL;
    ctl_ssl_use(ctl, ctl_sb_remote(ctl));
    ovsdb_session_parse_remote(ctl_sb_remote(ctl), &remotes, &cid);
    for (size_t i = 0; i < remotes.n && !result; i++) {
        free(*error);
        result = ctl_rpc(remotes.names[i], method, json_clone(params), seconds,
                         error);
    }

    char *why = result ? NULL : ctl_ssl_explain(ctl, ctl_sb_remote(ctl), 0);
    if (why) {
        free(*error);
        *error = why;
    }
    svec_destroy(&remotes);
    json_destroy(params);
    return result;
}

static struct json *
read_schema(struct ctl *ctl)
{
    struct json *schema, *database;
    char *error;

    database = json_string_create(sbrec_idl_class.database);
    schema = sb_rpc(ctl, "get_schema", json_array_create_1(database),
                    CTL_ANSWER_SECONDS, &error);
    if (!schema) {
        ctl_fail("cannot read the Southbound schema: %s", error);
    } else if (schema->type != JSON_OBJECT) {
        ctl_fail("the server's answer is no schema");
    }
    return schema;
}

/* Makes 'schema', which is consumed, that of the database, online. */
static void
convert(struct ctl *ctl, struct json *schema)
{
    struct json *database = json_string_create(sbrec_idl_class.database);
    struct json *result;
    char *error;

    result = sb_rpc(ctl, "convert", json_array_create_2(database, schema),
                    CONVERT_SECONDS, &error);
    if (!result) {
        ctl_fail("cannot convert the Southbound database: %s", error);
    }
    json_destroy(result);
}

static const char *
describe(enum sb_schema_state state)
{
    return (state == SB_SCHEMA_EXTENDED ? "has the tables of dynamic routing"
            : state == SB_SCHEMA_NATIVE
            ? "is of an OVN with dynamic routing of its own"
            : "is stock: it lacks the tables of dynamic routing");
}

static void
schema_show(const struct ctl *ctl, const struct json *schema)
{
    enum sb_schema_state state = sb_schema_classify(schema);
    const struct json *version = shash_find_data(schema->object, "version");
    const char *text = (version && version->type == JSON_STRING
                        ? json_string(version) : "unknown");

    if (ctl->json) {
        printf("{\"state\":\"%s\",\"version\":\"%s\"}\n",
               (state == SB_SCHEMA_EXTENDED ? "extended"
                : state == SB_SCHEMA_NATIVE ? "native" : "stock"), text);
    } else {
        printf("the Southbound schema, version %s, %s\n", text,
               describe(state));
    }
}

bool
ctl_northd_runs(struct ctl *ctl)
{
    struct json *name = json_string_create(LOCK_NAME), *result;
    const struct json *locked;
    bool runs = false;
    char *error;

    /* Who asks gets the lock if it is free, and loses it with the
     * connection. */
    result = sb_rpc(ctl, "lock", json_array_create_1(name),
                    CTL_ANSWER_SECONDS, &error);
    if (!result) {
        ctl_fail("cannot ask the Southbound database: %s", error);
    }
    if (result->type == JSON_OBJECT) {
        locked = shash_find_data(result->object, "locked");
        runs = locked && locked->type == JSON_FALSE;
    }
    json_destroy(result);
    return runs;
}

bool
ctl_schema_is_native(struct ctl *ctl)
{
    struct json *schema = read_schema(ctl);
    bool native = sb_schema_classify(schema) == SB_SCHEMA_NATIVE;

    json_destroy(schema);
    return native;
}

void
ctl_schema_remove(struct ctl *ctl)
{
    struct json *schema = read_schema(ctl);

    if (sb_schema_classify(schema) == SB_SCHEMA_NATIVE) {
        ctl_fail("the tables are OVN's own, and stay");
    }
    convert(ctl, sb_schema_shrink(schema));
    json_destroy(schema);
}

static int
schema_install(struct ctl *ctl, const struct json *schema)
{
    switch (sb_schema_classify(schema)) {
    case SB_SCHEMA_NATIVE:
        ctl_fail("this OVN does dynamic routing by itself; nothing is "
                 "installed");
    case SB_SCHEMA_EXTENDED:
        puts("the tables are there already");
        break;
    case SB_SCHEMA_STOCK:
        if (!ctl->dry_run) {
            convert(ctl, sb_schema_extend(schema));
        }
        puts(ctl->dry_run ? "the tables would be installed"
             : "the tables are installed");
        break;
    }
    return CTL_YES;
}

int
ctl_schema(struct ctl *ctl)
{
    const char *verb = ctl->argc ? ctl->argv[0] : "show";
    struct json *schema = read_schema(ctl);
    enum sb_schema_state state = sb_schema_classify(schema);
    int status = CTL_YES;

    if (!strcmp(verb, "show")) {
        schema_show(ctl, schema);
        status = state == SB_SCHEMA_EXTENDED ? CTL_YES : CTL_NO;
    } else if (!strcmp(verb, "install")) {
        status = schema_install(ctl, schema);
    } else if (!strcmp(verb, "remove")) {
        if (!ctl->force && ctl_northd_runs(ctl)) {
            ctl_fail("ovn-route-northd runs, and would put the tables back at "
                     "once; stop all of its instances, or use --force");
        }
        if (!ctl->dry_run) {
            ctl_schema_remove(ctl);
        }
        puts(ctl->dry_run ? "the tables would be removed"
             : "the tables are removed");
    } else {
        ctl_fail("\"schema %s\" is unknown; use show, install or remove",
                 verb);
    }
    json_destroy(schema);
    return status;
}
