/*
 * The command log of Valkey 8.1: slow commands, large requests and large replies, each with a log of its own.
 * Entries are [id, Unix seconds, size or time, [arguments], …]; the arguments may hold anybody's data and are
 * not looked at. The limits are settings and read slowly.
 */
#include "collectors.h"

enum { SLOW_LENGTH, LARGE_REQUEST_LENGTH, LARGE_REPLY_LENGTH, LARGE_REQUEST_LAST_ID, LARGE_REPLY_LAST_ID };

static const struct family families[] = {
    [SLOW_LENGTH] = {"redis_commandlog_slow_length", METRIC_GAUGE, "",
                     "Entries in the log of slow commands now (COMMANDLOG LEN slow)"},
    [LARGE_REQUEST_LENGTH] = {"redis_commandlog_large_request_length", METRIC_GAUGE, "",
                              "Entries in the log of large requests now (COMMANDLOG LEN large-request)"},
    [LARGE_REPLY_LENGTH] = {"redis_commandlog_large_reply_length", METRIC_GAUGE, "",
                            "Entries in the log of large replies now (COMMANDLOG LEN large-reply)"},
    [LARGE_REQUEST_LAST_ID] = {"redis_commandlog_large_request_last_id", METRIC_GAUGE, "",
                               "Id of the newest large request; it rises by one with each, also when the log "
                               "is full (COMMANDLOG GET large-request)"},
    [LARGE_REPLY_LAST_ID] = {"redis_commandlog_large_reply_last_id", METRIC_GAUGE, "",
                             "Id of the newest large reply; it rises by one with each, also when the log is "
                             "full (COMMANDLOG GET large-reply)"},
};
enum { NUMBERS = sizeof families / sizeof families[0] };

struct log_part {
    bool has[NUMBERS];
    int64_t value[NUMBERS];
};

static const struct {
    enum cmd_id cmd;
    unsigned family;
    bool entry; /* the reply is a list of entries */
} answers[] = {
    {CMD_COMMANDLOG_LEN_SLOW, SLOW_LENGTH, false},
    {CMD_COMMANDLOG_LEN_LARGE_REQUEST, LARGE_REQUEST_LENGTH, false},
    {CMD_COMMANDLOG_LEN_LARGE_REPLY, LARGE_REPLY_LENGTH, false},
    {CMD_COMMANDLOG_LAST_LARGE_REQUEST, LARGE_REQUEST_LAST_ID, true},
    {CMD_COMMANDLOG_LAST_LARGE_REPLY, LARGE_REPLY_LAST_ID, true},
};

/* An empty log has no newest entry: no number then, and nothing is wrong. */
static bool read_entry(const struct reply *reply, struct log_part *part, unsigned family)
{
    if (reply->type != REPLY_ARRAY)
        return false;
    if (reply->count == 0)
        return true;
    const struct reply *entry = &reply->items[0];
    part->has[family] =
        entry->type == REPLY_ARRAY && entry->count && reply_i64(&entry->items[0], &part->value[family]);
    return part->has[family];
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct log_part *part = data;
    bool ok = false;
    (void)arena;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        unsigned family = answers[i].family;
        if (answers[i].cmd != cmd)
            continue;
        if (answers[i].entry)
            ok = read_entry(reply, part, family);
        else
            ok = part->has[family] = reply_i64(reply, &part->value[family]);
    }
    return ok || unexpected_reply(cmd, reply, err);
}

static void emit_numbers(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct log_part *part = data;
    (void)snapshot;
    for (unsigned i = 0; i < NUMBERS; i++)
        if (part->has[i])
            samples_add(samples, i, NO_LABELS, (double)part->value[i]);
}

const struct collector collect_commandlog = {
    .name = "commandlog",
    .help = "Length and newest entry of Valkey's command logs.",
    .cmds = {CMD_COMMANDLOG_LEN_SLOW, CMD_COMMANDLOG_LEN_LARGE_REQUEST, CMD_COMMANDLOG_LEN_LARGE_REPLY,
             CMD_COMMANDLOG_LAST_LARGE_REQUEST, CMD_COMMANDLOG_LAST_LARGE_REPLY},
    .part_size = sizeof(struct log_part),
    .decode = decode,
    .emit = emit_numbers,
    FAMILIES(families),
};

/* ---- the limits ------------------------------------------------------------------------------------- */

#define LIMIT(setting, name, text)                                                                           \
    {                                                                                                        \
        "redis_commandlog_" name, METRIC_GAUGE, "", text " (CONFIG commandlog-" setting ")"                  \
    }

static const struct family limit_families[] = {
    LIMIT("execution-slower-than", "execution_slower_than",
          "Microseconds from which on a command is logged as slow; negative: none is"),
    LIMIT("request-larger-than", "request_larger_than",
          "Bytes from which on a request is logged as large; negative: none is"),
    LIMIT("reply-larger-than", "reply_larger_than",
          "Bytes from which on a reply is logged as large; negative: none is"),
    LIMIT("slow-execution-max-len", "slow_execution_max_len", "Entries the log of slow commands can hold"),
    LIMIT("large-request-max-len", "large_request_max_len", "Entries the log of large requests can hold"),
    LIMIT("large-reply-max-len", "large_reply_max_len", "Entries the log of large replies can hold"),
};

/* In the order of the families. */
static const struct str settings[] = {
    STR_INIT("commandlog-execution-slower-than"), STR_INIT("commandlog-request-larger-than"),
    STR_INIT("commandlog-reply-larger-than"),     STR_INIT("commandlog-slow-execution-max-len"),
    STR_INIT("commandlog-large-request-max-len"), STR_INIT("commandlog-large-reply-max-len"),
};
enum { LIMITS = sizeof settings / sizeof settings[0] };

struct limits_part {
    bool has[LIMITS];
    int64_t value[LIMITS];
};

static bool decode_limits(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                          struct err *err)
{
    struct limits_part *part = data;
    (void)arena;
    if (reply->type != REPLY_ARRAY && reply->type != REPLY_MAP)
        return unexpected_reply(cmd, reply, err);
    for (unsigned i = 0; i < LIMITS; i++) {
        const struct reply *value = reply_find(reply, settings[i]);
        part->has[i] = value && reply_i64(value, &part->value[i]);
    }
    return true;
}

static void emit_limits(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct limits_part *part = data;
    (void)snapshot;
    for (unsigned i = 0; i < LIMITS; i++)
        if (part->has[i])
            samples_add(samples, i, NO_LABELS, (double)part->value[i]);
}

const struct collector collect_commandlog_limits = {
    .name = "commandlog_limits",
    .help = "Limits of Valkey's command logs, with CONFIG GET.",
    .cmds = {CMD_CONFIG_COMMANDLOG},
    .interval_ms = 60000,
    .part_size = sizeof(struct limits_part),
    .decode = decode_limits,
    .emit = emit_limits,
    FAMILIES(limit_families),
};
