/*
 * http_abuse: what strangers do to a port. Whatever it is, it ends in bounded time and memory, and meanwhile
 * everybody else is served.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { IDLE_WANTED = 10000, IDLE_SPARE = 300, PROMPT_SECONDS = 3 };

static struct fake *fake;

static int start_all(void **state)
{
    struct rlimit files;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    fake = fake_start("7.0.15");
    return 0;
}

static struct agent *start_agent(const char *keys)
{
    struct agent *agent = agent_new();
    agent_write(agent, keys, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_start(agent, AGENT_ARGS("ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=1"));
    agent_await_ready(agent);
    return agent;
}

/* An honest client, now. */
static void assert_served(struct agent *agent)
{
    struct http_answer answer = agent_get(agent, "/metrics");
    assert_int_equal(answer.status, 200);
    assert_true(metric(answer.body, "redis_up{target=\"blue\"}") == 1);
    if (answer.seconds > PROMPT_SECONDS)
        fail_msg("an honest client waited %.1f s", answer.seconds);
    assert_int_equal(agent_get(agent, "/health/blue").status, 200);
}

static void slow_requests_end_and_hurt_nobody(void **state)
{
    enum { SLOW = 300 };
    static const char request[] =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Very-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct agent *agent = start_agent("http_header_timeout: 2s");
    int fds[SLOW], open = SLOW;
    (void)state;
    for (int i = 0; i < SLOW; i++) {
        fds[i] = http_connect(agent->port);
        assert_true(fds[i] >= 0);
    }
    int64_t start = test_now_ms();
    for (size_t byte = 0; open; byte++) {
        assert_true(byte < sizeof request - 1);
        assert_true(test_now_ms() - start < 10000); /* promised: 2 s, and a tick */
        for (int i = 0; i < SLOW; i++)
            if (fds[i] >= 0 &&
                (!http_send(fds[i], request + byte, 1, 100) || http_closed_within(fds[i], 0))) {
                fds[i] = -1;
                open--;
            }
        assert_served(agent);
        int64_t next = test_now_ms() + 100;
        WAIT_UNTIL(test_now_ms() >= next, 1000);
    }
    assert_true(test_now_ms() - start > 1500);
    assert_true(agent_metric(agent, "bluegreen_http_rejected_total") == SLOW);
    agent_stop(agent);
}

/* ---- crowds ----------------------------------------------------------------------------------------- */

static int crowd_size(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur >= IDLE_WANTED + IDLE_SPARE ? IDLE_WANTED : (int)files.rlim_cur - IDLE_SPARE;
}

static int *gather_crowd(struct agent *agent, int size)
{
    int *fds = test_alloc((size_t)size * sizeof *fds);
    for (int i = 0; i < size; i++) {
        fds[i] = http_connect(agent->port);
        if (fds[i] < 0)
            fail_msg("connection %d is refused", i);
        if (i % 1000 == 999)
            assert_served(agent);
    }
    return fds;
}

/* The ceiling is far below the crowd: those idle longest make room. */
static void a_crowd_above_the_ceiling_locks_nobody_out(void **state)
{
    struct agent *agent = start_agent("http_connections_max: 512, http_header_timeout: 60s");
    long before = proc_status_kb(agent->proc, "VmRSS");
    int size = crowd_size();
    (void)state;
    gather_crowd(agent, size);
    assert_served(agent);
    /* The page may be a moment old: who asks at the same time gets the same one. */
    const char *page = "";
    WAIT_UNTIL(metric(page = agent_metrics(agent), "bluegreen_http_connections") <= 512, SOON_MS);
    assert_true(metric(page, "bluegreen_http_evicted_total") >= size - 512);
    assert_true(metric(page, "process_open_fds") < 700);
    assert_true(proc_status_kb(agent->proc, "VmRSS") - before < 100 << 10);
    agent_stop(agent);
}

/* The ceiling is above it: everybody stays, and honest clients are served among them. */
static void a_crowd_below_the_ceiling_stays(void **state)
{
    int size = crowd_size();
    const char *keys = test_text("http_connections_max: %d, http_header_timeout: 60s", size + 100);
    struct agent *agent = start_agent(keys);
    (void)state;
    int *fds = gather_crowd(agent, size);
    for (int i = 0; i < 10; i++)
        assert_served(agent);
    const char *page = "";
    WAIT_UNTIL(metric(page = agent_metrics(agent), "bluegreen_http_connections") >= size, SOON_MS);
    assert_true(metric(page, "bluegreen_http_evicted_total") == 0);
    const char *request = "GET /health/blue HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < size; i += size / 20) {
        assert_true(http_send(fds[i], request, strlen(request), SOON_MS));
        assert_int_equal(http_receive(fds[i], false, SOON_MS).status, 200);
    }
    agent_stop(agent);
}

/* They ask and ask, and never take an answer. */
static void clients_that_never_read(void **state)
{
    enum { DEAF = 100, REQUESTS = 300 };
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct agent *agent = start_agent("http_header_timeout: 2s, http_idle_timeout: 2s");
    long before = proc_status_kb(agent->proc, "VmRSS");
    int fds[DEAF];
    (void)state;
    for (int i = 0; i < DEAF; i++) {
        fds[i] = http_connect(agent->port);
        assert_true(fds[i] >= 0);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        for (int r = 0; r < REQUESTS; r++)
            send(fds[i], request, sizeof request - 1, MSG_NOSIGNAL);
        if (i % 10 == 0)
            assert_served(agent);
    }
    WAIT_UNTIL(agent_metric(agent, "bluegreen_http_connections") <= 1, 30000);
    assert_true(proc_status_kb(agent->proc, "VmRSS") - before < 150 << 10);
    assert_served(agent);
    agent_stop(agent);
}

/* ---- malformed -------------------------------------------------------------------------------------- */

static char *repeated(const char *before, char byte, size_t count, const char *after)
{
    size_t len = strlen(before);
    char *text = test_alloc(len + count + strlen(after) + 1);
    memcpy(text, before, len);
    memset(text + len, byte, count);
    memcpy(text + len + count, after, strlen(after));
    return text;
}

static void oversized_requests_are_refused(void **state)
{
    enum { MEGABYTE = 1 << 20 };
    struct agent *agent = start_agent("http_header_timeout: 2s");
    static const char end[] = "\r\n\r\n";
    const struct {
        const char *request;
        int status; /* or 0: closed without an answer is fine too */
    } rows[] = {
        {repeated("GET / HTTP/1.1\r\nHost: a\r\nX: ", 'x', MEGABYTE, end), 431},
        {repeated("GET / HTTP/1.1\r\nHost: a\r\n", 'x', MEGABYTE, end), 431},
        {repeated("GET /", 'x', MEGABYTE, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414},
        {repeated("GET /?", '&', MEGABYTE, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414},
        {repeated("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n", 'x', MEGABYTE, ""),
         413},
        {"POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = http_raw(agent->port, rows[i].request, 10000).status;
        if (status && status != rows[i].status)
            fail_msg("request %zu is answered with %d", i, status);
        assert_served(agent);
    }
    WAIT_UNTIL(agent_metric(agent, "bluegreen_http_rejected_total") == sizeof rows / sizeof rows[0], SOON_MS);
    agent_stop(agent);
}

/* Nothing of this gets a 200, and all of it is closed soon. */
static void garbage_is_refused(void **state)
{
    static const char *const garbage[] = {
        "\r\n\r\n\r\n",
        "hello\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: minus one\r\n\r\n",
        "POST /-/reload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03hello",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "*1\r\n$4\r\nPING\r\n",
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n",
    };
    struct agent *agent = start_agent("http_header_timeout: 1s, http_idle_timeout: 1s");
    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int fd = http_connect(agent->port);
        http_send(fd, garbage[i], strlen(garbage[i]), 1000);
        int status = http_receive(fd, false, 5000).status;
        if (status == 200 || !http_closed_within(fd, 5000))
            fail_msg("\"%s\" is answered with %d or kept", garbage[i], status);
    }
    for (int i = 0; i < 200; i++) {
        char noise[2000];
        int fd = http_connect(agent->port);
        assert_int_equal(getrandom(noise, sizeof noise, 0), sizeof noise);
        http_send(fd, noise, sizeof noise, 1000);
        if (i % 2)
            shutdown(fd, i % 4 == 1 ? SHUT_WR : SHUT_RDWR);
    }
    assert_served(agent);
    WAIT_UNTIL(agent_metric(agent, "bluegreen_http_connections") <= 1, SOON_MS);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slow_requests_end_and_hurt_nobody), TEST(a_crowd_above_the_ceiling_locks_nobody_out),
        TEST(a_crowd_below_the_ceiling_stays),   TEST(clients_that_never_read),
        TEST(oversized_requests_are_refused),    TEST(garbage_is_refused),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, test_group_teardown));
}
