/* check: cmocka with all it wants included before it, and the assertions our types need. */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <bluegreen/err.h>
#include <bluegreen/str.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A test named by a sentence: the function's name with blanks. */
#define TEST(function) cmocka_unit_test(function)

/* The slice is exactly this text. */
#define assert_text(slice, text) check_text((slice), str_of(text), __FILE__, __LINE__)

/* The same for two slices, NULs and all. */
#define assert_slice(slice, expected) check_text((slice), (expected), __FILE__, __LINE__)

static inline void check_text(struct str got, struct str expected, const char *file, int line)
{
    if (str_eq(got, expected))
        return;
    print_error("got \"" STR_FMT "\", expected \"" STR_FMT "\"\n", STR_ARG(got), STR_ARG(expected));
    _fail(file, line);
}

/* Both NaN, or the same number with the same sign (0 is not -0). */
#define assert_double(got, expected) check_double((got), (expected), __FILE__, __LINE__)

static inline void check_double(double got, double expected, const char *file, int line)
{
    if ((got != got && expected != expected) || memcmp(&got, &expected, sizeof got) == 0)
        return;
    print_error("got %.17g, expected %.17g\n", got, expected);
    _fail(file, line);
}

/* xorshift64*: the same sequence in every run, so that a failure can be found again. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

#endif
