/* ovn-route-lock.c: one ovn-route-controller in a network namespace.
 *
 * All routes of protocol 84 and all marked VRFs in a network namespace are
 * taken for our own, so two of us there would remove each other's.  The lock is
 * a listening socket with an abstract name (unix(7)): such names are one to a
 * network namespace, and the kernel lets go of them when the process ends,
 * however it ends.  As any user can bind one, it only counts if its owner is
 * root or our own user. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "util.h"

#define LOCK_NAME "ovn-route-controller"

/* How often to try again. */
#define LOCK_INTERVAL_MS 500

/* Fills in '*un' with the abstract address of the lock.  Returns its length. */
static socklen_t
lock_address(struct sockaddr_un *un)
{
    memset(un, 0, sizeof *un);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path + 1, LOCK_NAME, strlen(LOCK_NAME));
    return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LOCK_NAME);
}

/* True if the process that has the lock may have it. '*pid' is that. */
static bool
owner_counts(pid_t *pid)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un un;
    socklen_t len = lock_address(&un);
    struct ucred cred = { .pid = 0 };
    socklen_t cred_len = sizeof cred;
    bool counts = true;

    *pid = 0;
    if (fd < 0) {
        return true;            /* Not known: better not to write. */
    }
    if (!connect(fd, (struct sockaddr *) &un, len)
        && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len)) {
        *pid = cred.pid;
        counts = !cred.uid || cred.uid == geteuid();
    }
    close(fd);
    return counts;
}

static bool
try_lock(struct controller_lock *lock)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un un;
    socklen_t len = lock_address(&un);

    if (fd < 0) {
        return false;
    }
    if (!bind(fd, (struct sockaddr *) &un, len) && !listen(fd, 1)) {
        lock->fd = fd;
        return true;
    }
    close(fd);
    return !owner_counts(&lock->owner);
}

void
controller_lock_init(struct controller_lock *lock)
{
    lock->fd = -1;
    lock->held = false;
    lock->owner = 0;
    lock->next = 0;
}

void
controller_lock_destroy(struct controller_lock *lock)
{
    if (lock->fd >= 0) {
        close(lock->fd);
    }
}

void
controller_lock_run(struct controller_lock *lock, long long int now)
{
    if (lock->fd >= 0) {
        /* Those who asked who we are need no answer. */
        int fd = accept(lock->fd, NULL, NULL);

        if (fd >= 0) {
            close(fd);
        }
    } else if (now >= lock->next) {
        lock->held = try_lock(lock);
        lock->next = now + LOCK_INTERVAL_MS;
    }
}

void
controller_lock_wait(const struct controller_lock *lock)
{
    if (lock->fd >= 0) {
        poll_fd_wait(lock->fd, POLLIN);
    } else {
        poll_timer_wait_until(lock->next);
    }
}
