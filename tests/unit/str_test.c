/* str: slices of somebody else's bytes, at both edges of readable memory. */
#include "unit/support/check.h"
#include "unit/support/guard.h"

static void the_empty_slice_is_equal_to_an_empty_text(void **state)
{
    (void)state;
    assert_true(str_eq((struct str){NULL, 0}, STR("")));
    assert_true(str_eq_nocase((struct str){NULL, 0}, STR("")));
    assert_int_equal(str_cmp((struct str){NULL, 0}, STR("")), 0);
    assert_int_equal(str_of(NULL).len, 0);
    assert_null(str_of(NULL).ptr);
    assert_int_equal(str_of("redis").len, 5);
}

static void equality_looks_at_every_byte_and_past_nuls(void **state)
{
    (void)state;
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("ab"), STR("abc")));
    assert_false(str_eq(STR("a"), STR("")));
}

static void case_is_ignored_only_where_asked_for(void **state)
{
    (void)state;
    assert_false(str_eq(STR("Content-Length"), STR("content-length")));
    assert_true(str_eq_nocase(STR("Content-Length"), STR("content-length")));
    assert_false(str_eq_nocase(STR("Content-Length"), STR("content-lengte")));
    assert_false(str_eq_nocase(STR("@"), STR("`"))); /* 32 apart, and no letters */
    assert_false(str_eq_nocase(STR("ab"), STR("abc")));
    assert_false(str_eq_nocase(STR("a\0b"), STR("a\0c")));
}

static void prefix_and_suffix_are_found_in_guarded_memory(void **state)
{
    (void)state;
    EACH_GUARDED(g, STR("cmdstat_get"))
    {
        assert_true(str_starts(g.slice, STR("cmdstat_")));
        assert_true(str_starts(g.slice, STR("cmdstat_get")));
        assert_false(str_starts(g.slice, STR("cmdstat_get_")));
        assert_true(str_starts(g.slice, STR("")));
        assert_true(str_ends(g.slice, STR("_get")));
        assert_true(str_ends(g.slice, STR("cmdstat_get")));
        assert_false(str_ends(g.slice, STR("xcmdstat_get")));
        assert_true(str_ends(g.slice, STR("")));
    }
}

static void order_is_by_unsigned_bytes_and_shorter_first(void **state)
{
    static const struct str ascending[] = {STR_INIT(""),     STR_INIT("\0"),   STR_INIT("A"),   STR_INIT("a"),
                                           STR_INIT("a\0"),  STR_INIT("aa"),   STR_INIT("ab"),  STR_INIT("b"),
                                           STR_INIT("\x7f"), STR_INIT("\x80"), STR_INIT("\xff")};
    (void)state;
    for (size_t i = 0; i < COUNT(ascending); i++) {
        for (size_t j = 0; j < COUNT(ascending); j++) {
            int order = str_cmp(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void a_byte_is_found_at_its_first_place_or_not_at_all(void **state)
{
    (void)state;
    EACH_GUARDED(g, STR("a:b:c"))
    {
        assert_int_equal(str_index(g.slice, ':'), 1);
        assert_int_equal(str_index(g.slice, 'c'), 4);
        assert_int_equal(str_index(g.slice, '\0'), -1);
    }
    assert_int_equal(str_index((struct str){NULL, 0}, 'a'), -1);
    assert_int_equal(str_index(STR("\xff"), '\xff'), 0);
}

static void parts_clamp_to_the_slice(void **state)
{
    static const struct {
        size_t from, len;
        const char *expected;
    } rows[] = {{0, 5, "redis"},
                {0, 99, "redis"},
                {2, 2, "di"},
                {5, 1, ""},
                {6, 1, ""},
                {4, 0, ""},
                {SIZE_MAX, 1, ""},
                {1, SIZE_MAX, "edis"},
                {0, 0, ""},
                {4, 1, "s"},
                {SIZE_MAX, SIZE_MAX, ""}};
    struct str redis = STR("redis");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str part = str_sub(redis, rows[i].from, rows[i].len);
        assert_text(part, rows[i].expected);
        assert_true(part.ptr >= redis.ptr && part.ptr + part.len <= redis.ptr + redis.len);
    }
    assert_text(str_from(redis, 3), "is");
    assert_text(str_from(redis, 9), "");
    assert_null(str_sub((struct str){NULL, 0}, 3, 3).ptr);
}

static void a_cut_gives_both_sides_or_all_as_head(void **state)
{
    struct str head, tail;
    (void)state;
    EACH_GUARDED(g, STR("key=value=more"))
    {
        assert_true(str_cut(g.slice, '=', &head, &tail));
        assert_text(head, "key");
        assert_text(tail, "value=more");
        assert_false(str_cut(g.slice, ';', &head, &tail));
        assert_text(head, "key=value=more");
        assert_int_equal(tail.len, 0);
    }
    assert_true(str_cut(STR("="), '=', &head, &tail));
    assert_int_equal(head.len, 0);
    assert_int_equal(tail.len, 0);
    assert_false(str_cut((struct str){NULL, 0}, '=', &head, &tail));
    assert_int_equal(head.len + tail.len, 0);
}

static void a_cut_may_write_over_its_own_input(void **state)
{
    struct str text = STR("a,b"), head;
    (void)state;
    assert_true(str_cut(text, ',', &head, &text));
    assert_text(head, "a");
    assert_text(text, "b");
}

static void walking_items_gives_empty_ones_too(void **state)
{
    static const struct {
        const char *list, *items; /* each item in brackets */
    } rows[] = {{"a,b,c", "[a][b][c]"}, {"a", "[a]"},    {"", "[]"},          {",", "[][]"},
                {"a,", "[a][]"},        {",a", "[][a]"}, {"a,,b", "[a][][b]"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].list))
        {
            char seen[64] = "";
            size_t used = 0;
            struct str rest = g.slice, item;
            while (str_next(&rest, ',', &item)) {
                seen[used++] = '[';
                memcpy(seen + used, item.ptr, item.len);
                used += item.len;
                seen[used++] = ']';
            }
            assert_text(((struct str){seen, used}), rows[i].items);
            assert_false(str_next(&rest, ',', &item));
        }
    }
    struct str nothing = {NULL, 0}, item;
    assert_false(str_next(&nothing, ',', &item));
}

static void a_star_matches_any_bytes(void **state)
{
    static const struct {
        const char *text, *pattern;
        bool like;
    } rows[] = {
        {"", "", true},
        {"", "*", true},
        {"a", "", false},
        {"abc", "abc", true},
        {"abc", "ab", false},
        {"abc", "a*", true},
        {"abc", "*c", true},
        {"abc", "a*c", true},
        {"ac", "a*c", true},
        {"abcd", "a*c", false},
        {"abab", "*ab", true},
        {"aXbXc", "a*b*c", true},
        {"abcbc", "a*bc*", true},
        {"abc", "*b*b*", false},
        {"abc", "***", true},
        {"abc", "abc*", true},
        {"mississippi", "*iss*ppi", true},
        {"a.b", "a?b", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].text))
    assert_true(str_glob(g.slice, str_of(rows[i].pattern)) == rows[i].like);
}

static void blanks_are_trimmed_from_both_ends_only(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {{"  a b\t\r\n", "a b"}, {"", ""}, {" \t\r\n", ""}, {"a", "a"}, {"\va\f", "\va\f"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].text))
    assert_text(str_trim(g.slice), rows[i].expected);
}

static void utf8_is_judged_character_by_character(void **state)
{
    static const struct {
        struct str text;
        size_t first; /* length of the first character, 0: it is none */
        bool whole;
    } rows[] = {
        {STR_INIT("a"), 1, true},
        {STR_INIT("\0"), 1, true},
        {STR_INIT("\x7f\xff"), 1, false},
        {STR_INIT("\xc3\xbc!"), 2, true},
        {STR_INIT("\xe2\x82\xac"), 3, true},
        {STR_INIT("\xf0\x9f\x98\x80"), 4, true},
        {STR_INIT("\xc3"), 0, false},
        {STR_INIT("\xe2\x82"), 0, false},
        {STR_INIT("\xf0\x9f\x98"), 0, false},
        {STR_INIT("\xc3\x28"), 0, false},
        {STR_INIT("\x80"), 0, false},
        {STR_INIT("\xc1\xbf"), 0, false},         /* overlong */
        {STR_INIT("\xe0\x9f\xbf"), 0, false},     /* overlong */
        {STR_INIT("\xf0\x8f\xbf\xbf"), 0, false}, /* overlong */
        {STR_INIT("\xed\xa0\x80"), 0, false},     /* surrogate */
        {STR_INIT("\xed\x9f\xbf"), 3, true},
        {STR_INIT("\xf4\x8f\xbf\xbf"), 4, true},
        {STR_INIT("\xf4\x90\x80\x80"), 0, false}, /* above U+10FFFF */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, rows[i].text)
        {
            assert_int_equal(str_utf8_length(g.slice), rows[i].first);
            assert_true(str_is_utf8(g.slice) == rows[i].whole);
        }
    }
    assert_true(str_is_utf8((struct str){NULL, 0}));
}

static void a_clip_ends_between_characters(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *expected;
    } rows[] = {
        {"abc", 5, "abc"},
        {"abc", 3, "abc"},
        {"abc", 2, "ab"},
        {"abc", 0, ""},
        {"a\xc3\xbc", 2, "a"},
        {"a\xc3\xbc", 3, "a\xc3\xbc"},
        {"\xf0\x9f\x98\x80", 3, ""},
        {"\xf0\x9f\x98\x80!", 4, "\xf0\x9f\x98\x80"},
        {"\x80\x80\x80\x80\x80", 4, "\x80"}, /* no character at all: not more than three bytes are given up */
        {"\x80\x80", 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].text))
    assert_text(str_clip(g.slice, rows[i].max), rows[i].expected);
    assert_int_equal(str_clip((struct str){NULL, 0}, 5).len, 0);
}

static void distance_counts_edits_and_swaps(void **state)
{
    static const struct {
        const char *a, *b;
        size_t expected;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"listen", "listen", 0},
        {"listen", "lisen", 1},
        {"listen", "listenn", 1},
        {"listen", "lixten", 1},
        {"listen", "lsiten", 1},
        {"kitten", "sitting", 3},
        {"ab", "ba", 1},
        {"abc", "cba", 2},
        {"poll", "timeout", 6},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].a))
    assert_int_equal(str_distance(g.slice, str_of(rows[i].b)), rows[i].expected);
}

static struct str random_word(uint64_t *seed, char *out, size_t most)
{
    size_t len = next_random(seed) % (most + 1);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)('a' + next_random(seed) % 3);
    return (struct str){out, len};
}

static void distance_is_symmetric_and_bounded(void **state)
{
    uint64_t seed = 42;
    char left[80], right[80];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct str a = random_word(&seed, left, sizeof left), b = random_word(&seed, right, sizeof right);
        size_t there = str_distance(a, b), back = str_distance(b, a);
        size_t shown_a = a.len < 64 ? a.len : 64, shown_b = b.len < 64 ? b.len : 64;
        size_t longer = shown_a > shown_b ? shown_a : shown_b;
        size_t shorter = shown_a > shown_b ? shown_b : shown_a;
        assert_int_equal(there, back);
        assert_in_range(there, longer - shorter, longer);
        assert_int_equal(str_distance(a, a), 0);
        if (shown_a == a.len && shown_b == b.len)
            assert_true((there == 0) == str_eq(a, b));
    }
}

static void distance_ends_at_64_bytes(void **state)
{
    char a[200], b[200];
    (void)state;
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    memset(b + 64, 'z', sizeof b - 64);
    assert_int_equal(str_distance((struct str){a, 200}, (struct str){b, 200}), 0);
    assert_int_equal(str_distance((struct str){a, 200}, STR("")), 64);
}

static void a_copy_fits_with_its_nul_or_is_empty(void **state)
{
    char out[6];
    (void)state;
    EACH_GUARDED(g, STR("redis"))
    {
        memset(out, 'x', sizeof out);
        assert_true(str_copy(g.slice, out, sizeof out));
        assert_string_equal(out, "redis");
        assert_false(str_copy(g.slice, out, 5));
        assert_string_equal(out, "");
    }
    out[0] = 'x';
    assert_false(str_copy(STR("a\0b"), out, sizeof out));
    assert_string_equal(out, "");
    out[0] = 'x';
    assert_true(str_copy((struct str){NULL, 0}, out, 1));
    assert_string_equal(out, "");
    out[0] = 'x';
    assert_false(str_copy(STR("a"), out, 0));
    assert_int_equal(out[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_empty_slice_is_equal_to_an_empty_text),
        TEST(equality_looks_at_every_byte_and_past_nuls),
        TEST(case_is_ignored_only_where_asked_for),
        TEST(prefix_and_suffix_are_found_in_guarded_memory),
        TEST(order_is_by_unsigned_bytes_and_shorter_first),
        TEST(a_byte_is_found_at_its_first_place_or_not_at_all),
        TEST(parts_clamp_to_the_slice),
        TEST(a_cut_gives_both_sides_or_all_as_head),
        TEST(a_cut_may_write_over_its_own_input),
        TEST(walking_items_gives_empty_ones_too),
        TEST(a_star_matches_any_bytes),
        TEST(blanks_are_trimmed_from_both_ends_only),
        TEST(utf8_is_judged_character_by_character),
        TEST(a_clip_ends_between_characters),
        TEST(distance_counts_edits_and_swaps),
        TEST(distance_is_symmetric_and_bounded),
        TEST(distance_ends_at_64_bytes),
        TEST(a_copy_fits_with_its_nul_or_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
