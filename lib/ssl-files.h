/* ssl-files -- private key, certificate and CA certificate of a program, which
 * somebody replaces while it runs.
 *
 * Certificates last for weeks or months, daemons for years.  libopenvswitch
 * reads such a file again when it changed, but is told to do so by its caller,
 * and has three gaps that are closed here:
 *
 *    - a new certificate for the old key is not noticed: both files have to
 *      change (Open vSwitch 3.1);
 *    - between the moments when one file and the other are replaced there is
 *      a pair that does not fit, and what worked until then is lost with it;
 *    - what it says of a bad file does not name it.
 *
 * So files are read here first, and only a pair that fits is handed on.  Until
 * there is one, the last good one is used.  A connection that is up stays up;
 * the next one is made with the new files.
 *
 * Threads: single-threaded; the files are those of the whole process, so it
 * should have one of these.
 */
#ifndef SSL_FILES_H
#define SSL_FILES_H 1

#include <stdbool.h>

/* Names of files; NULL: not given. */
struct ssl_names {
    const char *private_key;
    const char *certificate;
    const char *ca_cert;        /* Or "none": trust whoever answers. */
    bool bootstrap_ca_cert;     /* If there is no such file, get it from the
                                 * first server and trust that one. */
};

struct ssl_files;

/* 'source' is how the user gives such names, for problems: "--private-key,
 * --certificate and --ca-cert".  It is borrowed. */
struct ssl_files *ssl_files_create(const char *source);

/* NULL is allowed.  What was read stays in use. */
void ssl_files_destroy(struct ssl_files *);

/* Reads the files if a name or a file changed.  To be called in each turn of
 * the main loop, before connections are run.  A name that is NULL leaves what
 * is in use.  Cost: a stat() of each file. */
void ssl_files_run(struct ssl_files *, const struct ssl_names *);

/* What keeps the files from being used for 'remotes', OVSDB remotes separated
 * by commas or NULL, as the files were at the last ssl_files_run(), with their
 * names and the remedy; NULL: nothing, or none of 'remotes' needs them. */
const char *ssl_files_get_problem(const struct ssl_files *,
                                  const char *remotes);

/* What in keys and certificates may be the reason why there is no connection
 * with 'remotes', where 'error', a positive errno or 0, is the last that
 * connecting to them gave.  A sentence that the caller must free(); NULL if
 * they are not the reason. */
char *ssl_files_explain(const struct ssl_files *, const char *remotes,
                        int error);

#endif /* lib/ssl-files.h */
