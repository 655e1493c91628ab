#include "support/http.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 30000 };

int http_connect(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return test_fd(fd);
}

/* Whether <events> come before <end>. */
static bool await(int fd, short events, int64_t end)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    int64_t left = end - test_now_ms();
    return poll(&poll_fd, 1, left > 0 ? (int)left : 0) == 1;
}

bool http_send(int fd, const char *bytes, size_t len, int ms)
{
    int64_t end = test_now_ms() + ms;
    while (len) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && (errno != EAGAIN || !await(fd, POLLOUT, end)))
            return false;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
    return true;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

struct text {
    char *bytes;
    size_t len, cap;
};

/* One more piece; false at the end of the stream or of our patience. */
static bool read_more(int fd, struct text *text, int64_t end)
{
    if (text->cap - text->len < 65536) {
        text->cap = text->cap * 2 + 131072;
        char *grown = test_alloc(text->cap);
        if (text->len)
            memcpy(grown, text->bytes, text->len);
        text->bytes = grown;
    }
    for (;;) {
        ssize_t got = recv(fd, text->bytes + text->len, text->cap - text->len - 1, 0);
        if (got > 0) {
            text->len += (size_t)got;
            text->bytes[text->len] = '\0';
            return true;
        }
        if (got == 0 || errno != EAGAIN || !await(fd, POLLIN, end))
            return false;
    }
}

const char *http_header(const struct http_answer *answer, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            const char *value = line + len + 1 + strspn(line + len + 1, " ");
            return test_text("%.*s", (int)strcspn(value, "\r"), value);
        }
    }
    return "";
}

struct http_answer http_receive(int fd, bool head_only, int ms)
{
    struct http_answer answer = {.head = "", .body = ""};
    struct text text = {.len = 0};
    int64_t start = test_now_ms();
    char *head_end = NULL;
    while (!head_end) {
        if (!read_more(fd, &text, start + ms))
            return answer;
        head_end = strstr(text.bytes, "\r\n\r\n");
    }
    size_t head_len = (size_t)(head_end + 4 - text.bytes);
    answer.head = test_text("%.*s", (int)head_len, text.bytes);
    const char *length = http_header(&answer, "Content-Length");
    size_t body_len = !head_only ? strtoul(length, NULL, 10) : 0;
    bool until_close = !head_only && !*length && strncmp(text.bytes, "HTTP/1.0", 8) == 0;
    while (until_close || text.len < head_len + body_len) {
        if (read_more(fd, &text, start + ms))
            continue;
        if (!until_close || test_now_ms() >= start + ms)
            return answer;
        break;
    }
    if (strncmp(text.bytes, "HTTP/1.", 7) == 0)
        answer.status = atoi(text.bytes + 9);
    answer.body = text.bytes + head_len;
    answer.body_len = text.len - head_len;
    answer.seconds = (double)(test_now_ms() - start) / 1e3;
    return answer;
}

const char *http_rest(int fd, int ms)
{
    struct text text = {.len = 0};
    int64_t end = test_now_ms() + ms;
    while (read_more(fd, &text, end))
        ;
    return text.bytes;
}

bool http_closed_within(int fd, int ms)
{
    int64_t end = test_now_ms() + ms;
    char scrap[4096];
    for (;;) {
        ssize_t got = recv(fd, scrap, sizeof scrap, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return true;
        if (got < 0 && !await(fd, POLLIN, end))
            return false;
    }
}

/* ---- whole exchanges -------------------------------------------------------------------------------- */

struct http_answer http_raw(unsigned port, const char *request, int ms)
{
    struct http_answer answer = {.head = "", .body = ""};
    int64_t start = test_now_ms();
    int fd = http_connect(port);
    if (fd < 0)
        return answer;
    http_send(fd, request, strlen(request), ms); /* an answer may come before everything is taken */
    answer = http_receive(fd, strncmp(request, "HEAD ", 5) == 0, ms);
    answer.seconds = (double)(test_now_ms() - start) / 1e3;
    shutdown(fd, SHUT_RDWR);
    return answer;
}

struct http_answer http_ask(unsigned port, const char *method, const char *path, const char *headers)
{
    const char *request =
        test_text("%s %s HTTP/1.1\r\nHost: localhost\r\n%sConnection: close\r\n\r\n", method, path, headers);
    struct http_answer answer = http_raw(port, request, ANSWER_MS);
    if (!answer.status)
        fail_msg("no answer to %s %s on port %u", method, path, port);
    return answer;
}

struct http_answer http_get(unsigned port, const char *path)
{
    return http_ask(port, "GET", path, "");
}
