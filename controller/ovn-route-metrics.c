/* ovn-route-metrics.c: what ovn-route-controller tells to Prometheus.  Names
 * and meanings are in ovn-route-controller(8). */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "controller/learn.h"
#include "controller/metrics-status.h"
#include "controller/sb-view.h"
#include "lib/ovn-dirs.h"
#include "openvswitch/dynamic-string.h"
#include "ovn/route-exchange.h"
#include "timeval.h"
#include "util.h"

/* One table's counts. */
struct row {
    struct route_exchange_table_stats stats;
    size_t n_learned;
};

/* A family with a sample for each table. */
struct table_family {
    const char *name;           /* Of the family, after "ovn_route_". */
    const char *type;
    const char *help;
    double (*get)(const struct row *);
};

static double
get_desired(const struct row *row)
{
    return row->stats.n_desired;
}

static double
get_installed(const struct row *row)
{
    return row->stats.n_installed;
}

static double
get_failed(const struct row *row)
{
    return row->stats.n_failed;
}

static double
get_foreign(const struct row *row)
{
    return row->stats.n_other;
}

static double
get_repaired(const struct row *row)
{
    return row->stats.n_repaired;
}

static double
get_learned(const struct row *row)
{
    return row->n_learned;
}

static double
get_vrf_up(const struct row *row)
{
    return row->stats.vrf_up;
}

static const struct table_family table_families[] = {
    { "desired_routes", "gauge", "Routes that are wanted.", get_desired },
    { "installed_routes", "gauge", "Wanted routes that the kernel has.",
      get_installed },
    { "failed_routes", "gauge", "Wanted routes that the kernel refused.",
      get_failed },
    { "foreign_routes", "gauge", "Routes of others in the table.",
      get_foreign },
    { "learned_routes", "gauge", "Routes of others that are learned.",
      get_learned },
    { "vrf_up", "gauge", "Whether a maintained VRF is there and up.",
      get_vrf_up },
    { "repaired", "counter", "Routes and devices put right after someone "
      "changed them.", get_repaired },
};

static void
put_table_family(struct ds *ds, const struct table_family *family,
                 const struct row *rows, size_t n)
{
    bool counter = !strcmp(family->type, "counter");
    char *name = xasprintf("ovn_route_%s", family->name);
    char *sample = xasprintf("%s%s", name, counter ? "_total" : "");

    open_metrics_family(ds, name, family->type, family->help);
    for (size_t i = 0; i < n; i++) {
        const struct route_exchange_table_stats *stats = &rows[i].stats;

        if (family->get != get_vrf_up || stats->vrf_name[0]) {
            char table[11];

            snprintf(table, sizeof table, "%"PRIu32, stats->table_id);
            open_metrics_sample(ds, sample, family->get(&rows[i]), "vrf",
                                stats->vrf_name, "table", table, NULL);
        }
    }
    free(name);
    free(sample);
}

static void
put_tables(struct controller *ctl, struct ds *ds)
{
    size_t n, n_rows = 0;
    uint32_t *tables = route_exchange_get_tables(ctl->engine, &n);
    struct row *rows = xcalloc(n + 1, sizeof *rows);

    for (size_t i = 0; i < n; i++) {
        struct row *row = &rows[n_rows];

        if (!route_exchange_get_table_stats(ctl->engine, tables[i],
                                            &row->stats)) {
            row->n_learned = learner_get_table_stats(ctl->learn,
                                                     tables[i]).n_learned;
            n_rows++;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(table_families); i++) {
        put_table_family(ds, &table_families[i], rows, n_rows);
    }
    free(rows);
    free(tables);
}

static void
put_gauge(struct ds *ds, const char *name, double value, const char *help)
{
    open_metrics_family(ds, name, "gauge", help);
    open_metrics_sample(ds, name, value, NULL);
}

static void
put_counter(struct ds *ds, const char *name, double value, const char *help)
{
    char *total = xasprintf("%s_total", name);

    open_metrics_family(ds, name, "counter", help);
    open_metrics_sample(ds, total, value, NULL);
    free(total);
}

static void
put_engine(struct controller *ctl, struct ds *ds)
{
    struct route_exchange_stats stats;

    route_exchange_get_stats(ctl->engine, &stats);
    put_counter(ds, "ovn_route_route_messages", stats.n_route_messages,
                "Changes of routes sent to the kernel.");
    put_counter(ds, "ovn_route_link_messages", stats.n_link_messages,
                "Changes of devices sent to the kernel.");
    put_counter(ds, "ovn_route_kernel_events", stats.n_events,
                "Changes that the kernel told of.");
    put_counter(ds, "ovn_route_lost_events", stats.n_lost,
                "Times that the kernel could not tell all changes.");
    put_counter(ds, "ovn_route_dumps", stats.n_dumps,
                "Readings of a table or of the devices.");
    open_metrics_family(ds, "ovn_route_last_resync_timestamp_seconds",
                        "gauge", "When something read from the kernel last "
                        "became doubtful, and why.");
    if (stats.last_resync_reason) {
        long long int ago = time_msec() - stats.last_resync;

        open_metrics_sample(ds, "ovn_route_last_resync_timestamp_seconds",
                            (time_wall_msec() - ago) / 1000.0, "reason",
                            stats.last_resync_reason, NULL);
    }
}

static void
put_states(struct controller *ctl, struct ds *ds)
{
    static const char *const drains[] = { "off", "withdraw", "deprefer" };
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    const char *gates[ROUTE_GATE_RETURNING + 1];

    open_metrics_family(ds, "ovn_route_drain", "stateset",
                        "Whether the chassis is drained.");
    open_metrics_states(ds, "ovn_route_drain", drains, ARRAY_SIZE(drains),
                        ovs_view_drain_name(config ? config->drain
                                            : OVS_VIEW_DRAIN_OFF));
    for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
        gates[i] = route_gate_state_name(i);
    }
    open_metrics_family(ds, "ovn_route_gate", "stateset",
                        "Whether routes may be advertised.");
    open_metrics_states(ds, "ovn_route_gate", gates, ARRAY_SIZE(gates),
                        route_gate_state_name(ctl->gate.state));
}

static void
put_process(struct ds *ds)
{
    struct rusage usage;

    if (!getrusage(RUSAGE_SELF, &usage)) {
        put_counter(ds, "process_cpu_seconds",
                    usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
                    + (usage.ru_utime.tv_usec
                       + usage.ru_stime.tv_usec) / 1e6,
                    "Processor time used.");
        put_gauge(ds, "process_peak_memory_bytes", usage.ru_maxrss * 1024.0,
                  "The most memory that was used at a time.");
    }
}

void
controller_metrics_format(struct controller *ctl, struct ds *ds)
{
    const struct ovs_view_config *config = ovs_view_get(ctl->ovs);
    struct route_plan_stats plan;

    route_plan_get_stats(ctl->plan, &plan);
    open_metrics_family(ds, "ovn_route_controller", "info",
                        "This chassis and this program.");
    open_metrics_sample(ds, "ovn_route_controller_info", 1, "chassis",
                        config && config->system_id ? config->system_id : "",
                        "version", PACKAGE_VERSION, NULL);
    put_gauge(ds, "ovn_route_southbound_complete",
              sb_view_get_state(ctl->sb) == SB_VIEW_COMPLETE,
              "Whether the Southbound database is known in full.");
    put_gauge(ds, "ovn_route_settled", controller_is_settled(ctl),
              "Whether the kernel is as it should be.");
    put_gauge(ds, "ovn_route_routers", plan.n_routers,
              "Routers that take part on this chassis.");
    controller_report_refresh(ctl);
    put_gauge(ds, "ovn_route_problems", problem_set_count(&ctl->shown),
              "Problems that are reported now.");
    put_states(ctl, ds);
    put_tables(ctl, ds);
    put_engine(ctl, ds);
    open_metrics_family(ds, "ovn_route_northbound_to_kernel_seconds",
                        "histogram", "Time from a change of NB_Global nb_cfg, "
                        "as ovn-route-northd saw it, until the kernel agreed.");
    open_metrics_histogram(ds, "ovn_route_northbound_to_kernel_seconds",
                           &ctl->latency);
    put_process(ds);
    open_metrics_end(ds);
}

static void
format_cb(void *ctl, struct ds *ds)
{
    controller_metrics_format(ctl, ds);
}

void
controller_metrics_init(struct controller *ctl,
                        const struct controller_options *options)
{
    ctl->latency_cfg = -1;
    if (!options->no_metrics) {
        char *path = xasprintf("%s/%s.metrics.sock", ovn_rundir(),
                               program_name);

        ctl->metrics = metrics_status_create(path, options->metrics_port,
                                             format_cb, ctl);
        free(path);
    }
}

void
controller_metrics_destroy(struct controller *ctl)
{
    metrics_status_destroy(ctl->metrics);
}

/* Measures how long a number took to come here.  The one that is found at the
 * start came to an earlier life of the program. */
static void
measure_latency(struct controller *ctl)
{
    int64_t nb_cfg, seen;

    if (!sb_view_get_nb_cfg(ctl->sb, &nb_cfg)
        || nb_cfg == ctl->latency_cfg || !controller_is_settled(ctl)) {
        return;
    }
    seen = sb_view_get_nb_cfg_timestamp(ctl->sb);
    if (ctl->latency_cfg >= 0 && seen) {
        open_metrics_observe(&ctl->latency,
                             (time_wall_msec() - seen) / 1000.0);
    }
    ctl->latency_cfg = nb_cfg;
}

void
controller_metrics_run(struct controller *ctl, long long int now)
{
    measure_latency(ctl);
    if (ctl->metrics) {
        metrics_status_run(ctl->metrics, now);
    }
}

void
controller_metrics_report(struct controller *ctl, const char *source)
{
    const char *which = NULL;
    const char *error = (ctl->metrics
                         ? metrics_status_get_error(ctl->metrics, &which)
                         : NULL);

    if (error) {
        problem_report(&ctl->own, source, which,
                       "metrics cannot be served here (%s); stop what uses "
                       "it, or choose another --metrics", error);
    }
}

void
controller_metrics_wait(struct controller *ctl)
{
    if (ctl->metrics) {
        metrics_status_wait(ctl->metrics);
    }
}
