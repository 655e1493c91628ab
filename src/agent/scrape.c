#include "agent/scrape.h"
#include "agent/selfstat.h"
#include <bluegreen/expo.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MAX = 256 << 20,
    BODY_GROWTH = 4 << 10, /* what an answer may be longer than the last one without growing its buffer */
    STATUS_ARENA = 16 << 10,
    STATUS_ARENA_MAX = 256 << 20,
    GRACE_MS = 250,  /* for targets that were down when the scrape came */
    MARGIN_MS = 500, /* between our answer and the end of the scraper's patience */
    DEADLINE_MIN_MS = 100,
};

enum await { AWAIT_NONE = 0, AWAIT_UP, AWAIT_DOWN };

struct scrape {
    struct agent *agent;
    struct scrape *next;
    struct http_exchange *exchange;
    uint64_t started_ns;
    uv_timer_t timer;
    uint64_t deadline_ms; /* from the start */
    bool grace_over;
    unsigned waits_up, waits_down; /* targets awaited that were up, and that were down */
    uint8_t await[];               /* enum await, by target */
};

/* ---- the text --------------------------------------------------------------------------------------- */

/*
 * Each target gives two sources: what the agent knows of it, and what it said itself if that is fresh. Each
 * pair gives one, and the agent.
 */
struct body_parts {
    struct arena arena;
    struct expo_source *sources;
    uint32_t *cursors;
    struct samples *status; /* what is made for this answer: one per target and pair, and one for the agent */
    size_t count;
};

/* Asked for this scrape and silent until its deadline: what it said before is not shown as new. */
static bool is_silent(const uint8_t *await, unsigned i)
{
    return await && await[i] != AWAIT_NONE;
}

/* A name of "" is no label. */
static struct str source_label(struct body_parts *parts, const char *label, const char *name)
{
    struct samples owner = {.arena = &parts->arena};
    return *name ? samples_label(&owner, label, str_of(name)) : NO_LABELS;
}

static void add_source(struct body_parts *parts, struct str labels, struct samples *own)
{
    samples_seal(own);
    parts->sources[parts->count++] = (struct expo_source){labels, own};
}

static void add_target(struct body_parts *parts, struct samples *own, const struct target *target,
                       bool silent)
{
    struct target_status status;
    struct verdict verdict;
    struct str labels = source_label(parts, "target", target->conf->name);
    target_status(target, &status);
    if (silent && status.outcome == ERR_NONE)
        status.outcome = ERR_TIMEOUT;
    target_judge(target, &verdict);
    samples_init(own, &parts->arena, 0);
    target_status_emit(&status, own);
    health_status_emit(&verdict, own);
    add_source(parts, labels, own);
    if (status.outcome == ERR_NONE)
        parts->sources[parts->count++] = (struct expo_source){labels, &target->samples};
}

/* What the target said in its last poll, unless that failed or is awaited still. */
static const struct snapshot *fresh_snapshot(const struct agent *agent, unsigned i, const uint8_t *await)
{
    return target_is_up(agent->targets[i]) && !is_silent(await, i) ? agent->targets[i]->current : NULL;
}

static void add_pair(struct body_parts *parts, struct samples *own, const struct agent *agent,
                     const struct conf_pair *pair, const uint8_t *await)
{
    struct pair_view view;
    pair_look(fresh_snapshot(agent, pair->blue, await), fresh_snapshot(agent, pair->green, await), &view);
    samples_init(own, &parts->arena, 0);
    pair_status_emit(&view, own);
    add_source(parts, source_label(parts, "pair", pair->name), own);
}

static void add_agent(struct body_parts *parts, struct samples *own, struct agent *agent)
{
    struct agent_status status;
    selfstat_read(agent, &status);
    samples_init(own, &parts->arena, 0);
    agent_status_emit(&status, own);
    add_source(parts, NO_LABELS, own);
}

/* <await>: of a scrape that ends at its deadline, else NULL. NULL when there is no memory. */
static struct http_body *make_body(struct agent *agent, const uint8_t *await)
{
    const struct config *config = agent->config;
    struct expo_options options = {.prefix = str_of(config->namespace_)};
    struct body_parts parts = {.count = 0};
    struct buf text;
    size_t made = (size_t)agent->target_count + config->pair_count + 1, most = made + agent->target_count;
    struct http_body *body = NULL;

    buf_init(&text, BODY_MAX);
    arena_init(&parts.arena, STATUS_ARENA, STATUS_ARENA_MAX);
    parts.sources = arena_new(&parts.arena, struct expo_source, most);
    parts.cursors = arena_new(&parts.arena, uint32_t, most);
    parts.status = arena_new(&parts.arena, struct samples, made);
    if (parts.sources && parts.cursors && parts.status) {
        struct samples *next = parts.status;
        for (unsigned i = 0; i < agent->target_count; i++)
            add_target(&parts, next++, agent->targets[i], is_silent(await, i));
        for (unsigned i = 0; i < config->pair_count; i++)
            add_pair(&parts, next++, agent, &config->pairs[i], await);
        add_agent(&parts, next, agent);
        buf_reserve(&text, agent->body_bytes + BODY_GROWTH);
        expo_write(&text, &options, parts.sources, parts.count, parts.cursors);
        size_t len = 0;
        char *bytes = buf_steal(&text, &len);
        agent->body_bytes = len;
        body = bytes ? http_body_new(bytes, len) : NULL;
    }
    arena_done(&parts.arena);
    buf_done(&text);
    return body;
}

static void answer(struct agent *agent, struct http_exchange *exchange, struct http_body *body,
                   uint64_t started_ns)
{
    if (!body) {
        http_reply_text(exchange, 500, "no memory for the answer\n");
        return;
    }
    agent->scrape_count++;
    agent->scrape_seconds_sum += (double)(uv_hrtime() - started_ns) / 1e9;
    http_reply(exchange,
               &(struct http_answer){.status = 200, .content_type = EXPO_CONTENT_TYPE, .body = body});
    http_body_unref(body);
}

/* ---- waiting ---------------------------------------------------------------------------------------- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void forget(struct scrape *scrape)
{
    struct scrape **at = &scrape->agent->scrapes;
    while (*at != scrape)
        at = &(*at)->next;
    *at = scrape->next;
    uv_close((uv_handle_t *)&scrape->timer, on_timer_closed);
}

static void on_gone(void *arg)
{
    forget(arg);
}

/* <await>: what to say of targets that are awaited still; NULL: as if they were not. */
static void finish_with(struct scrape *scrape, const uint8_t *await)
{
    struct http_exchange *exchange = scrape->exchange;
    struct agent *agent = scrape->agent;
    uint64_t started_ns = scrape->started_ns;
    struct http_body *body = make_body(agent, await);
    forget(scrape);
    answer(agent, exchange, body, started_ns);
}

static void finish(struct scrape *scrape)
{
    finish_with(scrape, scrape->await);
}

static void finish_if_ready(struct scrape *scrape)
{
    if (scrape->waits_up == 0 && (scrape->waits_down == 0 || scrape->grace_over))
        finish(scrape);
}

static void on_deadline(uv_timer_t *timer)
{
    finish(timer->data);
}

/* The scraper gives up at its own timeout; ours is the longest round, so normally it never comes to this. */
static uint64_t deadline_ms(const struct scrape *scrape)
{
    double patience = http_request(scrape->exchange)->scrape_timeout_seconds * 1e3;
    double scraper = patience - (patience > 2.0 * MARGIN_MS ? MARGIN_MS : patience / 2);
    uint64_t ours = (uint64_t)scrape->agent->config->timeout_ms * 2;
    if (patience > 0 && scraper < (double)ours)
        ours = (uint64_t)scraper;
    return ours > DEADLINE_MIN_MS ? ours : DEADLINE_MIN_MS;
}

static void on_grace_over(uv_timer_t *timer)
{
    struct scrape *scrape = timer->data;
    scrape->grace_over = true;
    uv_timer_start(timer, on_deadline, scrape->deadline_ms - GRACE_MS, 0);
    finish_if_ready(scrape);
}

static struct scrape *scrape_new(struct agent *agent, struct http_exchange *exchange)
{
    struct scrape *scrape = calloc(1, sizeof *scrape + agent->target_count);
    if (!scrape)
        return NULL;
    scrape->agent = agent;
    scrape->exchange = exchange;
    scrape->started_ns = uv_hrtime();
    scrape->deadline_ms = deadline_ms(scrape);
    uv_timer_init(&agent->loop, &scrape->timer);
    scrape->timer.data = scrape;
    scrape->next = agent->scrapes;
    agent->scrapes = scrape;
    return scrape;
}

/* Too old to be shown without asking the server again. */
static bool wants_poll(const struct target *target)
{
    uint32_t max_age_ms = target->env->config->max_age_ms;
    return !max_age_ms || target_outcome_age_ms(target) > (int64_t)max_age_ms;
}

static bool anything_old(const struct agent *agent)
{
    for (unsigned i = 0; i < agent->target_count; i++)
        if (wants_poll(agent->targets[i]))
            return true;
    return false;
}

static void await_targets(struct scrape *scrape)
{
    for (unsigned i = 0; i < scrape->agent->target_count; i++) {
        const struct target *target = scrape->agent->targets[i];
        if (!wants_poll(target))
            continue;
        bool was_down = target->outcome.kind != ERR_NONE && target->outcome.kind != ERR_PENDING;
        scrape->await[i] = was_down ? AWAIT_DOWN : AWAIT_UP;
        scrape->waits_up += !was_down;
        scrape->waits_down += was_down;
    }
}

void scrape_begin(struct agent *agent, struct http_exchange *exchange)
{
    uv_update_time(&agent->loop);
    if (!anything_old(agent)) {
        uint64_t started_ns = uv_hrtime();
        answer(agent, exchange, make_body(agent, NULL), started_ns);
        return;
    }
    struct scrape *scrape = scrape_new(agent, exchange);
    if (!scrape) {
        http_reply_text(exchange, 500, "no memory for the request\n");
        return;
    }
    http_park(exchange, on_gone, scrape);
    await_targets(scrape);
    if (scrape->deadline_ms > GRACE_MS)
        uv_timer_start(&scrape->timer, on_grace_over, GRACE_MS, 0);
    else
        uv_timer_start(&scrape->timer, on_deadline, scrape->deadline_ms, 0);
    /* Everything is marked before anything is polled: a round may end, and the scrape with it, at once. */
    for (unsigned i = 0; i < agent->target_count; i++)
        if (wants_poll(agent->targets[i]))
            target_poll(agent->targets[i]);
}

static unsigned index_of(const struct agent *agent, const struct target *target)
{
    unsigned i = 0;
    while (i < agent->target_count && agent->targets[i] != target)
        i++;
    return i;
}

void scrape_round_done(struct agent *agent, const struct target *target)
{
    if (!agent->scrapes)
        return;
    unsigned i = index_of(agent, target);
    for (struct scrape *scrape = agent->scrapes, *next; scrape; scrape = next) {
        next = scrape->next;
        scrape->waits_up -= scrape->await[i] == AWAIT_UP;
        scrape->waits_down -= scrape->await[i] == AWAIT_DOWN;
        scrape->await[i] = AWAIT_NONE;
        finish_if_ready(scrape);
    }
}

void scrape_flush(struct agent *agent)
{
    while (agent->scrapes)
        finish_with(agent->scrapes, NULL); /* nobody's deadline has passed */
}
