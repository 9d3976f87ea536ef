/* test-backoff.c: unit tests of lib/backoff. */
#include <config.h>
#include "lib/backoff.h"

#include "tests/unit/unit.h"

static void
placeholder(void **state)
{
    (void) state;
    assert_true(true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
