/*
 * test: what every integration test stands on: memory, files and descriptors that go when the test ends, and
 * waiting for a condition instead of sleeping.
 *
 *   group setup ─► [ test_setup ─► test ─► test_teardown ] … ─► group teardown ─► exit
 *
 * Whatever is acquired through these helpers is released in reverse order at the end of the test in which it
 * was acquired, also when an assertion jumps out of it. What a group's setup acquires lives until the group's
 * teardown (test_group_teardown), and at exit() everything goes in any case.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above before it */
#include <cmocka.h>

/* A test of the group's table, with the fixtures of this file. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, test_setup, test_teardown)

int test_setup(void **state);
int test_teardown(void **state);
int test_group_teardown(void **state);

/*
 * The exit code of a test program, from what cmocka_run_group_tests() returned. cmocka does not count a
 * group's teardown that fails; here it counts when it does not come to test_group_teardown(), its last call.
 */
int test_result(int failed);

/* Calls <release> with <arg> when the test (or group) ends. */
void test_on_end(void (*release)(void *arg), void *arg);

/* Memory until the end of the test; never NULL. */
void *test_alloc(size_t size);
char *test_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *test_vtext(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* The temporary directory of the test. */
const char *test_dir(void);

/* Path of a file <name> in a temporary directory, written whole. */
char *test_file(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
void test_write(const char *path, const char *text);

/* The content of a file, NUL-terminated; "" when there is none. */
char *test_read(const char *path);
size_t test_occurrences(const char *text, const char *part);

/* Closes <fd> at the end of the test. Returns it. */
int test_fd(int fd);

/* A loopback port that nobody has now, nor the one of the cluster bus above it, outside of what outgoing
 * connections use. */
unsigned test_free_port(void);

int64_t test_now_ms(void);

#define TEST_TICK_MS 10
void test_tick(void);

/* Waits until <condition> holds, and fails the test when it does not within <ms>. */
#define WAIT_UNTIL(condition, ms)                                                                            \
    do {                                                                                                     \
        int64_t wait_until_end_ = test_now_ms() + (ms);                                                      \
        while (!(condition)) {                                                                               \
            if (test_now_ms() > wait_until_end_)                                                             \
                fail_msg("%s does not hold after %d ms", #condition, (int)(ms));                             \
            test_tick();                                                                                     \
        }                                                                                                    \
    } while (0)

/* Generous: for things that take a moment on an idle machine and seconds on a busy one. */
#define SOON_MS 20000

#define assert_contains(text, part) test_assert_contains(text, part, __FILE__, __LINE__)
#define assert_lacks(text, part)    test_assert_lacks(text, part, __FILE__, __LINE__)
void test_assert_contains(const char *text, const char *part, const char *file, int line);
void test_assert_lacks(const char *text, const char *part, const char *file, int line);

#endif
