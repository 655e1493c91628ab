#include <bluegreen/info.h>
#include <bluegreen/num.h>
#include <stdlib.h>
#include <string.h>

/* While the index is built it is wide enough to be sorted without looking back at the struct info. */
struct entry {
    struct str name;
    uint32_t value_len;
};

static bool field_byte(char c)
{
    /* Names hold command names, so '|', '-' and bytes above 127 occur. */
    return (unsigned char)c > ' ' && c != 127;
}

enum line { LINE_FIELD, LINE_NOTHING, LINE_BAD };

static enum line read_line(struct str line, struct entry *ret)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0 || line.ptr[0] == '#')
        return LINE_NOTHING;
    ptrdiff_t colon = str_index(line, ':');
    size_t name_len = colon < 0 ? 0 : (size_t)colon;
    if (name_len == 0 || name_len > INFO_NAME_MAX || line.len - name_len - 1 > UINT16_MAX)
        return LINE_BAD;
    for (size_t i = 0; i < name_len; i++)
        if (!field_byte(line.ptr[i]))
            return LINE_BAD;
    *ret = (struct entry){str_sub(line, 0, name_len), (uint32_t)(line.len - name_len - 1)};
    return LINE_FIELD;
}

static int by_name_then_place(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = str_cmp(a->name, b->name);
    return order ? order : (a->name.ptr > b->name.ptr) - (a->name.ptr < b->name.ptr);
}

static bool next_line(struct str *text, struct str *ret_line)
{
    if (text->len == 0)
        return false;
    str_cut(*text, '\n', ret_line, text);
    return true;
}

static size_t count_lines(struct str text)
{
    size_t lines = 0;
    struct str line;
    while (next_line(&text, &line))
        lines++;
    return lines;
}

static uint32_t read_lines(struct str text, struct entry *entries, uint32_t *malformed)
{
    uint32_t count = 0;
    struct str line;
    while (next_line(&text, &line)) {
        enum line kind = count < INFO_FIELDS_MAX ? read_line(line, &entries[count]) : LINE_BAD;
        count += kind == LINE_FIELD;
        *malformed += kind == LINE_BAD;
    }
    return count;
}

/* Keeps the first of equal names and turns pointers into offsets. */
static uint32_t seal_fields(struct str text, const struct entry *entries, uint32_t count,
                            struct info_field *fields)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i && str_eq(entries[i].name, entries[i - 1].name))
            continue;
        fields[kept++] = (struct info_field){.start = (uint32_t)(entries[i].name.ptr - text.ptr),
                                             .name_len = (uint16_t)entries[i].name.len,
                                             .value_len = (uint16_t)entries[i].value_len};
    }
    return kept;
}

bool info_parse(struct str text, struct arena *arena, struct info *ret, struct err *err)
{
    if (text.len > INFO_TEXT_MAX)
        return err_set(err, ERR_LIMIT, "INFO is %zu bytes long, more than the ceiling of %u", text.len,
                       INFO_TEXT_MAX);
    size_t lines = count_lines(text);
    if (lines > INFO_FIELDS_MAX)
        lines = INFO_FIELDS_MAX;
    struct entry *entries = malloc((lines + 1) * sizeof *entries);
    struct info info = {.text = text};
    bool ok = false;
    if (!entries)
        return err_set(err, ERR_MEMORY, "no memory to index INFO");

    uint32_t count = read_lines(text, entries, &info.malformed);
    struct info_field *fields = count ? arena_new(arena, struct info_field, count) : NULL;
    if (count == 0) {
        err_set(err, ERR_INFO, "INFO has no field at all in %zu bytes", text.len);
    } else if (!fields) {
        err_set(err, ERR_MEMORY, "no memory to index INFO");
    } else {
        qsort(entries, count, sizeof *entries, by_name_then_place);
        info.count = seal_fields(text, entries, count, fields);
        info.fields = fields;
        *ret = info;
        ok = true;
    }
    free(entries);
    return ok;
}

struct str info_name(const struct info *info, uint32_t index)
{
    const struct info_field *f = &info->fields[index];
    return (struct str){info->text.ptr + f->start, f->name_len};
}

struct str info_value(const struct info *info, uint32_t index)
{
    const struct info_field *f = &info->fields[index];
    return (struct str){info->text.ptr + f->start + f->name_len + 1, f->value_len};
}

uint32_t info_lower_bound(const struct info *info, struct str name)
{
    uint32_t low = 0, high = info->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_cmp(info_name(info, middle), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool info_get(const struct info *info, struct str name, struct str *ret_value)
{
    uint32_t at = info_lower_bound(info, name);
    if (at == info->count || !str_eq(info_name(info, at), name))
        return false;
    *ret_value = info_value(info, at);
    return true;
}

bool info_i64(const struct info *info, struct str name, int64_t *ret)
{
    struct str value;
    return info_get(info, name, &value) && num_i64(value, ret);
}

bool info_double(const struct info *info, struct str name, double *ret)
{
    struct str value;
    return info_get(info, name, &value) && num_double(value, ret);
}

bool info_next(const struct info *info, struct str prefix, uint32_t *cursor, struct str *ret_rest,
               struct str *ret_value)
{
    /* The cursor is one past the field that came last; 0 means none did. */
    uint32_t at = *cursor ? *cursor : info_lower_bound(info, prefix);
    if (at >= info->count || !str_starts(info_name(info, at), prefix))
        return false;
    *ret_rest = str_from(info_name(info, at), prefix.len);
    *ret_value = info_value(info, at);
    *cursor = at + 1;
    return true;
}

bool info_subfield(struct str value, struct str key, struct str *ret)
{
    struct str pair, name, text;
    while (str_next(&value, ',', &pair)) {
        if (str_cut(pair, '=', &name, &text) && str_eq(name, key)) {
            *ret = text;
            return true;
        }
    }
    return false;
}

bool info_next_database(const struct info *info, uint32_t *cursor, struct str *ret_name,
                        struct str *ret_value)
{
    struct str number;
    uint64_t index;
    while (info_next(info, STR("db"), cursor, &number, ret_value)) {
        *ret_name = (struct str){number.ptr - 2, number.len + 2};
        if (num_u64(number, &index))
            return true;
    }
    return false;
}
