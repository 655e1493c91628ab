/*
 * metrics: reading what /metrics says, line by line, as strictly as a scraper should.
 */
#ifndef SUPPORT_METRICS_H
#define SUPPORT_METRICS_H

#include "support/test.h"

/* The value of one series, written as the page writes it: metric(text, "redis_up{target=\"%s\"}", "blue"). */
double metric(const char *text, const char *series, ...) __attribute__((format(printf, 2, 3)));

/* Whether the series is there. */
bool metric_has(const char *text, const char *series, ...) __attribute__((format(printf, 2, 3)));

/* How many series of this exact name have a label set that contains <part> ("" for all). */
unsigned metric_count(const char *text, const char *name, const char *part);

/*
 * Fails unless the text is a page that a scraper takes: every line is HELP, TYPE or a sample; every family is
 * announced once, before its samples, and holds together; no series comes twice; all of it is UTF-8.
 */
void metrics_assert_well_formed(const char *text);

#endif
