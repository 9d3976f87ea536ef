/* test-sb-schema-extension.c: unit tests of lib/sb-schema-extension. */
#include <config.h>
#include "lib/sb-schema-extension.h"

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
