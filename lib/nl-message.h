/* nl-message -- what the netlink codecs share: headers and attributes, read
 * and written within exact bounds.  For lib/nl-*.c only.
 *
 * libmnl's own attribute loop rounds a message's length up to a multiple of 4
 * and so may look past a malformed one.  Hence the loop of our own, with the
 * exact end. */
#ifndef NL_MESSAGE_H
#define NL_MESSAGE_H 1

#include <errno.h>
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/ip-prefix.h"
#include "lib/nl-route.h"

/* Walks the attributes between START and END. */
#define ATTR_FOR_EACH(ATTR, START, END)                                 \
    for ((ATTR) = (const struct nlattr *) (START);                      \
         mnl_attr_ok(ATTR, (const char *) (END) - (const char *) (ATTR)); \
         (ATTR) = mnl_attr_next(ATTR))

static inline size_t
attr_len(const struct nlattr *attr)
{
    return mnl_attr_get_payload_len(attr);
}

/* Stores the 32-bit payload of 'attr'. */
static inline int
get_u32(const struct nlattr *attr, uint32_t *value)
{
    if (attr_len(attr) < sizeof *value) {
        return EINVAL;
    }
    memcpy(value, mnl_attr_get_payload(attr), sizeof *value);
    return 0;
}

/* Returns the fixed header of 'size' bytes that follows 'nlh', or NULL if the
 * message is too short for it. */
static inline const void *
get_header(const struct nlmsghdr *nlh, size_t size)
{
    return (nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + size
            ? mnl_nlmsg_get_payload(nlh)
            : NULL);
}

static inline const void *
attrs_start(const struct nlmsghdr *nlh, size_t header_size)
{
    return ((const char *) nlh + MNL_NLMSG_HDRLEN
            + MNL_ALIGN(header_size));
}

static inline const void *
attrs_end(const struct nlmsghdr *nlh)
{
    return (const char *) nlh + nlh->nlmsg_len;
}

/* Takes the gateway of 'family' from the 'len' bytes at 'addr'. */
static inline int
decode_gateway(uint8_t family, const void *addr, size_t len,
               struct nl_nexthop *nexthop)
{
    if ((family != AF_INET && family != AF_INET6)
        || len < ip_prefix_addr_len(family)) {
        return EINVAL;
    }
    nexthop->family = family;
    memcpy(nexthop->addr, addr, ip_prefix_addr_len(family));
    return 0;
}

/* Starts a message with a fixed header of 'extra' bytes, all zero.  Returns
 * the fixed header, or NULL if there is no space. */
static inline void *
put_header(void *buf, size_t size, uint16_t type, uint16_t flags, size_t extra)
{
    struct nlmsghdr *nlh;

    if (size < MNL_NLMSG_HDRLEN + MNL_ALIGN(extra)) {
        return NULL;
    }
    nlh = mnl_nlmsg_put_header(buf);
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = NLM_F_REQUEST | flags;
    return mnl_nlmsg_put_extra_header(nlh, extra);
}

#endif /* lib/nl-message.h */
