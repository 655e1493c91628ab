/*
 * truth: what the agent says about real servers of four versions is what the servers themselves say.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

static struct redis *blue, *green, *next, *valkey;
static struct agent *agent;

static int start_all(void **state)
{
    (void)state;
    blue = redis_start(REDIS_6_0, NULL);
    redis_ask(blue, "DEBUG POPULATE 1000");
    for (int i = 0; i < 5; i++)
        redis_ask(blue, "SETEX fleeting:%d 3600 value", i);
    redis_ask(blue, "SELECT 3");
    redis_ask(blue, "SET alone 1");
    redis_ask(blue, "SELECT 0");
    green = redis_start_replica(REDIS_7_0, blue);
    next = redis_start_replica(REDIS_8_0, blue);
    valkey = redis_start(VALKEY, NULL);
    agent = agent_run(
        "poll_interval: 200ms, max_age: 0s",
        "{name: blue, url: \"redis://127.0.0.1:%u\"}, {name: green, url: \"127.0.0.1:%u\"}, "
        "{name: next, url: \"redis://127.0.0.1:%u/0\"}, {name: valkey, url: \"valkey://127.0.0.1:%u\"}",
        blue->port, green->port, next->port, valkey->port);
    agent_await_ready(agent);
    return 0;
}

static int stop_all(void **state)
{
    agent_stop(agent);
    return test_group_teardown(state);
}

static void every_server_is_up_with_its_version_and_role(void **state)
{
    static const char *const roles[] = {"primary", "replica", "sentinel"};
    struct {
        const char *target;
        struct redis *redis;
        const char *role;
    } rows[] = {{"blue", blue, "primary"},
                {"green", green, "replica"},
                {"next", next, "replica"},
                {"valkey", valkey, "primary"}};
    const char *page = agent_metrics(agent);
    (void)state;
    metrics_assert_well_formed(page);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *target = test_text("target=\"%s\"", rows[i].target);
        const char *version = redis_info(rows[i].redis, "redis_version");
        assert_contains(version, redis_version(rows[i].redis->kind));
        assert_true(metric(page, "redis_up{%s}", target) == 1);
        assert_true(metric(page, "bluegreen_poll_outcome{%s,outcome=\"ok\"}", target) == 1);
        assert_true(metric(page, "bluegreen_health{%s}", target) == 1);
        for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
            assert_true(metric(page, "redis_role{%s,role=\"%s\"}", target, roles[r]) ==
                        (strcmp(roles[r], rows[i].role) == 0));
        const char *labels = test_text("redis_version=\"%s\"", version);
        assert_int_equal(metric_count(page, "redis_instance_info", labels) > 0, true);
        assert_int_equal(metric_count(page, "redis_instance_info", target), 1);
    }
    assert_int_equal(metric_count(page, "redis_up", ""), 4);
    assert_contains(page, test_text("valkey_version=\"%s\"", redis_info(valkey, "valkey_version")));
}

static void numbers_are_those_of_the_servers(void **state)
{
    const char *page = agent_metrics(agent);
    (void)state;
    assert_string_equal(redis_ask(blue, "DBSIZE"), "1005");
    assert_true(metric(page, "redis_db_keys{target=\"blue\",db=\"db0\"}") == 1005);
    assert_true(metric(page, "redis_db_keys{target=\"green\",db=\"db0\"}") == 1005);
    assert_true(metric(page, "redis_db_keys_expiring{target=\"green\",db=\"db0\"}") == 5);
    assert_true(metric(page, "redis_db_keys{target=\"blue\",db=\"db3\"}") == 1);
    assert_true(metric(page, "redis_db_keys{target=\"next\",db=\"db0\"}") == 1005);
    assert_true(metric(page, "redis_connected_slaves{target=\"blue\"}") == 2);
    assert_true(metric(page, "redis_config_maxclients{target=\"blue\"}") ==
                strtod(strchr(redis_ask(blue, "CONFIG GET maxclients"), '\n') + 1, NULL));
    const char *link =
        test_text("{target=\"green\",master_host=\"127.0.0.1\",master_port=\"%u\"}", blue->port);
    assert_true(metric(page, "redis_master_link_up%s", link) == 1);
    assert_true(metric(page, "redis_start_time_seconds{target=\"blue\"}") > 1e9);
    assert_true(metric(page, "redis_memory_used_bytes{target=\"blue\"}") > 100000);
}

static bool is_of_the_agent(const char *line)
{
    static const char *const stems[] = {"process_",
                                        "bluegreen_build_",
                                        "bluegreen_targets",
                                        "bluegreen_config_",
                                        "bluegreen_http_",
                                        "bluegreen_event_loop_",
                                        "bluegreen_scrape_",
                                        "redis_target_scrape_request_errors_total",
                                        "redis_exporter_build_info",
                                        "redis_exporter_scrapes_total",
                                        "redis_target_scrape_request_errors_total",
                                        "redis_exporter_scrape_duration_seconds"};
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++)
        if (strncmp(line, stems[i], strlen(stems[i])) == 0)
            return true;
    return false;
}

static void every_series_of_a_server_carries_its_target(void **state)
{
    char *page = test_text("%s", agent_metrics(agent));
    unsigned with = 0;
    (void)state;
    for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] == '#' || is_of_the_agent(line))
            continue;
        if (!strstr(line, "{target=\""))
            fail_msg("no target: %s", line);
        with++;
    }
    assert_true(with > 600);
}

static void versions_differ_as_they_should(void **state)
{
    const char *page = agent_metrics(agent);
    (void)state;
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "collector=\"latency_histogram\""), 3);
    assert_false(
        metric_has(page, "bluegreen_collector_success{target=\"blue\",collector=\"latency_histogram\"}"));
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "target=\"blue\""), 5);
    assert_int_equal(metric_count(page, "bluegreen_collector_success", "target=\"green\""), 6);
    for (const char *line = page; (line = strstr(line, "\nbluegreen_collector_success{")); line++)
        if (strncmp(line + strcspn(line, "}"), "} 1\n", 4) != 0)
            fail_msg("a collector failed: %.120s", line + 1);
}

static void health_says_why(void **state)
{
    (void)state;
    redis_ask(next, "REPLICAOF 127.0.0.1 %u", test_free_port());
    WAIT_UNTIL(agent_get(agent, "/health/next").status == 503, SOON_MS);
    assert_contains(agent_get(agent, "/health/next").body, "\"link_down\"");
    assert_int_equal(agent_get(agent, "/health").status, 503);
    assert_int_equal(agent_get(agent, "/health/green").status, 200);
    WAIT_UNTIL(agent_shows(agent, 0, "bluegreen_health{target=\"next\"}"), SOON_MS);
    assert_true(agent_shows(agent, 1, "redis_up{target=\"next\"}"));
    redis_ask(next, "REPLICAOF 127.0.0.1 %u", blue->port);
    WAIT_UNTIL(agent_get(agent, "/health").status == 200, SOON_MS);
    assert_true(agent_metric(agent, "bluegreen_replica_link_flaps_total{target=\"next\"}") >= 1);
    assert_contains(agent_log(agent), "replica link is down");
    assert_contains(agent_log(agent), "replica link is up");
}

static void a_promotion_is_seen(void **state)
{
    (void)state;
    double before = agent_metric(agent, "bluegreen_role_changes_total{target=\"next\"}");
    redis_ask(next, "REPLICAOF NO ONE");
    WAIT_UNTIL(agent_shows(agent, 1, "redis_role{target=\"next\",role=\"primary\"}"), SOON_MS);
    assert_true(agent_shows(agent, 0, "redis_role{target=\"next\",role=\"replica\"}"));
    assert_int_equal(metric_count(agent_metrics(agent), "redis_slave_info", "target=\"next\""), 0);
    redis_ask(next, "REPLICAOF 127.0.0.1 %u", blue->port);
    WAIT_UNTIL(agent_get(agent, "/health/next").status == 200 &&
                   agent_shows(agent, 1, "redis_role{target=\"next\",role=\"replica\"}"),
               SOON_MS);
    assert_true(agent_metric(agent, "bluegreen_role_changes_total{target=\"next\"}") == before + 2);
}

static void one_target_given_like_the_peer_has_no_label(void **state)
{
    struct agent *lone = agent_new();
    (void)state;
    agent_start_with(lone, AGENT_ARGS("-redis.addr", test_text("127.0.0.1:%u", green->port)), NULL);
    agent_await_ready(lone);
    const char *page = agent_metrics(lone);
    metrics_assert_well_formed(page);
    assert_true(metric(page, "redis_up") == 1);
    assert_true(metric(page, "redis_db_keys{db=\"db0\"}") == 1005);
    assert_lacks(page, "target=\"");
    assert_int_equal(agent_get(lone, "/health/redis").status, 200);
    agent_stop(lone);
}

static void several_addresses_are_told_apart(void **state)
{
    struct agent *two = agent_new();
    (void)state;
    agent_start_with(two,
                     AGENT_ARGS("--redis.addr", test_text("redis://127.0.0.1:%u", blue->port),
                                test_text("--redis.addr=redis://127.0.0.1:%u", green->port)),
                     NULL);
    agent_await_ready(two);
    const char *page = agent_metrics(two);
    assert_true(metric(page, "redis_up{target=\"127.0.0.1:%u\"}", blue->port) == 1);
    assert_true(metric(page, "redis_up{target=\"127.0.0.1:%u\"}", green->port) == 1);
    assert_int_equal(agent_get(two, test_text("/health/127.0.0.1:%u", green->port)).status, 200);
    agent_stop(two);
}

static void the_peers_variables_work(void **state)
{
    struct agent *lone = agent_new();
    (void)state;
    agent_start_with(lone, AGENT_ARGS(NULL),
                     AGENT_ARGS(test_text("REDIS_ADDR=redis://127.0.0.1:%u", blue->port),
                                "REDIS_EXPORTER_WEB_TELEMETRY_PATH=/numbers",
                                "REDIS_EXPORTER_NAMESPACE=cache"));
    agent_await_ready(lone);
    struct http_answer answer = agent_get(lone, "/numbers");
    assert_int_equal(answer.status, 200);
    assert_true(metric(answer.body, "cache_up") == 1);
    assert_int_equal(agent_get(lone, "/metrics").status, 404);
    agent_stop(lone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_server_is_up_with_its_version_and_role),
        TEST(numbers_are_those_of_the_servers),
        TEST(every_series_of_a_server_carries_its_target),
        TEST(versions_differ_as_they_should),
        TEST(health_says_why),
        TEST(a_promotion_is_seen),
        TEST(one_target_given_like_the_peer_has_no_label),
        TEST(several_addresses_are_told_apart),
        TEST(the_peers_variables_work),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, stop_all));
}
