/* test-ssl-files.c: what is handed on to libopenvswitch, and what is said of
 * files that are not.  The calls to it are caught (--wrap). */
#include <config.h>
#include "lib/ssl-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/unit/unit.h"
#include "util.h"

struct stage {
    char dir[64];
    struct ssl_files *files;
    struct ssl_names names;     /* Of files in 'dir'. */
    EVP_PKEY *keys[2];
};

/* What was caught. */
static int n_pairs, n_cas;
static char last_key[256], last_cert[256], last_ca[256];

void __wrap_stream_ssl_set_key_and_cert(const char *, const char *);
void __wrap_stream_ssl_set_ca_cert_file(const char *, bool);

void
__wrap_stream_ssl_set_key_and_cert(const char *key, const char *cert)
{
    /* It would not read files whose names are what they were. */
    assert_string_not_equal(key, last_key);
    assert_string_not_equal(cert, last_cert);
    ovs_strlcpy(last_key, key, sizeof last_key);
    ovs_strlcpy(last_cert, cert, sizeof last_cert);
    n_pairs++;
}

void
__wrap_stream_ssl_set_ca_cert_file(const char *ca, bool bootstrap OVS_UNUSED)
{
    assert_string_not_equal(ca, last_ca);
    ovs_strlcpy(last_ca, ca, sizeof last_ca);
    n_cas++;
}

static FILE *
replace(const char *path)
{
    unlink(path);

    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void
write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = replace(path);

    assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    fclose(file);
}

/* A certificate for 'key' that lasts for 'seconds' from now. */
static void
write_cert(const char *path, EVP_PKEY *key, int seconds)
{
    FILE *file = replace(path);
    X509 *cert = X509_new();

    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), seconds);
    assert_true(X509_set_pubkey(cert, key));
    assert_true(X509_sign(cert, key, EVP_sha256()));
    assert_true(PEM_write_X509(file, cert));
    X509_free(cert);
    fclose(file);
}

static void
write_text(const char *path, const char *text)
{
    FILE *file = replace(path);

    fputs(text, file);
    fclose(file);
}

static int
setup(void **state)
{
    struct stage *stage = xzalloc(sizeof *stage);

    strcpy(stage->dir, "/tmp/test-ssl-files.XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    stage->files = ssl_files_create("OPTIONS");
    stage->names.private_key = xasprintf("%s/key", stage->dir);
    stage->names.certificate = xasprintf("%s/cert", stage->dir);
    stage->names.ca_cert = xasprintf("%s/ca", stage->dir);
    for (size_t i = 0; i < ARRAY_SIZE(stage->keys); i++) {
        stage->keys[i] = EVP_EC_gen("P-256");
        assert_non_null(stage->keys[i]);
    }
    write_key(stage->names.private_key, stage->keys[0]);
    write_cert(stage->names.certificate, stage->keys[0], 3600);
    write_cert(stage->names.ca_cert, stage->keys[1], 3600);
    n_pairs = n_cas = 0;
    last_key[0] = last_cert[0] = last_ca[0] = '\0';
    *state = stage;
    return 0;
}

static int
teardown(void **state)
{
    struct stage *stage = *state;

    unlink(stage->names.private_key);
    unlink(stage->names.certificate);
    unlink(stage->names.ca_cert);
    rmdir(stage->dir);
    free(CONST_CAST(char *, stage->names.private_key));
    free(CONST_CAST(char *, stage->names.certificate));
    free(CONST_CAST(char *, stage->names.ca_cert));
    for (size_t i = 0; i < ARRAY_SIZE(stage->keys); i++) {
        EVP_PKEY_free(stage->keys[i]);
    }
    ssl_files_destroy(stage->files);
    free(stage);
    return 0;
}

/* Runs twice: what did not change is not handed on again. */
static void
assert_run(struct stage *stage, int pairs, int cas, const char *problem)
{
    const char *actual;

    for (int i = 0; i < 2; i++) {
        ssl_files_run(stage->files, &stage->names);
        assert_int_equal(n_pairs, pairs);
        assert_int_equal(n_cas, cas);
        actual = ssl_files_get_problem(stage->files, "ssl:10.0.0.1:6642");
        if (!problem) {
            assert_null(actual);
        } else if (!actual || !strstr(actual, problem)) {
            fail_msg("\"%s\" is not in: %s", problem,
                     actual ? actual : "(null)");
        }
    }
    /* Nobody else is bothered with it. */
    assert_null(ssl_files_get_problem(stage->files, "unix:/ssl:,pssl:1"));
    assert_null(ssl_files_get_problem(stage->files, NULL));
}

static void
each_file_may_be_replaced(void **state)
{
    struct stage *stage = *state;
    const struct ssl_names *names = &stage->names;

    assert_run(stage, 1, 1, NULL);
    /* A certificate for the same key. */
    write_cert(names->certificate, stage->keys[0], 7200);
    assert_run(stage, 2, 1, NULL);
    write_cert(names->ca_cert, stage->keys[0], 3600);
    assert_run(stage, 2, 2, NULL);
    write_cert(names->certificate, stage->keys[0], 3600);
    assert_run(stage, 3, 2, NULL);
    write_cert(names->ca_cert, stage->keys[1], 3600);
    assert_run(stage, 3, 3, NULL);
}

static void
only_a_pair_that_fits_is_used(void **state)
{
    struct stage *stage = *state;
    const struct ssl_names *names = &stage->names;

    assert_run(stage, 1, 1, NULL);
    /* The key first, ... */
    write_key(names->private_key, stage->keys[1]);
    assert_run(stage, 1, 1, "do not fit: replace the one that is older");
    write_cert(names->certificate, stage->keys[1], 3600);
    assert_run(stage, 2, 1, NULL);
    /* ...the certificate first, in each way that half of it can look. */
    write_cert(names->certificate, stage->keys[0], 3600);
    assert_run(stage, 2, 1, "do not fit");
    write_text(names->private_key, "");
    assert_run(stage, 2, 1, "/key is no private key in PEM format");
    unlink(names->private_key);
    assert_run(stage, 2, 1, "/key cannot be read: No such file or directory");
    write_key(names->private_key, stage->keys[0]);
    assert_run(stage, 3, 1, NULL);
    write_text(names->certificate, "-----BEGIN CERTIFICATE-----\nMII");
    assert_run(stage, 3, 1, "/cert is no certificate in PEM format");
    write_text(names->ca_cert, "?");
    assert_run(stage, 3, 1, "/cert is no certificate in PEM format");
    write_cert(names->certificate, stage->keys[0], 3600);
    assert_run(stage, 4, 1, "CA certificate ");
}

static void
ca_may_be_none_or_to_come(void **state)
{
    struct stage *stage = *state;
    const char *name = stage->names.ca_cert;

    unlink(name);
    assert_run(stage, 1, 0, "/ca cannot be read: No such file or directory");
    stage->names.ca_cert = "none";
    assert_run(stage, 1, 1, NULL);
    assert_string_equal(last_ca, "none");
    stage->names.ca_cert = name;
    stage->names.bootstrap_ca_cert = true;
    assert_run(stage, 1, 2, NULL);
    write_cert(name, stage->keys[0], 3600);
    assert_run(stage, 1, 3, NULL);
}

static void
assert_explained(const struct stage *stage, const char *remotes, int error,
                 const char *expected)
{
    char *actual = ssl_files_explain(stage->files, remotes, error);

    if (!expected) {
        assert_null(actual);
    } else if (!actual || !strstr(actual, expected)) {
        fail_msg("\"%s\" is not in: %s", expected, actual ? actual : "(null)");
    }
    free(actual);
}

static void
explanations(void **state)
{
    static const char remotes[] = "tcp:myssl:1,ssl:10.0.0.1:6642";
    struct stage *stage = *state;

    assert_explained(stage, remotes, 0, "set them with OPTIONS");
    assert_explained(stage, "tcp:myssl:1", EPROTO, NULL);
    assert_explained(stage, NULL, EPROTO, NULL);
    assert_run(stage, 1, 1, NULL);
    assert_explained(stage, remotes, ECONNREFUSED, NULL);
    assert_explained(stage, remotes, -1, NULL);
    assert_explained(stage, remotes, EPROTO, "ssl:10.0.0.1:6642: the SSL "
                     "handshake fails; check that /tmp/test-ssl-files.");
    assert_explained(stage, remotes, EIO, "the SSL handshake fails");
    write_cert(stage->names.certificate, stage->keys[0], -60);
    assert_run(stage, 2, 1, NULL);
    assert_explained(stage, remotes, EPROTO, "has expired; replace it");
    write_text(stage->names.private_key, "?");
    assert_run(stage, 2, 1, "is no private key");
    assert_explained(stage, remotes, 0, "is no private key");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_file_may_be_replaced, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_a_pair_that_fits_is_used, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ca_may_be_none_or_to_come, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(explanations, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
