/*
 * health_report: verdicts as application/health+json, for machines and people alike.
 */
#ifndef BLUEGREEN_HEALTH_REPORT_H
#define BLUEGREEN_HEALTH_REPORT_H

#include <bluegreen/buf.h>
#include <bluegreen/checks.h>

struct health_entry {
    const char *target; /* name; "redis" for the nameless one */
    struct verdict verdict;
    const struct facts *facts; /* of the newest snapshot, or NULL */
    double age_seconds;        /* of that snapshot */
    double wall_seconds;       /* when it was taken, Unix seconds */
};

/* Whether every entry is healthy; none at all is not. */
bool health_report_ok(const struct health_entry *entries, size_t count);

/* <out> has failed when there was no memory for all of it. */
void health_report_json(const struct health_entry *entries, size_t count, const char *version,
                        struct buf *out);

/* One line per check: "[+]blue reachable ok" or "[-]green replica_link failed: link_down: sentence". */
void health_report_text(const struct health_entry *entries, size_t count, struct buf *out);

#endif
