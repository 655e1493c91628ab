/*
 * discover: the targets are the nodes that a Cluster or a Sentinel names, as they come, go and change roles.
 */
#include "support/agent.h"
#include "support/fake_redis.h"
#include "support/redis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICK "poll_interval: 100ms, backoff_max: 200ms"

enum { NODES = 3 };

/* An agent that has no target of its own; <discover> in YAML's flow style. */
static struct agent *start_agent(const char *discover)
{
    struct agent *agent = agent_new();
    test_write(
        agent->config_path,
        test_text("agent: {listen: [\"127.0.0.1:%u\"], " QUICK "}\ndiscover: [%s]\n", agent->port, discover));
    agent_start(agent, NULL);
    return agent;
}

static bool is_up(struct agent *agent, unsigned port)
{
    const char *series = test_text("target=\"127.0.0.1:%u\"", port);
    const char *line = strstr(agent_metrics(agent), test_text("\nredis_up{%s", series));
    line = line ? strchr(line, '}') : NULL;
    return line && strncmp(line, "} 1\n", 4) == 0;
}

static bool is_target(struct agent *agent, unsigned port)
{
    return metric_count(agent_metrics(agent), "redis_up", test_text("target=\"127.0.0.1:%u\"", port)) == 1;
}

static double discovered(struct agent *agent, const char *what)
{
    const char *page = agent_metrics(agent),
               *series = test_text("bluegreen_discovery_%s{discovery=\"d\"}", what);
    return metric_has(page, "%s", series) ? metric(page, "%s", series) : -1;
}

/* ---- a Cluster -------------------------------------------------------------------------------------- */

static struct redis *start_node(enum redis_kind kind)
{
    struct redis *node;
    do {
        node = redis_start_at(kind, test_free_port(),
                              REDIS_ARGS("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"));
        while (proc_running(node->proc) && !strstr(proc_out(node->proc), "Ready to accept"))
            test_tick();
    } while (!proc_running(node->proc)); /* its bus has a port of its own, which may be taken */
    redis_await(node);
    return node;
}

static bool knows(struct redis *node, unsigned count)
{
    const char *nodes = redis_ask(node, "CLUSTER NODES");
    return test_occurrences(nodes, " connected") == count && !strstr(nodes, "handshake");
}

static void meet(struct redis *node, const struct redis *other)
{
    assert_string_equal(redis_ask(node, "CLUSTER MEET 127.0.0.1 %u", other->port), "OK");
}

static void start_cluster(enum redis_kind kind, struct redis **nodes)
{
    for (unsigned i = 0; i < NODES; i++)
        nodes[i] = start_node(kind);
    for (unsigned i = 1; i < NODES; i++)
        meet(nodes[0], nodes[i]);
    for (unsigned i = 0; i < NODES; i++)
        WAIT_UNTIL(knows(nodes[i], NODES), SOON_MS);
}

static void follow_a_cluster(enum redis_kind kind)
{
    struct redis *nodes[NODES];
    start_cluster(kind, nodes);
    struct agent *agent =
        start_agent(test_text("{name: d, cluster: [\"127.0.0.1:%u\", \"127.0.0.1:%u\"], interval: 200ms}",
                              test_free_port(), nodes[0]->port)); /* nobody listens at the first */
    for (unsigned i = 0; i < NODES; i++)
        WAIT_UNTIL(is_up(agent, nodes[i]->port), SOON_MS);
    assert_int_equal(agent_get(agent, "/health/ready").status, 200);
    assert_true(discovered(agent, "targets") == NODES && discovered(agent, "success") == 1);
    assert_true(metric_has(agent_metrics(agent), "redis_up{target=\"127.0.0.1:%u\",discovery=\"d\"}",
                           nodes[1]->port));

    /* One more comes; those that were there keep their connections. */
    double connections = redis_info_number(nodes[1], "total_connections_received");
    struct redis *guest = start_node(kind);
    meet(nodes[0], guest);
    WAIT_UNTIL(is_up(agent, guest->port), SOON_MS);
    assert_true(discovered(agent, "targets") == NODES + 1);
    assert_true(redis_info_number(nodes[1], "total_connections_received") == connections);

    /* It stays as long as it is merely down, and goes when it is forgotten. */
    const char *id = redis_ask(guest, "CLUSTER MYID");
    redis_stop(guest);
    WAIT_UNTIL(!is_up(agent, guest->port), SOON_MS);
    WAIT_UNTIL(strstr(redis_ask(nodes[0], "CLUSTER NODES"), "fail"), SOON_MS);
    assert_true(is_target(agent, guest->port));
    for (unsigned i = 0; i < NODES; i++)
        redis_ask(nodes[i], "CLUSTER FORGET %s", id);
    WAIT_UNTIL(!is_target(agent, guest->port), SOON_MS);
    assert_true(discovered(agent, "targets") == NODES);
    metrics_assert_well_formed(agent_metrics(agent));

    /* Without a seed everything stays as it is known. */
    redis_stop(nodes[0]);
    WAIT_UNTIL(discovered(agent, "success") == 0, SOON_MS);
    assert_true(discovered(agent, "targets") == NODES && is_target(agent, nodes[0]->port));
    assert_true(is_up(agent, nodes[2]->port));
    assert_contains(agent_log(agent), "discovery failed, what is known stays");
    agent_stop(agent);
}

static void a_cluster_of_7_0_is_followed(void **state)
{
    (void)state;
    follow_a_cluster(REDIS_7_0);
}

static void a_cluster_of_6_0_is_followed(void **state)
{
    (void)state;
    follow_a_cluster(REDIS_6_0);
}

/* The user that --print-acl describes may do all that is needed, here the question for the nodes, too. */
static void the_least_user_is_enough(void **state)
{
    struct redis *node = start_node(REDIS_7_0);
    char *line;
    (void)state;
    const char *entry =
        test_text("{name: d, cluster: \"127.0.0.1:%u\", username: redis-bluegreen, password: PASSWORD, "
                  "interval: 100ms}",
                  node->port);
    const char *config = test_file("acl.yml", "discover: [%s]\n", entry);
    assert_int_equal(
        proc_run(AGENT_ARGS(AGENT_PROGRAM, "--print-acl", "7.0", "--config", config), NULL, &line, NULL), 0);
    assert_contains(line, " +cluster|nodes");
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(redis_ask(node, "%s", line), "OK");
    struct agent *agent = start_agent(entry);
    WAIT_UNTIL(is_up(agent, node->port) && discovered(agent, "success") == 1, SOON_MS);
    assert_string_equal(redis_ask(node, "ACL LOG"), "");
    assert_string_equal(redis_info_lines(node, "errorstat_"), "");
    agent_stop(agent);
}

/* As redis_exporter has it: one address, --is-cluster, and Prometheus asks for the others. */
static void the_nodes_are_listed_for_http_sd(void **state)
{
    struct redis *nodes[NODES];
    struct agent *agent = agent_new();
    (void)state;
    start_cluster(REDIS_7_0, nodes);
    agent_start_with(
        agent, AGENT_ARGS("--redis.addr", test_text("redis://127.0.0.1:%u", nodes[0]->port), "--is-cluster"),
        NULL);
    WAIT_UNTIL(agent_get(agent, "/discover-cluster-nodes").status == 200, SOON_MS);
    struct http_answer answer = agent_get(agent, "/discover-cluster-nodes");
    assert_string_equal(http_header(&answer, "Content-Type"), "application/json");
    for (unsigned i = 0; i < NODES; i++)
        assert_contains(answer.body, test_text("\"redis://127.0.0.1:%u\"", nodes[i]->port));
    assert_int_equal(test_occurrences(answer.body, "redis://"), NODES);
    WAIT_UNTIL(agent_shows(agent, 1, "redis_up"), SOON_MS); /* nameless, and alone */
    assert_int_equal(metric_count(agent_metrics(agent), "redis_up", ""), 1);
    agent_stop(agent);
}

static void without_a_cluster_there_is_no_list_of_nodes(void **state)
{
    struct fake *fake = fake_start("7.0.15");
    (void)state;
    struct agent *agent = agent_run(QUICK, "{name: blue, url: \"127.0.0.1:%u\"}", fake_port(fake));
    assert_int_equal(agent_get(agent, "/discover-cluster-nodes").status, 400);
    agent_stop(agent);
}

/* ---- a Sentinel ------------------------------------------------------------------------------------- */

static bool has_role(struct agent *agent, unsigned port, const char *role)
{
    const char *page = agent_metrics(agent);
    const char *line = strstr(page, test_text("\nredis_instance_info{target=\"127.0.0.1:%u\"", port));
    if (!line)
        return false;
    const char *end = strchr(line + 1, '\n'), *found = strstr(line, test_text("role=\"%s\"", role));
    return found && found < end;
}

static void what_a_sentinel_watches_is_followed(void **state)
{
    (void)state;
    struct redis *primary = redis_start(REDIS_7_0, NULL);
    struct redis *replica = redis_start_replica(REDIS_7_0, primary);
    struct redis *sentinel = redis_start_sentinel(REDIS_7_0, primary);
    struct agent *agent = start_agent(test_text(
        "{name: d, sentinel: \"127.0.0.1:%u\", masters: mymaster, interval: 200ms}", sentinel->port));
    WAIT_UNTIL(has_role(agent, primary->port, "master"), SOON_MS);
    WAIT_UNTIL(has_role(agent, replica->port, "slave"), SOON_MS * 2); /* Sentinel finds it within 10 s */
    assert_true(metric_has(agent_metrics(agent),
                           "redis_up{target=\"127.0.0.1:%u\",discovery=\"d\",replication_group=\"mymaster\"}",
                           replica->port));

    const char *done;
    int64_t end = test_now_ms() + 2 * SOON_MS; /* it refuses until it has seen the replica well */
    while (strcmp(done = redis_ask(sentinel, "SENTINEL FAILOVER mymaster"), "OK") != 0 && test_now_ms() < end)
        test_tick();
    assert_string_equal(done, "OK");
    WAIT_UNTIL(has_role(agent, replica->port, "master"), 2 * SOON_MS);
    WAIT_UNTIL(has_role(agent, primary->port, "slave"), 2 * SOON_MS);
    assert_true(discovered(agent, "targets") == 2);
    assert_true(agent_metric(agent,
                             "bluegreen_role_changes_total{target=\"127.0.0.1:%u\",discovery=\"d\","
                             "replication_group=\"mymaster\"}",
                             replica->port) == 1); /* the target is the same as before */
    metrics_assert_well_formed(agent_metrics(agent));

    struct redis *late =
        redis_start(REDIS_7_0, REDIS_ARGS("--replicaof", "127.0.0.1", test_text("%u", replica->port)));
    WAIT_UNTIL(has_role(agent, late->port, "slave"), 2 * SOON_MS);
    agent_stop(agent);
}

static void a_name_that_no_sentinel_knows_is_said(void **state)
{
    (void)state;
    struct redis *primary = redis_start(REDIS_6_0, NULL);
    struct redis *sentinel = redis_start_sentinel(REDIS_6_0, primary);
    struct agent *agent = start_agent(test_text(
        "{name: d, sentinel: \"127.0.0.1:%u\", masters: [mymister], interval: 200ms}", sentinel->port));
    WAIT_UNTIL(discovered(agent, "success") == 0, SOON_MS);
    WAIT_UNTIL(strstr(agent_log(agent), "the Sentinel watches nothing named mymister"), SOON_MS);
    assert_true(discovered(agent, "targets") == 0);
    agent_stop(agent);
}

/* ---- secrets, and answers that make no sense -------------------------------------------------------- */

/* A Sentinel's password is the Sentinel's, the nodes' is theirs. */
static void each_is_told_its_own_password(void **state)
{
    struct fake *sentinel = fake_start("7.0.15"), *node = fake_start("7.0.15");
    char port[8];
    (void)state;
    snprintf(port, sizeof port, "%u", fake_port(node));
    fake_answer(sentinel, "SENTINEL MASTERS",
                &(struct fake_answer){
                    .head = test_text("*1\r\n*6\r\n$4\r\nname\r\n$1\r\nm\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n"
                                      "$4\r\nport\r\n$%zu\r\n%s\r\n",
                                      strlen(port), port)});
    fake_answer(sentinel, "SENTINEL REPLICAS", &(struct fake_answer){.head = "*0\r\n"});
    struct agent *agent = start_agent(test_text("{name: d, sentinel: \"127.0.0.1:%u\", seed_password: "
                                                "of-sentinel, password: of-nodes, interval: 200ms}",
                                                fake_port(sentinel)));
    WAIT_UNTIL(is_up(agent, fake_port(node)), SOON_MS);
    assert_true(fake_count(sentinel, "AUTH of-sentinel") > 0 && fake_count(node, "AUTH of-nodes") > 0);
    assert_int_equal(fake_count(sentinel, "AUTH"), fake_count(sentinel, "AUTH of-sentinel"));
    assert_int_equal(fake_count(node, "AUTH"), fake_count(node, "AUTH of-nodes"));
    assert_lacks(agent_log(agent), "of-");
    agent_stop(agent);
}

/* Half a list is no list. */
static void nonsense_changes_nothing(void **state)
{
    static const char id[] = "07c37dfeb235213a872192d90877d0cd55635b91";
    struct fake *seed = fake_start("7.0.15"), *node = fake_start("7.0.15");
    const char *good = fake_bulk(test_text("%s :%u@1 myself,master - 0 0 1 connected 0-5\n"
                                           "%s 127.0.0.1:%u@1 master - 0 0 2 connected\n",
                                           id, fake_port(seed), id, fake_port(node)));
    const char *const bad[] = {
        fake_bulk(
            test_text("%s 127.0.0.1:%u@1 myself,master - 0 0 1 connected\nrubbish\n", id, fake_port(seed))),
        fake_bulk(test_text("%s bad host:%u@1 master - 0 0 1 connected\n", id, fake_port(seed))),
        fake_bulk(""),
        "*0\r\n",
        ":1\r\n",
        "$-1\r\n",
        "-ERR This instance has cluster support disabled\r\n",
        "-LOADING Redis is loading the dataset in memory\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
    };
    (void)state;
    fake_answer(seed, "CLUSTER NODES", &(struct fake_answer){.head = good});
    struct agent *agent =
        start_agent(test_text("{name: d, cluster: \"127.0.0.1:%u\", interval: 100ms}", fake_port(seed)));
    WAIT_UNTIL(is_up(agent, fake_port(node)) && is_up(agent, fake_port(seed)), SOON_MS);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fake_heal(seed);
        fake_answer(seed, "CLUSTER NODES", &(struct fake_answer){.head = bad[i]});
        WAIT_UNTIL(discovered(agent, "success") == 0, SOON_MS);
        assert_true(discovered(agent, "targets") == 2 && is_up(agent, fake_port(node)));
        fake_heal(seed);
        fake_answer(seed, "CLUSTER NODES", &(struct fake_answer){.head = good});
        WAIT_UNTIL(discovered(agent, "success") == 1, SOON_MS);
    }
    assert_int_equal(fake_connections(node), 1);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cluster_of_7_0_is_followed),
        TEST(a_cluster_of_6_0_is_followed),
        TEST(the_least_user_is_enough),
        TEST(the_nodes_are_listed_for_http_sd),
        TEST(without_a_cluster_there_is_no_list_of_nodes),
        TEST(what_a_sentinel_watches_is_followed),
        TEST(a_name_that_no_sentinel_knows_is_said),
        TEST(each_is_told_its_own_password),
        TEST(nonsense_changes_nothing),
    };
    return test_result(cmocka_run_group_tests(tests, NULL, test_group_teardown));
}
