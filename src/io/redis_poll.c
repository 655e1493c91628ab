#include "io/redis_poll.h"
#include <stdlib.h>

struct poller {
    uv_poll_t handle;
    redisAsyncContext *ac; /* NULL once hiredis let go of it */
    int events;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct poller *poller = handle->data;
    /* An error condition is read by hiredis as any other event: the read fails with the socket's error. */
    if (status < 0)
        events = poller->events;
    if (poller->ac && (events & UV_READABLE))
        redisAsyncHandleRead(poller->ac);
    if (poller->ac && (events & UV_WRITABLE))
        redisAsyncHandleWrite(poller->ac);
}

static void poll_update(struct poller *poller, int add, int remove)
{
    int events = (poller->events | add) & ~remove;
    if (events == poller->events)
        return;
    poller->events = events;
    if (events)
        uv_poll_start(&poller->handle, events, on_poll);
    else
        uv_poll_stop(&poller->handle);
}

static void add_read(void *data)
{
    poll_update(data, UV_READABLE, 0);
}

static void del_read(void *data)
{
    poll_update(data, 0, UV_READABLE);
}

static void add_write(void *data)
{
    poll_update(data, UV_WRITABLE, 0);
}

static void del_write(void *data)
{
    poll_update(data, 0, UV_WRITABLE);
}

static void on_poller_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void cleanup(void *data)
{
    struct poller *poller = data;
    poller->ac = NULL;
    uv_poll_stop(&poller->handle);
    uv_close((uv_handle_t *)&poller->handle, on_poller_closed);
}

bool redis_poll_attach(uv_loop_t *loop, redisAsyncContext *ac)
{
    struct poller *poller = calloc(1, sizeof *poller);
    if (!poller)
        return false;
    if (uv_poll_init(loop, &poller->handle, ac->c.fd) != 0) {
        free(poller);
        return false;
    }
    poller->handle.data = poller;
    poller->ac = ac;
    ac->ev.data = poller;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    return true;
}
