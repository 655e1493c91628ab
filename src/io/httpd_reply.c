/*
 * httpd_reply: parking and answering.
 *
 * A body is counted by reference: every answer that is under way holds one, taken when it is handed to
 * libmicrohttpd and given back by libmicrohttpd's free callback. Nobody copies the bytes.
 *
 * libmicrohttpd does not look at the socket of a suspended connection, so the sockets of the parked sit in an
 * epoll of our own that listens for nothing but the client leaving. A client that only shuts down its sending
 * side counts as leaving too: libmicrohttpd would not answer it any more after a suspension.
 */
#include "io/httpd_conn.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* ---- bodies --------------------------------------------------------------------------------- */

struct http_body {
    char *bytes;
    size_t len;
    unsigned refs;
};

struct http_body *http_body_new(char *bytes, size_t len)
{
    struct http_body *body = malloc(sizeof(*body));

    if (!body) {
        free(bytes);
        return NULL;
    }
    body->bytes = bytes;
    body->len = len;
    body->refs = 1;
    return body;
}

struct http_body *http_body_ref(struct http_body *body)
{
    body->refs++;
    return body;
}

void http_body_unref(struct http_body *body)
{
    if (!body || --body->refs > 0)
        return;
    free(body->bytes);
    free(body);
}

static void on_body_sent(void *arg)
{
    http_body_unref(arg);
}

/* ---- parking -------------------------------------------------------------------------------- */

void http_park(struct http_exchange *conn, void (*gone)(void *arg), void *arg)
{
    assert(conn->phase == CONN_WORKING);
    conn->phase = CONN_PARKED;
    conn->gone = gone;
    conn->gone_arg = arg;
}

void reply_suspend(struct http_exchange *conn)
{
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = conn};

    conn->suspended = true;
    conn->httpd->stats.parked++;
    MHD_suspend_connection(conn->mhd);
    /* Without memory for it we do not hear the client leave and answer into the void: no harm. */
    (void)epoll_ctl(conn->httpd->leave_epoll, EPOLL_CTL_ADD, conn->fd, &event);
}

static void unsuspend(struct http_exchange *conn)
{
    if (!conn->suspended)
        return;
    conn->suspended = false;
    conn->httpd->stats.parked--;
    (void)epoll_ctl(conn->httpd->leave_epoll, EPOLL_CTL_DEL, conn->fd, NULL);
    MHD_resume_connection(conn->mhd);
    conn->httpd->moves++;
    httpd_soon(conn->httpd);
}

void reply_lost(struct http_exchange *conn)
{
    void (*gone)(void *arg) = conn->gone;

    conn->phase = CONN_LOST;
    unsuspend(conn);
    if (gone)
        gone(conn->gone_arg);
}

/* One event at a time: gone() may answer others, whose events would be stale in a longer list. */
void reply_leavers(struct httpd *httpd)
{
    struct epoll_event event;

    while (httpd->stats.parked > 0 && epoll_wait(httpd->leave_epoll, &event, 1, 0) == 1)
        reply_lost(event.data.ptr);
}

/* ---- answering ------------------------------------------------------------------------------ */

static struct MHD_Response *new_response(struct http_body *body)
{
    struct MHD_Response *response;

    if (!body || body->len == 0)
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->bytes, on_body_sent,
                                                                      http_body_ref(body));
    if (!response)
        http_body_unref(body);
    return response;
}

static bool add_headers(struct MHD_Response *response, const struct http_answer *answer,
                        const struct httpd *httpd)
{
    bool last = httpd->draining;

    if (answer->content_type &&
        !MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type))
        return false;
    for (unsigned i = 0; i < answer->header_count; i++)
        if (!MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value))
            return false;
    if (!guard_headers(&httpd->guard, response))
        return false;
    return !last || MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* Takes over <response>. Without memory for an answer the connection is closed. */
static void send_response(struct http_exchange *conn, const struct http_answer *answer,
                          struct MHD_Response *response)
{
    bool queued;

    assert(conn->phase == CONN_WORKING || conn->phase == CONN_PARKED);
    queued = response && add_headers(response, answer, conn->httpd) &&
             MHD_queue_response(conn->mhd, answer->status, response);
    if (response)
        MHD_destroy_response(response);
    conn->phase = queued ? CONN_SENDING : CONN_LOST;
    conn->since_ms = uv_now(conn->httpd->loop);
    conn->seen = 0;
    unsuspend(conn);
}

void http_reply(struct http_exchange *conn, const struct http_answer *answer)
{
    send_response(conn, answer, new_response(answer->body));
}

void http_reply_text(struct http_exchange *conn, unsigned status, const char *text)
{
    struct http_answer answer = {.status = status, .content_type = "text/plain; charset=utf-8"};

    send_response(conn, &answer,
                  MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY));
}
