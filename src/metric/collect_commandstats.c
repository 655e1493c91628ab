/* INFO commandstats: cmdstat_get:calls=3,usec=9,usec_per_call=3.00,rejected_calls=0,failed_calls=0 */
#include "collectors.h"
#include <bluegreen/num.h>

enum { CALLS, DURATION, REJECTED, FAILED };

static const struct family families[] = {
    [CALLS] = {"redis_commands_total", METRIC_COUNTER, "cmd",
               "Calls of the command (INFO commandstats, calls=)"},
    [DURATION] = {"redis_commands_duration_seconds_total", METRIC_COUNTER, "cmd",
                  "Time the server spent executing the command (INFO commandstats, usec=)"},
    [REJECTED] = {"redis_commands_rejected_calls_total", METRIC_COUNTER, "cmd",
                  "Calls refused before execution, for example for lack of memory or permission "
                  "(INFO commandstats, rejected_calls=, since 6.2)"},
    [FAILED] = {"redis_commands_failed_calls_total", METRIC_COUNTER, "cmd",
                "Calls that failed while executing (INFO commandstats, failed_calls=, since 6.2)"},
};

static const struct {
    struct str key;
    unsigned family;
    double divisor;
} counts[] = {
    {STR_INIT("calls"), CALLS, 1},
    {STR_INIT("usec"), DURATION, 1e6},
    {STR_INIT("rejected_calls"), REJECTED, 1},
    {STR_INIT("failed_calls"), FAILED, 1},
};

bool commandstat(const struct info *info, struct str command, struct str key, double *ret)
{
    char name[INFO_NAME_MAX + 16] = "cmdstat_";
    struct str value, text;
    return str_copy(command, name + 8, sizeof name - 8) && info_get(info, str_of(name), &value) &&
           info_subfield(value, key, &text) && num_double(text, ret);
}

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    uint32_t cursor = 0;
    struct str command, value, text;
    (void)part;
    while (info_next(&snapshot->info, STR("cmdstat_"), &cursor, &command, &value)) {
        struct str labels = samples_label(samples, "cmd", command);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            double number;
            if (info_subfield(value, counts[i].key, &text) && num_double(text, &number))
                samples_add(samples, counts[i].family, labels, number / counts[i].divisor);
        }
    }
}

const struct collector collect_commandstats = {
    .name = "commandstats",
    .help = "Calls and time per command.",
    .emit = emit,
    FAMILIES(families),
};
