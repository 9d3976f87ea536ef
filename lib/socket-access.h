/* socket-access -- why a unix socket lets nobody in.
 *
 * "Not connected" has many reasons, and one of them no retry mends: the socket
 * belongs to another user.  Root without CAP_DAC_OVERRIDE, which is what our
 * units leave of it, is such a stranger where Open vSwitch or OVN run as a user
 * of their own.
 *
 * Cost: a look at the file system for each remote.
 * Threads: single-threaded.
 */
#ifndef SOCKET_ACCESS_H
#define SOCKET_ACCESS_H 1

/* If all of 'remotes', one OVSDB or OpenFlow remote or a comma list of them,
 * are unix sockets that this process may not connect to, returns a sentence
 * that names the first one, its owner and what to do; the caller must free()
 * it.  Else, also if 'remotes' is NULL, returns NULL. */
char *socket_access_denied(const char *remotes);

#endif /* lib/socket-access.h */
