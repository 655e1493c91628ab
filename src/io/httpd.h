/*
 * httpd: the HTTP server, the one place that knows libmicrohttpd.
 *
 *     accept ─► libmicrohttpd (epoll of its own, no thread) ─► uv_poll on that epoll ─► handler(exchange)
 *                                                                                         │
 *                       http_reply(exchange, …) now, or later from another callback ◄─────┘
 *
 * A handler answers every exchange exactly once. One that cannot answer yet returns without answering: the
 * request is parked (suspended) and answered later by http_reply(). If the client goes away meanwhile, or
 * shuts down its sending side, the exchange's gone() callback fires once and the exchange must not be used
 * again.
 *
 * What strangers may cost: connections have a ceiling; at it the one idle longest is closed, so a flood of
 * idle connections cannot lock others out, and when none is idle newcomers wait in the kernel's queue; a
 * request must be complete within header_timeout; headers beyond 16 kB get 431 (a longer path 414), bodies
 * beyond 1 kB get 413; answers carry Content-Length; HEAD has no body; requests without Host work.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include "io/conf.h"
#include <uv.h>

enum http_method { HTTP_OTHER = 0, HTTP_GET, HTTP_HEAD, HTTP_OPTIONS, HTTP_POST };

#define HTTP_QUERY_MAX 64

struct http_param {
    struct str name, value; /* percent-decoded */
};

struct http_exchange;

struct http_request {
    enum http_method method;
    struct str path; /* decoded, without query; "%00" is never decoded */
    struct http_param query[HTTP_QUERY_MAX];
    unsigned query_count;
    bool query_overflow;           /* more than HTTP_QUERY_MAX parameters */
    struct str accept;             /* header Accept, or empty */
    struct str accept_encoding;    /* header Accept-Encoding, or empty */
    double scrape_timeout_seconds; /* X-Prometheus-Scrape-Timeout-Seconds, 0 when absent or not a number */
    struct str host;               /* header Host, or empty */
    struct str origin;             /* header Origin, or empty: which web page asks */
    struct str client;             /* numeric address of the peer */
    bool admin;                    /* it came in by an admin listener */
};

/* The request of an exchange; valid until it is answered. */
const struct http_request *http_request(const struct http_exchange *exchange);

/* The first query parameter of that name; false when there is none. */
bool http_query(const struct http_exchange *exchange, struct str name, struct str *ret_value);

/*
 * A body that may be sent to many clients at once without a copy. http_body_new takes over <bytes> (malloc'd;
 * freed with the last reference, and at once when it returns NULL for lack of memory).
 */
struct http_body;
struct http_body *http_body_new(char *bytes, size_t len);
struct http_body *http_body_ref(struct http_body *body);
void http_body_unref(struct http_body *body);

struct http_header {
    const char *name, *value;
};

struct http_answer {
    unsigned status;
    const char *content_type; /* NULL: none */
    struct http_body *body;   /* borrowed during the call; NULL: empty */
    const struct http_header *headers;
    unsigned header_count;
};

void http_reply(struct http_exchange *exchange, const struct http_answer *answer);

/* The common case: a short text, copied. */
void http_reply_text(struct http_exchange *exchange, unsigned status, const char *text);

/* To be called by a handler that parks: <gone> fires if the client leaves before the answer. */
void http_park(struct http_exchange *exchange, void (*gone)(void *arg), void *arg);

typedef void (*http_handler)(void *arg, struct http_exchange *exchange);

/* Whether a request is a health check: free of the rate limit, and of passwords if the configuration says so.
 */
typedef bool (*http_probe)(const struct http_request *request);

struct httpd_stats {
    uint64_t requests;     /* read completely */
    uint64_t rejected;     /* never got that far: malformed, too large, too slow, given up */
    uint64_t evicted;      /* idle connections closed to make room */
    uint64_t unauthorized; /* requests answered with 401 */
    uint64_t limited;      /* requests answered with 429 */
    uint64_t tls_failed;   /* connections that ended before their TLS handshake did */
    unsigned connections;  /* open now */
    unsigned parked;       /* requests waiting for their answer */
};

/* The web configuration, as httpd_guard.h reads it. */
struct httpd_web {
    bool given;               /* users, TLS, headers or a rate are configured */
    bool ok;                  /* the files were fine when they were last read */
    double certificate_end;   /* Unix seconds; 0: no HTTPS */
    uint64_t password_checks; /* bcrypt, ever */
};

struct httpd;

/* Listens, the admin listeners included, on every address of the configuration or on none. ERR_SYSTEM says
 * which address and why. */
struct httpd *httpd_new(uv_loop_t *loop, const struct config *config, http_handler handler, void *arg,
                        struct err *err);
const struct httpd_stats *httpd_stats(const struct httpd *httpd);
struct httpd_web httpd_web(const struct httpd *httpd);

void httpd_set_probe(struct httpd *httpd, http_probe is_probe);

/* Reads the web settings of a configuration and the files they name. False: <mistakes> says what is wrong. */
bool httpd_try_web(const struct config *config, struct buf *mistakes);

/*
 * Takes the web settings of another configuration; of everything else only a restart takes notice. False:
 * <mistakes> says why, and what was in force stays so.
 */
bool httpd_reload(struct httpd *httpd, const struct config *config, struct buf *mistakes);

/* Port that a listener really has (for ":0" in tests); those of admin_listen follow those of listen. */
uint16_t httpd_port(const struct httpd *httpd, unsigned listener);

void httpd_drain(struct httpd *httpd); /* no new connections; those open are closed after their answer */

/*
 * Closes everything now; parked exchanges get gone(). Not to be called by a handler or by gone(). The memory
 * goes in a later turn of the loop, which must therefore run once more before it is closed.
 */
void httpd_free(struct httpd *httpd);

#endif
