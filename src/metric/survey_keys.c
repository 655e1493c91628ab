/*
 * survey_keys: size, memory and value of single keys, given by name or by pattern.
 *
 *   batch of keys ─► TYPE ─► MEMORY USAGE ─► LLEN, SCARD, … by type ─► of strings their first bytes
 *
 * Each step is asked for the whole batch before the next begins, so that replies come many at a time. A key
 * that goes away meanwhile, changes its type, or lives on another node of a cluster is left out from there
 * on.
 */
#include "collectors.h"
#include "surveys.h"
#include <bluegreen/num.h>
#include <stdlib.h>

enum { MEMORY, SIZE, VALUE, VALUE_AS_STRING };

static const struct family families[] = {
    [MEMORY] = {"redis_key_memory_usage_bytes", METRIC_GAUGE, "db,key",
                "Memory the key takes with its value (MEMORY USAGE)"},
    [SIZE] = {"redis_key_size", METRIC_GAUGE, "db,key",
              "Elements of the key's value, bytes of a string (STRLEN, LLEN, SCARD, ZCARD, HLEN, XLEN)"},
    [VALUE] = {"redis_key_value", METRIC_GAUGE, "db,key", "Value of a string that is a number (GETRANGE)"},
    [VALUE_AS_STRING] = {"redis_key_value_as_string", METRIC_GAUGE, "db,key,val",
                         "Always 1; the label is the value of a string that is not a number (GETRANGE)"},
};

const struct collector collect_survey_keys = {
    .name = "survey_keys",
    .help = "Size, memory and value of chosen keys.",
    FAMILIES(families),
};

enum { SERIES_PER_KEY = 3, VALUE_MAX = LABEL_VALUE_MAX };

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

enum stage { FILL = 0, ASK_TYPE, ASK_MEMORY, ASK_SIZE, ASK_VALUE };

/* What is known of one key of the batch. */
struct looked {
    struct str labels;
    enum cmd_id size; /* by its type; CMD_TYPE: there is none; CMD_NONE: ask no more about this key */
    int64_t length;   /* of a string */
};

struct state {
    struct survey_walk walk;
    struct survey_seen seen;
    enum stage stage;
    uint32_t at;           /* the next item to ask about in this stage */
    struct looked *looked; /* by item */
};

/* ---- asking ----------------------------------------------------------------------------------------- */

/* What to ask about an item in a stage; CMD_NONE: nothing. */
static enum cmd_id command_for(const struct survey_run *run, const struct looked *looked)
{
    const struct state *state = run->state;
    if (looked->size == CMD_NONE)
        return CMD_NONE;
    switch (state->stage) {
    case ASK_TYPE: return CMD_TYPE;
    case ASK_MEMORY: return CMD_MEMORY_USAGE;
    case ASK_SIZE: return looked->size == CMD_TYPE ? CMD_NONE : looked->size;
    case ASK_VALUE:
        return looked->size == CMD_STRLEN && looked->length > 0 && looked->length <= VALUE_MAX &&
                       run->settings->key_values
                   ? CMD_GETRANGE
                   : CMD_NONE;
    case FILL: break;
    }
    return CMD_NONE;
}

static bool ask(struct survey_run *run, struct survey_request *ret)
{
    struct state *state = run->state;
    while (state->at < state->walk.item_count) {
        uint32_t i = state->at++;
        const struct survey_item *item = &state->walk.items[i];
        enum cmd_id cmd = command_for(run, &state->looked[i]);
        if (cmd == CMD_NONE)
            continue;
        survey_ask(ret, cmd, item->db, item->name, i);
        if (cmd == CMD_GETRANGE) {
            ret->args[1] = STR("0");
            ret->args[2] = STR("255");
            ret->arg_count = 3;
        }
        return true;
    }
    return false;
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
    struct state *state = run->state;
    for (;;) {
        if (state->stage == FILL) {
            if (survey_walk_ended(&state->walk))
                return SURVEY_DONE;
            enum survey_step step = survey_walk_next(run, &state->walk, ret);
            if (step != SURVEY_DONE)
                return step;
            look_at_batch(run);
            state->stage = ASK_TYPE;
            state->at = 0;
        }
        if (run->err.kind != ERR_NONE)
            return SURVEY_FAILED;
        if (ask(run, ret))
            return SURVEY_SEND;
        if (run->waiting)
            return SURVEY_WAIT;
        state->stage = state->stage == ASK_VALUE ? FILL : state->stage + 1;
        state->at = 0;
    }
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

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    int64_t number;
    if (request->cmd == CMD_SCAN) {
        survey_walk_take(run, &state->walk, reply);
        return;
    }
    struct looked *looked = &state->looked[request->tag];
    if (request->cmd == CMD_TYPE && reply->type == REPLY_STRING) {
        looked->size = size_command(reply->text);
    } else if (request->cmd == CMD_GETRANGE && reply->type == REPLY_STRING) {
        add_value(run, &state->walk.items[request->tag], looked->labels, reply->text);
    } else if (reply->type == REPLY_INTEGER && reply_i64(reply, &number)) {
        looked->length = number;
        samples_add(&run->samples, request->cmd == CMD_MEMORY_USAGE ? MEMORY : SIZE, looked->labels,
                    (double)number);
    } else {
        looked->size = CMD_NONE; /* gone, of another type by now, or on another node */
    }
}

/* ---- the two surveys -------------------------------------------------------------------------------- */

static bool begin_single(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->single_keys, true, run->settings->batch);
    return true;
}

/* Keys that are given by name are shown by that survey, so that no series comes twice. */
static bool begin_patterns(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    const struct survey_keys *single = &run->settings->single_keys;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->keys, false, run->settings->batch);
    for (uint32_t i = 0; i < single->count; i++)
        survey_seen_add(&state->seen, survey_labels(run, single->items[i].db, "key", single->items[i].name));
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
