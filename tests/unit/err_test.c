/* err: stable words, and sentences that are cut rather than written past their end. */
#include "unit/support/check.h"
#include <stdio.h>

static void every_kind_has_a_word_and_a_sentence(void **state)
{
    (void)state;
    for (int kind = 0; kind < ERR_KIND_COUNT; kind++) {
        const char *word = err_word((enum err_kind)kind), *sentence = err_sentence((enum err_kind)kind);
        assert_non_null(word);
        assert_non_null(sentence);
        assert_true(strlen(sentence) > 10);
        assert_int_not_equal(sentence[strlen(sentence) - 1], '.');
        for (const char *c = word; *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
    }
}

static void words_are_unique_because_dashboards_match_them(void **state)
{
    (void)state;
    for (int a = 0; a < ERR_KIND_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(err_word((enum err_kind)a), err_word((enum err_kind)b));
    assert_string_equal(err_word(ERR_NONE), "ok");
    assert_string_equal(err_word(ERR_TIMEOUT), "reply_timeout");
    assert_string_equal(err_word(ERR_INFO), "info_malformed");
}

static void setting_fills_kind_and_text_and_says_false(void **state)
{
    struct err err;
    (void)state;
    assert_false(err_set(&err, ERR_RESOLVE, "no address for %s:%d", "redis", 6379));
    assert_int_equal(err.kind, ERR_RESOLVE);
    assert_string_equal(err.text, "no address for redis:6379");
}

static void nobody_has_to_want_the_error(void **state)
{
    (void)state;
    assert_false(err_set(NULL, ERR_TLS, "%s", "unheard"));
    assert_false(err_wrap(NULL, "%s", "unheard"));
}

static void context_is_wrapped_from_the_inside_out(void **state)
{
    struct err err;
    (void)state;
    err_set(&err, ERR_NOPERM, "refused");
    assert_false(err_wrap(&err, "command %s", "INFO"));
    assert_false(err_wrap(&err, "target %s", "blue"));
    assert_string_equal(err.text, "target blue: command INFO: refused");
    assert_int_equal(err.kind, ERR_NOPERM);
}

static void arguments_may_be_the_old_text_itself(void **state)
{
    struct err err;
    (void)state;
    err_set(&err, ERR_INPUT, "cause");
    err_set(&err, ERR_SYSTEM, "again: %s", err.text);
    assert_string_equal(err.text, "again: cause");
    err_wrap(&err, "after <%s>", err.text);
    assert_string_equal(err.text, "after <again: cause>: again: cause");
}

static void long_texts_are_cut_and_terminated(void **state)
{
    char line[2000];
    struct err err;
    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (size_t len = 505; len < 518; len++) {
        err_set(&err, ERR_INPUT, "%.*s", (int)len, line);
        assert_int_equal(strlen(err.text), len < sizeof err.text ? len : sizeof err.text - 1);
        err_wrap(&err, "context");
        assert_int_equal(strlen(err.text), sizeof err.text - 1);
        assert_memory_equal(err.text, "context: xxx", 12);
    }
    err_set(&err, ERR_INPUT, "cause");
    err_wrap(&err, "%s", line);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_has_a_word_and_a_sentence),
        TEST(words_are_unique_because_dashboards_match_them),
        TEST(setting_fills_kind_and_text_and_says_false),
        TEST(nobody_has_to_want_the_error),
        TEST(context_is_wrapped_from_the_inside_out),
        TEST(arguments_may_be_the_old_text_itself),
        TEST(long_texts_are_cut_and_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
