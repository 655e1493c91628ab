/*
 * pair: what is said of two real servers together, and that a write on the side that was left behind is seen.
 */
#include "support/agent.h"
#include "support/redis.h"

static struct agent *watch_pair(const struct redis *blue, const struct redis *green)
{
    struct agent *agent = agent_new();
    test_write(
        agent->config_path,
        test_text(
            "agent: {listen: [\"127.0.0.1:%u\"], poll_interval: 100ms, max_age: 0s}\n"
            "targets: [{name: b, url: \"redis://127.0.0.1:%u\"}, {name: g, url: \"redis://127.0.0.1:%u\"}]\n"
            "pairs: [{name: p, blue: b, green: g}]\n",
            agent->port, blue->port, green->port));
    agent_start(agent, NULL);
    agent_await_ready(agent);
    return agent;
}

/* Neither has a replica, so blue has no replication stream whose growth could be seen. */
static void writes_on_blue_are_seen_though_nobody_replicates_them(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start(REDIS_7_0, NULL);
    (void)state;
    redis_ask(blue, "SET before 1");
    struct agent *agent = watch_pair(blue, green);
    const char *on_blue = "bluegreen_pair_changes_total{pair=\"p\",side=\"blue\"}";
    const char *on_green = "bluegreen_pair_changes_total{pair=\"p\",side=\"green\"}";
    assert_true(agent_metric(agent, "%s", on_blue) == 0);
    redis_ask(blue, "SET a 1 PX 1");
    redis_ask(blue, "RPUSH l 1 2 3");
    WAIT_UNTIL(agent_shows(agent, 4, "%s", on_blue), SOON_MS);
    /* That it expires is nobody's write. */
    WAIT_UNTIL(redis_info_number(blue, "expired_keys") == 1, SOON_MS);
    redis_ask(blue, "LLEN l");
    redis_ask(green, "SET g 1");
    WAIT_UNTIL(agent_shows(agent, 1, "%s", on_green), SOON_MS);
    assert_true(agent_metric(agent, "%s", on_blue) == 4);
    assert_true(agent_metric(agent, "bluegreen_pair_write_bytes_per_second{pair=\"p\",side=\"blue\"}") == 0);
    assert_true(agent_metric(agent, "bluegreen_pair_key_difference{pair=\"p\",db=\"db0\"}") == 1);
    agent_stop(agent);
}

static void what_green_replicates_is_blues_change_alone(void **state)
{
    struct redis *blue = redis_start(REDIS_6_0, NULL), *green = redis_start_replica(REDIS_7_0, blue);
    struct agent *agent = watch_pair(blue, green);
    (void)state;
    redis_ask(blue, "SET a 1");
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_pair_changes_total{pair=\"p\",side=\"blue\"}"), SOON_MS);
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_pair_offset_match{pair=\"p\"}"), SOON_MS);
    assert_true(agent_metric(agent, "bluegreen_pair_changes_total{pair=\"p\",side=\"green\"}") == 0);
    assert_true(agent_metric(agent, "bluegreen_pair_following{pair=\"p\"}") == 1);
    assert_true(agent_metric(agent, "bluegreen_pair_replid_match{pair=\"p\"}") == 1);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_on_blue_are_seen_though_nobody_replicates_them),
        TEST(what_green_replicates_is_blues_change_alone),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
