/*
 * gzip: the one place that knows zlib.
 *
 * Made for pages of metrics: hundreds of kilobytes, lines much like the line before.
 */
#ifndef IO_GZIP_H
#define IO_GZIP_H

#include <bluegreen/buf.h>

/* Adds <plain> to <out> as one member of gzip. False, and <out> as it was or failed, when there is no memory.
 */
bool gzip_add(struct buf *out, struct str plain);

#endif
