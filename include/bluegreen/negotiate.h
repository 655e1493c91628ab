/*
 * negotiate: what a scraper asks for in Accept and Accept-Encoding, and what it is given.
 *
 * Offered are text 0.0.4 and OpenMetrics 1.0.0. The highest q wins; between equals the one named more
 * exactly, then the one named first. Without the header, with wildcards only, and when nothing offered is
 * acceptable it is text 0.0.4: a scraper that cannot read it would not have asked for metrics. OpenMetrics
 * 0.0.1 and text 1.0.0 are not offered.
 *
 * A clause that is malformed counts as not written. Of each header the first NEGOTIATE_CLAUSES_MAX are read.
 */
#ifndef BLUEGREEN_NEGOTIATE_H
#define BLUEGREEN_NEGOTIATE_H

#include <bluegreen/expo.h>

#define NEGOTIATE_CLAUSES_MAX 64u

/*
 * How names outside of [a-zA-Z0-9_:] are to be written (Prometheus 3). None of ours are, so every way is
 * ours, and the answer repeats what was asked.
 */
enum expo_escaping {
    ESCAPING_UNASKED = 0,
    ESCAPING_UNDERSCORES,
    ESCAPING_DOTS,
    ESCAPING_VALUES,
    ESCAPING_ALLOW_UTF8,
    ESCAPING_COUNT
};

struct negotiated {
    enum expo_format format;
    enum expo_escaping escaping;
};

struct negotiated negotiate_format(struct str accept);

/* Content-Type of the answer. */
const char *negotiate_content_type(struct negotiated negotiated);

/* Whether gzip is named with a q above 0 and not below that of identity. */
bool negotiate_gzip(struct str accept_encoding);

#endif
