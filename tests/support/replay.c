/*
 * replay: thousands of Redis servers in one process, played from what real ones answered.
 *
 * usage: replay PORT DIRECTORY...        e.g. replay 7000 tests/fixtures/redis-6.0/primary
 *
 * Every address 127.1.x.y is a server of its own on the one PORT (0: the kernel chooses one), seen from
 * loopback only; several directories take turns over the addresses. A command is looked up in the agent's own
 * table and answered with the file of that name, whatever its arguments; what the file is missing for is an
 * unknown command, and what belongs to the handshake gets +OK. The first line of stdout is the port.
 *
 * It also is the witness of punctuality: it notes when each server was asked for INFO.
 *
 *   REPLAY RESET MS    forgets all counts; from now on a pause of more than MS between two INFO is late
 *   REPLAY STATS       lines "name value", see add_stats()
 */
#include "unit/support/fixture.h"
#include <bluegreen/buf.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

enum {
    SERVERS = 1 << 16, /* addresses 127.1.0.0 to 127.1.255.255 */
    DIRECTORIES_MAX = 8,
    TEXT_MAX = 128, /* of a command; nothing longer is known */
    READ_BYTES = 64 << 10,
    ANSWER_MAX = 16 << 20
};

struct known {
    char text[TEXT_MAX]; /* "CONFIG GET maxmemory" */
    struct str answer;   /* no bytes: the server does not know it */
};

struct place {
    uint64_t last_ns, gap_ns; /* of INFO: the last one, and the longest pause */
    uint32_t infos;
};

struct counts {
    uint64_t connections, commands, batches, late;
};

struct client {
    uv_tcp_t tcp;
    struct place *server;
    const struct known *known;
    char *rest; /* of a command that has not come whole */
    size_t rest_len;
};

static struct known known[DIRECTORIES_MAX][CMD_COUNT];
static unsigned directory_count, open_count;
static struct place places[SERVERS];
static struct counts counts;
static uint64_t late_ns = UINT64_MAX;
static char read_bytes[READ_BYTES];
static struct buf out; /* of the batch that is being answered */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "replay: %s: %s\n", what, why);
    exit(1);
}

static void check(int code, const char *what)
{
    if (code < 0)
        die(what, uv_strerror(code));
}

/* ---- answers ---------------------------------------------------------------------------------------- */

static void load(const char *directory, struct known *rows, struct arena *arena)
{
    char path[1024];
    for (unsigned i = 0; i < CMD_COUNT; i++) {
        const char *name = fixture_name((enum cmd_id)i);
        struct str text = cmd_text((enum cmd_id)i, rows[i].text, TEXT_MAX - 1);
        rows[i].text[text.len] = '\0';
        if (!name) {
            rows[i].answer = STR("+OK\r\n");
            continue;
        }
        snprintf(path, sizeof path, "%s/%s.resp", directory, name);
        rows[i].answer = file_bytes(path, arena);
    }
    if (!rows[CMD_INFO].answer.ptr)
        die(directory, "there is no info.resp in it");
}

/* The row with the most words that <command> begins with. */
static const struct known *find(const struct known *rows, const char *command)
{
    const struct known *best = NULL;
    size_t best_len = 0;
    for (unsigned i = 1; i < CMD_COUNT; i++) {
        size_t len = strlen(rows[i].text);
        if (len > best_len && strncmp(rows[i].text, command, len) == 0 &&
            (command[len] == '\0' || command[len] == ' ')) {
            best = &rows[i];
            best_len = len;
        }
    }
    return best;
}

static void note_info(struct place *server)
{
    uint64_t now = uv_hrtime(), gap = server->last_ns ? now - server->last_ns : 0;
    server->last_ns = now;
    server->infos++;
    if (gap > server->gap_ns)
        server->gap_ns = gap;
    counts.late += gap > late_ns;
}

static void reset(const char *ms)
{
    memset(&counts, 0, sizeof counts);
    late_ns = strtoull(ms, NULL, 10) * 1000000u;
    for (unsigned i = 0; i < SERVERS; i++) {
        places[i].infos = 0;
        places[i].gap_ns = 0;
    }
}

static void add_stats(struct buf *text)
{
    uint64_t infos = 0, gap = 0, silent = 0;
    uint32_t least = UINT32_MAX, seen = 0;
    for (unsigned i = 0; i < SERVERS; i++) {
        if (!places[i].last_ns)
            continue;
        uint64_t pause = uv_hrtime() - places[i].last_ns;
        seen++;
        infos += places[i].infos;
        least = places[i].infos < least ? places[i].infos : least;
        gap = places[i].gap_ns > gap ? places[i].gap_ns : gap;
        silent = pause > silent ? pause : silent;
    }
    buf_fmt(text, "connections %llu\nopen %u\ncommands %llu\nbatches %llu\nlate %llu\n",
            (unsigned long long)counts.connections, open_count, (unsigned long long)counts.commands,
            (unsigned long long)counts.batches, (unsigned long long)counts.late);
    /* Servers ever asked; INFO since the reset, and of the one asked least; longest pause between two, and up
     * to now */
    buf_fmt(text, "servers %u\ninfos %llu\nleast %u\nlongest_ms %llu\nsilent_ms %llu\n", seen,
            (unsigned long long)infos, seen ? least : 0, (unsigned long long)(gap / 1000000u),
            (unsigned long long)(silent / 1000000u));
}

static void answer(struct client *client, const char *command)
{
    if (strncmp(command, "REPLAY RESET ", 13) == 0) {
        reset(command + 13);
        buf_text(&out, "+OK\r\n");
        return;
    }
    if (strcmp(command, "REPLAY STATS") == 0) {
        struct buf text;
        buf_init(&text, READ_BYTES);
        add_stats(&text);
        buf_fmt(&out, "$%zu\r\n" STR_FMT "\r\n", text.len, STR_ARG(buf_view(&text)));
        buf_done(&text);
        return;
    }
    const struct known *row = find(client->known, command);
    counts.commands++;
    if (row == &client->known[CMD_INFO])
        note_info(client->server);
    if (row && row->answer.ptr)
        buf_str(&out, row->answer);
    else
        buf_fmt(&out, "-ERR unknown command '%s'\r\n", command);
}

/* ---- RESP ------------------------------------------------------------------------------------------- */

/* The number behind <sign> in a line of its own; false when the line has not come whole. */
static bool take_number(struct str *in, char sign, size_t *ret)
{
    ptrdiff_t end = str_index(*in, '\n');
    if (end < 0)
        return false;
    *ret = in->ptr[0] == sign ? strtoul(in->ptr + 1, NULL, 10) : 0;
    *in = str_from(*in, (size_t)end + 1);
    return true;
}

/* One command, its words joined by blanks and cut at TEXT_MAX. */
static bool take_command(struct str *in, char *text)
{
    struct str rest = *in;
    size_t words, len, used = 0;
    if (!take_number(&rest, '*', &words))
        return false;
    for (size_t i = 0; i < words; i++) {
        if (!take_number(&rest, '$', &len) || rest.len < len + 2)
            return false;
        size_t room = TEXT_MAX - 2 - used, take = len < room ? len : room;
        memcpy(text + used, rest.ptr, take);
        used += take;
        if (i + 1 < words && used < TEXT_MAX - 2)
            text[used++] = ' ';
        rest = str_from(rest, len + 2);
    }
    text[used] = '\0';
    *in = rest;
    return true;
}

/* ---- connections ------------------------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    open_count--;
    free(client->rest);
    free(client);
}

static void hang_up(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

/* Mostly the socket takes all at once; what it does not take is copied. */
static void send_out(struct client *client)
{
    uv_buf_t bytes = uv_buf_init(out.ptr, (unsigned)out.len);
    int sent = out.len ? uv_try_write((uv_stream_t *)&client->tcp, &bytes, 1) : 0;
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (sent >= 0 ? done == out.len : sent != UV_EAGAIN) {
        if (sent < 0)
            hang_up(client);
        return;
    }
    uv_write_t *write = malloc(sizeof *write + out.len - done);
    if (!write)
        die("answer", "no memory");
    bytes = uv_buf_init((char *)(write + 1), (unsigned)(out.len - done));
    memcpy(bytes.base, out.ptr + done, out.len - done);
    uv_write(write, (uv_stream_t *)&client->tcp, &bytes, 1, on_written);
}

static void take_bytes(struct client *client, struct str in)
{
    char command[TEXT_MAX];
    counts.batches++;
    buf_clear(&out);
    while (in.len && take_command(&in, command))
        answer(client, command);
    char *rest = in.len ? malloc(in.len) : NULL;
    if (in.len && !rest)
        die("command", "no memory");
    if (in.len)
        memcpy(rest, in.ptr, in.len);
    free(client->rest);
    client->rest = rest;
    client->rest_len = in.len;
    send_out(client);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    (void)handle;
    (void)size;
    *ret = uv_buf_init(read_bytes, sizeof read_bytes);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes)
{
    struct client *client = stream->data;
    if (got < 0 || client->rest_len > READ_BYTES)
        hang_up(client);
    if (got <= 0)
        return;
    if (!client->rest) {
        take_bytes(client, (struct str){bytes->base, (size_t)got});
        return;
    }
    char *all = realloc(client->rest, client->rest_len + (size_t)got);
    if (!all)
        die("command", "no memory");
    memcpy(all + client->rest_len, bytes->base, (size_t)got);
    client->rest = NULL;
    take_bytes(client, (struct str){all, client->rest_len + (size_t)got});
    free(all);
}

/* Which of the servers it wanted: the address that it connected to. */
static unsigned wanted(const uv_tcp_t *tcp)
{
    struct sockaddr_in address = {0};
    int len = sizeof address;
    uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &len);
    return ntohl(address.sin_addr.s_addr) & (SERVERS - 1);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (!client)
        return;
    client->tcp.data = client;
    uv_tcp_init(listener->loop, &client->tcp);
    open_count++;
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0) {
        hang_up(client);
        return;
    }
    unsigned server = wanted(&client->tcp);
    counts.connections++;
    client->server = &places[server];
    client->known = known[server % directory_count];
    uv_tcp_nodelay(&client->tcp, 1);
    uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
}

static void listen_on(uv_loop_t *loop, uv_tcp_t *listener, int port)
{
    struct sockaddr_in address;
    int len = sizeof address, fd;
    check(uv_tcp_init_ex(loop, listener, AF_INET), "socket");
    check(uv_fileno((uv_handle_t *)listener, &fd), "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) != 0)
        die("socket", "cannot be kept to loopback");
    uv_ip4_addr("0.0.0.0", port, &address);
    check(uv_tcp_bind(listener, (struct sockaddr *)&address, 0), "bind");
    check(uv_listen((uv_stream_t *)listener, 4096, on_connection), "listen");
    uv_tcp_getsockname(listener, (struct sockaddr *)&address, &len);
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    struct arena arena;
    uv_tcp_t listener;
    if (argc < 3 || argc > 2 + DIRECTORIES_MAX)
        die("usage", "replay PORT DIRECTORY...");
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    arena_init(&arena, 0, ANSWER_MAX);
    buf_init(&out, ANSWER_MAX);
    for (int i = 2; i < argc; i++)
        load(argv[i], known[directory_count++], &arena);
    listen_on(uv_default_loop(), &listener, (int)strtol(argv[1], NULL, 10));
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
