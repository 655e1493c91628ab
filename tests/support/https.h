/*
 * https: the client of http.h over TLS, on a connection that is kept.
 */
#ifndef SUPPORT_HTTPS_H
#define SUPPORT_HTTPS_H

#include "support/http.h"

struct https;

/* The files a client has; NULL: it does not look at the server's certificate, or shows none itself. */
struct https_files {
    const char *ca, *cert, *key;
    int max_version; /* 0: the newest; TLS1_2_VERSION and the like */
};

/*
 * A connection to "localhost" on the port, handshake done; NULL when it fails. A server that refuses the
 * client's certificate may say so only when the first request is made. Closed with the test.
 */
struct https *https_connect(unsigned port, const struct https_files *files);

/* One request on it and its answer; status 0: there was none. <headers> as in http_ask(). */
struct http_answer https_ask(struct https *https, const char *path, const char *headers);

/* The serial number of the server's certificate. */
const char *https_serial(struct https *https);

/* Says good-bye and closes. */
void https_close(struct https *https);

#endif
