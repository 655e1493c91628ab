/*
 * reload: a new configuration takes the place of the old one whole, or not at all, and what is the same in
 * both does not notice.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

#define QUICK "poll_interval: 50ms, backoff_max: 200ms"

/* One target of a fake. */
static const char *target(const char *name, const struct fake *fake)
{
    return test_text("{name: %s, url: \"redis://127.0.0.1:%u\"}, ", name, fake_port(fake));
}

static struct http_answer post_reload(struct agent *agent)
{
    return http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n");
}

static void await_up(struct agent *agent, const char *name)
{
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"%s\"}", name), SOON_MS);
}

static double polls(struct agent *agent, const char *name)
{
    return agent_metric(agent, "bluegreen_polls_total{target=\"%s\",outcome=\"ok\"}", name);
}

static void targets_stay_come_and_go(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    struct fake *goes = fake_start("6.0.16"), *comes = fake_start("7.0.15");
    const char *kept = test_text("{name: kept, url: \"redis://127.0.0.1:%u\"}, ", redis->port);
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s%s", kept, target("goes", goes));
    await_up(agent, "kept");
    await_up(agent, "goes");
    const char *client = strstr(redis_ask(redis, "CLIENT LIST"), "name=redis-bluegreen-agent");
    double connections = redis_info_number(redis, "total_connections_received");
    double before = polls(agent, "kept");
    assert_non_null(client);

    agent_write(agent, QUICK, "%s%s", target("comes", comes), kept);
    struct http_answer answer = post_reload(agent);
    assert_int_equal(answer.status, 200);
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_lacks(page, "target=\"goes\"");
    assert_true(metric(page, "redis_up{target=\"kept\"}") == 1);
    assert_true(metric(page, "bluegreen_targets") == 2);
    assert_true(polls(agent, "kept") >= before);
    assert_int_equal(agent_get(agent, "/health/kept").status, 200);
    assert_int_equal(agent_get(agent, "/health/goes").status, 404);
    await_up(agent, "comes");
    unsigned asked = fake_count(goes, "INFO");
    WAIT_UNTIL(polls(agent, "kept") >= before + 10, SOON_MS);
    assert_int_equal(fake_count(goes, "INFO"), asked);
    assert_true(redis_info_number(redis, "total_connections_received") == connections);
    assert_true(agent_shows(agent, 1, "bluegreen_connections_total{target=\"kept\"}"));
    assert_contains(agent_log(agent), "the configuration was reloaded");
    agent_stop(agent);
}

static void sighup_does_the_same(void **state)
{
    struct fake *kept = fake_start("6.0.16"), *comes = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s", target("kept", kept));
    await_up(agent, "kept");
    agent_write(agent, QUICK, "%s%s", target("kept", kept), target("comes", comes));
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(metric_has(agent_metrics(agent), "redis_up{target=\"comes\"}"), SOON_MS);
    await_up(agent, "comes");
    assert_int_equal(fake_connections(kept), 1);
    agent_write(agent, QUICK, "{nonsense}");
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(agent_shows(agent, 0, "bluegreen_config_last_reload_successful"), SOON_MS);
    assert_contains(agent_log(agent), "the configuration was not reloaded");
    agent_stop(agent);
}

/* Whatever is wrong with the new one, the old one goes on. */
static void a_bad_file_changes_nothing(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = agent_run(QUICK, "%s", target("blue", fake));
    const char *good = test_read(agent->config_path);
    const struct {
        const char *text, *sentence;
    } rows[] = {
        {"agent: {pol_interval: 1s}\ntargets: [{name: blue, url: a}]\n", "did you mean poll_interval"},
        {"agent: [\n", agent->config_path},
        {"", agent->config_path},
        {"targets: []\n", ":1:"},
        {"targets: [{name: blue, url: \"redis://127.0.0.1:1\", password_file: /does/not/exist}]\n",
         "/does/not/exist"},
        {"targets: [{name: blue, url: \"rediss://127.0.0.1:1\", tls: {ca_file: /does/not/exist}}]\n",
         "/does/not/exist"},
    };
    (void)state;
    await_up(agent, "blue");
    double loaded = agent_metric(agent, "bluegreen_config_last_reload_success_timestamp_seconds");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double before = polls(agent, "blue");
        test_write(agent->config_path, rows[i].text);
        struct http_answer answer = post_reload(agent);
        assert_int_equal(answer.status, 500);
        assert_contains(answer.body, rows[i].sentence);
        const char *page = agent_metrics(agent);
        assert_true(metric(page, "bluegreen_config_last_reload_successful") == 0);
        assert_true(metric(page, "bluegreen_config_last_reload_success_timestamp_seconds") == loaded);
        assert_true(metric(page, "redis_up{target=\"blue\"}") == 1);
        WAIT_UNTIL(polls(agent, "blue") >= before + 3, SOON_MS);
    }
    assert_int_equal(fake_connections(fake), 1);
    assert_true(test_occurrences(agent_log(agent), "was not reloaded") >= sizeof rows / sizeof rows[0]);
    test_write(agent->config_path, good);
    assert_int_equal(post_reload(agent).status, 200);
    assert_true(agent_shows(agent, 1, "bluegreen_config_last_reload_successful"));
    assert_int_equal(fake_connections(fake), 1);
    agent_stop(agent);
}

/* The same name at another address is another server: nothing that was known of the old one is said of it. */
static void a_name_may_move(void **state)
{
    struct fake *old = fake_start("6.0.16"), *new = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s", target("blue", old));
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_instance_info", "6.0.16") == 1, SOON_MS);
    fake_answer(new, "*", &(struct fake_answer){.head = NULL});
    agent_write(agent, QUICK, "%s", target("blue", new));
    assert_int_equal(post_reload(agent).status, 200);
    assert_int_equal(agent_get(agent, "/health/blue").status, 503);
    assert_int_equal(agent_get(agent, "/health/ready").status, 503);
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_poll_outcome{target=\"blue\",outcome=\"reply_timeout\"}"),
               SOON_MS);
    assert_int_equal(metric_count(agent_metrics(agent), "redis_instance_info", ""), 0);
    fake_heal(new);
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_instance_info", "7.0.15") == 1, SOON_MS);
    metrics_assert_well_formed(agent_metrics(agent));
    agent_stop(agent);
}

static void a_new_pace_is_taken_at_once(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run("poll_interval: 1h, max_age: 1h", "%s", target("blue", fake));
    await_up(agent, "blue");
    unsigned before = fake_count(fake, "INFO");
    agent_write(agent, "poll_interval: 100ms", "%s", target("blue", fake));
    assert_int_equal(post_reload(agent).status, 200);
    WAIT_UNTIL(fake_count(fake, "INFO") >= before + 5, SOON_MS);
    assert_int_equal(fake_connections(fake), 1);
    agent_stop(agent);
}

static void what_needs_a_restart_is_said_and_left(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s", target("blue", fake));
    await_up(agent, "blue");
    unsigned port = agent->port;
    agent->port = test_free_port();
    agent_write(agent, QUICK ", telemetry_path: /numbers, namespace: cache", "%s", target("blue", fake));
    agent->port = port;
    assert_int_equal(post_reload(agent).status, 200);
    assert_contains(agent_log(agent), "changed settings that need a restart");
    assert_contains(agent_log(agent), "keys=agent.listen\n");
    assert_int_equal(agent_get(agent, "/metrics").status, 404);
    assert_contains(agent_get(agent, "/numbers").body, "\ncache_up{target=\"blue\"} 1\n");
    agent_stop(agent);
}

/* Whoever waits for a poll while the targets change under it gets an answer, too. */
static void a_waiting_scrape_survives(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    const char *request = "GET /metrics HTTP/1.0\r\n\r\n";
    (void)state;
    struct agent *agent = agent_run("poll_interval: 1h, max_age: 0s, timeout: 30s", "%s%s",
                                    target("blue", fake), target("green", fake));
    await_up(agent, "blue");
    fake_answer(fake, "INFO", &(struct fake_answer){.head = NULL});
    unsigned asked = fake_count(fake, "INFO");
    int fd = http_connect(agent->port);
    assert_true(http_send(fd, request, strlen(request), SOON_MS));
    WAIT_UNTIL(fake_count(fake, "INFO") == asked + 2, SOON_MS);
    agent_write(agent, "", "%s", target("blue", fake));
    assert_int_equal(post_reload(agent).status, 200);
    struct http_answer answer = http_receive(fd, false, 5000);
    assert_int_equal(answer.status, 200);
    metrics_assert_well_formed(answer.body);
    agent_stop(agent);
}

static void many_reloads_in_a_row(void **state)
{
    struct fake *kept = fake_start("6.0.16"), *other = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s", target("kept", kept));
    await_up(agent, "kept");
    for (int i = 0; i < 100; i++) {
        agent_write(agent, QUICK, "%s%s", i % 3 ? target("other", other) : "", target("kept", kept));
        assert_int_equal(post_reload(agent).status, 200);
        if (i % 10 == 0)
            proc_signal(agent->proc, SIGHUP);
    }
    await_up(agent, "kept");
    assert_int_equal(fake_connections(kept), 1);
    assert_true(agent_metric(agent, "process_open_fds") < 60);
    agent_stop(agent);
}

/* Without a file there is still the environment and the password file to read. */
static void flags_alone_are_read_again(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = agent_new();
    (void)state;
    agent_start_with(agent, AGENT_ARGS("--redis.addr", test_text("127.0.0.1:%u", fake_port(fake))), NULL);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up"), SOON_MS);
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(strstr(agent_log(agent), "the configuration was reloaded"), SOON_MS);
    unsigned before = fake_count(fake, "INFO");
    WAIT_UNTIL(fake_count(fake, "INFO") > before, SOON_MS);
    assert_true(agent_shows(agent, 1, "redis_up"));
    assert_int_equal(fake_connections(fake), 1);
    agent_stop(agent);
}

static void only_post_reloads(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "%s", target("blue", fake));
    await_up(agent, "blue");
    struct http_answer answer = agent_get(agent, "/-/reload");
    assert_int_equal(answer.status, 405);
    assert_string_equal(http_header(&answer, "Allow"), "POST");
    assert_int_equal(http_ask(agent->port, "HEAD", "/-/reload", "").status, 405);
    assert_lacks(agent_log(agent), "reloaded");
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(targets_stay_come_and_go),    TEST(sighup_does_the_same),
        TEST(a_bad_file_changes_nothing),  TEST(a_name_may_move),
        TEST(a_new_pace_is_taken_at_once), TEST(what_needs_a_restart_is_said_and_left),
        TEST(a_waiting_scrape_survives),   TEST(many_reloads_in_a_row),
        TEST(flags_alone_are_read_again),  TEST(only_post_reloads),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
