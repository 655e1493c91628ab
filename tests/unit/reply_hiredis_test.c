/* reply_hiredis: RESP 2 and 3 to our tree, and what would hurt refused before it is built. */
#include "io/reply_hiredis.h"
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/guard.h"
#include "unit/support/memory.h"
#include <hiredis/sds.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0, 16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void every_type_of_both_protocols_is_read(void **state)
{
    static const struct {
        const char *resp;
        enum reply_type type;
        const char *text;
        int64_t integer;
        size_t count;
    } rows[] = {
        {"+OK\r\n", REPLY_STRING, "OK", 0, 0},
        {"$5\r\nhello\r\n", REPLY_STRING, "hello", 0, 0},
        {"$0\r\n\r\n", REPLY_STRING, "", 0, 0},
        {"=7\r\ntxt:abc\r\n", REPLY_STRING, "abc", 0, 0},
        {"(12345678901234567890\r\n", REPLY_STRING, "12345678901234567890", 0, 0},
        {"-NOPERM no\r\n", REPLY_ERROR, "NOPERM no", 0, 0},
        {":-7\r\n", REPLY_INTEGER, "", -7, 0},
        {":9223372036854775807\r\n", REPLY_INTEGER, "", INT64_MAX, 0},
        {"#t\r\n", REPLY_BOOL, "", 1, 0},
        {"#f\r\n", REPLY_BOOL, "", 0, 0},
        {"$-1\r\n", REPLY_NIL, "", 0, 0},
        {"*-1\r\n", REPLY_NIL, "", 0, 0},
        {"_\r\n", REPLY_NIL, "", 0, 0},
        {"*0\r\n", REPLY_ARRAY, "", 0, 0},
        {"*2\r\n:1\r\n:2\r\n", REPLY_ARRAY, "", 0, 2},
        {"~1\r\n:1\r\n", REPLY_ARRAY, "", 0, 1},
        {"%1\r\n+a\r\n:1\r\n", REPLY_MAP, "", 0, 2},
        {"%0\r\n", REPLY_MAP, "", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].resp))
        {
            const struct reply *reply = reply_of(g.slice, &arena);
            if (!reply)
                fail_msg("row %zu was not read", i);
            assert_int_equal(reply->type, rows[i].type);
            assert_text(reply->text, rows[i].text);
            assert_int_equal(reply->count, rows[i].count);
            if (reply->type == REPLY_INTEGER || reply->type == REPLY_BOOL)
                assert_int_equal(reply->integer, rows[i].integer);
        }
    }
    assert_double(reply_of(STR(",-1.5\r\n"), &arena)->number, -1.5);
    assert_double(reply_of(STR(",inf\r\n"), &arena)->number, INFINITY);
    assert_int_equal(reply_of(STR(",1\r\n"), &arena)->type, REPLY_DOUBLE);
}

static void strings_are_copied_whole_and_terminated(void **state)
{
    (void)state;
    const struct reply *reply = reply_of(STR("$5\r\na\0b\r\n\r\n"), &arena);
    assert_non_null(reply);
    assert_slice(reply->text, STR("a\0b\r\n"));
    assert_int_equal(reply->text.ptr[5], '\0');
}

static void trees_keep_their_shape(void **state)
{
    (void)state;
    const struct reply *reply =
        reply_of(STR("*3\r\n$6\r\nmaster\r\n:42\r\n*1\r\n*2\r\n+h\r\n$-1\r\n"), &arena);
    assert_non_null(reply);
    assert_int_equal(reply->count, 3);
    assert_text(reply->items[0].text, "master");
    assert_int_equal(reply->items[1].integer, 42);
    assert_int_equal(reply->items[2].items[0].count, 2);
    assert_text(reply->items[2].items[0].items[0].text, "h");
    assert_int_equal(reply->items[2].items[0].items[1].type, REPLY_NIL);
}

static const struct reply *nested(unsigned depth)
{
    char resp[4000] = "";
    size_t used = 0;
    for (unsigned i = 0; i < depth; i++)
        used += (size_t)snprintf(resp + used, sizeof resp - used, "*1\r\n");
    snprintf(resp + used, sizeof resp - used, ":7\r\n");
    return reply_of(str_of(resp), &arena);
}

static void nesting_is_read_up_to_its_limit_and_not_beyond(void **state)
{
    (void)state;
    for (unsigned depth = 0; depth <= REPLY_DEPTH_MAX; depth++) {
        const struct reply *reply = nested(depth);
        assert_non_null(reply);
        for (unsigned i = 0; i < depth; i++)
            reply = &reply->items[0];
        assert_int_equal(reply->integer, 7);
    }
    for (unsigned depth = REPLY_DEPTH_MAX + 1; depth < 900; depth++)
        assert_null(nested(depth));
}

/* hiredis frees by recursion, so a tree that is deep must never come to be. */
static void a_reader_gives_up_at_the_first_level_too_deep(void **state)
{
    redisReplyObjectFunctions functions;
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    int levels = 0;
    (void)state;
    reader_guard(reader, &functions, 100);
    while (levels < 100000 && redisReaderFeed(reader, "*1\r\n", 4) == REDIS_OK &&
           redisReaderGetReply(reader, &got) == REDIS_OK)
        levels++;
    assert_null(got);
    assert_in_range(levels, REPLY_DEPTH_MAX, REPLY_DEPTH_MAX + 2);
    redisReaderFree(reader);
}

static void announced_arrays_beyond_the_ceiling_are_refused_unbuilt(void **state)
{
    static const char *const bombs[] = {"*1000000000\r\n", "*1048577\r\n", "%1000000000\r\n",
                                        "~1000000000\r\n", "*2\r\n*0\r\n*1000000000\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(bombs); i++) {
        redisReplyObjectFunctions functions;
        redisReader *reader = redisReaderCreate();
        void *got = NULL;
        reader_guard(reader, &functions, 1 << 20);
        assert_int_equal(redisReaderFeed(reader, bombs[i], strlen(bombs[i])), REDIS_OK);
        assert_int_equal(redisReaderGetReply(reader, &got), REDIS_ERR);
        assert_null(got);
        redisReaderFree(reader);
    }
}

static void what_is_not_resp_is_refused(void **state)
{
    static const char *const texts[] = {"HTTP/1.1 400 Bad Request\r\n\r\n",
                                        ":x\r\n",
                                        "$x\r\n",
                                        "*x\r\n",
                                        "#x\r\n",
                                        ",x\r\n",
                                        "$-2\r\n",
                                        "*-2\r\n",
                                        ":99999999999999999999\r\n",
                                        "\r\n",

                                        "_x\r\n",
                                        "\x16\x03\x01"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        EACH_GUARDED(g, str_of(texts[i]))
    if (reply_of(g.slice, &arena))
        fail_msg("text %zu was read", i);
}

static void half_a_reply_is_none(void **state)
{
    static const char whole[] = "*2\r\n$3\r\nabc\r\n%1\r\n:1\r\n$1\r\nx\r\n";
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        EACH_GUARDED(g, ((struct str){whole, len}))
    assert_null(reply_of(g.slice, &arena));
    assert_non_null(reply_of(STR(whole), &arena));
}

static void replies_of_real_servers_come_through_byte_by_byte(void **state)
{
    char path[300];
    (void)state;
    snprintf(path, sizeof path, FIXTURES_DIR "/redis-7.0/primary/latency_histogram.resp");
    struct str bytes = file_bytes(path, &arena);
    redisReplyObjectFunctions functions;
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    struct reply slow;
    reader_guard(reader, &functions, 1 << 20);
    for (size_t i = 0; i < bytes.len; i++) {
        assert_null(got);
        assert_int_equal(redisReaderFeed(reader, bytes.ptr + i, 1), REDIS_OK);
        assert_int_equal(redisReaderGetReply(reader, &got), REDIS_OK);
    }
    assert_non_null(got);
    assert_true(reply_from_hiredis(got, &arena, &slow));
    const struct reply *fast = reply_of(bytes, &arena);
    assert_int_equal(slow.count, fast->count);
    assert_int_equal(reply_pairs(&slow), fast->count / 2);
    freeReplyObject(got);
    redisReaderFree(reader);
}

static void attempt_convert(void *arg)
{
    struct arena own;
    struct reply reply;
    arena_init(&own, 16, 1 << 20);
    bool ok = reply_from_hiredis(arg, &own, &reply);
    assert_true(ok == !memory_refused());
    arena_done(&own);
}

static void without_memory_a_reply_is_not_half_converted(void **state)
{
    static const char resp[] =
        "*3\r\n$30\r\n012345678901234567890123456789\r\n%1\r\n+a\r\n*2\r\n:1\r\n:2\r\n-ERR x\r\n";
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    (void)state;
    redisReaderFeed(reader, resp, sizeof resp - 1);
    assert_int_equal(redisReaderGetReply(reader, &got), REDIS_OK);
    assert_non_null(got);
    assert_in_range(memory_refuse_each(attempt_convert, got), 4, 100);
    freeReplyObject(got);
    redisReaderFree(reader);
}

static void a_reader_at_rest_keeps_nothing_and_loses_nothing(void **state)
{
    enum { LONG = 40000 };
    static char resp[LONG + 16];
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    (void)state;
    int head = snprintf(resp, sizeof resp, "$%d\r\n", LONG);
    memset(resp + head, 'x', LONG);
    memcpy(resp + head + LONG, "\r\n", 3);
    redisReaderFeed(reader, resp, (size_t)head + LONG + 1);
    assert_int_equal(redisReaderGetReply(reader, &got), REDIS_OK);
    reader_rest(reader); /* the last byte is missing: it stays */
    assert_null(got);
    redisReaderFeed(reader, "\n", 1);
    assert_int_equal(redisReaderGetReply(reader, &got), REDIS_OK);
    assert_int_equal(((redisReply *)got)->len, LONG);
    freeReplyObject(got);
    assert_true(sdsalloc(reader->buf) > LONG);
    reader_rest(reader);
    assert_true(sdsalloc(reader->buf) < 1024);
    redisReaderFeed(reader, ":7\r\n", 4);
    assert_int_equal(redisReaderGetReply(reader, &got), REDIS_OK);
    assert_int_equal(((redisReply *)got)->integer, 7);
    freeReplyObject(got);
    redisReaderFree(reader);
}

static void the_arena_bounds_what_is_converted(void **state)
{
    static const char resp[] = "$30\r\n012345678901234567890123456789\r\n";
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    struct arena small;
    struct reply reply;
    (void)state;
    redisReaderFeed(reader, resp, sizeof resp - 1);
    redisReaderGetReply(reader, &got);
    arena_init(&small, 0, 30);
    assert_false(reply_from_hiredis(got, &small, &reply));
    arena_done(&small);
    arena_init(&small, 0, 31);
    assert_true(reply_from_hiredis(got, &small, &reply));
    arena_done(&small);
    freeReplyObject(got);
    redisReaderFree(reader);
}

int main(void)
{
#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_ARENA(every_type_of_both_protocols_is_read),
        IN_ARENA(strings_are_copied_whole_and_terminated),
        IN_ARENA(trees_keep_their_shape),
        IN_ARENA(nesting_is_read_up_to_its_limit_and_not_beyond),
        IN_ARENA(a_reader_gives_up_at_the_first_level_too_deep),
        IN_ARENA(announced_arrays_beyond_the_ceiling_are_refused_unbuilt),
        IN_ARENA(what_is_not_resp_is_refused),
        IN_ARENA(half_a_reply_is_none),
        IN_ARENA(replies_of_real_servers_come_through_byte_by_byte),
        TEST(without_memory_a_reply_is_not_half_converted),
        TEST(a_reader_at_rest_keeps_nothing_and_loses_nothing),
        TEST(the_arena_bounds_what_is_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
