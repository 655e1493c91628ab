/*
 * reply_fuzz: any bytes as what a server sends, through hiredis' guarded reader and the collector that the
 * first byte ('0' is the first one with commands of its own) chooses, to /metrics.
 */
#include "fuzz/show.h"
#include "io/reply_hiredis.h"
#include <bluegreen/collector.h>

enum { ELEMENTS_MAX = 1 << 16 };

static const char info[] =
    "redis_version:7.0.15\r\nrole:master\r\nloading:0\r\ncmdstat_get:calls=4,usec=20\r\n";

static unsigned choose(uint8_t byte)
{
    unsigned optional[COLLECTOR_COUNT], count = 0;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        if (collector_optional(collectors[i]))
            optional[count++] = i;
    return optional[(uint8_t)(byte - '0') % count];
}

/* The next reply in our own form, or NULL. */
static struct reply *next_reply(redisReader *reader, struct arena *arena)
{
    void *got = NULL;
    struct reply *reply = arena_new(arena, struct reply, 1);
    require(reply != NULL);
    if (redisReaderGetReply(reader, &got) != REDIS_OK || !got)
        return NULL;
    bool ok = reply_from_hiredis(got, arena, reply);
    freeReplyObject(got);
    return ok ? reply : NULL;
}

/* What any caller may ask of any reply. */
static void look_at(const struct reply *reply)
{
    int64_t number;
    require(reply_pairs(reply) * 2 <= reply->count);
    (void)reply_find(reply, STR("calls"));
    (void)reply_i64(reply, &number);
    if (reply->type == REPLY_ERROR)
        require(reply_error_kind(reply->text) < ERR_KIND_COUNT);
    for (size_t i = 0; i < reply->count; i++)
        look_at(&reply->items[i]);
}

static void read_part(redisReader *reader, unsigned id, struct snapshot *snapshot)
{
    const struct collector *collector = collectors[id];
    struct part *part = &snapshot->parts[id];
    void *data = arena_alloc(&snapshot->arena, collector->part_size, _Alignof(max_align_t));
    require(data != NULL);
    *part = (struct part){.data = data, .state = PART_OK};
    for (unsigned i = 0; i < COLLECTOR_CMDS_MAX && collector->cmds[i]; i++) {
        struct err err = {.kind = ERR_NONE};
        const struct reply *reply = next_reply(reader, &snapshot->arena);
        if (!reply)
            return;
        look_at(reply);
        if (reply->type == REPLY_ERROR) {
            *part = (struct part){.state = PART_FAILED, .error = reply_error_kind(reply->text)};
            return;
        }
        if (!collector->decode(collector->cmds[i], reply, &snapshot->arena, data, &err)) {
            require(err.kind != ERR_NONE && err.text[0]);
            *part = (struct part){.state = PART_FAILED, .error = err.kind};
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    redisReplyObjectFunctions functions;
    if (size < 1)
        return 0;
    redisReader *reader = redisReaderCreate();
    require(reader != NULL);
    reader_guard(reader, &functions, ELEMENTS_MAX);
    require(redisReaderFeed(reader, (const char *)data + 1, size - 1) == REDIS_OK);
    struct snapshot *snapshot = fuzz_snapshot((struct str){info, sizeof info - 1});
    require(snapshot != NULL);
    read_part(reader, choose(data[0]), snapshot);
    redisReaderFree(reader);
    fuzz_show(snapshot);
    return 0;
}
