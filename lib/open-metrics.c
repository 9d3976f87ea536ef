/* open-metrics.c: the OpenMetrics text format.  See the header. */
#include <config.h>
#include "lib/open-metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Upper ends of a histogram's buckets, in seconds; the last one has none. */
static const double bounds[OPEN_METRICS_BUCKETS - 1] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30,
};

static void
put_unit(struct ds *ds, const char *name)
{
    static const char *const units[] = { "seconds", "bytes" };

    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        const char *end = strrchr(name, '_');

        if (end && !strcmp(end + 1, units[i])) {
            ds_put_format(ds, "# UNIT %s %s\n", name, units[i]);
        }
    }
}

void
open_metrics_family(struct ds *ds, const char *name, const char *type,
                    const char *help)
{
    ds_put_format(ds, "# TYPE %s %s\n", name, type);
    put_unit(ds, name);
    ds_put_format(ds, "# HELP %s %s\n", name, help);
}

static void
put_label(struct ds *ds, const char *name, const char *value, bool first)
{
    ds_put_format(ds, "%s%s=\"", first ? "{" : ",", name);
    for (; *value; value++) {
        unsigned char c = *value;

        if (c == '\\' || c == '"') {
            ds_put_char(ds, '\\');
            ds_put_char(ds, c);
        } else {
            ds_put_char(ds, c < ' ' || c > '~' ? '?' : c);
        }
    }
    ds_put_char(ds, '"');
}

static void
put_value(struct ds *ds, double value)
{
    /* 2^53: beyond it not every integer is a double. */
    if (value == trunc(value) && fabs(value) < 9007199254740992.0) {
        ds_put_format(ds, " %"PRId64"\n", (int64_t) value);
    } else {
        ds_put_format(ds, " %.9g\n", value);
    }
}

void
open_metrics_sample(struct ds *ds, const char *name, double value, ...)
{
    const char *label;
    bool first = true;
    va_list args;

    ds_put_cstr(ds, name);
    va_start(args, value);
    while ((label = va_arg(args, const char *)) != NULL) {
        put_label(ds, label, va_arg(args, const char *), first);
        first = false;
    }
    va_end(args);
    if (!first) {
        ds_put_char(ds, '}');
    }
    put_value(ds, value);
}

void
open_metrics_states(struct ds *ds, const char *name,
                    const char *const states[], size_t n, const char *current)
{
    for (size_t i = 0; i < n; i++) {
        open_metrics_sample(ds, name, !strcmp(states[i], current), name,
                            states[i], NULL);
    }
}

void
open_metrics_end(struct ds *ds)
{
    ds_put_cstr(ds, "# EOF\n");
}

void
open_metrics_observe(struct open_metrics_histogram *h, double seconds)
{
    size_t i = 0;

    seconds = MAX(seconds, 0);
    while (i < ARRAY_SIZE(bounds) && seconds > bounds[i]) {
        i++;
    }
    h->buckets[i]++;
    h->n++;
    h->sum += seconds;
}

void
open_metrics_histogram(struct ds *ds, const char *name,
                       const struct open_metrics_histogram *h)
{
    char *bucket = xasprintf("%s_bucket", name);
    char *count = xasprintf("%s_count", name);
    char *sum = xasprintf("%s_sum", name);
    uint64_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
        char *le = xasprintf("%g%s", bounds[i],
                             bounds[i] == trunc(bounds[i]) ? ".0" : "");

        n += h->buckets[i];
        open_metrics_sample(ds, bucket, n, "le", le, NULL);
        free(le);
    }
    open_metrics_sample(ds, bucket, h->n, "le", "+Inf", NULL);
    open_metrics_sample(ds, count, h->n, NULL);
    open_metrics_sample(ds, sum, h->sum, NULL);
    free(bucket);
    free(count);
    free(sum);
}
