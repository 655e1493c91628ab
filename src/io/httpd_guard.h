/*
 * httpd_guard: who may come in: TLS, users, rate and headers, as the web configuration has them.
 *
 *      file changed? ─► new generation ─┬─ fine: new connections and requests use it; open ones go on
 *      (looked at once a second,        └─ not: one log line per mistake, the old one stays
 *       when somebody comes)
 *
 *      request ─► rate ─► user and password ─► handler
 *                  429     401, or parked until the password is checked
 *
 * Whether the port speaks HTTPS is decided at the start and cannot change.
 */
#ifndef IO_HTTPD_GUARD_H
#define IO_HTTPD_GUARD_H

#include "io/httpd_tls.h"
#include "io/stamp.h"
#include "io/web_login.h"

#define WEB_FILES 4u /* of a generation: the file itself, certificate, key, authorities */

struct http_exchange;
struct httpd;
struct MHD_Connection;
struct MHD_Response;

/* What was read in one go. Old ones live as long as a connection that began its handshake with them. */
struct web_gen {
    struct web_conf *conf;
    struct tls_server *tls; /* NULL: plain HTTP */
    struct stamp stamps[WEB_FILES];
    unsigned connections;
    struct web_gen *older;
};

struct guard {
    struct httpd *httpd;
    struct web_gen *gen;           /* the one in force, before those that are used up */
    struct stamp tried[WEB_FILES]; /* of the files of gen, at the newest attempt to read them anew */
    struct web_logins *logins;
    bool ok; /* the newest attempt succeeded */
    char mistake[256];
    uint64_t looked_ms;
    double tokens; /* of the rate limit */
    uint64_t tokens_ms;
};

/* Where the web settings of a configuration are written, for messages. */
const char *guard_where(const struct config *config);

/* The first generation. Mistakes are in <err>, the first of them. */
bool guard_open(struct guard *guard, struct httpd *httpd, const struct config *config, struct err *err);
void guard_close(struct guard *guard);

/* Whether a generation can be made of them. */
bool guard_try(const struct conf_web *web, const char *where, struct buf *mistakes);

/* Other settings, or the same: reads everything anew. False: <mistakes> says why, nothing changed. */
bool guard_reload(struct guard *guard, const struct conf_web *web, const char *where, struct buf *mistakes);

/* Reads what changed, at most once a second. */
void guard_look(struct guard *guard);

bool guard_has_tls(const struct guard *guard);

/* A connection begins (before its handshake) and ends. False: it cannot be served. */
bool guard_dress(struct http_exchange *conn, struct MHD_Connection *mhd);
void guard_undress(struct http_exchange *conn);

/* Whether the handler may have this request now. False: it was answered, or is parked until it is known. */
bool guard_admit(struct http_exchange *conn);

/* Adds the headers of the configuration. */
bool guard_headers(const struct guard *guard, struct MHD_Response *response);

#endif
