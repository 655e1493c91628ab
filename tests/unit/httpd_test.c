/*
 * httpd against real sockets: the test turns the loop itself and plays the clients, good and bad, with
 * non-blocking sockets from the same thread, so that every step is where the test put it.
 */
#include "io/httpd.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PARKED_MAX 256
#define PATIENCE   5000 /* ms until a test gives up waiting for something that should come at once */

struct slot {
    struct world *world;
    struct http_exchange *exchange; /* NULL: left */
};

struct world {
    uv_loop_t loop;
    uv_timer_t timer;
    struct conf_listen listen;
    struct config config;
    struct httpd *httpd;
    struct slot parked[PARKED_MAX];
    unsigned parked_count;
    unsigned gone;
    struct http_body *body;
    bool drain_in_handler, answer_when_gone;
};

/* ---- the handler under test's orders -------------------------------------------------------- */

static void answer_all(struct world *w, const char *text)
{
    for (unsigned i = 0; i < w->parked_count; i++)
        if (w->parked[i].exchange)
            http_reply_text(w->parked[i].exchange, 200, text);
    w->parked_count = 0;
}

static void on_answer_timer(uv_timer_t *timer)
{
    answer_all(timer->data, "late");
}

static void on_gone(void *arg)
{
    struct slot *slot = arg;

    slot->exchange = NULL;
    slot->world->gone++;
    if (slot->world->answer_when_gone)
        answer_all(slot->world, "somebody left");
}

static void reply_query(struct http_exchange *exchange, const struct http_request *request)
{
    char text[2048];
    int len = snprintf(text, sizeof(text), "%u%s", request->query_count, request->query_overflow ? "+" : "");

    for (unsigned i = 0; i < request->query_count; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, " " STR_FMT "[" STR_FMT "]",
                        STR_ARG(request->query[i].name), STR_ARG(request->query[i].value));
    http_reply_text(exchange, 200, text);
}

static void reply_facts(struct http_exchange *exchange, const struct http_request *request)
{
    char text[2048];

    snprintf(text, sizeof(text), "%d " STR_FMT " a=" STR_FMT " e=" STR_FMT " t=%g c=" STR_FMT,
             (int)request->method, STR_ARG(request->path), STR_ARG(request->accept),
             STR_ARG(request->accept_encoding), request->scrape_timeout_seconds, STR_ARG(request->client));
    http_reply_text(exchange, request->method == HTTP_OTHER ? 405 : 200, text);
}

static void handler(void *arg, struct http_exchange *exchange)
{
    static const struct http_header extra[] = {{"Cache-Control", "no-store"}, {"X-Age", "1"}};
    struct world *w = arg;
    const struct http_request *request = http_request(exchange);

    if (w->drain_in_handler)
        httpd_drain(w->httpd);
    if (str_eq(request->path, STR("/query"))) {
        reply_query(exchange, request);
    } else if (str_eq(request->path, STR("/body"))) {
        http_reply(exchange, &(struct http_answer){200, "text/plain", w->body, extra, 2});
    } else if (str_eq(request->path, STR("/empty"))) {
        http_reply(exchange, &(struct http_answer){.status = 503});
    } else if (str_eq(request->path, STR("/silent"))) {
        w->parked[w->parked_count++] = (struct slot){w, exchange}; /* parks by returning */
    } else if (str_starts(request->path, STR("/park"))) {
        struct slot *slot = &w->parked[w->parked_count++];
        *slot = (struct slot){w, exchange};
        http_park(exchange, on_gone, slot);
        if (str_eq(request->path, STR("/parknow")))
            answer_all(w, "at once");
    } else {
        reply_facts(exchange, request);
    }
}

/* ---- the world ------------------------------------------------------------------------------ */

static void world_init(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->listen = (struct conf_listen){.host = "127.0.0.1", .port = 0, .text = "127.0.0.1:0"};
    w->config = (struct config){.listen = &w->listen,
                                .listen_count = 1,
                                .http_connections_max = 300,
                                .http_idle_timeout_ms = 60000,
                                .http_header_timeout_ms = 5000};
}

static void world_start(struct world *w)
{
    struct err err = {0};

    assert_int_equal(uv_loop_init(&w->loop), 0);
    uv_timer_init(&w->loop, &w->timer);
    w->timer.data = w;
    w->httpd = httpd_new(&w->loop, &w->config, handler, w, &err);
    if (!w->httpd)
        fail_msg("%s", err.text);
}

/* Nothing may be left open in the loop: that is what UV_EBUSY would say. */
static void world_stop(struct world *w)
{
    httpd_free(w->httpd);
    http_body_unref(w->body);
    uv_close((uv_handle_t *)&w->timer, NULL);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
}

/* A test tweaks the configuration, starts, and leaves the end to tear_down. */
static int set_up(void **state)
{
    static struct world w;

    world_init(&w);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    world_stop(*state);
    return 0;
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void turn(struct world *w, unsigned ms)
{
    uint64_t end = now_ms() + ms;

    do {
        if (!uv_run(&w->loop, UV_RUN_NOWAIT) || ms)
            usleep(500);
    } while (now_ms() < end);
}

static void on_nothing(uv_timer_t *timer)
{
    (void)timer;
}

/* Turns of the loop within <ms>: few when it sleeps, very many when something spins. */
static unsigned count_turns(struct world *w, unsigned ms)
{
    uint64_t end = now_ms() + ms;
    unsigned turns = 0;

    while (now_ms() < end) {
        uv_timer_start(&w->timer, on_nothing, 50, 0);
        uv_run(&w->loop, UV_RUN_ONCE);
        turns++;
    }
    uv_timer_stop(&w->timer);
    return turns;
}

#define WAIT_FOR(w, condition)                                                                               \
    do {                                                                                                     \
        uint64_t give_up = now_ms() + PATIENCE;                                                              \
        while (!(condition) && now_ms() < give_up)                                                           \
            turn((w), 1);                                                                                    \
        assert_true(condition);                                                                              \
    } while (0)

/* ---- clients -------------------------------------------------------------------------------- */

static int dial(struct world *w, const char *address)
{
    struct sockaddr_in six_or_four = {.sin_family = AF_INET, .sin_port = htons(httpd_port(w->httpd, 0))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    inet_pton(AF_INET, address, &six_or_four.sin_addr);
    assert_true(connect(fd, (void *)&six_or_four, sizeof(six_or_four)) == 0 || errno == EINPROGRESS);
    return fd;
}

static int client(struct world *w)
{
    return dial(w, "127.0.0.1");
}

static void send_bytes(struct world *w, int fd, const char *bytes, size_t len)
{
    uint64_t give_up = now_ms() + PATIENCE;

    while (len > 0 && now_ms() < give_up) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return; /* the server has had enough */
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
        turn(w, 0);
    }
}

static void send_text(struct world *w, int fd, const char *text)
{
    send_bytes(w, fd, text, strlen(text));
}

#define SEND_LITERAL(w, fd, literal) send_bytes((w), (fd), (literal), sizeof(literal) - 1)

struct answer {
    char bytes[128 * 1024];
    size_t len;
    int status;       /* 0: none came */
    const char *body; /* NUL-terminated */
    size_t body_len;
    bool closed; /* by the server, behind the answer or instead of one */
};

static bool answer_complete(struct answer *a, bool head)
{
    char *end = strstr(a->bytes, "\r\n\r\n"), *length;

    if (!end || sscanf(a->bytes, "HTTP/1.%*c %d", &a->status) != 1)
        return false;
    length = strcasestr(a->bytes, "\r\nContent-Length: ");
    a->body = end + 4;
    a->body_len = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
    return head || a->len >= (size_t)(a->body - a->bytes) + a->body_len;
}

/* One answer, or the end of the connection, or nothing within <ms>. Never reads beyond the answer. */
static struct answer *receive(struct world *w, int fd, bool head, unsigned ms)
{
    static struct answer a;
    uint64_t give_up = now_ms() + ms;

    memset(&a, 0, sizeof(a));
    while (!answer_complete(&a, head) && !a.closed && now_ms() < give_up) {
        ssize_t n = recv(fd, a.bytes + a.len, a.body ? sizeof(a.bytes) - 1 - a.len : 1, 0);
        if (n > 0)
            a.len += (size_t)n;
        else if (n == 0 || errno != EAGAIN)
            a.closed = true;
        else
            turn(w, 1);
    }
    return &a;
}

static struct answer *ask(struct world *w, int fd, const char *request)
{
    send_text(w, fd, request);
    return receive(w, fd, strncmp(request, "HEAD", 4) == 0, PATIENCE);
}

static bool closed_within(struct world *w, int fd, unsigned ms)
{
    return receive(w, fd, false, ms)->closed;
}

static void expect(struct answer *a, int status, const char *body)
{
    assert_int_equal(a->status, status);
    assert_string_equal(a->body, body);
}

static unsigned open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* ---- requests and answers ------------------------------------------------------------------- */

static void test_get_and_keep_alive(void **state)
{
    struct world *w = *state;
    int fd;

    world_start(w);
    fd = client(w);
    expect(ask(w, fd, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "1 /hello a= e= t=0 c=127.0.0.1");
    expect(ask(w, fd,
               "GET /a%2Fb%20c%zz%0 HTTP/1.1\r\nHost: x\r\nAccept: text/*\r\nAccept-Encoding: gzip\r\n"
               "X-Prometheus-Scrape-Timeout-Seconds: 2.5\r\n\r\n"),
           200, "1 /a/b c%zz%0 a=text/* e=gzip t=2.5 c=127.0.0.1");
    expect(ask(w, fd, "GET http://host:1/x HTTP/1.1\r\nX-Prometheus-Scrape-Timeout-Seconds: inf\r\n\r\n"),
           200, "1 /x a= e= t=0 c=127.0.0.1");
    expect(ask(w, fd, "GET /a%00b HTTP/1.1\r\n\r\n"), 200, "1 /a%00b a= e= t=0 c=127.0.0.1");
    assert_int_equal(httpd_stats(w->httpd)->requests, 4);
    assert_int_equal(httpd_stats(w->httpd)->connections, 1);
    assert_int_equal(httpd_stats(w->httpd)->rejected, 0);
    close(fd);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
    assert_int_equal(httpd_stats(w->httpd)->rejected, 0);
}

static void test_methods(void **state)
{
    struct world *w = *state;
    struct answer *a;
    int fd;

    world_start(w);
    fd = client(w);
    a = ask(w, fd, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(a->status, 200);
    assert_int_equal(a->body_len, strlen("2 /hello a= e= t=0 c=127.0.0.1"));
    assert_non_null(strstr(a->bytes, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_string_equal(a->body, "");
    /* Had HEAD sent a body, this answer would begin in the middle of it. */
    expect(ask(w, fd, "OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "3 /hello a= e= t=0 c=127.0.0.1");
    expect(ask(w, fd, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), 200, "4 / a= e= t=0 c=127.0.0.1");
    expect(ask(w, fd, "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"), 405, "0 /pot a= e= t=0 c=127.0.0.1");
    a = ask(w, fd, "GET /empty HTTP/1.1\r\n\r\n");
    assert_int_equal(a->status, 503);
    assert_non_null(strstr(a->bytes, "Content-Length: 0\r\n"));
    close(fd);

    fd = client(w);
    expect(ask(w, fd, "OPTIONS / HTTP/1.0\r\n\r\n"), 200, "3 / a= e= t=0 c=127.0.0.1");
    assert_true(closed_within(w, fd, PATIENCE));
    close(fd);

    fd = client(w); /* has nothing more to say, and listens */
    send_text(w, fd, "GET / HTTP/1.1\r\n\r\n");
    shutdown(fd, SHUT_WR);
    assert_int_equal(receive(w, fd, false, PATIENCE)->status, 200);
    assert_true(closed_within(w, fd, PATIENCE));
    close(fd);
}

/* A request with <item> until the query is <len> bytes long. */
static void query_of(struct buf *request, const char *item, size_t len, const char *end)
{
    buf_init(request, 65536);
    buf_text(request, "GET /query?");
    for (size_t i = 0; i < len; i += strlen(item))
        buf_text(request, item);
    buf_text(request, end);
    buf_char(request, '\0');
    assert_true(buf_ok(request));
}

/* As the handler of the tests shows them: "64+ a[] a[] …". */
static const char *many_text(void)
{
    static char text[16 + HTTP_QUERY_MAX * 4];
    int used = snprintf(text, sizeof text, "%d+", HTTP_QUERY_MAX);
    for (int i = 0; i < HTTP_QUERY_MAX; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " a[]");
    return text;
}

static void test_query(void **state)
{
    struct world *w = *state;
    struct buf many;
    int fd;

    world_start(w);
    fd = client(w);
    expect(ask(w, fd, "GET /query?lag=10%25&x=a+b%2B&flag&&=v&n%61me=%e4&z=%00&y=a?b=c%2 HTTP/1.1\r\n\r\n"),
           200, "7 lag[10%] x[a b+] flag[] [v] name[\xe4] z[%00] y[a?b=c%2]");
    query_of(&many, "a&", HTTP_QUERY_MAX * strlen("a&"), "a HTTP/1.1\r\n\r\n");
    expect(ask(w, fd, many.ptr), 200, many_text());
    buf_done(&many);
    close(fd);
}

static void test_shared_body(void **state)
{
    struct world *w = *state;
    char *bytes = malloc(47000);
    int fds[3];

    world_start(w);
    memset(bytes, 'x', 47000);
    w->body = http_body_new(bytes, 47000);
    for (int i = 0; i < 3; i++) {
        fds[i] = client(w);
        send_text(w, fds[i], "GET /body HTTP/1.1\r\n\r\n");
    }
    turn(w, 20);
    http_body_unref(w->body); /* the sanitizer sees whether the answers hold what they need, and no more */
    w->body = NULL;
    for (int i = 0; i < 3; i++) {
        struct answer *a = receive(w, fds[i], false, PATIENCE);
        assert_int_equal(a->status, 200);
        assert_int_equal(a->body_len, 47000);
        assert_int_equal(strspn(a->body, "x"), 47000);
        assert_non_null(strstr(a->bytes, "Cache-Control: no-store\r\n"));
        assert_non_null(strstr(a->bytes, "X-Age: 1\r\n"));
        close(fds[i]);
    }
}

/* ---- parking -------------------------------------------------------------------------------- */

static void test_park(void **state)
{
    struct world *w = *state;
    int fd;

    world_start(w);
    fd = client(w);
    send_text(w, fd, "GET /park HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n"); /* and one behind it */
    WAIT_FOR(w, w->parked_count == 1);
    assert_int_equal(httpd_stats(w->httpd)->parked, 1);
    assert_true(count_turns(w, 200) < 20);
    uv_timer_start(&w->timer, on_answer_timer, 30, 0);
    expect(receive(w, fd, false, PATIENCE), 200, "late");
    expect(receive(w, fd, false, PATIENCE), 200, "1 /next a= e= t=0 c=127.0.0.1");
    expect(ask(w, fd, "GET /parknow HTTP/1.1\r\n\r\n"), 200, "at once");
    send_text(w, fd, "GET /silent HTTP/1.1\r\n\r\n");
    WAIT_FOR(w, httpd_stats(w->httpd)->parked == 1);
    answer_all(w, "after silence");
    expect(receive(w, fd, false, PATIENCE), 200, "after silence");
    assert_int_equal(httpd_stats(w->httpd)->parked, 0);
    assert_int_equal(w->gone, 0);
    close(fd);
}

static void test_parked_client_leaves(void **state)
{
    struct world *w = *state;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int fd[4];

    world_start(w);
    for (int i = 0; i < 4; i++) {
        fd[i] = client(w);
        send_text(w, fd[i], i == 3 ? "GET /silent HTTP/1.1\r\n\r\n" : "GET /park HTTP/1.1\r\n\r\n");
    }
    WAIT_FOR(w, w->parked_count == 4);
    close(fd[0]);
    setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fd[1]);
    close(fd[3]);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 1);
    assert_int_equal(w->gone, 2);
    assert_int_equal(httpd_stats(w->httpd)->parked, 1);
    close(fd[2]); /* and this one hears of it from httpd_free */
    httpd_free(w->httpd);
    w->httpd = NULL;
    assert_int_equal(w->gone, 3);
}

/* Two leave in the same moment, and gone() of the first answers all others, the second one among them. */
static void test_gone_answers_others(void **state)
{
    struct world *w = *state;
    int fds[3];

    world_start(w);
    w->answer_when_gone = true;
    for (int i = 0; i < 3; i++) {
        fds[i] = client(w);
        send_text(w, fds[i], "GET /park HTTP/1.1\r\n\r\n");
    }
    WAIT_FOR(w, w->parked_count == 3);
    close(fds[0]);
    close(fds[1]);
    expect(receive(w, fds[2], false, PATIENCE), 200, "somebody left");
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 1);
    assert_int_equal(w->gone, 1);
    close(fds[2]);
}

static void test_two_hundred_parked(void **state)
{
    struct world *w = *state;
    int fds[200];

    world_start(w);
    for (int i = 0; i < 200; i++) {
        fds[i] = client(w);
        send_text(w, fds[i], "GET /park HTTP/1.1\r\n\r\n");
    }
    WAIT_FOR(w, w->parked_count == 200);
    assert_int_equal(httpd_stats(w->httpd)->parked, 200);
    uv_timer_start(&w->timer, on_answer_timer, 1, 0);
    for (int i = 0; i < 200; i++) {
        expect(receive(w, fds[i], false, PATIENCE), 200, "late");
        close(fds[i]);
    }
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
}

/* ---- bad clients ---------------------------------------------------------------------------- */

static void expect_refusal(struct world *w, const char *text, int status)
{
    uint64_t rejected = httpd_stats(w->httpd)->rejected;
    int fd = client(w);
    struct answer *a;

    send_text(w, fd, text);
    a = receive(w, fd, false, PATIENCE);
    assert_int_equal(a->status, status);
    close(fd);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
    assert_int_equal(httpd_stats(w->httpd)->rejected, rejected + 1);
}

static void test_too_large(void **state)
{
    static const char length[] = "POST / HTTP/1.1\r\nContent-Length: 1025\r\n\r\n";
    static const char chunked[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    static char big[1u << 20];
    char text[4096];
    struct world *w = *state;
    int fd;

    world_start(w);
    snprintf(big, sizeof(big), "GET / HTTP/1.1\r\nX: %0*d", (int)sizeof(big), 0);
    expect_refusal(w, big, 431);
    snprintf(big, sizeof(big), "GET /%0*d", (int)sizeof(big), 0);
    expect_refusal(w, big, 414);
    expect_refusal(w, length, 413);
    snprintf(text, sizeof(text), "%s401\r\n%01025d\r\n0\r\n\r\n", chunked, 0);
    expect_refusal(w, text, 413);

    fd = client(w);
    snprintf(text, sizeof(text), "%s400\r\n%01024d\r\n0\r\n\r\n", chunked, 0);
    assert_int_equal(ask(w, fd, text)->status, 200);
    close(fd);
}

static void test_garbage(void **state)
{
    static const char binary[] = "\0\1\2\xff\xfe\r\n\r\n\x16\x03\x01\0\xa5\1\r\n";
    static const char *const lines[] = {"garbage\r\n\r\n", "GET\r\n\r\n", "\x80\r\n\r\n"};
    struct world *w = *state;
    int fd;

    world_start(w);
    expect_refusal(w, "GET / HTTP/9.9\r\n\r\n", 505);
    expect_refusal(w, "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        fd = client(w);
        send_text(w, fd, lines[i]);
        assert_true(receive(w, fd, false, PATIENCE)->status != 200);
        close(fd);
    }
    fd = client(w);
    send_bytes(w, fd, binary, sizeof(binary));
    close(fd);
    fd = client(w);
    /* How much of this is forgiven is up to the version of libmicrohttpd. */
    SEND_LITERAL(w, fd, "GET /a\0b HTTP/1.1\r\nAccept: x\0y\r\nno colon\r\n : \r\n\r\n");
    turn(w, 20);
    close(fd);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
    fd = client(w);
    assert_int_equal(ask(w, fd, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    close(fd);
}

/* Long queries, of one parameter and of very many, with no header behind: they broke libmicrohttpd itself. */
static void test_long_queries(void **state)
{
    static const char *const items[] = {"a", "a&", "a=b&"};
    struct world *w = *state;

    world_start(w);
    for (size_t len = 100; len < 8000; len += len < 6000 ? 500 : 50) {
        struct buf request;
        int fd = client(w);
        query_of(&request, items[len / 50 % 3], len,
                 len / 50 % 2 ? " HTTP/1.0\r\n\r\n" : " HTTP/1.1\r\n\r\n");
        assert_int_equal(ask(w, fd, request.ptr)->status, 200);
        buf_done(&request);
        close(fd);
    }
    assert_int_equal(httpd_stats(w->httpd)->rejected, 0);
}

/* One byte now and then, for ever: on a new connection and on one that has had an answer. */
static void dribble_until_closed(struct world *w, int fd)
{
    static const char request[] = "GET /0123456789012345678901234567890123456789012345678901234567890";
    uint64_t start = now_ms();
    size_t sent = 0;

    while (now_ms() < start + PATIENCE) {
        if (sent < sizeof(request) - 1 && send(fd, request + sent++, 1, MSG_NOSIGNAL) < 0)
            break;
        if (closed_within(w, fd, 50))
            break;
    }
    assert_in_range(now_ms() - start, 250, 3000);
}

static void test_slow_senders(void **state)
{
    struct world *w = *state;
    int fd;

    w->config.http_header_timeout_ms = 300;
    world_start(w);
    fd = client(w);
    dribble_until_closed(w, fd);
    close(fd);
    assert_int_equal(httpd_stats(w->httpd)->rejected, 1);

    fd = client(w);
    assert_int_equal(ask(w, fd, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    turn(w, 700); /* kept longer than header_timeout: nothing of a request has come */
    assert_int_equal(ask(w, fd, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    dribble_until_closed(w, fd);
    close(fd);
    assert_int_equal(httpd_stats(w->httpd)->rejected, 2);

    fd = client(w); /* says nothing at all: closed, but nothing was rejected */
    assert_true(closed_within(w, fd, 3000));
    close(fd);
    fd = client(w); /* a body that does not come */
    send_text(w, fd, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
    assert_true(closed_within(w, fd, 3000));
    close(fd);
    assert_int_equal(httpd_stats(w->httpd)->rejected, 3);
}

static void test_idle_and_unread(void **state)
{
    struct world *w = *state;
    char *bytes = malloc(32u << 20);
    int fd, small = 4096;
    uint64_t start;

    w->config.http_idle_timeout_ms = 500;
    world_start(w);
    fd = client(w);
    assert_int_equal(ask(w, fd, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    start = now_ms();
    assert_true(closed_within(w, fd, PATIENCE));
    assert_in_range(now_ms() - start, 400, 3000);
    close(fd);

    memset(bytes, 'x', 32u << 20);
    w->body = http_body_new(bytes, 32u << 20);
    fd = client(w);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    send_text(w, fd, "GET /body HTTP/1.1\r\n\r\n");
    turn(w, 50);
    assert_int_equal(httpd_stats(w->httpd)->connections, 1);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0); /* never read a byte */
    close(fd);
}

static void test_flood_of_idle(void **state)
{
    enum { FLOOD = 600 };
    struct world *w = *state;
    int fds[FLOOD], good;

    w->config.http_connections_max = 64;
    world_start(w);
    for (int i = 0; i < FLOOD; i++) {
        fds[i] = client(w);
        if (i % 50 == 49) {
            uint64_t start = now_ms();
            good = client(w);
            assert_int_equal(ask(w, good, "GET / HTTP/1.1\r\n\r\n")->status, 200);
            assert_true(now_ms() - start < 500);
            close(good);
        }
        assert_true(httpd_stats(w->httpd)->connections <= 64);
    }
    turn(w, 20);
    assert_in_range(httpd_stats(w->httpd)->evicted, FLOOD - 64, FLOOD);
    for (int i = 0; i < FLOOD; i++)
        close(fds[i]);
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
}

/* The parked are not evicted: a newcomer waits until one of them has its answer. */
static void test_ceiling_of_parked(void **state)
{
    struct world *w = *state;
    int fds[8], late;

    w->config.http_connections_max = 8;
    world_start(w);
    for (int i = 0; i < 8; i++) {
        fds[i] = client(w);
        send_text(w, fds[i], "GET /park HTTP/1.1\r\n\r\n");
    }
    WAIT_FOR(w, w->parked_count == 8);
    late = client(w);
    send_text(w, late, "GET / HTTP/1.1\r\n\r\n");
    assert_true(count_turns(w, 400) < 40);
    assert_int_equal(httpd_stats(w->httpd)->connections, 8);
    answer_all(w, "done");
    assert_int_equal(receive(w, late, false, PATIENCE)->status, 200);
    assert_int_equal(httpd_stats(w->httpd)->evicted, 1); /* one of the answered made room */
    assert_int_equal(w->gone, 0);
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    close(late);
}

static void test_out_of_descriptors(void **state)
{
    struct world *w = *state;
    struct rlimit before, low;
    int fd, top;

    world_start(w);
    fd = client(w);
    top = dup(fd);
    close(top);
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)top; /* the client has the last one */
    setrlimit(RLIMIT_NOFILE, &low);
    send_text(w, fd, "GET / HTTP/1.1\r\n\r\n");
    assert_true(count_turns(w, 400) < 40); /* neither accepts nor spins */
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(receive(w, fd, false, PATIENCE)->status, 200);
    close(fd);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void test_port_in_use(void **state)
{
    struct world *w = *state, second;
    struct conf_listen listen[2] = {{"127.0.0.1", 0, "127.0.0.1:0"}, {"127.0.0.1", 0, "127.0.0.1:taken"}};
    struct err err = {0};

    world_start(w);
    world_init(&second);
    listen[1].port = httpd_port(w->httpd, 0);
    second.config.listen = listen;
    second.config.listen_count = 2;
    assert_null(httpd_new(&w->loop, &second.config, handler, &second, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
    assert_string_equal(err.text, "cannot listen on 127.0.0.1:taken: Address already in use; another program "
                                  "has the port (\"ss -ltnp\" names it): stop it or change listen");
    listen[1] = (struct conf_listen){"203.0.113.7", 9121, "203.0.113.7:9121"};
    assert_null(httpd_new(&w->loop, &second.config, handler, &second, &err));
    assert_non_null(strstr(err.text, "203.0.113.7:9121: Cannot assign requested address"));
    listen[1] = (struct conf_listen){"no such host", 9121, "no such host:9121"};
    assert_null(httpd_new(&w->loop, &second.config, handler, &second, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
}

static void test_all_addresses(void **state)
{
    struct world w;
    int fd;

    (void)state;
    world_init(&w);
    w.listen.host = "";
    world_start(&w);
    fd = client(&w);
    expect(ask(&w, fd, "GET / HTTP/1.1\r\n\r\n"), 200, "1 / a= e= t=0 c=127.0.0.1");
    close(fd);
    world_stop(&w);

    world_init(&w);
    w.listen.host = "localhost";
    world_start(&w);
    world_stop(&w);
}

/* A machine without IPv6, made with a filter that refuses its sockets. */
static void without_ipv6(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
    struct world w;
    int fd;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
    world_init(&w);
    w.listen.host = "";
    world_start(&w);
    fd = client(&w);
    _exit(ask(&w, fd, "GET / HTTP/1.1\r\n\r\n")->status == 200 ? 0 : 1);
}

static void test_no_ipv6(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0)
        without_ipv6();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* a kernel without seccomp filters: there is no other way to take IPv6 away from one test */
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void test_drain(void **state)
{
    struct world *w = *state;
    struct answer *a;
    int parked, kept, reading, late;

    world_start(w);
    parked = client(w);
    kept = client(w);
    reading = client(w);
    send_text(w, parked, "GET /park HTTP/1.1\r\n\r\n");
    assert_int_equal(ask(w, kept, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    send_text(w, reading, "GET / HTTP/1.1\r\n");
    WAIT_FOR(w, w->parked_count == 1);
    httpd_drain(w->httpd);
    httpd_drain(w->httpd);
    late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(late,
                             (void *)&(struct sockaddr_in){.sin_family = AF_INET,
                                                           .sin_port = htons(httpd_port(w->httpd, 0)),
                                                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                             sizeof(struct sockaddr_in)),
                     -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(late);
    assert_true(closed_within(w, kept, PATIENCE));
    a = ask(w, reading, "\r\n");
    assert_int_equal(a->status, 200);
    assert_non_null(strstr(a->bytes, "Connection: close\r\n"));
    answer_all(w, "the last one");
    a = receive(w, parked, false, PATIENCE);
    expect(a, 200, "the last one");
    assert_non_null(strstr(a->bytes, "Connection: close\r\n"));
    assert_true(closed_within(w, parked, PATIENCE));
    WAIT_FOR(w, httpd_stats(w->httpd)->connections == 0);
    assert_int_equal(w->gone, 0);
    close(parked);
    close(kept);
    close(reading);
}

/* An answer that was under way before the drain promised to keep the connection; it is closed all the same.
 */
static void test_drain_while_sending(void **state)
{
    struct world *w = *state;
    char buffer[65536];
    size_t got = 0;
    ssize_t n = -1;
    int fd;

    world_start(w);
    w->body = http_body_new(calloc(1, 16u << 20), 16u << 20);
    fd = client(w);
    send_text(w, fd, "GET /body HTTP/1.1\r\n\r\n");
    WAIT_FOR(w, httpd_stats(w->httpd)->requests == 1);
    httpd_drain(w->httpd);
    for (uint64_t give_up = now_ms() + PATIENCE; n != 0 && now_ms() < give_up; turn(w, 0))
        if ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
            got += (size_t)n;
    assert_int_equal(n, 0);
    assert_in_range(got, 16u << 20, (16u << 20) + 500);
    close(fd);
}

static void test_drain_from_handler(void **state)
{
    struct world *w = *state;
    int fd;

    world_start(w);
    w->drain_in_handler = true;
    fd = client(w);
    assert_int_equal(ask(w, fd, "GET / HTTP/1.1\r\n\r\n")->status, 200);
    assert_true(closed_within(w, fd, PATIENCE));
    close(fd);
}

/* Everything at once, closed in the middle; the sanitizer and the last test see what is left. */
static void test_free_in_the_middle(void **state)
{
    static const char *const starts[] = {"GET /park HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HT",
                                         "", "GET /body HTTP/1.1\r\n\r\n"};
    struct world *w = *state;
    int fds[50];

    world_start(w);
    w->body = http_body_new(calloc(1, 8u << 20), 8u << 20);
    for (int i = 0; i < 50; i++) {
        fds[i] = client(w);
        send_text(w, fds[i], starts[i % 5]);
    }
    WAIT_FOR(w, w->parked_count == 10);
    http_reply_text(w->parked[0].exchange, 200, "answered, not yet sent");
    httpd_free(w->httpd);
    w->httpd = NULL;
    assert_int_equal(w->gone, 9);
    for (int i = 0; i < 50; i++)
        close(fds[i]);
}

static void test_no_descriptor_leaks(void **state)
{
    assert_int_equal(open_descriptors(), *(unsigned *)*state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static unsigned descriptors;
    const struct CMUnitTest tests[] = {
        TEST(test_get_and_keep_alive),
        TEST(test_methods),
        TEST(test_query),
        TEST(test_shared_body),
        TEST(test_park),
        TEST(test_parked_client_leaves),
        TEST(test_gone_answers_others),
        TEST(test_two_hundred_parked),
        TEST(test_too_large),
        TEST(test_garbage),
        TEST(test_long_queries),
        TEST(test_slow_senders),
        TEST(test_idle_and_unread),
        TEST(test_flood_of_idle),
        TEST(test_ceiling_of_parked),
        TEST(test_out_of_descriptors),
        TEST(test_port_in_use),
        cmocka_unit_test(test_all_addresses),
        cmocka_unit_test(test_no_ipv6),
        TEST(test_drain),
        TEST(test_drain_while_sending),
        TEST(test_drain_from_handler),
        TEST(test_free_in_the_middle),
        cmocka_unit_test_prestate(test_no_descriptor_leaks, &descriptors),
    };

    uv_loop_t first;
    uv_loop_init(&first); /* libuv keeps two descriptors from its first loop on */
    uv_loop_close(&first);
    descriptors = open_descriptors();
    return cmocka_run_group_tests_name("httpd", tests, NULL, NULL);
}
