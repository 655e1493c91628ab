/* logger: one write a line, escaped, in both formats, whatever a server put into a field. */
#include "io/logger.h"
#include "unit/support/check.h"
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char logged[1 << 17];

/* What is written to standard error meanwhile; a datagram per write shows that a line is one write. */
static struct str capture(enum log_level level, const char *message, const struct log_field *fields)
{
    int ends[2], saved = dup(STDERR_FILENO);
    size_t len = 0;
    assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK), 0);
    fflush(stderr);
    dup2(ends[1], STDERR_FILENO);
    log_write(level, message, fields);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], logged + len, sizeof logged - len)) > 0;)
        len += (size_t)got;
    close(ends[0]);
    return (struct str){logged, len};
}

/* The line without its time, which is the first field. */
static struct str without_time(struct str line)
{
    struct str time, rest;
    assert_true(str_cut(line, ' ', &time, &rest));
    assert_true(str_starts(time, STR("ts=20")));
    assert_int_equal(time.len, strlen("ts=2026-11-22T14:03:11.120Z"));
    assert_true(str_ends(time, STR("Z")));
    return rest;
}

static void a_line_is_logfmt_with_what_needs_quotes_quoted(void **state)
{
    static const struct {
        struct str value;
        const char *shown;
    } rows[] = {
        {STR_INIT("blue"), "blue"},
        {STR_INIT("10.0.0.1:6379"), "10.0.0.1:6379"},
        {STR_INIT(""), "\"\""},
        {STR_INIT("two words"), "\"two words\""},
        {STR_INIT("a=b"), "\"a=b\""},
        {STR_INIT("say \"hi\""), "\"say \\\"hi\\\"\""},
        {STR_INIT("back\\slash"), "\"back\\\\slash\""},
        {STR_INIT("two\nlines"), "\"two\\nlines\""},
        {STR_INIT("\x1b[31m"), "\"\\x1b[31m\""},
        {STR_INIT("a\0b"), "\"a\\x00b\""},
        {STR_INIT("\x7f"), "\"\\x7f\""},
        {STR_INIT("\xc3\xbc"), "\"\xc3\xbc\""},
    };
    (void)state;
    log_configure(LOG_INFO_, LOG_LOGFMT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "level=warn msg=\"target is down\" target=%s\n", rows[i].shown);
        assert_text(without_time(capture(LOG_WARN_, "target is down", LOG_FIELDS({"target", rows[i].value}))),
                    expected);
    }
}

static void a_line_without_fields_is_a_line(void **state)
{
    (void)state;
    log_configure(LOG_INFO_, LOG_LOGFMT);
    assert_text(without_time(capture(LOG_ERROR_, "bye", NULL)), "level=error msg=bye\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    static const enum log_level levels[] = {LOG_DEBUG_, LOG_INFO_, LOG_WARN_, LOG_ERROR_};
    (void)state;
    for (size_t i = 0; i < COUNT(levels); i++) {
        log_configure(levels[i], LOG_LOGFMT);
        for (size_t j = 0; j < COUNT(levels); j++)
            assert_true((capture(levels[j], "x", NULL).len > 0) == (j >= i));
    }
    log_configure(LOG_INFO_, LOG_LOGFMT);
}

static const char *json_field(struct str line, const char *key)
{
    static char value[2000];
    json_error_t error;
    json_t *json = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: " STR_FMT, error.text, STR_ARG(line));
    const char *text = json_string_value(json_object_get(json, key));
    snprintf(value, sizeof value, "%s", text ? text : "(absent)");
    json_decref(json);
    return value;
}

static void json_lines_are_json_whatever_is_in_them(void **state)
{
    static const struct {
        struct str value;
        const char *shown;
    } rows[] = {
        {STR_INIT("blue"), "blue"},
        {STR_INIT(""), ""},
        {STR_INIT("say \"hi\"\n\\"), "say \"hi\"\n\\"},
        {STR_INIT("\x1b[31m"), "\x1b[31m"},
        {STR_INIT("\xc3\xbc"), "\xc3\xbc"},
        {STR_INIT("\xff"), "(not UTF-8)"},
        {{NULL, 0}, ""},
    };
    (void)state;
    log_configure(LOG_INFO_, LOG_JSON);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str line = capture(LOG_INFO_, "target is up", LOG_FIELDS({"target", rows[i].value}));
        assert_int_equal(str_index(line, '\n'), (ptrdiff_t)line.len - 1);
        assert_string_equal(json_field(line, "level"), "info");
        assert_string_equal(json_field(line, "msg"), "target is up");
        assert_string_equal(json_field(line, "target"), rows[i].shown);
        assert_int_equal(strlen(json_field(line, "ts")), strlen("2026-11-22T14:03:11.120Z"));
    }
    log_configure(LOG_INFO_, LOG_LOGFMT);
}

static void long_lines_are_cut_and_stay_lines(void **state)
{
    static char text[20000];
    (void)state;
    memset(text, 'x', sizeof text);
    struct str value = {text, sizeof text};
    for (enum log_format format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        log_configure(LOG_INFO_, format);
        struct str line = capture(LOG_INFO_, "m", LOG_FIELDS({"a", value}));
        assert_in_range(line.len, 500, 4096);
        assert_int_equal(str_index(line, '\n'), (ptrdiff_t)line.len - 1);
    }
    log_configure(LOG_INFO_, LOG_LOGFMT);
}

static void a_cut_does_not_make_good_utf8_bad(void **state)
{
    static char text[4000];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    log_configure(LOG_INFO_, LOG_JSON);
    for (size_t skip = 0; skip < 2; skip++) {
        char odd[4001];
        memcpy(odd, "x", 1);
        memcpy(odd + skip, text, 3999);
        struct str line = capture(LOG_INFO_, "m", LOG_FIELDS({"a", ((struct str){odd, 3000 + skip})}));
        assert_string_not_equal(json_field(line, "a"), "(not UTF-8)");
    }
    log_configure(LOG_INFO_, LOG_LOGFMT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_logfmt_with_what_needs_quotes_quoted),
        TEST(a_line_without_fields_is_a_line),
        TEST(what_is_below_the_level_is_not_written),
        TEST(json_lines_are_json_whatever_is_in_them),
        TEST(long_lines_are_cut_and_stay_lines),
        TEST(a_cut_does_not_make_good_utf8_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
