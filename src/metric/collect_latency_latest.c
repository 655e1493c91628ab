/*
 * LATENCY LATEST: the last and the worst spike of every event the latency monitor has seen.
 *   [["command", last seen (Unix s), last duration (ms), worst duration (ms)], …]
 * Valkey adds since 8.1 the sum of all durations (ms) and their number.
 */
#include "collectors.h"

enum { LAST, DURATION, WORST, COUNT, SUM };

static const struct family families[] = {
    [LAST] = {"redis_latency_spike_last", METRIC_GAUGE, "event_name",
              "When the event last had a latency spike, Unix time (LATENCY LATEST; needs "
              "latency-monitor-threshold)"},
    [DURATION] = {"redis_latency_spike_duration_seconds", METRIC_GAUGE, "event_name",
                  "Length of the last latency spike of the event (LATENCY LATEST)"},
    [WORST] = {"redis_latency_spike_max_seconds", METRIC_GAUGE, "event_name",
               "Length of the worst latency spike of the event since the server started or LATENCY RESET "
               "(LATENCY LATEST)"},
    [COUNT] = {"redis_latency_spikes_total", METRIC_COUNTER, "event_name",
               "Latency spikes of the event since the server started or LATENCY RESET (LATENCY LATEST, "
               "Valkey since 8.1)"},
    [SUM] = {"redis_latency_spikes_seconds_total", METRIC_COUNTER, "event_name",
             "Length of all latency spikes of the event together (LATENCY LATEST, Valkey since 8.1)"},
};

struct event {
    struct str name;
    int64_t last_seconds, duration_ms, worst_ms;
    bool has_sum;
    int64_t sum_ms, spikes;
};

struct latest_part {
    struct event *events;
    size_t count;
};

enum { EVENTS_MAX = 256 };

static bool read_event(const struct reply *row, struct event *ret)
{
    if (row->type != REPLY_ARRAY || row->count < 4 || row->items[0].type != REPLY_STRING)
        return false;
    ret->name = row->items[0].text;
    ret->has_sum =
        row->count >= 6 && reply_i64(&row->items[4], &ret->sum_ms) && reply_i64(&row->items[5], &ret->spikes);
    return reply_i64(&row->items[1], &ret->last_seconds) && reply_i64(&row->items[2], &ret->duration_ms) &&
           reply_i64(&row->items[3], &ret->worst_ms);
}

/* No server does this; a series that comes twice would cost the whole scrape. */
static bool seen_before(const struct latest_part *part, struct str name)
{
    for (size_t i = 0; i < part->count; i++)
        if (str_eq(part->events[i].name, name))
            return true;
    return false;
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct latest_part *part = data;
    if (reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    size_t count = reply->count < EVENTS_MAX ? reply->count : EVENTS_MAX;
    part->events = arena_new(arena, struct event, count);
    if (!part->events)
        return err_set(err, ERR_MEMORY, "no memory for %zu latency events", count);
    for (size_t i = 0; i < count; i++) {
        struct event *event = &part->events[part->count];
        if (!read_event(&reply->items[i], event))
            return unexpected_reply(cmd, reply, err);
        if (seen_before(part, event->name))
            continue;
        event->name = arena_copy(arena, event->name);
        if (!event->name.ptr)
            return err_set(err, ERR_MEMORY, "no memory for the name of a latency event");
        part->count++;
    }
    return true;
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct latest_part *part = data;
    (void)snapshot;
    for (size_t i = 0; i < part->count; i++) {
        const struct event *event = &part->events[i];
        struct str labels = samples_label(samples, "event_name", event->name);
        samples_add(samples, LAST, labels, (double)event->last_seconds);
        samples_add(samples, DURATION, labels, (double)event->duration_ms / 1e3);
        samples_add(samples, WORST, labels, (double)event->worst_ms / 1e3);
        if (!event->has_sum)
            continue;
        samples_add(samples, COUNT, labels, (double)event->spikes);
        samples_add(samples, SUM, labels, (double)event->sum_ms / 1e3);
    }
}

const struct collector collect_latency_latest = {
    .name = "latency_latest",
    .help = "Latency spikes per event, with LATENCY LATEST.",
    .cmds = {CMD_LATENCY_LATEST},
    .part_size = sizeof(struct latest_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
