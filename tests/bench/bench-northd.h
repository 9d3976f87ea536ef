/* bench-northd -- the parts of the benchmark, for its own .c files only.
 *
 * bench-northd.c measures; bench-world.c knows what is put into the databases;
 * bench-server.c talks to servers and follows the Southbound rows. */
#ifndef TESTS_BENCH_NORTHD_H
#define TESTS_BENCH_NORTHD_H 1

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sset.h"

struct ds;
struct json;
struct jsonrpc;

/* How long there may be no progress: what stock ovn-northd does with very many
 * objects takes minutes. */
#define LIMIT_S 60
#define STOCK_LIMIT_S 600

/* One server, and what it said. */
struct server {
    const char *remote;
    struct jsonrpc *rpc;
    struct json *reply;         /* The last one, or NULL. */
    struct json *request_id;    /* Of the request that is waited for. */
};

struct bench {
    struct server nb, sb;
    const char *start;          /* Shell command that starts the daemon... */
    const char *pidfile;        /* ...where it leaves its process id... */
    const char *unixctl;        /* ...and its control socket. */
    int limit;                  /* Seconds without progress that end it. */
    bool stock;                 /* Stock ovn-northd makes the ports. */
    const struct kind *kind;
    size_t n;                   /* Objects. */
    size_t n_routers;           /* They are spread over. */
    size_t n_idle;              /* Machines' ports that matter to nobody. */
    pid_t pid;                  /* The daemon. */

    size_t rows;                /* In Advertised_Route... */
    struct sset prefixes;       /* ...and their prefixes, those of changes. */
};

struct kind {
    const char *name;
    const char *source;         /* Of dynamic-routing-redistribute. */

    /* Appends operations that make object 'i', and of all that belong to router
     * 'lr' the references to the 'n' objects from 'first' on. */
    void (*add)(const struct bench *, struct ds *ops, size_t i);
    void (*attach)(const struct bench *, struct ds *ops, size_t lr,
                   size_t first, size_t n);
    /* Appends operations that remove it; 'uuid' is that of its row. */
    void (*remove)(const struct bench *, struct ds *ops, size_t lr,
                   const char *uuid);
    /* Appends the ip_prefix of its row. */
    void (*prefix)(struct ds *, size_t i);

    /* The objects are ports of switches, "lsN" for router "lrN": these... */
    bool on_switch;
    /* ...have a Port_Binding each, which these operations make, for 'n' of them
     * from 'first' on, if stock ovn-northd does not run. */
    void (*add_sb)(struct ds *ops, size_t first, size_t n);
};

/* Servers.  They end the program when something goes wrong. */

void server_open(const struct bench *, struct server *);

/* Takes what the server said.  True if it was anything. */
bool server_recv(struct bench *, struct server *);

/* Waits until 'done' says so; listens to both servers all the time. */
void bench_wait_until(struct bench *,
                      bool (*done)(struct bench *, const void *aux),
                      const void *aux, const char *what);

/* Sends 'method' with 'params', a JSON text that is freed, and returns the
 * reply, which the caller must free. */
struct json *server_request(struct bench *, struct server *,
                            const char *method, struct ds *params);

/* Executes the operations 'ops' (each with a comma in front), which are freed.
 * Returns the results, which the caller must free. */
struct json *server_transact(struct bench *, struct server *, struct ds *ops);

/* The same, for callers who do not need the results. */
void server_run(struct bench *, struct server *, struct ds *ops);

/* The world. */

/* The kind called 'name', or NULL. */
const struct kind *kind_find(const char *name);

/* Makes routers, switches and objects. */
void world_fill(struct bench *);

/* Makes the Southbound ports of 'n' objects from 'first' on, if that is our
 * business. */
void world_add_sb(struct bench *, size_t first, size_t n);

#endif /* tests/bench/bench-northd.h */
