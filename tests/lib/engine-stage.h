/* engine-stage -- the stage for stories about the engine.
 *
 * Every test of the engine is a story told through three parties: the host,
 * which feeds the engine; the engine; and a peer, who looks at the kernel and
 * meddles with it.  Stories are told on the fake kernel; those that need no
 * faults on the real one as well, in a network namespace of their own, so that
 * the fake is held to the truth.
 *
 * The engine is in this program (engine-direct.c), or in another that embeds
 * it (tests/embed-host/embed-proxy.c); stories cannot tell.
 *
 * Time is a number that the story advances; nothing waits.
 */
#ifndef TESTS_ENGINE_STAGE_H
#define TESTS_ENGINE_STAGE_H 1

#include <linux/rtnetlink.h>

#include "lib/dynamic-routing.h"
#include "lib/nl-transport.h"
#include "ovn/route-exchange.h"
#include "tests/lib/fake-kernel.h"
#include "tests/lib/kernel-peer.h"

/* Protocols of routes, and the flags of 'ip route add'. */
#define STATIC RTPROT_STATIC
#define OURS DR_RTPROT_OVN
#define CREATE (NLM_F_CREATE | NLM_F_EXCL)

/* Between runs. */
#define STEP_MS 100

/* A transport that counts what goes through it. */
struct counting {
    struct nl_transport up;
    struct nl_transport *real;
    size_t n;                   /* Operations. */
    int left;                   /* After so many submissions more the engine is
                                 * deaf, as if it were dead; 0: never. */
};

/* The stage of a case. */
struct env {
    struct fake_kernel *fake;   /* NULL: on the real kernel. */
    struct kernel_peer peer;
    struct route_exchange *re;
    struct counting counting;
    long long int now;
};

/* The engine's life: stage_start() makes one that knows nothing yet, and
 * stage_stop() ends it as 'kill -9' would. */
void stage_start(struct env *);
void stage_stop(struct env *);

/* Runs the engine: once, and then STEP_MS pass; for 'ms' milliseconds, in such
 * steps; or whenever it asks for it until it is settled, which must happen. */
void stage_run(struct env *);
void stage_run_for(struct env *, int ms);
void stage_settle(struct env *);

/* When the engine would wake up by itself: LLONG_MAX for never.  If it is in
 * another program: a while from now. */
long long int stage_wake_time(const struct env *);

/* Opens a transport to the stage's kernel; one to be given to the engine. */
struct nl_transport *stage_open_transport(struct env *);
struct nl_transport *stage_open_engine(struct env *);

/* Whether the engine is in this program. */
extern const bool stage_is_direct;

/* What the host does.  A 'nexthop' of NULL makes a blackhole. */
void stage_table(struct env *, uint32_t table_id, const char *vrf_name);
void stage_add(struct env *, uint32_t table_id, const char *prefix,
               uint32_t metric);
void stage_add_via(struct env *, uint32_t table_id, const char *prefix,
                   uint32_t metric, const char *nexthop);
void stage_del(struct env *, uint32_t table_id, const char *prefix,
               uint32_t metric);
void stage_del_via(struct env *, uint32_t table_id, const char *prefix,
                   uint32_t metric, const char *nexthop);
struct route_exchange_route stage_route(uint32_t table_id, const char *prefix,
                                        uint32_t metric, const char *nexthop);

/* Says that this is all, and settles. */
void stage_complete(struct env *);

/* Checks that the routes of ours in 'table_id' are 'expected', one a line. */
void stage_check_ours(struct env *, uint32_t table_id, const char *expected);

/* Checks that there are 'n' problems, or any number, one of which has 'text'
 * in its object or text; or that there is none. */
void stage_check_problem(struct env *, size_t n, const char *text);
void stage_check_some_problem(struct env *, const char *text);
void stage_check_no_problem(struct env *);

/* Checks that device 'name' is a VRF with 'table_id', up, and whether it has
 * our mark. */
void stage_check_vrf(struct env *, const char *name, uint32_t table_id,
                     bool marked);

/* Checks that a table that the engine trusts is to it exactly what it is in the
 * fake kernel.  Only of an engine in this program. */
void stage_check_mirror(struct env *);

/* Checks that the engine would sleep for a while now. */
void stage_check_idle(struct env *);

bool stage_link_exists(struct env *, const char *name);
struct route_exchange_table_stats stage_stats(struct env *, uint32_t table_id);

/* A stage with a fake kernel and an engine, for who needs several. */
struct env *stage_open_fake(void);
void stage_close(struct env *);

/* Where a story can be told. */
enum {
    FAKE = 1,                   /* On the fake kernel. */
    KERNEL = 2,                 /* On the real kernel, ... */
    VRF = 4,                    /* ... if that has VRFs. */
    NO_VRF = 16,                /* ... if that has none. */
    INSIDE = 8,                 /* It looks into the engine, so that must be in
                                 * this program. */
};

struct story {
    const char *name;
    void (*tell)(struct env *);
    int where;                  /* Of these. */
};

#define STORY(NAME, WHERE) { #NAME, NAME, WHERE }

/* Tells all 'n' stories where they can be told, as cmocka tests; returns the
 * number of failures.  What cannot be told on the real kernel here is left
 * out, and that is said aloud. */
int stage_main(const char *name, const struct story *, size_t n);

#endif /* tests/lib/engine-stage.h */
