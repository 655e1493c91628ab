/* state: what an operator decided about pairs and targets is kept, shared, and followed at once. */
#include "support/agent.h"
#include "support/redis.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *state_file = ""; /* of the test's agent */

/* A pair whose servers are asked often; <keys> begin with ", ". */
static struct agent *pair_agent(unsigned blue, unsigned green, const char *keys)
{
    struct agent *agent = agent_new();
    state_file = test_text("%s/state.json", test_dir());
    agent_write(
        agent,
        test_text("poll_interval: 100ms, primary_min_uptime: 0s, state_file: \"%s\"%s", state_file, keys),
        "{name: blue, url: \"redis://127.0.0.1:%u\"}, {name: green, url: \"redis://127.0.0.1:%u\"}", blue,
        green);
    agent_append(agent, "pairs: [{name: shop, blue: blue, green: green}]");
    return agent;
}

static struct agent *run_pair(unsigned blue, unsigned green, const char *keys)
{
    struct agent *agent = pair_agent(blue, green, keys);
    agent_start(agent, NULL);
    agent_await_ready(agent);
    return agent;
}

static int cli(const struct agent *agent, const char *verb, const char *name, const char *word,
               char **ret_out)
{
    const char *argv[] = {CLI_PROGRAM, verb, "--config", agent->config_path, name, word, NULL};
    char *out, *err;
    int code = proc_run(argv, NULL, ret_out ? ret_out : &out, &err);
    if (code != 0)
        fail_msg("%s %s %s: %d: %s", verb, name, word ? word : "", code, err);
    return code;
}

static int status_of(const struct agent *agent, const char *path)
{
    return agent_get(agent, path).status;
}

/* ---- following -------------------------------------------------------------------------------------- */

static void green_takes_writes_as_soon_as_it_is_designated(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    struct agent *agent = run_pair(blue->port, green->port, "");
    char *out;
    (void)state;
    WAIT_UNTIL(status_of(agent, "/health/blue/primary") == 200, SOON_MS);
    assert_int_equal(status_of(agent, "/health/green/primary"), 503);
    redis_ask(green, "REPLICAOF NO ONE");
    WAIT_UNTIL(strstr(agent_get(agent, "/health/green").body, "\"role\": \"primary\""), SOON_MS);
    assert_int_equal(status_of(agent, "/health/green/primary"), 503);
    assert_int_equal(status_of(agent, "/health/blue/primary"), 200);

    cli(agent, "designate", "shop", "green", &out);
    int64_t start = test_now_ms();
    assert_string_equal(out, "shop: green takes writes, no longer blue\n");
    WAIT_UNTIL(status_of(agent, "/health/green/primary") == 200, SOON_MS);
    assert_int_equal(status_of(agent, "/health/blue/primary"), 503);
    print_message("the agent followed after %d ms\n", (int)(test_now_ms() - start));
    assert_true(agent_shows(agent, 1, "bluegreen_pair_designated{pair=\"shop\",side=\"green\"}"));
    assert_contains(agent_log(agent), "designated");
    cli(agent, "designate", "shop", NULL, &out);
    assert_string_equal(out, "green\n");
    agent_stop(agent);
}

static void a_restart_forgets_nothing(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    struct agent *agent = run_pair(blue->port, green->port, "");
    struct stat st;
    (void)state;
    WAIT_UNTIL(status_of(agent, "/health/green/read") == 200, SOON_MS);
    cli(agent, "designate", "shop", "green", NULL);
    cli(agent, "service", "green", "drain", NULL);
    WAIT_UNTIL(status_of(agent, "/health/green/read") == 503, SOON_MS);
    assert_int_equal(stat(state_file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);

    proc_kill(agent->proc);
    struct agent *before = agent;
    agent = agent_new();
    *agent = *before;
    agent_start(agent, NULL);
    assert_true(agent_shows(agent, 1, "bluegreen_pair_designated{pair=\"shop\",side=\"green\"}"));
    assert_true(
        agent_shows(agent, 1, "bluegreen_target_service{target=\"green\",side=\"green\",service=\"drain\"}"));
    agent_await_ready(agent);
    assert_contains(agent_get(agent, "/health/green/read").body, "[-]service failed: drain");
    assert_contains(agent_get(agent, "/health/blue/primary").body, "not_designated");
    cli(agent, "service", "green", "ready", NULL);
    WAIT_UNTIL(status_of(agent, "/health/green/read") == 200, SOON_MS);
    agent_stop(agent);
}

/* ---- the admin listener ----------------------------------------------------------------------------- */

static struct http_answer post(unsigned port, const char *path, const char *headers)
{
    return http_ask(port, "POST", path, headers);
}

static void only_the_admin_listener_takes_decisions(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    unsigned admin = test_free_port();
    struct agent *agent =
        run_pair(blue->port, green->port, test_text(", admin_listen: \"127.0.0.1:%u\"", admin));
    (void)state;
    WAIT_UNTIL(status_of(agent, "/health/green/read") == 200, SOON_MS);
    static const char *const paths[] = {"/-/drain/green", "/-/maint/green", "/-/ready/green",
                                        "/-/designate/shop?side=green"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(post(agent->port, paths[i], "").status, 404);
        assert_int_equal(status_of(agent, paths[i]), 404);
        assert_int_equal(http_get(admin, paths[i]).status, 405);
        assert_int_equal(post(admin, paths[i], "Origin: http://evil.example\r\n").status, 403);
    }
    assert_int_equal(status_of(agent, "/health/green/read"), 200);
    assert_string_equal(test_read(state_file), "");

    assert_string_equal(post(admin, "/-/drain/green", "").body,
                        "green: service is drain now, it was ready\n");
    assert_int_equal(status_of(agent, "/health/green/read"), 503); /* at once, not at the next poll */
    assert_string_equal(post(admin, "/-/drain/green", "").body, "green: service is drain already\n");
    assert_string_equal(post(admin, "/-/maint/green", "").body,
                        "green: service is maint now, it was drain\n");
    assert_contains(agent_get(agent, "/health/green/read").body, "maint");
    assert_string_equal(post(admin, "/-/ready/green", "").body,
                        "green: service is ready now, it was maint\n");
    assert_int_equal(status_of(agent, "/health/green/read"), 200);
    assert_string_equal(post(admin, "/-/designate/shop?side=green", "").body,
                        "shop: designated is green now, it was blue\n");
    assert_int_equal(post(admin, "/-/designate/shop", "").status, 400);
    assert_int_equal(post(admin, "/-/designate/shop?side=red", "").status, 400);
    assert_int_equal(post(admin, "/-/designate/nobody?side=green", "").status, 404);
    assert_int_equal(post(admin, "/-/drain/nobody", "").status, 404);
    assert_int_equal(http_get(admin, "/health/live").status, 200);
    assert_contains(test_read(state_file), "\"designated\": \"green\"");
    agent_stop(agent);
}

/* ---- the file --------------------------------------------------------------------------------------- */

static void who_takes_writes_is_not_guessed_from_a_broken_file(void **state)
{
    static const struct {
        const char *text, *says;
    } broken[] = {
        {"", "it is not JSON"},
        {"{\"version\": 1, \"pairs\": {\"shop\": {\"designa", "it is not JSON"},
        {"[]", "it must be a JSON object"},
        {"{}", "\"version\" is missing"},
        {"{\"version\": 2}", "version is one that this program does not know"},
        {"{\"version\": 1, \"pairs\": []}", "must be objects"},
        {"{\"version\": 1, \"pairs\": {\"shop\": {\"designated\": \"red\"}}}", "\"blue\" or \"green\""},
        {"{\"version\": 1, \"pairs\": {\"shop\": {\"paused\": 1}}}", "true or false"},
        {"{\"version\": 1, \"targets\": {\"blue\": {\"service\": \"off\"}}}", "\"drain\" or \"maint\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct agent *agent = pair_agent(test_free_port(), test_free_port(), "");
        char *err;
        test_write(state_file, broken[i].text);
        assert_int_equal(
            proc_run(AGENT_ARGS(AGENT_PROGRAM, "--config", agent->config_path), NULL, NULL, &err), 2);
        assert_contains(err, broken[i].says);
        assert_contains(err, "redis-bluegreen designate");
        assert_int_equal(
            proc_run(AGENT_ARGS(CLI_PROGRAM, "designate", "--config", agent->config_path, "shop", "green"),
                     NULL, NULL, &err),
            2);
        assert_string_equal(test_read(state_file), broken[i].text);
    }
}

static void a_file_that_breaks_later_changes_nothing_and_strange_names_stay(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    (void)state;
    struct agent *agent = pair_agent(blue->port, green->port, "");
    test_write(state_file,
               "{\"version\": 1, \"note\": [1], \"pairs\": {\"other\": {\"designated\": \"green\", "
               "\"why\": \"x\"}, \"shop\": {\"designated\": \"green\"}}}");
    agent_start(agent, NULL);
    agent_await_ready(agent);
    const char *series = "bluegreen_pair_designated{pair=\"shop\",side=\"green\"}";
    cli(agent, "service", "blue", "maint", NULL);
    assert_contains(test_read(state_file), "\"note\"");
    assert_contains(test_read(state_file), "\"why\": \"x\"");
    WAIT_UNTIL(
        agent_shows(agent, 1, "bluegreen_target_service{target=\"blue\",side=\"blue\",service=\"maint\"}"),
        SOON_MS);
    test_write(state_file, "{\"version\": 1, \"pairs\": 7}");
    WAIT_UNTIL(strstr(agent_log(agent), "the state file was not taken"), SOON_MS);
    assert_true(agent_shows(agent, 1, "%s", series));
    unlink(state_file);
    WAIT_UNTIL(strstr(agent_log(agent), "is gone"), SOON_MS);
    assert_true(agent_shows(agent, 1, "%s", series));
    agent_stop(agent);
}

static void a_pair_without_a_file_is_warned_about(void **state)
{
    struct agent *agent = agent_new();
    (void)state;
    agent_write(agent, "",
                "{name: a, url: \"redis://127.0.0.1:%u\"}, {name: b, url: \"redis://127.0.0.1:%u\"}",
                test_free_port(), test_free_port());
    agent_append(agent, "pairs: [{name: shop, blue: a, green: b}]");
    agent_start(agent, NULL);
    assert_contains(agent_log(agent), "after a restart it is blue again");
    char *err;
    assert_int_equal(proc_run(AGENT_ARGS(CLI_PROGRAM, "designate", "--config", agent->config_path, "shop"),
                              NULL, NULL, &err),
                     2);
    assert_contains(err, "agent.state_file is not set");
    agent_stop(agent);
}

/* One writer after the other is killed somewhere on its way; every reader finds a whole file. */
static void a_writer_that_is_killed_leaves_a_whole_file(void **state)
{
    struct agent *agent = pair_agent(test_free_port(), test_free_port(), "");
    unsigned seed = 20261122, killed = 0, changed = 0;
    const char *before = "";
    (void)state;
    for (int i = 0; i < 80; i++) {
        struct proc *writer = proc_start(AGENT_ARGS(CLI_PROGRAM, "designate", "--config", agent->config_path,
                                                    "shop", i % 2 ? "blue" : "green"),
                                         NULL);
        int64_t end = test_now_ms() + rand_r(&seed) % 120;
        while (test_now_ms() < end && proc_running(writer)) {
            char *text = test_read(state_file);
            json_t *root = json_loads(text, 0, NULL);
            if (!root && *text)
                fail_msg("a reader finds: %s", text);
            json_decref(root);
        }
        killed += proc_running(writer);
        proc_kill(writer);
        const char *after = test_read(state_file);
        changed += strcmp(before, after) != 0;
        before = after;
    }
    print_message("%u of 80 writers were killed, %u changes seen\n", killed, changed);
    cli(agent, "designate", "shop", "green", NULL);
    assert_contains(test_read(state_file), "\"designated\": \"green\"");
    assert_int_equal(access(test_text("%s.new", state_file), F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(green_takes_writes_as_soon_as_it_is_designated),
        TEST(a_restart_forgets_nothing),
        TEST(only_the_admin_listener_takes_decisions),
        TEST(who_takes_writes_is_not_guessed_from_a_broken_file),
        TEST(a_file_that_breaks_later_changes_nothing_and_strange_names_stay),
        TEST(a_pair_without_a_file_is_warned_about),
        TEST(a_writer_that_is_killed_leaves_a_whole_file),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
