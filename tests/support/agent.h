/*
 * agent: the real redis-bluegreen-agent under test, on a loopback port of its own.
 *
 *   agent_new ─► agent_write (the configuration file) ─► agent_start ─► … ─► agent_stop
 *
 * agent_stop() holds it to its promise: SIGTERM, exit 0, and nothing from a sanitizer in its log. An agent
 * that still runs when its test ends belongs to a test that failed: its log is shown.
 */
#ifndef SUPPORT_AGENT_H
#define SUPPORT_AGENT_H

#include "support/http.h"
#include "support/metrics.h"
#include "support/proc.h"

struct agent {
    unsigned port;
    const char *config_path;
    struct proc *proc; /* NULL: not started */
};

#define AGENT_ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct agent *agent_new(void);

/*
 * Writes its file, in YAML's flow style: <keys> of "agent" beside listen ("poll_interval: 50ms", or ""), and
 * targets ("{name: blue, url: \"redis://127.0.0.1:%u\"}, …").
 */
void agent_write(struct agent *agent, const char *keys, const char *targets, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds lines to its file: "pairs: [{name: p, blue: a, green: b}]". */
void agent_append(struct agent *agent, const char *lines);

/* Starts it with its file, and waits until it serves (not until it has polled). <env> may be NULL. */
void agent_start(struct agent *agent, const char *const *env);

/* Starts it with <args> (and the listen address) instead of a file. */
void agent_start_with(struct agent *agent, const char *const *args, const char *const *env);

/* The usual: all three. */
struct agent *agent_run(const char *keys, const char *targets, ...) __attribute__((format(printf, 2, 3)));

/* Waits until /health/ready says so. */
void agent_await_ready(struct agent *agent);

/* SIGTERM; within a few seconds it has ended well. */
void agent_stop(struct agent *agent);

const char *agent_log(const struct agent *agent);
struct http_answer agent_get(const struct agent *agent, const char *path);

/* The text of /metrics now; and one series of it. */
const char *agent_metrics(const struct agent *agent);
double agent_metric(const struct agent *agent, const char *series, ...) __attribute__((format(printf, 2, 3)));

/* Whether a line of /metrics is "<series> <value>". */
bool agent_shows(const struct agent *agent, double value, const char *series, ...)
    __attribute__((format(printf, 3, 4)));

#endif
