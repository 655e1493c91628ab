/*
 * The longest entry of the slow log: SLOWLOG GET 128, read slowly because the server copies every entry.
 *   [[id, Unix seconds, microseconds, [arguments], …], …]       newest first
 * The entries' arguments may hold anybody's data and are not looked at.
 */
#include "collectors.h"

enum { DURATION, TIMESTAMP, MINUTE_MS = 60000 };

static const struct family families[] = {
    [DURATION] =
        {"redis_slowlog_longest_duration_seconds", METRIC_GAUGE, "",
         "How long the slowest of the newest 128 slow log entries ran, 0 when the log is empty; read once "
         "a minute (SLOWLOG GET)"},
    [TIMESTAMP] = {"redis_slowlog_longest_timestamp_seconds", METRIC_GAUGE, "",
                   "When the slowest of the newest 128 slow log entries was logged, Unix time; absent when "
                   "the log is empty "
                   "(SLOWLOG GET)"},
};

struct longest_part {
    int64_t usec, seconds;
    bool any;
};

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct longest_part *part = data;
    (void)arena;
    if (reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    for (size_t i = 0; i < reply->count; i++) {
        const struct reply *entry = &reply->items[i];
        int64_t seconds, usec;
        if (entry->type != REPLY_ARRAY || entry->count < 3 || !reply_i64(&entry->items[1], &seconds) ||
            !reply_i64(&entry->items[2], &usec))
            return unexpected_reply(cmd, entry, err);
        if (!part->any || usec > part->usec)
            *part = (struct longest_part){usec, seconds, true};
    }
    return true;
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct longest_part *part = data;
    (void)snapshot;
    samples_add(samples, DURATION, NO_LABELS, (double)part->usec / 1e6);
    if (part->any)
        samples_add(samples, TIMESTAMP, NO_LABELS, (double)part->seconds);
}

const struct collector collect_slowlog_longest = {
    .name = "slowlog_longest",
    .help = "The longest entry of the slow log.",
    .cmds = {CMD_SLOWLOG_ENTRIES},
    .interval_ms = MINUTE_MS,
    .part_size = sizeof(struct longest_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
