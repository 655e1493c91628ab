#include "io/httpd_guard.h"
#include "io/httpd_conn.h"
#include "io/logger.h"
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 1000, MISTAKES_MAX = 64 << 10, CREDENTIALS_MAX = 1536 };

/* ---- generations ------------------------------------------------------------------------------------ */

static void take_stamps(const struct web_conf *conf, struct stamp stamps[WEB_FILES])
{
    const char *const paths[WEB_FILES] = {conf->path, conf->tls.cert_file, conf->tls.key_file,
                                          conf->tls.client_ca_file};
    for (unsigned i = 0; i < WEB_FILES; i++)
        stamps[i] = stamp_of(paths[i]);
}

static void free_gen(struct web_gen *gen)
{
    if (!gen)
        return;
    tls_server_free(gen->tls);
    web_conf_free(gen->conf);
    free(gen);
}

/* Stamps are taken before a file is read, so that one changed meanwhile is read again. */
static struct web_gen *new_gen(const struct conf_web *web, const char *where, struct buf *mistakes)
{
    struct web_gen *gen = calloc(1, sizeof *gen);
    struct stamp file = stamp_of(web->config_file);
    struct err err;
    if (!gen) {
        buf_fmt(mistakes, "web configuration: %s\n", err_sentence(ERR_MEMORY));
        return NULL;
    }
    gen->conf = web_conf_of(web, where, mistakes);
    if (gen->conf)
        take_stamps(gen->conf, gen->stamps);
    gen->stamps[0] = file;
    if (gen->conf && gen->conf->tls_given && !(gen->tls = tls_server_new(&gen->conf->tls, &err)))
        buf_fmt(mistakes, "%s: %s\n", gen->conf->path ? gen->conf->path : where, err.text);
    if (gen->conf && (gen->tls || !gen->conf->tls_given))
        return gen;
    free_gen(gen);
    return NULL;
}

bool guard_try(const struct conf_web *web, const char *where, struct buf *mistakes)
{
    struct web_gen *gen = new_gen(web, where, mistakes);
    free_gen(gen);
    return gen != NULL;
}

/* Not in the callback that ends a connection: libmicrohttpd has its session for a moment longer. */
static void drop_unused(struct guard *guard)
{
    struct web_gen **at = guard->gen ? &guard->gen->older : &guard->gen;
    while (*at) {
        struct web_gen *gen = *at;
        if (gen->connections) {
            at = &gen->older;
            continue;
        }
        *at = gen->older;
        free_gen(gen);
    }
}

static void put_gen(struct guard *guard, struct web_gen *gen)
{
    bool same_rate = guard->gen && guard->gen->conf->rate_interval_ms == gen->conf->rate_interval_ms &&
                     guard->gen->conf->rate_burst == gen->conf->rate_burst;
    if (!same_rate) {
        guard->tokens = gen->conf->rate_burst;
        guard->tokens_ms = uv_now(guard->httpd->loop);
    }
    gen->older = guard->gen;
    guard->gen = gen;
    memcpy(guard->tried, gen->stamps, sizeof guard->tried);
    guard->ok = true;
    guard->mistake[0] = '\0';
    drop_unused(guard);
}

bool guard_reload(struct guard *guard, const struct conf_web *web, const char *where, struct buf *mistakes)
{
    struct web_gen *gen = new_gen(web, where, mistakes);
    if (gen && (gen->tls != NULL) != guard_has_tls(guard)) {
        buf_fmt(mistakes, "%s: HTTPS cannot be switched on or off while the agent runs; restart it\n",
                gen->conf->path ? gen->conf->path : where);
        free_gen(gen);
        gen = NULL;
    }
    if (gen)
        put_gen(guard, gen);
    return gen != NULL;
}

/* ---- changes of files ------------------------------------------------------------------------------- */

static void log_mistakes(struct guard *guard, struct str mistakes)
{
    struct str line;
    if (str_eq(str_clip(mistakes, sizeof guard->mistake - 1), str_of(guard->mistake)))
        return; /* said already */
    str_copy(str_clip(mistakes, sizeof guard->mistake - 1), guard->mistake, sizeof guard->mistake);
    while (str_next(&mistakes, '\n', &line))
        if (line.len)
            log_write(LOG_ERROR_, "the web configuration was not read anew, the old one stays in force",
                      LOG_FIELDS({"error", line}));
}

/* After a failure every look is an attempt: a file that only the new text names may be what was wrong. */
void guard_look(struct guard *guard)
{
    struct stamp now[WEB_FILES];
    struct buf mistakes;
    uint64_t now_ms = uv_now(guard->httpd->loop);
    if ((!guard->gen->conf->path && !guard->gen->tls) || now_ms - guard->looked_ms < LOOK_MS)
        return;
    guard->looked_ms = now_ms;
    take_stamps(guard->gen->conf, now);
    if (guard->ok && stamps_same(now, guard->tried, WEB_FILES))
        return;
    memcpy(guard->tried, now, sizeof now);
    buf_init(&mistakes, MISTAKES_MAX);
    guard->ok = guard_reload(guard, &guard->gen->conf->origin, guard->gen->conf->where, &mistakes);
    if (guard->ok)
        log_write(LOG_INFO_, "the web configuration was read anew", NULL);
    else
        log_mistakes(guard, buf_view(&mistakes));
    buf_done(&mistakes);
}

/* ---- connections ------------------------------------------------------------------------------------ */

bool guard_has_tls(const struct guard *guard)
{
    return guard->gen && guard->gen->tls;
}

bool guard_dress(struct http_exchange *conn, struct MHD_Connection *mhd)
{
    struct web_gen *gen = conn->httpd->guard.gen;
    if (!gen->tls)
        return true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!info || !tls_server_dress(gen->tls, info->tls_session, conn->fd, &conn->httpd->moves, &conn->tls))
        return false;
    conn->gen = gen;
    gen->connections++;
    return true;
}

void guard_undress(struct http_exchange *conn)
{
    web_login_forget(&conn->login);
    if (conn->gen)
        conn->gen->connections--;
    conn->gen = NULL;
}

/* ---- requests --------------------------------------------------------------------------------------- */

static bool take_token(struct guard *guard)
{
    const struct web_conf *conf = guard->gen->conf;
    uint64_t now = uv_now(guard->httpd->loop);
    if (!conf->rate_interval_ms)
        return true;
    guard->tokens += (double)(now - guard->tokens_ms) / conf->rate_interval_ms;
    guard->tokens_ms = now;
    if (guard->tokens > conf->rate_burst)
        guard->tokens = conf->rate_burst;
    if (guard->tokens < 1)
        return false;
    guard->tokens -= 1;
    return true;
}

static void reply_with(struct http_exchange *conn, unsigned status, const char *name, const char *value,
                       const char *text)
{
    struct http_header header = {name, value};
    struct http_body *body = http_body_new(strdup(text), strlen(text));
    http_reply(conn, &(struct http_answer){status, "text/plain; charset=utf-8", body, &header, 1});
    http_body_unref(body);
}

static void reply_unauthorized(struct http_exchange *conn)
{
    conn->httpd->stats.unauthorized++;
    reply_with(conn, MHD_HTTP_UNAUTHORIZED, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
               "Basic realm=\"redis-bluegreen\", charset=\"UTF-8\"",
               "a user name and its password are needed\n");
}

static void reply_busy(struct http_exchange *conn, const char *text)
{
    conn->httpd->stats.limited++;
    reply_with(conn, MHD_HTTP_TOO_MANY_REQUESTS, MHD_HTTP_HEADER_RETRY_AFTER, "1", text);
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Strict: whole groups, padding at the end only. Returns the bytes written, or -1. */
static ptrdiff_t decode_base64(struct str text, char *out, size_t size)
{
    size_t len = 0;
    while (text.len && text.len % 4 == 0) {
        bool last = text.len == 4;
        unsigned pad = last && text.ptr[3] == '=' ? 1u + (text.ptr[2] == '=') : 0;
        uint32_t group = 0;
        for (unsigned i = 0; i < 4; i++) {
            int six = i >= 4 - pad ? 0 : sextet(text.ptr[i]);
            if (six < 0)
                return -1;
            group = group << 6 | (uint32_t)six;
        }
        if (len + 3 > size)
            return -1;
        out[len] = (char)(group >> 16);
        out[len + 1] = (char)(group >> 8);
        out[len + 2] = (char)group;
        len += 3 - pad;
        text = str_from(text, 4);
    }
    return text.len ? -1 : (ptrdiff_t)len;
}

static void on_login(void *arg, bool granted)
{
    struct http_exchange *conn = arg;
    conn->gone = NULL;
    conn->phase = CONN_WORKING;
    if (granted)
        httpd_handle(conn);
    else
        reply_unauthorized(conn);
}

static void on_gone(void *arg)
{
    struct http_exchange *conn = arg;
    web_login_forget(&conn->login);
}

/* WEB_DENIED when the request names nobody, or not in the way of RFC 7617. */
static enum web_answer ask(struct guard *guard, struct http_exchange *conn)
{
    struct str header = request_header(conn->mhd, MHD_HTTP_HEADER_AUTHORIZATION), scheme, rest, user,
               password;
    char credentials[CREDENTIALS_MAX];
    enum web_answer answer = WEB_DENIED;
    if (!str_cut(header, ' ', &scheme, &rest) || !str_eq_nocase(scheme, STR("Basic")))
        return WEB_DENIED;
    ptrdiff_t len = decode_base64(str_trim(rest), credentials, sizeof credentials);
    conn->login = (struct web_login){on_login, conn, NULL, NULL};
    if (len > 0 && str_cut((struct str){credentials, (size_t)len}, ':', &user, &password))
        answer = web_logins_ask(guard->logins, guard->gen->conf, user, password, conn->request.client,
                                &conn->login);
    explicit_bzero(credentials, sizeof credentials);
    return answer;
}

bool guard_admit(struct http_exchange *conn)
{
    struct httpd *httpd = conn->httpd;
    struct guard *guard = &httpd->guard;
    guard_look(guard);
    const struct web_conf *conf = guard->gen->conf;
    if (!conf->user_count && !conf->rate_interval_ms)
        return true;
    bool probe = httpd->is_probe && httpd->is_probe(&conn->request);
    if (!probe && !take_token(guard)) {
        reply_busy(conn, "too many requests; rate_limit of the web configuration sets how many\n");
        return false;
    }
    if (!conf->user_count || (probe && conf->origin.health_open))
        return true;
    switch (ask(guard, conn)) {
    case WEB_GRANTED: return true;
    case WEB_DENIED: reply_unauthorized(conn); break;
    case WEB_BUSY: reply_busy(conn, "too many passwords are being checked; try again\n"); break;
    case WEB_WAITS: http_park(conn, on_gone, conn); break;
    }
    return false;
}

bool guard_headers(const struct guard *guard, struct MHD_Response *response)
{
    const struct web_conf *conf = guard->gen->conf;
    for (unsigned i = 0; i < WEB_HEADERS; i++)
        if (conf->headers[i] && !MHD_add_response_header(response, web_header_names[i], conf->headers[i]))
            return false;
    return true;
}

/* ---- birth and death -------------------------------------------------------------------------------- */

const char *guard_where(const struct config *config)
{
    return config->path ? config->path : "command line";
}

static bool first_mistake(struct err *err, const struct buf *mistakes)
{
    struct str rest = buf_view(mistakes), line = STR("no memory");
    str_next(&rest, '\n', &line);
    return err_set(err, ERR_INPUT, STR_FMT, STR_ARG(line));
}

bool guard_open(struct guard *guard, struct httpd *httpd, const struct config *config, struct err *err)
{
    struct buf mistakes;
    guard->httpd = httpd;
    guard->logins = web_logins_new(httpd->loop);
    if (!guard->logins)
        return err_set(err, ERR_MEMORY, "no memory for the HTTP server");
    buf_init(&mistakes, MISTAKES_MAX);
    struct web_gen *gen = new_gen(&config->web, guard_where(config), &mistakes);
    if (gen)
        put_gen(guard, gen);
    else
        first_mistake(err, &mistakes);
    buf_done(&mistakes);
    return gen != NULL;
}

void guard_close(struct guard *guard)
{
    web_logins_free(guard->logins);
    guard->logins = NULL;
    while (guard->gen) {
        struct web_gen *gen = guard->gen;
        guard->gen = gen->older;
        free_gen(gen);
    }
}
