/*
 * shipped_checks: every check of monitoring/health-checks.yml on both sides of every limit it has, as data.
 *
 * A row is one look at something that stays as it is until the check has settled. A check without a row that
 * passes, or without one for each status it can come to, fails the last test: add the rows with the check.
 */
#include "io/health_file.h"
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/pipeline.h"
#include <stdio.h>

/* What is not in INFO. */
struct beside {
    enum side side, designated; /* of a target: NONE = not in a pair */
    enum err_kind outcome;
    double age, flaps, write_rate;
    const char *metric; /* the only family that is known, and its value */
    double metric_value;
    struct maybe rewrites; /* of green */
};

struct row {
    const char *check;
    enum check_status status;
    const char *first; /* lines of INFO at the first look; NULL: as at the others */
    const char *info;  /* of the target, or of blue */
    const char *other; /* of the other side: green, or of green's blue; NULL: not in a pair */
    struct beside beside;
};

#define PRIMARY "role:master\nmaster_replid:aa\n"
#define REPLICA "role:slave\nmaster_replid:aa\nmaster_link_status:up\n"
#define HARD_LIMIT                                                                                           \
    {                                                                                                        \
        .metric = "redis_config_client_output_buffer_limit_bytes", .metric_value = 1000                      \
    }
#define IN_PAIR(which, decided)                                                                              \
    {                                                                                                        \
        .side = SIDE_##which, .designated = SIDE_##decided                                                   \
    }
#define GREEN_FOLLOWS                                                                                        \
    {                                                                                                        \
        .side = SIDE_GREEN, .designated = SIDE_BLUE, .write_rate = 100                                       \
    }
/* A counter of errors by kind: growth by <n> between the first look and the second, one second later. */
#define ERRORS(kind, n) "redis_version:7.0.1\nerrorstat_" kind ":count=" n "\n"
#define MB16            "16777216"

/* clang-format off */
static const struct row rows[] = {
    {"reachable", CHECK_PASS, .info = PRIMARY},
    {"reachable", CHECK_PASS, .info = PRIMARY, .beside = {.outcome = ERR_LOADING}},
    {"reachable", CHECK_FAIL, .info = PRIMARY, .beside = {.outcome = ERR_TIMEOUT}},
    {"authenticated", CHECK_PASS, .info = PRIMARY, .beside = {.outcome = ERR_TIMEOUT}},
    {"authenticated", CHECK_FAIL, .info = PRIMARY, .beside = {.outcome = ERR_AUTH_REQUIRED}},
    {"authenticated", CHECK_FAIL, .info = PRIMARY, .beside = {.outcome = ERR_AUTH_FAILED}},
    {"fresh", CHECK_PASS, .info = PRIMARY, .beside = {.age = 10}},
    {"fresh", CHECK_FAIL, .info = PRIMARY, .beside = {.age = 10.01}},
    {"loading", CHECK_PASS, .info = PRIMARY "loading:0\n"},
    {"loading", CHECK_FAIL, .info = PRIMARY "loading:1\n"},
    {"loading", CHECK_FAIL, .info = PRIMARY "loading:0\nasync_loading:1\n"},

    {"role_designated", CHECK_PASS, .info = PRIMARY, .other = REPLICA, .beside = IN_PAIR(BLUE, BLUE)},
    {"role_designated", CHECK_FAIL, .info = REPLICA, .other = REPLICA, .beside = IN_PAIR(BLUE, BLUE)},
    {"role_other", CHECK_PASS, .info = REPLICA, .other = PRIMARY, .beside = IN_PAIR(GREEN, BLUE)},
    {"role_other", CHECK_WARN, .info = PRIMARY, .other = PRIMARY, .beside = IN_PAIR(GREEN, BLUE)},
    {"version_blue", CHECK_PASS, .info = PRIMARY "redis_version:6.2.14\n", .other = REPLICA, .beside = IN_PAIR(BLUE, BLUE)},
    {"version_blue", CHECK_WARN, .info = PRIMARY "redis_version:7.0.0\n", .other = REPLICA, .beside = IN_PAIR(BLUE, BLUE)},
    {"version_green", CHECK_PASS, .info = REPLICA "redis_version:7.0.0\n", .other = PRIMARY, .beside = IN_PAIR(GREEN, BLUE)},
    {"version_green", CHECK_WARN, .info = REPLICA "redis_version:6.2.14\n", .other = PRIMARY, .beside = IN_PAIR(GREEN, BLUE)},

    {"replica_link", CHECK_PASS, .info = REPLICA},
    {"replica_link", CHECK_FAIL, .info = "role:slave\nmaster_link_status:down\n"},
    {"link_down_for", CHECK_PASS, .info = REPLICA "uptime_in_seconds:900\nmaster_link_down_since_seconds:10\n"},
    {"link_down_for", CHECK_WARN, .info = REPLICA "uptime_in_seconds:900\nmaster_link_down_since_seconds:11\n"},
    {"link_down_for", CHECK_WARN, .info = REPLICA "uptime_in_seconds:900\nmaster_link_down_since_seconds:60\n"},
    {"link_down_for", CHECK_FAIL, .info = REPLICA "uptime_in_seconds:900\nmaster_link_down_since_seconds:61\n"},
    {"sync_in_progress", CHECK_PASS, .info = REPLICA "master_sync_in_progress:0\n"},
    {"sync_in_progress", CHECK_FAIL, .info = REPLICA "master_sync_in_progress:1\n"},
    {"lag_bytes", CHECK_PASS, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:1048576\n", .beside = GREEN_FOLLOWS},
    {"lag_bytes", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:1048577\n", .beside = GREEN_FOLLOWS},
    {"lag_bytes", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:" MB16 "\n", .beside = GREEN_FOLLOWS},
    {"lag_bytes", CHECK_FAIL, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:16777217\n", .beside = GREEN_FOLLOWS},
    {"lag_seconds", CHECK_PASS, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:200\n", .beside = GREEN_FOLLOWS},
    {"lag_seconds", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:201\n", .beside = GREEN_FOLLOWS},
    {"lag_seconds", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:1000\n", .beside = GREEN_FOLLOWS},
    {"lag_seconds", CHECK_FAIL, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:1001\n", .beside = GREEN_FOLLOWS},
    {"lag_converging", CHECK_PASS, .first = REPLICA "slave_repl_offset:0\n", .info = REPLICA "slave_repl_offset:1\n", .other = PRIMARY "master_repl_offset:" MB16 "\n", .beside = GREEN_FOLLOWS},
    {"lag_converging", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:" MB16 "\n", .beside = GREEN_FOLLOWS},
    {"backlog_headroom", CHECK_PASS, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:0\nrepl_backlog_histlen:6000\n", .beside = GREEN_FOLLOWS},
    {"backlog_headroom", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:0\nrepl_backlog_histlen:5999\n", .beside = GREEN_FOLLOWS},
    {"backlog_headroom", CHECK_WARN, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:0\nrepl_backlog_histlen:1000\n", .beside = GREEN_FOLLOWS},
    {"backlog_headroom", CHECK_FAIL, .info = REPLICA "slave_repl_offset:0\n", .other = PRIMARY "master_repl_offset:0\nrepl_backlog_histlen:999\n", .beside = GREEN_FOLLOWS},
    {"link_flapping", CHECK_PASS, .info = REPLICA, .beside = {.flaps = 2}},
    {"link_flapping", CHECK_WARN, .info = REPLICA, .beside = {.flaps = 3}},

    {"replica_output_buffer", CHECK_PASS, .info = PRIMARY "mem_clients_slaves:500\n", .beside = HARD_LIMIT},
    {"replica_output_buffer", CHECK_WARN, .info = PRIMARY "mem_clients_slaves:501\n", .beside = HARD_LIMIT},
    {"replica_output_buffer", CHECK_WARN, .info = PRIMARY "mem_clients_slaves:800\n", .beside = HARD_LIMIT},
    {"replica_output_buffer", CHECK_FAIL, .info = PRIMARY "mem_clients_slaves:801\n", .beside = HARD_LIMIT},
    {"full_resync_loop", CHECK_PASS, .first = PRIMARY "sync_full:4\n", .info = PRIMARY "sync_full:5\n"},
    {"full_resync_loop", CHECK_WARN, .first = PRIMARY "sync_full:4\n", .info = PRIMARY "sync_full:6\n"},
    {"full_resync_loop", CHECK_WARN, .first = PRIMARY "sync_full:4\n", .info = PRIMARY "sync_full:7\n"},
    {"full_resync_loop", CHECK_FAIL, .first = PRIMARY "sync_full:4\n", .info = PRIMARY "sync_full:8\n"},
    {"min_replicas", CHECK_PASS, .info = PRIMARY "min_slaves_good_slaves:1\n"},
    {"min_replicas", CHECK_FAIL, .info = PRIMARY "min_slaves_good_slaves:0\n"},

    {"memory", CHECK_PASS, .info = PRIMARY "maxmemory:1000\nused_memory:850\n"},
    {"memory", CHECK_WARN, .info = PRIMARY "maxmemory:1000\nused_memory:851\n"},
    {"memory", CHECK_WARN, .info = PRIMARY "maxmemory:1000\nused_memory:950\n"},
    {"memory", CHECK_FAIL, .info = PRIMARY "maxmemory:1000\nused_memory:951\n"},
    {"fragmentation", CHECK_PASS, .info = PRIMARY "used_memory:200000000\nmem_fragmentation_ratio:1.5\n"},
    {"fragmentation", CHECK_WARN, .info = PRIMARY "used_memory:200000000\nmem_fragmentation_ratio:1.51\n"},
    {"evictions", CHECK_PASS, .info = PRIMARY "evicted_keys:5\n"},
    {"evictions", CHECK_WARN, .first = PRIMARY "evicted_keys:5\n", .info = PRIMARY "evicted_keys:6\n"},
    {"fork_headroom", CHECK_PASS, .info = PRIMARY "total_system_memory:1000\nused_memory_rss:800\nrdb_last_cow_size:50\naof_last_cow_size:1\n"},
    {"fork_headroom", CHECK_WARN, .info = PRIMARY "total_system_memory:1000\nused_memory_rss:800\nrdb_last_cow_size:1\naof_last_cow_size:51\n"},

    {"rdb_save", CHECK_PASS, .info = PRIMARY "rdb_last_bgsave_status:ok\n"},
    {"rdb_save", CHECK_FAIL, .info = PRIMARY "rdb_last_bgsave_status:err\n"},
    /* The time of the last save is 86400 and 86401 s before that of the poll. */
    {"rdb_age", CHECK_PASS, .info = PRIMARY "rdb_changes_since_last_save:1\nrdb_last_bgsave_time_sec:0\nrdb_last_save_time:1699913601\n"},
    {"rdb_age", CHECK_WARN, .info = PRIMARY "rdb_changes_since_last_save:1\nrdb_last_bgsave_time_sec:0\nrdb_last_save_time:1699913600\n"},
    {"aof_write", CHECK_PASS, .info = PRIMARY "aof_enabled:1\naof_last_write_status:ok\n"},
    {"aof_write", CHECK_FAIL, .info = PRIMARY "aof_enabled:1\naof_last_write_status:err\n"},
    {"aof_rewrite", CHECK_PASS, .info = PRIMARY "aof_enabled:1\naof_last_bgrewrite_status:ok\n"},
    {"aof_rewrite", CHECK_WARN, .info = PRIMARY "aof_enabled:1\naof_last_bgrewrite_status:err\n"},

    {"clients", CHECK_PASS, .info = PRIMARY "connected_clients:80\n", .beside = {.metric = "redis_config_maxclients", .metric_value = 100}},
    {"clients", CHECK_WARN, .info = PRIMARY "connected_clients:81\n", .beside = {.metric = "redis_config_maxclients", .metric_value = 100}},
    {"clients", CHECK_WARN, .info = PRIMARY "connected_clients:95\n", .beside = {.metric = "redis_config_maxclients", .metric_value = 100}},
    {"clients", CHECK_FAIL, .info = PRIMARY "connected_clients:96\n", .beside = {.metric = "redis_config_maxclients", .metric_value = 100}},
    {"rejected_connections", CHECK_PASS, .info = PRIMARY "rejected_connections:5\n"},
    {"rejected_connections", CHECK_WARN, .first = PRIMARY "rejected_connections:5\n", .info = PRIMARY "rejected_connections:6\n"},
    {"blocked_clients", CHECK_PASS, .info = PRIMARY "blocked_clients:1000\n"},
    {"blocked_clients", CHECK_WARN, .info = PRIMARY "blocked_clients:1001\n"},
    {"latency_event", CHECK_PASS, .info = PRIMARY, .beside = {.metric = "redis_latency_spike_duration_seconds", .metric_value = 1}},
    {"latency_event", CHECK_WARN, .info = PRIMARY, .beside = {.metric = "redis_latency_spike_duration_seconds", .metric_value = 1.001}},
    {"command_p99", CHECK_PASS, .info = PRIMARY "latency_percentiles_usec_get:p50=1,p99=100000\nlatency_percentiles_usec_set:p50=1,p99=2\n"},
    {"command_p99", CHECK_WARN, .info = PRIMARY "latency_percentiles_usec_get:p50=1,p99=100001\nlatency_percentiles_usec_set:p50=1,p99=2\n"},
    {"slowlog_growth", CHECK_PASS, .info = PRIMARY, .beside = {.metric = "redis_slowlog_last_id", .metric_value = 100}},
    {"slowlog_growth", CHECK_WARN, .info = PRIMARY, .beside = {.metric = "redis_slowlog_last_id", .metric_value = 101}},
    {"errors_readonly", CHECK_PASS, .info = PRIMARY ERRORS("READONLY", "4")},
    {"errors_readonly", CHECK_WARN, .first = PRIMARY ERRORS("READONLY", "4"), .info = PRIMARY ERRORS("READONLY", "5")},
    {"errors_oom", CHECK_PASS, .info = PRIMARY ERRORS("OOM", "4")},
    {"errors_oom", CHECK_WARN, .first = PRIMARY ERRORS("OOM", "4"), .info = PRIMARY ERRORS("OOM", "5")},
    {"errors_noauth", CHECK_PASS, .info = PRIMARY ERRORS("NOAUTH", "4")},
    {"errors_noauth", CHECK_WARN, .first = PRIMARY ERRORS("NOAUTH", "4"), .info = PRIMARY ERRORS("NOAUTH", "5")},
    /* By the last look, two seconds after the first: 2 / 2 s is not above 1 a second, 3 / 2 s is. */
    {"errors_loading", CHECK_PASS, .first = PRIMARY ERRORS("LOADING", "4"), .info = PRIMARY ERRORS("LOADING", "5")},
    {"errors_loading", CHECK_WARN, .first = PRIMARY ERRORS("LOADING", "4"), .info = PRIMARY ERRORS("LOADING", "9")},
    {"errors_moved", CHECK_PASS, .first = PRIMARY ERRORS("MOVED", "4"), .info = PRIMARY ERRORS("MOVED", "14")},
    {"errors_moved", CHECK_WARN, .first = PRIMARY ERRORS("MOVED", "4"), .info = PRIMARY ERRORS("MOVED", "46")},
    {"acl_denials", CHECK_PASS, .info = PRIMARY "acl_access_denied_auth:1\nacl_access_denied_cmd:2\nacl_access_denied_key:3\nacl_access_denied_channel:4\n"},
    {"acl_denials", CHECK_WARN, .first = PRIMARY "acl_access_denied_auth:1\nacl_access_denied_cmd:2\nacl_access_denied_key:3\nacl_access_denied_channel:4\n",
     .info = PRIMARY "acl_access_denied_auth:1\nacl_access_denied_cmd:2\nacl_access_denied_key:4\nacl_access_denied_channel:4\n"},
    {"clock_skew", CHECK_PASS, .info = PRIMARY "server_time_usec:1699999995250000\n"},
    {"clock_skew", CHECK_WARN, .info = PRIMARY "server_time_usec:1699999995249000\n"},
    {"clock_skew", CHECK_WARN, .info = PRIMARY "server_time_usec:1700000005251000\n"},

    {"both_writable", CHECK_PASS, .info = PRIMARY, .other = REPLICA},
    {"both_writable", CHECK_FAIL, .info = PRIMARY, .other = PRIMARY},
    {"nobody_writable", CHECK_PASS, .info = REPLICA, .other = PRIMARY},
    {"nobody_writable", CHECK_FAIL, .info = REPLICA, .other = REPLICA},
    {"following", CHECK_PASS, .info = PRIMARY, .other = REPLICA},
    {"following", CHECK_WARN, .info = PRIMARY, .other = "role:slave\nmaster_replid:bb\nmaster_link_status:up\n"},
    {"following", CHECK_WARN, .info = PRIMARY, .other = "role:slave\nmaster_replid:aa\nmaster_link_status:down\n"},
    {"key_parity", CHECK_PASS, .info = PRIMARY "db0:keys=1000,expires=0\n", .other = REPLICA "db0:keys=999,expires=0\n"},
    {"key_parity", CHECK_WARN, .info = PRIMARY "db0:keys=1000,expires=0\n", .other = REPLICA "db0:keys=998,expires=0\n"},
    {"key_parity", CHECK_WARN, .info = PRIMARY "db0:keys=1000,expires=0\n", .other = REPLICA "db0:keys=990,expires=0\n"},
    {"key_parity", CHECK_FAIL, .info = PRIMARY "db0:keys=1000,expires=0\n", .other = REPLICA "db0:keys=989,expires=0\n"},
    {"old_primary_writes", CHECK_PASS, .info = PRIMARY, .other = PRIMARY, .beside = {.designated = SIDE_GREEN, .write_rate = 10}},
    {"old_primary_writes", CHECK_FAIL, .info = PRIMARY, .other = PRIMARY, .beside = {.designated = SIDE_GREEN, .write_rate = 10.1}},
    {"config_rewrite", CHECK_PASS, .info = REPLICA, .other = PRIMARY, .beside = {.designated = SIDE_GREEN, .rewrites = {true, 1}}},
    {"config_rewrite", CHECK_WARN, .info = REPLICA, .other = PRIMARY, .beside = {.designated = SIDE_GREEN, .rewrites = {true, 0}}},
};
/* clang-format on */

/* ---- the world of a row ----------------------------------------------------------------------------- */

static struct health_policy *file;

static int load(void **state)
{
    struct buf errors;
    (void)state;
    buf_init(&errors, 64 << 10);
    file = health_file_load(NULL, &errors);
    buf_done(&errors);
    return file ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    health_file_free(file);
    return 0;
}

/* What a stub of the metrics knows. */
struct known {
    const char *metric;
    double value;
};

static bool find_known(const void *samples, int family, struct str labels, double *ret)
{
    const struct known *known = samples;
    (void)labels;
    if (!known->metric || strcmp(family_at((unsigned)family)->name, known->metric) != 0)
        return false;
    *ret = known->value;
    return true;
}

/* One look at the row; the first one sees what it grows from. */
struct scene {
    struct snapshot *self, *other;
    struct known known;
    struct health_server servers[2];
    struct pair_view pair;
    struct health_view view;
};

static struct health_server server_of(const struct row *row, const struct snapshot *snapshot,
                                      const struct scene *scene)
{
    const struct beside *beside = &row->beside;
    return (struct health_server){.snapshot = snapshot,
                                  .outcome = beside->outcome,
                                  .age_seconds = beside->age,
                                  .stale_after_seconds = 10,
                                  .link_flaps = beside->flaps,
                                  .rewrites = beside->rewrites,
                                  .samples = &scene->known};
}

static void set_scene(const struct row *row, enum check_about about, int look, struct scene *scene)
{
    bool first = look == 0, alone = !row->other;
    const struct beside *beside = &row->beside;
    *scene = (struct scene){.self = snapshot_of(str_of(first && row->first ? row->first : row->info)),
                            .other = alone ? NULL : snapshot_of(str_of(row->other))};
    scene->self->repl_bytes_per_second = beside->write_rate;
    if (scene->other)
        scene->other->repl_bytes_per_second = beside->write_rate;
    bool counter = beside->metric && strcmp(beside->metric, "redis_slowlog_last_id") == 0;
    scene->known = (struct known){beside->metric, first && counter ? 0 : beside->metric_value};
    scene->servers[0] = server_of(row, scene->self, scene);
    scene->servers[1] = server_of(row, scene->other, scene);
    if (first)
        scene->servers[0].link_flaps = 0;
    bool green = about == ABOUT_TARGET && beside->side == SIDE_GREEN;
    pair_look(green ? scene->other : scene->self, green ? scene->self : scene->other, &scene->pair);
    struct health_subject subject = {.pair = alone ? NULL : &scene->pair,
                                     .designated = alone ? SIDE_NONE : beside->designated,
                                     .now_ms = 1000 * (look + 1),
                                     .metric = find_known};
    if (about == ABOUT_TARGET) {
        subject.self = &scene->servers[0];
        subject.side = beside->side;
    } else {
        subject.blue = &scene->servers[0];
        subject.green = &scene->servers[1];
        subject.designated = beside->designated ? beside->designated : SIDE_BLUE;
    }
    health_view_fill(&subject, &scene->view);
}

static void leave_scene(struct scene *scene)
{
    snapshot_free(scene->self);
    snapshot_free(scene->other);
}

/* A check that passes because it does not look at all would prove nothing. */
static bool applies(const struct check *check, const struct scene *scene, const struct subject *subject)
{
    double number;
    if (!check->applies)
        return true;
    struct expr_value value =
        expr_eval(check->applies, &scene->view.expr, subject->tracks + check->first_track);
    return expr_as_number(value, &number) && number != 0;
}

static void check_row(const struct row *row)
{
    const struct check *check = policy_find(&file->policy, str_of(row->check));
    if (!check)
        fail_msg("no shipped check is called %s", row->check);
    struct subject *subject = subject_new(&file->policy);
    const struct check_state *state = &subject->states[check - file->policy.checks];
    struct scene scene;
    for (int look = 0; look <= (int)check->fall; look++) {
        set_scene(row, check->about, look, &scene);
        judge_look(&file->policy, check->about, STR("x"), row->beside.side, &scene.view, row->beside.outcome,
                   subject, NULL);
        if (look < (int)check->fall)
            leave_scene(&scene);
    }
    if (!state->looked || state->status != row->status)
        fail_msg("%s (row %td): %s instead of %s; it saw %g", row->check, row - rows,
                 check_status_word(state->status), check_status_word(row->status), state->value);
    if (!applies(check, &scene, subject) || (check->value && !state->has_value))
        fail_msg("%s (row %td) does not look at what the row shows it", row->check, row - rows);
    leave_scene(&scene);
    subject_free(subject);
}

static void every_row_comes_to_its_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

/* ---- completeness ----------------------------------------------------------------------------------- */

static bool has_row(const char *check, enum check_status status)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].check, check) == 0 && rows[i].status == status)
            return true;
    return false;
}

static void every_shipped_check_has_rows_for_both_edges(void **state)
{
    (void)state;
    for (unsigned i = 0; i < file->policy.count; i++) {
        const struct check *check = &file->policy.checks[i];
        bool warns = check->value ? check->warn.set : check->severity == SEVERITY_WARN;
        bool fails = check->value ? check->fail.set : check->severity == SEVERITY_FAIL;
        if (!has_row(check->name, CHECK_PASS))
            fail_msg("%s has no row that passes", check->name);
        if (warns && !has_row(check->name, CHECK_WARN))
            fail_msg("%s has no row that warns", check->name);
        if (fails && !has_row(check->name, CHECK_FAIL))
            fail_msg("%s has no row that fails", check->name);
    }
}

/* ---- real servers ----------------------------------------------------------------------------------- */

static bool find_sample(const void *samples, int family, struct str labels, double *ret)
{
    const struct samples *s = samples;
    const struct sample *sample = samples_find(s, (unsigned)family, labels);
    for (uint32_t i = 0; str_eq(labels, STR("*")) && !sample && i < s->count; i++)
        if (s->items[i].family == (unsigned)family)
            sample = &s->items[i];
    if (sample)
        *ret = sample->value;
    return sample != NULL;
}

/* What no server of a kind says must not be asked of it: unknown would be a warning or a failure for ever. */
static void a_fixture_leaves_nothing_unknown(const char *server, const char *role, bool metrics)
{
    static const struct samples none;
    struct pipeline p;
    pipeline_init(&p, server, role);
    struct subject *subject = subject_new(&file->policy);
    struct health_server seen = {
        .snapshot = p.snapshot, .stale_after_seconds = 10, .samples = metrics ? &p.samples : &none};
    for (int look = 1; look <= 70; look++) {
        struct health_view view;
        struct health_subject about = {.self = &seen, .now_ms = look * 1000, .metric = find_sample};
        health_view_fill(&about, &view);
        judge_look(&file->policy, ABOUT_TARGET, STR("x"), SIDE_NONE, &view, ERR_NONE, subject, NULL);
        for (unsigned i = 0; i < file->policy.count; i++)
            if (subject->states[i].looked && subject->states[i].status == CHECK_UNKNOWN)
                fail_msg("%s %s, look %d: %s is unknown", server, role, look, file->policy.checks[i].name);
    }
    subject_free(subject);
    pipeline_done(&p);
}

static void real_servers_leave_nothing_unknown(void **state)
{
    (void)state;
    for (size_t s = 0; s < FIXTURE_SERVERS; s++)
        for (size_t r = 0; r < 2; r++)
            a_fixture_leaves_nothing_unknown(fixture_servers[s], fixture_states[r], true);
}

/* Many a user may run INFO and nothing else, and many a host of Redis has no CONFIG. */
static void info_alone_leaves_nothing_unknown(void **state)
{
    (void)state;
    for (size_t s = 0; s < FIXTURE_SERVERS; s++)
        for (size_t r = 0; r < 2; r++)
            a_fixture_leaves_nothing_unknown(fixture_servers[s], fixture_states[r], false);
}

static bool find_any(const void *samples, int family, struct str labels, double *ret)
{
    (void)samples, (void)family, (void)labels;
    *ret = 0.1;
    return true;
}

/* A server that hides most of INFO, as some hosts do, is warned about, but not taken for broken. */
static void what_a_server_does_not_say_does_not_fail(void **state)
{
    static const char *const infos[] = {PRIMARY "redis_version:6.0.16\nloading:0\n",
                                        REPLICA "redis_version:7.0.15\nloading:0\n"
                                                "master_sync_in_progress:0\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(infos); i++) {
        struct snapshot *snapshot = snapshot_of(str_of(infos[i]));
        struct subject *subject = subject_new(&file->policy);
        struct health_server seen = {.snapshot = snapshot, .stale_after_seconds = 10, .samples = infos};
        for (int look = 1; look <= 70; look++) {
            struct health_view view;
            struct health_subject about = {.self = &seen, .now_ms = look * 1000, .metric = find_any};
            health_view_fill(&about, &view);
            judge_look(&file->policy, ABOUT_TARGET, STR("x"), SIDE_NONE, &view, ERR_NONE, subject, NULL);
            assert_int_equal(subject->status, CHECK_WARN);
        }
        subject_free(subject);
        snapshot_free(snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_row_comes_to_its_status),
        TEST(every_shipped_check_has_rows_for_both_edges),
        TEST(real_servers_leave_nothing_unknown),
        TEST(info_alone_leaves_nothing_unknown),
        TEST(what_a_server_does_not_say_does_not_fail),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
