/*
 * httpd: libmicrohttpd on our loop, and a request on its way to the handler.
 *
 * libmicrohttpd runs without a thread and without a listening socket. It keeps its connections in an epoll of
 * its own; that epoll's descriptor is one more descriptor in our loop, and when it becomes readable
 * MHD_run() does everything that can be done now. Its own timeouts are off (httpd_conn.c has the clocks), so
 * MHD_get_timeout() only ever says "again at once" or nothing.
 *
 * MHD_run() is entered from the loop only, never from inside itself: whatever a handler or another callback
 * does to a connection marks it and asks for a run in the next turn (httpd_soon).
 *
 * A request reaches on_access() several times: with its headers, with pieces of its body, and once it is
 * complete; only then does the handler see it. An answer given to the headers alone makes libmicrohttpd close
 * the connection, which is what a body that is too large deserves.
 *
 * What libmicrohttpd refuses by itself never reaches on_access(): 400 malformed, 414 and 431 too large for
 * the pool.
 */
#include "io/httpd_conn.h"
#include <assert.h>
#include <bluegreen/num.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define POOL_BYTES       (16u << 10) /* of a connection: its headers and what libmicrohttpd makes of them */
#define BODY_MAX         1024u
#define BODY_DROPPED_MAX 65536u /* read and dropped of a body without a length, so that it gets its 413 */
#define CLOSING_MAX      64u    /* connections shut down that libmicrohttpd has not closed yet */
#define TICK_MS          250u
#define STILL_RUNS_MAX   3u

#if MHD_VERSION >= 0x00097707
#define ONE_THREAD MHD_USE_NO_THREAD_SAFETY /* a connection added is there at once, not in the next run */
#else
#define ONE_THREAD 0 /* always so */
#endif

/* ---- the loop ------------------------------------------------------------------------------- */

/*
 * Whether "again at once" is to be believed. With TLS it is not when nothing moves any more: then somebody's
 * handshake waits for bytes, which libmicrohttpd's epoll reports when they come (httpd_tls.h).
 */
static bool is_moving(struct httpd *httpd, uint64_t moves_before)
{
    httpd->still_runs = httpd->moves == moves_before ? httpd->still_runs + 1 : 0;
    return !guard_has_tls(&httpd->guard) || httpd->still_runs < STILL_RUNS_MAX;
}

void httpd_run(struct httpd *httpd)
{
    MHD_UNSIGNED_LONG_LONG ms;
    uint64_t moves = httpd->moves;

    httpd->running = true;
    MHD_run(httpd->mhd);
    httpd->running = false;
    if (MHD_get_timeout(httpd->mhd, &ms) == MHD_YES && ms == 0 && is_moving(httpd, moves))
        httpd_soon(httpd);
}

static void on_soon(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    httpd_run(idle->data);
}

void httpd_soon(struct httpd *httpd)
{
    uv_idle_start(&httpd->soon, on_soon);
}

static void on_mhd_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    httpd_run(poll->data);
}

static void on_leave_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    reply_leavers(poll->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct httpd *httpd = timer->data;

    conn_tick(httpd);
    httpd_run(httpd); /* closes what the tick shut down */
    listeners_resume(httpd);
    if (httpd->stats.connections == 0)
        uv_timer_stop(timer);
}

void httpd_tick_start(struct httpd *httpd)
{
    if (!uv_is_active((uv_handle_t *)&httpd->tick))
        uv_timer_start(&httpd->tick, on_tick, TICK_MS, TICK_MS);
}

/* ---- a request ------------------------------------------------------------------------------ */

static enum MHD_Result outcome(const struct http_exchange *conn)
{
    return conn->phase == CONN_LOST ? MHD_NO : MHD_YES;
}

static enum MHD_Result refuse_body(struct http_exchange *conn)
{
    conn_refuse(conn);
    conn->phase = CONN_WORKING;
    http_reply_text(conn, MHD_HTTP_CONTENT_TOO_LARGE, "the body of the request is too large\n");
    return outcome(conn);
}

static enum MHD_Result on_headers(struct http_exchange *conn)
{
    uint64_t len;

    conn->headers_seen = true;
    if (num_u64(request_header(conn->mhd, MHD_HTTP_HEADER_CONTENT_LENGTH), &len) && len > BODY_MAX)
        return refuse_body(conn);
    return MHD_YES;
}

void httpd_handle(struct http_exchange *conn)
{
    conn->httpd->handler(conn->httpd->arg, conn);
    if (conn->phase == CONN_WORKING)
        http_park(conn, NULL, NULL);
}

static enum MHD_Result on_complete(struct http_exchange *conn, const char *url, const char *method)
{
    struct httpd *httpd = conn->httpd;

    if (conn->body_len > BODY_MAX)
        return refuse_body(conn);
    request_fill(conn, url, method);
    conn->phase = CONN_WORKING;
    httpd->stats.requests++;
    if (guard_admit(conn))
        httpd_handle(conn);
    if (conn->phase == CONN_PARKED)
        reply_suspend(conn);
    return outcome(conn);
}

/* ---- what libmicrohttpd calls --------------------------------------------------------------- */

static enum MHD_Result on_access(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
                                 const char *version, const char *upload, size_t *upload_len, void **context)
{
    struct http_exchange *conn = *context;

    (void)mhd;
    (void)version;
    (void)upload;
    ((struct httpd *)arg)->moves++;
    if (!conn || conn->phase == CONN_LOST)
        return MHD_NO;
    if (!conn->headers_seen)
        return on_headers(conn);
    if (*upload_len == 0)
        return on_complete(conn, url, method);
    conn->body_len += *upload_len;
    *upload_len = 0;
    return conn->body_len > BODY_DROPPED_MAX ? MHD_NO : MHD_YES;
}

/* The request line is complete; what is returned comes back as *context. */
static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_exchange *conn = info->socket_context;

    (void)arg;
    if (conn) {
        conn_begin(conn);
        request_line(conn, (char *)uri); /* not const at all: it is written to next */
    }
    return conn;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct http_exchange *conn = *context;

    (void)mhd;
    ((struct httpd *)arg)->moves++;
    if (!conn)
        return;
    if (conn->phase == CONN_READING && !conn->closing && code != MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN)
        conn_refuse(conn);
    conn_done(conn);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct httpd *httpd = arg;

    httpd->moves++;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = conn_new(httpd, mhd);
        httpd_tick_start(httpd);
    } else if (*context) {
        conn_free(*context);
        *context = NULL;
    }
}

/* Never asked: a session has other credentials before its handshake begins (httpd_tls.h). */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                          gnutls_pcert_st **certs, unsigned *cert_count, gnutls_privkey_t *key)
{
    (void)session;
    (void)authorities;
    (void)authority_count;
    (void)algorithms;
    (void)algorithm_count;
    (void)certs;
    (void)key;
    *cert_count = 0;
    return -1;
}

static struct MHD_Daemon *start_mhd(struct httpd *httpd)
{
    bool tls = guard_has_tls(&httpd->guard);

    /* clang-format off */
    return MHD_start_daemon( /* without MHD_USE_ERROR_LOG: it has nothing to say that stats do not */
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | ONE_THREAD |
            (tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, on_access, httpd,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, httpd->connections_max + CLOSING_MAX,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, /* see httpd_request.c */
        MHD_OPTION_UNESCAPE_CALLBACK, request_unescape, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,
        tls ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, no_certificate,
        MHD_OPTION_END);
    /* clang-format on */
}

/* ---- birth and death ------------------------------------------------------------------------ */

static bool open_all(struct httpd *httpd, const struct config *config, struct err *err)
{
    if (!guard_open(&httpd->guard, httpd, config, err) || !listeners_open(httpd, config, err))
        return false;
    httpd->leave_epoll = epoll_create1(EPOLL_CLOEXEC);
    httpd->mhd = httpd->leave_epoll < 0 ? NULL : start_mhd(httpd);
    if (!httpd->mhd)
        return err_set(err, ERR_SYSTEM, "cannot start the HTTP server: %s", strerror(errno));
    return true;
}

static bool watch(struct httpd *httpd, uv_poll_t *poll, int fd, uv_poll_cb callback)
{
    if (uv_poll_init(httpd->loop, poll, fd) != 0)
        return false;
    httpd->handles++;
    poll->data = httpd;
    return uv_poll_start(poll, UV_READABLE, callback) == 0;
}

static bool start_all(struct httpd *httpd)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(httpd->mhd, MHD_DAEMON_INFO_EPOLL_FD);

    uv_idle_init(httpd->loop, &httpd->soon);
    uv_timer_init(httpd->loop, &httpd->tick);
    httpd->handles += 2;
    httpd->soon.data = httpd->tick.data = httpd;
    return info && watch(httpd, &httpd->mhd_poll, info->epoll_fd, on_mhd_readable) &&
           watch(httpd, &httpd->leave_poll, httpd->leave_epoll, on_leave_readable) && listeners_start(httpd);
}

struct httpd *httpd_new(uv_loop_t *loop, const struct config *config, http_handler handler, void *arg,
                        struct err *err)
{
    struct httpd *httpd = calloc(1, sizeof(*httpd));

    if (!httpd) {
        err_set(err, ERR_MEMORY, "no memory for the HTTP server");
        return NULL;
    }
    httpd->loop = loop;
    httpd->handler = handler;
    httpd->arg = arg;
    httpd->leave_epoll = -1;
    httpd->connections_max = config->http_connections_max;
    httpd->idle_timeout_ms = config->http_idle_timeout_ms;
    httpd->header_timeout_ms = config->http_header_timeout_ms;
    if (!open_all(httpd, config, err)) {
        httpd_free(httpd);
        return NULL;
    }
    if (!start_all(httpd)) {
        err_set(err, ERR_SYSTEM, "cannot watch the HTTP server's sockets");
        httpd_free(httpd);
        return NULL;
    }
    return httpd;
}

const struct httpd_stats *httpd_stats(const struct httpd *httpd)
{
    return &httpd->stats;
}

struct httpd_web httpd_web(const struct httpd *httpd)
{
    const struct web_conf *conf = httpd->guard.gen->conf;

    return (struct httpd_web){
        .given = conf->path || conf->tls_given || conf->user_count,
        .ok = httpd->guard.ok,
        .certificate_end = guard_has_tls(&httpd->guard) ? tls_server_expiry(httpd->guard.gen->tls) : 0,
        .password_checks = web_logins_checks(httpd->guard.logins),
    };
}

void httpd_set_probe(struct httpd *httpd, http_probe is_probe)
{
    httpd->is_probe = is_probe;
}

bool httpd_try_web(const struct config *config, struct buf *mistakes)
{
    return guard_try(&config->web, guard_where(config), mistakes);
}

bool httpd_reload(struct httpd *httpd, const struct config *config, struct buf *mistakes)
{
    return guard_reload(&httpd->guard, &config->web, guard_where(config), mistakes);
}

void httpd_drain(struct httpd *httpd)
{
    if (httpd->draining)
        return;
    httpd->draining = true;
    listeners_close(httpd);
    for (struct http_exchange *conn = httpd->oldest; conn; conn = conn->next)
        if (conn->phase == CONN_KEPT)
            conn_close(conn);
}

static void release(struct httpd *httpd)
{
    if (httpd->leave_epoll >= 0)
        close(httpd->leave_epoll);
    guard_close(&httpd->guard);
    free(httpd->listeners);
    free(httpd);
}

static void on_closed(uv_handle_t *handle)
{
    struct httpd *httpd = handle->data;

    if (--httpd->handles == 0)
        release(httpd);
}

void httpd_close_handle(struct httpd *httpd, uv_handle_t *handle)
{
    if (uv_handle_get_type(handle) == UV_UNKNOWN_HANDLE || uv_is_closing(handle))
        return;
    handle->data = httpd;
    uv_close(handle, on_closed);
}

void httpd_free(struct httpd *httpd)
{
    if (!httpd)
        return;
    assert(!httpd->running);
    httpd->draining = true;
    for (struct http_exchange *conn = httpd->oldest; conn; conn = conn->next)
        if (conn->phase == CONN_PARKED)
            reply_lost(conn);
    listeners_close(httpd);
    httpd_close_handle(httpd, (uv_handle_t *)&httpd->mhd_poll);
    httpd_close_handle(httpd, (uv_handle_t *)&httpd->leave_poll);
    if (httpd->mhd)
        MHD_stop_daemon(httpd->mhd);
    httpd_close_handle(httpd, (uv_handle_t *)&httpd->soon);
    httpd_close_handle(httpd, (uv_handle_t *)&httpd->tick);
    if (httpd->handles == 0)
        release(httpd);
}
