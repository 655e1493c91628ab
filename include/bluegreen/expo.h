/*
 * expo: samples to the text of /metrics.
 *
 * Prometheus wants all samples of a family together, whatever target they are of. Every source is ordered by
 * family already, so this is a merge: for each family one header, then each source's run of it.
 */
#ifndef BLUEGREEN_EXPO_H
#define BLUEGREEN_EXPO_H

#include <bluegreen/buf.h>
#include <bluegreen/filter.h>
#include <bluegreen/samples.h>

struct expo_source {
    struct str labels;             /* of the whole source: target="blue", or NO_LABELS */
    const struct samples *samples; /* sealed */
};

enum expo_format { EXPO_TEXT = 0, EXPO_OPENMETRICS, EXPO_FORMATS }; /* text 0.0.4, OpenMetrics 1.0 */

struct expo_options {
    struct str prefix; /* instead of "redis" at the start of names */
    enum expo_format format;
    uint64_t hidden;             /* collectors whose families are left out: bit n is collector n */
    const struct filter *filter; /* NULL: nothing is filtered */
};

#define EXPO_CONTENT_TYPE             "text/plain; version=0.0.4; charset=utf-8"
#define EXPO_CONTENT_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/*
 * The text. A series has the same name and labels in both formats; OpenMetrics differs in what is said about
 * a family: a counter's family is named without _total, one whose name has no _total is of unknown type, the
 * unit is told where the name ends in it, and "# EOF" ends it all. <cursors>: room for one number per source,
 * overwritten.
 */
void expo_write(struct buf *out, const struct expo_options *options, const struct expo_source *sources,
                size_t count, uint32_t *cursors);

/* --list-metrics: name, type, labels and help of every family, separated by tabs. */
void expo_list(struct buf *out, const struct expo_options *options);

#endif
