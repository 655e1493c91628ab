/*
 * http: a small blocking client that sends exactly the bytes it is given.
 */
#ifndef SUPPORT_HTTP_H
#define SUPPORT_HTTP_H

#include "support/test.h"

struct http_answer {
    int status;       /* 0: there was none */
    const char *head; /* status line and headers */
    const char *body;
    size_t body_len;
    double seconds; /* from the request's first byte to the answer's last */
};

/* A socket connected to the loopback port, closed with the test; -1 when there is no connection. */
int http_connect(unsigned port);

/* False when the peer has closed the connection or does not take the bytes in time. */
bool http_send(int fd, const char *bytes, size_t len, int ms);

/*
 * One answer: headers, and as much body as they announce (none when <head_only>), or in HTTP/1.0 all there
 * is. Status 0 when the peer closed the connection or <ms> passed before it was complete.
 */
struct http_answer http_receive(int fd, bool head_only, int ms);

/* All that the peer sends until it closes the connection, as text. */
const char *http_rest(int fd, int ms);

/* Whether the peer closes the connection within <ms>; what it sends before that is read and dropped. */
bool http_closed_within(int fd, int ms);

/* One connection, one request: <request> as it is. */
struct http_answer http_raw(unsigned port, const char *request, int ms);

/* A proper request without a body; <headers> ("Name: value\r\n…") may be "". Fails when there is no answer.
 */
struct http_answer http_ask(unsigned port, const char *method, const char *path, const char *headers);
struct http_answer http_get(unsigned port, const char *path);

/* The value of a header; "" when it is absent. */
const char *http_header(const struct http_answer *answer, const char *name);

#endif
