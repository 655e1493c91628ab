/* health_view: the words that checks see beside INFO. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <math.h>
#include <stdio.h>

/* A target alone, polled a moment ago. */
struct world {
    struct snapshot *snapshot;
    struct health_server server;
    struct health_view view;
};

static void world_init(struct world *w, const char *info)
{
    *w = (struct world){.snapshot = snapshot_of(str_of(info))};
    w->server = (struct health_server){
        .snapshot = w->snapshot, .age_seconds = 1, .stale_after_seconds = 10, .link_flaps = 3, .restarts = 2};
    health_view_fill(&(struct health_subject){.self = &w->server, .now_ms = 7}, &w->view);
}

static void look_again(struct world *w)
{
    health_view_fill(&(struct health_subject){.self = &w->server, .now_ms = 7}, &w->view);
}

static void world_done(struct world *w)
{
    snapshot_free(w->snapshot);
}

#define UNKNOWN NAN

static void expect_word(const struct expr_value *words, unsigned word, double value)
{
    double number = UNKNOWN;
    bool known = words && expr_as_number(words[word], &number);
    if (known != !isnan(value) || (known && fabs(number - value) > 1e-6))
        fail_msg("word %u: %g instead of %g", word, known ? number : UNKNOWN, value);
}

#define expect_self(w, word, value) expect_word((w)->view.self, HEALTH_WORD_##word, value)

static void a_primary_has_its_words(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "redis_version:7.0.15\nrole:master\nloading:0\nuptime_in_seconds:77\n");
    w.snapshot->repl_bytes_per_second = 12.5;
    look_again(&w);
    expect_self(&w, IS_PRIMARY, 1);
    expect_self(&w, IS_REPLICA, 0);
    expect_self(&w, LOADING, 0);
    expect_self(&w, UPTIME_SECONDS, 77);
    expect_self(&w, VERSION_MAJOR, 7);
    expect_self(&w, WRITE_RATE, 12.5);
    expect_self(&w, LINK_UP, UNKNOWN);
    expect_self(&w, SYNC_IN_PROGRESS, UNKNOWN);
    expect_self(&w, AGE_SECONDS, 1);
    expect_self(&w, STALE_AFTER_SECONDS, 10);
    expect_self(&w, LINK_FLAPS, 3);
    expect_self(&w, RESTARTS, 2);
    expect_self(&w, TIME_SECONDS, PIPELINE_NOW);
    expect_self(&w, REWRITES, UNKNOWN);
    expect_self(&w, IS_DESIGNATED, UNKNOWN);
    expect_self(&w, LAG_BYTES, UNKNOWN);
    assert_text(w.view.self[HEALTH_WORD_OUTCOME].text, "ok");
    assert_ptr_equal(w.view.expr.servers[EXPR_SELF].info, &w.snapshot->info);
    assert_null(w.view.expr.pair_words);
    assert_null(w.view.expr.servers[EXPR_BLUE].info);
    world_done(&w);
}

static void a_replica_has_its_words(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "role:slave\nuptime_in_seconds:77\nmaster_link_status:down\n"
                   "master_link_down_since_seconds:5\nmaster_sync_in_progress:1\n");
    expect_self(&w, IS_PRIMARY, 0);
    expect_self(&w, IS_REPLICA, 1);
    expect_self(&w, LINK_UP, 0);
    expect_self(&w, LINK_DOWN_SECONDS, 5);
    expect_self(&w, SYNC_IN_PROGRESS, 1);
    expect_self(&w, WRITE_RATE, UNKNOWN);
    expect_self(&w, LOADING, UNKNOWN);
    world_done(&w);
}

static void a_role_that_is_not_known_is_neither(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "used_memory:1\n");
    expect_self(&w, IS_PRIMARY, UNKNOWN);
    expect_self(&w, IS_REPLICA, UNKNOWN);
    world_done(&w);
}

static void stale_data_says_nothing(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "redis_version:7.0.15\nrole:master\nloading:0\nuptime_in_seconds:77\n");
    w.server.age_seconds = 10;
    look_again(&w);
    expect_self(&w, IS_PRIMARY, 1);
    w.server.age_seconds = 10.001;
    w.server.outcome = ERR_TIMEOUT;
    look_again(&w);
    expect_self(&w, IS_PRIMARY, UNKNOWN);
    expect_self(&w, UPTIME_SECONDS, UNKNOWN);
    expect_self(&w, TIME_SECONDS, UNKNOWN);
    assert_null(w.view.expr.servers[EXPR_SELF].info);
    /* What the agent knows of itself stays. */
    expect_self(&w, AGE_SECONDS, 10.001);
    expect_self(&w, LINK_FLAPS, 3);
    assert_text(w.view.self[HEALTH_WORD_OUTCOME].text, "reply_timeout");
    world_done(&w);
}

static void before_the_first_poll_there_is_no_age_and_no_outcome(void **state)
{
    struct world w = {.server = {.outcome = ERR_PENDING, .stale_after_seconds = 10}};
    (void)state;
    look_again(&w);
    expect_self(&w, AGE_SECONDS, UNKNOWN);
    assert_int_equal(w.view.self[HEALTH_WORD_OUTCOME].kind, EXPR_UNKNOWN);
    assert_null(w.view.expr.servers[EXPR_SELF].info);
}

static void a_server_that_answers_loading_loads(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "role:master\nloading:0\n");
    w.server.outcome = ERR_LOADING;
    w.server.age_seconds = 100;
    look_again(&w);
    expect_self(&w, LOADING, 1);
    world_done(&w);
}

/* ---- clocks ----------------------------------------------------------------------------------------- */

static void redis_7_tells_its_clock_exactly(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, "server_time_usec:1700000001500000\nlru_clock:1\n");
    expect_self(&w, CLOCK_SKEW_SECONDS, 1.25);
    world_done(&w);
    world_init(&w, "server_time_usec:1699999999750000\n");
    expect_self(&w, CLOCK_SKEW_SECONDS, -0.5);
    world_done(&w);
    world_init(&w, "role:master\n");
    expect_self(&w, CLOCK_SKEW_SECONDS, UNKNOWN);
    world_done(&w);
}

/* lru_clock is 24 bits wide and starts over every 194 days. 1700000000 is 0x53f100 in them. */
static void redis_6_tells_24_bits_of_its_clock(void **state)
{
    enum { NOW = 0x6553f100, WRAP = 1 << 24 };
    static const struct {
        int64_t now, skew;
    } rows[] = {
        {NOW, 0},         {NOW, 1},         {NOW, -1}, {NOW, 3600}, {NOW, -3600}, {NOW, WRAP / 2 - 1},
        {NOW, -WRAP / 2}, {0x65000000, -1}, /* ours has just started over, its has not */
        {0x65000000, 0},  {0x64ffffff, 1},  /* the other way round */
        {0x65ffffff, 2},
    };
    (void)state;
    assert_int_equal(NOW, 1700000000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        struct world w;
        int64_t clock = (rows[i].now + rows[i].skew) % WRAP;
        snprintf(text, sizeof text, "role:master\nlru_clock:%lld\n", (long long)clock);
        world_init(&w, text);
        w.snapshot->wall_seconds = (double)rows[i].now + 0.9;
        look_again(&w);
        expect_self(&w, CLOCK_SKEW_SECONDS, (double)rows[i].skew);
        world_done(&w);
    }
}

/* ---- pairs ------------------------------------------------------------------------------------------ */

struct couple {
    struct snapshot *blue, *green;
    struct health_server servers[2];
    struct pair_view pair;
    struct health_view view;
};

static void couple_init(struct couple *c, const char *blue, const char *green)
{
    *c = (struct couple){.blue = snapshot_of(str_of(blue)), .green = snapshot_of(str_of(green))};
    c->servers[0] = (struct health_server){.snapshot = c->blue, .stale_after_seconds = 10};
    c->servers[1] = (struct health_server){.snapshot = c->green, .stale_after_seconds = 10};
    c->blue->repl_bytes_per_second = c->green->repl_bytes_per_second = 50;
}

static void couple_look(struct couple *c, enum side self, enum side designated)
{
    struct health_subject subject = {.pair = &c->pair, .designated = designated, .now_ms = 7};
    pair_look(c->blue, c->green, &c->pair);
    if (self == SIDE_NONE) {
        subject.blue = &c->servers[0];
        subject.green = &c->servers[1];
    } else {
        subject.self = &c->servers[self == SIDE_GREEN];
        subject.side = self;
    }
    health_view_fill(&subject, &c->view);
}

static void couple_done(struct couple *c)
{
    snapshot_free(c->blue);
    snapshot_free(c->green);
}

#define BLUE                                                                                                 \
    "role:master\nmaster_replid:aa\nmaster_repl_offset:1500\nrepl_backlog_histlen:1200\ndb0:keys=10,x=0\n"
#define GREEN                                                                                                \
    "role:slave\nmaster_replid:aa\nmaster_link_status:up\nslave_repl_offset:1400\ndb0:keys=8,x=0\ndb1:keys=" \
    "1,x=0\n"

#define expect_pair(c, word, value) expect_word((c)->view.pair, HEALTH_PAIR_##word, value)

static void a_pair_has_its_words(void **state)
{
    struct couple c;
    (void)state;
    couple_init(&c, BLUE, GREEN);
    couple_look(&c, SIDE_NONE, SIDE_BLUE);
    expect_pair(&c, LAG_BYTES, 100);
    expect_pair(&c, LAG_SECONDS, 2);
    expect_pair(&c, HEADROOM_BYTES, 1100);
    expect_pair(&c, HEADROOM_SECONDS, 22);
    expect_pair(&c, FOLLOWING, 1);
    expect_pair(&c, REPLID_MATCH, 1);
    expect_pair(&c, WRITABLE_SIDES, 1);
    expect_pair(&c, KEY_DIFFERENCE, 3);
    expect_pair(&c, KEYS, 10);
    assert_text(c.view.pair[HEALTH_PAIR_DESIGNATED].text, "blue");
    assert_text(c.view.pair[HEALTH_PAIR_PRIMARY].text, "blue");
    assert_ptr_equal(c.view.expr.servers[EXPR_PRIMARY].info, &c.blue->info);
    assert_ptr_equal(c.view.expr.servers[EXPR_REPLICA].info, &c.green->info);
    assert_null(c.view.expr.servers[EXPR_SELF].words);
    expect_word(c.view.expr.servers[EXPR_BLUE].words, HEALTH_WORD_IS_DESIGNATED, 1);
    expect_word(c.view.expr.servers[EXPR_GREEN].words, HEALTH_WORD_IS_DESIGNATED, 0);
    expect_word(c.view.expr.servers[EXPR_GREEN].words, HEALTH_WORD_LAG_BYTES, 100);
    expect_word(c.view.expr.servers[EXPR_BLUE].words, HEALTH_WORD_LAG_BYTES, UNKNOWN);
    couple_done(&c);
}

static void roles_may_be_the_other_way_round(void **state)
{
    struct couple c;
    (void)state;
    couple_init(&c, GREEN, BLUE);
    couple_look(&c, SIDE_NONE, SIDE_GREEN);
    assert_text(c.view.pair[HEALTH_PAIR_PRIMARY].text, "green");
    assert_text(c.view.pair[HEALTH_PAIR_DESIGNATED].text, "green");
    assert_ptr_equal(c.view.expr.servers[EXPR_PRIMARY].info, &c.green->info);
    assert_ptr_equal(c.view.expr.servers[EXPR_REPLICA].info, &c.blue->info);
    couple_done(&c);
}

static void two_primaries_or_none_are_counted(void **state)
{
    struct couple c;
    (void)state;
    couple_init(&c, BLUE, BLUE);
    couple_look(&c, SIDE_NONE, SIDE_BLUE);
    expect_pair(&c, WRITABLE_SIDES, 2);
    expect_pair(&c, FOLLOWING, 0);
    expect_pair(&c, LAG_BYTES, UNKNOWN);
    expect_pair(&c, KEYS, UNKNOWN);
    assert_text(c.view.pair[HEALTH_PAIR_PRIMARY].text, "none");
    assert_null(c.view.expr.servers[EXPR_PRIMARY].info);
    couple_done(&c);
    couple_init(&c, GREEN, GREEN);
    couple_look(&c, SIDE_NONE, SIDE_BLUE);
    expect_pair(&c, WRITABLE_SIDES, 0);
    couple_done(&c);
}

static void a_pair_of_which_one_side_is_not_seen_says_little(void **state)
{
    struct couple c;
    (void)state;
    couple_init(&c, BLUE, GREEN);
    struct snapshot *green = c.green;
    c.green = NULL;
    couple_look(&c, SIDE_NONE, SIDE_GREEN);
    expect_pair(&c, WRITABLE_SIDES, UNKNOWN);
    expect_pair(&c, FOLLOWING, UNKNOWN);
    expect_pair(&c, KEY_DIFFERENCE, UNKNOWN);
    assert_int_equal(c.view.pair[HEALTH_PAIR_PRIMARY].kind, EXPR_UNKNOWN);
    assert_text(c.view.pair[HEALTH_PAIR_DESIGNATED].text, "green");
    c.green = green;
    couple_done(&c);
}

static void a_side_knows_its_lag_and_whether_it_is_designated(void **state)
{
    struct couple c;
    (void)state;
    couple_init(&c, BLUE, GREEN);
    couple_look(&c, SIDE_GREEN, SIDE_BLUE);
    expect_self(&c, IS_DESIGNATED, 0);
    expect_self(&c, LAG_BYTES, 100);
    expect_self(&c, LAG_SECONDS, 2);
    expect_self(&c, HEADROOM_BYTES, 1100);
    expect_self(&c, HEADROOM_SECONDS, 22);
    assert_null(c.view.expr.pair_words);
    couple_look(&c, SIDE_BLUE, SIDE_BLUE);
    expect_self(&c, IS_DESIGNATED, 1);
    expect_self(&c, LAG_BYTES, UNKNOWN);
    couple_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_primary_has_its_words),
        TEST(a_replica_has_its_words),
        TEST(a_role_that_is_not_known_is_neither),
        TEST(stale_data_says_nothing),
        TEST(before_the_first_poll_there_is_no_age_and_no_outcome),
        TEST(a_server_that_answers_loading_loads),
        TEST(redis_7_tells_its_clock_exactly),
        TEST(redis_6_tells_24_bits_of_its_clock),
        TEST(a_pair_has_its_words),
        TEST(roles_may_be_the_other_way_round),
        TEST(two_primaries_or_none_are_counted),
        TEST(a_pair_of_which_one_side_is_not_seen_says_little),
        TEST(a_side_knows_its_lag_and_whether_it_is_designated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
