/*
 * survey_groups: how many keys, and how much memory, belong to each group. Every key of every database is
 * looked at; its group is what the captures of the first pattern that matches it hold, joined.
 *
 * redis_exporter runs this as a script inside the server. Here the server is asked for names and sizes only
 * and goes on with its work between; the patterns are matched on our side.
 */
#include "collectors.h"
#include "surveys.h"
#include <bluegreen/luapat.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT, MEMORY, DISTINCT };

static const struct family families[] = {
    [COUNT] = {"redis_key_group_count", METRIC_GAUGE, "db,key_group",
               "Keys of the group (SCAN, surveys.key_groups)", FAMILY_INHERITED},
    [MEMORY] = {"redis_key_group_memory_usage_bytes", METRIC_GAUGE, "db,key_group",
                "Memory the keys of the group take with their values (MEMORY USAGE)"},
    [DISTINCT] = {"redis_number_of_distinct_key_groups", METRIC_GAUGE, "db",
                  "Groups found in the database, those counted together as overflow included"},
};

const struct collector collect_survey_groups = {
    .name = "survey_groups",
    .help = "Keys and memory by group of keys.",
    FAMILIES(families),
};

static const enum cmd_id commands[] = {CMD_SCAN, CMD_MEMORY_USAGE, CMD_NONE};

enum { GROUPS_MAX = 100000 }; /* told apart in one run; what comes above is overflow */

struct group {
    struct str name;
    uint32_t db;
    uint64_t count, bytes;
};

struct state {
    struct survey_walk walk;
    struct group **groups; /* on the heap: a hash table, NULL = empty */
    uint32_t count, size;
};

/* ---- the table -------------------------------------------------------------------------------------- */

static struct group **slot_of(struct group **groups, uint32_t size, uint32_t db, struct str name)
{
    uint32_t at = (uint32_t)(survey_hash(name) + db) & (size - 1);
    while (groups[at] && !(groups[at]->db == db && str_eq(groups[at]->name, name)))
        at = (at + 1) & (size - 1);
    return &groups[at];
}

static bool grow(struct state *state)
{
    uint32_t size = state->size ? state->size * 2 : 256;
    struct group **groups = calloc(size, sizeof *groups);
    if (!groups)
        return false;
    for (uint32_t i = 0; i < state->size; i++)
        if (state->groups[i])
            *slot_of(groups, size, state->groups[i]->db, state->groups[i]->name) = state->groups[i];
    free(state->groups);
    state->groups = groups;
    state->size = size;
    return true;
}

static struct group *find_group(struct survey_run *run, uint32_t db, struct str name)
{
    struct state *state = run->state;
    if (state->count * 2 >= state->size && !grow(state))
        return NULL;
    struct group **slot = slot_of(state->groups, state->size, db, name);
    if (*slot)
        return *slot;
    if (state->count >= GROUPS_MAX && !str_eq(name, STR("overflow"))) {
        run->truncated = true;
        return find_group(run, db, STR("overflow"));
    }
    struct group *group = arena_new(&run->work, struct group, 1);
    struct str copy = arena_copy(&run->work, name);
    if (!group || !copy.ptr)
        return NULL;
    *group = (struct group){copy, db, 0, 0};
    *slot = group;
    state->count++;
    return group;
}

/* ---- looking at keys -------------------------------------------------------------------------------- */

/* Captures joined; "unclassified" when no pattern matches. */
static struct str group_of(const struct survey_run *run, struct str key, char out[LABEL_VALUE_MAX])
{
    const struct survey_texts *patterns = &run->settings->key_groups;
    struct luapat_match found;
    uint32_t i = 0;
    size_t len = 0;
    while (i < patterns->count && !luapat_find(key, patterns->items[i], &found))
        i++;
    if (i == patterns->count)
        return STR("unclassified");
    for (unsigned c = 0; c < found.count; c++) {
        char number[NUM_TEXT_MAX];
        struct str part = found.captures[c].text;
        if (found.captures[c].position)
            part = (struct str){number, num_print_u64(found.captures[c].position, number)};
        part = str_sub(part, 0, LABEL_VALUE_MAX - len);
        memcpy(out + len, part.ptr ? part.ptr : "", part.len);
        len += part.len;
    }
    return str_clip((struct str){out, len}, LABEL_VALUE_MAX);
}

static bool ask(struct survey_run *run, unsigned stage, uint32_t i, uint32_t turn, struct survey_request *ret)
{
    struct state *state = run->state;
    (void)stage;
    if (turn)
        return false;
    survey_ask(ret, CMD_MEMORY_USAGE, state->walk.items[i].db, state->walk.items[i].name, i);
    return true;
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    static const struct survey_plan plan = {.stages = 1, .ask = ask};
    struct state *state = run->state;
    return survey_walk_next(run, &state->walk, &plan, ret);
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    char text[LABEL_VALUE_MAX];
    if (request->cmd == CMD_SCAN) {
        survey_walk_take(run, &state->walk, reply);
        return;
    }
    if (reply->type != REPLY_INTEGER || reply->integer < 0) /* gone meanwhile */
        return;
    const struct survey_item *item = &state->walk.items[request->tag];
    struct group *group = find_group(run, item->db, group_of(run, item->name, text));
    if (!group) {
        run->truncated = true;
        return;
    }
    group->count++;
    group->bytes += (uint64_t)reply->integer;
}

/* ---- the end ---------------------------------------------------------------------------------------- */

/* By database; in it what takes most memory first. */
static int by_memory(const void *left, const void *right)
{
    const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
    if (a->db != b->db)
        return a->db < b->db ? -1 : 1;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return str_cmp(a->name, b->name);
}

static void show(struct survey_run *run, struct survey_seen *seen, const struct group *group)
{
    struct str labels = survey_labels(run, group->db, "key_group", group->name);
    if (!survey_seen_add(seen, labels) || !survey_room(run, 2))
        return;
    samples_add(&run->samples, COUNT, labels, (double)group->count);
    samples_add(&run->samples, MEMORY, labels, (double)group->bytes);
}

/* The groups of one database: the largest by name, the others together. */
static void show_database(struct survey_run *run, struct survey_seen *seen, struct group *const *groups,
                          uint32_t count)
{
    uint32_t most = run->settings->key_groups_max;
    struct group rest = {.name = STR("overflow"), .db = groups[0]->db};
    char text[NUM_TEXT_MAX + 2] = "db";
    struct str db = {text, 2 + num_print_u64(rest.db, text + 2)};
    for (uint32_t i = most; i < count; i++) {
        rest.count += groups[i]->count;
        rest.bytes += groups[i]->bytes;
    }
    for (uint32_t i = 0; i < count && i < most; i++)
        show(run, seen, groups[i]);
    if (count > most)
        show(run, seen, &rest);
    samples_add(&run->samples, DISTINCT, samples_label(&run->samples, "db", db), count);
}

static void finish(struct survey_run *run)
{
    struct state *state = run->state;
    struct survey_seen seen = {0};
    uint32_t count = 0, from = 0;
    for (uint32_t i = 0; i < state->size; i++)
        if (state->groups[i])
            state->groups[count++] = state->groups[i];
    if (count)
        qsort(state->groups, count, sizeof(struct group *), by_memory);
    for (uint32_t i = 1; i <= count; i++) {
        if (i < count && state->groups[i]->db == state->groups[from]->db)
            continue;
        show_database(run, &seen, state->groups + from, i - from);
        from = i;
    }
    survey_seen_done(&seen);
}

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    const struct survey_keys *all = survey_all_keys(run, snapshot);
    if (all)
        survey_walk_init(&state->walk, all, SURVEY_PATTERNS, run->settings->batch);
    return all != NULL;
}

static void drop(struct survey_run *run)
{
    struct state *state = run->state;
    free(state->groups);
}

static bool wanted(const struct survey_settings *settings)
{
    return settings->key_groups.count > 0;
}

const struct survey survey_key_groups = {
    .name = "key_groups",
    .families = COLLECT_SURVEY_GROUPS,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .begin = begin,
    .next = next,
    .take = take,
    .finish = finish,
    .drop = drop,
};
