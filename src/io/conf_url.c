/*
 * conf_url: the addresses people write, taken apart.
 *
 *     redis://user:pass%40word@host:6379/0
 *     scheme  userinfo ──────┘ └ place ┘ └ database: read, checked, not used (the agent asks for INFO only)
 *
 * An address may hold a password, and one that is cut in the wrong place shows it as a host or port. So no
 * message repeats any part of what was written.
 */
#include "io/conf.h"
#include "io/conf_yaml.h"
#include <arpa/inet.h>
#include <bluegreen/num.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum { URL_MAX = 1024, HOST_MAX = 253, PORT_DEFAULT = 6379 };

static const struct {
    const char *name;
    enum endpoint_kind kind;
} schemes[] = {
    {"redis", ENDPOINT_TCP},   {"rediss", ENDPOINT_TLS}, {"valkey", ENDPOINT_TCP},
    {"valkeys", ENDPOINT_TLS}, {"unix", ENDPOINT_UNIX},
};

/* The parts of an address as slices of it; the scheme keeps its "://". */
struct parts {
    enum endpoint_kind kind;
    struct str scheme, user, password, place, tail;
};

static ptrdiff_t find_any(struct str s, struct str bytes)
{
    for (size_t i = 0; i < s.len; i++)
        if (str_index(bytes, s.ptr[i]) >= 0)
            return (ptrdiff_t)i;
    return -1;
}

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           str_index(STR("._-"), c) >= 0;
}

static ptrdiff_t last_index(struct str s, char byte)
{
    for (size_t i = s.len; i-- > 0;)
        if (s.ptr[i] == byte)
            return (ptrdiff_t)i;
    return -1;
}

static bool check_bytes(struct str url, struct err *err)
{
    if (url.len == 0)
        return err_set(err, ERR_INPUT, "the address is empty; write redis://host:6379");
    if (url.len > URL_MAX)
        return err_set(err, ERR_LIMIT, "the address is longer than %d bytes", URL_MAX);
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7F)
            return err_set(err, ERR_INPUT,
                           "the address holds a blank or control character; write it as %%20");
    return true;
}

/* Takes "scheme://" off <rest>; an address without one is plain TCP. */
static bool take_scheme(struct str *rest, struct parts *ret, struct err *err)
{
    size_t end = 0;
    while (end < rest->len && !str_eq(str_sub(*rest, end, 3), STR("://")))
        end++;
    ret->kind = ENDPOINT_TCP;
    if (end == rest->len)
        return true;
    struct str name = str_sub(*rest, 0, end);
    ret->scheme = str_sub(*rest, 0, end + 3);
    *rest = str_from(*rest, end + 3);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        ret->kind = schemes[i].kind;
        if (str_eq_nocase(name, str_of(schemes[i].name)))
            return true;
    }
    return err_set(err, ERR_INPUT,
                   "the scheme is not known; use redis://, rediss:// (TLS) or unix:// for a socket");
}

static bool split(struct str rest, struct parts *ret, struct err *err)
{
    ptrdiff_t end = find_any(rest, STR("/?#"));
    struct str authority = end < 0 ? rest : str_sub(rest, 0, (size_t)end);
    ret->tail = end < 0 ? str_from(rest, rest.len) : str_from(rest, (size_t)end);
    if (str_index(ret->tail, '@') >= 0)
        return err_set(
            err, ERR_INPUT,
            "an @ behind a /, ? or #; in a user name or password write them as %%2F, %%3F and %%23");

    ptrdiff_t at = last_index(authority, '@');
    ret->place = str_from(authority, (size_t)(at + 1));
    if (at < 0)
        return true;
    str_cut(str_sub(authority, 0, (size_t)at), ':', &ret->user, &ret->password);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* NULL for an empty one: "redis://:@host" has neither user nor password. */
static bool percent_decode(struct str text, struct arena *arena, const char **ret, struct err *err)
{
    *ret = NULL;
    if (text.len == 0)
        return true;
    char *out = arena_new(arena, char, text.len + 1);
    if (!out)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        out[len] = text.ptr[i];
        if (text.ptr[i] == '%') {
            bool room = text.len - i > 2;
            int high = room ? hex_digit(text.ptr[i + 1]) : -1;
            int low = room ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0 || (high | low) == 0)
                return err_set(err, ERR_INPUT,
                               "a %% in the user name or password begins no character; "
                               "write a %% itself as %%25");
            out[len] = (char)(high << 4 | low);
            i += 2;
        }
        len++;
    }
    *ret = out;
    return true;
}

static bool parse_port(struct str text, uint64_t least, uint16_t *ret, struct err *err)
{
    uint64_t port;
    if (!num_u64(text, &port) || port < least || port > UINT16_MAX)
        return err_set(err, ERR_INPUT, "the port must be a number from %u to 65535", (unsigned)least);
    *ret = (uint16_t)port;
    return true;
}

static bool only_host_bytes(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_host_byte(s.ptr[i]))
            return false;
    return true;
}

/* Whether there is such a zone ("fe80::1%eth0") is the resolver's to say. */
static bool check_ipv6(struct str host, struct err *err)
{
    struct str address, zone;
    char text[64];
    struct in6_addr scratch;
    str_cut(host, '%', &address, &zone);
    if (host.len > HOST_MAX || !only_host_bytes(zone) || !str_copy(address, text, sizeof text) ||
        inet_pton(AF_INET6, text, &scratch) != 1)
        return err_set(err, ERR_INPUT, "between the brackets must be an IPv6 address, such as [::1]");
    return true;
}

static bool check_host(struct str host, struct err *err)
{
    if (str_index(host, ':') >= 0)
        return err_set(err, ERR_INPUT,
                       "more than one colon; an IPv6 address needs brackets, such as [::1]:6379");
    if (host.len > HOST_MAX)
        return err_set(err, ERR_INPUT, "the host name is longer than %d bytes", HOST_MAX);
    if (!only_host_bytes(host))
        return err_set(err, ERR_INPUT,
                       "the host name may hold letters, digits, dots, dashes and underscores only");
    return true;
}

/* "host:port" into host (without brackets) and the text of the port; *ret_has_port says whether there is one.
 */
static bool split_place(struct str place, struct str *ret_host, struct str *ret_port, bool *ret_has_port,
                        struct err *err)
{
    if (!str_starts(place, STR("["))) {
        ptrdiff_t colon = last_index(place, ':');
        *ret_has_port = colon >= 0;
        *ret_host = colon < 0 ? place : str_sub(place, 0, (size_t)colon);
        *ret_port = colon < 0 ? STR("") : str_from(place, (size_t)colon + 1);
        return check_host(*ret_host, err);
    }
    ptrdiff_t close = str_index(place, ']');
    if (close < 0)
        return err_set(err, ERR_INPUT, "the bracket of the IPv6 address is not closed");
    *ret_host = str_sub(place, 1, (size_t)close - 1);
    struct str rest = str_from(place, (size_t)close + 1);
    *ret_has_port = rest.len > 0;
    *ret_port = str_from(rest, 1);
    if (rest.len && rest.ptr[0] != ':')
        return err_set(err, ERR_INPUT, "behind the bracket of the IPv6 address may only follow :port");
    return check_ipv6(*ret_host, err);
}

static bool copy_text(struct str text, struct arena *arena, const char **ret, struct err *err)
{
    *ret = arena_copy(arena, text).ptr;
    return *ret || err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
}

static bool parse_place(struct str place, struct arena *arena, struct endpoint *endpoint, struct err *err)
{
    struct str host = STR(""), port = STR("");
    bool has_port = false;
    if (!split_place(place, &host, &port, &has_port, err))
        return false;
    if (place.len == 0)
        return err_set(err, ERR_INPUT, "the address has no host; write redis://host:6379");
    endpoint->port = PORT_DEFAULT;
    if (has_port && !parse_port(port, 1, &endpoint->port, err))
        return false;
    return copy_text(host.len ? host : STR("localhost"), arena, &endpoint->host, err);
}

static bool check_tail(struct str tail, struct err *err)
{
    uint64_t database;
    if (tail.len == 0 || str_eq(tail, STR("/")))
        return true;
    if (str_index(tail, '?') >= 0 || str_index(tail, '#') >= 0)
        return err_set(err, ERR_INPUT, "parameters behind ? or # are not read; remove them");
    if (!num_u64(str_from(tail, 1), &database))
        return err_set(err, ERR_INPUT, "behind the host may only follow a database number, such as /0");
    return true;
}

static bool parse_socket(struct str path, struct arena *arena, struct endpoint *endpoint, struct err *err)
{
    if (!str_starts(path, STR("/")))
        return err_set(err, ERR_INPUT, "a socket needs its full path, such as unix:///run/redis/redis.sock");
    if (path.len >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return err_set(err, ERR_LIMIT, "the path of the socket is longer than the system allows");
    return copy_text(path, arena, &endpoint->host, err);
}

/* The address without user and password, otherwise as written. */
static bool clean_copy(const struct parts *parts, struct str written, struct arena *arena, const char **ret,
                       struct err *err)
{
    if (parts->kind == ENDPOINT_UNIX)
        return copy_text(written, arena, ret, err);
    size_t len = parts->scheme.len + parts->place.len + parts->tail.len;
    char *clean = arena_new(arena, char, len + 1);
    if (!clean)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    *ret = clean;
    const struct str pieces[] = {parts->scheme, parts->place, parts->tail};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (pieces[i].len)
            memcpy(clean, pieces[i].ptr, pieces[i].len);
        clean += pieces[i].len;
    }
    return true;
}

bool conf_parse_url(struct str url, struct arena *arena, struct endpoint *ret_endpoint, const char **ret_user,
                    const char **ret_password, const char **ret_clean_url, struct err *err)
{
    struct parts parts = {0};
    struct str rest = url;
    if (!check_bytes(url, err) || !take_scheme(&rest, &parts, err))
        return false;

    struct endpoint endpoint = {.kind = parts.kind};
    const char *user = NULL, *password = NULL, *clean = NULL;
    if (parts.kind == ENDPOINT_UNIX) {
        if (!parse_socket(rest, arena, &endpoint, err))
            return false;
    } else if (!split(rest, &parts, err) || !parse_place(parts.place, arena, &endpoint, err) ||
               !check_tail(parts.tail, err) || !percent_decode(parts.user, arena, &user, err) ||
               !percent_decode(parts.password, arena, &password, err)) {
        return false;
    }
    if (!clean_copy(&parts, url, arena, &clean, err))
        return false;
    if (!conf_text_ok(str_of(user)) || !conf_text_ok(str_of(clean)))
        return err_set(err, ERR_INPUT, "the address is not valid UTF-8");
    *ret_endpoint = endpoint;
    *ret_user = user;
    *ret_password = password;
    *ret_clean_url = clean;
    return true;
}

const char *conf_endpoint_name(const struct endpoint *endpoint, struct arena *arena)
{
    const struct str host = str_of(endpoint->host);
    char *name = arena_new(arena, char, host.len + sizeof ":65535");
    if (!name)
        return NULL;
    if (endpoint->kind == ENDPOINT_UNIX)
        memcpy(name, host.ptr + 1, host.len); /* without the first slash */
    else
        snprintf(name, host.len + sizeof ":65535", "%s:%u", host.ptr, endpoint->port);
    for (char *at = name; *at; at++)
        if (!is_host_byte(*at) && *at != ':')
            *at = '_';
    return name;
}

bool conf_parse_listen(struct str text, struct arena *arena, struct conf_listen *ret, struct err *err)
{
    struct conf_listen listen;
    struct str host = STR(""), port = text;
    bool has_port = true;
    uint64_t number;
    if (!num_u64(text, &number) && !split_place(text, &host, &port, &has_port, err))
        return false;
    if (!has_port || text.len == 0)
        return err_set(err, ERR_INPUT,
                       "the port is missing; write 127.0.0.1:9121, or :9121 for every address");
    if (!parse_port(port, 0, &listen.port, err) || !copy_text(host, arena, &listen.host, err) ||
        !copy_text(text, arena, &listen.text, err))
        return false;
    *ret = listen;
    return true;
}
