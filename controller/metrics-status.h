/* metrics-status -- serves one document by HTTP, on local sockets.
 *
 * Answers GET and HEAD of "/metrics", on a unix socket and perhaps on a TCP
 * port of the loopback device, with a document that the caller makes for each
 * request.  What it can be made to do is bounded: so many clients at a time, so
 * long each, so many bytes of a request.
 *
 * A unix socket on which someone answers is left to him.
 *
 * Ownership: it owns its sockets.
 * Errors: a socket that cannot be had is tried again; see
 *     metrics_status_get_error().
 * Units: times are milliseconds of time_msec().
 * Threads: single-threaded; uses the poll loop; never blocks.
 */
#ifndef CONTROLLER_METRICS_STATUS_H
#define CONTROLLER_METRICS_STATUS_H 1

#include <stdbool.h>

struct ds;
struct metrics_status;

/* Appends the document to 'ds'. */
typedef void metrics_status_cb(void *aux, struct ds *);

/* Serves what 'cb' makes on the unix socket 'path', if nonnull, and on 'port',
 * if nonnull, a passive stream like "ptcp:9100:127.0.0.1". */
struct metrics_status *metrics_status_create(const char *path,
                                             const char *port,
                                             metrics_status_cb *, void *aux);

/* NULL is allowed. */
void metrics_status_destroy(struct metrics_status *);

void metrics_status_run(struct metrics_status *, long long int now);
void metrics_status_wait(struct metrics_status *);

/* Why one of the sockets is not served, or NULL; 'which' is its name. */
const char *metrics_status_get_error(const struct metrics_status *,
                                     const char **which);

/* Makes a passive stream of 's', "[HOST:]PORT".  HOST is 127.0.0.1 by default,
 * and must be an address of the loopback device: 127.x.x.x or [::1].  Returns
 * NULL if it is not; else the caller must free() the result. */
char *metrics_status_parse_port(const char *s);

#endif /* controller/metrics-status.h */
