#include "io/allow.h"
#include <arpa/inet.h>
#include <bluegreen/num.h>
#include <stdio.h>
#include <string.h>

#define PORT_DEFAULT "6379"

static bool is_pattern_byte(char c, bool port)
{
    return (c >= '0' && c <= '9') || c == '*' ||
           (!port && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || str_index(STR("._-:"), c) >= 0));
}

static bool check_pattern(struct str pattern, bool port, struct err *err)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (!is_pattern_byte(pattern.ptr[i], port))
            return err_set(err, ERR_INPUT,
                           port ? "the port may hold digits and * only"
                                : "the host may hold letters, digits, dots, dashes and * only");
    return pattern.len || err_set(err, ERR_INPUT, "it has no %s; write host:port, such as 10.0.0.*:6379",
                                  port ? "port" : "host");
}

static bool parse_range(struct str address, struct str bits, struct allow *ret, struct err *err)
{
    char text[64];
    uint64_t number;
    bool six = str_index(address, ':') >= 0;
    if (!str_copy(address, text, sizeof text) || inet_pton(six ? AF_INET6 : AF_INET, text, ret->address) != 1)
        return err_set(err, ERR_INPUT,
                       "before the / must be an address, such as 10.0.0.0/8:6379 or [fd00::]/8:6379");
    ret->kind = ALLOW_RANGE;
    ret->bytes = six ? 16 : 4;
    if (!num_u64(bits, &number) || number > ret->bytes * 8)
        return err_set(err, ERR_INPUT, "behind the / must be a number of bits up to %u", ret->bytes * 8);
    ret->bits = (unsigned)number;
    return true;
}

/* "[fd00::]/8:6379" into "fd00::", "/8" and "6379"; the same without brackets. */
static void split(struct str text, struct str *host, struct str *port)
{
    ptrdiff_t colon = -1, close = str_index(text, ']');
    for (size_t i = close >= 0 ? (size_t)close : 0; i < text.len; i++)
        if (text.ptr[i] == ':')
            colon = (ptrdiff_t)i;
    *host = colon < 0 ? text : str_sub(text, 0, (size_t)colon);
    *port = colon < 0 ? STR(PORT_DEFAULT) : str_from(text, (size_t)colon + 1);
}

bool allow_parse(struct str text, struct allow *ret, struct err *err)
{
    struct allow rule = {.kind = ALLOW_HOSTS};
    struct str address, bits;
    if (str_starts(text, STR("unix://"))) {
        rule.kind = ALLOW_SOCKET;
        rule.host = str_from(text, sizeof "unix://" - 1);
        if (!str_starts(rule.host, STR("/")) || str_index(rule.host, '*') >= 0)
            return err_set(err, ERR_INPUT,
                           "a socket needs its full path, without *, such as unix:///run/redis.sock");
        *ret = rule;
        return true;
    }
    split(text, &rule.host, &rule.port);
    bool range = str_cut(rule.host, '/', &address, &bits);
    bool bracketed = str_starts(address, STR("[")) && str_ends(address, STR("]"));
    if (bracketed)
        address = str_sub(address, 1, address.len - 2);
    if (!check_pattern(rule.port, true, err) ||
        !(range ? parse_range(address, bits, &rule, err) : check_pattern(address, false, err)))
        return false;
    if (!range && !bracketed && str_index(address, ':') >= 0)
        return err_set(err, ERR_INPUT,
                       "more than one colon; an IPv6 address needs brackets, such as [::1]:6379");
    rule.host = address;
    *ret = rule;
    return true;
}

static bool in_range(const struct allow *rule, const char *host)
{
    unsigned char address[16];
    if (inet_pton(rule->bytes == 16 ? AF_INET6 : AF_INET, host, address) != 1)
        return false;
    unsigned whole = rule->bits / 8, rest = rule->bits % 8;
    unsigned char mask = (unsigned char)(0xFF00u >> rest);
    return memcmp(address, rule->address, whole) == 0 &&
           (rest == 0 || ((address[whole] ^ rule->address[whole]) & mask) == 0);
}

bool allow_fits(const struct allow *rule, const struct endpoint *endpoint)
{
    char port[8];
    if (endpoint->kind == ENDPOINT_UNIX || rule->kind == ALLOW_SOCKET)
        return endpoint->kind == ENDPOINT_UNIX && rule->kind == ALLOW_SOCKET &&
               str_eq(rule->host, str_of(endpoint->host));
    snprintf(port, sizeof port, "%u", endpoint->port);
    if (!str_glob(str_of(port), rule->port))
        return false;
    return rule->kind == ALLOW_RANGE ? in_range(rule, endpoint->host)
                                     : str_glob(str_of(endpoint->host), rule->host);
}
