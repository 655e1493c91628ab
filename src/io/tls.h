/*
 * tls: the client side of TLS towards Redis, as OpenSSL does it.
 *
 * Reading the authorities costs milliseconds and megabytes, so one context serves all connections with the
 * same files, and is made anew when one of them looks different: a renewed certificate is used by the next
 * connection, without a restart, and connections that are open go on with what they have.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "io/conf.h"
#include <openssl/ssl.h>

/* Contexts by the files they were made of; {NULL} is empty. */
struct tls_contexts {
    struct tls_context *newest;
};

#define TLS_CONTEXTS_MAX 64u /* kept; the one used longest ago goes */

/* Verifies chain and name unless told otherwise. ERR_TLS names the file or setting. The caller owns the
 * result. */
SSL *tls_client_new(struct tls_contexts *contexts, const struct conf_tls *tls, const char *host,
                    struct err *err);

/* What was made of them lives on. */
void tls_contexts_done(struct tls_contexts *contexts);

/* How many are kept, for tests. */
unsigned tls_contexts_count(const struct tls_contexts *contexts);

/* Why the handshake failed, as far as OpenSSL knows: the certificate's fault or the newest error; never NULL.
 */
const char *tls_failure(const SSL *ssl);

#endif
