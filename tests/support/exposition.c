#include "support/exposition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_label(const void *left, const void *right)
{
    return strcmp(((const struct series_label *)left)->name, ((const struct series_label *)right)->name);
}

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct series *)left)->key, ((const struct series *)right)->key);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct exposition_family *)left)->name,
                  ((const struct exposition_family *)right)->name);
}

/* name{a="1",b="2"}, without the label <left_out>. */
static const char *make_key(const struct series *series, const char *left_out)
{
    size_t size = strlen(series->name) + 1;
    for (size_t i = 0; i < series->label_count; i++)
        size += strlen(series->labels[i].name) + strlen(series->labels[i].value) + sizeof "{=\"\",}";
    char *key = test_alloc(size), *end = stpcpy(key, series->name);
    for (size_t i = 0; i < series->label_count; i++) {
        if (left_out && strcmp(series->labels[i].name, left_out) == 0)
            continue;
        *end++ = strchr(key, '{') ? ',' : '{';
        end = stpcpy(stpcpy(end, series->labels[i].name), "=\"");
        end = stpcpy(stpcpy(end, series->labels[i].value), "\"");
    }
    if (strchr(key, '{'))
        stpcpy(end, "}");
    return key;
}

/* Behind the closing brace. */
static char *read_labels(char *at, struct series *series, const char *line)
{
    while (*at && *at != '}') {
        struct series_label *label = &series->labels[series->label_count];
        char *equals = strstr(at, "=\"");
        if (!equals || series->label_count == SERIES_LABELS_MAX)
            fail_msg("not the labels of a sample: %s", line);
        *equals = '\0';
        label->name = at;
        label->value = at = equals + 2;
        for (; *at && *at != '"'; at++)
            at += *at == '\\' && at[1];
        if (!*at)
            fail_msg("a label without an end: %s", line);
        *at++ = '\0';
        series->label_count += *label->value != '\0';
        at += *at == ',';
    }
    return at + (*at == '}');
}

static void read_sample(const char *line, const char *family, struct series *series)
{
    char *copy = test_text("%s", line), *end = copy + strcspn(copy, "{ ");
    bool labelled = *end == '{';
    series->name = copy;
    series->family = family;
    if (*end)
        *end++ = '\0';
    char *value = labelled ? read_labels(end, series, line) : end;
    series->value = strtod(value, &end);
    if (end == value || *end)
        fail_msg("not a sample: %s", line);
    qsort(series->labels, series->label_count, sizeof series->labels[0], by_label);
    series->key = make_key(series, NULL);
}

static bool belongs(const char *name, const char *family)
{
    size_t len = strlen(family);
    return strncmp(name, family, len) == 0 &&
           (!name[len] || strcmp(name + len, "_bucket") == 0 || strcmp(name + len, "_sum") == 0 ||
            strcmp(name + len, "_count") == 0);
}

struct exposition exposition_read(const char *text)
{
    size_t most = test_occurrences(text, "\n") + 1;
    struct exposition page = {.series = test_alloc(most * sizeof *page.series),
                              .families = test_alloc(most * sizeof *page.families)};
    char *copy = test_text("%s", text), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char name[256], type[32];
        if (sscanf(line, "# TYPE %255s %31s", name, type) == 2) {
            page.families[page.family_count++] =
                (struct exposition_family){test_text("%s", name), test_text("%s", type)};
        } else if (*line && *line != '#') {
            struct series *series = &page.series[page.count++];
            read_sample(line, page.family_count ? page.families[page.family_count - 1].name : "", series);
            if (!belongs(series->name, series->family))
                fail_msg("outside of its family (%s): %s", series->family, line);
        }
    }
    qsort(page.series, page.count, sizeof *page.series, by_key);
    qsort(page.families, page.family_count, sizeof *page.families, by_name);
    return page;
}

const struct series *exposition_find(const struct exposition *page, const char *key)
{
    struct series wanted = {.key = key};
    return page->count ? bsearch(&wanted, page->series, page->count, sizeof wanted, by_key) : NULL;
}

const char *exposition_type(const struct exposition *page, const char *family)
{
    struct exposition_family wanted = {.name = family};
    const struct exposition_family *found =
        page->family_count ? bsearch(&wanted, page->families, page->family_count, sizeof wanted, by_name)
                           : NULL;
    return found ? found->type : NULL;
}

const char *series_label(const struct series *series, const char *name)
{
    for (size_t i = 0; i < series->label_count; i++)
        if (strcmp(series->labels[i].name, name) == 0)
            return series->labels[i].value;
    return "";
}

const char *series_key_without(const struct series *series, const char *name)
{
    return make_key(series, name);
}
