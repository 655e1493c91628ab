/* redis-bluegreen check: exit codes, the line for monitoring, the explanation, and waiting. */
#include "support/redis.h"
#include <jansson.h>
#include <string.h>

static int run(const char *const *args, char **ret_out, char **ret_err)
{
    const char *argv[16] = {CLI_PROGRAM, "check"};
    for (size_t i = 2; *args && i < 15; i++)
        argv[i] = *args++;
    return proc_run(argv, NULL, ret_out, ret_err);
}

#define CHECK(out, err, ...) run((const char *const[]){__VA_ARGS__, NULL}, out, err)

static char *pair_file(unsigned blue, unsigned green)
{
    return test_file("check.yml",
                     "agent: {primary_min_uptime: 0s}\n"
                     "targets: [{name: blue, url: 'redis://127.0.0.1:%u'}, {name: green, url: "
                     "'redis://127.0.0.1:%u'}]\n"
                     "pairs: [{name: shop, blue: blue, green: green}]\n",
                     blue, green);
}

static char *url_of(unsigned port)
{
    return test_text("redis://127.0.0.1:%u", port);
}

static char *first_line(const char *text)
{
    return test_text("%.*s", (int)strcspn(text, "|\n"), text);
}

static void the_exit_code_says_how_bad_it_is(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    char *out, *err, *file = pair_file(blue->port, green->port);
    (void)state;
    assert_int_equal(CHECK(&out, &err, "--config", file), 0);
    assert_string_equal(err, "");
    assert_string_equal(first_line(out), "OK - blue, green, shop are healthy ");
    assert_contains(out, " green.lag_bytes=0;1048576;16777216");
    assert_int_equal(CHECK(&out, &err, "--config", file, "green"), 0);
    assert_string_equal(first_line(out), "OK - green is healthy ");
    assert_contains(out, " lag_bytes=0;1048576;16777216");
    assert_int_equal(CHECK(&out, &err, "--redis.addr", url_of(green->port)), 0);
    assert_string_equal(first_line(out), "OK - redis is healthy ");

    /* Both sides the wrong way round: versions are worth a warning, and so is a primary that is not blue. */
    assert_int_equal(CHECK(&out, &err, "--config", pair_file(green->port, blue->port), "blue"), 2);
    assert_contains(first_line(out), "CRITICAL - blue: role_designated designated_not_primary");
    assert_int_equal(CHECK(&out, &err, "--config", pair_file(green->port, blue->port), "green"), 1);
    assert_contains(first_line(out),
                    "WARNING - green: role_other primary_not_designated, version_green version");

    assert_int_equal(CHECK(&out, &err, "--config", pair_file(blue->port, test_free_port()), "green"), 2);
    assert_contains(first_line(out), "CRITICAL - green: reachable connect_refused: ");
    assert_contains(first_line(out), "Connection refused");
}

static void mistakes_are_unknown_for_monitoring(void **state)
{
    char *out, *err, *file = pair_file(test_free_port(), test_free_port());
    (void)state;
    assert_int_equal(CHECK(&out, &err, "green"), 3);
    assert_contains(err, "--config FILE is missing");
    assert_int_equal(CHECK(&out, &err, "--config", file, "red"), 3);
    assert_contains(err, "there is no target or pair red");
    assert_int_equal(CHECK(&out, &err, "--config", file, "green", "--as", "master"), 3);
    assert_contains(err, "--as is primary, replica or read");
    assert_int_equal(CHECK(&out, &err, "--config", file, "--as", "primary"), 3);
    assert_contains(err, "none is named");
    assert_int_equal(CHECK(&out, &err, "--config", file, "--wait", "soon"), 3);
    assert_int_equal(CHECK(&out, &err, "--config", file, "--format"), 3);
    assert_contains(err, "a value is missing behind \"--format\"");
    assert_int_equal(CHECK(&out, &err, "--config", file, "--verbose"), 3);
    assert_contains(err, "what is \"--verbose\"");
    assert_int_equal(CHECK(&out, &err, "--config", "/nowhere/check.yml"), 3);
}

/* A check of the user's own, with every part of the explanation. */
static void an_explanation_says_what_was_seen_of_what_and_what_to_do(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    char *checks = test_file("checks.yml", "checks:\n"
                                           "  - name: keys\n"
                                           "    help: There are few keys\n"
                                           "    if: used_memory > 1kb\n"
                                           "    value: db0:keys * 1mb\n"
                                           "    unit: bytes\n"
                                           "    warn: {above: 1mb, until: 1mb}\n"
                                           "    fail: {above: 2mb, until: 2mb}\n"
                                           "    fall: 3\n"
                                           "    hold: 5s\n"
                                           "    stops: [read]\n"
                                           "    todo: Delete some\n"
                                           "  - name: never\n"
                                           "    help: It does not apply\n"
                                           "    if: is_replica\n"
                                           "    when: link_up == 0\n");
    char *file = test_file("check.yml",
                           "agent: {health_checks: '%s'}\n"
                           "targets: [{name: '', url: 'redis://127.0.0.1:%u'}]\n",
                           checks, redis->port);
    char *out, *err;
    (void)state;
    redis_ask(redis, "MSET a 1 b 2 c 3");
    assert_int_equal(CHECK(&out, &err, "--config", file), 2);
    assert_string_equal(out, "CRITICAL - redis: keys 3 MB, at most 2 MB | keys=3145728;1048576;2097152\n");
    assert_int_equal(CHECK(&out, &err, "--config", file, "--explain"), 2);
    assert_contains(out, "redis keys: fail (keys)\n"
                         "    means    There are few keys\n"
                         "    saw      3 MB, at most 2 MB\n"
                         "    if       used_memory > 1kb\n"
                         "    value    db0:keys * 1mb\n"
                         "    warn     above 1 MB, until 1 MB\n"
                         "    fail     above 2 MB, until 2 MB\n"
                         "    turns    bad after 3 looks in a row, good after 1, bad for 5 s at least\n"
                         "    stops    read\n"
                         "    todo     Delete some\n");
    assert_contains(out, "redis never: pass (ok), does not apply here\n");
    assert_int_equal(CHECK(&out, &err, "--config", file, "--format", "json"), 2);
    json_t *report = json_loads(out, 0, NULL);
    assert_non_null(report);
    assert_string_equal(json_string_value(json_object_get(report, "status")), "fail");
    assert_non_null(json_object_get(json_object_get(report, "checks"), "redis:keys"));
    json_decref(report);
    redis_ask(redis, "DEL b c");
    assert_int_equal(CHECK(&out, &err, "--config", file), 0);
    redis_ask(redis, "SET b 2");
    assert_int_equal(CHECK(&out, &err, "--config", file), 1);
    assert_string_equal(out, "WARNING - redis: keys 2 MB, at most 1 MB | keys=2097152;1048576;2097152\n");
    redis_ask(redis, "FLUSHALL");
    assert_int_equal(CHECK(&out, &err, "--config", file), 3);
    assert_string_equal(out, "UNKNOWN - redis: keys unknown\n");
}

static void a_question_is_answered_as_a_load_balancer_would_be(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    char *out, *err, *file = pair_file(blue->port, green->port);
    (void)state;
    assert_int_equal(CHECK(&out, &err, "--config", file, "blue", "--as", "primary"), 0);
    assert_string_equal(out, "OK - blue is fit for traffic as primary\n");
    assert_int_equal(CHECK(&out, &err, "--config", file, "green", "--as=replica"), 0);
    assert_int_equal(CHECK(&out, &err, "--config", file, "green", "--as", "primary"), 2);
    assert_string_equal(
        out,
        "CRITICAL - green gets no traffic as primary: role (not_primary), designated (not_designated)\n");
    assert_int_equal(CHECK(&out, &err, "--config", file, "green", "--as", "primary", "--explain"), 2);
    assert_contains(out, "[-] role: not_primary\n    means    Its role is primary\n[");
}

static void a_start_up_script_waits_for_a_primary(void **state)
{
    unsigned port = test_free_port();
    (void)state;
    struct proc *waiting =
        proc_start((const char *const[]){CLI_PROGRAM, "check", "--redis.addr", url_of(port), "--as",
                                         "primary", "--wait", "60s", NULL},
                   NULL);
    int64_t later = test_now_ms() + 700;
    WAIT_UNTIL(test_now_ms() > later, SOON_MS);
    assert_true(proc_running(waiting));
    struct redis *redis = redis_start_at(REDIS_7_0, port, NULL);
    redis_await(redis);
    assert_int_equal(proc_wait(waiting, 40000), 0); /* ten seconds of it are primary_min_uptime */
    assert_string_equal(proc_out(waiting), "OK - redis is fit for traffic as primary\n");

    char *out, *err;
    int64_t start = test_now_ms();
    assert_int_equal(CHECK(&out, &err, "--redis.addr", url_of(test_free_port()), "--wait", "1s"), 2);
    assert_true(test_now_ms() - start >= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_exit_code_says_how_bad_it_is),
        TEST(mistakes_are_unknown_for_monitoring),
        TEST(an_explanation_says_what_was_seen_of_what_and_what_to_do),
        TEST(a_question_is_answered_as_a_load_balancer_would_be),
        TEST(a_start_up_script_waits_for_a_primary),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
