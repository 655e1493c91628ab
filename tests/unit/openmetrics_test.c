/* openmetrics: the same series as in text 0.0.4, with what OpenMetrics 1.0 says otherwise about families. */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/pipeline.h"
#include <stdio.h>

enum { TEXT_MAX = 16 << 20 };

static void expose(const struct pipeline *p, enum expo_format format, struct buf *out)
{
    const char *name = "blue";
    buf_init(out, TEXT_MAX);
    pipeline_expose(p, &name, 1, true, format, out);
    assert_true(buf_ok(out));
}

static bool next_sample(struct str *text, struct str *ret)
{
    while (str_next(text, '\n', ret))
        if (ret->len && ret->ptr[0] != '#')
            return true;
    return false;
}

static bool has_line(struct str text, const char *expected)
{
    struct str line;
    while (str_next(&text, '\n', &line))
        if (str_eq(line, str_of(expected)))
            return true;
    return false;
}

static void a_series_is_the_same_in_both_formats(void **state)
{
    (void)state;
    for (size_t s = 0; s < FIXTURE_SERVERS; s++) {
        for (size_t r = 0; r < FIXTURE_STATES; r++) {
            struct pipeline p;
            struct buf text, om;
            struct str a, b, line, other;
            pipeline_init(&p, fixture_servers[s], fixture_states[r]);
            expose(&p, EXPO_TEXT, &text);
            expose(&p, EXPO_OPENMETRICS, &om);
            a = buf_view(&text);
            b = buf_view(&om);
            while (next_sample(&a, &line)) {
                assert_true(next_sample(&b, &other));
                assert_slice(other, line);
            }
            assert_false(next_sample(&b, &other));
            buf_done(&text);
            buf_done(&om);
            pipeline_done(&p);
        }
    }
}

static void it_ends_with_eof_and_nothing_else_does(void **state)
{
    struct pipeline p;
    struct buf text, om;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    expose(&p, EXPO_TEXT, &text);
    expose(&p, EXPO_OPENMETRICS, &om);
    assert_true(str_ends(buf_view(&om), STR("\n# EOF\n")));
    assert_false(has_line(buf_view(&text), "# EOF"));
    buf_clear(&om);
    expo_write(&om, &(struct expo_options){STR("redis"), EXPO_OPENMETRICS}, NULL, 0, NULL);
    assert_text(buf_view(&om), "# EOF\n");
    buf_done(&text);
    buf_done(&om);
    pipeline_done(&p);
}

static void families_are_announced_as_openmetrics_wants_it(void **state)
{
    static const char *const lines[] = {
        "# TYPE redis_up gauge",
        "# TYPE redis_commands_processed counter",
        "# TYPE redis_cpu_sys_seconds counter",
        "# UNIT redis_cpu_sys_seconds seconds",
        "# UNIT redis_memory_used_bytes bytes",
        "# TYPE redis_total_error_replies unknown", /* inherited: a counter by another name */
        "# TYPE redis_commands_latencies_usec histogram",
        "# TYPE redis_latency_percentiles_usec summary",
    };
    struct pipeline p;
    struct buf om;
    (void)state;
    pipeline_init(&p, "redis-8.0", "primary");
    expose(&p, EXPO_OPENMETRICS, &om);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (!has_line(buf_view(&om), lines[i]))
            fail_msg("there is no line \"%s\"", lines[i]);
    assert_true(metric_exists(buf_view(&om), "redis_commands_processed_total{target=\"blue\"}"));
    assert_false(has_line(buf_view(&om), "# UNIT redis_commands_latencies_usec usec"));
    buf_done(&om);
    pipeline_done(&p);
}

/* OpenMetrics forbids one family's name to be what another's sample may be called. */
static void no_counter_lends_its_name_to_another_family(void **state)
{
    (void)state;
    for (unsigned i = 0; i < family_count(); i++) {
        struct str name = str_of(family_at(i)->name);
        if (family_at(i)->type != METRIC_COUNTER || !str_ends(name, STR("_total")))
            continue;
        for (unsigned other = 0; other < family_count(); other++)
            if (str_eq(str_of(family_at(other)->name), str_sub(name, 0, name.len - strlen("_total"))))
                fail_msg("%s clashes with %s", family_at(other)->name, family_at(i)->name);
    }
}

static void no_help_has_what_would_need_escaping_in_both_formats(void **state)
{
    (void)state;
    for (unsigned i = 0; i < family_count(); i++)
        if (strpbrk(family_at(i)->help, "\\\n"))
            fail_msg("the help of %s has a line feed or a backslash", family_at(i)->name);
}

static void hidden_collectors_show_nothing_and_move_nobody(void **state)
{
    struct pipeline p;
    struct buf all, some;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    expose(&p, EXPO_TEXT, &all);
    for (unsigned c = 0; c < COLLECTOR_COUNT; c++) {
        struct expo_options options = {STR("redis"), .hidden = ~(UINT64_C(1) << c)};
        uint32_t cursor;
        struct str text, line;
        buf_init(&some, TEXT_MAX);
        expo_write(&some, &options, &(struct expo_source){STR("target=\"blue\""), &p.samples}, 1, &cursor);
        text = buf_view(&some);
        while (next_sample(&text, &line)) {
            char copy[1024];
            assert_true(str_copy(line, copy, sizeof copy));
            assert_true(has_line(buf_view(&all), copy));
        }
        uint32_t expected = 0, shown = 0;
        for (uint32_t i = 0; i < p.samples.count; i++)
            expected += p.samples.items[i].family >= family_base(c) &&
                        p.samples.items[i].family < family_base(c) + collectors[c]->family_count;
        for (text = buf_view(&some); next_sample(&text, &line);)
            shown++;
        assert_int_equal(shown, expected);
        buf_done(&some);
    }
    buf_done(&all);
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_series_is_the_same_in_both_formats),
        TEST(it_ends_with_eof_and_nothing_else_does),
        TEST(families_are_announced_as_openmetrics_wants_it),
        TEST(no_counter_lends_its_name_to_another_family),
        TEST(no_help_has_what_would_need_escaping_in_both_formats),
        TEST(hidden_collectors_show_nothing_and_move_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
