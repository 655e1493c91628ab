#include "agent/health_answer.h"
#include "agent/fleet.h"
#include <bluegreen/health_report.h>
#include <bluegreen/num.h>
#include <stdlib.h>

enum { REPORT_MAX = 64 << 20, LATE_MS = 10000 };

/* ---- what was asked --------------------------------------------------------------------------------- */

/* The name of the target that redis_exporter's users give without one. */
static const char *shown_name(const struct target *target)
{
    return target->conf->name[0] ? target->conf->name : "redis";
}

struct target *health_find_target(const struct agent *agent, struct str name)
{
    struct target *target = fleet_find(agent, name);
    return target ? target : str_eq(name, STR("redis")) ? fleet_find(agent, STR("")) : NULL;
}

static bool has_param(const struct http_request *request, struct str name)
{
    for (unsigned i = 0; i < request->query_count; i++)
        if (str_eq(request->query[i].name, name))
            return true;
    return false;
}

/* Only who names it: a load balancer that takes anything gets text. */
static bool accepts_json(struct str accept)
{
    return str_glob(accept, STR("*application/health+json*")) || str_glob(accept, STR("*application/json*"));
}

/* ---- answering -------------------------------------------------------------------------------------- */

static void send_answer(struct http_exchange *exchange, bool ok, const char *type, struct buf *out)
{
    static const struct http_header headers[] = {{"Cache-Control", "no-store"}};
    size_t len = 0;
    char *bytes = buf_steal(out, &len);
    struct http_body *body = bytes ? http_body_new(bytes, len) : NULL;
    http_reply(exchange, &(struct http_answer){.status = ok ? 200 : 503,
                                               .content_type = type,
                                               .body = body,
                                               .headers = headers,
                                               .header_count = 1});
    http_body_unref(body);
}

static void answer_entries(struct http_exchange *exchange, const struct health_entry *entries, size_t count)
{
    const struct http_request *request = http_request(exchange);
    bool verbose = has_param(request, STR("verbose")), text = verbose && !accepts_json(request->accept);
    struct buf out;
    buf_init(&out, REPORT_MAX);
    if (text)
        health_report_text(entries, count, true, &out);
    else
        health_report_json(entries, count, verbose, BLUEGREEN_VERSION, &out);
    send_answer(exchange, health_report_ok(entries, count),
                text ? "text/plain; charset=utf-8" : "application/health+json", &out);
}

/* ---- the whole of it -------------------------------------------------------------------------------- */

static void fill_target(const struct agent *agent, const struct target *target, struct health_entry *ret)
{
    struct target_status status;
    target_status(target, &status);
    *ret = (struct health_entry){.name = shown_name(target),
                                 .policy = &agent->health.file->policy,
                                 .subject = target->subject,
                                 .outcome_text = status.outcome == ERR_NONE ? "" : target->outcome.text};
    if (status.snapshot) {
        ret->facts = &status.snapshot->facts;
        ret->age_seconds = status.age_seconds;
        ret->wall_seconds = status.snapshot->wall_seconds;
    }
}

static void fill_pair(const struct agent *agent, const struct health_pair *pair, struct health_entry *ret)
{
    *ret = (struct health_entry){.name = pair->conf->name,
                                 .is_pair = true,
                                 .policy = &agent->health.file->policy,
                                 .subject = pair->subject,
                                 .outcome_text = ""};
}

unsigned health_entry_count(const struct agent *agent)
{
    return agent->target_count + agent->health.pair_count;
}

void health_entries(const struct agent *agent, struct health_entry *ret)
{
    for (unsigned i = 0; i < agent->target_count; i++)
        fill_target(agent, agent->targets[i], ret++);
    for (unsigned i = 0; i < agent->health.pair_count; i++)
        fill_pair(agent, &agent->health.pairs[i], ret++);
}

void health_answer_all(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    struct health_entry *entries = calloc(health_entry_count(agent) + 1u, sizeof *entries);
    (void)segment;
    if (!entries) {
        http_reply_text(exchange, 503, "no memory for the answer\n");
        return;
    }
    health_entries(agent, entries);
    answer_entries(exchange, entries, health_entry_count(agent));
    free(entries);
}

void health_answer_target(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    struct health_entry entry;
    const struct target *target = health_find_target(agent, name);
    if (!target) {
        http_reply_text(exchange, 404, "there is no target of that name\n");
        return;
    }
    fill_target(agent, target, &entry);
    answer_entries(exchange, &entry, 1);
}

void health_answer_pair(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    struct health_entry entry;
    const struct health_pair *pair = health_find_pair(&agent->health, name);
    if (!pair) {
        http_reply_text(exchange, 404, "there is no pair of that name\n");
        return;
    }
    fill_pair(agent, pair, &entry);
    answer_entries(exchange, &entry, 1);
}

/* ---- questions -------------------------------------------------------------------------------------- */

/* The lines of an answer in the making. */
struct lines {
    struct buf out;
    bool all;
};

static void put_line(void *arg, const char *name, bool ok, const char *reason, struct str text)
{
    struct lines *lines = arg;
    if (ok && lines->all)
        buf_fmt(&lines->out, "[+]%s ok\n", name);
    else if (!ok)
        buf_fmt(&lines->out, "[-]%s failed: %s: not so: " STR_FMT "\n", name, reason, STR_ARG(text));
}

static bool take_size(struct str text, struct maybe *ret)
{
    uint64_t bytes;
    if (!num_size(text, &bytes))
        return false;
    *ret = (struct maybe){true, (double)bytes};
    return true;
}

static bool take_seconds(struct str text, struct maybe *ret)
{
    uint64_t ms;
    double seconds;
    if (num_double(text, &seconds) && seconds >= 0)
        *ret = (struct maybe){true, seconds};
    else if (num_duration_ms(text, &ms))
        *ret = (struct maybe){true, (double)ms / 1e3};
    else
        return false;
    return true;
}

/* A limit that cannot be read, or a check that is not there, must not be answered as if it were not asked. */
static const char *take_params(const struct http_request *request, const struct policy *policy,
                               struct question_input *input)
{
    for (unsigned i = 0; i < request->query_count; i++) {
        const struct http_param *param = &request->query[i];
        if (str_eq(param->name, STR("max_lag")) && !take_size(param->value, &input->max_lag_bytes))
            return "max_lag must be a size such as 10mb\n";
        if (str_eq(param->name, STR("max_lag_seconds")) &&
            !take_seconds(param->value, &input->max_lag_seconds))
            return "max_lag_seconds must be a time such as 2 or 500ms\n";
        if (!str_eq(param->name, STR("exclude")))
            continue;
        if (!policy_find(policy, param->value) || input->exclude_count == QUESTION_EXCLUDES_MAX)
            return "exclude must name a check\n";
        input->excludes[input->exclude_count++] = param->value;
    }
    return NULL;
}

static void answer_question(struct agent *agent, struct http_exchange *exchange, struct str name,
                            enum question question)
{
    const struct http_request *request = http_request(exchange);
    const struct target *target = health_find_target(agent, name);
    struct health_server server;
    struct question_input input;
    if (!target || !target->subject) {
        http_reply_text(exchange, target ? 503 : 404,
                        target ? "[-]polled failed: pending\n" : "there is no target of that name\n");
        return;
    }
    recall_asked(&agent->recall, target, question, request->client);
    health_question(&agent->health, target, &server, &input);
    const char *mistake = take_params(request, &agent->health.file->policy, &input);
    if (mistake) {
        http_reply_text(exchange, 400, mistake);
        return;
    }
    bool verbose = has_param(request, STR("verbose"));
    if (!verbose && question_ask(question, &input, NULL, NULL)) {
        http_reply_text(exchange, 200, "ok\n");
        return;
    }
    struct lines lines = {.all = verbose};
    buf_init(&lines.out, REPORT_MAX);
    bool ok = question_ask(question, &input, put_line, &lines);
    buf_text(&lines.out, ok ? "ok\n" : "");
    send_answer(exchange, ok, "text/plain; charset=utf-8", &lines.out);
}

void health_answer_primary(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    answer_question(agent, exchange, name, QUESTION_PRIMARY);
}

void health_answer_replica(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    answer_question(agent, exchange, name, QUESTION_REPLICA);
}

void health_answer_read(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    answer_question(agent, exchange, name, QUESTION_READ);
}

void health_answer_cutover(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    const struct health_pair *pair = health_find_pair(&agent->health, name);
    struct lines lines = {.all = has_param(http_request(exchange), STR("verbose"))};
    if (!pair) {
        http_reply_text(exchange, 404, "there is no pair of that name\n");
        return;
    }
    buf_init(&lines.out, REPORT_MAX);
    bool ready = health_cutover_ready(&agent->health, pair, put_line, &lines);
    buf_text(&lines.out, ready ? "ready to switch\n" : "not ready to switch\n");
    send_answer(exchange, ready, "text/plain; charset=utf-8", &lines.out);
}

/* ---- the agent itself ------------------------------------------------------------------------------- */

/* That it is answered at all shows that the loop turns; a heartbeat that is late shows that it limps. */
void health_answer_live(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
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
