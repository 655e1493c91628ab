#include "collectors.h"
#include <bluegreen/status.h>

/* ---- what the agent knows of a target ----------------------------------------------------------- */

enum {
    UP,
    OUTCOME,
    POLLS,
    AGE,
    POLL_SECONDS,
    ROUND_SUM,
    CONNECTIONS,
    RESTARTS,
    ROLE_CHANGES,
    LINK_FLAPS,
    COLLECTOR_SUCCESS,
    COLLECTOR_ERROR,
    COLLECTOR_AGE,
    DROPPED,
    LAST_ERROR,
    LAST_DURATION,
    LAST_CONNECT,
    LAST_PING,
    SERVICE
};

/* clang-format off */
static const struct family target_families[] = {
    [UP] = {"redis_up", METRIC_GAUGE, "",
        "1 when the last poll of the server succeeded, 0 when it did not; bluegreen_poll_outcome says why"},
    [SERVICE] = {"bluegreen_target_service", METRIC_GAUGE, "service",
        "1 for what an operator decided about the target: ready, drain (no new traffic) or maint (no traffic); 0 for the "
        "others"},
    [OUTCOME] = {"bluegreen_poll_outcome", METRIC_GAUGE, "outcome",
        "Always 1; the label is the outcome of the last poll: ok, or a word for the layer and cause of the failure"},
    [POLLS] = {"bluegreen_polls_total", METRIC_COUNTER, "outcome", "Polls that ended, by outcome"},
    [AGE] = {"bluegreen_snapshot_age_seconds", METRIC_GAUGE, "",
        "Time since the newest successful poll; it grows while the server does not answer"},
    [POLL_SECONDS] = {"bluegreen_last_poll_duration_seconds", METRIC_GAUGE, "",
        "Time the last poll took, successful or not"},
    [ROUND_SUM] = {"bluegreen_poll_duration_seconds_total", METRIC_COUNTER, "",
        "Time spent in successful polls; divided by those of bluegreen_polls_total it is their mean"},
    [CONNECTIONS] = {"bluegreen_connections_total", METRIC_COUNTER, "",
        "Connections the agent opened to the server; one connection is kept, so this rises only when it was lost"},
    [RESTARTS] = {"bluegreen_server_restarts_total", METRIC_COUNTER, "",
        "Restarts of the server that the agent saw (a new run_id in INFO)"},
    [ROLE_CHANGES] = {"bluegreen_role_changes_total", METRIC_COUNTER, "",
        "Changes between primary and replica that the agent saw (INFO role)"},
    [LINK_FLAPS] = {"bluegreen_replica_link_flaps_total", METRIC_COUNTER, "",
        "Times the agent saw the replica's link go from up to down (INFO master_link_status)"},
    [COLLECTOR_SUCCESS] = {"bluegreen_collector_success", METRIC_GAUGE, "collector",
        "1 when the collector's commands were answered, 0 when one was refused; other collectors are not affected"},
    [COLLECTOR_ERROR] = {"bluegreen_collector_error", METRIC_GAUGE, "collector,reason",
        "Always 1, for a collector that failed; the reason is a stable word, as that of bluegreen_poll_outcome"},
    [COLLECTOR_AGE] = {"bluegreen_collector_age_seconds", METRIC_GAUGE, "collector",
        "Age of the collector's data when the snapshot was taken: more than 0 for collectors that run slowly"},
    [DROPPED] = {"bluegreen_samples_dropped", METRIC_GAUGE, "",
        "Samples of the last poll that were left out because there were too many or memory was short"},
    [LAST_ERROR] = {"redis_exporter_last_scrape_error", METRIC_GAUGE, "err",
        "1 when the last poll failed, with its outcome as label, else 0"},
    [LAST_DURATION] = {"redis_exporter_last_scrape_duration_seconds", METRIC_GAUGE, "",
        "Time the last poll took; the same as bluegreen_last_poll_duration_seconds"},
    [LAST_CONNECT] = {"redis_exporter_last_scrape_connect_time_seconds", METRIC_GAUGE, "",
        "Time it took to open the connection in use: name resolution, connecting, TLS and authentication; "
        "after a poll that failed, the time until it did"},
    [LAST_PING] = {"redis_exporter_last_scrape_ping_time_seconds", METRIC_GAUGE, "",
        "Time from sending the last poll to its first reply: the way there and back, and the server's work on INFO"},
};
/* clang-format on */

const struct collector collect_target = {
    .name = "target",
    .help = "What the agent knows of a target: reachability, age, outcome of polls.",
    FAMILIES(target_families),
};

static void emit_counters(const struct target_counters *counters, struct samples *samples)
{
    for (int kind = 0; kind < ERR_KIND_COUNT; kind++)
        if (counters->polls[kind] || kind == ERR_NONE)
            samples_add(samples, POLLS,
                        samples_label(samples, "outcome", str_of(err_word((enum err_kind)kind))),
                        (double)counters->polls[kind]);
    samples_add(samples, ROUND_SUM, NO_LABELS, counters->poll_seconds_sum);
    samples_add(samples, CONNECTIONS, NO_LABELS, (double)counters->connections);
    samples_add(samples, RESTARTS, NO_LABELS, (double)counters->restarts);
    samples_add(samples, ROLE_CHANGES, NO_LABELS, (double)counters->role_changes);
    samples_add(samples, LINK_FLAPS, NO_LABELS, (double)counters->link_flaps);
}

static void emit_parts(const struct snapshot *snapshot, struct samples *samples)
{
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        const struct part *part = &snapshot->parts[i];
        if (part->state == PART_ABSENT)
            continue;
        struct str labels = samples_label(samples, "collector", str_of(collectors[i]->name));
        samples_add(samples, COLLECTOR_SUCCESS, labels, part->state == PART_OK);
        if (part->state == PART_OK) {
            samples_add(samples, COLLECTOR_AGE, labels, (double)(snapshot->taken_ms - part->taken_ms) / 1e3);
            continue;
        }
        struct label why[] = {{"collector", str_of(collectors[i]->name)},
                              {"reason", str_of(err_word(part->error))}};
        samples_add(samples, COLLECTOR_ERROR, samples_labels(samples, why, 2), 1);
    }
}

static void emit_surveys(const struct survey_status *status, unsigned count, struct samples *samples)
{
    for (unsigned i = 0; i < count; i++) {
        struct str labels = samples_label(samples, "collector", str_of(surveys[status[i].id]->name));
        if (status[i].outcome != ERR_PENDING)
            samples_add(samples, COLLECTOR_SUCCESS, labels, status[i].outcome == ERR_NONE);
        if (status[i].shown)
            samples_add(samples, COLLECTOR_AGE, labels, status[i].age_seconds);
    }
}

static void emit_service(enum service is, struct samples *samples)
{
    for (enum service service = SERVICE_READY; service <= SERVICE_MAINT; service++)
        samples_add(samples, SERVICE, samples_label(samples, "service", str_of(service_word(service))),
                    service == is);
}

void target_status_emit(const struct target_status *status, struct samples *samples)
{
    bool up = status->outcome == ERR_NONE;
    struct str outcome = str_of(err_word(status->outcome));
    collector_begin(COLLECT_TARGET, samples);
    samples_add(samples, UP, NO_LABELS, up);
    samples_add(samples, OUTCOME, samples_label(samples, "outcome", outcome), 1);
    emit_counters(status->counters, samples);
    emit_service(status->service, samples);
    samples_add(samples, POLL_SECONDS, NO_LABELS, status->last_poll_seconds);
    samples_add(samples, LAST_ERROR, samples_label(samples, "err", up ? STR("") : outcome), !up);
    samples_add(samples, LAST_DURATION, NO_LABELS, status->last_poll_seconds);
    samples_add(samples, LAST_CONNECT, NO_LABELS,
                up && status->snapshot ? status->snapshot->connect_seconds : status->last_poll_seconds);
    if (!status->snapshot)
        return;
    samples_add(samples, AGE, NO_LABELS, status->age_seconds);
    if (!up)
        return;
    samples_add(samples, LAST_PING, NO_LABELS, status->snapshot->first_reply_seconds);
    samples_add(samples, DROPPED, NO_LABELS, status->samples_dropped);
    emit_parts(status->snapshot, samples);
    emit_surveys(status->surveys, status->survey_count, samples);
    surveys_status_emit(status->surveys, status->survey_count, samples);
}

/* ---- its health --------------------------------------------------------------------------------- */

enum { HEALTH, HEALTH_CHECK, HEALTH_REASON, HEALTH_VALUE, HEALTH_LIMIT };

/* clang-format off */
static const struct family health_families[] = {
    [HEALTH] = {"bluegreen_health", METRIC_GAUGE, "",
        "1 when no check of the target or pair fails, 0 when one does; bluegreen_health_check names it"},
    [HEALTH_CHECK] = {"bluegreen_health_check", METRIC_GAUGE, "check",
        "1 when the check passes or only warns, 0 when it fails or cannot be known"},
    [HEALTH_REASON] = {"bluegreen_health_check_reason", METRIC_GAUGE, "check,status,reason",
        "Always 1, and only there for checks that do not pass: warn, fail or unknown, and a stable word for why"},
    [HEALTH_VALUE] = {"bluegreen_health_check_value", METRIC_GAUGE, "check",
        "What the check saw at its last look, in bytes, seconds or a ratio"},
    [HEALTH_LIMIT] = {"bluegreen_health_check_limit", METRIC_GAUGE, "check",
        "The limit that the value of the check is held against at present"},
};
/* clang-format on */

const struct collector collect_health = {
    .name = "health",
    .help = "Verdicts of the health checks.",
    FAMILIES(health_families),
};

static void emit_check(const struct check *check, const struct check_state *state, struct samples *samples)
{
    enum check_status status = judge_weight(check, state->status);
    struct str labels = samples_label(samples, "check", str_of(check->name));
    samples_add(samples, HEALTH_CHECK, labels, status == CHECK_PASS || status == CHECK_WARN);
    if (state->has_value) {
        samples_add(samples, HEALTH_VALUE, labels, state->value);
        samples_add(samples, HEALTH_LIMIT, labels, state->limit);
    }
    if (status == CHECK_PASS)
        return;
    struct label why[] = {{"check", str_of(check->name)},
                          {"status", str_of(check_status_word(state->status))},
                          {"reason", str_of(judge_reason(check, state))}};
    samples_add(samples, HEALTH_REASON, samples_labels(samples, why, 3), 1);
}

void health_status_emit(const struct policy *policy, const struct subject *subject, struct samples *samples)
{
    collector_begin(COLLECT_HEALTH, samples);
    bool healthy = subject && subject->status != CHECK_FAIL && subject->status != CHECK_UNKNOWN;
    samples_add(samples, HEALTH, NO_LABELS, healthy);
    for (unsigned i = 0; subject && i < policy->count; i++)
        if (subject->states[i].looked)
            emit_check(&policy->checks[i], &subject->states[i], samples);
}
