/*
 * filter: the series that nobody is to see, by patterns of the configuration.
 *
 *     redis_config_*                     a family, by its name as it is shown
 *     redis_db_keys{db="db1*"}           of a family, the series whose label has such a value
 *
 * '*' stands for any bytes, in names and values. A value is compared as it is, without escapes. Made once for
 * a configuration; what it costs afterwards is one look per family, and one at the labels of those families
 * that a pattern with a label names.
 */
#ifndef BLUEGREEN_FILTER_H
#define BLUEGREEN_FILTER_H

#include <bluegreen/arena.h>
#include <bluegreen/samples.h>

#define FILTER_SERIES_MAX 63u /* patterns with a label */

struct filter_pattern {
    struct str family; /* glob */
    struct str label;  /* name; empty: the whole family */
    struct str value;  /* glob */
};

/* Slices of <text>. False: it is no pattern. */
bool filter_pattern_parse(struct str text, struct filter_pattern *ret);

/* Whether there is a family, under names that begin with <prefix> instead of "redis", that it names. */
bool filter_pattern_known(const struct filter_pattern *pattern, struct str prefix);

/* Lists of patterns, each ended by NULL. */
struct filter_lists {
    const char *const *allow;  /* names; when there are any, nothing else is shown */
    const char *const *deny;   /* names */
    const char *const *series; /* with labels; at most FILTER_SERIES_MAX */
};

struct filter;

/* In <arena>, with slices of the lists, which must be patterns and live as long. NULL: no memory. */
struct filter *filter_new(struct arena *arena, const struct filter_lists *lists, struct str prefix);

/* Whether a family, by its index in the registry, is not shown at all. */
bool filter_hides(const struct filter *filter, unsigned family);

/* Whether some of its series may not be shown; then those with such labels (escaped text) are not. */
bool filter_looks(const struct filter *filter, unsigned family);
bool filter_denies(const struct filter *filter, unsigned family, struct str labels);

#endif
