#include "agent/agent.h"
#include "agent/adhoc.h"
#include "agent/agent_check.h"
#include "agent/changes.h"
#include "agent/decide.h"
#include "agent/fleet.h"
#include "agent/footprint.h"
#include "agent/preflight.h"
#include "agent/routes.h"
#include "agent/scrape.h"
#include "agent/sources.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/notify.h"
#include <string.h>

enum {
    BEAT_MS = 500,
    DRAIN_CHECK_MS = 20,
    DRAIN_MAX_MS = 3000,
    GOODBYE_MAX_MS = 1000, /* for handles to close; a name resolution under way may take longer and is left */
};

/* ---- targets ---------------------------------------------------------------------------------------- */

static void say_ready(struct agent *agent)
{
    agent->ready_sent = true;
    notify_send("READY=1\nSTATUS=every target was polled");
    footprint_settle();
}

static void on_round(void *arg, struct target *target)
{
    struct agent *agent = arg;
    health_look(&agent->health, target);
    changes_round(agent, target);
    fleet_round_done(agent, target);
    if (!agent->ready_sent && fleet_ready(agent))
        say_ready(agent);
    scrape_round_done(agent, target);
}

/* ---- reload ----------------------------------------------------------------------------------------- */

static void log_lines(const char *message, struct str lines)
{
    struct str line;
    while (str_next(&lines, '\n', &line))
        if (line.len)
            log_write(LOG_ERROR_, message, LOG_FIELDS({"error", line}));
}

static void warn_unreloadable(const struct config *was, const struct config *is)
{
    struct buf keys;
    buf_init(&keys, 4096);
    conf_unreloadable(was, is, &keys);
    if (keys.len)
        log_write(LOG_WARN_, "changed settings that need a restart", LOG_FIELDS({"keys", buf_view(&keys)}));
    buf_done(&keys);
}

/* A settled change of a check, worth a line: the agent speaks up on changes only. */
static void on_check(void *arg, const struct target *target, const struct health_pair *pair,
                     const struct check *check, enum check_status was, const struct check_state *state)
{
    struct buf text;
    if (was == CHECK_UNKNOWN && (state->status == CHECK_PASS || state->status == CHECK_UNKNOWN))
        return;
    buf_init(&text, 1024);
    judge_text(check, state, &text);
    log_write(state->status == CHECK_PASS ? LOG_INFO_ : LOG_WARN_, "health check changed",
              LOG_FIELDS(
                  {target ? "target" : "pair", str_of(target ? target_shown_name(target) : pair->conf->name)},
                  {"check", str_of(check->name)}, {"status", str_of(check_status_word(state->status))},
                  {"reason", str_of(judge_reason(check, state))}, {"seen", buf_view(&text)}));
    changes_check(arg, target, pair, check, was, state);
    buf_done(&text);
}

static void set_pairs(struct agent *agent, const struct config *config)
{
    if (!health_set_pairs(&agent->health, config, agent->targets))
        log_write(LOG_ERROR_, "there is no memory for the pairs: they are not judged", NULL);
    decide_apply(agent);
}

static bool take_config(struct agent *agent, struct config *config, struct health_policy *checks,
                        struct buf *mistakes)
{
    struct sources sources;
    struct muster *muster = NULL;
    if (sources_new(agent, config, &sources)) {
        muster = fleet_muster(agent, config, &sources);
        if (!muster)
            sources_free(&sources);
    }
    if (!muster) {
        buf_text(mistakes, "no memory for the targets\n");
        return false;
    }
    scrape_flush(agent);
    warn_unreloadable(agent->config, config);
    agent->env.config = config;
    fleet_switch(agent, muster);
    health_use(&agent->health, checks, agent->targets, agent->target_count);
    set_pairs(agent, config);
    health_look_again(&agent->health, agent->targets, agent->target_count);
    sources_free(&agent->sources);
    agent->sources = sources;
    sources_start(&agent->sources);
    struct config *old = agent->config;
    agent->config = config;
    adhoc_forget(agent->adhoc);
    conf_free(old);
    agent->config_seconds = wall_clock_seconds();
    log_configure(config->log_level, config->log_format);
    return true;
}

bool agent_reload(struct agent *agent, struct buf *mistakes)
{
    notify_send("RELOADING=1");
    struct buf warnings; /* said once, at the start */
    buf_init(&warnings, 64 << 10);
    struct config *config = flags_reload(agent->flags, mistakes, &warnings);
    buf_done(&warnings);
    struct health_policy *checks = config ? health_file_load(config->health_checks, mistakes) : NULL;
    agent->config_ok = checks && preflight(config, mistakes) &&
                       httpd_reload(agent->httpd, config, mistakes) &&
                       take_config(agent, config, checks, mistakes);
    if (!agent->config_ok) {
        health_file_free(checks);
        conf_free(config);
        log_lines("the configuration was not reloaded, the old one stays in force", buf_view(mistakes));
    } else {
        log_write(LOG_INFO_, "the configuration was reloaded", NULL);
    }
    scrape_outdated(agent);
    changes_reload(agent);
    notify_send("READY=1");
    return agent->config_ok;
}

/* ---- signals and the heartbeat ---------------------------------------------------------------------- */

static void on_drain_check(uv_timer_t *timer)
{
    struct agent *agent = timer->data;
    if (httpd_stats(agent->httpd)->connections == 0 || uv_now(&agent->loop) - agent->drain_ms > DRAIN_MAX_MS)
        uv_stop(&agent->loop);
}

static void drain(struct agent *agent)
{
    if (agent->draining) { /* asked twice: at once */
        uv_stop(&agent->loop);
        return;
    }
    agent->draining = true;
    agent->drain_ms = uv_now(&agent->loop);
    notify_send("STOPPING=1");
    log_write(LOG_INFO_, "shutting down", NULL);
    httpd_drain(agent->httpd); /* first, so that the answers say that the connection ends */
    scrape_flush(agent);
    uv_timer_start(&agent->drain_timer, on_drain_check, 0, DRAIN_CHECK_MS);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct agent *agent = handle->data;
    struct buf mistakes;
    if (number != SIGHUP) {
        drain(agent);
        return;
    }
    buf_init(&mistakes, 64 << 10);
    agent_reload(agent, &mistakes);
    buf_done(&mistakes);
}

static void on_beat(uv_timer_t *timer)
{
    struct agent *agent = timer->data;
    uint64_t now = uv_now(&agent->loop);
    uint64_t lag = now - agent->beat_ms > BEAT_MS ? now - agent->beat_ms - BEAT_MS : 0;
    if (lag > agent->longest_lag_ms)
        agent->longest_lag_ms = lag;
    agent->beat_ms = now;
    decide_look(agent);
    if (!agent->ready_sent && fleet_ready(agent))
        say_ready(agent); /* without any target there is no round that would */
    if (agent->watchdog_ms && now - agent->watchdog_sent_ms >= agent->watchdog_ms - BEAT_MS) {
        agent->watchdog_sent_ms = now;
        notify_send("WATCHDOG=1");
    }
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void start_timers(struct agent *agent)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        uv_signal_start(&agent->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&agent->loop, &agent->heartbeat);
    uv_timer_init(&agent->loop, &agent->drain_timer);
    agent->heartbeat.data = agent->drain_timer.data = agent;
    agent->beat_ms = uv_now(&agent->loop);
    agent->watchdog_ms = notify_watchdog_ms();
    if (agent->watchdog_ms && agent->watchdog_ms < 2 * BEAT_MS)
        agent->watchdog_ms = 2 * BEAT_MS;
    uv_timer_start(&agent->heartbeat, on_beat, BEAT_MS, BEAT_MS);
}

static void close_timers(struct agent *agent)
{
    for (unsigned i = 0; i < sizeof agent->signals / sizeof agent->signals[0]; i++)
        uv_close((uv_handle_t *)&agent->signals[i], NULL);
    uv_close((uv_handle_t *)&agent->heartbeat, NULL);
    uv_close((uv_handle_t *)&agent->drain_timer, NULL);
}

/* Everything else owns its handles and frees them when they are closed. */
static void run_down(struct agent *agent)
{
    uint64_t start = uv_hrtime();
    while (uv_run(&agent->loop, UV_RUN_NOWAIT) && uv_hrtime() - start < GOODBYE_MAX_MS * 1000000ull)
        uv_sleep(1);
}

static void stop(struct agent *agent)
{
    scrape_flush(agent);
    health_done(&agent->health);
    state_file_free(agent->state);
    agent->state = NULL;
    recall_done(&agent->recall);
    fleet_free(agent);
    sources_free(&agent->sources);
    adhoc_free(agent->adhoc);
    agent->adhoc = NULL;
    line_server_free(agent->checks);
    agent->checks = NULL;
    httpd_free(agent->httpd);
    agent->httpd = NULL;
    close_timers(agent);
    run_down(agent);
    uv_loop_close(&agent->loop);
    link_env_done(&agent->env.link);
    conf_free(agent->config);
    agent->config = NULL;
}

static struct health_policy *load_checks(const struct config *config, struct err *err)
{
    struct buf mistakes;
    buf_init(&mistakes, 64 << 10);
    struct health_policy *checks = health_file_load(config->health_checks, &mistakes);
    if (!checks)
        err_set(err, ERR_INPUT, STR_FMT, STR_ARG(buf_view(&mistakes)));
    buf_done(&mistakes);
    return checks;
}

bool agent_start(struct agent *agent, struct flags *flags, struct err *err)
{
    struct config *config = flags->config;
    memset(agent, 0, sizeof *agent);
    flags->config = NULL;
    agent->flags = flags;
    agent->config = config;
    agent->start_seconds = agent->config_seconds = wall_clock_seconds();
    agent->config_ok = true;
    if (uv_loop_init(&agent->loop) != 0) {
        conf_free(config);
        return err_set(err, ERR_SYSTEM, "the event loop could not be made");
    }
    agent->env =
        (struct target_env){.config = config, .done = on_round, .changed = changes_target, .arg = agent};
    link_env_init(&agent->env.link, &agent->loop);
    start_timers(agent);
    agent->httpd = httpd_new(&agent->loop, config, routes_handle, agent, err);
    if (agent->httpd) {
        httpd_set_probe(agent->httpd, routes_is_probe);
        agent->checks = line_server_new(&agent->loop, config->agent_check_listen, "agent.agent_check_listen",
                                        agent_check_answer, agent, err);
    }
    agent->adhoc = adhoc_new(agent);
    struct health_policy *checks = agent->checks && decide_open(agent, err) ? load_checks(config, err) : NULL;
    if (checks)
        health_init(&agent->health, checks);
    bool ok = checks && agent->adhoc && sources_new(agent, config, &agent->sources);
    struct muster *muster = ok ? fleet_muster(agent, config, &agent->sources) : NULL;
    if (!muster) {
        if (checks)
            err_set(err, ERR_MEMORY, "no memory for the targets");
        stop(agent);
        return false;
    }
    fleet_switch(agent, muster);
    agent->health.changed = on_check;
    agent->health.arg = agent;
    set_pairs(agent, config);
    decide_warn(agent);
    sources_start(&agent->sources);
    return true;
}

void agent_run(struct agent *agent)
{
    uv_run(&agent->loop, UV_RUN_DEFAULT);
    stop(agent);
}
