#include "io/health.h"
#include <bluegreen/collector.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRATCH_MAX = 8 << 20, SCRATCH_FIRST = 8 << 10 };

/* ---- metrics that checks read ----------------------------------------------------------------------- */

static void note_metric(void *arg, int family)
{
    uint64_t *bits = arg;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        unsigned base = family_base((enum collector_id)i);
        if ((unsigned)family >= base && (unsigned)family < base + collectors[i]->family_count)
            *bits |= 1ull << i;
    }
}

static uint64_t metrics_of(const struct policy *policy)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < policy->count; i++) {
        const struct check *check = &policy->checks[i];
        const struct expr *exprs[] = {check->applies, check->when, check->value};
        for (unsigned e = 0; e < 3; e++)
            if (exprs[e])
                expr_metrics(exprs[e], note_metric, &bits);
    }
    return bits;
}

/* {*}: the largest of the family's series. */
static bool largest(const struct samples *samples, unsigned family, double *ret)
{
    bool any = false;
    for (uint32_t i = 0; i < samples->count; i++) {
        if (samples->items[i].family != family || (any && samples->items[i].value <= *ret))
            continue;
        *ret = samples->items[i].value;
        any = true;
    }
    return any;
}

static bool find_metric(const void *samples, int family, struct str labels, double *ret)
{
    if (str_eq(labels, STR("*")))
        return largest(samples, (unsigned)family, ret);
    const struct sample *sample = samples_find(samples, (unsigned)family, labels);
    if (sample)
        *ret = sample->value;
    return sample != NULL;
}

/* What the checks read of a server's metrics, in the scratch arena. NULL: nothing is known now. */
static const struct samples *samples_for_checks(struct health *health, const struct target *target)
{
    struct samples *samples = arena_new(&health->scratch, struct samples, 1);
    if (!samples || !health->metrics || !target_is_up(target))
        return NULL;
    samples_init(samples, &health->scratch, 64);
    collectors_emit_some(target->current, health->metrics, samples);
    return samples;
}

/* ---- looking ---------------------------------------------------------------------------------------- */

static struct maybe rewrites_since(const struct target *target)
{
    double calls;
    bool known = target->promoted && target->current && snapshot_rewrites(target->current, &calls);
    return known ? (struct maybe){true, calls - target->rewrites_at_promotion} : (struct maybe){false, 0};
}

void health_server_of(const struct target *target, struct health_server *ret)
{
    struct target_status status;
    target_status(target, &status);
    *ret = (struct health_server){
        .snapshot = status.snapshot,
        .outcome = status.outcome,
        .age_seconds = status.age_seconds,
        .stale_after_seconds = target->env->config->stale_after_ms / 1e3,
        .link_flaps = (double)status.counters->link_flaps,
        .restarts = (double)status.counters->restarts,
        .rewrites = rewrites_since(target),
    };
}

static const struct snapshot *fresh(const struct target *target)
{
    return target_is_up(target) ? target->current : NULL;
}

void health_pair_view(const struct health_pair *pair, struct pair_view *ret)
{
    pair_look(fresh(pair->blue), fresh(pair->green), ret);
}

enum side health_side(const struct target *target)
{
    return !target->pair ? SIDE_NONE : target->pair->blue == target ? SIDE_BLUE : SIDE_GREEN;
}

/* One settled change on its way out. */
struct listener {
    const struct health *health;
    const struct target *target;
    const struct health_pair *pair;
};

static void pass_on(void *arg, const struct check *check, enum check_status was,
                    const struct check_state *state)
{
    const struct listener *listener = arg;
    if (listener->health->changed)
        listener->health->changed(listener->health->arg, listener->target, listener->pair, check, was, state);
}

static void look_at_target(struct health *health, struct target *target, const struct pair_view *view)
{
    struct health_server server;
    struct health_view seen;
    struct listener listener = {health, target, NULL};
    health_server_of(target, &server);
    server.samples = samples_for_checks(health, target);
    struct health_subject subject = {.self = &server,
                                     .pair = view,
                                     .side = health_side(target),
                                     .designated = target->pair ? target->pair->designated : SIDE_NONE,
                                     .now_ms = target_now_ms(target),
                                     .metric = find_metric};
    health_view_fill(&subject, &seen);
    judge_look(&health->file->policy, ABOUT_TARGET, str_of(target->conf->name), subject.side, &seen,
               server.outcome, target->subject, &(struct judge_hooks){pass_on, &listener});
}

static void look_at_pair(struct health *health, struct health_pair *pair, const struct pair_view *view)
{
    struct health_server blue, green;
    struct health_view seen;
    struct listener listener = {health, NULL, pair};
    health_server_of(pair->blue, &blue);
    health_server_of(pair->green, &green);
    blue.samples = samples_for_checks(health, pair->blue);
    green.samples = samples_for_checks(health, pair->green);
    struct health_subject subject = {.blue = &blue,
                                     .green = &green,
                                     .pair = view,
                                     .designated = pair->designated,
                                     .now_ms = target_now_ms(pair->blue),
                                     .metric = find_metric};
    health_view_fill(&subject, &seen);
    judge_look(&health->file->policy, ABOUT_PAIR, str_of(pair->conf->name), SIDE_NONE, &seen, ERR_NONE,
               pair->subject, &(struct judge_hooks){pass_on, &listener});
}

void health_look(struct health *health, struct target *target)
{
    struct pair_view view;
    if (!target->subject)
        target->subject = subject_new(&health->file->policy);
    if (!target->subject)
        return;
    if (target->pair)
        health_pair_view(target->pair, &view);
    look_at_target(health, target, target->pair ? &view : NULL);
    if (target->pair)
        look_at_pair(health, target->pair, &view);
    arena_reset(&health->scratch);
}

void health_look_again(struct health *health, struct target **targets, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct target_status status;
        target_status(targets[i], &status);
        if (status.outcome != ERR_PENDING)
            health_look(health, targets[i]);
    }
}

/* ---- asking ----------------------------------------------------------------------------------------- */

void health_question(const struct health *health, const struct target *target, struct health_server *server,
                     struct question_input *ret)
{
    struct pair_view view;
    health_server_of(target, server);
    *ret = (struct question_input){
        .policy = &health->file->policy,
        .subject = target->subject,
        .server = server,
        .side = health_side(target),
        .service = target->service,
        .min_uptime_seconds = target->env->config->primary_min_uptime_ms / 1e3,
        .stale_reads = target->env->config->stale_reads,
    };
    if (!target->pair)
        return;
    ret->designated = target->pair->designated;
    ret->paused = target->pair->paused;
    health_pair_view(target->pair, &view);
    if (view.primary != SIDE_NONE && view.primary != ret->side) {
        ret->lag_bytes = view.lag_bytes;
        ret->lag_seconds = view.lag_seconds;
    }
}

struct health_pair *health_find_pair(const struct health *health, struct str name)
{
    for (unsigned i = 0; i < health->pair_count; i++)
        if (str_eq(name, str_of(health->pairs[i].conf->name)))
            return &health->pairs[i];
    return NULL;
}

/* The checks of one subject that stop a cutover. */
static bool cutover_checks(const struct policy *policy, const struct subject *subject, const char *prefix,
                           question_visit visit, void *arg)
{
    bool ready = subject != NULL;
    for (unsigned i = 0; subject && i < policy->count; i++) {
        const struct check *check = &policy->checks[i];
        const struct check_state *state = &subject->states[i];
        if (!(check->stops & STOPS_CUTOVER) || !state->looked)
            continue;
        bool ok = state->status == CHECK_PASS;
        ready &= ok;
        if (!visit)
            continue;
        char name[96];
        snprintf(name, sizeof name, "%s%s", prefix, check->name);
        question_visit_check(name, check, state, ok, visit, arg);
    }
    return ready;
}

bool health_cutover_ready(const struct health *health, const struct health_pair *pair, question_visit visit,
                          void *arg)
{
    const struct policy *policy = &health->file->policy;
    struct pair_view view;
    health_pair_view(pair, &view);
    bool seen = view.blue && view.green;
    bool follows = seen && view.following && view.primary == pair->designated;
    if (visit) {
        visit(arg, "seen", seen, seen ? "ok" : "unknown", STR("Both sides answered their last poll"));
        visit(
            arg, "follows", follows, follows ? "ok" : "not_following",
            STR("The other side is a replica of the designated one, shares its history, and its link is up"));
    }
    bool blue = cutover_checks(policy, pair->blue->subject, "blue.", visit, arg);
    bool green = cutover_checks(policy, pair->green->subject, "green.", visit, arg);
    return cutover_checks(policy, pair->subject, "", visit, arg) && blue && green && follows;
}

/* ---- life ------------------------------------------------------------------------------------------- */

void health_init(struct health *health, struct health_policy *file)
{
    *health = (struct health){.file = file, .metrics = metrics_of(&file->policy)};
    arena_init(&health->scratch, SCRATCH_FIRST, SCRATCH_MAX);
}

static void forget(struct target *target)
{
    subject_free(target->subject);
    target->subject = NULL;
}

void health_use(struct health *health, struct health_policy *file, struct target **targets, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        forget(targets[i]);
    health_file_free(health->file);
    health->file = file;
    health->metrics = metrics_of(&file->policy);
}

static void free_pairs(struct health_pair *pairs, unsigned count)
{
    for (unsigned i = 0; pairs && i < count; i++)
        subject_free(pairs[i].subject);
    free(pairs);
}

bool health_set_pairs(struct health *health, const struct config *config, struct target **targets)
{
    struct health_pair *pairs = calloc(config->pair_count + 1u, sizeof *pairs);
    bool ok = pairs != NULL;
    for (unsigned i = 0; ok && i < config->pair_count; i++) {
        const struct conf_pair *conf = &config->pairs[i];
        const struct health_pair *was = health_find_pair(health, str_of(conf->name));
        pairs[i] = (struct health_pair){.conf = conf,
                                        .blue = targets[conf->blue],
                                        .green = targets[conf->green],
                                        .subject = subject_new(&health->file->policy),
                                        .designated = was ? was->designated : SIDE_BLUE,
                                        .paused = was && was->paused,
                                        .traffic_green = conf->read_share_green};
        ok = pairs[i].subject != NULL;
    }
    if (!ok) {
        free_pairs(pairs, pairs ? config->pair_count : 0);
        return false;
    }
    for (unsigned i = 0; i < config->target_count; i++)
        targets[i]->pair = NULL;
    for (unsigned i = 0; i < config->pair_count; i++)
        pairs[i].blue->pair = pairs[i].green->pair = &pairs[i];
    free_pairs(health->pairs, health->pair_count);
    health->pairs = pairs;
    health->pair_count = config->pair_count;
    return true;
}

void health_done(struct health *health)
{
    free_pairs(health->pairs, health->pair_count);
    health_file_free(health->file);
    arena_done(&health->scratch);
    *health = (struct health){.file = NULL};
}
