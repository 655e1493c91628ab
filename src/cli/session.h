/*
 * session: what verbs that look at servers share: the configuration, what was decided, a loop, and polls of
 * every target over the same links and rounds the agent uses.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/args.h"
#include "io/flags.h"
#include "io/health_state.h"
#include "io/target.h"
#include <bluegreen/health_report.h>

struct session {
    uv_loop_t loop;
    uv_timer_t timer;
    struct flags flags;
    struct config *config; /* of <flags> */
    struct target_env env;
    struct target **targets;
    struct health health;
    struct state_file *state;
    unsigned waiting; /* targets whose round has not ended */
    bool looked;      /* every target was polled at least twice */
};

/* Reads what the flags of <args> name. Mistakes go to standard error; nothing is to be closed then. */
bool session_open(struct session *session, struct args *args);

/*
 * Polls every target and returns when the last one is done; the deadline is each target's own. The first time
 * those that answer are polled twice, a moment apart: a rate needs two looks.
 */
void session_poll(struct session *session);

/*
 * The same again and again, a moment apart, until <well> says so or <wait_ms> are over; once at least. Takes
 * over what is decided meanwhile. Returns what <well> said last.
 */
bool session_poll_until(struct session *session, uint64_t wait_ms,
                        bool (*well)(const struct session *session, const void *arg), const void *arg);

/* By the name that people give it: the nameless target is "redis". NULL: there is none. */
struct target *session_find(const struct session *session, const char *name);

/* What the report says of a target or a pair. */
void session_entry(const struct session *session, const struct target *target, struct health_entry *ret);
void session_pair_entry(const struct session *session, const struct health_pair *pair,
                        struct health_entry *ret);

void session_close(struct session *session);

/*
 * The whole of a verb that takes no options of its own and at least one word, the name of a <what>: <run>
 * with an open session gives the exit code.
 */
int session_about(int argc, char **argv, const char *what,
                  int (*run)(struct session *session, const struct args *args));

#endif
