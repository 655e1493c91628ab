/*
 * session: what verbs that look at servers share: the configuration, a loop, and one poll of every target
 * over the same links and rounds the agent uses.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "io/health.h"
#include "io/target.h"

struct session {
    uv_loop_t loop;
    struct config *config;
    struct target_env env;
    struct target **targets;
    struct health health;
    unsigned waiting; /* targets whose round has not ended */
};

/* Loads the file. Mistakes go to standard error; the exit code is EXIT_MISTAKE then. */
bool session_open(struct session *session, const char *config_path);

/* Polls every target once and returns when the last one is done; the deadline is each target's own. */
void session_poll(struct session *session);

void session_close(struct session *session);

#endif
