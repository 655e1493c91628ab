/*
 * httpd_conn: who is connected, for how long, and who has to go.
 *
 * One list holds every connection in the order in which they fell idle, so its head is the one idle longest.
 * A connection moves to the tail when its request is over, not when it sends a byte: dribbling buys no time.
 *
 * What is enforced, four times a second:
 *   READING   the whole request, body included, within header_timeout. The clock of a first request starts at
 *             accept. libmicrohttpd does not tell when the first byte of a later one comes, but the kernel
 *             does (TCP_INFO), so that clock starts at most one tick late.
 *   KEPT      a next request begins within idle_timeout.
 *   SENDING   the client acknowledges something within idle_timeout; it may be slow but not still.
 *   PARKED    nothing here: whoever parks answers within a deadline of its own.
 *
 * A request that comes in one burst with the end of the one before it is the one case not seen: its bytes
 * are counted with the last request. If it is incomplete, idle_timeout ends it instead of header_timeout.
 */
#include "io/httpd_conn.h"
#include "io/httpd_tcp.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TLS_GOODBYE_BYTES 48u /* an alert in its record, in the longest of the usual ciphers, and FIN */

static bool is_idle(const struct http_exchange *conn)
{
    return !conn->closing && (conn->phase == CONN_READING || conn->phase == CONN_KEPT);
}

/*
 * Whether part of a request has come that is not answered. A FIN counts as a byte, so one alone is nothing,
 * and with TLS neither is the alert that says good-bye.
 */
static bool half_sent(const struct http_exchange *conn)
{
    uint64_t before = conn->seen > conn->tls.handshake_bytes ? conn->seen : conn->tls.handshake_bytes;

    return tcp_progress(conn->fd).received > before + (conn->gen ? TLS_GOODBYE_BYTES : 1);
}

/* ---- the list ------------------------------------------------------------------------------- */

static void list_remove(struct http_exchange *conn)
{
    struct httpd *httpd = conn->httpd;

    *(conn->prev ? &conn->prev->next : &httpd->oldest) = conn->next;
    *(conn->next ? &conn->next->prev : &httpd->newest) = conn->prev;
    conn->prev = conn->next = NULL;
}

static void list_append(struct http_exchange *conn)
{
    struct httpd *httpd = conn->httpd;

    conn->prev = httpd->newest;
    *(httpd->newest ? &httpd->newest->next : &httpd->oldest) = conn;
    httpd->newest = conn;
}

/* ---- birth and death, in libmicrohttpd's callbacks ------------------------------------------ */

static void write_client(struct http_exchange *conn, const struct sockaddr *addr)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    const struct sockaddr_in6 *six = (const void *)addr;
    const struct sockaddr_in *four = (const void *)addr;

    if (addr && addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, conn->client, sizeof(conn->client));
    else if (addr && addr->sa_family == AF_INET6 && memcmp(&six->sin6_addr, mapped, 12) == 0)
        inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, conn->client, sizeof(conn->client));
    else if (addr && addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &six->sin6_addr, conn->client, sizeof(conn->client));
}

static int socket_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info->connect_fd; /* the next question overwrites the answer */
}

static const struct sockaddr *address_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info ? info->client_addr : NULL;
}

struct http_exchange *conn_new(struct httpd *httpd, struct MHD_Connection *mhd)
{
    struct http_exchange *conn = calloc(1, sizeof(*conn));

    if (!conn) {
        shutdown(socket_of(mhd), SHUT_RDWR);
        return NULL;
    }
    conn->httpd = httpd;
    conn->mhd = mhd;
    conn->fd = socket_of(mhd);
    conn->admin = httpd->accepting && httpd->accepting->admin;
    conn->since_ms = uv_now(httpd->loop);
    write_client(conn, address_of(mhd));
    list_append(conn);
    httpd->live++;
    httpd->stats.connections++;
    if (!guard_dress(conn, mhd))
        conn_close(conn);
    return conn;
}

void conn_free(struct http_exchange *conn)
{
    struct httpd *httpd = conn->httpd;

    /* Refused by libmicrohttpd before there was a request line, or left half sent. */
    if (is_idle(conn) && half_sent(conn))
        conn_refuse(conn);
    if (conn->gen && !conn->tls.finished)
        httpd->stats.tls_failed++;
    guard_undress(conn);
    if (!conn->closing)
        httpd->live--;
    httpd->stats.connections--;
    list_remove(conn);
    free(conn->query);
    free(conn);
    listeners_resume(httpd);
}

/* ---- from request to request ---------------------------------------------------------------- */

void conn_begin(struct http_exchange *conn)
{
    if (conn->phase == CONN_KEPT)
        conn->since_ms = uv_now(conn->httpd->loop);
    conn->phase = CONN_READING;
    conn->headers_seen = false;
    conn->body_len = 0;
}

void conn_done(struct http_exchange *conn)
{
    conn->phase = CONN_KEPT;
    conn->since_ms = uv_now(conn->httpd->loop);
    conn->seen = tcp_progress(conn->fd).received;
    conn->gone = NULL;
    memset(&conn->request, 0, sizeof(conn->request));
    free(conn->query);
    conn->query = NULL;
    list_remove(conn);
    list_append(conn);
    listeners_resume(conn->httpd);
    if (conn->httpd->draining)
        conn_close(conn);
}

void conn_refuse(struct http_exchange *conn)
{
    if (!conn->refused)
        conn->httpd->stats.rejected++;
    conn->refused = true;
}

/* ---- who has to go -------------------------------------------------------------------------- */

void conn_close(struct http_exchange *conn)
{
    if (conn->closing)
        return;
    conn->closing = true;
    conn->httpd->live--;
    shutdown(conn->fd, SHUT_RDWR);
}

/*
 * The one idle longest; when none is, one that has not taken its answer for header_timeout: otherwise clients
 * that never read would be safer than those that never write.
 */
struct http_exchange *conn_victim(struct httpd *httpd)
{
    uint64_t now = uv_now(httpd->loop);

    for (struct http_exchange *conn = httpd->oldest; conn; conn = conn->next)
        if (is_idle(conn))
            return conn;
    for (struct http_exchange *conn = httpd->oldest; conn; conn = conn->next)
        if (!conn->closing && conn->phase == CONN_SENDING && now - conn->since_ms > httpd->header_timeout_ms)
            return conn;
    return NULL;
}

void conn_evict(struct http_exchange *victim)
{
    victim->httpd->stats.evicted++;
    conn_close(victim);
}

static void check_reading(struct http_exchange *conn, uint64_t now)
{
    if (now - conn->since_ms <= conn->httpd->header_timeout_ms)
        return;
    if (half_sent(conn))
        conn_refuse(conn);
    conn_close(conn);
}

static void check_kept(struct http_exchange *conn, uint64_t now)
{
    if (tcp_progress(conn->fd).received > conn->seen) {
        conn->phase = CONN_READING;
        conn->since_ms = now;
    } else if (now - conn->since_ms > conn->httpd->idle_timeout_ms) {
        conn_close(conn);
    }
}

static void check_sending(struct http_exchange *conn, uint64_t now)
{
    uint64_t acked = tcp_progress(conn->fd).acked;

    if (acked != conn->seen) {
        conn->seen = acked;
        conn->since_ms = now;
    } else if (now - conn->since_ms > conn->httpd->idle_timeout_ms) {
        conn_close(conn);
    }
}

void conn_tick(struct httpd *httpd)
{
    uint64_t now = uv_now(httpd->loop);

    for (struct http_exchange *conn = httpd->oldest; conn; conn = conn->next) {
        if (conn->closing)
            continue;
        if (conn->phase == CONN_READING)
            check_reading(conn, now);
        else if (conn->phase == CONN_KEPT)
            check_kept(conn, now);
        else if (conn->phase == CONN_SENDING)
            check_sending(conn, now);
    }
}
