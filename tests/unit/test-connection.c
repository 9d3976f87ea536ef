/* test-connection.c: when being away from a server is a problem of
 * ovn-route-northd.  The database client and the clock are ours (--wrap). */
#include <config.h>
#include "northd/connection-status.h"

#include <errno.h>

#include "lib/problem.h"
#include "lib/ssl-files.h"
#include "tests/unit/unit.h"
#include "util.h"

static bool is_connected;
static int last_error;
static long long int now;

bool __wrap_ovsdb_idl_is_connected(const struct ovsdb_idl *);
bool __wrap_ovsdb_idl_has_ever_connected(const struct ovsdb_idl *);
int __wrap_ovsdb_idl_get_last_error(const struct ovsdb_idl *);
long long int __wrap_time_msec(void);

bool
__wrap_ovsdb_idl_is_connected(const struct ovsdb_idl *idl OVS_UNUSED)
{
    return is_connected;
}

bool
__wrap_ovsdb_idl_has_ever_connected(const struct ovsdb_idl *idl OVS_UNUSED)
{
    return true;
}

int
__wrap_ovsdb_idl_get_last_error(const struct ovsdb_idl *idl OVS_UNUSED)
{
    return last_error;
}

long long int
__wrap_time_msec(void)
{
    return now;
}

struct stage {
    struct ssl_files *ssl;
    struct connection connection;
    struct problem_set problems;
};

static int
setup(void **state)
{
    static struct stage stage;

    is_connected = false;
    last_error = 0;
    now = 1000000;
    stage.ssl = ssl_files_create("OPTIONS");
    problem_set_init(&stage.problems);
    connection_init(&stage.connection, NULL, "Database", "tcp:10.0.0.1:6642",
                    stage.ssl);
    *state = &stage;
    return 0;
}

static int
teardown(void **state)
{
    struct stage *stage = *state;

    ssl_files_destroy(stage->ssl);
    problem_set_destroy(&stage->problems);
    return 0;
}

/* After 'ms', with the connection 'up' or not, there is a problem or not. */
static void
step(struct stage *stage, int ms, bool up, bool problem)
{
    now += ms;
    is_connected = up;
    connection_run(&stage->connection, &stage->problems);
    assert_int_equal(hmap_count(&stage->problems.problems), problem);
}

static void
short_absence_is_no_problem(void **state)
{
    struct stage *stage = *state;

    step(stage, 0, false, false);
    step(stage, 2999, false, false);
    step(stage, 1, false, true);
    step(stage, 10, true, true);
    step(stage, 1000, true, false);
    /* All is quiet for an hour, then a server is restarted. */
    step(stage, 3600000, false, false);
    step(stage, 2999, false, false);
    step(stage, 0, true, false);
    step(stage, 1000, true, false);
    step(stage, 10, false, false);
    step(stage, 3000, false, true);
}

/* A server that refuses a certificate lets one in, and hangs up then. */
static void
moment_of_connection_is_no_recovery(void **state)
{
    struct stage *stage = *state;
    unsigned int seqno;

    step(stage, 0, false, false);
    step(stage, 3000, false, true);
    seqno = stage->problems.seqno;
    for (int i = 0; i < 5; i++) {
        step(stage, 8000, true, true);
        step(stage, 5, false, true);
        last_error = EIO;
    }
    assert_int_equal(stage->problems.seqno, seqno);
}

/* What failed before it was up is not why it is not. */
static void
old_errors_do_not_count(void **state)
{
    struct stage *stage = *state;

    last_error = EPROTO;
    step(stage, 0, false, false);
    assert_int_equal(stage->connection.error, EPROTO);
    step(stage, 10, true, false);
    step(stage, 1000, true, false);
    step(stage, 10, false, false);
    assert_int_equal(stage->connection.error, 0);
    last_error = EIO;
    step(stage, 10, false, false);
    assert_int_equal(stage->connection.error, EIO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(short_absence_is_no_problem, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moment_of_connection_is_no_recovery,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(old_errors_do_not_count, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
