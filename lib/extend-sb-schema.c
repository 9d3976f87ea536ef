/* extend-sb-schema FILE: prints the stock Southbound schema in FILE with our
 * tables added.  Runs at build time, for the IDL and for the schema file that
 * 'ovn-ctl --db-sb-schema=' wants. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/sb-schema-extension.h"
#include "openvswitch/json.h"
#include "util.h"

int
main(int argc, char *argv[])
{
    set_program_name(argv[0]);
    if (argc != 2) {
        ovs_fatal(0, "usage: extend-sb-schema OVN-SB.OVSSCHEMA");
    }

    struct json *schema = json_from_file(argv[1]);
    if (schema->type == JSON_STRING) {
        ovs_fatal(0, "%s", json_string(schema));
    }
    if (sb_schema_classify(schema) == SB_SCHEMA_NATIVE) {
        ovs_fatal(0, "%s: this OVN has dynamic routing of its own "
                  "(Advertised_Route with strong references); use that",
                  argv[1]);
    }

    struct json *extended = sb_schema_extend(schema);
    char *text = json_to_string(extended, JSSF_PRETTY | JSSF_SORT);
    if (puts(text) < 0 || fflush(stdout)) {
        ovs_fatal(errno, "cannot write the schema");
    }
    free(text);
    json_destroy(extended);
    json_destroy(schema);
    return 0;
}
