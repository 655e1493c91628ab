#include "fuzz/show.h"
#include "io/health_file.h"
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

/* ---- health: every shipped check over these facts ---------------------------------------------------- */

static const struct policy *shipped_checks(void)
{
    static struct health_policy *file;
    struct buf errors;
    buf_init(&errors, 64 << 10);
    if (!file)
        file = health_file_load(NULL, &errors);
    require(file != NULL);
    buf_done(&errors);
    return &file->policy;
}

static bool find_metric(const void *samples, int family, struct str labels, double *ret)
{
    const struct sample *sample = samples_find(samples, (unsigned)family, labels);
    if (sample)
        *ret = sample->value;
    return sample != NULL;
}

/* The server as a target alone, as blue of a pair with itself, and the pair; twice, for what grows. */
static struct subject *judge(struct snapshot *snapshot)
{
    struct samples samples;
    struct pair_view pair;
    struct health_view view;
    struct subject *alone = subject_new(shipped_checks()), *side = subject_new(shipped_checks());
    require(alone && side);
    samples_init(&samples, &snapshot->arena, 0);
    collectors_emit(snapshot, &samples);
    struct health_server server = {
        .snapshot = snapshot, .outcome = ERR_NONE, .stale_after_seconds = 10, .samples = &samples};
    pair_look(snapshot, snapshot, &pair);
    for (int64_t now_ms = 1000; now_ms <= 2000; now_ms += 1000) {
        struct health_subject self = {.self = &server, .now_ms = now_ms, .metric = find_metric};
        health_view_fill(&self, &view);
        judge_look(shipped_checks(), ABOUT_TARGET, STR("fuzz"), SIDE_NONE, &view, ERR_NONE, alone, NULL);
        self.pair = &pair;
        self.side = self.designated = SIDE_BLUE;
        health_view_fill(&self, &view);
        judge_look(shipped_checks(), ABOUT_TARGET, STR("fuzz"), SIDE_BLUE, &view, ERR_NONE, side, NULL);
        struct health_subject both = {.blue = &server,
                                      .green = &server,
                                      .pair = &pair,
                                      .designated = SIDE_BLUE,
                                      .now_ms = now_ms,
                                      .metric = find_metric};
        health_view_fill(&both, &view);
        judge_look(shipped_checks(), ABOUT_PAIR, STR("fuzz"), SIDE_NONE, &view, ERR_NONE, alone, NULL);
    }
    subject_free(side);
    return alone;
}

static void show_metrics(const struct snapshot *snapshot, const struct subject *judged)
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
    health_status_emit(shipped_checks(), judged, &own);
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

static void show_health(const struct snapshot *snapshot, const struct subject *judged)
{
    struct health_entry entry = {.name = "fuzz",
                                 .policy = shipped_checks(),
                                 .subject = judged,
                                 .outcome_text = "",
                                 .facts = &snapshot->facts,
                                 .wall_seconds = snapshot->wall_seconds};
    struct buf report;
    buf_init(&report, PAGE_MAX);
    health_report_json(&entry, 1, true, "0", &report);
    json_t *json = json_loadb(report.ptr, report.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    require(json != NULL);
    json_decref(json);
    buf_clear(&report);
    health_report_text(&entry, 1, true, &report);
    require(buf_ok(&report));
    buf_done(&report);
}

void fuzz_show(struct snapshot *snapshot)
{
    struct subject *judged = judge(snapshot);
    show_metrics(snapshot, judged);
    show_health(snapshot, judged);
    subject_free(judged);
    snapshot_free(snapshot);
}
