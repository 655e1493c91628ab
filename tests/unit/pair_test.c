/* pair: two servers looked at together, from INFO texts that say only what matters. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <bluegreen/expo.h>
#include <bluegreen/pair.h>
#include <bluegreen/status.h>
#include <stdlib.h>

/* A snapshot of INFO <text>; freed with snapshot_free(). */
static struct snapshot *seen(const char *text)
{
    struct snapshot *snapshot = snapshot_new(0);
    struct str copy = arena_copy(&snapshot->arena, str_of(text));
    assert_true(info_parse(copy, &snapshot->arena, &snapshot->info, NULL));
    facts_read(&snapshot->info, &snapshot->facts);
    return snapshot;
}

#define PRIMARY(replid, offset, histlen)                                                                     \
    "role:master\nmaster_replid:" replid "\nmaster_repl_offset:" offset "\nrepl_backlog_histlen:" histlen "\n"
#define REPLICA(replid, offset, link)                                                                        \
    "role:slave\nmaster_replid:" replid "\nslave_repl_offset:" offset "\nmaster_link_status:" link "\n"

static void a_replica_behind_has_lag_and_headroom(void **state)
{
    struct snapshot *blue = seen(PRIMARY("aa", "5000", "1000")), *green = seen(REPLICA("aa", "4800", "up"));
    struct pair_view view;
    (void)state;
    blue->repl_bytes_per_second = 100;
    pair_look(blue, green, &view);
    assert_int_equal(view.primary, SIDE_BLUE);
    assert_true(view.following);
    assert_double(view.lag_bytes.value, 200);
    assert_double(view.lag_seconds.value, 2);
    assert_double(view.headroom_bytes.value, 800);
    assert_double(view.headroom_seconds.value, 8);
    snapshot_free(blue);
    snapshot_free(green);
}

static void without_writes_time_is_not_known_but_no_lag_is_no_time(void **state)
{
    struct snapshot *blue = seen(PRIMARY("aa", "5000", "1000")), *green = seen(REPLICA("aa", "4800", "up"));
    struct pair_view view;
    (void)state;
    pair_look(blue, green, &view);
    assert_true(view.lag_bytes.known);
    assert_false(view.lag_seconds.known);
    assert_false(view.headroom_seconds.known);
    green->facts.repl_offset = 5040; /* polled a moment later */
    pair_look(blue, green, &view);
    assert_double(view.lag_bytes.value, 0);
    assert_true(view.lag_seconds.known);
    assert_double(view.lag_seconds.value, 0);
    snapshot_free(blue);
    snapshot_free(green);
}

static void a_replica_further_behind_than_the_backlog_has_no_headroom(void **state)
{
    struct snapshot *blue = seen(PRIMARY("aa", "5000", "1000")), *green = seen(REPLICA("aa", "100", "down"));
    struct pair_view view;
    (void)state;
    blue->repl_bytes_per_second = 100;
    pair_look(blue, green, &view);
    assert_false(view.following);
    assert_double(view.lag_bytes.value, 4900);
    assert_double(view.headroom_bytes.value, 0);
    assert_double(view.headroom_seconds.value, 0);
    snapshot_free(blue);
    snapshot_free(green);
}

static void histories_that_parted_cannot_be_compared(void **state)
{
    struct snapshot *blue = seen(PRIMARY("aa", "5000", "1000")), *green = seen(REPLICA("bb", "4800", "up"));
    struct pair_view view;
    (void)state;
    pair_look(blue, green, &view);
    assert_int_equal(view.primary, SIDE_BLUE);
    assert_false(view.following);
    assert_true(view.replid_match.known);
    assert_double(view.replid_match.value, 0);
    assert_false(view.lag_bytes.known);
    assert_false(view.headroom_bytes.known);
    snapshot_free(blue);
    snapshot_free(green);
}

static void two_primaries_or_none_are_nobody(void **state)
{
    struct snapshot *a = seen(PRIMARY("aa", "1", "1")), *b = seen(PRIMARY("aa", "1", "1"));
    struct snapshot *c = seen(REPLICA("aa", "1", "up")), *d = seen(REPLICA("aa", "1", "up"));
    struct pair_view view;
    (void)state;
    pair_look(a, b, &view);
    assert_int_equal(view.primary, SIDE_NONE);
    pair_look(c, d, &view);
    assert_int_equal(view.primary, SIDE_NONE);
    assert_false(view.lag_bytes.known);
    pair_look(c, a, &view);
    assert_int_equal(view.primary, SIDE_GREEN);
    pair_look(a, NULL, &view);
    assert_int_equal(view.primary, SIDE_NONE);
    assert_false(view.replid_match.known);
    snapshot_free(a);
    snapshot_free(b);
    snapshot_free(c);
    snapshot_free(d);
}

static void what_is_known_of_a_pair_is_shown_and_nothing_else(void **state)
{
    struct snapshot *blue = seen(
        PRIMARY("aa", "5000", "1000") "redis_version:6.0.16\ndb0:keys=7,expires=0\ndb3:keys=2,expires=0\n");
    struct snapshot *green =
        seen(REPLICA("aa", "5000", "up") "redis_version:7.0.15\ndb0:keys=5,expires=0\ndb9:keys=4,expires=0\n"
                                         "db0_distrib_strings_sizes:1=4\n");
    struct pair_view view;
    struct samples samples;
    struct arena arena;
    struct buf out;
    uint32_t cursor;
    (void)state;
    arena_init(&arena, 0, 1 << 20);
    buf_init(&out, 1 << 20);
    blue->repl_bytes_per_second = 10;
    pair_look(blue, green, &view);
    samples_init(&samples, &arena, 0);
    pair_status_emit(&view, &samples);
    samples_seal(&samples);
    expo_write(&out, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, &samples}, 1,
               &cursor);
    struct str text = buf_view(&out);
    assert_double(metric_value(text, "bluegreen_pair_primary{side=\"blue\"}"), 1);
    assert_double(metric_value(text, "bluegreen_pair_primary{side=\"green\"}"), 0);
    assert_double(metric_value(text, "bluegreen_pair_following"), 1);
    assert_double(metric_value(text, "bluegreen_pair_offset_match"), 1);
    assert_double(metric_value(text, "bluegreen_pair_key_difference{db=\"db0\"}"), 2);
    assert_double(metric_value(text, "bluegreen_pair_key_difference{db=\"db3\"}"), 2);
    assert_double(metric_value(text, "bluegreen_pair_key_difference{db=\"db9\"}"), -4);
    assert_double(metric_value(text, "bluegreen_pair_version_info{side=\"green\",version=\"7.0.15\"}"), 1);
    assert_double(metric_value(text, "bluegreen_pair_write_bytes_per_second{side=\"blue\"}"), 10);
    assert_false(metric_exists(text, "bluegreen_pair_write_bytes_per_second{side=\"green\"}"));
    assert_double(metric_value(text, "bluegreen_pair_changes_total{side=\"blue\"}"), 0);
    assert_double(metric_value(text, "bluegreen_pair_changes_total{side=\"green\"}"), 0);
    arena_done(&arena);
    buf_done(&out);
    snapshot_free(blue);
    snapshot_free(green);
}

static void the_write_rate_is_smoothed_and_starts_anew_with_the_server(void **state)
{
    struct snapshot *first = seen(PRIMARY("aa", "1000", "1") "run_id:x\n");
    struct snapshot *second = seen(PRIMARY("aa", "3000", "1") "run_id:x\n");
    struct snapshot *third = seen(PRIMARY("aa", "3000", "1") "run_id:x\n");
    struct snapshot *other = seen(PRIMARY("aa", "9000", "1") "run_id:y\n");
    (void)state;
    first->taken_ms = 1000;
    second->taken_ms = 2000;
    third->taken_ms = 7000;
    other->taken_ms = 8000;
    snapshot_set_rate(first, NULL);
    assert_double(first->repl_bytes_per_second, 0);
    snapshot_set_rate(second, first);
    assert_double(second->repl_bytes_per_second, 2000);
    snapshot_set_rate(third, second); /* five silent seconds: half the weight */
    assert_double(third->repl_bytes_per_second, 1000);
    snapshot_set_rate(other, third);
    assert_double(other->repl_bytes_per_second, 0);
    snapshot_free(first);
    snapshot_free(second);
    snapshot_free(third);
    snapshot_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replica_behind_has_lag_and_headroom),
        cmocka_unit_test(without_writes_time_is_not_known_but_no_lag_is_no_time),
        cmocka_unit_test(a_replica_further_behind_than_the_backlog_has_no_headroom),
        cmocka_unit_test(histories_that_parted_cannot_be_compared),
        cmocka_unit_test(two_primaries_or_none_are_nobody),
        cmocka_unit_test(what_is_known_of_a_pair_is_shown_and_nothing_else),
        cmocka_unit_test(the_write_rate_is_smoothed_and_starts_anew_with_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
