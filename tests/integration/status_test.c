/* redis-bluegreen status: one look at every target, for a person, a script, and an exit code. */
#include "support/fake_redis.h"
#include "support/redis.h"
#include <jansson.h>
#include <string.h>

static int run(const char *const *args, char **ret_out, char **ret_err)
{
    const char *argv[8] = {CLI_PROGRAM};
    for (size_t i = 1; *args && i < 7; i++)
        argv[i] = *args++;
    return proc_run(argv, NULL, ret_out, ret_err);
}

#define RUN(out, err, ...) run((const char *const[]){__VA_ARGS__, NULL}, out, err)

/* The line of the table that begins with <name>. */
static const char *row(const char *table, const char *name)
{
    const char *line = strstr(table, test_text("\n%s ", name));
    if (!line)
        fail_msg("no row for %s in\n%s", name, table);
    return test_text("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
}

static void a_healthy_pair_is_shown_and_is_good(void **state)
{
    (void)state;
    struct redis *blue = redis_start(REDIS_6_0, NULL);
    struct redis *green = redis_start_replica(REDIS_7_0, blue);
    char *config = test_file("status.yml",
                             "targets:\n"
                             "  - {name: blue, url: 'redis://127.0.0.1:%u'}\n"
                             "  - {name: green, url: 'redis://127.0.0.1:%u'}\n",
                             blue->port, green->port);
    char *out, *err;
    assert_int_equal(RUN(&out, &err, "status", "--config", config), 0);
    assert_string_equal(err, "");
    assert_contains(row(out, "blue"), "healthy");
    assert_contains(row(out, "blue"), "primary   redis 6.0.16");
    assert_contains(row(out, "green"), "replica   redis 7.0.15");

    assert_int_equal(RUN(&out, &err, "status", "--json", "--config", config), 0);
    json_t *report = json_loads(out, 0, NULL);
    assert_non_null(report);
    assert_string_equal(json_string_value(json_object_get(report, "status")), "pass");
    json_decref(report);
}

/* The slow one is waited for, however often the quick one could be polled meanwhile. */
static void one_that_is_down_makes_it_bad_and_every_target_is_waited_for(void **state)
{
    (void)state;
    struct redis *blue = redis_start(REDIS_6_0, NULL);
    struct fake *silent = fake_start("7.0.15");
    fake_answer(silent, "INFO", &(struct fake_answer){.delay_ms = 600000});
    char *config = test_file("status.yml",
                             "agent: {poll_interval: 50ms, timeout: 1s}\n"
                             "targets:\n"
                             "  - {name: blue, url: 'redis://127.0.0.1:%u'}\n"
                             "  - {name: green, url: 'redis://127.0.0.1:%u'}\n"
                             "  - {name: gone, url: 'redis://127.0.0.1:%u'}\n",
                             blue->port, fake_port(silent), test_free_port());
    char *out, *err;
    assert_int_equal(RUN(&out, &err, "status", "--config", config), 1);
    assert_string_equal(err, "");
    assert_contains(row(out, "blue"), "healthy      primary");
    assert_contains(row(out, "green"), "not healthy");
    assert_contains(row(out, "green"), "did not answer within 1000 ms");
    assert_contains(row(out, "gone"), "Connection refused");
}

static void mistakes_are_named_and_nothing_is_done(void **state)
{
    (void)state;
    char *out, *err;
    assert_int_equal(RUN(&out, &err, "status"), 2);
    assert_contains(err, "--config FILE is missing");
    assert_int_equal(
        RUN(&out, &err, "status", "--config", test_file("bad.yml", "targets: [{name: blue, ulr: x}]\n")), 2);
    assert_contains(err, "bad.yml:1:24:");
    assert_contains(err, "did you mean");
    assert_int_equal(RUN(&out, &err, "migrate"), 2);
    assert_contains(err, "there is no verb \"migrate\"");
    assert_int_equal(RUN(&out, &err, "help"), 0);
    assert_contains(out, "status --config FILE");
    assert_int_equal(RUN(&out, &err, "version"), 0);
    assert_contains(out, "redis-bluegreen ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_pair_is_shown_and_is_good),
        TEST(one_that_is_down_makes_it_bad_and_every_target_is_waited_for),
        TEST(mistakes_are_named_and_nothing_is_done),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
