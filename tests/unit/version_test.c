/* version: what servers call themselves, as one comparable integer. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/version.h>

static void versions_are_read_part_by_part(void **state)
{
    static const struct {
        const char *text;
        uint32_t version;
    } rows[] = {
        {"7.0.15", VERSION(7, 0, 15)},
        {"6.0.16", VERSION(6, 0, 16)},
        {"8.0.0-rc1", VERSION(8, 0, 0)},
        {"7.2", VERSION(7, 2, 0)},
        {"7", VERSION(7, 0, 0)},
        {"255.255.255", VERSION(255, 255, 255)},
        {"7.4.1.5", VERSION(7, 4, 1)},
        {"", 0},
        {"256.0.0", 0},
        {"7.256.0", 0},
        {"7..1", 0},
        {".7", 0},
        {"7.0.", 0},
        {"v7.0.15", 0},
        {"-7.0", 0},
        {"unstable", 0},
        {"99999999999999999999.0.0", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        EACH_GUARDED(g, str_of(rows[i].text))
    if (version_parse(g.slice) != rows[i].version)
        fail_msg("\"%s\" was read as %#x", rows[i].text, (unsigned)version_parse(g.slice));
    assert_int_equal(version_parse((struct str){NULL, 0}), 0);
}

static void versions_compare_as_people_do(void **state)
{
    static const char *const ascending[] = {"2.8.13", "6.0.16", "6.2.0", "6.2.14",     "7.0.0",
                                            "7.0.15", "7.2.4",  "8.0.2", "255.255.255"};
    (void)state;
    for (size_t i = 1; i < COUNT(ascending); i++)
        assert_true(version_parse(str_of(ascending[i - 1])) < version_parse(str_of(ascending[i])));
}

static void parts_come_out_again(void **state)
{
    uint32_t version = version_parse(STR("7.2.4"));
    (void)state;
    assert_int_equal(VERSION_MAJOR(version), 7);
    assert_int_equal(VERSION_MINOR(version), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(versions_are_read_part_by_part),
        TEST(versions_compare_as_people_do),
        TEST(parts_come_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
