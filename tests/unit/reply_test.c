/* reply: pairs from maps and from flat arrays, integers from text, and what Redis means by its errors. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/reply.h>

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        .type = REPLY_STRING, .text = STR_INIT(literal)                                                      \
    }
#define INTEGER(value)                                                                                       \
    {                                                                                                        \
        .type = REPLY_INTEGER, .integer = (value)                                                            \
    }

static const struct reply items[] = {TEXT("calls"), INTEGER(12), INTEGER(3),    TEXT("x"),
                                     TEXT("usec"),  TEXT("-7"),  TEXT("calls"), INTEGER(99)};

static void pairs_come_from_maps_and_flat_arrays(void **state)
{
    (void)state;
    struct reply map = {.type = REPLY_MAP, .items = items, .count = 8};
    struct reply array = {.type = REPLY_ARRAY, .items = items, .count = 8};
    struct reply odd = {.type = REPLY_ARRAY, .items = items, .count = 7};
    struct reply empty = {.type = REPLY_ARRAY};
    assert_int_equal(reply_pairs(&map), 4);
    assert_int_equal(reply_pairs(&array), 4);
    assert_int_equal(reply_pairs(&odd), 0);
    assert_int_equal(reply_pairs(&empty), 0);
    for (enum reply_type type = REPLY_NIL; type < REPLY_ARRAY; type++) {
        struct reply other = {.type = type, .items = items, .count = 8};
        assert_int_equal(reply_pairs(&other), 0);
        assert_null(reply_find(&other, STR("calls")));
    }
}

static void the_first_text_key_is_found(void **state)
{
    struct reply map = {.type = REPLY_MAP, .items = items, .count = 8};
    (void)state;
    EACH_GUARDED(g, STR("calls"))
    assert_ptr_equal(reply_find(&map, g.slice), &items[1]);
    assert_ptr_equal(reply_find(&map, STR("usec")), &items[5]);
    assert_null(reply_find(&map, STR("x"))); /* a value */
    assert_null(reply_find(&map, STR("")));  /* the integer key has an empty text */
    assert_null(reply_find(&map, STR("call")));
}

static void integers_may_come_as_text(void **state)
{
    int64_t value = 77;
    (void)state;
    assert_true(reply_i64(&items[1], &value));
    assert_int_equal(value, 12);
    EACH_GUARDED(g, STR("-7"))
    {
        struct reply text = {.type = REPLY_STRING, .text = g.slice};
        value = 77;
        assert_true(reply_i64(&text, &value));
        assert_int_equal(value, -7);
    }
    value = 77;
    assert_false(reply_i64(&items[3], &value));
    for (enum reply_type type = REPLY_NIL; type <= REPLY_MAP; type++) {
        struct reply other = {.type = type, .integer = 5, .text = STR("5")};
        if (type != REPLY_STRING && type != REPLY_INTEGER)
            assert_false(reply_i64(&other, &value));
    }
    assert_int_equal(value, 77);
}

/* Texts as the servers send them. */
static void errors_are_told_apart_by_their_first_words(void **state)
{
    static const struct {
        const char *text;
        enum err_kind kind;
    } rows[] = {
        {"NOAUTH Authentication required.", ERR_AUTH_REQUIRED},
        {"WRONGPASS invalid username-password pair or user is disabled.", ERR_AUTH_FAILED},
        {"ERR invalid password", ERR_AUTH_FAILED},
        {"ERR AUTH <password> called without any password configured for the default user. Are you sure your "
         "configuration is correct?",
         ERR_AUTH_FAILED},
        {"NOPERM this user has no permissions to run the 'info' command or its subcommand", ERR_NOPERM},
        {"NOPERM User mon has no permissions to run the 'latency|histogram' command", ERR_NOPERM},
        {"LOADING Redis is loading the dataset in memory", ERR_LOADING},
        {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", ERR_BUSY},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", ERR_MASTERDOWN},
        {"DENIED Redis is running in protected mode because protected mode is enabled", ERR_PROTECTED},
        {"ERR max number of clients reached", ERR_MAXCLIENTS},
        {"ERR max number of clients + cluster connections reached", ERR_MAXCLIENTS},
        {"ERR unknown command `FOO`, with args beginning with: ", ERR_UNKNOWN_COMMAND},
        {"ERR unknown command 'FOO', with args beginning with: ", ERR_UNKNOWN_COMMAND},
        {"ERR Unknown subcommand or wrong number of arguments for 'HISTOGRAM'. Try LATENCY HELP.",
         ERR_UNKNOWN_COMMAND},
        {"ERR unknown subcommand 'FOO'. Try CONFIG HELP.", ERR_UNKNOWN_COMMAND},
        {"ERR value is not an integer or out of range", ERR_REDIS},
        {"OOM command not allowed when used memory > 'maxmemory'.", ERR_REDIS},
        {"READONLY You can't write against a read only replica.", ERR_REDIS},
        {"", ERR_REDIS},
        {"E", ERR_REDIS},
        {"NOAUT", ERR_REDIS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].text))
    if (reply_error_kind(g.slice) != rows[i].kind)
        fail_msg("\"%s\" was taken for %s", rows[i].text, err_word(reply_error_kind(g.slice)));
}

static void codes_that_only_begin_alike_are_not_mistaken(void **state)
{
    (void)state;
    assert_int_equal(reply_error_kind(STR("BUSYGROUP Consumer Group name already exists")), ERR_REDIS);
    assert_int_equal(reply_error_kind(STR("BUSYKEY Target key name already exists.")), ERR_REDIS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pairs_come_from_maps_and_flat_arrays),
        TEST(the_first_text_key_is_found),
        TEST(integers_may_come_as_text),
        TEST(errors_are_told_apart_by_their_first_words),
        TEST(codes_that_only_begin_alike_are_not_mistaken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
