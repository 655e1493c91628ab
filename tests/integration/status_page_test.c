/*
 * status_page: what / and /status.json say in the states of a migration, to a person and to a program.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <jansson.h>
#include <string.h>

static struct fake *blue, *green;
static struct agent *agent;

/* INFO of one side; <role> has the fields that go with it. */
static const char *info_of(const char *version, const char *role)
{
    return fake_bulk(
        test_text("# Server\r\nredis_version:%s\r\nredis_mode:standalone\r\n"
                  "run_id:%s\r\nuptime_in_seconds:1000\r\n# Persistence\r\nloading:0\r\n"
                  "rdb_last_bgsave_status:ok\r\naof_enabled:0\r\n# Memory\r\nused_memory:1048576\r\n"
                  "# Stats\r\ninstantaneous_ops_per_sec:120\r\ntotal_error_replies:3\r\n"
                  "# Replication\r\n%smaster_replid:aaaa\r\n# Keyspace\r\n",
                  version, version, role));
}

#define PRIMARY                                                                                              \
    "role:master\r\nconnected_slaves:1\r\nmaster_repl_offset:100000000\r\nrepl_backlog_histlen:1000\r\n"
#define REPLICA(offset, link)                                                                                \
    "role:slave\r\nmaster_host:10.0.0.6\r\nmaster_port:6379\r\nmaster_link_status:" link                     \
    "\r\nmaster_sync_in_progress:0\r\nslave_repl_offset:" offset "\r\nconnected_slaves:0\r\n"

/* What they may say, made once: a fake goes on saying it when the test that asked for it has ended. */
enum scene { LEADS = 0, FOLLOWS, LAGS, LINK_DOWN, SCENES };
static const char *const scenes[SCENES] = {[LEADS] = PRIMARY,
                                           [FOLLOWS] = REPLICA("100000000", "up"),
                                           [LAGS] = REPLICA("74834176", "up"), /* 24 MB */
                                           [LINK_DOWN] = REPLICA("100000000", "down")};
static const char *blue_infos[SCENES], *green_infos[SCENES];

static void blue_says(enum scene scene)
{
    fake_answer(blue, "INFO", &(struct fake_answer){.head = blue_infos[scene]});
}

static void green_says(enum scene scene)
{
    fake_answer(green, "INFO", &(struct fake_answer){.head = green_infos[scene]});
}

static int start_all(void **state)
{
    (void)state;
    blue = fake_start("6.0.16");
    green = fake_start("7.0.15");
    for (unsigned i = 0; i < SCENES; i++) {
        blue_infos[i] = info_of("6.0.16", scenes[i]);
        green_infos[i] = info_of("7.0.15", scenes[i]);
    }
    blue_says(LEADS);
    green_says(FOLLOWS);
    agent = agent_new();
    agent_write(agent, "poll_interval: 50ms, timeout: 500ms, backoff_max: 1s",
                "{name: six, url: \"redis://127.0.0.1:%u\"}, {name: seven, url: \"redis://127.0.0.1:%u\"}",
                fake_port(blue), fake_port(green));
    agent_append(agent, "pairs: [{name: orders, blue: six, green: seven}]\n");
    agent_start(agent, NULL);
    agent_await_ready(agent);
    return 0;
}

static int stop_all(void **state)
{
    agent_stop(agent);
    return test_group_teardown(state);
}

static void release_json(void *json)
{
    json_decref(json);
}

static json_t *status(void)
{
    json_error_t error;
    struct http_answer answer = agent_get(agent, "/status.json");
    json_t *json = json_loadb(answer.body, answer.body_len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("not JSON: %s\n%s", error.text, answer.body);
    test_on_end(release_json, json);
    assert_int_equal(answer.status, 200);
    assert_string_equal(http_header(&answer, "Content-Type"), "application/json");
    assert_string_equal(http_header(&answer, "Cache-Control"), "no-store");
    return json;
}

static const json_t *pair(void)
{
    return json_array_get(json_object_get(status(), "pairs"), 0);
}

static const json_t *target(const json_t *json, size_t index)
{
    return json_array_get(json_object_get(json, "targets"), index);
}

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found ? found : "";
}

static bool verdict_is(const char *verdict)
{
    return strcmp(text(pair(), "verdict"), verdict) == 0;
}

static const char *page(void)
{
    struct http_answer answer = agent_get(agent, "/");
    assert_int_equal(answer.status, 200);
    assert_contains(http_header(&answer, "Content-Security-Policy"), "default-src 'none'");
    assert_string_equal(http_header(&answer, "Cache-Control"), "no-store");
    assert_lacks(answer.body, "<script");
    assert_lacks(answer.body, " style=");
    return answer.body;
}

static void a_pair_that_could_be_switched(void **state)
{
    (void)state;
    agent_get(agent, "/health/seven/replica");
    WAIT_UNTIL(verdict_is("ready"), SOON_MS);
    const char *seen = page();
    assert_contains(seen, "Blue takes writes; green follows 0 bytes behind. Ready to switch, for ");
    assert_contains(seen, "cutover check: 200 ready");
    assert_contains(seen, "asked by <bdi>127.0.0.1</bdi>");
    assert_contains(seen, "<bdi>10.0.0.6</bdi>:6379");
    const json_t *json = status(), *answers = json_object_get(target(json, 1), "answers");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(answers, "replica"), "status")), 200);
    assert_string_equal(text(json_object_get(answers, "replica"), "asked_by"), "127.0.0.1");
    assert_string_equal(text(json_object_get(answers, "primary"), "reason"), "not_primary");
    assert_true(json_is_null(json_object_get(json_object_get(answers, "primary"), "asked_by")));
    const json_t *ops = json_object_get(json_object_get(target(json, 0), "history"), "ops_per_second");
    assert_int_equal(json_array_size(ops), 120);
    assert_true(json_real_value(json_array_get(ops, 119)) == 120);
    assert_true(json_is_null(json_array_get(ops, 0)));
}

static void a_replica_that_is_far_behind(void **state)
{
    (void)state;
    green_says(LAGS);
    WAIT_UNTIL(strstr(text(pair(), "sentence"), "24 MB") && strcmp(text(pair(), "status"), "fail") == 0,
               SOON_MS);
    const char *seen = page();
    assert_contains(seen, "Not safe to cut over: green is 24 MB behind (limit 16 MB), for ");
    assert_contains(seen, ". Blue takes writes.");
    assert_contains(seen, "<code>lag_bytes</code>");
    assert_contains(seen, "24 MB, at most 8 MB (bad beyond 16 MB, until it is back)");
    assert_contains(seen, "cutover check: 503 not ready");
    assert_contains(seen, "lag_bytes went from pass to fail");
}

static void a_link_that_is_down(void **state)
{
    (void)state;
    green_says(LINK_DOWN);
    WAIT_UNTIL(strstr(text(pair(), "sentence"), "the link from green to its primary is down"), SOON_MS);
    assert_contains(page(), "Not safe to cut over: the link from green to its primary is down, for ");
    assert_contains(page(), "the link to its primary 10.0.0.6:6379 is down");
    assert_contains(page(), "Look at the replica&#39;s log");
    green_says(FOLLOWS);
    WAIT_UNTIL(verdict_is("ready"), SOON_MS);
    assert_contains(page(), "the link to its primary 10.0.0.6:6379 is up");
}

static void a_side_that_is_silent(void **state)
{
    (void)state;
    fake_answer(green, "INFO", &(struct fake_answer){.head = "-NOAUTH Authentication required.\r\n"});
    WAIT_UNTIL(verdict_is("unseen"), SOON_MS);
    assert_contains(page(), "Green does not answer, for ");
    assert_contains(page(), "Not safe to cut over.");
    assert_contains(page(), "1 of 2 targets did not answer the last one");
}

static void a_green_that_was_promoted(void **state)
{
    (void)state;
    green_says(LEADS);
    WAIT_UNTIL(verdict_is("both_primary"), SOON_MS);
    assert_contains(page(), "Split brain: both sides are primaries and take writes, for ");
    assert_contains(page(), "its role went from replica to primary");
    blue_says(FOLLOWS);
    WAIT_UNTIL(verdict_is("wrong_primary"), SOON_MS);
    assert_contains(page(), "Green is the primary, but blue was decided to take writes");
    const json_t *event = json_array_get(json_object_get(status(), "events"), 0);
    assert_string_equal(text(event, "subject"), "orders");
    assert_true(json_array_size(json_object_get(status(), "events")) <= 50);
}

static void it_refreshes_itself_as_it_is_told(void **state)
{
    (void)state;
    assert_contains(agent_get(agent, "/").body, "<meta http-equiv=\"refresh\" content=\"5\">");
    assert_contains(agent_get(agent, "/?refresh=60").body, "<meta http-equiv=\"refresh\" content=\"60\">");
    assert_lacks(agent_get(agent, "/?refresh=off").body, "http-equiv=\"refresh\"");
    assert_int_equal(agent_get(agent, "/?refresh=0").status, 400);
    assert_int_equal(agent_get(agent, "/?refresh=often").status, 400);
    assert_int_equal(agent_get(agent, "/status.json?x=1").status, 400);
    assert_string_not_equal(agent_get(agent, "/").head, agent_get(agent, "/").head); /* the nonce */
}

static void a_reload_is_remembered_and_so_is_one_that_failed(void **state)
{
    char *config = test_read(agent->config_path);
    (void)state;
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "").status, 200);
    assert_contains(page(), "the configuration was read again");
    test_write(agent->config_path, "targets: nonsense\n");
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "").status, 500);
    assert_contains(page(), "the configuration was not taken");
    assert_contains(page(), "the last reload failed");
    test_write(agent->config_path, config);
}

/* 60 that are down beside one that is well: the worst are shown, the others counted. */
static void of_many_targets_the_worst_are_shown(void **state)
{
    unsigned closed = test_free_port();
    const char *list = test_text("{name: fine, url: \"redis://127.0.0.1:%u\"}", fake_port(blue));
    (void)state;
    for (int i = 0; i < 60; i++)
        list = test_text("%s, {name: gone%d, url: \"redis://127.0.0.1:%u/%d\"}", list, i, closed, i);
    struct agent *many = agent_run("poll_interval: 100ms, timeout: 1s", "%s", list);
    agent_await_ready(many);
    const char *seen = agent_get(many, "/").body;
    assert_contains(seen, "61 targets: ");
    assert_contains(seen, "These are the worst; 11 more are better off");
    assert_contains(seen, "health/gone0?verbose");
    assert_lacks(seen, "health/fine?verbose");
    agent_stop(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pair_that_could_be_switched),
        TEST(a_replica_that_is_far_behind),
        TEST(a_link_that_is_down),
        TEST(a_side_that_is_silent),
        TEST(a_green_that_was_promoted),
        TEST(it_refreshes_itself_as_it_is_told),
        TEST(a_reload_is_remembered_and_so_is_one_that_failed),
        TEST(of_many_targets_the_worst_are_shown),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, stop_all));
}
