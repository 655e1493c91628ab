/*
 * lifecycle: how the agent tells a service manager about itself, and how it ends.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define QUICK "poll_interval: 100ms, backoff_max: 200ms"

/* ---- the service manager ---------------------------------------------------------------------------- */

struct manager {
    int fd;
    const char *variable; /* NOTIFY_SOCKET=… */
    char *heard;          /* all messages, a line each */
    size_t len;
};

static struct manager open_manager(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct manager manager = {.heard = test_alloc(65536)};
    const char *path = test_text("%s/notify", test_dir());
    manager.variable = test_text("NOTIFY_SOCKET=%s", path);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    manager.fd = test_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    assert_int_equal(bind(manager.fd, (struct sockaddr *)&address, sizeof address), 0);
    return manager;
}

static size_t hears(struct manager *manager, const char *message)
{
    ssize_t got;
    while (manager->len < 60000 && (got = recv(manager->fd, manager->heard + manager->len, 4096, 0)) > 0) {
        manager->len += (size_t)got;
        manager->heard[manager->len++] = '\n';
    }
    return test_occurrences(manager->heard, message);
}

static void systemd_hears_of_it(void **state)
{
    struct fake *slow = fake_start("7.0.15");
    struct manager manager = open_manager();
    struct agent *agent = agent_new();
    (void)state;
    fake_answer(slow, "INFO", &(struct fake_answer){.head = fake_info("7.0.15"), .delay_ms = 700});
    agent_write(agent, QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(slow));
    agent_start(agent, AGENT_ARGS(manager.variable, "WATCHDOG_USEC=2000000"));
    assert_int_equal(hears(&manager, "READY=1"), 0); /* nothing was polled yet */
    WAIT_UNTIL(hears(&manager, "READY=1\n"), SOON_MS);
    assert_int_equal(agent_get(agent, "/health/ready").status, 200);
    WAIT_UNTIL(hears(&manager, "WATCHDOG=1\n") >= 3, SOON_MS);
    proc_signal(agent->proc, SIGHUP);
    WAIT_UNTIL(hears(&manager, "RELOADING=1\n") && hears(&manager, "READY=1\n") >= 2, SOON_MS);
    assert_int_equal(hears(&manager, "STOPPING=1"), 0);
    agent_stop(agent);
    assert_int_equal(hears(&manager, "STOPPING=1\n"), 1);
}

/* Down is an outcome, too: a server that is away must not keep the unit from starting. */
static void ready_comes_without_redis(void **state)
{
    struct manager manager = open_manager();
    struct agent *agent = agent_new();
    (void)state;
    agent_write(agent, QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", test_free_port());
    agent_start(agent, AGENT_ARGS(manager.variable));
    WAIT_UNTIL(hears(&manager, "READY=1\n"), SOON_MS);
    assert_int_equal(hears(&manager, "WATCHDOG=1"), 0); /* nobody asked for it */
    agent_stop(agent);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static struct agent *start_with_fake(struct fake *fake, const char *keys)
{
    struct agent *agent = agent_run(keys, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    return agent;
}

static void a_waiting_scrape_is_answered_at_the_end(void **state)
{
    const char *request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_with_fake(fake, "poll_interval: 1h, max_age: 0s, timeout: 30s");
    (void)state;
    fake_answer(fake, "INFO", &(struct fake_answer){.head = NULL});
    unsigned asked = fake_count(fake, "INFO");
    int fd = http_connect(agent->port);
    assert_true(http_send(fd, request, strlen(request), SOON_MS));
    WAIT_UNTIL(fake_count(fake, "INFO") > asked, SOON_MS);
    proc_signal(agent->proc, SIGTERM);
    struct http_answer answer = http_receive(fd, false, SOON_MS);
    assert_int_equal(answer.status, 200);
    assert_string_equal(http_header(&answer, "Connection"), "close");
    assert_true(http_closed_within(fd, SOON_MS));
    agent_stop(agent);
    assert_contains(agent_log(agent), "shutting down");
}

static void idle_and_half_sent_requests_do_not_hold_up_the_end(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_with_fake(fake, QUICK);
    (void)state;
    int idle = http_connect(agent->port), half = http_connect(agent->port), kept = http_connect(agent->port);
    assert_true(http_send(half, "GET / HTTP/1.1\r\n", 16, SOON_MS));
    assert_true(http_send(kept, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, SOON_MS));
    assert_int_equal(http_receive(kept, false, SOON_MS).status, 200);
    int64_t start = test_now_ms();
    agent_stop(agent);
    assert_true(test_now_ms() - start < 8000); /* promised: three seconds for stragglers */
    assert_true(http_closed_within(idle, 1000) && http_closed_within(half, 1000) &&
                http_closed_within(kept, 1000));
}

static void it_ends_while_redis_hangs(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent =
        agent_run(QUICK ", timeout: 60s", "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    (void)state;
    fake_answer(fake, "*", &(struct fake_answer){.head = NULL});
    WAIT_UNTIL(fake_count(fake, "INFO") >= 1, SOON_MS);
    int64_t start = test_now_ms();
    agent_stop(agent);
    assert_true(test_now_ms() - start < 5000);
}

static void ctrl_c_twice_ends_at_once(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_with_fake(fake, QUICK);
    (void)state;
    int half = http_connect(agent->port);
    assert_true(http_send(half, "GET / HTTP/1.1\r\n", 16, SOON_MS));
    proc_signal(agent->proc, SIGINT);
    WAIT_UNTIL(strstr(agent_log(agent), "shutting down"), SOON_MS);
    proc_signal(agent->proc, SIGINT);
    assert_int_equal(proc_wait(agent->proc, 5000), 0);
    agent_stop(agent);
}

/* New connections are refused while the last answers are on their way. */
static void nobody_new_is_let_in_at_the_end(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = start_with_fake(fake, QUICK);
    (void)state;
    int half = http_connect(agent->port);
    assert_true(http_send(half, "GET /health/ready HTTP/1.1\r\n", 28, SOON_MS));
    proc_signal(agent->proc, SIGTERM);
    WAIT_UNTIL(http_connect(agent->port) < 0, SOON_MS);
    assert_true(http_send(half, "Host: a\r\n\r\n", 11, SOON_MS));
    assert_int_equal(http_receive(half, false, SOON_MS).status, 503);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(systemd_hears_of_it),
        TEST(ready_comes_without_redis),
        TEST(a_waiting_scrape_is_answered_at_the_end),
        TEST(idle_and_half_sent_requests_do_not_hold_up_the_end),
        TEST(it_ends_while_redis_hangs),
        TEST(ctrl_c_twice_ends_at_once),
        TEST(nobody_new_is_let_in_at_the_end),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
