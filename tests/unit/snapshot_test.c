/* snapshot: one allocation of its own, one arena, and a start time that does not jitter. */
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"

static void a_new_snapshot_knows_nothing(void **state)
{
    struct snapshot *snapshot = snapshot_new(1000);
    (void)state;
    assert_non_null(snapshot);
    for (int i = 0; i < SNAPSHOT_PARTS_MAX; i++) {
        assert_int_equal(snapshot->parts[i].state, PART_ABSENT);
        assert_null(snapshot->parts[i].data);
    }
    assert_int_equal(snapshot->facts.role, ROLE_UNKNOWN);
    assert_int_equal(snapshot->info.count, 0);
    snapshot_free(snapshot);
    snapshot_free(NULL);
}

static void the_hint_makes_it_one_block(void **state)
{
    struct snapshot *snapshot = snapshot_new(20000);
    (void)state;
    unsigned long before = memory_allocations();
    for (int i = 0; i < 100; i++)
        assert_non_null(arena_alloc(&snapshot->arena, 200, 1));
    assert_int_equal(memory_allocations() - before, 1);
    snapshot_free(snapshot);
}

static void a_server_cannot_make_it_grow_without_end(void **state)
{
    struct snapshot *snapshot = snapshot_new(0);
    size_t got = 0;
    (void)state;
    while (got < (size_t)1 << 30 && arena_alloc(&snapshot->arena, 1 << 20, 1))
        got += 1 << 20;
    assert_int_equal(got, 64 << 20);
    snapshot_free(snapshot);
}

static struct snapshot *polled(const char *info, double wall, const struct snapshot *previous)
{
    struct snapshot *snapshot = snapshot_of(str_of(info));
    assert_non_null(snapshot);
    snapshot->wall_seconds = wall;
    snapshot_set_start(snapshot, previous);
    return snapshot;
}

static void the_start_is_the_wall_clock_less_the_uptime(void **state)
{
    struct snapshot *snapshot = polled("run_id:a\nuptime_in_seconds:100\n", 1700000000.75, NULL);
    (void)state;
    assert_double(snapshot->start_seconds, 1699999900);
    snapshot_free(snapshot);
}

static void the_start_stays_as_long_as_the_run_does(void **state)
{
    struct snapshot *first = polled("run_id:a\nuptime_in_seconds:100\n", 1700000000.99, NULL);
    struct snapshot *jitter = polled("run_id:a\nuptime_in_seconds:100\n", 1700000001.01, first);
    struct snapshot *restarted = polled("run_id:b\nuptime_in_seconds:1\n", 1700000010.0, jitter);
    (void)state;
    assert_double(jitter->start_seconds, first->start_seconds);
    assert_double(restarted->start_seconds, 1700000009);
    snapshot_free(first);
    snapshot_free(jitter);
    snapshot_free(restarted);
}

static void without_uptime_or_run_id_nothing_is_invented(void **state)
{
    struct snapshot *silent = polled("run_id:a\n", 1700000000, NULL);
    struct snapshot *nameless = polled("uptime_in_seconds:10\n", 1700000000, NULL);
    struct snapshot *later = polled("uptime_in_seconds:5\n", 1700000020, nameless);
    struct snapshot *found = polled("run_id:a\nuptime_in_seconds:20\n", 1700000020, silent);
    (void)state;
    assert_double(silent->start_seconds, 0);
    assert_double(later->start_seconds, 1700000015);
    assert_double(found->start_seconds, 1700000000);
    snapshot_free(silent);
    snapshot_free(nameless);
    snapshot_free(later);
    snapshot_free(found);
}

static void absurd_uptimes_do_not_overflow(void **state)
{
    static const char *const infos[] = {"uptime_in_seconds:9223372036854775807",
                                        "uptime_in_seconds:-9223372036854775808", "uptime_in_seconds:-5"};
    (void)state;
    for (size_t i = 0; i < COUNT(infos); i++) {
        struct snapshot *snapshot = polled(infos[i], 1700000000, NULL);
        assert_true(snapshot->start_seconds <= 0); /* not shown */
        snapshot_free(snapshot);
    }
}

static void attempt_new(void *arg)
{
    (void)arg;
    struct snapshot *snapshot = snapshot_new(100);
    assert_true((snapshot != NULL) == !memory_refused());
    snapshot_free(snapshot);
}

static void without_memory_there_is_no_snapshot(void **state)
{
    (void)state;
    assert_int_equal(memory_refuse_each(attempt_new, NULL), 2);
}

static void changes_are_those_of_clients_of_a_primary(void **state)
{
    static const struct {
        const char *info;
        double changes;
    } polls[] = {
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:7\n", 0}, /* made before we looked */
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:9\n", 2},
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:9\n", 2},
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:1\n", 2}, /* saved */
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:4\n", 5},
        {"run_id:a\nrole:slave\nrdb_changes_since_last_save:6\n", 5}, /* replicated */
        {"run_id:a\nrole:slave\nrdb_changes_since_last_save:8\n", 5},
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:9\n", 5},
        {"run_id:a\nrole:master\n", 5},
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:10\n", 5},
        {"run_id:a\nrole:master\nrdb_changes_since_last_save:11\n", 6},
        {"run_id:b\nrole:master\nrdb_changes_since_last_save:50\n", 6}, /* another run */
        {"run_id:b\nrole:master\nrdb_changes_since_last_save:51\n", 7},
    };
    struct snapshot *last = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(polls); i++) {
        struct snapshot *next = snapshot_of(str_of(polls[i].info));
        snapshot_set_changes(next, last);
        assert_double(next->changes, polls[i].changes);
        snapshot_free(last);
        last = next;
    }
    snapshot_free(last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_are_those_of_clients_of_a_primary),
        TEST(a_new_snapshot_knows_nothing),
        TEST(the_hint_makes_it_one_block),
        TEST(a_server_cannot_make_it_grow_without_end),
        TEST(the_start_is_the_wall_clock_less_the_uptime),
        TEST(the_start_stays_as_long_as_the_run_does),
        TEST(without_uptime_or_run_id_nothing_is_invented),
        TEST(absurd_uptimes_do_not_overflow),
        TEST(without_memory_there_is_no_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
