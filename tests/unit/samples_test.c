/* samples: order, ceilings, and labels whose bytes a server chose. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include "unit/support/memory.h"
#include <bluegreen/collector.h>
#include <bluegreen/samples.h>
#include <stdio.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0, 64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct str labels_of(const struct sample *sample)
{
    return (struct str){sample->labels, sample->labels_len};
}

static void sealing_sorts_by_family_and_keeps_the_order_within(void **state)
{
    enum { SAMPLES = 5000 };
    struct samples s;
    uint64_t seed = 9;
    unsigned families = family_count();
    (void)state;
    samples_init(&s, &arena, 10);
    for (int i = 0; i < SAMPLES; i++)
        samples_add(&s, (unsigned)(next_random(&seed) % families), NO_LABELS, i);
    samples_seal(&s);
    assert_int_equal(s.count, SAMPLES);
    assert_int_equal(s.dropped, 0);
    assert_int_equal(s.cap, 0);
    for (uint32_t i = 1; i < s.count; i++) {
        const struct sample *a = &s.items[i - 1], *b = &s.items[i];
        assert_true(a->family < b->family || (a->family == b->family && a->value < b->value));
    }
}

static void every_kind_of_sample_keeps_what_it_was_given(void **state)
{
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    samples_add(&s, 0, STR("a=\"1\""), 5);
    samples_add_bucket(&s, 1, NO_LABELS, 0.5, 7);
    samples_add_quantile(&s, 2, NO_LABELS, 99.9, 8);
    samples_add_suffix(&s, 3, NO_LABELS, SAMPLE_SUM, 9);
    samples_add_suffix(&s, 4, NO_LABELS, SAMPLE_COUNT, 10);
    samples_seal(&s);
    assert_int_equal(s.count, 5);
    assert_text(labels_of(&s.items[0]), "a=\"1\"");
    assert_double(s.items[0].value, 5);
    assert_int_equal(s.items[0].suffix, SAMPLE_PLAIN);
    assert_int_equal(s.items[1].suffix, SAMPLE_BUCKET);
    assert_double(s.items[1].bound, 0.5);
    assert_double(s.items[1].value, 7);
    assert_true(s.items[2].has_quantile);
    assert_double(s.items[2].bound, 99.9);
    assert_false(s.items[1].has_quantile);
    assert_int_equal(s.items[3].suffix, SAMPLE_SUM);
    assert_int_equal(s.items[4].suffix, SAMPLE_COUNT);
    assert_double(s.items[4].value, 10);
}

static void families_count_from_the_running_collector(void **state)
{
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    collector_begin(COLLECT_SLOWLOG, &s);
    samples_add(&s, 1, NO_LABELS, 1);
    collector_begin(COLLECT_KEYSPACE, &s);
    samples_add(&s, 0, NO_LABELS, 2);
    samples_seal(&s);
    assert_int_equal(s.items[0].family, family_base(COLLECT_KEYSPACE));
    assert_int_equal(s.items[1].family, family_base(COLLECT_SLOWLOG) + 1);
    assert_ptr_equal(samples_find(&s, family_base(COLLECT_SLOWLOG) + 1, NO_LABELS), &s.items[1]);
    assert_null(samples_find(&s, family_base(COLLECT_SLOWLOG), NO_LABELS));
}

static void nothing_is_a_set_too(void **state)
{
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    samples_seal(&s);
    assert_int_equal(s.count, 0);
    assert_int_equal(s.dropped, 0);
    assert_null(samples_find(&s, 0, NO_LABELS));
    samples_init(&s, &arena, 0);
    samples_done(&s);
    samples_done(&s);
}

static void above_the_ceiling_samples_are_dropped_and_counted(void **state)
{
    static const uint32_t expectations[] = {0, 100, 50000, SAMPLES_MAX, SAMPLES_MAX + 16, 3 * SAMPLES_MAX};
    (void)state;
    for (size_t e = 0; e < COUNT(expectations); e++) {
        struct samples s;
        samples_init(&s, &arena, expectations[e]);
        for (uint32_t i = 0; i < SAMPLES_MAX + 5; i++)
            samples_add(&s, 0, NO_LABELS, i);
        if (s.count != SAMPLES_MAX || s.dropped != 5)
            fail_msg("expecting %u: %u kept, %u dropped", expectations[e], s.count, s.dropped);
        samples_seal(&s);
        assert_double(s.items[SAMPLES_MAX - 1].value, SAMPLES_MAX - 1);
    }
}

static void a_good_expectation_is_the_only_allocation(void **state)
{
    struct samples s;
    (void)state;
    unsigned long before = memory_allocations();
    samples_init(&s, &arena, 1000);
    for (int i = 0; i < 1000; i++)
        samples_add(&s, 0, NO_LABELS, i);
    assert_int_equal(memory_allocations() - before, 1);
    samples_done(&s);
}

/* ---- labels ----------------------------------------------------------------------------------------- */

#define UNKNOWN "\xef\xbf\xbd"

static void label_values_are_escaped_and_made_utf8(void **state)
{
    static const struct {
        struct str value;
        const char *expected;
    } rows[] = {
        {STR_INIT("get"), "get"},
        {STR_INIT(""), ""},
        {STR_INIT("config|get"), "config|get"},
        {STR_INIT("we\"ird\\name{le=\"0.5\"}#"), "we\\\"ird\\\\name{le=\\\"0.5\\\"}#"},
        {STR_INIT("two\nlines"), "two\\nlines"},
        {STR_INIT("tab\tand\rreturn"), "tab\tand\rreturn"},
        {STR_INIT("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
        {STR_INIT("\xff\xfe"), UNKNOWN UNKNOWN},
        {STR_INIT("\x80"), UNKNOWN},
        {STR_INIT("a\xc3"), "a" UNKNOWN},
        {STR_INIT("\xc3\"x"), UNKNOWN "\\\"x"},
        {STR_INIT("\xe2\x82"), UNKNOWN UNKNOWN},
        {STR_INIT("\xf0\x9f\x98"), UNKNOWN UNKNOWN UNKNOWN},
        {STR_INIT("\xc0\x80"), UNKNOWN UNKNOWN},                         /* overlong NUL */
        {STR_INIT("\xc1\xbf"), UNKNOWN UNKNOWN},                         /* overlong DEL */
        {STR_INIT("\xe0\x9f\xbf"), UNKNOWN UNKNOWN UNKNOWN},             /* overlong */
        {STR_INIT("\xed\xa0\x80"), UNKNOWN UNKNOWN UNKNOWN},             /* surrogate */
        {STR_INIT("\xf4\x90\x80\x80"), UNKNOWN UNKNOWN UNKNOWN UNKNOWN}, /* above U+10FFFF */
        {STR_INIT("\xf8\x88\x80\x80\x80"), UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN},
        {STR_INIT("\xed\x9f\xbf"), "\xed\x9f\xbf"},         /* the last one before the surrogates */
        {STR_INIT("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
    };
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, rows[i].value)
        {
            char expected[200];
            snprintf(expected, sizeof expected, "cmd=\"%s\"", rows[i].expected);
            assert_text(samples_label(&s, "cmd", g.slice), expected);
        }
    }
    samples_done(&s);
}

static void labels_are_joined_in_the_order_given(void **state)
{
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    struct label labels[] = {{"a", STR("1")}, {"b", NO_LABELS}, {"c", STR("3")}};
    assert_text(samples_labels(&s, labels, 3), "a=\"1\",b=\"\",c=\"3\"");
    assert_text(samples_labels(&s, labels, 1), "a=\"1\"");
    assert_int_equal(samples_labels(&s, labels, 0).len, 0);
    samples_done(&s);
}

static void long_values_are_cut_between_characters(void **state)
{
    struct samples s;
    (void)state;
    samples_init(&s, &arena, 0);
    for (size_t len = LABEL_VALUE_MAX - 4; len <= LABEL_VALUE_MAX + 4; len++) {
        for (size_t width = 1; width <= 4; width++) {
            static const char *const characters[] = {"", "x", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
            char value[LABEL_VALUE_MAX + 20], expected[LABEL_VALUE_MAX + 40];
            memset(value, 'a', sizeof value);
            memcpy(value + len, characters[width], width);
            size_t shown = len + width <= LABEL_VALUE_MAX ? len + width : len;
            if (shown > LABEL_VALUE_MAX)
                shown = LABEL_VALUE_MAX;
            int n = snprintf(expected, sizeof expected, "v=\"%.*s\"", (int)shown, value);
            EACH_GUARDED(g, ((struct str){value, len + width}))
            assert_slice(samples_label(&s, "v", g.slice), ((struct str){expected, (size_t)n}));
        }
    }
    samples_done(&s);
}

static void the_most_labels_of_the_worst_bytes_fit(void **state)
{
    struct samples s;
    struct label labels[LABELS_MAX + 1];
    char value[LABEL_VALUE_MAX * 2];
    (void)state;
    memset(value, 0xff, sizeof value);
    samples_init(&s, &arena, 0);
    for (size_t i = 0; i < COUNT(labels); i++)
        labels[i] = (struct label){"a_name_as_long_as_any_in_the_registry", {value, sizeof value}};
    struct str text = samples_labels(&s, labels, COUNT(labels));
    assert_int_equal(text.len,
                     LABELS_MAX * (strlen(labels[0].name) + 3 + 3 * LABEL_VALUE_MAX) + LABELS_MAX - 1);
    samples_add(&s, 0, text, 1);
    assert_int_equal(s.dropped, 0);
    samples_done(&s);
}

/* ---- without memory --------------------------------------------------------------------------------- */

static void attempt_samples(void *arg)
{
    struct arena own;
    struct samples s;
    (void)arg;
    arena_init(&own, 64, 1 << 20);
    samples_init(&s, &own, 0);
    for (unsigned i = 0; i < 200; i++)
        samples_add(&s, i % 7, samples_label(&s, "n", STR("0123456789")), i);
    samples_seal(&s);
    assert_int_equal(s.count + s.dropped, 200);
    if (!memory_refused())
        assert_int_equal(s.dropped, 0);
    /* A sample that has lost its labels would pass for another series. */
    for (uint32_t i = 0; i < s.count; i++)
        assert_text(labels_of(&s.items[i]), "n=\"0123456789\"");
    samples_done(&s);
    arena_done(&own);
}

static void without_memory_samples_are_dropped_whole_and_counted(void **state)
{
    (void)state;
    assert_in_range(memory_refuse_each(attempt_samples, NULL), 8, 200);
}

int main(void)
{
#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_ARENA(sealing_sorts_by_family_and_keeps_the_order_within),
        IN_ARENA(every_kind_of_sample_keeps_what_it_was_given),
        IN_ARENA(families_count_from_the_running_collector),
        IN_ARENA(nothing_is_a_set_too),
        IN_ARENA(above_the_ceiling_samples_are_dropped_and_counted),
        IN_ARENA(a_good_expectation_is_the_only_allocation),
        IN_ARENA(label_values_are_escaped_and_made_utf8),
        IN_ARENA(labels_are_joined_in_the_order_given),
        IN_ARENA(long_values_are_cut_between_characters),
        IN_ARENA(the_most_labels_of_the_worst_bytes_fit),
        TEST(without_memory_samples_are_dropped_whole_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
