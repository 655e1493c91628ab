/*
 * view: how a scraper wants to see the numbers: format, compression, and which collectors.
 *
 *     ?collect[]=info&collect[]=keyspace     only these, and always the families of "target" (redis_up)
 *     ?exclude[]=commandstats                all but these
 *
 * It is a choice of what is shown. A poll is shared by everybody, so the server is asked the same either way.
 */
#ifndef AGENT_VIEW_H
#define AGENT_VIEW_H

#include "io/httpd.h"
#include <bluegreen/negotiate.h>

struct view {
    struct negotiated negotiated;
    bool gzip;       /* is welcome */
    uint64_t hidden; /* collectors left out: bit n is collector n */
};

/* The names of its query parameters, for the table of routes. */
#define VIEW_PARAMS "collect[]", "exclude[]"

/* False: <mistake> is a line for whoever asked. */
bool view_read(const struct http_request *request, struct view *ret, struct buf *mistake);

#endif
