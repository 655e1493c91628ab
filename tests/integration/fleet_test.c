/*
 * fleet: lists of targets are followed as they are rewritten, broken, mended and removed; what is in several
 * of them is watched once; and nobody is told a password that is not for him.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include "support/redis.h"
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUICK "poll_interval: 100ms, backoff_max: 200ms"

enum { LOOK_MS = 2 * SOON_MS };

/* The usual file with targets, discoveries and so on in <rest>, of which every line ends. */
static void write_config(struct agent *agent, const char *keys, const char *rest)
{
    test_write(agent->config_path,
               test_text("agent: {listen: [\"127.0.0.1:%u\"], " QUICK ", %s}\n%s", agent->port, keys, rest));
}

static struct agent *start_agent(const char *keys, const char *rest)
{
    struct agent *agent = agent_new();
    write_config(agent, keys, rest);
    agent_start(agent, NULL);
    return agent;
}

/* As those who write such files should do it. */
static void replace(const char *path, const char *text)
{
    char *fresh = test_text("%s.new", path);
    test_write(fresh, text);
    assert_int_equal(rename(fresh, path), 0);
}

static bool shows(struct agent *agent, double value, const struct fake *fake, const char *labels)
{
    return agent_shows(agent, value, "redis_up{target=\"127.0.0.1:%u\"%s}", fake_port(fake), labels);
}

static bool is_target(struct agent *agent, const struct fake *fake)
{
    return metric_count(agent_metrics(agent), "redis_up",
                        test_text("target=\"127.0.0.1:%u\"", fake_port(fake))) > 0;
}

static bool list_shows(struct agent *agent, const char *what, double value, const char *path)
{
    return agent_shows(agent, value, "bluegreen_target_list_%s{file=\"%s\"}", what, path);
}

static void a_list_is_followed(void **state)
{
    struct fake *one = fake_start("6.0.16"), *two = fake_start("7.0.15"), *three = fake_start("7.0.15");
    (void)state;
    char *path = test_file("targets.json",
                           "[{\"targets\": [\"127.0.0.1:%u\", \"redis://127.0.0.1:%u\"],\n"
                           "\t\"labels\": {\"team\": \"a \\\"b\\\"\", \"__meta_x\": \"y\"}}]\n",
                           fake_port(one), fake_port(two));
    struct agent *agent = start_agent(test_text("target_files: \"%s\"", path), "");
    WAIT_UNTIL(shows(agent, 1, one, ",team=\"a \\\"b\\\"\"") && shows(agent, 1, two, ",team=\"a \\\"b\\\"\""),
               SOON_MS);
    assert_true(list_shows(agent, "success", 1, path) && list_shows(agent, "targets", 2, path));

    /* Another set by rename, in YAML: one stays and keeps its connection, under other labels. */
    replace(
        path,
        test_text(
            "- targets: [\"127.0.0.1:%u\"]\n- targets: [\"redis://127.0.0.1:%u\"]\n  labels:\n    env: x\n",
            fake_port(three), fake_port(two)));
    WAIT_UNTIL(is_target(agent, three) && !is_target(agent, one), LOOK_MS);
    WAIT_UNTIL(shows(agent, 1, three, ""), SOON_MS);
    assert_true(shows(agent, 1, two, ",env=\"x\""));
    assert_int_equal(fake_connections(two), 1);
    metrics_assert_well_formed(agent_metrics(agent));

    /* Broken: what was stays, and it is said where the mistake is. */
    replace(path, test_text("- targets: [\"127.0.0.1:%u\"]\n- target: []\n", fake_port(one)));
    WAIT_UNTIL(list_shows(agent, "success", 0, path), LOOK_MS);
    assert_true(list_shows(agent, "targets", 2, path) && is_target(agent, three) && !is_target(agent, one));
    assert_contains(agent_log(agent), test_text("%s:2:3: ", path));
    assert_contains(agent_log(agent), "is not a key of a group");

    /* A reload does not lose what is broken now. */
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
    assert_true(is_target(agent, three) && is_target(agent, two) && list_shows(agent, "success", 0, path));
    assert_int_equal(fake_connections(two), 1);

    /* Mended, then removed. */
    replace(path, test_text("[{\"targets\": [\"127.0.0.1:%u\"]}]", fake_port(one)));
    WAIT_UNTIL(shows(agent, 1, one, "") && list_shows(agent, "success", 1, path), LOOK_MS);
    assert_false(is_target(agent, three));
    unlink(path);
    WAIT_UNTIL(list_shows(agent, "success", 0, path), LOOK_MS);
    WAIT_UNTIL(!is_target(agent, one), LOOK_MS);
    assert_int_equal(agent_get(agent, "/health/ready").status, 200);
    agent_stop(agent);
}

static void many_files_are_one_set(void **state)
{
    struct fake *blue = fake_start("6.0.16"), *other = fake_start("7.0.15"), *late = fake_start("7.0.15");
    const char *dir = test_dir();
    (void)state;
    test_write(test_text("%s/a.yml", dir), test_text("- targets: [\"127.0.0.1:%u\", \"127.0.0.1:%u\"]\n",
                                                     fake_port(blue), fake_port(other)));
    test_write(test_text("%s/b.yml", dir), test_text("- targets: [\"127.0.0.1:%u\"]\n", fake_port(other)));
    struct agent *agent =
        start_agent(test_text("target_files: [\"%s/*.yml\", \"%s/absent.json\"]", dir, dir),
                    test_text("targets: [{name: blue, url: \"redis://127.0.0.1:%u\"}]\n", fake_port(blue)));
    WAIT_UNTIL(shows(agent, 1, other, "") && agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    assert_int_equal(metric_count(agent_metrics(agent), "redis_up", ""), 2);
    assert_true(agent_shows(agent, 2, "bluegreen_targets_left_out{reason=\"duplicate\"}"));
    assert_true(list_shows(agent, "success", 0, test_text("%s/absent.json", dir)));
    assert_int_equal(fake_connections(blue), 1);

    test_write(test_text("%s/c.yml", dir), test_text("- targets: [\"127.0.0.1:%u\"]\n", fake_port(late)));
    WAIT_UNTIL(shows(agent, 1, late, ""), LOOK_MS);
    unlink(test_text("%s/c.yml", dir));
    WAIT_UNTIL(!is_target(agent, late), LOOK_MS);
    assert_int_equal(metric_count(agent_metrics(agent), "bluegreen_target_list_success", "c.yml"), 0);
    agent_stop(agent);
}

/* Whoever waits for numbers gets them, whatever happens to the set meanwhile. */
static void scrapes_go_on_while_it_changes(void **state)
{
    struct fake *fakes[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        fakes[i] = fake_start("7.0.15");
    char *path = test_file("targets.json", "[]");
    struct agent *agent = start_agent(test_text("max_age: 0s, target_files: \"%s\"", path), "");
    fake_answer(fakes[0], "INFO", &(struct fake_answer){.head = fake_info("7.0.15"), .delay_ms = 50});
    for (int round = 0; round < 6; round++) {
        unsigned kept = fake_port(fakes[0]), turns = fake_port(fakes[1 + round % 2]);
        replace(path, test_text("[{\"targets\": [\"127.0.0.1:%u\", \"127.0.0.1:%u\"]}]", kept, turns));
        int64_t end = test_now_ms() + LOOK_MS;
        const char *page;
        do {
            page = agent_metrics(agent);
            metrics_assert_well_formed(page);
        } while (!metric_count(page, "redis_up", test_text("127.0.0.1:%u", turns)) && test_now_ms() < end);
        assert_int_equal(metric_count(page, "redis_up", ""), 2);
    }
    assert_int_equal(fake_connections(fakes[0]), 1);
    agent_stop(agent);
}

/* The defaults are for the servers that the lists name; an address with its own user has its own. */
static void passwords_stay_where_they_belong(void **state)
{
    struct fake *configured = fake_start("6.0.16"), *listed = fake_start("7.0.15"),
                *own = fake_start("7.0.15");
    (void)state;
    char *path =
        test_file("targets.json", "[{\"targets\": [\"127.0.0.1:%u\", \"redis://u:own-one@127.0.0.1:%u\"]}]",
                  fake_port(listed), fake_port(own));
    struct agent *agent =
        start_agent(test_text("target_files: \"%s\"", path),
                    test_text("targets: [{name: blue, url: \"127.0.0.1:%u\", password: for-blue}]\n"
                              "target_defaults: {username: all, password: for-lists}\n",
                              fake_port(configured)));
    WAIT_UNTIL(shows(agent, 1, listed, "") && shows(agent, 1, own, "") &&
                   agent_shows(agent, 1, "redis_up{target=\"blue\"}"),
               SOON_MS);
    assert_int_equal(fake_count(configured, "AUTH"), fake_count(configured, "AUTH for-blue"));
    assert_int_equal(fake_count(listed, "AUTH"), fake_count(listed, "AUTH all for-lists"));
    assert_int_equal(fake_count(own, "AUTH"), fake_count(own, "AUTH u own-one"));
    assert_true(fake_count(own, "AUTH") && fake_count(listed, "AUTH") && fake_count(configured, "AUTH"));
    assert_lacks(agent_log(agent), "for-");
    assert_lacks(agent_metrics(agent), "own-one");
    agent_stop(agent);
}

static void a_label_of_ours_is_refused(void **state)
{
    static const char *const bad[] = {"target", "side", "cmd", "le", "db", "not a name", "discovery"};
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    char *path = test_file("targets.yml", "- targets: [\"127.0.0.1:%u\"]\n", fake_port(fake));
    struct agent *agent = start_agent(test_text("target_files: \"%s\"", path), "");
    WAIT_UNTIL(shows(agent, 1, fake, ""), SOON_MS);
    unlink(path);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *name = test_text("%s/bad.yml", test_dir());
        test_write(name, test_text("- targets: [h]\n  labels: {\"%s\": x}\n", bad[i]));
        write_config(agent, test_text("target_files: \"%s\"", name), "");
        assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
        assert_true(list_shows(agent, "success", 0, name) && list_shows(agent, "targets", 0, name));
    }
    assert_int_equal(test_occurrences(agent_log(agent), "bad.yml:2:12: "), sizeof bad / sizeof bad[0]);
    agent_stop(agent);
}

/* A path that a page has already would hide the page or the metrics. */
static void the_metrics_have_a_page_of_their_own(void **state)
{
    static const char *const taken[] = {"/", "/health", "/health/blue", "/-/reload",
                                        "/discover-cluster-nodes"};
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        char *config =
            test_file("agent.yml", "agent: {telemetry_path: %s}\ntargets: [{name: a, url: h}]\n", taken[i]);
        char *errors;
        int code =
            proc_run(AGENT_ARGS(AGENT_PROGRAM, "--check-config", "--config", config), NULL, NULL, &errors);
        assert_int_equal(code, 2);
        assert_contains(errors, "agent.telemetry_path");
        assert_contains(errors, "is one of the agent's own pages");
    }
}

/* ---- IPv6 ------------------------------------------------------------------------------------------- */

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static void an_address_may_be_ipv6(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    struct redis *redis = redis_start(REDIS_7_0, REDIS_ARGS("--bind", "127.0.0.1", "::1"));
    char *path = test_file("targets.yml", "- targets: [\"[::1]:%u\"]\n", redis->port);
    struct agent *agent = start_agent(test_text("target_files: \"%s\"", path), "");
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"::1:%u\"}", redis->port), SOON_MS);
    assert_contains(redis_ask(redis, "CLIENT LIST"), "addr=[::1]:");
    assert_int_equal(agent_get(agent, test_text("/health/::1:%u", redis->port)).status, 200);
    agent_stop(agent);
}

/* ---- thousands -------------------------------------------------------------------------------------- */

static const char *many_targets(unsigned count)
{
    char *text = test_alloc((size_t)count * 32 + 64), *at = text;
    at += sprintf(at, "[{\"targets\": [");
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, "%s\"127.1.%u.%u:1\"", i ? "," : "", i / 250, i % 250 + 1);
    sprintf(at, "]}]");
    return text;
}

/* Nobody is there, but the set is: changing it stays quick. */
static void five_thousand_come_and_go_quickly(void **state)
{
    enum { MANY = 5000 };
    (void)state;
    char *path = test_file("targets.json", "%s", many_targets(MANY));
    struct agent *agent = agent_new();
    test_write(
        agent->config_path,
        test_text(
            "agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 1h, max_age: 1h, target_files: \"%s\"}\n",
            agent->port, path));
    agent_start(agent, NULL);
    int64_t begin = test_now_ms();
    for (int i = 0; i < 5; i++)
        assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "Content-Length: 0\r\n").status, 200);
    int64_t took = (test_now_ms() - begin) / 5;
    print_message("a reload with %d targets takes %d ms here\n", MANY, (int)took);
    assert_true(took < 3000);
    replace(path, many_targets(MANY - 1));
    WAIT_UNTIL(strstr(agent_log(agent), test_text("targets=%d\n", MANY - 1)), LOOK_MS);
    replace(path, "[]");
    WAIT_UNTIL(strstr(agent_log(agent), "targets=0\n"), LOOK_MS);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_followed),
        TEST(many_files_are_one_set),
        TEST(scrapes_go_on_while_it_changes),
        TEST(passwords_stay_where_they_belong),
        TEST(a_label_of_ours_is_refused),
        TEST(the_metrics_have_a_page_of_their_own),
        TEST(an_address_may_be_ipv6),
        TEST(five_thousand_come_and_go_quickly),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
