/*
 * httpd_tls: the server side of TLS, as GnuTLS does it for libmicrohttpd.
 *
 * libmicrohttpd makes a session for every connection with credentials of its own, which it reads once. We put
 * those of the present generation in their place before the handshake begins, so certificates, client
 * authorities and versions change without a restart and without touching connections that are open.
 *
 * A client that speaks plain HTTP is told so in plain HTTP.
 *
 * Bytes go through functions of ours, which count whether anything moved: libmicrohttpd (0.9.75 to 1.0.1)
 * takes a connection whose handshake waits for the client for one that has something to do, and would have
 * the loop turn at full speed until the client deigns to go on.
 */
#ifndef IO_HTTPD_TLS_H
#define IO_HTTPD_TLS_H

#include "io/web_conf.h"

struct tls_server;

/* Reads certificates and keys. ERR_TLS names the file and the reason. */
struct tls_server *tls_server_new(const struct web_tls *tls, struct err *err);
void tls_server_free(struct tls_server *server);

/* When the certificate ends, Unix seconds; 0: not known. */
double tls_server_expiry(const struct tls_server *server);

/* The TLS side of one connection; <server> must live as long as it. */
struct tls_peer {
    const struct tls_server *server; /* NULL: no TLS */
    int fd;
    uint64_t *moves;          /* incremented when bytes, or the end of them, went either way */
    bool greeted;             /* its first bytes were looked at */
    bool finished;            /* the handshake is over */
    uint64_t handshake_bytes; /* received by then */
};

/* <session>: the gnutls_session_t of a connection that has not begun its handshake. */
bool tls_server_dress(const struct tls_server *server, void *session, int fd, uint64_t *moves,
                      struct tls_peer *peer);

#endif
