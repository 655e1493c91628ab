/*
 * stages: what the agent does between a server's replies and its own answer, stage by stage, over the
 * fixtures.
 *
 *   reply    bytes of RESP to trees, as the link reads them
 *   info     INFO's text to its index and facts
 *   decode   the other trees to the collectors' parts
 *   samples  the snapshot to samples, ordered by family
 *   text     samples to the text of /metrics
 *
 * usage: stages                              (tests/bench/instructions runs it under callgrind)
 *
 * Only the stages are counted: collection is off at the start and on around each. Every stage runs once
 * before it is counted, and ends with a dump whose description is the line printed for it: SERVER/STATE STAGE
 * UNITS, where UNITS is the work in it: bytes, fields, or samples.
 */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/pipeline.h"
#include <bluegreen/facts.h>
#include <bluegreen/info.h>
#include <stdio.h>
#include <valgrind/callgrind.h>

enum { REPLIES_MAX = 64, ARENA_BYTES = 1 << 20, ARENA_MAX = 64 << 20, EXPECTED = 1024 };

/* What a round gets from the server, as bytes. */
struct answers {
    struct arena arena;
    struct str bytes[CMD_COUNT];
    const struct reply *replies[CMD_COUNT];
};

struct work {
    const char *server, *state;
    struct answers answers;
    struct arena arena; /* of the stage; made anew for each run */
    struct snapshot *snapshot;
    struct samples samples;
    struct buf text;
    size_t units; /* of the stage that ran last */
};

static void read_replies(struct work *w)
{
    w->units = 0;
    for (unsigned i = 0; i < CMD_COUNT; i++) {
        if (!w->answers.bytes[i].ptr)
            continue;
        w->answers.replies[i] = reply_of(w->answers.bytes[i], &w->arena);
        w->units += w->answers.bytes[i].len;
    }
}

static void read_info(struct work *w)
{
    struct info info;
    struct facts facts;
    if (!info_parse(w->answers.replies[CMD_INFO]->text, &w->arena, &info, NULL))
        fail_msg("%s/%s: INFO cannot be read", w->server, w->state);
    facts_read(&info, &facts);
    w->units = info.count;
}

static bool answered(const struct work *w, const struct collector *collector)
{
    for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collector->cmds[c]; c++)
        if (!w->answers.replies[collector->cmds[c]])
            return false;
    return collector_optional(collector);
}

static void decode_parts(struct work *w)
{
    struct err err;
    w->units = 0;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        const struct collector *collector = collectors[i];
        if (!answered(w, collector))
            continue;
        void *part = arena_alloc(&w->arena, collector->part_size, _Alignof(max_align_t));
        for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collector->cmds[c]; c++) {
            enum cmd_id cmd = collector->cmds[c];
            if (!collector->decode(cmd, w->answers.replies[cmd], &w->arena, part, &err))
                fail_msg("%s/%s: %s: %s", w->server, w->state, collector->name, err.text);
            w->units += w->answers.bytes[cmd].len;
        }
    }
}

static void make_samples(struct work *w)
{
    samples_init(&w->samples, &w->arena, EXPECTED);
    collectors_emit(w->snapshot, &w->samples);
    w->units = w->samples.count;
}

static void make_text(struct work *w)
{
    struct expo_source source = {NO_LABELS, &w->samples};
    uint32_t cursor;
    buf_clear(&w->text);
    expo_write(&w->text, &(struct expo_options){STR("redis")}, &source, 1, &cursor);
    w->units = w->samples.count;
}

/* clang-format off */
static const struct stage {
    const char *name;
    void (*run)(struct work *work);
} stages[] = {
    {"reply",   read_replies},
    {"info",    read_info},
    {"decode",  decode_parts},
    {"samples", make_samples},
    {"text",    make_text},
};
/* clang-format on */

/* What a stage makes lives until the next one of its kind: each stage has an arena, grown once before it is
 * counted. */
static void count(struct work *w, const struct stage *stage)
{
    char line[128];
    stage->run(w);
    arena_reset(&w->arena);
    CALLGRIND_TOGGLE_COLLECT;
    stage->run(w);
    CALLGRIND_TOGGLE_COLLECT;
    snprintf(line, sizeof line, "%s/%s %s %zu", w->server, w->state, stage->name, w->units);
    CALLGRIND_DUMP_STATS_AT(line);
    printf("%s\n", line);
}

static void load(struct work *w)
{
    char path[512];
    arena_init(&w->answers.arena, 0, ARENA_MAX);
    for (unsigned i = 0; i < CMD_COUNT; i++) {
        if (!fixture_name((enum cmd_id)i))
            continue;
        snprintf(path, sizeof path, FIXTURES_DIR "/%s/%s/%s.resp", w->server, w->state,
                 fixture_name((enum cmd_id)i));
        w->answers.bytes[i] = file_bytes(path, &w->answers.arena);
    }
}

static void count_all(const char *server, const char *state)
{
    struct work w = {.server = server, .state = state};
    struct pipeline pipeline;
    struct arena arenas[COUNT(stages)];
    load(&w);
    pipeline_init(&pipeline, server, state);
    w.snapshot = pipeline.snapshot;
    buf_init(&w.text, ARENA_MAX);
    for (unsigned i = 0; i < COUNT(stages); i++) {
        arena_init(&w.arena, ARENA_BYTES, ARENA_MAX);
        count(&w, &stages[i]);
        arenas[i] = w.arena;
    }
    for (unsigned i = 0; i < COUNT(stages); i++)
        arena_done(&arenas[i]);
    buf_done(&w.text);
    pipeline_done(&pipeline);
    arena_done(&w.answers.arena);
}

int main(void)
{
    for (unsigned server = 0; server < FIXTURE_SERVERS; server++)
        for (unsigned state = 0; state < 2; state++) /* primary and replica */
            count_all(fixture_servers[server], fixture_states[state]);
    return 0;
}
