#include <bluegreen/collector.h>
#include <bluegreen/expo.h>
#include <bluegreen/num.h>
#include <math.h>
#include <string.h>

static const struct str suffixes[] = {
    [SAMPLE_PLAIN] = STR_INIT(""),
    [SAMPLE_BUCKET] = STR_INIT("_bucket"),
    [SAMPLE_SUM] = STR_INIT("_sum"),
    [SAMPLE_COUNT] = STR_INIT("_count"),
};

struct name {
    struct str prefix, rest;
};

static struct name family_name(const struct family *family, const struct expo_options *options)
{
    struct str name = str_of(family->name);
    if (options->prefix.len && str_starts(name, STR("redis_")))
        return (struct name){options->prefix, str_from(name, 5)};
    return (struct name){NO_LABELS, name};
}

static void put_name(struct buf *out, const struct name *name)
{
    buf_str(out, name->prefix);
    buf_str(out, name->rest);
}

static void put_header(struct buf *out, const struct name *name, const struct family *family)
{
    buf_text(out, "# HELP ");
    put_name(out, name);
    buf_char(out, ' ');
    buf_text(out, family->help);
    buf_text(out, "\n# TYPE ");
    put_name(out, name);
    buf_char(out, ' ');
    buf_text(out, metric_type_word(family->type));
    buf_char(out, '\n');
}

/* Samples are many and small: room for a whole line is made once, and the pieces are copied without asking
 * again. */
static char *copy(char *out, struct str s)
{
    if (s.len)
        memcpy(out, s.ptr, s.len);
    return out + s.len;
}

static char *copy_labels(char *out, struct str shared, const struct sample *sample)
{
    struct str own = {sample->labels, sample->labels_len};
    bool bound = sample->suffix == SAMPLE_BUCKET || sample->has_quantile;
    if (shared.len + own.len + bound == 0)
        return out;
    *out++ = '{';
    out = copy(out, shared);
    if (shared.len && own.len)
        *out++ = ',';
    out = copy(out, own);
    if (bound) {
        if (shared.len + own.len)
            *out++ = ',';
        out = copy(out, sample->has_quantile ? STR("quantile=\"") : STR("le=\""));
        out += num_print(sample->bound, out);
        *out++ = '"';
    }
    *out++ = '}';
    return out;
}

static void put_sample(struct buf *out, const struct name *name, struct str shared,
                       const struct sample *sample)
{
    enum { REST = 2 * NUM_TEXT_MAX + 32 }; /* two numbers, suffix, punctuation */
    if (!buf_reserve(out, name->prefix.len + name->rest.len + shared.len + sample->labels_len + REST))
        return;
    char *at = out->ptr + out->len;
    at = copy(at, name->prefix);
    at = copy(at, name->rest);
    at = copy(at, suffixes[sample->suffix]);
    at = copy_labels(at, shared, sample);
    *at++ = ' ';
    at += num_print(sample->value, at);
    *at++ = '\n';
    out->len = (size_t)(at - out->ptr);
}

void expo_write(struct buf *out, const struct expo_options *options, const struct expo_source *sources,
                size_t count, uint32_t *cursors)
{
    for (size_t i = 0; i < count; i++)
        cursors[i] = 0;
    unsigned families = family_count();
    for (unsigned f = 0; f < families; f++) {
        const struct family *family = family_at(f);
        struct name name = family_name(family, options);
        bool headed = false;
        for (size_t i = 0; i < count; i++) {
            const struct samples *samples = sources[i].samples;
            for (; cursors[i] < samples->count && samples->items[cursors[i]].family == f; cursors[i]++) {
                if (!headed)
                    put_header(out, &name, family);
                headed = true;
                put_sample(out, &name, sources[i].labels, &samples->items[cursors[i]]);
            }
        }
    }
}

void expo_list(struct buf *out, const struct expo_options *options)
{
    for (unsigned f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        struct name name = family_name(family, options);
        put_name(out, &name);
        buf_fmt(out, "\t%s\t%s\t%s\n", metric_type_word(family->type), family->labels, family->help);
    }
}

const char *metric_type_word(enum metric_type type)
{
    static const char *const words[] = {"untyped", "gauge", "counter", "histogram", "summary"};
    return words[type];
}
