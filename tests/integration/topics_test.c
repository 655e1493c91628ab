/*
 * topics: what only some servers know. Sentinels, cluster nodes and Valkey are asked what they know and
 * nothing else, and a server that becomes another one shows the other one's families at the next poll.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

#define QUICK "poll_interval: 50ms, backoff_max: 200ms"

static void await_polls(struct agent *agent, unsigned more)
{
    const char *series = "bluegreen_polls_total{target=\"host\",outcome=\"ok\"}";
    WAIT_UNTIL(metric_has(agent_metrics(agent), "%s", series), SOON_MS);
    double before = agent_metric(agent, "%s", series);
    WAIT_UNTIL(agent_metric(agent, "%s", series) >= before + more, SOON_MS);
}

static struct agent *watch(const char *keys, const struct redis *redis)
{
    struct agent *agent =
        agent_run(test_text(QUICK "%s", keys), "{name: host, url: \"redis://127.0.0.1:%u\"}", redis->port);
    agent_await_ready(agent);
    await_polls(agent, 10);
    return agent;
}

static const char *error_counters(struct redis *redis)
{
    const char *section = redis->kind == REDIS_6_0 ? "rejected_connections:" : "total_error_replies:";
    return test_text("%s%s", redis_info_lines(redis, "errorstat_"), redis_info_lines(redis, section));
}

static unsigned failing(const char *page)
{
    return metric_count(page, "bluegreen_collector_error", "");
}

/* The value behind <key> in a reply of pairs, one text a line. */
static const char *behind(const char *reply, const char *key)
{
    const char *at = strstr(reply, test_text("\n%s\n", key));
    if (!at)
        fail_msg("%s is not in \"%s\"", key, reply);
    at += strlen(key) + 2;
    return test_text("%.*s", (int)strcspn(at, "\n"), at);
}

/* ---- Sentinel --------------------------------------------------------------------------------------- */

#define MASTER "target=\"host\",master_name=\"mymaster\",master_address=\"127.0.0.1:%u\""

static void assert_knows_what_it_says(const char *page, struct redis *sentinel, unsigned port)
{
    static const struct {
        const char *key, *family;
    } rows[] = {{"quorum", "setting_ckquorum"},
                {"config-epoch", "config_epoch"},
                {"down-after-milliseconds", "setting_down_after_milliseconds"},
                {"failover-timeout", "setting_failover_timeout"},
                {"parallel-syncs", "setting_parallel_syncs"},
                {"num-slaves", "slaves"}};
    const char *masters = redis_ask(sentinel, "SENTINEL MASTERS");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(metric(page, "redis_sentinel_master_%s{" MASTER "}", rows[i].family, port) ==
                    strtod(behind(masters, rows[i].key), NULL));
    assert_true(metric(page, "redis_sentinel_master_last_ok_ping_reply_seconds{" MASTER "}", port) < 60);
    assert_true(metric(page, "redis_sentinel_master_status{" MASTER ",master_status=\"ok\"}", port) == 1);
    assert_true(metric(page,
                       "redis_sentinel_master_ckquorum_status{target=\"host\",master_name=\"mymaster\","
                       "message=\"%s\"}",
                       redis_ask(sentinel, "SENTINEL CKQUORUM mymaster")) == 1);
}

static void sentinel_of(enum redis_kind kind)
{
    struct redis *primary = redis_start(kind, NULL), *replica = redis_start_replica(kind, primary);
    struct redis *sentinel = redis_start_sentinel(kind, primary),
                 *other = redis_start_sentinel(kind, primary);
    WAIT_UNTIL(strstr(redis_ask(sentinel, "INFO sentinel"), "slaves=1,sentinels=2"), SOON_MS);
    /* They find each other before they have talked to each other. */
    WAIT_UNTIL(!strstr(redis_ask(sentinel, "SENTINEL SENTINELS mymaster"), "disconnected"), SOON_MS);
    (void)replica;
    const char *errors = error_counters(sentinel);
    struct agent *agent =
        watch(", enable_collectors: [sentinel_peers, config_all, sentinel_config]", sentinel);
    const char *page = agent_metrics(agent);
    assert_knows_what_it_says(page, sentinel, primary->port);
    assert_true(metric(page, "redis_sentinel_masters{target=\"host\"}") == 1);
    assert_true(metric(page, "redis_sentinel_master_sentinels{" MASTER "}", primary->port) == 2);
    assert_true(metric(page, "redis_sentinel_master_ok_sentinels{" MASTER "}", primary->port) == 2);
    assert_true(metric(page, "redis_sentinel_master_ok_slaves{" MASTER "}", primary->port) == 1);
    assert_int_equal(metric_count(page, "redis_sentinel_peer_info", test_text("port=\"%u\"", other->port)),
                     1);
    assert_int_equal(metric_count(page, "redis_sentinel_config_key_value", "resolve-hostnames"),
                     kind != REDIS_6_0); /* since 6.2 */
    assert_lacks(page, "sentinel-pass");
    assert_true(metric(page, "redis_role{target=\"host\",role=\"sentinel\"}") == 1);
    assert_int_equal(metric_count(page, "redis_db_keys", ""), 0);
    assert_int_equal(metric_count(page, "redis_slowlog_length", ""), 0);
    assert_int_equal(metric_count(page, "bluegreen_collector_success", ""), kind == REDIS_6_0 ? 2 : 3);
    assert_int_equal(failing(page), 0);
    assert_int_equal(agent_get(agent, "/health/host").status, 200);
    assert_string_equal(error_counters(sentinel), errors);
    assert_true(metric(page, "bluegreen_connections_total{target=\"host\"}") == 1);
    agent_stop(agent);
}

static void a_sentinel_of_6_0(void **state)
{
    (void)state;
    sentinel_of(REDIS_6_0);
}

static void a_sentinel_of_7_0(void **state)
{
    (void)state;
    sentinel_of(REDIS_7_0);
}

static void a_sentinel_of_valkey(void **state)
{
    (void)state;
    sentinel_of(VALKEY);
}

/* -NOQUORUM is an answer, and a primary that is gone changes its series without leaving the old ones. */
static void a_sentinel_in_trouble(void **state)
{
    (void)state;
    struct redis *primary = redis_start(REDIS_7_0, NULL);
    struct redis *sentinel = redis_start_sentinel(REDIS_7_0, primary);
    assert_string_equal(redis_ask(sentinel, "SENTINEL SET mymaster quorum 2"), "OK");
    struct agent *agent = watch("", sentinel);
    const char *page = agent_metrics(agent);
    assert_int_equal(metric_count(page, "redis_sentinel_master_ckquorum_status", "message=\"NOQUORUM "), 1);
    assert_int_equal(failing(page), 0);
    assert_int_equal(metric_count(page, "redis_sentinel_peer_info", ""), 0); /* nobody asked for it */
    redis_stop(primary);
    WAIT_UNTIL(metric_has(agent_metrics(agent),
                          "redis_sentinel_master_status{" MASTER ",master_status=\"sdown\"}", primary->port),
               SOON_MS);
    page = agent_metrics(agent);
    assert_true(
        metric(page, "redis_sentinel_master_status{" MASTER ",master_status=\"sdown\"}", primary->port) == 0);
    assert_int_equal(metric_count(page, "redis_sentinel_master_status", ""), 1);
    assert_string_equal(redis_ask(sentinel, "SENTINEL REMOVE mymaster"), "OK");
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_sentinel_master_status", "") == 0, SOON_MS);
    page = agent_metrics(agent);
    assert_int_equal(metric_count(page, "redis_sentinel_master_ckquorum_status", ""), 0);
    assert_int_equal(failing(page), 0);
    agent_stop(agent);
}

/* ---- cluster ---------------------------------------------------------------------------------------- */

#define CLUSTER REDIS_ARGS("--cluster-enabled", "yes")

/* Each slot an argument, because 6.0 knows no ranges. */
static void take_all_slots(struct redis *node)
{
    enum { SLOTS = 16384, AT_ONCE = 1024 };
    for (int from = 0; from < SLOTS; from += AT_ONCE) {
        char *command = test_alloc(AT_ONCE * 6 + 32), *end = command;
        end = stpcpy(end, "CLUSTER ADDSLOTS");
        for (int i = from; i < from + AT_ONCE; i++)
            end = stpcpy(end, test_text(" %d", i));
        assert_string_equal(redis_ask(node, "%s", command), "OK");
    }
    WAIT_UNTIL(strstr(redis_ask(node, "CLUSTER INFO"), "cluster_state:ok"), SOON_MS);
}

static void assert_shows_cluster_info(const char *page, struct redis *node)
{
    char *info = test_text("%s", redis_ask(node, "CLUSTER INFO")), *rest = NULL;
    unsigned compared = 0;
    for (char *line = strtok_r(info, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        char *value = strchr(line, ':');
        *value++ = '\0';
        if (strncmp(line, "cluster_stats_", 14) == 0 || strncmp(line, "total_", 6) == 0)
            continue;
        double expected = strcmp(value, "ok") == 0 ? 1 : strtod(value, NULL);
        if (metric(page, "redis_%s{target=\"host\"}", line) != expected)
            fail_msg("%s is %s", line, value);
        compared++;
    }
    assert_true(compared >= 9);
}

static void a_cluster_node(void **state)
{
    static const enum redis_kind kinds[] = {REDIS_6_0, REDIS_7_0, REDIS_8_0, VALKEY};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct redis *node = redis_start(kinds[i], CLUSTER);
        take_all_slots(node);
        const char *errors = error_counters(node);
        struct agent *agent = watch("", node);
        const char *page = agent_metrics(agent);
        assert_shows_cluster_info(page, node);
        assert_true(metric(page, "redis_cluster_state{target=\"host\"}") == 1);
        assert_true(metric(page, "redis_cluster_messages_sent_total{target=\"host\"}") == 0);
        assert_int_equal(metric_count(page, "redis_db_keys", ""), 1);
        assert_int_equal(metric_count(page, "redis_cluster_info_field_value", ""), 0);
        assert_int_equal(failing(page), 0);
        assert_string_equal(error_counters(node), errors);
        agent_stop(agent);
        redis_stop(node);
    }
}

/* ---- a server that becomes another one -------------------------------------------------------------- */

struct families {
    const char *name;
    bool alone, cluster, valkey;
};

static const struct families families[] = {
    {"redis_cluster_state", false, true, false},
    {"redis_cluster_slots_assigned", false, true, false},
    {"redis_commandlog_slow_length", false, false, true},
    {"redis_commandlog_execution_slower_than", false, false, true},
    {"redis_slowlog_length", true, true, true},
    {"redis_config_maxclients", true, true, true},
};

static void assert_families(const char *page, size_t offset)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        bool expected = *((const bool *)((const char *)&families[i] + offset));
        if (metric_count(page, families[i].name, "") != expected)
            fail_msg("%s should be %s", families[i].name, expected ? "there" : "gone");
    }
    assert_int_equal(failing(page), 0);
    metrics_assert_well_formed(page);
}

static void replaced_by(struct agent *agent, const char *version, size_t offset)
{
    WAIT_UNTIL(metric_count(agent_metrics(agent), "redis_instance_info", version) == 1, SOON_MS);
    assert_families(agent_metrics(agent), offset); /* the first page that shows the new one */
    await_polls(agent, 3);
    assert_families(agent_metrics(agent), offset);
}

/* Alone, then a cluster node, Valkey, and alone again, all on one port under a running agent. */
static void families_come_and_go_with_the_server(void **state)
{
    (void)state;
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    unsigned port = redis->port;
    struct agent *agent = watch("", redis);
    assert_families(agent_metrics(agent), offsetof(struct families, alone));

    redis_stop(redis);
    redis = redis_start_at(REDIS_7_0, port, CLUSTER);
    redis_await(redis);
    replaced_by(agent, "redis_mode=\"cluster\"", offsetof(struct families, cluster));

    redis_stop(redis);
    redis = redis_start_at(VALKEY, port, NULL);
    redis_await(redis);
    replaced_by(agent, "valkey_version=\"8.1", offsetof(struct families, valkey));

    redis_stop(redis);
    redis = redis_start_at(REDIS_6_0, port, NULL);
    redis_await(redis);
    replaced_by(agent, "redis_version=\"6.0", offsetof(struct families, alone));
    agent_stop(agent);
}

/* ---- Valkey's command log --------------------------------------------------------------------------- */

static void valkeys_command_log(void **state)
{
    (void)state;
    struct redis *valkey = redis_start(VALKEY, REDIS_ARGS("--commandlog-request-larger-than", "4096"));
    for (int i = 0; i < 3; i++)
        redis_ask(valkey, "SET large %s", test_text("%05000d", i));
    const char *errors = error_counters(valkey);
    struct agent *agent = watch("", valkey);
    const char *page = agent_metrics(agent);
    assert_true(metric(page, "redis_commandlog_large_request_length{target=\"host\"}") == 3);
    assert_string_equal(redis_ask(valkey, "COMMANDLOG LEN large-request"), "3");
    assert_true(metric(page, "redis_commandlog_large_request_last_id{target=\"host\"}") == 2);
    assert_true(metric(page, "redis_commandlog_large_reply_length{target=\"host\"}") == 0);
    assert_true(metric(page, "redis_commandlog_request_larger_than{target=\"host\"}") == 4096);
    assert_true(metric(page, "redis_commandlog_large_reply_max_len{target=\"host\"}") == 128);
    assert_int_equal(failing(page), 0);
    assert_string_equal(error_counters(valkey), errors);
    agent_stop(agent);
}

/* ---- all settings ----------------------------------------------------------------------------------- */

static void all_settings_but_secrets_and_only_on_request(void **state)
{
    (void)state;
    struct redis *redis = redis_start(
        REDIS_7_0, REDIS_ARGS("--masterauth", "hunter2-primary", "--tls-key-file-pass", "hunter2-key"));
    struct agent *agent = watch("", redis);
    assert_int_equal(metric_count(agent_metrics(agent), "redis_config_key_value", ""), 0);
    agent_stop(agent);

    agent = watch(", enable_collectors: config_all", redis);
    const char *page = agent_metrics(agent);
    assert_int_equal(
        metric_count(page, "redis_config_key_value", "key=\"maxmemory-policy\",value=\"noeviction\""), 1);
    assert_true(
        metric(page, "redis_config_value{target=\"host\",key=\"maxclients\"}") ==
        strtod(behind(test_text("\n%s", redis_ask(redis, "CONFIG GET maxclients")), "maxclients"), NULL));
    assert_in_range(metric_count(page, "redis_config_key_value", ""), 150, 400);
    assert_lacks(page, "hunter2");
    assert_lacks(agent_log(agent), "hunter2");
    agent_stop(agent);
}

/* ---- commands of another name ----------------------------------------------------------------------- */

#define SETTING "redis_config_maxclients{target=\"host\"}"
#define RENAMED REDIS_ARGS("--rename-command", "CONFIG", "hunter2-config")

static void a_renamed_command_is_sent_by_its_name(void **state)
{
    (void)state;
    struct redis *redis = redis_start(REDIS_7_0, RENAMED);
    redis_ask(redis, "NONSENSE");
    const char *errors = error_counters(redis);
    struct agent *agent = watch(", rename_commands: {config: hunter2-config}", redis);
    assert_true(agent_metric(agent, SETTING) == 10000);
    assert_int_equal(failing(agent_metrics(agent)), 0);
    assert_string_equal(error_counters(redis), errors);
    agent_stop(agent);

    agent = watch(", rename_commands: {CONFIG: \"\"}", redis);
    assert_false(metric_has(agent_metrics(agent), SETTING));
    assert_int_equal(
        metric_count(agent_metrics(agent), "bluegreen_collector_success", "collector=\"config\""), 0);
    assert_string_equal(error_counters(redis), errors);
    agent_stop(agent);
}

/* One clear word for it, and the command is not sent again on this connection. */
static void a_command_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct redis *redis = redis_start(REDIS_7_0, RENAMED);
    struct agent *agent = watch("", redis);
    const char *errors = error_counters(redis);
    await_polls(agent, 10);
    const char *page = agent_metrics(agent);
    assert_true(metric(page, "bluegreen_collector_success{target=\"host\",collector=\"config\"}") == 0);
    assert_true(
        metric(
            page,
            "bluegreen_collector_error{target=\"host\",collector=\"config\",reason=\"unknown_command\"}") ==
        1);
    assert_int_equal(failing(page), 1);
    assert_string_equal(error_counters(redis), errors);
    agent_stop(agent);
}

static void an_acl_that_denies_is_named(void **state)
{
    (void)state;
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    redis_ask(redis, "ACL SETUSER default -slowlog");
    struct agent *agent = watch("", redis);
    const char *errors = error_counters(redis);
    await_polls(agent, 10);
    assert_string_equal(error_counters(redis), errors); /* it was refused once and is not asked again */
    assert_true(
        agent_metric(
            agent,
            "bluegreen_collector_error{target=\"host\",collector=\"slowlog\",reason=\"redis_noperm\"}") == 1);
    assert_int_equal(metric_count(agent_metrics(agent), "bluegreen_collector_error", "collector=\"slowlog\""),
                     1);
    agent_stop(agent);
}

/* "ERR unknown command" repeats what was sent with it. */
static void an_unknown_auth_does_not_show_the_password(void **state)
{
    (void)state;
    struct redis *redis = redis_start_at(
        REDIS_7_0, test_free_port(),
        REDIS_ARGS("--rename-command", "AUTH", "hunter2-auth", "--requirepass", "hunter2-password"));
    struct agent *agent = agent_run(
        QUICK,
        "{name: host, url: \"redis://127.0.0.1:%u\", password: hunter2-password}, {name: renamed, url: "
        "\"redis://127.0.0.1:%u\", password: hunter2-password, rename_commands: {AUTH: hunter2-auth}}",
        redis->port, redis->port);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"renamed\"}"), SOON_MS);
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_poll_outcome{target=\"host\",outcome=\"unknown_command\"}"),
               SOON_MS);
    assert_contains(agent_get(agent, "/health").body, "rename_commands");
    assert_lacks(agent_get(agent, "/health").body, "hunter2");
    assert_lacks(agent_get(agent, "/").body, "hunter2");
    assert_lacks(agent_log(agent), "hunter2");
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sentinel_of_6_0),
        TEST(a_sentinel_of_7_0),
        TEST(a_sentinel_of_valkey),
        TEST(a_sentinel_in_trouble),
        TEST(a_cluster_node),
        TEST(families_come_and_go_with_the_server),
        TEST(valkeys_command_log),
        TEST(all_settings_but_secrets_and_only_on_request),
        TEST(a_renamed_command_is_sent_by_its_name),
        TEST(a_command_that_is_not_there_is_named),
        TEST(an_acl_that_denies_is_named),
        TEST(an_unknown_auth_does_not_show_the_password),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
