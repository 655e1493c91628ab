/* survey: the step machines, fed with replies from memory. */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/pipeline.h"
#include <bluegreen/hll.h>
#include <bluegreen/survey.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- helpers --------------------------------------------------------------------------------------- */

/* What is answered to commands that begin with <command>; the first that fits counts. */
struct answer {
    const char *command, *resp;
};

enum { FLIGHT = 16, STEPS_MAX = 100000 };

static struct survey_settings settings_with(void)
{
    return (struct survey_settings){.batch = 100,
                                    .keys_max = 1000,
                                    .series_max = 1000,
                                    .key_values = true,
                                    .key_groups_max = 100,
                                    .stream_consumers = true,
                                    .big_keys_sample = 1000,
                                    .search_indexes = STR(".*")};
}

static const char info_text[] = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:abc\r\n"
                                "role:master\r\nmodule:name=search,ver=20000\r\n"
                                "db0:keys=3,expires=0,avg_ttl=0\r\ndb2:keys=1,expires=0,avg_ttl=0\r\n";

static void text_of(const struct survey_request *request, char *out, size_t size)
{
    struct str words = cmd_text(request->cmd, out, size);
    size_t len = words.len;
    for (unsigned i = 0; i < request->arg_count; i++)
        len += (size_t)snprintf(out + len, size - len, " " STR_FMT, STR_ARG(request->args[i]));
    snprintf(out + len, size - len, " @%u", request->db);
}

static const char *answer_to(const struct answer *answers, const char *command)
{
    for (; answers->command; answers++)
        if (strncmp(command, answers->command, strlen(answers->command)) == 0)
            return answers->resp;
    fail_msg("nobody expected %s", command);
    return NULL;
}

/* Plays until the run is over; several commands are under way at once, as they are on a connection. */
static enum survey_step play(struct survey_run *run, const struct answer *answers)
{
    struct survey_request flight[FLIGHT];
    char commands[FLIGHT][1024];
    for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
        unsigned count = 0;
        enum survey_step step = SURVEY_SEND;
        while (count < FLIGHT && (step = survey_next(run, &flight[count])) == SURVEY_SEND) {
            text_of(&flight[count], commands[count], sizeof commands[count]);
            count++;
        }
        if (count == 0) {
            assert_int_not_equal(step, SURVEY_WAIT);
            assert_int_equal(run->waiting, 0);
            return step;
        }
        for (unsigned i = 0; i < count; i++) {
            struct arena arena;
            arena_init(&arena, 4096, 16 << 20);
            const struct reply *reply = reply_of(str_of(answer_to(answers, commands[i])), &arena);
            assert_non_null(reply);
            survey_take(run, &flight[i], reply);
            arena_done(&arena);
        }
    }
    fail_msg("it does not end");
    return SURVEY_FAILED;
}

static struct survey_run *begin(enum survey_id id, const struct survey_settings *settings)
{
    struct snapshot *snapshot = snapshot_of(str_of(info_text));
    assert_non_null(snapshot);
    assert_true(surveys[id]->wanted(settings));
    struct survey_run *run = survey_run_new(id, settings, snapshot);
    assert_non_null(run);
    snapshot_free(snapshot);
    return run;
}

/* The whole run; its samples as text. */
static struct survey_run *survey(enum survey_id id, const struct survey_settings *settings,
                                 const struct answer *answers, struct buf *text)
{
    struct survey_run *run = begin(id, settings);
    assert_int_equal(play(run, answers), SURVEY_DONE);
    survey_run_seal(run);
    struct expo_source source = {NO_LABELS, &run->samples};
    uint32_t cursor;
    buf_init(text, 1 << 20);
    expo_write(text, &(struct expo_options){.prefix = STR("redis")}, &source, 1, &cursor);
    return run;
}

static void done(struct survey_run *run, struct buf *text)
{
    buf_done(text);
    survey_run_free(run);
}

static void assert_series(const struct buf *text, const char *series, double value)
{
    double got = metric_value(buf_view(text), series);
    if (got != value)
        fail_msg("%s is %g instead of %g", series, got, value);
}

static unsigned series_count(const struct survey_run *run)
{
    return run->samples.count;
}

/* ---- keys ------------------------------------------------------------------------------------------ */

static const struct survey_key single[] = {{0, STR_INIT("n")}, {3, STR_INIT("l")},     {0, STR_INIT("gone")},
                                           {0, STR_INIT("n")}, {0, STR_INIT("moved")}, {0, STR_INIT("mod")}};

static const struct answer key_answers[] = {
    {"TYPE n @0", "+string\r\n"},
    {"TYPE l @3", "+list\r\n"},
    {"TYPE gone", "+none\r\n"},
    {"TYPE moved", "-MOVED 1 10.0.0.1:6379\r\n"},
    {"TYPE mod", "+graphdata\r\n"},
    {"MEMORY USAGE n", ":64\r\n"},
    {"MEMORY USAGE l", ":144\r\n"},
    {"MEMORY USAGE mod", ":9\r\n"},
    {"STRLEN n", ":4\r\n"},
    {"LLEN l", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"},
    {"GETRANGE n 0 255", "$4\r\n42.5\r\n"},
    {NULL, NULL},
};

static void single_keys_are_measured_by_their_type(void **state)
{
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.single_keys = (struct survey_keys){single, COUNT(single)};
    struct survey_run *run = survey(SURVEY_SINGLE_KEYS, &settings, key_answers, &text);
    assert_series(&text, "redis_key_memory_usage_bytes{db=\"db0\",key=\"n\"}", 64);
    assert_series(&text, "redis_key_size{db=\"db0\",key=\"n\"}", 4);
    assert_series(&text, "redis_key_value{db=\"db0\",key=\"n\"}", 42.5);
    assert_series(&text, "redis_key_memory_usage_bytes{db=\"db3\",key=\"l\"}", 144);
    assert_series(&text, "redis_key_memory_usage_bytes{db=\"db0\",key=\"mod\"}", 9);
    assert_int_equal(series_count(run), 5); /* what comes twice is shown once */
    assert_int_equal(run->keys, COUNT(single));
    assert_false(run->truncated);
    done(run, &text);
}

static void values_are_shown_only_when_wanted(void **state)
{
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.single_keys = (struct survey_keys){single, 1};
    settings.key_values = false;
    struct survey_run *run = survey(SURVEY_SINGLE_KEYS, &settings, key_answers, &text);
    assert_series(&text, "redis_key_size{db=\"db0\",key=\"n\"}", 4);
    assert_false(metric_exists(buf_view(&text), "redis_key_value{db=\"db0\",key=\"n\"}"));
    done(run, &text);
}

static const struct answer scan_answers[] = {
    {"SCAN 0 MATCH k* COUNT 100 @0", "*2\r\n$2\r\n17\r\n*2\r\n$2\r\nk1\r\n$2\r\nk2\r\n"},
    {"SCAN 17 MATCH k* COUNT 100 @0", "*2\r\n$20\r\n18446744073709551615\r\n*0\r\n"},
    {"SCAN 18446744073709551615 MATCH k*", "*2\r\n$1\r\n0\r\n*2\r\n$2\r\nk2\r\n$2\r\nk3\r\n"},
    {"SCAN 0 MATCH * COUNT 100 @2", "*2\r\n$1\r\n0\r\n*0\r\n"},
    {"SCAN 0 MATCH * COUNT 100 @0", "*2\r\n$1\r\n0\r\n*3\r\n$3\r\na_1\r\n$3\r\na_2\r\n$1\r\nz\r\n"},
    {"TYPE", "+set\r\n"},
    {"MEMORY USAGE z", "$-1\r\n"},
    {"MEMORY USAGE", ":10\r\n"},
    {"SCARD", ":2\r\n"},
    {NULL, NULL},
};

static void patterns_are_walked_to_their_end(void **state)
{
    static const struct survey_key patterns[] = {{0, STR_INIT("k*")}, {2, STR_INIT("*")}},
                                   named[] = {{0, STR_INIT("k1")}};
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.keys = (struct survey_keys){patterns, 2};
    settings.single_keys = (struct survey_keys){named, 1}; /* the other survey shows it */
    struct survey_run *run = survey(SURVEY_KEYS, &settings, scan_answers, &text);
    assert_series(&text, "redis_key_size{db=\"db0\",key=\"k2\"}", 2);
    assert_series(&text, "redis_key_size{db=\"db0\",key=\"k3\"}", 2);
    assert_int_equal(series_count(run), 4);
    assert_int_equal(run->keys, 4);
    done(run, &text);
}

static void keys_are_counted(void **state)
{
    static const struct survey_key patterns[] = {{0, STR_INIT("k*")}, {2, STR_INIT("*")}, {2, STR_INIT("*")}};
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.count_keys = (struct survey_keys){patterns, 3};
    struct survey_run *run = survey(SURVEY_COUNT_KEYS, &settings, scan_answers, &text);
    assert_series(&text, "redis_keys_count{db=\"db0\",key=\"k*\"}", 4);
    assert_series(&text, "redis_keys_count{db=\"db2\",key=\"*\"}", 0);
    assert_int_equal(series_count(run), 2);
    done(run, &text);
}

static void ceilings_cut_short_and_say_so(void **state)
{
    static const struct survey_key patterns[] = {{0, STR_INIT("k*")}};
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.keys = settings.count_keys = (struct survey_keys){patterns, 1};
    settings.keys_max = 1;
    struct survey_run *run = survey(SURVEY_COUNT_KEYS, &settings, scan_answers, &text);
    assert_true(run->truncated);
    assert_int_equal(run->keys, 1);
    done(run, &text);
    settings.keys_max = 1000;
    settings.series_max = 5;
    run = survey(SURVEY_KEYS, &settings, scan_answers, &text);
    assert_true(run->truncated);
    assert_true(series_count(run) <= 5);
    done(run, &text);
}

/* ---- groups and large keys ------------------------------------------------------------------------- */

static void groups_take_their_names_from_captures(void **state)
{
    static const struct str patterns[] = {STR_INIT("^(.*)_(%d)$")};
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.key_groups = (struct survey_texts){patterns, 1};
    struct survey_run *run = survey(SURVEY_KEY_GROUPS, &settings, scan_answers, &text);
    assert_series(&text, "redis_key_group_count{db=\"db0\",key_group=\"a1\"}", 1);
    assert_series(&text, "redis_key_group_memory_usage_bytes{db=\"db0\",key_group=\"a2\"}", 10);
    assert_series(&text, "redis_number_of_distinct_key_groups{db=\"db0\"}", 2); /* z went away meanwhile */
    done(run, &text);

    settings.key_groups_max = 1;
    run = survey(SURVEY_KEY_GROUPS, &settings, scan_answers, &text);
    assert_series(&text, "redis_key_group_count{db=\"db0\",key_group=\"overflow\"}", 1);
    assert_series(&text, "redis_number_of_distinct_key_groups{db=\"db0\"}", 2);
    assert_int_equal(series_count(run), 5);
    done(run, &text);
}

static void the_largest_keys_are_ranked(void **state)
{
    static const struct answer answers[] = {
        {"SCAN 0 MATCH * COUNT 100 @2", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nx\r\n"},
        {"SCAN 0 MATCH * COUNT 100 @0",
         "*2\r\n$1\r\n0\r\n*4\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n"},
        {"TYPE b", "+none\r\n"},
        {"TYPE", "+hash\r\n"},
        {"MEMORY USAGE a", ":10\r\n"},
        {"MEMORY USAGE c", ":30\r\n"},
        {"MEMORY USAGE d", ":20\r\n"},
        {"MEMORY USAGE x", "-ERR no\r\n"},
        {NULL, NULL},
    };
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.big_keys = 2;
    settings.big_keys_names = true;
    struct survey_run *run = survey(SURVEY_BIG_KEYS, &settings, answers, &text);
    assert_series(&text, "bluegreen_big_key_memory_bytes{db=\"db0\",type=\"hash\",rank=\"1\",key=\"c\"}", 30);
    assert_series(&text, "bluegreen_big_key_memory_bytes{db=\"db0\",type=\"hash\",rank=\"2\",key=\"d\"}", 20);
    assert_series(&text, "bluegreen_big_keys_sampled{db=\"db0\",type=\"hash\"}", 3);
    assert_series(&text, "bluegreen_big_keys_sampled_bytes{db=\"db0\",type=\"hash\"}", 60);
    done(run, &text);
    settings.big_keys_names = false;
    run = survey(SURVEY_BIG_KEYS, &settings, answers, &text);
    assert_series(&text, "bluegreen_big_key_memory_bytes{db=\"db0\",type=\"hash\",rank=\"1\"}", 30);
    done(run, &text);
}

/* ---- streams, scripts, search ---------------------------------------------------------------------- */

static void streams_show_what_the_server_knows(void **state)
{
    static const struct survey_key list[] = {{0, STR_INIT("s")}, {0, STR_INIT("no")}};
    static const struct answer answers[] = {
        {"TYPE s", "+stream\r\n"},
        {"TYPE no", "+string\r\n"},
        {"XINFO STREAM s", "*8\r\n$6\r\nlength\r\n:2\r\n$17\r\nlast-generated-id\r\n$6\r\n1500-3\r\n"
                           "$11\r\nfirst-entry\r\n*2\r\n$6\r\n1400-0\r\n*0\r\n$10\r\nlast-entry\r\n$-1\r\n"},
        {"XINFO GROUPS s",
         "*1\r\n*8\r\n$4\r\nname\r\n$1\r\ng\r\n$9\r\nconsumers\r\n:1\r\n$7\r\npending\r\n:5\r\n"
         "$3\r\nlag\r\n$-1\r\n"},
        {"XINFO CONSUMERS s g",
         "*2\r\n*6\r\n$4\r\nname\r\n$1\r\nc\r\n$7\r\npending\r\n:5\r\n$4\r\nidle\r\n:2500\r\n"
         "*0\r\n"},
        {NULL, NULL},
    };
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.single_streams = (struct survey_keys){list, 2};
    struct survey_run *run = survey(SURVEY_SINGLE_STREAMS, &settings, answers, &text);
    assert_series(&text, "redis_stream_length{db=\"db0\",stream=\"s\"}", 2);
    assert_series(&text, "redis_stream_last_generated_id{db=\"db0\",stream=\"s\"}", 1500);
    assert_series(&text, "redis_stream_first_entry_id{db=\"db0\",stream=\"s\"}", 1400);
    assert_series(&text, "redis_stream_group_messages_pending{db=\"db0\",stream=\"s\",group=\"g\"}", 5);
    assert_series(
        &text, "redis_stream_group_consumer_idle_seconds{db=\"db0\",stream=\"s\",group=\"g\",consumer=\"c\"}",
        2.5);
    assert_int_equal(series_count(run), 7); /* neither lag nor last-entry */
    done(run, &text);
    settings.stream_consumers = false;
    run = survey(SURVEY_SINGLE_STREAMS, &settings, answers, &text);
    assert_int_equal(series_count(run), 5);
    done(run, &text);
}

static void scripts_return_pairs(void **state)
{
    static const struct str paths[] = {STR_INIT("a.lua"), STR_INIT("b.lua"), STR_INIT("c.lua"),
                                       STR_INIT("d.lua")};
    static struct str contents[] = {STR_INIT("A"), STR_INIT("B"), STR_INIT("C"), STR_INIT("D")};
    static const struct answer answers[] = {
        {"EVAL_RO A 0 0 @0", "*4\r\n$1\r\nx\r\n$3\r\n1.5\r\n$1\r\ny\r\n:7\r\n"},
        {"EVAL_RO B", "*0\r\n"},
        {"EVAL_RO C", "*3\r\n$1\r\nx\r\n:1\r\n$1\r\ny\r\n"},
        {"EVAL_RO D", "-ERR Write commands are not allowed from read-only scripts.\r\n"},
        {NULL, NULL},
    };
    struct survey_settings settings = settings_with();
    (void)state;
    settings.scripts = (struct survey_texts){paths, 4};
    struct survey_run *run = begin(SURVEY_SCRIPTS, &settings);
    run->files = contents;
    assert_int_equal(play(run, answers), SURVEY_DONE);
    survey_run_seal(run);
    unsigned values = family_base(COLLECT_SURVEY_SCRIPTS);
    assert_true(samples_find(&run->samples, values, STR("key=\"x\",filename=\"a.lua\""))->value == 1.5);
    assert_true(samples_find(&run->samples, values + 1, STR("filename=\"a.lua\""))->value == 1);
    assert_true(samples_find(&run->samples, values + 1, STR("filename=\"b.lua\""))->value == 2);
    assert_true(samples_find(&run->samples, values + 1, STR("filename=\"c.lua\""))->value == 0);
    assert_true(samples_find(&run->samples, values + 1, STR("filename=\"d.lua\""))->value == 0);
    survey_run_free(run);
}

static void indexes_are_chosen_and_shown(void **state)
{
    static const struct answer answers[] = {
        {"FT._LIST", "*2\r\n$5\r\nidx:a\r\n$5\r\nother\r\n"},
        {"FT.INFO idx:a", "*6\r\n$10\r\nindex_name\r\n$5\r\nidx:a\r\n$8\r\nnum_docs\r\n$2\r\n12\r\n"
                          "$14\r\ninverted_sz_mb\r\n$3\r\n0.5\r\n"},
        {NULL, NULL},
    };
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.search = true;
    settings.search_indexes = STR("^idx:");
    struct survey_run *run = survey(SURVEY_SEARCH, &settings, answers, &text);
    assert_series(&text, "redis_search_index_num_docs{index_name=\"idx:a\"}", 12);
    assert_series(&text, "redis_search_index_inverted_size_bytes{index_name=\"idx:a\"}", 524288);
    assert_int_equal(series_count(run), 2);
    done(run, &text);
}

/* ---- what goes wrong ------------------------------------------------------------------------------- */

/* Every survey there is, wanted at once. */
static struct survey_settings everything(void)
{
    static const struct survey_key keys[] = {{0, STR_INIT("k*")}, {1, STR_INIT("n")}};
    static const struct str patterns[] = {STR_INIT("(k)")};
    struct survey_settings settings = settings_with();
    settings.single_keys = settings.keys = settings.count_keys = settings.streams = settings.single_streams =
        (struct survey_keys){keys, 2};
    settings.key_groups = settings.scripts = (struct survey_texts){patterns, 1};
    settings.big_keys = 3;
    settings.search = settings.clients = true;
    return settings;
}

static void a_refusal_ends_the_run(void **state)
{
    static const struct {
        struct answer answers[2];
        enum err_kind kind;
    } rows[] = {
        {{{"", "-NOPERM this user has no permissions\r\n"}, {NULL, NULL}}, ERR_NOPERM},
        {{{"", "-LOADING Redis is loading the dataset in memory\r\n"}, {NULL, NULL}}, ERR_LOADING},
        {{{"", "-ERR unknown command 'X'\r\n"}, {NULL, NULL}}, ERR_UNKNOWN_COMMAND},
    };
    static struct str files[] = {STR_INIT("x")};
    struct survey_settings settings = everything();
    (void)state;
    for (unsigned id = 0; id < SURVEY_COUNT; id++)
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct survey_run *run = begin((enum survey_id)id, &settings);
            run->files = files;
            assert_int_equal(play(run, rows[i].answers), SURVEY_FAILED);
            assert_int_equal(run->err.kind, rows[i].kind);
            survey_run_free(run);
        }
}

/* Replies of every form to every question: each survey ends, by itself or with an error. */
static void garbage_ends_every_survey(void **state)
{
    static const char *const replies[] = {
        "$-1\r\n",
        "*-1\r\n",
        ":-5\r\n",
        "+x\r\n",
        "$3\r\nabc\r\n",
        "*0\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*0\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n:7\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n",
        "*2\r\n$1\r\nx\r\n*0\r\n",
        "*2\r\n$1\r\n0\r\n$1\r\nx\r\n",
        "+stream\r\n",
        "+string\r\n",
        ":300\r\n",
        ":20\r\n",
        "*1\r\n*4\r\n$4\r\nname\r\n$1\r\ng\r\n$3\r\nlag\r\n$1\r\nx\r\n",
        "$20\r\nHYLL\1\0\0\0\0\0\0\0\0\0\0\x80zzzz\r\n",
        "-WRONGTYPE x\r\n",
        "-MOVED 1 a:1\r\n",
        "*2\r\n$4\r\nname\r\n*0\r\n",
    };
    static struct str files[] = {STR_INIT("x")};
    struct survey_settings settings = everything();
    uint64_t random = 7;
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        enum survey_id id = (enum survey_id)(round % SURVEY_COUNT);
        struct survey_run *run = begin(id, &settings);
        struct survey_request request;
        enum survey_step step;
        unsigned steps = 0;
        run->files = files;
        while ((step = survey_next(run, &request)) == SURVEY_SEND && steps++ < 400) {
            struct arena arena;
            arena_init(&arena, 4096, 1 << 20);
            /* SCAN comes round in the end. */
            const char *resp = replies[next_random(&random) % COUNT(replies)];
            struct str bytes = strncmp(resp, "$20", 3) == 0 ? (struct str){resp, 27} : str_of(resp);
            const struct reply *reply = reply_of(bytes, &arena);
            assert_non_null(reply);
            survey_take(run, &request, reply);
            arena_done(&arena);
        }
        assert_true(step == SURVEY_DONE || step == SURVEY_FAILED);
        if (step == SURVEY_DONE)
            survey_run_seal(run);
        survey_run_free(run);
    }
}

static void a_server_that_cannot_is_not_asked(void **state)
{
    struct survey_settings settings = everything();
    struct survey_request request;
    struct snapshot *old =
        snapshot_of(STR("redis_version:6.0.16\r\nredis_mode:standalone\r\nrole:master\r\n"));
    static const enum survey_id ids[] = {SURVEY_SCRIPTS, SURVEY_SEARCH};
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct survey_run *run = survey_run_new(ids[i], &settings, old);
        assert_int_equal(survey_next(run, &request), SURVEY_FAILED);
        assert_int_equal(run->err.kind, ERR_UNKNOWN_COMMAND);
        survey_run_free(run);
    }
    struct survey_run *run = survey_run_new(SURVEY_KEY_GROUPS, &settings, old); /* no keys at all */
    assert_int_equal(survey_next(run, &request), SURVEY_DONE);
    survey_run_free(run);
    snapshot_free(old);
}

static void keys_that_look_alike_as_labels_are_shown_once(void **state)
{
    static const struct survey_key keys[] = {{0, STR_INIT("\xff")}, {0, STR_INIT("\xfe")}};
    static const struct answer answers[] = {
        {"TYPE", "+set\r\n"}, {"MEMORY", ":1\r\n"}, {"SCARD", ":1\r\n"}, {NULL, NULL}};
    struct survey_settings settings = settings_with();
    struct buf text;
    (void)state;
    settings.single_keys = (struct survey_keys){keys, 2};
    struct survey_run *run = survey(SURVEY_SINGLE_KEYS, &settings, answers, &text);
    assert_int_equal(series_count(run), 2);
    done(run, &text);
}

/* ---- HyperLogLog ----------------------------------------------------------------------------------- */

static void a_hyperloglog_counts_without_pfcount(void **state)
{
    char cached[] = "HYLL\1\0\0\0\5\1\0\0\0\0\0\0", stale[] = "HYLL\1\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff";
    uint64_t count = 9;
    (void)state;
    assert_true(hll_count((struct str){cached, 16}, &count));
    assert_int_equal(count, 261);
    assert_true(hll_count((struct str){stale, 18}, &count)); /* one run of 16384 zeros */
    assert_int_equal(count, 0);
    assert_false(hll_count((struct str){stale, 17}, &count));
    assert_false(hll_count((struct str){stale, 15}, &count));
    assert_false(hll_is(STR("HYLLO is a word of more than 16")));
    stale[4] = 0;
    assert_false(hll_count((struct str){stale, 18}, &count)); /* dense, and too short */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(single_keys_are_measured_by_their_type),
        TEST(values_are_shown_only_when_wanted),
        TEST(patterns_are_walked_to_their_end),
        TEST(keys_are_counted),
        TEST(ceilings_cut_short_and_say_so),
        TEST(groups_take_their_names_from_captures),
        TEST(the_largest_keys_are_ranked),
        TEST(streams_show_what_the_server_knows),
        TEST(scripts_return_pairs),
        TEST(indexes_are_chosen_and_shown),
        TEST(a_refusal_ends_the_run),
        TEST(garbage_ends_every_survey),
        TEST(a_server_that_cannot_is_not_asked),
        TEST(keys_that_look_alike_as_labels_are_shown_once),
        TEST(a_hyperloglog_counts_without_pfcount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
