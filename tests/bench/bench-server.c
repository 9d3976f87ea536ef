/* bench-server.c: the benchmark's talk with the servers, by plain JSON-RPC, and
 * what it sees of Advertised_Route. */
#include <config.h>
#include "tests/bench/bench-northd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jsonrpc.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

void
server_open(const struct bench *b, struct server *server)
{
    struct stream *stream;
    int error = stream_open_block(stream_open(server->remote, &stream, 0),
                                  b->limit * 1000, &stream);

    if (error) {
        ovs_fatal(error, "%s", server->remote);
    }
    server->rpc = jsonrpc_open(stream);
}

/* Counts what came into Advertised_Route and left it. */
static void
follow_rows(struct bench *b, const struct json *updates)
{
    const struct json *table = shash_find_data(json_object(updates),
                                               "Advertised_Route");
    struct shash_node *node;

    if (!table) {
        return;
    }
    SHASH_FOR_EACH (node, json_object(table)) {
        const struct shash *row = json_object(node->data);
        const struct json *old = shash_find_data(row, "old");
        const struct json *new = shash_find_data(row, "new");
        const struct json *value = shash_find_data(
            json_object(new ? new : old), "ip_prefix");

        if (old && !new) {
            b->rows--;
            sset_find_and_delete(&b->prefixes, json_string(value));
        } else if (new && !old) {
            b->rows++;
            if (b->rows > b->n) {
                sset_add(&b->prefixes, json_string(value));
            }
        }
    }
}

bool
server_recv(struct bench *b, struct server *server)
{
    struct jsonrpc_msg *msg;
    int error;

    if (!server->rpc) {
        return false;
    }
    jsonrpc_run(server->rpc);
    error = jsonrpc_recv(server->rpc, &msg);
    if (error == EAGAIN) {
        return false;
    } else if (error) {
        ovs_fatal(error == EOF ? 0 : error, "%s: connection lost",
                  server->remote);
    }
    if (msg->type == JSONRPC_REQUEST && !strcmp(msg->method, "echo")) {
        jsonrpc_send(server->rpc, jsonrpc_create_reply(
                         json_clone(msg->params), msg->id));
    } else if (msg->type == JSONRPC_NOTIFY
               && !strcmp(msg->method, "update")) {
        follow_rows(b, json_array(msg->params)->elems[1]);
    } else if (msg->type == JSONRPC_REPLY && server->request_id
               && json_equal(msg->id, server->request_id)) {
        server->reply = json_clone(msg->result);
    } else if (msg->type == JSONRPC_ERROR) {
        ovs_fatal(0, "%s: %s", server->remote,
                  json_to_string(msg->error, JSSF_SORT));
    }
    jsonrpc_msg_destroy(msg);
    return true;
}

void
bench_wait_until(struct bench *b,
                 bool (*done)(struct bench *, const void *aux),
                 const void *aux, const char *what)
{
    long long int limit = time_msec() + b->limit * 1000LL;

    while (!done(b, aux)) {
        bool progress = server_recv(b, &b->nb);

        progress |= server_recv(b, &b->sb);
        if (progress) {
            limit = time_msec() + b->limit * 1000LL;
            continue;
        }
        if (time_msec() > limit) {
            printf(" %s: no progress within %d s, %"PRIuSIZE" rows\n", what,
                   b->limit, b->rows);
            exit(EXIT_FAILURE);
        }
        jsonrpc_wait(b->nb.rpc);
        jsonrpc_recv_wait(b->nb.rpc);
        if (b->sb.rpc) {
            jsonrpc_wait(b->sb.rpc);
            jsonrpc_recv_wait(b->sb.rpc);
        }
        poll_timer_wait_until(limit);
        poll_block();
    }
}

static bool
have_reply(struct bench *b OVS_UNUSED, const void *server_)
{
    const struct server *server = server_;

    return server->reply != NULL;
}

struct json *
server_request(struct bench *b, struct server *server, const char *method,
               struct ds *params)
{
    struct jsonrpc_msg *msg = jsonrpc_create_request(
        method, json_from_string(ds_cstr(params)), &server->request_id);
    struct json *reply;
    int error;

    ds_destroy(params);
    server->request_id = json_clone(server->request_id);
    error = jsonrpc_send(server->rpc, msg);
    if (error) {
        ovs_fatal(error, "%s: cannot send", server->remote);
    }
    bench_wait_until(b, have_reply, server, method);
    reply = server->reply;
    server->reply = NULL;
    json_destroy(server->request_id);
    server->request_id = NULL;
    return reply;
}

struct json *
server_transact(struct bench *b, struct server *server, struct ds *ops)
{
    struct ds params = DS_EMPTY_INITIALIZER;
    struct json *reply;

    ds_put_format(&params, "[\"%s\"%s]",
                  server == &b->nb ? "OVN_Northbound" : "OVN_Southbound",
                  ds_cstr(ops));
    ds_destroy(ops);
    reply = server_request(b, server, "transact", &params);
    for (size_t i = 0; i < json_array(reply)->n; i++) {
        const struct json *result = json_array(reply)->elems[i];

        if (result->type == JSON_OBJECT
            && shash_find(json_object(result), "error")) {
            ovs_fatal(0, "%s: transaction failed: %s", server->remote,
                      json_to_string(result, JSSF_SORT));
        }
    }
    return reply;
}

void
server_run(struct bench *b, struct server *server, struct ds *ops)
{
    json_destroy(server_transact(b, server, ops));
}
