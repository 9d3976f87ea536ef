/* lb-vip -- the texts in which load balancers have their addresses.
 *
 * Single-threaded, no state. */
#ifndef NORTHD_LB_VIP_H
#define NORTHD_LB_VIP_H 1

#include <stdint.h>

struct ip_prefix;
struct smap;

/* Parses 'text': ADDRESS, IPV4:PORT or [IPV6]:PORT, into '*address', a host, and
 * '*port', 0 for none.  Returns 0, or EINVAL if it is none of these; then both
 * are untouched. */
int lb_vip_parse(const char *text, struct ip_prefix *address, uint16_t *port);

/* Replaces each "^NAME" in 'text' by the value of NAME in 'variables', which may
 * be NULL for none.  Returns the result, which the caller must free(), or NULL
 * if there is no such variable; then '*missing' is its name, likewise. */
char *lb_vip_expand(const char *text, const struct smap *variables,
                    char **missing);

#endif /* northd/lb-vip.h */
