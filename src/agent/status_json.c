#include "agent/status_json.h"
#include "agent/overview.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { STATUS_MAX = 32 << 20 };

/* An object in the making; <ok> remembers what could not be added. */
struct maker {
    bool ok;
};

static void put(struct maker *maker, json_t *object, const char *key, json_t *value)
{
    maker->ok = json_object_set_new(object, key, value) == 0 && maker->ok;
}

static void add(struct maker *maker, json_t *array, json_t *value)
{
    maker->ok = json_array_append_new(array, value) == 0 && maker->ok;
}

static json_t *text(struct str s)
{
    return str_is_utf8(s) ? json_stringn(s.len ? s.ptr : "", s.len) : json_string("(not UTF-8)");
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(round(value * 1000) / 1000) : json_null();
}

static json_t *maybe(struct maybe value)
{
    return value.known ? number(value.value) : json_null();
}

static json_t *fact(int64_t value)
{
    return value == FACT_UNKNOWN ? json_null() : json_integer(value);
}

static json_t *side(enum side side)
{
    return side == SIDE_NONE ? json_null() : json_string(side_word(side));
}

static json_t *pair_json(struct maker *maker, const struct overview_pair *pair)
{
    json_t *object = json_object();
    put(maker, object, "pair", text(str_of(pair->pair->conf->name)));
    put(maker, object, "status", json_string(check_status_word(pair->status)));
    put(maker, object, "verdict", json_string(verdict_word(pair->verdict)));
    put(maker, object, "sentence", text(pair->sentence));
    put(maker, object, "since_seconds", pair->since_seconds < 0 ? json_null() : number(pair->since_seconds));
    put(maker, object, "cutover_ready", json_boolean(pair->ready));
    put(maker, object, "blue", text(str_of(target_shown_name(pair->pair->blue))));
    put(maker, object, "green", text(str_of(target_shown_name(pair->pair->green))));
    put(maker, object, "designated", side(pair->pair->designated));
    put(maker, object, "primary", side(pair->view.primary));
    put(maker, object, "paused", json_boolean(pair->pair->paused));
    put(maker, object, "following", json_boolean(pair->view.following));
    put(maker, object, "lag_bytes", maybe(pair->view.lag_bytes));
    put(maker, object, "lag_seconds", maybe(pair->view.lag_seconds));
    put(maker, object, "headroom_bytes", maybe(pair->view.headroom_bytes));
    put(maker, object, "headroom_seconds", maybe(pair->view.headroom_seconds));
    return object;
}

static json_t *problem_json(struct maker *maker, const struct overview_problem *problem)
{
    json_t *object = json_object();
    const struct check_state *state = problem->state;
    put(maker, object, problem->is_pair ? "pair" : "target", text(str_of(problem->subject)));
    put(maker, object, "check", text(str_of(problem->check->name)));
    put(maker, object, "status", json_string(check_status_word(problem->status)));
    put(maker, object, "reason", text(str_of(judge_reason(problem->check, state))));
    put(maker, object, "output", text(problem->text));
    put(maker, object, "value", state->has_value ? number(state->value) : json_null());
    put(maker, object, "limit", state->has_value ? number(state->limit) : json_null());
    put(maker, object, "unit", text(str_of(problem->check->unit)));
    put(maker, object, "since_seconds", number(problem->since_seconds));
    put(maker, object, "todo", text(str_of(problem->check->todo)));
    put(maker, object, "runbook", text(str_of(problem->check->runbook)));
    return object;
}

static json_t *answers_json(struct maker *maker, const struct overview *overview,
                            const struct overview_target *target)
{
    json_t *object = json_object();
    for (unsigned q = 0; q < QUESTION_COUNT; q++) {
        const struct overview_answer *answer = &target->answers[q];
        json_t *one = json_object();
        put(maker, one, "status", json_integer(answer->ok ? 200 : 503));
        put(maker, one, "reason", text(str_of(answer->reason)));
        put(maker, one, "asked_by", answer->asked ? text(str_of(answer->asked->client)) : json_null());
        put(maker, one, "asked_seconds",
            answer->asked ? number(overview->wall_seconds - answer->asked->wall_seconds) : json_null());
        put(maker, one, "asked_count", json_integer(answer->asked ? (json_int_t)answer->asked->count : 0));
        put(maker, object, question_word((enum question)q), one);
    }
    return object;
}

static json_t *history_json(struct maker *maker, const struct overview *overview,
                            const struct history *history)
{
    json_t *object = json_object();
    put(maker, object, "step_seconds", json_integer(HISTORY_STEP_MS / 1000));
    for (unsigned line = 0; line < HISTORY_LINES; line++) {
        float points[HISTORY_POINTS];
        json_t *array = json_array();
        history_read(history, (enum history_line)line, overview->now_ms, points);
        for (unsigned i = 0; i < HISTORY_POINTS; i++)
            add(maker, array, number((double)points[i]));
        put(maker, object, history_word((enum history_line)line), array);
    }
    return object;
}

static void put_facts(struct maker *maker, json_t *object, const struct overview_target *target)
{
    const struct facts *facts = target->facts;
    bool replica = facts->role == ROLE_REPLICA;
    put(maker, object, "role", json_string(role_word(facts->role)));
    put(maker, object, "server", text(facts->server_name));
    put(maker, object, "version", text(facts->version_text));
    put(maker, object, "uptime_seconds", fact(facts->uptime_seconds));
    put(maker, object, "age_seconds", number(target->age_seconds));
    put(maker, object, "primary_host", replica ? text(facts->primary_host) : json_null());
    put(maker, object, "primary_port", replica ? fact(facts->primary_port) : json_null());
    put(maker, object, "link_up", replica ? json_boolean(facts->link_up == 1) : json_null());
    put(maker, object, "link_down_seconds", replica ? fact(facts->link_down_seconds) : json_null());
    put(maker, object, "sync_in_progress",
        replica ? json_boolean(facts->sync_in_progress == 1) : json_null());
    put(maker, object, "sync_left_bytes", maybe(target->sync_left_bytes));
    put(maker, object, "sync_total_bytes", maybe(target->sync_total_bytes));
    put(maker, object, "connected_replicas", fact(facts->connected_replicas));
    put(maker, object, "lag_bytes", maybe(target->lag_bytes));
    put(maker, object, "lag_seconds", maybe(target->lag_seconds));
    put(maker, object, "headroom_bytes", maybe(target->headroom_bytes));
    put(maker, object, "headroom_seconds", maybe(target->headroom_seconds));
}

static json_t *target_json(struct maker *maker, const struct overview *overview,
                           const struct overview_target *target)
{
    json_t *object = json_object();
    put(maker, object, "target", text(str_of(target->name)));
    put(maker, object, "status", json_string(check_status_word(target->status)));
    put(maker, object, "pair", target->pair ? text(str_of(target->pair)) : json_null());
    put(maker, object, "side", side(target->side));
    put(maker, object, "service", json_string(service_word(target->target->service)));
    put(maker, object, "outcome", json_string(err_word(target->target->outcome.kind)));
    if (target->facts)
        put_facts(maker, object, target);
    put(maker, object, "answers", answers_json(maker, overview, target));
    if (target->history)
        put(maker, object, "history", history_json(maker, overview, target->history));
    return object;
}

static json_t *event_json(struct maker *maker, const struct recall_event *event)
{
    json_t *object = json_object();
    put(maker, object, "time", number(event->wall_seconds));
    put(maker, object, "kind", json_string(recall_kind_word(event->kind)));
    put(maker, object, "subject", text(str_of(event->subject.text)));
    put(maker, object, "status", json_string(check_status_word(event->status)));
    put(maker, object, "text", text(str_of(event->text)));
    return object;
}

static json_t *agent_json(struct maker *maker, const struct agent *agent, const struct overview *overview)
{
    const struct httpd_stats *http = httpd_stats(agent->httpd);
    json_t *object = json_object();
    put(maker, object, "version", json_string(BLUEGREEN_VERSION));
    put(maker, object, "start_time", number(agent->start_seconds));
    put(maker, object, "config_ok", json_boolean(agent->config_ok));
    put(maker, object, "config_time", number(agent->config_seconds));
    put(maker, object, "oldest_poll_seconds", number(overview->oldest_seconds));
    put(maker, object, "targets_silent", json_integer(overview->silent));
    put(maker, object, "scrapes", json_integer((json_int_t)agent->scrape_count));
    put(maker, object, "http_requests", json_integer((json_int_t)http->requests));
    put(maker, object, "http_rejected", json_integer((json_int_t)http->rejected));
    return object;
}

static json_t *counts_json(struct maker *maker, const struct overview *overview)
{
    json_t *object = json_object();
    put(maker, object, "total", json_integer(overview->target_count));
    put(maker, object, "shown", json_integer(overview->targets_shown));
    for (unsigned s = 0; s <= CHECK_FAIL; s++)
        put(maker, object, check_status_word((enum check_status)s), json_integer(overview->counts[s]));
    return object;
}

static json_t *report(struct maker *maker, const struct agent *agent, const struct overview *overview)
{
    json_t *object = json_object(), *pairs = json_array(), *problems = json_array(), *targets = json_array(),
           *events = json_array();
    const struct recall_event *event;
    for (unsigned i = 0; i < overview->pairs_shown; i++)
        add(maker, pairs, pair_json(maker, &overview->pairs[i]));
    for (unsigned i = 0; i < overview->problems_shown; i++)
        add(maker, problems, problem_json(maker, &overview->problems[i]));
    for (unsigned i = 0; i < overview->targets_shown; i++)
        add(maker, targets, target_json(maker, overview, &overview->targets[i]));
    for (unsigned age = 0; (event = recall_event_at(&agent->recall, age)); age++)
        add(maker, events, event_json(maker, event));
    put(maker, object, "time", number(overview->wall_seconds));
    put(maker, object, "status", json_string(check_status_word(overview->status)));
    put(maker, object, "pairs", pairs);
    put(maker, object, "problems", problems);
    put(maker, object, "problem_count", json_integer(overview->problem_count));
    put(maker, object, "target_counts", counts_json(maker, overview));
    put(maker, object, "targets", targets);
    put(maker, object, "events", events);
    put(maker, object, "agent", agent_json(maker, agent, overview));
    return object;
}

/* In two passes, because json_dumps() may lose a piece without a word when memory runs out in the middle. */
static bool dump(const json_t *json, struct buf *out)
{
    static const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(15);
    size_t size = json_dumpb(json, NULL, 0, flags);
    if (!size || !buf_reserve(out, size))
        return false;
    size_t written = json_dumpb(json, out->ptr + out->len, size, flags);
    out->len += written == size ? size : 0;
    return written == size;
}

static struct http_body *make_body(struct agent *agent)
{
    struct overview overview;
    struct maker maker = {true};
    struct buf out;
    size_t len = 0;
    if (!overview_make(agent, &overview))
        return NULL;
    buf_init(&out, STATUS_MAX);
    json_t *json = report(&maker, agent, &overview);
    bool ok = maker.ok && dump(json, &out);
    json_decref(json);
    overview_done(&overview);
    buf_char(&out, '\n');
    char *bytes = ok ? buf_steal(&out, &len) : NULL;
    buf_done(&out);
    return bytes ? http_body_new(bytes, len) : NULL;
}

void status_json_answer(struct agent *agent, struct http_exchange *exchange)
{
    static const struct http_header headers[] = {{"Cache-Control", "no-store"}};
    struct http_body *body = make_body(agent);
    if (body)
        http_reply(exchange, &(struct http_answer){.status = 200,
                                                   .content_type = "application/json",
                                                   .body = body,
                                                   .headers = headers,
                                                   .header_count = 1});
    else
        http_reply_text(exchange, 503, "no memory for the answer\n");
    http_body_unref(body);
}
