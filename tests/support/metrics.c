#include "support/metrics.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value behind "series " at the start of a line, or NULL. */
static const char *find(const char *text, const char *series)
{
    size_t len = strlen(series);
    for (const char *at = strstr(text, series); at; at = strstr(at + 1, series))
        if ((at == text || at[-1] == '\n') && at[len] == ' ')
            return at + len + 1;
    return NULL;
}

double metric(const char *text, const char *series, ...)
{
    va_list args;
    va_start(args, series);
    const char *wanted = test_vtext(series, args);
    va_end(args);
    const char *value = find(text, wanted);
    if (!value)
        fail_msg("there is no series %s in:\n%s", wanted, text);
    return strtod(value, NULL);
}

bool metric_has(const char *text, const char *series, ...)
{
    va_list args;
    va_start(args, series);
    const char *wanted = test_vtext(series, args);
    va_end(args);
    return find(text, wanted) != NULL;
}

unsigned metric_count(const char *text, const char *name, const char *part)
{
    unsigned count = 0;
    size_t len = strlen(name);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, len) != 0 || (line[len] != ' ' && line[len] != '{'))
            continue;
        const char *labels = test_text("%.*s", (int)strcspn(line + len, "\n"), line + len);
        count += strstr(labels, part) != NULL;
    }
    return count;
}

/* ---- the whole page --------------------------------------------------------------------------------- */

struct page {
    char **lines;
    size_t count;
    char **families, **series; /* announced, and seen */
    size_t family_count, series_count;
    const char *family; /* whose samples come now */
};

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           (!first && c >= '0' && c <= '9');
}

static size_t name_len(const char *text)
{
    size_t len = 0;
    while (is_name_byte(text[len], len == 0))
        len++;
    return len;
}

/* Behind the labels of a sample, or NULL when they are malformed. */
static const char *skip_labels(const char *at)
{
    if (*at != '{')
        return at;
    do {
        at++;
        size_t len = name_len(at);
        if (!len || at[len] != '=' || at[len + 1] != '"')
            return NULL;
        for (at += len + 2; *at && *at != '"'; at++)
            if (*at == '\\' && !*++at)
                return NULL;
        if (*at++ != '"')
            return NULL;
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

static bool belongs(const char *name, size_t len, const char *family)
{
    static const char *const suffixes[] = {"", "_bucket", "_sum", "_count"};
    size_t stem = strlen(family);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (len == stem + strlen(suffixes[i]) && strncmp(name, family, stem) == 0 &&
            strncmp(name + stem, suffixes[i], strlen(suffixes[i])) == 0)
            return true;
    return false;
}

static void read_sample(struct page *page, char *line)
{
    size_t len = name_len(line);
    const char *labels_end = len ? skip_labels(line + len) : NULL;
    char *end;
    if (!labels_end || *labels_end != ' ')
        fail_msg("not a sample: %s", line);
    strtod(labels_end + 1, &end);
    if (*end || end == labels_end + 1)
        fail_msg("not a value: %s", line);
    if (!page->family || !belongs(line, len, page->family))
        fail_msg("outside of its family (%s): %s", page->family ? page->family : "none", line);
    page->series[page->series_count++] = test_text("%.*s", (int)(labels_end - line), line);
}

/* "# HELP name sentence" and "# TYPE name type" come together, in this order. */
static void read_comment(struct page *page, size_t i)
{
    static const char *const types[] = {"gauge", "counter", "histogram", "summary", "untyped"};
    const char *line = page->lines[i];
    if (strncmp(line, "# TYPE ", 7) == 0 && i > 0 && strncmp(page->lines[i - 1], "# HELP ", 7) == 0)
        return;
    const char *type_line = i + 1 < page->count ? page->lines[i + 1] : "";
    size_t len = strncmp(line, "# HELP ", 7) == 0 ? name_len(line + 7) : 0;
    if (!len || line[7 + len] != ' ' || !line[8 + len])
        fail_msg("not a HELP line: %s", line);
    page->family = page->families[page->family_count++] = test_text("%.*s", (int)len, line + 7);
    const char *announced = test_text("# TYPE %s ", page->family);
    bool ok = false;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        ok |= strcmp(type_line, test_text("%s%s", announced, types[t])) == 0;
    if (!ok)
        fail_msg("not the TYPE line of %s: %s", page->family, type_line);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void assert_unique(char **names, size_t count)
{
    qsort(names, count, sizeof *names, compare);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            fail_msg("comes twice: %s", names[i]);
}

void metrics_assert_well_formed(const char *text)
{
    size_t most = test_occurrences(text, "\n") + 1;
    struct page page = {.lines = test_alloc(most * sizeof(char *)),
                        .families = test_alloc(most * sizeof(char *)),
                        .series = test_alloc(most * sizeof(char *))};
    if (!*text || text[strlen(text) - 1] != '\n')
        fail_msg("the last line is not whole");
    json_t *utf8 = json_string(text); /* NULL when it is not */
    assert_non_null(utf8);
    json_decref(utf8);
    char *copy = test_text("%s", text);
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n"))
        page.lines[page.count++] = line;
    for (size_t i = 0; i < page.count; i++) {
        if (page.lines[i][0] == '#')
            read_comment(&page, i);
        else
            read_sample(&page, page.lines[i]);
    }
    assert_unique(page.families, page.family_count);
    assert_unique(page.series, page.series_count);
}
