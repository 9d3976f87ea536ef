/* sb-schema-extension.c: adds our tables to a Southbound schema, and tells
 * whether they are there.  See the header. */
#include <config.h>
#include "lib/sb-schema-extension.h"

#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

/* Our tables as JSON, parsed once: the text is a constant. */
static const struct json *
extension(void)
{
    static struct json *json;

    if (!json) {
        json = json_from_string(sb_schema_extension_json);
        ovs_assert(json->type == JSON_OBJECT);
    }
    return json;
}

static const struct json *
member(const struct json *json, const char *name)
{
    return (json && json->type == JSON_OBJECT
            ? shash_find_data(json_object(json), name) : NULL);
}

/* OVN's own Advertised_Route demands a datapath and holds it by a strong
 * reference, which is what an absent "refType" means (RFC 7047, 3.2). */
static bool
is_native(const struct json *tables)
{
    const struct json *type
        = member(member(member(member(tables, "Advertised_Route"),
                               "columns"), "datapath"), "type");
    const struct json *key = member(type, "key");
    const struct json *ref_type = member(key, "refType");

    return (member(key, "refTable")
            && !(ref_type && ref_type->type == JSON_STRING
                 && !strcmp(json_string(ref_type), "weak")));
}

/* True if 'have' says everything that 'want' says.  'want' is written as
 * ovsdb-server prints a schema, that is, without members at their default
 * ("max" 1), so that this also holds for what a server returns. */
static bool
covers(const struct json *have, const struct json *want)
{
    const struct shash_node *node;

    if (!have || !want) {
        return have == want;
    }
    if (want->type != JSON_OBJECT || have->type != JSON_OBJECT) {
        return json_equal(have, want);
    }
    SHASH_FOR_EACH (node, json_object(want)) {
        if (!covers(member(have, node->name), node->data)) {
            return false;
        }
    }
    return true;
}

/* True if table schema 'have' has just the columns of 'want', of its types. */
static bool
table_matches(const struct json *have, const struct json *want)
{
    const struct json *columns = member(have, "columns");

    return (columns && columns->type == JSON_OBJECT
            && (shash_count(json_object(columns))
                == shash_count(json_object(member(want, "columns"))))
            && covers(have, want));
}

enum sb_schema_state
sb_schema_classify(const struct json *schema)
{
    const struct json *tables = member(schema, "tables");
    const struct shash_node *node;

    if (is_native(tables)) {
        return SB_SCHEMA_NATIVE;
    }
    SHASH_FOR_EACH (node, json_object(extension())) {
        if (!table_matches(member(tables, node->name), node->data)) {
            return SB_SCHEMA_STOCK;
        }
    }
    return SB_SCHEMA_EXTENDED;
}

static struct json *
without_our_tables(const struct json *schema, struct json **tablesp)
{
    struct json *copy = json_deep_clone(schema);
    struct json *tables = shash_find_data(json_object(copy), "tables");
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(extension())) {
        json_destroy(shash_find_and_delete(json_object(tables), node->name));
    }
    json_destroy(shash_find_and_delete(json_object(copy), "cksum"));
    *tablesp = tables;
    return copy;
}

struct json *
sb_schema_shrink(const struct json *schema)
{
    struct json *tables;

    return without_our_tables(schema, &tables);
}

struct json *
sb_schema_extend(const struct json *schema)
{
    struct json *tables;
    struct json *copy = without_our_tables(schema, &tables);
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(extension())) {
        json_object_put(tables, node->name, json_deep_clone(node->data));
    }
    return copy;
}

bool
sb_schema_is_our_table(const char *table)
{
    return member(extension(), table) != NULL;
}
