#include "io/conf_fault.h"
#include <bluegreen/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_MAX = 640 };

void conf_faults_init(struct conf_faults *faults, struct arena *arena)
{
    faults->arena = arena;
    faults->count = faults->dropped = 0;
}

bool conf_fault(struct conf_faults *faults, struct conf_place at, const char *format, ...)
{
    if (faults->count == CONF_FAULTS_MAX) {
        faults->dropped++;
        return false;
    }
    char sentence[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);

    const char *text = arena_copy(faults->arena, str_of(sentence)).ptr;
    faults->items[faults->count] =
        (struct conf_fault){at, text ? text : err_sentence(ERR_MEMORY), faults->count};
    faults->count++;
    return false;
}

static int compare_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *left, const void *right)
{
    const struct conf_fault *a = left, *b = right;
    int order = (a->at.origin == NULL) - (b->at.origin == NULL);
    if (!order)
        order = compare_u32(a->at.line, b->at.line);
    if (!order)
        order = compare_u32(a->at.column, b->at.column);
    return order ? order : compare_u32(a->turn, b->turn);
}

void conf_faults_show(struct conf_faults *faults, const char *path, struct buf *out)
{
    qsort(faults->items, faults->count, sizeof faults->items[0], by_place);
    for (unsigned i = 0; i < faults->count; i++) {
        const struct conf_fault *fault = &faults->items[i];
        if (fault->at.origin)
            buf_fmt(out, "%s: %s\n", fault->at.origin, fault->text);
        else if (fault->at.line)
            buf_fmt(out, "%s:%u:%u: %s\n", path, fault->at.line, fault->at.column, fault->text);
        else
            buf_fmt(out, "%s: %s\n", path, fault->text);
    }
    if (faults->dropped)
        buf_fmt(out, "%s: %u more mistakes are not shown\n", path, faults->dropped);
}

const char *conf_shown(struct str text, char out[CONF_SHOWN_MAX])
{
    static const char cut[] = "...";
    bool whole = text.len < CONF_SHOWN_MAX;
    size_t len = whole ? text.len : CONF_SHOWN_MAX - sizeof cut;
    while (!whole && len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--; /* not inside a UTF-8 character */
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        out[i] = c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    memcpy(out + len, whole ? "" : cut, whole ? 1 : sizeof cut);
    return out;
}

const char *conf_shown_key(struct str key, char out[CONF_SHOWN_MAX])
{
    struct str name, rest;
    str_cut(key, ':', &name, &rest);
    str_cut(name, '=', &name, &rest);
    return conf_shown(name, out);
}
