/* expr: what an expression means, what is wrong with one, and that nothing makes it fail. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <bluegreen/expr.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const server_words[] = {"age_seconds", "outcome", NULL};
static const char *const pair_words[] = {"lag_bytes", NULL};

static int family(struct str name)
{
    return str_eq(name, STR("redis_db_keys")) ? 7 : -1;
}

static bool metric(const void *samples, int index, struct str labels, double *ret)
{
    (void)samples;
    if (index != 7 || !(str_eq(labels, STR("db=\"db0\"")) || str_eq(labels, STR("*"))))
        return false;
    *ret = 42;
    return true;
}

static const struct expr_names names = {server_words, pair_words, family, true, true};

static const struct expr *compiled(const char *text, struct arena *arena)
{
    struct err err;
    unsigned column;
    const struct expr *expr = expr_compile(str_of(text), &names, arena, &err, &column);
    if (!expr)
        fail_msg("%s: column %u: %s", text, column, err.text);
    return expr;
}

/* ---- values ----------------------------------------------------------------------------------------- */

struct world {
    struct arena arena;
    struct snapshot *self, *blue, *green;
    struct expr_value words[2], pair[1];
    struct expr_view view;
};

static void world_init(struct world *w)
{
    *w = (struct world){.self = snapshot_of(STR("used_memory:900\nmaxmemory:1000\nzero:0\nrole:master\n"
                                                "db0:keys=12,expires=3\ncmdstat_config|get:calls=5\n"
                                                "errorstat_ERR:count=2\nerrorstat_OOM:count=3\nodd:12x\n")),
                        .blue = snapshot_of(STR("offset:500\n")),
                        .green = snapshot_of(STR("offset:450\n"))};
    arena_init(&w->arena, 0, 1 << 20);
    w->words[0] = expr_number(1.5);
    w->words[1] = expr_text_value(STR("ok"));
    w->pair[0] = expr_number(50);
    w->view = (struct expr_view){.pair_words = w->pair, .metric = metric, .now_ms = 1};
    w->view.servers[EXPR_SELF] = (struct expr_server){&w->self->info, w->words, w};
    w->view.servers[EXPR_BLUE] = w->view.servers[EXPR_PRIMARY] = (struct expr_server){.info = &w->blue->info};
    w->view.servers[EXPR_GREEN] = (struct expr_server){.info = &w->green->info};
}

static void world_done(struct world *w)
{
    snapshot_free(w->self);
    snapshot_free(w->blue);
    snapshot_free(w->green);
    arena_done(&w->arena);
}

#define UNKNOWN NAN

static void expressions_have_values(void **state)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 4 - 3", 3},
        {"-2 * -3", 6},
        {"7 / 2", 3.5},
        {"7 / zero", UNKNOWN},
        {"90%", 0.9},
        {"10mb", 10 << 20},
        {"1m30s", 90},
        {"250ms", 0.25},
        {"used_memory / maxmemory > 90%", 0},
        {"used_memory / maxmemory >= 90%", 1},
        {"used_memory / maxmemory > 0.8 and not zero", 1},
        {"zero < 1 and zero <= 0 and 1 > zero and 1 != zero", 1},
        {"self.used_memory", 900},
        {"blue.offset - green.offset", 50},
        {"primary.offset", 500},
        {"replica.offset", UNKNOWN},
        {"absent", UNKNOWN},
        {"absent + 1", UNKNOWN},
        {"odd + 1", UNKNOWN},
        {"absent > 1", UNKNOWN},
        {"absent > 1 or 1", 1},
        {"1 or absent > 1", 1},
        {"absent > 1 and 0", 0},
        {"absent > 1 and 1", UNKNOWN},
        {"not absent", UNKNOWN},
        {"present(absent)", 0},
        {"present(zero)", 1},
        {"default(absent, 4)", 4},
        {"default(zero, 4)", 0},
        {"abs(3 - 5)", 2},
        {"least(3, 5) + greatest(3, 5)", 8},
        {"role == \"master\"", 1},
        {"role != \"master\"", 0},
        {"role == \"slave\"", 0},
        {"role == 1", 0},
        {"absent == \"\"", UNKNOWN},
        {"zero == 0.0", 1},
        {"db0:keys", 12},
        {"db0:\"expires\"", 3},
        {"db0:nothing", UNKNOWN},
        {"`cmdstat_config|get`:calls", 5},
        {"sum(\"errorstat_*\", \"count\")", 5},
        {"max(\"errorstat_*\", \"count\")", 3},
        {"max(\"errorstat_*M\", \"count\")", 3},
        {"sum(\"*memory\", \"\")", 1900},
        {"sum(\"nosuch_*\", \"count\")", UNKNOWN},
        {"age_seconds", 1.5},
        {"outcome == \"ok\"", 1},
        {"blue.age_seconds", UNKNOWN},
        {"pair.lag_bytes", 50},
        {"redis_db_keys{db=\"db0\"}", 42},
        {"redis_db_keys{db=\"db1\"}", UNKNOWN},
        {"redis_db_keys{*}", 42},
        {"redis_db_keys", UNKNOWN},
        {"green.redis_db_keys{db=\"db0\"}", UNKNOWN},
        {"rate(zero)", UNKNOWN},
    };
    struct world w;
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expr_track tracks[4] = {{.count = 0}};
        double value = UNKNOWN;
        struct expr_value got = expr_eval(compiled(rows[i].text, &w.arena), &w.view, tracks);
        bool known = expr_as_number(got, &value);
        if (known != !isnan(rows[i].value) || (known && fabs(value - rows[i].value) > 1e-9))
            fail_msg("%s: %g instead of %g", rows[i].text, known ? value : UNKNOWN, rows[i].value);
    }
    world_done(&w);
}

/* ---- counters --------------------------------------------------------------------------------------- */

static double grown(const struct expr *expr, int64_t now_ms, const char *counter, struct expr_track *tracks)
{
    char text[64];
    double value;
    snprintf(text, sizeof text, "n:%s\n", counter);
    struct snapshot *snapshot = snapshot_of(str_of(text));
    struct expr_view view = {.now_ms = now_ms};
    view.servers[EXPR_SELF].info = &snapshot->info;
    bool known = expr_as_number(expr_eval(expr, &view, tracks), &value);
    snapshot_free(snapshot);
    return known ? value : UNKNOWN;
}

static void a_counter_grows_over_its_window(void **state)
{
    struct arena arena;
    struct expr_track tracks[1] = {{.count = 0}};
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    const struct expr *increase = compiled("increase(n, 8s)", &arena);
    assert_int_equal(expr_track_count(increase), 1);
    assert_true(isnan(grown(increase, 1000, "100", tracks)));
    assert_double(grown(increase, 2000, "110", tracks), 10);
    assert_double(grown(increase, 3000, "130", tracks), 30);
    /* A restart: the counter counts from 0, and what it had grown before is not forgotten. */
    assert_double(grown(increase, 4000, "5", tracks), 35);
    for (int second = 5; second <= 30; second++)
        assert_true(grown(increase, second * 1000, "5", tracks) >= 0);
    assert_double(grown(increase, 31000, "5", tracks), 0);
    arena_done(&arena);
}

/* The server was away for longer than the window. */
static void a_pause_is_no_hole_in_a_counter(void **state)
{
    struct arena arena;
    struct expr_track tracks[2] = {{.count = 0}};
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    const struct expr *rate = compiled("rate(n, 8s) + 100 * increase(n, 8s)", &arena);
    assert_true(isnan(grown(rate, 1000, "100", tracks)));
    assert_double(grown(rate, 2000, "110", tracks), 10 + 1000);
    assert_double(grown(rate, 42000, "190", tracks), 2 + 8000);
    assert_double(grown(rate, 44000, "200", tracks), 5 + 1000);
    arena_done(&arena);
}

static void add_up(void *arg, int index)
{
    int *sum = arg;
    *sum += index;
}

static void an_expression_says_which_metrics_it_reads(void **state)
{
    struct arena arena;
    int sum = 0;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    expr_metrics(compiled("used_memory + present(x) > 7", &arena), add_up, &sum);
    assert_int_equal(sum, 0);
    expr_metrics(compiled("present(redis_db_keys{*}) and blue.redis_db_keys{db=\"db0\"} > 1", &arena), add_up,
                 &sum);
    assert_int_equal(sum, 14);
    arena_done(&arena);
}

static void a_rate_is_growth_by_time(void **state)
{
    struct arena arena;
    struct expr_track tracks[2] = {{.count = 0}};
    char counter[32];
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    const struct expr *rate = compiled("rate(n, 10s) + rate(n)", &arena);
    assert_int_equal(expr_track_count(rate), 2);
    for (int i = 0; i < 400; i++) {
        snprintf(counter, sizeof counter, "%d", i * 5);
        double value = grown(rate, i * 100, counter, tracks);
        if (i > 0)
            assert_true(fabs(value - 100) < 1e-9);
    }
    arena_done(&arena);
}

static void a_change_may_be_negative(void **state)
{
    struct arena arena;
    struct expr_track tracks[1] = {{.count = 0}};
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    const struct expr *change = compiled("change(n, 10s)", &arena);
    assert_true(isnan(grown(change, 1000, "100", tracks)));
    assert_double(grown(change, 3000, "70", tracks), -30);
    assert_double(grown(change, 5000, "120", tracks), 20);
    arena_done(&arena);
}

/* ---- mistakes --------------------------------------------------------------------------------------- */

static void mistakes_have_a_place(void **state)
{
    static const struct {
        const char *text;
        unsigned column;
        const char *says;
    } rows[] = {
        {"", 1, "ends too early"},
        {"1 +", 4, "ends too early"},
        {"1 + * 2", 5, "a value is missing"},
        {"(1", 3, "bracket"},
        {"1)", 2, "should have ended"},
        {"1 2", 3, "should have ended"},
        {"a < b < c", 7, "chained"},
        {"a = b", 3, "=="},
        {"10zz", 1, "not a number"},
        {"1.2.3", 1, "not a number"},
        {"\"open", 1, "not closed"},
        {"a ~ b", 3, "no meaning"},
        {"pair.nosuch", 6, "no such name"},
        {"blue.", 6, "name is missing"},
        {"rate(n, 5d)", 9, "between 1s and 24h"},
        {"rate(n, x)", 9, "between 1s and 24h"},
        {"sum(n, \"x\")", 5, "pattern with a star"},
        {"sum(\"n*\")", 9, "comma"},
        {"default(1)", 10, "second argument"},
        {"abs(1", 6, "bracket"},
        {"redis_db_keys{db=\"db0\"", 23, "closed with }"},
        {"and 1", 1, "a value is missing"},
        {"nosuch{a=\"b\"}", 7, "no metric"},
        {"db0:", 5, "a part of the field"},
    };
    struct arena arena;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.kind = ERR_NONE};
        unsigned column;
        if (expr_compile(str_of(rows[i].text), &names, &arena, &err, &column))
            fail_msg("%s was taken", rows[i].text);
        if (column != rows[i].column || !strstr(err.text, rows[i].says))
            fail_msg("%s: column %u: %s", rows[i].text, column, err.text);
    }
    arena_done(&arena);
}

static void names_need_what_they_are_about(void **state)
{
    static const struct expr_names alone = {server_words, pair_words, family, true, false};
    static const struct expr_names pair = {server_words, pair_words, family, false, true};
    struct arena arena;
    struct err err;
    unsigned column;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    assert_null(expr_compile(STR("blue.x"), &alone, &arena, &err, &column));
    assert_null(expr_compile(STR("pair.lag_bytes"), &alone, &arena, &err, &column));
    assert_null(expr_compile(STR("used_memory"), &pair, &arena, &err, &column));
    assert_null(expr_compile(STR("sum(\"a*\", \"\")"), &pair, &arena, &err, &column));
    assert_non_null(expr_compile(STR("sum(blue.\"a*\", \"\")"), &pair, &arena, &err, &column));
    arena_done(&arena);
}

static void size_and_depth_are_bounded(void **state)
{
    char text[EXPR_TEXT_MAX + 8];
    struct arena arena;
    struct err err;
    unsigned column;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    memset(text, '(', sizeof text);
    assert_null(expr_compile((struct str){text, 1000}, &names, &arena, &err, &column));
    memset(text, '-', sizeof text);
    assert_null(expr_compile((struct str){text, 1000}, &names, &arena, &err, &column));
    memset(text, ' ', sizeof text);
    assert_null(expr_compile((struct str){text, EXPR_TEXT_MAX + 1}, &names, &arena, &err, &column));
    for (size_t i = 0; i + 2 < 1400; i += 2)
        memcpy(text + i, "1+", 2);
    memcpy(text + 1398, "1 ", 2);
    assert_null(expr_compile((struct str){text, 1400}, &names, &arena, &err, &column));
    assert_non_null(strstr(err.text, "too long"));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_have_values),
        cmocka_unit_test(a_counter_grows_over_its_window),
        cmocka_unit_test(a_rate_is_growth_by_time),
        cmocka_unit_test(a_change_may_be_negative),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(names_need_what_they_are_about),
        cmocka_unit_test(size_and_depth_are_bounded),
        cmocka_unit_test(a_pause_is_no_hole_in_a_counter),
        cmocka_unit_test(an_expression_says_which_metrics_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
