#include <bluegreen/collector.h>
#include <bluegreen/filter.h>
#include <string.h>

/* By family: a bit for each pattern with a label that names it, and the highest when it is hidden. */
#define HIDDEN (UINT64_C(1) << FILTER_SERIES_MAX)

struct filter {
    const uint64_t *families;
    const struct filter_pattern *series;
};

/* ---- patterns --------------------------------------------------------------------------------------- */

/* Letters, digits, "_" and the bytes of <more>; at least one. */
static bool all_of(struct str text, struct str more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!word && str_index(more, c) < 0)
            return false;
    }
    return text.len > 0;
}

bool filter_pattern_parse(struct str text, struct filter_pattern *ret)
{
    struct filter_pattern pattern = {.family = text};
    struct str rest;
    if (str_cut(text, '{', &pattern.family, &rest)) {
        if (!str_cut(rest, '=', &pattern.label, &rest) || rest.len < 3 || !all_of(pattern.label, STR("")) ||
            !str_starts(rest, STR("\"")) || !str_ends(rest, STR("\"}")))
            return false;
        pattern.value = str_sub(rest, 1, rest.len - 3);
    }
    if (!all_of(pattern.family, STR(":*")))
        return false;
    *ret = pattern;
    return true;
}

/* Whether the name that <family> is shown under is like <glob>. */
static bool named(const struct family *family, struct str glob, struct str prefix)
{
    char shown[256];
    struct str name = str_of(family->name), stem = STR("redis");
    if (prefix.len && str_starts(name, STR("redis_")) && prefix.len + name.len < sizeof shown) {
        memcpy(shown, prefix.ptr, prefix.len);
        memcpy(shown + prefix.len, name.ptr + stem.len, name.len - stem.len);
        name = (struct str){shown, prefix.len + name.len - stem.len};
    }
    return str_glob(name, glob);
}

bool filter_pattern_known(const struct filter_pattern *pattern, struct str prefix)
{
    for (unsigned f = 0; f < family_count(); f++)
        if (named(family_at(f), pattern->family, prefix))
            return true;
    return false;
}

/* ---- the filter ------------------------------------------------------------------------------------- */

static bool in_list(const struct family *family, const char *const *list, struct str prefix)
{
    for (; *list; list++)
        if (named(family, str_of(*list), prefix))
            return true;
    return false;
}

static uint64_t verdict_of(const struct family *family, const struct filter_lists *lists,
                           const struct filter_pattern *series, size_t count, struct str prefix)
{
    uint64_t bits = 0;
    if ((lists->allow[0] && !in_list(family, lists->allow, prefix)) || in_list(family, lists->deny, prefix))
        return HIDDEN;
    for (size_t i = 0; i < count; i++)
        if (named(family, series[i].family, prefix))
            bits |= UINT64_C(1) << i;
    return bits;
}

struct filter *filter_new(struct arena *arena, const struct filter_lists *lists, struct str prefix)
{
    size_t count = 0, parsed = 0;
    while (lists->series[count] && count < FILTER_SERIES_MAX)
        count++;
    struct filter *filter = arena_new(arena, struct filter, 1);
    uint64_t *families = arena_new(arena, uint64_t, family_count());
    struct filter_pattern *series = arena_new(arena, struct filter_pattern, count + 1);
    if (!filter || !families || !series)
        return NULL;
    for (size_t i = 0; i < count; i++)
        parsed += filter_pattern_parse(str_of(lists->series[i]), &series[parsed]);
    for (unsigned f = 0; f < family_count(); f++)
        families[f] = verdict_of(family_at(f), lists, series, parsed, prefix);
    *filter = (struct filter){families, series};
    return filter;
}

bool filter_hides(const struct filter *filter, unsigned family)
{
    return filter && filter->families[family] & HIDDEN;
}

bool filter_looks(const struct filter *filter, unsigned family)
{
    return filter && filter->families[family];
}

/* Takes 'name="value"' and the comma behind it off <labels>; the value is unescaped into <value>, whose size
 * is enough for what samples_labels() writes. */
static bool next_label(struct str *labels, struct str *ret_name, char *value, struct str *ret_value)
{
    struct str rest;
    size_t len = 0, i = 1;
    if (!str_cut(*labels, '=', ret_name, &rest))
        return false;
    for (; i < rest.len && rest.ptr[i] != '"' && len < LABEL_VALUE_MAX * 3; i++) {
        bool escaped = rest.ptr[i] == '\\' && i + 1 < rest.len;
        char c = rest.ptr[i += escaped];
        value[len++] = escaped && c == 'n' ? '\n' : c;
    }
    *ret_value = (struct str){value, len};
    *labels = str_from(rest, i + 2);
    return true;
}

static bool denied_by(const struct filter *filter, uint64_t patterns, struct str name, struct str value)
{
    for (unsigned i = 0; patterns >> i; i++)
        if (patterns >> i & 1 && str_eq(filter->series[i].label, name) &&
            str_glob(value, filter->series[i].value))
            return true;
    return false;
}

bool filter_denies(const struct filter *filter, unsigned family, struct str labels)
{
    char text[LABEL_VALUE_MAX * 3 + 1];
    struct str name, value;
    while (next_label(&labels, &name, text, &value))
        if (denied_by(filter, filter->families[family], name, value))
            return true;
    return false;
}
