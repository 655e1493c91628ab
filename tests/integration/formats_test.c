/*
 * formats: the forms in which the same numbers can be had: OpenMetrics, gzip, some collectors, one target.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PROMETHEUS_2                                                                                         \
    "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"  \
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
#define PROMETHEUS_3                                                                                         \
    "Accept: application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,"                         \
    "application/openmetrics-text;version=0.0.1;q=0.5,"                                                      \
    "text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2\r\n"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PLAIN       "text/plain; version=0.0.4; charset=utf-8"

static struct fake *blue, *green, *lone;
static struct agent *agent; /* of a pair, and a third that is blue to one and green to another */

static int start_all(void **state)
{
    (void)state;
    blue = fake_start("6.0.16");
    green = fake_start("7.0.15");
    lone = fake_start("7.0.15");
    agent = agent_new();
    agent_write(agent, "poll_interval: 1h, max_age: 1h",
                "{name: blue, url: \"redis://127.0.0.1:%u\"}, {name: green, url: \"redis://127.0.0.1:%u\"}, "
                "{name: lone, url: \"redis://127.0.0.1:%u\"}, {name: middle, url: \"redis://127.0.0.1:%u\"}",
                fake_port(blue), fake_port(green), fake_port(lone), fake_port(lone));
    agent_append(agent, "pairs: [{name: now, blue: blue, green: middle}, {name: then, blue: middle, green: "
                        "green}]");
    agent_start(agent, NULL);
    WAIT_UNTIL(metric(agent_metrics(agent), "redis_up{target=\"lone\"}") == 1, SOON_MS);
    agent_await_ready(agent);
    return 0;
}

static int stop_all(void **state)
{
    agent_stop(agent);
    return test_group_teardown(state);
}

static struct http_answer ask(const char *path, const char *headers)
{
    return http_ask(agent->port, "GET", path, headers);
}

static void assert_type(const char *headers, const char *type)
{
    struct http_answer answer = ask("/metrics", headers);
    assert_int_equal(answer.status, 200);
    assert_string_equal(http_header(&answer, "Content-Type"), type);
    assert_string_equal(http_header(&answer, "Vary"), "Accept, Accept-Encoding");
    bool ends = answer.body_len > 7 && strcmp(answer.body + answer.body_len - 7, "\n# EOF\n") == 0;
    assert_int_equal(ends, strncmp(type, OPENMETRICS, strlen(OPENMETRICS)) == 0);
}

static void every_scraper_gets_the_format_it_asks_for(void **state)
{
    (void)state;
    assert_type("", PLAIN);
    assert_type("Accept: */*\r\n", PLAIN);
    assert_type(PROMETHEUS_2, OPENMETRICS);
    assert_type(PROMETHEUS_3, OPENMETRICS "; escaping=underscores");
    assert_type("Accept: text/plain;version=0.0.4\r\n", PLAIN);
    assert_type("Accept: application/openmetrics-text;version=0.0.1\r\n", PLAIN);
}

/* The text behind a gzipped answer. */
static char *unzip(const struct http_answer *answer)
{
    enum { MAX = 8 << 20 };
    char *text = test_alloc(MAX);
    z_stream stream = {.next_in = (unsigned char *)answer->body,
                       .avail_in = (unsigned)answer->body_len,
                       .next_out = (unsigned char *)text,
                       .avail_out = MAX - 1};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    text[stream.total_out] = '\0';
    inflateEnd(&stream);
    return text;
}

static void gzip_is_the_same_text_and_much_shorter(void **state)
{
    struct http_answer plain = ask("/metrics", ""), packed = ask("/metrics", "Accept-Encoding: gzip\r\n");
    (void)state;
    assert_string_equal(http_header(&plain, "Content-Encoding"), "");
    assert_string_equal(http_header(&packed, "Content-Encoding"), "gzip");
    assert_true(packed.body_len < plain.body_len / 4);
    char *text = unzip(&packed);
    metrics_assert_well_formed(text);
    assert_true(metric(text, "redis_up{target=\"blue\",side=\"blue\"}") == 1);
    packed = ask("/metrics", PROMETHEUS_2 "Accept-Encoding: gzip\r\n");
    assert_contains(unzip(&packed), "\n# EOF\n");
}

/* A path that leaves out all collectors but one, of those that the agent says there are. */
static const char *all_but(const char *kept)
{
    char *names = strstr(test_text("%s", ask("/metrics?exclude[]=zzzzzzzz", "").body), "there are ");
    const char *path = "/probe?target=blue";
    assert_non_null(names);
    for (char *name = strtok(names + strlen("there are "), ", \n"); name; name = strtok(NULL, ", \n"))
        if (strcmp(name, kept) != 0)
            path = test_text("%s&exclude[]=%s", path, name);
    return path;
}

static void gzip_only_where_it_is_welcome_and_worth_it(void **state)
{
    static const char *const unwelcome[] = {"Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=0\r\n",
                                            "Accept-Encoding: br, zstd\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof unwelcome / sizeof unwelcome[0]; i++) {
        struct http_answer answer = ask("/metrics", unwelcome[i]);
        assert_string_equal(http_header(&answer, "Content-Encoding"), "");
        metrics_assert_well_formed(answer.body);
    }
    struct http_answer little = ask(all_but("slowlog"), "Accept-Encoding: gzip\r\n");
    assert_int_equal(little.status, 200);
    assert_in_range(little.body_len, 100, 1023);
    assert_string_equal(http_header(&little, "Content-Encoding"), "");
    metrics_assert_well_formed(little.body);
}

static void collect_shows_some_collectors_and_redis_up(void **state)
{
    (void)state;
    const char *text = ask("/metrics?collect[]=keyspace&collect%5B%5D=pair", "").body;
    metrics_assert_well_formed(text);
    assert_true(metric(text, "redis_up{target=\"lone\"}") == 1);
    assert_int_equal(metric_count(text, "redis_connected_clients", ""), 0);
    assert_int_equal(metric_count(text, "process_start_time_seconds", ""), 0);
    assert_true(strstr(text, "bluegreen_pair_") != NULL);

    text = ask("/metrics?exclude[]=info&exclude[]=target", "").body;
    metrics_assert_well_formed(text);
    assert_int_equal(metric_count(text, "redis_up", ""), 0);
    assert_int_equal(metric_count(text, "redis_connected_clients", ""), 0);
    assert_int_equal(metric_count(text, "process_start_time_seconds", ""), 1);
}

static void a_wrong_collector_is_named_with_what_may_have_been_meant(void **state)
{
    (void)state;
    struct http_answer answer = ask("/metrics?collect[]=comandstats", "");
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.body, "no collector is named \"comandstats\"; did you mean commandstats?\n");
    answer = ask("/metrics?exclude[]=zzzzzzzz", "");
    assert_int_equal(answer.status, 400);
    assert_contains(answer.body, "there are target, info,");
    answer = ask("/metrics?collect[]=info&exclude[]=info", "");
    assert_int_equal(answer.status, 400);
    assert_contains(answer.body, "cannot be used together");
    assert_int_equal(ask("/metrics?target=blue", "").status, 400);
}

static void a_side_is_told_where_there_is_one(void **state)
{
    (void)state;
    const char *text = agent_metrics(agent);
    assert_true(metric(text, "redis_up{target=\"blue\",side=\"blue\"}") == 1);
    assert_true(metric(text, "redis_up{target=\"green\",side=\"green\"}") == 1);
    assert_true(metric(text, "redis_up{target=\"lone\"}") == 1);
    assert_true(metric(text, "redis_up{target=\"middle\"}") == 1); /* blue in one pair, green in the other */
}

static void a_probe_shows_one_target_without_a_label_that_says_so(void **state)
{
    (void)state;
    struct http_answer answer = ask("/probe?target=green", "");
    assert_int_equal(answer.status, 200);
    metrics_assert_well_formed(answer.body);
    assert_true(metric(answer.body, "redis_up") == 1);
    assert_true(metric(answer.body, "redis_connected_clients") >= 0);
    assert_lacks(answer.body, "target=\"");
    assert_lacks(answer.body, "bluegreen_pair_");
    assert_lacks(answer.body, "process_start_time");
    answer = ask("/probe?target=green&collect[]=keyspace", PROMETHEUS_2 "Accept-Encoding: gzip\r\n");
    assert_string_equal(http_header(&answer, "Content-Type"), OPENMETRICS);
    const char *text = *http_header(&answer, "Content-Encoding") ? unzip(&answer) : answer.body;
    assert_contains(text, "redis_up 1\n");
    assert_lacks(text, "redis_connected_clients");
}

static void a_probe_of_nobody_is_refused(void **state)
{
    (void)state;
    struct http_answer answer = ask("/probe?target=nobody", "");
    assert_int_equal(answer.status, 404);
    assert_contains(answer.body, "/sd lists them");
    assert_int_equal(ask("/probe?target=", "").status, 404);
    assert_int_equal(ask("/probe", "").status, 400);
    assert_int_equal(ask("/probe?target=blue&module=x", "").status, 400);
    assert_int_equal(ask("/probe?target=127.0.0.1:6379", "").status, 404);
}

/* Only the probed server is asked, and only as long as the scraper waits. */
static void a_probe_asks_its_own_server_and_keeps_to_the_scrapers_time(void **state)
{
    struct fake *here = fake_start("7.0.15"), *there = fake_start("7.0.15");
    (void)state;
    struct agent *fresh = agent_run("poll_interval: 1h, max_age: 0s, timeout: 30s",
                                    "{name: here, url: \"redis://127.0.0.1:%u\"}, "
                                    "{name: there, url: \"redis://127.0.0.1:%u\"}",
                                    fake_port(here), fake_port(there));
    WAIT_UNTIL(agent_shows(fresh, 1, "redis_up{target=\"there\"}"), SOON_MS);
    unsigned asked_here = fake_count(here, "INFO"), asked_there = fake_count(there, "INFO");
    for (int i = 0; i < 5; i++)
        assert_true(metric(http_get(fresh->port, "/probe?target=here").body, "redis_up") == 1);
    assert_int_equal(fake_count(here, "INFO"), asked_here + 5);
    assert_int_equal(fake_count(there, "INFO"), asked_there);
    fake_answer(here, "INFO", &(struct fake_answer){.head = NULL});
    struct http_answer answer =
        http_ask(fresh->port, "GET", "/probe?target=here", "X-Prometheus-Scrape-Timeout-Seconds: 2\r\n");
    assert_int_equal(answer.status, 200);
    assert_true(answer.seconds < 2);
    assert_true(metric(answer.body, "redis_up") == 0);
    assert_true(metric(http_get(fresh->port, "/probe?target=there").body, "redis_up") == 1);
    agent_stop(fresh);
}

static const char *label(const json_t *list, size_t i, const char *name)
{
    return json_string_value(json_object_get(json_object_get(json_array_get(list, i), "labels"), name));
}

static void sd_lists_every_target_with_its_way_to_probe(void **state)
{
    (void)state;
    struct http_answer answer = ask("/sd", "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(http_header(&answer, "Content-Type"), "application/json");
    json_t *list = json_loads(answer.body, 0, NULL);
    assert_int_equal(json_array_size(list), 4);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json_array_get(list, 0), "targets"), 0)),
        "localhost"); /* the Host that the test asks for */
    assert_string_equal(label(list, 0, "__metrics_path__"), "/probe");
    assert_string_equal(label(list, 0, "__param_target"), "blue");
    assert_string_equal(label(list, 0, "instance"), test_text("127.0.0.1:%u", fake_port(blue)));
    assert_string_equal(label(list, 0, "target"), "blue");
    assert_string_equal(label(list, 0, "side"), "blue");
    assert_string_equal(label(list, 0, "pair"), "now");
    assert_null(label(list, 2, "side"));
    assert_null(label(list, 2, "pair"));
    assert_null(label(list, 3, "side"));
    assert_null(label(list, 3, "pair"));
    json_decref(list);
    answer = http_raw(agent->port, "GET /sd HTTP/1.0\r\n\r\n", SOON_MS);
    assert_int_equal(answer.status, 400);
    assert_contains(answer.body, "Host");
    answer = http_raw(agent->port, "GET /sd HTTP/1.1\r\nHost: a\"b:1\r\nConnection: close\r\n\r\n", SOON_MS);
    assert_contains(answer.body, "\"a\\\"b:1\"");
}

static void what_the_configuration_hides_nobody_sees_and_a_reload_changes_it(void **state)
{
    struct agent *shy = agent_new();
    const char *targets = "{name: here, url: \"redis://127.0.0.1:%u\"}, {name: there, url: "
                          "\"redis://127.0.0.1:%u\"}";
    (void)state;
    agent_write(shy,
                "metrics_deny: [redis_config_*, redis_uptime*], series_deny: "
                "['redis_connected_clients{target=\"th*\"}', '*{cmd=\"get\"}']",
                targets, fake_port(blue), fake_port(green));
    agent_start(shy, NULL);
    WAIT_UNTIL(agent_shows(shy, 1, "redis_up{target=\"there\"}"), SOON_MS);
    const char *text = agent_metrics(shy);
    metrics_assert_well_formed(text);
    assert_lacks(text, "redis_config_");
    assert_lacks(text, "redis_uptime");
    assert_lacks(text, "cmd=\"get\"");
    assert_int_equal(metric_count(text, "redis_connected_clients", ""), 1);
    assert_int_equal(metric_count(text, "redis_connected_clients", "target=\"here\""), 1);
    assert_contains(http_get(shy->port, "/probe?target=there").body, "\nredis_connected_clients ");

    agent_write(shy, "metrics_allow: redis_up", targets, fake_port(blue), fake_port(green));
    assert_int_equal(http_ask(shy->port, "POST", "/-/reload", "").status, 200);
    text = agent_metrics(shy);
    assert_int_equal(test_occurrences(text, "\n"), 4); /* help, type, and two of them */
    assert_true(metric(text, "redis_up{target=\"here\"}") == 1);
    agent_stop(shy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_scraper_gets_the_format_it_asks_for),
        TEST(gzip_is_the_same_text_and_much_shorter),
        TEST(gzip_only_where_it_is_welcome_and_worth_it),
        TEST(collect_shows_some_collectors_and_redis_up),
        TEST(a_wrong_collector_is_named_with_what_may_have_been_meant),
        TEST(a_side_is_told_where_there_is_one),
        TEST(a_probe_shows_one_target_without_a_label_that_says_so),
        TEST(a_probe_of_nobody_is_refused),
        TEST(a_probe_asks_its_own_server_and_keeps_to_the_scrapers_time),
        TEST(sd_lists_every_target_with_its_way_to_probe),
        TEST(what_the_configuration_hides_nobody_sees_and_a_reload_changes_it),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, stop_all));
}
