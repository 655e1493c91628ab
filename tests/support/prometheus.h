/* prometheus: the real one, scraping what a test tells it to. */
#ifndef SUPPORT_PROMETHEUS_H
#define SUPPORT_PROMETHEUS_H

#include "support/test.h"
#include <jansson.h>

/* Its executable; promtool is beside it. */
const char *prometheus_path(void);

/* Starts it with this scrape jobs (YAML flow mappings, joined by commas); returns its port once it listens.
 */
unsigned prometheus_start(const char *jobs);

/* The "data" of an API answer, to be released; NULL while there is none. */
json_t *prometheus_ask(unsigned port, const char *path);

/* The value of an instant query that gives one sample; -1 while it does not. */
double prometheus_query(unsigned port, const char *expression);

#endif
