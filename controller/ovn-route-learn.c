/* ovn-route-learn.c: connects the parts of ovn-route-controller that learn
 * routes: the engine's view of the kernel, the plan's of routers and ports,
 * the local database's of interfaces, and the table Learned_Route. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <limits.h>
#include <stdlib.h>

#include "controller/learn-rows.h"
#include "controller/learn.h"
#include "controller/ovs-view.h"
#include "controller/route.h"
#include "controller/sb-learned-writer.h"
#include "controller/sb-view.h"
#include "openvswitch/poll-loop.h"
#include "ovn/route-exchange.h"
#include "simap.h"
#include "stopwatch.h"
#include "timeval.h"
#include "util.h"

/* Times of learner_run() that had something to do, in microseconds. */
#define LEARN_STOPWATCH "learn"

/* What 'learn' reads. */

/* What is there already has its place within learn-max, so nothing is learned
 * before that is known. */
static bool
source_is_trusted(void *ctl_, uint32_t table_id)
{
    const struct controller *ctl = ctl_;

    return (sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE
            && sb_learned_writer_sees_rows(ctl->learned_writer)
            && route_exchange_is_trusted(ctl->engine, table_id));
}

static void
source_get_routes(void *ctl_, uint32_t table_id,
                  const struct ip_prefix *prefix,
                  void (*cb)(void *cb_aux, const struct nl_route *),
                  void *cb_aux)
{
    const struct controller *ctl = ctl_;

    route_exchange_get_routes(ctl->engine, table_id, prefix, cb, cb_aux);
}

static void
source_for_each_prefix(void *ctl_, uint32_t table_id,
                       void (*cb)(void *cb_aux, const struct ip_prefix *),
                       void *cb_aux)
{
    const struct controller *ctl = ctl_;

    route_exchange_for_each_prefix(ctl->engine, table_id, cb, cb_aux);
}

static const char *
source_get_device(void *ctl_, uint32_t ifindex)
{
    const struct controller *ctl = ctl_;

    return route_exchange_get_device(ctl->engine, ifindex);
}

static const char *
source_get_peer(void *ctl_, uint32_t ifindex)
{
    const struct controller *ctl = ctl_;

    return route_exchange_get_peer(ctl->engine, ifindex);
}

static bool
source_device_is_up(void *ctl_, uint32_t ifindex)
{
    const struct controller *ctl = ctl_;

    return route_exchange_device_is_up(ctl->engine, ifindex);
}

static void
source_watch_neighbour(void *ctl_, uint32_t ifindex, const uint8_t addr[16])
{
    struct controller *ctl = ctl_;

    route_exchange_watch_neighbour(ctl->engine, ifindex, addr);
}

static void
source_unwatch_neighbour(void *ctl_, uint32_t ifindex, const uint8_t addr[16])
{
    struct controller *ctl = ctl_;

    route_exchange_unwatch_neighbour(ctl->engine, ifindex, addr);
}

static const uint8_t *
source_get_neighbour(void *ctl_, uint32_t ifindex, const uint8_t addr[16])
{
    const struct controller *ctl = ctl_;

    return route_exchange_get_neighbour(ctl->engine, ifindex, addr);
}

static bool
source_is_advertised(void *ctl_, const struct uuid *datapath,
                     const struct ip_prefix *prefix)
{
    const struct controller *ctl = ctl_;

    return route_plan_is_advertised(ctl->plan, datapath, prefix);
}

/* What it is told. */

static void
prefix_changed(void *ctl_, uint32_t table_id, const struct ip_prefix *prefix)
{
    struct controller *ctl = ctl_;

    learner_prefix_changed(ctl->learn, table_id, prefix);
}

static void
table_changed(void *ctl_, uint32_t table_id)
{
    struct controller *ctl = ctl_;

    learner_table_changed(ctl->learn, table_id);
}

static void
device_changed(void *ctl_, uint32_t ifindex)
{
    struct controller *ctl = ctl_;

    learner_device_changed(ctl->learn, ifindex);
}

static void
neighbour_changed(void *ctl_, uint32_t ifindex)
{
    struct controller *ctl = ctl_;

    learner_neighbour_changed(ctl->learn, ifindex);
}

static void
advertised_changed(void *ctl_, const struct uuid *datapath,
                   const struct ip_prefix *prefix)
{
    struct controller *ctl = ctl_;

    learner_advertised_changed(ctl->learn, datapath, prefix);
}

void
controller_learn_create(struct controller *ctl)
{
    const struct learner_source source = {
        .is_trusted = source_is_trusted,
        .get_routes = source_get_routes,
        .for_each_prefix = source_for_each_prefix,
        .get_device = source_get_device,
        .get_peer = source_get_peer,
        .device_is_up = source_device_is_up,
        .watch_neighbour = source_watch_neighbour,
        .unwatch_neighbour = source_unwatch_neighbour,
        .get_neighbour = source_get_neighbour,
        .is_advertised = source_is_advertised,
        .aux = ctl,
    };
    const struct route_exchange_observer observer = {
        .prefix_changed = prefix_changed,
        .table_changed = table_changed,
        .device_changed = device_changed,
        .neighbour_changed = neighbour_changed,
    };

    ctl->learn_rows = learn_rows_create();
    ctl->learn = learner_create(&source, ctl->learn_rows);
    ctl->learned_writer = sb_learned_writer_create(sb_view_get_idl(ctl->sb),
                                                   ctl->learn_rows);
    sb_view_set_learned_writer(ctl->sb, ctl->learned_writer);
    route_plan_observe_advertised(ctl->plan, advertised_changed, ctl);
    route_exchange_observe(ctl->engine, &observer, ctl);
    stopwatch_create(LEARN_STOPWATCH, SW_US);
}

void
controller_learn_destroy(struct controller *ctl)
{
    route_exchange_observe(ctl->engine, NULL, NULL);
    route_plan_observe_advertised(ctl->plan, NULL, NULL);
    sb_view_set_learned_writer(ctl->sb, NULL);
    sb_learned_writer_destroy(ctl->learned_writer);
    learner_destroy(ctl->learn);
    learn_rows_destroy(ctl->learn_rows);
}

/* Tells 'learn' of ports and interfaces that changed. */
static void
update_facts(struct controller *ctl)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    unsigned int devices = ovs_view_get_devices_seqno(ctl->ovs);
    unsigned int ports = route_plan_get_learn_seqno(ctl->plan);

    if (!config) {
        return;
    }
    if (!ctl->learn_primed || ctl->learn_devices_seqno != devices) {
        learner_set_interfaces(ctl->learn, config->port_mapping,
                               ovs_view_get_interfaces(ctl->ovs));
        ctl->learn_devices_seqno = devices;
    }
    if (!ctl->learn_primed || ctl->learn_ports_seqno != ports) {
        size_t n;
        struct learn_port_facts *facts
            = route_plan_get_learn_ports(ctl->plan, &n);

        learner_set_ports(ctl->learn, facts, n);
        ctl->learn_ports_seqno = ports;
        free(facts);
    }
    ctl->learn_primed = true;
}

/* While the Southbound database is not known in full, it is not known either
 * which ports are here, and nothing is written. */
void
controller_learn_run(struct controller *ctl, long long int now)
{
    bool may_write = (sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE
                      && ctl->phase == CONTROLLER_RUNNING
                      && ctl->lock.held);

    update_facts(ctl);
    sb_learned_writer_follow(ctl->learned_writer);
    if (!learner_is_settled(ctl->learn)
        || learner_next_time(ctl->learn) <= now) {
        stopwatch_start(LEARN_STOPWATCH, time_usec());
        learner_run(ctl->learn, now);
        stopwatch_stop(LEARN_STOPWATCH, time_usec());
    }
    sb_learned_writer_run(ctl->learned_writer, may_write, now);
}

void
controller_learn_wait(const struct controller *ctl)
{
    long long int next = learner_next_time(ctl->learn);

    if (next != LLONG_MAX) {
        poll_timer_wait_until(next);
    }
    sb_learned_writer_wait(ctl->learned_writer);
}

void
controller_learn_get_memory_usage(const struct controller *ctl,
                                  struct simap *usage)
{
    struct learn_rows_stats stats;

    learn_rows_get_stats(ctl->learn_rows, &stats);
    simap_increase(usage, "learned-routes-wanted", stats.n_wanted);
    simap_increase(usage, "learned-routes-held", stats.n_held);
    simap_increase(usage, "sb-learned-routes", stats.n_actual);
}

bool
controller_learn_is_settled(const struct controller *ctl)
{
    return (learner_is_settled(ctl->learn)
            && sb_learned_writer_is_settled(ctl->learned_writer));
}
