/*
 * survey_count: how many keys match each pattern, by SCAN over the whole database.
 *
 * As with redis_exporter the label "key" holds the pattern. SCAN may return a key twice while a table grows
 * or shrinks; such a key counts twice here as there.
 */
#include "collectors.h"
#include "surveys.h"

static const struct family families[] = {
    {"redis_keys_count", METRIC_GAUGE, "db,key", "Keys of the database that match the pattern (SCAN MATCH)",
     FAMILY_INHERITED},
};

const struct collector collect_survey_count = {
    .name = "survey_count",
    .help = "Keys that match a pattern.",
    FAMILIES(families),
};

static const enum cmd_id commands[] = {CMD_SCAN, CMD_NONE};

struct state {
    struct survey_walk walk;
    uint64_t *counts; /* by pattern */
};

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    (void)snapshot;
    survey_walk_init(&state->walk, &run->settings->count_keys, SURVEY_PATTERNS, run->settings->batch);
    state->counts = arena_new(&run->work, uint64_t, run->settings->count_keys.count);
    return state->counts != NULL;
}

static void count_batch(struct survey_run *run)
{
    struct state *state = run->state;
    for (uint32_t i = 0; i < state->walk.item_count; i++)
        state->counts[state->walk.items[i].entry]++;
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    static const struct survey_plan plan = {.batch = count_batch};
    struct state *state = run->state;
    return survey_walk_next(run, &state->walk, &plan, ret);
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    (void)request;
    survey_walk_take(run, &state->walk, reply);
}

static void finish(struct survey_run *run)
{
    const struct survey_keys *list = &run->settings->count_keys;
    struct state *state = run->state;
    struct survey_seen seen = {0};
    for (uint32_t i = 0; i < list->count && survey_room(run, 1); i++) {
        struct str labels = survey_labels(run, list->items[i].db, "key", list->items[i].name);
        if (survey_seen_add(&seen, labels)) /* a pattern may stand in the list twice */
            samples_add(&run->samples, 0, labels, (double)state->counts[i]);
    }
    survey_seen_done(&seen);
}

static bool wanted(const struct survey_settings *settings)
{
    return settings->count_keys.count > 0;
}

const struct survey survey_count_keys = {
    .name = "count_keys",
    .families = COLLECT_SURVEY_COUNT,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .begin = begin,
    .next = next,
    .take = take,
    .finish = finish,
};
