#include "io/line_server.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 128 };

struct listener {
    uv_tcp_t tcp; /* first: a handle is its listener */
    struct line_server *server;
    struct listener *next;
};

struct client {
    uv_tcp_t tcp;
    uv_timer_t deadline;
    struct line_server *server;
    struct client *older, *newer;
    unsigned handles; /* that are not closed */
    bool leaving;
    size_t len;
    char line[LINE_SERVER_LINE];
};

struct line_server {
    uv_loop_t *loop;
    line_answer answer;
    void *arg;
    struct listener *listeners;
    struct client *oldest, *newest;
    unsigned clients; /* in the list */
    unsigned parts;   /* listeners and clients whose memory is not freed */
    bool ending;
};

/* ---- clients ---------------------------------------------------------------------------------------- */

static void part_gone(struct line_server *server)
{
    server->parts--;
    if (server->ending && server->parts == 0)
        free(server);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    struct line_server *server = client->server;
    if (--client->handles)
        return;
    free(client);
    part_gone(server);
}

static void let_go(struct client *client)
{
    struct line_server *server = client->server;
    if (client->leaving)
        return;
    client->leaving = true;
    *(client->older ? &client->older->newer : &server->oldest) = client->newer;
    *(client->newer ? &client->newer->older : &server->newest) = client->older;
    server->clients--;
    uv_close((uv_handle_t *)&client->tcp, on_client_closed);
    uv_close((uv_handle_t *)&client->deadline, on_client_closed);
}

static void on_deadline(uv_timer_t *timer)
{
    let_go(timer->data);
}

/* An answer fits into the empty buffer of a new connection; where it does not, the peer is not there. */
static void answer_line(struct client *client, size_t len)
{
    struct buf out;
    buf_init(&out, LINE_SERVER_ANSWER);
    struct str line = str_trim((struct str){client->line, len});
    client->server->answer(client->server->arg, line, &out);
    if (buf_ok(&out) && out.len) {
        uv_buf_t bytes = uv_buf_init(out.ptr, (unsigned)out.len);
        uv_try_write((uv_stream_t *)&client->tcp, &bytes, 1);
    }
    buf_done(&out);
    let_go(client);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct client *client = handle->data;
    (void)suggested;
    *ret = uv_buf_init(client->line + client->len, (unsigned)(sizeof client->line - client->len));
}

/* A line ends with its line feed, or where the peer stops sending. */
static void on_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct client *client = stream->data;
    (void)bytes;
    if (count == UV_EOF && client->len) {
        answer_line(client, client->len);
        return;
    }
    if (count < 0) {
        let_go(client);
        return;
    }
    client->len += (size_t)count;
    const char *end = memchr(client->line, '\n', client->len);
    if (end)
        answer_line(client, (size_t)(end - client->line));
    else if (client->len == sizeof client->line)
        let_go(client);
}

static bool client_start(struct client *client, struct listener *listener)
{
    return uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&client->tcp) == 0 &&
           uv_timer_start(&client->deadline, on_deadline, LINE_SERVER_TIMEOUT_MS, 0) == 0 &&
           uv_read_start((uv_stream_t *)&client->tcp, on_room, on_bytes) == 0;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    struct line_server *server = listener->server;
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (!client)
        return;
    if (server->clients == LINE_SERVER_CLIENTS)
        let_go(server->oldest);
    uv_tcp_init(server->loop, &client->tcp);
    uv_timer_init(server->loop, &client->deadline);
    client->tcp.data = client->deadline.data = client;
    client->handles = 2;
    client->server = server;
    client->older = server->newest;
    *(server->newest ? &server->newest->newer : &server->oldest) = client;
    server->newest = client;
    server->clients++;
    server->parts++;
    if (!client_start(client, listener))
        let_go(client);
}

/* ---- listening -------------------------------------------------------------------------------------- */

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct line_server *server = listener->server;
    free(listener);
    part_gone(server);
}

/* 0, or libuv's error. */
static int open_address(struct line_server *server, const struct sockaddr *address)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return UV_ENOMEM;
    uv_tcp_init(server->loop, &listener->tcp);
    listener->tcp.data = listener;
    listener->server = server;
    server->parts++;
    int error = uv_tcp_bind(&listener->tcp, address, 0);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (error != 0) {
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
        return error;
    }
    listener->next = server->listeners;
    server->listeners = listener;
    return 0;
}

static bool no_such_address(int error)
{
    return error == UV_EADDRNOTAVAIL || error == UV_EAFNOSUPPORT;
}

/* Of the addresses of a name, those that this machine does not have may fail while one works. */
static int open_all(struct line_server *server, const struct addrinfo *list)
{
    int error = UV_EADDRNOTAVAIL;
    bool any = false;
    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        error = open_address(server, ai->ai_addr);
        if (error != 0 && !no_such_address(error))
            return error;
        any |= error == 0;
    }
    return any ? 0 : error;
}

/* Without a host both families through one socket, and IPv4 alone where there is no IPv6. */
static bool open_listen(struct line_server *server, const struct conf_listen *conf, const char *key,
                        struct err *err)
{
    static const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    static const char *const everywhere[] = {"::", "0.0.0.0"};
    int error = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct addrinfo *list;
        char port[6];
        snprintf(port, sizeof port, "%u", (unsigned)conf->port);
        int code = getaddrinfo(*conf->host ? conf->host : everywhere[i], port, &hints, &list);
        if (code != 0)
            return err_set(err, ERR_SYSTEM, "cannot listen on %s: %s; change %s", conf->text,
                           gai_strerror(code), key);
        error = open_all(server, list);
        freeaddrinfo(list);
        if (error == 0)
            return true;
        if (*conf->host || !no_such_address(error))
            break;
    }
    return err_set(err, ERR_SYSTEM, "cannot listen on %s: %s; change %s", conf->text, uv_strerror(error),
                   key);
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct line_server *line_server_new(uv_loop_t *loop, const struct conf_listen *listen, const char *key,
                                    line_answer answer, void *arg, struct err *err)
{
    struct line_server *server = calloc(1, sizeof *server);
    if (!server) {
        err_set(err, ERR_MEMORY, "no memory to listen");
        return NULL;
    }
    *server = (struct line_server){.loop = loop, .answer = answer, .arg = arg};
    for (; listen && listen->text; listen++) {
        if (!open_listen(server, listen, key, err)) {
            line_server_free(server);
            return NULL;
        }
    }
    return server;
}

void line_server_free(struct line_server *server)
{
    if (!server)
        return;
    for (struct listener *listener = server->listeners; listener; listener = listener->next)
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
    while (server->oldest)
        let_go(server->oldest);
    server->ending = true;
    if (server->parts == 0)
        free(server);
}
