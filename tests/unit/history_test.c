/* history: one hour in 120 points, whatever the clock and the polls do. */
#include "agent/history.h"
#include "unit/support/check.h"
#include <math.h>

static void add(struct history *history, int64_t now_ms, double ops, double lag)
{
    history_add(history, now_ms, (const double[HISTORY_LINES]){ops, lag, NAN, NAN});
}

static void a_point_is_the_mean_or_the_peak_of_its_polls(void **state)
{
    struct history history = {.begun = false};
    float points[HISTORY_POINTS];
    (void)state;
    assert_int_equal(history_read(&history, HISTORY_OPS, 5000, points), 0);
    add(&history, 1000, 10, 5);
    add(&history, 2000, 20, 50);
    add(&history, 29999, 60, 7);
    assert_int_equal(history_read(&history, HISTORY_OPS, 29999, points), 1);
    assert_double((double)points[HISTORY_POINTS - 1], 30);
    assert_true(isnan(points[HISTORY_POINTS - 2]));
    assert_int_equal(history_read(&history, HISTORY_LAG, 29999, points), 1);
    assert_double((double)points[HISTORY_POINTS - 1], 50);
    assert_int_equal(history_read(&history, HISTORY_MEMORY, 29999, points), 0);
}

static void what_nobody_filled_is_a_gap_and_the_hour_moves_on(void **state)
{
    struct history history = {.begun = false};
    float points[HISTORY_POINTS];
    (void)state;
    add(&history, 0, 1, NAN);
    add(&history, 3 * HISTORY_STEP_MS, 4, NAN);
    assert_int_equal(history_read(&history, HISTORY_OPS, 3 * HISTORY_STEP_MS, points), 2);
    assert_double((double)points[HISTORY_POINTS - 4], 1);
    assert_true(isnan(points[HISTORY_POINTS - 3]) && isnan(points[HISTORY_POINTS - 2]));
    assert_double((double)points[HISTORY_POINTS - 1], 4);
    /* Later, without another poll, both have moved to the left; then they are gone. */
    assert_int_equal(history_read(&history, HISTORY_OPS, 5 * HISTORY_STEP_MS, points), 2);
    assert_double((double)points[HISTORY_POINTS - 3], 4);
    assert_int_equal(history_read(&history, HISTORY_OPS, 121 * HISTORY_STEP_MS, points), 1);
    assert_int_equal(history_read(&history, HISTORY_OPS, 200 * HISTORY_STEP_MS, points), 0);
}

static void the_ring_forgets_the_oldest_and_a_long_silence_forgets_all(void **state)
{
    struct history history = {.begun = false};
    float points[HISTORY_POINTS];
    (void)state;
    for (int i = 0; i < 300; i++)
        add(&history, (int64_t)i * HISTORY_STEP_MS, i, NAN);
    assert_int_equal(history_read(&history, HISTORY_OPS, 299LL * HISTORY_STEP_MS, points), HISTORY_POINTS);
    for (unsigned i = 0; i < HISTORY_POINTS; i++)
        assert_double((double)points[i], 180 + i);
    add(&history, INT64_C(1000000) * HISTORY_STEP_MS, 7, NAN);
    assert_int_equal(history_read(&history, HISTORY_OPS, INT64_C(1000000) * HISTORY_STEP_MS, points), 1);
}

static void a_clock_that_goes_back_and_what_is_no_number_do_no_harm(void **state)
{
    struct history history = {.begun = false};
    float points[HISTORY_POINTS];
    (void)state;
    add(&history, 10 * HISTORY_STEP_MS, 1, NAN);
    add(&history, 2 * HISTORY_STEP_MS, 3, INFINITY);
    assert_int_equal(history_read(&history, HISTORY_OPS, 10 * HISTORY_STEP_MS, points), 1);
    assert_double((double)points[HISTORY_POINTS - 1], 2);
    assert_int_equal(history_read(&history, HISTORY_LAG, 10 * HISTORY_STEP_MS, points), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_point_is_the_mean_or_the_peak_of_its_polls),
        TEST(what_nobody_filled_is_a_gap_and_the_hour_moves_on),
        TEST(the_ring_forgets_the_oldest_and_a_long_silence_forgets_all),
        TEST(a_clock_that_goes_back_and_what_is_no_number_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
