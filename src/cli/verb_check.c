/*
 * check: one look at targets and pairs, for monitoring and for start-up scripts.
 *
 *   check --config FILE                       everything in it
 *   check --config FILE green --explain       one target or pair, and what each check saw
 *   check --config FILE green --as primary --wait 30s     until writes may go there, or time is over
 *   check --redis.addr redis://green:6379     a server without any file
 */
#include "cli/check_report.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include <bluegreen/num.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 64 << 20 };

/* What is asked. */
struct asking {
    const struct target *target;    /* one of them, or */
    const struct health_pair *pair; /* both NULL: everything */
    enum question question;         /* QUESTION_COUNT: none, it is about the checks */
    uint64_t wait_ms;
    bool explain, json;
};

static bool mistake(const char *what, const char *name)
{
    fprintf(stderr, "redis-bluegreen check: %s%s\n", what, name);
    return false;
}

/* ---- what was asked --------------------------------------------------------------------------------- */

static bool parse_question(const char *word, enum question *ret)
{
    *ret = QUESTION_PRIMARY;
    while (word && *ret < QUESTION_COUNT && strcmp(word, question_word(*ret)) != 0)
        ++*ret;
    if (!word)
        *ret = QUESTION_COUNT;
    return !word || *ret < QUESTION_COUNT || mistake("--as is primary, replica or read, and not ", word);
}

static bool parse_asking(const char *as, const char *wait, const char *format, struct asking *ret)
{
    if (!parse_question(as, &ret->question))
        return false;
    if (wait && !num_duration_ms(str_of(wait), &ret->wait_ms))
        return mistake("--wait is a time such as 30s, and not ", wait);
    ret->json = format && strcmp(format, "json") == 0;
    if (format && !ret->json && strcmp(format, "text") != 0)
        return mistake("--format is text or json, and not ", format);
    return !(as && ret->json) || mistake("--as is answered in text only", "");
}

static bool find_subject(const struct session *session, const char *name, struct asking *ret)
{
    if (name) {
        ret->target = session_find(session, name);
        ret->pair = ret->target ? NULL : health_find_pair(&session->health, str_of(name));
        if (!ret->target && !ret->pair)
            return mistake("there is no target or pair ", name);
    } else if (session->config->target_count == 1) {
        ret->target = session->targets[0];
    }
    return ret->question == QUESTION_COUNT || ret->target ||
           mistake("--as is asked of one target, and none is named", "");
}

/* ---- looking ---------------------------------------------------------------------------------------- */

static struct health_entry *entries_of(const struct session *session, const struct asking *asking,
                                       size_t *ret_count)
{
    size_t count = 0, all = (size_t)session->config->target_count + session->health.pair_count;
    struct health_entry *entries = calloc(all + 1, sizeof *entries);
    bool everything = !asking->target && !asking->pair;
    for (unsigned i = 0; entries && i < session->config->target_count; i++)
        if (everything || asking->target == session->targets[i])
            session_entry(session, session->targets[i], &entries[count++]);
    for (unsigned i = 0; entries && i < session->health.pair_count; i++)
        if (everything || asking->pair == &session->health.pairs[i])
            session_pair_entry(session, &session->health.pairs[i], &entries[count++]);
    *ret_count = count;
    return entries;
}

static int code_now(const struct session *session, const struct asking *asking)
{
    size_t count;
    if (asking->target && !asking->target->subject)
        return PLUGIN_UNKNOWN; /* no memory */
    if (asking->question != QUESTION_COUNT) {
        struct health_server server;
        struct question_input input;
        health_question(&session->health, asking->target, &server, &input);
        return question_ask(asking->question, &input, NULL, NULL) ? PLUGIN_OK : PLUGIN_CRITICAL;
    }
    struct health_entry *entries = entries_of(session, asking, &count);
    int code = entries ? check_code(entries, count) : PLUGIN_UNKNOWN;
    free(entries);
    return code;
}

/* A warning is no reason to wait: traffic is not kept away by it. */
static bool is_well(const struct session *session, const void *asking)
{
    int code = code_now(session, asking);
    return code == PLUGIN_OK || code == PLUGIN_WARNING;
}

/* ---- saying ----------------------------------------------------------------------------------------- */

static void say_question(const struct session *session, const struct asking *asking, struct buf *out)
{
    struct health_server server;
    struct question_input input;
    struct health_entry entry;
    health_question(&session->health, asking->target, &server, &input);
    session_entry(session, asking->target, &entry);
    check_question(entry.name, asking->question, &input, asking->explain, out);
}

static void say_checks(const struct session *session, const struct asking *asking, struct buf *out)
{
    size_t count;
    struct health_entry *entries = entries_of(session, asking, &count);
    if (!entries)
        buf_fail(out);
    else if (asking->json)
        health_report_json(entries, count, asking->explain, BLUEGREEN_VERSION, out);
    else
        check_line(entries, count, out);
    for (size_t i = 0; entries && asking->explain && !asking->json && i < count; i++)
        check_explain(&entries[i], out);
    free(entries);
}

static int say(const struct session *session, const struct asking *asking)
{
    struct buf out;
    int code = code_now(session, asking);
    buf_init(&out, OUTPUT_MAX);
    if (asking->target && !asking->target->subject)
        buf_fmt(&out, "UNKNOWN - %s\n", err_sentence(ERR_MEMORY));
    else if (asking->question != QUESTION_COUNT)
        say_question(session, asking, &out);
    else
        say_checks(session, asking, &out);
    if (!buf_ok(&out) || fwrite(out.ptr, 1, out.len, stdout) != out.len)
        code = PLUGIN_UNKNOWN;
    buf_done(&out);
    return code;
}

int verb_check(int argc, char **argv)
{
    const char *as = NULL, *wait = NULL, *format = NULL;
    struct asking asking = {.target = NULL};
    struct session session;
    struct args args;
    int code = PLUGIN_UNKNOWN;
    const struct args_option options[] = {{"--as", NULL, &as},
                                          {"--wait", NULL, &wait},
                                          {"--format", NULL, &format},
                                          {"--explain", &asking.explain, NULL},
                                          {NULL, NULL, NULL}};
    if (!args_parse(argc, argv, options, &args) || !parse_asking(as, wait, format, &asking))
        return code;
    if (args.word_count > 1) {
        mistake("what is ", args.words[1]);
        return code;
    }
    if (!session_open(&session, &args))
        return code;
    if (find_subject(&session, args.words[0], &asking)) {
        session_poll_until(&session, asking.wait_ms, is_well, &asking);
        code = say(&session, &asking);
    }
    session_close(&session);
    return code;
}
