/* connection-status -- tells when a database server is away.
 *
 * A connection that is down for some seconds is a problem, with source
 * "connection", until it is up again.  Single-threaded.
 */
#ifndef NORTHD_CONNECTION_STATUS_H
#define NORTHD_CONNECTION_STATUS_H 1

struct ovsdb_idl;
struct problem_set;
struct ssl_files;

struct connection {
    const struct ovsdb_idl *idl; /* That makes it. */
    const char *object;         /* What it is called in problems. */
    const char *remote;         /* As given by the user. */
    const struct ssl_files *ssl; /* Keys that it may need. */
    long long int last_up;      /* When it was up, or we started. */
    long long int stable;       /* When it will have held, or 0: it is not
                                 * up. */
    int last_error;             /* The last that connecting gave, */
    int error;                  /* the same if since it was up. */
};

/* Starts to look after the connection of 'idl'.  All that is given must outlive
 * it. */
void connection_init(struct connection *, const struct ovsdb_idl *idl,
                     const char *object, const char *remote,
                     const struct ssl_files *);

/* Reports the connection if it is down for long, and takes that back. */
void connection_run(struct connection *, struct problem_set *);

/* Wakes up when there will be something to report. */
void connection_wait(const struct connection *);

#endif /* northd/connection-status.h */
