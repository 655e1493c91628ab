#include <bluegreen/buf.h>
#include <bluegreen/num.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
    free(b->ptr);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

struct str buf_view(const struct buf *b)
{
    return (struct str){b->ptr, b->len};
}

void buf_fail(struct buf *b)
{
    buf_done(b);
    b->failed = true;
}

static bool fail(struct buf *b)
{
    buf_fail(b);
    return false;
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more > b->max || b->len > b->max - more)
        return fail(b);
    size_t need = b->len + more;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
    while (cap < need)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    char *grown = realloc(b->ptr, cap + 1); /* vsnprintf ends what it writes with a NUL that is not ours */
    if (!grown)
        return fail(b);
    b->ptr = grown;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0 || !buf_reserve(b, len))
        return;
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.ptr, s.len);
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t value)
{
    char text[NUM_TEXT_MAX];
    buf_add(b, text, num_print_u64(value, text));
}

void buf_i64(struct buf *b, int64_t value)
{
    if (value < 0)
        buf_char(b, '-');
    buf_u64(b, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void buf_double(struct buf *b, double value)
{
    char text[NUM_TEXT_MAX];
    buf_add(b, text, num_print(value, text));
}

void buf_fmt(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char text[512];
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0) {
        buf_fail(b);
    } else if ((size_t)len < sizeof text) {
        buf_add(b, text, (size_t)len);
    } else if (buf_reserve(b, (size_t)len)) {
        vsnprintf(b->ptr + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

char *buf_steal(struct buf *b, size_t *ret_len)
{
    char *bytes = NULL;
    if (!b->failed && !b->ptr)
        buf_reserve(b, 1); /* an empty buffer is a valid document too */
    if (!b->failed) {
        bytes = b->ptr;
        *ret_len = b->len;
        b->ptr = NULL;
    }
    buf_init(b, b->max);
    return bytes;
}
