#include "agent/agent_check.h"
#include "agent/health_answer.h"

enum { REASON_MAX = 100 }; /* HAProxy keeps 127 bytes of what follows the # */

/* ---- the question ----------------------------------------------------------------------------------- */

static bool question_of(struct str word, enum question *ret)
{
    *ret = QUESTION_READ;
    if (word.len == 0)
        return true;
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if (!str_eq(word, str_of(question_word((enum question)i))))
            continue;
        *ret = (enum question)i;
        return true;
    }
    return false;
}

/* ---- the answer ------------------------------------------------------------------------------------- */

/* The first thing that says no. */
struct first {
    const char *reason;
    char text[REASON_MAX + 1];
};

static void note_first(void *arg, const char *name, bool ok, const char *reason, struct str text)
{
    struct first *first = arg;
    (void)name;
    if (ok || first->reason)
        return;
    first->reason = reason;
    str_copy(str_clip(text, REASON_MAX), first->text, sizeof first->text);
}

/* What stands behind # ends the line, so it must be one. */
static void put_reason(const struct first *first, struct buf *out)
{
    buf_fmt(out, " #%s: ", first->reason);
    for (const char *byte = first->text; *byte; byte++)
        buf_char(out, *byte >= ' ' && *byte != 0x7f ? *byte : ' ');
    buf_char(out, '\n');
}

/* Reads are shared; writes go to one side whole. */
static unsigned weight_of(const struct target *target, enum question question)
{
    const struct health_pair *pair = target->pair;
    if (!pair || question == QUESTION_PRIMARY)
        return 100;
    return health_side(target) == SIDE_GREEN ? pair->traffic_green : 100 - pair->traffic_green;
}

/* <input> without what the operator decided: that has a word of its own. */
static void answer(const struct target *target, enum question question, struct question_input *input,
                   struct buf *out)
{
    const char *service = service_word(input->service);
    struct first first = {NULL, ""};
    input->service = SERVICE_READY;
    if (question_ask(question, input, NULL, NULL)) {
        buf_fmt(out, "up %s %u%%\n", service, weight_of(target, question));
        return;
    }
    question_ask(question, input, note_first, &first);
    buf_fmt(out, "down %s", service);
    put_reason(&first, out);
}

void agent_check_answer(void *arg, struct str line, struct buf *out)
{
    struct agent *agent = arg;
    struct str name = line, word = STR("");
    struct health_server server;
    struct question_input input;
    enum question question;
    if (line.len == 0)
        return;
    str_cut(line, ' ', &name, &word);
    const struct target *target = health_find_target(agent, name);
    if (!question_of(str_trim(word), &question))
        buf_text(out, "down #unknown_question: agent-send asks for primary, replica or read\n");
    else if (!target)
        buf_text(out, "down #unknown_target: the agent has no target of the name in agent-send\n");
    else if (!target->subject && question == QUESTION_PRIMARY)
        buf_text(out, "down #pending: the server was not polled yet\n");
    else if (target->subject) {
        health_question(&agent->health, target, &server, &input);
        answer(target, question, &input, out);
    }
}
