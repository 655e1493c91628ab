/*
 * SLOWLOG LEN and the newest entry of SLOWLOG GET: [[id, Unix seconds, microseconds, [arguments], …]]
 * The entry's arguments may hold anybody's data and are not looked at.
 */
#include "collectors.h"

enum { LENGTH, LAST_ID, LAST_DURATION };

static const struct family families[] = {
    [LENGTH] = {"redis_slowlog_length", METRIC_GAUGE, "", "Entries in the slow log now (SLOWLOG LEN)"},
    [LAST_ID] = {"redis_slowlog_last_id", METRIC_GAUGE, "",
                 "Id of the newest slow log entry; it rises by one with every slow command (SLOWLOG GET)"},
    [LAST_DURATION] =
        {"redis_last_slow_execution_duration_seconds", METRIC_GAUGE, "",
         "How long the command of the newest slow log entry ran, 0 when the log is empty (SLOWLOG GET)"},
};

struct slowlog_part {
    int64_t length, last_id, last_usec;
};

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct slowlog_part *part = data;
    (void)arena;
    if (cmd == CMD_SLOWLOG_LEN)
        return reply_i64(reply, &part->length) || unexpected_reply(cmd, reply, err);
    if (reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    if (reply->count == 0)
        return true;
    const struct reply *entry = &reply->items[0];
    return (entry->type == REPLY_ARRAY && entry->count >= 3 && reply_i64(&entry->items[0], &part->last_id) &&
            reply_i64(&entry->items[2], &part->last_usec)) ||
           unexpected_reply(cmd, reply, err);
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct slowlog_part *part = data;
    (void)snapshot;
    samples_add(samples, LENGTH, NO_LABELS, (double)part->length);
    samples_add(samples, LAST_ID, NO_LABELS, (double)part->last_id);
    samples_add(samples, LAST_DURATION, NO_LABELS, (double)part->last_usec / 1e6);
}

const struct collector collect_slowlog = {
    .name = "slowlog",
    .help = "Length and newest entry of the slow log.",
    .cmds = {CMD_SLOWLOG_LEN, CMD_SLOWLOG_LAST},
    .part_size = sizeof(struct slowlog_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
