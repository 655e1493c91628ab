/*
 * down: servers that are not there, freeze, come back, and come back as another version. What is known is
 * said in time, what is not known is not said, and a sick server costs its neighbour nothing.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

#define QUICK "poll_interval: 100ms, backoff_max: 300ms"

/* One series of each kind that a server's own words make; none may outlive its last good poll. */
static void assert_no_word_of(const char *page, const char *target)
{
    static const char *const names[] = {"redis_instance_info",
                                        "redis_role",
                                        "redis_db_keys",
                                        "redis_connected_clients",
                                        "redis_memory_used_bytes",
                                        "redis_start_time_seconds",
                                        "redis_uptime_in_seconds",
                                        "redis_slowlog_length",
                                        "bluegreen_collector_success"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(metric_count(page, names[i], test_text("target=\"%s\"", target)), 0);
}

static void assert_down(struct agent *agent, const char *target, const char *outcome)
{
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_true(metric(page, "redis_up{target=\"%s\"}", target) == 0);
    assert_true(metric(page, "bluegreen_poll_outcome{target=\"%s\",outcome=\"%s\"}", target, outcome) == 1);
    assert_int_equal(metric_count(page, "bluegreen_poll_outcome", test_text("target=\"%s\"", target)), 1);
    assert_no_word_of(page, target);
    /* One look is not enough to fall. */
    WAIT_UNTIL(agent_get(agent, test_text("/health/%s", target)).status == 503, SOON_MS);
    struct http_answer health = agent_get(agent, test_text("/health/%s", target));
    assert_int_equal(health.status, 503);
    assert_contains(health.body, test_text("\"reason\": \"%s\"", outcome));
}

static void down_at_the_start_and_later(void **state)
{
    unsigned port = test_free_port();
    (void)state;
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", port);
    agent_await_ready(agent);
    assert_down(agent, "blue", "connect_refused");
    assert_false(metric_has(agent_metrics(agent), "bluegreen_snapshot_age_seconds{target=\"blue\"}"));

    struct redis *blue = redis_start_at(REDIS_6_0, port, NULL);
    redis_await(blue);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    WAIT_UNTIL(agent_get(agent, "/health/blue").status == 200, SOON_MS);

    redis_stop(blue);
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_poll_outcome{target=\"blue\",outcome=\"connect_refused\"}"),
               SOON_MS);
    assert_down(agent, "blue", "connect_refused");
    assert_true(agent_metric(agent, "bluegreen_snapshot_age_seconds{target=\"blue\"}") > 0);
    assert_int_equal(agent_get(agent, "/health/live").status, 200);
    agent_stop(agent);
}

/* The backoff has a ceiling, and the log speaks on change only. */
static void a_server_that_is_away_is_asked_with_patience(void **state)
{
    unsigned port = test_free_port();
    (void)state;
    struct agent *agent = agent_run("poll_interval: 50ms, backoff_max: 400ms",
                                    "{name: blue, url: \"redis://127.0.0.1:%u\"}", port);
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"connect_refused\"}") >= 6,
               SOON_MS);
    double polls = agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"connect_refused\"}");
    int64_t start = test_now_ms();
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"connect_refused\"}") >=
                   polls + 4,
               SOON_MS);
    assert_true(test_now_ms() - start >= 900); /* four pauses of at least 300 ms, but one has begun */
    assert_int_equal(test_occurrences(agent_log(agent), "target cannot be polled"), 1);
    agent_stop(agent);
}

/* A server may close idle connections, or lose them all at once: the next poll opens another. */
static void a_hang_up_between_polls_is_no_failure(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    (void)state;
    struct agent *agent = agent_run("poll_interval: 1h, max_age: 0s",
                                    "{name: blue, url: \"redis://127.0.0.1:%u\"}", redis->port);
    for (int i = 1; i <= 4; i++) {
        WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
        assert_true(agent_shows(agent, i, "bluegreen_connections_total{target=\"blue\"}"));
        redis_ask(redis, "CLIENT KILL TYPE normal SKIPME yes");
        WAIT_UNTIL(proc_connections_to(redis->port) == 1,
                   SOON_MS); /* ours: the agent has let go of its own */
    }
    assert_int_equal(metric_count(agent_metrics(agent), "bluegreen_polls_total", ""),
                     1); /* nothing but "ok" */
    assert_lacks(agent_log(agent), "cannot be polled");
    agent_stop(agent);
}

/* ---- frozen ----------------------------------------------------------------------------------------- */

struct pair {
    struct redis *blue, *green;
    struct agent *agent;
};

static struct pair start_pair(const char *keys)
{
    struct pair pair = {redis_start(REDIS_6_0, NULL), redis_start(REDIS_7_0, NULL), NULL};
    pair.agent = agent_run(keys,
                           "{name: blue, url: \"redis://127.0.0.1:%u\"}, "
                           "{name: green, url: \"redis://127.0.0.1:%u\"}",
                           pair.blue->port, pair.green->port);
    agent_metrics(pair.agent); /* brings the first polls */
    agent_await_ready(pair.agent);
    assert_true(agent_shows(pair.agent, 1, "redis_up{target=\"blue\"}"));
    return pair;
}

static void stop_pair(struct pair *pair)
{
    agent_stop(pair->agent);
    redis_stop(pair->blue);
    redis_stop(pair->green);
}

/* The first scrape after a freeze says the truth, and within the time that the scraper has. */
static void freeze_and_scrape(const char *keys, const char *timeout_seconds)
{
    struct pair pair = start_pair(keys);
    const char *header = test_text("X-Prometheus-Scrape-Timeout-Seconds: %s\r\n", timeout_seconds);
    proc_signal(pair.blue->proc, SIGSTOP);
    struct http_answer answer = http_ask(pair.agent->port, "GET", "/metrics", header);
    assert_true(answer.seconds < strtod(timeout_seconds, NULL));
    assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 0);
    assert_true(metric(answer.body, "redis_up{target=\"green\"}") == 1);
    assert_no_word_of(answer.body, "blue");
    proc_signal(pair.blue->proc, SIGCONT);
    stop_pair(&pair);
}

static void a_frozen_server_is_down_within_the_scrape(void **state)
{
    (void)state;
    freeze_and_scrape("poll_interval: 1h, max_age: 0s", "5");
}

/* The scraper is more impatient than our own deadline for a round. */
static void a_frozen_server_is_down_within_a_short_scrape(void **state)
{
    (void)state;
    freeze_and_scrape("poll_interval: 1h, max_age: 0s, timeout: 20s", "2.5");
}

static void a_frozen_server_does_not_delay_its_neighbour(void **state)
{
    struct pair pair = start_pair(QUICK ", timeout: 1s, max_age: 200ms");
    (void)state;
    proc_signal(pair.blue->proc, SIGSTOP);
    WAIT_UNTIL(agent_get(pair.agent, "/health/blue").status == 503, SOON_MS);
    assert_down(pair.agent, "blue", "reply_timeout");
    double polls = agent_metric(pair.agent, "bluegreen_polls_total{target=\"green\",outcome=\"ok\"}");
    int64_t start = test_now_ms();
    for (int i = 0; i < 8; i++) {
        struct http_answer answer = agent_get(pair.agent, "/metrics");
        assert_true(answer.seconds < 2);
        assert_true(metric(answer.body, "bluegreen_snapshot_age_seconds{target=\"green\"}") < 1);
        assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 0);
        struct http_answer health = agent_get(pair.agent, "/health/green");
        assert_int_equal(health.status, 200);
        assert_true(health.seconds < 1);
        int64_t next = test_now_ms() + 250;
        WAIT_UNTIL(test_now_ms() >= next, 1000);
    }
    double seconds = (double)(test_now_ms() - start) / 1e3;
    double more = agent_metric(pair.agent, "bluegreen_polls_total{target=\"green\",outcome=\"ok\"}") - polls;
    assert_true(more >= seconds * 10 / 3); /* ten a second are promised; a third is for a busy machine */

    proc_signal(pair.blue->proc, SIGCONT);
    WAIT_UNTIL(agent_get(pair.agent, "/health/blue").status == 200, SOON_MS);
    assert_true(agent_shows(pair.agent, 1, "redis_up{target=\"blue\"}"));
    assert_true(agent_shows(pair.agent, 0, "bluegreen_server_restarts_total{target=\"blue\"}"));
    const char *log = agent_log(pair.agent);
    assert_int_equal(test_occurrences(log, "target cannot be polled\" target=blue"), 1);
    assert_int_equal(test_occurrences(log, "target answers again\" target=blue"), 1);
    stop_pair(&pair);
}

/* ---- another server in its place -------------------------------------------------------------------- */

static void another_version_on_the_same_port(void **state)
{
    struct redis *redis = redis_start(REDIS_6_0, NULL);
    (void)state;
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", redis->port);
    agent_await_ready(agent);
    const char *page = agent_metrics(agent);
    assert_int_equal(metric_count(page, "redis_instance_info", "redis_version=\"6.0."), 1);
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "latency_histogram"), 0);
    assert_int_equal(metric_count(page, "redis_errors_total", ""), 0);

    redis_restart_as(redis, REDIS_7_0);
    redis_ask(redis, "NONSENSE");
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_instance_info", "redis_version=\"7.0.") == 1,
               SOON_MS);
    page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_int_equal(metric_count(page, "redis_instance_info", ""), 1);
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "latency_histogram"), 1);
    assert_int_equal(metric_count(page, "redis_errors_total", "ERR"), 1);
    assert_true(metric(page, "bluegreen_server_restarts_total{target=\"blue\"}") == 1);
    assert_contains(agent_log(agent), "server was restarted");

    redis_restart_as(redis, REDIS_6_0);
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_instance_info", "redis_version=\"6.0.") == 1,
               SOON_MS);
    page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "latency_histogram"), 0);
    assert_int_equal(metric_count(page, "redis_errors_total", ""), 0);
    assert_true(metric(page, "bluegreen_server_restarts_total{target=\"blue\"}") == 2);
    agent_stop(agent);
    assert_lacks(redis_ask(redis, "INFO commandstats"), "latency|histogram");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(down_at_the_start_and_later),
        TEST(a_server_that_is_away_is_asked_with_patience),
        TEST(a_hang_up_between_polls_is_no_failure),
        TEST(a_frozen_server_is_down_within_the_scrape),
        TEST(a_frozen_server_is_down_within_a_short_scrape),
        TEST(a_frozen_server_does_not_delay_its_neighbour),
        TEST(another_version_on_the_same_port),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
