#include "agent/scrape.h"
#include "agent/body.h"
#include "agent/fleet.h"
#include <stdlib.h>

enum {
    GRACE_MS = 250,  /* for targets that were down when the scrape came */
    MARGIN_MS = 500, /* between our answer and the end of the scraper's patience */
    DEADLINE_MIN_MS = 100,
    SHARED_MS = 50, /* ages in an answer that is shared are wrong by this at most */
    MISTAKE_MAX = 4 << 10,
};

enum await { AWAIT_NONE = 0, AWAIT_UP, AWAIT_DOWN }; /* not NONE: silent, see body.h */

struct scrape {
    struct agent *agent;
    struct scrape *next;
    struct http_exchange *exchange;
    struct body_request request;
    struct target *only; /* request.targets is this one or all of the agent's */
    uint64_t started_ns;
    uv_timer_t timer;
    uint64_t deadline_ms; /* from the start */
    bool grace_over;
    unsigned waits_up, waits_down; /* targets awaited that were up, and that were down */
    uint8_t await[];               /* enum await, by target */
};

/* ---- one answer for several ------------------------------------------------------------------------- */

static bool same_view(const struct view *a, const struct view *b)
{
    return a->negotiated.format == b->negotiated.format && a->negotiated.escaping == b->negotiated.escaping &&
           a->gzip == b->gzip && a->hidden == b->hidden;
}

void scrape_outdated(struct agent *agent)
{
    http_body_unref(agent->recent.body);
    agent->recent.body = NULL;
}

/*
 * The body for <request>: two Prometheus servers that ask at the same moment get the same one, unless a round
 * has ended in between. The caller owns a reference.
 */
static struct http_body *body_for(struct agent *agent, const struct body_request *request, bool *ret_gzip)
{
    struct recent_answer *recent = &agent->recent;
    uint64_t now = uv_now(&agent->loop);
    bool shared = request->whole && !request->silent;
    if (shared && recent->body && now - recent->made_ms < SHARED_MS &&
        same_view(&recent->view, &request->view)) {
        *ret_gzip = recent->gzip;
        return http_body_ref(recent->body);
    }
    struct http_body *body = body_make(agent, request, ret_gzip);
    if (body && shared) {
        scrape_outdated(agent);
        *recent = (struct recent_answer){http_body_ref(body), request->view, *ret_gzip, now};
    }
    return body;
}

/* Nothing is in the body that the request does not say, but for the time. */
static void answer(struct agent *agent, struct http_exchange *exchange, const struct body_request *request,
                   uint64_t started_ns)
{
    static const struct http_header headers[] = {{"Vary", "Accept, Accept-Encoding"},
                                                 {"Content-Encoding", "gzip"}};
    bool gzip = false;
    struct http_body *body = body_for(agent, request, &gzip);
    if (!body) {
        http_reply_text(exchange, 500, "no memory for the answer\n");
        return;
    }
    if (request->whole) {
        agent->scrape_count++;
        agent->scrape_seconds_sum += (double)(uv_hrtime() - started_ns) / 1e9;
    }
    http_reply(exchange,
               &(struct http_answer){.status = 200,
                                     .content_type = negotiate_content_type(request->view.negotiated),
                                     .body = body,
                                     .headers = headers,
                                     .header_count = gzip ? 2 : 1});
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

/* <silent>: as in body.h. */
static void finish_with(struct scrape *scrape, const uint8_t *silent)
{
    scrape->request.silent = silent;
    answer(scrape->agent, scrape->exchange, &scrape->request, scrape->started_ns);
    forget(scrape);
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

static struct scrape *scrape_new(struct agent *agent, struct http_exchange *exchange,
                                 const struct body_request *request)
{
    struct scrape *scrape = calloc(1, sizeof *scrape + request->target_count);
    if (!scrape)
        return NULL;
    scrape->agent = agent;
    scrape->exchange = exchange;
    scrape->request = *request;
    if (!request->whole) {
        scrape->only = request->targets[0];
        scrape->request.targets = &scrape->only;
    }
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

static bool anything_old(const struct body_request *request)
{
    for (unsigned i = 0; i < request->target_count; i++)
        if (wants_poll(request->targets[i]))
            return true;
    return false;
}

static void await_targets(struct scrape *scrape)
{
    for (unsigned i = 0; i < scrape->request.target_count; i++) {
        const struct target *target = scrape->request.targets[i];
        if (!wants_poll(target))
            continue;
        bool was_down = target->outcome.kind != ERR_NONE && target->outcome.kind != ERR_PENDING;
        scrape->await[i] = was_down ? AWAIT_DOWN : AWAIT_UP;
        scrape->waits_up += !was_down;
        scrape->waits_down += was_down;
    }
}

/* Without whole, <request> has one target. */
static void begin(struct agent *agent, struct http_exchange *exchange, const struct body_request *request)
{
    uv_update_time(&agent->loop);
    if (!anything_old(request)) {
        answer(agent, exchange, request, uv_hrtime());
        return;
    }
    struct scrape *scrape = scrape_new(agent, exchange, request);
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
    for (unsigned i = 0; i < request->target_count; i++)
        if (wants_poll(request->targets[i]))
            target_poll(request->targets[i]);
}

/* False: it is answered, because the query is not to be understood. */
static bool read_view(struct http_exchange *exchange, struct view *ret)
{
    struct buf mistake;
    buf_init(&mistake, MISTAKE_MAX);
    bool ok = view_read(http_request(exchange), ret, &mistake);
    buf_char(&mistake, '\0');
    if (!ok)
        http_reply_text(exchange, 400, buf_ok(&mistake) ? mistake.ptr : "bad query\n");
    buf_done(&mistake);
    return ok;
}

void scrape_begin(struct agent *agent, struct http_exchange *exchange)
{
    struct body_request request = {
        .targets = agent->targets, .target_count = agent->target_count, .whole = true};
    if (read_view(exchange, &request.view))
        begin(agent, exchange, &request);
}

void scrape_one(struct agent *agent, struct http_exchange *exchange, struct target *target)
{
    struct body_request request = {.targets = &target, .target_count = 1};
    if (read_view(exchange, &request.view))
        begin(agent, exchange, &request);
}

void scrape_probe(struct agent *agent, struct http_exchange *exchange)
{
    struct str name;
    if (!http_query(exchange, STR("target"), &name)) {
        http_reply_text(exchange, 400, "/probe?target=<name> wants the name of a target; /sd lists them\n");
        return;
    }
    struct target *target = fleet_find(agent, name);
    if (!target) {
        http_reply_text(exchange, 404, "there is no target of that name; /sd lists them\n");
        return;
    }
    scrape_one(agent, exchange, target);
}

void scrape_round_done(struct agent *agent, const struct target *target)
{
    scrape_outdated(agent);
    for (struct scrape *scrape = agent->scrapes, *next; scrape; scrape = next) {
        next = scrape->next;
        if (scrape->only ? scrape->only != target : target->on_demand)
            continue;
        uint8_t *await = &scrape->await[scrape->only ? 0 : target->place];
        scrape->waits_up -= *await == AWAIT_UP;
        scrape->waits_down -= *await == AWAIT_DOWN;
        *await = AWAIT_NONE;
        finish_if_ready(scrape);
    }
}

void scrape_flush(struct agent *agent)
{
    scrape_outdated(agent);
    while (agent->scrapes)
        finish_with(agent->scrapes, NULL); /* nobody's deadline has passed */
    scrape_outdated(agent);                /* what was just made for them */
}
