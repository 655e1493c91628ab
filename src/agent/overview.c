#include "agent/overview.h"
#include "io/clock.h"
#include <stdlib.h>

enum { ARENA_MAX = 4 << 20, ARENA_FIRST = 32 << 10, TEXT_MAX = 2048 };

static int badness(enum check_status status)
{
    static const int order[] = {[CHECK_PASS] = 0, [CHECK_WARN] = 1, [CHECK_UNKNOWN] = 2, [CHECK_FAIL] = 3};
    return order[status];
}

static double ago(const struct overview *overview, int64_t since_ms)
{
    return (double)(overview->now_ms - since_ms) / 1e3;
}

/* ---- pairs ------------------------------------------------------------------------------------------ */

/* The worst check of a subject that stops a cutover becomes the blocker if it is worse than that one. */
static void look_for_blocker(const struct policy *policy, const struct subject *subject, enum side side,
                             struct verdict_input *input)
{
    for (unsigned i = 0; subject && i < policy->count; i++) {
        const struct check *check = &policy->checks[i];
        const struct check_state *state = &subject->states[i];
        bool stops = check->stops & STOPS_CUTOVER && state->looked && state->status != CHECK_PASS;
        if (!stops || (input->blocker && badness(state->status) <= badness(input->blocker_state->status)))
            continue;
        input->blocker = check;
        input->blocker_state = state;
        input->blocker_side = side;
    }
}

static const char *error_of(const struct target *target)
{
    return target->outcome.kind == ERR_NONE ? "" : target->outcome.text;
}

enum verdict overview_verdict(const struct agent *agent, const struct health_pair *pair,
                              struct pair_view *view, struct verdict_input *input)
{
    const struct policy *policy = &agent->health.file->policy;
    bool blue_first = pair->designated == SIDE_GREEN; /* the replica's own trouble is the plainest */
    health_pair_view(pair, view);
    *input = (struct verdict_input){
        .view = view,
        .designated = pair->designated,
        .paused = pair->paused,
        .ready = health_cutover_ready(&agent->health, pair, NULL, NULL),
        .blue_error = error_of(pair->blue),
        .green_error = error_of(pair->green),
    };
    if (blue_first)
        look_for_blocker(policy, pair->blue->subject, SIDE_BLUE, input);
    look_for_blocker(policy, pair->green->subject, SIDE_GREEN, input);
    if (!blue_first)
        look_for_blocker(policy, pair->blue->subject, SIDE_BLUE, input);
    look_for_blocker(policy, pair->subject, SIDE_NONE, input);
    return verdict_of(input);
}

static struct str keep(struct overview *overview, struct buf *text)
{
    struct str kept = arena_copy(&overview->arena, buf_view(text));
    buf_done(text);
    return kept.ptr ? kept : STR("");
}

static void fill_pair(struct agent *agent, struct overview *overview, unsigned place,
                      struct overview_pair *ret)
{
    const struct health_pair *pair = &agent->health.pairs[place];
    struct verdict_input input;
    struct buf text;
    ret->pair = pair;
    ret->verdict = overview_verdict(agent, pair, &ret->view, &input);
    ret->status = check_worse(verdict_status(ret->verdict), pair->subject->status);
    if (input.blocker && ret->verdict == VERDICT_NOT_SAFE)
        ret->status = check_worse(ret->status, judge_weight(input.blocker, input.blocker_state->status));
    ret->ready = input.ready;
    int64_t since = recall_verdict_since(&agent->recall, place, pair->conf->name, ret->verdict);
    bool by_check = ret->verdict == VERDICT_NOT_SAFE && input.blocker;
    ret->since_seconds = by_check    ? ago(overview, input.blocker_state->since_ms)
                         : since < 0 ? -1
                                     : ago(overview, since);
    buf_init(&text, TEXT_MAX);
    verdict_text(&input, ret->since_seconds, &text);
    ret->sentence = keep(overview, &text);
}

static int by_pair_status(const void *a, const void *b)
{
    const struct overview_pair *one = a, *two = b;
    int order = badness(two->status) - badness(one->status);
    return order ? order : one->pair < two->pair ? -1 : one->pair > two->pair;
}

static bool add_pairs(struct agent *agent, struct overview *overview)
{
    overview->pair_count = agent->health.pair_count;
    overview->pairs = arena_new(&overview->arena, struct overview_pair, overview->pair_count + 1);
    for (unsigned i = 0; overview->pairs && i < overview->pair_count; i++) {
        fill_pair(agent, overview, i, &overview->pairs[i]);
        overview->status = check_worse(overview->status, overview->pairs[i].status);
    }
    overview->pairs_shown = overview->pair_count < OVERVIEW_PAIRS ? overview->pair_count : OVERVIEW_PAIRS;
    if (overview->pairs && overview->pair_count > OVERVIEW_PAIRS)
        qsort(overview->pairs, overview->pair_count, sizeof *overview->pairs, by_pair_status);
    return overview->pairs != NULL;
}

/* ---- targets ---------------------------------------------------------------------------------------- */

static struct maybe info_maybe(const struct snapshot *snapshot, struct str name)
{
    struct maybe ret = {false, 0};
    ret.known = info_double(&snapshot->info, name, &ret.value) && ret.value >= 0;
    return ret;
}

static void fill_replication(const struct target *target, struct overview_target *ret)
{
    struct pair_view view;
    if (ret->facts && ret->facts->sync_in_progress == 1) {
        ret->sync_left_bytes = info_maybe(ret->snapshot, STR("master_sync_left_bytes"));
        ret->sync_total_bytes = info_maybe(ret->snapshot, STR("master_sync_total_bytes"));
    }
    if (!target->pair)
        return;
    health_pair_view(target->pair, &view);
    if (view.primary == SIDE_NONE || view.primary == ret->side)
        return;
    ret->lag_bytes = view.lag_bytes;
    ret->lag_seconds = view.lag_seconds;
    ret->headroom_bytes = view.headroom_bytes;
    ret->headroom_seconds = view.headroom_seconds;
}

static void fill_answers(const struct agent *agent, const struct target *target, struct overview_target *ret)
{
    struct health_server server;
    struct question_input input;
    const struct recall_slot *slot = recall_of(&agent->recall, target);
    if (target->subject)
        health_question(&agent->health, target, &server, &input);
    for (unsigned q = 0; q < QUESTION_COUNT; q++) {
        const char *reason = target->subject ? question_reason((enum question)q, &input) : "pending";
        ret->answers[q] = (struct overview_answer){
            .ok = target->subject && question_ask((enum question)q, &input, NULL, NULL),
            .reason = reason,
            .asked = slot && slot->asked[q].count ? &slot->asked[q] : NULL,
        };
    }
    ret->history = slot ? &slot->history : NULL;
}

static void fill_target(const struct agent *agent, const struct target *target, struct overview_target *ret)
{
    struct target_status status;
    target_status(target, &status);
    ret->target = target;
    ret->name = target->conf->name[0] ? target->conf->name : "redis";
    ret->side = health_side(target);
    ret->pair = target->pair ? target->pair->conf->name : NULL;
    ret->snapshot = status.snapshot;
    ret->facts = status.snapshot ? &status.snapshot->facts : NULL;
    ret->age_seconds = status.age_seconds;
    fill_replication(target, ret);
    fill_answers(agent, target, ret);
}

/* A target and what it weighs, for sorting. */
struct ranked {
    const struct target *target;
    enum check_status status;
};

static int by_status(const void *a, const void *b)
{
    const struct ranked *one = a, *two = b;
    int order = badness(two->status) - badness(one->status);
    return order ? order : one->target->place < two->target->place ? -1 : 1;
}

static void count_target(struct overview *overview, const struct target *target, enum check_status status)
{
    int64_t age_ms = target_outcome_age_ms(target);
    overview->counts[status]++;
    overview->status = check_worse(overview->status, status);
    overview->silent += !target_is_up(target);
    if (age_ms != INT64_MAX && (double)age_ms / 1e3 > overview->oldest_seconds)
        overview->oldest_seconds = (double)age_ms / 1e3;
}

static struct ranked *rank(const struct agent *agent, struct overview *overview)
{
    struct ranked *ranked = arena_new(&overview->arena, struct ranked, agent->target_count + 1);
    for (unsigned i = 0; ranked && i < agent->target_count; i++) {
        const struct target *target = agent->targets[i];
        ranked[i] = (struct ranked){target, target->subject ? target->subject->status : CHECK_UNKNOWN};
        count_target(overview, target, ranked[i].status);
    }
    if (ranked && agent->target_count > OVERVIEW_TARGETS)
        qsort(ranked, agent->target_count, sizeof *ranked, by_status);
    return ranked;
}

static void add_targets(const struct agent *agent, const struct ranked *ranked, struct overview *overview)
{
    overview->target_count = agent->target_count;
    overview->targets = arena_new(&overview->arena, struct overview_target, OVERVIEW_TARGETS);
    if (!overview->targets)
        return;
    while (overview->targets_shown < agent->target_count && overview->targets_shown < OVERVIEW_TARGETS) {
        unsigned i = overview->targets_shown++;
        fill_target(agent, ranked[i].target, &overview->targets[i]);
        overview->targets[i].status = ranked[i].status;
    }
}

/* ---- problems --------------------------------------------------------------------------------------- */

struct problem_subject {
    const char *name, *error;
    bool is_pair;
    const struct subject *subject;
};

/* Once a limit is passed, the value has to come back further than that: then both are worth telling. */
static void put_entered(const struct check *check, const struct check_state *state, struct buf *out)
{
    const struct check_limit *limit =
        state->status == CHECK_FAIL && check->fail.set ? &check->fail : &check->warn;
    if (!state->has_value || !limit->set || limit->enter == state->limit)
        return;
    buf_fmt(out, " (bad %s ", check->bad_below ? "below" : "beyond");
    judge_amount(out, limit->enter, str_of(check->unit));
    buf_text(out, ", until it is back)");
}

static void add_problem(struct overview *overview, const struct problem_subject *about,
                        const struct check *check, const struct check_state *state)
{
    struct overview_problem *problem = &overview->problems[overview->problems_shown++];
    struct buf text;
    buf_init(&text, TEXT_MAX);
    judge_text(check, state, &text);
    put_entered(check, state, &text);
    if (!check->reason && about->error[0])
        buf_fmt(&text, ": %s", about->error);
    *problem = (struct overview_problem){.subject = about->name,
                                         .is_pair = about->is_pair,
                                         .check = check,
                                         .state = state,
                                         .status = judge_weight(check, state->status),
                                         .text = keep(overview, &text),
                                         .since_seconds = ago(overview, state->since_ms)};
}

static void add_problems_of(const struct policy *policy, const struct problem_subject *about,
                            enum check_status status, struct overview *overview)
{
    for (unsigned i = 0; about->subject && i < policy->count; i++) {
        const struct check_state *state = &about->subject->states[i];
        if (!state->looked || state->status == CHECK_PASS ||
            judge_weight(&policy->checks[i], state->status) != status)
            continue;
        overview->problem_count++;
        if (overview->problems_shown < OVERVIEW_PROBLEMS)
            add_problem(overview, about, &policy->checks[i], state);
    }
}

static bool add_problems(const struct agent *agent, const struct ranked *ranked, struct overview *overview)
{
    static const enum check_status worst_first[] = {CHECK_FAIL, CHECK_UNKNOWN, CHECK_WARN};
    const struct policy *policy = &agent->health.file->policy;
    overview->problems = arena_new(&overview->arena, struct overview_problem, OVERVIEW_PROBLEMS);
    for (unsigned s = 0; overview->problems && s < sizeof worst_first / sizeof worst_first[0]; s++) {
        for (unsigned i = 0; i < agent->health.pair_count; i++) {
            const struct health_pair *pair = &agent->health.pairs[i];
            add_problems_of(policy, &(struct problem_subject){pair->conf->name, "", true, pair->subject},
                            worst_first[s], overview);
        }
        for (unsigned i = 0; i < agent->target_count; i++) {
            const struct target *target = ranked[i].target;
            const char *name = target->conf->name[0] ? target->conf->name : "redis";
            if (ranked[i].status != CHECK_PASS)
                add_problems_of(policy,
                                &(struct problem_subject){name, error_of(target), false, target->subject},
                                worst_first[s], overview);
        }
    }
    return overview->problems != NULL;
}

/* ---- all of it -------------------------------------------------------------------------------------- */

bool overview_make(struct agent *agent, struct overview *ret)
{
    *ret = (struct overview){.wall_seconds = wall_clock_seconds(),
                             .now_ms = (int64_t)uv_now(&agent->loop),
                             .status = agent->target_count ? CHECK_PASS : CHECK_UNKNOWN};
    arena_init(&ret->arena, ARENA_FIRST, ARENA_MAX);
    struct ranked *ranked = rank(agent, ret);
    bool ok = ranked && add_pairs(agent, ret) && add_problems(agent, ranked, ret);
    if (ok)
        add_targets(agent, ranked, ret);
    if (!ok || !ret->targets) {
        overview_done(ret);
        return false;
    }
    return true;
}

void overview_done(struct overview *overview)
{
    arena_done(&overview->arena);
}
