/* connection-status.c: how a connection stands.  See the header. */
#include <config.h>
#include "northd/connection-status.h"

#include <stdlib.h>

#include "lib/problem.h"
#include "lib/socket-access.h"
#include "lib/ssl-files.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "timeval.h"

#define SOURCE "connection"

/* How long being away takes to be a problem: nobody wants to read of each start
 * and reconnection. */
#define GRACE_MS 3000

/* A server that refuses our certificate lets us connect, and hangs up then.  So
 * a connection counts when it has held so long. */
#define STABLE_MS 1000

void
connection_init(struct connection *connection, const struct ovsdb_idl *idl,
                const char *object, const char *remote,
                const struct ssl_files *ssl)
{
    *connection = (struct connection) {
        .idl = idl, .object = object, .remote = remote, .ssl = ssl,
        .last_up = time_msec(),
    };
}

static void
report(const struct connection *connection, struct problem_set *problems)
{
    const struct ovsdb_idl *idl = connection->idl;
    char *reason = socket_access_denied(connection->remote);

    if (!reason) {
        reason = ssl_files_explain(connection->ssl, connection->remote,
                                   connection->error);
    }
    problem_report(problems, SOURCE, connection->object,
                   "%s at %.200s; no route changes until it is back; %s",
                   (ovsdb_idl_has_ever_connected(idl)
                    ? "connection lost" : "not reached yet"),
                   connection->remote,
                   (reason ? reason
                    : "check that the server runs, and the address"));
    free(reason);
}

void
connection_run(struct connection *connection, struct problem_set *problems)
{
    int error = ovsdb_idl_get_last_error(connection->idl);
    long long int now = time_msec();

    /* The IDL remembers the last error for ever, but one of before it was up
     * says nothing of why it is not. */
    if (error != connection->last_error) {
        connection->last_error = connection->error = error;
    }
    if (!ovsdb_idl_is_connected(connection->idl)) {
        if (connection->stable && now >= connection->stable) {
            connection->last_up = now; /* All was quiet until now. */
        }
        connection->stable = 0;
    } else if (!connection->stable) {
        connection->stable = now + STABLE_MS;
    } else if (now >= connection->stable) {
        connection->last_up = now;
        connection->error = 0;
        problem_resolve(problems, SOURCE, connection->object);
    }
    if (!connection->stable && now >= connection->last_up + GRACE_MS) {
        report(connection, problems);
    }
}

void
connection_wait(const struct connection *connection)
{
    long long int due = (connection->stable ? connection->stable
                         : connection->last_up + GRACE_MS);

    if (time_msec() < due) {
        poll_timer_wait_until(due);
    }
}
