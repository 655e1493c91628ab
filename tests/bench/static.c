/*
 * static: libmicrohttpd serving one buffer, as the agent runs it: no thread, its epoll in a libuv loop.
 *
 * usage: static PORT BYTES
 *
 * The yardstick of tests/bench/throughput: this is what the library can do, with nothing of ours to make.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { POOL_BYTES = 16 << 10, CONNECTIONS = 512 };

static struct MHD_Daemon *mhd;
static uv_idle_t soon;
static char *body;
static size_t body_len;

static void on_soon(uv_idle_t *idle);

static void run(void)
{
    MHD_UNSIGNED_LONG_LONG ms;
    MHD_run(mhd);
    if (MHD_get_timeout(mhd, &ms) == MHD_YES && ms == 0)
        uv_idle_start(&soon, on_soon);
}

static void on_soon(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    run();
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
    run();
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **context)
{
    static int seen;
    (void)arg;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_len;
    if (!*context) { /* the headers are there; answered when the request is complete */
        *context = &seen;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(body_len, body, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4");
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    uv_poll_t poll;
    if (argc != 3) {
        fprintf(stderr, "usage: static PORT BYTES\n");
        return 2;
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    body_len = strtoul(argv[2], NULL, 10);
    body = malloc(body_len);
    if (!body)
        return 1;
    memset(body, 'x', body_len);
    signal(SIGPIPE, SIG_IGN);
    mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_access, NULL, MHD_OPTION_SOCK_ADDR, &address,
                           MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
                           MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = mhd ? MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        fprintf(stderr, "static: cannot serve on port %s\n", argv[1]);
        return 1;
    }
    uv_idle_init(uv_default_loop(), &soon);
    uv_poll_init(uv_default_loop(), &poll, info->epoll_fd);
    uv_poll_start(&poll, UV_READABLE, on_readable);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
