/*
 * line_server: a TCP service that is asked one line and answers one line, then closes; what HAProxy's
 * agent-check speaks.
 *
 * A peer may hold one of LINE_SERVER_CLIENTS connections for LINE_SERVER_TIMEOUT_MS and make us keep
 * LINE_SERVER_LINE bytes. When all are taken, the oldest, which has said nothing yet, makes room.
 */
#ifndef IO_LINE_SERVER_H
#define IO_LINE_SERVER_H

#include "io/conf.h"
#include <uv.h>

#define LINE_SERVER_CLIENTS    64u
#define LINE_SERVER_LINE       256u /* bytes, the line feed included */
#define LINE_SERVER_TIMEOUT_MS 2000u
#define LINE_SERVER_ANSWER     512u /* bytes */

struct line_server;

/* <line> without its end. What <out> holds afterwards is sent; nothing: the connection is closed. */
typedef void (*line_answer)(void *arg, struct str line, struct buf *out);

/*
 * Listens on every address of <listen>, a list that one without text ends; NULL is an empty list. <key> is
 * named in errors. NULL: <err> says why, and nothing listens.
 */
struct line_server *line_server_new(uv_loop_t *loop, const struct conf_listen *listen, const char *key,
                                    line_answer answer, void *arg, struct err *err);

/* Frees itself once the loop has closed its handles; NULL is fine. <arg> is not used any more. */
void line_server_free(struct line_server *server);

#endif
