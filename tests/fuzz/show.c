#include "fuzz/show.h"
#include <bluegreen/collector.h>
#include <bluegreen/expo.h>
#include <bluegreen/health_report.h>
#include <bluegreen/status.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_MAX = 64 << 20 };

void fuzz_require(bool condition, const char *what, const char *file, int line)
{
    if (condition)
        return;
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    abort();
}

struct snapshot *fuzz_snapshot(struct str info_text)
{
    struct snapshot *snapshot = snapshot_new(info_text.len);
    struct err err = {.kind = ERR_NONE};
    require(snapshot != NULL);
    struct str text = arena_copy(&snapshot->arena, info_text);
    require(text.ptr != NULL);
    if (!info_parse(text, &snapshot->arena, &snapshot->info, &err)) {
        require(err.kind == ERR_INFO || err.kind == ERR_LIMIT);
        snapshot_free(snapshot);
        return NULL;
    }
    for (uint32_t i = 1; i < snapshot->info.count; i++)
        require(str_cmp(info_name(&snapshot->info, i - 1), info_name(&snapshot->info, i)) < 0);
    facts_read(&snapshot->info, &snapshot->facts);
    snapshot->taken_ms = 1000;
    snapshot->wall_seconds = 1700000000;
    snapshot_set_start(snapshot, NULL);
    return snapshot;
}

static bool name_byte(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* {name="value",…}: takes it off <rest>. Values hold no bare quote, line end or backslash. */
static void take_labels(struct str *rest)
{
    *rest = str_from(*rest, 1);
    for (;;) {
        size_t at = 0;
        while (at < rest->len && name_byte(rest->ptr[at]))
            at++;
        require(at > 0 && at + 1 < rest->len && rest->ptr[at] == '=' && rest->ptr[at + 1] == '"');
        for (at += 2; at < rest->len && rest->ptr[at] != '"'; at++) {
            require(rest->ptr[at] != '\n');
            if (rest->ptr[at] != '\\')
                continue;
            at++;
            require(at < rest->len &&
                    (rest->ptr[at] == 'n' || rest->ptr[at] == '"' || rest->ptr[at] == '\\'));
        }
        require(at + 1 < rest->len);
        char next = rest->ptr[at + 1];
        *rest = str_from(*rest, at + 2);
        require(next == ',' || next == '}');
        if (next == '}')
            return;
    }
}

static void check_line(struct str line)
{
    if (str_starts(line, STR("# HELP ")) || str_starts(line, STR("# TYPE ")))
        return;
    size_t at = 0;
    while (at < line.len && name_byte(line.ptr[at]))
        at++;
    require(at > 0);
    line = str_from(line, at);
    if (line.len && line.ptr[0] == '{')
        take_labels(&line);
    require(line.len > 1 && line.ptr[0] == ' ');
    char number[64], *end;
    require(str_copy(str_from(line, 1), number, sizeof number));
    (void)strtod(number, &end);
    require(*end == '\0');
}

static void check_page(struct str page)
{
    struct str line;
    json_t *text = json_stringn(page.len ? page.ptr : "", page.len);
    require(text != NULL); /* the cheapest check for UTF-8 at hand */
    json_decref(text);
    while (page.len) {
        require(str_cut(page, '\n', &line, &page));
        check_line(line);
    }
}

void fuzz_show_samples(struct samples *samples)
{
    struct buf page;
    uint32_t cursor;
    samples_seal(samples);
    for (uint32_t i = 1; i < samples->count; i++) {
        const struct sample *a = &samples->items[i];
        for (uint32_t j = i; j > 0 && samples->items[j - 1].family == a->family; j--)
            require(!str_eq((struct str){a->labels, a->labels_len},
                            (struct str){samples->items[j - 1].labels, samples->items[j - 1].labels_len}));
    }
    buf_init(&page, PAGE_MAX);
    expo_write(&page, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, samples}, 1,
               &cursor);
    require(cursor == samples->count);
    check_page(buf_view(&page));
    buf_done(&page);
}

static void show_metrics(const struct snapshot *snapshot, const struct verdict *verdict)
{
    static const struct target_counters counters;
    struct target_status status = {.snapshot = snapshot, .counters = &counters};
    struct samples own, theirs;
    struct arena arena;
    struct buf page;
    uint32_t cursors[2];
    arena_init(&arena, 0, PAGE_MAX);
    buf_init(&page, PAGE_MAX);
    samples_init(&own, &arena, 0);
    target_status_emit(&status, &own);
    health_status_emit(verdict, &own);
    samples_seal(&own);
    samples_init(&theirs, &arena, 0);
    collectors_emit(snapshot, &theirs);
    require(theirs.count <= SAMPLES_MAX);
    struct expo_source sources[] = {{STR("target=\"fuzz\""), &own}, {STR("target=\"fuzz\""), &theirs}};
    expo_write(&page, &(struct expo_options){STR("redis")}, sources, 2, cursors);
    require(cursors[0] == own.count && cursors[1] == theirs.count);
    check_page(buf_view(&page));
    buf_done(&page);
    arena_done(&arena);
}

static void show_health(const struct snapshot *snapshot, const struct verdict *verdict)
{
    struct health_entry entry = {.target = "fuzz",
                                 .verdict = *verdict,
                                 .facts = &snapshot->facts,
                                 .wall_seconds = snapshot->wall_seconds};
    struct buf report;
    buf_init(&report, PAGE_MAX);
    health_report_json(&entry, 1, "0", &report);
    json_t *json = json_loadb(report.ptr, report.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    require(json != NULL);
    json_decref(json);
    buf_clear(&report);
    health_report_text(&entry, 1, &report);
    require(buf_ok(&report));
    buf_done(&report);
}

void fuzz_show(struct snapshot *snapshot)
{
    struct health_input input = {
        .snapshot = snapshot, .outcome = ERR_NONE, .outcome_text = "", .stale_after_seconds = 10};
    struct verdict verdict;
    verdict_judge(&input, &verdict);
    show_metrics(snapshot, &verdict);
    show_health(snapshot, &verdict);
    snapshot_free(snapshot);
}
