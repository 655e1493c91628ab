/* facts: what real servers say of themselves, and what they leave unsaid. */
#include "unit/support/check.h"
#include "unit/support/pipeline.h"
#include <bluegreen/version.h>

static void the_states_of_every_server_are_read(void **state)
{
    static const struct {
        const char *server, *state;
        enum role role;
        int64_t loading, link_up, sync, replicas, port;
    } rows[] = {
        {"redis-6.0", "primary", ROLE_PRIMARY, 0, FACT_UNKNOWN, FACT_UNKNOWN, 1, FACT_UNKNOWN},
        {"redis-6.0", "replica", ROLE_REPLICA, 0, 1, 0, 0, 6379},
        {"redis-6.0", "loading", ROLE_PRIMARY, 1, FACT_UNKNOWN, FACT_UNKNOWN, 0, FACT_UNKNOWN},
        {"redis-6.0", "syncing", ROLE_REPLICA, 0, 0, 1, 0, 6379},
        {"redis-6.0", "link-down", ROLE_REPLICA, 0, 0, 0, 0, 6379},
        {"redis-7.0", "primary", ROLE_PRIMARY, 0, FACT_UNKNOWN, FACT_UNKNOWN, 1, FACT_UNKNOWN},
        {"redis-7.0", "replica", ROLE_REPLICA, 0, 1, 0, 0, 6379},
        {"redis-7.0", "loading", ROLE_PRIMARY, 1, FACT_UNKNOWN, FACT_UNKNOWN, 0, FACT_UNKNOWN},
        {"redis-7.0", "syncing", ROLE_REPLICA, 0, 0, 1, 0, 6379},
        {"redis-7.0", "link-down", ROLE_REPLICA, 0, 0, 0, 0, 6379},
        {"redis-8.0", "primary", ROLE_PRIMARY, 0, FACT_UNKNOWN, FACT_UNKNOWN, 1, FACT_UNKNOWN},
        {"redis-8.0", "syncing", ROLE_REPLICA, 0, 0, 1, 0, 6379},
        {"valkey-8.1", "replica", ROLE_REPLICA, 0, 1, 0, 0, 6379},
        {"valkey-8.1", "loading", ROLE_PRIMARY, 1, FACT_UNKNOWN, FACT_UNKNOWN, 0, FACT_UNKNOWN},
        {"valkey-8.1", "link-down", ROLE_REPLICA, 0, 0, 0, 0, 6379},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pipeline p;
        pipeline_init(&p, rows[i].server, rows[i].state);
        const struct facts *facts = &p.snapshot->facts;
        assert_int_equal(facts->role, rows[i].role);
        assert_int_equal(facts->loading, rows[i].loading);
        assert_int_equal(facts->link_up, rows[i].link_up);
        assert_int_equal(facts->sync_in_progress, rows[i].sync);
        assert_int_equal(facts->connected_replicas, rows[i].replicas);
        assert_int_equal(facts->primary_port, rows[i].port);
        assert_true(facts->uptime_seconds >= 0);
        assert_int_equal(facts->run_id.len, 40);
        assert_int_equal(facts->replid.len, 40);
        pipeline_done(&p);
    }
}

static void a_replica_counts_down_from_its_primary_and_knows_its_offset(void **state)
{
    struct pipeline primary, replica, lost;
    (void)state;
    pipeline_init(&primary, "redis-7.0", "primary");
    pipeline_init(&replica, "redis-7.0", "replica");
    pipeline_init(&lost, "redis-7.0", "link-down");
    assert_true(primary.snapshot->facts.repl_offset > 100);
    assert_int_equal(replica.snapshot->facts.repl_offset, primary.snapshot->facts.repl_offset);
    assert_slice(replica.snapshot->facts.replid, primary.snapshot->facts.replid);
    assert_text(replica.snapshot->facts.primary_host, "127.0.0.1");
    assert_int_equal(replica.snapshot->facts.link_down_seconds, FACT_UNKNOWN);
    assert_in_range(lost.snapshot->facts.link_down_seconds, 1, 60);
    pipeline_done(&primary);
    pipeline_done(&replica);
    pipeline_done(&lost);
}

static void valkey_shows_its_own_version_and_compares_by_redis(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "valkey-8.1", "primary");
    assert_text(p.snapshot->facts.server_name, "valkey");
    assert_text(p.snapshot->facts.version_text, "8.1.1");
    assert_int_equal(p.snapshot->facts.version, VERSION(7, 2, 4));
    pipeline_done(&p);
    pipeline_init(&p, "redis-6.0", "primary");
    assert_text(p.snapshot->facts.server_name, "redis");
    assert_text(p.snapshot->facts.version_text, "6.0.16");
    assert_int_equal(p.snapshot->facts.version, VERSION(6, 0, 16));
    pipeline_done(&p);
}

static void what_is_not_stated_is_unknown_and_never_guessed(void **state)
{
    struct snapshot *snapshot = snapshot_of(STR("nothing:useful\r\n"));
    (void)state;
    const struct facts *f = &snapshot->facts;
    const int64_t integers[] = {f->primary_port, f->uptime_seconds,    f->loading,
                                f->link_up,      f->link_down_seconds, f->sync_in_progress,
                                f->repl_offset,  f->connected_replicas};
    for (size_t i = 0; i < COUNT(integers); i++)
        assert_int_equal(integers[i], FACT_UNKNOWN);
    assert_int_equal(f->role, ROLE_UNKNOWN);
    assert_int_equal(f->version, 0);
    assert_int_equal(f->version_text.len + f->run_id.len + f->replid.len + f->primary_host.len, 0);
    assert_text(f->server_name, "redis");
    snapshot_free(snapshot);
}

static void malformed_values_are_unknown_too(void **state)
{
    struct snapshot *snapshot =
        snapshot_of(STR("redis_version:seven\r\nrole:boss\r\nuptime_in_seconds:12.5\r\n"
                        "connected_slaves:\r\nloading:maybe\r\nmaster_port:63x79\r\n"));
    (void)state;
    const struct facts *f = &snapshot->facts;
    assert_int_equal(f->version, 0);
    assert_text(f->version_text, "seven");
    assert_int_equal(f->role, ROLE_UNKNOWN);
    assert_int_equal(f->uptime_seconds, FACT_UNKNOWN);
    assert_int_equal(f->connected_replicas, FACT_UNKNOWN);
    assert_int_equal(f->loading, FACT_UNKNOWN);
    assert_int_equal(f->primary_port, FACT_UNKNOWN);
    snapshot_free(snapshot);
}

static void single_facts_follow_their_fields(void **state)
{
    static const struct {
        const char *info;
        enum role role;
        int64_t loading, link_up, offset;
    } rows[] = {
        {"role:master\nmaster_repl_offset:5\nslave_repl_offset:9", ROLE_PRIMARY, FACT_UNKNOWN, FACT_UNKNOWN,
         5},
        {"role:slave\nmaster_repl_offset:5\nslave_repl_offset:9", ROLE_REPLICA, FACT_UNKNOWN, FACT_UNKNOWN,
         9},
        {"redis_mode:sentinel\nsentinel_masters:1", ROLE_SENTINEL, FACT_UNKNOWN, FACT_UNKNOWN, FACT_UNKNOWN},
        {"server_name:valkey\nserver_mode:sentinel", ROLE_SENTINEL, FACT_UNKNOWN, FACT_UNKNOWN, FACT_UNKNOWN},
        {"server_mode:standalone\nrole:master", ROLE_PRIMARY, FACT_UNKNOWN, FACT_UNKNOWN, FACT_UNKNOWN},
        {"loading:0\nasync_loading:0", ROLE_UNKNOWN, 0, FACT_UNKNOWN, FACT_UNKNOWN},
        {"loading:0\nasync_loading:1", ROLE_UNKNOWN, 1, FACT_UNKNOWN, FACT_UNKNOWN},
        {"loading:1\nasync_loading:0", ROLE_UNKNOWN, 1, FACT_UNKNOWN, FACT_UNKNOWN},
        {"loading:1", ROLE_UNKNOWN, 1, FACT_UNKNOWN, FACT_UNKNOWN},
        {"loading:0", ROLE_UNKNOWN, 0, FACT_UNKNOWN, FACT_UNKNOWN},
        {"role:slave\nmaster_link_status:up", ROLE_REPLICA, FACT_UNKNOWN, 1, FACT_UNKNOWN},
        {"role:slave\nmaster_link_status:down", ROLE_REPLICA, FACT_UNKNOWN, 0, FACT_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *snapshot = snapshot_of(str_of(rows[i].info));
        assert_int_equal(snapshot->facts.role, rows[i].role);
        assert_int_equal(snapshot->facts.loading, rows[i].loading);
        assert_int_equal(snapshot->facts.link_up, rows[i].link_up);
        assert_int_equal(snapshot->facts.repl_offset, rows[i].offset);
        snapshot_free(snapshot);
    }
}

static void the_mode_decides_what_can_be_asked(void **state)
{
    static const struct {
        const char *info;
        enum server_mode mode;
    } rows[] = {
        {"redis_mode:standalone\nrole:master\ncluster_enabled:0", MODE_STANDALONE},
        {"redis_mode:cluster\nrole:master\ncluster_enabled:1", MODE_CLUSTER},
        {"server_mode:cluster\nrole:slave", MODE_CLUSTER},
        {"redis_mode:sentinel\nsentinel_masters:1", MODE_SENTINEL},
        {"server_mode:sentinel", MODE_SENTINEL},
        {"role:master", MODE_STANDALONE}, /* managed ones hide things */
        {"role:master\ncluster_enabled:1", MODE_CLUSTER},
        {"role:master\ncluster_enabled:yes", MODE_STANDALONE},
        {"redis_version:7.0.15", MODE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *snapshot = snapshot_of(str_of(rows[i].info));
        assert_int_equal(snapshot->facts.mode, rows[i].mode);
        snapshot_free(snapshot);
    }
}

static void a_server_is_what_its_facts_say(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "valkey-8.1", "primary");
    struct server_kind server = facts_server_kind(&p.snapshot->facts);
    assert_int_equal(server.version, VERSION(7, 2, 4));
    assert_int_equal(server.valkey_version, VERSION(8, 1, 1));
    assert_int_equal(server.mode, MODE_STANDALONE);
    pipeline_done(&p);
    pipeline_init(&p, "redis-6.0", "primary");
    assert_int_equal(facts_server_kind(&p.snapshot->facts).valkey_version, 0);
    pipeline_done(&p);
}

static void a_link_that_was_never_up_is_not_down_since_anything(void **state)
{
    static const struct {
        const char *info;
        int64_t seconds;
    } rows[] = {
        {"uptime_in_seconds:100\nmaster_link_down_since_seconds:7", 7},
        {"uptime_in_seconds:100\nmaster_link_down_since_seconds:100", 100},
        {"uptime_in_seconds:100\nmaster_link_down_since_seconds:-1", FACT_UNKNOWN},
        {"uptime_in_seconds:100\nmaster_link_down_since_seconds:1795360624",
         FACT_UNKNOWN}, /* 6.0: from 1970 */
        {"uptime_in_seconds:100", FACT_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *snapshot = snapshot_of(str_of(rows[i].info));
        assert_int_equal(snapshot->facts.link_down_seconds, rows[i].seconds);
        snapshot_free(snapshot);
    }
}

static void roles_have_words(void **state)
{
    (void)state;
    assert_string_equal(role_word(ROLE_UNKNOWN), "unknown");
    assert_string_equal(role_word(ROLE_PRIMARY), "primary");
    assert_string_equal(role_word(ROLE_REPLICA), "replica");
    assert_string_equal(role_word(ROLE_SENTINEL), "sentinel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_states_of_every_server_are_read),
        TEST(a_replica_counts_down_from_its_primary_and_knows_its_offset),
        TEST(valkey_shows_its_own_version_and_compares_by_redis),
        TEST(what_is_not_stated_is_unknown_and_never_guessed),
        TEST(malformed_values_are_unknown_too),
        TEST(single_facts_follow_their_fields),
        TEST(a_link_that_was_never_up_is_not_down_since_anything),
        TEST(the_mode_decides_what_can_be_asked),
        TEST(a_server_is_what_its_facts_say),
        TEST(roles_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
