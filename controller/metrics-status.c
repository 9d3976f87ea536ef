/* metrics-status.c: serves metrics by HTTP.  See the header. */
#include <config.h>
#include "controller/metrics-status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http-get.h"
#include "lib/open-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "stream.h"
#include "util.h"

#define MAX_CLIENTS 8
#define CLIENT_MS 5000

/* Between two tries to get a socket. */
#define RETRY_MS 5000

/* A place where clients come in. */
struct listener {
    char *name;                 /* For pstream_open(); NULL: none. */
    struct pstream *pstream;    /* NULL: not open. */
    long long int next;         /* When to try to open it. */
    char *error;                /* Why it is not open, or NULL. */
};

struct client {
    struct stream *stream;      /* NULL: the place is free. */
    long long int deadline;
    char request[HTTP_GET_MAX];
    size_t n_received;
    struct ds answer;           /* Empty: the request is not complete. */
    size_t n_sent;
};

struct metrics_status {
    metrics_status_cb *cb;
    void *aux;
    struct listener listeners[2];
    struct client clients[MAX_CLIENTS];
};

struct metrics_status *
metrics_status_create(const char *path, const char *port,
                      metrics_status_cb *cb, void *aux)
{
    struct metrics_status *ms = xzalloc(sizeof *ms);

    ms->cb = cb;
    ms->aux = aux;
    ms->listeners[0].name = path ? xasprintf("punix:%s", path) : NULL;
    ms->listeners[1].name = nullable_xstrdup(port);
    return ms;
}

static void
client_close(struct client *client)
{
    stream_close(client->stream);
    client->stream = NULL;
    ds_destroy(&client->answer);
    ds_init(&client->answer);
    client->n_received = client->n_sent = 0;
}

void
metrics_status_destroy(struct metrics_status *ms)
{
    if (!ms) {
        return;
    }
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (ms->clients[i].stream) {
            client_close(&ms->clients[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(ms->listeners); i++) {
        if (ms->listeners[i].pstream) {
            pstream_close(ms->listeners[i].pstream);
        }
        free(ms->listeners[i].name);
        free(ms->listeners[i].error);
    }
    free(ms);
}

/* True if someone answers on the unix socket that 'name' would listen on:
 * pstream_open() would take it from him. */
static bool
is_taken(const char *name)
{
    struct stream *stream;

    if (strncmp(name, "punix:", 6) || stream_open(name + 1, &stream, 0)) {
        return false;
    }

    int error = stream_connect(stream);
    stream_close(stream);
    return !error || error == EAGAIN;
}

static void
listener_open(struct listener *listener, long long int now)
{
    int error = EADDRINUSE;

    listener->next = now + RETRY_MS;
    free(listener->error);
    listener->error = NULL;
    if (!is_taken(listener->name)) {
        error = pstream_open(listener->name, &listener->pstream, 0);
    }
    if (error) {
        listener->pstream = NULL;
        listener->error = xstrdup(ovs_strerror(error));
    }
}

/* A free place for a client, or NULL. */
static struct client *
find_place(struct metrics_status *ms)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (!ms->clients[i].stream) {
            return &ms->clients[i];
        }
    }
    return NULL;
}

static void
listener_run(struct metrics_status *ms, struct listener *listener,
             long long int now)
{
    struct client *client;

    if (!listener->name) {
        return;
    } else if (!listener->pstream) {
        if (now >= listener->next) {
            listener_open(listener, now);
        }
        return;
    }
    while ((client = find_place(ms)) != NULL) {
        if (pstream_accept(listener->pstream, &client->stream)) {
            client->stream = NULL;
            break;
        }
        client->deadline = now + CLIENT_MS;
    }
}

/* Makes the answer to 'client', whose request is complete or bad. */
static void
answer(struct metrics_status *ms, struct client *client, int status,
       bool head)
{
    if (status == 200) {
        struct ds body = DS_EMPTY_INITIALIZER;

        ms->cb(ms->aux, &body);
        http_get_put_head(&client->answer, 200, OPEN_METRICS_TYPE,
                          body.length);
        if (!head) {
            ds_put_buffer(&client->answer, ds_cstr(&body), body.length);
        }
        ds_destroy(&body);
    } else {
        http_get_put_error(&client->answer, status);
    }
}

/* Returns 0, EAGAIN, or what ended the connection. */
static int
client_receive(struct metrics_status *ms, struct client *client)
{
    bool head = false;
    int status;

    do {
        int n = stream_recv(client->stream,
                            client->request + client->n_received,
                            sizeof client->request - client->n_received);

        if (n <= 0) {
            return n ? -n : ECONNRESET;
        }
        client->n_received += n;
        status = http_get_parse(client->request, client->n_received,
                                "/metrics", &head);
    } while (!status);
    answer(ms, client, status, head);
    return 0;
}

/* Returns 0 when all was sent, EAGAIN, or what ended the connection. */
static int
client_send(struct client *client)
{
    while (client->n_sent < client->answer.length) {
        int n = stream_send(client->stream,
                            client->answer.string + client->n_sent,
                            client->answer.length - client->n_sent);

        if (n <= 0) {
            return n ? -n : EAGAIN;
        }
        client->n_sent += n;
    }
    return 0;
}

static void
client_run(struct metrics_status *ms, struct client *client,
           long long int now)
{
    int error = stream_connect(client->stream);

    stream_run(client->stream);
    if (!error && !client->answer.length) {
        error = client_receive(ms, client);
    }
    if (!error) {
        error = client_send(client);
    }
    /* Done, broken, or too slow. */
    if (error != EAGAIN || now >= client->deadline) {
        client_close(client);
    }
}

void
metrics_status_run(struct metrics_status *ms, long long int now)
{
    for (size_t i = 0; i < ARRAY_SIZE(ms->listeners); i++) {
        listener_run(ms, &ms->listeners[i], now);
    }
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (ms->clients[i].stream) {
            client_run(ms, &ms->clients[i], now);
        }
    }
}

void
metrics_status_wait(struct metrics_status *ms)
{
    bool has_place = find_place(ms) != NULL;

    for (size_t i = 0; i < ARRAY_SIZE(ms->listeners); i++) {
        struct listener *listener = &ms->listeners[i];

        if (listener->pstream && has_place) {
            pstream_wait(listener->pstream);
        } else if (listener->name && !listener->pstream) {
            poll_timer_wait_until(listener->next);
        }
    }
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = &ms->clients[i];

        if (client->stream) {
            stream_run_wait(client->stream);
            if (client->answer.length) {
                stream_send_wait(client->stream);
            } else {
                stream_recv_wait(client->stream);
            }
            poll_timer_wait_until(client->deadline);
        }
    }
}

const char *
metrics_status_get_error(const struct metrics_status *ms, const char **which)
{
    for (size_t i = 0; i < ARRAY_SIZE(ms->listeners); i++) {
        if (ms->listeners[i].error) {
            *which = ms->listeners[i].name;
            return ms->listeners[i].error;
        }
    }
    return NULL;
}

char *
metrics_status_parse_port(const char *s)
{
    const char *colon = strrchr(s, ':');
    const char *port = colon ? colon + 1 : s;
    char *host = colon ? xmemdup0(s, colon - s) : xstrdup("127.0.0.1");
    char *name = NULL;
    ovs_be32 ip;
    int number;

    if (port[0] && strspn(port, "0123456789") == strlen(port)
        && str_to_int(port, 10, &number) && number > 0 && number < 65536
        && (!strcmp(host, "[::1]")
            || (ip_parse(host, &ip) && ntohl(ip) >> 24 == 127))) {
        name = xasprintf("ptcp:%d:%s", number, host);
    }
    free(host);
    return name;
}
