#include "cli/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_round(void *arg, struct target *target)
{
    struct session *session = arg;
    uv_timer_stop(&target->poll_timer); /* one look is all a verb wants; others may still be awaited */
    health_look(&session->health, target);
    session->waiting--;
    if (session->waiting == 0)
        uv_stop(&session->loop);
}

static bool make_targets(struct session *session)
{
    session->targets = calloc(session->config->target_count, sizeof(struct target *));
    for (unsigned i = 0; session->targets && i < session->config->target_count; i++) {
        session->targets[i] = target_new(&session->env, &session->config->targets[i]);
        if (!session->targets[i])
            return false;
    }
    return session->targets != NULL;
}

bool session_open(struct session *session, const char *config_path)
{
    struct buf mistakes;
    memset(session, 0, sizeof *session);
    buf_init(&mistakes, 1 << 20);
    session->config = conf_load(config_path, &mistakes);
    struct health_policy *checks =
        session->config ? health_file_load(session->config->health_checks, &mistakes) : NULL;
    if (mistakes.len)
        fwrite(mistakes.ptr, 1, mistakes.len, stderr);
    buf_done(&mistakes);
    if (!checks || uv_loop_init(&session->loop) != 0) {
        health_file_free(checks);
        conf_free(session->config);
        return false;
    }
    health_init(&session->health, checks);
    session->env = (struct target_env){.config = session->config, .done = on_round, .arg = session};
    link_env_init(&session->env.link, &session->loop);
    if (make_targets(session) && health_set_pairs(&session->health, session->config, session->targets))
        return true;
    session_close(session);
    return false;
}

void session_poll(struct session *session)
{
    session->waiting = session->config->target_count;
    for (unsigned i = 0; i < session->config->target_count; i++)
        target_poll(session->targets[i]);
    if (session->waiting)
        uv_run(&session->loop, UV_RUN_DEFAULT);
}

void session_close(struct session *session)
{
    health_done(&session->health);
    for (unsigned i = 0; session->targets && i < session->config->target_count; i++)
        target_free(session->targets[i]);
    free(session->targets);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    uv_loop_close(&session->loop);
    link_env_done(&session->env.link);
    conf_free(session->config);
}
