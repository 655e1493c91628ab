/* judge: from what is seen at every look to a verdict that does not flap. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <stdio.h>

/* One check over INFO's field n, and what became of it. */
struct world {
    struct arena arena;
    struct check check;
    struct policy policy;
    struct subject *subject;
    int64_t now_ms;
    const char *role;
    enum side side;
    const char *name;
    unsigned changes;
    enum check_status was, is; /* of the newest change */
};

static const struct expr *compile(struct world *w, const char *text)
{
    static const struct expr_names names = {.server_words = health_server_words, .has_self = true};
    struct err err = {.kind = ERR_NONE};
    unsigned column;
    const struct expr *expr = text ? expr_compile(str_of(text), &names, &w->arena, &err, &column) : NULL;
    if (text && !expr)
        fail_msg("%s: %s", text, err.text);
    return expr;
}

static void world_init(struct world *w, const char *applies, const char *when, const char *value)
{
    *w = (struct world){.now_ms = 1000, .role = "master", .name = "blue"};
    arena_init(&w->arena, 0, 1 << 20);
    w->check = (struct check){.name = "x",
                              .help = "All is well",
                              .reason = "bad",
                              .unit = "",
                              .todo = "",
                              .runbook = "",
                              .fall = 1,
                              .rise = 1,
                              .applies = compile(w, applies),
                              .when = compile(w, when),
                              .value = compile(w, value)};
    w->policy = (struct policy){.checks = &w->check, .count = 1, .tracks = 8};
    w->subject = subject_new(&w->policy);
    assert_non_null(w->subject);
}

static void world_done(struct world *w)
{
    subject_free(w->subject);
    arena_done(&w->arena);
}

static void note_change(void *arg, const struct check *check, enum check_status was,
                        const struct check_state *state)
{
    struct world *w = arg;
    assert_ptr_equal(check, &w->check);
    assert_ptr_equal(state, &w->subject->states[0]);
    w->changes++;
    w->was = was;
    w->is = state->status;
}

/* A second passes, and somebody looks; <n>: what INFO says, NULL: nothing. */
static enum check_status look(struct world *w, const char *n)
{
    char text[128];
    struct health_view view;
    snprintf(text, sizeof text, "role:%s\n%s%s\n", w->role, n ? "n:" : "", n ? n : "");
    struct snapshot *snapshot = snapshot_of(str_of(text));
    struct health_server server = {.snapshot = snapshot, .stale_after_seconds = 10};
    struct health_subject subject = {.self = &server, .now_ms = w->now_ms += 1000};
    health_view_fill(&subject, &view);
    judge_look(&w->policy, ABOUT_TARGET, str_of(w->name), w->side, &view, ERR_NONE, w->subject,
               &(struct judge_hooks){note_change, w});
    snapshot_free(snapshot);
    return w->subject->states[0].status;
}

/* A letter a look: p, w, f, u; and the number it is given. */
static void expect_looks(struct world *w, const char *const *numbers, const char *expected)
{
    static const char letters[] = {'u', 'p', 'w', 'f'};
    for (size_t i = 0; expected[i]; i++) {
        char got = letters[look(w, numbers[i])];
        if (got != expected[i])
            fail_msg("look %zu, at %s: %c instead of %c", i, numbers[i] ? numbers[i] : "nothing", got,
                     expected[i]);
    }
}

#define LOOKS(...) ((const char *const[]){__VA_ARGS__})

/* ---- limits ----------------------------------------------------------------------------------------- */

static void a_limit_that_was_passed_holds_until_its_way_back(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    w.check.warn = (struct check_limit){true, 10, 8};
    w.check.fail = (struct check_limit){true, 20, 15};
    expect_looks(&w, LOOKS("10", "11", "9", "8.1", "8", "10", "21", "16", "15.1", "15", "8.5", "8"),
                 "pwwwppfffwwp");
    world_done(&w);
}

static void a_floor_is_a_limit_upside_down(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    w.check.bad_below = true;
    w.check.warn = (struct check_limit){true, 60, 90};
    w.check.fail = (struct check_limit){true, 10, 20};
    expect_looks(&w, LOOKS("60", "59", "89", "90", "9", "19", "20", "90"), "pwwpffwp");
    world_done(&w);
}

static void the_limit_that_counts_is_told(void **state)
{
    struct world w;
    const struct check_state *x;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    x = &w.subject->states[0];
    w.check.warn = (struct check_limit){true, 10, 8};
    w.check.fail = (struct check_limit){true, 20, 15};
    look(&w, "1");
    assert_double(x->limit, 10);
    look(&w, "21");
    assert_double(x->limit, 20);
    look(&w, "21");
    assert_double(x->limit, 15);
    look(&w, "9");
    assert_double(x->limit, 8);
    look(&w, NULL);
    assert_false(x->has_value);
    world_done(&w);
}

/* ---- looks in a row --------------------------------------------------------------------------------- */

static void the_first_look_decides(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.fall = w.check.rise = 5;
    expect_looks(&w, LOOKS("1"), "f");
    assert_int_equal(w.changes, 1);
    assert_int_equal(w.was, CHECK_UNKNOWN);
    world_done(&w);
}

static void it_falls_and_rises_after_as_many_looks_in_a_row(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.fall = 3;
    w.check.rise = 2;
    expect_looks(&w, LOOKS("0", "1", "1", "0", "1", "1", "1", "0", "1", "0", "0"), "ppppppffffp");
    world_done(&w);
}

static void it_stays_bad_at_least_as_long_as_it_is_held(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.hold_ms = 3000;
    /* Bad at the second look; good ones one and two seconds later are too early. */
    expect_looks(&w, LOOKS("0", "1", "0", "0", "0", "1"), "pfffpf");
    world_done(&w);
}

static void a_number_that_bounces_around_its_limit_does_not_flap(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    w.check.fail = (struct check_limit){true, 16, 8};
    w.check.fall = 3;
    w.check.rise = 2;
    w.check.hold_ms = 5000;
    for (int i = 0; i < 50; i++)
        assert_int_equal(look(&w, i % 2 ? "17" : "7"), CHECK_PASS);
    for (int i = 0; i < 3; i++)
        look(&w, "17");
    for (int i = 0; i < 50; i++)
        assert_int_equal(look(&w, i % 2 ? "17" : "9"), CHECK_FAIL);
    assert_int_equal(w.changes, 2);
    world_done(&w);
}

static void only_settled_changes_are_told(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.fall = 2;
    expect_looks(&w, LOOKS("0", "0", "1", "0"), "pppp");
    assert_int_equal(w.changes, 1); /* the first look */
    expect_looks(&w, LOOKS("1", "1"), "pf");
    assert_int_equal(w.changes, 2);
    assert_int_equal(w.was, CHECK_PASS);
    assert_int_equal(w.is, CHECK_FAIL);
    assert_int_equal(w.subject->states[0].since_ms, w.now_ms);
    expect_looks(&w, LOOKS("1", "1"), "ff");
    assert_int_equal(w.changes, 2);
    world_done(&w);
}

/* ---- unknown ---------------------------------------------------------------------------------------- */

static void unknown_weighs_as_much_as_the_check_may(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    assert_int_equal(look(&w, NULL), CHECK_UNKNOWN);
    assert_int_equal(w.subject->status, CHECK_UNKNOWN);
    assert_string_equal(judge_reason(&w.check, &w.subject->states[0]), "unknown");
    w.check.severity = SEVERITY_WARN;
    look(&w, NULL);
    assert_int_equal(w.subject->status, CHECK_WARN);
    look(&w, "0");
    assert_int_equal(w.subject->status, CHECK_PASS);
    world_done(&w);

    world_init(&w, NULL, NULL, "n");
    w.check.warn = (struct check_limit){true, 1, 1};
    look(&w, NULL);
    assert_int_equal(w.subject->status, CHECK_WARN);
    w.check.fail = (struct check_limit){true, 2, 2};
    look(&w, NULL);
    assert_int_equal(w.subject->status, CHECK_UNKNOWN);
    world_done(&w);
}

static void unknown_stands_between_warning_and_failure(void **state)
{
    static const enum check_status order[] = {CHECK_PASS, CHECK_WARN, CHECK_UNKNOWN, CHECK_FAIL};
    (void)state;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            assert_int_equal(check_worse(order[a], order[b]), order[a > b ? a : b]);
}

static void a_check_without_a_reason_says_what_became_of_the_poll(void **state)
{
    struct world w;
    struct check_state x = {.looked = true, .status = CHECK_FAIL, .outcome = ERR_TIMEOUT};
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    assert_string_equal(judge_reason(&w.check, &x), "bad");
    w.check.reason = NULL;
    assert_string_equal(judge_reason(&w.check, &x), "reply_timeout");
    x.status = CHECK_PASS;
    assert_string_equal(judge_reason(&w.check, &x), "ok");
    world_done(&w);
}

static void a_counter_has_not_grown_at_its_first_look(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "rate(n, 1m) > 0", NULL);
    expect_looks(&w, LOOKS("5", "5", "6", NULL), "ppfu");
    world_done(&w);
    world_init(&w, NULL, "rate(n, 1m) > 0", NULL);
    expect_looks(&w, LOOKS(NULL, "5", "6"), "upf"); /* absent is not a counter that was seen */
    world_done(&w);
    world_init(&w, "present(n)", "increase(n, 1m) > 0", NULL);
    expect_looks(&w, LOOKS(NULL, "5", "5", "6"), "pppf"); /* the server came up while we were watching */
    world_done(&w);
}

/* ---- where it looks --------------------------------------------------------------------------------- */

static void it_applies_where_its_if_is_true(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "n < 5", "n > 0", NULL);
    expect_looks(&w, LOOKS("1", "5", "1", "0", NULL), "fpfpu");
    world_done(&w);
}

static void a_role_it_does_not_look_at_passes(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    w.check.fail = (struct check_limit){true, 0, 0};
    w.check.roles = 1u << ROLE_REPLICA;
    assert_int_equal(look(&w, "1"), CHECK_PASS);
    assert_false(w.subject->states[0].has_value);
    w.role = "slave";
    assert_int_equal(look(&w, "1"), CHECK_FAIL);
    w.role = "unheard-of"; /* a role that is not known is not known to be another */
    assert_int_equal(look(&w, "1"), CHECK_FAIL);
    world_done(&w);
}

static void a_side_or_name_it_does_not_look_at_is_left_alone(void **state)
{
    static const char *const globs[] = {"cache-*", "blue", NULL};
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.sides = ON_GREEN;
    w.side = SIDE_BLUE;
    look(&w, "1");
    assert_false(w.subject->states[0].looked);
    assert_int_equal(w.subject->status, CHECK_PASS);
    w.side = SIDE_NONE;
    look(&w, "1");
    assert_false(w.subject->states[0].looked);
    w.check.sides = ON_GREEN | ON_ALONE;
    w.check.targets = globs;
    w.name = "cachet";
    look(&w, "1");
    assert_false(w.subject->states[0].looked);
    w.name = "cache-7";
    assert_int_equal(look(&w, "1"), CHECK_FAIL);
    w.name = "blue";
    assert_int_equal(look(&w, "0"), CHECK_PASS);
    w.check.about = ABOUT_PAIR;
    assert_int_equal(look(&w, "1"), CHECK_PASS); /* it is a target that is looked at */
    world_done(&w);
}

static void the_worst_check_is_the_status_of_the_subject(void **state)
{
    struct world w;
    struct check checks[3];
    (void)state;
    world_init(&w, NULL, "n > 2", NULL);
    checks[0] = checks[1] = checks[2] = w.check;
    checks[1].severity = SEVERITY_WARN;
    checks[1].when = compile(&w, "n > 1");
    checks[2].when = compile(&w, "n > 3");
    subject_free(w.subject);
    w.policy = (struct policy){.checks = checks, .count = 3};
    w.subject = subject_new(&w.policy);
    static const enum check_status expected[] = {CHECK_PASS, CHECK_WARN, CHECK_FAIL};
    for (int n = 1; n <= 3; n++) {
        char text[64];
        struct health_view view;
        snprintf(text, sizeof text, "role:master\nn:%d\n", n);
        struct snapshot *snapshot = snapshot_of(str_of(text));
        struct health_server server = {.snapshot = snapshot, .stale_after_seconds = 10};
        health_view_fill(&(struct health_subject){.self = &server, .now_ms = n * 1000}, &view);
        judge_look(&w.policy, ABOUT_TARGET, STR("x"), SIDE_NONE, &view, ERR_NONE, w.subject, NULL);
        assert_int_equal(w.subject->status, expected[n - 1]);
        snapshot_free(snapshot);
    }
    world_done(&w);
}

/* ---- what it stops, and what it says ---------------------------------------------------------------- */

static void it_stops_what_it_says_when_it_fails_or_is_unknown(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, NULL, "n > 0", NULL);
    w.check.stops = STOPS_READ;
    struct check_state x = {.looked = false, .status = CHECK_FAIL};
    assert_false(judge_stops(&w.check, &x, STOPS_READ));
    x.looked = true;
    assert_true(judge_stops(&w.check, &x, STOPS_READ));
    assert_false(judge_stops(&w.check, &x, STOPS_PRIMARY));
    x.status = CHECK_UNKNOWN;
    assert_true(judge_stops(&w.check, &x, STOPS_READ));
    x.status = CHECK_WARN;
    assert_false(judge_stops(&w.check, &x, STOPS_READ));
    world_done(&w);
}

static void its_text_has_value_and_limit(void **state)
{
    static const struct {
        const char *unit;
        double value, limit;
        bool below;
        const char *text;
    } rows[] = {
        {"bytes", 3 << 20, 1 << 20, false, "All is well: 3 MB, at most 1 MB"},
        {"bytes", 512, 1024, false, "All is well: 512 bytes, at most 1 kB"},
        {"seconds", 2.5, 2, false, "All is well: 2.5 s, at most 2 s"},
        {"ratio", 0.875, 0.85, false, "All is well: 87.5 %, at most 85 %"},
        {"", 7, 8, true, "All is well: 7, at least 8"},
        {"per second", 0.5, 0, false, "All is well: 0.5 per second, at most 0 per second"},
    };
    struct world w;
    struct buf out;
    (void)state;
    world_init(&w, NULL, NULL, "n");
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_state x = {.looked = true,
                                .status = CHECK_FAIL,
                                .has_value = true,
                                .value = rows[i].value,
                                .limit = rows[i].limit};
        w.check.unit = rows[i].unit;
        w.check.bad_below = rows[i].below;
        buf_clear(&out);
        judge_text(&w.check, &x, &out);
        assert_text(buf_view(&out), rows[i].text);
    }
    buf_clear(&out);
    judge_text(&w.check, &(struct check_state){.looked = false}, &out);
    assert_text(buf_view(&out), "All is well (not looked at yet)");
    buf_clear(&out);
    judge_text(&w.check, &(struct check_state){.looked = true}, &out);
    assert_text(buf_view(&out), "All is well (the server does not say)");
    buf_done(&out);
    world_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_limit_that_was_passed_holds_until_its_way_back),
        TEST(a_floor_is_a_limit_upside_down),
        TEST(the_limit_that_counts_is_told),
        TEST(the_first_look_decides),
        TEST(it_falls_and_rises_after_as_many_looks_in_a_row),
        TEST(it_stays_bad_at_least_as_long_as_it_is_held),
        TEST(a_number_that_bounces_around_its_limit_does_not_flap),
        TEST(only_settled_changes_are_told),
        TEST(unknown_weighs_as_much_as_the_check_may),
        TEST(unknown_stands_between_warning_and_failure),
        TEST(a_check_without_a_reason_says_what_became_of_the_poll),
        TEST(a_counter_has_not_grown_at_its_first_look),
        TEST(it_applies_where_its_if_is_true),
        TEST(a_role_it_does_not_look_at_passes),
        TEST(a_side_or_name_it_does_not_look_at_is_left_alone),
        TEST(the_worst_check_is_the_status_of_the_subject),
        TEST(it_stops_what_it_says_when_it_fails_or_is_unknown),
        TEST(its_text_has_value_and_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
