/* route-exchange-errors.c: see the header. */
#include <config.h>
#include "controller/route-exchange-errors.h"

#include <errno.h>
#include <stdint.h>

#include "lib/nl-transport.h"
#include "util.h"

/* Sets of operations. */
#define OP(TYPE) (1u << (TYPE))
#define ROUTE_PUT (OP(RE_ROUTE_ADD) | OP(RE_ROUTE_REPLACE))
#define ROUTE_ANY (ROUTE_PUT | OP(RE_ROUTE_DELETE))
#define VRF_OLD (OP(RE_VRF_SETUP) | OP(RE_VRF_DOWN) | OP(RE_VRF_RENAME) \
                 | OP(RE_VRF_RELEASE) | OP(RE_VRF_DETACH) \
                 | OP(RE_VRF_DELETE))
#define VRF_ANY (OP(RE_VRF_CREATE) | VRF_OLD)
#define ANY (ROUTE_ANY | VRF_ANY)

/* The first line that fits counts. */
static const struct rule {
    unsigned int ops;
    int error;
    enum re_verdict verdict;
    const char *suggestion;
} rules[] = {
    { ANY, 0, RE_DONE, "" },
    { ANY, NL_UNKNOWN, RE_LOOK, "the kernel's answer was lost; it is being "
      "read anew" },

    { ANY, EPERM, RE_FORBIDDEN,
      "run this program with CAP_NET_ADMIN in this network namespace" },
    { ANY, ENOMEM, RE_RETRY, "the kernel is out of memory, or over "
      "net.ipv6.route.max_size" },
    { ANY, ENOBUFS, RE_RETRY, "the kernel is out of buffers" },
    { ANY, EAGAIN, RE_RETRY, "the kernel is busy" },
    { ANY, EINTR, RE_RETRY, "the call was interrupted" },

    { OP(RE_ROUTE_DELETE), ESRCH, RE_ALREADY, "it is gone" },
    { OP(RE_ROUTE_DELETE), ENOENT, RE_ALREADY, "its table is gone" },
    { ROUTE_PUT, EEXIST, RE_LOOK,
      "another route has the same prefix and metric" },
    { OP(RE_ROUTE_REPLACE), ENOENT, RE_LOOK, "the route was removed" },
    { OP(RE_ROUTE_REPLACE), ESRCH, RE_LOOK, "the route was removed" },
    { ROUTE_PUT, ENETUNREACH, RE_REFUSED,
      "the next hop must be reachable by a route in the same table" },
    { ROUTE_PUT, EHOSTUNREACH, RE_REFUSED,
      "the next hop must be reachable by a route in the same table" },
    { ROUTE_PUT, ENETDOWN, RE_REFUSED,
      "set the interface up that leads to the next hop" },
    { ROUTE_PUT, ENODEV, RE_REFUSED,
      "the interface that leads to the next hop must exist" },
    { ROUTE_PUT, EACCES, RE_REFUSED,
      "enable IPv6: sysctl net.ipv6.conf.all.disable_ipv6=0" },
    { ROUTE_PUT, EAFNOSUPPORT, RE_REFUSED,
      "the kernel runs without this protocol (ipv6.disable=1?)" },
    { ROUTE_PUT, EOPNOTSUPP, RE_REFUSED,
      "the kernel runs without this protocol (ipv6.disable=1?)" },
    { ROUTE_PUT, EINVAL, RE_REFUSED,
      "no kernel route can have this prefix and next hop" },

    { OP(RE_VRF_CREATE), EOPNOTSUPP, RE_REFUSED,
      "the kernel lacks VRFs: load the module ('modprobe vrf') or run a "
      "kernel with CONFIG_NET_VRF" },
    { OP(RE_VRF_CREATE), EEXIST, RE_LOOK,
      "another device has the name" },
    { OP(RE_VRF_CREATE), EBUSY, RE_REFUSED,
      "the table has another VRF, and net.vrf.strict_mode forbids a second" },
    { OP(RE_VRF_RENAME), EBUSY, RE_LOOK,
      "this kernel renames a device only while it is down" },
    { OP(RE_VRF_RENAME), EEXIST, RE_LOOK, "another device has the name" },
    { VRF_OLD, ENODEV, RE_LOOK, "the device was removed" },
};

static const struct rule *
find_rule(enum re_op_type op, int error)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].error == error && rules[i].ops & OP(op)) {
            return &rules[i];
        }
    }
    return NULL;
}

enum re_verdict
re_judge(enum re_op_type op, int error)
{
    const struct rule *rule = find_rule(op, error);

    return rule ? rule->verdict : RE_REFUSED;
}

const char *
re_suggestion(enum re_op_type op, int error)
{
    const struct rule *rule = find_rule(op, error);

    return rule ? rule->suggestion : "see the kernel's log ('dmesg')";
}

const char *
re_op_name(enum re_op_type op)
{
    static const char *const names[] = {
        [RE_ROUTE_ADD] = "add the route",
        [RE_ROUTE_REPLACE] = "replace the route",
        [RE_ROUTE_DELETE] = "delete the route",
        [RE_VRF_CREATE] = "create the VRF",
        [RE_VRF_SETUP] = "set the VRF up",
        [RE_VRF_DOWN] = "set the VRF down",
        [RE_VRF_RENAME] = "rename the VRF",
        [RE_VRF_RELEASE] = "hand over the VRF",
        [RE_VRF_DETACH] = "take a port out of the VRF",
        [RE_VRF_DELETE] = "delete the VRF",
    };

    return names[op];
}
