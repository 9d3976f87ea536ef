/* ssl-files.c: keys and certificates that are replaced.  See the header. */
#include <config.h>
#include "lib/ssl-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "stream-ssl.h"
#include "util.h"

/* What tells that a file is not what it was.  Its time alone does not: a copy
 * may have that of the original. */
struct stamp {
    char *name;                 /* NULL: none was looked at. */
    int error;                  /* Of stat(). */
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

struct ssl_files {
    const char *source;
    struct stamp private_key, certificate, ca_cert;
    bool odd_pair, odd_ca;      /* How they are spelled: see spell(). */
    bool has_pair;              /* A pair is in use. */
    bool has_ca;                /* A CA certificate is. */
    time_t expires;             /* Of the certificate in use; 0: not known. */
    char *pair_problem;         /* Of the pair as it is now, or NULL. */
    char *ca_problem;
};

struct ssl_files *
ssl_files_create(const char *source)
{
    struct ssl_files *files = xzalloc(sizeof *files);

    files->source = source;
    return files;
}

void
ssl_files_destroy(struct ssl_files *files)
{
    if (files) {
        free(files->private_key.name);
        free(files->certificate.name);
        free(files->ca_cert.name);
        free(files->pair_problem);
        free(files->ca_problem);
        free(files);
    }
}

static bool
timespec_equals(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Looks at file 'name'.  True if it is another than at the last look. */
static bool
stamp_update(struct stamp *stamp, const char *name)
{
    struct stat s;
    int error = stat(name, &s) ? errno : 0;

    if (error) {
        memset(&s, 0, sizeof s);
    }
    if (stamp->name && !strcmp(stamp->name, name) && stamp->error == error
        && stamp->dev == s.st_dev && stamp->ino == s.st_ino
        && stamp->size == s.st_size
        && timespec_equals(&stamp->mtime, &s.st_mtim)
        && timespec_equals(&stamp->ctime, &s.st_ctim)) {
        return false;
    }

    char *copy = xstrdup(name);
    free(stamp->name);
    *stamp = (struct stamp) {
        .name = copy, .error = error, .dev = s.st_dev, .ino = s.st_ino,
        .size = s.st_size, .mtime = s.st_mtim, .ctime = s.st_ctim,
    };
    return true;
}

/* Reading. */

/* For keys with a passphrase: nobody is there to give it. */
static int
no_passphrase(char *buffer OVS_UNUSED, int size OVS_UNUSED,
              int writing OVS_UNUSED, void *aux OVS_UNUSED)
{
    return 0;
}

/* Opens 'name', a 'what'.  If that fails, returns NULL and a sentence in
 * '*problem', which the caller must free(). */
static FILE *
open_file(const char *what, const char *name, char **problem)
{
    FILE *file = fopen(name, "re");

    *problem = (file ? NULL
                : xasprintf("%s %s cannot be read: %s", what, name,
                            ovs_strerror(errno)));
    return file;
}

static EVP_PKEY *
read_private_key(const char *name, char **problem)
{
    FILE *file = open_file("private key", name, problem);
    EVP_PKEY *key;

    if (!file) {
        return NULL;
    }
    key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    fclose(file);
    if (!key) {
        *problem = xasprintf("%s is no private key in PEM format, or has a "
                             "passphrase", name);
    }
    return key;
}

static X509 *
read_certificate(const char *what, const char *name, char **problem)
{
    FILE *file = open_file(what, name, problem);
    X509 *cert;

    if (!file) {
        return NULL;
    }
    cert = PEM_read_X509(file, NULL, no_passphrase, NULL);
    fclose(file);
    if (!cert) {
        *problem = xasprintf("%s %s is no certificate in PEM format", what,
                             name);
    }
    return cert;
}

/* When 'cert' expires; 0: not known. */
static time_t
expiry(const X509 *cert)
{
    struct tm tm;

    return (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1
            ? timegm(&tm) : 0);
}

/* What OpenSSL says against using 'cert' and 'key', both of which are well
 * formed, or NULL. */
static char *
check_fit(const char *key_name, EVP_PKEY *key, const char *cert_name,
          X509 *cert)
{
    SSL_CTX *ctx;
    char *problem = NULL;

    if (X509_check_private_key(cert, key) != 1) {
        return xasprintf("private key %s and certificate %s do not fit: "
                         "replace the one that is older", key_name, cert_name);
    }
    ctx = SSL_CTX_new(TLS_method());
    if (ctx && (SSL_CTX_use_certificate(ctx, cert) != 1
                || SSL_CTX_use_PrivateKey(ctx, key) != 1)) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());

        problem = xasprintf("certificate %s is not accepted by OpenSSL: %s",
                            cert_name, reason ? reason : "no reason given");
    }
    SSL_CTX_free(ctx);
    return problem;
}

/* What is wrong with the pair, or NULL; then '*expires' is set. */
static char *
check_pair(const char *key_name, const char *cert_name, time_t *expires)
{
    X509 *cert = NULL;
    EVP_PKEY *key;
    char *problem;

    key = read_private_key(key_name, &problem);
    if (key) {
        cert = read_certificate("certificate", cert_name, &problem);
    }
    if (cert) {
        problem = check_fit(key_name, key, cert_name, cert);
        if (!problem) {
            *expires = expiry(cert);
        }
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return problem;
}

/* Handing on. */

/* libopenvswitch reads a file again only if its name or its time is not what
 * it was.  So that it always does, 'name' is spelled in two ways in turn,
 * which mean the same file.  The caller must free() the result. */
static char *
spell(const char *name, bool odd)
{
    return xasprintf("%s%s", !odd ? "" : name[0] == '/' ? "/." : "./", name);
}

static void
run_pair(struct ssl_files *files, const char *key_name, const char *cert_name)
{
    bool changed = stamp_update(&files->private_key, key_name);

    changed |= stamp_update(&files->certificate, cert_name);
    if (!changed) {
        return;
    }
    free(files->pair_problem);
    files->pair_problem = check_pair(key_name, cert_name, &files->expires);
    if (!files->pair_problem) {
        files->odd_pair = !files->odd_pair;

        char *key = spell(key_name, files->odd_pair);
        char *cert = spell(cert_name, files->odd_pair);

        stream_ssl_set_key_and_cert(key, cert);
        free(key);
        free(cert);
        files->has_pair = true;
    }
}

/* 'name' is neither "none" nor to be made. */
static char *
check_ca(const char *name)
{
    char *problem;
    X509 *cert = read_certificate("CA certificate", name, &problem);

    X509_free(cert);
    ERR_clear_error();
    return problem;
}

static void
run_ca(struct ssl_files *files, const char *name, bool bootstrap)
{
    bool special = (!strcmp(name, "none"));

    if (!stamp_update(&files->ca_cert, name)) {
        return;
    }
    free(files->ca_problem);
    files->ca_problem = NULL;
    if (!special && !(bootstrap && files->ca_cert.error == ENOENT)) {
        files->ca_problem = check_ca(name);
    }
    if (!files->ca_problem) {
        files->odd_ca = !files->odd_ca;

        char *spelled = spell(name, files->odd_ca && !special);

        stream_ssl_set_ca_cert_file(spelled, bootstrap);
        free(spelled);
        files->has_ca = true;
    }
}

void
ssl_files_run(struct ssl_files *files, const struct ssl_names *names)
{
    if (names->private_key && names->certificate) {
        run_pair(files, names->private_key, names->certificate);
    }
    if (names->ca_cert) {
        run_ca(files, names->ca_cert, names->bootstrap_ca_cert);
    }
}

/* Telling. */

/* True if one of 'remotes' is spoken to by SSL. */
static bool
has_ssl(const char *remotes)
{
    for (const char *p = remotes; p && (p = strstr(p, "ssl:")); p++) {
        if (p == remotes || p[-1] == ',' || p[-1] == ' ') {
            return true;
        }
    }
    return false;
}

const char *
ssl_files_get_problem(const struct ssl_files *files, const char *remotes)
{
    return (!has_ssl(remotes) ? NULL
            : files->pair_problem ? files->pair_problem : files->ca_problem);
}

char *
ssl_files_explain(const struct ssl_files *files, const char *remotes,
                  int error)
{
    const char *problem = ssl_files_get_problem(files, remotes);

    if (!has_ssl(remotes)) {
        return NULL;
    } else if (problem) {
        return xstrdup(problem);
    } else if (!files->has_pair || !files->has_ca) {
        return xasprintf("%.200s: SSL needs a private key, a certificate and "
                         "a CA certificate; set them with %s", remotes,
                         files->source);
    } else if (files->expires && files->expires < time(NULL)) {
        return xasprintf("%.200s: certificate %s has expired; replace it",
                         remotes, files->certificate.name);
    } else if (error == EPROTO || error == EIO || error == EPIPE) {
        /* With TLS 1.3 a server looks at our certificate after the handshake,
         * as we see it, and then closes the connection. */
        return xasprintf("%.200s: the SSL handshake fails; check that %s is "
                         "of the CA that signed the server's certificate, "
                         "that the server's CA signed %s, and that both are "
                         "still valid", remotes, files->ca_cert.name,
                         files->certificate.name);
    }
    return NULL;
}
