#include "agent/body.h"
#include "agent/selfstat.h"
#include "agent/sources.h"
#include "io/survey.h"
#include <bluegreen/expo.h>

enum {
    /* Eight thousand targets with the 150 KB that a busy Redis 7 shows, and their samples. */
    BODY_MAX = 2000 << 20,
    SAMPLES_MAX_BYTES = 1000 << 20,
    GROWTH = 4 << 10, /* what either may be larger than last time without growing step by step */
};

/*
 * Each target gives two sources: what the agent knows of it, and what it said itself if that is fresh; then
 * its surveys. Each pair gives one, and the agent.
 */
struct body {
    const struct body_request *request;
    struct arena arena;
    struct expo_source *sources;
    uint32_t *cursors;
    struct samples *own; /* the next of those that are made for this answer */
    size_t count;
};

static bool is_silent(const struct body_request *request, unsigned i)
{
    return request->silent && request->silent[i];
}

/* target="…", and what the list or discovery that it comes from says of it. */
static bool target_labels(struct body *body, const struct conf_target *conf, struct str *ret)
{
    struct samples owner = {.arena = &body->arena};
    struct label labels[LABELS_MAX] = {{"target", str_of(conf->name)}};
    size_t count = conf->name[0] ? 1 : 0;
    for (unsigned i = 0; i < conf->label_count && count < LABELS_MAX; i++)
        labels[count++] = (struct label){conf->labels[i].name, str_of(conf->labels[i].value)};
    *ret = count ? samples_labels(&owner, labels, count) : NO_LABELS;
    return !count || ret->len > 0;
}

/*
 * Label text of a whole source; a name of "" is no label. False: there is no memory for it, and the source
 * has to be left out, because without its label it would speak for another.
 */
static bool source_label(struct body *body, const char *label, const char *name, struct str *ret)
{
    struct samples owner = {.arena = &body->arena};
    *ret = *name ? samples_label(&owner, label, str_of(name)) : NO_LABELS;
    return !*name || ret->len > 0;
}

static void add_source(struct body *body, struct str labels, struct samples *own)
{
    samples_seal(own);
    body->sources[body->count++] = (struct expo_source){labels, own};
}

static void add_surveys(struct body *body, struct str labels, const struct surveyor *surveyor)
{
    for (unsigned i = 0; surveyor && i < SURVEY_COUNT; i++) {
        const struct samples *samples = surveyor_samples(surveyor, (enum survey_id)i);
        if (samples)
            body->sources[body->count++] = (struct expo_source){labels, samples};
    }
}

static void add_target(struct body *body, struct target *target, bool silent)
{
    bool fresh = target_is_up(target) && !silent;
    struct target_status status;
    struct survey_status surveyed[SURVEY_COUNT];
    struct verdict verdict;
    struct samples *own = body->own++, *said = body->own++;
    struct str labels = NO_LABELS;
    if (body->request->whole && !target_labels(body, target->conf, &labels))
        return;
    if (fresh)
        target_samples(target, &body->arena, said);
    target_status(target, &status);
    status.surveys = surveyed;
    status.survey_count = surveyor_status(target->surveyor, surveyed);
    if (silent && status.outcome == ERR_NONE)
        status.outcome = ERR_TIMEOUT;
    target_judge(target, &verdict);
    samples_init(own, &body->arena, 0);
    target_status_emit(&status, own);
    health_status_emit(&verdict, own);
    add_source(body, labels, own);
    if (!fresh)
        return;
    body->sources[body->count++] = (struct expo_source){labels, said};
    add_surveys(body, labels, target->surveyor);
}

/* What the target said in its last poll, unless that failed or is awaited still. */
static const struct snapshot *fresh_snapshot(const struct body_request *request, unsigned i)
{
    const struct target *target = request->targets[i];
    return target_is_up(target) && !is_silent(request, i) ? target->current : NULL;
}

static void add_pair(struct body *body, const struct conf_pair *pair)
{
    struct pair_view view;
    struct samples *own = body->own++;
    struct str labels;
    if (!source_label(body, "pair", pair->name, &labels))
        return;
    pair_look(fresh_snapshot(body->request, pair->blue), fresh_snapshot(body->request, pair->green), &view);
    samples_init(own, &body->arena, 0);
    pair_status_emit(&view, own);
    add_source(body, labels, own);
}

static void add_agent(struct body *body, struct agent *agent)
{
    struct agent_status status;
    struct samples *own = body->own++;
    selfstat_read(agent, &status);
    samples_init(own, &body->arena, 0);
    agent_status_emit(&status, own);
    sources_emit(agent, own);
    add_source(body, NO_LABELS, own);
}

static bool make_room(struct body *body, const struct config *config)
{
    size_t made = (size_t)body->request->target_count * 2;
    if (body->request->whole)
        made += config->pair_count + 1u;
    size_t most = made;
    for (unsigned i = 0; i < body->request->target_count; i++)
        most += body->request->targets[i]->surveyor ? SURVEY_COUNT : 0;
    body->sources = arena_new(&body->arena, struct expo_source, most);
    body->cursors = arena_new(&body->arena, uint32_t, most);
    body->own = arena_new(&body->arena, struct samples, made);
    return body->sources && body->cursors && body->own;
}

static void gather(struct body *body, struct agent *agent)
{
    const struct body_request *request = body->request;
    for (unsigned i = 0; i < request->target_count; i++)
        add_target(body, request->targets[i], is_silent(request, i));
    if (!request->whole)
        return;
    for (unsigned i = 0; i < agent->config->pair_count; i++)
        add_pair(body, &agent->config->pairs[i]);
    add_agent(body, agent);
}

struct http_body *body_make(struct agent *agent, const struct body_request *request)
{
    struct expo_options options = {.prefix = str_of(agent->config->namespace_)};
    struct body body = {.request = request};
    struct buf text;
    char *bytes = NULL;
    size_t len = 0;
    buf_init(&text, BODY_MAX);
    arena_init(&body.arena, agent->body_arena_bytes + GROWTH, SAMPLES_MAX_BYTES);
    if (make_room(&body, agent->config)) {
        gather(&body, agent);
        buf_reserve(&text, agent->body_bytes + GROWTH);
        expo_write(&text, &options, body.sources, body.count, body.cursors);
        bytes = buf_steal(&text, &len);
        agent->body_bytes = len;
        agent->body_arena_bytes = body.arena.used;
    }
    arena_done(&body.arena);
    buf_done(&text);
    return bytes ? http_body_new(bytes, len) : NULL;
}
