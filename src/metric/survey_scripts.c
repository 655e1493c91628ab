/*
 * survey_scripts: numbers that Lua scripts of the user return: {"name", value, "name", value, …}.
 *
 * They run by EVAL_RO, which the server lets read only; servers before 7.0 do not know it, and the survey
 * says so instead of running them with EVAL. As with redis_exporter a script is given no key and one
 * argument, 0.
 */
#include "collectors.h"
#include "surveys.h"

enum { VALUES, RESULT };
enum { RESULT_FAILED = 0, RESULT_OK, RESULT_EMPTY };

static const struct family families[] = {
    [VALUES] = {"redis_script_values", METRIC_GAUGE, "key,filename",
                "Numbers the script returned, by the names it gave them (EVAL_RO)"},
    [RESULT] = {"redis_script_result", METRIC_GAUGE, "filename",
                "1 when the script returned numbers, 2 when it returned nothing, 0 when it failed"},
};

const struct collector collect_survey_scripts = {
    .name = "survey_scripts",
    .help = "Numbers from Lua scripts.",
    FAMILIES(families),
};

static const enum cmd_id commands[] = {CMD_EVAL_RO, CMD_NONE};

struct state {
    uint32_t next;
    struct survey_seen seen;
};

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    (void)snapshot;
    return cmd_known(CMD_EVAL_RO, &run->server) ||
           survey_fail(run, ERR_UNKNOWN_COMMAND,
                       "scripts run by EVAL_RO, which this server does not know; it came with 7.0");
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    struct state *state = run->state;
    if (run->waiting)
        return SURVEY_WAIT; /* one at a time: between two the server is free for others */
    if (state->next == run->settings->scripts.count)
        return SURVEY_DONE;
    *ret = (struct survey_request){.cmd = CMD_EVAL_RO, .tag = state->next, .arg_count = 3};
    ret->args[0] = run->files[state->next++];
    ret->args[1] = ret->args[2] = STR("0");
    return SURVEY_SEND;
}

static bool number_of(const struct reply *value, double *ret)
{
    if (value->type == REPLY_INTEGER)
        *ret = (double)value->integer;
    return value->type == REPLY_INTEGER || (value->type == REPLY_STRING && num_double(value->text, ret));
}

static bool well_formed(const struct reply *reply)
{
    double number;
    for (size_t i = 0; i < reply->count; i += 2)
        if (reply->items[i].type != REPLY_STRING || !number_of(&reply->items[i + 1], &number))
            return false;
    return true;
}

static void add_values(struct survey_run *run, struct str file, const struct reply *reply)
{
    struct state *state = run->state;
    double number;
    for (size_t i = 0; i < reply->count && survey_room(run, 1); i += 2) {
        struct label labels[] = {{"key", reply->items[i].text}, {"filename", file}};
        struct str both = samples_labels(&run->samples, labels, 2);
        if (number_of(&reply->items[i + 1], &number) && survey_seen_add(&state->seen, both))
            samples_add(&run->samples, VALUES, both, number);
    }
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    struct str file = run->settings->scripts.items[request->tag];
    struct str label = samples_label(&run->samples, "filename", file);
    int result = RESULT_FAILED;
    if (reply->type == REPLY_NIL || (reply->type == REPLY_ARRAY && reply->count == 0))
        result = RESULT_EMPTY;
    else if ((reply->type == REPLY_ARRAY || reply->type == REPLY_MAP) && reply->count % 2 == 0 &&
             well_formed(reply))
        result = RESULT_OK;
    if (result == RESULT_OK)
        add_values(run, file, reply);
    if (survey_room(run, 1) && survey_seen_add(&state->seen, label))
        samples_add(&run->samples, RESULT, label, result);
}

static void drop(struct survey_run *run)
{
    struct state *state = run->state;
    survey_seen_done(&state->seen);
}

static const struct survey_texts *files(const struct survey_settings *settings)
{
    return &settings->scripts;
}

static bool wanted(const struct survey_settings *settings)
{
    return settings->scripts.count > 0;
}

const struct survey survey_scripts = {
    .name = "scripts",
    .families = COLLECT_SURVEY_SCRIPTS,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .files = files,
    .begin = begin,
    .next = next,
    .take = take,
    .drop = drop,
};
