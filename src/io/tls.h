/*
 * tls: the client side of TLS towards Redis, as OpenSSL does it. Files are read anew for every connection, so
 * a renewed certificate is used without a restart.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "io/conf.h"
#include <openssl/ssl.h>

/* Verifies chain and name unless told otherwise. ERR_TLS names the file or setting. The caller owns the
 * result. */
SSL *tls_client_new(const struct conf_tls *tls, const char *host, struct err *err);

/* Why the handshake failed, as far as OpenSSL knows: the certificate's fault or the newest error; never NULL.
 */
const char *tls_failure(const SSL *ssl);

#endif
