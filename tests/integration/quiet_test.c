/*
 * quiet: the agent is a good guest. It sends nothing that a server does not know, keeps one connection, asks
 * in one round trip, and leaves no error counter of a server higher than it was.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

enum { POLLS = 80 };

/* Those of INFO that our presence must not raise. */
static const char *error_counters(struct redis *redis)
{
    return test_text("%s%s%s%s", redis_info_lines(redis, "errorstat_"),
                     redis_info_lines(redis, "total_error_replies:"),
                     redis_info_lines(redis, "unexpected_error_replies:"),
                     redis_info_lines(redis, "rejected_connections:"));
}

static void await_polls(struct agent *agent, const char *target, unsigned polls)
{
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"%s\",outcome=\"ok\"}", target) >= polls,
               60000);
}

struct host {
    const char *name;
    struct redis *redis;
    double connections;
    const char *errors;
};

static void look_before(struct host *host)
{
    redis_ask(host->redis, "NONSENSE"); /* so that there is a counter that could rise */
    host->connections = redis_info_number(host->redis, "total_connections_received");
    host->errors = error_counters(host->redis);
}

static void look_after(const struct host *host)
{
    assert_string_equal(error_counters(host->redis), host->errors);
    assert_true(redis_info_number(host->redis, "total_connections_received") == host->connections + 1);
    const char *clients = redis_ask(host->redis, "CLIENT LIST");
    if (!strstr(clients, "MASTERDOWN"))
        assert_int_equal(test_occurrences(clients, " name=redis-bluegreen-agent "), 1);
}

/* The orphan has lost its primary and serves no stale data: it answers most commands with an error. */
static void a_good_guest_of_every_version(void **state)
{
    const char *nowhere = test_text("%u", test_free_port());
    const char *const *orphaned =
        REDIS_ARGS("--replicaof", "127.0.0.1", nowhere, "--replica-serve-stale-data", "no");
    struct host hosts[] = {{"six", redis_start(REDIS_6_0, NULL)},
                           {"seven", redis_start(REDIS_7_0, NULL)},
                           {"eight", redis_start(REDIS_8_0, NULL)},
                           {"valkey", redis_start(VALKEY, NULL)},
                           {"orphan", redis_start(REDIS_7_0, orphaned)}};
    enum { HOSTS = sizeof hosts / sizeof hosts[0] };
    const char *targets = "";
    (void)state;
    for (size_t i = 0; i < HOSTS; i++) {
        look_before(&hosts[i]);
        targets = test_text("%s{name: %s, url: \"redis://127.0.0.1:%u\"}, ", targets, hosts[i].name,
                            hosts[i].redis->port);
    }
    struct agent *agent = agent_run("poll_interval: 50ms", "%s", targets);
    agent_await_ready(agent);
    for (size_t i = 0; i < HOSTS; i++)
        await_polls(agent, hosts[i].name, POLLS);
    for (size_t i = 0; i < HOSTS; i++) {
        look_after(&hosts[i]);
        assert_true(agent_shows(agent, 1, "bluegreen_connections_total{target=\"%s\"}", hosts[i].name));
    }
    agent_stop(agent);
    for (size_t i = 0; i < HOSTS; i++)
        assert_string_equal(error_counters(hosts[i].redis), hosts[i].errors);
}

/* ---- what is sent, command by command --------------------------------------------------------------- */

static bool is_of(const struct fake_command *command, const char *const *expected)
{
    for (; *expected; expected++)
        if (strcmp(command->text, *expected) == 0)
            return true;
    return false;
}

/* One connection; one piece per poll after the first; exactly these commands; slow ones only once. */
static void conversation_with(const char *version, const char *const *every_poll, unsigned every_poll_count,
                              const char *const *once)
{
    struct fake *fake = fake_start(version);
    struct agent *agent =
        agent_run("poll_interval: 50ms", "{name: host, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_await_ready(agent);
    await_polls(agent, "host", POLLS);
    agent_stop(agent);

    size_t count;
    const struct fake_command *commands = fake_commands(fake, &count);
    assert_int_equal(fake_connections(fake), 1);
    for (size_t i = 0; i < count; i++)
        if (!is_of(&commands[i], every_poll) && !is_of(&commands[i], once))
            fail_msg("this was sent to %s: %s", version, commands[i].text);
    for (; *once; once++)
        assert_int_equal(fake_count(fake, *once), 1);

    unsigned polls = fake_count(fake, "INFO"), first_batch = commands[0].batch,
             last_batch = commands[count - 1].batch;
    assert_true(polls >= POLLS);
    assert_int_equal(last_batch - first_batch + 1, polls + 1); /* the first poll has a second round trip */
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start; end < count && commands[end].batch == commands[start].batch; end++)
            ;
        if (commands[start].batch > first_batch + 1)
            assert_int_equal(end - start, every_poll_count);
    }
}

#define SLOW_COMMANDS                                                                                        \
    "CLIENT SETNAME redis-bluegreen-agent", "SLOWLOG GET 128", "CONFIG GET maxclients",                      \
        "CONFIG GET maxmemory", "CONFIG GET repl-backlog-size", "CONFIG GET io-threads",                     \
        "CONFIG GET databases", "CONFIG GET client-output-buffer-limit"

static void one_round_trip_to_6_0(void **state)
{
    static const char *const every_poll[] = {"INFO everything", "LATENCY LATEST", "SLOWLOG LEN",
                                             "SLOWLOG GET 1",   "ROLE",           NULL};
    static const char *const once[] = {SLOW_COMMANDS, NULL};
    (void)state;
    conversation_with("6.0.16", every_poll, 5, once);
}

static void one_round_trip_to_7_0(void **state)
{
    static const char *const every_poll[] = {"INFO everything",
                                             "LATENCY LATEST",
                                             "LATENCY HISTOGRAM",
                                             "SLOWLOG LEN",
                                             "SLOWLOG GET 1",
                                             "ROLE",
                                             NULL};
    static const char *const once[] = {SLOW_COMMANDS, NULL};
    (void)state;
    conversation_with("7.0.15", every_poll, 6, once);
}

static void what_is_switched_off_is_not_sent(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run("poll_interval: 50ms, set_client_name: false, disable_collectors: "
                                    "[config, latency_histogram, slowlog, slowlog_longest]",
                                    "{name: host, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    await_polls(agent, "host", 5);
    assert_int_equal(fake_count(fake, "CONFIG") + fake_count(fake, "CLIENT") + fake_count(fake, "SLOWLOG") +
                         fake_count(fake, "LATENCY HISTOGRAM"),
                     0);
    assert_true(fake_count(fake, "LATENCY LATEST") >= 5);
    assert_int_equal(metric_count(agent_metrics(agent), "redis_slowlog_length", ""), 0);
    agent_stop(agent);
}

/* Health is answered from what is known: a hundred questions cost the server nothing. */
static void health_asks_the_server_nothing(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent =
        agent_run("poll_interval: 1h", "{name: host, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_metrics(agent); /* brings the first poll */
    unsigned polls = fake_count(fake, "INFO");
    for (int i = 0; i < 100; i++)
        assert_int_equal(agent_get(agent, i % 2 ? "/health" : "/health/host").status, 200);
    assert_int_equal(fake_count(fake, "INFO"), polls);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_guest_of_every_version),  TEST(one_round_trip_to_6_0),
        TEST(one_round_trip_to_7_0),          TEST(what_is_switched_off_is_not_sent),
        TEST(health_asks_the_server_nothing),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
