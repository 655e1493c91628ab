/*
 * What only some servers know: cluster nodes, Sentinels, Valkey, modules, and all settings of a server. How
 * they read what real ones say stands in the golden files; here are the answers that are rare, and those that
 * are nonsense.
 */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <stdio.h>
#include <string.h>

/* A conversation with one collector: its replies as RESP, those to follow-up calls after the others. */
struct talk {
    struct snapshot *snapshot;
    struct err err;
    unsigned calls; /* follow-up calls it made */
};

static void *new_part(struct snapshot *snapshot, enum collector_id id)
{
    void *part = arena_alloc(&snapshot->arena, collectors[id]->part_size, _Alignof(max_align_t));
    assert_non_null(part);
    return part;
}

/* Whether all went well; the last reply answers every call that has none of its own. */
static bool talk_with(struct talk *talk, enum collector_id id, const char *info, const char *const *resp)
{
    const struct collector *collector = collectors[id];
    struct cmd_call call;
    bool ok = true;
    *talk = (struct talk){.snapshot = snapshot_of(str_of(info)), .err = {.kind = ERR_NONE}};
    struct arena *arena = &talk->snapshot->arena;
    void *part = new_part(talk->snapshot, id);
    for (int i = 0; ok && i < COLLECTOR_CMDS_MAX && collector->cmds[i]; i++) {
        ok = collector->decode(collector->cmds[i], reply_of(str_of(*resp), arena), arena, part, &talk->err);
        resp += resp[1] != NULL;
    }
    for (; ok && collector->more && collector->more(part, talk->calls, &call); talk->calls++) {
        ok = collector->more_decode(talk->calls, reply_of(str_of(*resp), arena), arena, part, &talk->err);
        resp += resp[1] != NULL;
    }
    talk->snapshot->parts[id] = (struct part){.data = part, .state = ok ? PART_OK : PART_FAILED};
    assert_int_equal(talk->err.kind == ERR_NONE, ok);
    return ok;
}

/* The text of /metrics of that snapshot; both go. */
static struct str shown(struct talk *talk, struct buf *out)
{
    struct samples samples;
    uint32_t cursor;
    buf_init(out, 4 << 20);
    samples_init(&samples, &talk->snapshot->arena, 0);
    collectors_emit(talk->snapshot, &samples);
    expo_write(out, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, &samples}, 1,
               &cursor);
    assert_true(buf_ok(out));
    snapshot_free(talk->snapshot);
    return buf_view(out);
}

static const char *bulk(const char *text)
{
    static char out[1 << 14];
    snprintf(out, sizeof out, "$%zu\r\n%s\r\n", strlen(text), text);
    return out;
}

/* ---- cluster ---------------------------------------------------------------------------------------- */

#define NODE "redis_version:7.0.15\nrole:master\ncluster_enabled:1\n"

static void a_cluster_in_trouble_says_so(void **state)
{
    struct talk talk;
    struct buf out;
    (void)state;
    assert_true(talk_with(&talk, COLLECT_CLUSTER, NODE,
                          (const char *[]){bulk("cluster_state:fail\r\ncluster_slots_fail:5461\r\n"
                                                "cluster_stats_messages_auth-req_sent:3\r\n"
                                                "cluster_stats_messages_module_received:4\r\n"
                                                "cluster_size:three\r\nnew_in_9:17\r\nnew_word:yes\r\n"),
                                           NULL}));
    struct str text = shown(&talk, &out);
    assert_double(metric_value(text, "redis_cluster_state"), 0);
    assert_double(metric_value(text, "redis_cluster_slots_fail"), 5461);
    assert_double(metric_value(text, "redis_cluster_stats_messages_auth_req_sent"), 3);
    assert_double(metric_value(text, "redis_cluster_stats_messages_module_received"), 4);
    assert_double(metric_value(text, "redis_cluster_info_field_value{field=\"new_in_9\"}"), 17);
    assert_false(metric_exists(text, "redis_cluster_info_field_value{field=\"new_word\"}"));
    assert_false(metric_exists(text, "redis_cluster_size"));
    buf_done(&out);
}

static void not_more_new_cluster_fields_than_a_scrape_can_bear(void **state)
{
    struct talk talk;
    struct buf out, info;
    unsigned lines = 0;
    (void)state;
    buf_init(&info, 1 << 20);
    for (int i = 0; i < 200; i++)
        buf_fmt(&info, "new_%03d:1\r\n", i);
    buf_char(&info, '\0');
    assert_true(talk_with(&talk, COLLECT_CLUSTER, NODE, (const char *[]){bulk(info.ptr), NULL}));
    struct str text = shown(&talk, &out), line;
    while (str_next(&text, '\n', &line))
        lines += str_starts(line, STR("redis_cluster_info_field_value{"));
    assert_int_equal(lines, 64);
    buf_done(&out);
    buf_done(&info);
}

/* ---- Sentinel --------------------------------------------------------------------------------------- */

#define SENTINEL                                                                                             \
    "redis_version:7.0.15\nredis_mode:sentinel\nsentinel_masters:2\nsentinel_tilt_since_seconds:-1\n"        \
    "master0:name=one,status=odown,address=10.0.0.1:6379,slaves=2,sentinels=3\n"                             \
    "master1:name=two,status=ok,address=[::1]:6380,slaves=x\nmaster2:\nmaster3:name=half\nmasters:7\n"
#define MASTER_ONE                                                                                           \
    "*12\r\n+name\r\n+one\r\n+ip\r\n+10.0.0.1\r\n+port\r\n+6379\r\n+quorum\r\n+2\r\n+last-ok-ping-reply\r\n" \
    "+1500\r\n+parallel-syncs\r\n+x\r\n"
#define PEERS                                                                                                \
    "*3\r\n*4\r\n+name\r\n+p1\r\n+flags\r\n+sentinel\r\n"                                                    \
    "*4\r\n+name\r\n+p2\r\n+flags\r\n+s_down,sentinel,disconnected\r\n"                                      \
    "*4\r\n+name\r\n+p3\r\n+flags\r\n+sentinel,o_down\r\n"

#define ONE "master_name=\"one\",master_address=\"10.0.0.1:6379\""

static void a_sentinel_tells_of_a_primary_that_is_down(void **state)
{
    struct talk talk;
    struct buf out;
    (void)state;
    assert_true(talk_with(&talk, COLLECT_SENTINEL, SENTINEL,
                          (const char *[]){"*1\r\n" MASTER_ONE, "-NOQUORUM 1 usable Sentinels\r\n", PEERS,
                                           "*2\r\n*0\r\n*2\r\n+flags\r\n+slave,s_down\r\n", NULL}));
    assert_int_equal(talk.calls, 3);
    struct str text = shown(&talk, &out);
    assert_double(metric_value(text, "redis_sentinel_master_status{" ONE ",master_status=\"odown\"}"), 0);
    assert_double(metric_value(text, "redis_sentinel_master_slaves{" ONE "}"), 2);
    assert_double(metric_value(text, "redis_sentinel_master_sentinels{" ONE "}"), 3);
    assert_double(metric_value(text, "redis_sentinel_master_ok_sentinels{" ONE "}"), 2);
    assert_double(metric_value(text, "redis_sentinel_master_ok_slaves{" ONE "}"), 1);
    assert_double(metric_value(text, "redis_sentinel_master_setting_ckquorum{" ONE "}"), 2);
    assert_double(metric_value(text, "redis_sentinel_master_last_ok_ping_reply_seconds{" ONE "}"), 1.5);
    assert_false(metric_exists(text, "redis_sentinel_master_setting_parallel_syncs{" ONE "}"));
    assert_double(metric_value(text, "redis_sentinel_master_ckquorum_status{master_name=\"one\","
                                     "message=\"NOQUORUM 1 usable Sentinels\"}"),
                  0);
    assert_double(metric_value(text, "redis_sentinel_master_status{master_name=\"two\","
                                     "master_address=\"[::1]:6380\",master_status=\"ok\"}"),
                  1);
    assert_false(metric_exists(
        text, "redis_sentinel_master_slaves{master_name=\"two\",master_address=\"[::1]:6380\"}"));
    assert_false(metric_exists(text, "redis_sentinel_tilt_since_seconds"));
    assert_false(metric_exists(text, "redis_sentinel_peer_info{" ONE ",name=\"p1\",ip=\"\",port=\"\","
                                     "runid=\"\",flags=\"sentinel\"}"));
    buf_done(&out);
}

static void peers_are_a_choice_and_show_the_same_part(void **state)
{
    struct talk talk;
    struct buf out;
    (void)state;
    assert_true(talk_with(
        &talk, COLLECT_SENTINEL, SENTINEL,
        (const char *[]){"*1\r\n" MASTER_ONE, "+OK 2 usable Sentinels\r\n", PEERS, "*0\r\n", NULL}));
    talk.snapshot->parts[COLLECT_SENTINEL_PEERS] = talk.snapshot->parts[COLLECT_SENTINEL];
    struct str text = shown(&talk, &out);
    assert_double(metric_value(text, "redis_sentinel_peer_info{" ONE ",name=\"p2\",ip=\"\",port=\"\","
                                     "runid=\"\",flags=\"s_down,sentinel,disconnected\"}"),
                  1);
    buf_done(&out);
}

/* Removed between SENTINEL MASTERS and the questions about it. */
static void a_primary_that_is_gone_is_no_failure(void **state)
{
    struct talk talk;
    struct buf out;
    (void)state;
    assert_true(
        talk_with(&talk, COLLECT_SENTINEL, SENTINEL,
                  (const char *[]){"*1\r\n" MASTER_ONE, "-ERR No such master with that name\r\n", NULL}));
    assert_int_equal(talk.calls, 3);
    struct str text = shown(&talk, &out);
    assert_true(metric_exists(text, "redis_sentinel_master_setting_ckquorum{" ONE "}"));
    assert_false(metric_exists(text, "redis_sentinel_master_ok_sentinels{" ONE "}"));
    assert_false(metric_exists(text, "redis_sentinel_master_ok_slaves{" ONE "}"));
    buf_done(&out);
}

static void other_errors_of_a_sentinel_are_failures(void **state)
{
    static const struct {
        const char *replies[5];
        enum err_kind kind;
    } rows[] = {
        {{"*1\r\n" MASTER_ONE, "-NOPERM this user has no permissions\r\n"}, ERR_NOPERM},
        {{"*1\r\n" MASTER_ONE, "+OK\r\n", "-NOPERM this user has no permissions\r\n"}, ERR_NOPERM},
        {{"*1\r\n" MASTER_ONE, "+OK\r\n", "*0\r\n", "-ERR unknown command\r\n"}, ERR_UNKNOWN_COMMAND},
        {{"*1\r\n" MASTER_ONE, ":1\r\n"}, ERR_REDIS},
        {{"*1\r\n" MASTER_ONE, "*0\r\n"}, ERR_REDIS},
        {{"*1\r\n" MASTER_ONE, "+OK\r\n", "+OK\r\n"}, ERR_REDIS},
        {{"*1\r\n" MASTER_ONE, "+OK\r\n", "*0\r\n", "$-1\r\n"}, ERR_REDIS},
        {{"*1\r\n*0\r\n"}, ERR_REDIS},
        {{"*1\r\n+one\r\n"}, ERR_REDIS},
        {{"*1\r\n*2\r\n+name\r\n$0\r\n\r\n"}, ERR_REDIS},
        {{"*2\r\n" MASTER_ONE ":1\r\n"}, ERR_REDIS},
        {{":0\r\n"}, ERR_REDIS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talk talk;
        assert_false(talk_with(&talk, COLLECT_SENTINEL, SENTINEL, rows[i].replies));
        assert_int_equal(talk.err.kind, rows[i].kind);
        snapshot_free(talk.snapshot);
    }
}

/* Items of peers may be anything at all. */
static void nonsense_about_peers_is_survived(void **state)
{
    static const char *const lists[] = {"*3\r\n:1\r\n$-1\r\n*0\r\n", "*1\r\n*3\r\n+name\r\n+x\r\n+odd\r\n",
                                        "*1\r\n*2\r\n+flags\r\n:7\r\n", "*1\r\n*2\r\n+flags\r\n+,,s_down\r\n",
                                        "*1\r\n%1\r\n+name\r\n*0\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct talk talk;
        struct buf out;
        assert_true(talk_with(&talk, COLLECT_SENTINEL, SENTINEL,
                              (const char *[]){"*1\r\n" MASTER_ONE, "+OK\r\n", lists[i], NULL}));
        talk.snapshot->parts[COLLECT_SENTINEL_PEERS] = talk.snapshot->parts[COLLECT_SENTINEL];
        shown(&talk, &out);
        buf_done(&out);
    }
}

static void a_sentinel_of_thousands_is_asked_about_some(void **state)
{
    struct talk talk;
    struct buf masters, out;
    (void)state;
    buf_init(&masters, 1 << 20);
    buf_text(&masters, "*2000\r\n");
    for (int i = 0; i < 2000; i++)
        buf_fmt(&masters, "*2\r\n+name\r\n+m%d\r\n", i);
    buf_char(&masters, '\0');
    assert_true(talk_with(&talk, COLLECT_SENTINEL, SENTINEL,
                          (const char *[]){masters.ptr, "-ERR No such master with that name\r\n", NULL}));
    assert_int_equal(talk.calls, 768);
    assert_true(talk.calls <= MORE_CALLS_MAX);
    shown(&talk, &out);
    buf_done(&out);
    buf_done(&masters);
}

/* ---- the command log -------------------------------------------------------------------------------- */

#define VALKEY_INFO "redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.1.1\nrole:master\n"

static void the_newest_large_entries_are_shown_by_their_ids(void **state)
{
    struct talk talk;
    struct buf out;
    (void)state;
    assert_true(talk_with(&talk, COLLECT_COMMANDLOG, VALKEY_INFO,
                          (const char *[]){":3\r\n", ":2\r\n", ":0\r\n",
                                           "*1\r\n*6\r\n:41\r\n:1700000000\r\n:5000\r\n*1\r\n+secret\r\n"
                                           "+127.0.0.1:1\r\n+name\r\n",
                                           "*0\r\n", NULL}));
    struct str text = shown(&talk, &out);
    assert_double(metric_value(text, "redis_commandlog_slow_length"), 3);
    assert_double(metric_value(text, "redis_commandlog_large_request_length"), 2);
    assert_double(metric_value(text, "redis_commandlog_large_reply_length"), 0);
    assert_double(metric_value(text, "redis_commandlog_large_request_last_id"), 41);
    assert_false(metric_exists(text, "redis_commandlog_large_reply_last_id"));
    buf_done(&out);
}

static void odd_command_logs_are_refused(void **state)
{
    static const char *const rows[][5] = {
        {"+many\r\n"},
        {":1\r\n", ":1\r\n", ":1\r\n", ":1\r\n"},
        {":1\r\n", ":1\r\n", ":1\r\n", "*1\r\n:1\r\n"},
        {":1\r\n", ":1\r\n", ":1\r\n", "*1\r\n*0\r\n"},
        {":1\r\n", ":1\r\n", ":1\r\n", "*1\r\n*1\r\n+x\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talk talk;
        assert_false(talk_with(&talk, COLLECT_COMMANDLOG, VALKEY_INFO, rows[i]));
        assert_int_equal(talk.err.kind, ERR_REDIS);
        snapshot_free(talk.snapshot);
    }
}

/* ---- all settings ----------------------------------------------------------------------------------- */

static void settings_are_shown_but_secrets(void **state)
{
    static const char *const secrets[] = {"masterauth",
                                          "primaryauth",
                                          "requirepass",
                                          "tls-key-file-pass",
                                          "sentinel-pass",
                                          "REQUIREPASS",
                                          "tls-client-key-file-pass",
                                          "search.oss-global-password",
                                          "azure-token",
                                          "s3-secret"};
    struct talk talk;
    struct buf out, resp;
    (void)state;
    buf_init(&resp, 1 << 16);
    buf_fmt(&resp, "*%zu\r\n", 2 * (COUNT(secrets) + 5));
    for (size_t i = 0; i < COUNT(secrets); i++)
        buf_fmt(&resp, "+%s\r\n+hunter2\r\n", secrets[i]);
    buf_text(&resp, "+maxmemory\r\n+100mb\r\n+hz\r\n+10\r\n+list-max-ziplist-size\r\n+-2\r\n"
                    "+masteruser\r\n$0\r\n\r\n+hz\r\n+11\r\n");
    buf_char(&resp, '\0');
    assert_true(talk_with(&talk, COLLECT_CONFIG_ALL, NODE, (const char *[]){resp.ptr, NULL}));
    struct str text = shown(&talk, &out);
    assert_double(metric_value(text, "redis_config_key_value{key=\"maxmemory\",value=\"100mb\"}"), 1);
    assert_double(metric_value(text, "redis_config_key_value{key=\"masteruser\",value=\"\"}"), 1);
    assert_double(metric_value(text, "redis_config_value{key=\"hz\"}"), 10);
    assert_double(metric_value(text, "redis_config_value{key=\"list-max-ziplist-size\"}"), -2);
    assert_false(metric_exists(text, "redis_config_value{key=\"maxmemory\"}"));
    buf_char(&out, '\0');
    assert_null(strstr(out.ptr, "hunter2"));
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_null(strstr(out.ptr, secrets[i]));
    buf_done(&out);
    buf_done(&resp);
}

static void settings_outlive_their_snapshot(void **state)
{
    struct talk old;
    struct buf out;
    (void)state;
    assert_true(
        talk_with(&old, COLLECT_SENTINEL_CONFIG, SENTINEL,
                  (const char *[]){"*4\r\n+announce-port\r\n+26379\r\n+sentinel-pass\r\n+x\r\n", NULL}));
    struct talk fresh = {.snapshot = snapshot_of(STR(SENTINEL))};
    void *part = new_part(fresh.snapshot, COLLECT_SENTINEL_CONFIG);
    assert_true(collectors[COLLECT_SENTINEL_CONFIG]->copy(old.snapshot->parts[COLLECT_SENTINEL_CONFIG].data,
                                                          &fresh.snapshot->arena, part));
    fresh.snapshot->parts[COLLECT_SENTINEL_CONFIG] = (struct part){.data = part, .state = PART_OK};
    snapshot_free(old.snapshot);
    struct str text = shown(&fresh, &out);
    assert_double(metric_value(text, "redis_sentinel_config_value{key=\"announce-port\"}"), 26379);
    buf_done(&out);
}

/* ---- modules ---------------------------------------------------------------------------------------- */

static void every_module_has_its_line(void **state)
{
    struct talk talk = {.snapshot = snapshot_of(
                            STR("redis_version:8.0.2\r\nrole:master\r\n# Modules\r\n"
                                "module:name=search,ver=80002,api=1,filters=0,usedby=[],using=[ReJSON|x],"
                                "options=[handle-io-errors]\r\n"
                                "module:name=ReJSON,ver=80001,api=1,filters=0,usedby=[search],using=[]\r\n"
                                "module:ver=1\r\nmodule:\r\n# search_indexes\r\n"
                                "search_number_of_indexes:3\r\nsearch_total_ms_run:2\r\n"
                                "search_used_memory_indexes:4096\r\nmodule:name=late\r\n"))};
    struct buf out;
    (void)state;
    struct str text = shown(&talk, &out), line;
    unsigned modules = 0;
    assert_double(metric_value(text,
                               "redis_module_info{name=\"search\",ver=\"80002\",api=\"1\",filters=\"0\","
                               "usedby=\"[]\",using=\"[ReJSON|x]\"}"),
                  1);
    assert_double(metric_value(text,
                               "redis_module_info{name=\"ReJSON\",ver=\"80001\",api=\"1\",filters=\"0\","
                               "usedby=\"[search]\",using=\"[]\"}"),
                  1);
    assert_double(metric_value(text, "redis_search_number_of_indexes"), 3);
    assert_double(metric_value(text, "redis_search_run_ms_total"), 2);
    assert_double(metric_value(text, "redis_search_used_memory_indexes_bytes"), 4096);
    while (str_next(&text, '\n', &line))
        modules += str_starts(line, STR("redis_module_info{"));
    assert_int_equal(modules, 2);
    buf_done(&out);
}

/* ---- without memory --------------------------------------------------------------------------------- */

struct attempt {
    enum collector_id id;
    const struct reply *replies[4]; /* the last one answers all that come after it */
    size_t count;
};

static void attempt_decode(void *arg)
{
    const struct attempt *attempt = arg;
    const struct collector *collector = collectors[attempt->id];
    _Alignas(max_align_t) char part[256] = {0}, copy[256] = {0};
    struct arena arena;
    struct cmd_call call;
    struct err err = {.kind = ERR_NONE};
    size_t next = 0;
    bool ok = true;
    assert_true(collector->part_size <= sizeof part);
    arena_init(&arena, 64, 1 << 20);
    for (int i = 0; ok && i < COLLECTOR_CMDS_MAX && collector->cmds[i]; i++)
        ok = collector->decode(collector->cmds[i], attempt->replies[next++], &arena, part, &err);
    for (unsigned i = 0; ok && collector->more && collector->more(part, i, &call); i++) {
        ok = collector->more_decode(i, attempt->replies[next], &arena, part, &err);
        next += next + 1 < attempt->count;
    }
    assert_int_equal(err.kind, ok ? ERR_NONE : ERR_MEMORY);
    if (ok && collector->copy)
        ok = collector->copy(part, &arena, copy);
    assert_true(ok == !memory_refused());
    arena_done(&arena);
}

static void without_memory_these_fail_and_say_so(void **state)
{
    static const struct {
        enum collector_id id;
        const char *resp[4];
    } rows[] = {
        {COLLECT_CLUSTER, {"+cluster_state:ok\r\n"}},
        {COLLECT_CONFIG_ALL, {"*4\r\n+hz\r\n+10\r\n+maxmemory\r\n+0\r\n"}},
        {COLLECT_SENTINEL, {"*1\r\n" MASTER_ONE, "+OK 2 usable Sentinels\r\n", PEERS, "*0\r\n"}},
    };
    (void)state;
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct attempt attempt = {.id = rows[r].id};
        struct arena replies;
        arena_init(&replies, 0, 1 << 20);
        for (; attempt.count < 4 && rows[r].resp[attempt.count]; attempt.count++)
            attempt.replies[attempt.count] = reply_of(str_of(rows[r].resp[attempt.count]), &replies);
        assert_true(memory_refuse_each(attempt_decode, &attempt) > 0);
        arena_done(&replies);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cluster_in_trouble_says_so),
        TEST(not_more_new_cluster_fields_than_a_scrape_can_bear),
        TEST(a_sentinel_tells_of_a_primary_that_is_down),
        TEST(peers_are_a_choice_and_show_the_same_part),
        TEST(a_primary_that_is_gone_is_no_failure),
        TEST(other_errors_of_a_sentinel_are_failures),
        TEST(nonsense_about_peers_is_survived),
        TEST(a_sentinel_of_thousands_is_asked_about_some),
        TEST(the_newest_large_entries_are_shown_by_their_ids),
        TEST(odd_command_logs_are_refused),
        TEST(settings_are_shown_but_secrets),
        TEST(settings_outlive_their_snapshot),
        TEST(every_module_has_its_line),
        TEST(without_memory_these_fail_and_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
