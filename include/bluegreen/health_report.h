/*
 * health_report: what the checks say, as application/health+json and as text, for machines and people alike.
 */
#ifndef BLUEGREEN_HEALTH_REPORT_H
#define BLUEGREEN_HEALTH_REPORT_H

#include <bluegreen/buf.h>
#include <bluegreen/judge.h>

/* A target or a pair. */
struct health_entry {
    const char *name; /* "redis" for the nameless target */
    bool is_pair;
    const struct policy *policy;
    const struct subject *subject; /* NULL: nothing was judged yet, which is not healthy */
    const struct facts *facts;     /* of the newest snapshot, or NULL */
    const char *outcome_text;      /* why the last poll failed; "" when it did not */
    double age_seconds;            /* of that snapshot */
    double wall_seconds;           /* when it was taken, Unix seconds */
};

bool health_entry_ok(const struct health_entry *entry);

/* Whether every entry is healthy; none at all is not. */
bool health_report_ok(const struct health_entry *entries, size_t count);

/* <all>: with the checks that pass. <out> has failed when there was no memory for all of it. */
void health_report_json(const struct health_entry *entries, size_t count, bool all, const char *version,
                        struct buf *out);

/* One line per check: "[+]blue reachable ok" or "[-]green replica_link failed: link_down: sentence". */
void health_report_text(const struct health_entry *entries, size_t count, bool all, struct buf *out);

/* The first check that does not pass, as a sentence; nothing when all do. */
void health_report_why(const struct health_entry *entry, struct buf *out);

#endif
