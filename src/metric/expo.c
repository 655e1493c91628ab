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

static const struct str total = STR_INIT("_total");

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

/* OpenMetrics names a counter's family without the _total of its sample. */
static struct name om_name(struct name name, enum metric_type type)
{
    if (type == METRIC_COUNTER)
        name.rest = str_sub(name.rest, 0, name.rest.len - total.len);
    return name;
}

/* A counter inherited with a name that has no _total cannot be one there. */
static enum metric_type om_type(const struct family *family)
{
    bool broken = family->type == METRIC_COUNTER && !str_ends(str_of(family->name), total);
    return broken ? METRIC_UNKNOWN : family->type;
}

static struct str unit_of(struct str name)
{
    static const struct str units[] = {STR_INIT("_seconds"), STR_INIT("_bytes"), STR_INIT("_ratio")};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (str_ends(name, units[i]))
            return str_from(units[i], 1);
    return STR("");
}

/* OpenMetrics wants quotation marks escaped; a help has nothing else that would have to be (family.h). */
static void put_help(struct buf *out, struct str help, enum expo_format format)
{
    ptrdiff_t quote;
    while (format == EXPO_OPENMETRICS && (quote = str_index(help, '"')) >= 0) {
        buf_str(out, str_sub(help, 0, (size_t)quote));
        buf_text(out, "\\\"");
        help = str_from(help, (size_t)quote + 1);
    }
    buf_str(out, help);
}

static void put_line(struct buf *out, const char *keyword, const struct name *name)
{
    buf_text(out, keyword);
    put_name(out, name);
    buf_char(out, ' ');
}

static void put_header(struct buf *out, const struct name *name, const struct family *family,
                       enum expo_format format)
{
    bool om = format == EXPO_OPENMETRICS;
    enum metric_type type = om ? om_type(family) : family->type;
    struct name shown = om ? om_name(*name, type) : *name;
    struct str unit = om ? unit_of(shown.rest) : STR("");
    put_line(out, "# HELP ", &shown);
    put_help(out, str_of(family->help), format);
    put_line(out, "\n# TYPE ", &shown);
    buf_text(out, om && type == METRIC_UNKNOWN ? "unknown" : metric_type_word(type));
    if (unit.len) {
        put_line(out, "\n# UNIT ", &shown);
        buf_str(out, unit);
    }
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

struct writer {
    struct buf *out;
    const struct expo_options *options;
    const struct expo_source *sources;
    size_t count;
    uint32_t *cursors;
};

static bool denied(const struct writer *w, unsigned f, struct str shared, const struct sample *sample)
{
    struct str own = {sample->labels, sample->labels_len};
    return filter_denies(w->options->filter, f, shared) || filter_denies(w->options->filter, f, own);
}

/* The run of family <f> that one source has, which is at its cursor. */
static bool put_run(const struct writer *w, size_t source, unsigned f, const struct family *family,
                    bool headed)
{
    const struct samples *samples = w->sources[source].samples;
    struct name name = family_name(family, w->options);
    bool looks = w->options->filter && filter_looks(w->options->filter, f);
    uint32_t at = w->cursors[source];
    for (; at < samples->count && samples->items[at].family == f; at++) {
        if (looks && denied(w, f, w->sources[source].labels, &samples->items[at]))
            continue;
        if (!headed)
            put_header(w->out, &name, family, w->options->format);
        headed = true;
        put_sample(w->out, &name, w->sources[source].labels, &samples->items[at]);
    }
    w->cursors[source] = at;
    return headed;
}

static void skip_run(const struct writer *w, size_t source, unsigned f)
{
    const struct samples *samples = w->sources[source].samples;
    uint32_t *at = &w->cursors[source];
    while (*at < samples->count && samples->items[*at].family == f)
        ++*at;
}

/* One family over all sources. */
static void put_family(const struct writer *w, unsigned f, const struct family *family, bool hidden)
{
    bool headed = false;
    for (size_t i = 0; i < w->count; i++) {
        const struct samples *samples = w->sources[i].samples;
        if (w->cursors[i] == samples->count || samples->items[w->cursors[i]].family != f)
            continue;
        if (hidden)
            skip_run(w, i, f);
        else
            headed = put_run(w, i, f, family, headed);
    }
}

void expo_write(struct buf *out, const struct expo_options *options, const struct expo_source *sources,
                size_t count, uint32_t *cursors)
{
    struct writer w = {out, options, sources, count, cursors};
    unsigned f = 0;
    for (size_t i = 0; i < count; i++)
        cursors[i] = 0;
    for (unsigned c = 0; c < COLLECTOR_COUNT; c++) {
        bool hidden = options->hidden >> c & 1;
        const char *family = (const char *)collectors[c]->families;
        for (unsigned i = 0; i < collectors[c]->family_count;
             i++, f++, family += collectors[c]->family_stride)
            put_family(&w, f, (const struct family *)(const void *)family,
                       hidden || (options->filter && filter_hides(options->filter, f)));
    }
    if (options->format == EXPO_OPENMETRICS)
        buf_text(out, "# EOF\n");
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
