/*
 * survey: what is looked at in the background is what the servers say, redis_exporter shows the same with the
 * same flags, no scrape waits for it, and it takes no more of a server than it may.
 */
#include "support/agent.h"
#include "support/exposition.h"
#include "support/fake_redis.h"
#include "support/peer.h"
#include "support/redis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_config(struct agent *agent, const struct redis *redis, const char *surveys)
{
    test_write(agent->config_path, test_text("agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 100ms}\n"
                                             "surveys: {%s}\n"
                                             "targets: [{name: \"\", url: \"redis://127.0.0.1:%u\"}]\n",
                                             agent->port, surveys, redis->port));
}

static struct agent *watch(const struct redis *redis, const char *surveys)
{
    struct agent *agent = agent_new();
    write_config(agent, redis, surveys);
    agent_start(agent, NULL);
    agent_await_ready(agent);
    return agent;
}

static struct redis *start(enum redis_kind kind)
{
    return redis_start(kind, kind == REDIS_6_0 ? NULL : REDIS_ARGS("--enable-debug-command", "yes"));
}

static bool has(const struct agent *agent, const char *series)
{
    return metric_has(agent_metrics(agent), "%s", series);
}

#define DONE(name) "bluegreen_survey_duration_seconds{collector=\"" name "\"}"

static void fill(struct redis *redis)
{
    redis_ask(redis, "SET user_a_1 hello");
    redis_ask(redis, "SET user_a_2 17.5");
    redis_ask(redis, "SET user_b_1 x");
    redis_ask(redis, "RPUSH list a b c");
    redis_ask(redis, "SADD set a b");
    redis_ask(redis, "ZADD zset 1 a 2 b 3 c 4 d");
    redis_ask(redis, "HSET hash a 1 b 2");
    for (int i = 0; i < 2000; i++)
        redis_ask(redis, "PFADD hll %d", i);
    redis_ask(redis, "PFADD few a b c");
    redis_ask(redis, "XADD events 5-1 a b");
    redis_ask(redis, "XADD events 7-1 a b");
    redis_ask(redis, "XGROUP CREATE events readers 0");
    redis_ask(redis, "XREADGROUP GROUP readers one COUNT 1 STREAMS events >");
    redis_ask(redis, "SELECT 3");
    redis_ask(redis, "XADD events:3 9-1 a b");
    redis_ask(redis, "SET odd=,%%%% 1"); /* the client library makes one % of two */
    redis_ask(redis, "SELECT 0");
}

/* ---- the servers' own numbers ---------------------------------------------------------------------- */

static void expect_number(const struct agent *agent, struct redis *redis, const char *series,
                          const char *command)
{
    double said = strtod(redis_ask(redis, "%s", command), NULL);
    if (!agent_shows(agent, said, "%s", series))
        fail_msg("%s: %s says %g:\n%s", series, command, said, agent_metrics(agent));
}

static void numbers_are_those_of_the_servers(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_6_0, REDIS_7_0, REDIS_8_0, VALKEY};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct redis *redis = start(kinds[k]);
        fill(redis);
        struct agent *agent = watch(
            redis,
            "keys: ['user_*', '*set'], single_keys: [list, hash, hll, few, gone, 'db3=odd%3D%2C%25'], "
            "count_keys: ['user_?_*', 'db3=*'], key_groups: ['^(user_.)_'], streams: ['db0=ev*', 'db3=*'], "
            "big_keys: 2");
        WAIT_UNTIL(has(agent, DONE("big_keys")) && has(agent, DONE("streams")) && has(agent, DONE("keys")) &&
                       has(agent, DONE("single_keys")) && has(agent, DONE("key_groups")) &&
                       has(agent, DONE("count_keys")),
                   SOON_MS);
        metrics_assert_well_formed(agent_metrics(agent));
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"user_a_1\"}", "STRLEN user_a_1");
        expect_number(agent, redis, "redis_key_value{db=\"db0\",key=\"user_a_2\"}", "GET user_a_2");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"list\"}", "LLEN list");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"set\"}", "SCARD set");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"zset\"}", "ZCARD zset");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"hash\"}", "HLEN hash");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"hll\"}", "PFCOUNT hll");
        expect_number(agent, redis, "redis_key_size{db=\"db0\",key=\"few\"}", "PFCOUNT few");
        expect_number(agent, redis, "redis_key_memory_usage_bytes{db=\"db0\",key=\"zset\"}",
                      "MEMORY USAGE zset");
        expect_number(agent, redis, "redis_stream_length{db=\"db0\",stream=\"events\"}", "XLEN events");
        assert_true(agent_shows(agent, 1, "redis_key_value{db=\"db3\",key=\"odd=,%%\"}"));
        assert_true(
            agent_shows(agent, 1, "redis_key_value_as_string{db=\"db0\",key=\"user_a_1\",val=\"hello\"}"));
        assert_true(agent_shows(agent, 3, "redis_keys_count{db=\"db0\",key=\"user_?_*\"}"));
        assert_true(agent_shows(agent, 2, "redis_keys_count{db=\"db3\",key=\"*\"}"));
        assert_true(agent_shows(agent, 2, "redis_key_group_count{db=\"db0\",key_group=\"user_a\"}"));
        assert_true(agent_shows(agent, 7, "redis_key_group_count{db=\"db0\",key_group=\"unclassified\"}"));
        assert_true(agent_shows(agent, 9, "redis_stream_last_entry_id{db=\"db3\",stream=\"events:3\"}"));
        assert_true(agent_shows(
            agent, 1, "redis_stream_group_messages_pending{db=\"db0\",stream=\"events\",group=\"readers\"}"));
        expect_number(agent, redis, "bluegreen_big_key_memory_bytes{db=\"db0\",type=\"hash\",rank=\"1\"}",
                      "MEMORY USAGE hash");
        assert_false(metric_has(agent_metrics(agent), "redis_key_size{db=\"db0\",key=\"gone\"}"));
        /* Nobody was asked for what he does not have. */
        assert_string_equal(redis_info_lines(redis, "errorstat_"), "");
        agent_stop(agent);
        redis_stop(redis);
    }
}

/* ---- redis_exporter beside us ---------------------------------------------------------------------- */

static bool is_compared(const struct series *series)
{
    static const char *const stems[] = {"redis_key_", "redis_keys_count", "redis_stream_", "redis_script_",
                                        "redis_number_of_distinct"};
    if (strcmp(series->name, "redis_stream_group_consumer_idle_seconds") == 0)
        return false;
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++)
        if (strncmp(series->name, stems[i], strlen(stems[i])) == 0)
            return true;
    return false;
}

/*
 * What theirs says and ours does not: 0 for a key that does not exist; for a group that has read nothing yet
 * and a database without keys, whose number the server did not say.
 */
static bool is_invented(const struct series *series)
{
    return series->value == 0 && (strcmp(series_label(series, "key"), "gone") == 0 ||
                                  strcmp(series->name, "redis_number_of_distinct_key_groups") == 0 ||
                                  strcmp(series->name, "redis_stream_group_entries_read") == 0 ||
                                  strcmp(series->name, "redis_stream_max_deleted_entry_id") == 0 ||
                                  strcmp(series->name, "redis_stream_group_lag") == 0);
}

static void the_same_as_redis_exporter_with_the_same_flags(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_6_0, REDIS_7_0};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct redis *redis = start(kinds[k]);
        fill(redis);
        const char *script = test_file("numbers.lua", "return {'alpha', '1.5', 'beta', '2'}");
        const char *const flags[] = {"--redis.addr",
                                     test_text("127.0.0.1:%u", redis->port),
                                     "--check-keys=user_*,*set",
                                     "--lua-script-read-only",
                                     "--check-single-keys=list,hash,hll,few,gone,db3=odd%3D%2C%25",
                                     "--count-keys=user*,db3=*",
                                     "--check-key-groups=^(user_.)_,^(.)[ae]",
                                     "--max-distinct-key-groups=2",
                                     "--check-streams=ev*,db3=*",
                                     kinds[k] == REDIS_6_0 ? "--check-keys-batch-size=7"
                                                           : test_text("--script=%s", script),
                                     NULL};
        struct agent *agent = agent_new();
        agent_start_with(agent, flags, NULL);
        struct peer *peer = peer_start(flags);
        WAIT_UNTIL(has(agent, DONE("keys")) && has(agent, DONE("single_keys")) &&
                       has(agent, DONE("streams")) && has(agent, DONE("count_keys")) &&
                       has(agent, DONE("key_groups")) &&
                       (kinds[k] == REDIS_6_0 || has(agent, DONE("scripts"))),
                   SOON_MS);
        struct exposition theirs = exposition_read(peer_metrics(peer)),
                          ours = exposition_read(agent_metrics(agent));
        unsigned compared = 0;
        for (size_t i = 0; i < theirs.count; i++) {
            const struct series *series = &theirs.series[i];
            if (!is_compared(series) || is_invented(series))
                continue;
            const struct series *mine = exposition_find(&ours, series->key);
            if (!mine || mine->value != series->value)
                fail_msg("%s is %g there and %g here", series->key, series->value, mine ? mine->value : -1);
            compared++;
        }
        printf("%u series are the same as redis_exporter's\n", compared);
        assert_true(compared > 40);
        agent_stop(agent);
        proc_kill(peer->proc);
        redis_stop(redis);
    }
}

/* ---- cost ------------------------------------------------------------------------------------------ */

/* usec= of all commands that only surveys send. */
static double server_seconds(struct redis *redis)
{
    static const char *const lines[] = {"cmdstat_scan:", "cmdstat_memory",
                                        "cmdstat_select:", "cmdstat_type:"};
    double usec = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *line = redis_info_lines(redis, lines[i]), *at = strstr(line, "usec=");
        usec += at ? strtod(at + 5, NULL) : 0;
    }
    return usec / 1e6;
}

static void no_scrape_waits_and_the_budget_is_kept(void **state)
{
    enum { KEYS = 200000, BUDGET_MS = 100 };
    struct redis *redis = start(REDIS_7_0);
    (void)state;
    redis_ask(redis, "DEBUG POPULATE %d key 20", KEYS);
    struct agent *agent =
        watch(redis, "budget: 100ms, interval: 1h, key_groups: ['^(key):'], count_keys: ['*1']");
    int64_t began = test_now_ms(), ended = began + 120000;
    double slowest = 0, asked = server_seconds(redis);
    unsigned scrapes = 0;
    while (!has(agent, DONE("key_groups")) && test_now_ms() < ended) {
        struct http_answer answer = agent_get(agent, "/metrics");
        assert_int_equal(answer.status, 200);
        slowest = answer.seconds > slowest ? answer.seconds : slowest;
        scrapes++;
        for (int tick = 0; tick < 5; tick++)
            test_tick();
    }
    assert_true(has(agent, DONE("key_groups")));
    double took = (double)(test_now_ms() - began) / 1e3, spent = server_seconds(redis) - asked;
    double busy = agent_metric(agent, "bluegreen_survey_busy_seconds{collector=\"key_groups\"}");
    double lasted = agent_metric(agent, DONE("key_groups"));
    printf("%d keys in %.1f s; the server spent %.3f s on it, %.1f %% of the time; by round trips %.1f %%; "
           "%u scrapes meanwhile, the slowest %.0f ms\n",
           KEYS, took, spent, spent / took * 100, busy / lasted * 100, scrapes, slowest * 1e3);
    assert_true(agent_shows(agent, KEYS, "redis_key_group_count{db=\"db0\",key_group=\"key\"}"));
    assert_true(agent_shows(agent, KEYS / 10, "redis_keys_count{db=\"db0\",key=\"*1\"}"));
    assert_true(spent / took <= BUDGET_MS / 1e3);
    assert_true(busy / lasted <= BUDGET_MS / 1e3 * 1.2);
    assert_true(scrapes >= 3);
    assert_true(slowest < 1); /* the survey takes seconds */
    agent_stop(agent);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void numbers_grow_old_and_go(void **state)
{
    struct redis *redis = start(REDIS_7_0);
    (void)state;
    redis_ask(redis, "SET a 1");
    struct agent *agent = watch(redis, "interval: 1s, single_keys: [a]");
    WAIT_UNTIL(agent_shows(agent, 1, "redis_key_value{db=\"db0\",key=\"a\"}"), SOON_MS);
    WAIT_UNTIL(agent_metric(agent, "bluegreen_collector_age_seconds{collector=\"single_keys\"}") > 0.5,
               SOON_MS);
    redis_ask(redis, "SET a 2");
    WAIT_UNTIL(agent_shows(agent, 2, "redis_key_value{db=\"db0\",key=\"a\"}"), SOON_MS);
    /* From now on the survey is refused: its numbers go, the others stay. */
    redis_ask(redis, "ACL SETUSER default -type");
    redis_ask(redis, "CLIENT KILL TYPE normal SKIPME yes");
    WAIT_UNTIL(agent_shows(agent, 0, "bluegreen_collector_success{collector=\"single_keys\"}"), SOON_MS);
    WAIT_UNTIL(!has(agent, "redis_key_value{db=\"db0\",key=\"a\"}"), SOON_MS);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up"), SOON_MS);
    assert_contains(agent_log(agent), "survey=single_keys outcome=redis_noperm");
    agent_stop(agent);
}

static void a_server_that_dies_meanwhile_is_surveyed_again(void **state)
{
    struct redis *redis = start(REDIS_7_0);
    (void)state;
    redis_ask(redis, "DEBUG POPULATE 100000 key 20");
    struct agent *agent = watch(redis, "interval: 1s, budget: 10ms, count_keys: ['key*']");
    WAIT_UNTIL(strstr(redis_info_lines(redis, "cmdstat_scan:"), "calls="), SOON_MS);
    redis_restart_as(redis, REDIS_6_0);
    redis_ask(redis, "SET key1 x");
    WAIT_UNTIL(agent_shows(agent, 1, "redis_keys_count{db=\"db0\",key=\"key*\"}"), SOON_MS);
    agent_stop(agent);
}

static void a_reload_changes_what_is_looked_at(void **state)
{
    struct redis *redis = start(REDIS_7_0);
    (void)state;
    redis_ask(redis, "SET a 1");
    redis_ask(redis, "SET b 2");
    struct agent *agent = watch(redis, "interval: 1h, single_keys: [a], count_keys: ['*']");
    WAIT_UNTIL(agent_shows(agent, 1, "redis_key_value{db=\"db0\",key=\"a\"}") &&
                   has(agent, "redis_keys_count{db=\"db0\",key=\"*\"}"),
               SOON_MS);
    write_config(agent, redis, "interval: 1h, single_keys: [b]");
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(agent_shows(agent, 2, "redis_key_value{db=\"db0\",key=\"b\"}"), SOON_MS);
    assert_false(has(agent, "redis_key_value{db=\"db0\",key=\"a\"}"));
    assert_false(has(agent, "redis_keys_count{db=\"db0\",key=\"*\"}"));
    /* The same once more: nothing is asked again. */
    double selects = redis_info_number(redis, "total_connections_received");
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(test_occurrences(agent_log(agent), "the configuration was reloaded") == 2, SOON_MS);
    assert_true(has(agent, "redis_key_value{db=\"db0\",key=\"b\"}"));
    assert_true(redis_info_number(redis, "total_connections_received") == selects);
    /* None at all any more. */
    write_config(agent, redis, "interval: 1h");
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(!has(agent, "redis_key_value{db=\"db0\",key=\"b\"}"), SOON_MS);
    agent_stop(agent);
}

static void a_primary_is_spared_when_asked(void **state)
{
    struct redis *primary = start(REDIS_6_0);
    (void)state;
    redis_ask(primary, "SET a 1");
    struct redis *replica = redis_start_replica(REDIS_7_0, primary);
    struct agent *agent = agent_new();
    test_write(agent->config_path, test_text("agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 100ms}\n"
                                             "surveys: {on: replica, single_keys: [a]}\n"
                                             "targets: [{name: blue, url: \"redis://127.0.0.1:%u\"}, "
                                             "{name: green, url: \"redis://127.0.0.1:%u\"}, "
                                             "{name: off, url: \"redis://127.0.0.1:%u\", surveys: false}]\n",
                                             agent->port, primary->port, replica->port, replica->port));
    agent_start(agent, NULL);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_key_value{target=\"green\",db=\"db0\",key=\"a\"}"), SOON_MS);
    agent_await_ready(agent);
    assert_int_equal(metric_count(agent_metrics(agent), "redis_key_value", ""), 1);
    assert_string_equal(redis_info_lines(primary, "cmdstat_type"), "");
    agent_stop(agent);
}

static void scripts_only_read(void **state)
{
    struct redis *old = start(REDIS_6_0), *new = start(REDIS_7_0);
    const char *good = test_file("good.lua", "return {'dbsize', tostring(redis.call('DBSIZE'))}");
    const char *bad = test_file("bad.lua", "return redis.call('SET', 'x', '1')");
    (void)state;
    redis_ask(new, "SET a 1");
    const char *list = test_text("scripts: ['%s', '%s']", good, bad);
    struct agent *agent = watch(new, list), *other = watch(old, list);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_script_values{key=\"dbsize\",filename=\"%s\"}", good), SOON_MS);
    assert_true(agent_shows(agent, 0, "redis_script_result{filename=\"%s\"}", bad));
    assert_string_equal(redis_ask(new, "EXISTS x"), "0");
    WAIT_UNTIL(agent_shows(other, 0, "bluegreen_collector_success{collector=\"scripts\"}"), SOON_MS);
    assert_contains(agent_log(other), "it came with 7.0");
    assert_string_equal(redis_info_lines(old, "cmdstat_eval"), "");
    agent_stop(agent);
    agent_stop(other);
    char *err;
    const char *argv[] = {AGENT_PROGRAM, "--script", "/nowhere/x.lua", "--check-config", NULL};
    assert_int_equal(proc_run(argv, NULL, NULL, &err), 2);
    assert_contains(err, "surveys.scripts: /nowhere/x.lua: cannot be opened");
}

static void search_indexes_are_asked_where_the_module_is(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    const char *with_module = fake_bulk(test_text("%s\r\nmodule:name=search,ver=21005,api=1,filters=0\r\n",
                                                  strstr(fake_info("7.0.15"), "\r\n") + 2));
    (void)state;
    fake_answer(fake, "INFO", &(struct fake_answer){.head = with_module});
    fake_answer(fake, "FT._LIST", &(struct fake_answer){.head = "*2\r\n$5\r\nidx:a\r\n$1\r\nb\r\n"});
    fake_answer(fake, "FT.INFO",
                &(struct fake_answer){.head = "*4\r\n$8\r\nnum_docs\r\n$2\r\n12\r\n"
                                              "$8\r\nindexing\r\n:1\r\n"});
    struct redis at = {.port = fake_port(fake)};
    struct agent *agent = watch(&at, "search: true, search_indexes: '^idx:'");
    WAIT_UNTIL(agent_shows(agent, 12, "redis_search_index_num_docs{index_name=\"idx:a\"}"), SOON_MS);
    assert_int_equal(fake_count(fake, "FT.INFO"), 1);
    agent_stop(agent);

    struct redis *redis = start(REDIS_7_0);
    agent = watch(redis, "search: true");
    WAIT_UNTIL(agent_shows(agent, 0, "bluegreen_collector_success{collector=\"search_indexes\"}"), SOON_MS);
    assert_string_equal(redis_info_lines(redis, "errorstat_"), "");
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_those_of_the_servers),
        TEST(the_same_as_redis_exporter_with_the_same_flags),
        TEST(no_scrape_waits_and_the_budget_is_kept),
        TEST(numbers_grow_old_and_go),
        TEST(a_server_that_dies_meanwhile_is_surveyed_again),
        TEST(a_reload_changes_what_is_looked_at),
        TEST(a_primary_is_spared_when_asked),
        TEST(scripts_only_read),
        TEST(search_indexes_are_asked_where_the_module_is),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
