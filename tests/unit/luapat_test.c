/* luapat: Lua's patterns, without Lua and without its patience. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/luapat.h>
#include <stdio.h>

/* What the captures hold, joined by '|'; "-" when nothing matches. */
static const char *found(const char *text, const char *pattern)
{
    static char out[512];
    struct luapat_match match;
    size_t len = 0;
    const char *wrong = luapat_check(str_of(pattern));
    if (wrong)
        fail_msg("%s: %s", pattern, wrong);
    if (!luapat_find(str_of(text), str_of(pattern), &match))
        return "-";
    out[0] = '\0';
    for (unsigned i = 0; i < match.count; i++) {
        if (match.captures[i].position)
            len += (size_t)snprintf(out + len, sizeof out - len, "%s%zu", i ? "|" : "",
                                    match.captures[i].position);
        else
            len += (size_t)snprintf(out + len, sizeof out - len, "%s" STR_FMT, i ? "|" : "",
                                    STR_ARG(match.captures[i].text));
    }
    return out;
}

static void captures_are_lua_s(void **state)
{
    static const struct {
        const char *text, *pattern, *captures;
    } rows[] = {
        {"user_session_7", "^(.*)_[^_]+$", "user_session"},
        {"user:17:cart", "^(%a+):(%d+):", "user|17"},
        {"abc", "b", ""},
        {"abc", "^b", "-"},
        {"abc", "c$", ""},
        {"abc", "b$", "-"},
        {"a$c", "a$c", ""},
        {"", "", ""},
        {"", "^()$", "1"},
        {"hello", "()ll()", "3|5"},
        {"key=[a[b]c]d", "(%b[])", "[a[b]c]"},
        {"THE (quick) fox", "%((%a+)%)", "quick"},
        {"THE (quick) fox", "%f[%a](%a+)%f[%A]", "THE"},
        {"one two", "(%w+)%s(%w+)", "one|two"},
        {"aXb", "(%u)", "X"},
        {"aXb", "^(%l)", "a"},
        {"0x1F!", "0x(%x+)(%p)", "1F|!"},
        {"a-b", "(a%-b)", "a-b"},
        {"aaa", "(a-)$", "aaa"},
        {"aaa", "^(a-)", ""},
        {"ab", "^a?(b)", "b"},
        {"b", "^a?(b)", "b"},
        {"xyxy", "(xy)%1", "xy"},
        {"xyxz", "(x.)%1", "-"},
        {"\"it's\"", "([\"'])(.-)%1", "\"|it's"},
        {"a]b", "([]])", "]"},
        {"a^b", "([%^])", "^"},
        {"a-z", "([a%-]+)", "a-"},
        {"m", "([a-z])", "m"},
        {"-", "([a-])", "-"},
        {"7", "([^%d])", "-"},
        {"q7", "([^%d])", "q"},
        {"((a))", "((%()(.))", "((|(|("},
        {"deep", "(((d)e)e)p", "dee|de|d"},
        {"caf\303\251", "caf(.)", "\303"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(found(rows[i].text, rows[i].pattern), rows[i].captures) != 0)
            fail_msg("%s on %s: %s instead of %s", rows[i].pattern, rows[i].text,
                     found(rows[i].text, rows[i].pattern), rows[i].captures);
}

static void zero_bytes_have_their_class(void **state)
{
    struct luapat_match match;
    (void)state;
    assert_true(luapat_find(STR("a\0b"), STR("a(%z)b"), &match));
    assert_int_equal(match.captures[0].text.len, 1);
    assert_true(luapat_find(STR("a\0b"), STR("^(%Z)"), &match));
}

static void what_is_no_pattern_is_named(void **state)
{
    static const struct {
        const char *pattern, *part;
    } rows[] = {
        {"a%", "single %"},   {"[a", "no ]"},
        {"[]", "no ]"},       {"[%]", "no ]"},
        {"(a", "no )"},       {"a)", "no ("},
        {"%1", "capture"},    {"(%1)", "capture"},
        {"(a)%2", "capture"}, {"(a)%0", "capture"},
        {"%b(", "%b"},        {"%b", "%b"},
        {"%f", "%f"},         {"%fa", "%f"},
        {"%f[a", "%f"},       {"((((((((((((((((((((((((((((((((()", "32"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *wrong = luapat_check(str_of(rows[i].pattern));
        if (!wrong || !strstr(wrong, rows[i].part))
            fail_msg("%s: %s", rows[i].pattern, wrong ? wrong : "nothing");
    }
}

/* Lua would be at it for years. */
static void a_pattern_without_end_is_given_up(void **state)
{
    char text[201], pattern[] = "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-b";
    struct luapat_match match;
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(luapat_check(str_of(pattern)));
    assert_false(luapat_find(str_of(text), str_of(pattern), &match));
    assert_true(luapat_find(str_of(text), STR("^(a*)$"), &match));
}

static void no_bytes_beside_its_own_are_read(void **state)
{
    static const struct str texts[] = {STR_INIT("user_1"), STR_INIT(""), STR_INIT("a[b]")};
    static const char *const patterns[] = {"^(.-)_(%d*)$", "%b[]", "%f[%w]%w+", "[^_]*_",
                                           "(.)%1?",       "a?$",  "[]%]]"};
    (void)state;
    for (size_t t = 0; t < COUNT(texts); t++)
        for (size_t p = 0; p < COUNT(patterns); p++)
            EACH_GUARDED(text, texts[t])
            {
                EACH_GUARDED(pattern, str_of(patterns[p]))
                {
                    struct luapat_match match;
                    if (!luapat_check(pattern.slice))
                        luapat_find(text.slice, pattern.slice, &match);
                }
            }
}

/* Whatever passes the check can be run, and ends. */
static void any_pattern_that_passes_can_be_run(void **state)
{
    static const char bytes[] = "ab%%%%()[]^$*+-?.d1bf_\0";
    uint64_t random = 42;
    unsigned passed = 0;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char pattern[12], text[12];
        size_t pattern_len = next_random(&random) % sizeof pattern,
               text_len = next_random(&random) % sizeof text;
        for (size_t i = 0; i < sizeof pattern; i++) {
            pattern[i] = bytes[next_random(&random) % (sizeof bytes - 1)];
            text[i] = bytes[next_random(&random) % (sizeof bytes - 1)];
        }
        struct luapat_match match = {0};
        if (luapat_check((struct str){pattern, pattern_len}))
            continue;
        passed++;
        if (luapat_find((struct str){text, text_len}, (struct str){pattern, pattern_len}, &match))
            for (unsigned i = 0; i < match.count; i++)
                assert_true(match.captures[i].text.len <= text_len);
    }
    assert_true(passed > 10000);
}

static void regular_expressions_are_translated(void **state)
{
    static const struct {
        const char *text, *regex;
        bool is;
    } rows[] = {
        {"idx:user", ".*", true}, {"idx:user", "^idx:", true}, {"my-idx", "^idx:", false},
        {"a", "b|a", true},       {"c", "b|a", false},         {"abc1", "\\d$", true},
        {"abc", "\\d$", false},   {"a_b", "^\\w+$", true},     {"a-b", "^\\w+$", false},
        {"a%b", "a%b", true},     {"a.b", "a\\.b", true},      {"axb", "a\\.b", false},
        {"a-b", "a-b", true},     {"ab", "a-b", false},        {"x", "", true},
        {"b", "^[ab]?$", true},   {"-", "[a-c-]", true},       {"%", "[%]", true},
        {"a b", "\\s", true},     {"a_b", "[\\w]+$", true},
    };
    static const char *const refused[] = {"(a)", "a{2}", "[a",   "\\b", "[[:alpha:]]",
                                          "*a",  "a**",  "a.*?", "a^b", "\\"};
    struct luapat_match match;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (luapat_check_regex(str_of(rows[i].regex)))
            fail_msg("%s: %s", rows[i].regex, luapat_check_regex(str_of(rows[i].regex)));
        if (luapat_find_regex(str_of(rows[i].text), str_of(rows[i].regex), &match) != rows[i].is)
            fail_msg("%s on %s", rows[i].regex, rows[i].text);
    }
    for (size_t i = 0; i < COUNT(refused); i++)
        if (!luapat_check_regex(str_of(refused[i])))
            fail_msg("%s passed", refused[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(captures_are_lua_s),
        TEST(zero_bytes_have_their_class),
        TEST(what_is_no_pattern_is_named),
        TEST(a_pattern_without_end_is_given_up),
        TEST(no_bytes_beside_its_own_are_read),
        TEST(any_pattern_that_passes_can_be_run),
        TEST(regular_expressions_are_translated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
