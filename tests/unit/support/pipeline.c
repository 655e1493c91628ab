#include "unit/support/pipeline.h"
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include <bluegreen/version.h>
#include <stdio.h>
#include <stdlib.h>

enum { TAKEN_MS = 5000000, CONFIG_AGE_MS = 30000, EXPECTED = 512, TEXT_MAX = 16 << 20 };

struct snapshot *snapshot_of(struct str info_text)
{
    struct snapshot *snapshot = snapshot_new(0);
    assert_non_null(snapshot);
    struct str text = arena_copy(&snapshot->arena, info_text);
    assert_non_null(text.ptr);
    if (!info_parse(text, &snapshot->arena, &snapshot->info, NULL)) {
        snapshot_free(snapshot);
        return NULL;
    }
    facts_read(&snapshot->info, &snapshot->facts);
    snapshot->taken_ms = TAKEN_MS;
    snapshot->wall_seconds = PIPELINE_NOW;
    snapshot->round_seconds = 0.0025;
    snapshot->connect_seconds = 0.0005;
    snapshot->first_reply_seconds = 0.0002;
    snapshot_set_start(snapshot, NULL);
    return snapshot;
}

static void read_part(struct snapshot *snapshot, unsigned id, const char *server, const char *state,
                      struct arena *replies)
{
    const struct collector *collector = collectors[id];
    struct part *part = &snapshot->parts[id];
    void *data = arena_alloc(&snapshot->arena, collector->part_size, _Alignof(max_align_t));
    assert_non_null(data);
    for (int i = 0; i < COLLECTOR_CMDS_MAX && collector->cmds[i]; i++) {
        struct err err;
        const struct reply *reply = fixture_reply(server, state, collector->cmds[i], replies);
        if (!reply)
            fail_msg("%s/%s has no fixture for %s", server, state, fixture_name(collector->cmds[i]));
        if (!collector->decode(collector->cmds[i], reply, &snapshot->arena, data, &err))
            fail_msg("%s/%s: %s: %s", server, state, collector->name, err.text);
    }
    struct cmd_call call;
    for (unsigned i = 0; collector->more && collector->more(data, i, &call); i++) {
        struct err err;
        const struct reply *reply = fixture_reply(server, state, call.cmd, replies);
        if (!reply || !collector->more_decode(i, reply, &snapshot->arena, data, &err))
            fail_msg("%s/%s: %s: %s", server, state, collector->name, reply ? err.text : "no fixture");
    }
    *part = (struct part){.data = data, .state = PART_OK};
    part->taken_ms = snapshot->taken_ms - (collector->interval_ms ? CONFIG_AGE_MS : 0);
}

void pipeline_init(struct pipeline *p, const char *server, const char *state)
{
    struct arena replies;
    arena_init(&replies, 0, 16 << 20);
    *p = (struct pipeline){.counters = {.polls = {[ERR_NONE] = 3, [ERR_TIMEOUT] = 1},
                                        .connections = 2,
                                        .link_flaps = 1,
                                        .poll_seconds_sum = 0.0075}};
    const struct reply *info = fixture_reply(server, state, CMD_INFO, &replies);
    if (!info || info->type != REPLY_STRING)
        fail_msg("%s/%s has no INFO", server, state);
    p->snapshot = snapshot_of(info->text);
    assert_non_null(p->snapshot);
    struct server_kind like = facts_server_kind(&p->snapshot->facts);
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        if (collectors[i]->cmds[0] && !collectors[i]->opt_in && collector_known(collectors[i], &like))
            read_part(p->snapshot, i, server, state, &replies);
    arena_done(&replies);
    samples_init(&p->samples, &p->snapshot->arena, EXPECTED);
    collectors_emit(p->snapshot, &p->samples);
}

void pipeline_done(struct pipeline *p)
{
    snapshot_free(p->snapshot);
    p->snapshot = NULL;
}

/* ---- health ----------------------------------------------------------------------------------------- */

enum { ANY_ROLE = 1u << ROLE_PRIMARY | 1u << ROLE_REPLICA | 1u << ROLE_SENTINEL };
enum { DATA_ROLES = 1u << ROLE_PRIMARY | 1u << ROLE_REPLICA };

/* A few checks like those that are shipped; the file itself needs YAML, and what is pure has none. */
static const struct {
    struct check check;
    const char *applies, *when, *value;
} rules[PIPELINE_CHECKS] = {
    [PIPELINE_REACHABLE] = {{.name = "reachable",
                             .help = "The server answers the agent's polls",
                             .roles = ANY_ROLE},
                            .when = "outcome != \"ok\" and outcome != \"redis_loading\""},
    [PIPELINE_FRESH] = {{.name = "fresh",
                         .help = "The newest answer of the server is recent enough to be believed",
                         .reason = "stale",
                         .unit = "ratio",
                         .roles = ANY_ROLE,
                         .fail = {true, 1, 1}},
                        .value = "age_seconds / stale_after_seconds"},
    [PIPELINE_LOADING] = {{.name = "loading",
                           .help = "The server is not loading its data set",
                           .reason = "redis_loading",
                           .todo = "Wait",
                           .roles = DATA_ROLES,
                           .stops = STOPS_READ},
                          .when = "loading"},
    [PIPELINE_REPLICA_LINK] = {{.name = "replica_link",
                                .help = "The replica's link to its primary is up",
                                .reason = "link_down",
                                .runbook = "docs/runbooks/RedisReplicationBroken.md",
                                .roles = DATA_ROLES,
                                .stops = STOPS_REPLICA | STOPS_READ},
                               .applies = "is_replica",
                               .when = "link_up == 0"},
    [PIPELINE_KEY_COUNT] = {{.name = "key_count",
                             .help = "Its databases hold less than a million keys",
                             .reason = "key_count",
                             .roles = DATA_ROLES,
                             .warn = {true, 1e6, 1e6}},
                            .value = "default(sum(\"db*\", \"keys\"), 0)"},
};

static const struct expr *compile(const char *text, struct arena *arena)
{
    static const struct expr_names names = {.server_words = health_server_words, .has_self = true};
    struct err err = {.kind = ERR_NONE};
    unsigned column;
    const struct expr *expr = text ? expr_compile(str_of(text), &names, arena, &err, &column) : NULL;
    if (text && !expr)
        fail_msg("%s: column %u: %s", text, column, err.text);
    return expr;
}

const struct policy *pipeline_policy(void)
{
    static struct check checks[PIPELINE_CHECKS];
    static const struct policy policy = {.checks = checks, .count = PIPELINE_CHECKS};
    static struct arena arena;
    if (checks[0].name)
        return &policy;
    arena_init(&arena, 0, 64 << 10);
    for (unsigned i = 0; i < PIPELINE_CHECKS; i++) {
        struct check *check = &checks[i];
        *check = rules[i].check;
        check->unit = check->unit ? check->unit : "";
        check->todo = check->todo ? check->todo : "";
        check->runbook = check->runbook ? check->runbook : "";
        check->fall = check->rise = 1;
        check->applies = compile(rules[i].applies, &arena);
        check->when = compile(rules[i].when, &arena);
        check->value = compile(rules[i].value, &arena);
    }
    return &policy;
}

struct subject *pipeline_judge(const struct pipeline *p)
{
    struct health_server server = {
        .snapshot = p->snapshot, .outcome = ERR_NONE, .age_seconds = 0.5, .stale_after_seconds = 10};
    struct health_subject subject = {.self = &server, .now_ms = 1000};
    struct health_view view;
    struct subject *judged = subject_new(pipeline_policy());
    assert_non_null(judged);
    health_view_fill(&subject, &view);
    judge_look(pipeline_policy(), ABOUT_TARGET, STR("redis"), SIDE_NONE, &view, ERR_NONE, judged, NULL);
    return judged;
}

/* What the agent says of itself in the golden files. */
static const struct agent_status agent_status = {.version = "0.0.0",
                                                 .start_seconds = 1699990000,
                                                 .cpu_seconds = 1.5,
                                                 .resident_bytes = 9437184,
                                                 .virtual_bytes = 73400320,
                                                 .virtual_max_bytes = 18446744073709551615.0,
                                                 .received_bytes = 4096,
                                                 .sent_bytes = 8192,
                                                 .open_fds = 13,
                                                 .max_fds = 1024,
                                                 .targets = 2,
                                                 .config_ok = true,
                                                 .config_seconds = 1699990000.5,
                                                 .scrapes = 42,
                                                 .scrape_seconds_sum = 0.21,
                                                 .http_requests = 99,
                                                 .http_rejected = 1,
                                                 .http_evicted = 2,
                                                 .http_connections = 3,
                                                 .http_parked = 1,
                                                 .loop_lag_seconds = 0.001,
                                                 .process_families = true};

static void emit_status(const struct pipeline *p, struct samples *own)
{
    struct subject *judged = pipeline_judge(p);
    struct target_status status = {.outcome = ERR_NONE,
                                   .snapshot = p->snapshot,
                                   .age_seconds = 0.5,
                                   .last_poll_seconds = p->snapshot->round_seconds,
                                   .counters = &p->counters,
                                   .samples_dropped = p->samples.dropped};
    target_status_emit(&status, own);
    health_status_emit(pipeline_policy(), judged, own);
    samples_seal(own);
    subject_free(judged);
}

void pipeline_metrics(const struct pipeline *targets, const char *const *names, size_t count, bool agent,
                      struct buf *out)
{
    pipeline_expose(targets, names, count, agent, EXPO_TEXT, out);
}

void pipeline_expose(const struct pipeline *targets, const char *const *names, size_t count, bool agent,
                     enum expo_format format, struct buf *out)
{
    struct arena arena;
    arena_init(&arena, 0, TEXT_MAX);
    struct expo_source *sources = arena_new(&arena, struct expo_source, 2 * count + 1);
    struct samples *own = arena_new(&arena, struct samples, count + 1);
    uint32_t *cursors = arena_new(&arena, uint32_t, 2 * count + 1);
    assert_non_null(sources);
    assert_non_null(own);
    assert_non_null(cursors);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        samples_init(&own[i], &arena, 0);
        struct str labels = names[i] ? samples_label(&own[i], "target", str_of(names[i])) : NO_LABELS;
        emit_status(&targets[i], &own[i]);
        sources[used++] = (struct expo_source){labels, &own[i]};
        sources[used++] = (struct expo_source){labels, &targets[i].samples};
    }
    if (agent) {
        samples_init(&own[count], &arena, 0);
        agent_status_emit(&agent_status, &own[count]);
        samples_seal(&own[count]);
        sources[used++] = (struct expo_source){NO_LABELS, &own[count]};
    }
    expo_write(out, &(struct expo_options){STR("redis"), format}, sources, used, cursors);
    arena_done(&arena);
}

void pipeline_health(const struct pipeline *targets, const char *const *names, size_t count, struct buf *out)
{
    struct health_entry *entries = calloc(count, sizeof *entries);
    struct subject **judged = calloc(count, sizeof *judged);
    assert_non_null(entries);
    assert_non_null(judged);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct health_entry){.name = names[i] ? names[i] : "redis",
                                           .policy = pipeline_policy(),
                                           .subject = judged[i] = pipeline_judge(&targets[i]),
                                           .outcome_text = "",
                                           .facts = &targets[i].snapshot->facts,
                                           .age_seconds = 0.5,
                                           .wall_seconds = targets[i].snapshot->wall_seconds};
    }
    health_report_json(entries, count, true, "0.0.0", out);
    for (size_t i = 0; i < count; i++)
        subject_free(judged[i]);
    free(judged);
    free(entries);
}

/* The text behind "series " at the start of a line. */
static bool find_series(struct str text, const char *series, struct str *ret_value)
{
    struct str line, name = str_of(series);
    while (str_next(&text, '\n', &line)) {
        if (str_starts(line, name) && line.len > name.len && line.ptr[name.len] == ' ') {
            *ret_value = str_from(line, name.len + 1);
            return true;
        }
    }
    return false;
}

bool metric_exists(struct str text, const char *series)
{
    struct str value;
    return find_series(text, series, &value);
}

double metric_value(struct str text, const char *series)
{
    struct str value;
    char copy[64];
    if (!find_series(text, series, &value))
        fail_msg("there is no series %s", series);
    assert_true(str_copy(value, copy, sizeof copy));
    return strtod(copy, NULL);
}
