/*
 * httpd_request: what a request says.
 *
 * Slices point into libmicrohttpd's pool of the connection, which lives until the answer is written; only the
 * query is a copy of ours, because libmicrohttpd is kept from seeing it. It parses a query into records in
 * the pool, and that goes wrong in each version we build with:
 *
 *   0.9.75         forgets to answer when the pool is too small for the records (some hundred parameters)
 *   1.0.0, 1.0.1   write where they should not when the last record is a parameter without "=" and no header
 *                  follows: "GET /?aaaa…(7 kB) HTTP/1.0" from anybody ended the process
 *
 * So request_line(), which sees the request line before libmicrohttpd looks for the query in it, takes the
 * query away and leaves an empty one. The parser's lenient mode is off for the same lack of trust; what we
 * want of it, HTTP/1.1 without Host (some health checks come so), is had by supplying one.
 */
#include "io/httpd_conn.h"
#include <bluegreen/num.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the request line ----------------------------------------------------------------------- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) & 15 : -1;
}

/*
 * Decodes %XX in place and returns the new length. What is not hexadecimal stays as it is, and so does %00:
 * no name of ours has a NUL, and libmicrohttpd takes the path for a NUL-terminated string.
 */
static size_t decode(char *text, size_t len)
{
    size_t out = 0;

    for (size_t in = 0; in < len; in++) {
        int high = text[in] == '%' && len - in > 2 ? hex_digit(text[in + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[in + 2]) : -1;
        bool encoded = low >= 0 && (high | low) != 0;
        text[out++] = encoded ? (char)(high << 4 | low) : text[in];
        if (encoded)
            in += 2;
    }
    return out;
}

size_t request_unescape(void *arg, struct MHD_Connection *mhd, char *path)
{
    size_t len = decode(path, strlen(path));

    (void)arg;
    (void)mhd;
    path[len] = '\0';
    return len;
}

/*
 * <uri> lies in libmicrohttpd's buffer of the request line, and the version lies behind it. A Host must point
 * into that buffer too: 1.0.1 moves what follows by where the last header ends.
 */
void request_line(struct http_exchange *conn, char *uri)
{
    const char *version = uri + strlen(uri) + 1;
    char *query = strchr(uri, '?');

    if (strncmp(version, "HTTP/1.", 7) == 0 && version[8] == '\0')
        MHD_set_connection_value(conn->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST, version);
    if (!query || query[1] == '\0')
        return;
    conn->query = strdup(query + 1);
    if (!conn->query)
        conn->phase = CONN_LOST;
    query[1] = '\0';
}

/* ---- the rest ------------------------------------------------------------------------------- */

static enum http_method method_of(const char *method)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_OPTIONS] = "OPTIONS", [HTTP_POST] = "POST"};

    for (unsigned i = 1; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(method, names[i]) == 0)
            return i;
    return HTTP_OTHER;
}

/* The path of "http://host/path", which a client may send as well, is what follows the host. */
static struct str path_of(const char *url)
{
    struct str path = str_of(url);
    ptrdiff_t slash;

    if (!str_starts(path, STR("http://")))
        return path;
    path = str_from(path, strlen("http://"));
    slash = str_index(path, '/');
    return slash < 0 ? STR("/") : str_from(path, (size_t)slash);
}

/* <text> is a slice of conn->query, which is ours to write. */
static struct str decode_text(struct str text)
{
    char *bytes = (char *)text.ptr;

    for (size_t i = 0; i < text.len; i++)
        if (bytes[i] == '+')
            bytes[i] = ' ';
    return (struct str){bytes, decode(bytes, text.len)};
}

static void fill_query(struct http_request *request, struct str query)
{
    struct str item;

    while (str_next(&query, '&', &item)) {
        struct http_param *param = &request->query[request->query_count];
        if (item.len == 0)
            continue;
        if (request->query_count == HTTP_QUERY_MAX) {
            request->query_overflow = true;
            return;
        }
        str_cut(item, '=', &param->name, &param->value);
        param->name = decode_text(param->name);
        param->value = decode_text(param->value);
        request->query_count++;
    }
}

struct str request_header(struct MHD_Connection *mhd, const char *name)
{
    struct str value = {NULL, 0};

    if (!MHD_lookup_connection_value_n(mhd, MHD_HEADER_KIND, name, strlen(name), &value.ptr, &value.len))
        return (struct str){NULL, 0};
    return value;
}

/* The last one: the first is the one that request_line() supplies. */
static enum MHD_Result keep_host(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                 const char *value, size_t value_size)
{
    struct str *last = arg;

    (void)kind;
    if (value && !str_starts((struct str){value, value_size}, STR("HTTP/")) &&
        str_eq_nocase((struct str){key, key_size}, STR(MHD_HTTP_HEADER_HOST)))
        *last = (struct str){value, value_size};
    return MHD_YES;
}

static struct str host_header(struct MHD_Connection *mhd)
{
    struct str host = {NULL, 0};

    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, keep_host, &host);
    return host;
}

void request_fill(struct http_exchange *conn, const char *url, const char *method)
{
    struct http_request *request = &conn->request;
    double seconds;

    request->method = method_of(method);
    request->path = path_of(url);
    request->accept = request_header(conn->mhd, MHD_HTTP_HEADER_ACCEPT);
    request->accept_encoding = request_header(conn->mhd, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    request->host = host_header(conn->mhd);
    request->client = str_of(conn->client);
    request->origin = request_header(conn->mhd, MHD_HTTP_HEADER_ORIGIN);
    request->admin = conn->admin;
    if (num_double(request_header(conn->mhd, "X-Prometheus-Scrape-Timeout-Seconds"), &seconds) &&
        isfinite(seconds) && seconds > 0)
        request->scrape_timeout_seconds = seconds;
    fill_query(request, str_of(conn->query));
}

bool http_query(const struct http_exchange *conn, struct str name, struct str *ret_value)
{
    for (unsigned i = 0; i < conn->request.query_count; i++) {
        if (!str_eq(conn->request.query[i].name, name))
            continue;
        *ret_value = conn->request.query[i].value;
        return true;
    }
    return false;
}

const struct http_request *http_request(const struct http_exchange *conn)
{
    return &conn->request;
}
