/* test-dynamic-routing.c: unit tests of lib/dynamic-routing. */
#include <config.h>
#include "lib/dynamic-routing.h"

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
