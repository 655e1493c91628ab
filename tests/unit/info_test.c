/* info: the index over INFO, on real answers, odd lines, guarded memory and without memory. */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/guard.h"
#include "unit/support/memory.h"
#include <bluegreen/info.h>
#include <stdio.h>
#include <stdlib.h>

/* Parses into an arena of its own, which the caller ends with arena_done(). */
static struct info parse(struct str text, struct arena *arena)
{
    struct info info;
    struct err err;
    arena_init(arena, 0, 64 << 20);
    if (!info_parse(text, arena, &info, &err))
        fail_msg("%s", err.text);
    return info;
}

static void fields_are_found_by_name(void **state)
{
    EACH_GUARDED(g, STR("# Server\r\nredis_version:7.0.15\r\nhz:10\r\n\r\n# Replication\r\nrole:master"))
    {
        struct arena arena;
        struct info info = parse(g.slice, &arena);
        struct str value;
        int64_t number = 77;
        double real = 77;
        assert_int_equal(info.count, 3);
        assert_int_equal(info.malformed, 0);
        assert_true(info_get(&info, STR("redis_version"), &value));
        assert_text(value, "7.0.15");
        assert_true(info_get(&info, STR("role"), &value));
        assert_text(value, "master");
        assert_false(info_get(&info, STR("rol"), &value));
        assert_false(info_get(&info, STR("roles"), &value));
        assert_false(info_get(&info, STR(""), &value));
        assert_true(info_i64(&info, STR("hz"), &number));
        assert_int_equal(number, 10);
        assert_true(info_double(&info, STR("hz"), &real));
        assert_double(real, 10);
        number = 77;
        assert_false(info_i64(&info, STR("role"), &number));
        assert_false(info_double(&info, STR("nothing"), &real));
        assert_int_equal(number, 77);
        arena_done(&arena);
    }
    (void)state;
}

static void odd_lines_are_judged_one_by_one(void **state)
{
    static const struct {
        const char *line;
        int fields, malformed;
        const char *name, *value;
    } rows[] = {
        {"a:1", 1, 0, "a", "1"},
        {"a:1\r", 1, 0, "a", "1"},
        {"a:", 1, 0, "a", ""},
        {"a:b:c", 1, 0, "a", "b:c"},
        {"a: 1 ", 1, 0, "a", " 1 "},
        {"a:\r1", 1, 0, "a", "\r1"},
        {"cmdstat_config|get:calls=1", 1, 0, "cmdstat_config|get", "calls=1"},
        {"errorstat_\xc3\x9c:count=1", 1, 0, "errorstat_\xc3\x9c", "count=1"},
        {"", 0, 0, NULL, NULL},
        {"\r", 0, 0, NULL, NULL},
        {"#", 0, 0, NULL, NULL},
        {"# a:1", 0, 0, NULL, NULL},
        {"#a:1", 0, 0, NULL, NULL},
        {":1", 0, 1, NULL, NULL},
        {":", 0, 1, NULL, NULL},
        {"a", 0, 1, NULL, NULL},
        {"a 1", 0, 1, NULL, NULL},
        {"a b:1", 0, 1, NULL, NULL},
        {" a:1", 0, 1, NULL, NULL},
        {"a\t:1", 0, 1, NULL, NULL},
        {"a\x7f:1", 0, 1, NULL, NULL},
        {"a\x01:1", 0, 1, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        struct arena arena;
        struct str value;
        snprintf(text, sizeof text, "first:1\n%s\nlast:2", rows[i].line);
        struct info info = parse(str_of(text), &arena);
        if (info.count != 2u + (unsigned)rows[i].fields || info.malformed != (unsigned)rows[i].malformed)
            fail_msg("\"%s\": %u fields, %u malformed", rows[i].line, info.count, info.malformed);
        if (rows[i].name) {
            assert_true(info_get(&info, str_of(rows[i].name), &value));
            assert_text(value, rows[i].value);
        }
        arena_done(&arena);
    }
}

static void line_ends_need_not_be_there_nor_be_whole(void **state)
{
    static const char *const texts[] = {"a:1\r\nb:2\r\n", "a:1\nb:2\n", "a:1\r\nb:2", "a:1\nb:2\r",
                                        "\n\n\na:1\n\r\n\nb:2\n\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        EACH_GUARDED(g, str_of(texts[i]))
        {
            struct arena arena;
            struct str value;
            struct info info = parse(g.slice, &arena);
            assert_int_equal(info.count, 2);
            assert_int_equal(info.malformed, 0);
            assert_true(info_get(&info, STR("b"), &value));
            assert_text(value, "2");
            arena_done(&arena);
        }
    }
}

static void of_a_field_that_comes_twice_the_first_one_wins(void **state)
{
    struct arena arena;
    struct str value;
    (void)state;
    struct info info = parse(STR("b:1\nmodule:x\na:1\nmodule:y\nmodule:z\nb:2\n"), &arena);
    assert_int_equal(info.count, 3);
    assert_true(info_get(&info, STR("module"), &value));
    assert_text(value, "x");
    assert_true(info_get(&info, STR("b"), &value));
    assert_text(value, "1");
    arena_done(&arena);
}

static void nuls_are_bytes_like_others_in_values(void **state)
{
    struct arena arena;
    struct str value;
    (void)state;
    struct info info = parse(STR("a:x\0y\nb\0:1\nc:2"), &arena);
    assert_int_equal(info.count, 2);
    assert_int_equal(info.malformed, 1);
    assert_true(info_get(&info, STR("a"), &value));
    assert_slice(value, STR("x\0y"));
    arena_done(&arena);
}

static void a_text_without_any_field_is_not_info(void **state)
{
    static const char *const texts[] = {"",   "\r\n", "# Server\r\n", "HTTP/1.1 400 Bad Request",
                                        "OK", "a b:c"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        EACH_GUARDED(g, str_of(texts[i]))
        {
            struct arena arena;
            struct info info = {.count = 77};
            struct err err = {.kind = ERR_NONE};
            arena_init(&arena, 0, 1 << 20);
            assert_false(info_parse(g.slice, &arena, &info, &err));
            assert_int_equal(err.kind, ERR_INFO);
            assert_int_equal(info.count, 77);
            assert_false(info_parse(g.slice, &arena, &info, NULL));
            arena_done(&arena);
        }
    }
}

static void names_and_values_have_ceilings(void **state)
{
    static char text[80000];
    static const struct {
        size_t name, value;
        bool ok;
    } rows[] = {{INFO_NAME_MAX, 10, true},
                {INFO_NAME_MAX + 1, 10, false},
                {10, UINT16_MAX, true},
                {10, UINT16_MAX + 1, false},
                {INFO_NAME_MAX, UINT16_MAX, true}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        struct str value;
        size_t at = rows[i].name;
        memset(text, 'n', rows[i].name);
        text[at++] = ':';
        memset(text + at, 'v', rows[i].value);
        at += rows[i].value;
        memcpy(text + at, "\nz:1", 4);
        struct info info = parse((struct str){text, at + 4}, &arena);
        assert_int_equal(info.count, rows[i].ok ? 2 : 1);
        assert_int_equal(info.malformed, !rows[i].ok);
        if (rows[i].ok) {
            assert_true(info_get(&info, (struct str){text, rows[i].name}, &value));
            assert_int_equal(value.len, rows[i].value);
        }
        arena_done(&arena);
    }
}

static void a_text_above_its_ceiling_is_refused(void **state)
{
    char *text = malloc(INFO_TEXT_MAX + 1);
    struct arena arena;
    struct info info = {.count = 77};
    struct err err;
    (void)state;
    assert_non_null(text);
    memset(text, '\n', INFO_TEXT_MAX + 1);
    memcpy(text, "a:1", 3);
    arena_init(&arena, 0, 64 << 20);
    assert_false(info_parse((struct str){text, INFO_TEXT_MAX + 1}, &arena, &info, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_int_equal(info.count, 77);
    assert_true(info_parse((struct str){text, INFO_TEXT_MAX}, &arena, &info, &err));
    assert_int_equal(info.count, 1);
    arena_done(&arena);
    free(text);
}

static char *many_fields(size_t count, size_t *ret_len)
{
    char *text = malloc(count * 16);
    size_t len = 0;
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, 16, "f%zu:%zu\n", i, i);
    *ret_len = len;
    return text;
}

static void no_more_fields_than_the_ceiling_are_kept(void **state)
{
    size_t len;
    struct arena arena;
    (void)state;
    char *text = many_fields(INFO_FIELDS_MAX, &len);
    struct info info = parse((struct str){text, len}, &arena);
    assert_int_equal(info.count, INFO_FIELDS_MAX);
    assert_int_equal(info.malformed, 0);
    arena_done(&arena);
    free(text);

    text = many_fields(INFO_FIELDS_MAX + 5, &len);
    info = parse((struct str){text, len}, &arena);
    assert_int_equal(info.count, INFO_FIELDS_MAX);
    assert_int_equal(info.malformed, 5);
    arena_done(&arena);
    free(text);
}

/* What the index has to say, found the slow way: line by line. */
static bool linear_get(struct str text, struct str name, struct str *ret)
{
    struct str line, have, value;
    while (str_next(&text, '\n', &line)) {
        line = str_ends(line, STR("\r")) ? str_sub(line, 0, line.len - 1) : line;
        if (!str_starts(line, STR("#")) && str_cut(line, ':', &have, &value) && str_eq(have, name)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static void check_against_linear_scan(const struct info *info)
{
    for (uint32_t i = 0; i < info->count; i++) {
        struct str name = info_name(info, i), value, expected;
        if (i)
            assert_true(str_cmp(info_name(info, i - 1), name) < 0);
        assert_true(linear_get(info->text, name, &expected));
        assert_true(info_get(info, name, &value));
        assert_slice(value, expected);
        assert_ptr_equal(value.ptr, expected.ptr); /* sliced, never copied */
        assert_int_equal(info_lower_bound(info, name), i);
        char longer[INFO_NAME_MAX + 2];
        if (name.len < INFO_NAME_MAX) {
            memcpy(longer, name.ptr, name.len);
            longer[name.len] = '\x01'; /* no name has it, so it sorts right behind this one */
            assert_int_equal(info_lower_bound(info, (struct str){longer, name.len + 1}), i + 1);
        }
    }
}

static void the_index_is_sorted_and_agrees_with_a_linear_scan(void **state)
{
    (void)state;
    for (size_t s = 0; s < FIXTURE_SERVERS; s++) {
        for (size_t r = 0; r < FIXTURE_STATES; r++) {
            struct arena replies, arena;
            arena_init(&replies, 0, 16 << 20);
            const struct reply *reply =
                fixture_reply(fixture_servers[s], fixture_states[r], CMD_INFO, &replies);
            assert_non_null(reply);
            EACH_GUARDED(g, reply->text)
            {
                struct info info = parse(g.slice, &arena);
                assert_int_equal(info.malformed, 0);
                assert_in_range(info.count, 100, 1000);
                check_against_linear_scan(&info);
                arena_done(&arena);
            }
            arena_done(&replies);
        }
    }
}

static void random_texts_agree_with_a_linear_scan(void **state)
{
    static const char alphabet[] = "ab:::\n\n\r# \xc3=";
    uint64_t seed = 5;
    char text[300];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct arena arena;
        struct info info;
        size_t len = next_random(&seed) % sizeof text;
        for (size_t j = 0; j < len; j++)
            text[j] = alphabet[next_random(&seed) % (sizeof alphabet - 1)];
        arena_init(&arena, 0, 1 << 20);
        if (info_parse((struct str){text, len}, &arena, &info, NULL))
            check_against_linear_scan(&info);
        arena_done(&arena);
    }
}

static void a_prefix_is_walked_in_order_and_only_it(void **state)
{
    struct arena arena;
    struct str rest, value;
    uint32_t cursor = 0;
    (void)state;
    struct info info = parse(STR("db1:b\ndb0:a\ncpu:1\ndb:c\ndbsize:5\nec:9\nd:0"), &arena);
    static const char *const expected[][2] = {{"", "c"}, {"0", "a"}, {"1", "b"}, {"size", "5"}};
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(info_next(&info, STR("db"), &cursor, &rest, &value));
        assert_text(rest, expected[i][0]);
        assert_text(value, expected[i][1]);
    }
    assert_false(info_next(&info, STR("db"), &cursor, &rest, &value));
    assert_false(info_next(&info, STR("db"), &cursor, &rest, &value));

    cursor = 0;
    assert_false(info_next(&info, STR("zz"), &cursor, &rest, &value));
    cursor = 0;
    assert_false(info_next(&info, STR("db00"), &cursor, &rest, &value));
    cursor = 0;
    unsigned all = 0;
    while (info_next(&info, STR(""), &cursor, &rest, &value))
        all++;
    assert_int_equal(all, info.count);
    arena_done(&arena);
}

static void subfields_are_found_by_their_whole_key(void **state)
{
    static const struct {
        const char *value, *key, *found; /* NULL: not there */
    } rows[] = {
        {"calls=3,usec=9,usec_per_call=3.00", "usec", "9"},
        {"calls=3,usec=9,usec_per_call=3.00", "usec_per_call", "3.00"},
        {"calls=3,usec=9", "calls", "3"},
        {"calls=3,usec=9", "call", NULL},
        {"calls=3,usec=9", "3", NULL},
        {"a=1=2,b=", "a", "1=2"},
        {"a=1=2,b=", "b", ""},
        {"=1", "", "1"},
        {"a", "a", NULL},
        {"a,a=2,a=3", "a", "2"},
        {"", "a", NULL},
        {",,,", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].value))
        {
            struct str found = STR("untouched");
            bool there = info_subfield(g.slice, str_of(rows[i].key), &found);
            assert_true(there == (rows[i].found != NULL));
            assert_text(found, rows[i].found ? rows[i].found : "untouched");
        }
    }
}

static void attempt_parse(void *arg)
{
    struct arena arena;
    struct info info = {.count = 77};
    struct err err = {.kind = ERR_NONE};
    (void)arg;
    arena_init(&arena, 0, 1 << 20);
    bool ok = info_parse(STR("b:1\r\na:2\r\n"), &arena, &info, &err);
    assert_true(ok == !memory_refused());
    assert_int_equal(err.kind, ok ? ERR_NONE : ERR_MEMORY);
    assert_int_equal(info.count, ok ? 2 : 77);
    arena_done(&arena);
}

static void without_memory_the_output_is_untouched(void **state)
{
    (void)state;
    assert_in_range(memory_refuse_each(attempt_parse, NULL), 4, 20);

    struct arena small;
    struct info info = {.count = 77};
    struct err err;
    arena_init(&small, 0, 8);
    assert_false(info_parse(STR("b:1\r\na:2\r\n"), &small, &info, &err));
    assert_int_equal(err.kind, ERR_MEMORY);
    assert_int_equal(info.count, 77);
    arena_done(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_are_found_by_name),
        TEST(odd_lines_are_judged_one_by_one),
        TEST(line_ends_need_not_be_there_nor_be_whole),
        TEST(of_a_field_that_comes_twice_the_first_one_wins),
        TEST(nuls_are_bytes_like_others_in_values),
        TEST(a_text_without_any_field_is_not_info),
        TEST(names_and_values_have_ceilings),
        TEST(a_text_above_its_ceiling_is_refused),
        TEST(no_more_fields_than_the_ceiling_are_kept),
        TEST(the_index_is_sorted_and_agrees_with_a_linear_scan),
        TEST(random_texts_agree_with_a_linear_scan),
        TEST(a_prefix_is_walked_in_order_and_only_it),
        TEST(subfields_are_found_by_their_whole_key),
        TEST(without_memory_the_output_is_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
