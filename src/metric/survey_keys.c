/*
 * survey_keys: size, memory and value of single keys, given by name or by pattern.
 *
 *   batch of keys ─► TYPE ─► MEMORY USAGE ─► LLEN, SCARD, … by type ─► of strings the first bytes
 *                                                                      └─► of a HyperLogLog all of them
 *
 * Each step is asked for the whole batch before the next begins, so that replies come many at a time. A key
 * that goes away meanwhile, changes its type, or lives on another node of a cluster is left out from there
 * on.
 */
#include "collectors.h"
#include "surveys.h"
#include <bluegreen/hll.h>
#include <bluegreen/num.h>
#include <stdlib.h>

enum { MEMORY, SIZE, VALUE, VALUE_AS_STRING };

static const struct family families[] = {
    [MEMORY] = {"redis_key_memory_usage_bytes", METRIC_GAUGE, "db,key",
                "Memory the key takes with its value (MEMORY USAGE)"},
    [SIZE] = {"redis_key_size", METRIC_GAUGE, "db,key",
              "Elements of the key's value, bytes of a string, count of a HyperLogLog (STRLEN, LLEN, SCARD, "
              "ZCARD, HLEN, XLEN)"},
    [VALUE] = {"redis_key_value", METRIC_GAUGE, "db,key", "Value of a string that is a number (GETRANGE)"},
    [VALUE_AS_STRING] = {"redis_key_value_as_string", METRIC_GAUGE, "db,key,val",
                         "Always 1; the label is the value of a string that is not a number (GETRANGE)"},
};

const struct collector collect_survey_keys = {
    .name = "survey_keys",
    .help = "Size, memory and value of chosen keys.",
    FAMILIES(families),
};

enum { SERIES_PER_KEY = 3, VALUE_MAX = LABEL_VALUE_MAX, HLL_BYTES_MIN = 16 };

static const struct {
    struct str word; /* TYPE's */
    enum cmd_id size;
} types[] = {
    {STR_INIT("string"), CMD_STRLEN}, {STR_INIT("list"), CMD_LLEN}, {STR_INIT("set"), CMD_SCARD},
    {STR_INIT("zset"), CMD_ZCARD},    {STR_INIT("hash"), CMD_HLEN}, {STR_INIT("stream"), CMD_XLEN},
};

static const enum cmd_id commands[] = {CMD_SCAN, CMD_TYPE,     CMD_MEMORY_USAGE, CMD_STRLEN,
                                       CMD_LLEN, CMD_SCARD,    CMD_ZCARD,        CMD_HLEN,
                                       CMD_XLEN, CMD_GETRANGE, CMD_NONE};

enum stage { ASK_TYPE = 1, ASK_MEMORY, ASK_SIZE, ASK_VALUE, ASK_HLL };

/* What is known of one key of the batch. */
struct looked {
    struct str labels;
    enum cmd_id size; /* by its type; CMD_TYPE: there is none; CMD_NONE: ask no more about this key */
    int64_t length;   /* of a string */
    bool hll;         /* it is a HyperLogLog, and its size what it counted */
};

struct state {
    struct survey_walk walk;
    struct survey_seen seen;
    struct looked *looked; /* by item */
};

/* ---- asking ----------------------------------------------------------------------------------------- */

/* What may be a HyperLogLog, or has a value to show. */
static bool worth_reading(const struct survey_run *run, const struct looked *looked)
{
    return looked->size == CMD_STRLEN && looked->length > 0 &&
           (looked->length >= HLL_BYTES_MIN ? looked->length <= (int64_t)HLL_BYTES_MAX
                                            : run->settings->key_values);
}

/* What to ask about a key in a stage; CMD_NONE: nothing. */
static enum cmd_id command_for(const struct survey_run *run, unsigned stage, const struct looked *looked)
{
    if (looked->size == CMD_NONE)
        return CMD_NONE;
    switch (stage) {
    case ASK_TYPE: return CMD_TYPE;
    case ASK_MEMORY: return CMD_MEMORY_USAGE;
    case ASK_SIZE: return looked->size == CMD_TYPE ? CMD_NONE : looked->size;
    case ASK_VALUE: return worth_reading(run, looked) ? CMD_GETRANGE : CMD_NONE;
    default: return looked->hll ? CMD_GETRANGE : CMD_NONE;
    }
}

static bool ask(struct survey_run *run, unsigned stage, uint32_t i, uint32_t turn, struct survey_request *ret)
{
    struct state *state = run->state;
    const struct survey_item *item = &state->walk.items[i];
    enum cmd_id cmd = turn ? CMD_NONE : command_for(run, stage, &state->looked[i]);
    if (cmd == CMD_NONE)
        return false;
    survey_ask(ret, cmd, item->db, item->name, i);
    if (cmd == CMD_GETRANGE) {
        ret->args[1] = STR("0");
        ret->args[2] = stage == ASK_HLL ? STR("12303") : STR("255");
        ret->arg_count = 3;
    }
    return true;
}

/* New keys of the batch get their labels; those that are there already are left out. */
static void look_at_batch(struct survey_run *run)
{
    struct state *state = run->state;
    state->looked = arena_new(&run->batch, struct looked, (size_t)state->walk.item_count + 1);
    if (!state->looked) {
        survey_fail(run, ERR_LIMIT, "no memory for %u keys at once", state->walk.item_count);
        return;
    }
    for (uint32_t i = 0; i < state->walk.item_count; i++) {
        const struct survey_item *item = &state->walk.items[i];
        uint64_t series = (uint64_t)(state->seen.count + 1) * SERIES_PER_KEY;
        if (series > run->settings->series_max) {
            run->truncated = true;
            return;
        }
        struct str labels = survey_labels(run, item->db, "key", item->name);
        if (labels.len && survey_seen_add(&state->seen, labels))
            state->looked[i] = (struct looked){.labels = labels, .size = CMD_TYPE};
    }
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    static const struct survey_plan plan = {ASK_HLL, look_at_batch, ask};
    struct state *state = run->state;
    return survey_walk_next(run, &state->walk, &plan, ret);
}

/* ---- replies ---------------------------------------------------------------------------------------- */

/* CMD_TYPE: there is something whose size nobody knows. */
static enum cmd_id size_command(struct str word)
{
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_eq(types[i].word, word))
            return types[i].size;
    return str_eq(word, STR("none")) ? CMD_NONE : CMD_TYPE;
}

static void add_value(struct survey_run *run, const struct survey_item *item, struct str labels,
                      struct str value)
{
    double number;
    if (value.len == 0)
        return;
    if (num_double(value, &number)) {
        samples_add(&run->samples, VALUE, labels, number);
        return;
    }
    char db[NUM_TEXT_MAX + 2] = "db";
    struct str name = {db, 2 + num_print_u64(item->db, db + 2)};
    struct label three[] = {{"db", name}, {"key", item->name}, {"val", value}};
    samples_add(&run->samples, VALUE_AS_STRING, samples_labels(&run->samples, three, 3), 1);
}

static void add_size(struct survey_run *run, const struct looked *looked, double size)
{
    samples_add(&run->samples, SIZE, looked->labels, size);
}

/* Bytes of a string: its value, the start of a HyperLogLog, or the whole of one. */
static void take_bytes(struct survey_run *run, uint32_t i, struct str bytes)
{
    struct state *state = run->state;
    struct looked *looked = &state->looked[i];
    uint64_t count;
    if (looked->hll) {
        add_size(run, looked, hll_count(bytes, &count) ? (double)count : (double)looked->length);
    } else if (hll_is(bytes)) {
        looked->hll = true;
    } else {
        add_size(run, looked, (double)looked->length);
        if (run->settings->key_values && looked->length <= VALUE_MAX)
            add_value(run, &state->walk.items[i], looked->labels, bytes);
    }
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    if (request->cmd == CMD_SCAN) {
        survey_walk_take(run, &state->walk, reply);
        return;
    }
    struct looked *looked = &state->looked[request->tag];
    bool counted = reply->type == REPLY_INTEGER;
    if (request->cmd == CMD_TYPE && reply->type == REPLY_STRING) {
        looked->size = size_command(reply->text);
    } else if (request->cmd == CMD_GETRANGE && reply->type == REPLY_STRING) {
        take_bytes(run, request->tag, reply->text);
    } else if (request->cmd == CMD_MEMORY_USAGE && counted) {
        samples_add(&run->samples, MEMORY, looked->labels, (double)reply->integer);
    } else if (counted) {
        looked->length = reply->integer;
        if (!worth_reading(run, looked)) /* else its bytes say what it is */
            add_size(run, looked, (double)reply->integer);
    } else {
        looked->size = CMD_NONE; /* gone, of another type by now, or on another node */
    }
}

/* ---- the two surveys -------------------------------------------------------------------------------- */

static bool begin_single(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->single_keys, SURVEY_NAMES, run->settings->batch);
    return true;
}

/* Keys that are given by name are shown by that survey, so that no series comes twice. */
static bool begin_patterns(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->keys, SURVEY_MIXED, run->settings->batch);
    survey_seen_skip(run, &state->seen, &run->settings->single_keys, "key");
    return true;
}

static void drop(struct survey_run *run)
{
    struct state *state = run->state;
    survey_seen_done(&state->seen);
}

static bool single_wanted(const struct survey_settings *settings)
{
    return settings->single_keys.count > 0;
}

static bool patterns_wanted(const struct survey_settings *settings)
{
    return settings->keys.count > 0;
}

const struct survey survey_single_keys = {
    .name = "single_keys",
    .families = COLLECT_SURVEY_KEYS,
    .commands = commands + 1, /* no SCAN */
    .state_size = sizeof(struct state),
    .wanted = single_wanted,
    .begin = begin_single,
    .next = next,
    .take = take,
    .drop = drop,
};

const struct survey survey_keys = {
    .name = "keys",
    .families = COLLECT_SURVEY_KEYS,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = patterns_wanted,
    .begin = begin_patterns,
    .next = next,
    .take = take,
    .drop = drop,
};
