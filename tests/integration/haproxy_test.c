/*
 * haproxy: HAProxy with deploy/haproxy/redis.cfg, led by the agent, before a real Redis 6.0 and a real 7.0,
 * while things go wrong: where do new connections land, what becomes of old ones, and does ever a write get
 * to a side that is not designated. Times are printed; they depend on the machine.
 */
#include "support/agent.h"
#include "support/client.h"
#include "support/haproxy.h"
#include "support/redis.h"
#include "support/relay.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Long enough to see that something does not happen. */
enum { WHILE_MS = 1500, WRITERS = 3 };

struct scene {
    struct redis *blue, *green;
    struct agent *agent;
    unsigned check_port, admin_port;
    struct haproxy *haproxy;
};

/* ---- the scene -------------------------------------------------------------------------------------- */

static void write_config(struct scene *s, const char *pair_keys)
{
    test_write(s->agent->config_path,
               test_text("agent: {listen: [\"127.0.0.1:%u\"], agent_check_listen: \"127.0.0.1:%u\","
                         " admin_listen: \"127.0.0.1:%u\", state_file: \"%s/state\","
                         " poll_interval: 250ms, timeout: 1s, primary_min_uptime: 1s}\n"
                         "targets: [{name: blue, url: \"redis://127.0.0.1:%u\"},"
                         " {name: green, url: \"redis://127.0.0.1:%u\"}]\n"
                         "pairs: [{name: p, blue: blue, green: green%s}]\n",
                         s->agent->port, s->check_port, s->admin_port, test_dir(), s->blue->port,
                         s->green->port, pair_keys));
}

/* Green replicates blue; the agent knows both. No HAProxy yet. */
static struct scene watched(void)
{
    struct scene s = {.blue = redis_start(REDIS_6_0, NULL)};
    s.green = redis_start_replica(REDIS_7_0, s.blue);
    s.agent = agent_new();
    s.check_port = test_free_port();
    s.admin_port = test_free_port();
    write_config(&s, "");
    agent_start(s.agent, NULL);
    agent_await_ready(s.agent);
    WAIT_UNTIL(agent_get(s.agent, "/health/blue/primary").status == 200, SOON_MS);
    WAIT_UNTIL(agent_get(s.agent, "/health/green/read").status == 200, SOON_MS);
    return s;
}

static bool settled(const struct scene *s)
{
    return haproxy_is(s->haproxy, "redis_write", "blue", "UP") &&
           haproxy_is(s->haproxy, "redis_write", "green", "DOWN") &&
           haproxy_is(s->haproxy, "redis_read", "blue", "UP") &&
           haproxy_is(s->haproxy, "redis_read", "green", "UP") &&
           strcmp(haproxy_field(s->haproxy, "redis_read", "green", "weight"), "50") == 0;
}

static struct scene behind(enum haproxy_kind kind)
{
    struct scene s = watched();
    s.haproxy = haproxy_start(kind, s.agent, s.check_port, s.blue, s.green);
    WAIT_UNTIL(settled(&s), SOON_MS);
    return s;
}

static void took(const char *what, int64_t since_ms)
{
    int64_t ms = test_now_ms() - since_ms;
    printf("[  TIME    ] %s: %lld ms\n", what, (long long)ms);
    assert_true(ms < SOON_MS);
}

/* Where a newcomer who reads lands; asked often enough to see both sides if both were there. */
static bool reads_land_only_at(const struct scene *s, unsigned side)
{
    for (unsigned i = 0; i < 4; i++)
        if (client_lands(s->haproxy->read_port) != side)
            return false;
    return true;
}

static void wait_for_writes(struct writers *writers, unsigned side)
{
    unsigned before = writers_count_at(writers, side);
    WAIT_UNTIL(writers_count_at(writers, side) > before + 20, SOON_MS);
}

static void nothing_is_written_for_a_while(struct writers *writers)
{
    unsigned before = writers_count(writers);
    int64_t end = test_now_ms() + WHILE_MS;
    while (test_now_ms() < end)
        test_tick();
    assert_int_equal(writers_count(writers), before);
}

/* Every acknowledged write was taken by <side>. */
static void assert_all_writes_at(struct writers *writers, const struct redis *side)
{
    writers_stop(writers);
    const struct write *record = writers_record(writers);
    unsigned count = writers_count(writers), wrong = 0;
    for (unsigned i = 0; i < count; i++)
        wrong += record[i].side != side->port;
    assert_int_equal(wrong, 0);
}

/* ---- the agent-check -------------------------------------------------------------------------------- */

/* What the agent answers to <line>; "" when it closes the connection without a word. */
static const char *check(const struct scene *s, const char *line)
{
    int fd = http_connect(s->check_port);
    assert_true(fd >= 0);
    assert_true(http_send(fd, line, strlen(line), SOON_MS));
    return http_rest(fd, SOON_MS);
}

static void the_agent_check_says_the_whole_state_each_time(void **state)
{
    struct scene s = watched();
    (void)state;
    assert_string_equal(check(&s, "blue\n"), "up ready 50%\n");
    assert_string_equal(check(&s, "green read\r\n"), "up ready 50%\n");
    assert_string_equal(check(&s, "green replica\n"), "up ready 50%\n");
    assert_string_equal(check(&s, "blue primary\n"), "up ready 100%\n");
    assert_contains(check(&s, "green primary\n"), "down ready #not_primary: ");
    assert_contains(check(&s, "blue replica\n"), "down ready #not_replica: ");
    assert_contains(check(&s, "blau\n"), "down #unknown_target: ");
    assert_contains(check(&s, "blue writes\n"), "down #unknown_question: ");
    assert_string_equal(check(&s, "\n"), "");

    write_config(&s, ", read_share_green: 25");
    proc_signal(s.agent->proc, SIGHUP);
    WAIT_UNTIL(strcmp(check(&s, "green\n"), "up ready 25%\n") == 0, SOON_MS);
    assert_string_equal(check(&s, "blue\n"), "up ready 75%\n");
    assert_string_equal(check(&s, "blue primary\n"), "up ready 100%\n");
    agent_stop(s.agent);
}

static void the_agent_check_is_bounded(void **state)
{
    struct scene s = watched();
    int fds[100];
    char line[300];
    (void)state;
    memset(line, 'x', sizeof line);
    fds[0] = http_connect(s.check_port);
    http_send(fds[0], line, sizeof line, SOON_MS);
    assert_true(http_closed_within(fds[0], SOON_MS)); /* a line without end */
    int64_t start = test_now_ms();
    fds[0] = http_connect(s.check_port);
    assert_true(http_closed_within(fds[0], SOON_MS)); /* says nothing */
    assert_true(test_now_ms() - start >= 1900);
    for (unsigned i = 0; i < 100; i++)
        fds[i] = http_connect(s.check_port); /* more than it keeps */
    assert_string_equal(check(&s, "blue\n"), "up ready 50%\n");
    assert_true(http_closed_within(fds[0], 1000)); /* made room */
    agent_stop(s.agent);
}

/* ---- all is well ------------------------------------------------------------------------------------ */

static void check_routes(enum haproxy_kind kind)
{
    struct scene s = behind(kind);
    struct client *readers[40];
    unsigned green = 0;
    assert_int_equal(client_lands(s.haproxy->write_port), s.blue->port);

    write_config(&s, ", read_share_green: 25");
    proc_signal(s.agent->proc, SIGHUP);
    WAIT_UNTIL(strcmp(haproxy_field(s.haproxy, "redis_read", "green", "weight"), "25") == 0 &&
                   strcmp(haproxy_field(s.haproxy, "redis_read", "blue", "weight"), "75") == 0,
               SOON_MS);
    for (unsigned i = 0; i < 40; i++) {
        readers[i] = client_new(s.haproxy->read_port);
        green += client_side(readers[i]) == s.green->port;
    }
    printf("[  SHARE   ] %u of 40 reading connections are at green, 10 were asked for\n", green);
    assert_in_range(green, 8, 12);
    agent_stop(s.agent);
}

static void writes_go_to_blue_and_reads_are_shared(void **state)
{
    (void)state;
    check_routes(HAPROXY_2_6);
}

static void haproxy_3_0_does_the_same(void **state)
{
    (void)state;
    check_routes(HAPROXY_3_0);
}

/* ---- faults ----------------------------------------------------------------------------------------- */

static void a_killed_blue_loses_its_readers_to_green(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    (void)state;
    wait_for_writes(writers, s.blue->port);
    int64_t fault = test_now_ms();
    proc_kill(s.blue->proc);
    WAIT_UNTIL(reads_land_only_at(&s, s.green->port), SOON_MS);
    took("blue killed, new reads land at green", fault);
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
    took("blue killed, marked down for writes", fault);
    nothing_is_written_for_a_while(writers);
    assert_all_writes_at(writers, s.blue);
    agent_stop(s.agent);
}

static void a_frozen_blue_lets_go_of_its_clients(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct client *old = client_new(s.haproxy->write_port);
    (void)state;
    assert_int_equal(client_side(old), s.blue->port);
    int64_t fault = test_now_ms();
    proc_signal(s.blue->proc, SIGSTOP);
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "blue", "DOWN"), SOON_MS);
    took("blue frozen, new reads land at green", fault);
    assert_true(reads_land_only_at(&s, s.green->port));
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
    took("blue frozen, its writing connections are cut", fault);
    assert_null(client_ask(old, "PING"));
    assert_int_equal(client_lands(s.haproxy->write_port), 0);

    int64_t thaw = test_now_ms();
    proc_signal(s.blue->proc, SIGCONT);
    WAIT_UNTIL(client_lands(s.haproxy->write_port) == s.blue->port, SOON_MS);
    took("blue thawed, writes land at blue", thaw);
    agent_stop(s.agent);
}

/* Somebody types REPLICAOF NO ONE at green: two primaries, and one designated. */
static void a_promoted_green_gets_no_write_while_blue_is_designated(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    (void)state;
    wait_for_writes(writers, s.blue->port);
    redis_ask(s.green, "REPLICAOF NO ONE");
    const char *keys = redis_ask(s.green, "DBSIZE");
    WAIT_UNTIL(strstr(check(&s, "green primary\n"), "#not_designated"), SOON_MS);
    wait_for_writes(writers, s.blue->port);
    assert_all_writes_at(writers, s.blue);
    assert_string_equal(redis_ask(s.green, "DBSIZE"), keys);
    agent_stop(s.agent);
}

/* Somebody makes blue a replica and has told nobody: no side takes writes then. */
static void a_demoted_blue_gets_no_write_and_loses_its_writers(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct client *old = client_new(s.haproxy->write_port);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    (void)state;
    assert_int_equal(client_side(old), s.blue->port);
    wait_for_writes(writers, s.blue->port);
    redis_ask(s.green, "REPLICAOF NO ONE");
    int64_t fault = test_now_ms();
    redis_ask(s.blue, "REPLICAOF 127.0.0.1 %u", s.green->port);
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
    took("blue demoted, its writing connections are cut", fault);
    assert_null(client_ask(old, "PING"));
    assert_int_equal(client_lands(s.haproxy->write_port), 0);
    nothing_is_written_for_a_while(writers);
    assert_all_writes_at(writers, s.blue);
    agent_stop(s.agent);
}

/* 16 MB behind with its link up: the limit of the shipped checks. */
static void a_green_that_lags_gets_no_reads(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct relay *relay = relay_start(s.blue->port);
    (void)state;
    redis_ask(s.green, "REPLICAOF 127.0.0.1 %u", relay_port(relay));
    WAIT_UNTIL(strcmp(redis_info(s.green, "master_link_status"), "up") == 0, SOON_MS);
    WAIT_UNTIL(strcmp(check(&s, "green replica\n"), "up ready 50%\n") == 0, SOON_MS);
    WAIT_UNTIL(settled(&s), SOON_MS);
    struct client *old = client_new(s.haproxy->read_port);
    while (client_side(old) != s.green->port)
        old = client_new(s.haproxy->read_port);
    relay_hold(relay, true);
    redis_ask(s.blue, "CONFIG SET client-output-buffer-limit \"slave 0 0 0\"");
    const char *big = test_text("SET big %0*d", 1 << 20, 0);
    for (unsigned i = 0; i < 24; i++)
        redis_ask(s.blue, "%s", big);
    int64_t fault = test_now_ms();
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "DOWN"), SOON_MS);
    took("green 24 MB behind, new reads land at blue", fault);
    assert_contains(check(&s, "green\n"), "down ready #lag_");
    assert_contains(haproxy_field(s.haproxy, "redis_read", "green", "last_agt"), "lag_");
    assert_true(reads_land_only_at(&s, s.blue->port));
    assert_null(client_ask(old, "PING"));

    relay_hold(relay, false);
    int64_t caught = test_now_ms();
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "UP"), SOON_MS);
    took("green catches up, reads are shared again (5 s are the check's hold time)", caught);
    agent_stop(s.agent);
}

/* ---- what the operator decides --------------------------------------------------------------------- */

static void decide(const struct scene *s, const char *path)
{
    struct http_answer answer = http_ask(s->admin_port, "POST", path, "");
    if (answer.status != 200)
        fail_msg("POST %s: %d %s", path, answer.status, answer.body);
}

static int64_t last_at(const struct write *record, unsigned count, unsigned side)
{
    int64_t last = 0;
    for (unsigned i = 0; i < count; i++)
        if (record[i].side == side && record[i].at_us > last)
            last = record[i].at_us;
    return last;
}

static int64_t first_at(const struct write *record, unsigned count, unsigned side)
{
    int64_t first = INT64_MAX;
    for (unsigned i = 0; i < count; i++)
        if (record[i].side == side && record[i].at_us < first)
            first = record[i].at_us;
    return first;
}

/* By the servers' own clocks no write was taken by the one once the other had taken its first. */
static void assert_never_both(struct writers *writers, const char *what, const struct redis *from,
                              const struct redis *to)
{
    writers_stop(writers);
    const struct write *record = writers_record(writers);
    unsigned count = writers_count(writers);
    int64_t last = last_at(record, count, from->port), first = first_at(record, count, to->port);
    printf("[  TIME    ] %s: %lld ms without writes\n", what, (long long)(first - last) / 1000);
    assert_true(last > 0 && first < INT64_MAX);
    assert_true(last < first);
}

static void assert_all_keys_at(struct writers *writers, struct redis *side)
{
    const struct write *record = writers_record(writers);
    unsigned count = writers_count(writers), missing = 0;
    for (unsigned i = 0; i < count; i++)
        missing += strcmp(redis_ask(side, "EXISTS w:%u", record[i].number), "1") != 0;
    printf("[  WRITES  ] %u acknowledged, %u of them lost\n", count, missing);
    assert_int_equal(missing, 0);
}

static bool caught_up(const struct scene *s)
{
    return redis_info_number(s->green, "master_repl_offset") ==
           redis_info_number(s->blue, "master_repl_offset");
}

/* Green takes over while clients write: writes stop, green has everything, green is promoted. */
static void switch_to_green(struct scene *s)
{
    decide(s, "/-/designate/p?side=green");
    WAIT_UNTIL(haproxy_is(s->haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
    WAIT_UNTIL(caught_up(s), SOON_MS);
    redis_ask(s->green, "REPLICAOF NO ONE");
    redis_ask(s->blue, "REPLICAOF 127.0.0.1 %u", s->green->port);
}

static void a_switch_loses_nothing_and_never_writes_on_both(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    struct client *old = client_new(s.haproxy->write_port);
    (void)state;
    assert_int_equal(client_side(old), s.blue->port);
    wait_for_writes(writers, s.blue->port);
    int64_t start = test_now_ms();
    switch_to_green(&s);
    wait_for_writes(writers, s.green->port);
    took("switch begun, writes land at green", start);
    assert_null(client_ask(old, "PING"));
    assert_never_both(writers, "switch to green", s.blue, s.green);
    assert_all_keys_at(writers, s.green);
    agent_stop(s.agent);
}

/* The wrong way round: both are primaries already when green is designated, and HAProxy sees both up for a
 * while.
 */
static void a_careless_switch_never_writes_on_both(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    (void)state;
    wait_for_writes(writers, s.blue->port);
    redis_ask(s.green, "REPLICAOF NO ONE");
    WAIT_UNTIL(strstr(check(&s, "green primary\n"), "#not_designated"), SOON_MS);
    int64_t start = test_now_ms();
    decide(&s, "/-/designate/p?side=green");
    wait_for_writes(writers, s.green->port);
    took("green designated, writes land at green", start);
    assert_never_both(writers, "green designated while both were primary", s.blue, s.green);
    agent_stop(s.agent);
}

/* Blue comes back empty, as a primary, and the agent was restarted as well: the designated side is still
 * green. */
static void an_old_primary_that_comes_back_gets_nothing(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    (void)state;
    switch_to_green(&s);
    WAIT_UNTIL(client_lands(s.haproxy->write_port) == s.green->port, SOON_MS);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    wait_for_writes(writers, s.green->port);
    redis_restart_as(s.blue, REDIS_6_0);
    assert_string_equal(redis_info(s.blue, "role"), "master");
    WAIT_UNTIL(redis_info_number(s.blue, "uptime_in_seconds") >= 2, SOON_MS);
    WAIT_UNTIL(strstr(check(&s, "blue primary\n"), "#not_designated"), SOON_MS);
    proc_kill(s.agent->proc);
    agent_start(s.agent, NULL);
    wait_for_writes(writers, s.green->port);
    assert_all_writes_at(writers, s.green);
    assert_string_equal(redis_ask(s.blue, "DBSIZE"), "0");
    assert_int_equal(client_lands(s.haproxy->write_port), s.green->port);
    agent_stop(s.agent);
}

static void drain_and_maint_are_followed_and_taken_back(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct client *old = client_new(s.haproxy->read_port);
    (void)state;
    while (client_side(old) != s.green->port)
        old = client_new(s.haproxy->read_port);
    int64_t start = test_now_ms();
    decide(&s, "/-/drain/green");
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "DRAIN"), SOON_MS);
    took("green drained, new reads land at blue", start);
    assert_string_equal(check(&s, "green\n"), "up drain 50%\n");
    assert_true(reads_land_only_at(&s, s.blue->port));
    assert_string_equal(client_ask(old, "PING"), "PONG"); /* may finish */

    redis_ask(s.green, "REPLICAOF 127.0.0.1 1"); /* and down while it is drained */
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "DOWN"), SOON_MS);
    assert_contains(check(&s, "green\n"), "down drain #");
    redis_ask(s.green, "REPLICAOF 127.0.0.1 %u", s.blue->port);
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "DRAIN"), SOON_MS);

    decide(&s, "/-/ready/green");
    WAIT_UNTIL(settled(&s), SOON_MS);
    for (old = client_new(s.haproxy->read_port); client_side(old) != s.green->port;)
        old = client_new(s.haproxy->read_port);
    decide(&s, "/-/maint/green");
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_read", "green", "MAINT"), SOON_MS);
    assert_string_equal(check(&s, "green\n"), "up maint 50%\n");
    assert_null(client_ask(old, "PING")); /* may not */
    assert_true(reads_land_only_at(&s, s.blue->port));
    start = test_now_ms();
    decide(&s, "/-/ready/green");
    WAIT_UNTIL(settled(&s), SOON_MS);
    took("green ready again, reads are shared", start);
    agent_stop(s.agent);
}

/* ---- the agent and HAProxy themselves --------------------------------------------------------------- */

static void a_dead_agent_stops_writes_and_leaves_reads(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
    struct client *reader = client_new(s.haproxy->read_port);
    (void)state;
    wait_for_writes(writers, s.blue->port);
    assert_string_equal(client_ask(reader, "PING"), "PONG");
    int64_t fault = test_now_ms();
    proc_kill(s.agent->proc);
    WAIT_UNTIL(haproxy_is(s.haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
    took("agent killed, writes are stopped", fault);
    nothing_is_written_for_a_while(writers);
    assert_string_equal(client_ask(reader, "PING"), "PONG");
    assert_true(client_lands(s.haproxy->read_port) != 0);

    int64_t start = test_now_ms();
    agent_start(s.agent, NULL);
    wait_for_writes(writers, s.blue->port);
    took("agent started, writes land at blue", start);
    assert_all_writes_at(writers, s.blue);
    agent_stop(s.agent);
}

/* Read anew, and restarted as systemd or an upgrade does it: answers are missing for less than three checks.
 */
static void reloads_and_a_restart_of_the_agent_are_not_noticed(void **state)
{
    struct scene s = behind(HAPROXY_2_6);
    struct client *old = client_new(s.haproxy->write_port), *reader = client_new(s.haproxy->read_port);
    (void)state;
    assert_int_equal(client_side(old), s.blue->port);
    assert_true(client_side(reader) != 0);
    for (unsigned i = 0; i < 5; i++) {
        proc_signal(s.agent->proc, SIGHUP);
        WAIT_UNTIL(test_occurrences(agent_log(s.agent), "was reloaded") == i + 1, SOON_MS);
        assert_int_equal(agent_get(s.agent, "/health/blue/primary").status, 200);
        assert_string_equal(check(&s, "green\n"), "up ready 50%\n");
    }
    int64_t start = test_now_ms();
    agent_stop(s.agent);
    agent_start(s.agent, NULL);
    WAIT_UNTIL(agent_get(s.agent, "/health/blue/primary").status == 200, SOON_MS);
    took("agent restarted, time without its answers", start);
    agent_await_ready(s.agent);
    assert_string_equal(client_ask(old, "PING"), "PONG");
    assert_string_equal(client_ask(reader, "PING"), "PONG");
    assert_string_equal(haproxy_field(s.haproxy, "redis_write", "blue", "chkdown"), "0");
    assert_string_equal(haproxy_field(s.haproxy, "redis_read", "blue", "chkdown"), "0");
    assert_string_equal(haproxy_field(s.haproxy, "redis_read", "green", "chkdown"), "0");
    agent_stop(s.agent);
}

/* Until its first check HAProxy takes a server for healthy; both are primary here and only one is designated.
 */
static void haproxy_lets_nobody_in_before_its_first_check(void **state)
{
    (void)state;
    for (unsigned kind = HAPROXY_2_6; kind <= HAPROXY_3_0; kind++) {
        struct scene s = watched();
        redis_ask(s.green, "REPLICAOF NO ONE");
        WAIT_UNTIL(strstr(check(&s, "green primary\n"), "#not_designated"), SOON_MS);
        s.haproxy = haproxy_start(kind, s.agent, s.check_port, s.blue, s.green);
        struct writers *writers = writers_start(s.haproxy->write_port, WRITERS);
        wait_for_writes(writers, s.blue->port);
        assert_all_writes_at(writers, s.blue);
        assert_string_equal(redis_ask(s.green, "DBSIZE"), "0");
        agent_stop(s.agent);
        proc_kill(s.haproxy->proc);

        unsigned before = (unsigned)strtoul(redis_ask(s.blue, "DBSIZE"), NULL, 10);
        s.haproxy = haproxy_start(kind, s.agent, s.check_port, s.blue, s.green); /* the agent is gone */
        writers = writers_start(s.haproxy->write_port, WRITERS);
        WAIT_UNTIL(haproxy_is(s.haproxy, "redis_write", "blue", "DOWN"), SOON_MS);
        nothing_is_written_for_a_while(writers);
        printf("[  WRITES  ] %u got through an HAProxy that started without an agent\n",
               writers_count(writers));
        assert_int_equal(strtoul(redis_ask(s.blue, "DBSIZE"), NULL, 10), before);
        assert_string_equal(redis_ask(s.green, "DBSIZE"), "0");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_agent_check_says_the_whole_state_each_time),
        TEST(the_agent_check_is_bounded),
        TEST(writes_go_to_blue_and_reads_are_shared),
        TEST(haproxy_3_0_does_the_same),
        TEST(a_killed_blue_loses_its_readers_to_green),
        TEST(a_frozen_blue_lets_go_of_its_clients),
        TEST(a_promoted_green_gets_no_write_while_blue_is_designated),
        TEST(a_demoted_blue_gets_no_write_and_loses_its_writers),
        TEST(a_green_that_lags_gets_no_reads),
        TEST(a_switch_loses_nothing_and_never_writes_on_both),
        TEST(a_careless_switch_never_writes_on_both),
        TEST(an_old_primary_that_comes_back_gets_nothing),
        TEST(drain_and_maint_are_followed_and_taken_back),
        TEST(a_dead_agent_stops_writes_and_leaves_reads),
        TEST(reloads_and_a_restart_of_the_agent_are_not_noticed),
        TEST(haproxy_lets_nobody_in_before_its_first_check),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
