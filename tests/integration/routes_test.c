/*
 * routes: every URL with every method, as load balancers, Kubernetes, Prometheus and people ask for them.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct fake *good, *mute;
static struct agent *agent; /* of two targets: one well, one that accepts and never answers */

static int start_all(void **state)
{
    (void)state;
    good = fake_start("7.0.15");
    mute = fake_start("6.0.16");
    fake_answer(mute, "*", &(struct fake_answer){.head = NULL});
    agent =
        agent_run("poll_interval: 100ms, timeout: 500ms, backoff_max: 1s",
                  "{name: good, url: \"redis://127.0.0.1:%u\"}, {name: mute, url: \"redis://127.0.0.1:%u\"}",
                  fake_port(good), fake_port(mute));
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

/* The body as JSON, after a look at what belongs to every health answer. */
static json_t *health(const struct http_answer *answer)
{
    json_error_t error;
    json_t *json = json_loadb(answer->body, answer->body_len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("not JSON: %s\n%s", error.text, answer->body);
    test_on_end(release_json, json);
    assert_string_equal(http_header(answer, "Content-Type"), "application/health+json");
    assert_string_equal(http_header(answer, "Cache-Control"), "no-store");
    return json;
}

static const char *text_at(const json_t *json, const char *key, const char *subkey)
{
    const json_t *child = json_object_get(json, key);
    if (json_is_array(child))
        child = json_array_get(child, 0);
    const char *text = json_string_value(subkey ? json_object_get(child, subkey) : child);
    return text ? text : "";
}

static void health_of_all_is_the_worst(void **state)
{
    (void)state;
    struct http_answer answer = agent_get(agent, "/health");
    const json_t *json = health(&answer), *checks = json_object_get(json, "checks");
    assert_int_equal(answer.status, 503);
    assert_string_equal(text_at(json, "status", NULL), "fail");
    assert_null(json_object_get(checks, "good:reachable")); /* what passes is there when it is asked for */
    assert_string_equal(text_at(checks, "mute:reachable", "status"), "fail");
    assert_string_equal(text_at(checks, "mute:reachable", "reason"), "reply_timeout");
    assert_string_equal(text_at(json_object_get(json, "targets"), "good", "version"), "7.0.15");
    assert_string_equal(text_at(json_object_get(json, "targets"), "good", "role"), "primary");

    answer = http_ask(agent->port, "GET", "/health?verbose", "Accept: application/health+json\r\n");
    checks = json_object_get(health(&answer), "checks");
    assert_string_equal(text_at(checks, "good:reachable", "status"), "pass");
    assert_string_equal(text_at(checks, "mute:reachable", "status"), "fail");
}

static void health_of_one_target(void **state)
{
    (void)state;
    struct http_answer answer = agent_get(agent, "/health/good");
    const json_t *json = health(&answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(json, "status", NULL), "pass");
    assert_null(json_object_get(json_object_get(json, "targets"), "mute"));
    answer = agent_get(agent, "/health/mute");
    assert_int_equal(answer.status, 503);
    assert_string_equal(text_at(health(&answer), "status", NULL), "fail");
    answer = agent_get(agent, "/health/nobody");
    assert_int_equal(answer.status, 404);
    assert_int_equal(agent_get(agent, "/health/good/more").status, 404);
}

static void health_for_people(void **state)
{
    (void)state;
    struct http_answer answer = agent_get(agent, "/health?verbose");
    assert_int_equal(answer.status, 503);
    assert_contains(http_header(&answer, "Content-Type"), "text/plain");
    assert_contains(answer.body, "[+]good reachable ok\n");
    assert_contains(answer.body, "[-]mute reachable failed: reply_timeout: ");
    assert_int_equal(agent_get(agent, "/health/good?verbose=1").status, 200);
}

static void live_and_ready(void **state)
{
    static const char *const paths[] = {"/health/live", "/health/ready", "/-/healthy", "/-/ready"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_answer answer = agent_get(agent, paths[i]);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, "ok\n");
    }
}

/* HEAD and OPTIONS have the status of GET; HEAD has its headers and no body. */
static void head_and_options_answer_like_get(void **state)
{
    static const char *const paths[] = {"/",
                                        "/metrics",
                                        "/health",
                                        "/health/live",
                                        "/health/ready",
                                        "/health/good",
                                        "/health/mute",
                                        "/health/nobody",
                                        "/nothing"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_answer get = agent_get(agent, paths[i]);
        struct http_answer head = http_ask(agent->port, "HEAD", paths[i], "");
        struct http_answer options = http_ask(agent->port, "OPTIONS", paths[i], "");
        assert_int_equal(head.status, get.status);
        assert_int_equal(head.body_len, 0);
        assert_string_equal(http_header(&head, "Content-Type"), http_header(&get, "Content-Type"));
        assert_true(strtol(http_header(&head, "Content-Length"), NULL, 10) > 0);
        assert_int_equal(options.status, get.status);
    }
}

/* How a health check of HAProxy or an old nc one-liner looks. */
static void http_1_0_without_host(void **state)
{
    (void)state;
    assert_int_equal(http_raw(agent->port, "GET /health/good HTTP/1.0\r\n\r\n", SOON_MS).status, 200);
    assert_int_equal(http_raw(agent->port, "OPTIONS /health/good HTTP/1.0\r\n\r\n", SOON_MS).status, 200);
    assert_int_equal(http_raw(agent->port, "HEAD /health/mute HTTP/1.0\r\n\r\n", SOON_MS).status, 503);
    assert_int_equal(http_raw(agent->port, "GET /metrics HTTP/1.0\r\n\r\n", SOON_MS).status, 200);
    struct http_answer answer = http_raw(agent->port, "GET /health/good HTTP/1.1\r\n\r\n", SOON_MS);
    assert_true(answer.status == 200 || answer.status == 400);
}

static void wrong_methods_get_405_and_the_right_ones(void **state)
{
    static const struct {
        const char *method, *path, *allow;
    } rows[] = {
        {"POST", "/metrics", "GET, HEAD, OPTIONS"},
        {"DELETE", "/health", "GET, HEAD, OPTIONS"},
        {"PUT", "/", "GET, HEAD, OPTIONS"},
        {"PATCH", "/health/good", "GET, HEAD, OPTIONS"},
        {"GET", "/-/reload", "POST"},
        {"HEAD", "/-/reload", "POST"},
        {"PUT", "/-/reload", "POST"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_answer answer = http_ask(agent->port, rows[i].method, rows[i].path, "");
        assert_int_equal(answer.status, 405);
        assert_string_equal(http_header(&answer, "Allow"), rows[i].allow);
    }
}

static void unknown_paths_and_parameters(void **state)
{
    static const struct {
        const char *path;
        int status;
    } rows[] = {
        {"/nothing", 404},
        {"/metrics/", 404},
        {"/Metrics", 404},
        {"/health/", 404},
        {"//metrics", 404},
        {"/..%2fetc", 404},
        {"/%00", 404},
        {"/metrics?x=1", 400},
        {"/health?name=good", 400},
        {"/health/good?x", 400},
        {"/?x", 400},
        {"/health?verbose&verbose&x", 400},
        {"/health/g%6Fod", 200},
        {"/metrics?", 200},
        {"/health/good/", 404},
        {"/health/live?verbose", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = agent_get(agent, rows[i].path).status;
        if (status != rows[i].status)
            fail_msg("%s is answered with %d", rows[i].path, status);
    }
}

static void the_landing_page_links_what_there_is(void **state)
{
    (void)state;
    struct http_answer answer = agent_get(agent, "/");
    assert_int_equal(answer.status, 200);
    assert_contains(http_header(&answer, "Content-Type"), "text/html");
    assert_contains(answer.body, "/metrics");
    assert_contains(answer.body, "/health");
    assert_contains(answer.body, "good");
}

static void a_kept_connection_serves_many_requests(void **state)
{
    (void)state;
    int fd = http_connect(agent->port);
    for (int i = 0; i < 50; i++) {
        const char *request = i % 2 ? "GET /health/good HTTP/1.1\r\nHost: a\r\n\r\n"
                                    : "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_true(http_send(fd, request, strlen(request), SOON_MS));
        assert_int_equal(http_receive(fd, i % 2 == 0, SOON_MS).status, 200);
    }
}

static void before_the_first_poll_nothing_is_healthy(void **state)
{
    (void)state;
    struct agent *early =
        agent_run("timeout: 60s", "{name: mute, url: \"redis://127.0.0.1:%u\"}", fake_port(mute));
    struct http_answer answer = agent_get(early, "/health/mute");
    assert_int_equal(answer.status, 503);
    assert_string_equal(text_at(json_object_get(health(&answer), "targets"), "mute", "status"), "fail");
    assert_contains(agent_get(early, "/health/mute?verbose").body, "[-]mute pending\n");
    assert_int_equal(agent_get(early, "/health/mute/primary").status, 503);
    assert_int_equal(agent_get(early, "/health/mute/read?verbose").status, 503);
    assert_int_equal(agent_get(early, "/health").status, 503);
    assert_int_equal(agent_get(early, "/health/ready").status, 503);
    assert_int_equal(agent_get(early, "/health/live").status, 200);
    agent_stop(early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(health_of_all_is_the_worst),
        TEST(health_of_one_target),
        TEST(health_for_people),
        TEST(live_and_ready),
        TEST(head_and_options_answer_like_get),
        TEST(http_1_0_without_host),
        TEST(wrong_methods_get_405_and_the_right_ones),
        TEST(unknown_paths_and_parameters),
        TEST(the_landing_page_links_what_there_is),
        TEST(a_kept_connection_serves_many_requests),
        TEST(before_the_first_poll_nothing_is_healthy),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, stop_all));
}
