/*
 * expr_fuzz: any text as a check's expression: it compiles or has a mistake at a place, and what compiles can
 * be looked at again and again, over a server that is there, one that is not, and counters that jump.
 */
#include "fuzz/show.h"
#include <bluegreen/collector.h>
#include <bluegreen/health_view.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const infos[] = {
    "redis_version:7.0.15\nrole:master\nused_memory:900\nmaxmemory:1000\nn:1\nzero:0\nodd:12x\nnone:\n"
    "db0:keys=12,expires=3\ncmdstat_config|get:calls=5\nerrorstat_OOM:count=3\nhuge:1e308\nminus:-5\n",
    "redis_version:6.0.16\nrole:slave\nmaster_link_status:up\nn:-9223372036854775808\nhuge:nan\nzero:0\n",
    "n:1e308\nused_memory:inf\n",
};

static int family_of(struct str name)
{
    return str_starts(name, STR("redis_")) ? (int)(name.len % 3) : -1;
}

static bool metric(const void *samples, int family, struct str labels, double *ret)
{
    require(samples != NULL && family >= 0 && family < 3);
    *ret = family == 2 ? INFINITY : (double)labels.len;
    return family != 0;
}

static void note(void *arg, int family)
{
    (void)arg;
    require(family >= 0 && family < 3);
}

/* Every look a little later, and each at another server. */
static void look(const struct expr *expr, bool pair)
{
    unsigned count = expr_track_count(expr);
    struct expr_track *tracks = calloc(count + 1u, sizeof *tracks);
    require(tracks != NULL);
    for (int64_t i = 0; i < 12; i++) {
        struct snapshot *snapshot = fuzz_snapshot(str_of(infos[i % 3]));
        struct health_server server = {
            .snapshot = i % 5 == 4 ? NULL : snapshot, .stale_after_seconds = 10, .samples = snapshot};
        struct pair_view both;
        struct health_view view;
        double number;
        pair_look(snapshot, server.snapshot, &both);
        struct health_subject subject = {.pair = &both, .now_ms = i * i * 1700, .metric = metric};
        if (pair)
            subject.blue = subject.green = &server;
        else
            subject.self = &server;
        health_view_fill(&subject, &view);
        struct expr_value value = expr_eval(expr, &view.expr, tracks);
        if (expr_as_number(value, &number))
            require(!isnan(number));
        snapshot_free(snapshot);
    }
    free(tracks);
}

static void try_as(struct str text, bool pair)
{
    struct expr_names names = {health_server_words, health_pair_words, family_of, !pair, pair};
    struct arena arena;
    struct err err = {.kind = ERR_NONE};
    unsigned column = 0;
    arena_init(&arena, 0, 1 << 20);
    const struct expr *expr = expr_compile(text, &names, &arena, &err, &column);
    require((expr == NULL) == (err.kind != ERR_NONE));
    require(expr || (column >= 1 && column <= text.len + 1 && err.text[0]));
    if (expr) {
        require(str_eq(expr_text(expr), text));
        expr_metrics(expr, note, NULL);
        look(expr, pair);
    }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    try_as(text, false);
    try_as(text, true);
    return 0;
}
