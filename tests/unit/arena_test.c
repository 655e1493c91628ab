/* arena: alignment, ceiling, and memory that is zero every time. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include <bluegreen/arena.h>

static bool is_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

static void every_allocation_is_aligned_zeroed_and_its_own(void **state)
{
    enum { PIECES = 2000 };
    static struct {
        char *at;
        size_t len;
    } pieces[PIECES];
    struct arena a;
    uint64_t seed = 7;
    (void)state;
    arena_init(&a, 0, 1 << 24);
    for (int i = 0; i < PIECES; i++) {
        size_t len = next_random(&seed) % (i % 50 ? 100 : 20000);
        size_t align = (size_t)1 << next_random(&seed) % 5; /* up to that of max_align_t */
        char *at = arena_alloc(&a, len, align);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % align, 0);
        assert_true(is_zero(at, len));
        memset(at, i & 0xff, len);
        pieces[i].at = at;
        pieces[i].len = len;
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t j = 0; j < pieces[i].len; j++)
            assert_int_equal((unsigned char)pieces[i].at[j], i & 0xff);
    arena_done(&a);
}

static void alignments_above_that_of_any_type_hold_too(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0, 1 << 20);
    for (size_t align = 32; align <= 4096; align *= 2) {
        for (int i = 0; i < 3; i++) {
            char *at = arena_alloc(&a, 1, align);
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % align, 0);
        }
    }
    arena_done(&a);
}

static void the_ceiling_counts_every_byte_handed_out(void **state)
{
    static const size_t firsts[] = {0, 1, 16, 100, 4096};
    (void)state;
    for (size_t f = 0; f < COUNT(firsts); f++) {
        struct arena a;
        arena_init(&a, firsts[f], 1000);
        size_t got = 0;
        while (arena_alloc(&a, 7, 1))
            got += 7;
        assert_int_equal(got, 994);
        assert_int_equal(a.used, 994);
        assert_non_null(arena_alloc(&a, 6, 1));
        assert_null(arena_alloc(&a, 1, 1));
        assert_non_null(arena_alloc(&a, 0, 1));
        arena_done(&a);
    }
}

static void padding_counts_against_the_ceiling(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 64, 32);
    assert_non_null(arena_alloc(&a, 1, 1));
    assert_non_null(arena_alloc(&a, 8, 8));
    assert_int_equal(a.used, 16);
    assert_non_null(arena_alloc(&a, 1, 1));
    assert_null(arena_alloc(&a, 16, 8)); /* 17 and 7 of padding and 16 */
    assert_int_equal(a.used, 17);
    arena_done(&a);
}

static void sizes_beyond_any_memory_fail_without_wrapping(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0, 1 << 20);
    assert_non_null(arena_alloc(&a, 3, 1));
    for (size_t below = 0; below < 40; below++)
        assert_null(arena_alloc(&a, SIZE_MAX - below, 8));
    assert_null(arena_array(&a, 16, 8, SIZE_MAX / 8));
    assert_null(arena_array(&a, SIZE_MAX / 2, 8, 3));
    assert_null(arena_new(&a, uint64_t, SIZE_MAX / 8 + 2));
    assert_int_equal(a.used, 3);
    arena_done(&a);
}

static void arrays_of_nothing_are_not_failures(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0, 1 << 20);
    assert_non_null(arena_new(&a, uint64_t, 0));
    assert_non_null(arena_array(&a, 0, 1, SIZE_MAX));
    arena_done(&a);
}

static void a_good_first_block_is_the_only_one(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 10000, 1 << 20);
    unsigned long before = memory_allocations();
    for (int i = 0; i < 1000; i++)
        assert_non_null(arena_alloc(&a, 10, 1));
    assert_int_equal(memory_allocations() - before, 1);
    arena_done(&a);
}

static void reset_keeps_one_block_and_hands_it_out_zeroed(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 1000, 1 << 20);
    for (int i = 0; i < 5; i++)
        memset(arena_alloc(&a, 900, 1), 0xff, 900);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    unsigned long before = memory_allocations();
    char *at = arena_alloc(&a, 900, 1);
    assert_true(is_zero(at, 900));
    assert_int_equal(memory_allocations(), before);
    arena_done(&a);
}

static void reset_and_done_take_an_arena_in_any_state(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 0, 100);
    arena_reset(&a);
    arena_done(&a);
    arena_done(&a);
    assert_non_null(arena_alloc(&a, 100, 1));
    assert_null(arena_alloc(&a, 1, 1));
    arena_done(&a);
    assert_non_null(arena_alloc(&a, 100, 1));
    arena_done(&a);
}

static void a_copy_is_terminated_and_independent(void **state)
{
    struct arena a;
    char text[] = "a\0b";
    (void)state;
    arena_init(&a, 0, 1 << 10);
    struct str copy = arena_copy(&a, (struct str){text, 3});
    text[0] = 'x';
    assert_slice(copy, STR("a\0b"));
    assert_int_equal(copy.ptr[3], '\0');
    struct str empty = arena_copy(&a, (struct str){NULL, 0});
    assert_non_null(empty.ptr);
    assert_int_equal(empty.ptr[0], '\0');
    static const char big[2000];
    struct str failed = arena_copy(&a, (struct str){big, sizeof big});
    assert_null(failed.ptr);
    assert_int_equal(failed.len, 0);
    arena_done(&a);
}

static void attempt_blocks(void *arg)
{
    struct arena a;
    unsigned failed = 0;
    (void)arg;
    arena_init(&a, 64, 1 << 20);
    for (int i = 0; i < 100; i++) {
        size_t used = a.used;
        if (!arena_alloc(&a, 50, 1)) {
            failed++;
            assert_int_equal(a.used, used);
        }
    }
    assert_true((failed > 0) == memory_refused());
    arena_done(&a);
}

static void without_memory_only_the_refused_object_is_missing(void **state)
{
    (void)state;
    assert_in_range(memory_refuse_each(attempt_blocks, NULL), 6, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_allocation_is_aligned_zeroed_and_its_own),
        TEST(alignments_above_that_of_any_type_hold_too),
        TEST(the_ceiling_counts_every_byte_handed_out),
        TEST(padding_counts_against_the_ceiling),
        TEST(sizes_beyond_any_memory_fail_without_wrapping),
        TEST(arrays_of_nothing_are_not_failures),
        TEST(a_good_first_block_is_the_only_one),
        TEST(reset_keeps_one_block_and_hands_it_out_zeroed),
        TEST(reset_and_done_take_an_arena_in_any_state),
        TEST(a_copy_is_terminated_and_independent),
        TEST(without_memory_only_the_refused_object_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
