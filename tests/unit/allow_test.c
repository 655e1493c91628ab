/* allow: which servers a caller may name, and, more important, which not. */
#include "io/allow.h"
#include "unit/support/check.h"

static bool fits(const char *rule_text, const char *url)
{
    struct arena arena;
    struct allow rule;
    struct endpoint endpoint;
    const char *user, *password, *clean;
    struct err err;
    arena_init(&arena, 0, 1 << 16);
    if (!allow_parse(str_of(rule_text), &rule, &err))
        fail_msg("%s: %s", rule_text, err.text);
    assert_true(conf_parse_url(str_of(url), &arena, &endpoint, &user, &password, &clean, &err));
    bool result = allow_fits(&rule, &endpoint);
    arena_done(&arena);
    return result;
}

static void what_fits_and_what_not(void **state)
{
    static const struct {
        const char *rule, *url;
        bool fits;
    } rows[] = {
        {"10.0.0.*:6379", "redis://10.0.0.7:6379", true},
        {"10.0.0.*:6379", "10.0.0.7", true},
        {"10.0.0.*:6379", "rediss://10.0.0.7", true},
        {"10.0.0.*:6379", "redis://10.0.0.7:6380", false},
        {"10.0.0.*:6379", "redis://10.0.1.7:6379", false},
        {"10.0.0.*", "redis://10.0.0.7:6379", true},
        {"10.0.0.*", "redis://10.0.0.7:1", false},
        {"redis-*.example.net:63*", "redis-1.example.net:6380", true},
        {"redis-*.example.net:63*", "redis-1.example.org:6380", false},
        {"redis-*.example.net:63*", "evil.net:6380", false},
        {"*:6379", "anything:6379", true},
        {"*:*", "unix:///run/redis.sock", false},
        {"10.0.0.0/8:6379", "10.255.1.2:6379", true},
        {"10.0.0.0/8:6379", "11.0.0.1:6379", false},
        {"10.0.0.0/8:6379", "10.evil.net:6379", false},
        {"10.128.0.0/9:*", "10.127.0.1:1", false},
        {"10.128.0.0/9:*", "10.128.0.1:1", true},
        {"0.0.0.0/0:*", "1.2.3.4:5", true},
        {"0.0.0.0/0:*", "[::1]:5", false},
        {"1.2.3.4/32:6379", "1.2.3.4", true},
        {"1.2.3.4/32:6379", "1.2.3.5", false},
        {"[fd00::]/8:6379", "[fd12::1]:6379", true},
        {"[fd00::]/8:6379", "[fe00::1]:6379", false},
        {"[::1]:6379", "[::1]", true},
        {"[::1]:6379", "[::2]", false},
        {"unix:///run/redis.sock", "unix:///run/redis.sock", true},
        {"unix:///run/redis.sock", "unix:///run/redis.sock2", false},
        {"unix:///run/redis.sock", "run:6379", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (fits(rows[i].rule, rows[i].url) != rows[i].fits)
            fail_msg("%s and %s", rows[i].rule, rows[i].url);
}

static void what_is_no_rule(void **state)
{
    static const char *const bad[] = {"",           ":1",         "h:",           "h:1x",
                                      "a b:1",      "h/8:1",      "1.2.3.4/33:1", "1.2.3.4/-1:1",
                                      "1.2.3.4/:1", "[::1/128:1", "::1:6379",     "unix://x",
                                      "unix:///a*", "h:1:2",      "h?:1",         "[::]/129:1"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct allow rule;
        struct err err = {.kind = ERR_NONE};
        if (allow_parse(str_of(bad[i]), &rule, &err))
            fail_msg("\"%s\" is taken for a rule", bad[i]);
        assert_int_equal(err.kind, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_fits_and_what_not), TEST(what_is_no_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
