#include "agent/decide.h"
#include "agent/health_answer.h"
#include "io/health_state.h"
#include "io/logger.h"
#include <stdio.h>

/* ---- the file --------------------------------------------------------------------------------------- */

bool decide_open(struct agent *agent, struct err *err)
{
    agent->state = state_file_open(agent->config->state_file, err);
    return agent->state != NULL;
}

void decide_warn(const struct agent *agent)
{
    if (agent->config->pair_count && !agent->config->state_file)
        log_write(
            LOG_WARN_,
            "which side of a pair takes writes is kept in memory only: after a restart it is blue again; "
            "set agent.state_file",
            NULL);
}

static void log_change(void *arg, const struct health_pair *pair, const struct target *target,
                       const char *what, const char *was, const char *is)
{
    (void)arg;
    log_write(
        LOG_INFO_, "decided",
        LOG_FIELDS({pair ? "pair" : "target", str_of(pair ? pair->conf->name : target_shown_name(target))},
                   {"what", str_of(what)}, {"was", str_of(was)}, {"is", str_of(is)}));
}

void decide_apply(struct agent *agent)
{
    health_state_apply(&agent->health, agent->targets, agent->target_count, agent->state, log_change, agent);
}

void decide_look(struct agent *agent)
{
    struct err err;
    switch (state_file_look(agent->state, &err)) {
    case STATE_SAME: break;
    case STATE_CHANGED: decide_apply(agent); break;
    case STATE_BROKEN:
        log_write(LOG_ERROR_, "the state file was not taken, what was decided before stays in force",
                  LOG_FIELDS({"error", str_of(err.text)}));
        break;
    }
}

/* ---- the admin listener ----------------------------------------------------------------------------- */

/* A page in a browser can send a POST anywhere, but not without saying from where. */
static bool from_a_page(struct http_exchange *exchange)
{
    if (!http_request(exchange)->origin.len)
        return false;
    http_reply_text(exchange, 403, "requests of web pages are not taken here\n");
    return true;
}

static void answer(struct http_exchange *exchange, bool ok, const char *what, const char *name,
                   const char *was, const char *is, const struct err *err)
{
    struct buf text;
    buf_init(&text, 4096);
    if (!ok)
        buf_fmt(&text, "%s\n", err->text);
    else if (was == is)
        buf_fmt(&text, "%s: %s is %s already\n", name, what, is);
    else
        buf_fmt(&text, "%s: %s is %s now, it was %s\n", name, what, is, was);
    buf_char(&text, '\0');
    http_reply_text(exchange, ok ? 200 : 500, buf_ok(&text) ? text.ptr : "no memory for the answer\n");
    buf_done(&text);
}

static void serve(struct agent *agent, struct http_exchange *exchange, struct str name, enum service service)
{
    struct target *target = health_find_target(agent, name);
    struct err err;
    if (from_a_page(exchange))
        return;
    if (!target) {
        http_reply_text(exchange, 404, "there is no target of that name\n");
        return;
    }
    const char *was = service_word(target->service);
    bool ok = state_file_serve(agent->state, target->conf->name, service, &err);
    decide_apply(agent);
    answer(exchange, ok, "service", target_shown_name(target), was, service_word(service), &err);
}

void decide_drain(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    serve(agent, exchange, name, SERVICE_DRAIN);
}

void decide_maint(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    serve(agent, exchange, name, SERVICE_MAINT);
}

void decide_ready(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    serve(agent, exchange, name, SERVICE_READY);
}

void decide_designate(struct agent *agent, struct http_exchange *exchange, struct str name)
{
    const struct health_pair *pair = health_find_pair(&agent->health, name);
    enum side side;
    struct str word;
    struct err err;
    if (from_a_page(exchange))
        return;
    if (!pair) {
        http_reply_text(exchange, 404, "there is no pair of that name\n");
        return;
    }
    if (!http_query(exchange, STR("side"), &word) || !health_side_parse(word, &side)) {
        http_reply_text(exchange, 400, "?side=blue or ?side=green is missing\n");
        return;
    }
    const char *was = side_word(pair->designated);
    bool ok = state_file_designate(agent->state, pair->conf->name, side, &err);
    decide_apply(agent);
    answer(exchange, ok, "designated", pair->conf->name, was, side_word(side), &err);
}
