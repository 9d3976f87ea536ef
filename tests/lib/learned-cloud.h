/* learned-cloud -- a stage for unit tests of learned routes.
 *
 * A "cloud" is a view of the Northbound database and what there is in both
 * databases that learned-routes needs to know.  The changes that it asks for
 * are carried out on the cloud, as the writers do on the databases.
 *
 * Names stand for uuids, as in northd-builder.h.  What fails, fails the cmocka
 * test.
 */
#ifndef TESTS_LIB_LEARNED_CLOUD_H
#define TESTS_LIB_LEARNED_CLOUD_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/dynamic-routing.h"
#include "smap.h"
#include "sset.h"
#include "tests/lib/northd-builder.h"

struct learned_routes;
struct uuid;
struct view_route_config;

#define ON "dynamic-routing=true chassis=hv1"
#define ON_NOT_VIA_IPV6 ON " " DR_LEARN_VIA_IPV6 "=false"

/* Next hops' addresses. */
#define MAC1 "00:00:00:00:aa:01"
#define MAC2 "00:00:00:00:aa:02"

struct cloud {
    struct nb nb;
    struct learned_routes *learned;
    struct smap rows;           /* Name to what cloud_row() takes. */
    struct smap holders;        /* Port to chassis... */
    struct smap formers;        /* ...and "PORT CHASSIS" to the time until
                                 * which that one still counts. */
    struct smap reserved;       /* Keys and values of NB_Global. */
    struct smap fixed;          /* Static_MAC_Binding: name of the row to what
                                 * cloud_fixed() takes. */
    struct smap bindings;       /* Likewise MAC_Binding, cloud_binding()... */
    struct sset known;          /* ...of which those of these IPs are seen. */
    long long int now;
    int n_inserted;             /* Static routes so far. */
    bool fails;                 /* Transactions have no effect. */
};

void cloud_init(struct cloud *);
void cloud_destroy(struct cloud *);

/* cmocka fixtures: '*state' is a struct cloud. */
int cloud_setup(void **state);
int cloud_teardown(void **state);

/* A gateway router "lr" on hv1 with the port "p". */
void cloud_gateway(struct cloud *);

/* The row 'name' of Learned_Route: 'spec' is "PORT PREFIX NEXTHOP [CHASSIS
 * [MAC]]", "-" for no port or chassis. */
void cloud_row(struct cloud *, const char *name, const char *spec);
void cloud_row_del(struct cloud *, const char *name);

/* 'chassis' NULL: nobody holds it.  What the one before wrote is garbage, as
 * if that were gone... */
void cloud_hold(struct cloud *, const char *port, const char *chassis);

/* ...or is not, for a while; this works out what follows. */
void cloud_move(struct cloud *, const char *port, const char *chassis);

/* A Static_MAC_Binding: 'spec' is "PORT IP [override]". */
void cloud_fixed(struct cloud *, const char *name, const char *spec);
void cloud_fixed_del(struct cloud *, const char *name);

/* A MAC_Binding: 'spec' is "PORT IP MAC [wrong]". */
void cloud_binding(struct cloud *, const char *name, const char *spec);
void cloud_binding_del(struct cloud *, const char *name);

/* Makes a static route what 'config', whose texts may be those of the route,
 * says. */
void cloud_copy_route(struct cloud *, const struct uuid *,
                      const struct view_route_config *config);

/* Tells all that there is of MAC addresses and reservations, as after a change
 * of 'fixed', 'bindings' or 'reserved'. */
void cloud_reload(struct cloud *);

/* Works out what follows, but changes nothing. */
void cloud_run(struct cloud *);

/* One transaction of about 'max' changes in each database.  Returns how many
 * were made in both. */
size_t cloud_write_once(struct cloud *, size_t max);

/* Until there is nothing left to do now. */
void cloud_settle(struct cloud *);

/* The same when addresses that stood for next hops linger no more. */
void cloud_settle_later(struct cloud *);

/* Deletes the rows that are garbage. */
void cloud_collect(struct cloud *);

/* The static routes of ours, sorted, each a line "PORT PREFIX NEXTHOP [VIA]".
 * To be freed. */
char *cloud_installed(const struct cloud *);

/* Settles, and checks that. */
void cloud_assert_installed(struct cloud *, const char *expected);

/* Some problem has 'part' in its text; NULL: there is none. */
void cloud_assert_problem(struct cloud *, const char *part);

/* The law: one who comes anew and sees what there is works out the same, and,
 * if 'settled', has nothing to change.  'what' goes into the message. */
void cloud_check_law(struct cloud *, bool settled, const char *what);

#endif /* tests/lib/learned-cloud.h */
