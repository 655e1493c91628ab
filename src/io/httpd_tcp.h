/*
 * httpd_tcp: how far a TCP connection has come, as the kernel counts it.
 */
#ifndef IO_HTTPD_TCP_H
#define IO_HTTPD_TCP_H

#include <stdint.h>

/* Bytes of payload received from the peer so far, and bytes of ours that the peer has acknowledged. */
struct tcp_progress {
    uint64_t received, acked;
};

/* Zeros when the kernel does not say (before Linux 4.1). */
struct tcp_progress tcp_progress(int fd);

#endif
