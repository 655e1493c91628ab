/*
 * collector: the registry of families, what every collector reads of real and of odd replies, and that what
 * it shows can stand on one /metrics.
 */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <bluegreen/config_part.h>
#include <bluegreen/version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the registry ----------------------------------------------------------------------------------- */

static void family_names_are_unique_over_all_collectors(void **state)
{
    (void)state;
    for (unsigned i = 0; i < family_count(); i++)
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(family_at(i)->name, family_at(j)->name);
}

static void family_names_keep_the_rules_or_are_inherited(void **state)
{
    (void)state;
    for (unsigned i = 0; i < family_count(); i++) {
        const struct family *f = family_at(i);
        struct str name = str_of(f->name);
        bool total = str_ends(name, STR("_total"));
        assert_true(str_starts(name, STR("redis_")) || str_starts(name, STR("bluegreen_")) ||
                    str_starts(name, STR("process_")));
        for (size_t c = 0; c < name.len; c++)
            if (!(name.ptr[c] == '_' || (name.ptr[c] >= 'a' && name.ptr[c] <= 'z') ||
                  (name.ptr[c] >= '0' && name.ptr[c] <= '9')))
                fail_msg("%s has a byte that is not a small letter, digit or underscore", f->name);
        if (!(f->flags & FAMILY_INHERITED) && total != (f->type == METRIC_COUNTER))
            fail_msg("%s is a %s", f->name, metric_type_word(f->type));
        if (f->flags & FAMILY_INHERITED)
            continue;
        if (str_ends(name, STR("_bucket")) || str_ends(name, STR("_sum")) || str_ends(name, STR("_count")) ||
            str_ends(name, STR("_info_total")))
            fail_msg("%s ends as a series of a histogram or summary does", f->name);
    }
}

static void every_family_has_a_sentence_as_help(void **state)
{
    (void)state;
    for (unsigned i = 0; i < family_count(); i++) {
        const struct family *f = family_at(i);
        size_t len = strlen(f->help);
        bool starts = (f->help[0] >= 'A' && f->help[0] <= 'Z') || (f->help[0] >= '0' && f->help[0] <= '9');
        if (len < 15 || !starts || f->help[len - 1] == '.' || f->help[len - 1] == ' ' ||
            strstr(f->help, "metric") || strstr(f->help, "Metric") || strpbrk(f->help, "\n\\\t") ||
            strstr(f->help, "  "))
            fail_msg("%s: \"%s\"", f->name, f->help);
    }
}

static void an_index_leads_to_its_family_and_collector(void **state)
{
    unsigned index = 0;
    (void)state;
    for (unsigned c = 0; c < COLLECTOR_COUNT; c++) {
        assert_int_equal(family_base((enum collector_id)c), index);
        for (unsigned f = 0; f < collectors[c]->family_count; f++) {
            const char *at = (const char *)collectors[c]->families + f * collectors[c]->family_stride;
            assert_ptr_equal(family_at(index++), at);
        }
    }
    assert_int_equal(family_count(), index);
    assert_true(family_count() < UINT16_MAX);
}

static void collectors_are_found_by_their_unique_names(void **state)
{
    (void)state;
    for (unsigned c = 0; c < COLLECTOR_COUNT; c++)
        assert_ptr_equal(collector_find(str_of(collectors[c]->name)), collectors[c]);
    assert_null(collector_find(STR("")));
    assert_null(collector_find(STR("slowlo")));
    assert_null(collector_find(STR("slowlogs")));
}

static void rows_are_consistent(void **state)
{
    (void)state;
    for (unsigned c = 0; c < COLLECTOR_COUNT; c++) {
        const struct collector *row = collectors[c];
        bool optional = row->cmds[0] != CMD_NONE;
        assert_true(strlen(row->help) > 10);
        assert_true(row->help[strlen(row->help) - 1] == '.');
        assert_true(row->family_count > 0);
        assert_true((row->decode != NULL) == optional);
        assert_true((row->part_size > 0) == optional);
        assert_true(!optional || row->emit);
        assert_true(!row->interval_ms || optional);
        assert_true(!row->copy || row->interval_ms);
        assert_true(!row->part_of || (!optional && collectors[row->part_of]->cmds[0]));
        assert_true((row->more != NULL) == (row->more_cmds[0] != CMD_NONE));
        assert_true((row->more != NULL) == (row->more_decode != NULL));
        assert_true(!row->opt_in || collector_optional(row));
    }
    assert_true(collector_optional(collectors[COLLECT_CONFIG]));
    assert_false(collector_optional(collectors[COLLECT_INFO]));
}

static void fields_with_a_structure_have_a_reader(void **state)
{
    static const char *const read[] = {
        "cmdstat_get", "cmdstat_config|get",           "errorstat_ERR", "db0",    "db15",
        "slave0",      "latency_percentiles_usec_get", "module",        "master0"};
    static const char *const not_read[] = {"",
                                           "db",
                                           "dbsize",
                                           "db0x",
                                           "db0_distrib_sets_items",
                                           "slave",
                                           "slave_priority",
                                           "master_replid",
                                           "slave0x",
                                           "modules",
                                           "cmdsta",
                                           "used_memory"};
    (void)state;
    for (size_t i = 0; i < COUNT(read); i++)
        assert_true(collector_reads_field(str_of(read[i])));
    for (size_t i = 0; i < COUNT(not_read); i++)
        assert_false(collector_reads_field(str_of(not_read[i])));
}

/* ---- what is shown of real servers ------------------------------------------------------------------ */

static struct str labels_of(const struct sample *sample)
{
    return (struct str){sample->labels, sample->labels_len};
}

static bool same_series(const struct sample *a, const struct sample *b)
{
    return a->family == b->family && a->suffix == b->suffix && a->has_quantile == b->has_quantile &&
           a->bound == b->bound && str_eq(labels_of(a), labels_of(b));
}

static void check_suffix(const struct sample *s)
{
    const struct family *f = family_at(s->family);
    bool fits = f->type == METRIC_HISTOGRAM ? s->suffix != SAMPLE_PLAIN && !s->has_quantile
                : f->type == METRIC_SUMMARY
                    ? s->has_quantile || s->suffix == SAMPLE_SUM || s->suffix == SAMPLE_COUNT
                    : s->suffix == SAMPLE_PLAIN && !s->has_quantile;
    if (!fits)
        fail_msg("%s is a %s and has a sample with suffix %d", f->name, metric_type_word(f->type), s->suffix);
}

/* name="value",name="value": every name stands in the family's list, in order. */
static void check_labels(const struct sample *s)
{
    const struct family *f = family_at(s->family);
    struct str text = labels_of(s), declared = str_of(f->labels), name;
    while (text.len) {
        assert_true(str_cut(text, '=', &name, &text));
        struct str candidate;
        bool found = false;
        while (!found && str_next(&declared, ',', &candidate))
            found = str_eq(candidate, name);
        if (!found)
            fail_msg("%s does not declare the label " STR_FMT, f->name, STR_ARG(name));
        assert_int_equal(text.ptr[0], '"');
        size_t end = 1;
        while (text.ptr[end] != '"')
            end += text.ptr[end] == '\\' ? 2 : 1;
        text = str_from(text, end + 1 + (end + 1 < text.len));
    }
}

static void samples_of_all_servers_can_stand_on_one_page(void **state)
{
    (void)state;
    for (size_t f = 0; f < FIXTURES; f++) {
        struct pipeline p;
        pipeline_init(&p, fixture_at(f).server, fixture_at(f).state);
        assert_int_equal(p.samples.dropped, 0);
        for (uint32_t i = 0; i < p.samples.count; i++) {
            const struct sample *sample = &p.samples.items[i];
            check_suffix(sample);
            check_labels(sample);
            for (uint32_t j = 0; j < i; j++)
                if (same_series(sample, &p.samples.items[j]))
                    fail_msg("%s{%.*s} comes twice", family_at(sample->family)->name, sample->labels_len,
                             sample->labels);
        }
        pipeline_done(&p);
    }
}

static void histograms_grow_and_end_in_their_count(void **state)
{
    (void)state;
    for (size_t s = 1; s < FIXTURE_SERVERS; s++) {
        struct pipeline p;
        unsigned histograms = 0;
        pipeline_init(&p, fixture_servers[s], "primary");
        double last = 0, bound = -1, top = -1;
        for (uint32_t i = 0; i < p.samples.count; i++) {
            const struct sample *sample = &p.samples.items[i];
            if (sample->family != family_base(COLLECT_LATENCY_HISTOGRAM))
                continue;
            if (sample->suffix == SAMPLE_BUCKET) {
                assert_true(sample->bound > bound && sample->value >= last);
                bound = sample->bound;
                last = sample->value;
                top = isinf(bound) ? last : -1;
            } else if (sample->suffix == SAMPLE_COUNT) {
                assert_double(sample->value, top);
                assert_true(top > 0);
                histograms++;
                last = 0;
                bound = top = -1;
            } else {
                assert_true(sample->value >= 0);
            }
        }
        assert_in_range(histograms, 20, 200);
        pipeline_done(&p);
    }
}

/* Numbers read off the fixtures' own fields, by hand and not by the code under test. */
static void states_show_in_their_series(void **state)
{
    static const struct {
        const char *server, *state, *series;
        double value;
    } rows[] = {
        {"redis-6.0", "primary", "redis_up", 1},
        {"redis-6.0", "primary", "redis_role{role=\"primary\"}", 1},
        {"redis-6.0", "primary", "redis_role{role=\"replica\"}", 0},
        {"redis-6.0", "primary", "redis_replica_link_state{state=\"none\"}", 1},
        {"redis-6.0", "primary", "redis_db_keys{db=\"db0\"}", 367},
        {"redis-6.0", "primary", "redis_db_keys_expiring{db=\"db3\"}", 25},
        {"redis-6.0", "primary", "redis_db_keys{db=\"db1\"}", 0},
        {"redis-6.0", "primary", "redis_commands_total{cmd=\"get\"}", 51},
        {"redis-6.0", "primary", "redis_config_maxclients", 10000},
        {"redis-6.0", "primary", "redis_config_maxmemory", 67108864},
        {"redis-6.0", "primary",
         "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"hard\"}", 268435456},
        {"redis-6.0", "primary",
         "redis_config_client_output_buffer_limit_overcome_seconds{class=\"pubsub\",limit=\"soft\"}", 60},
        {"redis-7.0", "primary", "redis_errors_total{err=\"WRONGTYPE\"}", 2},
        {"redis-7.0", "primary", "redis_errors_total{err=\"NOPERM\"}", 2},
        {"redis-7.0", "primary", "redis_commands_rejected_calls_total{cmd=\"get\"}", 2},
        {"redis-7.0", "primary", "redis_commands_failed_calls_total{cmd=\"config|set\"}", 1},
        {"redis-7.0", "primary", "bluegreen_collector_success{collector=\"latency_histogram\"}", 1},
        {"redis-7.0", "primary", "bluegreen_collector_age_seconds{collector=\"config\"}", 30},
        {"redis-7.0", "replica", "redis_master_link_up{master_host=\"127.0.0.1\",master_port=\"6379\"}", 1},
        {"redis-7.0", "replica",
         "redis_slave_info{master_host=\"127.0.0.1\",master_port=\"6379\",read_only=\"1\"}", 1},
        {"redis-7.0", "replica", "redis_errors_total{err=\"READONLY\"}", 1},
        {"redis-7.0", "replica", "redis_replica_link_state{state=\"connected\"}", 1},
        {"redis-7.0", "link-down", "redis_master_link_up{master_host=\"127.0.0.1\",master_port=\"6379\"}", 0},
        {"redis-7.0", "link-down",
         "redis_master_link_down_seconds{master_host=\"127.0.0.1\",master_port=\"6379\"}", 2},
        {"redis-7.0", "link-down", "redis_replica_link_state{state=\"connect\"}", 1},
        {"redis-7.0", "link-down", "bluegreen_health", 0},
        {"redis-7.0", "link-down", "bluegreen_health_check{check=\"replica_link\"}", 0},
        {"redis-6.0", "syncing",
         "redis_master_sync_in_progress{master_host=\"127.0.0.1\",master_port=\"6379\"}", 1},
        {"redis-6.0", "syncing", "redis_replica_link_state{state=\"sync\"}", 1},
        {"redis-7.0", "syncing",
         "redis_master_last_io_seconds_ago{master_host=\"127.0.0.1\",master_port=\"6379\"}", -1},
        {"redis-7.0", "primary", "redis_second_repl_offset", -1},
        {"redis-6.0", "syncing", "bluegreen_health_check{check=\"replica_link\"}", 0},
        {"redis-8.0", "loading", "redis_loading_dump_file", 1},
        {"redis-8.0", "loading", "bluegreen_health_check{check=\"loading\"}", 0},
        {"redis-8.0", "syncing", "redis_replica_full_sync_buffer_bytes", 0},
        {"valkey-8.1", "syncing", "redis_replicas_repl_buffer_bytes", 0},
        {"valkey-8.1", "syncing", "redis_master_sync_ratio{master_host=\"127.0.0.1\",master_port=\"6379\"}",
         0},
        {"valkey-8.1", "primary", "redis_connected_slaves", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pipeline p;
        struct buf out;
        const char *name = NULL;
        pipeline_init(&p, rows[i].server, rows[i].state);
        buf_init(&out, 16 << 20);
        pipeline_metrics(&p, &name, 1, false, &out);
        double value = metric_value(buf_view(&out), rows[i].series);
        if (value != rows[i].value)
            fail_msg("%s/%s: %s is %.17g", rows[i].server, rows[i].state, rows[i].series, value);
        buf_done(&out);
        pipeline_done(&p);
    }
}

static void databases_without_keys_are_shown_unless_configured_otherwise(void **state)
{
    (void)state;
    for (int hide = 0; hide < 2; hide++) {
        struct pipeline p;
        struct samples samples;
        struct arena arena;
        pipeline_init(&p, "redis-6.0", "primary");
        p.snapshot->hide_empty_databases = hide;
        arena_init(&arena, 1 << 16, 16 << 20);
        samples_init(&samples, &arena, 512);
        collectors_emit(p.snapshot, &samples);
        unsigned keys = family_base(COLLECT_KEYSPACE), shown = 0;
        for (uint32_t i = 0; i < samples.count; i++)
            shown += samples.items[i].family == keys;
        assert_int_equal(shown == 16, !hide);
        assert_true(shown >= 1);
        arena_done(&arena);
        pipeline_done(&p);
    }
}

static void what_a_state_does_not_have_is_absent(void **state)
{
    static const struct {
        const char *server, *state, *series;
    } rows[] = {
        {"redis-6.0", "primary", "bluegreen_collector_success{collector=\"latency_histogram\"}"},
        {"redis-6.0", "primary", "redis_master_link_up{master_host=\"127.0.0.1\",master_port=\"6379\"}"},
        {"redis-6.0", "primary", "redis_db_keys{db=\"db16\"}"},
        {"redis-6.0", "primary", "redis_db_avg_ttl_seconds{db=\"db1\"}"},
        {"redis-7.0", "replica",
         "redis_master_link_down_seconds{master_host=\"127.0.0.1\",master_port=\"6379\"}"},
        {"redis-6.0", "syncing",
         "redis_master_link_down_seconds{master_host=\"127.0.0.1\",master_port=\"6379\"}"},
        {"redis-8.0", "syncing",
         "redis_master_sync_left_bytes{master_host=\"127.0.0.1\",master_port=\"6379\"}"},
        {"redis-7.0", "primary", "redis_loading_eta_seconds"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pipeline p;
        struct buf out;
        const char *name = NULL;
        pipeline_init(&p, rows[i].server, rows[i].state);
        buf_init(&out, 16 << 20);
        pipeline_metrics(&p, &name, 1, false, &out);
        if (metric_exists(buf_view(&out), rows[i].series))
            fail_msg("%s/%s shows %s", rows[i].server, rows[i].state, rows[i].series);
        buf_done(&out);
        pipeline_done(&p);
    }
}

/* ---- collectors that live on INFO ------------------------------------------------------------------- */

/* The text of /metrics for this INFO alone. */
static struct str shown(const char *info, struct buf *out)
{
    struct snapshot *snapshot = snapshot_of(str_of(info));
    struct samples samples;
    uint32_t cursor;
    assert_non_null(snapshot);
    buf_init(out, 1 << 20);
    samples_init(&samples, &snapshot->arena, 0);
    collectors_emit(snapshot, &samples);
    expo_write(out, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, &samples}, 1,
               &cursor);
    snapshot_free(snapshot);
    return buf_view(out);
}

static unsigned count_series(struct str text, const char *start)
{
    unsigned count = 0;
    struct str line;
    while (str_next(&text, '\n', &line))
        count += str_starts(line, str_of(start));
    return count;
}

static void databases_without_keys_are_shown_as_zero(void **state)
{
    static const struct {
        const char *info;
        unsigned count;
    } rows[] = {
        {"role:master\ndb0:keys=1,expires=0,avg_ttl=0", 16},
        {"role:master", 16},
        {"role:master\ncluster_enabled:0", 16},
        {"role:master\ncluster_enabled:1", 1},
        {"role:master\ndb20:keys=1,expires=0,avg_ttl=0", 17},
        {"redis_mode:sentinel", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        assert_int_equal(count_series(shown(rows[i].info, &out), "redis_db_keys{"), rows[i].count);
        buf_done(&out);
    }
}

static void a_database_shows_what_its_line_says(void **state)
{
    struct buf out;
    (void)state;
    struct str text =
        shown("role:master\ndb7:keys=5,expires=2,avg_ttl=1500\ndb8:keys=x,expires=3\ndb9:\ndbx:keys=9", &out);
    assert_double(metric_value(text, "redis_db_keys{db=\"db7\"}"), 5);
    assert_double(metric_value(text, "redis_db_keys_expiring{db=\"db7\"}"), 2);
    assert_double(metric_value(text, "redis_db_avg_ttl_seconds{db=\"db7\"}"), 1.5);
    assert_false(metric_exists(text, "redis_db_keys{db=\"db8\"}"));
    assert_double(metric_value(text, "redis_db_keys_expiring{db=\"db8\"}"), 3);
    assert_false(metric_exists(text, "redis_db_keys{db=\"db9\"}"));
    assert_false(metric_exists(text, "redis_db_keys{db=\"dbx\"}"));
    buf_done(&out);
}

static void command_statistics_are_shown_in_seconds(void **state)
{
    struct buf out;
    (void)state;
    struct str text =
        shown("cmdstat_get:calls=4,usec=2000000,usec_per_call=1.00,rejected_calls=1,failed_calls=2\n"
              "cmdstat_config|get:calls=1,usec=x\ncmdstat_:calls=3",
              &out);
    assert_double(metric_value(text, "redis_commands_total{cmd=\"get\"}"), 4);
    assert_double(metric_value(text, "redis_commands_duration_seconds_total{cmd=\"get\"}"), 2);
    assert_double(metric_value(text, "redis_commands_rejected_calls_total{cmd=\"get\"}"), 1);
    assert_double(metric_value(text, "redis_commands_failed_calls_total{cmd=\"get\"}"), 2);
    assert_double(metric_value(text, "redis_commands_total{cmd=\"config|get\"}"), 1);
    assert_false(metric_exists(text, "redis_commands_duration_seconds_total{cmd=\"config|get\"}"));
    assert_false(metric_exists(text, "redis_commands_failed_calls_total{cmd=\"config|get\"}"));
    buf_done(&out);
}

static void percentiles_need_their_commands_totals(void **state)
{
    struct buf out;
    (void)state;
    struct str text =
        shown("cmdstat_get:calls=4,usec=20\nlatency_percentiles_usec_get:p50=1.003,p99.9=9.023,q=1,p=2,px=1\n"
              "latency_percentiles_usec_set:p50=1.003",
              &out);
    assert_double(metric_value(text, "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"50\"}"), 1.003);
    assert_double(metric_value(text, "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"99.9\"}"), 9.023);
    assert_double(metric_value(text, "redis_latency_percentiles_usec_sum{cmd=\"get\"}"), 20);
    assert_double(metric_value(text, "redis_latency_percentiles_usec_count{cmd=\"get\"}"), 4);
    assert_int_equal(count_series(text, "redis_latency_percentiles_usec"), 4);
    buf_done(&out);
}

static void two_replicas_behind_one_address_are_one_series(void **state)
{
    struct buf out;
    (void)state;
    struct str text = shown("role:master\nslave0:ip=10.0.0.2,port=6379,state=online,offset=12,lag=0\n"
                            "slave1:ip=10.0.0.2,port=6379,state=online,offset=99,lag=1\n"
                            "slave2:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0\n"
                            "slave3:ip=10.0.0.4,port=6379\nslave_priority:100\nslavex:ip=1,port=2,state=3",
                            &out);
    assert_int_equal(count_series(text, "redis_connected_slave_offset_bytes{"), 2);
    assert_double(metric_value(text, "redis_connected_slave_offset_bytes{slave_ip=\"10.0.0.2\",slave_port="
                                     "\"6379\",slave_state=\"online\"}"),
                  12);
    assert_double(metric_value(text, "redis_connected_slave_lag_seconds{slave_ip=\"10.0.0.3\",slave_port="
                                     "\"6379\",slave_state=\"wait_bgsave\"}"),
                  0);
    buf_done(&out);
}

static void what_a_server_may_name_is_bounded(void **state)
{
    static const struct {
        const char *line, *series;
        unsigned shown;
    } rows[] = {
        {"db%d:keys=1\n", "redis_db_keys{", 1024},
        {"slave%d:ip=1,port=%d,state=online,lag=0\n", "redis_connected_slave_lag_seconds{", 256},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf info, out;
        buf_init(&info, 1 << 20);
        buf_text(&info, "redis_version:7.0.0\n");
        for (int n = 0; n < 3000; n++)
            buf_fmt(&info, rows[i].line, n, n);
        buf_char(&info, '\0');
        assert_true(buf_ok(&info));
        assert_int_equal(count_series(shown(buf_view(&info).ptr, &out), rows[i].series), rows[i].shown);
        buf_done(&out);
        buf_done(&info);
    }
}

/* ---- collectors with commands ----------------------------------------------------------------------- */

/* A snapshot whose part <id> was read from these replies (RESP, one per command, NULL ends). */
static struct snapshot *decoded(enum collector_id id, const char *const *resp, struct err *err)
{
    struct snapshot *snapshot =
        snapshot_of(STR("redis_version:7.0.15\nrole:master\ncmdstat_get:calls=4,usec=20\n"));
    void *part = arena_alloc(&snapshot->arena, collectors[id]->part_size, _Alignof(max_align_t));
    assert_non_null(part);
    for (int i = 0; resp[i]; i++) {
        const struct reply *reply = reply_of(str_of(resp[i]), &snapshot->arena);
        assert_non_null(reply);
        if (!collectors[id]->decode(collectors[id]->cmds[i], reply, &snapshot->arena, part, err)) {
            snapshot_free(snapshot);
            return NULL;
        }
    }
    snapshot->parts[id] = (struct part){.data = part, .state = PART_OK};
    return snapshot;
}

/* The text of /metrics for such a part. */
static struct str shown_part(enum collector_id id, const char *const *resp, struct buf *out)
{
    struct samples samples;
    struct err err = {.text = ""};
    uint32_t cursor;
    struct snapshot *snapshot = decoded(id, resp, &err);
    if (!snapshot)
        fail_msg("%s: %s", collectors[id]->name, err.text);
    buf_init(out, 1 << 20);
    samples_init(&samples, &snapshot->arena, 0);
    collectors_emit(snapshot, &samples);
    expo_write(out, &(struct expo_options){STR("redis")}, &(struct expo_source){NO_LABELS, &samples}, 1,
               &cursor);
    snapshot_free(snapshot);
    return buf_view(out);
}

static void an_empty_slow_log_is_zero_and_no_failure(void **state)
{
    struct buf out;
    (void)state;
    struct str text = shown_part(COLLECT_SLOWLOG, (const char *[]){":0\r\n", "*0\r\n", NULL}, &out);
    assert_double(metric_value(text, "redis_slowlog_length"), 0);
    assert_double(metric_value(text, "redis_last_slow_execution_duration_seconds"), 0);
    buf_done(&out);
    text = shown_part(
        COLLECT_SLOWLOG,
        (const char *[]){":7\r\n", "*1\r\n*4\r\n:41\r\n:1700000000\r\n:2500000\r\n*1\r\n$3\r\nGET\r\n", NULL},
        &out);
    assert_double(metric_value(text, "redis_slowlog_length"), 7);
    assert_double(metric_value(text, "redis_slowlog_last_id"), 41);
    assert_double(metric_value(text, "redis_last_slow_execution_duration_seconds"), 2.5);
    buf_done(&out);
}

static void the_longest_of_the_slow_log_is_not_the_last(void **state)
{
    struct buf out;
    (void)state;
    struct str text = shown_part(COLLECT_SLOWLOG_LONGEST,
                                 (const char *[]){"*3\r\n*4\r\n:9\r\n:1700000009\r\n:100\r\n*0\r\n"
                                                  "*3\r\n:8\r\n:1700000008\r\n:2500000\r\n"
                                                  "*3\r\n:7\r\n:1700000007\r\n:2500000\r\n",
                                                  NULL},
                                 &out);
    assert_double(metric_value(text, "redis_slowlog_longest_duration_seconds"), 2.5);
    assert_double(metric_value(text, "redis_slowlog_longest_timestamp_seconds"), 1700000008);
    buf_done(&out);
    text = shown_part(COLLECT_SLOWLOG_LONGEST, (const char *[]){"*0\r\n", NULL}, &out);
    assert_double(metric_value(text, "redis_slowlog_longest_duration_seconds"), 0);
    assert_false(metric_exists(text, "redis_slowlog_longest_timestamp_seconds"));
    buf_done(&out);
}

static void latency_events_are_shown_in_seconds(void **state)
{
    struct buf out;
    (void)state;
    struct str text =
        shown_part(COLLECT_LATENCY_LATEST,
                   (const char *[]){"*2\r\n*4\r\n$4\r\nfork\r\n:1700000000\r\n:8\r\n:1500\r\n"
                                    "*6\r\n$7\r\ncommand\r\n:1700000001\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
                                    NULL},
                   &out);
    assert_double(metric_value(text, "redis_latency_spike_last{event_name=\"fork\"}"), 1700000000);
    assert_double(metric_value(text, "redis_latency_spike_duration_seconds{event_name=\"fork\"}"), 0.008);
    assert_double(metric_value(text, "redis_latency_spike_max_seconds{event_name=\"fork\"}"), 1.5);
    assert_double(metric_value(text, "redis_latency_spike_max_seconds{event_name=\"command\"}"), 0.002);
    assert_double(metric_value(text, "redis_latency_spikes_total{event_name=\"command\"}"), 4);
    assert_double(metric_value(text, "redis_latency_spikes_seconds_total{event_name=\"command\"}"), 0.003);
    assert_int_equal(count_series(text, "redis_latency_spikes_total{"), 1);
    buf_done(&out);
}

static void histograms_read_alike_in_both_protocols(void **state)
{
    static const char *const forms[] = {
        "*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:4\r\n$14\r\nhistogram_usec\r\n*4\r\n:1\r\n:3\r\n:8\r\n:"
        "4\r\n",
        "%1\r\n$3\r\nget\r\n%2\r\n$5\r\ncalls\r\n:4\r\n$14\r\nhistogram_usec\r\n%2\r\n:1\r\n:3\r\n:8\r\n:"
        "4\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct buf out;
        struct str text = shown_part(COLLECT_LATENCY_HISTOGRAM, (const char *[]){forms[i], NULL}, &out);
        assert_double(metric_value(text, "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"1\"}"), 3);
        assert_double(metric_value(text, "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"8\"}"), 4);
        assert_double(metric_value(text, "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"+Inf\"}"), 4);
        assert_double(metric_value(text, "redis_commands_latencies_usec_sum{cmd=\"get\"}"), 20);
        assert_double(metric_value(text, "redis_commands_latencies_usec_count{cmd=\"get\"}"), 4);
        buf_done(&out);
    }
}

/* Whatever buckets a server sends, every command has all steps, each with the calls that took no longer. */
static void the_ladder_is_the_same_for_every_command(void **state)
{
    static const struct {
        const char *le;
        double get, set;
    } steps[] = {{"1e-06", 3, 0},    {"4e-06", 3, 0},    {"1.6e-05", 4, 0},  {"6.6e-05", 5, 0},
                 {"0.000264", 5, 0}, {"0.001056", 6, 0}, {"0.004227", 6, 0}, {"0.016908", 6, 0},
                 {"0.067633", 6, 0}, {"0.270532", 7, 0}, {"+Inf", 8, 2}};
    struct buf out;
    (void)state;
    struct str text =
        shown_part(COLLECT_LATENCY_HISTOGRAM,
                   (const char *[]){
                       "%2\r\n+get\r\n%2\r\n+calls\r\n:8\r\n+histogram_usec\r\n%6\r\n:1\r\n:3\r\n:8\r\n:4\r\n"
                       ":33\r\n:5\r\n:528\r\n:6\r\n:270532\r\n:7\r\n:1082130\r\n:8\r\n"
                       "+set\r\n%2\r\n+calls\r\n:2\r\n+histogram_usec\r\n%1\r\n:541065\r\n:2\r\n",
                       NULL},
                   &out);
    for (size_t i = 0; i < COUNT(steps); i++) {
        char series[96];
        snprintf(series, sizeof series, "redis_command_duration_seconds_bucket{cmd=\"get\",le=\"%s\"}",
                 steps[i].le);
        assert_double(metric_value(text, series), steps[i].get);
        snprintf(series, sizeof series, "redis_command_duration_seconds_bucket{cmd=\"set\",le=\"%s\"}",
                 steps[i].le);
        assert_double(metric_value(text, series), steps[i].set);
    }
    assert_int_equal(count_series(text, "redis_command_duration_seconds_bucket{cmd=\"get\""), COUNT(steps));
    assert_double(metric_value(text, "redis_command_duration_seconds_count{cmd=\"get\"}"), 8);
    assert_double(metric_value(text, "redis_command_duration_seconds_sum{cmd=\"get\"}"), 20 / 1e6);
    buf_done(&out);
}

/* The ladder is made of these servers' bounds: one that has others would be shown too low between them. */
static void servers_have_the_bounds_of_the_ladder(void **state)
{
    (void)state;
    for (size_t s = 1; s < FIXTURE_SERVERS; s++) {
        struct pipeline p;
        unsigned seen = 0;
        pipeline_init(&p, fixture_servers[s], "primary");
        for (uint32_t i = 0; i < p.samples.count; i++) {
            const struct sample *sample = &p.samples.items[i];
            int64_t bound = 0;
            if (sample->family != family_base(COLLECT_LATENCY_HISTOGRAM) || sample->suffix != SAMPLE_BUCKET ||
                isinf(sample->bound))
                continue;
            for (int k = 0; k <= 20 && bound < (int64_t)sample->bound; k++)
                bound = ((1032ll << k) - 1) / 1000;
            assert_double((double)bound, sample->bound);
            seen++;
        }
        assert_in_range(seen, 20, 1000);
        pipeline_done(&p);
    }
}

static void the_state_of_a_link_is_one_of_six(void **state)
{
    static const struct {
        const char *resp, *state; /* NULL: not shown at all */
    } rows[] = {
        {"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", "none"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$7\r\nconnect\r\n:-1\r\n", "connect"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$10\r\nconnecting\r\n:-1\r\n", "connecting"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nhandshake\r\n:-1\r\n", "handshake"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$4\r\nsync\r\n:-1\r\n", "sync"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:9\r\n", "connected"},
        {"*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$7\r\nunheard\r\n:9\r\n", NULL},
        {"*2\r\n$8\r\nsentinel\r\n*0\r\n", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        char series[80];
        struct str text = shown_part(COLLECT_ROLE, (const char *[]){rows[i].resp, NULL}, &out);
        assert_int_equal(count_series(text, "redis_replica_link_state{"), rows[i].state ? 6 : 0);
        snprintf(series, sizeof series, "redis_replica_link_state{state=\"%s\"}",
                 rows[i].state ? rows[i].state : "");
        if (rows[i].state)
            assert_double(metric_value(text, series), 1);
        buf_done(&out);
    }
}

#define PAIR(key, value) "*2\r\n+" key "\r\n+" value "\r\n"

static void settings_are_read_one_by_one(void **state)
{
    struct buf out;
    (void)state;
    struct str text = shown_part(
        COLLECT_CONFIG,
        (const char *[]){
            PAIR("maxclients", "10000"), "*0\r\n", "%1\r\n+repl-backlog-size\r\n+1048576\r\n",
            PAIR("io-threads", "four"), PAIR("databases", "3"),
            PAIR("client-output-buffer-limit", "normal 0 0 0 replica 5 4 3 pubsub 1 x 1 odd 1 2 3"), NULL},
        &out);
    assert_double(metric_value(text, "redis_config_maxclients"), 10000);
    assert_double(metric_value(text, "redis_config_repl_backlog_size"), 1048576);
    assert_false(metric_exists(text, "redis_config_maxmemory"));
    assert_false(metric_exists(text, "redis_config_io_threads"));
    assert_int_equal(count_series(text, "redis_db_keys{"), 3);
    assert_double(
        metric_value(text, "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"hard\"}"),
        5);
    assert_double(
        metric_value(text, "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"soft\"}"),
        4);
    assert_double(
        metric_value(
            text, "redis_config_client_output_buffer_limit_overcome_seconds{class=\"slave\",limit=\"soft\"}"),
        3);
    assert_int_equal(count_series(text, "redis_config_client_output_buffer_limit_bytes{class=\"pubsub\""), 0);
    assert_int_equal(count_series(text, "redis_config_client_output_buffer_limit_bytes{"), 4);
    buf_done(&out);
}

static void absurd_database_counts_are_bounded(void **state)
{
    static const struct {
        const char *databases;
        unsigned shown;
    } rows[] = {{PAIR("databases", "9223372036854775807"), 1024},
                {PAIR("databases", "-1"), 16},
                {PAIR("databases", "0"), 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        struct str text = shown_part(
            COLLECT_CONFIG, (const char *[]){"*0\r\n", "*0\r\n", "*0\r\n", "*0\r\n", rows[i].databases, NULL},
            &out);
        assert_int_equal(count_series(text, "redis_db_keys{"), rows[i].shown);
        buf_done(&out);
    }
}

static void too_many_events_and_commands_are_cut(void **state)
{
    struct buf resp, out;
    (void)state;
    buf_init(&resp, 4 << 20);
    buf_text(&resp, "*300\r\n");
    for (int i = 0; i < 300; i++)
        buf_fmt(&resp, "*4\r\n+event%d\r\n:1\r\n:2\r\n:3\r\n", i);
    buf_char(&resp, '\0');
    struct str text = shown_part(COLLECT_LATENCY_LATEST, (const char *[]){resp.ptr, NULL}, &out);
    assert_int_equal(count_series(text, "redis_latency_spike_last{"), 256);
    buf_done(&out);

    buf_clear(&resp);
    buf_text(&resp, "%1100\r\n");
    for (int i = 0; i < 1100; i++)
        buf_fmt(&resp, "+cmd%d\r\n%%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n*0\r\n", i);
    buf_char(&resp, '\0');
    text = shown_part(COLLECT_LATENCY_HISTOGRAM, (const char *[]){resp.ptr, NULL}, &out);
    assert_int_equal(count_series(text, "redis_commands_latencies_usec_count{"), 1024);
    buf_done(&out);
    buf_done(&resp);
}

/* Whatever comes back, a collector takes it or says ERR_REDIS with a sentence; it never shows half of it. */
static void replies_of_another_form_are_refused_with_a_sentence(void **state)
{
    static const char *const forms[] = {
        "$-1\r\n",
        "*-1\r\n",
        "_\r\n",
        "$0\r\n\r\n",
        "+OK\r\n",
        "+12\r\n",
        ":12\r\n",
        ",1.5\r\n",
        "#t\r\n",
        "*0\r\n",
        "%0\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*0\r\n",
        "*1\r\n$-1\r\n",
        "*2\r\n$-1\r\n$-1\r\n",
        "*2\r\n*0\r\n*0\r\n",
        "*2\r\n:1\r\n:2\r\n",
        "*1\r\n*3\r\n:1\r\n+x\r\n:3\r\n",
        "*1\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
        "*1\r\n*4\r\n+e\r\n+x\r\n+y\r\n+z\r\n",
        "*1\r\n*1\r\n+e\r\n",
        "*4\r\n+slave\r\n*0\r\n*0\r\n*0\r\n",
        "*1\r\n+slave\r\n",
        "*1\r\n+master\r\n",
        "%1\r\n+get\r\n:1\r\n",
        "%1\r\n+get\r\n%1\r\n+calls\r\n:1\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n+x\r\n+histogram_usec\r\n%0\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n+none\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n%1\r\n+x\r\n:1\r\n",
        "%1\r\n:1\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n%0\r\n",
        "*3\r\n+get\r\n*0\r\n+set\r\n",
        "*1\r\n%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
        "~2\r\n+a\r\n+b\r\n",
        "(12345678901234567890\r\n",
        "=7\r\ntxt:abc\r\n",
    };
    (void)state;
    for (unsigned id = 0; id < COLLECTOR_COUNT; id++) {
        if (!collectors[id]->cmds[0])
            continue;
        for (size_t i = 0; i < COUNT(forms); i++) {
            const char *resp[COLLECTOR_CMDS_MAX + 1] = {NULL};
            struct err err = {.kind = ERR_NONE, .text = ""};
            struct samples samples;
            for (int c = 0; c < COLLECTOR_CMDS_MAX && collectors[id]->cmds[c]; c++)
                resp[c] = forms[i];
            struct snapshot *snapshot = decoded((enum collector_id)id, resp, &err);
            if (!snapshot) {
                assert_int_equal(err.kind, ERR_REDIS);
                assert_non_null(strstr(err.text, cmd_get(collectors[id]->cmds[0])->args[0]));
                continue;
            }
            samples_init(&samples, &snapshot->arena, 0);
            collectors_emit(snapshot, &samples);
            for (uint32_t s = 0; s < samples.count; s++)
                check_suffix(&samples.items[s]);
            snapshot_free(snapshot);
        }
    }
}

static void certain_forms_are_certainly_refused(void **state)
{
    static const struct {
        enum collector_id id;
        const char *resp, *second;
    } rows[] = {
        {COLLECT_SLOWLOG, ":0\r\n", ":0\r\n"},
        {COLLECT_SLOWLOG, ":0\r\n", "*1\r\n:1\r\n"},
        {COLLECT_SLOWLOG, ":0\r\n", "*1\r\n*2\r\n:1\r\n:2\r\n"},
        {COLLECT_SLOWLOG, ":0\r\n", "*1\r\n*3\r\n+x\r\n:2\r\n:3\r\n"},
        {COLLECT_SLOWLOG, ":0\r\n", "*1\r\n*3\r\n:1\r\n:2\r\n+x\r\n"},
        {COLLECT_SLOWLOG, "$-1\r\n"},
        {COLLECT_SLOWLOG, "+many\r\n"},
        {COLLECT_SLOWLOG, "*0\r\n"},
        {COLLECT_SLOWLOG_LONGEST, "*1\r\n:1\r\n"},
        {COLLECT_SLOWLOG_LONGEST, "*1\r\n*3\r\n:1\r\n+x\r\n:1\r\n"},
        {COLLECT_ROLE, "+master\r\n"},
        {COLLECT_ROLE, "*0\r\n"},
        {COLLECT_ROLE, "*1\r\n+slave\r\n"},
        {COLLECT_ROLE, "*1\r\n:1\r\n"},
        {COLLECT_LATENCY_LATEST, ":1\r\n"},
        {COLLECT_LATENCY_LATEST, "*1\r\n:1\r\n"},
        {COLLECT_LATENCY_HISTOGRAM, ":1\r\n"},
        {COLLECT_LATENCY_HISTOGRAM, "%1\r\n+get\r\n:1\r\n"},
        {COLLECT_CONFIG, ":1\r\n"},
        {COLLECT_CONFIG, "$-1\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {.kind = ERR_NONE};
        assert_null(decoded(rows[i].id, (const char *[]){rows[i].resp, rows[i].second, NULL}, &err));
        assert_int_equal(err.kind, ERR_REDIS);
    }
}

/* ---- without memory --------------------------------------------------------------------------------- */

struct attempt {
    enum collector_id id;
    const struct reply *replies[COLLECTOR_CMDS_MAX];
};

static void attempt_decode(void *arg)
{
    const struct attempt *attempt = arg;
    const struct collector *collector = collectors[attempt->id];
    _Alignas(max_align_t) char part[1024] = {0};
    struct err err = {.kind = ERR_NONE};
    struct arena arena;
    bool ok = true;
    assert_true(collector->part_size <= sizeof part);
    arena_init(&arena, 64, 1 << 20);
    for (int i = 0; ok && i < COLLECTOR_CMDS_MAX && collector->cmds[i]; i++)
        ok = collector->decode(collector->cmds[i], attempt->replies[i], &arena, part, &err);
    assert_true(ok == !memory_refused());
    assert_int_equal(err.kind, ok ? ERR_NONE : ERR_MEMORY);
    arena_done(&arena);
}

static void without_memory_a_part_fails_and_says_so(void **state)
{
    static const enum collector_id growing[] = {COLLECT_LATENCY_LATEST, COLLECT_LATENCY_HISTOGRAM};
    struct arena replies;
    (void)state;
    arena_init(&replies, 0, 16 << 20);
    for (unsigned id = 0; id < COLLECTOR_COUNT; id++) {
        struct attempt attempt = {.id = (enum collector_id)id};
        for (int c = 0; c < COLLECTOR_CMDS_MAX && collectors[id]->cmds[c]; c++)
            attempt.replies[c] = fixture_reply("redis-7.0", "primary", collectors[id]->cmds[c], &replies);
        if (!attempt.replies[0]) /* not of a primary: see collect_topics_test.c */
            continue;
        unsigned refused = memory_refuse_each(attempt_decode, &attempt);
        bool grows = id == growing[0] || id == growing[1];
        assert_true((refused > 0) == grows);
    }
    arena_done(&replies);
}

/* What is there is a part of the whole, in its order; what is not there was counted. */
static void attempt_emit(void *arg)
{
    const struct pipeline *p = arg;
    struct samples samples;
    struct arena arena;
    uint32_t at = 0;
    arena_init(&arena, 4096, 4 << 20);
    samples_init(&samples, &arena, 0);
    collectors_emit(p->snapshot, &samples);
    assert_int_equal(samples.count + samples.dropped, p->samples.count);
    for (uint32_t i = 0; i < samples.count; i++) {
        while (at < p->samples.count && !same_series(&samples.items[i], &p->samples.items[at]))
            at++;
        if (at == p->samples.count)
            fail_msg("%s{%.*s} is not what the server said", family_at(samples.items[i].family)->name,
                     samples.items[i].labels_len, samples.items[i].labels);
        assert_double(samples.items[i].value, p->samples.items[at].value);
    }
    arena_done(&arena);
}

static void without_memory_samples_are_missing_but_never_wrong(void **state)
{
    struct pipeline p;
    (void)state;
    pipeline_init(&p, "redis-7.0", "primary");
    assert_in_range(memory_refuse_each(attempt_emit, &p), 10, 500);
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(family_names_are_unique_over_all_collectors),
        TEST(family_names_keep_the_rules_or_are_inherited),
        TEST(every_family_has_a_sentence_as_help),
        TEST(an_index_leads_to_its_family_and_collector),
        TEST(collectors_are_found_by_their_unique_names),
        TEST(rows_are_consistent),
        TEST(fields_with_a_structure_have_a_reader),
        TEST(samples_of_all_servers_can_stand_on_one_page),
        TEST(histograms_grow_and_end_in_their_count),
        TEST(states_show_in_their_series),
        TEST(databases_without_keys_are_shown_unless_configured_otherwise),
        TEST(what_a_state_does_not_have_is_absent),
        TEST(databases_without_keys_are_shown_as_zero),
        TEST(a_database_shows_what_its_line_says),
        TEST(command_statistics_are_shown_in_seconds),
        TEST(percentiles_need_their_commands_totals),
        TEST(two_replicas_behind_one_address_are_one_series),
        TEST(what_a_server_may_name_is_bounded),
        TEST(an_empty_slow_log_is_zero_and_no_failure),
        TEST(the_longest_of_the_slow_log_is_not_the_last),
        TEST(latency_events_are_shown_in_seconds),
        TEST(histograms_read_alike_in_both_protocols),
        TEST(the_ladder_is_the_same_for_every_command),
        TEST(servers_have_the_bounds_of_the_ladder),
        TEST(the_state_of_a_link_is_one_of_six),
        TEST(settings_are_read_one_by_one),
        TEST(absurd_database_counts_are_bounded),
        TEST(too_many_events_and_commands_are_cut),
        TEST(replies_of_another_form_are_refused_with_a_sentence),
        TEST(certain_forms_are_certainly_refused),
        TEST(without_memory_a_part_fails_and_says_so),
        TEST(without_memory_samples_are_missing_but_never_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
