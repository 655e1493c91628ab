/*
 * A real Prometheus 2.42 scrapes the agent that watches a real pair: the target is up in its eyes, it keeps
 * what it scraped, and it has type and help of every family.
 */
#include "support/agent.h"
#include "support/prometheus.h"
#include "support/redis.h"
#include <stdlib.h>
#include <string.h>

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
    unsigned port = prometheus_start(
        test_text("{job_name: redis, static_configs: [{targets: ['127.0.0.1:%u']}]}", agent->port));
    WAIT_UNTIL(prometheus_query(port, "up") == 1, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "sum(redis_up)") == 2, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "sum(redis_db_keys)") == 2, SOON_MS);
    assert_true(prometheus_query(port, "scrape_samples_scraped") > 400);

    json_t *metadata = prometheus_ask(port, "/api/v1/targets/metadata?match_target=%7Bjob%3D%22redis%22%7D");
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
