/*
 * survey_walk: keys of a list, a batch at a time: names as they are, patterns by SCAN.
 *
 * Whether an entry is a pattern is decided as redis_exporter does: it has one of ? * [ ] ^. What SCAN returns
 * belongs to the server: its cursor must be a number, and a reply of another form ends the run.
 */
#include "surveys.h"
#include <string.h>

enum { NAMES_AT_ONCE = 1000 };

static bool is_pattern(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (str_index(STR("?*[]^"), name.ptr[i]) >= 0)
            return true;
    return false;
}

static bool is_name(const struct survey_walk *walk, uint32_t entry)
{
    return walk->names == SURVEY_NAMES ||
           (walk->names == SURVEY_MIXED && !is_pattern(walk->list->items[entry].name));
}

void survey_walk_init(struct survey_walk *walk, const struct survey_keys *list, enum survey_names names,
                      uint32_t batch)
{
    *walk = (struct survey_walk){.list = list, .names = names, .cursor = "0"};
    walk->count[num_print_u64(batch, walk->count)] = '\0';
}

static bool make_items(struct survey_run *run, struct survey_walk *walk, size_t count)
{
    walk->items = arena_new(&run->batch, struct survey_item, count + 1);
    walk->item_count = 0;
    return walk->items || survey_fail(run, ERR_LIMIT, "no memory for %zu keys at once", count);
}

/* Nothing more is looked at once the ceiling is reached. */
static bool add_item(struct survey_run *run, struct survey_walk *walk, struct str name)
{
    if (!survey_count_key(run)) {
        walk->entry = walk->list->count;
        return false;
    }
    walk->items[walk->item_count++] =
        (struct survey_item){name, walk->list->items[walk->entry].db, walk->entry};
    return true;
}

/* Names that follow each other come together. */
static void take_names(struct survey_run *run, struct survey_walk *walk)
{
    if (!make_items(run, walk, NAMES_AT_ONCE))
        return;
    while (walk->entry < walk->list->count && walk->item_count < NAMES_AT_ONCE &&
           is_name(walk, walk->entry) && add_item(run, walk, walk->list->items[walk->entry].name))
        walk->entry++;
}

static void ask_scan(const struct survey_walk *walk, struct survey_request *ret)
{
    const struct survey_key *entry = &walk->list->items[walk->entry];
    struct str args[] = {str_of(walk->cursor), STR("MATCH"), entry->name,       STR("COUNT"),
                         str_of(walk->count),  STR("TYPE"),  str_of(walk->type)};
    _Static_assert(sizeof args == sizeof ret->args, "SCAN has the most arguments");
    *ret = (struct survey_request){.cmd = CMD_SCAN, .db = entry->db, .arg_count = walk->type ? 7 : 5};
    memcpy(ret->args, args, sizeof args);
}

/* The next batch is made at once (true), or by a SCAN. */
static bool make_batch(struct survey_run *run, struct survey_walk *walk, struct survey_request *ret)
{
    arena_reset(&run->batch);
    walk->item_count = 0;
    walk->stage = 0;
    walk->fresh = true;
    if (is_name(walk, walk->entry)) {
        take_names(run, walk);
        return true;
    }
    ask_scan(walk, ret);
    return false;
}

static void begin_stage(struct survey_walk *walk, unsigned stage)
{
    walk->fresh = false;
    walk->stage = stage;
    walk->at = walk->turn = 0;
}

/* The next question of this stage. */
static bool ask(struct survey_run *run, struct survey_walk *walk, const struct survey_plan *plan,
                struct survey_request *ret)
{
    for (; walk->at < walk->item_count; walk->at++, walk->turn = 0) {
        uint32_t turn = walk->turn++;
        if (plan->ask(run, walk->stage, walk->at, turn, ret))
            return true;
    }
    return false;
}

enum survey_step survey_walk_next(struct survey_run *run, struct survey_walk *walk,
                                  const struct survey_plan *plan, struct survey_request *ret)
{
    while (run->err.kind == ERR_NONE) {
        if (walk->stage && walk->stage <= plan->stages && ask(run, walk, plan, ret))
            return SURVEY_SEND;
        if (run->waiting)
            return SURVEY_WAIT;
        if (walk->fresh) {
            begin_stage(walk, 1);
            if (plan->batch)
                plan->batch(run);
        } else if (walk->stage && walk->stage < plan->stages) {
            begin_stage(walk, walk->stage + 1);
        } else if (walk->entry >= walk->list->count) {
            return SURVEY_DONE;
        } else if (!make_batch(run, walk, ret)) {
            return SURVEY_SEND;
        }
    }
    return SURVEY_FAILED;
}

static bool read_scan(struct survey_run *run, struct survey_walk *walk, const struct reply *reply)
{
    uint64_t cursor;
    if (reply->type != REPLY_ARRAY || reply->count != 2 || reply->items[0].type != REPLY_STRING ||
        reply->items[1].type != REPLY_ARRAY || !num_u64(reply->items[0].text, &cursor))
        return survey_fail(run, ERR_REDIS, "SCAN answered in a form this version does not know");
    const struct reply *keys = &reply->items[1];
    if (!make_items(run, walk, keys->count))
        return false;
    for (size_t i = 0; i < keys->count; i++) {
        struct str name = keys->items[i].type == REPLY_STRING ? arena_copy(&run->batch, keys->items[i].text)
                                                              : (struct str){NULL, 0};
        if (!name.ptr)
            return survey_fail(run, ERR_LIMIT, "the keys of one SCAN do not fit, or are no keys");
        if (!add_item(run, walk, name))
            return true;
    }
    walk->cursor[num_print_u64(cursor, walk->cursor)] = '\0';
    walk->entry += cursor == 0;
    return true;
}

void survey_walk_take(struct survey_run *run, struct survey_walk *walk, const struct reply *reply)
{
    if (reply->type == REPLY_ERROR)
        survey_fail(run, reply_error_kind(reply->text), "SCAN: " STR_FMT,
                    STR_ARG(str_clip(reply->text, 256)));
    else
        read_scan(run, walk, reply);
}
