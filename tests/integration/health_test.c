/*
 * health: what a load balancer is told about a real pair, Redis 6.0 and its replica 7.0, when all is well and
 * when it is not. A wrong yes is a split brain, a wrong no an outage.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* min_uptime counts from the server's start: 0 where the test does not wait for it. */
#define QUICK "poll_interval: 100ms, backoff_max: 200ms, stale_after: 2s, max_age: 0s"

struct pair {
    struct redis *blue, *green;
    struct agent *agent;
};

static void write_config(struct pair *pair, const char *more)
{
    agent_write(pair->agent, test_text(QUICK ", %s", more),
                "{name: blue, url: \"redis://127.0.0.1:%u\"}, {name: green, url: \"redis://127.0.0.1:%u\"}",
                pair->blue->port, pair->green->port);
    agent_append(pair->agent, "pairs: [{name: cache, blue: blue, green: green}]");
}

/* Watched, and green follows blue. */
static struct pair pair_start(const char *more)
{
    struct pair pair = {.blue = redis_start(REDIS_6_0, NULL), .agent = agent_new()};
    pair.green = redis_start_replica(REDIS_7_0, pair.blue);
    write_config(&pair, more);
    agent_start(pair.agent, NULL);
    agent_await_ready(pair.agent);
    return pair;
}

static int status_of(const struct pair *pair, const char *path)
{
    return agent_get(pair->agent, path).status;
}

static bool says(const struct pair *pair, const char *path, int status, const char *part)
{
    struct http_answer answer = agent_get(pair->agent, path);
    return answer.status == status && strstr(answer.body, part);
}

#define AWAIT(pair, path, status, part) WAIT_UNTIL(says(pair, path, status, part), SOON_MS)

static void writes_go_to_blue_and_reads_to_both(void **state)
{
    struct pair pair = pair_start("primary_min_uptime: 0s");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    AWAIT(&pair, "/health/green/replica", 200, "ok\n");
    AWAIT(&pair, "/health/green/read", 200, "ok\n");
    assert_int_equal(status_of(&pair, "/health/blue/read"), 200);
    assert_int_equal(status_of(&pair, "/primary/blue"), 200);
    assert_int_equal(status_of(&pair, "/replica/green"), 200);
    assert_true(says(&pair, "/health/green/primary", 503, "[-]role failed: not_primary: "));
    assert_true(says(&pair, "/health/green/primary", 503, "[-]designated failed: not_designated: "));
    assert_true(says(&pair, "/health/blue/replica", 503, "[-]role failed: not_replica: "));
    assert_true(says(&pair, "/health/green/replica?verbose", 200, "[+]link ok\n"));
    /* The backlog is read with both polls: the lag is known, and small, once they have met. */
    AWAIT(&pair, "/health/green/replica?max_lag=10mb&max_lag_seconds=60", 200, "ok\n");
    AWAIT(&pair, "/health/pair/cache", 200, "\"pass\"");
    AWAIT(&pair, "/health/pair/cache/cutover", 200, "ready to switch\n");
    agent_stop(pair.agent);
}

static void every_way_to_ask_gets_the_same_answer(void **state)
{
    static const char *const paths[] = {"/health/blue/primary",  "/health/green/primary",
                                        "/health/green/replica", "/health/green/read",
                                        "/health/pair/cache",    "/health/pair/nobody"};
    struct pair pair = pair_start("primary_min_uptime: 0s");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    AWAIT(&pair, "/health/green/replica", 200, "ok\n");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int status = status_of(&pair, paths[i]);
        assert_int_equal(http_ask(pair.agent->port, "HEAD", paths[i], "").status, status);
        assert_int_equal(http_ask(pair.agent->port, "OPTIONS", paths[i], "").status, status);
        const char *old = test_text("GET %s HTTP/1.0\r\n\r\n", paths[i]);
        assert_int_equal(http_raw(pair.agent->port, old, SOON_MS).status, status);
        assert_int_equal(http_ask(pair.agent->port, "POST", paths[i], "Content-Length: 0\r\n").status, 405);
    }
    agent_stop(pair.agent);
}

/* A question that was not understood must not be answered as if it had been another. */
static void what_is_not_understood_is_no_answer(void **state)
{
    static const struct {
        const char *path;
        int status;
    } rows[] = {
        {"/health/blue/primary?max_lag=10mb", 400},
        {"/health/green/replica?maxlag=10mb", 400},
        {"/health/green/replica?max_lag=much", 400},
        {"/health/green/replica?max_lag=-1", 400},
        {"/health/green/replica?max_lag_seconds=nan", 400},
        {"/health/green/replica?max_lag_seconds=-1", 400},
        {"/health/blue/primary?exclude=nosuch", 400},
        {"/health/nobody/primary", 404},
        {"/health/nobody/replica?max_lag=1", 404},
        {"/primary/nobody", 404},
        {"/health/pair/blue", 404},
        {"/health/pair/blue/cutover", 404},
        {"/health/blue/master", 404},
    };
    struct pair pair = pair_start("primary_min_uptime: 0s");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (status_of(&pair, rows[i].path) != rows[i].status)
            fail_msg("%s: %d", rows[i].path, status_of(&pair, rows[i].path));
    assert_int_equal(status_of(&pair, "/health/blue/primary?exclude=loading"), 200);
    agent_stop(pair.agent);
}

/* ---- faults ----------------------------------------------------------------------------------------- */

static void a_frozen_primary_takes_no_writes(void **state)
{
    struct pair pair = pair_start("primary_min_uptime: 0s, timeout: 500ms");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    proc_signal(pair.blue->proc, SIGSTOP);
    int64_t frozen = test_now_ms();
    WAIT_UNTIL(status_of(&pair, "/health/blue/primary") == 503, SOON_MS);
    int64_t took = test_now_ms() - frozen;
    proc_signal(pair.blue->proc, SIGCONT);
    printf("# a frozen primary was refused after %lld ms\n", (long long)took);
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    agent_stop(pair.agent);
}

/* It says that it is primary before anybody could tell it otherwise, and its data may be gone. */
static void a_primary_that_comes_back_waits(void **state)
{
    struct pair pair = pair_start("primary_min_uptime: 3s");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    redis_restart_as(pair.blue, REDIS_6_0);
    AWAIT(&pair, "/health/blue/primary", 503, "just_started");
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    assert_true(redis_info_number(pair.blue, "uptime_in_seconds") >= 3);
    agent_stop(pair.agent);
}

static void a_promoted_green_is_not_designated(void **state)
{
    struct pair pair = pair_start("primary_min_uptime: 0s");
    (void)state;
    AWAIT(&pair, "/health/blue/primary", 200, "ok\n");
    assert_string_equal(redis_ask(pair.green, "REPLICAOF NO ONE"), "OK");
    AWAIT(&pair, "/health/pair/cache", 503, "\"both_writable\"");
    assert_true(says(&pair, "/health/green/primary", 503, "not_designated"));
    assert_true(says(&pair, "/health/blue/primary", 200, "ok\n"));
    AWAIT(&pair, "/health/pair/cache/cutover", 503, "[-]both_writable failed: both_writable: ");
    WAIT_UNTIL(agent_shows(pair.agent, 0, "bluegreen_health{pair=\"cache\"}"), SOON_MS);
    assert_true(agent_shows(pair.agent, 1, "bluegreen_pair_designated{pair=\"cache\",side=\"blue\"}"));
    assert_true(agent_shows(pair.agent, 0, "bluegreen_cutover_ready{pair=\"cache\"}"));
    redis_ask(pair.green, "REPLICAOF 127.0.0.1 %u", pair.blue->port);
    AWAIT(&pair, "/health/pair/cache", 200, "\"status\"");
    agent_stop(pair.agent);
}

static void a_replica_without_its_primary_is_no_replica(void **state)
{
    struct pair pair = pair_start("primary_min_uptime: 0s");
    (void)state;
    AWAIT(&pair, "/health/green/replica", 200, "ok\n");
    redis_stop(pair.blue);
    AWAIT(&pair, "/health/green/replica", 503, "link_down");
    AWAIT(&pair, "/health/green/read", 503, "link_down");
    AWAIT(&pair, "/health/pair/cache/cutover", 503, "[-]seen failed: unknown: ");
    agent_stop(pair.agent);
}

/* ---- checks of one's own ---------------------------------------------------------------------------- */

#define OWN                                                                                                  \
    "checks:\n"                                                                                              \
    "  - name: too_many_keys\n"                                                                              \
    "    help: Blue holds less than three keys more than green\n"                                            \
    "    about: pair\n"                                                                                      \
    "    value: default(blue.db0:keys, 0) - default(green.db0:keys, 0)\n"                                    \
    "    fail: {above: 2, until: 0}\n"                                                                       \
    "    stops: [cutover]\n"                                                                                 \
    "  - name: lag_bytes\n"                                                                                  \
    "    help: The replica is close behind\n"                                                                \
    "    if: present(lag_bytes)\n"                                                                           \
    "    value: lag_bytes\n"                                                                                 \
    "    fail: {above: 100kb, until: 10kb}\n"                                                                \
    "    fall: 3\n"                                                                                          \
    "    hold: 2s\n"                                                                                         \
    "    stops: [replica]\n"

static double check_of(const struct pair *pair, const char *whose, const char *check)
{
    return agent_metric(pair->agent, "bluegreen_health_check{%s,check=\"%s\"}", whose, check);
}

static void a_check_of_ones_own_looks_at_both_sides(void **state)
{
    const char *file = test_file("own.yml", "%s", OWN);
    struct pair pair = pair_start(test_text("primary_min_uptime: 0s, health_checks: %s", file));
    (void)state;
    AWAIT(&pair, "/health/pair/cache", 200, "\"pass\"");
    assert_lacks(agent_metrics(pair.agent), "check=\"memory\"");
    redis_ask(pair.green, "REPLICAOF NO ONE");
    for (int i = 0; i < 3; i++)
        redis_ask(pair.blue, "SET k%d 1", i);
    AWAIT(&pair, "/health/pair/cache", 503, "\"cache:too_many_keys\"");
    assert_true(check_of(&pair, "pair=\"cache\"", "too_many_keys") == 0);
    assert_true(
        agent_shows(pair.agent, 3, "bluegreen_health_check_value{pair=\"cache\",check=\"too_many_keys\"}"));
    AWAIT(&pair, "/health/pair/cache/cutover", 503, "[-]too_many_keys failed: too_many_keys: ");
    redis_ask(pair.blue, "DEL k0");
    redis_ask(pair.green, "SET k1 1"); /* a difference of 1 is below the limit, not yet back over it */
    AWAIT(&pair, "/health/pair/cache?verbose", 503, ": 1, at most 0");
    redis_ask(pair.blue, "DEL k1");
    AWAIT(&pair, "/health/pair/cache", 200, "\"pass\"");
    agent_stop(pair.agent);
}

/* Two polls do not meet exactly, and a replica catches up in bursts: neither is news to a load balancer. */
static void lag_around_its_limit_does_not_flap(void **state)
{
    const char *file = test_file("own.yml", "%s", OWN);
    struct pair pair = pair_start(test_text("primary_min_uptime: 0s, health_checks: %s", file));
    char *block = test_alloc(150 << 10);
    unsigned changes = 0;
    int last = 200;
    (void)state;
    memset(block, 'x', (150 << 10) - 1);
    AWAIT(&pair, "/health/green/replica", 200, "ok\n");
    /* Bursts above the limit, each gone at the next look or the one after. */
    for (int i = 0; i < 20; i++) {
        redis_ask(pair.blue, "SET burst %s", block);
        int status = status_of(&pair, "/health/green/replica");
        changes += status != last;
        last = status;
    }
    assert_int_equal(changes, 0);
    /* A link that stands still: the lag stays, and so does the verdict, from one change to the other. */
    proc_signal(pair.green->proc, SIGSTOP);
    redis_ask(pair.blue, "SET burst %s", block);
    WAIT_UNTIL(status_of(&pair, "/health/green/replica") == 503, SOON_MS);
    proc_signal(pair.green->proc, SIGCONT);
    WAIT_UNTIL(status_of(&pair, "/health/green/replica") == 200, SOON_MS);
    agent_stop(pair.agent);
}

static void a_file_with_a_mistake_is_not_taken(void **state)
{
    const char *file = test_file("own.yml", "%s", OWN);
    struct pair pair = pair_start(test_text("primary_min_uptime: 0s, health_checks: %s", file));
    (void)state;
    AWAIT(&pair, "/health/pair/cache", 200, "\"pass\"");
    test_write(file, "checks:\n  - name: x\n    help: h\n    when: used_memory >\n");
    struct http_answer answer = http_ask(pair.agent->port, "POST", "/-/reload", "Content-Length: 0\r\n");
    assert_int_equal(answer.status, 500);
    assert_contains(answer.body, "own.yml:4:24: when: at character 14: the expression ends too early");
    assert_true(check_of(&pair, "pair=\"cache\"", "too_many_keys") == 1);
    assert_true(agent_shows(pair.agent, 0, "bluegreen_config_last_reload_successful"));
    agent_stop(pair.agent);

    struct agent *next = agent_new();
    agent_write(next, test_text("health_checks: %s", file), "{name: a, url: \"redis://127.0.0.1:1\"}");
    char *err;
    assert_int_equal(proc_run(AGENT_ARGS(AGENT_PROGRAM, "--config", next->config_path), NULL, NULL, &err), 2);
    assert_contains(err, "own.yml:4:24: when: at character 14");

    test_write(file, OWN);
    write_config(&pair, test_text("primary_min_uptime: 0s, health_checks: %s", file));
    pair.agent = agent_new();
    write_config(&pair, "primary_min_uptime: 0s");
    agent_start(pair.agent, NULL);
    agent_await_ready(pair.agent);
    AWAIT(&pair, "/health/pair/cache?verbose", 200, "both_writable ok"); /* the file that is built in */
    write_config(&pair, test_text("primary_min_uptime: 0s, health_checks: %s", file));
    assert_int_equal(http_ask(pair.agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
    AWAIT(&pair, "/health/pair/cache?verbose", 200, "too_many_keys ok");
    assert_lacks(agent_get(pair.agent, "/health/pair/cache?verbose").body, "both_writable");
    agent_stop(pair.agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_go_to_blue_and_reads_to_both),
        TEST(every_way_to_ask_gets_the_same_answer),
        TEST(what_is_not_understood_is_no_answer),
        TEST(a_frozen_primary_takes_no_writes),
        TEST(a_primary_that_comes_back_waits),
        TEST(a_promoted_green_is_not_designated),
        TEST(a_replica_without_its_primary_is_no_replica),
        TEST(a_check_of_ones_own_looks_at_both_sides),
        TEST(lag_around_its_limit_does_not_flap),
        TEST(a_file_with_a_mistake_is_not_taken),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
