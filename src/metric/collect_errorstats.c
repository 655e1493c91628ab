/* INFO errorstats, since 6.2: errorstat_WRONGTYPE:count=2 */
#include "collectors.h"
#include <bluegreen/num.h>

static const struct family families[] = {
    {"redis_errors_total", METRIC_COUNTER, "err",
     "Error replies by their first word; READONLY, OOM, NOAUTH or LOADING rising means clients are failing "
     "(INFO errorstats, since 6.2)"},
};

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    uint32_t cursor = 0;
    struct str error, value, text;
    double count;
    (void)part;
    while (info_next(&snapshot->info, STR("errorstat_"), &cursor, &error, &value))
        if (info_subfield(value, STR("count"), &text) && num_double(text, &count))
            samples_add(samples, 0, samples_label(samples, "err", error), count);
}

const struct collector collect_errorstats = {
    .name = "errorstats",
    .help = "Error replies by kind.",
    .emit = emit,
    FAMILIES(families),
};
