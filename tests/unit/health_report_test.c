/* health_report: verdicts as application/health+json and as text. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { REPORT_MAX = 1 << 20 };

static const struct facts replica_facts = {.role = ROLE_REPLICA, .version_text = STR_INIT("7.0.15")};

/* A target and what it was judged to be; its checks pass until a test says otherwise. */
struct world {
    struct health_entry entry;
    struct subject subject;
    struct check_state states[PIPELINE_CHECKS];
};

static struct health_entry entry(struct world *w, const char *name, enum check_status link)
{
    *w = (struct world){.subject = {.status = link}};
    for (int i = 0; i < PIPELINE_CHECKS; i++)
        w->states[i] = (struct check_state){.looked = true, .status = CHECK_PASS, .outcome = ERR_NONE};
    w->states[PIPELINE_FRESH].has_value = true;
    w->states[PIPELINE_FRESH].value = 0.026;
    w->states[PIPELINE_FRESH].limit = 1;
    w->states[PIPELINE_REPLICA_LINK].status = link;
    w->subject.states = w->states;
    return (struct health_entry){.name = name,
                                 .policy = pipeline_policy(),
                                 .subject = &w->subject,
                                 .facts = &replica_facts,
                                 .outcome_text = "",
                                 .age_seconds = 0.26,
                                 .wall_seconds = 1700000000.9};
}

static json_t *report(const struct health_entry *entries, size_t count)
{
    struct buf out;
    json_error_t error;
    buf_init(&out, REPORT_MAX);
    health_report_json(entries, count, true, "1.2.3", &out);
    assert_true(buf_ok(&out));
    json_t *json = json_loadb(buf_view(&out).ptr, buf_view(&out).len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("%s: " STR_FMT, error.text, STR_ARG(buf_view(&out)));
    assert_int_equal(out.ptr[out.len - 1], '\n');
    buf_done(&out);
    return json;
}

/* The string at a path of keys. */
static const char *text_at(json_t *json, const char *a, const char *b, const char *c)
{
    json_t *at = json_object_get(json, a);
    at = b ? json_object_get(at, b) : at;
    at = json_is_array(at) ? json_array_get(at, 0) : at;
    at = c ? json_object_get(at, c) : at;
    return json_string_value(at);
}

/* Of the check <key> = "target:check". */
static json_t *check_at(json_t *json, const char *key)
{
    return json_array_get(json_object_get(json_object_get(json, "checks"), key), 0);
}

static void a_report_has_status_targets_and_checks(void **state)
{
    struct world w[2];
    struct health_entry entries[] = {entry(&w[0], "blue", CHECK_PASS), entry(&w[1], "green", CHECK_FAIL)};
    (void)state;
    json_t *json = report(entries, 2);
    assert_string_equal(text_at(json, "status", NULL, NULL), "fail");
    assert_string_equal(text_at(json, "releaseId", NULL, NULL), "1.2.3");
    assert_string_equal(text_at(json, "serviceId", NULL, NULL), "redis-bluegreen-agent");
    assert_string_equal(text_at(json, "targets", "blue", "status"), "pass");
    assert_string_equal(text_at(json, "targets", "blue", "role"), "replica");
    assert_string_equal(text_at(json, "targets", "blue", "version"), "7.0.15");
    assert_string_equal(text_at(json, "targets", "green", "status"), "fail");
    assert_string_equal(text_at(json, "checks", "green:replica_link", "status"), "fail");
    assert_string_equal(text_at(json, "checks", "green:replica_link", "reason"), "link_down");
    assert_non_null(text_at(json, "checks", "green:replica_link", "runbook"));
    assert_null(text_at(json, "checks", "blue:replica_link", "runbook"));
    assert_string_equal(text_at(json, "checks", "blue:reachable", "reason"), "ok");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "output"),
                        "The server answers the agent's polls");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "componentId"), "blue");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "componentType"), "datastore");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "time"), "2023-11-14T22:13:20Z");
    json_t *fresh = check_at(json, "blue:fresh");
    assert_double(json_number_value(json_object_get(fresh, "observedValue")), 0.026);
    assert_double(json_number_value(json_object_get(fresh, "failLimit")), 1);
    assert_null(json_object_get(fresh, "warnLimit"));
    assert_string_equal(json_string_value(json_object_get(fresh, "observedUnit")), "ratio");
    assert_null(json_object_get(check_at(json, "blue:loading"), "observedValue"));
    assert_int_equal(json_object_size(json_object_get(json, "checks")), 2 * PIPELINE_CHECKS);
    json_decref(json);
}

static void without_all_only_what_does_not_pass_is_listed(void **state)
{
    struct world w[2];
    struct health_entry entries[] = {entry(&w[0], "blue", CHECK_PASS), entry(&w[1], "green", CHECK_FAIL)};
    struct buf out;
    (void)state;
    buf_init(&out, REPORT_MAX);
    health_report_json(entries, 2, false, "1.2.3", &out);
    json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
    assert_int_equal(json_object_size(json_object_get(json, "targets")), 2);
    assert_int_equal(json_object_size(json_object_get(json, "checks")), 1);
    assert_non_null(check_at(json, "green:replica_link"));
    json_decref(json);
    buf_done(&out);
}

static void a_pair_is_not_a_target(void **state)
{
    struct world w;
    struct health_entry e = entry(&w, "cache", CHECK_WARN);
    (void)state;
    e.is_pair = true;
    e.facts = NULL;
    json_t *json = report(&e, 1);
    assert_int_equal(json_object_size(json_object_get(json, "targets")), 0);
    assert_string_equal(text_at(json, "pairs", "cache", "status"), "warn");
    assert_string_equal(text_at(json, "checks", "cache:reachable", "componentType"), "system");
    json_decref(json);
}

static void the_worst_target_is_the_status_of_all(void **state)
{
    static const struct {
        enum check_status a, b;
        const char *status;
        bool ok;
    } rows[] = {
        {CHECK_PASS, CHECK_PASS, "pass", true},     {CHECK_PASS, CHECK_WARN, "warn", true},
        {CHECK_WARN, CHECK_PASS, "warn", true},     {CHECK_WARN, CHECK_FAIL, "fail", false},
        {CHECK_PASS, CHECK_UNKNOWN, "fail", false}, {CHECK_UNKNOWN, CHECK_UNKNOWN, "fail", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w[2];
        struct health_entry entries[] = {entry(&w[0], "a", rows[i].a), entry(&w[1], "b", rows[i].b)};
        json_t *json = report(entries, 2);
        assert_string_equal(text_at(json, "status", NULL, NULL), rows[i].status);
        assert_true(health_report_ok(entries, 2) == rows[i].ok);
        json_decref(json);
    }
}

static void nothing_at_all_is_not_healthy(void **state)
{
    struct buf out;
    (void)state;
    assert_false(health_report_ok(NULL, 0));
    json_t *json = report(NULL, 0);
    assert_string_equal(text_at(json, "status", NULL, NULL), "fail");
    json_decref(json);
    buf_init(&out, REPORT_MAX);
    health_report_text(NULL, 0, true, &out);
    assert_text(buf_view(&out), "not healthy\n");
    buf_done(&out);
}

static void a_target_that_was_never_polled_has_no_facts(void **state)
{
    struct health_entry e = {.name = "blue", .policy = pipeline_policy(), .outcome_text = ""};
    struct buf out;
    (void)state;
    json_t *json = report(&e, 1);
    json_t *blue = json_object_get(json_object_get(json, "targets"), "blue");
    assert_int_equal(json_object_size(blue), 1);
    assert_string_equal(text_at(json, "targets", "blue", "status"), "fail");
    assert_string_equal(text_at(json, "status", NULL, NULL), "fail");
    json_decref(json);
    assert_false(health_entry_ok(&e));
    buf_init(&out, REPORT_MAX);
    health_report_text(&e, 1, true, &out);
    assert_text(buf_view(&out), "[-]blue pending\nnot healthy\n");
    buf_done(&out);
}

/* Judged, but the first poll has not ended: the outcome is the reason. */
static void a_target_whose_first_poll_failed_says_why(void **state)
{
    struct world w;
    struct health_entry e = entry(&w, "blue", CHECK_UNKNOWN);
    (void)state;
    e.facts = NULL;
    e.wall_seconds = 0;
    e.outcome_text = "connection refused";
    w.states[PIPELINE_REACHABLE].status = CHECK_FAIL;
    w.states[PIPELINE_REACHABLE].outcome = ERR_TIMEOUT;
    json_t *json = report(&e, 1);
    assert_string_equal(text_at(json, "checks", "blue:reachable", "status"), "fail");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "reason"), "reply_timeout");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "output"),
                        "not so: The server answers the agent's polls: connection refused");
    assert_string_equal(text_at(json, "checks", "blue:replica_link", "status"), "fail");
    assert_string_equal(text_at(json, "checks", "blue:replica_link", "reason"), "unknown");
    assert_null(text_at(json, "checks", "blue:reachable", "time"));
    json_decref(json);
}

static void bytes_that_are_not_utf8_do_not_break_the_document(void **state)
{
    struct facts facts = {.role = ROLE_PRIMARY, .version_text = STR_INIT("7.\xff")};
    struct world w[2];
    struct health_entry e[] = {entry(&w[0], "blue", CHECK_FAIL), entry(&w[1], "green", CHECK_FAIL)};
    (void)state;
    e[0].facts = &facts;
    e[0].outcome_text = "to \xc3 and \"quotes\"";
    e[1].outcome_text = "to \"quotes\"\n";
    w[0].states[PIPELINE_REACHABLE].status = w[1].states[PIPELINE_REACHABLE].status = CHECK_FAIL;
    json_t *json = report(e, 2);
    assert_non_null(text_at(json, "targets", "blue", "version"));
    assert_non_null(text_at(json, "checks", "blue:reachable", "output"));
    assert_string_equal(text_at(json, "checks", "green:reachable", "output"),
                        "not so: The server answers the agent's polls: to \"quotes\"\n");
    json_decref(json);
}

static void values_that_are_no_numbers_are_left_out(void **state)
{
    struct world w;
    struct health_entry e = entry(&w, "blue", CHECK_PASS);
    (void)state;
    e.age_seconds = NAN;
    w.states[PIPELINE_FRESH].value = INFINITY;
    json_t *json = report(&e, 1);
    assert_null(json_object_get(json_object_get(json_object_get(json, "targets"), "blue"), "ageSeconds"));
    assert_null(json_object_get(check_at(json, "blue:fresh"), "observedValue"));
    json_decref(json);
}

static void the_text_has_a_line_for_each_check_and_a_last_word(void **state)
{
    struct world w[2];
    struct health_entry entries[] = {entry(&w[0], "blue", CHECK_PASS), entry(&w[1], "green", CHECK_FAIL)};
    struct buf out;
    (void)state;
    w[1].states[PIPELINE_KEY_COUNT] = (struct check_state){
        .looked = true, .status = CHECK_WARN, .has_value = true, .value = 2e6, .limit = 1e6};
    w[1].states[PIPELINE_LOADING].status = CHECK_UNKNOWN;
    buf_init(&out, REPORT_MAX);
    health_report_text(entries, 2, true, &out);
    assert_text(
        buf_view(&out),
        "[+]blue reachable ok\n[+]blue fresh ok\n[+]blue loading ok\n"
        "[+]blue replica_link ok\n[+]blue key_count ok\n"
        "[+]green reachable ok\n[+]green fresh ok\n"
        "[-]green loading failed: unknown: The server is not loading its data set (the server does "
        "not say)\n"
        "[-]green replica_link failed: link_down: not so: The replica's link to its primary is up\n"
        "[+]green key_count warns: key_count: not so: Its databases hold less than a million keys: 2000000, "
        "at most 1000000\n"
        "not healthy\n");
    buf_clear(&out);
    health_report_text(entries, 2, false, &out);
    assert_true(str_starts(buf_view(&out), STR("[-]green loading failed")));
    buf_clear(&out);
    health_report_text(entries, 1, true, &out);
    assert_true(str_ends(buf_view(&out), STR("\nhealthy\n")));
    buf_done(&out);
}

static void the_worst_check_says_why(void **state)
{
    struct world w;
    struct health_entry e = entry(&w, "blue", CHECK_FAIL);
    struct buf out;
    (void)state;
    buf_init(&out, REPORT_MAX);
    w.states[PIPELINE_LOADING].status = CHECK_UNKNOWN;
    w.states[PIPELINE_KEY_COUNT].status = CHECK_WARN;
    health_report_why(&e, &out);
    assert_text(buf_view(&out), "not so: The replica's link to its primary is up");
    w.states[PIPELINE_REACHABLE].status = CHECK_FAIL; /* of two that are as bad, the first */
    e.outcome_text = "no route";
    buf_clear(&out);
    health_report_why(&e, &out);
    assert_text(buf_view(&out), "not so: The server answers the agent's polls: no route");
    e = entry(&w, "blue", CHECK_PASS);
    buf_clear(&out);
    health_report_why(&e, &out);
    assert_int_equal(out.len, 0);
    buf_done(&out);
}

static void *json_malloc_(size_t size)
{
    return malloc(size);
}

static void json_free_(void *block)
{
    free(block);
}

/* A load balancer reads the code, people read the body: an incomplete one must not look complete. */
static void attempt_report(void *arg)
{
    struct buf out;
    struct str whole = *(struct str *)arg;
    struct world w;
    struct health_entry e = entry(&w, "blue", CHECK_FAIL);
    buf_init(&out, REPORT_MAX);
    health_report_json(&e, 1, true, "1.2.3", &out);
    if (!memory_refused())
        assert_slice(buf_view(&out), whole);
    else if (buf_ok(&out) && buf_view(&out).len && !str_eq(buf_view(&out), whole))
        fail_msg("this passes for a report: " STR_FMT, STR_ARG(buf_view(&out)));
    buf_done(&out);
}

static void without_memory_no_report_passes_for_a_whole_one(void **state)
{
    struct buf out;
    struct world w;
    struct health_entry e = entry(&w, "blue", CHECK_FAIL);
    (void)state;
    json_set_alloc_funcs(json_malloc_, json_free_);
    buf_init(&out, REPORT_MAX);
    health_report_json(&e, 1, true, "1.2.3", &out);
    struct str whole = buf_view(&out);
    assert_in_range(memory_refuse_each(attempt_report, &whole), 50, 2000);
    buf_done(&out);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_has_status_targets_and_checks),
        TEST(without_all_only_what_does_not_pass_is_listed),
        TEST(a_pair_is_not_a_target),
        TEST(the_worst_target_is_the_status_of_all),
        TEST(nothing_at_all_is_not_healthy),
        TEST(a_target_that_was_never_polled_has_no_facts),
        TEST(a_target_whose_first_poll_failed_says_why),
        TEST(bytes_that_are_not_utf8_do_not_break_the_document),
        TEST(values_that_are_no_numbers_are_left_out),
        TEST(the_text_has_a_line_for_each_check_and_a_last_word),
        TEST(the_worst_check_says_why),
        TEST(without_memory_no_report_passes_for_a_whole_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
