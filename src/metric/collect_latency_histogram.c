/*
 * LATENCY HISTOGRAM, since 7.0: calls per command in buckets of doubling microseconds, only those not empty.
 *   {"get": {"calls": 12, "histogram_usec": {1: 3, 2: 9, 4: 12}}, …}      bucket counts are cumulative
 *
 * One family has redis_exporter's name, unit and buckets, which differ from command to command and from
 * server to server. The other has the same buckets everywhere, so that sums by (le) over servers are right.
 * The _sum of both is the command's true total from commandstats (redis_exporter shows 0 for names with a
 * dash, dot or underscore).
 */
#include "collectors.h"
#include <math.h>

enum { AS_SENT, ON_LADDER };

static const struct family families[] = {
    [AS_SENT] = {"redis_commands_latencies_usec", METRIC_HISTOGRAM, "cmd,le",
                 "Distribution of the command's latency in microseconds since the server started or its "
                 "statistics were reset (LATENCY HISTOGRAM, since 7.0)"},
    [ON_LADDER] = {"redis_command_duration_seconds", METRIC_HISTOGRAM, "cmd,le",
                   "Time the server took to execute the command, in the same buckets for every command and "
                   "server, so that they can be summed by le (LATENCY HISTOGRAM, since 7.0)"},
};

/*
 * The server's own bounds are 1.032 << k microseconds, the fraction dropped, up to the second at which it
 * cuts durations off, and durations are whole microseconds: so at each of these its counts are exact, and
 * nothing is interpolated. It leaves out a bound at which the count did not grow. Every second one, because
 * each step costs a line per command in every scrape.
 */
static const int64_t ladder_usec[] = {1, 4, 16, 66, 264, 1056, 4227, 16908, 67633, 270532};
enum { LADDER_STEPS = sizeof ladder_usec / sizeof ladder_usec[0] };

struct bucket {
    int64_t usec, calls;
};

struct histogram {
    struct str command;
    int64_t calls;
    struct bucket *buckets;
    size_t count;
};

struct histogram_part {
    struct histogram *commands;
    size_t count;
};

enum { COMMANDS_MAX = 1024, BUCKETS_MAX = 64 };

static bool read_buckets(const struct reply *pairs, struct histogram *h)
{
    for (size_t i = 0; i < h->count; i++) {
        struct bucket *bucket = &h->buckets[i];
        if (!reply_i64(&pairs->items[2 * i], &bucket->usec) ||
            !reply_i64(&pairs->items[2 * i + 1], &bucket->calls))
            return false;
        if (i && (bucket->usec <= bucket[-1].usec || bucket->calls < bucket[-1].calls))
            return false; /* bounds rise, and counts are cumulative */
    }
    return true;
}

static bool read_histogram(enum cmd_id cmd, const struct reply *pair, struct arena *arena,
                           struct histogram *h, struct err *err)
{
    const struct reply *calls = reply_find(&pair[1], STR("calls"));
    const struct reply *buckets = reply_find(&pair[1], STR("histogram_usec"));
    if (pair[0].type != REPLY_STRING || !calls || !buckets || !reply_i64(calls, &h->calls))
        return unexpected_reply(cmd, &pair[1], err);
    h->count = reply_pairs(buckets) < BUCKETS_MAX ? reply_pairs(buckets) : BUCKETS_MAX;
    h->command = arena_copy(arena, pair[0].text);
    h->buckets = arena_new(arena, struct bucket, h->count);
    if (!h->command.ptr || !h->buckets)
        return err_set(err, ERR_MEMORY, "no memory for a latency histogram");
    return read_buckets(buckets, h) || unexpected_reply(cmd, buckets, err);
}

/* No server does this; a series that comes twice would cost the whole scrape. */
static bool seen_before(const struct histogram_part *part, struct str command)
{
    for (size_t i = 0; i < part->count; i++)
        if (str_eq(part->commands[i].command, command))
            return true;
    return false;
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct histogram_part *part = data;
    size_t count = reply_pairs(reply) < COMMANDS_MAX ? reply_pairs(reply) : COMMANDS_MAX;
    if (reply->type != REPLY_MAP && reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    part->commands = arena_new(arena, struct histogram, count);
    if (!part->commands)
        return err_set(err, ERR_MEMORY, "no memory for %zu latency histograms", count);
    for (size_t i = 0; i < count; i++) {
        const struct reply *pair = &reply->items[2 * i];
        if (seen_before(part, pair[0].text))
            continue;
        if (!read_histogram(cmd, pair, arena, &part->commands[part->count], err))
            return false;
        part->count++;
    }
    return true;
}

static void emit_end(struct samples *samples, unsigned family, struct str labels, double calls, double sum)
{
    samples_add_bucket(samples, family, labels, INFINITY, calls);
    samples_add_suffix(samples, family, labels, SAMPLE_SUM, sum);
    samples_add_suffix(samples, family, labels, SAMPLE_COUNT, calls);
}

static void emit_ladder(const struct histogram *h, struct str labels, struct samples *samples)
{
    int64_t calls = 0;
    size_t b = 0;
    for (int step = 0; step < LADDER_STEPS; step++) {
        for (; b < h->count && h->buckets[b].usec <= ladder_usec[step]; b++)
            calls = h->buckets[b].calls;
        samples_add_bucket(samples, ON_LADDER, labels, (double)ladder_usec[step] / 1e6, (double)calls);
    }
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct histogram_part *part = data;
    for (size_t i = 0; i < part->count; i++) {
        const struct histogram *h = &part->commands[i];
        struct str labels = samples_label(samples, "cmd", h->command);
        double usec = 0;
        commandstat(&snapshot->info, h->command, STR("usec"), &usec);
        for (size_t b = 0; b < h->count; b++)
            samples_add_bucket(samples, AS_SENT, labels, (double)h->buckets[b].usec,
                               (double)h->buckets[b].calls);
        emit_end(samples, AS_SENT, labels, (double)h->calls, usec);
        emit_ladder(h, labels, samples);
        emit_end(samples, ON_LADDER, labels, (double)h->calls, usec / 1e6);
    }
}

const struct collector collect_latency_histogram = {
    .name = "latency_histogram",
    .help = "Latency distribution per command, with LATENCY HISTOGRAM.",
    .cmds = {CMD_LATENCY_HISTOGRAM},
    .part_size = sizeof(struct histogram_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
