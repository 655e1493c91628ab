/*
 * survey_streams: streams, their consumer groups and the consumers.
 *
 *   batch of streams ─► TYPE ─► XINFO STREAM ─► XINFO GROUPS ─► XINFO CONSUMERS of each group
 *
 * TYPE comes first because XINFO about anything but a stream is an error in the server's books. A number the
 * server does not know (lag after a deletion, anything that came with 7.0) is no sample instead of a zero.
 */
#include "collectors.h"
#include "surveys.h"

enum {
    LENGTH,
    RADIX_KEYS,
    RADIX_NODES,
    LAST_ID,
    GROUPS,
    MAX_DELETED_ID,
    FIRST_ENTRY_ID,
    LAST_ENTRY_ID,
    ENTRIES_ADDED,
    GROUP_CONSUMERS,
    GROUP_PENDING,
    GROUP_DELIVERED_ID,
    GROUP_READ,
    GROUP_LAG,
    CONSUMER_PENDING,
    CONSUMER_IDLE
};

/* clang-format off */
static const struct family families[] = {
    [LENGTH] = {"redis_stream_length", METRIC_GAUGE, "db,stream",
        "Entries in the stream (XINFO STREAM length)"},
    [RADIX_KEYS] = {"redis_stream_radix_tree_keys", METRIC_GAUGE, "db,stream",
        "Keys in the tree that holds the stream (XINFO STREAM radix-tree-keys)"},
    [RADIX_NODES] = {"redis_stream_radix_tree_nodes", METRIC_GAUGE, "db,stream",
        "Nodes of the tree that holds the stream (XINFO STREAM radix-tree-nodes)"},
    [LAST_ID] = {"redis_stream_last_generated_id", METRIC_GAUGE, "db,stream",
        "Time of the newest ID the stream gave out, Unix milliseconds (XINFO STREAM last-generated-id)"},
    [GROUPS] = {"redis_stream_groups", METRIC_GAUGE, "db,stream",
        "Consumer groups of the stream (XINFO STREAM groups)"},
    [MAX_DELETED_ID] = {"redis_stream_max_deleted_entry_id", METRIC_GAUGE, "db,stream",
        "Time of the newest deleted entry, Unix milliseconds; 0 when none was (XINFO STREAM max-deleted-entry-id)"},
    [FIRST_ENTRY_ID] = {"redis_stream_first_entry_id", METRIC_GAUGE, "db,stream",
        "Time of the oldest entry, Unix milliseconds (XINFO STREAM first-entry)"},
    [LAST_ENTRY_ID] = {"redis_stream_last_entry_id", METRIC_GAUGE, "db,stream",
        "Time of the newest entry, Unix milliseconds (XINFO STREAM last-entry)"},
    [ENTRIES_ADDED] = {"redis_stream_entries_added_total", METRIC_COUNTER, "db,stream",
        "Entries ever added to the stream (XINFO STREAM entries-added)"},
    [GROUP_CONSUMERS] = {"redis_stream_group_consumers", METRIC_GAUGE, "db,stream,group",
        "Consumers of the group (XINFO GROUPS consumers)"},
    [GROUP_PENDING] = {"redis_stream_group_messages_pending", METRIC_GAUGE, "db,stream,group",
        "Entries delivered to the group and not yet acknowledged (XINFO GROUPS pending)"},
    [GROUP_DELIVERED_ID] = {"redis_stream_group_last_delivered_id", METRIC_GAUGE, "db,stream,group",
        "Time of the newest entry delivered to the group, Unix milliseconds (XINFO GROUPS last-delivered-id)"},
    [GROUP_READ] = {"redis_stream_group_entries_read", METRIC_GAUGE, "db,stream,group",
        "Entries the group has read so far, when the server knows it (XINFO GROUPS entries-read)"},
    [GROUP_LAG] = {"redis_stream_group_lag", METRIC_GAUGE, "db,stream,group",
        "Entries that wait to be delivered to the group, when the server knows it (XINFO GROUPS lag)"},
    [CONSUMER_PENDING] = {"redis_stream_group_consumer_messages_pending", METRIC_GAUGE, "db,stream,group,consumer",
        "Entries delivered to the consumer and not yet acknowledged (XINFO CONSUMERS pending)"},
    [CONSUMER_IDLE] = {"redis_stream_group_consumer_idle_seconds", METRIC_GAUGE, "db,stream,group,consumer",
        "Time since the consumer last asked for anything (XINFO CONSUMERS idle)"},
};

static const struct shown {
    struct str key;
    unsigned family;
    enum { NUMBER = 0, ID, ENTRY, MILLISECONDS } form;
} of_stream[] = {
    {STR_INIT("length"), LENGTH, NUMBER},
    {STR_INIT("radix-tree-keys"), RADIX_KEYS, NUMBER},
    {STR_INIT("radix-tree-nodes"), RADIX_NODES, NUMBER},
    {STR_INIT("last-generated-id"), LAST_ID, ID},
    {STR_INIT("groups"), GROUPS, NUMBER},
    {STR_INIT("max-deleted-entry-id"), MAX_DELETED_ID, ID},
    {STR_INIT("first-entry"), FIRST_ENTRY_ID, ENTRY},
    {STR_INIT("last-entry"), LAST_ENTRY_ID, ENTRY},
    {STR_INIT("entries-added"), ENTRIES_ADDED, NUMBER},
}, of_group[] = {
    {STR_INIT("consumers"), GROUP_CONSUMERS, NUMBER},
    {STR_INIT("pending"), GROUP_PENDING, NUMBER},
    {STR_INIT("last-delivered-id"), GROUP_DELIVERED_ID, ID},
    {STR_INIT("entries-read"), GROUP_READ, NUMBER},
    {STR_INIT("lag"), GROUP_LAG, NUMBER},
}, of_consumer[] = {
    {STR_INIT("pending"), CONSUMER_PENDING, NUMBER},
    {STR_INIT("idle"), CONSUMER_IDLE, MILLISECONDS},
};
/* clang-format on */

const struct collector collect_survey_streams = {
    .name = "survey_streams",
    .help = "Chosen streams, their groups and consumers.",
    FAMILIES(families),
};

static const enum cmd_id commands[] = {
    CMD_SCAN, CMD_TYPE, CMD_XINFO_STREAM, CMD_XINFO_GROUPS, CMD_XINFO_CONSUMERS, CMD_NONE};

enum stage { ASK_TYPE = 1, ASK_STREAM, ASK_GROUPS, ASK_CONSUMERS };

/* What is known of one stream of the batch. */
struct looked {
    bool alive; /* worth asking about */
    const struct str *groups;
    uint32_t group_count;
};

struct state {
    struct survey_walk walk;
    struct survey_seen seen; /* labels of streams, groups and consumers */
    struct looked *looked;
};

/* ---- asking ----------------------------------------------------------------------------------------- */

static void look_at_batch(struct survey_run *run)
{
    struct state *state = run->state;
    state->looked = arena_new(&run->batch, struct looked, (size_t)state->walk.item_count + 1);
    if (!state->looked)
        survey_fail(run, ERR_LIMIT, "no memory for %u streams at once", state->walk.item_count);
    for (uint32_t i = 0; state->looked && i < state->walk.item_count; i++) {
        const struct survey_item *item = &state->walk.items[i];
        state->looked[i].alive =
            survey_seen_add(&state->seen, survey_labels(run, item->db, "stream", item->name));
    }
}

static bool ask(struct survey_run *run, unsigned stage, uint32_t i, uint32_t turn, struct survey_request *ret)
{
    static const enum cmd_id questions[] = {[ASK_TYPE] = CMD_TYPE,
                                            [ASK_STREAM] = CMD_XINFO_STREAM,
                                            [ASK_GROUPS] = CMD_XINFO_GROUPS,
                                            [ASK_CONSUMERS] = CMD_XINFO_CONSUMERS};
    struct state *state = run->state;
    const struct looked *looked = &state->looked[i];
    uint32_t turns = stage == ASK_CONSUMERS ? looked->group_count : 1;
    if (!looked->alive || turn >= turns || !survey_room(run, 1))
        return false;
    survey_ask(ret, questions[stage], state->walk.items[i].db, state->walk.items[i].name, i);
    if (stage == ASK_CONSUMERS) {
        ret->args[1] = looked->groups[turn];
        ret->arg_count = 2;
        ret->group = turn;
    }
    return true;
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    static const struct survey_plan with_consumers = {ASK_CONSUMERS, look_at_batch, ask},
                                    without = {ASK_GROUPS, look_at_batch, ask};
    struct state *state = run->state;
    return survey_walk_next(run, &state->walk, run->settings->stream_consumers ? &with_consumers : &without,
                            ret);
}

/* ---- replies ---------------------------------------------------------------------------------------- */

/* The milliseconds of "1526919030474-55". */
static bool read_id(const struct reply *value, double *ret)
{
    struct str ms, rest;
    uint64_t number;
    if (value->type != REPLY_STRING || !str_cut(value->text, '-', &ms, &rest) || !num_u64(ms, &number))
        return false;
    *ret = (double)number;
    return true;
}

static bool read_value(const struct shown *shown, const struct reply *value, double *ret)
{
    int64_t number;
    if (shown->form == ID)
        return read_id(value, ret);
    if (shown->form == ENTRY)
        return value->type == REPLY_ARRAY && value->count > 0 && read_id(&value->items[0], ret);
    if (!reply_i64(value, &number))
        return false;
    *ret = shown->form == MILLISECONDS ? (double)number / 1e3 : (double)number;
    return true;
}

static void add_all(struct survey_run *run, const struct reply *reply, const struct shown *shown,
                    size_t count, struct str labels)
{
    double number;
    for (size_t i = 0; i < count; i++) {
        const struct reply *value = reply_find(reply, shown[i].key);
        if (value && read_value(&shown[i], value, &number) && survey_room(run, 1))
            samples_add(&run->samples, shown[i].family, labels, number);
    }
}

/* db, stream and what is below it; empty when these labels were there already. */
static struct str labels_of(struct survey_run *run, const struct survey_item *item, const struct str *group,
                            const struct str *consumer)
{
    struct state *state = run->state;
    char text[NUM_TEXT_MAX + 2] = "db";
    struct str db = {text, 2 + num_print_u64(item->db, text + 2)};
    struct label labels[4] = {{"db", db}, {"stream", item->name}};
    size_t count = 2;
    if (group)
        labels[count++] = (struct label){"group", *group};
    if (consumer)
        labels[count++] = (struct label){"consumer", *consumer};
    struct str made = samples_labels(&run->samples, labels, count);
    run->truncated = run->truncated || !made.len;
    return count == 2 || survey_seen_add(&state->seen, made) ? made : STR("");
}

static bool name_of(const struct reply *entry, struct str *ret)
{
    const struct reply *name = reply_find(entry, STR("name"));
    if (!name || name->type != REPLY_STRING)
        return false;
    *ret = name->text;
    return true;
}

static void take_groups(struct survey_run *run, uint32_t i, const struct reply *reply)
{
    struct state *state = run->state;
    struct looked *looked = &state->looked[i];
    struct str *groups = arena_new(&run->batch, struct str, reply->count + 1), name;
    for (size_t g = 0; groups && g < reply->count && survey_room(run, 1); g++) {
        if (!name_of(&reply->items[g], &name))
            continue;
        struct str labels = labels_of(run, &state->walk.items[i], &name, NULL);
        groups[looked->group_count] = arena_copy(&run->batch, name);
        if (!labels.len || !groups[looked->group_count].ptr)
            continue;
        looked->group_count++;
        add_all(run, &reply->items[g], of_group, sizeof of_group / sizeof of_group[0], labels);
    }
    looked->groups = groups;
}

static void take_consumers(struct survey_run *run, uint32_t i, const struct str *group,
                           const struct reply *reply)
{
    struct state *state = run->state;
    struct str name;
    for (size_t c = 0; c < reply->count && survey_room(run, 2); c++) {
        if (!name_of(&reply->items[c], &name))
            continue;
        struct str labels = labels_of(run, &state->walk.items[i], group, &name);
        if (labels.len)
            add_all(run, &reply->items[c], of_consumer, sizeof of_consumer / sizeof of_consumer[0], labels);
    }
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    struct looked *looked = request->cmd == CMD_SCAN ? NULL : &state->looked[request->tag];
    bool list = reply->type == REPLY_ARRAY || reply->type == REPLY_MAP;
    if (request->cmd == CMD_SCAN)
        survey_walk_take(run, &state->walk, reply);
    else if (request->cmd == CMD_TYPE)
        looked->alive = reply->type == REPLY_STRING && str_eq(reply->text, STR("stream"));
    else if (!list)
        looked->alive = false; /* gone, or on another node */
    else if (request->cmd == CMD_XINFO_STREAM)
        add_all(run, reply, of_stream, sizeof of_stream / sizeof of_stream[0],
                labels_of(run, &state->walk.items[request->tag], NULL, NULL));
    else if (request->cmd == CMD_XINFO_GROUPS)
        take_groups(run, request->tag, reply);
    else
        take_consumers(run, request->tag, &looked->groups[request->group], reply);
}

/* ---- the two surveys -------------------------------------------------------------------------------- */

static bool begin_single(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->single_streams, SURVEY_NAMES, run->settings->batch);
    return true;
}

static bool begin_patterns(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->streams, SURVEY_MIXED, run->settings->batch);
    state->walk.type = "stream";
    survey_seen_skip(run, &state->seen, &run->settings->single_streams, "stream");
    return true;
}

static void drop(struct survey_run *run)
{
    struct state *state = run->state;
    survey_seen_done(&state->seen);
}

static bool single_wanted(const struct survey_settings *settings)
{
    return settings->single_streams.count > 0;
}

static bool patterns_wanted(const struct survey_settings *settings)
{
    return settings->streams.count > 0;
}

const struct survey survey_single_streams = {
    .name = "single_streams",
    .families = COLLECT_SURVEY_STREAMS,
    .commands = commands + 1, /* no SCAN */
    .state_size = sizeof(struct state),
    .wanted = single_wanted,
    .begin = begin_single,
    .next = next,
    .take = take,
    .drop = drop,
};

const struct survey survey_streams = {
    .name = "streams",
    .families = COLLECT_SURVEY_STREAMS,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = patterns_wanted,
    .begin = begin_patterns,
    .next = next,
    .take = take,
    .drop = drop,
};
