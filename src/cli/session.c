#include "cli/session.h"
#include "cli/verbs.h"
#include "io/conf_keys.h"
#include "io/logger.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MISTAKES_MAX = 1 << 20, PAUSE_MS = 200 };

static void on_round(void *arg, struct target *target)
{
    struct session *session = arg;
    uv_timer_stop(&target->poll_timer); /* one look is all a poll wants; others may still be awaited */
    health_look(&session->health, target);
    session->waiting--;
    if (session->waiting == 0)
        uv_stop(&session->loop);
}

/* ---- opening ---------------------------------------------------------------------------------------- */

static bool make_targets(struct session *session)
{
    session->targets = calloc(session->config->target_count + 1u, sizeof(struct target *));
    for (unsigned i = 0; session->targets && i < session->config->target_count; i++) {
        session->targets[i] = target_new(&session->env, &session->config->targets[i]);
        if (!session->targets[i])
            return false;
    }
    return session->targets != NULL;
}

static void apply_state(struct session *session)
{
    health_state_apply(&session->health, session->targets, session->config->target_count, session->state,
                       NULL, NULL);
}

/* All files. */
static struct health_policy *read_all(struct session *session, struct args *args, struct buf *mistakes)
{
    struct buf warnings;
    struct err err;
    buf_init(&warnings, MISTAKES_MAX);
    bool ok = flags_parse(args->flag_count, args->flags, environ, &session->flags, mistakes, &warnings);
    buf_done(&warnings); /* about flags that matter to the agent only */
    if (!ok)
        return NULL;
    session->config = session->flags.config;
    session->state = state_file_open(session->config->state_file, &err);
    if (session->state)
        return health_file_load(session->config->health_checks, mistakes);
    buf_fmt(mistakes, "agent.state_file: %s\n", err.text);
    return NULL;
}

bool session_open(struct session *session, struct args *args)
{
    struct buf mistakes;
    memset(session, 0, sizeof *session);
    log_configure(LOG_ERROR_, LOG_LOGFMT); /* what is printed says it all */
    buf_init(&mistakes, MISTAKES_MAX);
    struct health_policy *checks = read_all(session, args, &mistakes);
    if (mistakes.len)
        fwrite(mistakes.ptr, 1, mistakes.len, stderr);
    buf_done(&mistakes);
    if (!checks || uv_loop_init(&session->loop) != 0) {
        health_file_free(checks);
        state_file_free(session->state);
        flags_done(&session->flags);
        return false;
    }
    uv_timer_init(&session->loop, &session->timer);
    health_init(&session->health, checks);
    session->env = (struct target_env){.config = session->config, .done = on_round, .arg = session};
    link_env_init(&session->env.link, &session->loop);
    if (make_targets(session) && health_set_pairs(&session->health, session->config, session->targets)) {
        apply_state(session);
        return true;
    }
    fprintf(stderr, "redis-bluegreen: %s\n", err_sentence(ERR_MEMORY));
    session_close(session);
    return false;
}

/* ---- polling ---------------------------------------------------------------------------------------- */

static void on_pause_over(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void pause_for(struct session *session, uint64_t ms)
{
    uv_timer_start(&session->timer, on_pause_over, ms, 0);
    uv_run(&session->loop, UV_RUN_DEFAULT);
}

static void poll_all(struct session *session, bool only_up)
{
    bool chosen[CONF_TARGETS_MAX] = {false}; /* first: a poll may end at once */
    session->waiting = 0;
    for (unsigned i = 0; i < session->config->target_count; i++) {
        chosen[i] = !only_up || target_is_up(session->targets[i]);
        session->waiting += chosen[i];
    }
    for (unsigned i = 0; i < session->config->target_count; i++)
        if (chosen[i])
            target_poll(session->targets[i]);
    if (session->waiting)
        uv_run(&session->loop, UV_RUN_DEFAULT);
}

void session_poll(struct session *session)
{
    poll_all(session, false);
    if (session->looked)
        return;
    session->looked = true;
    pause_for(session, PAUSE_MS);
    poll_all(session, true);
}

static void take_news(struct session *session)
{
    struct err err;
    if (state_file_look(session->state, &err) == STATE_CHANGED)
        apply_state(session);
}

bool session_poll_until(struct session *session, uint64_t wait_ms,
                        bool (*well)(const struct session *session, const void *arg), const void *arg)
{
    uv_update_time(&session->loop);
    uint64_t start = uv_now(&session->loop);
    for (;;) {
        session_poll(session);
        bool ok = well(session, arg);
        uv_update_time(&session->loop);
        uint64_t spent = uv_now(&session->loop) - start;
        if (ok || spent >= wait_ms)
            return ok;
        uint64_t left = wait_ms - spent;
        pause_for(session, left < PAUSE_MS ? left : PAUSE_MS);
        take_news(session);
    }
}

/* ---- what is known ---------------------------------------------------------------------------------- */

static const char *shown_name(const struct target *target)
{
    return target->conf->name[0] ? target->conf->name : "redis";
}

struct target *session_find(const struct session *session, const char *name)
{
    for (unsigned i = 0; i < session->config->target_count; i++)
        if (strcmp(shown_name(session->targets[i]), name) == 0)
            return session->targets[i];
    return NULL;
}

void session_entry(const struct session *session, const struct target *target, struct health_entry *ret)
{
    *ret = (struct health_entry){.name = shown_name(target),
                                 .policy = &session->health.file->policy,
                                 .subject = target->subject,
                                 .outcome_text = target_is_up(target) ? "" : target->outcome.text};
    if (target->current) {
        ret->facts = &target->current->facts;
        ret->wall_seconds = target->current->wall_seconds;
    }
}

void session_pair_entry(const struct session *session, const struct health_pair *pair,
                        struct health_entry *ret)
{
    *ret = (struct health_entry){.name = pair->conf->name,
                                 .is_pair = true,
                                 .policy = &session->health.file->policy,
                                 .subject = pair->subject,
                                 .outcome_text = ""};
}

/* ---- the end ---------------------------------------------------------------------------------------- */

void session_close(struct session *session)
{
    health_done(&session->health);
    for (unsigned i = 0; session->targets && i < session->config->target_count; i++)
        target_free(session->targets[i]);
    free(session->targets);
    uv_close((uv_handle_t *)&session->timer, NULL);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    uv_loop_close(&session->loop);
    link_env_done(&session->env.link);
    state_file_free(session->state);
    flags_done(&session->flags);
}

int session_about(int argc, char **argv, const char *what,
                  int (*run)(struct session *session, const struct args *args))
{
    static const struct args_option options[] = {{NULL, NULL, NULL}};
    struct session session;
    struct args args;
    if (!args_parse(argc, argv, options, &args))
        return EXIT_MISTAKE;
    if (!args.word_count) {
        fprintf(stderr, "redis-bluegreen %s: the name of a %s is missing\n", argv[0], what);
        return EXIT_MISTAKE;
    }
    if (!session_open(&session, &args))
        return EXIT_MISTAKE;
    int code = run(&session, &args);
    session_close(&session);
    return code;
}
