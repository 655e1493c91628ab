/*
 * web_cipher: the names that the exporter-toolkit (Go) has for cipher suites and curves, and what GnuTLS
 * calls them.
 *
 * GnuTLS chooses key exchanges, ciphers and MACs, not suites: a list that is not closed under combination
 * would let more in than was written. Whoever uses a priority text asks web_cipher_listed() about every suite
 * that comes out of it.
 */
#ifndef IO_WEB_CIPHER_H
#define IO_WEB_CIPHER_H

#include "io/web_conf.h"

bool web_cipher_known(struct str name);
bool web_curve_known(struct str name);

/* All names, joined by ", ", for messages. */
void web_cipher_names(struct buf *out);
void web_curve_names(struct buf *out);

/* The priority text of GnuTLS for these settings, NUL-terminated. */
void web_priority(const struct web_tls *tls, struct buf *out);

/*
 * Whether the suite GnuTLS calls <suite> ("TLS_ECDHE_RSA_AES_128_GCM_SHA256") is one of the list, or the list
 * says nothing about it: suites of TLS 1.3 follow from the ciphers of the others.
 */
bool web_cipher_listed(const struct web_tls *tls, const char *suite);

#endif
