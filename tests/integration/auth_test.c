/*
 * auth: passwords, users and other ways in. Who is not let in hears why, who may do little sees little, and
 * no secret is ever shown to anybody.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

#define QUICK "poll_interval: 50ms, backoff_max: 200ms"

static struct redis *six, *seven; /* both want PASSWORD */

#define PASSWORD         "open-sesame%/"
#define PASSWORD_ENCODED "open-sesame%%25%%2F" /* for a url, in a format */

static int start_all(void **state)
{
    (void)state;
    six = redis_start(REDIS_6_0, REDIS_ARGS("--requirepass", PASSWORD));
    seven = redis_start(REDIS_7_0, REDIS_ARGS("--requirepass", PASSWORD));
    return 0;
}

static void await_outcome(struct agent *agent, const char *target, const char *outcome)
{
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_poll_outcome{target=\"%s\",outcome=\"%s\"}", target, outcome),
               SOON_MS);
}

static void assert_reason(struct agent *agent, const char *target, const char *reason)
{
    const char *path = test_text("/health/%s", target), *said = test_text("\"reason\": \"%s\"", reason);
    if (strcmp(reason, "ok") == 0) {
        WAIT_UNTIL(agent_get(agent, path).status == 200, SOON_MS); /* it rises after some looks */
        return;
    }
    WAIT_UNTIL(strstr(agent_get(agent, path).body, said), SOON_MS);
    assert_int_equal(agent_get(agent, path).status, 503);
}

static void assert_secret_is_kept(struct agent *agent, const char *secret)
{
    static const char *const paths[] = {"/", "/metrics", "/health", "/health?verbose"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_lacks(agent_get(agent, paths[i]).body, secret);
    assert_lacks(agent_log(agent), secret);
    assert_lacks(proc_out(agent->proc), secret);
}

static void wrong_missing_and_needless_passwords(void **state)
{
    struct redis *open = redis_start(REDIS_6_0, NULL);
    (void)state;
    struct agent *agent = agent_run(
        QUICK,
        "{name: wrong6, url: \"redis://127.0.0.1:%u\", password: hunter2}, "
        "{name: wrong7, url: \"redis://:hunter2@127.0.0.1:%u\"}, "
        "{name: user7, url: \"redis://127.0.0.1:%u\", username: nobody, password: hunter2}, "
        "{name: none6, url: \"redis://127.0.0.1:%u\"}, {name: none7, url: \"redis://127.0.0.1:%u\"}, "
        "{name: needless, url: \"redis://127.0.0.1:%u\", password: hunter2}, "
        "{name: right6, url: \"redis://127.0.0.1:%u\", password: \"%s\"}, "
        "{name: right7, url: \"redis://default:" PASSWORD_ENCODED "@127.0.0.1:%u\"}",
        six->port, seven->port, seven->port, six->port, seven->port, open->port, six->port, PASSWORD,
        seven->port);
    static const struct {
        const char *target, *outcome;
    } rows[] = {{"wrong6", "auth_failed"},  {"wrong7", "auth_failed"},
                {"user7", "auth_failed"},   {"none6", "auth_required"},
                {"none7", "auth_required"}, {"needless", "auth_failed"},
                {"right6", "ok"},           {"right7", "ok"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        await_outcome(agent, rows[i].target, rows[i].outcome);
        assert_reason(agent, rows[i].target, rows[i].outcome);
        WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"%s\",outcome=\"%s\"}", rows[i].target,
                                rows[i].outcome) >= 4,
                   SOON_MS);
    }
    metrics_assert_well_formed(agent_metrics(agent));
    assert_int_equal(test_occurrences(agent_log(agent), "target cannot be polled"), 6);
    assert_secret_is_kept(agent, "hunter2");
    assert_secret_is_kept(agent, "open-sesame");
    agent_stop(agent);
}

static void a_password_file_may_be_rotated(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, REDIS_ARGS("--requirepass", "hunter1"));
    const char *path = test_file("password", "hunter1\nnot the password\n");
    (void)state;
    struct agent *agent = agent_run(
        QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\", password_file: \"%s\"}", redis->port, path);
    await_outcome(agent, "blue", "ok");
    redis_ask(redis, "CONFIG SET requirepass hunter2");
    redis_ask(redis, "CLIENT KILL TYPE normal SKIPME yes");
    await_outcome(agent, "blue", "auth_failed");
    test_write(path, "hunter2"); /* no end of line, as kubectl and printf leave it */
    await_outcome(agent, "blue", "ok");
    assert_reason(agent, "blue", "ok");

    test_write(path, "");
    redis->password = "hunter2";
    redis_ask(redis, "CLIENT KILL TYPE normal SKIPME yes");
    await_outcome(agent, "blue", "secret_unreadable");
    assert_reason(agent, "blue", "secret_unreadable");
    test_write(path, "hunter2\r\n");
    await_outcome(agent, "blue", "ok");
    assert_secret_is_kept(agent, "hunter");
    agent_stop(agent);
}

/* ---- a user who may do little ----------------------------------------------------------------------- */

/* How often the server has refused something: the sum of the counts in ACL LOG. */
static long refusals(struct redis *redis)
{
    const char *log = redis_ask(redis, "ACL LOG 100");
    long sum = 0;
    for (const char *at = log; (at = strstr(at, "count\n")); at++)
        sum += strtol(at + strlen("count\n"), NULL, 10);
    return sum;
}

static void little_rights_give_little_and_no_noise(struct redis *redis)
{
    redis_ask(redis, "ACL SETUSER watcher on >peephole +info +ping +slowlog|len +role");
    redis_ask(redis, "ACL LOG RESET");
    struct agent *agent = agent_run(
        "poll_interval: 50ms",
        "{name: blue, url: \"redis://127.0.0.1:%u\", username: watcher, password: peephole}", redis->port);
    await_outcome(agent, "blue", "ok");
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}") >= 3, SOON_MS);
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_true(metric(page, "redis_up{target=\"blue\"}") == 1);
    assert_true(metric(page, "bluegreen_collector_success{target=\"blue\",collector=\"config\"}") == 0);
    assert_true(metric(page, "bluegreen_collector_success{target=\"blue\",collector=\"latency_latest\"}") ==
                0);
    assert_true(metric(page, "bluegreen_collector_success{target=\"blue\",collector=\"role\"}") == 1);
    assert_int_equal(metric_count(page, "redis_config_maxclients", ""), 0);
    assert_int_equal(agent_get(agent, "/health/blue").status, 200);

    long before = refusals(redis);
    double polls = metric(page, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}");
    assert_true(before > 0);
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}") >= polls + 30,
               SOON_MS);
    assert_int_equal(refusals(redis), before);
    assert_true(agent_shows(agent, 1, "bluegreen_connections_total{target=\"blue\"}"));
    agent_stop(agent);
}

static void little_rights_on_6_0(void **state)
{
    (void)state;
    little_rights_give_little_and_no_noise(six);
}

static void little_rights_on_7_0(void **state)
{
    (void)state;
    little_rights_give_little_and_no_noise(seven);
}

static void no_right_to_info_is_named(void **state)
{
    (void)state;
    redis_ask(seven, "ACL SETUSER blind on >peephole +ping");
    struct agent *agent =
        agent_run(QUICK, "{name: blue, url: \"redis://blind:peephole@127.0.0.1:%u\"}", seven->port);
    await_outcome(agent, "blue", "redis_noperm");
    assert_reason(agent, "blue", "redis_noperm");
    redis_ask(seven, "ACL SETUSER blind +info");
    await_outcome(agent, "blue", "ok");
    agent_stop(agent);
}

/* ---- ways in ---------------------------------------------------------------------------------------- */

static void by_socket_and_by_name(void **state)
{
    struct redis *redis = redis_start(REDIS_6_0, NULL);
    (void)state;
    struct agent *agent =
        agent_run(QUICK,
                  "{name: socket, url: \"unix://%s\"}, {name: name, url: \"redis://localhost:%u/2\"}, "
                  "{name: guarded, url: \"unix://%s\", password: \"%s\"}, "
                  "{name: gone, url: \"unix://%s.not\"}, "
                  "{name: nowhere, url: \"redis://no-such-host.invalid\"}",
                  redis->socket, redis->port, six->socket, PASSWORD, redis->socket);
    await_outcome(agent, "socket", "ok");
    await_outcome(agent, "name", "ok");
    await_outcome(agent, "guarded", "ok");
    await_outcome(agent, "gone", "connect_failed");
    await_outcome(agent, "nowhere", "resolve_failed");
    metrics_assert_well_formed(agent_metrics(agent));
    agent_stop(agent);
}

static void a_full_server_is_named(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, REDIS_ARGS("--maxclients", "1"));
    (void)state;
    redis_ask(redis, "PING"); /* we are the one */
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", redis->port);
    await_outcome(agent, "blue", "redis_maxclients");
    assert_reason(agent, "blue", "redis_maxclients");
    redis_ask(redis, "CONFIG SET maxclients 10");
    await_outcome(agent, "blue", "ok");
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_missing_and_needless_passwords),
        TEST(a_password_file_may_be_rotated),
        TEST(little_rights_on_6_0),
        TEST(little_rights_on_7_0),
        TEST(no_right_to_info_is_named),
        TEST(by_socket_and_by_name),
        TEST(a_full_server_is_named),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, test_group_teardown));
}
