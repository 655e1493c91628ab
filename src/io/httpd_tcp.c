/*
 * httpd_tcp: how far a TCP connection has come, as the kernel counts it.
 *
 * A file of its own because libc's struct tcp_info lacks these counters and the kernel's header, which has
 * them, does not go together with libc's, which <uv.h> includes.
 */
#include "io/httpd_tcp.h"
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct tcp_progress tcp_progress(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return (struct tcp_progress){0, 0};
    return (struct tcp_progress){.received = info.tcpi_bytes_received, .acked = info.tcpi_bytes_acked};
}
