#include "support/client.h"
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_SECONDS = 2, RECORD_MAX = 1 << 20, THREADS_MAX = 8, PAUSE_US = 2000, KEPT_FOR = 25 /* writes */ };

/* ---- one connection --------------------------------------------------------------------------------- */

struct client {
    redisContext *context; /* NULL: given up */
};

static redisContext *dial(unsigned port, int seconds)
{
    struct timeval wait = {seconds, 0};
    redisContext *context = redisConnectWithTimeout("127.0.0.1", (int)port, wait);
    if (context && !context->err) {
        redisSetTimeout(context, wait);
        return context;
    }
    redisFree(context);
    return NULL;
}

static void hang_up(void *arg)
{
    client_close(arg);
}

struct client *client_new(unsigned port)
{
    struct client *client = test_alloc(sizeof *client);
    client->context = dial(port, WAIT_SECONDS);
    test_on_end(hang_up, client);
    return client;
}

void client_close(struct client *client)
{
    redisFree(client->context);
    client->context = NULL;
}

const char *client_ask(struct client *client, const char *command)
{
    redisReply *reply = client->context ? redisCommand(client->context, command) : NULL;
    const char *text = NULL;
    if (!reply) {
        client_close(client);
        return NULL;
    }
    if (reply->type == REDIS_REPLY_INTEGER)
        text = test_text("%lld", reply->integer);
    else
        text = test_text("%s", reply->str ? reply->str : "");
    freeReplyObject(reply);
    return text;
}

static unsigned port_in_info(const char *info)
{
    const char *found = info ? strstr(info, "tcp_port:") : NULL;
    return found ? (unsigned)strtoul(found + strlen("tcp_port:"), NULL, 10) : 0;
}

unsigned client_side(struct client *client)
{
    return port_in_info(client_ask(client, "INFO server"));
}

unsigned client_lands(unsigned port)
{
    struct client *client = client_new(port);
    unsigned side = client_side(client);
    client_close(client);
    return side;
}

/* ---- writers ---------------------------------------------------------------------------------------- */

struct writers {
    unsigned port;
    atomic_bool stop;
    atomic_uint next;
    pthread_mutex_t lock;
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
    unsigned count; /* under <lock> */
    struct write *record;
};

static void pause_us(long us)
{
    nanosleep(&(struct timespec){0, us * 1000}, NULL);
}

static unsigned side_of(redisContext *context)
{
    redisReply *reply = redisCommand(context, "INFO server");
    unsigned side = reply && reply->type == REDIS_REPLY_STRING ? port_in_info(reply->str) : 0;
    freeReplyObject(reply);
    return side;
}

static void note(struct writers *writers, const struct write *write)
{
    pthread_mutex_lock(&writers->lock);
    if (writers->count < RECORD_MAX)
        writers->record[writers->count++] = *write;
    pthread_mutex_unlock(&writers->lock);
}

/* MULTI, so that the server says when it wrote. False: the connection is of no use any more. */
static bool write_one(struct writers *writers, redisContext *context, unsigned side)
{
    struct write write = {.side = side, .number = atomic_fetch_add(&writers->next, 1)};
    redisReply *last = NULL;
    redisAppendCommand(context, "MULTI");
    redisAppendCommand(context, "TIME");
    redisAppendCommand(context, "SET w:%u %u", write.number, side);
    redisAppendCommand(context, "EXEC");
    for (unsigned i = 0; i < 4; i++) {
        freeReplyObject(last);
        if (redisGetReply(context, (void **)&last) != REDIS_OK)
            return false;
    }
    bool alive = last->type != REDIS_REPLY_ERROR; /* READONLY: it is a replica now */
    bool wrote = last->type == REDIS_REPLY_ARRAY && last->elements == 2 &&
                 last->element[0]->type == REDIS_REPLY_ARRAY && last->element[0]->elements == 2 &&
                 last->element[1]->type == REDIS_REPLY_STATUS;
    if (wrote) {
        redisReply **time = last->element[0]->element;
        write.at_us = strtoll(time[0]->str, NULL, 10) * 1000000 + strtoll(time[1]->str, NULL, 10);
        write.seen_ms = test_now_ms();
        note(writers, &write);
    }
    freeReplyObject(last);
    return alive;
}

static void *write_on(void *arg)
{
    struct writers *writers = arg;
    while (!atomic_load(&writers->stop)) {
        redisContext *context = dial(writers->port, 1);
        unsigned side = context ? side_of(context) : 0;
        for (unsigned i = 0; side && i < KEPT_FOR && !atomic_load(&writers->stop); i++) {
            if (!write_one(writers, context, side))
                break;
            pause_us(PAUSE_US);
        }
        redisFree(context);
        pause_us(5 * PAUSE_US);
    }
    return NULL;
}

static void stop_and_free(void *arg)
{
    struct writers *writers = arg;
    writers_stop(writers);
    pthread_mutex_destroy(&writers->lock);
    free(writers->record);
}

struct writers *writers_start(unsigned port, unsigned threads)
{
    struct writers *writers = test_alloc(sizeof *writers);
    writers->port = port;
    writers->record = malloc(RECORD_MAX * sizeof *writers->record);
    assert_non_null(writers->record);
    atomic_init(&writers->stop, false);
    atomic_init(&writers->next, 0);
    pthread_mutex_init(&writers->lock, NULL);
    test_on_end(stop_and_free, writers);
    for (; writers->thread_count < threads && writers->thread_count < THREADS_MAX; writers->thread_count++)
        assert_int_equal(pthread_create(&writers->threads[writers->thread_count], NULL, write_on, writers),
                         0);
    return writers;
}

void writers_stop(struct writers *writers)
{
    atomic_store(&writers->stop, true);
    while (writers->thread_count)
        pthread_join(writers->threads[--writers->thread_count], NULL);
}

unsigned writers_count(struct writers *writers)
{
    pthread_mutex_lock(&writers->lock);
    unsigned count = writers->count;
    pthread_mutex_unlock(&writers->lock);
    return count;
}

unsigned writers_count_at(struct writers *writers, unsigned side)
{
    unsigned count = 0;
    pthread_mutex_lock(&writers->lock);
    for (unsigned i = 0; i < writers->count; i++)
        count += writers->record[i].side == side;
    pthread_mutex_unlock(&writers->lock);
    return count;
}

const struct write *writers_record(const struct writers *writers)
{
    return writers->record;
}
