#include "agent/health_answer.h"
#include "agent/fleet.h"
#include <bluegreen/health_report.h>
#include <stdlib.h>

enum { REPORT_MAX = 64 << 20 };

/* The name of the target that redis_exporter's users give without one. */
static const char *shown_name(const struct target *target)
{
    return target->conf->name[0] ? target->conf->name : "redis";
}

static void fill_entry(const struct target *target, struct health_entry *ret)
{
    struct target_status status;
    target_status(target, &status);
    *ret = (struct health_entry){.target = shown_name(target)};
    target_judge(target, &ret->verdict);
    if (status.snapshot) {
        ret->facts = &status.snapshot->facts;
        ret->age_seconds = status.age_seconds;
        ret->wall_seconds = status.snapshot->wall_seconds;
    }
}

void health_entries(const struct agent *agent, struct health_entry *ret)
{
    for (unsigned i = 0; i < agent->target_count; i++)
        fill_entry(agent->targets[i], &ret[i]);
}

static bool wants_text(const struct http_request *request)
{
    for (unsigned i = 0; i < request->query_count; i++)
        if (str_eq(request->query[i].name, STR("verbose")))
            return true;
    return false;
}

static void answer(struct http_exchange *exchange, const struct health_entry *entries, size_t count)
{
    static const struct http_header headers[] = {{"Cache-Control", "no-store"}};
    bool text = wants_text(http_request(exchange));
    struct buf out;
    size_t len = 0;
    buf_init(&out, REPORT_MAX);
    if (text)
        health_report_text(entries, count, &out);
    else
        health_report_json(entries, count, BLUEGREEN_VERSION, &out);
    char *bytes = buf_steal(&out, &len);
    struct http_body *body = bytes ? http_body_new(bytes, len) : NULL;
    http_reply(exchange, &(struct http_answer){
                             .status = health_report_ok(entries, count) ? 200 : 503,
                             .content_type = text ? "text/plain; charset=utf-8" : "application/health+json",
                             .body = body,
                             .headers = headers,
                             .header_count = 1,
                         });
    http_body_unref(body);
}

void health_answer_all(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    struct health_entry *entries = calloc(agent->target_count, sizeof *entries);
    (void)segment;
    if (!entries) {
        http_reply_text(exchange, 503, "no memory for the answer\n");
        return;
    }
    health_entries(agent, entries);
    answer(exchange, entries, agent->target_count);
    free(entries);
}

void health_answer_target(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    struct health_entry entry;
    for (unsigned i = 0; i < agent->target_count; i++) {
        if (str_eq(name, str_of(shown_name(agent->targets[i])))) {
            fill_entry(agent->targets[i], &entry);
            answer(exchange, &entry, 1);
            return;
        }
    }
    http_reply_text(exchange, 404, "there is no target of that name\n");
}

/* That it is answered at all shows that the loop turns; a heartbeat that is late shows that it limps. */
void health_answer_live(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    enum { LATE_MS = 10000 };
    (void)segment;
    if (uv_now(&agent->loop) - agent->beat_ms > LATE_MS)
        http_reply_text(exchange, 503, "the event loop is late\n");
    else
        http_reply_text(exchange, 200, "ok\n");
}

void health_answer_ready(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    if (agent->draining)
        http_reply_text(exchange, 503, "the agent is shutting down\n");
    else if (!fleet_ready(agent))
        http_reply_text(exchange, 503, "not every target was polled yet\n");
    else
        http_reply_text(exchange, 200, "ok\n");
}
