/*
 * garbage: whatever stands at the other end, each way of going wrong has its name, is counted, is logged
 * once, and costs the agent neither its life nor its memory. When the server is well again, so is the target.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <stdlib.h>
#include <string.h>

enum { POLLS = 4 };

#define QUICK "poll_interval: 50ms, backoff_max: 100ms, timeout: 15s"

struct fault {
    const char *name;    /* of the target */
    const char *command; /* that is answered so; "*" = all, "" = at accept */
    struct fake_answer answer;
    const char *outcome;
};

#define TEXT(...)                                                                                            \
    {                                                                                                        \
        .head = __VA_ARGS__                                                                                  \
    }

static char chunk[16385]; /* of x */

static int fill_chunk(void **state)
{
    (void)state;
    memset(chunk, 'x', sizeof chunk - 1);
    return 0;
}

static const struct fault faults[] = {
    {"http", "*", TEXT("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "protocol_error"},
    {"text", "", TEXT("220 mail.example ESMTP\r\n"), "protocol_error"},
    {"silent", "*", TEXT(NULL), "reply_timeout"},
    {"silent_info", "INFO", TEXT(NULL), "reply_timeout"},
    {"late", "INFO", TEXT("+late\r\n", .delay_ms = 1500), "reply_timeout"},
    {"closes_at_once", "", TEXT(NULL, .hang_up = true), "connection_closed"},
    {"closes", "INFO", TEXT(NULL, .hang_up = true), "connection_closed"},
    {"half", "INFO", TEXT("$2000\r\n# Server\r\nredis_version:7.0", .hang_up = true), "connection_closed"},
    {"half_type", "INFO", TEXT("$", .hang_up = true), "connection_closed"},
    {"stalls", "INFO", TEXT("$2000\r\n# Server\r\nredis_version:7.0"), "reply_timeout"},
    {"endless_line", "INFO", {.head = "+", .unit = chunk, .times = FAKE_ENDLESS}, "reply_too_large"},
    {"endless_bulk",
     "INFO",
     {.head = "$209715200\r\n", .unit = chunk, .times = FAKE_ENDLESS},
     "reply_too_large"},
    {"endless_noise", "*", {.unit = chunk, .times = FAKE_ENDLESS}, "protocol_error"},
    {"endless_ok", "CLIENT", {.unit = "+OK\r\n", .times = FAKE_ENDLESS}, "info_malformed"},
    {"deep", "INFO", {.unit = "*1\r\n", .times = 100000}, "protocol_error"},
    {"wide", "INFO", TEXT("*1000000000\r\n"), "protocol_error"},
    {"wide_of_empty", "INFO", {.head = "*200000\r\n", .unit = "*0\r\n", .times = 200000}, "protocol_error"},
    {"negative", "INFO", TEXT("$-5\r\n"), "protocol_error"},
    {"overflow", "INFO", TEXT("$99999999999999999999\r\n"), "protocol_error"},
    {"number", "INFO", TEXT(":7\r\n"), "protocol_error"},
    {"nothing", "INFO", TEXT("$-1\r\n"), "protocol_error"},
    {"list", "INFO", TEXT("*2\r\n+a\r\n+b\r\n"), "protocol_error"},
    {"empty", "INFO", TEXT("$0\r\n\r\n"), "info_malformed"},
    {"nonsense", "INFO", TEXT("$11\r\nhello\nworld\r\n"), "info_malformed"},
    {"no_version", "INFO", TEXT("$13\r\nrole:master\r\n\r\n"), "info_malformed"},
    {"bad_version", "INFO", TEXT("$24\r\nredis_version:tomorrow\r\n\r\n"), "info_malformed"},
    {"loading", "INFO", TEXT("-LOADING Redis is loading the dataset in memory\r\n"), "redis_loading"},
    {"busy", "INFO", TEXT("-BUSY Redis is busy running a script.\r\n"), "redis_busy"},
    {"masterdown", "INFO", TEXT("-MASTERDOWN Link with MASTER is down\r\n"), "redis_masterdown"},
    {"noperm", "INFO", TEXT("-NOPERM this user has no permissions to run the 'info' command\r\n"),
     "redis_noperm"},
    {"renamed", "INFO", TEXT("-ERR unknown command 'INFO'\r\n"), "unknown_command"},
    {"noauth", "*", TEXT("-NOAUTH Authentication required.\r\n"), "auth_required"},
    {"full", "", TEXT("-ERR max number of clients reached\r\n", .hang_up = true), "redis_maxclients"},
    {"protected", "", TEXT("-DENIED Redis is running in protected mode\r\n", .hang_up = true),
     "redis_protected"},
    {"odd_error", "INFO", TEXT("-WHATEVER new in this version\r\n"), "redis_error"},
    {"empty_error", "INFO", TEXT("-\r\n"), "redis_error"},
};
enum { FAULTS = sizeof faults / sizeof faults[0] };

static double polls_of(const char *page, const char *target, const char *outcome)
{
    const char *series = test_text("bluegreen_polls_total{target=\"%s\",outcome=\"%s\"}", target, outcome);
    return metric_has(page, "%s", series) ? metric(page, "%s", series) : 0;
}

static void assert_named(struct agent *agent, const struct fault *fault)
{
    WAIT_UNTIL(polls_of(agent_metrics(agent), fault->name, fault->outcome) >= POLLS ||
                   test_occurrences(agent_log(agent), test_text("polled\" target=%s ", fault->name)) > 1,
               SOON_MS);
    const char *page = agent_metrics(agent), *log = agent_log(agent);
    const char *target = test_text("target=\"%s\"", fault->name);
    if (metric_count(page, "bluegreen_polls_total", target) != 2) /* ok, which stays 0, and this one */
        fail_msg("other outcomes than %s: %.300s", fault->outcome,
                 strstr(log, test_text(" target=%s ", fault->name)));
    assert_true(polls_of(page, fault->name, "ok") == 0);
    assert_true(metric(page, "bluegreen_poll_outcome{%s,outcome=\"%s\"}", target, fault->outcome) == 1);
    assert_true(metric(page, "redis_up{%s}", target) == 0);
    assert_int_equal(test_occurrences(log, test_text("target=%s outcome=", fault->name)), 1);
    struct http_answer health = agent_get(agent, test_text("/health/%s", fault->name));
    assert_int_equal(health.status, 503);
    assert_contains(health.body, test_text("\"reason\": \"%s\"", fault->outcome));
}

/* All faults at once, each at a server of its own, and all of them healed afterwards. */
static void every_fault_has_its_name(void **state)
{
    struct fake *fakes[FAULTS];
    const char *targets = "";
    (void)state;
    for (size_t i = 0; i < FAULTS; i++) {
        fakes[i] = fake_start("7.0.15");
        fake_answer(fakes[i], faults[i].command, &faults[i].answer);
        bool waits = strcmp(faults[i].outcome, "reply_timeout") == 0;
        targets = test_text("%s{name: %s, url: \"redis://127.0.0.1:%u\", timeout: %s}, ", targets,
                            faults[i].name, fake_port(fakes[i]), waits ? "500ms" : "15s");
    }
    struct agent *agent = agent_run(QUICK, "%s", targets);
    agent_await_ready(agent);
    for (size_t i = 0; i < FAULTS; i++)
        assert_named(agent, &faults[i]);
    metrics_assert_well_formed(agent_metrics(agent));
    for (size_t i = 0; i < FAULTS; i++)
        fake_heal(fakes[i]);
    for (size_t i = 0; i < FAULTS; i++)
        WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"%s\"}", faults[i].name), SOON_MS);
    assert_int_equal(agent_get(agent, "/health").status, 200);
    agent_stop(agent);
}

/* ---- memory ----------------------------------------------------------------------------------------- */

/* 200 MB are announced and come, again and again; of them the agent reads a few and keeps none. */
static void a_huge_reply_leaves_no_trace(void **state)
{
    static const struct fake_answer huge = {.head = "$209715200\r\n", .unit = chunk, .times = FAKE_ENDLESS};
    struct fake *fake = fake_start("7.0.15");
    struct agent *agent = agent_new();
    (void)state;
    agent_write(agent, QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_start(agent, AGENT_ARGS("ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=1"));
    agent_await_ready(agent);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    long before = proc_status_kb(agent->proc, "VmRSS");
    fake_answer(fake, "INFO", &huge);
    WAIT_UNTIL(polls_of(agent_metrics(agent), "blue", "reply_too_large") >= 20, 60000);
    assert_true(proc_status_kb(agent->proc, "VmHWM") - before < 100 << 10);
    fake_heal(fake);
    fake_answer(fake, "LATENCY HISTOGRAM", &huge);
    WAIT_UNTIL(polls_of(agent_metrics(agent), "blue", "reply_too_large") >= 30, 60000);
    fake_heal(fake);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up{target=\"blue\"}"), SOON_MS);
    assert_true(proc_status_kb(agent->proc, "VmHWM") - before < 100 << 10);
    agent_stop(agent);
}

/* ---- what is wrong in a part ------------------------------------------------------------------------ */

static void garbage_lines_in_info_are_counted_and_left_out(void **state)
{
    static const char *const lines =
        "# Server\r\nredis_version:7.0.15\r\nrun_id:x\r\nrole:master\r\nloading:0\r\n"
        "no colon here\r\n:no name\r\n\x01\x02\xff:binary\r\nconnected_clients:many\r\n"
        "uptime_in_seconds:12\r\nuptime_in_seconds:13\r\nnew_number:5\r\nnew_text:a\"b\\c\r\n"
        "db0:keys=7,expires=0\r\ndb1:garbage\r\ncmdstat_get:calls=many\r\n"
        "errorstat_X\"Y\\Z:count=3\r\n";
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    fake_answer(fake, "INFO", &(struct fake_answer){.head = fake_bulk(lines)});
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_await_ready(agent);
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_true(metric(page, "redis_up{target=\"blue\"}") == 1);
    assert_true(metric(page, "redis_info_malformed_fields{target=\"blue\"}") >= 4);
    assert_true(metric(page, "redis_uptime_in_seconds{target=\"blue\"}") == 12);
    assert_true(metric(page, "redis_info_field_value{target=\"blue\",field=\"new_number\"}") == 5);
    assert_int_equal(metric_count(page, "redis_connected_clients", ""), 0);
    assert_true(metric(page, "redis_db_keys{target=\"blue\",db=\"db0\"}") == 7);
    assert_true(metric(page, "redis_errors_total{target=\"blue\",err=\"X\\\"Y\\\\Z\"}") == 3);
    agent_stop(agent);
}

/* A server that repeats itself, or speaks no UTF-8, must not cost us the whole page. */
static void a_page_stays_a_page(void **state)
{
    static const char info[] = "redis_version:7.0.15\r\nrun_id:x\xff\xfe\r\nrole:master\r\nloading:0\r\n"
                               "os:Li\"nux\\\xc3\x28\r\nredis_mode:\xe2\x82\r\nerrorstat_\xff:count=1\r\n"
                               "connected_slaves:2\r\n"
                               "slave0:ip=10.0.0.1,port=6379,state=online,offset=1,lag=0\r\n"
                               "slave1:ip=10.0.0.1,port=6379,state=online,offset=2,lag=0\r\n"
                               "cmdstat_get:calls=1,usec=1,usec_per_call=1\r\n"
                               "cmdstat_get:calls=2,usec=1,usec_per_call=1\r\n"
                               "db0:keys=1,expires=0\r\ndb00:keys=2,expires=0\r\ndb0:keys=3,expires=0\r\n";
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    fake_answer(fake, "INFO", &(struct fake_answer){.head = fake_bulk(info)});
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_await_ready(agent);
    const char *page = agent_metrics(agent);
    metrics_assert_well_formed(page);
    assert_true(metric(page, "redis_up{target=\"blue\"}") == 1);
    assert_contains(page, "os=\"Li\\\"nux\\\\");
    WAIT_UNTIL(agent_get(agent, "/health/blue").status == 200, SOON_MS);
    agent_stop(agent);
}

static void what_comes_twice_is_shown_once(void **state)
{
    static const char events[] = "*2\r\n*4\r\n$7\r\ncommand\r\n:1\r\n:2\r\n:3\r\n"
                                 "*4\r\n$7\r\ncommand\r\n:4\r\n:5\r\n:6\r\n";
    static const char histogram[] =
        "*4\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n"
        "$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:2\r\n";
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    fake_answer(fake, "LATENCY LATEST", &(struct fake_answer){.head = events});
    fake_answer(fake, "LATENCY HISTOGRAM", &(struct fake_answer){.head = histogram});
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    agent_await_ready(agent);
    metrics_assert_well_formed(agent_metrics(agent));
    agent_stop(agent);
}

static void a_part_that_fails_does_so_alone(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    fake_answer(fake, "ROLE", &(struct fake_answer){.head = "$5\r\nhello\r\n"});
    fake_answer(fake, "SLOWLOG LEN", &(struct fake_answer){.head = "-ERR out of luck\r\n"});
    fake_answer(fake, "LATENCY HISTOGRAM", &(struct fake_answer){.head = "-NOPERM no\r\n"});
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"redis://127.0.0.1:%u\"}", fake_port(fake));
    WAIT_UNTIL(polls_of(agent_metrics(agent), "blue", "ok") >= 10, SOON_MS);
    const char *page = agent_metrics(agent);
    static const struct {
        const char *collector;
        int success;
    } rows[] = {{"role", 0}, {"slowlog", 0}, {"latency_histogram", 0}, {"latency_latest", 1}, {"config", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(metric(page, "bluegreen_collector_success{target=\"blue\",collector=\"%s\"}",
                           rows[i].collector) == rows[i].success);
    assert_int_equal(fake_count(fake, "LATENCY HISTOGRAM"), 1); /* refused for good on this connection */
    assert_true(fake_count(fake, "SLOWLOG LEN") >= 10);
    assert_int_equal(fake_connections(fake), 1);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_fault_has_its_name),
        TEST(a_huge_reply_leaves_no_trace),
        TEST(garbage_lines_in_info_are_counted_and_left_out),
        TEST(a_page_stays_a_page),
        TEST(what_comes_twice_is_shown_once),
        TEST(a_part_that_fails_does_so_alone),
    };
    return test_result(cmocka_run_group_tests(tests, fill_chunk, test_group_teardown));
}
