/*
 * INFO latencystats, since 7.0: latency_percentiles_usec_get:p50=1.003,p99=3.007,p99.9=9.023
 * Name, microseconds and quantile labels of 50 instead of 0.5 are redis_exporter's. Sum and count of the
 * summary are those of commandstats; without them there is no summary.
 */
#include "collectors.h"
#include <bluegreen/num.h>

static const struct family families[] = {
    {"redis_latency_percentiles_usec", METRIC_SUMMARY, "cmd,quantile",
     "Latency percentiles of the command since the server started or its statistics were reset, in "
     "microseconds "
     "(INFO latencystats, since 7.0)"},
};

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    const struct info *info = &snapshot->info;
    uint32_t cursor = 0;
    struct str command, value;
    (void)part;
    while (info_next(info, STR("latency_percentiles_usec_"), &cursor, &command, &value)) {
        double sum, count;
        if (!commandstat(info, command, STR("usec"), &sum) ||
            !commandstat(info, command, STR("calls"), &count))
            continue;
        struct str labels = samples_label(samples, "cmd", command);
        struct str pair, name, text;
        while (str_next(&value, ',', &pair)) {
            double quantile, usec;
            if (str_cut(pair, '=', &name, &text) && str_starts(name, STR("p")) &&
                num_double(str_from(name, 1), &quantile) && num_double(text, &usec))
                samples_add_quantile(samples, 0, labels, quantile, usec);
        }
        samples_add_suffix(samples, 0, labels, SAMPLE_SUM, sum);
        samples_add_suffix(samples, 0, labels, SAMPLE_COUNT, count);
    }
}

const struct collector collect_latencystats = {
    .name = "latencystats",
    .help = "Latency percentiles per command.",
    .emit = emit,
    FAMILIES(families),
};
