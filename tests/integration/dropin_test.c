/*
 * dropin: the agent beside the real redis_exporter, on the same live servers, in the states that servers are
 * in. Whatever differs has a row with a reason in dropin_exceptions.tsv, or a test here fails with the list.
 */
#include "support/dropin.h"
#include "support/redis.h"
#include <stdio.h>
#include <string.h>

enum { FLAGS_MAX = 16, SURVEYED_MS = 60000 };

static const char *const kind_words[] = {
    [REDIS_6_0] = "6.0", [REDIS_7_0] = "7.0", [REDIS_8_0] = "8.0", [VALKEY] = "valkey"};

/* The kind of server a test is for comes as its state. */
static enum redis_kind kind_of(void **state)
{
    return (enum redis_kind)(intptr_t)*state;
}

/* Looks at our page twice in a second at most: a round for every look would be in the surveys' way. */
static bool shows_family(const struct agent *agent, const char *family, int64_t *next)
{
    if (test_now_ms() < *next)
        return false;
    *next = test_now_ms() + 500;
    return strstr(agent_metrics(agent), test_text("# TYPE %s ", family)) != NULL;
}

/*
 * Both programs on one address with the same flags, in the peer's way. Ours runs what costs a server more
 * than a moment in the background: it has to show <families> (may be NULL) before anything is compared.
 */
static void compare_at(const char *url, const char *words, const char *const *flags,
                       const char *const *families)
{
    const char *args[FLAGS_MAX + 8] = {"--redis.addr", url};
    size_t count = 2;
    for (; *flags && count < FLAGS_MAX; flags++)
        args[count++] = *flags;
    struct peer *peer = peer_start(args);
    /* Asked by scrapes only, so that nothing of ours runs between two of theirs. */
    args[count++] = "--max-age=0s";
    args[count++] = "--poll-interval=60s";
    struct agent *agent = agent_new();
    agent_start_with(agent, args, NULL);
    int64_t next = test_now_ms();
    for (; families && *families; families++)
        WAIT_UNTIL(shows_family(agent, *families, &next), SURVEYED_MS);
    dropin_compare(words, peer, agent);
    agent_stop(agent);
    proc_kill(peer->proc);
}

static void compare_when(struct redis *redis, const char *state_words, const char *const *flags,
                         const char *const *families)
{
    compare_at(test_text("redis://127.0.0.1:%u", redis->port),
               test_text("%s,%s", kind_words[redis->kind], state_words), flags, families);
}

static void compare(struct redis *redis, const char *state_words, const char *const *flags)
{
    compare_when(redis, state_words, flags, NULL);
}

#define NO_FLAGS AGENT_ARGS(NULL)

/* DEBUG has to be allowed since 7.0. The ping is what moves the offset of a replica nobody writes to. */
static struct redis *start(enum redis_kind kind, const char *const *more)
{
    const char *args[32] = {"--databases", "16", "--repl-ping-replica-period", "1"};
    size_t count = 4;
    if (kind != REDIS_6_0) {
        args[count++] = "--enable-debug-command";
        args[count++] = "yes";
    }
    for (; more && *more; more++)
        args[count++] = *more;
    return redis_start(kind, args);
}

/* A client that sends one line and stays. */
static void keep_client(const struct redis *redis, const char *line)
{
    int fd = http_connect(redis->port);
    assert_true(fd >= 0);
    assert_true(http_send(fd, line, strlen(line), SOON_MS));
}

static void give_data(struct redis *redis)
{
    static const char *const commands[] = {
        "DEBUG POPULATE 20000 key 100",
        "SETEX fleeting 3600 value",
        "SETEX going 7200 value",
        "LPUSH list a b c d",
        "SADD set a b c",
        "ZADD zset 1 a 2 b",
        "HSET hash field value other 2",
        "XADD stream 1-1 field value",
        "XADD stream 2-1 field value",
        "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group consumer COUNT 1 STREAMS stream >",
        "GEOADD geo 13.361389 38.115556 Palermo",
        "GEORADIUS_RO geo 15 37 200 km",
        "PFADD hll a b c",
        "SETBIT bits 7 1",
        "SET number 42",
        "SET text hello",
        "GET number",
        "GET absent",
        "INCR number",
        "MGET number text absent",
        "EXPIRE text 9000",
        "RENAME text words",
        "COPY words words2",
        "DEL hll",
        "OBJECT ENCODING list",
        "EVAL return(1) 0",
        "SCRIPT EXISTS 0123456789012345678901234567890123456789",
        "FUNCTION STATS",
        "PUBLISH news hello",
        "SELECT 3",
        "SET alone 1",
        "SETEX fading 3600 1",
        "SELECT 11",
        "SADD eleven 1 2",
        "SELECT 0",
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        redis_ask(redis, "%s", commands[i]);
}

static void make_errors(struct redis *redis)
{
    static const char *const commands[] = {
        "INCR list",
        "LPUSH number 1",
        "NOSUCHCOMMAND",
        "GET",
        "EVALSHA 00 0",
        "EVAL x( 0",
        "SET a b NOPE",
        "DECR hash",
        "XADD stream 1-1 field value",
        "AUTH bob wrong",
        "AUTH bob secret",
        "SET forbidden 1",
        "GET elsewhere",
        "PUBLISH quiet hello",
        "GET allowed",
        "AUTH default any",
    };
    redis_ask(redis, "ACL SETUSER bob on >secret +get +publish ~allowed resetchannels &news");
    redis_ask(redis, "ACL SETUSER bob on >secret +get +publish ~allowed");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        redis_ask(redis, "%s", commands[i]);
}

static void make_spikes(struct redis *redis)
{
    redis_ask(redis, "CONFIG SET slowlog-log-slower-than 10000");
    redis_ask(redis, "CONFIG SET latency-monitor-threshold 10");
    redis_ask(redis, "DEBUG SLEEP 0.05");
    redis_ask(redis, "DEBUG SLEEP 0.02");
}

static void keep_clients(struct redis *redis)
{
    keep_client(redis, "BLPOP nothing 0\r\n");
    keep_client(redis, "BLPOP nothing 9999\r\n");
    keep_client(redis, "SUBSCRIBE news\r\n");
    keep_client(redis, "PSUBSCRIBE n*\r\n");
    keep_client(redis, "WATCH number\r\n");
    keep_client(redis, "HELLO 3\r\nCLIENT TRACKING ON\r\nGET number\r\n");
    WAIT_UNTIL(redis_info_number(redis, "blocked_clients") == 2 &&
                   redis_info_number(redis, "tracking_clients") == 1,
               SOON_MS);
}

/* A primary with all of it, and a file of each kind written. */
static struct redis *start_loaded(enum redis_kind kind)
{
    struct redis *redis =
        start(kind, REDIS_ARGS("--appendonly", "yes", "--maxmemory", "1gb", "--maxmemory-policy",
                               "allkeys-lru", "--repl-backlog-size", "2mb"));
    give_data(redis);
    make_errors(redis);
    make_spikes(redis);
    redis_ask(redis, "BGREWRITEAOF");
    WAIT_UNTIL(redis_info_number(redis, "aof_rewrite_in_progress") == 0 &&
                   redis_info_number(redis, "aof_rewrite_scheduled") == 0,
               SOON_MS);
    redis_ask(redis, "BGSAVE");
    WAIT_UNTIL(redis_info_number(redis, "rdb_bgsave_in_progress") == 0, SOON_MS);
    keep_clients(redis);
    return redis;
}

/* Up, and acknowledged by its primary: before that the numbers move. */
static struct redis *start_replica_of(struct redis *primary)
{
    struct redis *replica = redis_start_replica(primary->kind, primary);
    WAIT_UNTIL(strstr(redis_info(primary, "slave0"), "state=online") &&
                   !strstr(redis_info(primary, "slave0"), "offset=0,"),
               SOON_MS);
    return replica;
}

static void a_busy_primary(void **state)
{
    struct redis *redis = start_loaded(kind_of(state));
    start_replica_of(redis);
    compare(redis, "primary", NO_FLAGS);
}

static void its_replica(void **state)
{
    struct redis *primary = start(kind_of(state), NULL);
    give_data(primary);
    compare(start_replica_of(primary), "replica", NO_FLAGS);
}

static void a_server_without_keys(void **state)
{
    compare(start(kind_of(state), REDIS_ARGS("--databases", "4")), "empty", NO_FLAGS);
}

static void a_replica_whose_primary_is_gone(void **state)
{
    struct redis *primary = start(kind_of(state), NULL);
    redis_ask(primary, "SET key value");
    struct redis *replica = start_replica_of(primary);
    redis_stop(primary);
    WAIT_UNTIL(strcmp(redis_info(replica, "master_link_status"), "down") == 0, SOON_MS);
    compare(replica, "linkdown", NO_FLAGS);
}

static void a_replica_that_was_promoted(void **state)
{
    struct redis *primary = start(kind_of(state), NULL);
    redis_ask(primary, "SET key value");
    struct redis *replica = start_replica_of(primary);
    redis_ask(replica, "REPLICAOF NO ONE");
    compare(replica, "promoted", NO_FLAGS);
}

/* While it loads it answers once in 2 MB; of the whole there is enough for several takes. */
static void a_server_that_loads(void **state)
{
    enum { KEYS = 1800, KEY_DELAY_USEC = 6000 };
    struct redis *source = start(kind_of(state), NULL);
    redis_ask(source, "CONFIG SET rdbcompression no");
    redis_ask(source, "DEBUG POPULATE %d key 100000", KEYS);
    redis_ask(source, "SAVE");
    redis_stop(source);
    struct redis *loading =
        redis_start_at(kind_of(state), test_free_port(),
                       REDIS_ARGS("--dir", source->dir, "--key-load-delay", test_text("%d", KEY_DELAY_USEC)));
    WAIT_UNTIL(http_connect(loading->port) >= 0, SOON_MS);
    assert_string_equal(redis_info(loading, "loading"), "1");
    compare(loading, "loading", NO_FLAGS);
    assert_string_equal(redis_info(loading, "loading"), "1");
}

static void a_password_that_is_missing_or_wrong(void **state)
{
    struct redis *redis = start(kind_of(state), REDIS_ARGS("--requirepass", "right"));
    compare(redis, "down,noauth", NO_FLAGS);
    compare(redis, "down,wrongpass", AGENT_ARGS("--redis.password", "wrong"));
    compare(redis, "empty", AGENT_ARGS("--redis.password", "right"));
}

static void nobody_there(void **state)
{
    (void)state;
    compare_at(test_text("redis://127.0.0.1:%u", test_free_port()), "down,refused", NO_FLAGS, NULL);
}

/* The nodes' own port is 10,000 above; there it has to stay below what outgoing connections use. */
static struct redis *start_node(enum redis_kind kind)
{
    unsigned port = test_free_port();
    while (port + 10000 >= 32768)
        port = test_free_port();
    struct redis *redis = redis_start_at(kind, port, REDIS_ARGS("--cluster-enabled", "yes"));
    redis_await(redis);
    return redis;
}

/* Two, so that the messages between nodes are counted; what runs on its own is bracketed like the rest. */
static void a_cluster_node(void **state)
{
    struct redis *redis = start_node(kind_of(state)), *other = start_node(kind_of(state));
    char *slots = test_alloc(16384 * 6 + 1), *end = slots;
    for (int slot = 0; slot < 16384; slot++)
        end += snprintf(end, 8, " %d", slot);
    assert_string_equal(redis_ask(redis, "CLUSTER ADDSLOTS%s", slots), "OK");
    redis_ask(redis, "CLUSTER MEET 127.0.0.1 %u", other->port);
    WAIT_UNTIL(strstr(redis_ask(redis, "CLUSTER INFO"), "cluster_known_nodes:2") &&
                   strstr(redis_ask(redis, "CLUSTER INFO"), "cluster_state:ok"),
               SOON_MS);
    redis_ask(redis, "SET key value");
    compare(redis, "cluster", NO_FLAGS);
}

/*
 * The flags that add families, as far as a server here has something for them. A family that the agent lacks
 * has its row until it is there.
 */
static void more_families_by_flags(void **state)
{
    static const char *const flags[] = {
        "--include-system-metrics",
        "--include-config-metrics",
        "--include-modules-metrics",
        "--export-client-list",
        "--export-client-port",
        "--ping-on-connect",
        "--check-keys=db0=z*,db0=n*",
        "--check-single-keys=db0=list,db3=alone",
        "--count-keys=db0=key:1*",
        "--check-streams=db0=str*",
        "--check-key-groups=^(.*):[0-9]+$",
        NULL,
    };
    static const char *const surveyed[] = {"redis_key_size", "redis_keys_count", "redis_stream_length",
                                           "redis_key_group_count", NULL};
    struct redis *redis = start(kind_of(state), NULL);
    give_data(redis);
    compare_when(redis, "flags", flags, surveyed);
}

static void fewer_families_by_flags(void **state)
{
    static const char *const flags[] = {
        "--redis-only-metrics",
        "--config-command=-",
        "--exclude-latency-histogram-metrics",
        "--include-metrics-for-empty-databases=false",
        "--set-client-name=false",
        NULL,
    };
    struct redis *redis = start(kind_of(state), NULL);
    give_data(redis);
    make_spikes(redis);
    compare(redis, "fewer", flags);
}

/* docs/from-redis_exporter.md has this as a table for people. */
static void the_http_surface(void **state)
{
    static const struct {
        const char *method, *path;
        int theirs, ours;
    } requests[] = {
        {"GET", "/", 200, 200},         {"GET", "/metrics", 200, 200}, {"HEAD", "/metrics", 200, 200},
        {"POST", "/metrics", 200, 405}, {"PUT", "/metrics", 200, 405}, {"GET", "/metrics/", 404, 404},
        {"GET", "/health", 200, 503},   {"POST", "/health", 200, 405}, {"GET", "/-/reload", 400, 405},
        {"GET", "/nope", 404, 404},
    };
    (void)state;
    const char *const *args = AGENT_ARGS("--redis.addr", test_text("redis://127.0.0.1:%u", test_free_port()));
    struct peer *peer = peer_start(args);
    struct agent *agent = agent_new();
    agent_start_with(agent, args, NULL);
    agent_await_ready(agent);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const char *request = test_text("%s %s HTTP/1.0\r\n\r\n", requests[i].method, requests[i].path);
        assert_int_equal(http_raw(peer->port, request, SOON_MS).status, requests[i].theirs);
        assert_int_equal(http_raw(agent->port, request, SOON_MS).status, requests[i].ours);
    }
    agent_stop(agent);
}

#define ON(function, kind)                                                                                   \
    {                                                                                                        \
        .name = #function " on " #kind, .test_func = function, .setup_func = test_setup,                     \
        .teardown_func = test_teardown, .initial_state = (void *)(intptr_t)kind                              \
    }
#define ON_ALL(function)                                                                                     \
    ON(function, REDIS_6_0), ON(function, REDIS_7_0), ON(function, REDIS_8_0), ON(function, VALKEY)

static int load_rows(void **state)
{
    (void)state;
    dropin_load();
    return 0;
}

/* Last: by now every row has had its case. */
static void every_row_is_needed(void **state)
{
    (void)state;
    dropin_assert_all_needed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_ALL(a_busy_primary),
        ON_ALL(its_replica),
        ON_ALL(a_server_without_keys),
        ON_ALL(a_replica_whose_primary_is_gone),
        ON_ALL(a_replica_that_was_promoted),
        ON_ALL(a_server_that_loads),
        ON_ALL(a_password_that_is_missing_or_wrong),
        TEST(nobody_there),
        ON_ALL(a_cluster_node),
        ON_ALL(more_families_by_flags),
        ON_ALL(fewer_families_by_flags),
        TEST(the_http_surface),
        TEST(every_row_is_needed),
    };
    return test_result(cmocka_run_group_tests(tests, load_rows, test_group_teardown));
}
