/*
 * buf: growing output with a mandatory ceiling and a sticky failure.
 *
 * Writers add without looking; whoever hands the buffer on asks buf_ok() once at the end. After a failure
 * (no memory, ceiling reached) the content is gone and every further call does nothing, so half a document
 * can never be mistaken for a whole one.
 */
#ifndef BLUEGREEN_BUF_H
#define BLUEGREEN_BUF_H

#include <bluegreen/str.h>
#include <stdint.h>

struct buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max; /* ceiling of len in bytes */
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);  /* frees; the buffer is as after buf_init */
void buf_clear(struct buf *b); /* empties and forgets a failure; keeps the memory for the next use */

/* What a writer does that could not make its part whole. */
void buf_fail(struct buf *b);
bool buf_ok(const struct buf *b);
struct str buf_view(const struct buf *b); /* valid until the next call that adds */

/* Room for <more> bytes, so that many small adds do not grow step by step. */
bool buf_reserve(struct buf *b, size_t more);

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t value);
void buf_i64(struct buf *b, int64_t value);
void buf_double(struct buf *b, double value); /* shortest text that reads back as the same double */
void buf_fmt(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the bytes away (free() them) and empties the buffer; NULL after a failure. */
char *buf_steal(struct buf *b, size_t *ret_len);

#endif
