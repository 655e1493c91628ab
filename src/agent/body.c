#include "agent/body.h"
#include "agent/selfstat.h"
#include "agent/sources.h"
#include "io/gzip.h"
#include "io/survey.h"
#include <bluegreen/expo.h>

enum {
    /* Eight thousand targets with the 150 KB that a busy Redis 7 shows, and their samples. */
    BODY_MAX = 2000 << 20,
    SAMPLES_MAX_BYTES = 1000 << 20,
    GROWTH = 4 << 10,   /* what either may be larger than last time without growing step by step */
    GZIP_MIN = 1 << 10, /* shorter ones fit into a packet or two as they are */
};

/*
 * Each target gives two sources: what the agent knows of it, and what it said itself if that is fresh; then
 * its surveys. Each pair gives one, and the agent.
 */
struct body {
    const struct body_request *request;
    const struct health *health;
    const struct policy *policy;
    struct arena arena;
    struct expo_source *sources;
    uint32_t *cursors;
    struct samples *own; /* the next of those that are made for this answer */
    uint8_t *sides;      /* by target: bits of the sides that it has in the pairs; NULL unless whole */
    size_t count;
};

static bool is_silent(const struct body_request *request, unsigned i)
{
    return request->silent && request->silent[i];
}

/*
 * Label text of a whole source; a label with the value "" is left out. False: there is no memory for it, and
 * the source has to be left out, because without its labels it would speak for another.
 */
static bool source_labels(struct body *body, const struct label *labels, size_t count, struct str *ret)
{
    struct samples owner = {.arena = &body->arena};
    struct label given[LABELS_MAX];
    size_t given_count = 0;
    for (size_t i = 0; i < count; i++)
        if (labels[i].value.len)
            given[given_count++] = labels[i];
    *ret = given_count ? samples_labels(&owner, given, given_count) : NO_LABELS;
    return !given_count || ret->len > 0;
}

/* A target that is blue in one pair and green in another has no side, and none has one when it is shown
 * alone. */
static struct str side_of(const struct body *body, unsigned i)
{
    static const struct str words[] = {STR_INIT(""), STR_INIT("blue"), STR_INIT("green"), STR_INIT("")};
    return words[body->sides ? body->sides[i] : 0];
}

/* target="…", side="…", and what the list or discovery that it comes from says of it. */
static bool target_labels(struct body *body, unsigned i, struct str *ret)
{
    const struct conf_target *conf = body->request->targets[i]->conf;
    struct label labels[LABELS_MAX] = {{"target", str_of(conf->name)}, {"side", side_of(body, i)}};
    size_t count = 2;
    *ret = NO_LABELS;
    if (!body->request->whole)
        return true;
    for (unsigned l = 0; l < conf->label_count && count < LABELS_MAX; l++)
        labels[count++] = (struct label){conf->labels[l].name, str_of(conf->labels[l].value)};
    return source_labels(body, labels, count, ret);
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

static void add_target(struct body *body, unsigned i)
{
    struct target *target = body->request->targets[i];
    bool silent = is_silent(body->request, i);
    bool fresh = target_is_up(target) && !silent;
    struct target_status status;
    struct survey_status surveyed[SURVEY_COUNT];
    struct samples *own = body->own++, *said = body->own++;
    struct str labels;
    if (!target_labels(body, i, &labels))
        return;
    if (fresh)
        target_samples(target, &body->arena, said);
    target_status(target, &status);
    status.surveys = surveyed;
    status.survey_count = surveyor_status(target->surveyor, surveyed);
    if (silent && status.outcome == ERR_NONE)
        status.outcome = ERR_TIMEOUT;
    samples_init(own, &body->arena, 0);
    target_status_emit(&status, own);
    health_status_emit(body->policy, target->subject, own);
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

static void add_pair_health(struct body *body, const struct conf_pair *conf, struct samples *own)
{
    const struct health_pair *pair = health_find_pair(body->health, str_of(conf->name));
    if (!pair)
        return;
    health_status_emit(body->policy, pair->subject, own);
    pair_decided_emit(pair->designated, health_cutover_ready(body->health, pair, NULL, NULL), own);
}

static void add_pair(struct body *body, const struct conf_pair *pair)
{
    struct pair_view view;
    struct samples *own = body->own++;
    struct str labels;
    if (!source_labels(body, &(struct label){"pair", str_of(pair->name)}, 1, &labels))
        return;
    pair_look(fresh_snapshot(body->request, pair->blue), fresh_snapshot(body->request, pair->green), &view);
    samples_init(own, &body->arena, 0);
    pair_status_emit(&view, own);
    add_pair_health(body, pair, own);
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

static bool find_sides(struct body *body, const struct config *config)
{
    body->sides = arena_new(&body->arena, uint8_t, body->request->target_count + 1u);
    for (unsigned i = 0; body->sides && i < config->pair_count; i++) {
        body->sides[config->pairs[i].blue] |= 1;
        body->sides[config->pairs[i].green] |= 2;
    }
    return body->sides != NULL;
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
    return body->sources && body->cursors && body->own && (!body->request->whole || find_sides(body, config));
}

static void gather(struct body *body, struct agent *agent)
{
    const struct body_request *request = body->request;
    for (unsigned i = 0; i < request->target_count; i++)
        add_target(body, i);
    if (!request->whole)
        return;
    for (unsigned i = 0; i < agent->config->pair_count; i++)
        add_pair(body, &agent->config->pairs[i]);
    add_agent(body, agent);
}

/* False, and <text> as it was, when there is no memory. */
static bool compress(struct buf *text)
{
    struct buf packed;
    buf_init(&packed, BODY_MAX);
    bool ok = gzip_add(&packed, buf_view(text));
    if (ok) {
        buf_done(text);
        *text = packed;
    } else {
        buf_done(&packed);
    }
    return ok;
}

static void write_text(struct body *body, struct agent *agent, struct buf *text)
{
    const struct body_request *request = body->request;
    struct expo_options options = {.prefix = str_of(agent->config->namespace_),
                                   .format = request->view.negotiated.format,
                                   .hidden = request->view.hidden,
                                   .filter = agent->config->filter};
    bool usual = request->whole && !options.hidden;
    gather(body, agent);
    if (usual)
        buf_reserve(text, agent->body_bytes + GROWTH);
    expo_write(text, &options, body->sources, body->count, body->cursors);
    if (!usual)
        return;
    agent->body_bytes = buf_view(text).len;
    agent->body_arena_bytes = body->arena.used;
}

struct http_body *body_make(struct agent *agent, const struct body_request *request, bool *ret_gzip)
{
    struct body body = {.request = request, .health = &agent->health, .policy = &agent->health.file->policy};
    bool usual = request->whole && !request->view.hidden;
    struct buf text;
    size_t len = 0;
    buf_init(&text, BODY_MAX);
    arena_init(&body.arena, (usual ? agent->body_arena_bytes : 0) + GROWTH, SAMPLES_MAX_BYTES);
    if (make_room(&body, agent->config))
        write_text(&body, agent, &text);
    else
        buf_fail(&text);
    arena_done(&body.arena);
    *ret_gzip = request->view.gzip && buf_ok(&text) && text.len >= GZIP_MIN && compress(&text);
    char *bytes = buf_steal(&text, &len);
    return bytes ? http_body_new(bytes, len) : NULL;
}
