/*
 * The replicas a primary sees: slave0:ip=10.0.0.2,port=6379,state=online,offset=1234,lag=0
 * These lines are as old as the replica's last acknowledgement; while it loads, offset and lag are zero and
 * say nothing. Two replicas behind one address and port would be the same series: the first one is shown.
 */
#include "collectors.h"
#include <bluegreen/num.h>

enum { LAG, OFFSET };

static const struct family families[] = {
    [LAG] = {"redis_connected_slave_lag_seconds", METRIC_GAUGE, "slave_ip,slave_port,slave_state",
             "Seconds since the replica's last acknowledgement, as the primary sees it; says nothing unless "
             "the state "
             "is online (INFO replication, slaveN lag=)"},
    [OFFSET] = {"redis_connected_slave_offset_bytes", METRIC_GAUGE, "slave_ip,slave_port,slave_state",
                "Replication offset the replica acknowledged last, as the primary sees it; replicas "
                "acknowledge once a "
                "second, so subtracted from the primary's own offset it is no lag (INFO replication, slaveN "
                "offset=)"},
};

enum { REPLICAS_MAX = 256 };

static void add_number(struct samples *samples, unsigned family, struct str labels, struct str value,
                       struct str key)
{
    struct str text;
    double number;
    if (info_subfield(value, key, &text) && num_double(text, &number))
        samples_add(samples, family, labels, number);
}

static bool seen_before(struct str labels, const struct str *seen, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(labels, seen[i]))
            return true;
    return false;
}

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    struct str seen[REPLICAS_MAX], number, value;
    size_t count = 0;
    uint32_t cursor = 0;
    (void)part;
    while (count < REPLICAS_MAX && info_next(&snapshot->info, STR("slave"), &cursor, &number, &value)) {
        uint64_t index;
        struct label labels[] = {
            {"slave_ip", NO_LABELS}, {"slave_port", NO_LABELS}, {"slave_state", NO_LABELS}};
        if (!num_u64(number, &index) || !info_subfield(value, STR("ip"), &labels[0].value) ||
            !info_subfield(value, STR("port"), &labels[1].value) ||
            !info_subfield(value, STR("state"), &labels[2].value))
            continue;
        struct str text = samples_labels(samples, labels, 3);
        if (seen_before(text, seen, count))
            continue;
        seen[count++] = text;
        add_number(samples, OFFSET, text, value, STR("offset"));
        add_number(samples, LAG, text, value, STR("lag"));
    }
}

const struct collector collect_replicas = {
    .name = "replicas",
    .help = "The replicas connected to this server.",
    .emit = emit,
    FAMILIES(families),
};
