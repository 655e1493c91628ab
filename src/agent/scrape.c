#include "agent/scrape.h"
#include "agent/body.h"
#include <bluegreen/expo.h>
#include <stdlib.h>

enum {
    GRACE_MS = 250,  /* for targets that were down when the scrape came */
    MARGIN_MS = 500, /* between our answer and the end of the scraper's patience */
    DEADLINE_MIN_MS = 100,
};

enum await { AWAIT_NONE = 0, AWAIT_UP, AWAIT_DOWN }; /* not NONE: silent, see body.h */

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

/* <await>: of a scrape that ends at its deadline, else NULL. */
static struct http_body *make_body(struct agent *agent, const uint8_t *await)
{
    return body_make(agent, &(struct body_request){.targets = agent->targets,
                                                   .target_count = agent->target_count,
                                                   .silent = await,
                                                   .whole = true});
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

void scrape_round_done(struct agent *agent, const struct target *target)
{
    if (!agent->scrapes)
        return;
    unsigned i = target->place;
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
