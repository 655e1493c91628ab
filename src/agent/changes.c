#include "agent/changes.h"
#include "agent/overview.h"

enum { TEXT_MAX = 1024 };

void changes_round(struct agent *agent, const struct target *target)
{
    struct pair_view view;
    struct verdict_input input;
    recall_round(&agent->recall, target);
    if (!target->pair)
        return;
    const struct health_pair *pair = target->pair;
    if (pair->blue->outcome.kind == ERR_PENDING || pair->green->outcome.kind == ERR_PENDING)
        return;
    recall_verdict(&agent->recall, (unsigned)(pair - agent->health.pairs), pair->conf->name,
                   overview_verdict(agent, pair, &view, &input), (int64_t)uv_now(&agent->loop));
}

static void tell(struct agent *agent, enum recall_kind kind, enum check_status status,
                 const struct target *target, struct buf *text)
{
    recall_event(&agent->recall, kind, status, str_of(target_shown_name(target)), buf_view(text));
    buf_clear(text);
}

static void tell_link(struct agent *agent, const struct target *target, struct buf *text)
{
    const struct facts *is = &target->current->facts;
    buf_fmt(text, "the link to its primary " STR_FMT ":%lld is %s", STR_ARG(is->primary_host),
            (long long)is->primary_port, is->link_up ? "up" : "down");
    tell(agent, RECALL_LINK, is->link_up ? CHECK_PASS : CHECK_FAIL, target, text);
}

void changes_target(void *arg, const struct target *target, const struct facts *was)
{
    struct agent *agent = arg;
    const struct facts *is = &target->current->facts;
    struct buf text;
    if (target->on_demand)
        return;
    buf_init(&text, TEXT_MAX);
    if (!str_eq(was->run_id, is->run_id)) {
        buf_fmt(&text, "the server was restarted, version " STR_FMT, STR_ARG(is->version_text));
        tell(agent, RECALL_RESTART, CHECK_WARN, target, &text);
    }
    if (was->role != is->role) {
        buf_fmt(&text, "its role went from %s to %s", role_word(was->role), role_word(is->role));
        tell(agent, RECALL_ROLE, CHECK_UNKNOWN, target, &text);
    }
    if (was->link_up != is->link_up && is->link_up != FACT_UNKNOWN)
        tell_link(agent, target, &text);
    buf_done(&text);
}

void changes_check(struct agent *agent, const struct target *target, const struct health_pair *pair,
                   const struct check *check, enum check_status was, const struct check_state *state)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_fmt(&text, "%s went from %s to %s: ", check->name, check_status_word(was),
            check_status_word(state->status));
    judge_text(check, state, &text);
    recall_event(&agent->recall, RECALL_CHECK, judge_weight(check, state->status),
                 str_of(target ? target_shown_name(target) : pair->conf->name), buf_view(&text));
    buf_done(&text);
}

void changes_reload(struct agent *agent)
{
    recall_event(&agent->recall, RECALL_RELOAD, agent->config_ok ? CHECK_PASS : CHECK_FAIL, STR(""),
                 agent->config_ok ? STR("the configuration was read again")
                                  : STR("the configuration was not taken, the old one stays in force; the "
                                        "log says why"));
}
