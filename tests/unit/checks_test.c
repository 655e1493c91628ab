/* checks: each verdict from the facts that lead to it; what is not known is not healthy. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"

static struct check_result judged(const char *info, enum err_kind outcome, enum check_id id)
{
    struct snapshot *snapshot = info ? snapshot_of(str_of(info)) : NULL;
    struct health_input input = {.snapshot = snapshot,
                                 .outcome = outcome,
                                 .outcome_text = "what the last poll said",
                                 .age_seconds = 3,
                                 .stale_after_seconds = 10};
    struct verdict verdict;
    verdict_judge(&input, &verdict);
    snapshot_free(snapshot);
    return verdict.results[id];
}

static void each_check_follows_its_facts(void **state)
{
    static const struct {
        const char *info; /* NULL: no snapshot */
        enum err_kind outcome;
        enum check_id id;
        enum check_status status;
        const char *reason;
    } rows[] = {
        {"role:master", ERR_NONE, CHECK_ID_REACHABLE, CHECK_PASS, "ok"},
        {NULL, ERR_PENDING, CHECK_ID_REACHABLE, CHECK_UNKNOWN, "pending"},
        {NULL, ERR_CONNECT_REFUSED, CHECK_ID_REACHABLE, CHECK_FAIL, "connect_refused"},
        {"role:master", ERR_TIMEOUT, CHECK_ID_REACHABLE, CHECK_FAIL, "reply_timeout"},
        {"role:master", ERR_NONE, CHECK_ID_FRESH, CHECK_PASS, "ok"},
        {NULL, ERR_TIMEOUT, CHECK_ID_FRESH, CHECK_UNKNOWN, "pending"},
        {"loading:0", ERR_NONE, CHECK_ID_LOADING, CHECK_PASS, "ok"},
        {"loading:1", ERR_NONE, CHECK_ID_LOADING, CHECK_FAIL, "redis_loading"},
        {"loading:0\nasync_loading:1", ERR_NONE, CHECK_ID_LOADING, CHECK_FAIL, "redis_loading"},
        {"loading:0", ERR_LOADING, CHECK_ID_LOADING, CHECK_FAIL, "redis_loading"},
        {"role:master", ERR_NONE, CHECK_ID_LOADING, CHECK_UNKNOWN, "unknown"},
        {NULL, ERR_PENDING, CHECK_ID_LOADING, CHECK_UNKNOWN, "unknown"},
        {"redis_mode:sentinel", ERR_NONE, CHECK_ID_LOADING, CHECK_PASS, "no_data_set"},
        {"redis_mode:sentinel", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_PASS, "not_a_replica"},
        {"role:master", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_PASS, "not_a_replica"},
        {"role:slave\nmaster_link_status:up", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_PASS, "ok"},
        {"role:slave\nmaster_link_status:down", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_FAIL, "link_down"},
        {"role:slave\nmaster_link_status:down\nmaster_sync_in_progress:1", ERR_NONE, CHECK_ID_REPLICA_LINK,
         CHECK_FAIL, "sync_in_progress"},
        {"role:slave", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_FAIL, "link_down"},
        {"loading:0", ERR_NONE, CHECK_ID_REPLICA_LINK, CHECK_UNKNOWN, "unknown"},
        {NULL, ERR_PENDING, CHECK_ID_REPLICA_LINK, CHECK_UNKNOWN, "unknown"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_result result = judged(rows[i].info, rows[i].outcome, rows[i].id);
        if (result.status != rows[i].status || strcmp(result.reason, rows[i].reason) != 0)
            fail_msg("row %zu: %s is %s: %s", i, checks[rows[i].id].name, check_status_word(result.status),
                     result.reason);
        assert_true(strlen(result.text) > 5);
        assert_int_not_equal(result.text[strlen(result.text) - 1], '.');
    }
}

static void data_is_stale_only_beyond_the_limit(void **state)
{
    static const struct {
        double age, limit;
        enum check_status status;
    } rows[] = {{0, 10, CHECK_PASS}, {10, 10, CHECK_PASS}, {10.001, 10, CHECK_FAIL}, {1e9, 10, CHECK_FAIL}};
    struct snapshot *snapshot = snapshot_of(STR("role:master"));
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verdict verdict;
        verdict_judge(&(struct health_input){.snapshot = snapshot,
                                             .age_seconds = rows[i].age,
                                             .stale_after_seconds = rows[i].limit},
                      &verdict);
        const struct check_result *fresh = &verdict.results[CHECK_ID_FRESH];
        assert_int_equal(fresh->status, rows[i].status);
        assert_string_equal(fresh->reason, rows[i].status == CHECK_PASS ? "ok" : "stale");
        assert_true(fresh->has_value);
        assert_double(fresh->value, rows[i].age);
        assert_double(fresh->limit, rows[i].limit);
    }
    snapshot_free(snapshot);
}

static void the_worst_check_is_the_verdict(void **state)
{
    static const struct {
        const char *info;
        enum err_kind outcome;
        enum check_status status;
        bool healthy;
    } rows[] = {
        {"role:master\nloading:0", ERR_NONE, CHECK_PASS, true},
        {"role:slave\nmaster_link_status:up\nloading:0", ERR_NONE, CHECK_PASS, true},
        {"role:master\nloading:1", ERR_NONE, CHECK_FAIL, false},
        {"role:master", ERR_NONE, CHECK_UNKNOWN, false},
        {"role:slave\nmaster_link_status:down\nloading:0", ERR_NONE, CHECK_FAIL, false},
        {"role:slave\nmaster_link_status:down", ERR_NONE, CHECK_FAIL, false},
        {"role:master\nloading:0", ERR_CLOSED, CHECK_FAIL, false},
        {NULL, ERR_PENDING, CHECK_UNKNOWN, false},
        {NULL, ERR_RESOLVE, CHECK_FAIL, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *snapshot = rows[i].info ? snapshot_of(str_of(rows[i].info)) : NULL;
        struct verdict verdict;
        verdict_judge(&(struct health_input){.snapshot = snapshot,
                                             .outcome = rows[i].outcome,
                                             .outcome_text = "refused",
                                             .stale_after_seconds = 10},
                      &verdict);
        if (verdict.status != rows[i].status)
            fail_msg("row %zu is %s", i, check_status_word(verdict.status));
        assert_true(verdict_healthy(&verdict) == rows[i].healthy);
        snapshot_free(snapshot);
    }
}

static void only_pass_and_warn_are_healthy(void **state)
{
    (void)state;
    assert_false(verdict_healthy(&(struct verdict){.status = CHECK_UNKNOWN}));
    assert_true(verdict_healthy(&(struct verdict){.status = CHECK_PASS}));
    assert_true(verdict_healthy(&(struct verdict){.status = CHECK_WARN}));
    assert_false(verdict_healthy(&(struct verdict){.status = CHECK_FAIL}));
}

static void fixtures_of_all_servers_are_judged_alike(void **state)
{
    static const struct {
        const char *state;
        enum check_status status;
        const char *loading, *link;
    } rows[] = {{"primary", CHECK_PASS, "ok", "not_a_replica"},
                {"replica", CHECK_PASS, "ok", "ok"},
                {"loading", CHECK_FAIL, "redis_loading", "not_a_replica"},
                {"syncing", CHECK_FAIL, "ok", "sync_in_progress"},
                {"link-down", CHECK_FAIL, "ok", "link_down"}};
    static const char *const servers[] = {"redis-6.0", "redis-7.0", "redis-8.0", "valkey-8.1"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(servers); i++) {
        struct pipeline p;
        struct verdict verdict;
        size_t r = i % COUNT(rows);
        pipeline_init(&p, servers[i / COUNT(rows)], rows[r].state);
        pipeline_judge(&p, &verdict);
        assert_int_equal(verdict.status, rows[r].status);
        assert_string_equal(verdict.results[CHECK_ID_LOADING].reason, rows[r].loading);
        assert_string_equal(verdict.results[CHECK_ID_REPLICA_LINK].reason, rows[r].link);
        pipeline_done(&p);
    }
}

static void long_texts_from_outside_are_cut(void **state)
{
    char long_text[600], info[1200];
    struct verdict verdict;
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    strcpy(info, "role:slave\nmaster_port:1\nmaster_link_status:down\nmaster_host:");
    strcat(info, long_text);
    struct snapshot *snapshot = snapshot_of(str_of(info));
    verdict_judge(&(struct health_input){.snapshot = snapshot, .outcome = ERR_TLS, .outcome_text = long_text},
                  &verdict);
    for (int i = 0; i < CHECK_COUNT; i++)
        assert_non_null(memchr(verdict.results[i].text, '\0', sizeof verdict.results[i].text));
    assert_non_null(strstr(verdict.results[CHECK_ID_REPLICA_LINK].text, "xxx:1 is down"));
    snapshot_free(snapshot);
}

static void every_check_has_name_help_and_unit(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_COUNT; i++) {
        for (const char *c = checks[i].name; *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
        assert_true(strlen(checks[i].help) > 10);
        assert_non_null(checks[i].unit);
        assert_non_null(checks[i].evaluate);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(checks[i].name, checks[j].name);
    }
    assert_string_equal(check_status_word(CHECK_UNKNOWN), "unknown");
    assert_string_equal(check_status_word(CHECK_PASS), "pass");
    assert_string_equal(check_status_word(CHECK_WARN), "warn");
    assert_string_equal(check_status_word(CHECK_FAIL), "fail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_check_follows_its_facts),
        TEST(data_is_stale_only_beyond_the_limit),
        TEST(the_worst_check_is_the_verdict),
        TEST(only_pass_and_warn_are_healthy),
        TEST(fixtures_of_all_servers_are_judged_alike),
        TEST(long_texts_from_outside_are_cut),
        TEST(every_check_has_name_help_and_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
