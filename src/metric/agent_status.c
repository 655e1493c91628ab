#include "collectors.h"
#include <bluegreen/status.h>
#include <stddef.h>

enum {
    BUILD,
    PEER_BUILD,
    TARGETS,
    CONFIG_OK,
    CONFIG_SECONDS,
    SCRAPES,
    SCRAPE_SECONDS,
    REQUEST_ERRORS,
    REQUESTS,
    REJECTED,
    EVICTED,
    UNAUTHORIZED,
    LIMITED,
    TLS_FAILED,
    PASSWORD_CHECKS,
    WEB_OK,
    CERTIFICATE_END,
    CONNECTIONS,
    PARKED,
    LOOP_LAG,
    CPU,
    RESIDENT,
    VIRTUAL,
    VIRTUAL_MAX,
    OPEN_FDS,
    MAX_FDS,
    NET_RECEIVED,
    NET_SENT,
    START
};

/* clang-format off */
static const struct family families[] = {
    [BUILD] = {"bluegreen_build_info", METRIC_GAUGE, "version", "Always 1; the label is the version of the agent"},
    [PEER_BUILD] = {"redis_exporter_build_info", METRIC_GAUGE, "version,commit_sha,build_date,golang_version",
        "Always 1; kept for dashboards of redis_exporter, the version is the agent's"},
    [TARGETS] = {"bluegreen_targets", METRIC_GAUGE, "", "Targets that the agent polls"},
    [CONFIG_OK] = {"bluegreen_config_last_reload_successful", METRIC_GAUGE, "",
        "1 when the configuration was read without a mistake the last time, 0 when the one before it stayed in force"},
    [CONFIG_SECONDS] = {"bluegreen_config_last_reload_success_timestamp_seconds", METRIC_GAUGE, "",
        "When the configuration in force was read, Unix time"},
    [SCRAPES] = {"redis_exporter_scrapes_total", METRIC_COUNTER, "",
        "Scrapes of the telemetry path, this one included"},
    [SCRAPE_SECONDS] = {"redis_exporter_scrape_duration_seconds", METRIC_SUMMARY, "",
        "Time from a scrape's request to its answer, waiting for fresh polls included"},
    [REQUEST_ERRORS] = {"redis_target_scrape_request_errors_total", METRIC_COUNTER, "",
        "Requests for a scrape of a target named by the caller that were refused"},
    [REQUESTS] = {"bluegreen_http_requests_total", METRIC_COUNTER, "", "HTTP requests that were read completely"},
    [REJECTED] = {"bluegreen_http_rejected_total", METRIC_COUNTER, "",
        "HTTP connections closed because the request was malformed, too large or too slow"},
    [EVICTED] = {"bluegreen_http_evicted_total", METRIC_COUNTER, "",
        "Idle HTTP connections closed early to make room for others; rising means somebody opens too many"},
    [UNAUTHORIZED] = {"bluegreen_http_unauthorized_total", METRIC_COUNTER, "",
        "HTTP requests answered with 401 because user or password were missing or wrong"},
    [LIMITED] = {"bluegreen_http_limited_total", METRIC_COUNTER, "",
        "HTTP requests answered with 429 because of the rate limit, or because too many passwords were being checked"},
    [TLS_FAILED] = {"bluegreen_http_tls_failed_total", METRIC_COUNTER, "",
        "HTTPS connections that ended before their TLS handshake did: no or wrong client certificate, or not TLS at all"},
    [PASSWORD_CHECKS] = {"bluegreen_http_password_checks_total", METRIC_COUNTER, "",
        "Checks (bcrypt) of passwords that were not known yet; rising without new clients means somebody is guessing"},
    [WEB_OK] = {"bluegreen_web_config_last_reload_successful", METRIC_GAUGE, "",
        "1 when web configuration and certificates were fine the last time they were read, 0 when older ones stayed in force"},
    [CERTIFICATE_END] = {"bluegreen_http_certificate_expiry_timestamp_seconds", METRIC_GAUGE, "",
        "When the certificate that HTTPS is served with ends, Unix time"},
    [CONNECTIONS] = {"bluegreen_http_connections", METRIC_GAUGE, "", "Open HTTP connections"},
    [PARKED] = {"bluegreen_http_parked_requests", METRIC_GAUGE, "", "Requests that wait for a fresh poll or for the check of a password"},
    [LOOP_LAG] = {"bluegreen_event_loop_lag_seconds", METRIC_GAUGE, "",
        "Longest delay of the agent's heartbeat since the last scrape; more than a second means it is starved"},
    [CPU] = {"process_cpu_seconds_total", METRIC_COUNTER, "", "User and system CPU time of the agent"},
    [RESIDENT] = {"process_resident_memory_bytes", METRIC_GAUGE, "", "Resident memory of the agent"},
    [VIRTUAL] = {"process_virtual_memory_bytes", METRIC_GAUGE, "", "Virtual memory of the agent"},
    [VIRTUAL_MAX] = {"process_virtual_memory_max_bytes", METRIC_GAUGE, "",
        "Most virtual memory the agent may have; 2^64 when there is no limit"},
    [OPEN_FDS] = {"process_open_fds", METRIC_GAUGE, "", "Open file descriptors of the agent"},
    [MAX_FDS] = {"process_max_fds", METRIC_GAUGE, "", "Most file descriptors the agent may open"},
    [NET_RECEIVED] = {"process_network_receive_bytes_total", METRIC_COUNTER, "",
        "Bytes of IP packets that came in, of the agent's whole network namespace, as the Go client has it"},
    [NET_SENT] = {"process_network_transmit_bytes_total", METRIC_COUNTER, "",
        "Bytes of IP packets that went out, of the agent's whole network namespace, as the Go client has it"},
    [START] = {"process_start_time_seconds", METRIC_GAUGE, "", "When the agent started, Unix time"},
};

static const struct {
    unsigned family;
    size_t place; /* of a double in struct agent_status */
} process[] = {
    {CPU, offsetof(struct agent_status, cpu_seconds)},
    {RESIDENT, offsetof(struct agent_status, resident_bytes)},
    {VIRTUAL, offsetof(struct agent_status, virtual_bytes)},
    {VIRTUAL_MAX, offsetof(struct agent_status, virtual_max_bytes)},
    {OPEN_FDS, offsetof(struct agent_status, open_fds)},
    {MAX_FDS, offsetof(struct agent_status, max_fds)},
    {NET_RECEIVED, offsetof(struct agent_status, received_bytes)},
    {NET_SENT, offsetof(struct agent_status, sent_bytes)},
    {START, offsetof(struct agent_status, start_seconds)},
};
/* clang-format on */

const struct collector collect_agent = {
    .name = "agent",
    .help = "The agent itself: process, configuration, HTTP.",
    FAMILIES(families),
};

static void emit_process(const struct agent_status *status, struct samples *samples)
{
    struct label labels[] = {{"version", str_of(status->version)},
                             {"commit_sha", NO_LABELS},
                             {"build_date", NO_LABELS},
                             {"golang_version", NO_LABELS}};
    samples_add(samples, BUILD, samples_labels(samples, labels, 1), 1);
    samples_add(samples, PEER_BUILD, samples_labels(samples, labels, 4), 1);
    for (size_t i = 0; i < sizeof process / sizeof process[0]; i++)
        samples_add(samples, process[i].family, NO_LABELS,
                    *(const double *)((const char *)status + process[i].place));
}

static void emit_web(const struct agent_status *status, struct samples *samples)
{
    samples_add(samples, UNAUTHORIZED, NO_LABELS, (double)status->http_unauthorized);
    samples_add(samples, LIMITED, NO_LABELS, (double)status->http_limited);
    if (status->web_certificate_end > 0)
        samples_add(samples, TLS_FAILED, NO_LABELS, (double)status->http_tls_failed);
    samples_add(samples, PASSWORD_CHECKS, NO_LABELS, (double)status->http_password_checks);
    samples_add(samples, WEB_OK, NO_LABELS, status->web_ok);
    if (status->web_certificate_end > 0)
        samples_add(samples, CERTIFICATE_END, NO_LABELS, status->web_certificate_end);
}

void agent_status_emit(const struct agent_status *status, struct samples *samples)
{
    collector_begin(COLLECT_AGENT, samples);
    if (status->process_families)
        emit_process(status, samples);
    samples_add(samples, TARGETS, NO_LABELS, status->targets);
    samples_add(samples, CONFIG_OK, NO_LABELS, status->config_ok);
    samples_add(samples, CONFIG_SECONDS, NO_LABELS, status->config_seconds);
    samples_add(samples, SCRAPES, NO_LABELS, (double)status->scrapes + 1);
    samples_add_suffix(samples, SCRAPE_SECONDS, NO_LABELS, SAMPLE_SUM, status->scrape_seconds_sum);
    samples_add_suffix(samples, SCRAPE_SECONDS, NO_LABELS, SAMPLE_COUNT, (double)status->scrapes);
    samples_add(samples, REQUEST_ERRORS, NO_LABELS, (double)status->scrape_request_errors);
    samples_add(samples, REQUESTS, NO_LABELS, (double)status->http_requests);
    samples_add(samples, REJECTED, NO_LABELS, (double)status->http_rejected);
    samples_add(samples, EVICTED, NO_LABELS, (double)status->http_evicted);
    if (status->web_given)
        emit_web(status, samples);
    samples_add(samples, CONNECTIONS, NO_LABELS, status->http_connections);
    samples_add(samples, PARKED, NO_LABELS, status->http_parked);
    samples_add(samples, LOOP_LAG, NO_LABELS, status->loop_lag_seconds);
}
