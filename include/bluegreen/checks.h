/*
 * checks: is this server well enough to be used, and if not, why.
 *
 * Each check is one row: a name, what it means for people, and a small pure evaluator over the newest
 * snapshot. To add one: an evaluator and a row in checks.c; it then shows in /health, in the metrics
 * bluegreen_health_check…, and in the documentation.
 *
 * A verdict that cannot be known is "unknown", and unknown is not healthy: an agent that has not seen a
 * server must not send traffic to it.
 */
#ifndef BLUEGREEN_CHECKS_H
#define BLUEGREEN_CHECKS_H

#include <bluegreen/err.h>
#include <bluegreen/snapshot.h>

enum check_status { CHECK_UNKNOWN = 0, CHECK_PASS, CHECK_WARN, CHECK_FAIL };

/* What the checks look at. */
struct health_input {
    const struct snapshot *snapshot; /* newest; NULL: none yet */
    enum err_kind outcome;           /* of the last poll; ERR_PENDING: none ended */
    const char *outcome_text;        /* its sentence */
    double age_seconds;              /* of the snapshot */
    double stale_after_seconds;      /* an older one says nothing any more */
};

struct check_result {
    enum check_status status;
    const char *reason;  /* stable word: "ok", an err_word(), "link_down", … */
    double value, limit; /* what was seen and its limit, when has_value */
    bool has_value;
    char text[160]; /* for people */
};

enum check_id {
    CHECK_ID_REACHABLE = 0,
    CHECK_ID_FRESH,
    CHECK_ID_LOADING,
    CHECK_ID_REPLICA_LINK,
    CHECK_COUNT
};

struct check {
    const char *name; /* as URLs and labels have it */
    const char *help;
    const char *unit; /* of value and limit: "s", "bytes"; "" = none */
    void (*evaluate)(const struct health_input *input, struct check_result *result);
};

extern const struct check checks[CHECK_COUNT];

struct verdict {
    enum check_status status; /* the worst of the results */
    struct check_result results[CHECK_COUNT];
};

void verdict_judge(const struct health_input *input, struct verdict *ret);

/* What a load balancer hears: only pass and warn are healthy. */
bool verdict_healthy(const struct verdict *verdict);

const char *check_status_word(enum check_status status); /* "unknown", "pass", "warn", "fail" */

#endif
