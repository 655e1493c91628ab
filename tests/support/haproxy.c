#include "support/haproxy.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONFIG PROJECT_DIR "/deploy/haproxy/redis.cfg"

const char *haproxy_path(enum haproxy_kind kind)
{
    static const char *const names[] = {"haproxy", "haproxy-3.0"};
    char *out = NULL, *err = NULL;
    if (proc_run((const char *const[]){SERVERS_SCRIPT, names[kind], NULL}, NULL, &out, &err) != 0)
        fail_msg("there is no %s: %s", names[kind], err);
    out[strcspn(out, "\n")] = '\0';
    return out;
}

struct haproxy *haproxy_start(enum haproxy_kind kind, const struct agent *agent, unsigned check_port,
                              const struct redis *blue, const struct redis *green)
{
    struct haproxy *haproxy = test_alloc(sizeof *haproxy);
    *haproxy = (struct haproxy){NULL, test_free_port(), test_free_port(), test_free_port()};
    const char *env[] = {test_text("BLUE_PORT=%u", blue->port),
                         test_text("GREEN_PORT=%u", green->port),
                         test_text("AGENT_PORT=%u", agent->port),
                         test_text("AGENT_CHECK_PORT=%u", check_port),
                         test_text("WRITE_BIND=127.0.0.1:%u", haproxy->write_port),
                         test_text("READ_BIND=127.0.0.1:%u", haproxy->read_port),
                         test_text("STATS_BIND=127.0.0.1:%u", haproxy->stats_port),
                         NULL};
    haproxy->proc = proc_start((const char *const[]){haproxy_path(kind), "-db", "-f", CONFIG, NULL}, env);
    WAIT_UNTIL(!proc_running(haproxy->proc) || http_connect(haproxy->stats_port) >= 0, SOON_MS);
    if (!proc_running(haproxy->proc))
        fail_msg("HAProxy does not start:\n%s", proc_err(haproxy->proc));
    return haproxy;
}

/* ---- statistics ------------------------------------------------------------------------------------- */

/* All that it answers, in memory of one test program: a test asks hundreds of times. */
static char *fetch(unsigned port)
{
    static const char request[] = "GET /;csv;norefresh HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    static char answer[64 << 10];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t len = 0;
    ssize_t got = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0)
        for (; got > 0 && len<sizeof answer - 1; len += got> 0 ? (size_t)got : 0)
            got = recv(fd, answer + len, sizeof answer - 1 - len, 0);
    if (fd >= 0)
        close(fd);
    answer[len] = '\0';
    return answer;
}

/* HAProxy sends chunks, in whatever version it is asked. */
static const char *statistics(const struct haproxy *haproxy)
{
    char *answer = fetch(haproxy->stats_port), *chunk = strstr(answer, "\r\n\r\n"), *end = answer;
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || !chunk)
        fail_msg("HAProxy's statistics say \"%s\"", answer);
    for (chunk += 4; *chunk;) {
        char *from;
        size_t size = strtoul(chunk, &from, 16);
        if (size == 0 || size + 4 > strlen(from))
            break;
        memmove(end, from + 2, size);
        end += size;
        chunk = from + 2 + size + 2;
    }
    *end = '\0';
    return answer;
}

/* Text with commas in it stands in quotes. */
static size_t field_length(const char *field)
{
    return *field == '"' ? strcspn(field + 1, "\"\n") + 2 : strcspn(field, ",\n");
}

/* The field number <index>; the end of the line when there are fewer. */
static const char *field_at(const char *line, unsigned index)
{
    for (; index; index--) {
        line += field_length(line);
        line += *line == ',';
    }
    return line;
}

static unsigned column_at(const char *head, const char *column)
{
    unsigned i = 0;
    size_t len = strlen(column);
    const char *name = head;
    while (*name && *name != '\n' && (strncmp(name, column, len) != 0 || name[len] != ','))
        name = field_at(head, ++i);
    return i;
}

const char *haproxy_field(const struct haproxy *haproxy, const char *backend, const char *server,
                          const char *column)
{
    const char *table = statistics(haproxy);
    const char *line = strstr(table, test_text("\n%s,%s,", backend, server));
    if (!line)
        fail_msg("HAProxy's statistics have no %s/%s:\n%s", backend, server, table);
    const char *field = field_at(line + 1, column_at(table, column));
    return test_text("%.*s", (int)field_length(field), field);
}

bool haproxy_is(const struct haproxy *haproxy, const char *backend, const char *server, const char *status)
{
    return strncmp(haproxy_field(haproxy, backend, server, "status"), status, strlen(status)) == 0;
}
