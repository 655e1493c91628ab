#include "support/dropin.h"
#include "support/exposition.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 256, FINDINGS_MAX = 4096, TAKES = 5, BETWEEN_TAKES_MS = 200 };

/* ---- the rows --------------------------------------------------------------------------------------- */

struct row {
    const char *family, *where, *what, *reason;
    unsigned used;
};

static char *table_text;
static struct row rows[ROWS_MAX];
static size_t row_count;

static bool is_known_what(const char *what)
{
    return strcmp(what, "missing") == 0 || strcmp(what, "extra") == 0 || strcmp(what, "type") == 0 ||
           strncmp(what, "label ", 6) == 0 || strcmp(what, "value") == 0 || strncmp(what, "value ", 6) == 0;
}

/* The rows outlive the test that reads them. */
void dropin_load(void)
{
    free(table_text);
    table_text = strdup(test_read(DROPIN_EXCEPTIONS));
    assert_non_null(table_text);
    char *rest = table_text;
    row_count = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!*line || *line == '#')
            continue;
        const char *columns[4] = {strsep(&line, "\t"), strsep(&line, "\t"), strsep(&line, "\t"), line};
        if (!columns[3] || strchr(columns[3], '\t') || !is_known_what(columns[2]) || row_count == ROWS_MAX)
            fail_msg("not a row of %s: %s", DROPIN_EXCEPTIONS, columns[0]);
        rows[row_count++] = (struct row){columns[0], columns[1], columns[2], columns[3], 0};
    }
    assert_true(row_count > 0);
}

static bool has_word(const char *words, const char *word, size_t len)
{
    for (const char *at = words; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == len && strncmp(at, word, len) == 0)
            return true;
    return false;
}

static bool applies(const char *where, const char *words)
{
    if (strcmp(where, "*") == 0)
        return true;
    for (const char *at = where; *at; at += strcspn(at, ","), at += *at == ',')
        if (!has_word(words, at, strcspn(at, ",")))
            return false;
    return true;
}

static bool matches_family(const char *pattern, const char *family)
{
    size_t len = strlen(pattern);
    if (len && pattern[len - 1] == '*')
        return strncmp(pattern, family, len - 1) == 0;
    return strcmp(pattern, family) == 0;
}

/* What a row is looked for: a family, and which of its series. */
struct subject {
    const char *family, *series, *words;
};

/* The next row at or after *cursor whose "what" begins with <what>; NULL: no more. */
static struct row *next_row(size_t *cursor, const struct subject *subject, const char *what)
{
    for (; *cursor < row_count; ++*cursor) {
        struct row *row = &rows[*cursor];
        if (strncmp(row->what, what, strlen(what)) == 0 && applies(row->where, subject->words) &&
            (matches_family(row->family, subject->family) || matches_family(row->family, subject->series)))
            return &rows[(*cursor)++];
    }
    return NULL;
}

static bool excused(const struct subject *subject, const char *what)
{
    size_t cursor = 0;
    struct row *row = next_row(&cursor, subject, what);
    if (row)
        row->used++;
    return row != NULL;
}

static bool near_enough(const char *what, double low, double high, double ours)
{
    char *end;
    if (strcmp(what, "value") == 0)
        return true;
    double tolerance = strtod(what + strlen("value "), &end);
    if (*end == '%')
        tolerance *= fmax(fabs(low), fabs(high)) / 100;
    return ours >= low - tolerance && ours <= high + tolerance;
}

static bool value_excused(const struct subject *subject, double low, double high, double ours)
{
    size_t cursor = 0;
    for (struct row *row; (row = next_row(&cursor, subject, "value"));) {
        if (near_enough(row->what, low, high, ours)) {
            row->used++;
            return true;
        }
    }
    return false;
}

/* ---- one take --------------------------------------------------------------------------------------- */

struct finding {
    const char *key; /* the same difference in another take has the same */
    const char *text;
};

struct take {
    const char *case_words;
    struct exposition before, ours, after;
    bool show;
    struct finding *findings;
    size_t count;
};

/* Commands that run because somebody watches or follows; their own latency differs from take to take. */
static bool is_background(const char *command)
{
    static const char *const words[] = {"info",     "config",  "latency", "slowlog",  "client",
                                        "role",     "command", "ping",    "replconf", "psync",
                                        "select",   "cluster", "auth",    "hello",    "commandlog",
                                        "sentinel", "memory",  "scan",    "type"};
    size_t len = strcspn(command, "|");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == len && strncmp(words[i], command, len) == 0)
            return true;
    return false;
}

static struct subject subject_of(const struct take *take, const struct series *series)
{
    const char *command = series_label(series, "cmd"), *name = series_label(series, "name");
    bool own = strcmp(name, "redis-bluegreen-agent") == 0 || strcmp(name, "redis_exporter") == 0;
    const char *words = test_text("%s%s%s%s", take->case_words, is_background(command) ? ",background" : "",
                                  command[strcspn(command, "-_.")] ? ",odd" : "", own ? ",own" : "");
    return (struct subject){series->family, series->name, words};
}

static void add_finding(struct take *take, const char *what, const char *key, const char *text)
{
    if (take->count < FINDINGS_MAX)
        take->findings[take->count++] = (struct finding){test_text("%s %s", what, key), text};
}

static void show(const struct take *take, const char *key, const char *theirs, const char *ours,
                 const char *verdict)
{
    if (take->show)
        printf("%s\t%s\t%s\t%s\t%s\n", take->case_words, key, theirs, ours, verdict);
}

static void compare_values(struct take *take, const struct series *before, const struct series *after,
                           const struct series *ours)
{
    double low = fmin(before->value, after->value), high = fmax(before->value, after->value);
    double slack = 1e-9 * fmax(fabs(low), fabs(high)); /* of printing and reading */
    const char *theirs = test_text("%.15g..%.15g", before->value, after->value);
    const char *own = test_text("%.15g", ours->value);
    const char *verdict = "same";
    struct subject subject = subject_of(take, ours);
    if (!(ours->value >= low - slack && ours->value <= high + slack)) {
        verdict = "excused";
        if (!value_excused(&subject, low, high, ours->value)) {
            verdict = "DIFFERENT";
            add_finding(take, "value", ours->key,
                        test_text("value    %s is %s, theirs %s", ours->key, own, theirs));
        }
    }
    show(take, ours->key, theirs, own, verdict);
}

/* The series of <page> that is the same but for a label which a row excuses. */
static const struct series *find_but_for_a_label(const struct take *take, const struct exposition *page,
                                                 const struct series *series)
{
    size_t cursor = 0;
    struct subject subject = subject_of(take, series);
    for (struct row *row; (row = next_row(&cursor, &subject, "label "));) {
        const char *label = row->what + strlen("label ");
        const char *key = series_key_without(series, label);
        for (size_t i = 0; i < page->count; i++) {
            if (strcmp(page->series[i].family, series->family) == 0 &&
                strcmp(series_key_without(&page->series[i], label), key) == 0) {
                row->used++;
                return &page->series[i];
            }
        }
    }
    return NULL;
}

static void miss(struct take *take, const struct series *series)
{
    const char *theirs = test_text("%.15g", series->value);
    struct subject subject = subject_of(take, series);
    if (excused(&subject, "missing")) {
        show(take, series->key, theirs, "-", "excused");
        return;
    }
    show(take, series->key, theirs, "-", "MISSING");
    if (exposition_type(&take->ours, series->family))
        add_finding(take, "missing", series->key, test_text("missing  %s %s", series->key, theirs));
    else
        add_finding(
            take, "missing", series->family,
            test_text("missing  the family %s, for example %s %s", series->family, series->key, theirs));
}

/* What both of their scrapes have, ours has to have. */
static void compare_theirs(struct take *take)
{
    for (size_t i = 0; i < take->after.count; i++) {
        const struct series *after = &take->after.series[i];
        const struct series *before = exposition_find(&take->before, after->key);
        const struct series *ours = exposition_find(&take->ours, after->key);
        if (!before)
            continue;
        if (!ours)
            ours = find_but_for_a_label(take, &take->ours, after);
        if (ours)
            compare_values(take, before, after, ours);
        else
            miss(take, after);
    }
}

/* What ours has in a family of theirs, one of their scrapes has to have. */
static void compare_ours(struct take *take)
{
    for (size_t i = 0; i < take->ours.count; i++) {
        const struct series *ours = &take->ours.series[i];
        bool shared =
            exposition_type(&take->before, ours->family) || exposition_type(&take->after, ours->family);
        if (!shared || exposition_find(&take->before, ours->key) ||
            exposition_find(&take->after, ours->key) || find_but_for_a_label(take, &take->after, ours))
            continue;
        const char *own = test_text("%.15g", ours->value);
        struct subject subject = subject_of(take, ours);
        if (excused(&subject, "extra")) {
            show(take, ours->key, "-", own, "excused");
            continue;
        }
        show(take, ours->key, "-", own, "EXTRA");
        add_finding(take, "extra", ours->key, test_text("extra    %s %s", ours->key, own));
    }
}

static void compare_types(struct take *take)
{
    for (size_t i = 0; i < take->after.family_count; i++) {
        const struct exposition_family *family = &take->after.families[i];
        const char *ours = exposition_type(&take->ours, family->name);
        struct subject subject = {family->name, family->name, take->case_words};
        if (ours && strcmp(ours, family->type) != 0 && !excused(&subject, "type"))
            add_finding(take, "type", family->name,
                        test_text("type     %s is a %s, theirs a %s", family->name, ours, family->type));
    }
}

static struct take take_once(const char *words, const struct peer *peer, const struct agent *agent)
{
    struct take take = {.case_words = words, .show = getenv("BLUEGREEN_DROPIN_TABLE") != NULL};
    take.findings = test_alloc(FINDINGS_MAX * sizeof *take.findings);
    take.before = exposition_read(peer_metrics(peer));
    take.ours = exposition_read(agent_metrics(agent));
    take.after = exposition_read(peer_metrics(peer));
    compare_theirs(&take);
    compare_ours(&take);
    compare_types(&take);
    return take;
}

/* ---- all takes -------------------------------------------------------------------------------------- */

static bool found_in(const struct take *take, const char *key)
{
    for (size_t i = 0; i < take->count; i++)
        if (strcmp(take->findings[i].key, key) == 0)
            return true;
    return false;
}

static void keep_common(struct take *kept, const struct take *other)
{
    size_t count = 0;
    for (size_t i = 0; i < kept->count; i++) {
        bool repeated = i > 0 && strcmp(kept->findings[i].key, kept->findings[i - 1].key) == 0;
        if (!repeated && found_in(other, kept->findings[i].key))
            kept->findings[count++] = kept->findings[i];
    }
    kept->count = count;
}

void dropin_compare(const char *words, const struct peer *peer, const struct agent *agent)
{
    struct take kept = take_once(words, peer, agent);
    for (int i = 1; kept.count && i < TAKES; i++) {
        int64_t next = test_now_ms() + BETWEEN_TAKES_MS;
        WAIT_UNTIL(test_now_ms() >= next, SOON_MS);
        struct take take = take_once(words, peer, agent);
        keep_common(&kept, &take);
    }
    if (!kept.count)
        return;
    /* Line by line: cmocka cuts what is longer than its buffer. */
    for (size_t i = 0; i < kept.count; i++)
        print_error("%s: %s\n", words, kept.findings[i].text);
    fail_msg("%s: %zu differences without a row in %s", words, kept.count, DROPIN_EXCEPTIONS);
}

void dropin_assert_all_needed(void)
{
    unsigned unused = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].used || strncmp(rows[i].what, "value", 5) == 0 ||
            has_word(rows[i].where, "background", strlen("background")))
            continue;
        print_error("not needed: %s, %s, %s\n", rows[i].family, rows[i].where, rows[i].what);
        unused++;
    }
    if (unused)
        fail_msg("%u rows of %s excuse nothing; delete them", unused, DROPIN_EXCEPTIONS);
}
