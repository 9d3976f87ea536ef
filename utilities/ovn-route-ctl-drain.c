/* ovn-route-ctl-drain.c: "drain": takes this chassis out of use, gently. */
#include <config.h>
#include "utilities/ovn-route-ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "smap.h"
#include "util.h"

#define DRAIN_KEY "route-exchange-drain"

/* An OVSDB mutation of 'column' by 'mutator' with ["KIND", [ELEMENT]], the
 * last of which is consumed. */
static struct json *
mutation(const char *mutator, const char *kind, struct json *element)
{
    return json_array_create_3(
        json_string_create("external_ids"), json_string_create(mutator),
        json_array_create_2(json_string_create(kind),
                            json_array_create_1(element)));
}

/* Sets DRAIN_KEY to 'value', or takes it away if that is NULL. */
static void
set_drain(struct ctl *ctl, const char *value)
{
    struct json *operation = json_object_create(), *reply;
    struct json *mutations = json_array_create_empty();
    char *error;

    json_array_add(mutations,
                   mutation("delete", "set", json_string_create(DRAIN_KEY)));
    if (ctl->system_id) {
        /* The form for this chassis only would go first. */
        char *key = xasprintf(DRAIN_KEY"-%s", ctl->system_id);

        json_array_add(mutations,
                       mutation("delete", "set", json_string_create(key)));
        free(key);
    }
    if (value) {
        json_array_add(mutations,
                       mutation("insert", "map",
                                json_array_create_2(
                                    json_string_create(DRAIN_KEY),
                                    json_string_create(value))));
    }
    json_object_put_string(operation, "op", "mutate");
    json_object_put_string(operation, "table", "Open_vSwitch");
    json_object_put(operation, "where", json_array_create_empty());
    json_object_put(operation, "mutations", mutations);
    reply = ctl_ovs_transact(ctl, operation, &error);
    if (!reply) {
        ctl_fail("cannot write the local Open_vSwitch database: %s", error);
    }
    if (reply->type != JSON_ARRAY || !reply->array.n
        || reply->array.elems[0]->type != JSON_OBJECT
        || shash_find(reply->array.elems[0]->object, "error")) {
        char *text = json_to_string(reply, 0);

        ctl_fail("cannot write the local Open_vSwitch database: %s", text);
    }
    json_destroy(reply);
}

/* Prints what is set, and what the daemon makes of it. */
static int
show_drain(struct ctl *ctl)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    const char *own, *general;
    char *error, *key;

    if (!ctl_read_ovs_ids(ctl, &ids, &error)) {
        ctl_fail("cannot read the local Open_vSwitch database: %s", error);
    }
    key = xasprintf(DRAIN_KEY"-%s", smap_get_def(&ids, "system-id", ""));
    own = smap_get(&ids, key);
    general = smap_get(&ids, DRAIN_KEY);
    printf("drain: %s\n", own ? own : general ? general : "off");
    free(key);
    smap_destroy(&ids);

    char *status = ctl_appctl("ovn-route-controller", "status", NULL, &error);
    if (!status) {
        printf("ovn-route-controller does not answer (%s); what is set holds "
               "once it runs\n", error);
    }
    free(status);
    free(error);
    return CTL_YES;
}

int
ctl_drain(struct ctl *ctl)
{
    const char *verb = ctl->argc ? ctl->argv[0] : "show";

    ctl_find_host(ctl);
    if (!strcmp(verb, "on")) {
        set_drain(ctl, ctl->deprefer ? "deprefer" : "withdraw");
    } else if (!strcmp(verb, "off")) {
        set_drain(ctl, NULL);
    } else if (strcmp(verb, "show")) {
        ctl_fail("\"drain %s\" is unknown; use on or off", verb);
    }
    return show_drain(ctl);
}
