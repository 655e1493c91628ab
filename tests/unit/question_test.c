/* question: each condition of each question on both edges, and what the operator and the caller may say. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <bluegreen/question.h>
#include <math.h>

/* A healthy primary of blue and a healthy replica of green, until a test changes something. */
struct world {
    struct snapshot snapshot;
    struct health_server server;
    struct check checks[2];
    struct check_state states[2];
    struct policy policy;
    struct subject subject;
    struct question_input input;
};

static void world_init(struct world *w, enum role role)
{
    static const struct check check = {.help = "All is well",
                                       .reason = "bad",
                                       .unit = "",
                                       .todo = "",
                                       .runbook = "",
                                       .stops = STOPS_PRIMARY | STOPS_REPLICA | STOPS_READ};
    *w = (struct world){.checks = {check, check}};
    w->snapshot.facts = (struct facts){.role = role,
                                       .uptime_seconds = 10,
                                       .loading = 0,
                                       .link_up = role == ROLE_REPLICA ? 1 : FACT_UNKNOWN,
                                       .sync_in_progress = role == ROLE_REPLICA ? 0 : FACT_UNKNOWN};
    w->server = (struct health_server){
        .snapshot = &w->snapshot, .outcome = ERR_NONE, .age_seconds = 5, .stale_after_seconds = 5};
    w->checks[0].name = "first";
    w->checks[1].name = "second";
    w->checks[1].reason = "worse";
    w->states[0] = w->states[1] = (struct check_state){.looked = true, .status = CHECK_PASS};
    w->policy = (struct policy){.checks = w->checks, .count = 2};
    w->subject = (struct subject){.states = w->states, .status = CHECK_PASS};
    w->input = (struct question_input){.policy = &w->policy,
                                       .subject = &w->subject,
                                       .server = &w->server,
                                       .side = role == ROLE_PRIMARY ? SIDE_BLUE : SIDE_GREEN,
                                       .designated = SIDE_BLUE,
                                       .min_uptime_seconds = 10};
}

/* The reason of each question; "-" when it is not what is asked about. */
static void expect(const struct world *w, const char *primary, const char *replica, const char *read)
{
    const char *const expected[] = {primary, replica, read};
    for (int q = 0; q < QUESTION_COUNT; q++) {
        const char *reason = question_reason((enum question)q, &w->input);
        if (strcmp(expected[q], "-") == 0)
            continue;
        if (strcmp(reason, expected[q]) != 0)
            fail_msg("%s: %s instead of %s", question_word((enum question)q), reason, expected[q]);
        assert_int_equal(question_ask((enum question)q, &w->input, NULL, NULL), strcmp(reason, "ok") == 0);
    }
}

static void a_healthy_pair_answers_for_its_roles(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    expect(&w, "ok", "not_replica", "ok");
    world_init(&w, ROLE_REPLICA);
    expect(&w, "not_primary", "ok", "ok");
}

static void a_server_that_was_never_polled_is_nothing(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.server.snapshot = NULL;
    w.server.outcome = ERR_PENDING;
    expect(&w, "pending", "pending", "pending");
}

static void a_role_that_is_not_known_is_none(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_UNKNOWN);
    w.input.side = SIDE_BLUE;
    expect(&w, "not_primary", "not_replica", "no_role");
    world_init(&w, ROLE_SENTINEL);
    expect(&w, "not_primary", "not_replica", "no_role");
}

/* ---- who may take writes ---------------------------------------------------------------------------- */

static void only_the_designated_side_takes_writes_whatever_the_roles(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.input.designated = SIDE_GREEN; /* the old primary, back from a restart */
    expect(&w, "not_designated", "not_replica", "ok");
    world_init(&w, ROLE_REPLICA);
    w.input.designated = SIDE_GREEN; /* designated, and not promoted yet */
    expect(&w, "not_primary", "ok", "ok");
    world_init(&w, ROLE_PRIMARY);
    w.input.side = w.input.designated = SIDE_NONE; /* not in a pair: the role decides */
    expect(&w, "ok", "not_replica", "ok");
    world_init(&w, ROLE_PRIMARY);
    w.input.side = SIDE_BLUE;
    w.input.designated = SIDE_NONE; /* nobody is */
    expect(&w, "not_designated", "-", "-");
}

static void a_primary_that_just_started_takes_no_writes(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.snapshot.facts.uptime_seconds = 9;
    expect(&w, "just_started", "-", "ok");
    w.snapshot.facts.uptime_seconds = FACT_UNKNOWN;
    expect(&w, "just_started", "-", "ok");
    w.input.min_uptime_seconds = 0;
    w.snapshot.facts.uptime_seconds = 0;
    expect(&w, "ok", "-", "ok");
    world_init(&w, ROLE_REPLICA);
    w.snapshot.facts.uptime_seconds = 0;
    expect(&w, "-", "ok", "ok");
}

static void nobody_takes_writes_while_they_are_paused(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.input.paused = true;
    expect(&w, "paused", "-", "ok");
    world_init(&w, ROLE_REPLICA);
    w.input.paused = true;
    expect(&w, "-", "ok", "ok");
}

/* ---- what is known, and how well -------------------------------------------------------------------- */

static void stale_data_is_never_enough_for_writes(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.server.age_seconds = 5.001;
    expect(&w, "stale", "-", "stale");
    w.input.stale_reads = true;
    expect(&w, "stale", "-", "ok");
    w.server.age_seconds = NAN;
    expect(&w, "stale", "-", "ok");
    world_init(&w, ROLE_REPLICA);
    w.server.age_seconds = 6;
    w.input.stale_reads = true;
    expect(&w, "-", "stale", "ok");
}

static void a_server_that_loads_answers_nobody(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.snapshot.facts.loading = 1;
    expect(&w, "redis_loading", "redis_loading", "redis_loading");
    world_init(&w, ROLE_REPLICA);
    w.server.outcome = ERR_LOADING;
    expect(&w, "redis_loading", "redis_loading", "redis_loading");
    world_init(&w, ROLE_PRIMARY);
    w.snapshot.facts.loading = FACT_UNKNOWN;
    expect(&w, "ok", "-", "ok");
}

/* ---- replicas --------------------------------------------------------------------------------------- */

static void a_replica_needs_its_link(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_REPLICA);
    w.snapshot.facts.link_up = 0;
    expect(&w, "-", "link_down", "link_down");
    w.snapshot.facts.link_up = FACT_UNKNOWN;
    expect(&w, "-", "link_down", "link_down");
    world_init(&w, ROLE_REPLICA);
    w.snapshot.facts.sync_in_progress = 1;
    expect(&w, "-", "sync_in_progress", "sync_in_progress");
    world_init(&w, ROLE_PRIMARY);
    w.snapshot.facts.link_up = 0; /* of no meaning there */
    w.snapshot.facts.sync_in_progress = 1;
    expect(&w, "ok", "-", "ok");
}

static void a_replica_may_lag_as_much_as_was_asked_for(void **state)
{
    static const struct maybe none = {false, 0};
    static const struct {
        struct maybe bytes, seconds, max_bytes, max_seconds;
        const char *reason;
    } rows[] = {
        {{true, 100}, {false, 0}, {true, 100}, {false, 0}, "ok"},
        {{true, 101}, {false, 0}, {true, 100}, {false, 0}, "lag"},
        {{false, 0}, {false, 0}, {true, 100}, {false, 0}, "lag"}, /* not known is not close */
        {{true, 100}, {true, 2}, {true, 100}, {true, 2}, "ok"},
        {{true, 100}, {true, 2.1}, {true, 100}, {true, 2}, "lag"},
        {{true, 100}, {false, 0}, {false, 0}, {true, 2}, "lag"},
        {{true, 1e12}, {true, 1e6}, {false, 0}, {false, 0}, "ok"},
        {{false, 0}, {false, 0}, {false, 0}, {false, 0}, "ok"},
        {{true, 0}, {true, 0}, {true, 0}, {true, 0}, "ok"},
    };
    struct world w;
    (void)state;
    world_init(&w, ROLE_REPLICA);
    for (size_t i = 0; i < COUNT(rows); i++) {
        w.input.lag_bytes = rows[i].bytes;
        w.input.lag_seconds = rows[i].seconds;
        w.input.max_lag_bytes = rows[i].max_bytes;
        w.input.max_lag_seconds = rows[i].max_seconds;
        expect(&w, "-", rows[i].reason, rows[i].reason);
    }
    world_init(&w, ROLE_PRIMARY); /* it has the data that others lag behind */
    w.input.max_lag_bytes = (struct maybe){true, 0};
    w.input.lag_bytes = none;
    expect(&w, "ok", "-", "ok");
}

/* ---- operators and checks --------------------------------------------------------------------------- */

static void what_an_operator_took_out_of_service_says_how(void **state)
{
    struct world w;
    (void)state;
    for (int role = ROLE_PRIMARY; role <= ROLE_REPLICA; role++) {
        world_init(&w, (enum role)role);
        w.input.service = SERVICE_DRAIN;
        expect(&w, "drain", "drain", "drain");
        w.input.service = SERVICE_MAINT;
        expect(&w, "maint", "maint", "maint");
    }
}

static void a_check_stops_the_traffic_it_names(void **state)
{
    static const struct {
        unsigned stops;
        const char *primary, *replica, *read;
    } rows[] = {
        {STOPS_PRIMARY, "bad", "ok", "ok"},
        {STOPS_REPLICA, "ok", "bad", "ok"},
        {STOPS_READ, "ok", "ok", "bad"},
        {STOPS_CUTOVER, "ok", "ok", "ok"},
        {STOPS_PRIMARY | STOPS_READ, "bad", "ok", "bad"},
    };
    struct world w;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        world_init(&w, ROLE_PRIMARY);
        w.checks[0].stops = rows[i].stops;
        w.states[0].status = CHECK_FAIL;
        expect(&w, rows[i].primary, "-", rows[i].read);
        world_init(&w, ROLE_REPLICA);
        w.checks[0].stops = rows[i].stops;
        w.states[0].status = CHECK_FAIL;
        expect(&w, "-", rows[i].replica, rows[i].read);
    }
}

static void a_check_stops_by_its_status(void **state)
{
    static const char *const reasons[] = {
        [CHECK_UNKNOWN] = "unknown", [CHECK_PASS] = "ok", [CHECK_WARN] = "ok", [CHECK_FAIL] = "bad"};
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    for (int status = CHECK_UNKNOWN; status <= CHECK_FAIL; status++) {
        w.states[0].status = (enum check_status)status;
        expect(&w, reasons[status], "-", reasons[status]);
    }
    w.states[0].looked = false;
    expect(&w, "ok", "-", "ok");
    w.states[0].looked = true;
    w.checks[0].about = ABOUT_PAIR;
    expect(&w, "ok", "-", "ok");
}

static void a_check_can_be_left_out_a_condition_cannot(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    w.states[0].status = w.states[1].status = CHECK_FAIL;
    expect(&w, "bad", "-", "bad");
    w.input.excludes[w.input.exclude_count++] = STR("first");
    expect(&w, "worse", "-", "worse");
    w.input.excludes[w.input.exclude_count++] = STR("second");
    expect(&w, "ok", "-", "ok");
    w.input.excludes[w.input.exclude_count++] = STR("designated");
    w.input.designated = SIDE_GREEN;
    expect(&w, "not_designated", "-", "ok");
}

/* ---- the whole of it -------------------------------------------------------------------------------- */

struct seen {
    unsigned count, bad;
    char bad_names[256];
};

static void note(void *arg, const char *name, bool ok, const char *reason, struct str text)
{
    struct seen *seen = arg;
    assert_int_equal(ok, strcmp(reason, "ok") == 0);
    assert_true(text.len > 0);
    seen->count++;
    if (ok)
        return;
    seen->bad++;
    strcat(strcat(seen->bad_names, name), " ");
}

static void everything_that_says_no_is_told(void **state)
{
    struct world w;
    struct seen seen = {.count = 0};
    (void)state;
    world_init(&w, ROLE_PRIMARY);
    assert_true(question_ask(QUESTION_PRIMARY, &w.input, note, &seen));
    assert_int_equal(seen.bad, 0);
    assert_int_equal(seen.count, 8 + 2);

    seen = (struct seen){.count = 0};
    w.input.designated = SIDE_GREEN;
    w.input.paused = true;
    w.snapshot.facts.uptime_seconds = 1;
    w.states[1].status = CHECK_FAIL;
    assert_false(question_ask(QUESTION_PRIMARY, &w.input, note, &seen));
    assert_string_equal(seen.bad_names, "designated uptime pause second ");
    assert_string_equal(question_reason(QUESTION_PRIMARY, &w.input), "not_designated");

    seen = (struct seen){.count = 0};
    w.server.snapshot = NULL;
    assert_false(question_ask(QUESTION_READ, &w.input, note, &seen));
    assert_int_equal(seen.count, 1 + 2); /* nothing else can be looked at but the checks */
}

static void without_a_visitor_nothing_is_allocated(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, ROLE_REPLICA);
    w.states[0].status = CHECK_FAIL;
    unsigned long before = memory_allocations();
    for (int q = 0; q < QUESTION_COUNT; q++)
        question_ask((enum question)q, &w.input, NULL, NULL);
    assert_int_equal(memory_allocations(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_pair_answers_for_its_roles),
        TEST(a_server_that_was_never_polled_is_nothing),
        TEST(a_role_that_is_not_known_is_none),
        TEST(only_the_designated_side_takes_writes_whatever_the_roles),
        TEST(a_primary_that_just_started_takes_no_writes),
        TEST(nobody_takes_writes_while_they_are_paused),
        TEST(stale_data_is_never_enough_for_writes),
        TEST(a_server_that_loads_answers_nobody),
        TEST(a_replica_needs_its_link),
        TEST(a_replica_may_lag_as_much_as_was_asked_for),
        TEST(what_an_operator_took_out_of_service_says_how),
        TEST(a_check_stops_the_traffic_it_names),
        TEST(a_check_stops_by_its_status),
        TEST(a_check_can_be_left_out_a_condition_cannot),
        TEST(everything_that_says_no_is_told),
        TEST(without_a_visitor_nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
