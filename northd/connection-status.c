/* connection-status.c: how a connection stands.  See the header. */
#include <config.h>
#include "northd/connection-status.h"

#include <stdlib.h>

#include "lib/problem.h"
#include "lib/socket-access.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "timeval.h"

#define SOURCE "connection"

/* How long being away takes to be a problem: nobody wants to read of each start
 * and reconnection. */
#define GRACE_MS 3000

void
connection_init(struct connection *connection, const struct ovsdb_idl *idl,
                const char *object, const char *remote)
{
    *connection = (struct connection) { idl, object, remote, time_msec() };
}

void
connection_run(struct connection *connection, struct problem_set *problems)
{
    const struct ovsdb_idl *idl = connection->idl;

    if (ovsdb_idl_is_connected(idl)) {
        connection->last_up = time_msec();
        problem_resolve(problems, SOURCE, connection->object);
    } else if (time_msec() >= connection->last_up + GRACE_MS) {
        char *denied = socket_access_denied(connection->remote);

        problem_report(problems, SOURCE, connection->object,
                       "%s at %.200s; no route changes until it is back; %s",
                       (ovsdb_idl_has_ever_connected(idl)
                        ? "connection lost" : "not reached yet"),
                       connection->remote,
                       (denied ? denied
                        : "check that the server runs, and the address"));
        free(denied);
    }
}

void
connection_wait(const struct connection *connection)
{
    long long int due = connection->last_up + GRACE_MS;

    if (!ovsdb_idl_is_connected(connection->idl) && time_msec() < due) {
        poll_timer_wait_until(due);
    }
}
