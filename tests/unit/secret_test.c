/* secret: the first line of a file, whole or not at all, and never in a message. */
#include "io/secret.h"
#include "unit/support/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/secret_test_XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/password", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void the_first_line_is_read_without_its_end(void **state)
{
    static const struct {
        const char *content, *secret;
    } rows[] = {
        {"hunter2", "hunter2"},
        {"hunter2\n", "hunter2"},
        {"hunter2\r\n", "hunter2"},
        {"hunter2\nsecond", "hunter2"},
        {" blanks kept \n", " blanks kept "},
        {"a\rb\n", "a\rb"},
        {"p\xc3\xa4ss", "p\xc3\xa4ss"},
        {"x", "x"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct secret secret;
        struct err err;
        write_file(rows[i].content, strlen(rows[i].content));
        if (!secret_read_file(path, &secret, &err))
            fail_msg("row %zu: %s", i, err.text);
        assert_string_equal(secret.text, rows[i].secret);
        assert_int_equal(secret.len, strlen(rows[i].secret));
    }
}

static void nothing_of_later_lines_is_left_in_memory(void **state)
{
    struct secret secret;
    (void)state;
    write_file("first\nsecond", 12);
    memset(&secret, 'x', sizeof secret);
    assert_true(secret_read_file(path, &secret, NULL));
    for (size_t i = secret.len; i < sizeof secret.text; i++)
        assert_int_equal(secret.text[i], '\0');
}

static void an_empty_first_line_is_a_mistake(void **state)
{
    static const char *const contents[] = {"", "\n", "\r\n", "\nsecond\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct secret secret = {.len = 77};
        struct err err;
        write_file(contents[i], strlen(contents[i]));
        assert_false(secret_read_file(path, &secret, &err));
        assert_int_equal(err.kind, ERR_SECRET);
        assert_non_null(strstr(err.text, path));
        assert_int_equal(secret.len, 77);
    }
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    struct secret secret = {.len = 77};
    struct err err;
    (void)state;
    assert_false(secret_read_file("/nonexistent/password", &secret, &err));
    assert_int_equal(err.kind, ERR_SECRET);
    assert_non_null(strstr(err.text, "/nonexistent/password"));
    assert_non_null(strstr(err.text, "No such file"));
    assert_false(secret_read_file(folder, &secret, &err));
    assert_int_equal(err.kind, ERR_SECRET);
    assert_non_null(strstr(err.text, "directory"));
    assert_int_equal(secret.len, 77);
}

static void a_secret_fits_whole_or_is_refused(void **state)
{
    static const struct {
        size_t len;
        bool newline, ok;
    } rows[] = {{SECRET_MAX - 2, true, true},  {SECRET_MAX - 2, false, true}, {SECRET_MAX - 1, true, true},
                {SECRET_MAX - 1, false, true}, {SECRET_MAX, true, false},     {SECRET_MAX, false, false},
                {3 * SECRET_MAX, false, false}};
    static char text[3 * SECRET_MAX + 1];
    (void)state;
    memset(text, 's', sizeof text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct secret secret = {.len = 77};
        struct err err = {.text = ""};
        text[rows[i].len] = '\n';
        write_file(text, rows[i].len + rows[i].newline);
        text[rows[i].len] = 's';
        if (secret_read_file(path, &secret, &err) != rows[i].ok)
            fail_msg("%zu bytes%s: %s", rows[i].len, rows[i].newline ? " and a newline" : "", err.text);
        assert_int_equal(secret.len, rows[i].ok ? rows[i].len : 77);
        assert_null(strstr(err.text, "sss"));
    }
}

static void a_wiped_secret_is_gone(void **state)
{
    struct secret secret;
    (void)state;
    write_file("hunter2", 7);
    assert_true(secret_read_file(path, &secret, NULL));
    secret_wipe(&secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(((const char *)&secret)[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_is_read_without_its_end), TEST(nothing_of_later_lines_is_left_in_memory),
        TEST(an_empty_first_line_is_a_mistake),       TEST(a_file_that_cannot_be_read_says_why),
        TEST(a_secret_fits_whole_or_is_refused),      TEST(a_wiped_secret_is_gone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
