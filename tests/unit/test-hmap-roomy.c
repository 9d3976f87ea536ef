/* test-hmap-roomy.c: tests of lib/hmap-roomy.h. */
#include <config.h>
#include "lib/hmap-roomy.h"

#include "hash.h"
#include "tests/unit/unit.h"
#include "util.h"

struct item {
    struct hmap_node node;
    uint32_t value;
};

static bool
has(const struct hmap *hmap, uint32_t value)
{
    const struct item *item;

    HMAP_FOR_EACH_WITH_HASH (item, node, hash_int(value, 0), hmap) {
        if (item->value == value) {
            return true;
        }
    }
    return false;
}

static void
insert_keeps_room_and_nodes(void **state OVS_UNUSED)
{
    enum { N = 3000 };
    struct item *items = xmalloc(N * sizeof *items);
    struct hmap hmap = HMAP_INITIALIZER(&hmap);

    for (uint32_t i = 0; i < N; i++) {
        items[i].value = i;
        hmap_insert_roomy(&hmap, &items[i].node, hash_int(i, 0));
        assert_int_equal(hmap_count(&hmap), i + 1);
        assert_true(hmap_count(&hmap) <= hmap.mask + 1);
        assert_true(hmap.mask < MAX(4, 2 * hmap_count(&hmap)));
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_true(has(&hmap, i));
    }
    assert_false(has(&hmap, N));
    hmap_destroy(&hmap);
    free(items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert_keeps_room_and_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
