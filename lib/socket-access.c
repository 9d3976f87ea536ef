/* socket-access.c: permissions of unix sockets.  See the header. */
#include <config.h>
#include "lib/socket-access.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* True if the permissions of 'path' keep this process out.  To connect takes
 * the right to write. */
static bool
is_denied(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) && errno == EACCES;
}

/* The name of user 'uid', which the caller must free().  Only /etc/passwd is
 * asked, where the users of daemons are: others may be kept by a server that
 * does not answer, and nothing here may block. */
static char *
user_name(uid_t uid)
{
    FILE *file = fopen("/etc/passwd", "re");
    const struct passwd *user;
    char *name = NULL;

    while (file && !name && (user = fgetpwent(file)) != NULL) {
        if (user->pw_uid == uid) {
            name = xstrdup(user->pw_name);
        }
    }
    if (file) {
        fclose(file);
    }
    return name ? name : xasprintf("%lu", (unsigned long int) uid);
}

/* The user whom 'path' belongs to, or, if it cannot be seen, the directory on
 * the way to it that keeps us out.  The caller must free() it; NULL: not
 * known. */
static char *
owner(const char *path)
{
    char *at = xstrdup(path);
    struct stat s;

    while (stat(at, &s)) {
        char *parent = dir_name(at);
        bool is_top = !strcmp(parent, at);

        free(at);
        at = parent;
        if (is_top) {
            free(at);
            return NULL;
        }
    }
    free(at);
    return user_name(s.st_uid);
}

char *
socket_access_denied(const char *remotes)
{
    char *copy = xstrdup(remotes ? remotes : "");
    char *save = NULL, *first = NULL;

    for (char *remote = strtok_r(copy, ",", &save); remote;
         remote = strtok_r(NULL, ",", &save)) {
        if (strncmp(remote, "unix:", 5) || !is_denied(remote + 5)) {
            free(copy);
            return NULL;
        } else if (!first) {
            first = remote + 5;
        }
    }

    char *text = NULL;
    if (first) {
        char *name = owner(first);

        text = xasprintf("%s: permission denied, it belongs to user \"%s\"; "
                         "run %s as that user (see PRIVILEGES in its manual "
                         "page)",
                         first, name ? name : "?", program_name);
        free(name);
    }
    free(copy);
    return text;
}
