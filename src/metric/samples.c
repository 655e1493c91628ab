#include <bluegreen/collector.h>
#include <bluegreen/samples.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void samples_init(struct samples *s, struct arena *arena, uint32_t expected)
{
    *s = (struct samples){.arena = arena, .cap = expected > FIRST_CAPACITY ? expected : FIRST_CAPACITY};
    s->items = malloc(s->cap * sizeof *s->items);
    if (!s->items)
        s->cap = 0;
}

void samples_done(struct samples *s)
{
    if (s->cap)
        free(s->items);
    s->items = NULL;
    s->count = s->cap = 0;
}

static bool make_room(struct samples *s)
{
    if (s->count < s->cap)
        return s->count < SAMPLES_MAX;
    uint32_t cap = s->cap ? s->cap * 2 : FIRST_CAPACITY;
    struct sample *grown =
        s->count < SAMPLES_MAX ? realloc(s->cap ? s->items : NULL, cap * sizeof *grown) : NULL;
    if (!grown)
        return false;
    s->items = grown;
    s->cap = cap;
    return true;
}

/* Stands for labels that there was no memory for. */
static const char lost_labels[] = "";

static void add(struct samples *s, unsigned family, struct str labels, struct sample sample)
{
    if (labels.ptr == lost_labels || labels.len > UINT16_MAX || !make_room(s)) {
        s->dropped++;
        return;
    }
    sample.family = (uint16_t)(s->base + family);
    sample.labels = labels.ptr;
    sample.labels_len = (uint16_t)labels.len;
    s->items[s->count++] = sample;
}

void samples_add(struct samples *s, unsigned family, struct str labels, double value)
{
    add(s, family, labels, (struct sample){.value = value});
}

void samples_add_bucket(struct samples *s, unsigned family, struct str labels, double le, double cumulative)
{
    add(s, family, labels, (struct sample){.value = cumulative, .bound = le, .suffix = SAMPLE_BUCKET});
}

void samples_add_quantile(struct samples *s, unsigned family, struct str labels, double quantile,
                          double value)
{
    add(s, family, labels, (struct sample){.value = value, .bound = quantile, .has_quantile = true});
}

void samples_add_suffix(struct samples *s, unsigned family, struct str labels, enum sample_suffix suffix,
                        double value)
{
    add(s, family, labels, (struct sample){.value = value, .suffix = (uint8_t)suffix});
}

static char *put(char *out, const char *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

/* One byte of a value becomes at most three (U+FFFD). */
static char *put_escaped(char *out, struct str value)
{
    for (size_t len; value.len; value = str_from(value, len)) {
        len = str_utf8_length(value);
        if (len == 0) {
            out = put(out, "\xef\xbf\xbd", 3);
            len = 1;
        } else if (*value.ptr == '\n') {
            out = put(out, "\\n", 2);
        } else {
            if (*value.ptr == '\\' || *value.ptr == '"')
                *out++ = '\\';
            out = put(out, value.ptr, len);
        }
    }
    return out;
}

struct str samples_labels(struct samples *s, const struct label *labels, size_t count)
{
    char text[LABELS_MAX * (LABEL_VALUE_MAX * 3 + 64)];
    char *out = text;
    for (size_t i = 0; i < count && i < LABELS_MAX; i++) {
        if (i)
            *out++ = ',';
        out = put(out, labels[i].name, strlen(labels[i].name));
        out = put(out, "=\"", 2);
        out = put_escaped(out, str_clip(labels[i].value, LABEL_VALUE_MAX));
        *out++ = '"';
    }
    size_t len = (size_t)(out - text);
    char *kept = arena_alloc(s->arena, len, 1);
    if (!kept)
        return (struct str){lost_labels, 0};
    memcpy(kept, text, len);
    return (struct str){kept, len};
}

struct str samples_label(struct samples *s, const char *name, struct str value)
{
    return samples_labels(s, &(struct label){name, value}, 1);
}

/* A counting sort: stable, and linear in the samples. */
static bool sort_into(const struct sample *items, uint32_t count, struct sample *sorted)
{
    unsigned families = family_count();
    uint32_t *starts = calloc(families + 1, sizeof *starts);
    if (!starts)
        return false;
    for (uint32_t i = 0; i < count; i++)
        starts[items[i].family + 1]++;
    for (unsigned f = 0; f < families; f++)
        starts[f + 1] += starts[f];
    for (uint32_t i = 0; i < count; i++)
        sorted[starts[items[i].family]++] = items[i];
    free(starts);
    return true;
}

void samples_seal(struct samples *s)
{
    struct sample *sorted = arena_new(s->arena, struct sample, s->count);
    bool ok = sorted && sort_into(s->items, s->count, sorted);
    uint32_t count = ok ? s->count : 0;
    s->dropped += s->count - count;
    samples_done(s);
    s->items = sorted;
    s->count = count;
}

const struct sample *samples_find(const struct samples *s, unsigned family, struct str labels)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct str have = {s->items[i].labels, s->items[i].labels_len};
        if (s->items[i].family == family && str_eq(have, labels))
            return &s->items[i];
    }
    return NULL;
}
