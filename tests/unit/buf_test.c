/* buf: a ceiling that holds, and a failure that nobody can miss. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include <bluegreen/buf.h>
#include <math.h>
#include <stdlib.h>

static void what_is_added_is_what_is_seen(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 1000);
    assert_text(buf_view(&b), "");
    buf_add(&b, "a\0b", 3);
    buf_str(&b, STR("-slice"));
    buf_str(&b, (struct str){NULL, 0});
    buf_text(&b, "-text");
    buf_char(&b, '/');
    buf_fmt(&b, "%s=%d", "n", 7);
    assert_true(buf_ok(&b));
    assert_slice(buf_view(&b), STR("a\0b-slice-text/n=7"));
    buf_done(&b);
}

static void numbers_are_written_to_their_limits(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 1000);
    buf_u64(&b, 0);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, -1);
    buf_char(&b, ' ');
    buf_double(&b, 0.1);
    buf_char(&b, ' ');
    buf_double(&b, -INFINITY);
    assert_text(buf_view(&b), "0 18446744073709551615 -9223372036854775808 9223372036854775807 -1 0.1 -Inf");
    buf_done(&b);
}

/* Fills a buffer to <len> by one kind of add. */
enum way { BY_ADD, BY_CHAR, BY_FMT, BY_RESERVE, WAYS };

static void fill(struct buf *b, enum way way, const char *bytes, size_t len)
{
    switch (way) {
    case BY_ADD: buf_add(b, bytes, len); break;
    case BY_CHAR:
        for (size_t i = 0; i < len; i++)
            buf_char(b, bytes[i]);
        break;
    case BY_FMT: buf_fmt(b, "%.*s", (int)len, bytes); break;
    case BY_RESERVE:
        if (buf_reserve(b, len))
            buf_add(b, bytes, len);
        break;
    case WAYS: break;
    }
}

static void the_ceiling_is_exact_for_every_way_to_add(void **state)
{
    static const size_t ceilings[] = {1, 2, 255, 256, 257, 511, 512, 513, 1000, 1024, 5000};
    char bytes[6000];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 0; i < COUNT(ceilings); i++) {
        for (enum way way = BY_ADD; way < WAYS; way++) {
            struct buf b;
            buf_init(&b, ceilings[i]);
            fill(&b, way, bytes, ceilings[i]);
            if (!buf_ok(&b))
                fail_msg("way %d: %zu bytes did not fit under that ceiling", (int)way, ceilings[i]);
            assert_int_equal(buf_view(&b).len, ceilings[i]);
            fill(&b, way, bytes, 1);
            assert_false(buf_ok(&b));
            assert_int_equal(buf_view(&b).len, 0);
            buf_done(&b);
        }
    }
}

static void a_failure_is_sticky_and_leaves_no_content(void **state)
{
    struct buf b;
    size_t len = 77;
    (void)state;
    buf_init(&b, 4);
    buf_text(&b, "four");
    buf_char(&b, '!');
    assert_false(buf_ok(&b));
    buf_text(&b, "x");
    buf_u64(&b, 1);
    buf_fmt(&b, "x");
    assert_false(buf_reserve(&b, 0));
    assert_false(buf_ok(&b));
    assert_int_equal(buf_view(&b).len, 0);
    assert_null(buf_steal(&b, &len));
    assert_int_equal(len, 77);
    buf_done(&b);
}

static void a_writer_may_declare_its_part_a_failure(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    buf_text(&b, "half a docum");
    buf_fail(&b);
    assert_false(buf_ok(&b));
    assert_int_equal(buf_view(&b).len, 0);
    buf_text(&b, "more");
    assert_int_equal(buf_view(&b).len, 0);
    buf_clear(&b);
    buf_text(&b, "whole");
    assert_text(buf_view(&b), "whole");
    buf_done(&b);
}

static void sizes_beyond_any_memory_fail_without_wrapping(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    buf_char(&b, 'x');
    assert_false(buf_reserve(&b, SIZE_MAX));
    buf_clear(&b);
    buf_char(&b, 'x');
    assert_false(buf_reserve(&b, SIZE_MAX - 1));
    buf_done(&b);
}

static void clearing_forgets_a_failure_and_keeps_memory(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 300);
    buf_text(&b, "something");
    unsigned long before = memory_allocations();
    buf_clear(&b);
    buf_text(&b, "other");
    assert_int_equal(memory_allocations(), before);
    assert_text(buf_view(&b), "other");
    buf_reserve(&b, 400);
    assert_false(buf_ok(&b));
    buf_clear(&b);
    buf_text(&b, "again");
    assert_true(buf_ok(&b));
    assert_text(buf_view(&b), "again");
    buf_done(&b);
    buf_done(&b);
    assert_int_equal(b.max, 300);
}

static void many_small_adds_allocate_seldom(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    unsigned long before = memory_allocations();
    for (int i = 0; i < 1 << 20; i++)
        buf_char(&b, 'x');
    assert_true(buf_ok(&b));
    assert_in_range(memory_allocations() - before, 1, 16);
    buf_done(&b);
}

static void stolen_bytes_belong_to_the_thief(void **state)
{
    struct buf b;
    size_t len;
    (void)state;
    buf_init(&b, 100);
    buf_text(&b, "loot");
    char *bytes = buf_steal(&b, &len);
    assert_slice(((struct str){bytes, len}), STR("loot"));
    free(bytes);
    assert_text(buf_view(&b), "");
    buf_text(&b, "new");
    assert_text(buf_view(&b), "new");
    buf_done(&b);
}

static void an_empty_buffer_is_a_document_too(void **state)
{
    struct buf b;
    size_t len = 77;
    (void)state;
    buf_init(&b, 100);
    char *bytes = buf_steal(&b, &len);
    assert_non_null(bytes);
    assert_int_equal(len, 0);
    free(bytes);
}

static void attempt_document(void *arg)
{
    struct buf b;
    size_t len = 77;
    (void)arg;
    buf_init(&b, 100000);
    for (int i = 0; i < 400; i++)
        buf_fmt(&b, "line %d\n", i);
    buf_fmt(&b, "%600s\n", "wide");
    assert_true(buf_ok(&b) == !memory_refused());
    char *bytes = buf_steal(&b, &len);
    assert_true((bytes != NULL) == !memory_refused());
    assert_int_equal(len, memory_refused() ? 77 : 4091);
    free(bytes);
    buf_done(&b);
}

static void without_memory_there_is_no_half_document(void **state)
{
    (void)state;
    assert_in_range(memory_refuse_each(attempt_document, NULL), 4, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_added_is_what_is_seen),
        TEST(numbers_are_written_to_their_limits),
        TEST(the_ceiling_is_exact_for_every_way_to_add),
        TEST(a_failure_is_sticky_and_leaves_no_content),
        TEST(a_writer_may_declare_its_part_a_failure),
        TEST(sizes_beyond_any_memory_fail_without_wrapping),
        TEST(clearing_forgets_a_failure_and_keeps_memory),
        TEST(many_small_adds_allocate_seldom),
        TEST(stolen_bytes_belong_to_the_thief),
        TEST(an_empty_buffer_is_a_document_too),
        TEST(without_memory_there_is_no_half_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
