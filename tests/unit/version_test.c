/* version: what servers call themselves, as one comparable integer. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/server_kind.h>

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

static void a_server_is_named_by_kind_and_version(void **state)
{
    static const struct {
        const char *text;
        struct server_kind server;
    } rows[] = {
        {"6.0", {VERSION(6, 0, 0), 0, MODE_CLUSTER}},
        {"redis-7.0.15", {VERSION(7, 0, 15), 0, MODE_CLUSTER}},
        {"valkey-8.1", {VERSION(7, 2, 4), VERSION(8, 1, 0), MODE_CLUSTER}},
        {"sentinel-7.0", {VERSION(7, 0, 0), 0, MODE_SENTINEL}},
    };
    static const char *const bad[] = {"",        "seven",     "-7.0",       "7.0-",       "valkey",
                                      "valkey-", "keydb-6.3", "sentinel-x", "Sentinel-7", "7.0-sentinel"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct server_kind server;
        assert_true(server_kind_parse(str_of(rows[i].text), &server));
        assert_int_equal(server.version, rows[i].server.version);
        assert_int_equal(server.valkey_version, rows[i].server.valkey_version);
        assert_int_equal(server.mode, rows[i].server.mode);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct server_kind server = {1, 2, MODE_UNKNOWN};
        if (server_kind_parse(str_of(bad[i]), &server) || server.version != 1)
            fail_msg("\"%s\" was taken for a server", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(versions_are_read_part_by_part),
        TEST(versions_compare_as_people_do),
        TEST(parts_come_out_again),
        TEST(a_server_is_named_by_kind_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
