/* topology: what CLUSTER NODES and SENTINEL say, and what they may not say. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/topology.h>
#include <stdio.h>

#define ID "07c37dfeb235213a872192d90877d0cd55635b91 "

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0, 8 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define TEST_ARENA(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static struct topology cluster(const char *text)
{
    struct topology found = {.count = 0};
    struct err err;
    if (!topology_read_cluster(str_of(text), &arena, &found, &err))
        fail_msg("%s: %s", text, err.text);
    return found;
}

static void check_node(const struct node *node, const char *host, unsigned port, const char *hostname,
                       bool primary)
{
    assert_text(node->host, host);
    assert_text(node->hostname, hostname);
    assert_int_equal(node->port, port);
    assert_int_equal(node->primary, primary);
}

static void every_version_is_read(void **state)
{
    (void)state;
    struct topology found =
        cluster(ID "10.0.0.1:7000@17000 myself,master - 0 1426238317239 4 connected 0-5460 [5461->-07c3]\n" ID
                   "10.0.0.2:7001@17001,redis-1.example.net slave 07c3 0 1426238316232 2 connected\r\n" ID
                   "fd00::3:7002@17002,,tls-port=7102,shard-id=7 master,fail - 0 1426238316232 2 "
                   "disconnected 5461-10922\n" ID "10.0.0.4:7003 slave,fail? 07c3 0 0 0 connected\n");
    assert_int_equal(found.count, 4);
    check_node(&found.nodes[0], "10.0.0.1", 7000, "", true);
    check_node(&found.nodes[1], "10.0.0.2", 7001, "redis-1.example.net", false);
    check_node(&found.nodes[2], "fd00::3", 7002, "", true);
    check_node(&found.nodes[3], "10.0.0.4", 7003, "", false);
}

static void who_has_no_address_or_is_a_stranger_is_left_out(void **state)
{
    (void)state;
    struct topology found = cluster(
        ID ":7000@17000 myself,master - 0 0 0 connected\n" ID ":0@0 master,noaddr - 1 1 1 disconnected\n" ID
           ":7002@17002 slave x 0 0 0 connected\n" ID "10.0.0.9:7003@17003 handshake - 0 0 0 connected\n" ID
           "10.0.0.8:0@17004 master - 0 0 0 connected\n");
    assert_int_equal(found.count, 1);
    check_node(&found.nodes[0], "", 7000, "", true); /* whoever was asked knows no address of himself */
}

static void half_an_answer_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "\n\n",
        "rubbish",
        ID,
        ID "10.0.0.1:7000@17000",
        ID "10.0.0.1 master - 0 0 0 connected",
        ID "10.0.0.1:x@1 master - 0 0 0 connected",
        ID "10.0.0.1:70000@1 master -",
        "07c3 10.0.0.1:7000@1 master -",
        ID "10.0.0.1:7000@1 master -\nHTTP/1.1 400",
        ID ":0@0 noaddr -",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        EACH_GUARDED(input, str_of(bad[i]))
        {
            struct topology found = {.count = 77};
            struct err err;
            assert_false(topology_read_cluster(input.slice, &arena, &found, &err));
            assert_int_equal(err.kind, ERR_INPUT);
            assert_int_equal(found.count, 77);
        }
    }
}

static void lines_have_a_ceiling(void **state)
{
    static char text[TOPOLOGY_NODES_MAX + 2];
    struct topology found;
    struct err err;
    (void)state;
    memset(text, '\n', sizeof text - 1);
    assert_false(topology_read_cluster(str_of(text), &arena, &found, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
}

/* Any bytes at all: it ends, and stays within them. */
static void random_bytes_do_no_harm(void **state)
{
    static const char alphabet[] = "0123456789abcdef :@,.-\n\rmyselfhandshakenoaddr";
    uint64_t seed = 77;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char text[160];
        size_t len = next_random(&seed) % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[next_random(&seed) % (sizeof alphabet - 1)];
        memcpy(text, ID, len < sizeof ID - 1 ? len : sizeof ID - 1);
        EACH_GUARDED(input, ((struct str){text, len}))
        {
            struct topology found;
            topology_read_cluster(input.slice, &arena, &found, NULL);
        }
        arena_reset(&arena);
    }
}

/* ---- Sentinel --------------------------------------------------------------------------------------- */

static struct reply texts(const char *text)
{
    return (struct reply){.type = REPLY_STRING, .text = str_of(text)};
}

/* {"name", "m", "ip", …} as RESP2 has it. */
static struct reply map_of(struct reply *items, const char *const *words, size_t count, enum reply_type type)
{
    for (size_t i = 0; i < count; i++)
        items[i] = texts(words[i]);
    return (struct reply){.type = type, .items = items, .count = count};
}

static void sentinels_are_read_in_both_protocols(void **state)
{
    static const char *const words[] = {"name", "mymaster", "ip",    "10.0.0.1",
                                        "port", "6379",     "flags", "master,s_down"};
    struct reply items[COUNT(words)];
    (void)state;
    for (int resp3 = 0; resp3 < 2; resp3++) {
        struct reply map = map_of(items, words, COUNT(words), resp3 ? REPLY_MAP : REPLY_ARRAY);
        struct reply list = {.type = REPLY_ARRAY, .items = &map, .count = 1};
        struct watched *watched;
        struct topology replicas;
        unsigned count;
        assert_true(topology_read_masters(&list, &arena, &watched, &count, NULL));
        assert_int_equal(count, 1);
        assert_text(watched[0].name, "mymaster");
        check_node(&watched[0].primary, "10.0.0.1", 6379, "", true);
        assert_true(topology_read_replicas(&list, &arena, &replicas, NULL));
        assert_int_equal(replicas.count, 1);
        check_node(&replicas.nodes[0], "10.0.0.1", 6379, "", false);
    }
}

static void what_a_sentinel_may_not_say(void **state)
{
    static const char *const bad[][6] = {
        {"name", "", "ip", "h", "port", "1"},  {"name", "m", "ip", "", "port", "1"},
        {"name", "m", "ip", "h", "port", "0"}, {"name", "m", "ip", "h", "port", "x"},
        {"nam", "m", "ip", "h", "port", "1"},  {"name", "m", "ip", "h", "prt", "1"},
    };
    struct watched *watched;
    struct topology replicas;
    unsigned count;
    struct err err;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct reply items[6], map = map_of(items, bad[i], 6, REPLY_ARRAY);
        struct reply list = {.type = REPLY_ARRAY, .items = &map, .count = 1};
        assert_false(topology_read_masters(&list, &arena, &watched, &count, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        if (i && i != 4)
            assert_false(topology_read_replicas(&list, &arena, &replicas, &err));
    }
    struct reply number = {.type = REPLY_INTEGER}, list = {.type = REPLY_ARRAY, .items = &number, .count = 1};
    struct reply error = {.type = REPLY_ERROR, .text = STR("NOPERM no")};
    assert_false(topology_read_masters(&list, &arena, &watched, &count, &err));
    assert_false(topology_read_replicas(&number, &arena, &replicas, &err));
    assert_int_equal(err.kind, ERR_PROTOCOL);
    assert_false(topology_read_replicas(&error, &arena, &replicas, &err));
    assert_int_equal(err.kind, ERR_NOPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ARENA(every_version_is_read),       TEST_ARENA(who_has_no_address_or_is_a_stranger_is_left_out),
        TEST_ARENA(half_an_answer_is_none),      TEST_ARENA(lines_have_a_ceiling),
        TEST_ARENA(random_bytes_do_no_harm),     TEST_ARENA(sentinels_are_read_in_both_protocols),
        TEST_ARENA(what_a_sentinel_may_not_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
