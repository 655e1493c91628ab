/*
 * redis-bluegreen-agent: polls Redis, serves /metrics and /health.
 *
 * Exit codes: 0 ended as asked; 1 could not start or run (port in use, no memory); 2 the command line, the
 * environment, the configuration or a file it names is wrong, and nothing was started.
 */
#include "agent/agent.h"
#include "agent/footprint.h"
#include "agent/preflight.h"
#include "io/flags.h"
#include "io/logger.h"
#include <bluegreen/acl.h>
#include <bluegreen/expo.h>
#include <bluegreen/health_view.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_MISTAKE = 2, TEXT_MAX = 4 << 20 };

extern char **environ;

static int print(FILE *stream, struct buf *text)
{
    struct str view = buf_view(text);
    bool ok = buf_ok(text) && fwrite(view.ptr ? view.ptr : "", 1, view.len, stream) == view.len &&
              fflush(stream) == 0;
    return ok ? EXIT_OK : EXIT_FAILED;
}

/* Every target is a descriptor; the soft limit is often 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void log_warnings(const struct buf *warnings)
{
    struct str lines = buf_view(warnings), line;
    while (str_next(&lines, '\n', &line))
        if (line.len)
            log_write(LOG_WARN_, "setting without effect", LOG_FIELDS({"reason", line}));
}

static int run(struct flags *flags, const struct buf *warnings)
{
    struct agent agent;
    struct err err;
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    footprint_bound();
    log_configure(flags->config->log_level, flags->config->log_format);
    log_warnings(warnings);
    if (!agent_start(&agent, flags, &err)) {
        fprintf(stderr, "redis-bluegreen-agent: %s\n", err.text);
        return EXIT_FAILED;
    }
    for (unsigned i = 0; i < agent.config->listen_count; i++)
        log_write(LOG_INFO_, "listening",
                  LOG_FIELDS({"address", str_of(agent.config->listen[i].text)},
                             {"version", STR(BLUEGREEN_VERSION)}));
    const struct conf_listen *admin = agent.config->admin_listen;
    for (; admin && admin->text; admin++)
        log_write(LOG_INFO_, "listening for the operator", LOG_FIELDS({"address", str_of(admin->text)}));
    agent_run(&agent);
    log_write(LOG_INFO_, "ended", NULL);
    return EXIT_OK;
}

/* What the nodes of a Cluster, and Sentinels, are asked for when they are seeds. */
static const enum cmd_id *discovery_commands(const struct config *config)
{
    static const enum cmd_id commands[] = {CMD_CLUSTER_NODES, CMD_SENTINEL_MASTERS, CMD_SENTINEL_REPLICAS,
                                           CMD_NONE};
    return config->discover_count ? commands : commands + 3; /* a server knows one kind of them only */
}

/* What needs no configuration, or only a look at it. Fills <out>; false when the agent is to run. */
static bool only_print(const struct flags *flags, struct buf *out)
{
    switch (flags->action) {
    case FLAGS_VERSION: buf_text(out, "redis-bluegreen-agent " BLUEGREEN_VERSION "\n"); return true;
    case FLAGS_HELP: flags_help(out); return true;
    case FLAGS_LIST_METRICS: expo_list(out, &(struct expo_options){.prefix = {NULL, 0}}); return true;
    case FLAGS_PRINT_ACL:
        acl_line(&flags->server, flags->config->set_client_name, &flags->config->collectors,
                 &flags->config->surveys, discovery_commands(flags->config), out);
        return true;
    case FLAGS_WORDS: health_view_document(out); return true;
    case FLAGS_DOCUMENT: flags_document(out); return true;
    case FLAGS_PRINT_CONFIG: conf_print(flags->config, out); return true;
    case FLAGS_CHECK_CONFIG: buf_text(out, "the configuration is in order\n"); return true;
    case FLAGS_RUN: break;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct flags flags = {.action = FLAGS_RUN};
    struct buf mistakes, warnings, out;
    int code = EXIT_MISTAKE;
    buf_init(&mistakes, TEXT_MAX);
    buf_init(&warnings, TEXT_MAX);
    buf_init(&out, TEXT_MAX);

    bool ok = flags_parse(argc, argv, environ, &flags, &mistakes, &warnings);
    bool tried = flags.action == FLAGS_RUN || flags.action == FLAGS_CHECK_CONFIG;
    if (ok && tried)
        ok = preflight(flags.config, &mistakes);
    if (!ok) {
        print(stderr, &mistakes);
    } else if (only_print(&flags, &out)) {
        code = print(stdout, &out);
    } else {
        code = run(&flags, &warnings);
    }
    flags_done(&flags);
    buf_done(&mistakes);
    buf_done(&warnings);
    buf_done(&out);
    return code;
}
