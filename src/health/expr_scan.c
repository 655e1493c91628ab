#include "expr_scan.h"
#include <bluegreen/num.h>

bool scan_mistake(struct scan *s, const char *what)
{
    if (!s->column) {
        s->column = (unsigned)s->begin + 1;
        err_set(s->err, ERR_INPUT, "%s", what);
    }
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct scan *s, size_t ahead)
{
    return s->at + ahead < s->text.len ? s->text.ptr[s->at + ahead] : '\0';
}

/* What stands between two of the same <quote>; there is no way to write the quote itself. */
static bool scan_quoted(struct scan *s, char quote, enum token token)
{
    struct str rest = str_from(s->text, s->at + 1);
    ptrdiff_t end = str_index(rest, quote);
    if (end < 0)
        return scan_mistake(s, "a quote is not closed");
    s->lexeme = str_sub(rest, 0, (size_t)end);
    s->token = token;
    s->at += (size_t)end + 2;
    return true;
}

/* "m" is minutes; sizes have their two letters. */
static bool number_of(struct str text, double *ret)
{
    uint64_t whole;
    if (str_ends(text, STR("%"))) {
        bool ok = num_double(str_sub(text, 0, text.len - 1), ret);
        *ret /= 100;
        return ok;
    }
    if (num_double(text, ret))
        return true;
    if (num_duration_ms(text, &whole))
        *ret = (double)whole / 1e3;
    else if (str_ends(text, STR("b")) && num_size(text, &whole))
        *ret = (double)whole;
    else
        return false;
    return true;
}

static bool scan_number(struct scan *s)
{
    size_t len = 0;
    while (is_digit(peek(s, len)) || is_letter(peek(s, len)) || peek(s, len) == '.')
        len++;
    len += peek(s, len) == '%';
    s->token = TOKEN_NUMBER;
    if (!number_of(str_sub(s->text, s->at, len), &s->number))
        return scan_mistake(s, "this is not a number; units are kb mb gb tb, ms s m h d and %");
    s->at += len;
    return true;
}

static bool scan_sign(struct scan *s)
{
    static const char *const signs[] = {"<=", ">=", "==", "!=", "<", ">", "+", "-", "*",
                                        "/",  "(",  ")",  ",",  ".", ":", "{", "}", "="};
    s->token = TOKEN_SIGN;
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (str_starts(str_from(s->text, s->at), str_of(signs[i]))) {
            s->lexeme = str_of(signs[i]);
            s->at += s->lexeme.len;
            return true;
        }
    }
    return scan_mistake(s, "this sign has no meaning here");
}

bool scan_next(struct scan *s)
{
    while (peek(s, 0) == ' ' || peek(s, 0) == '\t' || peek(s, 0) == '\n' || peek(s, 0) == '\r')
        s->at++;
    s->begin = s->at;
    s->quoted = false;
    s->lexeme = STR("");
    s->token = TOKEN_END;
    if (s->at == s->text.len)
        return true;
    if (peek(s, 0) == '"')
        return scan_quoted(s, '"', TOKEN_TEXT);
    if (peek(s, 0) == '`') {
        bool ok = scan_quoted(s, '`', TOKEN_NAME);
        s->quoted = true;
        return ok;
    }
    if (is_digit(peek(s, 0)))
        return scan_number(s);
    if (!is_letter(peek(s, 0)))
        return scan_sign(s);
    size_t len = 0;
    while (is_letter(peek(s, len)) || is_digit(peek(s, len)))
        len++;
    s->token = TOKEN_NAME;
    s->lexeme = str_sub(s->text, s->at, len);
    s->at += len;
    return true;
}
