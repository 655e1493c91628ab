/* expo: the text of /metrics: one header per family, all targets of a family together. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <math.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 20 };

static const struct expo_options redis_prefix = {STR_INIT("redis")};

/* One source whose samples are made by <make>. */
static void write_one(void (*make)(struct samples *samples), struct str labels,
                      const struct expo_options *options, struct buf *out)
{
    struct arena arena;
    struct samples samples;
    uint32_t cursor = 77;
    arena_init(&arena, 0, TEXT_MAX);
    samples_init(&samples, &arena, 0);
    make(&samples);
    samples_seal(&samples);
    expo_write(out, options, &(struct expo_source){labels, &samples}, 1, &cursor);
    arena_done(&arena);
}

static void make_plain(struct samples *s)
{
    collector_begin(COLLECT_SLOWLOG, s);
    samples_add(s, 0, NO_LABELS, 3);
}

static void a_sample_has_help_type_name_and_value(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, TEXT_MAX);
    write_one(make_plain, NO_LABELS, &redis_prefix, &out);
    assert_text(buf_view(&out), "# HELP redis_slowlog_length Entries in the slow log now (SLOWLOG LEN)\n"
                                "# TYPE redis_slowlog_length gauge\n"
                                "redis_slowlog_length 3\n");
    buf_done(&out);
}

static void a_prefix_replaces_redis_and_only_that(void **state)
{
    struct buf out;
    struct str text;
    (void)state;
    buf_init(&out, TEXT_MAX);
    write_one(make_plain, NO_LABELS, &(struct expo_options){STR("valkey")}, &out);
    assert_text(buf_view(&out), "# HELP valkey_slowlog_length Entries in the slow log now (SLOWLOG LEN)\n"
                                "# TYPE valkey_slowlog_length gauge\n"
                                "valkey_slowlog_length 3\n");
    buf_clear(&out);
    expo_list(&out, &(struct expo_options){STR("cache")});
    text = buf_view(&out);
    struct str line;
    bool own = false;
    while (str_next(&text, '\n', &line)) {
        assert_false(str_starts(line, STR("redis_")));
        assert_false(str_starts(line, STR("cache_bluegreen_")));
        own |= str_starts(line, STR("bluegreen_"));
    }
    assert_true(own);
    buf_done(&out);
}

static void make_labelled(struct samples *s)
{
    struct str get = samples_label(s, "cmd", STR("get"));
    collector_begin(COLLECT_LATENCY_HISTOGRAM, s);
    samples_add_bucket(s, 0, get, 1, 5);
    samples_add_bucket(s, 0, get, INFINITY, 6);
    samples_add_suffix(s, 0, get, SAMPLE_SUM, 12.5);
    samples_add_suffix(s, 0, get, SAMPLE_COUNT, 6);
    collector_begin(COLLECT_LATENCYSTATS, s);
    samples_add_quantile(s, 0, get, 99.9, 7);
    samples_add_quantile(s, 0, NO_LABELS, 50, NAN);
}

static void labels_stand_in_the_order_target_own_bound(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, TEXT_MAX);
    write_one(make_labelled, STR("target=\"blue\""), &redis_prefix, &out);
    struct str text = buf_view(&out);
    assert_double(
        metric_value(text, "redis_commands_latencies_usec_bucket{target=\"blue\",cmd=\"get\",le=\"1\"}"), 5);
    assert_double(
        metric_value(text, "redis_commands_latencies_usec_bucket{target=\"blue\",cmd=\"get\",le=\"+Inf\"}"),
        6);
    assert_double(metric_value(text, "redis_commands_latencies_usec_sum{target=\"blue\",cmd=\"get\"}"), 12.5);
    assert_double(metric_value(text, "redis_commands_latencies_usec_count{target=\"blue\",cmd=\"get\"}"), 6);
    assert_double(
        metric_value(text, "redis_latency_percentiles_usec{target=\"blue\",cmd=\"get\",quantile=\"99.9\"}"),
        7);
    assert_true(metric_exists(text, "redis_latency_percentiles_usec{target=\"blue\",quantile=\"50\"}"));
    buf_clear(&out);
    write_one(make_labelled, NO_LABELS, &redis_prefix, &out);
    text = buf_view(&out);
    assert_double(metric_value(text, "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"1\"}"), 5);
    assert_true(metric_exists(text, "redis_latency_percentiles_usec{quantile=\"50\"}"));
    buf_done(&out);
}

static void many_targets_are_merged_family_by_family(void **state)
{
    struct arena arena;
    struct buf out;
    struct samples samples[3];
    uint32_t cursors[3];
    (void)state;
    arena_init(&arena, 0, TEXT_MAX);
    buf_init(&out, TEXT_MAX);
    for (int i = 0; i < 3; i++)
        samples_init(&samples[i], &arena, 0);
    collector_begin(COLLECT_SLOWLOG, &samples[0]);
    samples_add(&samples[0], 1, NO_LABELS, 10);
    samples_add(&samples[0], 0, NO_LABELS, 1);
    collector_begin(COLLECT_SLOWLOG, &samples[2]);
    samples_add(&samples[2], 0, NO_LABELS, 3);
    samples_add(&samples[2], 2, NO_LABELS, 0.5);
    for (int i = 0; i < 3; i++)
        samples_seal(&samples[i]);
    struct expo_source sources[] = {{STR("target=\"a\""), &samples[0]},
                                    {STR("target=\"b\""), &samples[1]},
                                    {STR("target=\"c\""), &samples[2]}};
    expo_write(&out, &redis_prefix, sources, 3, cursors);
    struct str text = buf_view(&out), line;
    static const char *const expected[] = {
        "# HELP redis_slowlog_length ",
        "# TYPE redis_slowlog_length gauge",
        "redis_slowlog_length{target=\"a\"} 1",
        "redis_slowlog_length{target=\"c\"} 3",
        "# HELP redis_slowlog_last_id ",
        "# TYPE redis_slowlog_last_id gauge",
        "redis_slowlog_last_id{target=\"a\"} 10",
        "# HELP redis_last_slow_execution_duration_seconds ",
        "# TYPE redis_last_slow_execution_duration_seconds gauge",
        "redis_last_slow_execution_duration_seconds{target=\"c\"} 0.5",
        "",
    };
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(str_next(&text, '\n', &line));
        if (!str_starts(line, str_of(expected[i])))
            fail_msg("line %zu is \"" STR_FMT "\"", i + 1, STR_ARG(line));
    }
    assert_false(str_next(&text, '\n', &line));
    arena_done(&arena);
    buf_done(&out);
}

static void nothing_gives_an_empty_document(void **state)
{
    struct buf out;
    uint32_t cursor;
    (void)state;
    buf_init(&out, TEXT_MAX);
    expo_write(&out, &redis_prefix, NULL, 0, &cursor);
    assert_int_equal(buf_view(&out).len, 0);
    assert_true(buf_ok(&out));
    buf_done(&out);
}

static size_t count_tabs(struct str line)
{
    size_t tabs = 0;
    struct str head;
    while (str_cut(line, '\t', &head, &line))
        tabs++;
    return tabs;
}

static void the_list_has_a_line_of_four_columns_for_every_family(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, TEXT_MAX);
    expo_list(&out, &redis_prefix);
    struct str text = buf_view(&out), line;
    for (unsigned i = 0; i < family_count(); i++) {
        assert_true(str_next(&text, '\n', &line));
        assert_true(str_starts(line, str_of(family_at(i)->name)));
        assert_true(str_ends(line, str_of(family_at(i)->help)));
        assert_int_equal(count_tabs(line), 3);
    }
    assert_true(str_next(&text, '\n', &line));
    assert_int_equal(line.len, 0);
    assert_false(str_next(&text, '\n', &line));
    buf_done(&out);
}

static void types_have_the_words_of_the_text_format(void **state)
{
    (void)state;
    assert_string_equal(metric_type_word(METRIC_UNKNOWN), "untyped");
    assert_string_equal(metric_type_word(METRIC_GAUGE), "gauge");
    assert_string_equal(metric_type_word(METRIC_COUNTER), "counter");
    assert_string_equal(metric_type_word(METRIC_HISTOGRAM), "histogram");
    assert_string_equal(metric_type_word(METRIC_SUMMARY), "summary");
}

static void a_document_that_does_not_fit_is_no_document(void **state)
{
    struct pipeline p;
    struct buf out;
    const char *name = NULL;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    buf_init(&out, TEXT_MAX);
    pipeline_metrics(&p, &name, 1, false, &out);
    assert_true(buf_ok(&out));
    size_t whole = buf_view(&out).len;
    buf_done(&out);
    for (size_t max = 0; max < whole; max += whole / 50) {
        buf_init(&out, max);
        pipeline_metrics(&p, &name, 1, false, &out);
        assert_false(buf_ok(&out));
        assert_int_equal(buf_view(&out).len, 0);
        buf_done(&out);
    }
    pipeline_done(&p);
}

static void attempt_write(void *arg)
{
    struct pipeline *p = arg;
    struct buf out;
    uint32_t cursor;
    buf_init(&out, TEXT_MAX);
    expo_write(&out, &redis_prefix, &(struct expo_source){NO_LABELS, &p->samples}, 1, &cursor);
    assert_true(buf_ok(&out) == !memory_refused());
    assert_true((buf_view(&out).len == 0) == memory_refused());
    buf_done(&out);
}

static void without_memory_there_is_no_half_document(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    assert_in_range(memory_refuse_each(attempt_write, &p), 10, 100);
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sample_has_help_type_name_and_value),
        TEST(a_prefix_replaces_redis_and_only_that),
        TEST(labels_stand_in_the_order_target_own_bound),
        TEST(many_targets_are_merged_family_by_family),
        TEST(nothing_gives_an_empty_document),
        TEST(the_list_has_a_line_of_four_columns_for_every_family),
        TEST(types_have_the_words_of_the_text_format),
        TEST(a_document_that_does_not_fit_is_no_document),
        TEST(without_memory_there_is_no_half_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
