/* test-sb-schema-extension.c: our tables come into a schema and out of it. */
#include <config.h>
#include "lib/sb-schema-extension.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "tests/unit/unit.h"
#include "util.h"

static const char stock_text[] =
    "{\"name\": \"OVN_Southbound\", \"version\": \"20.27.0\","
    " \"cksum\": \"1 2\", \"tables\": {"
    "  \"Datapath_Binding\": {\"columns\": {}, \"isRoot\": true},"
    "  \"Port_Binding\": {\"columns\": {}, \"isRoot\": true}}}";

static struct json *
stock(void)
{
    return json_from_string(stock_text);
}

static struct json *
table(struct json *schema, const char *name)
{
    return shash_find_data(
        json_object(shash_find_data(json_object(schema), "tables")), name);
}

static void
extend_stock_adds_all_and_nothing_else(void **state OVS_UNUSED)
{
    struct json *a = stock(), *b = sb_schema_extend(a);
    struct json *c = sb_schema_shrink(b);

    assert_int_equal(sb_schema_classify(a), SB_SCHEMA_STOCK);
    assert_int_equal(sb_schema_classify(b), SB_SCHEMA_EXTENDED);
    assert_int_equal(sb_schema_classify(c), SB_SCHEMA_STOCK);
    assert_string_equal(
        json_string(shash_find_data(json_object(b), "version")), "20.27.0");
    assert_null(shash_find(json_object(b), "cksum"));

    json_destroy(shash_find_and_delete(json_object(a), "cksum"));
    assert_true(json_equal(a, c));
    json_destroy(a);
    json_destroy(b);
    json_destroy(c);
}

static void
extend_older_version_of_ours_replaces_it(void **state OVS_UNUSED)
{
    struct json *a = stock(), *b = sb_schema_extend(a);
    struct json *columns
        = shash_find_data(json_object(table(b, "Learned_Route")), "columns");

    json_destroy(shash_find_and_delete(json_object(columns), "nexthop"));
    assert_int_equal(sb_schema_classify(b), SB_SCHEMA_STOCK);

    struct json *c = sb_schema_extend(b);
    assert_int_equal(sb_schema_classify(c), SB_SCHEMA_EXTENDED);
    json_destroy(a);
    json_destroy(b);
    json_destroy(c);
}

static void
native_tables_are_told_by_strong_references(void **state OVS_UNUSED)
{
    struct json *a = stock();

    json_object_put(
        shash_find_data(json_object(a), "tables"), "Advertised_Route",
        json_from_string("{\"columns\": {\"datapath\": {\"type\": {\"key\": "
                         "{\"type\": \"uuid\", \"refTable\": "
                         "\"Datapath_Binding\"}}}}}"));
    assert_int_equal(sb_schema_classify(a), SB_SCHEMA_NATIVE);
    json_destroy(a);
}

static void
malformed_schemas_count_as_stock(void **state OVS_UNUSED)
{
    static const char *const cases[] = {
        "{}", "[]", "3", "{\"tables\": []}",
        "{\"tables\": {\"Advertised_Route\": 1}}",
        "{\"tables\": {\"Advertised_Route\": {\"columns\": 1}}}",
        "{\"tables\": {\"Advertised_Route\": {\"columns\": {\"datapath\": 0}}}}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json *json = json_from_string(cases[i]);

        assert_int_equal(sb_schema_classify(json), SB_SCHEMA_STOCK);
        json_destroy(json);
    }
}

/* S1: no reference of ours may hold a stock row, nor an index break when
 * references empty. */
static void
S1_references_are_weak_and_optional(void **state OVS_UNUSED)
{
    struct json *tables = json_from_string(sb_schema_extension_json);
    struct shash_node *t, *c;
    int n_references = 0;

    SHASH_FOR_EACH (t, json_object(tables)) {
        struct shash *schema = json_object(t->data);
        bool has_reference = false;

        assert_true(sb_schema_is_our_table(t->name));
        SHASH_FOR_EACH (c, json_object(shash_find_data(schema, "columns"))) {
            struct json *type = shash_find_data(json_object(c->data), "type");
            struct json *key
                = type->type == JSON_OBJECT
                  ? shash_find_data(json_object(type), "key") : NULL;

            if (key && key->type == JSON_OBJECT
                && shash_find(json_object(key), "refTable")) {
                n_references++;
                has_reference = true;
                assert_string_equal(
                    json_string(shash_find_data(json_object(key), "refType")),
                    "weak");
                assert_int_equal(
                    json_integer(shash_find_data(json_object(type), "min")),
                    0);
            }
        }
        assert_false(has_reference && shash_find(schema, "indexes"));
    }
    assert_int_equal(n_references, 8);
    assert_false(sb_schema_is_our_table("Port_Binding"));
    json_destroy(tables);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extend_stock_adds_all_and_nothing_else),
        cmocka_unit_test(extend_older_version_of_ours_replaces_it),
        cmocka_unit_test(native_tables_are_told_by_strong_references),
        cmocka_unit_test(malformed_schemas_count_as_stock),
        cmocka_unit_test(S1_references_are_weak_and_optional),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
