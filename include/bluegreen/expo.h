/*
 * expo: samples to the text of /metrics.
 *
 * Prometheus wants all samples of a family together, whatever target they are of. Every source is ordered by
 * family already, so this is a merge: for each family one header, then each source's run of it.
 */
#ifndef BLUEGREEN_EXPO_H
#define BLUEGREEN_EXPO_H

#include <bluegreen/buf.h>
#include <bluegreen/samples.h>

struct expo_source {
    struct str labels;             /* of the whole source: target="blue", or NO_LABELS */
    const struct samples *samples; /* sealed */
};

struct expo_options {
    struct str prefix; /* instead of "redis" at the start of names */
};

#define EXPO_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Text format 0.0.4. <cursors>: room for one number per source, overwritten. */
void expo_write(struct buf *out, const struct expo_options *options, const struct expo_source *sources,
                size_t count, uint32_t *cursors);

/* --list-metrics: name, type, labels and help of every family, separated by tabs. */
void expo_list(struct buf *out, const struct expo_options *options);

#endif
