/* filter: what is not shown, by name and by label. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include <bluegreen/collector.h>
#include <bluegreen/filter.h>

static const char *const none[] = {NULL};

static unsigned family_named(const char *name)
{
    for (unsigned f = 0; f < family_count(); f++)
        if (strcmp(family_at(f)->name, name) == 0)
            return f;
    fail_msg("no family is named %s", name);
    return 0;
}

static void patterns_are_names_and_labels_with_stars(void **state)
{
    struct filter_pattern p;
    (void)state;
    assert_true(filter_pattern_parse(STR("redis_db*"), &p));
    assert_text(p.family, "redis_db*");
    assert_int_equal(p.label.len, 0);
    assert_true(filter_pattern_parse(STR("*{cmd=\"config|*\"}"), &p));
    assert_text(p.family, "*");
    assert_text(p.label, "cmd");
    assert_text(p.value, "config|*");
    assert_true(filter_pattern_parse(STR("a{b=\"\"}"), &p));
    assert_text(p.value, "");
    assert_true(filter_pattern_parse(STR("a{b=\"c\"}\"}"), &p)); /* anything may be in a value */
    assert_text(p.value, "c\"}");
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const texts[] = {"",          "a b",        "a{",          "a{}",         "a{b}",
                                        "a{b=}",     "a{b=c}",     "a{b=\"}",     "a{b=\"c\"",   "{b=\"c\"}",
                                        "a{=\"c\"}", "a{*=\"c\"}", "a{b=~\"c\"}", "a{b=\"c\"} ", "a\"",
                                        "a-b"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct filter_pattern p;
        if (filter_pattern_parse(str_of(texts[i]), &p))
            fail_msg("%s is a pattern", texts[i]);
    }
    struct filter_pattern p;
    assert_false(filter_pattern_parse((struct str){"a\0b", 3}, &p));
}

static void names_are_those_that_are_shown(void **state)
{
    struct filter_pattern p;
    (void)state;
    assert_true(filter_pattern_parse(STR("valkey_up"), &p));
    assert_true(filter_pattern_known(&p, STR("valkey")));
    assert_false(filter_pattern_known(&p, STR("redis")));
    assert_true(filter_pattern_parse(STR("bluegreen_*"), &p));
    assert_true(filter_pattern_known(&p, STR("valkey")));
}

static void allow_and_deny_hide_families(void **state)
{
    static const char *const up[] = {"redis_up", "redis_db_*", NULL}, *const keys[] = {"*_keys", NULL};
    struct arena arena;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    struct filter *filter = filter_new(&arena, &(struct filter_lists){up, keys, none}, STR("redis"));
    assert_non_null(filter);
    assert_false(filter_hides(filter, family_named("redis_up")));
    assert_true(filter_hides(filter, family_named("redis_db_keys"))); /* deny has the last word */
    assert_false(filter_hides(filter, family_named("redis_db_keys_expiring")));
    assert_true(filter_hides(filter, family_named("redis_connected_clients")));
    filter = filter_new(&arena, &(struct filter_lists){none, keys, none}, STR("redis"));
    assert_true(filter_hides(filter, family_named("redis_db_keys")));
    assert_false(filter_hides(filter, family_named("redis_connected_clients")));
    assert_false(filter_hides(NULL, 0));
    assert_false(filter_looks(NULL, 0));
    arena_done(&arena);
}

static void labels_are_compared_without_their_escapes(void **state)
{
    static const char *const series[] = {"redis_db_keys{db=\"db1*\"}", "redis_db_*{note=\"a\"b\\\n*\"}",
                                         NULL};
    struct arena arena;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    struct filter *filter = filter_new(&arena, &(struct filter_lists){none, none, series}, STR("redis"));
    unsigned keys = family_named("redis_db_keys"), expiring = family_named("redis_db_keys_expiring");
    assert_non_null(filter);
    assert_true(filter_looks(filter, keys));
    assert_true(filter_looks(filter, expiring));
    assert_false(filter_looks(filter, family_named("redis_up")));
    assert_true(filter_denies(filter, keys, STR("db=\"db1\"")));
    assert_true(filter_denies(filter, keys, STR("x=\"y\",db=\"db15\"")));
    assert_false(filter_denies(filter, keys, STR("db=\"db2\"")));
    assert_false(filter_denies(filter, keys, STR("x=\"db=\\\"db1\\\"\"")));
    assert_false(filter_denies(filter, keys, STR("xdb=\"db1\"")));
    assert_false(filter_denies(filter, keys, NO_LABELS));
    assert_false(filter_denies(filter, expiring, STR("db=\"db1\"")));
    assert_true(filter_denies(filter, expiring, STR("db=\"db1\",note=\"a\\\"b\\\\\\nmore\"")));
    arena_done(&arena);
}

static void all_patterns_with_labels_are_heard(void **state)
{
    const char *series[FILTER_SERIES_MAX + 1] = {NULL};
    struct arena arena;
    (void)state;
    for (unsigned i = 0; i < FILTER_SERIES_MAX; i++)
        series[i] = "redis_up{a=\"no\"}";
    series[FILTER_SERIES_MAX - 1] = "redis_up{a=\"yes\"}";
    arena_init(&arena, 0, 1 << 20);
    struct filter *filter = filter_new(&arena, &(struct filter_lists){none, none, series}, STR("redis"));
    unsigned up = family_named("redis_up");
    assert_false(filter_hides(filter, up));
    assert_true(filter_denies(filter, up, STR("a=\"yes\"")));
    assert_false(filter_denies(filter, up, STR("a=\"maybe\"")));
    arena_done(&arena);
}

static void attempt(void *arg)
{
    struct arena arena;
    (void)arg;
    arena_init(&arena, 0, 1 << 20);
    assert_true((filter_new(&arena, &(struct filter_lists){none, none, none}, STR("redis")) == NULL) ==
                memory_refused());
    arena_done(&arena);
}

static void without_memory_there_is_no_filter(void **state)
{
    (void)state;
    memory_refuse_each(attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(patterns_are_names_and_labels_with_stars),
        TEST(what_is_no_pattern_is_refused),
        TEST(names_are_those_that_are_shown),
        TEST(allow_and_deny_hide_families),
        TEST(labels_are_compared_without_their_escapes),
        TEST(all_patterns_with_labels_are_heard),
        TEST(without_memory_there_is_no_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
