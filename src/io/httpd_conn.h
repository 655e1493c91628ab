/*
 * httpd_conn: what the files of httpd share, and the life of one connection.
 *
 *     httpd.c         libmicrohttpd and the loop; a request on its way to the handler
 *     httpd_request.c what a request says
 *     httpd_listen.c  listening sockets and accept
 *     httpd_conn.c    who is connected, for how long, and who has to go
 *     httpd_reply.c   parking and answering
 *     httpd_guard.c   who may come in; httpd_tls.c: TLS for it
 *
 *                    ┌──────────────── next request ───────────────┐
 *                    ▼                                             │
 *     accept ─► READING ─► WORKING ─► SENDING ─► KEPT ── a byte ───┘
 *                              └► PARKED ┘└► LOST: libmicrohttpd is told to close when it asks next
 *
 * A connection has one request at a time, so its exchange is the connection. It is born and freed in
 * libmicrohttpd's connection callbacks, nowhere else. Whoever wants one closed shuts its socket down
 * (conn_close); libmicrohttpd sees that on its next run and does the rest.
 */
#ifndef IO_HTTPD_CONN_H
#define IO_HTTPD_CONN_H

#include "io/httpd.h"
#include "io/httpd_guard.h"
#include <microhttpd.h>
#include <netinet/in.h>

enum conn_phase {
    CONN_READING = 0, /* a request is due: the first one since accept, a later one since its first byte */
    CONN_WORKING,     /* inside the handler */
    CONN_PARKED,      /* handler has returned without an answer */
    CONN_SENDING,     /* answered, not all of it is written */
    CONN_KEPT,        /* answered, and nothing of a next request has come */
    CONN_LOST         /* not to be answered: the client left, or there was no memory for the answer */
};

struct http_exchange {
    struct httpd *httpd;
    struct MHD_Connection *mhd;
    struct http_exchange *prev, *next; /* httpd->oldest … newest */
    int fd;
    enum conn_phase phase;
    bool closing;      /* conn_close() was here */
    bool refused;      /* counted in stats.rejected */
    bool headers_seen; /* of the request in phase READING */
    bool suspended;    /* as libmicrohttpd has it */
    bool admin;        /* it came in by an admin listener */
    uint64_t since_ms; /* start of the phase, or last progress in it */
    uint64_t seen;     /* bytes the kernel had received (KEPT, READING) or had acknowledged (SENDING) then */
    uint64_t body_len;
    char *query; /* of the request, or NULL */
    void (*gone)(void *arg);
    void *gone_arg;
    struct http_request request;
    char client[INET6_ADDRSTRLEN];
    struct web_gen *gen; /* that its TLS session uses; NULL without TLS */
    struct tls_peer tls;
    struct web_login login; /* of the request, while its password is checked */
};

struct listener {
    struct httpd *httpd;
    uv_poll_t poll;
    int fd;
    uint16_t port;
    unsigned conf; /* index of its address in the configuration: a name may have several sockets */
    bool admin;
};

struct httpd {
    uv_loop_t *loop;
    http_handler handler;
    void *arg;
    struct MHD_Daemon *mhd;
    uv_poll_t mhd_poll; /* on libmicrohttpd's epoll */
    uv_idle_t soon;     /* runs libmicrohttpd once in the next turn */
    uv_timer_t tick;    /* while somebody is connected, or accept pauses */
    int leave_epoll;    /* sockets of the parked, to hear that a client leaves */
    uv_poll_t leave_poll;
    struct listener *listeners;
    unsigned listener_count;
    const struct listener *accepting; /* while libmicrohttpd is given a connection of this one */
    unsigned handles;                 /* uv handles not yet closed; the last one frees */
    unsigned connections_max;
    uint32_t idle_timeout_ms, header_timeout_ms;
    struct http_exchange *oldest, *newest; /* by the time they fell idle */
    unsigned live;                         /* connections without those that close */
    bool paused;                           /* accept is */
    bool draining;
    bool running;        /* inside libmicrohttpd */
    uint64_t moves;      /* something happened: bytes through TLS, a callback */
    unsigned still_runs; /* of libmicrohttpd in a row in which nothing did */
    http_probe is_probe; /* NULL: none is */
    struct guard guard;
    struct httpd_stats stats;
};

/* httpd.c */
void httpd_soon(struct httpd *httpd);
void httpd_run(struct httpd *httpd);
void httpd_handle(struct http_exchange *conn); /* hands the request over; its phase is CONN_WORKING */
void httpd_tick_start(struct httpd *httpd);
void httpd_close_handle(struct httpd *httpd, uv_handle_t *handle);

/* httpd_conn.c */
struct http_exchange *conn_new(struct httpd *httpd, struct MHD_Connection *mhd);
void conn_free(struct http_exchange *conn);
void conn_begin(struct http_exchange *conn);  /* a request line is here */
void conn_done(struct http_exchange *conn);   /* its answer is written, or it never got one */
void conn_refuse(struct http_exchange *conn); /* counts, once */
void conn_close(struct http_exchange *conn);
void conn_tick(struct httpd *httpd);
struct http_exchange *conn_victim(struct httpd *httpd); /* whom to close for a newcomer, or NULL */
void conn_evict(struct http_exchange *victim);

/* httpd_request.c */
void request_line(struct http_exchange *conn, char *uri);
struct str request_header(struct MHD_Connection *mhd, const char *name);
void request_fill(struct http_exchange *conn, const char *url, const char *method);
size_t request_unescape(void *arg, struct MHD_Connection *mhd, char *path);

/* httpd_reply.c */
void reply_suspend(struct http_exchange *conn); /* after the handler has returned without an answer */
void reply_lost(struct http_exchange *conn);    /* of a parked one: fires gone() */
void reply_leavers(struct httpd *httpd);        /* leave_epoll is readable */

/* httpd_listen.c */
bool listeners_open(struct httpd *httpd, const struct config *config, struct err *err);
bool listeners_start(struct httpd *httpd); /* with the loop */
void listeners_resume(struct httpd *httpd);
void listeners_close(struct httpd *httpd);

#endif
