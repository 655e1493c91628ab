/*
 * check_report: what `redis-bluegreen check` prints: the first line as monitoring plugins have it, and for
 * --explain what each check saw, of what, against which limits, and what to do.
 *
 *   CRITICAL - green: lag_bytes 24 MB, at most 16 MB | lag_bytes=25165824;1048576;16777216
 */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include <bluegreen/health_report.h>
#include <bluegreen/question.h>

/* Exit codes of monitoring plugins. */
enum { PLUGIN_OK = 0, PLUGIN_WARNING = 1, PLUGIN_CRITICAL = 2, PLUGIN_UNKNOWN = 3 };

/* Of all entries together. */
int check_code(const struct health_entry *entries, size_t count);

/* The first line, its end included. */
void check_line(const struct health_entry *entries, size_t count, struct buf *out);

/* Every check that looked. */
void check_explain(const struct health_entry *entry, struct buf *out);

/* Both for a question that a load balancer may ask about <name>; <explain>: with what was looked at. */
void check_question(const char *name, enum question question, const struct question_input *input,
                    bool explain, struct buf *out);

#endif
