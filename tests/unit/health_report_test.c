/* health_report: verdicts as application/health+json and as text. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { REPORT_MAX = 1 << 20 };

static const struct facts replica_facts = {.role = ROLE_REPLICA, .version_text = STR_INIT("7.0.15")};

static struct health_entry entry(const char *target, enum check_status link, const char *reason)
{
    struct health_entry e = {
        .target = target, .facts = &replica_facts, .age_seconds = 0.26, .wall_seconds = 1700000000.9};
    for (int i = 0; i < CHECK_COUNT; i++)
        e.verdict.results[i] = (struct check_result){.status = CHECK_PASS, .reason = "ok", .text = "well"};
    e.verdict.results[CHECK_ID_FRESH].has_value = true;
    e.verdict.results[CHECK_ID_FRESH].value = 0.26;
    e.verdict.results[CHECK_ID_FRESH].limit = 10;
    e.verdict.results[CHECK_ID_REPLICA_LINK].status = link;
    e.verdict.results[CHECK_ID_REPLICA_LINK].reason = reason;
    e.verdict.status = link;
    return e;
}

static json_t *report(const struct health_entry *entries, size_t count)
{
    struct buf out;
    json_error_t error;
    buf_init(&out, REPORT_MAX);
    health_report_json(entries, count, "1.2.3", &out);
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

static void a_report_has_status_targets_and_checks(void **state)
{
    struct health_entry entries[] = {entry("blue", CHECK_PASS, "ok"),
                                     entry("green", CHECK_FAIL, "link_down")};
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
    assert_string_equal(text_at(json, "checks", "blue:reachable", "output"), "well");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "componentId"), "blue");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "time"), "2023-11-14T22:13:20Z");
    json_t *fresh = json_array_get(json_object_get(json_object_get(json, "checks"), "blue:fresh"), 0);
    assert_double(json_number_value(json_object_get(fresh, "observedValue")), 0.3);
    assert_double(json_number_value(json_object_get(fresh, "limit")), 10);
    assert_string_equal(json_string_value(json_object_get(fresh, "observedUnit")), "s");
    assert_null(json_object_get(
        json_array_get(json_object_get(json_object_get(json, "checks"), "blue:loading"), 0), "limit"));
    assert_int_equal(json_object_size(json_object_get(json, "checks")), 2 * CHECK_COUNT);
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
        struct health_entry entries[] = {entry("a", rows[i].a, "x"), entry("b", rows[i].b, "y")};
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
    health_report_text(NULL, 0, &out);
    assert_text(buf_view(&out), "not healthy\n");
    buf_done(&out);
}

static void a_target_that_was_never_polled_has_no_facts(void **state)
{
    struct health_entry e = {.target = "blue"};
    (void)state;
    verdict_judge(&(struct health_input){.outcome = ERR_PENDING, .outcome_text = ""}, &e.verdict);
    json_t *json = report(&e, 1);
    json_t *blue = json_object_get(json_object_get(json, "targets"), "blue");
    assert_int_equal(json_object_size(blue), 1);
    assert_string_equal(text_at(json, "checks", "blue:reachable", "status"), "fail");
    assert_string_equal(text_at(json, "checks", "blue:reachable", "reason"), "pending");
    assert_null(text_at(json, "checks", "blue:reachable", "time"));
    json_decref(json);
}

static void bytes_that_are_not_utf8_do_not_break_the_document(void **state)
{
    struct facts facts = {.role = ROLE_PRIMARY, .version_text = STR_INIT("7.\xff")};
    struct health_entry e = entry("blue", CHECK_FAIL, "link_down");
    (void)state;
    e.facts = &facts;
    strcpy(e.verdict.results[CHECK_ID_REPLICA_LINK].text, "to \xc3 and \"quotes\"");
    strcpy(e.verdict.results[CHECK_ID_REACHABLE].text, "to \"quotes\"\n");
    json_t *json = report(&e, 1);
    assert_non_null(text_at(json, "targets", "blue", "version"));
    assert_non_null(text_at(json, "checks", "blue:replica_link", "output"));
    assert_string_equal(text_at(json, "checks", "blue:reachable", "output"), "to \"quotes\"\n");
    json_decref(json);
}

static void values_that_are_no_numbers_are_left_out(void **state)
{
    struct health_entry e = entry("blue", CHECK_PASS, "ok");
    (void)state;
    e.age_seconds = NAN;
    e.verdict.results[CHECK_ID_FRESH].value = INFINITY;
    json_t *json = report(&e, 1);
    assert_null(json_object_get(json_object_get(json_object_get(json, "targets"), "blue"), "ageSeconds"));
    json_decref(json);
}

static void the_text_has_a_line_for_each_check_and_a_last_word(void **state)
{
    struct health_entry entries[] = {entry("blue", CHECK_PASS, "not_a_replica"),
                                     entry("green", CHECK_FAIL, "link_down")};
    struct buf out;
    (void)state;
    strcpy(entries[1].verdict.results[CHECK_ID_REPLICA_LINK].text, "the link is down");
    buf_init(&out, REPORT_MAX);
    health_report_text(entries, 2, &out);
    assert_text(buf_view(&out), "[+]blue reachable ok\n[+]blue fresh ok\n[+]blue loading ok\n"
                                "[+]blue replica_link not_a_replica\n"
                                "[+]green reachable ok\n[+]green fresh ok\n[+]green loading ok\n"
                                "[-]green replica_link failed: link_down: the link is down\n"
                                "not healthy\n");
    buf_clear(&out);
    health_report_text(entries, 1, &out);
    assert_true(str_ends(buf_view(&out), STR("\nhealthy\n")));
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
    struct health_entry e = entry("blue", CHECK_FAIL, "link_down");
    buf_init(&out, REPORT_MAX);
    health_report_json(&e, 1, "1.2.3", &out);
    if (!memory_refused())
        assert_slice(buf_view(&out), whole);
    else if (buf_ok(&out) && buf_view(&out).len && !str_eq(buf_view(&out), whole))
        fail_msg("this passes for a report: " STR_FMT, STR_ARG(buf_view(&out)));
    buf_done(&out);
}

static void without_memory_no_report_passes_for_a_whole_one(void **state)
{
    struct buf out;
    struct health_entry e = entry("blue", CHECK_FAIL, "link_down");
    (void)state;
    json_set_alloc_funcs(json_malloc_, json_free_);
    buf_init(&out, REPORT_MAX);
    health_report_json(&e, 1, "1.2.3", &out);
    struct str whole = buf_view(&out);
    assert_in_range(memory_refuse_each(attempt_report, &whole), 50, 2000);
    buf_done(&out);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_has_status_targets_and_checks),
        TEST(the_worst_target_is_the_status_of_all),
        TEST(nothing_at_all_is_not_healthy),
        TEST(a_target_that_was_never_polled_has_no_facts),
        TEST(bytes_that_are_not_utf8_do_not_break_the_document),
        TEST(values_that_are_no_numbers_are_left_out),
        TEST(the_text_has_a_line_for_each_check_and_a_last_word),
        TEST(without_memory_no_report_passes_for_a_whole_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
