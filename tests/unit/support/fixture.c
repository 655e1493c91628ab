#include "unit/support/fixture.h"
#include "io/reply_hiredis.h"
#include "unit/support/check.h"
#include <stdio.h>

enum { FILE_MAX = 4 << 20, ELEMENTS_MAX = 1 << 20 };

const char *const fixture_servers[FIXTURE_SERVERS] = {"redis-6.0", "redis-7.0", "redis-8.0", "valkey-8.1"};
const char *const fixture_states[FIXTURE_STATES] = {"primary", "replica", "loading", "syncing", "link-down"};

struct fixture fixture_at(size_t index)
{
    static const struct fixture others[FIXTURES - FIXTURE_SERVERS * FIXTURE_STATES] = {
        {"redis-7.0", "cluster"},
        {"redis-8.0", "cluster"},
        {"redis-6.0", "sentinel"},
        {"redis-7.0", "sentinel"}};
    if (index >= FIXTURE_SERVERS * FIXTURE_STATES)
        return others[index - FIXTURE_SERVERS * FIXTURE_STATES];
    return (struct fixture){fixture_servers[index / FIXTURE_STATES], fixture_states[index % FIXTURE_STATES]};
}

/* clang-format off */
static const char *const names[CMD_COUNT] = {
    [CMD_INFO]                       = "info",
    [CMD_LATENCY_LATEST]             = "latency_latest",
    [CMD_LATENCY_HISTOGRAM]          = "latency_histogram",
    [CMD_SLOWLOG_LEN]                = "slowlog_len",
    [CMD_SLOWLOG_LAST]               = "slowlog_last",
    [CMD_SLOWLOG_ENTRIES]            = "slowlog_entries",
    [CMD_ROLE]                       = "role",
    [CMD_CONFIG_MAXCLIENTS]          = "config_maxclients",
    [CMD_CONFIG_MAXMEMORY]           = "config_maxmemory",
    [CMD_CONFIG_REPL_BACKLOG_SIZE]   = "config_repl_backlog_size",
    [CMD_CONFIG_IO_THREADS]          = "config_io_threads",
    [CMD_CONFIG_DATABASES]           = "config_databases",
    [CMD_CONFIG_OUTPUT_BUFFER_LIMIT] = "config_output_buffer_limit",
    [CMD_CONFIG_COMMANDLOG]          = "config_commandlog",
    [CMD_COMMANDLOG_LEN_SLOW]        = "commandlog_len_slow",
    [CMD_COMMANDLOG_LEN_LARGE_REQUEST]  = "commandlog_len_large_request",
    [CMD_COMMANDLOG_LEN_LARGE_REPLY]    = "commandlog_len_large_reply",
    [CMD_COMMANDLOG_LAST_LARGE_REQUEST] = "commandlog_last_large_request",
    [CMD_COMMANDLOG_LAST_LARGE_REPLY]   = "commandlog_last_large_reply",
    [CMD_CLUSTER_INFO]               = "cluster_info",
    [CMD_SENTINEL_MASTERS]           = "sentinel_masters",
    [CMD_SENTINEL_CKQUORUM]          = "sentinel_ckquorum",
    [CMD_SENTINEL_SENTINELS]         = "sentinel_sentinels",
    [CMD_SENTINEL_REPLICAS]          = "sentinel_replicas",
};
/* clang-format on */

const char *fixture_name(enum cmd_id cmd)
{
    return names[cmd];
}

struct str file_bytes(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return (struct str){NULL, 0};
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = size >= 0 && size <= FILE_MAX ? arena_alloc(arena, (size_t)size + 1, 1) : NULL;
    bool whole = bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    return whole ? (struct str){bytes, (size_t)size} : (struct str){NULL, 0};
}

const struct reply *reply_of(struct str resp, struct arena *arena)
{
    redisReplyObjectFunctions functions;
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    struct reply *reply = arena_new(arena, struct reply, 1);
    assert_non_null(reader);
    assert_non_null(reply);
    reader_guard(reader, &functions, ELEMENTS_MAX);
    bool ok = redisReaderFeed(reader, resp.ptr, resp.len) == REDIS_OK &&
              redisReaderGetReply(reader, &got) == REDIS_OK && got && reply_from_hiredis(got, arena, reply);
    if (got)
        freeReplyObject(got);
    redisReaderFree(reader);
    return ok ? reply : NULL;
}

const struct reply *fixture_reply(const char *server, const char *state, enum cmd_id cmd, struct arena *arena)
{
    char path[512];
    snprintf(path, sizeof path, FIXTURES_DIR "/%s/%s/%s.resp", server, state, names[cmd]);
    struct str bytes = file_bytes(path, arena);
    if (!bytes.ptr)
        return NULL;
    const struct reply *reply = reply_of(bytes, arena);
    if (!reply)
        fail_msg("%s is not one RESP reply", path);
    return reply;
}
