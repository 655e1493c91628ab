/*
 * pipeline: from a server's replies to what the agent shows, as in a poll round and a scrape, but without
 * loop, sockets and clock: the rounds are fixtures and the time is fixed.
 */
#ifndef TEST_PIPELINE_H
#define TEST_PIPELINE_H

#include <bluegreen/buf.h>
#include <bluegreen/collector.h>
#include <bluegreen/expo.h>
#include <bluegreen/health_report.h>
#include <bluegreen/status.h>

#define PIPELINE_NOW 1700000000.25 /* wall clock, Unix seconds */

/* A server that was polled once. */
struct pipeline {
    struct snapshot *snapshot;
    struct samples samples; /* what the collectors show of it */
    struct target_counters counters;
};

/* A snapshot with everything that <server> answered in <state>; the collectors' samples are sealed. */
void pipeline_init(struct pipeline *p, const char *server, const char *state);
void pipeline_done(struct pipeline *p);

/* A snapshot with this INFO and no other part: NULL when the text is no INFO. */
struct snapshot *snapshot_of(struct str info_text);

/*
 * A few checks like those that are shipped. The shipped ones are tested in health_file_test.c; a golden file
 * should not change with every limit.
 */
enum pipeline_check {
    PIPELINE_REACHABLE = 0,
    PIPELINE_FRESH,
    PIPELINE_LOADING,
    PIPELINE_REPLICA_LINK,
    PIPELINE_KEY_COUNT,
    PIPELINE_CHECKS
};
const struct policy *pipeline_policy(void);

/* The health of the snapshot by these checks, polled a moment ago; freed with subject_free(). */
struct subject *pipeline_judge(const struct pipeline *p);

/* The text of /metrics for these targets; <names>: their label, or NULL for a nameless one. */
void pipeline_metrics(const struct pipeline *targets, const char *const *names, size_t count, bool agent,
                      struct buf *out);

/* The same in one of the formats. */
void pipeline_expose(const struct pipeline *targets, const char *const *names, size_t count, bool agent,
                     enum expo_format format, struct buf *out);

/* The answer of /health. */
void pipeline_health(const struct pipeline *targets, const char *const *names, size_t count, struct buf *out);

/* Value of the series "name{labels}" in a text of /metrics; fails the test when it is not there. */
double metric_value(struct str text, const char *series);

/* Whether there is such a series. */
bool metric_exists(struct str text, const char *series);

#endif
