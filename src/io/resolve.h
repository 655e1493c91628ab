/*
 * resolve: names to addresses, off the loop (libuv's thread pool), cancellable by forgetting.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include <bluegreen/err.h>
#include <uv.h>

#define RESOLVE_ADDRESSES_MAX 8
#define RESOLVE_TEXT_MAX      64

struct addresses {
    char text[RESOLVE_ADDRESSES_MAX][RESOLVE_TEXT_MAX]; /* numeric, without brackets */
    unsigned count;
};

/* Whether <host> is an address already, of either family. */
bool resolve_is_numeric(const char *host);

struct resolve;

/* Calls <done> once, later, unless it is forgotten. NULL: could not start. */
struct resolve *resolve_start(uv_loop_t *loop, const char *host,
                              void (*done)(void *arg, const struct addresses *found, const struct err *why),
                              void *arg);

/* The answer is not wanted any more; the request ends by itself. NULL is fine. */
void resolve_forget(struct resolve *resolve);

#endif
