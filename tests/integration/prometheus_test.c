/*
 * A real Prometheus 2.42 scrapes the agent that watches a real pair, as OpenMetrics, because it likes that
 * best, and once more as text through a relay that takes its Accept away; it finds the targets of /sd, and
 * what docs/scraping.md tells people to write is configuration to promtool.
 */
#include "support/agent.h"
#include "support/prometheus.h"
#include "support/redis.h"
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Gives the agent's page to who asks on <listener>, having asked for it without Accept: as text 0.0.4. */
static void relay(int listener, unsigned port)
{
    for (;;) {
        char request[4096];
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || read(fd, request, sizeof request) <= 0)
            _exit(1);
        struct http_answer answer = http_get(port, "/metrics");
        const char *head = test_text("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                                     "Connection: close\r\n\r\n",
                                     http_header(&answer, "Content-Type"), answer.body_len);
        http_send(fd, head, strlen(head), SOON_MS);
        http_send(fd, answer.body, answer.body_len, SOON_MS);
        close(fd);
    }
}

static void end_child(void *arg)
{
    pid_t child = (pid_t)(intptr_t)arg;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static unsigned start_relay(unsigned agent_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = test_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        relay(listener, agent_port);
    test_on_end(end_child, (void *)(intptr_t)child);
    return ntohs(address.sin_port);
}

/* Three jobs: the agent as it is, the same as text, and each of its targets by itself. */
static unsigned start_prometheus(const struct agent *agent)
{
    return prometheus_start(test_text("{job_name: redis, static_configs: [{targets: ['127.0.0.1:%u']}]}, "
                                      "{job_name: text, static_configs: [{targets: ['127.0.0.1:%u']}]}, "
                                      "{job_name: probes, http_sd_configs: [{url: 'http://127.0.0.1:%u/sd', "
                                      "refresh_interval: 1s}]}",
                                      agent->port, start_relay(agent->port), agent->port));
}

static const char *word_of(json_t *metadata, const char *family, const char *key)
{
    size_t i;
    json_t *row;
    json_array_foreach(metadata, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "metric"));
        if (name && strcmp(name, family) == 0)
            return json_string_value(json_object_get(row, key));
    }
    return NULL;
}

/* Every "# TYPE name type" of ours against what Prometheus remembers. */
static unsigned compare_metadata(unsigned port, const char *job, const char *exposition)
{
    unsigned families = 0;
    json_t *metadata = prometheus_ask(
        port, test_text("/api/v1/targets/metadata?match_target=%%7Bjob%%3D%%22%s%%22%%7D", job));
    assert_non_null(metadata);
    for (const char *line = exposition; (line = strstr(line, "# TYPE ")); line++) {
        char name[128], type[32];
        assert_int_equal(sscanf(line, "# TYPE %127s %31s", name, type), 2);
        const char *type_there = word_of(metadata, name, "type"), *help = word_of(metadata, name, "help");
        if (!type_there || !help || strlen(help) < 10)
            fail_msg("Prometheus has no metadata for %s", name);
        assert_string_equal(type_there, strcmp(type, "untyped") == 0 ? "unknown" : type);
        families++;
    }
    json_decref(metadata);
    return families;
}

enum { SERIES_MAX = 20000 };

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The series that a job has now, sorted, without those that Prometheus makes itself. */
static size_t series_of(unsigned port, const char *job, char **ret)
{
    size_t count = 0, i;
    json_t *row, *data = prometheus_ask(port, test_text("/api/v1/query?query=%%7Bjob%%3D%%22%s%%22%%2C"
                                                        "__name__%%21~%%22up%%7Cscrape_.%%2A%%22%%7D",
                                                        job));
    json_array_foreach(json_object_get(data, "result"), i, row)
    {
        json_t *labels = json_object_get(row, "metric");
        assert_true(count < SERIES_MAX);
        json_object_del(labels, "job");
        json_object_del(labels, "instance");
        char *text = json_dumps(labels, JSON_SORT_KEYS);
        ret[count++] = test_text("%s", text);
        free(text);
    }
    json_decref(data);
    qsort(ret, count, sizeof *ret, compare_texts);
    return count;
}

static bool same_series(unsigned port, bool tell)
{
    char **om = test_alloc(SERIES_MAX * sizeof *om), **text = test_alloc(SERIES_MAX * sizeof *text);
    size_t count = series_of(port, "redis", om), others = series_of(port, "text", text), i = 0;
    while (i < count && i < others && strcmp(om[i], text[i]) == 0)
        i++;
    if (tell && (i < count || i < others))
        fail_msg("OpenMetrics has %zu series and text %zu; they part at %s and %s", count, others,
                 i < count ? om[i] : "the end", i < others ? text[i] : "the end");
    return count > 400 && i == count && i == others;
}

static void prometheus_has_the_same_series_of_either_format_and_knows_every_family(void **state)
{
    (void)state;
    struct redis *blue = redis_start(REDIS_6_0, NULL);
    struct redis *green = redis_start_replica(REDIS_7_0, blue);
    redis_ask(blue, "SET key value");
    struct agent *agent = agent_new();
    agent_write(agent, "",
                "{name: blue, url: 'redis://127.0.0.1:%u'}, {name: green, url: 'redis://127.0.0.1:%u'}",
                blue->port, green->port);
    agent_append(agent, "pairs: [{name: now, blue: blue, green: green}]");
    agent_start(agent, NULL);
    unsigned port = start_prometheus(agent);
    WAIT_UNTIL(prometheus_query(port, "min(up)") == 1 && prometheus_query(port, "count(up)") == 4, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "sum(redis_up%7Bjob=%22redis%22%7D)") == 2, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "sum(redis_db_keys%7Bjob=%22redis%22%7D)") == 2, SOON_MS);
    assert_true(prometheus_query(port, "scrape_samples_scraped%7Bjob=%22redis%22%7D") > 400);

    struct http_answer om =
        http_ask(agent->port, "GET", "/metrics", "Accept: application/openmetrics-text\r\n");
    assert_true(compare_metadata(port, "redis", om.body) > 150);
    assert_true(compare_metadata(port, "text", agent_metrics(agent)) > 150);
    int64_t end = test_now_ms() + SOON_MS; /* a moment may lie between the two scrapes */
    while (!same_series(port, test_now_ms() > end))
        test_tick();

    const char *probed = "redis_up%%7Bjob=%%22probes%%22,target=%%22%s%%22,side=%%22%s%%22,pair=%%22now%%22,"
                         "instance=%%22127.0.0.1:%u%%22%%7D";
    assert_true(prometheus_query(port, test_text(probed, "blue", "blue", blue->port)) == 1);
    assert_true(prometheus_query(port, test_text(probed, "green", "green", green->port)) == 1);
    agent_stop(agent);
}

/* Every block of yaml in the document. */
static void the_documented_configurations_are_taken_by_promtool(void **state)
{
    (void)state;
    char *root = test_text("%s", SERVERS_SCRIPT);
    *strstr(root, "/deploy/servers") = '\0';
    const char *text = test_read(test_text("%s/docs/scraping.md", root));
    char *promtool = test_text("%s", prometheus_path());
    strcpy(strrchr(promtool, '/'), "/promtool");
    unsigned blocks = 0;
    for (const char *block = text; (block = strstr(block, "```yaml\nscrape_configs:")); blocks++) {
        char *out, *err;
        block += strlen("```yaml\n");
        char *path = test_file(test_text("documented-%u.yml", blocks), "%.*s",
                               (int)(strstr(block, "```") - block), block);
        if (proc_run((const char *const[]){promtool, "check", "config", path, NULL}, NULL, &out, &err) != 0)
            fail_msg("promtool says: %s%s", out, err);
    }
    assert_true(blocks >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(prometheus_has_the_same_series_of_either_format_and_knows_every_family),
        TEST(the_documented_configurations_are_taken_by_promtool)};
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
