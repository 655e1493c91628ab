#include <bluegreen/str.h>
#include <stdint.h>
#include <string.h>

struct str str_of(const char *text)
{
    return text ? (struct str){text, strlen(text)} : (struct str){NULL, 0};
}

bool str_eq(struct str a, struct str b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a slice with a length has a pointer */
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

ptrdiff_t str_index(struct str s, char byte)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

struct str str_from(struct str s, size_t from)
{
    return str_sub(s, from, s.len);
}

struct str str_sub(struct str s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return (struct str){s.ptr ? s.ptr + from : NULL, len};
}

size_t str_utf8_length(struct str s)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least; /* smallest code point that may take this many bytes */
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const unsigned char *p = (const unsigned char *)s.ptr;
    for (size_t len = 1; len <= 4; len++) {
        if ((p[0] & forms[len - 1].mask) != forms[len - 1].lead)
            continue;
        if (len > s.len)
            return 0;
        uint32_t code = p[0] & (unsigned char)~forms[len - 1].mask;
        for (size_t i = 1; i < len; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (p[i] & 0x3f);
        }
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code >= forms[len - 1].least && code <= 0x10ffff && !surrogate ? len : 0;
    }
    return 0;
}

bool str_is_utf8(struct str s)
{
    size_t len = 1;
    for (; s.len && len; s = str_from(s, len))
        len = str_utf8_length(s);
    return len > 0;
}

struct str str_clip(struct str s, size_t max)
{
    if (s.len <= max)
        return s;
    size_t len = max;
    for (size_t back = 0; back < 3 && len && ((unsigned char)s.ptr[len] & 0xc0) == 0x80; back++)
        len--;
    return str_sub(s, 0, len);
}

bool str_cut(struct str s, char sep, struct str *ret_head, struct str *ret_tail)
{
    ptrdiff_t at = str_index(s, sep);
    *ret_head = at < 0 ? s : str_sub(s, 0, (size_t)at);
    *ret_tail = at < 0 ? str_from(s, s.len) : str_from(s, (size_t)at + 1);
    return at >= 0;
}

bool str_next(struct str *rest, char sep, struct str *ret_item)
{
    if (!rest->ptr)
        return false;
    if (!str_cut(*rest, sep, ret_item, rest))
        *rest = (struct str){NULL, 0};
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* At a mismatch the newest star takes one byte more: older stars need not be tried again. */
bool str_glob(struct str s, struct str pattern)
{
    size_t at = 0, p = 0, star_p = 0, star_at = 0;
    bool star = false;
    while (at < s.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = true;
            star_p = ++p;
            star_at = at;
        } else if (p < pattern.len && pattern.ptr[p] == s.ptr[at]) {
            p++;
            at++;
        } else if (star) {
            p = star_p;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = str_from(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment over three rows: the third is what sees two swapped neighbours. */
size_t str_distance(struct str a, struct str b)
{
    enum { MAX = 64 };
    size_t rows[3][MAX + 1];
    size_t *above2 = rows[0], *above = rows[1], *row = rows[2];

    a = str_sub(a, 0, MAX);
    b = str_sub(b, 0, MAX);
    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as above */
            size_t change = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
        size_t *spare = above2;
        above2 = above;
        above = row;
        row = spare;
    }
    return above[b.len];
}

bool str_copy(struct str s, char *out, size_t size)
{
    bool fits = s.len < size && str_index(s, '\0') < 0;
    if (!fits)
        s.len = 0;
    if (s.len)
        memcpy(out, s.ptr, s.len);
    if (size)
        out[s.len] = '\0';
    return fits;
}
