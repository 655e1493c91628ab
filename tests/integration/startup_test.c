/*
 * startup: what the command line promises. Mistakes are named, all of them at once, before anything starts;
 * questions are answered without starting; secrets are shown to nobody.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <stdio.h>
#include <string.h>

#define RUN(code, out, err, ...)                                                                             \
    assert_int_equal(proc_run(AGENT_ARGS(AGENT_PROGRAM, __VA_ARGS__), NULL, out, err), code)

static void a_port_in_use_is_one_sentence(void **state)
{
    struct fake *other = fake_start("7.0.15");
    const char *address = test_text("127.0.0.1:%u", fake_port(other));
    char *out, *err;
    (void)state;
    RUN(1, &out, &err, "--web.listen-address", address);
    assert_string_equal(out, "");
    assert_int_equal(test_occurrences(err, "\n"), 1);
    assert_contains(err, test_text("cannot listen on %s", address));
    RUN(1, &out, &err, "--web.listen-address", test_text("127.0.0.1:%u", test_free_port()),
        "--web.listen-address", address);
    assert_int_equal(test_occurrences(err, "\n"), 1);
}

static void it_listens_on_all_its_addresses(void **state)
{
    struct agent *agent = agent_new();
    unsigned second = test_free_port();
    (void)state;
    agent_start_with(agent, AGENT_ARGS("--web.listen-address", test_text("127.0.0.1:%u", second)), NULL);
    assert_int_equal(agent_get(agent, "/health/live").status, 200);
    assert_int_equal(http_get(second, "/health/live").status, 200);
    assert_contains(agent_log(agent), test_text("listening address=127.0.0.1:%u", second));
    agent_stop(agent);
    assert_true(http_connect(agent->port) < 0 && http_connect(second) < 0);
}

static void all_mistakes_of_a_file_come_at_once(void **state)
{
    const char *path = test_file("bad.yml", "agent:\n"
                                            "  poll_intervall: 1s\n"
                                            "  max_age: soon\n"
                                            "targets:\n"
                                            "  - name: blue\n"
                                            "    url: http://127.0.0.1\n"
                                            "  - name: blue\n"
                                            "    url: redis://127.0.0.1:6380\n"
                                            "pairs:\n"
                                            "  - {name: p, blue: blue, green: purple}\n");
    char *out, *err;
    (void)state;
    RUN(2, &out, &err, "--config", path);
    assert_string_equal(out, "");
    assert_contains(
        err, test_text("%s:2:3: agent.poll_intervall is not a key; did you mean poll_interval?\n", path));
    assert_contains(err, test_text("%s:3:12: ", path));
    assert_contains(err, test_text("%s:6:10: ", path));
    assert_contains(err, test_text("%s:7:11: ", path));
    assert_contains(err, test_text("%s:10:34: ", path));
    assert_int_equal(test_occurrences(err, "\n"), 5);
    assert_lacks(err, "listening");
}

static void wrong_command_lines(void **state)
{
    const char *good = test_file("good.yml", "targets: [{name: blue, url: \"redis://127.0.0.1:1\"}]\n");
    char *err;
    (void)state;
    RUN(2, NULL, &err, "--redis.adr", "redis://127.0.0.1:1");
    assert_contains(err, "did you mean --redis.addr?");
    RUN(2, NULL, &err, "--config", "/does/not/exist.yml");
    assert_contains(err, "/does/not/exist.yml");
    RUN(2, NULL, &err, "--config", good, "--redis.addr", "redis://127.0.0.1:1");
    assert_contains(err, "--redis.addr");
    RUN(2, NULL, &err, "hunter2");
    assert_lacks(err, "hunter2");
    RUN(2, NULL, &err, "--config");
    assert_contains(err, "needs a value");
    RUN(2, NULL, &err, "--redis.addr", "redis://127.0.0.1:hunter2");
    assert_lacks(err, "hunter2");
    RUN(2, NULL, &err, "--redis.addr", "redis://127.0.0.1:1", "--log-level", "loud");
    assert_contains(err, "--log-level");
}

static void unreadable_secrets(void **state)
{
    const char *dir = test_dir(), *empty = test_file("empty", "\n");
    const char *path =
        test_file("secrets.yml",
                  "targets:\n"
                  "  - {name: a, url: \"redis://127.0.0.1:1\", password_file: /does/not/exist}\n"
                  "  - {name: b, url: \"redis://127.0.0.1:1\", password_file: \"%s\"}\n"
                  "  - {name: c, url: \"redis://127.0.0.1:1\", password_file: \"%s\"}\n",
                  dir, empty);
    char *err;
    (void)state;
    RUN(2, NULL, &err, "--config", path);
    assert_int_equal(test_occurrences(err, "\n"), 3);
    assert_contains(err, "target a: cannot read the password file /does/not/exist: No such file");
    assert_contains(err, test_text("target b: cannot read the password file %s", dir));
    assert_contains(err, test_text("target c: the first line of the password file %s is empty", empty));
    RUN(2, NULL, &err, "--redis.addr", "redis://127.0.0.1:1", "--redis.password-file", "/does/not/exist");
    assert_contains(err, "/does/not/exist");
}

static void a_configuration_is_checked_and_shown(void **state)
{
    const char *path = test_file("redis-bluegreen.yml", "agent:\n"
                                                        "  listen: [\"127.0.0.1:9121\"]\n"
                                                        "  poll_interval: 1s\n"
                                                        "  max_age: 1s                    # fresh\n"
                                                        "targets:\n"
                                                        "  - name: blue\n"
                                                        "    url: redis://app:hunter2@127.0.0.1:6379\n"
                                                        "  - name: green\n"
                                                        "    url: redis://127.0.0.1:6380\n"
                                                        "    password: hunter3\n"
                                                        "pairs:\n"
                                                        "  - name: sessions\n"
                                                        "    blue: blue\n"
                                                        "    green: green\n");
    char *out, *err, *again;
    (void)state;
    RUN(0, &out, &err, "--config", path, "--check-config");
    assert_string_equal(err, "");
    assert_contains(out, "in order");
    RUN(0, &out, &err, "--config", path, "--print-config");
    assert_lacks(out, "hunter");
    assert_int_equal(test_occurrences(out, "<redacted>"), 2);
    assert_contains(out, "stale_after: ");
    RUN(0, &again, &err, "--config", test_file("again.yml", "%s", out), "--print-config");
    assert_string_equal(again, out);
    test_write(path, "targets: [{name: blue}]\n");
    RUN(2, &out, &err, "--config", path, "--check-config");
    assert_contains(err, "url");
}

static void questions_are_answered_without_starting(void **state)
{
    char *out, *err;
    (void)state;
    RUN(0, &out, &err, "--version");
    assert_string_equal(out, "redis-bluegreen-agent " BLUEGREEN_VERSION "\n");
    RUN(0, &out, &err, "-h");
    assert_contains(out, "--redis.addr");
    assert_contains(out, "REDIS_ADDR");
    RUN(0, &out, &err, "--list-metrics");
    assert_contains(out, "redis_up\tgauge\t\t1 when the last poll");
    assert_true(test_occurrences(out, "\n") > 200);
    RUN(0, &out, &err, "--document-config");
    assert_contains(out, "`poll_interval`");
    assert_string_equal(err, "");
}

/* ---- secrets ---------------------------------------------------------------------------------------- */

/* The NULs between the arguments become blanks. */
static char *command_line(const struct agent *agent)
{
    char *text = test_alloc(8192);
    FILE *file = fopen(test_text("/proc/%d/cmdline", (int)proc_pid(agent->proc)), "re");
    size_t len = fread(text, 1, 8191, file);
    fclose(file);
    for (size_t i = 0; i + 1 < len; i++)
        text[i] = text[i] ? text[i] : ' ';
    return text;
}

static void secrets_are_shown_to_nobody(void **state)
{
    static const char *const paths[] = {"/", "/metrics", "/health", "/health?verbose", "/health/live"};
    struct fake *fake = fake_start("7.0.15"), *other = fake_start("6.0.16");
    struct agent *agent = agent_new();
    const char *plain = test_text("--redis.addr=redis://127.0.0.1:%u/1", fake_port(other));
    const char *full = test_text("redis://user:hunter2@127.0.0.1:%u", fake_port(fake));
    (void)state;
    fake_answer(other, "AUTH",
                &(struct fake_answer){.head = "-WRONGPASS invalid username-password pair\r\n"});
    agent_start_with(agent, AGENT_ARGS("--redis.addr", full, plain, "--redis.password", "hunter3", "-debug"),
                     NULL);
    agent_await_ready(agent);
    WAIT_UNTIL(fake_count(fake, "AUTH user hunter2") && fake_count(other, "AUTH hunter3"), SOON_MS);
    assert_lacks(command_line(agent), "hunter");
    assert_contains(command_line(agent), "--redis.addr");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_lacks(agent_get(agent, paths[i]).body, "hunter");
    agent_stop(agent);
    assert_lacks(agent_log(agent), "hunter");
    assert_lacks(proc_out(agent->proc), "hunter");
}

/* What another exporter understood is not refused; what has no meaning here is named once. */
static void the_peers_flags_start_unchanged(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = agent_new();
    (void)state;
    agent_start_with(agent,
                     AGENT_ARGS("-redis.addr", test_text("redis://127.0.0.1:%u", fake_port(fake)),
                                "-is-tile38", "--ping-on-connect", "-log-format", "json",
                                "-connection-timeout=15s"),
                     NULL);
    agent_await_ready(agent);
    const char *log = agent_log(agent);
    assert_contains(log, "is-tile38: ignored");
    assert_contains(log, "ping-on-connect: ignored");
    assert_contains(log, "{\"ts\":");
    assert_true(agent_shows(agent, 1, "redis_up"));
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_port_in_use_is_one_sentence),
        TEST(it_listens_on_all_its_addresses),
        TEST(all_mistakes_of_a_file_come_at_once),
        TEST(wrong_command_lines),
        TEST(unreadable_secrets),
        TEST(a_configuration_is_checked_and_shown),
        TEST(questions_are_answered_without_starting),
        TEST(secrets_are_shown_to_nobody),
        TEST(the_peers_flags_start_unchanged),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
