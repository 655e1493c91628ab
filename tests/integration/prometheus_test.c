/*
 * A real Prometheus 2.42 scrapes the agent that watches a real pair: the target is up in its eyes, it keeps
 * what it scraped, and it has type and help of every family.
 */
#include "support/agent.h"
#include "support/redis.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *prometheus_path(void)
{
    char *out = NULL, *err = NULL;
    assert_int_equal(proc_run((const char *const[]){SERVERS_SCRIPT, "prometheus", NULL}, NULL, &out, &err),
                     0);
    return strtok(out, "\n");
}

static unsigned start_prometheus(const struct agent *agent)
{
    unsigned port = test_free_port();
    char *config = test_file("prometheus.yml",
                             "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                             "scrape_configs:\n"
                             "  - job_name: redis\n"
                             "    static_configs: [{targets: ['127.0.0.1:%u']}]\n",
                             agent->port);
    const char *argv[] = {prometheus_path(), test_text("--config.file=%s", config),
                          test_text("--storage.tsdb.path=%s/prometheus", test_dir()),
                          test_text("--web.listen-address=127.0.0.1:%u", port), NULL};
    proc_start(argv, NULL);
    WAIT_UNTIL(http_connect(port) >= 0, SOON_MS);
    return port;
}

/* The "data" of an API answer, or NULL while there is none. */
static json_t *ask(unsigned port, const char *path)
{
    /* HTTP/1.0, so that nothing comes in chunks. */
    struct http_answer answer = http_raw(port, test_text("GET %s HTTP/1.0\r\n\r\n", path), SOON_MS);
    json_t *root = answer.status == 200 ? json_loadb(answer.body, answer.body_len, 0, NULL) : NULL;
    json_t *data = json_incref(json_object_get(root, "data"));
    json_decref(root);
    return data;
}

/* The value of an instant query that gives one sample; NAN while it does not. */
static double query(unsigned port, const char *expression)
{
    json_t *data = ask(port, test_text("/api/v1/query?query=%s", expression));
    json_t *value = json_object_get(json_array_get(json_object_get(data, "result"), 0), "value");
    const char *text = json_string_value(json_array_get(value, 1));
    double number = text ? strtod(text, NULL) : -1;
    json_decref(data);
    return number;
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
static unsigned compare_metadata(const char *exposition, json_t *metadata)
{
    unsigned families = 0;
    for (const char *line = exposition; (line = strstr(line, "# TYPE ")); line++) {
        char name[128], type[32];
        assert_int_equal(sscanf(line, "# TYPE %127s %31s", name, type), 2);
        const char *type_there = word_of(metadata, name, "type"), *help = word_of(metadata, name, "help");
        if (!type_there || !help || strlen(help) < 10)
            fail_msg("Prometheus has no metadata for %s", name);
        assert_string_equal(type_there, strcmp(type, "untyped") == 0 ? "unknown" : type);
        families++;
    }
    return families;
}

static void prometheus_scrapes_the_pair_and_knows_every_family(void **state)
{
    (void)state;
    struct redis *blue = redis_start(REDIS_6_0, NULL);
    struct redis *green = redis_start_replica(REDIS_7_0, blue);
    redis_ask(blue, "SET key value");
    struct agent *agent = agent_run("",
                                    "{name: blue, url: 'redis://127.0.0.1:%u'}, "
                                    "{name: green, url: 'redis://127.0.0.1:%u'}",
                                    blue->port, green->port);
    unsigned port = start_prometheus(agent);
    WAIT_UNTIL(query(port, "up") == 1, SOON_MS);
    WAIT_UNTIL(query(port, "sum(redis_up)") == 2, SOON_MS);
    WAIT_UNTIL(query(port, "sum(redis_db_keys)") == 2, SOON_MS);
    assert_true(query(port, "scrape_samples_scraped") > 400);

    json_t *metadata = ask(port, "/api/v1/targets/metadata?match_target=%7Bjob%3D%22redis%22%7D");
    assert_non_null(metadata);
    assert_true(compare_metadata(agent_metrics(agent), metadata) > 150);
    json_decref(metadata);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(prometheus_scrapes_the_pair_and_knows_every_family)};
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
