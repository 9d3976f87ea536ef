/* sb-schema.c: installs our tables in the Southbound schema.  See the header. */
#include <config.h>
#include "northd/sb-schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonrpc.h"
#include "lib/backoff.h"
#include "lib/problem.h"
#include "lib/sb-schema-extension.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-session.h"
#include "random.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

#define PROBLEM_SOURCE "schema"

/* A conversion of a large database takes a while, in which the server does
 * not answer probes. */
#define PROBE_INTERVAL_MS 60000

enum sb_schema_phase {
    IDLE,                       /* Nothing to do; not connected. */
    CONNECTING,                 /* Waiting for a connection. */
    READING,                    /* Waiting for the schema. */
    CONVERTING,                 /* Waiting for the end of the conversion. */
};

struct sb_schema {
    char *remotes;
    char *database;
    enum sb_schema_phase phase;
    enum sb_schema_verdict verdict;
    struct jsonrpc_session *session; /* NULL if 'phase' is IDLE. */
    unsigned int seqno;         /* Of 'session', when 'request' was sent. */
    struct json *request;       /* Id of the request to be answered. */
    struct json *base;          /* CONVERTING: the schema that was extended... */
    struct json *check;         /* ...id of the request for the one that was
                                 * there just before that, or NULL... */
    struct json *before;        /* ...and the answer to it, or NULL. */
    bool may_convert;           /* As told last. */
    bool due;                   /* IDLE: there is something to check... */
    struct backoff backoff;     /* ...but not before this is over. */
    int connect_error;
    bool behind;                /* The other connection is behind... */
    struct backoff patience;    /* ...and is given this time to catch up. */
};

struct sb_schema *
sb_schema_create(const char *remotes, const char *database)
{
    struct sb_schema *ss = xzalloc(sizeof *ss);

    ss->remotes = xstrdup(remotes);
    ss->database = xstrdup(database);
    return ss;
}

static void
forget_request(struct sb_schema *ss)
{
    json_destroy(ss->request);
    ss->request = NULL;
}

static void
forget_conversion(struct sb_schema *ss)
{
    json_destroy(ss->base);
    json_destroy(ss->check);
    json_destroy(ss->before);
    ss->base = ss->check = ss->before = NULL;
}

static void
enter_idle(struct sb_schema *ss)
{
    forget_request(ss);
    forget_conversion(ss);
    jsonrpc_session_close(ss->session);
    ss->session = NULL;
    ss->phase = IDLE;
}

void
sb_schema_destroy(struct sb_schema *ss)
{
    if (ss) {
        enter_idle(ss);
        free(ss->remotes);
        free(ss->database);
        free(ss);
    }
}

enum sb_schema_verdict
sb_schema_get_verdict(const struct sb_schema *ss)
{
    return ss->verdict;
}

int
sb_schema_get_connect_error(const struct sb_schema *ss)
{
    return ss->connect_error;
}

static void
enter_connecting(struct sb_schema *ss)
{
    struct svec remotes = SVEC_EMPTY_INITIALIZER;
    struct uuid cid;

    ovsdb_session_parse_remote(ss->remotes, &remotes, &cid);
    ss->session = jsonrpc_session_open_multiple(&remotes, true);
    jsonrpc_session_set_probe_interval(ss->session, PROBE_INTERVAL_MS);
    svec_destroy(&remotes);
    ss->phase = CONNECTING;
}

/* Sends 'method' with 'params' and goes to 'next', where the reply is awaited.
 * A message that cannot be sent means a lost connection, seen later. */
static void
send_request(struct sb_schema *ss, const char *method, struct json *params,
             enum sb_schema_phase next)
{
    forget_request(ss);
    jsonrpc_session_send(ss->session,
                         jsonrpc_create_request(method, params,
                                                &ss->request));
    ss->seqno = jsonrpc_session_get_seqno(ss->session);
    ss->phase = next;
}

static void
ask_for_schema(struct sb_schema *ss)
{
    send_request(ss, "get_schema",
                 json_array_create_1(json_string_create(ss->database)),
                 READING);
}

static void
enter_reading(struct sb_schema *ss)
{
    struct json *id;

    /* Without this the server drops us when the database is converted. */
    jsonrpc_session_send(
        ss->session,
        jsonrpc_create_request("set_db_change_aware",
                               json_array_create_1(json_boolean_create(true)),
                               &id));
    json_destroy(id);
    ask_for_schema(ss);
}

/* The check ended well, but the next one is not to follow at once. */
static void
conclude(struct sb_schema *ss, enum sb_schema_verdict verdict)
{
    ss->verdict = verdict;
    backoff_fail(&ss->backoff, time_msec(), random_uint32());
    enter_idle(ss);
}

static void
fail(struct sb_schema *ss, const char *doing, const struct json *error,
     struct problem_set *problems)
{
    char *text = json_to_string(error, JSSF_SORT);

    problem_report(problems, PROBLEM_SOURCE, ss->database,
                   "%s failed: %.500s; check that the server is well and "
                   "takes the request, it will be repeated", doing, text);
    free(text);
    conclude(ss, ss->verdict);
}

static void
convert(struct sb_schema *ss, struct json *schema)
{
    send_request(ss, "convert",
                 json_array_create_2(json_string_create(ss->database), schema),
                 CONVERTING);
}

/* Adds our tables to 'schema', which was the server's when it was read.  Someone
 * else, as an upgrade of stock OVN, may convert the database between that and
 * this, and the server takes no condition with a conversion.  So it is asked
 * once more in the same step, which tells afterwards what our conversion
 * replaced. */
static void
start_conversion(struct sb_schema *ss, const struct json *schema)
{
    struct json *name = json_array_create_1(json_string_create(ss->database));

    forget_conversion(ss);
    ss->base = json_clone(schema);
    jsonrpc_session_send(ss->session,
                         jsonrpc_create_request("get_schema", name,
                                                &ss->check));
    convert(ss, sb_schema_extend(schema));
}

/* Our conversion is through.  Sees to it that it undid no other. */
static void
finish_conversion(struct sb_schema *ss, struct problem_set *problems)
{
    struct json *before = ss->before;

    ss->before = NULL;
    if (before && before->type == JSON_OBJECT
        && !json_equal(before, ss->base)) {
        bool stock = sb_schema_classify(before) == SB_SCHEMA_STOCK;

        problem_report(problems, PROBLEM_SOURCE, ss->database,
                       "the schema was changed by someone else while our tables "
                       "were added, which undid that; the changed schema is "
                       "being installed again; restart stock ovn-northd should "
                       "it complain");
        forget_conversion(ss);
        convert(ss, stock ? sb_schema_extend(before) : json_clone(before));
    } else {
        forget_conversion(ss);
        ask_for_schema(ss);
    }
    json_destroy(before);
}

static void
read_schema(struct sb_schema *ss, const struct json *schema,
            struct problem_set *problems)
{
    switch (sb_schema_classify(schema)) {
    case SB_SCHEMA_EXTENDED:
        problem_resolve(problems, PROBLEM_SOURCE, ss->database);
        conclude(ss, SB_SCHEMA_VERDICT_READY);
        break;

    case SB_SCHEMA_NATIVE:
        conclude(ss, SB_SCHEMA_VERDICT_REFUSED);
        break;

    case SB_SCHEMA_STOCK:
        if (!ss->may_convert) {
            conclude(ss, SB_SCHEMA_VERDICT_LACKING);
        } else {
            ss->verdict = SB_SCHEMA_VERDICT_LACKING;
            start_conversion(ss, schema);
        }
        break;
    }
}

static void
receive(struct sb_schema *ss, const struct jsonrpc_msg *msg,
        struct problem_set *problems)
{
    if (msg->type == JSONRPC_REPLY && ss->check
        && json_equal(msg->id, ss->check)) {
        ss->before = json_clone(msg->result);
        json_destroy(ss->check);
        ss->check = NULL;
        return;
    }
    if ((msg->type != JSONRPC_REPLY && msg->type != JSONRPC_ERROR)
        || !ss->request || !json_equal(msg->id, ss->request)) {
        return;
    }
    if (msg->type == JSONRPC_ERROR) {
        fail(ss, (ss->phase == READING
                  ? "reading the schema"
                  : "adding the tables of dynamic routing to the schema"),
             msg->error, problems);
    } else if (ss->phase == READING) {
        if (msg->result->type == JSON_OBJECT) {
            read_schema(ss, msg->result, problems);
        } else {
            fail(ss, "reading the schema", msg->result, problems);
        }
    } else {
        finish_conversion(ss, problems);
    }
}

static void
run_session(struct sb_schema *ss, struct problem_set *problems)
{
    int error;

    jsonrpc_session_run(ss->session);
    if (!jsonrpc_session_is_connected(ss->session)) {
        forget_request(ss);
        forget_conversion(ss);
        ss->phase = CONNECTING;
        error = jsonrpc_session_get_last_error(ss->session);
        ss->connect_error = error > 0 ? error : error < 0 ? ECONNRESET : 0;
        return;
    }
    ss->connect_error = 0;
    if (ss->phase == CONNECTING
        || ss->seqno != jsonrpc_session_get_seqno(ss->session)) {
        enter_reading(ss);
    }
    while (ss->session) {
        struct jsonrpc_msg *msg = jsonrpc_session_recv(ss->session);

        if (!msg) {
            break;
        }
        receive(ss, msg, problems);
        jsonrpc_msg_destroy(msg);
    }
}

/* True if the other connection has been missing for too long what is there.  The
 * server usually tells it in no time; but should it be slow, a new connection is
 * no help, so there is more patience each time. */
static bool
is_behind(struct sb_schema *ss, const struct sb_schema_in *in)
{
    bool behind = (in->connected && in->tables_missing
                   && ss->verdict == SB_SCHEMA_VERDICT_READY);

    if (!in->tables_missing) {
        backoff_reset(&ss->patience);
    } else if (behind && !ss->behind) {
        backoff_fail(&ss->patience, time_msec(), 0);
    }
    ss->behind = behind && time_msec() < ss->patience.next;
    return behind && !ss->behind;
}

bool
sb_schema_run(struct sb_schema *ss, const struct sb_schema_in *in,
              struct problem_set *problems)
{
    if (in->may_convert && !ss->may_convert
        && ss->verdict == SB_SCHEMA_VERDICT_LACKING) {
        backoff_reset(&ss->backoff); /* What could not be done now can. */
    }
    ss->may_convert = in->may_convert;

    if (ss->phase == IDLE) {
        ss->due = (ss->verdict == SB_SCHEMA_VERDICT_UNKNOWN
                   || in->tables_missing);
        if (!ss->due) {
            backoff_reset(&ss->backoff);
        } else if (time_msec() >= ss->backoff.next) {
            enter_connecting(ss);
        }
    }
    if (ss->session) {
        run_session(ss, problems);
    }
    return is_behind(ss, in);
}

void
sb_schema_wait(const struct sb_schema *ss)
{
    if (ss->session) {
        jsonrpc_session_wait(ss->session);
        jsonrpc_session_recv_wait(ss->session);
    } else if (ss->due) {
        poll_timer_wait_until(ss->backoff.next);
    }
    if (ss->behind) {
        poll_timer_wait_until(ss->patience.next);
    }
}
