/*
 * status: what the agent itself knows, as samples: about a target (did the last poll succeed, how old is the
 * data), about its health, and about the agent. These are made at every scrape, because ages grow.
 */
#ifndef BLUEGREEN_STATUS_H
#define BLUEGREEN_STATUS_H

#include <bluegreen/judge.h>
#include <bluegreen/pair.h>
#include <bluegreen/question.h>
#include <bluegreen/samples.h>
#include <bluegreen/snapshot.h>
#include <bluegreen/survey.h>

/* Counters of one target, kept from its first poll on and through reloads. */
struct target_counters {
    uint64_t polls[ERR_KIND_COUNT]; /* ended polls by outcome */
    uint64_t connections;           /* opened to the target */
    uint64_t link_flaps;            /* a replica's link seen going down */
    uint64_t restarts;              /* a new run_id seen */
    uint64_t role_changes;
    double poll_seconds_sum; /* of polls that succeeded */
};

struct survey_status {
    enum survey_id id;
    enum err_kind outcome;   /* of the last run; ERR_PENDING: none has ended */
    bool shown;              /* its numbers are on /metrics; what follows is of the run they come from */
    double age_seconds;      /* of that run's end */
    double duration_seconds; /* from its start to its end, pauses included */
    double busy_seconds;     /* of it, waiting for the server */
    uint64_t keys;           /* looked at */
    bool truncated;
};

struct target_status {
    enum err_kind outcome;           /* of the last poll that ended */
    const struct snapshot *snapshot; /* the newest one, also after a failed poll; NULL: none yet */
    double age_seconds;              /* of the snapshot */
    double last_poll_seconds;        /* duration of the last poll, failed ones included */
    const struct target_counters *counters;
    uint32_t samples_dropped;
    enum service service;
    const struct survey_status *surveys; /* those that are configured here */
    unsigned survey_count;
};

void surveys_status_emit(const struct survey_status *surveys, unsigned count, struct samples *samples);

void target_status_emit(const struct target_status *status, struct samples *samples);

/* What the checks say of a target or a pair; <subject> may be NULL: nothing was judged yet. */
void health_status_emit(const struct policy *policy, const struct subject *subject, struct samples *samples);

void pair_status_emit(const struct pair_view *view, struct samples *samples);

/* A list of targets, a discovery, and what of both is not watched: samples of the agent. */
struct target_list_status {
    const char *file;
    bool ok; /* the last time it was read */
    unsigned targets;
    double success_seconds; /* when it was read well, Unix seconds; 0 = never */
};
void target_list_emit(const struct target_list_status *status, struct samples *samples);

struct discovery_status {
    const char *discovery;
    bool ok; /* the last attempt */
    unsigned targets;
    double age_seconds; /* of the last that succeeded; negative: none did */
};
void discovery_emit(const struct discovery_status *status, struct samples *samples);

void targets_left_out_emit(unsigned duplicates, unsigned beyond, struct samples *samples);

/* Servers that scrapes named. */
void adhoc_emit(unsigned servers, struct samples *samples);
/* What was decided about a pair: the side meant to take writes; and whether it could be switched now. */
void pair_decided_emit(enum side designated, bool cutover_ready, struct samples *samples);

struct agent_status {
    const char *version;
    double start_seconds; /* Unix seconds */
    double cpu_seconds;   /* user and system */
    double resident_bytes, virtual_bytes, virtual_max_bytes;
    double open_fds, max_fds;
    double received_bytes, sent_bytes; /* of the network namespace */
    unsigned targets;
    bool config_ok;        /* the last load or reload succeeded */
    double config_seconds; /* when the running configuration was loaded, Unix seconds */
    uint64_t scrapes;      /* answered before this one */
    double scrape_seconds_sum;
    uint64_t scrape_request_errors; /* of scrapes of an address that the caller names */
    uint64_t http_requests, http_rejected, http_evicted;
    unsigned http_connections, http_parked;
    uint64_t http_unauthorized, http_limited, http_tls_failed, http_password_checks;
    bool web_given, web_ok;     /* a web configuration is in force; its files were fine when last read */
    double web_certificate_end; /* Unix seconds; 0: no HTTPS */
    double loop_lag_seconds;    /* longest delay of the event loop's heartbeat since the last scrape */
    bool process_families;      /* false: redis_only_metrics */
};

void agent_status_emit(const struct agent_status *status, struct samples *samples);

#endif
