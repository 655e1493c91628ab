/* status: what the agent says of a target, of its health and of itself. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <stdlib.h>

static struct arena arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0, 4 << 20);
    buf_init(&out, 4 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    buf_done(&out);
    return 0;
}

static struct str seal_and_write(struct samples *samples)
{
    uint32_t cursor;
    samples_seal(samples);
    assert_int_equal(samples->dropped, 0);
    expo_write(&out, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, samples}, 1,
               &cursor);
    return buf_view(&out);
}

static struct str shown_target(const struct target_status *status)
{
    struct samples samples;
    samples_init(&samples, &arena, 0);
    target_status_emit(status, &samples);
    return seal_and_write(&samples);
}

static const struct target_counters counters = {.polls = {[ERR_NONE] = 7, [ERR_TIMEOUT] = 2},
                                                .connections = 3,
                                                .link_flaps = 4,
                                                .restarts = 5,
                                                .role_changes = 6,
                                                .poll_seconds_sum = 0.5};

static void a_target_never_reached_shows_only_that(void **state)
{
    static const struct target_counters none;
    struct target_status status = {.outcome = ERR_PENDING, .counters = &none};
    (void)state;
    struct str text = shown_target(&status);
    assert_double(metric_value(text, "redis_up"), 0);
    assert_double(metric_value(text, "bluegreen_poll_outcome{outcome=\"pending\"}"), 1);
    assert_double(metric_value(text, "bluegreen_polls_total{outcome=\"ok\"}"), 0);
    assert_false(metric_exists(text, "bluegreen_snapshot_age_seconds"));
    assert_double(metric_value(text, "redis_exporter_last_scrape_connect_time_seconds"), 0);
}

static void a_target_that_went_down_keeps_its_age_and_counters_only(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    struct target_status status = {.outcome = ERR_TIMEOUT,
                                   .snapshot = p.snapshot,
                                   .age_seconds = 12.5,
                                   .last_poll_seconds = 2,
                                   .counters = &counters};
    struct str text = shown_target(&status);
    assert_double(metric_value(text, "redis_up"), 0);
    assert_double(metric_value(text, "bluegreen_poll_outcome{outcome=\"reply_timeout\"}"), 1);
    assert_false(metric_exists(text, "bluegreen_poll_outcome{outcome=\"ok\"}"));
    assert_double(metric_value(text, "redis_exporter_last_scrape_error{err=\"reply_timeout\"}"), 1);
    assert_double(metric_value(text, "bluegreen_snapshot_age_seconds"), 12.5);
    assert_double(metric_value(text, "bluegreen_last_poll_duration_seconds"), 2);
    assert_double(metric_value(text, "redis_exporter_last_scrape_connect_time_seconds"), 2);
    assert_double(metric_value(text, "bluegreen_polls_total{outcome=\"ok\"}"), 7);
    assert_double(metric_value(text, "bluegreen_polls_total{outcome=\"reply_timeout\"}"), 2);
    assert_false(metric_exists(text, "bluegreen_polls_total{outcome=\"redis_busy\"}"));
    assert_double(metric_value(text, "bluegreen_connections_total"), 3);
    assert_double(metric_value(text, "bluegreen_replica_link_flaps_total"), 4);
    assert_double(metric_value(text, "bluegreen_server_restarts_total"), 5);
    assert_double(metric_value(text, "bluegreen_role_changes_total"), 6);
    assert_double(metric_value(text, "bluegreen_poll_duration_seconds_total"), 0.5);
    assert_false(metric_exists(text, "bluegreen_collector_success{collector=\"slowlog\"}"));
    assert_false(metric_exists(text, "bluegreen_samples_dropped"));
    pipeline_done(&p);
}

static void a_target_that_is_up_shows_its_collectors(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    p.snapshot->parts[COLLECT_SLOWLOG] = (struct part){.state = PART_FAILED, .error = ERR_NOPERM};
    p.snapshot->parts[COLLECT_ROLE].state = PART_ABSENT;
    struct target_status status = {
        .outcome = ERR_NONE, .snapshot = p.snapshot, .counters = &counters, .samples_dropped = 9};
    struct str text = shown_target(&status);
    assert_double(metric_value(text, "redis_up"), 1);
    assert_double(metric_value(text, "redis_exporter_last_scrape_error{err=\"\"}"), 0);
    assert_double(metric_value(text, "bluegreen_samples_dropped"), 9);
    assert_double(metric_value(text, "redis_exporter_last_scrape_connect_time_seconds"), 0.0005);
    assert_double(metric_value(text, "redis_exporter_last_scrape_ping_time_seconds"), 0.0002);
    assert_double(metric_value(text, "bluegreen_collector_success{collector=\"config\"}"), 1);
    assert_double(metric_value(text, "bluegreen_collector_age_seconds{collector=\"config\"}"), 30);
    assert_double(metric_value(text, "bluegreen_collector_age_seconds{collector=\"latency_latest\"}"), 0);
    assert_double(metric_value(text, "bluegreen_collector_success{collector=\"slowlog\"}"), 0);
    assert_false(metric_exists(text, "bluegreen_collector_age_seconds{collector=\"slowlog\"}"));
    assert_false(metric_exists(text, "bluegreen_collector_success{collector=\"role\"}"));
    pipeline_done(&p);
}

static void health_is_one_line_and_one_for_each_check(void **state)
{
    static struct check_state states[PIPELINE_CHECKS] = {
        [PIPELINE_REACHABLE] = {.looked = true, .status = CHECK_PASS},
        [PIPELINE_FRESH] = {.looked = true, .status = CHECK_FAIL, .has_value = true, .value = 3, .limit = 1},
        [PIPELINE_LOADING] = {.looked = true, .status = CHECK_UNKNOWN},
        [PIPELINE_REPLICA_LINK] = {.looked = false},
        [PIPELINE_KEY_COUNT] = {
            .looked = true, .status = CHECK_WARN, .has_value = true, .value = 2e6, .limit = 1e6}};
    struct subject judged = {.states = states, .status = CHECK_FAIL};
    struct samples samples;
    (void)state;
    samples_init(&samples, &arena, 0);
    health_status_emit(pipeline_policy(), &judged, &samples);
    struct str text = seal_and_write(&samples);
    assert_double(metric_value(text, "bluegreen_health"), 0);
    assert_double(metric_value(text, "bluegreen_health_check{check=\"reachable\"}"), 1);
    assert_double(metric_value(text, "bluegreen_health_check{check=\"fresh\"}"), 0);
    assert_double(metric_value(text, "bluegreen_health_check{check=\"loading\"}"), 0);
    assert_double(metric_value(text, "bluegreen_health_check{check=\"key_count\"}"), 1);
    assert_false(metric_exists(text, "bluegreen_health_check{check=\"replica_link\"}"));
    assert_double(metric_value(text, "bluegreen_health_check_value{check=\"fresh\"}"), 3);
    assert_double(metric_value(text, "bluegreen_health_check_limit{check=\"fresh\"}"), 1);
    assert_false(metric_exists(text, "bluegreen_health_check_value{check=\"reachable\"}"));
    assert_true(metric_exists(
        text, "bluegreen_health_check_reason{check=\"fresh\",status=\"fail\",reason=\"stale\"}"));
    assert_true(metric_exists(
        text, "bluegreen_health_check_reason{check=\"loading\",status=\"unknown\",reason=\"unknown\"}"));
    assert_true(metric_exists(
        text, "bluegreen_health_check_reason{check=\"key_count\",status=\"warn\",reason=\"key_count\"}"));
    /* 1 + 4 checks + 2 values + 2 limits + 3 reasons: none for what passes. */
    assert_int_equal(samples.count, 12);
}

static void health_follows_the_status_of_the_whole(void **state)
{
    static const struct {
        enum check_status status;
        double health;
    } rows[] = {{CHECK_UNKNOWN, 0}, {CHECK_PASS, 1}, {CHECK_WARN, 1}, {CHECK_FAIL, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_state states[PIPELINE_CHECKS] = {{.looked = false}};
        struct subject judged = {.states = states, .status = rows[i].status};
        struct samples samples;
        buf_clear(&out);
        samples_init(&samples, &arena, 0);
        health_status_emit(pipeline_policy(), &judged, &samples);
        assert_double(metric_value(seal_and_write(&samples), "bluegreen_health"), rows[i].health);
    }
}

static void a_target_that_was_not_judged_is_not_healthy(void **state)
{
    struct samples samples;
    (void)state;
    samples_init(&samples, &arena, 0);
    health_status_emit(pipeline_policy(), NULL, &samples);
    struct str text = seal_and_write(&samples);
    assert_double(metric_value(text, "bluegreen_health"), 0);
    assert_int_equal(samples.count, 1);
}

static const struct agent_status self = {.version = "1.2.3",
                                         .start_seconds = 1,
                                         .cpu_seconds = 2,
                                         .resident_bytes = 3,
                                         .virtual_bytes = 4,
                                         .virtual_max_bytes = 17,
                                         .received_bytes = 18,
                                         .sent_bytes = 19,
                                         .scrape_request_errors = 20,
                                         .open_fds = 5,
                                         .max_fds = 6,
                                         .targets = 7,
                                         .config_ok = true,
                                         .config_seconds = 8,
                                         .scrapes = 9,
                                         .scrape_seconds_sum = 10.5,
                                         .http_requests = 11,
                                         .http_rejected = 12,
                                         .http_evicted = 13,
                                         .http_connections = 14,
                                         .http_parked = 15,
                                         .loop_lag_seconds = 16,
                                         .process_families = true};

static void every_number_of_the_agent_reaches_its_family(void **state)
{
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"bluegreen_build_info{version=\"1.2.3\"}", 1},
        {"redis_exporter_build_info{version=\"1.2.3\",commit_sha=\"\",build_date=\"\",golang_version=\"\"}",
         1},
        {"process_start_time_seconds", 1},
        {"process_cpu_seconds_total", 2},
        {"process_resident_memory_bytes", 3},
        {"process_virtual_memory_bytes", 4},
        {"process_open_fds", 5},
        {"process_max_fds", 6},
        {"bluegreen_targets", 7},
        {"bluegreen_config_last_reload_successful", 1},
        {"bluegreen_config_last_reload_success_timestamp_seconds", 8},
        {"process_virtual_memory_max_bytes", 17},
        {"process_network_receive_bytes_total", 18},
        {"process_network_transmit_bytes_total", 19},
        {"redis_target_scrape_request_errors_total", 20},
        {"redis_exporter_scrapes_total", 10}, /* this one included */
        {"redis_exporter_scrape_duration_seconds_sum", 10.5},
        {"redis_exporter_scrape_duration_seconds_count", 9},
        {"bluegreen_http_requests_total", 11},
        {"bluegreen_http_rejected_total", 12},
        {"bluegreen_http_evicted_total", 13},
        {"bluegreen_http_connections", 14},
        {"bluegreen_http_parked_requests", 15},
        {"bluegreen_event_loop_lag_seconds", 16},
    };
    struct samples samples;
    (void)state;
    samples_init(&samples, &arena, 0);
    agent_status_emit(&self, &samples);
    struct str text = seal_and_write(&samples);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_double(metric_value(text, rows[i].series), rows[i].value);
    assert_int_equal(samples.count, COUNT(rows));
}

static void with_redis_metrics_only_the_process_is_left_out(void **state)
{
    struct agent_status status = self;
    struct samples samples;
    (void)state;
    status.process_families = false;
    status.config_ok = false;
    samples_init(&samples, &arena, 0);
    agent_status_emit(&status, &samples);
    struct str text = seal_and_write(&samples);
    assert_false(metric_exists(text, "process_open_fds"));
    assert_false(metric_exists(text, "bluegreen_build_info{version=\"1.2.3\"}"));
    assert_double(metric_value(text, "bluegreen_config_last_reload_successful"), 0);
}

int main(void)
{
#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_ARENA(a_target_never_reached_shows_only_that),
        IN_ARENA(a_target_that_went_down_keeps_its_age_and_counters_only),
        IN_ARENA(a_target_that_is_up_shows_its_collectors),
        IN_ARENA(health_is_one_line_and_one_for_each_check),
        IN_ARENA(health_follows_the_status_of_the_whole),
        IN_ARENA(a_target_that_was_not_judged_is_not_healthy),
        IN_ARENA(every_number_of_the_agent_reaches_its_family),
        IN_ARENA(with_redis_metrics_only_the_process_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
