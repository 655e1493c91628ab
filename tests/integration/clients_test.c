/*
 * clients: what the agent says of a server's clients is what CLIENT LIST says, whatever the clients are
 * called; and commands' durations are in the buckets in which the server counted them.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

static struct agent *watch(const struct redis *redis, const char *surveys)
{
    struct agent *agent = agent_new();
    test_write(agent->config_path,
               test_text("agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 200ms, max_age: 0s}\n"
                         "surveys: {interval: 1s, %s}\n"
                         "targets: [{name: \"\", url: \"redis://127.0.0.1:%u\"}]\n",
                         agent->port, surveys, redis->port));
    agent_start(agent, NULL);
    agent_await_ready(agent);
    return agent;
}

/* Waits for numbers of a survey that began after now. */
static const char *surveyed(const struct agent *agent, const char *series, double value)
{
    WAIT_UNTIL(agent_shows(agent, value, "%s", series), SOON_MS);
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    return page;
}

static void clients_are_counted_as_the_server_lists_them(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_6_0, REDIS_7_0, REDIS_8_0, VALKEY};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct redis *redis = redis_start(kinds[k], NULL);
        redis_ask(redis, "CLIENT SETNAME a=b=\"c\\");
        redis_ask(redis, "ACL SETUSER \xc3\xa9t\xff=\"x on >p +@all ~*");
        struct redis *user = redis_another(redis), *listener = redis_another(redis);
        assert_string_equal(redis_ask(user, "AUTH \xc3\xa9t\xff=\"x p"), "OK");
        redis_ask(user, "CLIENT SETNAME worker");
        redis_ask(listener, "SUBSCRIBE c");
        struct agent *agent = watch(redis, "clients: true");
        const char *page = surveyed(agent, "redis_clients_by_class{class=\"pubsub\"}", 1);
        assert_true(metric(page, "redis_clients_by_name{name=\"a=b=\\\"c\\\\\"}") == 1);
        assert_true(metric(page, "redis_clients_by_name{name=\"worker\"}") == 1);
        assert_true(metric(page, "redis_clients_by_name{name=\"(all others)\"}") == 0);
        assert_true(metric(page, "redis_clients_by_user{user=\"\xc3\xa9t\xef\xbf\xbd=\\\"x\"}") == 1);
        assert_true(metric(page, "redis_clients_by_flag{flag=\"P\"}") == 1);
        assert_true(metric(page, "redis_clients_by_class{class=\"normal\"}") ==
                    redis_info_number(redis, "connected_clients") - 1);
        assert_true(metric(page, "redis_client_output_buffer_bytes{class=\"replica\"}") == 0);
        assert_true(metric(page, "redis_client_output_buffer_limit_ratio{class=\"pubsub\"}") == 0);
        assert_false(metric_has(page, "redis_client_output_buffer_limit_ratio{class=\"normal\"}"));
        assert_true(metric_has(page, "redis_clients_by_resp{resp=\"2\"}") == (kinds[k] != REDIS_6_0));
        assert_int_equal(metric_count(page, "redis_connected_client_info", ""), 0);
        assert_true(metric(page, "bluegreen_survey_truncated{collector=\"clients\"}") == 0);
        agent_stop(agent);
    }
}

static void many_names_are_few_series(void **state)
{
    enum { CLIENTS = 60 };
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        redis_ask(redis_another(redis), "CLIENT SETNAME client-%d", i);
    struct agent *agent = watch(redis, "clients: true, clients_top: 5, each_client: true, max_series: 260");
    const char *page = surveyed(agent, "bluegreen_survey_truncated{collector=\"clients\"}", 1);
    assert_int_equal(metric_count(page, "redis_clients_by_name", ""), 6);
    assert_true(metric(page, "redis_clients_by_name{name=\"(all others)\"}") >= CLIENTS - 5);
    assert_int_equal(metric_count(page, "redis_connected_client_info", ""), 20);
    agent_stop(agent);
}

/* The number behind <field>= in the line of the client <name>. */
static double listed(struct redis *redis, const char *name, const char *field)
{
    const char *list = redis_ask(redis, "CLIENT LIST"), *line = strstr(list, test_text(" name=%s ", name));
    assert_non_null(line);
    while (line > list && line[-1] != '\n')
        line--;
    const char *value = strstr(test_text(" %s", line), test_text(" %s=", field));
    assert_non_null(value);
    return strtod(strchr(value, '=') + 1, NULL);
}

/* What servers have as hard limit when nobody set one. */
#define PUBSUB_LIMIT (32 << 20)

/* A subscriber that reads nothing: what is published to it stays in its output buffer. */
static void the_output_buffer_of_who_does_not_read_is_seen_against_its_limit(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_6_0, REDIS_7_0};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct redis *redis = redis_start(kinds[k], NULL), *idle = redis_another(redis);
        char *megabyte = test_alloc((1 << 20) + 1);
        memset(megabyte, 'x', 1 << 20);
        redis_ask(idle, "CLIENT SETNAME idle");
        redis_ask(idle, "SUBSCRIBE c");
        for (int i = 0; i < 20; i++)
            redis_ask(redis, "PUBLISH c %s", megabyte);
        double omem = listed(redis, "idle", "omem");
        assert_true(omem > 1 << 20);
        struct agent *agent = watch(redis, "clients: true, each_client: true");
        const char *page = surveyed(agent, "redis_client_output_buffer_max_bytes{class=\"pubsub\"}", omem);
        assert_true(metric(page, "redis_client_output_buffer_bytes{class=\"pubsub\"}") == omem);
        assert_true(metric(page, "redis_client_output_buffer_limit_ratio{class=\"pubsub\"}") ==
                    omem / PUBSUB_LIMIT);
        assert_true(metric(page, "redis_client_memory_bytes{class=\"pubsub\"}") ==
                    listed(redis, "idle", "tot-mem"));
        assert_true(metric(page, "redis_clients_by_class{class=\"pubsub\"}") == 1);
        assert_true(metric(page,
                           "redis_connected_client_output_buffer_memory_usage_bytes{id=\"%s\",name=\"idle\"}",
                           test_text("%.0f", listed(redis, "idle", "id"))) == omem);
        agent_stop(agent);
    }
}

static void a_replica_is_shown_by_its_address(void **state)
{
    struct redis *primary = redis_start(REDIS_7_0, NULL);
    (void)state;
    redis_start_replica(REDIS_7_0, primary);
    struct agent *agent = watch(primary, "clients: true");
    const char *page = surveyed(agent, "redis_clients_by_class{class=\"replica\"}", 1);
    assert_true(metric_has(page, "redis_replica_output_buffer_bytes{replica_ip=\"127.0.0.1\"}"));
    assert_true(metric_has(page, "redis_client_output_buffer_limit_ratio{class=\"replica\"}"));
    agent_stop(agent);
}

static void durations_are_in_the_buckets_of_the_server(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_7_0, REDIS_8_0, VALKEY};
    static const char *const sleeps[] = {"0.0011", "0.003", "1.1", "0.3", "0.02"};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct redis *redis = redis_start(kinds[k], REDIS_ARGS("--enable-debug-command", "yes"));
        for (size_t i = 0; i < sizeof sleeps / sizeof sleeps[0]; i++)
            redis_ask(redis, "DEBUG SLEEP %s", sleeps[i]);
        struct agent *agent = agent_run("poll_interval: 200ms, max_age: 0s",
                                        "{name: \"\", url: \"redis://127.0.0.1:%u\"}", redis->port);
        agent_await_ready(agent);
        const char *page = agent_metrics(agent);
        metrics_assert_well_formed(page);
        assert_int_equal(metric_count(page, "redis_command_duration_seconds_bucket", "cmd=\"debug\""), 11);
        assert_true(metric(page, "redis_command_duration_seconds_bucket{cmd=\"debug\",le=\"0.001056\"}") ==
                    0);
        assert_true(metric(page, "redis_command_duration_seconds_bucket{cmd=\"debug\",le=\"0.270532\"}") ==
                    3);
        assert_true(metric(page, "redis_command_duration_seconds_bucket{cmd=\"debug\",le=\"+Inf\"}") == 5);
        assert_true(metric(page, "redis_command_duration_seconds_count{cmd=\"debug\"}") == 5);
        assert_true(metric(page, "redis_command_duration_seconds_sum{cmd=\"debug\"}") ==
                    metric(page, "redis_commands_duration_seconds_total{cmd=\"debug\"}"));
        /* The newest entry of the slow log is short, the longest is not. */
        assert_true(metric(page, "redis_slowlog_longest_duration_seconds") >= 1.1);
        assert_true(metric(page, "redis_last_slow_execution_duration_seconds") < 1);
        assert_true(metric(page, "redis_slowlog_longest_timestamp_seconds") >=
                    redis_info_number(redis, "server_time_usec") / 1e6 - 60);
        agent_stop(agent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_are_counted_as_the_server_lists_them),
        TEST(many_names_are_few_series),
        TEST(the_output_buffer_of_who_does_not_read_is_seen_against_its_limit),
        TEST(a_replica_is_shown_by_its_address),
        TEST(durations_are_in_the_buckets_of_the_server),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
