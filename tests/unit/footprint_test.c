/* footprint: pages of files that only the start has touched are given back, and nothing is lost with them. */
#include "agent/footprint.h"
#include "unit/support/check.h"
#include <dlfcn.h>
#include <stdio.h>

/* Resident pages that are a file's, in KiB. */
static long file_kb(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kb = -1;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "RssFile: %ld", &kb) == 1)
            break;
    fclose(file);
    assert_true(kb > 0);
    return kb;
}

static const char constant[4 * 4096] = "before";

static void pages_of_the_start_are_given_back(void **state)
{
    (void)state;
    long before = file_kb();
    footprint_settle();
    assert_true(file_kb() < before * 3 / 4);
}

static void nothing_is_lost_with_them(void **state)
{
    static char written[4096] = "written";
    (void)state;
    written[0] = 'W';
    footprint_settle();
    assert_string_equal(constant, "before");
    assert_string_equal(written, "Written");
    assert_int_equal(constant[sizeof constant - 1], 0);
    assert_non_null(dlsym(RTLD_DEFAULT, "uv_run")); /* symbol tables are read again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_of_the_start_are_given_back),
        TEST(nothing_is_lost_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
