/*
 * survey_big: where the memory is: the largest keys of each type, and the types' shares, from a sample.
 *
 * SCAN walks over all keys, which is cheap; of those a random part is measured, which is not. Each key has
 * the same chance, so the sums stand for the whole database when divided by the part that was measured.
 */
#include "collectors.h"
#include "surveys.h"
#include <string.h>

enum { SAMPLED, SAMPLED_BYTES, LARGEST };

static const struct family families[] = {
    [SAMPLED] = {"bluegreen_big_keys_sampled", METRIC_GAUGE, "db,type",
                 "Keys of the type among those the survey measured (SCAN, TYPE)"},
    [SAMPLED_BYTES] = {"bluegreen_big_keys_sampled_bytes", METRIC_GAUGE, "db,type",
                       "Memory of the keys of the type that the survey measured (MEMORY USAGE)"},
    [LARGEST] = {"bluegreen_big_key_memory_bytes", METRIC_GAUGE, "db,type,rank,key",
                 "Memory of the largest keys the survey measured, rank 1 being the largest; the label key is "
                 "there with surveys.big_keys_names"},
};

const struct collector collect_survey_big = {
    .name = "survey_big",
    .help = "The largest keys of each type, from a sample.",
    FAMILIES(families),
};

static const enum cmd_id commands[] = {CMD_SCAN, CMD_TYPE, CMD_MEMORY_USAGE, CMD_NONE};

enum { KINDS_MAX = 1024, TYPE_MAX = 32 }; /* databases and types together; bytes of a type's name */
enum stage { ASK_TYPE = 1, ASK_MEMORY };

struct big {
    struct str name; /* of the key; empty unless names are shown */
    int64_t bytes;
};

/* One type in one database. */
struct kind {
    uint32_t db;
    struct str type;
    uint64_t count, bytes;
    struct big *top; /* the largest, largest first */
    uint32_t top_count;
};

struct state {
    struct survey_walk walk;
    uint64_t random;
    double chance;       /* of a key to be measured */
    struct kind **kinds; /* of the batch's keys; NULL: not chosen */
    struct kind *all;
    uint32_t count;
};

/* xorshift64*; a number in [0, 1). */
static double random_fraction(struct state *state)
{
    state->random ^= state->random >> 12;
    state->random ^= state->random << 25;
    state->random ^= state->random >> 27;
    return (double)((state->random * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

static void choose(struct survey_run *run)
{
    static struct kind chosen; /* stands for a kind that is not known yet */
    struct state *state = run->state;
    state->kinds = arena_new(&run->batch, struct kind *, (size_t)state->walk.item_count + 1);
    if (!state->kinds)
        survey_fail(run, ERR_LIMIT, "no memory for %u keys at once", state->walk.item_count);
    for (uint32_t i = 0; state->kinds && i < state->walk.item_count; i++)
        state->kinds[i] = random_fraction(state) < state->chance ? &chosen : NULL;
}

static bool ask(struct survey_run *run, unsigned stage, uint32_t i, uint32_t turn, struct survey_request *ret)
{
    struct state *state = run->state;
    if (turn || !state->kinds[i])
        return false;
    survey_ask(ret, stage == ASK_TYPE ? CMD_TYPE : CMD_MEMORY_USAGE, state->walk.items[i].db,
               state->walk.items[i].name, i);
    return true;
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    static const struct survey_plan plan = {ASK_MEMORY, choose, ask};
    struct state *state = run->state;
    return survey_walk_next(run, &state->walk, &plan, ret);
}

/* ---- replies ---------------------------------------------------------------------------------------- */

static struct kind *find_kind(struct survey_run *run, uint32_t db, struct str type)
{
    struct state *state = run->state;
    for (uint32_t i = 0; i < state->count; i++)
        if (state->all[i].db == db && str_eq(state->all[i].type, type))
            return &state->all[i];
    struct kind *kind = &state->all[state->count];
    if (state->count == KINDS_MAX) {
        run->truncated = true;
        return NULL;
    }
    *kind = (struct kind){.db = db, .type = arena_copy(&run->work, str_clip(type, TYPE_MAX))};
    kind->top = arena_new(&run->work, struct big, run->settings->big_keys);
    if (!kind->type.ptr || !kind->top) {
        run->truncated = true;
        return NULL;
    }
    state->count++;
    return kind;
}

/* Names are copied for keys that are among the largest at the time; the arena bounds how many that may be. */
static void add_key(struct survey_run *run, struct kind *kind, struct str name, int64_t bytes)
{
    uint32_t most = run->settings->big_keys, at = kind->top_count;
    kind->count++;
    kind->bytes += (uint64_t)bytes;
    while (at > 0 && kind->top[at - 1].bytes < bytes)
        at--;
    if (at == most)
        return;
    struct str kept = run->settings->big_keys_names ? arena_copy(&run->work, str_clip(name, LABEL_VALUE_MAX))
                                                    : (struct str){NULL, 0};
    if (kind->top_count < most)
        kind->top_count++;
    memmove(&kind->top[at + 1], &kind->top[at], (kind->top_count - 1 - at) * sizeof *kind->top);
    kind->top[at] = (struct big){kept, bytes};
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    if (request->cmd == CMD_SCAN) {
        survey_walk_take(run, &state->walk, reply);
        return;
    }
    const struct survey_item *item = &state->walk.items[request->tag];
    struct kind **kind = &state->kinds[request->tag];
    if (request->cmd == CMD_TYPE)
        *kind = reply->type == REPLY_STRING && !str_eq(reply->text, STR("none"))
                    ? find_kind(run, item->db, reply->text)
                    : NULL;
    else if (reply->type == REPLY_INTEGER && reply->integer >= 0)
        add_key(run, *kind, item->name, reply->integer);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static void show_largest(struct survey_run *run, const struct kind *kind, struct str db)
{
    for (uint32_t i = 0; i < kind->top_count && survey_room(run, 1); i++) {
        char text[NUM_TEXT_MAX];
        struct str rank = {text, num_print_u64(i + 1, text)};
        struct label labels[] = {
            {"db", db}, {"type", kind->type}, {"rank", rank}, {"key", kind->top[i].name}};
        samples_add(&run->samples, LARGEST,
                    samples_labels(&run->samples, labels, run->settings->big_keys_names ? 4 : 3),
                    (double)kind->top[i].bytes);
    }
}

static void finish(struct survey_run *run)
{
    struct state *state = run->state;
    for (uint32_t i = 0; i < state->count && survey_room(run, 2); i++) {
        const struct kind *kind = &state->all[i];
        char text[NUM_TEXT_MAX + 2] = "db";
        struct str db = {text, 2 + num_print_u64(kind->db, text + 2)};
        struct label labels[] = {{"db", db}, {"type", kind->type}};
        struct str both = samples_labels(&run->samples, labels, 2);
        samples_add(&run->samples, SAMPLED, both, (double)kind->count);
        samples_add(&run->samples, SAMPLED_BYTES, both, (double)kind->bytes);
        show_largest(run, kind, db);
    }
}

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    struct state *state = run->state;
    double keys = survey_total_keys(snapshot);
    const struct survey_keys *all = survey_all_keys(run, snapshot);
    state->all = arena_new(&run->work, struct kind, KINDS_MAX);
    if (!all || !state->all)
        return false;
    survey_walk_init(&state->walk, all, SURVEY_PATTERNS, run->settings->batch);
    state->chance = keys > run->settings->big_keys_sample ? run->settings->big_keys_sample / keys : 1;
    /* Another part of the keys at every run; the machine has no other source of chance. */
    state->random = survey_hash(snapshot->facts.run_id) ^ (uint64_t)snapshot->taken_ms ^ 88172645463325252u;
    return true;
}

static bool wanted(const struct survey_settings *settings)
{
    return settings->big_keys > 0;
}

const struct survey survey_big_keys = {
    .name = "big_keys",
    .families = COLLECT_SURVEY_BIG,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .begin = begin,
    .next = next,
    .take = take,
    .finish = finish,
};
