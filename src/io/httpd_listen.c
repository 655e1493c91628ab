/*
 * httpd_listen: listening sockets and accept.
 *
 * We accept and hand each connection over (MHD_add_connection) instead of handing libmicrohttpd the listening
 * socket: so one instance of it serves all addresses, the ceiling is checked before a connection exists, and
 * running out of descriptors pauses accept instead of spinning on a socket that stays readable.
 *
 * At the ceiling the one idle longest makes room. When nobody is idle accept pauses and newcomers wait in the
 * kernel's queue until a request is over; the ceiling is never passed.
 */
#include "io/httpd_conn.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG      511
#define ACCEPT_BATCH 16 /* connections accepted before requests get their turn */

/* ---- opening -------------------------------------------------------------------------------- */

static const char *advice(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "; another program has the port (\"ss -ltnp\" names it): stop it or change listen";
    case EACCES: return "; ports below 1024 need CAP_NET_BIND_SERVICE: grant it or change listen";
    case EADDRNOTAVAIL: return "; no interface of this machine has that address: change listen";
    default: return "";
    }
}

static bool cannot_listen(struct err *err, const struct conf_listen *conf, int error)
{
    return err_set(err, ERR_SYSTEM, "cannot listen on %s: %s%s", conf->text, strerror(error), advice(error));
}

/* The listening socket, or -1 and errno. "::" takes IPv4 clients too, whatever bindv6only says. */
static int open_socket(const struct addrinfo *ai)
{
    static const int yes = 1, no = 0;
    int error, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
        (ai->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == 0) &&
        bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } addr = {.six = {0}};
    socklen_t len = sizeof(addr);

    if (getsockname(fd, &addr.any, &len) != 0)
        return 0;
    return ntohs(addr.any.sa_family == AF_INET6 ? addr.six.sin6_port : addr.four.sin_port);
}

static bool add_listener(struct httpd *httpd, int fd, unsigned conf)
{
    struct listener *more =
        realloc(httpd->listeners, (httpd->listener_count + 1) * sizeof(*httpd->listeners));

    if (!more) {
        close(fd);
        return false;
    }
    httpd->listeners = more;
    more[httpd->listener_count++] =
        (struct listener){.httpd = httpd, .fd = fd, .port = port_of(fd), .conf = conf};
    return true;
}

static bool no_such_address(int error)
{
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/* Listens on every address of a list; those that this machine does not have may fail while one works. */
static bool open_addresses(struct httpd *httpd, unsigned index, const struct addrinfo *list, int *ret_error)
{
    bool any = false;
    int error = EADDRNOTAVAIL;

    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        int fd = open_socket(ai);
        if (fd >= 0 && add_listener(httpd, fd, index)) {
            any = true;
            continue;
        }
        error = fd < 0 ? errno : ENOMEM;
        if (!no_such_address(error)) {
            *ret_error = error;
            return false;
        }
    }
    *ret_error = error;
    return any;
}

static bool open_host(struct httpd *httpd, const struct conf_listen *conf, unsigned index, const char *host,
                      int *ret_error, struct err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    char port[6];
    bool ok;
    int code;

    snprintf(port, sizeof(port), "%u", (unsigned)conf->port);
    code = getaddrinfo(host, port, &hints, &list);
    if (code != 0) {
        *ret_error = 0;
        return err_set(err, ERR_SYSTEM, "cannot listen on %s: %s; change listen", conf->text,
                       gai_strerror(code));
    }
    ok = open_addresses(httpd, index, list, ret_error);
    freeaddrinfo(list);
    return ok || cannot_listen(err, conf, *ret_error);
}

/* No host: both families through one IPv6 socket; on a machine without IPv6 the other one alone. */
static bool open_conf(struct httpd *httpd, const struct conf_listen *conf, unsigned index, struct err *err)
{
    int error;

    if (*conf->host)
        return open_host(httpd, conf, index, conf->host, &error, err);
    return open_host(httpd, conf, index, "::", &error, err) ||
           (no_such_address(error) && open_host(httpd, conf, index, "0.0.0.0", &error, err));
}

bool listeners_open(struct httpd *httpd, const struct config *config, struct err *err)
{
    for (unsigned i = 0; i < config->listen_count; i++)
        if (!open_conf(httpd, &config->listen[i], i, err))
            return false;
    const struct conf_listen *admin = config->admin_listen;
    for (unsigned i = 0; admin && admin[i].text; i++)
        if (!open_conf(httpd, &admin[i], config->listen_count + i, err))
            return false;
    for (unsigned i = 0; i < httpd->listener_count; i++)
        httpd->listeners[i].admin = httpd->listeners[i].conf >= config->listen_count;
    return true;
}

uint16_t httpd_port(const struct httpd *httpd, unsigned listener)
{
    for (unsigned i = 0; i < httpd->listener_count; i++)
        if (httpd->listeners[i].conf == listener)
            return httpd->listeners[i].port;
    return 0;
}

/* ---- accepting ------------------------------------------------------------------------------ */

static bool out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* The end of a request or connection resumes, and a tick at the latest. */
static void pause_listeners(struct httpd *httpd)
{
    httpd->paused = true;
    httpd_tick_start(httpd);
    for (unsigned i = 0; i < httpd->listener_count; i++)
        uv_poll_stop(&httpd->listeners[i].poll);
}

/* One connection; false when there is none to be had now. */
static bool accept_one(struct listener *listener)
{
    struct httpd *httpd = listener->httpd;
    bool full = httpd->live >= httpd->connections_max;
    struct http_exchange *victim = full ? conn_victim(httpd) : NULL;
    struct sockaddr_storage addr;
    socklen_t len = sizeof(addr);
    int fd;

    if (full && !victim) {
        pause_listeners(httpd);
        return false;
    }
    fd = accept4(listener->fd, (void *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && !out_of_resources(errno))
        return false; /* nobody, or one who has left again */
    if (fd < 0) {
        victim = conn_victim(httpd);
        pause_listeners(httpd);
    }
    if (victim)
        conn_evict(victim);
    httpd->accepting = listener; /* for conn_new(), which libmicrohttpd calls before it returns */
    bool more = fd >= 0 && MHD_add_connection(httpd->mhd, fd, (void *)&addr, len);
    httpd->accepting = NULL;
    return more;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;

    (void)status;
    (void)events;
    guard_look(&listener->httpd->guard);
    for (int i = 0; i < ACCEPT_BATCH && accept_one(listener); i++)
        ;
    httpd_run(listener->httpd); /* reads what newcomers have sent and lets the evicted go */
}

bool listeners_start(struct httpd *httpd)
{
    for (unsigned i = 0; i < httpd->listener_count; i++) {
        struct listener *listener = &httpd->listeners[i];
        if (uv_poll_init(httpd->loop, &listener->poll, listener->fd) != 0)
            return false;
        httpd->handles++;
        listener->poll.data = listener;
        if (uv_poll_start(&listener->poll, UV_READABLE, on_readable) != 0)
            return false;
    }
    return true;
}

void listeners_resume(struct httpd *httpd)
{
    if (!httpd->paused || httpd->draining)
        return;
    httpd->paused = false;
    for (unsigned i = 0; i < httpd->listener_count; i++)
        uv_poll_start(&httpd->listeners[i].poll, UV_READABLE, on_readable);
}

/* Newcomers are refused by the kernel from now on. */
void listeners_close(struct httpd *httpd)
{
    for (unsigned i = 0; i < httpd->listener_count; i++) {
        struct listener *listener = &httpd->listeners[i];
        httpd_close_handle(httpd, (uv_handle_t *)&listener->poll);
        if (listener->fd >= 0)
            close(listener->fd);
        listener->fd = -1;
    }
}
