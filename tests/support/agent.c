#include "support/agent.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_MS = 15000, ARGS_MAX = 32 };

static void show_log(void *arg)
{
    struct agent *agent = arg;
    if (agent->proc && proc_running(agent->proc))
        fprintf(stderr, "--- log of the agent that the test left running:\n%s---\n", agent_log(agent));
    agent->proc = NULL; /* it goes next; an earlier start's is gone already */
}

struct agent *agent_new(void)
{
    struct agent *agent = test_alloc(sizeof *agent);
    agent->port = test_free_port();
    agent->config_path = test_text("%s/agent.yml", test_dir());
    return agent;
}

static void write_file(struct agent *agent, const char *keys, const char *targets, va_list args)
{
    const char *list = test_vtext(targets, args);
    test_write(agent->config_path, test_text("agent: {listen: [\"127.0.0.1:%u\"]%s%s}\ntargets: [%s]\n",
                                             agent->port, *keys ? ", " : "", keys, list));
}

void agent_write(struct agent *agent, const char *keys, const char *targets, ...)
{
    va_list args;
    va_start(args, targets);
    write_file(agent, keys, targets, args);
    va_end(args);
}

void agent_append(struct agent *agent, const char *lines)
{
    test_write(agent->config_path, test_text("%s%s\n", test_read(agent->config_path), lines));
}

static void launch(struct agent *agent, const char *const *argv, const char *const *env)
{
    agent->proc = proc_start(argv, env);
    test_on_end(show_log, agent);
    WAIT_UNTIL(!proc_running(agent->proc) ||
                   http_raw(agent->port, "GET /health/live HTTP/1.0\r\n\r\n", 5000).status,
               SOON_MS);
    if (!proc_running(agent->proc))
        fail_msg("the agent does not start:\n%s", agent_log(agent));
}

void agent_start(struct agent *agent, const char *const *env)
{
    launch(agent, AGENT_ARGS(AGENT_PROGRAM, "--config", agent->config_path), env);
}

void agent_start_with(struct agent *agent, const char *const *args, const char *const *env)
{
    const char *argv[ARGS_MAX] = {AGENT_PROGRAM, "--web.listen-address",
                                  test_text("127.0.0.1:%u", agent->port)};
    for (size_t i = 3; *args && i < ARGS_MAX - 1; i++)
        argv[i] = *args++;
    launch(agent, argv, env);
}

struct agent *agent_run(const char *keys, const char *targets, ...)
{
    struct agent *agent = agent_new();
    va_list args;
    va_start(args, targets);
    write_file(agent, keys, targets, args);
    va_end(args);
    agent_start(agent, NULL);
    return agent;
}

void agent_await_ready(struct agent *agent)
{
    WAIT_UNTIL(agent_get(agent, "/health/ready").status == 200, SOON_MS);
}

const char *agent_log(const struct agent *agent)
{
    return proc_err(agent->proc);
}

void agent_stop(struct agent *agent)
{
    static const char *const reports[] = {"Sanitizer", "runtime error:"};
    if (!agent || !agent->proc)
        return; /* its start has failed */
    proc_signal(agent->proc, SIGTERM);
    int code = proc_wait(agent->proc, STOP_MS);
    const char *log = agent_log(agent);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        assert_lacks(log, reports[i]);
    if (code != 0)
        fail_msg("the agent ended with %d:\n%s", code, log);
}

struct http_answer agent_get(const struct agent *agent, const char *path)
{
    return http_get(agent->port, path);
}

const char *agent_metrics(const struct agent *agent)
{
    struct http_answer answer = agent_get(agent, "/metrics");
    assert_int_equal(answer.status, 200);
    return answer.body;
}

double agent_metric(const struct agent *agent, const char *series, ...)
{
    va_list args;
    va_start(args, series);
    const char *wanted = test_vtext(series, args);
    va_end(args);
    return metric(agent_metrics(agent), "%s", wanted);
}

bool agent_shows(const struct agent *agent, double value, const char *series, ...)
{
    va_list args;
    va_start(args, series);
    const char *wanted = test_vtext(series, args);
    va_end(args);
    const char *text = agent_metrics(agent);
    return metric_has(text, "%s", wanted) && metric(text, "%s", wanted) == value;
}
