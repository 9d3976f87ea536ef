/* open-metrics -- the OpenMetrics text format (version 1.0).
 *
 *     open_metrics_family(&ds, "ovn_route_desired_routes", "gauge",
 *                         "Routes that are wanted.");
 *     open_metrics_sample(&ds, "ovn_route_desired_routes", 17,
 *                         "table", "10", NULL);
 *     open_metrics_end(&ds);
 *
 * gives a document that Prometheus scrapes.  The caller sees to what the format
 * asks for: all samples of a family in one place, after its head; names of
 * counters' samples end in "_total", of infos' in "_info"; a unit is the end of
 * the name.
 *
 * Ownership: text is appended to the caller's 'ds'.  Order: the caller's.
 * Single-threaded.
 */
#ifndef OPEN_METRICS_H
#define OPEN_METRICS_H 1

#include <stddef.h>
#include <stdint.h>

struct ds;

/* The Content-Type of a document. */
#define OPEN_METRICS_TYPE \
    "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Begins the family 'name' of 'type': "gauge", "counter", "info", "stateset" or
 * "histogram".  A name that ends in "_seconds" or "_bytes" gets that unit. */
void open_metrics_family(struct ds *, const char *name, const char *type,
                         const char *help);

/* Appends the sample 'name'.  Names and values of labels follow, and a NULL.
 * A value may be any text: what is not printable ASCII is replaced. */
void open_metrics_sample(struct ds *, const char *name, double value, ...)
    __attribute__((__sentinel__));

/* Appends a set of 'n' states, of which 'current' holds. */
void open_metrics_states(struct ds *, const char *name,
                         const char *const states[], size_t n,
                         const char *current);

/* Ends the document. */
void open_metrics_end(struct ds *);

/* Counts of observed times by their size, for a family of type "histogram". */
#define OPEN_METRICS_BUCKETS 12
struct open_metrics_histogram {
    uint64_t buckets[OPEN_METRICS_BUCKETS]; /* The last one: all others. */
    uint64_t n;
    double sum;                 /* Seconds. */
};

/* Adds a time, in seconds; a negative one (clocks differ) counts as 0. */
void open_metrics_observe(struct open_metrics_histogram *, double seconds);

/* Appends the samples of 'name', whose unit is seconds. */
void open_metrics_histogram(struct ds *, const char *name,
                            const struct open_metrics_histogram *);

#endif /* lib/open-metrics.h */
