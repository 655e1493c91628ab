/*
 * --print-acl: with exactly the user it prints, nothing the agent sends is denied on the real servers, and
 * without any one of its rules something is.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <string.h>

/* The line for that server, with a password in it; <without>: a rule to leave out, or ""; <config> may be
 * NULL. */
static const char *acl_line_of(const char *version, const char *without, const char *config)
{
    char *out, *err, *rest = NULL;
    const char *argv[] = {AGENT_PROGRAM, "--print-acl", version, config ? "--config" : NULL, config, NULL},
               *line = "";
    assert_int_equal(proc_run(argv, NULL, &out, &err), 0);
    for (char *word = strtok_r(out, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
        if (strcmp(word, without) != 0)
            line =
                test_text("%s%s%s", line, *line ? " " : "", strcmp(word, ">PASSWORD") == 0 ? ">watch" : word);
    return line;
}

static const char *acl_line(const char *version, const char *without)
{
    return acl_line_of(version, without, NULL);
}

static void make_user(struct redis *redis, const char *line)
{
    const char *percent = strchr(line, '%'); /* the client library makes one of two */
    if (percent)
        line = test_text("%.*s%%%s", (int)(percent - line), line, percent);
    assert_string_equal(redis_ask(redis, "%s", line), "OK");
    assert_string_equal(redis_ask(redis, "ACL LOG RESET"), "OK");
}

static struct agent *watch(const struct redis *redis)
{
    struct agent *agent = agent_run(
        "poll_interval: 50ms",
        "{name: blue, url: 'redis://127.0.0.1:%u', username: redis-bluegreen, password: watch}", redis->port);
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}") >= 10 ||
                   agent_metric(agent, "redis_up{target=\"blue\"}") == 0,
               SOON_MS);
    return agent;
}

static unsigned failing_collectors(const struct agent *agent)
{
    const char *page = agent_metrics(agent);
    unsigned failing = 0;
    for (const char *at = page; (at = strstr(at, "\nbluegreen_collector_success{")); at++)
        failing += strstr(at, "} 0\n") && strstr(at, "} 0\n") < strchr(at + 1, '\n');
    return failing;
}

static void with_that_user_nothing_is_denied(void **state)
{
    static const struct {
        enum redis_kind kind;
        const char *version;
        unsigned collectors;
    } rows[] = {
        {REDIS_6_0, "6.0", 5}, {REDIS_7_0, "7.0", 6}, {REDIS_8_0, "8.0", 6}, {VALKEY, "valkey-8.1", 8}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct redis *redis = redis_start(rows[i].kind, NULL);
        make_user(redis, acl_line(rows[i].version, ""));
        struct agent *agent = watch(redis);
        assert_int_equal(metric_count(agent_metrics(agent), "bluegreen_collector_success", ""),
                         rows[i].collectors);
        assert_int_equal(failing_collectors(agent), 0);
        assert_string_equal(redis_ask(redis, "ACL LOG"), "");
        agent_stop(agent);
        redis_stop(redis);
    }
}

/* A Sentinel has rules of its own. */
static void nor_at_a_sentinel(void **state)
{
    (void)state;
    struct redis *primary = redis_start(REDIS_7_0, NULL);
    struct redis *sentinel = redis_start_sentinel(REDIS_7_0, primary);
    make_user(sentinel, acl_line("sentinel-7.0", ""));
    struct agent *agent = watch(sentinel);
    assert_int_equal(metric_count(agent_metrics(agent), "bluegreen_collector_success", ""), 1);
    assert_int_equal(failing_collectors(agent), 0);
    assert_string_equal(redis_ask(sentinel, "ACL LOG"), "");
    agent_stop(agent);
}

/* The same agent on a server that needs all of them. */
static unsigned needed_rules(struct redis *redis, const char *name)
{
    char *rules = test_text("%s", strstr(acl_line(name, ""), " +") + 1), *rest = NULL;
    unsigned tried = 0;
    for (char *rule = strtok_r(rules, " \n", &rest); rule; rule = strtok_r(NULL, " \n", &rest), tried++) {
        make_user(redis, acl_line(name, rule));
        struct agent *agent = watch(redis);
        assert_string_not_equal(redis_ask(redis, "ACL LOG"), "");
        agent_stop(agent);
    }
    return tried;
}

static void without_any_of_its_rules_something_is(void **state)
{
    (void)state;
    struct redis *node = redis_start(REDIS_7_0, REDIS_ARGS("--cluster-enabled", "yes"));
    assert_int_equal(needed_rules(node, "7.0"), 9);
    struct redis *sentinel = redis_start_sentinel(REDIS_7_0, node);
    assert_int_equal(needed_rules(sentinel, "sentinel-7.0"), 6);
}

/* Every survey; on 6.0 there are no scripts, and search needs its module. */
static struct agent *survey(const struct redis *redis)
{
    struct agent *agent = agent_new();
    const char *scripts =
        test_text(", scripts: ['%s']", test_file("n.lua", "return {'n', redis.call('LLEN', 'l')}"));
    test_write(
        agent->config_path,
        test_text(
            "agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 50ms, disable_collectors: []}\n"
            "surveys: {interval: 1s, single_keys: [s, l, h, z, st, set], keys: ['*'], count_keys: ['*'], "
            "key_groups: ['(.)'], streams: ['*'], single_streams: [st], big_keys: 1, clients: true%s}\n"
            "targets: [{name: blue, url: 'redis://127.0.0.1:%u', username: redis-bluegreen, "
            "password: watch}]\n",
            agent->port, redis->kind == REDIS_6_0 ? "" : scripts, redis->port));
    return agent;
}

static void fill(struct redis *redis)
{
    redis_ask(redis, "SET s x");
    redis_ask(redis, "RPUSH l a");
    redis_ask(redis, "HSET h a b");
    redis_ask(redis, "ZADD z 1 a");
    redis_ask(redis, "SADD set a");
    redis_ask(redis, "XADD st * a b");
    redis_ask(redis, "XGROUP CREATE st g 0");
    redis_ask(redis, "SELECT 2");
    redis_ask(redis, "SET s y");
    redis_ask(redis, "SELECT 0");
}

static void with_that_user_nothing_is_denied_to_surveys(void **state)
{
    static const struct {
        enum redis_kind kind;
        const char *version;
        unsigned surveys;
    } rows[] = {
        {REDIS_6_0, "6.0", 8}, {REDIS_7_0, "7.0", 9}, {REDIS_8_0, "8.0", 9}, {VALKEY, "valkey-8.1", 9}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct redis *redis = redis_start(rows[i].kind, NULL);
        struct agent *agent = survey(redis);
        fill(redis);
        const char *line = acl_line_of(rows[i].version, "", agent->config_path);
        assert_contains(line, rows[i].kind == REDIS_6_0 ? " ~* " : " %R~* ");
        make_user(redis, line);
        agent_start(agent, NULL);
        WAIT_UNTIL(metric_count(agent_metrics(agent), "bluegreen_survey_duration_seconds", "") ==
                           rows[i].surveys ||
                       failing_collectors(agent),
                   SOON_MS);
        assert_int_equal(failing_collectors(agent), 0);
        assert_string_equal(redis_ask(redis, "ACL LOG"), "");
        agent_stop(agent);
        redis_stop(redis);
    }
    assert_null(strstr(acl_line("7.0", ""), "~")); /* nobody surveys: no key is to be read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(with_that_user_nothing_is_denied),
        TEST(with_that_user_nothing_is_denied_to_surveys),
        TEST(nor_at_a_sentinel),
        TEST(without_any_of_its_rules_something_is),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
