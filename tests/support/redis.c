#include "support/redis.h"
#include <ctype.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *version;
} kinds[] = {
    [REDIS_6_0] = {"6.0", "6.0."},
    [REDIS_7_0] = {"7.0", "7.0."},
    [REDIS_8_0] = {"8.0", "8.0."},
    [VALKEY] = {"valkey", "7.2."}, /* the Redis that it says it is compatible with */
};

enum { KINDS = sizeof kinds / sizeof kinds[0], ARGS_MAX = 64, REPLY_WAIT_SECONDS = 20 };

const char *redis_version(enum redis_kind kind)
{
    return kinds[kind].version;
}

/* Asked once in the life of a test program. */
static const char *server_path(enum redis_kind kind)
{
    static char paths[KINDS][1024];
    char command[256];
    if (paths[kind][0])
        return paths[kind];
    snprintf(command, sizeof command, "'%s' %s", SERVERS_SCRIPT, kinds[kind].name);
    FILE *pipe = popen(command, "re");
    bool ok = pipe && fgets(paths[kind], sizeof paths[kind], pipe);
    ok = pipe && pclose(pipe) == 0 && ok;
    paths[kind][ok ? strcspn(paths[kind], "\n") : 0] = '\0';
    if (!ok)
        fail_msg("%s gives no server", command);
    return paths[kind];
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static void hang_up(void *arg)
{
    struct redis *redis = arg;
    if (redis->connection)
        redisFree(redis->connection);
    redis->connection = NULL;
}

static redisContext *connection(struct redis *redis)
{
    redisContext *c = redis->connection;
    if (c && !c->err)
        return c;
    hang_up(redis);
    c = redisConnectWithTimeout("127.0.0.1", (int)redis->port, (struct timeval){REPLY_WAIT_SECONDS, 0});
    if (!c || c->err) {
        redisFree(c);
        return NULL;
    }
    redisSetTimeout(c, (struct timeval){REPLY_WAIT_SECONDS, 0});
    if (redis->password)
        freeReplyObject(redisCommand(c, "AUTH %s", redis->password));
    redis->connection = c;
    return c;
}

static void put_reply(FILE *out, const redisReply *reply, const char *end)
{
    switch (reply->type) {
    case REDIS_REPLY_INTEGER: fprintf(out, "%lld%s", reply->integer, end); break;
    case REDIS_REPLY_NIL: fprintf(out, "(nil)%s", end); break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < reply->elements; i++)
            put_reply(out, reply->element[i], "\n");
        break;
    default: fprintf(out, "%s%s", reply->str, end); break;
    }
}

/* NULL when there is no answer. */
static const char *try_ask(struct redis *redis, const char *command)
{
    redisContext *c = connection(redis);
    redisReply *reply = c ? redisCommand(c, command) : NULL;
    char *text = NULL;
    size_t len;
    if (!reply)
        return NULL;
    FILE *out = open_memstream(&text, &len);
    put_reply(out, reply, "");
    fclose(out);
    freeReplyObject(reply);
    const char *kept = test_text("%s", text);
    free(text);
    return kept;
}

const char *redis_ask(struct redis *redis, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *command = test_vtext(format, args);
    va_end(args);
    const char *answer = try_ask(redis, command);
    if (!answer)
        fail_msg("the server on port %u does not answer \"%s\"", redis->port, command);
    return answer;
}

struct redis *redis_another(const struct redis *redis)
{
    struct redis *client = test_alloc(sizeof *client);
    *client = *redis;
    client->connection = NULL;
    test_on_end(hang_up, client);
    return client;
}

const char *redis_info_lines(struct redis *redis, const char *prefix)
{
    const char *info = redis_ask(redis, "INFO everything");
    char *found = test_alloc(strlen(info) + 1), *end = found;
    for (const char *line = info; *line;) {
        size_t len = strcspn(line, "\n");
        if (strncmp(line, prefix, strlen(prefix)) == 0) {
            memcpy(end, line, len);
            end += len;
            *end++ = '\n';
        }
        line += len + (line[len] == '\n');
    }
    return found;
}

const char *redis_info(struct redis *redis, const char *field)
{
    const char *line = redis_info_lines(redis, test_text("%s:", field));
    if (!*line)
        return "";
    line += strlen(field) + 1;
    return test_text("%.*s", (int)strcspn(line, "\r\n"), line);
}

double redis_info_number(struct redis *redis, const char *field)
{
    return strtod(redis_info(redis, field), NULL);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void launch(struct redis *redis, const char *const *more)
{
    const char *port = test_text("%u", redis->port);
    const char *const usual[] = {server_path(redis->kind),
                                 "--bind",
                                 "127.0.0.1",
                                 "--port",
                                 port,
                                 "--save",
                                 "",
                                 "--daemonize",
                                 "no",
                                 "--dir",
                                 redis->dir,
                                 "--logfile",
                                 "",
                                 "--unixsocket",
                                 redis->socket,
                                 "--repl-diskless-sync",
                                 "yes",
                                 "--repl-diskless-sync-delay",
                                 "0"};
    const char *argv[ARGS_MAX] = {NULL};
    size_t count = sizeof usual / sizeof usual[0];
    memcpy(argv, usual, sizeof usual);
    for (; more && *more && count < ARGS_MAX - 1; more++) {
        argv[count++] = *more;
        if (strcmp(*more, "--requirepass") == 0)
            redis->password = more[1];
    }
    redis->proc = proc_start(argv, NULL);
}

struct redis *redis_start_at(enum redis_kind kind, unsigned port, const char *const *more)
{
    struct redis *redis = test_alloc(sizeof *redis);
    redis->kind = kind;
    redis->port = port;
    redis->dir = test_dir();
    redis->socket = test_text("%s/socket", redis->dir);
    test_on_end(hang_up, redis);
    launch(redis, more);
    return redis;
}

void redis_await(struct redis *redis)
{
    const char *answer = NULL;
    int64_t end = test_now_ms() + SOON_MS;
    /* One that has lost its primary is up all the same. */
    while (!answer || (strcmp(answer, "PONG") != 0 && !strstr(answer, "MASTERDOWN"))) {
        if (!proc_running(redis->proc) || test_now_ms() > end)
            fail_msg("the server on port %u does not come up: %s\n%s%s", redis->port, answer ? answer : "",
                     proc_out(redis->proc), proc_err(redis->proc));
        test_tick();
        answer = try_ask(redis, "PING");
    }
}

struct redis *redis_start(enum redis_kind kind, const char *const *more)
{
    struct redis *redis = redis_start_at(kind, test_free_port(), more);
    redis_await(redis);
    return redis;
}

struct redis *redis_start_replica(enum redis_kind kind, const struct redis *primary)
{
    const char *port = test_text("%u", primary->port);
    struct redis *replica = redis_start(kind, REDIS_ARGS("--replicaof", "127.0.0.1", port));
    WAIT_UNTIL(strcmp(redis_info(replica, "master_link_status"), "up") == 0, SOON_MS);
    return replica;
}

struct redis *redis_start_sentinel(enum redis_kind kind, const struct redis *primary)
{
    struct redis *sentinel = test_alloc(sizeof *sentinel);
    sentinel->kind = kind;
    sentinel->port = test_free_port();
    const char *config = test_file("sentinel.conf",
                                   "port %u\nbind 127.0.0.1\ndaemonize no\nlogfile \"\"\ndir %s\n"
                                   "sentinel monitor mymaster 127.0.0.1 %u 1\n"
                                   "sentinel down-after-milliseconds mymaster 2000\n"
                                   "sentinel failover-timeout mymaster 10000\n",
                                   sentinel->port, test_dir(), primary->port);
    test_on_end(hang_up, sentinel);
    sentinel->proc = proc_start((const char *const[]){server_path(kind), config, "--sentinel", NULL}, NULL);
    redis_await(sentinel);
    return sentinel;
}

void redis_stop(struct redis *redis)
{
    hang_up(redis);
    proc_kill(redis->proc);
}

void redis_restart_as(struct redis *redis, enum redis_kind kind)
{
    redis_stop(redis);
    redis->kind = kind;
    launch(redis, NULL);
    redis_await(redis);
}
