/* nl-nexthop.c: codec of nexthop objects and neighbours.  See the header. */
#include <config.h>
#include "lib/nl-nexthop.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/nl-message.h"
#include "util.h"

/* Decodes NHA_GROUP.  The upper byte of the weight was reserved, and zero,
 * before Linux 6.12. */
static int
decode_group(const struct nlattr *attr, struct nl_nexthop_object *object)
{
    const char *p = mnl_attr_get_payload(attr);
    size_t n = attr_len(attr) / sizeof(struct nexthop_grp);

    if (attr_len(attr) % sizeof(struct nexthop_grp)) {
        return EINVAL;
    }
    object->n_members = MIN(n, ARRAY_SIZE(object->members));
    for (size_t i = 0; i < object->n_members; i++) {
        struct nl_nexthop_member *member = &object->members[i];
        struct nexthop_grp grp;
        uint32_t weight;

        memcpy(&grp, p + i * sizeof grp, sizeof grp);
        weight = 1 + grp.weight + ((uint32_t) grp.resvd1 << 8);
        member->id = grp.id;
        member->weight = MIN(weight, UINT16_MAX);
    }
    return 0;
}

static int
decode_attr(const struct nlattr *attr, uint8_t family,
            struct nl_nexthop_object *object)
{
    switch (mnl_attr_get_type(attr)) {
    case NHA_ID:
        return get_u32(attr, &object->id);
    case NHA_GROUP:
        return decode_group(attr, object);
    case NHA_OIF:
        return get_u32(attr, &object->nexthop.ifindex);
    case NHA_GATEWAY:
        return decode_gateway(family, mnl_attr_get_payload(attr),
                              attr_len(attr), &object->nexthop);
    case NHA_BLACKHOLE:
    case NHA_FDB:
        object->usable = false;
        return 0;
    default:
        return 0;
    }
}

int
nl_nexthop_decode(const struct nlmsghdr *nlh,
                  struct nl_nexthop_object *object)
{
    const struct nhmsg *nhm = get_header(nlh, sizeof *nhm);
    const struct nlattr *attr;

    if (!nhm) {
        return EINVAL;
    }
    memset(object, 0, sizeof *object);
    object->usable = true;
    object->nexthop.weight = 1;
    object->nexthop.flags = nhm->nh_flags;
    ATTR_FOR_EACH (attr, attrs_start(nlh, sizeof *nhm), attrs_end(nlh)) {
        int error = decode_attr(attr, nhm->nh_family, object);

        if (error) {
            return error;
        }
    }
    return object->id ? 0 : EINVAL;
}

int
nl_nexthop_encode_dump(void *buf, size_t size)
{
    return (put_header(buf, size, RTM_GETNEXTHOP, NLM_F_DUMP,
                       sizeof(struct nhmsg))
            ? 0 : EMSGSIZE);
}

int
nl_neighbour_decode(const struct nlmsghdr *nlh,
                    struct nl_neighbour *neighbour)
{
    const struct ndmsg *ndm = get_header(nlh, sizeof *ndm);
    const struct nlattr *attr;
    bool has_addr = false;

    if (!ndm) {
        return EINVAL;
    }
    if (ndm->ndm_family != AF_INET6 || ndm->ndm_flags & NTF_PROXY) {
        return EAFNOSUPPORT;
    }
    memset(neighbour, 0, sizeof *neighbour);
    neighbour->ifindex = ndm->ndm_ifindex;
    ATTR_FOR_EACH (attr, attrs_start(nlh, sizeof *ndm), attrs_end(nlh)) {
        if (mnl_attr_get_type(attr) == NDA_DST) {
            if (attr_len(attr) != sizeof neighbour->addr) {
                return EINVAL;
            }
            memcpy(neighbour->addr, mnl_attr_get_payload(attr),
                   sizeof neighbour->addr);
            has_addr = true;
        } else if (mnl_attr_get_type(attr) == NDA_LLADDR
                   && attr_len(attr) == NL_MAC_LEN) {
            memcpy(neighbour->mac, mnl_attr_get_payload(attr), NL_MAC_LEN);
            neighbour->has_mac = true;
        }
    }
    if (ndm->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) {
        neighbour->has_mac = false;
    }
    return has_addr && neighbour->ifindex ? 0 : EINVAL;
}

int
nl_neighbour_encode_dump(uint32_t ifindex, void *buf, size_t size)
{
    struct ndmsg *ndm = put_header(buf, size, RTM_GETNEIGH, NLM_F_DUMP,
                                   sizeof *ndm);

    if (!ndm || !mnl_attr_put_u32_check(buf, size, NDA_IFINDEX, ifindex)) {
        return EMSGSIZE;
    }
    ndm->ndm_family = AF_INET6;
    return 0;
}
