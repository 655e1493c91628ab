/*
 * survey: the table of surveys, and what all machines have in common.
 */
#include "collectors.h"
#include "surveys.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RESULT_FIRST = 4 << 10,
    RESULT_MAX = 64 << 20, /* bytes: series_max labels of ordinary length fit many times */
    WORK_FIRST = 4 << 10,
    WORK_MAX = 64 << 20,
    DATABASES_MAX = 1024,
    BATCH_FIRST = 64 << 10,
    BATCH_MAX = 32 << 20, /* the largest reply to SCAN, and an item for each of its keys */
};

/* clang-format off */
const struct survey *const surveys[SURVEY_COUNT] = {
    [SURVEY_SINGLE_KEYS]    = &survey_single_keys,
    [SURVEY_KEYS]           = &survey_keys,
    [SURVEY_COUNT_KEYS]     = &survey_count_keys,
    [SURVEY_KEY_GROUPS]     = &survey_key_groups,
    [SURVEY_SINGLE_STREAMS] = &survey_single_streams,
    [SURVEY_STREAMS]        = &survey_streams,
    [SURVEY_BIG_KEYS]       = &survey_big_keys,
    [SURVEY_SCRIPTS]        = &survey_scripts,
    [SURVEY_SEARCH]         = &survey_search,
    [SURVEY_CLIENTS]        = &survey_clients,
};
/* clang-format on */

bool surveys_wanted(const struct survey_settings *settings)
{
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        if (surveys[i]->wanted(settings))
            return true;
    return false;
}

/* ---- one run ---------------------------------------------------------------------------------------- */

static bool prepare(struct survey_run *run, const struct snapshot *snapshot)
{
    run->state = arena_alloc(&run->work, run->survey->state_size, _Alignof(max_align_t));
    if (!run->state)
        return false;
    if (run->survey->begin && !run->survey->begin(run, snapshot) && run->err.kind == ERR_NONE)
        survey_fail(run, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    return true;
}

struct survey_run *survey_run_new(enum survey_id id, const struct survey_settings *settings,
                                  const struct snapshot *snapshot)
{
    struct survey_run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    run->survey = surveys[id];
    run->settings = settings;
    run->server = facts_server_kind(&snapshot->facts);
    arena_init(&run->arena, RESULT_FIRST, RESULT_MAX);
    arena_init(&run->work, WORK_FIRST, WORK_MAX);
    arena_init(&run->batch, BATCH_FIRST, BATCH_MAX);
    samples_init(&run->samples, &run->arena, 0);
    collector_begin(run->survey->families, &run->samples);
    if (prepare(run, snapshot))
        return run;
    survey_run_free(run);
    return NULL;
}

static void drop_work(struct survey_run *run)
{
    if (run->state && run->survey->drop)
        run->survey->drop(run);
    run->state = NULL;
    arena_done(&run->work);
    arena_done(&run->batch);
}

void survey_run_free(struct survey_run *run)
{
    if (!run)
        return;
    drop_work(run);
    samples_done(&run->samples);
    arena_done(&run->arena);
    free(run);
}

enum survey_step survey_next(struct survey_run *run, struct survey_request *ret)
{
    if (run->err.kind != ERR_NONE)
        return SURVEY_FAILED;
    *ret = (struct survey_request){.cmd = CMD_NONE};
    enum survey_step step = run->survey->next(run, ret);
    if (run->err.kind != ERR_NONE)
        return SURVEY_FAILED;
    run->waiting += step == SURVEY_SEND;
    return step;
}

/* About the server or our rights, not about one key: going on would only repeat it. */
static bool ends_the_run(enum err_kind kind)
{
    return kind == ERR_NOPERM || kind == ERR_UNKNOWN_COMMAND || kind == ERR_LOADING || kind == ERR_BUSY ||
           kind == ERR_MASTERDOWN || kind == ERR_AUTH_REQUIRED;
}

void survey_take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    char name[64];
    run->waiting--;
    if (run->err.kind != ERR_NONE)
        return;
    if (reply->type == REPLY_ERROR && ends_the_run(reply_error_kind(reply->text)))
        survey_fail(run, reply_error_kind(reply->text), STR_FMT ": " STR_FMT,
                    STR_ARG(cmd_text(request->cmd, name, sizeof name)), STR_ARG(str_clip(reply->text, 256)));
    else
        run->survey->take(run, request, reply);
}

void survey_run_seal(struct survey_run *run)
{
    if (run->survey->finish)
        run->survey->finish(run);
    drop_work(run);
    samples_seal(&run->samples);
    run->truncated = run->truncated || run->samples.dropped;
    run->settings = NULL;
}

/* ---- for the machines ------------------------------------------------------------------------------- */

bool survey_fail(struct survey_run *run, enum err_kind kind, const char *format, ...)
{
    va_list args;
    if (run->err.kind != ERR_NONE)
        return false;
    run->err.kind = kind;
    va_start(args, format);
    vsnprintf(run->err.text, sizeof run->err.text, format, args);
    va_end(args);
    return false;
}

bool survey_count_key(struct survey_run *run)
{
    if (run->keys < run->settings->keys_max) {
        run->keys++;
        return true;
    }
    run->truncated = true;
    return false;
}

bool survey_room(struct survey_run *run, uint32_t more)
{
    if (run->samples.count + more <= run->settings->series_max)
        return true;
    run->truncated = true;
    return false;
}

struct str survey_labels(struct survey_run *run, uint32_t db, const char *name, struct str value)
{
    char text[NUM_TEXT_MAX + 2] = "db";
    struct str label = {text, 2 + num_print_u64(db, text + 2)};
    struct label labels[] = {{"db", label}, {name, value}};
    struct str made = samples_labels(&run->samples, labels, 2);
    run->truncated = run->truncated || !made.len;
    return made;
}

/* The keyspace lines of INFO name the databases that have keys; there are as many as the server has. */
const struct survey_keys *survey_all_keys(struct survey_run *run, const struct snapshot *snapshot)
{
    struct survey_keys *all = arena_new(&run->work, struct survey_keys, 1);
    struct survey_key *items = arena_new(&run->work, struct survey_key, DATABASES_MAX);
    uint32_t cursor = 0, count = 0;
    struct str name, value;
    uint64_t db;
    if (!all || !items)
        return NULL;
    while (count < DATABASES_MAX && info_next_database(&snapshot->info, &cursor, &name, &value))
        if (num_u64(str_from(name, 2), &db) && db <= INT32_MAX)
            items[count++] = (struct survey_key){(uint32_t)db, STR("*")};
    run->truncated = count == DATABASES_MAX;
    *all = (struct survey_keys){items, count};
    return all;
}

double survey_total_keys(const struct snapshot *snapshot)
{
    uint32_t cursor = 0;
    struct str name, value, text;
    double total = 0, keys;
    while (info_next_database(&snapshot->info, &cursor, &name, &value))
        if (info_subfield(value, STR("keys"), &text) && num_double(text, &keys))
            total += keys;
    return total;
}

void survey_ask(struct survey_request *ret, enum cmd_id cmd, uint32_t db, struct str key, uint32_t tag)
{
    ret->cmd = cmd;
    ret->db = db;
    ret->tag = tag;
    ret->args[0] = key;
    ret->arg_count = 1;
}

/* ---- what was seen already -------------------------------------------------------------------------- */

/* FNV-1a, finished so that its low bits can be an index. Never 0, which marks an empty slot. */
uint64_t survey_hash(struct str text)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    h ^= h >> 32;
    return h ? h : 1;
}

static uint64_t *slot_of(uint64_t *slots, uint32_t size, uint64_t h)
{
    uint32_t at = (uint32_t)h & (size - 1);
    while (slots[at] && slots[at] != h)
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static bool grow(struct survey_seen *seen)
{
    uint32_t size = seen->size ? seen->size * 2 : 256;
    uint64_t *slots = size ? calloc(size, sizeof *slots) : NULL;
    if (!slots)
        return false;
    for (uint32_t i = 0; i < seen->size; i++)
        if (seen->slots[i])
            *slot_of(slots, size, seen->slots[i]) = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->size = size;
    return true;
}

bool survey_seen_add(struct survey_seen *seen, struct str text)
{
    if (seen->count * 2 >= seen->size && !grow(seen))
        return false;
    uint64_t h = survey_hash(text), *slot = slot_of(seen->slots, seen->size, h);
    if (*slot)
        return false;
    *slot = h;
    seen->count++;
    return true;
}

void survey_seen_skip(struct survey_run *run, struct survey_seen *seen, const struct survey_keys *list,
                      const char *label)
{
    for (uint32_t i = 0; i < list->count; i++)
        survey_seen_add(seen, survey_labels(run, list->items[i].db, label, list->items[i].name));
}

void survey_seen_done(struct survey_seen *seen)
{
    free(seen->slots);
    *seen = (struct survey_seen){0};
}
