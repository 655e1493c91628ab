/*
 * redis_poll: hiredis' five event hooks on libuv. hiredis' own adapter would do, but not report a failed
 * uv_poll_init, nor survive hiredis freeing the connection between a readable and a writable event.
 */
#ifndef IO_REDIS_POLL_H
#define IO_REDIS_POLL_H

#include <hiredis/async.h>
#include <stdbool.h>
#include <uv.h>

/* Must come before any callback is set on <ac>: setting one asks for an event. hiredis lets go by itself. */
bool redis_poll_attach(uv_loop_t *loop, redisAsyncContext *ac);

#endif
