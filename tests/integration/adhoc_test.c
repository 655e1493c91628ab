/*
 * adhoc: /scrape?target= asks whom it may ask, with the login that is for him, and nobody else at all.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <string.h>

#define QUICK "poll_interval: 100ms, backoff_max: 200ms, max_age: 0s"

static struct agent *start_agent(const char *keys, const char *rest)
{
    struct agent *agent = agent_new();
    test_write(agent->config_path,
               test_text("agent: {listen: [\"127.0.0.1:%u\"], " QUICK "%s}\n%s", agent->port, keys, rest));
    agent_start(agent, NULL);
    return agent;
}

static struct http_answer scrape(struct agent *agent, const char *target)
{
    return agent_get(agent, test_text("/scrape?target=%s", target));
}

static const char *address(const struct fake *fake)
{
    return test_text("127.0.0.1:%u", fake_port(fake));
}

static const char *targets(const struct fake *fake)
{
    return test_text("targets: [{name: blue, url: \"%s\", password: for-blue}]\n", address(fake));
}

static double refused(struct agent *agent)
{
    return agent_metric(agent, "redis_target_scrape_request_errors_total");
}

static void nobody_is_asked_unless_it_is_allowed(void **state)
{
    struct fake *blue = fake_start("6.0.16"), *stranger = fake_start("7.0.15");
    (void)state;
    struct agent *agent = start_agent("", targets(blue));
    struct http_answer answer = scrape(agent, address(stranger));
    assert_int_equal(answer.status, 403);
    assert_contains(answer.body, "scrape_allow");
    assert_int_equal(scrape(agent, test_text("redis://localhost:%u", fake_port(stranger))).status, 403);
    assert_int_equal(scrape(agent, "unix:///etc/passwd").status, 403);
    assert_int_equal(scrape(agent, test_text("u:p@%s", address(blue))).status, 400);
    assert_int_equal(scrape(agent, "").status, 400);
    assert_int_equal(agent_get(agent, "/scrape").status, 400);
    assert_int_equal(scrape(agent, "http://127.0.0.1:1/").status, 400);
    assert_int_equal(agent_get(agent, test_text("/scrape?target=%s&check-keys=*", address(blue))).status,
                     400);
    assert_int_equal(fake_connections(stranger), 0);
    assert_true(refused(agent) >= 6);
    agent_stop(agent);
}

/* Whatever way its address is written, a target is asked over its own connection with its own login. */
static void a_target_is_asked_as_itself(void **state)
{
    struct fake *blue = fake_start("6.0.16");
    (void)state;
    struct agent *agent = start_agent(
        "", test_text("%sscrape_allow: [{hosts: \"*:*\", password: for-strangers}]\n", targets(blue)));
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    const char *const ways[] = {address(blue), test_text("redis://%s", address(blue)),
                                test_text("rediss://%s/0", address(blue))};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct http_answer answer = scrape(agent, ways[i]);
        assert_int_equal(answer.status, 200);
        metrics_assert_well_formed(answer.body);
        assert_true(metric(answer.body, "redis_up") == 1);
        assert_lacks(answer.body, "target=");
        assert_lacks(answer.body, "process_cpu");
    }
    assert_int_equal(fake_connections(blue), 1);
    assert_int_equal(fake_count(blue, "AUTH"), fake_count(blue, "AUTH for-blue"));
    assert_true(agent_shows(agent, 0, "bluegreen_scrape_servers"));
    agent_stop(agent);
}

static void each_entry_has_its_own_login(void **state)
{
    struct fake *blue = fake_start("6.0.16"), *open = fake_start("7.0.15"), *closed = fake_start("7.0.15");
    (void)state;
    struct agent *agent =
        start_agent("", test_text("%sscrape_allow:\n"
                                  "- {hosts: \"%s\", username: guest, password: for-closed}\n"
                                  "- {hosts: \"127.0.0.0/8:%u\"}\n",
                                  targets(blue), address(closed), fake_port(open)));
    assert_true(metric(scrape(agent, address(open)).body, "redis_up") == 1);
    assert_true(metric(scrape(agent, address(closed)).body, "redis_up") == 1);
    assert_int_equal(fake_count(open, "AUTH"), 0);
    assert_int_equal(fake_count(closed, "AUTH"), 1);
    assert_int_equal(fake_count(closed, "AUTH guest for-closed"), 1);

    /* A name is not an address, whatever it resolves to. */
    assert_int_equal(scrape(agent, test_text("localhost:%u", fake_port(open))).status, 403);

    /* It is asked when somebody wants to know, over a kept connection, and is no target. */
    unsigned asked = fake_count(open, "INFO");
    for (int i = 0; i < 3; i++)
        assert_int_equal(scrape(agent, address(open)).status, 200);
    unsigned polls = fake_count(blue, "INFO");
    WAIT_UNTIL(fake_count(blue, "INFO") > polls + 5, SOON_MS); /* meanwhile the target is polled */
    assert_int_equal(fake_count(open, "INFO"), asked + 3);
    assert_int_equal(fake_connections(open), 1);
    const char *page = agent_metrics(agent);
    assert_true(metric(page, "bluegreen_targets") == 1 && metric(page, "bluegreen_scrape_servers") == 2);
    assert_int_equal(metric_count(page, "redis_up", ""), 1);
    assert_int_equal(agent_get(agent, "/health").status, 200);

    /* What the configuration forbids from now on is forgotten. */
    test_write(agent->config_path,
               test_text("agent: {listen: [\"127.0.0.1:%u\"], " QUICK "}\n%s", agent->port, targets(blue)));
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
    assert_int_equal(scrape(agent, address(open)).status, 403);
    assert_true(agent_shows(agent, 0, "bluegreen_scrape_servers"));
    assert_lacks(agent_log(agent), "for-");
    agent_stop(agent);
}

/* A password that is meant for TLS is not shown to who listens on the way. */
static void tls_is_not_left_out_by_the_caller(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = start_agent(
        "", test_text("scrape_allow: [{hosts: \"127.0.0.1:*\", password: x, tls: {skip_verify: true}}]\n"));
    assert_int_equal(scrape(agent, address(fake)).status, 403);
    assert_int_equal(fake_connections(fake), 0);
    struct http_answer answer = scrape(agent, test_text("rediss://%s", address(fake)));
    assert_int_equal(answer.status, 200);
    assert_true(metric(answer.body, "redis_up") == 0);
    assert_int_equal(fake_count(fake, "AUTH"), 0);
    agent_stop(agent);
}

static void who_is_down_is_said_to_be_down(void **state)
{
    (void)state;
    unsigned port = test_free_port();
    struct agent *agent = start_agent("", "scrape_allow: [{hosts: \"127.0.0.1:*\"}]\n");
    struct http_answer answer = scrape(agent, test_text("127.0.0.1:%u", port));
    assert_int_equal(answer.status, 200);
    assert_true(metric(answer.body, "redis_up") == 0);
    assert_true(metric(answer.body, "bluegreen_poll_outcome{outcome=\"connect_refused\"}") == 1);
    agent_stop(agent);
}

/* A reload, and a stop, while somebody waits for a silent server. */
static void whoever_waits_is_answered(void **state)
{
    const char *request;
    struct fake *silent = fake_start("7.0.15");
    (void)state;
    fake_answer(silent, "INFO", &(struct fake_answer){.head = NULL});
    struct agent *agent = start_agent(", timeout: 30s", "scrape_allow: [{hosts: \"127.0.0.1:*\"}]\n");
    request = test_text("GET /scrape?target=%s HTTP/1.0\r\n\r\n", address(silent));
    int fd = http_connect(agent->port);
    assert_true(http_send(fd, request, strlen(request), SOON_MS));
    WAIT_UNTIL(fake_count(silent, "INFO") == 1, SOON_MS);
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
    assert_int_equal(http_receive(fd, false, 5000).status, 200);
    int again = http_connect(agent->port);
    assert_true(http_send(again, request, strlen(request), SOON_MS));
    WAIT_UNTIL(fake_count(silent, "INFO") == 2, SOON_MS);
    agent_stop(agent);
}

/* The end of a stranger's poll is not that of a target. */
static void a_stranger_ends_nobodys_wait(void **state)
{
    static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
    struct fake *blue = fake_start("6.0.16"), *other = fake_start("7.0.15");
    (void)state;
    struct agent *agent = start_agent(
        ", timeout: 30s", test_text("%sscrape_allow: [{hosts: \"127.0.0.1:*\"}]\n", targets(blue)));
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    fake_answer(blue, "INFO", &(struct fake_answer){.head = NULL});
    unsigned asked = fake_count(blue, "INFO");
    int fd = http_connect(agent->port);
    assert_true(http_send(fd, request, sizeof request - 1, SOON_MS));
    WAIT_UNTIL(fake_count(blue, "INFO") > asked, SOON_MS);
    assert_true(metric(scrape(agent, address(other)).body, "redis_up") == 1);
    assert_int_equal(http_receive(fd, false, 500).status, 0);
    agent_stop(agent);
}

/* Thousands of addresses may be named; so many servers are kept and no more. */
static void there_is_a_ceiling(void **state)
{
    enum { KEPT = 1000 };
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = start_agent("", "scrape_allow: [{hosts: \"127.0.0.0/8:*\"}]\n");
    for (unsigned i = 0; i < KEPT + 20; i++)
        assert_int_equal(scrape(agent, test_text("127.7.%u.%u:1", i / 250, i % 250 + 1)).status, 200);
    assert_true(agent_shows(agent, KEPT, "bluegreen_scrape_servers"));
    assert_true(metric(scrape(agent, address(fake)).body, "redis_up") == 1);
    agent_stop(agent);
}

static void it_can_be_switched_off(void **state)
{
    struct fake *blue = fake_start("6.0.16");
    (void)state;
    struct agent *agent = agent_new();
    agent_start_with(agent, AGENT_ARGS("--redis.addr", address(blue), "--disable-scrape-endpoint"), NULL);
    assert_int_equal(scrape(agent, address(blue)).status, 404);
    agent_stop(agent);
}

/* The peer's way with a Cluster: the nodes come from one page, and each is scraped through the other. */
static void the_nodes_of_a_cluster_may_be_asked(void **state)
{
    static const char id[] = "07c37dfeb235213a872192d90877d0cd55635b91";
    struct fake *seed = fake_start("7.0.15"), *node = fake_start("7.0.15");
    (void)state;
    fake_answer(seed, "CLUSTER NODES",
                &(struct fake_answer){.head = fake_bulk(test_text("%s %s@1 myself,master - 0 0 1 connected\n"
                                                                  "%s %s@1 slave x 0 0 1 connected\n",
                                                                  id, address(seed), id, address(node)))});
    struct agent *agent = agent_new();
    agent_start_with(
        agent, AGENT_ARGS("--redis.addr", address(seed), "--redis.password", "of-cluster", "--is-cluster"),
        NULL);
    WAIT_UNTIL(agent_get(agent, "/discover-cluster-nodes").status == 200, SOON_MS);
    assert_true(metric(scrape(agent, test_text("redis://%s", address(node))).body, "redis_up") == 1);
    assert_int_equal(fake_count(node, "AUTH of-cluster"), 1);
    assert_int_equal(scrape(agent, "redis://127.0.0.1:1").status, 403);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_asked_unless_it_is_allowed),
        TEST(a_target_is_asked_as_itself),
        TEST(each_entry_has_its_own_login),
        TEST(tls_is_not_left_out_by_the_caller),
        TEST(who_is_down_is_said_to_be_down),
        TEST(whoever_waits_is_answered),
        TEST(a_stranger_ends_nobodys_wait),
        TEST(there_is_a_ceiling),
        TEST(it_can_be_switched_off),
        TEST(the_nodes_of_a_cluster_may_be_asked),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
