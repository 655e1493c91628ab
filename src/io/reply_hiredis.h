/* hiredis' reply tree to ours; private to the link and its tests. */
#ifndef IO_REPLY_HIREDIS_H
#define IO_REPLY_HIREDIS_H

#include <bluegreen/arena.h>
#include <bluegreen/reply.h>
#include <hiredis/hiredis.h>

/* Copies; strings are NUL-terminated in the arena. Fails on nesting beyond REPLY_DEPTH_MAX or without memory.
 */
bool reply_from_hiredis(const redisReply *from, struct arena *arena, struct reply *ret);

/*
 * Makes the reader refuse what could hurt before it is built: nesting (hiredis frees by recursion) and arrays
 * that announce more than <elements_max>. <functions> must outlive the reader.
 */
void reader_guard(redisReader *reader, redisReplyObjectFunctions *functions, long long elements_max);

/*
 * Gives the reader's buffer back when all in it is read. hiredis keeps it as large as the largest answers
 * were, which for a target that is asked once in a while is most of what its connection costs.
 */
void reader_rest(redisReader *reader);

#endif
