/*
 * scrape: when a scrape asks the server, when it takes what is known, and how long it waits at most.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const struct fake_answer silence = {.head = NULL};

static struct agent *start_agent(struct fake *fake, const char *keys)
{
    struct agent *agent = agent_run(keys, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    return agent;
}

static struct http_answer scrape_with(struct agent *agent, const char *timeout)
{
    return http_ask(agent->port, "GET", "/metrics",
                    test_text("X-Prometheus-Scrape-Timeout-Seconds: %s\r\n", timeout));
}

static void pause_ms(int64_t ms)
{
    int64_t end = test_now_ms() + ms;
    WAIT_UNTIL(test_now_ms() >= end, ms + 1000);
}

static void without_max_age_every_scrape_is_fresh(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 0s");
    unsigned before = fake_count(fake, "INFO");
    (void)state;
    for (int i = 0; i < 20; i++) {
        const char *page = agent_metrics(agent);
        assert_true(metric(page, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}") ==
                    before + (unsigned)i + 1);
        assert_true(metric(page, "bluegreen_snapshot_age_seconds{target=\"blue\"}") < 1);
    }
    assert_int_equal(fake_count(fake, "INFO"), before + 20);
    agent_stop(agent);
}

static void within_max_age_a_scrape_takes_what_is_known(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 2s");
    (void)state;
    int64_t start = test_now_ms();
    agent_metrics(agent);
    unsigned before = fake_count(fake, "INFO");
    for (int i = 0; i < 10; i++)
        agent_metrics(agent);
    if (test_now_ms() - start < 1500) /* else the machine is too busy to tell */
        assert_int_equal(fake_count(fake, "INFO"), before);
    pause_ms(2200);
    assert_true(agent_metric(agent, "bluegreen_snapshot_age_seconds{target=\"blue\"}") < 2);
    assert_true(fake_count(fake, "INFO") > before);
    agent_stop(agent);
}

static void many_scrapes_share_a_round(void **state)
{
    enum { SCRAPES = 40 };
    const char *request = "GET /metrics HTTP/1.0\r\n\r\n";
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 0s, timeout: 10s");
    int fds[SCRAPES];
    (void)state;
    fake_answer(fake, "INFO", &(struct fake_answer){.head = fake_info("7.0.15"), .delay_ms = 1500});
    unsigned before = fake_count(fake, "INFO");
    for (int i = 0; i < SCRAPES; i++) {
        fds[i] = http_connect(agent->port);
        assert_true(http_send(fds[i], request, strlen(request), SOON_MS));
    }
    for (int i = 0; i < SCRAPES; i++) {
        struct http_answer answer = http_receive(fds[i], false, SOON_MS);
        assert_int_equal(answer.status, 200);
        assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 1);
    }
    unsigned rounds = fake_count(fake, "INFO") - before;
    assert_true(rounds >= 1 && rounds <= 3); /* one, and some more when the scrapes were long in coming */
    fake_heal(fake);
    assert_true(agent_metric(agent, "bluegreen_http_parked_requests") <= 1); /* the one that asks */
    agent_stop(agent);
}

/* However patient we are ourselves, the scraper has its answer before it gives up. */
static void the_scrapers_patience_is_the_limit(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 0s, timeout: 30s");
    (void)state;
    fake_answer(fake, "INFO", &silence);
    struct http_answer answer = scrape_with(agent, "2");
    assert_int_equal(answer.status, 200);
    assert_true(answer.seconds >= 1 && answer.seconds < 2);
    assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 0);
    assert_int_equal(metric_count(answer.body, "redis_connected_clients", ""), 0);
    agent_stop(agent);
}

/* One that has next to no patience gets what is known, and is not left to wait for our own deadline. */
static void a_scraper_in_a_hurry_is_answered(void **state)
{
    static const char *const hurries[] = {"0.5", "0.3", "0.001"};
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 0s, timeout: 30s");
    (void)state;
    fake_answer(fake, "INFO", &silence);
    for (size_t i = 0; i < sizeof hurries / sizeof hurries[0]; i++) {
        struct http_answer answer = scrape_with(agent, hurries[i]);
        assert_int_equal(answer.status, 200);
        if (answer.seconds > 2)
            fail_msg("a scraper that waits %s s was answered after %.1f s", hurries[i], answer.seconds);
    }
    agent_stop(agent);
}

static void nonsense_in_the_header_is_no_header(void **state)
{
    static const char *const values[] = {
        "", "abc", "-5", "0", "nan", "inf", "1e999", "10; drop", "9999999999999999999"};
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "max_age: 0s");
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct http_answer answer = scrape_with(agent, values[i]);
        assert_int_equal(answer.status, 200);
        assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 1);
    }
    agent_stop(agent);
}

/* A server known to be sick gets a moment to be well again, not the whole deadline. */
static void a_sick_target_does_not_slow_every_scrape(void **state)
{
    struct fake *well = fake_start("7.0.15"), *sick = fake_start("6.0.16");
    (void)state;
    fake_answer(sick, "*", &silence);
    struct agent *agent = agent_run("poll_interval: 200ms, max_age: 0s",
                                    "{name: well, url: \"redis://127.0.0.1:%u\"}, "
                                    "{name: sick, url: \"redis://127.0.0.1:%u\", timeout: 3s}",
                                    fake_port(well), fake_port(sick));
    WAIT_UNTIL(agent_get(agent, "/health/ready").status == 200, SOON_MS);
    for (int i = 0; i < 8; i++) {
        struct http_answer answer = agent_get(agent, "/metrics");
        assert_true(answer.seconds < 2);
        assert_true(metric(answer.body, "redis_up{target=\"well\"}") == 1);
        assert_true(metric(answer.body, "redis_up{target=\"sick\"}") == 0);
        assert_true(metric(answer.body, "bluegreen_snapshot_age_seconds{target=\"well\"}") < 2);
    }
    agent_stop(agent);
}

static void a_scraper_that_leaves_is_forgotten(void **state)
{
    enum { SCRAPES = 30 };
    const char *request = "GET /metrics HTTP/1.0\r\n\r\n";
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "poll_interval: 1h, max_age: 1s, timeout: 30s");
    int fds[SCRAPES];
    (void)state;
    pause_ms(1200);
    fake_answer(fake, "INFO", &silence);
    unsigned asked = fake_count(fake, "INFO");
    for (int i = 0; i < SCRAPES; i++) {
        fds[i] = http_connect(agent->port);
        assert_true(http_send(fds[i], request, strlen(request), SOON_MS));
    }
    WAIT_UNTIL(fake_count(fake, "INFO") > asked, SOON_MS);
    for (int i = 0; i < SCRAPES; i++)
        shutdown(fds[i], SHUT_RDWR);
    WAIT_UNTIL(metric(scrape_with(agent, "0.6").body, "bluegreen_http_parked_requests") <= 1, SOON_MS);
    assert_int_equal(agent_get(agent, "/health/live").status, 200);
    agent_stop(agent);
}

static void scrapes_are_counted(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_agent(fake, "");
    (void)state;
    double before = agent_metric(agent, "redis_exporter_scrapes_total");
    double requests = agent_metric(agent, "bluegreen_http_requests_total");
    /* An answer may be shared with who asks within a moment, so some more are needed until it is counted. */
    const char *page = agent_metrics(agent);
    WAIT_UNTIL(metric(page = agent_metrics(agent), "redis_exporter_scrapes_total") >= before + 2, SOON_MS);
    /* the present one is not over */
    assert_true(metric(page, "redis_exporter_scrape_duration_seconds_count") ==
                metric(page, "redis_exporter_scrapes_total") - 1);
    assert_true(metric(page, "bluegreen_http_requests_total") > requests);
    assert_true(metric(page, "process_open_fds") > 3);
    assert_true(metric(page, "process_resident_memory_bytes") > 1e6);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_max_age_every_scrape_is_fresh),
        TEST(within_max_age_a_scrape_takes_what_is_known),
        TEST(many_scrapes_share_a_round),
        TEST(the_scrapers_patience_is_the_limit),
        TEST(a_scraper_in_a_hurry_is_answered),
        TEST(nonsense_in_the_header_is_no_header),
        TEST(a_sick_target_does_not_slow_every_scrape),
        TEST(a_scraper_that_leaves_is_forgotten),
        TEST(scrapes_are_counted),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
